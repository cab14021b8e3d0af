/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules_files.c - rows about the root file system and the mounts.
 *
 * Paths are compared by whole components, on the text of the plan. Who builds a plan resolves a path first, and the
 * runtime opens it without following a link, so that the text compared here is the file that is mounted.
 */
#include <string.h>

#include "launcher/base/path.h"
#include "policy/rules.h"

enum { TMPFS_DEFAULT = 64 << 20, TMPFS_MODE = 01777 };

static bool below_any(const struct strv *prefixes, const char *path)
{
	for (size_t i = 0; i < prefixes->len; i++)
		if (path_has_prefix(path, prefixes->item[i]))
			return true;
	return false;
}

static int check_rootfs(struct decision *d, const struct rule *r)
{
	const char *path = d->plan->root.path;

	if (!path || !rule_bounds(d, r->key))
		return 0;
	if (path_is_canonical(path) && below_any(&rule_value(d, r->key)->list, path))
		return 0;
	return rule_denied(d, r, r->key, "%.256s is not below an allowed directory", path);
}

static bool needs_digest(const struct decision *d)
{
	return rule_bounds(d, KEY_IMAGE_REQUIRE) && strv_has(&rule_value(d, KEY_IMAGE_REQUIRE)->list, "digest");
}

static int check_reference(struct decision *d, const struct rule *r, const char *image, const char *digest)
{
	const char *at = strrchr(image, '@');

	if (!needs_digest(d) || (at && digest && strcmp(at + 1, digest) == 0))
		return 0;
	return rule_denied(d, r, KEY_IMAGE_REQUIRE, "%.200s does not name its image by digest (NAME@sha256:...)", image);
}

static int check_digest(struct decision *d, const struct rule *r)
{
	const struct plan_root *root = &d->plan->root;

	if (!root->image && needs_digest(d))
		return rule_denied(d, r, r->key, "a root directory has no digest: name an image");
	return root->image ? check_reference(d, r, root->image, root->image_digest) : 0;
}

static int fill_readonly(struct decision *d, const struct rule *r)
{
	int *readonly = &d->plan->root.readonly;

	if (d->is_site || *readonly >= 0)
		return 0;
	*readonly = (int)rule_value(d, r->key)->num;
	return rule_filled(d, r, r->key, "%s", *readonly ? "yes" : "no");
}

static int check_readonly(struct decision *d, const struct rule *r)
{
	if (rule_bounds(d, r->key) && rule_value(d, r->key)->num && d->plan->root.readonly == 0)
		return rule_denied(d, r, r->key, "a writable root file system is not allowed");
	return 0;
}

static int widen_readonly(struct decision *d, const struct rule *r)
{
	return d->plan->root.readonly ? 0 : rule_widened(d, r, r->key, "no");
}

