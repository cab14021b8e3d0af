/* SPDX-License-Identifier: Apache-2.0 */
/* process.c - from the plan's process to credentials, limits and execve. */
#include "launcher/runtime/process.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "launcher/base/proc.h"
#include "launcher/plan/caps.h"
#include "launcher/plan/cpuset.h"
#include "launcher/runtime/container.h"
#include "launcher/runtime/handover.h"
#include "launcher/runtime/listener.h"
#include "selinux/label.h"

static const struct {
	const char *name;
	int resource;
} resources[] = {
	{ "RLIMIT_AS", RLIMIT_AS },		{ "RLIMIT_CORE", RLIMIT_CORE },
	{ "RLIMIT_CPU", RLIMIT_CPU },		{ "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE },	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE", RLIMIT_NICE },		{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },	{ "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },	{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING }, { "RLIMIT_STACK", RLIMIT_STACK },
};

static int mask_of(const struct strv *names, const char *field, uint64_t *ret, struct err *e)
{
	*ret = 0;
	for (size_t i = 0; i < names->len; i++) {
		int bit = caps_bit(names->item[i]);

		if (bit < 0)
			return err_set(e, ERR_INPUT, 0, "process.%s: no capability %.64s", field, names->item[i]);
		*ret |= UINT64_C(1) << bit;
	}
	return 0;
}

static int prepare_limits(const struct plan_process *p, struct process *c, struct err *e)
{
	for (size_t i = 0; i < p->limits.len; i++) {
		const struct plan_limit *l = FIELD_AT(&p->limits, struct plan_limit, i);
		size_t k = 0;

		while (k < ARRAY_LEN(resources) && strcmp(resources[k].name, l->name) != 0)
			k++;
		if (k == ARRAY_LEN(resources))
			return err_set(e, ERR_INPUT, 0, "process.rlimits: no resource limit %.64s", l->name);
		if (c->n_limits == ARRAY_LEN(c->limits))
			return err_set(e, ERR_LIMIT, 0, "process.rlimits: more than %zu", ARRAY_LEN(c->limits));
		if (l->soft > l->hard)
			return err_set(e, ERR_INPUT, 0, "process.rlimits: %s: soft limit above the hard one", l->name);
		c->limits[c->n_limits].resource = resources[k].resource;
		c->limits[c->n_limits].limit = (struct rlimit){ l->soft, l->hard };
		c->n_limits++;
	}
	return 0;
}

static int prepare_groups(const struct plan_user *u, struct process *c, struct err *e)
{
	if (u->groups.len > PROCESS_GROUPS_MAX)
		return err_set(e, ERR_LIMIT, 0, "process.user: more than %d groups", PROCESS_GROUPS_MAX);
	for (size_t i = 0; i < u->groups.len; i++) {
		uint64_t gid;

		if (str_to_u64(u->groups.item[i], 0, UINT32_MAX - 1, "group", &gid, e))
			return -1;
		c->groups[c->n_groups++] = (gid_t)gid;
	}
	return 0;
}

static int prepare_memory(const struct plan *p, struct process *c, struct err *e)
{
	const struct plan_memory_policy *m = &p->memory_policy;
	struct cpuset set = { 0 };

	c->memory_mode = -1;
	if (!m->mode)
		return 0;
	if (m->nodes && cpuset_add(&set, m->nodes, "memoryPolicy.nodes", e))
		return -1;
	for (size_t i = PROCESS_NODES_MAX / 64; i < ARRAY_LEN(set.bits); i++)
		if (set.bits[i])
			return err_set(e, ERR_INPUT, 0, "memoryPolicy.nodes: %.64s: the kernel has at most %d", m->nodes, PROCESS_NODES_MAX);
	memcpy(c->memory_nodes, set.bits, sizeof(c->memory_nodes));
	c->memory_mode = (m->mode - PLAN_MEM_DEFAULT) | (m->flags == FIELD_NONE ? 0 : (int)m->flags);
	return 0;
}

int process_prepare(const struct plan *p, const struct seccomp_filters *filters, struct process *ret,
		    struct err *e)
{
	const struct plan_process *pp = &p->process;

	memset(ret, 0, offsetof(struct process, program));
	ret->last = ret->control = ret->agent = ret->told = -1;
	ret->filter_flags = listener_flags(&p->seccomp);
	if (pp->user.uid < 0 || pp->user.uid >= UINT32_MAX || pp->user.gid < 0 || pp->user.gid >= UINT32_MAX)
		return err_set(e, ERR_INTERNAL, 0, "process.user: not decided");
	ret->plan = pp;
	ret->uid = (uid_t)pp->user.uid;
	ret->gid = (gid_t)pp->user.gid;
	ret->no_new_privs = pp->no_new_privs != 0;
	ret->first_closed = 3 + (pp->preserve_fds > 0 ? (unsigned)pp->preserve_fds : 0);
	ret->label = p->selinux.process_label;
	ret->filters = filters;
	/* Without no_new_privs (seccomp(2)). */
	if (!ret->no_new_privs && filters && (filters->quiet.len || filters->log.len))
		ret->for_filters = UINT64_C(1) << CAP_SYS_ADMIN;
	ret->path = strv_env(&pp->env, "PATH");
	if (mask_of(&pp->cap_bound, "capBounding", &ret->bound, e) ||
	    mask_of(&pp->cap_effective, "capEffective", &ret->effective, e) ||
	    mask_of(&pp->cap_ambient, "capAmbient", &ret->ambient, e) ||
	    prepare_groups(&pp->user, ret, e))
		return -1;
	return prepare_memory(p, ret, e) || prepare_limits(pp, ret, e) ? -1 : 0;
}

/*
 * Without CAP_SYS_RESOURCE the hard limit in force cannot be raised. It is then tighter than what the plan
 * bounds, so it stays, and the plan's bound holds.
 */
static int set_limit(int resource, struct rlimit want, struct err *e)
{
	struct rlimit have;

	if (setrlimit((__rlimit_resource_t)resource, &want) == 0)
		return 0;
	if (errno == EPERM && getrlimit((__rlimit_resource_t)resource, &have) == 0 && want.rlim_max > have.rlim_max) {
		want.rlim_max = have.rlim_max;
		if (want.rlim_cur > want.rlim_max)
			want.rlim_cur = want.rlim_max;
		if (setrlimit((__rlimit_resource_t)resource, &want) == 0)
			return 0;
	}
	return err_set(e, ERR_SYSTEM, errno, "process.rlimits: resource %d", resource);
}

/*
 * The kernel says which are ignored ("SigIgn:\t0000000000001006", proc_pid_status(5)): mostly none, and 64 calls saved.
 * Raw, because signal(3) refuses 32 and 33, which are the C library's own and can be ignored all the same.
 */
int process_streams(const struct runtime_streams *s)
{
	const int given[] = { s->in, s->out, s->err };

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (given[fd] != fd && dup2(given[fd], fd) < 0)
			return -1;
	return 0;
}

int process_signals(int procfd, struct err *e)
{
	static const char key[] = "\nSigIgn:\t";
	char text[4096];
	const char *at;
	const unsigned long by_default[4] = { 0 };	/* struct sigaction of the kernel: SIG_DFL */
	uint64_t ignored, none = 0;
	char *end;

	if (proc_read(procfd, "thread-self/status", text, sizeof(text), e))
		return -1;
	at = strstr(text, key);
	ignored = at ? strtoull(at + sizeof(key) - 1, &end, 16) : 0;
	if (!at || *end != '\n')
		return err_set(e, ERR_INTERNAL, 0, "ignored signals: not in /proc/thread-self/status");
	for (int sig = 1; ignored; sig++, ignored >>= 1)
		if (ignored & 1 && syscall(SYS_rt_sigaction, sig, by_default, NULL, sizeof(none)))
			return err_set(e, ERR_SYSTEM, errno, "signal %d", sig);
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none)))
		return err_set(e, ERR_SYSTEM, errno, "signal mask");
	return 0;
}

