/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_usage.h - what a container uses, and which processes are in it, by its control groups.
 *
 * Read from whichever of the container's directories has the controller: v2 (cpu.stat, memory.current, ...), v1
 * (cpuacct.usage, memory.usage_in_bytes, ...), or some of each on a hybrid host.
 */
#ifndef SECCTR_RUNTIME_CGROUP_USAGE_H
#define SECCTR_RUNTIME_CGROUP_USAGE_H

#include <stdint.h>
#include <sys/types.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum { CGROUP_PIDS_MAX = 65536 };	/* processes that are listed */

struct cgroup_usage {			/* -1: no controller tells */
	int64_t cpu_nsec;
	int64_t memory, memory_limit;	/* bytes; a limit of -1: none */
	int64_t pids;
	int64_t read_bytes, written_bytes;
};

/* `dirs` as in the container's state. Groups that are gone tell nothing: no error. */
void cgroup_usage_read(const struct strv *dirs, struct cgroup_usage *ret);

/* A file of the first of them that has it (at most 64 KiB); -1: none has. */
int cgroup_file_read(const struct strv *dirs, const char *file, struct str *ret) MUST_CHECK;

/* Processes in the groups and below, of the first directory that can be read: ascending, malloc'ed. More than the limit is ERR_LIMIT. */
int cgroup_pids(const struct strv *dirs, pid_t **ret, size_t *ret_n, struct err *e) MUST_CHECK;

#endif
