/* SPDX-License-Identifier: Apache-2.0 */
/* idmap.c - see idmap.h. */
#include "launcher/plan/idmap.h"

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

int idmap_ranges(const struct field_list *map, const char *field, struct err *e)
{
	if (map->len > PLAN_IDMAPS_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s: more than %d ranges of ids", field, PLAN_IDMAPS_MAX);
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
	if (idmap_ranges(map, field, e))
		return -1;
	if (map->len && idmap_host(map, 0) < 0)
		return err_set(e, ERR_INPUT, 0, "%s: id 0 of the container is in no range", field);
	return 0;
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
