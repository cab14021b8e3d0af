/* SPDX-License-Identifier: Apache-2.0 */
/* load.c - running the parser, checking the order of its frames, and making what it told permanent. */
#include "launcher/image/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "launcher/image/frame.h"
#include "launcher/image/job.h"
#include "launcher/image/spawn.h"
#include "launcher/image/unpack.h"
#include "launcher/store/images.h"

enum { LOAD_REFS_MAX = 64 };			/* references of one image */
#define LAYER_SIZE_XATTR "trusted.secctr.size"	/* on the layer's top: bytes of its tar, decimal */
#define DIR_FLAGS	 (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Which frames may come now. */
enum load_state { BETWEEN, IN_IMAGE, IN_LAYER, FINISHED };

struct loading {
	const struct store *s;
	const struct image_load_options *o;
	struct image_limits limits;
	enum load_state state;
	int tmp;			/* our directory: one sub-directory for each new layer */
	char tmp_name[STORE_TMP_NAME];
	struct image *images;
	size_t n_images;
	uint64_t fact_bytes;		/* of the current image */
	struct strv layers;		/* diff IDs below tmp, whole ones first, then perhaps the current one */
	struct unpack unpack;
	int layer;			/* top of the current layer, or -1 */
	uint64_t reported;
	struct frame_reader in;
};

static void loading_free(struct loading *l)
{
	struct err ignored;

	unpack_done(&l->unpack);
	close_fd_auto(&l->layer);
	/* What cannot be removed now goes with the next store_tmp_make(), as tmp is our lock on it. */
	if (l->tmp >= 0 && path_remove_tree(l->s->tmp, l->tmp_name, &ignored) < 0)
		l->tmp_name[0] = 0;
	close_fd_auto(&l->tmp);
	image_list_free(l->images, l->n_images);
	strv_done(&l->layers);
	free(l);
}
DEFINE_AUTO(loading_free, struct loading *)

static void report(const struct loading *l, const char *diff_id, enum image_progress_state state)
{
	const struct image_progress p = { .diff_id = diff_id, .state = state,
					  .bytes = state == IMAGE_LAYER_PRESENT ? 0 : l->unpack.content };

	if (l->o->progress)
		l->o->progress(l->o->progress_arg, &p);
}

/* Where a fact goes. References are made whole at the end of the image. */
static const struct {
	size_t offset;
	bool list;
} facts[FACT_COUNT] = {
#define ONE(m) { offsetof(struct image, m), false }
#define MANY(m) { offsetof(struct image, m), true }
	[FACT_DIGEST] = ONE(digest),
	[FACT_CONFIG_DIGEST] = ONE(config_digest),
	[FACT_REF] = MANY(refs),
	[FACT_OCI_REF] = MANY(refs),
	[FACT_DIFF_ID] = MANY(diff_ids),
	[FACT_CREATED] = { 0, false },
	[FACT_ARCHITECTURE] = ONE(architecture),
	[FACT_OS] = ONE(os),
	[FACT_USER] = ONE(user),
	[FACT_WORKING_DIR] = ONE(working_dir),
	[FACT_ENV] = MANY(env),
	[FACT_ENTRYPOINT] = MANY(entrypoint),
	[FACT_CMD] = MANY(cmd),
	[FACT_EXPOSED_PORT] = MANY(exposed_ports),
	[FACT_VOLUME] = MANY(volumes),
	[FACT_STOP_SIGNAL] = ONE(stop_signal),
	[FACT_LABEL] = MANY(labels),
#undef ONE
#undef MANY
};

static int take_ref(struct loading *l, struct image *i, const char *text, const char *registry, struct err *e)
{
	auto_reference struct reference r = { 0 };
	auto_free char *ref = NULL;

	if (l->o->ref)
		return 0;
	if (i->refs.len == LOAD_REFS_MAX)
		return err_set(e, ERR_LIMIT, 0, "image: more than %d references", LOAD_REFS_MAX);
	if (reference_parse(text, &r, e) < 0)
		return err_context(e, "the name in the archive cannot be taken, give another one");
	if (reference_print(&r, registry, &ref, e) < 0)
		return -1;
	return strv_has(&i->refs, ref) ? 0 : strv_add(&i->refs, ref, e);
}

