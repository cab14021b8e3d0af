/* SPDX-License-Identifier: Apache-2.0 */
/* confined.h - whether we run in secctr's own SELinux domain, which executes no program of the host. */
#ifndef SECCTR_CLI_CONFINED_H
#define SECCTR_CLI_CONFINED_H

#include <stdbool.h>

/* Trying would only leave a denial in the audit log. */
bool is_confined(void);

#endif
