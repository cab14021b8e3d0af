/* SPDX-License-Identifier: Apache-2.0 */
/* str_read.c - reading numbers, sizes, times, UTF-8 and patterns from text that others chose. */
#include <string.h>

#include "launcher/base/str.h"

/* Own digits and letters: isdigit() and strtoul() depend on the locale and take blanks and signs. */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads digits up to the first other byte. NULL: no digit, or more than UINT64_MAX. */
static const char *digits(const char *text, uint64_t *ret)
{
	uint64_t value = 0;

	if (!is_digit(*text))
		return NULL;
	for (; is_digit(*text); text++)
		if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return NULL;
	*ret = value;
	return text;
}

static int refuse(struct err *e, const char *what, const char *text, const char *rule)
{
	return err_set(e, ERR_INPUT, 0, "%s: \"%.100s\" is not %s", what, text, rule);
}

int str_to_u64(const char *text, uint64_t min, uint64_t max, const char *what,
	       uint64_t *ret, struct err *e)
{
	uint64_t value;
	const char *end = digits(text, &value);

	if (!end || *end || value < min || value > max)
		return err_set(e, ERR_INPUT, 0,
			       "%s: \"%.100s\" is not a whole number from %llu to %llu", what, text,
			       (unsigned long long)min, (unsigned long long)max);
	*ret = value;
	return 0;
}

struct unit {
	const char *word;
	int64_t factor;
};

/* DIGITS[UNIT]; the first unit is the one of a bare number. */
static int with_unit(const char *text, const struct unit *units, size_t n, int64_t *ret)
{
	uint64_t value;
	const char *end = digits(text, &value);

	for (size_t i = 0; end && i < n; i++) {
		if (strcasecmp(end, units[i].word) != 0)
			continue;
		return value > INT64_MAX ||
		       __builtin_mul_overflow((int64_t)value, units[i].factor, ret) ? -1 : 0;
	}
	return -1;
}

int str_to_size(const char *text, const char *what, int64_t *ret, struct err *e)
{
	static const struct unit units[] = {
		{ "", 1 }, { "b", 1 }, { "k", 1LL << 10 }, { "m", 1LL << 20 },
		{ "g", 1LL << 30 }, { "t", 1LL << 40 },
	};
	int64_t value;

	if (with_unit(text, units, ARRAY_LEN(units), &value))
		return refuse(e, what, text, "a size (digits and one of b, k, m, g, t; below 8 EiB)");
	*ret = value;
	return 0;
}

int str_to_usec(const char *text, const char *what, int64_t *ret, struct err *e)
{
	static const struct unit units[] = {
		{ "", 1000000 }, { "ms", 1000 }, { "s", 1000000 }, { "m", 60000000 },
		{ "h", 3600000000 },
	};
	int64_t value;

	if (with_unit(text, units, ARRAY_LEN(units), &value))
		return refuse(e, what, text, "a time (digits and one of ms, s, m, h)");
	*ret = value;
	return 0;
}

int str_to_micro(const char *text, const char *what, int64_t *ret, struct err *e)
{
	const char *rule = "a number with at most 6 decimals";
	const char *end = text, *dot;
	uint64_t whole = 0;
	int64_t value, part = 0;

	if (*text != '.')
		end = digits(text, &whole);
	if (!end || whole > INT64_MAX / 1000000)
		return refuse(e, what, text, rule);
	dot = end;
	if (*dot == '.') {
		int64_t place = 100000;

		for (end = dot + 1; is_digit(*end) && place; end++, place /= 10)
			part += (*end - '0') * place;
		if (end == dot + 1)
			return refuse(e, what, text, rule);
	}
	if (*end || __builtin_add_overflow((int64_t)whole * 1000000, part, &value))
		return refuse(e, what, text, rule);
	*ret = value;
	return 0;
}

/* Length of the well-formed sequence at p (RFC 3629 section 4), 0 if there is none. */
static size_t utf8_one(const unsigned char *p, size_t n, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = p[0] < 0x80 ? 1 : (p[0] & 0xe0) == 0xc0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 :
		     (p[0] & 0xf8) == 0xf0 ? 4 : 0;
	uint32_t c = len == 1 ? p[0] : p[0] & (0x7fu >> len);

	if (!len || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return len;
}

bool str_is_utf8(const char *text, size_t len)
{
	uint32_t c;

	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_one((const unsigned char *)text + i, len - i, &c);
		if (!n || !c)
			return false;
	}
	return true;
}

/* Unicode TR9 table 1 (explicit formatting and marks), and the two line separators. */
static bool is_reordering(uint32_t c)
{
	return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* Length of the character at p; *ret_safe says whether a terminal may have it. */
static size_t next_character(const unsigned char *p, size_t len, bool *ret_safe)
{
	uint32_t c = 0;
	size_t n = utf8_one(p, len, &c);

	*ret_safe = n && c >= 0x20 && (c < 0x7f || c > 0x9f) && !is_reordering(c);
	return n ? n : 1;
}

void str_make_safe(char *text)
{
	unsigned char *p = (unsigned char *)text;

	for (size_t left = strlen(text), n; left; p += n, left -= n) {
		bool safe;

		n = next_character(p, left, &safe);
		if (!safe)
			memset(p, '?', n);
	}
}

int str_add_safe(struct str *s, const char *text, size_t len, struct err *e)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t i = 0;

	if (str_add_bytes(s, NULL, 0, e))
		return -1;
	while (i < len) {
		bool safe;
		size_t n = next_character(p + i, len - i, &safe);

		if (safe) {
			if (str_add_bytes(s, p + i, n, e))
				return -1;
			i += n;
			continue;
		}
		for (; n; n--, i++)
			if (str_addf(s, e, "\\x%02x", p[i]))
				return -1;
	}
	return 0;
}

size_t str_plain(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && ((text[n] >= 0x20 && text[n] < 0x7f) || text[n] == '\n'))
		n++;
	return n;
}

int str_add_json(struct str *s, const char *json, size_t len, struct err *e)
{
	const unsigned char *p = (const unsigned char *)json;
	uint32_t c;

	if (str_add_bytes(s, NULL, 0, e))
		return -1;
	for (size_t i = 0, n; i < len; i += n) {
		bool safe;

		n = str_plain(json + i, len - i);
		if (n) {
			if (str_add_bytes(s, p + i, n, e))
				return -1;
			continue;
		}
		n = next_character(p + i, len - i, &safe);
		/* In JSON text a newline stands between values only; what is not safe else is one of 16 bits in a string. */
		if (safe || p[i] == '\n' || !utf8_one(p + i, len - i, &c)) {
			if (str_add_bytes(s, p + i, n, e))
				return -1;
		} else if (str_addf(s, e, "\\u%04x", c)) {
			return -1;
		}
	}
	return 0;
}

bool str_matches(const char *pattern, const char *text)
{
	const char *star = NULL, *mark = NULL;

	/* Going back to the last star only is enough: an earlier one could not match more. */
	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			mark = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++mark;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
