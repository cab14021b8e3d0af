/* SPDX-License-Identifier: Apache-2.0 */
/* writer.c - own netlink code for user records: send, take the answers, read back what the kernel made of them. */
#include "audit/writer.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "audit/readlog.h"
#include "audit/status.h"
#include "launcher/base/cleanup.h"

enum {
	/*
	 * The kernel answers each question, by a thread of its own behind all who write: beside hundreds of starts that takes
	 * seconds, and says nothing about what is written. In units of wait_ms.
	 */
	STATUS_WAITS = 10,
	SLICE_MS = 200,		/* how long one receive waits before the state is looked at again */
	/*
	 * One send. The copies that come back are charged to our receive buffer (212,992 bytes unless an
	 * administrator changed it) with up to 2.3 kB of overhead each, and nobody reads while we send.
	 */
	BURST_RECORDS = 24, BURST_BYTES = 24 * 1024,
};

void audit_event_id_text(const struct audit_event_id *id, char ret[AUDIT_EVENT_ID_TEXT])
{
	if (id->serial)
		(void)snprintf(ret, AUDIT_EVENT_ID_TEXT, "%llu.%03u:%llu", (unsigned long long)id->sec,
			       id->ms % 1000, (unsigned long long)id->serial);
	else
		(void)snprintf(ret, AUDIT_EVENT_ID_TEXT, "?");
}

const char *audit_proof_word(enum audit_proof proof)
{
	return proof == AUDIT_PROOF_READBACK ? "readback" :
	       proof == AUDIT_PROOF_COUNTER ? "counter" : "none";
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* AUDIT_GET: 0 and *ret, or -1 with errno. The reply comes from a kernel thread, so it must be waited for. */
static int get_status(struct audit_writer *w, struct audit_status *ret)
{
	struct nlmsghdr ask = { .nlmsg_len = NLMSG_LENGTH(0), .nlmsg_type = AUDIT_GET,
				.nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = ++w->seq };
	struct {
		struct nlmsghdr h;
		char data[256];
	} in;
	int64_t end = now_ms() + (int64_t)w->wait_ms * STATUS_WAITS;

	if (send(w->fd, &ask, sizeof(ask), 0) < 0)
		return -1;
	while (now_ms() < end) {
		ssize_t n = recv(w->fd, &in, sizeof(in), 0);

		if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
			return -1;
		if (n < (ssize_t)sizeof(in.h) || in.h.nlmsg_seq != w->seq)
			continue;
		n -= (ssize_t)sizeof(in.h);
		if (in.h.nlmsg_type == NLMSG_ERROR && n >= (ssize_t)sizeof(int)) {
			memcpy(&errno, in.data, sizeof(int));
			errno = -errno;
			return -1;
		}
		if (in.h.nlmsg_type != AUDIT_GET || n < (ssize_t)offsetof(struct audit_status, version))
			continue;
		memset(ret, 0, sizeof(*ret));
		memcpy(ret, in.data, (size_t)n < sizeof(*ret) ? (size_t)n : sizeof(*ret));
		return 0;
	}
	errno = ETIMEDOUT;
	return -1;
}

static int cannot_ask(int why, struct err *e)
{
	if (why == ECONNREFUSED)
		return err_set(e, ERR_AUDIT, 0, "the kernel takes no audit records from here: this process is in a "
			       "user namespace; start it outside of one");
	return err_set(e, ERR_AUDIT, why, "asking the kernel for the state of audit");
}

static int open_socket(bool waits, struct err *e)
{
	const struct timeval slice = { .tv_usec = SLICE_MS * 1000 };
	auto_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);

	if (fd < 0 && (errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT))
		return err_set(e, ERR_AUDIT, 0, "this kernel has no audit: it was built without, or booted with "
			       "audit=0; boot it with audit=1");
	if (fd < 0)
		return err_set(e, ERR_AUDIT, errno, "audit socket");
	if (waits && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof(slice)))
		return err_set(e, ERR_AUDIT, errno, "audit socket: time-out");
	return take_fd(&fd);
}

/* 0 with w->readlog open, or with -1 in it where CAP_AUDIT_READ is missing. */
static int join_readlog(struct audit_writer *w, struct err *e)
{
	const struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = 1U << (AUDIT_NLGRP_READLOG - 1) };
	auto_close int fd = open_socket(true, e);

	w->pid = getpid();
	if (fd < 0 || readlog_filter(fd, (uint32_t)w->pid, e))
		return -1;
	if (bind(fd, (const struct sockaddr *)&group, sizeof(group)) == 0)
		w->readlog = take_fd(&fd);
	else if (errno != EPERM)
		return err_set(e, ERR_AUDIT, errno, "joining the audit log's readers");
	return 0;
}

