/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.h - secctr-report: a report is made by a process without privilege, of descriptors that it is given.
 *
 * Privileged side: reader_run() starts the program with the inputs, standard output and error, and one end of a socket; it
 * answers what that asks for (names of numbers), feeds a live log, and takes the result. Unprivileged side (reader_main.c): reads
 * the job, enters launcher/base/powerless.h, runs report_run().
 *
 *	0 /dev/null   1 where it writes to   2 the caller's   3 the job   4 the socket   5... the inputs
 *
 * If the reader is taken over by a log, it can say anything in the report, and what user names the host's accounts have. It can open,
 * change, connect to and start nothing.
 */
#ifndef SECCTR_AUDIT_REPORT_READER_H
#define SECCTR_AUDIT_REPORT_READER_H

#include "audit/report/lines.h"
#include "audit/report/report.h"

enum { READER_JOB_FD = 3, READER_SOCKET_FD, READER_INPUT_FD };
enum {
	READER_TEXT_MAX = 512,			/* of a subject, a login; with the NUL */
	READER_BYTES = 768 << 20,		/* address space; what is used of it is a third */
};

/* Of the inputs: a report, or their lines. */
enum reader_task { READER_REPORT, READER_LINES };

struct reader_job {
	uint32_t task;
	struct lines_request lines;
	uint32_t view, format, session, inputs, width;
	uint64_t start_ms, end_ms;
	uint64_t made_ms;
	bool all, follow, colour, has_subject, has_container, has_user, has_host;
	char subject[READER_TEXT_MAX], container[READER_TEXT_MAX], user[READER_TEXT_MAX], host[READER_TEXT_MAX];
};

/* One message each way at a time. */
enum reader_ask { READER_NAME = 1, READER_DONE, READER_FAILED };
struct reader_message {
	uint32_t ask, uid;			/* uid: of READER_NAME; of READER_DONE what came of it: lines_copy()'s ret_found */
	struct err err;				/* of READER_FAILED */
};
struct reader_answer {
	uint32_t known;
	char name[NAMES_TEXT_MAX];
};

/*
 * The report goes to q->out. `follow`: NULL, or the path of a log (a file or a directory with audit.log) that is read on
 * from its present end, through rotations, until a signal; it comes behind the inputs.
 */
int reader_run(const char *program, const struct report_request *q, struct report_input *in, const char *follow, struct err *e) MUST_CHECK;

/* The lines go to `out`, a file; see lines.h. */
int reader_lines(const char *program, const struct lines_request *q, struct report_input *in, int out, bool *ret_found,
		 struct err *e) MUST_CHECK;

#endif
