/* SPDX-License-Identifier: Apache-2.0 */
/* detach_keys.c - see detach_keys.h. */
#include "launcher/cli/detach_keys.h"

#include <string.h>

#include "launcher/base/str.h"

/* The code of one word of n bytes, or -1. Control characters are the letters' codes without bits 5 and 6 (ASCII). */
static int key_code(const char *word, size_t n)
{
	static const char controls[] = "@abcdefghijklmnopqrstuvwxyz[\\]^_";

	if (n == 1)
		return *word > ' ' && *word <= '~' ? *word : *word == ' ' ? ' ' : -1;
	if (n == 3 && memcmp(word, "DEL", 3) == 0)
		return 0x7f;
	if (n != 6 || memcmp(word, "ctrl-", 5) != 0 || !strchr(controls, word[5]))
		return -1;
	return word[5] & 0x1f;
}

int detach_keys_parse(const char *text, struct detach_keys *ret, struct err *e)
{
	struct detach_keys d = { .len = 0 };
	const char *at = text ? text : DETACH_KEYS_DEFAULT;

	while (*at) {
		size_t n = strcspn(at, ",");
		int code = key_code(at, n);

		if (code < 0)
			return err_set(e, ERR_USAGE, 0, "--detach-keys: \"%.*s\": a key is one character, ctrl- with one of "
				       "a-z @ [ \\ ] ^ _, or DEL", n > 32 ? 32 : (int)n, at);
		if (d.len == DETACH_KEYS_MAX)
			return err_set(e, ERR_USAGE, 0, "--detach-keys: more than %d keys", DETACH_KEYS_MAX);
		d.key[d.len++] = (char)code;
		at += n;
		if (*at == ',' && !*++at)
			return err_set(e, ERR_USAGE, 0, "--detach-keys: nothing after the last comma");
	}
	*ret = d;
	return 0;
}

/* The keys that were typed are no sequence any more with `c` behind them, but their end may be the start of one. */
static size_t fall_back(const struct detach_keys *d, char c)
{
	size_t keep = d->held;

	while (keep > 0 && !(memcmp(d->key, d->key + d->held - keep, keep) == 0 && d->key[keep] == c && keep < d->held))
		keep--;
	return keep;
}

bool detach_keys_take(struct detach_keys *d, const char *typed, size_t n, char *to, size_t *ret_n)
{
	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		size_t keep;

		if (d->len && typed[i] == d->key[d->held]) {
			if (++d->held == d->len) {
				d->held = 0;
				return true;
			}
			continue;
		}
		keep = fall_back(d, typed[i]);
		memcpy(to + *ret_n, d->key, d->held - keep);
		*ret_n += d->held - keep;
		d->held = keep;
		if (d->len && typed[i] == d->key[keep])
			d->held++;
		else
			to[(*ret_n)++] = typed[i];
	}
	return false;
}
