/* SPDX-License-Identifier: Apache-2.0 */
/* idranges.c - see idranges.h. */
#include "launcher/store/idranges.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/ids.h"
#include "launcher/base/io.h"
#include "launcher/base/lock.h"
#include "launcher/base/str.h"

enum kind { GIVEN, JOINED, NAMED };
static const char *const kind_words[] = { "", " joined", " named" };

struct entry {
	char id[ID_HEX + 1];
	int64_t first, size;
	int kind;
};
struct ledger {
	struct entry *item;
	size_t len;
};

static void ledger_done(struct ledger *l)
{
	free(l->item);
}
#define auto_ledger AUTO(ledger_done)

/* FIRST and SIZE behind `line`, parted by `sep`: a range of ids that are ids. */
static int parse_range(char *text, char sep, int64_t *ret_first, int64_t *ret_size, struct err *e)
{
	char *second = strchr(text, sep);
	uint64_t first, size;

	if (!second)
		return err_set(e, ERR_INPUT, 0, "needs a first id and a number");
	*second++ = '\0';
	if (str_to_u64(text, 0, UINT32_MAX - 1, "first id", &first, e) ||
	    str_to_u64(second, 1, UINT32_MAX - first, "number of ids", &size, e))
		return -1;
	*ret_first = (int64_t)first;
	*ret_size = (int64_t)size;
	return 0;
}

static int add_subid(char *line, const char *account, struct idrange_list *ret, struct err *e)
{
	size_t n = strlen(account);
	struct idrange r;

	if (strncmp(line, account, n) != 0 || line[n] != ':')
		return 0;
	if (parse_range(line + n + 1, ':', &r.first, &r.size, e))
		return -1;
	if (ret->len == IDRANGES_SUBIDS_MAX)
		return err_set(e, ERR_LIMIT, 0, "more than %d lines for %s", IDRANGES_SUBIDS_MAX, account);
	ret->item[ret->len++] = r;
	return 0;
}

int idranges_subids(const char *text, const char *account, const char *path, struct idrange_list *ret, struct err *e)
{
	auto_free char *copy = strdup(text);
	size_t n = 0;

	ret->len = 0;
	if (!copy)
		return err_set(e, ERR_SYSTEM, ENOMEM, "%s", path);
	for (char *line = copy; *line; ) {
		char *end = line + strcspn(line, "\n");
		bool last = !*end;

		n++;
		*end = '\0';
		if (add_subid(line, account, ret, e))
			return err_context(e, "%s:%zu", path, n);
		line = last ? end : end + 1;
	}
	return ret->len ? 0 : err_set(e, ERR_NOTFOUND, 0, "%s has no line \"%.64s:FIRST:SIZE\"", path, account);
}

int idranges_read_subids(const char *path, const char *account, struct idrange_list *ret, struct err *e)
{
	auto_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	auto_str struct str text = { 0 };
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%s", path);
	if (io_read_regular(fd, &st, IDRANGES_FILE_MAX, path, &text, e))
		return -1;
	return idranges_subids(text.text ? text.text : "", account, path, ret, e);
}

void idranges_common(const struct idrange_list *a, const struct idrange_list *b, struct idrange_list *ret)
{
	ret->len = 0;
	for (size_t i = 0; i < a->len; i++)
		for (size_t k = 0; k < b->len; k++) {
			int64_t a_end = a->item[i].first + a->item[i].size, b_end = b->item[k].first + b->item[k].size;
			int64_t first = a->item[i].first > b->item[k].first ? a->item[i].first : b->item[k].first;
			int64_t end = a_end < b_end ? a_end : b_end;

			if (first < IDRANGES_FIRST)
				first = IDRANGES_FIRST;
			if (first < end && ret->len < IDRANGES_SUBIDS_MAX)
				ret->item[ret->len++] = (struct idrange){ first, end - first };
		}
}

static int parse_entry(char *line, struct entry *ret, struct err *e)
{
	char *range = strchr(line, ' ');
	size_t n = range ? (size_t)(range - line) : 0;

	if (!n || n >= sizeof(ret->id) || strspn(line, "0123456789abcdef") != n)
		return err_set(e, ERR_STATE, 0, "needs an id and a range");
	memcpy(ret->id, line, n);
	ret->id[n] = '\0';
	for (int kind = JOINED; kind <= NAMED; kind++)
		if (str_ends(range + 1, kind_words[kind])) {
			ret->kind = kind;
			range[1 + strlen(range + 1) - strlen(kind_words[kind])] = '\0';
			break;
		}
	return parse_range(range + 1, ' ', &ret->first, &ret->size, e);
}

