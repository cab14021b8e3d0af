/* SPDX-License-Identifier: Apache-2.0 */
/* take.c - the parser's frames: their order, and what each does below tmp/. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "launcher/image/loading.h"

enum { LOAD_REFS_MAX = 64 };			/* references of one image */
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

void loading_free(struct loading *l)
{
	struct err ignored;

	unpack_done(&l->unpack);
	close_fd_auto(&l->layer);
	close_fd_auto(&l->blob);
	close_fd_auto(&l->archive);
	digest_stream_free(l->sha);
	/* What cannot be removed now goes with the next store_tmp_make(), as tmp is our lock on it. */
	if (l->tmp >= 0 && path_remove_tree(l->s->tmp, l->tmp_name, &ignored) < 0)
		l->tmp_name[0] = 0;
	close_fd_auto(&l->tmp);
	for (size_t i = 0; i < l->n_images; i++)
		for (size_t k = 0; k < DOCUMENT_COUNT; k++)
			str_done(&l->documents[i].text[k]);
	free(l->documents);
	image_list_free(l->images, l->n_images);
	free(l->layers);
	free(l->present);
	free(l);
}

void loading_names(size_t n, char dir[static LOADING_NAME], char blob[static LOADING_NAME])
{
	snprintf(dir, LOADING_NAME, "%zu", n);
	snprintf(blob, LOADING_NAME, "%zu.blob", n);
}

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
	[FACT_BLOB] = MANY(blobs),
	[FACT_MEDIA_TYPE] = ONE(media_type),
	[FACT_AUTHOR] = ONE(author),
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

static int take_time(const char *text, int64_t *ret, struct err *e)
{
	uint64_t at;

	if (str_to_u64(text, 0, INT64_MAX, "created", &at, e) < 0)
		return -1;
	*ret = (int64_t)at;
	return 0;
}

static int take_history(struct loading *l, struct image *i, enum fact fact, const char *text, struct err *e)
{
	struct image_history *h = i->history.len ? FIELD_AT(&i->history, struct image_history, i->history.len - 1) : NULL;
	char **to;

	if (fact == FACT_HISTORY) {
		if (i->history.len >= l->limits.history)
			return err_set(e, ERR_LIMIT, 0, "image: history of more than %ju entries",
				       (uintmax_t)l->limits.history);
		h = field_list_add(&i->history, image_history_fields, sizeof(*h));
		if (!h)
			return err_set(e, ERR_SYSTEM, ENOMEM, "image history");
		return *text ? take_time(text, &h->created, e) : 0;
	}
	if (!h)
		return err_set(e, ERR_INPUT, 0, "image: malformed history");
	if (fact == FACT_HISTORY_EMPTY) {
		h->empty = true;
		return 0;
	}
	to = fact == FACT_HISTORY_BY ? &h->created_by : fact == FACT_HISTORY_COMMENT ? &h->comment : &h->author;
	return *to ? err_set(e, ERR_INPUT, 0, "image: a property twice") : str_copy(text, to, e);
}

static int take_fact(struct loading *l, struct err *e)
{
	struct image *i = &l->images[l->n_images - 1];
	enum fact fact = l->in.len ? (enum fact)(unsigned char)l->in.data[0] : FACT_COUNT;
	const char *text = l->in.data + 1;
	size_t n = l->in.len - 1;
	void *to;

	if (fact >= FACT_COUNT || strlen(text) != n || !str_is_utf8(text, n))
		return err_set(e, ERR_INPUT, 0, "image: malformed property");
	l->fact_bytes += n + 1;
	if (l->fact_bytes > l->limits.document_bytes)
		return err_set(e, ERR_LIMIT, 0, "image: properties of more than %ju bytes",
			       (uintmax_t)l->limits.document_bytes);
	if (fact == FACT_REF || fact == FACT_OCI_REF)
		return take_ref(l, i, text, fact == FACT_REF ? "docker.io" : "localhost", e);
	if (fact == FACT_CREATED)
		return take_time(text, &i->created, e);
	if (fact >= FACT_HISTORY && fact <= FACT_HISTORY_EMPTY)
		return take_history(l, i, fact, text, e);
	to = (char *)i + facts[fact].offset;
	if (facts[fact].list)
		return strv_add(to, text, e);
	if (*(char **)to)
		return err_set(e, ERR_INPUT, 0, "image: a property twice");
	return str_copy(text, to, e);
}

