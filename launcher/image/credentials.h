/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials.h - containers-auth.json(5): user and password for a repository, as Podman and Docker keep them. Privileged side; the files are
 * those of the person who asks.
 *
 * Programs that keep them (credHelpers, credsStore) are not run, and identity tokens not sent: that is an error, no silence.
 */
#ifndef SECCTR_IMAGE_CREDENTIALS_H
#define SECCTR_IMAGE_CREDENTIALS_H

#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum { CREDENTIALS_FILE_MAX = 1 << 20 };

/*
 * Of the most special key that fits: HOST[:PORT]/NAMESPACE/REPOSITORY, then shorter ones, then HOST[:PORT]. *user and *password (owned) stay
 * NULL where there is none. `file` stands in errors.
 */
int credentials_read(const char *text, size_t len, const char *file, const char *host, const char *repository, char **user, char **password,
		     struct err *e) MUST_CHECK;

/*
 * From `authfile`, or where that is NULL the first that knows the registry of ${XDG_RUNTIME_DIR}/containers/auth.json
 * (/run/containers/UID/auth.json where that is not set), ${XDG_CONFIG_HOME:-~/.config}/containers/auth.json, ${DOCKER_CONFIG:-~/.docker}/config.json.
 */
int credentials_find(const char *authfile, const char *host, const char *repository, char **user, char **password, struct err *e) MUST_CHECK;

/* "USER:PASSWORD" of the command line. */
int credentials_split(const char *text, char **user, char **password, struct err *e) MUST_CHECK;

#endif
