/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syscalls.c - the tables of named system call sets, and how words become rules.
 *
 * Three tables: what the profile allows whatever the arguments (`allowed`), what is allowed for
 * some arguments only (`narrow`), and what a denial of is recorded (`logged`). A set's bit says which
 * words switch a row on, or a logged row off.
 */
#include "launcher/plan/syscalls.h"

#include <seccomp.h>
#include <stdio.h>
#include <string.h>

enum {
	NR_MAX = 1024,			/* native numbers; Linux has fewer than 500 */
	EPERM_ = 1,			/* the kernel's, whatever this libc calls it */
	CLONE_NS_ALL = 0x7e020000,	/* clone(2): NEWNS NEWCGROUP NEWUTS NEWIPC NEWUSER NEWPID NEWNET */
	CLONE_NS_USER = 0x10000000,
	S_FORMAT = 0170000,		/* inode(7) S_IFMT */
	SOCK_TYPE = 0xf,		/* socket(2): the type without SOCK_CLOEXEC and SOCK_NONBLOCK */
};

enum {
	IN_DEFAULT = 1 << 0, IN_NAMESPACES = 1 << 1, IN_NETLINK = 1 << 2, IN_RAW = 1 << 3,
	IN_SYSTEMD = 1 << 4, IN_DEVICES = 1 << 5,
};

#define DEFAULT_NAMES \
	"accept accept4 access alarm arch_prctl bind brk cachestat capget capset chdir chmod chown " \
	"clock_getres clock_gettime clock_nanosleep close close_range connect copy_file_range creat dup " \
	"dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd " \
	"eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fallocate fchdir fchmod " \
	"fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fork fremovexattr " \
	"fsetxattr fstat fstatfs fsync ftruncate futex futex_requeue futex_wait futex_waitv futex_wake " \
	"futimesat get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid geteuid " \
	"getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom " \
	"getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid " \
	"getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy " \
	"io_getevents io_pgetevents io_setup io_submit ioctl ioprio_get ioprio_set kill " \
	"landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lgetxattr link linkat " \
	"listen listxattr llistxattr lremovexattr lseek lsetxattr lstat madvise map_shadow_stack " \
	"membarrier memfd_create mincore mkdir mkdirat mlock mlock2 mlockall mmap mprotect mq_getsetattr " \
	"mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink mremap mseal msgctl msgget msgrcv msgsnd " \
	"msync munlock munlockall munmap nanosleep newfstatat open openat openat2 pause pidfd_open " \
	"pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 preadv " \
	"preadv2 prlimit64 pselect6 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv " \
	"recvfrom recvmmsg recvmsg removexattr rename renameat renameat2 restart_syscall rmdir rseq " \
	"rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend " \
	"rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min " \
	"sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval " \
	"sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select " \
	"semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto set_robust_list set_thread_area " \
	"set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setpriority setregid " \
	"setresgid setresuid setreuid setrlimit setsid setsockopt setuid setxattr shmat shmctl shmdt " \
	"shmget shutdown sigaltstack signalfd signalfd4 splice stat statfs statx symlink symlinkat sync " \
	"sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun " \
	"timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime times tkill truncate " \
	"umask uname unlink unlinkat utime utimensat utimes vfork wait4 waitid write writev"

#define MOUNT_NAMES \
	"chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree pivot_root umount umount2"

