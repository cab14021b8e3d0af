/* SPDX-License-Identifier: Apache-2.0 */
/* exec_records.c - see exec_records.h. */
#include "launcher/cli/exec_records.h"

#include <unistd.h>

int exec_records_start(const struct exec_facts *f, struct audit_writer *w, struct err *e)
{
	struct audit_record r[2];

	if (w->fd < 0)
		return 0;
	record_begin(&r[0], EV_EXEC, f->reason, f->vm, f->uuid);
	record_u64(&r[0], "vm-pid", (uint64_t)getpid());
	record_u64(&r[0], "init-pid", (uint64_t)f->pid);
	record_u64(&r[0], "own-ses", f->ses);
	record_u64(&r[0], "from-ses", f->c->who.ses);
	if (f->id[0])
		record_word(&r[0], "exec-id", f->id);
	if (record_end(&r[0], &f->c->origin, true, e) ||
	    record_begin_long_command(&r[1], f->process->cwd, (const char *const *)f->process->argv.item, f->vm, f->uuid, e) ||
	    record_end(&r[1], &f->c->origin, true, e) || audit_write_many(w, r, 2, NULL, e))
		return err_context(e, "the record of the command");
	return 0;
}

int exec_records_end(const struct exec_facts *f, int code, int sig, struct err *e)
{
	enum audit_mode mode = f->require ? AUDIT_NEED_READBACK : AUDIT_TAKE_COUNTER;
	auto_audit_writer struct audit_writer w = AUDIT_WRITER_CLOSED;
	struct audit_record r;

	if (audit_writer_open(mode, f->c->procfd, &w, e))
		return -1;
	record_begin(&r, EV_EXEC_END, sig ? "killed" : "exited", f->vm, f->uuid);
	record_u64(&r, "init-pid", (uint64_t)f->pid);
	record_u64(&r, "exit", (uint64_t)code);
	record_u64(&r, "sig", (uint64_t)sig);
	record_u64(&r, "own-ses", f->ses);
	record_word(&r, "exec-id", f->id);
	return record_end(&r, &f->c->origin, true, e) || audit_write(&w, &r, NULL, e) ? -1 : 0;
}
