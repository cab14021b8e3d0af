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

static int render_row(const struct output_form *f, const struct output_rows *r, size_t i, struct str *out, struct err *e)
{
	struct template_doc doc = { .json = json_array_get(r->json, i), .view = r->view ? json_array_get(r->view, i) : NULL,
				    .maps = maps };

	if (template_render(f->template, &doc, out, e))
		return err_context(e, "--format");
	return 0;
}

/* A row of several lines makes several rows. */
static int template_table(const struct output_form *f, const struct output_rows *r, struct err *e)
{
	struct output_table table = { 0 };
	auto_str struct str head = { 0 };
	auto_strv struct strv heads = { 0 };
	size_t columns;
	int status = 0;

	if (template_headings(f->template, heading, r, &head, e))
		return err_context(e, "--format");
	columns = count_tabs(head.text) + 1;
	if (columns > OUTPUT_COLUMNS_MAX)
		return err_set(e, ERR_LIMIT, 0, "--format: more than %d columns", OUTPUT_COLUMNS_MAX);
	if (add_cells(&heads, head.text, columns, e))
		return -1;
	table.heads = (const char *const *)heads.item;
	for (size_t i = 0; i < json_array_size(r->json) && status == 0; i++) {
		auto_str struct str row = { 0 };
		char *rest = NULL;

		status = render_row(f, r, i, &row, e);
		for (char *line = status ? NULL : strtok_r(row.text, "\n", &rest); line && status == 0; line = strtok_r(NULL, "\n", &rest))
			status = add_cells(&table.cells, line, columns, e);
	}
	if (status == 0)
		status = output_table(&table, r->no_heads, e);
	output_table_done(&table);
	return status;
}

static int template_lines(const struct output_form *f, const struct output_rows *r, struct err *e)
{
	for (size_t i = 0; i < json_array_size(r->json); i++) {
		auto_str struct str row = { 0 };

		if (render_row(f, r, i, &row, e))
			return -1;
		fwrite(row.text, 1, row.len, stdout);
		/* As Podman: a template that ends its line itself gets no second one. */
		if (!row.len || row.text[row.len - 1] != '\n')
			putchar('\n');
	}
	return fflush(stdout) ? err_set(e, ERR_SYSTEM, errno, "standard output") : 0;
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

static int table(const struct output_rows *r, struct err *e)
{
	const char *heads[OUTPUT_COLUMNS_MAX + 1] = { 0 };
	struct output_table t = { .heads = heads };
	int status = 0;
	size_t n = 0;

	for (; r->columns[n].head; n++) {
		if (n == OUTPUT_COLUMNS_MAX)
			return err_set(e, ERR_INTERNAL, 0, "table of more than %d columns", OUTPUT_COLUMNS_MAX);
		heads[n] = r->columns[n].head;
		t.shrinks |= r->columns[n].shrinks && !r->no_trunc ? UINT64_C(1) << n : 0;
	}
	for (size_t i = 0; i < json_array_size(r->json) && status == 0; i++)
		for (size_t k = 0; k < n && status == 0; k++)
			status = cell_text(json_array_get(r->json, i), r->view ? json_array_get(r->view, i) : NULL,
					   r->columns[k].field, &t.cells, e);
	if (status == 0)
		status = output_table(&t, r->no_heads, e);
	output_table_done(&t);
	return status;
}

int output_rows(const struct output_form *f, const struct output_rows *r, struct err *e)
{
	switch (f->kind) {
	case OUTPUT_JSON:
		return output_json(r->json, e);
	case OUTPUT_TEMPLATE:
		return template_lines(f, r, e);
	case OUTPUT_TEMPLATE_TABLE:
		return template_table(f, r, e);
	case OUTPUT_TABLE:
		break;
	}
	return table(r, e);
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
