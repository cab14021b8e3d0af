/* SPDX-License-Identifier: Apache-2.0 */
/* tar_header.c - see tar_header.h. */
#include "launcher/image/tar_header.h"

#include <stdio.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"

#define OCTAL_7	 07777777U
#define OCTAL_11 077777777777ULL

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2],
	     user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == TAR_BLOCK, "ustar header");

static const char zeros[2 * TAR_BLOCK];

/* The record's length counts its own digits. */
int tar_pax_add(struct str *pax, const char *key, const void *value, size_t n, struct err *e)
{
	size_t rest = strlen(key) + n + 3, length = rest;

	for (size_t before = 0; before != length; ) {
		char digits[24];

		before = length;
		length = rest + (size_t)snprintf(digits, sizeof(digits), "%zu", before);
	}
	return str_addf(pax, e, "%zu %s=", length, key) || (n && str_add_bytes(pax, value, n, e)) || str_add(pax, "\n", e) ? -1 : 0;
}

static int add_number(struct str *pax, const char *key, uint64_t n, struct err *e)
{
	char text[24];

	return tar_pax_add(pax, key, text, (size_t)snprintf(text, sizeof(text), "%ju", (uintmax_t)n), e);
}

static int add_text(struct str *pax, const char *key, const char *text, size_t max, struct err *e)
{
	return strlen(text) > max ? tar_pax_add(pax, key, text, strlen(text), e) : 0;
}

/* Names of pax are UTF-8 unless the header says that they are just bytes. */
static int add_what_does_not_fit(const struct tar_entry *t, struct str *pax, struct err *e)
{
	size_t before = pax->len;

	if (add_text(pax, "path", t->name, 100, e) || add_text(pax, "linkpath", t->link, 100, e))
		return -1;
	if (pax->len != before && !(str_is_utf8(t->name, strlen(t->name)) && str_is_utf8(t->link, strlen(t->link)))) {
		auto_str struct str all = { 0 };

		if (tar_pax_add(&all, "hdrcharset", "BINARY", 6, e) || str_add_bytes(&all, pax->text, pax->len, e))
			return -1;
		str_done(pax);
		*pax = all;
		all = (struct str){ 0 };
	}
	return (t->uid > OCTAL_7 && add_number(pax, "uid", t->uid, e)) || (t->gid > OCTAL_7 && add_number(pax, "gid", t->gid, e)) ||
	       (t->size > OCTAL_11 && add_number(pax, "size", t->size, e)) ? -1 : 0;
}

static void put_octal(char *to, size_t digits, uint64_t value, uint64_t max)
{
	char text[24];

	snprintf(text, sizeof(text), "%0*llo", (int)digits, (unsigned long long)(value > max ? 0 : value));
	memcpy(to, text, digits + 1);
}

static int put_block(int fd, const struct tar_entry *t, char type, uint64_t size, struct err *e)
{
	struct header h = { .type = type, .checksum = { ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ' }, .magic = "ustar",
			    .version = { '0', '0' } };
	size_t name = strlen(t->name), link = strlen(t->link);
	unsigned sum = 0;

	memcpy(h.name, t->name, name < sizeof(h.name) ? name : sizeof(h.name));
	memcpy(h.link, t->link, link < sizeof(h.link) ? link : sizeof(h.link));
	put_octal(h.mode, 7, t->mode, OCTAL_7);
	put_octal(h.uid, 7, t->uid, OCTAL_7);
	put_octal(h.gid, 7, t->gid, OCTAL_7);
	put_octal(h.size, 11, size, OCTAL_11);
	put_octal(h.mtime, 11, t->mtime > 0 ? (uint64_t)t->mtime : 0, OCTAL_11);
	put_octal(h.major, 7, t->major, OCTAL_7);
	put_octal(h.minor, 7, t->minor, OCTAL_7);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += ((const unsigned char *)&h)[i];
	snprintf(h.checksum, sizeof(h.checksum), "%06o", sum & 0777777);
	return io_write_all(fd, &h, sizeof(h), "archive", e);
}

int tar_put_header(int fd, const struct tar_entry *t, struct str *pax, struct err *e)
{
	static const struct tar_entry extended = { .name = "PaxHeaders.0/entry", .link = "", .mode = 0644 };

	if (add_what_does_not_fit(t, pax, e))
		return -1;
	if (pax->len && (put_block(fd, &extended, 'x', pax->len, e) || io_write_all(fd, pax->text, pax->len, "archive", e) ||
			 (pax->len % TAR_BLOCK && io_write_all(fd, zeros, TAR_BLOCK - pax->len % TAR_BLOCK, "archive", e))))
		return -1;
	return put_block(fd, t, t->type, t->type == TAR_FILE ? t->size : 0, e);
}

int tar_put_end(int fd, struct err *e)
{
	return io_write_all(fd, zeros, sizeof(zeros), "archive", e);
}
