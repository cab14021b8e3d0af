/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_request.h - what `secctr run` was asked for, and how it becomes a plan.
 *
 * The option table is the only list of these options: parser, --help, completion and manual read it.
 * request_plan() merges the image's configuration with the request by Podman's rules and leaves open what neither
 * says: the policy fills that.
 */
#ifndef SECCTR_CLI_RUN_REQUEST_H
#define SECCTR_CLI_RUN_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/options.h"
#include "launcher/base/str.h"
#include "launcher/cli/pulling.h"
#include "launcher/plan/plan.h"
#include "launcher/store/images.h"

struct run_request {
	bool detach, remove, interactive, tty, rootfs, replace;
	const char *cidfile, *pidfile, *restart, *timeout;
	const char *name, *policy, *user, *workdir, *hostname, *network, *entrypoint;
	const char *stop_signal, *stop_timeout, *log_driver, *cgroup_manager, *cgroups, *sdnotify;
	const char *detach_keys;
	int read_only, sig_proxy;		/* TRI */
	struct opt_list attach;
	struct opt_list env, volumes, mounts, tmpfs, cap_add, cap_drop, security, labels, log_opts;
	int64_t memory, cpus, pids;		/* FIELD_NONE: not given; 0 or -1 as Podman: no limit */
	/* Environment and names */
	bool env_host, unsetenv_all;
	struct opt_list env_files, unsetenv, label_files, annotations;
	/* Process */
	bool init;
	const char *init_path, *umask, *tz, *systemd;
	int passwd;				/* TRI */
	int64_t oom_score_adj, preserve_fds;
	struct opt_list ulimits, sysctls, groups;
	/* Name spaces */
	const char *user_ns, *subuid_name, *subgid_name;
	struct opt_list uid_maps, gid_maps;
	const char *pid_ns, *ipc_ns, *uts_ns, *cgroup_ns;
	/* Files */
	const char *shm_size, *shm_size_systemd, *image_volume;
	struct opt_list volumes_from, secrets, devices, device_rules;
	/* Resources; numbers as memory */
	bool oom_kill_disable;
	const char *cpuset_cpus, *cpuset_mems;
	int64_t memory_swap, memory_low, swappiness, cpu_shares, cpu_period, cpu_quota, blkio_weight;
	struct opt_list weight_devices, read_bps, write_bps, read_iops, write_iops;
	/* Image */
	struct pull_request how;
	enum pull_when pull;
	bool explain_json;			/* of `policy explain` */
};

extern const struct opt now_opts[], run_opts[], resource_opts[];
extern const struct opt *const run_tables[], *const create_tables[];	/* create: without what only one start can have */
void run_request_prepare(void *request);
void run_request_done(void *request);

/*
 * operands: IMAGE or the root directory (--rootfs), then the command. *ret_image is filled for an
 * image. The plan has a new id, and a made-up name where none was asked for.
 */
int request_plan(const struct run_request *r, const struct opt_list *operands, const struct store *s,
		 struct plan **ret, struct err *e) MUST_CHECK;

/* Of `resource_opts` what was given, into those of a draft; the others stay. */
int request_resources(const struct run_request *r, struct plan_resources *res, struct err *e) MUST_CHECK;

/* --cgroups, --sdnotify and --stop-timeout, of run and start; NULL leaves the value as it is. */
int request_cgroups(const char *text, int *manager, struct err *e) MUST_CHECK;
int request_notify(const char *text, int *notify, struct err *e) MUST_CHECK;
int request_stop_timeout(const char *text, int64_t *seconds, struct err *e) MUST_CHECK;

/* Signal by number or name ("15", "TERM", "SIGTERM"); shared with stop and kill. */
int signal_number(const char *text, int *ret, struct err *e) MUST_CHECK;

#endif
