/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_report_bundle.c - secctr report bundle: what the audit log says, as one file that shows later that it was not changed.
 *
 * The order is the promise: all of the bundle is on the disk under no name; then its head is in the audit log, shown to be there; then
 * it gets its name, in one call; then this host's state moves on. Killed anywhere, there is a whole bundle or none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "audit/writer.h"
#include "launcher/base/io.h"
#include "launcher/base/lock.h"
#include "launcher/base/powerless.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/bundle_parts.h"
#include "launcher/cli/bundle_stamp.h"
#include "launcher/cli/bundle_state.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/output.h"
#include "launcher/cli/period.h"
#include "launcher/cli/program.h"
#include "launcher/cli/report_name.h"

struct bundle_options {
	const char *output, *start, *end, *key, *cert, *previous;
	struct bundle_stamp_options stamp;
	struct opt_list inputs;
	bool force;
};
#define INTO(field) OPT_INTO(struct bundle_options, field)

static const struct opt bundle_opts[] = {
	{ .letter = 'o', .name = "output", .kind = OPT_TEXT, .offset = INTO(output), .value = "FILE|DIR",
	  .help = "where the bundle goes; in a directory it gets a name of its own; not secctr's evidence directory", .complete = "file" },
	{ .letter = 'i', .name = "input", .kind = OPT_LIST, .offset = INTO(inputs), .value = "FILE",
	  .help = "of this log instead of " REPORT_LOG_DIR, .complete = "file" },
	{ .name = "start", .kind = OPT_TEXT, .offset = INTO(start), .value = "TIME",
	  .help = "lines from then on; without --start and --end: all behind the last bundle's" },
	{ .name = "since", .kind = OPT_TEXT, .offset = INTO(start), .value = "TIME", .help = "the same as --start" },
	{ .name = "end", .kind = OPT_TEXT, .offset = INTO(end), .value = "TIME", .help = "lines up to then" },
	{ .name = "key", .kind = OPT_TEXT, .offset = INTO(key), .value = "FILE",
	  .help = "sign with this private key (PEM), not with that of `secctr report keygen`", .complete = "file" },
	{ .name = "cert", .kind = OPT_TEXT, .offset = INTO(cert), .value = "FILE",
	  .help = "the key's X.509 certificate and those between it and the CA (PEM)", .complete = "file" },
	{ .name = "previous", .kind = OPT_TEXT, .offset = INTO(previous), .value = "FILE",
	  .help = "follow this bundle, not the last one that was made here", .complete = "file" },
	{ .name = "timestamp", .kind = OPT_TEXT, .offset = INTO(stamp.url), .value = "URL",
	  .help = "have the bundle's head stamped by this time-stamping authority (RFC 3161)" },
	{ .name = "tsa-ca", .kind = OPT_TEXT, .offset = INTO(stamp.ca), .value = "FILE",
	  .help = "the CA to which the authority's certificate must lead (PEM)", .complete = "file" },
	{ .name = "tsa-policy", .kind = OPT_TEXT, .offset = INTO(stamp.policy), .value = "OID", .help = "stamp under this policy of the authority" },
	{ .name = "tsa-tls-ca", .kind = OPT_TEXT, .offset = INTO(stamp.tls_ca), .value = "FILE",
	  .help = "for https: certificates that its server's may lead to (PEM), not this host's", .complete = "file" },
	{ .name = "force", .kind = OPT_FLAG, .offset = INTO(force), .help = "replace a file that is there" },
	OPT_END
};
static const struct opt *const bundle_tables[] = { bundle_opts, NULL };

struct making {
	struct context *c;
	const struct bundle_options *o;
	char *program;			/* secctr-report */
	char *evidence;			/* secctr-evidence */
	int state, lock;		/* evidence/, and its lock */
	int dir;			/* where the bundle goes */
	char *name, *shown;		/* its name there; its path for people and for the record */
	int out;			/* the bundle, without a name yet */
	struct str key, cert;
	bool has_cert;
	struct bundle_stamp stamp;
	struct bundle_last last;
	struct manifest m;
	struct bundle_parts parts;
	struct report_input in;
	struct audit_writer w;
	char head[65];
};

