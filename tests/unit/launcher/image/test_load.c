/* SPDX-License-Identifier: Apache-2.0 */
/* test_load.c - archives of every form into a store by the real secctr-fetch, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "tests/unit/launcher/image/rig.h"

#define REF "docker.io/library/web:1"

static const struct member base_layer[] = {
	{ "./", .type = AE_IFDIR, .mode = 0755 },
	{ "./bin/", .type = AE_IFDIR, .mode = 0711 },
	{ "bin/sh", .type = AE_IFREG, .mode = 04755, .data = "#!shell", .uid = 3, .gid = 4 },
	{ "bin/ash", .link = "./bin/sh" },
	{ "bin/vi", .type = AE_IFLNK, .link = "../../../etc/shadow" },
	{ "etc/passwd", .type = AE_IFREG, .data = "app:x:7:8::/home/app:/bin/sh\n" },
	{ "etc/old", .type = AE_IFREG, .data = "old" },
	{ "opt/a/b", .type = AE_IFREG, .data = "b", .xattr = "user.note", .value = "kept" },
	{ "srv", .type = AE_IFDIR, .mode = 01777 },
	{ NULL }
};
static const struct member upper_layer[] = {
	{ "etc/.wh.old", .type = AE_IFREG },
	{ "etc/new", .type = AE_IFREG, .data = "new" },
	{ "opt/", .type = AE_IFDIR },
	{ "opt/.wh..wh..opq", .type = AE_IFREG },
	{ "opt/c", .type = AE_IFREG, .data = "c" },
	{ NULL }
};

static void load_web(const struct place *p, const struct store *s, enum form form, int layer_filter)
{
	struct recipe r = { .form = form, .layer_filter = layer_filter, .ref = REF, .layers = 2,
			    .layer = { make_layer(base_layer), make_layer(upper_layer) } };
	struct image_load_options o = { 0 };
	auto_strv struct strv got = { 0 };

	make_archive(p->fd, "web", &r);
	OK(load_with(p, s, "web", &o, &got, e));
	assert_int_equal(got.len, 1);
	assert_string_equal(got.item[0], REF);
	assert_int_equal(count_in(s->tmp), 0);
}

static int layer_of(const struct store *s, const struct image *i, size_t n)
{
	int fd = openat(s->layers, i->diff_ids.item[n] + 7, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static struct stat stat_in(int dir, const char *path)
{
	struct stat st = { 0 };

	assert_int_equal(fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static void check_files(const struct store *s, const struct image *i)
{
	auto_close int low = layer_of(s, i, 0), up = layer_of(s, i, 1), opt = openat(up, "opt", O_RDONLY),
		       b = openat(low, "opt/a/b", O_RDONLY);
	char text[64] = "";

	/* The suid bit is gone, owner and time are the archive's. */
	assert_int_equal(stat_in(low, "bin/sh").st_mode, S_IFREG | 0755);
	assert_int_equal(stat_in(low, "bin/sh").st_uid, 3);
	assert_int_equal(stat_in(low, "bin/sh").st_gid, 4);
	assert_int_equal(stat_in(low, "bin/sh").st_mtime, 1000000000);
	assert_int_equal(stat_in(low, "bin/ash").st_ino, stat_in(low, "bin/sh").st_ino);
	assert_int_equal(stat_in(low, "bin").st_mode, S_IFDIR | 0711);
	assert_int_equal(stat_in(low, "bin").st_mtime, 1000000000);
	assert_int_equal(stat_in(low, "srv").st_mode, S_IFDIR | 01777);
	assert_int_equal(stat_in(low, "opt/a").st_mode, S_IFDIR | 0755);
	assert_int_equal(readlinkat(low, "bin/vi", text, sizeof(text)), 19);
	assert_int_equal(fgetxattr(b, "user.note", text, sizeof(text)), 4);
	assert_int_equal(stat_in(up, "etc/old").st_mode & S_IFMT, S_IFCHR);
	assert_int_equal(stat_in(up, "etc/old").st_rdev, makedev(0, 0));
	assert_int_equal(fgetxattr(opt, "trusted.overlay.opaque", text, sizeof(text)), 1);
}

