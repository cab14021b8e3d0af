/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_devices.c - the list of devices as a program of the kernel's, or as lines of v1. */
#include "launcher/runtime/cgroup_devices.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"

/* Minor -1: any. */
static const struct rule {
	char type;
	int64_t major, minor;
	const char *access;
} standard[] = {
	{ 'c', 1, 3, "rwm" }, { 'c', 1, 5, "rwm" }, { 'c', 1, 7, "rwm" }, { 'c', 1, 8, "rwm" }, { 'c', 1, 9, "rwm" },
	{ 'c', 5, 0, "rwm" }, { 'c', 5, 2, "rwm" }, { 'c', 136, -1, "rwm" },	/* tty, ptmx, pts */
};

static size_t rule_count(const struct plan *p)
{
	return ARRAY_LEN(standard) + p->devices.len;
}

static struct rule rule_at(const struct plan *p, size_t i)
{
	const struct plan_device *d;

	if (i < ARRAY_LEN(standard))
		return standard[i];
	d = PLAN_DEVICE(p, i - ARRAY_LEN(standard));
	return (struct rule){ *d->type, d->major, d->minor, d->access };
}

static int access_bits(const char *access)
{
	return (strchr(access, 'r') ? BPF_DEVCG_ACC_READ : 0) | (strchr(access, 'w') ? BPF_DEVCG_ACC_WRITE : 0) |
	       (strchr(access, 'm') ? BPF_DEVCG_ACC_MKNOD : 0);
}

static struct bpf_insn load(unsigned to, size_t offset)
{
	return (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = to & 15u, .src_reg = BPF_REG_1,
				  .off = (short)offset };
}

static struct bpf_insn constant(int code, unsigned to, int value)
{
	return (struct bpf_insn){ .code = (unsigned char)code, .dst_reg = to & 15u, .imm = value };
}

/* Registers: 2 access, 3 type, 4 major, 5 minor; 6 is scratch. What a rule does not fit goes on to the next one. */
enum { ACCESS = BPF_REG_2, TYPE = BPF_REG_3, MAJOR = BPF_REG_4, MINOR = BPF_REG_5, SCRATCH = BPF_REG_6 };

struct program {
	struct bpf_insn *insn;
	size_t n, jumps[4], n_jumps;
};

/* To the next rule unless equal; 32 bits, as device numbers are. */
static void need(struct program *b, unsigned reg, int64_t value)
{
	b->jumps[b->n_jumps++] = b->n;
	b->insn[b->n++] = constant(BPF_JMP32 | BPF_JNE | BPF_K, reg, (int)(uint32_t)value);
}

static void add_rule(struct program *b, const struct rule *r)
{
	b->n_jumps = 0;
	need(b, TYPE, r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (r->major >= 0)
		need(b, MAJOR, r->major);
	if (r->minor >= 0)
		need(b, MINOR, r->minor);
	b->insn[b->n++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = SCRATCH, .src_reg = ACCESS };
	b->insn[b->n++] = constant(BPF_ALU64 | BPF_AND | BPF_K, SCRATCH, ~access_bits(r->access) & 0xffff);
	need(b, SCRATCH, 0);
	b->insn[b->n++] = constant(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 1);
	b->insn[b->n++] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	for (size_t i = 0; i < b->n_jumps; i++)
		b->insn[b->jumps[i]].off = (short)(b->n - b->jumps[i] - 1);
}

size_t cgroup_devices_program(const struct plan *p, struct bpf_insn *to)
{
	struct program b = { .insn = to };

	to[b.n++] = load(ACCESS, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	to[b.n++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = TYPE, .src_reg = ACCESS };
	to[b.n++] = constant(BPF_ALU64 | BPF_AND | BPF_K, TYPE, 0xffff);
	to[b.n++] = constant(BPF_ALU64 | BPF_RSH | BPF_K, ACCESS, 16);
	to[b.n++] = load(MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	to[b.n++] = load(MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	for (size_t i = 0; i < rule_count(p); i++) {
		const struct rule r = rule_at(p, i);

		add_rule(&b, &r);
	}
	to[b.n++] = constant(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0);
	to[b.n++] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	return b.n;
}

static int apply_v2(const struct plan *p, int group, struct err *e)
{
	struct bpf_insn insn[CGROUP_DEVICES_INSNS];
	union bpf_attr attr;
	auto_close int program = -1;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insn_cnt = (unsigned)cgroup_devices_program(p, insn);
	attr.insns = (uintptr_t)insn;
	attr.license = (uintptr_t)"Apache-2.0";
	memcpy(attr.prog_name, "secctr_devices", sizeof("secctr_devices"));
	program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (program < 0)
		return err_set(e, ERR_SYSTEM, errno, "devices: loading the control group's program (CONFIG_CGROUP_BPF, "
			       "CAP_BPF and CAP_NET_ADMIN)");
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (unsigned)group;
	attr.attach_bpf_fd = (unsigned)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	/* Beside those of the groups above, systemd's for one: all must allow. */
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)))
		return err_set(e, ERR_SYSTEM, errno, "devices: attaching the control group's program");
	return 0;
}

static const char *number(int64_t n, char buf[24])
{
	(void)snprintf(buf, 24, n < 0 ? "*" : "%lld", (long long)n);
	return buf;
}

static int apply_v1(const struct plan *p, const struct cgroup_tree *t, const char *below, struct err *e)
{
	char path[PATH_MAX], major[24], minor[24], line[80];
	auto_close int allow = -1;

	(void)snprintf(path, sizeof(path), "%s/devices.deny", below);
	if (io_write_kernel_at(t->fd, path, "a", e))
		return err_context(e, "devices");
	(void)snprintf(path, sizeof(path), "%s/devices.allow", below);
	allow = openat(t->fd, path, O_WRONLY | O_CLOEXEC);
	if (allow < 0)
		return err_set(e, ERR_SYSTEM, errno, "devices: %s", path);
	for (size_t i = 0; i < rule_count(p); i++) {
		const struct rule r = rule_at(p, i);
		int n = snprintf(line, sizeof(line), "%c %s:%s %s", r.type, number(r.major, major), number(r.minor, minor),
				 r.access);

		if (write(allow, line, (size_t)n) != n)
			return err_set(e, ERR_SYSTEM, errno, "devices: %s to %s", line, path);
	}
	return 0;
}

int cgroup_devices_apply(const struct plan *p, const struct cgroup_trees *trees, const char *below, int fd,
			 struct err *e)
{
	for (size_t i = 0; i < trees->len; i++)
		if (trees->item[i].controllers & 1u << CGROUP_DEVICES)
			return apply_v1(p, &trees->item[i], below, e);
	if (fd >= 0)
		return apply_v2(p, fd, e);
	return err_set(e, ERR_SYSTEM, 0, "devices: no control group hierarchy here can bound them (devices, or cgroup v2)");
}