static void making_done(struct making *x)
{
	if (x->key.text)
		explicit_bzero(x->key.text, x->key.len);
	str_done(&x->key);
	str_done(&x->cert);
	bundle_stamp_done(&x->stamp);
	free(x->program);
	free(x->evidence);
	free(x->name);
	free(x->shown);
	close_fd_auto(&x->out);
	close_fd_auto(&x->dir);
	close_fd_auto(&x->lock);
	close_fd_auto(&x->state);
	bundle_last_done(&x->last);
	manifest_done(&x->m);
	bundle_parts_done(&x->parts);
	input_done(&x->in);
	audit_writer_close(&x->w);
}

/* A private key that others can read signs nothing. */
static int read_pem(int dir, const char *path, bool secret, struct str *ret, struct err *e)
{
	auto_close int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 && errno == ENOENT && dir != AT_FDCWD)
		return err_set(e, ERR_NOTFOUND, 0, "there is no key to sign with: make one with `secctr report keygen`, or give --key FILE");
	if (fd < 0 || fstat(fd, &st))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", path);
	if (secret && (st.st_uid != 0 || (st.st_mode & 077)))
		return err_set(e, ERR_STATE, 0, "%.256s: a signing key must be root's and of mode 0600", path);
	return io_read_to_str(fd, SIGN_PEM_MAX, path, ret, e);
}

static int read_keys(struct making *x, struct err *e)
{
	x->has_cert = x->o->cert;
	if (x->o->cert && !x->o->key)
		return err_set(e, ERR_USAGE, 0, "--cert: give its key with --key");
	if (read_pem(x->o->key ? AT_FDCWD : x->state, x->o->key ? x->o->key : "key.pem", true, &x->key, e))
		return -1;
	return x->o->cert ? read_pem(AT_FDCWD, x->o->cert, false, &x->cert, e) : 0;
}

static int host_name(char ret[static 256], struct err *e)
{
	if (gethostname(ret, 256))
		return err_set(e, ERR_SYSTEM, errno, "host name");
	ret[255] = '\0';
	for (char *at = ret; *at; at++)
		if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') || *at == '-' || *at == '.'))
			*at = '-';
	return 0;
}

