/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.h - who is told of system calls: linux.seccomp.listenerPath (config-linux.md, "Seccomp").
 *
 * A filter's listener is made by the process that loads it (seccomp(2), SECCOMP_FILTER_FLAG_NEW_LISTENER), last before
 * execve(2). So the socket is connected before anything of the container runs, by who makes it, and that process hands
 * the listener over itself, in one message with the text that says whose it is (containerProcessState). The text has the process's
 * number on the host, which it does not know: who waits for it at the gate writes the text into a file in memory that both have.
 * The socket is close-on-exec, as the listener is from birth: none of them reaches the program.
 *
 * Behind the filter that process makes two calls, sendmsg(2) and execve(2): a filter that denies the first is an error, and one that
 * would have it wait is refused where it is read (bundle_seccomp.c). Who listens and takes no connection, or does not read, is an
 * error too and no wait.
 */
#ifndef SECCTR_RUNTIME_LISTENER_H
#define SECCTR_RUNTIME_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "launcher/base/err.h"
#include "launcher/plan/plan.h"

enum { LISTENER_TEXT_MAX = 1 << 16 };		/* bytes of the text: annotations and metadata are in it */

struct listener_text {
	uint32_t len;
	char text[LISTENER_TEXT_MAX];
};

/* n: what read(2) of it gave. Here and below nothing is called: secctr-exec has no library. */
static inline bool listener_text_whole(const struct listener_text *t, long n)
{
	return n >= (long)sizeof(t->len) && t->len <= LISTENER_TEXT_MAX && n == (long)(sizeof(t->len) + t->len);
}

/* The one message, the listener in it. It refers to itself and to the text. */
struct listener_mail {
	struct msghdr message;
	struct iovec text;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
};
static inline void listener_mail_fill(struct listener_mail *m, struct listener_text *t, int listener)
{
	m->text = (struct iovec){ t->text, t->len };
	m->control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	__builtin_memcpy(CMSG_DATA(&m->control.head), &listener, sizeof(listener));
	m->message = (struct msghdr){ .msg_iov = &m->text, .msg_iovlen = 1, .msg_control = &m->control,
				      .msg_controllen = sizeof(m->control) };
}

/* SECCOMP_FILTER_FLAG_* of the plan's words, and of the listener if there is one. */
unsigned listener_flags(const struct plan_seccomp *s);
/* The flags for a further process that loads the filter and has no listener. */
unsigned listener_flags_without(unsigned flags);
/*
 * *ret_agent: connected to s->listener, a path of the host that is followed over no link; *ret_told: the file for the text. Both -1
 * where the plan has no listener.
 */
int listener_connect(const struct plan_seccomp *s, int *ret_agent, int *ret_told, struct err *e) MUST_CHECK;
/* In the parent, before the gate opens. `state`: the container's without "pid" and its last brace (hooks.h). */
int listener_tell(const struct plan_seccomp *s, const char *state, pid_t pid, int told, struct err *e) MUST_CHECK;
/* In the process: the text, before the filter; then the listener with it. Allocate nothing. */
int listener_read(int told, struct err *e) MUST_CHECK;
int listener_send(int agent, int listener, struct err *e) MUST_CHECK;

#endif
