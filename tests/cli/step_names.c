/* SPDX-License-Identifier: Apache-2.0 */
/* step_names.c - prints "WHERE STEP" for each step of a start that tests/cli/steps.bats makes fail (launcher/base/fault.h). */
#include <stdio.h>

#include "launcher/cli/launch.h"
#include "launcher/runtime/container.h"

static void print(const char *where, const char *(*name)(size_t))
{
	for (size_t i = 0; name(i); i++)
		printf("%s %s\n", where, name(i));
}

int main(void)
{
	print("supervisor", launch_stage_name);
	print("init", runtime_step_name);
	print("exec", runtime_join_step_name);
	return fflush(stdout) ? 1 : 0;
}
