/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor program over real processes: ends, streams, log, clients, signals, cgroups, cleanup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <sys/stat.h>

#include "launcher/monitor/monitor.h"
#include "tests/unit/launcher/monitor/rig.h"

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZER_KB = 8192 };	/* its shadow */
#else
enum { SANITIZER_KB = 0 };
#endif

static const struct {
	const char *script;
	int code, sig;
	const char *reason;
} ends[] = {
	{ "exit 0", 0, 0, "exited" },
	{ "exit 7", 7, 0, "exited" },
	{ "exit 255", 255, 0, "exited" },
	{ "kill -KILL $$", 137, 9, "killed" },
	{ "kill -TERM $$", 143, 15, "killed" },
};

static void test_ends(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		auto_heard struct heard h = { 0 };
		auto_exit_record struct exit_record x;
		struct rig r;

		rig_init(&r, state);
		r.script = ends[i].script;
		rig_start(&r);
		hear_all(r.client, &h);
		assert_int_equal(rig_end(&r), 0);
		assert_int_equal(r.status, ends[i].code);
		assert_true(h.started && h.exited && !h.failed);
		assert_int_equal(h.exit.code, ends[i].code);
		assert_int_equal(h.exit.signal, ends[i].sig);
		assert_int_equal(h.exit.oom, 0);
		rig_exit_record(&r, &x);
		assert_string_equal(x.id, RIG_ID);
		assert_int_equal(x.exit_code, ends[i].code);
		assert_int_equal(x.signal, ends[i].sig);
		assert_string_equal(x.reason, ends[i].reason);
		assert_true(llabs(x.finished / 1000000 - (int64_t)time(NULL)) < 10);
		assert_false(rig_has(&r, FRAME_SOCKET));
	}
}

/* A process that is over before anyone looks at it still has its identity checked. */
static void test_short_life(void **state)
{
	for (int i = 0; i < 10; i++) {
		auto_heard struct heard h = { 0 };
		struct rig r;

		rig_init(&r, state);
		r.program = "/bin/true";
		r.script = "";
		rig_start(&r);
		hear_all(r.client, &h);
		assert_int_equal(rig_end(&r), 0);
		assert_true(h.started && h.exited);
		assert_int_equal(h.exit.code, 0);
	}
}

static void test_exec_failure(void **state)
{
	auto_heard struct heard h = { 0 };
	auto_exit_record struct exit_record x;
	struct rig r;

	rig_init(&r, state);
	r.program = "/no/such/program";
	r.script = "";
	rig_start(&r);
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_true(h.failed && !h.started && !h.exited);
	assert_int_equal(h.why.reason, ERR_NOCMD);
	assert_int_equal(h.why.sys, ENOENT);
	assert_string_equal(h.why.text, "/no/such/program: No such file or directory");
	rig_exit_record(&r, &x);
	assert_int_equal(x.exit_code, 127);
	assert_string_equal(x.reason, "exec-failed");
	assert_non_null(strstr(x.error, "/no/such/program"));
}

/* `wrong`: makes the job expect another process than the one that runs. */
static void refused(void **state, void (*wrong)(struct rig *), enum err_reason why, const char *reason)
{
	auto_heard struct heard h = { 0 };
	auto_exit_record struct exit_record x;
	struct rig r;
	int64_t from = now_ms();

	rig_init(&r, state);
	r.script = "sleep 60";
	wrong(&r);
	rig_start(&r);
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_true(now_ms() - from < 5000);
	assert_true(h.failed && !h.started && !h.exited);
	assert_int_equal(h.why.reason, why);
	rig_exit_record(&r, &x);
	assert_int_equal(x.exit_code, 125);
	assert_string_equal(x.reason, reason);
}

static void wrong_uid(struct rig *r)
{
	r->job.auid = 1001;
}

static void wrong_label(struct rig *r)
{
	struct err e;

	assert_int_equal(str_copy("system_u:system_r:secctr_container_t:s0:c1,c2", &r->job.process_label, &e), 0);
}

static void test_wrong_process_is_ended(void **state)
{
	refused(state, wrong_uid, ERR_IDENTITY, "identity-refused");
	refused(state, wrong_label, ERR_LABEL, "label-refused");
}

static void test_nothing_runs_without_a_starter(void **state)
{
	auto_exit_record struct exit_record x;
	char script[64];
	struct rig r;

	rig_init(&r, state);
	snprintf(script, sizeof(script), "echo ran > %s/ran", r.place->path);
	r.script = script;
	r.gone = true;
	rig_start(&r);
	assert_int_equal(rig_end(&r), 0);
	assert_false(rig_has(&r, "ran"));
	rig_exit_record(&r, &x);
	assert_string_equal(x.reason, "exec-failed");
}

