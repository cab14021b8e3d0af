/* SPDX-License-Identifier: Apache-2.0 */
/* bundle.c - see bundle.h. */
#include "audit/evidence/bundle.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/evidence/chain.h"
#include "audit/evidence/tar.h"
#include "launcher/base/io.h"

enum { PIECE = 1 << 16, SUMS_BUFFER = CHAIN_SUM * 4096 };

/* Reads all of a descriptor, from its beginning. */
static int each_piece(int fd, int (*take)(void *arg, const char *bytes, size_t n, struct err *e), void *arg, struct err *e)
{
	static char buf[PIECE];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET))
		return err_set(e, ERR_SYSTEM, errno, "bundle: rewinding");
	while ((n = read(fd, buf, sizeof(buf)))) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "bundle: reading");
		if (take(arg, buf, (size_t)n, e))
			return -1;
	}
	return 0;
}

struct sums {
	struct chain chain;
	struct manifest *m;
	int fd;
	char buf[SUMS_BUFFER];
	size_t len;
	unsigned char last[SHA_BYTES];	/* of the last line that is a record */
};

static int flush_sums(struct sums *s, struct err *e)
{
	size_t n = s->len;

	s->len = 0;
	return io_write_all(s->fd, s->buf, n, MANIFEST_SUMS, e);
}

static int each_line(void *arg, const unsigned char digest[static SHA_BYTES], const char *front, size_t n, struct err *e)
{
	struct sums *s = arg;
	char event[CHAIN_ID];

	chain_event(front, n, event);
	if (*event && !s->m->first && str_copy(event, &s->m->first, e))
		return -1;
	if (*event && (!s->m->last || strcmp(s->m->last, event) != 0)) {
		free_ptr_auto(&s->m->last);
		if (str_copy(event, &s->m->last, e))
			return -1;
	}
	if (*event)
		memcpy(s->last, digest, SHA_BYTES);
	s->m->bad_lines += !*event;
	chain_sum(digest, s->buf + s->len);
	s->len += CHAIN_SUM;
	return s->len == sizeof(s->buf) ? flush_sums(s, e) : 0;
}

static int chain_piece(void *arg, const char *bytes, size_t n, struct err *e)
{
	return chain_add(arg, bytes, n, e);
}

int bundle_chain(int lines, int sums, struct manifest *m, struct err *e)
{
	unsigned char previous[SHA_BYTES];
	auto_free struct sums *s = calloc(1, sizeof(*s));
	char head[SHA_HEX + 1];
	int r;

	if (!s)
		return err_set(e, ERR_SYSTEM, ENOMEM, "bundle");
	if (m->previous && !sha_from_hex(m->previous, previous))
		return err_set(e, ERR_INTERNAL, 0, "bundle: head of the one before");
	s->m = m;
	s->fd = sums;
	s->chain.line = each_line;
	s->chain.arg = s;
	chain_begin(&s->chain, m->previous ? previous : NULL);
	r = each_piece(lines, chain_piece, &s->chain, e) || chain_end(&s->chain, e) || flush_sums(s, e);
	m->lines = s->chain.lines;
	sha_hex(s->chain.head, head);
	if (r || str_copy(head, &m->chain, e))
		return -1;
	if (m->range != MANIFEST_CONTINUOUS || !m->last)
		return 0;
	free_ptr_auto(&m->position.event);
	free_ptr_auto(&m->position.sha256);
	sha_hex(s->last, head);
	return str_copy(m->last, &m->position.event, e) || str_copy(head, &m->position.sha256, e) ? -1 : 0;
}

struct digesting {
	struct sha *sha;
	uint64_t size;
};

static int digest_piece(void *arg, const char *bytes, size_t n, struct err *e)
{
	struct digesting *d = arg;

	d->size += n;
	return sha_add(d->sha, bytes, n, e);
}

static int describe(struct manifest *m, const struct bundle_part *p, struct sha *sha, struct err *e)
{
	struct digesting d = { sha, 0 };
	unsigned char digest[SHA_BYTES];
	char hex[SHA_HEX + 1];
	struct manifest_member *member = manifest_add(m, p->name, e);

	if (!member || sha_begin(sha, e) ||
	    (p->fd < 0 ? digest_piece(&d, p->bytes, p->n, e) : each_piece(p->fd, digest_piece, &d, e)) || sha_end(sha, digest, e))
		return -1;
	sha_hex(digest, hex);
	member->size = d.size;
	return str_copy(hex, &member->sha256, e);
}

struct writing {
	int fd;
	uint64_t left;		/* of the member's size */
	const struct manifest *m;
};