static void check_reading(const struct store *s, const struct image *i)
{
	auto_str struct str text = { 0 };
	struct err why = { 0 };

	OK(image_read_file(s, &i->diff_ids, "etc/passwd", 1000, &text, e));
	assert_string_equal(text.text, "app:x:7:8::/home/app:/bin/sh\n");
	assert_int_equal(image_read_file(s, &i->diff_ids, "etc/passwd", text.len, &text, &why), 0);
	assert_int_equal(image_read_file(s, &i->diff_ids, "etc/passwd", text.len - 1, &text, &why), -1);
	assert_int_equal(why.reason, ERR_LIMIT);
	OK(image_read_file(s, &i->diff_ids, "opt/c", 10, &text, e));
	/* Whited out; hidden by an opaque directory; never there. */
	assert_int_equal(image_read_file(s, &i->diff_ids, "etc/old", 10, &text, &why), -1);
	assert_int_equal(why.reason, ERR_NOTFOUND);
	assert_int_equal(image_read_file(s, &i->diff_ids, "opt/a/b", 10, &text, &why), -1);
	assert_int_equal(why.reason, ERR_NOTFOUND);
	assert_int_equal(image_read_file(s, &i->diff_ids, "etc/none", 10, &text, &why), -1);
	assert_int_equal(why.reason, ERR_NOTFOUND);
	assert_int_equal(image_read_file(s, &i->diff_ids, "bin/vi", 10, &text, &why), -1);
	assert_int_equal(why.reason, ERR_INPUT);
	assert_int_equal(image_read_file(s, &i->diff_ids, "../x", 10, &text, &why), -1);
}

static void loads_every_form(void **state)
{
	static const struct {
		enum form form;
		int layers;
	} rows[] = {
		{ OCI_DIR, ARCHIVE_FILTER_GZIP }, { OCI_DIR, ARCHIVE_FILTER_ZSTD }, { OCI_TAR, ARCHIVE_FILTER_NONE },
		{ OCI_GZIP, ARCHIVE_FILTER_GZIP }, { OCI_ZSTD, ARCHIVE_FILTER_ZSTD }, { DOCKER_TAR, 0 },
		{ DOCKER_GZIP, 0 },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
		void *place = NULL;
		struct place *p;
		auto_store struct store s = STORE_INIT;
		auto_image struct image i;

		assert_int_equal(place_make(&place), 0);
		p = place;
		open_store(p, &s);
		load_web(p, &s, rows[n].form, rows[n].layers);
		image_init(&i);
		OK(image_resolve(&s, "web:1", &i, e));
		assert_string_equal(i.user, "app");
		assert_string_equal(i.working_dir, "/w");
		assert_string_equal(strv_env(&i.env, "A"), "b");
		assert_string_equal(i.cmd.item[1], "-c");
		assert_string_equal(i.exposed_ports.item[0], "80/tcp");
		assert_string_equal(i.labels.item[0], "k=v");
		assert_int_equal(i.entrypoint.len, 0);
		assert_int_equal(i.created, 1577934245500000);
		assert_true(i.size > 0 && i.size % 512 == 0);
		check_files(&s, &i);
		check_reading(&s, &i);
		store_close(&s);
		assert_int_equal(place_drop(&place), 0);
	}
}

static void loads_from_a_pipe_with_another_name(void **state)
{
	struct place *p = *state;
	struct recipe r = { .form = OCI_TAR, .ref = "x", .layers = 1, .layer = { make_layer(base_layer) } };
	auto_store struct store s = STORE_INIT;
	struct image_load_options o = { .ref = "mine", .fetch = fetch_path() };
	auto_strv struct strv got = { 0 };
	auto_close int in = -1;
	int ends[2];
	pid_t pid;

	open_store(p, &s);
	make_archive(p->fd, "web", &r);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(openat(p->fd, "web", O_RDONLY), 0);
		dup2(ends[1], 1);
		close(ends[0]);
		execlp("cat", "cat", NULL);
		_exit(1);
	}
	close(ends[1]);
	in = ends[0];
	OK(image_load(&s, in, &o, &got, e));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_string_equal(got.item[0], "docker.io/library/mine:latest");
}

struct seen {
	unsigned present, done;
};

static void see(void *arg, const struct image_progress *q)
{
	struct seen *seen = arg;

	seen->present += q->state == IMAGE_LAYER_PRESENT;
	seen->done += q->state == IMAGE_LAYER_DONE;
}

static void present_layers_do_not_come_again(void **state)
{
	struct place *p = *state;
	struct recipe r = { .form = DOCKER_TAR, .ref = "localhost/two", .layers = 3,
			    .layer = { make_layer(base_layer), make_layer(upper_layer), make_layer(base_layer) } };
	auto_store struct store s = STORE_INIT;
	struct seen seen = { 0 };
	struct image_load_options o = { .progress = see, .progress_arg = &seen };
	auto_strv struct strv got = { 0 };
	struct image *list;
	size_t n;

	open_store(p, &s);
	load_web(p, &s, OCI_TAR, ARCHIVE_FILTER_GZIP);
	make_archive(p->fd, "two", &r);
	OK(load_with(p, &s, "two", &o, &got, e));
	assert_int_equal(seen.present, 3);
	assert_int_equal(seen.done, 0);
	assert_int_equal(count_in(s.layers), 2);
	OK(image_list(&s, &list, &n, e));
	assert_int_equal(n, 2);
	image_list_free(list, n);
}

