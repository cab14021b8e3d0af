/* SPDX-License-Identifier: Apache-2.0 */
/* container.c - directories, names and state of containers. */
#include "launcher/store/container.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/base/lock.h"
#include "launcher/base/path.h"

enum { RESERVE_TRIES = 16 };

#define LOCK_FILE "lock"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

const char *const container_status_words[] = {
	"", "creating", "created", "running", "stopping", "exited", "paused", "restarting", NULL
};

/* As plan_restart_words of launcher/plan, which this module does not know. */
static const char *const restart_words[] = { "", "on-failure", "always", "unless-stopped", NULL };

const struct field container_state_fields[] = {
	FIELD_STR(struct container_state, "id", id, FIELD_NEED),
	FIELD_STR(struct container_state, "name", name, 0),
	FIELD_STR(struct container_state, "other_name", other_name, 0),
	FIELD_ENUM(struct container_state, "status", status, FIELD_NEED, container_status_words),
	FIELD_INT(struct container_state, "pid", pid, 0),
	FIELD_U64(struct container_state, "start_time", start_time, 0),
	FIELD_INT(struct container_state, "monitor_pid", monitor_pid, 0),
	FIELD_U64(struct container_state, "monitor_start_time", monitor_start_time, 0),
	FIELD_STR(struct container_state, "boot_id", boot_id, 0),
	FIELD_STR(struct container_state, "cgroup", cgroup, 0),
	FIELD_STRV(struct container_state, "cgroup_dirs", cgroup_dirs, 0),
	FIELD_STR(struct container_state, "scope", scope, 0),
	FIELD_STR(struct container_state, "plan_digest", plan_digest, 0),
	FIELD_STR(struct container_state, "policy", policy, 0),
	FIELD_STR(struct container_state, "policy_digest", policy_digest, 0),
	FIELD_STR(struct container_state, "image", image, 0),
	FIELD_STR(struct container_state, "command", command, 0),
	FIELD_STRV(struct container_state, "argv", argv, 0),
	FIELD_STRV(struct container_state, "mounts", mounts, 0),
	FIELD_STR(struct container_state, "image_digest", image_digest, 0),
	FIELD_STR(struct container_state, "process_label", process_label, 0),
	FIELD_STR(struct container_state, "level", level, 0),
	FIELD_INT(struct container_state, "auid", auid, 0),
	FIELD_INT(struct container_state, "ses", ses, 0),
	FIELD_INT(struct container_state, "creator_auid", creator_auid, 0),
	FIELD_INT(struct container_state, "creator_ses", creator_ses, 0),
	FIELD_STR(struct container_state, "start_event", start_event, 0),
	FIELD_INT(struct container_state, "created", created, 0),
	FIELD_INT(struct container_state, "started", started, 0),
	FIELD_BOOL(struct container_state, "remove", remove, 0),
	FIELD_INT(struct container_state, "run", run, 0),
	FIELD_ENUM(struct container_state, "restart", restart, 0, restart_words),
	FIELD_INT(struct container_state, "restart_max", restart_max, 0),
	FIELD_INT(struct container_state, "restarts", restarts, 0),
	FIELD_INT(struct container_state, "restart_delay", restart_delay, 0),
	FIELD_INT(struct container_state, "stop_signal", stop_signal, 0),
	FIELD_INT(struct container_state, "stop_timeout", stop_timeout, 0),
	FIELD_MAP(struct container_state, "labels", labels, 0),
	FIELD_MAP(struct container_state, "annotations", annotations, 0),
	FIELD_STR(struct container_state, "bundle", bundle, 0),
	FIELD_END
};

/* In this struct 0 says "none" where the table would say FIELD_NONE; ids of people keep FIELD_NONE. */
void container_state_init(struct container_state *c)
{
	memset(c, 0, sizeof(*c));
	fields_init(container_state_fields, c);
	c->pid = 0;
	c->monitor_pid = 0;
	c->created = 0;
	c->started = 0;
	c->run = 0;
	c->restart_max = 0;
	c->restarts = 0;
	c->restart_delay = 0;
}

void container_state_done(struct container_state *c)
{
	fields_done(container_state_fields, c);
}

