/* SPDX-License-Identifier: Apache-2.0 */
/* test_volumes.c - making, reading and removing named volumes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/base/ids.h"
#include "launcher/base/io.h"
#include "launcher/store/container.h"
#include "launcher/store/volumes.h"
#include "tests/unit/place.h"

#define OK(call) do { struct err e_ = { 0 }, *e = &e_; if ((call) < 0) fail_msg("%s", e_.text); } while (0)

static void open_store(const struct place *p, struct store *s)
{
	char lib[64], run[64];

	snprintf(lib, sizeof(lib), "%s/lib", p->path);
	snprintf(run, sizeof(run), "%s/run", p->path);
	OK(store_open(lib, run, s, e));
	OK(store_open_images(s, e));
}

static enum err_reason make(const struct store *s, const char *name)
{
	struct volume v = { .name = (char *)name, .created = 7 };
	struct err e = { 0 };

	return volume_create(s, &v, &e) ? e.reason : ERR_REASON_COUNT;
}

static void test_life(void **state)
{
	const struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	auto_volume struct volume v;
	auto_strv struct strv names = { 0 };
	auto_close int data = -1;
	struct err why = { 0 };
	struct stat st;

	open_store(p, &s);
	assert_int_equal(make(&s, "b"), ERR_REASON_COUNT);
	assert_int_equal(make(&s, "a"), ERR_REASON_COUNT);
	assert_int_equal(make(&s, "b"), ERR_EXISTS);
	OK(volume_list(&s, &names, e));
	assert_int_equal(names.len, 2);
	assert_string_equal(names.item[0], "a");
	volume_init(&v);
	OK(volume_read(&s, "b", &v, e));
	assert_string_equal(v.name, "b");
	assert_int_equal(v.created, 7);
	OK(data = volume_data(&s, "b", e));
	assert_int_equal(fstat(data, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(mkdirat(data, "d", 0), 0);
	assert_int_equal(symlinkat("/", data, "l"), 0);
	OK(volume_remove(&s, "b", e));
	assert_int_equal(volume_remove(&s, "b", &why), -1);
	assert_int_equal(why.reason, ERR_NOTFOUND);
}

static void test_names(void **state)
{
	static const char *const bad[] = { "", ".", "..", "../a", "a/b", "/a", "-a", "a b", "a\n", "_data\xff", ".a" };
	char longest[NAME_MAX_LEN + 2];
	const struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	auto_volume struct volume v;

	volume_init(&v);
	open_store(p, &s);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err why = { 0 };

		assert_int_equal(make(&s, bad[i]), ERR_INPUT);
		assert_int_equal(volume_read(&s, bad[i], &v, &why), -1);
		assert_int_equal(why.reason, ERR_NOTFOUND);
		assert_int_equal(volume_remove(&s, bad[i], &why), -1);
		assert_int_equal(why.reason, ERR_NOTFOUND);
	}
	memset(longest, 'n', sizeof(longest));
	longest[NAME_MAX_LEN + 1] = '\0';
	assert_int_equal(make(&s, longest), ERR_LIMIT);
	longest[NAME_MAX_LEN] = '\0';
	assert_int_equal(make(&s, longest), ERR_REASON_COUNT);
}

static void add_labels(struct volume *v, size_t n, size_t bytes)
{
	auto_free char *text = calloc(1, bytes + 1);

	volume_init(v);
	v->created = 1;
	OK(str_copy("v", &v->name, e));
	for (size_t i = 0; i < n; i++) {
		memset(text, 'x', bytes);
		text[snprintf(text, bytes, "k%04zu", i)] = '=';
		OK(strv_add(&v->labels, text, e));
	}
}

static void test_limits(void **state)
{
	const struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	static const struct {
		size_t n, bytes;
		bool well;
	} rows[] = {
		{ VOLUME_LABELS_MAX + 1, 16, false }, { 1, VOLUME_LABEL_BYTES + 1, false },
		{ VOLUME_LABELS_MAX, VOLUME_LABEL_BYTES, true },
	};

	open_store(p, &s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_volume struct volume v, back;
		struct err why = { 0 };

		add_labels(&v, rows[i].n, rows[i].bytes);
		volume_init(&back);
		if (rows[i].well) {
			OK(volume_create(&s, &v, e));
			OK(volume_read(&s, "v", &back, e));
			assert_int_equal(back.labels.len, rows[i].n);
		} else {
			assert_int_equal(volume_create(&s, &v, &why), -1);
			assert_int_equal(why.reason, ERR_LIMIT);
		}
	}
}

/* Of eight at once, one makes it; nothing half made is left. */
static void test_parallel(void **state)
{
	const struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	auto_volume struct volume v;
	int made = 0, status;

	open_store(p, &s);
	for (int i = 0; i < 8; i++)
		if (fork() == 0)
			_exit(make(&s, "one") == ERR_REASON_COUNT ? 1 : make(&s, "one") == ERR_EXISTS ? 2 : 3);
	for (int i = 0; i < 8; i++) {
		assert_true(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) < 3);
		made += WEXITSTATUS(status) == 1;
	}
	assert_int_equal(made, 1);
	volume_init(&v);
	OK(volume_read(&s, "one", &v, e));
}

