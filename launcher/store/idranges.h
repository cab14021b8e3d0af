/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idranges.h - which ids of the host containers have, for as long as they exist: one range each with --userns auto, and those that were
 * named (--uidmap, --gidmap, --subuidname, parts of auto).
 *
 * The ranges are cut from the sub-ids of the account "containers": what stands for it in /etc/subuid AND in
 * /etc/subgid, because a container gets the same range for both. The files are read as text: the account need not exist,
 * a line "containers:FIRST:SIZE" in both files is the whole configuration. Sub-ids below IDRANGES_FIRST are left out:
 * accounts of people and services live there (subuid(5), SUB_UID_MIN of login.defs(5)).
 *
 * The ledger is a file IDRANGES in the store's private directory, one line per range:
 *	ID FIRST SIZE [joined|named]
 * "joined" is that of a container in another one's user name space: the same ids, which are not given to a third one before
 * both are removed. "named" ones are never given to anyone (as podman, whose storage looks at the maps of all containers), and two
 * containers may name the same; uids and gids are one here, as the range that is given is one for both. Ids that were given are
 * named by nobody else (podman does not look). Any other two lines share no id. The file is changed under IDRANGES.lock and replaced
 * whole, so a killed process leaves the old or the new one, and a boot changes nothing. The lowest free range is taken. Release belongs
 * to the removal of the container. Files in an image's layers and in a container's own are kept with the ids of inside (idmapped
 * mounts), so a range can be given again at once.
 *
 * Limits: IDRANGES_MAX lines; IDRANGES_SUBIDS_MAX lines for one account; files of at most IDRANGES_FILE_MAX bytes. A ledger
 * that does not read exactly is ERR_STATE with its line, and nothing is given then.
 */
#ifndef SECCTR_STORE_IDRANGES_H
#define SECCTR_STORE_IDRANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launcher/base/err.h"

#define IDRANGES "idranges"
#define IDRANGES_ACCOUNT "containers"
#define IDRANGES_SUBUID "/etc/subuid"
#define IDRANGES_SUBGID "/etc/subgid"

enum {
	IDRANGES_MAX = 16384,
	IDRANGES_SUBIDS_MAX = 64,
	IDRANGES_FILE_MAX = 1 << 20,
	IDRANGES_FIRST = 65536,
	IDRANGES_SIZE = 65536,		/* where auto names none: all ids that an image may have, nobody's too */
};

struct idrange {
	int64_t first, size;
};
struct idrange_list {
	struct idrange item[IDRANGES_SUBIDS_MAX];
	size_t len;
};

/* What the text of a subuid(5) has for `account`, in file order; `path` is named in errors. No line: ERR_NOTFOUND. */
int idranges_subids(const char *text, const char *account, const char *path, struct idrange_list *ret,
		    struct err *e) MUST_CHECK;
int idranges_read_subids(const char *path, const char *account, struct idrange_list *ret, struct err *e) MUST_CHECK;
/* What both lists have, from IDRANGES_FIRST on; of more than IDRANGES_SUBIDS_MAX pieces the first. */
void idranges_common(const struct idrange_list *a, const struct idrange_list *b, struct idrange_list *ret);

struct idranges_wish {
	int64_t size;			/* 0: all ids of the container are named */
	const struct idrange_list *pool;	/* NULL then */
	const struct idrange *named;	/* in no order */
	size_t named_len;
	bool look;			/* only whether it can be done */
};

/*
 * Ids for `id`, and a note of those that it names; one that has a range of that size keeps it. None free: ERR_LIMIT. ERR_EXISTS: another
 * container was given one of those that are named.
 */
int idranges_claim(int dirfd, const char *id, const struct idranges_wish *wish, int64_t *ret_first, struct err *e) MUST_CHECK;
/* `id` has all that `of` has, too. ERR_NOTFOUND: that one has nothing. */
int idranges_join(int dirfd, const char *id, const char *of, struct err *e) MUST_CHECK;
/* No entry, no ledger: success. */
int idranges_release(int dirfd, const char *id, struct err *e) MUST_CHECK;

#endif
