/* SPDX-License-Identifier: Apache-2.0 */
/* request_plan.c - request and image configuration to a draft of the plan. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "launcher/base/ids.h"
#include "launcher/base/json.h"
#include "launcher/cli/number_file.h"
#include "launcher/cli/request_mounts.h"
#include "launcher/cli/request_parts.h"
#include "launcher/cli/user_lookup.h"

static int set_root(struct building *b, const char *first, struct err *e)
{
	struct plan_root *root = &b->p->root;

	root->readonly = b->r->read_only;
	if (b->r->rootfs) {
		root->path = realpath(first, NULL);
		if (!root->path)
			return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno,
				       "root file system %.256s", first);
		if (strcmp(root->path, "/") == 0)
			return err_set(e, ERR_INPUT, 0, "root file system /: the host's own root is refused");
		return 0;
	}
	if (image_resolve(b->store, first, &b->image, e))
		return err_context(e, "image %.256s", first);
	/* Not another name that the image has as well: policies match by it. */
	if (str_copy(b->image.asked, &root->image, e) ||
	    str_copy(b->image.digest, &root->image_digest, e))
		return -1;
	return strv_copy(&root->layers, &b->image.diff_ids, e);
}

/* A JSON array or one word, as podman-run(1). */
static int set_entrypoint(struct building *b, struct strv *argv, struct err *e)
{
	const char *text = b->r->entrypoint;
	auto_json json_t *j = NULL;
	size_t i;
	json_t *word;

	if (text[0] != '[')
		return *text ? strv_add(argv, text, e) : 0;
	if (json_read(text, strlen(text), "--entrypoint", &j, e))
		return -1;
	json_array_foreach(j, i, word) {
		if (!json_is_string(word))
			return err_set(e, ERR_INPUT, 0, "--entrypoint: element %zu is not a string", i);
		if (strv_add(argv, json_string_value(word), e))
			return -1;
	}
	return 0;
}

static int set_command(struct building *b, const struct opt_list *operands, struct err *e)
{
	struct strv *argv = &b->p->process.argv;
	const struct strv *image_cmd = &b->image.cmd;

	if (b->r->entrypoint ? set_entrypoint(b, argv, e) : strv_copy(argv, &b->image.entrypoint, e))
		return -1;
	for (size_t i = 1; i < operands->len; i++)
		if (strv_add(argv, operands->item[i], e))
			return -1;
	/* The image's command belongs to the image's entry point. */
	for (size_t i = 0; operands->len < 2 && !b->r->entrypoint && i < image_cmd->len; i++)
		if (strv_add(argv, image_cmd->item[i], e))
			return -1;
	return 0;
}

static int set_user(struct building *b, struct err *e)
{
	struct plan_user *u = &b->p->process.user;
	const char *text = b->r->user ? b->r->user : b->image.user;

	if (!text || !*text)
		return b->r->user ? err_set(e, ERR_INPUT, 0, "--user is empty") : 0;
	return str_copy(text, &u->text, e) || user_lookup(b->store, &b->p->root, text, u, e) ? -1 : 0;
}

static int set_home(struct building *b, struct err *e)
{
	const struct plan_user *u = &b->p->process.user;
	auto_free char *home = NULL;

	/* No user yet: the policy fills it, and HOME with it. */
	if (strv_env(&b->p->process.env, "HOME") || u->uid == FIELD_NONE)
		return 0;
	if (str_print(&home, e, "HOME=%s", u->home ? u->home : "/"))
		return -1;
	return strv_add(&b->p->process.env, home, e);
}

/* Asked for, so that the policy's bound for such mounts holds. */
static int set_shm_size(struct plan *p, const char *text, struct err *e)
{
	for (size_t i = 0; i < p->mounts.len; i++) {
		struct plan_mount *m = PLAN_MOUNT(p, i);

		if (!m->standard || strcmp(m->target, "/dev/shm") != 0)
			continue;
		m->standard = false;
		if (str_to_size(text, "--shm-size", &m->size, e))
			return -1;
		return m->size > 0 ? 0 : err_set(e, ERR_INPUT, 0, "--shm-size 0: without a limit; name a size");
	}
	return err_set(e, ERR_INPUT, 0, "--shm-size: another mount is on /dev/shm");
}

