/* SPDX-License-Identifier: Apache-2.0 */
/* processes.c - see processes.h. All text is the container's: it is kept as bytes and made safe where it is shown. */
#include "launcher/cli/processes.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/io.h"
#include "launcher/base/proc.h"
#include "launcher/runtime/cgroup_usage.h"

enum { TEXT_MAX = 16384 };

static void process_done(struct process *p)
{
	free(p->name);
	free(p->args);
	free(p->label);
	free(p->seccomp);
	for (size_t i = 0; i < ARRAY_LEN(p->caps); i++)
		free(p->caps[i]);
	strv_done(&p->groups);
}

void processes_done(struct processes *p)
{
	for (size_t i = 0; i < p->len; i++)
		process_done(&p->item[i]);
	free(p->item);
	*p = (struct processes){ 0 };
}

/* The front of a file of this process; ERR_NOTFOUND when it has ended. */
static int read_file(int dir, const char *name, size_t max, struct str *ret, struct err *e)
{
	auto_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char buf[TEXT_MAX];
	ssize_t got;

	if (fd < 0)
		return err_set(e, errno == ENOENT || errno == ESRCH ? ERR_NOTFOUND : ERR_SYSTEM, errno, "process: %s", name);
	do
		got = read(fd, buf, max < sizeof(buf) ? max : sizeof(buf));
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(e, errno == ESRCH ? ERR_NOTFOUND : ERR_SYSTEM, errno, "process: %s", name);
	return str_add_bytes(ret, buf, (size_t)got, e);
}

/* What stands behind "KEY:\t" in status; cut at the end of the line. */
static char *status_value(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, key, n) == 0 && line[n] == ':') {
			const char *from = line + n + 1;

			from += strspn(from, " \t");
			return strndup(from, strcspn(from, "\n"));
		}
	return NULL;
}

static uint64_t number_at(const char *text, const char *key, int word)
{
	auto_free char *value = status_value(text, key);
	const char *at = value;

	for (; at && word > 0; word--) {
		at += strcspn(at, " \t");
		at += strspn(at, " \t");
	}
	return at ? strtoull(at, NULL, 10) : 0;
}

/* NSpid and NSpgid have a number for each PID name space: the last is the innermost. */
static pid_t last_number(const char *text, const char *key)
{
	auto_free char *value = status_value(text, key);
	const char *tab = value ? strrchr(value, '\t') : NULL;

	return value ? (pid_t)strtol(tab ? tab + 1 : value, NULL, 10) : 0;
}

static int read_status(int dir, struct process *p, struct err *e)
{
	static const char *const caps[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };
	static const char *const seccomp[] = { "disabled", "strict", "filter" };
	auto_free char *groups = NULL;
	auto_str struct str text = { 0 };
	uint64_t mode;
	char *rest = NULL;

	if (read_file(dir, "status", TEXT_MAX, &text, e))
		return -1;
	p->pid = last_number(text.text, "NSpid");
	p->pgid = last_number(text.text, "NSpgid");
	p->host_ppid = (pid_t)number_at(text.text, "PPid", 0);
	p->uid = (uint32_t)number_at(text.text, "Uid", 0);
	p->euid = (uint32_t)number_at(text.text, "Uid", 1);
	p->gid = (uint32_t)number_at(text.text, "Gid", 0);
	p->egid = (uint32_t)number_at(text.text, "Gid", 1);
	p->rss = number_at(text.text, "VmRSS", 0);
	p->vsize = number_at(text.text, "VmSize", 0);
	mode = number_at(text.text, "Seccomp", 0);
	for (size_t i = 0; i < ARRAY_LEN(caps); i++)
		p->caps[i] = status_value(text.text, caps[i]);
	groups = status_value(text.text, "Groups");
	for (char *word = groups ? strtok_r(groups, " ", &rest) : NULL; word; word = strtok_r(NULL, " ", &rest))
		if (strv_add(&p->groups, word, e))
			return -1;
	return str_copy(mode < ARRAY_LEN(seccomp) ? seccomp[mode] : "unknown", &p->seccomp, e);
}

/* "PID (NAME) S PPID ...": the name is the process's own choice, so its end is the last bracket. */
static int read_stat(int dir, struct process *p, struct err *e)
{
	auto_str struct str text = { 0 };
	char *open, *close, *rest = NULL, *word;

	if (read_file(dir, "stat", TEXT_MAX, &text, e))
		return -1;
	open = strchr(text.text, '(');
	close = strrchr(text.text, ')');
	if (!open || !close || close < open)
		return err_set(e, ERR_NOTFOUND, 0, "process: stat");
	*close = '\0';
	if (str_copy(open + 1, &p->name, e))
		return -1;
	word = strtok_r(close + 1, " ", &rest);
	for (int i = 3; word; i++, word = strtok_r(NULL, " ", &rest))
		switch (i) {
		case 3: p->state = *word; break;
		case 7: p->tty = strtoull(word, NULL, 10); break;
		case 14: case 15: p->ticks += strtoull(word, NULL, 10); break;
		case 19: p->nice = strtoll(word, NULL, 10); break;
		case 22: p->started = strtoull(word, NULL, 10); break;
		default: break;
		}
	return 0;
}

