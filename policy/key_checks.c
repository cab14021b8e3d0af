/* SPDX-License-Identifier: Apache-2.0 */
/* key_checks.c - what the words of a policy may be. */
#include "policy/key_checks.h"

#include <string.h>

#include "launcher/base/path.h"
#include "launcher/plan/cpuset.h"
#include "launcher/plan/syscalls.h"
#include "launcher/plan/caps.h"

static bool only(const char *word, const char *chars, const char *also)
{
	for (; *word; word++)
		if (!strchr(chars, *word) && !strchr(also, *word))
			return false;
	return true;
}

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

static int one_of(const char *word, const char *const *words, const char *what, struct err *e)
{
	for (; *words; words++)
		if (strcmp(*words, word) == 0)
			return 0;
	return err_set(e, ERR_INPUT, 0, "%.64s is no %s", word, what);
}

int check_login(const char *word, struct err *e)
{
	const char *name = word + (*word == '@');

	if (!*name || *name == '-' || strlen(name) > 64 || !only(name, ALNUM, "-.$"))
		return err_set(e, ERR_INPUT, 0, "%.64s is no login, UID or @group", word);
	return 0;
}

int check_owner(const char *word, struct err *e)
{
	uint64_t uid;

	if (check_login(word, e))
		return -1;
	if (*word == '@' || strcmp(word, "any") == 0)
		return err_set(e, ERR_INPUT, 0, "%.64s: an owner is one account", word);
	if (only(word, "0123456789", ""))
		return str_to_u64(word, 1000, UINT32_MAX - 1, "owner's UID", &uid, e);
	return 0;
}

int check_require(const char *word, struct err *e)
{
	if (strcmp(word, "signature") == 0)
		return err_set(e, ERR_INPUT, 0, "signature is not supported yet by this version");
	if (strcmp(word, "digest") != 0)
		return err_set(e, ERR_INPUT, 0, "%.64s is none of: digest, signature", word);
	return 0;
}

int check_path(const char *word, struct err *e)
{
	if (!path_is_canonical(word))
		return err_set(e, ERR_INPUT, 0,
			       "not an absolute path without \".\", \"..\", \"//\" and \"/\" at the end: %.256s", word);
	if (strcmp(word, "/") == 0)
		return err_set(e, ERR_INPUT, 0, "\"/\" is the whole host: name what is needed");
	return 0;
}

int check_hook(const char *word, struct err *e)
{
	return strcmp(word, POLICY_HOOK_CONTAINER) == 0 ? 0 : check_path(word, e);
}

static int read_range(const char *word, uint64_t *low, uint64_t *high, struct err *e)
{
	const char *dash = strchr(word, '-');
	char from[16];
	size_t n = dash ? (size_t)(dash - word) : strlen(word);

	if (n >= sizeof(from))
		return err_set(e, ERR_INPUT, 0, "%.64s is no number", word);
	memcpy(from, word, n);
	from[n] = '\0';
	if (str_to_u64(from, 0, UINT32_MAX - 1, "id", low, e))
		return -1;
	*high = *low;
	return dash ? str_to_u64(dash + 1, *low, UINT32_MAX - 1, "end of the range", high, e) : 0;
}

int check_ids(const char *word, struct err *e)
{
	uint64_t low, high;

	return strcmp(word, "any") == 0 ? 0 : read_range(word, &low, &high, e);
}

bool key_ids_have(const struct strv *words, int64_t id)
{
	return key_ids_have_range(words, id, 1);
}

bool key_ids_have_range(const struct strv *words, int64_t first, int64_t size)
{
	for (size_t i = 0; i < words->len; i++) {
		uint64_t low, high;
		struct err e;

		if (strcmp(words->item[i], "any") == 0)
			return true;
		if (read_range(words->item[i], &low, &high, &e) == 0 && first >= (int64_t)low && first <= (int64_t)high &&
		    size - 1 <= (int64_t)high - first)
			return true;
	}
	return false;
}

