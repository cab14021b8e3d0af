/* SPDX-License-Identifier: Apache-2.0 */
/* line.c - splitting lines of the audit log. */
#include "audit/report/line.h"

#include <string.h>

#include "launcher/base/cleanup.h"

static const struct type_row {
	const char *name;
	uint8_t len, kind;
} type_rows[TYPE_COUNT] = {
	[TYPE_OTHER] = { "", 0, KIND_OTHER },
#define X(n, k) [TYPE_##n] = { #n, sizeof(#n) - 1, KIND_##k },
	LINE_TYPES(X)
#undef X
};

/* A table of types by length and the first eight letters: filled before main(), read only after. */
enum { SLOTS = 1024 };
static struct { uint64_t front; uint8_t type; } slots[SLOTS];

/* At most eight letters as a number. */
static uint64_t front_of(const char *at, size_t len)
{
	uint64_t x = 0;

	memcpy(&x, at, len < 8 ? len : 8);
	return x;
}

static unsigned slot_of(uint64_t front, size_t len)
{
	return (unsigned)((front * UINT64_C(0x9e3779b97f4a7c15) + len) >> 54);
}

__attribute__((constructor)) static void fill_slots(void)
{
	for (unsigned t = 1; t < TYPE_COUNT; t++) {
		uint64_t front = front_of(type_rows[t].name, type_rows[t].len);
		unsigned s = slot_of(front, type_rows[t].len);

		while (slots[s].type)
			s = (s + 1) % SLOTS;
		slots[s].front = front;
		slots[s].type = (uint8_t)t;
	}
}

static enum line_type find_type(struct span name, uint64_t front)
{
	for (unsigned s = slot_of(front, name.len); slots[s].type; s = (s + 1) % SLOTS) {
		const struct type_row *row = &type_rows[slots[s].type];

		if (slots[s].front == front && row->len == name.len && (name.len <= 8 || memcmp(row->name + 8, name.at + 8, name.len - 8) == 0))
			return (enum line_type)slots[s].type;
	}
	return TYPE_OTHER;
}

enum line_kind line_kind(enum line_type type)
{
	return type_rows[type].kind;
}

static bool number(const char **at, const char *end, char stop, uint64_t *ret)
{
	const char *p = *at;
	uint64_t v = 0;

	/* Eighteen digits cannot overflow. */
	for (const char *few = end - p > 18 ? p + 18 : end; p < few && *p >= '0' && *p <= '9'; p++)
		v = v * 10 + (unsigned)(*p - '0');
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (unsigned)(*p - '0'), &v))
			return false;
	if (p == *at || (p == end ? stop != '\0' : *p != stop))
		return false;
	*at = p + 1;
	*ret = v;
	return true;
}

bool line_stamp(struct span id, struct stamp *ret)
{
	const char *at = id.at, *end = at + id.len;
	uint64_t ms;

	if (!number(&at, end, '.', &ret->sec) || !number(&at, end, ':', &ms) || ms > 999 ||
	    !number(&at, end, '\0', &ret->serial) || ret->serial > UINT32_MAX)	/* the kernel's counter is that wide */
		return false;
	ret->ms = (uint32_t)ms;
	return true;
}

static bool take(const char **at, const char *end, const char *text, size_t n)
{
	if ((size_t)(end - *at) < n || memcmp(*at, text, n) != 0)
		return false;
	*at += n;
	return true;
}

static const char *word_end(const char *at, const char *end, char stop, size_t max)
{
	return at < end ? memchr(at, stop, (size_t)(end - at) < max ? (size_t)(end - at) : max) : NULL;
}

/*
 * The last 0x1D begins auditd's names. In a raw log it could be one that a sender put into his body;
 * but that is closed by the kernel's single quote, and no name of auditd's ends so.
 */
static const char *split_tail(const char *at, const char *end, struct span *tail)
{
	const char *gs = at < end && end[-1] != '\'' ? memrchr(at, 0x1d, (size_t)(end - at)) : NULL;

	*tail = gs ? (struct span){ gs + 1, (size_t)(end - gs - 1) } : (struct span){ end, 0 };
	return gs ? gs : end;
}

