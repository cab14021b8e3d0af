/* SPDX-License-Identifier: Apache-2.0 */
/* verify_lines.c - which lines of audit.log are not those of the list: changed, missing, added, swapped. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/evidence/verify.h"

enum { PIECE = 1 << 16 };

/* The next lines that are there, and that should be; both windows begin at the first pair that was not compared yet. */
struct there {
	uint32_t sum;
	char event[CHAIN_ID];
};
struct compare {
	struct chain chain;
	struct verdict *v;
	int fd;
	struct there is[VERIFY_WINDOW];
	uint32_t want[VERIFY_WINDOW];
	size_t n_is, n_want;
	uint64_t line, wanted_line;		/* numbers of is[0] and want[0] */
	char behind[CHAIN_ID];			/* the last event that was as it should be */
	uint32_t last;				/* ... and its sum */
	struct verify_place sums;
	char buf[CHAIN_SUM * 1024];
	size_t at, len;
};

static int next_sum(struct compare *c, bool *ret_more, uint32_t *ret, struct err *e)
{
	*ret_more = true;
	if (c->at == c->len) {
		size_t n = c->sums.size < sizeof(c->buf) ? (size_t)c->sums.size : sizeof(c->buf);

		n -= n % CHAIN_SUM;
		*ret_more = n;
		if (verify_read(c->fd, c->sums.at, c->buf, n, e))
			return -1;
		c->sums.at += n;
		c->sums.size -= n;
		c->at = 0;
		c->len = n;
	}
	if (*ret_more) {
		char digits[CHAIN_SUM];

		memcpy(digits, c->buf + c->at, CHAIN_SUM);
		digits[CHAIN_SUM - 1] = '\0';
		*ret = (uint32_t)strtoul(digits, NULL, 16);
		c->at += CHAIN_SUM;
	}
	return 0;
}

static int fill(struct compare *c, struct err *e)
{
	bool more = true;

	while (more && c->n_want < VERIFY_WINDOW) {
		uint32_t sum;

		if (next_sum(c, &more, &sum, e))
			return -1;
		if (more)
			c->want[c->n_want++] = sum;
	}
	return 0;
}

static void pop(struct compare *c, size_t is, size_t want)
{
	c->n_is -= is;
	c->n_want -= want;
	c->line += is;
	c->wanted_line += want;
	memmove(c->is, c->is + is, c->n_is * sizeof(*c->is));
	memmove(c->want, c->want + want, c->n_want * sizeof(*c->want));
}

static void found(struct compare *c, uint64_t line, const char *event, const char *what)
{
	verify_found(c->v, MANIFEST_LINES, line, event, "%s", what);
}

/* How far ahead the first line that is there should be, and where the first that should be is; 0: nowhere near. */
static size_t ahead_wanted(const struct compare *c)
{
	for (size_t k = 1; k < c->n_want; k++)
		if (c->want[k] == c->is[0].sum)
			return k;
	return 0;
}

static size_t ahead_there(const struct compare *c)
{
	for (size_t k = 1; k < c->n_is; k++)
		if (c->is[k].sum == c->want[0])
			return k;
	return 0;
}

static void missing(struct compare *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		found(c, c->wanted_line + i, c->behind, *c->behind ? "the line is missing; the event is that of the line before" :
								      "the line is missing; it was the first");
	pop(c, 0, n);
}

static void added(struct compare *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		found(c, c->line + i, c->is[i].event, c->line > 1 && c->is[i].sum == c->last ? "the line is there twice" :
											       "the line was added");
	pop(c, n, 0);
}

static void step(struct compare *c)
{
	size_t want_at, there_at;

	if (!c->n_is) {
		missing(c, 1);
		return;
	}
	if (!c->n_want) {
		added(c, 1);
		return;
	}
	if (c->is[0].sum == c->want[0]) {
		if (*c->is[0].event)
			memcpy(c->behind, c->is[0].event, CHAIN_ID);
		c->last = c->is[0].sum;
		pop(c, 1, 1);
		return;
	}
	if (c->n_is > 1 && c->n_want > 1 && c->is[0].sum == c->want[1] && c->is[1].sum == c->want[0]) {
		found(c, c->line, c->is[0].event, "the line and the next one have changed places");
		pop(c, 2, 2);
		return;
	}
	want_at = ahead_wanted(c);
	there_at = ahead_there(c);
	if ((c->n_is > 1 && c->n_want > 1 && c->is[1].sum == c->want[1]) || (!want_at && !there_at)) {
		found(c, c->line, c->is[0].event, "the line was changed");
		pop(c, 1, 1);
	} else if (want_at && (!there_at || want_at <= there_at)) {
		missing(c, want_at);
	} else {
		added(c, there_at);
	}
}

static int each_line(void *arg, const unsigned char digest[static SHA_BYTES], const char *front, size_t n, struct err *e)
{
	struct compare *c = arg;
	struct there *t = &c->is[c->n_is];

	t->sum = (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 | (uint32_t)digest[2] << 8 | digest[3];
	chain_event(front, n, t->event);
	c->n_is++;
	while (c->n_is == VERIFY_WINDOW) {
		if (fill(c, e))
			return -1;
		step(c);
	}
	return 0;
}

static int compare(struct compare *c, struct verify_place lines, struct err *e)
{
	static char buf[PIECE];

	chain_begin(&c->chain, NULL);
	while (lines.size) {
		size_t n = lines.size < sizeof(buf) ? (size_t)lines.size : sizeof(buf);

		if (verify_read(c->fd, lines.at, buf, n, e) || chain_add(&c->chain, buf, n, e))
			return -1;
		lines.at += n;
		lines.size -= n;
	}
	if (chain_end(&c->chain, e))
		return -1;
	for (;;) {
		if (fill(c, e))
			return -1;
		if (!c->n_is && !c->n_want)
			return 0;
		step(c);
	}
}

int verify_lines(int fd, struct verify_place lines, struct verify_place sums, struct verdict *v, struct err *e)
{
	auto_free struct compare *c = calloc(1, sizeof(*c));

	if (!c)
		return err_set(e, ERR_SYSTEM, ENOMEM, "comparing lines");
	c->v = v;
	c->fd = fd;
	c->sums = sums;
	c->line = c->wanted_line = 1;
	c->chain.line = each_line;
	c->chain.arg = c;
	return compare(c, lines, e);
}
