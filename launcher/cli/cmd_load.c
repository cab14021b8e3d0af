/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_load.c - secctr load. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/writer.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/program.h"
#include "launcher/cli/output.h"
#include "launcher/image/load.h"
#include "launcher/store/images.h"

struct load_request {
	const char *input, *tag;
	bool quiet;
};

static const struct opt load_opts[] = {
	{ .letter = 'i', .name = "input", .kind = OPT_TEXT, .offset = OPT_INTO(struct load_request, input),
	  .value = "FILE|DIR", .help = "an archive or an OCI layout (default: standard input)", .complete = "file" },
	{ .letter = 't', .name = "tag", .kind = OPT_TEXT, .offset = OPT_INTO(struct load_request, tag), .value = "REFERENCE",
	  .help = "name the image so instead of by the archive's names" },
	{ .letter = 'q', .name = "quiet", .kind = OPT_FLAG, .offset = OPT_INTO(struct load_request, quiet),
	  .help = "no progress" },
	OPT_END
};
static const struct opt *const load_tables[] = { load_opts, NULL };

static void show_progress(void *arg, const struct image_progress *p)
{
	char size[32];

	(void)arg;
	output_size((int64_t)p->bytes, size, sizeof(size));
	fprintf(stderr, "\rlayer %.12s %-9s%s", p->diff_id ? p->diff_id + 7 : "?", p->state == IMAGE_LAYER_PRESENT ? "present" : size,
		p->state == IMAGE_LAYER_READING ? "" : "\n");
}

/* Names what now can be run, before it is said to be there. */
static int record_loaded(struct context *c, const struct strv *refs, struct err *e)
{
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	int r = context_who(c, e) || audit_writer_open(AUDIT_NEED_READBACK, c->procfd, &w, e) ? -1 : 0;

	for (size_t i = 0; i < refs->len && r == 0; i++) {
		struct audit_record record;
		struct image image;

		image_init(&image);
		r = image_resolve(&c->store, refs->item[i], &image, e);
		if (r == 0) {
			record_begin(&record, EV_IMAGE_LOAD, "cli", NULL, NULL);
			record_str(&record, "path", refs->item[i]);
			record_word(&record, "digest", image.digest);
			r = record_end(&record, &c->origin, true, e) || audit_write(&w, &record, NULL, e) ? -1 : 0;
		}
		image_done(&image);
	}
	audit_writer_close(&w);
	return r;
}

static int load(struct context *c, const struct load_request *r, struct strv *refs, struct err *e)
{
	auto_free char *own = NULL, *fetch = NULL;
	struct image_load_options o = { .ref = r->tag };
	auto_close int file = -1;

	if (context_store(c, e) || program_own(&own, e) || program_beside(own, "secctr-fetch", &fetch, e))
		return -1;
	o.fetch = fetch;
	if (!r->quiet && isatty(STDERR_FILENO))
		o.progress = show_progress;
	if (r->input && strcmp(r->input, "-") != 0) {
		file = open(r->input, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (file < 0)
			return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", r->input);
	} else if (isatty(STDIN_FILENO)) {
		return err_set(e, ERR_USAGE, 0, "give an archive with --input or on standard input");
	}
	if (image_load(&c->store, file >= 0 ? file : STDIN_FILENO, &o, refs, e))
		return err_context(e, "%.256s", r->input ? r->input : "standard input");
	return 0;
}

static int cmd_load_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	auto_strv struct strv refs = { 0 };
	struct err lost = { 0 };

	(void)operands;
	if (load(c, request, &refs, e)) {
		if (c->store_open)
			authorize_refused(c, &w, "image-load", NULL, NULL, e);
		audit_writer_close(&w);
		return -1;
	}
	/* The image runs nothing by being there; what runs it needs a record of its own. */
	if (record_loaded(c, &refs, &lost))
		fprintf(stderr, "secctr: warning: no audit record of this image: %s\n", lost.text);
	for (size_t i = 0; i < refs.len; i++)
		printf("Loaded image: %s\n", refs.item[i]);
	return 0;
}

const struct command cmd_load = {
	.name = "load", .group = "Images", .brief = "load images from an archive or an OCI layout",
	.mode = OPT_MIXED, .tables = load_tables, .request_size = sizeof(struct load_request), .run = cmd_load_main,
};
