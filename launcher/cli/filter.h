/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - --filter KEY=VALUE: which containers are meant.
 *
 * All words must hold. As podman-ps(1): id=, name=, status=, label=, label!=, exited=, until=, restart-policy=,
 * should-start-on-boot=; and policy=.
 */
#ifndef SECCTR_CLI_FILTER_H
#define SECCTR_CLI_FILTER_H

#include "launcher/base/options.h"
#include "launcher/cli/look.h"

#define FILTER_KEYS "id, name, status, policy, label, exited, until, restart-policy, should-start-on-boot"

/* ERR_USAGE for a key or value that is none. */
int filter_matches(const struct look *l, const struct opt_list *words, bool *ret, struct err *e) MUST_CHECK;
int filter_one(const struct look *l, const char *word, bool *ret, struct err *e) MUST_CHECK;

#endif
