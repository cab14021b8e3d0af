/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_unit.c - words of units, the table of the sandbox, and what a whole unit looks like. tests/vm/t/50-units.sh has systemd itself
 * read the same words, and start units with the table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "launcher/plan/plan.h"
#include "launcher/systemd/notify.h"
#include "launcher/systemd/unit.h"
#include "launcher/systemd/unit_word.h"

static struct err e;

static void words(void **state)
{
	static const struct {
		enum unit_word kind;
		const char *word, *expect;
	} rows[] = {
		{ UNIT_WORD_EXEC, "plain-1.0_x/y:z=a,b@c+d", "plain-1.0_x/y:z=a,b@c+d" },
		{ UNIT_WORD_EXEC, "", "\"\"" },
		{ UNIT_WORD_EXEC, "two words", "\"two words\"" },
		{ UNIT_WORD_EXEC, "%n 100%", "\"%%n 100%%\"" },
		{ UNIT_WORD_EXEC, "$HOME", "\"$$HOME\"" },
		{ UNIT_WORD_EXEC, "${HOME}", "\"$${HOME}\"" },
		{ UNIT_WORD_EXEC, "$$", "\"$$$$\"" },
		{ UNIT_WORD_EXEC, ";", "\";\"" },
		{ UNIT_WORD_EXEC, "#", "\"#\"" },
		{ UNIT_WORD_EXEC, "a\"b'c", "\"a\\\"b'c\"" },
		{ UNIT_WORD_EXEC, "a\\nb\\", "\"a\\\\nb\\\\\"" },
		{ UNIT_WORD_EXEC, "a\nExecStartPre=/bin/sh", "\"a\\x0aExecStartPre=/bin/sh\"" },
		{ UNIT_WORD_EXEC, "\t\r\001\177", "\"\\x09\\x0d\\x01\\x7f\"" },
		{ UNIT_WORD_EXEC, "\xc3\xa4", "\"\xc3\xa4\"" },
		{ UNIT_WORD_EXEC, "\xff\xc3\xa4", "\"\\xff\\xc3\\xa4\"" },	/* no UTF-8 as a whole: systemd would leave out the line */
		{ UNIT_WORD_EXEC, "*?[]{}()<>|&~!`^", "\"*?[]{}()<>|&~!`^\"" },
		{ UNIT_WORD_ENV, "A=$x %n", "\"A=$x %%n\"" },
		{ UNIT_WORD_PATH, "/srv/a b", "\"/srv/a b\"" },
		{ UNIT_WORD_PATH, "/srv/%n\\x\"", "\"/srv/%%n\\\\x\\\"\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str struct str s = { 0 };

		if (unit_word_add(&s, rows[i].kind, rows[i].word, &e))
			fail_msg("row %zu: %s", i, e.text);
		assert_string_equal(s.text, rows[i].expect);
		/* The next word is another one. */
		assert_int_equal(unit_word_add(&s, UNIT_WORD_EXEC, "x", &e), 0);
		assert_int_equal(s.text[strlen(rows[i].expect)], ' ');
	}
}

static void refused_words(void **state)
{
	static const char *const paths[] = { "/a\nb", "/a\x01", "relative", "", "-/etc", "/\xff" };
	char name[257];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		auto_str struct str s = { 0 };

		assert_int_equal(unit_word_add(&s, UNIT_WORD_PATH, paths[i], &e), -1);
		assert_int_equal(e.reason, ERR_INPUT);
	}
	assert_int_equal(unit_name_check("unit", "a-b_c.d@e:1\\x2d.service", &e), 0);
	assert_int_equal(unit_name_check("unit", "a b.service", &e), -1);
	assert_int_equal(unit_name_check("unit", "a/b.service", &e), -1);
	assert_int_equal(unit_name_check("unit", "a%n.service", &e), -1);
	assert_int_equal(unit_name_check("unit", "", &e), -1);
	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	assert_int_equal(unit_name_check("unit", name, &e), 0);
	name[255] = 'a';
	name[256] = '\0';
	assert_int_equal(unit_name_check("unit", name, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

static struct plan *small_plan(void)
{
	struct plan *p;

	assert_int_equal(plan_new(&p, &e), 0);
	p->net = PLAN_NET_NONE;
	p->process.no_new_privs = p->root.readonly = 1;
	p->process.user.uid = p->process.user.gid = 0;
	for (int i = 0; i < PLAN_NS_COUNT; i++)
		p->ns[i].mode = i == PLAN_NS_USER || i == PLAN_NS_TIME ? PLAN_NS_HOST : PLAN_NS_NEW;
	assert_int_equal(strv_add(&p->seccomp.filter, "@container-default", &e), 0);
	return p;
}

static char *sandbox_of(const struct plan *p)
{
	const struct sandbox s = { p, "/var/lib/secctr", "/run/secctr" };
	struct str text = { 0 };

	if (sandbox_text(&s, &text, &e))
		fail_msg("%s", e.text);
	return text.text;
}

static bool has(const struct plan *p, const char *line)
{
	auto_free char *text = sandbox_of(p), *want = NULL;

	assert_int_equal(str_print(&want, &e, "\n%s", line), 0);
	return strstr(text, want) != NULL || str_starts(text, line);
}

/* Each directive has a value, or stands there with a reason. */
static void all_rows(void **state)
{
	struct plan *p = small_plan();

	(void)state;
	for (size_t i = 0; sandbox_directive(i); i++) {
		auto_free char *set = NULL, *out = NULL;

		if (strcmp(sandbox_directive(i), "DeviceAllow") == 0)
			continue;	/* there is nothing to allow */
		assert_int_equal(str_print(&set, &e, "%s=", sandbox_directive(i)), 0);
		assert_int_equal(str_print(&out, &e, "# %s= is left out: ", sandbox_directive(i)), 0);
		if (has(p, set) == has(p, out))
			fail_msg("%s", set);
	}
	assert_true(has(p, "CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_SETGID CAP_SETPCAP CAP_NET_ADMIN CAP_SYS_ADMIN CAP_MKNOD CAP_AUDIT_WRITE "
			"CAP_AUDIT_READ\n"));
	assert_true(has(p, "ReadWritePaths=/var/lib/secctr /run/secctr\n"));
	assert_true(has(p, "RestrictNamespaces=mnt pid net ipc uts cgroup\n"));
	p->ns[PLAN_NS_IPC].mode = PLAN_NS_HOST;
	assert_true(has(p, "RestrictNamespaces=mnt pid net uts cgroup\n") && has(p, "# PrivateIPC= is left out: "));
	p->ns[PLAN_NS_USER].mode = PLAN_NS_NEW;
	assert_true(has(p, "# RestrictNamespaces= is left out: "));
	plan_free(p);
}

/* What a plan gives to its container is not taken away again. */
static void widened(void **state)
{
	struct plan *p = small_plan();
	struct plan_mount *m;
	struct plan_device *d;

	(void)state;
	p->process.no_new_privs = 0;
	assert_true(has(p, "# NoNewPrivileges= is left out: "));
	assert_int_equal(strv_add(&p->process.cap_bound, "CAP_SYS_TIME", &e), 0);
	assert_true(has(p, "# ProtectClock= is left out: "));
	assert_true(has(p, "CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_SETGID CAP_SETPCAP CAP_NET_ADMIN CAP_SYS_ADMIN CAP_SYS_TIME "));
	p->process.user.uid = 1000;
	assert_true(has(p, "CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID "));
	m = plan_mount_add(p, PLAN_MOUNT_BIND, "/home/alice/data", "/data", &e);
	assert_non_null(m);
	assert_true(has(p, "# ProtectHome= is left out: "));
	assert_true(has(p, "ReadWritePaths=/var/lib/secctr /run/secctr /home/alice/data\n"));
	m->readonly = true;
	assert_true(has(p, "ReadWritePaths=/var/lib/secctr /run/secctr\n"));
	assert_true(has(p, "PrivateTmp=yes\n"));
	assert_non_null(plan_mount_add(p, PLAN_MOUNT_BIND, "/var/tmp/x", "/x", &e));
	assert_true(has(p, "# PrivateTmp= is left out: "));
	d = plan_device_add(p, &e);
	assert_non_null(d);
	d->major = 10;
	d->minor = 229;
	assert_int_equal(str_copy("c", &d->type, &e) || str_copy("rw", &d->access, &e), 0);
	assert_true(has(p, "DeviceAllow=/dev/char/10:229 rw\n"));
	d->minor = -1;
	assert_true(has(p, "# DevicePolicy= is left out: "));
	assert_int_equal(strv_add(&p->seccomp.filter, "@mount", &e), 0);
	assert_true(has(p, "# SystemCallFilter= is left out: ") && has(p, "# RestrictNamespaces= is left out: "));
	p->net = PLAN_NET_PRIVATE;
	assert_true(has(p, "# RestrictAddressFamilies= is left out: ") && has(p, "# IPAddressDeny= is left out: "));
	plan_free(p);
}

/* Only the type of containers that have no socket of the Internet anyway loses the loopback link. */
static void loopback(void **state)
{
	struct plan *p = small_plan();

	(void)state;
	assert_true(has(p, "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6\n") && has(p, "IPAddressAllow=localhost\n"));
	p->selinux.require = PLAN_REQUIRE_ENFORCING;
	assert_int_equal(str_copy("secctr_container_t", &p->selinux.type, &e) || str_copy("a:b:c:d", &p->selinux.process_label, &e), 0);
	assert_true(has(p, "RestrictAddressFamilies=AF_UNIX AF_NETLINK\n") && has(p, "# IPAddressAllow= is left out: "));
	p->selinux.require = PLAN_REQUIRE_IF_ENABLED;
	assert_true(has(p, "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6\n"));
	plan_free(p);
}

static void whole(void **state)
{
	struct plan *p = small_plan();
	auto_unit struct unit u = {
		.name = "container-web@.service", .restart = "on-failure", .restart_sec = -1, .start_timeout = 90, .start_burst = 3,
		.stop_timeout = 10, .start_name = 2, .sandbox = { p, "/var/lib/secctr", "/run/secctr" },
	};
	auto_str struct str s = { 0 };

	(void)state;
	assert_int_equal(strv_add(&u.start, "/usr/bin/secctr", &e) || strv_add(&u.start, "run", &e) || strv_add(&u.start, "--name=web", &e) ||
			 strv_add(&u.start, "$x", &e) || strv_add(&u.after, "db.service", &e) || strv_add(&u.env, "A=b c", &e), 0);
	assert_int_equal(unit_text(&u, &s, &e), 0);
	assert_non_null(strstr(s.text, "\nExecStart=/usr/bin/secctr run --name=web-%i \"$$x\"\n"));
	assert_non_null(strstr(s.text, "\nDescription=secctr container-web@.service for %I\n"));
	assert_non_null(strstr(s.text, "\nAfter=db.service\n"));
	assert_non_null(strstr(s.text, "\nEnvironment=\"A=b c\"\n"));
	assert_non_null(strstr(s.text, "\nTimeoutStartSec=90\nTimeoutStopSec=70\n"));
	assert_non_null(strstr(s.text, "\nStartLimitBurst=3\n"));
	assert_non_null(strstr(s.text, "\nSuccessExitStatus=143\n"));
	assert_null(strstr(s.text, "RestartSec"));
	assert_null(strstr(s.text, "network-online"));
	u.restart = "sometimes";
	assert_int_equal(unit_text(&u, &s, &e), -1);
	u.restart = "no";
	assert_int_equal(strv_add(&u.wants, "a b", &e), 0);
	assert_int_equal(unit_text(&u, &s, &e), -1);
	plan_free(p);
}

/* A line as long as systemd reads, and one byte more. */
static void long_lines(void **state)
{
	static const int extra[] = { 0, 1 };
	struct plan *p = small_plan();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(extra); i++) {
		auto_unit struct unit u = { .name = "x.service", .restart = "no", .restart_sec = -1, .start_timeout = -1, .start_burst = -1,
					    .sandbox = { p, "/var/lib/secctr", "/run/secctr" } };
		auto_str struct str s = { 0 };
		auto_free char *word = malloc(UNIT_LINE_MAX);
		size_t n = UNIT_LINE_MAX - 1 - strlen("ExecStart=") + (size_t)extra[i];

		assert_non_null(word);
		memset(word, 'a', n);
		word[n] = '\0';
		assert_int_equal(strv_add(&u.start, word, &e), 0);
		assert_int_equal(unit_text(&u, &s, &e), extra[i] ? -1 : 0);
		if (extra[i])
			assert_int_equal(e.reason, ERR_LIMIT);
	}
	plan_free(p);
}

static void notify(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char path[] = "/tmp/test-notify-XXXXXX", got[64] = "", longest[sizeof(at.sun_path) + 1];
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	(void)state;
	assert_non_null(mkdtemp(path));
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)(void *)&at, sizeof(at)), 0);
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_send("READY=1", &e), 0);
	assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT), -1);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	assert_int_equal(notify_send("MAINPID=7\nREADY=1", &e), 0);
	assert_int_equal(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT), 17);
	assert_string_equal(got, "MAINPID=7\nREADY=1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_int_equal(notify_send("READY=1", &e), -1);
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	longest[sizeof(at.sun_path)] = '\0';
	setenv("NOTIFY_SOCKET", longest, 1);
	assert_int_equal(notify_send("READY=1", &e), -1);
	assert_int_equal(e.reason, ERR_INPUT);
	longest[sizeof(at.sun_path) - 1] = '\0';
	setenv("NOTIFY_SOCKET", longest, 1);
	assert_int_equal(notify_send("READY=1", &e), -1);	/* nobody listens there */
	assert_int_equal(e.reason, ERR_SYSTEM);
	(void)close(fd);
	(void)unlink(at.sun_path);
	(void)rmdir(path);
	unsetenv("NOTIFY_SOCKET");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words), cmocka_unit_test(refused_words), cmocka_unit_test(all_rows), cmocka_unit_test(widened),
		cmocka_unit_test(loopback), cmocka_unit_test(whole), cmocka_unit_test(long_lines), cmocka_unit_test(notify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
