/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys.h - every key of a policy file: section, kind of value, limits, and what holds where the key is absent.
 *
 * One row is one key, here and nowhere else: reading, showing and the manual page's test walk the
 * table. The built-in value is the strict one; it is read by the same code as a file's, so it cannot be
 * one that a file could not say. secctr.policy(5) says what each key means.
 */
#ifndef SECCTR_POLICY_KEYS_H
#define SECCTR_POLICY_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/digest.h"
#include "launcher/base/err.h"
#include "launcher/base/str.h"
#include "launcher/plan/plan.h"

/* In AllowHooks=: those that are files of the container. */
#define POLICY_HOOK_CONTAINER "@container"

enum key_kind {
	KIND_TEXT,		/* checked, kept as written */
	KIND_YESNO,		/* num 0, 1 */
	KIND_WORD,		/* num: index in words */
	KIND_LIST,		/* words between blanks; may repeat, each checked */
	KIND_SIZE,		/* num: bytes; KEY_INFINITY */
	KIND_COUNT,		/* num within min..max; KEY_INFINITY unless max is smaller */
	KIND_PERCENT,		/* "150%" to microseconds per second, 1500000; KEY_INFINITY */
	KIND_SECONDS,		/* num: whole seconds */
	KIND_LIMIT,		/* "SOFT[:HARD]" to num, num2; KEY_INFINITY */
	KIND_SCORE,		/* num within min..max, may be negative */
	KIND_OCTAL,
	KIND_SIGNAL,		/* "SIGTERM" or a number */
	KIND_USER,		/* "UID[:GID]" to num, num2 (GID is UID if absent) */
	KIND_DECIMAL,		/* "2.5" to millionths */
};

#define KEY_INFINITY INT64_MAX

enum { KEY_LIST_MAX = 1024 };	/* words of one list */

