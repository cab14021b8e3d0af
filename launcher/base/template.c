/* SPDX-License-Identifier: Apache-2.0 */
/* template.c - reading a template. Carrying it out is in template_eval.c. */
#include "launcher/base/template.h"

#include <string.h>

#include "launcher/base/template_node.h"

struct reader {
	const char *text;		/* whole, for places in errors */
	const char *at;
	const char *end;		/* of the action that is being read: at its }} or -}} */
	bool trim;			/* the action before ended in -}} */
	unsigned depth;
	struct err *e;
};

static void node_free(struct node *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->n; i++)
		node_free(n->child[i]);
	free(n->child);
	free(n->text);
	strv_done(&n->names);
	free(n);
}

DEFINE_AUTO(node_free, struct node *)
#define auto_node AUTO(node_free_auto)

static int refuse(const struct reader *r, const char *what)
{
	return err_set(r->e, ERR_USAGE, 0, "template, byte %zu: %s", (size_t)(r->at - r->text) + 1, what);
}

static int refuse_word(const struct reader *r, const char *what, const char *word, size_t n)
{
	return err_set(r->e, ERR_USAGE, 0, "template, byte %zu: %s \"%.*s\"", (size_t)(r->at - r->text) + 1, what,
		       (int)(n < 60 ? n : 60), word);
}

static struct node *node_new(enum node_kind kind, struct err *e)
{
	struct node *n = calloc(1, sizeof(*n));

	if (!n)
		(void)err_set(e, ERR_SYSTEM, ENOMEM, "template");
	else
		n->kind = kind;
	return n;
}

/* Takes *child. */
static int node_add(struct node *n, struct node **child, struct err *e)
{
	struct node **more;

	if (!*child)
		return -1;
	more = reallocarray(n->child, n->n + 1, sizeof(*more));
	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "template");
	n->child = more;
	more[n->n++] = take_ptr(child);
	return 0;
}

static int copy_text(const char *text, size_t n, char **ret, struct err *e)
{
	char *copy = strndup(text, n);

	if (!copy)
		return err_set(e, ERR_SYSTEM, ENOMEM, "template");
	*ret = copy;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t name_length(const char *at, const char *end)
{
	size_t n = 0;

	while (at + n < end && ((at[n] >= 'a' && at[n] <= 'z') || (at[n] >= 'A' && at[n] <= 'Z') || at[n] == '_' ||
				(n && at[n] >= '0' && at[n] <= '9')))
		n++;
	return n;
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && is_blank(*r->at))
		r->at++;
}

static bool next_is(struct reader *r, char c)
{
	skip_blanks(r);
	return r->at < r->end && *r->at == c;
}

/* Text outside of actions; \t and \n are what they say. */
static int text_node(struct reader *r, const char *from, size_t n, struct node *list)
{
	auto_node struct node *t = node_new(NODE_TEXT, r->e);
	size_t to = 0;

	if (!t || copy_text(from, n, &t->text, r->e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		char c = t->text[i];

		if (c == '\\' && i + 1 < n && (t->text[i + 1] == 't' || t->text[i + 1] == 'n'))
			c = t->text[++i] == 't' ? '\t' : '\n';
		t->text[to++] = c;
	}
	t->text[to] = '\0';
	return to ? node_add(list, &t, r->e) : 0;
}

static int quoted(struct reader *r, struct node **ret)
{
	static const char names[] = "ntr\"'\\", codes[] = "\n\t\r\"'\\";
	auto_node struct node *s = node_new(NODE_STRING, r->e);
	auto_str struct str text = { 0 };
	char quote = *r->at++;

	if (!s || str_add(&text, "", r->e))
		return -1;
	for (; r->at < r->end && *r->at != quote; r->at++) {
		char c = *r->at;

		if (quote == '"' && c == '\\') {
			const char *code = ++r->at < r->end ? strchr(names, *r->at) : NULL;

			if (!code || !*code)
				return refuse(r, "in a string, only \\n \\t \\r \\\" \\' and \\\\ begin with a backslash");
			c = codes[code - names];
		}
		if (str_add_bytes(&text, &c, 1, r->e))
			return -1;
	}
	if (r->at >= r->end)
		return refuse(r, "a string has no end");
	r->at++;
	if (!str_is_utf8(text.text, text.len))
		return refuse(r, "a string is not UTF-8");
	s->text = take_ptr(&text.text);
	*ret = take_ptr(&s);
	return 0;
}

static int number(struct reader *r, struct node **ret)
{
	auto_node struct node *n = node_new(NODE_NUMBER, r->e);
	bool minus = *r->at == '-';
	size_t digits;
	char word[32];
	uint64_t value;

	r->at += minus;
	digits = strspn(r->at, "0123456789");
	if (!n)
		return -1;
	if (!digits || digits >= sizeof(word) || name_length(r->at + digits, r->end) || r->at[digits] == '.')
		return refuse(r, "a number is digits only");
	memcpy(word, r->at, digits);
	word[digits] = '\0';
	if (str_to_u64(word, 0, INT64_MAX, "template: number", &value, r->e))
		return -1;
	r->at += digits;
	n->number = minus ? -(int64_t)value : (int64_t)value;
	*ret = take_ptr(&n);
	return 0;
}

static int pipeline(struct reader *r, bool declares, struct node **ret);

static int word_named(struct reader *r, struct node **ret)
{
	static const struct {
		const char *word;
		enum node_kind kind;
	} constants[] = { { "true", NODE_TRUE }, { "false", NODE_FALSE }, { "nil", NODE_NIL } };
	size_t n = name_length(r->at, r->end);
	auto_node struct node *w = node_new(NODE_FUNCTION, r->e);

	if (!w)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(constants); i++)
		if (strlen(constants[i].word) == n && memcmp(constants[i].word, r->at, n) == 0)
			w->kind = constants[i].kind;
	if (w->kind == NODE_FUNCTION) {
		w->function = template_function_find(r->at, n);
		if (!w->function)
			return refuse_word(r, "no function", r->at, n);
	}
	r->at += n;
	*ret = take_ptr(&w);
	return 0;
}

