/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_read.c - the readers of numbers, sizes, times, UTF-8 and patterns, beside slower readers written for this test. */
#include <ctype.h>

#include "launcher/base/str.h"
#include "tests/fuzz/fuzz.h"

typedef unsigned __int128 wide;

/* Digits, and what is behind them; more than 30 digits count as infinite. */
static bool number(const char *text, wide *ret, const char **ret_rest)
{
	size_t n = strspn(text, "0123456789"), zeros = strspn(text, "0");

	*ret = 0;
	for (size_t i = zeros; i < n && i < zeros + 31; i++)
		*ret = *ret * 10 + (unsigned)(text[i] - '0');
	*ret_rest = text + n;
	return n > 0;
}

static bool model(const char *text, const char *const *word, const wide *factor, wide *ret)
{
	const char *rest;
	wide v;

	if (!number(text, &v, &rest))
		return false;
	for (; *word; word++, factor++)
		if (strlen(*word) == strlen(rest)) {
			size_t i = 0;

			while ((*word)[i] && (rest[i] | 0x20) == (*word)[i] && isalpha((unsigned char)rest[i]))
				i++;
			if (!(*word)[i]) {
				*ret = v * *factor;
				return v <= INT64_MAX && *ret <= INT64_MAX;
			}
		}
	return false;
}

static void agree(int rc, int64_t got, bool model_says, wide model_value, const struct err *e)
{
	DEMAND((rc == 0) == model_says);
	if (rc == 0)
		DEMAND(got >= 0 && (wide)got == model_value);
	else
		fuzz_refused(e);
}

static void numbers(const char *text)
{
	static const char *const sizes[] = { "", "b", "k", "m", "g", "t", NULL }, *const times[] = { "", "ms", "s", "m", "h", NULL };
	static const wide size_of[] = { 1, 1, 1 << 10, 1 << 20, 1 << 30, (wide)1 << 40 };
	static const wide time_of[] = { 1000000, 1000, 1000000, 60000000, 3600000000 };
	struct err e = { 0 };
	const char *rest;
	uint64_t u = 0;
	int64_t got = 0;
	wide v = 0;
	bool says;
	int rc;

	rc = str_to_size(text, "w", &got, &e);
	says = model(text, sizes, size_of, &v);
	agree(rc, got, says, v, &e);
	rc = str_to_usec(text, "w", &got, &e);
	says = model(text, times, time_of, &v);
	agree(rc, got, says, v, &e);
	rc = str_to_u64(text, 7, UINT64_MAX - 7, "w", &u, &e);
	says = number(text, &v, &rest) && !*rest && v >= 7 && v <= UINT64_MAX - 7;
	DEMAND((rc == 0) == says && (!says || v == u));
}

/* "1.5" is 1 and "500000" */
static void micro(const char *text)
{
	const char *dot = strchr(text, '.'), *rest;
	char part[7] = "000000";
	struct err e = { 0 };
	int64_t got = 0;
	wide whole = 0, small;
	bool says = true;
	size_t n = dot ? strlen(dot + 1) : 0;
	int rc = str_to_micro(text, "w", &got, &e);

	if (dot != text)
		says = number(text, &whole, &rest) && rest == (dot ? dot : text + strlen(text));
	if (dot && (n < 1 || n > 6 || strspn(dot + 1, "0123456789") != n))
		says = false;
	if (says && dot)
		memcpy(part, dot + 1, n);
	(void)number(part, &small, &rest);
	whole = whole * 1000000 + small;
	agree(rc, got, says && whole <= INT64_MAX, whole, &e);
}

/* RFC 3629 section 4, its grammar row by row. */
static size_t utf8_model(const unsigned char *p, size_t n)
{
#define IN(i, lo, hi) (n > (i) && p[i] >= (lo) && p[i] <= (hi))
#define TAIL(i) IN(i, 0x80, 0xbf)
	if (IN(0, 0x01, 0x7f))
		return 1;
	if (IN(0, 0xc2, 0xdf) && TAIL(1))
		return 2;
	if (((p[0] == 0xe0 && IN(1, 0xa0, 0xbf)) || (IN(0, 0xe1, 0xec) && TAIL(1)) || (p[0] == 0xed && IN(1, 0x80, 0x9f)) ||
	     (IN(0, 0xee, 0xef) && TAIL(1))) && TAIL(2))
		return 3;
	if (((p[0] == 0xf0 && IN(1, 0x90, 0xbf)) || (IN(0, 0xf1, 0xf3) && TAIL(1)) || (p[0] == 0xf4 && IN(1, 0x80, 0x8f))) &&
	    TAIL(2) && TAIL(3))
		return 4;
	return 0;
}

static bool all_utf8(const char *text, size_t len)
{
	size_t at = 0, n = 1;

	for (; at < len && n; at += n)
		n = utf8_model((const unsigned char *)text + at, len - at);
	return n || !len;
}

static void text_of(const char *text, size_t len)
{
	auto_str struct str safe = { 0 };
	struct err e;

	DEMAND(str_is_utf8(text, len) == all_utf8(text, len));
	DEMAND(str_add_safe(&safe, text, len, &e) == 0);
	DEMAND(all_utf8(safe.text, safe.len) && strlen(safe.text) == safe.len);
	for (size_t i = 0; i < safe.len; i++) {
		const unsigned char *p = (const unsigned char *)safe.text + i;

		DEMAND(*p >= 0x20 && *p != 0x7f && !(p[0] == 0xc2 && p[1] < 0xa0));
		DEMAND(!(p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae));
		DEMAND(!(p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
	}
}

/* match[i][j]: the first i bytes of the pattern match the first j of the text. */
static void pattern(const char *p, const char *t)
{
	enum { MOST = 64 };
	bool match[MOST + 1][MOST + 1] = { { true } };
	size_t np = strlen(p), nt = strlen(t);

	if (np > MOST || nt > MOST) {
		(void)str_matches(p, t);
		return;
	}
	for (size_t i = 1; i <= np; i++)
		for (size_t j = 0; j <= nt; j++)
			match[i][j] = p[i - 1] == '*' ? match[i - 1][j] || (j && match[i][j - 1]) :
				      j && match[i - 1][j - 1] && (p[i - 1] == '?' || p[i - 1] == t[j - 1]);
	DEMAND(str_matches(p, t) == match[np][nt]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fuzz_input in = { bytes, n }, whole = in;
	auto_free char *all = fuzz_take(&whole, n), *first = fuzz_word(&in), *second = fuzz_word(&in);

	text_of(all, n);
	numbers(first);
	micro(first);
	pattern(first, second);
	return 0;
}