/* Names follow systemd.exec(5) where systemd has the set. */
static const struct set {
	const char *name, *calls;
	unsigned bit;
} sets[] = {
	{ "@container-default", DEFAULT_NAMES, IN_DEFAULT },
	{ "@mount", MOUNT_NAMES, 0 },
	{ "@namespaces", "clone clone3 setns unshare", IN_NAMESPACES },
	{ "@ptrace", "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace", 0 },
	{ "@debug", "kcmp lookup_dcookie perf_event_open pidfd_getfd process_madvise process_vm_readv "
		    "process_vm_writev ptrace", 0 },
	{ "@keyring", "add_key keyctl request_key", 0 },
	{ "@clock", "adjtimex clock_adjtime clock_settime settimeofday", 0 },
	{ "@module", "delete_module finit_module init_module", 0 },
	{ "@raw-io", "ioperm iopl", 0 },
	{ "@reboot", "kexec_file_load kexec_load reboot", 0 },
	{ "@swap", "swapoff swapon", 0 },
	{ "@cpu-emulation", "modify_ldt", 0 },
	{ "@bpf", "bpf", 0 },
	{ "@io-uring", "io_uring_enter io_uring_register io_uring_setup", 0 },
	{ "@handles", "name_to_handle_at open_by_handle_at", 0 },
	{ "@memory-policy", "get_mempolicy mbind migrate_pages move_pages set_mempolicy "
			    "set_mempolicy_home_node", 0 },
	{ "@hostname", "setdomainname sethostname", 0 },
	{ "@accounting", "acct fanotify_init fanotify_mark quotactl quotactl_fd syslog", 0 },
	{ "@devices", "mknod mknodat", IN_DEVICES },
	{ "@netlink", "", IN_NETLINK },
	{ "@raw-sockets", "", IN_RAW },
	/* What systemd as PID 1 needs for its units' sandboxes; no user name spaces, no handles by number. */
	{ "@systemd-init", MOUNT_NAMES " name_to_handle_at setdomainname sethostname setns", IN_SYSTEMD },
};

/* Known, refused, and common enough in probes that a record each would bury the others. What is
 * in no table is newer than the tables: the default answers ENOSYS, so that programs fall back. */
#define QUIET_NAMES \
	"adjtimex clock_adjtime fanotify_mark get_mempolicy io_uring_enter io_uring_register " \
	"io_uring_setup kcmp mbind memfd_secret migrate_pages modify_ldt move_pages name_to_handle_at " \
	"process_madvise process_mrelease remap_file_pages set_mempolicy set_mempolicy_home_node " \
	"setdomainname sethostname sysfs syslog ustat vhangup vmsplice"

#define LOGGED_NAMES \
	MOUNT_NAMES " acct add_key bpf clock_settime delete_module fanotify_init finit_module " \
	"init_module ioperm iopl kexec_file_load kexec_load keyctl lookup_dcookie open_by_handle_at " \
	"perf_event_open pidfd_getfd process_vm_readv process_vm_writev ptrace quotactl quotactl_fd " \
	"reboot request_key setns settimeofday swapoff swapon unshare uselib userfaultfd"

struct arg {
	signed char index;		/* -1: no such condition */
	char op[15];			/* no pointers in these rows: they are not relocated (base/options.h) */
	uint64_t value, value2;
};
#define NO_ARG		{ -1, "", 0, 0 }
#define IS(i, v)	{ i, "EQ", v, 0 }
#define NOT(i, v)	{ i, "NE", v, 0 }
#define ABOVE(i, v)	{ i, "GT", v, 0 }
#define BITS(i, m, v)	{ i, "MASKED_EQ", m, v }

struct row {
	char name[12];
	unsigned sets;			/* narrow: any of these switches it on; logged: off */
	struct arg args[2];
};

#define INET_ROWS(family) \
	{ "socket", IN_DEFAULT, { IS(0, family), BITS(1, SOCK_TYPE, 1) } },	/* stream */ \
	{ "socket", IN_DEFAULT, { IS(0, family), BITS(1, SOCK_TYPE, 2) } },	/* datagram */ \
	{ "socket", IN_RAW, { IS(0, family), BITS(1, SOCK_TYPE, 3) } }
#define NODE_ROWS(call, i) \
	{ call, IN_DEFAULT, { BITS(i, S_FORMAT, 0), NO_ARG } },	/* means a regular file */ \
	{ call, IN_DEFAULT, { BITS(i, S_FORMAT, 0100000), NO_ARG } }, \
	{ call, IN_DEFAULT, { BITS(i, S_FORMAT, 0010000), NO_ARG } },	/* FIFO */ \
	{ call, IN_DEFAULT, { BITS(i, S_FORMAT, 0140000), NO_ARG } }	/* socket */

