/* SPDX-License-Identifier: Apache-2.0 */
/* dial.c - see dial.h. */
#include "launcher/base/dial.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "launcher/base/cleanup.h"

DEFINE_AUTO(freeaddrinfo, struct addrinfo *)

static long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* -1: errno says why. */
static int connect_to(const struct addrinfo *a, long wait)
{
	auto_close int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int why = 0;

	if (fd < 0)
		return -1;
	if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
		return take_fd(&fd);
	if (errno != EINPROGRESS)
		return -1;
	if (poll(&p, 1, wait > 1 ? (int)wait : 1) != 1) {
		errno = ETIMEDOUT;
		return -1;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) || why) {
		errno = why;
		return -1;
	}
	return take_fd(&fd);
}

/* getaddrinfo(3) knows no brackets. */
static void cut_brackets(char *host)
{
	size_t len = strlen(host);

	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		memmove(host, host + 1, len - 2);
		host[len - 2] = '\0';
	}
}

int dial(char *host, const char *port, long each_ms, long wait_ms, int *ret, struct err *e)
{
	AUTO(freeaddrinfo_auto) struct addrinfo *list = NULL;
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const long end = now_ms() + wait_ms;
	int fd = -1, r;

	cut_brackets(host);
	r = getaddrinfo(host, port, &hints, &list);
	if (r)
		return err_set(e, r == EAI_AGAIN || r == EAI_SYSTEM ? ERR_SYSTEM : ERR_NOTFOUND, r == EAI_SYSTEM ? errno : 0, "%.128s: %s", host,
			       gai_strerror(r));
	errno = ETIMEDOUT;
	for (const struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
		long left = end - now_ms();

		if (left > 0)
			fd = connect_to(a, left < each_ms ? left : each_ms);
	}
	if (fd < 0)
		return err_set(e, errno == ETIMEDOUT ? ERR_TIMEOUT : ERR_SYSTEM, errno, "connecting to %.128s port %.8s", host, port);
	*ret = fd;
	return 0;
}