static int take_fact(struct loading *l, struct err *e)
{
	struct image *i = &l->images[l->n_images - 1];
	enum fact fact = l->in.len ? (enum fact)(unsigned char)l->in.data[0] : FACT_COUNT;
	const char *text = l->in.data + 1;
	size_t n = l->in.len - 1;
	uint64_t created;
	void *to;

	if (fact >= FACT_COUNT || strlen(text) != n || !str_is_utf8(text, n))
		return err_set(e, ERR_INPUT, 0, "image: malformed property");
	l->fact_bytes += n + 1;
	if (l->fact_bytes > l->limits.document_bytes)
		return err_set(e, ERR_LIMIT, 0, "image: properties of more than %ju bytes",
			       (uintmax_t)l->limits.document_bytes);
	if (fact == FACT_REF || fact == FACT_OCI_REF)
		return take_ref(l, i, text, fact == FACT_REF ? "docker.io" : "localhost", e);
	if (fact == FACT_CREATED) {
		if (str_to_u64(text, 0, INT64_MAX, "created", &created, e) < 0)
			return -1;
		i->created = (int64_t)created;
		return 0;
	}
	to = (char *)i + facts[fact].offset;
	if (facts[fact].list)
		return strv_add(to, text, e);
	if (*(char **)to)
		return err_set(e, ERR_INPUT, 0, "image: a property twice");
	return str_copy(text, to, e);
}

static int begin_image(struct loading *l, struct err *e)
{
	struct image *more;

	if (l->n_images == l->limits.images)
		return err_set(e, ERR_LIMIT, 0, "archive: more than %ju images", (uintmax_t)l->limits.images);
	if (l->o->ref && l->n_images)
		return err_set(e, ERR_INPUT, 0, "archive: holds several images, so they cannot all be named %s", l->o->ref);
	more = reallocarray(l->images, l->n_images + 1, sizeof(*more));
	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "image");
	l->images = more;
	image_init(&l->images[l->n_images++]);
	l->fact_bytes = 0;
	l->state = IN_IMAGE;
	return 0;
}

static int end_image(struct loading *l, struct err *e)
{
	const struct image *i = &l->images[l->n_images - 1];

	if (!i->digest || !digest_is_valid(i->digest) || !i->config_digest || !digest_is_valid(i->config_digest))
		return err_set(e, ERR_INPUT, 0, "image: no digest");
	if (i->diff_ids.len > l->limits.layers)
		return err_set(e, ERR_LIMIT, 0, "image: %zu layers, at most %ju", i->diff_ids.len,
			       (uintmax_t)l->limits.layers);
	for (size_t n = 0; n < i->diff_ids.len; n++) {
		if (!digest_is_valid(i->diff_ids.item[n]))
			return err_set(e, ERR_INPUT, 0, "image: bad diff ID");
		if (image_has_layer(l->s, i->diff_ids.item[n]))
			report(l, i->diff_ids.item[n], IMAGE_LAYER_PRESENT);
	}
	l->state = BETWEEN;
	return 0;
}

static bool is_wanted(const struct loading *l, const char *diff_id)
{
	for (size_t i = 0; i < l->n_images; i++)
		if (strv_has(&l->images[i].diff_ids, diff_id))
			return true;
	return false;
}

static const char *hex_of(const char *digest)
{
	return digest + strlen("sha256:");
}