static int open_checked(enum audit_mode mode, struct audit_writer *w, struct err *e)
{
	struct audit_status s;

	if (mode == AUDIT_READBACK_ALONE) {
		w->has_status = false;
	} else if (get_status(w, &s) == 0) {
		w->has_status = true;
		w->lost = s.lost;
		if (audit_status_check(w->procfd, &s, w->lost, e))
			return -1;
	} else if (errno != EPERM) {
		return cannot_ask(errno, e);
	}
	if (join_readlog(w, e))
		return -1;
	w->proof = w->readlog >= 0 ? AUDIT_PROOF_READBACK : w->has_status ? AUDIT_PROOF_COUNTER : AUDIT_PROOF_NONE;
	if (w->proof == AUDIT_PROOF_NONE)
		return err_set(e, ERR_AUDIT, 0, "nothing could prove that a record was written: this process has "
			       "neither CAP_AUDIT_READ nor CAP_AUDIT_CONTROL (in the first PID namespace); run it "
			       "with them, usually as root");
	if (w->proof == AUDIT_PROOF_COUNTER && mode != AUDIT_TAKE_COUNTER)
		return err_set(e, ERR_AUDIT, 0, "records cannot be read back: CAP_AUDIT_READ is missing; run with "
			       "it, usually as root");
	return 0;
}

int audit_writer_open(enum audit_mode mode, int procfd, struct audit_writer *ret, struct err *e)
{
	/* Connected: answers of anyone but the kernel (port 0) do not get in (netlink_getsockbyportid()). */
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	auto_audit_writer struct audit_writer w = AUDIT_WRITER_CLOSED;

	w.procfd = procfd;
	w.wait_ms = AUDIT_WAIT_MS;
	w.fd = open_socket(mode != AUDIT_READBACK_ALONE, e);
	if (w.fd < 0)
		return -1;
	if (connect(w.fd, (const struct sockaddr *)&kernel, sizeof(kernel)))
		return err_set(e, ERR_AUDIT, errno, "audit socket: connect");
	if (open_checked(mode, &w, e))
		return -1;
	*ret = w;
	w.fd = w.readlog = -1;
	return 0;
}

int audit_writer_inherit(struct audit_writer *w, pid_t pid, struct err *e)
{
	w->pid = pid;
	return w->readlog >= 0 ? readlog_filter(w->readlog, (uint32_t)w->pid, e) : 0;
}

void audit_writer_close(struct audit_writer *w)
{
	close_fd_auto(&w->fd);
	close_fd_auto(&w->readlog);
	w->proof = AUDIT_PROOF_NONE;
}

/* *ret_empty: nothing waits in the kernel's queue for auditd. */
static int check_queue(struct audit_writer *w, bool *ret_empty, struct err *e)
{
	struct audit_status s;

	*ret_empty = true;
	if (!w->has_status)
		return 0;
	if (get_status(w, &s))
		return cannot_ask(errno, e);
	*ret_empty = s.backlog == 0;
	return audit_status_check(w->procfd, &s, w->lost, e);
}

int audit_writer_check(struct audit_writer *w, struct err *e)
{
	bool unused;

	return check_queue(w, &unused, e);
}

/* audit_receive() takes several messages of one datagram in turn: one system call for the burst. */
static int send_burst(struct audit_writer *w, const struct audit_record *r, size_t n, struct err *e)
{
	static const char pad[4];
	struct nlmsghdr head[BURST_RECORDS];
	struct iovec iov[BURST_RECORDS * 3];
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = n * 3 };
	/* What is read back needs no acknowledgement; a refusal is told in any case. */
	unsigned ack = w->proof == AUDIT_PROOF_READBACK ? 0 : NLM_F_ACK;

	for (size_t i = 0; i < n; i++) {
		/* The kernel overwrites the last byte of the body by a NUL, so the NUL is sent too. */
		size_t len = r[i].len + 1;

		head[i] = (struct nlmsghdr){ .nlmsg_len = (uint32_t)NLMSG_LENGTH(len), .nlmsg_type = r[i].type,
					     .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | ack), .nlmsg_seq = ++w->seq };
		iov[i * 3] = (struct iovec){ &head[i], sizeof(head[i]) };
		iov[i * 3 + 1] = (struct iovec){ (char *)r[i].text, len };
		iov[i * 3 + 2] = (struct iovec){ (char *)pad, NLMSG_ALIGN(len) - len };
	}
	if (sendmsg(w->fd, &m, 0) >= 0)
		return 0;
	if (errno == ECONNREFUSED)
		return cannot_ask(errno, e);
	return err_set(e, ERR_AUDIT, errno, "sending %zu audit records", n);
}

static int refused(int why, struct err *e)
{
	if (why == EPERM)
		return err_set(e, ERR_AUDIT, 0, "the kernel refused the record: CAP_AUDIT_WRITE is missing; run with "
			       "it, usually as root");
	if (why == ECONNREFUSED)
		return cannot_ask(why, e);
	return err_set(e, ERR_AUDIT, why, "the kernel refused the record");
}

