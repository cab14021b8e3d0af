/* SPDX-License-Identifier: Apache-2.0 */
/* request_copies.c - what comes into a container beside its image: secrets, zone data, an init, other containers' volumes. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/ids.h"
#include "launcher/base/path.h"
#include "launcher/cli/request_mounts.h"
#include "launcher/cli/request_parts.h"
#include "launcher/store/container.h"

static struct plan_mount *add_copy(struct plan *p, const char *source, const char *target, int64_t mode, struct err *e)
{
	struct plan_mount *m = plan_mount_add(p, PLAN_MOUNT_COPY, source, target, e);

	if (m) {
		m->readonly = true;
		m->mode = mode;
	}
	return m;
}

static int bad_secret(const char *text, const char *why, struct err *e)
{
	return err_set(e, ERR_INPUT, 0, "--secret %.128s: %s", text, why);
}

struct secret {
	char *target;
	int64_t uid, gid, mode;
};

static int secret_id(const char *value, const char *what, int64_t *ret, struct err *e)
{
	uint64_t n;

	if (str_to_u64(value, 0, UINT32_MAX - 1, what, &n, e))
		return -1;
	*ret = (int64_t)n;
	return 0;
}

static int secret_option(struct secret *s, char *word, const char *text, struct err *e)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	if (!value)
		return bad_secret(text, "options are KEY=VALUE", e);
	if (strcmp(word, "type") == 0) {
		if (strcmp(value, "env") == 0)
			return bad_secret(text, "type=env is refused: an environment is shown to every process of the container, and in dumps", e);
		return strcmp(value, "mount") == 0 ? 0 : bad_secret(text, "type is mount", e);
	}
	if (strcmp(word, "target") == 0)
		s->target = value;
	else if (strcmp(word, "uid") == 0)
		return secret_id(value, "--secret uid", &s->uid, e);
	else if (strcmp(word, "gid") == 0)
		return secret_id(value, "--secret gid", &s->gid, e);
	else if (strcmp(word, "mode") == 0)
		return request_octal(value, 0777, &s->mode, e);
	else
		return bad_secret(text, "options are type, target, uid, gid, mode", e);
	return 0;
}

/* Root's directory, root's file: an outsider must not choose what a container takes for its key. */
static int check_secret(const char *name, struct err *e)
{
	auto_close int dir = path_open_trusted_dir(PLAN_SECRETS, false, e);
	struct stat st;

	if (dir < 0)
		return err_context(e, "--secret %.64s", name);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "--secret: no secret %.64s in " PLAN_SECRETS, name);
	if (!S_ISREG(st.st_mode) || st.st_uid || st.st_mode & 022)
		return err_set(e, ERR_INPUT, 0, "--secret %.64s: not a regular file of root that nobody else may write", name);
	return 0;
}

static int add_secret(struct plan *p, const char *text, struct err *e)
{
	struct secret s = { .uid = 0, .gid = 0, .mode = 0444 };
	auto_free char *copy = NULL, *source = NULL, *target = NULL;
	char *rest, *name, *word;
	struct plan_mount *m;

	if (str_copy(text, &copy, e))
		return -1;
	rest = copy;
	name = strsep(&rest, ",");
	if (name_check("--secret", name, e))
		return -1;
	s.target = name;
	while ((word = strsep(&rest, ",")))
		if (secret_option(&s, word, text, e))
			return -1;
	if (check_secret(name, e) || str_print(&source, e, PLAN_SECRETS "/%s", name) ||
	    str_print(&target, e, "%s%s", *s.target == '/' ? "" : "/run/secrets/", s.target))
		return -1;
	if (strcmp(target, PLAN_INIT) == 0 || strcmp(target, PLAN_LOCALTIME) == 0)
		return bad_secret(text, "its target has a meaning of its own", e);
	m = add_copy(p, source, target, s.mode, e);
	if (!m)
		return -1;
	m->noexec = true;
	m->uid = s.uid;
	m->gid = s.gid;
	return 0;
}

/* "local" is what the host's /etc/localtime points to. */
static int add_zone(struct plan *p, const char *zone, struct err *e)
{
	auto_free char *path = NULL, *full = NULL;
	struct plan_mount *m;

	if (strcmp(zone, "local") != 0 && (!*zone || *zone == '/' || strstr(zone, "..")))
		return err_set(e, ERR_INPUT, 0, "--tz %.64s: not the name of a time zone", zone);
	if (str_print(&path, e, "%s%s", strcmp(zone, "local") == 0 ? PLAN_LOCALTIME : PLAN_ZONEINFO "/",
		      strcmp(zone, "local") == 0 ? "" : zone))
		return -1;
	full = realpath(path, NULL);
	if (!full)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "--tz: unknown time zone %.64s", zone);
	if (!path_has_prefix(full, PLAN_ZONEINFO))
		return err_set(e, ERR_INPUT, 0, "--tz %.64s: %.128s is not below " PLAN_ZONEINFO, zone, full);
	m = add_copy(p, full, PLAN_LOCALTIME, 0444, e);
	if (!m)
		return -1;
	m->noexec = true;
	return 0;
}

