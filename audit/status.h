/* SPDX-License-Identifier: Apache-2.0 */
/* status.h - judging the answer to AUDIT_GET. For writer.c; apart from it so that each refusal can be tested. */
#ifndef SECCTR_AUDIT_STATUS_H
#define SECCTR_AUDIT_STATUS_H

#include <linux/audit.h>
#include <stdint.h>

#include "launcher/base/err.h"

/*
 * ERR_AUDIT unless audit is on, a daemon is registered and is neither gone, dead nor stopped, fewer
 * records wait than the limit (0: no limit), and the lost counter is `lost` still.
 */
int audit_status_check(int procfd, const struct audit_status *s, uint32_t lost, struct err *e)
	MUST_CHECK NONNULL(2, 4);

#endif