/* Answers to the last n requests, which are queued before sendmsg() returns: *ret_acks of them say yes. */
static int take_answers(struct audit_writer *w, size_t n, size_t *ret_acks, struct err *e)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr err;
	} in[BURST_RECORDS];
	struct iovec iov[BURST_RECORDS];
	struct mmsghdr m[BURST_RECORDS];
	uint32_t first = w->seq - (uint32_t)n + 1;
	int got;

	memset(m, 0, sizeof(m));
	for (size_t i = 0; i < n; i++) {
		iov[i] = (struct iovec){ &in[i], sizeof(in[i]) };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	*ret_acks = 0;
	while (*ret_acks < n && (got = recvmmsg(w->fd, m, (unsigned)(n - *ret_acks), MSG_DONTWAIT, NULL)) > 0)
		for (int i = 0; i < got; i++) {
			if (m[i].msg_len < sizeof(in[i].h) + sizeof(int) || in[i].h.nlmsg_type != NLMSG_ERROR ||
			    in[i].h.nlmsg_seq - first >= n)
				continue;
			if (in[i].err.error)
				return refused(-in[i].err.error, e);
			++*ret_acks;
		}
	return 0;
}

static int take_acks(struct audit_writer *w, size_t n, struct err *e)
{
	size_t acks;

	if (take_answers(w, n, &acks, e))
		return -1;
	if (acks < n)
		return err_set(e, ERR_AUDIT, 0, "the kernel acknowledged %zu of %zu audit records", acks, n);
	return 0;
}

/*
 * Read the log until all n were seen. A slice without any asks the kernel whether waiting makes sense. What is shown to readers
 * was in its queue before (kauditd_thread()): while that is not empty and auditd lives, a record that was not seen yet is late and not
 * lost, and only where it was empty before the last slice, too, is wait_ms all that is waited.
 */
static int await(struct audit_writer *w, const struct audit_record *r, size_t n, struct audit_event_id *ids,
		 struct err *e)
{
	uint32_t missing = (uint32_t)((1ULL << n) - 1);
	int64_t begun = now_ms(), bound;
	bool empty = !w->has_status, was_empty = empty;
	size_t ignored;

	while (missing) {
		int got = readlog_take(w->readlog, (uint32_t)w->pid, r, n, &missing, ids);

		if (got < 0)
			return err_set(e, ERR_AUDIT, errno, "reading the audit log back");
		if (!missing)
			break;
		if (got == 0) {
			was_empty = empty;
			if (take_answers(w, n, &ignored, e) || check_queue(w, &empty, e))
				return -1;
		}
		bound = (int64_t)w->wait_ms * (was_empty && empty ? 1 : STATUS_WAITS);
		if (now_ms() >= begun + bound)
			return err_set(e, ERR_AUDIT, 0, "a record was sent but not seen in the audit log within "
				       "%lld ms%s", (long long)bound, w->has_status ? "; see auditctl -s and dmesg" :
				       ": is audit on (auditctl -s) and is this the first PID namespace?");
	}
	return 0;
}

static int write_burst(struct audit_writer *w, const struct audit_record *r, size_t n,
		       struct audit_event_id *ids, struct err *e)
{
	memset(ids, 0, n * sizeof(*ids));
	for (size_t i = 0; i < n; i++)
		ids[i].auid = ids[i].ses = AUDIT_UNSET;
	if (send_burst(w, r, n, e))
		return -1;
	if (w->proof == AUDIT_PROOF_READBACK)
		return await(w, r, n, ids, e);
	return take_acks(w, n, e) || audit_writer_check(w, e) ? -1 : 0;
}

int audit_write_many(struct audit_writer *w, const struct audit_record *records, size_t n,
		     struct audit_event_id *ret_ids, struct err *e)
{
	struct audit_event_id ids[BURST_RECORDS];

	if (w->proof == AUDIT_PROOF_NONE)
		return err_set(e, ERR_INTERNAL, 0, "audit writer used without being open");
	for (size_t i = 0; i < n; i++)
		if (!records[i].ended)
			return err_set(e, ERR_INTERNAL, 0, "audit record %zu of %zu was not finished", i + 1, n);
	for (size_t done = 0, k; done < n; done += k) {
		size_t bytes = 0;

		for (k = 0; k < BURST_RECORDS && done + k < n; k++) {
			bytes += records[done + k].len;
			if (k && bytes > BURST_BYTES)
				break;
		}
		if (write_burst(w, records + done, k, ids, e))
			return -1;
		if (ret_ids)
			memcpy(ret_ids + done, ids, k * sizeof(*ids));
	}
	return 0;
}

int audit_write(struct audit_writer *w, const struct audit_record *record,
		struct audit_event_id *ret_id, struct err *e)
{
	return audit_write_many(w, record, 1, ret_id, e);
}
