/* SPDX-License-Identifier: Apache-2.0 */
/* glance.c - see glance.h. */
#include "audit/report/glance.h"

#include <string.h>

/* Records of which a call's event is made. */
static const bool is_call[TYPE_COUNT] = {
	[TYPE_SYSCALL] = true, [TYPE_EXECVE] = true, [TYPE_PATH] = true, [TYPE_CWD] = true, [TYPE_PROCTITLE] = true, [TYPE_EOE] = true,
	[TYPE_SOCKADDR] = true, [TYPE_SOCKETCALL] = true, [TYPE_BPRM_FCAPS] = true, [TYPE_CAPSET] = true, [TYPE_MMAP] = true,
	[TYPE_FD_PAIR] = true, [TYPE_OBJ_PID] = true, [TYPE_IPC] = true, [TYPE_AVC] = true, [TYPE_SECCOMP] = true,
	[TYPE_ANOM_ABEND] = true,
};

/* ":secctr_container" anywhere: a context's type stands behind a colon, and few records have many. */
static bool has_label(struct span raw)
{
	static const char label[] = ":secctr_container";
	const char *at = raw.at, *end = at + raw.len;

	while (at < end && (at = memchr(at, ':', (size_t)(end - at)))) {
		if ((size_t)(end - at) >= sizeof(label) - 1 && memcmp(at, label, sizeof(label) - 1) == 0)
			return true;
		at++;
	}
	return false;
}

/* "auid=" or "ses=" anywhere. */
static bool has_stamp(struct span raw)
{
	const char *at = raw.at, *end = at + raw.len, *eq;

	for (; at < end && (eq = memchr(at, '=', (size_t)(end - at))); at = eq + 1) {
		size_t n = (size_t)(eq - raw.at);

		if ((n >= 3 && memcmp(eq - 3, "ses", 3) == 0) || (n >= 4 && memcmp(eq - 4, "auid", 4) == 0))
			return true;
	}
	return false;
}

/* "arch= syscall= [per=] success=": the first one counts. */
static bool succeeded(struct span front)
{
	struct span rest = front;
	struct pair f;

	for (int i = 0; i < 4 && field_next(&rest, &f) && rest.len; i++)
		if (span_is(f.name, "success"))
			return span_is(f.value, "yes");
	return false;
}

static void add_stamped(struct glance *g, enum line_type type, struct span raw, enum glance_depth depth)
{
	struct span front;
	uint32_t ses = 0;
	bool has;

	g->label |= depth >= GLANCE_OWNER && has_label(raw);
	/* auditd's names begin at the last 0x1D; a session in front of any is the kernel's. */
	has = line_session(raw, &ses, &front) && !memchr(front.at, 0x1d, front.len);
	/* A second one of these is rare, and which of them counts is not for here. */
	if (g->stamped || !has)
		g->clear = false;
	g->stamped = has;
	g->ses = ses;
	g->denied |= type != TYPE_SYSCALL;
	g->succeeded = depth >= GLANCE_RESULT && has && type == TYPE_SYSCALL && succeeded(front);
}

void glance_look(struct glance *g, enum line_type type, struct span raw, enum glance_depth depth)
{
	g->calls &= is_call[type];
	if (!g->calls || depth < GLANCE_SESSION)
		return;
	switch (type) {
	case TYPE_SYSCALL: case TYPE_SECCOMP: case TYPE_ANOM_ABEND:
		add_stamped(g, type, raw, depth);
		return;
	case TYPE_AVC:
		g->label |= depth >= GLANCE_OWNER && has_label(raw);
		/* The kernel writes neither there. */
		if (has_stamp(raw))
			g->clear = false;
		g->denied = true;
		return;
	case TYPE_EXECVE:
		g->execve = true;
		return;
	default:
		return;
	}
}

/*
 * Of these join.c learns nothing, and they are nobody's denials. Views that count or show them by their types are not asked for them
 * (quick.c). A command of secctr's own names its container.
 */
static bool is_quiet(const struct line *l)
{
	switch (l->type) {
	case TYPE_USER_LOGOUT: case TYPE_USER_END: case TYPE_USER_AUTH: case TYPE_USER_ACCT: case TYPE_USER_ERR: case TYPE_CRED_ACQ:
	case TYPE_CRED_DISP: case TYPE_CRED_REFR: case TYPE_USER: case TYPE_USER_TTY: case TYPE_SERVICE_START: case TYPE_SERVICE_STOP:
		return true;
	case TYPE_USER_CMD:
		return !span_has(l->body, "uuid=");
	default:
		return false;
	}
}

void glance_user(struct glance *g, const struct line *l, enum glance_depth depth)
{
	struct span rest = l->head;
	bool known = false;
	uint32_t unused;
	struct pair f;

	if (!is_quiet(l))
		return;
	g->quiet = true;
	if (depth < GLANCE_SESSION)
		return;
	/* As facts.c: the last number of each name counts, and a session where there is a login UID. */
	g->ses = UINT32_MAX;
	while (field_next(&rest, &f))
		if (span_is(f.name, "ses"))
			(void)span_to_u32(f.value, &g->ses);
		else if (span_is(f.name, "auid"))
			known |= span_to_u32(f.value, &unused);
	g->stamped = known;
	g->label = has_label(l->head);
}
