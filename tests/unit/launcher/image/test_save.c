/* SPDX-License-Identifier: Apache-2.0 */
/* test_save.c - out of a store and into another: the same image, the same files; importing a tree; layers that go meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "launcher/base/io.h"
#include "launcher/image/save.h"
#include "launcher/image/tarball.h"
#include "launcher/store/layers.h"
#include "tests/unit/launcher/image/rig.h"

#define REF "docker.io/library/web:1"

static const struct member base_layer[] = {
	{ "bin/", .type = AE_IFDIR, .mode = 0711 },
	{ "bin/su", .type = AE_IFREG, .mode = 04755, .data = "#!shell", .uid = 3, .gid = 4 },
	{ "bin/hard", .link = "bin/su" },
	{ "bin/sh", .type = AE_IFLNK, .link = "../../x\033[31m" },
	{ "etc/a name\nof two lines", .type = AE_IFREG, .mode = 0640, .data = "old", .uid = 70000 },
	{ "opt/b", .type = AE_IFREG, .data = "b", .xattr = "user.note", .value = "kept" },
	{ "opt/c", .type = AE_IFREG, .data = "c", .xattr = "security.capability", .value = "not in the tree" },
	{ NULL }
};
static const struct member upper_layer[] = {
	{ "etc/.wh.a name\nof two lines", .type = AE_IFREG },
	{ "opt/", .type = AE_IFDIR },
	{ "opt/.wh..wh..opq", .type = AE_IFREG },
	{ NULL }
};

static void open_named(const struct place *p, const char *name, struct store *s)
{
	char lib[64], run[64];

	snprintf(lib, sizeof(lib), "%s/%s", p->path, name);
	snprintf(run, sizeof(run), "%s/run", p->path);
	OK(store_open(lib, run, s, e));
	OK(store_open_images(s, e));
}

static void load_web(const struct place *p, const struct store *s, enum form form, int filter)
{
	struct recipe r = { .form = form, .layer_filter = filter, .ref = REF, .layers = 2,
			    .layer = { make_layer(base_layer), make_layer(upper_layer) } };
	struct image_load_options o = { 0 };
	auto_strv struct strv got = { 0 };

	make_archive(p->fd, "web", &r);
	OK(load_with(p, s, "web", &o, &got, e));
}

static int save_as(const struct place *p, const struct store *s, enum save_format format, const char *digest, const char *name,
		   struct err *e)
{
	struct save_image one = { .digest = (char *)digest };
	auto_close int out = -1;
	int rc;

	if (format == SAVE_OCI_DIR) {
		assert_int_equal(mkdirat(p->fd, name, 0700), 0);
		out = openat(p->fd, name, O_RDONLY | O_DIRECTORY);
	} else {
		out = openat(p->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	}
	assert_int_equal(strv_add(&one.refs, "localhost/saved:2", e), 0);
	rc = image_save(s, format, &one, 1, out, e);
	strv_done(&one.refs);
	assert_int_equal(count_in(s->tmp), 0);
	return rc;
}

static void look_up(const struct store *s, const char *text, struct image *ret)
{
	image_init(ret);
	OK(image_resolve(s, text, ret, e));
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
		       b = openat(low, "opt/b", O_RDONLY);
	char text[64] = "";

	assert_int_equal(stat_in(low, "bin").st_mode, S_IFDIR | 0711);
	assert_int_equal(stat_in(low, "bin/su").st_mode, S_IFREG | 0755);
	assert_int_equal(stat_in(low, "bin/su").st_uid, 3);
	assert_int_equal(stat_in(low, "bin/su").st_gid, 4);
	assert_int_equal(stat_in(low, "bin/hard").st_ino, stat_in(low, "bin/su").st_ino);
	assert_int_equal(readlinkat(low, "bin/sh", text, sizeof(text)), 12);
	assert_int_equal(stat_in(low, "etc/a name\nof two lines").st_mode, S_IFREG | 0640);
	assert_int_equal(stat_in(low, "etc/a name\nof two lines").st_uid, 70000);
	assert_int_equal(fgetxattr(b, "user.note", text, sizeof(text)), 4);
	assert_int_equal(stat_in(up, "etc/a name\nof two lines").st_mode & S_IFMT, S_IFCHR);
	assert_int_equal(stat_in(up, "etc/a name\nof two lines").st_rdev, makedev(0, 0));
	assert_int_equal(fgetxattr(opt, "trusted.overlay.opaque", text, sizeof(text)), 1);
}

/* Every form in, every form out, and in again. */
static void comes_back_as_it_was(void **state)
{
	static const struct {
		enum form form;
		int filter;
	} in[] = {
		{ OCI_TAR, ARCHIVE_FILTER_GZIP }, { OCI_DIR, ARCHIVE_FILTER_ZSTD }, { OCI_ZSTD, ARCHIVE_FILTER_NONE },
		{ DOCKER_TAR, 0 }, { DOCKER_GZIP, 0 },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(in); n++)
		for (int out = SAVE_DOCKER_ARCHIVE; out <= SAVE_OCI_DIR; out++) {
			auto_store struct store s = STORE_INIT, t = STORE_INIT;
			auto_image struct image was, is;
			struct image_load_options o = { 0 };
			auto_strv struct strv got = { 0 };
			void *place = NULL;

			assert_int_equal(place_make(&place), 0);
			open_named(place, "lib", &s);
			open_named(place, "other", &t);
			load_web(place, &s, in[n].form, in[n].filter);
			look_up(&s, "web:1", &was);
			OK(save_as(place, &s, (enum save_format)out, was.digest, "saved", e));
			OK(load_with(place, &t, "saved", &o, &got, e));
			assert_string_equal(got.item[0], "localhost/saved:2");
			look_up(&t, "saved:2", &is);
			assert_string_equal(is.config_digest, was.config_digest);
			if (out == SAVE_DOCKER_ARCHIVE)
				assert_string_equal(is.digest, was.config_digest);
			else if (was.media_type)
				assert_string_equal(is.digest, was.digest);
			for (size_t k = 0; k < 2; k++)
				assert_string_equal(is.blobs.item[k], was.blobs.item[k]);
			check_files(&t, &is);
			assert_int_equal(place_drop(&place), 0);
		}
}