static void test_outlives_its_starter(void **state)
{
	auto_heard struct heard h = { 0 };
	auto_exit_record struct exit_record x;
	char *log;
	struct rig r;

	rig_init(&r, state);
	r.script = "echo one; sleep 0.3; echo two; exit 5";
	rig_start(&r);
	hear_text(r.client, &h, "one\n");
	assert_int_equal(rig_end(&r), 0);		/* closes the socket first */
	rig_exit_record(&r, &x);
	assert_int_equal(x.exit_code, 5);
	log = rig_read(&r, MONITOR_LOG);
	assert_non_null(strstr(log, " stdout F two\n"));
	free(log);
}

static void test_detached(void **state)
{
	auto_heard struct heard h = { 0 };
	struct rig r;

	rig_init(&r, state);
	r.job.detach = true;
	r.script = "echo out; sleep 0.2";
	rig_start(&r);
	hear_all(r.client, &h);
	assert_true(h.started && !h.exited && !h.out.len);
	assert_int_equal(waitpid(r.monitor, NULL, WNOHANG), 0);
	assert_int_equal(rig_end(&r), 0);
}

/* Each line of the log: stamp, stream, tag, text. */
static const char *entry(const char *line, const char *stream, char tag, const char *text)
{
	char want[64];

	assert_true(strlen(line) > 45);
	assert_memory_equal(line + 29, "+00:00 ", 7);
	assert_true(line[4] == '-' && line[10] == 'T' && line[19] == '.');
	snprintf(want, sizeof(want), "%s %c %s\n", stream, tag, text);
	assert_memory_equal(line + 36, want, strlen(want));
	return line + 36 + strlen(want);
}

static void test_streams_and_log(void **state)
{
	auto_heard struct heard h = { 0 };
	const char *at;
	struct rig r;
	char *log;

	rig_init(&r, state);
	r.script = "echo one; sleep .1; echo bad >&2; sleep .1; printf 'half'; sleep .1; printf ' line\\n\\nend'";
	rig_start(&r);
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_string_equal(h.out.text, "one\nhalf line\n\nend");
	assert_string_equal(h.err.text, "bad\n");
	at = log = rig_read(&r, MONITOR_LOG);
	at = entry(at, "stdout", 'F', "one");
	at = entry(at, "stderr", 'F', "bad");
	at = entry(at, "stdout", 'P', "half");
	at = entry(at, "stdout", 'F', " line");
	at = entry(at, "stdout", 'F', "");
	at = entry(at, "stdout", 'P', "end");
	assert_string_equal(at, "");
	free(log);
}

static void send_stdin(int fd, struct heard *h, const char *data, size_t n)
{
	h->taken = false;
	assert_int_equal(frame_send(fd, FRAME_STDIN, data, n, 1), 0);
	while (!h->taken)
		assert_true(hear(fd, h));
}

static void test_stdin(void **state)
{
	auto_heard struct heard h = { 0 };
	char block[FRAME_DATA_MAX];
	struct rig r;

	rig_init(&r, state);
	r.job.interactive = true;
	r.script = "cat";
	memset(block, 'x', sizeof(block));
	rig_start(&r);
	hear_start(r.client, &h);
	for (int i = 0; i < 64; i++)
		send_stdin(r.client, &h, block, sizeof(block));
	send_stdin(r.client, &h, "end", 3);
	assert_int_equal(frame_send(r.client, FRAME_STDIN_END, NULL, 0, 1), 0);
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_int_equal(h.out.len, 64 * sizeof(block) + 3);
	assert_string_equal(h.out.text + h.out.len - 4, "xend");
}

static void wait_gone(int fd)
{
	struct heard h = { 0 };

	hear_all(fd, &h);
	assert_false(h.exited);
	heard_done(&h);
	close(fd);
}

/* Input that nobody reads keeps no signal from being heard; and a second frame too early ends the client. */
static void test_stdin_not_read(void **state)
{
	auto_heard struct heard h = { 0 };
	char block[FRAME_DATA_MAX] = { 0 };
	int32_t sig = SIGKILL;
	struct rig r;
	int fd;

	rig_init(&r, state);
	r.job.interactive = true;
	r.script = "exec sleep 60";
	rig_start(&r);
	hear_start(r.client, &h);
	for (int i = 0; i < 4; i++)
		send_stdin(r.client, &h, block, sizeof(block));	/* fills the pipe of 64 kB */
	assert_int_equal(frame_send(r.client, FRAME_STDIN, block, sizeof(block), 1), 0);
	fd = rig_attach(&r);
	for (int i = 0; i < 2; i++)
		assert_int_equal(frame_send(fd, FRAME_STDIN, "x", 1, 1), 0);
	wait_gone(fd);
	assert_int_equal(frame_send(r.client, FRAME_SIGNAL, &sig, sizeof(sig), 1), 0);
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_true(h.exited);
	assert_int_equal(h.exit.signal, SIGKILL);
}

