/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pty.h - the terminal of a container process: a pair of the container's own devpts.
 *
 * Both ends come from one open of that file system's own ptmx: no name in the container's /dev is believed
 * (CVE-2025-52565), and the host's devpts is not touched. The slave stays inside; the master goes to the launcher
 * in one message of a socket that exists for it alone.
 *
 * All of these but pty_socket() and pty_receive() run between clone and exec: they allocate nothing.
 */
#ifndef SECCTR_RUNTIME_PTY_H
#define SECCTR_RUNTIME_PTY_H

#include <sys/types.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/err.h"

struct pty {
	int master, slave;
};
#define PTY_INIT { -1, -1 }

static inline void pty_close(struct pty *t)
{
	close_fd_auto(&t->master);
	close_fd_auto(&t->slave);
}
#define auto_pty AUTO(pty_close)

/* The devpts on /dev/pts of the mount name space that the caller is in; ERR_INPUT where there is another file system. */
int pty_find(int *ret_pts, struct err *e) MUST_CHECK;
/* A new pair of the devpts that `pts` is the top of. The slave is `owner`'s, as a login's terminal is. */
int pty_open(int pts, uid_t owner, struct pty *ret, struct err *e) MUST_CHECK;
/* The slave becomes standard input, output and error. */
int pty_streams(const struct pty *t, struct err *e) MUST_CHECK;
/* Standard input becomes the controlling terminal of the caller, who leads a session that has none. */
int pty_control(struct err *e) MUST_CHECK;
/* Bind the slave on "console" in `dev`, a /dev of our own making; what a volume put there stays. */
int pty_console(int dev, const struct pty *t, struct err *e) MUST_CHECK;

/* SOCK_SEQPACKET: the launcher's end and that of the process to come. */
int pty_socket(int *ret_outer, int *ret_inner, struct err *e) MUST_CHECK;
int pty_send(int socket, int master, struct err *e) MUST_CHECK;
/* The master that was sent; a message with anything else than one pty master is refused. Does not wait. */
int pty_receive(int socket, int *ret_master, struct err *e) MUST_CHECK;

#endif
