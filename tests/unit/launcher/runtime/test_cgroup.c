/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cgroup.c - control groups in the kernel's own hierarchies.
 *
 * Each test runs in a child with a private mount name space and may mount there what it needs: the host's layout, pure
 * v2, or none. All groups are below /secctr-test-PID, which the parent removes. A layout that
 * this host cannot give is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/base/ids.h"
#include "launcher/base/io.h"
#include "launcher/runtime/cgroup.h"
#include "launcher/runtime/cgroup_devices.h"
#include "launcher/runtime/cgroup_tree.h"

enum { SKIPPED = 77 };

static struct err e;
static char parent[64];

#define CHECK(cond)								\
	do {									\
		if (!(cond)) {							\
			fprintf(stderr, "%s:%d: %s (%s)\n", __func__, __LINE__, #cond, e.text); \
			_exit(1);						\
		}								\
	} while (0)

static struct plan *new_plan(void)
{
	char id[ID_HEX + 1];
	struct plan *p;

	CHECK(id_new(id, &e) == 0 && plan_new(&p, &e) == 0 && str_copy(id, &p->id, &e) == 0);
	CHECK(str_copy(parent, &p->resources.cgroup_parent, &e) == 0);
	p->cgroup_manager = PLAN_CGROUPFS;
	return p;
}

/* Run one test in a child of its own mount name space. */
static void isolated(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		e.text[0] = '\0';
		CHECK(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_int_equal(status, 0);
}

static void only_v1(void)
{
	struct cgroup_trees t = { 0 };
	bool memory = false;

	CHECK(cgroup_trees_find(&t, &e) == 0);
	for (size_t i = 0; i < t.len; i++)
		memory |= t.item[i].controllers & 1u << CGROUP_MEMORY;
	cgroup_trees_done(&t);
	if (!memory)
		_exit(SKIPPED);
}

static void only_v2(void)
{
	while (umount2(CGROUP_MOUNT, MNT_DETACH) == 0)
		;
	if (mount("cgroup2", CGROUP_MOUNT, "cgroup2", 0, NULL))
		_exit(SKIPPED);
}

static const char *dir_with(const struct cgroup *cg, const char *part)
{
	for (size_t i = 0; i < cg->dirs.len; i++)
		if (strstr(cg->dirs.item[i], part))
			return cg->dirs.item[i];
	CHECK(!"no such directory");
	return NULL;
}

static long long number_in(const char *dir, const char *file)
{
	char path[512], text[64];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, file);
	CHECK(io_read_kernel_at(AT_FDCWD, path, text, sizeof(text), &e) == 0);
	return strtoll(text, NULL, 10);
}

static void write_in(const char *dir, const char *file, const char *text)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, file);
	CHECK(io_write_kernel_at(AT_FDCWD, path, text, &e) == 0);
}

static bool all_gone(const struct strv *dirs)
{
	for (size_t i = 0; i < dirs->len; i++)
		if (access(dirs->item[i], F_OK) == 0)
			return false;
	return true;
}

/* A child in the group that waits for its end. */
static pid_t sleeper(const struct cgroup *cg)
{
	int ready[2];
	char c = 1;
	pid_t pid;

	CHECK(pipe(ready) == 0);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);		/* a test that fails leaves nobody behind */
		CHECK(cgroup_enter(cg, 0, false, &e) == 0);
		CHECK(write(ready[1], &c, 1) == 1);
		for (;;)
			pause();
	}
	(void)close(ready[1]);
	CHECK(read(ready[0], &c, 1) == 1);
	(void)close(ready[0]);
	return pid;
}

static void end_group(struct cgroup *cg)
{
	CHECK(cgroup_kill(&cg->dirs, &e) == 0);
	while (waitpid(-1, NULL, 0) > 0)
		;
	CHECK(cgroup_remove(&cg->dirs, &e) == 0);
	CHECK(all_gone(&cg->dirs));
	cgroup_done(cg);
}

/* Frozen it does nothing; thawed it goes on; killed it goes, whatever it was. */
static void freeze(const struct plan *p)
{
	struct cgroup cg;
	int ticks[2];
	char c;

	CHECK(cgroup_make(p, &cg, &e) == 0);
	CHECK(pipe2(ticks, O_NONBLOCK) == 0);
	if (fork() == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		CHECK(cgroup_enter(&cg, 0, false, &e) == 0);
		for (;; usleep(1000))
			(void)!write(ticks[1], "", 1);
	}
	for (int round = 0; round < 2; round++) {
		CHECK(poll(&(struct pollfd){ .fd = ticks[0], .events = POLLIN }, 1, 5000) == 1);
		CHECK(cgroup_freeze(&cg.dirs, true, &e) == 0);
		while (read(ticks[0], &c, 1) == 1)
			;
		CHECK(poll(&(struct pollfd){ .fd = ticks[0], .events = POLLIN }, 1, 200) == 0);
		if (round == 0)
			CHECK(cgroup_freeze(&cg.dirs, false, &e) == 0);
	}
	end_group(&cg);
	CHECK(cgroup_freeze(&(struct strv){ 0 }, true, &e) < 0 && e.reason == ERR_STATE);
}

