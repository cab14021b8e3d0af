/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handover.h - the last step into a container, taken by a program of its own: secctr-exec.
 *
 * A process that is about to exec what an image names has the program it runs as its /proc/self/exe, and the image may name
 * that ("/proc/self/exe", "#!/proc/self/exe"): the image's dynamic linker is then in a process whose /proc/self/exe is a
 * file of the host's, and root in a container without a user name space owns it (CVE-2019-5736). So the init executes
 * secctr-exec first, from a detached read-only mount of that file, and it loads the filters and executes the program. No
 * library and no memory are in it: it costs less than executing the launcher again from such a mount (cli/program.h), which
 * remains for what others can look at before: an init in a PID name space that is joined, and exec where the middle process
 * (join.c) would be seen or would be at the mercy of the container's user name space.
 *
 * For exec it is executed by that middle process, which nobody inside can see, and makes the visible one itself (`join`).
 * Not dumpable from its first step, so that only CAP_SYS_PTRACE reaches it there, as it would any other.
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
	uint16_t join;			/* not 0: make the visible process, by CLONE_PARENT, and tell its number (a long) to `tell` */
	uint16_t outlives;		/* with join: no death signal of its parent */
	uint16_t control;		/* not 0, with join: standard input becomes the controlling terminal of a session of its own */
	uint32_t flags;			/* of the first filter (listener.h) */
	int32_t agent, told;		/* with a listener: where it goes, and the text that goes with it (listener.h); else -1 */
	int32_t tell, gate;		/* with join: write end; read end (gate.h) */
};

#endif
