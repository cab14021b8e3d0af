/* SPDX-License-Identifier: Apache-2.0 */
/* tar.c - headers of ustar, made and recognised. */
#include "audit/evidence/tar.h"

#include <stdio.h>
#include <string.h>

/* Where the fields of a header stand. */
enum {
	AT_NAME = 0, AT_MODE = 100, AT_UID = 108, AT_GID = 116, AT_SIZE = 124, AT_MTIME = 136, AT_SUM = 148, AT_TYPE = 156,
	AT_MAGIC = 257, AT_UNAME = 265, AT_GNAME = 297, AT_MAJOR = 329, AT_MINOR = 337, LONG_DIGITS = 11,
};

bool tar_name_ok(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > TAR_NAME_MAX || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-") != len)
		return false;
	/* No "..", no hidden file, no empty component, not absolute, not a directory. */
	if (name[0] == '/' || name[0] == '.' || name[len - 1] == '/')
		return false;
	for (const char *at = strchr(name, '/'); at; at = strchr(at + 1, '/'))
		if (at[1] == '/' || at[1] == '.')
			return false;
	return true;
}

static void put(char *block, size_t at, const char *text)
{
	memcpy(block + at, text, strlen(text));
}

int tar_header(const struct tar_entry *entry, char ret[static TAR_BLOCK], struct err *e)
{
	char number[32];
	unsigned sum = 0;

	if (!tar_name_ok(entry->name))
		return err_set(e, ERR_INPUT, 0, "%.99s: no name for a member of a bundle", entry->name);
	if (entry->size > TAR_SIZE_MAX || entry->mtime > TAR_SIZE_MAX)
		return err_set(e, ERR_LIMIT, 0, "%.99s: a member of a bundle has at most 8 GB", entry->name);
	memset(ret, 0, TAR_BLOCK);
	put(ret, AT_NAME, entry->name);
	put(ret, AT_MODE, "0000600");
	put(ret, AT_UID, "0000000");
	put(ret, AT_GID, "0000000");
	(void)snprintf(number, sizeof(number), "%011llo", (unsigned long long)entry->size);
	put(ret, AT_SIZE, number);
	(void)snprintf(number, sizeof(number), "%011llo", (unsigned long long)entry->mtime);
	put(ret, AT_MTIME, number);
	put(ret, AT_SUM, "        ");	/* blanks while the sum is taken */
	ret[AT_TYPE] = '0';
	memcpy(ret + AT_MAGIC, "ustar\0" "00", 8);
	put(ret, AT_UNAME, "root");
	put(ret, AT_GNAME, "root");
	put(ret, AT_MAJOR, "0000000");
	put(ret, AT_MINOR, "0000000");
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)ret[i];
	(void)snprintf(number, sizeof(number), "%06o", sum);
	memcpy(ret + AT_SUM, number, 7);	/* and its NUL; the blank behind it stays */
	return 0;
}

static bool octal(const char *at, uint64_t *ret)
{
	uint64_t n = 0;

	for (size_t i = 0; i < LONG_DIGITS; i++) {
		if (at[i] < '0' || at[i] > '7')
			return false;
		n = n << 3 | (uint64_t)(at[i] - '0');
	}
	*ret = n;
	return true;
}

bool tar_parse(const char block[static TAR_BLOCK], struct tar_entry *ret)
{
	struct tar_entry t = { { 0 }, 0, 0 };
	char again[TAR_BLOCK];
	struct err unused;

	if (!memchr(block, '\0', AT_MODE))
		return false;
	memcpy(t.name, block, strnlen(block, TAR_NAME_MAX));
	if (!octal(block + AT_SIZE, &t.size) || !octal(block + AT_MTIME, &t.mtime) || tar_header(&t, again, &unused) ||
	    memcmp(block, again, TAR_BLOCK) != 0)
		return false;
	*ret = t;
	return true;
}
