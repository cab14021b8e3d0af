/* SPDX-License-Identifier: Apache-2.0 */
/* request_env.c - environment, labels and annotations: the image's, files', and the request's own. */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "launcher/cli/env_file.h"
#include "launcher/cli/request_parts.h"

extern char **environ;

/* Podman's default PATH. */
#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

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
	/* What every terminal emulator is taken for; the image's own word goes over it. */
	if (b->r->tty && set_default(b, "TERM=xterm", e))
		return -1;
	b->p->process.host_env = b->r->env_host;
	for (char **host = environ; b->r->env_host && *host; host++)
		if (set_default(b, *host, e))
			return -1;
	for (size_t i = 0; i < b->image.env.len; i++)
		if (set_default(b, b->image.env.item[i], e))
			return -1;
	for (size_t i = 0; i < b->r->env_files.len; i++)
		if (env_file_read("--env-file", b->r->env_files.item[i], env, env_set, e))
			return -1;
	for (size_t i = 0; i < b->r->env.len; i++)
		if (env_set(env, b->r->env.item[i], e))
			return -1;
	return 0;
}

/* As Podman: the name that is in force there, unless the request or the image has its own word. */
int request_env_hostname(struct building *b, struct err *e)
{
	char host[HOST_NAME_MAX + 1] = "";
	const char *name = b->p->hostname;
	auto_free char *text = NULL;

	if (!name && b->p->ns[PLAN_NS_UTS].mode == PLAN_NS_HOST && gethostname(host, sizeof(host) - 1) == 0)
		name = host;
	if (!name || strv_env(&b->p->process.env, "HOSTNAME"))
		return 0;
	return str_print(&text, e, "HOSTNAME=%s", name) || set_default(b, text, e) ? -1 : 0;
}

int request_labels(struct building *b, struct err *e)
{
	struct plan *p = b->p;

	for (size_t i = 0; i < b->image.labels.len; i++)
		if (label_add(&p->labels, b->image.labels.item[i], e))
			return err_context(e, "image %.256s", p->root.image);
	for (size_t i = 0; i < b->r->label_files.len; i++)
		if (env_file_read("--label-file", b->r->label_files.item[i], &p->labels, label_add, e))
			return -1;
	for (size_t i = 0; i < b->r->labels.len; i++)
		if (label_add(&p->labels, b->r->labels.item[i], e))
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
