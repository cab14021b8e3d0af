/* SPDX-License-Identifier: Apache-2.0 */
/* stamp.c - see stamp.h. */
#include <string.h>
#include <time.h>

#include "audit/evidence/crypto.h"
#include "audit/evidence/stamp.h"

DEFINE_AUTO(TS_REQ_free, TS_REQ *)
DEFINE_AUTO(TS_RESP_free, TS_RESP *)
DEFINE_AUTO(TS_MSG_IMPRINT_free, TS_MSG_IMPRINT *)
DEFINE_AUTO(TS_VERIFY_CTX_free, TS_VERIFY_CTX *)
DEFINE_AUTO(X509_ALGOR_free, X509_ALGOR *)
DEFINE_AUTO(ASN1_OBJECT_free, ASN1_OBJECT *)
DEFINE_AUTO(ASN1_INTEGER_free, ASN1_INTEGER *)
DEFINE_AUTO(BN_free, BIGNUM *)

static int set_imprint(TS_REQ *req, const char *head, struct err *e)
{
	AUTO(TS_MSG_IMPRINT_free_auto) TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	AUTO(X509_ALGOR_free_auto) X509_ALGOR *algorithm = X509_ALGOR_new();
	unsigned char digest[SHA_BYTES];

	if (!sha_from_hex(head, digest))
		return err_set(e, ERR_INTERNAL, 0, "time stamp: not a SHA-256");
	if (!imprint || !algorithm || X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) != 1 ||
	    TS_MSG_IMPRINT_set_algo(imprint, algorithm) != 1 || TS_MSG_IMPRINT_set_msg(imprint, digest, sizeof(digest)) != 1 ||
	    TS_REQ_set_msg_imprint(req, imprint) != 1)
		return crypto_failed(ERR_SYSTEM, "time stamp", e);
	return 0;
}

static int set_nonce(TS_REQ *req, const char *nonce, struct err *e)
{
	AUTO(ASN1_INTEGER_free_auto) ASN1_INTEGER *number = NULL;
	BIGNUM *bn = NULL;
	int ok = stamp_nonce_ok(nonce) && BN_hex2bn(&bn, nonce) && (number = BN_to_ASN1_INTEGER(bn, NULL)) && TS_REQ_set_nonce(req, number) == 1;

	BN_free(bn);
	return ok ? 0 : crypto_failed(ERR_SYSTEM, "time stamp: nonce", e);
}

static int set_policy(TS_REQ *req, const char *policy, struct err *e)
{
	AUTO(ASN1_OBJECT_free_auto) ASN1_OBJECT *object = NULL;

	if (!*policy)
		return 0;
	object = stamp_policy_ok(policy) ? OBJ_txt2obj(policy, 1) : NULL;
	if (!object)
		return crypto_failed(ERR_USAGE, "time stamp: the policy is not an object identifier", e);
	return TS_REQ_set_policy_id(req, object) == 1 ? 0 : crypto_failed(ERR_SYSTEM, "time stamp: policy", e);
}

static int make_request(const struct stamp_ask *ask, TS_REQ **ret, struct err *e)
{
	AUTO(TS_REQ_free_auto) TS_REQ *req = NULL;

	crypto_begin();
	req = TS_REQ_new();
	if (!req || TS_REQ_set_version(req, 1) != 1 || TS_REQ_set_cert_req(req, 1) != 1)
		return crypto_failed(ERR_SYSTEM, "time stamp", e);
	if (set_imprint(req, ask->head, e) || set_nonce(req, ask->nonce, e) || set_policy(req, ask->policy, e))
		return -1;
	*ret = take_ptr(&req);
	return 0;
}

int stamp_query(const struct stamp_ask *ask, struct stamp_query *ret, struct err *e)
{
	AUTO(TS_REQ_free_auto) TS_REQ *req = NULL;
	unsigned char *at = ret->der;
	int n;

	memset(ret, 0, sizeof(*ret));
	if (make_request(ask, &req, e))
		return -1;
	n = i2d_TS_REQ(req, NULL);
	if (n <= 0 || n > STAMP_QUERY_MAX || i2d_TS_REQ(req, &at) != n)
		return crypto_failed(ERR_INTERNAL, "time stamp: request", e);
	ret->n = (size_t)n;
	return 0;
}

/* Nothing stands behind it. */
static int read_answer(const void *bytes, size_t n, TS_RESP **ret, struct err *e)
{
	const unsigned char *at = bytes;
	AUTO(TS_RESP_free_auto) TS_RESP *answer = NULL;

	if (n > STAMP_BYTES_MAX)
		return err_set(e, ERR_LIMIT, 0, "the time stamp has more than %d bytes", STAMP_BYTES_MAX);
	answer = d2i_TS_RESP(NULL, &at, (long)n);
	if (!answer)
		return crypto_failed(ERR_INPUT, "not a time stamp (RFC 3161)", e);
	if (at != (const unsigned char *)bytes + n)
		return err_set(e, ERR_INPUT, 0, "not a time stamp (RFC 3161): something stands behind it");
	*ret = take_ptr(&answer);
	return 0;
}

static int time_of(TS_RESP *answer, uint64_t *ret, struct err *e)
{
	TS_TST_INFO *info = TS_RESP_get_tst_info(answer);
	struct tm tm;
	time_t t;

	if (!info || ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &tm) != 1)
		return crypto_failed(ERR_INPUT, "the time stamp has no time", e);
	t = timegm(&tm);
	if (t < 0)
		return err_set(e, ERR_INPUT, 0, "the time stamp has a time before 1970");
	*ret = (uint64_t)t;
	return 0;
}