static int read_args(int dir, struct process *p, struct err *e)
{
	auto_str struct str text = { 0 };

	if (read_file(dir, "cmdline", PROCESS_ARGS_MAX, &text, e))
		return -1;
	while (text.len && text.text[text.len - 1] == '\0')
		text.len--;
	if (!text.len)
		return str_print(&p->args, e, "[%s]", p->name);
	for (size_t i = 0; i < text.len; i++)
		if (text.text[i] == '\0')
			text.text[i] = ' ';
	p->args = take_ptr(&text.text);
	return 0;
}

static int read_label(int dir, struct process *p, struct err *e)
{
	auto_str struct str text = { 0 };
	struct err why;

	/* Where no security module has labels the file cannot be read. */
	if (read_file(dir, "attr/current", TEXT_MAX, &text, &why))
		return str_copy("?", &p->label, e);
	return str_print(&p->label, e, "%.*s", (int)strcspn(text.text, "\n"), text.text);
}

static int read_process(int procfd, pid_t pid, int *ret_dir, struct err *e)
{
	char path[24];
	int fd;

	snprintf(path, sizeof(path), "%d", (int)pid);
	fd = proc_open(procfd, path, O_RDONLY | O_DIRECTORY, e);
	if (fd >= 0)
		*ret_dir = fd;
	return fd < 0 ? -1 : 0;
}

/* 1: in *to; 0: it is gone. */
static int add_one(struct context *c, pid_t pid, struct process *to, struct err *e)
{
	auto_close int dir = -1;
	struct err why = { 0 };

	*to = (struct process){ .host_pid = pid };
	if (read_process(c->procfd, pid, &dir, &why) == 0 && read_status(dir, to, &why) == 0 && read_stat(dir, to, &why) == 0 &&
	    read_args(dir, to, &why) == 0 && read_label(dir, to, &why) == 0)
		return 1;
	process_done(to);
	if (why.reason == ERR_NOTFOUND)
		return 0;
	*e = why;
	return -1;
}

static int by_number(const void *a, const void *b)
{
	return (*(const pid_t *)a > *(const pid_t *)b) - (*(const pid_t *)a < *(const pid_t *)b);
}

/* A number that had become another's before its directory was opened is not in the groups now. */
static int drop_strangers(const struct look *l, struct processes *p, struct err *e)
{
	auto_free pid_t *now = NULL;
	size_t n = 0, kept = 0;

	if (cgroup_pids(&l->state.cgroup_dirs, &now, &n, e))
		return -1;
	for (size_t i = 0; i < p->len; i++) {
		if (n && bsearch(&p->item[i].host_pid, now, n, sizeof(*now), by_number))
			p->item[kept++] = p->item[i];
		else
			process_done(&p->item[i]);
	}
	p->len = kept;
	return 0;
}

/* Parents inside get their number there. */
static void translate_parents(struct processes *p)
{
	for (size_t i = 0; i < p->len; i++)
		for (size_t k = 0; k < p->len; k++)
			if (p->item[k].host_pid == p->item[i].host_ppid)
				p->item[i].ppid = p->item[k].pid;
}

int processes_read(struct context *c, const struct look *l, struct processes *ret, struct err *e)
{
	auto_processes struct processes p = { 0 };
	auto_free pid_t *pids = NULL;
	size_t n = 0;

	if (l->ended || !l->state.cgroup_dirs.len)
		return err_set(e, ERR_STATE, 0, l->ended ? "container %s is not running" : "container %s has no control group",
			       l->state.name ? l->state.name : l->state.id);
	if (context_proc(c, e) < 0 || cgroup_pids(&l->state.cgroup_dirs, &pids, &n, e))
		return -1;
	p.item = calloc(n + 1, sizeof(*p.item));
	if (!p.item)
		return err_set(e, ERR_SYSTEM, ENOMEM, "processes");
	for (size_t i = 0; i < n; i++) {
		int r = add_one(c, pids[i], &p.item[p.len], e);

		if (r < 0)
			return -1;
		p.len += (size_t)r;
	}
	if (drop_strangers(l, &p, e))
		return -1;
	if (!p.len)
		return err_set(e, ERR_STATE, 0, "container %s is not running", l->state.name ? l->state.name : l->state.id);
	translate_parents(&p);
	*ret = p;
	p = (struct processes){ 0 };
	return 0;
}
