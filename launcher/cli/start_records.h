/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start_records.h - the records of one start: label, resources, start; written in one burst while the
 * container's init waits at its gate (order as libvirt's: VIRT_MACHINE_ID, VIRT_RESOURCE..., VIRT_CONTROL).
 */
#ifndef SECCTR_CLI_START_RECORDS_H
#define SECCTR_CLI_START_RECORDS_H

#include "audit/writer.h"
#include "launcher/runtime/container.h"

/* Of an engine's container the start comes later, by another command: first all but it, then it alone. */
enum start_part { START_WHOLE, START_MADE, START_ALONE };

struct start_facts {
	enum start_part part;
	const struct sealed_plan *sealed;
	const struct audit_origin *origin;
	const struct context *c;	/* for the paths of volumes */
	const struct runtime_made *made;
	const struct cgroup *cgroup;
	const struct seccomp_filters *filters;
	pid_t pid;			/* of the supervisor, which becomes the monitor */
	uint32_t own_ses;		/* audit session of the container's processes */
	uint32_t from_ses;		/* of the person who asked */
};

/* *ret_id: of the start record, the last one. START_ALONE looks at made->pid and pid_ns only. */
int start_records_write(const struct start_facts *f, struct audit_writer *w, struct audit_event_id *ret_id,
			struct err *e) MUST_CHECK;

/*
 * The start failed for `why` after start_records_write() was called, whatever that returned: what was sent may be in the log,
 * and each start there has its end. f->made is not looked at.
 */
int start_records_undo(const struct start_facts *f, struct audit_writer *w, const struct err *why, struct err *e) MUST_CHECK;

#endif
