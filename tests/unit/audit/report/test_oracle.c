/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libauparse as the oracle: over a made log (tests/bench/report/gen.c) both find the same events, the same records, the same
 * fields with the same values, and text fields decode to the same bytes.
 *
 * Where they differ on purpose: libauparse ends an event at a LOGIN record although its SYSCALL follows with the same number, so its
 * events of one number are put together here; it takes the words of an AVC for fields of its own (seresult, seperms); it cuts
 * commas, quotes and a closing bracket from values, and parts a body from its head.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <auparse.h>
#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "audit/report/gather.h"
#include "launcher/base/cleanup.h"

struct seen {
	struct { uint64_t serial, records, fields, sum; } *event;
	size_t n, room;
};

static struct seen *event_of(struct seen *s, uint64_t serial)
{
	/* Serials of the made log begin at 1 and have no holes. */
	while (serial >= s->room) {
		size_t room = s->room ? s->room * 2 : 1024;

		s->event = reallocarray(s->event, room, sizeof(*s->event));
		assert_non_null(s->event);
		memset(s->event + s->room, 0, (room - s->room) * sizeof(*s->event));
		s->room = room;
	}
	s->n = serial >= s->n ? serial + 1 : s->n;
	s->event[serial].serial = serial;
	return s;
}

static uint64_t sum_of(const char *name, size_t n, const char *value, size_t len)
{
	uint64_t h = 1469598103934665603u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)name[i]) * 1099511628211u;
	h = (h ^ '=') * 1099511628211u;
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)value[i]) * 1099511628211u;
	return h;
}

/* Fields that libauparse decodes (typetab.h: ESCAPED), of those in the made log. */
static bool is_escaped(const char *name, size_t n)
{
	static const char *const names[] = { "comm", "exe", "name", "cwd", "cmd", "key", "vm", "path", "acct", "dir", NULL };

	for (size_t i = 0; names[i]; i++)
		if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0)
			return true;
	return n > 1 && name[0] == 'a' && name[1] >= '0' && name[1] <= '9';	/* of an EXECVE */
}

static const char *const skipped[] = { "type", "msg", "seresult", "seperms", "node", NULL };

static bool is_skipped(const char *name, size_t n)
{
	for (size_t i = 0; skipped[i]; i++)
		if (strlen(skipped[i]) == n && memcmp(skipped[i], name, n) == 0)
			return true;
	/* auditd's names: the numbers are compared. */
	return n && name[0] >= 'A' && name[0] <= 'Z';
}

static void add(struct seen *s, uint64_t serial, bool execve, const char *name, size_t n, const char *value, size_t len, bool decode)
{
	auto_str struct str bytes = { 0 };
	struct err e = { 0 };

	if (is_skipped(name, n))
		return;
	if (decode && is_escaped(name, n) && (name[0] != 'a' || execve || n > 2)) {
		assert_int_equal(span_decode((struct span){ value, len }, &bytes, &e), 0);
		value = bytes.text ? bytes.text : "";
		len = bytes.len;
	}
	/* libauparse takes a bracket at the end for punctuation: nlbl_domain=(default). */
	if (len && value[len - 1] == ')' && !(len == 6 && (memcmp(value, "(none)", 6) == 0 || memcmp(value, "(null)", 6) == 0)))
		len--;
	event_of(s, serial)->event[serial].fields++;
	s->event[serial].sum += sum_of(name, n, value, len);
}

static int ours(void *context, const struct gathered *ev, struct err *e)
{
	struct seen *s = context;

	(void)e;
	/* auditd counts its own by itself, from any number. */
	if (ev->n && line_kind(ev->rec[0].type) == KIND_DAEMON)
		return 0;
	for (size_t i = 0; i < ev->n; i++) {
		struct line *l = &ev->rec[i];
		struct span parts[2];
		struct pair f;

		line_finish(l);
		parts[0] = l->head;
		parts[1] = l->body;
		event_of(s, ev->stamp.serial)->event[ev->stamp.serial].records++;
		for (size_t p = 0; p < 2; p++)
			while (field_next(&parts[p], &f))
				add(s, ev->stamp.serial, l->type == TYPE_EXECVE, f.name.at, f.name.len, f.value.at, f.value.len, true);
	}
	return 0;
}

