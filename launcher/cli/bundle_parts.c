/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_parts.c - see bundle_parts.h. */
#include "launcher/cli/bundle_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/utsname.h>

#include "audit/evidence/sha.h"
#include "audit/evidence/tar.h"
#include "audit/rules.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/base/path.h"
#include "launcher/base/worker.h"
#include "launcher/cli/doctor.h"
#include "launcher/cli/program.h"
#include "launcher/store/images.h"

enum { HOST_FILE_MAX = 4 << 20 };

void bundle_parts_done(struct bundle_parts *p)
{
	for (size_t i = 0; i < p->n; i++)
		close_fd_auto(&p->item[i].fd);
	free(p->item);
	strv_done(&p->names);
	str_done(&p->unread);
	p->item = NULL;
	p->n = 0;
}

int bundle_part_add(struct bundle_parts *p, const char *name, int fd, struct err *e)
{
	auto_close int owned = fd;
	struct bundle_part *more = reallocarray(p->item, p->n + 1, sizeof(*more));

	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "bundle");
	p->item = more;
	if (strv_add(&p->names, name, e))
		return -1;
	more[p->n++] = (struct bundle_part){ .name = p->names.item[p->names.len - 1], .fd = take_fd(&owned) };
	return 0;
}

int bundle_parts_file(const struct bundle_parts *p, struct err *e)
{
	int fd = openat(p->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "%.256s: a file without a name (a bundle needs a file system that has them)", p->where);
	return fd;
}

int bundle_part_text(struct bundle_parts *p, const char *name, const char *bytes, size_t n, struct err *e)
{
	auto_close int fd = -1;

	return worker_file(bytes, n, &fd, e) ? -1 : bundle_part_add(p, name, take_fd(&fd), e);
}

static int part_json(struct bundle_parts *p, const char *name, const json_t *j, struct err *e)
{
	auto_free char *text = NULL;
	auto_str struct str line = { 0 };

	if (!j)
		return err_set(e, ERR_SYSTEM, ENOMEM, "%s", name);
	return json_pretty(j, &text, e) || str_addf(&line, e, "%s\n", text) || bundle_part_text(p, name, line.text, line.len, e) ? -1 : 0;
}

static int rewind_inputs(const struct report_input *in, struct err *e)
{
	for (size_t i = 0; i < in->n; i++)
		if (lseek(in->fd[i], 0, SEEK_SET))
			return err_set(e, ERR_INPUT, errno, "a bundle is made of log files, not of a pipe: it reads them more than once");
	return 0;
}

int bundle_reports(struct bundle_parts *p, const char *program, const struct report_request *q, struct report_input *in, struct err *e)
{
	/* Those that are about no subject, as text and for programs. */
	static const struct {
		enum report_view view;
		const char *word;
	} views[] = {
		{ REPORT_CONTAINERS, "containers" }, { REPORT_IMAGE, "image" }, { REPORT_POLICY, "policy" }, { REPORT_DENIED, "denied" },
		{ REPORT_EXEC, "exec" }, { REPORT_TIMELINE, "timeline" }, { REPORT_UNATTRIBUTED, "unattributed" }, { REPORT_SPOOF, "spoof" },
		{ REPORT_GAPS, "gaps" }, { REPORT_COMPLIANCE, "compliance" },
	};
	static const struct {
		enum report_format format;
		const char *ending;
	} formats[] = { { REPORT_TEXT, "txt" }, { REPORT_JSON, "json" } };

	for (size_t i = 0; i < ARRAY_LEN(views); i++)
		for (size_t k = 0; k < ARRAY_LEN(formats); k++) {
			struct report_request one = *q;
			auto_close int fd = bundle_parts_file(p, e);
			char name[64];

			if (fd < 0 || rewind_inputs(in, e))
				return -1;
			one.view = views[i].view;
			one.format = formats[k].format;
			one.out = fd;
			(void)snprintf(name, sizeof(name), "reports/%s.%s", views[i].word, formats[k].ending);
			if (reader_run(program, &one, in, NULL, e) || bundle_part_add(p, name, take_fd(&fd), e))
				return err_context(e, "%s", name);
		}
	return rewind_inputs(in, e);
}

