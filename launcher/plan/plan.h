/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - everything that will be done for one container, and nothing else.
 *
 * The command line (plan_build) and an OCI bundle (plan_from) both end in a
 * struct plan. What a request leaves open is absent (NULL, -1, FIELD_NONE, 0 in
 * an enum, empty); policy/decide.c fills it or refuses what is there. A sealed plan
 * has no open field that the runtime reads.
 *
 * Every field stands in one row of a table in plan.c (launcher/base/fields.h), so the
 * canonical text covers all of it: what is not in the text cannot be done. The
 * SHA-256 of the text is plan= in the audit records. `inspect` prints the text, and exec
 * reads it back from the container's directory.
 *
 * Units: bytes, microseconds of processor time per second, seconds where the name says so.
 * All strings and lists are owned by the plan.
 */
#ifndef SECCTR_PLAN_PLAN_H
#define SECCTR_PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/digest.h"
#include "launcher/base/err.h"
#include "launcher/base/fields.h"
#include "launcher/base/str.h"

enum {
	PLAN_ARGV_MAX = 4096,		/* words of the command */
	PLAN_ARGV_BYTES_MAX = 1 << 20,	/* of all words; the same for the environment */
	PLAN_ENV_MAX = 4096,
	PLAN_LABELS_MAX = 1024,		/* also annotations. An image names some of them, and each `ps` reads them all */
	PLAN_LABELS_BYTES_MAX = 1 << 16,
	PLAN_WORD_MAX = 32 * 4096 - 1,	/* of one word or variable: MAX_ARG_STRLEN (linux/binfmts.h) with pages of 4 kB, less its NUL */
	PLAN_MOUNTS_MAX = 512,
	PLAN_MASKS_MAX = 256,
	PLAN_LIMITS_MAX = 64,		/* rlimits; also sysctls */
	PLAN_DEVICES_MAX = 64,		/* devices and rules about them; also limits of block devices */
	PLAN_PRESERVE_MAX = 64,		/* descriptors handed in */
	PLAN_NET_DEVICES_MAX = 16,	/* of the host's */
	PLAN_HOOKS_MAX = 64,
	PLAN_HOOK_WORDS_MAX = 256,	/* arguments, variables of one */
	PLAN_HOOK_SECONDS_MAX = 600,
};

/* Where what is copied in comes from, and goes (PLAN_MOUNT_COPY). */
#define PLAN_SECRETS	"/etc/secctr/secrets"
#define PLAN_ZONEINFO	"/usr/share/zoneinfo"
#define PLAN_LOCALTIME	"/etc/localtime"
#define PLAN_INIT	"/run/podman-init"

enum plan_origin { PLAN_ORIGIN_NONE, PLAN_CLI, PLAN_UNIT, PLAN_OCI };	/* reason= of VIRT_CREATE */

enum plan_ns_kind {			/* indices of plan.ns */
	PLAN_NS_MNT, PLAN_NS_PID, PLAN_NS_NET, PLAN_NS_IPC, PLAN_NS_UTS, PLAN_NS_CGROUP, PLAN_NS_USER, PLAN_NS_TIME,
	PLAN_NS_COUNT,
};
enum plan_ns_mode { PLAN_NS_OPEN, PLAN_NS_NEW, PLAN_NS_HOST, PLAN_NS_PATH, PLAN_NS_CONTAINER };

struct plan_ns {
	int mode;			/* enum plan_ns_mode */
	char *path;			/* PLAN_NS_PATH: absolute; PLAN_NS_CONTAINER: the other container's id */
};

struct plan_idmap {			/* plan/idmap.h */
	int64_t inside, host, size;
};

/* What private means: its own name space with loopback only ("none") or with a link out ("private"). */
enum plan_net_mode {
	PLAN_NET_OPEN, PLAN_NET_NONE, PLAN_NET_HOST, PLAN_NET_PRIVATE, PLAN_NET_PATH, PLAN_NET_CONTAINER,
};

