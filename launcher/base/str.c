/* SPDX-License-Identifier: Apache-2.0 */
/* str.c - growing text and string lists; numbers and patterns are in str_read.c. */
#include "launcher/base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int no_memory(struct err *e)
{
	return err_set(e, ERR_SYSTEM, ENOMEM, "text");
}

/* Room for n more bytes and the NUL. */
static int grow(struct str *s, size_t n, struct err *e)
{
	size_t room = s->room ? s->room : 64;
	char *text;

	if (n > (size_t)STR_MAX - s->len)
		return err_set(e, ERR_LIMIT, 0, "text of more than %d bytes", STR_MAX);
	if (s->len + n < s->room)
		return 0;
	while (room <= s->len + n)
		room *= 2;
	text = realloc(s->text, room);
	if (!text)
		return no_memory(e);
	s->text = text;
	s->room = room;
	return 0;
}

int str_room(struct str *s, size_t n, struct err *e)
{
	if (grow(s, n, e))
		return -1;
	s->text[s->len] = '\0';
	return 0;
}

int str_add_bytes(struct str *s, const void *bytes, size_t n, struct err *e)
{
	if (grow(s, n, e))
		return -1;
	if (n)
		memcpy(s->text + s->len, bytes, n);
	s->len += n;
	s->text[s->len] = '\0';
	return 0;
}

int str_add(struct str *s, const char *text, struct err *e)
{
	return str_add_bytes(s, text, strlen(text), e);
}

int str_addf(struct str *s, struct err *e, const char *fmt, ...)
{
	va_list ap, again;
	int n, rc = -1;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		err_set(e, ERR_SYSTEM, errno, "text format");
	else if (!grow(s, (size_t)n, e)) {
		vsnprintf(s->text + s->len, s->room - s->len, fmt, again);
		s->len += (size_t)n;
		rc = 0;
	}
	va_end(again);
	va_end(ap);
	return rc;
}

void str_done(struct str *s)
{
	free(s->text);
	*s = (struct str){ 0 };
}

/* Takes over `text`, also on failure. Doubles: what an outsider writes has up to 65536 elements. */
static int push(struct strv *v, char *text, struct err *e)
{
	if (text && v->len + 2 > v->room) {
		size_t room = v->len < 2 ? 4 : 2 * v->len;
		char **item = reallocarray(v->item, room, sizeof(*item));

		if (item) {
			v->item = item;
			v->room = room;
		}
	}
	if (!text || v->len + 2 > v->room) {
		free(text);
		return no_memory(e);
	}
	v->item[v->len++] = text;
	v->item[v->len] = NULL;
	return 0;
}

int strv_add(struct strv *v, const char *text, struct err *e)
{
	return push(v, strdup(text), e);
}

/* The place of the entry whose key is the first `len` bytes of `key`; v->len if there is none. */
static size_t find_key(const struct strv *v, const char *key, size_t len)
{
	size_t i = 0;

	while (i < v->len && (strncmp(v->item[i], key, len) != 0 || v->item[i][len] != '='))
		i++;
	return i;
}

int strv_set_env(struct strv *v, const char *assignment, struct err *e)
{
	const char *eq = strchr(assignment, '=');
	size_t at;
	char *text;

	if (!eq || eq == assignment)
		return err_set(e, ERR_INPUT, 0, "\"%.100s\" is not KEY=VALUE", assignment);
	at = find_key(v, assignment, (size_t)(eq - assignment));
	if (at == v->len)
		return strv_add(v, assignment, e);
	text = strdup(assignment);
	if (!text)
		return no_memory(e);
	free(v->item[at]);
	v->item[at] = text;
	return 0;
}

const char *strv_env(const struct strv *v, const char *key)
{
	size_t len = strcspn(key, "="), at = find_key(v, key, len);

	/* A key with '=' in it would find the value of a shorter one. */
	return !key[len] && at < v->len ? v->item[at] + len + 1 : NULL;
}

int strv_copy(struct strv *to, const struct strv *from, struct err *e)
{
	for (size_t i = 0; i < from->len; i++)
		if (strv_add(to, from->item[i], e)) {
			strv_done(to);
			return -1;
		}
	return 0;
}

bool strv_has(const struct strv *v, const char *text)
{
	for (size_t i = 0; i < v->len; i++)
		if (strcmp(v->item[i], text) == 0)
			return true;
	return false;
}

void strv_done(struct strv *v)
{
	for (size_t i = 0; i < v->len; i++)
		free(v->item[i]);
	free(v->item);
	*v = (struct strv){ 0 };
}

int str_copy(const char *text, char **ret, struct err *e)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		return no_memory(e);
	*ret = copy;
	return 0;
}

int str_print(char **ret, struct err *e, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return no_memory(e);
	*ret = text;
	return 0;
}

bool str_starts(const char *text, const char *front)
{
	return strncmp(text, front, strlen(front)) == 0;
}

bool str_ends(const char *text, const char *back)
{
	size_t n = strlen(text), m = strlen(back);

	return n >= m && strcmp(text + n - m, back) == 0;
}
