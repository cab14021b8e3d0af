/* SPDX-License-Identifier: Apache-2.0 */
/* reader_main.c - secctr-report: reads audit logs without any privilege, for reader_run(). Not for people. */
#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "audit/report/ahead.h"
#include "audit/report/reader.h"
#include "launcher/base/io.h"
#include "launcher/base/powerless.h"

static bool ask_name(void *context, uint32_t uid, char ret[static NAMES_TEXT_MAX])
{
	struct reader_message m = { .ask = READER_NAME, .uid = uid };
	struct reader_answer a;

	(void)context;
	if (send(READER_SOCKET_FD, &m, sizeof(m), MSG_NOSIGNAL) != sizeof(m) ||
	    recv(READER_SOCKET_FD, &a, sizeof(a), MSG_WAITALL) != sizeof(a) || !a.known)
		return false;
	memcpy(ret, a.name, NAMES_TEXT_MAX);
	ret[NAMES_TEXT_MAX - 1] = '\0';
	return true;
}

static int read_job(struct reader_job *job, struct err *e)
{
	if (io_read_all(READER_JOB_FD, job, sizeof(*job), "job", e))
		return -1;
	job->lines.event[sizeof(job->lines.event) - 1] = job->lines.sha256[sizeof(job->lines.sha256) - 1] = '\0';
	job->subject[READER_TEXT_MAX - 1] = job->container[READER_TEXT_MAX - 1] = '\0';
	job->user[READER_TEXT_MAX - 1] = job->host[READER_TEXT_MAX - 1] = '\0';
	if (job->task > READER_LINES || job->view >= REPORT_VIEW_COUNT || job->format > REPORT_HTML || job->inputs > REPORT_INPUTS_MAX + 1)
		return err_set(e, ERR_INTERNAL, 0, "job: malformed");
	return 0;
}

/* As many helpers as there are processors beside ours. Never freed: they end with the process. */
static int start_helpers(void *context, struct err *e)
{
	struct ahead **ret = context;
	unsigned processors = 1;
	cpu_set_t mine;

	if (sched_getaffinity(0, sizeof(mine), &mine) == 0)
		processors = (unsigned)CPU_COUNT(&mine);
	/* Another arena for a helper's few pieces would take 64 MB of the address space, and ask how many processors there are. */
	(void)mallopt(M_ARENA_MAX, 1);
	return ahead_new(processors - 1, ret, e);
}

static int run(uint32_t *ret_came, struct err *e)
{
	/* select: a live log; sysinfo: qsort(3) asks how much memory there is; the rest: questions to the other side. */
	static const int calls[] = { SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(sysinfo), SCMP_SYS(sendto), SCMP_SYS(recvfrom) };
	static struct reader_job job;
	static struct ahead *ahead;
	struct powerless limits = { .bytes = READER_BYTES, .writes_files = true, .call = calls, .n_calls = ARRAY_LEN(calls) };
	static int fd[REPORT_INPUTS_MAX + 1];
	static char buffer[BUFSIZ];
	struct report_request q = { .names = ask_name };
	struct report_input in = { fd, 0 };
	bool found;

	/* Without a buffer of its own stdio asks whether this is a terminal, by an ioctl(2). */
	(void)setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	tzset();		/* gmtime_r(3) looks for a file; now it may */
	/* The job is secctr's own, and says what comes; what is foreign is read behind the walls. A live log needs no second thread. */
	if (read_job(&job, e))
		return -1;
	limits.threads = job.task == READER_REPORT && !job.follow ? start_helpers : NULL;
	limits.context = &ahead;
	if (powerless_enter(&limits, e))
		return -1;
	q.ahead = ahead;
	q.view = job.view;
	q.format = job.format;
	q.session = job.session;
	q.start_ms = job.start_ms;
	q.end_ms = job.end_ms;
	q.all = job.all;
	q.follow = job.follow;
	q.colour = job.colour;
	q.subject = job.has_subject ? job.subject : NULL;
	q.container = job.has_container ? job.container : NULL;
	q.host = job.has_host ? job.host : NULL;
	q.made_ms = job.made_ms;
	q.width = job.width;
	q.user = job.has_user ? job.user : NULL;
	for (uint32_t i = 0; i < job.inputs; i++)
		fd[i] = READER_INPUT_FD + (int)i;
	in.n = job.inputs;
	if (job.task == READER_LINES) {
		if (lines_copy(&job.lines, &in, stdout, &found, e))
			return -1;
		*ret_came = found;
		return 0;
	}
	return report_run(&q, &in, stdout, NULL, e);
}

int main(void)
{
	struct reader_message m = { .ask = READER_DONE };

	if (run(&m.uid, &m.err))
		m.ask = READER_FAILED;
	/* _exit(): what libraries, or a sanitizer, would do at an exit the sandbox does not let them. */
	_exit(send(READER_SOCKET_FD, &m, sizeof(m), MSG_NOSIGNAL) == sizeof(m) ? 0 : 2);
}
