/* SPDX-License-Identifier: Apache-2.0 */
/*
 * monitor_main.c - secctr-monitor: supervises one container from before its first instruction to its last record.
 *
 * Takes no arguments; what it is to do comes as one message by a descriptor (job.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/monitor/monitor.h"

static struct monitor monitor = {
	.state = STATE_STARTING, .raised = EVENT_COUNT, .signals = -1, .listener = -1, .input = -1,
	.out = { .fd = -1, .edge = -1 }, .err = { .fd = -1, .edge = -1 }, .log = { .fd = -1 }, .journal = { .fd = -1 },
};

/*
 * Whoever has the other end of a pipe may take from it what poll(2) has just seen there. Its file is shared with nobody: the
 * other end has one of its own. It had no other flag that F_SETFL changes.
 */
static int stream_fd(const struct monitor *m, enum monitor_fd which)
{
	if (m->given[which] >= 0)
		(void)fcntl(m->given[which], F_SETFL, O_NONBLOCK);
	return m->given[which];
}

static int read_job(struct monitor *m, struct err *e)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		m->client[i].fd = -1;
	exit_record_init(&m->exit);
	m->exit.signal = 0;
	monitor_job_init(&m->job);
	if (self_close_others(e) || monitor_job_receive(&m->job, m->given, e))
		return -1;
	m->out.fd = stream_fd(m, MONITOR_FD_STDOUT);
	m->err.fd = stream_fd(m, MONITOR_FD_STDERR);
	m->input = stream_fd(m, MONITOR_FD_STDIN);
	(void)stream_fd(m, MONITOR_FD_STATUS);
	m->exit.run = m->job.run;
	return str_copy(m->job.id, &m->exit.id, e);
}

/* What `create` needs to know is that everything is made; then nothing of ours may keep its caller waiting. */
static int wait_for_start(struct monitor *m, struct err *e)
{
	if (clients_listen(m, e))
		return -1;
	m->state = STATE_CREATED;
	client_put(m, &m->client[0], FRAME_CREATED, NULL, 0);
	client_drop(m, &m->client[0]);
	return dup2(STDIN_FILENO, STDERR_FILENO) < 0 ? err_set(e, ERR_SYSTEM, errno, "standard error") : 0;
}

static int prepare(struct monitor *m, struct err *e)
{
	if (self_confine(m, e))
		return -1;
	if (m->job.log && ctrlog_open(&m->log, MONITOR_FD_DIR, m->job.log_max_size, m->job.log_max_files, e))
		return -1;
	if (m->given[MONITOR_FD_JOURNAL] >= 0 && journal_open(&m->journal, m->given[MONITOR_FD_JOURNAL], &m->job, e))
		return -1;
	if (!client_add(m, MONITOR_FD_CLIENT, !m->job.detach))
		return err_set(e, ERR_INTERNAL, 0, "monitor: no place for its starter");
	if (guard_start(m, e))
		return -1;
	return m->job.engine ? wait_for_start(m, e) : loop_open_gate(m, e);
}

/* The starter hears it; if it cannot, who reads standard error does. The gate closes with this process. */
static int give_up(const struct err *e)
{
	if (frame_send(MONITOR_FD_CLIENT, FRAME_FAILED, e, sizeof(*e), 0))
		(void)dprintf(STDERR_FILENO, "secctr-monitor: %s\n", e->text);
	return err_exit_status(e->reason);
}

/*
 * For a service manager whose main process this is: the container's own, 0 where it was told to end it (SIGTERM), so that a stop
 * is never a failure. Others do not look.
 */
static int exit_status(const struct monitor *m)
{
	return m->stopped ? 0 : m->exit.exit_code == FIELD_NONE ? 255 : (int)m->exit.exit_code & 0xff;
}

int main(void)
{
	struct monitor *m = &monitor;
	struct err e;

	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_TOP_PAD, 0);
	if (read_job(m, &e))
		return give_up(&e);
	if (prepare(m, &m->failed)) {
		/* A start record may be written: from here on there is a stop record for it. */
		m->client[0].fd = MONITOR_FD_CLIENT;
		monitor_step(m, EVENT_GATE_FAILED, NULL);
	}
	loop_run(m);
	if ((m->job.remove && !m->removed && self_become(m, "cleanup", &e)) || (m->again && self_become(m, "again", &e)))
		return give_up(&e);
	return exit_status(m);
}
