/* SPDX-License-Identifier: Apache-2.0 */
/* account.c - the part of identity.h that asks the user database (NSS; not linked into the monitor). */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "audit/identity.h"

enum { PASSWD_ROOM = 16384 };

void identity_name(struct identity *id)
{
	struct passwd pw, *found = NULL;
	char room[PASSWD_ROOM];

	id->name[0] = '\0';
	if (id->auid == IDENTITY_UNSET || getpwuid_r(id->auid, &pw, room, sizeof(room), &found) || !found)
		return;
	if (strlen(pw.pw_name) <= IDENTITY_NAME_MAX)
		memcpy(id->name, pw.pw_name, strlen(pw.pw_name) + 1);
}

int identity_decide(const struct identity *caller, const char *owner, const char *where,
		    uint32_t *ret_auid, enum identity_source *ret_source, struct err *e)
{
	struct passwd pw, *found = NULL;
	char room[PASSWD_ROOM];
	int r;

	if (!where)
		where = "the policy";
	if (caller->auid != IDENTITY_UNSET) {
		*ret_auid = caller->auid;
		*ret_source = IDENTITY_CALLER;
		return 0;
	}
	if (!owner || !*owner)
		return err_set(e, ERR_IDENTITY, 0, "nobody is behind this start: the login UID is unset and no owner is "
			       "named; log in (ssh, console) and start it from there, or set UnitOwner=ACCOUNT in the "
			       "policy's [Who] section");
	r = getpwnam_r(owner, &pw, room, sizeof(room), &found);
	if (r)
		return err_set(e, ERR_IDENTITY, r, "%s: looking up the owner account %s", where, owner);
	if (!found)
		return err_set(e, ERR_IDENTITY, 0, "%s: the owner account %s does not exist; create it (useradd) or "
			       "name another", where, owner);
	if (pw.pw_uid < IDENTITY_OWNER_MIN || pw.pw_uid >= IDENTITY_UNSET - 1)
		return err_set(e, ERR_IDENTITY, 0, "%s: the owner account %s has UID %u; audit rules skip accounts below "
			       "%d, so name one from there on", where, owner, pw.pw_uid, IDENTITY_OWNER_MIN);
	*ret_auid = pw.pw_uid;
	*ret_source = IDENTITY_OWNER;
	return 0;
}
