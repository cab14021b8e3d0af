/* SPDX-License-Identifier: Apache-2.0 */
/* request_env.c - environment, labels and annotations: the image's, files', and the request's own. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/base/io.h"
#include "launcher/cli/request_parts.h"

extern char **environ;

/* Podman's default PATH. */
#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The name alone is the caller's variable; as podman: not set here, not set there. */
static int set_one(struct strv *env, const char *text, struct err *e)
{
	auto_free char *full = NULL;
	const char *value;

	if (strchr(text, '='))
		return strv_set_env(env, text, e);
	value = getenv(text);
	if (!value)
		return 0;
	return str_print(&full, e, "%s=%s", text, value) || strv_set_env(env, full, e) ? -1 : 0;
}

static int set_label(struct strv *labels, const char *text, struct err *e)
{
	auto_free char *full = NULL;

	if (*text == '=' || !*text)
		return err_set(e, ERR_INPUT, 0, "label %.64s: no name", text);
	return str_print(&full, e, "%s%s", text, strchr(text, '=') ? "" : "=") || strv_set_env(labels, full, e) ? -1 : 0;
}

/* As podman: a line each, blanks in front do not count, # begins a comment line. */
static int read_lines(const char *path, struct strv *to, int (*set)(struct strv *to, const char *line, struct err *e),
		      struct err *e)
{
	auto_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	auto_str struct str text = { 0 };
	unsigned number = 0;
	char *rest, *line;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", path);
	if (S_ISREG(st.st_mode) ? io_read_regular(fd, &st, REQUEST_FILE_MAX, path, &text, e)
				: io_read_to_str(fd, REQUEST_FILE_MAX, path, &text, e))
		return -1;
	if (text.len != (text.text ? strlen(text.text) : 0))
		return err_set(e, ERR_INPUT, 0, "%.256s: holds a NUL byte", path);
	for (rest = text.text; (line = strsep(&rest, "\n")); ) {
		number++;
		line += strspn(line, " \t");
		line[strcspn(line, "\r")] = '\0';
		if (*line == '=')
			return err_set(e, ERR_INPUT, 0, "%.256s:%u: no variable name", path, number);
		if (*line && *line != '#' && set(to, line, e))
			return err_context(e, "%.256s:%u", path, number);
	}
	return 0;
}

static bool left_out(const struct building *b, const char *text)
{
	size_t n = strcspn(text, "=");

	for (size_t i = 0; i < b->r->unsetenv.len; i++)
		if (strlen(b->r->unsetenv.item[i]) == n && strncmp(b->r->unsetenv.item[i], text, n) == 0)
			return true;
	return b->r->unsetenv_all;
}

static int set_default(struct building *b, const char *text, struct err *e)
{
	return strchr(text, '=') && !left_out(b, text) ? strv_set_env(&b->p->process.env, text, e) : 0;
}

/* podman-run(1), ENVIRONMENT: each goes over those before it. */
int request_env(struct building *b, struct err *e)
{
	struct strv *env = &b->p->process.env;

	if (set_default(b, DEFAULT_PATH, e) || set_default(b, "container=secctr", e))
		return -1;
	b->p->process.host_env = b->r->env_host;
	for (char **host = environ; b->r->env_host && *host; host++)
		if (set_default(b, *host, e))
			return -1;
	for (size_t i = 0; i < b->image.env.len; i++)
		if (set_default(b, b->image.env.item[i], e))
			return -1;
	for (size_t i = 0; i < b->r->env_files.len; i++)
		if (read_lines(b->r->env_files.item[i], env, set_one, e))
			return err_context(e, "--env-file");
	for (size_t i = 0; i < b->r->env.len; i++)
		if (set_one(env, b->r->env.item[i], e))
			return -1;
	return 0;
}

int request_labels(struct building *b, struct err *e)
{
	struct plan *p = b->p;

	for (size_t i = 0; i < b->r->label_files.len; i++)
		if (read_lines(b->r->label_files.item[i], &p->labels, set_label, e))
			return err_context(e, "--label-file");
	for (size_t i = 0; i < b->r->labels.len; i++)
		if (set_label(&p->labels, b->r->labels.item[i], e))
			return -1;
	for (size_t i = 0; i < b->r->annotations.len; i++) {
		const char *text = b->r->annotations.item[i];

		if (!strchr(text, '=') || *text == '=')
			return err_set(e, ERR_INPUT, 0, "--annotation %.64s: not KEY=VALUE", text);
		/* What other runtimes obey must not look as if it were obeyed. */
		if (str_starts(text, "run.oci."))
			return err_set(e, ERR_INPUT, 0, "--annotation %.64s: annotations are shown, never obeyed; run.oci.* is refused",
				       text);
		if (strv_set_env(&p->annotations, text, e))
			return -1;
	}
	return 0;
}
