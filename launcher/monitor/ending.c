/* SPDX-License-Identifier: Apache-2.0 */
/* ending.c - the end of a container: reap, kill the rest, exit record, stop record, last frames. In this order. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "audit/failure.h"
#include "audit/record.h"
#include "audit/writer.h"
#include "launcher/base/cleanup.h"
#include "launcher/base/ids.h"
#include "launcher/base/io.h"
#include "launcher/base/proc.h"
#include "launcher/monitor/monitor.h"

enum { UNPROVED_WAIT_MS = 200, ENGINE_REAP_MS = 1000 };

void monitor_note(struct monitor *m, const char *text)
{
	struct err e;

	if (m->trouble.len > 4096 || (m->trouble.len && str_add(&m->trouble, "; ", &e)) ||
	    str_add(&m->trouble, text, &e))
		return;		/* no memory, or enough said */
}

static void set_reason(struct monitor *m, const char *reason)
{
	struct err e;
	char *copy = NULL;

	if (str_copy(reason, &copy, &e))
		return;
	free(m->exit.reason);
	m->exit.reason = copy;
}

/* Its engine reaps it, and the kernel may tell how it ended then. */
static void reap_by_engine(struct monitor *m)
{
	int status;

	if (proc_exit_status(MONITOR_FD_PIDFD, ENGINE_REAP_MS, &status)) {
		set_reason(m, "exited");
		return;
	}
	m->exit.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	m->exit.exit_code = m->exit.signal ? 128 + m->exit.signal : WEXITSTATUS(status);
	set_reason(m, m->exit.signal ? "killed" : "exited");
}

/* Waits only after ending_kill(), or when the init has ended: it is never long. */
void ending_reap(struct monitor *m)
{
	siginfo_t si = { 0 };
	int sig = 0;

	if (m->job.engine) {
		reap_by_engine(m);
		return;
	}
	if (waitid(P_PIDFD, MONITOR_FD_PIDFD, &si, WEXITED)) {
		monitor_note(m, "the init was not this monitor's to reap");
		set_reason(m, "exited");
		return;
	}
	if (si.si_code != CLD_EXITED)
		sig = si.si_status;
	m->exit.exit_code = sig ? 128 + sig : si.si_status;
	m->exit.signal = sig;
	/* It may have ended by itself in the same moment. */
	m->timed_out &= sig == SIGKILL;
	set_reason(m, m->timed_out ? "timed-out" : sig ? "killed" : "exited");
	/* As podman-run(1) --timeout. */
	if (m->timed_out)
		m->exit.exit_code = 255;
}

void ending_kill(struct monitor *m)
{
	struct err e;

	/* One write ends all, also what forks meanwhile. */
	if (m->given[MONITOR_FD_CGROUP] < 0 || io_write_kernel_at(m->given[MONITOR_FD_CGROUP], "cgroup.kill", "1", &e))
		remains_kill(&m->job.cgroup_dirs);
	(void)init_signal(SIGKILL);
}

static int build_stop(const struct monitor *m, struct audit_record *r, struct err *e)
{
	const struct audit_origin from = { m->job.exe, m->job.host, m->job.addr, m->job.tty };
	char uuid[UUID_TEXT + 1];

	id_uuid(m->job.id, uuid);
	record_begin(r, EV_STOP, m->exit.reason, m->job.name, uuid);
	record_u64(r, "vm-pid", (uint64_t)m->job.pid);
	record_u64(r, "exit", m->exit.exit_code == FIELD_NONE ? 255 : (uint64_t)m->exit.exit_code);
	record_u64(r, "sig", (uint64_t)m->exit.signal);
	return record_end(r, &from, !*m->failed.text, e);
}

/* --rm: the removal follows at once, and two records in one burst cost as much as one. */
static int build_destroy(const struct monitor *m, struct audit_record *r, struct err *e)
{
	const struct audit_origin from = { m->job.exe, m->job.host, m->job.addr, m->job.tty };
	char uuid[UUID_TEXT + 1];

	id_uuid(m->job.id, uuid);
	record_begin(r, EV_DESTROY, "cleanup", m->job.name, uuid);
	return record_end(r, &from, true, e);
}

