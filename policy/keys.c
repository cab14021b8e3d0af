/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c - the table of keys, and how each kind of value is read and written. */
#include "policy/keys.h"

#include <stdio.h>
#include <string.h>

#include "launcher/base/path.h"
#include "policy/key_checks.h"
#include "policy/keyfile.h"

static const char *const mode_words[] = { "enforce", "observe", NULL };
static const char *const net_words[] = { "", "none", "host", "private", "path", NULL };
static const char *const require_words[] = { "", "enforcing", "if-enabled", "no", NULL };
static const char *const session_words[] = { "own", "caller", NULL };
static const char *const log_words[] = { "", "file", "none", "journald", NULL };

const struct key_def key_defs[KEY_COUNT] = {
#define X(id, section, key, kind, check, words, min, max, builtin) \
	[KEY_##id] = { section, key, KIND_##kind, check, words, min, max, builtin },
	POLICY_KEYS(X)
#undef X
};

static int read_yesno(const char *text, int64_t *ret, struct err *e)
{
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return err_set(e, ERR_INPUT, 0, "say yes or no, not %.64s", text);
	*ret = *text == 'y';
	return 0;
}

static int read_word(const struct key_def *d, const char *text, int64_t *ret, struct err *e)
{
	auto_str struct str all = { 0 };

	for (int i = 0; d->words[i]; i++) {
		if (*text && strcmp(d->words[i], text) == 0) {
			*ret = i;
			return 0;
		}
		if (*d->words[i] && str_addf(&all, e, "%s%s", all.len ? ", " : "", d->words[i]))
			return -1;
	}
	return err_set(e, ERR_INPUT, 0, "%.64s is none of: %s", text, all.text);
}

static int in_range(const struct key_def *d, int64_t n, struct err *e)
{
	if (n < d->min)
		return err_set(e, ERR_INPUT, 0, "%lld is out of range: less than %lld", (long long)n, (long long)d->min);
	if (d->max && n > d->max)
		return err_set(e, ERR_INPUT, 0, "%lld is out of range: more than %lld", (long long)n, (long long)d->max);
	return 0;
}

static int read_count(const struct key_def *d, const char *text, int64_t *ret, struct err *e)
{
	uint64_t n;

	if (strcmp(text, "infinity") == 0 && !d->max) {
		*ret = KEY_INFINITY;
		return 0;
	}
	if (str_to_u64(text, (uint64_t)d->min, d->max ? (uint64_t)d->max : INT64_MAX - 1, d->key, &n, e))
		return -1;
	*ret = (int64_t)n;
	return 0;
}

static int read_size(const struct key_def *d, const char *text, int64_t *ret, struct err *e)
{
	int64_t n;

	if (strcmp(text, "infinity") == 0 && !d->max) {
		*ret = KEY_INFINITY;
		return 0;
	}
	if (str_to_size(text, d->key, &n, e) || in_range(d, n, e))
		return -1;
	*ret = n;
	return 0;
}

static int read_limit(const struct key_def *d, const char *text, struct key_value *v, struct err *e)
{
	const char *colon = strchr(text, ':');
	char soft[32];

	if (!colon) {
		if (read_size(d, text, &v->num, e))
			return -1;
		v->num2 = v->num;
		return 0;
	}
	if ((size_t)(colon - text) >= sizeof(soft))
		return err_set(e, ERR_INPUT, 0, "not SOFT:HARD: %.64s", text);
	memcpy(soft, text, (size_t)(colon - text));
	soft[colon - text] = '\0';
	if (read_size(d, soft, &v->num, e) || read_size(d, colon + 1, &v->num2, e))
		return -1;
	if (v->num > v->num2)
		return err_set(e, ERR_INPUT, 0, "the soft limit is above the hard one: %.64s", text);
	return 0;
}

static int read_percent(const char *text, int64_t *ret, struct err *e)
{
	auto_free char *number = NULL;
	uint64_t n;

	if (strcmp(text, "infinity") == 0) {
		*ret = KEY_INFINITY;
		return 0;
	}
	if (!str_ends(text, "%"))
		return err_set(e, ERR_INPUT, 0, "not a percentage such as 150%%: %.64s", text);
	if (str_copy(text, &number, e))
		return -1;
	number[strlen(number) - 1] = '\0';
	if (str_to_u64(number, 1, 1000000, "percentage", &n, e))
		return -1;
	*ret = (int64_t)n * 10000;
	return 0;
}

static int read_score(const struct key_def *d, const char *text, int64_t *ret, struct err *e)
{
	uint64_t n;

	if (str_to_u64(text + (*text == '-'), 0, 1000000, d->key, &n, e))
		return -1;
	if (in_range(d, *text == '-' ? -(int64_t)n : (int64_t)n, e))
		return -1;
	*ret = *text == '-' ? -(int64_t)n : (int64_t)n;
	return 0;
}

static int read_octal(const struct key_def *d, const char *text, int64_t *ret, struct err *e)
{
	int64_t n = 0;

	if (strlen(text) > 5 || strspn(text, "01234567") != strlen(text) || !*text)
		return err_set(e, ERR_INPUT, 0, "not an octal number: %.64s", text);
	for (const char *c = text; *c; c++)
		n = n * 8 + (*c - '0');
	if (in_range(d, n, e))
		return -1;
	*ret = n;
	return 0;
}

static int read_seconds(const struct key_def *d, const char *text, int64_t *ret, struct err *e)
{
	int64_t usec;

	if (str_to_usec(text, d->key, &usec, e))
		return -1;
	if (usec % 1000000)
		return err_set(e, ERR_INPUT, 0, "not whole seconds: %.64s", text);
	if (in_range(d, usec / 1000000, e))
		return -1;
	*ret = usec / 1000000;
	return 0;
}

static int read_user(const char *text, struct key_value *v, struct err *e)
{
	const char *colon = strchr(text, ':');
	char uid[16];
	uint64_t u, g;
	size_t n = colon ? (size_t)(colon - text) : strlen(text);

	if (n >= sizeof(uid))
		return err_set(e, ERR_INPUT, 0, "not UID[:GID] in numbers: %.64s", text);
	memcpy(uid, text, n);
	uid[n] = '\0';
	/* Numbers only: a name would be looked up in the image, which its author chose. */
	if (str_to_u64(uid, 0, UINT32_MAX - 1, "UID", &u, e))
		return -1;
	g = u;
	if (colon && str_to_u64(colon + 1, 0, UINT32_MAX - 1, "GID", &g, e))
		return -1;
	v->num = (int64_t)u;
	v->num2 = (int64_t)g;
	return 0;
}

static int read_decimal(const struct key_def *d, const char *text, int64_t *ret, struct err *e)
{
	int64_t n;

	if (str_to_micro(text, d->key, &n, e) || in_range(d, n, e))
		return -1;
	*ret = n;
	return 0;
}

static int read_scalar(const struct key_def *d, const char *text, struct key_value *v, struct err *e)
{
	switch (d->kind) {
	case KIND_TEXT:		return d->check && *text ? d->check(text, e) : 0;
	case KIND_YESNO:	return read_yesno(text, &v->num, e);
	case KIND_WORD:		return read_word(d, text, &v->num, e);
	case KIND_SIZE:		return read_size(d, text, &v->num, e);
	case KIND_COUNT:	return read_count(d, text, &v->num, e);
	case KIND_PERCENT:	return read_percent(text, &v->num, e);
	case KIND_SECONDS:	return read_seconds(d, text, &v->num, e);
	case KIND_LIMIT:	return read_limit(d, text, v, e);
	case KIND_SCORE:	return read_score(d, text, &v->num, e);
	case KIND_OCTAL:	return read_octal(d, text, &v->num, e);
	case KIND_SIGNAL:	return key_signal(text, &v->num, e);
	case KIND_USER:		return read_user(text, v, e);
	case KIND_DECIMAL:	return read_decimal(d, text, &v->num, e);
	case KIND_LIST:		break;
	}
	return err_set(e, ERR_INTERNAL, 0, "key table: kind %d", d->kind);
}

static int add_word(const struct key_def *d, struct key_value *v, const char *word, unsigned line,
		    struct err *e)
{
	unsigned *lines;

	if (v->list.len >= KEY_LIST_MAX)
		return err_set(e, ERR_LIMIT, 0, "more than %d words", KEY_LIST_MAX);
	if (d->check && d->check(word, e))
		return -1;
	lines = reallocarray(v->lines, v->list.len + 1, sizeof(*lines));
	if (!lines)
		return err_set(e, ERR_SYSTEM, ENOMEM, "policy");
	v->lines = lines;
	lines[v->list.len] = line;
	return strv_add(&v->list, word, e);
}

static int read_list(const struct key_def *d, const char *text, struct key_value *v, unsigned line,
		     struct err *e)
{
	auto_free char *copy = NULL;
	char *rest, *word;

	if (str_copy(text, &copy, e))
		return -1;
	for (rest = copy; (word = strtok_r(rest, " \t", &rest));)
		if (add_word(d, v, word, line, e))
			return -1;
	return 0;
}

static void drop_value(struct key_value *v)
{
	free(v->text);
	free(v->lines);
	strv_done(&v->list);
	*v = (struct key_value){ 0 };
}

static int set_value(const struct key_def *d, struct key_value *v, const char *text, unsigned line,
		     struct err *e)
{
	if (d->kind == KIND_LIST) {
		/* The first line of the file takes the place of the built-in list. "Key=" is the empty
		 * list, and would be read two ways if another line filled it. */
		if (!v->line && line)
			drop_value(v);
		else if (line && (!*text || !v->list.len))
			return err_set(e, ERR_INPUT, 0, "empty at one of lines %u and %u: an empty list stands alone",
				       v->line, line);
		if (!v->line)
			v->line = line;
		return read_list(d, text, v, line, e);
	}
	if (v->line)
		return err_set(e, ERR_INPUT, 0, "given twice, first at line %u", v->line);
	if (line && !*text)
		return err_set(e, ERR_INPUT, 0, "no value");
	drop_value(v);
	v->line = line;
	return str_copy(text, &v->text, e) || read_scalar(d, text, v, e) ? -1 : 0;
}

int keys_init(struct policy *p, struct err *e)
{
	for (int k = 0; k < KEY_COUNT; k++)
		if (set_value(&key_defs[k], &p->v[k], key_defs[k].builtin, 0, e))
			return err_context(e, "built-in %s", key_defs[k].key);
	return 0;
}

void keys_done(struct policy *p)
{
	for (int k = 0; k < KEY_COUNT; k++)
		drop_value(&p->v[k]);
	free(p->owner_at);
	p->owner_at = NULL;
}

/* Edit distance (insert, delete, replace) as far as it matters: more than `far` is `far + 1`. */
static unsigned distance(const char *a, const char *b, unsigned far)
{
	size_t n = strlen(b);
	unsigned row[64];

	if (n >= ARRAY_LEN(row) || strlen(a) >= ARRAY_LEN(row))
		return far + 1;
	for (size_t i = 0; i <= n; i++)
		row[i] = (unsigned)i;
	for (size_t k = 0; a[k]; k++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)k + 1;
		for (size_t i = 1; i <= n; i++) {
			unsigned best = diagonal + ((a[k] | 0x20) != (b[i - 1] | 0x20));

			diagonal = row[i];
			if (row[i] + 1 < best)
				best = row[i] + 1;
			if (row[i - 1] + 1 < best)
				best = row[i - 1] + 1;
			row[i] = best;
		}
	}
	return row[n] > far ? far + 1 : row[n];
}

