/* SPDX-License-Identifier: Apache-2.0 */
/* unit_start.c - see unit_start.h. */
#include "launcher/cli/unit_start.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/cli/program.h"
#include "launcher/cli/run_request.h"
#include "launcher/systemd/notify.h"

/* The child's end of the pipe is at its end in any case: it ends, or was killed. */
static _Noreturn void stay(int report, pid_t child)
{
	pid_t monitor = 0;
	char text[64];
	struct err e;
	int status;
	bool told = io_read_all(report, &monitor, sizeof(monitor), "start", &e) == 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status))
		_exit(125);
	if (!told && WEXITSTATUS(status) == 0) {
		fprintf(stderr, "secctr: the container runs already, and not as a part of this unit: stop it first\n");
		_exit(125);
	}
	if (WEXITSTATUS(status) == 0) {
		(void)snprintf(text, sizeof(text), "MAINPID=%d\nREADY=1", (int)monitor);
		if (notify_send(text, &e)) {
			fprintf(stderr, "secctr: %s\n", e.text);
			_exit(125);	/* the unit fails, and its end is the container's */
		}
	}
	_exit(WEXITSTATUS(status));
}

int unit_start_split(struct context *c, const char *sdnotify, struct err *e)
{
	int notify = PLAN_NOTIFY_OPEN, ends[2];
	pid_t child;

	if (request_notify(sdnotify, &notify, e))
		return -1;
	if (notify == PLAN_NOTIFY_IGNORE || !getenv("NOTIFY_SOCKET"))
		return 0;
	/* It may start all over, which is no child's to do. */
	if (program_protect(c, e))
		return -1;
	if (pipe2(ends, O_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	(void)fflush(NULL);
	child = fork();
	if (child < 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return err_set(e, ERR_SYSTEM, errno, "fork");
	}
	if (child > 0) {
		(void)close(ends[1]);
		stay(ends[0], child);
	}
	(void)close(ends[0]);
	c->unit_report = ends[1];
	return 0;
}

int unit_start_report(int report, pid_t monitor, struct err *e)
{
	return io_write_all(report, &monitor, sizeof(monitor), "the unit's first process", e);
}
