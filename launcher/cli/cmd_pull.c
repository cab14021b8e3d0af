/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_pull.c - secctr pull. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "launcher/cli/commands.h"
#include "launcher/cli/image_op.h"
#include "launcher/cli/pulling.h"

struct pull_command {
	struct pull_request how;
};

static const struct opt pull_opts[] = {
	{ .letter = 'q', .name = "quiet", .kind = OPT_FLAG, .offset = OPT_INTO(struct pull_command, how.quiet), .help = "no progress" },
	PULL_ROWS(struct pull_command, how),
	OPT_END
};
static const struct opt *const pull_tables[] = { pull_opts, NULL };

static void prepare(void *request)
{
	struct pull_command *q = request;

	q->how = (struct pull_request)PULL_REQUEST_INIT;
}

/* One after another, as Podman: what came before a failure stays. */
static int cmd_pull_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct pull_command *q = request;
	auto_image_op struct image_op op = IMAGE_OP_INIT(c, "image-pull");

	if (context_store(c, e))
		return -1;
	for (size_t i = 0; i < operands->len; i++) {
		auto_image struct image image;

		image_init(&image);
		if (pull_image(c, &q->how, operands->item[i], &image, e))
			return image_op_refused(&op, e);
		printf("%s\n", image.digest + strlen("sha256:"));
		if (fflush(stdout))
			return err_set(e, ERR_SYSTEM, errno, "standard output");
	}
	return 0;
}

const struct command cmd_pull = {
	.name = "pull", .operands = "IMAGE...", .group = "Images", .brief = "fetch images from registries",
	.mode = OPT_MIXED, .tables = pull_tables, .request_size = sizeof(struct pull_command), .prepare = prepare,
	.min_operands = 1, .max_operands = SIZE_MAX, .run = cmd_pull_main,
};