int check_cap(const char *word, struct err *e)
{
	int bit = caps_bit(word);

	if (bit < 0)
		return err_set(e, ERR_INPUT, 0, "%.64s is no capability%s", word,
			       *word == '~' || strcmp(word, "ALL") == 0 ? ": name each one that is given" : "");
	if (caps_never & UINT64_C(1) << bit)
		return err_set(e, ERR_INPUT, 0, "%s is never given to a container: it would undo the audit trail",
			       word);
	return 0;
}

int check_syscall(const char *word, struct err *e)
{
	if (strcmp(word, "none") == 0 || strcmp(word, "bundle") == 0)
		return 0;	/* key_check_together() has them alone */
	return syscalls_check_word(word, e);
}

int check_sysctl(const char *word, struct err *e)
{
	static const char *const own[] = { "net.", "fs.mqueue.", "kernel.shm", "kernel.msg", "kernel.sem" };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (str_starts(word, own[i]) && only(word, ALNUM, ".-*?/"))
			return 0;
	return err_set(e, ERR_INPUT, 0,
		       "%.64s is no setting of a container's own name spaces (net.*, fs.mqueue.*, kernel.shm*, "
		       "kernel.msg*, kernel.sem)", word);
}

int check_ns(const char *word, struct err *e)
{
	static const char *const kinds[] = { "pid", "ipc", "uts", "cgroup", NULL };

	return one_of(word, kinds, "name space this key takes (pid, ipc, uts, cgroup)", e);
}

/* The host's user name space is not asked for: it is what a container has without one of its own. */
int check_joined_ns(const char *word, struct err *e)
{
	static const char *const kinds[] = { "pid", "ipc", "uts", "cgroup", "user", "time", NULL };

	return one_of(word, kinds, "name space this key takes (pid, ipc, uts, cgroup, user, time)", e);
}

int check_mount_option(const char *word, struct err *e)
{
	static const char *const options[] = { "dev", "suid", "idmap", "chown", "shared", NULL };

	return one_of(word, options, "mount option this key takes (dev, suid, idmap, chown, shared)", e);
}

int check_net(const char *word, struct err *e)
{
	static const char *const modes[] = { "none", "host", "private", "path", "container", NULL };

	return one_of(word, modes, "network mode (none, host, private, path, container)", e);
}

int check_text(const char *word, struct err *e)
{
	if (!only(word, ALNUM, "-./:@\\"))
		return err_set(e, ERR_INPUT, 0, "%.64s: not a cgroup path or slice", word);
	return 0;
}

int check_type(const char *word, struct err *e)
{
	if (!only(word, ALNUM, "") || strlen(word) > 128)
		return err_set(e, ERR_INPUT, 0, "%.64s is no SELinux type", word);
	return 0;
}

int check_level(const char *word, struct err *e)
{
	if (strcmp(word, "any") == 0 || strcmp(word, "pair") == 0 || (*word == 's' && only(word, "0123456789", "sc:,.-")))
		return 0;
	return err_set(e, ERR_INPUT, 0, "%.64s is no SELinux level", word);
}

int check_failure(const char *word, struct err *e)
{
	static const char *const words[] = {
		"start=refuse", "start=continue", "exec=refuse", "exec=continue", "control=refuse",
		"control=continue", "running=stop", "running=continue", NULL
	};

	return one_of(word, words, "SITUATION=ACTION such as start=refuse or running=stop", e);
}

int check_cpus(const char *word, struct err *e)
{
	struct cpuset set = { 0 };

	return cpuset_add(&set, word, "list of numbers and ranges", e);
}

int check_scheduling(const char *word, struct err *e)
{
	static const char *const words[] = { "nice", "fifo", "rr", "deadline", "realtime-io", NULL };

	return one_of(word, words, "word this key takes (nice, fifo, rr, deadline, realtime-io)", e);
}

