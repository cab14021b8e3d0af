/* SPDX-License-Identifier: Apache-2.0 */
/*
 * failure.h - what happens when a record cannot be shown to be written: a table, so that failing
 * closed is configuration and not code.
 *
 * Text form (a policy's [Audit] OnFailure=): words SITUATION=ACTION between blanks; what is not named
 * keeps its default. "start=refuse exec=refuse control=continue running=stop" is the default table.
 *
 *	enumerator		word		meaning						default	*/
#ifndef SECCTR_AUDIT_FAILURE_H
#define SECCTR_AUDIT_FAILURE_H

#include "launcher/base/err.h"

#define AUDIT_SITUATIONS(X)										\
	X(AUDIT_AT_START,	"start",	"before a container starts",		REFUSE)		\
	X(AUDIT_AT_EXEC,	"exec",		"before a command joins one",		REFUSE)		\
	X(AUDIT_AT_CONTROL,	"control",	"kill, stop, rm: less runs afterwards",	CONTINUE)	\
	X(AUDIT_AT_RUNNING,	"running",	"a container runs and audit fails",	STOP)

enum audit_situation {
#define X(name, word, meaning, action) name,
	AUDIT_SITUATIONS(X)
#undef X
	AUDIT_SITUATION_COUNT
};

/* "refuse", "stop", "continue". Stop is for AUDIT_AT_RUNNING only, refuse for the others only. */
enum audit_action {
	AUDIT_REFUSE,		/* nothing is done; the request fails with ERR_AUDIT */
	AUDIT_STOP,		/* the container is ended */
	AUDIT_CONTINUE,		/* go on, and say so: stderr, the state file, the next record that works */
	AUDIT_ACTION_COUNT
};

struct audit_failure_table {
	enum audit_action action[AUDIT_SITUATION_COUNT];
};

void audit_failure_default(struct audit_failure_table *ret);
/* ret gets the defaults changed by `text`; ERR_INPUT names the word. A situation twice is an error. */
int audit_failure_parse(const char *text, struct audit_failure_table *ret, struct err *e) MUST_CHECK;
const char *audit_action_word(enum audit_action action);

#endif