/* --- v1 and hybrid ---------------------------------------------------------------------------------- */

static void v1_limits_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg;
	const char *memory;
	int status;
	pid_t pid;

	only_v1();
	p->resources.memory_max = 64 << 20;
	p->resources.memory_swap = 96 << 20;
	p->resources.cpu_quota = 500000;
	p->resources.cpu_weight = 200;
	p->resources.tasks_max = 3;
	CHECK(cgroup_make(p, &cg, &e) == 0);
	CHECK(cg.version == 1);
	memory = dir_with(&cg, "/memory/");
	CHECK(number_in(memory, "memory.limit_in_bytes") == 64 << 20);
	CHECK(number_in(memory, "memory.memsw.limit_in_bytes") == 96 << 20);
	CHECK(number_in(dir_with(&cg, "/cpu"), "cpu.cfs_quota_us") == 50000);
	CHECK(number_in(dir_with(&cg, "/cpu"), "cpu.shares") == 2048);
	pid = fork();
	if (pid == 0) {
		int made = 0;

		CHECK(cgroup_enter(&cg, 0, false, &e) == 0);
		for (; made < 10; made++) {
			pid_t child = fork();

			if (child == 0) {
				(void)alarm(30);
				for (;;)
					pause();
			}
			if (child < 0)
				break;
		}
		_exit(errno == EAGAIN ? made : 100);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);	/* three with itself */
	end_group(&cg);
}
static void v1_update_body(void)
{
	struct plan *p = new_plan();
	struct plan_resources before, now, all;
	struct cgroup_change change = { &before, &before, &now };
	struct cgroup cg;
	const char *memory;

	only_v1();
	p->resources.memory_max = 64 << 20;
	p->resources.memory_swap = FIELD_NONE;
	p->resources.tasks_max = 50;
	before = now = p->resources;
	CHECK(cgroup_make(p, &cg, &e) == 0);
	memory = dir_with(&cg, "memory");
	now.memory_max = 128 << 20;
	now.tasks_max = FIELD_NONE;
	CHECK(cgroup_update(cg.path, &cg.dirs, &change, &e) == 0);
	CHECK(number_in(memory, "memory.limit_in_bytes") == 128 << 20);
	CHECK(number_in(dir_with(&cg, "pids"), "pids.max") == 0);	/* "max" */
	now.memory_max = 32 << 20;
	now.tasks_max = 7;
	CHECK(cgroup_update(cg.path, &cg.dirs, &change, &e) == 0);
	CHECK(number_in(memory, "memory.limit_in_bytes") == 32 << 20);
	CHECK(number_in(dir_with(&cg, "pids"), "pids.max") == 7);
	now.cpu_quota = 500000;
	now.cpu_period = 50000;
	now.cpu_weight = 200;
	CHECK(cgroup_update(cg.path, &cg.dirs, &change, &e) == 0);
	CHECK(number_in(dir_with(&cg, "/cpu/"), "cpu.cfs_quota_us") == 25000);
	CHECK(number_in(dir_with(&cg, "/cpu/"), "cpu.cfs_period_us") == 50000);
	CHECK(number_in(dir_with(&cg, "/cpu/"), "cpu.shares") == 2048);
	change.before = &all;
	all = now;
	now.cpu_quota = now.cpu_period = now.cpu_weight = FIELD_NONE;
	CHECK(cgroup_update(cg.path, &cg.dirs, &change, &e) == 0);
	CHECK(number_in(dir_with(&cg, "/cpu/"), "cpu.cfs_quota_us") == -1);
	CHECK(number_in(dir_with(&cg, "/cpu/"), "cpu.cfs_period_us") == 100000);
	CHECK(number_in(dir_with(&cg, "/cpu/"), "cpu.shares") == 1024);
	now.cpus = (char *)"0";
	CHECK(cgroup_update(cg.path, &cg.dirs, &change, &e) < 0 && strstr(e.text, "cpuset: the container runs without"));
	now.cpus = NULL;
	now.tasks_max = 0;
	CHECK(cgroup_update(cg.path, &cg.dirs, &change, &e) < 0 && strstr(e.text, "tasksMax"));
	now.tasks_max = 7;
	CHECK(cgroup_update(NULL, &(struct strv){ 0 }, &change, &e) < 0 && strstr(e.text, "memoryMax"));
	end_group(&cg);
}
static void v1_update(void **state) { (void)state; isolated(v1_update_body); }

static void v1_freeze_body(void)
{
	only_v1();
	freeze(new_plan());
}
static void v1_freezes(void **state) { (void)state; isolated(v1_freeze_body); }

static void v1_limits_hold(void **state) { (void)state; isolated(v1_limits_body); }

