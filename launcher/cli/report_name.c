/* SPDX-License-Identifier: Apache-2.0 */
/* report_name.c - see report_name.h. */
#include "launcher/cli/report_name.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

bool report_name(void *context, uint32_t uid, char ret[static NAMES_TEXT_MAX])
{
	char room[16384];
	struct passwd pw, *found = NULL;

	(void)context;
	if (getpwuid_r(uid, &pw, room, sizeof(room), &found) || !found || strlen(pw.pw_name) >= NAMES_TEXT_MAX)
		return false;
	(void)snprintf(ret, NAMES_TEXT_MAX, "%s", pw.pw_name);
	return true;
}
