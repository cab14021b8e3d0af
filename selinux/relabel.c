/* SPDX-License-Identifier: Apache-2.0 */
/* relabel.c - security.selinux of each object of a volume, by descriptor. */
#include "selinux/relabel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "launcher/base/host_tree.h"
#include "selinux/label.h"

#define XATTR "security.selinux"

/* By a descriptor's name in the working directory: setxattrat() came only with 6.13. */
static int has_label(void *context, int fd, const struct stat *st, const char *path, struct err *e)
{
	char name[16], was[LABEL_MAX];
	ssize_t n;

	(void)st;
	snprintf(name, sizeof(name), "%d", fd);
	n = getxattr(name, XATTR, was, sizeof(was) - 1);
	if (n < 0 && errno != ENODATA && errno != ERANGE)
		return err_set(e, ERR_SYSTEM, errno, "relabel %.300s: read label", path);
	was[n < 0 ? 0 : n] = '\0';
	return strcmp(was, context) == 0;
}

static int set_label(void *context, int fd, const char *path, struct err *e)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", fd);
	if (setxattr(name, XATTR, context, strlen(context) + 1, 0))
		return err_set(e, ERR_SYSTEM, errno, "relabel %.300s: set label", path);
	return 0;
}

static int check_context(const char *context, struct err *e)
{
	char type[LABEL_TYPE_MAX];

	if (label_type(context, type, e))
		return -1;
	if (strlen(context) >= LABEL_MAX || (strcmp(type, LABEL_TYPE_CONTAINER_FILE) && strcmp(type, LABEL_TYPE_SHARED_FILE)))
		return err_set(e, ERR_LABEL, 0, "relabel to type %s: only " LABEL_TYPE_CONTAINER_FILE " and "
			       LABEL_TYPE_SHARED_FILE " are given to volumes", type);
	if (!strcmp(type, LABEL_TYPE_SHARED_FILE) && strcmp(label_level(context), LABEL_LEVEL_SHARED))
		return err_set(e, ERR_LABEL, 0, "relabel to %.200s: what is shared has the level " LABEL_LEVEL_SHARED, context);
	return 0;
}

static int relabel(const struct host_tree_place *place, int volume, const char *path, const char *context, uint64_t max, bool own,
		   struct host_tree_result *ret, struct err *e)
{
	const struct host_tree tree = { .place = *place, .what = "relabel", .own = own, .max = max, .is = has_label, .set = set_label,
					.arg = (void *)(uintptr_t)context };

	return check_context(context, e) || host_tree_change(&tree, volume, path, ret, e) ? -1 : 0;
}

int relabel_volume(const struct host_tree_place *place, int volume, const char *path, const char *context, uint64_t max,
		   struct host_tree_result *ret, struct err *e)
{
	return relabel(place, volume, path, context, max, false, ret, e);
}

int relabel_store_volume(const struct host_tree_place *place, int volume, const char *name, const char *context, uint64_t max,
			 struct host_tree_result *ret, struct err *e)
{
	return relabel(place, volume, name, context, max, true, ret, e);
}
