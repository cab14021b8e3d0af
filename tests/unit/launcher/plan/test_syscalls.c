/* SPDX-License-Identifier: Apache-2.0 */
/* test_syscalls.c - sets of system calls: words to rules, and the rules in a real kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "launcher/plan/syscalls.h"

static void split(const char *words, struct strv *ret)
{
	auto_free char *copy = strdup(words);
	char *rest, *word;
	struct err e = { 0 };

	for (rest = copy; (word = strtok_r(rest, " ", &rest));)
		assert_int_equal(strv_add(ret, word, &e), 0);
}

static void rules_done(struct field_list *rules)
{
	for (size_t i = 0; i < rules->len; i++)
		fields_done(plan_seccomp_rule_fields, FIELD_AT(rules, struct plan_seccomp_rule, i));
	free(rules->item);
}

static enum scmp_compare op_of(const char *op)
{
	static const struct { const char *word; enum scmp_compare op; } ops[] = {
		{ "EQ", SCMP_CMP_EQ }, { "NE", SCMP_CMP_NE }, { "GT", SCMP_CMP_GT }, { "MASKED_EQ", SCMP_CMP_MASKED_EQ },
	};

	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (strcmp(ops[i].word, op) == 0)
			return ops[i].op;
	fail_msg("%s", op);
	return 0;
}

static int load(const struct field_list *rules, bool log)
{
	scmp_filter_ctx ctx = seccomp_init(log ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(SYSCALLS_DEFAULT_ERRNO));
	int r = ctx ? 0 : -1;

	for (size_t i = 0; i < rules->len && r == 0; i++) {
		const struct plan_seccomp_rule *rule = FIELD_AT(rules, struct plan_seccomp_rule, i);
		struct scmp_arg_cmp cmp[6];
		unsigned n = 0;

		if (rule->log != log)
			continue;
		for (size_t a = 0; a < rule->args.len; a++) {
			const struct plan_seccomp_arg *arg = FIELD_AT(&rule->args, struct plan_seccomp_arg, a);

			cmp[n++] = (struct scmp_arg_cmp){ (unsigned)arg->index, op_of(arg->op), arg->value, arg->value2 };
		}
		for (size_t k = 0; k < rule->names.len && r == 0; k++)
			r = seccomp_rule_add_exact_array(ctx, strcmp(rule->action, "allow") == 0 ? SCMP_ACT_ALLOW
							 : SCMP_ACT_ERRNO((uint16_t)rule->errno_ret),
							 seccomp_syscall_resolve_name(rule->names.item[k]), n, cmp);
	}
	r = r ? r : seccomp_load(ctx);
	seccomp_release(ctx);
	return r;
}

/* The errno of the call under both filters, in a process of its own; 0: it went through, 255: no filter. */
static int errno_under(const char *words, long nr, const uint64_t *a)
{
	auto_strv struct strv filter = { 0 };
	struct field_list rules = { 0 };
	struct err e = { 0 };
	int status = 0;
	pid_t pid;

	split(words, &filter);
	if (syscalls_expand(&filter, &rules, &e))
		fail_msg("%s", e.text);
	pid = fork();
	if (pid == 0) {
		long r;

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || load(&rules, false) || load(&rules, true))
			_exit(255);
		errno = 0;
		r = syscall(nr, a[0], a[1], a[2], a[3]);
		/* A clone that went through is two of us. */
		_exit(r < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	rules_done(&rules);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define HIGH (UINT64_C(1) << 32)
#define STRICT "@container-default"

/* Arguments that the kernel itself refuses, so that nothing happens where the filter lets them pass. */
static void in_a_real_kernel(void **state)
{
	static const struct { const char *words; long nr; uint64_t a[4]; int want; } rows[] = {
		{ STRICT, SYS_getppid, { 0 }, 0 },
		{ STRICT, SYS_mount, { 0 }, EPERM }, { STRICT, SYS_umount2, { 0 }, EPERM },
		{ STRICT, SYS_fsopen, { 0 }, EPERM }, { STRICT, SYS_open_tree, { 0 }, EPERM },
		{ STRICT, SYS_move_mount, { 0 }, EPERM }, { STRICT, SYS_pivot_root, { 0 }, EPERM },
		{ STRICT, SYS_chroot, { 0 }, EPERM }, { STRICT, SYS_setns, { 99 }, EPERM },
		{ STRICT, SYS_unshare, { 0 }, EPERM }, { STRICT, SYS_unshare, { 0x10000000 }, EPERM },
		{ STRICT, SYS_clone3, { 0 }, ENOSYS },
		{ STRICT, SYS_clone, { 0x10000000 }, EPERM }, { STRICT, SYS_clone, { 0x20000 }, EPERM },
		{ STRICT, SYS_clone, { 0x40000000 | HIGH }, EPERM }, { STRICT, SYS_clone, { 0x04000000 }, EPERM },
		{ STRICT, SYS_clone, { 0x00010000 | 17 }, EINVAL },	/* CLONE_THREAD alone: the kernel's answer */
		{ STRICT, SYS_ptrace, { 999 }, EPERM }, { STRICT, SYS_process_vm_readv, { 0 }, EPERM },
		{ STRICT, SYS_pidfd_getfd, { 99 }, EPERM }, { STRICT, SYS_kcmp, { 0 }, EPERM },
		{ STRICT, SYS_keyctl, { 999 }, EPERM }, { STRICT, SYS_add_key, { 0 }, EPERM },
		{ STRICT, SYS_bpf, { 999 }, EPERM }, { STRICT, SYS_io_uring_setup, { 0 }, EPERM },
		{ STRICT, SYS_userfaultfd, { 999 }, EPERM }, { STRICT, SYS_perf_event_open, { 0 }, EPERM },
		{ STRICT, SYS_open_by_handle_at, { 0 }, EPERM }, { STRICT, SYS_name_to_handle_at, { 0 }, EPERM },
		{ STRICT, SYS_reboot, { 0 }, EPERM }, { STRICT, SYS_syslog, { 99 }, EPERM },
		{ STRICT, SYS_finit_module, { 99 }, EPERM }, { STRICT, SYS_swapon, { 0 }, EPERM },
		{ STRICT, SYS_settimeofday, { 1 }, EPERM }, { STRICT, SYS_vmsplice, { 99 }, EPERM },
		{ STRICT, SYS_mbind, { 0 }, EPERM }, { STRICT, SYS_fanotify_init, { 99 }, EPERM },
		{ STRICT, 1000, { 0 }, ENOSYS },			/* newer than every table */
		{ STRICT, SYS_socket, { 1, 1, 0 }, 0 }, { STRICT, SYS_socket, { 2, 1, 0 }, 0 },
		{ STRICT, SYS_socket, { 2, 2 | 02000000, 0 }, 0 },	/* SOCK_CLOEXEC */
		{ STRICT, SYS_socket, { 2, 3, 1 }, EPERM }, { STRICT, SYS_socket, { 2, 3 | 02000000, 1 }, EPERM },
		{ STRICT, SYS_socket, { 10, 3, 58 }, EPERM }, { STRICT, SYS_socket, { 2, 10, 0 }, EPERM },
		{ STRICT, SYS_socket, { 16, 3, 0 }, 0 }, { STRICT, SYS_socket, { 16, 3, 9 }, EPERM },
		{ STRICT, SYS_socket, { 16, 3, 6 }, EPERM }, { STRICT, SYS_socket, { 17, 3, 0 }, EPERM },
		{ STRICT, SYS_socket, { 38, 5, 0 }, EPERM }, { STRICT, SYS_socket, { 40, 1, 0 }, EPERM },
		{ STRICT, SYS_socket, { 33, 2, 0 }, EPERM }, { STRICT, SYS_socket, { 15, 3, 2 }, EPERM },
		{ STRICT, SYS_socket, { 16 | HIGH, 3, 9 }, EPERM },
		{ STRICT, SYS_socketpair, { 1, 1, 0, 0 }, EFAULT }, { STRICT, SYS_socketpair, { 30, 1, 0, 0 }, EPERM },
		{ STRICT, SYS_personality, { 0xffffffff }, 0 }, { STRICT, SYS_personality, { 0x40000 }, ENOSYS },
		{ STRICT, SYS_ioctl, { 99, 0x5412 }, EPERM }, { STRICT, SYS_ioctl, { 99, 0x5412 | HIGH }, EPERM },
		{ STRICT, SYS_ioctl, { 99, 0x541c }, EPERM }, { STRICT, SYS_ioctl, { 99, 0x5423 }, EPERM },
		{ STRICT, SYS_ioctl, { 99, 0x5413 }, EBADF },
		{ STRICT, SYS_mknodat, { 99, 0, 0020666 }, EPERM }, { STRICT, SYS_mknodat, { 99, 0, 0060666 }, EPERM },
		{ STRICT, SYS_mknodat, { 99, 0, 0010666 }, EFAULT },
		{ STRICT " @mount", SYS_mount, { 0 }, EFAULT }, { STRICT " @mount", SYS_setns, { 99 }, EPERM },
		{ STRICT " @mount ~chroot", SYS_chroot, { 0 }, EPERM }, { STRICT " @mount ~@mount", SYS_mount, { 0 }, EPERM },
		{ STRICT " @namespaces", SYS_unshare, { 0 }, 0 }, { STRICT " @namespaces", SYS_setns, { 99 }, EBADF },
		{ STRICT " @namespaces", SYS_clone, { 0x10000200 }, EINVAL },	/* with CLONE_FS: the kernel's answer */
		{ STRICT " @systemd-init", SYS_unshare, { 0 }, 0 },
		{ STRICT " @systemd-init", SYS_unshare, { 0x10000000 }, EPERM },
		{ STRICT " @systemd-init", SYS_clone, { 0x10000000 }, EPERM },
		{ STRICT " @systemd-init", SYS_clone, { 0x20200 }, EINVAL },	/* NEWNS with CLONE_FS */
		{ STRICT " @systemd-init", SYS_socket, { 16, 3, 15 }, 0 }, { STRICT " @systemd-init", SYS_socket, { 16, 3, 0 }, 0 },
		{ STRICT " @systemd-init", SYS_socket, { 16, 3, 9 }, EPERM }, { STRICT " @systemd-init", SYS_socket, { 16, 3, 14 }, EPERM },
		{ STRICT " @systemd-init", SYS_socket, { 16, 3, 16 }, EPERM }, { STRICT " @systemd-init", SYS_socket, { 16, 3, 1 }, EPERM },
		{ STRICT, SYS_socket, { 16, 3, 15 }, EPERM }, { STRICT " @systemd-init @netlink", SYS_socket, { 16, 3, 12 }, 0 },
		{ STRICT " @ptrace", SYS_ptrace, { 999, 1 }, ESRCH },
		{ STRICT " @netlink", SYS_socket, { 16, 3, 15 }, 0 }, { STRICT " @netlink", SYS_socket, { 16, 3, 9 }, EPERM },
		{ STRICT " @netlink", SYS_socket, { 16, 3, 9 | HIGH }, EPERM },
		{ STRICT " @raw-sockets", SYS_socket, { 2, 3, 1 }, 0 }, { STRICT " @raw-sockets", SYS_socket, { 38, 5, 0 }, EPERM },
		{ STRICT " socket", SYS_socket, { 16, 3, 9 }, EPERM },
		{ STRICT " socket", SYS_socket, { 16 | HIGH, 3, 9 | HIGH }, EPERM },
		{ STRICT " socket", SYS_socket, { 16, 3, 15 }, 0 },
		{ STRICT " ioctl", SYS_ioctl, { 99, 0x5412 }, EPERM },
		{ STRICT " @devices", SYS_mknodat, { 99, 0, 0020666 }, EFAULT },
		{ STRICT " ~@netlink", SYS_socket, { 16, 3, 0 }, 0 },
		{ STRICT " ~socket @raw-sockets", SYS_socket, { 2, 3, 1 }, 0 },
		{ STRICT " ~socket", SYS_socket, { 1, 1, 0 }, EPERM }, { STRICT " ~getppid", SYS_getppid, { 0 }, EPERM },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int got = errno_under(rows[i].words, rows[i].nr, rows[i].a);

		if (got != rows[i].want)
			fail_msg("row %zu: %s, call %ld(%#llx, %#llx, %#llx): errno %d, not %d", i, rows[i].words, rows[i].nr,
				 (unsigned long long)rows[i].a[0], (unsigned long long)rows[i].a[1],
				 (unsigned long long)rows[i].a[2], got, rows[i].want);
	}
}

static void widening(void **state)
{
	static const struct { const char *words; bool widens; } rows[] = {
		{ STRICT, false }, { STRICT " ~socket", false }, { STRICT " ~@container-default getppid", false },
		{ STRICT " getppid", false }, { STRICT " @mount ~@mount", false }, { STRICT " @mount", true },
		{ STRICT " ptrace", true }, { STRICT " @netlink", true }, { STRICT " socket", true },
		{ STRICT " clone", true }, { STRICT " @systemd-init", true }, { STRICT " ~clone @container-default", false },
		{ "", true }, { "@mount", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_strv struct strv filter = { 0 };

		split(rows[i].words, &filter);
		if (syscalls_widens(&filter) != rows[i].widens)
			fail_msg("\"%s\" %s", rows[i].words, rows[i].widens ? "must widen" : "must not widen");
	}
}

static void one_within_the_other(void **state)
{
	static const struct { const char *a, *b; bool within; } rows[] = {
		{ STRICT " @keyring", STRICT " @mount", false }, { STRICT " @mount", STRICT " @mount @keyring", true },
		{ STRICT " mount", STRICT " @mount", true }, { STRICT " @netlink", STRICT " socket", true },
		{ STRICT " socket", STRICT " @netlink @raw-sockets", false }, { STRICT, STRICT " ~ioctl", false },
		{ STRICT " @namespaces", STRICT " @systemd-init", false }, { "nonsense", STRICT, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_strv struct strv a = { 0 }, b = { 0 };

		split(rows[i].a, &a);
		split(rows[i].b, &b);
		if (syscalls_within(&a, &b) != rows[i].within)
			fail_msg("\"%s\" within \"%s\"", rows[i].a, rows[i].b);
	}
}

static void words_are_checked(void **state)
{
	static const char *const bad[] = { "@nosuch", "nosuch", "~", "", "~@", "@container-default,ptrace", "~~ptrace" };
	static const char *const good[] = { "@mount", "~ptrace", "read", "~@keyring", "@systemd-init" };
	struct field_list rules = { 0 };
	auto_strv struct strv late = { 0 };
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (syscalls_check_word(bad[i], &e) == 0)
			fail_msg("taken: %s", bad[i]);
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (syscalls_check_word(good[i], &e))
			fail_msg("%s", e.text);
	split("@mount @container-default", &late);
	assert_int_equal(syscalls_expand(&late, &rules, &e), -1);
	assert_string_equal(e.text, "a system call filter starts with @container-default, not @mount");
}

/* The sets are read by name in libseccomp: a misspelt call would silently be none. */
static void every_name_in_the_sets_is_a_call(void **state)
{
	static const char *const sets[] = { "@mount", "@namespaces", "@ptrace", "@debug", "@keyring", "@clock", "@module",
		"@raw-io", "@reboot", "@swap", "@cpu-emulation", "@bpf", "@io-uring", "@handles", "@memory-policy",
		"@hostname", "@accounting", "@devices", "@netlink", "@raw-sockets", "@systemd-init" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		auto_strv struct strv filter = { 0 };
		auto_str struct str words = { 0 };
		struct err e = { 0 };

		assert_int_equal(str_addf(&words, &e, STRICT " %s", sets[i]), 0);
		split(words.text, &filter);
		/* Each set gives something that the profile has not. */
		if (!syscalls_widens(&filter))
			fail_msg("%s gives nothing", sets[i]);
	}
}

static void the_version_is_of_the_tables(void **state)
{
	(void)state;
	assert_true(strlen(syscalls_version()) > 16);
	assert_ptr_equal(syscalls_version(), syscalls_version());
	assert_null(strpbrk(syscalls_version(), " /\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_a_real_kernel), cmocka_unit_test(widening), cmocka_unit_test(one_within_the_other),
		cmocka_unit_test(words_are_checked), cmocka_unit_test(every_name_in_the_sets_is_a_call),
		cmocka_unit_test(the_version_is_of_the_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