static void same_bytes_each_time(void **state)
{
	struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	auto_str struct str one = { 0 }, two = { 0 };
	auto_image struct image i;

	open_named(p, "lib", &s);
	load_web(p, &s, OCI_TAR, ARCHIVE_FILTER_GZIP);
	look_up(&s, "web:1", &i);
	OK(save_as(p, &s, SAVE_OCI_ARCHIVE, i.digest, "one", e));
	OK(save_as(p, &s, SAVE_OCI_ARCHIVE, i.digest, "two", e));
	OK(io_read_file_at(p->fd, "one", 1 << 20, &one, e));
	OK(io_read_file_at(p->fd, "two", 1 << 20, &two, e));
	assert_true(one.len > 1024 && one.len % 512 == 0);
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.text, two.text, one.len);
}

/* Two images that share a layer: it is written once. */
static void several_in_one(void **state)
{
	struct place *p = *state;
	struct recipe second = { .form = DOCKER_TAR, .ref = "localhost/second", .layers = 1, .layer = { make_layer(base_layer) } };
	auto_store struct store s = STORE_INIT, t = STORE_INIT;
	struct image_load_options o = { 0 };
	auto_strv struct strv got = { 0 };
	struct save_image both[2] = { 0 };
	auto_close int out = -1;
	struct image *list;
	size_t n;

	open_named(p, "lib", &s);
	open_named(p, "other", &t);
	load_web(p, &s, DOCKER_TAR, 0);
	make_archive(p->fd, "second", &second);
	OK(load_with(p, &s, "second", &o, &got, e));
	OK(image_list(&s, &list, &n, e));
	assert_int_equal(n, 2);
	for (size_t format = SAVE_DOCKER_ARCHIVE; format <= SAVE_OCI_ARCHIVE; format++) {
		close_fd_auto(&out);
		out = openat(p->fd, "both", O_RDWR | O_CREAT | O_TRUNC, 0600);
		both[0].digest = list[0].digest;
		both[1].digest = list[1].digest;
		OK(image_save(&s, (enum save_format)format, both, 2, out, e));
		strv_done(&got);
		OK(load_with(p, &t, "both", &o, &got, e));
		assert_int_equal(got.len, 2);
		assert_int_equal(count_in(t.layers), 2);
	}
	image_list_free(list, n);
}

