/* SPDX-License-Identifier: Apache-2.0 */
/* ids.c - random ids, their UUIDs, and the grammar of names. */
#include "launcher/base/ids.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static const char hex[] = "0123456789abcdef";

static int random_bytes(void *to, size_t n, struct err *e)
{
	/* Up to 256 bytes come whole or not at all (getrandom(2)). */
	if (getrandom(to, n, 0) != (ssize_t)n)
		return err_set(e, ERR_SYSTEM, errno, "getrandom");
	return 0;
}

int id_new(char ret[ID_HEX + 1], struct err *e)
{
	unsigned char raw[ID_HEX / 2];

	if (random_bytes(raw, sizeof(raw), e))
		return -1;
	/* RFC 4122 section 4.4, so that the id begins with its own UUID. */
	raw[6] = (unsigned char)((raw[6] & 0x0f) | 0x40);
	raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(raw); i++) {
		ret[2 * i] = hex[raw[i] >> 4];
		ret[2 * i + 1] = hex[raw[i] & 15];
	}
	ret[ID_HEX] = '\0';
	return 0;
}

void id_uuid(const char id[ID_HEX + 1], char ret[UUID_TEXT + 1])
{
	char first[33];

	memcpy(first, id, 32);
	first[32] = '\0';
	/* An id that an engine gave us is random in these places too. */
	first[12] = '4';
	first[16] = "89ab"[(strchr(hex, first[16]) - hex) & 3];
	snprintf(ret, UUID_TEXT + 1, "%.8s-%.4s-%.4s-%.4s-%.12s", first, first + 8, first + 12,
		 first + 16, first + 20);
}

bool id_is_valid(const char *text)
{
	return strspn(text, hex) == ID_HEX && text[ID_HEX] == '\0';
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int name_check(const char *what, const char *name, struct err *e)
{
	if (!*name)
		return err_set(e, ERR_INPUT, 0, "%s: is empty", what);
	for (size_t i = 0; name[i]; i++) {
		char c = name[i];

		if (i >= NAME_MAX_LEN)
			return err_set(e, ERR_LIMIT, 0, "%s: longer than %d characters", what, NAME_MAX_LEN);
		if (is_alnum(c) || (i && strchr("_.-", c)))
			continue;
		return err_set(e, ERR_INPUT, 0, c > 0x20 && c < 0x7f ?
			       "%s: character %zu ('%c') is not allowed %s" :
			       "%s: character %zu (byte 0x%02x) is not allowed %s", what, i + 1,
			       (unsigned char)c, i ? "(letters, digits, _ . -)" :
			       "(a name starts with a letter or digit)");
	}
	return 0;
}

static const char *const how[] = {
	"able", "amber", "blue", "bold", "brave", "brief", "bright", "brisk", "calm", "clear", "clever",
	"cool", "crisp", "curious", "deep", "eager", "early", "exact", "fair", "fast", "fine", "firm",
	"fresh", "frank", "gentle", "glad", "golden", "grand", "green", "happy", "honest", "humble",
	"keen", "kind", "late", "light", "lively", "lucid", "mellow", "merry", "mild", "modest", "neat",
	"noble", "patient", "plain", "proud", "quick", "quiet", "rapid", "ready", "red", "round", "serene",
	"sharp", "silent", "silver", "smart", "steady", "sunny", "swift", "tidy", "warm", "wise",
};
static const char *const bird[] = {
	"auk", "avocet", "bittern", "bunting", "buzzard", "chough", "condor", "coot", "crane", "crow",
	"curlew", "dipper", "dove", "dunlin", "eagle", "egret", "eider", "falcon", "finch", "gannet",
	"godwit", "goose", "grebe", "gull", "harrier", "hawk", "heron", "hoopoe", "ibis", "jackdaw", "jay",
	"kestrel", "kite", "knot", "lapwing", "lark", "linnet", "loon", "magpie", "martin", "merlin",
	"oriole", "osprey", "ouzel", "owl", "petrel", "pipit", "plover", "puffin", "quail", "rail",
	"raven", "robin", "rook", "shrike", "siskin", "skua", "snipe", "starling", "swift", "tern",
	"thrush", "wagtail", "wren",
};

int name_make(char ret[NAME_MAX_LEN + 1], struct err *e)
{
	unsigned char raw[2];

	if (random_bytes(raw, sizeof(raw), e))
		return -1;
	snprintf(ret, NAME_MAX_LEN + 1, "%s_%s", how[raw[0] % ARRAY_LEN(how)], bird[raw[1] % ARRAY_LEN(bird)]);
	return 0;
}