static int take_document(struct loading *l, struct err *e)
{
	size_t which = l->in.len ? (size_t)(unsigned char)l->in.data[0] : DOCUMENT_COUNT;
	struct str *to;

	if (which >= DOCUMENT_COUNT)
		return err_set(e, ERR_INPUT, 0, "image: malformed document");
	to = &l->documents[l->n_images - 1].text[which];
	if (l->in.len - 1 > l->limits.document_bytes - to->len)
		return err_set(e, ERR_LIMIT, 0, "image: document of more than %ju bytes",
			       (uintmax_t)l->limits.document_bytes);
	return str_add_bytes(to, l->in.data + 1, l->in.len - 1, e);
}

static int begin_image(struct loading *l, struct err *e)
{
	struct loading_documents *documents;
	struct image *more;

	if (l->o->import || l->o->files)
		return err_set(e, ERR_INTERNAL, 0, "image parser: an image where a tree was asked for");
	if (l->n_images == l->limits.images)
		return err_set(e, ERR_LIMIT, 0, "archive: more than %ju images", (uintmax_t)l->limits.images);
	if (l->o->ref && l->n_images)
		return err_set(e, ERR_INPUT, 0, "archive: holds several images, so they cannot all be named %s", l->o->ref);
	more = reallocarray(l->images, l->n_images + 1, sizeof(*more));
	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "image");
	l->images = more;
	documents = reallocarray(l->documents, l->n_images + 1, sizeof(*documents));
	if (!documents)
		return err_set(e, ERR_SYSTEM, ENOMEM, "image");
	l->documents = documents;
	l->documents[l->n_images] = (struct loading_documents){ 0 };
	image_init(&l->images[l->n_images++]);
	l->fact_bytes = 0;
	l->state = IN_IMAGE;
	return 0;
}

static bool is_present(const struct loading *l, const struct image *i, size_t n)
{
	struct layer_pair key = { 0 };

	strcpy(key.diff_id.text, i->diff_ids.item[n]);
	if (i->blobs.len)
		strcpy(key.blob.text, i->blobs.item[n]);
	return l->n_present && bsearch(&key, l->present, l->n_present, sizeof(key), layer_pair_compare);
}

static int end_image(struct loading *l, struct err *e)
{
	const struct image *i = &l->images[l->n_images - 1];

	if (!i->digest || !digest_is_valid(i->digest) || !i->config_digest || !digest_is_valid(i->config_digest))
		return err_set(e, ERR_INPUT, 0, "image: no digest");
	if (i->diff_ids.len > l->limits.layers)
		return err_set(e, ERR_LIMIT, 0, "image: %zu layers, at most %ju", i->diff_ids.len,
			       (uintmax_t)l->limits.layers);
	if (i->blobs.len && i->blobs.len != i->diff_ids.len)
		return err_set(e, ERR_INPUT, 0, "image: %zu layers but %zu diff IDs", i->blobs.len, i->diff_ids.len);
	for (size_t n = 0; n < i->diff_ids.len; n++) {
		if (!digest_is_valid(i->diff_ids.item[n]))
			return err_set(e, ERR_INPUT, 0, "image: bad diff ID");
		if (i->blobs.len && !digest_is_valid(i->blobs.item[n]))
			return err_set(e, ERR_INPUT, 0, "image: bad digest of a layer");
		if (is_present(l, i, n))
			report(l, i->diff_ids.item[n], IMAGE_LAYER_PRESENT);
	}
	l->state = BETWEEN;
	return 0;
}

/* A layer comes once for each image that has it at most: two may have it in archives of their own. */
static bool is_wanted(const struct loading *l, const char *diff_id)
{
	size_t left = 0;

	for (size_t i = 0; i < l->n_images; i++)
		for (size_t k = 0; k < l->images[i].diff_ids.len; k++)
			left += strcmp(l->images[i].diff_ids.item[k], diff_id) == 0;
	for (size_t i = 0; i < l->n_layers; i++)
		left -= left && strcmp(l->layers[i].diff_id.text, diff_id) == 0;
	return left > 0;
}

