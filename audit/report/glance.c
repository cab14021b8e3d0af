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

void glance_begin(struct glance *g)
{
	*g = (struct glance){ .calls = true, .clear = true };
}

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

	g->label |= has_label(raw);
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

void glance_add(struct glance *g, enum line_type type, struct span raw, enum glance_depth depth)
{
	g->calls &= is_call[type];
	if (!g->calls || depth < GLANCE_OWNER)
		return;
	switch (type) {
	case TYPE_SYSCALL: case TYPE_SECCOMP: case TYPE_ANOM_ABEND:
		add_stamped(g, type, raw, depth);
		return;
	case TYPE_AVC:
		g->label |= has_label(raw);
		/* The kernel writes neither there. */
		if (span_has(raw, "auid=") || span_has(raw, "ses="))
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