static void test_broken_frames_end_the_client(void **state)
{
	static const struct {
		int type;
		size_t n;
	} bad[] = { { 0, 0 }, { FRAME_STARTED, 0 }, { 99, 5 }, { FRAME_SIGNAL, 3 }, { FRAME_SIGNAL, 5 },
		    { FRAME_SIGNAL, 4 }, { FRAME_RESIZE, 3 }, { FRAME_STDIN_END, 1 } };
	auto_heard struct heard h = { 0 };
	char data[FRAME_DATA_MAX + 2] = { FRAME_STDIN };
	int32_t sig = SIGTERM;
	struct rig r;
	int fd;

	rig_init(&r, state);
	r.script = "exec sleep 60";
	rig_start(&r);
	hear_start(r.client, &h);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		fd = rig_attach(&r);
		assert_int_equal(frame_send(fd, bad[i].type, data + 1, bad[i].n, 1), 0);
		wait_gone(fd);
	}
	/* One byte too many; with as many as may be the client stays (and is answered). */
	fd = rig_attach(&r);
	assert_int_equal(send(fd, data, FRAME_DATA_MAX + 2, 0), FRAME_DATA_MAX + 2);
	wait_gone(fd);
	fd = rig_attach(&r);
	send_stdin(fd, &h, data, FRAME_DATA_MAX);
	close(fd);
	assert_int_equal(frame_send(r.client, FRAME_SIGNAL, &sig, sizeof(sig), 1), 0);
	hear_all(r.client, &h);
	assert_int_equal(h.exit.signal, SIGTERM);
	assert_int_equal(rig_end(&r), 0);
}

