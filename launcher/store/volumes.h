/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volumes.h - named volumes: directories of containers' data that outlive them.
 *
 *	volumes/NAME/volume.json	struct volume
 *	volumes/NAME/_data/		what is mounted
 *	volumes/NAME/filling		(empty) files of an image are being copied into it, or that was cut short
 *
 * A volume is made below tmp/ and renamed, so of any number of makers one makes it, and a kill leaves none or a whole one.
 * NAME obeys name_check(). A container uses the volumes that its request.json names.
 *
 * volumes.lock comes before images.lock and the lock of a container (lock.h: both are "store"). A start holds it shared from
 * the look at its volumes until its request is written; who removes holds it alone.
 */
#ifndef SECCTR_STORE_VOLUMES_H
#define SECCTR_STORE_VOLUMES_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/fields.h"
#include "launcher/base/str.h"
#include "launcher/store/store.h"

#define VOLUMES_DIR	"volumes"
#define VOLUME_DATA	"_data"

enum {
	VOLUME_LABELS_MAX = 64,
	VOLUME_LABEL_BYTES = 4096,	/* of one, KEY=VALUE */
	VOLUMES_MAX = 4096,		/* of a store */
};

struct volume {
	char *name;
	int64_t created;		/* microseconds since the epoch */
	struct strv labels;		/* KEY=VALUE, a key once */
	bool anonymous;			/* made for a container that asked for one without a name */
};
extern const struct field volume_fields[];

void volume_init(struct volume *v);
void volume_done(struct volume *v);
#define auto_volume AUTO(volume_done)

int volumes_lock(const struct store *s, bool alone, struct err *e) MUST_CHECK;	/* close it to unlock */

/* On disk when this returns. ERR_EXISTS; ERR_INPUT or ERR_LIMIT for a name or labels that are none, or one volume too many. */
int volume_create(const struct store *s, const struct volume *v, struct err *e) MUST_CHECK;
/* ERR_NOTFOUND; a name that can be none is not there. `ret` is volume_init()ed. */
int volume_read(const struct store *s, const char *name, struct volume *ret, struct err *e) MUST_CHECK;
int volume_list(const struct store *s, struct strv *ret, struct err *e) MUST_CHECK;	/* names, sorted */
/* Descriptor of _data, readable. */
int volume_data(const struct store *s, const char *name, struct err *e) MUST_CHECK;
/*
 * The right to fill the volume, with _data in *ret_data: while the lock (closed to give it back) is held nobody else fills it. *ret_due: it is
 * empty, or who filled it last was killed. volume_filled() says that it is whole.
 */
int volume_fill(const struct store *s, const char *name, int *ret_lock, int *ret_data, bool *ret_due, struct err *e) MUST_CHECK;
int volume_filling(int lock, struct err *e) MUST_CHECK;	/* the first thing comes now */
int volume_filled(int lock, struct err *e) MUST_CHECK;

/* Names of the volumes without a name that the container with this directory asked for. */
int volumes_anonymous(int container, struct strv *ret, struct err *e) MUST_CHECK;
/* Ids of the containers that use it; one whose request cannot be read is an error. */
int volume_users(const struct store *s, const char *name, struct strv *ret, struct err *e) MUST_CHECK;
/*
 * Under volumes_lock(alone), after a look at its users. It loses its name in one rename. What is mounted below its data on the
 * host is an error, and then it keeps the name.
 */
int volume_remove(const struct store *s, const char *name, struct err *e) MUST_CHECK;

#endif
