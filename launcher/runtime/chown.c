/* SPDX-License-Identifier: Apache-2.0 */
/* chown.c - the owners of what is mounted (:U), by descriptor: see inside.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/host_tree.h"
#include "launcher/plan/idmap.h"
#include "launcher/runtime/inside.h"
#include "launcher/runtime/userns.h"

struct owner {
	uid_t uid;
	gid_t gid;
};

void chown_ids(const struct plan *p, const struct plan_mount *m, int64_t *ret_uid, int64_t *ret_gid)
{
	const struct plan_user *u = &p->process.user;
	bool idmapped = userns_any(p) && (m->kind == PLAN_MOUNT_VOLUME || m->idmap);

	*ret_uid = idmapped ? u->uid : idmap_host(&p->uid_map, u->uid);
	*ret_gid = idmapped ? u->gid : idmap_host(&p->gid_map, u->gid);
}

static int has_owner(void *arg, int fd, const struct stat *st, const char *path, struct err *e)
{
	const struct owner *to = arg;

	(void)fd;
	(void)path;
	(void)e;
	return st->st_uid == to->uid && st->st_gid == to->gid;
}

/* This takes set-user-ID, set-group-ID and file capabilities away, root's doing or not (chown(2)): nobody gets them with a file. */
static int set_owner(void *arg, int fd, const char *path, struct err *e)
{
	const struct owner *to = arg;

	if (fchownat(fd, "", to->uid, to->gid, AT_EMPTY_PATH))
		return err_set(e, ERR_SYSTEM, errno, errno == EACCES ? "chown %.300s: SELinux lets secctr change owners of containers' files "
			       "only, which z or Z beside U makes them" : "chown %.300s", path);
	return 0;
}

int chown_source(const struct plan *p, const struct plan_mount *m, const struct host_tree_place *place, int source, bool look, struct err *e)
{
	struct host_tree tree = { .place = *place, .what = "chown", .own = m->kind == PLAN_MOUNT_VOLUME, .look = look, .max = HOST_TREE_MAX,
				  .is = has_owner, .set = set_owner };
	struct host_tree_result done;
	int64_t uid, gid;
	struct owner to;

	if (!m->chown)
		return 0;
	chown_ids(p, m, &uid, &gid);
	if (uid < 0 || gid < 0)
		return err_set(e, ERR_INPUT, 0, "chown %.256s: the user is not in the container's map of ids", m->source);
	to = (struct owner){ (uid_t)uid, (gid_t)gid };
	tree.arg = &to;
	return host_tree_change(&tree, source, m->source, &done, e);
}