enum plan_mount_kind {
	PLAN_MOUNT_NONE,
	PLAN_MOUNT_BIND,		/* source: absolute host path */
	PLAN_MOUNT_TMPFS,		/* size, mode */
	PLAN_MOUNT_PROC, PLAN_MOUNT_SYSFS, PLAN_MOUNT_DEVPTS, PLAN_MOUNT_MQUEUE, PLAN_MOUNT_CGROUP,
	PLAN_MOUNT_DEV,			/* tmpfs on /dev with the standard nodes and links, and plan.devices */
	PLAN_MOUNT_COPY,		/* a file in memory with what the host's file `source` holds at the start */
	PLAN_MOUNT_IMAGE,		/* the layers of another image, read-only; source: its reference */
	PLAN_MOUNT_VOLUME,		/* a volume of the store; source: its name */
};

enum plan_relabel { PLAN_RELABEL_NONE, PLAN_RELABEL_SHARED, PLAN_RELABEL_PRIVATE };	/* :z :Z */
enum plan_atime { PLAN_ATIME_OPEN, PLAN_RELATIME, PLAN_NOATIME, PLAN_STRICTATIME };
/* Of a bind, and with `recursive` of what is mounted below too, with or without an r in front; of an engine's root. */
enum plan_propagation {
	PLAN_PROP_OPEN, PLAN_PRIVATE, PLAN_RPRIVATE, PLAN_SLAVE, PLAN_RSLAVE, PLAN_SHARED, PLAN_RSHARED, PLAN_UNBINDABLE, PLAN_RUNBINDABLE,
};

struct plan_mount {
	int kind;
	char *source;			/* BIND, COPY: path of the host; IMAGE; VOLUME */
	char *target;			/* canonical, inside the container */
	bool readonly, noexec, dev, suid;	/* nodev and nosuid unless dev, suid */
	bool nosymfollow, nodiratime;
	bool recursive;			/* BIND: mounts below the source too, and these options for them */
	struct strv recursive_options;	/* of a bundle, BIND: "rro" "rexec" ... in its order, after the others (plan/mount_words.h) */
	bool copy_up;			/* TMPFS: begins with what the root file system has on the target; owner and mode of that where open */
	/* BIND: struct plan_idmap, ids in the source to ids of the host; empty: idmap's are the container's. */
	struct field_list uid_map, gid_map;
	bool standard;			/* put there by us, not asked for: policy's paths do not bound it */
	bool nocopy;			/* VOLUME: what the image has there is not copied into an empty one */
	bool idmap;			/* BIND: ids of the host's files are those of inside; a VOLUME's are always */
	bool chown;			/* BIND, VOLUME: all of the source becomes the user's; TMPFS: its top directory is (:U) */
	bool anonymous;			/* VOLUME: asked for without a name; goes with the last container that has it */
	int relabel;			/* enum plan_relabel */
	int propagation;
	int atime;			/* enum plan_atime; open: the kernel's relatime, a BIND's as its source has it */
	int64_t size;			/* TMPFS; FIELD_NONE: the policy's or 64 MiB */
	int64_t mode;			/* TMPFS: of its top directory; FIELD_NONE: 01777. COPY: of the file; FIELD_NONE: 0444 */
	int64_t uid, gid;		/* COPY, TMPFS: owner; FIELD_NONE: 0 */
	char *digest;			/* IMAGE: "sha256:..." of the manifest */
	struct strv layers;		/* IMAGE: as plan_root.layers */
};

struct plan_limit {
	char *name;			/* "RLIMIT_NOFILE" */
	uint64_t soft, hard;		/* UINT64_MAX: unlimited */
};

/*
 * A device of the host made in /dev and allowed in the control group; without a path, only allowed there.
 * A number of -1 is any (not with a path).
 */
struct plan_device {
	char *path;			/* of the host, no link in it */
	char *target;			/* below /dev */
	char *type;			/* "c" "b" */
	int64_t major, minor;
	char *access;			/* of "rwm", each at most once */
	int64_t mode, uid, gid;		/* of the node; FIELD_NONE: the host's */
};

struct plan_user {
	char *text;			/* as asked for; resolved before the policy sees the plan */
	int64_t uid, gid;		/* FIELD_NONE: open */
	struct strv groups;		/* further group ids, decimal */
	char *home;			/* for HOME= */
};

