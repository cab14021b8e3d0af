/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.c - tries from inside a container what a container must not do, and prints what the kernel said.
 *
 * probe WHAT [ARGUMENT]: one line "WHAT: ok", "WHAT: EPERM (or another errno's name)" or "WHAT: killed by N" a trial. Each
 * trial is made in a child of its own. Arguments are such that the call fails with something else than a
 * refusal where it is allowed, and never does harm.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, long result, int error)
{
	const char *name = strerrorname_np(error);

	printf("%s: %s\n", what, result >= 0 ? "ok" : name ? name : "?");
	fflush(stdout);
}

static int in_child(const char *what)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		return 1;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		printf("%s: killed by %d\n", what, WTERMSIG(status));
	fflush(stdout);
	return 0;
}

#define TRY(what, call) do { if (in_child(what)) { long r_ = (call); say(what, r_, errno); _exit(0); } } while (0)
#define CALL(name, ...) TRY(#name, syscall(SYS_##name, ##__VA_ARGS__))

static void probe_names(void)
{
	CALL(unshare, CLONE_NEWUSER);
	TRY("unshare-net", syscall(SYS_unshare, CLONE_NEWNET));
	CALL(setns, -1, 0);
	TRY("clone-newuser", syscall(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0));
	CALL(clone3, NULL, 0);
	CALL(mount, "none", "/tmp", "tmpfs", 0, NULL);
	CALL(umount2, "/proc", MNT_DETACH);
	CALL(pivot_root, ".", ".");
	CALL(chroot, "/");
	CALL(fsopen, "tmpfs", 0);
	CALL(fsmount, -1, 0, 0);
	CALL(open_tree, AT_FDCWD, "/", 1);
	CALL(move_mount, -1, "", -1, "", 0);
	CALL(mount_setattr, -1, "", 0, NULL, 0);
}

static void probe_processes(void)
{
	CALL(ptrace, 0, 0, 0, 0);
	CALL(process_vm_readv, getpid(), NULL, 0, NULL, 0, 0);
	CALL(process_vm_writev, getpid(), NULL, 0, NULL, 0, 0);
	CALL(process_madvise, -1, NULL, 0, 0, 0);
	CALL(pidfd_getfd, -1, 0, 0);
	CALL(kcmp, getpid(), getpid(), 0, 0, 0);
	CALL(personality, 0x0040000);
	CALL(setpriority, 0, 0, -20);
}

