/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rig.h - a real monitor over a real process: everything that a launcher does for it, without a container.
 *
 * The supervisor (a child of the test) forks an init that waits at its gate, becomes the monitor, and the
 * test holds the starter's end of the socket.
 */
#ifndef SECCTR_TESTS_RIG_H
#define SECCTR_TESTS_RIG_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launcher/base/io.h"
#include "launcher/base/proc.h"
#include "launcher/base/str.h"
#include "launcher/monitor/frames.h"
#include "launcher/monitor/job.h"
#include "launcher/store/exit_record.h"
#include "tests/unit/place.h"

#define RIG_ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct rig {
	struct place *place;
	const char *script;		/* for /bin/sh -c */
	const char *program;		/* instead of /bin/sh; may not exist */
	struct monitor_job job;		/* pid, auid, ses are filled unless auid is set */
	int cgroup;			/* directory for MONITOR_FD_CGROUP, or -1 */
	struct winsize size;		/* of the terminal, where job.terminal asks for one */
	bool gone;			/* the starter is gone before the gate */
	pid_t monitor;
	int client;
	int status;			/* rig_end(): what the monitor ended with */
};

static inline void rig_init(struct rig *r, void **state)
{
	struct err e;

	*r = (struct rig){ .place = *state, .client = -1, .cgroup = -1 };
	monitor_job_init(&r->job);
	assert_int_equal(str_copy(RIG_ID, &r->job.id, &e), 0);
	assert_int_equal(str_copy("rig", &r->job.name, &e), 0);
	assert_int_equal(str_copy("/usr/libexec/secctr/secctr-monitor", &r->job.exe, &e), 0);
	r->job.auid = FIELD_NONE;
	r->job.log = true;
	r->job.log_max_size = 1 << 20;
	r->job.log_max_files = 3;
	r->job.stop_timeout = 1;
}

/* The init: waits at the gate, and tells by `ready` that its login UID is set. */
static inline void NORETURN rig_child(const struct rig *r, int gate, int status, const int streams[3], int ready)
{
	const char *program = r->program ? r->program : "/bin/sh";
	int uid = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);
	sigset_t none;
	struct err e;
	char c;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* As the runtime does: in a background job of a shell it is ignored. */
	signal(SIGINT, SIG_DFL);
	setsid();
	/* Unset, or with CAP_AUDIT_CONTROL: else the test's own stays, which will do. */
	(void)!write(uid, "1000", 4);
	for (size_t i = 0; i < r->job.cgroup_dirs.len; i++) {
		auto_close int dir = open(r->job.cgroup_dirs.item[i], O_PATH | O_CLOEXEC);

		if (io_write_kernel_at(dir, "cgroup.procs", "0", &e))
			_exit(99);
	}
	(void)!write(ready, "", 1);
	if (read(gate, &c, 1) != 1)
		_exit(98);
	for (int i = 0; i < 3; i++)
		dup2(streams[i], i);
	if (r->job.terminal && ioctl(0, TIOCSCTTY, 0))
		_exit(97);
	execl(program, program, "-c", r->script, (char *)NULL);
	err_set(&e, ERR_NOCMD, errno, "%s", program);
	(void)!write(status, &e, sizeof(e));
	_exit(127);
}

static inline int64_t rig_number(pid_t pid, const char *file)
{
	char path[64], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_RDONLY);
	(void)!read(fd, text, sizeof(text) - 1);
	close(fd);
	return strtoll(text, NULL, 10);
}

static inline const char *rig_program(void)
{
	static char path[512];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	/* O/tests/launcher/monitor/test_X -> O/bin/secctr-monitor */
	path[n > 0 ? n : 0] = '\0';
	for (int i = 0; i < 4; i++)
		*strrchr(path, '/') = '\0';
	strcat(path, "/bin/secctr-monitor");
	return path;
}

static inline void NORETURN rig_supervise(struct rig *r, int client)
{
	int gate[2], status[2], in[2], out[2], err[2], ready[2], proc, fds[MONITOR_FD_COUNT_END];
	int job, master = -1, slave = -1;
	struct err e;
	pid_t pid;
	char c;

	setsid();
	if (pipe2(gate, O_CLOEXEC) || pipe2(status, O_CLOEXEC) || pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) ||
	    pipe2(err, O_CLOEXEC) || pipe2(ready, O_CLOEXEC) || proc_private(&proc, &e))
		_exit(90);
	if (r->job.terminal) {
		master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (master < 0 || unlockpt(master) || (slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0 ||
		    ioctl(master, TIOCSWINSZ, &r->size))
			_exit(94);
	}
	pid = fork();
	if (pid == 0) {
		/* As a runtime does: or it would hold what it waits for. */
		close(gate[1]);
		close(client);
		if (r->job.terminal)
			rig_child(r, gate[0], status[1], (const int[]){ slave, slave, slave }, ready[1]);
		rig_child(r, gate[0], status[1], (const int[]){ in[0], out[1], err[1] }, ready[1]);
	}
	close(slave);
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		_exit(91);
	r->job.pid = pid;
	if (r->job.auid == FIELD_NONE)
		r->job.auid = rig_number(pid, "loginuid");
	r->job.ses = rig_number(pid, "sessionid");
	memcpy(fds, (int[MONITOR_FD_COUNT_END]){
		[MONITOR_FD_CLIENT] = client, [MONITOR_FD_DIR] = r->place->fd,
		[MONITOR_FD_RUN] = r->place->fd, [MONITOR_FD_PROC] = proc,
		[MONITOR_FD_PIDFD] = (int)syscall(SYS_pidfd_open, pid, 0), [MONITOR_FD_GATE] = gate[1],
		[MONITOR_FD_STATUS] = status[0], [MONITOR_FD_STDIN] = r->job.interactive ? in[1] : -1,
		[MONITOR_FD_STDOUT] = out[0], [MONITOR_FD_STDERR] = err[0], [MONITOR_FD_CGROUP] = r->cgroup,
		[MONITOR_FD_JOURNAL] = -1,
	}, sizeof(fds));
	if (r->job.terminal) {
		fds[MONITOR_FD_STDIN] = fds[MONITOR_FD_STDOUT] = master;
		fds[MONITOR_FD_STDERR] = -1;
	}
	job = monitor_job_send(&r->job, fds, &e);
	if (job < 0 || dup3(job, MONITOR_FD_JOB, 0) < 0)
		_exit(92);
	execl(rig_program(), "secctr-monitor", (char *)NULL);
	_exit(93);
}

