/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.h - config.json of an OCI bundle (runtime-spec 1.3, Linux) to a draft of a plan.
 *
 * One table (bundle_properties.c) has a row for each property that the specification knows: its place in the document, its
 * type, what takes it, and what it becomes or why it is refused. So nothing is dropped without a word:
 *   - A property with a function becomes what its row says.
 *   - One without is refused by name with a hint, unless it says nothing: null, false, an empty string, list or object.
 *   - One without a row is ignored, as the specification asks, and its path is in plan.ignored.
 * docs/engines.md has the table; a test holds it to these rows.
 *
 * Not done here, because it touches the host: paths are those of the document. The caller makes root.path and the sources
 * of binds canonical (they are relative to the bundle), and gives the plan its id and name.
 *
 * Limits, beside those of plan.h and json.h (4 MiB, 64 levels): below, each refused with ERR_LIMIT.
 */
#ifndef SECCTR_PLAN_BUNDLE_H
#define SECCTR_PLAN_BUNDLE_H

#include <jansson.h>

#include "launcher/plan/plan.h"

enum {
	BUNDLE_ANNOTATIONS_MAX = 1024,
	BUNDLE_NAMESPACES_MAX = 16,
	BUNDLE_GROUPS_MAX = 256,	/* process.user.additionalGids */
	BUNDLE_RULES_MAX = 1024,	/* linux.seccomp.syscalls, names of one of them */
	BUNDLE_METADATA_MAX = 8192,	/* bytes of linux.seccomp.listenerMetadata */
	BUNDLE_PATH_MAX = 256,		/* bytes of a property's own path in messages */
};

struct bundle {
	struct plan *plan;		/* origin oci; without id and name */
	int64_t rows, columns;		/* process.consoleSize; 0: not said */
	bool uses_label;		/* a label of SELinux is asked for */
	char *version;			/* ociVersion */
	bool check_before_update;	/* linux.resources.memory.checkBeforeUpdate */
};

int bundle_read(const char *text, size_t len, const char *what, struct bundle *ret, struct err *e) MUST_CHECK;
/*
 * The document of an exec (`--process`): what config.json has below "process", by the same rows. Only that part of ret->plan
 * says something.
 */
int bundle_read_process(const char *text, size_t len, const char *what, struct bundle *ret, struct err *e) MUST_CHECK;
/*
 * The document of an update: what config.json has below "linux.resources", by the same rows but for devices; what it does not say
 * stays in `onto`. *ret_check: a memory limit below what is in use is to be refused.
 */
int bundle_read_resources(const char *text, size_t len, const char *what, struct plan *onto, bool *ret_check, struct err *e) MUST_CHECK;
void bundle_done(struct bundle *b);
#define auto_bundle AUTO(bundle_done)

enum bundle_type {			/* what a value must be; null is "not there" everywhere */
	BUNDLE_PART,			/* object with rows of its own */
	BUNDLE_TEXT, BUNDLE_YESNO, BUNDLE_NUMBER /* integer of 64 bits */, BUNDLE_UNSIGNED,
	BUNDLE_TEXTS,			/* list of strings */
	BUNDLE_NUMBERS,
	BUNDLE_PARTS,			/* list of objects; rows of their members begin with "PATH[]." */
	BUNDLE_MAP,			/* object of strings */
	BUNDLE_ANY,			/* of refused ones, and where keys are names of the host: its function looks */
};

struct reading;				/* bundle_read.h */
struct bundle_property {
	const char *path;		/* "process.user.uid", "mounts[].type" */
	enum bundle_type type;
	/* Takes the value, which has the type; NULL for members of a list, which its function reads. */
	int (*take)(struct reading *r, const json_t *value, struct err *e);
	const char *becomes;		/* for people: where it goes; NULL: it is refused */
	const char *hint;		/* of a refused one: why, and what to do */
};
extern const struct bundle_property bundle_properties[];	/* path NULL at the end; in the order in which they are taken */

#endif
