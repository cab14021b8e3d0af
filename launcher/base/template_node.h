/* SPDX-License-Identifier: Apache-2.0 */
/* template_node.h - a template that was read, between template.c (reads) and template_eval.c (carries out). */
#ifndef SECCTR_BASE_TEMPLATE_NODE_H
#define SECCTR_BASE_TEMPLATE_NODE_H

#include <stddef.h>
#include <stdint.h>

#include "launcher/base/str.h"

enum node_kind {
	NODE_LIST,	/* child: what follows each other */
	NODE_TEXT,	/* text */
	NODE_PIPE,	/* child: commands; names: variables that get the result */
	NODE_COMMAND,	/* child: words; the first may be NODE_FUNCTION */
	NODE_IF,	/* child: pipe, list, and a list for else */
	NODE_WITH,
	NODE_RANGE,
	NODE_DOT,
	NODE_VARIABLE,	/* text: name without $ */
	NODE_CHAIN,	/* child[0]: what is asked; names: fields */
	NODE_STRING,	/* text */
	NODE_NUMBER,	/* number */
	NODE_TRUE, NODE_FALSE, NODE_NIL,
	NODE_FUNCTION,	/* function */
};

struct node {
	enum node_kind kind;
	char *text;
	struct strv names;
	int64_t number;
	const struct template_function *function;
	struct node **child;
	size_t n;
};

struct template {
	struct node *top;
};

/* By name; NULL: there is none. */
const struct template_function *template_function_find(const char *name, size_t len);

#endif
