/* SPDX-License-Identifier: Apache-2.0 */
/* exchange.h - one request and its answer by libcurl, over a connection that is there. Unprivileged side only. */
#ifndef SECCTR_IMAGE_EXCHANGE_H
#define SECCTR_IMAGE_EXCHANGE_H

#include "launcher/base/str.h"
#include "launcher/image/frame.h"
#include "launcher/image/registry_job.h"

struct exchange {
	const struct registry_job *job;
	const struct str *ca, *cert, *key;	/* PEM; empty: none */
	int fd;				/* the connection; -1 once libcurl has it */
	struct frame_writer *out;
	struct registry_reply reply;
	struct str document;		/* the body of what is no blob */
	void *curl;			/* CURL *; exchange_begin() */
};

/* libcurl and what it reads from files, and where the URL leads (both malloc'ed); before the sandbox closes. */
int exchange_begin(struct exchange *x, char **ret_host, char **ret_port, struct err *e) MUST_CHECK;
/* Ask; tells REPLY, and of a blob BODY frames. What else came, with status 200, is in `document`. */
int exchange_run(struct exchange *x, struct err *e) MUST_CHECK;

#endif
