/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer.c - blob bytes -> [digest] -> decompress -> tar bytes -> [diff ID] -> entries.
 *
 * Two libarchive readers in a row, so that both hashes see exactly the bytes that the next stage reads.
 */
#include "launcher/image/layer.h"

#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/image/entry.h"

enum { LAYER_BLOCK = 64 << 10 };

DEFINE_AUTO(digest_stream_free, struct digest_stream *)

/* A stage of reading: where bytes come from, what they hash to, how many there may be. */
struct stage {
	struct stream *blob;		/* first stage */
	struct archive *raw;		/* second stage: output of the decompressor */
	struct digest_stream *sha;
	struct frame_writer *copy;	/* first stage: where its bytes go as they are */
	uint64_t bytes, max;
	const char *what;
	size_t len;			/* of the last block, which stays in buf */
	struct err e;
	bool ended, failed;
	char buf[LAYER_BLOCK];
};

struct layer {
	const struct layer_wanted *want;
	const struct image_limits *limits;
	struct frame_writer *out;
	struct archive *tar;
	uint64_t entries, content;
	struct stage blob, plain;
};

static int stage_fill(struct stage *s, struct err *e)
{
	size_t n = 0, got;

	while (n < sizeof(s->buf) && !s->ended) {
		if (s->blob) {
			if (stream_read(s->blob, s->buf + n, sizeof(s->buf) - n, &got, e) < 0)
				return -1;
		} else {
			la_ssize_t rc = archive_read_data(s->raw, s->buf + n, sizeof(s->buf) - n);

			if (rc < 0)
				return source_error(s->raw, s->what, e);
			got = (size_t)rc;
		}
		n += got;
		s->ended = got == 0;
	}
	s->len = n;
	s->bytes += n;
	if (s->bytes > s->max)
		return err_set(e, ERR_LIMIT, 0, "%s: more than %ju bytes", s->what, (uintmax_t)s->max);
	if (s->copy && n && frame_put(s->copy, FRAME_BLOB, &(struct frame_part){ s->buf, n }, 1, e) < 0)
		return -1;
	return digest_stream_add(s->sha, s->buf, n, e);
}

static la_ssize_t on_read(struct archive *a, void *arg, const void **ret)
{
	struct stage *s = arg;

	if (!s->failed && stage_fill(s, &s->e) < 0)
		s->failed = true;
	if (s->failed) {
		archive_set_error(a, EIO, "%s", s->e.text);
		return ARCHIVE_FATAL;
	}
	*ret = s->buf;
	return (la_ssize_t)s->len;
}

/* The stage nearest to the origin knows the cause; libarchive only knows that reading failed. */
static int layer_error(struct layer *l, struct archive *a, struct err *e)
{
	if (l->blob.failed)
		*e = l->blob.e;
	else if (l->plain.failed)
		*e = l->plain.e;
	else
		return source_error(a, l->plain.what, e);
	return -1;
}

static int put_data(struct layer *l, uint64_t size, struct err *e)
{
	const char *block;
	la_int64_t offset;
	size_t n;
	int rc;

	while ((rc = archive_read_data_block(l->tar, (const void **)&block, &n, &offset)) == ARCHIVE_OK) {
		/* libarchive ends a sparse file with an empty block at its size. */
		if (offset < 0 || (uint64_t)offset > size || n > size - (uint64_t)offset)
			return err_set(e, ERR_INPUT, 0, "%s: content beyond the size of a file", l->plain.what);
		while (n) {
			uint64_t at = (uint64_t)offset;
			size_t part = n < LAYER_BLOCK ? n : LAYER_BLOCK;
			const struct frame_part parts[] = { { &at, sizeof(at) }, { block, part } };

			if (frame_put(l->out, FRAME_DATA, parts, ARRAY_LEN(parts), e) < 0)
				return -1;
			block += part;
			offset += (la_int64_t)part;
			n -= part;
		}
	}
	return rc == ARCHIVE_EOF ? 0 : layer_error(l, l->tar, e);
}

static int put_xattrs(struct layer *l, struct archive_entry *ent, const char *path, struct err *e)
{
	const char *name;
	const void *value;
	uint64_t count = 0;
	size_t n;

	(void)archive_entry_xattr_reset(ent);
	while (archive_entry_xattr_next(ent, &name, &value, &n) == ARCHIVE_OK) {
		uint16_t name_len = (uint16_t)strlen(name);
		const struct frame_part parts[] = { { &name_len, sizeof(name_len) }, { name, name_len }, { value, n } };

		if (++count > l->limits->xattrs || n > l->limits->xattr_bytes)
			return err_set(e, ERR_LIMIT, 0, "%.200s: more than %ju extended attributes or one of more than "
				       "%ju bytes", path, (uintmax_t)l->limits->xattrs,
				       (uintmax_t)l->limits->xattr_bytes);
		if (entry_keeps_xattr(name) && frame_put(l->out, FRAME_XATTR, parts, ARRAY_LEN(parts), e) < 0)
			return -1;
	}
	return 0;
}

