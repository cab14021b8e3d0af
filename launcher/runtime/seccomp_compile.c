/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_compile.c - the rules of a plan to the two programs for the kernel. */
#include "launcher/runtime/seccomp_compile.h"

#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/plan/syscalls.h"

enum { ERRNO_MAX = 4094, ARGS_MAX = 6 };	/* libseccomp: below the kernel's MAX_ERRNO, 4095 */

DEFINE_AUTO(seccomp_release, scmp_filter_ctx)

struct compiler {
	scmp_filter_ctx ctx;
	uint32_t default_action;
	bool log;			/* makes the logging program */
	bool foreign;			/* calls of further architectures can be made */
};

static int read_action(const char *word, int64_t number, int fallback, uint32_t *ret, struct err *e)
{
	static const struct { const char *word; uint32_t action; } rows[] = {
		{ "allow", SCMP_ACT_ALLOW }, { "kill", SCMP_ACT_KILL_PROCESS },
		{ "kill-thread", SCMP_ACT_KILL_THREAD },
		{ "log", SCMP_ACT_LOG }, { "trap", SCMP_ACT_TRAP }, { "notify", SCMP_ACT_NOTIFY },
	};

	if (number == FIELD_NONE)
		number = fallback;
	if (number < 0 || number > ERRNO_MAX)
		return err_set(e, ERR_INPUT, 0, "errno %lld is not within 0..%d", (long long)number, ERRNO_MAX);
	if (word && strcmp(word, "errno") == 0) {
		*ret = SCMP_ACT_ERRNO((uint32_t)number);
		return 0;
	}
	for (size_t i = 0; word && i < ARRAY_LEN(rows); i++) {
		if (strcmp(word, rows[i].word) == 0) {
			*ret = rows[i].action;
			return 0;
		}
	}
	return err_set(e, ERR_INPUT, 0, "%.32s is no action", word ? word : "(nothing)");
}

static int read_arg(const struct plan_seccomp_arg *a, struct scmp_arg_cmp *ret, struct err *e)
{
	static const struct { const char *word; enum scmp_compare op; } rows[] = {
		{ "EQ", SCMP_CMP_EQ }, { "NE", SCMP_CMP_NE }, { "LT", SCMP_CMP_LT }, { "LE", SCMP_CMP_LE },
		{ "GT", SCMP_CMP_GT }, { "GE", SCMP_CMP_GE }, { "MASKED_EQ", SCMP_CMP_MASKED_EQ },
	};

	if (a->index < 0 || a->index >= ARGS_MAX)
		return err_set(e, ERR_INPUT, 0, "argument %lld: a call has 0..%d", (long long)a->index, ARGS_MAX - 1);
	for (size_t i = 0; a->op && i < ARRAY_LEN(rows); i++) {
		if (strcmp(a->op, rows[i].word) != 0)
			continue;
		*ret = (struct scmp_arg_cmp){ (unsigned)a->index, rows[i].op, a->value, a->value2 };
		return 0;
	}
	return err_set(e, ERR_INPUT, 0, "%.32s is no comparison", a->op ? a->op : "(nothing)");
}

static int read_args(const struct plan_seccomp_rule *r, struct scmp_arg_cmp ret[ARGS_MAX], struct err *e)
{
	unsigned seen = 0;

	if (r->args.len > ARGS_MAX)
		return err_set(e, ERR_LIMIT, 0, "%zu comparisons, at most %d", r->args.len, ARGS_MAX);
	for (size_t i = 0; i < r->args.len; i++) {
		if (read_arg(FIELD_AT(&r->args, struct plan_seccomp_arg, i), &ret[i], e))
			return -1;
		/* libseccomp takes one; the OCI text says "all must hold" and runc takes it for "any". */
		if (seen & 1u << ret[i].arg)
			return err_set(e, ERR_INPUT, 0, "argument %u is compared twice", ret[i].arg);
		seen |= 1u << ret[i].arg;
	}
	return 0;
}

static bool allows(uint32_t action)
{
	return action == SCMP_ACT_ALLOW || action == SCMP_ACT_LOG;
}

static int add_name(const struct compiler *c, const char *name, uint32_t action, unsigned n,
		    const struct scmp_arg_cmp *args, struct err *e)
{
	int nr = seccomp_syscall_resolve_name(name), r;

	if (nr == __NR_SCMP_ERROR) {
		if (allows(action) || !allows(c->default_action))
			return 0;
		return err_set(e, ERR_INPUT, 0, "%.64s is no system call known here, and would be allowed", name);
	}
	/* Negative: a call of other architectures only, which cannot be made here. */
	if (nr < 0 && !c->foreign)
		return 0;
	r = seccomp_rule_add_array(c->ctx, action, nr, n, args);
	return r ? err_set(e, ERR_SYSTEM, -r, "%.64s: libseccomp", name) : 0;
}

static int add_rule(const struct compiler *c, const struct plan_seccomp_rule *r, struct err *e)
{
	struct scmp_arg_cmp args[ARGS_MAX];
	uint32_t action;

	if (r->names.len > SECCOMP_RULES_MAX)
		return err_set(e, ERR_LIMIT, 0, "%zu names, at most %d", r->names.len, SECCOMP_RULES_MAX);
	if (read_action(r->action, r->errno_ret, EPERM, &action, e) || read_args(r, args, e))
		return -1;
	if (r->log && action == SCMP_ACT_ALLOW)
		return err_set(e, ERR_INPUT, 0, "what is allowed cannot be logged so; the action for it is log");
	if (r->log != c->log || action == c->default_action)
		return 0;
	for (size_t i = 0; i < r->names.len; i++)
		if (add_name(c, r->names.item[i], action, (unsigned)r->args.len, args, e))
			return -1;
	return 0;
}

