/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - jansson, made strict where it is not, and exact for 2^64-1.
 *
 * jansson holds integers as int64_t. OCI files write "unlimited" as 2^64-1, so
 * that one token is handed to jansson as a real and printed as an integer again.
 * It stays the only real of that size: every other number of 2^63 or more is
 * refused, integers by jansson and reals here.
 */
#include "launcher/base/json.h"

#include <math.h>
#include <string.h>
#include <sys/auxv.h>

static const char max_token[] = "18446744073709551615";		/* 2^64-1 */
static const char max_real[] = "1.8446744073709552e19";		/* how jansson prints it */
static const double max_value = 18446744073709551615.0;

enum { DUMP_BYTES = 2000 };		/* of most texts that are written */

struct scan {
	const char *buf, *what;
	size_t len, at;
	size_t copied;			/* up to here the text has a copy with the big numbers changed; 0: it needs none yet */
	int line;
	int depth;
	struct err *e;
};

/* The first byte after the string that starts at `at`. Malformed ones are left to jansson. */
static size_t after_string(const char *buf, size_t len, size_t at)
{
	at++;
	while (at < len) {
		const char *quote = memchr(buf + at, '"', len - at), *escape = NULL;
		size_t end = quote ? (size_t)(quote - buf) : len;

		/* Once a quote, not once an escape: the text may be hostile. */
		while (quote && at <= end && (escape = memchr(buf + at, '\\', end - at)))
			at = (size_t)(escape - buf) + 2;
		if (!escape)
			return quote ? end + 1 : len;
	}
	return len;
}

static size_t number_length(const char *buf, size_t len)
{
	size_t n = 0;

	while (n < len && buf[n] && strchr("+-.0123456789eE", buf[n]))
		n++;
	return n;
}

/* Checks the number at s->at. The one big integer is replaced by a real: up to there *to is the text. */
static int pass_number(struct scan *s, struct str *to)
{
	const char *token = s->buf + s->at;
	size_t n = number_length(token, s->len - s->at);
	char text[64];

	s->at += n;
	if (n == sizeof(max_token) - 1 && memcmp(token, max_token, n) == 0) {
		if (str_add_bytes(to, s->buf + s->copied, (size_t)(token - s->buf) - s->copied, s->e))
			return -1;
		s->copied = s->at;
		return str_add(to, max_real, s->e);
	}
	if (n >= sizeof(text))
		return err_set(s->e, ERR_LIMIT, 0, "%s:%d: number of %zu digits", s->what, s->line, n);
	memcpy(text, token, n);
	text[n] = '\0';
	if (strpbrk(text, ".eE") && fabs(strtod(text, NULL)) >= 9223372036854775808.0)
		return err_set(s->e, ERR_INPUT, 0, "%s:%d: number out of range", s->what, s->line);
	return 0;
}

/* Depth, which jansson fixes at 2048, and numbers, which it cannot hold. */
static int prepare(struct scan *s, struct str *to)
{
	while (s->at < s->len) {
		size_t from = s->at;
		char c = s->buf[from];

		if (c == '-' || (c >= '0' && c <= '9')) {
			if (pass_number(s, to))
				return -1;
			continue;
		}
		/* jansson takes NUL after a number for nothing (seen with 2.14). */
		if (c == '\0')
			return err_set(s->e, ERR_INPUT, 0, "%s:%d: NUL byte", s->what, s->line);
		if (c == '"')
			s->at = after_string(s->buf, s->len, from);
		else
			s->at++;
		if (c == '\n')
			s->line++;
		if ((c == '[' || c == '{') && ++s->depth > JSON_DEPTH)
			return err_set(s->e, ERR_LIMIT, 0, "%s:%d: nested deeper than %d", s->what,
				       s->line, JSON_DEPTH);
		if (c == ']' || c == '}')
			s->depth--;
	}
	return s->copied ? str_add_bytes(to, s->buf + s->copied, s->len - s->copied, s->e) : 0;
}

/*
 * jansson's own way to a seed against chosen hash collisions is to open /dev/urandom. The kernel gave
 * each program 16 random bytes at its start (AT_RANDOM, getauxval(3)); some of those do.
 */
