/* SPDX-License-Identifier: Apache-2.0 */
/* gather.c - the facts from the kernel, from configuration files and account files. */
#include "audit/doctor/facts.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#include "launcher/base/io.h"
#include "launcher/base/proc.h"
#include "selinux/label.h"
#include "selinux/selinuxfs.h"

enum { FILE_MAX = 4 << 20 };

static int read_file(const char *dir, const char *name, struct str *ret, struct err *e)
{
	auto_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", dir);
	return io_read_file_at(fd, name, FILE_MAX, ret, e) || str_add(ret, "", e) ? -1 : 0;
}

static void upper(char to[static DOCTOR_WORD], const char *from)
{
	size_t n = 0;

	for (; *from && n < DOCTOR_WORD - 1; from++)
		to[n++] = (char)toupper((unsigned char)*from);
	to[n] = '\0';
}

static void take_setting(struct doctor_conf *c, const char *name, const char *value)
{
	const struct {
		const char *name;
		char *to;
	} words[] = {
		{ "write_logs", c->write_logs }, { "local_events", c->local_events }, { "log_format", c->log_format },
		{ "max_log_file_action", c->max_log_file_action }, { "space_left_action", c->space_left_action },
		{ "admin_space_left_action", c->admin_space_left_action }, { "disk_full_action", c->disk_full_action },
		{ "disk_error_action", c->disk_error_action }, { "name_format", c->name_format },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(name, words[i].name) == 0)
			upper(words[i].to, value);
	if (strcasecmp(name, "max_log_file") == 0)
		c->max_log_file = strtoull(value, NULL, 10);
	if (strcasecmp(name, "num_logs") == 0)
		c->num_logs = strtoull(value, NULL, 10);
}

void doctor_read_conf(const char *text, struct doctor_conf *ret)
{
	ret->known = true;
	while (*text) {
		char line[512], name[64], value[256];
		size_t len = strcspn(text, "\n");

		(void)snprintf(line, sizeof(line), "%.*s", (int)len, text);
		/* A second word of a value is an action's argument (exec /path). */
		if (sscanf(line, " %63[A-Za-z_] = %255s", name, value) == 2)
			take_setting(ret, name, value);
		text += len + (text[len] == '\n');
	}
}

/* Field k (from 0) of a line that colons part. */
static void field(const char *line, unsigned k, char *to, size_t room)
{
	size_t len;

	while (k--) {
		line += strcspn(line, ":\n");
		if (*line != ':') {
			*to = '\0';
			return;
		}
		line++;
	}
	len = strcspn(line, ":\n");
	len = len < room - 1 ? len : room - 1;
	memcpy(to, line, len);
	to[len] = '\0';
}

/* Programs that end at once, or do one thing. An empty field is /bin/sh. */
static bool is_shell(const char *shell)
{
	static const char *const none[] = { "nologin", "false", "sync", "shutdown", "halt", "true" };
	const char *name = strrchr(shell, '/');

	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		if (strcmp(name ? name + 1 : shell, none[i]) == 0)
			return false;
	return true;
}

void doctor_read_accounts(const char *passwd, struct doctor_facts *ret)
{
	ret->accounts_known = true;
	for (; *passwd; passwd += strcspn(passwd, "\n"), passwd += *passwd == '\n') {
		struct doctor_account a = { .uid = 0 };
		char uid[16], *end;
		unsigned long n;

		field(passwd, 0, a.name, sizeof(a.name));
		field(passwd, 2, uid, sizeof(uid));
		field(passwd, 6, a.shell, sizeof(a.shell));
		n = strtoul(uid, &end, 10);
		if (end == uid || *end || n == 0 || n >= 1000 || !a.name[0] || !is_shell(a.shell))
			continue;
		a.uid = (uint32_t)n;
		str_make_safe(a.name);
		str_make_safe(a.shell);
		if (ret->accounts == DOCTOR_ACCOUNTS_MAX)
			ret->more_accounts++;
		else
			ret->account[ret->accounts++] = a;
	}
}

static void gather_files(struct doctor_facts *f)
{
	auto_str struct str conf = { 0 }, passwd = { 0 };
	struct err why;

	if (read_file("/etc/audit", "auditd.conf", &conf, &why))
		(void)snprintf(f->conf.why, sizeof(f->conf.why), "%.150s", why.text);
	else
		doctor_read_conf(conf.text, &f->conf);
	if (read_file("/etc", "passwd", &passwd, &why) == 0)
		doctor_read_accounts(passwd.text, f);
}

static void gather_selinux(struct doctor_facts *f)
{
	struct selinux_status s;
	char text[LABEL_MAX];
	struct err why;

	f->selinux_known = selinux_status_read(&s, &why) == 0;
	if (!f->selinux_known)
		return;
	f->selinux = s.enabled;
	f->enforcing = s.enforcing;
	f->module = s.enabled && label_process(LABEL_TYPE_CONTAINER, s.mls ? LABEL_LEVEL_SHARED : NULL, text, &why) == 0 &&
		    label_check(text, NULL, &why) == 0;
}

static void gather_clock(struct doctor_facts *f)
{
	struct timex t = { .modes = 0 };
	int state = adjtimex(&t);

	f->clock_known = state >= 0;
	f->clock_synchronised = state >= 0 && state != TIME_ERROR && !(t.status & STA_UNSYNC);
}

static void gather_auditd(int procfd, struct doctor_facts *f)
{
	char path[32], stat[512], *state;
	struct err why;

	(void)snprintf(path, sizeof(path), "%d/stat", (int)f->rules.auditd);
	if (!f->rules.auditd || proc_read(procfd, path, stat, sizeof(stat), &why))
		return;
	/* The command name in parentheses may hold anything, parentheses too; the state follows the last. */
	state = strrchr(stat, ')');
	if (state && strlen(state) > 2)
		f->auditd_state = state[2];
}

int doctor_gather(int procfd, struct doctor_facts *ret, struct err *e)
{
	struct err why;

	memset(ret, 0, sizeof(*ret));
	if (audit_rules_status(NULL, &ret->rules, e))
		return -1;
	gather_auditd(procfd, ret);
	gather_files(ret);
	gather_selinux(ret);
	gather_clock(ret);
	ret->seccomp_known = proc_read(procfd, "sys/kernel/seccomp/actions_logged", ret->seccomp_logged, sizeof(ret->seccomp_logged), &why) == 0;
	ret->processes_known = doctor_read_processes(procfd, ret, &why) == 0;
	return 0;
}
