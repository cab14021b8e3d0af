/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_chown.c - whose the files of a mount become with :U, and that a refusal changed none. Runs as root in a mount name space
 * of its own. What is refused about the source: tests/unit/selinux/test_relabel.c, which has the same walk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "launcher/plan/idmap.h"
#include "launcher/runtime/inside.h"
#include "tests/unit/launcher/base/host_tree.h"

static int setup(void **state)
{
	(void)state;
	return make_top("mkdir -p $T/v/a && echo 1 >$T/v/file && chmod 6755 $T/v/file && echo 2 >$T/v/a/deep && echo 3 >$T/out && "
			"ln -s $T/out $T/v/link");
}

static struct stat of(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(at(name), &st), 0);
	return st;
}

static void assert_owner(const char *name, uid_t uid, gid_t gid)
{
	struct stat st = of(name);

	if (st.st_uid != uid || st.st_gid != gid)
		fail_msg("%s is of %u:%u, not of %u:%u", name, st.st_uid, st.st_gid, uid, gid);
}

static struct plan *plan_of(int kind, bool userns)
{
	struct plan *p = NULL;
	struct plan_mount *m;

	assert_int_equal(plan_new(&p, &e), 0);
	p->process.user.uid = 7;
	p->process.user.gid = 8;
	p->ns[PLAN_NS_USER].mode = userns ? PLAN_NS_NEW : PLAN_NS_HOST;
	if (userns)
		assert_int_equal(idmap_add(&p->uid_map, 0, 100000, 100, &e) | idmap_add(&p->gid_map, 0, 200000, 100, &e), 0);
	m = plan_mount_add(p, kind, "v", "/mnt", &e);
	assert_non_null(m);
	m->chown = true;
	return p;
}

static int ask(const struct plan *p, const char *name, bool look)
{
	int fd = open(at(name), O_PATH | O_CLOEXEC), r;

	assert_true(fd >= 0);
	memset(&e, 0, sizeof(e));
	r = chown_source(p, PLAN_MOUNT(p, 0), &host, fd, look, &e);
	close(fd);
	return r;
}

static void changes_all_and_follows_nothing(void **state)
{
	auto_plan struct plan *p = plan_of(PLAN_MOUNT_BIND, false);

	(void)state;
	assert_int_equal(ask(p, "v", true), 0);
	assert_owner("v", 0, 0);
	assert_owner("v/a/deep", 0, 0);
	assert_int_equal(ask(p, "v", false), 0);
	assert_owner("v", 7, 8);
	assert_owner("v/a", 7, 8);
	assert_owner("v/a/deep", 7, 8);
	assert_owner("v/file", 7, 8);
	assert_owner("v/link", 7, 8);
	assert_owner("out", 0, 0);
	assert_int_equal(of("v/file").st_mode & 07777, 0755);
}

static void one_file(void **state)
{
	auto_plan struct plan *p = plan_of(PLAN_MOUNT_BIND, false);

	(void)state;
	assert_int_equal(ask(p, "v/a/deep", false), 0);
	assert_owner("v/a/deep", 7, 8);
	assert_owner("v/a", 0, 0);
}

static void not_asked_for(void **state)
{
	auto_plan struct plan *p = plan_of(PLAN_MOUNT_BIND, false);

	(void)state;
	PLAN_MOUNT(p, 0)->chown = false;
	assert_int_equal(ask(p, "v", false), 0);
	assert_owner("v", 0, 0);
}

/* An idmapped mount has the ids of inside on the disk. */
static void ids_as_the_source_has_them(void **state)
{
	auto_plan struct plan *bind = plan_of(PLAN_MOUNT_BIND, true), *volume = plan_of(PLAN_MOUNT_VOLUME, true);

	(void)state;
	assert_int_equal(ask(bind, "v/file", false), 0);
	assert_owner("v/file", 100007, 200008);
	PLAN_MOUNT(bind, 0)->idmap = true;
	assert_int_equal(ask(bind, "v/file", false), 0);
	assert_owner("v/file", 7, 8);
	volume->process.user.uid = 99;
	assert_int_equal(ask(volume, "v/file", false), 0);
	assert_owner("v/file", 99, 8);
	PLAN_MOUNT(bind, 0)->idmap = false;
	bind->process.user.uid = 99;
	assert_int_equal(ask(bind, "v/file", false), 0);
	assert_owner("v/file", 100099, 200008);
	bind->process.user.uid = 100;
	assert_int_equal(ask(bind, "v/file", false), -1);
	assert_non_null(strstr(e.text, "not in the container's map of ids"));
	assert_owner("v/file", 100099, 200008);
}

static void refuses_other_names_and_places(void **state)
{
	auto_plan struct plan *p = plan_of(PLAN_MOUNT_BIND, false), *volume = plan_of(PLAN_MOUNT_VOLUME, false);

	(void)state;
	sh("ln $T/v/a/deep $T/v/other");
	for (int look = 0; look < 2; look++) {
		assert_int_equal(ask(p, "v", look), -1);
		assert_non_null(strstr(e.text, "chown v/"));
		assert_non_null(strstr(e.text, "2 links"));
		assert_owner("v/file", 0, 0);
	}
	/* Of a volume those that are the user's already may have them. */
	assert_int_equal(ask(volume, "v", false), -1);
	sh("chown 7:8 $T/v/other");
	assert_int_equal(ask(volume, "v", false), 0);
	assert_owner("v/file", 7, 8);
	assert_int_equal(ask(p, "v", false), -1);
	sh("rm $T/v/other && mkdir $T/v/m && mount -t tmpfs x $T/v/m");
	assert_int_equal(ask(volume, "v", false), -1);
	assert_non_null(strstr(e.text, "crosses a mount"));
	sh("umount $T/v/m && mount --bind /etc/default $T/v/m");
	assert_int_equal(ask(p, "v/m", false), -1);
	assert_non_null(strstr(e.text, "in the system directory /etc"));
	sh("umount $T/v/m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(changes_all_and_follows_nothing), T(one_file), T(not_asked_for), T(ids_as_the_source_has_them),
		T(refuses_other_names_and_places),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
