/* SPDX-License-Identifier: Apache-2.0 */
/* compliance.h - counting events by the controls that ask for them. */
#ifndef SECCTR_AUDIT_REPORT_COMPLIANCE_H
#define SECCTR_AUDIT_REPORT_COMPLIANCE_H

#include "audit/report/join.h"
#include "audit/report/tally.h"

void compliance_count(struct tally *t, const struct gathered *ev, const struct facts *x, const struct verdict *v);
/* A row of the table, in its order; false: no more. */
bool compliance_control(size_t i, const char **ret_standard, const char **ret_id, const char **ret_what);

#endif
