/* SPDX-License-Identifier: Apache-2.0 */
/* exchange.c - see exchange.h. */
#include "launcher/image/exchange.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/json.h"

DEFINE_AUTO(curl_slist_free_all, struct curl_slist *)
DEFINE_AUTO(curl_url_cleanup, CURLU *)
DEFINE_AUTO(curl_free, char *)
#define auto_part AUTO(curl_free_auto)
#define auto_list AUTO(curl_slist_free_all_auto)

enum { ERROR_BODY_MAX = 64 << 10, PIECE = 128 << 10 };
#define ACCEPT "Accept: application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, " \
	       "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"

/* What goes on while libcurl works. */
struct talk {
	struct exchange *x;
	size_t header_bytes;
	bool told;			/* REPLY is out */
	struct timespec first;		/* byte of the body */
	struct err *e;
	bool failed;			/* *e is filled */
};

static CURLU *parse_url(const char *text)
{
	CURLU *u = curl_url();

	if (u && curl_url_set(u, CURLUPART_URL, text, 0)) {
		curl_url_cleanup(u);
		u = NULL;
	}
	return u;
}

int exchange_begin(struct exchange *x, char **ret_host, char **ret_port, struct err *e)
{
	AUTO(curl_url_cleanup_auto) CURLU *url = NULL;
	auto_part char *scheme = NULL, *host = NULL, *port = NULL, *user = NULL;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) || !(x->curl = curl_easy_init()))
		return err_set(e, ERR_INTERNAL, 0, "libcurl: cannot be used");
	url = parse_url(x->job->url);
	if (!url || curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) || curl_url_get(url, CURLUPART_HOST, &host, 0) ||
	    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT))
		return err_set(e, ERR_INPUT, 0, "%.256s: not a URL that can be used", x->job->url);
	if (strcmp(scheme, "https") != 0 && (strcmp(scheme, "http") != 0 || !x->job->plain))
		return err_set(e, ERR_INPUT, 0, "%.256s: only https is allowed here", x->job->url);
	if (!curl_url_get(url, CURLUPART_USER, &user, 0) && user)
		return err_set(e, ERR_INPUT, 0, "a URL with a user name in it is refused");
	return str_copy(host, ret_host, e) || str_copy(port, ret_port, e) ? -1 : 0;
}

static size_t fail(struct talk *t)
{
	t->failed = true;
	return 0;
}

static int tell_reply(struct talk *t)
{
	const struct frame_part part = { &t->x->reply, sizeof(t->x->reply) };

	t->told = true;
	return frame_put(t->x->out, FRAME_REPLY, &part, 1, t->e);
}

static bool is_good(const struct exchange *x)
{
	return x->reply.status == 200 || (x->reply.status == 206 && x->job->task == REGISTRY_BLOB);
}

/* The value of the header `name` in a line of n bytes, blanks cut; NULL: another one. *ret_n: of the value. */
static const char *value_of(const char *line, size_t n, const char *name, size_t *ret_n)
{
	size_t len = strlen(name);

	if (n <= len || line[len] != ':' || strncasecmp(line, name, len) != 0)
		return NULL;
	line += len + 1;
	n -= len + 1;
	for (; n && (*line == ' ' || *line == '\t'); n--)
		line++;
	while (n && strchr(" \t\r\n", line[n - 1]))
		n--;
	*ret_n = n;
	return line;
}

/* RFC 9110, section 14.4: "bytes FIRST-LAST/TOTAL". */
static int read_range(struct talk *t, const char *value)
{
	char *end;

	if (strncasecmp(value, "bytes ", 6) == 0 && value[6] >= '0' && value[6] <= '9') {
		errno = 0;
		t->x->reply.first = strtoull(value + 6, &end, 10);
		if (!errno && *end == '-')
			return 0;
	}
	return err_set(t->e, ERR_INPUT, 0, "Content-Range: malformed");
}

