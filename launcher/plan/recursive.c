/* SPDX-License-Identifier: Apache-2.0 */
/* recursive.c - see recursive.h. */
#include "launcher/plan/recursive.h"

#include <string.h>
#include <sys/mount.h>

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000	/* linux/mount.h, 5.14 */
#endif

static const struct row {
	const char *word;
	uint64_t set, clear;
} rows[] = {
	{ "rro", MOUNT_ATTR_RDONLY, 0 },		{ "rrw", 0, MOUNT_ATTR_RDONLY },
	{ "rnosuid", MOUNT_ATTR_NOSUID, 0 },		{ "rsuid", 0, MOUNT_ATTR_NOSUID },
	{ "rnodev", MOUNT_ATTR_NODEV, 0 },		{ "rdev", 0, MOUNT_ATTR_NODEV },
	{ "rnoexec", MOUNT_ATTR_NOEXEC, 0 },		{ "rexec", 0, MOUNT_ATTR_NOEXEC },
	{ "rnodiratime", MOUNT_ATTR_NODIRATIME, 0 },	{ "rdiratime", 0, MOUNT_ATTR_NODIRATIME },
	{ "rnosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0 },	{ "rsymfollow", 0, MOUNT_ATTR_NOSYMFOLLOW },
	/* One of three: the kernel wants the whole field cleared with each. */
	{ "rnoatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME },
	{ "rstrictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME },
	{ "rrelatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
	/* Back to the kernel's own, which is relatime. */
	{ "ratime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
	{ "rnostrictatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
	/* There is no mount without one of the three, and relatime is it where no other is. */
	{ "rnorelatime", 0, 0 },
};

static const struct row *find(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].word, word) == 0)
			return &rows[i];
	return NULL;
}

bool recursive_is_option(const char *word)
{
	return find(word) != NULL;
}

void recursive_bits(const struct strv *words, uint64_t *ret_set, uint64_t *ret_clear)
{
	*ret_set = *ret_clear = 0;
	for (size_t i = 0; i < words->len; i++) {
		const struct row *r = find(words->item[i]);

		if (!r)
			continue;
		*ret_set = (*ret_set & ~r->clear) | r->set;
		*ret_clear |= r->clear;
	}
}

const char *recursive_word(size_t i)
{
	return i < ARRAY_LEN(rows) ? rows[i].word : NULL;
}