static void test_attach(void **state)
{
	auto_heard struct heard h = { 0 }, a = { 0 };
	int32_t sig = SIGUSR1;
	struct stat st;
	struct rig r;
	int fd;

	rig_init(&r, state);
	r.script = "trap 'echo caught; exit 4' USR1; echo ready; while :; do sleep .05; done";
	rig_start(&r);
	hear_text(r.client, &h, "ready\n");
	assert_int_equal(fstatat(r.place->fd, FRAME_SOCKET, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	fd = rig_attach(&r);
	hear_start(fd, &a);
	assert_int_equal(frame_send(fd, FRAME_SIGNAL, &sig, sizeof(sig), 1), 0);
	hear_all(fd, &a);
	hear_all(r.client, &h);
	close(fd);
	assert_int_equal(rig_end(&r), 0);
	assert_string_equal(a.out.text, "caught\n");
	assert_string_equal(h.out.text, "ready\ncaught\n");
	assert_int_equal(a.exit.code, 4);
	assert_int_equal(h.exit.code, 4);
}

/* Sixteen with the starter; the next is told why, and a place that is given up is used again. */
static void test_clients_at_most(void **state)
{
	auto_heard struct heard h = { 0 };
	int32_t sig = SIGKILL;
	int fd[16];
	struct rig r;

	rig_init(&r, state);
	r.script = "exec sleep 60";
	rig_start(&r);
	hear_start(r.client, &h);
	for (int i = 0; i < 15; i++) {
		struct heard a = { 0 };

		fd[i] = rig_attach(&r);
		hear_start(fd[i], &a);
	}
	for (int i = 0; i < 2; i++) {
		struct heard a = { 0 };

		fd[15] = rig_attach(&r);
		hear_all(fd[15], &a);
		assert_true(a.failed && !a.started);
		assert_int_equal(a.why.reason, ERR_LIMIT);
		close(fd[15]);
	}
	close(fd[3]);
	for (int tries = 0; ; tries++) {
		struct heard a = { 0 };

		fd[3] = rig_attach(&r);
		if (hear(fd[3], &a) && a.started)
			break;
		close(fd[3]);
		assert_true(tries < 100);	/* the close is seen a moment later */
		usleep(10000);
	}
	assert_int_equal(frame_send(fd[3], FRAME_SIGNAL, &sig, sizeof(sig), 1), 0);
	hear_all(r.client, &h);
	for (int i = 0; i < 15; i++)
		close(fd[i]);
	assert_int_equal(rig_end(&r), 0);
	assert_int_equal(h.exit.signal, SIGKILL);
}

/* 4 MiB past a client that never reads: the starter has all of it, the other is let go. */
static void test_slow_client_is_dropped(void **state)
{
	auto_heard struct heard h = { 0 }, a = { 0 };
	int64_t from;
	struct rig r;
	int fd;

	rig_init(&r, state);
	r.script = "read x; head -c 4194304 /dev/zero";
	r.job.interactive = true;
	rig_start(&r);
	hear_start(r.client, &h);
	fd = rig_attach(&r);
	hear_start(fd, &a);
	from = now_ms();
	assert_int_equal(frame_send(r.client, FRAME_STDIN, "\n", 1, 1), 0);
	hear_all(r.client, &h);
	assert_true(now_ms() - from < 5000);
	assert_int_equal(h.out.len, 4194304);
	assert_int_equal(h.exit.code, 0);
	hear_all(fd, &a);
	assert_false(a.exited);
	assert_true(a.out.len < 1 << 20);
	close(fd);
	assert_int_equal(rig_end(&r), 0);
}

/* The foreground starter is waited for, and gets all; meanwhile the container is not killed but waits. */
static void test_slow_starter_loses_nothing(void **state)
{
	auto_heard struct heard h = { 0 };
	struct rig r;

	rig_init(&r, state);
	r.job.log = false;
	r.script = "head -c 2097152 /dev/zero; echo end";
	rig_start(&r);
	hear_start(r.client, &h);
	usleep(1500000);
	assert_false(rig_has(&r, "exit.json"));
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_int_equal(h.out.len, 2097152 + 4);
}

/* Bytes in frames of full size that a socket takes before anybody reads. */
static size_t socket_room(void)
{
	char data[FRAME_DATA_MAX] = { 0 };
	size_t room = 0;
	int s[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s), 0);
	while (frame_send(s[0], FRAME_STDOUT, data, sizeof(data), 0) == 0)
		room += sizeof(data);
	close(s[0]);
	close(s[1]);
	return room;
}

/* What is left after the end does not keep the records waiting, and is not lost either. */
static void test_late_starter_gets_the_rest(void **state)
{
	/*
	 * More than the socket takes, by 64 kB at most: one frame waits in the monitor and 64 kB in the pipe, so the init can end.
	 * In writes that fill the pipe: of smaller frames the socket takes less.
	 */
	size_t count = socket_room() / 65536 + 1, n = count * 65536;
	auto_heard struct heard h = { 0 };
	char script[96];
	struct rig r;

	rig_init(&r, state);
	snprintf(script, sizeof(script), "dd if=/dev/zero bs=64k count=%zu 2>&-; echo end", count);
	r.script = script;
	rig_start(&r);
	for (int i = 0; i < 1500 && !rig_has(&r, "exit.json"); i++)
		usleep(10000);
	assert_true(rig_has(&r, "exit.json"));
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_int_equal(h.out.len, n + 4);
	assert_true(h.exited);
}

static void test_stop(void **state)
{
	static const struct {
		const char *script;
		int code, sig;
		int64_t signal;
	} rows[] = {
		{ "trap 'exit 3' TERM; echo ready; while :; do sleep .05; done", 3, 0, FIELD_NONE },
		{ "trap 'exit 6' INT; echo ready; while :; do sleep .05; done", 6, 0, SIGINT },
		{ "trap '' TERM; echo ready; while :; do sleep .05; done", 137, SIGKILL, FIELD_NONE },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_heard struct heard h = { 0 };
		int64_t from;
		struct rig r;

		rig_init(&r, state);
		r.script = rows[i].script;
		r.job.stop_signal = rows[i].signal;
		rig_start(&r);
		hear_text(r.client, &h, "ready\n");
		from = now_ms();
		/* What a terminal sends does not end a monitor. */
		kill(r.monitor, SIGHUP);
		kill(r.monitor, SIGINT);
		kill(r.monitor, SIGPIPE);
		kill(r.monitor, SIGTERM);
		hear_all(r.client, &h);
		assert_int_equal(rig_end(&r), 0);
		assert_int_equal(r.status, 0);	/* for a service manager a stop is no failure */
		assert_int_equal(h.exit.code, rows[i].code);
		assert_int_equal(h.exit.signal, rows[i].sig);
		assert_true((now_ms() - from >= 1000) == (rows[i].sig == SIGKILL));
	}
}

static void test_killed_monitor_leaves_nothing_torn(void **state)
{
	auto_heard struct heard h = { 0 };
	struct dirent *de;
	struct rig r;
	char *log;
	pid_t child;
	DIR *d;

	rig_init(&r, state);
	r.script = "echo $$; while :; do echo 0123456789012345678901234567890123456789; done";
	rig_start(&r);
	while (h.out.len < 1 << 20)
		assert_true(hear(r.client, &h));
	child = (pid_t)strtol(h.out.text, NULL, 10);
	kill(r.monitor, SIGKILL);
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 1000 + SIGKILL);
	kill(child, SIGKILL);
	assert_false(rig_has(&r, "exit.json"));
	log = rig_read(&r, MONITOR_LOG);
	assert_int_equal(log[strlen(log) - 1], '\n');
	free(log);
	d = opendir(r.place->path);
	while ((de = readdir(d)))
		if (de->d_name[0] != '.' && strncmp(de->d_name, MONITOR_LOG, strlen(MONITOR_LOG)) != 0)
			assert_string_equal(de->d_name, FRAME_SOCKET);
		else
			assert_true(strlen(de->d_name) < 12);
	closedir(d);
}

static void test_rotation(void **state)
{
	auto_heard struct heard h = { 0 };
	struct rig r;

	rig_init(&r, state);
	r.job.log_max_size = MONITOR_LOG_SIZE_MIN;
	r.job.log_max_files = 3;
	r.script = "i=0; while [ $i -lt 400 ]; do echo line $i of this; i=$((i+1)); done";
	rig_start(&r);
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	for (int i = 0; i < 3; i++) {
		char name[32];
		struct stat st;

		snprintf(name, sizeof(name), i ? MONITOR_LOG ".%d" : MONITOR_LOG, i);
		assert_int_equal(fstatat(r.place->fd, name, &st, 0), 0);
		assert_true(st.st_size <= MONITOR_LOG_SIZE_MIN);
	}
	assert_false(rig_has(&r, MONITOR_LOG ".3"));
}

