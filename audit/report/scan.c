/* SPDX-License-Identifier: Apache-2.0 */
/* scan.c - splitting lines of the audit log and running over files of them. */
#include "audit/report/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/report/report.h"
#include "launcher/base/cleanup.h"

enum { BLOCK = 1 << 18 };	/* of one read; a line must fit */

static bool number(const char **at, const char *end, char stop, uint64_t *ret)
{
	const char *p = *at;
	uint64_t v = 0;

	for (; p < end && *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (unsigned)(*p - '0'), &v))
			return false;
	if (p == *at || p == end || *p != stop)
		return false;
	*at = p + 1;
	*ret = v;
	return true;
}

static bool take(const char **at, const char *end, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(end - *at) < n || memcmp(*at, text, n) != 0)
		return false;
	*at += n;
	return true;
}

/*
 * The last 0x1D begins auditd's names. In a raw log it could be one that a sender put into his body;
 * but that is closed by the kernel's single quote, and no name of auditd's ends so.
 */
static void split_tail(const char *at, const char **end, struct scan_text *tail)
{
	const char *gs = (*end)[-1] != '\'' ? memrchr(at, 0x1d, (size_t)(*end - at)) : NULL;

	*tail = (struct scan_text){ *end, 0 };
	if (!gs)
		return;
	*tail = (struct scan_text){ gs + 1, (size_t)(*end - gs - 1) };
	*end = gs;
}

bool scan_parse(const char *line, size_t len, struct scan_line *ret)
{
	const char *at = line, *end = line + len, *p;
	struct scan_line l = { .user = false };
	uint64_t ms;

	if (take(&at, end, "node=")) {
		p = memchr(at, ' ', (size_t)(end - at));
		if (!p)
			return false;
		at = p + 1;
	}
	if (!take(&at, end, "type=") || !(p = memchr(at, ' ', (size_t)(end - at))))
		return false;
	l.type = (struct scan_text){ at, (size_t)(p - at) };
	at = p + 1;
	if (!take(&at, end, "msg=audit(") || !number(&at, end, '.', &l.stamp.sec) || !number(&at, end, ':', &ms) ||
	    ms > 999 || !number(&at, end, ')', &l.stamp.serial) || !take(&at, end, ":"))
		return false;
	l.stamp.ms = (uint32_t)ms;
	if (at < end && *at == ' ')
		at++;
	if (at < end)
		split_tail(at, &end, &l.tail);
	l.head = (struct scan_text){ at, (size_t)(end - at) };
	p = memmem(at, (size_t)(end - at), " msg='", 6);
	if (p) {
		l.user = true;
		l.head.len = (size_t)(p - at);
		p += 6;
		l.body = (struct scan_text){ p, (size_t)(end - p) };
		if (l.body.len && p[l.body.len - 1] == '\'')
			l.body.len--;
	}
	*ret = l;
	return true;
}

bool scan_field(struct scan_text in, const char *name, struct scan_text *ret)
{
	size_t n = strlen(name);
	const char *at = in.at, *end, *stop;

	/* A part that is not there has no address to count from; an empty name would be found without end. */
	if (!in.len || !n)
		return false;
	for (end = in.at + in.len;; at += n) {
		at = (size_t)(end - at) > n ? memmem(at, (size_t)(end - at), name, n) : NULL;
		if (!at || at + n >= end)
			return false;
		if (at[n] == '=' && (at == in.at || at[-1] == ' '))
			break;
	}
	at += n + 1;
	if (at < end && *at == '"') {
		stop = memchr(at + 1, '"', (size_t)(end - at - 1));
		stop = stop ? stop + 1 : end;
	} else {
		stop = memchr(at, ' ', (size_t)(end - at));
		stop = stop ? stop : end;
	}
	*ret = (struct scan_text){ at, (size_t)(stop - at) };
	return true;
}

