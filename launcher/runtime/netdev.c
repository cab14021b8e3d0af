/* SPDX-License-Identifier: Apache-2.0 */
/* netdev.c - see netdev.h. */
#include "launcher/runtime/netdev.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "launcher/base/cleanup.h"

enum { REQUEST_MAX = 512, ANSWER_MAX = 16384, ADDRESS_MAX = 256 };

struct request {
	struct nlmsghdr h;
	char data[REQUEST_MAX];
};

/* One address, as the kernel told it: a struct ifaddrmsg and its attributes. */
struct address {
	size_t len;
	char data[ADDRESS_MAX];
};

struct netdev {
	const char *name, *inside;
	int outer, inner, target;	/* sockets of both name spaces; that of the container */
	size_t n;
	struct address address[NETDEV_ADDRESSES_MAX];
};

static void *begin(struct request *r, int type, int flags, const void *body, size_t len)
{
	memset(r, 0, sizeof(*r));
	r->h.nlmsg_len = (uint32_t)NLMSG_LENGTH(len);
	r->h.nlmsg_type = (uint16_t)type;
	r->h.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	return memcpy(r->data, body, len);
}

/* What goes in is bounded: a name, a number, or one of an address's attributes. */
static void add(struct request *r, int type, const void *value, size_t len)
{
	size_t at = NLMSG_ALIGN(r->h.nlmsg_len);
	struct rtattr *a = (struct rtattr *)(void *)((char *)r + at);

	if (at + RTA_SPACE(len) > sizeof(*r))
		return;
	a->rta_type = (uint16_t)type;
	a->rta_len = (uint16_t)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), value, len);
	r->h.nlmsg_len = (uint32_t)(at + RTA_LENGTH(len));
}

/* 0, or -1 with the kernel's errno. */
static int ask(int fd, struct request *r)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char more[REQUEST_MAX];
	} in;
	ssize_t n;

	r->h.nlmsg_flags |= NLM_F_ACK;
	if (send(fd, r, r->h.nlmsg_len, 0) < 0)
		return -1;
	n = recv(fd, &in, sizeof(in), 0);
	if (n < 0)
		return -1;
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(in.e)) || in.h.nlmsg_type != NLMSG_ERROR) {
		errno = EPROTO;
		return -1;
	}
	errno = -in.e.error;
	return in.e.error ? -1 : 0;
}