static int bracketed(struct reader *r, struct node **ret)
{
	auto_node struct node *inner = NULL;

	if (++r->depth > TEMPLATE_NEST_MAX)
		return err_set(r->e, ERR_LIMIT, 0, "template: nested more than %d deep", TEMPLATE_NEST_MAX);
	r->at++;
	if (pipeline(r, false, &inner))
		return -1;
	if (!next_is(r, ')'))
		return refuse(r, "a bracket is not closed");
	r->at++;
	r->depth--;
	*ret = take_ptr(&inner);
	return 0;
}

/* What a chain of fields may stand behind: . $x (...) or nothing. */
static int chain_base(struct reader *r, struct node **ret)
{
	auto_node struct node *base = NULL;
	size_t n;

	if (*r->at == '(')
		return bracketed(r, ret);
	base = node_new(*r->at == '$' ? NODE_VARIABLE : NODE_DOT, r->e);
	if (!base)
		return -1;
	if (*r->at == '$') {
		n = name_length(++r->at, r->end);
		if (copy_text(r->at, n, &base->text, r->e))
			return -1;
		r->at += n;
	}
	*ret = take_ptr(&base);
	return 0;
}

/* ".A.B", "$x.A", "(...).A"; a dot alone is the document. */
static int chain(struct reader *r, struct node **ret)
{
	auto_node struct node *base = NULL, *c = NULL;

	if (chain_base(r, &base))
		return -1;
	while (r->at < r->end && *r->at == '.') {
		size_t n = name_length(r->at + 1, r->end);
		auto_free char *name = NULL;

		if (!n && base->kind == NODE_DOT && !c && (r->at + 1 == r->end || strchr(" \t\n\r|)", r->at[1]))) {
			r->at++;
			break;
		}
		if (!n) {
			r->at++;
			return refuse(r, "a dot needs a field's name");
		}
		if (!c)
			c = node_new(NODE_CHAIN, r->e);
		if (!c || copy_text(r->at + 1, n, &name, r->e) || strv_add(&c->names, name, r->e))
			return -1;
		if (c->names.len > TEMPLATE_NEST_MAX)
			return err_set(r->e, ERR_LIMIT, 0, "template: more than %d fields in a chain", TEMPLATE_NEST_MAX);
		r->at += 1 + n;
	}
	if (!c) {
		*ret = take_ptr(&base);
		return 0;
	}
	if (node_add(c, &base, r->e))
		return -1;
	*ret = take_ptr(&c);
	return 0;
}

static int word(struct reader *r, struct node **ret)
{
	char c = *r->at;
	int status;

	if (c == '.' || c == '$' || c == '(')
		status = chain(r, ret);
	else if (c == '"' || c == '`')
		status = quoted(r, ret);
	else if (c == '-' || (c >= '0' && c <= '9'))
		status = number(r, ret);
	else if (name_length(r->at, r->end))
		status = word_named(r, ret);
	else
		return refuse_word(r, "not to be understood:", r->at, (size_t)(r->end - r->at));
	if (status == 0 && r->at < r->end && !is_blank(*r->at) && !strchr("|),", *r->at))
		return refuse_word(r, "a blank is missing in front of", r->at, (size_t)(r->end - r->at));
	return status;
}

