/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quick.h - events that a view cannot have a use for, told by a glance (glance.h) and by what the log told before.
 *
 * Most of a log is calls of processes that belong to no container, or not to the one that is asked for. Nothing is learned from
 * them, so they are not taken apart. What is left out here is never shown by the view: a test compares (report_request.slow).
 */
#ifndef SECCTR_AUDIT_REPORT_QUICK_H
#define SECCTR_AUDIT_REPORT_QUICK_H

#include "audit/report/batch.h"
#include "audit/report/report.h"
#include "audit/report/world.h"
#include "audit/report/gather.h"

/* What the view can use of a glance, and which events it will most likely want. */
void quick_way(const struct report_request *q, struct batch_way *ret);
/* ev->rec is not looked at. */
bool quick_skip(const struct report_request *q, struct world *w, const struct gathered *ev);

#endif
