/* SPDX-License-Identifier: Apache-2.0 */
/* image_op.c - records of operations on images, and names that people give. */
#include "launcher/cli/image_op.h"

#include <stdio.h>
#include <string.h>

#include "launcher/cli/authorize.h"
#include "launcher/store/reference.h"

void image_op_done(struct image_op *op)
{
	audit_writer_close(&op->w);
}

static int record(struct image_op *op, enum audit_event event, const char *path, const char *digest, struct err *e)
{
	struct audit_record r;

	if (context_who(op->c, e) || (op->w.fd < 0 && audit_writer_open(AUDIT_NEED_READBACK, op->c->procfd, &op->w, e)))
		return -1;
	record_begin(&r, event, "cli", NULL, NULL);
	record_str(&r, "path", path);
	if (digest)
		record_word(&r, "digest", digest);
	return record_end(&r, &op->c->origin, true, e) || audit_write(&op->w, &r, NULL, e) ? -1 : 0;
}

void image_op_record(struct image_op *op, enum audit_event event, const char *path, const char *digest)
{
	struct err lost = { 0 };

	if (record(op, event, path, digest, &lost))
		fprintf(stderr, "secctr: warning: no audit record of %s %.128s: %s\n", op->word, path, lost.text);
}

int image_op_refused(struct image_op *op, const struct err *why)
{
	authorize_refused(op->c, &op->w, op->word, NULL, NULL, why);
	return -1;
}

int image_new_name(const char *text, char **ret, struct err *e)
{
	auto_reference struct reference r = { 0 };

	if (reference_parse(text, &r, e))
		return -1;
	if (r.digest)
		return err_set(e, ERR_INPUT, 0, "image reference %s: a name cannot be given with a digest", text);
	return reference_print(&r, "localhost", ret, e);
}

int image_own_name(const struct image *i, const char *text, const char **ret, struct err *e)
{
	static const char *const registries[] = { "localhost", "docker.io" };
	auto_reference struct reference r = { 0 };

	if (reference_parse(text, &r, e))
		return -1;
	for (size_t k = 0; k < ARRAY_LEN(registries); k++) {
		auto_free char *ref = NULL;

		if (reference_print(&r, registries[k], &ref, e))
			return -1;
		for (size_t n = 0; n < i->refs.len; n++)
			if (strcmp(i->refs.item[n], ref) == 0) {
				*ret = i->refs.item[n];
				return 0;
			}
	}
	return err_set(e, ERR_NOTFOUND, 0, "image %.19s has no name %s", i->digest, text);
}