static void default_image(void **state)
{
	struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	auto_image struct image i;
	struct image_load_options o = { 0 };
	auto_strv struct strv got = { 0 };
	char command[96];

	image_init(&i);
	open_store(p, &s);
	snprintf(command, sizeof(command), "tests/fixtures/mk-default-image %s/default.tar", p->path);
	assert_int_equal(system(command), 0);
	OK(load_with(p, &s, "default.tar", &o, &got, e));
	assert_string_equal(got.item[0], "localhost/secctr/default:latest");
	OK(image_resolve(&s, "secctr/default", &i, e));
	assert_string_equal(i.cmd.item[0], "sh");
	assert_null(i.user);
}

/* Layers that must not be taken. */
#define M(...) (const struct member[]){ __VA_ARGS__, { NULL } }
#define F .type = AE_IFREG, .data = "x"
static const struct {
	const char *name;
	const struct member *members;
	const char *says;
} hostile[] = {
	{ "absolute path", M({ "/etc/x", F }), "absolute path" },
	{ "dot dot", M({ "../escaped", F }), "\"..\" in the path" },
	{ "dot dot inside", M({ "a/../../escaped", F }), "\"..\" in the path" },
	{ "dot dot at the end", M({ "a/..", .type = AE_IFDIR }), "\"..\" in the path" },
	{ "dot dot whiteout", M({ "../.wh.canary", .type = AE_IFREG }), "\"..\" in the path" },
	{ "symlink parent", M({ "a", .type = AE_IFLNK, .link = "../.." }, { "a/escaped", F }), "symbolic link" },
	{ "absolute symlink parent", M({ "a", .type = AE_IFLNK, .link = "/tmp" }, { "a/escaped", F }), "symbolic link" },
	{ "symlink of dot", M({ "a", .type = AE_IFLNK, .link = "." }, { "a/b", F }), "symbolic link" },
	{ "symlink then directory", M({ "a", .type = AE_IFLNK, .link = "/tmp" }, { "a/", .type = AE_IFDIR }),
	  "directory replaces a file" },
	{ "whiteout through symlink", M({ "a", .type = AE_IFLNK, .link = ".." }, { "a/.wh.b", .type = AE_IFREG }),
	  "symbolic link" },
	{ "opaque through symlink", M({ "a", .type = AE_IFLNK, .link = ".." }, { "a/.wh..wh..opq", .type = AE_IFREG }),
	  "symbolic link" },
	{ "hard link outside", M({ "a", .link = "../canary" }), "\"..\" in the path" },
	{ "absolute hard link", M({ "a", .link = "/etc/passwd" }), "absolute path" },
	{ "hard link to symlink", M({ "a", .type = AE_IFLNK, .link = "/etc/passwd" }, { "b", .link = "a" }),
	  "hard link to what is no file" },
	{ "hard link through symlink", M({ "a", .type = AE_IFLNK, .link = "/etc" }, { "b", .link = "a/passwd" }),
	  "symbolic link" },
	{ "hard link to directory", M({ "a", .type = AE_IFDIR }, { "b", .link = "a" }), "hard link to what is no file" },
	{ "hard link to nothing", M({ "b", .link = "a" }), "hard link to what is no file" },
	{ "hard link to itself", M({ "a", F }, { "a", .link = "a" }), "hard link to itself" },
	{ "character device", M({ "a", .type = AE_IFCHR }), "device node" },
	{ "block device", M({ "a", .type = AE_IFBLK }), "device node" },
	{ "FIFO", M({ "a", .type = AE_IFIFO }), "FIFO" },
	{ "whiteout of nothing", M({ "a/.wh.", .type = AE_IFREG }), "a whiteout of nothing" },
	{ "whiteout of dot", M({ "a/.wh..", .type = AE_IFREG }), "a whiteout of nothing" },
	{ "whiteout of dot dot", M({ "a/.wh...", .type = AE_IFREG }), "a whiteout of nothing" },
	{ "whiteout of whiteout", M({ "a/.wh..wh.b", .type = AE_IFREG }), "a whiteout of nothing" },
	{ "whiteout that is a directory", M({ "a/.wh.b", .type = AE_IFDIR }), "must be an empty file" },
	{ "whiteout that is a link", M({ "a/.wh.b", .type = AE_IFLNK, .link = "c" }), "must be an empty file" },
	{ "whiteout with content", M({ "a/.wh.b", F }), "has content" },
	{ "below a whiteout name", M({ "a/.wh.b/c", F }), "whiteout name that is none" },
	{ "file over directory", M({ "a/b", F }, { "a", F }), "replaces a directory" },
	{ "parent is a file", M({ "a", F }, { "a/b", F }), "is not a directory" },
	{ "owner beyond", M({ "a", F, .uid = UINT32_MAX }), "owner beyond" },
	{ "empty component", M({ "a//b", F }), "empty component" },
	{ "dot component", M({ "a/./b", F }), "\".\" in the path" },
};