static int read_header(struct talk *t, const char *line, size_t n)
{
	struct registry_reply *r = &t->x->reply;
	char text[REGISTRY_HEADER_BYTES + 1];
	const char *v;
	size_t len;

	if ((v = value_of(line, n, "WWW-Authenticate", &len))) {
		memcpy(text, v, len);
		text[len] = '\0';
		return challenge_read(text, &r->challenge, t->e);
	}
	if ((v = value_of(line, n, "Content-Range", &len))) {
		memcpy(text, v, len);
		text[len] = '\0';
		return read_range(t, text);
	}
	if ((v = value_of(line, n, "Retry-After", &len)) && len <= 5 && strspn(v, "0123456789") >= len && len)
		r->retry_after = (uint32_t)strtoul(v, NULL, 10);
	return 0;
}

/* A line of the status begins an answer anew: 100 Continue and its like come in front of the real one. */
static size_t take_header(char *line, size_t one, size_t n, void *arg)
{
	struct talk *t = arg;

	n *= one;
	t->header_bytes += n;
	if (t->header_bytes > REGISTRY_HEADER_BYTES) {
		err_set(t->e, ERR_LIMIT, 0, "the answer has more than %d bytes of headers", REGISTRY_HEADER_BYTES);
		return fail(t);
	}
	if (n > 5 && strncasecmp(line, "HTTP/", 5) == 0)
		t->x->reply = (struct registry_reply){ 0 };
	else if (read_header(t, line, n) < 0)
		return fail(t);
	return n;
}

static long age_seconds(const struct timespec *since)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - since->tv_sec;
}

static int take_document(struct talk *t, const char *bytes, size_t n, bool good)
{
	const uint64_t max = good ? t->x->job->document_bytes : ERROR_BODY_MAX;

	if (n > max - t->x->document.len) {
		if (!good)
			return 0;	/* of what it says the beginning is enough */
		return err_set(t->e, ERR_LIMIT, 0, "the answer has more than %ju bytes", (uintmax_t)max);
	}
	if (!t->x->document.len)
		(void)clock_gettime(CLOCK_MONOTONIC, &t->first);
	else if (age_seconds(&t->first) > REGISTRY_TALK_SECONDS)
		return err_set(t->e, ERR_TIMEOUT, 0, "the answer takes more than %d seconds", REGISTRY_TALK_SECONDS);
	return str_add_bytes(&t->x->document, bytes, n, t->e);
}

static int tell_body(struct talk *t, const char *bytes, size_t n)
{
	for (size_t at = 0; at < n; at += PIECE) {
		const struct frame_part part = { bytes + at, n - at < PIECE ? n - at : PIECE };

		if (frame_put(t->x->out, FRAME_BODY, &part, 1, t->e) < 0)
			return -1;
	}
	/* Now, however little: on a slow line it is what is shown, and what a pull that is interrupted keeps. */
	return frame_flush(t->x->out, t->e);
}

static size_t take_body(char *bytes, size_t one, size_t n, void *arg)
{
	struct talk *t = arg;
	struct exchange *x = t->x;
	long status = 0;
	int rc;

	n *= one;
	(void)curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	x->reply.status = (uint32_t)status;
	if (x->job->task != REGISTRY_BLOB || !is_good(x))
		rc = take_document(t, bytes, n, is_good(x));
	else
		rc = (!t->told && tell_reply(t) < 0) || tell_body(t, bytes, n) < 0 ? -1 : 0;
	return rc < 0 ? fail(t) : n;
}

/* The connection that is there already, once; the connect(2) that libcurl makes all the same is skipped by the filter. */
static curl_socket_t give_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct exchange *x = arg;

	(void)purpose, (void)address;
	return x->fd >= 0 ? take_fd(&x->fd) : CURL_SOCKET_BAD;
}

