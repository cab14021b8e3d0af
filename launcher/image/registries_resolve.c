/* SPDX-License-Identifier: Apache-2.0 */
/* registries_resolve.c - where a name leads, by what registries.c has read. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/image/registries.h"

void registry_places_done(struct registry_places *p)
{
	reference_done(&p->ref);
	free(p->name);
	for (size_t i = 0; i < p->n; i++) {
		free(p->place[i].host);
		free(p->place[i].repository);
	}
	free(p->place);
	*p = (struct registry_places){ 0 };
}

/* A name without a registry gets one: by its alias, else the one that is searched. */
static int qualify(const struct registries *r, struct reference *ref, struct err *e)
{
	const char *alias = strv_env(&r->aliases, ref->name);
	auto_reference struct reference to = { 0 };

	if (ref->registry)
		return 0;
	if (alias && *alias) {
		if (reference_parse(alias, &to, e) < 0)
			return -1;
		free(ref->name);
		ref->registry = take_ptr(&to.registry);
		ref->name = take_ptr(&to.name);
		return 0;
	}
	if (r->search.len == 1)
		return str_copy(r->search.item[0], &ref->registry, e);
	if (!r->search.len)
		return err_set(e, ERR_INPUT, 0, "short-name \"%.128s\" did not resolve to an alias and no unqualified-search registries are defined in "
			       "\"" REGISTRIES_CONF "\": name the registry, as docker.io/library/%.128s", ref->name, ref->name);
	return err_set(e, ERR_INPUT, 0, "short-name \"%.128s\" could be in %zu registries (%.64s, %.64s%s): name the one you mean", ref->name, r->search.len,
		       r->search.item[0], r->search.item[1], r->search.len > 2 ? ", ..." : "");
}

/* How much of the name an entry's prefix takes; 0: none. By whole components. */
static size_t matches(const struct registry_entry *x, const char *name)
{
	size_t n = strlen(x->prefix), host = strcspn(name, "/"), bare = strcspn(name, ":/");

	if (str_starts(x->prefix, "*."))
		return bare > n - 1 && strncmp(name + bare - (n - 1), x->prefix + 1, n - 1) == 0 ? host : 0;
	return strncmp(name, x->prefix, n) == 0 && (!name[n] || strchr("/:@", name[n])) && n >= host ? n : 0;
}

/* The longest prefix counts; a wildcard less than any that is spelt out. */
static const struct registry_entry *find(const struct registries *r, const char *name, size_t *ret_n)
{
	const struct registry_entry *best = NULL;
	size_t rank = 0;

	for (size_t i = 0; i < r->n; i++) {
		size_t n = matches(&r->entry[i], name), is = n ? (str_starts(r->entry[i].prefix, "*.") ? 1 : 1024) + strlen(r->entry[i].prefix) : 0;

		if (is > rank) {
			rank = is;
			best = &r->entry[i];
			*ret_n = n;
		}
	}
	return best;
}

/* `location` and what the prefix left of the name, as host and repository. */
static int add_place(struct registry_places *p, const char *location, const char *rest, bool insecure, struct err *e)
{
	struct registry_place *more = reallocarray(p->place, p->n + 1, sizeof(*more));
	auto_reference struct reference ref = { 0 };
	auto_free char *whole = NULL;

	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "registries");
	p->place = more;
	if (str_print(&whole, e, "%s%s", location, rest) < 0)
		return -1;
	if (reference_parse(whole, &ref, e) < 0 || !ref.registry)
		return err_set(e, ERR_INPUT, 0, "%.256s: what registries.conf makes of the name is none", whole);
	more[p->n] = (struct registry_place){ .host = take_ptr(&ref.registry), .repository = take_ptr(&ref.name), .insecure = insecure };
	p->n++;
	return 0;
}

static int add_mirrors(struct registry_places *p, const struct registry_entry *x, const char *rest, struct err *e)
{
	for (size_t i = 0; i < x->n; i++) {
		const struct registry_mirror *m = &x->mirror[i];
		enum registry_use use = x->digest_only ? REGISTRY_USE_DIGEST : m->use;

		if ((use == REGISTRY_USE_DIGEST && !p->ref.digest) || (use == REGISTRY_USE_TAG && p->ref.digest))
			continue;
		if (add_place(p, m->location, rest, m->insecure, e) < 0)
			return -1;
	}
	return 0;
}

int registries_resolve(const struct registries *r, const char *text, struct registry_places *ret, struct err *e)
{
	auto_registry_places struct registry_places p = { 0 };
	auto_reference struct reference whole = { 0 };
	const struct registry_entry *x;
	auto_free char *name = NULL;
	size_t n = 0;

	if (reference_parse(text, &p.ref, e) < 0 || qualify(r, &p.ref, e) < 0 || reference_print(&p.ref, p.ref.registry, &p.name, e) < 0 ||
	    reference_parse(p.name, &whole, e) < 0 || str_print(&name, e, "%s/%s", whole.registry, whole.name) < 0)
		return -1;
	x = find(r, name, &n);
	if (x && x->blocked)
		return err_set(e, ERR_POLICY, 0, "registry %.128s is blocked in %.256s", x->prefix, x->where);
	if (x && add_mirrors(&p, x, name + n, e) < 0)
		return -1;
	if (add_place(&p, x && x->location ? x->location : name, x && x->location ? name + n : "", x && x->insecure, e) < 0)
		return -1;
	*ret = p;
	p = (struct registry_places){ 0 };
	return 0;
}
