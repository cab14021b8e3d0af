/* SPDX-License-Identifier: Apache-2.0 */
/* live.c - is the process that runs the one that was planned? Read from the kernel through a private procfs. */
#include <stdio.h>
#include <string.h>

#include "audit/identity.h"
#include "launcher/base/proc.h"
#include "launcher/monitor/monitor.h"

enum { LABEL_MAX = 4096 };

static int label_is(int procfd, int64_t pid, const char *want, struct err *e)
{
	char path[64], text[LABEL_MAX];

	(void)snprintf(path, sizeof(path), "%lld/attr/current", (long long)pid);
	if (proc_read(procfd, path, text, sizeof(text), e)) {
		e->reason = ERR_LABEL;
		return err_context(e, "the started process");
	}
	/* Bytes: both come from the kernel in its canonical spelling. */
	if (strcmp(text, want) != 0)
		return err_set(e, ERR_LABEL, 0, "the started process has the label %.160s instead of %.160s: it was ended",
			       text, want);
	return 0;
}

/* The pid is not reaped before this returns, so it cannot be another process; a zombie still has all three. */
int live_check(int procfd, const struct monitor_job *job, struct err *e)
{
	if (job->process_label && label_is(procfd, job->pid, job->process_label, e))
		return -1;
	return identity_check_live(procfd, (pid_t)job->pid, (uint32_t)job->auid, (uint32_t)job->ses, e);
}
