/* SPDX-License-Identifier: Apache-2.0 */
/* swap.c - swap A B [A B]...: exchanges the two names of each pair, in turn, until it is killed (rename(2), RENAME_EXCHANGE). */
#define _GNU_SOURCE
#include <stdio.h>

int main(int argc, char *argv[])
{
	if (argc < 3 || !(argc & 1))
		return 2;
	for (;;)
		for (int i = 1; i < argc; i += 2)
			if (renameat2(-100, argv[i], -100, argv[i + 1], RENAME_EXCHANGE)) {
				perror(argv[i]);
				return 1;
			}
}
