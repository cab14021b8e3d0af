/* SPDX-License-Identifier: Apache-2.0 */
/* env_file.c - see env_file.h. */
#include "launcher/cli/env_file.h"

#include <fcntl.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"

int env_set(const char *text, struct strv *env, struct err *e)
{
	auto_free char *full = NULL;
	const char *value;

	if (strchr(text, '='))
		return strv_set_env(env, text, e);
	value = getenv(text);
	/* As podman: not set here, not set there. */
	if (!value)
		return 0;
	return str_print(&full, e, "%s=%s", text, value) || strv_set_env(env, full, e) ? -1 : 0;
}

static int take_line(const char *line, struct strv *env, struct err *e)
{
	size_t name;

	line += strspn(line, " \t");
	name = strcspn(line, "=");
	if (!*line || *line == '#')
		return 0;
	if (name == 0 || strcspn(line, " \t") < name)
		return err_set(e, ERR_INPUT, 0, "the name of a variable is empty or has blanks");
	return env_set(line, env, e);
}

int env_file_read(const char *path, struct strv *env, struct err *e)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	auto_str struct str text = { 0 };
	size_t number = 0;
	char *rest, *line;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "--env-file %.256s", path);
	if (io_read_to_str(fd, ENV_FILE_MAX, "--env-file", &text, e))
		return -1;
	if (text.len && strlen(text.text) != text.len)
		return err_set(e, ERR_INPUT, 0, "--env-file %.256s: holds a NUL", path);
	rest = text.text;
	while ((line = rest ? strsep(&rest, "\n") : NULL)) {
		number++;
		if (take_line(line, env, e))
			return err_context(e, "--env-file %.256s: line %zu", path, number);
	}
	return 0;
}