/* As the kernel has it (linux/sched/types.h), first version: glibc 2.36 has neither struct nor call. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static int64_t given(int64_t n)
{
	return n == FIELD_NONE ? 0 : n;
}

/* What puts it in front of its neighbours takes the host's CAP_SYS_NICE, so it is before any of that goes. */
static int set_scheduling(const struct plan_process *p, struct err *e)
{
	static const uint32_t policies[] = {
		[PLAN_SCHED_OTHER] = SCHED_OTHER, [PLAN_SCHED_BATCH] = SCHED_BATCH, [PLAN_SCHED_IDLE] = SCHED_IDLE,
		[PLAN_SCHED_FIFO] = SCHED_FIFO, [PLAN_SCHED_RR] = SCHED_RR, [PLAN_SCHED_DEADLINE] = SCHED_DEADLINE,
	};
	static const int classes[] = { [PLAN_IO_BEST_EFFORT] = IOPRIO_CLASS_BE, [PLAN_IO_IDLE] = IOPRIO_CLASS_IDLE, [PLAN_IO_REALTIME] = IOPRIO_CLASS_RT };
	struct scheduling s = {
		.size = sizeof(s), .policy = policies[p->scheduler], .nice = (int32_t)given(p->nice), .priority = (uint32_t)given(p->sched_priority),
		.flags = (uint64_t)given(p->sched_flags), .runtime = (uint64_t)given(p->sched_runtime), .deadline = (uint64_t)given(p->sched_deadline),
		.period = (uint64_t)given(p->sched_period),
	};
	int io = IOPRIO_PRIO_VALUE(classes[p->io_class], p->io_class == PLAN_IO_IDLE ? 0 : (int)given(p->io_priority));

	if (p->scheduler && syscall(SYS_sched_setattr, 0, &s, 0))
		return err_set(e, ERR_SYSTEM, errno, "process.scheduler: %s", plan_scheduler_words[p->scheduler]);
	if (p->io_class && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, io))
		return err_set(e, ERR_SYSTEM, errno, "process.ioPriority");
	if (p->linux32 && personality(PER_LINUX32) < 0)
		return err_set(e, ERR_SYSTEM, errno, "linux.personality");
	return 0;
}