static void probe_kernel(void)
{
	CALL(bpf, 0, NULL, 0);
	CALL(perf_event_open, NULL, 0, -1, -1, 0);
	CALL(io_uring_setup, 1, NULL);
	CALL(userfaultfd, 0);
	CALL(init_module, NULL, 0, "");
	CALL(finit_module, -1, "", 0);
	CALL(delete_module, "secctr-none", 0);
	CALL(kexec_load, 0, 0, NULL, 0);
	CALL(reboot, 0, 0, 0, NULL);
	CALL(swapon, "/none", 0);
	CALL(acct, "/none");
	CALL(syslog, 10, NULL, 0);
	CALL(settimeofday, NULL, NULL);
	CALL(clock_settime, 0, NULL);
	CALL(adjtimex, NULL);
	CALL(quotactl, 0, NULL, 0, NULL);
	CALL(fanotify_init, 0, 0);
	CALL(lookup_dcookie, 0, NULL, 0);
	CALL(iopl, 3);
	CALL(ioperm, 0, 1, 1);
	CALL(modify_ldt, 0, NULL, 0);
	CALL(vmsplice, -1, NULL, 0, 0);
	CALL(remap_file_pages, 0, 0, 0, 0, 0);
	CALL(memfd_secret, 0);
	CALL(name_to_handle_at, AT_FDCWD, "/", NULL, NULL, 0);
	CALL(open_by_handle_at, -1, NULL, 0);
	CALL(mbind, NULL, 0, 0, NULL, 0, 0);
	CALL(migrate_pages, 0, 0, NULL, NULL);
	CALL(move_pages, 0, 0, NULL, NULL, NULL, 0);
	CALL(add_key, "user", "probe", "x", 1, KEY_SPEC_PROCESS_KEYRING);
	CALL(request_key, "user", "probe", NULL, 0);
	CALL(keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
}

static int socket_of(int family, int type, int protocol)
{
	return socket(family, type, protocol);
}

static void probe_sockets(void)
{
	TRY("unix", socket_of(AF_UNIX, SOCK_STREAM, 0));
	TRY("inet", socket_of(AF_INET, SOCK_STREAM, 0));
	TRY("inet6", socket_of(AF_INET6, SOCK_DGRAM, 0));
	TRY("route", socket_of(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
	TRY("raw", socket_of(AF_INET, SOCK_RAW, 1));
	TRY("packet", socket_of(AF_PACKET, SOCK_RAW, 0));
	TRY("alg", socket_of(AF_ALG, SOCK_SEQPACKET, 0));
	TRY("vsock", socket_of(40, SOCK_STREAM, 0));
	TRY("rxrpc", socket_of(33, SOCK_DGRAM, 0));
	TRY("xfrm", socket_of(AF_NETLINK, SOCK_RAW, NETLINK_XFRM));
	TRY("audit", socket_of(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT));
	TRY("kobject", socket_of(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT));
}

static void probe_nodes(void)
{
	TRY("chr", mknod("/tmp/probe-chr", S_IFCHR | 0600, 0x103));
	TRY("blk", mknod("/tmp/probe-blk", S_IFBLK | 0600, 0x700));
	TRY("fifo", mknod("/tmp/probe-fifo", S_IFIFO | 0600, 0));
}

static void probe_terminal(void)
{
	TRY("tiocsti", syscall(SYS_ioctl, 0, TIOCSTI, "x"));
	/* The kernel looks at 32 bits of the request; a filter that compares 64 is passed by this. */
	TRY("tiocsti-high", syscall(SYS_ioctl, 0, TIOCSTI | 1UL << 32, "x"));
	TRY("tioclinux", syscall(SYS_ioctl, 0, TIOCLINUX, "\6"));
	TRY("tiocsetd", syscall(SYS_ioctl, 0, TIOCSETD, &(int){ 0 }));
}

static void probe_other_calls(void)
{
#ifdef __x86_64__
	if (in_child("int80")) {
		long r = 20;	/* getpid of the i386 table */

		__asm__ volatile("int $0x80" : "+a"(r) : : "memory");
		say("int80", r, r < 0 ? (int)-r : 0);
		_exit(0);
	}
	TRY("x32", syscall(0x40000000L | SYS_getpid));
#else
	printf("int80: killed by 31\nx32: killed by 31\n");
#endif
}

/* What the kernel answers to a record of ours, if we get so far. */
static long send_audit(void)
{
	struct { struct nlmsghdr h; char text[64]; } m = { .text = "op=start res=success" };
	struct { struct nlmsghdr h; struct nlmsgerr e; } answer = { 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);

	if (fd < 0)
		return -1;
	m.h = (struct nlmsghdr){ .nlmsg_len = sizeof(m), .nlmsg_type = AUDIT_FIRST_USER_MSG + 21, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK };
	if (send(fd, &m, sizeof(m), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return -1;
	errno = -answer.e.error;
	return answer.e.error;
}

static long write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	return fd < 0 ? -1 : write(fd, text, strlen(text));
}

static long connect_abstract(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(a.sun_path + 1, name, sizeof(a.sun_path) - 2);
	return connect(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)));
}

/* For some seconds: the program of whoever starts something in here, opened for writing. */
static long overwrite_others(void)
{
	long got = -1;
	char path[64];

	for (int round = 0; round < 4000; round++)
		for (int pid = 1; pid < 40; pid++) {
			int fd;

			snprintf(path, sizeof(path), "/proc/%d/exe", pid);
			if (pid == getpid())
				continue;
			fd = open(path, O_WRONLY);
			if (fd >= 0 && write(fd, "#!", 2) == 2)
				got = 0;
			if (fd >= 0)
				close(fd);
			else
				got = got < 0 ? -1 : got;
		}
	return got;
}

/* Looks at every other process: a joining one must not be open to us before it is one of us. */
static void spy(int seconds)
{
	static const char *const what[] = { "environ", "mem", "fd/3", "root/etc/shadow", "cwd/etc/shadow" };
	char path[64];
	long found = 0;

	alarm((unsigned)seconds);
	for (;;)
		for (int pid = 1; pid < 4000; pid++)
			for (size_t i = 0; i < sizeof(what) / sizeof(*what); i++) {
				char buf[4096];
				ssize_t n;
				int fd;

				snprintf(path, sizeof(path), "/proc/%d/%s", pid, what[i]);
				fd = open(path, O_RDONLY | O_NONBLOCK);
				if (fd < 0)
					continue;
				n = read(fd, buf, sizeof(buf));
				if (n > 0 && (i >= 3 || memmem(buf, (size_t)n, "SECCTR_CANARY", 13)))
					printf("spied: %s %ld\n", path, ++found), fflush(stdout);
				close(fd);
			}
}

int main(int argc, char *argv[])
{
	const char *what = argc > 1 ? argv[1] : "", *arg = argc > 2 ? argv[2] : "";

	if (strcmp(what, "names") == 0)
		probe_names();
	else if (strcmp(what, "processes") == 0)
		probe_processes();
	else if (strcmp(what, "kernel") == 0)
		probe_kernel();
	else if (strcmp(what, "sockets") == 0)
		probe_sockets();
	else if (strcmp(what, "nodes") == 0)
		probe_nodes();
	else if (strcmp(what, "terminal") == 0)
		probe_terminal();
	else if (strcmp(what, "other-calls") == 0)
		probe_other_calls();
	else if (strcmp(what, "audit-message") == 0)
		TRY("audit-message", send_audit());
	else if (strcmp(what, "loginuid") == 0)
		TRY("loginuid", write_to("/proc/self/loginuid", arg));
	else if (strcmp(what, "write") == 0)
		TRY("write", write_to(arg, argc > 3 ? argv[3] : "x"));
	else if (strcmp(what, "abstract") == 0)
		TRY("abstract", connect_abstract(arg));
	else if (strcmp(what, "overwrite") == 0)
		TRY("overwrite", overwrite_others());
	else if (strcmp(what, "keyring") == 0)
		printf("%lx\n", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
	else if (strcmp(what, "spy") == 0)
		spy(atoi(arg));
	else if (strcmp(what, "listen") == 0) {
		struct sockaddr_un a = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		strncpy(a.sun_path + 1, arg, sizeof(a.sun_path) - 2);
		if (bind(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(arg))) || listen(fd, 1))
			return 1;
		pause();
	} else {
		return 2;
	}
	return 0;
}