static const struct row narrow[] = {
	{ "socket", IN_DEFAULT, { IS(0, 1), NO_ARG } },			/* AF_UNIX */
	INET_ROWS(2), INET_ROWS(10),					/* AF_INET, AF_INET6 */
	{ "socket", IN_DEFAULT, { IS(0, 16), IS(2, 0) } },		/* AF_NETLINK, NETLINK_ROUTE */
	{ "socket", IN_NETLINK, { IS(0, 16), NO_ARG } },
	{ "socket", IN_SYSTEMD, { IS(0, 16), IS(2, 15) } },		/* NETLINK_KOBJECT_UEVENT, without which logind ends */
	{ "socket", IN_RAW, { IS(0, 17), NO_ARG } },			/* AF_PACKET */
	{ "socketpair", IN_DEFAULT, { IS(0, 1), NO_ARG } },
	{ "clone", IN_DEFAULT, { BITS(0, CLONE_NS_ALL, 0), NO_ARG } },
	{ "clone", IN_SYSTEMD, { BITS(0, CLONE_NS_USER, 0), NO_ARG } },
	{ "unshare", IN_SYSTEMD, { BITS(0, CLONE_NS_USER, 0), NO_ARG } },
	{ "personality", IN_DEFAULT, { IS(0, 0), NO_ARG } },
	{ "personality", IN_DEFAULT, { IS(0, 0xffffffff), NO_ARG } },	/* "tell me" */
	NODE_ROWS("mknod", 1), NODE_ROWS("mknodat", 2),
};

/* The kernel looks at the low 32 bits of an ioctl number only: a plain comparison is passed by setting
 * bit 32 (CVE-2019-7303). */
#define IOCTL(nr)	{ "ioctl", 0, { BITS(1, 0xffffffff, nr), NO_ARG } }
#define CLONE(flag, off) { "clone", off, { BITS(0, flag, flag), NO_ARG } }
#define FAMILY(n)	{ "socket", 0, { IS(0, n), NO_ARG } }
#define NETLINK(n)	{ "socket", IN_NETLINK, { IS(0, 16), IS(2, n) } }
#define TYPE(n, off)	{ "socket", off, { IS(0, 2), BITS(1, SOCK_TYPE, n) } }, \
			{ "socket", off, { IS(0, 10), BITS(1, SOCK_TYPE, n) } }

/* libseccomp takes one comparison per argument in a rule, so "none of these" is written family by family. */
static const struct row logged[] = {
	IOCTL(0x5412), IOCTL(0x541c), IOCTL(0x5423),			/* TIOCSTI TIOCLINUX TIOCSETD */
	CLONE(0x00020000, IN_NAMESPACES | IN_SYSTEMD), CLONE(0x02000000, IN_NAMESPACES | IN_SYSTEMD),
	CLONE(0x04000000, IN_NAMESPACES | IN_SYSTEMD), CLONE(0x08000000, IN_NAMESPACES | IN_SYSTEMD),
	CLONE(0x10000000, IN_NAMESPACES),
	CLONE(0x20000000, IN_NAMESPACES | IN_SYSTEMD), CLONE(0x40000000, IN_NAMESPACES | IN_SYSTEMD),
	{ "unshare", IN_NAMESPACES, { BITS(0, CLONE_NS_USER, CLONE_NS_USER), NO_ARG } },
	/* NETLINK_AUDIT; by bits because the kernel takes both arguments as int, and "socket" as a word
	 * frees the family's other 32. */
	{ "socket", 0, { BITS(0, 0xffffffff, 16), BITS(2, 0xffffffff, 9) } },
	{ "socket", IN_NETLINK | IN_SYSTEMD, { IS(0, 16), NOT(2, 0) } },
	{ "socket", IN_RAW, { IS(0, 17), NO_ARG } },
	TYPE(3, IN_RAW), TYPE(4, 0), TYPE(5, 0), TYPE(6, 0), TYPE(10, 0),
	FAMILY(0), FAMILY(3), FAMILY(4), FAMILY(5), FAMILY(6), FAMILY(7), FAMILY(8), FAMILY(9),
	FAMILY(11), FAMILY(12), FAMILY(13), FAMILY(14), FAMILY(15),
	{ "socket", 0, { ABOVE(0, 17), NO_ARG } },			/* AF_ALG 38, AF_VSOCK 40, AF_RXRPC 33 */
	{ "socketpair", 0, { NOT(0, 1), NO_ARG } },
	{ "mknod", IN_DEVICES, { BITS(1, S_FORMAT, 0020000), NO_ARG } },
	{ "mknod", IN_DEVICES, { BITS(1, S_FORMAT, 0060000), NO_ARG } },
	{ "mknodat", IN_DEVICES, { BITS(2, S_FORMAT, 0020000), NO_ARG } },
	{ "mknodat", IN_DEVICES, { BITS(2, S_FORMAT, 0060000), NO_ARG } },
};

