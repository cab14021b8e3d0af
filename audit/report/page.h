/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.h - the whole log as one HTML file (--format html): what is kept while events go by, and the file that is made of it.
 *
 * A page is for reading, so it has a size: the bounds below, some 5 MB, 30 MB if all its text is quotes. Counts are of everything;
 * what is not shown is said where it is missing, with the command that shows it.
 *
 * Which events are kept, when there are too many: of each container the same number (the fewer, the more containers), and of one
 * container first secctr's own records of its life, then findings, then denials, then the rest; of the same kind the oldest. So
 * neither a busy container nor one that makes denials on purpose pushes another's story out, or the record of its own start.
 * Which containers, beyond PAGE_CONTAINERS: those with findings, then those with denials, then those that were seen last.
 *
 * The file has no link to anything outside and a Content-Security-Policy that lets its own style and script be used, by
 * digest (page_assets.c), and nothing else. The script only filters; all text stands in the file as HTML (html.h), none in the script.
 */
#ifndef SECCTR_AUDIT_REPORT_PAGE_H
#define SECCTR_AUDIT_REPORT_PAGE_H

#include "audit/report/describe.h"
#include "audit/report/html.h"
#include "audit/report/view.h"

enum {
	PAGE_ROWS = 10000,		/* events */
	PAGE_BYTES = 4 << 20,		/* of their words */
	PAGE_WORDS = 1000,		/* bytes of one event's; `secctr why` shows the rest */
	PAGE_CONTAINERS = 500,		/* with a section of their own */
	PAGE_PEOPLE = 200,		/* the same */
	PAGE_PAIRS = 8192,		/* who was in which container */
	PAGE_PERSON_CONTAINERS = 50,	/* of these shown for one person */
	PAGE_SESSIONS = 20,		/* shown for one container */
	PAGE_FINDINGS = 300,		/* in the list of all */
	PAGE_DRAWN = 50,		/* containers in the drawing */
	PAGE_MARKS = 80,		/* of one container there */
	PAGE_BUCKETS = 120,		/* columns of the drawing's counts */
	PAGE_TALLIES = 200,		/* images, and policies */
};

/* From the one that is left out first. */
enum page_class { PAGE_PLAIN, PAGE_DENIED, PAGE_FOUND, PAGE_LIFE };
enum page_mark { MARK_NONE, MARK_START, MARK_STOP, MARK_EXEC, MARK_DENIED, MARK_FOUND };

struct page_row {
	struct stamp stamp;
	uint64_t order;
	const char *note;		/* a literal, or NULL: why it is a finding */
	uint32_t slot, node, auid, ses;
	uint32_t at, len;		/* its words */
	uint8_t class, mark, by, result;
	bool known, cut, denied;	/* auid and ses are; its words are; */
};

/* A section: 0 what has no container, 1 what is about auditing itself, then containers. */
enum { SLOT_HOST, SLOT_AUDITING, SLOT_FIRST, SLOTS = SLOT_FIRST + PAGE_CONTAINERS };
struct page_slot {
	uint32_t container;		/* index + 1 */
	int floor;			/* events of this class and below are not kept any more; -1: all are */
	uint64_t events;
	size_t from, n;			/* its rows, once they are sorted */
};

struct page_of {			/* by a container's index */
	uint32_t slot, events, commands, denied, found;
	uint64_t last_ms;
};

struct page_person {
	uint32_t auid;
	uint64_t events, logins, starts, execs, commands, denied, found, first_ms, last_ms;
};

struct page_pair {
	uint32_t auid, container;	/* index + 1; 0: free */
	uint32_t events, commands, denied;
};

struct page {
	struct page_row *row;		/* up to PAGE_ROWS */
	size_t rows, row_room;
	struct str text, words;
	struct describe describe;
	struct page_slot slot[SLOTS];
	size_t slots;
	struct page_of *of;
	size_t ofs;
	struct page_person person[PAGE_PEOPLE];
	size_t people;
	uint16_t person_slot[1024];
	struct page_pair *pair;		/* PAGE_PAIRS * 2, where there is any */
	size_t pairs;
	struct { uint32_t events, denied; } bucket[PAGE_BUCKETS];
	uint64_t base_ms, width_ms;
	uint64_t order;
	uint64_t events, commands, denied, forged, unattributed, odd, logins;
	uint64_t others, pairs_lost;	/* events of people beyond PAGE_PEOPLE; of pairs beyond PAGE_PAIRS */
	uint64_t first_ms, last_ms;
	uint32_t *first_session, *next_session;	/* of a container's, index + 1; for page_write() */
};

int page_new(struct page **ret, struct err *e) MUST_CHECK;
void page_free(struct page *g);		/* NULL is fine */

/* An event of the log; what has to do with no container, no login and no finding is passed over. */
int page_event(struct report *p, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct err *e) MUST_CHECK;
/* A finding about auditing itself that is no event: a gap. */
int page_finding(struct report *p, const struct stamp *s, uint32_t node, const char *words, struct err *e) MUST_CHECK;
/* Rows by section and time; sections in the order of time (page_slot.from, n). */
void page_sort(struct report *p);
/* The file. */
int page_write(struct report *p, struct err *e) MUST_CHECK;

/* page_assets.c: the style and the script, and what the policy calls them. */
extern const char page_css[], page_js[];
extern const char *const page_css_digest, *const page_js_digest;	/* "sha256-..." */

#endif
