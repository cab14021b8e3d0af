/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_files.c - root, mounts, and the paths that are hidden, of config.json. */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "launcher/base/path.h"
#include "launcher/plan/bundle_read.h"
#include "launcher/plan/idmap.h"
#include "launcher/plan/recursive.h"

int take_root_path(struct reading *r, const json_t *value, struct err *e)
{
	if (!*json_string_value(value))
		return bundle_refuse(r, e, ERR_INPUT, "is empty");
	return str_copy(json_string_value(value), &r->p->root.path, e);
}

int take_root_readonly(struct reading *r, const json_t *value, struct err *e)
{
	(void)e;
	r->p->root.readonly = json_is_true(value);
	return 0;
}

/* One mount while it is read. */
struct reading_mount {
	struct reading *r;
	size_t i;
	struct plan_mount *m;
	bool nosuid, nodev, idmap;
};

static int set_number(struct reading_mount *o, const char *option, const char *text, int base, int64_t max, int64_t *to, struct err *e)
{
	char *end;
	long long n = strtoll(text, &end, base);

	if (*text < '0' || *text > '9' || *end || n > max)
		return bundle_refuse(o->r, e, ERR_INPUT, "[%zu].options: %.64s: not a number up to %lld", o->i, option, (long long)max);
	*to = n;
	return 0;
}

static int set_size(struct reading_mount *o, const char *option, const char *text, struct err *e)
{
	struct err why;

	if (str_to_size(text, "size", &o->m->size, &why) || o->m->size <= 0)
		return bundle_refuse(o->r, e, ERR_INPUT, "[%zu].options: %.64s: not a size above 0 in bytes, k, m or g", o->i, option);
	return 0;
}

/* What is a value of a file system. Others than these are not ours to pass on unseen. */
static int data_option(struct reading_mount *o, const char *option, bool *ret_known, struct err *e)
{
	const char *value = strchr(option, '=');
	size_t n = value ? (size_t)(value - option) : strlen(option);
	bool tmpfs = o->m->kind == PLAN_MOUNT_TMPFS || o->m->kind == PLAN_MOUNT_DEV, devpts = o->m->kind == PLAN_MOUNT_DEVPTS;

	*ret_known = true;
	if (!value || (!tmpfs && !devpts)) {
		/* Always so. */
		*ret_known = devpts && strcmp(option, "newinstance") == 0;
		return 0;
	}
	value++;
	if (tmpfs && strncmp(option, "size", n) == 0 && n == 4)
		return set_size(o, option, value, e);
	if (strncmp(option, "mode", n) == 0 && n == 4)
		return set_number(o, option, value, 8, 07777, &o->m->mode, e);
	if (strncmp(option, "uid", n) == 0 && n == 3)
		return set_number(o, option, value, 10, UINT32_MAX - 1, &o->m->uid, e);
	if (strncmp(option, "gid", n) == 0 && n == 3)
		return set_number(o, option, value, 10, UINT32_MAX - 1, &o->m->gid, e);
	*ret_known = devpts && (strcmp(option, "ptmxmode=0666") == 0 || strcmp(option, "ptmxmode=666") == 0);
	return 0;
}