/* cgroup.kill is of v2: without the hybrid tree the rounds of signals must do it. */
static void v1_kill_body(void)
{
	struct plan *p = new_plan();
	char nested[512], *dirs[] = { nested, NULL };
	struct cgroup cg, inner = { .version = 1, .fd = -1, .dirs = { dirs, 1 } };

	only_v1();
	(void)umount2(CGROUP_MOUNT "/unified", MNT_DETACH);
	CHECK(cgroup_make(p, &cg, &e) == 0);
	CHECK(cg.fd == -1);
	for (int i = 0; i < 300; i++)
		(void)sleeper(&cg);
	(void)snprintf(nested, sizeof(nested), "%s/nested", dir_with(&cg, "/freezer/"));
	CHECK(mkdir(nested, 0755) == 0);
	(void)sleeper(&inner);
	write_in(nested, "freezer.state", "FROZEN");
	end_group(&cg);
}
static void v1_kill_finds_all(void **state) { (void)state; isolated(v1_kill_body); }

static void v1_frozen_body(void)
{
	struct plan *p = new_plan();
	char frozen[512];

	only_v1();
	(void)snprintf(frozen, sizeof(frozen), CGROUP_MOUNT "/freezer%s", parent);
	CHECK(access(CGROUP_MOUNT "/freezer", F_OK) == 0 || (_exit(SKIPPED), 0));
	CHECK(mkdir(frozen, 0755) == 0 || errno == EEXIST);
	write_in(frozen, "freezer.state", "FROZEN");
	struct cgroup cg;
	int r = cgroup_make(p, &cg, &e);

	write_in(frozen, "freezer.state", "THAWED");
	CHECK(r < 0 && e.reason == ERR_STATE && strstr(e.text, "frozen"));
}
static void v1_frozen_parent(void **state) { (void)state; isolated(v1_frozen_body); }

/* The pids hierarchy is unmounted: the limit that needs it is refused, one that does not is applied. */
static void v1_missing_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg;
	char dir[512];

	only_v1();
	if (umount2(CGROUP_MOUNT "/pids", MNT_DETACH))
		_exit(SKIPPED);
	p->resources.memory_max = 64 << 20;
	p->resources.tasks_max = 10;
	CHECK(cgroup_make(p, &cg, &e) < 0 && e.reason == ERR_SYSTEM);
	CHECK(strstr(e.text, "resources.tasksMax") && strstr(e.text, "controller pids") && strstr(e.text, " memory"));
	(void)snprintf(dir, sizeof(dir), CGROUP_MOUNT "/memory%s/%s", parent, p->id);
	CHECK(access(dir, F_OK) < 0 && errno == ENOENT);
	p->resources.tasks_max = FIELD_NONE;
	CHECK(cgroup_make(p, &cg, &e) == 0);
	end_group(&cg);
}
static void v1_missing_controller(void **state) { (void)state; isolated(v1_missing_body); }

static void v1_readonly_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg;

	only_v1();
	if (mount(NULL, CGROUP_MOUNT "/memory", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL))
		_exit(SKIPPED);
	p->resources.memory_max = 64 << 20;
	CHECK(cgroup_make(p, &cg, &e) < 0 && strstr(e.text, "controller memory is not there"));
	p->resources.memory_max = FIELD_NONE;
	CHECK(cgroup_make(p, &cg, &e) == 0);
	end_group(&cg);
}
static void v1_readonly_controller(void **state) { (void)state; isolated(v1_readonly_body); }

/* A directory mounted over a hierarchy looks like one and is none. */
static void v1_hidden_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg;

	only_v1();
	CHECK(mount("none", CGROUP_MOUNT "/pids", "tmpfs", 0, NULL) == 0);
	p->resources.tasks_max = 10;
	CHECK(cgroup_make(p, &cg, &e) < 0 && strstr(e.text, "controller pids is not there"));
}
static void v1_hidden_hierarchy(void **state) { (void)state; isolated(v1_hidden_body); }

/* --- v2 --------------------------------------------------------------------------------------------- */

static pid_t clone_into(const struct cgroup *cg)
{
	struct clone_args a = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)cg->fd };
	pid_t pid = (pid_t)syscall(SYS_clone3, &a, sizeof(a));

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void v2_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg, again;
	char nested[512];

	only_v2();
	CHECK(cgroup_make(p, &cg, &e) == 0);
	CHECK(cg.version == 2 && cg.fd >= 0 && cg.dirs.len == 1);
	CHECK(clone_into(&cg) > 0 && cgroup_enter(&cg, 1, true, &e) == 0);	/* 1: untouched, cloned already */
	CHECK(number_in(cg.dirs.item[0], "cgroup.procs") > 1);
	(void)snprintf(nested, sizeof(nested), "%s/a", cg.dirs.item[0]);
	CHECK(mkdir(nested, 0755) == 0);
	CHECK(cgroup_open(&cg.dirs, &again, &e) == 0);
	CHECK(again.version == 2 && again.fd >= 0);
	CHECK(clone_into(&again) > 0);
	cgroup_done(&again);
	end_group(&cg);
	CHECK(cgroup_remove(&cg.dirs, &e) == 0);
}
static void v2_freeze_body(void)
{
	only_v2();
	freeze(new_plan());
}
static void v2_freezes(void **state) { (void)state; isolated(v2_freeze_body); }

