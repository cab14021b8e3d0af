/* SPDX-License-Identifier: Apache-2.0 */
/* gather.c - see gather.h. */
#include "audit/report/gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

#include "audit/report/packed.h"

enum {
	BLOCK = 1 << 18,	/* of one read: what lies in the cache */
	BUCKETS = 1024,
	BOOT_GAP_S = 5,		/* a smaller serial this much later is another boot */
	BOOT_SERIALS = 100000,	/* ... or smaller by this much, whatever the clock says */
	KEEP_ROOM = 1 << 16,
	NODE_SLOTS = 16384,
	WAIT_LINES = 65536,	/* another node's clock may stand still */
};

struct node {
	char *name;
	uint32_t boot;
	struct stamp last;	/* of the highest serial */
	uint64_t newest_ms;
};

/* An event that waits; its lines stand in text, each with its newline. */
struct open {
	struct stamp stamp;
	uint32_t node, boot;
	struct str text;
	size_t n;
	bool cut;
	uint64_t line;			/* the log's number of lines when it came */
	struct open *older, *newer;	/* by arrival */
	struct open *chain;		/* of the bucket; of the free list */
};

struct gather {
	gather_fn *fn;
	gather_pause_fn *pause;
	void *context;
	struct gather_counts counts;
	char *buf;			/* BLOCK, and a line in front of it */
	struct node *node;
	size_t nodes;
	uint16_t node_slot[NODE_SLOTS];	/* index + 1 */
	uint32_t last_node;		/* most lines have the node of the one before */
	/* The records that stand together at the moment, where they lie. */
	struct line run[GATHER_RECORDS_MAX];
	const char *run_end[GATHER_RECORDS_MAX];
	size_t run_n;
	bool run_cut;
	uint32_t run_node;
	struct line parsed[GATHER_RECORDS_MAX];	/* of an open event that is handed on */
	struct open pool[GATHER_OPEN_MAX + 1], *bucket[BUCKETS], *oldest, *newest, *free;
	size_t opened, open_bytes;
};

static int no_memory(struct err *e)
{
	return err_set(e, ERR_SYSTEM, ENOMEM, "reading the audit log");
}

int gather_new(gather_fn *fn, void *context, struct gather **ret, struct err *e)
{
	AUTO(gather_free_auto) struct gather *g = calloc(1, sizeof(*g));

	if (!g || !(g->buf = malloc(BLOCK + LINE_MAX_BYTES + 2)) || !(g->node = calloc(1, sizeof(*g->node))) ||
	    !(g->node[0].name = strdup("")))
		return no_memory(e);
	g->nodes = 1;
	g->fn = fn;
	g->context = context;
	for (size_t i = 0; i < GATHER_OPEN_MAX + 1; i++) {
		g->pool[i].chain = g->free;
		g->free = &g->pool[i];
	}
	*ret = take_ptr(&g);
	return 0;
}

void gather_free(struct gather *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < GATHER_OPEN_MAX + 1; i++)
		str_done(&g->pool[i].text);
	for (size_t i = 0; g->node && i < g->nodes; i++)
		free(g->node[i].name);
	free(g->node);
	free(g->buf);
	free(g);
}

void gathered_finish(const struct gathered *ev)
{
	for (size_t i = 0; i < ev->n; i++)
		line_finish(&ev->rec[i]);
}

static uint32_t hash_of(struct span name)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (unsigned char)name.at[i]) * 16777619u;
	return h;
}

static int add_node(struct gather *g, struct span name, uint16_t *slot, struct err *e)
{
	struct node *more = reallocarray(g->node, g->nodes + 1, sizeof(*more));

	if (!more)
		return no_memory(e);
	g->node = more;
	more[g->nodes] = (struct node){ .name = strndup(name.at, name.len) };
	if (!more[g->nodes].name)
		return no_memory(e);
	g->last_node = (uint32_t)g->nodes++;
	*slot = (uint16_t)g->nodes;
	return 0;
}