static int begin_layer(struct loading *l, struct err *e)
{
	const char *diff_id = l->in.data;

	if (!digest_is_valid(diff_id) || !is_wanted(l, diff_id) || strv_has(&l->layers, diff_id))
		return err_set(e, ERR_INPUT, 0, "layer: not one of those to come");
	if (strv_add(&l->layers, diff_id, e) < 0)
		return -1;
	if (mkdirat(l->tmp, hex_of(diff_id), 0755) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer %s", diff_id);
	l->layer = openat(l->tmp, hex_of(diff_id), DIR_FLAGS);
	if (l->layer < 0 || fchmod(l->layer, 0755) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer %s", diff_id);
	l->unpack = (struct unpack)UNPACK_INIT(l->layer, &l->limits);
	l->reported = 0;
	l->state = IN_LAYER;
	report(l, diff_id, IMAGE_LAYER_READING);
	return 0;
}

static int take_entry(struct loading *l, struct err *e)
{
	struct entry entry;
	char *path, *link;
	size_t rest;

	if (l->in.len < sizeof(entry.fixed))
		return err_set(e, ERR_INPUT, 0, "layer: malformed entry");
	memcpy(&entry.fixed, l->in.data, sizeof(entry.fixed));
	rest = l->in.len - sizeof(entry.fixed);
	if (entry.fixed.path_len > rest || entry.fixed.link_len != rest - entry.fixed.path_len)
		return err_set(e, ERR_INPUT, 0, "layer: malformed entry");
	/* The two texts are side by side: move the path one to the front to make room for its NUL. */
	path = l->in.data + sizeof(entry.fixed) - 1;
	link = l->in.data + sizeof(entry.fixed) + entry.fixed.path_len;
	memmove(path, path + 1, entry.fixed.path_len);
	path[entry.fixed.path_len] = 0;
	if (strlen(path) != entry.fixed.path_len || strlen(link) != entry.fixed.link_len)
		return err_set(e, ERR_INPUT, 0, "layer: NUL in a path");
	entry.path = path;
	entry.link = link;
	return unpack_entry(&l->unpack, &entry, e);
}

static int take_xattr(struct loading *l, struct err *e)
{
	char name[256];
	uint16_t n;

	if (l->in.len < sizeof(n))
		return err_set(e, ERR_INPUT, 0, "layer: malformed extended attribute");
	memcpy(&n, l->in.data, sizeof(n));
	if (n >= sizeof(name) || n > l->in.len - sizeof(n))
		return err_set(e, ERR_INPUT, 0, "layer: malformed extended attribute");
	memcpy(name, l->in.data + sizeof(n), n);
	name[n] = 0;
	if (strlen(name) != n)
		return err_set(e, ERR_INPUT, 0, "layer: malformed extended attribute");
	return unpack_xattr(&l->unpack, name, l->in.data + sizeof(n) + n, l->in.len - sizeof(n) - n, e);
}

static int take_data(struct loading *l, struct err *e)
{
	uint64_t offset;

	if (l->in.len < sizeof(offset))
		return err_set(e, ERR_INPUT, 0, "layer: malformed content");
	memcpy(&offset, l->in.data, sizeof(offset));
	if (unpack_data(&l->unpack, offset, l->in.data + sizeof(offset), l->in.len - sizeof(offset), e) < 0)
		return -1;
	if (l->unpack.content - l->reported >= (1 << 20)) {
		l->reported = l->unpack.content;
		report(l, l->layers.item[l->layers.len - 1], IMAGE_LAYER_READING);
	}
	return 0;
}

static int end_layer(struct loading *l, struct err *e)
{
	char text[24];
	uint64_t bytes;
	int n;

	if (l->in.len != sizeof(bytes))
		return err_set(e, ERR_INPUT, 0, "layer: malformed end");
	memcpy(&bytes, l->in.data, sizeof(bytes));
	if (bytes > l->limits.layer_bytes)
		return err_set(e, ERR_LIMIT, 0, "layer: more than %ju bytes", (uintmax_t)l->limits.layer_bytes);
	n = snprintf(text, sizeof(text), "%ju", (uintmax_t)bytes);
	if (unpack_end(&l->unpack, e) < 0)
		return -1;
	if (fsetxattr(l->layer, LAYER_SIZE_XATTR, text, (size_t)n, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer: %s", LAYER_SIZE_XATTR);
	report(l, l->layers.item[l->layers.len - 1], IMAGE_LAYER_DONE);
	unpack_done(&l->unpack);
	close_fd_auto(&l->layer);
	l->state = BETWEEN;
	return 0;
}

static int take_error(struct loading *l, struct err *e)
{
	uint32_t reason = ERR_INTERNAL;

	if (l->in.len >= sizeof(reason))
		memcpy(&reason, l->in.data, sizeof(reason));
	/* It may blame the archive or the machine, nothing else. */
	if (reason != ERR_INPUT && reason != ERR_LIMIT && reason != ERR_DIGEST && reason != ERR_SYSTEM)
		reason = ERR_INTERNAL;
	return err_set(e, (enum err_reason)reason, 0, "%s",
		       l->in.len > sizeof(reason) && l->in.data[sizeof(reason)] ? l->in.data + sizeof(reason) :
		       "image parser: failed");
}

static int finish(struct loading *l, struct err *e)
{
	(void)e;
	l->state = FINISHED;
	return 0;
}

/* One row for each frame: when it may come, and what it does. */
static const struct {
	enum load_state when;
	int (*take)(struct loading *l, struct err *e);
} takes[FRAME_TYPES] = {
	[FRAME_IMAGE] = { BETWEEN, begin_image },
	[FRAME_FACT] = { IN_IMAGE, take_fact },
	[FRAME_IMAGE_END] = { IN_IMAGE, end_image },
	[FRAME_LAYER] = { BETWEEN, begin_layer },
	[FRAME_ENTRY] = { IN_LAYER, take_entry },
	[FRAME_XATTR] = { IN_LAYER, take_xattr },
	[FRAME_DATA] = { IN_LAYER, take_data },
	[FRAME_LAYER_END] = { IN_LAYER, end_layer },
	[FRAME_END] = { BETWEEN, finish },
};

static int take_frames(struct loading *l, struct err *e)
{
	while (l->state != FINISHED) {
		if (frame_get(&l->in, e) < 0)
			return -1;
		if (l->in.type == FRAME_ERROR)
			return take_error(l, e);
		if (!takes[l->in.type].take || takes[l->in.type].when != l->state)
			return err_set(e, ERR_INTERNAL, 0, "image parser: record %u out of order", l->in.type);
		if (takes[l->in.type].take(l, e) < 0)
			return -1;
	}
	return 0;
}

static int append(int fd, const void *p, size_t n, struct err *e)
{
	return n ? io_write_all(fd, p, n, "image job", e) : 0;
}

static int by_digest(const void *a, const void *b)
{
	return strcmp(((const struct digest *)a)->text, ((const struct digest *)b)->text);
}

/* Diff IDs of the layers in the store, ascending. */
static int list_present(const struct store *s, struct digest **ret, uint32_t *ret_n, struct err *e)
{
	int fd = openat(s->layers, ".", DIR_FLAGS);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct digest one, *all = NULL, *more;
	struct dirent *ent;
	uint32_t n = 0;

	if (!d) {
		err_set(e, ERR_SYSTEM, errno, "store: layers");
		close_fd_auto(&fd);
		return -1;
	}
	while (n < JOB_PRESENT_MAX && (ent = readdir(d))) {
		if (strlen(ent->d_name) != DIGEST_HEX)
			continue;
		snprintf(one.text, sizeof(one.text), "sha256:%.*s", DIGEST_HEX, ent->d_name);
		if (!digest_is_valid(one.text))
			continue;
		if ((n & (n - 1)) == 0) {
			more = reallocarray(all, n ? 2 * (size_t)n : 1, sizeof(*all));
			if (!more)
				break;
			all = more;
		}
		all[n++] = one;
	}
	closedir(d);
	if (n)
		qsort(all, n, sizeof(*all), by_digest);
	*ret = all;
	*ret_n = n;
	return 0;
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
		in->layout = true;
		return open_layout(in, fd, e);
	}
	in->n = 1;
	in->fd[0] = -1;
	if (!S_ISREG(st.st_mode))
		return copy_pipe(l, fd, &in->fd[0], e);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	in->fd[0] = open(self, O_RDONLY | O_CLOEXEC);
	return in->fd[0] < 0 ? err_set(e, ERR_SYSTEM, errno, "archive") : 0;
}

static int write_job(struct loading *l, const struct input *in, int *ret, struct err *e)
{
	auto_close int fd = openat(l->tmp, "job", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct job job = { .limits = l->limits, .blobs = in->layout ? (uint32_t)in->n : 0 };
	auto_free struct digest *present = NULL;

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "image job");
	if (list_present(l->s, &present, &job.present, e) < 0 || append(fd, &job, sizeof(job), e) < 0 ||
	    append(fd, in->blob, job.blobs * sizeof(*in->blob), e) < 0 ||
	    append(fd, present, job.present * sizeof(*present), e) < 0)
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
	if (take_frames(l, e) == 0)
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
	    fetch_start(l->o->fetch ? l->o->fetch : IMAGE_FETCH, job, in->fd, in->n, &child, e) < 0)
		return -1;
	return read_all(l, &child, e);
}

static int layer_size(const struct loading *l, const char *diff_id, int64_t *ret, struct err *e)
{
	auto_close int fd = openat(l->s->layers, hex_of(diff_id), DIR_FLAGS);
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

/* A layer that another load brought meanwhile is as good. */
static int install_layers(struct loading *l, struct strv *made, struct err *e)
{
	for (size_t i = 0; i < l->layers.len; i++) {
		const char *hex = hex_of(l->layers.item[i]);

		if (renameat2(l->tmp, hex, l->s->layers, hex, RENAME_NOREPLACE) == 0) {
			if (strv_add(made, hex, e) < 0)
				return -1;
		} else if (errno != EEXIST) {
			return err_set(e, ERR_SYSTEM, errno, "layer %s", l->layers.item[i]);
		}
	}
	if (made->len && fsync(l->s->layers) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layers: sync");
	return 0;
}

static int install_image(struct loading *l, struct image *i, struct strv *ret, struct err *e)
{
	int64_t size = 0;

	i->size = 0;
	for (size_t n = 0; n < i->diff_ids.len; n++) {
		if (layer_size(l, i->diff_ids.item[n], &size, e) < 0)
			return -1;
		i->size += size;
	}
	if (l->o->ref && strv_add(&i->refs, l->o->ref, e) < 0)
		return -1;
	if (!i->refs.len)
		return image_commit(l->s, i, NULL, e) < 0 ? -1 : strv_add(ret, i->digest, e);
	for (size_t n = 0; n < i->refs.len; n++)
		if (image_commit(l->s, i, i->refs.item[n], e) < 0 || strv_add(ret, i->refs.item[n], e) < 0)
			return -1;
	return 0;
}

static int install(struct loading *l, struct strv *ret, struct err *e)
{
	auto_close int lock = -1;
	auto_strv struct strv made = { 0 };
	struct err ignored;
	int rc;

	/* All content is on disk before the first name appears; without the lock, as it may take long. */
	if (l->layers.len && syncfs(l->tmp) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layers: sync");
	lock = images_lock(l->s, e);
	if (lock < 0)
		return -1;
	rc = install_layers(l, &made, e);
	for (size_t i = 0; rc == 0 && i < l->n_images; i++)
		rc = install_image(l, &l->images[i], ret, e);
	/* Unless an image refers to them already, layers that we brought go again. */
	for (size_t i = 0; rc < 0 && ret->len == 0 && i < made.len; i++)
		if (path_remove_tree(l->s->layers, made.item[i], &ignored) < 0)
			break;
	return rc;
}

int image_load(const struct store *s, int fd, const struct image_load_options *o, struct strv *ret, struct err *e)
{
	AUTO(loading_free_auto) struct loading *l = calloc(1, sizeof(*l));
	auto_free char *ref = NULL;
	auto_strv struct strv loaded = { 0 };
	struct image_load_options own = *o;

	if (!l)
		return err_set(e, ERR_SYSTEM, ENOMEM, "image");
	*l = (struct loading){ .s = s, .o = &own, .tmp = -1, .layer = -1, .unpack = UNPACK_INIT(-1, NULL) };
	l->limits = o->limits ? *o->limits : (struct image_limits)IMAGE_LIMITS_DEFAULT;
	if (o->ref && image_reference_normalise(o->ref, &ref, e) < 0)
		return -1;
	own.ref = ref;
	l->tmp = store_tmp_make(s, l->tmp_name, e);
	if (l->tmp < 0 || parse(l, fd, e) < 0 || install(l, &loaded, e) < 0)
		return -1;
	for (size_t i = 0; i < loaded.len; i++)
		if (strv_add(ret, loaded.item[i], e) < 0)
			return -1;
	return 0;
}