static void v2_without_limits(void **state) { (void)state; isolated(v2_body); }

static void v2_missing_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg;
	char have[256], dir[512];

	only_v2();
	CHECK(io_read_kernel_at(AT_FDCWD, CGROUP_MOUNT "/cgroup.controllers", have, sizeof(have), &e) == 0);
	if (strstr(have, "pids"))
		_exit(SKIPPED);
	p->resources.tasks_max = 10;
	CHECK(cgroup_make(p, &cg, &e) < 0 && e.reason == ERR_SYSTEM);
	CHECK(strstr(e.text, "resources.tasksMax") && strstr(e.text, "controller pids is not there"));
	CHECK(!*have || strstr(e.text, have));
	(void)snprintf(dir, sizeof(dir), CGROUP_MOUNT "%s/%s", parent, p->id);
	CHECK(access(dir, F_OK) < 0 && errno == ENOENT);
}
static void v2_missing_controller(void **state) { (void)state; isolated(v2_missing_body); }

static void v2_limits_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg;
	char have[256], text[64];

	only_v2();
	CHECK(io_read_kernel_at(AT_FDCWD, CGROUP_MOUNT "/cgroup.controllers", have, sizeof(have), &e) == 0);
	if (!strstr(have, "pids") || !strstr(have, "memory") || !strstr(have, "cpu "))
		_exit(SKIPPED);
	p->resources.memory_max = 64 << 20;
	p->resources.memory_swap = 96 << 20;
	p->resources.cpu_quota = 500000;
	p->resources.cpu_weight = 200;
	p->resources.tasks_max = 3;
	CHECK(cgroup_make(p, &cg, &e) == 0);
	CHECK(number_in(cg.dirs.item[0], "memory.max") == 64 << 20);
	CHECK(number_in(cg.dirs.item[0], "memory.swap.max") == 32 << 20);
	CHECK(number_in(cg.dirs.item[0], "cpu.weight") == 200);
	CHECK(number_in(cg.dirs.item[0], "pids.max") == 3);
	CHECK(io_read_kernel_at(cg.fd, "cpu.max", text, sizeof(text), &e) == 0 && strcmp(text, "50000 100000") == 0);
	end_group(&cg);
}
static void v2_limits_hold(void **state) { (void)state; isolated(v2_limits_body); }

static void v2_frozen_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg;
	char frozen[512];
	int r;

	only_v2();
	(void)snprintf(frozen, sizeof(frozen), CGROUP_MOUNT "%s", parent);
	CHECK(mkdir(frozen, 0755) == 0 || errno == EEXIST);
	write_in(frozen, "cgroup.freeze", "1");
	r = cgroup_make(p, &cg, &e);
	write_in(frozen, "cgroup.freeze", "0");
	CHECK(r < 0 && e.reason == ERR_STATE && strstr(e.text, "frozen"));
}
static void v2_frozen_parent(void **state) { (void)state; isolated(v2_frozen_body); }

/* The layout below a scope, in a group that is named as systemd would name it. */
static void v2_scope_body(void)
{
	struct plan *p = new_plan();
	char scope[512], own[4096];
	struct cgroup cg;

	only_v2();
	CHECK(cgroup_adopt(p, &cg, &e) < 0 && e.reason == ERR_STATE && strstr(e.text, "not our scope"));
	(void)snprintf(scope, sizeof(scope), CGROUP_MOUNT "%s", parent);
	CHECK(mkdir(scope, 0755) == 0 || errno == EEXIST);
	(void)snprintf(scope, sizeof(scope), CGROUP_MOUNT "%s/secctr-%s.scope", parent, p->id);
	CHECK(mkdir(scope, 0755) == 0);
	write_in(scope, "cgroup.procs", "0");
	CHECK(cgroup_adopt(p, &cg, &e) == 0);
	CHECK(cg.version == 2 && cg.dirs.len == 1 && strstr(cg.dirs.item[0], ".scope/payload"));
	CHECK(io_read_kernel_at(AT_FDCWD, "/proc/self/cgroup", own, sizeof(own), &e) == 0 && strstr(own, ".scope/monitor"));
	CHECK(clone_into(&cg) > 0);
	end_group(&cg);
	/* A monitor that starts its container again. */
	CHECK(cgroup_in_scope(p));
	CHECK(cgroup_adopt(p, &cg, &e) == 0 && strstr(cg.dirs.item[0], ".scope/payload"));
	end_group(&cg);
	CHECK(io_write_kernel_at(AT_FDCWD, CGROUP_MOUNT "/cgroup.procs", "0", &e) == 0);
	CHECK(!cgroup_in_scope(p));
	CHECK(cgroup_remove(&(struct strv){ .item = (char *[]){ scope, NULL }, .len = 1 }, &e) == 0);
}
static void v2_scope_layout(void **state) { (void)state; isolated(v2_scope_body); }

/* --- none ------------------------------------------------------------------------------------------- */

