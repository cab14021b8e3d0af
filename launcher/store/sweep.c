/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.c - what of the store is in use: by images, by containers; and moving the rest out of the way. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/digest.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/store/container.h"
#include "launcher/store/images.h"
#include "launcher/store/layers.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static const char *hex_of(const char *digest)
{
	return digest + strlen("sha256:");
}

void image_document_name(const char *digest, enum image_document which, char ret[static IMAGE_DOCUMENT_NAME])
{
	snprintf(ret, IMAGE_DOCUMENT_NAME, "%.*s.%s", DIGEST_HEX, hex_of(digest),
		 which == IMAGE_CONFIG ? "config" : "manifest");
}

int image_put_document(const struct store *s, const char *digest, enum image_document which, const struct str *text,
		       struct err *e)
{
	char name[IMAGE_DOCUMENT_NAME];

	image_document_name(digest, which, name);
	return io_replace_file_at(s->images, name, text->text, text->len, 0600, e);
}

/*
 * None is there: the start was killed before it, or the container is being removed, which begins with it. A plan that was cut
 * off by a kill never ran; one that cannot be read although its container was started is a reason to stop.
 */
static int no_plan(int dir, const char *id, const struct err *why, struct err *e)
{
	auto_container struct container_state state;

	container_state_init(&state);
	if (why->reason == ERR_NOTFOUND)
		return 0;
	if (container_state_read(dir, id, &state, e) < 0)
		return -1;
	if (state.status == CONTAINER_EXITED)
		return 0;
	*e = *why;
	return err_context(e, "container %s", id);
}

/* root.imageDigest and root.layers of the sealed plan (launcher/plan/plan.h); NULL for a directory. */
static int read_root(const struct store *s, const char *id, json_t **ret, struct err *e)
{
	auto_close int dir = container_dir(s, id, e);
	auto_str struct str text = { 0 };
	auto_json json_t *j = NULL;
	struct err why = { 0 };

	*ret = NULL;
	if (dir < 0)
		return e->reason == ERR_NOTFOUND ? 0 : -1;
	if (container_plan_read(dir, &text, &why) < 0 || json_read(text.text, text.len, "plan.json", &j, &why) < 0)
		return no_plan(dir, id, &why, e);
	*ret = json_incref(json_object_get(j, "root"));
	return 0;
}

typedef int root_fn(void *arg, const char *id, const json_t *root, struct err *e);

static int each_root(const struct store *s, root_fn *fn, void *arg, struct err *e)
{
	auto_strv struct strv ids = { 0 };

	if (container_list(s, &ids, e) < 0)
		return -1;
	for (size_t i = 0; i < ids.len; i++) {
		auto_json json_t *root = NULL;

		if (read_root(s, ids.item[i], &root, e) < 0 || (root && fn(arg, ids.item[i], root, e) < 0))
			return -1;
	}
	return 0;
}

struct users {
	const char *digest;
	struct strv *ids;
};

static int add_user(void *arg, const char *id, const json_t *root, struct err *e)
{
	const struct users *u = arg;
	const char *digest = json_string_value(json_object_get(root, "imageDigest"));

	return digest && strcmp(digest, u->digest) == 0 ? strv_add(u->ids, id, e) : 0;
}

int image_users(const struct store *s, const char *digest, struct strv *ret, struct err *e)
{
	struct users u = { .digest = digest, .ids = ret };

	return each_root(s, add_user, &u, e);
}

/* Names of files in use, each a key: layers/HEX, blobs/HEX-HEX and images/HEX.json have different forms. */
static int use(json_t *used, const char *name, struct err *e)
{
	return json_object_set_new(used, name, json_true()) < 0 ? err_set(e, ERR_SYSTEM, ENOMEM, "layers in use") : 0;
}

static int use_layers(void *arg, const char *id, const json_t *root, struct err *e)
{
	json_t *layer;
	size_t i;

	(void)id;
	json_array_foreach(json_object_get(root, "layers"), i, layer)
		if (digest_is_valid(json_string_value(layer) ? json_string_value(layer) : "") &&
		    use(arg, hex_of(json_string_value(layer)), e) < 0)
			return -1;
	return 0;
}

static int use_image(json_t *used, const struct image *i, struct err *e)
{
	char name[IMAGE_DOCUMENT_NAME], blob[LAYER_BLOB_NAME];

	for (int which = IMAGE_CONFIG; which <= IMAGE_MANIFEST; which++) {
		image_document_name(i->digest, (enum image_document)which, name);
		if (use(used, name, e) < 0)
			return -1;
	}
	for (size_t n = 0; n < i->diff_ids.len; n++) {
		if (use(used, hex_of(i->diff_ids.item[n]), e) < 0)
			return -1;
		if (n >= i->blobs.len || !digest_is_valid(i->blobs.item[n]))
			continue;
		layer_blob_name(i->diff_ids.item[n], i->blobs.item[n], blob);
		if (use(used, blob, e) < 0)
			return -1;
	}
	return 0;
}

static int find_used(const struct store *s, json_t *used, struct err *e)
{
	struct image *list = NULL;
	size_t n = 0;
	int rc;

	if (!used)
		return err_set(e, ERR_SYSTEM, ENOMEM, "layers in use");
	rc = image_list(s, &list, &n, e);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = use_image(used, &list[i], e);
	image_list_free(list, n);
	return rc < 0 ? -1 : each_root(s, use_layers, used, e);
}

/* images/: what io_replace_file_at() left when it was killed, and documents. */
static bool is_rest(const char *name)
{
	return name[0] == '.' || str_ends(name, ".config") || str_ends(name, ".manifest");
}

static int move_unused(int from, bool images, const json_t *used, int to, size_t *moved, struct err *e)
{
	int fd = openat(from, ".", DIR_FLAGS);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *ent;
	int rc = 0;

	if (!d) {
		err_set(e, ERR_SYSTEM, errno, "store: sweep");
		close_fd_auto(&fd);
		return -1;
	}
	while (rc == 0 && (ent = readdir(d))) {
		if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0 ||
		    json_object_get(used, ent->d_name) || (images && !is_rest(ent->d_name)))
			continue;
		if (renameat(from, ent->d_name, to, ent->d_name) < 0)
			rc = err_set(e, ERR_SYSTEM, errno, "store: sweep %s", ent->d_name);
		else if (moved)
			++*moved;
	}
	closedir(d);
	return rc;
}

int images_sweep(const struct store *s, int tmp, size_t *layers, struct err *e)
{
	auto_json json_t *used = json_object();
	auto_close int blobs = layers_blobs(s, e);

	if (blobs < 0 || find_used(s, used, e) < 0)
		return -1;
	return move_unused(s->layers, false, used, tmp, layers, e) || move_unused(blobs, false, used, tmp, NULL, e) ||
	       move_unused(s->images, true, used, tmp, NULL, e) ? -1 : 0;
}
