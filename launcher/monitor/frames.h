/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames.h - between a monitor and those who watch its container.
 *
 * SOCK_SEQPACKET: one packet, one frame: a type byte and at most FRAME_DATA_MAX bytes. The starter has one end from
 * birth; others connect to attach.sock, which only root may. Numbers are in host order: both ends are one machine.
 *
 * The monitor speaks first: FRAME_STARTED, or FRAME_FAILED. One of FRAME_EXIT and FRAME_FAILED is the last frame.
 * After it a starter reads on until the end of file: the monitor, and `secctr cleanup` if there is one to
 * run, hold the socket open until the container is wholly gone. A starter with `detach` gets FRAME_STARTED
 * and the end of file.
 *
 * A container that is to be removed at its end (--rm) is removed by the foreground starter, which has a loader's work
 * and an open store behind it already: it does so after FRAME_EXIT and says FRAME_REMOVED. If it goes without that
 * word, or takes longer than REMOVE_MS, the monitor becomes `secctr cleanup`, as it does where there is no starter.
 *
 * Who does not read:
 *   - The starter in the foreground loses nothing. While its queue is full the container's streams are not
 *     read, so the container waits in write(2) as it would for any pipe; the log has all that was read.
 *   - Any other client is dropped when it has not read three quarters of its full queue (about 200 kB, the
 *     kernel's) within one second: it can hold the container up no longer than that, and not below 150 kB/s.
 *
 * Standard input: a client sends one FRAME_STDIN and waits for FRAME_STDIN_TAKEN before the next. So a
 * container that does not read its input never keeps a FRAME_SIGNAL from being heard. A client that
 * sends a second one too early is dropped, as for any malformed frame.
 */
#ifndef SECCTR_MONITOR_FRAMES_H
#define SECCTR_MONITOR_FRAMES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "launcher/base/err.h"

enum { FRAME_DATA_MAX = 16384 };
#define FRAME_SOCKET "attach.sock"	/* in MONITOR_FD_RUN, mode 0600 */

enum frame_type {
	/* to the monitor */
	FRAME_STDIN = 1,	/* bytes for standard input; ignored where the container has none */
	FRAME_STDIN_END,	/* no more of them, from anyone; ignored where the container has a terminal */
	FRAME_SIGNAL,		/* int32_t: signal for the container's init */
	FRAME_RESIZE,		/* uint16_t rows, columns: of the container's terminal, if it has one */
	FRAME_REMOVED,		/* from the starter, after FRAME_EXIT: nothing is left to clean up */
	FRAME_DETACH,		/* what runs is to go on without this client. A monitor drops who says it; `secctr exec`
				 * ends a command whose client is gone without it */
	FRAME_START,		/* to a container that an engine made: open its gate; text, event id of the start record */
	/* from the monitor */
	FRAME_STARTED = 64,	/* the program runs and was verified; to the starter: text, event id of the start record */
	FRAME_STDOUT, FRAME_STDERR,
	FRAME_FAILED,		/* struct err: it never ran, or was ended because it could not be verified */
	FRAME_EXIT,		/* struct frame_exit: it ran and is over; records and log are written */
	FRAME_CREATED,		/* to the engine's `create`: all is made, and who connects may send FRAME_START */
	FRAME_STDIN_TAKEN,	/* the last FRAME_STDIN went to the container, or nowhere: send the next */
};

struct frame_exit {
	int32_t code;		/* 0..255 */
	int32_t signal;		/* 0: none */
	int32_t oom;
	int32_t destroy_recorded;	/* exit_record.h */
};

/*
 * One frame out. 0, or -1 with errno: EAGAIN if the peer does not read (`wait` false), EPIPE if it is gone,
 * EMSGSIZE if n is over FRAME_DATA_MAX. Raises no SIGPIPE.
 */
int frame_send(int fd, enum frame_type type, const void *data, size_t n, int wait) MUST_CHECK;
/*
 * One frame in; *n is the room and then the length. 1: a frame, 0: the peer is gone, -1: errno (EAGAIN:
 * none yet; EPROTO: longer than the room). The type may be one that is not known. Descriptors that a
 * peer attaches are not taken.
 */
int frame_recv(int fd, enum frame_type *type, void *data, size_t *n, int wait) MUST_CHECK;

#endif
