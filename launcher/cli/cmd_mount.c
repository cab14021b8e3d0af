/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_mount.c - secctr mount and secctr unmount: the files of containers for people and programs of the host. */
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/json.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/container_root.h"
#include "launcher/cli/each.h"
#include "launcher/cli/latest.h"
#include "launcher/cli/mounted.h"
#include "launcher/cli/output.h"
#include "launcher/plan/caps.h"
#include "launcher/runtime/root.h"
#include "launcher/runtime/userns.h"
#include "launcher/store/mounts.h"

struct mount_request {
	bool all, latest, no_trunc, force;
	const char *format;
};

static const struct opt mount_opts[] = {
	EACH_OPT_ALL(struct mount_request, "every container"),
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct mount_request, format), .value = "json",
	  .help = "list as JSON what is mounted" },
	LATEST_OPT(struct mount_request),
	{ .name = "no-trunc", .kind = OPT_FLAG, .offset = OPT_INTO(struct mount_request, no_trunc), .help = "list whole ids" },
	OPT_END
};
static const struct opt *const mount_tables[] = { mount_opts, NULL };

static const struct opt unmount_opts[] = {
	EACH_OPT_ALL(struct mount_request, "every container that is mounted"),
	{ .letter = 'f', .name = "force", .kind = OPT_FLAG, .offset = OPT_INTO(struct mount_request, force),
	  .help = "even if it is in use: who has files open keeps them" },
	LATEST_OPT(struct mount_request),
	OPT_END
};
static const struct opt *const unmount_tables[] = { unmount_opts, NULL };

/* ---- what is mounted ---- */

static int row_of(struct context *c, const char *id, bool json, bool no_trunc, json_t *list, struct err *e)
{
	auto_free char *path = NULL;
	auto_look struct look l;
	struct err why = { 0 };

	look_init(&l);
	if (look_at_id(c, id, &l, &why)) {
		*e = why;
		return why.reason == ERR_NOTFOUND ? 0 : -1;	/* removed meanwhile */
	}
	if (mounted_path(c, id, &path, e))
		return -1;
	if (!json)
		return printf("%.*s  %s\n", no_trunc ? ID_HEX : 12, id, path) < 0 ? err_set(e, ERR_SYSTEM, errno, "standard output") : 0;
	return json_array_append_new(list, json_pack("{s:s, s:[s], s:s}", "id", id, "Names", look_name(&l), "mountpoint", path)) ?
	       err_set(e, ERR_SYSTEM, ENOMEM, "list") : 0;
}

static int list(struct context *c, const struct mount_request *q, struct err *e)
{
	auto_json json_t *rows = json_array();
	auto_strv struct strv ids = { 0 };

	if (context_store(c, e) || mounts_list(&c->store, &ids, e))
		return -1;
	for (size_t i = 0; i < ids.len; i++)
		if (row_of(c, ids.item[i], q->format, q->no_trunc, rows, e))
			return -1;
	return q->format ? output_json(rows, e) : 0;
}

/* ---- mount ---- */

/* No record, no mount. */
static int record_mount(struct change *x, const char *path, struct err *e)
{
	struct audit_record r;

	record_begin(&r, EV_ROOT_MOUNT, "cli", look_name(x->l), x->uuid);
	record_str(&r, "path", path);
	return change_record_first(x, &r, e);
}

/*
 * Of one that runs the mount is a copy of its own, which the next start may share. In a user name space of its own it shows the host's ids,
 * by which root can make no file in it, and is no overlay for another time. With CAP_SYS_ADMIN the container has mounted on "/"
 * what it likes.
 */
static int may_mount(const struct look *l, const struct plan *p, struct err *e)
{
	uint64_t bound = 0;

	if (!look_is_live(l))
		return 0;
	if (caps_parse(&p->process.cap_bound, &bound, e))
		return -1;
	if (userns_own(p) || bound >> CAP_SYS_ADMIN & 1)
		return err_set(e, ERR_STATE, 0, "container %s runs %s: it is mounted when it does not run; `secctr cp` copies meanwhile", look_name(l),
			       userns_own(p) ? "in a user name space of its own" : "with CAP_SYS_ADMIN");
	return 0;
}

