/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry_main.c - secctr-registry: one exchange with one registry, without any privilege. Not for people: see registry_job.h.
 *
 * In this order: the job and what libraries read from files; no file can be changed or executed; the host's name and the connection; no
 * file, no socket, no process any more (powerless.h); TLS and HTTP, by libcurl, over the one connection that there is; the JSON of it.
 */
#include <locale.h>
#define ERR_STATE openssl_err_state
#include <openssl/crypto.h>
#undef ERR_STATE
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/dial.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/base/powerless.h"
#include "launcher/image/exchange.h"
#include "launcher/image/parts.h"

enum { ADDRESS_SPACE = 384 << 20, CPU_SECONDS = 3600, DESCRIPTORS = 32 };

struct work {
	struct registry_job job;
	struct str ca, cert, key;
};

static int read_pem(size_t n, size_t max, struct str *ret, struct err *e)
{
	auto_free char *bytes = malloc(n + 1);

	if (n > max || !bytes)
		return err_set(e, ERR_INTERNAL, 0, "job: malformed");
	return io_read_all(JOB_FD, bytes, n, "job", e) < 0 ? -1 : n ? str_add_bytes(ret, bytes, n, e) : 0;
}

static int read_work(struct work *w, struct err *e)
{
	if (io_read_all(JOB_FD, &w->job, sizeof(w->job), "job", e) < 0)
		return -1;
	return read_pem(w->job.ca_n, REGISTRY_PEM_MAX, &w->ca, e) < 0 || read_pem(w->job.cert_n, REGISTRY_PAIR_MAX, &w->cert, e) < 0 ||
	       read_pem(w->job.key_n, REGISTRY_PAIR_MAX, &w->key, e) < 0 ? -1 : 0;
}

/* A random seed, OpenSSL's configuration, a locale for UTF-8, the time zone. */
static int prepare_libraries(struct err *e)
{
	json_object_seed(0);
	tzset();
	if (!setlocale(LC_CTYPE, "C.UTF-8") || !OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
		return err_set(e, ERR_INTERNAL, 0, "no locale C.UTF-8, or no libcrypto");
	return 0;
}

static int give_up(struct err *e)
{
	static const int calls[] = {
		SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
		SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(fcntl), SCMP_SYS(pipe2), SCMP_SYS(socketpair), SCMP_SYS(rt_sigaction), SCMP_SYS(getuid),
		SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(sysinfo), SCMP_SYS(clock_nanosleep),
	};
	static const int skips[] = { SCMP_SYS(connect) };
	static const struct powerless limits = { .bytes = ADDRESS_SPACE, .cpu_seconds = CPU_SECONDS, .descriptors = DESCRIPTORS, .call = calls,
						 .n_calls = ARRAY_LEN(calls), .skip = skips, .n_skips = ARRAY_LEN(skips) };

	return powerless_enter(&limits, e);
}

static int run(struct frame_writer *out, struct err *e)
{
	static struct work w;
	struct exchange x = { .job = &w.job, .ca = &w.ca, .cert = &w.cert, .key = &w.key, .fd = -1, .out = out };
	auto_free char *host = NULL, *port = NULL;

	if (prepare_libraries(e) < 0 || read_work(&w, e) < 0 || exchange_begin(&x, &host, &port, e) < 0 || powerless_look(e) < 0 ||
	    dial(host, port, REGISTRY_CONNECT_SECONDS * 1000, 2 * REGISTRY_CONNECT_SECONDS * 1000, &x.fd, e) < 0 || give_up(e) < 0 ||
	    exchange_run(&x, e) < 0)
		return -1;
	if (x.reply.status != 200 || w.job.task == REGISTRY_BLOB)
		return 0;
	if (w.job.task == REGISTRY_ACCESS)
		return token_tell(&x.document, out, e);
	for (size_t at = 0; at < x.document.len; at += FRAME_MAX) {
		const struct frame_part part = { x.document.text + at, x.document.len - at < FRAME_MAX ? x.document.len - at : FRAME_MAX };

		if (frame_put(out, FRAME_BODY, &part, 1, e) < 0)
			return -1;
	}
	return parts_tell(&x.document, x.reply.media_type, &w.job, out, e);
}

int main(void)
{
	static struct frame_writer out = { .fd = OUT_FD };
	struct err e = { 0 };

	/* A parent that went away is a failed write. */
	(void)signal(SIGPIPE, SIG_IGN);
	/* _exit(): what libraries, or a sanitizer, would do at an exit the sandbox does not let them. */
	if (run(&out, &e) == 0 && frame_put(&out, FRAME_END, NULL, 0, &e) == 0 && frame_flush(&out, &e) == 0)
		_exit(0);
	_exit(frame_tell_error(&out, &e) ? 1 : 2);
}
