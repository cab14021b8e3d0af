/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.c - category pairs: read the file strictly, draw a free pair, replace the file. */
#include "selinux/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/lock.h"
#include "launcher/base/mcs_pair.h"
#include "launcher/base/str.h"

enum {
	PAIRS_MAX = LEDGER_CATEGORIES * (LEDGER_CATEGORIES - 1) / 2,
	LINE_MAX_BYTES = LEDGER_ID_MAX + sizeof(" 1023 1023 9223372036854775807 ") + LEDGER_BOOT,
};

#define auto_list AUTO(ledger_list_done)

void ledger_list_done(struct ledger_list *list)
{
	free(list->item);
	*list = (struct ledger_list){ 0 };
}

static int check_id(const char *id, struct err *e)
{
	size_t n = strlen(id);

	if (!n || n > LEDGER_ID_MAX ||
	    strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") != n)
		return err_set(e, ERR_INPUT, 0, "id \"%.80s\": 1 to %d of A-Z a-z 0-9 _ . -", id, LEDGER_ID_MAX);
	return 0;
}

/*
 * The place of a pair among all pairs. It does not depend on the range, so the pairs
 * of a range of n are the first n(n-1)/2 places.
 */
static unsigned pair_place(unsigned low, unsigned high)
{
	return high * (high - 1) / 2 + low;
}

static void place_pair(unsigned place, unsigned *ret_low, unsigned *ret_high)
{
	unsigned high = 1;

	while (high * (high + 1) / 2 <= place)
		high++;
	*ret_high = high;
	*ret_low = place - high * (high - 1) / 2;
}

static int check_boot(const char *boot, struct err *e)
{
	if (strlen(boot) != LEDGER_BOOT || strspn(boot, "0123456789abcdef-") != LEDGER_BOOT)
		return err_set(e, ERR_INPUT, 0, "boot id \"%.80s\": %d of 0-9 a-f -", boot, LEDGER_BOOT);
	return 0;
}

/* "ID LOW HIGH RELEASED [BOOT]"; the line is cut into words in place. */
static int parse_line(char *line, struct ledger_entry *ret, struct err *e)
{
	char *word[4] = { line };
	uint64_t low, high, released;
	char *boot;

	for (int i = 1; i < 4; i++) {
		word[i] = strchr(word[i - 1], ' ');
		if (!word[i])
			return err_set(e, ERR_STATE, 0, "needs four words");
		*word[i]++ = '\0';
	}
	boot = strchr(word[3], ' ');
	if (boot)
		*boot++ = '\0';
	if ((boot && check_boot(boot, e)) || check_id(word[0], e) ||
	    str_to_u64(word[2], 1, LEDGER_CATEGORIES - 1, "higher category", &high, e) ||
	    str_to_u64(word[1], 0, high - 1, "lower category", &low, e) ||
	    str_to_u64(word[3], 0, INT64_MAX, "time", &released, e))
		return -1;
	*ret = (struct ledger_entry){ .low = (unsigned)low, .high = (unsigned)high,
				      .released = (int64_t)released };
	memcpy(ret->id, word[0], strlen(word[0]) + 1);
	memcpy(ret->boot, boot ? boot : "", boot ? LEDGER_BOOT + 1 : 1);
	return 0;
}

static size_t count_lines(const struct str *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += text->text[i] == '\n';
	return n;
}

/* Two lines for one pair would be two containers with one label, which only engines may have: else not a ledger of ours. */
static int check_unique(const struct ledger_list *list, struct err *e)
{
	auto_free unsigned char *seen = calloc(PAIRS_MAX, 1);

	if (!seen)
		return err_set(e, ERR_SYSTEM, ENOMEM, MCS_LEDGER);
	for (size_t i = 0; i < list->len; i++) {
		unsigned place = pair_place(list->item[i].low, list->item[i].high);

		unsigned char kind = list->item[i].boot[0] ? 2 : 1;

		if (seen[place] && (seen[place] != 2 || kind != 2))
			return err_set(e, ERR_STATE, 0, MCS_LEDGER ":%zu: c%u,c%u stands twice", i + 1,
				       list->item[i].low, list->item[i].high);
		seen[place] = kind;
	}
	return 0;
}

int ledger_read(int dirfd, struct ledger_list *ret, struct err *e)
{
	auto_list struct ledger_list list = { 0 };
	auto_str struct str text = { 0 };
	struct err cause;
	char *line;

	if (io_read_file_at(dirfd, MCS_LEDGER, (size_t)PAIRS_MAX * LINE_MAX_BYTES, &text, &cause)) {
		if (cause.reason != ERR_NOTFOUND) {
			*e = cause;
			return -1;
		}
		*ret = list;
		return 0;
	}
	if (text.len && (strlen(text.text) != text.len || text.text[text.len - 1] != '\n'))
		return err_set(e, ERR_STATE, 0, MCS_LEDGER ": holds a NUL or ends inside a line");
	list.item = calloc(count_lines(&text) + 1, sizeof(*list.item));
	if (!list.item)
		return err_set(e, ERR_SYSTEM, ENOMEM, MCS_LEDGER);
	for (line = text.text; line && *line; list.len++) {
		char *end = strchr(line, '\n');

		*end = '\0';
		if (parse_line(line, &list.item[list.len], e)) {
			e->reason = ERR_STATE;
			return err_context(e, MCS_LEDGER ":%zu", list.len + 1);
		}
		line = end + 1;
	}
	if (check_unique(&list, e))
		return -1;
	*ret = list;
	list.item = NULL;
	return 0;
}

static int write_list(int dirfd, const struct ledger_list *list, struct err *e)
{
	auto_str struct str text = { 0 };

	for (size_t i = 0; i < list->len; i++) {
		const struct ledger_entry *entry = &list->item[i];

		if (str_addf(&text, e, "%s %u %u %" PRId64 "%s%s\n", entry->id, entry->low, entry->high,
			     entry->released, entry->boot[0] ? " " : "", entry->boot))
			return -1;
	}
	return io_replace_file_at(dirfd, MCS_LEDGER, text.text ? text.text : "", text.len, 0600, e);
}

static struct ledger_entry *find(struct ledger_list *list, const char *id)
{
	for (size_t i = 0; i < list->len; i++)
		if (!strcmp(list->item[i].id, id))
			return &list->item[i];
	return NULL;
}

/* A release that lies in the future (the clock was set back) counts as just made. */
static void drop_expired(struct ledger_list *list, int64_t now, int64_t retention)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->len; i++) {
		int64_t released = list->item[i].released;

		if (released && now - released >= retention)
			continue;
		list->item[kept++] = list->item[i];
	}
	list->len = kept;
}