static void none_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg;

	while (umount2(CGROUP_MOUNT, MNT_DETACH) == 0)
		;
	CHECK(cgroup_make(p, &cg, &e) == 0);
	CHECK(cg.version == 0 && cg.fd == -1 && cg.dirs.len == 0);
	CHECK(cgroup_enter(&cg, 0, false, &e) == 0 && cgroup_kill(&cg.dirs, &e) == 0 && cgroup_remove(&cg.dirs, &e) == 0);
	p->resources.tasks_max = 10;
	CHECK(cgroup_make(p, &cg, &e) < 0 && e.reason == ERR_SYSTEM && strstr(e.text, "resources.tasksMax"));
}
static void nothing_mounted(void **state) { (void)state; isolated(none_body); }

static void v2_readonly_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg;

	only_v2();
	CHECK(mount(NULL, CGROUP_MOUNT, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
	CHECK(cgroup_make(p, &cg, &e) == 0 && cg.version == 0);
	p->resources.memory_max = 1 << 20;
	CHECK(cgroup_make(p, &cg, &e) < 0 && strstr(e.text, "resources.memoryMax"));
}
static void v2_mounted_readonly(void **state) { (void)state; isolated(v2_readonly_body); }

/* --- devices ---------------------------------------------------------------------------------------- */

static void add_device(struct plan *p, const char *type, int64_t major_, int64_t minor_, const char *access)
{
	struct plan_device *d = plan_device_add(p, &e);

	CHECK(d && str_copy(type, &d->type, &e) == 0 && str_copy(access, &d->access, &e) == 0);
	d->major = major_;
	d->minor = minor_;
}

/* What a process of the group, with every capability, may do with a node that it or another one made. */
static bool may(const struct cgroup *cg, mode_t type, unsigned major_, unsigned minor_, char access)
{
	static const char node[] = "/tmp/node";
	int status;
	pid_t pid;

	(void)unlink(node);
	if (access != 'm')
		CHECK(mknod(node, type | 0600, makedev(major_, minor_)) == 0);
	pid = fork();
	if (pid == 0) {
		CHECK(cgroup_enter(cg, 0, false, &e) == 0);
		if (access == 'm')
			_exit(mknod(node, type | 0600, makedev(major_, minor_)) && errno == EPERM);
		/* A device that is not there at all says so only to who may open it. */
		_exit(open(node, (access == 'r' ? O_RDONLY : O_WRONLY) | O_NONBLOCK) < 0 && errno == EPERM);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) <= 1);
	(void)unlink(node);
	return WEXITSTATUS(status) == 0;
}

static void devices_body(void)
{
	static const struct {
		mode_t type;
		unsigned major, minor;
		char access;
		bool standard, with_plan;
	} rows[] = {
		{ S_IFCHR, 1, 3, 'r', true, true }, { S_IFCHR, 1, 3, 'w', true, true }, { S_IFCHR, 1, 3, 'm', true, true },
		{ S_IFCHR, 1, 5, 'r', true, true }, { S_IFCHR, 1, 7, 'w', true, true }, { S_IFCHR, 1, 9, 'r', true, true },
		{ S_IFCHR, 136, 77, 'r', true, true },
		{ S_IFCHR, 1, 1, 'r', false, false }, { S_IFCHR, 1, 4, 'w', false, false }, { S_IFCHR, 1, 11, 'r', false, false },
		{ S_IFBLK, 1, 3, 'r', false, false },		/* the number of null, but a block device */
		{ S_IFCHR, 257, 3, 'm', false, false },		/* the number of null in eight bits */
		{ S_IFBLK, 7, 0, 'm', false, false }, { S_IFBLK, 7, 0, 'r', false, true }, { S_IFBLK, 7, 0, 'w', false, false },
		{ S_IFBLK, 7, 1, 'r', false, false },
		{ S_IFCHR, 10, 229, 'm', false, true }, { S_IFCHR, 10, 1, 'm', false, true }, { S_IFCHR, 11, 1, 'm', false, false },
	};
	struct plan *p[2] = { new_plan(), new_plan() };
	struct cgroup cg[2];
	bool bad = false;

	CHECK(mount("none", "/tmp", "tmpfs", 0, NULL) == 0);
	add_device(p[1], "b", 7, 0, "r");
	add_device(p[1], "c", 10, -1, "m");
	for (int k = 0; k < 2; k++) {
		CHECK(cgroup_make(p[k], &cg[k], &e) == 0);
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			if (may(&cg[k], rows[i].type, rows[i].major, rows[i].minor, rows[i].access) !=
			    (k ? rows[i].with_plan : rows[i].standard)) {
				fprintf(stderr, "%s plan: %s %u:%u %c\n", k ? "with a" : "empty", rows[i].type == S_IFBLK ? "b" : "c",
					rows[i].major, rows[i].minor, rows[i].access);
				bad = true;
			}
		end_group(&cg[k]);
	}
	CHECK(!bad);
}

static void v1_devices_body(void)
{
	only_v1();
	devices_body();
}
static void v1_devices(void **state) { (void)state; isolated(v1_devices_body); }