static int command(struct reader *r, struct node **ret)
{
	auto_node struct node *c = node_new(NODE_COMMAND, r->e);

	if (!c)
		return -1;
	for (skip_blanks(r); r->at < r->end && *r->at != '|' && *r->at != ')'; skip_blanks(r)) {
		auto_node struct node *w = NULL;

		if (word(r, &w))
			return -1;
		if (w->kind == NODE_FUNCTION && c->n)
			return refuse(r, "a function stands first, or in brackets");
		if (node_add(c, &w, r->e))
			return -1;
	}
	if (!c->n)
		return refuse(r, "a value is missing");
	*ret = take_ptr(&c);
	return 0;
}

/* "$x := " or "$i, $x := " in front; leaves r->at where it was if there is none. */
static int declaration(struct reader *r, struct node *pipe)
{
	const char *begin = r->at;
	auto_strv struct strv names = { 0 };

	while (next_is(r, '$')) {
		auto_free char *name = NULL;
		size_t n = name_length(++r->at, r->end);

		if (copy_text(r->at, n, &name, r->e) || strv_add(&names, name, r->e))
			return -1;
		r->at += n;
		if (!n || names.len > 2 || !next_is(r, ','))
			break;
		r->at++;
	}
	skip_blanks(r);
	if (!names.len || r->end - r->at < 2 || r->at[0] != ':' || r->at[1] != '=') {
		r->at = begin;
		return 0;
	}
	r->at += 2;
	pipe->names = names;
	names = (struct strv){ 0 };
	return 0;
}

static int pipeline(struct reader *r, bool declares, struct node **ret)
{
	auto_node struct node *p = node_new(NODE_PIPE, r->e);

	if (!p || (declares && declaration(r, p)))
		return -1;
	for (;;) {
		auto_node struct node *c = NULL;

		if (command(r, &c))
			return -1;
		if (p->n && c->child[0]->kind != NODE_FUNCTION)
			return refuse(r, "what stands behind | must be a function");
		if (node_add(p, &c, r->e))
			return -1;
		if (!next_is(r, '|'))
			break;
		r->at++;
	}
	*ret = take_ptr(&p);
	return 0;
}

static int action_end(struct reader *r)
{
	skip_blanks(r);
	if (r->at < r->end)
		return refuse_word(r, "not expected here:", r->at, (size_t)(r->end - r->at));
	r->at = r->end + (r->trim ? 3 : 2);
	return 0;
}

/* Where the action that begins at r->at ends: the }} that is in no string. Sets end and trim. */
static int find_end(struct reader *r)
{
	const char *at = r->at;

	if (at[0] == '/' && at[1] == '*') {
		at = strstr(at, "*/");
		if (!at)
			return refuse(r, "a comment has no end");
		at += 2;
	}
	for (; *at; at++) {
		if (*at == '"' || *at == '`') {
			char quote = *at;

			for (at++; *at && *at != quote; at++)
				if (quote == '"' && *at == '\\' && at[1])
					at++;
			if (!*at)
				break;
		}
		if (at[0] == '}' && at[1] == '}') {
			r->trim = at > r->at && at[-1] == '-' && at - 1 > r->at && is_blank(at[-2]);
			r->end = r->trim ? at - 1 : at;
			return 0;
		}
	}
	return refuse(r, "{{ has no }}");
}

enum keyword { KEY_NONE, KEY_IF, KEY_WITH, KEY_RANGE, KEY_ELSE, KEY_END };

static enum keyword keyword(struct reader *r)
{
	static const char *const words[] = { "", "if", "with", "range", "else", "end" };
	size_t n;

	skip_blanks(r);
	n = name_length(r->at, r->end);
	for (enum keyword k = KEY_IF; k <= KEY_END; k++)
		if (strlen(words[k]) == n && memcmp(r->at, words[k], n) == 0) {
			r->at += n;
			return k;
		}
	return KEY_NONE;
}

static int list(struct reader *r, bool top, enum keyword *ret_stop, struct node **ret);

/* The action from its keyword to the matching end. */
static int block(struct reader *r, enum keyword kind, struct node **ret)
{
	static const enum node_kind kinds[] = { [KEY_IF] = NODE_IF, [KEY_WITH] = NODE_WITH, [KEY_RANGE] = NODE_RANGE };
	auto_node struct node *b = node_new(kinds[kind], r->e), *pipe = NULL, *body = NULL, *other = NULL;
	enum keyword stop;

	if (++r->depth > TEMPLATE_NEST_MAX)
		return err_set(r->e, ERR_LIMIT, 0, "template: nested more than %d deep", TEMPLATE_NEST_MAX);
	if (!b || pipeline(r, true, &pipe) || action_end(r) || node_add(b, &pipe, r->e) || list(r, false, &stop, &body) ||
	    node_add(b, &body, r->e))
		return -1;
	if (stop == KEY_ELSE) {
		enum keyword next = keyword(r);

		if (next == KEY_IF || next == KEY_WITH) {
			auto_node struct node *inner = NULL;

			/* "else if" has no end of its own: the inner block reads that of the outer one. */
			other = node_new(NODE_LIST, r->e);
			if (!other || block(r, next, &inner) || node_add(other, &inner, r->e))
				return -1;
		} else if (next != KEY_NONE) {
			return refuse(r, "behind else: if, with or nothing");
		} else if (action_end(r) || list(r, false, &stop, &other)) {
			return -1;
		} else if (stop != KEY_END) {
			return refuse(r, "a second else");
		}
		if (node_add(b, &other, r->e))
			return -1;
	}
	r->depth--;
	*ret = take_ptr(&b);
	return 0;
}

