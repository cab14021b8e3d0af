/* SPDX-License-Identifier: Apache-2.0 */
/* made.h - bundles in memory, for tests. */
#ifndef SECCTR_TESTS_EVIDENCE_MADE_H
#define SECCTR_TESTS_EVIDENCE_MADE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/evidence/bundle.h"
#include "audit/evidence/chain.h"
#include "audit/evidence/verify.h"

static inline int memory_of(const void *bytes, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	if (fd < 0 || (n && write(fd, bytes, n) != (ssize_t)n))
		abort();
	return fd;
}

static inline struct str whole(int fd)
{
	struct str s = { 0 };
	struct err e;
	char buf[4096];
	ssize_t n;

	(void)lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (str_add_bytes(&s, buf, (size_t)n, &e))
			abort();
	return s;
}

/* "type=T msg=audit(1795000000.001:1): ..." */
static inline struct str made_lines(unsigned n)
{
	struct str s = { 0 };
	struct err e;

	for (unsigned i = 1; i <= n; i++)
		if (str_addf(&s, &e, "type=USER_CMD msg=audit(17950000%02u.001:%u): pid=%u uid=0 auid=1000 ses=3 msg='cmd=%u res=success'\n", i % 100, i, i, i))
			abort();
	return s;
}

static inline int made_sign(void *arg, const void *bytes, size_t n, unsigned char ret[static SIGN_BYTES_MAX], size_t *ret_n, struct err *e)
{
	return signer_sign(arg, bytes, n, ret, ret_n, e);
}

#define MADE_NONCE "00112233445566778899aabbccddeeff"
typedef int made_stamp(void *arg, const char *head, struct str *ret, struct err *e);

/* A bundle of these lines and n more parts, with a time stamp unless `stamp` is NULL; its head in ret_head. */
static inline int made_stamped_bundle(const struct signer *s, uint64_t sequence, const char *previous, const struct str *lines,
				      const struct bundle_part *more, size_t n_more, made_stamp *stamp, char ret_head[static 65])
{
	struct bundle_part parts[MANIFEST_MEMBERS_MAX + 8] = { { .name = MANIFEST_LINES, .fd = memory_of(lines->text, lines->len) },
							       { .name = MANIFEST_SUMS, .fd = memory_of("", 0) } };
	auto_manifest struct manifest m;
	const struct bundle_signer signer = { .public_pem = s->public_pem, .kind = s->kind, .key_sha256 = s->key_sha256,
					      .sign = made_sign, .stamp = stamp, .arg = (void *)s };
	int out = memory_of("", 0);
	struct err e;

	manifest_init(&m);
	for (size_t i = 0; i < n_more; i++)
		parts[2 + i] = more[i];
	m.version = MANIFEST_VERSION;
	m.sequence = sequence;
	m.created_sec = 1795003200;
	m.range = MANIFEST_CONTINUOUS;
	m.follows = true;
	if (stamp && (str_copy("http://tsa.example/", &m.stamp_url, &e) || str_copy(MADE_NONCE, &m.stamp_nonce, &e)))
		abort();
	if (str_copy(MANIFEST_FORMAT, &m.format, &e) || str_copy("2026-11-18T12:00:00Z", &m.created, &e) || str_copy("host", &m.host, &e) ||
	    str_copy(previous, &m.previous, &e) || bundle_chain(parts[0].fd, parts[1].fd, &m, &e) ||
	    bundle_write(out, &m, parts, 2 + n_more, &signer, ret_head, &e)) {
		fprintf(stderr, "made_bundle: %s\n", e.text);
		(void)close(out);
		out = -1;
	}
	(void)close(parts[0].fd);
	(void)close(parts[1].fd);
	return out;
}

static inline int made_bundle(const struct signer *s, uint64_t sequence, const char *previous, const struct str *lines,
			      const struct bundle_part *more, size_t n_more, char ret_head[static 65])
{
	return made_stamped_bundle(s, sequence, previous, lines, more, n_more, NULL, ret_head);
}

#endif
