/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detach_keys.h - the keys that let go of a container's terminal, and what is typed without them.
 *
 * Podman's grammar: keys with commas between them, each one printable ASCII character, "ctrl-" with one of a-z @ [ \ ] ^ _,
 * or DEL. "" is no keys at all: nothing detaches.
 */
#ifndef SECCTR_CLI_DETACH_KEYS_H
#define SECCTR_CLI_DETACH_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "launcher/base/err.h"

enum { DETACH_KEYS_MAX = 16 };
#define DETACH_KEYS_DEFAULT "ctrl-p,ctrl-q"

struct detach_keys {
	char key[DETACH_KEYS_MAX];
	size_t len;		/* 0: none */
	size_t held;		/* so many of them were typed: they go to the container when the next one is another */
};

/* NULL: the default. ERR_USAGE names the option and the key. */
int detach_keys_parse(const char *text, struct detach_keys *ret, struct err *e) MUST_CHECK NONNULL(2, 3);

/*
 * What is left of `n` typed bytes for the container, at most n + DETACH_KEYS_MAX; *ret_n is its length. True: the keys were
 * typed; what followed them is dropped.
 */
bool detach_keys_take(struct detach_keys *d, const char *typed, size_t n, char *to, size_t *ret_n) MUST_CHECK;

#endif
