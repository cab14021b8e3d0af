/* SPDX-License-Identifier: Apache-2.0 */
/* source.c - walking the members of a layout or an archive file. */
#include "launcher/image/source.h"

#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"

enum { SOURCE_BLOCK = 64 << 10 };

int source_error(struct archive *a, const char *what, struct err *e)
{
	const char *says = archive_error_string(a);

	return err_set(e, ERR_INPUT, 0, "%s: %s", what, says ? says : "damaged archive");
}

int source_new_reader(struct archive **ret, struct err *e)
{
	auto_archive struct archive *a = archive_read_new();

	/* WARN from zstd would mean that libarchive has to run an external program, which cannot be here. */
	if (!a || archive_read_support_filter_gzip(a) != ARCHIVE_OK)
		return err_set(e, ERR_INTERNAL, 0, "libarchive: no gzip");
	(void)archive_read_support_filter_zstd(a);
	*ret = take_ptr(&a);
	return 0;
}

int source_check_filters(struct archive *a, const char *what, struct err *e)
{
	/* The count includes the plain bytes at the bottom. */
	if (archive_filter_count(a) > 2)
		return err_set(e, ERR_INPUT, 0, "%s: compressed more than once", what);
	return 0;
}

int stream_read(struct stream *s, void *buf, size_t n, size_t *ret_n, struct err *e)
{
	la_ssize_t got;

	if (s->a) {
		got = archive_read_data(s->a, buf, n);
		if (got < 0)
			return source_error(s->a, s->name, e);
	} else {
		do
			got = read(s->fd, buf, n);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return err_set(e, ERR_SYSTEM, errno, "%s", s->name);
	}
	*ret_n = (size_t)got;
	return 0;
}

static int each_file(const struct source *src, source_fn *fn, void *arg, struct err *e)
{
	for (uint32_t i = 0; i < src->job->blobs; i++) {
		struct stream s = { .fd = BLOB_FD + (int)i, .name = src->blob[i].name };
		int rc;

		if (lseek(s.fd, 0, SEEK_SET) < 0)
			return err_set(e, ERR_SYSTEM, errno, "%s", s.name);
		rc = fn(arg, &s, e);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int one_member(struct archive *a, struct archive_entry *ent, source_fn *fn, void *arg, struct err *e)
{
	struct stream s = { .a = a, .fd = -1, .name = archive_entry_pathname(ent) };

	if (!s.name)
		return err_set(e, ERR_INPUT, 0, "archive: member with an unreadable name");
	if (archive_entry_filetype(ent) != AE_IFREG || archive_entry_hardlink(ent))
		return 0;
	while (str_starts(s.name, "./"))
		s.name += 2;
	return fn(arg, &s, e);
}

int source_each(const struct source *src, source_fn *fn, void *arg, struct err *e)
{
	auto_archive struct archive *a = NULL;
	struct archive_entry *ent;
	uint64_t members = 0;
	int rc;

	if (src->job->blobs) {
		rc = each_file(src, fn, arg, e);
		return rc < 0 ? -1 : 0;
	}
	if (lseek(BLOB_FD, 0, SEEK_SET) < 0)
		return err_set(e, ERR_SYSTEM, errno, "archive");
	if (source_new_reader(&a, e) < 0)
		return -1;
	if (archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_open_fd(a, BLOB_FD, SOURCE_BLOCK) != ARCHIVE_OK)
		return source_error(a, "archive: neither tar nor compressed tar", e);
	if (source_check_filters(a, "archive", e) < 0)
		return -1;
	while ((rc = archive_read_next_header(a, &ent)) == ARCHIVE_OK) {
		if (++members > src->job->limits.members)
			return err_set(e, ERR_LIMIT, 0, "archive: more than %ju members",
				       (uintmax_t)src->job->limits.members);
		rc = one_member(a, ent, fn, arg, e);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	return rc == ARCHIVE_EOF ? 0 : source_error(a, "archive", e);
}

struct wanted {
	const char *const *name;
	size_t n, left;
	struct str *ret;
	uint64_t max;
};

static int read_whole(struct stream *s, uint64_t max, struct str *ret, struct err *e)
{
	char buf[16 << 10];
	size_t n;

	if (str_add(ret, "", e) < 0)
		return -1;
	for (;;) {
		if (stream_read(s, buf, sizeof(buf), &n, e) < 0)
			return -1;
		if (n == 0)
			return 0;
		if (n > max - ret->len)
			return err_set(e, ERR_LIMIT, 0, "%s: more than %ju bytes", s->name, (uintmax_t)max);
		if (str_add_bytes(ret, buf, n, e) < 0)
			return -1;
	}
}

static int read_if_wanted(void *arg, struct stream *s, struct err *e)
{
	struct wanted *w = arg;

	/* The first of two members with one name counts, in every walk. */
	for (size_t i = 0; i < w->n; i++)
		if (!w->ret[i].text && strcmp(w->name[i], s->name) == 0) {
			w->left--;
			return read_whole(s, w->max, &w->ret[i], e) < 0 ? -1 : w->left == 0;
		}
	return 0;
}

int source_read(const struct source *src, const char *const *name, size_t n, struct str *ret, struct err *e)
{
	struct wanted w = { .name = name, .n = n, .left = n, .ret = ret, .max = src->job->limits.document_bytes };

	return source_each(src, read_if_wanted, &w, e);
}
