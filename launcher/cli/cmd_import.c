/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_import.c - secctr import. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "launcher/cli/commands.h"
#include "launcher/cli/image_changes.h"
#include "launcher/cli/image_op.h"
#include "launcher/cli/program.h"
#include "launcher/image/load.h"

struct import_request {
	struct opt_list changes;
	const char *message;
	bool quiet;
};

static const struct opt import_opts[] = {
	{ .letter = 'c', .name = "change", .kind = OPT_LIST, .offset = OPT_INTO(struct import_request, changes),
	  .value = "INSTRUCTION", .help = "set CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME or WORKDIR" },
	{ .letter = 'm', .name = "message", .kind = OPT_TEXT, .offset = OPT_INTO(struct import_request, message),
	  .value = "TEXT", .help = "the comment in its history" },
	{ .letter = 'q', .name = "quiet", .kind = OPT_FLAG, .offset = OPT_INTO(struct import_request, quiet),
	  .help = "as podman has it; there is no progress in any case" },
	OPT_END
};
static const struct opt *const import_tables[] = { import_opts, NULL };

static int open_input(const char *path, int *ret, struct err *e)
{
	if (strcmp(path, "-") == 0) {
		if (isatty(STDIN_FILENO))
			return err_set(e, ERR_USAGE, 0, "standard input is a terminal: give a tar file");
		*ret = STDIN_FILENO;
		return 0;
	}
	if (strstr(path, "://"))
		return err_set(e, ERR_USAGE, 0, "%.128s: only files are imported; fetch it first", path);
	*ret = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return *ret < 0 ? err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", path) : 0;
}

static int fill(struct image *i, const struct import_request *q, const char *from, struct err *e)
{
	struct image_history *h = field_list_add(&i->history, image_history_fields, sizeof(*h));
	struct timespec now;

	if (!h)
		return err_set(e, ERR_SYSTEM, ENOMEM, "import");
	(void)clock_gettime(CLOCK_REALTIME, &now);
	i->created = h->created = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	if (q->message && !str_is_utf8(q->message, strlen(q->message)))
		return err_set(e, ERR_INPUT, 0, "--message: not UTF-8");
	if (str_copy(q->message, &h->comment, e) || str_print(&h->created_by, e, "secctr import %.256s", from))
		return -1;
	str_make_safe(h->created_by);
	for (size_t k = 0; k < q->changes.len; k++)
		if (image_change(i, q->changes.item[k], e))
			return -1;
	return 0;
}

static int import(struct image_op *op, const struct import_request *q, const struct opt_list *operands, struct strv *loaded,
		  struct err *e)
{
	auto_free char *own = NULL, *fetch = NULL, *ref = NULL;
	struct image_load_options o = { 0 };
	auto_image struct image i;
	int fd = -1, rc;

	image_init(&i);
	if (program_own(&own, e) || program_beside(own, "secctr-fetch", &fetch, e) || fill(&i, q, operands->item[0], e) ||
	    (operands->len > 1 && image_new_name(operands->item[1], &ref, e)) || open_input(operands->item[0], &fd, e))
		return -1;
	o.import = &i;
	o.ref = ref;
	o.fetch = fetch;
	rc = image_load(&op->c->store, fd, &o, loaded, e);
	if (fd != STDIN_FILENO)
		close_fd_auto(&fd);
	return rc ? err_context(e, "%.256s", operands->item[0]) : 0;
}

static int cmd_import_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_image_op struct image_op op = IMAGE_OP_INIT(c, "image-import");
	auto_strv struct strv loaded = { 0 };
	auto_image struct image i;

	image_init(&i);
	if (context_store(c, e))
		return -1;
	if (import(&op, request, operands, &loaded, e) || image_resolve(&c->store, loaded.item[0], &i, e))
		return image_op_refused(&op, e);
	image_op_record(&op, EV_IMAGE_IMPORT, loaded.item[0], i.digest);
	printf("%s\n", i.digest);
	return 0;
}

static void import_done(void *request)
{
	opt_list_done(&((struct import_request *)request)->changes);
}

const struct command cmd_import = {
	.name = "import", .operands = "FILE|- [NAME]", .group = "Images", .brief = "make an image from the tar of a root file system",
	.mode = OPT_MIXED, .tables = import_tables, .request_size = sizeof(struct import_request), .done = import_done,
	.min_operands = 1, .max_operands = 2, .run = cmd_import_main,
};
