/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cap-ng.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/identity.h"
#include "audit/record.h"
#include "launcher/base/io.h"
#include "launcher/base/proc.h"

static char dir[] = "/tmp/secctr-identity-XXXXXX";
static int dirfd_;

static int make_dir(void **state)
{
	(void)state;
	return !mkdtemp(dir) || (dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0;
}

static int remove_dir(void **state)
{
	(void)state;
	(void)unlinkat(dirfd_, "3", 0);
	(void)unlinkat(dirfd_, "c1", 0);
	(void)close(dirfd_);
	return rmdir(dir);
}

static void put(const char *name, const char *text)
{
	struct err e;

	assert_int_equal(io_replace_volatile_at(dirfd_, name, text, strlen(text), 0644, &e), 0);
}

static void checks_with_logind(void **state)
{
#define V2 "0::/user.slice/user-1000.slice/session-3.scope\n"
	static const struct { uint32_t auid; const char *cgroup; enum identity_logind is; const char *session; } rows[] = {
		{ 1000, V2, IDENTITY_LOGIND_MATCH, "3" },
		{ 1001, V2, IDENTITY_LOGIND_MISMATCH, "3" },
		{ IDENTITY_UNSET, V2, IDENTITY_LOGIND_MISMATCH, "3" },
		{ 1000, "9:pids:/user.slice/session-9.scope\n1:name=systemd:/user.slice/user-1000.slice/session-3.scope\n",
		  IDENTITY_LOGIND_MATCH, "3" },
		{ 1000, "0::/user.slice/user-1000.slice/session-3.scope/below\n", IDENTITY_LOGIND_MATCH, "3" },
		{ 1000, "0::/user.slice/user-1000.slice/session-4.scope\n", IDENTITY_LOGIND_NONE, "4" },
		{ 1000, "0::/system.slice/web.service\n", IDENTITY_LOGIND_NONE, "" },
		{ 1000, "0::/x/session-../3.scope\n", IDENTITY_LOGIND_NONE, "" },
		{ 1000, "0::/x/session-3\n", IDENTITY_LOGIND_NONE, "" },
		{ 1000, "5:memory:/session-3.scope\n", IDENTITY_LOGIND_NONE, "" },
		/* a scope that a person made below their own manager, and one that looks like logind's */
		{ 1000, "0::/user.slice/user-1000.slice/user@1000.service/session-3.scope\n", IDENTITY_LOGIND_NONE, "" },
		{ 1000, "0::/user.slice/user-1000.slice/session-3.scopes\n", IDENTITY_LOGIND_NONE, "" },
		{ 1000, "", IDENTITY_LOGIND_NONE, "" },
	};
	struct audit_origin o;

	(void)state;
	put("3", "UID=1000\nUSER=alice\nREMOTE=1\nREMOTE_HOST=10.0.0.7\nTTY=/dev/pts/4\nAUDIT=77\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct identity id = { .auid = rows[i].auid };

		identity_cross_check(&id, rows[i].cgroup, dirfd_);
		assert_string_equal(id.session, rows[i].session);
		assert_int_equal(id.logind, rows[i].is);
		if (rows[i].is == IDENTITY_LOGIND_NONE)
			continue;
		assert_int_equal(id.session_ses, 77);
		assert_int_equal(id.session_uid, 1000);
		identity_origin(&id, "/x", &o);
		assert_string_equal(o.hostname, "10.0.0.7");
		assert_string_equal(o.addr, "10.0.0.7");
		assert_string_equal(o.terminal, "pts/4");
	}
}

static void distrusts_session_files(void **state)
{
	struct identity id = { .auid = 0 };
	struct audit_origin o;

	(void)state;
	put("c1", "UID=x\nREMOTE_HOST=evil host\nTTY=a\\x20res=success\nAUDIT=99999999999\n");
	identity_cross_check(&id, "0::/user.slice/user-1000.slice/session-c1.scope\n", dirfd_);
	assert_int_equal(id.logind, IDENTITY_LOGIND_NONE);
	assert_int_equal(id.session_ses, IDENTITY_UNSET);
	assert_string_equal(id.host, "");
	assert_string_equal(id.tty, "");
	put("c1", "UID=0\nREMOTE_HOST=client.example\n");
	identity_cross_check(&id, "0::/user.slice/user-1000.slice/session-c1.scope\n", dirfd_);
	assert_int_equal(id.logind, IDENTITY_LOGIND_MATCH);
	identity_origin(&id, NULL, &o);
	assert_string_equal(o.hostname, "client.example");
	assert_null(o.addr);
	assert_null(o.terminal);
}

static void decides(void **state)
{
	struct identity unset = { .auid = IDENTITY_UNSET }, alice = { .auid = 1234 };
	enum identity_source source;
	struct passwd *pw = getpwuid(1000);
	struct err e = { 0 };
	uint32_t auid = 7;

	(void)state;
	assert_int_equal(identity_decide(&alice, "no-such-account", NULL, &auid, &source, &e), 0);
	assert_int_equal(auid, 1234);
	assert_int_equal(source, IDENTITY_CALLER);
	auid = 7;
	assert_int_equal(identity_decide(&unset, NULL, NULL, &auid, &source, &e), -1);
	assert_int_equal(e.reason, ERR_IDENTITY);
	assert_non_null(strstr(e.text, "nobody is behind this start"));
	assert_int_equal(identity_decide(&unset, "root", "web.policy:7", &auid, &source, &e), -1);
	assert_non_null(strstr(e.text, "web.policy:7: the owner account root has UID 0"));
	assert_int_equal(identity_decide(&unset, "no-such-account", "web.policy:7", &auid, &source, &e), -1);
	assert_non_null(strstr(e.text, "web.policy:7: the owner account no-such-account does not exist"));
	assert_int_equal(auid, 7);
	if (pw) {
		assert_int_equal(identity_decide(&unset, pw->pw_name, NULL, &auid, &source, &e), 0);
		assert_int_equal(auid, 1000);
		assert_int_equal(source, IDENTITY_OWNER);
	}
}

/* In a child, because a login UID stays. Exit status 0, or the line that failed. */
#define NEED(x) do { if (!(x)) _exit(__LINE__ % 250 + 1); } while (0)

static int in_child(void (*fn)(int procfd))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct err e;
		int procfd;

		NEED(proc_private(&procfd, &e) == 0);
		fn(procfd);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void drop(unsigned cap)
{
	capng_get_caps_process();
	NEED(capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, cap) == 0);
	NEED(capng_apply(CAPNG_SELECT_CAPS) == 0);
}

