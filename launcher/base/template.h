/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template.h - the text templates of --format, as Podman's users type them, over a JSON document.
 *
 * A part of Go's text/template:
 *
 *	{{.Names}}  {{.State.Status}}  {{(index .Mounts 0).Source}}  {{$x := .Id}}{{$x}}  {{$.Name}}
 *	{{if P}}..{{else if P}}..{{else}}..{{end}}  {{with P}}..{{else}}..{{end}}
 *	{{range P}}..{{else}}..{{end}}  {{range $i, $x := P}}..{{end}}
 *	{{P | F ARG}}  {{- trimmed -}}  comments
 *
 * Functions: json index len upper lower title join split truncate print println eq ne lt le gt ge and or not. Case is
 * that of ASCII. Outside of {{ }} the two characters \t and \n are a tab and a newline, as in Podman. Not there:
 * printf, define, template, block, break, continue, reals and characters as constants.
 *
 * A field that an object does not have is an error that names the fields it has, so that a typing error does not
 * look like an empty answer. A name that differs in case only is found ({{.ID}} for "Id", {{.NanoCPUs}} for
 * "NanoCpus"). Members that are maps (labels) have keys, not fields: a missing one is "<no value>", and with index "".
 * {{.Label "KEY"}} is {{index .Labels "KEY"}}. Members that are null print as "<no value>".
 *
 * Every value goes through str_add_safe(), for it comes from people and images and a terminal may be next; text and
 * constants of the template do not. {{json}} escapes what is not safe as \uXXXX: the same JSON, and safe as well.
 */
#ifndef SECCTR_BASE_TEMPLATE_H
#define SECCTR_BASE_TEMPLATE_H

#include <jansson.h>
#include <stdbool.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum {
	TEMPLATE_BYTES_MAX = 16384,	/* of the template */
	TEMPLATE_NEST_MAX = 32,		/* blocks in blocks; also brackets in brackets, and names of one chain */
	TEMPLATE_VARS_MAX = 32,		/* variables in sight at one place */
	TEMPLATE_STEPS_MAX = 1 << 20,	/* actions and words carried out for one document */
	TEMPLATE_OUTPUT_MAX = 4 << 20,	/* bytes from one document */
};

struct template;

/* ERR_USAGE says at which byte; ERR_LIMIT. */
int template_parse(const char *text, struct template **ret, struct err *e) MUST_CHECK NONNULL(1, 2, 3);
void template_free(struct template *t);
DEFINE_AUTO(template_free, struct template *)

struct template_doc {
	const json_t *json;		/* an object: what {{json .}} prints */
	const json_t *view;		/* an object whose members stand before those of `json` in {{.NAME}}, or NULL */
	const char *const *maps;	/* names of members that are maps, NULL-terminated; or NULL */
};

/* Appends to *out; on failure *out may have a part of it. */
int template_render(const struct template *t, const struct template_doc *doc, struct str *out, struct err *e)
	MUST_CHECK NONNULL(1, 2, 3, 4);

/*
 * The heading of a table of this template: each field gives its heading, functions that of their field. `heading` has
 * one by name, NULL where the name itself serves: "CreatedAt" is CREATED AT.
 */
int template_headings(const struct template *t, const char *(*heading)(const void *arg, const char *name), const void *arg,
		      struct str *out, struct err *e) MUST_CHECK NONNULL(1, 2, 4, 5);

/* Whether a field of this name occurs anywhere in the template, or the whole document is asked for ({{json .}}). */
bool template_uses(const struct template *t, const char *name);

/* A value as templates print it: text, 12, true, [a b], map[k:v]; safe for a terminal. */
int template_show(const json_t *value, struct str *to, struct err *e) MUST_CHECK NONNULL(2, 3);

#endif
