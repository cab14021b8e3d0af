/* SPDX-License-Identifier: Apache-2.0 */
/* frame.c - writing and reading frames. */
#include "launcher/image/frame.h"

#include <string.h>

#include "launcher/base/io.h"

struct head {
	uint32_t type, len;
};

int frame_flush(struct frame_writer *w, struct err *e)
{
	size_t n = w->used;

	w->used = 0;
	return n ? io_write_all(w->fd, w->buf, n, "frame", e) : 0;
}

bool frame_tell_error(struct frame_writer *w, const struct err *e)
{
	const uint32_t reason = (uint32_t)e->reason;
	const struct frame_part part[] = { { &reason, sizeof(reason) }, { e->text, strlen(e->text) } };
	struct err ignored;

	return frame_put(w, FRAME_ERROR, part, ARRAY_LEN(part), &ignored) == 0 && frame_flush(w, &ignored) == 0;
}

static int put_bytes(struct frame_writer *w, const void *p, size_t n, struct err *e)
{
	if (n > sizeof(w->buf) - w->used && frame_flush(w, e) < 0)
		return -1;
	/* Large data goes out as it is. */
	if (n > sizeof(w->buf) / 2)
		return frame_flush(w, e) < 0 ? -1 : io_write_all(w->fd, p, n, "frame", e);
	if (n)
		memcpy(w->buf + w->used, p, n);
	w->used += n;
	return 0;
}

int frame_put(struct frame_writer *w, enum frame_type type, const struct frame_part *part, size_t parts,
	      struct err *e)
{
	struct head head = { .type = type };
	size_t total = 0;

	for (size_t i = 0; i < parts; i++)
		total += part[i].n;
	if (total > FRAME_MAX)
		return err_set(e, ERR_LIMIT, 0, "image parser: a record of %zu bytes, at most %d", total, FRAME_MAX);
	head.len = (uint32_t)total;
	if (put_bytes(w, &head, sizeof(head), e) < 0)
		return -1;
	for (size_t i = 0; i < parts; i++)
		if (put_bytes(w, part[i].p, part[i].n, e) < 0)
			return -1;
	return 0;
}

int frame_get(struct frame_reader *r, struct err *e)
{
	struct head head;

	r->type = FRAME_NONE;
	if (io_read_all(r->fd, &head, sizeof(head), "image parser", e) < 0)
		return -1;
	if (head.type <= FRAME_NONE || head.type >= FRAME_TYPES || head.len > FRAME_MAX)
		return err_set(e, ERR_INTERNAL, 0, "image parser: sent a malformed record (type %u, %u bytes)",
			       head.type, head.len);
	if (io_read_all(r->fd, r->data, head.len, "image parser", e) < 0)
		return -1;
	r->data[head.len] = 0;
	r->type = head.type;
	r->len = head.len;
	return 0;
}
