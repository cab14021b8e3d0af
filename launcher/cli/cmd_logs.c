/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_logs.c - secctr logs.
 *
 * The log's lines are "TIME STREAM F|P TEXT" (monitor/ctrlog.h). What the container wrote is hostile: on a terminal it is
 * shown through str_add_safe() unless --raw; a pipe or file gets the bytes.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launcher/base/io.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/look.h"

struct logs_request {
	bool follow, timestamps, raw;
	const char *tail, *since, *until;
};

static const struct opt logs_opts[] = {
	{ .letter = 'f', .name = "follow", .kind = OPT_FLAG, .offset = OPT_INTO(struct logs_request, follow),
	  .help = "go on until the container has ended" },
	{ .letter = 't', .name = "timestamps", .kind = OPT_FLAG, .offset = OPT_INTO(struct logs_request, timestamps),
	  .help = "with the time of each line" },
	{ .name = "tail", .kind = OPT_TEXT, .offset = OPT_INTO(struct logs_request, tail), .value = "N",
	  .help = "the last N lines only" },
	{ .name = "since", .kind = OPT_TEXT, .offset = OPT_INTO(struct logs_request, since), .value = "TIME",
	  .help = "from this time on (RFC 3339, UTC)" },
	{ .name = "until", .kind = OPT_TEXT, .offset = OPT_INTO(struct logs_request, until), .value = "TIME",
	  .help = "up to this time (RFC 3339, UTC)" },
	{ .name = "raw", .kind = OPT_FLAG, .offset = OPT_INTO(struct logs_request, raw),
	  .help = "bytes as they were written, on a terminal too" },
	OPT_END
};
static const struct opt *const logs_tables[] = { logs_opts, NULL };

enum { LOG_READ_MAX = 1 << 30, LOG_FILES_MAX = 1000, FOLLOW_MS = 100 };

struct printer {
	const struct logs_request *r;
	bool safe[2];			/* stdout, stderr */
	bool middle[2];			/* the last one was a partial line */
};

static int print_line(struct printer *p, const char *line, size_t n, struct err *e)
{
	const char *stream = memchr(line, ' ', n), *kind, *text;
	const char *end = line + n;
	int which;

	/* A line cut off by a crash of the host is not a line of the container. */
	if (!stream || end - stream < 10)
		return 0;
	kind = stream + 8;
	which = memcmp(stream + 1, "stderr", 6) == 0;
	text = kind + 2;
	if ((p->r->since && strncmp(line, p->r->since, strlen(p->r->since)) < 0) ||
	    (p->r->until && strncmp(line, p->r->until, strlen(p->r->until)) > 0))
		return 0;
	if (p->r->timestamps && !p->middle[which])
		fprintf(which ? stderr : stdout, "%.*s ", (int)(stream - line), line);
	if (p->safe[which]) {
		auto_str struct str s = { 0 };

		if (str_add(&s, "", e) || str_add_safe(&s, text, (size_t)(end - text), e))
			return -1;
		fputs(s.text, which ? stderr : stdout);
	} else {
		fwrite(text, 1, (size_t)(end - text), which ? stderr : stdout);
	}
	p->middle[which] = *kind == 'P';
	if (!p->middle[which])
		fputc('\n', which ? stderr : stdout);
	return 0;
}

static int print_text(struct printer *p, const char *text, size_t n, struct err *e)
{
	while (n) {
		const char *nl = memchr(text, '\n', n);
		size_t len = nl ? (size_t)(nl - text) : n;

		if (print_line(p, text, len, e))
			return -1;
		text += len + (nl != NULL);
		n -= len + (nl != NULL);
	}
	return 0;
}