/* A file of the host as it is. What cannot be read is said in the bundle: an auditor must see what is not there. */
static int host_file(struct bundle_parts *p, int dir, const char *file, const char *where, const char *name, struct err *e)
{
	auto_str struct str text = { 0 };
	struct err why;

	if (io_read_file_at(dir, file, HOST_FILE_MAX, &text, &why) == 0)
		return bundle_part_text(p, name, text.len ? text.text : "", text.len, e);
	return str_addf(&p->unread, e, "%s/%s: %s\n", where, file, why.text);
}

static int host_path(struct bundle_parts *p, const char *where, const char *file, const char *name, struct err *e)
{
	auto_close int dir = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return str_addf(&p->unread, e, "%s: %s\n", where, strerror(errno));
	return host_file(p, dir, file, where, name, e);
}

static bool is_policy(const char *name)
{
	return str_ends(name, ".policy");
}

static int policies(struct bundle_parts *p, struct err *e)
{
	static const char where[] = "/etc/secctr/policy.d";
	auto_close int dir = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_strv struct strv names = { 0 };

	if (host_path(p, "/etc/secctr", "site.policy", "policy/site.policy", e))
		return -1;
	if (dir < 0)
		return str_addf(&p->unread, e, "%s: %s\n", where, strerror(errno));
	if (store_names(dir, where, is_policy, &names, e))
		return -1;
	for (size_t i = 0; i < names.len; i++) {
		auto_free char *name = NULL;

		if (str_print(&name, e, "policy/policy.d/%s", names.item[i]))
			return -1;
		/* The name of a policy file may be one that no archive of ours holds; then its content is not lost silently. */
		if (!tar_name_ok(name) ? str_addf(&p->unread, e, "%s: a file whose name has more than letters, digits, . _ -\n", where) :
		    host_file(p, dir, names.item[i], where, name, e))
			return -1;
	}
	return 0;
}

static int images(struct bundle_parts *p, struct context *c, struct err *e)
{
	auto_json json_t *array = json_array();
	struct image *list = NULL;
	size_t n = 0;
	int r = 0;

	if (context_store(c, e) || image_list(&c->store, &list, &n, e))
		return -1;
	for (size_t i = 0; i < n && r == 0; i++) {
		json_t *refs = json_array();

		for (size_t k = 0; k < list[i].refs.len; k++)
			r |= json_array_append_new(refs, json_string(list[i].refs.item[k]));
		r |= json_array_append_new(array, json_pack("{s:s, s:s?, s:o}", "digest", list[i].digest, "config_digest",
							   list[i].config_digest, "names", refs));
	}
	image_list_free(list, n);
	return r ? err_set(e, ERR_SYSTEM, ENOMEM, "images") : part_json(p, "images.json", array, e);
}

/* As auditctl -s shows it. */
static int audit_state(struct bundle_parts *p, struct err *e)
{
	auto_json json_t *j = NULL;
	auto_str struct str rules = { 0 };
	struct audit_rules_status s = { 0 };
	struct err why;
	int r;

	if (audit_rules_status(NULL, &s, &why))
		return str_addf(&p->unread, e, "audit state: %s\n", why.text);
	j = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:I, s:I, s:b, s:b}", "enabled", (json_int_t)s.enabled, "failure",
		      (json_int_t)s.failure, "pid", (json_int_t)s.auditd, "rate_limit", (json_int_t)s.rate_limit, "backlog_limit",
		      (json_int_t)s.backlog_limit, "backlog", (json_int_t)s.backlog, "lost", (json_int_t)s.lost, "loginuid_immutable",
		      s.loginuid_immutable, "rules_loaded", (json_int_t)s.total, "rules_of_secctr_missing", (json_int_t)s.missing,
		      "rules_of_others_before", (json_int_t)s.foreign_before, "rules_in_order", s.in_order, "never_task", s.never_task);
	r = part_json(p, "host/audit-status.json", j, e) || audit_rules_text(&rules, e) ||
	    bundle_part_text(p, "host/audit-rules.txt", rules.len ? rules.text : "", rules.len, e);
	audit_rules_done(&s);
	return r ? -1 : 0;
}

