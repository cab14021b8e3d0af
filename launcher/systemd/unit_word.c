/* SPDX-License-Identifier: Apache-2.0 */
/* unit_word.c - see unit_word.h. */
#include "launcher/systemd/unit_word.h"

#include <string.h>

enum { UNIT_NAME_MAX = 255 };

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* What means nothing to systemd wherever it stands in a word. */
static bool is_plain(const char *word)
{
	return *word && strspn(word, LETTERS "_./:=,@+-") == strlen(word);
}

static int add_escaped(struct str *to, enum unit_word kind, unsigned char c, struct err *e)
{
	const char text[] = { (char)c, '\0' };

	if (kind == UNIT_WORD_PATH)
		return err_set(e, ERR_INPUT, 0, "a path with the byte 0x%02x cannot stand in a unit", c);
	(void)text;
	return str_addf(to, e, "\\x%02x", c);
}

static int add_byte(struct str *to, enum unit_word kind, unsigned char c, bool text, struct err *e)
{
	if (c == '%' || (c == '$' && kind == UNIT_WORD_EXEC))
		return str_addf(to, e, "%c%c", c, c);
	if (c == '"' || c == '\\')
		return str_addf(to, e, "\\%c", c);
	if (c < ' ' || c == 0x7f || (c > 0x7f && !text))
		return add_escaped(to, kind, c, e);
	return str_add_bytes(to, &c, 1, e);
}

int unit_word_add(struct str *to, enum unit_word kind, const char *word, struct err *e)
{
	size_t n = strlen(word);
	bool text = str_is_utf8(word, n);

	if (kind == UNIT_WORD_PATH && *word != '/')
		return err_set(e, ERR_INPUT, 0, "%.128s is no absolute path", word);
	if (to->len && to->text[to->len - 1] != ' ' && to->text[to->len - 1] != '=' && str_add(to, " ", e))
		return -1;
	if (is_plain(word))
		return str_add(to, word, e);
	if (str_add(to, "\"", e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (add_byte(to, kind, (unsigned char)word[i], text, e))
			return -1;
	return str_add(to, "\"", e);
}

int unit_name_check(const char *what, const char *name, struct err *e)
{
	size_t n = strlen(name), good = strspn(name, LETTERS ":_.-@\\");

	if (!n || n > UNIT_NAME_MAX)
		return err_set(e, n ? ERR_LIMIT : ERR_INPUT, 0, n ? "%s: more than %d bytes" : "%s: is empty", what, UNIT_NAME_MAX);
	if (good != n)
		return err_set(e, ERR_INPUT, 0, "%s: '%.64s' is no name of a unit (systemd.unit(5)): character %zu", what, name, good + 1);
	return 0;
}
