/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts.h - the places below /run/secctr/mounts/ID where the files of containers are mounted for people (`secctr mount`).
 *
 * What is mounted there is asked of the kernel, in the mount name space of who asks; nothing is kept beside it that could be wrong after a
 * kill or an umount(8). The directory says one thing alone: since the last boot there was a mount, so something may be left of it that
 * is not to be seen from here (another mount name space, a file that is still open). It goes with the container.
 * Whoever makes or removes one holds the container's lock.
 */
#ifndef SECCTR_STORE_MOUNTS_H
#define SECCTR_STORE_MOUNTS_H

#include <stdbool.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"
#include "launcher/store/store.h"

/* *ret: the top of what is mounted there (O_PATH), or -1: nothing is. *ret_was: there is such a place. */
int mounts_find(const struct store *s, const char *id, int *ret, bool *ret_was, struct err *e) MUST_CHECK;
/* The directory to mount on (O_PATH), made if it is missing, and the ones above it, 0700. */
int mounts_make(const struct store *s, const char *id, struct err *e) MUST_CHECK;
/* The directory that has these places, to unmount one by its name, the id. ERR_NOTFOUND: there never was one. */
int mounts_dir(const struct store *s, struct err *e) MUST_CHECK;
/* Nothing is mounted there any more. What is not there is no error. */
int mounts_remove(const struct store *s, const char *id, struct err *e) MUST_CHECK;
/* Ids of all that have something mounted, sorted. */
int mounts_list(const struct store *s, struct strv *ret, struct err *e) MUST_CHECK;

#endif