static void v2_devices_body(void)
{
	only_v2();
	devices_body();
}
static void v2_devices(void **state) { (void)state; isolated(v2_devices_body); }

/* As many as a plan may have: the program is one that the kernel takes. */
static void v2_many_devices_body(void)
{
	struct bpf_insn insn[CGROUP_DEVICES_INSNS];
	struct plan *p = new_plan();
	struct cgroup cg;

	only_v2();
	for (int i = 0; i < PLAN_DEVICES_MAX; i++)
		add_device(p, i % 2 ? "c" : "b", 200 + i, i, "rwm");
	CHECK(!plan_device_add(p, &e) && e.reason == ERR_LIMIT);
	CHECK(cgroup_devices_program(p, insn) <= CGROUP_DEVICES_INSNS);
	CHECK(cgroup_make(p, &cg, &e) == 0);
	CHECK(may(&cg, S_IFCHR, 200 + PLAN_DEVICES_MAX - 1, PLAN_DEVICES_MAX - 1, 'm'));
	CHECK(!may(&cg, S_IFCHR, 200 + PLAN_DEVICES_MAX, PLAN_DEVICES_MAX, 'm'));
	end_group(&cg);
}
static void v2_many_devices(void **state) { (void)state; isolated(v2_many_devices_body); }

/* Without the right to load the program nothing is made, and nothing is left. */
static void v2_no_program_body(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	struct plan *p = new_plan();
	struct cgroup cg;
	char path[512];

	only_v2();
	CHECK(syscall(SYS_capget, &head, data) == 0);
	data[0].effective &= ~(1u << CAP_SYS_ADMIN | 1u << CAP_NET_ADMIN);
	data[1].effective &= ~(1u << (CAP_BPF - 32));
	CHECK(syscall(SYS_capset, &head, data) == 0);
	CHECK(cgroup_make(p, &cg, &e) < 0 && strstr(e.text, "devices: loading the control group's program"));
	(void)snprintf(path, sizeof(path), CGROUP_MOUNT "%s/%s", parent, p->id);
	CHECK(access(path, F_OK) && errno == ENOENT);
}
static void v2_no_program(void **state) { (void)state; isolated(v2_no_program_body); }

/* --- more limits of v1 ------------------------------------------------------------------------------ */

static void v1_more_limits_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg;
	const char *dir;

	only_v1();
	p->resources.memory_max = 64 << 20;
	p->resources.memory_low = 32 << 20;
	p->resources.swappiness = 7;
	p->resources.cpu_period = 70000;
	p->resources.cpu_quota = 476186;	/* 33333 of 70000, rounded up */
	CHECK(str_copy("0", &p->resources.cpus, &e) == 0 && str_copy("0", &p->resources.mems, &e) == 0);
	CHECK(cgroup_make(p, &cg, &e) == 0);
	dir = dir_with(&cg, "/memory/");
	CHECK(number_in(dir, "memory.soft_limit_in_bytes") == 32 << 20 && number_in(dir, "memory.swappiness") == 7);
	dir = dir_with(&cg, "/cpu/");
	CHECK(number_in(dir, "cpu.cfs_period_us") == 70000 && number_in(dir, "cpu.cfs_quota_us") == 33333);
	/* Something can be put into it. */
	(void)sleeper(&cg);
	CHECK(number_in(dir_with(&cg, "/cpuset/"), "cpuset.cpus") == 0);
	end_group(&cg);
	/* What nobody asked for is not made. */
	free_ptr_auto(&p->resources.cpus);
	free_ptr_auto(&p->resources.mems);
	CHECK(cgroup_make(p, &cg, &e) == 0);
	for (size_t i = 0; i < cg.dirs.len; i++)
		CHECK(!strstr(cg.dirs.item[i], "/cpuset/") && !strstr(cg.dirs.item[i], "/blkio/"));
	end_group(&cg);
}
static void v1_more_limits(void **state) { (void)state; isolated(v1_more_limits_body); }

static void v2_refuses_v1_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg;

	only_v2();
	p->resources.swappiness = 7;
	CHECK(cgroup_make(p, &cg, &e) < 0 && strstr(e.text, "resources.swappiness: control groups of version 2"));
	p->resources.swappiness = FIELD_NONE;
	p->resources.oom_kill_disable = true;
	CHECK(cgroup_make(p, &cg, &e) < 0 && strstr(e.text, "resources.oomKillDisable: control groups of version 2"));
}
static void v2_refuses_what_v1_had(void **state) { (void)state; isolated(v2_refuses_v1_body); }

/* --- refusals, waiting ------------------------------------------------------------------------------ */

