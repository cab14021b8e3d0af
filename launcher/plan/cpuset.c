/* SPDX-License-Identifier: Apache-2.0 */
/* cpuset.c - see cpuset.h. */
#include "launcher/plan/cpuset.h"

#include <stdlib.h>
#include <string.h>

#include "launcher/base/str.h"

static int add_range(struct cpuset *s, char *word, const char *what, struct err *e)
{
	char *dash = strchr(word, '-');
	uint64_t low, high;

	if (dash)
		*dash++ = '\0';
	if (str_to_u64(word, 0, CPUSET_MAX - 1, what, &low, e))
		return -1;
	high = low;
	if (dash && str_to_u64(dash, low, CPUSET_MAX - 1, what, &high, e))
		return -1;
	for (uint64_t i = low; i <= high; i++)
		s->bits[i / 64] |= UINT64_C(1) << i % 64;
	return 0;
}

int cpuset_add(struct cpuset *s, const char *text, const char *what, struct err *e)
{
	auto_free char *copy = NULL;
	char *rest, *word;

	if (str_copy(text, &copy, e))
		return -1;
	for (rest = copy; (word = strsep(&rest, ",")); )
		if (add_range(s, word, what, e))
			return -1;
	return 0;
}

int cpuset_parse(struct cpuset *s, const char *text)
{
	for (;;) {
		char *end;
		unsigned long low = strtoul(text, &end, 10), high = low;

		if (end == text)
			return -1;
		if (*end == '-') {
			text = end + 1;
			high = strtoul(text, &end, 10);
		}
		if (end == text || high < low || high >= CPUSET_MAX)
			return -1;
		for (unsigned long i = low; i <= high; i++)
			s->bits[i / 64] |= UINT64_C(1) << i % 64;
		if (*end != ',')
			return *end ? -1 : 0;
		text = end + 1;
	}
}

bool cpuset_within(const struct cpuset *a, const struct cpuset *b)
{
	for (size_t i = 0; i < ARRAY_LEN(a->bits); i++)
		if (a->bits[i] & ~b->bits[i])
			return false;
	return true;
}