/* What the image calls a volume, where nothing else is. */
static int set_image_volumes(struct building *b, struct err *e)
{
	const char *how = b->r->image_volume ? b->r->image_volume : "bind";

	if (strcmp(how, "bind") != 0 && strcmp(how, "tmpfs") != 0 && strcmp(how, "ignore") != 0)
		return err_set(e, ERR_INPUT, 0, "--image-volume %.32s: bind, tmpfs or ignore", how);
	for (size_t i = 0; *how != 'i' && i < b->image.volumes.len; i++)
		if (request_image_volume(b->p, b->image.volumes.item[i], *how == 't', e))
			return -1;
	return 0;
}

static int set_mounts(struct building *b, struct err *e)
{
	for (size_t i = 0; i < b->r->volumes.len; i++)
		if (request_volume(b->p, b->r->volumes.item[i], e))
			return -1;
	for (size_t i = 0; i < b->r->mounts.len; i++)
		if (request_mount(b, b->r->mounts.item[i], e))
			return -1;
	for (size_t i = 0; i < b->r->tmpfs.len; i++)
		if (request_tmpfs(b->p, b->r->tmpfs.item[i], e))
			return -1;
	if (request_systemd_mounts(b, e) || request_volumes_from(b, e) || set_image_volumes(b, e) || plan_add_standard(b->p, e))
		return -1;
	return b->r->shm_size ? set_shm_size(b->p, b->r->shm_size, e) : 0;
}

static int set_capabilities(struct strv *to, const struct opt_list *from, struct err *e)
{
	for (size_t i = 0; i < from->len; i++) {
		char name[48] = "CAP_";
		const char *c = from->item[i];
		size_t n = 4;

		if (strncasecmp(c, "CAP_", 4) == 0)
			c += 4;
		if (strcasecmp(c, "all") == 0)
			n = 0;
		for (; *c && n < sizeof(name) - 1; c++)
			name[n++] = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
		name[n] = '\0';
		if (strv_add(to, name, e))
			return -1;
	}
	return 0;
}

static int label_option(struct plan *p, const char *value, struct err *e)
{
	if (str_starts(value, "type:"))
		return str_copy(value + 5, &p->selinux.type, e);
	if (str_starts(value, "level:")) {
		p->selinux.shared_level = true;
		return str_copy(value + 6, &p->selinux.level, e);
	}
	if (strcmp(value, "disable") == 0) {
		p->selinux.require = PLAN_REQUIRE_NO;
		return 0;
	}
	return err_set(e, ERR_INPUT, 0, "--security-opt label=%.64s: type:T, level:L or disable", value);
}

static int seccomp_option(struct plan *p, char *value, struct err *e)
{
	char *word;

	if (strcmp(value, "unconfined") == 0) {
		p->seccomp.none = true;
		return 0;
	}
	while ((word = strsep(&value, ",")))
		if (strv_add(&p->seccomp.filter, word, e))
			return -1;
	return 0;
}

static int mask_option(struct plan *p, char *value, struct err *e)
{
	char *word;

	while ((word = strsep(&value, ":")))
		if (strv_add(&p->root.masked, word, e))
			return -1;
	return 0;
}

/* "ALL", or paths and patterns that are neither hidden nor read-only; the policy has the last word. */
static int unmask_option(struct plan *p, char *value, struct err *e)
{
	struct strv *lists[] = { &p->root.masked, &p->root.readonly_paths };
	char *word;

	while ((word = strsep(&value, ":"))) {
		const char *pattern = strcmp(word, "ALL") == 0 || strcmp(word, "all") == 0 ? "*" : word;

		if (*pattern != '/' && *pattern != '*')
			return err_set(e, ERR_INPUT, 0, "--security-opt unmask=%.64s: ALL, or paths", word);
		for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
			auto_strv struct strv old = *lists[l];

			*lists[l] = (struct strv){ 0 };
			for (size_t i = 0; i < old.len; i++)
				if (!str_matches(pattern, old.item[i]) && strv_add(lists[l], old.item[i], e))
					return -1;
		}
	}
	return 0;
}

