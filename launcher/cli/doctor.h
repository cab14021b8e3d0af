/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.h - the doctor's findings as JSON, for the command and for bundles. */
#ifndef SECCTR_CLI_DOCTOR_H
#define SECCTR_CLI_DOCTOR_H

#include <jansson.h>

#include "audit/doctor/doctor.h"

/* {"Good": bool, "Checks": [{Id, State, Severity, What, Why, Mend, Controls}]}; *ret_bad: how many findings. */
int doctor_json(const struct doctor_facts *f, json_t **ret, unsigned *ret_bad, struct err *e) MUST_CHECK;

#endif
