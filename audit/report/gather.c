/* SPDX-License-Identifier: Apache-2.0 */
/* gather.c - see gather.h. */
#include "audit/report/gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>

#include "audit/report/ahead.h"

enum {
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
	enum line_type type;
	struct str text;
	size_t n;
	bool cut;
	struct glance glance;
	uint64_t line;			/* the log's number of lines when it came */
	struct open *older, *newer;	/* by arrival */
	struct open *chain;		/* of the bucket; of the free list */
};

struct gather {
	gather_fn *fn;
	gather_look_fn *look;
	gather_pause_fn *pause;
	void *context;
	struct gather_counts counts;
	uint64_t line;			/* the number of the one that is looked at */
	const struct batch_way *way;
	struct ahead *ahead, *own;	/* borrowed; where none was given */
	struct batch single;		/* of gather_line() */
	struct node *node;
	size_t nodes;
	uint16_t *node_slot;		/* NODE_SLOTS of index + 1; NULL until there is a second node */
	uint32_t last_node;		/* most lines have the node of the one before */
	struct line *parsed;		/* of the event that is handed on */
	size_t parsed_room;
	struct open *bucket[BUCKETS], *oldest, *newest, *free;
	size_t opened, open_bytes;
};

static int no_memory(struct err *e)
{
	return err_set(e, ERR_SYSTEM, ENOMEM, "reading the audit log");
}

int gather_new(gather_fn *fn, void *context, struct gather **ret, struct err *e)
{
	static const struct batch_way nothing = { .depth = GLANCE_TYPES };
	AUTO(gather_free_auto) struct gather *g = calloc(1, sizeof(*g));

	if (!g || !(g->node = calloc(1, sizeof(*g->node))) || !(g->node[0].name = strdup("")))
		return no_memory(e);
	g->nodes = 1;
	g->fn = fn;
	g->context = context;
	g->way = &nothing;
	*ret = take_ptr(&g);
	return 0;
}

void gather_free(struct gather *g)
{
	struct open *o;

	if (!g)
		return;
	while ((o = g->oldest)) {
		g->oldest = o->newer;
		str_done(&o->text);
		free(o);
	}
	while ((o = g->free)) {
		g->free = o->chain;
		str_done(&o->text);
		free(o);
	}
	for (size_t i = 0; g->node && i < g->nodes; i++)
		free(g->node[i].name);
	free(g->node);
	free(g->node_slot);
	free(g->parsed);
	batch_done(&g->single);
	ahead_free(g->own);
	free(g);
}

