/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pair.c - the wall time of two commands, in turn: pair N A... -- B...
 *
 * Prints "MIN_A MEDIAN_A MIN_B MEDIAN_B" in microseconds, from posix_spawn() to the end of wait; their output goes nowhere. In turn,
 * because what else the machine does then weighs on both. A command that fails ends it with status 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;
enum { ROUNDS_MAX = 10000, WARM = 3 };

static double once(char *const argv[])
{
	posix_spawn_file_actions_t quiet;
	struct timespec a, b;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	clock_gettime(CLOCK_MONOTONIC, &a);
	errno = posix_spawnp(&pid, argv[0], &quiet, NULL, argv, environ);
	if (errno || waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "pair: %s failed\n", argv[0]);
		exit(1);
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	posix_spawn_file_actions_destroy(&quiet);
	return (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3;
}

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char *argv[])
{
	static double t[2][ROUNDS_MAX];
	char **command[2];
	int n = argc > 1 ? atoi(argv[1]) : 0, k = 2;

	while (k < argc && strcmp(argv[k], "--") != 0)
		k++;
	if (n < 1 || n > ROUNDS_MAX || k < 3 || k + 1 >= argc) {
		fprintf(stderr, "usage: pair N A... -- B...\n");
		return 2;
	}
	argv[k] = NULL;
	command[0] = argv + 2;
	command[1] = argv + k + 1;
	for (int i = -WARM; i < n; i++)
		for (int c = 0; c < 2; c++) {
			double us = once(command[c]);

			if (i >= 0)
				t[c][i] = us;
		}
	for (int c = 0; c < 2; c++) {
		qsort(t[c], (size_t)n, sizeof(t[c][0]), order);
		printf("%.0f %.0f%c", t[c][0], t[c][n / 2], c ? '\n' : ' ');
	}
	return 0;
}
