/* SPDX-License-Identifier: Apache-2.0 */
/* rule_text.c - loaded rules as text, to the letter as `auditctl -l` has them (test_rules compares). */
#include "audit/rules.h"

#include <libaudit.h>
#include <stdio.h>
#include <string.h>

enum { SYSCALLS_MAX = AUDIT_BITMASK_SIZE * 32 };

static bool is_text(uint32_t field)
{
	return (field >= AUDIT_SUBJ_USER && field <= AUDIT_OBJ_LEV_HIGH) || field == AUDIT_WATCH || field == AUDIT_DIR ||
	       field == AUDIT_FILTERKEY || field == AUDIT_EXE;
}

/* Of which the rule's system calls are; a rule without arch= is by the numbers of the machine's own. */
static int machine_of(const struct audit_rule_data *r)
{
	for (uint32_t i = 0; i < r->field_count && i < AUDIT_MAX_FIELDS; i++)
		if ((r->fields[i] & ~(uint32_t)AUDIT_OPERATORS) == AUDIT_ARCH)
			return audit_elf_to_machine(r->values[i]);
	/* Not audit_detect_machine(): it brings half of libaudit into the program, and with it libcap-ng. */
	return MACH_86_64;
}

static int add_syscalls(const struct audit_rule_data *r, struct str *ret, struct err *e)
{
	bool all = true;
	int machine = machine_of(r), n = 0;

	/* The last word holds the classes; the kernel gives it as it was set. */
	for (int i = 0; i < AUDIT_BITMASK_SIZE - 1; i++)
		all &= r->mask[i] == ~0u;
	if (all)
		return str_add(ret, " -S all", e);
	for (int i = 0; i < SYSCALLS_MAX; i++) {
		const char *name;

		if (!(r->mask[AUDIT_WORD(i)] & AUDIT_BIT(i)))
			continue;
		name = audit_syscall_to_name(i, machine);
		if ((name ? str_addf(ret, e, "%s%s", n ? "," : " -S ", name) : str_addf(ret, e, "%s%d", n ? "," : " -S ", i)))
			return -1;
		n++;
	}
	return 0;
}

static int add_number(uint32_t field, uint32_t value, struct str *ret, struct err *e)
{
	const char *name;

	switch (field) {
	case AUDIT_ARCH:
		return str_add(ret, value & __AUDIT_ARCH_64BIT ? "b64" : "b32", e);
	case AUDIT_PERM:
		return str_addf(ret, e, "%s%s%s%s", value & AUDIT_PERM_READ ? "r" : "", value & AUDIT_PERM_WRITE ? "w" : "",
				value & AUDIT_PERM_EXEC ? "x" : "", value & AUDIT_PERM_ATTR ? "a" : "");
	case AUDIT_MSGTYPE:
		name = audit_msg_type_to_name((int)value);
		return name ? str_add(ret, name, e) : str_addf(ret, e, "%u", value);
	case AUDIT_ARG0: case AUDIT_ARG1: case AUDIT_ARG2: case AUDIT_ARG3:
		return str_addf(ret, e, "0x%X", value);
	case AUDIT_EXIT:
		name = (int)value < 0 ? audit_errno_to_name(-(int)value) : NULL;
		return name ? str_addf(ret, e, "-%s", name) : str_addf(ret, e, "%d", (int)value);
	default:
		return value == UINT32_MAX ? str_add(ret, "-1", e) : str_addf(ret, e, "%u", value);
	}
}

/* Texts lie behind one another, in the order of their fields. */
static int add_text(const struct audit_rule_data *r, uint32_t i, size_t *at, struct str *ret, struct err *e)
{
	if (r->values[i] > r->buflen - *at)
		return err_set(e, ERR_INTERNAL, 0, "a rule of the kernel's that ends too early");
	*at += r->values[i];
	return str_add_safe(ret, r->buf + *at - r->values[i], r->values[i], e);
}

static int add_field(const struct audit_rule_data *r, uint32_t i, size_t *at, struct str *ret, struct err *e)
{
	uint32_t field = r->fields[i] & ~(uint32_t)AUDIT_OPERATORS, op = (r->fieldflags[i] | r->fields[i]) & AUDIT_OPERATORS;
	const char *name = audit_field_to_name((int)field), *sign = audit_operator_to_symbol((int)op);

	if (field == AUDIT_FIELD_COMPARE)
		return str_addf(ret, e, " -C %u%s", r->values[i], sign ? sign : "?");
	if (name ? str_addf(ret, e, " -F %s%s", name, sign ? sign : "?") : str_addf(ret, e, " -F %u%s", field, sign ? sign : "?"))
		return -1;
	return is_text(field) ? add_text(r, i, at, ret, e) : add_number(field, r->values[i], ret, e);
}

/* A rule that `auditctl -w` makes: a path, its permissions and a key. */
static bool is_watch(const struct audit_rule_data *r)
{
	bool path = false, perm = false;

	if ((r->flags & AUDIT_FILTER_MASK) != AUDIT_FILTER_EXIT || r->action != AUDIT_ALWAYS)
		return false;
	for (int i = 0; i < AUDIT_BITMASK_SIZE - 1; i++)
		if (r->mask[i] != ~0u)
			return false;
	for (uint32_t i = 0; i < r->field_count && i < AUDIT_MAX_FIELDS; i++) {
		path |= r->fields[i] == AUDIT_WATCH || r->fields[i] == AUDIT_DIR;
		perm |= r->fields[i] == AUDIT_PERM;
		if (r->fields[i] != AUDIT_WATCH && r->fields[i] != AUDIT_DIR && r->fields[i] != AUDIT_PERM && r->fields[i] != AUDIT_FILTERKEY)
			return false;
	}
	return path && perm;
}

static int add_watch(const struct audit_rule_data *r, struct str *ret, struct err *e)
{
	size_t at = 0;

	for (uint32_t i = 0; i < r->field_count && i < AUDIT_MAX_FIELDS; i++) {
		uint32_t f = r->fields[i];

		if (str_add(ret, f == AUDIT_PERM ? " -p " : f == AUDIT_FILTERKEY ? " -k " : "-w ", e))
			return -1;
		if (f == AUDIT_PERM ? add_number(f, r->values[i], ret, e) : add_text(r, i, &at, ret, e))
			return -1;
	}
	return str_add(ret, "\n", e);
}

int audit_rule_text(const struct audit_rule_data *r, struct str *ret, struct err *e)
{
	const char *list = audit_flag_to_name((int)(r->flags & AUDIT_FILTER_MASK)), *action = audit_action_to_name((int)r->action);
	size_t at = 0, unused = 0;

	if (is_watch(r))
		return add_watch(r, ret, e);
	if (str_addf(ret, e, "-a %s,%s", action ? action : "?", list ? list : "?"))
		return -1;
	/* What the system calls' numbers mean stands in front of them. */
	for (uint32_t i = 0; i < r->field_count && i < AUDIT_MAX_FIELDS; i++)
		if (r->fields[i] == AUDIT_ARCH && add_field(r, i, &unused, ret, e))
			return -1;
	if ((r->flags & AUDIT_FILTER_MASK) == AUDIT_FILTER_EXIT && add_syscalls(r, ret, e))
		return -1;
	for (uint32_t i = 0; i < r->field_count && i < AUDIT_MAX_FIELDS; i++)
		if (r->fields[i] != AUDIT_ARCH && add_field(r, i, &at, ret, e))
			return -1;
	return str_add(ret, "\n", e);
}