static int unknown_section(const char *section, struct err *e)
{
	for (int k = 0; k < KEY_COUNT; k++)
		if (distance(section, key_defs[k].section, 2) <= 2)
			return err_set(e, ERR_INPUT, 0, "unknown section [%.64s]; did you mean [%s]?", section,
				       key_defs[k].section);
	return err_set(e, ERR_INPUT, 0, "unknown section [%.64s]", section);
}

static int unknown_key(const char *section, const char *key, struct err *e)
{
	const struct key_def *best = NULL;
	unsigned least = 3;

	for (int k = 0; k < KEY_COUNT; k++) {
		unsigned n = distance(key, key_defs[k].key, 2);

		if (n < least) {
			least = n;
			best = &key_defs[k];
		}
	}
	if (best && least == 0 && strcmp(best->key, key) == 0)
		return err_set(e, ERR_INPUT, 0, "%s= belongs into [%s], not [%s]", key, best->section, section);
	if (best)
		return err_set(e, ERR_INPUT, 0, "unknown key %.64s= in [%s]; did you mean %s=?", key, section,
			       best->key);
	return err_set(e, ERR_INPUT, 0, "unknown key %.64s= in [%s]", key, section);
}

static int take(void *ctx, const char *section, const char *key, const char *value, unsigned line,
		struct err *e)
{
	struct policy *p = ctx;
	bool known = false;

