/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c - findings, and a verdict that came from another process made safe to show: for both sides. */
#include "audit/evidence/verify.h"

#include <stdarg.h>
#include <stdio.h>

void verify_found(struct verdict *v, const char *member, uint64_t line, const char *event, const char *fmt, ...)
{
	struct verify_finding *f = &v->finding[v->told];
	va_list ap;

	v->findings += v->findings < UINT32_MAX;
	if (v->told == VERIFY_FINDINGS_MAX)
		return;
	v->told++;
	*f = (struct verify_finding){ .line = line };
	(void)snprintf(f->member, sizeof(f->member), "%s", member ? member : "");
	(void)snprintf(f->event, sizeof(f->event), "%s", event ? event : "");
	va_start(ap, fmt);
	(void)vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

static void end_text(char *text, size_t room)
{
	text[room - 1] = '\0';
	str_make_safe(text);
}

void verdict_make_safe(struct verdict *v)
{
	if (v->told > VERIFY_FINDINGS_MAX)
		v->told = VERIFY_FINDINGS_MAX;
	if (v->findings < v->told)
		v->findings = v->told;
	for (size_t i = 0; i < VERIFY_FINDINGS_MAX; i++) {
		end_text(v->finding[i].member, sizeof(v->finding[i].member));
		end_text(v->finding[i].event, sizeof(v->finding[i].event));
		end_text(v->finding[i].text, sizeof(v->finding[i].text));
	}
	end_text(v->head, sizeof(v->head));
	end_text(v->previous, sizeof(v->previous));
	end_text(v->host, sizeof(v->host));
	end_text(v->first, sizeof(v->first));
	end_text(v->last, sizeof(v->last));
	end_text(v->position_event, sizeof(v->position_event));
	end_text(v->position_sha256, sizeof(v->position_sha256));
	end_text(v->by.key_sha256, sizeof(v->by.key_sha256));
	end_text(v->by.subject, sizeof(v->by.subject));
	end_text(v->stamp.by, sizeof(v->stamp.by));
}