static int write_stop(struct monitor *m, struct err *e)
{
	auto_audit_writer struct audit_writer w = AUDIT_WRITER_CLOSED;
	size_t n = m->exit.destroy_recorded ? 2 : 1;
	char id_text[AUDIT_EVENT_ID_TEXT];
	struct audit_event_id id[2];
	struct audit_record r[2];

	if (build_stop(m, &r[0], e) || (n == 2 && build_destroy(m, &r[1], e)) || audit_writer_open(AUDIT_READBACK_ALONE, MONITOR_FD_PROC, &w, e))
		return -1;
	/* Where audit is off no answer comes, and without CAP_AUDIT_CONTROL that is all that shows it. */
	if (!m->job.audit_require)
		w.wait_ms = UNPROVED_WAIT_MS;
	if (audit_write_many(&w, r, n, id, e))
		return -1;
	if (!id[0].serial)
		return 0;
	audit_event_id_text(&id[0], id_text);
	return str_copy(id_text, &m->exit.stop_event, e);
}

/* The container is over whatever the action says; what is left to decide is what later readers see. */
static void stop_was_lost(struct monitor *m, const char *why)
{
	m->exit.destroy_recorded = false;
	monitor_note(m, "the stop record was lost");
	monitor_note(m, why);
	if (m->job.audit_require && m->job.on_lost &&
	    strcmp(m->job.on_lost, audit_action_word(AUDIT_CONTINUE)) != 0)
		set_reason(m, "audit-lost");
}

static void write_exit(struct monitor *m)
{
	struct err e;

	free(m->exit.error);
	m->exit.error = NULL;
	/* Without memory for it the record is written all the same. */
	if (m->trouble.len && str_copy(m->trouble.text, &m->exit.error, &e))
		m->exit.error = NULL;
	if (exit_record_write(MONITOR_FD_DIR, &m->exit, &e))
		monitor_note(m, e.text);	/* the disk is full or broken: the stop record still goes out */
}

static void note_log(struct monitor *m)
{
	uint64_t lost = m->log.lost + m->journal.lost;
	char text[160];
	const char *why;

	ctrlog_close(&m->log);
	if (!lost)
		return;
	why = strerrordesc_np(m->log.lost ? m->log.lost_why : m->journal.lost_why);
	(void)snprintf(text, sizeof(text), "log: %llu bytes were lost: %s", (unsigned long long)lost,
		       why ? why : "unknown error");
	monitor_note(m, text);
}

static void tell(struct monitor *m)
{
	const struct frame_exit f = { .code = m->exit.exit_code == FIELD_NONE ? 255 : (int32_t)m->exit.exit_code,
				      .signal = (int32_t)m->exit.signal, .oom = m->exit.oom_killed,
				      .destroy_recorded = m->exit.destroy_recorded };

	if (*m->failed.text)
		clients_put(m, FRAME_FAILED, &m->failed, sizeof(m->failed));
	else
		clients_put(m, FRAME_EXIT, &f, sizeof(f));
}

/* It never ran, or not for long: the reason counts, not how the init was ended. */
static void take_failure(struct monitor *m)
{
	enum err_reason why = m->failed.reason;

	m->exit.exit_code = err_exit_status(why);
	m->exit.signal = 0;
	set_reason(m, why == ERR_LABEL || why == ERR_IDENTITY ? err_word(why) : "exec-failed");
	monitor_note(m, m->failed.text);
}

void ending_finish(struct monitor *m)
{
	struct timespec now;
	struct err e;

	m->exit.oom_killed = remains_oom(m->given[MONITOR_FD_CGROUP], &m->job.cgroup_dirs);
	if (!remains_were_empty(&m->job.cgroup_dirs)) {
		ending_kill(m);
		if (!remains_remove(&m->job.cgroup_dirs))
			monitor_note(m, "its cgroup could not be removed");
	}
	if (*m->failed.text)
		take_failure(m);
	note_log(m);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	m->exit.finished = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	m->exit.destroy_recorded = m->job.remove && !m->job.restart && !*m->failed.text;
	write_exit(m);
	if (write_stop(m, &e))
		stop_was_lost(m, e.text);
	if (!m->job.remove || m->trouble.len)	/* the event id of the stop: for who inspects it later */
		write_exit(m);
	tell(m);
	clients_unlisten(m);
}

bool ending_wants_restart(const struct monitor *m)
{
	/* What could not be started could not be the next time either; nobody would see it try. */
	if (!m->job.restart || *m->failed.text)
		return false;
	if (m->job.restart == MONITOR_RESTART_ON_FAILURE && (m->exit.exit_code == 0 || !m->job.restarts_left))
		return false;
	return faccessat(MONITOR_FD_DIR, MONITOR_STOPPED, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
}