static int add_rules(const struct compiler *c, const struct field_list *rules, struct err *e)
{
	if (rules->len > SECCOMP_RULES_MAX)
		return err_set(e, ERR_LIMIT, 0, "seccomp: %zu rules, at most %d", rules->len, SECCOMP_RULES_MAX);
	for (size_t i = 0; i < rules->len; i++)
		if (add_rule(c, FIELD_AT(rules, struct plan_seccomp_rule, i), e))
			return err_context(e, "seccomp.rules[%zu]", i);
	return 0;
}

static int export_program(const struct compiler *c, struct seccomp_program *ret, struct err *e)
{
	auto_close int fd = memfd_create("secctr-seccomp", MFD_CLOEXEC);
	auto_free struct sock_filter *insn = NULL;
	struct stat st;
	size_t n;
	int r;

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "memfd_create");
	r = seccomp_export_bpf(c->ctx, fd);
	if (r)
		return err_set(e, ERR_SYSTEM, -r, "seccomp_export_bpf");
	if (fstat(fd, &st) || lseek(fd, 0, SEEK_SET))
		return err_set(e, ERR_SYSTEM, errno, "compiled filter");
	n = (size_t)st.st_size / sizeof(*insn);
	if (!n || n > SECCOMP_INSNS_MAX)
		return err_set(e, ERR_LIMIT, 0, "seccomp: %zu instructions, at most %d", n, SECCOMP_INSNS_MAX);
	insn = malloc(n * sizeof(*insn));
	if (!insn)
		return err_set(e, ERR_SYSTEM, ENOMEM, "seccomp");
	if (io_read_all(fd, insn, n * sizeof(*insn), "compiled filter", e))
		return -1;
	ret->len = (unsigned short)n;
	ret->insn = take_ptr(&insn);
	return 0;
}

/* An architecture that the machine does not have is none that a call could be made with. */
static int add_architectures(struct compiler *c, const struct strv *words, struct err *e)
{
	for (size_t i = 0; i < words->len; i++) {
		uint32_t arch = seccomp_arch_resolve_name(words->item[i]);
		int r;

		if (!arch)
			return err_set(e, ERR_INPUT, 0, "seccomp.architectures: %.32s is none", words->item[i]);
		if (arch == seccomp_arch_native())
			continue;
		r = seccomp_arch_add(c->ctx, arch);
		if (r && r != -EEXIST)
			return err_set(e, ERR_SYSTEM, -r, "seccomp.architectures: %.32s", words->item[i]);
		c->foreign = true;
	}
	return 0;
}

static int compile_one(const struct plan_seccomp *p, const struct field_list *rules, bool log, uint32_t default_action,
		       struct seccomp_program *ret, struct err *e)
{
	AUTO(seccomp_release_auto) scmp_filter_ctx ctx = seccomp_init(default_action);
	struct compiler c = { .ctx = ctx, .default_action = default_action, .log = log };
	int r;

	if (!ctx)
		return err_set(e, ERR_SYSTEM, ENOMEM, "seccomp_init");
	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	r = r ? r : seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r)
		return err_set(e, ERR_SYSTEM, -r, "seccomp_attr_set");
	if (add_architectures(&c, &p->architectures, e) || add_rules(&c, rules, e))
		return -1;
	return export_program(&c, ret, e);
}

static bool any_logged(const struct field_list *rules)
{
	for (size_t i = 0; i < rules->len; i++)
		if (FIELD_AT(rules, struct plan_seccomp_rule, i)->log)
			return true;
	return false;
}

static int compile_rules(const struct plan_seccomp *p, const struct field_list *rules,
			 struct seccomp_filters *ret, struct err *e)
{
	uint32_t action;

	if (read_action(p->default_action ? p->default_action : "errno", p->default_errno,
			p->default_action ? EPERM : ENOSYS, &action, e))
		return err_context(e, "seccomp.defaultAction");
	if (compile_one(p, rules, false, action, &ret->quiet, e))
		return -1;
	return any_logged(rules) ? compile_one(p, rules, true, SCMP_ACT_ALLOW, &ret->log, e) : 0;
}

int seccomp_compile(const struct plan_seccomp *p, struct seccomp_filters *ret, struct err *e)
{
	static const struct field list_fields[] = {
		{ .kind = FIELD_KIND_LIST, .size = sizeof(struct plan_seccomp_rule), .key = "rules", { .sub = plan_seccomp_rule_fields } },
		FIELD_END
	};
	struct field_list words = { 0 };
	int r;

	if (p->filter.len && p->rules.len)
		return err_set(e, ERR_INPUT, 0, "seccomp: both set names and rules");
	if (p->rules.len || p->default_action)
		return compile_rules(p, &p->rules, ret, e);
	if (!p->filter.len)
		return err_set(e, ERR_INTERNAL, 0, "seccomp: no filter was decided");
	r = syscalls_expand(&p->filter, &words, e);
	r = r ? r : compile_rules(p, &words, ret, e);
	fields_done(list_fields, &words);
	return r;
}