static inline void rig_start(struct rig *r)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	r->client = pair[0];
	if (r->gone) {
		close(r->client);
		r->client = -1;
	}
	r->monitor = fork();
	if (r->monitor == 0) {
		if (r->client >= 0)
			close(r->client);
		rig_supervise(r, pair[1]);
	}
	close(pair[1]);
}

/* What came on one client's socket up to its end. */
struct heard {
	struct str out, err;
	bool started, failed, exited, taken;
	struct err why;
	struct frame_exit exit;
};

static inline void heard_done(struct heard *h)
{
	str_done(&h->out);
	str_done(&h->err);
}
#define auto_heard AUTO(heard_done)

/* One frame within ten seconds; false: end of file. */
static inline bool hear(int fd, struct heard *h)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	static char data[FRAME_DATA_MAX];
	size_t n = sizeof(data);
	enum frame_type type;
	struct err e;

	assert_int_equal(poll(&p, 1, 10000), 1);
	switch (frame_recv(fd, &type, data, &n, 1)) {
	case 0:
		return false;
	case 1:
		break;
	default:
		fail_msg("frame_recv: %s", strerror(errno));
	}
	switch (type) {
	case FRAME_STARTED:
		h->started = true;
		break;
	case FRAME_STDOUT:
		assert_int_equal(str_add_bytes(&h->out, data, n, &e), 0);
		break;
	case FRAME_STDERR:
		assert_int_equal(str_add_bytes(&h->err, data, n, &e), 0);
		break;
	case FRAME_STDIN_TAKEN:
		h->taken = true;
		break;
	case FRAME_FAILED:
		assert_int_equal(n, sizeof(h->why));
		memcpy(&h->why, data, n);
		h->failed = true;
		break;
	case FRAME_EXIT:
		assert_int_equal(n, sizeof(h->exit));
		memcpy(&h->exit, data, n);
		h->exited = true;
		break;
	default:
		fail_msg("frame of type %d", type);
	}
	return true;
}

static inline void hear_all(int fd, struct heard *h)
{
	while (hear(fd, h))
		;
}

static inline void hear_start(int fd, struct heard *h)
{
	while (!h->started)
		assert_true(hear(fd, h));
}

static inline void hear_text(int fd, struct heard *h, const char *text)
{
	while (!h->out.text || !strstr(h->out.text, text))
		assert_true(hear(fd, h));
}

/* The monitor's exit status. */
/* 0: it ended as it should, with the container's status or, where it was told to stop, with 0; else its own status. */
static inline int rig_end(struct rig *r)
{
	struct exit_record x;
	struct err e;
	int status;

	if (r->client >= 0)
		close(r->client);
	assert_int_equal(waitpid(r->monitor, &status, 0), r->monitor);
	monitor_job_done(&r->job);
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
	exit_record_init(&x);
	if (exit_record_read(r->place->fd, &x, &e) == 0 && r->status == (x.exit_code == FIELD_NONE ? 255 : (int)x.exit_code & 0xff))
		status = 0;
	else
		status = r->status;
	exit_record_done(&x);
	return status;
}

static inline int rig_attach(const struct rig *r)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/" FRAME_SOCKET, r->place->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static inline void rig_exit_record(const struct rig *r, struct exit_record *x)
{
	struct err e = { 0 };

	exit_record_init(x);
	if (exit_record_read(r->place->fd, x, &e))
		fail_msg("%s", e.text);
}

static inline char *rig_read(const struct rig *r, const char *name)
{
	struct str s = { 0 };
	struct err e;

	if (io_read_file_at(r->place->fd, name, STR_MAX, &s, &e))
		fail_msg("%s", e.text);
	return s.text;
}

static inline bool rig_has(const struct rig *r, const char *name)
{
	return faccessat(r->place->fd, name, F_OK, 0) == 0;
}

static inline int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif
