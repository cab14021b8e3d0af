/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_cp.c - secctr cp: files into and out of containers, by the rules of podman-cp(1). */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/path.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/container_root.h"
#include "launcher/cli/copy_tree.h"
#include "launcher/cli/program.h"
#include "launcher/image/load.h"
#include "launcher/image/pack.h"
#include "launcher/plan/idmap.h"
#include "launcher/runtime/userns.h"

struct cp_request {
	bool archive, overwrite;
};

static const struct opt cp_opts[] = {
	{ .letter = 'a', .name = "archive", .kind = OPT_FLAG, .offset = OPT_INTO(struct cp_request, archive),
	  .help = "files in a container become its user's (default true)" },
	{ .name = "overwrite", .kind = OPT_FLAG, .offset = OPT_INTO(struct cp_request, overwrite),
	  .help = "a directory may replace something else, and something else a directory" },
	OPT_END
};
static const struct opt *const cp_tables[] = { cp_opts, NULL };

/* Source or destination. */
struct end {
	char id[ID_HEX + 1];	/* "": of the host */
	const char *text;	/* as given */
	const char *path;
	struct change *x;	/* the container, locked */
	int root;		/* its files, or -1 */
};

struct cp {
	struct context *c;
	const struct cp_request *q;
	struct end from, to;
	struct end *first, *second;	/* in the order in which they are locked; NULL: no further container */
	struct copy_tree t;
	struct image_files tar;	/* what came on standard input; dir -1: it is no source */
	char name[NAME_MAX_LEN + 1], uuid[UUID_TEXT + 1];	/* of its destination, for a refusal */
};

static void cp_done(struct cp *p)
{
	image_files_done(&p->tar);
	close_fd_auto(&p->from.root);
	close_fd_auto(&p->to.root);
}

/* NAME:PATH, unless it begins as paths of the host do. */
static int read_end(struct context *c, const char *text, struct end *ret, struct err *e)
{
	const char *colon = strchr(text, ':');
	auto_free char *name = NULL;

	*ret = (struct end){ .text = text, .path = text, .root = -1 };
	if (!colon || *text == '/' || *text == '.')
		return *text ? 0 : err_set(e, ERR_USAGE, 0, "an empty path");
	if (str_copy(text, &name, e))
		return -1;
	name[colon - text] = '\0';
	ret->path = colon[1] ? colon + 1 : "/";
	return container_resolve(&c->store, name, ret->id, e);
}

static int open_at(const struct end *n, const char *path, int flags, struct err *e)
{
	int fd;

	if (n->root >= 0)
		return path_in_root_open(n->root, path, flags, 0, e);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.300s", path) : fd;
}

/* A path in two: where it is, and its last component; "" for "/", "x/." and what else names no entry. */
struct parts {
	char dir[PATH_MAX], name[NAME_MAX + 1];
	bool slash;		/* it ends with one: a directory is meant */
};

static int split(const char *path, struct parts *ret, struct err *e)
{
	size_t n = strlen(path), start;

	if (n >= sizeof(ret->dir) - 2)
		return err_set(e, ERR_LIMIT, 0, "a path of %zu bytes", n);
	ret->slash = n && path[n - 1] == '/';
	while (n > 1 && path[n - 1] == '/')
		n--;
	for (start = n; start && path[start - 1] != '/'; )
		start--;
	if (n - start > NAME_MAX)
		return err_set(e, ERR_LIMIT, 0, "a name of %zu bytes", n - start);
	memcpy(ret->name, path + start, n - start);
	ret->name[n - start] = '\0';
	memcpy(ret->dir, path, start);
	ret->dir[start] = '\0';
	if (!start)
		strcpy(ret->dir, ".");
	if (strcmp(ret->name, ".") == 0 || strcmp(ret->name, "..") == 0 || strcmp(ret->name, "/") == 0) {
		ret->name[0] = '\0';
		memcpy(ret->dir, path, n);
		ret->dir[n] = '\0';
	}
	return 0;
}

