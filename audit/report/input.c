/* SPDX-License-Identifier: Apache-2.0 */
/* input.c - opening what a report reads: files, standard input, or the host's log with its rotated files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/report/report.h"
#include "audit/report/scan.h"
#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"

static int add(struct scan_input *in, int *fd, const char *name, struct err *e)
{
	struct stat st;
	struct scan_file *more;

	if (fstat(*fd, &st))
		return err_set(e, ERR_SYSTEM, errno, "%s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, 0, "%s: not a regular file; give a pipe as standard input (-)", name);
	more = reallocarray(in->file, in->n + 1, sizeof(*more));
	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "%s", name);
	in->file = more;
	in->file[in->n++] = (struct scan_file){ .fd = take_fd(fd), .size = st.st_size };
	return 0;
}

/* A report reads its input more than once. */
static int keep_stdin(struct scan_input *in, struct err *e)
{
	auto_close int fd = memfd_create("audit log", MFD_CLOEXEC);
	char buf[65536];
	off_t all = 0;
	ssize_t n;

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "memory file for standard input");
	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "reading standard input");
		all += n;
		if (all > REPORT_STDIN_MAX)
			return err_set(e, ERR_LIMIT, 0, "standard input is larger than %d bytes; give files with "
				       "--input", REPORT_STDIN_MAX);
		if (io_write_all(fd, buf, (size_t)n, "memory file for standard input", e))
			return -1;
	}
	return add(in, &fd, "standard input", e);
}

static int open_one(struct scan_input *in, const char *name, bool *ret_missing, struct err *e)
{
	auto_close int fd = -1;

	if (strcmp(name, "-") == 0)
		return keep_stdin(in, e);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT && ret_missing) {
		*ret_missing = true;
		return 0;
	}
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%s", name);
	return add(in, &fd, name, e);
}

/* audit.log.N is older than audit.log.N-1. */
static int open_host_log(const char *dir, struct scan_input *in, struct err *e)
{
	auto_free char *name = NULL;
	int last = 0;

	for (; last < REPORT_ROTATED_MAX; last++) {
		free(take_ptr(&name));
		if (str_print(&name, e, "%s/audit.log.%d", dir, last + 1))
			return -1;
		if (access(name, F_OK))
			break;
	}
	for (; last >= 0; last--) {
		bool missing = false;	/* rotated away since: its records are in the next name */

		free(take_ptr(&name));
		if (last ? str_print(&name, e, "%s/audit.log.%d", dir, last) : str_print(&name, e, "%s/audit.log", dir))
			return -1;
		if (open_one(in, name, last ? &missing : NULL, e))
			return -1;
	}
	return 0;
}

int scan_open(const struct strv *names, const char *log_dir, struct scan_input *ret, struct err *e)
{
	auto_scan struct scan_input in = { 0 };

	for (size_t i = 0; i < names->len; i++)
		if (open_one(&in, names->item[i], NULL, e))
			return -1;
	if (!names->len && open_host_log(log_dir, &in, e))
		return -1;
	*ret = in;
	in = (struct scan_input){ 0 };
	return 0;
}

void scan_close(struct scan_input *in)
{
	for (size_t i = 0; i < in->n; i++)
		(void)close(in->file[i].fd);
	free(take_ptr(&in->file));
	in->n = 0;
}