static int find_node(struct gather *g, struct span name, uint32_t *ret, struct err *e)
{
	static const char rest[] = "(more nodes than are told apart)";	/* no line has a blank there */
	uint16_t *slot;

	if (!span_is(name, g->node[g->last_node].name)) {
		slot = &g->node_slot[hash_of(name) % NODE_SLOTS];
		while (*slot && !span_is(name, g->node[*slot - 1].name))
			slot = slot == &g->node_slot[NODE_SLOTS - 1] ? g->node_slot : slot + 1;
		if (!*slot && !name.len)
			*slot = 1;
		if (*slot)
			g->last_node = *slot - 1u;
		else if (g->nodes > GATHER_NODES_MAX + 1u)
			g->last_node = GATHER_NODES_MAX + 1;
		else if (add_node(g, g->nodes == GATHER_NODES_MAX + 1u ? (struct span){ rest, sizeof(rest) - 1 } : name, slot, e))
			return -1;
	}
	*ret = g->last_node;
	return 0;
}

static uint64_t in_ms(const struct stamp *s)
{
	return s->sec > UINT64_MAX / 2000 ? UINT64_MAX / 2 : s->sec * 1000 + s->ms;
}

/*
 * The kernel counts events from 1 at each boot. Records of one boot are in order but for a few seconds
 * (events end late); a smaller number much later is another boot. Nothing in it comes from a sender.
 */
static uint32_t find_boot(struct gather *g, struct node *n, const struct line *l)
{
	uint64_t now = in_ms(&l->stamp);
	bool again;

	if (line_kind(l->type) == KIND_DAEMON)
		return n->boot;
	again = l->stamp.serial < n->last.serial && (l->stamp.sec > n->last.sec + BOOT_GAP_S ||
		n->last.serial - l->stamp.serial > BOOT_SERIALS);
	if (!again && now + GATHER_WAIT_MS < n->newest_ms && l->stamp.serial > n->last.serial) {
		g->counts.steps_back++;
		n->newest_ms = now;
	}
	n->boot += again;
	if (again || l->stamp.serial > n->last.serial)
		n->last = l->stamp;
	if (again || now > n->newest_ms)
		n->newest_ms = now;
	return n->boot;
}

static int hand_on(struct gather *g, const struct gathered *ev, struct err *e)
{
	g->counts.events++;
	g->counts.cut += ev->cut;
	return g->fn(g->context, ev, e);
}

static struct open **bucket_of(struct gather *g, uint64_t serial)
{
	return &g->bucket[serial % BUCKETS];
}

static struct open *find_open(struct gather *g, const struct stamp *s, uint32_t node)
{
	for (struct open *o = *bucket_of(g, s->serial); o; o = o->chain)
		if (o->node == node && stamp_compare(&o->stamp, s) == 0)
			return o;
	return NULL;
}

static void release(struct gather *g, struct open *o)
{
	struct open **at = bucket_of(g, o->stamp.serial);

	while (*at != o)
		at = &(*at)->chain;
	*at = o->chain;
	*(o->older ? &o->older->newer : &g->oldest) = o->newer;
	*(o->newer ? &o->newer->older : &g->newest) = o->older;
	g->open_bytes -= o->text.len;
	o->text.len = 0;
	if (o->text.room > KEEP_ROOM)
		str_done(&o->text);
	o->chain = g->free;
	g->free = o;
	g->opened--;
}

static int close_open(struct gather *g, struct open *o, struct err *e)
{
	struct gathered ev = { .stamp = o->stamp, .node = o->node, .boot = o->boot, .rec = g->parsed, .cut = o->cut };
	const char *at = o->text.text, *end = at + o->text.len, *nl;
	int r;

	for (; at < end && ev.n < o->n; at = nl + 1) {
		nl = memchr(at, '\n', (size_t)(end - at));
		if (line_parse(at, (size_t)(nl - at), &g->parsed[ev.n]))
			ev.n++;
	}
	r = hand_on(g, &ev, e);
	release(g, o);
	return r;
}

