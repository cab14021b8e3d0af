/* SPDX-License-Identifier: Apache-2.0 */
/* split.c - the yardstick: read a log and split every line into all its fields, by memchr(3), and do nothing with them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buf[(1 << 18) + (1 << 21)];

int main(int argc, char *argv[])
{
	unsigned long lines = 0, fields = 0, bytes = 0;
	int fd = argc > 1 ? open(argv[1], O_RDONLY) : 0, bare = argc > 2;
	size_t have = 0;
	ssize_t n;

	while ((n = read(fd, buf + have, 1 << 18)) > 0) {
		char *line = buf, *end = buf + have + n, *nl;

		for (; (nl = memchr(line, '\n', (size_t)(end - line))); line = nl + 1, lines++) {
			char *at = line, *blank, *eq;

			while (!bare && at < nl && (eq = memchr(at, '=', (size_t)(nl - at)))) {
				blank = memchr(eq, ' ', (size_t)(nl - eq));
				blank = blank ? blank : nl;
				fields++;
				bytes += (unsigned long)(blank - eq);
				at = blank;
			}
		}
		have = (size_t)(end - line);
		memmove(buf, line, have);
	}
	printf("%lu lines, %lu fields, %lu bytes of values\n", lines, fields, bytes);
	return 0;
}
