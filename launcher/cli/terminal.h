/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal.h - the person's own terminal, while a container's has its place: raw, and put back on every way out.
 *
 * There is one for the process (standard input). Whoever calls terminal_raw() calls terminal_restore() before it returns,
 * stops, or dies of a signal; for signals of a program error (SIGSEGV, ...) that is done here. SIGKILL alone
 * leaves it raw: `reset` mends that.
 */
#ifndef SECCTR_CLI_TERMINAL_H
#define SECCTR_CLI_TERMINAL_H

#include <stdbool.h>
#include <sys/ioctl.h>

#include "launcher/base/err.h"

bool terminal_is(void);				/* standard input is one */
/* Rows and columns; all 0 where standard input is no terminal or nobody knows. */
struct winsize terminal_size(void);

/* As cfmakeraw(3). In the background this stops the process, as for any program that wants the terminal. */
int terminal_raw(struct err *e) MUST_CHECK;
/* As it was before. Does nothing where it was not raw. */
void terminal_restore(void);

/* Restore, stop as SIGTSTP asks; raw again when the process goes on. */
void terminal_stop(void);
/* Restore, then die of `sig` as if it had never been caught. */
void terminal_die(int sig) NORETURN;

/* Podman's words where a terminal was asked for and there is none to type on. */
void terminal_warn_if_none(void);

#endif