static void set_parent(struct plan *p, const char *to)
{
	free(p->resources.cgroup_parent);
	CHECK(str_copy(to, &p->resources.cgroup_parent, &e) == 0);
}
static void zero_memory(struct plan *p) { p->resources.memory_max = 0; }
static void zero_tasks(struct plan *p) { p->resources.tasks_max = 0; }
static void minus_tasks(struct plan *p) { p->resources.tasks_max = -2; }
static void small_quota(struct plan *p) { p->resources.cpu_quota = 9999; }
static void small_period(struct plan *p) { p->resources.cpu_period = CGROUP_PERIOD_MIN - 1; }
static void big_period(struct plan *p) { p->resources.cpu_period = CGROUP_PERIOD_MAX + 1; }
static void small_in_period(struct plan *p) { p->resources.cpu_period = 50000; p->resources.cpu_quota = 19999; }
static void big_swappiness(struct plan *p) { p->resources.swappiness = 101; }
static void low_above(struct plan *p) { p->resources.memory_max = 1 << 20; p->resources.memory_low = (1 << 20) + 1; }
static void big_io(struct plan *p) { p->resources.io_weight = 10001; }
static void none_with_device(struct plan *p)
{
	struct plan_device *d = plan_device_add(p, &e);

	CHECK(d && str_copy("c", &d->type, &e) == 0 && str_copy("rw", &d->access, &e) == 0);
	p->cgroup_manager = PLAN_CGROUP_NONE;
}
static void zero_weight(struct plan *p) { p->resources.cpu_weight = 0; }
static void big_weight(struct plan *p) { p->resources.cpu_weight = 10001; }
static void swap_alone(struct plan *p) { p->resources.memory_swap = 1 << 20; }
static void swap_below(struct plan *p) { p->resources.memory_max = 2 << 20; p->resources.memory_swap = (2 << 20) - 1; }
static void dotdot(struct plan *p) { set_parent(p, "/secctr/../../etc"); }
static void relative(struct plan *p) { set_parent(p, "secctr"); }
static void slashes(struct plan *p) { set_parent(p, "/secctr//x"); }
static void empty(struct plan *p) { set_parent(p, ""); }
static void long_parent(struct plan *p)
{
	char text[CGROUP_PARENT_MAX + 2];

	memset(text, 'a', sizeof(text) - 1);
	text[0] = '/';
	text[sizeof(text) - 1] = '\0';
	set_parent(p, text);
}
static void id_path(struct plan *p) { strcpy(p->id, "../x"); }
static void none_with_limit(struct plan *p) { p->cgroup_manager = PLAN_CGROUP_NONE; p->resources.tasks_max = 5; }

static void refusals_body(void)
{
	static const struct {
		const char *what;
		void (*change)(struct plan *p);
		enum err_reason reason;
		const char *text;
	} rows[] = {
		{ "memory 0", zero_memory, ERR_INPUT, "resources.memoryMax: 0" },
		{ "tasks 0", zero_tasks, ERR_INPUT, "resources.tasksMax: 0" },
		{ "tasks -2", minus_tasks, ERR_INPUT, "resources.tasksMax: -2" },
		{ "quota below the least", small_quota, ERR_INPUT, "resources.cpuQuota: 9999" },
		{ "period N-1", small_period, ERR_INPUT, "resources.cpuPeriod: 999" },
		{ "period N+1", big_period, ERR_INPUT, "resources.cpuPeriod: 1000001" },
		{ "quota below the least of its period", small_in_period, ERR_INPUT, "resources.cpuQuota: 19999" },
		{ "swappiness N+1", big_swappiness, ERR_INPUT, "resources.swappiness: 101" },
		{ "reservation above the limit", low_above, ERR_INPUT, "resources.memoryLow" },
		{ "io weight N+1", big_io, ERR_INPUT, "resources.ioWeight: 10001" },
		{ "no groups, but a device", none_with_device, ERR_INPUT, "devices" },
		{ "weight 0", zero_weight, ERR_INPUT, "resources.cpuWeight: 0" },
		{ "weight N+1", big_weight, ERR_INPUT, "resources.cpuWeight: 10001" },
		{ "swap without memory", swap_alone, ERR_INPUT, "needs resources.memoryMax" },
		{ "swap total below memory", swap_below, ERR_INPUT, "resources.memorySwap" },
		{ "parent with ..", dotdot, ERR_INPUT, "resources.cgroupParent" },
		{ "relative parent", relative, ERR_INPUT, "resources.cgroupParent" },
		{ "parent with //", slashes, ERR_INPUT, "resources.cgroupParent" },
		{ "empty parent", empty, ERR_INPUT, "resources.cgroupParent" },
		{ "parent N+1", long_parent, ERR_LIMIT, "resources.cgroupParent" },
		{ "id that is a path", id_path, ERR_INPUT, "id" },
		{ "no groups, but a limit", none_with_limit, ERR_INPUT, "resources.tasksMax" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct plan *p = new_plan();
		struct cgroup cg;

		rows[i].change(p);
		if (cgroup_make(p, &cg, &e) == 0 || e.reason != rows[i].reason || !strstr(e.text, rows[i].text)) {
			fprintf(stderr, "%s: %s: %s\n", rows[i].what, err_word(e.reason), e.text);
			_exit(1);
		}
	}
}
static void refusals(void **state) { (void)state; isolated(refusals_body); }

static void exists_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg, second;

	CHECK(cgroup_make(p, &cg, &e) == 0);
	if (cg.version == 0)
		_exit(SKIPPED);
	CHECK(cgroup_make(p, &second, &e) < 0 && e.reason == ERR_EXISTS);
	CHECK(access(cg.dirs.item[0], F_OK) == 0);	/* the refusal does not remove the other's */
	end_group(&cg);
}
static void existing_group(void **state) { (void)state; isolated(exists_body); }