/* A background child that holds the streams open does not keep a container from ending. */
static void test_lingering_child(void **state)
{
	auto_heard struct heard h = { 0 };
	int64_t from = now_ms();
	struct rig r;

	rig_init(&r, state);
	r.script = "sleep 60 & echo $!; exit 2";
	rig_start(&r);
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	kill((pid_t)strtol(h.out.text, NULL, 10), SIGKILL);
	assert_true(h.exited);
	assert_int_equal(h.exit.code, 2);
	assert_in_range(now_ms() - from, 1000, 4000);
}

static const char *const hierarchies[] = { "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified", "/sys/fs/cgroup" };

/* Not gone, and not a zombie that nobody reaped. */
static bool runs(pid_t pid)
{
	char path[64], text[512] = "", *at;
	auto_close int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return false;
	at = strrchr(text, ')');
	return at && at[2] != 'Z' && at[2] != 'X';
}

/* All processes of the cgroup are killed and it is removed, also one that the container made itself. */
static void cgroup_end(void **state, const char *dir)
{
	auto_heard struct heard h = { 0 };
	char file[160], script[768];
	struct err e;
	struct rig r;

	rig_init(&r, state);
	assert_int_equal(strv_add(&r.job.cgroup_dirs, dir, &e), 0);
	snprintf(file, sizeof(file), "%s/cgroup.kill", dir);
	if (access(file, W_OK) == 0)
		r.cgroup = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(script, sizeof(script), "mkdir %s/sub; sleep 61 & echo $!; sh -c 'echo 0 > %s/sub/cgroup.procs; "
		 "exec sleep 62' & until grep -q . %s/sub/cgroup.procs; do sleep .02; done; exit 9", dir, dir, dir);
	r.script = script;
	rig_start(&r);
	hear_all(r.client, &h);
	if (r.cgroup >= 0)
		close(r.cgroup);
	assert_int_equal(rig_end(&r), 0);
	assert_int_equal(h.exit.code, 9);
	assert_false(runs((pid_t)strtol(h.out.text, NULL, 10)));
	assert_int_equal(access(dir, F_OK), -1);
}

static void test_cgroup(void **state)
{
	int done = 0;

	for (size_t i = 0; i < ARRAY_LEN(hierarchies); i++) {
		char parent[64], dir[128], file[160];

		snprintf(file, sizeof(file), "%s/cgroup.procs", hierarchies[i]);
		/* A parent as the launcher's: root may write it without CAP_DAC_OVERRIDE, unlike the hierarchy's root. */
		snprintf(parent, sizeof(parent), "%s/secctr-test-%d", hierarchies[i], getpid());
		snprintf(dir, sizeof(dir), "%s/c", parent);
		if (access(file, W_OK) || mkdir(parent, 0755)) {
			print_message("%s: not here, or not writable\n", hierarchies[i]);
			continue;
		}
		assert_int_equal(mkdir(dir, 0755), 0);
		cgroup_end(state, dir);
		assert_int_equal(rmdir(parent), 0);
		done++;
	}
	if (!done)
		skip();
}

static void put_script(const struct rig *r, const char *name, const char *text)
{
	place_file(r->place, name, text);
	assert_int_equal(fchmodat(r->place->fd, name, 0700, 0), 0);
}

static void test_cleanup(void **state)
{
	auto_heard struct heard h = { 0 };
	char path[64], script[256];
	char *got;
	struct err e;
	struct rig r;

	/* A starter that stays without saying that it removed the container: the monitor waits REMOVE_MS for it. */
	rig_init(&r, state);
	r.job.remove = true;
	snprintf(path, sizeof(path), "%s/cleanup", r.place->path);
	assert_int_equal(str_copy(path, &r.job.cleanup, &e), 0);
	assert_int_equal(strv_add(&r.job.cleanup_args, "--root", &e), 0);
	assert_int_equal(strv_add(&r.job.cleanup_args, "/r", &e), 0);
	snprintf(script, sizeof(script), "#!/bin/sh\nsleep .3\ncd %s\necho \"$@\" > args\ntr '\\0' '\\n' < "
		 "/proc/$$/environ > env\nls /proc/$$/fd > fds\ngrep CapPrm /proc/self/status > caps\n",
		 r.place->path);
	put_script(&r, "cleanup", script);
	r.script = "exit 0";
	rig_start(&r);
	hear_all(r.client, &h);
	/* End of file: the command is over, not only begun. */
	assert_true(h.exited);
	got = rig_read(&r, "args");
	assert_string_equal(got, "--root /r cleanup -- " RIG_ID "\n");
	free(got);
	got = rig_read(&r, "env");
	assert_null(strchr(got, '='));
	free(got);
	/* The starter's socket and nothing else of the monitor's; 10 and 11 are the shell's own. */
	got = rig_read(&r, "fds");
	for (int fd = 3; fd < MONITOR_FD_COUNT_END; fd++) {
		char line[16];

		snprintf(line, sizeof(line), "\n%d\n", fd);
		if (fd != 10 && fd != 11)
			assert_int_equal(strstr(got, line) != NULL, fd == MONITOR_FD_CLIENT);
	}
	free(got);
	got = rig_read(&r, "caps");
	/* As root it has its capabilities back, CAP_FOWNER (3) among them, which the monitor had not. */
	assert_true(strtoull(strstr(got, "CapPrm:") + 7, NULL, 16) & 8);
	free(got);
	assert_int_equal(rig_end(&r), 0);
}

