/* SPDX-License-Identifier: Apache-2.0 */
/* readlog.c - the read-back: a socket filter by type and process, and the comparison of what came with what was sent. */
#include "audit/readlog.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Where "): pid=" can stand in "audit(S.MMM:N): pid=": seconds and serial have one digit each, or ten and eleven. */
enum { PID_FIRST = sizeof(struct nlmsghdr) + 13, PID_LAST = PID_FIRST + 20 };

/* Compares what stands 4 bytes behind X. */
static unsigned compare_text(struct sock_filter *code, const char *text)
{
	unsigned n = 0;
	size_t at = 0, len = strlen(text);

	while (at < len) {
		size_t k = len - at >= 4 ? 4 : len - at >= 2 ? 2 : 1;
		uint16_t size = k == 4 ? BPF_W : k == 2 ? BPF_H : BPF_B;
		uint32_t v = 0;

		for (size_t i = 0; i < k; i++)
			v = v << 8 | (uint8_t)text[at + i];
		code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | size | BPF_IND, 4 + (uint32_t)at);
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, v, 1, 0);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
		at += k;
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	return n;
}

int readlog_filter(int fd, uint32_t pid, struct err *e)
{
	enum { ROOM = AUDIT_EVENT_COUNT + 2 + (PID_LAST - PID_FIRST + 1) * 4 + 1 + 6 * 3 + 1 };
	struct sock_filter code[ROOM];
	struct sock_fprog prog = { .filter = code };
	char text[24];
	unsigned n = 0;

	/* A classic filter loads in network order; the type stands in host order. */
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type));
	for (unsigned i = 0; i < AUDIT_EVENT_COUNT; i++)
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			htons(audit_event_rows[i].type), (uint8_t)(AUDIT_EVENT_COUNT - i), 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	for (unsigned at = PID_FIRST; at <= PID_LAST; at++) {
		code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at);
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x293a2070 /* "): p" */, 0, 2);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, at);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (PID_LAST - at) * 4 + 1);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	(void)snprintf(text, sizeof(text), "id=%u ", pid);
	n += compare_text(code + n, text);
	prog.len = (unsigned short)n;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
		return err_set(e, ERR_AUDIT, errno, "audit log reader: socket filter");
	return 0;
}

/* "PREFIX" and digits at *at; moves *at behind them. */
static bool take_number(const char **at, const char *end, const char *prefix, uint64_t *ret)
{
	size_t n = strlen(prefix);
	uint64_t v = 0;
	const char *p = *at;

	if ((size_t)(end - p) <= n || memcmp(p, prefix, n) != 0 || p[n] < '0' || p[n] > '9')
		return false;
	for (p += n; p < end && *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (unsigned)(*p - '0'), &v))
			return false;
	*at = p;
	*ret = v;
	return true;
}

bool readlog_matches(const char *text, size_t len, const struct audit_record *r, uint32_t pid,
		     struct audit_event_id *ret)
{
	static const char msg[] = " msg='";
	const char *at = text, *end = text + len;
	uint64_t sec, ms, serial, p, uid, auid, ses;

	while (end > text && (end[-1] == '\0' || end[-1] == '\n'))
		end--;
	if (!take_number(&at, end, "audit(", &sec) || !take_number(&at, end, ".", &ms) ||
	    !take_number(&at, end, ":", &serial) || !take_number(&at, end, "): pid=", &p) || p != pid ||
	    !take_number(&at, end, " uid=", &uid) || !take_number(&at, end, " auid=", &auid) ||
	    !take_number(&at, end, " ses=", &ses))
		return false;
	at = memmem(at, (size_t)(end - at), msg, sizeof(msg) - 1);
	if (!at)
		return false;
	at += sizeof(msg) - 1;
	if ((size_t)(end - at) != r->len + 1 || memcmp(at, r->text, r->len) != 0 || at[r->len] != '\'')
		return false;
	*ret = (struct audit_event_id){ .sec = sec, .ms = (uint32_t)ms, .serial = serial,
					.auid = (uint32_t)auid, .ses = (uint32_t)ses };
	return true;
}

bool readlog_take_one(const struct sockaddr_nl *from, const struct nlmsghdr *h, size_t len, uint32_t pid,
		      const struct audit_record *records, size_t n, uint32_t *missing, struct audit_event_id *ids)
{
	/* Only the kernel (port 0) speaks the truth; other processes may send to our port. */
	if (len <= sizeof(*h) || from->nl_pid != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((*missing & 1U << i) && h->nlmsg_type == records[i].type &&
		    readlog_matches((const char *)(h + 1), len - sizeof(*h), &records[i], pid, &ids[i])) {
			*missing &= ~(1U << i);
			return true;
		}
	return false;
}

int readlog_take(int fd, uint32_t pid, const struct audit_record *records, size_t n, uint32_t *missing,
		 struct audit_event_id *ids)
{
	enum { AT_ONCE = 8, ROOM = RECORD_BODY_MAX + 512 };	/* a longer one is cut, and not ours */
	/* Not on the stack, where each page of it would be touched to guard against a clash. Nothing here runs in two threads. */
	static struct {
		struct nlmsghdr h;
		char text[ROOM];
	} in[AT_ONCE];
	struct iovec iov[AT_ONCE];
	struct mmsghdr m[AT_ONCE];
	struct sockaddr_nl from[AT_ONCE];
	int got;

	memset(m, 0, sizeof(m));
	for (int i = 0; i < AT_ONCE; i++) {
		iov[i] = (struct iovec){ &in[i], sizeof(in[i]) };
		m[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1, .msg_name = &from[i],
						.msg_namelen = sizeof(from[i]) };
	}
	got = recvmmsg(fd, m, AT_ONCE, MSG_WAITFORONE, NULL);
	/* ENOBUFS: the queue ran over; ours may yet be in it. */
	if (got < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -1;
	for (int k = 0; k < got; k++)
		if (!(m[k].msg_hdr.msg_flags & MSG_TRUNC))
			(void)readlog_take_one(&from[k], &in[k].h, m[k].msg_len, pid, records, n, missing, ids);
	return got;
}