/*	id		section		key			kind	check or words	min, max	built-in */
#define POLICY_KEYS(X)											\
	X(DESCRIPTION,	"Policy",	"Description",		TEXT,	NULL, NULL,	0, 0,		"")	\
	X(MODE,		"Policy",	"Mode",			WORD,	NULL, mode_words, 0, 0,		"enforce") \
	X(MATCH_IMAGE,	"Match",	"Image",		LIST,	NULL, NULL,	0, 0,		"")	\
	X(MATCH_NAME,	"Match",	"Name",			LIST,	NULL, NULL,	0, 0,		"")	\
	X(ALLOW_LOGIN,	"Who",		"AllowLogin",		LIST,	check_login, NULL, 0, 0,	"any")	\
	X(ALLOW_EXEC,	"Who",		"AllowExec",		LIST,	check_login, NULL, 0, 0,	"")	\
	X(ALLOW_STOP,	"Who",		"AllowStop",		LIST,	check_login, NULL, 0, 0,	"")	\
	X(ALLOW_INSPECT, "Who",		"AllowInspect",		LIST,	check_login, NULL, 0, 0,	"")	\
	X(UNIT_OWNER,	"Who",		"UnitOwner",		TEXT,	check_owner, NULL, 0, 0,	"")	\
	X(IMAGE_REQUIRE, "Image",	"Require",		LIST,	check_require, NULL, 0, 0,	"")	\
	X(ALLOW_ROOTFS,	"Image",	"AllowRootfs",		LIST,	check_path, NULL, 0, 0,		"")	\
	X(IMAGE_MOUNTS,	"Image",	"AllowImageMounts",	LIST,	NULL, NULL,	0, 0,		"")	\
	X(USER,		"Process",	"User",			USER,	NULL, NULL,	0, 0,		"0:0")	\
	X(ALLOW_USER,	"Process",	"AllowUser",		LIST,	check_ids, NULL, 0, 0,		"any")	\
	X(ALLOW_GROUPS,	"Process",	"AllowGroups",		LIST,	check_ids, NULL, 0, 0,		"any")	\
	X(NO_NEW_PRIVS,	"Process",	"NoNewPrivileges",	YESNO,	NULL, NULL,	0, 0,		"yes")	\
	X(CAP_BOUND,	"Process",	"CapabilityBoundingSet", LIST,	check_cap, NULL, 0, 0,		"")	\
	X(ALLOW_CAPS,	"Process",	"AllowCapabilities",	LIST,	check_cap, NULL, 0, 0,		"")	\
	X(CAP_AMBIENT,	"Process",	"AmbientCapabilities",	LIST,	check_cap, NULL, 0, 0,		"")	\
	X(SYSCALLS,	"Process",	"SystemCallFilter",	LIST,	check_syscall, NULL, 0, 0,	"@container-default") \
	X(ALLOW_SYSCTLS, "Process",	"AllowSysctls",		LIST,	check_sysctl, NULL, 0, 0,	"")	\
	X(HOST_NS,	"Process",	"AllowHostNamespaces",	LIST,	check_ns, NULL,	0, 0,		"")	\
	X(PATH_NS,	"Process",	"AllowNamespacePaths",	LIST,	check_joined_ns, NULL,	0, 0,		"")	\
	X(CONTAINER_NS,	"Process",	"AllowContainerNamespaces", LIST, check_joined_ns, NULL, 0, 0,		"")	\
	X(REQUIRE_USERNS, "Process",	"RequireUserNamespace",	YESNO,	NULL, NULL,	0, 0,		"no")	\
	X(HOST_IDS,	"Process",	"AllowHostIDs",		LIST,	check_ids, NULL, 0, 0,		"")	\
	X(ALLOW_INIT,	"Process",	"AllowInit",		LIST,	check_path, NULL, 0, 0,				\
								"/usr/bin/catatonit /usr/libexec/podman/catatonit") \
	X(HOST_ENV,	"Process",	"AllowHostEnvironment",	YESNO,	NULL, NULL,	0, 0,		"no")	\
	X(ALLOW_HOOKS,	"Process",	"AllowHooks",		LIST,	check_hook, NULL, 0, 0,		"")	\
	X(PRESERVE_FDS,	"Process",	"PreserveFDs",		COUNT,	NULL, NULL,	0, PLAN_PRESERVE_MAX, "0") \
	X(SCHEDULING,	"Process",	"AllowScheduling",	LIST,	check_scheduling, NULL, 0, 0,	"")	\
	X(SECCOMP_LISTENERS, "Process",	"AllowSystemCallListeners", LIST, check_path, NULL, 0, 0,	"")	\
	X(SECCOMP_FLAGS, "Process",	"AllowSystemCallFlags",	LIST,	check_seccomp_flag, NULL, 0, 0,	"")	\
	X(OOM_SCORE,	"Process",	"OOMScoreAdjust",	SCORE,	NULL, NULL,	-1000, 1000,	"0")	\
	X(UMASK,	"Process",	"UMask",		OCTAL,	NULL, NULL,	0, 0777,	"0022")	\
	X(LIMIT_AS,	"Process",	"LimitAS",		LIMIT,	NULL, NULL,	0, 0,		"infinity") \
	X(LIMIT_CORE,	"Process",	"LimitCORE",		LIMIT,	NULL, NULL,	0, 0,		"0")	\
	X(LIMIT_CPU,	"Process",	"LimitCPU",		LIMIT,	NULL, NULL,	0, 0,		"infinity") \
	X(LIMIT_DATA,	"Process",	"LimitDATA",		LIMIT,	NULL, NULL,	0, 0,		"infinity") \
	X(LIMIT_FSIZE,	"Process",	"LimitFSIZE",		LIMIT,	NULL, NULL,	0, 0,		"infinity") \
	X(LIMIT_LOCKS,	"Process",	"LimitLOCKS",		LIMIT,	NULL, NULL,	0, 0,		"infinity") \
	X(LIMIT_MEMLOCK, "Process",	"LimitMEMLOCK",		LIMIT,	NULL, NULL,	0, 0,		"8M")	\
	X(LIMIT_MSGQUEUE, "Process",	"LimitMSGQUEUE",	LIMIT,	NULL, NULL,	0, 0,		"819200") \
	X(LIMIT_NICE,	"Process",	"LimitNICE",		LIMIT,	NULL, NULL,	0, 40,		"0")	\
	X(LIMIT_NOFILE,	"Process",	"LimitNOFILE",		LIMIT,	NULL, NULL,	0, 1 << 30,	"1024:524288") \
	X(LIMIT_NPROC,	"Process",	"LimitNPROC",		LIMIT,	NULL, NULL,	0, 0,		"infinity") \
	X(LIMIT_RSS,	"Process",	"LimitRSS",		LIMIT,	NULL, NULL,	0, 0,		"infinity") \
	X(LIMIT_RTPRIO,	"Process",	"LimitRTPRIO",		LIMIT,	NULL, NULL,	0, 99,		"0")	\
	X(LIMIT_RTTIME,	"Process",	"LimitRTTIME",		LIMIT,	NULL, NULL,	0, 0,		"infinity") \
	X(LIMIT_SIGPENDING, "Process",	"LimitSIGPENDING",	LIMIT,	NULL, NULL,	0, 0,		"infinity") \
	X(LIMIT_STACK,	"Process",	"LimitSTACK",		LIMIT,	NULL, NULL,	0, 0,		"infinity") \
	X(READONLY_ROOT, "Filesystem",	"ReadOnlyRoot",		YESNO,	NULL, NULL,	0, 0,		"yes")	\
	X(BIND,		"Filesystem",	"BindPaths",		LIST,	check_path, NULL, 0, 0,		"")	\
	X(BIND_RO,	"Filesystem",	"BindReadOnlyPaths",	LIST,	check_path, NULL, 0, 0,		"")	\
	X(TMPFS,	"Filesystem",	"TemporaryFileSystem",	LIST,	check_tmpfs, NULL, 0, 0,	"")	\
	X(TMPFS_MAX,	"Filesystem",	"TemporaryFileSystemMax", SIZE,	NULL, NULL,	0, 0,		"64M")	\
	X(MOUNT_OPTIONS, "Filesystem",	"AllowMountOptions",	LIST,	check_mount_option, NULL, 0, 0,	"")	\
	X(ALLOW_SECRETS, "Filesystem",	"AllowSecrets",		LIST,	NULL, NULL,	0, 0,		"")	\
	X(ALLOW_VOLUMES, "Filesystem",	"AllowVolumes",		LIST,	NULL, NULL,	0, 0,		"")	\
	X(PROTECT_CGROUP, "Filesystem",	"ProtectControlGroups",	YESNO,	NULL, NULL,	0, 0,		"yes")	\
	X(PROTECT_KERNEL, "Filesystem",	"ProtectKernelTunables", YESNO,	NULL, NULL,	0, 0,		"yes")	\
	X(NET_MODE,	"Network",	"Mode",			WORD,	NULL, net_words, 0, 0,		"none")	\
	X(ALLOW_NET,	"Network",	"AllowModes",		LIST,	check_net, NULL, 0, 0,		"")	\
	X(NET_DEVICES,	"Network",	"NetDevices",		LIST,	check_text, NULL, 0, 0,		"")	\
	X(MEMORY_MAX,	"Resources",	"MemoryMax",		SIZE,	NULL, NULL,	1 << 20, 0,	"infinity") \
	X(SWAP_MAX,	"Resources",	"MemorySwapMax",	SIZE,	NULL, NULL,	0, 0,		"infinity") \
	X(CPU_QUOTA,	"Resources",	"CPUQuota",		PERCENT, NULL, NULL,	0, 0,		"infinity") \
	X(CPU_WEIGHT,	"Resources",	"CPUWeight",		COUNT,	NULL, NULL,	1, 10000,	"100")	\
	X(ALLOWED_CPUS,	"Resources",	"AllowedCPUs",		LIST,	check_cpus, NULL, 0, 0,		"")	\
	X(ALLOWED_MEMS,	"Resources",	"AllowedMemoryNodes",	LIST,	check_cpus, NULL, 0, 0,		"")	\
	X(MEMORY_LOW,	"Resources",	"MemoryLow",		SIZE,	NULL, NULL,	0, 0,		"0")	\
	X(MEMORY_OPTIONS, "Resources",	"AllowMemoryOptions",	LIST,	check_memory_option, NULL, 0, 0, "")	\
	X(ALLOW_UNIFIED, "Resources",	"AllowUnified",		LIST,	check_text, NULL, 0, 0,		"")	\
	X(NET_CLASSES,	"Resources",	"AllowNetworkClasses",	LIST,	check_ids, NULL, 0, 0,		"")	\
	X(NET_PRIORITY,	"Resources",	"NetworkPriorityMax",	COUNT,	NULL, NULL,	0, UINT32_MAX,	"0")	\
	X(IO_WEIGHT,	"Resources",	"IOWeight",		COUNT,	NULL, NULL,	1, 10000,	"100")	\
	X(IO_DEVICE_WEIGHT, "Resources", "IODeviceWeight",	LIST,	check_io_weight, NULL, 0, 0,	"")	\
	X(IO_RBPS,	"Resources",	"IOReadBandwidthMax",	LIST,	check_io, NULL, 0, 0,		"")	\
	X(IO_WBPS,	"Resources",	"IOWriteBandwidthMax",	LIST,	check_io, NULL, 0, 0,		"")	\
	X(IO_RIOPS,	"Resources",	"IOReadIOPSMax",	LIST,	check_io, NULL, 0, 0,		"")	\
	X(IO_WIOPS,	"Resources",	"IOWriteIOPSMax",	LIST,	check_io, NULL, 0, 0,		"")	\
	X(DEVICE_ALLOW,	"Resources",	"DeviceAllow",		LIST,	check_device, NULL, 0, 0,	"")	\
	X(TASKS_MAX,	"Resources",	"TasksMax",		COUNT,	NULL, NULL,	1, 0,		"512")	\
	X(CGROUP_PARENTS, "Resources",	"AllowCgroupParents",	LIST,	check_text, NULL, 0, 0,		"")	\
	X(SE_REQUIRE,	"SELinux",	"Require",		WORD,	NULL, require_words, 0, 0,	"enforcing") \
	X(SE_TYPE,	"SELinux",	"Type",			TEXT,	check_type, NULL, 0, 0,		"secctr_container_t") \
	X(ALLOW_TYPES,	"SELinux",	"AllowTypes",		LIST,	check_type, NULL, 0, 0,		"")	\
	X(ALLOW_FILE_TYPES, "SELinux",	"AllowFileTypes",	LIST,	check_type, NULL, 0, 0,		"")	\
	X(ALLOW_LEVELS,	"SELinux",	"AllowLevels",		LIST,	check_level, NULL, 0, 0,	"")	\
	X(AUDIT_REQUIRE, "Audit",	"Require",		YESNO,	NULL, NULL,	0, 0,		"yes")	\
	X(RECORD_EXEC,	"Audit",	"RecordExec",		YESNO,	NULL, NULL,	0, 0,		"yes")	\
	X(SESSION,	"Audit",	"Session",		WORD,	NULL, session_words, 0, 0,	"own")	\
	X(ON_FAILURE,	"Audit",	"OnFailure",		LIST,	check_failure, NULL, 0, 0,			\
								"start=refuse exec=refuse control=continue running=stop") \
	X(LOG_DRIVER,	"Log",		"Driver",		WORD,	NULL, log_words, 0, 0,		"file")	\
	X(LOG_DRIVERS,	"Log",		"AllowDrivers",		LIST,	check_log, NULL, 0, 0,		"")	\
	X(LOG_SIZE,	"Log",		"MaxSize",		SIZE,	NULL, NULL,	4096, 0,	"16M")	\
	X(LOG_FILES,	"Log",		"MaxFiles",		COUNT,	NULL, NULL,	1, 100,		"3")	\
	X(STOP_SIGNAL,	"Stop",		"Signal",		SIGNAL,	NULL, NULL,	1, 64,		"SIGTERM") \
	X(STOP_TIMEOUT,	"Stop",		"Timeout",		SECONDS, NULL, NULL,	0, 86400,	"10")	\
	X(MAX_EXPOSURE,	"Unit",		"MaxExposure",		DECIMAL, NULL, NULL,	0, 10000000,	"10")

