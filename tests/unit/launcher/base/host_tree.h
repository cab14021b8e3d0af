/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_tree.h - a directory that is to change hands, for tests of what does it: a file system of its own below /tmp, in a mount name space of
 * its own, which is gone with the test. Wants root.
 */
#ifndef TESTS_HOST_TREE_H
#define TESTS_HOST_TREE_H

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "launcher/base/host_tree.h"
#include "launcher/base/proc.h"

static char top[64];
static struct host_tree_place host = { -1, { -1, -1 } };
static struct err e;

/* Commands of the tests' own; $T is the test's directory. */
static void sh(const char *command)
{
	if (system(command))
		fail_msg("%s", command);
}

static int make_top(const char *content)
{
	strcpy(top, "/tmp/secctr-tree-XXXXXX");
	assert_non_null(mkdtemp(top));
	assert_int_equal(setenv("T", top, 1), 0);
	/* The mounts of a test go with it. */
	assert_int_equal(mount("tmpfs", top, "tmpfs", 0, NULL), 0);
	sh(content);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(umount2(top, MNT_DETACH), 0);
	assert_int_equal(rmdir(top), 0);
	return 0;
}

static const char *at(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static int group_setup(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -1;
	return proc_private(&host.procfd, &e);
}

#endif
