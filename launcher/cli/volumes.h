/* SPDX-License-Identifier: Apache-2.0 */
/* volumes.h - what commands do with named volumes: their records, --filter, removal. */
#ifndef SECCTR_CLI_VOLUMES_H
#define SECCTR_CLI_VOLUMES_H

#include "launcher/base/options.h"
#include "launcher/cli/image_op.h"
#include "launcher/store/volumes.h"

#define VOLUME_FILTER_KEYS "name, label, label!, dangling, driver, scope, until"

/* The path of its data on the host; malloc'ed. */
int volumes_path(const struct context *c, const char *name, char **ret, struct err *e) MUST_CHECK;

/* Record (VIRT_CREATE op=volume-create), then make. ERR_EXISTS, which makes no record. */
int volumes_make(struct image_op *op, const char *name, const struct strv *labels, bool anonymous, struct err *e) MUST_CHECK;

/*
 * Record (VIRT_DESTROY op=volume-remove), then remove. In use: ERR_STATE and *in_use, unless `force`, which first stops and
 * removes the containers by the rules of `rm -f`.
 */
int volumes_remove(struct image_op *op, const char *name, bool force, bool *in_use, struct err *e) MUST_CHECK;

/*
 * Those of these names that were made without one and that no container uses any more: its containers are gone. What fails is
 * said and stays; `volume prune` finds it.
 */
void volumes_drop(struct context *c, const struct strv *names);

/* A volume must pass each key; of several values of one key but label, any. ERR_USAGE names what is none. */
int volume_filter_check(const struct opt_list *filter, struct err *e) MUST_CHECK;
/* Names of those that pass, sorted. */
int volumes_select(struct context *c, const struct opt_list *filter, struct strv *ret, struct err *e) MUST_CHECK;

#endif
