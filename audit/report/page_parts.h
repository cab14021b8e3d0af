/* SPDX-License-Identifier: Apache-2.0 */
/* page_parts.h - what the sections of a page have in common: cells, tables, links, events. */
#ifndef SECCTR_AUDIT_REPORT_PAGE_PARTS_H
#define SECCTR_AUDIT_REPORT_PAGE_PARTS_H

#include "audit/report/page.h"

void part_cell(struct html *h, const char *text);	/* anybody's; "-" where there is none */
void part_number(struct html *h, uint64_t n, const char *look);
void part_time(struct html *h, uint64_t ms);
/* `caption` and `heads` (NULL-terminated) are our own words; "#Count" heads a column of numbers. */
void part_table(struct html *h, const char *caption, const char *const *heads);
void part_table_end(struct html *h);
void part_fact(struct html *h, const char *name, const char *text);

/* "c-UUID": the name of a container's section. */
void part_container_id(struct report *p, struct html *h, uint32_t container);
void part_container_link(struct report *p, struct html *h, uint32_t container);
bool part_has_person(const struct page *g, uint32_t auid);
void part_person_link(struct report *p, struct html *h, uint32_t auid);

extern const char *const part_event_heads[];
/* `sections`: with a link to the container whose it is. */
void part_event(struct report *p, struct html *h, const struct page_row *r, bool sections);
/* Those of a section, and how many are not there; `how`: the command that shows all, or NULL: that of a container. */
void part_events(struct report *p, struct html *h, const struct page_slot *s, const char *how);

struct page_order { uint32_t slot; uint64_t ms; };
void page_boxes(struct report *p, struct html *h, const struct page_order *order, size_t n);	/* page_boxes.c: containers */
void page_people(struct report *p, struct html *h);						/* page_people.c */
void page_draw(struct report *p, struct html *h, const struct page_order *order, size_t n);	/* page_draw.c */

#endif
