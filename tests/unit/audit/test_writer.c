/* SPDX-License-Identifier: Apache-2.0 */
/* Against the real kernel and a real auditd; each way in which records get lost without a word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cap-ng.h>
#include <cmocka.h>
#include <sched.h>
#include <time.h>

#include "audit/writer.h"
#include "launcher/base/io.h"
#include "launcher/base/proc.h"
#include "tests/unit/audit/host_audit.h"

#define UUID "8a1f3c52-0d7e-4b9a-9c1d-2e3f4a5b6c7d"
enum { BURST = 61 };		/* more than two sends */

static struct host_audit host;
static const char *why_not;
static int procfd;

static int start(void **state)
{
	struct err e;

	(void)state;
	if (proc_private(&procfd, &e))
		return -1;
	why_not = host_audit_start(&host);
	if (why_not)
		print_message("skipped: %s\n", why_not);
	return 0;
}

static int end(void **state)
{
	(void)state;
	if (!why_not)
		host_audit_end(&host);
	return 0;
}

#define NEED_AUDIT() do { if (why_not) skip(); } while (0)

static void make(struct audit_record *r, const char *path)
{
	struct err e = { 0 };

	record_begin(r, EV_MOUNT, "start", "writer-test", UUID);
	record_str(r, "old-disk", NULL);
	record_str(r, "new-disk", path);
	record_str(r, "dir", "/data");
	assert_int_equal(record_end(r, NULL, true, &e), 0);
}

static int64_t ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool log_has(const char *text)
{
	static char buf[1 << 20];

	for (int i = 0; i < 60; i++) {
		FILE *f = fopen(host.log, "r");
		size_t n = f ? fread(buf, 1, sizeof(buf) - 1, f) : 0;

		if (f)
			fclose(f);
		buf[n] = '\0';
		if (strstr(buf, text))
			return true;
		usleep(50000);
	}
	return false;
}

/* Open, write one record, check; the first error. */
static int once(enum audit_mode mode, enum audit_proof *ret_proof, struct err *e)
{
	auto_audit_writer struct audit_writer w = AUDIT_WRITER_CLOSED;
	struct audit_record r;

	make(&r, "/srv/once");
	if (audit_writer_open(mode, procfd, &w, e) || audit_write(&w, &r, NULL, e) || audit_writer_check(&w, e))
		return -1;
	*ret_proof = w.proof;
	return 0;
}

static void refused(enum audit_mode mode, const char *says)
{
	enum audit_proof proof;
	struct err e = { 0 };
	int64_t began = ms();

	assert_int_equal(once(mode, &proof, &e), -1);
	assert_int_equal(e.reason, ERR_AUDIT);
	if (!strstr(e.text, says))
		fail_msg("says: %s", e.text);
	assert_in_range(ms() - began, 0, AUDIT_WAIT_MS + 1500);
}

static void writes_and_reads_back(void **state)
{
	static struct audit_record r[BURST];
	auto_audit_writer struct audit_writer w = AUDIT_WRITER_CLOSED;
	struct audit_event_id id[BURST];
	char text[AUDIT_EVENT_ID_TEXT], want[AUDIT_EVENT_ID_TEXT + 8];
	struct err e = { 0 };

	(void)state;
	NEED_AUDIT();
	for (int i = 0; i < BURST; i++)
		make(&r[i], i == 7 ? "it's a\nname" : "/srv/data");
	assert_int_equal(audit_writer_open(AUDIT_NEED_READBACK, procfd, &w, &e), 0);
	assert_int_equal(w.proof, AUDIT_PROOF_READBACK);
	if (audit_write_many(&w, r, BURST, id, &e) || audit_writer_check(&w, &e))
		fail_msg("%s", e.text);
	for (int i = 0; i < BURST; i++) {
		assert_true(id[i].serial != 0);
		if (i)
			assert_true(id[i].serial > id[i - 1].serial);
	}
	audit_event_id_text(&id[BURST - 1], text);
	snprintf(want, sizeof(want), "(%s):", text);
	assert_true(log_has(want));
	assert_true(log_has("new-disk=69742773206" "10A6E616D65"));
}