static void blob_path(const struct image *i, size_t n, char ret[LAYER_BLOB_NAME + 8])
{
	strcpy(ret, "blobs/");
	layer_blob_name(i->diff_ids.item[n], i->blobs.item[n], ret + 6);
}

static void what_was_changed_is_not_saved(void **state)
{
	struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	char path[LAYER_BLOB_NAME + 8], name[IMAGE_DOCUMENT_NAME];
	auto_image struct image i;
	struct err why = { 0 };
	auto_close int fd = -1;

	open_named(p, "lib", &s);
	load_web(p, &s, OCI_TAR, ARCHIVE_FILTER_NONE);
	look_up(&s, "web:1", &i);
	blob_path(&i, 1, path);
	fd = openat(s.lib, path, O_WRONLY);
	assert_int_equal(pwrite(fd, "x", 1, 600), 1);
	assert_int_equal(save_as(p, &s, SAVE_OCI_ARCHIVE, i.digest, "saved", &why), -1);
	assert_int_equal(why.reason, ERR_DIGEST);
	assert_int_equal(save_as(p, &s, SAVE_DOCKER_ARCHIVE, i.digest, "saved", &why), -1);
	assert_int_equal(why.reason, ERR_DIGEST);
	assert_int_equal(unlinkat(s.lib, path, 0), 0);
	assert_int_equal(save_as(p, &s, SAVE_OCI_ARCHIVE, i.digest, "saved", &why), -1);
	assert_int_equal(why.reason, ERR_STATE);
	/* Its archive alone is gone: a load brings it again, and leaves the tree. */
	load_web(p, &s, OCI_TAR, ARCHIVE_FILTER_NONE);
	OK(save_as(p, &s, SAVE_OCI_ARCHIVE, i.digest, "saved", e));
	image_document_name(i.digest, IMAGE_MANIFEST, name);
	OK(io_replace_file_at(s.images, name, "{}", 2, 0600, e));
	assert_int_equal(save_as(p, &s, SAVE_OCI_ARCHIVE, i.digest, "saved", &why), -1);
	assert_int_equal(why.reason, ERR_DIGEST);
}

static void images_of_an_earlier_version(void **state)
{
	struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	auto_close int lock = -1;
	auto_image struct image i;
	struct err why = { 0 };

	open_named(p, "lib", &s);
	load_web(p, &s, OCI_TAR, ARCHIVE_FILTER_NONE);
	look_up(&s, "web:1", &i);
	strv_done(&i.blobs);
	lock = images_lock(&s, &why);
	OK(image_commit(&s, &i, NULL, e));
	close_fd_auto(&lock);
	assert_int_equal(save_as(p, &s, SAVE_OCI_ARCHIVE, i.digest, "saved", &why), -1);
	assert_int_equal(why.reason, ERR_STATE);
	assert_non_null(strstr(why.text, "load it again"));
	load_web(p, &s, OCI_TAR, ARCHIVE_FILTER_NONE);
	OK(save_as(p, &s, SAVE_OCI_ARCHIVE, i.digest, "saved", e));
}

