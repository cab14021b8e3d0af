/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_frames.c - the privileged side of loading an image, given any bytes for what the parser says.
 *
 * The parser may have been taken over; this is the state machine behind the pipe. Input:
 * frames in a short form (one byte type, two bytes length, payload); type 255 gives the rest as it is. Files are
 * made in a detached tmpfs that no path leads to, beside a directory `outside` that no frame may change.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "launcher/image/loading.h"
#include "tests/fuzz/fuzz.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int top = -1;		/* of the tmpfs: layers/ outside/canary work/ */

static void make_place(void)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC), fd;

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ||
	    (top = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)) < 0) {
		fprintf(stderr, "fuzz_frames: a tmpfs needs root: %s\n", strerror(errno));
		exit(77);
	}
	close(fs);
	DEMAND(mkdirat(top, "layers", 0700) == 0 && mkdirat(top, "outside", 0700) == 0 && mkdirat(top, "work", 0700) == 0);
	fd = openat(top, "outside/canary", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	DEMAND(fd >= 0 && write(fd, "sing", 4) == 4 && close(fd) == 0);
}

static void outside_is_untouched(void)
{
	int dir = openat(top, "outside", DIR_FLAGS), entries = 0;
	DIR *d = fdopendir(dir);
	struct stat st;

	DEMAND(d && fstat(dir, &st) == 0 && (st.st_mode & 07777) == 0700 && st.st_uid == 0);
	while (readdir(d))
		entries++;
	DEMAND(entries == 3 && fstatat(dir, "canary", &st, 0) == 0 && st.st_size == 4 && st.st_nlink == 1 &&
	       (st.st_mode & 07777) == 0600);
	closedir(d);
}

/* What lies below a layer, by openat() from its top. */
static void look(int parent, const char *name, unsigned depth)
{
	int fd = openat(parent, name, DIR_FLAGS);
	struct dirent *ent;
	DIR *d = fdopendir(fd);
	struct stat st;

	DEMAND(d && depth < 300);
	while ((ent = readdir(d))) {
		if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0)
			continue;
		DEMAND(fstatat(fd, ent->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0);
		DEMAND(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode) ||
		       (S_ISCHR(st.st_mode) && st.st_rdev == 0));
		DEMAND(!S_ISREG(st.st_mode) || !(st.st_mode & (S_ISUID | S_ISGID)));
		DEMAND(st.st_uid != UINT32_MAX && st.st_gid != UINT32_MAX);
		if (S_ISDIR(st.st_mode))
			look(fd, ent->d_name, depth + 1);
	}
	closedir(d);
}

static void write_frames(int fd, struct fuzz_input in)
{
	static char payload[UINT16_MAX];
	struct err e;

	while (in.left) {
		uint32_t head[2] = { fuzz_byte(&in) };
		size_t len = fuzz_byte(&in);

		len |= (size_t)fuzz_byte(&in) << 8;
		if (len > in.left)
			len = in.left;
		if (head[0] == 255)
			len = in.left;
		memcpy(payload, in.at, len);
		in.at += len;
		in.left -= len;
		head[1] = (uint32_t)len;
		DEMAND((head[0] == 255 || io_write_all(fd, head, sizeof(head), "f", &e) == 0) &&
		       io_write_all(fd, payload, len, "f", &e) == 0);
	}
	DEMAND(lseek(fd, 0, SEEK_SET) == 0);
}

static void result(const struct loading *l)
{
	for (size_t i = 0; i < l->n_images; i++) {
		DEMAND(digest_is_valid(l->images[i].digest) && digest_is_valid(l->images[i].config_digest));
		for (size_t k = 0; k < l->images[i].diff_ids.len; k++)
			DEMAND(digest_is_valid(l->images[i].diff_ids.item[k]));
		for (size_t k = 0; k < l->images[i].refs.len; k++) {
			auto_reference struct reference r = { 0 };
			struct err e;

			DEMAND(reference_parse(l->images[i].refs.item[k], &r, &e) == 0);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct image_load_options options = { 0 };
	struct store store = STORE_INIT;
	struct loading *l = calloc(1, sizeof(*l));
	auto_close int frames = fuzz_file("", 0);
	struct err e = { 0 };

	if (top < 0)
		make_place();
	store.layers = openat(top, "layers", DIR_FLAGS);
	store.tmp = openat(top, ".", DIR_FLAGS);
	DEMAND(l && store.layers >= 0 && store.tmp >= 0 && n < UINT16_MAX);
	write_frames(frames, (struct fuzz_input){ bytes, n });
	*l = (struct loading){ .s = &store, .o = &options, .layer = -1, .blob = -1, .archive = -1, .unpack = UNPACK_INIT(-1, NULL),
			       .limits = IMAGE_LIMITS_DEFAULT };
	l->limits.layer_bytes = 1 << 20;
	(void)mkdirat(top, "work", 0700);
	strcpy(l->tmp_name, "work");
	l->tmp = openat(top, "work", DIR_FLAGS);
	DEMAND(l->tmp >= 0);
	l->in.fd = frames;
	if (loading_take(l, &e))
		fuzz_refused(&e);
	else
		result(l);
	look(top, "work", 0);
	outside_is_untouched();
	loading_free(l);
	DEMAND(faccessat(top, "work", F_OK, 0) < 0);	/* all of it could be removed again */
	close(store.layers);
	close(store.tmp);
	return 0;
}
