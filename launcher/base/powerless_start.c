/* SPDX-License-Identifier: Apache-2.0 */
/* powerless_start.c - what the parent's side does for a powerless program, between fork and exec: system calls only. */
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launcher/base/powerless.h"

bool powerless_place(int *fd, int n, int first, int nulls)
{
	const int end = first + n;
	int null = open("/dev/null", nulls > 1 ? O_RDWR : O_RDONLY);	/* standard input is only read */

	if (null < 0)
		return false;
	/* First all out of the way, then each to its number: no target can be a source that is still needed. */
	for (int i = 0; i < n; i++) {
		fd[i] = fcntl(fd[i], F_DUPFD, end);
		if (fd[i] < 0)
			return false;
	}
	for (int i = 0; i < nulls; i++)
		if (null != i && dup2(null, i) < 0)
			return false;
	for (int i = 0; i < n; i++)
		if (dup2(fd[i], first + i) < 0)
			return false;
	return syscall(SYS_close_range, (unsigned)end, ~0u, 0) == 0 && fcntl(end - 1, F_SETFD, FD_CLOEXEC) == 0;
}

bool powerless_become(bool change, uid_t uid, gid_t gid)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 } };

	if (change && (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid)))
		return false;
	/* Leaving uid 0 empties the permitted and effective sets; the inheritable one is emptied here. */
	return syscall(SYS_capset, &head, none) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0;
}
