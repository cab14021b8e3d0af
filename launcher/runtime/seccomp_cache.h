/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp_cache.h - compiled filters as files, one per key.
 *
 * A file is one header and the instructions of both programs, read in one read(2). The header
 * repeats the key, so that a renamed file is no other filter, and has the SHA-256 of each
 * program, which are the ones of the audit records.
 */
#ifndef SECCTR_RUNTIME_SECCOMP_CACHE_H
#define SECCTR_RUNTIME_SECCOMP_CACHE_H

#include "launcher/runtime/seccomp.h"

#define SECCOMP_CACHE_DIR "seccomp"	/* in the directory `run` of the functions, which root alone can enter */

int seccomp_cache_key(const struct plan_seccomp *p, struct digest *ret, struct err *e) MUST_CHECK;

/* true and *ret filled, or false: not there, or not to be trusted. */
bool seccomp_cache_get(int run, const struct digest *key, struct seccomp_filters *ret);

int seccomp_cache_put(int run, const struct digest *key, const struct seccomp_filters *f,
		      struct err *e) MUST_CHECK;

#endif
