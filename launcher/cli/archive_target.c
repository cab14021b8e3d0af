/* SPDX-License-Identifier: Apache-2.0 */
/* archive_target.c - see archive_target.h. */
#include "launcher/cli/archive_target.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/path.h"
#include "launcher/base/str.h"

void archive_target_done(struct archive_target *t)
{
	struct err ignored;
	char *slash;

	if (t->made && t->directory) {
		slash = strrchr(t->made, '/');
		auto_close int dir = AT_FDCWD;

		if (slash) {
			*slash = '\0';
			dir = open(slash == t->made ? "/" : t->made, O_PATH | O_DIRECTORY | O_CLOEXEC);
		}
		if (dir >= 0 || dir == AT_FDCWD)
			(void)!path_remove_tree(dir, slash ? slash + 1 : t->made, &ignored);
	} else if (t->made) {
		(void)unlink(t->made);
	}
	free(t->made);
	t->made = NULL;
	if (t->fd != STDOUT_FILENO)
		close_fd_auto(&t->fd);
}

void archive_target_keep(struct archive_target *t)
{
	free(t->made);
	t->made = NULL;
}

/* Others must not read an image that root alone can read, unless they are let. */
static int open_file(const char *path, struct archive_target *t, struct err *e)
{
	struct stat st;

	t->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC, 0600);
	if (t->fd >= 0)
		return str_copy(path, &t->made, e);
	if (errno == EEXIST)
		t->fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (t->fd < 0 || fstat(t->fd, &st) < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", path);
	if (S_ISREG(st.st_mode) && st.st_size)
		return err_set(e, ERR_EXISTS, 0, "%.256s: is there already, and is not changed", path);
	return 0;
}

int archive_target_open(const char *path, struct archive_target *t, struct err *e)
{
	if (path && strcmp(path, "-") != 0)
		return open_file(path, t, e);
	if (isatty(STDOUT_FILENO))
		return err_set(e, ERR_USAGE, 0, "standard output is a terminal: give --output FILE");
	t->fd = STDOUT_FILENO;
	return 0;
}