static int close_old(struct gather *g, uint32_t node, struct err *e)
{
	while (g->oldest) {
		struct open *o = g->oldest;
		bool over = (o->node == node && in_ms(&o->stamp) + GATHER_WAIT_MS < g->node[node].newest_ms) ||
			    o->line + WAIT_LINES < g->counts.lines;
		bool full = g->open_bytes > GATHER_OPEN_BYTES || g->opened > GATHER_OPEN_MAX;

		if (!over && !full)
			return 0;
		g->counts.early += !over;
		if (close_open(g, o, e))
			return -1;
	}
	return 0;
}

static struct open *new_open(struct gather *g, const struct line *l, uint32_t node, uint32_t boot)
{
	struct open *o = g->free, **at = bucket_of(g, l->stamp.serial);

	g->free = o->chain;
	o->stamp = l->stamp;
	o->node = node;
	o->boot = boot;
	o->n = 0;
	o->cut = false;
	o->line = g->counts.lines;
	o->chain = *at;
	*at = o;
	o->newer = NULL;
	o->older = g->newest;
	*(g->newest ? &g->newest->newer : &g->oldest) = o;
	g->newest = o;
	g->opened++;
	return o;
}

/* Nothing of the event follows: its last record, or a record that is an event. */
static bool is_last(const struct line *l)
{
	return l->type == TYPE_PROCTITLE || l->type == TYPE_EOE || l->user || line_kind(l->type) == KIND_DAEMON;
}

static const char *line_begin(const struct line *l)
{
	return l->node.len ? l->node.at - 5 : l->name.at - 5;
}

static int keep_run(struct gather *g, struct open *o, struct err *e)
{
	for (size_t i = 0; i < g->run_n; i++) {
		const char *at = line_begin(&g->run[i]);
		size_t n = (size_t)(g->run_end[i] - at);

		if (o->n == GATHER_RECORDS_MAX || o->text.len + n + 1 > GATHER_EVENT_BYTES) {
			o->cut = true;
			break;
		}
		if (str_add_bytes(&o->text, at, n, e) || str_add_bytes(&o->text, "\n", 1, e))
			return -1;
		g->open_bytes += n + 1;
		o->n++;
	}
	o->cut |= g->run_cut;
	return 0;
}

/* The records that stand together end here; at a block's end others of theirs may follow and find them waiting. */
static int finish_run(struct gather *g, struct err *e)
{
	const struct line *first = &g->run[0];
	struct node *n = &g->node[g->run_node];
	struct open *o;
	uint32_t boot;
	bool last;

	if (!g->run_n)
		return 0;
	boot = find_boot(g, n, first);
	last = is_last(&g->run[g->run_n - 1]);
	o = g->opened ? find_open(g, &first->stamp, g->run_node) : NULL;
	if (!o && last) {
		struct gathered ev = { .stamp = first->stamp, .node = g->run_node, .boot = boot, .rec = g->run, .n = g->run_n,
				       .cut = g->run_cut };

		g->run_n = 0;
		g->run_cut = false;
		if (hand_on(g, &ev, e))
			return -1;
	} else {
		o = o ? o : new_open(g, first, g->run_node, boot);
		if (keep_run(g, o, e))
			return -1;
		g->run_n = 0;
		g->run_cut = false;
		if (last && close_open(g, o, e))
			return -1;
	}
	return g->opened ? close_old(g, g->run_node, e) : 0;
}

/* An event with more records than are kept: true if the line was one more of it. */
static bool is_over(struct gather *g, const char *line, size_t len)
{
	struct line over;

	if (!line_front(line, len, &g->run[0], &over) || !span_same(over.id, g->run[0].id) || !span_same(over.node, g->run[0].node))
		return false;
	g->run_cut = true;
	return true;
}

/* The first record of another event. */
static int begin_run(struct gather *g, struct line *l, struct err *e)
{
	struct line first = *l;
	uint32_t node;

	if (!line_stamp(first.id, &first.stamp)) {
		g->counts.bad++;
		return 0;
	}
	if (finish_run(g, e) || find_node(g, first.node, &node, e))
		return -1;
	g->run[0] = first;
	g->run_node = node;
	g->run_end[0] = first.end;
	g->run_n = 1;
	return 0;
}

