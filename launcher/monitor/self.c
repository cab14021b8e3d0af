/* SPDX-License-Identifier: Apache-2.0 */
/* self.c - what the monitor gives up before the container may run, and how it becomes a command of secctr. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/close_range.h>

#include "launcher/monitor/monitor.h"

int self_keep_capabilities(uint64_t keep, struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[2];

	if (syscall(SYS_capget, &head, set))
		return err_set(e, ERR_SYSTEM, errno, "capget");
	for (int i = 0; i < 2; i++) {
		set[i].permitted &= (uint32_t)(keep >> (32 * i));
		set[i].effective = set[i].permitted;
		set[i].inheritable = 0;
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "clearing ambient capabilities");
	if (syscall(SYS_capset, &head, set))
		return err_set(e, ERR_SYSTEM, errno, "capset");
	return 0;
}

/*
 * AUDIT_WRITE and AUDIT_READ: the stop record and its read-back. KILL: a container's init is often not root.
 * Not AUDIT_CONTROL, though it would tell whether auditd lives: it also switches audit off, and this
 * process stays for the life of the container. Not DAC_OVERRIDE: cgroups are root's, and their parent (/secctr, a
 * slice) may be written by root; only the hierarchy's own root, mode 0555, may not.
 *
 * Nothing is kept for the command that follows: a program that root executes gets the bounding set, which
 * stays. That, and the change of SELinux domain, is why no_new_privs is set only where no command will
 * follow: under it the kernel cuts the command's capabilities down to these three and refuses the
 * transition (security/commoncap.c cap_bprm_creds_from_file(), selinux_bprm_creds_for_exec()).
 */
static int drop_capabilities(bool will_exec, struct err *e)
{
	if (self_keep_capabilities(CAP(CAP_AUDIT_WRITE) | CAP(CAP_AUDIT_READ) | CAP(CAP_KILL), e))
		return -1;
	if (!will_exec && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "no_new_privs");
	/* Nobody but root may look into it, whatever user it runs as. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "PR_SET_DUMPABLE");
	return 0;
}

/*
 * Which there are is noted before anything is opened. MONITOR_FD_PROC is O_PATH, which poll(2) does not know; without
 * it no process can be verified, and none is reported as started.
 */
static int check_descriptors(struct monitor *m, struct err *e)
{
	static const char *const needed[MONITOR_FD_COUNT_END] = {
		[MONITOR_FD_CLIENT] = "client", [MONITOR_FD_DIR] = "dir", [MONITOR_FD_RUN] = "run",
		[MONITOR_FD_PIDFD] = "pidfd", [MONITOR_FD_GATE] = "gate",
		[MONITOR_FD_STATUS] = "status",
	};

	struct pollfd p[MONITOR_FD_COUNT_END] = { 0 };

	for (int fd = MONITOR_FD_CLIENT; fd < MONITOR_FD_COUNT_END; fd++)
		p[fd].fd = fd;
	if (poll(p + MONITOR_FD_CLIENT, MONITOR_FD_COUNT_END - MONITOR_FD_CLIENT, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "monitor: descriptors");
	for (int fd = MONITOR_FD_CLIENT; fd < MONITOR_FD_COUNT_END; fd++) {
		m->given[fd] = !(p[fd].revents & POLLNVAL);
		if (!m->given[fd] && needed[fd])
			return err_set(e, ERR_INTERNAL, EBADF, "monitor: descriptor %d (%s)", fd, needed[fd]);
	}
	return 0;
}

/* Standard error stays until the start was told: it is where a failure before the job was read is seen. */
static int settle_descriptors(struct err *e)
{
	int null;

	if (close_range(3, MONITOR_FD_JOB, 0) || close_range(MONITOR_FD_COUNT_END, ~0U, 0) ||
	    close_range(MONITOR_FD_CLIENT, ~0U, CLOSE_RANGE_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "close_range");
	null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return err_set(e, ERR_SYSTEM, errno, "/dev/null");
	if (null > STDERR_FILENO)
		(void)close(null);
	if (fcntl(STDERR_FILENO, F_GETFD) < 0)
		(void)dup2(STDIN_FILENO, STDERR_FILENO);
	return 0;
}

/* All are blocked, so no terminal or user can end the monitor by SIGHUP or SIGINT; SIGTERM is read. */
static int settle_signals(struct monitor *m, struct err *e)
{
	sigset_t all, term;

	(void)sigfillset(&all);
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	if (sigprocmask(SIG_SETMASK, &all, NULL))
		return err_set(e, ERR_SYSTEM, errno, "blocking signals");
	m->signals = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
	if (m->signals < 0)
		return err_set(e, ERR_SYSTEM, errno, "signalfd");
	/* Its own session is what keeps the container's end from a terminal's hang-up. */
	if (getsid(0) != getpid() && setsid() < 0)
		return err_set(e, ERR_INTERNAL, errno, "monitor: is no session leader and cannot become one");
	return 0;
}

int self_confine(struct monitor *m, struct err *e)
{
	ssize_t n;

	if (check_descriptors(m, e) || settle_descriptors(e) || settle_signals(m, e))
		return -1;
	n = readlinkat(MONITOR_FD_PROC, "self/exe", m->exe, sizeof(m->exe) - 1);
	m->exe[n > 0 ? n : 0] = '\0';
	(void)umask(0177);		/* attach.sock takes its mode from it */
	if (chdir("/"))
		return err_set(e, ERR_SYSTEM, errno, "chdir /");
	return drop_capabilities(m->job.remove || m->job.restart, e);
}

int self_become(struct monitor *m, const char *command, struct err *e)
{
	char *argv[MONITOR_CLEANUP_ARGS + 5];
	size_t n = 0;
	char *const env[] = { NULL };
	sigset_t none;

	argv[n++] = (char *)"secctr";
	for (size_t i = 0; i < m->job.cleanup_args.len; i++)
		argv[n++] = m->job.cleanup_args.item[i];
	argv[n++] = (char *)command;
	argv[n++] = (char *)"--";
	argv[n++] = m->job.id;
	argv[n] = NULL;
	/* Its end of file tells the starter that the cleanup is over. */
	if (m->client[0].fd == MONITOR_FD_CLIENT && fcntl(MONITOR_FD_CLIENT, F_SETFD, 0))
		return err_set(e, ERR_SYSTEM, errno, "keeping the starter's socket");
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execve(m->job.cleanup, argv, env);
	return err_set(e, ERR_SYSTEM, errno, "%s %s", m->job.cleanup, command);
}