/* One tree, two archives of it: each image gives back its own. */
static void the_same_layer_compressed_twice(void **state)
{
	struct place *p = *state;
	auto_store struct store s = STORE_INIT, t = STORE_INIT;
	auto_image struct image gzip, plain, is;
	struct image_load_options o = { 0 };
	auto_strv struct strv got = { 0 };

	open_named(p, "lib", &s);
	open_named(p, "other", &t);
	load_web(p, &s, OCI_TAR, ARCHIVE_FILTER_GZIP);
	look_up(&s, "web:1", &gzip);
	load_web(p, &s, OCI_TAR, ARCHIVE_FILTER_NONE);
	look_up(&s, "web:1", &plain);
	assert_string_not_equal(gzip.digest, plain.digest);
	assert_int_equal(count_in(s.layers), 2);
	OK(save_as(p, &s, SAVE_OCI_ARCHIVE, gzip.digest, "saved", e));
	OK(load_with(p, &t, "saved", &o, &got, e));
	look_up(&t, "saved:2", &is);
	assert_string_equal(is.digest, gzip.digest);
}

struct robber {
	const struct store *s;
	int calls;
};

/* rmi in the middle of a load: what was there when it began is gone. */
static void rob(void *arg, const struct image_progress *q)
{
	struct robber *r = arg;
	char name[STORE_TMP_NAME];
	struct err why;

	if (q->state != IMAGE_LAYER_PRESENT || r->calls++)
		return;
	auto_close int tmp = store_tmp_make(r->s, name, &why), lock = images_lock(r->s, &why);
	auto_image struct image i;

	look_up(r->s, "web:1", &i);
	OK(image_delete(r->s, i.digest, e));
	OK(images_sweep(r->s, tmp, NULL, e));
	assert_int_equal(count_in(r->s->layers), 0);
}

static void a_layer_that_goes_while_it_is_counted_on(void **state)
{
	struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	struct robber robber = { .s = &s };
	struct image_load_options o = { .progress = rob, .progress_arg = &robber };
	auto_strv struct strv got = { 0 };
	auto_image struct image i;

	open_named(p, "lib", &s);
	load_web(p, &s, OCI_TAR, ARCHIVE_FILTER_GZIP);
	OK(load_with(p, &s, "web", &o, &got, e));
	assert_true(robber.calls >= 2);
	look_up(&s, "web:1", &i);
	check_files(&s, &i);
	OK(save_as(p, &s, SAVE_OCI_ARCHIVE, i.digest, "saved", e));
}

static void imports_a_tree(void **state)
{
	struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	auto_image struct image config, i;
	struct image_load_options o = { .import = &config, .ref = "localhost/tree" };
	auto_strv struct strv got = { 0 };
	auto_str struct str tree = make_layer(base_layer), zip = { 0 };
	struct err why = { 0 };

	image_init(&config);
	config.created = 1577934245500000;
	OK(strv_add(&config.env, "A=b", e));
	OK(strv_add(&config.labels, "k=v=w", e));
	OK(str_copy("7:8", &config.user, e));
	open_named(p, "lib", &s);
	zip = compress_bytes(&tree, ARCHIVE_FILTER_GZIP);
	OK(io_replace_file_at(p->fd, "tree", zip.text, zip.len, 0600, e));
	OK(load_with(p, &s, "tree", &o, &got, e));
	look_up(&s, "tree", &i);
	assert_string_equal(i.user, "7:8");
	assert_string_equal(i.labels.item[0], "k=v=w");
	assert_int_equal(i.diff_ids.len, 1);
	/* It is an image like others: its own documents are read back as what it is. */
	OK(save_as(p, &s, SAVE_OCI_ARCHIVE, i.digest, "saved", e));
	o = (struct image_load_options){ 0 };
	OK(load_with(p, &s, "saved", &o, &got, e));
	image_done(&config);
	look_up(&s, "saved:2", &config);
	assert_string_equal(config.digest, i.digest);
	assert_string_equal(config.env.item[0], "A=b");
	assert_string_equal(config.labels.item[0], "k=v=w");
	assert_int_equal(config.created, 1577934245500000);
	/* What is no tree, and a tree that must not be. */
	place_file(p, "bad", "no archive");
	o.import = &i;
	assert_int_equal(load_with(p, &s, "bad", &o, &got, &why), -1);
	assert_non_null(strstr(why.text, "root file system"));
	assert_int_equal(count_in(s.tmp), 0);
}

