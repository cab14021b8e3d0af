/* SPDX-License-Identifier: Apache-2.0 */
/* quick.c - see quick.h. */
#include "audit/report/quick.h"

#include <string.h>

enum { FRONT = 110 };	/* bytes of a SYSCALL record that stand in front of ses= in any case */

/* Records of which a call's event is made. Nothing is learned from any. */
static const bool is_call[TYPE_COUNT] = {
	[TYPE_SYSCALL] = true, [TYPE_EXECVE] = true, [TYPE_PATH] = true, [TYPE_CWD] = true, [TYPE_PROCTITLE] = true, [TYPE_EOE] = true,
	[TYPE_SOCKADDR] = true, [TYPE_SOCKETCALL] = true, [TYPE_BPRM_FCAPS] = true, [TYPE_CAPSET] = true, [TYPE_MMAP] = true,
	[TYPE_FD_PAIR] = true, [TYPE_OBJ_PID] = true, [TYPE_IPC] = true, [TYPE_AVC] = true, [TYPE_SECCOMP] = true,
	[TYPE_ANOM_ABEND] = true,
};

/* What is not split yet, else the head: the kernel's part in both, as none of these has a body. */
static struct span raw_of(const struct line *l)
{
	return l->rest ? (struct span){ l->rest, (size_t)(l->end - l->rest) } : l->head;
}

static bool find_session(struct span raw, uint32_t *ret)
{
	size_t skip = raw.len > FRONT ? FRONT : 0;
	const char *at = memmem(raw.at + skip, raw.len - skip, " ses=", 5), *end = raw.at + raw.len, *stop;

	/* It is no text of a program's: those stand in quotes without a blank, or in hex. */
	if (!at && skip)
		at = memmem(raw.at, raw.len, " ses=", 5);
	if (!at)
		return false;
	at += 5;
	for (stop = at; stop < end && *stop >= '0' && *stop <= '9';)
		stop++;
	return span_to_u32((struct span){ at, (size_t)(stop - at) }, ret);
}

enum owner { OWNER_UNKNOWN, OWNER_ANOTHER, OWNER_WANTED };

/* Whose is the session? The first evidence that join.c goes by, and where it is a container's the only one. */
static enum owner owner_of(const struct report_request *q, struct world *w, const struct gathered *ev, uint32_t ses)
{
	const struct session *s = ses == UINT32_MAX ? NULL : world_session(w, ev->node, ev->boot, ses);
	bool one = q->view == REPORT_CONTAINER || q->container;

	if (!s || (!s->fresh && !s->container))
		return OWNER_UNKNOWN;
	return s->fresh || !one || w->container[s->container - 1].wanted ? OWNER_WANTED : OWNER_ANOTHER;
}

bool quick_skip(const struct report_request *q, struct world *w, const struct gathered *ev)
{
	const struct line *with_session = NULL;
	uint32_t ses = UINT32_MAX;
	bool container_label = false;
	enum owner owner;

	for (size_t i = 0; i < ev->n; i++) {
		const struct line *l = &ev->rec[i];

		if (!is_call[l->type])
			return false;
		if (l->type == TYPE_SYSCALL || l->type == TYPE_SECCOMP || l->type == TYPE_ANOM_ABEND)
			with_session = with_session ? with_session : l;
	}
	switch (q->view) {
	case REPORT_IMAGE: case REPORT_POLICY: case REPORT_SPOOF: case REPORT_GAPS:
		return true;
	case REPORT_WHY:
		return false;
	default:
		break;
	}
	if (with_session && !find_session(raw_of(with_session), &ses))
		return false;
	if (q->view == REPORT_SESSION)
		return with_session && ses != q->session;
	owner = owner_of(q, w, ev, ses);
	if (owner != OWNER_UNKNOWN)
		return owner == OWNER_ANOTHER;
	/* Ancestry needs every call of the session. */
	if (w->pids)
		return false;
	for (size_t i = 0; i < ev->n && !container_label; i++)
		if (ev->rec[i].type == TYPE_AVC || &ev->rec[i] == with_session)
			container_label = span_has(raw_of(&ev->rec[i]), ":secctr_container");
	return !container_label;
}
