/* SPDX-License-Identifier: Apache-2.0 */
/* main.h - the command line as a function, for main() and for tests. */
#ifndef SECCTR_CLI_MAIN_H
#define SECCTR_CLI_MAIN_H

#include "launcher/base/err.h"

/* 0, 1 and 2 are ours from here on: what a caller left closed must not become a file of ours. */
int cli_standard_streams(struct err *e) MUST_CHECK;

/* The exit status: the command's own, or 125, 126, 127 by err_exit_status(). */
int cli_main(int argc, const char *const argv[]);

#endif
