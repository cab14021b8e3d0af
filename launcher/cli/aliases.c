/* SPDX-License-Identifier: Apache-2.0 */
/* aliases.c - see aliases.h. */
#include "launcher/cli/aliases.h"

#include <string.h>

#include "launcher/base/str.h"

static const struct {
	const char *word, *group;
} families[] = { { "container", "Containers" }, { "image", "Images" }, { "volume", "Volumes" }, { "system", NULL } };

/* Beside the commands of the family's group, which have their own names there. */
static const struct {
	const char *family, *name, *command, *with;
} names[] = {
	{ "container", "ls", "ps", NULL }, { "container", "list", "ps", NULL },
	{ "container", "inspect", "inspect", "--type=container" }, { "container", "umount", "unmount", NULL },
	{ "image", "ls", "images", NULL }, { "image", "list", "images", NULL },
	{ "image", "rm", "rmi", NULL }, { "image", "remove", "rmi", NULL },
	{ "image", "inspect", "inspect", "--type=image" },
	{ "volume", "list", "volume ls", NULL }, { "volume", "remove", "volume rm", NULL },
	{ "system", "info", "info", NULL },
};

static const struct command *by_name(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

/* "images" is no member of image, and what has two words has its place already. */
static bool is_member(const struct command *c, size_t family)
{
	return c->group && families[family].group && strcmp(c->group, families[family].group) == 0 && !strchr(c->name, ' ') &&
	       !str_starts(c->name, families[family].word);
}

static size_t family_at(const char *word)
{
	size_t i = 0;

	while (i < ARRAY_LEN(families) && strcmp(families[i].word, word) != 0)
		i++;
	return i;
}

const struct command *alias_find(const char *const words[], size_t n, const char **ret_with)
{
	size_t family = n > 1 ? family_at(words[0]) : ARRAY_LEN(families);

	*ret_with = NULL;
	if (family == ARRAY_LEN(families))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i].family, words[0]) == 0 && strcmp(names[i].name, words[1]) == 0) {
			*ret_with = names[i].with;
			return by_name(names[i].command);
		}
	for (size_t i = 0; commands[i]; i++)
		if (is_member(commands[i], family) && strcmp(commands[i]->name, words[1]) == 0)
			return commands[i];
	return NULL;
}

bool alias_is_family(const char *word)
{
	return family_at(word) < ARRAY_LEN(families);
}

const char *alias_family(size_t i)
{
	return i < ARRAY_LEN(families) ? families[i].word : NULL;
}

const char *alias_member(const char *family, size_t i, const struct command **ret)
{
	size_t at = family_at(family);

	for (size_t k = 0; k < ARRAY_LEN(names) && at < ARRAY_LEN(families); k++) {
		const struct command *c = strcmp(names[k].family, family) == 0 ? by_name(names[k].command) : NULL;

		if (c && i-- == 0) {
			*ret = c;
			return names[k].name;
		}
	}
	for (size_t k = 0; commands[k] && at < ARRAY_LEN(families); k++) {
		bool named = false;

		for (size_t m = 0; m < ARRAY_LEN(names); m++)
			named |= strcmp(names[m].family, family) == 0 && strcmp(names[m].name, commands[k]->name) == 0;
		if (!named && is_member(commands[k], at) && i-- == 0) {
			*ret = commands[k];
			return commands[k]->name;
		}
	}
	return NULL;
}