static int type_of(struct archive_entry *ent, const char *name, enum entry_type *ret, struct err *e)
{
	if (archive_entry_hardlink(ent))
		*ret = ENTRY_HARDLINK;
	else if (archive_entry_filetype(ent) == AE_IFREG)
		*ret = ENTRY_FILE;
	else if (archive_entry_filetype(ent) == AE_IFDIR)
		*ret = ENTRY_DIR;
	else if (archive_entry_filetype(ent) == AE_IFLNK)
		*ret = ENTRY_SYMLINK;
	else
		return err_set(e, ERR_INPUT, 0, "%.200s: device node, FIFO or socket; only files, directories and links "
			       "are taken", name);
	return 0;
}

static uint32_t owner(la_int64_t id)
{
	return id < 0 || id > UINT32_MAX ? UINT32_MAX : (uint32_t)id;
}

/* "./bin/sh" and "bin/sh" are the same target: trimmed as names are, and then under the same rules. */
static const char *hard_target(const char *link)
{
	while (str_starts(link, "./"))
		link += 2;
	return link;
}

static int fill_entry(struct archive_entry *ent, enum entry_type type, struct entry *entry, struct err *e)
{
	const char *link = type == ENTRY_HARDLINK ? archive_entry_hardlink(ent) :
			   type == ENTRY_SYMLINK ? archive_entry_symlink(ent) : "";
	la_int64_t mtime = archive_entry_mtime(ent), size = archive_entry_size(ent);

	if (!link)
		return err_set(e, ERR_INPUT, 0, "%.200s: unreadable link target", entry->path);
	if (size < 0)
		return err_set(e, ERR_INPUT, 0, "%.200s: negative size", entry->path);
	entry->link = type == ENTRY_HARDLINK ? hard_target(link) : link;
	entry->fixed = (struct frame_entry){
		.type = type,
		.mode = archive_entry_perm(ent) & 07777,
		.uid = owner(archive_entry_uid(ent)),
		.gid = owner(archive_entry_gid(ent)),
		.mtime = mtime < 0 ? 0 : mtime,
		.mtime_ns = mtime < 0 ? 0 : (uint32_t)archive_entry_mtime_nsec(ent),
		.path_len = (uint32_t)strlen(entry->path),
		.link_len = (uint32_t)strlen(entry->link),
		/* A symbolic link's size is the length of its text in some archives. */
		.size = type == ENTRY_SYMLINK ? 0 : (uint64_t)size,
	};
	return 0;
}

/* Names that mean something in a layer only; what else could be meant by one nobody can say. */
static int check_whiteout(const struct layer *l, enum entry_type type, const char *name, struct err *e)
{
	return l->want->files && (type == ENTRY_WHITEOUT || type == ENTRY_OPAQUE) ?
	       err_set(e, ERR_INPUT, 0, "%.200s: .wh. names are those of image layers", name) : 0;
}

static int put_entry(struct layer *l, struct archive_entry *ent, struct err *e)
{
	const char *given = archive_entry_pathname(ent);
	auto_free char *name = NULL;
	struct entry entry = { 0 };
	enum entry_type type;

	if (!given)
		return err_set(e, ERR_INPUT, 0, "%s: an entry with an unreadable name", l->plain.what);
	if (++l->entries > l->limits->entries)
		return err_set(e, ERR_LIMIT, 0, "%s: more than %ju entries", l->plain.what,
			       (uintmax_t)l->limits->entries);
	if (str_copy(given, &name, e) < 0 || type_of(ent, name, &type, e) < 0 ||
	    entry_name(name, &type, &entry.path, e) < 0 || check_whiteout(l, type, given, e) < 0 || fill_entry(ent, type, &entry, e) < 0 ||
	    entry_check(&entry, l->limits, e) < 0)
		return -1;
	if (entry.fixed.size > l->limits->layer_bytes - l->content)
		return err_set(e, ERR_LIMIT, 0, "%s: files of more than %ju bytes", l->plain.what,
			       (uintmax_t)l->limits->layer_bytes);
	l->content += entry.fixed.size;
	const struct frame_part parts[] = { { &entry.fixed, sizeof(entry.fixed) },
					    { entry.path, entry.fixed.path_len }, { entry.link, entry.fixed.link_len } };
	if (frame_put(l->out, FRAME_ENTRY, parts, ARRAY_LEN(parts), e) < 0 ||
	    put_xattrs(l, ent, entry.path, e) < 0)
		return -1;
	return type == ENTRY_FILE ? put_data(l, entry.fixed.size, e) : 0;
}

/* "empty" in both: a layer without a byte is a tar without an entry. */
static int open_raw(struct layer *l, struct archive **raw, struct err *e)
{
	struct archive_entry *ent;
	int rc;

	if (source_new_reader(raw, e) < 0)
		return -1;
	l->plain.raw = *raw;
	if (archive_read_support_format_raw(*raw) != ARCHIVE_OK ||
	    archive_read_support_format_empty(*raw) != ARCHIVE_OK ||
	    archive_read_open(*raw, &l->blob, NULL, on_read, NULL) != ARCHIVE_OK)
		return layer_error(l, *raw, e);
	if (source_check_filters(*raw, l->want->file, e) < 0)
		return -1;
	rc = archive_read_next_header(*raw, &ent);
	l->plain.ended = rc == ARCHIVE_EOF;
	return rc == ARCHIVE_OK || rc == ARCHIVE_EOF ? 0 : layer_error(l, *raw, e);
}

