/* SPDX-License-Identifier: Apache-2.0 */
/* evidence_main.c - secctr-evidence: signs, verifies and checks time stamps without any privilege, for ask.h. Not for people. */
#include <string.h>
#include <time.h>

#include "audit/evidence/ask.h"
#include "launcher/base/io.h"
#include "launcher/base/powerless.h"
#include "launcher/base/worker.h"

enum { ADDRESS_SPACE = 256 << 20 };

static int read_job(struct evidence_job *job, struct err *e)
{
	if (io_read_all(WORKER_JOB_FD, job, sizeof(*job), "job", e))
		return -1;
	job->ask.head[sizeof(job->ask.head) - 1] = job->ask.nonce[sizeof(job->ask.nonce) - 1] = job->ask.policy[sizeof(job->ask.policy) - 1] = '\0';
	return job->task <= EVIDENCE_STAMP && job->trust <= SIGN_CA ? 0 : err_set(e, ERR_INTERNAL, 0, "job: malformed");
}

/* Structs go out as they lie in memory: both sides are one version, and the other side makes them safe. */
static int run_verify(const struct evidence_job *job, struct str *ret, struct err *e)
{
	auto_str struct str pem = { 0 }, ca = { 0 };
	bool has = job->trust != SIGN_ANY;
	const struct verify_trust trust = { (enum sign_trust)job->trust, has ? &pem : NULL, job->has_tsa_ca ? &ca : NULL };
	static struct verdict v;

	if ((has && io_read_to_str(WORKER_INPUT_FD + 1, SIGN_PEM_MAX, "key", &pem, e)) ||
	    (job->has_tsa_ca && io_read_to_str(WORKER_INPUT_FD + 1 + has, SIGN_PEM_MAX, "time stamps' CA", &ca, e)))
		return -1;
	return verify_bundle(WORKER_INPUT_FD, &trust, &v, e) || str_add_bytes(ret, &v, sizeof(v), e) ? -1 : 0;
}

static int run_sign(const struct evidence_job *job, struct str *ret, struct err *e)
{
	auto_str struct str text = { 0 }, key = { 0 }, certificate = { 0 };
	static struct signed_answer a;

	return io_read_to_str(WORKER_INPUT_FD, MANIFEST_BYTES_MAX, "what is to be signed", &text, e) ||
	       io_read_to_str(WORKER_INPUT_FD + 1, SIGN_PEM_MAX, "key", &key, e) ||
	       (job->has_cert && io_read_to_str(WORKER_INPUT_FD + 2, SIGN_PEM_MAX, "certificate", &certificate, e)) ||
	       sign_answer(&key, job->has_cert ? &certificate : NULL, text.text, text.len, &a, e) || str_add_bytes(ret, &a, sizeof(a), e) ? -1 : 0;
}

static int run_key(struct str *ret, struct err *e)
{
	auto_str struct str mine = { 0 }, public = { 0 };

	return signer_generate(&mine, &public, e) || str_add_bytes(ret, mine.text, mine.len, e) ||
	       str_add_bytes(ret, public.text, public.len, e) ? -1 : 0;
}

static int run_query(const struct evidence_job *job, struct str *ret, struct err *e)
{
	struct stamp_query q;

	return stamp_query(&job->ask, &q, e) || str_add_bytes(ret, &q, sizeof(q), e) ? -1 : 0;
}

static int run_stamp(const struct evidence_job *job, struct str *ret, struct err *e)
{
	auto_str struct str answer = { 0 }, ca = { 0 };
	struct time_stamp s;

	return io_read_to_str(WORKER_INPUT_FD, STAMP_BYTES_MAX, "time stamp", &answer, e) ||
	       (job->has_tsa_ca && io_read_to_str(WORKER_INPUT_FD + 1, SIGN_PEM_MAX, "time stamps' CA", &ca, e)) ||
	       stamp_check(&job->ask, answer.text, answer.len, job->has_tsa_ca ? &ca : NULL, &s, e) || str_add_bytes(ret, &s, sizeof(s), e) ? -1 : 0;
}

static int run(struct str *ret, struct err *e)
{
	static const struct powerless limits = { .bytes = ADDRESS_SPACE };
	static struct evidence_job job;

	tzset();		/* gmtime_r(3) looks for a file; now it may */
	if (powerless_enter(&limits, e) || read_job(&job, e))
		return -1;
	switch ((enum evidence_task)job.task) {
	case EVIDENCE_VERIFY:
		return run_verify(&job, ret, e);
	case EVIDENCE_SIGN:
		return run_sign(&job, ret, e);
	case EVIDENCE_KEY:
		return run_key(ret, e);
	case EVIDENCE_QUERY:
		return run_query(&job, ret, e);
	case EVIDENCE_STAMP:
		return run_stamp(&job, ret, e);
	}
	return err_set(e, ERR_INTERNAL, 0, "job: malformed");
}

int main(void)
{
	struct str answer = { 0 };
	struct err e = { 0 };
	int r = run(&answer, &e);

	worker_end(r, &answer, &e);
}