/* Start at a random place and take the next free one: ends after one round at the latest. */
static int draw(const struct ledger_list *list, unsigned range, struct ledger_entry *ret, struct err *e)
{
	auto_free unsigned char *taken = calloc(PAIRS_MAX, 1);
	unsigned pairs = range * (range - 1) / 2, start, place;
	uint32_t random;

	if (!taken)
		return err_set(e, ERR_SYSTEM, ENOMEM, MCS_LEDGER);
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err_set(e, ERR_SYSTEM, errno, "getrandom");
	for (size_t i = 0; i < list->len; i++)
		taken[pair_place(list->item[i].low, list->item[i].high)] = 1;
	start = (unsigned)(((uint64_t)random * pairs) >> 32);
	for (unsigned i = 0; i < pairs; i++) {
		place = (start + i) % pairs;
		if (taken[place])
			continue;
		place_pair(place, &ret->low, &ret->high);
		return 0;
	}
	return err_set(e, ERR_LIMIT, 0, "MCS categories exhausted: all %u pairs below c%u are in use or "
		       "were released less than the retention time ago", pairs, range);
}

static int append(struct ledger_list *list, const struct ledger_entry *entry, struct err *e)
{
	struct ledger_entry *more = reallocarray(list->item, list->len + 1, sizeof(*more));

	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, MCS_LEDGER);
	list->item = more;
	list->item[list->len++] = *entry;
	return 0;
}

static int64_t now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec > 0 ? now.tv_sec : 1;
}