static void unfinished_is_refused(void **state)
{
	auto_audit_writer struct audit_writer w = AUDIT_WRITER_CLOSED;
	struct audit_record r;
	struct err e = { 0 };

	(void)state;
	record_begin(&r, EV_DESTROY, "cli", "w", UUID);
	assert_int_equal(audit_write(&w, &r, NULL, &e), -1);
	assert_non_null(strstr(e.text, "without being open"));
	NEED_AUDIT();
	assert_int_equal(audit_writer_open(AUDIT_NEED_READBACK, procfd, &w, &e), 0);
	assert_int_equal(audit_write(&w, &r, NULL, &e), -1);
	assert_non_null(strstr(e.text, "was not finished"));
}

static void refused_while_off(void **state)
{
	(void)state;
	NEED_AUDIT();
	assert_true(audit_set_enabled(host.fd, 0) > 0);
	refused(AUDIT_NEED_READBACK, "audit is off");
	assert_true(audit_set_enabled(host.fd, 1) > 0);
}

/* Switched off between opening and writing: the kernel acknowledges the record and drops it. */
static void noticed_when_switched_off(void **state)
{
	auto_audit_writer struct audit_writer w = AUDIT_WRITER_CLOSED;
	struct audit_record r;
	struct err e = { 0 };

	(void)state;
	NEED_AUDIT();
	make(&r, "/x");
	assert_int_equal(audit_writer_open(AUDIT_NEED_READBACK, procfd, &w, &e), 0);
	assert_true(audit_set_enabled(host.fd, 0) > 0);
	assert_int_equal(audit_write(&w, &r, NULL, &e), -1);
	assert_non_null(strstr(e.text, "audit is off"));
	w.has_status = false;		/* as without CAP_AUDIT_CONTROL: only the silence tells */
	w.wait_ms = 300;
	assert_int_equal(audit_write(&w, &r, NULL, &e), -1);
	assert_non_null(strstr(e.text, "not seen in the audit log within 300 ms"));
	assert_true(audit_set_enabled(host.fd, 1) > 0);
}

static void refused_while_stopped(void **state)
{
	(void)state;
	NEED_AUDIT();
	kill(host.daemon, SIGSTOP);
	refused(AUDIT_NEED_READBACK, "is stopped by a signal");
	kill(host.daemon, SIGCONT);
}

static void refused_when_rate_limited(void **state)
{
	struct err e = { 0 };
	enum audit_proof proof;

	(void)state;
	NEED_AUDIT();
	assert_true(audit_set_rate_limit(host.fd, 1) > 0);
	(void)!once(AUDIT_NEED_READBACK, &proof, &e);	/* takes this second's one */
	refused(AUDIT_NEED_READBACK, "its rate limit is 1 a second");
	refused(AUDIT_TAKE_COUNTER, "its rate limit is 1 a second");
	assert_true(audit_set_rate_limit(host.fd, 0) > 0);
}

