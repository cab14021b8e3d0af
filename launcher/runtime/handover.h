/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handover.h - the last step of a container's init, taken by a program of its own: secctr-exec.
 *
 * A process that is about to exec what an image names has the program it runs as its /proc/self/exe, and the image may name
 * that ("/proc/self/exe", "#!/proc/self/exe"): the image's dynamic linker is then in a process whose /proc/self/exe is a
 * file of the host's, and root in a container without a user name space owns it (CVE-2019-5736). So the init executes
 * secctr-exec first, from a detached read-only mount of that file, and it loads the filters and executes the program. No
 * library and no memory are in it: it costs less than executing the launcher again from such a mount (cli/program.h), which
 * remains for what others can look at: exec, and a PID name space that is joined.
 *
 * Its arguments: its name; the number of a descriptor that holds a struct handover and the filters behind it; the program's path; the
 * program's arguments. It writes one struct err to `status` and ends if it fails.
 */
#ifndef SECCTR_RUNTIME_HANDOVER_H
#define SECCTR_RUNTIME_HANDOVER_H

#include <linux/filter.h>
#include <stdint.h>

enum { HANDOVER_MARK = 0x7365, HANDOVER_INSNS = 2 * 4096 };	/* two filters of BPF_MAXINSNS */

struct handover {
	uint32_t mark;
	int32_t status;			/* write end; closed by the exec */
	uint32_t first_closed;		/* from here on no descriptor is handed in */
	uint16_t quiet, log;		/* instructions that follow, of each filter (seccomp.h) */
	uint32_t admin;			/* not 0: CAP_SYS_ADMIN is ambient for the filters alone, and nothing else but */
	uint32_t inheritable[2];	/* these, which are the program's, may stay inheritable and so ambient */
};

#endif
