/* SPDX-License-Identifier: Apache-2.0 */
/* template_functions.c - the functions of templates, and values as text. */
#include <stdlib.h>
#include <string.h>

#include "launcher/base/template_value.h"

enum { SHOW_DEPTH_MAX = 2 * JSON_DEPTH };

struct call {
	const struct template_function *f;
	const struct value *arg;
	size_t n;
	struct value *ret;
	struct err *e;
};

struct template_function {
	const char *name;
	size_t min, max;		/* arguments */
	int (*run)(struct call *c);
};

static int wrong(struct call *c, const char *what);

static int answer(struct call *c, json_t *j, bool raw)
{
	if (!j)
		return err_set(c->e, ERR_SYSTEM, ENOMEM, "template");
	*c->ret = (struct value){ .j = j, .raw = raw };
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **template_sorted_keys(const json_t *object)
{
	size_t n = json_object_size(object), i = 0;
	const char **keys = calloc(n + 1, sizeof(*keys));
	const char *key;
	json_t *ignored;

	if (!keys)
		return NULL;
	json_object_foreach((json_t *)object, key, ignored)
		keys[i++] = key;
	qsort(keys, n, sizeof(*keys), compare_keys);
	return keys;
}

static int show(const json_t *j, bool raw, unsigned depth, struct str *to, struct err *e);

static int show_array(const json_t *j, unsigned depth, struct str *to, struct err *e)
{
	if (str_add(to, "[", e))
		return -1;
	for (size_t i = 0; i < json_array_size(j); i++)
		if ((i && str_add(to, " ", e)) || show(json_array_get(j, i), false, depth + 1, to, e))
			return -1;
	return str_add(to, "]", e);
}

static int show_object(const json_t *j, unsigned depth, struct str *to, struct err *e)
{
	auto_free const char **keys = template_sorted_keys(j);

	if (!keys)
		return err_set(e, ERR_SYSTEM, ENOMEM, "template");
	if (str_add(to, "map[", e))
		return -1;
	for (size_t i = 0; i < json_object_size(j); i++)
		if ((i && str_add(to, " ", e)) || str_add_safe(to, keys[i], strlen(keys[i]), e) || str_add(to, ":", e) ||
		    show(json_object_get(j, keys[i]), false, depth + 1, to, e))
			return -1;
	return str_add(to, "]", e);
}

static int show(const json_t *j, bool raw, unsigned depth, struct str *to, struct err *e)
{
	if (depth > SHOW_DEPTH_MAX)
		return err_set(e, ERR_LIMIT, 0, "template: a value nested more than %d deep", SHOW_DEPTH_MAX);
	switch (j ? json_typeof(j) : JSON_NULL) {
	case JSON_STRING:
		return raw ? str_add(to, json_string_value(j), e)
			   : str_add_safe(to, json_string_value(j), json_string_length(j), e);
	case JSON_INTEGER:
		return str_addf(to, e, "%" JSON_INTEGER_FORMAT, json_integer_value(j));
	case JSON_REAL:
		/* The one value of ours that is no int64 (json.h). */
		if (json_real_value(j) >= 18446744073709551615.0)
			return str_add(to, "18446744073709551615", e);
		return str_addf(to, e, "%.10g", json_real_value(j));
	case JSON_TRUE:
		return str_add(to, "true", e);
	case JSON_FALSE:
		return str_add(to, "false", e);
	case JSON_ARRAY:
		return show_array(j, depth, to, e);
	case JSON_OBJECT:
		return show_object(j, depth, to, e);
	case JSON_NULL:
		break;
	}
	return str_add(to, "<no value>", e);
}

int value_text(const struct value *v, struct str *to, struct err *e)
{
	return show(v->j, v->raw, 0, to, e);
}

int template_show(const json_t *value, struct str *to, struct err *e)
{
	return show(value, false, 0, to, e);
}

static int call_json(struct call *c)
{
	auto_free char *text = NULL;

	if (json_line(c->arg->j ? c->arg->j : json_null(), &text, c->e))
		return -1;
	return answer(c, json_string(text), true);
}

static int index_once(struct call *c, const struct value *from, const struct value *key, struct value *ret)
{
	const char *name = json_string_value(key->j);
	json_t *found;

	if (json_is_object(from->j) && name) {
		found = json_object_get(from->j, name);
		*ret = (struct value){ .j = found ? json_incref(found) : json_string("") };
		return ret->j ? 0 : err_set(c->e, ERR_SYSTEM, ENOMEM, "template");
	}
	if (!json_is_array(from->j) || !json_is_integer(key->j))
		return wrong(c, "a list and a number, or a map and a text");
	found = json_array_get(from->j, (size_t)json_integer_value(key->j));
	if (json_integer_value(key->j) < 0 || !found)
		return err_set(c->e, ERR_USAGE, 0, "template: index %lld of a list of %zu",
			       (long long)json_integer_value(key->j), json_array_size(from->j));
	*ret = (struct value){ .j = json_incref(found) };
	return 0;
}

static int call_index(struct call *c)
{
	auto_value struct value at = value_copy(c->arg);

	for (size_t i = 1; i < c->n; i++) {
		struct value next = { 0 };

		if (index_once(c, &at, &c->arg[i], &next))
			return -1;
		value_done(&at);
		at = next;
	}
	*c->ret = at;
	at = (struct value){ 0 };
	return 0;
}

static int call_len(struct call *c)
{
	const json_t *j = c->arg->j;

	if (json_is_string(j))
		return answer(c, json_integer((json_int_t)json_string_length(j)), false);
	if (json_is_array(j) || json_is_object(j))
		return answer(c, json_integer((json_int_t)(json_is_array(j) ? json_array_size(j) : json_object_size(j))), false);
	return wrong(c, "a text, a list or a map");
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

enum letters { LETTERS_UPPER, LETTERS_LOWER, LETTERS_TITLE };

static int change_letters(struct call *c, enum letters how)
{
	auto_str struct str text = { 0 };
	bool begins = true;

	/* What is not text is its text, as {{.X | upper}} of a number. */
	if (json_is_string(c->arg->j) ? str_add(&text, json_string_value(c->arg->j), c->e)
				      : str_add(&text, "", c->e) || value_text(c->arg, &text, c->e))
		return -1;
	for (char *p = text.text; *p; p++) {
		if (is_lower(*p) && (how == LETTERS_UPPER || (how == LETTERS_TITLE && begins)))
			*p = (char)(*p - 32);
		else if (is_upper(*p) && how == LETTERS_LOWER)
			*p = (char)(*p + 32);
		begins = *p == ' ' || *p == '\t';
	}
	return answer(c, json_string(text.text), c->arg->raw);
}

static int call_upper(struct call *c)
{
	return change_letters(c, LETTERS_UPPER);
}

static int call_lower(struct call *c)
{
	return change_letters(c, LETTERS_LOWER);
}

static int call_title(struct call *c)
{
	return change_letters(c, LETTERS_TITLE);
}

/* {{join LIST SEPARATOR}}; the separator is the template's own text, the parts are not. */
static int call_join(struct call *c)
{
	const json_t *list = c->arg[0].j;
	auto_str struct str text = { 0 };

	if ((list && !json_is_array(list) && !json_is_null(list)) || !json_is_string(c->arg[1].j))
		return wrong(c, "a list and a text");
	if (str_add(&text, "", c->e))
		return -1;
	for (size_t i = 0; i < json_array_size(list); i++)
		if ((i && value_text(&c->arg[1], &text, c->e)) || show(json_array_get(list, i), false, 0, &text, c->e))
			return -1;
	return answer(c, json_string(text.text), true);
}

static int call_split(struct call *c)
{
	const char *text = json_string_value(c->arg[0].j), *by = json_string_value(c->arg[1].j), *end;
	auto_json json_t *list = json_array();

	if (!text || !by || !*by)
		return wrong(c, "a text and a text");
	for (; (end = strstr(text, by)); text = end + strlen(by))
		if (json_array_append_new(list, json_stringn(text, (size_t)(end - text))))
			return err_set(c->e, ERR_SYSTEM, ENOMEM, "template");
	if (json_array_append_new(list, json_string(text)))
		return err_set(c->e, ERR_SYSTEM, ENOMEM, "template");
	return answer(c, take_ptr(&list), false);
}

/* {{truncate TEXT N}}: at most N characters. */
static int call_truncate(struct call *c)
{
	const char *text = json_string_value(c->arg[0].j);
	json_int_t left = json_is_integer(c->arg[1].j) ? json_integer_value(c->arg[1].j) : -1;
	size_t n = 0;

	if (!text || left < 0)
		return wrong(c, "a text and a number");
	for (; text[n]; n++)
		if (((unsigned char)text[n] & 0xc0) != 0x80 && left-- == 0)
			break;
	return answer(c, json_stringn(text, n), c->arg[0].raw);
}

static int print(struct call *c, bool line)
{
	auto_str struct str text = { 0 };

	if (str_add(&text, "", c->e))
		return -1;
	for (size_t i = 0; i < c->n; i++) {
		/* As Go: print puts blanks between what are not texts. */
		bool blank = i && (line || (!json_is_string(c->arg[i - 1].j) && !json_is_string(c->arg[i].j)));

		if ((blank && str_add(&text, " ", c->e)) || value_text(&c->arg[i], &text, c->e))
			return -1;
	}
	if (line && str_add(&text, "\n", c->e))
		return -1;
	return answer(c, json_string(text.text), true);
}

static int call_print(struct call *c)
{
	return print(c, false);
}

static int call_println(struct call *c)
{
	return print(c, true);
}

/* -1, 0, 1; 2: not comparable. */
static int order(const json_t *a, const json_t *b)
{
	if (json_is_integer(a) && json_is_integer(b))
		return (json_integer_value(a) > json_integer_value(b)) - (json_integer_value(a) < json_integer_value(b));
	if (json_is_number(a) && json_is_number(b))
		return (json_number_value(a) > json_number_value(b)) - (json_number_value(a) < json_number_value(b));
	if (json_is_string(a) && json_is_string(b)) {
		int r = strcmp(json_string_value(a), json_string_value(b));

		return (r > 0) - (r < 0);
	}
	if (json_is_boolean(a) && json_is_boolean(b))
		return json_is_true(a) - json_is_true(b);
	if ((!a || json_is_null(a)) && (!b || json_is_null(b)))
		return 0;
	return 2;
}

static int compare(struct call *c, int below, int same, int above)
{
	int r = order(c->arg[0].j, c->arg[1].j);

	if (r == 2)
		return wrong(c, "two values of one kind");
	return answer(c, json_boolean(r < 0 ? below : r > 0 ? above : same), false);
}

/* {{eq A B C}}: A is B or C. */
static int call_eq(struct call *c)
{
	bool found = false;

	for (size_t i = 1; i < c->n && !found; i++) {
		int r = order(c->arg[0].j, c->arg[i].j);

		if (r == 2)
			return wrong(c, "values of one kind");
		found = r == 0;
	}
	return answer(c, json_boolean(found), false);
}

static int call_ne(struct call *c)
{
	return compare(c, 1, 0, 1);
}

static int call_lt(struct call *c)
{
	return compare(c, 1, 0, 0);
}

static int call_le(struct call *c)
{
	return compare(c, 1, 1, 0);
}

static int call_gt(struct call *c)
{
	return compare(c, 0, 0, 1);
}

static int call_ge(struct call *c)
{
	return compare(c, 0, 1, 1);
}

static int call_and(struct call *c)
{
	size_t i = 0;

	while (i + 1 < c->n && value_truth(&c->arg[i]))
		i++;
	*c->ret = value_copy(&c->arg[i]);
	return 0;
}

static int call_or(struct call *c)
{
	size_t i = 0;

	while (i + 1 < c->n && !value_truth(&c->arg[i]))
		i++;
	*c->ret = value_copy(&c->arg[i]);
	return 0;
}

static int call_not(struct call *c)
{
	return answer(c, json_boolean(!value_truth(c->arg)), false);
}

static const struct template_function functions[] = {
	{ "json", 1, 1, call_json }, { "index", 1, SIZE_MAX, call_index }, { "len", 1, 1, call_len },
	{ "upper", 1, 1, call_upper }, { "lower", 1, 1, call_lower }, { "title", 1, 1, call_title },
	{ "join", 2, 2, call_join }, { "split", 2, 2, call_split }, { "truncate", 2, 2, call_truncate },
	{ "print", 0, SIZE_MAX, call_print }, { "println", 0, SIZE_MAX, call_println },
	{ "eq", 2, SIZE_MAX, call_eq }, { "ne", 2, 2, call_ne }, { "lt", 2, 2, call_lt }, { "le", 2, 2, call_le },
	{ "gt", 2, 2, call_gt }, { "ge", 2, 2, call_ge }, { "and", 1, SIZE_MAX, call_and }, { "or", 1, SIZE_MAX, call_or },
	{ "not", 1, 1, call_not },
};

static int wrong(struct call *c, const char *what)
{
	return err_set(c->e, ERR_USAGE, 0, "template: %s takes %s", c->f->name, what);
}

const struct template_function *template_function_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		if (strlen(functions[i].name) == len && memcmp(functions[i].name, name, len) == 0)
			return &functions[i];
	return NULL;
}

int template_call(const struct template_function *f, const struct value *arg, size_t n, struct value *ret,
		  struct err *e)
{
	struct call c = { f, arg, n, ret, e };

	if (n < f->min || n > f->max)
		return err_set(e, ERR_USAGE, 0, "template: %s takes %zu%s arguments, not %zu", f->name, f->min,
			       f->max == SIZE_MAX ? " or more" : "", n);
	return f->run(&c);
}

int template_heading_of(const struct template_function *f, const struct value *arg, size_t n, struct value *ret)
{
	(void)f;
	/* Constants are raw, headings are not. */
	for (size_t i = 0; i < n; i++)
		if (json_is_string(arg[i].j) && !arg[i].raw) {
			*ret = value_copy(&arg[i]);
			return 0;
		}
	if (n)
		*ret = value_copy(&arg[0]);
	return 0;
}
