/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - what the fuzz targets share: a demand, and cutting an input into pieces.
 *
 * Every piece is its own allocation of its exact size, so that the address sanitizer sees a read of one
 * byte too many.
 */
#ifndef SECCTR_TESTS_FUZZ_H
#define SECCTR_TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define DEMAND(x)								\
	do {									\
		if (!(x)) {							\
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x);	\
			abort();						\
		}								\
	} while (0)

struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

/* The next number; 0 at the end. */
static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

/* The first n bytes of the rest and a NUL behind them. */
static inline char *fuzz_take(struct fuzz_input *in, size_t n)
{
	char *text = malloc(n + 1);

	DEMAND(text && n <= in->left);
	if (n)
		memcpy(text, in->at, n);
	text[n] = '\0';
	in->at += n;
	in->left -= n;
	return text;
}

/* Up to the next byte `stop`, which is passed over, or the end. */
static inline char *fuzz_until(struct fuzz_input *in, char stop, size_t *ret_n)
{
	const uint8_t *end = in->left ? memchr(in->at, stop, in->left) : NULL;
	size_t n = end ? (size_t)(end - in->at) : in->left;
	char *text = fuzz_take(in, n);

	if (end)
		(void)fuzz_byte(in);
	if (ret_n)
		*ret_n = n;
	return text;
}

static inline char *fuzz_word(struct fuzz_input *in)
{
	return fuzz_until(in, '\0', NULL);
}

/* A memory file of these bytes, at its beginning. */
static inline int fuzz_file(const void *bytes, size_t n)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	DEMAND(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* What every refusal owes to who reads it: a reason, and one line of text. */
static inline void fuzz_refused(const struct err *e)
{
	DEMAND(e->text[0] && (unsigned)e->reason < ERR_REASON_COUNT);
	for (const char *c = e->text; *c; c++)
		DEMAND((unsigned char)*c >= 0x20 && *c != 0x7f);
}

#endif
