/* SPDX-License-Identifier: Apache-2.0 */
/* images.c - the files of images/, references, and reading a file through the layers. */
#include "launcher/store/images.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/digest.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/base/lock.h"
#include "launcher/base/path.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* The configuration is at most JSON_BYTES_MAX; ours has a few digests more. */
#define IMAGE_FILE_MAX	(2 * JSON_BYTES_MAX)
#define REFS_FILE_MAX	JSON_BYTES_MAX

const struct field image_history_fields[] = {
	FIELD_INT(struct image_history, "created", created, 0),
	FIELD_STR(struct image_history, "created_by", created_by, 0),
	FIELD_STR(struct image_history, "comment", comment, 0),
	FIELD_STR(struct image_history, "author", author, 0),
	FIELD_BOOL(struct image_history, "empty_layer", empty, 0),
	FIELD_END
};

const struct field image_fields[] = {
	FIELD_STR(struct image, "digest", digest, FIELD_NEED),
	FIELD_STR(struct image, "config_digest", config_digest, FIELD_NEED),
	FIELD_STR(struct image, "media_type", media_type, 0),
	FIELD_STRV(struct image, "diff_ids", diff_ids, 0),
	FIELD_STRV(struct image, "blobs", blobs, 0),
	FIELD_INT(struct image, "created", created, 0),
	FIELD_INT(struct image, "size", size, 0),
	FIELD_STR(struct image, "architecture", architecture, 0),
	FIELD_STR(struct image, "os", os, 0),
	FIELD_STR(struct image, "author", author, 0),
	FIELD_STR(struct image, "User", user, 0),
	FIELD_STR(struct image, "WorkingDir", working_dir, 0),
	FIELD_STRV(struct image, "Env", env, 0),
	FIELD_STRV(struct image, "Entrypoint", entrypoint, 0),
	FIELD_STRV(struct image, "Cmd", cmd, 0),
	FIELD_STRV(struct image, "ExposedPorts", exposed_ports, 0),
	FIELD_STRV(struct image, "Volumes", volumes, 0),
	FIELD_STR(struct image, "StopSignal", stop_signal, 0),
	FIELD_STRV(struct image, "Labels", labels, 0),
	FIELD_LIST(struct image, "history", history, 0, image_history_fields, struct image_history),
	FIELD_END
};

void image_init(struct image *i)
{
	memset(i, 0, sizeof(*i));
	fields_init(image_fields, i);
	i->size = 0;
}

void image_done(struct image *i)
{
	strv_done(&i->refs);
	free(i->asked);
	i->asked = NULL;
	fields_done(image_fields, i);
}

void image_list_free(struct image *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		image_done(&list[i]);
	free(list);
}

int images_lock(const struct store *s, struct err *e)
{
	return lock_take(s->lib, "images.lock", true, e);
}

int images_lock_shared(const struct store *s, struct err *e)
{
	return lock_take(s->lib, "images.lock", false, e);
}

