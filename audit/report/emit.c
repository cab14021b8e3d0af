/* SPDX-License-Identifier: Apache-2.0 */
/* emit.c - see emit.h. */
#include "audit/report/emit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "launcher/base/cleanup.h"

int emit_u64(struct str *to, uint64_t n, struct err *e)
{
	static const char pairs[] = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
				    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
	char buf[32], *at = buf + 20;

	for (; n >= 100; n /= 100)
		memcpy(at -= 2, pairs + n % 100 * 2, 2);
	if (n >= 10)
		memcpy(at -= 2, pairs + n * 2, 2);
	else
		*--at = (char)('0' + n);
	n = (uint64_t)(buf + 20 - at);
	if (n > 10 || !to->text || to->room - to->len <= 16)
		return emit_raw(to, at, n, e);
	memcpy(to->text + to->len, at, 10);	/* from within buf, whatever stands behind the digits */
	to->len += n;
	to->text[to->len] = '\0';
	return 0;
}

static inline bool is_plain(char c, char a, char b)
{
	return c >= 0x20 && c < 0x7f && c != a && c != b;
}

#ifdef __SSE2__
/* A bit for each of sixteen bytes that is not printable ASCII, or `a` or `b`. As signed numbers what is beyond ASCII is below a blank. */
static inline unsigned odd_bytes(__m128i v, char a, char b)
{
	__m128i one = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(a)), _mm_cmpeq_epi8(v, _mm_set1_epi8(b)));
	__m128i other = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f)), _mm_cmplt_epi8(v, _mm_set1_epi8(' ')));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(one, other));
}

/* Less than sixteen: as two halves that may overlap. */
static inline bool plain_few(const char *text, size_t n, char a, char b)
{
	uint64_t low = 0, high = 0;
	uint32_t l, h;

	if (n >= 8) {
		memcpy(&low, text, 8);
		memcpy(&high, text + n - 8, 8);
		return !odd_bytes(_mm_set_epi64x((long long)high, (long long)low), a, b);
	}
	if (n < 4)
		return false;
	memcpy(&l, text, 4);
	memcpy(&h, text + n - 4, 4);
	low = (uint64_t)h << 32 | l;
	return !(odd_bytes(_mm_cvtsi64_si128((long long)low), a, b) & 0xff);
}
#endif

/* Bytes in front that are such. Where a step is wider than what is left, some are looked at twice. */
static inline size_t plain_front(const char *text, size_t n, char a, char b)
{
	size_t i = 0;

#ifdef __SSE2__
	if (n < 16) {
		if (plain_few(text, n, a, b))
			return n;
	} else {
		while (i < n) {
			size_t at = n - i >= 16 ? i : n - 16;
			unsigned odd = odd_bytes(_mm_loadu_si128((const __m128i *)(const void *)(text + at)), a, b);

			if (odd)
				return at + (unsigned)__builtin_ctz(odd);
			i = at + 16;
		}
		return n;
	}
#endif
	while (i < n && is_plain(text[i], a, b))
		i++;
	return i;
}

int emit_safe(struct str *to, struct span text, struct err *e)
{
	/* Nearly everything is printable ASCII. */
	size_t plain = plain_front(text.at, text.len, 0, 0);

	if (plain && emit_raw(to, text.at, plain, e))
		return -1;
	return plain == text.len ? 0 : str_add_safe(to, text.at + plain, text.len - plain, e);
}

/* str_add_safe() would not change it. */
static bool is_safe(struct span text)
{
	auto_str struct str safe = { 0 };
	struct err ignored;

	return str_add_safe(&safe, text.at, text.len, &ignored) == 0 && safe.len == text.len;
}

static int emit_json_safe(struct str *to, struct span text, struct err *e)
{
	auto_str struct str safe = { 0 };

	return str_add_safe(&safe, text.at, text.len, e) || emit_json(to, span_of_str(&safe), e) ? -1 : 0;
}

