/* SPDX-License-Identifier: Apache-2.0 */
/* idmap.c - see idmap.h. */
#include "launcher/plan/idmap.h"

#include <stdlib.h>
#include <string.h>

static const int64_t ID_END = UINT32_MAX;	/* (uid_t)-1 is no id, and 4294967294 the last */

int idmap_add(struct field_list *map, int64_t inside, int64_t host, int64_t size, struct err *e)
{
	struct plan_idmap *m;

	if (map->len >= PLAN_IDMAPS_MAX)
		return err_set(e, ERR_LIMIT, 0, "more than %d ranges of ids", PLAN_IDMAPS_MAX);
	m = field_list_add(map, plan_idmap_fields, sizeof(*m));
	if (!m)
		return err_set(e, ERR_SYSTEM, ENOMEM, "ranges of ids");
	*m = (struct plan_idmap){ inside, host, size };
	return 0;
}

int idmap_read(struct field_list *map, const char *text, const char *option, struct err *e)
{
	uint64_t n[3] = { 0, 0, 1 };
	char word[3][16];
	size_t count = 0;

	for (const char *at = text; ; ) {
		size_t len = strcspn(at, ":");

		if (count == 3 || !len || len >= sizeof(word[0]))
			return err_set(e, ERR_INPUT, 0, "%s %.64s: not INSIDE:HOST[:SIZE] in numbers", option, text);
		memcpy(word[count], at, len);
		word[count++][len] = '\0';
		if (!at[len])
			break;
		at += len + 1;
	}
	if (count < 2)
		return err_set(e, ERR_INPUT, 0, "%s %.64s: not INSIDE:HOST[:SIZE] in numbers", option, text);
	for (size_t i = 0; i < count; i++)
		if (str_to_u64(word[i], i == 2, ID_END, i == 2 ? "number of ids" : "id", &n[i], e))
			return err_context(e, "%s %.64s", option, text);
	return idmap_add(map, (int64_t)n[0], (int64_t)n[1], (int64_t)n[2], e) ? err_context(e, "%s", option) : 0;
}