enum key {
#define X(id, ...) KEY_##id,
	POLICY_KEYS(X)
#undef X
	KEY_COUNT
};

/* A value in force. `line` 0: built in. Lists keep a line for each word. */
struct key_value {
	unsigned line;
	int64_t num, num2;
	char *text;			/* not for lists */
	struct strv list;
	unsigned *lines;
};

struct key_def {
	const char *section, *key;
	enum key_kind kind;
	int (*check)(const char *word, struct err *e);
	const char *const *words;
	int64_t min, max;		/* max 0: no limit */
	const char *builtin;
};
extern const struct key_def key_defs[KEY_COUNT];

struct policy {
	char *name, *path;
	char *owner_at;			/* "PATH:LINE" of UnitOwner=, for who borrows it; NULL: not set */
	struct digest digest;
	struct key_value v[KEY_COUNT];
};

/* All keys at their built-in values. */
int keys_init(struct policy *p, struct err *e) MUST_CHECK;
void keys_done(struct policy *p);
/* Read a file's text over the built-in values; errors "PATH:LINE: KEY: why". */
int keys_read(struct policy *p, const char *buf, size_t len, struct err *e) MUST_CHECK;

/* A value as a file would say it, appended to *s. */
int key_print(const struct policy *p, enum key k, struct str *s, struct err *e) MUST_CHECK;
/* "PATH:LINE" or "built-in" into buf of at least 64 bytes. `word` is an index of the list, else 0. */
const char *key_at(const struct policy *p, enum key k, size_t word, char *buf, size_t n);

