/* SPDX-License-Identifier: Apache-2.0 */
/* loop.h - the event loop's sources and its epoll set; for clients.c and streams.c. */
#ifndef SECCTR_MONITOR_LOOP_H
#define SECCTR_MONITOR_LOOP_H

#include <stdint.h>

#include "launcher/monitor/monitor.h"

enum source {
	SOURCE_SIGNAL, SOURCE_STATUS, SOURCE_INIT, SOURCE_STDIN, SOURCE_STDOUT, SOURCE_STDERR,
	SOURCE_LISTENER, SOURCE_CLIENT,		/* + its index: must be last */
};

int loop_poll(struct monitor *m, int fd, uint32_t source, uint32_t events, struct err *e) MUST_CHECK;
void loop_repoll(struct monitor *m, int fd, uint32_t source, uint32_t events);
void loop_unpoll(struct monitor *m, int fd);

#endif
