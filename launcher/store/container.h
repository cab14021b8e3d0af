/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container.h - what is kept of one container: its name, its sealed plan, its state.
 *
 * state.json is replaced whole by rename without fsync: after a power cut nothing runs any more, and a
 * torn or missing state is reconciled to "exited". Who changes the state holds the container's lock
 * (container_lock()).
 *
 * A container is started any number of times. state.json says which run is the last one (`run`), and exit.json is
 * of the run that it names: one of an earlier run says nothing. So the rename of state.json is the one moment in
 * which a start happens, whatever is killed around it.
 *
 *	request.json	what was asked for, before a policy filled it; written once, decided about again at each start
 *	plan.json	the sealed plan of the last run; plan.next is that of a start under way, and takes its place
 *			after the state names its digest
 *	stopped		(empty) a person ended it: no restart follows
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
			CONTAINER_STOPPING, CONTAINER_EXITED, CONTAINER_PAUSED,
			CONTAINER_RESTARTING /* has ended, its monitor will start it again; never in a file */ };

struct container_state {
	char *id, *name;
	char *other_name;		/* taken or given up by a rename that may have been cut short; absent: none */
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
	/*
	 * For ps too, so that a list reads no plans: the whole command, the image's digest, and where what was mounted for a person
	 * stands. All three, or none (argv is empty) where words and targets, each with a NUL, have more than CONTAINER_SHOWN_MAX bytes.
	 */
	struct strv argv, mounts;
	char *image_digest;
	char *process_label, *level;
	int64_t auid;			/* login UID of the processes */
	int64_t ses;			/* their audit session; 4294967295: unset */
	int64_t creator_auid, creator_ses;	/* of who typed it */
	char *start_event;		/* "SEC.MS:SERIAL" of the start record */
	int64_t created, started;	/* microseconds since the epoch; 0: not yet */
	bool remove;			/* --rm */
	int64_t run;			/* number of the last start, from 0 */
	int restart;			/* enum plan_restart, as a number: 0 is "no" */
	int64_t restart_max;		/* of on-failure; 0: no bound */
	int64_t restarts;		/* by its monitor, since a person started it */
	int64_t restart_delay;		/* milliseconds between the end of this run and the next restart */
	int64_t stop_signal, stop_timeout;
	struct strv labels, annotations;
	char *bundle;			/* OCI mode */
};

enum { CONTAINER_SHOWN_MAX = 1024 };

extern const struct field container_state_fields[];
extern const char *const container_status_words[];	/* "", "creating", "created", "running", ... */

void container_state_init(struct container_state *c);
void container_state_done(struct container_state *c);
#define auto_container AUTO(container_state_done)

/*
 * Make containers/ID with its lock, which the caller has from the first moment, names/NAME (exclusively) and the run
 * directory. ERR_EXISTS names the container that has the name. On failure nothing is left. `name` obeys name_check() and
 * is not itself a valid id.
 */
struct container_place {
	int dir, run;			/* containers/ID, and that of the run directory */
	int lock;
};
#define CONTAINER_PLACE_INIT { -1, -1, -1 }
int container_reserve(const struct store *s, const char *id, const char *name, struct container_place *ret,
		      struct err *e) MUST_CHECK;
void container_place_done(struct container_place *p);
#define auto_container_place AUTO(container_place_done)

/*
 * Name, id, or unambiguous front part of an id (at least 1 character; ambiguous is ERR_INPUT), in this
 * order. ERR_NOTFOUND.
 */
int container_resolve(const struct store *s, const char *text, char ret_id[ID_HEX + 1], struct err *e) MUST_CHECK;
int container_dir(const struct store *s, const char *id, struct err *e) MUST_CHECK;	/* descriptor */
int container_run_dir(const struct store *s, const char *id, struct err *e) MUST_CHECK;	/* made if missing */
/*
 * flock on containers/ID/lock, exclusive. Only container_reserve() makes that file, and it goes just before the directory:
 * ERR_NOTFOUND says that the container is not there any more. container_try_lock() does not wait (ERR_TIMEOUT).
 */
int container_lock(int dir, struct err *e) MUST_CHECK;
int container_try_lock(int dir, struct err *e) MUST_CHECK;
/* A directory without a lock is what a killed start or removal left; take it away. */
void container_drop_empty(const struct store *s, const char *id);

/* A missing or unreadable state.json gives status CONTAINER_EXITED with the id only, not an error; other errors do. */
int container_state_read(int dir, const char *id, struct container_state *c, struct err *e) MUST_CHECK;
/* The same of a container whose directory is not open; one that is not there has no state either. */
int container_state_read_id(const struct store *s, const char *id, struct container_state *c, struct err *e) MUST_CHECK;
int container_state_write(int dir, const struct container_state *c, struct err *e) MUST_CHECK;

/* The sealed text: written once (O_EXCL), read whole. */
int container_plan_write(int dir, const char *text, struct err *e) MUST_CHECK;
int container_plan_read(int dir, struct str *ret, struct err *e) MUST_CHECK;
/* Of a further start: plan.next, which container_plan_commit() renames when the state has its digest. */
int container_plan_write_next(int dir, const char *text, struct err *e) MUST_CHECK;
int container_plan_read_next(int dir, struct str *ret, struct err *e) MUST_CHECK;
int container_plan_commit(int dir, struct err *e) MUST_CHECK;
bool container_plan_has_next(int dir);		/* a start is under way, or was cut short */

/* What was asked for. `update` replaces it, under the lock. */
int container_request_write(int dir, const char *text, struct err *e) MUST_CHECK;
int container_request_replace(int dir, const char *text, struct err *e) MUST_CHECK;
int container_request_read(int dir, struct str *ret, struct err *e) MUST_CHECK;

/* The mark that a person ended it. The monitor looks for the file by its name. */
#define CONTAINER_STOPPED "stopped"
int container_mark_stopped(int dir, struct err *e) MUST_CHECK;
int container_clear_stopped(int dir, struct err *e) MUST_CHECK;
bool container_is_stopped(int dir);

/*
 * Give the container another name; the state is written in between, so that at any moment what removes it finds both.
 * ERR_EXISTS as container_reserve(). The caller holds the lock, `c` is the state as it is.
 */
int container_rename(const struct store *s, int dir, struct container_state *c, const char *to, struct err *e) MUST_CHECK;

/* Ids of all containers, sorted by directory name. */
int container_list(const struct store *s, struct strv *ret, struct err *e) MUST_CHECK;

/*
 * Remove everything of a container: run directory, name, tree. The name goes last but one and the
 * directory last, so that a crash in between leaves something that `rm` finds again.
 * The container must not run (the caller checked under its lock). `name` NULL (the state was torn), or another's
 * by now (it was renamed): every name of this id goes. What is missing already is no error.
 */
int container_remove(const struct store *s, const char *id, const char *name, struct err *e) MUST_CHECK;
/* For who has its directory open; -1: there is none any more. */
int container_remove_open(const struct store *s, int dir, const char *id, const char *name, struct err *e) MUST_CHECK;

#endif
