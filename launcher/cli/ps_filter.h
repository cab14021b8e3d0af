/* SPDX-License-Identifier: Apache-2.0 */
/* ps_filter.h - the filters of ps, read once and applied to each container. */
#ifndef SECCTR_CLI_PS_FILTER_H
#define SECCTR_CLI_PS_FILTER_H

#include "launcher/cli/ps.h"

enum { PS_FILTERS_MAX = 64 };

struct ps_filters;
int ps_filters_read(struct context *c, const struct opt_list *text, struct ps_filters **ret, struct err *e) MUST_CHECK;
void ps_filters_free(struct ps_filters *f);
DEFINE_AUTO(ps_filters_free, struct ps_filters *)

bool ps_filters_by_status(const struct ps_filters *f);
bool ps_filters_match(const struct ps_filters *f, struct ps_item *i);

#endif
