/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inside.h - what the init of a container works with between clone and exec.
 *
 * All of it is laid out by the parent (inside_prepare). The functions that take a struct inside run in the child: they
 * allocate nothing and reach the host only through descriptors opened here. What a step opens may stay open (auto_leave):
 * the step "descriptors" closes everything in three calls, before a path of the image or the request is used.
 */
#ifndef SECCTR_RUNTIME_INSIDE_H
#define SECCTR_RUNTIME_INSIDE_H

#include "launcher/base/host_tree.h"
#include "launcher/runtime/container.h"
#include "launcher/runtime/process.h"
#include "selinux/label.h"

struct inside {
	const struct plan *plan;
	const struct runtime_place *place;
	const struct runtime_streams *streams;
	struct process process;
	int *binds;		/* per mount of the plan: detached, made by the parent (a copy's: by the child); or -1 */
	int copies;		/* tmpfs of the files that are copied in, or -1 */
	char **images;		/* per mount: options of an image's overlay, or NULL */
	int root_copy;		/* --rootfs: detached copy of the directory, else -1 */
	int userns;		/* in the parent: a user name space with the container's maps, or -1 */
	char *overlay;		/* mount options, paths relative to layers/ */
	char *at;		/* where the root is mounted: ../containers/ID/root, relative to layers/ */
	int gate, status;	/* our ends: read, write */
	bool unborn;		/* it has to go into its control group by itself (container.c) */
	bool made;		/* the init has its copies of the descriptors: the caller's go when it execs or ends */
	int root;		/* in the child: the container's root, mounted */
	int proc, sys, dev, pts;	/* in the child: our own mounts of them, or -1 where a volume is in their place */
	int layers;		/* in the child: layers/ as this mount name space has it, where images are mounted; else -1 */
	int working;		/* in the child: `dev`, `proc` or `sys` while it is the working directory, else -1 */
	int terminal;		/* socket on which the master of the terminal goes out, or -1: the streams are used */
	char cover[LABEL_MAX + 32];	/* in the child: options of the empty directories over masked ones */
	uint64_t pid_ns;	/* in the child: inode of its PID name space */
	pid_t host_pid;		/* in the child: its number on the host, if there are hooks; else 0 */
};

#define INSIDE_INIT .process = { .last = -1, .control = -1, .agent = -1, .told = -1 }, \
	.root_copy = -1, .copies = -1, .gate = -1, .status = -1, .root = -1, \
	.proc = -1, .sys = -1, .dev = -1, .pts = -1, .layers = -1, .working = -1, .terminal = -1, .userns = -1

/* A descriptor that is not needed any more and may stay open; not where there are many, under the limit on open files. */
enum { INSIDE_FDS = 128 };
static inline void inside_leave(int *fd)
{
	if (*fd >= INSIDE_FDS)
		close_fd_auto(fd);
}
#define auto_leave AUTO(inside_leave)

int inside_prepare(const struct plan *p, const struct runtime_place *place,
		   const struct runtime_streams *streams, struct inside *ret, struct err *e) MUST_CHECK;
void inside_done(struct inside *in);

/* container.c: CLONE_NEW* by enum plan_ns_kind. */
extern const int inside_ns_flags[PLAN_NS_COUNT];

/* rootfs.c */
/* Names of layers for lowerdir=, topmost first; `links`: where short names are made if there are many. */
int rootfs_layers(struct inside *in, const struct strv *layers, const char *links, struct str *s, struct err *e) MUST_CHECK;
int rootfs_prepare(struct inside *in, struct err *e) MUST_CHECK;	/* parent */
int rootfs_mount(struct inside *in, struct err *e) MUST_CHECK;
int rootfs_mask(struct inside *in, struct err *e) MUST_CHECK;
int rootfs_readonly_paths(struct inside *in, struct err *e) MUST_CHECK;
int rootfs_enter(struct inside *in, struct err *e) MUST_CHECK;

/* mounts.c */
int mounts_prepare(struct inside *in, struct err *e) MUST_CHECK;	/* parent */
int mounts_before_user(struct inside *in, struct err *e) MUST_CHECK;	/* with a user name space of its own */
int mounts_attach(struct inside *in, struct err *e) MUST_CHECK;

/* Open a canonical host path without following any symbolic link: what was decided is what is used. */
int inside_open_host(const char *path, struct err *e) MUST_CHECK;

/* chown.c: U. The user's ids as the source has them: of inside where the mount is idmapped, else the host's. */
void chown_ids(const struct plan *p, const struct plan_mount *m, int64_t *ret_uid, int64_t *ret_gid);
/* All of `source`, which will be mounted, is the user's; with `look` only whether it may be. See launcher/base/host_tree.h. */
int chown_source(const struct plan *p, const struct plan_mount *m, const struct host_tree_place *place, int source, bool look,
		 struct err *e) MUST_CHECK;

/* copies.c */
enum { COPY_MAX = 4 << 20 };	/* bytes of one file that is copied in */
/* Parent: a file in memory with what the host's file holds. */
int copies_make(struct inside *in, size_t mount, struct err *e) MUST_CHECK;
/* Child, where nothing is mounted at `at` yet: each of them as a detached mount in binds[]. */
int copies_clone(struct inside *in, struct err *e) MUST_CHECK;

/* devices.c: the parent makes /dev whole, in memory, before anything of the container is looked at. */
int devices_make(const struct inside *in, const struct plan_mount *m, struct err *e) MUST_CHECK;
/* mounts.c */
struct fs_option {
	const char *key, *value;
};
int mounts_new_fs(const char *type, const struct fs_option *options, uint64_t attrs, const char *target,
		  struct err *e) MUST_CHECK;
int mounts_new_tmpfs(const struct plan_mount *m, const char *label, struct err *e) MUST_CHECK;
/* MS_PRIVATE, MS_SLAVE ... */
uint64_t mounts_propagation(int word);

/* copyup.c: a tmpfs, detached, with what the directory `target` has. */
int copyup_new_tmpfs(const struct plan_mount *m, const char *label, int target, struct err *e) MUST_CHECK;

/* steps.c: never returns. */
void steps_run(struct inside *in) NORETURN;

#endif
