/* SPDX-License-Identifier: Apache-2.0 */
/* powerless.c - limits, Landlock and seccomp of a program that reads foreign data. */
#include "launcher/base/powerless.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"

DEFINE_AUTO(seccomp_release, scmp_filter_ctx)

/* Under a sanitizer the program needs far more memory and calls of its own; that build is for tests only. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static int check_powerless(struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	uid_t r, ef, s;
	gid_t gr, ge, gs;

	if (getresuid(&r, &ef, &s) < 0 || getresgid(&gr, &ge, &gs) < 0 || syscall(SYS_capget, &head, data) < 0)
		return err_set(e, ERR_SYSTEM, errno, "sandbox: who am I");
	if (!r || !ef || !s || !gr || !ge || !gs || getgroups(0, NULL) != 0)
		return err_set(e, ERR_STATE, 0, "sandbox: started with the ids of root or with groups");
	for (size_t i = 0; i < ARRAY_LEN(data); i++)
		if (data[i].effective | data[i].permitted | data[i].inheritable)
			return err_set(e, ERR_STATE, 0, "sandbox: started with a capability");
	return 0;
}

static int set_limits(const struct powerless *p, struct err *e)
{
	const struct {
		int what;
		rlim_t to;
	} limits[] = {
		{ RLIMIT_CORE, 0 }, { RLIMIT_FSIZE, p->writes_files ? RLIM_INFINITY : 0 }, { RLIMIT_NPROC, 0 }, { RLIMIT_MEMLOCK, 0 },
		{ RLIMIT_CPU, p->cpu_seconds ? p->cpu_seconds : RLIM_INFINITY }, { RLIMIT_AS, p->bytes }, { RLIMIT_NOFILE, p->descriptors },
	};

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		const struct rlimit to = { limits[i].to, limits[i].to };

		if (limits[i].to == RLIM_INFINITY || (SANITIZED && limits[i].what == RLIMIT_AS))
			continue;
		if (setrlimit(limits[i].what, &to) < 0)
			return err_set(e, ERR_SYSTEM, errno, "sandbox: setrlimit %d", limits[i].what);
	}
	return 0;
}

/* A second wall behind seccomp, where the kernel has it (5.13): below any directory nothing but `may` can be done. */
static int close_file_system(uint64_t may, struct err *e)
{
	const struct landlock_ruleset_attr all = { .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
	auto_close int fd = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	auto_close int root = may ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	const struct landlock_path_beneath_attr rule = { .allowed_access = may, .parent_fd = root };

	if (fd < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 :
		       err_set(e, ERR_SYSTEM, errno, "sandbox: landlock_create_ruleset");
	if (may && syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "sandbox: landlock_add_rule");
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "sandbox: landlock_restrict_self");
	return 0;
}

int powerless_look(struct err *e)
{
	if (check_powerless(e) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "sandbox: prctl");
	return close_file_system(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR, e);
}

static int filter_calls(const struct powerless *p, struct err *e)
{
	static const int allowed[] = {
		SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek),
		SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(munmap), SCMP_SYS(mremap),
		SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime),
		SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
		SCMP_SYS(exit), SCMP_SYS(exit_group),
	};
	const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	AUTO(seccomp_release_auto) scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc = f ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(allowed); i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; rc == 0 && i < p->n_calls; i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, p->call[i], 0);
	for (size_t i = 0; rc == 0 && i < p->n_skips; i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(0), p->skip[i], 0);
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_exec);
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_exec);
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0);
	if (rc == 0)
		rc = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (rc == 0 && p->threads)
		rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	if (rc == 0)
		rc = seccomp_load(f);
	return rc == 0 ? 0 : err_set(e, ERR_SYSTEM, -rc, "sandbox: seccomp");
}

int powerless_enter(const struct powerless *p, struct err *e)
{
	if (check_powerless(e) < 0)
		return -1;
	/* Not dumpable: another process of the same uid must not attach to it. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "sandbox: prctl");
	if (close_file_system(0, e) < 0 || (p->threads && p->threads(p->context, e)) || set_limits(p, e) < 0)
		return -1;
	return SANITIZED ? 0 : filter_calls(p, e);
}
