/* SPDX-License-Identifier: Apache-2.0 */
/* start_volumes.c - see start_volumes.h. */
#include "launcher/cli/start_volumes.h"

#include <stdio.h>
#include <string.h>

#include "launcher/cli/look.h"
#include "launcher/cli/volumes.h"

static bool same_user(const struct plan *a, const struct plan *b)
{
	return a->process.user.uid == b->process.user.uid && a->process.user.gid == b->process.user.gid;
}

/* Whether it runs, and as another user than this plan's; without a plan as whichever. */
static int runs(struct context *c, const char *id, const struct plan *unlike, bool *ret, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	auto_look struct look l;
	struct err why = { 0 };

	look_init(&l);
	*ret = false;
	if (look_at_id(c, id, &l, &why) == 0) {
		*ret = look_is_live(&l) || l.state.status == CONTAINER_CREATING || l.state.status == CONTAINER_RESTARTING;
		if (!*ret || !unlike)
			return 0;
		if (look_plan(&l, &sealed, &why) == 0) {
			*ret = !same_user(sealed_plan(sealed), unlike);
			return 0;
		}
	}
	if (why.reason == ERR_NOTFOUND)
		return 0;
	*e = why;
	return -1;
}

/* Another container that has the volume and runs, as above; "": there is none. */
static int who_runs(struct context *c, const struct plan *p, const struct plan_mount *m, const struct plan *unlike, char ret[static ID_HEX + 1],
		    struct err *e)
{
	auto_strv struct strv users = { 0 };

	*ret = '\0';
	if (volume_users(&c->store, m->source, &users, e))
		return -1;
	for (size_t i = 0; i < users.len && !*ret; i++) {
		bool is_one = false;

		if (strcmp(users.item[i], p->id) != 0 && runs(c, users.item[i], unlike, &is_one, e))
			return -1;
		if (is_one)
			(void)snprintf(ret, ID_HEX + 1, "%s", users.item[i]);
	}
	return 0;
}

/* Z takes the files from whoever else has them. */
static int check_private(struct context *c, const struct plan *p, const struct plan_mount *m, struct err *e)
{
	char who[ID_HEX + 1];

	if (m->relabel != PLAN_RELABEL_PRIVATE || !p->selinux.file_label)
		return 0;
	if (who_runs(c, p, m, NULL, who, e))
		return -1;
	return *who ? err_set(e, ERR_STATE, 0, "volume %s: Z would make it this container's own, and it is used by %.12s, which runs",
			      m->source, who) : 0;
}

/*
 * U gives the files to another user than that of who uses them; Podman does it without a word. It is said, not refused: root inside does not
 * care, and a container with U has to start again while another one reads its files.
 */
static void warn_of_owners(struct context *c, const struct plan *p, const struct plan_mount *m)
{
	struct err unread;
	char who[ID_HEX + 1];

	if (m->chown && who_runs(c, p, m, p, who, &unread) == 0 && *who)
		fprintf(stderr, "secctr: warning: volume %s: U makes its files those of user %lld:%lld, and %.12s, which runs as another user, has it, too\n",
			m->source, (long long)p->process.user.uid, (long long)p->process.user.gid, who);
}

static int check_others(struct context *c, const struct plan *p, const struct plan_mount *m, struct err *e)
{
	if (check_private(c, p, m, e))
		return -1;
	warn_of_owners(c, p, m);
	return 0;
}

static int one(struct image_op *op, const struct plan_mount *m, struct err *e)
{
	const struct store *s = &op->c->store;
	auto_volume struct volume v;
	struct err why = { 0 };
	bool is_new;

	volume_init(&v);
	is_new = volume_read(s, m->source, &v, &why) != 0;
	if (is_new && why.reason != ERR_NOTFOUND) {
		*e = why;
		return -1;
	}
	/* Another start may have made it meanwhile. */
	if (is_new && volumes_make(op, m->source, NULL, m->anonymous, &why) && why.reason != ERR_EXISTS) {
		*e = why;
		return -1;
	}
	return 0;
}

/* Shared, or alone where one is to be this container's own; -1 with *ret_any false: there are none. */
static int lock_volumes(const struct store *s, const struct plan *p, bool *ret_any, struct err *e)
{
	bool alone = false;

	*ret_any = false;
	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);

		*ret_any |= m->kind == PLAN_MOUNT_VOLUME;
		alone |= m->kind == PLAN_MOUNT_VOLUME && m->relabel == PLAN_RELABEL_PRIVATE;
	}
	return *ret_any ? volumes_lock(s, alone, e) : -1;
}

int start_volumes(struct context *c, const struct plan *p, int *ret_lock, struct err *e)
{
	auto_image_op struct image_op op = IMAGE_OP_INIT(c, "volume-create");
	bool any;
	auto_close int lock = lock_volumes(&c->store, p, &any, e);

	if (any && lock < 0)
		return -1;
	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);

		if (m->kind == PLAN_MOUNT_VOLUME && (one(&op, m, e) || check_others(c, p, m, e)))
			return -1;
	}
	*ret_lock = take_fd(&lock);
	return 0;
}

void start_volumes_drop(struct context *c, const struct plan *p)
{
	auto_strv struct strv names = { 0 };
	struct err ignored;

	for (size_t i = 0; i < p->mounts.len; i++)
		if (PLAN_MOUNT(p, i)->anonymous && strv_add(&names, PLAN_MOUNT(p, i)->source, &ignored))
			return;
	volumes_drop(c, &names);
}

int start_volumes_again(struct context *c, const struct plan *p, struct err *e)
{
	bool any;
	auto_close int lock = lock_volumes(&c->store, p, &any, e);

	if (any && lock < 0)
		return -1;
	for (size_t i = 0; i < p->mounts.len; i++)
		if (PLAN_MOUNT(p, i)->kind == PLAN_MOUNT_VOLUME && check_others(c, p, PLAN_MOUNT(p, i), e))
			return -1;
	return 0;
}
