/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_report_verify.c - secctr report verify: are bundles what was made, and are all of them there? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/evidence/ask.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/cli/bundle_stamp.h"
#include "launcher/cli/bundle_state.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/output.h"
#include "launcher/cli/program.h"

struct verify_options {
	const char *key, *ca, *tsa_ca, *format, *head;
	bool any_key;
};
#define INTO(field) OPT_INTO(struct verify_options, field)

static const struct opt verify_opts[] = {
	{ .name = "key", .kind = OPT_TEXT, .offset = INTO(key), .value = "FILE",
	  .help = "the public key that must have signed; not this host's own", .complete = "file" },
	{ .name = "ca", .kind = OPT_TEXT, .offset = INTO(ca), .value = "FILE",
	  .help = "the CA's certificate to which the signer's must lead", .complete = "file" },
	{ .name = "any-key", .kind = OPT_FLAG, .offset = INTO(any_key),
	  .help = "whoever signed: shows that a bundle is whole, not whose it is" },
	{ .name = "tsa-ca", .kind = OPT_TEXT, .offset = INTO(tsa_ca), .value = "FILE",
	  .help = "the CA to which time stamps must lead (PEM)", .complete = "file" },
	{ .name = "head", .kind = OPT_TEXT, .offset = INTO(head), .value = "SHA256",
	  .help = "head of the newest bundle, as its audit record has it: finds that the last ones are gone" },
	{ .name = "format", .kind = OPT_TEXT, .offset = INTO(format), .value = "json", .help = "json instead of text" },
	OPT_END
};
static const struct opt *const verify_tables[] = { verify_opts, NULL };

struct one {
	const char *file;
	struct verdict v;
};

static int read_signer(struct context *c, const struct verify_options *o, enum sign_trust *ret, struct str *pem, struct err *e)
{
	const char *path = o->key ? o->key : o->ca;
	auto_close int dir = -1;

	if ((o->key != NULL) + (o->ca != NULL) + o->any_key > 1)
		return err_set(e, ERR_USAGE, 0, "give one of --key, --ca and --any-key");
	*ret = o->any_key ? SIGN_ANY : o->ca ? SIGN_CA : SIGN_KEY;
	if (o->any_key)
		return 0;
	if (path)
		return bundle_read_pem(path, pem, e);
	if (geteuid() != 0)
		return err_set(e, ERR_USAGE, 0, "whose signature is to be believed? give --key FILE or --ca FILE");
	dir = bundle_dir(c, e);
	if (dir < 0)
		return -1;
	return io_read_file_at(dir, "key.pub.pem", SIGN_PEM_MAX, pem, e) ?
	       err_set(e, ERR_USAGE, 0, "whose signature is to be believed? give --key FILE or --ca FILE (this host has no key of its own)") : 0;
}

struct trusted {
	struct str pem, tsa_ca;
	struct verify_trust trust;
};

static void trusted_done(struct trusted *t)
{
	str_done(&t->pem);
	str_done(&t->tsa_ca);
}

static int read_trust(struct context *c, const struct verify_options *o, struct trusted *t, struct err *e)
{
	if (read_signer(c, o, &t->trust.who, &t->pem, e) || (o->tsa_ca && bundle_read_pem(o->tsa_ca, &t->tsa_ca, e)))
		return -1;
	t->trust.pem = &t->pem;
	t->trust.tsa_ca = o->tsa_ca ? &t->tsa_ca : NULL;
	return 0;
}

