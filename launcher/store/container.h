/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container.h - what is kept of one container: its name, its sealed plan, its state.
 *
 * state.json is replaced whole by rename without fsync: after a power cut nothing runs any more, and a
 * torn or missing state is reconciled to "exited". plan.json never changes after it was written.
 * Who changes the state holds the container's lock (container_lock()).
 */
#ifndef SECCTR_STORE_CONTAINER_H
#define SECCTR_STORE_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/fields.h"
#include "launcher/base/ids.h"
#include "launcher/base/str.h"
#include "launcher/store/store.h"

/* Podman's words for the same states. */
enum container_status { CONTAINER_NONE, CONTAINER_CREATING, CONTAINER_CREATED, CONTAINER_RUNNING,
			CONTAINER_STOPPING, CONTAINER_EXITED };

struct container_state {
	char *id, *name;
	int status;
	int64_t pid;			/* container init, in the host's PID name space; 0: none */
	uint64_t start_time;		/* proc.h: of pid */
	int64_t monitor_pid;
	uint64_t monitor_start_time;
	char *boot_id;			/* pids and start times hold only within this boot */
	char *cgroup;			/* below the cgroup mount, e.g. "/secctr/ID"; absent: none */
	struct strv cgroup_dirs;	/* absolute, to kill and to remove (runtime/cgroup.h) */
	char *scope;			/* systemd scope unit, if one was made */
	char *plan_digest;
	char *policy, *policy_digest;
	char *image, *command;		/* for ps; the command as one printable line */
	char *process_label, *level;
	int64_t auid;			/* login UID of the processes */
	int64_t ses;			/* their audit session; 4294967295: unset */
	int64_t creator_auid, creator_ses;	/* of who typed it */
	char *start_event;		/* "SEC.MS:SERIAL" of the start record */
	int64_t created, started;	/* microseconds since the epoch; 0: not yet */
	bool remove;			/* --rm */
	int64_t stop_signal, stop_timeout;
	struct strv labels, annotations;
	char *bundle;			/* OCI mode */
};

extern const struct field container_state_fields[];
extern const char *const container_status_words[];	/* "", "creating", "created", "running", "stopping", "exited" */

void container_state_init(struct container_state *c);
void container_state_done(struct container_state *c);
#define auto_container AUTO(container_state_done)

/*
 * Make containers/ID and names/NAME (exclusively) and the run directory. ERR_EXISTS names the
 * container that has the name. *ret_dir and *ret_run are the two directories of the container.
 * On failure nothing is left. `name` obeys name_check() and is not itself a valid id.
 */
int container_reserve(const struct store *s, const char *id, const char *name, int *ret_dir, int *ret_run,
		      struct err *e) MUST_CHECK;

/*
 * Name, id, or unambiguous front part of an id (at least 1 character; ambiguous is ERR_INPUT), in this
 * order. ERR_NOTFOUND.
 */
int container_resolve(const struct store *s, const char *text, char ret_id[ID_HEX + 1], struct err *e) MUST_CHECK;
int container_dir(const struct store *s, const char *id, struct err *e) MUST_CHECK;	/* descriptor */
int container_run_dir(const struct store *s, const char *id, struct err *e) MUST_CHECK;	/* made if missing */
/* flock on containers/ID/lock, exclusive. */
int container_lock(int dir, struct err *e) MUST_CHECK;

/* A missing or unreadable state.json gives status CONTAINER_EXITED with the id only, not an error; other errors do. */
int container_state_read(int dir, const char *id, struct container_state *c, struct err *e) MUST_CHECK;
int container_state_write(int dir, const struct container_state *c, struct err *e) MUST_CHECK;

/* The sealed text: written once (O_EXCL), read whole. */
int container_plan_write(int dir, const char *text, struct err *e) MUST_CHECK;
int container_plan_read(int dir, struct str *ret, struct err *e) MUST_CHECK;

/* Ids of all containers, sorted by directory name. */
int container_list(const struct store *s, struct strv *ret, struct err *e) MUST_CHECK;

/*
 * Remove everything of a container: run directory, name, tree. The name goes last but one and the
 * directory last, so that a crash in between leaves something that `rm` finds again.
 * The container must not run (the caller checked under its lock). `name` NULL (the state was torn): every
 * name of this id goes. What is missing already is no error.
 */
int container_remove(const struct store *s, const char *id, const char *name, struct err *e) MUST_CHECK;

#endif