static int set_security(struct building *b, struct err *e)
{
	for (size_t i = 0; i < b->r->security.len; i++) {
		auto_free char *copy = NULL;
		char *value;

		if (str_copy(b->r->security.item[i], &copy, e))
			return -1;
		value = copy + strcspn(copy, "=:");
		if (*value)
			*value++ = '\0';
		if (strcmp(copy, "no-new-privileges") == 0)
			b->p->process.no_new_privs = strcmp(value, "false") != 0;
		else if (strcmp(copy, "label") == 0 ? label_option(b->p, value, e) :
			 strcmp(copy, "seccomp") == 0 ? seccomp_option(b->p, value, e) :
			 strcmp(copy, "mask") == 0 ? mask_option(b->p, value, e) :
			 strcmp(copy, "unmask") == 0 ? unmask_option(b->p, value, e) :
			 strcmp(copy, "apparmor") == 0 ? (free_ptr_auto(&b->p->process.apparmor), str_copy(value, &b->p->process.apparmor, e)) :
			 strcmp(copy, "proc-opts") == 0 ?
			 err_set(e, ERR_INPUT, 0, "--security-opt proc-opts: /proc is mounted as it is; not supported by this version") :
			 err_set(e, ERR_INPUT, 0, "--security-opt %.64s: not known", b->r->security.item[i]))
			return -1;
	}
	return 0;
}

/* "on-failure:3". */
static int set_restart(struct building *b, struct err *e)
{
	struct plan_monitor *m = &b->p->monitor;
	const char *text = b->r->restart, *colon;
	uint64_t max;

	if (!text || strcmp(text, "no") == 0)
		return 0;
	colon = strchr(text, ':');
	for (int i = PLAN_RESTART_ON_FAILURE; i <= PLAN_RESTART_UNLESS_STOPPED && *text; i++)
		if (strncmp(plan_restart_words[i], text, colon ? (size_t)(colon - text) : strlen(text)) == 0 &&
		    strlen(plan_restart_words[i]) == (colon ? (size_t)(colon - text) : strlen(text)))
			m->restart = i;
	if (!m->restart || (colon && m->restart != PLAN_RESTART_ON_FAILURE))
		return err_set(e, ERR_INPUT, 0, "--restart %.64s: no, on-failure[:N], always or unless-stopped", text);
	if (colon) {
		if (str_to_u64(colon + 1, 1, INT32_MAX, "--restart on-failure", &max, e))
			return -1;
		m->restart_max = (int64_t)max;
	}
	if (b->r->remove)
		return err_set(e, ERR_USAGE, 0, "--rm and --restart exclude each other");
	return 0;
}

static int set_life(struct building *b, struct err *e)
{
	struct plan_monitor *m = &b->p->monitor;
	uint64_t seconds;

	if (b->r->timeout) {
		if (str_to_u64(b->r->timeout, 0, 365 * 86400, "--timeout", &seconds, e))
			return -1;
		m->run_timeout = seconds ? (int64_t)seconds : FIELD_NONE;
	}
	if (b->r->pidfile && pidfile_path(b->r->pidfile, &m->pid_file, e))
		return -1;
	return set_restart(b, e);
}

int request_stop_timeout(const char *text, int64_t *seconds, struct err *e)
{
	uint64_t n;

	if (!text)
		return 0;
	if (str_to_u64(text, 0, 86400, "--stop-timeout", &n, e))
		return -1;
	*seconds = (int64_t)n;
	return 0;
}

static int set_monitor(struct building *b, struct err *e)
{
	struct plan_monitor *m = &b->p->monitor;
	const char *signal_text = b->r->stop_signal ? b->r->stop_signal : b->image.stop_signal;
	int sig;

	m->detach = b->r->detach;
	m->remove = b->r->remove;
	m->interactive = b->r->interactive;
	/* A stream that is attached is open. */
	for (size_t i = 0; i < b->r->attach.len; i++)
		m->interactive |= strcasecmp(b->r->attach.item[i], "stdin") == 0;
	b->p->process.terminal = b->r->tty;
	if (signal_text && *signal_text) {
		if (signal_number(signal_text, &sig, e))
			return err_context(e, "stop signal");
		m->stop_signal = sig;
	}
	return request_stop_timeout(b->r->stop_timeout, &m->stop_timeout, e) || request_notify(b->r->sdnotify, &m->notify, e) || request_log(b, e) ? -1 : 0;
}

static int set_names(struct building *b, struct err *e)
{
	struct plan *p = b->p;
	char id[ID_HEX + 1], name[NAME_MAX_LEN + 1];

	if (id_new(id, e) || str_copy(id, &p->id, e))
		return -1;
	if (b->r->name) {
		if (name_check("--name", b->r->name, e) || str_copy(b->r->name, &p->name, e))
			return -1;
	} else if (name_make(name, e) || str_copy(name, &p->name, e)) {
		return -1;
	}
	if (b->r->hostname) {
		if (strlen(b->r->hostname) > 64 || name_check("--hostname", b->r->hostname, e))
			return err_set(e, ERR_INPUT, 0, "--hostname %.64s: letters, digits, '-' and '.', at most 64",
				       b->r->hostname);
		return str_copy(b->r->hostname, &p->hostname, e);
	}
	return str_print(&p->hostname, e, "%.12s", p->id);
}

