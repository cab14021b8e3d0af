/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealed.h - a plan that a policy has allowed and that nobody can change any more.
 *
 * Only policy/seal.c can make one; it is the only thing runtime_create() takes. So code
 * that would run something undecided does not compile.
 */
#ifndef SECCTR_POLICY_SEALED_H
#define SECCTR_POLICY_SEALED_H

#include "launcher/base/cleanup.h"
#include "launcher/base/digest.h"

struct plan;
struct sealed_plan;

const struct plan *sealed_plan(const struct sealed_plan *s);		/* borrowed */
const char *sealed_text(const struct sealed_plan *s);			/* canonical; borrowed */
const struct digest *sealed_digest(const struct sealed_plan *s);	/* of the text */
void sealed_free(struct sealed_plan *s);
DEFINE_AUTO(sealed_free, struct sealed_plan *)

#endif
