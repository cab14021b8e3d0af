/* SPDX-License-Identifier: Apache-2.0 */
/* input.c - see input.h. */
#include "audit/report/input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int add(struct report_input *in, int *fd, const char *name, struct err *e)
{
	int *more;

	if (in->n == REPORT_INPUTS_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s: more than %d files", name, REPORT_INPUTS_MAX);
	more = reallocarray(in->fd, in->n + 1, sizeof(*more));
	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "%s", name);
	in->fd = more;
	in->fd[in->n++] = take_fd(fd);
	return 0;
}

struct member {
	char *name;
	uint64_t age;		/* audit.log is 0, audit.log.N is N; larger is older */
};

static int by_age(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->age != y->age)
		return x->age < y->age ? -1 : 1;
	return strcmp(x->name, y->name);
}

/*
 * audit.log, audit.log.N (auditd's own rotation), audit.log-DATE (logrotate), each perhaps with .gz, .zst or .xz.
 * A date is older than any number, and an earlier date than a later.
 */
static bool is_log(const char *name, uint64_t *ret_age)
{
	static const char *const packed[] = { "", ".gz", ".zst", ".xz" };
	const char *rest = name + strlen("audit.log");
	uint64_t n = 0;
	char kind;

	if (!str_starts(name, "audit.log"))
		return false;
	kind = *rest;
	if (kind == '.' || kind == '-') {
		const char *digits = rest + 1;

		for (; *digits >= '0' && *digits <= '9' && n < UINT32_MAX; digits++)
			n = n * 10 + (unsigned)(*digits - '0');
		if (digits == rest + 1 && kind == '-')
			return false;
		rest = digits == rest + 1 ? rest : digits;
	} else if (kind) {
		return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(packed); i++)
		if (strcmp(rest, packed[i]) == 0) {
			*ret_age = kind == '-' ? UINT64_MAX - n : n;
			return true;
		}
	return false;
}

/* The names of the directory, newest first. */
static int list_directory(DIR *dir, const char *name, struct strv *found, struct member *list, size_t *ret_n, struct err *e)
{
	struct dirent *d;
	size_t n = 0;
	uint64_t age;

	while ((d = readdir(dir)))
		if (is_log(d->d_name, &age)) {
			if (n == REPORT_INPUTS_MAX)
				return err_set(e, ERR_LIMIT, 0, "%s: more than %d files", name, REPORT_INPUTS_MAX);
			if (strv_add(found, d->d_name, e))
				return -1;
			list[n++].age = age;
		}
	for (size_t i = 0; i < n; i++)
		list[i].name = found->item[i];
	if (n)
		qsort(list, n, sizeof(*list), by_age);
	*ret_n = n;
	return 0;
}

static bool is_open(const struct report_input *in, const struct stat *st)
{
	struct stat have;

	for (size_t i = 0; i < in->n; i++)
		if (!fstat(in->fd[i], &have) && have.st_ino == st->st_ino && have.st_dev == st->st_dev)
			return true;
	return false;
}

/*
 * Newest first: a file that auditd rotates meanwhile is then met again under its next name, and left out; the other way
 * round one would be missed.
 */
static int open_members(DIR *dir, const char *name, const struct member *list, size_t n, struct report_input *in, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		auto_close int fd = openat(dirfd(dir), list[i].name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
		struct stat st;

		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || fstat(fd, &st))
			return err_set(e, ERR_SYSTEM, errno, "%s/%s", name, list[i].name);
		if (S_ISREG(st.st_mode) && !is_open(in, &st) && add(in, &fd, list[i].name, e))
			return -1;
	}
	return 0;
}

static void close_dir_auto(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static int add_directory(struct report_input *in, const char *name, struct err *e)
{
	AUTO(close_dir_auto) DIR *dir = opendir(name);
	auto_strv struct strv found = { 0 };
	auto_input struct report_input made = { 0 };
	struct member list[REPORT_INPUTS_MAX];
	size_t n = 0;

	if (!dir)
		return err_set(e, ERR_SYSTEM, errno, "%s", name);
	if (list_directory(dir, name, &found, list, &n, e) || open_members(dir, name, list, n, &made, e))
		return -1;
	if (!made.n)
		return err_set(e, ERR_NOTFOUND, 0, "%s: no audit.log there", name);
	while (made.n)
		if (add(in, &made.fd[--made.n], name, e))
			return -1;
	return 0;
}

static int open_one(struct report_input *in, const char *name, struct err *e)
{
	auto_close int fd = -1;
	struct stat st;

	if (strcmp(name, "-") == 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%s", name);
	if (S_ISDIR(st.st_mode))
		return add_directory(in, name, e);
	if (!S_ISREG(st.st_mode) && strcmp(name, "-") != 0)
		return err_set(e, ERR_INPUT, 0, "%s: not a regular file; give a pipe as standard input (-)", name);
	return add(in, &fd, name, e);
}

int input_open(const struct strv *names, struct report_input *ret, struct err *e)
{
	auto_input struct report_input in = { 0 };

	for (size_t i = 0; i < names->len; i++)
		if (open_one(&in, names->item[i], e))
			return -1;
	if (!names->len && open_one(&in, REPORT_LOG_DIR, e))
		return -1;
	*ret = in;
	in = (struct report_input){ 0 };
	return 0;
}

void input_done(struct report_input *in)
{
	for (size_t i = 0; i < in->n; i++)
		close_fd_auto(&in->fd[i]);
	free(take_ptr(&in->fd));
	in->n = 0;
}