/* One run with a restart policy whose command writes its arguments down; whether it was called. */
static bool restarts(void **state, const char *script, int restart, int64_t left, bool mark)
{
	auto_heard struct heard h = { 0 };
	char path[64], text[256];
	struct exit_record x;
	struct err e;
	struct rig r;
	bool called;
	int64_t began;

	rig_init(&r, state);
	r.job.restart = restart;
	r.job.restarts_left = left;
	r.job.restart_delay = 300;
	r.job.run = 5;
	snprintf(path, sizeof(path), "%s/again", r.place->path);
	assert_int_equal(str_copy(path, &r.job.cleanup, &e), 0);
	snprintf(text, sizeof(text), "#!/bin/sh\necho \"$@\" > %s/args\n", r.place->path);
	put_script(&r, "again", text);
	(void)unlinkat(r.place->fd, "args", 0);
	(void)unlinkat(r.place->fd, MONITOR_STOPPED, 0);
	if (mark)
		close(openat(r.place->fd, MONITOR_STOPPED, O_WRONLY | O_CREAT, 0600));
	r.script = script;
	began = now_ms();
	rig_start(&r);
	/* The starter hears the end before the back-off. */
	hear_all(r.client, &h);
	assert_true(h.exited);
	assert_false(rig_has(&r, "args"));
	assert_int_equal(rig_end(&r), 0);
	called = rig_has(&r, "args");
	if (called) {
		char *got = rig_read(&r, "args");

		assert_string_equal(got, "again -- " RIG_ID "\n");
		free(got);
		assert_true(now_ms() - began >= 300);
	}
	rig_exit_record(&r, &x);
	assert_int_equal(x.run, 5);
	exit_record_done(&x);
	return called;
}