static int read_one(const char *program, struct one *x, const struct verify_trust *trust, struct err *e)
{
	auto_close int fd = open(x->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", x->file);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, 0, "%.256s: a bundle is a regular file", x->file);
	return evidence_verify(program, fd, trust, &x->v, e) ? err_context(e, "%.256s", x->file) : 0;
}

static int by_sequence(const void *a, const void *b)
{
	const struct one *x = *(const struct one *const *)a, *y = *(const struct one *const *)b;

	return x->v.sequence < y->v.sequence ? -1 : x->v.sequence > y->v.sequence;
}

/* Between bundles: numbers without a gap, each with the head of the one before. */
static void check_chain(struct one **list, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct verdict *before = &list[i - 1]->v;
		struct verdict *v = &list[i]->v;

		if (strcmp(v->host, before->host) != 0)
			verify_found(v, NULL, 0, NULL, "is of another host than bundle %llu: verify each host's by themselves",
				     (unsigned long long)before->sequence);
		else if (v->sequence == before->sequence)
			verify_found(v, NULL, 0, NULL, "bundle %llu is there twice, or two were made with this number", (unsigned long long)v->sequence);
		else if (v->sequence == before->sequence + 2)
			verify_found(v, NULL, 0, NULL, "bundle %llu is missing", (unsigned long long)v->sequence - 1);
		else if (v->sequence != before->sequence + 1)
			verify_found(v, NULL, 0, NULL, "bundles %llu to %llu are missing", (unsigned long long)before->sequence + 1,
				     (unsigned long long)v->sequence - 1);
		else if (strcmp(v->previous, before->head) != 0)
			verify_found(v, NULL, 0, NULL, "does not follow bundle %llu: it names another head", (unsigned long long)before->sequence);
		else if (v->continuous && !v->follows)
			verify_found(v, MANIFEST_LINES, 0, NULL, "lines may be missing in front: "
				     "when it was made the log no longer had the last line of the bundles before");
	}
}

static json_t *finding_json(const struct verify_finding *f)
{
	return json_pack("{s:s?, s:s?, s:s, s:o}", "member", *f->member ? f->member : NULL, "event", *f->event ? f->event : NULL, "text", f->text,
			 "line", f->line ? json_integer((json_int_t)f->line) : json_null());
}

static json_t *stamp_json(const struct time_stamp *s)
{
	return s->there ? json_pack("{s:I, s:s, s:b}", "time", (json_int_t)s->time, "by", s->by, "trusted", s->trusted) : json_null();
}

static int print_json(const struct one *list, size_t n, bool good, struct err *e)
{
	auto_json json_t *bundles = json_array(), *all = NULL;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		const struct verdict *v = &list[i].v;
		json_t *findings = json_array(), *j;

		for (uint32_t k = 0; k < v->told; k++)
			r |= json_array_append_new(findings, finding_json(&v->finding[k]));
		j = json_pack("{s:s, s:b, s:I, s:o}", "file", list[i].file, "good", v->findings == 0, "findings_total", (json_int_t)v->findings,
			      "findings", findings);
		if (v->is_bundle)
			r |= json_object_update_new(j, json_pack("{s:I, s:I, s:s, s:s, s:s?, s:I, s:s?, s:s?, s:s?, s:s?, s:b, s:o}", "sequence",
				(json_int_t)v->sequence, "created", (json_int_t)v->created, "host", v->host, "head", v->head, "previous", *v->previous ? v->previous : NULL,
				"lines", (json_int_t)v->lines, "first", *v->first ? v->first : NULL, "last", *v->last ? v->last : NULL,
				"signer_key_sha256", *v->by.key_sha256 ? v->by.key_sha256 : NULL, "signer_subject", *v->by.subject ? v->by.subject : NULL,
				"signer_trusted", v->by.trusted, "timestamp", stamp_json(&v->stamp)));
		r |= json_array_append_new(bundles, j);
	}
	all = json_pack("{s:b, s:O}", "good", good, "bundles", bundles);
	return r || !all ? err_set(e, ERR_SYSTEM, ENOMEM, "verify") : output_json(all, e);
}

static void print_safe(const char *text)
{
	auto_str struct str s = { 0 };
	struct err unused;

	if (str_add_safe(&s, text, strlen(text), &unused) == 0)
		fputs(s.text ? s.text : "", stdout);
}

static void print_time(uint64_t seconds, const char *front, const char *back)
{
	char when[64];

	output_time((int64_t)(seconds % 253402300800ull) * 1000000, when, sizeof(when));
	printf("%s%.19sZ%s", front, when, back);
}

/* What a time stamp is worth, and that there is none where somebody wants to check them. */
static void print_stamp(const struct verdict *v, bool wanted)
{
	long long off = (long long)v->stamp.time - (long long)v->created;

	if (!v->stamp.there) {
		if (wanted && !v->stamped)
			printf("  no time stamp\n");
		return;
	}
	print_time(v->stamp.time, "  stamped ", "");
	printf(" by %s%s\n", v->stamp.by, v->stamp.trusted ? "" : " (nobody vouches for it: --tsa-ca FILE was not given)");
	if (off > BUNDLE_CLOCK_SECONDS || off < -BUNDLE_CLOCK_SECONDS)
		printf("  the host's clock was %lld seconds %s the authority's\n", off < 0 ? -off : off, off > 0 ? "behind" : "ahead of");
}

