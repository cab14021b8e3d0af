/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.c - manifest.json by a table. */
#include "audit/evidence/manifest.h"

#include <stdio.h>
#include <string.h>

#include "audit/evidence/sha.h"
#include "audit/evidence/stamp.h"
#include "audit/evidence/tar.h"
#include "launcher/base/json.h"

const char *const manifest_range_words[] = { "", "continuous", "period", NULL };

static const struct field member_fields[] = {
	FIELD_STR(struct manifest_member, "name", name, FIELD_NEED),
	FIELD_U64(struct manifest_member, "size", size, FIELD_NEED),
	FIELD_STR(struct manifest_member, "sha256", sha256, FIELD_NEED),
	FIELD_END
};

static const struct field position_fields[] = {
	FIELD_STR(struct manifest_position, "event", event, 0),
	FIELD_STR(struct manifest_position, "sha256", sha256, 0),
	FIELD_END
};

static const struct field manifest_fields[] = {
	FIELD_STR(struct manifest, "format", format, FIELD_NEED),
	FIELD_U64(struct manifest, "version", version, FIELD_NEED),
	FIELD_U64(struct manifest, "sequence", sequence, FIELD_NEED),
	FIELD_STR(struct manifest, "created", created, FIELD_NEED),
	FIELD_U64(struct manifest, "created_sec", created_sec, FIELD_NEED),
	FIELD_STR(struct manifest, "host", host, FIELD_NEED),
	FIELD_STR(struct manifest, "boot_id", boot_id, 0),
	FIELD_STR(struct manifest, "program", program, 0),
	FIELD_STR(struct manifest, "previous", previous, 0),
	FIELD_STR(struct manifest, "signer_kind", signer_kind, FIELD_NEED),
	FIELD_STR(struct manifest, "signer_key_sha256", signer_key, FIELD_NEED),
	FIELD_STR(struct manifest, "signer_pem_sha256", signer_pem, FIELD_NEED),
	FIELD_STR(struct manifest, "timestamp_url", stamp_url, 0),
	FIELD_STR(struct manifest, "timestamp_nonce", stamp_nonce, 0),
	FIELD_STR(struct manifest, "timestamp_policy", stamp_policy, 0),
	FIELD_ENUM(struct manifest, "range", range, FIELD_NEED, manifest_range_words),
	FIELD_U64(struct manifest, "start_ms", start_ms, 0),
	FIELD_U64(struct manifest, "end_ms", end_ms, 0),
	FIELD_BOOL(struct manifest, "follows", follows, FIELD_NEED),
	FIELD_U64(struct manifest, "lines", lines, FIELD_NEED),
	FIELD_U64(struct manifest, "bad_lines", bad_lines, 0),
	FIELD_STR(struct manifest, "first", first, 0),
	FIELD_STR(struct manifest, "last", last, 0),
	FIELD_STR(struct manifest, "chain_sha256", chain, FIELD_NEED),
	FIELD_OBJ(struct manifest, "position", position, 0, position_fields),
	FIELD_LIST(struct manifest, "members", members, FIELD_NEED, member_fields, struct manifest_member),
	FIELD_END
};

void manifest_init(struct manifest *m)
{
	memset(m, 0, sizeof(*m));
	fields_init(manifest_fields, m);
}

void manifest_done(struct manifest *m)
{
	fields_done(manifest_fields, m);
}

struct manifest_member *manifest_add(struct manifest *m, const char *name, struct err *e)
{
	struct manifest_member *new;

	if (m->members.len == MANIFEST_MEMBERS_MAX) {
		(void)err_set(e, ERR_LIMIT, 0, "%.64s: a bundle has at most %d members", name, MANIFEST_MEMBERS_MAX);
		return NULL;
	}
	new = field_list_add(&m->members, member_fields, sizeof(*new));
	if (!new)
		(void)err_set(e, ERR_SYSTEM, ENOMEM, "manifest");
	return new && str_copy(name, &new->name, e) == 0 ? new : NULL;
}

int manifest_write(const struct manifest *m, char **ret, struct err *e)
{
	auto_json json_t *j = NULL;
	auto_free char *text = NULL;

	if (fields_to_json(manifest_fields, m, &j, e) || json_pretty(j, &text, e) || str_print(ret, e, "%s\n", text))
		return -1;
	if (strlen(*ret) <= MANIFEST_BYTES_MAX)
		return 0;
	free_ptr_auto(ret);
	return err_set(e, ERR_LIMIT, 0, "manifest: longer than %d bytes", MANIFEST_BYTES_MAX);
}

static int bad(const char *what, struct err *e)
{
	return err_set(e, ERR_INPUT, 0, MANIFEST_NAME ": %s", what);
}

/* What the rest of the program takes for granted. */
static int check(const struct manifest *m, struct err *e)
{
	const struct manifest_member *member = m->members.item;
	bool first = m->sequence == 1;

	if (strcmp(m->format, MANIFEST_FORMAT) != 0)
		return bad("not of a bundle of secctr", e);
	if (m->version != MANIFEST_VERSION)
		return bad("of another version of secctr", e);
	if (!m->sequence || m->sequence > MANIFEST_SEQUENCE_MAX || first != !m->previous)
		return bad("sequence and previous do not fit together", e);
	if ((m->previous && !sha_is_hex(m->previous)) || !sha_is_hex(m->chain) || !sha_is_hex(m->signer_key) || !sha_is_hex(m->signer_pem) ||
	    (m->position.sha256 && !sha_is_hex(m->position.sha256)))
		return bad("not a SHA-256", e);
	if (!m->stamp_url != !m->stamp_nonce || (m->stamp_nonce && !stamp_nonce_ok(m->stamp_nonce)) ||
	    (m->stamp_policy && (!m->stamp_url || !stamp_policy_ok(m->stamp_policy))))
		return bad("a time stamp that cannot be", e);
	if (m->members.len > MANIFEST_MEMBERS_MAX)
		return err_set(e, ERR_LIMIT, 0, MANIFEST_NAME ": more than %d members", MANIFEST_MEMBERS_MAX);
	for (size_t i = 0; i < m->members.len; i++) {
		if (!tar_name_ok(member[i].name) || !sha_is_hex(member[i].sha256) || member[i].size > TAR_SIZE_MAX)
			return bad("a member that cannot be", e);
		for (size_t k = 0; k < i; k++)
			if (strcmp(member[i].name, member[k].name) == 0)
				return bad("a member twice", e);
	}
	return 0;
}

int manifest_read(const char *text, size_t n, struct manifest *ret, struct err *e)
{
	auto_json json_t *j = NULL;

	if (n > MANIFEST_BYTES_MAX)
		return err_set(e, ERR_LIMIT, 0, MANIFEST_NAME ": longer than %d bytes", MANIFEST_BYTES_MAX);
	return json_read(text, n, MANIFEST_NAME, &j, e) || fields_from_json(manifest_fields, j, MANIFEST_NAME, true, NULL, ret, e) ||
	       check(ret, e) ? -1 : 0;
}

void manifest_prefix(uint64_t sequence, char ret[static MANIFEST_PREFIX])
{
	(void)snprintf(ret, MANIFEST_PREFIX, MANIFEST_FORMAT "-%06u", (unsigned)(sequence % (MANIFEST_SEQUENCE_MAX + 1)));
}
