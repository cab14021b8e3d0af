/* SPDX-License-Identifier: Apache-2.0 */
/* test_container.c - directories, names and state of containers; names under parallel use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/wait.h>

#include "launcher/store/container.h"
#include "launcher/store/exit_record.h"
#include "tests/unit/place.h"

static void open_store(const struct place *p, struct store *s)
{
	struct err e = { 0 };
	char lib[64], run[64];

	snprintf(lib, sizeof(lib), "%s/lib", p->path);
	snprintf(run, sizeof(run), "%s/run", p->path);
	if (store_open(lib, run, s, &e) < 0 || store_open_images(s, &e) < 0)
		fail_msg("%s", e.text);
}

static const char *make_id(char digit)
{
	static char id[ID_HEX + 1];

	memset(id, digit, ID_HEX);
	return id;
}

static int reserve(const struct store *s, char digit, const char *name, struct err *e)
{
	auto_container_place struct container_place at = CONTAINER_PLACE_INIT;

	return container_reserve(s, make_id(digit), name, &at, e);
}

static bool there(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void names_are_given_once(void **state)
{
	auto_store struct store s = STORE_INIT;
	struct err e = { 0 };

	open_store(*state, &s);
	assert_int_equal(reserve(&s, 'a', "web", &e), 0);
	assert_int_equal(reserve(&s, 'b', "web", &e), -1);
	assert_int_equal(e.reason, ERR_EXISTS);
	assert_string_equal(e.text, "the name web is in use by container aaaaaaaaaaaa");
	assert_false(there(s.containers, make_id('b')));
	assert_int_equal(reserve(&s, 'a', "other", &e), -1);
	assert_int_equal(e.reason, ERR_EXISTS);
	assert_false(there(s.names, "other"));
	/* The directory of the name's owner never reached the disk. */
	assert_int_equal(symlinkat(make_id('c'), s.names, "lost"), 0);
	assert_int_equal(reserve(&s, 'd', "lost", &e), 0);
}

static void bad_names_and_ids(void **state)
{
	static const char *const names[] = { "", ".", "..", "a/b", "-x", "a\nb", "x' auid=0", "a b",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",	/* an id */
		"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz" };
	auto_store struct store s = STORE_INIT;
	char got[ID_HEX + 1];
	struct container_place at = CONTAINER_PLACE_INIT;
	struct err e = { 0 };

	open_store(*state, &s);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(reserve(&s, 'a', names[i], &e), -1);
		assert_true(e.reason == ERR_INPUT || e.reason == ERR_LIMIT);
		assert_false(there(s.containers, make_id('a')));
		assert_int_equal(container_resolve(&s, names[i], got, &e), -1);
	}
	assert_int_equal(container_reserve(&s, "../x", "n", &at, &e), -1);
	assert_int_equal(container_dir(&s, "..", &e), -1);
	assert_int_equal(container_run_dir(&s, "..", &e), -1);
	assert_int_equal(container_remove(&s, "..", NULL, &e), -1);
	assert_int_equal(container_remove(&s, make_id('a'), "../containers", &e), -1);
}

static void one_of_many_gets_the_name(void **state)
{
	auto_store struct store s = STORE_INIT;
	auto_strv struct strv all = { 0 };
	int status, won = 0;
	struct err e = { 0 };

	open_store(*state, &s);
	/* A stale name, so that the slow way is raced too. */
	assert_int_equal(symlinkat(make_id('f'), s.names, "web"), 0);
	for (char c = 0; c < 16; c++)
		if (fork() == 0)
			_exit(reserve(&s, "0123456789abcde0"[(int)c], "web", &e) == 0 ? 0 : e.reason == ERR_EXISTS ? 1 : 2);
	for (int i = 0; i < 16; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		won += WEXITSTATUS(status) == 0;
	}
	assert_int_equal(won, 1);
	assert_int_equal(container_list(&s, &all, &e), 0);
	assert_int_equal(all.len, 1);
}

