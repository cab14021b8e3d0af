/* SPDX-License-Identifier: Apache-2.0 */
/* capabilities.c - see capabilities.h. */
#include "launcher/base/capabilities.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static void put(struct __user_cap_data_struct set[2], uint64_t caps)
{
	for (int i = 0; i < 2; i++)
		set[i] = (struct __user_cap_data_struct){ .permitted = (uint32_t)(caps >> (32 * i)),
							  .effective = (uint32_t)(caps >> (32 * i)) };
}

int capabilities_keep(uint64_t keep, struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[2], have[2];

	/* With nothing inheritable the ambient ones go too (cap_capset(), security/commoncap.c). */
	put(set, keep);
	if (syscall(SYS_capset, &head, set) == 0)
		return 0;
	/* Some of them are not there. */
	if (errno != EPERM || syscall(SYS_capget, &head, have))
		return err_set(e, ERR_SYSTEM, errno, "capget");
	put(set, keep & (have[0].permitted | (uint64_t)have[1].permitted << 32));
	if (syscall(SYS_capset, &head, set))
		return err_set(e, ERR_SYSTEM, errno, "capset");
	return 0;
}
