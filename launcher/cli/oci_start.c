/* SPDX-License-Identifier: Apache-2.0 */
/* oci_start.c - secctr-runtime start: the record of the start, then the gate, which the container's monitor opens. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "launcher/base/proc.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/oci.h"
#include "launcher/cli/start_records.h"
#include "launcher/monitor/frames.h"

struct starting {
	struct context *c;
	struct look *l;
	struct sealed_plan *sealed;
	struct audit_writer writer;
	struct runtime_made made;
	struct cgroup cgroup;
	struct seccomp_filters filters;
	bool recorded;
};

static int may_start(const struct look *l, struct err *e)
{
	if (l->state.status == CONTAINER_CREATED && look_is_live(l))
		return 0;
	return err_set(e, ERR_STATE, 0, "container %s is %s, not created: it is started once", oci_id(&l->state), oci_status(l));
}

static int open_writer(struct starting *s, struct err *e)
{
	struct err why;

	if (audit_writer_open(AUDIT_NEED_READBACK, s->c->procfd, &s->writer, &why) == 0)
		return 0;
	if (sealed_plan(s->sealed)->audit.require) {
		*e = why;
		return -1;
	}
	return 0;
}

static struct start_facts facts_of(const struct starting *s)
{
	return (struct start_facts){
		.part = START_ALONE, .sealed = s->sealed, .origin = &s->c->origin, .c = s->c, .made = &s->made, .cgroup = &s->cgroup,
		.filters = &s->filters, .pid = (pid_t)s->l->state.monitor_pid, .own_ses = (uint32_t)s->l->state.ses,
		.from_ses = s->c->who.ses,
	};
}

/* Of the process that waits at its gate: its number is its own while its monitor has its pidfd and nobody reaped it. */
static int find_init(struct starting *s, struct err *e)
{
	auto_close int pidfd = look_live_pidfd(s->c, s->l, e);
	char path[64];
	struct stat st;

	if (pidfd < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%lld/ns/pid", (long long)s->l->state.pid);
	if (fstatat(s->c->procfd, path, &st, 0))
		return err_set(e, ERR_SYSTEM, errno, "container %s: its PID name space", oci_id(&s->l->state));
	s->made.pid = (pid_t)s->l->state.pid;
	s->made.pid_ns = st.st_ino;
	return 0;
}

static int write_record(struct starting *s, struct audit_event_id *id, struct err *e)
{
	const struct start_facts f = facts_of(s);

	if (s->writer.fd < 0)
		return 0;
	s->recorded = true;
	return start_records_write(&f, &s->writer, id, e) || audit_writer_check(&s->writer, e) ? -1 : 0;
}

static int64_t now_usec(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Whoever sees the program run finds it running in the store. */
static int write_state(struct starting *s, const char *event, struct err *e)
{
	struct container_state *st = &s->l->state;

	free(st->start_event);
	st->start_event = NULL;
	st->status = CONTAINER_RUNNING;
	st->started = now_usec();
	return str_copy(*event ? event : NULL, &st->start_event, e) || container_state_write(s->l->dir, st, e) ? -1 : 0;
}

static int open_gate(struct starting *s, int socket, const char *event, struct err *e)
{
	enum frame_type type;
	union {
		struct err failed;
		char room[FRAME_DATA_MAX];
	} from;
	size_t n = sizeof(from);
	int r;

	if (frame_send(socket, FRAME_START, event, strlen(event), 1))
		return err_set(e, ERR_SYSTEM, errno, "container %s: its monitor", oci_id(&s->l->state));
	r = frame_recv(socket, &type, &from, &n, 1);
	if (r == 1 && type == FRAME_STARTED)
		return 0;
	if (r == 1 && type == FRAME_FAILED && n == sizeof(from.failed)) {
		from.failed.text[ERR_TEXT_MAX - 1] = '\0';
		*e = from.failed;
		return -1;
	}
	return err_set(e, ERR_STATE, r < 0 ? errno : 0, "container %s ended before it was started", oci_id(&s->l->state));
}

static int start_locked(struct starting *s, struct err *e)
{
	auto_close int lock = -1, socket = -1;
	char event[AUDIT_EVENT_ID_TEXT] = "";
	struct audit_event_id id = { 0 };

	if (context_who(s->c, e) || look_locked(s->c, s->l, &lock, e) || may_start(s->l, e) || look_plan(s->l, &s->sealed, e) ||
	    open_writer(s, e) || authorize_op(s->c, sealed_plan(s->sealed), "start", &s->writer, e) || find_init(s, e))
		return -1;
	socket = look_connect(s->c, s->l, e);
	if (socket < 0 || write_record(s, &id, e))
		return -1;
	if (id.serial)
		audit_event_id_text(&id, event);
	return write_state(s, event, e) || open_gate(s, socket, event, e) ? -1 : 0;
}

int oci_start(struct context *c, struct look *l, struct err *e)
{
	struct starting s = { .c = c, .l = l, .writer = AUDIT_WRITER_CLOSED, .made = RUNTIME_MADE_INIT, .cgroup = CGROUP_INIT };
	int r = start_locked(&s, e);
	bool runs = r == 0;

	/* What the monitor ended has its stop record from there. */
	if (r && !s.recorded && e->reason != ERR_NOTFOUND) {
		char uuid[UUID_TEXT + 1];

		id_uuid(l->state.id, uuid);
		authorize_refused(c, &s.writer, "start", l->state.name, uuid, e);
	}
	audit_writer_close(&s.writer);
	if (runs)
		r = oci_hooks_poststart(c, l, sealed_plan(s.sealed), e);
	sealed_free(s.sealed);
	return r;
}

static int start_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_look struct look l;

	(void)request;
	look_init(&l);
	return oci_look(c, operands->item[0], &l, e) || oci_start(c, &l, e) ? -1 : 0;
}

const struct command oci_cmd_start = {
	.name = "start", .operands = "ID", .group = "Containers", .brief = "run the program of a container that was created",
	.mode = OPT_MIXED, .request_size = 0, .min_operands = 1, .max_operands = 1, .run = start_main,
};
