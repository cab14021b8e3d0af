/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp.c - a container's filters: prepared by the parent, loaded by the child. */
#include "launcher/runtime/seccomp.h"

#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/proc.h"
#include "launcher/runtime/seccomp_cache.h"
#include "launcher/runtime/seccomp_compile.h"

static int add_digest(struct seccomp_program *p, struct err *e)
{
	return p->len ? digest_bytes(p->insn, p->len * sizeof(*p->insn), &p->digest, e) : 0;
}

int seccomp_prepare(const struct plan_seccomp *p, int run, struct seccomp_filters *ret, struct err *e)
{
	struct seccomp_filters made = { 0 };
	struct digest key;
	struct err ignored;

	if (p->none) {
		*ret = made;
		return 0;
	}
	if (run >= 0) {
		if (seccomp_cache_key(p, &key, e))
			return -1;
		if (seccomp_cache_get(run, &key, ret))
			return 0;
	}
	if (seccomp_compile(p, &made, e) || add_digest(&made.quiet, e) || add_digest(&made.log, e)) {
		seccomp_filters_done(&made);
		return -1;
	}
	/* A cache that cannot be written costs the next start its time, nothing else. */
	if (run >= 0 && seccomp_cache_put(run, &key, &made, &ignored))
		ignored.sys = 0;
	*ret = made;
	return 0;
}

/* What seccomp(2) gives: a listener, or 0. */
static int load_one(const struct seccomp_program *p, unsigned flags, const char *which, struct err *e)
{
	struct sock_fprog prog = { .len = p->len, .filter = p->insn };
	long r;

	if (!p->len)
		return 0;
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	return r < 0 ? err_set(e, ERR_SYSTEM, errno, "system call filter (%s): seccomp", which) : (int)r;
}

int seccomp_apply(const struct seccomp_filters *f, unsigned flags, int *ret_listener, struct err *e)
{
	int r = load_one(&f->quiet, flags, "quiet", e);

	if (r < 0)
		return -1;
	*ret_listener = flags & SECCOMP_FILTER_FLAG_NEW_LISTENER ? r : -1;
	return load_one(&f->log, SECCOMP_FILTER_FLAG_LOG, "logging; the quiet one must allow seccomp", e);
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += n)
		if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
			return true;
	return false;
}

int seccomp_check_logging(int procfd, struct err *e)
{
	static const char *const need[] = { "kill_process", "errno", "log" };
	char have[256];

	if (proc_read(procfd, "sys/kernel/seccomp/actions_logged", have, sizeof(have), e))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(need); i++)
		if (!has_word(have, need[i]))
			return err_set(e, ERR_AUDIT, 0, "kernel.seccomp.actions_logged lacks %s: denied system "
				       "calls would leave no record", need[i]);
	return 0;
}

void seccomp_filters_done(struct seccomp_filters *f)
{
	free(f->quiet.insn);
	free(f->log.insn);
	*f = (struct seccomp_filters){ 0 };
}
