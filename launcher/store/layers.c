/* SPDX-License-Identifier: Apache-2.0 */
/* layers.c - names and sizes of layers and of their archives. */
#include "launcher/store/layers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/str.h"
#include "launcher/store/images.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static const char *hex_of(const char *digest)
{
	return digest + strlen("sha256:");
}

int layer_pair_compare(const void *a, const void *b)
{
	const struct layer_pair *x = a, *y = b;
	int c = strcmp(x->diff_id.text, y->diff_id.text);

	return c || !x->blob.text[0] || !y->blob.text[0] ? c : strcmp(x->blob.text, y->blob.text);
}

int layers_blobs(const struct store *s, struct err *e)
{
	int fd = openat(s->lib, "blobs", DIR_FLAGS);

	if (fd < 0 && errno == ENOENT && (mkdirat(s->lib, "blobs", 0700) == 0 || errno == EEXIST))
		fd = openat(s->lib, "blobs", DIR_FLAGS);
	return fd < 0 ? err_set(e, ERR_SYSTEM, errno, "store: blobs") : fd;
}

void layer_blob_name(const char *diff_id, const char *blob, char ret[static LAYER_BLOB_NAME])
{
	snprintf(ret, LAYER_BLOB_NAME, "%.*s-%.*s", DIGEST_HEX, hex_of(diff_id), DIGEST_HEX, hex_of(blob));
}

bool layer_has_blob(int blobs, const char *diff_id, const char *blob)
{
	char name[LAYER_BLOB_NAME];
	struct stat st;

	layer_blob_name(diff_id, blob, name);
	return fstatat(blobs, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

static bool pair_of(const struct store *s, const char *name, struct layer_pair *ret)
{
	if (strlen(name) != LAYER_BLOB_NAME - 1 || name[DIGEST_HEX] != '-')
		return false;
	snprintf(ret->diff_id.text, sizeof(ret->diff_id.text), "sha256:%.*s", DIGEST_HEX, name);
	snprintf(ret->blob.text, sizeof(ret->blob.text), "sha256:%.*s", DIGEST_HEX, name + DIGEST_HEX + 1);
	return digest_is_valid(ret->blob.text) && image_has_layer(s, ret->diff_id.text);
}

int layers_list(const struct store *s, size_t max, struct layer_pair **ret, size_t *ret_n, struct err *e)
{
	struct layer_pair *all = NULL, *more;
	int fd = layers_blobs(s, e);
	struct dirent *ent;
	size_t n = 0;
	DIR *d;

	if (fd < 0)
		return -1;
	d = fdopendir(fd);
	if (!d) {
		close_fd_auto(&fd);
		return err_set(e, ERR_SYSTEM, errno, "store: blobs");
	}
	while (n < max && (ent = readdir(d))) {
		struct layer_pair one;

		if (!pair_of(s, ent->d_name, &one))
			continue;
		/* Grown at each power of two. */
		if ((n & (n - 1)) == 0) {
			more = reallocarray(all, n ? 2 * n : 1, sizeof(*all));
			if (!more)
				break;
			all = more;
		}
		all[n++] = one;
	}
	closedir(d);
	if (n)
		qsort(all, n, sizeof(*all), layer_pair_compare);
	*ret = all;
	*ret_n = n;
	return 0;
}

int layer_size(const struct store *s, const char *diff_id, int64_t *ret, struct err *e)
{
	auto_close int fd = openat(s->layers, hex_of(diff_id), DIR_FLAGS);
	char text[24];
	uint64_t size;
	ssize_t n;

	if (fd < 0)
		return err_set(e, ERR_STATE, errno, "layer %s: not in the store", diff_id);
	n = fgetxattr(fd, LAYER_SIZE_XATTR, text, sizeof(text) - 1);
	if (n < 0)
		return err_set(e, ERR_STATE, errno, "layer %s: %s", diff_id, LAYER_SIZE_XATTR);
	text[n] = 0;
	if (str_to_u64(text, 0, INT64_MAX / IMAGE_LAYERS_MAX, LAYER_SIZE_XATTR, &size, e) < 0)
		return -1;
	*ret = (int64_t)size;
	return 0;
}
