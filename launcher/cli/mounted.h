/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounted.h - containers whose files are mounted for people (`secctr mount`), for the commands that meet one.
 *
 * There is one overlay of a container at a time. Where one is mounted, a start, cp and export share it; where something of an earlier one is
 * still in use and cannot be reached (another mount name space, files open after umount -l), they are refused. All of these
 * want the container's lock, which the caller holds.
 */
#ifndef SECCTR_CLI_MOUNTED_H
#define SECCTR_CLI_MOUNTED_H

#include "audit/writer.h"
#include "launcher/cli/look.h"

/* Where the files of a container would be: the caller frees it. */
int mounted_path(struct context *c, const char *id, char **ret, struct err *e) MUST_CHECK;

/*
 * Of a container that does not run, before its root file system is put together: *ret is the mounted one to share (O_PATH), or -1.
 * ERR_STATE: something of it is in use elsewhere.
 */
int mounted_to_share(struct context *c, const struct look *l, const struct plan *p, int *ret, struct err *e) MUST_CHECK;

/*
 * The same for a start with the plan `p`. A mount that cannot become its root, because of a user name space or another SELinux label, is
 * taken away, and ERR_STATE if it is in use.
 */
int mounted_to_start(struct context *c, const struct look *l, const struct plan *p, struct audit_writer *w, int *ret,
		     struct err *e) MUST_CHECK;

/*
 * Take a mount away, with its record; nothing mounted is fine. ERR_STATE: in use, unless `lazily`: then its users keep what they have open.
 * `name`: of the record. `w`: opened if it is closed.
 */
int mounted_drop(struct context *c, const char *id, const char *name, const char *reason, bool lazily, struct audit_writer *w,
		 struct err *e) MUST_CHECK;
/* That, and the place goes too: of a container that is removed. */
int mounted_remove(struct context *c, const char *id, const char *name, const char *reason, bool lazily, struct audit_writer *w,
		   struct err *e) MUST_CHECK;

#endif
