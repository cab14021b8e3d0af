/* SPDX-License-Identifier: Apache-2.0 */
/* sizes.c - see sizes.h. */
#include "launcher/cli/sizes.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/store/images.h"

struct walk {
	int64_t bytes;
	unsigned entries;
};

/* By descriptor, and through no link: the container may change the tree meanwhile. */
static void add_tree(struct walk *w, int parent, const char *name, unsigned depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	DIR *dir = fd >= 0 && depth < SIZES_DEPTH_MAX ? fdopendir(fd) : NULL;
	const struct dirent *d;

	if (!dir) {
		close_fd_auto(&fd);
		return;
	}
	while (w->entries < SIZES_ENTRIES_MAX && (d = readdir(dir))) {
		struct stat st;

		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0 ||
		    fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		w->entries++;
		if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
			w->bytes += st.st_size;
		else if (S_ISDIR(st.st_mode))
			add_tree(w, dirfd(dir), d->d_name, depth + 1);
	}
	(void)closedir(dir);
}

int sizes_of_container(struct context *c, const struct look *l, const struct plan *p, int64_t *ret_own, int64_t *ret_all,
		       struct err *e)
{
	auto_image struct image image;
	struct err ignored;
	struct walk w = { 0 };

	image_init(&image);
	if (context_store(c, e))
		return -1;
	add_tree(&w, l->dir, "upper", 0);
	*ret_own = *ret_all = w.bytes;
	/* A container outlives its image's name, and a directory of the host has no size of ours. */
	if (p && p->root.image_digest && image_resolve(&c->store, p->root.image_digest, &image, &ignored) == 0)
		*ret_all += image.size;
	return 0;
}