/* Opened only after it is known to be a plain file; nodev, and without waiting, whatever was put there meanwhile. */
static int open_file(const struct end *n, const struct stat *st, struct err *e)
{
	auto_close int fd = open_at(n, n->path, O_RDONLY | O_NONBLOCK | O_NOCTTY, e);
	struct stat now;

	if (fd < 0)
		return -1;
	if (fstat(fd, &now) || now.st_dev != st->st_dev || now.st_ino != st->st_ino)
		return err_set(e, ERR_STATE, 0, "%.300s: was replaced while it was looked at", n->path);
	return take_fd(&fd);
}

static int to_stdout(struct cp *p, int from, const struct stat *st, const struct parts *parts, struct err *e)
{
	const struct pack_how how = { .prefix = *parts->name ? parts->name : ".", .limits = p->t.limits };
	auto_close int dir = -1;

	if (S_ISDIR(st->st_mode))
		return pack_tree(from, &how, STDOUT_FILENO, e);
	dir = open_at(&p->from, parts->dir, O_PATH | O_DIRECTORY, e);
	return dir < 0 ? -1 : pack_file(dir, parts->name, &how, STDOUT_FILENO, e);
}

/* `there`: a directory that exists, or -1: then the destination is made, or replaced. */
static int copy_directory(struct cp *p, int from, const char *name, int there, const struct parts *to, struct err *e)
{
	auto_close int dir = -1, made = -1;

	if (there >= 0 && !*name)
		return copy_tree_content(&p->t, from, there, e);
	if (there < 0) {
		dir = open_at(&p->to, to->dir, O_PATH | O_DIRECTORY, e);
		if (dir < 0)
			return -1;
	}
	made = copy_tree_directory(&p->t, from, there < 0 ? dir : there, there < 0 ? to->name : name, e);
	return made < 0 ? -1 : copy_tree_content(&p->t, from, made, e);
}

static int copy_file(struct cp *p, int from, const char *name, int there, const struct parts *to, struct err *e)
{
	auto_close int dir = -1;

	if (there >= 0)
		return copy_tree_file(&p->t, from, there, name, e);
	if (to->slash)
		return err_set(e, ERR_NOTFOUND, 0, "%.300s: there is no such directory", p->to.text);
	dir = open_at(&p->to, to->dir, O_PATH | O_DIRECTORY, e);
	return dir < 0 ? -1 : copy_tree_file(&p->t, from, dir, to->name, e);
}

/* A directory that is there, -1 with *ret_missing if something else or nothing is. */
static int open_destination(struct cp *p, bool *ret_missing, struct err *e)
{
	struct err why;
	auto_close int fd = open_at(&p->to, p->to.path, O_PATH, &why);
	struct stat st;

	*ret_missing = fd < 0 && why.reason == ERR_NOTFOUND;
	if (fd < 0 && !*ret_missing) {
		*e = why;
		return -1;
	}
	if (fd >= 0 && fstat(fd, &st))
		return err_set(e, ERR_SYSTEM, errno, "%.300s", p->to.text);
	if (fd >= 0 && S_ISDIR(st.st_mode))
		return take_fd(&fd);
	*ret_missing = true;
	return -1;
}

static int copy_to_files(struct cp *p, int from, const struct stat *st, const struct parts *parts, struct err *e)
{
	struct parts to;
	bool missing;
	auto_close int there = open_destination(p, &missing, e), file = -1;

	if ((there < 0 && !missing) || split(p->to.path, &to, e))
		return -1;
	if (there < 0 && !*to.name)
		return err_set(e, ERR_NOTFOUND, 0, "%.300s: there is no such directory", p->to.text);
	if (S_ISDIR(st->st_mode))
		return copy_directory(p, from, parts->name, there, &to, e);
	file = open_file(&p->from, st, e);
	return file < 0 ? -1 : copy_file(p, file, parts->name, there, &to, e);
}

