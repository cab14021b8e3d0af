/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partials.h - blobs that are on their way from a registry: partial/HEX, named by the digest that they shall have.
 *
 * What is in such a file is nobody's word: who opens it hashes it. It stays when a pull is interrupted, so that the next one goes on there,
 * and goes when the image is in the store, or with `image prune`.
 */
#ifndef SECCTR_STORE_PARTIALS_H
#define SECCTR_STORE_PARTIALS_H

#include <stdbool.h>

#include "launcher/base/err.h"
#include "launcher/store/store.h"

/* The directory, made if it is missing. A descriptor. */
int partials_open(const struct store *s, struct err *e) MUST_CHECK;

/*
 * The file of `digest` (digest_is_valid()), made if it is missing, for reading and writing, and locked (flock) until it is closed. *ret is
 * -1, without an error, while another process has it.
 */
int partial_take(int partials, const char *digest, int *ret, struct err *e) MUST_CHECK;
/* Whole and checked: it gets the further name `name` in `dir` on the same file system. */
int partial_give(int partials, const char *digest, int dir, const char *name, struct err *e) MUST_CHECK;
/* Unless another process has it. */
void partial_remove(int partials, const char *digest);
/* All that nobody has. */
int partials_remove(const struct store *s, struct err *e) MUST_CHECK;

#endif
