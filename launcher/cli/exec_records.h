/* SPDX-License-Identifier: Apache-2.0 */
/* exec_records.h - the records of one more process in a container: that it starts with what command line, and how it ended. */
#ifndef SECCTR_CLI_EXEC_RECORDS_H
#define SECCTR_CLI_EXEC_RECORDS_H

#include "audit/writer.h"
#include "launcher/cli/command.h"
#include "launcher/plan/plan.h"

struct exec_facts {
	const struct context *c;
	const char *reason;		/* "cli", "oci" */
	const char *vm, *uuid;
	const char *id;			/* of a command whose end is recorded; "" of another */
	const struct plan_process *process;
	pid_t pid;
	uint32_t ses;
	bool require;			/* no record, no run */
};

/* Nothing where the writer is closed. */
int exec_records_start(const struct exec_facts *f, struct audit_writer *w, struct err *e) MUST_CHECK;
int exec_records_end(const struct exec_facts *f, int code, int sig, struct err *e) MUST_CHECK;

#endif
