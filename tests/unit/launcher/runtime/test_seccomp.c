/* SPDX-License-Identifier: Apache-2.0 */
/* test_seccomp.c - filters compiled, cached, loaded into real processes and probed with real calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "launcher/base/proc.h"
#include "launcher/plan/plan.h"
#include "launcher/plan/syscalls.h"
#include "launcher/runtime/seccomp.h"
#include "launcher/runtime/seccomp_cache.h"

static struct err e;

static struct plan *strict_plan(void)
{
	struct plan *p;

	assert_int_equal(plan_new(&p, &e), 0);
	assert_int_equal(strv_add(&p->seccomp.filter, "@container-default", &e), 0);
	return p;
}

static struct plan *rules_plan(const char *default_action, int64_t default_errno)
{
	struct plan *p;

	assert_int_equal(plan_new(&p, &e), 0);
	assert_int_equal(str_copy(default_action, &p->seccomp.default_action, &e), 0);
	p->seccomp.default_errno = default_errno;
	return p;
}

static struct plan_seccomp_rule *add_rule(struct plan *p, const char *name, const char *action,
					  int64_t number, bool log)
{
	struct plan_seccomp_rule *r = field_list_add(&p->seccomp.rules, plan_seccomp_rule_fields, sizeof(*r));

	assert_non_null(r);
	assert_int_equal(strv_add(&r->names, name, &e), 0);
	assert_int_equal(str_copy(action, &r->action, &e), 0);
	r->errno_ret = number;
	r->log = log;
	return r;
}

static void add_arg(struct plan_seccomp_rule *r, int64_t index, const char *op, uint64_t value)
{
	const struct field *f = plan_seccomp_rule_fields;
	struct plan_seccomp_arg *a;

	while (strcmp(f->key, "args") != 0)
		f++;
	a = field_list_add(&r->args, f->sub, sizeof(*a));
	assert_non_null(a);
	a->index = index;
	a->value = value;
	assert_int_equal(str_copy(op, &a->op, &e), 0);
}

/* Run fn(arg) in a child under the filters; wait status. What fn returns is the exit status. */
static int under(const struct seccomp_filters *f, int (*fn)(void *), void *arg)
{
	int status, listener;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		/* cmocka's handler would go on with the other tests, in this process and under this filter. */
		signal(SIGSEGV, SIG_DFL);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || seccomp_apply(f, 0, &listener, &e)) {
			fprintf(stderr, "%s\n", e.text);
			_exit(99);
		}
		/* Not _exit(): a sanitizer's makes calls of its own first, which the filter may deny. */
		(void)syscall(SYS_exit_group, fn(arg));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

struct probe {
	const char *what;
	long call, a0, a1, a2, a3;
	int want;		/* errno; 0: success */
};

static int probe_one(void *arg)
{
	const struct probe *p = arg;
	long r = syscall(p->call, p->a0, p->a1, p->a2, p->a3, 0, 0);

	if (r == 0 && (p->call == SYS_clone || p->call == SYS_fork))
		_exit(0);
	return r < 0 ? errno : 0;
}

