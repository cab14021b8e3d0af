/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_userns.c - the maps of a user name space that is joined: read from the one that is entered, and held to the plan; and an image that
 * is mounted and seen through maps. As root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/base/proc.h"
#include "launcher/plan/idmap.h"
#include "launcher/runtime/inside.h"
#include "launcher/runtime/userns.h"

static int procfd = -1;
static struct err e;

static void write_to(pid_t pid, const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* A descriptor of a user name space with these maps and no process in it. */
static int userns_of(const char *uids, const char *gids)
{
	char path[64], byte;
	int ready[2], fd;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		byte = unshare(CLONE_NEWUSER) ? '0' : '1';
		(void)!write(ready[1], &byte, 1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, '1');
	close(ready[0]);
	close(ready[1]);
	if (*uids) {
		write_to(pid, "uid_map", uids);
		write_to(pid, "gid_map", gids);
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return fd;
}

static void reads(void **state)
{
	auto_plan struct plan *p = NULL;
	auto_str struct str s = { 0 };
	int fd = userns_of("0 500000 10\n10 300000 5\n", "0 600000 7\n");

	(void)state;
	assert_int_equal(plan_new(&p, &e), 0);
	if (userns_read(procfd, fd, &p->uid_map, &p->gid_map, &e))
		fail_msg("%s", e.text);
	assert_int_equal(idmap_text(&p->uid_map, ':', ',', &s, &e) | str_add(&s, " ", &e) | idmap_text(&p->gid_map, ':', ',', &s, &e), 0);
	assert_string_equal(s.text, "0:500000:10,10:300000:5 0:600000:7");
	close(fd);
}

/* More than a page of it. */
static void reads_the_longest(void **state)
{
	auto_plan struct plan *p = NULL, *is = NULL;
	auto_str struct str s = { 0 };
	int fd;

	(void)state;
	assert_int_equal(plan_new(&p, &e) | plan_new(&is, &e), 0);
	for (int i = 0; i < PLAN_IDMAPS_MAX; i++)
		assert_int_equal(idmap_add(&p->uid_map, i, 20000 + 2 * i, 1, &e), 0);
	assert_int_equal(idmap_text(&p->uid_map, ' ', '\n', &s, &e), 0);
	fd = userns_of(s.text, s.text);
	if (userns_read(procfd, fd, &is->uid_map, &is->gid_map, &e))
		fail_msg("%s", e.text);
	assert_true(idmap_equal(&p->uid_map, &is->uid_map));
	assert_true(idmap_equal(&p->uid_map, &is->gid_map));
	close(fd);
}

static void refuses_what_is_none(void **state)
{
	auto_plan struct plan *p = NULL;
	int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC), net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(plan_new(&p, &e), 0);
	assert_int_equal(userns_read(procfd, net, &p->uid_map, &p->gid_map, &e), -1);
	assert_int_equal(userns_read(procfd, own, &p->uid_map, &p->gid_map, &e), -1);
	assert_non_null(strstr(e.text, "entering the user name space"));
	close(own);
	close(net);
}

/* What a path led to when it was decided about need not be what it leads to now. */
static void has_the_maps_that_were_decided_about(void **state)
{
	static const struct {
		const char *uids, *gids;
		int64_t user;
		const char *says;
	} rows[] = {
		{ "0 500000 10\n", "0 500000 10\n", 9, NULL },
		{ "0 500000 10\n", "0 500000 10\n", 10, "user 10:0: not in" },
		{ "0 0 10\n", "0 500000 10\n", 0, "other ids" },
		{ "0 500000 10\n", "0 0 10\n", 0, "other ids" },
		{ "0 500000 11\n", "0 500000 10\n", 0, "other ids" },
		{ "0 500000 10\n10 0 1\n", "0 500000 10\n", 0, "other ids" },
		{ "", "", 0, "other ids" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_plan struct plan *p = NULL;
		struct runtime_place place = { .procfd = procfd, .ns = { -1, -1, -1, -1, -1, -1, -1 } };
		struct inside in = { .place = &place, INSIDE_INIT };
		int r;

		assert_int_equal(plan_new(&p, &e), 0);
		p->ns[PLAN_NS_USER].mode = PLAN_NS_PATH;
		p->process.user.uid = rows[i].user;
		p->process.user.gid = 0;
		assert_int_equal(idmap_add(&p->uid_map, 0, 500000, 10, &e) | idmap_add(&p->gid_map, 0, 500000, 10, &e), 0);
		in.plan = p;
		place.ns[PLAN_NS_USER] = userns_of(rows[i].uids, rows[i].gids);
		r = userns_prepare(&in, &e);
		if (rows[i].says ? r == 0 || !strstr(e.text, rows[i].says) : r != 0)
			fail_msg("row %zu: %d: %s", i, r, r ? e.text : "");
		assert_true((in.userns >= 0) == (r == 0));
		close_fd_auto(&in.userns);
		close(place.ns[PLAN_NS_USER]);
	}
}

static int file_at(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) ? -1 : (int)st.st_uid;
}

/* Two layers, one over the other: as the host sees them their owners are those of the map, nothing can be written, and we are where we were. */
static void an_image_by_the_ids_of_inside(void **state)
{
	char top[] = "/tmp/secctr-userns-XXXXXX", command[512], before[64], after[64];
	auto_plan struct plan *p = NULL;
	struct runtime_place place = { .procfd = procfd, .ns = { -1, -1, -1, -1, -1, -1, -1 } };
	struct inside in = { .place = &place, INSIDE_INIT };
	struct plan_mount *m;
	struct statvfs fs;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(command, sizeof(command), "cd %s && mkdir -p layers/aa layers/bb c && echo a >layers/aa/low && echo b >layers/aa/both && "
		 "echo c >layers/bb/both && chown 7 layers/bb/both && echo d >layers/bb/out && chown 1000 layers/bb/out", top);
	assert_int_equal(system(command), 0);
	assert_int_equal(plan_new(&p, &e), 0);
	p->ns[PLAN_NS_USER].mode = PLAN_NS_NEW;
	p->process.user.uid = p->process.user.gid = 0;
	assert_int_equal(idmap_add(&p->uid_map, 0, 500000, 10, &e) | idmap_add(&p->gid_map, 0, 500000, 10, &e), 0);
	m = plan_mount_add(p, PLAN_MOUNT_IMAGE, "image", "/mnt", &e);
	assert_non_null(m);
	assert_int_equal(strv_add(&m->layers, "sha256:aa", &e) | strv_add(&m->layers, "sha256:bb", &e), 0);
	assert_int_equal(chdir(top) | chdir("layers"), 0);
	place.layers = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	place.dir = open("../c", O_PATH | O_DIRECTORY | O_CLOEXEC);
	in.plan = p;
	in.at = (char []){ "../c" };
	assert_true(readlink("/proc/self/ns/mnt", before, sizeof(before)) > 0);
	assert_int_equal(userns_prepare(&in, &e), 0);
	fd = userns_image(&in, m, &e);
	if (fd < 0)
		fail_msg("%s", e.text);
	assert_true(readlink("/proc/self/ns/mnt", after, sizeof(after)) > 0);
	assert_memory_equal(before, after, strlen("mnt:[0000000000]"));
	assert_int_equal(access("aa/low", F_OK), 0);
	assert_int_equal(file_at(fd, "low"), 500000);
	assert_int_equal(file_at(fd, "both"), 500007);
	assert_int_equal(file_at(fd, "out"), 65534);
	assert_int_equal(file_at(fd, "."), 500000);
	assert_int_equal(openat(fd, "new", O_WRONLY | O_CREAT, 0600), -1);
	assert_int_equal(errno, EROFS);
	assert_int_equal(fstatvfs(fd, &fs), 0);
	assert_int_equal(fs.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC), ST_RDONLY | ST_NOSUID | ST_NODEV);
	close(fd);
	m->noexec = true;
	fd = userns_image(&in, m, &e);
	assert_int_equal(fstatvfs(fd, &fs), 0);
	assert_true(fs.f_flag & ST_NOEXEC);
	close(fd);
	/* A layer that is not there. */
	assert_int_equal(strv_add(&m->layers, "sha256:cc", &e), 0);
	assert_int_equal(userns_image(&in, m, &e), -1);
	assert_non_null(strstr(e.text, "mount on /mnt: layer of the image"));
	close_fd_auto(&in.userns);
	close(place.layers);
	close(place.dir);
	assert_int_equal(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -r %s", top);
	assert_int_equal(system(command), 0);
}

static int group_setup(void **state)
{
	(void)state;
	return proc_private(&procfd, &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads), cmocka_unit_test(reads_the_longest), cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(has_the_maps_that_were_decided_about), cmocka_unit_test(an_image_by_the_ids_of_inside),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