/* The first " msg='"; NULL: none. By its quote, as few stand in front of a body. */
static const char *find_body(const char *at, const char *end)
{
	for (const char *from = at, *quote; from < end && (quote = memchr(from, '\'', (size_t)(end - from))); from = quote + 1)
		if (quote - at >= 5 && memcmp(quote - 5, " msg=", 5) == 0)
			return quote - 5;
	return NULL;
}

void line_split(struct line *l)
{
	const char *at = l->rest, *end = l->end, *p = NULL;

	l->rest = NULL;
	if (at < end && *at == ' ')
		at++;
	end = split_tail(at, end, &l->tail);
	l->head = (struct span){ at, (size_t)(end - at) };
	l->body = (struct span){ end, 0 };
	/* A kernel record has no body; looking for one would be half of the work. */
	if (type_rows[l->type].kind != KIND_KERNEL)
		p = find_body(at, end);
	l->user = p;
	if (!p)
		return;
	l->head.len = (size_t)(p - at);
	p += 6;
	l->body = (struct span){ p, (size_t)(end - p) };
	if (l->body.len && p[l->body.len - 1] == '\'')
		l->body.len--;
}

/* n is above 8, and small: no call. */
static inline __attribute__((always_inline)) bool same_bytes(const char *a, const char *b, size_t n)
{
	uint64_t x, y, other = 0;

	for (size_t i = 0; i + 8 < n; i += 8) {
		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		other |= x ^ y;
	}
	memcpy(&x, a + n - 8, 8);
	memcpy(&y, b + n - 8, 8);
	return !(other | (x ^ y));
}

/* "msg=audit(ID):" as the line before has it: one comparison instead of a reading. */
static inline __attribute__((always_inline)) bool same_id(const char **at, const char *end, const struct line *before)
{
	size_t n = before->id.len + 12;

	if ((size_t)(end - *at) < n || !same_bytes(*at, before->id.at - 10, n))
		return false;
	*at += n;
	return true;
}

static bool read_id(const char **at, const char *end, struct span *ret)
{
	const char *p;

	if (!take(at, end, "msg=audit(", 10))
		return false;
	/* Three numbers of at most 20 digits. */
	p = word_end(*at, end, ')', 64);
	if (!p)
		return false;
	*ret = (struct span){ *at, (size_t)(p - *at) };
	*at = p + 1;
	return take(at, end, ":", 1);
}

/* Where the type's name ends, and its first letters; most names are not longer than those. */
static const char *type_end(const char *at, const char *end, uint64_t *ret_front)
{
	const char *p;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t x, blank;

	if (end - at >= 8) {
		memcpy(&x, at, 8);
		*ret_front = x;
		x ^= ones * ' ';
		x = (x - ones) & ~x & tops;
		if (x) {
			blank = (uint64_t)__builtin_ctzll(x) & ~7u;
			*ret_front &= blank ? ~UINT64_C(0) >> (64 - blank) : 0;
			return at + blank / 8;
		}
	}
#endif
	p = word_end(at, end, ' ', LINE_TYPE_MAX + 1);
	*ret_front = p ? front_of(at, (size_t)(p - at)) : 0;
	return p;
}

bool line_front(const char *line, size_t len, const struct line *before, struct line *ret)
{
	const char *at = line, *end = line + len, *p;
	uint64_t front;

	ret->node = (struct span){ line, 0 };
	if (len && *line == 'n' && take(&at, end, "node=", 5)) {
		p = word_end(at, end, ' ', LINE_NODE_MAX + 1);
		if (!p || p == at)
			return false;
		ret->node = (struct span){ at, (size_t)(p - at) };
		at = p + 1;
	}
	if (!take(&at, end, "type=", 5))
		return false;
	p = type_end(at, end, &front);
	if (!p || p == at)
		return false;
	ret->name = (struct span){ at, (size_t)(p - at) };
	at = p + 1;
	if (before && same_id(&at, end, before))
		ret->id = before->id;
	else if (!read_id(&at, end, &ret->id))
		return false;
	ret->type = find_type(ret->name, front);
	ret->user = false;
	ret->rest = at;
	ret->end = end;
	if (type_rows[ret->type].kind != KIND_KERNEL)
		line_split(ret);
	return true;
}

