/* SPDX-License-Identifier: Apache-2.0 */
/* Raw lines: those of a time, and those behind a line that is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/evidence/chain.h"
#include "audit/report/lines.h"

static struct err e;

static int memory(const char *text)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* What is copied of these inputs. */
static void copies(const struct lines_request *q, const char *const inputs[], const char *want, bool want_found)
{
	int fd[4];
	struct report_input in = { fd, 0 };
	char *text = NULL;
	size_t len = 0;
	bool found;
	FILE *out = open_memstream(&text, &len);

	for (; inputs[in.n]; in.n++)
		fd[in.n] = memory(inputs[in.n]);
	if (lines_copy(q, &in, out, &found, &e))
		fail_msg("%s", e.text);
	(void)fclose(out);
	assert_string_equal(text, want);
	assert_int_equal(found, want_found);
	free(text);
	while (in.n)
		(void)close(fd[--in.n]);
}

#define L(sec, serial) "type=USER msg=audit(" sec ".000:" serial "): x\n"
static const char A[] = L("100", "1"), B[] = L("200", "2"), C[] = L("150", "3"), D[] = L("300", "4");

static char *all(const char *const texts[])
{
	static char buf[4096];

	buf[0] = '\0';
	for (size_t i = 0; texts[i]; i++)
		strcat(buf, texts[i]);
	return strdup(buf);
}
#define ALL(...) all((const char *const[]){ __VA_ARGS__, NULL })
#define IN(...) (const char *const[]){ __VA_ARGS__, NULL }

static void by_time(void **state)
{
	char *abcd = ALL(A, B, C, D), *bc = ALL(B, C), *gab = ALL("garbage\n", A, "more\n", B, "behind b\n", D, "behind d\n"), *b_behind = ALL(B, "behind b\n");

	(void)state;
	copies(&(struct lines_request){ .start_ms = 0 }, IN(abcd), abcd, true);
	/* An event that was written late is of its own time. */
	copies(&(struct lines_request){ .start_ms = 150000, .end_ms = 200000 }, IN(abcd), bc, true);
	copies(&(struct lines_request){ .start_ms = 150001, .end_ms = 199999 }, IN(abcd), "", true);
	/* A line without a stamp goes with the one in front. */
	copies(&(struct lines_request){ .start_ms = 150000, .end_ms = 200000 }, IN(gab), b_behind, true);
	copies(&(struct lines_request){ .start_ms = 0 }, IN(gab), gab, true);
	free(abcd), free(bc), free(gab), free(b_behind);
}

static struct lines_request behind(const char *line)
{
	struct lines_request q = { .start_ms = 0 };
	unsigned char digest[SHA_BYTES];
	struct sha s;

	chain_event(line, strlen(line), q.event);
	assert_int_equal(sha_begin(&s, &e) | sha_add(&s, line, strlen(line), &e) | sha_end(&s, digest, &e), 0);
	sha_hex(digest, q.sha256);
	return q;
}

static void by_place(void **state)
{
	struct lines_request b = behind(B), c = behind(C), none = behind(L("999", "9")), other = behind(B);
	char *ab = ALL(A, B), *cd = ALL(C, D), *abcd = ALL(A, B, C, D), *twice = ALL(A, B, C, B, D);

	(void)state;
	copies(&b, IN(abcd), cd, true);
	copies(&b, IN(ab, cd), cd, true);
	/* However old the event of a later line is: C is of an earlier time than B. */
	copies(&c, IN(ab, cd), D, true);
	copies(&b, IN(twice), D, true);
	/* The log is not the one that it was: all of it, and it is said. */
	copies(&none, IN(ab, cd), abcd, false);
	/* The same event's id with other words is another line. */
	other.sha256[0] = other.sha256[0] == '0' ? '1' : '0';
	copies(&other, IN(abcd), abcd, false);
	free(ab), free(cd), free(abcd), free(twice);
}

static void last_lines(void **state)
{
	char *open = ALL(A, B, "type=USER msg=audit(300.000:4): not writ"), *ab = ALL(A, B), *cut = ALL(A, "type=USER msg=audit(110.000:9): cut"),
	     *whole = ALL(A, "type=USER msg=audit(110.000:9): cut\n", B);
	static char longest[(1 << 20) + 4096], more[2048];

	(void)state;
	copies(&(struct lines_request){ .start_ms = 0 }, IN(open), ab, true);
	copies(&(struct lines_request){ .start_ms = 0 }, IN(cut, B), whole, true);
	/* One that is longer than what is looked at of a line. */
	memset(more, 'y', sizeof(more) - 1);
	strcat(strcpy(longest, open), more);
	copies(&(struct lines_request){ .start_ms = 0 }, IN(longest), ab, true);
	/* A line of more than what is kept back is written out as it comes. */
	memset(longest, 'x', sizeof(longest) - 1);
	copies(&(struct lines_request){ .start_ms = 0 }, IN(longest), longest, true);
	free(open), free(ab), free(cut), free(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(by_time), cmocka_unit_test(by_place), cmocka_unit_test(last_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