static void record_one(struct end *of, const char *way, const struct end *other)
{
	struct audit_record r;

	if (!of->x)
		return;
	record_begin(&r, EV_COPY, "cli", look_name(of->x->l), of->x->uuid);
	record_word(&r, "way", way);
	record_str(&r, "path", other->text);
	record_str(&r, "dir", of->path);
	change_record(of->x, &r);
}

static int open_roots(struct cp *p, struct err *e)
{
	if (p->to.x) {
		const struct plan *plan;

		p->to.root = container_root(p->to.x, CONTAINER_ROOT_WRITE, e);
		if (p->to.root < 0)
			return -1;
		plan = sealed_plan(p->to.x->sealed);
		p->t.keep_owner = !p->q->archive;
		p->t.uid = (uid_t)plan->process.user.uid;
		p->t.gid = (gid_t)plan->process.user.gid;
		/* A running one shows the host's ids; on the disk are those of inside. */
		if (look_is_live(p->to.x->l)) {
			p->t.uid = (uid_t)idmap_host(&plan->uid_map, plan->process.user.uid);
			p->t.gid = (gid_t)idmap_host(&plan->gid_map, plan->process.user.gid);
			if (userns_make_as_root(plan, e))
				return -1;
		}
	} else {
		p->t.uid = geteuid();
		p->t.gid = getegid();
	}
	if (!p->from.x)
		return 0;
	/* Two overlays with one upper directory would not see each other. */
	p->from.root = p->from.x == p->to.x ? fcntl(p->to.root, F_DUPFD_CLOEXEC, 3) : container_root(p->from.x, CONTAINER_ROOT_READ, e);
	return p->from.root < 0 ? -1 : 0;
}

/* ---- a tar on standard input ---- */

static int copy_tar(struct cp *p, struct err *e)
{
	auto_close int there = -1;
	bool missing;

	if (open_roots(p, e))
		return -1;
	there = open_destination(p, &missing, e);
	if (there < 0)
		return missing ? err_set(e, ERR_NOTFOUND, 0, "%.300s: there is no such directory", p->to.text) : -1;
	record_one(&p->to, "in", &p->from);
	return copy_tree_content(&p->t, p->tar.dir, there, e) ? err_context(e, "cp to %.200s", p->to.text) : 0;
}

/* Whether it may be done at all, before the first byte is read. */
static int ask(struct change *x, const void *arg, struct err *e)
{
	struct cp *p = *(struct cp *const *)arg;
	struct end to = p->to;
	auto_close int there = -1;
	struct stat st;

	snprintf(p->name, sizeof(p->name), "%s", look_name(x->l));
	memcpy(p->uuid, x->uuid, sizeof(p->uuid));
	to.root = container_root(x, CONTAINER_ROOT_READ, e);
	if (to.root < 0)
		return -1;
	there = open_at(&to, to.path, O_PATH, e);
	close_fd_auto(&to.root);
	if (there < 0)
		return -1;
	return fstat(there, &st) || !S_ISDIR(st.st_mode) ?
	       err_set(e, ERR_INPUT, 0, "%.300s: is no directory, where the files of an archive could go", to.text) : 0;
}

static int unpack(struct cp *p, struct err *e)
{
	auto_free char *own = NULL, *fetch = NULL;
	struct image_load_options o = { 0 };

	if (program_own(&own, e) || program_beside(own, "secctr-fetch", &fetch, e))
		return -1;
	o.fetch = fetch;
	return image_files(&p->c->store, STDIN_FILENO, &o, &p->tar, e) ? err_context(e, "standard input") : 0;
}

/* Without the container's lock while we read: how long that takes is in the hands of who writes. */
static int read_tar(struct cp *p, struct err *e)
{
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	const struct cp *arg = p;

	if (isatty(STDIN_FILENO))
		return err_set(e, ERR_USAGE, 0, "standard input is a terminal: give a tar file");
	if (change_container(p->c, p->to.id, "cp", ask, &arg, e))
		return -1;
	if (unpack(p, e) == 0)
		return 0;
	authorize_refused(p->c, &w, "cp", p->name, p->uuid, e);
	audit_writer_close(&w);
	return -1;
}

