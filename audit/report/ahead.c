/* SPDX-License-Identifier: Apache-2.0 */
/* ahead.c - see ahead.h. */
#include "audit/report/ahead.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

enum { STACK_BYTES = 1 << 18 };

struct piece {
	struct batch batch;
	bool made, failed;
	struct err err;
};

/*
 * Piece number n is ring[n % a->pieces]. Who makes it owns it until `made`; from then on the caller of ahead_next(), until he asks for the
 * next one. Everything else is under the lock.
 */
struct ahead {
	pthread_mutex_t lock;
	pthread_cond_t work, done;	/* for helpers: there may be something to make; for the caller: something was made */
	pthread_t helper[AHEAD_HELPERS_MAX];
	unsigned helpers, up, idle;
	bool stop, waits;		/* helpers shall end; the caller waits */
	struct source *source;		/* NULL: no input */
	const struct batch_way *way;
	int fd;
	bool reading;			/* somebody has the source */
	bool ended;			/* there is no more to read */
	bool holds;			/* the caller has piece number `given` */
	uint64_t begun, given;		/* pieces that were begun; the next one for the caller */
	unsigned making, pieces;	/* of the ring that are used: one if nobody helps, as it lies in the cache */
	struct piece ring[AHEAD_PIECES];
};

static bool may_make(const struct ahead *a)
{
	return a->source && !a->ended && !a->reading && a->begun - a->given < a->pieces;
}

/* A pipe may be silent for long: who waits for it must hear that nobody wants it any more. False: nobody does. */
static bool wait_readable(struct ahead *a)
{
	int fd = a->fd, n = 0;
	bool wanted = true;

	while (fd >= 0 && fd < FD_SETSIZE && n == 0 && wanted) {
		struct timeval wait = { .tv_sec = 1 };
		fd_set set;

		FD_ZERO(&set);
		FD_SET(fd, &set);
		n = select(fd + 1, &set, NULL, NULL, &wait);
		(void)pthread_mutex_lock(&a->lock);
		wanted = a->source;
		(void)pthread_mutex_unlock(&a->lock);
	}
	return wanted;
}

/* One piece, by whoever has time. The lock is held before and after. */
static void make(struct ahead *a)
{
	struct piece *p = &a->ring[a->begun++ % a->pieces];
	struct source *s = a->source;
	const struct batch_way *way = a->way;
	bool read;

	p->made = p->failed = false;
	a->reading = true;
	a->making++;
	(void)pthread_mutex_unlock(&a->lock);
	read = wait_readable(a);
	p->failed = read && batch_read(s, &p->batch, &p->err);
	(void)pthread_mutex_lock(&a->lock);
	a->reading = false;
	a->ended = !read || p->failed || p->batch.end;
	/* The next one may be read while this one is cut. */
	if (may_make(a) && (a->idle || a->waits))
		(void)pthread_cond_signal(a->waits ? &a->done : &a->work);
	(void)pthread_mutex_unlock(&a->lock);
	if (read && !p->failed)
		p->failed = batch_split(&p->batch, way, &p->err);
	(void)pthread_mutex_lock(&a->lock);
	p->made = true;
	a->making--;
	if (a->waits)
		(void)pthread_cond_signal(&a->done);
}

static void *help(void *arg)
{
	struct ahead *a = arg;

	(void)pthread_mutex_lock(&a->lock);
	a->up++;
	(void)pthread_cond_signal(&a->done);
	while (!a->stop) {
		if (may_make(a)) {
			make(a);
			continue;
		}
		a->idle++;
		(void)pthread_cond_wait(&a->work, &a->lock);
		a->idle--;
	}
	(void)pthread_mutex_unlock(&a->lock);
	return NULL;
}

static void start_helpers(struct ahead *a, unsigned helpers)
{
	sigset_t all, before;
	pthread_attr_t attr;

	if (!helpers || pthread_attr_init(&attr))
		return;
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	/* A signal is for the thread that waits for what it means. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	while (a->helpers < helpers && a->helpers < AHEAD_HELPERS_MAX && pthread_create(&a->helper[a->helpers], &attr, help, a) == 0)
		a->helpers++;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	/* Until each has made the system calls that a thread begins with. */
	(void)pthread_mutex_lock(&a->lock);
	while (a->up < a->helpers)
		(void)pthread_cond_wait(&a->done, &a->lock);
	(void)pthread_mutex_unlock(&a->lock);
}

int ahead_new(unsigned helpers, struct ahead **ret, struct err *e)
{
	struct ahead *a = calloc(1, sizeof(*a));

	if (!a)
		return err_set(e, ERR_SYSTEM, ENOMEM, "reading the audit log");
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_cond_init(&a->work, NULL);
	(void)pthread_cond_init(&a->done, NULL);
	start_helpers(a, helpers);
	a->pieces = a->helpers ? AHEAD_PIECES : 1;
	*ret = a;
	return 0;
}

unsigned ahead_helpers(const struct ahead *a)
{
	return a->helpers;
}

void ahead_free(struct ahead *a)
{
	if (!a)
		return;
	(void)pthread_mutex_lock(&a->lock);
	a->stop = true;
	(void)pthread_cond_broadcast(&a->work);
	(void)pthread_mutex_unlock(&a->lock);
	for (unsigned i = 0; i < a->helpers; i++)
		(void)pthread_join(a->helper[i], NULL);
	for (size_t i = 0; i < AHEAD_PIECES; i++)
		batch_done(&a->ring[i].batch);
	(void)pthread_cond_destroy(&a->work);
	(void)pthread_cond_destroy(&a->done);
	(void)pthread_mutex_destroy(&a->lock);
	free(a);
}

void ahead_begin(struct ahead *a, struct source *s, const struct batch_way *way, int fd)
{
	(void)pthread_mutex_lock(&a->lock);
	a->source = s;
	a->way = way;
	a->fd = fd;
	a->ended = a->holds = false;
	a->begun = a->given = 0;
	if (a->idle)
		(void)pthread_cond_signal(&a->work);
	(void)pthread_mutex_unlock(&a->lock);
}

int ahead_next(struct ahead *a, struct batch **ret, struct err *e)
{
	struct piece *p;

	(void)pthread_mutex_lock(&a->lock);
	a->given += a->holds;
	a->holds = true;
	/* Not for each piece: waking somebody costs as much as a part of one. */
	if (a->idle && may_make(a) && a->begun - a->given <= a->pieces / 2)
		(void)pthread_cond_signal(&a->work);
	p = &a->ring[a->given % a->pieces];
	while (a->begun == a->given || !p->made) {
		if (may_make(a)) {
			make(a);
			continue;
		}
		a->waits = true;
		(void)pthread_cond_wait(&a->done, &a->lock);
		a->waits = false;
	}
	(void)pthread_mutex_unlock(&a->lock);
	if (p->failed) {
		*e = p->err;
		return -1;
	}
	*ret = &p->batch;
	return 0;
}

void ahead_end(struct ahead *a)
{
	(void)pthread_mutex_lock(&a->lock);
	a->source = NULL;
	while (a->making) {
		a->waits = true;
		(void)pthread_cond_wait(&a->done, &a->lock);
		a->waits = false;
	}
	(void)pthread_mutex_unlock(&a->lock);
}
