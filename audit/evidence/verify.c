/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c - see verify.h. */
#include "audit/evidence/verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/evidence/sha.h"

enum { PIECE = 1 << 16, FRONT = 3, ENTRIES_MAX = MANIFEST_MEMBERS_MAX + 64 };

struct entry {
	struct tar_entry t;	/* name without the bundle's directory */
	uint64_t at;		/* of its content */
	bool used;
};

struct reader {
	int fd;
	uint64_t size;
	struct verdict *v;
	struct manifest m;
	char prefix[MANIFEST_PREFIX];
	struct str manifest, signature, signer, stamp, stamp_signature;
	struct entry entry[ENTRIES_MAX];
	size_t n;
	bool lost;		/* what stands where can no longer be said */
	bool lines_bad;
	struct sha sha;
};

int verify_read(int fd, uint64_t at, void *to, size_t n, struct err *e)
{
	for (size_t done = 0; done < n;) {
		ssize_t r = pread(fd, (char *)to + done, n - done, (off_t)(at + done));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_set(e, ERR_SYSTEM, errno, "reading the bundle");
		if (r == 0)
			return err_set(e, ERR_STATE, 0, "the bundle became shorter while it was read");
		done += (size_t)r;
	}
	return 0;
}

#define FOUND(r, member, ...) verify_found((r)->v, member, 0, NULL, __VA_ARGS__)