int check_seccomp_flag(const char *word, struct err *e)
{
	static const char *const words[] = { "log", "spec-allow", NULL };

	return one_of(word, words, "flag this key takes (log, spec-allow)", e);
}

int check_memory_option(const char *word, struct err *e)
{
	static const char *const options[] = { "swappiness", "oom-kill-disable", NULL };

	return one_of(word, options, "option this key takes (swappiness, oom-kill-disable)", e);
}

int check_log(const char *word, struct err *e)
{
	static const char *const drivers[] = { "file", "none", "journald", NULL };

	return one_of(word, drivers, "log driver (file, none, journald)", e);
}

static bool is_access(const char *word)
{
	return *word && only(word, "rwm", "");
}

int check_device(const char *word, struct err *e)
{
	const char *number = str_starts(word, "char-") ? word + 5 : str_starts(word, "block-") ? word + 6 : NULL;
	uint64_t n;

	if (is_access(word))
		return strlen(word) <= 3 ? 0 : err_set(e, ERR_INPUT, 0, "%.64s: each of r, w and m once", word);
	if (number)
		return strcmp(number, "*") == 0 ? 0 : str_to_u64(number, 0, UINT32_MAX, "major number", &n, e);
	if (!path_is_canonical(word) || !str_starts(word, "/dev/"))
		return err_set(e, ERR_INPUT, 0, "%.200s is neither a path below /dev, char-MAJOR, block-MAJOR, nor an access of r, w, m",
			       word);
	return 0;
}

int check_io(const char *word, struct err *e)
{
	int64_t n;

	if (*word == '/')
		return check_path(word, e);
	if (str_to_size(word, "limit", &n, e))
		return -1;
	return n > 0 ? 0 : err_set(e, ERR_INPUT, 0, "a limit of 0 would stop all");
}

int check_io_weight(const char *word, struct err *e)
{
	uint64_t n;

	return *word == '/' ? check_path(word, e) : str_to_u64(word, 1, 10000, "weight", &n, e);
}

bool key_device_next(const struct strv *words, size_t *at, struct key_device *ret)
{
	if (*at >= words->len)
		return false;
	*ret = (struct key_device){ words->item[(*at)++], "rwm" };
	if (*at < words->len && is_access(words->item[*at]))
		ret->access = words->item[(*at)++];
	return true;
}

bool key_io_of(const struct strv *words, const char *path, int64_t *ret)
{
	struct err ignored;

	for (size_t i = 0; i + 1 < words->len; i += 2)
		if (strcmp(words->item[i], path) == 0)
			return str_to_size(words->item[i + 1], "limit", ret, &ignored) == 0;
	return false;
}

/* "size=64M,mode=1777,noexec" of one entry */
static int read_tmpfs_option(const char *option, struct key_tmpfs *t, struct err *e)
{
	if (str_starts(option, "size="))
		return str_to_size(option + 5, "size", &t->size, e);
	if (str_starts(option, "mode=")) {
		if (strspn(option + 5, "01234567") != strlen(option + 5) || strlen(option + 5) > 5 || !option[5])
			return err_set(e, ERR_INPUT, 0, "not an octal mode: %.64s", option);
		t->mode = strtol(option + 5, NULL, 8) & 07777;
		return 0;
	}
	if (strcmp(option, "noexec") != 0)
		return err_set(e, ERR_INPUT, 0, "%.64s is none of: size=, mode=, noexec", option);
	t->noexec = true;
	return 0;
}

int key_tmpfs_read(const char *word, struct key_tmpfs *ret, struct err *e)
{
	struct key_tmpfs t = { .size = -1, .mode = -1 };
	auto_free char *path = NULL;
	char *colon, *rest, *option;

	if (str_copy(word, &path, e))
		return -1;
	colon = strchr(path, ':');
	if (colon) {
		*colon = '\0';
		for (rest = colon + 1; (option = strtok_r(rest, ",", &rest));)
			if (read_tmpfs_option(option, &t, e))
				return -1;
	}
	if (check_path(path, e))
		return -1;
	t.path = take_ptr(&path);
	*ret = t;
	return 0;
}

