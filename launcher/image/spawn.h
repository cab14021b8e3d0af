/* SPDX-License-Identifier: Apache-2.0 */
/* spawn.h - starting secctr-fetch or secctr-registry with nothing but its descriptors. Privileged side. */
#ifndef SECCTR_IMAGE_SPAWN_H
#define SECCTR_IMAGE_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

#include "launcher/base/err.h"

struct fetch_child {
	pid_t pid;	/* 0: none */
	int out;	/* its frames; -1: none */
	const char *what;	/* in errors; set before the start */
};
#define FETCH_CHILD_INIT { 0, -1, "image parser" }

#define FETCH_ACCOUNT "secctr-fetch"
#define REGISTRY_ACCOUNT "secctr-registry"

/*
 * Run `program` with `job` and the n descriptors of `input` at their fixed numbers (job.h), an environment of one
 * locale, /dev/null as standard streams, the account `account` (powerless_account()), no group and no capability.
 */
int fetch_start(const char *program, const char *account, int job, const int *input, size_t n, struct fetch_child *ret, struct err *e) MUST_CHECK;

/* Wait for its end; anything but exit status 0 is an error that says what ended it. */
int fetch_wait(struct fetch_child *c, struct err *e) MUST_CHECK;

/* Kill it if it still runs, and close. */
void fetch_stop(struct fetch_child *c);
#define auto_fetch AUTO(fetch_stop)

#endif