/* The id behind a name. ERR_NOTFOUND: nobody has it. */
static int name_owner(const struct store *s, const char *name, char ret_id[ID_HEX + 1], struct err *e)
{
	char id[ID_HEX + 2];
	ssize_t n = readlinkat(s->names, name, id, sizeof(id) - 1);

	if (n < 0 && (errno == ENOENT || errno == ENAMETOOLONG))
		return err_set(e, ERR_NOTFOUND, 0, "no container named %s", name);
	if (n < 0)
		return err_set(e, ERR_SYSTEM, errno, "store: names/%s", name);
	id[n] = 0;
	if (!id_is_valid(id))
		return err_set(e, ERR_STATE, 0, "store: names/%s does not hold a container id", name);
	memcpy(ret_id, id, ID_HEX + 1);
	return 0;
}

static bool has_dir(int parent, const char *name)
{
	struct stat st;

	return fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* A power cut can leave a name whose container's directory never reached the disk: such a name is free. */
static int free_stale_name(const struct store *s, const char *name, struct err *e)
{
	auto_close int lock = lock_take(s->lib, "lock", true, e);
	char owner[ID_HEX + 1];
	struct err why = { 0 };

	if (lock < 0)
		return -1;
	if (name_owner(s, name, owner, &why) < 0) {
		if (why.reason == ERR_NOTFOUND)
			return 0;
		*e = why;
		return -1;
	}
	if (has_dir(s->containers, owner))
		return err_set(e, ERR_EXISTS, 0, "the name %s is in use by container %.12s", name, owner);
	if (unlinkat(s->names, name, 0) < 0 && errno != ENOENT)
		return err_set(e, ERR_SYSTEM, errno, "store: names/%s", name);
	return 0;
}

static int take_name(const struct store *s, const char *id, const char *name, struct err *e)
{
	if (symlinkat(id, s->names, name) == 0)
		return 0;
	if (errno == EEXIST) {
		if (free_stale_name(s, name, e) < 0)
			return -1;
		if (symlinkat(id, s->names, name) == 0)
			return 0;
		if (errno == EEXIST)
			return err_set(e, ERR_EXISTS, 0, "the name %s was taken meanwhile", name);
	}
	return err_set(e, ERR_SYSTEM, errno, "store: names/%s", name);
}

void container_place_done(struct container_place *p)
{
	close_fd_auto(&p->dir);
	close_fd_auto(&p->run);
	close_fd_auto(&p->lock);
}

/* 1: somebody took the new directory for what a killed start left. */
static int make_dir(const struct store *s, const char *id, struct container_place *p, struct err *e)
{
	if (mkdirat(s->containers, id, 0700) < 0)
		return err_set(e, errno == EEXIST ? ERR_EXISTS : ERR_SYSTEM, errno, "container %.12s", id);
	p->dir = container_dir(s, id, e);
	if (p->dir >= 0)
		p->lock = lock_take_new(p->dir, LOCK_FILE, true, e);
	if (p->lock >= 0)
		return 0;
	if (e->reason == ERR_NOTFOUND) {
		container_place_done(p);
		return 1;
	}
	(void)unlinkat(s->containers, id, AT_REMOVEDIR);
	return -1;
}

/* Somebody else may hold the lock's file for a moment: to see whether this start lives. */
static int make_place(const struct store *s, const char *id, struct container_place *p, struct err *e)
{
	for (int tries = 0; tries < RESERVE_TRIES; tries++) {
		int r = make_dir(s, id, p, e);

		if (r <= 0)
			return r;
	}
	return -1;
}

int container_reserve(const struct store *s, const char *id, const char *name, struct container_place *ret,
		      struct err *e)
{
	auto_container_place struct container_place p = CONTAINER_PLACE_INIT;

	if (!id_is_valid(id))
		return err_set(e, ERR_INPUT, 0, "container id: not %d lower-case hex digits", ID_HEX);
	if (name_check("container name", name, e) < 0)
		return -1;
	if (id_is_valid(name))
		return err_set(e, ERR_INPUT, 0, "container name: %s has the form of a container id", name);
	if (make_place(s, id, &p, e) < 0)
		return -1;
	/* After the directory: a name without one counts as free (free_stale_name). */
	if (take_name(s, id, name, e) < 0)
		goto no_name;
	p.run = container_run_dir(s, id, e);
	if (p.run < 0)
		goto no_run;
	*ret = p;
	p = (struct container_place)CONTAINER_PLACE_INIT;
	return 0;
no_run:
	(void)unlinkat(s->names, name, 0);
no_name:
	(void)unlinkat(p.dir, LOCK_FILE, 0);
	(void)unlinkat(s->containers, id, AT_REMOVEDIR);
	return -1;
}

void container_drop_empty(const struct store *s, const char *id)
{
	if (id_is_valid(id))
		(void)unlinkat(s->containers, id, AT_REMOVEDIR);
}

static bool is_hex(const char *text)
{
	return *text && text[strspn(text, "0123456789abcdef")] == 0;
}

static int resolve_front(const struct store *s, const char *front, char ret_id[ID_HEX + 1], struct err *e)
{
	auto_strv struct strv all = { 0 };
	const char *found = NULL;

	if (container_list(s, &all, e) < 0)
		return -1;
	for (size_t i = 0; i < all.len; i++) {
		if (!str_starts(all.item[i], front))
			continue;
		if (found)
			return err_set(e, ERR_INPUT, 0, "%s: more than one container id begins so", front);
		found = all.item[i];
	}
	if (!found)
		return err_set(e, ERR_NOTFOUND, 0, "no container with name or id %s", front);
	memcpy(ret_id, found, ID_HEX + 1);
	return 0;
}

int container_resolve(const struct store *s, const char *text, char ret_id[ID_HEX + 1], struct err *e)
{
	char id[ID_HEX + 1];
	struct err why = { 0 };

	/* The grammar first: no text of a caller is used as a path before it. */
	if (name_check("container", text, e) < 0)
		return -1;
	if (name_owner(s, text, id, &why) == 0) {
		if (!has_dir(s->containers, id))
			return err_set(e, ERR_NOTFOUND, 0, "no container with name or id %s", text);
		memcpy(ret_id, id, sizeof(id));
		return 0;
	}
	if (why.reason != ERR_NOTFOUND) {
		*e = why;
		return -1;
	}
	if (id_is_valid(text) && has_dir(s->containers, text)) {
		memcpy(ret_id, text, ID_HEX + 1);
		return 0;
	}
	if (!is_hex(text))
		return err_set(e, ERR_NOTFOUND, 0, "no container with name or id %s", text);
	return resolve_front(s, text, ret_id, e);
}

int container_dir(const struct store *s, const char *id, struct err *e)
{
	int fd;

	if (!id_is_valid(id))
		return err_set(e, ERR_INPUT, 0, "container id: not %d lower-case hex digits", ID_HEX);
	fd = openat(s->containers, id, DIR_FLAGS);
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "container %.12s", id);
	return fd;
}