bool scan_number(struct scan_text in, const char *name, uint32_t *ret)
{
	struct scan_text v;
	uint64_t n = 0;

	if (!scan_field(in, name, &v) || v.len == 0 || v.len > 10)
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

bool scan_is(struct scan_text text, const char *word)
{
	return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

bool scan_starts(struct scan_text text, const char *front)
{
	return text.len >= strlen(front) && memcmp(text.at, front, strlen(front)) == 0;
}

static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_hex(struct scan_text v)
{
	for (size_t i = 0; i < v.len; i++)
		if (nibble(v.at[i]) < 0)
			return false;
	return v.len && v.len % 2 == 0;
}

int scan_decode(struct scan_text v, struct str *ret, struct err *e)
{
	if (v.len >= 2 && v.at[0] == '"' && v.at[v.len - 1] == '"')
		return str_add_bytes(ret, v.at + 1, v.len - 2, e);
	if (!is_hex(v))
		return str_add_bytes(ret, v.at, v.len, e);
	for (size_t i = 0; i < v.len; i += 2) {
		char c = (char)(nibble(v.at[i]) << 4 | nibble(v.at[i + 1]));

		if (str_add_bytes(ret, &c, 1, e))
			return -1;
	}
	return 0;
}

int scan_compare(const struct scan_stamp *a, const struct scan_stamp *b)
{
#define BY(member) if (a->member != b->member) return a->member < b->member ? -1 : 1
	BY(boot);
	BY(sec);
	BY(ms);
	BY(serial);
#undef BY
	return 0;
}

struct run {
	scan_fn *fn;
	void *context;
	struct scan_counts counts;
	struct scan_stamp last;
};

/*
 * The kernel counts events from 1 at each boot. Records of one boot are in order but for a few seconds
 * (events end late); a smaller number much later is another boot. Nothing in it comes from a sender.
 */
static void find_boot(struct run *r, struct scan_stamp *s)
{
	bool again = s->serial < r->last.serial && s->sec > r->last.sec + 5;

	s->boot = r->last.boot + again;
	if (again || s->serial > r->last.serial)
		r->last = *s;
}

static int one_line(struct run *r, const char *line, size_t len, struct err *e)
{
	struct scan_line l;

	r->counts.lines++;
	if (len > REPORT_LINE_MAX || !scan_parse(line, len, &l)) {
		r->counts.bad += len > 0;
		return 0;
	}
	find_boot(r, &l.stamp);
	return r->fn(r->context, &l, e);
}

static int one_file(struct run *r, const struct scan_file *f, char *buf, struct err *e)
{
	size_t have = 0, skip = 0;
	off_t at = 0;

	while (at < f->size || have) {
		off_t left = f->size - at;
		ssize_t n = pread(f->fd, buf + have, (off_t)(BLOCK - have) < left ? BLOCK - have : (size_t)left, at);
		char *line = buf, *end, *nl;

		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "reading the audit log");
		at += n;
		end = buf + have + (size_t)n;
		for (; (nl = memchr(line, '\n', (size_t)(end - line))); line = nl + 1) {
			if (!skip && one_line(r, line, (size_t)(nl - line), e))
				return -1;
			skip = 0;
		}
		have = (size_t)(end - line);
		if (n == 0 || at >= f->size) {	/* the last line may lack its newline */
			return have && !skip ? one_line(r, line, have, e) : 0;
		}
		if (have == BLOCK) {		/* no line is that long: drop up to its end */
			r->counts.lines += !skip;
			r->counts.bad += !skip;
			skip = 1;
			have = 0;
		}
		memmove(buf, line, have);
	}
	return 0;
}

int scan_each(const struct scan_input *in, scan_fn *fn, void *context, struct scan_counts *ret, struct err *e)
{
	struct run r = { .fn = fn, .context = context };
	auto_free char *buf = malloc(BLOCK);

	if (!buf)
		return err_set(e, ERR_SYSTEM, ENOMEM, "reading the audit log");
	for (size_t i = 0; i < in->n; i++)
		if (one_file(&r, &in->file[i], buf, e))
			return -1;
	if (ret)
		*ret = r.counts;
	return 0;
}