static void strict_profile_answers(void **state)
{
	static struct probe probes[] = {
		{ "socket AF_UNIX", SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0, 0 },
		{ "socket AF_INET stream", SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0 },
		{ "socket AF_INET raw", SYS_socket, AF_INET, SOCK_RAW, 1, 0, EPERM },
		{ "socket AF_ALG", SYS_socket, 38, SOCK_SEQPACKET, 0, 0, EPERM },
		{ "socket AF_VSOCK", SYS_socket, 40, SOCK_STREAM, 0, 0, EPERM },
		{ "socket NETLINK_ROUTE", SYS_socket, AF_NETLINK, SOCK_RAW, 0, 0, 0 },
		{ "socket NETLINK_AUDIT", SYS_socket, AF_NETLINK, SOCK_RAW, 9, 0, EPERM },
		{ "socket NETLINK_AUDIT, bit 32", SYS_socket, AF_NETLINK, SOCK_RAW, 9 | 1L << 32, 0, EPERM },
		{ "clone plain", SYS_clone, SIGCHLD, 0, 0, 0, 0 },
		{ "clone NEWUSER", SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, EPERM },
		{ "clone NEWNS", SYS_clone, CLONE_NEWNS | SIGCHLD, 0, 0, 0, EPERM },
		{ "clone3", SYS_clone3, 0, 0, 0, 0, ENOSYS },
		{ "unshare", SYS_unshare, CLONE_NEWUSER, 0, 0, 0, EPERM },
		{ "mount", SYS_mount, 0, 0, 0, 0, EPERM },
		{ "ptrace", SYS_ptrace, 0, 0, 0, 0, EPERM },
		{ "keyctl", SYS_keyctl, 0, 0, 0, 0, EPERM },
		{ "TIOCSTI", SYS_ioctl, 0, 0x5412, 0, 0, EPERM },
		{ "TIOCSTI, bit 32", SYS_ioctl, 0, 0x5412 | 1L << 32, 0, 0, EPERM },
		{ "personality query", SYS_personality, 0xffffffff, 0, 0, 0, 0 },
		{ "personality ADDR_NO_RANDOMIZE", SYS_personality, 0x0040000, 0, 0, 0, ENOSYS },
		{ "mknod character device", SYS_mknod, (long)"/tmp/x", S_IFCHR | 0600, 0, 0, EPERM },
		{ "a call of the future", 999, 0, 0, 0, 0, ENOSYS },
	};
	struct seccomp_filters f;
	struct plan *p = strict_plan();

	(void)state;
	assert_int_equal(seccomp_prepare(&p->seccomp, -1, &f, &e), 0);
	assert_true(f.quiet.len > 0 && f.log.len > 0 && !f.cached);
	assert_true(digest_is_valid(f.quiet.digest.text) && digest_is_valid(f.log.digest.text));
	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		int status = under(&f, probe_one, &probes[i]);

		if (!WIFEXITED(status) || WEXITSTATUS(status) != probes[i].want)
			fail_msg("%s: status %#x, wanted %d", probes[i].what, status, probes[i].want);
	}
	seccomp_filters_done(&f);
	plan_free(p);
}

#ifdef __x86_64__
static int call_int80(void *arg)
{
	long r = 20;	/* getpid of i386 */

	(void)arg;
	__asm__ volatile("int $0x80" : "+a"(r) : : "memory");
	return 0;
}

static int call_x32(void *arg)
{
	(void)arg;
	(void)syscall(0x40000000 + SYS_getpid);
	return 0;
}

/* Some kernels take no i386 calls at all (ia32_emulation=off): then there is nothing to deny. */
static bool has_int80(void)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		(void)syscall(SYS_exit_group, call_int80(NULL));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status);
}

static void foreign_architectures_kill(void **state)
{
	struct seccomp_filters f;
	struct plan *p = strict_plan();
	int status;

	(void)state;
	assert_int_equal(seccomp_prepare(&p->seccomp, -1, &f, &e), 0);
	status = under(&f, call_x32, NULL);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	if (has_int80()) {
		status = under(&f, call_int80, NULL);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	} else {
		print_message("this kernel takes no i386 calls: int 0x80 not tried\n");
	}
	seccomp_filters_done(&f);
	plan_free(p);
}
#endif

static int personality_2(void *arg)
{
	(void)arg;
	return syscall(SYS_personality, 0x0040000) < 0 ? errno : 0;
}

/* Both filters deny the call: the errno that comes back is the one of the filter loaded last. */
static void logging_filter_is_newest(void **state)
{
	struct plan *p = rules_plan("allow", FIELD_NONE);
	struct seccomp_filters f;

	(void)state;
	add_rule(p, "personality", "errno", 70, false);
	add_rule(p, "personality", "errno", 71, true);
	assert_int_equal(seccomp_prepare(&p->seccomp, -1, &f, &e), 0);
	assert_int_equal(WEXITSTATUS(under(&f, personality_2, NULL)), 71);
	seccomp_filters_done(&f);
	plan_free(p);
}

static void none_loads_nothing(void **state)
{
	struct plan *p = strict_plan();
	struct seccomp_filters f;

	(void)state;
	p->seccomp.none = true;
	assert_int_equal(seccomp_prepare(&p->seccomp, -1, &f, &e), 0);
	assert_int_equal(f.quiet.len + f.log.len, 0);
	assert_int_equal(WEXITSTATUS(under(&f, personality_2, NULL)), 0);
	plan_free(p);
}

