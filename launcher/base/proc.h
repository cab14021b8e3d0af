/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc.h - processes and /proc, without trusting numbers or paths.
 *
 * A PID is a number that is reused; a process is named here by a pidfd or by PID
 * plus start time (field 22 of proc_pid_stat(5), clock ticks since boot).
 */
#ifndef SECCTR_BASE_PROC_H
#define SECCTR_BASE_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "launcher/base/err.h"

/*
 * A /proc that nobody can have mounted over: fsopen("proc")+fsmount where the
 * kernel and our privilege allow, else /proc itself after checking
 * PROC_SUPER_MAGIC, root inode 1 and that nothing below is mounted over the
 * files used (each later open goes through proc_open()).
 */
int proc_private(int *ret_fd, struct err *e) MUST_CHECK;
/* The first half of that check alone, for a descriptor that came from another program. */
int proc_check(int fd, struct err *e) MUST_CHECK;

/*
 * openat2(procfd, path): beneath, no magic link, no mount crossing. The result is on procfs because
 * procfd is: it came from proc_private() or went through proc_check().
 */
int proc_open(int procfd, const char *path, int flags, struct err *e) MUST_CHECK;
/* proc_open(), one read, last newline (and a trailing NUL) cut. */
int proc_read(int procfd, const char *path, char *buf, size_t n, struct err *e) MUST_CHECK;

int proc_pidfd(pid_t pid, struct err *e) MUST_CHECK;		/* pidfd_open(2) */
int proc_signal(int pidfd, int sig, struct err *e) MUST_CHECK;	/* ESRCH is ERR_STATE */

/*
 * How a process ended that another one reaps: waits at most wait_ms for that, and gives its wait status where the kernel
 * tells it (PIDFD_GET_INFO with the exit, Linux 6.15). -1: not known.
 */
int proc_exit_status(int pidfd, int wait_ms, int *ret) MUST_CHECK;

/* Start time of PID; ERR_NOTFOUND if there is no such process. */
int proc_start_time(int procfd, pid_t pid, uint64_t *ret, struct err *e) MUST_CHECK;

/* Whether PID is the process that started at start_time and has not ended: at this moment, for showing. */
bool proc_runs(int procfd, pid_t pid, uint64_t start_time);

/*
 * A pidfd of PID if it still is the process that started at start_time, else
 * ERR_NOTFOUND. The start time is read after the pidfd was opened, so the answer
 * cannot be about a successor.
 */
int proc_pidfd_of(int procfd, pid_t pid, uint64_t start_time, struct err *e) MUST_CHECK;

/*
 * Before vfork(). Of a process that dies while another has its memory the kernel clears the thread's number there
 * (mm_release(), kernel/fork.c), which the C library's recursive locks know their owner by: the child of a command that was
 * killed would wait for ever in dlopen(3). From here on it clears a number that nobody reads.
 */
void proc_lend_memory(void);

/* /proc/sys/kernel/random/boot_id, 36 characters and NUL. */
int proc_boot_id(int procfd, char ret[37], struct err *e) MUST_CHECK;

#endif
