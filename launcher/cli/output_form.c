/* SPDX-License-Identifier: Apache-2.0 */
/* output_form.c - --format: rows as a table, as JSON, or by a template. */
#include <stdio.h>
#include <string.h>

#include "launcher/base/json.h"
#include "launcher/cli/output.h"

/* Members that have keys of people's making, wherever they stand. */
static const char *const maps[] = { "Labels", "Annotations", "Ports", "Networks", "Tmpfs", "Sysctls", "PortBindings", NULL };

void output_form_done(struct output_form *f)
{
	template_free(f->template);
	*f = (struct output_form){ 0 };
}

/* "json", "{{json .}}" and their like with blanks. */
static bool is_json(const char *text)
{
	static const char word[] = "{{json.}}";
	size_t at = 0;

	if (strcmp(text, "json") == 0)
		return true;
	for (; *text; text++) {
		if (*text == ' ')
			continue;
		if (word[at] != *text)
			return false;
		at++;
	}
	return !word[at];
}

int output_form_read(const char *text, struct output_form *ret, struct err *e)
{
	struct output_form f = { .kind = OUTPUT_TEMPLATE };

	if (!text || !*text || strcmp(text, "table") == 0) {
		f.kind = OUTPUT_TABLE;
	} else if (is_json(text)) {
		f.kind = OUTPUT_JSON;
	} else {
		if (str_starts(text, "table ")) {
			f.kind = OUTPUT_TEMPLATE_TABLE;
			text += strlen("table ");
			text += strspn(text, " ");
		}
		if (!strstr(text, "{{"))
			return err_set(e, ERR_USAGE, 0, "--format %.64s: table, json, or a template as '{{.ID}}'", text);
		if (template_parse(text, &f.template, e))
			return err_context(e, "--format");
	}
	*ret = f;
	return 0;
}

bool output_form_uses(const struct output_form *f, const char *member)
{
	return f->kind == OUTPUT_JSON || (f->template && template_uses(f->template, member));
}

static const char *heading(const void *arg, const char *name)
{
	const struct output_rows *r = arg;
	const struct output_column *lists[] = { r->columns, r->more };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (const struct output_column *c = lists[i]; c && c->head; c++)
			if (strcmp(c->field, name) == 0)
				return c->head;
	return NULL;
}

/* The cells of one line of "table TEMPLATE": parted by tabs, `want` of them. */
static int add_cells(struct strv *cells, char *line, size_t want, struct err *e)
{
	for (size_t i = 0; i < want; i++) {
		char *tab = line ? strchr(line, '\t') : NULL;

		if (tab && i + 1 < want)
			*tab = '\0';
		if (strv_add(cells, line ? line : "", e))
			return -1;
		line = tab ? tab + 1 : NULL;
	}
	return 0;
}

static size_t count_tabs(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\t';
	return n;
}

static int render_row(const struct output_form *f, const json_t *row, const json_t *view, struct str *out, struct err *e)
{
	struct template_doc doc = { .json = row, .view = view, .maps = maps };

	if (template_render(f->template, &doc, out, e))
		return err_context(e, "--format");
	return 0;
}

static int begin_template_table(struct output_list *l, struct err *e)
{
	auto_str struct str head = { 0 };

	if (template_headings(l->form->template, heading, l->rows, &head, e))
		return err_context(e, "--format");
	l->columns = count_tabs(head.text) + 1;
	if (l->columns > OUTPUT_COLUMNS_MAX)
		return err_set(e, ERR_LIMIT, 0, "--format: more than %d columns", OUTPUT_COLUMNS_MAX);
	if (add_cells(&l->heads, head.text, l->columns, e))
		return -1;
	l->table.heads = (const char *const *)l->heads.item;
	return 0;
}

