/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program.h - our own program file: where it is, and that no container can write to it.
 *
 * A process that is about to exec inside a container still has our program as its /proc/self/exe, and the image says
 * what is executed: "/proc/self/exe", or a script that begins with "#!/proc/self/exe". The image's own dynamic
 * linker is then in a process whose /proc/self/exe is our file, and root in a container without a user name
 * space owns that file (CVE-2019-5736). No check of a path helps, so commands that start
 * processes in containers run from a read-only mount of the file that is attached nowhere.
 */
#ifndef SECCTR_CLI_PROGRAM_H
#define SECCTR_CLI_PROGRAM_H

#include "launcher/cli/command.h"

/*
 * Returns 0 if our file is out of reach: on a read-only mount, or under SELinux enforcing, where no container
 * domain may write it (and where a second exec would lose the caller's context, attr/prev). Otherwise executes
 * argv again from such a mount, and returns only on failure.
 */
int program_protect(struct context *c, const char *const argv[], struct err *e) MUST_CHECK;

/* Path of our own program as it was started; from the kernel, never from PATH. */
int program_own(char **ret, struct err *e) MUST_CHECK;

/* "secctr-monitor", "secctr-fetch": beside our own program `own` (a build tree), else ../libexec/secctr/. */
int program_beside(const char *own, const char *name, char **ret, struct err *e) MUST_CHECK;

#endif