static int make_layer(struct loading *l, const char *dir, const char *blob, struct err *e)
{
	if (mkdirat(l->tmp, dir, 0755) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer");
	l->layer = openat(l->tmp, dir, DIR_FLAGS);
	l->blob = openat(l->tmp, blob, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (l->layer < 0 || l->blob < 0 || fchmod(l->layer, 0755) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer");
	return digest_stream_new(&l->sha, e);
}

static int begin_layer(struct loading *l, struct err *e)
{
	char dir[LOADING_NAME], blob[LOADING_NAME];
	struct loading_layer *more;
	bool tree = (l->o->import || l->o->files) && !l->n_layers;

	if (tree ? l->in.len != 0 : !digest_is_valid(l->in.data) || !is_wanted(l, l->in.data))
		return err_set(e, ERR_INPUT, 0, "layer: not one of those to come");
	more = reallocarray(l->layers, l->n_layers + 1, sizeof(*more));
	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "layer");
	l->layers = more;
	l->layers[l->n_layers] = (struct loading_layer){ 0 };
	strcpy(l->layers[l->n_layers].diff_id.text, l->in.data);
	loading_names(l->n_layers++, dir, blob);
	if (make_layer(l, dir, blob, e) < 0)
		return err_context(e, "%s", l->in.data);
	l->unpack = (struct unpack)UNPACK_INIT(l->layer, &l->limits);
	l->blob_bytes = 0;
	l->reported = 0;
	l->state = IN_LAYER;
	report(l, tree ? NULL : l->in.data, IMAGE_LAYER_READING);
	return 0;
}

static struct loading_layer *current(const struct loading *l)
{
	return &l->layers[l->n_layers - 1];
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
	if (l->o->files && (entry.fixed.type == ENTRY_WHITEOUT || entry.fixed.type == ENTRY_OPAQUE))
		return err_set(e, ERR_INTERNAL, 0, "image parser: a whiteout where files were asked for");
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
		report(l, current(l)->diff_id.text[0] ? current(l)->diff_id.text : NULL, IMAGE_LAYER_READING);
	}
	return 0;
}

/* What is kept of the archive is named by what we hash ourselves: here the parser cannot lie. */
static int take_blob(struct loading *l, struct err *e)
{
	if (l->o->files)
		return err_set(e, ERR_INTERNAL, 0, "image parser: the archive's bytes where files were asked for");
	l->blob_bytes += l->in.len;
	if (l->blob_bytes > l->limits.layer_bytes)
		return err_set(e, ERR_LIMIT, 0, "layer: more than %ju bytes", (uintmax_t)l->limits.layer_bytes);
	return io_write_all(l->blob, l->in.data, l->in.len, "layer", e) || digest_stream_add(l->sha, l->in.data, l->in.len, e)
		? -1 : 0;
}

static int name_layer(struct loading *l, const char *diff_id, struct err *e)
{
	struct loading_layer *c = current(l);

	if (!digest_is_valid(diff_id) || (c->diff_id.text[0] && strcmp(c->diff_id.text, diff_id) != 0))
		return err_set(e, ERR_INPUT, 0, "layer: malformed end");
	strcpy(c->diff_id.text, diff_id);
	return digest_stream_finish(l->sha, &c->blob, e);
}

static int end_layer(struct loading *l, struct err *e)
{
	char text[24];
	uint64_t bytes;
	int n;

	if (l->in.len != sizeof(bytes) + DIGEST_TEXT - 1)
		return err_set(e, ERR_INPUT, 0, "layer: malformed end");
	memcpy(&bytes, l->in.data, sizeof(bytes));
	if (bytes > l->limits.layer_bytes)
		return err_set(e, ERR_LIMIT, 0, "layer: more than %ju bytes", (uintmax_t)l->limits.layer_bytes);
	n = snprintf(text, sizeof(text), "%ju", (uintmax_t)bytes);
	if (name_layer(l, l->in.data + sizeof(bytes), e) < 0 || unpack_end(&l->unpack, e) < 0)
		return -1;
	if (fsetxattr(l->layer, LAYER_SIZE_XATTR, text, (size_t)n, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer: %s", LAYER_SIZE_XATTR);
	report(l, current(l)->diff_id.text, IMAGE_LAYER_DONE);
	unpack_done(&l->unpack);
	close_fd_auto(&l->layer);
	close_fd_auto(&l->blob);
	digest_stream_free(l->sha);
	l->sha = NULL;
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
	[FRAME_DOCUMENT] = { IN_IMAGE, take_document },
	[FRAME_IMAGE_END] = { IN_IMAGE, end_image },
	[FRAME_LAYER] = { BETWEEN, begin_layer },
	[FRAME_ENTRY] = { IN_LAYER, take_entry },
	[FRAME_XATTR] = { IN_LAYER, take_xattr },
	[FRAME_DATA] = { IN_LAYER, take_data },
	[FRAME_BLOB] = { IN_LAYER, take_blob },
	[FRAME_LAYER_END] = { IN_LAYER, end_layer },
	[FRAME_END] = { BETWEEN, finish },
};

int loading_take(struct loading *l, struct err *e)
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