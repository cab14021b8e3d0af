/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_diff.c - secctr diff: what a container changed of its image, or the last layer of an image of those below. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/json.h"
#include "launcher/cli/change.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/latest.h"
#include "launcher/cli/output.h"
#include "launcher/store/changes.h"
#include "launcher/store/images.h"

struct diff_request {
	const char *format;
	bool latest, json;
};

static const struct opt diff_opts[] = {
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct diff_request, format), .value = "json",
	  .help = "as JSON: changed, added, deleted" },
	{ .letter = 'l', .name = "latest", .kind = OPT_FLAG, .offset = OPT_INTO(struct diff_request, latest),
	  .help = "the container that was made last" },
	OPT_END
};
static const struct opt *const diff_tables[] = { diff_opts, NULL };

/* What secctr makes so that there is something to mount on: no doing of the container. As podman leaves it out. */
static bool is_own(const char *path, const struct plan *p)
{
	static const char *const usual[] = { "/dev", "/proc", "/sys", "/run", "/run/secrets", "/etc/hostname", "/etc/hosts",
					     "/etc/resolv.conf" };

	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		if (strcmp(usual[i], path) == 0)
			return true;
	return p && plan_mount_on(p, path);
}

static int print_lines(const struct strv *changes, const struct plan *p, struct err *e)
{
	for (size_t i = 0; i < changes->len; i++) {
		auto_str struct str line = { 0 };
		const char *path = changes->item[i] + 1;

		if (is_own(path, p))
			continue;
		if (str_add_safe(&line, path, strlen(path), e))
			return -1;
		printf("%c %s\n", *changes->item[i], line.text);
	}
	return 0;
}

/* JSON is UTF-8; a name that is not is shown as in the table. */
static json_t *path_of(const char *path, struct err *e)
{
	auto_str struct str safe = { 0 };

	if (str_is_utf8(path, strlen(path)))
		return json_string(path);
	return str_add_safe(&safe, path, strlen(path), e) ? NULL : json_string(safe.text);
}

static int print_json(const struct strv *changes, const struct plan *p, struct err *e)
{
	static const struct {
		char kind;
		const char *word;
	} kinds[] = { { 'C', "changed" }, { 'A', "added" }, { 'D', "deleted" } };
	auto_json json_t *all = json_object();

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		auto_json json_t *of = json_array();

		for (size_t i = 0; i < changes->len; i++)
			if (*changes->item[i] == kinds[k].kind && !is_own(changes->item[i] + 1, p) &&
			    json_array_append_new(of, path_of(changes->item[i] + 1, e)))
				return err_set(e, ERR_SYSTEM, ENOMEM, "diff");
		if (json_array_size(of) && json_object_set(all, kinds[k].word, of))
			return err_set(e, ERR_SYSTEM, ENOMEM, "diff");
	}
	return output_json(all, e);
}

static void tree_done(struct changes_tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		close_fd_auto(&t->fd[i]);
	free(t->fd);
}

