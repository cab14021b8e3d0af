/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci.h - secctr-runtime: the OCI runtime's command line, over the same plan, policy, runtime and monitor as secctr's.
 *
 *	create	bundle -> plan -> decision -> container at its gate, its monitor waits	records: decision, label, resources
 *	start	asks that monitor to open the gate					record: start
 *	run	as `secctr run --rm` (start.h): one burst of records, and the monitor is the init's parent
 *	run -d	create, then start
 *	kill, pause, resume, delete							control.h
 *
 * Containers lie in a store of their own below --root, with an engine's id as name. One of 64 hex digits is the id of
 * ours too, so that uuid= of the records is its front half, and the name is its first twelve digits, as engines show it.
 */
#ifndef SECCTR_CLI_OCI_H
#define SECCTR_CLI_OCI_H

#include "launcher/cli/command.h"
#include "launcher/cli/look.h"
#include "launcher/plan/bundle.h"

#define OCI_ROOT	"/run/secctr-runtime"
#define OCI_POLICY	"oci-engine"		/* where no --policy names another */
#define OCI_VERSION	"1.3.0"			/* of the specification whose properties bundle_properties[] has */
#define OCI_VERSION_MIN	"1.0.0"

/* The global options. */
struct oci {
	const char *root, *log, *log_format, *policy, *cgroup_manager, *rootless;
	bool debug, systemd_cgroup, help, version;
};

extern const struct command *const oci_commands[];	/* NULL-terminated */

/* The program: finds the command, runs it, tells its error on standard error and in --log. */
int oci_main(int argc, const char *const argv[]);

/* --systemd-cgroup, in either spelling. */
bool oci_systemd(const struct oci *o);
/* One line in --log, as it was asked for (text or json); nothing without one. `level`: "error", "warning". */
void oci_log(const struct oci *o, const char *level, const char *text);

/* `bundle`/config.json as a draft with id, name and canonical paths; *ret_dir is the bundle's own path. */
int oci_bundle_read(struct context *c, const char *bundle, const char *id, struct bundle *ret, char **ret_dir,
		    struct err *e) MUST_CHECK;

/* Block devices by their own paths: links (/dev/block/MAJOR:MINOR) are followed before the policy looks. */
int oci_bundle_devices(struct plan *p, struct err *e) MUST_CHECK;

/* The engine's id of a container; borrowed. */
const char *oci_id(const struct container_state *st);
/* A container by exactly its id; ERR_NOTFOUND. */
int oci_look(struct context *c, const char *id, struct look *ret, struct err *e) MUST_CHECK;
/* "creating" "created" "running" "paused" "stopped" */
const char *oci_status(const struct look *l);

int oci_start(struct context *c, struct look *l, struct err *e) MUST_CHECK;
/* End it, whatever it does, and remove it; recorded. */
int oci_delete(struct context *c, struct look *l, struct err *e) MUST_CHECK;

/* "annotations" of a state. */
int oci_annotations(const struct strv *list, json_t *doc, struct err *e) MUST_CHECK;

/* oci_hooks.c: the state for runtime/hooks.h; what runs on the host is root's alone to change. */
int oci_hooks_state(const char *id, const char *bundle, const char *status, const struct strv *annotations, char **ret, struct err *e) MUST_CHECK;
int oci_hooks_check(const struct plan *p, struct err *e) MUST_CHECK;
/* A failure ends the container and is recorded. */
int oci_hooks_poststart(struct context *c, const struct look *l, const struct plan *p, struct err *e) MUST_CHECK;
/* A failure is recorded and in --log. */
void oci_hooks_poststop(struct context *c, const struct container_state *st, const struct plan *p);

/* What the monitor of a `run` that was killed executes; not for people. */
extern const struct command oci_cmd_cleanup;
extern const struct command oci_cmd_create, oci_cmd_run, oci_cmd_start, oci_cmd_state, oci_cmd_list, oci_cmd_ps, oci_cmd_kill,
	oci_cmd_delete, oci_cmd_exec, oci_cmd_pause, oci_cmd_resume, oci_cmd_update, oci_cmd_events, oci_cmd_spec, oci_cmd_features;

#endif
