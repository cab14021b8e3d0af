/* SPDX-License-Identifier: Apache-2.0 */
/* notify.c - see notify.h. */
#include "launcher/systemd/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "launcher/base/cleanup.h"

int notify_send(const char *text, struct err *e)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(text), len;
	auto_close int fd = -1;

	if (!path || !*path)
		return 0;
	len = strlen(path);
	if ((*path != '/' && *path != '@') || len < 2 || len >= sizeof(to.sun_path))
		return err_set(e, ERR_INPUT, 0, "NOTIFY_SOCKET=%.64s: an absolute path or an abstract name of at most %zu bytes", path,
			       sizeof(to.sun_path) - 1);
	if (n > NOTIFY_TEXT_MAX)
		return err_set(e, ERR_LIMIT, 0, "a message to the service manager has more than %d bytes", NOTIFY_TEXT_MAX);
	memcpy(to.sun_path, path, len);
	if (*path == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "socket to the service manager");
	if (sendto(fd, text, n, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)(const void *)&to,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) != (ssize_t)n)
		return err_set(e, ERR_SYSTEM, errno, "telling the service manager (NOTIFY_SOCKET=%.64s)", path);
	return 0;
}
