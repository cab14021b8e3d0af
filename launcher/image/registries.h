/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registries.h - containers-registries.conf(5), version 2: where a name leads.
 *
 * Read: unqualified-search-registries, [[registry]] with prefix, location, insecure, blocked, mirror-by-digest-only, [[registry.mirror]]
 * with location, insecure, pull-from-mirror, [aliases], short-name-mode. The file must be root's alone. What is in none of these words is refused
 * with file:line, because a misspelt "blocked" must not be silence; credential-helpers may only be empty, or "containers-auth.json".
 *
 * Unlike Podman nothing is asked and no name is tried in several registries: a short name is an alias, or there is one registry to search.
 */
#ifndef SECCTR_IMAGE_REGISTRIES_H
#define SECCTR_IMAGE_REGISTRIES_H

#include <stdbool.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"
#include "launcher/store/reference.h"

#define REGISTRIES_CONF "/etc/containers/registries.conf"
#define REGISTRIES_CONF_D "/etc/containers/registries.conf.d"
enum { REGISTRIES_MAX = 1024, REGISTRY_MIRRORS_MAX = 32 };

enum registry_use { REGISTRY_USE_ALL, REGISTRY_USE_DIGEST, REGISTRY_USE_TAG };

struct registry_mirror {
	char *location;
	bool insecure;
	enum registry_use use;
};

struct registry_entry {
	char *prefix, *location;	/* prefix NULL: the location; location NULL: the prefix */
	bool insecure, blocked, digest_only;
	char *where;			/* FILE:LINE */
	struct registry_mirror *mirror;
	size_t n;
};

struct registries {
	struct strv search;
	struct strv aliases;		/* NAME=REGISTRY/NAME */
	struct registry_entry *entry;
	size_t n;
	bool first_of_file;		/* while it is read: search of a later file replaces that of an earlier */
};
void registries_done(struct registries *r);
#define auto_registries AUTO(registries_done)

/* conf: instead of REGISTRIES_CONF and the *.conf files of REGISTRIES_CONF_D; NULL: these, which need not be there. */
int registries_load(const char *conf, struct registries *ret, struct err *e) MUST_CHECK;
/* One file's text; for registries_load() and tests. */
int registries_read(const char *text, size_t len, const char *file, struct registries *r, struct err *e) MUST_CHECK;

/* Where to ask, in this order. */
struct registry_place {
	char *host;			/* HOST[:PORT] as in the name, or a mirror's */
	char *repository;
	bool insecure;
};
struct registry_places {
	struct reference ref;		/* with a registry */
	char *name;			/* whole, as image_reference_normalise() gives it */
	struct registry_place *place;
	size_t n;
};
void registry_places_done(struct registry_places *p);
#define auto_registry_places AUTO(registry_places_done)

/* ERR_POLICY: blocked; ERR_INPUT: no reference, or a short name that leads nowhere. */
int registries_resolve(const struct registries *r, const char *text, struct registry_places *ret, struct err *e) MUST_CHECK;

#endif
