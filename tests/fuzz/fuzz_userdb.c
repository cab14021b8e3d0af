/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_userdb.c - a request and the image's two files, as USER NUL PASSWD NUL GROUP.
 *
 * No answer is 4294967295, and nobody becomes root who was not written as 0: checked with an own, simpler reading
 * of the passwd text.
 */
#include "launcher/base/path.h"
#include "launcher/store/userdb.h"
#include "tests/fuzz/fuzz.h"

static bool digits(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return n > 0;
}

/* Field `want` of the first line whose first field is `name`. */
static bool field_of(const char *text, const char *name, int want, const char **ret, size_t *ret_n)
{
	size_t n = strlen(name);

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *at = line;

		if (strcspn(line, "\n") > USERDB_LINE_MAX || strncmp(line, name, n) != 0 ||
		    (line[n] != ':' && line[n] != '\n' && line[n]))
			continue;
		for (int i = 0; i < want; i++) {
			at += strcspn(at, ":\n");
			if (*at != ':')
				return false;
			at++;
		}
		*ret = at;
		*ret_n = strcspn(at, ":\n");
		return true;
	}
	return false;
}

static void is_id(const char *text, size_t n, uint32_t id)
{
	unsigned __int128 value = 0;

	DEMAND(digits(text, n));
	for (size_t i = 0; i < n && value <= UINT32_MAX; i++)
		value = value * 10 + (unsigned)(text[i] - '0');
	DEMAND(value == id);
}

static void right(char *who, const char *passwd, const char *group, const struct userdb_ids *u)
{
	char *colon = strchr(who, ':');
	const char *text;
	size_t n;

	if (colon)
		*colon++ = '\0';
	if (!*who) {
		DEMAND(!u->uid);
	} else if (digits(who, strlen(who))) {
		is_id(who, strlen(who), u->uid);
	} else {
		DEMAND(field_of(passwd, who, 2, &text, &n));
		is_id(text, n, u->uid);
	}
	if (colon && digits(colon, strlen(colon))) {
		is_id(colon, strlen(colon), u->gid);
	} else if (colon) {
		DEMAND(field_of(group, colon, 2, &text, &n));
		is_id(text, n, u->gid);
	}
	DEMAND(u->uid <= 4294967294u && u->gid <= 4294967294u && path_is_canonical(u->home));
	DEMAND(u->n_groups <= USERDB_GROUPS_MAX && (!colon || !u->n_groups));
	for (size_t i = 0; i < u->n_groups; i++) {
		DEMAND(u->groups[i] <= 4294967294u && u->groups[i] != u->gid);
		DEMAND(!i || u->groups[i] > u->groups[i - 1]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fuzz_input in = { bytes, n };
	auto_free char *who = fuzz_word(&in), *passwd = fuzz_word(&in), *group = NULL;
	struct str p = { passwd, strlen(passwd), 0 }, g = { NULL, in.left, 0 };
	auto_userdb struct userdb_ids u = { 0 };
	struct err e = { 0 };

	g.text = group = fuzz_take(&in, in.left);
	if (userdb_resolve(who, &p, &g, &u, &e) < 0) {
		fuzz_refused(&e);
		DEMAND(e.reason == ERR_INPUT || e.reason == ERR_LIMIT || e.reason == ERR_NOTFOUND);
		return 0;
	}
	DEMAND(!memchr(group, 0, g.len));
	right(who, passwd, group, &u);
	return 0;
}
