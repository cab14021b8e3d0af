/* SPDX-License-Identifier: Apache-2.0 */
/* archives.h - making layers and image archives, good ones and, by tweaks of their documents, bad ones. */
#ifndef SECCTR_TESTS_ARCHIVES_H
#define SECCTR_TESTS_ARCHIVES_H

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/digest.h"
#include "launcher/base/str.h"
#include "launcher/spec/image.h"

#define OK(call) do { struct err e_ = { 0 }, *e = &e_; if ((call) < 0) fail_msg("%s", e_.text); } while (0)

static inline la_ssize_t bytes_write(struct archive *a, void *arg, const void *p, size_t n)
{
	struct err e = { 0 };

	(void)a;
	return str_add_bytes(arg, p, n, &e) < 0 ? -1 : (la_ssize_t)n;
}

struct tar {
	struct archive *a;
	struct str bytes;
};

/* `filter` is an ARCHIVE_FILTER_ number. */
static inline void tar_begin(struct tar *t, int filter)
{
	t->bytes = (struct str){ 0 };
	t->a = archive_write_new();
	assert_int_equal(archive_write_add_filter(t->a, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format_pax_restricted(t->a), ARCHIVE_OK);
	/* No zeros behind the compressed data. */
	if (filter != ARCHIVE_FILTER_NONE)
		assert_int_equal(archive_write_set_bytes_in_last_block(t->a, 1), ARCHIVE_OK);
	if (filter == ARCHIVE_FILTER_GZIP)
		assert_int_equal(archive_write_set_options(t->a, "gzip:!timestamp"), ARCHIVE_OK);
	assert_int_equal(archive_write_open(t->a, &t->bytes, NULL, bytes_write, NULL), ARCHIVE_OK);
}

struct member {
	const char *path;
	mode_t type;			/* AE_IFREG ...; 0 with link: hard link */
	mode_t mode;
	const char *data, *link;
	uint32_t uid, gid;
	const char *xattr, *value;
	la_int64_t size;		/* if data does not say */
};

static inline void tar_member(struct tar *t, const struct member *m)
{
	struct archive_entry *ent = archive_entry_new();
	size_t n = m->data ? strlen(m->data) : 0;

	archive_entry_set_pathname(ent, m->path);
	archive_entry_set_mode(ent, (m->type ? m->type : AE_IFREG) | (m->mode ? m->mode : m->type == AE_IFDIR ? 0755 : 0644));
	archive_entry_set_size(ent, m->size ? m->size : (la_int64_t)n);
	archive_entry_set_uid(ent, m->uid);
	archive_entry_set_gid(ent, m->gid);
	archive_entry_set_mtime(ent, 1000000000, 0);
	if (m->link && m->type == AE_IFLNK)
		archive_entry_set_symlink(ent, m->link);
	else if (m->link)
		archive_entry_set_hardlink(ent, m->link);
	if (m->xattr)
		archive_entry_xattr_add_entry(ent, m->xattr, m->value, strlen(m->value));
	if (m->type == AE_IFCHR || m->type == AE_IFBLK)
		archive_entry_set_rdev(ent, 0x103);
	assert_true(archive_write_header(t->a, ent) >= ARCHIVE_WARN);
	if (n)
		assert_int_equal(archive_write_data(t->a, m->data, n), n);
	archive_entry_free(ent);
}

static inline void tar_bytes(struct tar *t, const char *path, const void *p, size_t n)
{
	const struct member m = { .path = path, .size = (la_int64_t)n };

	tar_member(t, &m);
	if (n)
		assert_int_equal(archive_write_data(t->a, p, n), n);
}

static inline void tar_end(struct tar *t)
{
	assert_int_equal(archive_write_close(t->a), ARCHIVE_OK);
	archive_write_free(t->a);
	t->a = NULL;
}

/* A plain tar of the members, ended by path NULL. */
static inline struct str make_layer(const struct member *m)
{
	struct tar t;

	tar_begin(&t, ARCHIVE_FILTER_NONE);
	for (; m->path; m++)
		tar_member(&t, m);
	tar_end(&t);
	return t.bytes;
}

static inline struct str compress_bytes(const struct str *plain, int filter)
{
	struct archive_entry *ent = archive_entry_new();
	struct str out = { 0 };
	struct archive *a = archive_write_new();

	assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
	assert_int_equal(archive_write_set_bytes_in_last_block(a, 1), ARCHIVE_OK);
	assert_int_equal(archive_write_open(a, &out, NULL, bytes_write, NULL), ARCHIVE_OK);
	archive_entry_set_filetype(ent, AE_IFREG);
	assert_int_equal(archive_write_header(a, ent), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, plain->text, plain->len), plain->len);
	archive_entry_free(ent);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return out;
}

