/* SPDX-License-Identifier: Apache-2.0 */
/* pull.c - see pull.h. */
#include "launcher/image/pull.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/base/path.h"
#include "launcher/store/images.h"
#include "launcher/store/layers.h"
#include "launcher/store/partials.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* A document, and what it leads to. */
struct pull_document {
	struct str text;
	struct digest digest;
	char media_type[REGISTRY_WORD_MAX + 1];
	struct registry_part *part;
	size_t n;
};

struct pulling {
	const struct store *s;
	const struct pull_options *o;
	struct remote *r;
	struct image_limits limits;
	struct pull_document document[PULL_DOCUMENTS];
	size_t n_documents;
	struct registry_part *blob;	/* those that come */
	size_t n_blobs;
	int partials, tmp;
	char tmp_name[STORE_TMP_NAME];
};

static void document_done(struct pull_document *d)
{
	str_done(&d->text);
	free(d->part);
	*d = (struct pull_document){ 0 };
}

static void forget_documents(struct pulling *p)
{
	while (p->n_documents)
		document_done(&p->document[--p->n_documents]);
}

static void pulling_done(struct pulling *p)
{
	struct err ignored;

	forget_documents(p);
	free(p->blob);
	close_fd_auto(&p->partials);
	/* What cannot be removed now goes with the next store_tmp_make(), as tmp is our lock on it. */
	if (p->tmp >= 0 && path_remove_tree(p->s->tmp, p->tmp_name, &ignored) < 0)
		p->tmp_name[0] = '\0';
	close_fd_auto(&p->tmp);
}

static void report(const struct pulling *p, const struct pull_progress *progress)
{
	if (p->o->progress)
		p->o->progress(p->o->progress_arg, progress);
}

static int add_part(struct pull_document *d, const struct transfer *t, const struct image_limits *limits, struct err *e)
{
	struct registry_part *more = reallocarray(d->part, d->n + 1, sizeof(*more));

	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "manifest");
	d->part = more;
	/* A configuration and the layers. */
	if (d->n > limits->layers)
		return err_set(e, ERR_LIMIT, 0, "manifest: more than %ju layers", (uintmax_t)limits->layers);
	if (transfer_part(t, &d->part[d->n], e) < 0)
		return -1;
	if ((uint64_t)d->part[d->n].size > (d->part[d->n].kind == REGISTRY_PART_LAYER ? limits->layer_bytes : limits->document_bytes))
		return err_set(e, ERR_LIMIT, 0, "%s: %jd bytes, which is too much", d->part[d->n].digest.text, (intmax_t)d->part[d->n].size);
	d->n++;
	return 0;
}

static int take_bytes(struct pull_document *d, const struct transfer *t, const struct image_limits *limits, struct err *e)
{
	if (t->in->len > limits->document_bytes - d->text.len)
		return err_set(e, ERR_LIMIT, 0, "manifest: more than %ju bytes", (uintmax_t)limits->document_bytes);
	return str_add_bytes(&d->text, t->in->data, t->in->len, e);
}

static int take_document(struct transfer *t, struct pull_document *d, const struct image_limits *limits, struct err *e)
{
	enum transfer_event event = TRANSFER_NOTHING;

	while (event != TRANSFER_END) {
		if (transfer_step(t, &event, e) < 0 || (event == TRANSFER_BODY && take_bytes(d, t, limits, e) < 0) ||
		    (event == TRANSFER_PART && add_part(d, t, limits, e) < 0))
			return -1;
	}
	/* Two processes tell parts of one document only where ours is not what it should be. */
	strcpy(d->media_type, t->reply.media_type);
	if (!d->text.len)
		return err_set(e, ERR_INPUT, 0, "the registry sends an empty manifest");
	return digest_bytes(d->text.text, d->text.len, &d->digest, e);
}

