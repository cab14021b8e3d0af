/* SPDX-License-Identifier: Apache-2.0 */
/* start_volumes.c - see start_volumes.h. */
#include "launcher/cli/start_volumes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "launcher/base/path.h"
#include "launcher/cli/look.h"
#include "launcher/cli/volumes.h"

/* Takes fd. 1: it has entries. */
static int has_entries(int fd, const char *what, struct err *e)
{
	DIR *d = fdopendir(fd);
	const struct dirent *ent;
	int found = 0;

	if (!d) {
		err_set(e, ERR_SYSTEM, errno, "%.256s", what);
		close_fd_auto(&fd);
		return -1;
	}
	while (!found && (ent = readdir(d)))
		found = strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0;
	closedir(d);
	return found;
}

/* The tree is hostile: its links are followed in it alone, and nothing but a directory is opened. */
static int tree_has_files(int top, const char *path, struct err *e)
{
	struct err why = { 0 };
	int fd = path_in_root_open(top, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0, &why);

	if (fd >= 0)
		return has_entries(fd, path, e);
	if (why.reason == ERR_NOTFOUND || why.sys == ENOENT || why.sys == ENOTDIR || why.sys == ELOOP)
		return 0;
	*e = why;
	return -1;
}

/* Of layers any: one that hides what is below it (a whiteout) is taken for files as well. */
static int root_has_files(const struct store *s, const struct plan_root *root, const char *path, struct err *e)
{
	if (root->path) {
		auto_close int top = open(root->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		return top < 0 ? err_set(e, ERR_SYSTEM, errno, "%.256s", root->path) : tree_has_files(top, path, e);
	}
	for (size_t i = 0; i < root->layers.len; i++) {
		const char *hex = root->layers.item[i] + strlen("sha256:");
		auto_close int top = openat(s->layers, hex, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int has = top < 0 ? err_set(e, ERR_SYSTEM, errno, "layer %.12s", hex) : tree_has_files(top, path, e);

		if (has)
			return has;
	}
	return 0;
}

/* A new volume is empty: what was asked for is looked at before it is made. */
static int check_copy(const struct store *s, const struct plan *p, const struct plan_mount *m, bool is_new, struct err *e)
{
	int has = 0;

	if (m->nocopy)
		return 0;
	if (!is_new) {
		int data = volume_data(s, m->source, e);

		has = data < 0 ? -1 : has_entries(data, m->source, e);
		if (has)
			return has < 0 ? -1 : 0;
	}
	has = root_has_files(s, &p->root, m->target, e);
	if (has > 0)
		return err_set(e, ERR_INPUT, 0, "volume %s: the image has files in %.256s, and this version does not copy them into an "
			       "empty volume: give nocopy to start with an empty one", m->source, m->target);
	return has;
}

static int runs(struct context *c, const char *id, bool *ret, struct err *e)
{
	auto_look struct look l;
	struct err why = { 0 };

	look_init(&l);
	*ret = false;
	if (look_at_id(c, id, &l, &why) == 0) {
		*ret = look_is_live(&l) || l.state.status == CONTAINER_CREATING || l.state.status == CONTAINER_RESTARTING;
		return 0;
	}
	if (why.reason == ERR_NOTFOUND)
		return 0;
	*e = why;
	return -1;
}

/* Z takes the files from whoever else has them. */
static int check_private(struct context *c, const struct plan *p, const struct plan_mount *m, struct err *e)
{
	auto_strv struct strv users = { 0 };

	if (m->relabel != PLAN_RELABEL_PRIVATE || !p->selinux.file_label)
		return 0;
	if (volume_users(&c->store, m->source, &users, e))
		return -1;
	for (size_t i = 0; i < users.len; i++) {
		bool is_live;

		if (strcmp(users.item[i], p->id) == 0)
			continue;
		if (runs(c, users.item[i], &is_live, e))
			return -1;
		if (is_live)
			return err_set(e, ERR_STATE, 0, "volume %s: Z would make it this container's own, and it is used by %.12s, "
				       "which runs", m->source, users.item[i]);
	}
	return 0;
}

static int one(struct image_op *op, const struct plan *p, const struct plan_mount *m, struct err *e)
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
	if (check_copy(s, p, m, is_new, e))
		return -1;
	/* Another start may have made it meanwhile. */
	if (is_new && volumes_make(op, m->source, NULL, &why) && why.reason != ERR_EXISTS) {
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

		if (m->kind == PLAN_MOUNT_VOLUME && (one(&op, p, m, e) || check_private(c, p, m, e)))
			return -1;
	}
	*ret_lock = take_fd(&lock);
	return 0;
}

int start_volumes_again(struct context *c, const struct plan *p, struct err *e)
{
	bool any;
	auto_close int lock = lock_volumes(&c->store, p, &any, e);

	if (any && lock < 0)
		return -1;
	for (size_t i = 0; i < p->mounts.len; i++)
		if (PLAN_MOUNT(p, i)->kind == PLAN_MOUNT_VOLUME && check_private(c, p, PLAN_MOUNT(p, i), e))
			return -1;
	return 0;
}
