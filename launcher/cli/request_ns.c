/* SPDX-License-Identifier: Apache-2.0 */
/* request_ns.c - whose name spaces: the container's own, the host's, another container's. And sysctls, which live there. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/cli/request_parts.h"
#include "launcher/plan/idmap.h"
#include "launcher/store/container.h"
#include "launcher/store/idranges.h"

/* "container:NAME": its id is what is decided about and recorded. */
static int of_container(struct building *b, struct plan_ns *ns, const char *name, const char *option, struct err *e)
{
	char id[ID_HEX + 1];

	if (container_resolve(b->store, name, id, e))
		return err_context(e, "%s", option);
	ns->mode = PLAN_NS_CONTAINER;
	return str_copy(id, &ns->path, e);
}

/* "ns:PATH" as it is after all links; a link of /proc has no path behind it. */
static int of_path(struct plan_ns *ns, const char *path, const char *option, struct err *e)
{
	ns->path = realpath(path, NULL);
	if (!ns->path)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, str_starts(path, "/proc/") ?
			       "%s ns:%.200s: name a file that a name space is bound to (ip netns add), as process numbers are reused" :
			       "%s ns:%.200s", option, path);
	ns->mode = PLAN_NS_PATH;
	return 0;
}

/* 1: not one of these words. */
static int read_mode(struct building *b, struct plan_ns *ns, const char *text, const char *option, struct err *e)
{
	if (strcmp(text, "private") == 0)
		ns->mode = PLAN_NS_NEW;
	else if (strcmp(text, "host") == 0)
		ns->mode = PLAN_NS_HOST;
	else if (str_starts(text, "container:"))
		return of_container(b, ns, text + 10, option, e);
	else if (str_starts(text, "ns:"))
		return of_path(ns, text + 3, option, e);
	else
		return 1;
	return 0;
}

static void drop_mount(struct plan *p, const char *target)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->mounts.len; i++) {
		struct plan_mount *m = PLAN_MOUNT(p, i);

		if (m->standard && strcmp(m->target, target) == 0)
			fields_done(plan_mount_fields, m);
		else
			*PLAN_MOUNT(p, kept++) = *m;
	}
	p->mounts.len = kept;
}

static int set_ipc(struct building *b, struct err *e)
{
	const char *text = b->r->ipc_ns;
	struct plan_ns *ns = &b->p->ns[PLAN_NS_IPC];

	if (!text || !*text)
		return 0;
	/* Whether another container may join is a matter of that one's policy. */
	if (strcmp(text, "shareable") == 0 || strcmp(text, "none") == 0) {
		ns->mode = PLAN_NS_NEW;
		if (*text == 'n')
			drop_mount(b->p, "/dev/shm");
		return 0;
	}
	return read_mode(b, ns, text, "--ipc", e);
}

static int set_uts(struct building *b, struct err *e)
{
	struct plan_ns *ns = &b->p->ns[PLAN_NS_UTS];
	int r = b->r->uts_ns ? read_mode(b, ns, b->r->uts_ns, "--uts", e) : 0;

	/* The name made up from the id is not one that was asked for. */
	if (r == 0 && ns->mode != PLAN_NS_OPEN && ns->mode != PLAN_NS_NEW && !b->r->hostname)
		free_ptr_auto(&b->p->hostname);
	return r;
}

static int set_network(struct building *b, struct err *e)
{
	const char *text = b->r->network;
	struct plan_ns *ns = &b->p->ns[PLAN_NS_NET];

	if (!text)
		return 0;
	for (int i = PLAN_NET_NONE; i <= PLAN_NET_PRIVATE; i++)
		if (strcmp(plan_net_words[i], text) == 0) {
			b->p->net = i;
			return 0;
		}
	if (!str_starts(text, "container:") && !str_starts(text, "ns:"))
		return err_set(e, ERR_INPUT, 0, "--network %.64s: none, host, private, container:NAME or ns:PATH; there are no bridges yet",
			       text);
	if (read_mode(b, ns, text, "--network", e))
		return -1;
	b->p->net = ns->mode == PLAN_NS_PATH ? PLAN_NET_PATH : PLAN_NET_CONTAINER;
	return 0;
}