/* By tag or digest; `wanted` may be NULL. */
static int get_once(struct pulling *p, const char *what, const char *wanted, struct err *e)
{
	auto_transfer struct transfer t = TRANSFER_INIT;
	struct pull_document *d = &p->document[p->n_documents];

	p->n_documents++;
	if (transfer_begin(&t, p->r, REGISTRY_MANIFEST, what, 0, e) < 0 || take_document(&t, d, &p->limits, e) < 0)
		return -1;
	if (wanted && strcmp(d->digest.text, wanted) != 0)
		return err_set(e, ERR_DIGEST, 0, "manifest %s: what the registry sent has the digest %s", wanted, d->digest.text);
	return 0;
}

/* A manifest is short: with what broke off nothing is lost. */
static int get_document(struct pulling *p, const char *what, const char *wanted, struct err *e)
{
	uint64_t wait = p->o->download.wait_ms;

	for (unsigned in_vain = 1;; in_vain++) {
		if (get_once(p, what, wanted, e) == 0)
			return 0;
		if ((e->reason != ERR_SYSTEM && e->reason != ERR_TIMEOUT) || in_vain > p->o->download.tries)
			return -1;
		document_done(&p->document[--p->n_documents]);
		(void)usleep((useconds_t)((wait < DOWNLOAD_WAIT_MAX_MS ? wait : DOWNLOAD_WAIT_MAX_MS) * 1000));
		wait *= 2;
	}
}

static const struct pull_document *last(const struct pulling *p)
{
	return &p->document[p->n_documents - 1];
}

static bool leads_on(const struct pull_document *d)
{
	return d->n == 1 && (d->part[0].kind == REGISTRY_PART_INDEX || d->part[0].kind == REGISTRY_PART_MANIFEST);
}

/* For another platform than was asked for it counts as missing: secctr-fetch then refuses it, as it would have the first time. */
static bool image_is_here(const struct pulling *p, const char *digest)
{
	const struct spec_platform wanted = job_platform_of(&p->o->platform);
	struct spec_platform is;
	auto_image struct image i;
	struct err ignored;

	image_init(&i);
	if (image_resolve(p->s, digest, &i, &ignored) < 0 || strcmp(i.digest, digest) != 0)
		return false;
	is = (struct spec_platform){ .os = i.os, .architecture = i.architecture };
	return spec_platform_fits(&is, &wanted) && image_still_there(p->s, digest, &i.diff_ids, &ignored) == 0;
}

/* It is there, whole: only its name may be new. Looked at again under the lock. */
static int name_it(const struct pulling *p, const char *digest, const char *ref, bool *ret, struct err *e)
{
	auto_close int lock = images_lock(p->s, e);

	*ret = false;
	if (lock < 0)
		return -1;
	if (!image_is_here(p, digest))
		return 0;
	*ret = true;
	return image_tag(p->s, ref, digest, e);
}

/* From the first document to the manifest; true in *ret_here: the image is in the store, and nothing else was asked for. */
static int find_manifest(struct pulling *p, const char *what, const char *ref, struct pull_result *ret, bool *ret_here, struct err *e)
{
	const char *wanted = digest_is_valid(what) ? what : NULL;

	report(p, &(const struct pull_progress){ .state = PULL_MANIFEST, .digest = what });
	if (get_document(p, what, wanted, e) < 0)
		return -1;
	ret->top = p->document[0].digest;
	while (leads_on(last(p))) {
		const struct registry_part *to = &last(p)->part[0];

		if (to->kind == REGISTRY_PART_MANIFEST && image_is_here(p, to->digest.text)) {
			ret->image = to->digest;
			return name_it(p, to->digest.text, ref, ret_here, e);
		}
		if (to->kind == REGISTRY_PART_INDEX || p->n_documents == PULL_DOCUMENTS)
			return err_set(e, ERR_INPUT, 0, "%s: an index within an index", to->digest.text);
		if (get_document(p, to->digest.text, to->digest.text, e) < 0)
			return -1;
	}
	if (!last(p)->n || last(p)->part[0].kind != REGISTRY_PART_CONFIG)
		return err_set(e, ERR_INTERNAL, 0, "%s: malformed parts", REGISTRY_ACCOUNT);
	ret->image = last(p)->digest;
	return image_is_here(p, ret->image.text) ? name_it(p, ret->image.text, ref, ret_here, e) : 0;
}

