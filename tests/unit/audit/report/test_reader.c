/* SPDX-License-Identifier: Apache-2.0 */
/* The real programs: secctr report and its reader without privilege, on packed and live logs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/secctr-reader-XXXXXX", bin[4096], text[1 << 20];

/* What a shell command prints, and its status. */
static int run(const char *fmt, ...)
{
	char command[16384];
	size_t n;
	va_list ap;
	FILE *p;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	p = popen(command, "r");
	assert_non_null(p);
	n = fread(text, 1, sizeof(text) - 1, p);
	text[n] = '\0';
	return WEXITSTATUS(pclose(p));
}

static void has(const char *want)
{
	if (!strstr(text, want))
		fail_msg("not there: %s\nin: %.3000s", want, text);
}

/* Lines of a made log, packed and rotated in every way, are one log. */
static void reads_rotated_and_packed(void **state)
{
	(void)state;
	assert_int_equal(run("cd %s && %s/../tests/report-gen -b 900000 >all && split -n l/5 all part. && mkdir log && "
			     "xz -c part.aa >log/audit.log-20260101.xz && zstd -q -c part.ab >log/audit.log-20260201.zst && "
			     "gzip -c part.ac >log/audit.log.2.gz && cp part.ad log/audit.log.1 && cp part.ae log/audit.log && echo x >log/audit.log.swp",
			     dir, bin), 0);
	assert_int_equal(run("cd %s && %s/secctr report timeline --all --format ndjson -i all >want && %s/secctr report timeline --all --format ndjson "
			     "-i log >got && cmp want got && wc -l <got", dir, bin, bin), 0);
	assert_true(atoi(text) > 1000);
	/* A file that is met under two names, as one is that is rotated meanwhile. */
	assert_int_equal(run("cd %s && ln log/audit.log.1 log/audit.log.9 && %s/secctr report timeline --all --format ndjson -i log >got && cmp want got && "
			     "rm log/audit.log.9", dir, bin), 0);
	assert_int_equal(run("cd %s && cat log/audit.log.2.gz | %s/secctr report exec -i - | head -n 1", dir, bin), 0);
	has("TIME");
	/* One event, and the person behind it; the same by its own command. */
	assert_int_equal(run("cd %s && id=$(%s/secctr report exec --format csv -i all | sed -n 2p | cut -d, -f2) && %s/secctr why $id -i all >why && "
			     "%s/secctr report why $id -i all | cmp - why && %s/secctr why $id --format ndjson -i all | grep -c \"\\\"id\\\":\\\"$id\\\"\" && cat why",
			     dir, bin, bin, bin, bin), 0);
	has("1\nTIME");
	has("# container box");
	has(" by /usr/sbin/sshd at 20");
	/* Many hosts in one stream. */
	assert_int_equal(run("%s/../tests/report-gen -b 900000 -n 3 | %s/secctr report containers --format csv -i - | grep -oE ',host[0-9],' | sort -u | tr -d '\n'",
			     bin, bin), 0);
	has(",host0,,host1,,host2,");
	/* Standard output may be a device, a terminal, a file, or nobody's. */
	assert_int_equal(run("cd %s && %s/secctr report containers -i all >/dev/null", dir, bin), 0);
	assert_int_equal(run("cd %s && PAGER= script -qec '%s/secctr report timeline -i all' /dev/null </dev/null | tail -n 1", dir, bin), 0);
	has("\r\n");
	assert_int_equal(run("cd %s && %s/secctr report timeline -a -i all >file && wc -c <file", dir, bin), 0);
	assert_true(atoi(text) > 10000);
	assert_int_equal(run("cd %s && bash -c '%s/secctr report timeline -a -i all | head -n 1; exit ${PIPESTATUS[0]}'", dir, bin), 141);
	/* Damaged: what was before counts, and it is said. */
	assert_int_equal(run("cd %s && head -c 5000 log/audit.log.2.gz >cut.gz && %s/secctr report timeline -a -i cut.gz", dir, bin), 0);
	has("note: 1 packed files are damaged");
}

