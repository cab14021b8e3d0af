/* SPDX-License-Identifier: Apache-2.0 */
/* pulling.c - see pulling.h. */
#include "launcher/cli/pulling.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/writer.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/program.h"
#include "launcher/cli/pull_progress.h"
#include "launcher/image/certs.h"
#include "launcher/image/credentials.h"
#include "launcher/image/pull.h"
#include "launcher/image/registries.h"

enum { TRIES_DEFAULT = 3, TRIES_MAX = 100, WAIT_DEFAULT_MS = 1000 };

/* What a pull works with; each place twice where it is insecure: with TLS, and without. */
struct pull_work {
	struct registry_places places;
	struct remote *remote;
	size_t n;
	struct pull_options options;
	char *fetch, *registry;
};

static void work_done(struct pull_work *w)
{
	for (size_t i = 0; i < w->n; i++)
		remote_done(&w->remote[i]);
	free(w->remote);
	registry_places_done(&w->places);
	free(w->fetch);
	free(w->registry);
}

/* Docker Hub answers under another name than it is called by. */
static const char *host_of(const struct registry_place *p)
{
	return strcmp(p->host, "docker.io") == 0 ? "registry-1.docker.io" : p->host;
}

static int set_credentials(struct remote *r, const struct pull_request *q, const struct registry_place *p, struct err *e)
{
	const char *file = q->authfile ? q->authfile : getenv("REGISTRY_AUTH_FILE");

	if (q->creds)
		return credentials_split(q->creds, &r->user, &r->password, e);
	return credentials_find(file && *file ? file : NULL, p->host, p->repository, &r->user, &r->password, e);
}

static int add_remote(struct pull_work *w, const struct pull_request *q, const struct registry_place *p, bool tls, bool insecure, struct err *e)
{
	struct remote *more = reallocarray(w->remote, w->n + 1, sizeof(*more)), *r;

	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "registry");
	w->remote = more;
	r = &more[w->n++];
	*r = (struct remote){ .program = w->registry, .plain = insecure, .unverified = insecure, .only_without_answer = !tls };
	if (str_print(&r->base, e, "%s://%s", tls ? "https" : "http", host_of(p)) < 0 || str_copy(p->repository, &r->repository, e) < 0 ||
	    set_credentials(r, q, p, e) < 0)
		return -1;
	return certs_load(q->cert_dir, p->host, &r->ca, &r->cert, &r->key, e);
}

static int add_remotes(struct pull_work *w, const struct pull_request *q, struct err *e)
{
	for (size_t i = 0; i < w->places.n; i++) {
		const struct registry_place *p = &w->places.place[i];
		const bool insecure = q->tls_verify < 0 ? p->insecure : !q->tls_verify;

		if (add_remote(w, q, p, true, insecure, e) < 0 || (insecure && add_remote(w, q, p, false, true, e) < 0))
			return -1;
	}
	return 0;
}

