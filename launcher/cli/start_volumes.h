/* SPDX-License-Identifier: Apache-2.0 */
/* start_volumes.h - the volumes of a start: made where they are missing, and kept until the container's request is written. */
#ifndef SECCTR_CLI_START_VOLUMES_H
#define SECCTR_CLI_START_VOLUMES_H

#include "launcher/cli/command.h"
#include "launcher/plan/plan.h"

/*
 * After the decision, before images.lock. *ret_lock (-1 without volumes) is closed when request.json names them.
 */
int start_volumes(struct context *c, const struct plan *p, int *ret_lock, struct err *e) MUST_CHECK;

/* Those without a name, of a container that is gone or came to nothing, which no other container has. */
void start_volumes_drop(struct context *c, const struct plan *p);

/*
 * Of a container that exists. In both: a volume becomes one container's own (Z) only while no other that has it runs; of two
 * such starts of `secctr start` at once, the later may still take it from the earlier. That U takes a volume's files from the user of
 * another that runs is a warning on standard error.
 */
int start_volumes_again(struct context *c, const struct plan *p, struct err *e) MUST_CHECK;

#endif
