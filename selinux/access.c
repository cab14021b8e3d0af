/* SPDX-License-Identifier: Apache-2.0 */
/* access.c - asking the loaded policy about class secctr, and the text of the refusal. */
#include "selinux/access.h"

#include <stdio.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/str.h"
#include "selinux/label.h"

#define CLASS "secctr"

static const char *const perms[] = { "run", "exec", "stop", "remove", "inspect", "admin" };

enum { AV_PERMISSIVE = 1 };	/* AVD_FLAGS_PERMISSIVE of security/selinux/include/security.h */

int selinux_av_parse(const char *answer, struct selinux_av *ret, struct err *e)
{
	unsigned allowed, decided, auditallow, auditdeny, seqno, flags;
	int end = 0;

	if (sscanf(answer, "%8x %8x %8x %8x %10u %8x%n", &allowed, &decided, &auditallow, &auditdeny,
		   &seqno, &flags, &end) != 6 || answer[end])
		return err_set(e, ERR_LABEL, 0, "selinuxfs access: unexpected answer \"%.80s\"", answer);
	*ret = (struct selinux_av){ allowed, auditallow, auditdeny, flags & AV_PERMISSIVE };
	return 0;
}

/* Numbers of the running policy: they change when a policy is loaded, so they are never kept. */
static int read_number(int fs, const char *path, uint64_t max, uint64_t *ret, struct err *e)
{
	char text[32];

	if (selinuxfs_read(fs, path, text, sizeof(text), e)) {
		if (e->reason == ERR_NOTFOUND)
			return err_set(e, ERR_LABEL, 0, "the loaded SELinux policy has no class " CLASS
				       " (%s is missing): secctr selinux install", path);
		return -1;
	}
	return str_to_u64(text, 1, max, path, ret, e);
}

static int find_perm(int fs, const char *perm, uint16_t *ret_class, uint32_t *ret_bit, struct err *e)
{
	uint64_t class, bit;
	char path[64];
	size_t i;

	for (i = 0; i < ARRAY_LEN(perms); i++)
		if (!strcmp(perms[i], perm))
			break;
	if (i == ARRAY_LEN(perms))
		return err_set(e, ERR_INTERNAL, 0, "class " CLASS " has no permission \"%.32s\"", perm);
	snprintf(path, sizeof(path), "class/" CLASS "/perms/%s", perms[i]);
	if (read_number(fs, "class/" CLASS "/index", UINT16_MAX, &class, e) ||
	    read_number(fs, path, 32, &bit, e))
		return -1;
	*ret_class = (uint16_t)class;
	*ret_bit = UINT32_C(1) << (bit - 1);
	return 0;
}

/* A blank in a context would shift the words of the question (the kernel reads it by sscanf). */
static int check_context(const char *what, const char *context, struct err *e)
{
	size_t n = strlen(context);

	if (!n || n >= LABEL_MAX || strpbrk(context, " \t\n"))
		return err_set(e, ERR_INPUT, 0, "%s context: empty, over %d bytes or with a blank", what,
			       LABEL_MAX - 1);
	return 0;
}

int selinux_may(const char *source, const char *target, const char *perm,
		struct selinux_verdict *ret, struct err *e)
{
	char question[2 * LABEL_MAX + 16], answer[128], enforce[16];
	struct selinux_verdict v = { 0 };
	auto_close int fs = -1;
	struct selinux_av av;
	uint16_t class = 0;
	uint32_t bit = 0;

	if (check_context("source", source, e) || check_context("target", target, e))
		return -1;
	fs = selinuxfs_open(e);
	if (fs < 0 || find_perm(fs, perm, &class, &bit, e) ||
	    selinuxfs_read(fs, "enforce", enforce, sizeof(enforce), e))
		return -1;
	snprintf(question, sizeof(question), "%s %s %u", source, target, (unsigned)class);
	if (selinuxfs_ask(fs, "access", question, answer, sizeof(answer), e))
		return err_context(e, "may %.150s %s %.150s", source, perm, target);
	if (selinux_av_parse(answer, &av, e))
		return -1;
	v.denied_by_rule = !(av.allowed & bit);
	v.permissive = av.permissive || strcmp(enforce, "1");
	v.allowed = !v.denied_by_rule || v.permissive;
	if (v.denied_by_rule ? av.auditdeny & bit : av.auditallow & bit)
		snprintf(v.avc, sizeof(v.avc), "avc:  %s  { %s } for  scontext=%s tcontext=%s tclass=" CLASS
			 " permissive=%d", v.denied_by_rule ? "denied" : "granted", perm, source, target,
			 v.permissive);
	*ret = v;
	return 0;
}
