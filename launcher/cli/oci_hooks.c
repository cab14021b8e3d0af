/* SPDX-License-Identifier: Apache-2.0 */
/* oci_hooks.c - hooks of an engine's bundle: what they are told, and those that the commands start and delete run. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/base/ids.h"
#include "launcher/base/json.h"
#include "launcher/base/path.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/control.h"
#include "launcher/cli/oci.h"
#include "launcher/runtime/hooks.h"

int oci_annotations(const struct strv *list, json_t *doc, struct err *e)
{
	auto_json json_t *map = json_object();

	for (size_t i = 0; map && i < list->len; i++) {
		const char *entry = list->item[i], *eq = strchr(entry, '=');
		auto_free char *key = NULL;

		if (str_print(&key, e, "%.*s", (int)(eq - entry), entry))
			return -1;
		if (json_object_set_new(map, key, json_string(eq + 1)))
			return err_set(e, ERR_SYSTEM, ENOMEM, "state");
	}
	return map && json_object_set(doc, "annotations", map) == 0 ? 0 : err_set(e, ERR_SYSTEM, ENOMEM, "state");
}

int oci_hooks_state(const char *id, const char *bundle, const char *status, const struct strv *list, char **ret, struct err *e)
{
	auto_json json_t *doc = json_pack("{s:s, s:s, s:s, s:s}", "ociVersion", OCI_VERSION, "id", id, "status", status, "bundle", bundle);
	auto_free char *text = NULL;

	if (!doc)
		return err_set(e, ERR_SYSTEM, ENOMEM, "state");
	if (oci_annotations(list, doc, e) || json_canonical(doc, &text, e))
		return -1;
	text[strlen(text) - 1] = '\0';	/* the brace: hooks.h */
	*ret = take_ptr(&text);
	return 0;
}

/* They run as root, so nobody else may be able to change what they are. */
static int check_program(const struct plan_hook *h, struct err *e)
{
	const char *name = strrchr(h->path, '/') + 1;
	auto_free char *dir = NULL;
	auto_close int top = -1;
	struct stat st;

	if (str_print(&dir, e, "%.*s", name - h->path > 1 ? (int)(name - h->path - 1) : 1, h->path))
		return -1;
	top = path_open_trusted_dir(dir, true, e);
	if (top < 0)
		return -1;
	if (fstatat(top, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.200s", h->path);
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || st.st_mode & 022 || !(st.st_mode & 0111))
		return err_set(e, ERR_INPUT, 0, "%.200s: not a program that root alone can change (a regular file of root's)", h->path);
	return 0;
}

int oci_hooks_check(const struct plan *p, struct err *e)
{
	for (size_t i = 0; i < p->hooks.len; i++) {
		const struct plan_hook *h = PLAN_HOOK(p, i);

		if (h->when != PLAN_HOOK_START_CONTAINER && check_program(h, e))
			return err_context(e, "config.json: hooks.%s", plan_hook_words[h->when]);
	}
	return 0;
}

static int run(struct context *c, const struct container_state *st, const struct plan *p, int when, const char *status, struct err *e)
{
	auto_free char *state = NULL;

	if (!hooks_any(p, when))
		return 0;
	if (context_who(c, e) || oci_hooks_check(p, e) ||
	    oci_hooks_state(oci_id(st), st->bundle ? st->bundle : "", status, &st->annotations, &state, e))
		return -1;
	/* Of an engine without a login: what runs for the container is its owner's. */
	if (c->who.auid == UINT32_MAX && identity_set(c->procfd, (uint32_t)p->audit.auid, NULL, e))
		return -1;
	return hooks_run(p, when, state, when == PLAN_HOOK_POSTSTOP ? 0 : (pid_t)st->pid, NULL, when == PLAN_HOOK_POSTSTOP, e);
}

static void record_failure(struct context *c, const struct container_state *st, const char *op, const struct err *why)
{
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	char uuid[UUID_TEXT + 1];

	id_uuid(st->id, uuid);
	authorize_refused(c, &w, op, st->name, uuid, why);
	audit_writer_close(&w);
}

int oci_hooks_poststart(struct context *c, const struct look *l, const struct plan *p, struct err *e)
{
	auto_look struct look now;
	struct err ignored;

	if (run(c, &l->state, p, PLAN_HOOK_POSTSTART, "running", e) == 0)
		return 0;
	record_failure(c, &l->state, "poststart", e);
	look_init(&now);
	if (look_at_id(c, l->state.id, &now, &ignored) == 0 && look_is_live(&now))
		(void)!control_stop(c, &now, "kill", 0, &ignored);
	return -1;
}

void oci_hooks_poststop(struct context *c, const struct container_state *st, const struct plan *p)
{
	auto_free char *text = NULL;
	struct err e, ignored;

	if (run(c, st, p, PLAN_HOOK_POSTSTOP, "stopped", &e) == 0)
		return;
	record_failure(c, st, "poststop", &e);
	if (str_print(&text, &ignored, "%s: the container is deleted all the same", e.text) == 0)
		oci_log(c->oci, "warning", text);
}
