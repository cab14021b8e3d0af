/* SPDX-License-Identifier: Apache-2.0 */
/* html.c - see html.h. */
#include "audit/report/html.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK = 1 << 16 };

static void write_out(struct html *h)
{
	if (!h->failed && h->chunk.len && fwrite(h->chunk.text, 1, h->chunk.len, h->out) != h->chunk.len)
		h->failed = err_set(h->e, ERR_SYSTEM, errno, "writing the report");
	h->chunk.len = 0;
}

static void add(struct html *h, const char *text, size_t n)
{
	if (h->failed || !n)
		return;
	h->failed = emit_raw(&h->chunk, text, n, h->e);
	if (h->chunk.len >= CHUNK)
		write_out(h);
}

void html_raw(struct html *h, const char *markup)
{
	add(h, markup, strlen(markup));
}

void html_rawf(struct html *h, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!h->failed && (n < 0 || (size_t)n >= sizeof(text)))
		h->failed = err_set(h->e, ERR_INTERNAL, 0, "markup is too long");
	add(h, text, h->failed ? 0 : (size_t)n);
}

void html_text(struct html *h, const char *text)
{
	size_t from = 0;

	h->safe.len = 0;
	if (h->failed || (h->failed = emit_safe(&h->safe, span_of(text), h->e)))
		return;
	for (size_t i = 0; i < h->safe.len; i++) {
		const char *entity = NULL;

		switch (h->safe.text[i]) {
		case '&': entity = "&amp;"; break;
		case '<': entity = "&lt;"; break;
		case '>': entity = "&gt;"; break;
		case '"': entity = "&quot;"; break;
		case '\'': entity = "&#39;"; break;
		default: continue;
		}
		add(h, h->safe.text + from, i - from);
		html_raw(h, entity);
		from = i + 1;
	}
	add(h, h->safe.text ? h->safe.text + from : "", h->safe.len - from);
}

void html_number(struct html *h, uint64_t n)
{
	char digits[24], text[32], *to = text;
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	add(h, text, (size_t)(to - text));
}

void html_time(struct html *h, uint64_t ms)
{
	auto_str struct str t = { 0 };

	if (!ms) {
		html_raw(h, "-");
		return;
	}
	if (h->failed || (h->failed = emit_time(&t, &(struct stamp){ .sec = ms / 1000, .ms = (uint32_t)(ms % 1000) }, h->e)))
		return;
	if (t.len != 24) {		/* no calendar has it */
		html_raw(h, "?");
		return;
	}
	html_raw(h, "<time datetime=\"");
	add(h, t.text, t.len);
	html_raw(h, "\">");
	add(h, t.text, 10);
	html_raw(h, " ");
	add(h, t.text + 11, 12);
	html_raw(h, "</time>");
}

int html_end(struct html *h)
{
	write_out(h);
	return h->failed ? -1 : 0;
}

void html_done(struct html *h)
{
	str_done(&h->chunk);
	str_done(&h->safe);
}