static void expect_refused(const struct place *p, const struct store *s, const char *row, struct image_load_options *o,
			   enum err_reason reason, const char *says)
{
	auto_strv struct strv got = { 0 };
	struct err why = { 0 };

	if (load_with(p, s, "bad", o, &got, &why) == 0)
		fail_msg("%s: was taken", row);
	if (!strstr(why.text, says) || why.reason != reason)
		fail_msg("%s: %s \"%s\", expected \"%s\"", row, err_word(why.reason), why.text, says);
	assert_untouched(p, s);
}

static void hostile_layers_are_refused(void **state)
{
	struct place *p = *state;
	auto_store struct store s = STORE_INIT;

	open_store(p, &s);
	put_canary(p);
	for (size_t n = 0; n < ARRAY_LEN(hostile); n++) {
		struct recipe r = { .form = OCI_TAR, .ref = REF, .layers = 1, .layer = { make_layer(hostile[n].members) } };
		struct image_load_options o = { 0 };

		make_archive(p->fd, "bad", &r);
		expect_refused(p, &s, hostile[n].name, &o, ERR_INPUT, hostile[n].says);
	}
}

/* Bytes of a layer after the archive was made: what no writer produces. */
static struct str damaged(const char *how)
{
	struct str t = make_layer(base_layer), more;

	if (strcmp(how, "truncated") == 0)
		t.len = 2048 + 100;
	else if (strcmp(how, "cut in a header") == 0)
		t.len = 512 + 17;
	else if (strcmp(how, "not a tar") == 0)
		memset(t.text, 'A', t.len);
	else if (strcmp(how, "bad checksum") == 0)
		t.text[3] ^= 0x40;
	else if (strcmp(how, "bad checksum later") == 0)
		t.text[512 + 3] ^= 0x40;
	else if (strcmp(how, "a byte behind the end") == 0)
		t.text[t.len - 1] = 'x';
	else if (strcmp(how, "second archive") == 0 || strcmp(how, "second archive, far behind") == 0) {
		static const char zeros[1 << 17];

		more = make_layer(upper_layer);
		if (strcmp(how, "second archive") != 0)
			OK(str_add_bytes(&t, zeros, sizeof(zeros), e));
		OK(str_add_bytes(&t, more.text, more.len, e));
		str_done(&more);
	}
	return t;
}

static void damaged_layers_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "truncated", "Truncated" }, { "cut in a header", "Truncated" }, { "not a tar", "nrecognized" },
		{ "bad checksum", "nrecognized" }, { "bad checksum later", "amaged" }, { "a byte behind the end", "bytes behind the end" },
		{ "second archive", "bytes behind the end" }, { "second archive, far behind", "bytes behind the end" },
	};
	struct place *p = *state;
	auto_store struct store s = STORE_INIT;

	open_store(p, &s);
	put_canary(p);
	for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
		struct recipe r = { .form = OCI_TAR, .ref = REF, .layers = 1, .layer = { damaged(rows[n][0]) } };
		struct image_load_options o = { 0 };

		make_archive(p->fd, "bad", &r);
		expect_refused(p, &s, rows[n][0], &o, ERR_INPUT, rows[n][1]);
	}
}

