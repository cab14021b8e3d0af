/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - the directories in which secctr keeps what it knows.
 *
 *	/var/lib/secctr			0700 root
 *	  containers/ID/		plan.json (the sealed text), state.json, exit.json, ctr.log*, upper/, work/, root/
 *	  names/NAME			symbolic link whose text is the id (never followed): symlinkat(2) makes it whole
 *					or fails, in one call, so a name is given once
 *	  images/HEX.json		manifest digest -> struct image
 *	  images/HEX.config, .manifest	its documents as they came
 *	  images/refs.json		reference -> manifest digest
 *	  layers/HEX/			unpacked layer, HEX is its diff ID
 *	  blobs/HEX-BLOB		the archive it came in (layers.h)
 *	  partial/HEX			what has come of a blob of a registry (partials.h)
 *	  volumes/NAME/			volume.json, _data/ (volumes.h)
 *	  tmp/XXXX/			half-made things; locked (flock) by the process that makes them
 *	  lock, images.lock, volumes.lock, mcs, mcs.lock
 *	/run/secctr			0700 root: gone after a boot
 *	  containers/ID/		attach.sock
 *	  seccomp/HEX			compiled filters
 *	  mounts/ID			where its files are mounted for people (mounts.h)
 *
 * All access goes through these descriptors; no path is put together. Lock order: lock.h.
 */
#ifndef SECCTR_STORE_STORE_H
#define SECCTR_STORE_STORE_H

#include <stdbool.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

#define STORE_ROOT	"/var/lib/secctr"
#define STORE_RUNROOT	"/run/secctr"

struct store {
	int lib, run;			/* the two top directories */
	int containers, names, layers;	/* below lib */
	int images, tmp;		/* too; -1 until store_open_images() */
	int run_containers;		/* below run */
};
#define STORE_INIT { -1, -1, -1, -1, -1, -1, -1, -1 }

/*
 * Open, making what is missing (0700; the parents of the two must be there). NULL means the default. Each
 * directory on the way must be root's and not writable by others, unless it is sticky as /tmp; the two
 * themselves must be root's with no permission for others. Twelve system calls when all is there.
 */
int store_open(const char *root, const char *runroot, struct store *ret, struct err *e) MUST_CHECK;
/* One top directory alone, by the same rules: its descriptor. */
int store_open_top(const char *path, struct err *e) MUST_CHECK;
/* For all that has to do with images, volumes and half-made things. May be called again. */
int store_open_images(struct store *s, struct err *e) MUST_CHECK;
void store_close(struct store *s);
#define auto_store AUTO(store_close)

/*
 * Names in the directory `dir` that `wanted` takes, sorted by bytes, in place of what is in *ret; the words after "store: " of an error
 * are `what`.
 */
int store_names(int dir, const char *what, bool (*wanted)(const char *name), struct strv *ret, struct err *e) MUST_CHECK;

enum { STORE_TMP_NAME = 16 + 1 };

/*
 * A new directory in tmp/, 0700. It is the caller's while the returned descriptor is open: the lock on it
 * says so. What dead processes left in tmp/ is removed first. Takes images.lock for that time.
 */
int store_tmp_make(const struct store *s, char ret_name[STORE_TMP_NAME], struct err *e) MUST_CHECK;

#endif
