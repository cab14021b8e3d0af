/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timestamp_main.c - secctr-timestamp: sends one request to a time-stamping authority (RFC 3161, section 3.4) and gives back its answer
 * unread. Not for people.
 *
 * In this order: the job and the certificates that are trusted; no file can be changed or executed; the host's name and the connection; no
 * file, no socket, no process any more (powerless.h); TLS and HTTP, by libcurl, over the one connection that there is.
 */
#include <curl/curl.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/evidence/ask.h"
#include "audit/evidence/crypto.h"
#include "launcher/base/dial.h"
#include "launcher/base/io.h"
#include "launcher/base/powerless.h"
#include "launcher/base/worker.h"

enum { ADDRESS_SPACE = 256 << 20, DESCRIPTORS = 32, CONNECT_MS = 10000 };
#define TYPE "application/timestamp-reply"

DEFINE_AUTO(curl_slist_free_all, struct curl_slist *)
DEFINE_AUTO(curl_url_cleanup, CURLU *)
DEFINE_AUTO(curl_easy_cleanup, CURL *)
DEFINE_AUTO(curl_free, char *)
#define auto_part AUTO(curl_free_auto)

struct talk {
	struct tsa_job job;
	bool tls;
	struct str ca;
	struct timespec start;
	int fd;				/* the connection; -1 once libcurl has it */
	struct str answer;
	bool too_long;
	struct err *e;
};

static long left_ms(const struct talk *t)
{
	struct timespec now;
	long ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	ms = TSA_WAIT_SECONDS * 1000l - (now.tv_sec - t->start.tv_sec) * 1000 - (now.tv_nsec - t->start.tv_nsec) / 1000000;
	return ms > 1 ? ms : 1;
}

static int reach(struct talk *t, struct err *e)
{
	AUTO(curl_url_cleanup_auto) CURLU *url = curl_url();
	auto_part char *host = NULL, *port = NULL, *scheme = NULL;

	if (!url || curl_url_set(url, CURLUPART_URL, t->job.url, 0) || curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) || curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT))
		return err_set(e, ERR_USAGE, 0, "not a URL that can be used");
	t->tls = strcmp(scheme, "https") == 0;
	if (!t->tls && strcmp(scheme, "http") != 0)
		return err_set(e, ERR_USAGE, 0, "neither http nor https");
	return dial(host, port, CONNECT_MS, left_ms(t), &t->fd, e);
}

static size_t take(char *bytes, size_t one, size_t n, void *arg)
{
	struct talk *t = arg;

	t->too_long = t->answer.len + one * n > STAMP_BYTES_MAX;
	return t->too_long || str_add_bytes(&t->answer, bytes, one * n, t->e) ? 0 : one * n;
}

/* The connection that is there already, once; the connect(2) that libcurl makes all the same is skipped by the filter. */
static curl_socket_t give_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct talk *t = arg;

	(void)purpose, (void)address;
	return t->fd >= 0 ? take_fd(&t->fd) : CURL_SOCKET_BAD;
}

/* Where the bytes go was decided: libcurl shall not look the name up again, and may have any address for it. */
static int set_place(CURL *curl, struct talk *t, struct curl_slist **to, struct err *e)
{
	*to = curl_slist_append(NULL, "::127.0.0.1:1");
	if (!*to || curl_easy_setopt(curl, CURLOPT_CONNECT_TO, *to) || curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, give_socket) ||
	    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, t))
		return err_set(e, ERR_INTERNAL, 0, "libcurl: place");
	return 0;
}

static int set_tls(CURL *curl, struct talk *t, struct err *e)
{
	struct curl_blob ca = { .data = t->ca.text, .len = t->ca.len, .flags = CURL_BLOB_NOCOPY };

	if (!t->tls)
		return 0;
	if (curl_easy_setopt(curl, CURLOPT_CAINFO, NULL) || curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) ||
	    curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &ca) || curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) ||
	    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) || curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2))
		return err_set(e, ERR_INTERNAL, 0, "libcurl: TLS");
	return 0;
}

static int set_request(CURL *curl, struct talk *t, struct curl_slist **headers, char why[static CURL_ERROR_SIZE], struct err *e)
{
	struct curl_slist *more;

	*headers = curl_slist_append(NULL, "Content-Type: application/timestamp-query");
	more = *headers ? curl_slist_append(*headers, "Accept: " TYPE) : NULL;
	more = more ? curl_slist_append(more, "Expect:") : NULL;
	if (!more || curl_easy_setopt(curl, CURLOPT_URL, t->job.url) || curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers) ||
	    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") || curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) ||
	    curl_easy_setopt(curl, CURLOPT_PROXY, "") || curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) ||
	    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) || curl_easy_setopt(curl, CURLOPT_POST, 1L) ||
	    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)t->job.query.n) || curl_easy_setopt(curl, CURLOPT_POSTFIELDS, t->job.query.der) ||
	    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) || curl_easy_setopt(curl, CURLOPT_WRITEDATA, t) ||
	    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why) || curl_easy_setopt(curl, CURLOPT_USERAGENT, "secctr/" SECCTR_VERSION) ||
	    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L))
		return err_set(e, ERR_INTERNAL, 0, "libcurl: request");
	return 0;
}

