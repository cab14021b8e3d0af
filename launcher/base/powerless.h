/* SPDX-License-Identifier: Apache-2.0 */
/*
 * powerless.h - a program that reads foreign data gives up what it does not need, before it looks at a byte of it.
 *
 * Afterwards it can read and write its open descriptors, use memory (`bytes`) and end; it opens no
 * file, makes no process and no socket, maps nothing executable. A call beyond that ends it with SIGSYS;
 * openat() fails with EACCES instead, as libraries look for optional files.
 */
#ifndef SECCTR_BASE_POWERLESS_H
#define SECCTR_BASE_POWERLESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launcher/base/err.h"

struct powerless {
	uint64_t bytes;			/* of address space */
	unsigned cpu_seconds;		/* 0: no bound */
	bool writes_files;		/* a descriptor it has may be a file it makes longer */
	const int *call;		/* system calls beside those that everybody may make */
	size_t n_calls;
};

/* Refuses (ERR_STATE) to go on as uid or gid 0, with supplementary groups, or with a capability. */
int powerless_enter(const struct powerless *p, struct err *e) MUST_CHECK;

#endif
