/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readlog.h - recognising our own records among what the kernel shows its log readers. For writer.c.
 *
 * One datagram is one record: a struct nlmsghdr (the type of the record; nlmsg_len is not to be
 * relied on, see kauditd_send_multicast_skb() in kernel/audit.c) and its text
 *	audit(SEC.MS:SERIAL): pid=P uid=U auid=A ses=S [subj=C] msg='BODY'
 * where everything in front of msg= is the kernel's.
 */
#ifndef SECCTR_AUDIT_READLOG_H
#define SECCTR_AUDIT_READLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/netlink.h>
#include <stdint.h>

#include "audit/writer.h"

/*
 * Let only records of process `pid`, of the types of events.h, into the socket. The kernel asks the filter before it charges
 * a record to the socket's queue (do_one_broadcast() in net/netlink/af_netlink.c), so what others write cannot fill it: once
 * it had run over, ours would be dropped too until all of it was read (NETLINK_S_CONGESTED).
 */
int readlog_filter(int fd, uint32_t pid, struct err *e) MUST_CHECK;

/* One packet: is it, from the kernel and of our process, one of the records that are `missing`? Then it is not any more. */
bool readlog_take_one(const struct sockaddr_nl *from, const struct nlmsghdr *h, size_t len, uint32_t pid,
		      const struct audit_record *records, size_t n, uint32_t *missing, struct audit_event_id *ids);
/*
 * Receive what is there (waiting up to the socket's time-out for the first) and clear bit i of
 * *missing, and set ids[i], for each records[i] that was seen. Two records with equal bodies are
 * matched in order. pid: of the process that sent them. Returns how many datagrams came, 0 for none, -1 with errno.
 */
int readlog_take(int fd, uint32_t pid, const struct audit_record *records, size_t n, uint32_t *missing,
		 struct audit_event_id *ids) MUST_CHECK;

/* The text of one record: is it `r`, sent by process `pid`? Then *ret is its id. */
bool readlog_matches(const char *text, size_t len, const struct audit_record *r, uint32_t pid,
		     struct audit_event_id *ret);

#endif