static int mount_new(struct change *x, const char *path, struct err *e)
{
	auto_close int root = -1, at = -1;

	if (x->sealed && may_mount(x->l, sealed_plan(x->sealed), e))
		return -1;
	root = container_root(x, CONTAINER_ROOT_MOUNT, e);
	at = root < 0 ? -1 : mounts_make(&x->c->store, x->l->state.id, e);
	return at < 0 || record_mount(x, path, e) || runtime_root_attach(root, at, e) ? -1 : 0;
}

static int mount_locked(struct change *x, const void *arg, struct err *e)
{
	auto_free char *path = NULL;
	auto_close int fd = -1;
	bool was;

	(void)arg;
	if (mounted_path(x->c, x->l->state.id, &path, e) || mounts_find(&x->c->store, x->l->state.id, &fd, &was, e) ||
	    (fd < 0 && mount_new(x, path, e)))
		return -1;
	return printf("%s\n", path) < 0 ? err_set(e, ERR_SYSTEM, errno, "standard output") : 0;
}

static int mount_one(struct context *c, struct look *l, const void *arg, struct err *e)
{
	return change_container(c, l->state.id, "mount", mount_locked, arg, e);
}

static bool is_whole(const struct look *l)
{
	return l->state.boot_id && l->state.status != CONTAINER_CREATING;
}

static int cmd_mount_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct mount_request *q = request;
	const struct each each = { .all = q->all, .latest = q->latest, .wanted = is_whole };

	if (q->format && strcmp(q->format, "json") != 0)
		return err_set(e, ERR_USAGE, 0, "--format %.32s: json only", q->format);
	return operands->len || q->all || q->latest ? each_container(c, &each, operands, mount_one, NULL, e) : list(c, q, e);
}

/* ---- unmount ---- */

static int unmount_locked(struct change *x, const void *arg, struct err *e)
{
	return mounted_drop(x->c, x->l->state.id, look_name(x->l), "cli", *(const bool *)arg, &x->writer, e);
}

static int unmount_one(struct context *c, struct look *l, const void *arg, struct err *e)
{
	return change_container(c, l->state.id, "unmount", unmount_locked, arg, e);
}

static int cmd_unmount_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct mount_request *q = request;
	const struct each each = { .latest = q->latest, .ignore = q->all, .print = EACH_PRINT_GIVEN };
	auto_strv struct strv ids = { 0 };
	struct opt_list mounted;

	if (!q->all)
		return each_container(c, &each, operands, unmount_one, &q->force, e);
	if (operands->len || q->latest)
		return err_set(e, ERR_USAGE, 0, "--all and %s exclude each other", q->latest ? "--latest" : "containers by name");
	if (context_store(c, e) || mounts_list(&c->store, &ids, e))
		return -1;
	mounted = (struct opt_list){ .item = (const char **)ids.item, .len = ids.len };
	return ids.len ? each_container(c, &each, &mounted, unmount_one, &q->force, e) : 0;
}

const struct command cmd_mount = {
	.name = "mount", .operands = "[CONTAINER...]", .group = "Containers", .brief = "mount the files of containers, or list what is mounted",
	.mode = OPT_MIXED, .tables = mount_tables, .request_size = sizeof(struct mount_request), .max_operands = SIZE_MAX, .run = cmd_mount_main,
};

const struct command cmd_unmount = {
	.name = "unmount", .operands = "[CONTAINER...]", .group = "Containers", .brief = "take such mounts away",
	.mode = OPT_MIXED, .tables = unmount_tables, .request_size = sizeof(struct mount_request), .max_operands = SIZE_MAX,
	.run = cmd_unmount_main,
};

/* As mount(8) and umount(8) spell it; podman takes both. */
const struct command cmd_umount = {
	.name = "umount", .operands = "[CONTAINER...]", .brief = "take such mounts away",
	.mode = OPT_MIXED, .tables = unmount_tables, .request_size = sizeof(struct mount_request), .max_operands = SIZE_MAX,
	.run = cmd_unmount_main,
};