/* Oldest first: ctr.log.N ... ctr.log.1, ctr.log. */
static int read_files(int dir, struct str *all, struct err *e)
{
	char name[32];
	int n = 0;

	do {
		snprintf(name, sizeof(name), "ctr.log.%d", ++n);
	} while (n < LOG_FILES_MAX && faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
	for (int i = n - 1; i >= 0; i--) {
		struct err why;

		if (i)
			snprintf(name, sizeof(name), "ctr.log.%d", i);
		else
			snprintf(name, sizeof(name), "ctr.log");
		if (io_read_file_at(dir, name, LOG_READ_MAX, all, &why) && why.reason != ERR_NOTFOUND) {
			*e = why;
			return -1;
		}
	}
	return 0;
}

static const char *tail_of(const struct str *all, uint64_t lines)
{
	const char *at = all->text + all->len;

	if (at > all->text && at[-1] == '\n')
		at--;
	while (at > all->text) {
		if (at[-1] == '\n' && --lines == 0)
			return at;
		at--;
	}
	return all->text;
}

/* Whole lines that were added since; a rotation shows as a smaller file and starts it anew. */
static int follow(struct context *c, struct printer *p, struct look *l, off_t at, struct err *e)
{
	for (;;) {
		struct look now;
		auto_str struct str more = { 0 };
		auto_close int fd = openat(l->dir, "ctr.log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
		const char *last;
		bool ended;

		look_init(&now);
		if (look_at_id(c, l->state.id, &now, e)) {
			look_done(&now);
			return e->reason == ERR_NOTFOUND ? 0 : -1;
		}
		ended = now.ended;
		look_done(&now);
		if (size < at)
			at = 0;
		if (fd >= 0 && size > at) {
			if (lseek(fd, at, SEEK_SET) < 0 || io_read_to_str(fd, LOG_READ_MAX, "log", &more, e))
				return -1;
			last = memrchr(more.text, '\n', more.len);
			if (last) {
				if (print_text(p, more.text, (size_t)(last - more.text) + 1, e))
					return -1;
				at += last - more.text + 1;
			}
		} else if (ended) {
			return 0;
		}
		if (fflush(stdout))
			return 0;
		(void)poll(NULL, 0, FOLLOW_MS);
	}
}

static int allowed(struct context *c, const struct look *l, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	char uuid[UUID_TEXT + 1];
	int r;

	if (look_plan(l, &sealed, e))
		return -1;
	id_uuid(l->state.id, uuid);
	r = authorize_op(c, sealed_plan(sealed), "logs", &w, e);
	if (r == 0 && sealed_plan(sealed)->monitor.log_driver == PLAN_LOG_JOURNAL)
		r = err_set(e, ERR_STATE, 0, "%s logs to the journal: journalctl CONTAINER_ID_FULL=%s", l->state.name, l->state.id);
	if (r)
		authorize_refused(c, &w, "logs", l->state.name, uuid, e);
	audit_writer_close(&w);
	return r;
}

static int cmd_logs_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	struct printer p = { .r = request };
	auto_str struct str all = { 0 };
	auto_look struct look l;
	const char *from;
	uint64_t lines;

	look_init(&l);
	p.safe[0] = !p.r->raw && isatty(STDOUT_FILENO);
	p.safe[1] = !p.r->raw && isatty(STDERR_FILENO);
	if (p.r->tail && str_to_u64(p.r->tail, 0, UINT32_MAX, "--tail", &lines, e))
		return -1;
	if (look_at(c, operands->item[0], &l, e) || allowed(c, &l, e) || read_files(l.dir, &all, e))
		return -1;
	from = all.text;
	if (p.r->tail && from)
		from = lines ? tail_of(&all, lines) : all.text + all.len;
	if (from && print_text(&p, from, all.len - (size_t)(from - all.text), e))
		return -1;
	(void)fflush(stdout);
	if (!p.r->follow)
		return 0;
	{
		auto_close int fd = openat(l.dir, "ctr.log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

		/* What was written between the reading and now is shown twice rather than not at all. */
		return follow(c, &p, &l, fd >= 0 ? lseek(fd, 0, SEEK_END) : 0, e);
	}
}

const struct command cmd_logs = {
	.name = "logs", .operands = "CONTAINER", .group = "Containers", .brief = "show what a container wrote",
	.mode = OPT_MIXED, .tables = logs_tables, .request_size = sizeof(struct logs_request),
	.min_operands = 1, .max_operands = 1, .run = cmd_logs_main,
};