/* adjtimex(2) tells without privilege what the kernel knows about its clock. */
static int clock_state(struct bundle_parts *p, struct err *e)
{
	struct timex t = { .modes = 0 };
	int state = adjtimex(&t);
	auto_json json_t *j = json_pack("{s:b, s:I, s:I, s:I, s:I, s:b, s:b}", "synchronised", state >= 0 && state != TIME_ERROR && !(t.status & STA_UNSYNC),
					"state", (json_int_t)state, "status", (json_int_t)t.status, "estimated_error_us", (json_int_t)t.esterror,
					"maximum_error_us", (json_int_t)t.maxerror, "systemd_timesyncd_synchronised",
					access("/run/systemd/timesync/synchronized", F_OK) == 0, "chrony_runs", access("/run/chrony/chronyd.pid", F_OK) == 0);

	return part_json(p, "host/clock.json", j, e);
}

static int file_digest(const char *path, char ret[static SHA_HEX + 1], struct err *e)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char digest[SHA_BYTES];
	static char buf[65536];
	struct sha s;
	ssize_t n;

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "%.256s", path);
	if (sha_begin(&s, e))
		return -1;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (sha_add(&s, buf, (size_t)n, e))
			return -1;
	if (n < 0)
		return err_set(e, ERR_SYSTEM, errno, "%.256s", path);
	if (sha_end(&s, digest, e))
		return -1;
	sha_hex(digest, ret);
	return 0;
}

/* Which programs wrote the records and made this bundle, to the byte. */
static int versions(struct bundle_parts *p, const char *program, struct err *e)
{
	static const char *const beside[] = { "secctr-monitor", "secctr-exec", "secctr-fetch", "secctr-report", "secctr-evidence",
					      "secctr-timestamp" };
	auto_json json_t *programs = json_object(), *j = NULL;
	auto_free char *own = NULL;
	char digest[SHA_HEX + 1];
	struct utsname u;

	(void)program;
	if (program_own(&own, e) || file_digest(own, digest, e))
		return -1;
	if (uname(&u) || json_object_set_new(programs, own, json_string(digest)))
		return err_set(e, ERR_SYSTEM, ENOMEM, "host/versions.json");
	for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
		auto_free char *path = NULL;
		struct err why;

		if (program_beside(own, beside[i], &path, e))
			return -1;
		if (file_digest(path, digest, &why)) {
			if (str_addf(&p->unread, e, "%s\n", why.text))
				return -1;
		} else if (json_object_set_new(programs, path, json_string(digest))) {
			return err_set(e, ERR_SYSTEM, ENOMEM, "host/versions.json");
		}
	}
	j = json_pack("{s:s, s:s, s:s, s:s, s:s, s:O}", "secctr", SECCTR_VERSION, "kernel", u.release, "kernel_version", u.version,
		      "machine", u.machine, "node", u.nodename, "programs_sha256", programs);
	return part_json(p, "host/versions.json", j, e);
}

static int doctor(struct bundle_parts *p, struct context *c, struct err *e)
{
	auto_free struct doctor_facts *f = calloc(1, sizeof(*f));
	auto_json json_t *j = NULL;
	struct err why;
	unsigned bad;
	int r;

	if (!f || context_proc(c, e) < 0)
		return f ? -1 : err_set(e, ERR_SYSTEM, ENOMEM, "doctor");
	if (doctor_gather(c->procfd, f, &why))
		return str_addf(&p->unread, e, "doctor: %s\n", why.text);
	r = doctor_json(f, &j, &bad, e) || part_json(p, "host/doctor.json", j, e);
	audit_rules_done(&f->rules);
	return r ? -1 : 0;
}

int bundle_host(struct bundle_parts *p, struct context *c, const char *program, struct err *e)
{
	if (policies(p, e) || images(p, c, e) || audit_state(p, e) || doctor(p, c, e) || clock_state(p, e) || versions(p, program, e) ||
	    host_path(p, "/etc/audit", "auditd.conf", "host/auditd.conf", e) ||
	    host_path(p, "/etc/audit", "audit.rules", "host/audit.rules", e) ||
	    host_path(p, "/usr/lib", "os-release", "host/os-release", e))
		return -1;
	return p->unread.len ? bundle_part_text(p, "host/not-read.txt", p->unread.text, p->unread.len, e) : 0;
}
