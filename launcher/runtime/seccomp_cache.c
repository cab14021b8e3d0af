/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_cache.c - files of compiled filters: key, check, replace, bound. */
#include "launcher/runtime/seccomp_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <seccomp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/base/path.h"
#include "launcher/plan/syscalls.h"

#define MAGIC "secctr seccomp 1"	/* with its NUL: 17 bytes, 24 with padding in the file */

struct header {
	char magic[24];
	uint32_t quiet_len, log_len;	/* instructions */
	struct digest key, quiet, log;
	char pad[8 - 3 * DIGEST_TEXT % 8];
};

enum {
	INSN = sizeof(struct sock_filter),
	FILE_MAX = sizeof(struct header) + 2 * SECCOMP_INSNS_MAX * INSN,
};

/*
 * Every member of struct plan_seccomp is in the key, or one that changes no instruction (flags, listener, metadata): one that is
 * not would let two filters share a file.
 */
_Static_assert(sizeof(struct plan_seccomp) == 3 * sizeof(struct strv) + 4 * sizeof(char *) + sizeof(int64_t) +
	       sizeof(struct field_list), "a new member of struct plan_seccomp needs a row here");

static const struct field key_fields[] = {
	FIELD_STRV(struct plan_seccomp, "filter", filter, 0),
	FIELD_BOOL(struct plan_seccomp, "none", none, 0),
	FIELD_STR(struct plan_seccomp, "defaultAction", default_action, 0),
	FIELD_INT(struct plan_seccomp, "defaultErrno", default_errno, 0),
	FIELD_STRV(struct plan_seccomp, "architectures", architectures, 0),
	FIELD_LIST(struct plan_seccomp, "rules", rules, 0, plan_seccomp_rule_fields, struct plan_seccomp_rule),
	FIELD_END
};

int seccomp_cache_key(const struct plan_seccomp *p, struct digest *ret, struct err *e)
{
	const struct scmp_version *v = seccomp_version();
	auto_json json_t *j = NULL;
	auto_free char *words = NULL, *text = NULL;

	if (!v)
		return err_set(e, ERR_SYSTEM, 0, "seccomp_version");
	if (fields_to_json(key_fields, p, &j, e) || json_canonical(j, &words, e))
		return -1;
	if (str_print(&text, e, MAGIC "\n%s\n%u.%u.%u %x\n%s", syscalls_version(), v->major, v->minor, v->micro,
		      seccomp_arch_native(), words))
		return -1;
	return digest_bytes(text, strlen(text), ret, e);
}

static bool take_program(struct seccomp_program *ret, const struct sock_filter *from, uint32_t len,
			 const struct digest *digest)
{
	struct digest found;
	struct err e;

	if (!len)
		return digest->text[0] == '\0';
	if (digest_bytes(from, len * INSN, &found, &e) || memcmp(&found, digest, sizeof(found)) != 0)
		return false;
	ret->insn = malloc(len * INSN);
	if (!ret->insn)
		return false;
	memcpy(ret->insn, from, len * INSN);
	ret->len = (unsigned short)len;
	ret->digest = *digest;
	return true;
}

static bool take_file(const char *buf, size_t size, const struct digest *key, struct seccomp_filters *ret)
{
	const struct sock_filter *insn = (const void *)(buf + sizeof(struct header));
	struct header h;

	memcpy(&h, buf, sizeof(h));
	if (memcmp(h.magic, MAGIC, sizeof(MAGIC)) != 0 || memcmp(&h.key, key, sizeof(*key)) != 0)
		return false;
	if (!h.quiet_len || h.quiet_len > SECCOMP_INSNS_MAX || h.log_len > SECCOMP_INSNS_MAX ||
	    size != sizeof(h) + (h.quiet_len + h.log_len) * INSN)
		return false;
	return take_program(&ret->quiet, insn, h.quiet_len, &h.quiet) &&
	       take_program(&ret->log, insn + h.quiet_len, h.log_len, &h.log);
}

bool seccomp_cache_get(int run, const struct digest *key, struct seccomp_filters *ret)
{
	char path[sizeof(SECCOMP_CACHE_DIR) + DIGEST_HEX + 1] = SECCOMP_CACHE_DIR "/";
	auto_close int fd = openat(run, strcat(path, digest_hex(key)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct seccomp_filters found = { 0 };
	auto_free char *buf = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & 07777) != 0600 || st.st_size < (off_t)sizeof(struct header) || st.st_size > FILE_MAX)
		return false;
	buf = malloc((size_t)st.st_size);
	if (!buf || read(fd, buf, (size_t)st.st_size) != st.st_size)
		return false;
	if (!take_file(buf, (size_t)st.st_size, key, &found)) {
		seccomp_filters_done(&found);
		return false;
	}
	found.cached = true;
	*ret = found;
	return true;
}

/* Bundles can bring any number of filters; /run is memory. */
static void bound_directory(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;
	size_t n = 0;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	while ((d = readdir(dir)))
		n += strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
	if (n >= SECCOMP_CACHE_MAX) {
		rewinddir(dir);
		while ((d = readdir(dir)))
			if (strlen(d->d_name) >= DIGEST_HEX)
				(void)unlinkat(dirfd, d->d_name, 0);
	}
	(void)closedir(dir);
}

int seccomp_cache_put(int run, const struct digest *key, const struct seccomp_filters *f, struct err *e)
{
	struct header h = { .magic = MAGIC, .quiet_len = f->quiet.len, .log_len = f->log.len, .key = *key,
			    .quiet = f->quiet.digest, .log = f->log.digest };
	auto_close int dir = path_make_private_dir(run, SECCOMP_CACHE_DIR, 0700, e);
	auto_str struct str s = { 0 };

	if (dir < 0)
		return -1;
	bound_directory(dir);
	if (str_add_bytes(&s, &h, sizeof(h), e) ||
	    str_add_bytes(&s, f->quiet.insn, f->quiet.len * (size_t)INSN, e) ||
	    str_add_bytes(&s, f->log.insn, f->log.len * (size_t)INSN, e))
		return -1;
	return io_replace_volatile_at(dir, digest_hex(key), s.text, s.len, 0600, e);
}
