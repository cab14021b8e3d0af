/* SPDX-License-Identifier: Apache-2.0 */
/* secctr_main.c - main(): finds the command, parses its options, prints the one error line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/cli/main.h"

int main(int argc, char *argv[])
{
	return cli_main(argc, (const char *const *)argv);
}