#define MEDIA "application/vnd.oci.image."
#define FOREIGN "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
static void confused_documents_are_refused(void **state)
{
	static const struct {
		const char *name;
		enum form form;
		struct tweak t;
		enum err_reason reason;
		const char *says;
	} rows[] = {
		{ "manifest with manifests", OCI_TAR, { "manifest", "{", "{\"manifests\":[]," }, ERR_INPUT, "manifests: does not" },
		{ "manifest of schema 1", OCI_TAR, { "manifest", "{", "{\"fsLayers\":[]," }, ERR_INPUT, "fsLayers: does not" },
		{ "schemaVersion 1", OCI_TAR, { "manifest", ":2", ":1" }, ERR_INPUT, "schemaVersion" },
		{ "index with layers", OCI_TAR, { "index", "{", "{\"layers\":[]," }, ERR_INPUT, "layers: does not" },
		{ "index with config", OCI_TAR, { "index", "{", "{\"config\":{}," }, ERR_INPUT, "config: does not" },
		{ "manifest calls itself index", OCI_TAR, { "manifest", "{", "{\"mediaType\":\"" MEDIA "index.v1+json\"," },
		  ERR_INPUT, "but its descriptor says" },
		{ "index calls itself manifest", OCI_TAR, { "index", "{", "{\"mediaType\":\"" MEDIA "manifest.v1+json\"," },
		  ERR_INPUT, "is no image index" },
		{ "manifest taken for an index", OCI_TAR, { "index", "manifest.v1", "index.v1" }, ERR_INPUT, "does not belong" },
		{ "config as layer", OCI_TAR, { "manifest", "layer.v1.tar", "config.v1+json" }, ERR_INPUT, "is no layer" },
		{ "foreign layer", OCI_TAR, { "manifest", MEDIA "layer.v1.tar", FOREIGN }, ERR_INPUT, "is no layer" },
		{ "urls", OCI_TAR, { "manifest", "[{", "[{\"urls\":[\"http://x/\"]," }, ERR_INPUT, "blobs from elsewhere" },
		{ "a key twice", OCI_TAR, { "manifest", "{", "{\"schemaVersion\":2," }, ERR_INPUT, "duplicate" },
		{ "digest as a path", OCI_TAR, { "index", "sha256:", "sha256:../../../../" }, ERR_INPUT, "64 hex digits" },
		{ "digest of another kind", OCI_TAR, { "index", "sha256:", "sha512:" }, ERR_INPUT, "64 hex digits" },
		{ "negative size", OCI_TAR, { "index", "\"size\":", "\"size\":-" }, ERR_INPUT, "negative" },
		{ "wrong size", OCI_TAR, { "index", "\"size\":", "\"size\":1" }, ERR_DIGEST, "its descriptor says" },
		{ "other diff ID", OCI_TAR, { "config", "[\"sha256:", "[\"sha256:" "\0" }, ERR_INPUT, "diff_ids" },
		{ "diff ID missing", OCI_TAR, { "config", "\"diff_ids\":[", "\"diff_ids\":[],\"x\":[" }, ERR_INPUT, "1 layers but 0" },
		{ "no rootfs", OCI_TAR, { "config", "\"rootfs\"", "\"rooftop\"" }, ERR_INPUT, "rootfs" },
		{ "other rootfs type", OCI_TAR, { "config", "\"layers\"", "\"tree\"" }, ERR_INPUT, "must be \"layers\"" },
		{ "other machine", OCI_TAR, { "config", "\"linux\"", "\"plan9\"" }, ERR_INPUT, "is for plan9" },
		{ "other machine in the index", OCI_TAR, { "index", "[{", "[{\"platform\":{\"os\":\"linux\",\"architecture\":\"s390x\"}," },
		  ERR_INPUT, "no image for linux/" },
		{ "bad name", OCI_TAR, { "index", "docker.io/library/web:1", "UPPER/../x" }, ERR_INPUT, "name in the archive" },
		{ "JSON too deep", OCI_TAR, { "index", "{", "{\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
		  "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]," }, ERR_LIMIT, "nested deeper than 64" },
		{ "docker: path as layer", DOCKER_TAR, { "docker", "0/layer.tar", "../../etc/passwd" }, ERR_INPUT, "not in the archive" },
		{ "docker: config of no digest", DOCKER_TAR, { "docker", "\"Config\":\"", "\"Config\":\"0/layer.tar\",\"x\":\"" },
		  ERR_INPUT, "does not name a digest" },
		{ "docker: no image", DOCKER_TAR, { "docker", "[{", "[],[{" }, ERR_INPUT, "manifest.json" },
	};
	struct place *p = *state;
	auto_store struct store s = STORE_INIT;

	open_store(p, &s);
	put_canary(p);
	for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
		struct recipe r = { .form = rows[n].form, .ref = REF, .layers = 1, .layer = { make_layer(base_layer) },
				    .tweak = { rows[n].t } };
		struct image_load_options o = { 0 };

		if (strcmp(rows[n].name, "other diff ID") == 0)
			r.tweak[0].put = "[\"sha256:x";
		make_archive(p->fd, "bad", &r);
		expect_refused(p, &s, rows[n].name, &o, rows[n].reason, rows[n].says);
	}
}

