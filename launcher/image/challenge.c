/* SPDX-License-Identifier: Apache-2.0 */
/* challenge.c - see challenge.h. */
#include "launcher/image/challenge.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 64 };

static bool is_token(char c)
{
	return c > ' ' && c <= '~' && !strchr("()<>@,;:\\\"/[]?={}", c);
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

static int malformed(struct err *e)
{
	return err_set(e, ERR_INPUT, 0, "WWW-Authenticate: malformed");
}

static size_t token_length(const char *p)
{
	size_t n = 0;

	while (is_token(p[n]))
		n++;
	return n;
}

/* A quoted string or a token behind '='; `to` has room for `max` bytes and a NUL, NULL: nobody wants it. */
static int read_value(const char **p, char *to, size_t max, struct err *e)
{
	bool quoted = **p == '"';
	size_t n = 0;

	for (*p += quoted; quoted ? **p != '"' : is_token(**p) || (**p && strchr("/:=", **p)); ++*p) {
		if (quoted && **p == '\\')
			++*p;
		if (**p < ' ' || **p > '~')
			return malformed(e);
		if (to && n == max)
			return err_set(e, ERR_LIMIT, 0, "WWW-Authenticate: a value of more than %zu bytes", max);
		if (to)
			to[n++] = **p;
	}
	*p += quoted;
	if (to)
		to[n] = '\0';
	return 0;
}

/* Where the value of this parameter goes; NULL: nowhere. */
static int find_place(struct challenge *c, const char *name, size_t n, char **to, size_t *max, struct err *e)
{
	const struct {
		const char *name;
		char *to;
		size_t max;
	} places[] = {
		{ "realm", c->realm, CHALLENGE_REALM_MAX }, { "service", c->service, CHALLENGE_TEXT_MAX }, { "scope", c->scope, CHALLENGE_TEXT_MAX },
	};

	*to = NULL;
	*max = 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (strlen(places[i].name) == n && strncasecmp(name, places[i].name, n) == 0) {
			if (*places[i].to)
				return err_set(e, ERR_INPUT, 0, "WWW-Authenticate: %s twice", places[i].name);
			*to = places[i].to;
			*max = places[i].max;
		}
	return 0;
}

/* Parameters until the next scheme, which is a word without '=' behind it, or the end. */
static int read_parameters(const char **p, struct challenge *c, struct err *e)
{
	for (;;) {
		const char *name = *p = skip_blanks(*p), *behind;
		size_t n = token_length(name), max;
		char *to;

		behind = skip_blanks(name + n);
		if (!n || n > NAME_MAX_BYTES || *behind != '=')
			return 0;
		*p = skip_blanks(behind + 1);
		if (find_place(c, name, n, &to, &max, e) < 0 || read_value(p, to, max, e) < 0)
			return -1;
		*p = skip_blanks(*p);
		if (**p && **p != ',')
			return malformed(e);
		*p += strspn(*p, ", \t");
	}
}

int challenge_read(const char *text, struct challenge *c, struct err *e)
{
	const char *p = text + strspn(text, ", \t");

	while (*p) {
		struct challenge one = { 0 };
		size_t n = token_length(p);

		if (!n || n > NAME_MAX_BYTES || (p[n] && !strchr(" \t,", p[n])))
			return malformed(e);
		if (n == strlen("Bearer") && strncasecmp(p, "Bearer", n) == 0)
			one.scheme = CHALLENGE_BEARER;
		else if (n == strlen("Basic") && strncasecmp(p, "Basic", n) == 0)
			one.scheme = CHALLENGE_BASIC;
		p += n;
		p += strspn(p, ", \t");
		if (read_parameters(&p, &one, e) < 0)
			return -1;
		if (one.scheme == CHALLENGE_BEARER && !*one.realm)
			return err_set(e, ERR_INPUT, 0, "WWW-Authenticate: Bearer without a realm");
		if (one.scheme > c->scheme)
			*c = one;
		/* What is no challenge (a token68 of Negotiate) would be read as a scheme; nothing of it is used. */
	}
	return 0;
}
