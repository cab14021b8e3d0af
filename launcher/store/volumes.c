/* SPDX-License-Identifier: Apache-2.0 */
/* volumes.c - see volumes.h. */
#include "launcher/store/volumes.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/ids.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/base/lock.h"
#include "launcher/base/path.h"
#include "launcher/store/container.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define VOLUME_FILE "volume.json"
#define VOLUME_FILLING "filling"

/* Of volume.json: all labels in hex escapes, and room for the rest. */
enum { FILE_MAX = VOLUME_LABELS_MAX * VOLUME_LABEL_BYTES * 6 + 4096 };

const struct field volume_fields[] = {
	FIELD_STR(struct volume, "name", name, FIELD_NEED),
	FIELD_INT(struct volume, "created", created, FIELD_NEED),
	FIELD_MAP(struct volume, "labels", labels, 0),
	FIELD_BOOL(struct volume, "anonymous", anonymous, 0),
	FIELD_END
};

void volume_init(struct volume *v)
{
	memset(v, 0, sizeof(*v));
	fields_init(volume_fields, v);
}

void volume_done(struct volume *v)
{
	fields_done(volume_fields, v);
}

int volumes_lock(const struct store *s, bool alone, struct err *e)
{
	return lock_take(s->lib, "volumes.lock", alone, e);
}

/* Not opened with the store: most commands need none. */
static int open_volumes(const struct store *s, struct err *e)
{
	return path_make_private_dir(s->lib, VOLUMES_DIR, 0700, e);
}

static int check(const struct volume *v, struct err *e)
{
	if (name_check("volume name", v->name, e))
		return -1;
	if (v->labels.len > VOLUME_LABELS_MAX)
		return err_set(e, ERR_LIMIT, 0, "volume %s: more than %d labels", v->name, VOLUME_LABELS_MAX);
	for (size_t i = 0; i < v->labels.len; i++)
		if (strlen(v->labels.item[i]) > VOLUME_LABEL_BYTES)
			return err_set(e, ERR_LIMIT, 0, "volume %s: a label of more than %d bytes", v->name, VOLUME_LABEL_BYTES);
	return 0;
}

/* All of it, on disk, in a directory that has no name yet. */
static int fill(int dir, const struct volume *v, struct err *e)
{
	auto_json json_t *j = NULL;
	auto_free char *text = NULL;
	auto_close int data = -1;

	if (fields_to_json(volume_fields, v, &j, e) || json_canonical(j, &text, e))
		return -1;
	data = path_make_private_dir(dir, VOLUME_DATA, 0755, e);
	/* Not what the umask leaves: the container's user has to get in. */
	if (data < 0 || fchmod(data, 0755) || fsync(data))
		return data < 0 ? -1 : err_set(e, ERR_SYSTEM, errno, "volume %s", v->name);
	return io_replace_file_at(dir, VOLUME_FILE, text, strlen(text), 0600, e);
}

/* Until it has its name nobody else makes one: the number holds. */
static int check_number(int volumes, struct err *e)
{
	auto_close int again = openat(volumes, ".", DIR_FLAGS);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	size_t n = 0;

	if (!d)
		return err_set(e, ERR_SYSTEM, errno, "store: " VOLUMES_DIR);
	again = -1;
	if (flock(volumes, LOCK_EX)) {
		closedir(d);
		return err_set(e, ERR_SYSTEM, errno, "store: " VOLUMES_DIR);
	}
	/* "." and ".." are there always. */
	while (n < VOLUMES_MAX + 2 && readdir(d))
		n++;
	closedir(d);
	return n < VOLUMES_MAX + 2 ? 0 : err_set(e, ERR_LIMIT, 0, "there are %d volumes, and no more are made: `secctr volume prune`", VOLUMES_MAX);
}

