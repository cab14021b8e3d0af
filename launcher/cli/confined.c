/* SPDX-License-Identifier: Apache-2.0 */
/* confined.c - see confined.h. */
#include "launcher/cli/confined.h"

#include <fcntl.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "selinux/label.h"

bool is_confined(void)
{
	auto_close int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char label[LABEL_MAX];
	struct err ignored;

	return proc >= 0 && label_of_self(proc, label, &ignored) == 0 && strstr(label, ":secctr_t");
}