/* In the document `doc` ("index", "manifest", "config", "docker"), before it is hashed: `find` becomes `put`. */
struct tweak {
	const char *doc, *find, *put;
};

enum form { OCI_DIR, OCI_TAR, OCI_GZIP, OCI_ZSTD, DOCKER_TAR, DOCKER_GZIP };

struct recipe {
	enum form form;
	int layer_filter;		/* ARCHIVE_FILTER_ number of the layers' blobs */
	const char *ref;		/* NULL: none */
	struct str layer[4];		/* plain tars, lowest first */
	size_t layers;
	struct tweak tweak[4];
	int bad_layer;			/* after hashing, of the layer blob: 1: its last byte is changed, 2: the time in its gzip header */
};

/* Where members of an archive go: a tar or a directory. */
struct sink {
	struct tar tar;
	int dir;
};

static inline void sink_put(struct sink *s, const char *name, const struct str *b)
{
	int fd;

	if (s->dir < 0) {
		tar_bytes(&s->tar, name, b->text, b->len);
		return;
	}
	(void)mkdirat(s->dir, "blobs", 0700);
	(void)mkdirat(s->dir, "blobs/sha256", 0700);
	fd = openat(s->dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, b->text, b->len), b->len);
	close(fd);
}

static inline struct str tweaked(const struct recipe *r, const char *doc, struct str *text)
{
	struct str out = { 0 };
	const char *at;

	for (size_t i = 0; i < ARRAY_LEN(r->tweak); i++) {
		const struct tweak *t = &r->tweak[i];

		if (!t->doc || strcmp(t->doc, doc) != 0)
			continue;
		at = strstr(text->text, t->find);
		assert_non_null(at);
		out = (struct str){ 0 };
		OK(str_add_bytes(&out, text->text, (size_t)(at - text->text), e));
		OK(str_add(&out, t->put, e));
		OK(str_add(&out, at + strlen(t->find), e));
		str_done(text);
		*text = out;
	}
	out = *text;
	*text = (struct str){ 0 };
	return out;
}

/* Puts it as a blob and gives its descriptor's inner text. */
static inline void put_blob(struct sink *s, const struct str *b, const char *type, char ret[256])
{
	struct digest d;
	char name[128];

	OK(digest_bytes(b->text, b->len, &d, e));
	snprintf(name, sizeof(name), "blobs/sha256/%s", digest_hex(&d));
	snprintf(ret, 256, "\"mediaType\":\"application/vnd.oci.image.%s\",\"digest\":\"%s\",\"size\":%zu", type, d.text,
		 b->len);
	sink_put(s, name, b);
}

static inline struct str config_text(const struct recipe *r)
{
	struct str c = { 0 }, out;
	struct digest d;

	OK(str_addf(&c, e, "{\"architecture\":\"%s\",\"os\":\"linux\",\"created\":\"2020-01-02T03:04:05.5Z\",\"config\":{"
		    "\"User\":\"app\",\"Env\":[\"PATH=/bin\",\"A=b\"],\"Cmd\":[\"sh\",\"-c\"],\"Entrypoint\":null,"
		    "\"ExposedPorts\":{\"80/tcp\":{}},\"Labels\":{\"k\":\"v\"},\"WorkingDir\":\"/w\"},"
		    "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[", spec_architecture));
	for (size_t i = 0; i < r->layers; i++) {
		OK(digest_bytes(r->layer[i].text, r->layer[i].len, &d, e));
		OK(str_addf(&c, e, "%s\"%s\"", i ? "," : "", d.text));
	}
	OK(str_add(&c, "]}}", e));
	out = tweaked(r, "config", &c);
	return out;
}

