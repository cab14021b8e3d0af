/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_check.h - is it a page that only we wrote? For test_page and fuzz_report.
 *
 * Every element and attribute is one that page_*.c writes, attributes stand in double quotes, elements close in order, ids and
 * links are of a plain alphabet, one style and one script are there and hold what the tree has.
 */
#ifndef SECCTR_TESTS_REPORT_HTML_CHECK_H
#define SECCTR_TESTS_REPORT_HTML_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "audit/report/page.h"

static inline bool html_one_of(const char *const *list, const char *at, size_t n)
{
	for (; *list; list++)
		if (strlen(*list) == n && memcmp(*list, at, n) == 0)
			return true;
	return false;
}

static inline bool html_plain_word(const char *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", at[i]) || !at[i])
			return false;
	return true;
}

/* Attributes up to ">"; NULL: something is wrong, and *ret_why says what. */
static inline const char *html_attributes(const char *at, const char **ret_why)
{
	static const char *const names[] = { "lang", "charset", "http-equiv", "content", "name", "class", "href", "id", "hidden", "aria-label",
		"aria-labelledby", "aria-live", "aria-hidden", "value", "type", "autocomplete", "spellcheck", "scope", "data-w", "data-c",
		"data-name", "datetime", "viewBox", "role", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "d", "width", "height", NULL };

	while (*at == ' ') {
		const char *name = ++at, *value;
		size_t n = strcspn(at, "= >\"'<\n");

		*ret_why = "attribute that is not ours";
		if (!html_one_of(names, name, n))
			return NULL;
		at += n;
		if (*at != '=')
			continue;
		*ret_why = "attribute without its quotes";
		if (at[1] != '"' || !(value = at + 2) || !(at = strchr(value, '"')))
			return NULL;
		*ret_why = "attribute with markup in it";
		if (memchr(value, '<', (size_t)(at - value)) || memchr(value, '>', (size_t)(at - value)))
			return NULL;
		*ret_why = "link to somewhere, or an odd name";
		if (n == 4 && memcmp(name, "href", 4) == 0 && (*value != '#' || !html_plain_word(value + 1, (size_t)(at - value - 1))))
			return NULL;
		if (((n == 2 && memcmp(name, "id", 2) == 0) || (n == 6 && memcmp(name, "data-c", 6) == 0)) && !html_plain_word(value, (size_t)(at - value)))
			return NULL;
		at++;
	}
	*ret_why = "tag without an end";
	return *at == '>' || (at[0] == '/' && at[1] == '>') ? at : NULL;
}

/* What is wrong with it; NULL: nothing. *ret_at is where. */
static inline const char *html_wrong(const char *text, const char **ret_at)
{
	static const char *const names[] = { "html", "head", "meta", "title", "style", "body", "a", "header", "h1", "h2", "h3", "p", "br", "strong",
		"time", "nav", "ul", "li", "form", "label", "select", "option", "input", "button", "output", "main", "section", "dl", "dt", "dd", "div",
		"table", "caption", "thead", "tbody", "tr", "th", "td", "span", "code", "small", "svg", "desc", "line", "text", "rect", "circle",
		"path", "script", NULL };
	static const char *const empty[] = { "meta", "br", "input", NULL };
	struct { const char *at; size_t n; } open[64];
	const char *why = NULL, *at = text;
	size_t depth = 0;
	unsigned scripts = 0, styles = 0;

	if (strncmp(text, "<!DOCTYPE html>\n<html", 21) != 0)
		return *ret_at = text, "no document";
	for (at += 15; (at = strchr(at, '<')); at++) {
		bool closes = at[1] == '/';
		const char *name = at + 1 + closes, *end;
		size_t n = strcspn(name, " />\n<");

		*ret_at = at;
		if (!html_one_of(names, name, n))
			return "element that is not ours";
		if (closes) {
			if (!depth || open[depth - 1].n != n || memcmp(open[depth - 1].at, name, n) != 0 || name[n] != '>')
				return "element that closes out of order";
			depth--;
			continue;
		}
		end = html_attributes(name + n, &why);
		if (!end)
			return why;
		if (*end == '/' || html_one_of(empty, name, n))
			continue;
		if (depth == sizeof(open) / sizeof(*open))
			return "too deep";
		open[depth].at = name;
		open[depth++].n = n;
		if (n == 6 && memcmp(name, "script", 6) == 0) {
			size_t len = strlen(page_js);

			if (scripts++ || strncmp(end + 1, page_js, len) != 0 || strncmp(end + 1 + len, "</script>", 9) != 0)
				return "script that is not ours";
			at = end + len;
		} else if (n == 5 && memcmp(name, "style", 5) == 0) {
			size_t len = strlen(page_css);

			if (styles++ || strncmp(end + 1, page_css, len) != 0 || strncmp(end + 1 + len, "</style>", 8) != 0)
				return "style that is not ours";
			at = end + len;
		}
	}
	*ret_at = text;
	return depth ? "element without its end" : scripts != 1 || styles != 1 ? "no script or no style" : NULL;
}

#endif