/* A filter that denies seccomp(2) would leave the logging one out: the load fails, it is not skipped. */
static void quiet_filter_must_allow_the_second(void **state)
{
	struct plan *p = rules_plan("allow", FIELD_NONE);
	struct seccomp_filters f;

	(void)state;
	add_rule(p, "seccomp", "errno", EPERM, false);
	add_rule(p, "mount", "errno", EPERM, true);
	assert_int_equal(seccomp_prepare(&p->seccomp, -1, &f, &e), 0);
	assert_int_equal(WEXITSTATUS(under(&f, personality_2, NULL)), 99);
	seccomp_filters_done(&f);
	plan_free(p);
}

/* --- refusals --------------------------------------------------------------------------------------- */

static void no_filter(struct plan *p) { free(p->seccomp.default_action); p->seccomp.default_action = NULL; }
static void both(struct plan *p)
{
	assert_int_equal(strv_add(&p->seccomp.filter, "@container-default", &e), 0);
	add_rule(p, "mount", "errno", 1, false);
}
static void bad_action(struct plan *p) { add_rule(p, "mount", "trace", 1, false); }
static void bad_errno(struct plan *p) { add_rule(p, "mount", "errno", 4095, false); }
static void bad_default(struct plan *p) { p->seccomp.default_action[0] = 'x'; }
static void bad_index(struct plan *p) { add_arg(add_rule(p, "mount", "errno", 1, false), 6, "EQ", 0); }
static void bad_op(struct plan *p) { add_arg(add_rule(p, "mount", "errno", 1, false), 0, "==", 0); }
static void twice(struct plan *p)
{
	struct plan_seccomp_rule *r = add_rule(p, "socket", "errno", 1, false);

	add_arg(r, 0, "GE", 3);
	add_arg(r, 0, "LE", 9);
}
static void logged_allow(struct plan *p) { add_rule(p, "mount", "allow", FIELD_NONE, true); }
static void unknown_denied(struct plan *p) { add_rule(p, "no_such_call", "errno", 1, false); }
static void many_rules(struct plan *p)
{
	for (int i = 0; i <= SECCOMP_RULES_MAX; i++)
		add_rule(p, "mount", "errno", 1, false);
}
static void many_names(struct plan *p)
{
	struct plan_seccomp_rule *r = add_rule(p, "mount", "errno", 1, false);

	for (int i = 0; i < SECCOMP_RULES_MAX; i++)
		assert_int_equal(strv_add(&r->names, "mount", &e), 0);
}