static int set_tls(struct exchange *x, struct err *e)
{
	struct curl_blob ca = { .data = x->ca->text, .len = x->ca->len, .flags = CURL_BLOB_NOCOPY };
	struct curl_blob cert = { .data = x->cert->text, .len = x->cert->len, .flags = CURL_BLOB_NOCOPY };
	struct curl_blob key = { .data = x->key->text, .len = x->key->len, .flags = CURL_BLOB_NOCOPY };
	const long verify = !x->job->unverified;

	if (curl_easy_setopt(x->curl, CURLOPT_CAINFO, NULL) || curl_easy_setopt(x->curl, CURLOPT_CAPATH, NULL) ||
	    (ca.len && curl_easy_setopt(x->curl, CURLOPT_CAINFO_BLOB, &ca)) || curl_easy_setopt(x->curl, CURLOPT_SSL_VERIFYPEER, verify) ||
	    curl_easy_setopt(x->curl, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L) ||
	    curl_easy_setopt(x->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2))
		return err_set(e, ERR_INTERNAL, 0, "libcurl: TLS");
	if (cert.len && (curl_easy_setopt(x->curl, CURLOPT_SSLCERT_BLOB, &cert) || curl_easy_setopt(x->curl, CURLOPT_SSLCERTTYPE, "PEM") ||
			 curl_easy_setopt(x->curl, CURLOPT_SSLKEY_BLOB, &key) || curl_easy_setopt(x->curl, CURLOPT_SSLKEYTYPE, "PEM")))
		return err_set(e, ERR_INTERNAL, 0, "libcurl: certificate");
	return 0;
}

/* Where the bytes go was decided: libcurl shall not look the name up again, and may have any address for it. */
static int set_place(struct exchange *x, struct curl_slist **to, struct err *e)
{
	*to = curl_slist_append(NULL, "::127.0.0.1:1");
	if (!*to || curl_easy_setopt(x->curl, CURLOPT_CONNECT_TO, *to) || curl_easy_setopt(x->curl, CURLOPT_OPENSOCKETFUNCTION, give_socket) ||
	    curl_easy_setopt(x->curl, CURLOPT_OPENSOCKETDATA, x))
		return err_set(e, ERR_INTERNAL, 0, "libcurl: place");
	return 0;
}

static int set_headers(struct exchange *x, struct curl_slist **ret, struct err *e)
{
	const struct registry_job *job = x->job;
	auto_free char *authorization = NULL;
	struct curl_slist *more;
	char range[32];

	*ret = curl_slist_append(NULL, job->task == REGISTRY_MANIFEST ? ACCEPT : "Accept: */*");
	if (*job->authorization) {
		if (str_print(&authorization, e, "Authorization: %s", job->authorization))
			return -1;
		more = *ret ? curl_slist_append(*ret, authorization) : NULL;
		if (!more)
			return err_set(e, ERR_SYSTEM, ENOMEM, "request");
	}
	snprintf(range, sizeof(range), "%ju-", (uintmax_t)job->offset);
	if (!*ret || curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, *ret) ||
	    (job->offset && curl_easy_setopt(x->curl, CURLOPT_RANGE, range)))
		return err_set(e, ERR_INTERNAL, 0, "libcurl: headers");
	return 0;
}

static int set_request(struct talk *t, const char *url, char why[static CURL_ERROR_SIZE], struct err *e)
{
	CURL *c = t->x->curl;

	if (curl_easy_setopt(c, CURLOPT_URL, url) || curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, t->x->job->plain ? "http,https" : "https") ||
	    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) || curl_easy_setopt(c, CURLOPT_PROXY, "") || curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) ||
	    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) || curl_easy_setopt(c, CURLOPT_HTTPGET, 1L) ||
	    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header) || curl_easy_setopt(c, CURLOPT_HEADERDATA, t) ||
	    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) || curl_easy_setopt(c, CURLOPT_WRITEDATA, t) ||
	    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why) || curl_easy_setopt(c, CURLOPT_USERAGENT, "secctr/" SECCTR_VERSION) ||
	    curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L) || curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)PIECE) ||
	    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L) || curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)REGISTRY_IDLE_SECONDS) ||
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)REGISTRY_CONNECT_SECONDS))
		return err_set(e, ERR_INTERNAL, 0, "libcurl: request");
	return 0;
}

/* "{"errors":[{"message":"..."}]}", distribution specification, "Error Codes"; of another form: nothing. */
static void read_says(struct exchange *x)
{
	auto_json json_t *j = NULL;
	const char *message;
	struct err unused;

	if (!x->document.len || json_read(x->document.text, x->document.len, "answer", &j, &unused) < 0)
		return;
	message = json_string_value(json_object_get(json_array_get(json_object_get(j, "errors"), 0), "message"));
	if (!message)
		message = json_string_value(json_object_get(j, "details"));
	snprintf(x->reply.says, sizeof(x->reply.says), "%.*s", (int)str_front(message ? message : "", REGISTRY_SAYS_MAX / 4), message ? message : "");
	str_make_safe(x->reply.says);
}

