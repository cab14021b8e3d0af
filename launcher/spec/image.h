/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h - the documents of an OCI image (image-spec v1.1: index, manifest, config) and Docker's
 * schema 2 and docker-archive forms of them. Read by the unprivileged parser only.
 *
 * Documents that two programs could take for different things are refused (CVE-2021-41190): a document with
 * the members of both an index and a manifest, a mediaType that is not the one its
 * descriptor names, schema 1, and descriptors with `urls` (blobs from elsewhere). Unknown members are skipped, as
 * the specification asks.
 */
#ifndef SECCTR_SPEC_IMAGE_H
#define SECCTR_SPEC_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/fields.h"
#include "launcher/base/str.h"

enum spec_media { SPEC_MEDIA_UNKNOWN, SPEC_MEDIA_INDEX, SPEC_MEDIA_MANIFEST, SPEC_MEDIA_CONFIG,
		  SPEC_MEDIA_LAYER };
enum spec_media spec_media_of(const char *media_type);	/* NULL is SPEC_MEDIA_UNKNOWN */

struct spec_platform {
	char *os, *architecture, *variant;
};

struct spec_names {
	char *ref;		/* annotation org.opencontainers.image.ref.name */
	char *containerd;	/* annotation io.containerd.image.name: the whole reference */
};

struct spec_descriptor {
	char *media_type, *digest;
	int64_t size;
	struct strv urls;
	struct spec_platform platform;
	struct spec_names names;
};

struct spec_index {
	int64_t schema_version;
	char *media_type;
	struct field_list manifests;	/* struct spec_descriptor */
};

struct spec_manifest {
	int64_t schema_version;
	char *media_type;
	struct spec_descriptor config;
	struct field_list layers;	/* struct spec_descriptor, lowest first */
};

struct spec_history {
	char *created, *created_by, *comment, *author;
	bool empty_layer;	/* made no layer */
};

struct spec_config {
	char *architecture, *os, *author;
	int64_t created;		/* microseconds since the epoch; FIELD_NONE */
	char *user, *working_dir, *stop_signal;
	struct strv env, entrypoint, cmd, labels, exposed_ports, volumes;
	struct strv diff_ids;		/* each digest_is_valid() */
	struct field_list history;	/* struct spec_history, oldest first; told, never obeyed */
};

/* One image of a docker-archive: its manifest.json is an array of them. */
struct spec_docker_image {
	char *config;			/* file name */
	struct strv repo_tags, layers;	/* references; file names */
};

void spec_index_done(struct spec_index *i);
void spec_manifest_done(struct spec_manifest *m);
void spec_config_done(struct spec_config *c);
void spec_docker_done(struct field_list *images);
#define auto_spec_index    AUTO(spec_index_done)
#define auto_spec_manifest AUTO(spec_manifest_done)
#define auto_spec_config   AUTO(spec_config_done)
#define auto_spec_docker   AUTO(spec_docker_done)

/*
 * Parse exactly len bytes; `what` stands in errors. `media_type` is what the descriptor that led here
 * says, NULL for a first document. On success every descriptor has a valid digest, a size of 0 or more, no urls, and the
 * kind that its place asks for. Objects need no init.
 */
int spec_index_parse(const char *text, size_t len, const char *what, const char *media_type,
		     struct spec_index *ret, struct err *e) MUST_CHECK;
int spec_manifest_parse(const char *text, size_t len, const char *what, const char *media_type,
			struct spec_manifest *ret, struct err *e) MUST_CHECK;
int spec_config_parse(const char *text, size_t len, const char *what, struct spec_config *ret, struct err *e) MUST_CHECK;
int spec_docker_parse(const char *text, size_t len, const char *what, struct field_list *ret, struct err *e) MUST_CHECK;

/*
 * Whether an image for p is one for `wanted`, of which what is NULL is this machine's: linux, its architecture, its variant. What p does not
 * say fits.
 */
bool spec_platform_fits(const struct spec_platform *p, const struct spec_platform *wanted);
extern const char spec_architecture[];	/* this machine's, in Go's words: "amd64" */

/* RFC 3339 to microseconds since the epoch; FIELD_NONE if it is not of that form. */
int64_t spec_time(const char *text);

#endif
