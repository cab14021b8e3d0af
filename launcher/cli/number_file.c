/* SPDX-License-Identifier: Apache-2.0 */
/* number_file.c - see number_file.h. */
#include "launcher/cli/number_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/ids.h"
#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "launcher/base/str.h"

int cidfile_make(const char *path, int *ret, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0 && errno == EEXIST)
		return err_set(e, ERR_EXISTS, 0, "--cidfile %.256s: the file exists: another container may use it; else delete it",
			       path);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "--cidfile %.256s", path);
	*ret = fd;
	return 0;
}

int cidfile_write(int fd, const char *id, struct err *e)
{
	return io_write_all(fd, id, strlen(id), "--cidfile", e);
}

int cidfile_read(const char *path, char **ret, struct err *e)
{
	auto_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	auto_str struct str text = { 0 };

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "--cidfile %.256s", path);
	if (io_read_to_str(fd, ID_HEX + 1, path, &text, e))
		return err_context(e, "--cidfile");
	if (text.len)
		text.text[strcspn(text.text, "\n")] = '\0';
	if (!text.len || !id_is_valid(text.text))
		return err_set(e, ERR_INPUT, 0, "--cidfile %.256s: does not hold a container id", path);
	return str_copy(text.text, ret, e);
}

int pidfile_path(const char *path, char **ret, struct err *e)
{
	auto_free char *here = NULL, *whole = NULL;

	if (path[0] != '/') {
		here = getcwd(NULL, 0);
		if (!here)
			return err_set(e, ERR_SYSTEM, errno, "--pidfile %.256s: working directory", path);
	}
	if (str_print(&whole, e, "%s%s%s", here ? here : "", here ? "/" : "", path))
		return -1;
	if (!path_is_canonical(whole) || strcmp(whole, "/") == 0)
		return err_set(e, ERR_INPUT, 0, "--pidfile %.256s: without \".\", \"..\" and \"//\"", path);
	*ret = take_ptr(&whole);
	return 0;
}

/* Nothing there, or what an earlier run left. */
static int may_replace(int dir, const char *name, struct err *e)
{
	auto_str struct str text = { 0 };
	struct err why = { 0 };
	size_t digits;

	if (io_read_file_at(dir, name, NUMBER_FILE_MAX, &text, &why))
		return why.reason == ERR_NOTFOUND ? 0 : err_set(e, ERR_INPUT, 0, "%s", why.text);
	digits = text.len ? strspn(text.text, "0123456789") : 0;
	if (text.len && digits != text.len && !(digits == text.len - 1 && text.text[digits] == '\n'))
		return err_set(e, ERR_EXISTS, 0, "the file is there and holds no number");
	return 0;
}

int pidfile_write(const char *path, pid_t pid, struct err *e)
{
	auto_free char *folder = NULL;
	auto_close int dir = -1;
	const char *name;
	char text[16];

	if (str_copy(path, &folder, e))
		return -1;
	name = strrchr(path, '/') + 1;
	folder[name - path > 1 ? name - path - 1 : 1] = '\0';
	dir = path_open_trusted_dir(folder, true, e);
	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	if (dir < 0 || may_replace(dir, name, e) || io_replace_volatile_at(dir, name, text, strlen(text), 0644, e))
		return err_context(e, "--pidfile %.256s", path);
	return 0;
}