/* A layer is known by the digest of its archive alone: which tree it makes, the configuration says, and secctr-fetch compares. */
static bool has_layer(const struct layer_pair *there, size_t n, const char *digest)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(there[i].blob.text, digest) == 0)
			return true;
	return false;
}

static bool is_listed(const struct pulling *p, const char *digest)
{
	for (size_t i = 0; i < p->n_blobs; i++)
		if (strcmp(p->blob[i].digest.text, digest) == 0)
			return true;
	return false;
}

/* Each once. `all`: whatever is in the store. */
static int list_blobs(struct pulling *p, bool all, struct err *e)
{
	auto_free struct layer_pair *there = NULL;
	const struct pull_document *m = last(p);
	size_t n = 0;

	free(p->blob);
	p->n_blobs = 0;
	p->blob = calloc(m->n, sizeof(*p->blob));
	if (!p->blob)
		return err_set(e, ERR_SYSTEM, ENOMEM, "layers");
	if (!all && layers_list(p->s, JOB_PRESENT_MAX, &there, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < m->n; i++) {
		const struct registry_part *part = &m->part[i];

		if (part->kind == REGISTRY_PART_LAYER && has_layer(there, n, part->digest.text))
			report(p, &(const struct pull_progress){ .state = PULL_PRESENT, .digest = part->digest.text, .size = (uint64_t)part->size });
		else if (!is_listed(p, part->digest.text))
			p->blob[p->n_blobs++] = *part;
	}
	return 0;
}

static void report_blob(void *arg, const struct registry_part *part, uint64_t bytes)
{
	const struct pulling *p = arg;

	report(p, &(const struct pull_progress){ .state = PULL_BLOB, .digest = part->digest.text, .bytes = bytes, .size = (uint64_t)part->size,
						 .at = (size_t)(part - p->blob), .of = p->n_blobs });
}

static int write_file(int dir, const char *name, const char *text, size_t n, struct err *e)
{
	auto_close int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? 0 : err_set(e, ERR_SYSTEM, errno, "tmp: %s", name);
	return io_write_all(fd, text, n, name, e);
}

static int write_index(int dir, const struct pull_document *top, struct err *e)
{
	auto_json json_t *j = json_pack("{s:i, s:[{s:s, s:s, s:I}]}", "schemaVersion", 2, "manifests", "mediaType", top->media_type, "digest",
					top->digest.text, "size", (json_int_t)top->text.len);
	auto_free char *text = NULL;

	if (!j)
		return err_set(e, ERR_INPUT, 0, "manifest: a Content-Type that is no text");
	return json_canonical(j, &text, e) < 0 ? -1 : write_file(dir, "index.json", text, strlen(text), e);
}

/* As image-layout.md of the image specification has it, with what is not in the store already. */
static int make_layout(struct pulling *p, struct err *e)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	auto_close int blobs = -1;

	p->tmp = store_tmp_make(p->s, p->tmp_name, e);
	if (p->tmp < 0)
		return -1;
	if (mkdirat(p->tmp, "blobs", 0700) < 0 || mkdirat(p->tmp, "blobs/sha256", 0700) < 0)
		return err_set(e, ERR_SYSTEM, errno, "tmp: blobs");
	blobs = openat(p->tmp, "blobs/sha256", DIR_FLAGS);
	if (blobs < 0)
		return err_set(e, ERR_SYSTEM, errno, "tmp: blobs");
	if (write_file(p->tmp, "oci-layout", layout, strlen(layout), e) < 0 || write_index(p->tmp, &p->document[0], e) < 0)
		return -1;
	for (size_t i = 0; i < p->n_documents; i++)
		if (write_file(blobs, digest_hex(&p->document[i].digest), p->document[i].text.text, p->document[i].text.len, e) < 0)
			return -1;
	for (size_t i = 0; i < p->n_blobs; i++)
		if (partial_give(p->partials, p->blob[i].digest.text, blobs, digest_hex(&p->blob[i].digest), e) < 0)
			return -1;
	return 0;
}

