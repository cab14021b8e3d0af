/* SPDX-License-Identifier: Apache-2.0 */
/* template_value.h - values of a template that runs, between template_eval.c and template_functions.c. */
#ifndef SECCTR_BASE_TEMPLATE_VALUE_H
#define SECCTR_BASE_TEMPLATE_VALUE_H

#include "launcher/base/json.h"
#include "launcher/base/template.h"
#include "launcher/base/template_node.h"

struct value {
	json_t *j;			/* owned; NULL is "no value", as JSON null */
	bool raw;			/* text that is safe already, or of the template itself: printed as it is */
	bool map;			/* an object with keys, not fields */
};

void value_done(struct value *v);
#define auto_value AUTO(value_done)
struct value value_copy(const struct value *v);
bool value_truth(const struct value *v);
/* As Go prints it: true, 12, text, [a b], map[k:v]; safe for a terminal. */
int value_text(const struct value *v, struct str *to, struct err *e) MUST_CHECK;

int template_call(const struct template_function *f, const struct value *arg, size_t n, struct value *ret,
		  struct err *e) MUST_CHECK;
/* In a heading a function is what stands in it. */
int template_heading_of(const struct template_function *f, const struct value *arg, size_t n, struct value *ret) MUST_CHECK;

/* Borrowed keys of an object in their order; NULL: no memory. */
const char **template_sorted_keys(const json_t *object) MUST_CHECK;

#endif
