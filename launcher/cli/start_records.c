/* SPDX-License-Identifier: Apache-2.0 */
/* start_records.c - see start_records.h. */
#include "launcher/cli/start_records.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launcher/base/ids.h"
#include "launcher/cli/volumes.h"
#include "launcher/plan/caps.h"
#include "launcher/plan/idmap.h"
#include "launcher/plan/plan.h"
#include "launcher/runtime/inside.h"

struct burst {
	const struct start_facts *f;
	const struct plan *p;
	char uuid[UUID_TEXT + 1];
	struct audit_record *records;
	size_t n, room;
};

static struct audit_record *begin(struct burst *b, enum audit_event event, const char *reason)
{
	struct audit_record *r = &b->records[b->n];

	record_begin(r, event, reason, b->p->name, b->uuid);
	return r;
}

static int end(struct burst *b, struct err *e)
{
	if (record_end(&b->records[b->n], b->f->origin, true, e))
		return err_context(e, "audit record %zu of the start", b->n + 1);
	b->n++;
	return 0;
}

static int add_label(struct burst *b, struct err *e)
{
	struct audit_record *r = begin(b, EV_LABEL, NULL);

	record_ctx(r, "vm-ctx", b->p->selinux.process_label);
	record_ctx(r, "img-ctx", b->p->selinux.file_label);
	record_word(r, "model", b->p->selinux.process_label ? "selinux" : "none");
	return end(b, e);
}

static int add_mounts(struct burst *b, struct err *e)
{
	struct audit_record *r = begin(b, EV_MOUNT, "start");

	record_str(r, "old-disk", NULL);
	record_str(r, "new-disk", b->p->root.path ? b->p->root.path : b->p->root.image);
	record_str(r, "dir", "/");
	record_word(r, "mode", b->p->root.readonly ? "ro" : "rw");
	if (end(b, e))
		return -1;
	for (size_t i = 0; i < b->p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(b->p, i);
		auto_free char *volume = NULL;

		if (m->standard)
			continue;
		/* As the host has it: what finds one mount of a file finds the other (ausearch -f). */
		if (m->kind == PLAN_MOUNT_VOLUME && volumes_path(b->f->c, m->source, &volume, e))
			return -1;
		r = begin(b, EV_MOUNT, "start");
		record_str(r, "old-disk", NULL);
		record_str(r, "new-disk", volume ? volume : m->source ? m->source : plan_mount_words[m->kind]);
		record_str(r, "dir", m->target);
		record_word(r, "mode", m->readonly ? "ro" : "rw");
		if (m->chown && m->kind != PLAN_MOUNT_TMPFS) {
			int64_t uid, gid;

			chown_ids(b->p, m, &uid, &gid);
			record_u64(r, "ouid", (uint64_t)uid);
			record_u64(r, "ogid", (uint64_t)gid);
		}
		if (end(b, e))
			return -1;
	}
	return 0;
}

/* A device that is given, as libvirt writes it: class=path with its number, class=major for all of a kind. */
static int add_devices(struct burst *b, struct err *e)
{
	for (size_t i = 0; i < b->p->devices.len; i++) {
		const struct plan_device *d = PLAN_DEVICE(b->p, i);
		struct audit_record *r = begin(b, EV_CGROUP, "allow");
		char number[48];

		record_str(r, "cgroup", b->f->cgroup->path);
		record_word(r, "class", d->path ? "path" : "major");
		record_str(r, "path", d->path);
		(void)snprintf(number, sizeof(number), "%s:%lld:%lld", d->type, (long long)d->major, (long long)d->minor);
		record_word(r, "rdev", number);
		record_word(r, "acl", d->access);
		if (end(b, e))
			return -1;
	}
	return 0;
}

static int add_network(struct burst *b, struct err *e)
{
	const struct plan_ns *ns = &b->p->ns[PLAN_NS_NET];
	struct audit_record *r = begin(b, EV_NET, "start");
	auto_free char *joined = NULL;

	if (ns->path && str_print(&joined, e, "%s:%s", plan_net_words[b->p->net], ns->path))
		return -1;
	record_str(r, "old-net", NULL);
	record_str(r, "new-net", joined ? joined : plan_net_words[b->p->net]);
	if (end(b, e))
		return -1;
	/* The host's device, and what it is called inside. */
	for (size_t i = 0; i < b->p->net_devices.len; i++) {
		const char *entry = b->p->net_devices.item[i], *eq = strchr(entry, '=');
		auto_free char *name = NULL;

		if (str_print(&name, e, "%.*s", (int)(eq - entry), entry))
			return -1;
		r = begin(b, EV_NET, "device");
		record_str(r, "old-net", name);
		record_str(r, "new-net", eq + 1);
		if (end(b, e))
			return -1;
	}
	return 0;
}

static int add_resources(struct burst *b, struct err *e)
{
	const struct plan_resources *res = &b->p->resources;
	struct audit_record *r;

	if (res->memory_max > 0) {
		r = begin(b, EV_MEMORY, "start");
		record_u64(r, "old-mem", 0);
		record_u64(r, "new-mem", (uint64_t)res->memory_max / 1024);
		if (end(b, e))
			return -1;
	}
	if (res->cpu_quota > 0) {
		r = begin(b, EV_VCPU, "start");
		record_u64(r, "old-vcpu", 0);
		/* Whole processors, rounded up: what auvirt can read. */
		record_u64(r, "new-vcpu", ((uint64_t)res->cpu_quota + 999999) / 1000000);
		if (end(b, e))
			return -1;
	}
	if (b->f->cgroup->path) {
		r = begin(b, EV_CGROUP, "start");
		record_str(r, "cgroup", b->f->cgroup->path);
		record_word(r, "class", "all");
		if (res->tasks_max > 0)
			record_u64(r, "tasks", (uint64_t)res->tasks_max);
		if (end(b, e))
			return -1;
	}
	return add_devices(b, e) || add_network(b, e) ? -1 : 0;
}

