/* SPDX-License-Identifier: Apache-2.0 */
/* lines.c - see lines.h. */
#include "audit/report/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/evidence/chain.h"
#include "audit/report/line.h"
#include "audit/report/packed.h"

enum { PIECE = 1 << 17 };

/* Every piece of one input, unpacked. */
static int each_piece(const struct report_input *in, size_t i, int (*take)(void *arg, const char *bytes, size_t n, struct err *e),
		      void *arg, struct err *e)
{
	AUTO(packed_close_auto) struct packed *p = NULL;
	static char buf[PIECE];
	ssize_t n;

	if (packed_open(in->fd[i], &p, e))
		return err_context(e, "input %zu", i + 1);
	while ((n = packed_read(p, buf, sizeof(buf), e)) > 0)
		if (take(arg, buf, (size_t)n, e))
			return -1;
	return n < 0 ? err_context(e, "input %zu", i + 1) : 0;
}

struct search {
	struct chain chain;
	const struct lines_request *q;
	size_t input;
	bool found;
	size_t found_input;
	uint64_t found_line;		/* of that input, from 1 */
};

static int look_at(void *arg, const unsigned char digest[static SHA_BYTES], const char *front, size_t n, struct err *e)
{
	struct search *s = arg;
	char event[CHAIN_ID], hex[SHA_HEX + 1];

	(void)e;
	chain_event(front, n, event);
	if (strcmp(event, s->q->event) != 0)
		return 0;
	sha_hex(digest, hex);
	if (strcmp(hex, s->q->sha256) != 0)
		return 0;
	s->found = true;
	s->found_input = s->input;
	s->found_line = s->chain.lines;
	return 0;
}

static int search_piece(void *arg, const char *bytes, size_t n, struct err *e)
{
	return chain_add(arg, bytes, n, e);
}

/* The last place where the line stands. An input that is damaged has what came before the damage. */
static int search(struct search *s, const struct report_input *in, struct err *e)
{
	for (s->input = 0; s->input < in->n; s->input++) {
		struct err bad;

		chain_begin(&s->chain, NULL);
		if (each_piece(in, s->input, search_piece, &s->chain, &bad) && bad.reason != ERR_INPUT) {
			*e = bad;
			return -1;
		}
		if (lseek(in->fd[s->input], 0, SEEK_SET))
			return err_set(e, ERR_INPUT, errno, "input %zu: a pipe cannot be searched for where the last bundle ended", s->input + 1);
	}
	return 0;
}

struct copy {
	const struct lines_request *q;
	FILE *out;
	uint64_t skip;			/* lines of this input still to be passed over */
	char front[CHAIN_FRONT];	/* of a line that is not decided yet */
	size_t len;
	bool open, decided, keep, was_kept;
	bool ends;			/* the last input: an open line at its end is left out */
	char *held;			/* ... so what is open is kept here; see put() */
	size_t held_len, held_room;
};

/* A line that is still written is short; one without end is written out as it comes. */
enum { HELD_MAX = 1 << 20 };

static int put(struct copy *c, const char *bytes, size_t n, struct err *e)
{
	if (c->ends && c->held_len + n <= HELD_MAX) {
		if (c->held_len + n > c->held_room) {
			char *more = realloc(c->held, c->held_room = 2 * (c->held_len + n));

			if (!more)
				return err_set(e, ERR_SYSTEM, ENOMEM, "audit log");
			c->held = more;
		}
		memcpy(c->held + c->held_len, bytes, n);
		c->held_len += n;
		return 0;
	}
	if ((c->held_len && fwrite(c->held, 1, c->held_len, c->out) != c->held_len) || fwrite(bytes, 1, n, c->out) != n)
		return err_set(e, ERR_SYSTEM, errno, "writing the lines");
	c->held_len = 0;
	return 0;
}

static bool wanted(const struct copy *c)
{
	char id[CHAIN_ID];
	struct stamp at;
	uint64_t ms;

	chain_event(c->front, c->len, id);
	if (!*id || !line_stamp((struct span){ id, strlen(id) }, &at))
		return c->was_kept;
	ms = at.sec * 1000 + at.ms;
	return ms >= c->q->start_ms && (!c->q->end_ms || ms <= c->q->end_ms);
}

static int decide(struct copy *c, struct err *e)
{
	c->decided = true;
	c->keep = !c->skip && wanted(c);
	return c->keep ? put(c, c->front, c->len, e) : 0;
}

static int end_line(struct copy *c, struct err *e)
{
	if (!c->decided && decide(c, e))
		return -1;
	c->was_kept = c->keep;
	c->skip -= c->skip != 0;
	c->open = c->decided = false;
	c->len = 0;
	if (c->held_len && fwrite(c->held, 1, c->held_len, c->out) != c->held_len)
		return err_set(e, ERR_SYSTEM, errno, "writing the lines");
	c->held_len = 0;
	return 0;
}

static int copy_piece(void *arg, const char *bytes, size_t n, struct err *e)
{
	struct copy *c = arg;

	while (n) {
		const char *end = memchr(bytes, '\n', n);
		size_t len = end ? (size_t)(end - bytes) + 1 : n, front = sizeof(c->front) - c->len;

		c->open = true;
		if (!c->decided) {
			front = front < len ? front : len;
			memcpy(c->front + c->len, bytes, front);
			c->len += front;
			bytes += front;
			n -= front;
			len -= front;
			if (c->len == sizeof(c->front) && decide(c, e))
				return -1;
		}
		if (c->decided && c->keep && len && put(c, bytes, len, e))
			return -1;
		bytes += len;
		n -= len;
		if (end && end_line(c, e))
			return -1;
	}
	return 0;
}

static int copy_from(struct copy *c, const struct report_input *in, size_t first, struct err *e)
{
	c->was_kept = !c->q->start_ms;
	for (size_t i = first; i < in->n; i++) {
		c->ends = i + 1 == in->n;
		if (each_piece(in, i, copy_piece, c, e))
			return -1;
		/* A rotated log ends with a newline; one that was cut gets one, or its last line would take in the next one. */
		if (c->open && !c->ends && copy_piece(c, "\n", 1, e))
			return -1;
		c->skip = 0;
	}
	return fflush(c->out) ? err_set(e, ERR_SYSTEM, errno, "writing the lines") : 0;
}

int lines_copy(const struct lines_request *q, const struct report_input *in, FILE *out, bool *ret_found, struct err *e)
{
	auto_free struct search *s = calloc(1, sizeof(*s));
	auto_free struct copy *c = calloc(1, sizeof(*c));
	int r;

	if (!s || !c)
		return err_set(e, ERR_SYSTEM, ENOMEM, "audit log");
	*s = (struct search){ .q = q };
	s->chain.line = look_at;
	s->chain.arg = s;
	if (*q->event && search(s, in, e))
		return -1;
	c->q = q;
	c->out = out;
	c->skip = s->found_line;
	r = copy_from(c, in, s->found_input, e);
	free(c->held);
	*ret_found = s->found || !*q->event;
	return r;
}