static bool flag_option(struct reading_mount *o, const char *option)
{
	struct plan_mount *m = o->m;
	bool nothing = false;
	const struct {
		const char *word;
		bool *flag, value;
		int *number, to;
	} rows[] = {
		{ "ro", &m->readonly, true, NULL, 0 }, { "rw", &m->readonly, false, NULL, 0 },
		{ "nosuid", &o->nosuid, true, NULL, 0 }, { "suid", &o->nosuid, false, NULL, 0 },
		{ "nodev", &o->nodev, true, NULL, 0 }, { "dev", &o->nodev, false, NULL, 0 },
		{ "noexec", &m->noexec, true, NULL, 0 }, { "exec", &m->noexec, false, NULL, 0 },
		{ "nosymfollow", &m->nosymfollow, true, NULL, 0 }, { "symfollow", &m->nosymfollow, false, NULL, 0 },
		{ "nodiratime", &m->nodiratime, true, NULL, 0 }, { "diratime", &m->nodiratime, false, NULL, 0 },
		{ "rbind", &m->recursive, true, NULL, 0 },
		{ "relatime", NULL, false, &m->atime, PLAN_RELATIME }, { "noatime", NULL, false, &m->atime, PLAN_NOATIME },
		{ "strictatime", NULL, false, &m->atime, PLAN_STRICTATIME },
		{ "atime", NULL, false, &m->atime, PLAN_RELATIME }, { "nostrictatime", NULL, false, &m->atime, PLAN_RELATIME },
		{ "private", NULL, false, &m->propagation, PLAN_PRIVATE }, { "rprivate", NULL, false, &m->propagation, PLAN_RPRIVATE },
		{ "slave", NULL, false, &m->propagation, PLAN_SLAVE }, { "rslave", NULL, false, &m->propagation, PLAN_RSLAVE },
		{ "shared", NULL, false, &m->propagation, PLAN_SHARED }, { "rshared", NULL, false, &m->propagation, PLAN_RSHARED },
		{ "unbindable", NULL, false, &m->propagation, PLAN_UNBINDABLE },
		{ "runbindable", NULL, false, &m->propagation, PLAN_RUNBINDABLE },
		{ "idmap", &o->idmap, true, NULL, 0 }, { "ridmap", &o->idmap, true, NULL, 0 },
		/* What the kernel does without them: of file systems that have the thing at all. */
		{ "bind", &nothing, true, NULL, 0 }, { "defaults", &nothing, true, NULL, 0 }, { "async", &nothing, true, NULL, 0 },
		{ "norelatime", &nothing, true, NULL, 0 }, { "nomand", &nothing, true, NULL, 0 }, { "nolazytime", &nothing, true, NULL, 0 },
		{ "noiversion", &nothing, true, NULL, 0 }, { "loud", &nothing, true, NULL, 0 }, { "silent", &nothing, true, NULL, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (strcmp(rows[i].word, option) != 0)
			continue;
		if (rows[i].flag)
			*rows[i].flag = rows[i].value;
		else
			*rows[i].number = rows[i].to;
		return true;
	}
	return false;
}

/* As its plain word for the mount itself, which is all there is of what is no bind; and for those below. */
static int recursive_option(struct reading_mount *o, const char *option, bool *ret_known, struct err *e)
{
	*ret_known = recursive_is_option(option) && flag_option(o, option + 1);
	return *ret_known && o->m->kind == PLAN_MOUNT_BIND ? strv_add(&o->m->recursive_options, option, e) : 0;
}

/* Recursive ones are applied behind the plain ones, wherever they stand: what the policy looks at is what comes out. */
static void settle_flags(struct reading_mount *o)
{
	const struct {
		uint64_t bit;
		bool *flag;
	} rows[] = {
		{ MOUNT_ATTR_RDONLY, &o->m->readonly }, { MOUNT_ATTR_NOEXEC, &o->m->noexec }, { MOUNT_ATTR_NOSUID, &o->nosuid },
		{ MOUNT_ATTR_NODEV, &o->nodev },
	};
	uint64_t set, clear;

	recursive_bits(&o->m->recursive_options, &set, &clear);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if ((set | clear) & rows[i].bit)
			*rows[i].flag = set & rows[i].bit;
}

/* Ones that go with a kind only, and would be dropped on another. */
static int only_of(struct reading_mount *o, struct err *e)
{
	const struct plan_mount *m = o->m;

	if (m->copy_up && m->kind != PLAN_MOUNT_TMPFS)
		return bundle_refuse(o->r, e, ERR_INPUT, "[%zu].options: tmpcopyup on %.64s: is for a tmpfs%s", o->i, m->target,
				     m->kind == PLAN_MOUNT_DEV ? ", and nothing of the root file system's /dev is looked at" : "");
	if (m->propagation > PLAN_RSLAVE && m->kind != PLAN_MOUNT_BIND)
		return bundle_refuse(o->r, e, ERR_INPUT, "[%zu].options: %s on %.64s: is for a bind", o->i,
				     plan_propagation_words[m->propagation], m->target);
	if (o->idmap && m->kind != PLAN_MOUNT_BIND)
		return bundle_refuse(o->r, e, ERR_INPUT, "[%zu].options: idmap on %.64s: is for a bind", o->i, m->target);
	return 0;
}

static int read_options(struct reading_mount *o, const json_t *options, struct err *e)
{
	const json_t *item;
	size_t i;

	json_array_foreach(options, i, item) {
		const char *option = json_string_value(item);
		bool known = flag_option(o, option);

		if (strcmp(option, "tmpcopyup") == 0)
			known = o->m->copy_up = true;
		if ((!known && recursive_option(o, option, &known, e)) || (!known && data_option(o, option, &known, e)))
			return -1;
		if (!known)
			return bundle_refuse(o->r, e, ERR_INPUT, "[%zu].options: %.64s on %.64s cannot be applied by this version", o->i,
					     option, o->m->target);
	}
	settle_flags(o);
	return only_of(o, e);
}

static int kind_of(struct reading_mount *o, const char *type, const json_t *options, struct err *e)
{
	static const struct {
		const char *type;
		int kind;
	} kinds[] = {
		{ "tmpfs", PLAN_MOUNT_TMPFS }, { "proc", PLAN_MOUNT_PROC }, { "sysfs", PLAN_MOUNT_SYSFS },
		{ "devpts", PLAN_MOUNT_DEVPTS }, { "mqueue", PLAN_MOUNT_MQUEUE }, { "cgroup", PLAN_MOUNT_CGROUP },
		{ "cgroup2", PLAN_MOUNT_CGROUP }, { "bind", PLAN_MOUNT_BIND },
	};
	const json_t *item;
	size_t i;

	/* "The type ... is ignored for bind mounts" (config.md). */
	json_array_foreach(options, i, item)
		if (strcmp(json_string_value(item), "bind") == 0 || strcmp(json_string_value(item), "rbind") == 0) {
			o->m->kind = PLAN_MOUNT_BIND;
			return 0;
		}
	for (i = 0; type && i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].type, type) == 0) {
			o->m->kind = kinds[i].kind;
			/* The standard nodes are in it, as the specification wants them. */
			if (o->m->kind == PLAN_MOUNT_TMPFS && strcmp(o->m->target, "/dev") == 0)
				o->m->kind = PLAN_MOUNT_DEV;
			return 0;
		}
	return bundle_refuse(o->r, e, ERR_INPUT, "[%zu].type: %.32s on %.64s: there are bind, tmpfs, proc, sysfs, devpts, mqueue and cgroup",
			     o->i, type ? type : "(none)", o->m->target);
}

