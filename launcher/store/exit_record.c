/* SPDX-License-Identifier: Apache-2.0 */
/* exit_record.c - exit.json of a container. Linked into the static monitor: base only. */
#include "launcher/store/exit_record.h"

#include <string.h>

#include "launcher/base/io.h"
#include "launcher/base/json.h"

enum { EXIT_RECORD_MAX = 64 << 10 };	/* bytes; the longest error text is far below */

const struct field exit_record_fields[] = {
	FIELD_STR(struct exit_record, "id", id, FIELD_NEED),
	FIELD_INT(struct exit_record, "run", run, 0),
	FIELD_INT(struct exit_record, "exit_code", exit_code, 0),
	FIELD_INT(struct exit_record, "signal", signal, 0),
	FIELD_BOOL(struct exit_record, "oom_killed", oom_killed, 0),
	FIELD_STR(struct exit_record, "reason", reason, FIELD_NEED),
	FIELD_STR(struct exit_record, "error", error, 0),
	FIELD_INT(struct exit_record, "finished", finished, 0),
	FIELD_BOOL(struct exit_record, "destroy_recorded", destroy_recorded, 0),
	FIELD_STR(struct exit_record, "stop_event", stop_event, 0),
	FIELD_END
};

void exit_record_init(struct exit_record *r)
{
	memset(r, 0, sizeof(*r));
	fields_init(exit_record_fields, r);
	r->run = 0;
	r->signal = 0;
	r->finished = 0;
}

void exit_record_done(struct exit_record *r)
{
	fields_done(exit_record_fields, r);
}

int exit_record_write(int dir, const struct exit_record *r, struct err *e)
{
	auto_free char *text = NULL;
	auto_json json_t *j = NULL;

	if (fields_to_json(exit_record_fields, r, &j, e) < 0 || json_canonical(j, &text, e) < 0)
		return -1;
	return io_replace_file_at(dir, "exit.json", text, strlen(text), 0600, e);
}

static int parse(const struct str *text, struct exit_record *r, struct err *e)
{
	auto_exit_record struct exit_record got;
	auto_json json_t *j = NULL;

	exit_record_init(&got);
	if (text->len == 0)
		return err_set(e, ERR_NOTFOUND, 0, "exit.json: empty since a power cut");
	if (json_read(text->text, text->len, "exit.json", &j, e) < 0 ||
	    fields_from_json(exit_record_fields, j, "exit.json", true, NULL, &got, e) < 0)
		return -1;
	exit_record_done(r);
	*r = got;
	exit_record_init(&got);
	return 0;
}

int exit_record_read(int dir, struct exit_record *r, struct err *e)
{
	auto_str struct str text = { 0 };

	return io_read_file_at(dir, "exit.json", EXIT_RECORD_MAX, &text, e) ? -1 : parse(&text, r, e);
}

int exit_record_read_below(int dir, const char *path, struct exit_record *r, struct err *e)
{
	auto_str struct str text = { 0 };

	return io_read_file_below(dir, path, EXIT_RECORD_MAX, &text, e) ? -1 : parse(&text, r, e);
}