int ledger_claim(int dirfd, const char *id, unsigned range, int64_t retention,
		 char ret_level[static LEDGER_LEVEL_MAX], struct err *e)
{
	auto_list struct ledger_list list = { 0 };
	struct ledger_entry fresh = { 0 }, *entry;
	auto_close int lock = -1;

	if (check_id(id, e))
		return -1;
	if (range < 2 || range > LEDGER_CATEGORIES || retention < 0)
		return err_set(e, ERR_INPUT, 0, "MCS range %u: 2 to %d, and a retention that is not negative",
			       range, LEDGER_CATEGORIES);
	lock = lock_take(dirfd, MCS_LEDGER ".lock", true, e);
	if (lock < 0 || ledger_read(dirfd, &list, e))
		return -1;
	entry = find(&list, id);
	if (entry && entry->boot[0])
		return err_set(e, ERR_STATE, 0, MCS_LEDGER ": %s has the pair c%u,c%u of its engine", id, entry->low, entry->high);
	if (entry) {
		entry->released = 0;
		fresh = *entry;
	}
	drop_expired(&list, now_seconds(), retention);
	if (!entry) {
		memcpy(fresh.id, id, strlen(id) + 1);
		if (draw(&list, range, &fresh, e) || append(&list, &fresh, e))
			return -1;
	}
	if (write_list(dirfd, &list, e))
		return -1;
	snprintf(ret_level, LEDGER_LEVEL_MAX, "s0:c%u,c%u", fresh.low, fresh.high);
	return 0;
}

/* Those of engines end with the boot, and no `delete` says so. */
static void end_earlier_boots(struct ledger_list *list, const char *boot, int64_t now)
{
	for (size_t i = 0; i < list->len; i++) {
		struct ledger_entry *entry = &list->item[i];

		if (entry->boot[0] && !entry->released && strcmp(entry->boot, boot) != 0)
			entry->released = now;
	}
}

static int check_free(const struct ledger_list *list, const struct ledger_entry *wanted, struct err *e)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct ledger_entry *entry = &list->item[i];

		if (entry->low == wanted->low && entry->high == wanted->high && !entry->boot[0] && strcmp(entry->id, wanted->id) != 0)
			return err_set(e, ERR_EXISTS, 0, "the pair c%u,c%u %s container %.12s: the engine has to choose another", wanted->low,
				       wanted->high, entry->released ? "was less than the retention time ago that of" : "is that of", entry->id);
	}
	return 0;
}

int ledger_take(int dirfd, const char *id, const char *level, const char *boot, int64_t retention, struct err *e)
{
	auto_list struct ledger_list list = { 0 };
	struct ledger_entry wanted = { 0 }, *entry;
	auto_close int lock = -1;
	int64_t now = now_seconds();

	if (check_id(id, e) || check_boot(boot, e))
		return -1;
	if (!mcs_pair(level, &wanted.low, &wanted.high))
		return err_set(e, ERR_INPUT, 0, "level %.64s: not a pair s0:cA,cB with A < B < %d", level, LEDGER_CATEGORIES);
	memcpy(wanted.id, id, strlen(id) + 1);
	memcpy(wanted.boot, boot, LEDGER_BOOT + 1);
	lock = lock_take(dirfd, MCS_LEDGER ".lock", true, e);
	if (lock < 0 || ledger_read(dirfd, &list, e))
		return -1;
	end_earlier_boots(&list, boot, now);
	drop_expired(&list, now, retention);
	if (check_free(&list, &wanted, e))
		return -1;
	entry = find(&list, id);
	if (entry)
		*entry = wanted;
	else if (append(&list, &wanted, e))
		return -1;
	return write_list(dirfd, &list, e);
}

int ledger_release(int dirfd, const char *id, struct err *e)
{
	auto_list struct ledger_list list = { 0 };
	auto_close int lock = -1;
	struct ledger_entry *entry;

	if (check_id(id, e))
		return -1;
	lock = lock_take(dirfd, MCS_LEDGER ".lock", true, e);
	if (lock < 0 || ledger_read(dirfd, &list, e))
		return -1;
	entry = find(&list, id);
	if (!entry || entry->released)
		return 0;
	entry->released = now_seconds();
	return write_list(dirfd, &list, e);
}
