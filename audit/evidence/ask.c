/* SPDX-License-Identifier: Apache-2.0 */
/* ask.c - see ask.h; the side of those who ask. */
#include "audit/evidence/ask.h"

#include <stdio.h>
#include <string.h>

#include "launcher/base/worker.h"

/* An answer that is one struct. */
static int ask_struct(struct worker *w, void *ret, size_t n, struct err *e)
{
	auto_str struct str answer = { 0 };

	w->answer_max = n;
	if (worker_run(w, &answer, e))
		return -1;
	if (answer.len != n)
		return err_set(e, ERR_INTERNAL, 0, "%s: an answer of %zu bytes, not %zu", w->account, answer.len, n);
	memcpy(ret, answer.text, n);
	explicit_bzero(answer.text, answer.len);
	return 0;
}

static struct worker evidence(const char *program, const struct evidence_job *job, const int *fd, size_t n)
{
	return (struct worker){ .program = program, .account = "secctr-evidence", .job = job, .job_n = sizeof(*job), .fd = fd, .n = n };
}

int evidence_verify(const char *program, int bundle, const struct verify_trust *trust, struct verdict *ret, struct err *e)
{
	const struct evidence_job job = { .task = EVIDENCE_VERIFY, .trust = trust->who, .has_tsa_ca = trust->tsa_ca };
	auto_close int pem = -1, ca = -1;
	int fd[3] = { bundle };
	struct worker w = evidence(program, &job, fd, 1);

	if (trust->who != SIGN_ANY) {
		if (worker_file(trust->pem->text, trust->pem->len, &pem, e))
			return -1;
		fd[w.n++] = pem;
	}
	if (trust->tsa_ca) {
		if (worker_file(trust->tsa_ca->text, trust->tsa_ca->len, &ca, e))
			return -1;
		fd[w.n++] = ca;
	}
	if (ask_struct(&w, ret, sizeof(*ret), e))
		return -1;
	verdict_make_safe(ret);
	return 0;
}

int evidence_sign(const char *program, const struct str *key, const struct str *certificate, const void *bytes, size_t n,
		  struct signed_answer *ret, struct err *e)
{
	const struct evidence_job job = { .task = EVIDENCE_SIGN, .has_cert = certificate };
	auto_close int text = -1, key_fd = -1, cert = -1;
	int fd[3];
	struct worker w = evidence(program, &job, fd, certificate ? 3 : 2);

	if (worker_file(bytes, n, &text, e) || worker_file(key->text, key->len, &key_fd, e) ||
	    (certificate && worker_file(certificate->text, certificate->len, &cert, e)))
		return -1;
	fd[0] = text;
	fd[1] = key_fd;
	fd[2] = cert;
	if (ask_struct(&w, ret, sizeof(*ret), e))
		return -1;
	if (ret->signature_n > sizeof(ret->signature) || ret->pem_n > sizeof(ret->pem) || ret->key_sha256[64])
		return err_set(e, ERR_INTERNAL, 0, "secctr-evidence: signature");
	return 0;
}

int evidence_key(const char *program, struct str *ret_private, struct str *ret_public, struct err *e)
{
	const struct evidence_job job = { .task = EVIDENCE_KEY };
	struct worker w = evidence(program, &job, NULL, 0);
	auto_str struct str both = { 0 };
	const char *middle;
	int r;

	w.answer_max = 2 * SIGN_PEM_MAX;
	if (worker_run(&w, &both, e))
		return -1;
	middle = both.len ? strstr(both.text, "-----BEGIN PUBLIC KEY-----") : NULL;
	if (!middle)
		return err_set(e, ERR_INTERNAL, 0, "secctr-evidence: key");
	r = str_add_bytes(ret_private, both.text, (size_t)(middle - both.text), e) || str_add(ret_public, middle, e) ? -1 : 0;
	explicit_bzero(both.text, both.len);
	return r;
}

int evidence_query(const char *program, const struct stamp_ask *ask, struct stamp_query *ret, struct err *e)
{
	const struct evidence_job job = { .task = EVIDENCE_QUERY, .ask = *ask };
	struct worker w = evidence(program, &job, NULL, 0);

	if (ask_struct(&w, ret, sizeof(*ret), e))
		return -1;
	return ret->n <= sizeof(ret->der) ? 0 : err_set(e, ERR_INTERNAL, 0, "secctr-evidence: request");
}

int evidence_stamp(const char *program, const struct stamp_ask *ask, const struct str *answer, const struct str *ca, struct time_stamp *ret,
		   struct err *e)
{
	const struct evidence_job job = { .task = EVIDENCE_STAMP, .has_tsa_ca = ca, .ask = *ask };
	auto_close int text = -1, ca_fd = -1;
	int fd[2];
	struct worker w = evidence(program, &job, fd, ca ? 2 : 1);

	if (worker_file(answer->text, answer->len, &text, e) || (ca && worker_file(ca->text, ca->len, &ca_fd, e)))
		return -1;
	fd[0] = text;
	fd[1] = ca_fd;
	if (ask_struct(&w, ret, sizeof(*ret), e))
		return -1;
	ret->by[sizeof(ret->by) - 1] = '\0';
	str_make_safe(ret->by);
	return 0;
}

int tsa_check_url(const char *url, struct err *e)
{
	size_t scheme = str_starts(url, "http://") ? 7 : str_starts(url, "https://") ? 8 : 0, host = scheme ? strcspn(url + scheme, "/?#") : 0;

	if (!scheme || !host)
		return err_set(e, ERR_USAGE, 0, "%.64s: not http://HOST/... or https://HOST/...", url);
	if (strlen(url) > TSA_URL_MAX)
		return err_set(e, ERR_USAGE, 0, "%.32s...: longer than %d bytes", url, TSA_URL_MAX);
	for (const char *c = url; *c; c++)
		if (*c <= ' ' || *c > '~')
			return err_set(e, ERR_USAGE, 0, "%.64s: a URL is of printable ASCII without blanks", url);
	if (memchr(url + scheme, '@', host))
		return err_set(e, ERR_USAGE, 0, "the URL has a user or a password, which would be in the manifest for all to read");
	return 0;
}

int tsa_fetch(const char *program, const char *url, const struct str *ca, const struct stamp_query *query, struct str *ret, struct err *e)
{
	struct tsa_job job = { .query = *query };
	auto_close int fd = -1;
	/* Its own limit comes first, and says more. */
	struct worker w = { .program = program, .account = "secctr-timestamp", .job = &job, .job_n = sizeof(job), .fd = &fd, .n = ca != NULL,
			    .answer_max = STAMP_BYTES_MAX, .wait_ms = (TSA_WAIT_SECONDS + 5) * 1000 };

	(void)snprintf(job.url, sizeof(job.url), "%s", url);
	if (ca && worker_file(ca->text, ca->len, &fd, e))
		return -1;
	return worker_run(&w, ret, e);
}
