/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netdev.h - network devices of the host that go into a container's own network (linux.netDevices of runtime-spec 1.3).
 *
 * By rtnetlink(7): the device is moved and renamed in one message (IFLA_NET_NS_FD), which the kernel answers by dropping its addresses;
 * those that are permanent and of global scope are put back inside, and it is brought up. MTU and hardware address go along by
 * themselves. Its way back is the kernel's: a physical device returns when the name space ends, a virtual one ends with it.
 */
#ifndef SECCTR_RUNTIME_NETDEV_H
#define SECCTR_RUNTIME_NETDEV_H

#include "launcher/plan/plan.h"

enum { NETDEV_ADDRESSES_MAX = 64 };	/* of one device */

/*
 * Move them to the network name space of the process behind `pidfd`; all of them are looked for before the first is moved. The caller's
 * own is the host's, before and afterwards; procfd: base/proc.h.
 */
int netdev_give(const struct plan *p, int procfd, int pidfd, struct err *e) MUST_CHECK;

#endif
