/* SPDX-License-Identifier: Apache-2.0 */
/* events.c - the rows of events.h as data. */
#include "audit/events.h"

#include <stddef.h>

const struct audit_event_row audit_event_rows[AUDIT_EVENT_COUNT] = {
#define X(name, t, h, w, ...) \
	[name] = { .type = t, .head = AUDIT_HEAD_##h, .word = w, .fields = { __VA_ARGS__ } },
	AUDIT_EVENTS(X)
#undef X
};
