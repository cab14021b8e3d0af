/* SPDX-License-Identifier: Apache-2.0 */
/* load.c - running the parser: what it is given, and how it ends. */
#include "launcher/image/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "launcher/image/job.h"
#include "launcher/image/loading.h"
#include "launcher/image/spawn.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int append(int fd, const void *p, size_t n, struct err *e)
{
	return n ? io_write_all(fd, p, n, "image job", e) : 0;
}

struct input {
	int fd[JOB_BLOBS_MAX];
	size_t n;
	struct job_blob blob[JOB_BLOBS_MAX];
	bool layout;
};

static void input_free(struct input *in)
{
	for (size_t i = 0; i < in->n; i++)
		close_fd_auto(&in->fd[i]);
	free(in);
}
DEFINE_AUTO(input_free, struct input *)

static int add_blob(struct input *in, int dir, const char *path, struct err *e)
{
	auto_close int fd = path_below_open(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, false, e);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, 0, "%s: not a regular file", path);
	if (in->n == JOB_BLOBS_MAX)
		return err_set(e, ERR_LIMIT, 0, "layout: more than %d files; load it as an oci-archive", JOB_BLOBS_MAX);
	snprintf(in->blob[in->n].name, sizeof(in->blob[in->n].name), "%s", path);
	in->blob[in->n].size = st.st_size;
	in->fd[in->n++] = take_fd(&fd);
	return 0;
}

/* All files of a layout directory, opened by us: the parser could not, wherever the directory is private. */
static int open_layout(struct input *in, int dir, struct err *e)
{
	auto_close int blobs = -1;
	char path[sizeof(in->blob[0].name)], digest[DIGEST_TEXT];
	struct dirent *ent;
	DIR *d;
	int rc = 0, fd;

	if (add_blob(in, dir, "oci-layout", e) < 0 || add_blob(in, dir, "index.json", e) < 0)
		return err_context(e, "not an OCI layout directory");
	blobs = path_below_open(dir, "blobs/sha256", DIR_FLAGS, false, e);
	if (blobs < 0)
		return -1;
	fd = take_fd(&blobs);
	d = fdopendir(fd);
	if (!d) {
		err_set(e, ERR_SYSTEM, errno, "blobs/sha256");
		close_fd_auto(&fd);
		return -1;
	}
	while (rc == 0 && (ent = readdir(d))) {
		if (strlen(ent->d_name) != DIGEST_HEX)
			continue;
		snprintf(digest, sizeof(digest), "sha256:%.*s", DIGEST_HEX, ent->d_name);
		snprintf(path, sizeof(path), "blobs/sha256/%.*s", DIGEST_HEX, ent->d_name);
		if (digest_is_valid(digest))
			rc = add_blob(in, dir, path, e);
	}
	closedir(d);
	return rc;
}

/* The parser goes to and fro in the archive, which a pipe cannot. */
static int copy_pipe(struct loading *l, int from, int *ret, struct err *e)
{
	auto_close int to = openat(l->tmp, "archive", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	auto_free char *buf = malloc(FRAME_MAX);
	uint64_t total = 0;
	ssize_t n;

	if (to < 0 || !buf)
		return err_set(e, ERR_SYSTEM, errno, "archive: copy");
	while ((n = read(from, buf, FRAME_MAX)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "archive: read");
		total += (uint64_t)n;
		if (total > l->limits.layer_bytes)
			return err_set(e, ERR_LIMIT, 0, "archive: more than %ju bytes", (uintmax_t)l->limits.layer_bytes);
		if (io_write_all(to, buf, (size_t)n, "archive: copy", e) < 0)
			return -1;
	}
	*ret = take_fd(&to);
	return 0;
}

/* A new open file: the parser's seeking must not move the caller's. */
static int open_input(struct loading *l, int fd, struct input *in, struct err *e)
{
	char self[32];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "archive");
	if (S_ISDIR(st.st_mode)) {
		if (l->o->import || l->o->files)
			return err_set(e, ERR_INPUT, 0, "a directory; give a tar of it");
		in->layout = true;
		return open_layout(in, fd, e);
	}
	in->n = 1;
	in->fd[0] = -1;
	if (!S_ISREG(st.st_mode)) {
		if (copy_pipe(l, fd, &l->archive, e) < 0)
			return -1;
		fd = l->archive;
	}
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	in->fd[0] = open(self, O_RDONLY | O_CLOEXEC);
	return in->fd[0] < 0 ? err_set(e, ERR_SYSTEM, errno, "archive") : 0;
}

