/* SPDX-License-Identifier: Apache-2.0 */
/* keyfile.c - sections and settings, line by line, nothing guessed. */
#include "policy/keyfile.h"

#include <string.h>

#include "launcher/base/str.h"

struct reader {
	keyfile_fn *fn;
	void *ctx;
	char section[KEYFILE_SECTION_MAX + 1];
	unsigned line, settings;
	struct err *e;
};

/* U+0080..U+009F are controls; U+061C, U+200E, U+200F, U+202A..U+202E and U+2066..U+2069 reorder
 * text (UAX #9). `s` is well-formed UTF-8, so the bytes after a lead byte are there. */
static bool misleads(const char *s)
{
	const unsigned char *c = (const unsigned char *)s;

	if (c[0] == 0xc2)
		return c[1] < 0xa0;
	if (c[0] == 0xd8)
		return c[1] == 0x9c;
	if (c[0] != 0xe2)
		return false;
	if (c[1] == 0x80)
		return c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xaa && c[2] <= 0xae);
	return c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9;
}

static int check_text(const char *s, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)
			return err_set(e, ERR_INPUT, 0, "control character 0x%02x at column %zu",
				       (unsigned char)s[i], i + 1);
	if (!str_is_utf8(s, n))
		return err_set(e, ERR_INPUT, 0, "not UTF-8");
	for (size_t i = 0; i < n; i++)
		if (misleads(s + i))
			return err_set(e, ERR_INPUT, 0, "a character that misleads a reader at column %zu", i + 1);
	return 0;
}

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	s[n] = '\0';
	return s;
}

static int take_section(struct reader *r, char *line)
{
	size_t n = strlen(line);

	if (line[n - 1] != ']' || n < 3 || n - 2 > KEYFILE_SECTION_MAX)
		return err_set(r->e, ERR_INPUT, 0, "not a section: %.80s", line);
	line[n - 1] = '\0';
	memcpy(r->section, line + 1, n - 1);
	return r->fn(r->ctx, r->section, NULL, NULL, r->line, r->e);
}

static int take_setting(struct reader *r, char *line)
{
	char *eq = strchr(line, '=');
	const char *key, *value;

	if (!eq)
		return err_set(r->e, ERR_INPUT, 0, "neither [Section] nor Key=Value: %.80s", line);
	*eq = '\0';
	key = trim(line);
	value = trim(eq + 1);
	if (!*key)
		return err_set(r->e, ERR_INPUT, 0, "no key in front of \"=\"");
	if (!*r->section)
		return err_set(r->e, ERR_INPUT, 0, "%.80s= stands before the first [Section]", key);
	if (++r->settings > KEYFILE_SETTINGS_MAX)
		return err_set(r->e, ERR_LIMIT, 0, "more than %d settings", KEYFILE_SETTINGS_MAX);
	return r->fn(r->ctx, r->section, key, value, r->line, r->e);
}

static int take_line(struct reader *r, const char *from, size_t n)
{
	char copy[KEYFILE_LINE_MAX + 4], *line;

	if (n > KEYFILE_LINE_MAX)
		return err_set(r->e, ERR_LIMIT, 0, "longer than %d bytes", KEYFILE_LINE_MAX);
	memcpy(copy, from, n);
	memset(copy + n, 0, sizeof(copy) - n);
	if (check_text(copy, n, r->e))
		return -1;
	line = trim(copy);
	if (!*line || *line == '#' || *line == ';')
		return 0;
	return *line == '[' ? take_section(r, line) : take_setting(r, line);
}

int keyfile_read(const char *buf, size_t len, const char *file, keyfile_fn *fn, void *ctx, struct err *e)
{
	struct reader r = { .fn = fn, .ctx = ctx, .e = e };
	const char *p = buf, *end = buf + len;

	if (len > KEYFILE_BYTES_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s: larger than %zu bytes", file, KEYFILE_BYTES_MAX);
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = nl ? (size_t)(nl - p) : (size_t)(end - p);

		r.line++;
		if (take_line(&r, p, n))
			return err_context(e, "%s:%u", file, r.line);
		p += n + (nl != NULL);
	}
	return 0;
}
