/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox.h - what of systemd's sandbox (systemd.exec(5)) a unit can have around the launcher and one container.
 *
 * A table: a row for each directive, with its value as the container's plan allows it, or the reason why it is left out, which stands in
 * the unit as a comment. What a unit sets holds for the launcher, its monitor and the container together (name spaces, seccomp
 * and capabilities are inherited). So no directive takes away what the plan, and so its policy, gives to the container, and none what the
 * launcher needs to make it and to prove its records. Each of those reasons was seen on Debian 12 (systemd 252, SELinux enforcing):
 * tests/vm/t/50-units.sh.
 */
#ifndef SECCTR_SYSTEMD_SANDBOX_H
#define SECCTR_SYSTEMD_SANDBOX_H

#include "launcher/base/err.h"
#include "launcher/base/str.h"
#include "launcher/plan/plan.h"

struct sandbox {
	const struct plan *plan;	/* decided */
	const char *lib, *run;		/* the store's two directories, absolute */
};

/* Appends the lines. ERR_INPUT: a path of the plan that cannot stand in a unit. */
int sandbox_text(const struct sandbox *s, struct str *ret, struct err *e) MUST_CHECK;

/* For tests: the directives in their order; NULL behind the last. */
const char *sandbox_directive(size_t i);

#endif