static int write_job(struct loading *l, const struct input *in, int *ret, struct err *e)
{
	auto_close int fd = openat(l->tmp, "job", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct job job = { .limits = l->limits, .blobs = in->layout ? (uint32_t)in->n : 0, .present = (uint32_t)l->n_present,
			   .tree = l->o->files ? JOB_FILES : l->o->import ? JOB_ROOT : JOB_IMAGES };

	if (l->o->platform)
		job.platform = *l->o->platform;
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "image job");
	if (append(fd, &job, sizeof(job), e) < 0 || append(fd, in->blob, job.blobs * sizeof(*in->blob), e) < 0 ||
	    append(fd, l->present, l->n_present * sizeof(*l->present), e) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_set(e, ERR_SYSTEM, errno, "image job");
	*ret = take_fd(&fd);
	return 0;
}

static int read_all(struct loading *l, struct fetch_child *child, struct err *e)
{
	struct err ended = { 0 };

	l->in.fd = child->out;
	if (loading_take(l, e) == 0)
		return fetch_wait(child, e);
	/* The stream broke off: how the parser ended says more than that it did. */
	if (l->in.type == FRAME_NONE && fetch_wait(child, &ended) < 0)
		*e = ended;
	return -1;
}

static int parse(struct loading *l, int fd, struct err *e)
{
	AUTO(input_free_auto) struct input *in = calloc(1, sizeof(*in));
	auto_fetch struct fetch_child child = FETCH_CHILD_INIT;
	auto_close int job = -1;

	if (!in)
		return err_set(e, ERR_SYSTEM, ENOMEM, "image");
	if (open_input(l, fd, in, e) < 0 || write_job(l, in, &job, e) < 0 ||
	    fetch_start(l->o->fetch ? l->o->fetch : IMAGE_FETCH, FETCH_ACCOUNT, job, in->fd, in->n, &child, e) < 0)
		return -1;
	return read_all(l, &child, e);
}

/* `present`: layers that are there need not come again. They may go meanwhile, as no lock is held while the parser works. */
static int load_once(struct loading *l, int fd, bool present, struct strv *ret, struct err *e)
{
	*l = (struct loading){ .s = l->s, .o = l->o, .limits = l->limits, .tmp = -1, .layer = -1, .blob = -1, .archive = -1,
			       .unpack = UNPACK_INIT(-1, NULL) };
	l->tmp = store_tmp_make(l->s, l->tmp_name, e);
	if (l->tmp < 0 || (present && layers_list(l->s, JOB_PRESENT_MAX, &l->present, &l->n_present, e) < 0) ||
	    parse(l, fd, e) < 0)
		return -1;
	return loading_install(l, ret, e);
}

static struct loading *loading_new(const struct store *s, const struct image_load_options *o)
{
	struct loading *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	*l = (struct loading){ .s = s, .o = o, .tmp = -1, .layer = -1, .blob = -1, .archive = -1 };
	l->limits = o->limits ? *o->limits : (struct image_limits)IMAGE_LIMITS_DEFAULT;
	return l;
}

int image_load(const struct store *s, int fd, const struct image_load_options *o, struct strv *ret, struct err *e)
{
	auto_free char *ref = NULL;
	auto_strv struct strv loaded = { 0 };
	auto_close int archive = -1;
	struct image_load_options own = *o;

	if (o->ref && image_reference_normalise(o->ref, &ref, e) < 0)
		return -1;
	own.ref = ref;
	for (bool present = true;; present = false) {
		AUTO(loading_free_auto) struct loading *l = loading_new(s, &own);

		if (!l)
			return err_set(e, ERR_SYSTEM, ENOMEM, "image");
		if (load_once(l, archive >= 0 ? archive : fd, present, &loaded, e) == 0)
			break;
		/* A layer that was there was removed before it was ours: now everything is read. */
		if (!l->n_present || l->state != FINISHED || e->reason != ERR_STATE)
			return -1;
		if (l->archive >= 0)
			archive = take_fd(&l->archive);
	}
	for (size_t i = 0; i < loaded.len; i++)
		if (strv_add(ret, loaded.item[i], e) < 0)
			return -1;
	return 0;
}

/* The store keeps nothing of it: without an installation all goes with `loading`. */
int image_files(const struct store *s, int fd, const struct image_load_options *o, struct image_files *ret, struct err *e)
{
	const struct image_load_options own = { .files = true, .fetch = o->fetch, .limits = o->limits };
	AUTO(loading_free_auto) struct loading *l = loading_new(s, &own);
	char dir[LOADING_NAME], blob[LOADING_NAME];

	if (!l)
		return err_set(e, ERR_SYSTEM, ENOMEM, "archive");
	l->tmp = store_tmp_make(s, l->tmp_name, e);
	if (l->tmp < 0 || parse(l, fd, e) < 0)
		return -1;
	if (l->n_layers != 1)
		return err_set(e, ERR_INTERNAL, 0, "image parser: no files");
	if (!l->unpack.entries)
		return err_set(e, ERR_INPUT, 0, "no tar archive, or one without files");
	loading_names(0, dir, blob);
	ret->dir = openat(l->tmp, dir, DIR_FLAGS);
	if (ret->dir < 0)
		return err_set(e, ERR_SYSTEM, errno, "archive");
	l->o = NULL;
	ret->load = take_ptr(&l);
	return 0;
}

void image_files_done(struct image_files *f)
{
	close_fd_auto(&f->dir);
	if (f->load)
		loading_free(f->load);
	f->load = NULL;
}