static int add_tmpfs(struct decision *d, const struct rule *r, const char *word)
{
	auto_free char *path = NULL;
	struct key_tmpfs t = { 0 };
	struct plan_mount *m;

	if (key_tmpfs_read(word, &t, d->e))
		return -1;
	path = t.path;
	if (plan_mount_on(d->plan, path))
		return 0;
	m = plan_mount_add(d->plan, PLAN_MOUNT_TMPFS, NULL, path, d->e);
	if (!m)
		return -1;
	m->size = t.size >= 0 ? t.size : FIELD_NONE;
	m->mode = t.mode >= 0 ? t.mode : FIELD_NONE;
	m->noexec = t.noexec;
	plan_mount_raise(&d->plan->mounts);
	return rule_filled(d, r, KEY_TMPFS, "%s", word);
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Of the file's line for the same target, what the request leaves open. */
static int fill_tmpfs(struct decision *d, struct plan_mount *m)
{
	const struct strv *tmpfs = &rule_value(d, KEY_TMPFS)->list;

	for (size_t i = 0; i < tmpfs->len; i++) {
		struct key_tmpfs t = { 0 };

		if (key_tmpfs_read(tmpfs->item[i], &t, d->e))
			return -1;
		if (strcmp(t.path, m->target) == 0 && m->size == FIELD_NONE && t.size >= 0)
			m->size = t.size;
		if (strcmp(t.path, m->target) == 0 && m->mode == FIELD_NONE && t.mode >= 0)
			m->mode = t.mode;
		free(t.path);
	}
	if (m->size == FIELD_NONE)
		m->size = smaller(TMPFS_DEFAULT, rule_value(d, KEY_TMPFS_MAX)->num);
	if (m->mode == FIELD_NONE && !m->copy_up)
		m->mode = TMPFS_MODE;
	if (m->chown) {
		m->uid = d->plan->process.user.uid;
		m->gid = d->plan->process.user.gid;
	}
	return 0;
}

static int fill_mounts(struct decision *d, const struct rule *r)
{
	const struct strv *tmpfs = &rule_value(d, KEY_TMPFS)->list;

	if (d->is_site)
		return 0;
	for (size_t i = 0; i < tmpfs->len; i++)
		if (add_tmpfs(d, r, tmpfs->item[i]))
			return -1;
	for (size_t i = 0; i < d->plan->mounts.len; i++) {
		struct plan_mount *m = PLAN_MOUNT(d->plan, i);

		if (m->kind == PLAN_MOUNT_TMPFS && fill_tmpfs(d, m))
			return -1;
		if ((m->kind == PLAN_MOUNT_BIND || m->kind == PLAN_MOUNT_VOLUME) && m->propagation == PLAN_PROP_OPEN)
			m->propagation = PLAN_RPRIVATE;
		if (m->kind == PLAN_MOUNT_CGROUP && m->standard && !rule_value(d, KEY_PROTECT_CGROUP)->num) {
			m->readonly = false;
			if (rule_filled(d, r, KEY_PROTECT_CGROUP, "%s is writable", m->target))
				return -1;
		}
	}
	return 0;
}

/* Its own size for a target that the file names, TemporaryFileSystemMax= for the others. */
static int tmpfs_bound(struct decision *d, const char *target, int64_t *ret)
{
	const struct strv *tmpfs = &rule_value(d, KEY_TMPFS)->list;

	*ret = rule_value(d, KEY_TMPFS_MAX)->num;
	for (size_t i = 0; i < tmpfs->len; i++) {
		struct key_tmpfs t = { 0 };

		if (key_tmpfs_read(tmpfs->item[i], &t, d->e))
			return -1;
		if (strcmp(t.path, target) == 0 && t.size > *ret)
			*ret = t.size;
		free(t.path);
	}
	return 0;
}

static int check_tmpfs_mount(struct decision *d, const struct rule *r, const struct plan_mount *m)
{
	int64_t max;

	if (!rule_bounds(d, KEY_TMPFS_MAX))
		return 0;
	if (tmpfs_bound(d, m->target, &max))
		return -1;
	if (m->size > max)
		return rule_denied(d, r, KEY_TMPFS_MAX, "%.128s: %lld bytes are more than %lld", m->target,
				   (long long)m->size, (long long)max);
	return 0;
}

static int check_bind(struct decision *d, const struct rule *r, const struct plan_mount *m)
{
	bool writable = below_any(&rule_value(d, KEY_BIND)->list, m->source);
	/* Its owners are changed even if the container may not write there. */
	bool reads = m->readonly && !m->chown, readable = writable || below_any(&rule_value(d, KEY_BIND_RO)->list, m->source);

	if (!rule_bounds(d, KEY_BIND) && !rule_bounds(d, KEY_BIND_RO))
		return 0;
	if (!path_is_canonical(m->source))
		return rule_forbidden(d, r, KEY_COUNT, "%.256s is not a plain absolute path", m->source);
	if (reads && !readable)
		return rule_denied(d, r, KEY_BIND_RO, "%.256s is not below an allowed path", m->source);
	if (!reads && !writable)
		return rule_denied(d, r, KEY_BIND, "%.256s is not below a path allowed for writing%s", m->source,
				   m->readonly ? ", and its owners are to be changed (U)" : "");
	return 0;
}

/* What is copied in: zone data, the init that AllowInit= names, or a secret by its name. */
static int check_copy(struct decision *d, const struct rule *r, const struct plan_mount *m)
{
	const struct strv *secrets = &rule_value(d, KEY_ALLOW_SECRETS)->list;
	const char *name = strrchr(m->source, '/') + 1;

	if (strcmp(m->target, PLAN_LOCALTIME) == 0 && path_has_prefix(m->source, PLAN_ZONEINFO))
		return 0;
	if (strcmp(m->target, PLAN_INIT) == 0) {
		if (rule_bounds(d, KEY_ALLOW_INIT) && !strv_has(&rule_value(d, KEY_ALLOW_INIT)->list, m->source))
			return rule_denied(d, r, KEY_ALLOW_INIT, "%.200s is not an allowed init", m->source);
		return 0;
	}
	if (name - m->source != (ptrdiff_t)strlen(PLAN_SECRETS) + 1 || !path_has_prefix(m->source, PLAN_SECRETS))
		return d->is_site ? 0 : rule_forbidden(d, r, KEY_COUNT, "%.200s is not in " PLAN_SECRETS, m->source);
	if (!rule_bounds(d, KEY_ALLOW_SECRETS))
		return 0;
	for (size_t i = 0; i < secrets->len; i++)
		if (str_matches(secrets->item[i], name))
			return 0;
	return rule_denied(d, r, KEY_ALLOW_SECRETS, "the secret %.128s is not allowed", name);
}

static int check_image_mount(struct decision *d, const struct rule *r, const struct plan_mount *m)
{
	const struct strv *allowed = &rule_value(d, KEY_IMAGE_MOUNTS)->list;
	bool match = false;

	if (!m->readonly && !d->is_site)
		return rule_forbidden(d, r, KEY_COUNT, "the image %.200s would be writable", m->source);
	for (size_t i = 0; i < allowed->len; i++)
		match |= str_matches(allowed->item[i], m->source);
	if (!match && rule_bounds(d, KEY_IMAGE_MOUNTS))
		return rule_denied(d, r, KEY_IMAGE_MOUNTS, "the image %.200s may not be mounted", m->source);
	return check_reference(d, r, m->source, m->digest);
}

/* One that is not there yet is made by the start, so the same patterns say which may be made. */
static int check_volume(struct decision *d, const struct rule *r, const struct plan_mount *m)
{
	const struct strv *allowed = &rule_value(d, KEY_ALLOW_VOLUMES)->list;

	if (!rule_bounds(d, KEY_ALLOW_VOLUMES))
		return 0;
	for (size_t i = 0; i < allowed->len; i++)
		if (str_matches(allowed->item[i], m->anonymous ? POLICY_VOLUME_ANONYMOUS : m->source))
			return 0;
	if (m->anonymous)
		return rule_denied(d, r, KEY_ALLOW_VOLUMES, "a volume without a name on %.200s is not allowed (" POLICY_VOLUME_ANONYMOUS
				   "); if the image asks for it, --image-volume=tmpfs or ignore does without", m->target);
	return rule_denied(d, r, KEY_ALLOW_VOLUMES, "the volume %.64s is not allowed", m->source);
}

static bool is_shared(const struct plan_mount *m)
{
	return m->propagation == PLAN_SHARED || m->propagation == PLAN_RSHARED;
}

static int check_options(struct decision *d, const struct rule *r, const struct plan_mount *m)
{
	const struct strv *allowed = &rule_value(d, KEY_MOUNT_OPTIONS)->list;
	bool files = m->kind == PLAN_MOUNT_BIND || m->kind == PLAN_MOUNT_VOLUME;

	if (m->chown && !files && m->kind != PLAN_MOUNT_TMPFS)
		return d->is_site ? 0 : rule_forbidden(d, r, KEY_COUNT, "%.128s: has no owners that could be changed (U)", m->target);
	if (!rule_bounds(d, KEY_MOUNT_OPTIONS) || (m->kind != PLAN_MOUNT_BIND && m->kind != PLAN_MOUNT_TMPFS &&
					       m->kind != PLAN_MOUNT_VOLUME))
		return 0;
	if (m->dev && !strv_has(allowed, "dev") &&
	    rule_denied(d, r, KEY_MOUNT_OPTIONS, "%.128s: device nodes are not allowed there", m->target))
		return -1;
	if (m->suid && !strv_has(allowed, "suid") &&
	    rule_denied(d, r, KEY_MOUNT_OPTIONS, "%.128s: set-user-ID files are not allowed there", m->target))
		return -1;
	if (m->idmap && m->kind == PLAN_MOUNT_BIND && !strv_has(allowed, "idmap") &&
	    rule_denied(d, r, KEY_MOUNT_OPTIONS, "%.128s: the container's users may not be those of the host's files there (idmap)", m->target))
		return -1;
	if (m->chown && files && !strv_has(allowed, "chown") &&
	    rule_denied(d, r, KEY_MOUNT_OPTIONS, "%.128s: the owners of the files there may not be changed (U)", m->target))
		return -1;
	if (is_shared(m) && !strv_has(allowed, "shared") &&
	    rule_denied(d, r, KEY_MOUNT_OPTIONS, "%.128s: what the container mounts there may not show on the host (shared)", m->target))
		return -1;
	return 0;
}

/* The kernel's own file systems belong to one place each; anything else there hides or replaces what
 * the masks, the label and the read-back rely on. */
static int check_place(struct decision *d, const struct rule *r, const struct plan_mount *m)
{
	static const struct {
		int kind;
		const char *below;
	} places[] = {
		{ PLAN_MOUNT_PROC, "/proc" }, { PLAN_MOUNT_SYSFS, "/sys" }, { PLAN_MOUNT_DEVPTS, "/dev/pts" },
		{ PLAN_MOUNT_MQUEUE, "/dev/mqueue" }, { PLAN_MOUNT_CGROUP, "/sys/fs/cgroup" },
		{ PLAN_MOUNT_DEV, "/dev" },
	};

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (places[i].kind == m->kind)
			return strcmp(m->target, places[i].below) == 0 ? 0
				: rule_forbidden(d, r, KEY_COUNT, "%s belongs on %s, not on %.128s",
						 plan_mount_words[m->kind], places[i].below, m->target);
	if (path_has_prefix(m->target, "/proc") || path_has_prefix(m->target, "/sys") ||
	    (strcmp(m->target, "/dev") == 0 && m->kind != PLAN_MOUNT_TMPFS))
		return rule_forbidden(d, r, KEY_COUNT, "nothing may be mounted on %.128s", m->target);
	return 0;
}

static int check_kernel_fs(struct decision *d, const struct rule *r, const struct plan_mount *m)
{
	enum key k = m->kind == PLAN_MOUNT_CGROUP ? KEY_PROTECT_CGROUP : KEY_PROTECT_KERNEL;

	if ((m->kind != PLAN_MOUNT_CGROUP && m->kind != PLAN_MOUNT_SYSFS) || m->readonly)
		return 0;
	if (rule_bounds(d, k) && rule_value(d, k)->num)
		return rule_denied(d, r, k, "%s may not be writable%s", m->target, d->plan->process.systemd && k == KEY_PROTECT_CGROUP ?
				   ", and systemd needs it: --policy systemd gives it, --systemd false does without" : "");
	return 0;
}

static int check_mounts(struct decision *d, const struct rule *r)
{
	for (size_t i = 0; i < d->plan->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(d->plan, i);

		if (check_kernel_fs(d, r, m))
			return -1;
		if (m->standard)
			continue;
		if ((!d->is_site && check_place(d, r, m)) || check_options(d, r, m) ||
		    (m->kind == PLAN_MOUNT_TMPFS && check_tmpfs_mount(d, r, m)) ||
		    (m->kind == PLAN_MOUNT_BIND && check_bind(d, r, m)) ||
		    (m->kind == PLAN_MOUNT_COPY && check_copy(d, r, m)) ||
		    (m->kind == PLAN_MOUNT_IMAGE && check_image_mount(d, r, m)) ||
		    (m->kind == PLAN_MOUNT_VOLUME && check_volume(d, r, m)))
			return -1;
	}
	return 0;
}

static int widen_mounts(struct decision *d, const struct rule *r)
{
	for (size_t i = 0; i < d->plan->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(d->plan, i);
		int bad = 0;

		if (m->kind == PLAN_MOUNT_BIND && !m->standard)
			bad = rule_widened(d, r, m->readonly && !m->chown ? KEY_BIND_RO : KEY_BIND, "%.400s", m->source);
		else if (m->kind == PLAN_MOUNT_COPY && path_has_prefix(m->source, PLAN_SECRETS))
			bad = rule_widened(d, r, KEY_ALLOW_SECRETS, "%.128s", strrchr(m->source, '/') + 1);
		else if (m->kind == PLAN_MOUNT_IMAGE)
			bad = rule_widened(d, r, KEY_IMAGE_MOUNTS, "%.400s", m->source);
		else if (m->kind == PLAN_MOUNT_VOLUME)
			bad = rule_widened(d, r, KEY_ALLOW_VOLUMES, "%.64s", m->anonymous ? POLICY_VOLUME_ANONYMOUS : m->source);
		else if (m->kind == PLAN_MOUNT_CGROUP && !m->readonly)
			bad = rule_widened(d, r, KEY_PROTECT_CGROUP, "no");
		else if (m->kind == PLAN_MOUNT_SYSFS && !m->readonly)
			bad = rule_widened(d, r, KEY_PROTECT_KERNEL, "no");
		if (bad || (m->dev && (m->kind == PLAN_MOUNT_BIND || m->kind == PLAN_MOUNT_TMPFS || m->kind == PLAN_MOUNT_VOLUME) &&
			    rule_widened(d, r, KEY_MOUNT_OPTIONS, "dev")) ||
		    (m->suid && rule_widened(d, r, KEY_MOUNT_OPTIONS, "suid")) ||
		    (m->chown && m->kind != PLAN_MOUNT_TMPFS && rule_widened(d, r, KEY_MOUNT_OPTIONS, "chown")) ||
		    (m->idmap && m->kind == PLAN_MOUNT_BIND && rule_widened(d, r, KEY_MOUNT_OPTIONS, "idmap")) ||
		    (is_shared(m) && rule_widened(d, r, KEY_MOUNT_OPTIONS, "shared")))
			return -1;
	}
	return 0;
}

/* A path that the standard lists name and the plan does not; NULL if there is none. *keep owns it. */
static int unmasked(struct decision *d, struct plan **keep, const char **ret)
{
	const struct plan_root *have = &d->plan->root, *want;

	*ret = NULL;
	if (plan_new(keep, d->e) || plan_add_standard(*keep, d->e))
		return -1;
	want = &(*keep)->root;
	for (size_t i = 0; i < want->masked.len; i++)
		if (!strv_has(&have->masked, want->masked.item[i]))
			*ret = want->masked.item[i];
	for (size_t i = 0; i < want->readonly_paths.len; i++)
		if (!strv_has(&have->readonly_paths, want->readonly_paths.item[i]) &&
		    !strv_has(&have->masked, want->readonly_paths.item[i]))
			*ret = want->readonly_paths.item[i];
	return 0;
}

static int check_masked(struct decision *d, const struct rule *r)
{
	auto_plan struct plan *standard = NULL;
	const char *path;

	if (!rule_bounds(d, r->key) || !rule_value(d, r->key)->num)
		return 0;
	if (unmasked(d, &standard, &path))
		return -1;
	return path ? rule_denied(d, r, r->key, "%s must be hidden or read-only", path) : 0;
}

static int widen_masked(struct decision *d, const struct rule *r)
{
	auto_plan struct plan *standard = NULL;
	const char *path;

	/* Where the policy protects, check_masked() has looked already. */
	if (rule_value(d, r->key)->num)
		return 0;
	if (unmasked(d, &standard, &path))
		return -1;
	return path ? rule_widened(d, r, r->key, "no") : 0;
}

const struct rule file_rules[] = {
	{ "root.path", KEY_ALLOW_ROOTFS, NULL, check_rootfs, NULL, 0 },
	{ "root.imageDigest", KEY_IMAGE_REQUIRE, NULL, check_digest, NULL, 0 },
	{ "root.readonly", KEY_READONLY_ROOT, fill_readonly, check_readonly, widen_readonly, 0 },
	{ "mounts", KEY_TMPFS, fill_mounts, check_mounts, widen_mounts, 0 },
	{ "root.maskedPaths", KEY_PROTECT_KERNEL, NULL, check_masked, widen_masked, 0 },
	{ NULL, KEY_COUNT, NULL, NULL, NULL, 0 },
};
