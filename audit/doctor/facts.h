/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.h - what secctr doctor knows about a host, gathered before anything is judged.
 *
 * Each part says whether it could be looked at: what cannot be seen is a finding, not a pass. Texts are read by functions of their own, so
 * that a test needs no host.
 */
#ifndef SECCTR_AUDIT_DOCTOR_FACTS_H
#define SECCTR_AUDIT_DOCTOR_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/rules.h"
#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum {
	DOCTOR_WORD = 32,
	DOCTOR_WHY = 160,
	DOCTOR_NAME = 64,
	DOCTOR_ACCOUNTS_MAX = 16,	/* told; the rest is counted */
	DOCTOR_CONTAINERS_MAX = 16,
	DOCTOR_PROCESSES_MAX = 65536,	/* looked at */
};

/* auditd.conf(5): values in upper case, "" where a file says nothing about it. */
struct doctor_conf {
	bool known;
	char why[DOCTOR_WHY];
	char write_logs[DOCTOR_WORD], local_events[DOCTOR_WORD], log_format[DOCTOR_WORD], max_log_file_action[DOCTOR_WORD],
	     space_left_action[DOCTOR_WORD], admin_space_left_action[DOCTOR_WORD], disk_full_action[DOCTOR_WORD],
	     disk_error_action[DOCTOR_WORD], name_format[DOCTOR_WORD];
	uint64_t max_log_file, num_logs;	/* megabytes; 0: not said */
};

/* An account below 1000 with a shell. */
struct doctor_account {
	char name[DOCTOR_NAME], shell[DOCTOR_NAME];
	uint32_t uid;
};

/* Processes of one container that another runtime made; runtime "unknown": id is the last part of its control group. */
struct doctor_container {
	char runtime[DOCTOR_WORD], id[DOCTOR_NAME], command[DOCTOR_NAME];	/* command: of the first such process */
	int pid;
	unsigned processes;
};
struct doctor_containers {
	struct doctor_container item[DOCTOR_CONTAINERS_MAX];
	size_t n;
	unsigned more;			/* containers that found no room */
};

struct doctor_facts {
	struct audit_rules_status rules;	/* the kernel's state too; audit_rules_done() it */
	char auditd_state;		/* of stat: 'S', 'T', 'Z'...; 0: no such process */
	struct doctor_conf conf;
	bool selinux_known, selinux, enforcing, module;
	bool seccomp_known;
	char seccomp_logged[256];	/* kernel.seccomp.actions_logged */
	bool accounts_known;
	struct doctor_account account[DOCTOR_ACCOUNTS_MAX];
	size_t accounts;
	unsigned more_accounts;
	bool processes_known;
	struct doctor_containers writers, unset;	/* that may write audit records; whose login UID is unset */
	bool clock_known, clock_synchronised;
};

/* ERR_AUDIT: the kernel's audit state cannot be asked for. All else that fails is in the facts. */
int doctor_gather(int procfd, struct doctor_facts *ret, struct err *e) MUST_CHECK;

/* The readers of texts. */
void doctor_read_conf(const char *text, struct doctor_conf *ret);
/* passwd(5). Whether an account has a password is not asked: this program need not read shadow(5). */
void doctor_read_accounts(const char *passwd, struct doctor_facts *ret);

/* One process as /proc shows it. */
struct doctor_process {
	int pid;
	const char *status, *loginuid, *cgroup, *uid_map;
};
void doctor_read_process(const struct doctor_process *p, struct doctor_facts *ret);
/* processes.c: all of /proc. */
int doctor_read_processes(int procfd, struct doctor_facts *ret, struct err *e) MUST_CHECK;

#endif
