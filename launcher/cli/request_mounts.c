/* SPDX-License-Identifier: Apache-2.0 */
/* request_mounts.c - -v, --mount and --tmpfs to the mounts of a plan, in Podman's words. */
#include "launcher/cli/request_mounts.h"

#include <limits.h>
#include <string.h>

#include "launcher/base/ids.h"
#include "launcher/base/path.h"

/* As Go's ParseBool, which podman asks: 1, 0, or -1 for what is neither. NULL is a bare key. */
static int truth(const char *value)
{
	static const char *const words[][6] = {
		{ "0", "f", "F", "false", "False", "FALSE" }, { "1", "t", "T", "true", "True", "TRUE" },
	};

	if (!value)
		return 1;
	for (int is = 0; is < 2; is++)
		for (size_t i = 0; i < ARRAY_LEN(words[is]); i++)
			if (strcmp(words[is][i], value) == 0)
				return is;
	return -1;
}

/* 1: taken; 0: no such word; -1: `value` is neither true nor false, which must not mean "writable". */
static int mode_word(struct plan_mount *m, const char *word, const char *value, struct err *e)
{
	static const struct {
		const char *word;
		size_t offset;
		bool value;
	} flags[] = {
		{ "ro", offsetof(struct plan_mount, readonly), true },
		{ "readonly", offsetof(struct plan_mount, readonly), true },
		{ "rw", offsetof(struct plan_mount, readonly), false },
		{ "noexec", offsetof(struct plan_mount, noexec), true },
		{ "exec", offsetof(struct plan_mount, noexec), false },
		{ "dev", offsetof(struct plan_mount, dev), true },
		{ "nodev", offsetof(struct plan_mount, dev), false },
		{ "suid", offsetof(struct plan_mount, suid), true },
		{ "nosuid", offsetof(struct plan_mount, suid), false },
		{ "rbind", offsetof(struct plan_mount, recursive), true },
		{ "bind", offsetof(struct plan_mount, recursive), false },
		{ "idmap", offsetof(struct plan_mount, idmap), true },
		{ "U", offsetof(struct plan_mount, chown), true },
		{ "chown", offsetof(struct plan_mount, chown), true },
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (strcmp(flags[i].word, word) == 0) {
			if (truth(value) < 0)
				return err_set(e, ERR_INPUT, 0, "%s=%.32s: true or false", word, value);
			*(bool *)((char *)m + flags[i].offset) = flags[i].value == (truth(value) == 1);
			return 1;
		}
	return 0;
}

static bool propagation_word(struct plan_mount *m, const char *word)
{
	if (strcmp(word, "private") == 0 || strcmp(word, "rprivate") == 0)
		m->propagation = PLAN_RPRIVATE;
	else if (strcmp(word, "slave") == 0 || strcmp(word, "rslave") == 0)
		m->propagation = PLAN_RSLAVE;
	else
		return false;
	return true;
}

/* What podman knows and we refuse, with the reason; NULL for what nobody knows. */
static const char *refusal(const char *word)
{
	static const struct {
		const char *word, *why;
	} words[] = {
		{ "O", "an overlay over a volume is not supported by this version" },
		{ "upperdir", "an overlay over a volume is not supported by this version" },
		{ "workdir", "an overlay over a volume is not supported by this version" },
		{ "shared", "a container's mounts never show on the host: slave or private" },
		{ "rshared", "a container's mounts never show on the host: slave or private" },
		{ "unbindable", "not supported: slave or private" },
		{ "runbindable", "not supported: slave or private" },
		{ "tmpcopyup", "is for a tmpfs" },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].why;
	return NULL;
}

static int unknown_word(const char *word, struct err *e)
{
	const char *why = refusal(word);

	if (why)
		return err_set(e, ERR_INPUT, 0, "%s: %s", word, why);
	return err_set(e, ERR_INPUT, 0, "unknown option %.64s", word);
}

/* Words after the second colon of -v, and bare ones of --tmpfs. false: not known. */
static bool flag_word(struct plan_mount *m, const char *word)
{
	struct err unused;

	if (strcmp(word, "z") == 0)
		m->relabel = PLAN_RELABEL_SHARED;
	else if (strcmp(word, "Z") == 0)
		m->relabel = PLAN_RELABEL_PRIVATE;
	else if (strcmp(word, "copy") == 0)
		m->nocopy = false;	/* the default; into anything else nothing is ever copied */
	else if (m->kind == PLAN_MOUNT_TMPFS && (strcmp(word, "tmpcopyup") == 0 || strcmp(word, "notmpcopyup") == 0))
		m->copy_up = *word == 't';
	else if (strcmp(word, "nocopy") == 0 || strcmp(word, "notmpcopyup") == 0)
		m->nocopy = m->kind == PLAN_MOUNT_VOLUME;
	else
		return mode_word(m, word, NULL, &unused) > 0 || propagation_word(m, word);
	return true;
}

/* The source as it is after all links: what the policy sees is what is bound. */
static int resolve_source(const char *text, char **ret, struct err *e)
{
	auto_free char *full = NULL;

	if (text[0] != '/' && text[0] != '.')
		return err_set(e, ERR_INPUT, 0, "volume source %.256s: not a path of the host; type=volume is for a name", text);
	full = realpath(text, NULL);
	if (!full)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "volume source %.256s", text);
	*ret = take_ptr(&full);
	return 0;
}

