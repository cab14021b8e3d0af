/* SPDX-License-Identifier: Apache-2.0 */
/* change.c - see change.h. */
#include "launcher/cli/change.h"

#include <stdio.h>

#include "launcher/cli/authorize.h"

static int change(struct change *x, const char *op, change_fn *fn, const void *arg, struct err *e)
{
	struct err broken;

	if (look_locked(x->c, x->l, &x->lock, e))
		return -1;
	if (!x->l->state.boot_id)
		return err_set(e, ERR_STATE, 0, "container %s was never made whole: remove it", look_name(x->l));
	if (context_who(x->c, e) || (look_plan(x->l, &x->sealed, &broken) == 0 &&
				     authorize_op(x->c, sealed_plan(x->sealed), op, &x->writer, e)))
		return -1;
	return fn(x, arg, e);
}

int change_container(struct context *c, const char *text, const char *op, change_fn *fn, const void *arg, struct err *e)
{
	auto_look struct look l;
	struct change x = { .c = c, .l = &l, .writer = AUDIT_WRITER_CLOSED, .lock = -1 };
	int r;

	look_init(&l);
	if (look_at(c, text, &l, e))
		return -1;
	id_uuid(l.state.id, x.uuid);
	r = change(&x, op, fn, arg, e);
	close_fd_auto(&x.lock);
	if (r)
		authorize_refused(c, &x.writer, op, look_name(&l), x.uuid, e);
	audit_writer_close(&x.writer);
	sealed_free(x.sealed);
	return r;
}

static int write_record(struct change *x, struct audit_record *r, enum audit_mode mode, struct err *e)
{
	return (x->writer.fd < 0 && audit_writer_open(mode, x->c->procfd, &x->writer, e)) || record_end(r, &x->c->origin, true, e) ||
	       audit_write(&x->writer, r, NULL, e) ? -1 : 0;
}

void change_record(struct change *x, struct audit_record *r)
{
	struct err lost = { 0 };

	if (write_record(x, r, AUDIT_TAKE_COUNTER, &lost))
		fprintf(stderr, "secctr: warning: no audit record: %s\n", lost.text);
}

int change_record_first(struct change *x, struct audit_record *r, struct err *e)
{
	struct err lost = { 0 };

	if (write_record(x, r, AUDIT_NEED_READBACK, &lost) == 0)
		return 0;
	if (!x->sealed || sealed_plan(x->sealed)->audit.require) {
		*e = lost;
		return -1;
	}
	fprintf(stderr, "secctr: warning: no audit record: %s\n", lost.text);
	return 0;
}