/* "0:100000:65536,...": ids inside, of the host, how many; and whose user name space it is, if joined. None in the host's. */
static int add_idmap(struct burst *b, struct err *e)
{
	const struct plan_ns *ns = &b->p->ns[PLAN_NS_USER];
	auto_str struct str uids = { 0 }, gids = { 0 };
	auto_free char *joined = NULL;
	struct audit_record *r;

	if (!b->p->uid_map.len)
		return 0;
	if (idmap_text(&b->p->uid_map, ':', ',', &uids, e) || idmap_text(&b->p->gid_map, ':', ',', &gids, e))
		return -1;
	r = begin(b, EV_IDMAP, "start");
	/* Of hundreds of ranges the digest. */
	if (record_long_word(r, "uid-map", uids.text, e) || record_long_word(r, "gid-map", gids.text, e))
		return -1;
	if (ns->path && str_print(&joined, e, "%s:%s", ns->mode == PLAN_NS_CONTAINER ? "container" : "path", ns->path))
		return -1;
	if (joined)
		record_str(r, "path", joined);
	return end(b, e);
}

static int add_hooks(struct burst *b, struct err *e)
{
	for (size_t i = 0; i < b->p->hooks.len; i++) {
		struct audit_record *r = begin(b, EV_HOOK, plan_hook_words[PLAN_HOOK(b->p, i)->when]);

		record_str(r, "path", PLAN_HOOK(b->p, i)->path);
		if (end(b, e))
			return -1;
	}
	return 0;
}

static uint64_t mask(const struct strv *names)
{
	uint64_t m = 0;

	for (size_t i = 0; i < names->len; i++)
		m |= UINT64_C(1) << caps_bit(names->item[i]);
	return m;
}

static int add_privileges(struct burst *b, struct err *e)
{
	struct audit_record *r = begin(b, EV_CAPS, "start");

	record_hex64(r, "old-caps", 0);
	record_hex64(r, "new-caps", mask(&b->p->process.cap_bound));
	record_word(r, "nnp", b->p->process.no_new_privs ? "yes" : "no");
	if (end(b, e))
		return -1;
	r = begin(b, EV_SECCOMP, "start");
	record_word(r, "hash", b->p->seccomp.none ? "none" : b->f->filters->quiet.digest.text);
	if (b->f->filters->log.len)
		record_word(r, "log-hash", b->f->filters->log.digest.text);
	return end(b, e);
}

static int add_start(struct burst *b, struct err *e)
{
	struct audit_record *r = begin(b, EV_START, plan_origin_words[b->p->origin]);

	record_u64(r, "vm-pid", (uint64_t)b->f->pid);
	record_u64(r, "init-pid", (uint64_t)b->f->made->pid);
	record_u64(r, "pid-ns", b->f->made->pid_ns);
	record_u64(r, "own-ses", b->f->own_ses);
	record_u64(r, "from-ses", b->f->from_ses);
	record_word(r, "policy", b->p->policy.digest);
	record_word(r, "plan", sealed_digest(b->f->sealed)->text);
	return end(b, e);
}

int start_records_write(const struct start_facts *f, struct audit_writer *w, struct audit_event_id *ret_id,
			struct err *e)
{
	struct burst b = { .f = f, .p = sealed_plan(f->sealed) };
	auto_free struct audit_record *records = NULL;
	auto_free struct audit_event_id *ids = NULL;

	b.room = b.p->mounts.len + b.p->devices.len + b.p->hooks.len + b.p->net_devices.len + 16;
	/* Not calloc(): a record is 4 kB, of which a tenth is written; a page never touched is never there. */
	records = malloc(b.room * sizeof(*records));
	ids = calloc(b.room, sizeof(*ids));
	if (!records || !ids)
		return err_set(e, ERR_SYSTEM, ENOMEM, "audit records");
	b.records = records;
	id_uuid(b.p->id, b.uuid);
	if (f->part != START_ALONE &&
	    (add_label(&b, e) || add_mounts(&b, e) || add_resources(&b, e) || add_idmap(&b, e) || add_hooks(&b, e) || add_privileges(&b, e)))
		return -1;
	if (f->part != START_MADE && add_start(&b, e))
		return -1;
	if (audit_write_many(w, records, b.n, ids, e))
		return err_context(e, "the records of the start");
	*ret_id = ids[b.n - 1];
	return 0;
}

int start_records_undo(const struct start_facts *f, struct audit_writer *w, const struct err *why, struct err *e)
{
	const struct plan *p = sealed_plan(f->sealed);
	char uuid[UUID_TEXT + 1];
	struct audit_record r;

	id_uuid(p->id, uuid);
	record_begin(&r, EV_STOP, err_word(why->reason), p->name, uuid);
	record_u64(&r, "vm-pid", (uint64_t)f->pid);
	record_u64(&r, "exit", (uint64_t)err_exit_status(why->reason));
	record_u64(&r, "sig", 0);
	return record_end(&r, f->origin, true, e) || audit_write(w, &r, NULL, e) ? -1 : 0;
}