/* podman-run(1) --cgroups; a container without a group of its own could not be ended whole. */
int request_cgroups(const char *text, int *manager, struct err *e)
{
	if (!text || strcmp(text, "enabled") == 0)
		return 0;
	if (strcmp(text, "split") != 0)
		return err_set(e, ERR_INPUT, 0, "--cgroups %.32s: enabled or split; the control group is always the container's own", text);
	*manager = PLAN_CGROUP_SPLIT;
	return 0;
}

/* podman-run(1) --sdnotify; conmon is Podman's monitor. */
int request_notify(const char *text, int *notify, struct err *e)
{
	if (!text)
		return 0;
	if (strcmp(text, "monitor") == 0 || strcmp(text, "conmon") == 0)
		*notify = PLAN_NOTIFY_MONITOR;
	else if (strcmp(text, "ignore") == 0)
		*notify = PLAN_NOTIFY_IGNORE;
	else if (strcmp(text, "container") == 0 || strcmp(text, "healthy") == 0)
		return err_set(e, ERR_INPUT, 0, "--sdnotify %s: not in this version, which gives a container no socket of systemd's: "
			       "monitor or ignore", text);
	else
		return err_set(e, ERR_INPUT, 0, "--sdnotify %.32s: monitor (conmon) or ignore", text);
	return 0;
}

static int set_resources(struct building *b, struct err *e)
{
	struct plan *p = b->p;

	if (request_resources(b->r, &p->resources, e) || request_cgroups(b->r->cgroups, &p->cgroup_manager, e))
		return -1;
	if (p->cgroup_manager == PLAN_CGROUP_SPLIT && p->monitor.restart)
		return err_set(e, ERR_USAGE, 0, "--cgroups=split and --restart exclude each other: Restart= of the unit starts it again");
	if (p->cgroup_manager == PLAN_CGROUP_SPLIT && b->r->cgroup_manager)
		return err_set(e, ERR_USAGE, 0, "--cgroups=split and --cgroup-manager exclude each other");
	if (!b->r->cgroup_manager)
		return 0;
	if (strcmp(b->r->cgroup_manager, "systemd") != 0 && strcmp(b->r->cgroup_manager, "cgroupfs") != 0)
		return err_set(e, ERR_INPUT, 0, "--cgroup-manager %.32s: systemd or cgroupfs", b->r->cgroup_manager);
	p->cgroup_manager = *b->r->cgroup_manager == 's' ? PLAN_CGROUP_SYSTEMD : PLAN_CGROUPFS;
	return 0;
}

static int fill(struct building *b, const struct opt_list *operands, struct err *e)
{
	const char *cwd = b->r->workdir;

	b->p->origin = PLAN_CLI;
	if (set_names(b, e) || set_root(b, operands->item[0], e) || request_labels(b, e) ||
	    set_command(b, operands, e) || request_env(b, e) || request_systemd(b, e) ||
	    set_user(b, e) || set_home(b, e) || request_process(b, e) || set_mounts(b, e) ||
	    request_namespaces(b, e) || request_systemd_cgroups(b, e) || request_env_hostname(b, e) || request_copies(b, e) || request_devices(b, e) ||
	    set_capabilities(&b->p->process.cap_add, &b->r->cap_add, e) ||
	    set_capabilities(&b->p->process.cap_drop, &b->r->cap_drop, e) || set_security(b, e) ||
	    set_monitor(b, e) || set_life(b, e) || set_resources(b, e))
		return -1;
	if (!cwd)
		cwd = b->image.working_dir && *b->image.working_dir ? b->image.working_dir : "/";
	if (str_copy(cwd, &b->p->process.cwd, e))
		return -1;
	return plan_check(b->p, e);
}

int request_plan(const struct run_request *r, const struct opt_list *operands, const struct store *s,
		 struct plan **ret, struct err *e)
{
	struct building b = { .r = r, .store = s };
	auto_plan struct plan *p = NULL;
	int done;

	if (plan_new(&p, e))
		return -1;
	image_init(&b.image);
	b.p = p;
	done = fill(&b, operands, e);
	image_done(&b.image);
	if (done)
		return -1;
	*ret = take_ptr(&p);
	return 0;
}
