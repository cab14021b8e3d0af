/* SPDX-License-Identifier: Apache-2.0 */
/* listener.c - see listener.h; secctr-exec (exec_main.c) has the last two for itself. */
#include "launcher/runtime/listener.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/json.h"
#include "launcher/runtime/inside.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV	/* linux/seccomp.h of 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

unsigned listener_flags(const struct plan_seccomp *s)
{
	return (strv_has(&s->flags, "log") ? SECCOMP_FILTER_FLAG_LOG : 0) |
	       (strv_has(&s->flags, "spec-allow") ? SECCOMP_FILTER_FLAG_SPEC_ALLOW : 0) |
	       (strv_has(&s->flags, "wait-killable") ? SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0) |
	       (s->listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
}

unsigned listener_flags_without(unsigned flags)
{
	return flags & ~(unsigned)(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
}

static int connect_to(const char *path, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	auto_close int file = inside_open_host(path, e), fd = -1;
	struct stat st;

	if (file < 0)
		return err_context(e, "linux.seccomp.listenerPath");
	if (fstat(file, &st) || !S_ISSOCK(st.st_mode))
		return err_set(e, ERR_INPUT, 0, "linux.seccomp.listenerPath: %.200s is no socket", path);
	/* By the descriptor: a path has more room there than in an address, and cannot be another's by now. */
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d", file);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)))
		return err_set(e, ERR_SYSTEM, errno, "linux.seccomp.listenerPath: %.200s", path);
	return take_fd(&fd);
}

int listener_connect(const struct plan_seccomp *s, int *ret_agent, int *ret_told, struct err *e)
{
	auto_close int agent = -1, told = -1;

	*ret_agent = *ret_told = -1;
	if (!s->listener)
		return 0;
	agent = connect_to(s->listener, e);
	if (agent < 0)
		return -1;
	told = memfd_create("secctr-listener", MFD_CLOEXEC);
	if (told < 0)
		return err_set(e, ERR_SYSTEM, errno, "memfd_create");
	*ret_agent = take_fd(&agent);
	*ret_told = take_fd(&told);
	return 0;
}

/* `state` and what follows is an object again. */
static int make_text(const struct plan_seccomp *s, const char *state, pid_t pid, char **ret, struct err *e)
{
	auto_json json_t *metadata = json_string(s->metadata ? s->metadata : "");
	auto_free char *quoted = metadata ? json_dumps(metadata, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	if (!quoted)
		return err_set(e, ERR_INPUT, 0, "linux.seccomp.listenerMetadata: not UTF-8");
	return str_print(ret, e, "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":%d%s%s,\"state\":%s,\"pid\":%d}}", (int)pid,
			 s->metadata ? ",\"metadata\":" : "", s->metadata ? quoted : "", state, (int)pid);
}

int listener_tell(const struct plan_seccomp *s, const char *state, pid_t pid, int told, struct err *e)
{
	auto_free char *text = NULL;
	uint32_t len;

	if (told < 0)
		return 0;
	if (!state)
		return err_set(e, ERR_INTERNAL, 0, "linux.seccomp.listenerPath: no state to tell");
	if (make_text(s, state, pid, &text, e))
		return -1;
	len = (uint32_t)strlen(text);
	if (len > LISTENER_TEXT_MAX)
		return err_set(e, ERR_LIMIT, 0, "linux.seccomp.listenerPath: its message has %u bytes, more than %d", len, LISTENER_TEXT_MAX);
	if (pwrite(told, text, len, sizeof(len)) != (ssize_t)len || pwrite(told, &len, sizeof(len), 0) != sizeof(len))
		return err_set(e, ERR_SYSTEM, errno, "linux.seccomp.listenerPath: its message");
	return 0;
}

static struct listener_text message;

int listener_read(int told, struct err *e)
{
	ssize_t n = pread(told, &message, sizeof(message), 0);

	if (!listener_text_whole(&message, n))
		return err_set(e, ERR_INTERNAL, 0, "linux.seccomp.listenerPath: no message");
	return 0;
}

int listener_send(int agent, int listener, struct err *e)
{
	struct listener_mail m;

	listener_mail_fill(&m, &message, listener);
	if (sendmsg(agent, &m.message, MSG_NOSIGNAL) != (ssize_t)message.len)
		return err_set(e, ERR_SYSTEM, errno, "linux.seccomp.listenerPath: handing the listener over: sendmsg");
	return 0;
}