int volume_create(const struct store *s, const struct volume *v, struct err *e)
{
	auto_close int dir = -1, volumes = -1;
	char tmp[STORE_TMP_NAME];
	struct err ignored;
	int failed;

	if (check(v, e))
		return -1;
	volumes = open_volumes(s, e);
	if (volumes < 0)
		return -1;
	/* The usual answer of a second maker, for less. */
	if (faccessat(volumes, v->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(e, ERR_EXISTS, 0, "volume with name %s already exists", v->name);
	dir = store_tmp_make(s, tmp, e);
	if (dir < 0)
		return -1;
	failed = fill(dir, v, e) || check_number(volumes, e) ? -1 : 0;
	if (!failed && renameat2(s->tmp, tmp, volumes, v->name, RENAME_NOREPLACE)) {
		failed = errno == EEXIST ? err_set(e, ERR_EXISTS, 0, "volume with name %s already exists", v->name) :
			 err_set(e, ERR_SYSTEM, errno, "volume %s", v->name);
	}
	if (failed) {
		(void)!path_remove_tree(s->tmp, tmp, &ignored);
		return -1;
	}
	return fsync(volumes) ? err_set(e, ERR_SYSTEM, errno, "store: " VOLUMES_DIR) : 0;
}

/* ERR_NOTFOUND. */
static int open_volume(const struct store *s, const char *name, struct err *e)
{
	auto_close int volumes = -1;
	struct err why = { 0 };
	int fd;

	if (name_check("volume name", name, &why))
		return err_set(e, ERR_NOTFOUND, 0, "no volume with name \"%.128s\" found: %s", name, why.text);
	volumes = open_volumes(s, e);
	if (volumes < 0)
		return -1;
	fd = openat(volumes, name, DIR_FLAGS);
	if (fd < 0)
		return errno == ENOENT ? err_set(e, ERR_NOTFOUND, 0, "no volume with name \"%s\" found", name) :
		       err_set(e, ERR_SYSTEM, errno, "volume %s", name);
	return fd;
}

int volume_read(const struct store *s, const char *name, struct volume *ret, struct err *e)
{
	auto_close int dir = open_volume(s, name, e);
	auto_str struct str text = { 0 };
	auto_json json_t *j = NULL;

	if (dir < 0)
		return -1;
	if (io_read_file_at(dir, VOLUME_FILE, FILE_MAX, &text, e) || json_read(text.text, text.len, VOLUME_FILE, &j, e) ||
	    fields_from_json(volume_fields, j, VOLUME_FILE, true, NULL, ret, e)) {
		/* A directory without it is no missing volume. */
		e->reason = e->reason == ERR_NOTFOUND ? ERR_STATE : e->reason;
		return err_context(e, "volume %s", name);
	}
	return 0;
}

int volume_data(const struct store *s, const char *name, struct err *e)
{
	auto_close int dir = open_volume(s, name, e);
	int fd;

	if (dir < 0)
		return -1;
	fd = openat(dir, VOLUME_DATA, DIR_FLAGS);
	return fd < 0 ? err_set(e, ERR_STATE, errno, "volume %s: " VOLUME_DATA, name) : fd;
}

static int has_entries(int dir, bool *ret, struct err *e)
{
	auto_close int again = openat(dir, ".", DIR_FLAGS);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	int n = 0;

	if (!d)
		return err_set(e, ERR_SYSTEM, errno, VOLUME_DATA);
	again = -1;
	/* "." and ".." are there always. */
	while (n <= 2 && readdir(d))
		n++;
	closedir(d);
	*ret = n > 2;
	return 0;
}

int volume_fill(const struct store *s, const char *name, int *ret_lock, int *ret_data, bool *ret_due, struct err *e)
{
	auto_close int dir = open_volume(s, name, e), data = -1;
	bool has = false;

	if (dir < 0)
		return -1;
	if (flock(dir, LOCK_EX))
		return err_set(e, ERR_SYSTEM, errno, "volume %s: lock", name);
	data = openat(dir, VOLUME_DATA, DIR_FLAGS);
	if (data < 0)
		return err_set(e, ERR_STATE, errno, "volume %s: " VOLUME_DATA, name);
	if (has_entries(data, &has, e))
		return err_context(e, "volume %s", name);
	*ret_due = !has || faccessat(dir, VOLUME_FILLING, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	*ret_lock = take_fd(&dir);
	*ret_data = take_fd(&data);
	return 0;
}

int volume_filling(int lock, struct err *e)
{
	auto_close int fd = openat(lock, VOLUME_FILLING, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? err_set(e, ERR_SYSTEM, errno, "volume: " VOLUME_FILLING) : 0;
}

int volume_filled(int lock, struct err *e)
{
	if (unlinkat(lock, VOLUME_FILLING, 0) && errno != ENOENT)
		return err_set(e, ERR_SYSTEM, errno, "volume: " VOLUME_FILLING);
	return 0;
}

static bool is_name(const char *name)
{
	struct err unused;

	return name_check("volume name", name, &unused) == 0;
}

int volume_list(const struct store *s, struct strv *ret, struct err *e)
{
	auto_close int dir = open_volumes(s, e);

	return dir < 0 ? -1 : store_names(dir, VOLUMES_DIR, is_name, ret, e);
}

/* mounts[] of a request (launcher/plan/plan.h), which this module reads as a document. */
static bool names_volume(const json_t *request, const char *name)
{
	const json_t *mounts = json_object_get(request, "mounts");
	size_t n = json_array_size(mounts);

	for (size_t i = 0; i < n; i++) {
		const json_t *m = json_array_get(mounts, i);
		const char *type = json_string_value(json_object_get(m, "type"));
		const char *source = json_string_value(json_object_get(m, "source"));

		if (type && source && strcmp(type, "volume") == 0 && strcmp(source, name) == 0)
			return true;
	}
	return false;
}

int volumes_anonymous(int container, struct strv *ret, struct err *e)
{
	auto_str struct str text = { 0 };
	auto_json json_t *j = NULL;
	const json_t *mounts;

	if (container_request_read(container, &text, e))
		return e->reason == ERR_NOTFOUND ? 0 : -1;
	if (json_read(text.text, text.len, "request.json", &j, e))
		return -1;
	mounts = json_object_get(j, "mounts");
	for (size_t i = 0; i < json_array_size(mounts); i++) {
		const json_t *m = json_array_get(mounts, i);
		const char *source = json_string_value(json_object_get(m, "source"));

		if (json_is_true(json_object_get(m, "anonymous")) && source && strv_add(ret, source, e))
			return -1;
	}
	return 0;
}

static int uses(const struct store *s, const char *id, const char *name, bool *ret, struct err *e)
{
	auto_close int dir = container_dir(s, id, e);
	auto_str struct str text = { 0 };
	auto_json json_t *j = NULL;

	*ret = false;
	/* Gone meanwhile, or a start was killed before it had asked for anything. */
	if (dir < 0 || container_request_read(dir, &text, e))
		return e->reason == ERR_NOTFOUND ? 0 : -1;
	if (json_read(text.text, text.len, "request.json", &j, e))
		return err_context(e, "container %.12s", id);
	*ret = names_volume(j, name);
	return 0;
}

int volume_users(const struct store *s, const char *name, struct strv *ret, struct err *e)
{
	auto_strv struct strv ids = { 0 };

	if (container_list(s, &ids, e))
		return -1;
	for (size_t i = 0; i < ids.len; i++) {
		bool user;

		if (uses(s, ids.item[i], name, &user, e) || (user && strv_add(ret, ids.item[i], e)))
			return -1;
	}
	return 0;
}

int volume_remove(const struct store *s, const char *name, struct err *e)
{
	auto_close int volume = open_volume(s, name, e), volumes = -1, dir = -1;
	char tmp[STORE_TMP_NAME];
	struct err ignored;

	if (volume < 0)
		return -1;
	volumes = open_volumes(s, e);
	if (volumes < 0)
		return -1;
	dir = store_tmp_make(s, tmp, e);
	if (dir < 0)
		return -1;
	if (renameat2(volumes, name, dir, "volume", RENAME_NOREPLACE))
		return err_set(e, ERR_SYSTEM, errno, "volume %s", name);
	/* The data first: while that stays the volume can have its name back whole. */
	if (path_remove_tree(volume, VOLUME_DATA, e)) {
		(void)!renameat2(dir, "volume", volumes, name, RENAME_NOREPLACE);
		(void)!path_remove_tree(s->tmp, tmp, &ignored);
		return err_context(e, "volume %s", name);
	}
	return path_remove_tree(s->tmp, tmp, e);
}
