/* SPDX-License-Identifier: Apache-2.0 */
/* caps.c - the table of capability names. */
#include "launcher/plan/caps.h"

#include <string.h>

static const char *const names[CAPS_COUNT] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
	"CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
	"CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
	"CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
	"CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
};

#define BIT(n) (UINT64_C(1) << (n))
/* SYS_MODULE, SYS_RAWIO, AUDIT_WRITE, AUDIT_CONTROL, MAC_OVERRIDE, MAC_ADMIN, AUDIT_READ */
const uint64_t caps_never = BIT(16) | BIT(17) | BIT(29) | BIT(30) | BIT(32) | BIT(33) | BIT(37);

int caps_bit(const char *name)
{
	for (int i = 0; i < CAPS_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

const char *caps_name(int bit)
{
	return bit >= 0 && bit < CAPS_COUNT ? names[bit] : "CAP_?";
}

int caps_parse(const struct strv *v, uint64_t *ret, struct err *e)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < v->len; i++) {
		int bit = caps_bit(v->item[i]);

		if (strcmp(v->item[i], "ALL") == 0)
			bits |= CAPS_ALL & ~caps_never;
		else if (bit < 0)
			return err_set(e, ERR_INPUT, 0, "%.64s is no capability", v->item[i]);
		else
			bits |= BIT(bit);
	}
	*ret = bits;
	return 0;
}

int caps_format(uint64_t bits, struct strv *to, struct err *e)
{
	strv_done(to);
	for (int i = 0; i < CAPS_COUNT; i++)
		if (bits & BIT(i) && strv_add(to, names[i], e))
			return -1;
	return 0;
}
