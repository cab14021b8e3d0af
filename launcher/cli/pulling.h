/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pulling.h - an image from a registry for a command: where its name leads, who asks, what is shown meanwhile, its record.
 */
#ifndef SECCTR_CLI_PULLING_H
#define SECCTR_CLI_PULLING_H

#include "launcher/base/options.h"
#include "launcher/cli/command.h"
#include "launcher/store/images.h"

struct pull_request {
	const char *authfile, *cert_dir, *creds;
	const char *platform, *arch, *os, *variant;
	const char *retry, *retry_delay;
	int tls_verify;			/* TRI */
	bool quiet;
};
#define PULL_REQUEST_INIT { .tls_verify = -1 }

/* The rows of a command that pulls, into the member of its request of this type. */
#define PULL_ROW(type, n, k, f, v, h, ...) \
	{ .name = n, .kind = k, .offset = OPT_INTO(type, f), .value = v, .help = h, .group = "Registry", ##__VA_ARGS__ }
#define PULL_ROWS(type, m)											\
	PULL_ROW(type, "authfile", OPT_TEXT, m.authfile, "FILE", "credentials, as podman login keeps them", .complete = "file"),	\
	PULL_ROW(type, "creds", OPT_TEXT, m.creds, "USER:PASSWORD", "credentials; others see them in the list of processes"),		\
	PULL_ROW(type, "cert-dir", OPT_TEXT, m.cert_dir, "DIR", "certificates for the registry, instead of certs.d", .complete = "dir"),	\
	PULL_ROW(type, "tls-verify", OPT_TRI, m.tls_verify, NULL, "check the registry's certificate (default: registries.conf says; true)"),	\
	PULL_ROW(type, "retry", OPT_TEXT, m.retry, "NUMBER", "tries after a failed one that brought nothing (default: 3)"),		\
	PULL_ROW(type, "retry-delay", OPT_TEXT, m.retry_delay, "TIME", "before the second; doubled with each (default: 1s)"),		\
	PULL_ROW(type, "platform", OPT_TEXT, m.platform, "OS/ARCH[/VARIANT]", "the image for another platform"),			\
	PULL_ROW(type, "arch", OPT_TEXT, m.arch, "ARCH", "the image for another architecture"),					\
	PULL_ROW(type, "os", OPT_TEXT, m.os, "OS", "the image for another operating system"),						\
	PULL_ROW(type, "variant", OPT_TEXT, m.variant, "VARIANT", "the image for another variant of the architecture")

/*
 * `text` as people type it. *ret: the image that is now in the store under that name. Records the verdict once there is something to judge; the
 * refusal of the command is the caller's. Opens the store.
 */
int pull_image(struct context *c, const struct pull_request *q, const char *text, struct image *ret, struct err *e) MUST_CHECK;

/* --pull of run and create. */
enum pull_when { PULL_WHEN_DEFAULT, PULL_WHEN_MISSING, PULL_WHEN_NEVER, PULL_WHEN_ALWAYS, PULL_WHEN_NEWER };
int pull_when_read(const char *text, enum pull_when *ret, struct err *e) MUST_CHECK;
/* By default a name that leads to no registry is no error here: the image is looked for, and is not there. */
int pull_for_run(struct context *c, const struct pull_request *q, enum pull_when when, const char *text, struct err *e) MUST_CHECK;

#endif
