/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_stamp.c - see bundle_stamp.h. */
#include "launcher/cli/bundle_stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "launcher/base/io.h"
#include "launcher/cli/program.h"

void bundle_stamp_done(struct bundle_stamp *s)
{
	free(s->evidence);
	free(s->timestamp);
	str_done(&s->ca);
	str_done(&s->tls_ca);
}

int bundle_read_pem(const char *path, struct str *ret, struct err *e)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", path);
	return io_read_to_str(fd, SIGN_PEM_MAX, path, ret, e);
}

/* The host's own certificates of https servers, as Debian and Red Hat have them. */
static int read_tls_ca(const char *path, struct str *ret, struct err *e)
{
	static const char *const usual[] = { "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt" };

	auto_close int fd = -1;

	for (size_t i = 0; fd < 0 && i < (path ? 1 : ARRAY_LEN(usual)); i++)
		fd = open(path ? path : usual[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		return io_read_to_str(fd, TSA_CA_MAX, path ? path : usual[0], ret, e);
	return path ? err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", path) :
		      err_set(e, ERR_NOTFOUND, 0, "https: this host has no %s (package ca-certificates); give --tsa-tls-ca FILE", usual[0]);
}

static int draw_nonce(char ret[static STAMP_NONCE_HEX + 1], struct err *e)
{
	unsigned char bytes[STAMP_NONCE_HEX / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return err_set(e, ERR_SYSTEM, errno, "random number");
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

int bundle_stamp_begin(const struct bundle_stamp_options *o, struct bundle_stamp *s, struct manifest *m, struct err *e)
{
	auto_free char *own = NULL;

	if (!o->url)
		return o->ca || o->policy || o->tls_ca ? err_set(e, ERR_USAGE, 0, "--tsa-ca, --tsa-policy and --tsa-tls-ca go with --timestamp URL") : 0;
	if (tsa_check_url(o->url, e))
		return err_context(e, "--timestamp");
	if (o->policy && !stamp_policy_ok(o->policy))
		return err_set(e, ERR_USAGE, 0, "--tsa-policy: %.64s: not an object identifier (1.2.3.4)", o->policy);
	if (o->tls_ca && !str_starts(o->url, "https:"))
		return err_set(e, ERR_USAGE, 0, "--tsa-tls-ca goes with an https:// URL");
	s->url = o->url;
	s->has_ca = o->ca;
	s->tls = str_starts(o->url, "https:");
	if (program_own(&own, e) || program_beside(own, "secctr-evidence", &s->evidence, e) ||
	    program_beside(own, "secctr-timestamp", &s->timestamp, e) || (o->ca && bundle_read_pem(o->ca, &s->ca, e)) ||
	    (s->tls && read_tls_ca(o->tls_ca, &s->tls_ca, e)) || draw_nonce(s->ask.nonce, e))
		return -1;
	(void)snprintf(s->ask.policy, sizeof(s->ask.policy), "%s", o->policy ? o->policy : "");
	return str_copy(o->url, &m->stamp_url, e) || str_copy(s->ask.nonce, &m->stamp_nonce, e) || str_copy(o->policy, &m->stamp_policy, e) ? -1 : 0;
}

int bundle_stamp_fetch(struct bundle_stamp *s, const char *head, struct str *ret, struct err *e)
{
	struct stamp_query query;

	(void)snprintf(s->ask.head, sizeof(s->ask.head), "%s", head);
	if (evidence_query(s->evidence, &s->ask, &query, e) || tsa_fetch(s->timestamp, s->url, s->tls ? &s->tls_ca : NULL, &query, ret, e) ||
	    evidence_stamp(s->evidence, &s->ask, ret, s->has_ca ? &s->ca : NULL, &s->got, e))
		return err_context(e, "time stamp of %.128s", s->url);
	return 0;
}