static void theirs(const char *path, struct seen *s)
{
	auparse_state_t *au = auparse_init(AUSOURCE_FILE, path);

	assert_non_null(au);
	auparse_set_escape_mode(au, AUPARSE_ESC_RAW);
	while (auparse_next_event(au) > 0) {
		uint64_t serial = auparse_get_serial(au);

		auparse_first_record(au);
		if (strncmp(auparse_get_type_name(au) ? auparse_get_type_name(au) : "", "DAEMON_", 7) == 0)
			continue;
		do {
			bool execve = strcmp(auparse_get_type_name(au) ? auparse_get_type_name(au) : "", "EXECVE") == 0;

			event_of(s, serial)->event[serial].records++;
			auparse_first_field(au);
			do {
				const char *name = auparse_get_field_name(au), *value;
				size_t n = strlen(name);

				if (is_escaped(name, n) && (name[0] != 'a' || execve || n > 2))
					value = auparse_interpret_field(au);
				else
					value = auparse_get_field_str(au);
				add(s, serial, execve, name, n, value ? value : "", value ? strlen(value) : 0, false);
			} while (auparse_next_field(au) > 0);
		} while (auparse_next_record(au) > 0);
	}
	auparse_destroy(au);
}

/* Of this file both say the same. `made`: its numbers begin at 1 and each is one event. */
static void compare(const char *path, bool made)
{
	struct seen mine = { 0 }, yours = { 0 };
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0, differ = 0;
	struct gather *g;
	struct err e = { 0 };

	assert_true(fd >= 0);
	assert_int_equal(gather_new(ours, &mine, &g, &e), 0);
	assert_int_equal(gather_read(g, fd, &e) || gather_flush(g, &e), 0);
	assert_int_equal(gather_counts(g)->bad, 0);
	for (size_t i = 0; i < mine.n; i++)
		n += mine.event[i].records > 0;
	/* Also those with others in their middle. */
	if (made)
		assert_int_equal(gather_counts(g)->events, n);
	gather_free(g);
	theirs(path, &yours);
	assert_int_equal(mine.n, yours.n);
	assert_true(n > (made ? 5000 : 100));
	for (size_t i = 0; i < mine.n && differ < 5; i++)
		if (memcmp(&mine.event[i], &yours.event[i], sizeof(mine.event[i]))) {
			print_error("event %zu: records %ju/%ju fields %ju/%ju\n", i, (uintmax_t)mine.event[i].records,
				    (uintmax_t)yours.event[i].records, (uintmax_t)mine.event[i].fields, (uintmax_t)yours.event[i].fields);
			differ++;
		}
	assert_int_equal(differ, 0);
	free(mine.event);
	free(yours.event);
}

static void a_made_log(void **state)
{
	char path[] = "/tmp/secctr-oracle-XXXXXX", here[4096] = "", command[8192];
	auto_close int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0 && readlink("/proc/self/exe", here, sizeof(here) - 1) > 0 && strrchr(here, '/'));
	*strrchr(here, '/') = '\0';
	for (int pass = 0; pass < 2; pass++) {
		snprintf(command, sizeof(command), "%s/../../report-gen -b 6000000 -s %d %s >%s", here, pass + 1, pass ? "-r" : "", path);
		assert_int_equal(system(command), 0);
		compare(path, true);
	}
	unlink(path);
}

/* Of the VM (tests/vm), after its guides; SECCTR_ORACLE_LOG: another one, which 80-oracle.sh takes from the VM of that day. */
static void a_real_log(void **state)
{
	char path[] = "/tmp/secctr-oracle-XXXXXX", command[256];
	const char *other = getenv("SECCTR_ORACLE_LOG");
	auto_close int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	snprintf(command, sizeof(command), "gzip -dc tests/fixtures/vm-audit.log.gz >%s", path);
	if (!other)
		assert_int_equal(system(command), 0);
	compare(other ? other : path, false);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_made_log), cmocka_unit_test(a_real_log) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