void gather_look(struct gather *g, gather_look_fn *look, const struct batch_way *way, struct ahead *ahead)
{
	g->look = look;
	g->way = way;
	g->ahead = ahead;
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
		if (!g->node_slot && !(g->node_slot = calloc(NODE_SLOTS, sizeof(*g->node_slot))))
			return no_memory(e);
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
static uint32_t find_boot(struct gather *g, struct node *n, const struct run *l)
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

static bool need_parsed(struct gather *g, size_t n)
{
	struct line *more;

	if (n <= g->parsed_room)
		return true;
	more = reallocarray(g->parsed, n * 2, sizeof(*more));
	if (!more)
		return false;
	g->parsed = more;
	g->parsed_room = n * 2;
	return true;
}

static size_t parse_lines(const struct str *text, size_t n, struct line *ret)
{
	const char *at = text->text, *end = at + text->len, *nl;
	size_t have = 0;

	for (; at < end && have < n; at = nl + 1) {
		nl = memchr(at, '\n', (size_t)(end - at));
		have += line_parse(at, (size_t)(nl - at), &ret[have]);
	}
	return have;
}

/* rec is NULL until somebody wants the event. `lines` are those of an event that waited; else it is a run of the batch. */
static int hand_on(struct gather *g, struct gathered *ev, const struct batch *b, const struct run *run, const struct str *lines, struct err *e)
{
	bool skip = false;

	g->counts.events++;
	g->counts.cut += ev->cut;
	if (g->look && g->look(g->context, ev, &skip, e))
		return -1;
	if (skip)
		return 0;
	if (run && run->ready) {
		ev->rec = b->line + run->line;
		ev->facts = &b->facts[run->facts];
	} else {
		if (!need_parsed(g, ev->n))
			return no_memory(e);
		ev->rec = g->parsed;
		if (run)
			batch_lines(b, run, g->parsed);
		else
			ev->n = parse_lines(lines, ev->n, g->parsed);
	}
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
	struct gathered ev = { .stamp = o->stamp, .node = o->node, .boot = o->boot, .n = o->n, .type = o->type, .cut = o->cut, .glance = &o->glance };
	int r = hand_on(g, &ev, NULL, NULL, &o->text, e);

	release(g, o);
	return r;
}

static int close_old(struct gather *g, uint32_t node, struct err *e)
{
	while (g->oldest) {
		struct open *o = g->oldest;
		bool over = (o->node == node && in_ms(&o->stamp) + GATHER_WAIT_MS < g->node[node].newest_ms) ||
			    o->line + WAIT_LINES < g->line;
		bool full = g->open_bytes > GATHER_OPEN_BYTES || g->opened > GATHER_OPEN_MAX;

		if (!over && !full)
			return 0;
		g->counts.early += !over;
		if (close_open(g, o, e))
			return -1;
	}
	return 0;
}

static struct open *new_open(struct gather *g, const struct run *run, uint32_t node, uint32_t boot)
{
	struct open *o = g->free, **at = bucket_of(g, run->stamp.serial);

	if (o)
		g->free = o->chain;
	else if (!(o = calloc(1, sizeof(*o))))
		return NULL;
	o->stamp = run->stamp;
	o->node = node;
	o->boot = boot;
	o->type = run->type;
	o->n = 0;
	o->cut = false;
	glance_begin(&o->glance);
	o->line = g->line;
	o->chain = *at;
	*at = o;
	o->newer = NULL;
	o->older = g->newest;
	*(g->newest ? &g->newest->newer : &g->oldest) = o;
	g->newest = o;
	g->opened++;
	return o;
}

/* Its records so far stand in o->text, and what a glance told of them with them: that cannot be added up, so it is taken again. */
static int keep_run(struct gather *g, struct open *o, const struct batch *b, const struct run *run, struct err *e)
{
	for (uint32_t i = 0; i < run->n; i++) {
		const struct record *r = &b->record[run->first + i];
		struct line l;

		if (o->n == GATHER_RECORDS_MAX || o->text.len + r->len + 1 > GATHER_EVENT_BYTES) {
			o->cut = true;
			break;
		}
		if (str_add_bytes(&o->text, r->at, r->len, e) || str_add_bytes(&o->text, "\n", 1, e))
			return -1;
		if (line_front(r->at, r->len, NULL, &l))
			glance_add(&o->glance, l.type, line_raw(&l), g->way->depth);
		g->open_bytes += r->len + 1;
		o->n++;
	}
	o->cut |= run->cut;
	return 0;
}

/* Records that stood together; others of theirs may wait, or follow and find them waiting. */
static int take_run(struct gather *g, const struct batch *b, const struct run *run, struct err *e)
{
	struct open *o;
	uint32_t node = 0, boot;

	if (find_node(g, run->node, &node, e))
		return -1;
	boot = find_boot(g, &g->node[node], run);
	o = g->opened ? find_open(g, &run->stamp, node) : NULL;
	if (!o && run->last) {
		struct gathered ev = { .stamp = run->stamp, .node = node, .boot = boot, .n = run->n, .type = run->type, .cut = run->cut,
				       .glance = &run->glance };

		if (hand_on(g, &ev, b, run, NULL, e))
			return -1;
	} else {
		o = o ? o : new_open(g, run, node, boot);
		if (!o)
			return no_memory(e);
		if (keep_run(g, o, b, run, e) || (run->last && close_open(g, o, e)))
			return -1;
	}
	return g->opened ? close_old(g, node, e) : 0;
}

static int take_batch(struct gather *g, const struct batch *b, struct err *e)
{
	uint64_t before = g->counts.lines;

	for (size_t i = 0; i < b->runs; i++) {
		g->line = before + b->run[i].lines;
		if (take_run(g, b, &b->run[i], e))
			return -1;
	}
	g->counts.lines += b->lines;
	g->counts.bytes += b->bytes;
	g->counts.bad += b->bad;
	g->counts.too_long += b->too_long;
	g->counts.inputs_damaged += b->damaged;
	return 0;
}

int gather_line(struct gather *g, const char *line, size_t len, struct err *e)
{
	return batch_bytes(&g->single, line, len, e) || batch_split(&g->single, g->way, e) || take_batch(g, &g->single, e) ? -1 : 0;
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

static int read_batches(struct gather *g, struct ahead *a, int fd, struct err *e)
{
	struct batch *b;

	for (;;) {
		if (ahead_next(a, &b, e) || take_batch(g, b, e))
			return -1;
		if (b->end)
			return 0;
		if (g->pause && wait_for_more(g, fd, e))
			return -1;
	}
}

int gather_read(struct gather *g, int fd, struct err *e)
{
	AUTO(packed_close_auto) struct packed *p = NULL;
	AUTO(source_done) struct source s = { .live = g->pause };
	struct ahead *a = g->ahead;
	struct stat st;
	bool file;
	int r;

	/* A live log is shown as it comes, by one thread. */
	if (!a || g->pause) {
		if (!g->own && ahead_new(0, &g->own, e))
			return -1;
		a = g->own;
	}
	if (fstat(fd, &st))
		return err_set(e, ERR_SYSTEM, errno, "audit log");
	file = S_ISREG(st.st_mode);
	if (packed_open(fd, &p, e))
		return -1;
	s.packed = p;
	s.size = file ? (size_t)st.st_size : 0;
	ahead_begin(a, &s, g->way, file || !ahead_helpers(a) ? -1 : fd);
	r = read_batches(g, a, fd, e);
	ahead_end(a);
	return r;
}

int gather_flush(struct gather *g, struct err *e)
{
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
