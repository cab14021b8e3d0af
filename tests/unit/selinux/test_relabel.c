/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_relabel.c - what :z and :Z refuse, and that a refusal changed nothing. Runs as root in a
 * mount name space of its own; the xattr is stored by kernels without SELinux as well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/path.h"
#include "launcher/base/system_dirs.h"
#include "selinux/relabel.h"
#include "tests/unit/launcher/base/host_tree.h"

#define LABEL "system_u:object_r:secctr_container_file_t:s0:c1,c2"
#define XATTR "security.selinux"

static struct host_tree_result result;

static int setup(void **state)
{
	(void)state;
	return make_top("mkdir -p $T/v/a/b && echo 1 > $T/v/file && echo 2 > $T/v/a/b/deep && ln -s /etc/hostname $T/v/link"
			" && mkfifo $T/v/fifo");
}

static int relabel(const char *path, const char *label, uint64_t max)
{
	int fd = open(path, O_PATH | O_CLOEXEC), r;

	assert_true(fd >= 0);
	memset(&e, 0, sizeof(e));
	r = relabel_volume(&host, fd, path, label, max, &result, &e);
	close(fd);
	return r;
}

static void assert_refused(int r, enum err_reason reason, const char *says, const char *path)
{
	assert_int_equal(r, -1);
	if (!strstr(e.text, says) || !strstr(e.text, path) || e.reason != reason)
		fail_msg("wanted \"%s\" and \"%s\": %s: %s", path, says, err_word(e.reason), e.text);
}

static const char *label_of(const char *name)
{
	static char value[256];
	ssize_t n = lgetxattr(at(name), XATTR, value, sizeof(value) - 1);

	value[n < 0 ? 0 : n] = '\0';
	return value;
}

/* Whatever it had before: a kernel with SELinux gives every file a label at birth. */
static void assert_untouched(const char *name)
{
	assert_string_not_equal(label_of(name), LABEL);
}

static void test_applies(void **state)
{
	char before[PATH_MAX], after[PATH_MAX];

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	if (relabel(at("v"), LABEL, HOST_TREE_MAX))
		fail_msg("%s", e.text);
	assert_int_equal(result.seen, 7);
	assert_int_equal(result.changed, 7);
	assert_string_equal(label_of("v"), LABEL);
	assert_string_equal(label_of("v/file"), LABEL);
	assert_string_equal(label_of("v/a/b/deep"), LABEL);
	assert_string_equal(label_of("v/link"), LABEL);
	assert_string_equal(label_of("v/fifo"), LABEL);
	assert_non_null(getcwd(after, sizeof(after)));
	assert_string_equal(before, after);

	assert_int_equal(relabel(at("v"), LABEL, HOST_TREE_MAX), 0);
	assert_int_equal(result.changed, 0);
}

static void test_link_is_not_followed(void **state)
{
	(void)state;
	sh("echo x > $T/canary && ln -s $T/canary $T/v/out && ln -s .. $T/v/up");
	assert_int_equal(relabel(at("v"), LABEL, HOST_TREE_MAX), 0);
	assert_string_equal(label_of("v/out"), LABEL);
	assert_untouched("canary");
}

static void test_single_file(void **state)
{
	(void)state;
	assert_int_equal(relabel(at("v/file"), LABEL, HOST_TREE_MAX), 0);
	assert_int_equal(result.changed, 1);
	assert_string_equal(label_of("v/file"), LABEL);
	assert_untouched("v");
}

static const struct {
	const char *name, *make;
	enum err_reason reason;
	const char *path, *says;
} trees[] = {
	{ "hard link", "ln $T/v/file $T/other", ERR_POLICY, "v/file", "2 links" },
	{ "hard link inside", "ln $T/v/file $T/v/a/again", ERR_POLICY, "v/", "2 links" },
	{ "character device", "mknod $T/v/a/null c 1 3", ERR_POLICY, "v/a/null", "device node" },
	{ "block device", "mknod $T/v/a/loop b 7 0", ERR_POLICY, "v/a/loop", "device node" },
	{ "another file system", "mount -t tmpfs x $T/v/a/b", ERR_INPUT, "v/a/b", "crosses a mount" },
	{ "bind of the same file system", "mkdir $T/v/m && mount --bind $T/v/a $T/v/m",
	  ERR_INPUT, "v/m", "crosses a mount" },
	{ "bind of a file", "mount --bind /etc/hostname $T/v/file", ERR_INPUT, "v/file", "crosses a mount" },
	{ "too deep", "mkdir -p $T/v/$(yes d | head -128 | paste -sd/)", ERR_LIMIT, "v/d/d/d",
	  "deeper than 128" },
};