/* A row of several lines makes several rows. */
static int template_cells(struct output_list *l, const json_t *row, const json_t *view, struct err *e)
{
	auto_str struct str text = { 0 };
	char *rest = NULL;

	if (render_row(l->form, row, view, &text, e))
		return -1;
	for (char *line = strtok_r(text.text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (add_cells(&l->table.cells, line, l->columns, e))
			return -1;
	return 0;
}

static int template_line(struct output_list *l, const json_t *row, const json_t *view, struct err *e)
{
	auto_str struct str text = { 0 };

	if (render_row(l->form, row, view, &text, e))
		return -1;
	fwrite(text.text, 1, text.len, stdout);
	/* As Podman: a template that ends its line itself gets no second one. */
	if (!text.len || text.text[text.len - 1] != '\n')
		putchar('\n');
	return 0;
}

static int begin_table(struct output_list *l, struct err *e)
{
	const struct output_column *c = l->rows->columns;

	for (; c->head; c++) {
		if (l->columns == OUTPUT_COLUMNS_MAX)
			return err_set(e, ERR_INTERNAL, 0, "table of more than %d columns", OUTPUT_COLUMNS_MAX);
		l->table.shrinks |= c->shrinks && !l->rows->no_trunc ? UINT64_C(1) << l->columns : 0;
		l->names[l->columns++] = c->head;
	}
	l->table.heads = l->names;
	return 0;
}

static int cell_text(const json_t *row, const json_t *view, const char *field, struct strv *cells, struct err *e)
{
	const json_t *j = view ? json_object_get(view, field) : NULL;
	auto_str struct str text = { 0 };

	if (!j)
		j = json_object_get(row, field);
	if (str_add(&text, "", e) || (j && !json_is_null(j) && template_show(j, &text, e)))
		return -1;
	return strv_add(cells, text.text, e);
}

static int table_cells(struct output_list *l, const json_t *row, const json_t *view, struct err *e)
{
	for (size_t k = 0; k < l->columns; k++)
		if (cell_text(row, view, l->rows->columns[k].field, &l->table.cells, e))
			return -1;
	return 0;
}

/* One element as it stands in the array of all: that of an array of one, without its brackets. */
static int json_element(const struct output_list *l, const json_t *row, struct err *e)
{
	auto_json json_t *one = json_pack("[O]", row);
	auto_free char *text = NULL;

	if (!one)
		return err_set(e, ERR_SYSTEM, ENOMEM, "list");
	if (json_pretty(one, &text, e))
		return -1;
	printf("%s%.*s", l->len ? ",\n" : "[\n", (int)(strlen(text) - strlen("[\n\n]")), text + strlen("[\n"));
	return 0;
}

int output_begin(struct output_list *l, const struct output_form *f, const struct output_rows *r, struct err *e)
{
	l->form = f;
	l->rows = r;
	return f->kind == OUTPUT_TEMPLATE_TABLE ? begin_template_table(l, e) : f->kind == OUTPUT_TABLE ? begin_table(l, e) : 0;
}

int output_next(struct output_list *l, const json_t *row, const json_t *view, struct err *e)
{
	int r = -1;

	switch (l->form->kind) {
	case OUTPUT_JSON:
		r = json_element(l, row, e);
		break;
	case OUTPUT_TEMPLATE:
		r = template_line(l, row, view, e);
		break;
	case OUTPUT_TEMPLATE_TABLE:
		r = template_cells(l, row, view, e);
		break;
	case OUTPUT_TABLE:
		r = table_cells(l, row, view, e);
		break;
	}
	l->len++;
	return r;
}

int output_end(struct output_list *l, struct err *e)
{
	if (l->form->kind == OUTPUT_TABLE || l->form->kind == OUTPUT_TEMPLATE_TABLE)
		return output_table(&l->table, l->rows->no_heads, e);
	if (l->form->kind == OUTPUT_JSON)
		fputs(l->len ? "\n]\n" : "[]\n", stdout);
	return fflush(stdout) ? err_set(e, ERR_SYSTEM, errno, "standard output") : 0;
}

void output_list_done(struct output_list *l)
{
	output_table_done(&l->table);
	strv_done(&l->heads);
}

int output_rows(const struct output_form *f, const struct output_rows *r, struct err *e)
{
	auto_output_list struct output_list l = { 0 };

	if (output_begin(&l, f, r, e))
		return -1;
	for (size_t i = 0; i < json_array_size(r->json); i++)
		if (output_next(&l, json_array_get(r->json, i), r->view ? json_array_get(r->view, i) : NULL, e))
			return -1;
	return output_end(&l, e);
}

int output_object(const struct output_form *f, const json_t *j, struct err *e)
{
	auto_json json_t *one = NULL;
	struct output_rows r = { 0 };

	if (f->kind == OUTPUT_JSON)
		return output_json(j, e);
	one = json_pack("[O]", j);
	if (!one)
		return err_set(e, ERR_SYSTEM, ENOMEM, "document");
	r.json = one;
	return output_rows(f, &r, e);
}
