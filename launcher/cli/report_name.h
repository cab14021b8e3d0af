/* SPDX-License-Identifier: Apache-2.0 */
/* report_name.h - login UIDs as this host's accounts, for reports (audit/report/names.h). */
#ifndef SECCTR_CLI_REPORT_NAME_H
#define SECCTR_CLI_REPORT_NAME_H

#include "audit/report/names.h"

bool report_name(void *context, uint32_t uid, char ret[static NAMES_TEXT_MAX]);

#endif