int image_still_there(const struct store *s, const char *digest, const struct strv *diff_ids, struct err *e)
{
	char file[DIGEST_HEX + sizeof(".json")];
	bool there = digest_is_valid(digest);

	if (there) {
		snprintf(file, sizeof(file), "%s.json", digest + strlen("sha256:"));
		there = faccessat(s->images, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	}
	if (!there)
		return err_set(e, ERR_NOTFOUND, 0, "image %s: removed meanwhile", digest);
	for (size_t i = 0; i < diff_ids->len; i++)
		if (!image_has_layer(s, diff_ids->item[i]))
			return err_set(e, ERR_NOTFOUND, 0, "image %s: its layer %s is gone: load it again", digest, diff_ids->item[i]);
	return 0;
}

bool image_has_layer(const struct store *s, const char *diff_id)
{
	struct stat st;

	return digest_is_valid(diff_id) &&
	       fstatat(s->layers, diff_id + strlen("sha256:"), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static int check_image(const struct image *i, struct err *e)
{
	if (!digest_is_valid(i->digest) || !digest_is_valid(i->config_digest))
		return err_set(e, ERR_INPUT, 0, "image: bad digest");
	if (i->diff_ids.len > IMAGE_LAYERS_MAX)
		return err_set(e, ERR_LIMIT, 0, "image: %zu layers, at most %d", i->diff_ids.len, IMAGE_LAYERS_MAX);
	for (size_t n = 0; n < i->diff_ids.len; n++)
		if (!digest_is_valid(i->diff_ids.item[n]))
			return err_set(e, ERR_INPUT, 0, "image: layer %zu: bad diff ID", n);
	return 0;
}

/* refs.json as an object of strings; an empty one if there is no file. */
static int refs_read(const struct store *s, json_t **ret, struct err *e)
{
	auto_str struct str text = { 0 };
	auto_json json_t *j = NULL;
	struct err why = { 0 };
	const char *ref;
	json_t *digest;

	if (io_read_file_at(s->images, "refs.json", REFS_FILE_MAX, &text, &why) < 0) {
		if (why.reason != ERR_NOTFOUND) {
			*e = why;
			return -1;
		}
		j = json_object();
		if (!j)
			return err_set(e, ERR_SYSTEM, ENOMEM, "refs.json");
	} else {
		if (json_read(text.text, text.len, "images/refs.json", &j, e) < 0)
			return -1;
		if (!json_is_object(j))
			return err_set(e, ERR_STATE, 0, "images/refs.json: not an object");
		json_object_foreach(j, ref, digest)
			if (!json_is_string(digest) || !digest_is_valid(json_string_value(digest)))
				return err_set(e, ERR_STATE, 0, "images/refs.json: %s: not a digest", ref);
	}
	*ret = j;
	j = NULL;
	return 0;
}

static int image_read(const struct store *s, const char *hex, json_t *refs, struct image *ret, struct err *e)
{
	char file[DIGEST_HEX + sizeof(".json")];
	auto_image struct image got;
	auto_json json_t *j = NULL;
	auto_str struct str text = { 0 };
	const char *ref;
	json_t *digest;

	image_init(&got);
	snprintf(file, sizeof(file), "%.*s.json", DIGEST_HEX, hex);
	if (io_read_file_at(s->images, file, IMAGE_FILE_MAX, &text, e) < 0 ||
	    json_read(text.text, text.len, file, &j, e) < 0 ||
	    fields_from_json(image_fields, j, file, true, NULL, &got, e) < 0 || check_image(&got, e) < 0)
		return -1;
	if (strncmp(got.digest + strlen("sha256:"), hex, DIGEST_HEX) != 0)
		return err_set(e, ERR_STATE, 0, "images/%s: holds another digest", file);
	json_object_foreach(refs, ref, digest)
		if (strcmp(json_string_value(digest), got.digest) == 0 && strv_add(&got.refs, ref, e) < 0)
			return -1;
	*ret = got;
	image_init(&got);
	return 0;
}

static bool is_image_file(const char *name)
{
	char text[DIGEST_TEXT];

	if (strlen(name) != DIGEST_HEX + strlen(".json"))
		return false;
	snprintf(text, sizeof(text), "sha256:%.*s", DIGEST_HEX, name);
	return digest_is_valid(text) && strcmp(name + DIGEST_HEX, ".json") == 0;
}

/* Digits of all images, sorted. */
static int image_files(const struct store *s, struct strv *ret, struct err *e)
{
	if (store_names(s->images, "images", is_image_file, ret, e))
		return -1;
	for (size_t i = 0; i < ret->len; i++)
		ret->item[i][DIGEST_HEX] = '\0';
	return 0;
}

int image_list(const struct store *s, struct image **ret, size_t *ret_n, struct err *e)
{
	auto_strv struct strv hex = { 0 };
	auto_json json_t *refs = NULL;
	struct image *list;
	size_t n = 0;

	if (image_files(s, &hex, e) < 0 || refs_read(s, &refs, e) < 0)
		return -1;
	list = calloc(hex.len + 1, sizeof(*list));
	if (!list)
		return err_set(e, ERR_SYSTEM, errno, "image list");
	for (size_t i = 0; i < hex.len; i++) {
		struct err why = { 0 };

		image_init(&list[n]);
		if (image_read(s, hex.item[i], refs, &list[n], &why) == 0) {
			n++;
		} else if (why.reason != ERR_NOTFOUND) {	/* removed since the directory was read */
			image_list_free(list, n);
			*e = why;
			return -1;
		}
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

/* The image at which `ref` points; ERR_NOTFOUND. */
static int by_reference(const struct store *s, json_t *refs, const struct reference *r, const char *registry,
			struct image *ret, struct err *e)
{
	auto_free char *ref = NULL;
	const char *digest;

	if (reference_print(r, registry, &ref, e) < 0)
		return -1;
	digest = json_string_value(json_object_get(refs, ref));
	if (!digest)
		return err_set(e, ERR_NOTFOUND, 0, "no image %s", ref);
	if (image_read(s, digest + strlen("sha256:"), refs, ret, e) < 0)
		return -1;
	free(ret->asked);
	ret->asked = take_ptr(&ref);
	return 0;
}

static bool has_name(const struct image *i, const struct reference *want, const char *registry)
{
	struct reference name_only = { .registry = want->registry, .name = want->name, .tag = (char *)"" };
	auto_free char *front = NULL;
	struct err e = { 0 };

	if (reference_print(&name_only, registry, &front, &e) < 0)
		return false;
	for (size_t n = 0; n < i->refs.len; n++)
		if (str_starts(i->refs.item[n], front))
			return true;
	return false;
}

/* *ret is NULL if there is none. */
static int find_digits(struct image *list, size_t n, const char *digits, bool config, struct image **ret, struct err *e)
{
	*ret = NULL;
	for (size_t i = 0; i < n; i++) {
		if (!str_starts((config ? list[i].config_digest : list[i].digest) + strlen("sha256:"), digits))
			continue;
		if (*ret)
			return err_set(e, ERR_INPUT, 0, "%s: more than one image digest begins so", digits);
		*ret = &list[i];
	}
	return 0;
}

/* Hex digits, whole or a front part, of the digest that we show; else of the configuration's, which Podman shows. */
static int by_digits(const struct store *s, const char *digits, struct image *ret, struct err *e)
{
	struct image *list = NULL, *found = NULL;
	size_t n = 0;
	int rc;

	if (image_list(s, &list, &n, e) < 0)
		return -1;
	rc = find_digits(list, n, digits, false, &found, e);
	if (rc == 0 && !found)
		rc = find_digits(list, n, digits, true, &found, e);
	if (rc == 0 && !found)
		rc = err_set(e, ERR_NOTFOUND, 0, "no image %s", digits);
	if (rc == 0) {
		image_done(ret);
		*ret = *found;
		image_init(found);
	}
	image_list_free(list, n);
	return rc;
}

static bool is_digits(const char *text)
{
	size_t n = strlen(text);

	return n >= 1 && n <= DIGEST_HEX && strspn(text, "0123456789abcdef") == n;
}

/* Not found is an answer here, so the next place is tried; any other failure ends the search. */
static int by_name(const struct store *s, const struct reference *r, struct image *ret, struct err *e)
{
	static const char *const registries[] = { "localhost", "docker.io" };
	auto_json json_t *refs = NULL;
	int rc = -1;

	if (refs_read(s, &refs, e) < 0)
		return -1;
	for (size_t i = 0; rc < 0 && i < (r->registry ? 1 : ARRAY_LEN(registries)); i++) {
		rc = by_reference(s, refs, r, registries[i], ret, e);
		if (rc < 0 && e->reason != ERR_NOTFOUND)
			return -1;
	}
	return rc;
}

int image_resolve(const struct store *s, const char *text, struct image *ret, struct err *e)
{
	auto_reference struct reference r = { 0 };
	auto_image struct image got;
	bool local;

	image_init(&got);
	if (str_starts(text, "sha256:") && is_digits(text + strlen("sha256:"))) {
		if (by_digits(s, text + strlen("sha256:"), &got, e) < 0)
			return -1;
	} else if (reference_parse(text, &r, e) < 0) {
		return -1;
	} else if (r.digest && by_name(s, &r, &got, e) == 0) {
		;	/* pulled so: the digest may be that of an index */
	} else if (r.digest) {
		if (e->reason != ERR_NOTFOUND || by_digits(s, r.digest + strlen("sha256:"), &got, e) < 0)
			return -1;
		local = has_name(&got, &r, "localhost");
		if (!local && !has_name(&got, &r, "docker.io"))
			return err_set(e, ERR_NOTFOUND, 0, "no image %s: the digest is there under another name", text);
		if (reference_print(&r, local ? "localhost" : "docker.io", &got.asked, e) < 0)
			return -1;
	} else if (by_name(s, &r, &got, e) < 0) {
		if (e->reason != ERR_NOTFOUND || !is_digits(text) || by_digits(s, text, &got, e) < 0) {
			if (e->reason == ERR_NOTFOUND)
				err_set(e, ERR_NOTFOUND, 0, "no image %s (secctr images lists them, secctr load adds one)",
					text);
			return -1;
		}
	}
	if (!got.asked && str_copy(got.digest, &got.asked, e) < 0)
		return -1;
	image_done(ret);
	*ret = got;
	image_init(&got);
	return 0;
}

static int refs_write(const struct store *s, const json_t *refs, struct err *e)
{
	auto_free char *text = NULL;

	if (json_canonical(refs, &text, e) < 0)
		return -1;
	if (strlen(text) > REFS_FILE_MAX)
		return err_set(e, ERR_LIMIT, 0, "refs.json: more than %zu bytes", REFS_FILE_MAX);
	return io_replace_file_at(s->images, "refs.json", text, strlen(text), 0600, e);
}

int image_tag(const struct store *s, const char *ref, const char *digest, struct err *e)
{
	auto_json json_t *refs = NULL;

	if (refs_read(s, &refs, e) < 0)
		return -1;
	if (json_object_set_new(refs, ref, json_string(digest)) < 0)
		return err_set(e, ERR_SYSTEM, ENOMEM, "refs.json");
	return refs_write(s, refs, e);
}

int image_untag(const struct store *s, const char *ref, struct err *e)
{
	auto_json json_t *refs = NULL;

	if (refs_read(s, &refs, e) < 0)
		return -1;
	if (json_object_del(refs, ref) < 0)
		return err_set(e, ERR_NOTFOUND, 0, "no image %s", ref);
	return refs_write(s, refs, e);
}

/* Names first: a name that leads to nothing is worse than an image without one, which a sweep of people finds. */
int image_delete(const struct store *s, const char *digest, struct err *e)
{
	auto_json json_t *refs = NULL;
	char file[DIGEST_HEX + sizeof(".json")];
	const char *ref;
	json_t *to;
	void *next;

	if (refs_read(s, &refs, e) < 0)
		return -1;
	json_object_foreach_safe(refs, next, ref, to)
		if (strcmp(json_string_value(to), digest) == 0)
			(void)json_object_del(refs, ref);
	snprintf(file, sizeof(file), "%s.json", digest + strlen("sha256:"));
	if (refs_write(s, refs, e) < 0)
		return -1;
	if (unlinkat(s->images, file, 0) < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "images/%s", file);
	return fsync(s->images) < 0 ? err_set(e, ERR_SYSTEM, errno, "store: images") : 0;
}

int image_commit(const struct store *s, const struct image *i, const char *ref, struct err *e)
{
	auto_free char *text = NULL, *whole = NULL;
	auto_json json_t *j = NULL;
	char file[DIGEST_HEX + sizeof(".json")];

	if (check_image(i, e) < 0)
		return -1;
	for (size_t n = 0; n < i->diff_ids.len; n++)
		if (!image_has_layer(s, i->diff_ids.item[n]))
			return err_set(e, ERR_STATE, 0, "image %s: layer %s is not in the store", i->digest,
				       i->diff_ids.item[n]);
	if (ref && image_reference_normalise(ref, &whole, e) < 0)
		return -1;
	if (fields_to_json(image_fields, i, &j, e) < 0 || json_canonical(j, &text, e) < 0)
		return -1;
	if (strlen(text) > IMAGE_FILE_MAX)
		return err_set(e, ERR_LIMIT, 0, "image %s: more than %zu bytes of configuration", i->digest,
			       IMAGE_FILE_MAX);
	snprintf(file, sizeof(file), "%s.json", i->digest + strlen("sha256:"));
	if (io_replace_file_at(s->images, file, text, strlen(text), 0600, e) < 0)
		return -1;
	return whole ? image_tag(s, whole, i->digest, e) : 0;
}

enum { LAYER_MISS, LAYER_HIT, LAYER_HIDES };	/* of one layer, asked for one path */

static bool is_opaque(int dir)
{
	char c[2];

	return fgetxattr(dir, "trusted.overlay.opaque", c, sizeof(c)) == 1 && c[0] == 'y';
}

/* What is at dir/name: a directory or a file is opened, everything else is told apart. */
static int open_entry(int dir, const char *name, bool last, int *ret_fd, struct err *e)
{
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? LAYER_MISS : err_set(e, ERR_SYSTEM, errno, "%s", name);
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0))
		return LAYER_HIDES;
	if (S_ISLNK(st.st_mode))
		return err_set(e, ERR_INPUT, 0, "%s is a symbolic link in the image", name);
	if (last && !S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, 0, "%s is not a regular file in the image", name);
	if (!last && !S_ISDIR(st.st_mode))
		return LAYER_HIDES;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (last ? 0 : O_DIRECTORY));
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", name);
	*ret_fd = fd;
	return LAYER_HIT;
}

/* Walks one layer; a file below an opaque directory that lacks it is hidden in all layers below. */
static int look_in_layer(int layer, const char *path, int *ret_fd, struct err *e)
{
	auto_close int dir = openat(layer, ".", DIR_FLAGS);
	bool opaque = false;

	if (dir < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer");
	for (;;) {
		size_t n = strcspn(path, "/");
		char name[NAME_MAX + 1];
		int fd = -1, rc;

		if (n == 0 || n > NAME_MAX)
			return err_set(e, ERR_INPUT, 0, "image file: bad path");
		memcpy(name, path, n);
		name[n] = 0;
		opaque = opaque || is_opaque(dir);
		rc = open_entry(dir, name, path[n] == 0, &fd, e);
		if (rc != LAYER_HIT)
			return rc == LAYER_MISS && opaque ? LAYER_HIDES : rc;
		if (path[n] == 0) {
			*ret_fd = fd;
			return LAYER_HIT;
		}
		close_fd_auto(&dir);
		dir = fd;
		path += n + 1;
	}
}

int image_read_file(const struct store *s, const struct strv *diff_ids, const char *path, size_t max,
		    struct str *ret, struct err *e)
{
	for (size_t i = diff_ids->len; i-- > 0;) {
		auto_close int layer = -1, fd = -1;
		auto_str struct str text = { 0 };
		int rc;

		if (!digest_is_valid(diff_ids->item[i]))
			return err_set(e, ERR_INPUT, 0, "layer %zu: bad diff ID", i);
		layer = openat(s->layers, diff_ids->item[i] + strlen("sha256:"), DIR_FLAGS);
		if (layer < 0)
			return err_set(e, ERR_STATE, errno, "layer %s", diff_ids->item[i]);
		rc = look_in_layer(layer, path, &fd, e);
		if (rc < 0)
			return err_context(e, "%s", path);
		if (rc == LAYER_HIDES)
			break;
		if (rc == LAYER_MISS)
			continue;
		if (io_read_to_str(fd, max, path, &text, e) < 0)
			return -1;
		str_done(ret);
		*ret = text;
		text = (struct str){ 0 };
		return 0;
	}
	return err_set(e, ERR_NOTFOUND, 0, "%s: not in the image", path);
}