static void history_and_its_limit(void **state)
{
	static const char history[] = "\"history\":[{\"created\":\"2020-01-02T03:04:05Z\",\"created_by\":\"one\",\"comment\":\"c\"},"
				      "{\"created_by\":\"two\",\"empty_layer\":true,\"author\":\"a\"}],\"rootfs\"";
	struct place *p = *state;
	struct recipe r = { .form = OCI_TAR, .ref = REF, .layers = 1, .layer = { make_layer(base_layer) },
			    .tweak = { { "config", "\"rootfs\"", history } } };
	struct image_limits limits = IMAGE_LIMITS_DEFAULT;
	struct image_load_options o = { .limits = &limits };
	auto_store struct store s = STORE_INIT;
	auto_strv struct strv got = { 0 };
	auto_image struct image i;
	struct err why = { 0 };

	open_named(p, "lib", &s);
	make_archive(p->fd, "web", &r);
	limits.history = 1;
	assert_int_equal(load_with(p, &s, "web", &o, &got, &why), -1);
	assert_int_equal(why.reason, ERR_LIMIT);
	limits.history = 2;
	OK(load_with(p, &s, "web", &o, &got, e));
	look_up(&s, "web:1", &i);
	assert_int_equal(i.history.len, 2);
	const struct image_history *one = FIELD_AT(&i.history, struct image_history, 0), *two = one + 1;

	assert_int_equal(one->created, 1577934245000000);
	assert_string_equal(one->created_by, "one");
	assert_string_equal(one->comment, "c");
	assert_false(one->empty);
	assert_int_equal(two->created, FIELD_NONE);
	assert_string_equal(two->author, "a");
	assert_true(two->empty);
}

static void headers_at_their_limits(void **state)
{
	struct place *p = *state;
	char name[TARBALL_NAME_MAX + 2], block[512];
	auto_close int fd = openat(p->fd, "tar", O_RDWR | O_CREAT, 0600);
	struct tarball t = TARBALL_INIT(fd, false);
	struct err why = { 0 };

	memset(name, 'n', sizeof(name));
	name[TARBALL_NAME_MAX] = 0;
	OK(tarball_begin(&t, name, TARBALL_OCTAL_MAX, e));
	assert_int_equal(pread(fd, block, 512, 0), 512);
	assert_string_equal(block, name);
	assert_string_equal(block + 124, "77777777777");
	OK(tarball_begin(&t, name, TARBALL_OCTAL_MAX + 1, e));
	assert_int_equal(pread(fd, block, 512, 512), 512);
	assert_memory_equal(block + 124, "\x80\0\0\0\0\0\0\x02\0\0\0\0", 12);
	name[TARBALL_NAME_MAX] = 'n';
	name[TARBALL_NAME_MAX + 1] = 0;
	assert_int_equal(tarball_begin(&t, name, 1, &why), -1);
	assert_int_equal(why.reason, ERR_LIMIT);
	OK(tarball_begin(&t, "x", 3, e));
	assert_int_equal(tarball_end(&t, &why), -1);
	assert_int_equal(tarball_bytes(&t, "four", 4, &why), -1);
	OK(tarball_bytes(&t, "abc", 3, e));
	OK(tarball_end(&t, e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back_as_it_was),
		PLACE_TEST(same_bytes_each_time),
		PLACE_TEST(several_in_one),
		PLACE_TEST(what_was_changed_is_not_saved),
		PLACE_TEST(images_of_an_earlier_version),
		PLACE_TEST(the_same_layer_compressed_twice),
		PLACE_TEST(a_layer_that_goes_while_it_is_counted_on),
		PLACE_TEST(imports_a_tree),
		PLACE_TEST(history_and_its_limit),
		PLACE_TEST(headers_at_their_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