enum plan_scheduler {
	PLAN_SCHED_OPEN, PLAN_SCHED_OTHER, PLAN_SCHED_BATCH, PLAN_SCHED_IDLE, PLAN_SCHED_FIFO, PLAN_SCHED_RR, PLAN_SCHED_DEADLINE,
};
enum plan_io_class { PLAN_IO_OPEN, PLAN_IO_BEST_EFFORT, PLAN_IO_IDLE, PLAN_IO_REALTIME };

struct plan_process {
	struct strv argv;		/* argv[0] is looked up in PATH of `env` inside the container */
	struct strv env;		/* KEY=VALUE */
	char *cwd;
	struct plan_user user;
	bool terminal;
	int no_new_privs;		/* TRI: -1 open */
	struct strv cap_add, cap_drop;	/* as asked for: "CAP_X" or "ALL" */
	struct strv cap_bound;		/* decided: names, bit order */
	struct strv cap_effective;	/* decided: permitted and effective; inheritable and ambient only for a
					 * user other than root with CapabilityBoundingSet and Ambient allowed */
	struct strv cap_ambient;
	struct field_list limits;	/* struct plan_limit */
	int64_t oom_score_adj;
	int64_t umask;
	int scheduler;			/* enum plan_scheduler */
	int64_t nice;			/* -20..19 */
	int64_t sched_priority;		/* of fifo, rr: 1..99 */
	int64_t sched_flags;		/* SCHED_FLAG_* (linux/sched.h) */
	int64_t sched_runtime, sched_deadline, sched_period;	/* of deadline: nanoseconds */
	int io_class;			/* enum plan_io_class */
	int64_t io_priority;		/* 0..7, of best-effort and realtime */
	/* Processors (cpuset.h) of a further process: before it is in the container's control group, and behind that. */
	char *exec_cpus_initial, *exec_cpus_final;
	bool linux32;			/* uname(2) tells of a 32-bit machine (personality(2)) */
	char *apparmor;			/* never used; a request for it is refused */
	int64_t preserve_fds;		/* descriptors 3, 4, ... of the caller that are handed in */
	bool host_env;			/* `env` has the caller's whole environment */
	bool systemd;			/* the first process is one that keeps control groups of its own, in the subtree it is given */
};

/*
 * The root file system: either `path`, a directory of the host bound as it is, or the layers of an
 * image (names below layers/ of the store, lowest first) under an overlay whose upper directory is
 * the container's own.
 */
struct plan_root {
	char *path;
	char *image;			/* reference as given, for people and records */
	char *image_digest;		/* "sha256:..." of the manifest */
	struct strv layers;
	int readonly;			/* TRI */
	int propagation;		/* enum plan_propagation; open: private */
	struct strv masked, readonly_paths;
};

enum plan_io_what { PLAN_IO_NONE, PLAN_IO_WEIGHT, PLAN_IO_RBPS, PLAN_IO_WBPS, PLAN_IO_RIOPS, PLAN_IO_WIOPS };

struct plan_io {
	int what;			/* enum plan_io_what */
	char *path;			/* block device of the host, no link in it */
	int64_t value;			/* weight 1..10000; bytes or operations per second */
};

struct plan_hugepages {
	char *size;			/* "2MB" "1GB": as the kernel names its files */
	int64_t limit;			/* bytes */
};

struct plan_resources {
	int64_t memory_max;
	int64_t memory_swap;		/* memory + swap as Podman's --memory-swap; FIELD_NONE: open */
	int64_t cpu_quota;		/* microseconds per second: 1500000 = 1.5 processors */
	int64_t tasks_max;
	int64_t cpu_weight;
	int64_t cpu_period;		/* microseconds in which the quota is counted; FIELD_NONE: 100000 */
	int64_t cpu_burst;		/* microseconds of quota that may be saved up, in one period */
	int64_t cpu_idle;		/* 1: only what nobody else wants */
	int64_t cpu_rt_runtime, cpu_rt_period;	/* microseconds of a period for real-time tasks; v1 only */
	char *cpus, *mems;		/* processors, memory nodes: "0-3,5" (plan/cpuset.h) */
	int64_t memory_low;		/* v1: soft limit */
	int64_t io_weight;		/* 1..10000, 100 is everybody's */
	struct field_list io;		/* struct plan_io */
	struct field_list hugepages;	/* struct plan_hugepages */
	struct strv unified;		/* FILE=TEXT of a group of version 2, as they are */
	int64_t swappiness;		/* 0..100, v1 only */
	bool oom_kill_disable;		/* v1 only */
	int64_t net_class;		/* net_cls of v1 */
	struct strv net_priorities;	/* INTERFACE=NUMBER, net_prio of v1 */
	struct strv rdma;		/* DEVICE=hca_handle=N hca_object=N, one of both at least */
	char *cgroup_parent;
	char *cgroup_name;		/* of the container's group in it; absent: the id */
};