static int set_sysctls(struct building *b, struct err *e)
{
	for (size_t i = 0; i < b->r->sysctls.len; i++) {
		const char *text = b->r->sysctls.item[i];

		if (!strchr(text, '=') || *text == '=')
			return err_set(e, ERR_INPUT, 0, "--sysctl %.64s: not KEY=VALUE", text);
		if (strpbrk(text, "\n\r"))
			return err_set(e, ERR_INPUT, 0, "--sysctl %.64s: more than one line", text);
		if (strv_set_env(&b->p->sysctls, text, e))
			return -1;
	}
	return 0;
}

static int bad_mode(const char *option, const char *text, struct err *e)
{
	return err_set(e, ERR_INPUT, 0, "%s %.64s: private, host, container:NAME or ns:PATH", option, text);
}

/* One option behind --userns auto:; podman's words. */
static int auto_option(struct plan *p, const char *option, uint64_t *size, struct err *e)
{
	const char *value = strchr(option, '=');

	if (str_starts(option, "size="))
		return str_to_u64(value + 1, 0, UINT32_MAX, "--userns auto: size", size, e);
	if (str_starts(option, "uidmapping="))
		return idmap_read(&p->userns_uids, value + 1, "--userns auto: uidmapping", e);
	if (str_starts(option, "gidmapping="))
		return idmap_read(&p->userns_gids, value + 1, "--userns auto: gidmapping", e);
	return err_set(e, ERR_INPUT, 0, "--userns auto:%.64s: size=N, uidmapping=INSIDE:HOST:SIZE and gidmapping=INSIDE:HOST:SIZE are its options",
		       option);
}

/* --userns auto[:OPTION,...]; which ids they are is known when the request is allowed. */
static int set_userns_auto(struct building *b, const char *options, struct err *e)
{
	auto_free char *copy = NULL;
	char *rest, *option;
	uint64_t size = 0;

	if (str_copy(*options ? options + 1 : NULL, &copy, e))
		return -1;
	for (rest = copy; (option = strsep(&rest, ",")); )
		if (auto_option(b->p, option, &size, e))
			return -1;
	/* As with Podman, 0 is as if none was said. */
	b->p->userns_size = size ? (int64_t)size : IDRANGES_SIZE;
	return idmap_check_part(&b->p->userns_uids, "--userns auto: uidmapping", e) ||
	       idmap_check_part(&b->p->userns_gids, "--userns auto: gidmapping", e) ? -1 : 0;
}

static int set_userns_mode(struct building *b, const char *text, bool mapped, struct err *e)
{
	struct plan_ns *ns = &b->p->ns[PLAN_NS_USER];
	bool is_auto = strcmp(text, "auto") == 0 || str_starts(text, "auto:");

	if (strcmp(text, "keep-id") == 0 || str_starts(text, "keep-id:") || strcmp(text, "nomap") == 0)
		return err_set(e, ERR_INPUT, 0, "--userns %.64s: for containers without root only, as with Podman; use auto or --uidmap", text);
	/* Podman refuses "private" with a map, too; here it says what a map means anyway. */
	if (mapped && strcmp(text, "private") != 0)
		return err_set(e, ERR_INPUT, 0, "--userns %.64s together with --uidmap, --gidmap, --subuidname or --subgidname", text);
	if (is_auto) {
		ns->mode = PLAN_NS_NEW;
		return set_userns_auto(b, text + strlen("auto"), e);
	}
	if (strcmp(text, "private") == 0) {
		ns->mode = PLAN_NS_NEW;
		return mapped ? 0 : err_set(e, ERR_INPUT, 0, "--userns private: say which ids, by --uidmap or --subuidname, or say auto");
	}
	return read_mode(b, ns, text, "--userns", e);
}

