/* SPDX-License-Identifier: Apache-2.0 */
/* tarball.c - headers and padding of ustar (POSIX.1-1988), and files below a directory. */
#include "launcher/image/tarball.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"

enum { BLOCK = 512 };

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2],
	     user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "ustar header");

void tarball_done(struct tarball *t)
{
	close_fd_auto(&t->file);
}

static void put_size(char to[static 12], uint64_t size)
{
	char text[13];

	if (size <= TARBALL_OCTAL_MAX) {
		snprintf(text, sizeof(text), "%011llo", (unsigned long long)size);
		memcpy(to, text, 12);
		return;
	}
	to[0] = (char)0x80;
	for (int i = 11; i > 3; i--, size >>= 8)
		to[i] = (char)(size & 0xff);
}

static int put_header(struct tarball *t, struct err *e)
{
	struct header h = { .mode = "0000644", .uid = "0000000", .gid = "0000000", .mtime = "00000000000", .type = '0',
			    .checksum = { ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ' }, .magic = "ustar", .version = { '0', '0' } };
	unsigned sum = 0;

	strcpy(h.name, t->name);
	put_size(h.size, t->size);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += ((const unsigned char *)&h)[i];
	snprintf(h.checksum, sizeof(h.checksum), "%06o", sum);
	return io_write_all(t->fd, &h, sizeof(h), "archive", e);
}

static int make_parents(const struct tarball *t, struct err *e)
{
	char dir[TARBALL_NAME_MAX + 1];

	for (const char *slash = strchr(t->name, '/'); slash; slash = strchr(slash + 1, '/')) {
		memcpy(dir, t->name, (size_t)(slash - t->name));
		dir[slash - t->name] = 0;
		if (mkdirat(t->fd, dir, 0755) < 0 && errno != EEXIST)
			return err_set(e, ERR_SYSTEM, errno, "%s", dir);
	}
	return 0;
}

int tarball_begin(struct tarball *t, const char *name, uint64_t size, struct err *e)
{
	if (strlen(name) > TARBALL_NAME_MAX)
		return err_set(e, ERR_LIMIT, 0, "archive: a name of %zu bytes, at most %d", strlen(name), TARBALL_NAME_MAX);
	t->name = name;
	t->size = t->left = size;
	if (!t->directory)
		return put_header(t, e);
	if (make_parents(t, e) < 0)
		return -1;
	t->file = openat(t->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (t->file < 0)
		return err_set(e, errno == EEXIST ? ERR_EXISTS : ERR_SYSTEM, errno, "%s", name);
	return 0;
}

int tarball_bytes(struct tarball *t, const void *bytes, size_t n, struct err *e)
{
	if (n > t->left)
		return err_set(e, ERR_INTERNAL, 0, "archive: %s grew while it was written", t->name);
	t->left -= n;
	return io_write_all(t->directory ? t->file : t->fd, bytes, n, t->directory ? t->name : "archive", e);
}

int tarball_end(struct tarball *t, struct err *e)
{
	static const char zeros[BLOCK];
	size_t pad = (BLOCK - t->size % BLOCK) % BLOCK;

	if (t->left)
		return err_set(e, ERR_INTERNAL, 0, "archive: %s shrank while it was written", t->name);
	if (t->directory) {
		close_fd_auto(&t->file);
		return 0;
	}
	return pad ? io_write_all(t->fd, zeros, pad, "archive", e) : 0;
}

int tarball_file(struct tarball *t, const char *name, const void *bytes, size_t n, struct err *e)
{
	return tarball_begin(t, name, n, e) || (n && tarball_bytes(t, bytes, n, e)) || tarball_end(t, e) ? -1 : 0;
}

int tarball_finish(struct tarball *t, struct err *e)
{
	static const char zeros[2 * BLOCK];
	struct stat st;

	if (!t->directory && io_write_all(t->fd, zeros, sizeof(zeros), "archive", e) < 0)
		return -1;
	if (fstat(t->fd, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "archive");
	if (t->directory ? syncfs(t->fd) < 0 : S_ISREG(st.st_mode) && fsync(t->fd) < 0)
		return err_set(e, ERR_SYSTEM, errno, "archive: sync");
	return 0;
}
