/* SPDX-License-Identifier: Apache-2.0 */
/*
 * each.h - one action on every container that a command line names.
 *
 * As Podman: all are tried, each failure is its own line on stderr, and the exit status is 125 if any failed (see `tells`).
 */
#ifndef SECCTR_CLI_EACH_H
#define SECCTR_CLI_EACH_H

#include "launcher/base/options.h"
#include "launcher/cli/look.h"
#include "launcher/cli/ps_filter.h"

enum each_print { EACH_PRINT_NOTHING, EACH_PRINT_GIVEN, EACH_PRINT_ID };	/* on stdout, after success */

struct each {
	bool all;	/* instead of operands: every container, or every one that is `wanted` */
	bool (*wanted)(const struct look *l);	/* with `all` or a filter; NULL: any */
	bool latest;	/* instead of operands: the one that was made last */
	const struct opt_list *filter;		/* these too instead of operands; NULL or empty: no filter */
	const struct opt_list *cidfiles;	/* further operands, in files; NULL: none */
	bool ignore;	/* ERR_NOTFOUND is success */
	bool at_once;	/* the action mostly waits: on many containers at once (workers.h); output in the order of the operands */
	bool tells;	/* as podman-rm(1): 2 if one was in a wrong state, 1 if one did not exist and nothing else went wrong */
	enum each_print print;
};

/* Rows of the options that many commands share. */
#define EACH_OPT_ALL(type, text) { .letter = 'a', .name = "all", .kind = OPT_FLAG, .offset = OPT_INTO(type, all), .help = text }
#define EACH_OPT_FILTER(type, key) { .letter = key, .name = "filter", .kind = OPT_LIST, .offset = OPT_INTO(type, filter), \
				.value = "KEY=VALUE", .help = "those that match: " PS_FILTER_KEYS }
#define EACH_OPT_CIDFILE(type) { .name = "cidfile", .kind = OPT_LIST, .offset = OPT_INTO(type, cidfile), .value = "FILE", \
				 .help = "the container whose id is in the file", .complete = "file" }
#define EACH_OPT_TIME(type, text) { .letter = 't', .name = "time", .kind = OPT_TEXT, .offset = OPT_INTO(type, time), \
				    .value = "SECONDS", .help = text }

/* --time; NULL gives -1, the container's own. */
int each_seconds(const char *text, int64_t *ret, struct err *e) MUST_CHECK;

/* Asks on the terminal, as podman; end of file is no. `warning`: what will happen, a sentence. */
bool each_confirmed(const char *warning);

bool each_is_live(const struct look *l);	/* for `wanted`: runs, is paused, or is about to be restarted */

typedef int each_fn(struct context *c, struct look *l, const void *arg, struct err *e);

int each_container(struct context *c, const struct each *how, const struct opt_list *operands, each_fn *act,
		   const void *arg, struct err *e) MUST_CHECK;

#endif
