/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - the commands of secctr as a table; one verb, one file cmd_VERB.c.
 *
 * main() finds the row, parses by its option tables, and calls run(). A command returns its exit status, or -1 with
 * *e filled; then main prints "secctr: TEXT" and exits with err_exit_status(). Nothing else prints errors.
 */
#ifndef SECCTR_CLI_COMMAND_H
#define SECCTR_CLI_COMMAND_H

#include <stdbool.h>

#include "audit/identity.h"
#include "audit/record.h"
#include "launcher/base/err.h"
#include "launcher/base/options.h"
#include "launcher/store/store.h"
#include "selinux/selinuxfs.h"

struct oci;

/* What every command has; opened when first asked for (context_*()), closed by the process's end. */
struct policy;
struct policy_set;
struct context {
	const char *root, *runroot;	/* --root, --runroot; NULL: the defaults */
	int procfd;			/* -1 until context_proc() */
	char boot_id[37];		/* "" until context_boot_id() */
	struct store store;
	bool store_open;
	struct identity who;
	bool who_known;
	struct audit_origin origin;
	struct selinux_status selinux;
	bool selinux_known;
	const char *exe;		/* of records; NULL: secctr's */
	struct oci *oci;		/* of secctr-runtime (oci.h), else NULL */
	int unit_report;		/* unit_start.h; 0: none */
	const char *const *argv;	/* as we were started */
	bool exposed;			/* ... and whether a container could reach our program's file */
	struct policy_set *policies;	/* authorize.c: that of the file `named`, read once for all that one command asks; or NULL */
	const struct policy *site, *policy;
	char *named;
};

void context_done(struct context *c);
int context_proc(struct context *c, struct err *e) MUST_CHECK;		/* borrowed descriptor */
int context_boot_id(struct context *c, const char **ret, struct err *e) MUST_CHECK;	/* borrowed */
int context_store(struct context *c, struct err *e) MUST_CHECK;		/* 0: c->store is open */
int context_containers(struct context *c, struct err *e) MUST_CHECK;	/* ... but for images/ and tmp/ */
int context_who(struct context *c, struct err *e) MUST_CHECK;		/* 0: c->who, c->origin are filled */
int context_selinux(struct context *c, struct err *e) MUST_CHECK;	/* 0: c->selinux is filled */
/* Of a file of the host that could not be reached: where SELinux is what denied it, the error says so, and what to do. Gives -1. */
int context_denied(struct context *c, const char *instead, struct err *e);

struct command {
	const char *name;		/* "run"; "policy check" for a command of two words */
	const char *operands;		/* "IMAGE [COMMAND [ARG...]]"; for help, and completion.c knows the words */
	const char *brief;		/* one line for `secctr help` */
	const char *group;		/* heading in `secctr help`; NULL: hidden */
	enum opt_mode mode;
	const struct opt *const *tables;	/* NULL: no options */
	size_t request_size;		/* zeroed and given to run(); prepare() sets other defaults */
	void (*prepare)(void *request);
	void (*done)(void *request);	/* releases its lists */
	size_t min_operands, max_operands;	/* SIZE_MAX: any number */
	bool enters;			/* makes processes in containers: program_guard() first */
	int (*run)(struct context *c, void *request, const struct opt_list *operands, struct err *e);
};

extern const struct command *const commands[];	/* NULL-terminated; in the order of `secctr help` */
extern const struct opt *const global_tables[];	/* options in front of the command (main.c) */

#endif
