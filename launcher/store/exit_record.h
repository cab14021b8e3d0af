/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exit_record.h - how a container ended; written by its monitor, fsynced before the stop record.
 *
 * The only part of the store that the monitor knows.
 */
#ifndef SECCTR_STORE_EXIT_RECORD_H
#define SECCTR_STORE_EXIT_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/fields.h"

struct exit_record {
	char *id;
	int64_t run;			/* of container_state: which start it is the end of */
	int64_t exit_code;		/* 0..255; 128 + signal if a signal ended it; FIELD_NONE: not known */
	int64_t signal;			/* 0: none */
	bool oom_killed;
	char *reason;			/* "exited" "killed" "exec-failed" "label-refused" "identity-refused" "monitor-died" "audit-lost" "boot" "timed-out" */
	char *error;			/* text for people, or absent */
	int64_t finished;		/* microseconds since the epoch */
	bool destroy_recorded;		/* with --rm: VIRT_DESTROY went out with the stop record; whoever removes it writes none */
	char *stop_event;		/* "SEC.MS:SERIAL", absent until the stop record was seen */
};
extern const struct field exit_record_fields[];

void exit_record_init(struct exit_record *r);
void exit_record_done(struct exit_record *r);
#define auto_exit_record AUTO(exit_record_done)

/*
 * exit.json in the container's directory, in one step, and on disk before this returns: the stop record never tells more.
 * ERR_NOTFOUND: not ended yet.
 */
int exit_record_write(int dir, const struct exit_record *r, struct err *e) MUST_CHECK;
int exit_record_read(int dir, struct exit_record *r, struct err *e) MUST_CHECK;
/* The same of a container whose directory is not open: `path` (ID/exit.json) below `dir`. */
int exit_record_read_below(int dir, const char *path, struct exit_record *r, struct err *e) MUST_CHECK;

#endif
