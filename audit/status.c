/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - whether the kernel's audit state lets a record reach a disk. */
#include "audit/status.h"

#include <stdio.h>
#include <string.h>

#include "launcher/base/proc.h"

/* The registered PID stays in the kernel after auditd was killed, until a record cannot be delivered. */
static int check_auditd(int procfd, uint32_t pid, struct err *e)
{
	char path[32], stat[512], *state;

	if (!pid)
		return err_set(e, ERR_AUDIT, 0, "no audit daemon is registered, so no record would be stored: "
			       "start auditd (systemctl start auditd)");
	(void)snprintf(path, sizeof(path), "%u/stat", pid);
	if (proc_read(procfd, path, stat, sizeof(stat), e))
		return err_set(e, ERR_AUDIT, 0, "the audit daemon (process %u) is gone: restart auditd "
			       "(service auditd restart)", pid);
	/* The command name in parentheses may hold anything, parentheses too; the state follows the last. */
	state = strrchr(stat, ')');
	if (!state || strlen(state) < 3 || strchr("ZXx", state[2]))
		return err_set(e, ERR_AUDIT, 0, "the audit daemon (process %u) is dead: restart auditd "
			       "(service auditd restart)", pid);
	if (strchr("Tt", state[2]))
		return err_set(e, ERR_AUDIT, 0, "the audit daemon (process %u) is stopped by a signal or a "
			       "debugger: continue it (kill -CONT %u)", pid, pid);
	return 0;
}

int audit_status_check(int procfd, const struct audit_status *s, uint32_t lost, struct err *e)
{
	if (!s->enabled)
		return err_set(e, ERR_AUDIT, 0, "audit is off (enabled=0): the kernel would take records and "
			       "drop them; switch it on (auditctl -e 1)");
	if (check_auditd(procfd, s->pid, e))
		return -1;
	if (s->backlog_limit && s->backlog >= s->backlog_limit)
		return err_set(e, ERR_AUDIT, 0, "the audit backlog is full (%u of %u records wait): see why auditd "
			       "is slow, or raise the limit (auditctl -b 8192)", s->backlog, s->backlog_limit);
	if (s->lost != lost && s->rate_limit)
		return err_set(e, ERR_AUDIT, 0, "the kernel lost %u audit records, its rate limit is %u a second: "
			       "raise or remove the limit (auditctl -r 0)", s->lost - lost, s->rate_limit);
	if (s->lost != lost)
		return err_set(e, ERR_AUDIT, 0, "the kernel lost %u audit records meanwhile: see auditctl -s and "
			       "raise the backlog limit (auditctl -b 8192)", s->lost - lost);
	return 0;
}