enum plan_hook_when {
	PLAN_HOOK_NONE, PLAN_HOOK_PRESTART, PLAN_HOOK_CREATE_RUNTIME, PLAN_HOOK_CREATE_CONTAINER, PLAN_HOOK_START_CONTAINER,
	PLAN_HOOK_POSTSTART, PLAN_HOOK_POSTSTOP,
};

/* A program that an engine's bundle has run at one point of the container's life (runtime/hooks.h). */
struct plan_hook {
	int when;			/* enum plan_hook_when */
	char *path;			/* absolute; startContainer: in the container, else of the host */
	struct strv args;		/* args[0] is the name; none: the path alone */
	struct strv env;		/* all of its environment */
	int64_t timeout;		/* seconds; FIELD_NONE: HOOK_SECONDS */
};

/* Values of enum plan_cgroup_manager */
enum plan_cgroup_manager {
	PLAN_CGROUP_OPEN, PLAN_CGROUP_SYSTEMD, PLAN_CGROUPFS, PLAN_CGROUP_NONE,
	PLAN_CGROUP_SPLIT,		/* below the control group that systemd gave to our own unit (Delegate=yes) */
};

struct plan_seccomp_arg {
	int64_t index;			/* 0..5 */
	char *op;			/* "EQ" "NE" "LT" "LE" "GT" "GE" "MASKED_EQ" */
	uint64_t value, value2;		/* MASKED_EQ: value is the mask, value2 what must be left */
};

struct plan_seccomp_rule {
	struct strv names;
	char *action;			/* "allow" "errno" "kill" "kill-thread" "log" "trap" */
	int64_t errno_ret;
	bool log;			/* belongs to the second, logging filter */
	struct field_list args;		/* struct plan_seccomp_arg; all must hold */
};

/*
 * Either sets by name (plan/syscalls.h: "@container-default" "@mount" "~ptrace" ...), or the rules
 * of an OCI bundle; `none` only where the policy says SystemCallFilter=none.
 */
struct plan_seccomp {
	struct strv filter;
	bool none;
	char *default_action;
	int64_t default_errno;
	struct strv architectures;	/* of a bundle, libseccomp's words ("x86"); the machine's own always */
	struct strv flags;		/* of a bundle: "log" "spec-allow" "wait-killable" */
	char *listener, *metadata;	/* socket of the host that gets the descriptor for what is notified, and what it is told */
	struct field_list rules;	/* struct plan_seccomp_rule */
};

enum plan_memory_mode {
	PLAN_MEM_OPEN, PLAN_MEM_DEFAULT, PLAN_MEM_PREFERRED, PLAN_MEM_BIND, PLAN_MEM_INTERLEAVE, PLAN_MEM_LOCAL, PLAN_MEM_PREFERRED_MANY,
	PLAN_MEM_WEIGHTED_INTERLEAVE,	/* one more than MPOL_* (linux/mempolicy.h) */
};

/* Where memory of its processes comes from (set_mempolicy(2)). */
struct plan_memory_policy {
	int mode;			/* enum plan_memory_mode */
	char *nodes;			/* cpuset.h */
	int64_t flags;			/* MPOL_F_* */
};

enum plan_require { PLAN_REQUIRE_OPEN, PLAN_REQUIRE_ENFORCING, PLAN_REQUIRE_IF_ENABLED, PLAN_REQUIRE_NO };

struct plan_selinux {
	int require;			/* enum plan_require */
	char *type;			/* "secctr_container_t" */
	char *level;			/* asked for or from the ledger: "s0:c1,c2" */
	bool shared_level;		/* level asked for by the request, not from the ledger */
	char *process_label;		/* complete; absent where SELinux is off */
	char *file_label;
};