static void wrong_digests_are_refused(void **state)
{
	struct place *p = *state;
	struct recipe r = { .form = OCI_DIR, .ref = REF, .layers = 1, .layer = { make_layer(base_layer) }, .bad_layer = 1 };
	struct recipe other = { .form = OCI_TAR, .ref = REF, .layers = 1, .layer = { make_layer(base_layer) } };
	struct image_load_options o = { 0 };
	auto_store struct store s = STORE_INIT;
	auto_strv struct strv got = { 0 };
	struct err why = { 0 };
	struct digest d;
	char good[DIGEST_TEXT];

	open_store(p, &s);
	put_canary(p);
	/* The last byte of the tar is behind its end: only "zeros" or the digest can tell. */
	make_archive(p->fd, "dir", &r);
	assert_int_equal(load_with(p, &s, "dir", &o, &got, &why), -1);
	assert_untouched(p, &s);

	OK(digest_bytes(other.layer[0].text, other.layer[0].len, &d, e));
	strcpy(good, d.text);
	other.tweak[0] = (struct tweak){ "config", good, "sha256:0123456789012345678901234567890123456789012345678901234567890123" };
	make_archive(p->fd, "bad", &other);
	expect_refused(p, &s, "diff ID", &o, ERR_DIGEST, "diff ID is sha256:");

	struct recipe blob = { .form = OCI_TAR, .ref = REF, .layers = 1, .layer = { make_layer(base_layer) } };
	blob.tweak[0] = (struct tweak){ "manifest", "\"layers\":[{\"mediaType\":\"" MEDIA "layer.v1.tar\",\"digest\":\"",
					"\"layers\":[{\"mediaType\":\"" MEDIA "layer.v1.tar\",\"digest\":\"sha256:"
					"0123456789012345678901234567890123456789012345678901234567890123\",\"x\":\"" };
	make_archive(p->fd, "bad", &blob);
	expect_refused(p, &s, "blob digest", &o, ERR_INPUT, "layer is not in the archive");

	struct recipe size = { .form = OCI_TAR, .ref = REF, .layers = 1, .layer = { make_layer(base_layer) } };
	size.tweak[0] = (struct tweak){ "manifest", "}]}", "0}]}" };
	make_archive(p->fd, "bad", &size);
	expect_refused(p, &s, "blob size", &o, ERR_DIGEST, "its descriptor says");

	/* What comes out of it is right to the byte: the digest of the blob itself says that it is another. */
	struct recipe header = { .form = OCI_DIR, .ref = REF, .layers = 1, .layer = { make_layer(base_layer) },
				 .layer_filter = ARCHIVE_FILTER_GZIP, .bad_layer = 2 };
	assert_int_equal(unlinkat(p->fd, "bad", 0), 0);
	make_archive(p->fd, "bad", &header);
	expect_refused(p, &s, "blob digest alone", &o, ERR_DIGEST, ": digest is sha256:");
}

static const struct member few[] = { { "a", F }, { "b", F }, { "d/e/f", F }, { "ll", .type = AE_IFLNK, .link = "12345678" }, { NULL } };

/* Each limit: just enough, and one less. */
static void limits_at_n_and_one_past(void **state)
{
	static const struct {
		const char *name;
		size_t offset;
		uint64_t enough;
		const char *says;
	} rows[] = {
#define L(f) #f, offsetof(struct image_limits, f)
		{ L(entries), 5, "more than 4 entries" },
		{ L(depth), 3, "deeper than 2" },
		{ L(path_bytes), 5, "longer than 4" },
		{ L(link_bytes), 8, "longer than 7" },
		{ L(layers), 1, "layers, at most 0" },
		{ L(images), 1, "more than 0 images" },
		{ L(members), 5, "more than 4 members" },
		/* libarchive writes each attribute in two spellings. */
		{ L(xattrs), 2, "more than 1 extended" },
		{ L(xattr_bytes), 4, "more than 3" },
	};
	struct place *p = *state;

	put_canary(p);
	for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
		struct image_limits limits = IMAGE_LIMITS_DEFAULT;
		struct image_load_options o = { .limits = &limits };
		struct member five[] = { few[0], few[1], few[2], few[3],
					 { "g", F, .xattr = "user.n", .value = "1234" }, { NULL } };
		struct recipe r = { .form = OCI_TAR, .ref = REF, .layers = 1, .layer = { make_layer(five) } };
		auto_store struct store s = STORE_INIT;
		auto_strv struct strv got = { 0 };

		make_archive(p->fd, "bad", &r);
		open_store(p, &s);
		*(uint64_t *)((char *)&limits + rows[n].offset) = rows[n].enough - 1;
		expect_refused(p, &s, rows[n].name, &o, ERR_LIMIT, rows[n].says);
		*(uint64_t *)((char *)&limits + rows[n].offset) = rows[n].enough;
		OK(load_with(p, &s, "bad", &o, &got, e));
		OK(path_remove_tree(p->fd, "lib", e));
	}
}

