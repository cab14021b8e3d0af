/* SPDX-License-Identifier: Apache-2.0 */
/* pull_progress.c - see pull_progress.h. */
#include "launcher/cli/pull_progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "launcher/cli/output.h"

enum { BAR = 30, REDRAW_MS = 100 };

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void pull_view_end(struct pull_view *v)
{
	if (v->bar)
		fputs("\r\033[K", stderr);
	v->bar = false;
}

void pull_view_say(struct pull_view *v, const char *fmt, ...)
{
	va_list args;

	if (v->quiet)
		return;
	pull_view_end(v);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

static void draw_bar(struct pull_view *v)
{
	uint64_t have = 0, all = 0;
	char got[32], whole[32], bar[BAR + 1];
	size_t done = 0;
	int full;

	for (size_t i = 0; i < v->of; i++) {
		have += v->have[i];
		all += v->size[i];
		done += v->begun[i] && v->have[i] == v->size[i];
	}
	full = all ? (int)((double)have * BAR / (double)all) : 0;
	memset(bar, ' ', BAR);
	memset(bar, '=', (size_t)(full > BAR ? BAR : full));
	bar[BAR] = '\0';
	output_size((int64_t)have, got, sizeof(got));
	output_size((int64_t)all, whole, sizeof(whole));
	fprintf(stderr, "\r[%s] %zu of %zu blobs, %s of %s\033[K", bar, done, v->of, got, whole);
	v->bar = true;
}

static void show_blob(struct pull_view *v, const struct pull_progress *p)
{
	bool whole = p->bytes == p->size;

	if (p->at >= sizeof(v->begun) / sizeof(*v->begun))
		return;
	if (v->terminal ? whole && (!v->begun[p->at] || v->have[p->at] != p->size) : !v->begun[p->at])
		pull_view_say(v, "Copying blob %s", p->digest);
	v->of = p->of < sizeof(v->begun) / sizeof(*v->begun) ? p->of : sizeof(v->begun) / sizeof(*v->begun);
	v->begun[p->at] = true;
	v->have[p->at] = p->bytes;
	v->size[p->at] = p->size;
	if (v->terminal && (whole || now_ms() - v->drawn_ms > REDRAW_MS)) {
		v->drawn_ms = now_ms();
		draw_bar(v);
	}
}

/* Digests are checked before they come here: nothing of a registry's reaches the terminal otherwise. */
void pull_view_progress(void *arg, const struct pull_progress *p)
{
	struct pull_view *v = arg;
	char size[32];

	if (v->quiet)
		return;
	if (p->state == PULL_BLOB)
		show_blob(v, p);
	else if (p->state == PULL_PRESENT)
		pull_view_say(v, "Copying blob %s skipped: already exists", p->digest);
	else if (p->state == PULL_UNPACK && v->terminal && p->digest && now_ms() - v->drawn_ms > REDRAW_MS) {
		v->drawn_ms = now_ms();
		output_size((int64_t)p->bytes, size, sizeof(size));
		fprintf(stderr, "\rUnpacking %.19s: %s\033[K", p->digest, size);
		v->bar = true;
	}
}
