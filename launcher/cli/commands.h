/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - every row of the command table, each defined in its cmd_*.c. */
#ifndef SECCTR_CLI_COMMANDS_H
#define SECCTR_CLI_COMMANDS_H

#include "launcher/cli/command.h"

extern const struct command cmd_run, cmd_exec, cmd_ps, cmd_stop, cmd_kill, cmd_rm, cmd_inspect, cmd_cleanup;

#endif