static int read_map(struct reading_mount *o, const json_t *item, const char *which, struct field_list *map, struct err *e)
{
	const json_t *list = bundle_at(item, which), *entry;
	char path[BUNDLE_PATH_MAX];
	size_t i;

	(void)snprintf(path, sizeof(path), "[%zu].%s", o->i, which);
	if (json_array_size(list) > PLAN_IDMAPS_MAX)
		return bundle_refuse(o->r, e, ERR_LIMIT, "%s: %zu entries, more than %d", path, json_array_size(list), PLAN_IDMAPS_MAX);
	json_array_foreach(list, i, entry) {
		if (!bundle_at(entry, "containerID") || !bundle_at(entry, "hostID") || !bundle_at(entry, "size"))
			return bundle_refuse(o->r, e, ERR_INPUT, "%s[%zu]: needs containerID, hostID and size", path, i);
		if (idmap_add(map, bundle_number(entry, "containerID", 0), bundle_number(entry, "hostID", 0),
			      bundle_number(entry, "size", 0), e))
			return err_context(e, "%s: %s%s", o->r->what, o->r->path, path);
	}
	return idmap_check_part(map, which, e) ? err_context(e, "%s: %s[%zu]", o->r->what, o->r->path, o->i) : 0;
}

/* "MUST be specified together", and are of a bind. */
static int read_maps(struct reading_mount *o, const json_t *item, struct err *e)
{
	struct plan_mount *m = o->m;

	if (read_map(o, item, "uidMappings", &m->uid_map, e) || read_map(o, item, "gidMappings", &m->gid_map, e))
		return -1;
	if (!m->uid_map.len != !m->gid_map.len)
		return bundle_refuse(o->r, e, ERR_INPUT, "[%zu]: uidMappings and gidMappings go together", o->i);
	m->idmap = o->idmap || m->uid_map.len;
	if (m->idmap && m->kind != PLAN_MOUNT_BIND)
		return bundle_refuse(o->r, e, ERR_INPUT, "[%zu].uidMappings: are for a bind", o->i);
	if (o->idmap && !m->uid_map.len && !bundle_at(o->r->document, "linux.uidMappings"))
		return bundle_refuse(o->r, e, ERR_INPUT, "[%zu].options: idmap on %.64s: neither the mount nor the container has uidMappings",
				     o->i, m->target);
	return 0;
}