/* The refused object is met after others in at least one order of the directory: none may be changed. */
static void test_refused_trees(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
		sh(trees[i].make);
		if (!relabel(at("v"), LABEL, HOST_TREE_MAX))
			fail_msg("%s: not refused", trees[i].name);
		assert_refused(-1, trees[i].reason, trees[i].says, trees[i].path);
		assert_untouched("v");
		assert_untouched("v/a");
		assert_untouched("v/link");
		assert_untouched("v/fifo");
		teardown(state);
		setup(state);
	}
}

static void test_depth_at_its_limit(void **state)
{
	(void)state;
	/* v is the first directory, its 127th descendant the 128th. */
	sh("mkdir -p $T/v/$(yes d | head -127 | paste -sd/)");
	assert_int_equal(relabel(at("v"), LABEL, HOST_TREE_MAX), 0);
}

static void test_count_at_its_limit(void **state)
{
	(void)state;
	assert_refused(relabel(at("v"), LABEL, 6), ERR_LIMIT, "more than 6 objects", "v");
	assert_untouched("v/file");
	assert_int_equal(relabel(at("v"), LABEL, 7), 0);
}

static const char *const system_paths[] = {
	"/", "/etc", "/etc/.", "/etc/../etc", "/etc/default", "/etc/hostname", "/usr", "/usr/share", "/bin", "/lib",
	"/proc", "/sys", "/dev", "/home", "/root", "/tmp", "/var", "/var/lib", "/var/lib/dpkg", "/var/log",
};

static void test_system_paths(void **state)
{
	struct system_dirs dirs;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(system_paths); i++)
		assert_refused(relabel(system_paths[i], LABEL, HOST_TREE_MAX), ERR_POLICY, "system directory",
			       system_paths[i]);
	/* The list by text alone, for what this machine may not have. */
	assert_int_equal(system_dirs_find(&dirs, &e), 0);
	assert_int_equal(system_dirs_by_path(&dirs, "/var/lib/secctr/layers", &e), -1);
	assert_int_equal(system_dirs_by_path(&dirs, "/home/alice", &e), -1);
	assert_int_equal(system_dirs_by_path(&dirs, "/home/alice/data", &e), 0);
	assert_int_equal(system_dirs_by_path(&dirs, "/var/lib/secctr2", &e), 0);
	assert_int_equal(system_dirs_by_path(&dirs, "/etcetera", &e), 0);
	assert_int_equal(system_dirs_by_path(&dirs, "/srv/web", &e), 0);
}

/* Wherever it is; with one of its two directories on a mount of its own, seen through another mount, and from above. */
static void test_store_elsewhere(void **state)
{
	static const char *const in[] = { "v/a", "v/a/b", "v/a/b/deep", "run", "run/x", "bind", "bind/b", "far", "far/x" };

	(void)state;
	sh("mkdir -p $T/run $T/bind $T/far $T/vv $T/v/ab && mount -t tmpfs x $T/run && mkdir $T/run/x && mount --bind $T/v/a $T/bind && "
	   "mount --bind $T/run $T/far");
	host.store[0] = open(at("v/a"), O_PATH | O_CLOEXEC);
	host.store[1] = open(at("run"), O_PATH | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_LEN(in); i++)
		assert_refused(relabel(at(in[i]), LABEL, HOST_TREE_MAX), ERR_POLICY, "the system directory /tmp/secctr-tree", "");
	assert_refused(relabel(at("v"), LABEL, HOST_TREE_MAX), ERR_POLICY, "this is the system directory", "v/a");
	assert_untouched("v/a/b/deep");
	assert_untouched("run/x");
	assert_int_equal(relabel(at("vv"), LABEL, HOST_TREE_MAX), 0);
	assert_int_equal(relabel(at("v/ab"), LABEL, HOST_TREE_MAX), 0);
	for (int i = 0; i < 2; i++)
		close_fd_auto(&host.store[i]);
	assert_int_equal(relabel(at("v"), LABEL, HOST_TREE_MAX), 0);
}

