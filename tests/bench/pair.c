/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pair.c - the wall time of two commands, in turn: pair N A... -- B...
 *
 * Prints "MIN_A MEDIAN_A MIN_B MEDIAN_B" in microseconds, from posix_spawn() to the end of wait; their output goes nowhere. In turn,
 * because what else the machine does then weighs on both. A command may be several, with "," as a word between them: their time is
 * that of all. One that fails ends it with status 1. With an N of 0 it prints "PEAK_A PEAK_B" of one run instead: the most
 * kB that one process had resident, of those that were waited for (getrusage(2)).
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;
enum { ROUNDS_MAX = 10000, WARM = 3 };

/* One of them, to its end; the most that it had resident is kept in *peak if that is more. Whatever else
 * of ours ends meanwhile is reaped. */
static void one(char *const argv[], long *peak)
{
	posix_spawn_file_actions_t quiet;
	struct rusage used;
	int status = 0;
	pid_t pid, ended = -1;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	errno = posix_spawnp(&pid, argv[0], &quiet, NULL, argv, environ);
	while (!errno && (ended = wait4(-1, &status, 0, &used)) > 0 && ended != pid)
		;
	if (errno || ended != pid || status) {
		fprintf(stderr, "pair: %s failed\n", argv[0]);
		exit(1);
	}
	posix_spawn_file_actions_destroy(&quiet);
	if (used.ru_maxrss > *peak)
		*peak = used.ru_maxrss;
}

static double once(char *argv[], long *peak)
{
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (char **from = argv, **k = argv; *from; from = k) {
		char *end;

		while (*k && strcmp(*k, ",") != 0)
			k++;
		end = *k;
		*k = NULL;
		one(from, peak);
		*k = end;
		k += end != NULL;
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
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
	long peak[2] = { 0, 0 };
	int n = argc > 1 ? atoi(argv[1]) : -1, k = 2;

	while (k < argc && strcmp(argv[k], "--") != 0)
		k++;
	if (n < 0 || n > ROUNDS_MAX || k < 3 || k + 1 >= argc) {
		fprintf(stderr, "usage: pair N A... -- B...\n");
		return 2;
	}
	/* As an engine's monitor is: what a command leaves behind is ours to reap, and at once. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	argv[k] = NULL;
	command[0] = argv + 2;
	command[1] = argv + k + 1;
	for (int i = -WARM; i < n; i++)
		for (int c = 0; c < 2; c++) {
			double us = once(command[c], &peak[c]);

			if (i >= 0)
				t[c][i] = us;
		}
	if (n == 0)
		printf("%ld %ld\n", peak[0], peak[1]);
	for (int c = 0; n && c < 2; c++) {
		qsort(t[c], (size_t)n, sizeof(t[c][0]), order);
		printf("%.0f %.0f%c", t[c][0], t[c][n / 2], c ? '\n' : ' ');
	}
	return 0;
}
