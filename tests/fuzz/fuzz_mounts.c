/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_mounts.c - -v, --mount and --tmpfs; the first byte chooses which.
 *
 * What passes, and plan_check() behind it, has canonical paths and numbers in range; and a mount that was asked to
 * be read-only in any spelling is not writable. Sources are real paths of this machine: only read, never mounted.
 */
#include "launcher/base/ids.h"
#include "launcher/base/path.h"
#include "launcher/cli/request_mounts.h"
#include "tests/fuzz/fuzz.h"

static struct plan *any_plan(void)
{
	struct plan *p = NULL;
	struct err e;

	DEMAND(plan_new(&p, &e) == 0);
	DEMAND(str_copy("0011223344556677001122334455667700112233445566770011223344556677", &p->id, &e) == 0);
	DEMAND(str_copy("web", &p->name, &e) == 0 && str_copy("/srv", &p->root.path, &e) == 0);
	DEMAND(strv_add(&p->process.argv, "sh", &e) == 0);
	return p;
}

static void in_range(const struct plan_mount *m)
{
	auto_free char *real = NULL;
	struct err e;

	DEMAND(m->kind == PLAN_MOUNT_BIND || m->kind == PLAN_MOUNT_VOLUME || m->kind == PLAN_MOUNT_TMPFS || m->kind == PLAN_MOUNT_DEVPTS);
	DEMAND(path_is_canonical(m->target) && m->target[1]);
	DEMAND(m->size == FIELD_NONE || m->size >= 0);
	DEMAND(m->mode == FIELD_NONE || (m->mode >= 0 && m->mode <= 07777));
	DEMAND(!m->standard && (m->kind == PLAN_MOUNT_BIND || m->kind == PLAN_MOUNT_VOLUME) == !!m->source);
	if (m->kind == PLAN_MOUNT_VOLUME)
		DEMAND(name_check("volume", m->source, &e) == 0);
	if (m->kind != PLAN_MOUNT_BIND)
		return;
	real = realpath(m->source, NULL);
	DEMAND(path_is_canonical(m->source) && (!real || strcmp(real, m->source) == 0));
}

/* The last word of --mount that is about writing decides; only these say "writable". */
static void writable_only_if_said(const char *text, const struct plan_mount *m)
{
	static const char *const yes[] = { "rw", "rw=1", "rw=t", "rw=T", "rw=true", "rw=True", "rw=TRUE" };
	static const char *const no[] = { "0", "f", "F", "false", "False", "FALSE" };
	auto_free char *copy = strdup(text);
	char *rest = copy, *word, last[64] = "";

	while ((word = strsep(&rest, ",")))
		if ((str_starts(word, "ro") || str_starts(word, "rw")) && (!word[2] || word[2] == '='))
			snprintf(last, sizeof(last), "%s", word);
		else if (str_starts(word, "readonly") && (!word[8] || word[8] == '='))
			snprintf(last, sizeof(last), "ro%s", word + 8);
	if (!last[0] || m->readonly)
		return;
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		if (strcmp(last, yes[i]) == 0)
			return;
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (str_starts(last, "ro=") && strcmp(last + 3, no[i]) == 0)
			return;
	DEMAND(!"read-only was asked for");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fuzz_input in = { bytes, n };
	int which = fuzz_byte(&in) % 3;
	auto_free char *text = fuzz_word(&in);
	auto_plan struct plan *p = any_plan();
	const struct run_request r = { 0 };
	const struct store nothing = STORE_INIT;	/* type=image finds none */
	struct building b = { .r = &r, .store = &nothing, .p = p };
	struct err e = { 0 };
	int rc = which == 0 ? request_volume(p, text, &e) : which == 1 ? request_mount(&b, text, &e) : request_tmpfs(p, text, &e);

	if (rc) {
		fuzz_refused(&e);
		return 0;
	}
	DEMAND(p->mounts.len == 1);
	if (which == 1)
		writable_only_if_said(text, PLAN_MOUNT(p, 0));
	if (plan_check(p, &e) == 0)
		in_range(PLAN_MOUNT(p, 0));
	return 0;
}