int process_processors(const char *list, const char *field, struct err *e)
{
	unsigned long bits[CPUSET_MAX / (8 * sizeof(long))];
	struct cpuset set = { 0 };

	if (!list)
		return 0;
	/* The kernel takes what it has of them; none at all is EINVAL. */
	if (cpuset_parse(&set, list))
		return err_set(e, ERR_INTERNAL, 0, "%s: %.64s", field, list);
	memcpy(bits, set.bits, sizeof(bits));
	return syscall(SYS_sched_setaffinity, 0, sizeof(bits), bits) ? err_set(e, ERR_SYSTEM, errno, "%s: %.64s", field, list) : 0;
}

int process_limits(const struct process *c, int procfd, struct err *e)
{
	if (set_scheduling(c->plan, e))
		return -1;
	if (c->memory_mode >= 0 && syscall(SYS_set_mempolicy, c->memory_mode, c->memory_nodes, PROCESS_NODES_MAX + 1))
		return err_set(e, ERR_SYSTEM, errno, "linux.memoryPolicy");
	for (size_t i = 0; i < c->n_limits; i++)
		if (set_limit(c->limits[i].resource, c->limits[i].limit, e))
			return -1;
	if (c->plan->oom_score_adj != FIELD_NONE && !c->oom_is_set) {
		char text[16];
		int fd = proc_open(procfd, "thread-self/oom_score_adj", O_WRONLY, e);	/* stays open (inside.h) */
		int n = snprintf(text, sizeof(text), "%d", (int)c->plan->oom_score_adj);

		if (fd < 0)
			return -1;
		if (write(fd, text, (size_t)n) != n)
			return err_set(e, ERR_SYSTEM, errno, "process.oomScoreAdj %s", text);
	}
	umask(c->plan->umask == FIELD_NONE ? 022 : (mode_t)c->plan->umask);
	return 0;
}

/* A session keyring of its own: keys of the person who started it stay outside. */
int process_keyring(const struct process *c, int procfd, struct err *e)
{
	if (c->label && label_apply_keycreate(procfd, c->label, e))
		return -1;
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return err_set(e, ERR_SYSTEM, errno, "session keyring");
	return 0;
}

int process_label(const struct process *c, int procfd, struct err *e)
{
	return c->label ? label_apply_exec(procfd, c->label, e) : 0;
}

static int drop_bounding(uint64_t keep, struct err *e)
{
	for (int bit = 0; bit < 64; bit++) {
		if (keep >> bit & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, bit, 0, 0, 0)) {
			if (errno == EINVAL)
				return 0;	/* past the kernel's last capability */
			return err_set(e, ERR_SYSTEM, errno, "dropping capability %d", bit);
		}
	}
	return 0;
}

static int set_capabilities(const struct process *c, struct err *e)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	/* secctr-exec has what is ambient, and gives up what is for the filters. */
	uint64_t ambient = c->ambient | (c->last >= 0 ? c->for_filters : 0);
	uint64_t inheritable = ambient;		/* ambient needs it; else none: CVE-2022-24769 */
	uint64_t effective = c->effective | c->for_filters;

	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(effective >> (32 * i));
		data[i].permitted = data[i].effective;
		data[i].inheritable = (uint32_t)(inheritable >> (32 * i));
	}
	/* Ambient ones of the caller's that are not inheritable any more go along (cap_capset(), security/commoncap.c). */
	if (syscall(SYS_capset, &head, data))
		return err_set(e, ERR_SYSTEM, errno, "capset");
	for (int bit = 0; bit < 64; bit++)
		if ((ambient >> bit & 1) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0, 0))
			return err_set(e, ERR_SYSTEM, errno, "ambient capability %d", bit);
	return 0;
}

