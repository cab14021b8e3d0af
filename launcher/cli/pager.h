/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pager.h - what is written to a terminal goes through a pager, as with git and systemd.
 *
 * $SECCTR_PAGER, else $PAGER, else less; "" and "cat" are none. LESS=FRX where there is no LESS, so a short text is just shown. A pager can
 * start a shell and write files: LESSSECURE=1 forbids it to less, and where root asks, whichever pager it is runs as
 * nobody, without a capability and with no_new_privs, so sudo for a report gives no shell.
 */
#ifndef SECCTR_CLI_PAGER_H
#define SECCTR_CLI_PAGER_H

#include <stdbool.h>
#include <sys/types.h>

#include "launcher/base/err.h"

struct pager {
	pid_t pid;		/* 0: none runs */
	int saved;		/* what standard output was; -1 */
};
#define PAGER_INIT { .pid = 0, .saved = -1 }

/* Standard output becomes the pager's input, if it is a terminal and a pager is asked for; then ^C is the pager's. */
int pager_start(struct pager *p, struct err *e) MUST_CHECK;
/* Waits until the person has seen enough, and puts standard output back. */
void pager_end(struct pager *p);
#define auto_pager AUTO(pager_end)

#endif
