/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_main.c - secctr-exec: see handover.h. Freestanding: no C library, so that nothing runs before or beside this.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <asm/ioctls.h>
#include <stddef.h>
#include <sys/socket.h>

#include "launcher/base/err.h"
#include "launcher/runtime/gate.h"
#include "launcher/runtime/handover.h"
#include "launcher/runtime/listener.h"

#if defined(__x86_64__)
/* rdi, rsi, rdx, r10: psABI appendix A.2.1. The kernel enters at _start with argc on the stack, 16 bytes aligned. */
__asm__(".globl _start\n_start:\n\tendbr64\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tcall begin\n\thlt\n");

static long call(long n, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
	return r;
}
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x0, sp\n\tbl begin\n\tbrk #1\n");

static long call(long n, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}
#else
#error "secctr-exec: the system call convention of this architecture is missing"
#endif

static struct {
	struct handover head;
	struct sock_filter insn[HANDOVER_INSNS];
} in;

/* What execve(2) fails with, in the C library's words. */
static const char *why(long error)
{
	switch (error) {
	case ENOENT: return "No such file or directory";
	case EACCES: return "Permission denied";
	case EPERM: return "Operation not permitted";
	case ENOEXEC: return "Exec format error";
	case ENOTDIR: return "Not a directory";
	case EISDIR: return "Is a directory";
	case ELOOP: return "Too many levels of symbolic links";
	case ENAMETOOLONG: return "File name too long";
	case E2BIG: return "Argument list too long";
	case ETXTBSY: return "Text file busy";
	case ENOMEM: return "Cannot allocate memory";
	case EINVAL: return "Invalid argument";
	case EIO: return "Input/output error";
	case EAGAIN: return "Resource temporarily unavailable";
	default: return "it failed";
	}
}

static size_t add(char *to, size_t at, size_t end, const char *text)
{
	for (; *text && at < end; text++)
		to[at++] = *text;
	return at;
}

static void __attribute__((noreturn)) failed(enum err_reason reason, const char *what, const char *then, long error)
{
	static struct err e;
	size_t n = add(e.text, 0, ERR_TEXT_MAX - 1, "container (exec): ");

	n = add(e.text, n, n + 256, what);
	n = add(e.text, n, ERR_TEXT_MAX - 1, then);
	(void)add(e.text, n, ERR_TEXT_MAX - 1, why(error));
	e.reason = reason;
	e.sys = (int)error;
	(void)call(__NR_write, in.head.status, (long)&e, sizeof(e), 0);
	for (;;)
		(void)call(__NR_exit_group, reason == ERR_NOCMD ? 127 : reason == ERR_NOEXEC ? 126 : 125, 0, 0, 0);
}

/* A listener, where the flags ask for it. */
static long load(const struct sock_filter *insn, uint16_t n, unsigned flags)
{
	struct sock_fprog prog = { .len = n, .filter = (struct sock_filter *)insn };
	long r = n ? call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, (long)&prog, 0) : 0;

	if (r < 0)
		failed(ERR_SYSTEM, "system call filter", ": ", -r);
	return r;
}

static struct listener_text message;

static void read_message(void)
{
	long n = call(__NR_pread64, in.head.told, (long)&message, sizeof(message), 0);

	if (!listener_text_whole(&message, n))
		failed(ERR_INTERNAL, "linux.seccomp.listenerPath: no message", ": ", n < 0 ? -n : EIO);
}

static void send_listener(int listener)
{
	struct listener_mail m;
	long r;

	listener_mail_fill(&m, &message, listener);
	r = call(__NR_sendmsg, in.head.agent, (long)&m.message, MSG_NOSIGNAL, 0);
	if (r != (long)message.len)
		failed(ERR_SYSTEM, "linux.seccomp.listenerPath: handing the listener over", ": ", r < 0 ? -r : EAGAIN);
}

/*
 * Ambient goes with inheritable (cap_capset(), security/commoncap.c). It stays effective here, where it is needed, and
 * execve(2) keeps only what is ambient or, for root, in the bounding set.
 */
