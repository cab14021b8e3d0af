/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_export.c - secctr export: the root file system of a container as a tar archive. */
#include "launcher/cli/archive_target.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/container_root.h"
#include "launcher/image/pack.h"
#include "launcher/plan/idmap.h"

struct export_request {
	const char *output;
};

static const struct opt export_opts[] = {
	{ .letter = 'o', .name = "output", .kind = OPT_TEXT, .offset = OPT_INTO(struct export_request, output),
	  .value = "FILE", .help = "write there (default: standard output)", .complete = "file" },
	OPT_END
};
static const struct opt *const export_tables[] = { export_opts, NULL };

enum { NOBODY = 65534 };	/* what the kernel shows inside for ids that have no place there */

/* A running container's files show the host's ids; on the disk are those of inside, which an archive is to have. */
static void inside_ids(const void *arg, uint32_t *uid, uint32_t *gid)
{
	const struct plan *p = arg;
	int64_t u = idmap_inside(&p->uid_map, *uid), g = idmap_inside(&p->gid_map, *gid);

	*uid = u < 0 ? NOBODY : (uint32_t)u;
	*gid = g < 0 ? NOBODY : (uint32_t)g;
}

static int export_locked(struct change *x, const void *arg, struct err *e)
{
	struct pack_how how = { .prefix = "", .limits = WALK_LIMITS_DEFAULT };
	const struct export_request *q = arg;
	auto_archive_target struct archive_target t = { .fd = -1 };
	auto_close int root = container_root(x, CONTAINER_ROOT_PLAIN, e);
	struct audit_record r;

	if (root < 0 || archive_target_open(q->output, &t, e))
		return -1;
	if (look_is_live(x->l)) {
		how.owner = inside_ids;
		how.arg = sealed_plan(x->sealed);
	}
	/* Before a byte leaves. */
	record_begin(&r, EV_EXPORT, "cli", look_name(x->l), x->uuid);
	record_str(&r, "path", q->output ? q->output : "-");
	change_record(x, &r);
	if (pack_tree(root, &how, t.fd, e))
		return -1;
	archive_target_keep(&t);
	return 0;
}

static int cmd_export_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	return change_container(c, operands->item[0], "export", export_locked, request, e) == 0 ? 0 :
	       context_denied(c, "your own shell writes others: `secctr export NAME >FILE`", e);
}

const struct command cmd_export = {
	.name = "export", .operands = "CONTAINER", .group = "Containers", .brief = "write the files of a container to a tar archive",
	.mode = OPT_MIXED, .tables = export_tables, .request_size = sizeof(struct export_request),
	.min_operands = 1, .max_operands = 1, .run = cmd_export_main,
};
