/* SPDX-License-Identifier: Apache-2.0 */
/* template_eval.c - carrying out a template over a document. Functions of templates are in template_functions.c. */
#include <string.h>

#include "launcher/base/template_value.h"

struct variable {
	const char *name;		/* "" is $, the document */
	struct value value;
};

struct eval {
	const struct template_doc *doc;
	struct str *out;
	size_t begin;			/* of what this document printed in out */
	size_t steps;
	struct variable variable[TEMPLATE_VARS_MAX + 1];
	size_t n_variables;
	/* For the heading of a table: fields give their headings. */
	const char *(*heading)(const void *arg, const char *name);
	const void *heading_arg;
	struct err *e;
};

void value_done(struct value *v)
{
	json_decref(v->j);
	*v = (struct value){ 0 };
}

struct value value_copy(const struct value *v)
{
	struct value copy = *v;

	json_incref(copy.j);
	return copy;
}

static int step(struct eval *v)
{
	return ++v->steps > TEMPLATE_STEPS_MAX
		? err_set(v->e, ERR_LIMIT, 0, "template: more than %d steps", TEMPLATE_STEPS_MAX) : 0;
}

static int print_bytes(struct eval *v, const char *text)
{
	size_t n = strlen(text);

	if (n > TEMPLATE_OUTPUT_MAX - (v->out->len - v->begin))
		return err_set(v->e, ERR_LIMIT, 0, "template: more than %d bytes of output", TEMPLATE_OUTPUT_MAX);
	return str_add_bytes(v->out, text, n, v->e);
}

static bool truth(const struct value *v)
{
	switch (v->j ? json_typeof(v->j) : JSON_NULL) {
	case JSON_TRUE: return true;
	case JSON_INTEGER: return json_integer_value(v->j) != 0;
	case JSON_REAL: return json_real_value(v->j) < 0 || json_real_value(v->j) > 0;
	case JSON_STRING: return json_string_length(v->j) > 0;
	case JSON_ARRAY: return json_array_size(v->j) > 0;
	case JSON_OBJECT: return json_object_size(v->j) > 0;
	case JSON_FALSE: case JSON_NULL: break;
	}
	return false;
}

bool value_truth(const struct value *v)
{
	return truth(v);
}

/* "Fields are A, B, C", as many as there is room for. */
static int no_field(struct eval *v, const json_t *first, const json_t *second, const char *name)
{
	char list[ERR_TEXT_MAX - 120] = "";
	const json_t *objects[] = { first, second };
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_LEN(objects); i++) {
		const char *key;
		json_t *ignored;

		if (!objects[i])
			continue;
		json_object_foreach((json_t *)objects[i], key, ignored) {
			int n;

			if (i && first && json_object_get(first, key))
				continue;
			n = snprintf(list + used, sizeof(list) - used, "%s%s", used ? " " : "", key);
			if ((size_t)n >= sizeof(list) - used) {
				snprintf(list + used, sizeof(list) - used, "%s", used + 5 < sizeof(list) ? " ..." : "");
				i = ARRAY_LEN(objects);
				break;
			}
			used += (size_t)n;
		}
	}
	return err_set(v->e, ERR_USAGE, 0, "template: no field .%.64s; there are: %s", name, list);
}

static json_t *member(const json_t *object, const char *name)
{
	json_t *found = object ? json_object_get(object, name) : NULL, *value;
	const char *key;

	if (found || !object)
		return found;
	json_object_foreach((json_t *)object, key, value)
		if (strcasecmp(key, name) == 0)
			return value;
	return NULL;
}

static bool is_map(const struct eval *v, const char *name)
{
	for (const char *const *m = v->doc->maps; m && *m; m++)
		if (strcasecmp(*m, name) == 0)
			return true;
	return false;
}

static const char *type_word(const json_t *j)
{
	static const char *const words[] = { "an object", "a list", "a text", "a number", "a number", "true or false",
					     "true or false", "nothing" };

	return j ? words[json_typeof(j)] : "nothing";
}