/* In the place of NOT(2, 0), where 15 is free too. */
static const struct row logged_in_systemd[] = {
	NETLINK(1), NETLINK(2), NETLINK(3), NETLINK(4), NETLINK(5), NETLINK(6), NETLINK(7), NETLINK(8),
	NETLINK(10), NETLINK(11), NETLINK(12), NETLINK(13), NETLINK(14),
	{ "socket", IN_NETLINK, { IS(0, 16), ABOVE(2, 15) } },
};

/* A call that no word can free from its logged rows: what these deny would speak for the audit
 * system or type on the administrator's terminal. */
static bool always_logged(const struct row *r)
{
	return strcmp(r->name, "ioctl") == 0 ||
	       (strcmp(r->name, "socket") == 0 && r->sets == 0 && r->args[1].index == 2);
}

enum call_state { CALL_OPEN, CALL_FULL, CALL_REMOVED };

struct allowed {
	unsigned char call[NR_MAX];	/* enum call_state */
	unsigned sets;
};

/* The native number, or -1: unknown to this libseccomp, or not a call of this architecture. */
static int number(const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	return nr >= 0 && nr < NR_MAX ? nr : -1;
}

/* The next blank-separated word of *list into buf; false at the end. */
static bool next_word(const char **list, char *buf, size_t n)
{
	size_t len;

	*list += strspn(*list, " ");
	len = strcspn(*list, " ");
	if (!len || len >= n)
		return false;
	memcpy(buf, *list, len);
	buf[len] = '\0';
	*list += len;
	return true;
}

static const struct set *find_set(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		if (strcmp(sets[i].name, name) == 0)
			return &sets[i];
	return NULL;
}

static void mark(struct allowed *a, const char *names, enum call_state state)
{
	char name[64];

	while (next_word(&names, name, sizeof(name))) {
		int nr = number(name);

		if (nr >= 0)
			a->call[nr] = (unsigned char)state;
	}
}

static void take_word(struct allowed *a, const char *word)
{
	bool remove = *word == '~';
	const struct set *s = find_set(word + remove);

	if (!s) {
		mark(a, word + remove, remove ? CALL_REMOVED : CALL_FULL);
		return;
	}
	mark(a, s->calls, remove ? CALL_REMOVED : CALL_FULL);
	a->sets = remove ? a->sets & ~s->bit : a->sets | s->bit;
	for (size_t i = 0; !remove && i < ARRAY_LEN(narrow); i++) {
		int nr = narrow[i].sets & s->bit ? number(narrow[i].name) : -1;

		if (nr >= 0 && a->call[nr] == CALL_REMOVED)
			a->call[nr] = CALL_OPEN;
	}
}

int syscalls_check_word(const char *word, struct err *e)
{
	const char *name = word + (*word == '~');

	if (*name == '@' ? find_set(name) != NULL
			 : seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR)
		return 0;
	return err_set(e, ERR_INPUT, 0, "%.64s is neither a set nor a system call known here", word);
}

static int read_filter(const struct strv *filter, struct allowed *a, struct err *e)
{
	if (!filter->len || strcmp(filter->item[0], "@container-default") != 0)
		return err_set(e, ERR_INPUT, 0, "a system call filter starts with @container-default, not %.64s",
			       filter->len ? filter->item[0] : "nothing");
	for (size_t i = 0; i < filter->len; i++) {
		if (syscalls_check_word(filter->item[i], e))
			return -1;
		take_word(a, filter->item[i]);
	}
	return 0;
}