struct plan_audit {
	bool require;			/* no record, no run */
	bool record_exec;
	int64_t auid;			/* login UID of the container's processes */
	bool new_session;		/* own session where the kernel allows it */
	char *on_lost;			/* failure action words, audit/failure.h */
};

enum plan_log_driver { PLAN_LOG_OPEN, PLAN_LOG_FILE, PLAN_LOG_NONE, PLAN_LOG_JOURNAL };

/* What the monitor does after the container's end. "no" is the absence of the field. */
enum plan_restart { PLAN_RESTART_NO, PLAN_RESTART_ON_FAILURE, PLAN_RESTART_ALWAYS, PLAN_RESTART_UNLESS_STOPPED };

/* Who tells the service manager ($NOTIFY_SOCKET) that the container has started: open and MONITOR, secctr itself; else nobody. */
enum plan_notify { PLAN_NOTIFY_OPEN, PLAN_NOTIFY_MONITOR, PLAN_NOTIFY_IGNORE };

struct plan_monitor {
	bool detach, remove;		/* -d, --rm */
	bool interactive;		/* -i: standard input is passed on */
	int log_driver;
	int64_t log_max_size;		/* bytes of one log file before it is rotated */
	int64_t log_max_files;
	char *log_tag;			/* JOURNAL: SYSLOG_IDENTIFIER= and CONTAINER_TAG= */
	int64_t stop_signal;
	int64_t stop_timeout;		/* seconds */
	int restart;			/* enum plan_restart */
	int64_t restart_max;		/* of on-failure; FIELD_NONE: any number */
	int64_t run_timeout;		/* seconds after which it is killed; FIELD_NONE: never */
	char *pid_file;			/* of the host; absolute */
	int notify;			/* enum plan_notify */
	struct strv create_command;	/* the words of `run` or `create`, options in front of it included; for `generate systemd --new` */
};

/* Which policy answered; filled by decide. */
struct plan_policy {
	char *name, *path, *digest;
	bool observe;
	struct strv widened;		/* settings wider than the strict default: "SystemCallFilter=@mount" */
};

#define PLAN_PTS "/dev/pts"		/* where a container with a terminal has its own devpts */

struct plan {
	char *id, *name;
	int origin;			/* enum plan_origin */
	char *hostname, *domainname;
	struct plan_process process;
	struct plan_root root;
	struct field_list mounts;	/* struct plan_mount, in order */
	struct field_list devices;	/* struct plan_device */
	struct field_list hooks;	/* struct plan_hook; those of one time in their order */
	struct plan_ns ns[PLAN_NS_COUNT];
	struct field_list uid_map, gid_map;	/* struct plan_idmap; of a user name space of its own, else empty */
	/* Ids that the ledger gives (--userns auto), or gave to the container whose user name space is joined; FIELD_NONE: the maps were asked for. */
	int64_t userns_size;
	struct field_list userns_uids, userns_gids;	/* struct plan_idmap, asked for together with those: in the maps too, then */
	int net;			/* enum plan_net_mode; decides ns[PLAN_NS_NET] */
	struct plan_resources resources;
	int cgroup_manager;
	struct plan_seccomp seccomp;
	struct strv sysctls;		/* KEY=VALUE */
	struct strv net_devices;	/* the host's NAME=NAME inside; of a network of its own, at most PLAN_NET_DEVICES_MAX */
	struct strv time_offsets;	/* monotonic=SECONDS NANOSECONDS, boottime=...; of a time name space of its own */
	struct plan_memory_policy memory_policy;
	struct plan_selinux selinux;
	struct plan_audit audit;
	struct plan_monitor monitor;
	struct plan_policy policy;
	struct strv labels, annotations;
	struct strv ignored;		/* properties of a bundle that nobody knows: dotted paths */
};

/* An empty plan with every field absent. plan_free() accepts NULL. */
int plan_new(struct plan **ret, struct err *e) MUST_CHECK;
void plan_free(struct plan *p);
DEFINE_AUTO(plan_free, struct plan *)
#define auto_plan AUTO(plan_free_auto)