int container_run_dir(const struct store *s, const char *id, struct err *e)
{
	int fd;

	if (!id_is_valid(id))
		return err_set(e, ERR_INPUT, 0, "container id: not %d lower-case hex digits", ID_HEX);
	if (mkdirat(s->run_containers, id, 0700) < 0 && errno != EEXIST)
		return err_set(e, ERR_SYSTEM, errno, "container %.12s: run directory", id);
	fd = openat(s->run_containers, id, DIR_FLAGS);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "container %.12s: run directory", id);
	return fd;
}

int container_lock(int dir, struct err *e)
{
	return lock_take_existing(dir, LOCK_FILE, true, LOCK_WAIT_MS, e);
}

int container_try_lock(int dir, struct err *e)
{
	return lock_take_existing(dir, LOCK_FILE, true, 0, e);
}

static int state_parse(const struct str *text, const char *id, struct container_state *c, struct err *e)
{
	auto_json json_t *j = NULL;

	if (json_read(text->text, text->len, "state.json", &j, e) < 0 ||
	    fields_from_json(container_state_fields, j, "state.json", true, NULL, c, e) < 0)
		return -1;
	if (strcmp(c->id, id) != 0)
		return err_set(e, ERR_STATE, 0, "state.json: is of another container");
	return 0;
}

/* `failed`: the text could not be read, and why. */
static int state_take(const struct str *text, bool failed, const struct err *unread, const char *id, struct container_state *c,
		      struct err *e)
{
	auto_container struct container_state got;
	struct err why;

	container_state_init(&got);
	if (failed) {
		if (unread->reason != ERR_NOTFOUND && unread->reason != ERR_LIMIT) {
			*e = *unread;
			return -1;
		}
	} else if (state_parse(text, id, &got, &why) == 0) {
		goto done;
	}
	container_state_done(&got);
	container_state_init(&got);
	got.status = CONTAINER_EXITED;
	if (str_copy(id, &got.id, e) < 0)
		return -1;
done:
	container_state_done(c);
	*c = got;
	container_state_init(&got);
	return 0;
}