static void test_system_by_other_ways(void **state)
{
	(void)state;
	sh("ln -s /etc $T/link && mkdir $T/bind $T/sub && mount --bind /etc $T/bind && mount --bind /etc/default $T/sub");
	assert_refused(relabel(at("link"), LABEL, HOST_TREE_MAX), ERR_POLICY, "system directory /etc", "link");
	assert_refused(relabel(at("bind"), LABEL, HOST_TREE_MAX), ERR_POLICY, "system directory /etc", "bind");
	assert_refused(relabel(at("sub"), LABEL, HOST_TREE_MAX), ERR_POLICY, "/etc/default is in the system directory",
		       "sub");
	/* mountinfo writes a blank as \040. */
	sh("mkdir \"$T/a b\" && mount -t tmpfs x \"$T/a b\" && mkdir \"$T/a b/c\"");
	assert_int_equal(relabel(at("a b/c"), LABEL, HOST_TREE_MAX), 0);
	/* By inode alone: the list is looked up where the walk meets it. */
	sh("mkdir -p $T/v/x && mount --bind $T/v/x /mnt");
	assert_refused(relabel(at("v"), LABEL, HOST_TREE_MAX), ERR_POLICY, "this is the system directory /mnt", "v/x");
	assert_int_equal(umount("/mnt"), 0);
}

static const struct {
	const char *label, *says;
	enum err_reason reason;
} labels[] = {
	{ "system_u:object_r:etc_t:s0", "relabel to type etc_t", ERR_LABEL },
	{ "system_u:object_r:secctr_container_file_tx:s0", "relabel to type", ERR_LABEL },
	{ "system_u:object_r:secctr_ro_file_t:s0", "relabel to type", ERR_LABEL },
	{ "system_u:object_r:secctr_shared_file_t:s0:c1,c2", "has the level s0", ERR_LABEL },
	{ "system_u:object_r:secctr_shared_file_t:s0-s0:c1", "has the level s0", ERR_LABEL },
	{ "secctr_container_file_t", "no SELinux context", ERR_INPUT },
	{ "", "no SELinux context", ERR_INPUT },
};

static void test_labels(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		assert_refused(relabel(at("v"), labels[i].label, HOST_TREE_MAX), labels[i].reason, labels[i].says, "");
	assert_untouched("v");
}

/* What our own volumes are spared is the place alone. */
static void test_store_volume(void **state)
{
	const char *shared = "system_u:object_r:secctr_shared_file_t:s0";
	int fd;

	(void)state;
	sh("mkdir -p /var/lib/secctr && mount --bind $T /var/lib/secctr && echo x >$T/v/f && rm -r $T/v/a $T/v/link $T/v/fifo $T/v/file");
	assert_refused(relabel("/var/lib/secctr/v", shared, HOST_TREE_MAX), ERR_POLICY, "system directory", "/var/lib/secctr");
	fd = open("/var/lib/secctr/v", O_RDONLY | O_CLOEXEC);
	if (relabel_store_volume(&host, fd, "data", shared, 2, &result, &e))
		fail_msg("%s", e.text);
	assert_int_equal(result.changed, 2);
	assert_refused(relabel_store_volume(&host, fd, "data", shared, 1, &result, &e), ERR_LIMIT, "more than 1", "data/f");
	sh("ln $T/v/f $T/v/g");
	assert_int_equal(relabel_store_volume(&host, fd, "data", shared, 9, &result, &e), 0);
	assert_refused(relabel_store_volume(&host, fd, "data", LABEL, 9, &result, &e), ERR_POLICY, "2 links", "data/");
	assert_string_equal(label_of("v/f"), shared);
	sh("mkdir $T/v/m && mount -t tmpfs x /var/lib/secctr/v/m");
	assert_refused(relabel_store_volume(&host, fd, "data", shared, 9, &result, &e), ERR_INPUT, "crosses a mount", "data/m");
	assert_refused(relabel_store_volume(&host, fd, "data", "system_u:object_r:etc_t:s0", 9, &result, &e), ERR_LABEL, "etc_t", "");
	close(fd);
	sh("umount /var/lib/secctr/v/m && umount /var/lib/secctr");
}

static void test_other_kinds(void **state)
{
	int fd;

	(void)state;
	assert_refused(relabel(at("v/fifo"), LABEL, HOST_TREE_MAX), ERR_POLICY, "neither a directory", "fifo");
	fd = open(at("v/a/b"), O_PATH | O_CLOEXEC);
	sh("rm -r $T/v/a/b");
	assert_refused(relabel_volume(&host, fd, "gone", LABEL, 9, &result, &e), ERR_POLICY, "no path any more", "gone");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_applies), T(test_link_is_not_followed), T(test_single_file), T(test_refused_trees),
		T(test_depth_at_its_limit), T(test_count_at_its_limit), T(test_system_paths), T(test_store_elsewhere),
		T(test_system_by_other_ways), T(test_labels), T(test_store_volume), T(test_other_kinds),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