static void give_up_admin(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct set[2];
	long r = call(__NR_capget, (long)&head, (long)set, 0, 0);

	for (int i = 0; i < 2; i++)
		set[i].inheritable = in.head.inheritable[i];
	if (!r)
		r = call(__NR_capset, (long)&head, (long)set, 0, 0);
	if (r)
		failed(ERR_SYSTEM, "capset", ": ", -r);
}

/* The process that called this ends here; the one that returns is visible inside. join.c says why, in the same order. */
static void make_visible(void)
{
	struct clone_args args = { .flags = CLONE_PARENT };
	long pid = call(__NR_clone3, (long)&args, sizeof(args), 0, 0);

	if (pid < 0)
		failed(ERR_SYSTEM, "clone3", ": ", -pid);
	while (pid > 0)
		(void)call(__NR_exit_group, call(__NR_write, in.head.tell, (long)&pid, sizeof(pid), 0) != sizeof(pid), 0, 0, 0);
	(void)call(__NR_close, in.head.tell, 0, 0, 0);
	if (!in.head.outlives)
		(void)call(__NR_prctl, PR_SET_PDEATHSIG, 9 /* SIGKILL */, 0, 0);
}

static void pass_gate(void)
{
	struct gate_ready ready = { .mark = GATE_MARK };
	char byte;
	long r;

	if (in.head.control) {
		r = call(__NR_setsid, 0, 0, 0, 0);
		if (r >= 0)
			r = call(__NR_ioctl, 0, TIOCSCTTY, 0, 0);
		if (r < 0)
			failed(ERR_SYSTEM, "controlling terminal", ": ", -r);
	}
	r = call(__NR_write, in.head.status, (long)&ready, sizeof(ready), 0);
	if (r != sizeof(ready))
		failed(ERR_SYSTEM, "telling the launcher", ": ", -r);
	while (call(__NR_read, in.head.gate, (long)&byte, 1, 0) != 1)
		(void)call(__NR_exit_group, GATE_CLOSED, 0, 0, 0);
}

static long number(const char *text)
{
	long n = 0;

	while (*text >= '0' && *text <= '9' && n < 1 << 20)
		n = n * 10 + *text++ - '0';
	return *text ? -1 : n;
}

void begin(long *stack);
void __attribute__((noreturn, used)) begin(long *stack)
{
	char **argv = (char **)(stack + 1), **envp = argv + stack[0] + 1;
	long r = -1;

	if (stack[0] >= 4)
		r = call(__NR_pread64, number(argv[1]), (long)&in, sizeof(in), 0);
	/* Not ours to run: nobody is there to be told. */
	if (r < (long)sizeof(in.head) || in.head.mark != HANDOVER_MARK || in.head.quiet + in.head.log > HANDOVER_INSNS ||
	    r != (long)sizeof(in.head) + (in.head.quiet + in.head.log) * (long)sizeof(in.insn[0]))
		for (;;)
			(void)call(__NR_exit_group, 125, 0, 0, 0);
	r = call(__NR_close_range, in.head.first_closed, ~0U, CLOSE_RANGE_CLOEXEC, 0);
	if (r)
		failed(ERR_SYSTEM, "close_range", ": ", -r);
	if (in.head.join) {
		/* Before there is anything to see: execve(2) made us dumpable again, and the filters are not loaded yet. */
		r = call(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0);
		if (r)
			failed(ERR_SYSTEM, "PR_SET_DUMPABLE", ": ", -r);
		make_visible();
		pass_gate();
	}
	if (in.head.admin)
		give_up_admin();
	if (in.head.agent >= 0)
		read_message();
	r = load(in.insn, in.head.quiet, in.head.flags);
	if (in.head.agent >= 0)
		send_listener((int)r);
	load(in.insn + in.head.quiet, in.head.log, SECCOMP_FILTER_FLAG_LOG);
	r = call(__NR_execve, (long)argv[2], (long)(argv + 3), (long)envp, 0);
	failed(r == -ENOENT ? ERR_NOCMD : ERR_NOEXEC, argv[2], ": cannot be executed: ", -r);
}