int container_state_read(int dir, const char *id, struct container_state *c, struct err *e)
{
	auto_str struct str text = { 0 };
	struct err why;
	bool failed = io_read_file_at(dir, "state.json", 2 * JSON_BYTES_MAX, &text, &why) < 0;

	return state_take(&text, failed, &why, id, c, e);
}

int container_state_read_id(const struct store *s, const char *id, struct container_state *c, struct err *e)
{
	char path[ID_HEX + sizeof("/state.json")];
	auto_str struct str text = { 0 };
	struct err why;
	bool failed;

	if (!id_is_valid(id))
		return err_set(e, ERR_INPUT, 0, "container id: not %d lower-case hex digits", ID_HEX);
	(void)snprintf(path, sizeof(path), "%s/state.json", id);
	failed = io_read_file_below(s->containers, path, 2 * JSON_BYTES_MAX, &text, &why) < 0;
	return state_take(&text, failed, &why, id, c, e);
}

int container_state_write(int dir, const struct container_state *c, struct err *e)
{
	auto_free char *text = NULL;
	auto_json json_t *j = NULL;

	if (fields_to_json(container_state_fields, c, &j, e) < 0 || json_canonical(j, &text, e) < 0)
		return -1;
	return io_replace_volatile_at(dir, "state.json", text, strlen(text), 0600, e);
}

static int write_new(int dir, const char *name, const char *text, struct err *e)
{
	auto_close int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(e, errno == EEXIST ? ERR_EXISTS : ERR_SYSTEM, errno, "%s", name);
	return io_write_all(fd, text, strlen(text), name, e);
}

static int read_whole(int dir, const char *name, struct str *ret, struct err *e)
{
	auto_str struct str text = { 0 };

	if (io_read_file_at(dir, name, STR_MAX - 1, &text, e) < 0)
		return -1;
	str_done(ret);
	*ret = text;
	text = (struct str){ 0 };
	return 0;
}

int container_plan_write(int dir, const char *text, struct err *e)
{
	return write_new(dir, "plan.json", text, e);
}

int container_plan_read(int dir, struct str *ret, struct err *e)
{
	return read_whole(dir, "plan.json", ret, e);
}

int container_plan_write_next(int dir, const char *text, struct err *e)
{
	return io_replace_volatile_at(dir, "plan.next", text, strlen(text), 0600, e);
}

int container_plan_read_next(int dir, struct str *ret, struct err *e)
{
	return read_whole(dir, "plan.next", ret, e);
}

int container_plan_commit(int dir, struct err *e)
{
	return renameat(dir, "plan.next", dir, "plan.json") ? err_set(e, ERR_SYSTEM, errno, "plan.json") : 0;
}

