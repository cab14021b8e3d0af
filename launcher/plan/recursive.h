/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recursive.h - mount options that count for every mount of a recursive bind (config.md, "Linux mount options"): "rro" "rexec" ...
 *
 * Of each pair the later word counts. In bits of mount_setattr(2): first `clear`, then `set`.
 */
#ifndef SECCTR_PLAN_RECURSIVE_H
#define SECCTR_PLAN_RECURSIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/str.h"

bool recursive_is_option(const char *word);
/* What all of them come to; words that are none count for nothing. */
void recursive_bits(const struct strv *words, uint64_t *ret_set, uint64_t *ret_clear);
/* The i-th word, NULL behind the last. */
const char *recursive_word(size_t i);

#endif