/* Of a call's event most records have one of these; eight letters, and what follows the name, tell them apart. */
static const struct follower {
	char front[9];
	uint8_t len, type;
} followers[] = {
	{ "PATH msg", 4, TYPE_PATH }, { "PROCTITL", 9, TYPE_PROCTITLE }, { "CWD msg=", 3, TYPE_CWD }, { "EXECVE m", 6, TYPE_EXECVE },
	{ "SYSCALL ", 7, TYPE_SYSCALL }, { "SOCKADDR", 8, TYPE_SOCKADDR },
};

enum line_type line_again(const struct line *first, const char *line, size_t len, struct span *ret_raw)
{
	const char *at = line, *end = line + len;
	size_t node = first->node.len;

	if (node) {
		node += 6;	/* "node=" and a blank */
		if (len < node || memcmp(at, first->node.at - 5, node) != 0)
			return TYPE_OTHER;
		at += node;
	}
	if (end - at < 16 || !take(&at, end, "type=", 5))
		return TYPE_OTHER;
	for (size_t i = 0; i < ARRAY_LEN(followers); i++) {
		const struct follower *f = &followers[i];

		if (memcmp(at, f->front, 8) != 0)
			continue;
		/* The id's comparison begins behind the blank: take that with it. */
		at += f->len;
		if (*at++ != ' ' || !same_id(&at, end, first))
			break;
		*ret_raw = (struct span){ at, (size_t)(end - at) };
		return (enum line_type)f->type;
	}
	return TYPE_OTHER;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool line_call(const char *line, size_t len, const struct line *before, struct line *ret)
{
	enum { SEC = 11, MS = SEC + 4, DIGITS = 9 };	/* "1795439650." "123:" and a number that cannot overflow */
	static const char front[] = "type=SYSCALL msg=audit(";
	const char *id = line + sizeof(front) - 1, *at = id + MS, *end = line + len;
	uint64_t serial = 0;

	if (before->node.len || before->id.len <= SEC || len < sizeof(front) + MS + DIGITS + 2 || memcmp(line, front, sizeof(front) - 1) != 0)
		return false;
	if (before->id.at[SEC - 1] != '.' || memcmp(id, before->id.at, SEC) != 0 || id[MS - 1] != ':' ||
	    !is_digit(id[SEC]) || !is_digit(id[SEC + 1]) || !is_digit(id[SEC + 2]))
		return false;
	for (const char *few = at + DIGITS; at < few && is_digit(*at); at++)
		serial = serial * 10 + (unsigned)(*at - '0');
	if (at == id + MS || at[0] != ')' || at[1] != ':')
		return false;
	ret->node = (struct span){ line, 0 };
	ret->name = (struct span){ line + 5, 7 };
	ret->id = (struct span){ id, (size_t)(at - id) };
	ret->stamp.sec = before->stamp.sec;
	ret->stamp.ms = (uint32_t)((id[SEC] - '0') * 100 + (id[SEC + 1] - '0') * 10 + id[SEC + 2] - '0');
	ret->stamp.serial = serial;
	ret->type = TYPE_SYSCALL;
	ret->user = false;
	ret->rest = at + 2;
	ret->end = end;
	return true;
}

void line_same(const struct line *first, const char *line, size_t len, size_t raw, enum line_type type, struct line *ret)
{
	size_t node = first->node.len ? first->node.len + 6 : 0;

	ret->node = (struct span){ line + (node ? 5 : 0), first->node.len };
	ret->name = (struct span){ line + node + 5, type_rows[type].len };
	ret->id = first->id;
	ret->type = type;
	ret->user = false;
	ret->rest = line + raw;
	ret->end = line + len;
}

bool line_parse(const char *line, size_t len, struct line *ret)
{
	if (!line_front(line, len, NULL, ret) || !line_stamp(ret->id, &ret->stamp))
		return false;
	line_finish(ret);
	return true;
}

bool field_next_slow(struct span *rest, struct pair *ret)
{
	const char *at = rest->at, *end = at + rest->len, *name, *stop;

	for (;;) {
		while (at < end && *at == ' ')
			at++;
		name = at;
		at = find_blank(at, end, '=');
		if (at == end) {
			*rest = (struct span){ end, 0 };
			return false;
		}
		if (*at == '=' && at > name)
			break;
		at++;
	}
	ret->name = (struct span){ name, (size_t)(at - name) };
	at++;
	if (at < end && *at == '"') {
		stop = memchr(at + 1, '"', (size_t)(end - at - 1));
		stop = stop ? stop + 1 : end;
	} else {
		stop = find_blank(at, end, ' ');
	}
	ret->value = (struct span){ at, (size_t)(stop - at) };
	*rest = (struct span){ stop, (size_t)(end - stop) };
	return true;
}

bool span_to_u32(struct span v, uint32_t *ret)
{
	uint64_t n = 0;

	if (v.len == 0 || v.len > 10)
		return false;
	for (size_t i = 0; i < v.len; i++) {
		if (v.at[i] < '0' || v.at[i] > '9')
			return false;
		n = n * 10 + (unsigned)(v.at[i] - '0');
	}
	if (n > UINT32_MAX)
		return false;
	*ret = (uint32_t)n;
	return true;
}

bool line_session(struct span head, uint32_t *ret, struct span *ret_front)
{
	const char *end = head.len ? memchr(head.at, '"', head.len) : NULL, *at, *eq, *stop;

	*ret_front = (struct span){ head.at, 0 };
	/* Of nearly all: "ses=N comm=" in front of the quote. */
	if (end && end - head.at > 20 && memcmp(end - 6, " comm=", 6) == 0) {
		for (at = stop = end - 6; at[-1] >= '0' && at[-1] <= '9' && stop - at < 10; )
			at--;
		if (at < stop && memcmp(at - 5, " ses=", 5) == 0) {
			ret_front->len = (size_t)(stop - head.at);
			return span_to_u32((struct span){ at, (size_t)(stop - at) }, ret);
		}
	}
	end = end ? end : head.at + head.len;
	for (at = end; at > head.at && (eq = memrchr(head.at, '=', (size_t)(at - head.at))); at = eq) {
		if (eq - head.at < 4 || memcmp(eq - 4, " ses", 4) != 0)
			continue;
		stop = find_blank(eq + 1, end, ' ');
		ret_front->len = (size_t)(stop - head.at);
		return span_to_u32((struct span){ eq + 1, (size_t)(stop - eq - 1) }, ret);
	}
	return false;
}

bool line_number(struct span in, const char *name, uint32_t *ret)
{
	struct span v;

	return line_field(in, name, &v) && span_to_u32(v, ret);
}

bool span_has(struct span text, const char *part)
{
	return text.len && memmem(text.at, text.len, part, strlen(part));
}

static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_hex(struct span v)
{
	for (size_t i = 0; i < v.len; i++)
		if (nibble(v.at[i]) < 0)
			return false;
	return v.len && v.len % 2 == 0;
}

bool span_plain(struct span *v)
{
	if (v->len >= 2 && v->at[0] == '"' && v->at[v->len - 1] == '"') {
		*v = (struct span){ v->at + 1, v->len - 2 };
		return true;
	}
	return !is_hex(*v);
}

int span_decode(struct span v, struct str *ret, struct err *e)
{
	char buf[256];
	size_t n = 0;

	if (span_plain(&v))
		return str_add_bytes(ret, v.at, v.len, e);
	for (size_t i = 0; i < v.len; i += 2) {
		buf[n++] = (char)(nibble(v.at[i]) << 4 | nibble(v.at[i + 1]));
		if (n == sizeof(buf) || i + 2 == v.len) {
			if (str_add_bytes(ret, buf, n, e))
				return -1;
			n = 0;
		}
	}
	return 0;
}

static struct span context_part(struct span c, unsigned part)
{
	struct span none = { "", 0 };
	const char *end, *p;

	if (!c.len)
		return none;
	for (end = c.at + c.len; part; part--) {
		p = c.at < end ? memchr(c.at, ':', (size_t)(end - c.at)) : NULL;
		if (!p)
			return none;
		c.at = p + 1;
	}
	return (struct span){ c.at, (size_t)(end - c.at) };
}

struct span context_type(struct span c)
{
	struct span t = context_part(c, 2);
	const char *p = t.len ? memchr(t.at, ':', t.len) : NULL;

	return (struct span){ t.at, p ? (size_t)(p - t.at) : 0 };
}

struct span context_level(struct span c)
{
	return context_part(c, 3);
}

int stamp_compare(const struct stamp *a, const struct stamp *b)
{
#define BY(member) if (a->member != b->member) return a->member < b->member ? -1 : 1
	BY(sec);
	BY(ms);
	BY(serial);
#undef BY
	return 0;
}
