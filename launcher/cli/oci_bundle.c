/* SPDX-License-Identifier: Apache-2.0 */
/* oci_bundle.c - a bundle's directory and config.json to a draft: what bundle.h leaves to who may touch the host. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/ids.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/cli/oci.h"

enum { SHORT_ID = 12 };		/* digits of an id that engines show */

/* Links are followed here, before the policy looks: what it compares is what is opened then, and no link any more. */
static int canonical(const char *bundle, char **path, const char *what, struct err *e)
{
	auto_free char *whole = NULL, *found = NULL;

	if (str_print(&whole, e, "%s%s%s", **path == '/' ? "" : bundle, **path == '/' ? "" : "/", *path))
		return -1;
	found = realpath(whole, NULL);
	if (!found)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "config.json: %s: %.200s", what, whole);
	if (strcmp(found, "/") == 0)
		return err_set(e, ERR_INPUT, 0, "config.json: %s: the host's own root is refused", what);
	free(*path);
	*path = take_ptr(&found);
	return 0;
}

int oci_bundle_devices(struct plan *p, struct err *e)
{
	for (size_t i = 0; i < p->resources.io.len; i++)
		if (canonical("/", &PLAN_IO(&p->resources, i)->path, "linux.resources.blockIO", e))
			return -1;
	return 0;
}

static int set_paths(struct plan *p, const char *bundle, struct err *e)
{
	if (canonical(bundle, &p->root.path, "root.path", e))
		return -1;
	for (size_t i = 0; i < p->mounts.len; i++) {
		struct plan_mount *m = PLAN_MOUNT(p, i);
		char what[64];

		(void)snprintf(what, sizeof(what), "mounts[].source of %.32s", m->target);
		if (m->kind == PLAN_MOUNT_BIND && canonical(bundle, &m->source, what, e))
			return -1;
	}
	for (size_t i = 0; i < p->hooks.len; i++) {
		struct plan_hook *h = PLAN_HOOK(p, i);

		/* Without arguments its name is what the bundle calls it. */
		if (!h->args.len && strv_add(&h->args, h->path, e))
			return -1;
		if (h->when != PLAN_HOOK_START_CONTAINER && canonical("/", &h->path, "hooks", e))
			return -1;
	}
	return oci_bundle_devices(p, e);
}

/* Another container with the same first digits keeps the short name. */
static int set_short_name(struct context *c, struct plan *p, struct err *e)
{
	char found[ID_HEX + 1];
	struct err unused;
	bool taken;

	if (context_containers(c, e) || str_print(&p->name, e, "%.*s", SHORT_ID, p->id))
		return -1;
	taken = container_resolve(&c->store, p->name, found, &unused) == 0 && strcmp(found, p->id) != 0;
	if (!taken)
		return 0;
	free(p->name);
	p->name = NULL;
	return str_print(&p->name, e, "%.*s", ID_HEX - 1, p->id);
}

static int set_id(struct context *c, struct plan *p, const char *id, struct err *e)
{
	char made[ID_HEX + 1];

	if (id_is_valid(id))
		return str_copy(id, &p->id, e) ? -1 : set_short_name(c, p, e);
	if (name_check("container id", id, e) || id_new(made, e))
		return -1;
	return str_copy(made, &p->id, e) || str_copy(id, &p->name, e) ? -1 : 0;
}

const char *oci_id(const struct container_state *st)
{
	return st->name && strncmp(st->id, st->name, strlen(st->name)) == 0 && strlen(st->name) >= SHORT_ID ? st->id :
	       st->name ? st->name : st->id;
}

/* A second `create` with an id fails, and must not give back the categories of the container that has it: it gets no further than this. */
static int check_labels(struct context *c, const struct bundle *b, struct err *e)
{
	char found[ID_HEX + 1];
	struct err none;

	if (context_selinux(c, e))
		return -1;
	if (b->uses_label && !c->selinux.enabled)
		return err_set(e, ERR_LABEL, 0, "config.json: process.selinuxLabel, linux.mountLabel: SELinux is off on this host, so no "
			       "label can be applied");
	if (c->selinux.enabled && container_resolve(&c->store, b->plan->id, found, &none) == 0)
		return err_set(e, ERR_EXISTS, 0, "container %s: exists", b->plan->id);
	return 0;
}

static int read_text(const char *dir, struct str *text, struct err *e)
{
	auto_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "bundle %.200s", dir);
	return io_read_file_at(fd, "config.json", JSON_BYTES_MAX, text, e) ? err_context(e, "bundle %.200s", dir) : 0;
}

int oci_bundle_read(struct context *c, const char *bundle, const char *id, struct bundle *ret, char **ret_dir, struct err *e)
{
	auto_free char *dir = realpath(bundle ? bundle : ".", NULL);
	auto_bundle struct bundle b = { 0 };
	auto_str struct str text = { 0 };
	struct plan *p;

	if (!dir)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "bundle %.200s", bundle ? bundle : ".");
	if (read_text(dir, &text, e) || bundle_read(text.text, text.len, "config.json", &b, e))
		return -1;
	p = b.plan;
	if (set_id(c, p, id, e) || set_paths(p, dir, e) || check_labels(c, &b, e) || plan_check(p, e))
		return -1;
	for (size_t i = 0; i < p->ignored.len; i++) {
		auto_free char *line = NULL;

		if (str_print(&line, e, "config.json: %s: ignored: no such property or value is known", p->ignored.item[i]))
			return -1;
		oci_log(c->oci, "warning", line);
	}
	*ret = b;
	b = (struct bundle){ 0 };
	*ret_dir = take_ptr(&dir);
	return 0;
}
