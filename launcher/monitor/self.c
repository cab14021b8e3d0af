/* SPDX-License-Identifier: Apache-2.0 */
/* self.c - what the monitor gives up before the container may run, and how it becomes a command of secctr. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launcher/base/capabilities.h"
#include "launcher/monitor/monitor.h"

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
	if (capabilities_keep(CAP(CAP_AUDIT_WRITE) | CAP(CAP_AUDIT_READ) | CAP(CAP_KILL), e))
		return -1;
	if (!will_exec && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "no_new_privs");
	/* Nobody but root may look into it, whatever user it runs as. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "PR_SET_DUMPABLE");
	return 0;
}

int self_close_others(struct err *e)
{
	return close_range(MONITOR_FD_JOB + 1, ~0U, 0) ? err_set(e, ERR_SYSTEM, errno, "close_range") : 0;
}

/* Standard error stays until the start was told: it is where a failure before the job was read is seen. */
static int settle_descriptors(struct err *e)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return err_set(e, ERR_SYSTEM, errno, "/dev/null");
	if (null > STDERR_FILENO)
		(void)close(null);
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
	return 0;
}

int self_confine(struct monitor *m, struct err *e)
{
	if (settle_descriptors(e) || settle_signals(m, e))
		return -1;
	(void)umask(0177);		/* attach.sock takes its mode from it */
	/* Where it makes that socket, and which is there as long as it is. */
	if (fchdir(MONITOR_FD_RUN))
		return err_set(e, ERR_SYSTEM, errno, "run directory");
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