static void child_sets(int procfd)
{
	struct identity id;
	uint32_t ses = 0, again = 0, third = 0;
	struct err e;
	bool own = false;

	NEED(identity_set(procfd, IDENTITY_UNSET, NULL, &e) == -1 && strstr(e.text, "cannot run with an unset"));
	NEED(identity_set(procfd, 4242, &ses, &e) == 0);
	NEED(identity_read(procfd, &id, &e) == 0 && id.auid == 4242 && id.ses == ses);
	NEED(identity_set(procfd, 4242, &again, &e) == 0 && again == ses);
	NEED(identity_new_session(procfd, 4242, &again, &own, &e) == 0 && own && again != ses);
	NEED(identity_new_session(procfd, 4243, &third, &own, &e) == 0 && own && third != again);
	NEED(identity_read(procfd, &id, &e) == 0 && id.auid == 4243 && id.ses == third);
}

/* As under the loginuid-immutable feature: the kernel answers EPERM. */
static void child_keeps(int procfd)
{
	uint32_t ses = 0, same = 0;
	struct err e;
	bool own = true;

	NEED(identity_set(procfd, 4242, &ses, &e) == 0);
	drop(CAP_AUDIT_CONTROL);
	NEED(identity_new_session(procfd, 4242, &same, &own, &e) == 0 && !own && same == ses);
	NEED(identity_set(procfd, 4243, &same, &e) == -1 && e.reason == ERR_IDENTITY);
	NEED(strstr(e.text, "is 4242 already"));
}

static void sets_and_reads_back(void **state)
{
	(void)state;
	if (geteuid() != 0 || access("/proc/self/loginuid", W_OK)) {
		print_message("skipped: needs root and a kernel with audit\n");
		skip();
	}
	assert_int_equal(in_child(child_sets), 0);
	assert_int_equal(in_child(child_keeps), 0);
}

static void put_below(const char *path, const char *text)
{
	int fd = openat(dirfd_, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

/* Stands for a /proc that somebody else made: it takes what is written and shows something else. */
static void lies(void **state)
{
	char loginuid[] = "thread-self/loginuid", sessionid[] = "thread-self/sessionid";
	uint32_t ses;
	struct err e;
	bool own;

	(void)state;
	assert_int_equal(mkdirat(dirfd_, "thread-self", 0755), 0);
	put_below(sessionid, "7");
	put_below(loginuid, "10000");		/* "1001" goes over its front: "10010" */
	assert_int_equal(identity_set(dirfd_, 1001, &ses, &e), -1);
	assert_int_equal(e.reason, ERR_IDENTITY);
	assert_non_null(strstr(e.text, "set to 1001 but the kernel shows 10010"));
	put_below(loginuid, "10000");
	assert_int_equal(identity_new_session(dirfd_, 1001, &ses, &own, &e), -1);
	assert_non_null(strstr(e.text, "set to 1001 but the kernel shows 10010"));
	put_below(loginuid, "1001");
	put_below(sessionid, "4294967295");
	assert_int_equal(identity_set(dirfd_, 1001, &ses, &e), -1);
	assert_non_null(strstr(e.text, "no audit session"));
	assert_int_equal(unlinkat(dirfd_, loginuid, 0) | unlinkat(dirfd_, sessionid, 0), 0);
	assert_int_equal(unlinkat(dirfd_, "thread-self", AT_REMOVEDIR), 0);
}

static void live_process(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(mkdirat(dirfd_, "42", 0755), 0);
	put_below("42/loginuid", "1001");
	put_below("42/sessionid", "7");
	assert_int_equal(identity_check_live(dirfd_, 42, 1001, 7, &e), 0);
	assert_int_equal(identity_check_live(dirfd_, 42, 1000, 7, &e), -1);
	assert_int_equal(e.reason, ERR_IDENTITY);
	assert_non_null(strstr(e.text, "loginuid 1001 instead of 1000"));
	assert_int_equal(identity_check_live(dirfd_, 42, 1001, 8, &e), -1);
	assert_non_null(strstr(e.text, "sessionid 7 instead of 8"));
	assert_int_equal(identity_check_live(dirfd_, 43, 1001, 7, &e), -1);
	assert_int_equal(e.reason, ERR_IDENTITY);
	assert_int_equal(unlinkat(dirfd_, "42/loginuid", 0) | unlinkat(dirfd_, "42/sessionid", 0), 0);
	assert_int_equal(unlinkat(dirfd_, "42", AT_REMOVEDIR), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_with_logind),
		cmocka_unit_test(distrusts_session_files),
		cmocka_unit_test(decides),
		cmocka_unit_test(sets_and_reads_back),
		cmocka_unit_test(lies),
		cmocka_unit_test(live_process),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
