/* SPDX-License-Identifier: Apache-2.0 */
/* remote.c - see remote.h. */
#include "launcher/image/remote.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/base64.h"
#include "launcher/base/cleanup.h"
#include "launcher/base/worker.h"

enum { TOKEN_DOCUMENT_MAX = 256 << 10 };
DEFINE_AUTO(free, struct registry_job *)

static void forget(char **secret)
{
	if (*secret)
		explicit_bzero(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}
#define auto_secret AUTO(forget)

void remote_done(struct remote *r)
{
	free(r->base);
	free(r->repository);
	str_done(&r->ca);
	str_done(&r->cert);
	if (r->key.text)
		explicit_bzero(r->key.text, r->key.len);
	str_done(&r->key);
	forget(&r->user);
	forget(&r->password);
	forget(&r->authorization);
	*r = (struct remote){ 0 };
}

void transfer_done(struct transfer *t)
{
	fetch_stop(&t->child);
	free(t->in);
	free(t->url);
	*t = (struct transfer)TRANSFER_INIT;
}

/* "https://HOST[:PORT]/" of a URL; 0: of no such form. What is behind it, user names too, is no part of it. */
static size_t origin_length(const char *url)
{
	size_t scheme = str_starts(url, "https://") ? 8 : str_starts(url, "http://") ? 7 : 0;
	size_t host = scheme ? strcspn(url + scheme, "/?#") : 0;

	return host && !memchr(url + scheme, '@', host) ? scheme + host : 0;
}

static bool is_own(const struct remote *r, const char *url)
{
	size_t n = origin_length(url);

	return n == strlen(r->base) && strncmp(url, r->base, n) == 0 && url[n] == '/';
}

/* The PEM files are for the registry itself; of the others only the authorities. */
static int start(struct transfer *t, const struct registry_job *asked, bool own, struct err *e)
{
	const struct remote *r = t->r;
	AUTO(free_auto) struct registry_job *job = malloc(sizeof(*job));
	auto_str struct str text = { 0 };
	auto_close int fd = -1;
	int rc;

	if (!job || (!t->in && !(t->in = malloc(sizeof(*t->in)))))
		return err_set(e, ERR_SYSTEM, ENOMEM, "registry");
	*job = *asked;
	job->ca_n = (uint32_t)r->ca.len;
	job->cert_n = own ? (uint32_t)r->cert.len : 0;
	job->key_n = own ? (uint32_t)r->key.len : 0;
	rc = str_add_bytes(&text, job, sizeof(*job), e) || (job->ca_n && str_add_bytes(&text, r->ca.text, r->ca.len, e)) ||
	     (job->cert_n && str_add_bytes(&text, r->cert.text, r->cert.len, e)) || (job->key_n && str_add_bytes(&text, r->key.text, r->key.len, e)) ||
	     worker_file(text.text, text.len, &fd, e) ? -1 : 0;
	if (text.text)
		explicit_bzero(text.text, text.len);
	explicit_bzero(job, sizeof(*job));
	fetch_stop(&t->child);
	t->child = (struct fetch_child){ 0, -1, REGISTRY_ACCOUNT };
	if (rc < 0 || fetch_start(r->program ? r->program : REMOTE_PROGRAM, REGISTRY_ACCOUNT, fd, NULL, 0, &t->child, e) < 0)
		return -1;
	t->in->fd = t->child.out;
	t->replied = false;
	return 0;
}

static int ask(struct transfer *t, struct err *e)
{
	const struct remote *r = t->r;
	const bool own = is_own(r, t->url);
	AUTO(free_auto) struct registry_job *job = calloc(1, sizeof(*job));
	int rc;

	if (!job)
		return err_set(e, ERR_SYSTEM, ENOMEM, "registry");
	*job = (struct registry_job){ .task = t->task, .plain = r->plain, .unverified = r->unverified, .offset = t->offset,
				      .document_bytes = r->limits->document_bytes, .layers = r->limits->layers, .platform = *r->platform };
	if (strlen(t->url) > REGISTRY_URL_MAX)
		return err_set(e, ERR_LIMIT, 0, "URL of more than %d bytes", REGISTRY_URL_MAX);
	strcpy(job->url, t->url);
	if (own && r->authorization)
		strcpy(job->authorization, r->authorization);	/* set_authorization() */
	rc = start(t, job, own, e);
	explicit_bzero(job->authorization, sizeof(job->authorization));
	return rc;
}

static int set_authorization(struct remote *r, const char *scheme, const char *secret, struct err *e)
{
	if (strlen(scheme) + 1 + strlen(secret) > REGISTRY_TOKEN_MAX)
		return err_set(e, ERR_LIMIT, 0, "credentials of more than %d bytes", REGISTRY_TOKEN_MAX);
	forget(&r->authorization);
	return str_print(&r->authorization, e, "%s %s", scheme, secret);
}

/* RFC 7617, section 2: base64 of USER:PASSWORD. *ret is NULL where there is none. */
static int basic(const struct remote *r, char **ret, struct err *e)
{
	auto_secret char *both = NULL;

	*ret = NULL;
	if (!r->user)
		return 0;
	if (strchr(r->user, ':'))
		return err_set(e, ERR_INPUT, 0, "a user name with a colon cannot be sent");
	if (str_print(&both, e, "%s:%s", r->user, r->password) < 0)
		return -1;
	if (strlen(both) > REGISTRY_TOKEN_MAX / 2)
		return err_set(e, ERR_LIMIT, 0, "credentials of more than %d bytes", REGISTRY_TOKEN_MAX / 2);
	return base64_encode(both, strlen(both), ret, e);
}

/* A realm is https, whoever's it is: the registry says where (RFC 6750 asks for TLS). Without TLS it is the insecure registry itself. */
static int check_realm(const struct remote *r, const char *realm, struct err *e)
{
	if (!origin_length(realm) || (!str_starts(realm, "https://") && !is_own(r, realm)))
		return err_set(e, ERR_INPUT, 0, "the registry wants credentials sent to %.128s: neither https nor the registry's own address", realm);
	return 0;
}

/* What went wrong there, once the stream broke off. */
static int broken_off(struct transfer *t, struct err *e)
{
	struct err ended = { 0 };

	if (t->in->type == FRAME_NONE && fetch_wait(&t->child, &ended) < 0)
		*e = ended;
	return -1;
}

static int next_frame(struct transfer *t, struct err *e)
{
	uint32_t reason = ERR_INTERNAL;

	if (frame_get(t->in, e) < 0)
		return broken_off(t, e);
	if (t->in->type != FRAME_ERROR)
		return 0;
	if (t->in->len >= sizeof(reason))
		memcpy(&reason, t->in->data, sizeof(reason));
	if (reason != ERR_INPUT && reason != ERR_LIMIT && reason != ERR_SYSTEM && reason != ERR_TIMEOUT && reason != ERR_NOTFOUND)
		reason = ERR_INTERNAL;
	return err_set(e, (enum err_reason)reason, 0, "%.*s: %s", (int)origin_length(t->url), t->url,
		       t->in->len > sizeof(reason) ? t->in->data + sizeof(reason) : "failed");
}

/* It is a struct of ours whose texts end. */
static int take_reply(struct transfer *t, struct err *e)
{
	struct registry_reply *r = &t->reply;

	if (t->replied || t->in->len != sizeof(*r))
		return err_set(e, ERR_INTERNAL, 0, "%s: malformed answer", REGISTRY_ACCOUNT);
	memcpy(r, t->in->data, sizeof(*r));
	r->media_type[REGISTRY_WORD_MAX] = r->location[REGISTRY_URL_MAX] = r->says[REGISTRY_SAYS_MAX] = '\0';
	r->challenge.realm[CHALLENGE_REALM_MAX] = r->challenge.service[CHALLENGE_TEXT_MAX] = r->challenge.scope[CHALLENGE_TEXT_MAX] = '\0';
	t->replied = true;
	t->r->answered |= is_own(t->r, t->url);
	return 0;
}

static int refused(const struct transfer *t, struct err *e)
{
	const struct registry_reply *r = &t->reply;
	const char *says = *r->says ? r->says : "no reason given";
	const int n = (int)origin_length(t->url);

	switch (r->status) {
	case 401:
	case 403:
		return err_set(e, ERR_IDENTITY, 0, "%.*s: %s: %s (HTTP status %u)", n, t->url,
			       t->r->user ? "access denied" : "unauthorized: authentication required", says, r->status);
	case 404:
		return err_set(e, ERR_NOTFOUND, 0, "%.*s: not there: %s (HTTP status 404)", n, t->url, says);
	case 408:
	case 429:
	case 500 ... 599:
		return err_set(e, ERR_TIMEOUT, 0, "%.*s: not now: %s (HTTP status %u)", n, t->url, says, r->status);
	default:
		return err_set(e, ERR_INPUT, 0, "%.*s: %s (HTTP status %u)", n, t->url, says, r->status);
	}
}

/* One exchange to its end; *token (owned) is what it gave. */
static int run_access(struct transfer *t, char **token, struct err *e)
{
	for (;;) {
		if (next_frame(t, e) < 0)
			return -1;
		if (t->in->type == FRAME_REPLY) {
			if (take_reply(t, e) < 0)
				return -1;
			if (t->reply.status != 200)
				return refused(t, e);
		} else if (t->in->type == FRAME_TOKEN && !*token) {
			/* It becomes a header: nothing that could end one. */
			for (uint32_t i = 0; i < t->in->len; i++)
				if (t->in->data[i] <= ' ' || t->in->data[i] > '~')
					return err_set(e, ERR_INPUT, 0, "token: other than printable ASCII");
			if (str_copy(t->in->data, token, e) < 0)
				return -1;
		} else if (t->in->type == FRAME_END && *token) {
			return fetch_wait(&t->child, e);
		} else {
			return err_set(e, ERR_INTERNAL, 0, "%s: record %u out of order", REGISTRY_ACCOUNT, t->in->type);
		}
	}
}

static int get_token(struct remote *r, const struct challenge *c, struct err *e)
{
	auto_transfer struct transfer t = TRANSFER_INIT;
	AUTO(free_auto) struct registry_job *job = calloc(1, sizeof(*job));
	auto_secret char *token = NULL, *login = NULL;
	int rc;

	if (!job)
		return err_set(e, ERR_SYSTEM, ENOMEM, "registry");
	if (check_realm(r, c->realm, e) < 0 || str_copy(c->realm, &t.url, e) < 0 || basic(r, &login, e) < 0)
		return -1;
	*job = (struct registry_job){ .task = REGISTRY_ACCESS, .plain = r->plain, .unverified = r->unverified && is_own(r, c->realm),
				      .document_bytes = TOKEN_DOCUMENT_MAX, .challenge = *c };
	strcpy(job->url, c->realm);
	if (login)
		snprintf(job->authorization, sizeof(job->authorization), "Basic %s", login);
	t.r = r;
	rc = start(&t, job, is_own(r, c->realm), e) < 0 || run_access(&t, &token, e) < 0 || set_authorization(r, "Bearer", token, e) < 0 ? -1 : 0;
	explicit_bzero(job->authorization, sizeof(job->authorization));
	return rc < 0 ? err_context(e, "requesting a token") : 0;
}

/* After a 401, once for each transfer: an old token may have expired. */
static int get_access(struct transfer *t, struct err *e)
{
	struct remote *r = t->r;
	auto_secret char *login = NULL;

	t->asked_access = true;
	if (t->reply.challenge.scheme == CHALLENGE_BEARER)
		return get_token(r, &t->reply.challenge, e);
	if (t->reply.challenge.scheme != CHALLENGE_BASIC || !r->user)
		return refused(t, e);
	return basic(r, &login, e) < 0 ? -1 : set_authorization(r, "Basic", login, e);
}

static int redirect(struct transfer *t, struct err *e)
{
	const char *to = t->reply.location;
	bool tls = str_starts(t->url, "https://");

	if (++t->hops > REMOTE_HOPS)
		return err_set(e, ERR_LIMIT, 0, "%.*s: more than %d redirections", (int)origin_length(t->url), t->url, REMOTE_HOPS);
	if (!origin_length(to))
		return err_set(e, ERR_INPUT, 0, "%.*s: a redirection to no http or https address", (int)origin_length(t->url), t->url);
	if (tls && !str_starts(to, "https://"))
		return err_set(e, ERR_INPUT, 0, "%.*s: a redirection from https to http is refused", (int)origin_length(t->url), t->url);
	free(t->url);
	t->url = NULL;
	return str_copy(to, &t->url, e) < 0 ? -1 : ask(t, e);
}

/* What the head says is done next. */
static int answer(struct transfer *t, enum transfer_event *ret, struct err *e)
{
	const struct registry_reply *r = &t->reply;

	*ret = TRANSFER_NOTHING;
	t->retry_after = r->retry_after;
	if (r->status == 200 || (r->status == 206 && t->task == REGISTRY_BLOB)) {
		if (r->status == 200 ? r->first != 0 : r->first != t->offset)
			return err_set(e, ERR_INPUT, 0, "%.*s: another range than was asked for", (int)origin_length(t->url), t->url);
		*ret = TRANSFER_HEAD;
		return 0;
	}
	if (r->status == 401 && is_own(t->r, t->url) && !t->asked_access)
		return get_access(t, e) < 0 ? -1 : ask(t, e);
	if (r->status >= 300 && r->status < 400 && *r->location)
		return redirect(t, e);
	return refused(t, e);
}

int transfer_step(struct transfer *t, enum transfer_event *ret, struct err *e)
{
	if (next_frame(t, e) < 0)
		return -1;
	if (t->in->type == FRAME_REPLY)
		return take_reply(t, e) < 0 ? -1 : answer(t, ret, e);
	if (t->replied && t->in->type == FRAME_BODY)
		*ret = TRANSFER_BODY;
	else if (t->replied && t->in->type == FRAME_PART && t->task == REGISTRY_MANIFEST)
		*ret = TRANSFER_PART;
	else if (t->replied && t->in->type == FRAME_END)
		*ret = TRANSFER_END;
	else
		return err_set(e, ERR_INTERNAL, 0, "%s: record %u out of order", REGISTRY_ACCOUNT, t->in->type);
	return *ret == TRANSFER_END ? fetch_wait(&t->child, e) : 0;
}

int transfer_begin(struct transfer *t, struct remote *r, enum registry_task task, const char *what, uint64_t offset, struct err *e)
{
	t->r = r;
	t->task = task;
	t->offset = offset;
	if (str_print(&t->url, e, "%s/v2/%s/%s/%s", r->base, r->repository, task == REGISTRY_MANIFEST ? "manifests" : "blobs", what) < 0)
		return -1;
	return ask(t, e);
}

int transfer_part(const struct transfer *t, struct registry_part *ret, struct err *e)
{
	if (t->in->len != sizeof(*ret))
		return err_set(e, ERR_INTERNAL, 0, "%s: malformed part", REGISTRY_ACCOUNT);
	memcpy(ret, t->in->data, sizeof(*ret));
	ret->media_type[REGISTRY_WORD_MAX] = '\0';
	ret->digest.text[DIGEST_TEXT - 1] = '\0';
	if (ret->kind >= REGISTRY_PART_KINDS || ret->size < 0 || !digest_is_valid(ret->digest.text))
		return err_set(e, ERR_INTERNAL, 0, "%s: malformed part", REGISTRY_ACCOUNT);
	return 0;
}
