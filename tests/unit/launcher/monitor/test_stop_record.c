/* SPDX-License-Identifier: Apache-2.0 */
/* The stop record: in a real log, found by its id; and what the exit record says where there is no log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/audit/host_audit.h"
#include "tests/unit/launcher/monitor/rig.h"

static void run(struct rig *r, struct exit_record *x)
{
	auto_heard struct heard h = { 0 };
	struct err e;

	r->job.audit_require = true;
	assert_int_equal(str_copy("refuse", &r->job.on_lost, &e) || str_copy("pts/7", &r->job.tty, &e), 0);
	rig_start(r);
	hear_all(r->client, &h);
	assert_int_equal(rig_end(r), 0);
	rig_exit_record(r, x);
}

static void recorded(void **state, const struct host_audit *host, const char *program, const char *script,
		     const char *want)
{
	auto_exit_record struct exit_record x;
	auto_close int fd = -1;
	auto_str struct str log = { 0 };
	struct err e;
	char mark[64], *line;
	struct rig r;

	rig_init(&r, state);
	r.script = script;
	r.program = program;
	run(&r, &x);
	assert_non_null(x.stop_event);
	assert_null(strstr(x.error ? x.error : "", "lost"));
	usleep(200000);
	fd = open(host->log, O_RDONLY | O_CLOEXEC);
	assert_int_equal(io_read_to_str(fd, 1 << 24, "log", &log, &e), 0);
	snprintf(mark, sizeof(mark), "type=VIRT_CONTROL msg=audit(%s):", x.stop_event);
	line = strstr(log.text, mark);
	assert_non_null(line);
	*strchrnul(line, '\n') = '\0';
	print_message("%s\n", line);
	assert_non_null(strstr(line, want));
	assert_non_null(strstr(line, "vm=\"rig\" uuid=01234567-89ab-4def-8123-456789abcdef vm-pid="));
	assert_non_null(strstr(line, "/secctr-monitor\" hostname=? addr=? terminal=pts/7"));
}

static void test_in_the_log(void **state)
{
	struct host_audit host;
	const char *why = host_audit_start(&host);

	if (why) {
		print_message("skipped: %s\n", why);
		skip();
	}
	recorded(state, &host, NULL, "exit 7", "op=stop reason=exited ");
	recorded(state, &host, NULL, "exit 7", " exit=7 sig=0 ");
	recorded(state, &host, NULL, "kill -KILL $$", " exit=137 sig=9 ");
	recorded(state, &host, "/no/such", "", "op=stop reason=exec-failed ");
	recorded(state, &host, "/no/such", "", "res=failed");
	host_audit_end(&host);
}

/* Audit is off: the end is kept, and so is that nobody recorded it. */
static void test_lost(void **state)
{
	auto_exit_record struct exit_record x;
	struct audit_status s;
	struct rig r;
	int fd = audit_open();

	if (fd < 0 || !host_audit_status(fd, &s) || s.enabled) {
		print_message("skipped: audit is on, or cannot be asked\n");
		skip();
	}
	close(fd);
	rig_init(&r, state);
	r.script = "exit 3";
	run(&r, &x);
	assert_int_equal(x.exit_code, 3);
	assert_string_equal(x.reason, "audit-lost");
	assert_null(x.stop_event);
	assert_non_null(strstr(x.error, "the stop record was lost"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_in_the_log),
		PLACE_TEST(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