static int add_bind(struct plan *p, const char *source, const char *target, struct plan_mount **ret, struct err *e)
{
	auto_free char *full = NULL;

	if (resolve_source(source, &full, e))
		return -1;
	*ret = plan_mount_add(p, PLAN_MOUNT_BIND, full, target, e);
	if (!*ret)
		return -1;
	(*ret)->recursive = true;	/* podman's default is rbind */
	return 0;
}

/* Without a name: one is made up, and stays the container's at each start. */
static int add_volume(struct plan *p, const char *name, const char *target, struct plan_mount **ret, struct err *e)
{
	char made_up[ID_HEX + 1];

	if (name ? name_check("volume name", name, e) : id_new(made_up, e))
		return -1;
	*ret = plan_mount_add(p, PLAN_MOUNT_VOLUME, name ? name : made_up, target, e);
	if (!*ret)
		return -1;
	(*ret)->anonymous = !name;
	return 0;
}

int request_image_volume(struct plan *p, const char *text, bool tmpfs, struct err *e)
{
	auto_free char *target = NULL;
	struct plan_mount *m;
	size_t n;

	if (str_copy(text, &target, e))
		return -1;
	for (n = strlen(target); n > 1 && target[n - 1] == '/'; )
		target[--n] = '\0';
	if (plan_mount_on(p, target))
		return 0;
	if (!path_is_canonical(target) || n == 1)
		return err_set(e, ERR_INPUT, 0, "the image asks for a volume on \"%.200s\", which is no plain path below /: "
			       "--image-volume=ignore does without", text);
	if (tmpfs) {
		m = plan_mount_add(p, PLAN_MOUNT_TMPFS, NULL, target, e);
		if (m)
			m->noexec = true;
	} else if (add_volume(p, NULL, target, &m, e)) {
		return -1;
	}
	if (!m)
		return -1;
	plan_mount_raise(&p->mounts);
	return 0;
}

int request_mount_flags(struct plan_mount *m, const char *options, struct err *e)
{
	auto_free char *copy = NULL;
	char *rest, *word;

	if (str_copy(options, &copy, e))
		return -1;
	for (rest = copy; (word = strsep(&rest, ",")); )
		if (!flag_word(m, word)) {
			word[strcspn(word, "=")] = '\0';
			return unknown_word(word, e);
		}
	return 0;
}