static int set_word(char to[static JOB_PLATFORM_MAX + 1], const char *text, size_t n, const char *what, struct err *e)
{
	static const char *const other[][2] = { { "x86_64", "amd64" }, { "aarch64", "arm64" }, { "i386", "386" }, { "armhf", "arm" } };

	if (!n || n > JOB_PLATFORM_MAX || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") < n)
		return err_set(e, ERR_USAGE, 0, "%s %.64s: lower-case letters and digits, at most %d", what, text, JOB_PLATFORM_MAX);
	snprintf(to, JOB_PLATFORM_MAX + 1, "%.*s", (int)n, text);
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		if (strcmp(to, other[i][0]) == 0)
			strcpy(to, other[i][1]);
	return 0;
}

/* OS/ARCH[/VARIANT], or each by its own option. */
static int set_platform(struct job_platform *to, const struct pull_request *q, struct err *e)
{
	const char *p = q->platform, *arch, *variant;

	if (p && (q->arch || q->os || q->variant))
		return err_set(e, ERR_USAGE, 0, "--platform and --arch, --os or --variant: one of the two");
	if (p) {
		arch = strchr(p, '/');
		if (!arch)
			return err_set(e, ERR_USAGE, 0, "--platform %.64s: not OS/ARCH[/VARIANT]", p);
		variant = strchr(arch + 1, '/');
		if (set_word(to->os, p, (size_t)(arch - p), "--platform", e) < 0 ||
		    set_word(to->architecture, arch + 1, variant ? (size_t)(variant - arch - 1) : strlen(arch + 1), "--platform", e) < 0)
			return -1;
		return variant ? set_word(to->variant, variant + 1, strlen(variant + 1), "--platform", e) : 0;
	}
	return (q->os && set_word(to->os, q->os, strlen(q->os), "--os", e) < 0) ||
	       (q->arch && set_word(to->architecture, q->arch, strlen(q->arch), "--arch", e) < 0) ||
	       (q->variant && set_word(to->variant, q->variant, strlen(q->variant), "--variant", e) < 0) ? -1 : 0;
}

static int set_options(struct pull_options *o, const struct pull_request *q, struct err *e)
{
	uint64_t tries = TRIES_DEFAULT;
	int64_t wait = WAIT_DEFAULT_MS * 1000ll;

	if ((q->retry && str_to_u64(q->retry, 0, TRIES_MAX, "--retry", &tries, e)) ||
	    (q->retry_delay && str_to_usec(q->retry_delay, "--retry-delay", &wait, e)))
		return -1;
	if (wait > DOWNLOAD_WAIT_MAX_MS * 1000ll)
		return err_set(e, ERR_USAGE, 0, "--retry-delay: at most %d seconds", DOWNLOAD_WAIT_MAX_MS / 1000);
	o->download.tries = (unsigned)tries;
	o->download.wait_ms = (unsigned)(wait / 1000);
	return set_platform(&o->platform, q, e);
}

static int resolve(const char *text, struct registry_places *ret, struct err *e)
{
	const char *conf = getenv("CONTAINERS_REGISTRIES_CONF");
	auto_registries struct registries r = { 0 };

	return registries_load(conf && *conf ? conf : NULL, &r, e) < 0 ? -1 : registries_resolve(&r, text, ret, e);
}

/* Whether what the registry has may be in the store: its digest, and who said so. */
static int record_verdict(struct context *c, const struct pull_work *w, const struct pull_result *r, const char *reason, bool good, struct err *e)
{
	struct audit_writer writer = AUDIT_WRITER_CLOSED;
	struct audit_record record;
	int rc = context_who(c, e) || audit_writer_open(AUDIT_NEED_READBACK, c->procfd, &writer, e) ? -1 : 0;

	if (rc == 0) {
		record_begin(&record, EV_IMAGE_PULL, reason, NULL, NULL);
		record_str(&record, "path", w->places.name);
		record_word(&record, "digest", r->image.text[0] ? r->image.text : r->top.text);
		record_word(&record, "registry", w->remote[r->place].base + (str_starts(w->remote[r->place].base, "https://") ? 8 : 7));
		rc = record_end(&record, &c->origin, good, e) || audit_write(&writer, &record, NULL, e) ? -1 : 0;
	}
	audit_writer_close(&writer);
	return rc;
}

static int pull(struct context *c, struct pull_work *w, struct pull_view *v, struct err *e)
{
	const struct reference *ref = &w->places.ref;
	struct pull_result result;
	struct err lost = { 0 };
	int rc;

	w->options.fetch = w->fetch;
	w->options.progress = pull_view_progress;
	w->options.progress_arg = v;
	pull_view_say(v, "Trying to pull %s...", w->places.name);
	rc = image_pull(&c->store, w->remote, w->n, ref->digest ? ref->digest : ref->tag ? ref->tag : "latest", w->places.name, &w->options, &result, e);
	if (rc == 0 && result.fetched)
		pull_view_say(v, "Writing manifest to image destination");
	pull_view_end(v);
	/* The image runs nothing by being there; what runs it needs a record of its own. */
	if ((rc == 0 || result.top.text[0]) && record_verdict(c, w, &result, rc ? err_word(e->reason) : "cli", rc == 0, &lost))
		fprintf(stderr, "secctr: warning: no audit record of this image: %s\n", lost.text);
	return rc;
}

/* Podman's own way to write it. Other places are read by other commands. */
static int strip_transport(const char **text, struct err *e)
{
	static const char *const archives[] = { "docker-archive:", "oci-archive:", "oci:", "dir:", "docker-daemon:", "containers-storage:" };

	if (str_starts(*text, "docker://"))
		*text += strlen("docker://");
	for (size_t i = 0; i < ARRAY_LEN(archives); i++)
		if (str_starts(*text, archives[i]))
			return err_set(e, ERR_USAGE, 0, "%.128s: no registry: `secctr load` reads archives and layouts", *text);
	return 0;
}

int pull_image(struct context *c, const struct pull_request *q, const char *text, struct image *ret, struct err *e)
{
	AUTO(work_done) struct pull_work w = { 0 };
	struct pull_view v = { .quiet = q->quiet, .terminal = isatty(STDERR_FILENO) };
	auto_free char *own = NULL;

	if (context_store(c, e) || strip_transport(&text, e) || set_options(&w.options, q, e) || resolve(text, &w.places, e) ||
	    program_own(&own, e) || program_beside(own, "secctr-fetch", &w.fetch, e) || program_beside(own, "secctr-registry", &w.registry, e) ||
	    add_remotes(&w, q, e))
		return -1;
	if (pull(c, &w, &v, e))
		return err_context(e, "%.256s", w.places.name);
	return image_resolve(&c->store, w.places.name, ret, e);
}

int pull_when_read(const char *text, enum pull_when *ret, struct err *e)
{
	static const struct {
		const char *word;
		enum pull_when is;
	} words[] = {
		{ "missing", PULL_WHEN_MISSING }, { "never", PULL_WHEN_NEVER }, { "always", PULL_WHEN_ALWAYS }, { "newer", PULL_WHEN_NEWER },
		/* What --pull was in front of them. */
		{ "true", PULL_WHEN_MISSING }, { "false", PULL_WHEN_NEVER },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].word, text) == 0) {
			*ret = words[i].is;
			return 0;
		}
	return err_set(e, ERR_INPUT, 0, "%.32s: always, missing, never or newer", text);
}

