/* SPDX-License-Identifier: Apache-2.0 */
/* runtime_main.c - main() of secctr-runtime. */
#include "launcher/cli/oci.h"

int main(int argc, char *argv[])
{
	return oci_main(argc, (const char *const *)argv);
}