static void busy_body(void)
{
	struct plan *p = new_plan();
	struct cgroup cg;

	CHECK(cgroup_make(p, &cg, &e) == 0);
	if (cg.version == 0)
		_exit(SKIPPED);
	(void)sleeper(&cg);
	CHECK(cgroup_remove(&cg.dirs, &e) < 0 && e.reason == ERR_TIMEOUT && strstr(e.text, p->id));
	end_group(&cg);
}
static void busy_is_named(void **state) { (void)state; isolated(busy_body); }

static void open_body(void)
{
	struct cgroup cg;

	CHECK(cgroup_open(&(struct strv){ .item = (char *[]){ (char[]){ "/sys/fs/cgroup/no-such" }, NULL }, .len = 1 }, &cg, &e) < 0);
	CHECK(e.reason == ERR_STATE);
	CHECK(cgroup_open(&(struct strv){ .item = (char *[]){ (char[]){ "/tmp" }, NULL }, .len = 1 }, &cg, &e) < 0);
	CHECK(e.reason == ERR_STATE && strstr(e.text, "not in a control group hierarchy"));
}
static void open_refuses(void **state) { (void)state; isolated(open_body); }

static void manager_body(void)
{
	struct plan *p = new_plan();
	int m;

	p->cgroup_manager = PLAN_CGROUP_NONE;
	CHECK(cgroup_manager(p, &m, &e) == 0 && m == PLAN_CGROUP_NONE);
	p->cgroup_manager = PLAN_CGROUPFS;
	CHECK(cgroup_manager(p, &m, &e) == 0 && m == PLAN_CGROUPFS);
	CHECK(mount("none", "/run", "tmpfs", 0, NULL) == 0);
	p->cgroup_manager = PLAN_CGROUP_OPEN;
	CHECK(cgroup_manager(p, &m, &e) == 0 && m == PLAN_CGROUPFS);
	p->cgroup_manager = PLAN_CGROUP_SYSTEMD;
	CHECK(cgroup_manager(p, &m, &e) < 0 && strstr(e.text, "cgroupManager"));
	only_v2();
	CHECK(mkdir("/run/systemd", 0755) == 0 && mkdir("/run/systemd/system", 0755) == 0);
	CHECK(cgroup_manager(p, &m, &e) == 0 && m == PLAN_CGROUP_SYSTEMD);
	p->cgroup_manager = PLAN_CGROUP_OPEN;
	CHECK(cgroup_manager(p, &m, &e) == 0 && m == PLAN_CGROUPFS);	/* no bus */
}
static void manager_choice(void **state) { (void)state; isolated(manager_body); }

static void remove_parents_body(void)
{
	struct cgroup_trees t = { 0 };

	CHECK(cgroup_trees_find(&t, &e) == 0);
	for (size_t i = 0; i < t.len; i++)
		(void)unlinkat(t.item[i].fd, parent + 1, AT_REMOVEDIR);
	only_v2();
	CHECK(chdir(CGROUP_MOUNT) == 0);
	(void)rmdir(parent + 1);
}

static int remove_parents(void **state)
{
	(void)state;
	isolated(remove_parents_body);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v1_update), cmocka_unit_test(v1_freezes), cmocka_unit_test(v2_freezes),
		cmocka_unit_test(v1_limits_hold),
		cmocka_unit_test(v1_kill_finds_all),
		cmocka_unit_test(v1_frozen_parent),
		cmocka_unit_test(v1_missing_controller),
		cmocka_unit_test(v1_readonly_controller),
		cmocka_unit_test(v1_hidden_hierarchy),
		cmocka_unit_test(v2_without_limits),
		cmocka_unit_test(v2_missing_controller),
		cmocka_unit_test(v2_limits_hold),
		cmocka_unit_test(v2_frozen_parent),
		cmocka_unit_test(v2_scope_layout),
		cmocka_unit_test(nothing_mounted),
		cmocka_unit_test(v2_mounted_readonly),
		cmocka_unit_test(v1_devices),
		cmocka_unit_test(v2_devices),
		cmocka_unit_test(v2_many_devices),
		cmocka_unit_test(v2_no_program),
		cmocka_unit_test(v1_more_limits),
		cmocka_unit_test(v2_refuses_what_v1_had),
		cmocka_unit_test(refusals),
		cmocka_unit_test(existing_group),
		cmocka_unit_test(busy_is_named),
		cmocka_unit_test(open_refuses),
		cmocka_unit_test(manager_choice),
	};

	(void)snprintf(parent, sizeof(parent), "/secctr-test-%d", (int)getpid());
	return cmocka_run_group_tests(tests, NULL, remove_parents);
}