/* One field of *at, which it replaces. */
static int field(struct eval *v, struct value *at, const char *name)
{
	bool top = at->j && at->j == v->doc->json;
	const json_t *view = top ? v->doc->view : NULL;
	struct value found = { 0 };

	if (!at->j || json_is_null(at->j))
		return 0;
	if (!json_is_object(at->j))
		return err_set(v->e, ERR_USAGE, 0, "template: no field .%.64s in %s", name, type_word(at->j));
	found.j = at->map ? json_object_get(at->j, name) : member(view, name);
	if (!found.j && !at->map)
		found.j = member(at->j, name);
	if (!found.j && !at->map)
		return no_field(v, view, at->j, name);
	json_incref(found.j);
	found.map = json_is_object(found.j) && is_map(v, name);
	value_done(at);
	*at = found;
	return 0;
}

static int heading_text(struct eval *v, const char *name, struct value *ret)
{
	const char *known = v->heading(v->heading_arg, name);
	auto_str struct str text = { 0 };

	/* "CreatedAt" is CREATED AT, "PID" is PID. */
	for (size_t i = 0; !known && name[i]; i++) {
		bool upper = name[i] >= 'A' && name[i] <= 'Z', begins = upper && i && name[i - 1] >= 'a' && name[i - 1] <= 'z';
		char c = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 32) : name[i];

		if ((begins && str_add(&text, " ", v->e)) || str_add_bytes(&text, &c, 1, v->e))
			return -1;
	}
	ret->j = json_string(known ? known : text.text);
	return ret->j ? 0 : err_set(v->e, ERR_SYSTEM, ENOMEM, "template");
}

static int variable(struct eval *v, const char *name, struct value *ret)
{
	for (size_t i = v->n_variables; i; i--)
		if (strcmp(v->variable[i - 1].name, name) == 0) {
			*ret = value_copy(&v->variable[i - 1].value);
			return 0;
		}
	return err_set(v->e, ERR_USAGE, 0, "template: no variable $%.64s here", name);
}

static int declare(struct eval *v, const char *name, const struct value *value)
{
	if (v->n_variables > TEMPLATE_VARS_MAX)
		return err_set(v->e, ERR_LIMIT, 0, "template: more than %d variables", TEMPLATE_VARS_MAX);
	v->variable[v->n_variables++] = (struct variable){ name, value_copy(value) };
	return 0;
}

static void forget(struct eval *v, size_t n)
{
	while (v->n_variables > n)
		value_done(&v->variable[--v->n_variables].value);
}

static int pipe_value(struct eval *v, const struct node *p, const struct value *dot, struct value *ret);

static int chain(struct eval *v, const struct node *n, const struct value *dot, struct value *ret)
{
	const struct node *base = n->child[0];
	auto_value struct value at = { 0 };

	if (v->heading)
		return heading_text(v, n->names.item[n->names.len - 1], ret);
	if (base->kind == NODE_DOT)
		at = value_copy(dot);
	else if (base->kind == NODE_VARIABLE ? variable(v, base->text, &at) : pipe_value(v, base, dot, &at))
		return -1;
	for (size_t i = 0; i < n->names.len; i++)
		if (field(v, &at, n->names.item[i]))
			return -1;
	*ret = at;
	at = (struct value){ 0 };
	return 0;
}

static int word(struct eval *v, const struct node *n, const struct value *dot, struct value *ret)
{
	if (step(v))
		return -1;
	switch (n->kind) {
	case NODE_DOT:
		*ret = value_copy(dot);
		return 0;
	case NODE_VARIABLE:
		return v->heading ? heading_text(v, n->text, ret) : variable(v, n->text, ret);
	case NODE_CHAIN:
		return chain(v, n, dot, ret);
	case NODE_PIPE:
		return pipe_value(v, n, dot, ret);
	case NODE_STRING:
		ret->j = json_string(n->text);
		ret->raw = true;
		break;
	case NODE_NUMBER:
		ret->j = json_integer(n->number);
		break;
	case NODE_TRUE: case NODE_FALSE:
		ret->j = json_boolean(n->kind == NODE_TRUE);
		break;
	case NODE_NIL:
		ret->j = json_null();
		break;
	default:
		return err_set(v->e, ERR_INTERNAL, 0, "template: node %d as a word", n->kind);
	}
	return ret->j ? 0 : err_set(v->e, ERR_SYSTEM, ENOMEM, "template");
}

