/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c - the command table, in the order in which `secctr help` shows it. */
#include "launcher/cli/commands.h"

const struct command *const commands[] = {
	&cmd_run,
	&cmd_exec,
	&cmd_ps,
	&cmd_stop,
	&cmd_kill,
	&cmd_rm,
	&cmd_inspect,
	&cmd_cleanup,
	NULL
};
