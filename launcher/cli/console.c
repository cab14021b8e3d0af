/* SPDX-License-Identifier: Apache-2.0 */
/* console.c - see console.h. */
#include "launcher/cli/console.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "launcher/base/cleanup.h"

int console_send(const char *path, int master, struct err *e)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char name[] = "/dev/ptmx";
	struct iovec part = { name, sizeof(name) - 1 };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} rights = { .head = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof(rights.room) };

	if (strlen(path) >= sizeof(at.sun_path))
		return err_set(e, ERR_LIMIT, 0, "--console-socket %.128s: longer than %zu bytes", path, sizeof(at.sun_path) - 1);
	memcpy(at.sun_path, path, strlen(path));
	memcpy(CMSG_DATA(&rights.head), &master, sizeof(master));
	if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)) || sendmsg(fd, &m, MSG_NOSIGNAL) < 0)
		return err_set(e, ERR_SYSTEM, errno, "--console-socket %.128s", path);
	return 0;
}