static struct plan_seccomp_rule *add_rule(struct field_list *to, const char *action, int64_t errno_ret,
					  bool log, struct err *e)
{
	struct plan_seccomp_rule *r = field_list_add(to, plan_seccomp_rule_fields, sizeof(*r));

	if (!r) {
		err_set(e, ERR_SYSTEM, ENOMEM, "system call rules");
		return NULL;
	}
	r->log = log;
	if (errno_ret)
		r->errno_ret = errno_ret;
	return str_copy(action, &r->action, e) ? NULL : r;
}

static int add_arg(struct plan_seccomp_rule *r, const struct arg *arg, struct err *e)
{
	const struct field *f = plan_seccomp_rule_fields;
	struct plan_seccomp_arg *to;

	while (strcmp(f->key, "args") != 0)
		f++;
	to = field_list_add(&r->args, f->sub, sizeof(*to));
	if (!to)
		return err_set(e, ERR_SYSTEM, ENOMEM, "system call rules");
	to->index = arg->index;
	to->value = arg->value;
	to->value2 = arg->value2;
	return str_copy(arg->op, &to->op, e);
}

static int add_row(struct field_list *to, const struct row *row, bool log, struct err *e)
{
	struct plan_seccomp_rule *r = add_rule(to, log ? "errno" : "allow", log ? EPERM_ : 0, log, e);

	if (!r || strv_add(&r->names, row->name, e))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(row->args); i++)
		if (row->args[i].index >= 0 && *row->args[i].op && add_arg(r, &row->args[i], e))
			return -1;
	return 0;
}

static int add_full(const struct allowed *a, struct field_list *to, struct err *e)
{
	struct plan_seccomp_rule *r = add_rule(to, "allow", 0, false, e);

	if (!r)
		return -1;
	for (int nr = 0; nr < NR_MAX; nr++) {
		auto_free char *name = NULL;

		if (a->call[nr] != CALL_FULL)
			continue;
		name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);
		if (!name)
			return err_set(e, ERR_INTERNAL, 0, "system call %d has lost its name", nr);
		if (strv_add(&r->names, name, e))
			return -1;
	}
	return 0;
}

static bool row_on(const struct allowed *a, const struct row *row)
{
	int nr = number(row->name);

	return nr >= 0 && a->call[nr] == CALL_OPEN && (row->sets & a->sets);
}

static bool has_narrow(const struct allowed *a, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(narrow); i++)
		if (strcmp(narrow[i].name, name) == 0 && row_on(a, &narrow[i]))
			return true;
	return false;
}

/* One rule with all of `names` that are not allowed, and not for some arguments either. */
static int add_denied(const struct allowed *a, const char *names, bool log, struct field_list *to,
		      struct err *e)
{
	struct plan_seccomp_rule *r = NULL;
	char name[64];

	while (next_word(&names, name, sizeof(name))) {
		int nr = number(name);

		if (nr < 0 || a->call[nr] == CALL_FULL || has_narrow(a, name))
			continue;
		if (!r && !(r = add_rule(to, "errno", EPERM_, log, e)))
			return -1;
		if (strv_add(&r->names, name, e))
			return -1;
	}
	return 0;
}

/* "~name" of a call that is allowed by default: EPERM, as for every call that is known. */
static int add_removed(const struct allowed *a, struct field_list *to, struct err *e)
{
	const char *names = DEFAULT_NAMES " clone personality mknod mknodat socket socketpair";
	struct plan_seccomp_rule *r = NULL;
	char name[64];

	while (next_word(&names, name, sizeof(name))) {
		int nr = number(name);

		if (nr < 0 || a->call[nr] != CALL_REMOVED)
			continue;
		if (!r && !(r = add_rule(to, "errno", EPERM_, false, e)))
			return -1;
		if (strv_add(&r->names, name, e))
			return -1;
	}
	return 0;
}

