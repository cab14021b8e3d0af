/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox.c - see sandbox.h. */
#include "launcher/image/sandbox.h"

#include "launcher/base/powerless.h"

int sandbox_enter(struct err *e)
{
	static const struct powerless fetch = { .bytes = SANDBOX_BYTES, .cpu_seconds = SANDBOX_CPU_SECONDS };

	return powerless_enter(&fetch, e);
}