/* {{.Label "KEY"}}, the one field that takes an argument (Podman's ps). */
static int label(struct eval *v, const struct node *c, const struct value *dot, const struct value *key, struct value *ret)
{
	const struct node *name = c->child[0];
	auto_value struct value labels = value_copy(dot);
	const char *text = json_string_value(key->j);

	if (!text || c->n != 2 || name->kind != NODE_CHAIN || name->names.len != 1 || name->child[0]->kind != NODE_DOT ||
	    strcmp(name->names.item[0], "Label") != 0)
		return err_set(v->e, ERR_USAGE, 0, "template: only a function or .Label takes an argument");
	if (v->heading)
		return heading_text(v, text, ret);
	if (field(v, &labels, "Labels"))
		return -1;
	ret->j = json_incref(json_object_get(labels.j, text));
	if (!ret->j)
		ret->j = json_string("");
	return 0;
}

/* `last`: what came through a pipe, or NULL. */
static int command(struct eval *v, const struct node *c, const struct value *dot, const struct value *last,
		   struct value *ret)
{
	bool function = c->child[0]->kind == NODE_FUNCTION;
	size_t n = c->n - function + (last != NULL), made = 0;
	auto_free struct value *args = calloc(n + 1, sizeof(*args));
	int r = args ? 0 : err_set(v->e, ERR_SYSTEM, ENOMEM, "template");

	for (size_t i = function; i < c->n && r == 0; i++) {
		/* .Label KEY: the first word is no value. */
		r = i == 0 && c->n > 1 ? 0 : word(v, c->child[i], dot, &args[made]);
		made += r == 0;
	}
	if (r == 0 && last)
		args[made++] = value_copy(last);
	if (r == 0 && function) {
		r = v->heading ? template_heading_of(c->child[0]->function, args, made, ret)
			       : template_call(c->child[0]->function, args, made, ret, v->e);
	} else if (r == 0 && made == 1) {
		*ret = args[0];
		made = 0;
	} else if (r == 0) {
		r = label(v, c, dot, &args[1], ret);
	}
	while (args && made)
		value_done(&args[--made]);
	return r;
}

static int pipe_value(struct eval *v, const struct node *p, const struct value *dot, struct value *ret)
{
	auto_value struct value last = { 0 };

	if (step(v))
		return -1;
	for (size_t i = 0; i < p->n; i++) {
		struct value next = { 0 };

		if (command(v, p->child[i], dot, i ? &last : NULL, &next))
			return -1;
		value_done(&last);
		last = next;
	}
	*ret = last;
	last = (struct value){ 0 };
	return 0;
}

static int print_value(struct eval *v, const struct value *value)
{
	auto_str struct str text = { 0 };

	if (str_add(&text, "", v->e) || value_text(value, &text, v->e))
		return -1;
	return print_bytes(v, text.text);
}

static int nodes(struct eval *v, const struct node *list, const struct value *dot);

static int with_variables(struct eval *v, const struct node *pipe, const struct value *value)
{
	return pipe->names.len ? declare(v, pipe->names.item[pipe->names.len - 1], value) : 0;
}

static int condition(struct eval *v, const struct node *n, const struct value *dot)
{
	auto_value struct value value = { 0 };
	size_t before = v->n_variables;
	int r;

	if (pipe_value(v, n->child[0], dot, &value) || with_variables(v, n->child[0], &value))
		return -1;
	if (truth(&value))
		r = nodes(v, n->child[1], n->kind == NODE_WITH ? &value : dot);
	else
		r = n->n > 2 ? nodes(v, n->child[2], dot) : 0;
	forget(v, before);
	return r;
}

