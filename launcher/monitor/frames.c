/* SPDX-License-Identifier: Apache-2.0 */
/* frames.c - one packet, one frame. */
#include "launcher/monitor/frames.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

int frame_send(int fd, enum frame_type type, const void *data, size_t n, int wait)
{
	uint8_t kind = (uint8_t)type;
	struct iovec part[2] = { { &kind, 1 }, { (void *)data, n } };
	const struct msghdr m = { .msg_iov = part, .msg_iovlen = n ? 2 : 1 };
	ssize_t put;

	if (n > FRAME_DATA_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	do
		put = sendmsg(fd, &m, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
	while (put < 0 && errno == EINTR);
	return put < 0 ? -1 : 0;
}

int frame_recv(int fd, enum frame_type *type, void *data, size_t *n, int wait)
{
	uint8_t kind = 0;
	struct iovec part[2] = { { &kind, 1 }, { data, *n } };
	struct msghdr m = { .msg_iov = part, .msg_iovlen = 2 };
	ssize_t got;

	/*
	 * ECONNRESET: a peer that ended with frames of ours unread. It is told once, and in front of what the peer had said before
	 * (unix_release_sock(), net/unix/af_unix.c): its last frame is still to come.
	 */
	do
		got = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
	while (got < 0 && (errno == EINTR || errno == ECONNRESET));
	if (got < 0)
		return -1;
	if (got == 0)
		return 0;
	if (m.msg_flags & MSG_TRUNC) {
		errno = EPROTO;
		return -1;
	}
	*type = kind;
	*n = (size_t)got - 1;
	return 1;
}