/* What fills the last block is zero. */
static int check_padding(struct reader *r, const struct entry *x, struct err *e)
{
	char fill[TAR_BLOCK];
	size_t n = (size_t)(tar_padded(x->t.size) - x->t.size);

	if (verify_read(r->fd, x->at + x->t.size, fill, n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (fill[i]) {
			FOUND(r, x->t.name, "byte %llu of the file, behind the member, is not zero",
			      (unsigned long long)(x->at + x->t.size + i));
			break;
		}
	return 0;
}

/*
 * The header at `at`. 1: an entry (name without the directory); 0: none that a bundle has, *ret_why says what there is.
 */
static int read_header(struct reader *r, uint64_t at, struct entry *ret, const char **ret_why, struct err *e)
{
	char block[TAR_BLOCK], *name = ret->t.name, *slash;

	if (at > r->size || r->size - at < TAR_BLOCK) {
		*ret_why = "the file ends where its header should be";
		return 0;
	}
	if (verify_read(r->fd, at, block, sizeof(block), e))
		return -1;
	*ret_why = "its header is not what the writer made";
	if (!tar_parse(block, &ret->t))
		return 0;
	slash = strchr(name, '/');
	if (!slash || (r->prefix[0] && ((size_t)(slash - name) != strlen(r->prefix) || memcmp(name, r->prefix, strlen(r->prefix)) != 0)))
		return 0;
	if (r->m.created_sec && ret->t.mtime != r->m.created_sec)
		return 0;
	memmove(name, slash + 1, strlen(slash + 1) + 1);
	ret->at = at + TAR_BLOCK;
	if (ret->t.size > r->size - ret->at || tar_padded(ret->t.size) > r->size - ret->at) {
		*ret_why = "the file ends within it";
		return 0;
	}
	return 1;
}

static int take(struct reader *r, const struct entry *x, size_t max, struct str *ret, struct err *e)
{
	auto_free char *bytes = NULL;

	if (x->t.size > max) {
		FOUND(r, x->t.name, "longer than %zu bytes", max);
		r->lost = true;
		return 0;
	}
	bytes = malloc((size_t)x->t.size + 1);
	if (!bytes)
		return err_set(e, ERR_SYSTEM, ENOMEM, "verify");
	if (verify_read(r->fd, x->at, bytes, (size_t)x->t.size, e) || str_add_bytes(ret, bytes, (size_t)x->t.size, e))
		return -1;
	return check_padding(r, x, e);
}

/* A member that stands at *at and nowhere else; *at moves behind it. */
static int read_fixed(struct reader *r, uint64_t *at, const char *name, size_t max, struct str *to, struct err *e)
{
	struct entry x;
	const char *why;
	int is = read_header(r, *at, &x, &why, e);

	if (is < 0)
		return -1;
	if (is && strcmp(x.t.name, name) != 0) {
		is = 0;
		why = "another member stands in its place";
	}
	if (!is) {
		FOUND(r, name, "%s", why);
		r->lost = true;
		return 0;
	}
	*at = x.at + tar_padded(x.t.size);
	return take(r, &x, max, to, e);
}

/* The three that stand in front. */
static int read_front(struct reader *r, uint64_t *at, struct err *e)
{
	if (read_fixed(r, at, MANIFEST_NAME, MANIFEST_BYTES_MAX, &r->manifest, e) ||
	    (!r->lost && read_fixed(r, at, MANIFEST_SIG, SIGN_BYTES_MAX, &r->signature, e)) ||
	    (!r->lost && read_fixed(r, at, MANIFEST_SIGNER, SIGN_PEM_MAX, &r->signer, e)))
		return -1;
	return 0;
}

static void copy(char *to, size_t room, const char *text)
{
	(void)snprintf(to, room, "%s", text ? text : "");
}

static void tell(struct reader *r)
{
	struct verdict *v = r->v;
	const struct manifest *m = &r->m;

	v->is_bundle = true;
	v->sequence = m->sequence;
	v->created = m->created_sec;
	v->lines = m->lines;
	v->members = m->members.len;
	v->continuous = m->range == MANIFEST_CONTINUOUS;
	v->follows = m->follows;
	v->stamped = m->stamp_url;
	copy(v->previous, sizeof(v->previous), m->previous);
	copy(v->host, sizeof(v->host), m->host);
	copy(v->first, sizeof(v->first), m->first);
	copy(v->last, sizeof(v->last), m->last);
	copy(v->position_event, sizeof(v->position_event), m->position.event);
	copy(v->position_sha256, sizeof(v->position_sha256), m->position.sha256);
}

/* 1: it says what the rest must be. 0: it does not; a finding says why. */
static int read_manifest(struct reader *r, struct err *e)
{
	struct err bad = { 0 };
	struct entry x;
	const char *why;

	if (sha_text(r->manifest.text, r->manifest.len, r->v->head, e))
		return -1;
	if (manifest_read(r->manifest.len ? r->manifest.text : "", r->manifest.len, &r->m, &bad)) {
		FOUND(r, MANIFEST_NAME, "%.200s", bad.text);
		return 0;
	}
	manifest_prefix(r->m.sequence, r->prefix);
	tell(r);
	/* The first header again, now that directory and time are known; the others have been read without them too. */
	for (uint64_t i = 0, at = 0; i < FRONT; i++, at = x.at + tar_padded(x.t.size)) {
		int is = read_header(r, at, &x, &why, e);

		if (is < 0)
			return -1;
		if (!is) {
			FOUND(r, MANIFEST_NAME, "its directory or time is not that of the file's headers");
			return 0;
		}
	}
	return 1;
}

/* A finding about `name`, or -1 where the fault is not the bundle's. */
static int found_bad(struct reader *r, const char *name, const struct err *bad, struct err *e)
{
	if (bad->reason == ERR_USAGE || bad->reason == ERR_SYSTEM) {
		*e = *bad;
		return -1;
	}
	FOUND(r, name, "%.200s", bad->text);
	return 0;
}

static int check_signature(struct reader *r, const struct verify_trust *trust, struct err *e)
{
	const struct sign_claim claim = { r->manifest.text, r->manifest.len, r->signature.text, r->signature.len, &r->signer,
					  r->v->created };
	struct err bad = { 0 };
	char pem_digest[SHA_HEX + 1];

	if (!r->signature.len || !r->signer.len) {
		FOUND(r, MANIFEST_SIG, "there is no signature");
		return 0;
	}
	if (sign_check(&claim, trust->who, trust->pem, &r->v->by, &bad)) {
		if (found_bad(r, MANIFEST_SIG, &bad, e))
			return -1;
	} else if (r->v->is_bundle && strcmp(r->v->by.key_sha256, r->m.signer_key) != 0) {
		FOUND(r, MANIFEST_SIGNER, "not the key that the manifest names");
	}
	if (sha_text(r->signer.text, r->signer.len, pem_digest, e))
		return -1;
	if (r->v->is_bundle && strcmp(pem_digest, r->m.signer_pem) != 0)
		FOUND(r, MANIFEST_SIGNER, "its SHA-256 is not the manifest's");
	return 0;
}

/* The signer's word for each byte of the stamp, then what the stamp is worth. */
static int check_stamp(struct reader *r, const struct verify_trust *trust, struct err *e)
{
	const struct sign_claim claim = { r->stamp.text, r->stamp.len, r->stamp_signature.text, r->stamp_signature.len, &r->signer, r->v->created };
	struct stamp_ask ask = { .head = "" };
	struct signed_by by;
	struct err bad = { 0 };

	if (!r->stamp.len || !r->stamp_signature.len) {
		FOUND(r, MANIFEST_STAMP, "there is no time stamp, and the manifest says that there is one");
		return 0;
	}
	/* Whom to believe, and whether there is somebody, was said of the manifest's signature. */
	if (r->signer.len && sign_check(&claim, SIGN_ANY, NULL, &by, &bad) && found_bad(r, MANIFEST_STAMP_SIG, &bad, e))
		return -1;
	copy(ask.head, sizeof(ask.head), r->v->head);
	copy(ask.nonce, sizeof(ask.nonce), r->m.stamp_nonce);
	copy(ask.policy, sizeof(ask.policy), r->m.stamp_policy);
	return stamp_check(&ask, r->stamp.text, r->stamp.len, trust->tsa_ca, &r->v->stamp, &bad) ? found_bad(r, MANIFEST_STAMP, &bad, e) : 0;
}

static int read_stamp(struct reader *r, uint64_t *at, const struct verify_trust *trust, struct err *e)
{
	if (!r->m.stamp_url)
		return 0;
	if (read_fixed(r, at, MANIFEST_STAMP, STAMP_BYTES_MAX, &r->stamp, e) ||
	    (!r->lost && read_fixed(r, at, MANIFEST_STAMP_SIG, SIGN_BYTES_MAX, &r->stamp_signature, e)))
		return -1;
	return r->lost ? 0 : check_stamp(r, trust, e);
}

/* All members behind the front, by their headers; by the manifest's word where a header is damaged. */
static int read_entries(struct reader *r, uint64_t *at, struct err *e)
{
	const struct manifest_member *wanted = r->m.members.item;
	size_t next = 0;

	while (next < r->m.members.len || r->size - *at > 2 * TAR_BLOCK) {
		struct entry *x = &r->entry[r->n];
		const char *why;
		int is;

		if (r->n == ENTRIES_MAX) {
			FOUND(r, NULL, "more than %d members", MANIFEST_MEMBERS_MAX);
			r->lost = true;
			return 0;
		}
		is = read_header(r, *at, x, &why, e);
		if (is < 0)
			return -1;
		if (!is) {
			if (next == r->m.members.len) {
				FOUND(r, NULL, "something stands behind the last member, at byte %llu", (unsigned long long)*at);
				r->lost = true;
				return 0;
			}
			FOUND(r, wanted[next].name, "%s (byte %llu of the file)", why, (unsigned long long)*at);
			if (r->size - *at < TAR_BLOCK || tar_padded(wanted[next].size) > r->size - *at - TAR_BLOCK) {
				r->lost = true;
				return 0;
			}
			copy(x->t.name, sizeof(x->t.name), wanted[next].name);
			x->t.size = wanted[next].size;
			x->at = *at + TAR_BLOCK;
		}
		*at = x->at + tar_padded(x->t.size);
		r->n++;
		for (size_t k = 0; k < r->m.members.len; k++)
			if (strcmp(wanted[k].name, x->t.name) == 0)
				next = k + 1;
	}
	return 0;
}

/* Two blocks of zeros, and nothing behind them. */
static int check_end(struct reader *r, uint64_t at, struct err *e)
{
	char end[2 * TAR_BLOCK];
	uint64_t left = r->size - at;

	if (left != sizeof(end)) {
		FOUND(r, NULL, "the file %s", left < sizeof(end) ? "ends too early" : "goes on behind its end");
		return 0;
	}
	if (verify_read(r->fd, at, end, sizeof(end), e))
		return -1;
	for (size_t i = 0; i < sizeof(end); i++)
		if (end[i]) {
			FOUND(r, NULL, "byte %llu, behind the last member, is not zero", (unsigned long long)(at + i));
			break;
		}
	return 0;
}

/* Digest of a member; of the lines their chain too. */
static int digest_entry(struct reader *r, const struct entry *x, struct chain *chain, char ret[static SHA_HEX + 1], struct err *e)
{
	static char buf[PIECE];
	unsigned char digest[SHA_BYTES];
	uint64_t at = x->at, left = x->t.size;

	if (sha_begin(&r->sha, e))
		return -1;
	while (left) {
		size_t n = left < sizeof(buf) ? (size_t)left : sizeof(buf);

		if (verify_read(r->fd, at, buf, n, e) || sha_add(&r->sha, buf, n, e) || (chain && chain_add(chain, buf, n, e)))
			return -1;
		at += n;
		left -= n;
	}
	if (sha_end(&r->sha, digest, e) || (chain && chain_end(chain, e)))
		return -1;
	sha_hex(digest, ret);
	return 0;
}

static int check_entry(struct reader *r, const struct entry *x, const struct manifest_member *w, struct err *e)
{
	bool lines = strcmp(w->name, MANIFEST_LINES) == 0;
	char digest[SHA_HEX + 1], head[SHA_HEX + 1];
	unsigned char previous[SHA_BYTES];
	struct chain c = { .line = NULL };
	bool has_previous = r->m.previous && sha_from_hex(r->m.previous, previous);

	chain_begin(&c, has_previous ? previous : NULL);
	if (check_padding(r, x, e) || digest_entry(r, x, lines ? &c : NULL, digest, e))
		return -1;
	if (strcmp(digest, w->sha256) != 0) {
		if (x->t.size != w->size)
			FOUND(r, w->name, "has %llu bytes, not %llu", (unsigned long long)x->t.size, (unsigned long long)w->size);
		else
			FOUND(r, w->name, "its SHA-256 is not the manifest's");
		r->lines_bad |= lines;
	}
	if (!lines)
		return 0;
	sha_hex(c.head, head);
	if (c.lines != r->m.lines)
		FOUND(r, w->name, "has %llu lines, not %llu", (unsigned long long)c.lines, (unsigned long long)r->m.lines);
	if (strcmp(head, r->m.chain) != 0)
		FOUND(r, w->name, "the chain of its lines does not lead to the manifest's");
	return 0;
}

static struct entry *find(struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->entry[i].used && strcmp(r->entry[i].t.name, name) == 0)
			return &r->entry[i];
	return NULL;
}

static int check_members(struct reader *r, struct err *e)
{
	const struct manifest_member *w = r->m.members.item;
	struct entry *lines, *sums, *before = NULL;

	for (size_t i = 0; i < r->m.members.len; i++) {
		struct entry *x = find(r, w[i].name);

		if (!x) {
			FOUND(r, w[i].name, "the member is missing");
			continue;
		}
		x->used = true;
		if (before && x < before)
			FOUND(r, w[i].name, "the member stands in another place");
		before = x;
		if (check_entry(r, x, &w[i], e))
			return -1;
	}
	for (size_t i = 0; i < r->n; i++)
		if (!r->entry[i].used)
			FOUND(r, r->entry[i].t.name, "the member is not in the manifest, or is there twice");
	for (size_t i = 0; i < r->n; i++)
		r->entry[i].used = false;
	lines = find(r, MANIFEST_LINES);
	sums = find(r, MANIFEST_SUMS);
	if (!lines || !sums)
		FOUND(r, lines ? MANIFEST_SUMS : MANIFEST_LINES, "a bundle has this member");
	else if (r->lines_bad)
		return verify_lines(r->fd, (struct verify_place){ lines->at, lines->t.size },
				    (struct verify_place){ sums->at, sums->t.size }, r->v, e);
	return 0;
}

static int verify(struct reader *r, const struct verify_trust *trust, struct err *e)
{
	uint64_t at = 0;
	int known;

	if (read_front(r, &at, e))
		return -1;
	if (!r->manifest.len)
		return 0;
	known = read_manifest(r, e);
	if (known < 0 || check_signature(r, trust, e) || (known && !r->lost && read_stamp(r, &at, trust, e)))
		return -1;
	if (!known || r->lost)
		return 0;
	if (read_entries(r, &at, e) || (!r->lost && check_end(r, at, e)))
		return -1;
	return check_members(r, e);
}

int verify_bundle(int fd, const struct verify_trust *trust, struct verdict *ret, struct err *e)
{
	auto_free struct reader *r = calloc(1, sizeof(*r));
	struct stat st;
	int result;

	memset(ret, 0, sizeof(*ret));
	if (!r)
		return err_set(e, ERR_SYSTEM, ENOMEM, "verify");
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, 0, "a bundle is a regular file");
	r->fd = fd;
	r->size = ret->bytes = (uint64_t)st.st_size;
	r->v = ret;
	manifest_init(&r->m);
	result = verify(r, trust, e);
	manifest_done(&r->m);
	str_done(&r->manifest);
	str_done(&r->signature);
	str_done(&r->signer);
	str_done(&r->stamp);
	str_done(&r->stamp_signature);
	return result;
}