int request_volume(struct plan *p, const char *text, struct err *e)
{
	auto_free char *copy = NULL;
	char *target, *options;
	struct plan_mount *m;

	if (str_copy(text, &copy, e))
		return -1;
	target = strchr(copy, ':');
	if (!target)
		return add_volume(p, NULL, copy, &m, e);
	*target++ = '\0';
	options = strchr(target, ':');
	if (options)
		*options++ = '\0';
	if (*copy == '/' || *copy == '.' ? add_bind(p, copy, target, &m, e) : add_volume(p, copy, target, &m, e))
		return -1;
	return options && request_mount_flags(m, options, e) ? err_context(e, "volume %.256s", text) : 0;
}

int request_octal(const char *text, uint64_t max, int64_t *ret, struct err *e)
{
	uint64_t n = 0;

	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '7' || n > max)
			break;
		n = n * 8 + (uint64_t)(*c - '0');
	}
	if (!*text || strspn(text, "01234567") != strlen(text) || n > max)
		return err_set(e, ERR_INPUT, 0, "mode %.16s: not an octal number up to %llo", text, (unsigned long long)max);
	*ret = (int64_t)n;
	return 0;
}

static int tmpfs_option(struct plan_mount *m, const char *key, const char *value, struct err *e)
{
	if (strcmp(key, "size") == 0 || strcmp(key, "tmpfs-size") == 0)
		return str_to_size(value, key, &m->size, e);
	if (strcmp(key, "mode") == 0 || strcmp(key, "tmpfs-mode") == 0)
		return request_octal(value, 07777, &m->mode, e);
	return unknown_word(key, e);
}

int request_tmpfs(struct plan *p, const char *text, struct err *e)
{
	auto_free char *copy = NULL;
	char *options, *word;
	struct plan_mount *m;

	if (str_copy(text, &copy, e))
		return -1;
	options = strchr(copy, ':');
	if (options)
		*options++ = '\0';
	m = plan_mount_add(p, PLAN_MOUNT_TMPFS, NULL, copy, e);
	if (!m)
		return -1;
	m->noexec = m->copy_up = true;
	while (options && (word = strsep(&options, ","))) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (!value && flag_word(m, word))
			continue;
		if (tmpfs_option(m, word, value ? value : "", e))
			return err_context(e, "tmpfs %.256s", text);
	}
	return 0;
}

struct mount_keys {
	const char *type, *source, *target;
};

static int mount_key(struct mount_keys *k, const char *key, const char *value)
{
	if (strcmp(key, "type") == 0)
		k->type = value;
	else if (strcmp(key, "source") == 0 || strcmp(key, "src") == 0)
		k->source = value;
	else if (strcmp(key, "target") == 0 || strcmp(key, "dst") == 0 || strcmp(key, "destination") == 0)
		k->target = value;
	else
		return 0;
	return 1;
}

static int devpts_option(struct plan_mount *m, const char *key, const char *value, struct err *e)
{
	uint64_t id;

	if (strcmp(key, "mode") == 0)
		return request_octal(value, 0777, &m->mode, e);
	if (strcmp(key, "uid") != 0 && strcmp(key, "gid") != 0)
		return err_set(e, ERR_INPUT, 0, "devpts takes uid, gid and mode, not %.64s", key);
	if (str_to_u64(value, 0, UINT32_MAX - 1, key, &id, e))
		return -1;
	*(*key == 'u' ? &m->uid : &m->gid) = (int64_t)id;
	return 0;
}

static int propagation_option(struct plan_mount *m, const char *value, struct err *e)
{
	if (propagation_word(m, value))
		return 0;
	return unknown_word(value, e);
}