/* Whether the name leads anywhere: localhost is where images are that came from no registry. */
static bool can_be_pulled(const char *text)
{
	auto_registry_places struct registry_places p = { 0 };
	auto_reference struct reference r = { 0 };
	struct err ignored;

	return reference_parse(text, &r, &ignored) == 0 && !(r.registry && strcmp(r.registry, "localhost") == 0) && resolve(text, &p, &ignored) == 0;
}

int pull_for_run(struct context *c, const struct pull_request *q, enum pull_when when, const char *text, struct err *e)
{
	auto_image struct image i, pulled;
	struct err why = { 0 };
	bool here;

	image_init(&i);
	image_init(&pulled);
	if (when == PULL_WHEN_NEVER)
		return 0;
	if (context_store(c, e))
		return -1;
	here = image_resolve(&c->store, text, &i, &why) == 0;
	/* What is wrong with it otherwise the start will say. */
	if (!here && why.reason != ERR_NOTFOUND)
		return 0;
	if (when <= PULL_WHEN_MISSING && (here || (when == PULL_WHEN_DEFAULT && !can_be_pulled(text))))
		return 0;
	if (pull_image(c, q, text, &pulled, e) == 0)
		return 0;
	/* As Podman: what is there is good enough where nothing newer can be had. */
	if (when == PULL_WHEN_NEWER && here && e->reason != ERR_DIGEST)
		return 0;
	return -1;
}
