/* SPDX-License-Identifier: Apache-2.0 */
/* reference.c - reading and printing image references. */
#include "launcher/store/reference.h"

#include <string.h>

#include "launcher/base/digest.h"

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

void reference_done(struct reference *r)
{
	free(r->registry);
	free(r->name);
	free(r->tag);
	free(r->digest);
	*r = (struct reference){ 0 };
}

/* [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* for each component between slashes. */
static bool name_ok(const char *p)
{
	if (strlen(p) > REFERENCE_NAME_MAX)
		return false;
	for (;;) {
		size_t n = strspn(p, LOWER DIGITS), sep;

		if (n == 0)
			return false;
		p += n;
		if (!*p)
			return true;
		if (*p == '/' || *p == '.')
			sep = 1;
		else if (*p == '_')
			sep = p[1] == '_' ? 2 : 1;
		else
			sep = strspn(p, "-");
		if (sep == 0)
			return false;
		p += sep;
	}
}

static bool tag_ok(const char *p)
{
	size_t n = strlen(p);

	return n >= 1 && n <= REFERENCE_TAG_MAX && *p != '.' && *p != '-' &&
	       strspn(p, LOWER UPPER DIGITS "._-") == n;
}

/* Dot-separated labels that neither begin nor end with '-', then perhaps ":PORT". */
static bool registry_ok(const char *p)
{
	size_t host = strcspn(p, ":");

	if (p[host] == ':') {
		size_t port = strspn(p + host + 1, DIGITS);

		if (port < 1 || port > 5 || p[host + 1 + port])
			return false;
	}
	for (const char *label = p;;) {
		size_t n = strspn(label, LOWER UPPER DIGITS "-");

		if (n == 0 || *label == '-' || label[n - 1] == '-')
			return false;
		label += n;
		if (label == p + host)
			return true;
		if (*label++ != '.')
			return false;
	}
}

static bool is_registry(const char *first)
{
	return strpbrk(first, ".:") || strcmp(first, "localhost") == 0;
}

/* Cuts `text` into its parts; they point into it. */
static void split(char *text, struct reference *r)
{
	char *at = strchr(text, '@'), *slash, *colon;

	*r = (struct reference){ .name = text };
	if (at) {
		*at = 0;
		r->digest = at + 1;
	}
	slash = strrchr(text, '/');
	colon = strrchr(slash ? slash : text, ':');
	if (colon) {
		*colon = 0;
		r->tag = colon + 1;
	}
	slash = strchr(text, '/');
	if (!slash)
		return;
	*slash = 0;
	if (is_registry(text)) {
		r->registry = text;
		r->name = slash + 1;
	} else {
		*slash = '/';
	}
}

int reference_parse(const char *text, struct reference *ret, struct err *e)
{
	auto_reference struct reference got = { 0 };
	auto_free char *copy = NULL;
	struct reference part;

	if (strlen(text) > REFERENCE_MAX)
		return err_set(e, ERR_INPUT, 0, "image reference: longer than %d bytes", REFERENCE_MAX);
	if (str_copy(text, &copy, e) < 0)
		return -1;
	split(copy, &part);
	if (part.registry && !registry_ok(part.registry))
		return err_set(e, ERR_INPUT, 0, "image reference %s: bad registry", text);
	if (!name_ok(part.name))
		return err_set(e, ERR_INPUT, 0, "image reference %s: the name must be lower-case letters and digits, "
			       "with single '.', '_', '__' or '-' between, at most %d bytes", text, REFERENCE_NAME_MAX);
	if (part.tag && !tag_ok(part.tag))
		return err_set(e, ERR_INPUT, 0, "image reference %s: bad tag", text);
	if (part.digest && !digest_is_valid(part.digest))
		return err_set(e, ERR_INPUT, 0, "image reference %s: the digest is not sha256: and 64 hex digits", text);
	if (str_copy(part.registry, &got.registry, e) < 0 || str_copy(part.name, &got.name, e) < 0 ||
	    str_copy(part.tag, &got.tag, e) < 0 || str_copy(part.digest, &got.digest, e) < 0)
		return -1;
	*ret = got;
	got = (struct reference){ 0 };
	return 0;
}

int reference_print(const struct reference *r, const char *registry, char **ret, struct err *e)
{
	const char *where = r->registry ? r->registry : registry;
	auto_free char *text = NULL;
	bool hub, plain;

	if (strcmp(where, "index.docker.io") == 0)
		where = "docker.io";
	hub = strcmp(where, "docker.io") == 0;
	plain = !strchr(r->name, '/');
	if (hub && plain && strlen(r->name) > REFERENCE_NAME_MAX - strlen("library/"))
		return err_set(e, ERR_INPUT, 0, "image reference %s: the name with library/ in front is longer than %d bytes",
			       r->name, REFERENCE_NAME_MAX);
	if (str_print(&text, e, "%s/%s%s%s%s", where, hub && plain ? "library/" : "", r->name,
		      r->digest ? "@" : ":", r->digest ? r->digest : r->tag ? r->tag : "latest") < 0)
		return -1;
	if (strlen(text) > REFERENCE_MAX)
		return err_set(e, ERR_INPUT, 0, "image reference %s: whole, longer than %d bytes", text, REFERENCE_MAX);
	*ret = take_ptr(&text);
	return 0;
}

int image_reference_normalise(const char *text, char **ret, struct err *e)
{
	auto_reference struct reference r = { 0 };

	return reference_parse(text, &r, e) < 0 ? -1 : reference_print(&r, "docker.io", ret, e);
}