static int add_logged_row(const struct allowed *a, const struct row *row, struct field_list *to, struct err *e)
{
	int nr = number(row->name);

	if (nr < 0 || (!always_logged(row) && (row->sets & a->sets || a->call[nr] == CALL_FULL)))
		return 0;
	return add_row(to, row, true, e);
}

static int add_logged(const struct allowed *a, struct field_list *to, struct err *e)
{
	if (add_denied(a, LOGGED_NAMES, true, to, e))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(logged); i++)
		if (add_logged_row(a, &logged[i], to, e))
			return -1;
	for (size_t i = 0; a->sets & IN_SYSTEMD && i < ARRAY_LEN(logged_in_systemd); i++)
		if (add_logged_row(a, &logged_in_systemd[i], to, e))
			return -1;
	return 0;
}

int syscalls_expand(const struct strv *filter, struct field_list *ret, struct err *e)
{
	struct allowed a = { 0 };

	if (read_filter(filter, &a, e) || add_full(&a, ret, e))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(narrow); i++)
		if (row_on(&a, &narrow[i]) && add_row(ret, &narrow[i], false, e))
			return -1;
	if (add_denied(&a, QUIET_NAMES, false, ret, e) || add_removed(&a, ret, e))
		return -1;
	return add_logged(&a, ret, e);
}

bool syscalls_within(const struct strv *filter, const struct strv *bound)
{
	struct allowed f = { 0 }, b = { 0 };
	struct err e;

	if (read_filter(filter, &f, &e) || read_filter(bound, &b, &e))
		return false;
	for (int nr = 0; nr < NR_MAX; nr++)
		if (f.call[nr] == CALL_FULL && b.call[nr] != CALL_FULL)
			return false;
	for (size_t i = 0; i < ARRAY_LEN(narrow); i++) {
		int nr = number(narrow[i].name);

		if (row_on(&f, &narrow[i]) && !row_on(&b, &narrow[i]) && b.call[nr] != CALL_FULL)
			return false;
	}
	return true;
}

bool syscalls_widens(const struct strv *filter)
{
	struct strv strict = { .item = (char *[]){ (char *)(uintptr_t)"@container-default", NULL }, .len = 1 };

	/* The usual case costs nothing: the profile, and words that only take away. */
	for (size_t i = 0; i < filter->len; i++)
		if (filter->item[i][0] != '~' && (i || strcmp(filter->item[i], strict.item[0]) != 0))
			return !syscalls_within(filter, &strict);
	return filter->len == 0;
}

/* FNV-1a: names versions, protects nothing. */
static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3u;
	return h;
}

static uint64_t mix_rows(uint64_t h, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		h = mix(h, rows[i].name, strlen(rows[i].name) + 1);
		h = mix(h, &rows[i].sets, sizeof(rows[i].sets));
		for (size_t k = 0; k < ARRAY_LEN(rows[i].args); k++) {
			const struct arg *a = &rows[i].args[k];

			if (!*a->op)
				continue;
			h = mix(h, &a->index, sizeof(a->index));
			h = mix(h, a->op, strlen(a->op));
			h = mix(h, &a->value, sizeof(a->value));
			h = mix(h, &a->value2, sizeof(a->value2));
		}
	}
	return h;
}

const char *syscalls_version(void)
{
	static char word[48];
	const struct scmp_version *v = seccomp_version();
	uint64_t h = 0xcbf29ce484222325u;

	if (*word)
		return word;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		h = mix(h, sets[i].name, strlen(sets[i].name) + 1);
		h = mix(h, sets[i].calls, strlen(sets[i].calls) + 1);
	}
	h = mix(h, QUIET_NAMES "/" LOGGED_NAMES, sizeof(QUIET_NAMES "/" LOGGED_NAMES));
	h = mix_rows(h, narrow, ARRAY_LEN(narrow));
	h = mix_rows(h, logged, ARRAY_LEN(logged));
	h = mix_rows(h, logged_in_systemd, ARRAY_LEN(logged_in_systemd));
	snprintf(word, sizeof(word), "%016llx-%u.%u.%u", (unsigned long long)h, v->major, v->minor, v->micro);
	return word;
}
