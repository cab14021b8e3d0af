/* SPDX-License-Identifier: Apache-2.0 */
/* user_lookup.c - see user_lookup.h. */
#include "launcher/cli/user_lookup.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "launcher/store/images.h"
#include "launcher/store/userdb.h"

/* passwd or group of a --rootfs directory: a regular file in it, not through links that leave it. */
static int read_in_root(const char *root, const char *path, struct str *ret, struct err *e)
{
	auto_close int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
	struct stat st;

	if (dir < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", root);
	fd = path_in_root_open(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, e);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, 0, "%s in the container is not a regular file", path);
	return io_read_to_str(fd, USERDB_BYTES_MAX, path, ret, e);
}

int user_read_db(const struct store *s, const struct plan_root *root, const char *path, struct str *ret,
		 bool *ret_there, struct err *e)
{
	struct err why = { 0 };
	int r = root->path ? read_in_root(root->path, path, ret, &why)
			   : image_read_file(s, &root->layers, path, USERDB_BYTES_MAX, ret, &why);

	*ret_there = r == 0;
	if (r == 0 || why.reason == ERR_NOTFOUND || why.sys == ENOENT || why.sys == ENOTDIR)
		return 0;
	*e = why;
	return -1;
}

int user_lookup(const struct store *s, const struct plan_root *root, const char *text, struct plan_user *ret,
		struct err *e)
{
	auto_str struct str passwd = { 0 }, group = { 0 };
	bool has_passwd, has_group;
	auto_userdb struct userdb_ids ids = { 0 };
	char number[16];

	if (user_read_db(s, root, "etc/passwd", &passwd, &has_passwd, e) ||
	    user_read_db(s, root, "etc/group", &group, &has_group, e) ||
	    userdb_resolve(text, has_passwd ? &passwd : NULL, has_group ? &group : NULL, &ids, e))
		return err_context(e, "user %.64s", text);
	ret->uid = ids.uid;
	ret->gid = ids.gid;
	for (size_t i = 0; i < ids.n_groups; i++) {
		snprintf(number, sizeof(number), "%u", ids.groups[i]);
		if (strv_add(&ret->groups, number, e))
			return -1;
	}
	return str_copy(ids.home, &ret->home, e);
}