/* In front of the command: PLAN_INIT -- COMMAND */
static int wrap_command(struct strv *argv, struct err *e)
{
	auto_strv struct strv old = *argv;

	*argv = (struct strv){ 0 };
	if (strv_add(argv, PLAN_INIT, e) || strv_add(argv, "--", e))
		return -1;
	for (size_t i = 0; i < old.len; i++)
		if (strv_add(argv, old.item[i], e))
			return -1;
	return 0;
}

static int add_init(struct building *b, struct err *e)
{
	static const char *const usual[] = { "/usr/libexec/podman/catatonit", "/usr/bin/catatonit" };
	const char *asked = b->r->init_path;
	auto_free char *path = NULL;

	if (b->p->ns[PLAN_NS_PID].mode != PLAN_NS_OPEN && b->p->ns[PLAN_NS_PID].mode != PLAN_NS_NEW)
		return err_set(e, ERR_INPUT, 0, "--init: cannot be process 1 of a PID name space that is not the container's own");
	for (size_t i = 0; !asked && !path && i < ARRAY_LEN(usual); i++)
		path = realpath(usual[i], NULL);
	if (asked)
		path = realpath(asked, NULL);
	if (!path)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "--init: %.200s", asked ? asked :
			       "catatonit is not installed (package catatonit)");
	if (!b->p->process.argv.len)
		return err_set(e, ERR_INPUT, 0, "no command: neither the request nor the image has one");
	return add_copy(b->p, path, PLAN_INIT, 0555, e) ? wrap_command(&b->p->process.argv, e) : -1;
}

int request_copies(struct building *b, struct err *e)
{
	for (size_t i = 0; i < b->r->secrets.len; i++)
		if (add_secret(b->p, b->r->secrets.item[i], e))
			return -1;
	if (b->r->tz && *b->r->tz && add_zone(b->p, b->r->tz, e))
		return -1;
	return (b->r->init || b->r->init_path) && add_init(b, e) ? -1 : 0;
}

/* What was asked for there, as podman: its binds; the policy is asked about each again. */
static int take_volumes(struct plan *to, const struct plan *from, const char *options, struct err *e)
{
	for (size_t i = 0; i < from->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(from, i);
		struct plan_mount *copy;

		if ((m->kind != PLAN_MOUNT_BIND && m->kind != PLAN_MOUNT_VOLUME) || m->standard || plan_mount_on(to, m->target))
			continue;
		copy = plan_mount_add(to, m->kind, NULL, NULL, e);
		if (!copy || fields_copy(plan_mount_fields, copy, m, e))
			return -1;
		/* A label of that container's own, or the files of its user, would be taken from it. */
		copy->relabel = PLAN_RELABEL_NONE;
		copy->chown = false;
		if (options && request_mount_flags(copy, options, e))
			return -1;
	}
	return 0;
}

/* podman's words for it, and no others. */
static int check_from_options(const char *options, struct err *e)
{
	for (const char *word = options; word; word = strchr(word, ',') ? strchr(word, ',') + 1 : NULL) {
		size_t n = strcspn(word, ",");

		if (!(n == 2 && (strncmp(word, "ro", n) == 0 || strncmp(word, "rw", n) == 0)) && !(n == 1 && *word == 'z'))
			return err_set(e, ERR_INPUT, 0, "invalid options \"%.32s\", can only specify 'ro', 'rw', and 'z'", options);
	}
	return 0;
}

static int one_volumes_from(struct building *b, const char *text, struct err *e)
{
	auto_plan struct plan *other = NULL;
	auto_free char *name = NULL;
	auto_str struct str doc = { 0 };
	auto_close int dir = -1;
	char id[ID_HEX + 1], *options;

	if (str_copy(text, &name, e))
		return -1;
	options = strchr(name, ':');
	if (options)
		*options++ = '\0';
	if (options && check_from_options(options, e))
		return -1;
	if (container_resolve(b->store, name, id, e))
		return -1;
	dir = container_dir(b->store, id, e);
	if (dir < 0 || container_plan_read(dir, &doc, e) || plan_read(doc.text, doc.len, "its plan", &other, e))
		return -1;
	return take_volumes(b->p, other, options, e);
}

int request_volumes_from(struct building *b, struct err *e)
{
	for (size_t i = 0; i < b->r->volumes_from.len; i++)
		if (one_volumes_from(b, b->r->volumes_from.item[i], e))
			return err_context(e, "--volumes-from");
	return 0;
}

int request_image_mount(struct building *b, const char *image, const char *target, struct plan_mount **ret,
			struct err *e)
{
	auto_image struct image found;

	image_init(&found);
	if (image_resolve(b->store, image, &found, e))
		return err_context(e, "image %.256s", image);
	*ret = plan_mount_add(b->p, PLAN_MOUNT_IMAGE, found.asked, target, e);
	if (!*ret || str_copy(found.digest, &(*ret)->digest, e) || strv_copy(&(*ret)->layers, &found.diff_ids, e))
		return -1;
	(*ret)->readonly = true;
	return 0;
}