static int open_tar(struct layer *l, struct archive **tar, struct err *e)
{
	*tar = archive_read_new();
	if (!*tar)
		return err_set(e, ERR_SYSTEM, ENOMEM, "libarchive");
	l->tar = *tar;
	if (archive_read_support_format_tar(*tar) != ARCHIVE_OK ||
	    archive_read_support_format_empty(*tar) != ARCHIVE_OK ||
	    archive_read_open(*tar, &l->plain, NULL, on_read, NULL) != ARCHIVE_OK)
		return layer_error(l, *tar, e);
	return 0;
}

static bool all_zero(const char *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/*
 * Behind the end of the archive only zeros may come: a second archive there is seen by some programs
 * and not by others. How far the tar reader got is known, and the last block is still in the buffer.
 */
static int read_rest(struct layer *l, struct err *e)
{
	uint64_t end = (uint64_t)archive_filter_bytes(l->tar, 0), start = l->plain.bytes - l->plain.len;
	size_t from = end > start ? (size_t)(end - start) : 0;

	do {
		if (from < l->plain.len && !all_zero(l->plain.buf + from, l->plain.len - from))
			return err_set(e, ERR_INPUT, 0, "%s: bytes behind the end of the archive", l->plain.what);
		from = 0;
		if (stage_fill(&l->plain, e) < 0)
			return l->blob.failed ? layer_error(l, l->tar, e) : -1;
	} while (l->plain.len);
	do
		if (stage_fill(&l->blob, e) < 0)
			return -1;
	while (l->blob.len);
	return 0;
}

static int check_digests(struct layer *l, struct digest *ret, struct err *e)
{
	const struct layer_wanted *want = l->want;
	struct digest blob;

	if (digest_stream_finish(l->blob.sha, &blob, e) < 0 || digest_stream_finish(l->plain.sha, ret, e) < 0)
		return -1;
	if (want->size >= 0 && l->blob.bytes != (uint64_t)want->size)
		return err_set(e, ERR_DIGEST, 0, "%s: has %ju bytes, its descriptor says %jd", want->file,
			       (uintmax_t)l->blob.bytes, (intmax_t)want->size);
	if (want->blob.text[0] && strcmp(want->blob.text, blob.text) != 0)
		return err_set(e, ERR_DIGEST, 0, "%s: digest is %s", want->file, blob.text);
	if (want->diff_id.text[0] && strcmp(want->diff_id.text, ret->text) != 0)
		return err_set(e, ERR_DIGEST, 0, "%s: diff ID is %s, the configuration says %s", want->file, ret->text,
			       want->diff_id.text);
	return 0;
}

static int read_layer(struct layer *l, struct err *e)
{
	AUTO(digest_stream_free_auto) struct digest_stream *blob = NULL, *plain = NULL;
	auto_archive struct archive *raw = NULL, *tar = NULL;
	const struct frame_part id = { l->want->diff_id.text, strlen(l->want->diff_id.text) };
	struct digest diff_id;
	const struct frame_part end[] = { { &l->plain.bytes, sizeof(l->plain.bytes) }, { diff_id.text, DIGEST_TEXT - 1 } };
	struct archive_entry *ent;
	int rc;

	if (digest_stream_new(&blob, e) < 0 || digest_stream_new(&plain, e) < 0)
		return -1;
	l->blob.sha = blob;
	l->plain.sha = plain;
	if (frame_put(l->out, FRAME_LAYER, &id, 1, e) < 0 || open_raw(l, &raw, e) < 0 ||
	    open_tar(l, &tar, e) < 0)
		return -1;
	/* Not even a warning passes: what libarchive had to guess, others may guess otherwise. */
	while ((rc = archive_read_next_header(tar, &ent)) == ARCHIVE_OK)
		if (put_entry(l, ent, e) < 0)
			return -1;
	if (rc != ARCHIVE_EOF)
		return layer_error(l, tar, e);
	if (read_rest(l, e) < 0 || check_digests(l, &diff_id, e) < 0)
		return -1;
	return frame_put(l->out, FRAME_LAYER_END, end, ARRAY_LEN(end), e);
}

int layer_read(struct stream *from, const struct layer_wanted *want, const struct image_limits *limits,
	       struct frame_writer *out, struct err *e)
{
	auto_free struct layer *l = calloc(1, sizeof(*l));

	if (!l)
		return err_set(e, ERR_SYSTEM, ENOMEM, "layer");
	l->want = want;
	l->limits = limits;
	l->out = out;
	l->blob.blob = from;
	l->blob.what = want->file;
	l->blob.copy = want->files ? NULL : out;
	l->blob.max = want->size >= 0 ? (uint64_t)want->size : limits->layer_bytes;
	l->plain.what = want->diff_id.text[0] ? want->diff_id.text : want->file;
	l->plain.max = limits->layer_bytes;
	return read_layer(l, e);
}
