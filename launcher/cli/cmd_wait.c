/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_wait.c - secctr wait.
 *
 * A container's states are files that are replaced by rename in its directory, so the kernel tells of each change
 * (inotify(7)); only a monitor that was killed writes nothing, which its pidfd tells. Nothing is asked again and again.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "launcher/cli/authorize.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/latest.h"
#include "launcher/cli/look.h"

struct wait_request {
	bool ignore, latest;
	struct opt_list condition;
	const char *interval;
};

static const struct opt wait_opts[] = {
	{ .name = "condition", .kind = OPT_LIST, .offset = OPT_INTO(struct wait_request, condition),
	  .value = "created|running|paused|exited|stopped|restarting", .help = "wait for this state (default stopped); may be repeated" },
	{ .name = "ignore", .kind = OPT_FLAG, .offset = OPT_INTO(struct wait_request, ignore),
	  .help = "a container that does not exist is no error: -1" },
	{ .letter = 'i', .name = "interval", .kind = OPT_TEXT, .offset = OPT_INTO(struct wait_request, interval),
	  .value = "TIME", .help = "taken for Podman's sake: nothing is polled" },
	LATEST_OPT(struct wait_request),
	OPT_END
};
static const struct opt *const wait_tables[] = { wait_opts, NULL };

static void wait_done(void *request)
{
	opt_list_done(&((struct wait_request *)request)->condition);
}

static bool holds(const struct wait_request *r, const struct look *l)
{
	const char *word = container_status_words[l->state.status];
	bool ended = l->state.status == CONTAINER_EXITED || l->state.status == CONTAINER_RESTARTING;

	if (!r->condition.len)
		return ended;
	for (size_t i = 0; i < r->condition.len; i++)
		if (strcmp(r->condition.item[i], word) == 0 || (ended && (strcmp(r->condition.item[i], "stopped") == 0 ||
									  strcmp(r->condition.item[i], "exited") == 0)))
			return true;
	return false;
}

static int check(const struct wait_request *r, struct err *e)
{
	int64_t usec;

	for (size_t i = 0; i < r->condition.len; i++) {
		const char *word = r->condition.item[i];
		bool known = strcmp(word, "stopped") == 0;

		for (int k = CONTAINER_CREATED; k <= CONTAINER_RESTARTING; k++)
			known |= k != CONTAINER_STOPPING && strcmp(container_status_words[k], word) == 0;
		if (!known)
			return err_set(e, ERR_USAGE, 0,
				       "--condition %.32s: created, running, paused, exited, stopped or restarting", word);
	}
	/* podman: a number alone is milliseconds there and seconds here; neither matters. */
	return r->interval ? str_to_usec(r->interval, "--interval", &usec, e) : 0;
}

static int allowed(struct context *c, const struct look *l, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	char uuid[UUID_TEXT + 1];
	struct err broken;
	int r;

	if (look_plan(l, &sealed, &broken))
		return 0;
	r = authorize_op(c, sealed_plan(sealed), "wait", &w, e);
	if (r) {
		id_uuid(l->state.id, uuid);
		authorize_refused(c, &w, "wait", look_name(l), uuid, e);
	}
	audit_writer_close(&w);
	return r;
}

/* Until something changed in the directory, or the monitor is gone. */
static int wait_change(struct context *c, const struct look *l, int watch, struct err *e)
{
	auto_close int monitor = look_is_live(l) ? look_monitor(c, l) : -1;
	struct pollfd p[2] = { { .fd = watch, .events = POLLIN }, { .fd = monitor, .events = POLLIN } };
	char events[4096];

	if (poll(p, ARRAY_LEN(p), -1) < 0 && errno != EINTR)
		return err_set(e, ERR_SYSTEM, errno, "poll");
	if (p[0].revents && read(watch, events, sizeof(events)) < 0 && errno != EAGAIN)
		return err_set(e, ERR_SYSTEM, errno, "inotify");
	return 0;
}

static int watch_dir(struct context *c, const struct look *l, struct err *e)
{
	auto_close int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[64];

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "inotify");
	(void)c;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", l->dir);
	if (inotify_add_watch(fd, path, IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_ONLYDIR) < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "container %s: watching it", look_name(l));
	return take_fd(&fd);
}

/* The exit code of the last run that ended, as podman: 0 before the first. */
static int64_t code_of(const struct look *l)
{
	return l->ended ? l->exit.exit_code : 0;
}

static int wait_one(struct context *c, const struct wait_request *r, struct look *l, int64_t *ret, struct err *e)
{
	auto_close int watch = watch_dir(c, l, e);
	auto_free char *id = NULL;

	if (watch < 0 || str_copy(l->state.id, &id, e))
		return -1;
	for (;;) {
		struct look now;
		struct err why;

		/* After the watch was set, so that no change is missed. */
		look_init(&now);
		if (look_at_id(c, id, &now, &why)) {
			look_done(&now);
			/* --rm: what was seen last is what there was; the end itself may have gone with the rest. */
			if (why.reason == ERR_NOTFOUND && exit_record_read(l->dir, &l->exit, &why) == 0)
				l->ended = true;
			if (why.reason != ERR_NOTFOUND)
				return err_set(e, why.reason, why.sys, "%s", why.text);
			if (!l->ended && look_is_live(l))
				return err_set(e, ERR_NOTFOUND, 0, "container %s was removed before its exit code was read", look_name(l));
			break;
		}
		look_done(l);
		*l = now;
		if (holds(r, l))
			break;
		if (wait_change(c, l, watch, e))
			return -1;
	}
	*ret = code_of(l);
	return 0;
}

static int cmd_wait_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct wait_request *r = request;
	auto_opt_list struct opt_list named = { 0 };
	auto_free char *newest = NULL;

	if (check(r, e) || latest_in_front(c, r->latest, 0, &operands, &named, &newest, e))
		return -1;
	for (size_t i = 0; i < operands->len; i++) {
		auto_look struct look l;
		int64_t code;

		look_init(&l);
		if (look_at(c, operands->item[i], &l, e)) {
			if (!r->ignore || e->reason != ERR_NOTFOUND)
				return -1;
			printf("-1\n");
			continue;
		}
		if (allowed(c, &l, e) || wait_one(c, r, &l, &code, e))
			return -1;
		printf("%lld\n", (long long)code);
		if (fflush(stdout))
			return err_set(e, ERR_SYSTEM, errno, "standard output");
	}
	return 0;
}

const struct command cmd_wait = {
	.name = "wait", .operands = "CONTAINER...", .group = "Containers",
	.brief = "wait until containers have ended, and print their exit codes",
	.mode = OPT_MIXED, .tables = wait_tables, .request_size = sizeof(struct wait_request), .done = wait_done,
	.max_operands = SIZE_MAX, .run = cmd_wait_main,
};