static int mount_option(struct plan_mount *m, const char *key, const char *value, struct err *e)
{
	int taken = mode_word(m, key, value, e);

	if (taken)
		return taken < 0 ? -1 : 0;
	if (strcmp(key, "bind-nonrecursive") == 0 && m->kind == PLAN_MOUNT_BIND) {
		if (truth(value) < 0)
			return err_set(e, ERR_INPUT, 0, "%s=%.32s: true or false", key, value);
		m->recursive = truth(value) == 0;
		return 0;
	}
	if (m->kind == PLAN_MOUNT_VOLUME && (strcmp(key, "nocopy") == 0 || strcmp(key, "volume-nocopy") == 0)) {
		if (truth(value) < 0)
			return err_set(e, ERR_INPUT, 0, "%s=%.32s: true or false", key, value);
		m->nocopy = truth(value) == 1;
		return 0;
	}
	if (!value && (m->kind == PLAN_MOUNT_BIND || m->kind == PLAN_MOUNT_VOLUME) &&
	    (strcmp(key, "z") == 0 || strcmp(key, "Z") == 0))
		return flag_word(m, key) ? 0 : -1;
	if (!value && m->kind == PLAN_MOUNT_TMPFS && (strcmp(key, "tmpcopyup") == 0 || strcmp(key, "notmpcopyup") == 0))
		return flag_word(m, key) ? 0 : -1;
	if (strcmp(key, "relabel") == 0 && value) {
		if (strcmp(value, "shared") == 0 || strcmp(value, "private") == 0) {
			m->relabel = *value == 's' ? PLAN_RELABEL_SHARED : PLAN_RELABEL_PRIVATE;
			return 0;
		}
		return err_set(e, ERR_INPUT, 0, "relabel=%.32s: shared or private", value);
	}
	if (strcmp(key, "bind-propagation") == 0 && value)
		return propagation_option(m, value, e);
	if (m->kind == PLAN_MOUNT_TMPFS && value)
		return tmpfs_option(m, key, value, e);
	if (m->kind == PLAN_MOUNT_DEVPTS && value)
		return devpts_option(m, key, value, e);
	return unknown_word(key, e);
}

static int no_source(const struct mount_keys *k, const char *text, struct err *e)
{
	return k->source ? 0 : err_set(e, ERR_INPUT, 0, "mount %.256s: source= is needed", text);
}

/* The entry of its kind, with the kind's defaults. */
static int begin_mount(struct building *b, const struct mount_keys *k, const char *text, struct plan_mount **ret,
		       struct err *e)
{
	if (strcmp(k->type, "bind") == 0)
		return no_source(k, text, e) || add_bind(b->p, k->source, k->target, ret, e) ? -1 : 0;
	if (strcmp(k->type, "image") == 0)
		return no_source(k, text, e) || request_image_mount(b, k->source, k->target, ret, e) ? -1 : 0;
	if (strcmp(k->type, "volume") == 0)
		return add_volume(b->p, k->source, k->target, ret, e);
	if (strcmp(k->type, "tmpfs") != 0 && strcmp(k->type, "devpts") != 0)
		return err_set(e, ERR_INPUT, 0, "mount type %.32s: bind, tmpfs, image, volume or devpts", k->type);
	*ret = plan_mount_add(b->p, *k->type == 't' ? PLAN_MOUNT_TMPFS : PLAN_MOUNT_DEVPTS, NULL, k->target, e);
	if (!*ret)
		return -1;
	(*ret)->noexec = true;
	(*ret)->copy_up = (*ret)->kind == PLAN_MOUNT_TMPFS;
	(*ret)->dev = (*ret)->kind == PLAN_MOUNT_DEVPTS;
	return 0;
}

int request_mount(struct building *b, const char *text, struct err *e)
{
	auto_free char *copy = NULL, *again = NULL;
	struct mount_keys k = { 0 };
	struct plan_mount *m = NULL;
	char *rest, *word;

	if (str_copy(text, &copy, e) || str_copy(text, &again, e))
		return -1;
	for (rest = copy; rest && (word = strsep(&rest, ",")); ) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		(void)mount_key(&k, word, value);
	}
	if (!k.target || !k.type)
		return err_set(e, ERR_INPUT, 0, "mount %.256s: type= and target= are needed", text);
	if (begin_mount(b, &k, text, &m, e))
		return -1;
	for (rest = again; rest && (word = strsep(&rest, ",")); ) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (!mount_key(&k, word, value) && mount_option(m, word, value, e))
			return err_context(e, "mount %.256s", text);
	}
	return 0;
}