int plan_copy(const struct plan *p, struct plan **ret, struct err *e) MUST_CHECK;

/* JSON with sorted keys and no blanks; malloc'ed. plan_digest() is the SHA-256 of it. */
int plan_text(const struct plan *p, char **ret, struct err *e) MUST_CHECK;
int plan_digest(const char *text, struct digest *ret, struct err *e) MUST_CHECK;
int plan_read(const char *text, size_t len, const char *what, struct plan **ret, struct err *e) MUST_CHECK;

/* For inspect: the same document as an object (new reference). */
int plan_json(const struct plan *p, json_t **ret, struct err *e) MUST_CHECK;

struct plan_mount *plan_mount_add(struct plan *p, int kind, const char *source, const char *target,
				  struct err *e) MUST_CHECK;
/* The first one on `target`, or NULL. Borrowed. */
struct plan_mount *plan_mount_on(const struct plan *p, const char *target);
/* Whether its mount of the control groups is writable. */
bool plan_writes_groups(const struct plan *p);
/* The last mount to before the first one below its target, which it would hide. */
void plan_mount_raise(struct field_list *mounts);
#define PLAN_MOUNT(p, i) FIELD_AT(&(p)->mounts, struct plan_mount, i)
/* What inspect and ps call a mount: something of the host or a volume, that a person asked for. */
static inline bool plan_mount_is_shown(const struct plan_mount *m)
{
	return (m->kind == PLAN_MOUNT_BIND || m->kind == PLAN_MOUNT_VOLUME) && !m->standard;
}

/* One empty entry more, or NULL. */
struct plan_device *plan_device_add(struct plan *p, struct err *e) MUST_CHECK;
#define PLAN_DEVICE(p, i) FIELD_AT(&(p)->devices, struct plan_device, i)
struct plan_io *plan_io_add(struct plan_resources *r, int what, const char *path, int64_t value, struct err *e) MUST_CHECK;
#define PLAN_IO(r, i) FIELD_AT(&(r)->io, struct plan_io, i)
/* The entry of that size of page, added if there is none; or NULL. */
struct plan_hugepages *plan_hugepages_of(struct plan_resources *r, const char *size, struct err *e) MUST_CHECK;
#define PLAN_HUGEPAGES(r, i) FIELD_AT(&(r)->hugepages, struct plan_hugepages, i)

struct plan_hook *plan_hook_add(struct plan *p, int when, const char *path, struct err *e) MUST_CHECK;
#define PLAN_HOOK(p, i) FIELD_AT(&(p)->hooks, struct plan_hook, i)

/* The words of the enums, NULL-terminated, indexed by value ("" for the open value). */
extern const char *const plan_restart_words[];	/* "no" is spelt "" */
extern const char *const plan_origin_words[], *const plan_ns_words[], *const plan_ns_mode_words[],
	*const plan_net_words[], *const plan_mount_words[], *const plan_require_words[], *const plan_io_words[],
	*const plan_log_words[], *const plan_propagation_words[], *const plan_hook_words[], *const plan_scheduler_words[];

/* Field tables other modules reuse: a mount, a limit, a range of ids. */
extern const struct field plan_mount_fields[], plan_limit_fields[], plan_idmap_fields[], plan_seccomp_rule_fields[],
	plan_seccomp_arg_fields[];

/*
 * The standard file systems of a container, in order: /proc, /dev (nodes, pts, shm, mqueue), /sys read-only, cgroup
 * read-only; and the masked and read-only paths of /proc and /sys as Podman has them.
 * Ones whose target the plan has already are left alone.
 */
int plan_add_standard(struct plan *p, struct err *e) MUST_CHECK;

/*
 * The name of a control group: one printable component. Longer than a container's name, because engines put words around
 * an id.
 */
enum { PLAN_GROUP_NAME_MAX = 200 };
int plan_group_name(const char *name, struct err *e) MUST_CHECK;

/*
 * Shape only, no policy: counts, canonical targets, absolute cwd, NUL-free text, names; for a terminal a devpts that
 * no other mount hides. ERR_INPUT or ERR_LIMIT.
 */
int plan_check(const struct plan *p, struct err *e) MUST_CHECK;

#endif