bool container_plan_has_next(int dir)
{
	return faccessat(dir, "plan.next", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int container_request_write(int dir, const char *text, struct err *e)
{
	return write_new(dir, "request.json", text, e);
}

int container_request_replace(int dir, const char *text, struct err *e)
{
	return io_replace_file_at(dir, "request.json", text, strlen(text), 0600, e);
}

int container_request_read(int dir, struct str *ret, struct err *e)
{
	return read_whole(dir, "request.json", ret, e);
}

int container_mark_stopped(int dir, struct err *e)
{
	auto_close int fd = openat(dir, CONTAINER_STOPPED, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? err_set(e, ERR_SYSTEM, errno, "container: " CONTAINER_STOPPED) : 0;
}

int container_clear_stopped(int dir, struct err *e)
{
	if (unlinkat(dir, CONTAINER_STOPPED, 0) && errno != ENOENT)
		return err_set(e, ERR_SYSTEM, errno, "container: " CONTAINER_STOPPED);
	return 0;
}

bool container_is_stopped(int dir)
{
	return faccessat(dir, CONTAINER_STOPPED, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int container_list(const struct store *s, struct strv *ret, struct err *e)
{
	return store_names(s->containers, "containers", id_is_valid, ret, e);
}

/*
 * What every container has goes by name, and mostly nothing else is there: `dir` is read once and not searched.
 * state.json is first, so that whoever looks while the rest goes finds no container (look.h). What cannot go is found later.
 */
static int remove_entries(int dir, struct err *e)
{
	static const char *const known[] = { "state.json", "plan.json", "request.json", "exit.json", "ctr.log" };
	union {
		struct dirent64 first;
		char bytes[4096];
	} entries;
	long n;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		(void)unlinkat(dir, known[i], 0);
	while ((n = getdents64(dir, &entries, sizeof(entries))) > 0) {
		bool more = n > (long)sizeof(entries) / 2;

		for (long at = 0; at < n; ) {
			const struct dirent64 *ent = (const struct dirent64 *)(const void *)(entries.bytes + at);

			/* The lock stays to the end: who waits for it must not find a half-removed container unlocked. */
			if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0 && strcmp(ent->d_name, LOCK_FILE) != 0) {
				more = true;
				if (path_remove_tree(dir, ent->d_name, e))
					return -1;
			}
			at += ent->d_reclen;
		}
		if (!more)
			return 0;
	}
	return n < 0 ? err_set(e, ERR_SYSTEM, errno, "container directory") : 0;
}

/* 1: it was the name of this one, and went. */
static int drop_name(const struct store *s, const char *id, const char *name, struct err *e)
{
	char owner[ID_HEX + 1];
	struct err why = { 0 };

	if (name_owner(s, name, owner, &why) < 0 || strcmp(owner, id) != 0)
		return 0;
	if (unlinkat(s->names, name, 0) < 0 && errno != ENOENT)
		return err_set(e, ERR_SYSTEM, errno, "store: names/%s", name);
	return 1;
}

static int drop_all_names(const struct store *s, const char *id, struct err *e)
{
	int fd = openat(s->names, ".", DIR_FLAGS);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *ent;
	int rc = 0;

	if (!d) {
		err_set(e, ERR_SYSTEM, errno, "store: names");
		close_fd_auto(&fd);
		return -1;
	}
	while (rc >= 0 && (ent = readdir(d)))
		if (ent->d_name[0] != '.')
			rc = drop_name(s, id, ent->d_name, e);
	closedir(d);
	return rc;
}

/* Mostly empty by now. */
static int remove_dir(int parent, const char *id, struct err *e)
{
	if (unlinkat(parent, id, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return path_remove_tree(parent, id, e);
}

int container_remove(const struct store *s, const char *id, const char *name, struct err *e)
{
	struct err why = { 0 };
	auto_close int dir = container_dir(s, id, &why);

	if (dir < 0 && why.reason != ERR_NOTFOUND) {
		*e = why;
		return -1;
	}
	return container_remove_open(s, dir, id, name, e);
}

int container_remove_open(const struct store *s, int dir, const char *id, const char *name, struct err *e)
{
	int named = 0;

	if (name && name_check("container name", name, e) < 0)
		return -1;
	if (remove_dir(s->run_containers, id, e) < 0)
		return -1;
	if (dir >= 0 && remove_entries(dir, e) < 0)
		return -1;
	if (name)
		named = drop_name(s, id, name, e);
	if (named < 0 || (!named && drop_all_names(s, id, e) < 0))
		return -1;
	if (dir < 0)
		return 0;
	/* Its holder is us: who waits for it finds the name gone. */
	(void)unlinkat(dir, LOCK_FILE, 0);
	return remove_dir(s->containers, id, e);
}

static int set_names(struct container_state *c, const char *name, const char *other, struct err *e)
{
	auto_free char *new_name = NULL, *new_other = NULL;

	if (str_copy(name, &new_name, e) < 0 || str_copy(other, &new_other, e) < 0)
		return -1;
	free(c->name);
	free(c->other_name);
	c->name = take_ptr(&new_name);
	c->other_name = take_ptr(&new_other);
	return 0;
}

int container_rename(const struct store *s, int dir, struct container_state *c, const char *to, struct err *e)
{
	auto_free char *from = NULL;

	if (name_check("container name", to, e) < 0 || str_copy(c->name, &from, e) < 0)
		return -1;
	if (id_is_valid(to))
		return err_set(e, ERR_INPUT, 0, "container name: %s has the form of a container id", to);
	/* The state first: what is removed now takes a name along that was just made. */
	if (set_names(c, from, to, e) < 0 || container_state_write(dir, c, e) < 0)
		return -1;
	if (take_name(s, c->id, to, e) < 0)
		return -1;
	if (set_names(c, to, from, e) < 0 || container_state_write(dir, c, e) < 0)
		return -1;
	return from && drop_name(s, c->id, from, e) < 0 ? -1 : 0;
}