/* Topmost first. */
static int open_layers(const struct store *s, const struct strv *layers, struct changes_tree *l, struct err *e)
{
	l->fd = calloc(layers->len + 2, sizeof(*l->fd));	/* and the upper directory */
	if (!l->fd)
		return err_set(e, ERR_SYSTEM, ENOMEM, "diff");
	for (size_t i = layers->len; i-- > 0; ) {
		const char *text = layers->item[i], *hex = strchr(text, ':') ? strchr(text, ':') + 1 : text;

		l->fd[l->n] = openat(s->layers, hex, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (l->fd[l->n] < 0)
			return err_set(e, ERR_SYSTEM, errno, "layer %.80s", text);
		l->n++;
	}
	return 0;
}

static int diff(const struct diff_request *q, int upper, const struct changes_tree *l, const struct plan *p, struct err *e)
{
	static const struct walk_limits limits = WALK_LIMITS_DEFAULT;
	auto_strv struct strv changes = { 0 };

	if (changes_find(upper, l->fd, l->n, &limits, &changes, e))
		return -1;
	return q->json ? print_json(&changes, p, e) : print_lines(&changes, p, e);
}

static int diff_container(struct change *x, const void *arg, struct err *e)
{
	const struct plan *p = x->sealed ? sealed_plan(x->sealed) : NULL;
	AUTO(tree_done) struct changes_tree lower = { 0 };
	static const struct strv nothing;
	auto_close int upper = -1;

	if (!p)
		return err_set(e, ERR_STATE, 0, "container %s: its plan cannot be read: remove it", look_name(x->l));
	if (p->root.path)
		return err_set(e, ERR_STATE, 0, "container %s runs from a directory (--rootfs): there is nothing to compare it with",
			       look_name(x->l));
	upper = openat(x->l->dir, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (upper < 0 && errno == ENOENT)	/* never started */
		return ((const struct diff_request *)arg)->json ? print_json(&nothing, p, e) : 0;
	if (upper < 0)
		return err_set(e, ERR_SYSTEM, errno, "upper directory of %s", look_name(x->l));
	return open_layers(&x->c->store, &p->root.layers, &lower, e) ? -1 : diff(arg, upper, &lower, p, e);
}

static int diff_image(struct context *c, const struct diff_request *q, const char *text, struct err *e)
{
	AUTO(tree_done) struct changes_tree top = { 0 }, lower = { 0 };
	auto_image struct image i;
	struct strv last;

	image_init(&i);
	if (image_resolve(&c->store, text, &i, e))
		return e->reason == ERR_NOTFOUND ? err_set(e, ERR_NOTFOUND, 0, "no container and no image %.128s", text) : -1;
	if (!i.diff_ids.len)
		return err_set(e, ERR_STATE, 0, "image %.128s has no layers", text);
	last = (struct strv){ .item = i.diff_ids.item + i.diff_ids.len - 1, .len = 1 };
	if (open_layers(&c->store, &last, &top, e))
		return -1;
	i.diff_ids.len--;
	if (open_layers(&c->store, &i.diff_ids, &lower, e)) {
		i.diff_ids.len++;
		return -1;
	}
	i.diff_ids.len++;
	return diff(q, top.fd[0], &lower, NULL, e);
}

/* ---- two of them ---- */

struct whole {
	struct changes_tree tree;
	struct plan *plan;		/* of a container */
};

static void whole_done(struct whole *w)
{
	tree_done(&w->tree);
	plan_free(w->plan);
}

static int whole_container(struct change *x, const void *arg, struct err *e)
{
	struct whole *w = *(struct whole *const *)arg;
	const struct plan *p = x->sealed ? sealed_plan(x->sealed) : NULL;
	struct changes_tree layers = { 0 };
	int upper, r;

	if (!p || p->root.path)
		return err_set(e, ERR_STATE, 0, p ? "container %s runs from a directory (--rootfs): it has no layers to compare" :
			       "container %s: its plan cannot be read: remove it", look_name(x->l));
	r = open_layers(&x->c->store, &p->root.layers, &layers, e);
	upper = r ? -1 : openat(x->l->dir, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (upper >= 0) {
		memmove(layers.fd + 1, layers.fd, layers.n * sizeof(*layers.fd));
		layers.fd[0] = upper;
		layers.n++;
	}
	w->tree = layers;
	if (r == 0 && upper < 0 && errno != ENOENT)	/* never started */
		r = err_set(e, ERR_SYSTEM, errno, "upper directory of %s", look_name(x->l));
	return r ? -1 : plan_copy(p, &w->plan, e);
}

/* What cannot be a container's name can be an image's. */
static bool is_image(struct context *c, const char *text)
{
	char found[ID_HEX + 1];
	struct err missing;

	return name_check("container", text, &missing) ||
	       (container_resolve(&c->store, text, found, &missing) && missing.reason == ERR_NOTFOUND);
}

static int whole_open(struct context *c, const char *text, struct whole *w, struct err *e)
{
	auto_image struct image i;

	image_init(&i);
	if (!is_image(c, text))
		return change_container(c, text, "diff", whole_container, &w, e);
	if (image_resolve(&c->store, text, &i, e))
		return e->reason == ERR_NOTFOUND ? err_set(e, ERR_NOTFOUND, 0, "no container and no image %.128s", text) : -1;
	return open_layers(&c->store, &i.diff_ids, &w->tree, e);
}

static int diff_two(struct context *c, const struct diff_request *q, const struct opt_list *operands, struct err *e)
{
	static const struct walk_limits limits = WALK_LIMITS_DEFAULT;
	AUTO(whole_done) struct whole now = { 0 }, before = { 0 };
	auto_strv struct strv changes = { 0 };

	if (whole_open(c, operands->item[0], &now, e) || whole_open(c, operands->item[1], &before, e) ||
	    changes_between(&now.tree, &before.tree, &limits, &changes, e))
		return -1;
	return q->json ? print_json(&changes, now.plan, e) : print_lines(&changes, now.plan, e);
}

static int cmd_diff_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	struct diff_request *q = request;
	auto_opt_list struct opt_list newest = { 0 };
	auto_free char *id = NULL;
	const char *text;

	if (q->format && strcmp(q->format, "json") != 0)
		return err_set(e, ERR_USAGE, 0, "--format %.32s: json only", q->format);
	if (!q->latest && !operands->len)
		return err_set(e, ERR_USAGE, 0, "name a container or an image, or give --latest");
	q->json = q->format != NULL;
	if ((q->latest && latest_container(c, operands, &newest, &id, e)) || context_store(c, e))
		return -1;
	if (operands->len > 1)
		return diff_two(c, q, operands, e);
	text = q->latest ? id : operands->item[0];
	return is_image(c, text) ? diff_image(c, q, text, e) : change_container(c, text, "diff", diff_container, q, e);
}

const struct command cmd_diff = {
	.name = "diff", .operands = "[CONTAINER|IMAGE [CONTAINER|IMAGE]]", .group = "Containers", .brief = "show what a container changed of its image",
	.mode = OPT_MIXED, .tables = diff_tables, .request_size = sizeof(struct diff_request), .max_operands = 2,
	.run = cmd_diff_main,
};