/* -o DIR, -o FILE, or evidence/ of the store. Neither is made: that a whole directory is missing is mostly a mistake. */
static int find_place(struct making *x, struct err *e)
{
	const char *o = x->o->output, *slash = o ? strrchr(o, '/') : NULL;
	auto_free char *parent = NULL, *whole = NULL;
	char host[256], prefix[MANIFEST_PREFIX];
	struct stat st;

	manifest_prefix(x->m.sequence, prefix);
	if (host_name(host, e))
		return -1;
	if (o && !(stat(o, &st) == 0 && S_ISDIR(st.st_mode))) {
		if (slash && !slash[1])
			return err_set(e, ERR_NOTFOUND, 0, "%.256s: no such directory", o);
		if (slash ? str_print(&parent, e, "%.*s", slash == o ? 1 : (int)(slash - o), o) : str_copy(".", &parent, e))
			return -1;
		if (str_copy(slash ? slash + 1 : o, &x->name, e))
			return -1;
	} else {
		if ((o ? str_copy(o, &parent, e) : str_print(&parent, e, "%s/evidence", x->c->root ? x->c->root : STORE_ROOT)) ||
		    str_print(&x->name, e, MANIFEST_FORMAT "-%s-%s.tar", host, prefix + strlen(MANIFEST_FORMAT "-")))
			return -1;
	}
	x->dir = o ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : fcntl(x->state, F_DUPFD_CLOEXEC, 3);
	if (x->dir < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", parent);
	/* For the record: a relative path says nothing to who reads it later. */
	whole = realpath(parent, NULL);
	if (str_print(&x->shown, e, "%s/%s", whole ? whole : parent, x->name))
		return -1;
	x->parts.dir = x->dir;
	x->parts.where = x->shown;
	if (!x->o->force && faccessat(x->dir, x->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(e, ERR_EXISTS, 0, "%.256s: is there already; --force replaces it (if it is the newest bundle, go on from it with --previous)",
			       x->shown);
	return 0;
}

/*
 * Nobody logged in to make the timer's bundles, so their record would name nobody, and on a host without SELinux be told from no container's that
 * may write records. The service's own account stands behind them: with a LOGIN record and a session of its own, as for a service's container.
 */
static int take_identity(struct context *c, struct err *e)
{
	uid_t uid;
	gid_t gid;

	if (context_who(c, e))
		return -1;
	if (c->who.auid != IDENTITY_UNSET)
		return 0;
	if (powerless_account(POWERLESS_PASSWD, "secctr-evidence", &uid, &gid, e))
		return -1;
	if (uid == POWERLESS_NOBODY)	/* systemd-sysusers did not run */
		return 0;
	c->who.auid = uid;
	return identity_set(c->procfd, uid, &c->who.ses, e);
}

static int begin(struct making *x, struct err *e)
{
	auto_free char *own = NULL;

	if (program_own(&own, e) || program_beside(own, "secctr-report", &x->program, e) ||
	    program_beside(own, "secctr-evidence", &x->evidence, e) || bundle_stamp_begin(&x->o->stamp, &x->stamp, &x->m, e))
		return -1;
	x->state = bundle_dir(x->c, e);
	if (x->state < 0)
		return -1;
	x->lock = lock_take(x->state, "lock", true, e);
	if (x->lock < 0 || take_identity(x->c, e) ||
	    (x->o->previous ? bundle_last_of(x->evidence, x->o->previous, &x->last, e) : bundle_last_read(x->state, &x->last, e)))
		return -1;
	if (x->last.sequence == MANIFEST_SEQUENCE_MAX)
		return err_set(e, ERR_LIMIT, 0, "a chain has at most %d bundles", MANIFEST_SEQUENCE_MAX);
	x->m.sequence = x->last.sequence + 1;
	return read_keys(x, e) || find_place(x, e) ? -1 : 0;
}

static int fill_manifest(struct making *x, struct err *e)
{
	const char *boot;
	struct manifest *m = &x->m;
	time_t now = time(NULL);
	char host[256], when[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	m->version = MANIFEST_VERSION;
	m->created_sec = (uint64_t)now;
	m->range = x->o->start || x->o->end ? MANIFEST_PERIOD : MANIFEST_CONTINUOUS;
	if (host_name(host, e) || context_boot_id(x->c, &boot, e))
		return -1;
	if (str_copy(MANIFEST_FORMAT, &m->format, e) || str_copy(when, &m->created, e) || str_copy(host, &m->host, e) ||
	    str_copy(boot, &m->boot_id, e) || str_copy("secctr " SECCTR_VERSION, &m->program, e) || str_copy(x->last.head, &m->previous, e) ||
	    str_copy(x->last.position.event, &m->position.event, e) || str_copy(x->last.position.sha256, &m->position.sha256, e))
		return -1;
	return (x->o->start && period_read(x->o->start, false, "--start", &m->start_ms, e)) ||
	       (x->o->end && period_read(x->o->end, true, "--end", &m->end_ms, e)) ? -1 : 0;
}

static int gather_lines(struct making *x, struct err *e)
{
	struct lines_request q = { .start_ms = x->m.start_ms, .end_ms = x->m.end_ms };
	auto_close int lines = bundle_parts_file(&x->parts, e), sums = bundle_parts_file(&x->parts, e);
	auto_strv struct strv names = { 0 };
	struct manifest *m = &x->m;

	if (lines < 0 || sums < 0)
		return -1;
	for (size_t i = 0; i < x->o->inputs.len; i++) {
		if (strcmp(x->o->inputs.item[i], "-") == 0)
			return err_set(e, ERR_USAGE, 0, "a bundle is made of log files, not of a pipe: it reads them more than once");
		if (strv_add(&names, x->o->inputs.item[i], e))
			return -1;
	}
	if (m->range == MANIFEST_CONTINUOUS && m->position.event && m->position.sha256) {
		(void)snprintf(q.event, sizeof(q.event), "%s", m->position.event);
		(void)snprintf(q.sha256, sizeof(q.sha256), "%s", m->position.sha256);
	}
	if (input_open(&names, &x->in, e) || reader_lines(x->program, &q, &x->in, lines, &m->follows, e) || bundle_chain(lines, sums, m, e))
		return -1;
	return bundle_part_add(&x->parts, MANIFEST_LINES, take_fd(&lines), e) || bundle_part_add(&x->parts, MANIFEST_SUMS, take_fd(&sums), e) ? -1 : 0;
}

/* The time of an event's id, in milliseconds. */
static uint64_t event_ms(const char *event)
{
	unsigned long long sec = 0;
	unsigned ms = 0;

	return event && sscanf(event, "%llu.%3u", &sec, &ms) == 2 ? (uint64_t)sec * 1000 + ms : 0;
}

/* Over the whole log, so that who started a container long before is known; of the bundle's time. */
static int gather_reports(struct making *x, struct err *e)
{
	struct report_request q = { .session = REPORT_NO_SESSION, .names = report_name, .start_ms = x->m.start_ms, .end_ms = x->m.end_ms };

	if (x->m.range == MANIFEST_CONTINUOUS) {
		q.start_ms = event_ms(x->m.first);
		q.end_ms = event_ms(x->m.last);
		/* No line, no event: an empty moment, which would otherwise mean no bound. */
		if (!q.end_ms)
			q.start_ms = q.end_ms = 1;
	}
	return bundle_reports(&x->parts, x->program, &q, &x->in, e);
}

struct signing {
	struct making *x;
	struct signed_answer a;
};

static int sign(void *arg, const void *bytes, size_t n, unsigned char ret[static SIGN_BYTES_MAX], size_t *ret_n, struct err *e)
{
	struct signing *s = arg;

	if (evidence_sign(s->x->evidence, &s->x->key, s->x->has_cert ? &s->x->cert : NULL, bytes, n, &s->a, e))
		return -1;
	memcpy(ret, s->a.signature, s->a.signature_n);
	*ret_n = s->a.signature_n;
	return 0;
}

static int stamp(void *arg, const char *head, struct str *ret, struct err *e)
{
	struct signing *s = arg;

	return bundle_stamp_fetch(&s->x->stamp, head, ret, e);
}

static int write_bundle(struct making *x, struct err *e)
{
	auto_free struct signing *s = calloc(1, sizeof(*s));
	auto_free char *pem = NULL;
	struct bundle_signer signer = { .kind = x->has_cert ? "certificate" : "key", .sign = sign, .stamp = stamp, .arg = s };
	char key_sha256[65];

	if (!s)
		return err_set(e, ERR_SYSTEM, ENOMEM, "bundle");
	s->x = x;
	/* Once for the key's public half, which the manifest names, then for the manifest. */
	if (evidence_sign(x->evidence, &x->key, x->has_cert ? &x->cert : NULL, "", 0, &s->a, e))
		return err_context(e, "%s", x->o->key ? x->o->key : "key.pem");
	memcpy(key_sha256, s->a.key_sha256, sizeof(key_sha256));
	if (str_print(&pem, e, "%.*s", (int)s->a.pem_n, s->a.pem))
		return -1;
	signer.public_pem = pem;
	signer.key_sha256 = key_sha256;
	x->out = bundle_parts_file(&x->parts, e);
	if (x->out < 0 || bundle_write(x->out, &x->m, x->parts.item, x->parts.n, &signer, x->head, e))
		return -1;
	return fsync(x->out) ? err_set(e, ERR_SYSTEM, errno, "%.256s", x->shown) : 0;
}

static int write_record(struct making *x, struct audit_event_id *ret_id, struct err *e)
{
	char head[80], previous[80];
	struct audit_record r;

	(void)snprintf(head, sizeof(head), "sha256:%s", x->head);
	(void)snprintf(previous, sizeof(previous), "sha256:%s", x->m.previous ? x->m.previous : "");
	if (audit_writer_open(AUDIT_NEED_READBACK, x->c->procfd, &x->w, e))
		return err_context(e, "no record, no bundle");
	record_begin(&r, EV_EVIDENCE, "cli", NULL, NULL);
	if (record_long(&r, "path", x->shown, e))
		return -1;
	record_word(&r, "hash", head);
	record_u64(&r, "sequence", x->m.sequence);
	record_word(&r, "previous", x->m.previous ? previous : NULL);
	record_u64(&r, "lines", x->m.lines);
	return record_end(&r, &x->c->origin, true, e) || audit_write(&x->w, &r, ret_id, e) ? err_context(e, "no record, no bundle") : 0;
}

static int give_name(struct making *x, struct err *e)
{
	char from[32], temporary[] = ".secctr-evidence.new";

	(void)snprintf(from, sizeof(from), "/proc/self/fd/%d", x->out);
	if (x->o->force) {
		if ((unlinkat(x->dir, temporary, 0) && errno != ENOENT) || linkat(AT_FDCWD, from, x->dir, temporary, AT_SYMLINK_FOLLOW) ||
		    renameat(x->dir, temporary, x->dir, x->name))
			return err_set(e, ERR_SYSTEM, errno, "%.256s", x->shown);
	} else if (linkat(AT_FDCWD, from, x->dir, x->name, AT_SYMLINK_FOLLOW)) {
		return err_set(e, errno == EEXIST ? ERR_EXISTS : ERR_SYSTEM, errno, "%.256s", x->shown);
	}
	return fsync(x->dir) ? err_set(e, ERR_SYSTEM, errno, "%.256s", x->shown) : 0;
}

static int move_on(struct making *x, struct err *e)
{
	auto_bundle_last struct bundle_last now = { .sequence = x->m.sequence };

	return str_copy(x->head, &now.head, e) || str_copy(x->m.position.event, &now.position.event, e) ||
	       str_copy(x->m.position.sha256, &now.position.sha256, e) || bundle_last_write(x->state, &now, e) ? -1 : 0;
}

static int make(struct making *x, struct audit_event_id *ret_id, struct err *e)
{
	return begin(x, e) || fill_manifest(x, e) || gather_lines(x, e) || gather_reports(x, e) || bundle_host(&x->parts, x->c, x->program, e) ||
	       write_bundle(x, e) || write_record(x, ret_id, e) || give_name(x, e) || move_on(x, e) ? -1 : 0;
}

static void tell_stamp(const struct making *x)
{
	const struct time_stamp *t = &x->stamp.got;
	long long off = (long long)t->time - (long long)x->m.created_sec;
	char when[64];

	output_time((int64_t)t->time * 1000000, when, sizeof(when));
	printf("time stamp %.19sZ by %s%s\n", when, t->by, t->trusted ? "" : " (its CA was not checked: --tsa-ca FILE)");
	if (off > BUNDLE_CLOCK_SECONDS || off < -BUNDLE_CLOCK_SECONDS)
		fprintf(stderr, "secctr: warning: this host's clock and the authority's are %lld seconds apart\n", off < 0 ? -off : off);
}

static int cmd_bundle_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	AUTO(making_done) struct making x = { .c = c, .o = request, .state = -1, .lock = -1, .dir = -1, .out = -1, .w = AUDIT_WRITER_CLOSED };
	struct audit_event_id id = { 0 };
	char event[AUDIT_EVENT_ID_TEXT];

	(void)operands;
	manifest_init(&x.m);
	if (make(&x, &id, e)) {
		if (x.lock >= 0)
			authorize_refused(c, &x.w, "evidence-bundle", NULL, NULL, e);
		return -1;
	}
	if (!x.m.follows)
		fprintf(stderr, "secctr: warning: the log no longer has the last line of the bundle before: lines may be missing between the two, "
			"and the bundle says so\n");
	audit_event_id_text(&id, event);
	printf("bundle %llu: %s\n%llu lines, head sha256:%s [audit %s]\n", (unsigned long long)x.m.sequence, x.shown,
	       (unsigned long long)x.m.lines, x.head, event);
	if (x.stamp.got.there)
		tell_stamp(&x);
	return 0;
}

static void bundle_options_done(void *request)
{
	opt_list_done(&((struct bundle_options *)request)->inputs);
}

const struct command cmd_report_bundle = {
	.name = "report bundle", .group = "Audit", .brief = "put the audit log, reports and the host's state into one signed file",
	.mode = OPT_MIXED, .tables = bundle_tables, .request_size = sizeof(struct bundle_options), .done = bundle_options_done,
	.run = cmd_bundle_main,
};