static int in_child(int (*fn)(struct audit_writer *w, struct err *e), struct audit_writer *w)
{
	struct err e = { 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn(w, &e) ? 1 : 0);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int write_some(struct audit_writer *w, struct err *e)
{
	struct audit_record r[24];

	for (size_t i = 0; i < ARRAY_LEN(r); i++)
		make(&r[i], "/some");
	return audit_write_many(w, r, ARRAY_LEN(r), NULL, e);
}

static int inherit_and_write(struct audit_writer *w, struct err *e)
{
	return audit_writer_inherit(w, getpid(), e) || write_some(w, e) ? -1 : 0;
}

static int write_a_flood(struct audit_writer *ignored, struct err *e)
{
	auto_audit_writer struct audit_writer w = AUDIT_WRITER_CLOSED;

	(void)ignored;
	if (audit_writer_open(AUDIT_NEED_READBACK, procfd, &w, e))
		return -1;
	for (int i = 0; i < 20; i++)
		if (write_some(&w, e))
			return -1;
	return 0;
}

/* Others wrote more than a queue holds while ours was open; and the process that writes is not the one that opened it. */
static void not_lost_among_others(void **state)
{
	auto_audit_writer struct audit_writer w = AUDIT_WRITER_CLOSED;
	struct err e = { 0 };

	(void)state;
	NEED_AUDIT();
	assert_int_equal(audit_writer_open(AUDIT_NEED_READBACK, procfd, &w, &e), 0);
	assert_int_equal(in_child(write_a_flood, NULL), 0);
	assert_int_equal(in_child(inherit_and_write, &w), 0);
}

/* ---- capabilities and namespaces, each in a child ---- */

static int drop_bits;

static int child_status(int (*fn)(struct err *e), char *text, size_t n)
{
	int status, p[2];
	struct err e = { 0 };
	pid_t pid;
	ssize_t got;

	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		int r = fn(&e);

		if (write(p[1], e.text, strlen(e.text)) < 0)
			_exit(99);
		_exit(r);
	}
	close(p[1]);
	got = read(p[0], text, n - 1);
	text[got > 0 ? got : 0] = '\0';
	close(p[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static int with_caps(enum audit_mode mode, struct err *e)
{
	enum audit_proof proof;

	capng_get_caps_process();
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
		if ((cap == CAP_AUDIT_WRITE && drop_bits & 1) || (cap == CAP_AUDIT_READ && drop_bits & 2) ||
		    (cap == CAP_AUDIT_CONTROL && drop_bits & 4))
			(void)capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, cap);
	if (capng_apply(CAPNG_SELECT_CAPS))
		return 97;
	return once(mode, &proof, e) ? 1 : proof == AUDIT_PROOF_COUNTER ? 10 : 0;
}

static int need_readback(struct err *e) { return with_caps(AUDIT_NEED_READBACK, e); }
static int take_counter(struct err *e) { return with_caps(AUDIT_TAKE_COUNTER, e); }

static int in_user_ns(struct err *e)
{
	enum audit_proof proof;

	return unshare(CLONE_NEWUSER) ? 97 : once(AUDIT_TAKE_COUNTER, &proof, e) ? 1 : 0;
}

static void capabilities(void **state)
{
	enum { WRITE = 1, READ = 2, CONTROL = 4 };
	static const struct { int drop; int (*fn)(struct err *); int exit; const char *says; } rows[] = {
		{ 0, need_readback, 0, "" },
		{ WRITE, need_readback, 1, "CAP_AUDIT_WRITE is missing" },
		{ READ, need_readback, 1, "CAP_AUDIT_READ is missing" },
		{ READ, take_counter, 10, "" },
		{ CONTROL, need_readback, 0, "" },
		{ READ | CONTROL, take_counter, 1, "neither CAP_AUDIT_READ nor CAP_AUDIT_CONTROL" },
		{ 0, in_user_ns, 1, "in a user namespace" },
	};
	char text[ERR_TEXT_MAX];

	(void)state;
	NEED_AUDIT();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int r;

		drop_bits = rows[i].drop;
		r = child_status(rows[i].fn, text, sizeof(text));
		if (r == 97 && rows[i].fn == in_user_ns)
			continue;	/* user namespaces are switched off on this host */
		if (r != rows[i].exit || !strstr(text, rows[i].says))
			fail_msg("row %zu: exit %d, says: %s", i, r, text);
	}
}

static void refused_without_daemon(void **state)
{
	(void)state;
	NEED_AUDIT();
	kill(host.daemon, SIGKILL);
	usleep(100000);
	refused(AUDIT_NEED_READBACK, "the audit daemon (process");	/* a zombie yet */
	waitpid(host.daemon, NULL, 0);
	host.daemon = 0;
	refused(AUDIT_NEED_READBACK, "audit daemon");
	assert_true(host_audit_daemon(&host));
	host_audit_stop_daemon(&host, SIGTERM);
	refused(AUDIT_NEED_READBACK, "no audit daemon is registered");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_and_reads_back),
		cmocka_unit_test(unfinished_is_refused),
		cmocka_unit_test(refused_while_off),
		cmocka_unit_test(noticed_when_switched_off),
		cmocka_unit_test(refused_while_stopped),
		cmocka_unit_test(refused_when_rate_limited),
		cmocka_unit_test(not_lost_among_others),
		cmocka_unit_test(capabilities),
		cmocka_unit_test(refused_without_daemon),
	};

	return cmocka_run_group_tests(tests, start, end);
}
