/* SPDX-License-Identifier: Apache-2.0 */
/* env_file.c - see env_file.h. */
#include "launcher/cli/env_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"

int env_set(struct strv *env, const char *text, struct err *e)
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

static int take_line(char *line, struct strv *to, env_line_fn *set, struct err *e)
{
	size_t name;

	line += strspn(line, " \t");
	line[strcspn(line, "\r")] = '\0';
	name = strcspn(line, "=");
	if (!*line || *line == '#')
		return 0;
	if (name == 0 || strcspn(line, " \t") < name)
		return err_set(e, ERR_INPUT, 0, "the name of a variable is empty or has blanks");
	return set(to, line, e);
}

int env_file_read(const char *option, const char *path, struct strv *to, env_line_fn *set, struct err *e)
{
	auto_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	auto_str struct str text = { 0 };
	size_t number = 0;
	char *rest, *line;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%s %.256s", option, path);
	if (S_ISREG(st.st_mode) ? io_read_regular(fd, &st, ENV_FILE_MAX, path, &text, e)
				: io_read_to_str(fd, ENV_FILE_MAX, path, &text, e))
		return err_context(e, "%s", option);
	if (text.len && strlen(text.text) != text.len)
		return err_set(e, ERR_INPUT, 0, "%s %.256s: holds a NUL", option, path);
	rest = text.text;
	while ((line = rest ? strsep(&rest, "\n") : NULL)) {
		number++;
		if (take_line(line, to, set, e))
			return err_context(e, "%s %.256s:%zu", option, path, number);
	}
	return 0;
}

int label_add(struct strv *labels, const char *text, struct err *e)
{
	auto_free char *full = NULL;

	if (*text == '=' || !*text)
		return err_set(e, ERR_INPUT, 0, "label %.64s: no name", text);
	return str_print(&full, e, "%s%s", text, strchr(text, '=') ? "" : "=") || strv_set_env(labels, full, e) ? -1 : 0;
}
