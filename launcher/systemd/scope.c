/* SPDX-License-Identifier: Apache-2.0 */
/* scope.c - StartTransientUnit for a container's scope, with one time-out over all of it. */
#include "launcher/systemd/scope.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/ids.h"
#include "launcher/base/slice.h"
#include "launcher/base/str.h"

#define DESTINATION	"org.freedesktop.systemd1"
#define OBJECT		"/org/freedesktop/systemd1"
#define MANAGER		"org.freedesktop.systemd1.Manager"

enum { MS = 1000, JOB_MAX = 255, AGAIN_US = 20 * MS };

/* The functions of libsystemd that we use: types from its header, addresses from dlsym(3). */
#define FUNCTIONS(X)						\
	X(sd_bus_open_system) X(sd_bus_close_unref)	\
	X(sd_bus_is_ready) X(sd_bus_process) X(sd_bus_wait)	\
	X(sd_bus_set_method_call_timeout) X(sd_bus_match_signal)	\
	X(sd_bus_message_new_method_call) X(sd_bus_message_append)	\
	X(sd_bus_message_read) X(sd_bus_message_unref)		\
	X(sd_bus_call) X(sd_bus_call_method) X(sd_bus_error_free)	\
	X(sd_bus_error_has_name)

#define X(f) __typeof__(f) *f;
struct library {
	FUNCTIONS(X)
};
#undef X

struct bus {
	struct library lib;
	sd_bus *bus;
	int64_t deadline;		/* microseconds, CLOCK_MONOTONIC */
	char job[JOB_MAX + 1];	/* object path of the job we wait for */
	char seen[JOB_MAX + 1], result[32];	/* of the last JobRemoved with our unit */
	char unit[SCOPE_NAME_MAX];
};

static int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static uint64_t left(const struct bus *b)
{
	int64_t n = b->deadline - now_us();

	return n > 0 ? (uint64_t)n : 1;		/* 0 would be sd-bus's own default */
}

int scope_name(const char *id, char ret[SCOPE_NAME_MAX], struct err *e)
{
	if (name_check("id", id, e))
		return -1;
	(void)snprintf(ret, SCOPE_NAME_MAX, "secctr-%s.scope", id);
	return 0;
}

static int check_slice(const char *slice, struct err *e)
{
	auto_free char *path = NULL;

	return slice_path(slice, &path, e);
}

