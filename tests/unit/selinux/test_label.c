/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_label.c - composing and comparing contexts; on a host with SELinux also the real thing, on one
 * without the refusals. Which of the two ran is printed.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/base/proc.h"
#include "selinux/label.h"

static int procfd = -1;
static struct selinux_status status;
static struct err e;
static char text[LABEL_MAX];

static void assert_says(int r, enum err_reason reason, const char *says)
{
	assert_int_equal(r, -1);
	if (!strstr(e.text, says) || e.reason != reason)
		fail_msg("wanted %s \"%s\": %s: %s", err_word(reason), says, err_word(e.reason), e.text);
}

static void test_compose(void **state)
{
	char type[LABEL_TYPE_MAX];

	(void)state;
	assert_int_equal(label_process("secctr_container_t", "s0:c1,c2", text, &e), 0);
	assert_string_equal(text, "system_u:system_r:secctr_container_t:s0:c1,c2");
	assert_string_equal(label_level(text), "s0:c1,c2");
	assert_int_equal(label_type(text, type, &e), 0);
	assert_string_equal(type, "secctr_container_t");
	assert_int_equal(label_file("secctr_container_file_t", "s0", text, &e), 0);
	assert_string_equal(text, "system_u:object_r:secctr_container_file_t:s0");
	assert_int_equal(label_file("a.b_t", NULL, text, &e), 0);
	assert_string_equal(text, "system_u:object_r:a.b_t");
	assert_string_equal(label_level(text), "");
	assert_int_equal(label_type(text, type, &e), 0);
	assert_string_equal(type, "a.b_t");
	assert_int_equal(label_process("t", "s0-s15:c0.c1023", text, &e), 0);
}

static const struct {
	const char *type, *level, *says;
} refused[] = {
	{ "", "s0", "SELinux type" },
	{ "1t", "s0", "SELinux type" },
	{ ".t", "s0", "SELinux type" },
	{ "a:b", "s0", "SELinux type" },
	{ "a b", "s0", "SELinux type" },
	{ "a\nb", "s0", "SELinux type" },
	{ "a\"b", "s0", "SELinux type" },
	{ "t", "", "SELinux level" },
	{ "t", "c1,c2", "SELinux level" },
	{ "t", "s0:c1 c2", "SELinux level" },
	{ "t", "s0\",upperdir=/etc", "SELinux level" },
	{ "t", "s0\n", "SELinux level" },
	{ "t", "SystemHigh", "SELinux level" },
};

