/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program.h - our own program file: where it is, and that no container can write to it.
 *
 * A process that is about to exec inside a container still has our program as its /proc/self/exe, and the image says
 * what is executed: "/proc/self/exe", or a script that begins with "#!/proc/self/exe". The image's own dynamic
 * linker is then in a process whose /proc/self/exe is our file, and root in a container without a user name
 * space owns that file (CVE-2019-5736). No check of a path helps, so what such a process runs as is on a read-only
 * mount that is attached nowhere: secctr-exec (runtime/handover.h), or all of us.
 */
#ifndef SECCTR_CLI_PROGRAM_H
#define SECCTR_CLI_PROGRAM_H

#include "launcher/cli/command.h"

/*
 * For a command that makes processes in containers: keeps argv, and finds out whether our file is in reach (c->exposed). It is
 * not on a read-only mount, nor under SELinux enforcing, where no container domain may write it (and where a second
 * exec would lose the caller's context, attr/prev). Under SELinux that is not enforcing it calls program_protect().
 */
int program_guard(struct context *c, const char *const argv[], struct err *e) MUST_CHECK;

/*
 * If our file is in reach, execute our arguments again from such a mount; returns only on failure. For a process that others
 * in its PID name space can look at. A container's init in a new one is alone until secctr-exec has taken its place, and so is
 * the process that enters a running one, unless it is in the host's, or a user name space of the container's could have power over it.
 */
int program_protect(struct context *c, struct err *e) MUST_CHECK;

/* A program in `dir` as a file that is open (O_PATH) on a read-only mount that is attached nowhere. */
int program_read_only(const char *dir, const char *name, struct err *e) MUST_CHECK;

/*
 * For one more process in the container of `p`: secctr-exec so, in *ret_last, or, where that is not enough or `descriptors` are handed
 * in, program_protect(). *ret_last stays as it is where neither is needed.
 */
struct plan;
int program_last(struct context *c, const struct plan *p, bool descriptors, int *ret_last, struct err *e) MUST_CHECK;

/* Path of our own program as it was started; from the kernel, never from PATH. */
int program_own(char **ret, struct err *e) MUST_CHECK;

/* Where secctr-monitor, secctr-exec and secctr-fetch are: beside our own program `own` (a build tree), else ../libexec/secctr. */
int program_helpers(const char *own, char **ret, struct err *e) MUST_CHECK;
int program_beside(const char *own, const char *name, char **ret, struct err *e) MUST_CHECK;

#endif
