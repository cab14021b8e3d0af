/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_tree.c - which control group hierarchies are mounted here, and where. */
#include "launcher/runtime/cgroup_tree.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/str.h"

enum { MOUNTINFO_MAX = 8 << 20 };

const char *const cgroup_controller_words[] = {
	"cpu", "cpuacct", "memory", "pids", "devices", "freezer", "name=systemd", "cpuset", "blkio", "hugetlb", "net_cls",
	"net_prio", "rdma", NULL
};

static bool has_option(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (; *list; list += *list == ',') {
		size_t len = strcspn(list, ",");

		if (len == n && memcmp(list, word, n) == 0)
			return true;
		list += len;
	}
	return false;
}

static unsigned read_controllers(const char *options)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < CGROUP_CONTROLLERS; i++)
		if (has_option(options, cgroup_controller_words[i]))
			mask |= 1u << i;
	return mask;
}

bool cgroup_is_v2(void)
{
	struct statfs fs;

	return statfs(CGROUP_MOUNT, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static bool known(const struct cgroup_trees *t, dev_t dev)
{
	for (size_t i = 0; i < t->len; i++)
		if (t->item[i].dev == dev)
			return true;
	return false;
}

/* Take one mount if it is what it is said to be; the v2 one goes to the front. */
static void add_mount(struct cgroup_trees *t, const struct cgroup_tree *from)
{
	auto_close int fd = open(from->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct cgroup_tree *to = &t->item[t->len];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || st.st_dev != from->dev)
		return;
	t->len++;
	if (from->v2) {
		memmove(t->item + 1, t->item, (t->len - 1) * sizeof(*t->item));
		to = t->item;
	}
	*to = *from;
	to->fd = take_fd(&fd);
}

/* "36 35 98:0 /root /mount/point rw,options optional... - type source superoptions" */
static void read_line(struct cgroup_trees *t, const char *line)
{
	struct cgroup_tree tree = { .fd = -1 };
	char options[256], type[16], super[256];
	const char *tail = strstr(line, " - ");
	unsigned major, minor;

	if (!tail || sscanf(tail, " - %15s %*s %255s", type, super) != 2 ||
	    sscanf(line, "%*u %*u %u:%u %*s %255s %255s", &major, &minor, tree.path, options) != 4)
		return;
	tree.v2 = strcmp(type, "cgroup2") == 0;
	tree.dev = makedev(major, minor);
	tree.controllers = tree.v2 ? 0 : read_controllers(super);
	if ((!tree.v2 && (strcmp(type, "cgroup") != 0 || !tree.controllers)) || strchr(tree.path, '\\') ||
	    strlen(tree.path) == sizeof(tree.path) - 1 || !has_option(options, "rw") ||
	    !has_option(super, "rw") || known(t, tree.dev) || t->len == CGROUP_TREES_MAX)
		return;
	add_mount(t, &tree);
}

static int mountinfo(struct str *ret, struct err *e)
{
	auto_close int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? err_set(e, ERR_SYSTEM, errno, "/proc/self/mountinfo") :
			io_read_to_str(fd, MOUNTINFO_MAX, "/proc/self/mountinfo", ret, e);
}

int cgroup_contains(bool *ret, struct err *e)
{
	auto_str struct str text = { 0 };
	const char *line;
	char super[256];

	*ret = false;
	if (mountinfo(&text, e))
		return -1;
	line = text.text ? strstr(text.text, " - cgroup2 ") : NULL;
	*ret = line && sscanf(line, " - cgroup2 %*s %255s", super) == 1 && has_option(super, "nsdelegate");
	return 0;
}

static int read_mountinfo(struct cgroup_trees *t, struct err *e)
{
	auto_str struct str text = { 0 };
	char *next;

	if (mountinfo(&text, e))
		return -1;
	for (char *line = text.text; line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		read_line(t, line);
	}
	return 0;
}

int cgroup_trees_find(struct cgroup_trees *ret, struct err *e)
{
	auto_close int fd = open(CGROUP_MOUNT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	ret->len = 0;
	if (fd < 0 || fstatfs(fd, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC)
		return read_mountinfo(ret, e);
	if (fs.f_flags & ST_RDONLY)
		return 0;
	ret->item[0] = (struct cgroup_tree){ .v2 = true, .fd = take_fd(&fd), .path = CGROUP_MOUNT };
	ret->len = 1;
	return 0;
}

void cgroup_trees_drop(struct cgroup_trees *t, unsigned mask)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->len; i++) {
		if (!t->item[i].v2 && !(t->item[i].controllers & ~mask))
			(void)close(t->item[i].fd);
		else
			t->item[kept++] = t->item[i];
	}
	t->len = kept;
}

void cgroup_trees_done(struct cgroup_trees *t)
{
	for (size_t i = 0; i < t->len; i++)
		(void)close(t->item[i].fd);
	t->len = 0;
}