static void refuses(void **state)
{
	static const struct { const char *args; int status; const char *text; } rows[] = {
		{ "containers -i nosuch", 125, "nosuch" },
		{ "containers -i /dev/null", 125, "not a regular file" },
		{ "container nosuch -i all", 125, "no record of container nosuch" },
		{ "why 1.0 -i all", 125, "no event id" },
		{ "containers x -i all", 125, "usage: secctr report containers" },
		{ "user -i all", 125, "usage: secctr report user LOGIN" },
		{ "nosuch view -i all", 125, "no such view" },
		{ "--format yaml containers -i all", 125, "text, csv, json, ndjson or html" },
		{ "--start never containers -i all", 125, "is no time" },
		{ "containers --follow -i all", 125, "told at the end" },
		{ "--format html --follow -i all", 125, "told at the end" },
		{ "--format html denied -i all", 125, "--format html tells everything on one page, not the view denied" },
		{ "--format html --session 3 -i all", 125, "--session: a page is of" },
		{ "--format html container nosuch -i all", 125, "has nothing of container nosuch" },
		{ "overview -i all", 125, "give --format html" },
		{ "--format html -o all/x/y -i all", 125, "all/x/y" },
		{ "session 0 -i all", 125, "session" },
		{ "-i all", 125, "give a view" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int status = run("cd %s && %s/secctr report %s 2>&1", dir, bin, rows[i].args);

		if (status != rows[i].status || !strstr(text, rows[i].text))
			fail_msg("%s: %d %s", rows[i].args, status, text);
	}
	/* Subjects of the limit and one byte more. */
	for (int over = 0; over < 2; over++) {
		assert_int_equal(run("cd %s && %s/secctr report container $(printf '%%0%dd' 7) -i all 2>&1", dir, bin, 511 + over), 125);
		has(over ? "longer than 511 bytes" : "has no record");
	}
}

static int wait_for(int fd, const char *want)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t n = strlen(text);

	while (!strstr(text, want)) {
		ssize_t got = poll(&p, 1, 20000) > 0 ? read(fd, text + n, sizeof(text) - 1 - n) : 0;

		if (got <= 0)
			return -1;
		n += (size_t)got;
		text[n] = '\0';
	}
	return 0;
}