static inline void oci_documents(struct sink *s, const struct recipe *r)
{
	auto_str struct str config = config_text(r), m = { 0 }, index = { 0 }, layout = { 0 };
	char d[256];

	put_blob(s, &config, "config.v1+json", d);
	OK(str_addf(&m, e, "{\"schemaVersion\":2,\"config\":{%s},\"layers\":[", d));
	for (size_t i = 0; i < r->layers; i++) {
		auto_str struct str blob = compress_bytes(&r->layer[i], r->layer_filter);
		struct digest is;
		char name[128];

		put_blob(s, &blob, r->layer_filter == ARCHIVE_FILTER_GZIP ? "layer.v1.tar+gzip" :
			 r->layer_filter == ARCHIVE_FILTER_ZSTD ? "layer.v1.tar+zstd" : "layer.v1.tar", d);
		OK(str_addf(&m, e, "%s{%s}", i ? "," : "", d));
		if (r->bad_layer && s->dir >= 0) {
			OK(digest_bytes(blob.text, blob.len, &is, e));
			snprintf(name, sizeof(name), "blobs/sha256/%s", digest_hex(&is));
			blob.text[r->bad_layer == 2 ? 4 : blob.len - 1] ^= 1;
			sink_put(s, name, &blob);
		}
	}
	OK(str_add(&m, "]}", e));
	m = tweaked(r, "manifest", &m);
	put_blob(s, &m, "manifest.v1+json", d);
	OK(str_addf(&index, e, "{\"schemaVersion\":2,\"manifests\":[{%s", d));
	if (r->ref)
		OK(str_addf(&index, e, ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"%s\"}", r->ref));
	OK(str_add(&index, "}]}", e));
	index = tweaked(r, "index", &index);
	sink_put(s, "index.json", &index);
	OK(str_add(&layout, "{\"imageLayoutVersion\":\"1.0.0\"}", e));
	sink_put(s, "oci-layout", &layout);
}

static inline void docker_documents(struct sink *s, const struct recipe *r)
{
	auto_str struct str config = config_text(r), m = { 0 };
	struct digest d;
	char name[128];

	OK(digest_bytes(config.text, config.len, &d, e));
	snprintf(name, sizeof(name), "%s.json", digest_hex(&d));
	OK(str_addf(&m, e, "[{\"Config\":\"%s\",\"RepoTags\":[%s%s%s],\"Layers\":[", name, r->ref ? "\"" : "",
		    r->ref ? r->ref : "", r->ref ? "\"" : ""));
	sink_put(s, name, &config);
	for (size_t i = 0; i < r->layers; i++) {
		snprintf(name, sizeof(name), "%zu/layer.tar", i);
		sink_put(s, name, &r->layer[i]);
		OK(str_addf(&m, e, "%s\"%s\"", i ? "," : "", name));
	}
	OK(str_add(&m, "]}]", e));
	m = tweaked(r, "docker", &m);
	sink_put(s, "manifest.json", &m);
}

/* Makes dir/name and frees the layers. */
static inline void make_archive(int dir, const char *name, struct recipe *r)
{
	static const int filters[] = { [OCI_TAR] = ARCHIVE_FILTER_NONE, [OCI_GZIP] = ARCHIVE_FILTER_GZIP,
				       [OCI_ZSTD] = ARCHIVE_FILTER_ZSTD, [DOCKER_TAR] = ARCHIVE_FILTER_NONE,
				       [DOCKER_GZIP] = ARCHIVE_FILTER_GZIP };
	struct sink s = { .dir = -1 };
	int fd;

	if (r->form == OCI_DIR) {
		assert_int_equal(mkdirat(dir, name, 0700), 0);
		s.dir = openat(dir, name, O_RDONLY | O_DIRECTORY);
	} else {
		tar_begin(&s.tar, filters[r->form]);
	}
	if (r->form >= DOCKER_TAR)
		docker_documents(&s, r);
	else
		oci_documents(&s, r);
	for (size_t i = 0; i < r->layers; i++)
		str_done(&r->layer[i]);
	if (s.dir >= 0) {
		close(s.dir);
		return;
	}
	tar_end(&s.tar);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, s.tar.bytes.text, s.tar.bytes.len), s.tar.bytes.len);
	close(fd);
	str_done(&s.tar.bytes);
}

#endif