static void test_users(void **state)
{
	static const char request[] = "{\"mounts\":[{\"type\":\"bind\",\"source\":\"other\",\"target\":\"/b\"},"
				      "{\"type\":\"volume\",\"source\":\"mine\",\"target\":\"/v\"}]}";
	const struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	auto_container_place struct container_place at = CONTAINER_PLACE_INIT;
	auto_strv struct strv users = { 0 };
	struct err why = { 0 };
	char id[ID_HEX + 1];

	open_store(p, &s);
	OK(id_new(id, e));
	OK(container_reserve(&s, id, "c", &at, e));
	OK(volume_users(&s, "mine", &users, e));
	assert_int_equal(users.len, 0);
	OK(container_request_write(at.dir, request, e));
	OK(volume_users(&s, "other", &users, e));
	assert_int_equal(users.len, 0);
	OK(volume_users(&s, "mine", &users, e));
	assert_int_equal(users.len, 1);
	assert_string_equal(users.item[0], id);
	OK(container_request_replace(at.dir, "{", e));
	assert_int_equal(volume_users(&s, "mine", &users, &why), -1);
}

/* N and N+1; the directories that are there count, whatever is in them. */
static void test_number(void **state)
{
	const struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	auto_close int volumes = -1;
	struct err why = { 0 };

	open_store(p, &s);
	assert_int_equal(make(&s, "first"), ERR_REASON_COUNT);
	volumes = openat(s.lib, VOLUMES_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(volumes >= 0);
	for (int i = 2; i < VOLUMES_MAX; i++) {
		char name[16];

		snprintf(name, sizeof(name), "d%d", i);
		assert_int_equal(mkdirat(volumes, name, 0700), 0);
	}
	assert_int_equal(make(&s, "last"), ERR_REASON_COUNT);
	assert_int_equal(make(&s, "more"), ERR_LIMIT);
	assert_int_equal(make(&s, "last"), ERR_EXISTS);
	assert_int_equal(volume_remove(&s, "more", &why), -1);
	OK(volume_remove(&s, "last", e));
	assert_int_equal(make(&s, "more"), ERR_REASON_COUNT);
}

static void test_anonymous(void **state)
{
	static const char request[] = "{\"mounts\":[{\"type\":\"volume\",\"source\":\"named\",\"target\":\"/b\"},"
				      "{\"type\":\"volume\",\"source\":\"made-up\",\"anonymous\":true,\"target\":\"/v\"}]}";
	const struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	auto_container_place struct container_place at = CONTAINER_PLACE_INIT;
	auto_strv struct strv names = { 0 };
	struct err why = { 0 };
	char id[ID_HEX + 1];

	open_store(p, &s);
	OK(id_new(id, e));
	OK(container_reserve(&s, id, "c", &at, e));
	OK(volumes_anonymous(at.dir, &names, e));
	assert_int_equal(names.len, 0);
	OK(container_request_write(at.dir, request, e));
	OK(volumes_anonymous(at.dir, &names, e));
	assert_int_equal(names.len, 1);
	assert_string_equal(names.item[0], "made-up");
	OK(container_request_replace(at.dir, "{", e));
	assert_int_equal(volumes_anonymous(at.dir, &names, &why), -1);
}

/* Due while it is empty, and after one who filled it and did not say that it is whole. */
static void test_fill(void **state)
{
	const struct place *p = *state;
	auto_store struct store s = STORE_INIT;

	open_store(p, &s);
	assert_int_equal(make(&s, "v"), ERR_REASON_COUNT);
	for (int turn = 0; turn < 4; turn++) {
		auto_close int lock = -1, data = -1;
		bool due;

		OK(volume_fill(&s, "v", &lock, &data, &due, e));
		assert_int_equal(due, turn < 3);
		if (turn)
			OK(volume_filling(lock, e));
		if (turn == 1)
			assert_int_equal(mkdirat(data, "d", 0755), 0);
		if (turn == 2)
			OK(volume_filled(lock, e));
	}
	OK(volume_remove(&s, "v", e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_life), PLACE_TEST(test_names), PLACE_TEST(test_limits),
		PLACE_TEST(test_parallel), PLACE_TEST(test_users), PLACE_TEST(test_number), PLACE_TEST(test_anonymous),
		PLACE_TEST(test_fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
