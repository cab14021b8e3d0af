/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames.h - between a monitor and those who watch its container.
 *
 * SOCK_SEQPACKET: one packet, one frame: a type byte and at most FRAME_DATA_MAX bytes. The starter has one end from
 * birth; others connect to attach.sock, which only root may. Numbers are in host order: both ends are one machine.
 */
#ifndef SECCTR_MONITOR_FRAMES_H
#define SECCTR_MONITOR_FRAMES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "launcher/base/err.h"

enum { FRAME_DATA_MAX = 16384 };

enum frame_type {
	/* to the monitor */
	FRAME_STDIN = 1,	/* bytes for standard input */
	FRAME_STDIN_END,	/* no more of them */
	FRAME_SIGNAL,		/* int32_t: signal for the container's init */
	FRAME_RESIZE,		/* uint16_t rows, columns */
	/* from the monitor */
	FRAME_STARTED = 64,	/* the program runs and was verified */
	FRAME_STDOUT, FRAME_STDERR,
	FRAME_FAILED,		/* struct err: it never ran, or was ended because it could not be verified */
	FRAME_EXIT,		/* struct frame_exit: last frame */
};

struct frame_exit {
	int32_t code;		/* 0..255 */
	int32_t signal;		/* 0: none */
	int32_t oom;
};

/* One frame out. -1 with errno EAGAIN if the peer does not read (MSG_DONTWAIT when `wait` is false). */
int frame_send(int fd, enum frame_type type, const void *data, size_t n, int wait);
/* One frame in; *n is the room and then the length. 1: a frame, 0: the peer is gone, -1: errno (EPROTO: malformed). */
int frame_recv(int fd, enum frame_type *type, void *data, size_t *n, int wait);

#endif
