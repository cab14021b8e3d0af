/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.c - the end of a container whose monitor is killed.
 *
 * The init asked the kernel to be killed with its parent (PR_SET_PDEATHSIG), but a change of SELinux domain at
 * execve() clears that (selinux_bprm_committing_creds()), and nothing can ask again for it. So with a label there is
 * a second process, a copy of the monitor that holds three descriptors and waits for the first to end.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "launcher/base/capabilities.h"
#include "launcher/base/io.h"
#include "launcher/monitor/monitor.h"

/* Where the guard has its end of the pipe: in the place of a descriptor that it must not hold. */
enum { GUARD_END = MONITOR_FD_CLIENT };

/* A starter, a client or the container would wait for the end of file of any other. */
static void keep_descriptors(const struct monitor *m, const int end[2])
{
	int last = m->given[MONITOR_FD_CGROUP] > MONITOR_FD_PIDFD ? m->given[MONITOR_FD_CGROUP] : MONITOR_FD_PIDFD;

	(void)close(end[1]);
	if (dup2(end[0], GUARD_END) < 0)
		_exit(1);
	(void)close_range(0, GUARD_END - 1, 0);
	for (int fd = GUARD_END + 1; fd < last; fd++)
		if (fd != MONITOR_FD_PIDFD)
			(void)close(fd);
	(void)close_range((unsigned)last + 1, ~0U, 0);
}

/*
 * All by descriptor: when the container ended as it should, there is nothing behind them, and one that was started
 * since in a group of the same name is not touched.
 */
static void NORETURN guard_main(const struct monitor *m, const int end[2])
{
	struct err e;
	char byte;

	keep_descriptors(m, end);
	/* `pkill secctr-monitor` shall not take both. */
	(void)prctl(PR_SET_NAME, "secctr-guard");
	if (capabilities_keep(CAP(CAP_KILL), &e))
		_exit(1);
	while (read(GUARD_END, &byte, 1) < 0 && errno == EINTR)
		;
	if (init_signal(SIGKILL) == 0 && m->given[MONITOR_FD_CGROUP] >= 0)
		(void)!io_write_kernel_at(m->given[MONITOR_FD_CGROUP], "cgroup.kill", "1", &e);
	_exit(0);
}

int guard_start(const struct monitor *m, struct err *e)
{
	int end[2];
	pid_t pid;

	/* An engine's init has another parent. */
	if (!m->job.process_label && !m->job.engine)
		return 0;	/* the kernel's own way holds */
	if (pipe2(end, O_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "guard");
	pid = fork();
	if (pid < 0) {
		(void)err_set(e, ERR_SYSTEM, errno, "guard");
		(void)close(end[0]);
		(void)close(end[1]);
		return -1;
	}
	if (pid == 0)
		guard_main(m, end);
	(void)close(end[0]);
	/* end[1] is kept, and written to by nobody: it closes with this process, however that ends. */
	return 0;
}