static int index_of(int fd, const char *name)
{
	struct ifreq r = { 0 };

	memcpy(r.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	return ioctl(fd, SIOCGIFINDEX, &r) ? -1 : r.ifr_ifindex;
}

static uint32_t flags_of(const struct nlmsghdr *h)
{
	const struct ifaddrmsg *a = NLMSG_DATA(h);
	int left = (int)IFA_PAYLOAD(h);
	uint32_t flags = a->ifa_flags;

	for (const struct rtattr *at = IFA_RTA(a); RTA_OK(at, left); at = RTA_NEXT(at, left))
		if (at->rta_type == IFA_FLAGS && RTA_PAYLOAD(at) == sizeof(flags))
			memcpy(&flags, RTA_DATA(at), sizeof(flags));
	return flags;
}

static int keep_address(struct netdev *d, const struct nlmsghdr *h, int index, struct err *e)
{
	const struct ifaddrmsg *a = NLMSG_DATA(h);
	size_t len = NLMSG_PAYLOAD(h, 0);

	if (h->nlmsg_type != RTM_NEWADDR || (int)a->ifa_index != index || a->ifa_scope != RT_SCOPE_UNIVERSE || !(flags_of(h) & IFA_F_PERMANENT))
		return 0;
	if (d->n == NETDEV_ADDRESSES_MAX || len > ADDRESS_MAX)
		return err_set(e, ERR_LIMIT, 0, "linux.netDevices: %s: more than %d addresses", d->name, NETDEV_ADDRESSES_MAX);
	memcpy(d->address[d->n].data, a, len);
	d->address[d->n++].len = len;
	return 0;
}

static int read_addresses(struct netdev *d, int index, struct err *e)
{
	static char in[ANSWER_MAX] __attribute__((aligned(8)));
	struct request r;

	d->n = 0;
	(void)begin(&r, RTM_GETADDR, NLM_F_DUMP, &(struct ifaddrmsg){ .ifa_family = AF_UNSPEC }, sizeof(struct ifaddrmsg));
	if (send(d->outer, &r, r.h.nlmsg_len, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "linux.netDevices: %s: its addresses", d->name);
	for (;;) {
		ssize_t n = recv(d->outer, in, sizeof(in), 0);
		int left = (int)n;

		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "linux.netDevices: %s: its addresses", d->name);
		for (const struct nlmsghdr *h = (void *)in; NLMSG_OK(h, (unsigned)left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return err_set(e, ERR_SYSTEM, 0, "linux.netDevices: %s: its addresses cannot be read", d->name);
			if (keep_address(d, h, index, e))
				return -1;
		}
	}
}

static int put_address(struct netdev *d, const struct address *a, int index)
{
	static const int kept[] = { IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST, IFA_FLAGS, IFA_RT_PRIORITY, IFA_CACHEINFO };
	const struct ifaddrmsg *was = (const void *)a->data;
	struct ifaddrmsg is = *was;
	int left = (int)(a->len - NLMSG_ALIGN(sizeof(is)));
	struct request r;

	is.ifa_index = (uint32_t)index;
	(void)begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &is, sizeof(is));
	for (const struct rtattr *at = IFA_RTA(was); RTA_OK(at, left); at = RTA_NEXT(at, left))
		for (size_t i = 0; i < ARRAY_LEN(kept); i++)
			if (at->rta_type == kept[i])
				add(&r, at->rta_type, RTA_DATA(at), RTA_PAYLOAD(at));
	return ask(d->inner, &r);
}

static int move_one(struct netdev *d, struct err *e)
{
	const struct ifinfomsg up = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct ifinfomsg link = { .ifi_index = index_of(d->outer, d->name) };
	struct request r;

	if (read_addresses(d, link.ifi_index, e))
		return -1;
	(void)begin(&r, RTM_NEWLINK, 0, &link, sizeof(link));
	add(&r, IFLA_NET_NS_FD, &d->target, sizeof(d->target));
	add(&r, IFLA_IFNAME, d->inside, strlen(d->inside) + 1);
	if (ask(d->outer, &r))
		return err_set(e, ERR_SYSTEM, errno, "linux.netDevices: %s: moving it into the container as %s", d->name, d->inside);
	link = up;
	link.ifi_index = index_of(d->inner, d->inside);
	for (size_t i = 0; i < d->n; i++)
		if (put_address(d, &d->address[i], link.ifi_index))
			return err_set(e, ERR_SYSTEM, errno, "linux.netDevices: %s: an address of it, inside", d->name);
	(void)begin(&r, RTM_NEWLINK, 0, &link, sizeof(link));
	return ask(d->inner, &r) ? err_set(e, ERR_SYSTEM, errno, "linux.netDevices: %s: bringing it up", d->name) : 0;
}

/* A socket stays in the name space in which it was made. */
static int open_inside(int procfd, int pidfd, struct netdev *d, struct err *e)
{
	auto_close int own = openat(procfd, "thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	bool entered = own >= 0 && setns(pidfd, CLONE_NEWNET) == 0;

	if (!entered)
		return err_set(e, ERR_SYSTEM, errno, "linux.netDevices: the container's network");
	d->target = openat(procfd, "thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	d->inner = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (setns(own, CLONE_NEWNET))
		return err_set(e, ERR_SYSTEM, errno, "linux.netDevices: back to the host's network");
	return d->target < 0 || d->inner < 0 ? err_set(e, ERR_SYSTEM, errno, "linux.netDevices: the container's network") : 0;
}

static int take_entry(const char *entry, struct netdev *d, char name[IFNAMSIZ], struct err *e)
{
	const char *eq = strchr(entry, '=');
	size_t n = eq ? (size_t)(eq - entry) : IFNAMSIZ;

	if (n >= IFNAMSIZ)
		return err_set(e, ERR_INTERNAL, 0, "netDevices: %.64s", entry);
	memcpy(name, entry, n);
	name[n] = '\0';
	d->name = name;
	d->inside = eq + 1;
	return 0;
}

static int give_all(const struct plan *p, int procfd, int pidfd, struct netdev *d, struct err *e)
{
	char name[IFNAMSIZ];

	d->outer = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (d->outer < 0)
		return err_set(e, ERR_SYSTEM, errno, "linux.netDevices");
	for (size_t i = 0; i < p->net_devices.len; i++)
		if (take_entry(p->net_devices.item[i], d, name, e))
			return -1;
		else if (index_of(d->outer, name) < 0)
			return err_set(e, errno == ENODEV ? ERR_NOTFOUND : ERR_SYSTEM, errno, "linux.netDevices: %s", name);
	if (open_inside(procfd, pidfd, d, e))
		return -1;
	for (size_t i = 0; i < p->net_devices.len; i++)
		if (take_entry(p->net_devices.item[i], d, name, e) || move_one(d, e))
			return -1;
	return 0;
}

int netdev_give(const struct plan *p, int procfd, int pidfd, struct err *e)
{
	static struct netdev d;
	int r;

	if (!p->net_devices.len)
		return 0;
	d = (struct netdev){ .outer = -1, .inner = -1, .target = -1 };
	r = give_all(p, procfd, pidfd, &d, e);
	close_fd_auto(&d.outer);
	close_fd_auto(&d.inner);
	close_fd_auto(&d.target);
	return r;
}
