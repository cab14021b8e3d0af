/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ids.h - container ids, UUIDs and names.
 *
 * An id is 256 random bits in lower-case hex, as Podman's. The UUID of the audit
 * records is its first 128 bits in RFC 4122 form with version 4 and variant set
 * in both (auvirt ignores records whose uuid= is not well-formed).
 */
#ifndef SECCTR_BASE_IDS_H
#define SECCTR_BASE_IDS_H

#include <stdbool.h>

#include "launcher/base/err.h"

enum { ID_HEX = 64, UUID_TEXT = 36, NAME_MAX_LEN = 64 };

int id_new(char ret[ID_HEX + 1], struct err *e) MUST_CHECK;
/* `id` is one that id_is_valid() takes, also one that an engine gave us. */
void id_uuid(const char id[ID_HEX + 1], char ret[UUID_TEXT + 1]);
bool id_is_valid(const char *text);		/* 64 lower-case hex digits */

/*
 * [A-Za-z0-9][A-Za-z0-9_.-]{0,63}: no blank, quote, slash or control character
 * can reach a path, a record or a unit through a name (crun before 1.28 took
 * `x' auid=0`). The refusal says which character at which place.
 */
int name_check(const char *what, const char *name, struct err *e) MUST_CHECK;
/* A made-up name of two words, e.g. "quiet_heron"; not necessarily free. */
int name_make(char ret[NAME_MAX_LEN + 1], struct err *e) MUST_CHECK;

#endif
