/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c - see journal.h. Without libsystemd: one datagram with an iovec needs none of its pages. */
#include "launcher/monitor/journal.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "launcher/base/cleanup.h"

int journal_connect(const char *path, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const struct timeval wait = { .tv_sec = JOURNAL_WAIT_MS / 1000 };
	auto_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "log driver journald: socket");
	if (strlen(path) >= sizeof(to.sun_path))
		return err_set(e, ERR_LIMIT, 0, "log driver journald: %.64s: path too long", path);
	strcpy(to.sun_path, path);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return err_set(e, ERR_SYSTEM, errno, "log driver journald: the journal is not there (%.100s)", path);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)))
		return err_set(e, ERR_SYSTEM, errno, "log driver journald");
	return take_fd(&fd);
}

int journal_open(struct journal *j, int fd, const struct monitor_job *job, struct err *e)
{
	const char *tag = job->log_tag ? job->log_tag : job->name;
	int n;

	*j = (struct journal){ .fd = fd };
	n = snprintf(j->tail, sizeof(j->tail), "\nCONTAINER_ID=%.12s\nCONTAINER_ID_FULL=%s\nCONTAINER_NAME=%s\nCONTAINER_TAG=%s\n"
		     "SYSLOG_IDENTIFIER=%s\nSECCTR_LOGINUID=%lld\nSECCTR_SESSION=%lld\n", job->id, job->id, job->name, tag, tag,
		     (long long)job->auid, (long long)job->ses);
	if (n < 0 || (size_t)n >= sizeof(j->tail))
		return err_set(e, ERR_LIMIT, 0, "log driver journald: more than %d bytes of fields", JOURNAL_TAIL_MAX);
	j->tail_len = (size_t)n;
	return 0;
}

static void send_entry(struct journal *j, const char *head, const char *text, size_t n, bool partial)
{
	static const char message[] = "MESSAGE\n", part[] = "CONTAINER_PARTIAL_MESSAGE=true\n";
	uint64_t len = htole64(n);
	struct iovec v[] = {
		{ (void *)head, strlen(head) }, { (void *)message, sizeof(message) - 1 }, { &len, sizeof(len) },
		{ (void *)text, n }, { j->tail, j->tail_len }, { (void *)part, partial ? sizeof(part) - 1 : 0 },
	};
	struct msghdr m = { .msg_iov = v, .msg_iovlen = ARRAY_LEN(v) };
	ssize_t done;

	do
		done = sendmsg(j->fd, &m, MSG_NOSIGNAL | (j->stuck ? MSG_DONTWAIT : 0));
	while (done < 0 && errno == EINTR);
	j->stuck = done < 0;
	if (done >= 0)
		return;
	j->lost += n;
	if (!j->lost_why)
		j->lost_why = errno;
}

void journal_write(struct journal *j, bool is_stderr, const char *text, size_t n)
{
	const char *head = is_stderr ? "PRIORITY=3\n" : "PRIORITY=6\n";

	while (n) {
		size_t room = n < JOURNAL_TEXT_MAX ? n : JOURNAL_TEXT_MAX;
		const char *end = memchr(text, '\n', room);
		size_t len = end ? (size_t)(end - text) : room;

		send_entry(j, head, text, len, !end);
		text += len + !!end;
		n -= len + !!end;
	}
}