static void append(const char *name, unsigned serial)
{
	char path[4200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/live/%s", dir, name);
	f = fopen(path, "a");
	assert_non_null(f);
	fprintf(f, "type=USER_LOGIN msg=audit(1795439650.000:%u): pid=1 uid=0 auid=4242 ses=7 msg='acct=\"event%u\" exe=\"/usr/sbin/sshd\" res=success'\n",
		serial, serial);
	fclose(f);
}

static pid_t child_of(pid_t parent)
{
	char path[64];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	f = fopen(path, "r");
	if (f) {
		(void)!fscanf(f, "%d", &pid);
		fclose(f);
	}
	return pid;
}

/* The reader of a live log: what it shows, through a rotation, and what it may. */
static void follows_without_privilege(void **state)
{
	char path[4200], program[4200];
	int out[2];
	pid_t pid, reader;

	(void)state;
	snprintf(path, sizeof(path), "%s/live", dir);
	snprintf(program, sizeof(program), "%s/secctr", bin);
	assert_int_equal(mkdir(path, 0700), 0);
	append("audit.log", 1);
	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		/* A test that fails leaves nobody who holds its output open. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], 1);
		close(out[0]);
		execl(program, "secctr", "report", "timeline", "--all", "--follow", "-i", path, (char *)NULL);
		_exit(99);
	}
	close(out[1]);
	text[0] = '\0';
	assert_int_equal(wait_for(out[0], "event1"), 0);
	append("audit.log", 2);
	assert_int_equal(wait_for(out[0], "event2"), 0);
	append("audit.log", 3);
	assert_int_equal(run("mv %s/live/audit.log %s/live/audit.log.1", dir, dir), 0);
	append("audit.log.1", 4);
	append("audit.log", 5);
	text[0] = '\0';
	assert_int_equal(wait_for(out[0], "event5"), 0);
	has("event3");
	has("event4");

	reader = child_of(pid);
	assert_true(reader > 0);
	assert_int_equal(run("cat /proc/%d/status; cat /proc/%d/cmdline; ls -l /proc/%d/fd | wc -l", reader, reader, reader), 0);
#ifndef __SANITIZE_ADDRESS__	/* whose calls no filter knows */
	has("Seccomp:\t2");
#endif
	has("NoNewPrivs:\t1");
	has("CapEff:\t0000000000000000");
	has("CapPrm:\t0000000000000000");
	has("secctr-report");
	if (geteuid() == 0) {
		has("Groups:\t \n");
		assert_null(strstr(text, "Uid:\t0"));
		assert_null(strstr(text, "Gid:\t0"));
	}
	kill(pid, SIGTERM);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* It ends with its parent. */
	for (int i = 0; i < 200 && kill(reader, 0) == 0; i++)
		usleep(10000);
	assert_int_equal(kill(reader, 0), -1);
	close(out[0]);
}

/* Each thread of a reader of what is no live log: none may do more than another. */
static void threads_without_privilege(void **state)
{
	cpu_set_t mine;
	char program[4200];
	int in[2], tasks = 0;
	pid_t pid, reader = 0;

	(void)state;
	snprintf(program, sizeof(program), "%s/secctr", bin);
	assert_int_equal(pipe(in), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], 0);
		close(in[1]);
		execl(program, "secctr", "report", "timeline", "--all", "-i", "-", (char *)NULL);
		_exit(99);
	}
	close(in[0]);
	assert_int_equal(write(in[1], "type=USER msg=audit(1.0:1): pid=1\n", 34), 34);
	/* It is behind its walls when it takes what came. */
	for (int i = 0, left = 1; i < 1000 && left; i++, usleep(10000))
		assert_int_equal(ioctl(in[1], FIONREAD, &left), 0);
	reader = child_of(pid);
	assert_true(reader > 0);
	assert_int_equal(run("ls /proc/%d/task | wc -l", reader), 0);
	tasks = atoi(text);
	assert_int_equal(sched_getaffinity(0, sizeof(mine), &mine), 0);
	assert_int_equal(tasks, CPU_COUNT(&mine) > 1 ? 2 : 1);
	assert_int_equal(run("cat /proc/%d/task/*/status", reader), 0);
	for (const char *at = text; tasks; tasks--) {
#ifndef __SANITIZE_ADDRESS__
		assert_non_null(at = strstr(at, "NoNewPrivs:\t1\nSeccomp:\t2"));
#else
		assert_non_null(at = strstr(at, "NoNewPrivs:\t1\n"));
#endif
		at++;
	}
#ifndef __SANITIZE_ADDRESS__
	assert_null(strstr(text, "Seccomp:\t0"));
#endif
	assert_int_equal(run("cat /proc/%d/limits", reader), 0);
	has("Max processes             0 ");
	close(in[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Started by hand, as root: it does not go on. */
static void refuses_power(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(run("%s/secctr-report </dev/null 3</dev/null 2>&1; echo status $?", bin), 0);
	has("status 2");
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || readlink("/proc/self/exe", bin, sizeof(bin) - 32) <= 0)
		return -1;
	for (int i = 0; i < 4; i++)
		*strrchr(bin, '/') = '\0';
	strcat(bin, "/bin");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return run("rm -rf %s", dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_rotated_and_packed),
		cmocka_unit_test(refuses),
		cmocka_unit_test(follows_without_privilege), cmocka_unit_test(threads_without_privilege),
		cmocka_unit_test(refuses_power),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
