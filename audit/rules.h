/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h - the state of the audit system and of secctr's static rules, for `secctr audit status|rules`.
 *
 * Uses libaudit; needs CAP_AUDIT_CONTROL. The shipped rules are compared with the loaded ones by list,
 * key and order. Rules are static, by SELinux type, because a locked rule set (auditctl -e 2) takes none
 * later; and they must come first, because the first rule that matches an event takes it, and its key.
 */
#ifndef SECCTR_AUDIT_RULES_H
#define SECCTR_AUDIT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

#define AUDIT_RULES_FILE "/etc/audit/rules.d/20-secctr.rules"

enum { AUDIT_RULES_MAX = 256, AUDIT_RULE_TEXT_MAX = 1024, AUDIT_LOADED_MAX = 8192 };

struct audit_rule_row {
	char *text;		/* the line of the rule file, comment-free */
	char *key;
	unsigned line;
	unsigned wanted, loaded;	/* of this key: how many in the file, how many in the kernel */
};

struct audit_rules_status {
	uint32_t enabled;		/* 0 off, 1 on, 2 locked */
	uint32_t failure, rate_limit, backlog_limit, backlog, lost;
	pid_t auditd;			/* 0: none */
	bool loginuid_immutable;	/* the feature that keeps set login UIDs (auditctl --loginuid-immutable) */
	bool never_task;		/* `-a never,task`: records of all later processes lack auid and session */
	size_t suppressing;		/* rules that may keep records of secctr's, or what a report reads, from the log */
	size_t total;			/* rules loaded */
	size_t missing;			/* lines of the file whose key is not loaded as often as in the file */
	size_t foreign_before;		/* exit-list rules of others in front of the first of ours: they win */
	bool in_order;			/* ours stand in the file's order */
	bool installed;			/* the file is there; else row is empty */
	struct audit_rule_row *row;	/* one per rule line of the file */
	size_t rows;
};

/* rules_file NULL: AUDIT_RULES_FILE; that it is missing is no error. Fills *ret, which goes to audit_rules_done(). */
int audit_rules_status(const char *rules_file, struct audit_rules_status *ret, struct err *e) MUST_CHECK;
void audit_rules_done(struct audit_rules_status *s);
/* True if all is as it should be; else *ret_why (static text) names the first thing that is not. */
bool audit_rules_ok(const struct audit_rules_status *s, const char **ret_why);

/* The rows of a rule file, for tests and `secctr audit rules` without privilege. */
int audit_rules_read(const char *rules_file, struct audit_rule_row **ret, size_t *ret_n, struct err *e) MUST_CHECK;

/* The loaded rules, a line each, as `auditctl -l` has them. rule_text.c has one of them. */
int audit_rules_text(struct str *ret, struct err *e) MUST_CHECK;
struct audit_rule_data;
int audit_rule_text(const struct audit_rule_data *r, struct str *ret, struct err *e) MUST_CHECK;

#endif