	for (int k = 0; k < KEY_COUNT; k++) {
		if (strcmp(key_defs[k].section, section) != 0)
			continue;
		known = true;
		if (key && strcmp(key_defs[k].key, key) == 0)
			return set_value(&key_defs[k], &p->v[k], value, line, e) ? err_context(e, "%s", key) : 0;
	}
	if (!known)
		return unknown_section(section, e);
	return key ? unknown_key(section, key, e) : 0;
}

int keys_read(struct policy *p, const char *buf, size_t len, struct err *e)
{
	if (keyfile_read(buf, len, p->path, take, p, e) || key_check_together(p, e))
		return -1;
	if (!key_is_set(p, KEY_UNIT_OWNER))
		return 0;
	return str_print(&p->owner_at, e, "%s:%u", p->path, p->v[KEY_UNIT_OWNER].line);
}

int key_print(const struct policy *p, enum key k, struct str *s, struct err *e)
{
	const struct key_value *v = &p->v[k];

	if (key_defs[k].kind != KIND_LIST)
		return str_add(s, v->text, e);
	for (size_t i = 0; i < v->list.len; i++)
		if (str_addf(s, e, "%s%s", i ? " " : "", v->list.item[i]))
			return -1;
	return 0;
}

const char *key_at(const struct policy *p, enum key k, size_t word, char *buf, size_t n)
{
	const struct key_value *v = &p->v[k];

	if (!v->line)
		return "built-in";
	snprintf(buf, n, "%s:%u", p->path, word < v->list.len ? v->lines[word] : v->line);
	return buf;
}

int key_of_limit(const char *rlimit)
{
	if (!str_starts(rlimit, "RLIMIT_"))
		return -1;
	for (int k = KEY_LIMIT_AS; k <= KEY_LIMIT_STACK; k++)
		if (strcmp(key_defs[k].key + strlen("Limit"), rlimit + strlen("RLIMIT_")) == 0)
			return k;
	return -1;
}