static void size_limits(void **state)
{
	struct place *p = *state;
	static const struct member one[] = { { "a", F }, { NULL } };
	struct recipe r = { .form = OCI_TAR, .layer_filter = ARCHIVE_FILTER_GZIP, .ref = REF, .layers = 1, .layer = { make_layer(one) } };
	struct image_limits limits = IMAGE_LIMITS_DEFAULT;
	struct image_load_options o = { .limits = &limits };
	uint64_t bytes = r.layer[0].len;
	auto_store struct store s = STORE_INIT;
	auto_strv struct strv got = { 0 };

	open_store(p, &s);
	put_canary(p);
	make_archive(p->fd, "bad", &r);
	limits.layer_bytes = bytes - 1;
	expect_refused(p, &s, "layer_bytes", &o, ERR_LIMIT, "more than");
	limits.layer_bytes = bytes;
	limits.document_bytes = 100;
	expect_refused(p, &s, "document_bytes", &o, ERR_LIMIT, "more than 100");
	limits.document_bytes = 4 << 20;
	OK(load_with(p, &s, "bad", &o, &got, e));
}

/* ---- the files of a tar ---- */

static int files_with(const struct place *p, const struct store *s, const struct str *tar, const struct image_limits *limits,
		      struct image_files *ret, struct err *e)
{
	const struct image_load_options o = { .fetch = fetch_path(), .limits = limits };
	auto_close int fd = openat(p->fd, "bad", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, tar->text, tar->len), tar->len);
	return image_files(s, fd, &o, ret, e);
}

static void expect_files(const struct place *p, const struct store *s, const struct str *tar, const struct image_limits *limits,
			 const char *says)
{
	auto_image_files struct image_files got = IMAGE_FILES_INIT;
	struct err e = { 0 };
	struct stat st;
	int r = files_with(p, s, tar, limits, &got, &e);

	if (says && (r == 0 || !strstr(e.text, says)))
		fail_msg("%s: not %s", r ? e.text : "taken", says);
	if (!says) {
		if (r)
			fail_msg("%s", e.text);
		assert_int_equal(fstatat(got.dir, few[0].path, &st, AT_SYMLINK_NOFOLLOW), 0);
		assert_int_equal(count_in(s->tmp), 1);
	}
	image_files_done(&got);
	assert_untouched(p, s);
}

static void files_of_a_tar(void **state)
{
	static const struct member whiteout[] = { { "a", F }, { ".wh.b", F }, { NULL } }, opaque[] = { { "d/.wh..wh..opq", F }, { NULL } };
	static const struct member way_out[] = { { "../escaped", F }, { NULL } };
	static const struct member device[] = { { "a", AE_IFCHR, .mode = 0600 }, { NULL } };
	static const struct {
		const struct member *members;
		const char *says;
	} rows[] = { { whiteout, "names are those of image layers" }, { opaque, "names are those of image layers" },
		     { way_out, "in the path" }, { device, "device node" } };
	struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	struct str tar = make_layer(few);
	struct image_limits limits = IMAGE_LIMITS_DEFAULT;

	put_canary(p);
	open_store(p, &s);
	expect_files(p, &s, &tar, NULL, NULL);
	limits.entries = 4;
	limits.layer_bytes = tar.len;
	expect_files(p, &s, &tar, &limits, NULL);
	limits.entries = 3;
	expect_files(p, &s, &tar, &limits, "more than 3 entries");
	limits.entries = 4;
	limits.layer_bytes = tar.len - 1;
	expect_files(p, &s, &tar, &limits, "more than");
	str_done(&tar);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		tar = make_layer(rows[i].members);
		expect_files(p, &s, &tar, NULL, rows[i].says);
		str_done(&tar);
	}
}

/* 64 MiB of zeros in 64 kB: stopped by the limit, not by the disk. */
static void bomb_is_stopped(void **state)
{
	struct place *p = *state;
	struct recipe r = { .form = OCI_TAR, .layer_filter = ARCHIVE_FILTER_GZIP, .ref = REF, .layers = 1 };
	struct image_limits limits = IMAGE_LIMITS_DEFAULT;
	struct image_load_options o = { .limits = &limits };
	auto_store struct store s = STORE_INIT;
	size_t n = 48 << 20;
	struct tar t;
	char *zeros = calloc(1, n);

	tar_begin(&t, ARCHIVE_FILTER_NONE);
	tar_bytes(&t, "zeros", zeros, n);
	tar_end(&t);
	free(zeros);
	r.layer[0] = t.bytes;
	open_store(p, &s);
	put_canary(p);
	make_archive(p->fd, "bad", &r);
	limits.layer_bytes = 16 << 20;
	expect_refused(p, &s, "bomb", &o, ERR_LIMIT, "larger than 16777216");
}

