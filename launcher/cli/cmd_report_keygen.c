/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_report_keygen.c - secctr report keygen: a key that signs bundles. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/evidence/ask.h"
#include "launcher/base/io.h"
#include "launcher/cli/bundle_state.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/program.h"

struct keygen_options {
	const char *key;
};
static const struct opt keygen_opts[] = {
	{ .name = "key", .kind = OPT_TEXT, .offset = OPT_INTO(struct keygen_options, key), .value = "FILE",
	  .help = "write the private key there (mode 0600) and the public key to FILE.pub, not to secctr's own directory", .complete = "file" },
	OPT_END
};
static const struct opt *const keygen_tables[] = { keygen_opts, NULL };

/* Never over a file that is there: a key that signed something is not to be lost. */
static int write_new(int dir, const char *name, const struct str *text, mode_t mode, struct err *e)
{
	auto_close int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);

	if (fd < 0)
		return err_set(e, errno == EEXIST ? ERR_EXISTS : ERR_SYSTEM, errno == EEXIST ? 0 : errno, "%.256s%s", name,
			       errno == EEXIST ? ": is there already, and stays" : "");
	if (fchmod(fd, mode) || io_write_all(fd, text->text, text->len, name, e) || fsync(fd))
		return err_set(e, ERR_SYSTEM, errno, "%.256s", name);
	return 0;
}

static int cmd_keygen_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct keygen_options *o = request;
	auto_free char *own = NULL, *program = NULL, *public = NULL;
	auto_str struct str mine = { 0 }, other = { 0 };
	auto_close int dir = -1;

	(void)operands;
	if (program_own(&own, e) || program_beside(own, "secctr-evidence", &program, e))
		return -1;
	if (o->key ? str_print(&public, e, "%s.pub", o->key) : (dir = bundle_dir(c, e)) < 0)
		return -1;
	/* Looked at before, so that no half of a pair is left by the usual mistake. */
	if (faccessat(o->key ? AT_FDCWD : dir, o->key ? public : "key.pub.pem", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(e, ERR_EXISTS, 0, "%.256s: is there already, and stays", o->key ? public : "key.pub.pem");
	if (evidence_key(program, &mine, &other, e) ||
	    write_new(o->key ? AT_FDCWD : dir, o->key ? o->key : "key.pem", &mine, 0600, e) ||
	    write_new(o->key ? AT_FDCWD : dir, o->key ? public : "key.pub.pem", &other, 0644, e))
		return -1;
	explicit_bzero(mine.text, mine.len);
	printf("private key: %s%s\npublic key: %s%s\nGive the public key to those who verify; keep a copy of it off this host.\n",
	       o->key ? "" : (c->root ? c->root : STORE_ROOT), o->key ? o->key : "/evidence/key.pem",
	       o->key ? "" : (c->root ? c->root : STORE_ROOT), o->key ? public : "/evidence/key.pub.pem");
	return 0;
}

const struct command cmd_report_keygen = {
	.name = "report keygen", .group = "Audit", .brief = "make the Ed25519 key that signs bundles",
	.mode = OPT_MIXED, .tables = keygen_tables, .request_size = sizeof(struct keygen_options), .run = cmd_keygen_main,
};