static bool overlap(const struct entry *a, int64_t first, int64_t size)
{
	return a->first < first + size && first < a->first + a->size;
}

static bool same(const struct entry *a, const struct entry *b)
{
	return a->first == b->first && a->size == b->size;
}

/* Who was joined before who joined. */
static int by_first(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->first != y->first ? (x->first > y->first) - (x->first < y->first) : x->kind - y->kind;
}

/* Of those in order. Who named ids may share them with others who did. */
static int check_shared(const struct ledger *l, struct err *e)
{
	const struct entry *last = NULL;

	for (size_t i = 0; i < l->len; i++) {
		const struct entry *at = &l->item[i];

		if (at->kind == NAMED)
			continue;
		if (last && overlap(last, at->first, at->size) && !(at->kind == JOINED && same(last, at)))
			return err_set(e, ERR_STATE, 0, IDRANGES ": %s and %s share ids", last->id, at->id);
		last = at;
	}
	return 0;
}

/* In the order of their ranges; two that share an id otherwise than by joining or naming it: not a ledger of ours. */
static int read_ledger(int dirfd, struct ledger *ret, struct err *e)
{
	auto_str struct str text = { 0 };
	struct err cause;

	ret->item = calloc(IDRANGES_MAX + 1, sizeof(*ret->item));
	if (!ret->item)
		return err_set(e, ERR_SYSTEM, ENOMEM, IDRANGES);
	if (io_read_file_at(dirfd, IDRANGES, IDRANGES_MAX * 128, &text, &cause)) {
		if (cause.reason == ERR_NOTFOUND)
			return 0;
		*e = cause;
		return -1;
	}
	if (text.len && (strlen(text.text) != text.len || text.text[text.len - 1] != '\n'))
		return err_set(e, ERR_STATE, 0, IDRANGES ": holds a NUL or ends inside a line");
	for (char *line = text.text, *end; line && *line; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		if (ret->len == IDRANGES_MAX)
			return err_set(e, ERR_STATE, 0, IDRANGES ": more than %d lines", IDRANGES_MAX);
		if (parse_entry(line, &ret->item[ret->len], e)) {
			e->reason = ERR_STATE;
			return err_context(e, IDRANGES ":%zu", ret->len + 1);
		}
		ret->len++;
	}
	qsort(ret->item, ret->len, sizeof(*ret->item), by_first);
	return check_shared(ret, e);
}

static int write_ledger(int dirfd, const struct ledger *l, struct err *e)
{
	auto_str struct str s = { 0 };

	for (size_t i = 0; i < l->len; i++)
		if (str_addf(&s, e, "%s %" PRId64 " %" PRId64 "%s\n", l->item[i].id, l->item[i].first, l->item[i].size,
			     kind_words[l->item[i].kind]))
			return -1;
	return io_replace_file_at(dirfd, IDRANGES, s.text ? s.text : "", s.len, 0600, e);
}

static void drop(struct ledger *l, const char *id)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->len; i++)
		if (strcmp(l->item[i].id, id) != 0)
			l->item[kept++] = l->item[i];
	l->len = kept;
}

/* Behind all that has the id `at`; the ledger is in order, what the container names is not. */
static int64_t behind(const struct ledger *l, const struct idranges_wish *w, int64_t at)
{
	int64_t was;

	do {
		was = at;
		for (size_t i = 0; i < l->len; i++)
			if (overlap(&l->item[i], at, w->size))
				at = l->item[i].first + l->item[i].size;
		for (size_t i = 0; i < w->named_len; i++)
			if (w->named[i].first < at + w->size && at < w->named[i].first + w->named[i].size)
				at = w->named[i].first + w->named[i].size;
	} while (at != was);
	return at;
}

/* The lowest place that nothing else has. -1: none. */
static int64_t lowest_free(const struct ledger *l, const struct idranges_wish *w)
{
	for (size_t i = 0; i < w->pool->len; i++) {
		const struct idrange *pool = &w->pool->item[i];
		int64_t at = behind(l, w, pool->first);

		if (at + w->size <= pool->first + pool->size)
			return at;
	}
	return -1;
}

static int check_id(const char *id, int64_t size, struct err *e)
{
	if (!*id || strlen(id) > ID_HEX || strspn(id, "0123456789abcdef") != strlen(id) || size < 0 || size > UINT32_MAX)
		return err_set(e, ERR_INTERNAL, 0, "range of ids: for a container, of at most 4294967295");
	return 0;
}

