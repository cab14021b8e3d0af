/* SPDX-License-Identifier: Apache-2.0 */
/* job.c - the monitor's job: the message, and its document to and from JSON. */
#include "launcher/monitor/job.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launcher/base/ids.h"
#include "launcher/base/json.h"
#include "launcher/base/path.h"

static const char *const restart_words[] = { "", "on-failure", "always", NULL };

#define J struct monitor_job
const struct field monitor_job_fields[] = {
	FIELD_STR(J, "id", id, FIELD_NEED),
	FIELD_STR(J, "name", name, FIELD_NEED),
	FIELD_INT(J, "pid", pid, FIELD_NEED),
	FIELD_STR(J, "processLabel", process_label, 0),
	FIELD_INT(J, "auid", auid, FIELD_NEED),
	FIELD_INT(J, "ses", ses, FIELD_NEED),
	FIELD_BOOL(J, "auditRequire", audit_require, 0),
	FIELD_STR(J, "onLost", on_lost, 0),
	FIELD_BOOL(J, "engine", engine, 0),
	FIELD_BOOL(J, "interactive", interactive, 0),
	FIELD_BOOL(J, "detach", detach, 0),
	FIELD_BOOL(J, "remove", remove, 0),
	FIELD_BOOL(J, "terminal", terminal, 0),
	FIELD_BOOL(J, "log", log, 0),
	FIELD_INT(J, "logMaxSize", log_max_size, 0),
	FIELD_INT(J, "logMaxFiles", log_max_files, 0),
	FIELD_STR(J, "logTag", log_tag, 0),
	FIELD_INT(J, "stopSignal", stop_signal, 0),
	FIELD_INT(J, "stopTimeout", stop_timeout, 0),
	FIELD_INT(J, "run", run, 0),
	FIELD_INT(J, "runTimeout", run_timeout, 0),
	FIELD_ENUM(J, "restart", restart, 0, restart_words),
	FIELD_INT(J, "restartsLeft", restarts_left, 0),
	FIELD_INT(J, "restartDelay", restart_delay, 0),
	FIELD_STRV(J, "cgroupDirs", cgroup_dirs, 0),
	FIELD_STR(J, "cleanup", cleanup, 0),
	FIELD_STRV(J, "cleanup_args", cleanup_args, 0),
	FIELD_STR(J, "startEvent", start_event, 0),
	FIELD_STR(J, "exe", exe, FIELD_NEED),
	FIELD_STR(J, "host", host, 0),
	FIELD_STR(J, "addr", addr, 0),
	FIELD_STR(J, "tty", tty, 0),
	FIELD_END
};
#undef J

void monitor_job_init(struct monitor_job *j)
{
	memset(j, 0, sizeof(*j));
	fields_init(monitor_job_fields, j);
}

void monitor_job_done(struct monitor_job *j)
{
	fields_done(monitor_job_fields, j);
}

int monitor_job_text(const struct monitor_job *j, char **ret, struct err *e)
{
	auto_json json_t *doc = NULL;

	return fields_to_json(monitor_job_fields, j, &doc, e) || json_canonical(doc, ret, e) ? -1 : 0;
}

/* Room for the descriptors, aligned as their header wants it. */
union rights {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int) * MONITOR_FD_COUNT_END)];
};

/* In front of the document: which descriptors come with it, bit i for enum monitor_fd i. */
struct message_head {
	uint32_t given;
};

static void put_rights(struct msghdr *m, union rights *to, const int *fds, size_t n)
{
	size_t bytes = n * sizeof(*fds);

	memset(to, 0, sizeof(*to));
	m->msg_control = to;
	m->msg_controllen = CMSG_SPACE(bytes);
	to->head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(bytes), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&to->head), fds, bytes);
}

