/* SPDX-License-Identifier: Apache-2.0 */
/* pack.c - see pack.h. */
#include "launcher/image/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/inodes.h"
#include "launcher/base/io.h"
#include "launcher/base/str.h"
#include "launcher/image/entry.h"
#include "launcher/image/tar_header.h"

enum { PACK_BUFFER = 64 << 10 };

struct pack {
	const struct pack_how *how;
	struct walk walk;
	int out;
	struct inodes seen;		/* files with more than one name */
	char *buffer;
};

static void pack_done(struct pack *p)
{
	inodes_done(&p->seen);
	free(p->buffer);
}

static bool keeps_xattr(const char *name)
{
	return entry_keeps_xattr(name) || strcmp(name, "security.capability") == 0;
}

static int add_xattr(int fd, const char *name, struct str *pax, struct err *e)
{
	auto_free char *value = malloc(PACK_XATTR_BYTES_MAX);
	auto_str struct str key = { 0 };
	ssize_t n = value ? fgetxattr(fd, name, value, PACK_XATTR_BYTES_MAX) : -1;

	if (n < 0)
		return errno == ENODATA ? 0 : err_set(e, errno == ERANGE ? ERR_LIMIT : ERR_SYSTEM, errno, "attribute %.64s", name);
	return str_add(&key, "SCHILY.xattr.", e) || str_add(&key, name, e) || tar_pax_add(pax, key.text, value, (size_t)n, e) ? -1 : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_xattrs(int fd, struct str *pax, struct err *e)
{
	auto_free char *names = malloc(XATTR_LIST_MAX);
	const char *kept[PACK_XATTRS_MAX];
	size_t count = 0;
	ssize_t n = names ? flistxattr(fd, names, XATTR_LIST_MAX) : -1;

	if (n < 0)
		return errno == ENOTSUP ? 0 : err_set(e, ERR_SYSTEM, errno, "attributes");
	for (ssize_t i = 0; i < n; i += (ssize_t)strlen(names + i) + 1) {
		if (!keeps_xattr(names + i))
			continue;
		if (count == PACK_XATTRS_MAX)
			return err_set(e, ERR_LIMIT, 0, "more than %d attributes", PACK_XATTRS_MAX);
		kept[count++] = names + i;
	}
	qsort(kept, count, sizeof(*kept), compare_names);
	for (size_t i = 0; i < count; i++)
		if (add_xattr(fd, kept[i], pax, e))
			return -1;
	return 0;
}

static int read_link(const struct walk_entry *w, struct str *ret, struct err *e)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(w->fd, "", text, sizeof(text));

	if (n < 0 || n == sizeof(text))
		return err_set(e, ERR_SYSTEM, n < 0 ? errno : ENAMETOOLONG, "%s: link", w->path);
	return str_add_bytes(ret, text, (size_t)n, e);
}

/* Exactly `size` bytes, whatever happens to the file meanwhile. */
static int put_content(struct pack *p, int fd, uint64_t size, const char *path, struct err *e)
{
	static const char zeros[TAR_BLOCK];
	bool ended = false;

	for (uint64_t left = size; left; ) {
		size_t want = left < PACK_BUFFER ? (size_t)left : PACK_BUFFER;
		ssize_t n = ended ? 0 : read(fd, p->buffer, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "%s: read", path);
		if (n == 0) {
			ended = true;
			n = (ssize_t)want;
			memset(p->buffer, 0, want);
		}
		if (io_write_all(p->out, p->buffer, (size_t)n, "archive", e))
			return -1;
		left -= (uint64_t)n;
	}
	return size % TAR_BLOCK ? io_write_all(p->out, zeros, TAR_BLOCK - size % TAR_BLOCK, "archive", e) : 0;
}

static char type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return TAR_FILE;
	case S_IFLNK:
		return TAR_SYMLINK;
	case S_IFDIR:
		return TAR_DIRECTORY;
	case S_IFCHR:
		return TAR_CHAR;
	case S_IFBLK:
		return TAR_BLOCK_DEVICE;
	case S_IFIFO:
		return TAR_FIFO;
	default:
		return 0;
	}
}

static int put_entry(struct pack *p, const struct walk_entry *w, const char *name, struct err *e)
{
	auto_str struct str pax = { 0 }, link = { 0 };
	struct tar_entry t = { .name = name, .link = "", .type = type_of(w->st.st_mode), .mode = w->st.st_mode & 07777,
			       .mtime = w->st.st_mtime };
	uint32_t uid = w->st.st_uid, gid = w->st.st_gid;
	auto_close int fd = -1;

	if (!t.type)
		return 0;
	if (p->how->owner)
		p->how->owner(p->how->arg, &uid, &gid);
	t.uid = uid;
	t.gid = gid;
	if (t.type == TAR_CHAR || t.type == TAR_BLOCK_DEVICE) {
		t.major = major(w->st.st_rdev);
		t.minor = minor(w->st.st_rdev);
	}
	if (t.type != TAR_DIRECTORY && w->st.st_nlink > 1) {
		const char *first;

		if (inodes_first(&p->seen, &w->st, name, &first, e))
			return -1;
		if (first) {
			t.type = TAR_HARD_LINK;
			t.link = first;
			return tar_put_header(p->out, &t, &pax, e);
		}
	}
	if (t.type == TAR_SYMLINK && read_link(w, &link, e))
		return -1;
	if (t.type == TAR_SYMLINK)
		t.link = link.text;
	if (t.type == TAR_FILE || t.type == TAR_DIRECTORY) {
		fd = walk_open(w, e);
		if (fd < 0 || add_xattrs(fd, &pax, e))
			return err_context(e, "%.200s", name);
	}
	if (t.type == TAR_FILE) {
		t.size = (uint64_t)w->st.st_size;
		if (walk_count(&p->walk, t.size, name, e))
			return -1;
	}
	if (tar_put_header(p->out, &t, &pax, e))
		return -1;
	return t.type == TAR_FILE ? put_content(p, fd, t.size, name, e) : 0;
}

static int enter(void *arg, const struct walk_entry *w, struct err *e)
{
	struct pack *p = arg;
	const char *prefix = p->how->prefix;
	auto_str struct str name = { 0 };

	if (!*prefix && !*w->path)
		return 0;
	if (str_add(&name, prefix, e) || (*prefix && *w->path && str_add(&name, "/", e)) || str_add(&name, w->path, e) ||
	    (S_ISDIR(w->st.st_mode) && str_add(&name, "/", e)))
		return -1;
	return put_entry(p, w, name.text, e);
}

static int prepare(struct pack *p, struct err *e)
{
	p->walk = (struct walk){ .limits = p->how->limits, .enter = enter, .arg = p };
	p->buffer = malloc(PACK_BUFFER);
	return p->buffer ? 0 : err_set(e, ERR_SYSTEM, ENOMEM, "archive");
}

int pack_tree(int top, const struct pack_how *how, int out, struct err *e)
{
	AUTO(pack_done) struct pack p = { .how = how, .out = out };

	return prepare(&p, e) || walk_tree(&p.walk, top, e) || tar_put_end(out, e) ? -1 : 0;
}

int pack_file(int parent, const char *name, const struct pack_how *how, int out, struct err *e)
{
	AUTO(pack_done) struct pack p = { .how = how, .out = out };
	auto_close int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct walk_entry w = { .path = name, .name = name, .parent = parent, .fd = fd };

	if (fd < 0 || fstat(fd, &w.st))
		return err_set(e, ERR_SYSTEM, errno, "%s", name);
	return prepare(&p, e) || put_entry(&p, &w, how->prefix, e) || tar_put_end(out, e) ? -1 : 0;
}
