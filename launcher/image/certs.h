/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certs.h - containers-certs.d(5): the authorities that a registry's certificate may come from, and a certificate of our own for it.
 */
#ifndef SECCTR_IMAGE_CERTS_H
#define SECCTR_IMAGE_CERTS_H

#include "launcher/base/err.h"
#include "launcher/base/str.h"

/*
 * The host's authorities, and of `dir`, else of the first of /etc/containers/certs.d/HOST[:PORT] and /etc/docker/certs.d/HOST[:PORT] that is
 * there: *.crt are authorities too, one *.cert with its *.key is ours. ERR_INPUT: one without the other, or two of them; ERR_LIMIT as
 * registry_job.h has it; ERR_NOTFOUND: `dir` is not there.
 */
int certs_load(const char *dir, const char *host, struct str *ca, struct str *cert, struct str *key, struct err *e) MUST_CHECK;

#endif
