/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_state.c - see bundle_state.h. */
#include "launcher/cli/bundle_state.h"

#include <fcntl.h>
#include <string.h>

#include "audit/evidence/ask.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/base/path.h"

enum { STATE_BYTES_MAX = 16384 };

static const struct field position_fields[] = {
	FIELD_STR(struct manifest_position, "event", event, 0),
	FIELD_STR(struct manifest_position, "sha256", sha256, 0),
	FIELD_END
};
static const struct field last_fields[] = {
	FIELD_U64(struct bundle_last, "sequence", sequence, FIELD_NEED),
	FIELD_STR(struct bundle_last, "head", head, FIELD_NEED),
	FIELD_OBJ(struct bundle_last, "position", position, 0, position_fields),
	FIELD_END
};

void bundle_last_done(struct bundle_last *l)
{
	fields_done(last_fields, l);
}

int bundle_dir(struct context *c, struct err *e)
{
	return context_store(c, e) ? -1 : path_make_private_dir(c->store.lib, "evidence", 0700, e);
}

int bundle_last_read(int dir, struct bundle_last *ret, struct err *e)
{
	auto_bundle_last struct bundle_last got = { 0 };
	auto_json json_t *j = NULL;
	auto_str struct str text = { 0 };
	struct err why;

	if (io_read_file_at(dir, "last.json", STATE_BYTES_MAX, &text, &why)) {
		if (why.reason == ERR_NOTFOUND) {
			memset(ret, 0, sizeof(*ret));
			return 0;
		}
		*e = why;
		return -1;
	}
	if (json_read(text.len ? text.text : "", text.len, "evidence/last.json", &j, e) ||
	    fields_from_json(last_fields, j, "evidence/last.json", true, NULL, &got, e))
		return -1;
	if (!got.sequence || got.sequence > MANIFEST_SEQUENCE_MAX || !sha_is_hex(got.head))
		return err_set(e, ERR_INPUT, 0, "evidence/last.json: damaged; go on from the newest bundle with --previous FILE");
	*ret = got;
	memset(&got, 0, sizeof(got));
	return 0;
}

int bundle_last_write(int dir, const struct bundle_last *l, struct err *e)
{
	auto_free char *text = NULL;
	auto_json json_t *j = NULL;

	return fields_to_json(last_fields, l, &j, e) || json_canonical(j, &text, e) ||
	       io_replace_file_at(dir, "last.json", text, strlen(text), 0600, e) ? -1 : 0;
}

int bundle_last_of(const char *program, const char *path, struct bundle_last *ret, struct err *e)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	auto_bundle_last struct bundle_last got = { 0 };
	struct verdict v;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", path);
	if (evidence_verify(program, fd, &(struct verify_trust){ .who = SIGN_ANY }, &v, e))
		return err_context(e, "%.256s", path);
	if (v.findings || !v.is_bundle)
		return err_set(e, ERR_DIGEST, 0, "%.256s: not a whole bundle: %s: %s", path, v.finding[0].member, v.finding[0].text);
	got.sequence = v.sequence;
	if (str_copy(v.head, &got.head, e) ||
	    (v.position_event[0] && (str_copy(v.position_event, &got.position.event, e) || str_copy(v.position_sha256, &got.position.sha256, e))))
		return -1;
	*ret = got;
	memset(&got, 0, sizeof(got));
	return 0;
}
