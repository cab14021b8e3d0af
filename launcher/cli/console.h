/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console.h - a terminal's master for an engine: one message with one descriptor to the socket that it listens on.
 *
 * The message's bytes name the file, as runc's do ("/dev/ptmx"); readers look at the descriptor.
 */
#ifndef SECCTR_CLI_CONSOLE_H
#define SECCTR_CLI_CONSOLE_H

#include "launcher/base/err.h"

/* `path`: of a stream socket, at most 107 bytes as the kernel has it. */
int console_send(const char *path, int master, struct err *e) MUST_CHECK;

#endif
