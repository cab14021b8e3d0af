/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ps_filter.h - --filter KEY=VALUE: which containers are meant; read once and applied to each container.
 *
 * As podman-ps(1): several values of one key are alternatives, different keys and all labels must fit.
 */
#ifndef SECCTR_CLI_PS_FILTER_H
#define SECCTR_CLI_PS_FILTER_H

#include "launcher/cli/ps.h"

#define PS_FILTER_KEYS "id, name, status, exited, label, label!, ancestor, before, since, until, volume, command, " \
	"restart-policy, should-start-on-boot, policy, login"
enum { PS_FILTERS_MAX = 64 };

struct ps_filters;
int ps_filters_read(struct context *c, const struct opt_list *text, struct ps_filters **ret, struct err *e) MUST_CHECK;
void ps_filters_free(struct ps_filters *f);
DEFINE_AUTO(ps_filters_free, struct ps_filters *)

bool ps_filters_by_status(const struct ps_filters *f);
bool ps_filters_match(const struct ps_filters *f, struct ps_item *i);

#endif
