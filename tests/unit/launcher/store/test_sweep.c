/* SPDX-License-Identifier: Apache-2.0 */
/* test_sweep.c - what a sweep takes, what images and containers keep, and the locks between starts and removals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "launcher/base/io.h"
#include "launcher/base/lock.h"
#include "launcher/store/container.h"
#include "launcher/store/images.h"
#include "launcher/store/layers.h"
#include "tests/unit/place.h"

#define OK(call) do { struct err e_ = { 0 }, *e = &e_; if ((call) < 0) fail_msg("%s", e_.text); } while (0)

static const char *digest(char digit)
{
	static char text[4][DIGEST_TEXT];
	static int next;
	char *to = text[next++ % 4];

	strcpy(to, "sha256:");
	memset(to + 7, digit, DIGEST_HEX);
	return to;
}

static void open_store(const struct place *p, struct store *s)
{
	char lib[64], run[64];

	snprintf(lib, sizeof(lib), "%s/lib", p->path);
	snprintf(run, sizeof(run), "%s/run", p->path);
	OK(store_open(lib, run, s, e));
	OK(store_open_images(s, e));
}

/* Layer `digit` with one file, and its archive. */
static void put_layer(const struct store *s, char digit)
{
	struct err why;
	auto_close int blobs = layers_blobs(s, &why), dir = -1;
	char name[LAYER_BLOB_NAME];

	assert_true(blobs >= 0);
	assert_int_equal(mkdirat(s->layers, digest(digit) + 7, 0755), 0);
	dir = openat(s->layers, digest(digit) + 7, O_RDONLY | O_DIRECTORY);
	OK(io_replace_file_at(dir, "file", "x", 1, 0644, e));
	layer_blob_name(digest(digit), digest('b'), name);
	OK(io_replace_file_at(blobs, name, "x", 1, 0600, e));
}

static void put_image(const struct store *s, char digit, const char *layers, const char *ref)
{
	auto_str struct str text = { 0 };
	auto_image struct image i;

	image_init(&i);
	OK(str_copy(digest(digit), &i.digest, e));
	OK(str_copy(digest(digit), &i.config_digest, e));
	OK(str_add(&text, "{}", e));
	for (; *layers; layers++) {
		OK(strv_add(&i.diff_ids, digest(*layers), e));
		OK(strv_add(&i.blobs, digest('b'), e));
	}
	OK(image_put_document(s, i.digest, IMAGE_CONFIG, &text, e));
	OK(image_commit(s, &i, ref, e));
}

static const char *put_container(const struct store *s, const char *name, const char *plan)
{
	static char id[ID_HEX + 1];
	auto_container_place struct container_place at = CONTAINER_PLACE_INIT;

	OK(id_new(id, e));
	OK(container_reserve(s, id, name, &at, e));
	if (plan)
		OK(container_plan_write(at.dir, plan, e));
	return id;
}

static size_t sweep(const struct store *s)
{
	char name[STORE_TMP_NAME];
	struct err why = { 0 };
	auto_close int tmp = store_tmp_make(s, name, &why), lock = images_lock(s, &why);
	size_t layers = 0;

	assert_true(tmp >= 0 && lock >= 0);
	OK(images_sweep(s, tmp, &layers, e));
	OK(path_remove_tree(s->tmp, name, e));
	return layers;
}