static void resolves(void **state)
{
	auto_store struct store s = STORE_INIT;
	char got[ID_HEX + 1], id[ID_HEX + 1];
	struct err e = { 0 };

	open_store(*state, &s);
	assert_int_equal(reserve(&s, 'a', "web", &e), 0);
	assert_int_equal(reserve(&s, 'b', "a", &e), 0);		/* a name that begins the other's id */
	strcpy(id, make_id('b'));
	id[5] = 'c';
	assert_int_equal(mkdirat(s.containers, id, 0700), 0);
	assert_int_equal(container_resolve(&s, "web", got, &e), 0);
	assert_string_equal(got, make_id('a'));
	assert_int_equal(container_resolve(&s, "a", got, &e), 0);
	assert_string_equal(got, make_id('b'));
	assert_int_equal(container_resolve(&s, "aa", got, &e), 0);
	assert_string_equal(got, make_id('a'));
	assert_int_equal(container_resolve(&s, make_id('a'), got, &e), 0);
	assert_int_equal(container_resolve(&s, "bbbbb", got, &e), -1);
	assert_int_equal(e.reason, ERR_INPUT);
	assert_int_equal(container_resolve(&s, "bbbbbc", got, &e), 0);
	assert_string_equal(got, id);
	assert_int_equal(container_resolve(&s, "nobody", got, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
	assert_int_equal(container_resolve(&s, "0", got, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
}

static void state_survives_and_heals(void **state)
{
	auto_store struct store s = STORE_INIT;
	auto_container struct container_state c, got;
	struct err e = { 0 };
	auto_container_place struct container_place at = CONTAINER_PLACE_INIT;
	int fd;

	container_state_init(&c);
	container_state_init(&got);
	open_store(*state, &s);
	assert_int_equal(container_reserve(&s, make_id('a'), "web", &at, &e), 0);
	assert_int_equal(container_state_read(at.dir, make_id('a'), &got, &e), 0);
	assert_int_equal(got.status, CONTAINER_EXITED);
	c.id = strdup(make_id('a'));
	c.name = strdup("web");
	c.status = CONTAINER_RUNNING;
	c.start_time = INT64_MAX;
	c.ses = 4294967295;
	assert_int_equal(strv_add(&c.labels, "k=v=w", &e), 0);
	assert_int_equal(container_state_write(at.dir, &c, &e), 0);
	assert_int_equal(container_state_read(at.dir, c.id, &got, &e), 0);
	assert_int_equal(got.status, CONTAINER_RUNNING);
	assert_int_equal(got.start_time, INT64_MAX);
	assert_int_equal(got.ses, 4294967295);
	assert_int_equal(got.auid, FIELD_NONE);
	assert_string_equal(got.labels.item[0], "k=v=w");
	/* Of another container, or torn: exited, with the id that was asked for. */
	assert_int_equal(container_state_read(at.dir, make_id('b'), &got, &e), 0);
	assert_int_equal(got.status, CONTAINER_EXITED);
	assert_string_equal(got.id, make_id('b'));
	fd = openat(at.dir, "state.json", O_WRONLY);
	assert_int_equal(ftruncate(fd, 20), 0);
	close(fd);
	assert_int_equal(container_state_read(at.dir, c.id, &got, &e), 0);
	assert_int_equal(got.status, CONTAINER_EXITED);
	assert_null(got.name);
}

static void plan_is_written_once(void **state)
{
	struct place *p = *state;
	auto_str struct str text = { 0 };
	struct err e = { 0 };

	assert_int_equal(container_plan_write(p->fd, "{}", &e), 0);
	assert_int_equal(container_plan_write(p->fd, "{\"x\":1}", &e), -1);
	assert_int_equal(e.reason, ERR_EXISTS);
	assert_int_equal(container_plan_read(p->fd, &text, &e), 0);
	assert_string_equal(text.text, "{}");
}

static void exit_records(void **state)
{
	struct place *p = *state;
	auto_exit_record struct exit_record r, got;
	struct err e = { 0 };

	exit_record_init(&r);
	exit_record_init(&got);
	assert_int_equal(exit_record_read(p->fd, &got, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
	r.id = strdup(make_id('a'));
	r.reason = strdup("killed");
	r.exit_code = 137;
	r.signal = 9;
	assert_int_equal(exit_record_write(p->fd, &r, &e), 0);
	assert_int_equal(exit_record_read(p->fd, &got, &e), 0);
	assert_int_equal(got.exit_code, 137);
	assert_string_equal(got.reason, "killed");
	assert_null(got.stop_event);
	/* What a power cut can leave on a disk that says more than it did. */
	place_file(p, "exit.json", "");
	assert_int_equal(exit_record_read(p->fd, &got, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
	place_file(p, "exit.json", "{\"id\":\"x\"}");
	assert_int_equal(exit_record_read(p->fd, &got, &e), -1);
	place_file(p, "exit.json", "{");
	assert_int_equal(exit_record_read(p->fd, &got, &e), -1);
}

static void removes_all_even_after_a_crash(void **state)
{
	auto_store struct store s = STORE_INIT;
	struct err e = { 0 };
	struct container_place at;

	open_store(*state, &s);
	for (int known = 0; known < 2; known++) {
		assert_int_equal(container_reserve(&s, make_id('a'), "web", &at, &e), 0);
		assert_int_equal(reserve(&s, 'b', "other", &e), 0);
		assert_int_equal(mkdirat(at.dir, "upper", 0755), 0);
		assert_int_equal(symlinkat("/etc", at.dir, "upper/link"), 0);
		container_place_done(&at);
		assert_int_equal(container_remove(&s, make_id('a'), known ? "web" : NULL, &e), 0);
		assert_false(there(s.containers, make_id('a')));
		assert_false(there(s.run_containers, make_id('a')));
		assert_false(there(s.names, "web"));
		assert_true(there(s.names, "other"));
		/* A name that is another's meanwhile stays. */
		assert_int_equal(container_remove(&s, make_id('a'), "other", &e), 0);
		assert_true(there(s.names, "other"));
		assert_int_equal(container_remove(&s, make_id('b'), "other", &e), 0);
	}
}

/* A further start's plan waits beside the first until the state has its digest. */
static void a_next_plan_takes_its_place(void **state)
{
	const struct place *p = *state;
	auto_str struct str text = { 0 };
	struct err e = { 0 };

	assert_int_equal(container_plan_write(p->fd, "one", &e), 0);
	assert_false(container_plan_has_next(p->fd));
	assert_int_equal(container_plan_write_next(p->fd, "two", &e), 0);
	assert_int_equal(container_plan_write_next(p->fd, "three", &e), 0);
	assert_true(container_plan_has_next(p->fd));
	assert_int_equal(container_plan_read(p->fd, &text, &e), 0);
	assert_string_equal(text.text, "one");
	assert_int_equal(container_plan_read_next(p->fd, &text, &e), 0);
	assert_string_equal(text.text, "three");
	assert_int_equal(container_plan_commit(p->fd, &e), 0);
	assert_false(container_plan_has_next(p->fd));
	assert_int_equal(container_plan_read(p->fd, &text, &e), 0);
	assert_string_equal(text.text, "three");
	assert_int_equal(container_plan_commit(p->fd, &e), -1);
	/* What was asked for is written once; update replaces it. */
	assert_int_equal(container_request_write(p->fd, "asked", &e), 0);
	assert_int_equal(container_request_write(p->fd, "again", &e), -1);
	assert_int_equal(e.reason, ERR_EXISTS);
	assert_int_equal(container_request_replace(p->fd, "changed", &e), 0);
	assert_int_equal(container_request_read(p->fd, &text, &e), 0);
	assert_string_equal(text.text, "changed");
}

static void the_mark_of_a_stop(void **state)
{
	const struct place *p = *state;
	struct err e = { 0 };

	assert_false(container_is_stopped(p->fd));
	assert_int_equal(container_clear_stopped(p->fd, &e), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(container_mark_stopped(p->fd, &e), 0);
		assert_true(container_is_stopped(p->fd));
	}
	assert_int_equal(container_clear_stopped(p->fd, &e), 0);
	assert_false(container_is_stopped(p->fd));
}

/* Who waits for the lock of a container that is removed must not make one anew. */
static void lock_is_there_once(void **state)
{
	auto_store struct store s = STORE_INIT;
	auto_container_place struct container_place at = CONTAINER_PLACE_INIT;
	auto_close int lock = -1;
	struct err e = { 0 };

	open_store(*state, &s);
	assert_int_equal(container_reserve(&s, make_id('a'), "web", &at, &e), 0);
	assert_int_equal(container_try_lock(at.dir, &e), -1);
	assert_int_equal(e.reason, ERR_TIMEOUT);
	close_fd_auto(&at.lock);
	lock = container_try_lock(at.dir, &e);
	assert_true(lock >= 0);
	assert_int_equal(container_remove(&s, make_id('a'), "web", &e), 0);
	assert_int_equal(container_lock(at.dir, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
	assert_false(there(s.containers, make_id('a')));
	/* What a killed start left, and what is more than that. */
	assert_int_equal(mkdirat(s.containers, make_id('b'), 0700), 0);
	container_drop_empty(&s, make_id('b'));
	assert_false(there(s.containers, make_id('b')));
	assert_int_equal(reserve(&s, 'c', "stays", &e), 0);
	container_drop_empty(&s, make_id('c'));
	assert_true(there(s.containers, make_id('c')));
}

static void renames(void **state)
{
	static const char *const bad[] = { "", "..", "a/b", "other",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	auto_container struct container_state c, read;
	auto_store struct store s = STORE_INIT;
	auto_container_place struct container_place at = CONTAINER_PLACE_INIT;
	struct err e = { 0 };
	char id[ID_HEX + 1];

	open_store(*state, &s);
	container_state_init(&c);
	container_state_init(&read);
	assert_int_equal(reserve(&s, 'b', "other", &e), 0);
	assert_int_equal(container_reserve(&s, make_id('a'), "old", &at, &e), 0);
	assert_int_equal(str_copy(make_id('a'), &c.id, &e) || str_copy("old", &c.name, &e), 0);
	c.status = CONTAINER_CREATED;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(container_rename(&s, at.dir, &c, bad[i], &e), -1);
		assert_int_equal(container_resolve(&s, "old", id, &e), 0);
		assert_int_equal(container_resolve(&s, "other", id, &e), 0);
		assert_string_equal(id, make_id('b'));
	}
	assert_int_equal(container_rename(&s, at.dir, &c, "new", &e), 0);
	assert_int_equal(container_resolve(&s, "old", id, &e), -1);
	assert_int_equal(container_resolve(&s, "new", id, &e), 0);
	assert_string_equal(id, make_id('a'));
	assert_int_equal(container_state_read(at.dir, make_id('a'), &read, &e), 0);
	assert_string_equal(read.name, "new");
	assert_string_equal(read.other_name, "old");
	/* The old name is another's now: to remove this one leaves it. */
	assert_int_equal(reserve(&s, 'c', "old", &e), 0);
	assert_int_equal(container_remove(&s, make_id('a'), NULL, &e), 0);
	assert_false(there(s.names, "new"));
	assert_true(there(s.names, "old") && there(s.names, "other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(names_are_given_once), PLACE_TEST(bad_names_and_ids), PLACE_TEST(one_of_many_gets_the_name),
		PLACE_TEST(resolves), PLACE_TEST(state_survives_and_heals), PLACE_TEST(plan_is_written_once),
		PLACE_TEST(a_next_plan_takes_its_place), PLACE_TEST(the_mark_of_a_stop),
		PLACE_TEST(renames), PLACE_TEST(lock_is_there_once), PLACE_TEST(exit_records), PLACE_TEST(removes_all_even_after_a_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