static void refusals(void **state)
{
	static const struct {
		const char *what;
		void (*change)(struct plan *p);
		enum err_reason reason;
		const char *text;
	} rows[] = {
		{ "no filter decided", no_filter, ERR_INTERNAL, "no filter was decided" },
		{ "words and rules", both, ERR_INPUT, "both" },
		{ "unknown action", bad_action, ERR_INPUT, "seccomp.rules[0]: trace is no action" },
		{ "errno beyond the kernel's", bad_errno, ERR_INPUT, "errno 4095" },
		{ "unknown default", bad_default, ERR_INPUT, "seccomp.defaultAction" },
		{ "seventh argument", bad_index, ERR_INPUT, "argument 6" },
		{ "unknown comparison", bad_op, ERR_INPUT, "== is no comparison" },
		{ "argument compared twice", twice, ERR_INPUT, "argument 0 is compared twice" },
		{ "logged allow", logged_allow, ERR_INPUT, "cannot be logged" },
		{ "unknown call would stay allowed", unknown_denied, ERR_INPUT, "no_such_call" },
		{ "rules N+1", many_rules, ERR_LIMIT, "1025 rules" },
		{ "names N+1", many_names, ERR_LIMIT, "1025 names" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct plan *p = rules_plan("allow", FIELD_NONE);
		struct seccomp_filters f;

		rows[i].change(p);
		if (seccomp_prepare(&p->seccomp, -1, &f, &e) == 0)
			fail_msg("%s: accepted", rows[i].what);
		if (e.reason != rows[i].reason || !strstr(e.text, rows[i].text))
			fail_msg("%s: %s: %s", rows[i].what, err_word(e.reason), e.text);
		plan_free(p);
	}
}

static void limits_are_inclusive(void **state)
{
	struct plan *p = rules_plan("allow", FIELD_NONE);
	struct plan_seccomp_rule *r = add_rule(p, "personality", "errno", 4094, false);
	struct seccomp_filters f;

	(void)state;
	for (int i = 1; i < SECCOMP_RULES_MAX; i++)
		assert_int_equal(strv_add(&r->names, "mount", &e), 0);
	while (p->seccomp.rules.len < SECCOMP_RULES_MAX)
		add_rule(p, "mount", "errno", 4094, false);
	assert_int_equal(seccomp_prepare(&p->seccomp, -1, &f, &e), 0);
	seccomp_filters_done(&f);
	plan_free(p);
}

/* Under a denying default an unknown name changes nothing and a newer bundle stays usable. */
static void unknown_call_stays_denied(void **state)
{
	struct plan *p = rules_plan("errno", 40);
	struct seccomp_filters f;

	(void)state;
	add_rule(p, "no_such_call", "allow", FIELD_NONE, false);
	add_rule(p, "exit_group", "allow", FIELD_NONE, false);
	assert_int_equal(seccomp_prepare(&p->seccomp, -1, &f, &e), 0);
	assert_int_equal(WEXITSTATUS(under(&f, personality_2, NULL)), 40);
	seccomp_filters_done(&f);
	plan_free(p);
}

/* --- cache ------------------------------------------------------------------------------------------ */

static char run_path[] = "/tmp/secctr-seccomp.XXXXXX", cache_path[sizeof(run_path) + sizeof(SECCOMP_CACHE_DIR)];
static int run = -1, cache = -1;
static char file[DIGEST_HEX + 1];

static int setup_cache(void **state)
{
	(void)state;
	strcpy(strrchr(run_path, '.'), ".XXXXXX");
	if (!mkdtemp(run_path))
		return -1;
	(void)snprintf(cache_path, sizeof(cache_path), "%s/" SECCOMP_CACHE_DIR, run_path);
	run = open(run_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (run < 0 || mkdirat(run, SECCOMP_CACHE_DIR, 0700))
		return -1;
	cache = open(cache_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return cache < 0 ? -1 : 0;
}

static int teardown_cache(void **state)
{
	char cmd[128];

	(void)state;
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", run_path);
	(void)close(cache);
	(void)close(run);
	return system(cmd);
}

static bool prepare_cached(struct seccomp_filters *f)
{
	struct plan *p = strict_plan();

	assert_int_equal(seccomp_prepare(&p->seccomp, run, f, &e), 0);
	plan_free(p);
	return f->cached;
}

static void find_file(void)
{
	char cmd[128];
	FILE *ls;

	(void)snprintf(cmd, sizeof(cmd), "ls -A %s", cache_path);
	ls = popen(cmd, "r");
	assert_non_null(ls);
	assert_non_null(fgets(file, sizeof(file), ls));
	(void)pclose(ls);
}

static void cache_hit_is_the_same(void **state)
{
	struct seccomp_filters cold, warm;
	struct plan *other = strict_plan();
	struct stat st;

	(void)state;
	assert_false(prepare_cached(&cold));
	find_file();
	assert_int_equal(fstatat(cache, file, &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_true(prepare_cached(&warm));
	assert_int_equal(cold.quiet.len, warm.quiet.len);
	assert_int_equal(cold.log.len, warm.log.len);
	assert_memory_equal(cold.quiet.insn, warm.quiet.insn, cold.quiet.len * sizeof(*cold.quiet.insn));
	assert_memory_equal(cold.log.insn, warm.log.insn, cold.log.len * sizeof(*cold.log.insn));
	assert_string_equal(cold.quiet.digest.text, warm.quiet.digest.text);
	assert_string_equal(cold.log.digest.text, warm.log.digest.text);
	seccomp_filters_done(&warm);
	assert_int_equal(strv_add(&other->seccomp.filter, "@ptrace", &e), 0);
	assert_int_equal(seccomp_prepare(&other->seccomp, run, &warm, &e), 0);
	assert_false(warm.cached);
	assert_string_not_equal(cold.quiet.digest.text, warm.quiet.digest.text);
	seccomp_filters_done(&warm);
	seccomp_filters_done(&cold);
	plan_free(other);
}

static void flip(off_t at)
{
	int fd = openat(cache, file, O_RDWR | O_CLOEXEC);
	unsigned char c;

	assert_true(fd >= 0);
	if (at < 0)
		at += lseek(fd, 0, SEEK_END);
	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 1;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	(void)close(fd);
}

static void flip_last(void) { flip(-1); }
static void flip_magic(void) { flip(0); }
static void flip_length(void) { flip(24); }
static void flip_key(void) { flip(24 + 8 + 10); }
static void flip_digest(void) { flip(24 + 8 + DIGEST_TEXT + 10); }
static void open_mode(void) { assert_int_equal(fchmodat(cache, file, 0644, 0), 0); }
static void other_owner(void) { assert_int_equal(fchownat(cache, file, 65534, 0, 0), 0); }
static void shorter(void)
{
	int fd = openat(cache, file, O_RDWR | O_CLOEXEC);

	assert_int_equal(ftruncate(fd, 400), 0);
	(void)close(fd);
}
static void a_link(void)
{
	assert_int_equal(renameat(cache, file, cache, "x"), 0);
	assert_int_equal(symlinkat("x", cache, file), 0);
}
static void a_fifo(void)
{
	assert_int_equal(unlinkat(cache, file, 0), 0);
	assert_int_equal(mkfifoat(cache, file, 0600), 0);
}

static void cache_distrusts(void **state)
{
	static const struct {
		const char *what;
		void (*spoil)(void);
	} rows[] = {
		{ "instruction changed", flip_last }, { "magic", flip_magic }, { "length", flip_length },
		{ "key", flip_key }, { "digest", flip_digest }, { "mode 0644", open_mode },
		{ "another's file", other_owner }, { "truncated", shorter }, { "symbolic link", a_link },
		{ "FIFO", a_fifo },
	};
	struct seccomp_filters f;

	(void)state;
	assert_false(prepare_cached(&f));
	find_file();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char digest[DIGEST_TEXT];

		strcpy(digest, f.quiet.digest.text);
		seccomp_filters_done(&f);
		rows[i].spoil();
		if (prepare_cached(&f))
			fail_msg("%s: taken", rows[i].what);
		assert_string_equal(f.quiet.digest.text, digest);
		seccomp_filters_done(&f);
		if (!prepare_cached(&f))
			fail_msg("%s: not replaced", rows[i].what);
	}
	seccomp_filters_done(&f);
}

static int count_files(void)
{
	char cmd[128], text[16] = "";
	FILE *ls;

	(void)snprintf(cmd, sizeof(cmd), "ls -A %s | wc -l", cache_path);
	ls = popen(cmd, "r");
	assert_non_null(fgets(text, sizeof(text), ls));
	(void)pclose(ls);
	return atoi(text);
}

static void cache_is_bounded(void **state)
{
	struct plan *other = strict_plan();
	struct seccomp_filters f;

	(void)state;
	for (int i = 0; i < SECCOMP_CACHE_MAX - 1; i++) {
		char name[DIGEST_HEX + 1];
		int fd;

		(void)snprintf(name, sizeof(name), "%064x", i);
		fd = openat(cache, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		(void)close(fd);
	}
	assert_false(prepare_cached(&f));
	seccomp_filters_done(&f);
	assert_int_equal(count_files(), SECCOMP_CACHE_MAX);
	assert_int_equal(strv_add(&other->seccomp.filter, "@ptrace", &e), 0);
	assert_int_equal(seccomp_prepare(&other->seccomp, run, &f, &e), 0);
	assert_int_equal(count_files(), 1);
	seccomp_filters_done(&f);
	plan_free(other);
}

static void kernel_logs_denials(void **state)
{
	int procfd;

	(void)state;
	assert_int_equal(proc_private(&procfd, &e), 0);
	if (seccomp_check_logging(procfd, &e))
		assert_int_equal(e.reason, ERR_AUDIT);
	(void)close(procfd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strict_profile_answers),
#ifdef __x86_64__
		cmocka_unit_test(foreign_architectures_kill),
#endif
		cmocka_unit_test(logging_filter_is_newest),
		cmocka_unit_test(none_loads_nothing),
		cmocka_unit_test(quiet_filter_must_allow_the_second),
		cmocka_unit_test(refusals),
		cmocka_unit_test(limits_are_inclusive),
		cmocka_unit_test(unknown_call_stays_denied),
		cmocka_unit_test_setup_teardown(cache_hit_is_the_same, setup_cache, teardown_cache),
		cmocka_unit_test_setup_teardown(cache_distrusts, setup_cache, teardown_cache),
		cmocka_unit_test_setup_teardown(cache_is_bounded, setup_cache, teardown_cache),
		cmocka_unit_test(kernel_logs_denials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