/* RFC 3161, section 3.4: status 200 and this type, or it is no answer. */
static int check_reply(CURL *curl, const struct talk *t, struct err *e)
{
	const char *type = NULL;
	long status = 0;

	if (curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) || curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type))
		return err_set(e, ERR_INTERNAL, 0, "libcurl: answer");
	if (status >= 300 && status < 400)
		return err_set(e, ERR_INPUT, 0, "the server sends us elsewhere (HTTP status %ld), which is not followed: give the authority's own URL", status);
	if (status != 200)
		return err_set(e, ERR_INPUT, 0, "the server answers with HTTP status %ld", status);
	if (!type || strncasecmp(type, TYPE, strlen(TYPE)) != 0 || (type[strlen(TYPE)] && !strchr("; ", type[strlen(TYPE)])))
		return err_set(e, ERR_INPUT, 0, "the answer is of type %.64s, not " TYPE, type ? type : "(none)");
	return t->answer.len ? 0 : err_set(e, ERR_INPUT, 0, "the answer is empty");
}

static int ask(CURL *curl, struct talk *t, struct err *e)
{
	AUTO(curl_slist_free_all_auto) struct curl_slist *headers = NULL, *to = NULL;
	char why[CURL_ERROR_SIZE] = "";
	CURLcode r;

	if (set_request(curl, t, &headers, why, e) || set_place(curl, t, &to, e) || set_tls(curl, t, e))
		return -1;
	if (curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, left_ms(t)))
		return err_set(e, ERR_INTERNAL, 0, "libcurl: time-out");
	r = curl_easy_perform(curl);
	if (t->too_long)
		return err_set(e, ERR_LIMIT, 0, "the answer has more than %d bytes", STAMP_BYTES_MAX);
	if (r == CURLE_OPERATION_TIMEDOUT)
		return err_set(e, ERR_TIMEOUT, 0, "no answer within %d seconds", TSA_WAIT_SECONDS);
	if (r)
		return err_set(e, ERR_INPUT, 0, "%.200s", *why ? why : curl_easy_strerror(r));
	return check_reply(curl, t, e);
}

static int run(struct talk *t, struct err *e)
{
	static const int calls[] = {
		SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
		SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(fcntl), SCMP_SYS(pipe2), SCMP_SYS(socketpair), SCMP_SYS(rt_sigaction), SCMP_SYS(getuid),
		SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(sysinfo), SCMP_SYS(clock_nanosleep),
	};
	static const int skips[] = { SCMP_SYS(connect) };
	static const struct powerless limits = { .bytes = ADDRESS_SPACE, .cpu_seconds = TSA_WAIT_SECONDS, .descriptors = DESCRIPTORS, .call = calls,
						 .n_calls = ARRAY_LEN(calls), .skip = skips, .n_skips = ARRAY_LEN(skips) };
	AUTO(curl_easy_cleanup_auto) CURL *curl = NULL;

	(void)clock_gettime(CLOCK_MONOTONIC, &t->start);
	tzset();
	if (io_read_all(WORKER_JOB_FD, &t->job, sizeof(t->job), "job", e))
		return -1;
	t->job.url[TSA_URL_MAX] = '\0';
	if (t->job.query.n > sizeof(t->job.query.der) || tsa_check_url(t->job.url, e))
		return t->job.query.n > sizeof(t->job.query.der) ? err_set(e, ERR_INTERNAL, 0, "job: malformed") : -1;
	if (str_starts(t->job.url, "https:") && io_read_to_str(WORKER_INPUT_FD, TSA_CA_MAX, "certificates of https servers", &t->ca, e))
		return -1;
	/* Before libcurl asks for it: openssl.cnf is the host's, and SELinux does not let this program look for it. */
	crypto_begin();
	if (curl_global_init(CURL_GLOBAL_DEFAULT) || !(curl = curl_easy_init()))
		return err_set(e, ERR_SYSTEM, ENOMEM, "libcurl");
	if (powerless_look(e) || reach(t, e) || powerless_enter(&limits, e) || ask(curl, t, e))
		return -1;
	return 0;
}

int main(void)
{
	static struct talk t = { .fd = -1 };
	struct err e = { 0 };
	int r;

	t.e = &e;
	r = run(&t, &e);
	worker_end(r, &t.answer, &e);
}