static int read_end(struct exchange *x, struct err *e)
{
	char *text = NULL;
	long status = 0;

	if (curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status))
		return err_set(e, ERR_INTERNAL, 0, "libcurl: answer");
	x->reply.status = (uint32_t)status;
	if (!curl_easy_getinfo(x->curl, CURLINFO_CONTENT_TYPE, &text) && text) {
		size_t n = strcspn(text, "; \t");

		if (n > REGISTRY_WORD_MAX)
			return err_set(e, ERR_LIMIT, 0, "Content-Type: more than %d bytes", REGISTRY_WORD_MAX);
		memcpy(x->reply.media_type, text, n);
	}
	text = NULL;
	if (!curl_easy_getinfo(x->curl, CURLINFO_REDIRECT_URL, &text) && text) {
		if (strlen(text) > REGISTRY_URL_MAX)
			return err_set(e, ERR_LIMIT, 0, "Location: more than %d bytes", REGISTRY_URL_MAX);
		strcpy(x->reply.location, text);
	}
	if (!is_good(x))
		read_says(x);
	return 0;
}

/* Which failures another try may mend: those of the way, not those of TLS or of what was said. */
static int curl_failed(CURLcode r, const char *why, struct err *e)
{
	switch (r) {
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(e, ERR_TIMEOUT, 0, "no byte for %d seconds", REGISTRY_IDLE_SECONDS);
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return err_set(e, ERR_SYSTEM, 0, "%.200s", *why ? why : curl_easy_strerror(r));
	case CURLE_SSL_CONNECT_ERROR:
		return err_set(e, ERR_INPUT, 0, "%.200s%s", *why ? why : curl_easy_strerror(r), strstr(why, "wrong version number") ?
			       ": the server speaks no TLS; if it may be asked without: --tls-verify=false, or insecure=true in registries.conf" : "");
	default:
		return err_set(e, ERR_INPUT, 0, "%.200s", *why ? why : curl_easy_strerror(r));
	}
}

/* A token's URL: the realm with service and scope, each encoded. */
static int access_url(const struct registry_job *job, char **ret, struct err *e)
{
	AUTO(curl_url_cleanup_auto) CURLU *u = parse_url(job->url);
	auto_part char *url = NULL;
	const char *const words[][2] = { { "service=", job->challenge.service }, { "scope=", job->challenge.scope } };

	if (!u)
		return err_set(e, ERR_INPUT, 0, "%.256s: not a URL that can be used", job->url);
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		auto_free char *query = NULL;

		if (!*words[i][1])
			continue;
		if (str_print(&query, e, "%s%s", words[i][0], words[i][1]))
			return -1;
		if (curl_url_set(u, CURLUPART_QUERY, query, CURLU_APPENDQUERY | CURLU_URLENCODE))
			return err_set(e, ERR_INPUT, 0, "%.256s: not a URL that can be used", job->url);
	}
	if (curl_url_get(u, CURLUPART_URL, &url, 0))
		return err_set(e, ERR_INPUT, 0, "%.256s: not a URL that can be used", job->url);
	return str_copy(url, ret, e);
}

int exchange_run(struct exchange *x, struct err *e)
{
	auto_list struct curl_slist *headers = NULL, *to = NULL;
	struct talk t = { .x = x, .e = e };
	char why[CURL_ERROR_SIZE] = "";
	auto_free char *url = NULL;
	CURLcode r;

	if ((x->job->task == REGISTRY_ACCESS ? access_url(x->job, &url, e) : str_copy(x->job->url, &url, e)) < 0 ||
	    set_request(&t, url, why, e) < 0 || set_headers(x, &headers, e) < 0 || set_place(x, &to, e) < 0 || set_tls(x, e) < 0)
		return -1;
	r = curl_easy_perform(x->curl);
	if (t.failed)
		return -1;
	if (r)
		return curl_failed(r, why, e);
	if (read_end(x, e) < 0)
		return -1;
	return t.told ? 0 : tell_reply(&t);
}
