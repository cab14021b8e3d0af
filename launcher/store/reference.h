/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reference.h - image references as text: [REGISTRY/]NAME[:TAG][@DIGEST].
 *
 * Grammar: OCI distribution specification, "Pulling manifests", and its registry part as
 * containers/image reads it: the first component is a registry if it holds '.' or ':' or is
 * "localhost". An address in [brackets] is refused.
 */
#ifndef SECCTR_STORE_REFERENCE_H
#define SECCTR_STORE_REFERENCE_H

#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum { REFERENCE_NAME_MAX = 255, REFERENCE_TAG_MAX = 128, REFERENCE_MAX = 512 };	/* bytes */

struct reference {
	char *registry;		/* NULL: none was given */
	char *name;		/* "library/busybox" */
	char *tag;		/* NULL: none was given */
	char *digest;		/* "sha256:HEX" or NULL */
};
void reference_done(struct reference *r);
#define auto_reference AUTO(reference_done)

/* ERR_INPUT names the part and the rule. */
int reference_parse(const char *text, struct reference *ret, struct err *e) MUST_CHECK;

/*
 * Whole text, "REGISTRY/NAME:TAG" or "REGISTRY/NAME@DIGEST". `registry` stands in where none was given;
 * with "docker.io" a NAME of one component gets "library/" in front, as docker(1) has it. What is printed can be
 * parsed: ERR_INPUT where these additions go over a limit.
 */
int reference_print(const struct reference *r, const char *registry, char **ret, struct err *e) MUST_CHECK;

/* Both, with docker.io standing in. */
int image_reference_normalise(const char *text, char **ret, struct err *e) MUST_CHECK;

#endif
