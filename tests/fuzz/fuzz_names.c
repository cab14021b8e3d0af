/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_names.c - what stands in paths, units and records: names, ids, paths, digests, and the login session in a
 * process's cgroup, which its owner can choose. Each beside a plain statement of the rule.
 */
#include "audit/identity.h"
#include "launcher/base/digest.h"
#include "launcher/base/ids.h"
#include "launcher/base/path.h"
#include "launcher/base/str.h"
#include "launcher/systemd/scope.h"
#include "tests/fuzz/fuzz.h"

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static void names(const char *text)
{
	size_t n = strlen(text);
	bool good = n > 0 && n <= NAME_MAX_LEN && strspn(text, ALNUM "_.-") == n && strspn(text, ALNUM) > 0;
	char unit[SCOPE_NAME_MAX], uuid[UUID_TEXT + 1];
	struct err e = { 0 };
	int rc = name_check("name", text, &e);

	DEMAND((rc == 0) == good);
	if (rc)
		fuzz_refused(&e);
	if (scope_name(text, unit, &e) == 0)
		DEMAND(strlen(unit) < sizeof(unit) && !strchr(unit, '/') && str_starts(unit, "secctr-") && str_ends(unit, ".scope"));
	DEMAND(id_is_valid(text) == (n == ID_HEX && strspn(text, "0123456789abcdef") == n));
	DEMAND(digest_is_valid(text) == (n == DIGEST_TEXT - 1 && str_starts(text, "sha256:") && id_is_valid(text + 7)));
	if (id_is_valid(text)) {
		id_uuid(text, uuid);
		DEMAND(strlen(uuid) == UUID_TEXT && uuid[14] == '4' && strchr("89ab", uuid[19]));
	}
}

static void paths(const char *text, const char *below)
{
	size_t n = strlen(text);
	bool good = text[0] == '/' && n < 4096 && !strstr(text, "//") && !strstr(text, "/./") && !strstr(text, "/../") &&
		    !str_ends(text, "/.") && !str_ends(text, "/..") && (n == 1 || text[n - 1] != '/');
	bool inside;

	DEMAND(path_is_canonical(text) == good);
	if (!good || !path_is_canonical(below))
		return;
	inside = strcmp(text, "/") == 0 || strcmp(text, below) == 0 || (str_starts(below, text) && below[n] == '/');
	DEMAND(path_has_prefix(below, text) == inside);
}

static void session(const char *cgroup)
{
	struct identity id = { .auid = 1000 };

	identity_cross_check(&id, cgroup, -1);
	DEMAND(id.logind == IDENTITY_LOGIND_NONE && id.session_uid == IDENTITY_UNSET && !id.host[0] && !id.tty[0]);
	DEMAND(strlen(id.session) <= IDENTITY_SESSION_MAX && strspn(id.session, ALNUM) == strlen(id.session));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fuzz_input in = { bytes, n };
	auto_free char *first = fuzz_word(&in), *second = fuzz_word(&in);

	names(first);
	paths(first, second);
	session(second);
	return 0;
}
