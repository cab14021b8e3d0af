/* SPDX-License-Identifier: Apache-2.0 */
/* --env-file and -e by Podman's rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/cli/env_file.h"

static char path[] = "/tmp/secctr-env-XXXXXX";

static void put(const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_int_equal(write(fd, text, n), n);
	close(fd);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	setenv("SECCTR_TEST_SET", "the caller's", 1);
	unsetenv("SECCTR_TEST_UNSET");
	return fd < 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void lines(void **state)
{
	static const struct {
		const char *text, *env;		/* variables with | between */
	} rows[] = {
		{ "", "" }, { "\n\n", "" }, { "A=1\nB=2\n", "A=1|B=2" }, { "A=1", "A=1" }, { "# no\nA=1\n  # no\n", "A=1" },
		{ "  A=1\n\tB=2", "A=1|B=2" }, { "A= x y ", "A= x y " }, { "A=\"q\"", "A=\"q\"" }, { "A=1 # x", "A=1 # x" },
		{ "A=b=c", "A=b=c" }, { "A=", "A=" }, { "A=1\nA=2", "A=2" }, { "SECCTR_TEST_SET", "SECCTR_TEST_SET=the caller's" },
		{ "SECCTR_TEST_UNSET", "" }, { "A=1\r\n", "A=1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_strv struct strv env = { 0 };
		char all[256] = "";
		struct err e = { 0 };

		put(rows[i].text, strlen(rows[i].text));
		if (env_file_read("--env-file", path, &env, env_set, &e))
			fail_msg("%s: %s", rows[i].text, e.text);
		for (size_t k = 0; k < env.len; k++)
			snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", k ? "|" : "", env.item[k]);
		if (strcmp(all, rows[i].env) != 0)
			fail_msg("%s: %s", rows[i].text, all);
	}
}

static void bad_lines(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "=x", ":1: " }, { "A=1\nB C=2\n", ":2: " }, { "A =1", ":1: " }, { "two words", ":1: " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_strv struct strv env = { 0 };
		struct err e = { 0 };

		put(rows[i].text, strlen(rows[i].text));
		if (env_file_read("--env-file", path, &env, env_set, &e) != -1 || !strstr(e.text, rows[i].says) || !strstr(e.text, path))
			fail_msg("%s: %s", rows[i].text, e.text);
	}
	{
		auto_strv struct strv env = { 0 };
		struct err e = { 0 };

		put("A=1\0B=2", 7);
		assert_int_equal(env_file_read("--env-file", path, &env, env_set, &e), -1);
		assert_non_null(strstr(e.text, "NUL"));
		assert_int_equal(env_file_read("--env-file", "/nonexistent/env", &env, env_set, &e), -1);
		assert_int_equal(e.reason, ERR_NOTFOUND);
	}
}

static void size_at_most(void **state)
{
	char *big = malloc(ENV_FILE_MAX + 1);
	struct err e = { 0 };

	(void)state;
	memset(big, '\n', ENV_FILE_MAX + 1);
	for (int more = 0; more < 2; more++) {
		auto_strv struct strv env = { 0 };

		put(big, (size_t)(ENV_FILE_MAX + more));
		assert_int_equal(env_file_read("--env-file", path, &env, env_set, &e), -more);
	}
	assert_int_equal(e.reason, ERR_LIMIT);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines), cmocka_unit_test(bad_lines), cmocka_unit_test(size_at_most),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