/* `i` bytes in front stay as they are. */
static int json_slow(struct str *to, struct span text, size_t i, struct err *e)
{
	size_t from = 0, begin = to->len;
	bool utf8 = false;

	if (EMIT(to, "\"", e))
		return -1;
	for (; i += plain_front(text.at + i, text.len - i, '"', '\\'), i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c >= 0x80) {
			utf8 = true;
			continue;
		}
		if (c < 0x20 || c == 0x7f) {
			to->len = begin;
			return emit_json_safe(to, text, e);
		}
		if (emit_raw(to, text.at + from, i - from, e) || EMIT(to, "\\", e))
			return -1;
		from = i;
	}
	/* Beyond ASCII: what is safe stays as it is, and comes here again. */
	if (utf8 && !is_safe(text)) {
		to->len = begin;
		return emit_json_safe(to, text, e);
	}
	return emit_raw(to, text.at + from, i - from, e) || EMIT(to, "\"", e) ? -1 : 0;
}

int emit_json(struct str *to, struct span text, struct err *e)
{
	size_t n = plain_front(text.at, text.len, '"', '\\');
	char *at;

	if (n != text.len || !to->text || to->room - to->len <= n + 2)
		return json_slow(to, text, n, e);
	at = to->text + to->len;
	*at++ = '"';
	copy_short(at, text.at, n);
	memcpy(at + n, "\"", 2);
	to->len += n + 2;
	return 0;
}

static int cell_slow(struct str *to, struct span text, bool formula, struct err *e)
{
	auto_str struct str safe = { 0 };
	const char *at, *end, *quote;

	if (emit_safe(&safe, text, e))
		return -1;
	if (!safe.len || (!memchr(safe.text, ',', safe.len) && !memchr(safe.text, '"', safe.len)))
		return (formula && EMIT(to, "'", e)) || (safe.len && emit_raw(to, safe.text, safe.len, e)) ? -1 : 0;
	if (EMIT(to, "\"", e) || (formula && EMIT(to, "'", e)))
		return -1;
	/* A quote stands twice. */
	for (at = safe.text, end = at + safe.len; (quote = memchr(at, '"', (size_t)(end - at))); at = quote + 1)
		if (emit_raw(to, at, (size_t)(quote - at), e) || EMIT(to, "\"\"", e))
			return -1;
	return emit_raw(to, at, (size_t)(end - at), e) || EMIT(to, "\"", e) ? -1 : 0;
}

int emit_cell(struct str *to, struct span text, struct err *e)
{
	bool formula = text.len && memchr("=+-@", text.at[0], 4);

	if (!text.len)
		return 0;
	if (plain_front(text.at, text.len, ',', '"') != text.len)
		return cell_slow(to, text, formula, e);
	return (formula && EMIT(to, "'", e)) || emit_raw(to, text.at, text.len, e) ? -1 : 0;
}

static void two(char *at, int n)
{
	at[0] = (char)('0' + n / 10 % 10);
	at[1] = (char)('0' + n % 10);
}

int emit_time(struct str *to, const struct stamp *s, struct err *e)
{
	/* Records come in runs of the same second. */
	static _Thread_local uint64_t last = UINT64_MAX;
	static _Thread_local char day[32];
	char ms[6] = ".000Z";
	time_t t = (time_t)s->sec;
	struct tm tm;

	if (s->sec > 253402300799 || (s->sec != last && !gmtime_r(&t, &tm)))
		return EMIT(to, "?", e);
	if (s->sec != last) {
		(void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
		last = s->sec;
	}
	ms[1] = (char)('0' + s->ms / 100);
	two(ms + 2, (int)(s->ms % 100));
	return emit_raw(to, day, strlen(day), e) || emit_raw(to, ms, 5, e) ? -1 : 0;
}

int emit_id(struct str *to, const struct stamp *s, struct err *e)
{
	char ms[6] = ".000:";

	ms[1] = (char)('0' + s->ms / 100);
	two(ms + 2, (int)(s->ms % 100));
	return emit_u64(to, s->sec, e) || emit_raw(to, ms, 5, e) || emit_u64(to, s->serial, e) ? -1 : 0;
}