static bool overlap(int64_t a, int64_t b, int64_t a_size, int64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

int idmap_check_part(const struct field_list *map, const char *field, struct err *e)
{
	auto_str struct str text = { 0 };

	if (map->len > PLAN_IDMAPS_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s: more than %d ranges of ids", field, PLAN_IDMAPS_MAX);
	if (idmap_text(map, ' ', '\n', &text, e))
		return -1;
	if (text.len > PLAN_IDMAP_TEXT_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s: %zu ranges of ids are %zu bytes as the kernel reads them, more than %d", field, map->len,
			       text.len, PLAN_IDMAP_TEXT_MAX);
	for (size_t i = 0; i < map->len; i++) {
		const struct plan_idmap *a = PLAN_IDMAP(map, i);

		if (a->inside < 0 || a->host < 0 || a->size < 1 || a->inside >= ID_END || a->host >= ID_END ||
		    a->size > ID_END - a->inside || a->size > ID_END - a->host)
			return err_set(e, ERR_INPUT, 0, "%s: %lld:%lld:%lld: ids are 0 to %lld", field, (long long)a->inside,
				       (long long)a->host, (long long)a->size, (long long)ID_END - 1);
		for (size_t k = 0; k < i; k++) {
			const struct plan_idmap *b = PLAN_IDMAP(map, k);

			if (overlap(a->inside, b->inside, a->size, b->size) || overlap(a->host, b->host, a->size, b->size))
				return err_set(e, ERR_INPUT, 0, "%s: %lld:%lld:%lld has ids of another range", field,
					       (long long)a->inside, (long long)a->host, (long long)a->size);
		}
	}
	return 0;
}

int idmap_check(const struct field_list *map, const char *field, struct err *e)
{
	if (idmap_check_part(map, field, e))
		return -1;
	if (map->len && idmap_host(map, 0) < 0)
		return err_set(e, ERR_INPUT, 0, "%s: id 0 of the container is in no range", field);
	return 0;
}

int idmap_copy(struct field_list *to, const struct field_list *from, struct err *e)
{
	for (size_t i = 0; i < from->len; i++) {
		const struct plan_idmap *m = PLAN_IDMAP(from, i);

		if (idmap_add(to, m->inside, m->host, m->size, e))
			return -1;
	}
	return 0;
}

int idmap_read_kernel(struct field_list *map, const char *text, struct err *e)
{
	for (const char *at = text; *at; ) {
		unsigned long long n[3];
		char *end;

		for (int i = 0; i < 3; i++, at = end) {
			n[i] = strtoull(at, &end, 10);
			if (end == at || n[i] > UINT32_MAX)
				return err_set(e, ERR_SYSTEM, 0, "map of ids: not as the kernel shows it");
		}
		if (*at && *at++ != '\n')
			return err_set(e, ERR_SYSTEM, 0, "map of ids: not as the kernel shows it");
		if (idmap_add(map, (int64_t)n[0], (int64_t)n[1], (int64_t)n[2], e))
			return -1;
	}
	return 0;
}

static bool has_range(const struct field_list *map, const struct plan_idmap *range)
{
	for (size_t i = 0; i < map->len; i++) {
		const struct plan_idmap *m = PLAN_IDMAP(map, i);

		if (m->inside == range->inside && m->host == range->host && m->size == range->size)
			return true;
	}
	return false;
}

/* No id stands twice in a map, so that no range of it does. */
bool idmap_equal(const struct field_list *a, const struct field_list *b)
{
	if (a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++)
		if (!has_range(b, PLAN_IDMAP(a, i)))
			return false;
	return true;
}

/* The first id from `at` on that `part` has, below `end`; *ret_next: the first behind its range. `end` for both: none. */
static int64_t next_taken(const struct field_list *part, int64_t at, int64_t end, int64_t *ret_next)
{
	int64_t first = end;

	*ret_next = end;
	for (size_t i = 0; i < part->len; i++) {
		const struct plan_idmap *m = PLAN_IDMAP(part, i);
		int64_t from = m->inside > at ? m->inside : at;

		if (m->inside + m->size > at && from < first) {
			first = from;
			*ret_next = m->inside + m->size;
		}
	}
	return first;
}

int idmap_fill(const struct field_list *part, int64_t size, int64_t first, struct field_list *map, int64_t *ret_used, struct err *e)
{
	int64_t used = 0, next;

	for (int64_t at = 0; at < size; at = next) {
		int64_t n = next_taken(part, at, size, &next) - at;

		if (n && map && idmap_add(map, at, first + used, n, e))
			return -1;
		used += n;
	}
	*ret_used = used;
	return map ? idmap_copy(map, part, e) : 0;
}

bool idmap_has(const struct plan *p, bool gid, int64_t inside)
{
	const struct field_list *map = gid ? &p->gid_map : &p->uid_map, *part = gid ? &p->userns_gids : &p->userns_uids;

	if (p->ns[PLAN_NS_USER].mode == PLAN_NS_NEW && p->userns_size != FIELD_NONE && !map->len)
		return (inside >= 0 && inside < p->userns_size) || (part->len && idmap_host(part, inside) >= 0);
	return idmap_host(map, inside) >= 0;
}

int64_t idmap_host(const struct field_list *map, int64_t inside)
{
	if (!map->len)
		return inside;
	for (size_t i = 0; i < map->len; i++) {
		const struct plan_idmap *m = PLAN_IDMAP(map, i);

		if (inside >= m->inside && inside - m->inside < m->size)
			return m->host + (inside - m->inside);
	}
	return -1;
}

int64_t idmap_inside(const struct field_list *map, int64_t host)
{
	if (!map->len)
		return host;
	for (size_t i = 0; i < map->len; i++) {
		const struct plan_idmap *m = PLAN_IDMAP(map, i);

		if (host >= m->host && host - m->host < m->size)
			return m->inside + (host - m->host);
	}
	return -1;
}

int idmap_text(const struct field_list *map, char sep, char end, struct str *s, struct err *e)
{
	for (size_t i = 0; i < map->len; i++) {
		const struct plan_idmap *m = PLAN_IDMAP(map, i);

		if (str_addf(s, e, "%lld%c%lld%c%lld", (long long)m->inside, sep, (long long)m->host, sep, (long long)m->size) ||
		    ((end == '\n' || i + 1 < map->len) && str_addf(s, e, "%c", end)))
			return -1;
	}
	return 0;
}