int monitor_job_send(const struct monitor_job *j, const int fds[MONITOR_FD_COUNT_END], struct err *e)
{
	auto_free char *text = NULL;
	auto_close int to = -1, from = -1;
	int given[MONITOR_FD_COUNT_END], pair[2];
	struct message_head head = { 0 };
	struct iovec part[2] = { { &head, sizeof(head) } };
	struct msghdr m = { .msg_iov = part, .msg_iovlen = ARRAY_LEN(part) };
	union rights rights;
	size_t n = 0;

	for (int i = MONITOR_FD_CLIENT; i < MONITOR_FD_COUNT_END; i++)
		if (fds[i] >= 0) {
			head.given |= 1U << i;
			given[n++] = fds[i];
		}
	if (monitor_job_text(j, &text, e))
		return -1;
	part[1] = (struct iovec){ text, strlen(text) };
	if (part[1].iov_len > MONITOR_JOB_MAX)
		return err_set(e, ERR_LIMIT, 0, "monitor job: more than %d bytes", MONITOR_JOB_MAX);
	put_rights(&m, &rights, given, n);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_set(e, ERR_SYSTEM, errno, "monitor job: socket");
	to = pair[0];
	from = pair[1];
	if (sendmsg(to, &m, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "monitor job");
	return take_fd(&from);
}

static int in_bounds(const char *what, int64_t value, int64_t min, int64_t max, struct err *e)
{
	if (value < min || value > max)
		return err_set(e, ERR_LIMIT, 0, "monitor job: %s: %lld is not within %lld and %lld", what,
			       (long long)value, (long long)min, (long long)max);
	return 0;
}

static void defaults(struct monitor_job *j)
{
	if (j->stop_signal == FIELD_NONE)
		j->stop_signal = SIGTERM;
	if (j->stop_timeout == FIELD_NONE)
		j->stop_timeout = 10;
	if (j->run == FIELD_NONE)
		j->run = 0;
	if (j->run_timeout == FIELD_NONE)
		j->run_timeout = 0;
	if (j->restarts_left == FIELD_NONE)
		j->restarts_left = INT64_MAX;
	if (j->restart_delay == FIELD_NONE)
		j->restart_delay = 0;
}

static int check(const struct monitor_job *j, struct err *e)
{
	if (!id_is_valid(j->id))
		return err_set(e, ERR_INPUT, 0, "monitor job: id: not 64 lower-case hex digits");
	if (name_check("monitor job: name", j->name, e) ||
	    in_bounds("pid", j->pid, 1, INT32_MAX, e) ||
	    in_bounds("auid", j->auid, 0, UINT32_MAX - 1LL, e) ||	/* never unset: see audit/identity.h */
	    in_bounds("ses", j->ses, 0, UINT32_MAX, e) ||
	    in_bounds("stopSignal", j->stop_signal, 1, SIGRTMAX, e) ||
	    in_bounds("stopTimeout", j->stop_timeout, 0, MONITOR_STOP_TIMEOUT_MAX, e) ||
	    in_bounds("run", j->run, 0, INT64_MAX, e) ||
	    in_bounds("runTimeout", j->run_timeout, 0, MONITOR_STOP_TIMEOUT_MAX, e) ||
	    in_bounds("restartsLeft", j->restarts_left, 0, INT64_MAX, e) ||
	    in_bounds("restartDelay", j->restart_delay, 0, MONITOR_RESTART_DELAY_MAX, e))
		return -1;
	if (j->log && (in_bounds("logMaxSize", j->log_max_size, MONITOR_LOG_SIZE_MIN, INT64_MAX / 2, e) ||
		       in_bounds("logMaxFiles", j->log_max_files, 1, MONITOR_LOG_FILES_MAX, e)))
		return -1;
	if (j->log_tag && strpbrk(j->log_tag, "\r\n"))
		return err_set(e, ERR_INPUT, 0, "monitor job: logTag: more than one line");
	if (j->cleanup_args.len > MONITOR_CLEANUP_ARGS)
		return err_set(e, ERR_LIMIT, 0, "monitor job: cleanup_args: more than %d", MONITOR_CLEANUP_ARGS);
	if (j->engine && (j->remove || j->restart || j->log))
		return err_set(e, ERR_INPUT, 0, "monitor job: engine: no log, and neither remove nor restart");
	if (j->remove && j->restart)
		return err_set(e, ERR_INPUT, 0, "monitor job: remove and restart exclude each other");
	if ((j->remove || j->restart) && (!j->cleanup || *j->cleanup != '/'))
		return err_set(e, ERR_INPUT, 0, "monitor job: cleanup: not an absolute path");
	for (size_t i = 0; i < j->cgroup_dirs.len; i++)
		if (!path_is_canonical(j->cgroup_dirs.item[i]) || !str_starts(j->cgroup_dirs.item[i], "/sys/fs/cgroup/"))
			return err_set(e, ERR_INPUT, 0, "monitor job: cgroupDirs: %s is not below /sys/fs/cgroup",
				       j->cgroup_dirs.item[i]);
	return 0;
}

int monitor_job_parse(const char *text, size_t n, struct monitor_job *ret, struct err *e)
{
	auto_json json_t *doc = NULL;

	if (json_read(text, n, "monitor job", &doc, e) ||
	    fields_from_json(monitor_job_fields, doc, "monitor job", true, NULL, ret, e))
		return -1;
	defaults(ret);
	return check(ret, e);
}

/* The kernel gives each the lowest number that is free, in the order in which they were sent. */
static int take_rights(const union rights *from, size_t len, uint32_t given, int fds[MONITOR_FD_COUNT_END], struct err *e)
{
	size_t n = len < CMSG_LEN(0) ? 0 : (from->head.cmsg_len - CMSG_LEN(0)) / sizeof(int), at = 0;

	for (int i = 0; i < MONITOR_FD_COUNT_END; i++) {
		fds[i] = -1;
		if (given >> i & 1 && at < n)
			memcpy(&fds[i], CMSG_DATA(&from->head) + at++ * sizeof(int), sizeof(int));
		if (i > MONITOR_FD_JOB && i <= MONITOR_FD_STATUS && fds[i] != i)
			return err_set(e, ERR_INTERNAL, EBADF, "monitor: descriptor %d is %d", i, fds[i]);
	}
	return 0;
}

int monitor_job_receive(struct monitor_job *ret, int fds[MONITOR_FD_COUNT_END], struct err *e)
{
	static char text[MONITOR_JOB_MAX + 1];
	struct message_head head = { 0 };
	union rights rights;
	struct iovec part[2] = { { &head, sizeof(head) }, { text, sizeof(text) } };
	struct msghdr m = { .msg_iov = part, .msg_iovlen = ARRAY_LEN(part), .msg_control = &rights, .msg_controllen = sizeof(rights) };
	ssize_t n = recvmsg(MONITOR_FD_JOB, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	if (n < (ssize_t)sizeof(head) || m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return err_set(e, ERR_INTERNAL, n < 0 ? errno : 0, "monitor job: no message, or not whole");
	if (take_rights(&rights, m.msg_controllen, head.given, fds, e))
		return -1;
	(void)close(MONITOR_FD_JOB);
	return monitor_job_parse(text, (size_t)n - sizeof(head), ret, e);
}