static int action(struct reader *r, struct node *to)
{
	enum keyword k = keyword(r);
	auto_node struct node *n = NULL;

	if (k == KEY_IF || k == KEY_WITH || k == KEY_RANGE)
		return block(r, k, &n) || node_add(to, &n, r->e) ? -1 : 0;
	if (pipeline(r, true, &n) || (n->names.len > 1 ? refuse(r, "two variables are for range only") : 0))
		return -1;
	return action_end(r) || node_add(to, &n, r->e) ? -1 : 0;
}

/* Text up to the next action. Both trims are here: the one behind the last action and the one in front of the next. */
static int plain(struct reader *r, struct node *to, bool *ret_more)
{
	const char *from = r->at, *open = strstr(r->at, "{{");
	size_t n = open ? (size_t)(open - from) : strlen(from);

	while (r->trim && n && is_blank(*from)) {
		from++;
		n--;
	}
	r->trim = false;
	if (open && open[2] == '-' && is_blank(open[3]))
		while (n && is_blank(from[n - 1]))
			n--;
	if (text_node(r, from, n, to))
		return -1;
	*ret_more = open != NULL;
	if (!open)
		return 0;
	r->at = open + 2;
	if (open[2] == '-' && is_blank(open[3]))
		r->at += 1 + strspn(open + 3, " \t\n\r");
	return find_end(r);
}

/* Up to the end of the text, or to the else or end that closes this list; r->at is then behind that word. */
static int list(struct reader *r, bool top, enum keyword *ret_stop, struct node **ret)
{
	auto_node struct node *l = node_new(NODE_LIST, r->e);
	bool more;

	if (!l)
		return -1;
	for (;;) {
		const char *begin;
		enum keyword k;

		if (plain(r, l, &more))
			return -1;
		if (!more)
			break;
		begin = r->at;
		if (begin[0] == '/' && begin[1] == '*') {
			r->at = strstr(begin, "*/") + 2;
			if (action_end(r))
				return -1;
			continue;
		}
		k = keyword(r);
		if (k == KEY_ELSE || k == KEY_END) {
			if (top)
				return refuse(r, k == KEY_END ? "end without a beginning" : "else without an if");
			if (k == KEY_END && action_end(r))
				return -1;
			*ret_stop = k;
			*ret = take_ptr(&l);
			return 0;
		}
		r->at = begin;
		if (action(r, l))
			return -1;
	}
	if (!top)
		return refuse(r, "end is missing");
	*ret = take_ptr(&l);
	return 0;
}

int template_parse(const char *text, struct template **ret, struct err *e)
{
	struct reader r = { .text = text, .at = text, .end = text, .e = e };
	struct template *t;
	auto_node struct node *top = NULL;

	if (strlen(text) > TEMPLATE_BYTES_MAX)
		return err_set(e, ERR_LIMIT, 0, "template: more than %d bytes", TEMPLATE_BYTES_MAX);
	if (list(&r, true, NULL, &top))
		return -1;
	t = calloc(1, sizeof(*t));
	if (!t)
		return err_set(e, ERR_SYSTEM, ENOMEM, "template");
	t->top = take_ptr(&top);
	*ret = t;
	return 0;
}

void template_free(struct template *t)
{
	if (t)
		node_free(t->top);
	free(t);
}

static bool uses(const struct node *n, const char *name)
{
	/* A dot or $ that is no chain's beginning stands for all of it. */
	if (n->kind == NODE_DOT || (n->kind == NODE_VARIABLE && !*n->text))
		return true;
	if (n->kind == NODE_CHAIN)
		for (size_t i = 0; i < n->names.len; i++)
			if (strcasecmp(n->names.item[i], name) == 0)
				return true;
	for (size_t i = 0; i < n->n; i++)
		if (!(n->kind == NODE_CHAIN && n->child[i]->kind != NODE_PIPE) && uses(n->child[i], name))
			return true;
	return false;
}

bool template_uses(const struct template *t, const char *name)
{
	return uses(t->top, name);
}
