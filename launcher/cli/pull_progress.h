/* SPDX-License-Identifier: Apache-2.0 */
/* pull_progress.h - what a pull shows on standard error: a bar on a terminal, a line for each blob elsewhere. */
#ifndef SECCTR_CLI_PULL_PROGRESS_H
#define SECCTR_CLI_PULL_PROGRESS_H

#include <stdint.h>

#include "launcher/image/pull.h"

struct pull_view {
	bool quiet, terminal;
	bool bar;			/* one stands in the last line */
	uint64_t have[129], size[129];	/* of each blob: a configuration and 127 layers, and one more than that */
	bool begun[129];
	size_t of;
	int64_t drawn_ms;
};

/* For pull_options.progress; arg: the view. */
void pull_view_progress(void *arg, const struct pull_progress *p);
/* A line for people, in front of the bar. */
void pull_view_say(struct pull_view *v, const char *fmt, ...) PRINTF(2, 3);
/* Takes the bar away. */
void pull_view_end(struct pull_view *v);

#endif