/* The one certificate that signed the token; *ret is borrowed from it. */
static int signer_of(TS_RESP *answer, X509 **ret, struct err *e)
{
	PKCS7 *token = TS_RESP_get_token(answer);
	STACK_OF(PKCS7_SIGNER_INFO) *infos = token && PKCS7_type_is_signed(token) ? PKCS7_get_signer_info(token) : NULL;
	STACK_OF(X509) *signers;
	X509_ALGOR *digest = NULL;
	int nid;

	if (!infos || sk_PKCS7_SIGNER_INFO_num(infos) != 1)
		return err_set(e, ERR_INPUT, 0, "the time stamp has not one signature");
	PKCS7_SIGNER_INFO_get0_algs(sk_PKCS7_SIGNER_INFO_value(infos, 0), NULL, &digest, NULL);
	nid = digest ? OBJ_obj2nid(digest->algorithm) : NID_undef;
	if (nid != NID_sha256 && nid != NID_sha384 && nid != NID_sha512)
		return err_set(e, ERR_INPUT, 0, "the time stamp is signed with %s, not with SHA-256, 384 or 512", nid == NID_undef ? "?" : OBJ_nid2sn(nid));
	signers = PKCS7_get0_signers(token, NULL, 0);
	*ret = signers && sk_X509_num(signers) == 1 ? sk_X509_value(signers, 0) : NULL;
	sk_X509_free(signers);
	return *ret ? 0 : crypto_failed(ERR_INPUT, "the time stamp does not have the certificate of who signed it", e);
}

/* The certificates that are believed, at the time of the stamp: those of `ca`, or the signer's own. */
static int make_store(const struct str *ca, X509 *signer, uint64_t when, X509_STORE **ret, struct err *e)
{
	AUTO(X509_STORE_free_auto) X509_STORE *store = X509_STORE_new();
	auto_certificates STACK_OF(X509) *roots = NULL;

	if (!store)
		return crypto_failed(ERR_SYSTEM, "certificates", e);
	if (ca && crypto_certificates(ca, &roots, e)) {
		e->reason = ERR_USAGE;
		return -1;
	}
	for (int i = 0; i < (roots ? sk_X509_num(roots) : 1); i++)
		if (X509_STORE_add_cert(store, roots ? sk_X509_value(roots, i) : signer) != 1)
			return crypto_failed(ERR_SYSTEM, "certificates", e);
	/* As for signatures: a CA that the person named need not be self-signed. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)when);
	*ret = take_ptr(&store);
	return 0;
}

static int verify(TS_REQ *req, TS_RESP *answer, X509_STORE *store, struct err *e)
{
	AUTO(TS_VERIFY_CTX_free_auto) TS_VERIFY_CTX *ctx = TS_REQ_to_TS_VERIFY_CTX(req, NULL);

	if (!ctx || X509_STORE_up_ref(store) != 1)
		return crypto_failed(ERR_SYSTEM, "time stamp", e);
	(void)TS_VERIFY_CTX_set_store(ctx, store);
	(void)TS_VERIFY_CTX_add_flags(ctx, TS_VFY_VERSION | TS_VFY_SIGNATURE);
	return TS_RESP_verify_response(ctx, answer) == 1 ? 0 : crypto_failed(ERR_INPUT, "the time stamp does not hold", e);
}

/* What the authority answered instead of a stamp. */
static int check_granted(TS_RESP *answer, struct err *e)
{
	static const char *const words[] = { "granted", "granted with changes", "rejected", "waiting", "a revocation is imminent", "revoked" };
	const TS_STATUS_INFO *info = TS_RESP_get_status_info(answer);
	long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info));
	const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(info);
	const ASN1_UTF8STRING *text = texts && sk_ASN1_UTF8STRING_num(texts) > 0 ? sk_ASN1_UTF8STRING_value(texts, 0) : NULL;

	if (status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS)
		return 0;
	return err_set(e, ERR_INPUT, 0, "the authority gives no time stamp: %s%s%.*s",
		       status >= 0 && (size_t)status < ARRAY_LEN(words) ? words[status] : "an unknown status", text ? ": " : "",
		       text ? (ASN1_STRING_length(text) < 128 ? ASN1_STRING_length(text) : 128) : 0,
		       text ? (const char *)ASN1_STRING_get0_data(text) : "");
}

int stamp_check(const struct stamp_ask *ask, const void *answer, size_t n, const struct str *ca, struct time_stamp *ret, struct err *e)
{
	AUTO(TS_REQ_free_auto) TS_REQ *req = NULL;
	AUTO(TS_RESP_free_auto) TS_RESP *a = NULL;
	AUTO(X509_STORE_free_auto) X509_STORE *store = NULL;
	struct time_stamp s = { .there = true };
	X509 *signer;

	*ret = (struct time_stamp){ .there = false };
	if (make_request(ask, &req, e) || read_answer(answer, n, &a, e) || check_granted(a, e) || time_of(a, &s.time, e) || signer_of(a, &signer, e) ||
	    make_store(ca, signer, s.time, &store, e) || verify(req, a, store, e))
		return -1;
	crypto_subject(signer, s.by, sizeof(s.by));
	s.trusted = ca;
	*ret = s;
	return 0;
}