static int copy(struct cp *p, struct err *e)
{
	auto_close int from = -1;
	struct parts parts;
	struct stat st;

	if (p->tar.load)
		return copy_tar(p, e);
	if (open_roots(p, e) || split(p->from.path, &parts, e))
		return -1;
	from = open_at(&p->from, p->from.path, O_PATH, e);
	if (from < 0)
		return err_context(e, "%.300s", p->from.text);
	if (fstat(from, &st))
		return err_set(e, ERR_SYSTEM, errno, "%.300s", p->from.text);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, 0, "%.300s: is no file and no directory, and is not opened", p->from.text);
	/* Before a byte leaves or comes. */
	record_one(&p->from, "out", &p->to);
	record_one(&p->to, "in", &p->from);
	if (strcmp(p->to.path, "-") == 0 && !p->to.x)
		return to_stdout(p, from, &st, &parts, e);
	if (copy_to_files(p, from, &st, &parts, e))
		return err_context(e, "cp to %.200s", p->to.text);
	if (p->t.left_out)
		fprintf(stderr, "secctr: warning: %ju devices, FIFOs and sockets were left out\n", (uintmax_t)p->t.left_out);
	return 0;
}

/* Holds one container, then the other, then copies. */
static int hold(struct change *x, const void *arg, struct err *e)
{
	struct cp *p = *(struct cp *const *)arg;
	struct end *next = p->first->x ? NULL : p->second;

	if (strcmp(p->from.id, x->l->state.id) == 0)
		p->from.x = x;
	if (strcmp(p->to.id, x->l->state.id) == 0)
		p->to.x = x;
	return next ? change_container(p->c, next->id, "cp", hold, arg, e) : copy(p, e);
}

/* By their ids, so that two who copy both ways do not wait for each other; one that is both ends only once. */
static void put_in_order(struct cp *p)
{
	int order = strcmp(p->from.id, p->to.id);

	p->first = !*p->to.id || (*p->from.id && order < 0) ? &p->from : &p->to;
	p->second = order && *p->from.id && *p->to.id ? (p->first == &p->from ? &p->to : &p->from) : NULL;
}

static int cmd_cp_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct cp_request *q = request;
	AUTO(cp_done) struct cp p = { .c = c, .q = q, .from.root = -1, .to.root = -1, .tar = IMAGE_FILES_INIT,
				      .t = { .overwrite = q->overwrite, .limits = WALK_LIMITS_DEFAULT } };
	const struct cp *arg = &p;

	if (context_store(c, e) || read_end(c, operands->item[0], &p.from, e) || read_end(c, operands->item[1], &p.to, e))
		return -1;
	if (!*p.from.id && !*p.to.id)
		return err_set(e, ERR_USAGE, 0, "neither %.100s nor %.100s is of a container (NAME:PATH)", operands->item[0],
			       operands->item[1]);
	if (!*p.from.id && (strcmp(p.from.path, "-") == 0 || strcmp(p.from.path, "/dev/stdin") == 0) && read_tar(&p, e))
		return -1;
	if (!*p.to.id && strcmp(p.to.path, "-") == 0 && isatty(STDOUT_FILENO))
		return err_set(e, ERR_USAGE, 0, "standard output is a terminal");
	put_in_order(&p);
	if (change_container(c, p.first->id, "cp", hold, &arg, e) == 0)
		return 0;
	return context_denied(c, "your own tar reaches others: `secctr cp NAME:PATH - | tar x`, `secctr exec -i NAME tar x <FILE`", e);
}

static void cp_prepare(void *request)
{
	((struct cp_request *)request)->archive = true;
}

const struct command cmd_cp = {
	.name = "cp", .operands = "[CONTAINER:]SRC [CONTAINER:]DEST", .group = "Containers",
	.brief = "copy files into and out of containers", .mode = OPT_MIXED, .tables = cp_tables,
	.request_size = sizeof(struct cp_request), .prepare = cp_prepare, .min_operands = 2, .max_operands = 2, .run = cmd_cp_main,
};