/* systemd.unit(5): letters, digits and ":-_."; no escape sequences, no instances. */
static int check_unit(const char *unit, struct err *e)
{
	if (strlen(unit) >= SCOPE_NAME_MAX)
		return err_set(e, ERR_LIMIT, 0, "scope: its name has more than %d bytes", SCOPE_NAME_MAX - 1);
	if (!str_ends(unit, ".scope") || strlen(unit) == strlen(".scope") || *unit == '.' ||
	    unit[strspn(unit, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_.-")])
		return err_set(e, ERR_INPUT, 0, "%.128s is not the name of a scope unit", unit);
	return 0;
}

static int load_library(struct library *ret, struct err *e)
{
	/* Never closed: it has thread-local state that unloading would pull away. */
	void *h = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!h)
		return err_set(e, ERR_SYSTEM, 0, "a scope of systemd needs libsystemd: %s", dlerror());
#define X(f)									\
	*(void **)(void *)&ret->f = dlsym(h, #f);				\
	if (!ret->f)								\
		return err_set(e, ERR_SYSTEM, 0, "libsystemd.so.0 has no %s", #f);
	FUNCTIONS(X)
#undef X
	return 0;
}

static int failed(const struct bus *b, int r, const char *what, struct err *e)
{
	if (r == -ETIMEDOUT || now_us() >= b->deadline)
		return err_set(e, ERR_TIMEOUT, 0, "%s: %s: systemd or the system bus did not answer in time",
			       b->unit, what);
	return err_set(e, ERR_SYSTEM, -r, "%s: %s", b->unit, what);
}

static int failed_call(const struct bus *b, int r, sd_bus_error *error, const char *what, struct err *e)
{
	if (error->message && r != -ETIMEDOUT)
		(void)err_set(e, ERR_SYSTEM, 0, "%s: %s: %s", b->unit, what, error->message);
	else
		(void)failed(b, r, what, e);
	b->lib.sd_bus_error_free(error);
	return -1;
}

/* One turn of the connection; -1 on failure and when the time is over. */
static int turn(struct bus *b, const char *what, struct err *e)
{
	int r = b->lib.sd_bus_process(b->bus, NULL);

	if (r == 0)
		r = b->lib.sd_bus_wait(b->bus, left(b));
	if (r < 0 && r != -EINTR)
		return failed(b, r, what, e);
	if (now_us() >= b->deadline)
		return failed(b, -ETIMEDOUT, what, e);
	return 0;
}

/* sd_bus_call() itself waits without bound for a bus that takes the connection and says nothing. */
static int open_bus(struct bus *b, struct err *e)
{
	int r = b->lib.sd_bus_open_system(&b->bus);

	if (r < 0)
		return failed(b, r, "system bus", e);
	while ((r = b->lib.sd_bus_is_ready(b->bus)) == 0)
		if (turn(b, "system bus", e))
			return -1;
	if (r < 0)
		return failed(b, r, "system bus", e);
	r = b->lib.sd_bus_set_method_call_timeout(b->bus, left(b));
	return r < 0 ? failed(b, r, "system bus", e) : 0;
}

/* No flush: that waits without bound too, and every request here has had its reply. */
static void close_bus(struct bus *b)
{
	if (b->bus)
		b->lib.sd_bus_close_unref(b->bus);
	b->bus = NULL;
}

/* JobRemoved(u id, o job, s unit, s result) */
static int job_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct bus *b = userdata;
	const char *job, *unit, *result;
	uint32_t id;

	(void)error;
	if (b->lib.sd_bus_message_read(m, "uoss", &id, &job, &unit, &result) < 0 || strcmp(unit, b->unit) != 0)
		return 0;
	(void)snprintf(b->seen, sizeof(b->seen), "%s", job);
	(void)snprintf(b->result, sizeof(b->result), "%s", result);
	return 0;
}

static int fill_request(const struct bus *b, sd_bus_message *m, const struct scope *s)
{
	char description[SCOPE_NAME_MAX];

	(void)snprintf(description, sizeof(description), "secctr container %.64s", s->id);
	return b->lib.sd_bus_message_append(m, "ssa(sv)a(sa(sv))", b->unit, "fail", 6,
		"Description", "s", s->description ? s->description : description,
		"Slice", "s", s->slice ? s->slice : "secctr.slice",
		"Delegate", "b", 1,
		"TasksMax", "t", UINT64_MAX,
		"CollectMode", "s", "inactive-or-failed",
		"PIDs", "au", 1, (uint32_t)s->pid,
		0);
}

/* 1, until then: the scope of an earlier run is still there: systemd takes a moment to see that it is empty. */
static int request(struct bus *b, const struct scope *s, int64_t until, struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL, *reply = NULL;
	const char *job;
	int r;

	r = b->lib.sd_bus_message_new_method_call(b->bus, &m, DESTINATION, OBJECT, MANAGER, "StartTransientUnit");
	if (r >= 0)
		r = fill_request(b, m, s);
	if (r >= 0)
		r = b->lib.sd_bus_call(b->bus, m, left(b), &error, &reply);
	if (r >= 0)
		r = b->lib.sd_bus_message_read(reply, "o", &job);
	if (r >= 0)
		(void)snprintf(b->job, sizeof(b->job), "%s", job);
	if (m)
		b->lib.sd_bus_message_unref(m);
	if (reply)
		b->lib.sd_bus_message_unref(reply);
	if (r < 0 && b->lib.sd_bus_error_has_name(&error, "org.freedesktop.systemd1.UnitExists") &&
	    now_us() < until) {
		b->lib.sd_bus_error_free(&error);
		return 1;
	}
	return r < 0 ? failed_call(b, r, &error, "StartTransientUnit", e) : 0;
}

static int watch_jobs(struct bus *b, struct err *e)
{
	int r = b->lib.sd_bus_match_signal(b->bus, NULL, DESTINATION, OBJECT, MANAGER, "JobRemoved", job_removed, b);

	return r < 0 ? failed(b, r, "watching jobs", e) : 0;
}

static int start(struct bus *b, const struct scope *s, struct err *e)
{
	/* Half of the time, so that the last answer, that the name is taken, is not cut off. */
	int64_t until = now_us() + (b->deadline - now_us()) / 2;
	int r;

	if (open_bus(b, e) || watch_jobs(b, e))
		return -1;
	while ((r = request(b, s, until, e)) == 1)
		(void)usleep(AGAIN_US);
	if (r)
		return -1;
	while (strcmp(b->seen, b->job) != 0)
		if (turn(b, "waiting for the job", e))
			return -1;
	if (strcmp(b->result, "done") != 0)
		return err_set(e, ERR_SYSTEM, 0, "%s: systemd's job ended with \"%s\"", b->unit, b->result);
	return 0;
}

static int prepare(struct bus *b, const char *id, const char *unit, int timeout_ms, struct err *e)
{
	b->deadline = now_us() + (int64_t)(timeout_ms > 0 ? timeout_ms : SCOPE_TIMEOUT_MS) * MS;
	if (unit ? check_unit(unit, e) : scope_name(id, b->unit, e))
		return -1;
	if (unit)
		(void)snprintf(b->unit, sizeof(b->unit), "%s", unit);
	return load_library(&b->lib, e);
}

int scope_start(const struct scope *s, struct err *e)
{
	struct bus b = { 0 };
	int r;

	if ((s->slice && check_slice(s->slice, e)) || prepare(&b, s->id, s->unit, s->timeout_ms, e))
		return -1;
	r = start(&b, s, e);
	close_bus(&b);
	return r;
}

static int stop(struct bus *b, struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	if (open_bus(b, e))
		return -1;
	r = b->lib.sd_bus_call_method(b->bus, DESTINATION, OBJECT, MANAGER, "StopUnit", &error, NULL, "ss",
				      b->unit, "replace");
	if (r < 0 && b->lib.sd_bus_error_has_name(&error, "org.freedesktop.systemd1.NoSuchUnit")) {
		b->lib.sd_bus_error_free(&error);
		return 0;
	}
	return r < 0 ? failed_call(b, r, &error, "StopUnit", e) : 0;
}

int scope_stop(const char *id, struct err *e)
{
	struct bus b = { 0 };
	int r;

	if (prepare(&b, id, NULL, 0, e))
		return -1;
	r = stop(&b, e);
	close_bus(&b);
	return r;
}
