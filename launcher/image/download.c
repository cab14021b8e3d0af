/* SPDX-License-Identifier: Apache-2.0 */
/* download.c - see download.h. */
#include "launcher/image/download.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/digest.h"
#include "launcher/base/io.h"
#include "launcher/store/partials.h"

enum { PIECE = 256 << 10, BUSY_MS = 250 };

enum state { WAITING, RUNNING, WHOLE };

struct blob {
	const struct registry_part *part;
	enum state state;
	int fd;				/* of partial/, locked; -1: not taken yet */
	uint64_t have, tried_at;	/* bytes; those that were there at the last try */
	struct digest_stream *sha;	/* of these */
	bool resumed;			/* of bytes that an earlier process left */
	struct transfer t;
	unsigned tries, in_vain;
	int64_t not_before;		/* ms */
};

struct downloads {
	struct remote *r;
	int partials;
	const struct download_options *o;
	struct blob *blob;
	size_t n, running, whole;
};

static void downloads_done(struct downloads *d)
{
	for (size_t i = 0; d->blob && i < d->n; i++) {
		transfer_done(&d->blob[i].t);
		close_fd_auto(&d->blob[i].fd);
		digest_stream_free(d->blob[i].sha);
	}
	free(d->blob);
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void report(const struct downloads *d, const struct blob *b)
{
	if (d->o->progress)
		d->o->progress(d->o->progress_arg, b->part, b->have);
}

static int begin_anew(struct blob *b, struct err *e)
{
	digest_stream_free(b->sha);
	b->sha = NULL;
	b->have = b->tried_at = 0;
	b->resumed = false;
	if (ftruncate(b->fd, 0) < 0 || lseek(b->fd, 0, SEEK_SET) < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s: partial file", b->part->digest.text);
	return digest_stream_new(&b->sha, e);
}

/* What an earlier process left is hashed like what comes now. */
static int hash_rest(struct blob *b, struct err *e)
{
	auto_free char *buf = malloc(PIECE);
	ssize_t n;

	if (!buf)
		return err_set(e, ERR_SYSTEM, ENOMEM, "download");
	if (digest_stream_new(&b->sha, e) < 0)
		return -1;
	while ((n = read(b->fd, buf, PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "%s: partial file", b->part->digest.text);
		b->have += (uint64_t)n;
		if (digest_stream_add(b->sha, buf, (size_t)n, e) < 0)
			return -1;
	}
	b->resumed = b->have > 0;
	b->tried_at = b->have;
	return b->have > (uint64_t)b->part->size ? begin_anew(b, e) : 0;
}

static int start(struct downloads *d, struct blob *b, struct err *e)
{
	b->tries++;
	b->tried_at = b->have;
	if (transfer_begin(&b->t, d->r, REGISTRY_BLOB, b->part->digest.text, b->have, e) < 0)
		return -1;
	b->state = RUNNING;
	d->running++;
	return 0;
}

static void stop(struct downloads *d, struct blob *b)
{
	transfer_done(&b->t);
	if (b->state == RUNNING)
		d->running--;
	b->state = WAITING;
}

/* All bytes are there. What an earlier process left may be damaged: then once more from the first byte. */
static int finish(struct downloads *d, struct blob *b, struct err *e)
{
	struct digest is;

	stop(d, b);
	if (digest_stream_finish(b->sha, &is, e) < 0)
		return -1;
	digest_stream_free(b->sha);
	b->sha = NULL;
	if (strcmp(is.text, b->part->digest.text) != 0) {
		if (b->resumed)
			return begin_anew(b, e);
		(void)!ftruncate(b->fd, 0);
		return err_set(e, ERR_DIGEST, 0, "blob %s: what the registry sent has the digest %s", b->part->digest.text, is.text);
	}
	report(d, b);
	close_fd_auto(&b->fd);
	b->state = WHOLE;
	d->whole++;
	return 0;
}

/* Takes the file and goes on where it ends; another process may have it now. */
static int try_blob(struct downloads *d, struct blob *b, struct err *e)
{
	if (b->fd < 0) {
		if (partial_take(d->partials, b->part->digest.text, &b->fd, e) < 0)
			return -1;
		if (b->fd < 0) {
			b->not_before = now_ms() + BUSY_MS;
			return 0;
		}
		if (hash_rest(b, e) < 0)
			return -1;
		report(d, b);
	}
	return b->have == (uint64_t)b->part->size ? finish(d, b, e) : start(d, b, e);
}

/* *e says why; 0: another try comes. */
static int postpone(struct downloads *d, struct blob *b, struct err *e)
{
	uint64_t wait = (uint64_t)b->t.retry_after * 1000, own = d->o->wait_ms;

	stop(d, b);
	if (e->reason != ERR_SYSTEM && e->reason != ERR_TIMEOUT)
		return -1;
	b->in_vain = b->have > b->tried_at ? 1 : b->in_vain + 1;
	if (b->in_vain > d->o->tries || b->tries >= DOWNLOAD_TRIES_MAX)
		return -1;
	for (unsigned i = 1; i < b->in_vain && own < DOWNLOAD_WAIT_MAX_MS; i++)
		own *= 2;
	wait = wait > own ? wait : own;
	b->not_before = now_ms() + (int64_t)(wait < DOWNLOAD_WAIT_MAX_MS ? wait : DOWNLOAD_WAIT_MAX_MS);
	return 0;
}

static int take_bytes(struct downloads *d, struct blob *b, struct err *e)
{
	const struct frame_reader *in = b->t.in;

	if (in->len > (uint64_t)b->part->size - b->have)
		return err_set(e, ERR_DIGEST, 0, "blob %s: the registry sends more than the %jd bytes that the manifest says", b->part->digest.text,
			       (intmax_t)b->part->size);
	if (io_write_all(b->fd, in->data, in->len, "partial file", e) < 0) {
		/* A full disk is no matter of the way there. */
		e->reason = ERR_STATE;
		return -1;
	}
	if (digest_stream_add(b->sha, in->data, in->len, e) < 0)
		return -1;
	b->have += in->len;
	report(d, b);
	return 0;
}

static int step(struct downloads *d, struct blob *b, struct err *e)
{
	enum transfer_event event;

	if (transfer_step(&b->t, &event, e) < 0)
		return postpone(d, b, e);
	switch (event) {
	case TRANSFER_HEAD:
		/* A server without ranges sends all of it again. */
		return b->t.reply.first == b->have ? 0 : begin_anew(b, e);
	case TRANSFER_BODY:
		return take_bytes(d, b, e);
	case TRANSFER_END:
		if (b->have == (uint64_t)b->part->size)
			return finish(d, b, e);
		err_set(e, ERR_SYSTEM, 0, "blob %s: the registry sent %ju bytes, the manifest says %jd", b->part->digest.text, (uintmax_t)b->have,
			(intmax_t)b->part->size);
		return postpone(d, b, e);
	default:
		return 0;
	}
}

/* Begins what may begin; *ret_wait: ms until something else may, -1: nothing waits for a time. */
static int begin_some(struct downloads *d, int *ret_wait, struct err *e)
{
	int64_t now = now_ms();

	*ret_wait = -1;
	for (size_t i = 0; i < d->n && d->running < DOWNLOAD_PARALLEL; i++) {
		struct blob *b = &d->blob[i];
		int64_t left;

		if (b->state != WAITING)
			continue;
		if (b->not_before <= now && try_blob(d, b, e) < 0)
			return -1;
		if (b->state != WAITING)
			continue;
		left = b->not_before > now ? b->not_before - now : 0;
		if (*ret_wait < 0 || left < *ret_wait)
			*ret_wait = (int)left;
	}
	return 0;
}

static int wait_some(struct downloads *d, int wait, struct err *e)
{
	struct pollfd p[DOWNLOAD_PARALLEL];
	struct blob *of[DOWNLOAD_PARALLEL];
	nfds_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		if (d->blob[i].state == RUNNING) {
			of[n] = &d->blob[i];
			p[n++] = (struct pollfd){ .fd = d->blob[i].t.child.out, .events = POLLIN };
		}
	if (poll(p, n, wait) < 0)
		return errno == EINTR ? 0 : err_set(e, ERR_SYSTEM, errno, "poll");
	for (nfds_t i = 0; i < n; i++)
		if (p[i].revents && step(d, of[i], e) < 0)
			return -1;
	return 0;
}

int download(struct remote *r, int partials, const struct registry_part *part, size_t n, const struct download_options *o, struct err *e)
{
	AUTO(downloads_done) struct downloads d = { .r = r, .partials = partials, .o = o, .n = n, .blob = calloc(n + 1, sizeof(*d.blob)) };
	int wait;

	if (!d.blob)
		return err_set(e, ERR_SYSTEM, ENOMEM, "download");
	for (size_t i = 0; i < n; i++)
		d.blob[i] = (struct blob){ .part = &part[i], .fd = -1, .t = TRANSFER_INIT };
	while (d.whole < n)
		if (begin_some(&d, &wait, e) < 0 || (d.whole < n && wait_some(&d, wait, e) < 0))
			return -1;
	return 0;
}
