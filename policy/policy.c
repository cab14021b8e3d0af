/* SPDX-License-Identifier: Apache-2.0 */
/* policy.c - finding policy files and reading each one once, from a descriptor whose owner was checked. */
#include "policy/policy.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/base/ids.h"
#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "policy/keyfile.h"
#include "policy/keys.h"

#define SUFFIX ".policy"

const struct policy_places policy_places_default = {
	.admin = "/etc/secctr/policy.d",
	.shipped = "/usr/share/secctr/policy.d",
	.site = "/etc/secctr/site.policy",
};

struct policy_set {
	struct policy **item;
	size_t len;
	struct policy *site;		/* may be NULL */
	int top;			/* the directory of the site policy, open and trusted; or -1 */
};

void policy_free(struct policy *p)
{
	if (!p)
		return;
	keys_done(p);
	free(p->name);
	free(p->path);
	free(p);
}

const char *policy_name(const struct policy *p)
{
	return p->name;
}

const char *policy_path(const struct policy *p)
{
	return p->path;
}

const struct digest *policy_digest(const struct policy *p)
{
	return &p->digest;
}

static int open_dir(const char *path, bool any_owner, struct err *e)
{
	int fd;

	if (!any_owner)
		return path_open_trusted_dir(path, false, e);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%s", path);
}

/* Mostly one of them is in the directory of the site policy, to which the way was looked at a moment ago. */
static int open_policies(const struct policy_set *s, const struct policy_places *where, const char *dir, struct err *e)
{
	size_t n = s->top >= 0 ? (size_t)(strrchr(where->site, '/') - where->site) + 1 : 0;

	if (n && !where->any_owner && strncmp(dir, where->site, n) == 0 && dir[n] && !strchr(dir + n, '/'))
		return path_open_trusted_at(s->top, dir + n, dir, false, e);
	return open_dir(dir, where->any_owner, e);
}

static bool absent(const struct err *e)
{
	return e->reason == ERR_NOTFOUND || e->sys == ENOENT;
}

/* Owner, mode and content are those of one open file: nothing is opened twice. */
static int read_owned(int dirfd, const char *name, const char *path, bool any_owner, struct str *s,
		      struct err *e)
{
	auto_close int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%s", path);
	if (fstat(fd, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_POLICY, 0, "%s: not a regular file", path);
	if (!any_owner && (st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH)))
		return err_set(e, ERR_POLICY, 0, "%s: others than root may write it (owner %u, mode %04o)", path,
			       st.st_uid, st.st_mode & 07777);
	return io_read_regular(fd, &st, KEYFILE_BYTES_MAX, path, s, e);
}

static int name_of(const char *file, char **ret, struct err *e)
{
	auto_free char *name = NULL;

	if (!str_ends(file, SUFFIX))
		return err_set(e, ERR_INPUT, 0, "%.256s: the name of a policy file ends in " SUFFIX, file);
	if (str_copy(file, &name, e))
		return -1;
	name[strlen(name) - strlen(SUFFIX)] = '\0';
	if (name_check("policy name", name, e))
		return -1;
	*ret = take_ptr(&name);
	return 0;
}

static int read_at(int dirfd, const char *dir, const char *file, bool any_owner, struct policy **ret,
		   struct err *e)
{
	AUTO(policy_free_auto) struct policy *p = calloc(1, sizeof(*p));
	auto_str struct str text = { 0 };

	if (!p)
		return err_set(e, ERR_SYSTEM, ENOMEM, "policy");
	if (name_of(file, &p->name, e) ||
	    str_print(&p->path, e, "%s%s%s", dir, str_ends(dir, "/") ? "" : "/", file) ||
	    read_owned(dirfd, file, p->path, any_owner, &text, e) ||
	    digest_bytes(text.text ? text.text : "", text.len, &p->digest, e) || keys_init(p, e) ||
	    keys_read(p, text.text ? text.text : "", text.len, e))
		return -1;
	*ret = take_ptr(&p);
	return 0;
}

/* ret_dir: takes the directory's descriptor. */
static int read_file(const char *path, bool any_owner, int *ret_dir, struct policy **ret, struct err *e)
{
	auto_free char *whole = NULL, *dir = NULL;
	const char *slash;

	/* The walk over trusted directories starts at the root. */
	if (*path != '/') {
		auto_free char *here = getcwd(NULL, 0);

		if (!here)
			return err_set(e, ERR_SYSTEM, errno, "working directory");
		if (str_print(&whole, e, "%s/%s", strcmp(here, "/") == 0 ? "" : here, path))
			return -1;
	} else if (str_copy(path, &whole, e)) {
		return -1;
	}
	slash = strrchr(whole, '/');
	if (str_print(&dir, e, "%.*s", slash == whole ? 1 : (int)(slash - whole), whole))
		return -1;
	*ret_dir = open_dir(dir, any_owner, e);
	return *ret_dir < 0 ? -1 : read_at(*ret_dir, dir, slash + 1, any_owner, ret, e);
}

int policy_read_file(const char *path, bool any_owner, struct policy **ret, struct err *e)
{
	auto_close int dir = -1;

	return read_file(path, any_owner, &dir, ret, e);
}

