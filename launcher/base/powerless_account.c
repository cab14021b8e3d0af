/* SPDX-License-Identifier: Apache-2.0 */
/* powerless_account.c - as whom a powerless program runs; read by its parent, before the fork. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/powerless.h"

static void close_file(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

int powerless_account(const char *passwd, const char *name, uid_t *ret_uid, gid_t *ret_gid, struct err *e)
{
	AUTO(close_file) FILE *f = fopen(passwd, "re");
	struct passwd pw, *found = NULL;
	char room[16384];
	int r = ENOENT;

	*ret_uid = *ret_gid = POWERLESS_NOBODY;
	if (!f)
		return 0;
	while ((r = fgetpwent_r(f, &pw, room, sizeof(room), &found)) == 0 && strcmp(pw.pw_name, name) != 0)
		;
	if (r == ENOENT)	/* the end: no such account */
		return 0;
	if (r)
		return err_set(e, ERR_SYSTEM, r, "%s: looking for %s", passwd, name);
	if (pw.pw_uid == 0 || pw.pw_gid == 0)
		return err_set(e, ERR_STATE, 0, "%s: account %s has the numbers of root", passwd, name);
	*ret_uid = pw.pw_uid;
	*ret_gid = pw.pw_gid;
	return 0;
}
