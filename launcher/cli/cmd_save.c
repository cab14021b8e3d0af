/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_save.c - secctr save. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/cli/archive_target.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/image_op.h"
#include "launcher/image/save.h"

struct save_request {
	const char *output, *format;
	bool multi, quiet;
};

static const struct opt save_opts[] = {
	{ .letter = 'o', .name = "output", .kind = OPT_TEXT, .offset = OPT_INTO(struct save_request, output),
	  .value = "FILE|DIR", .help = "write there (default: standard output)", .complete = "file" },
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct save_request, format),
	  .value = "docker-archive|oci-archive|oci-dir", .help = "docker-archive (default), oci-archive or oci-dir" },
	{ .letter = 'm', .name = "multi-image-archive", .kind = OPT_FLAG, .offset = OPT_INTO(struct save_request, multi),
	  .help = "further operands are images, not further names of the first" },
	{ .letter = 'q', .name = "quiet", .kind = OPT_FLAG, .offset = OPT_INTO(struct save_request, quiet),
	  .help = "as podman has it; there is no progress in any case" },
	OPT_END
};
static const struct opt *const save_tables[] = { save_opts, NULL };

static const char *const format_words[] = { "docker-archive", "oci-archive", "oci-dir" };

static int read_format(const char *text, enum save_format *ret, struct err *e)
{
	*ret = SAVE_DOCKER_ARCHIVE;
	for (size_t i = 0; text && i < ARRAY_LEN(format_words); i++)
		if (strcmp(text, format_words[i]) == 0) {
			*ret = (enum save_format)i;
			return 0;
		}
	return text ? err_set(e, ERR_USAGE, 0, "--format %.32s: docker-archive, oci-archive or oci-dir", text) : 0;
}

static int open_directory(const char *path, struct archive_target *t, struct err *e)
{
	bool made = mkdir(path, 0755) == 0;

	t->directory = true;
	if (!made && errno != EEXIST)
		return err_set(e, ERR_SYSTEM, errno, "%.256s", path);
	t->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "%.256s", path);
	return made ? str_copy(path, &t->made, e) : 0;
}

static int open_target(const struct save_request *q, enum save_format format, struct archive_target *t, struct err *e)
{
	if (format == SAVE_OCI_DIR)
		return q->output ? open_directory(q->output, t, e) :
		       err_set(e, ERR_USAGE, 0, "--format oci-dir needs --output DIR");
	return archive_target_open(q->output, t, e);
}

struct save_list {
	struct save_image *item;
	size_t n;
};

static void save_list_done(struct save_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->item[i].digest);
		strv_done(&l->item[i].refs);
	}
	free(l->item);
}

/* An image that was found by a name keeps it, one by its digest has none in the archive. Twice the same image is one. */
static int add_image(const struct store *s, const char *text, struct save_list *l, struct err *e)
{
	auto_image struct image i;
	size_t at = 0;

	image_init(&i);
	if (image_resolve(s, text, &i, e))
		return -1;
	while (at < l->n && strcmp(l->item[at].digest, i.digest) != 0)
		at++;
	if (at == l->n && str_copy(i.digest, &l->item[l->n++].digest, e))
		return -1;
	/* A name with a digest is none that an archive could give. */
	return strv_has(&i.refs, i.asked) && !strchr(i.asked, '@') && !strv_has(&l->item[at].refs, i.asked) ? strv_add(&l->item[at].refs, i.asked, e) : 0;
}

static int add_images(const struct store *s, const struct opt_list *operands, bool multi, struct save_list *l, struct err *e)
{
	l->item = calloc(operands->len, sizeof(*l->item));
	if (!l->item)
		return err_set(e, ERR_SYSTEM, ENOMEM, "save");
	for (size_t i = 0; i < operands->len; i++) {
		auto_free char *ref = NULL;

		if (i == 0 || multi) {
			if (add_image(s, operands->item[i], l, e))
				return -1;
		} else if (image_new_name(operands->item[i], &ref, e) ||
			   (!strv_has(&l->item[0].refs, ref) && strv_add(&l->item[0].refs, ref, e))) {
			return -1;
		}
	}
	return 0;
}

static int save(struct image_op *op, const struct save_request *q, const struct opt_list *operands, struct err *e)
{
	AUTO(save_list_done) struct save_list list = { 0 };
	auto_archive_target struct archive_target t = { .fd = -1 };
	enum save_format format;

	if (read_format(q->format, &format, e) || add_images(&op->c->store, operands, q->multi, &list, e) ||
	    open_target(q, format, &t, e))
		return -1;
	/* Before a byte leaves. */
	for (size_t i = 0; i < list.n; i++)
		image_op_record(op, EV_IMAGE_SAVE, list.item[i].refs.len ? list.item[i].refs.item[0] : list.item[i].digest,
				list.item[i].digest);
	if (image_save(&op->c->store, format, list.item, list.n, t.fd, e))
		return err_context(e, "%.256s", q->output ? q->output : "standard output");
	archive_target_keep(&t);
	return 0;
}

static int cmd_save_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_image_op struct image_op op = IMAGE_OP_INIT(c, "image-save");

	if (context_store(c, e))
		return -1;
	if (save(&op, request, operands, e) == 0)
		return 0;
	(void)image_op_refused(&op, e);
	return context_denied(c, "your own shell writes others: `secctr save IMAGE >FILE`", e);
}

const struct command cmd_save = {
	.name = "save", .operands = "IMAGE...", .group = "Images", .brief = "write images to an archive",
	.mode = OPT_MIXED, .tables = save_tables, .request_size = sizeof(struct save_request),
	.min_operands = 1, .max_operands = SIZE_MAX, .run = cmd_save_main,
};