/* What is not in the bounding set cannot become inheritable (cap_capset()): before it goes from there. */
static int inherit(uint64_t caps, struct err *e)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return err_set(e, ERR_SYSTEM, errno, "capget");
	for (int i = 0; i < 2; i++)
		data[i].inheritable |= (uint32_t)(caps >> (32 * i));
	return syscall(SYS_capset, &head, data) ? err_set(e, ERR_SYSTEM, errno, "capset") : 0;
}

int process_identity(const struct process *c, struct err *e)
{
	if (c->for_filters && c->last >= 0 && inherit(c->for_filters, e))
		return -1;
	/* While all capabilities are there: the bounding set, which takes CAP_SETPCAP, and the groups. */
	if (drop_bounding(c->bound, e))
		return -1;
	if (syscall(SYS_setgroups, c->n_groups, c->groups))
		return err_set(e, ERR_SYSTEM, errno, "setgroups");
	if ((c->effective | c->for_filters) && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "PR_SET_KEEPCAPS");
	/* Raw calls: the C library's would tell threads that are not there. */
	if (syscall(SYS_setresgid, c->gid, c->gid, c->gid) || syscall(SYS_setresuid, c->uid, c->uid, c->uid))
		return err_set(e, ERR_SYSTEM, errno, "user %u:%u", c->uid, c->gid);
	if (set_capabilities(c, e))
		return -1;
	if (c->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "no_new_privs");
	/* New credentials set it to fs.suid_dumpable, which need not be 0 (commit_creds(), kernel/cred.c). */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "PR_SET_DUMPABLE");
	return 0;
}

int process_bind_to_parent(struct err *e)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "PR_SET_PDEATHSIG");
	return 0;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int process_descriptors(const struct process *c, int gate, int status, struct err *e)
{
	int keep[] = { gate, status, c->last, c->control, c->agent, c->told };
	unsigned from = c->first_closed;

	qsort(keep, ARRAY_LEN(keep), sizeof(*keep), by_number);
	for (size_t i = 0; i < ARRAY_LEN(keep); i++) {
		if (keep[i] < 0)
			continue;
		if ((unsigned)keep[i] < from)
			return err_set(e, ERR_INTERNAL, 0, "descriptors that are handed in: more than were there");
		if ((unsigned)keep[i] > from && close_range(from, (unsigned)keep[i] - 1, 0))
			return err_set(e, ERR_SYSTEM, errno, "close_range");
		from = (unsigned)keep[i] + 1;
	}
	return close_range(from, ~0U, 0) ? err_set(e, ERR_SYSTEM, errno, "close_range") : 0;
}

int process_directory(const struct process *c, struct err *e)
{
	char seen[PATH_MAX];
	const char *cwd = c->plan->cwd ? c->plan->cwd : "/";

	if (!(c->at_top && strcmp(cwd, "/") == 0) && chdir(cwd))
		return err_set(e, ERR_NOCMD, errno, "working directory %s", cwd);
	/* CVE-2024-21626: a directory of the host reached through a descriptor has no path in here. */
	if (syscall(SYS_getcwd, seen, sizeof(seen)) < 0 || seen[0] != '/')
		return err_set(e, ERR_NOEXEC, 0, "working directory %s is outside of the container", cwd);
	return 0;
}

static int usable(const char *path, int *why)
{
	struct stat st;

	if (stat(path, &st)) {
		if (errno != ENOENT && errno != ENOTDIR)
			*why = errno;
		return 0;
	}
	if (!S_ISREG(st.st_mode)) {
		*why = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
		return 0;
	}
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS)) {
		*why = errno;
		return 0;
	}
	return 1;
}

/* As execvp(3) would, but before the gate: a missing command is no start. */
int process_find(struct process *c, struct err *e)
{
	const char *name = c->plan->argv.item[0];
	const char *dir = c->path ? c->path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	int why = ENOENT;

	if (strchr(name, '/')) {
		if ((size_t)snprintf(c->program, sizeof(c->program), "%s", name) >= sizeof(c->program))
			why = ENAMETOOLONG;
		else if (usable(c->program, &why))
			return 0;
	} else {
		while (*dir) {
			size_t n = strcspn(dir, ":");

			/* An empty entry would be the working directory: never meant, so never searched. */
			if (n && (size_t)snprintf(c->program, sizeof(c->program), "%.*s/%s", (int)n, dir, name) <
				sizeof(c->program) && usable(c->program, &why))
				return 0;
			dir += n + (dir[n] == ':');
		}
	}
	return err_set(e, why == ENOENT ? ERR_NOCMD : ERR_NOEXEC, why, "%.256s: cannot be executed", name);
}