static int write_piece(void *arg, const char *bytes, size_t n, struct err *e)
{
	struct writing *w = arg;

	if (n > w->left)
		return err_set(e, ERR_STATE, 0, "bundle: a member grew meanwhile");
	w->left -= n;
	return io_write_all(w->fd, bytes, n, "bundle", e);
}

static int write_member(struct writing *w, const struct bundle_part *p, uint64_t size, struct err *e)
{
	static const char zeros[TAR_BLOCK];
	char header[TAR_BLOCK], prefix[MANIFEST_PREFIX];
	struct tar_entry t = { .size = size, .mtime = w->m->created_sec };

	manifest_prefix(w->m->sequence, prefix);
	if ((size_t)snprintf(t.name, sizeof(t.name), "%s/%s", prefix, p->name) >= sizeof(t.name))
		return err_set(e, ERR_LIMIT, 0, "%.64s...: too long for a member of a bundle", p->name);
	w->left = size;
	if (tar_header(&t, header, e) || io_write_all(w->fd, header, sizeof(header), "bundle", e) ||
	    (p->fd < 0 ? write_piece(w, p->bytes, p->n, e) : each_piece(p->fd, write_piece, w, e)))
		return -1;
	if (w->left)
		return err_set(e, ERR_STATE, 0, "bundle: a member became shorter meanwhile");
	return io_write_all(w->fd, zeros, (size_t)(tar_padded(size) - size), "bundle", e);
}

/* What stands in front of the members, and what it is made of. */
struct front {
	struct bundle_part part[5];
	size_t n;
	unsigned char signature[SIGN_BYTES_MAX], stamp_signature[SIGN_BYTES_MAX];
	struct str stamp;
};

static void add_front(struct front *f, const char *name, const void *bytes, size_t n)
{
	f->part[f->n++] = (struct bundle_part){ .name = name, .fd = -1, .bytes = bytes, .n = n };
}

/* The authority does not know the bundle: it gets the head, and the signer vouches for what came back, each byte of it. */
static int add_stamp(struct front *f, const struct bundle_signer *s, const char *head, struct err *e)
{
	size_t n;

	if (!s->stamp)
		return err_set(e, ERR_INTERNAL, 0, "bundle: nobody fetches a time stamp");
	if (s->stamp(s->arg, head, &f->stamp, e) || s->sign(s->arg, f->stamp.text, f->stamp.len, f->stamp_signature, &n, e))
		return -1;
	add_front(f, MANIFEST_STAMP, f->stamp.text, f->stamp.len);
	add_front(f, MANIFEST_STAMP_SIG, f->stamp_signature, n);
	return 0;
}

static int make_front(struct front *f, const struct manifest *m, const char *text, const struct bundle_signer *s, char ret_head[static 65],
		      struct err *e)
{
	size_t n;

	if (sha_text(text, strlen(text), ret_head, e) || s->sign(s->arg, text, strlen(text), f->signature, &n, e))
		return -1;
	add_front(f, MANIFEST_NAME, text, strlen(text));
	add_front(f, MANIFEST_SIG, f->signature, n);
	add_front(f, MANIFEST_SIGNER, s->public_pem, strlen(s->public_pem));
	return m->stamp_url ? add_stamp(f, s, ret_head, e) : 0;
}

static void front_done(struct front *f)
{
	str_done(&f->stamp);
}

int bundle_write(int out, struct manifest *m, const struct bundle_part *parts, size_t n, const struct bundle_signer *s, char ret_head[static 65],
		 struct err *e)
{
	static const char end[2 * TAR_BLOCK];
	AUTO(front_done) struct front f = { .n = 0 };
	char pem[SHA_HEX + 1];
	auto_free char *text = NULL;
	struct sha sha;
	struct writing w = { .fd = out, .m = m };

	if (sha_text(s->public_pem, strlen(s->public_pem), pem, e) || str_copy(pem, &m->signer_pem, e) || str_copy(s->kind, &m->signer_kind, e) ||
	    str_copy(s->key_sha256, &m->signer_key, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (describe(m, &parts[i], &sha, e))
			return err_context(e, "%s", parts[i].name);
	if (manifest_write(m, &text, e) || make_front(&f, m, text, s, ret_head, e))
		return -1;
	for (size_t i = 0; i < f.n; i++)
		if (write_member(&w, &f.part[i], f.part[i].n, e))
			return -1;
	for (size_t i = 0; i < n; i++)
		if (write_member(&w, &parts[i], FIELD_AT(&m->members, struct manifest_member, i)->size, e))
			return err_context(e, "%s", parts[i].name);
	return io_write_all(out, end, sizeof(end), "bundle", e);
}