static int one_line(struct gather *g, const char *line, size_t len, struct err *e)
{
	struct line *l;

	g->counts.lines++;
	if (len > LINE_MAX_BYTES) {
		g->counts.too_long++;
		g->counts.bad++;
		return 0;
	}
	if (g->run_n == GATHER_RECORDS_MAX) {
		if (is_over(g, line, len))
			return 0;
		if (finish_run(g, e))
			return -1;
	}
	l = &g->run[g->run_n];
	if (!line_front(line, len, g->run_n ? &g->run[0] : NULL, l)) {
		g->counts.bad += len > 0;
		return 0;
	}
	if (!g->run_n || (l->id.at != g->run[0].id.at && !span_same(l->id, g->run[0].id)) || !span_same(l->node, g->run[0].node))
		return begin_run(g, l, e);
	l->stamp = g->run[0].stamp;
	g->run_end[g->run_n++] = line + len;
	return 0;
}

int gather_line(struct gather *g, const char *line, size_t len, struct err *e)
{
	return one_line(g, line, len, e) || finish_run(g, e) ? -1 : 0;
}

void gather_live(struct gather *g, gather_pause_fn *pause)
{
	g->pause = pause;
}

/* Wait until there is something to read. Not poll(2): where RLIMIT_NOFILE is 0 that refuses any set. */
static int wait_for_more(struct gather *g, int fd, struct err *e)
{
	int n = 0;

	if (fd < 0 || fd >= FD_SETSIZE)
		return err_set(e, ERR_INTERNAL, 0, "descriptor %d of a live log", fd);
	if (g->pause(g->context, false, e))
		return -1;
	while (n <= 0) {
		struct timeval wait = { .tv_sec = 1 };
		fd_set set;

		FD_ZERO(&set);
		FD_SET(fd, &set);
		n = select(fd + 1, &set, NULL, NULL, &wait);
		if (n < 0 && errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "select");
		if (n == 0 && (gather_flush(g, e) || g->pause(g->context, true, e)))
			return -1;
	}
	return 0;
}

static int read_stream(struct gather *g, struct packed *s, int fd, struct err *e)
{
	size_t have = 0;
	bool skip = false;	/* within a line that is too long */

	for (;;) {
		ssize_t n = packed_read(s, g->buf + have, BLOCK, e);
		char *line = g->buf, *end, *nl;

		if (n < 0 && e->reason == ERR_INPUT) {
			g->counts.inputs_damaged++;
			n = 0;
		}
		if (n < 0)
			return -1;
		g->counts.bytes += (uint64_t)n;
		end = g->buf + have + n;
		for (; (nl = memchr(line, '\n', (size_t)(end - line))); line = nl + 1) {
			if (!skip && one_line(g, line, (size_t)(nl - line), e))
				return -1;
			skip = false;
		}
		have = (size_t)(end - line);
		if (n == 0)	/* the last line may lack its newline */
			return (have && !skip && one_line(g, line, have, e)) || finish_run(g, e) ? -1 : 0;
		if (finish_run(g, e))
			return -1;
		if (have > LINE_MAX_BYTES) {	/* no line is that long: drop up to its end */
			if (!skip && one_line(g, line, have, e))
				return -1;
			skip = true;
			have = 0;
		}
		memmove(g->buf, line, have);
		if (g->pause && wait_for_more(g, fd, e))
			return -1;
	}
}

int gather_read(struct gather *g, int fd, struct err *e)
{
	AUTO(packed_close_auto) struct packed *s = NULL;

	if (packed_open(fd, &s, e))
		return -1;
	return read_stream(g, s, fd, e);
}

int gather_flush(struct gather *g, struct err *e)
{
	if (finish_run(g, e))
		return -1;
	while (g->oldest)
		if (close_open(g, g->oldest, e))
			return -1;
	return 0;
}

bool gather_oldest(const struct gather *g, struct stamp *ret)
{
	if (!g->oldest)
		return false;
	*ret = g->oldest->stamp;
	return true;
}

const struct gather_counts *gather_counts(const struct gather *g)
{
	return &g->counts;
}

const char *gather_node_name(const struct gather *g, uint32_t node)
{
	return node < g->nodes ? g->node[node].name : "";
}