static bool there(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool has_blob(const struct store *s, char digit)
{
	struct err e;
	auto_close int blobs = layers_blobs(s, &e);

	return layer_has_blob(blobs, digest(digit), digest('b'));
}

static void takes_what_nobody_needs(void **state)
{
	auto_store struct store s = STORE_INIT;
	char name[IMAGE_DOCUMENT_NAME];

	open_store(*state, &s);
	for (const char *digit = "1234"; *digit; digit++)
		put_layer(&s, *digit);
	put_image(&s, 'a', "12", "localhost/a:1");
	put_image(&s, 'c', "23", NULL);
	OK(io_replace_file_at(s.images, ".refs.json.0123456789abcdef", "{", 1, 0600, e));
	assert_int_equal(sweep(&s), 1);
	assert_false(image_has_layer(&s, digest('4')) || has_blob(&s, '4') || there(s.images, ".refs.json.0123456789abcdef"));
	assert_true(image_has_layer(&s, digest('1')) && has_blob(&s, '1') && has_blob(&s, '3'));
	assert_int_equal(sweep(&s), 0);
	/* A layer of two images stays with the other. */
	OK(image_delete(&s, digest('a'), e));
	image_document_name(digest('a'), IMAGE_CONFIG, name);
	assert_true(there(s.images, name));
	assert_int_equal(sweep(&s), 1);
	assert_false(there(s.images, name));
	assert_true(!image_has_layer(&s, digest('1')) && image_has_layer(&s, digest('2')) && image_has_layer(&s, digest('3')));
	OK(image_delete(&s, digest('c'), e));
	assert_int_equal(sweep(&s), 2);
}

/* A plan as sealed, cut to what counts. */
static char *plan(char image, char layer)
{
	char *text = NULL;

	OK(str_print(&text, e, "{\"root\":{\"imageDigest\":\"%s\",\"layers\":[\"%s\"]}}", digest(image), digest(layer)));
	return text;
}

static void containers_keep_their_layers(void **state)
{
	auto_store struct store s = STORE_INIT;
	auto_free char *text = plan('a', '1');
	auto_strv struct strv users = { 0 };
	const char *id;

	open_store(*state, &s);
	put_layer(&s, '1');
	put_image(&s, 'a', "1", "localhost/a:1");
	(void)put_container(&s, "directory", "{\"root\":{\"path\":\"/x\"}}");
	OK(image_users(&s, digest('a'), &users, e));
	assert_int_equal(users.len, 0);
	id = put_container(&s, "one", text);
	OK(image_users(&s, digest('a'), &users, e));
	assert_int_equal(users.len, 1);
	assert_string_equal(users.item[0], id);
	/* Even if the image is lost, what a container stands on stays. */
	OK(image_delete(&s, digest('a'), e));
	assert_int_equal(sweep(&s), 0);
	assert_true(image_has_layer(&s, digest('1')));
	OK(container_remove(&s, id, "one", e));
	assert_int_equal(sweep(&s), 1);
}

/* Of a start that was killed: no plan, half a plan. But not where a container was started from it. */
static void plans_that_cannot_be_read(void **state)
{
	auto_store struct store s = STORE_INIT;
	auto_container struct container_state st;
	auto_strv struct strv users = { 0 };
	auto_close int dir = -1;
	struct err why = { 0 };
	const char *id;

	open_store(*state, &s);
	(void)put_container(&s, "none", NULL);
	id = put_container(&s, "half", "{\"root\":{\"ima");
	OK(image_users(&s, digest('a'), &users, e));
	assert_int_equal(sweep(&s), 0);
	container_state_init(&st);
	OK(str_copy(id, &st.id, e));
	OK(str_copy("half", &st.name, e));
	OK(str_copy("boot", &st.boot_id, e));
	st.status = CONTAINER_RUNNING;
	dir = container_dir(&s, id, &why);
	OK(container_state_write(dir, &st, e));
	assert_int_equal(image_users(&s, digest('a'), &users, &why), -1);
	assert_non_null(strstr(why.text, id));
	/* Being removed: the state is there still, the plan is not. */
	assert_int_equal(unlinkat(dir, "plan.json", 0), 0);
	OK(image_users(&s, digest('a'), &users, e));
}

static void names_come_and_go(void **state)
{
	auto_store struct store s = STORE_INIT;
	struct err why = { 0 };
	struct image *list;
	size_t n;

	open_store(*state, &s);
	put_image(&s, 'a', "", "localhost/a:1");
	OK(image_tag(&s, "localhost/b:1", digest('a'), e));
	OK(image_untag(&s, "localhost/a:1", e));
	assert_int_equal(image_untag(&s, "localhost/a:1", &why), -1);
	assert_int_equal(why.reason, ERR_NOTFOUND);
	OK(image_list(&s, &list, &n, e));
	assert_int_equal(n, 1);
	assert_int_equal(list[0].refs.len, 1);
	assert_string_equal(list[0].refs.item[0], "localhost/b:1");
	image_list_free(list, n);
	OK(image_delete(&s, digest('a'), e));
	assert_int_equal(image_delete(&s, digest('a'), &why), -1);
	assert_int_equal(why.reason, ERR_NOTFOUND);
	assert_int_equal(image_untag(&s, "localhost/b:1", &why), -1);
}

static void a_start_and_a_removal_exclude_each_other(void **state)
{
	auto_store struct store s = STORE_INIT;
	auto_close int one = -1, two = -1;
	auto_strv struct strv layers = { 0 };
	struct err why = { 0 };

	open_store(*state, &s);
	put_layer(&s, '1');
	put_image(&s, 'a', "1", NULL);
	OK(strv_add(&layers, digest('1'), e));
	one = images_lock_shared(&s, &why);
	two = images_lock_shared(&s, &why);
	assert_true(one >= 0 && two >= 0);
	assert_int_equal(lock_take_within(s.lib, "images.lock", true, 0, &why), -1);
	assert_int_equal(why.reason, ERR_TIMEOUT);
	OK(image_still_there(&s, digest('a'), &layers, e));
	assert_int_equal(image_still_there(&s, digest('b'), &layers, &why), -1);
	OK(strv_add(&layers, digest('2'), e));
	assert_int_equal(image_still_there(&s, digest('a'), &layers, &why), -1);
	assert_int_equal(why.reason, ERR_NOTFOUND);
}

static void lists_whole_layers_only(void **state)
{
	auto_store struct store s = STORE_INIT;
	auto_free struct layer_pair *pair = NULL;
	struct layer_pair key = { 0 };
	size_t n;

	open_store(*state, &s);
	put_layer(&s, '2');
	put_layer(&s, '1');
	put_layer(&s, '3');
	assert_int_equal(mkdirat(s.layers, digest('4') + 7, 0755), 0);
	OK(path_remove_tree(s.layers, digest('3') + 7, e));
	OK(layers_list(&s, 10, &pair, &n, e));
	assert_int_equal(n, 2);
	assert_string_equal(pair[0].diff_id.text, digest('1'));
	strcpy(key.diff_id.text, digest('2'));
	assert_int_equal(layer_pair_compare(&key, &pair[1]), 0);
	strcpy(key.blob.text, digest('c'));
	assert_true(layer_pair_compare(&key, &pair[1]) > 0);
	free_ptr_auto(&pair);
	OK(layers_list(&s, 1, &pair, &n, e));
	assert_int_equal(n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(takes_what_nobody_needs),
		PLACE_TEST(containers_keep_their_layers),
		PLACE_TEST(plans_that_cannot_be_read),
		PLACE_TEST(names_come_and_go),
		PLACE_TEST(a_start_and_a_removal_exclude_each_other),
		PLACE_TEST(lists_whole_layers_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