static void test_refused_words(void **state)
{
	char type[LABEL_TYPE_MAX + 1], level[LABEL_LEVEL_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		assert_says(label_process(refused[i].type, refused[i].level, text, &e), ERR_INPUT, refused[i].says);
	memset(type, 't', sizeof(type));
	type[LABEL_TYPE_MAX] = '\0';
	assert_says(label_file(type, "s0", text, &e), ERR_INPUT, "SELinux type");
	type[LABEL_TYPE_MAX - 1] = '\0';
	memset(level, '0', sizeof(level));
	level[0] = 's';
	level[LABEL_LEVEL_MAX] = '\0';
	assert_says(label_file(type, level, text, &e), ERR_INPUT, "SELinux level");
	level[LABEL_LEVEL_MAX - 1] = '\0';
	assert_int_equal(label_file(type, level, text, &e), 0);
}

static void test_no_context(void **state)
{
	static const char *const bad[] = { "", "a", "a:b", "a:b:", "a:b::s0" };
	char type[LABEL_TYPE_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_says(label_type(bad[i], type, &e), ERR_INPUT, "no SELinux context");
	assert_string_equal(label_level("a:b:c"), "");
}

static void test_too_long(void **state)
{
	char big[LABEL_MAX + 1];

	(void)state;
	memset(big, 'a', LABEL_MAX);
	big[LABEL_MAX] = '\0';
	assert_says(label_apply_exec(procfd, big, &e), ERR_INPUT, "over 1023 bytes");
	assert_says(label_apply_keycreate(procfd, big, &e), ERR_INPUT, "over 1023 bytes");
}

/* Without SELinux every question fails, with the reason; nothing answers "fine". */
static void test_absent(void **state)
{
	int pair[2];

	(void)state;
	if (status.enabled)
		skip();
	assert_false(status.enforcing);
	assert_says(label_check("system_u:system_r:secctr_container_t:s0", text, &e), ERR_LABEL, "SELinux is not enabled");
	assert_says(label_of_self(procfd, text, &e), ERR_LABEL, "SELinux is not enabled");
	assert_says(label_of_caller(procfd, text, &e), ERR_LABEL, "SELinux is not enabled");
	assert_says(label_verify_live(procfd, getpid(), "a:b:c", &e), ERR_LABEL, "SELinux is not enabled");
	assert_says(label_apply_exec(procfd, "system_u:system_r:secctr_container_t:s0", &e), ERR_LABEL, "attr/exec");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_says(label_of_peer(pair[0], text, &e), ERR_LABEL, "SELinux is not enabled");
	close(pair[0]);
	close(pair[1]);
}

static void test_present_self(void **state)
{
	char peer[LABEL_MAX], canonical[LABEL_MAX];
	int pair[2];

	(void)state;
	if (!status.enabled)
		skip();
	assert_int_equal(label_of_self(procfd, text, &e), 0);
	assert_int_equal(label_check(text, canonical, &e), 0);
	assert_string_equal(text, canonical);
	assert_int_equal(label_verify_live(procfd, getpid(), text, &e), 0);
	assert_says(label_verify_live(procfd, getpid(), "system_u:system_r:kernel_t:s0", &e), ERR_LABEL, "instead of");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(label_of_peer(pair[0], peer, &e), 0);
	assert_string_equal(peer, text);
	assert_int_equal(label_of_caller(procfd, peer, &e), 0);
	assert_says(label_check("system_u:system_r:no_such_type_t:s0", NULL, &e), ERR_LABEL, "does not know");
}

static void test_present_spelling(void **state)
{
	static const struct {
		const char *level, *canonical;
	} rows[] = {
		{ "s0:c3,c4,c5", "s0:c3.c5" }, { "s0:c9,c3", "s0:c3,c9" }, { "s0:c1,c2", "s0:c1,c2" },
	};
	char given[LABEL_MAX], canonical[LABEL_MAX];

	(void)state;
	if (!status.enabled || !status.mls)
		skip();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(label_file("etc_t", rows[i].level, given, &e), 0);
		assert_int_equal(label_check(given, canonical, &e), 0);
		assert_string_equal(label_level(canonical), rows[i].canonical);
	}
}

/* In a child: the attribute stays with the thread. */
static void test_present_apply(void **state)
{
	pid_t pid;
	int result;

	(void)state;
	if (!status.enabled)
		skip();
	assert_int_equal(label_of_self(procfd, text, &e), 0);
	pid = fork();
	if (!pid) {
		if (label_apply_exec(procfd, text, &e))
			_exit(1);
		if (!label_apply_exec(procfd, "system_u:system_r:no_such_type_t:s0", &e))
			_exit(2);
		if (label_apply_exec(procfd, NULL, &e))
			_exit(3);
		if (label_apply_keycreate(procfd, text, &e) || label_apply_keycreate(procfd, NULL, &e))
			_exit(4);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &result, 0), pid);
	assert_int_equal(result, 0);
}

/*
 * Stands for a /proc that somebody else made (CVE-2019-16884 and its kin): it takes the label and holds another. The
 * kernel's own cannot be made to lie.
 */
static void test_read_back(void **state)
{
	static const char label[] = "system_u:system_r:secctr_container_t:s0:c1,c2";
	static const struct { const char *before; int r; } rows[] = {
		{ "", 0 }, { "system_u:system_r:secctr_container_t:s0:c1,c2\n", 0 },
		{ "system_u:system_r:secctr_container_t:s0:c1,c234", -1 }, { "system_u:system_r:secctr_container_t:s0:c1,c2 x", -1 },
	};
	char dir[] = "/tmp/secctr-label-XXXXXX";
	int top;

	(void)state;
	assert_non_null(mkdtemp(dir));
	top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(top, "thread-self", 0700) | mkdirat(top, "thread-self/attr", 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int fd = openat(top, "thread-self/attr/exec", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), r;

		assert_int_equal(write(fd, rows[i].before, strlen(rows[i].before)), strlen(rows[i].before));
		close(fd);
		r = label_apply_exec(top, label, &e);
		if (r != rows[i].r)
			fail_msg("row %zu: %s", i, r ? e.text : "believed");
		if (r)
			assert_int_equal(e.reason, ERR_LABEL);
	}
	assert_int_equal(unlinkat(top, "thread-self/attr/exec", 0), 0);
	assert_int_equal(unlinkat(top, "thread-self/attr", AT_REMOVEDIR) | unlinkat(top, "thread-self", AT_REMOVEDIR), 0);
	close(top);
	assert_int_equal(rmdir(dir), 0);
}

static int group_setup(void **state)
{
	(void)state;
	if (proc_private(&procfd, &e) || selinux_status_read(&status, &e)) {
		print_error("%s\n", e.text);
		return -1;
	}
	print_message("SELinux: %s, %s, policy \"%s\"\n", status.enabled ? "enabled" : "not enabled",
		      status.enforcing ? "enforcing" : "not enforcing", status.policy);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compose), cmocka_unit_test(test_refused_words),
		cmocka_unit_test(test_no_context), cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_absent), cmocka_unit_test(test_present_self),
		cmocka_unit_test(test_present_spelling), cmocka_unit_test(test_present_apply),
		cmocka_unit_test(test_read_back),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
