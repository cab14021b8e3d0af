/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.h - one question to a program of ours that runs without power (powerless.h), and its answer.
 *
 *	0 /dev/null   1 the answer   2 the caller's   3 the job   4... the inputs
 *
 * The program has the ids of an account, no group, no capability, an environment of one locale, and dies with who asked. Its answer is
 * foreign: bounded in size and time here, and to be checked by who asked.
 */
#ifndef SECCTR_BASE_WORKER_H
#define SECCTR_BASE_WORKER_H

#include <stddef.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum { WORKER_JOB_FD = 3, WORKER_INPUT_FD, WORKER_INPUTS_MAX = 8 };

struct worker {
	const char *program;		/* path; all of this is borrowed */
	const char *account;		/* "secctr-evidence" (powerless_account()); the program's name too */
	const void *job;
	size_t job_n;
	const int *fd;			/* inputs */
	size_t n;
	size_t answer_max;		/* bytes */
	unsigned wait_ms;		/* until it is killed; 0: as long as it takes */
};

/* ERR_TIMEOUT, ERR_LIMIT; what the program said, in its words; ERR_INPUT: it was ended by a signal. */
int worker_run(const struct worker *w, struct str *ret, struct err *e) MUST_CHECK;

/* A file without a name that has these bytes and stands at its beginning; to be read only. */
int worker_file(const void *bytes, size_t n, int *ret_fd, struct err *e) MUST_CHECK;

/* The program's side: give the answer (r 0) or *e, and end. */
_Noreturn void worker_end(int r, const struct str *answer, const struct err *e);

#endif