static void other_things_are_refused(void **state)
{
	struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	struct image_load_options o = { 0 };
	auto_strv struct strv got = { 0 };
	struct err why = { 0 };

	open_store(p, &s);
	put_canary(p);
	place_file(p, "bad", "no archive at all");
	expect_refused(p, &s, "text", &o, ERR_INPUT, "neither tar nor");
	place_file(p, "bad", "");
	expect_refused(p, &s, "empty", &o, ERR_INPUT, "archive");
	assert_int_equal(mkdirat(p->fd, "nothing", 0700), 0);
	assert_int_equal(load_with(p, &s, "nothing", &o, &got, &why), -1);
	assert_non_null(strstr(why.text, "not an OCI layout directory"));
	/* A layout whose file is a link out of it. */
	assert_int_equal(symlinkat("/etc/passwd", p->fd, "nothing/oci-layout"), 0);
	assert_int_equal(load_with(p, &s, "nothing", &o, &got, &why), -1);
	assert_non_null(strstr(why.text, "symbolic link"));
	o.fetch = "/nonexistent/fetch";
	assert_int_equal(load_with(p, &s, "bad", &o, &got, &why), -1);
	assert_non_null(strstr(why.text, "/nonexistent/fetch"));
	assert_untouched(p, &s);
}

static void parallel_loads_of_one_archive(void **state)
{
	struct place *p = *state;
	struct recipe r = { .form = OCI_TAR, .ref = REF, .layers = 2, .layer = { make_layer(base_layer), make_layer(upper_layer) } };
	auto_store struct store s = STORE_INIT;
	struct image *list;
	size_t n;
	int status;

	open_store(p, &s);
	make_archive(p->fd, "web", &r);
	for (int i = 0; i < 6; i++)
		if (fork() == 0) {
			struct image_load_options o = { 0 };
			struct strv got = { 0 };
			struct err why = { 0 };

			_exit(load_with(p, &s, "web", &o, &got, &why) == 0 ? 0 : 1);
		}
	for (int i = 0; i < 6; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(count_in(s.layers), 2);
	assert_int_equal(count_in(s.tmp), 0);
	OK(image_list(&s, &list, &n, e));
	assert_int_equal(n, 1);
	image_list_free(list, n);
}

static void die(void *arg, const struct image_progress *q)
{
	if (q->state == IMAGE_LAYER_DONE && ++*(int *)arg == 2)
		raise(SIGKILL);
}

static void killed_load_leaves_nothing_for_long(void **state)
{
	struct place *p = *state;
	struct recipe r = { .form = OCI_TAR, .ref = REF, .layers = 2, .layer = { make_layer(base_layer), make_layer(upper_layer) } };
	auto_store struct store s = STORE_INIT;
	char name[STORE_TMP_NAME];
	struct err why = { 0 };
	int status, live, other;

	open_store(p, &s);
	put_canary(p);
	make_archive(p->fd, "web", &r);
	if (fork() == 0) {
		int done = 0;
		struct image_load_options o = { .progress = die, .progress_arg = &done };
		struct strv got = { 0 };

		_exit(load_with(p, &s, "web", &o, &got, &why) == 0 ? 0 : 1);
	}
	assert_true(wait(&status) > 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(count_in(s.tmp), 1);
	assert_int_equal(count_in(s.layers), 0);
	/* The dead one goes when the next is made; a live one stays. */
	assert_true((live = store_tmp_make(&s, name, &why)) >= 0);
	assert_int_equal(count_in(s.tmp), 1);
	assert_true((other = store_tmp_make(&s, name, &why)) >= 0);
	assert_int_equal(count_in(s.tmp), 2);
	close(live);
	close(other);
	load_web(p, &s, OCI_GZIP, ARCHIVE_FILTER_GZIP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_every_form),
		PLACE_TEST(loads_from_a_pipe_with_another_name),
		PLACE_TEST(present_layers_do_not_come_again),
		PLACE_TEST(default_image),
		PLACE_TEST(hostile_layers_are_refused),
		PLACE_TEST(damaged_layers_are_refused),
		PLACE_TEST(confused_documents_are_refused),
		PLACE_TEST(wrong_digests_are_refused),
		PLACE_TEST(limits_at_n_and_one_past),
		PLACE_TEST(size_limits),
		PLACE_TEST(files_of_a_tar),
		PLACE_TEST(bomb_is_stopped),
		PLACE_TEST(other_things_are_refused),
		PLACE_TEST(parallel_loads_of_one_archive),
		PLACE_TEST(killed_load_leaves_nothing_for_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