static void test_restart(void **state)
{
	static const struct {
		const char *script;
		int restart;
		int64_t left;
		bool mark, called;
	} rows[] = {
		{ "exit 0", MONITOR_RESTART_ALWAYS, 0, false, true },
		{ "exit 1", MONITOR_RESTART_ALWAYS, 0, true, false },
		{ "exit 1", MONITOR_RESTART_ON_FAILURE, FIELD_NONE, false, true },
		{ "exit 1", MONITOR_RESTART_ON_FAILURE, 1, false, true },
		{ "exit 1", MONITOR_RESTART_ON_FAILURE, 0, false, false },
		{ "exit 0", MONITOR_RESTART_ON_FAILURE, 1, false, false },
		{ "kill -9 $$", MONITOR_RESTART_ON_FAILURE, 1, false, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (restarts(state, rows[i].script, rows[i].restart, rows[i].left, rows[i].mark) != rows[i].called)
			fail_msg("row %zu", i);
}

/* SIGTERM: while it runs, and while it waits. */
static void test_restart_ends_by_a_signal(void **state)
{
	for (int waiting = 0; waiting < 2; waiting++) {
		auto_heard struct heard h = { 0 };
		char path[64];
		struct err e;
		struct rig r;

		rig_init(&r, state);
		r.job.restart = MONITOR_RESTART_ALWAYS;
		r.job.restart_delay = 60000;
		snprintf(path, sizeof(path), "%s/again", r.place->path);
		assert_int_equal(str_copy(path, &r.job.cleanup, &e), 0);
		r.script = waiting ? "exit 3" : "sleep 100";
		rig_start(&r);
		hear_start(r.client, &h);
		if (waiting) {
			hear_all(r.client, &h);
			usleep(100000);
		}
		assert_int_equal(kill(r.monitor, SIGTERM), 0);
		if (!waiting)
			hear_all(r.client, &h);
		assert_true(h.exited);
		assert_int_equal(rig_end(&r), 0);
	}
}

static void test_run_timeout(void **state)
{
	auto_heard struct heard h = { 0 };
	struct exit_record x;
	int64_t began = now_ms();
	struct rig r;

	rig_init(&r, state);
	r.job.run_timeout = 1;
	r.script = "trap '' TERM; sleep 100";
	rig_start(&r);
	hear_all(r.client, &h);
	assert_true(h.exited);
	assert_int_equal(h.exit.code, 255);
	assert_int_equal(h.exit.signal, SIGKILL);
	assert_true(now_ms() - began >= 1000);
	rig_exit_record(&r, &x);
	assert_string_equal(x.reason, "timed-out");
	exit_record_done(&x);
	assert_int_equal(rig_end(&r), 0);
}

/* awk, because shells clear the mask that they inherit. */
static void test_cleanup_gets_signals(void **state)
{
	auto_heard struct heard h = { 0 };
	char path[64], script[256];
	char *got;
	struct err e;
	struct rig r;

	rig_init(&r, state);
	r.job.remove = true;
	snprintf(path, sizeof(path), "%s/cleanup", r.place->path);
	assert_int_equal(str_copy(path, &r.job.cleanup, &e), 0);
	snprintf(script, sizeof(script), "#!/usr/bin/awk -f\nBEGIN { while ((getline l < \"/proc/self/status\") > 0) "
		 "print l > \"%s/status\" }\n", r.place->path);
	put_script(&r, "cleanup", script);
	r.script = "exit 0";
	rig_start(&r);
	while (!h.exited)
		assert_true(hear(r.client, &h));
	/* Gone without a word: at once. */
	assert_int_equal(rig_end(&r), 0);
	got = rig_read(&r, "status");
	assert_non_null(strstr(got, "SigBlk:\t0000000000000000"));
	free(got);
}

static void test_starter_removes(void **state)
{
	auto_heard struct heard h = { 0 };
	char path[64];
	struct err e;
	struct rig r;

	rig_init(&r, state);
	r.job.remove = true;
	snprintf(path, sizeof(path), "%s/cleanup", r.place->path);
	assert_int_equal(str_copy(path, &r.job.cleanup, &e), 0);
	put_script(&r, "cleanup", "#!/bin/sh\ncd \"${0%/*}\" && >ran\n");
	r.script = "exit 3";
	rig_start(&r);
	while (!h.exited)
		assert_true(hear(r.client, &h));
	assert_int_equal(h.exit.code, 3);
	assert_int_equal(frame_send(r.client, FRAME_REMOVED, NULL, 0, 1), 0);
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_int_equal(faccessat(r.place->fd, "ran", F_OK, 0), -1);
}

static uint64_t status_hex(pid_t pid, const char *key)
{
	char path[64], *at;
	auto_str struct str s = { 0 };
	auto_close int fd = -1;
	struct err e;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY);
	assert_int_equal(io_read_to_str(fd, 65536, path, &s, &e), 0);
	at = strstr(s.text, key);
	assert_non_null(at);
	return strtoull(at + strlen(key), NULL, 16);
}

static int64_t rollup_kb(pid_t pid, const char *key)
{
	char path[64], *at;
	auto_str struct str s = { 0 };
	auto_close int fd = -1;
	struct err e;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	fd = open(path, O_RDONLY);
	assert_int_equal(io_read_to_str(fd, 65536, path, &s, &e), 0);
	at = strstr(s.text, key);
	assert_non_null(at);
	return strtoll(at + strlen(key), NULL, 10);
}

/* What a monitor is while it supervises: small, without privileges it does not need, without foreign descriptors. */
static void test_confined_and_small(void **state)
{
	auto_heard struct heard h = { 0 };
	uint64_t most = 1U << 5 | 1U << 29 | UINT64_C(1) << 37;	/* KILL, AUDIT_WRITE, AUDIT_READ */
	int32_t sig = SIGKILL;
	char path[64];
	int64_t pss;
	struct rig r;
	int null = open("/dev/null", O_RDONLY), extra = dup2(null, 200);	/* leaked: no close-on-exec */

	rig_init(&r, state);
	r.script = "echo ready; exec sleep 60";
	rig_start(&r);
	hear_text(r.client, &h, "ready\n");
	print_message("proportional set size: just started %lld kB, ", (long long)rollup_kb(r.monitor, "\nPss:"));
	usleep(1500000);
	pss = rollup_kb(r.monitor, "\nPss:");
	print_message("at rest %lld kB, %lld of it anonymous\n", (long long)pss,
		      (long long)rollup_kb(r.monitor, "\nAnonymous:"));
	assert_true(pss <= 500 + SANITIZER_KB);
	/* Each way of waking up touches some of the program again. */
	assert_true(rollup_kb(r.monitor, "\nAnonymous:") <= 200 + SANITIZER_KB);
	assert_int_equal(status_hex(r.monitor, "CapPrm:") & ~most, 0);
	assert_int_equal(status_hex(r.monitor, "CapEff:") & ~most, 0);
	assert_int_equal(status_hex(r.monitor, "CapInh:"), 0);
	assert_int_equal(status_hex(r.monitor, "CapAmb:"), 0);
	assert_int_equal(status_hex(r.monitor, "NoNewPrivs:"), 1);
	/* All but SIGKILL and SIGSTOP, and the two that the C library keeps. */
	assert_int_equal(~status_hex(r.monitor, "SigBlk:") & ~UINT64_C(0x180040100), 0);
	assert_int_equal(getsid(r.monitor), r.monitor);
	snprintf(path, sizeof(path), "/proc/%d/fd/200", r.monitor);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(frame_send(r.client, FRAME_SIGNAL, &sig, sizeof(sig), 1), 0);
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	close(extra);
	close(null);
}

/* SECCTR_TEST_MIB: how much; memory must not depend on it. */
static void test_much_output(void **state)
{
	const char *mib = getenv("SECCTR_TEST_MIB");
	uint64_t want = strtoull(mib ? mib : "64", NULL, 10) << 20, got = 0;
	int64_t from, kb = 0;
	char script[128];
	struct rig r;

	rig_init(&r, state);
	snprintf(script, sizeof(script), "yes 0123456789012345678901234567890123456789 | head -c %llu",
		 (unsigned long long)want);
	r.script = script;
	from = now_ms();
	rig_start(&r);
	for (;;) {
		struct heard h = { 0 };

		if (!hear(r.client, &h))
			break;
		got += h.out.len;
		if (got > want / 2 && !kb)
			kb = rollup_kb(r.monitor, "\nPss:");
		heard_done(&h);
	}
	from = now_ms() - from;
	assert_int_equal(rig_end(&r), 0);
	assert_int_equal(got, want);
	print_message("%llu MiB in %lld ms, %lld kB meanwhile\n", (unsigned long long)(want >> 20), (long long)from,
		      (long long)kb);
	assert_true(kb < 1024 + SANITIZER_KB);
}

/* The room of the pipe that the init's standard output is. */
static int pipe_room(pid_t monitor)
{
	char file[40], path[64];
	int fd, room;

	snprintf(file, sizeof(file), "task/%d/children", monitor);
	snprintf(path, sizeof(path), "/proc/%d/fd/1", (int)rig_number(monitor, file));
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	room = fcntl(fd, F_GETPIPE_SZ);
	close(fd);
	return room;
}

/* Bytes of the container's in its log: each entry's text, and the newline that F stands for. */
static size_t logged(const struct rig *r)
{
	char *log = rig_read(r, MONITOR_LOG);
	size_t n = 0;

	for (char *line = log, *end; (end = strchr(line, '\n')); line = end + 1) {
		assert_true(end - line >= CTRLOG_HEAD);
		n += (size_t)(end - line) - CTRLOG_HEAD + (line[CTRLOG_HEAD - 2] == 'F');
	}
	free(log);
	return n;
}

/* Unwatched output is read in large pieces, from a pipe that has more room while that lasts; nothing of it stays. */
static void test_much_unwatched_output(void **state)
{
	enum { BYTES = 30000000, ROOM = 65536 };
	auto_heard struct heard h = { 0 };
	int32_t wide = 0;
	size_t n = 0;
	char script[128];
	struct rig r;

	rig_init(&r, state);
	r.job.detach = true;
	r.job.log_max_size = 2 * BYTES;
	snprintf(script, sizeof(script), "head -c %d /dev/zero | tr '\\0' x; echo; echo end; exec sleep 60", BYTES);
	r.script = script;
	rig_start(&r);
	hear_all(r.client, &h);
	assert_true(h.started);
	for (int i = 0; i < 3000 && wide != STREAM_PIPE; i++, usleep(1000))
		wide = pipe_room(r.monitor);
	assert_int_equal(wide, STREAM_PIPE);
	for (int i = 0; i < 150 && n < BYTES + 5; i++, usleep(100000))
		n = logged(&r);
	assert_int_equal(n, BYTES + 5);
	usleep(2000000);
	assert_int_equal(pipe_room(r.monitor), ROOM);
	assert_true(rollup_kb(r.monitor, "\nPss:") <= 500 + SANITIZER_KB);
	assert_true(rollup_kb(r.monitor, "\nAnonymous:") <= 200 + SANITIZER_KB);
	kill(r.monitor, SIGTERM);
	assert_int_equal(rig_end(&r), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_ends),
		PLACE_TEST(test_short_life),
		PLACE_TEST(test_exec_failure),
		PLACE_TEST(test_wrong_process_is_ended),
		PLACE_TEST(test_nothing_runs_without_a_starter),
		PLACE_TEST(test_outlives_its_starter),
		PLACE_TEST(test_detached),
		PLACE_TEST(test_streams_and_log),
		PLACE_TEST(test_stdin),
		PLACE_TEST(test_stdin_not_read),
		PLACE_TEST(test_broken_frames_end_the_client),
		PLACE_TEST(test_attach),
		PLACE_TEST(test_clients_at_most),
		PLACE_TEST(test_slow_client_is_dropped),
		PLACE_TEST(test_slow_starter_loses_nothing),
		PLACE_TEST(test_late_starter_gets_the_rest),
		PLACE_TEST(test_stop),
		PLACE_TEST(test_killed_monitor_leaves_nothing_torn),
		PLACE_TEST(test_rotation),
		PLACE_TEST(test_lingering_child),
		PLACE_TEST(test_cgroup),
		PLACE_TEST(test_cleanup),
		PLACE_TEST(test_cleanup_gets_signals),
		PLACE_TEST(test_restart),
		PLACE_TEST(test_restart_ends_by_a_signal),
		PLACE_TEST(test_run_timeout),
		PLACE_TEST(test_starter_removes),
		PLACE_TEST(test_confined_and_small),
		PLACE_TEST(test_much_output),
		PLACE_TEST(test_much_unwatched_output),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	if (access(rig_program(), X_OK)) {
		print_error("%s is not built\n", rig_program());
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