static int one_round(struct eval *v, const struct node *n, json_t *key, json_t *element)
{
	const struct node *pipe = n->child[0];
	struct value item = { .j = element, .raw = false }, index = { .j = key };
	size_t before = v->n_variables;
	int r = !key ? err_set(v->e, ERR_SYSTEM, ENOMEM, "template") : step(v);

	if (r == 0 && pipe->names.len == 2)
		r = declare(v, pipe->names.item[0], &index);
	if (r == 0 && pipe->names.len)
		r = declare(v, pipe->names.item[pipe->names.len - 1], &item);
	if (r == 0)
		r = nodes(v, n->child[1], &item);
	forget(v, before);
	json_decref(key);
	return r;
}

/* In the order of the keys, as Go does. */
static int range_object(struct eval *v, const struct node *n, const json_t *object)
{
	auto_free const char **keys = template_sorted_keys(object);
	int r = keys ? 0 : err_set(v->e, ERR_SYSTEM, ENOMEM, "template");

	for (size_t i = 0; i < json_object_size(object) && r == 0; i++)
		r = one_round(v, n, json_string(keys[i]), json_object_get(object, keys[i]));
	return r;
}

static int range(struct eval *v, const struct node *n, const struct value *dot)
{
	auto_value struct value over = { 0 };
	int r = 0;

	if (pipe_value(v, n->child[0], dot, &over))
		return -1;
	if (v->heading)
		return one_round(v, n, json_integer(0), over.j);
	if (!truth(&over))
		return n->n > 2 ? nodes(v, n->child[2], dot) : 0;
	if (json_is_object(over.j))
		return range_object(v, n, over.j);
	if (!json_is_array(over.j))
		return err_set(v->e, ERR_USAGE, 0, "template: range over %s", type_word(over.j));
	for (size_t i = 0; i < json_array_size(over.j) && r == 0; i++)
		r = one_round(v, n, json_integer((json_int_t)i), json_array_get(over.j, i));
	return r;
}

static int action(struct eval *v, const struct node *n, const struct value *dot)
{
	auto_value struct value value = { 0 };

	if (step(v))
		return -1;
	switch (n->kind) {
	case NODE_TEXT:
		return print_bytes(v, n->text);
	case NODE_IF: case NODE_WITH:
		return condition(v, n, dot);
	case NODE_RANGE:
		return range(v, n, dot);
	case NODE_PIPE:
		if (pipe_value(v, n, dot, &value))
			return -1;
		return n->names.len ? declare(v, n->names.item[0], &value) : print_value(v, &value);
	default:
		return nodes(v, n, dot);
	}
}

static int nodes(struct eval *v, const struct node *list, const struct value *dot)
{
	size_t before = v->n_variables;
	int r = 0;

	for (size_t i = 0; i < list->n && r == 0; i++)
		r = action(v, list->child[i], dot);
	forget(v, before);
	return r;
}

static int run(struct eval *v, const struct template *t, json_t *top)
{
	struct value dot = { .j = top };
	int r;

	v->begin = v->out->len;
	v->variable[v->n_variables++] = (struct variable){ "", value_copy(&dot) };
	r = nodes(v, t->top, &dot);
	forget(v, 0);
	return r || str_add_bytes(v->out, "", 0, v->e) ? -1 : 0;
}

int template_render(const struct template *t, const struct template_doc *doc, struct str *out, struct err *e)
{
	struct eval v = { .doc = doc, .out = out, .e = e };

	return run(&v, t, (json_t *)doc->json);
}

int template_headings(const struct template *t, const char *(*heading)(const void *arg, const char *name), const void *arg,
		      struct str *out, struct err *e)
{
	struct template_doc none = { 0 };
	struct eval v = { .doc = &none, .out = out, .e = e, .heading = heading, .heading_arg = arg };
	auto_json json_t *top = json_string("");

	return top ? run(&v, t, top) : err_set(e, ERR_SYSTEM, ENOMEM, "template");
}