static void report_load(void *arg, const struct image_progress *l)
{
	if (l->state != IMAGE_LAYER_PRESENT)
		report(arg, &(const struct pull_progress){ .state = PULL_UNPACK, .digest = l->diff_id, .bytes = l->bytes });
}

static int load(struct pulling *p, const char *ref, struct err *e)
{
	const struct image_load_options o = { .ref = ref, .fetch = p->o->fetch, .limits = &p->limits, .platform = &p->o->platform,
					      .progress = report_load, .progress_arg = p };
	auto_strv struct strv loaded = { 0 };

	return image_load(p->s, p->tmp, &o, &loaded, e);
}

/* What an interrupted pull of this image would need again. */
static void remove_partials(const struct pulling *p)
{
	for (size_t i = 0; i < p->n_blobs; i++)
		partial_remove(p->partials, p->blob[i].digest.text);
}

static int get_blobs(struct pulling *p, const char *ref, bool all, struct err *e)
{
	struct download_options o = p->o->download;

	o.progress = report_blob;
	o.progress_arg = p;
	if (list_blobs(p, all, e) < 0 || download(p->r, p->partials, p->blob, p->n_blobs, &o, e) < 0 || make_layout(p, e) < 0)
		return -1;
	return load(p, ref, e);
}

/* Whether a layer that was there when we looked was removed since, so that its absence is not the image's fault. */
static bool has_lost_layers(const struct pulling *p)
{
	auto_free struct layer_pair *there = NULL;
	const struct pull_document *m = last(p);
	struct err ignored;
	size_t n = 0;

	if (layers_list(p->s, JOB_PRESENT_MAX, &there, &n, &ignored) < 0)
		return false;
	for (size_t i = 0; i < m->n; i++)
		if (!is_listed(p, m->part[i].digest.text) && !has_layer(there, n, m->part[i].digest.text))
			return true;
	return false;
}

static int pull_from(struct pulling *p, const char *what, const char *ref, struct pull_result *ret, struct err *e)
{
	struct err ignored;
	bool here = false;

	if (find_manifest(p, what, ref, ret, &here, e) < 0)
		return -1;
	if (here)
		return 0;
	ret->fetched = true;
	if (get_blobs(p, ref, false, e) < 0) {
		if (p->tmp < 0 || !has_lost_layers(p) || path_remove_tree(p->s->tmp, p->tmp_name, &ignored) < 0)
			return -1;
		close_fd_auto(&p->tmp);
		if (get_blobs(p, ref, true, e) < 0)
			return -1;
	}
	remove_partials(p);
	return 0;
}

int image_pull(const struct store *s, struct remote *places, size_t n, const char *what, const char *ref, const struct pull_options *o,
	       struct pull_result *ret, struct err *e)
{
	AUTO(pulling_done) struct pulling p = { .s = s, .o = o, .partials = -1, .tmp = -1 };

	*ret = (struct pull_result){ 0 };
	p.limits = o->limits ? *o->limits : (struct image_limits)IMAGE_LIMITS_DEFAULT;
	p.partials = partials_open(s, e);
	if (p.partials < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (i && places[i].only_without_answer && places[i - 1].answered)
			continue;
		ret->place = i;
		p.r = &places[i];
		p.r->limits = &p.limits;
		p.r->platform = &o->platform;
		if (pull_from(&p, what, ref, ret, e) == 0)
			return 0;
		/* What was hashed and is wrong is told, whatever a further place would say. */
		if (e->reason == ERR_DIGEST || e->reason == ERR_LIMIT || p.tmp >= 0)
			return -1;
		forget_documents(&p);
	}
	return n ? -1 : err_set(e, ERR_INPUT, 0, "no registry to pull from");
}