static __attribute__((constructor)) void seed_tables(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	size_t seed = 0;

	if (random)
		memcpy(&seed, random, sizeof(seed));
	json_object_seed(seed);		/* 0: as jansson likes */
}

int json_read(const char *buf, size_t len, const char *what, json_t **ret, struct err *e)
{
	struct scan s = { .buf = buf, .what = what, .len = len, .line = 1, .e = e };
	auto_str struct str text = { 0 };
	json_error_t why;
	json_t *j;

	if (len > JSON_BYTES_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s: more than %zu bytes of JSON", what, JSON_BYTES_MAX);
	if (prepare(&s, &text))
		return -1;
	j = json_loadb(s.copied ? text.text : buf, s.copied ? text.len : len, JSON_REJECT_DUPLICATES, &why);
	if (!j)
		return err_set(e, ERR_INPUT, 0, "%s:%d: %s", what, why.line > 0 ? why.line : 1, why.text);
	*ret = j;
	return 0;
}

/* Puts the integer back where jansson printed max_real. It is shorter: done in place. */
static void restore_max(char *text)
{
	size_t len = strlen(text), at = 0, to = 0;

	while (at < len) {
		size_t n = 1;

		if (text[at] == '"') {
			n = after_string(text, len, at) - at;
		} else if (strncmp(text + at, max_real, sizeof(max_real) - 1) == 0) {
			memcpy(text + to, max_token, sizeof(max_token) - 1);
			to += sizeof(max_token) - 1;
			at += sizeof(max_real) - 1;
			continue;
		}
		memmove(text + to, text + at, n);
		to += n;
		at += n;
	}
	text[to] = '\0';
}

struct dumped {
	struct str *text;
	struct err *e;
	bool failed;
};

static int add_text(const char *part, size_t len, void *arg)
{
	struct dumped *to = arg;

	to->failed = str_add_bytes(to->text, part, len, to->e);
	return to->failed ? -1 : 0;
}

/* Not json_dumps(): its buffer doubles into a new one each time, and all of them are pages of this process. */
static int dump(const json_t *j, size_t flags, char **ret, struct err *e)
{
	auto_str struct str text = { 0 };
	struct dumped to = { .text = &text, .e = e };

	if (str_room(&text, DUMP_BYTES, e))
		return -1;
	if (json_dump_callback(j, add_text, &to, flags))
		return to.failed ? err_context(e, "JSON") : err_set(e, ERR_SYSTEM, ENOMEM, "JSON text");
	/* A value of ours can hold it, a value that was read can hold no other real like it. */
	if (strstr(text.text, max_real))
		restore_max(text.text);
	*ret = take_ptr(&text.text);
	return 0;
}

int json_canonical(const json_t *j, char **ret, struct err *e)
{
	return dump(j, JSON_COMPACT | JSON_SORT_KEYS, ret, e);
}

/* jansson escapes what JSON forbids; a terminal minds more. */
static int dump_safe(const json_t *j, size_t flags, char **ret, struct err *e)
{
	auto_str struct str safe = { 0 };
	auto_free char *text = NULL;

	size_t len;

	if (dump(j, flags | JSON_ENCODE_ANY, &text, e))
		return -1;
	len = strlen(text);
	if (str_plain(text, len) == len) {
		*ret = take_ptr(&text);
		return 0;
	}
	if (str_add_json(&safe, text, len, e))
		return -1;
	*ret = take_ptr(&safe.text);
	return 0;
}

int json_line(const json_t *j, char **ret, struct err *e)
{
	return dump_safe(j, JSON_COMPACT, ret, e);
}

int json_pretty(const json_t *j, char **ret, struct err *e)
{
	return dump_safe(j, JSON_INDENT(4), ret, e);
}

json_t *json_from_u64(uint64_t value)
{
	if (value <= INT64_MAX)
		return json_integer((json_int_t)value);
	return value == UINT64_MAX ? json_real(max_value) : NULL;
}

int json_to_u64(const json_t *j, uint64_t *ret)
{
	if (json_is_integer(j) && json_integer_value(j) >= 0)
		*ret = (uint64_t)json_integer_value(j);
	else if (json_is_real(j) && json_real_value(j) >= max_value && json_real_value(j) <= max_value)
		*ret = UINT64_MAX;
	else
		return -1;
	return 0;
}