static inline bool key_is_set(const struct policy *p, enum key k)
{
	return p->v[k].line != 0;
}

/* The word for a rlimit: KEY_LIMIT_NOFILE is "RLIMIT_NOFILE"; -1 if there is no such limit. */
int key_of_limit(const char *rlimit);

/* One entry of TemporaryFileSystem=: "/tmp:size=64M,mode=1777,noexec". */
struct key_tmpfs {
	char *path;
	int64_t size, mode;		/* -1: not said */
	bool noexec;
};
int key_tmpfs_read(const char *word, struct key_tmpfs *ret, struct err *e) MUST_CHECK;

/* One device of DeviceAllow= with what may be done with it; both borrowed from the list. */
struct key_device {
	const char *device;		/* a path below /dev, "char-N", "char-*", "block-N", "block-*" */
	const char *access;		/* of "rwm"; all of it where the list says nothing */
};
/* The entry at word *at, which is moved on; false at the end. */
bool key_device_next(const struct strv *words, size_t *at, struct key_device *ret);

/* Pairs PATH VALUE of IOReadBandwidthMax= and its like: whether there is one for `path`. */
bool key_io_of(const struct strv *words, const char *path, int64_t *ret);

/* Whether "any", "N" or "N-M" words of the list have `id`; for a range, whether one word has all of it. */
bool key_ids_have(const struct strv *words, int64_t id);
bool key_ids_have_range(const struct strv *words, int64_t first, int64_t size);

#endif
