/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/status.h"
#include "launcher/base/proc.h"

static void judges(void **state)
{
	uint32_t self = (uint32_t)getpid();
	const struct { struct audit_status s; uint32_t lost; const char *says; } rows[] = {
		{ { .enabled = 1, .pid = self, .backlog_limit = 64, .backlog = 63 }, 0, NULL },
		{ { .enabled = 2, .pid = self, .backlog = 5000 }, 0, NULL },
		{ { .enabled = 1, .pid = self, .lost = 7 }, 7, NULL },
		{ { .enabled = 0, .pid = self }, 0, "audit is off" },
		{ { .enabled = 1, .pid = 0 }, 0, "no audit daemon is registered" },
		{ { .enabled = 1, .pid = 0x7ffffff0 }, 0, "is gone: restart" },
		{ { .enabled = 1, .pid = self, .backlog_limit = 64, .backlog = 64 }, 0, "backlog is full (64 of 64" },
		{ { .enabled = 1, .pid = self, .lost = 8 }, 7, "lost 1 audit records meanwhile" },
		{ { .enabled = 1, .pid = self, .lost = 2 }, UINT32_MAX, "lost 3 audit records meanwhile" },
		{ { .enabled = 1, .pid = self, .lost = 8, .rate_limit = 5 }, 7, "rate limit is 5 a second" },
	};
	struct err e;
	int procfd;

	(void)state;
	assert_int_equal(proc_private(&procfd, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int r = audit_status_check(procfd, &rows[i].s, rows[i].lost, &e);

		assert_int_equal(r, rows[i].says ? -1 : 0);
		if (r && (e.reason != ERR_AUDIT || !strstr(e.text, rows[i].says)))
			fail_msg("row %zu says: %s", i, e.text);
	}
	close(procfd);
}

/* A daemon with a hostile name, stopped, then a zombie. */
static void judges_daemons(void **state)
{
	struct audit_status s = { .enabled = 1 };
	struct err e;
	int procfd, status;
	pid_t pid = fork();

	(void)state;
	assert_int_equal(proc_private(&procfd, &e), 0);
	if (pid == 0) {
		prctl(PR_SET_NAME, ") S (x");
		raise(SIGSTOP);
		_exit(0);
	}
	s.pid = (uint32_t)pid;
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_int_equal(audit_status_check(procfd, &s, 0, &e), -1);
	assert_non_null(strstr(e.text, "stopped by a signal"));
	kill(pid, SIGCONT);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(audit_status_check(procfd, &s, 0, &e), -1);
	assert_non_null(strstr(e.text, "is dead"));
	waitpid(pid, &status, 0);
	close(procfd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges),
		cmocka_unit_test(judges_daemons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