/* From 0 on, one line of the file behind the other. */
static int map_subids(struct field_list *map, const char *path, const char *name, struct err *e)
{
	struct idrange_list list;
	int64_t inside = 0;

	if (idranges_read_subids(path, name, &list, e))
		return -1;
	for (size_t i = 0; i < list.len; inside += list.item[i++].size)
		if (idmap_add(map, inside, list.item[i].first, list.item[i].size, e))
			return -1;
	return 0;
}

static int set_userns_maps(struct building *b, struct err *e)
{
	const struct run_request *r = b->r;
	const char *uid_name = r->subuid_name ? r->subuid_name : r->subgid_name;
	const char *gid_name = r->subgid_name ? r->subgid_name : r->subuid_name;
	struct plan *p = b->p;

	if (uid_name && (r->uid_maps.len || r->gid_maps.len))
		return err_set(e, ERR_INPUT, 0, "--subuidname, --subgidname: not together with --uidmap, --gidmap");
	if (uid_name)
		return map_subids(&p->uid_map, IDRANGES_SUBUID, uid_name, e) ||
		       map_subids(&p->gid_map, IDRANGES_SUBGID, gid_name, e) ? -1 : 0;
	for (size_t i = 0; i < r->uid_maps.len; i++)
		if (idmap_read(&p->uid_map, r->uid_maps.item[i], "--uidmap", e))
			return -1;
	for (size_t i = 0; i < r->gid_maps.len; i++)
		if (idmap_read(&p->gid_map, r->gid_maps.item[i], "--gidmap", e))
			return -1;
	return (!r->gid_maps.len && idmap_copy(&p->gid_map, &p->uid_map, e)) ||
	       (!r->uid_maps.len && idmap_copy(&p->uid_map, &p->gid_map, e)) ? -1 : 0;
}

/* 1: not one of its words. */
static int set_userns(struct building *b, struct err *e)
{
	const struct run_request *r = b->r;
	bool mapped = r->uid_maps.len || r->gid_maps.len || r->subuid_name || r->subgid_name;
	int bad = r->user_ns && *r->user_ns ? set_userns_mode(b, r->user_ns, mapped, e) : 0;

	if (bad || !mapped)
		return bad;
	b->p->ns[PLAN_NS_USER].mode = PLAN_NS_NEW;
	return set_userns_maps(b, e) || idmap_check(&b->p->uid_map, "--uidmap", e) || idmap_check(&b->p->gid_map, "--gidmap", e) ? -1 : 0;
}

int request_namespaces(struct building *b, struct err *e)
{
	int r = b->r->pid_ns ? read_mode(b, &b->p->ns[PLAN_NS_PID], b->r->pid_ns, "--pid", e) : 0;

	if (r)
		return r < 0 ? -1 : bad_mode("--pid", b->r->pid_ns, e);
	r = b->r->cgroup_ns ? read_mode(b, &b->p->ns[PLAN_NS_CGROUP], b->r->cgroup_ns, "--cgroupns", e) : 0;
	if (r)
		return r < 0 ? -1 : bad_mode("--cgroupns", b->r->cgroup_ns, e);
	r = set_ipc(b, e);
	if (r)
		return r < 0 ? -1 : bad_mode("--ipc", b->r->ipc_ns, e);
	r = set_uts(b, e);
	if (r)
		return r < 0 ? -1 : bad_mode("--uts", b->r->uts_ns, e);
	r = set_userns(b, e);
	if (r)
		return r < 0 ? -1 : err_set(e, ERR_INPUT, 0, "--userns %.64s: host, auto[:OPTION,...], private, container:NAME or ns:PATH",
					    b->r->user_ns);
	return set_network(b, e) || set_sysctls(b, e) ? -1 : 0;
}