static void print_one(const struct one *x, bool stamps)
{
	const struct verdict *v = &x->v;

	print_safe(x->file);
	if (!v->is_bundle) {
		printf(": not a bundle that can be read\n");
	} else {
		printf(": bundle %llu of %s", (unsigned long long)v->sequence, v->host);
		print_time(v->created, ", ", ", ");
		printf("%llu lines: %s\n", (unsigned long long)v->lines, v->findings ? "BAD" : "good");
		printf("  head sha256:%s\n", v->head);
		if (*v->by.key_sha256)
			printf("  signed by %s%skey sha256:%s%s\n", v->by.subject, *v->by.subject ? ", " : "", v->by.key_sha256,
			       v->by.trusted ? "" : " (nobody vouches for it)");
		print_stamp(v, stamps);
	}
	for (uint32_t i = 0; i < v->told; i++) {
		const struct verify_finding *f = &v->finding[i];

		printf("  BAD: %s%s", f->member, *f->member ? ": " : "");
		if (f->line)
			printf("line %llu: ", (unsigned long long)f->line);
		printf("%s", f->text);
		if (*f->event)
			printf(" [event %s]", f->event);
		printf("\n");
	}
	if (v->findings > v->told)
		printf("  BAD: and %u more\n", v->findings - v->told);
}

static int check_head(const struct verify_options *o, struct one *newest, struct err *e)
{
	const char *head = o->head;

	if (!head)
		return 0;
	if (str_starts(head, "sha256:"))
		head += 7;
	if (!sha_is_hex(head))
		return err_set(e, ERR_USAGE, 0, "--head: 64 hexadecimal digits, as hash= of the record op=evidence-bundle has them");
	if (strcmp(newest->v.head, head) != 0)
		verify_found(&newest->v, NULL, 0, NULL, "is not the bundle with the head %.16s...: later ones are missing", head);
	return 0;
}

static int cmd_verify_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct verify_options *o = request;
	auto_free char *own = NULL, *program = NULL;
	AUTO(trusted_done) struct trusted t = { .trust = { .who = SIGN_KEY } };
	auto_free struct one *list = calloc(operands->len, sizeof(*list));
	auto_free struct one **order = calloc(operands->len, sizeof(*order));
	size_t n = 0;
	bool json, good = true;

	if (!list || !order)
		return err_set(e, ERR_SYSTEM, ENOMEM, "verify");
	if (output_format(o->format, &json, e) || read_trust(c, o, &t, e) || program_own(&own, e) ||
	    program_beside(own, "secctr-evidence", &program, e))
		return -1;
	for (size_t i = 0; i < operands->len; i++) {
		list[i].file = operands->item[i];
		if (read_one(program, &list[i], &t.trust, e))
			return -1;
		if (list[i].v.is_bundle)
			order[n++] = &list[i];
	}
	if (n)
		qsort(order, n, sizeof(*order), by_sequence);
	check_chain(order, n);
	if (n && check_head(o, order[n - 1], e))
		return -1;
	for (size_t i = 0; i < operands->len; i++)
		good &= list[i].v.findings == 0;
	if (json) {
		if (print_json(list, operands->len, good, e))
			return -1;
	} else {
		for (size_t i = 0; i < operands->len; i++)
			print_one(&list[i], o->tsa_ca);
		if (n && order[0]->v.sequence > 1)
			printf("bundle%s before %llu %s not given: nothing is said about %s\n", order[0]->v.sequence > 2 ? "s" : "",
			       (unsigned long long)order[0]->v.sequence, order[0]->v.sequence > 2 ? "were" : "was", order[0]->v.sequence > 2 ? "them" : "it");
	}
	return good ? 0 : 1;
}

const struct command cmd_report_verify = {
	.name = "report verify", .operands = "FILE...", .group = "Audit", .brief = "find what was changed in bundles, and which are missing",
	.mode = OPT_MIXED, .tables = verify_tables, .request_size = sizeof(struct verify_options), .min_operands = 1, .max_operands = 1024,
	.run = cmd_verify_main,
};