void policy_set_free(struct policy_set *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->len; i++)
		policy_free(s->item[i]);
	free(s->item);
	policy_free(s->site);
	close_fd_auto(&s->top);
	free(s);
}

size_t policy_set_count(const struct policy_set *s)
{
	return s->len;
}

const struct policy *policy_set_at(const struct policy_set *s, size_t i)
{
	return s->item[i];
}

static int set_add(struct policy_set *s, struct policy **p, struct err *e)
{
	struct policy **item;

	if (s->len >= POLICY_FILES_MAX)
		return err_set(e, ERR_LIMIT, 0, "more than %d policy files", POLICY_FILES_MAX);
	item = reallocarray(s->item, s->len + 1, sizeof(struct policy *));
	if (!item)
		return err_set(e, ERR_SYSTEM, ENOMEM, "policies");
	s->item = item;
	item[s->len++] = take_ptr(p);
	return 0;
}

static bool set_has(const struct policy_set *s, const char *file)
{
	for (size_t i = 0; i < s->len; i++)
		if (str_starts(file, s->item[i]->name) && strcmp(file + strlen(s->item[i]->name), SUFFIX) == 0)
			return true;
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of policies, sorted; read from the very descriptor that was checked. */
static int list_policies(int fd, const char *dir, struct strv *ret, struct err *e)
{
	_Alignas(struct dirent64) char buf[8192];
	ssize_t n;

	while ((n = getdents64(fd, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *d = (const void *)(buf + at);

			if (d->d_name[0] != '.' && str_ends(d->d_name, SUFFIX) && strv_add(ret, d->d_name, e))
				return -1;
			at += d->d_reclen;
		}
	if (n < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", dir);
	if (ret->len)
		qsort(ret->item, ret->len, sizeof(*ret->item), by_name);
	return 0;
}

/* Every policy of the directory, by name, but for those the set has already: /etc before /usr/share. */
static int add_dir(struct policy_set *s, const struct policy_places *where, const char *dir, struct err *e)
{
	auto_close int fd = open_policies(s, where, dir, e);
	auto_strv struct strv names = { 0 };

	if (fd < 0)
		return absent(e) ? 0 : -1;
	if (list_policies(fd, dir, &names, e))
		return -1;
	for (size_t i = 0; i < names.len; i++) {
		AUTO(policy_free_auto) struct policy *p = NULL;

		if (!set_has(s, names.item[i]) &&
		    (read_at(fd, dir, names.item[i], where->any_owner, &p, e) || set_add(s, &p, e)))
			return -1;
	}
	return 0;
}

static int read_site(const struct policy_places *where, struct policy_set *s, struct err *e)
{
	struct err why;

	if (!where->site)
		return 0;
	if (read_file(where->site, where->any_owner, &s->top, &s->site, &why) == 0 || absent(&why))
		return 0;
	*e = why;
	return -1;
}

static int set_new(const struct policy_places *where, struct policy_set **ret, struct err *e)
{
	AUTO(policy_set_free_auto) struct policy_set *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(e, ERR_SYSTEM, ENOMEM, "policies");
	s->top = -1;
	if (read_site(where, s, e))
		return -1;
	*ret = take_ptr(&s);
	return 0;
}

int policy_set_read(const struct policy_places *where, struct policy_set **ret, struct err *e)
{
	AUTO(policy_set_free_auto) struct policy_set *s = NULL;
	struct err why;

	if (set_new(where, &s, e))
		return -1;
	if (add_dir(s, where, where->admin, &why) || add_dir(s, where, where->shipped, &why)) {
		*e = why;
		return -1;
	}
	*ret = take_ptr(&s);
	return 0;
}

static bool names_volume(const struct policy *p, const char *name)
{
	const struct strv *patterns = &p->v[KEY_ALLOW_VOLUMES].list;

	for (size_t i = 0; i < patterns->len; i++)
		if (str_matches(patterns->item[i], name))
			return true;
	return false;
}

/* 1: allowed; 0: this policy has no say, or says no, and *e tells which. */
static int volume_by(const struct policy_set *s, const struct policy *p, const struct policy_who *who, struct err *e)
{
	if (policy_allows_op(p, s->site, who, e) == 0)
		return 1;
	return e->reason == ERR_POLICY ? 0 : -1;
}

int policy_allows_volume(const struct policy_places *where, const struct policy_who *who, const char *name, struct err *e)
{
	AUTO(policy_set_free_auto) struct policy_set *s = NULL;
	bool named = false;
	char at[4096 + 16];

	if (policy_set_read(where, &s, e))
		return -1;
	if (s->site && key_is_set(s->site, KEY_ALLOW_VOLUMES) && strcmp(who->op, "volume-create") == 0 && !names_volume(s->site, name))
		return err_set(e, ERR_POLICY, 0, "%s: the volume %.64s is not allowed (AllowVolumes= at %s)", who->op, name,
			       key_at(s->site, KEY_ALLOW_VOLUMES, 0, at, sizeof(at)));
	for (size_t i = 0; i < s->len; i++) {
		int yes;

		if (!names_volume(s->item[i], name))
			continue;
		named = true;
		yes = volume_by(s, s->item[i], who, e);
		if (yes)
			return yes < 0 ? -1 : 0;
	}
	if (named)
		return -1;
	if (strcmp(who->op, "volume-create") == 0)
		return err_set(e, ERR_POLICY, 0, "%s: the volume %.64s is not allowed (AllowVolumes= of no policy has it)", who->op, name);
	for (size_t i = 0; i < s->len; i++)
		if (strcmp(s->item[i]->name, "default") == 0)
			return policy_allows_op(s->item[i], s->site, who, e);
	return 0;
}

static int read_named(const struct policy_set *s, const struct policy_places *where, const char *name, struct policy **ret,
		      struct err *e)
{
	const char *const dirs[] = { where->admin, where->shipped };
	auto_free char *file = NULL;
	struct err why;

	if (name_check("policy name", name, e) || str_print(&file, e, "%s" SUFFIX, name))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		auto_close int fd = open_policies(s, where, dirs[i], &why);

		if (fd >= 0 && read_at(fd, dirs[i], file, where->any_owner, ret, &why) == 0)
			return 0;
		if (!absent(&why)) {
			*e = why;
			return -1;
		}
	}
	return err_set(e, ERR_NOTFOUND, 0, "no policy %s: neither in %s nor in %s", name, where->admin,
		       where->shipped);
}

/* How well a policy fits: exact words before patterns, then the count of literal characters. */
struct fit {
	unsigned exact, literal;
	bool any;			/* a [Match] section that holds */
};

static bool fit_list(const struct policy *p, enum key k, const char *text, struct fit *fit)
{
	const struct strv *globs = &p->v[k].list;
	struct fit best = { 0 };

	if (!globs->len)
		return true;
	for (size_t i = 0; text && i < globs->len; i++) {
		struct fit f = { .any = true, .exact = !strpbrk(globs->item[i], "*?") };

		if (!str_matches(globs->item[i], text))
			continue;
		for (const char *c = globs->item[i]; *c; c++)
			f.literal += *c != '*' && *c != '?';
		if (!best.any || f.exact > best.exact || (f.exact == best.exact && f.literal > best.literal))
			best = f;
	}
	fit->any |= best.any;
	fit->exact += best.exact;
	fit->literal += best.literal;
	return best.any;
}

static int order(const struct fit *a, const struct fit *b)
{
	if (a->exact != b->exact)
		return a->exact > b->exact ? 1 : -1;
	return a->literal == b->literal ? 0 : a->literal > b->literal ? 1 : -1;
}

static int match(const struct policy_set *s, const struct plan *request, const struct policy **ret,
		 struct err *e)
{
	const struct policy *best = NULL, *rival = NULL, *fallback = NULL;
	struct fit most = { 0 };

	for (size_t i = 0; i < s->len; i++) {
		const struct policy *p = s->item[i];
		struct fit fit = { 0 };

		if (strcmp(p->name, "default") == 0)
			fallback = p;
		if (!fit_list(p, KEY_MATCH_IMAGE, request->root.image, &fit) ||
		    !fit_list(p, KEY_MATCH_NAME, request->name, &fit) || !fit.any)
			continue;
		if (best && order(&fit, &most) < 0)
			continue;
		rival = best && order(&fit, &most) == 0 ? best : NULL;
		best = p;
		most = fit;
	}
	if (rival)
		return err_set(e, ERR_POLICY, 0, "two policies match equally well: %s and %s; name one with --policy",
			       rival->path, best->path);
	*ret = best ? best : fallback;
	return 0;
}

/* The shipped ones are looked at by name alone: a package that is upgraded must not begin to match. */
static int find_match(const struct policy_places *where, struct policy_set *s, const struct plan *request,
		      const struct policy **ret, struct err *e)
{
	AUTO(policy_free_auto) struct policy *p = NULL;
	struct err why;

	if (add_dir(s, where, where->admin, &why)) {
		*e = why;
		return -1;
	}
	if (match(s, request, ret, e))
		return -1;
	if (*ret)
		return 0;
	if (read_named(s, where, "default", &p, e) || set_add(s, &p, e))
		return err_context(e, "no policy matches");
	*ret = s->item[s->len - 1];
	return 0;
}

int policy_find(const struct policy_places *where, const char *name, const struct plan *request,
		struct policy_set **ret_set, const struct policy **ret_site, const struct policy **ret,
		struct err *e)
{
	AUTO(policy_set_free_auto) struct policy_set *s = NULL;
	AUTO(policy_free_auto) struct policy *p = NULL;
	const struct policy *found = NULL;

	if (set_new(where, &s, e))
		return -1;
	if (!name) {
		if (find_match(where, s, request, &found, e))
			return -1;
	} else {
		if (read_named(s, where, name, &p, e) || set_add(s, &p, e))
			return -1;
		found = s->item[0];
	}
	*ret = found;
	*ret_site = s->site;
	*ret_set = take_ptr(&s);
	return 0;
}