int check_tmpfs(const char *word, struct err *e)
{
	struct key_tmpfs t = { 0 };

	if (key_tmpfs_read(word, &t, e))
		return -1;
	free(t.path);
	return 0;
}

int key_signal(const char *text, int64_t *ret, struct err *e)
{
	const char *name = text + (str_starts(text, "SIG") ? 3 : 0);
	uint64_t n;

	for (int s = 1; s < 32; s++) {
		const char *abbrev = sigabbrev_np(s);

		if (abbrev && strcmp(abbrev, name) == 0) {
			*ret = s;
			return 0;
		}
	}
	/* systemd as PID 1 halts on SIGRTMIN+3; 34 is SIGRTMIN for programs (signal(7)). */
	if (str_starts(name, "RTMIN+")) {
		if (str_to_u64(name + 6, 0, 30, "signal", &n, e))
			return -1;
		*ret = 34 + (int64_t)n;
		return 0;
	}
	if (str_to_u64(text, 1, 64, "signal", &n, e))
		return -1;
	*ret = (int64_t)n;
	return 0;
}

static int bad(const struct policy *p, enum key k, size_t word, struct err *e, const char *why)
{
	char at[4096 + 16];

	return err_set(e, ERR_INPUT, 0, "%s: %s: %s", key_at(p, k, word, at, sizeof(at)), key_defs[k].key, why);
}

static int check_filter(const struct policy *p, struct err *e)
{
	const struct strv *f = &p->v[KEY_SYSCALLS].list;

	if (!f->len)
		return bad(p, KEY_SYSCALLS, 0, e, "empty would allow nothing; say none for no filter");
	if (strv_has(f, "none") || strv_has(f, "bundle"))
		return f->len == 1 ? 0 : bad(p, KEY_SYSCALLS, 0, e, "none and bundle stand alone");
	if (strcmp(f->item[0], "@container-default") != 0)
		return bad(p, KEY_SYSCALLS, 0, e, "the first word must be @container-default");
	return 0;
}

/* An access belongs to the device in front of it. */
static int check_devices(const struct policy *p, struct err *e)
{
	const struct strv *words = &p->v[KEY_DEVICE_ALLOW].list;

	for (size_t i = 0; i < words->len; i++)
		if (is_access(words->item[i]) && (i == 0 || is_access(words->item[i - 1])))
			return bad(p, KEY_DEVICE_ALLOW, i, e, "an access without a device in front of it");
	return 0;
}

static int check_io_pairs(const struct policy *p, struct err *e)
{
	for (int k = KEY_IO_DEVICE_WEIGHT; k <= KEY_IO_WIOPS; k++) {
		const struct strv *words = &p->v[k].list;

		for (size_t i = 0; i < words->len; i++)
			if ((*words->item[i] == '/') == (i % 2) || words->len % 2)
				return bad(p, (enum key)k, i, e, "not pairs of PATH and VALUE");
	}
	return 0;
}

int key_check_together(const struct policy *p, struct err *e)
{
	const struct strv *fail = &p->v[KEY_ON_FAILURE].list;

	if (check_filter(p, e) || check_devices(p, e) || check_io_pairs(p, e))
		return -1;
	for (size_t i = 0; i < fail->len; i++) {
		size_t front = strcspn(fail->item[i], "=") + 1;

		for (size_t k = 0; k < i; k++)
			if (strncmp(fail->item[i], fail->item[k], front) == 0)
				return bad(p, KEY_ON_FAILURE, i, e, "one situation, two actions");
		if (p->v[KEY_AUDIT_REQUIRE].num && (strcmp(fail->item[i], "start=continue") == 0 ||
						    strcmp(fail->item[i], "exec=continue") == 0))
			return bad(p, KEY_ON_FAILURE, i, e, "contradicts [Audit] Require=yes");
	}
	return 0;
}