void process_own_words(struct process *c)
{
	c->words[1] = c->number;
	c->words[2] = c->program;
}

int process_hand_over(struct process *c, int last, int status, const struct process_visible *join, struct err *e)
{
	static const struct seccomp_program none;
	const struct seccomp_program *quiet = c->filters ? &c->filters->quiet : &none, *log = c->filters ? &c->filters->log : &none;
	struct handover head = { .mark = HANDOVER_MARK, .status = status, .first_closed = c->first_closed,
				 .quiet = quiet->len, .log = log->len, .admin = c->for_filters && !(c->ambient & c->for_filters),
				 .inheritable = { (uint32_t)c->ambient, (uint32_t)(c->ambient >> 32) },
				 .join = join != NULL, .outlives = join && join->outlives, .control = join && c->plan->terminal,
				 .flags = c->filter_flags, .agent = join && c->agent >= 0 ? join->agent : c->agent,
				 .told = join && c->told >= 0 ? join->told : c->told,
				 .tell = join ? join->tell : -1, .gate = join ? join->gate : -1 };
	const struct iovec parts[] = {
		{ &head, sizeof(head) }, { quiet->insn, quiet->len * sizeof(*quiet->insn) },
		{ log->insn, log->len * sizeof(*log->insn) },
	};
	const struct strv *argv = &c->plan->argv;
	ssize_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		n += (ssize_t)parts[i].iov_len;
	c->words = calloc(argv->len + 4, sizeof(*c->words));
	c->control = memfd_create("secctr-exec", 0);
	if (!c->words || c->control < 0 || writev(c->control, parts, ARRAY_LEN(parts)) != n)
		return err_set(e, ERR_SYSTEM, errno, "handing over to secctr-exec");
	snprintf(c->number, sizeof(c->number), "%d", c->control);
	c->words[0] = (char *)"secctr-exec";
	process_own_words(c);
	memcpy(c->words + 3, argv->item, argv->len * sizeof(*argv->item));
	c->last = last;
	return 0;
}

void process_done(struct process *c)
{
	free(c->words);
	c->words = NULL;
}

int process_filter(const struct process *c, struct err *e)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	int listener;

	/* What secctr-exec would have for the filters is in effect until execve(2), and goes with it. */
	if (syscall(SYS_capget, &head, data))
		return err_set(e, ERR_SYSTEM, errno, "capget");
	for (int i = 0; i < 2; i++)
		data[i].inheritable = (uint32_t)(c->ambient >> (32 * i));
	if (syscall(SYS_capset, &head, data))
		return err_set(e, ERR_SYSTEM, errno, "capset");
	return c->filters ? seccomp_apply(c->filters, listener_flags_without(c->filter_flags), &listener, e) : 0;
}

static int load_filters(const struct process *c, struct err *e)
{
	int listener;

	if (c->agent >= 0 && listener_read(c->told, e))
		return -1;
	if (c->filters && seccomp_apply(c->filters, c->filter_flags, &listener, e))
		return -1;
	return c->agent >= 0 ? listener_send(c->agent, listener, e) : 0;
}

int process_exec(const struct process *c, int status, struct err *e)
{
	char *nothing = NULL, **env = c->plan->env.len ? c->plan->env.item : &nothing;

	if (c->last >= 0) {
		if (fcntl(status, F_SETFD, 0) || (c->agent >= 0 && (fcntl(c->agent, F_SETFD, 0) || fcntl(c->told, F_SETFD, 0))))
			return err_set(e, ERR_SYSTEM, errno, "handing over to secctr-exec");
		execveat(c->last, "", c->words, env, AT_EMPTY_PATH);
		return err_set(e, ERR_SYSTEM, errno, "secctr-exec");
	}
	/* The two pipes of the gate; the rest went in process_descriptors(). */
	if (close_range(c->first_closed, ~0U, CLOSE_RANGE_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "close_range");
	if (load_filters(c, e))
		return -1;
	execve(c->program, c->plan->argv.item, env);
	return err_set(e, errno == ENOENT ? ERR_NOCMD : ERR_NOEXEC, errno, "%.256s: cannot be executed", c->program);
}