static int take_mount(struct reading *r, size_t i, const json_t *item, struct err *e)
{
	struct reading_mount o = { .r = r, .i = i };
	const char *to = bundle_text(item, "destination"), *source = bundle_text(item, "source");
	const json_t *options = bundle_at(item, "options");

	if (!to || !*to)
		return bundle_refuse(r, e, ERR_INPUT, "[%zu].destination: is missing", i);
	if (!path_is_canonical(to))
		return bundle_refuse(r, e, ERR_INPUT, "[%zu].destination: %.128s is not absolute and without \".\", \"..\" and \"//\"", i, to);
	o.m = plan_mount_add(r->p, PLAN_MOUNT_NONE, NULL, to, e);
	if (!o.m || kind_of(&o, bundle_text(item, "type"), options, e) || read_options(&o, options, e) ||
	    read_maps(&o, item, e))
		return -1;
	if (o.m->kind == PLAN_MOUNT_BIND && (!source || !*source))
		return bundle_refuse(r, e, ERR_INPUT, "[%zu].source: is missing", i);
	/* The kernel's file systems have nothing of the kind; a devpts is nothing but devices. */
	o.m->suid = !o.nosuid && (o.m->kind == PLAN_MOUNT_BIND || o.m->kind == PLAN_MOUNT_TMPFS);
	o.m->dev = o.m->kind == PLAN_MOUNT_DEV || o.m->kind == PLAN_MOUNT_DEVPTS || (!o.nodev && o.m->kind == PLAN_MOUNT_BIND) ||
		   (!o.nodev && o.m->kind == PLAN_MOUNT_TMPFS);
	return o.m->kind == PLAN_MOUNT_BIND ? str_copy(source, &o.m->source, e) : 0;
}

/*
 * "The runtime MUST supply" null, zero, full, random, urandom, tty. In a /dev of our own: what the root file system has of
 * that name may lead anywhere (CVE-2026-41579).
 */
int bundle_add_dev(struct plan *p, struct err *e)
{
	struct plan_mount *m;

	if (plan_mount_on(p, "/dev"))
		return 0;
	m = plan_mount_add(p, PLAN_MOUNT_DEV, NULL, "/dev", e);
	if (!m)
		return -1;
	m->standard = m->dev = m->noexec = true;
	m->size = 64 << 10;
	m->mode = 0755;
	plan_mount_raise(&p->mounts);
	return 0;
}

int take_mounts(struct reading *r, const json_t *value, struct err *e)
{
	const json_t *item;
	size_t i;

	if (json_array_size(value) > PLAN_MOUNTS_MAX)
		return bundle_refuse(r, e, ERR_LIMIT, "%zu entries, more than %d", json_array_size(value), PLAN_MOUNTS_MAX);
	json_array_foreach(value, i, item)
		if (take_mount(r, i, item, e))
			return -1;
	return 0;
}

static int take_paths(struct reading *r, const json_t *value, struct strv *to, struct err *e)
{
	if (bundle_texts(r, value, to, PLAN_MASKS_MAX, e))
		return -1;
	for (size_t i = 0; i < to->len; i++)
		if (!path_is_canonical(to->item[i]))
			return bundle_refuse(r, e, ERR_INPUT, "[%zu]: %.128s is not absolute and without \".\", \"..\" and \"//\"", i, to->item[i]);
	return 0;
}

int take_masked(struct reading *r, const json_t *value, struct err *e)
{
	return take_paths(r, value, &r->p->root.masked, e);
}

int take_readonly_paths(struct reading *r, const json_t *value, struct err *e)
{
	return take_paths(r, value, &r->p->root.readonly_paths, e);
}

int take_mount_label(struct reading *r, const json_t *value, struct err *e)
{
	const char *text = json_string_value(value);

	if (!*text)
		return 0;
	r->b->uses_label = true;
	return str_copy(text, &r->p->selinux.file_label, e);
}

int take_propagation(struct reading *r, const json_t *value, struct err *e)
{
	const char *text = json_string_value(value);
	int i = PLAN_PROP_OPEN;

	while (plan_propagation_words[i] && strcmp(plan_propagation_words[i], text) != 0)
		i++;
	if (!plan_propagation_words[i])
		return bundle_refuse(r, e, ERR_INPUT, "%.32s: there are private, slave, shared and unbindable, and these with an r in front", text);
	r->p->root.propagation = i == PLAN_PRIVATE || i == PLAN_RPRIVATE ? PLAN_PROP_OPEN : i;
	return 0;
}
