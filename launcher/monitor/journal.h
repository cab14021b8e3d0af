/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - a container's output to systemd's journal, in its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL).
 *
 * One datagram a line. Its fields, Podman's first: MESSAGE, PRIORITY (6, standard error 3), CONTAINER_ID,
 * CONTAINER_ID_FULL, CONTAINER_NAME, CONTAINER_TAG and SYSLOG_IDENTIFIER; CONTAINER_PARTIAL_MESSAGE=true where the text
 * goes on in the next entry; SECCTR_LOGINUID and SECCTR_SESSION, the login UID and audit session of the processes. Text of
 * the container is the value of MESSAGE with its length in front, so it makes no field. The journal itself adds
 * who sent it: the monitor, whose _AUDIT_LOGINUID is the container's.
 *
 * A journal that takes nothing for JOURNAL_WAIT_MS loses the entry, and the exit record says how much was lost.
 */
#ifndef SECCTR_MONITOR_JOURNAL_H
#define SECCTR_MONITOR_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/monitor/job.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
enum { JOURNAL_TEXT_MAX = 16384, JOURNAL_TAIL_MAX = 1024, JOURNAL_WAIT_MS = 1000 };

struct journal {
	int fd;				/* -1: not used */
	bool stuck;			/* the last entry was lost: not waited for again */
	char tail[JOURNAL_TAIL_MAX];	/* the fields that are in each entry */
	size_t tail_len;
	uint64_t lost;			/* bytes of text */
	int lost_why;
};

/* For the supervisor: a socket that is connected to `path`. A journal that is not there is an error. */
int journal_connect(const char *path, struct err *e) MUST_CHECK;
/* `fd` is from journal_connect(). */
int journal_open(struct journal *j, int fd, const struct monitor_job *job, struct err *e) MUST_CHECK;
void journal_write(struct journal *j, bool is_stderr, const char *text, size_t n);

#endif