/* A line more; one that is there already is not written twice. */
static int add(struct ledger *l, const char *id, const struct idrange *r, int kind, struct err *e)
{
	struct entry fresh = { .first = r->first, .size = r->size, .kind = kind };

	for (size_t i = 0; i < l->len; i++)
		if (same(&l->item[i], &fresh) && strcmp(l->item[i].id, id) == 0)
			return 0;
	if (l->len == IDRANGES_MAX)
		return err_set(e, ERR_LIMIT, 0, "ranges of ids: containers have %d", IDRANGES_MAX);
	memcpy(fresh.id, id, strlen(id) + 1);
	l->item[l->len++] = fresh;
	return 0;
}

static const struct entry *find(const struct ledger *l, const char *id)
{
	for (size_t i = 0; i < l->len; i++)
		if (strcmp(l->item[i].id, id) == 0 && l->item[i].kind != NAMED)
			return &l->item[i];
	return NULL;
}

static bool keeps(const struct entry *own, const struct idranges_wish *w)
{
	if (!own || own->size != w->size)
		return false;
	for (size_t i = 0; i < w->named_len; i++)
		if (overlap(own, w->named[i].first, w->named[i].size))
			return false;
	return true;
}

static int check_named(const struct ledger *l, const char *id, const struct idranges_wish *w, struct err *e)
{
	for (size_t i = 0; i < l->len; i++)
		for (size_t k = 0; k < w->named_len; k++)
			if (l->item[i].kind != NAMED && strcmp(l->item[i].id, id) != 0 && overlap(&l->item[i], w->named[k].first, w->named[k].size))
				return err_set(e, ERR_EXISTS, 0, "ids %" PRId64 " to %" PRId64 " of the host: container %.12s has some of them "
					       "by --userns auto", w->named[k].first, w->named[k].first + w->named[k].size - 1, l->item[i].id);
	return 0;
}

/* *ret: its range, with no other line of `id` in the ledger any more; of size 0 with all of the ids named. */
static int choose(struct ledger *l, const char *id, const struct idranges_wish *w, struct idrange *ret, struct err *e)
{
	const struct entry *own = find(l, id);

	*ret = (struct idrange){ own ? own->first : 0, w->size };
	if (!w->size || keeps(own, w)) {
		drop(l, id);
		return 0;
	}
	drop(l, id);
	ret->first = lowest_free(l, w);
	if (ret->first < 0)
		return err_set(e, ERR_LIMIT, 0, "no %" PRId64 " sub-ids of " IDRANGES_ACCOUNT " are free that both " IDRANGES_SUBUID
			       " and " IDRANGES_SUBGID " have", w->size);
	return 0;
}

int idranges_claim(int dirfd, const char *id, const struct idranges_wish *w, int64_t *ret_first, struct err *e)
{
	auto_ledger struct ledger l = { 0 };
	auto_close int lock = lock_take(dirfd, IDRANGES ".lock", true, e);
	struct idrange own;

	if (lock < 0 || check_id(id, w->size, e) || read_ledger(dirfd, &l, e) || check_named(&l, id, w, e) || choose(&l, id, w, &own, e))
		return -1;
	if (w->size && add(&l, id, &own, GIVEN, e))
		return -1;
	for (size_t i = 0; i < w->named_len; i++)
		if (add(&l, id, &w->named[i], NAMED, e))
			return -1;
	*ret_first = own.first;
	return w->look ? 0 : write_ledger(dirfd, &l, e);
}

int idranges_join(int dirfd, const char *id, const char *of, struct err *e)
{
	auto_ledger struct ledger l = { 0 };
	auto_close int lock = lock_take(dirfd, IDRANGES ".lock", true, e);
	size_t before;

	if (lock < 0 || check_id(id, 0, e) || read_ledger(dirfd, &l, e))
		return -1;
	if (strcmp(id, of) != 0)
		drop(&l, id);
	before = l.len;
	for (size_t i = 0; i < before && strcmp(id, of) != 0; i++) {
		const struct idrange range = { l.item[i].first, l.item[i].size };

		if (strcmp(l.item[i].id, of) == 0 && add(&l, id, &range, l.item[i].kind == NAMED ? NAMED : JOINED, e))
			return -1;
	}
	if (l.len == before)
		return err_set(e, ERR_NOTFOUND, 0, "container %.12s has no ids of the ledger any more", of);
	return write_ledger(dirfd, &l, e);
}

int idranges_release(int dirfd, const char *id, struct err *e)
{
	auto_ledger struct ledger l = { 0 };
	auto_close int lock = lock_take(dirfd, IDRANGES ".lock", true, e);
	size_t before;

	if (lock < 0 || read_ledger(dirfd, &l, e))
		return -1;
	before = l.len;
	drop(&l, id);
	return l.len == before ? 0 : write_ledger(dirfd, &l, e);
}
