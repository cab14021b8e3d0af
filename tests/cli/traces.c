/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traces.c - what a start makes on a host, a line for each, sorted: lib.bash's traces().
 *
 * traces BIN DIR...: mounts (mountinfo(5) from its third field on), control groups of containers (below /sys/fs/cgroup, at
 * least two deep), processes that execute a file of BIN, and the entries of each DIR; what cannot be read is not there. A
 * program, since a shell makes six processes for it, two or three times for each refusal that is tested.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **lines;
static size_t count, room;

static void add(char *line)
{
	if (count == room) {
		room = room ? 2 * room : 256;
		lines = realloc(lines, room * sizeof(*lines));
	}
	if (!line || !lines)
		abort();
	lines[count++] = line;
}

static char *joined(const char *dir, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

static void mounts(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0) {
		char *rest = strchr(line, ' ');

		rest = rest ? strchr(rest + 1, ' ') : NULL;
		if (!rest)
			continue;
		rest[strcspn(rest, "\n")] = '\0';
		add(strdup(rest + 1));
	}
	free(line);
	if (f)
		(void)fclose(f);
}

static int group(const char *path, const struct stat *st, int type, struct FTW *at)
{
	const char *name = path + at->base;

	(void)st;
	if (type == FTW_D && at->level >= 2 && strncmp(name - strlen("secctr/"), "secctr/", strlen("secctr/")) == 0 &&
	    strspn(name, "0123456789abcdef") == strlen(name))
		add(strdup(path));
	return 0;
}

static void processes(const char *bin)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	char link[64], exe[PATH_MAX];

	while (d && (e = readdir(d))) {
		ssize_t n;

		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		snprintf(link, sizeof(link), "/proc/%.16s/exe", e->d_name);
		n = readlink(link, exe, sizeof(exe) - 1);
		if (n <= 0)
			continue;
		exe[n] = '\0';
		if (strncmp(exe, bin, strlen(bin)) == 0 && exe[strlen(bin)] == '/')
			add(strdup(link));
	}
	if (d)
		(void)closedir(d);
}

static void entries(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *e;

	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			add(joined(dir, e->d_name));
	if (d)
		(void)closedir(d);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
	mounts();
	(void)nftw("/sys/fs/cgroup", group, 32, FTW_PHYS);
	if (argc > 1)
		processes(argv[1]);
	for (int i = 2; i < argc; i++)
		entries(argv[i]);
	qsort(lines, count, sizeof(*lines), by_text);
	for (size_t i = 0; i < count; i++)
		if (!i || strcmp(lines[i], lines[i - 1]) != 0)
			puts(lines[i]);
	return 0;
}
