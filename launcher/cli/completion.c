/* SPDX-License-Identifier: Apache-2.0 */
/* completion.c - see completion.h. */
#include "launcher/cli/completion.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/report/report.h"
#include "launcher/cli/aliases.h"
#include "launcher/cli/topics.h"
#include "launcher/store/container.h"
#include "launcher/store/images.h"
#include "launcher/store/volumes.h"
#include "policy/policy.h"

struct completing {
	struct context *c;
	const char *lead;		/* what stands in front of the candidate in the same word: "--policy=" */
	int lead_len;
	const char *typed;		/* the rest of that word */
	FILE *out;
};

static void offer(const struct completing *q, const char *word, const char *help)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/@:=+-";

	if (str_starts(word, q->typed) && word[strspn(word, plain)] == '\0')
		fprintf(q->out, "%.*s%s\t%s\n", q->lead_len, q->lead, word, help);
}

/* State files only: looking at a container (look.h) may end and record it, which a key press must not. */
static void offer_containers(const struct completing *q)
{
	auto_strv struct strv ids = { 0 };
	struct err ignored;

	if (context_store(q->c, &ignored) || container_list(&q->c->store, &ids, &ignored))
		return;
	for (size_t i = 0; i < ids.len; i++) {
		auto_close int dir = container_dir(&q->c->store, ids.item[i], &ignored);
		auto_container struct container_state s;

		container_state_init(&s);
		if (dir >= 0 && container_state_read(dir, ids.item[i], &s, &ignored) == 0 && s.name)
			offer(q, s.name, container_status_words[s.status]);
	}
}

static void offer_images(const struct completing *q)
{
	struct image *image = NULL;
	struct err ignored;
	size_t n = 0;

	if (context_store(q->c, &ignored) || image_list(&q->c->store, &image, &n, &ignored))
		return;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < image[i].refs.len; k++)
			offer(q, image[i].refs.item[k], "");
	image_list_free(image, n);
}

static void offer_volumes(const struct completing *q)
{
	auto_strv struct strv names = { 0 };
	struct err ignored;

	if (context_store(q->c, &ignored) || volume_list(&q->c->store, &names, &ignored))
		return;
	for (size_t i = 0; i < names.len; i++)
		offer(q, names.item[i], "");
}

static void offer_policies(const struct completing *q)
{
	AUTO(policy_set_free_auto) struct policy_set *set = NULL;
	struct err ignored;

	if (policy_set_read(&policy_places_default, &set, &ignored))
		return;
	for (size_t i = 0; i < policy_set_count(set); i++)
		offer(q, policy_name(policy_set_at(set, i)), "");
}

static void offer_views(const struct completing *q)
{
	static const struct {
		const char *word, *help;
	} views[] = {
#define X(name, word, takes, help) { word, help },
		REPORT_VIEWS(X)
#undef X
	};

	for (size_t i = 0; i < ARRAY_LEN(views); i++)
		offer(q, views[i].word, views[i].help);
}

static void offer_kind(const struct completing *q, const char *kind, size_t len)
{
	static const struct {
		const char *kind;	/* as in struct opt; in capitals the word of struct command's operands */
		void (*offer)(const struct completing *q);
	} kinds[] = {
		{ "container", offer_containers }, { "image", offer_images }, { "policy", offer_policies },
		{ "volume", offer_volumes }, { "view", offer_views },
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strlen(kinds[i].kind) == len && strncasecmp(kinds[i].kind, kind, len) == 0)
			kinds[i].offer(q);
	if (len == 4 && strncasecmp(kind, "file", 4) == 0)
		fputs(":file\n", q->out);
	if (len == 3 && strncasecmp(kind, "dir", 3) == 0)
		fputs(":dir\n", q->out);
}

/* "IMAGE|DIR" are kinds, "none|host|private" the very words; "type=bind|tmpfs,..." is neither. */
static void offer_alternatives(const struct completing *q, const char *text, size_t len)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789-|";
	bool literal = strspn(text, lower) >= len;

	for (const char *end = text + len; text < end; ) {
		size_t n = strcspn(text, "|. ]");
		char word[32];

		if (n > (size_t)(end - text))
			n = (size_t)(end - text);
		if (literal && n < sizeof(word)) {
			memcpy(word, text, n);
			word[n] = '\0';
			offer(q, word, "");
		} else if (!literal) {
			offer_kind(q, text, n);
		}
		text += n + 1;
	}
}

static void offer_value(const struct completing *q, const struct opt *o)
{
	if (*o->complete)
		offer_kind(q, o->complete, strlen(o->complete));
	else
		offer_alternatives(q, o->value, strlen(o->value));
}

static void offer_options(const struct completing *q, const struct opt *const tables[])
{
	char word[64];

	for (; tables && *tables; tables++)
		for (const struct opt *o = *tables; o->kind != OPT_KIND_END; o++) {
			if (!opt_is_shown(o))
				continue;
			snprintf(word, sizeof(word), "--%s", o->name);
			offer(q, word, o->help);
		}
	if (tables != global_tables)
		offer(q, "--help", "show the options");
}

static const struct command *command_of(const char *name, size_t len)
{
	for (size_t i = 0; commands[i]; i++)
		if (strlen(commands[i]->name) == len && strncmp(commands[i]->name, name, len) == 0)
			return commands[i];
	return NULL;
}

static void offer_members(const struct completing *q, const char *family)
{
	const struct command *c;
	const char *name;

	for (size_t i = 0; (name = alias_member(family, i, &c)); i++) {
		char whole[64];

		snprintf(whole, sizeof(whole), "%s %s", family, name);
		if (!command_of(whole, strlen(whole)))
			offer(q, name, c->brief);
	}
}

/* "container" is offered with its first command already. */
static void offer_families(const struct completing *q)
{
	const char *family;

	for (size_t i = 0; (family = alias_family(i)); i++) {
		bool known = false;

		for (size_t k = 0; commands[k] && !known; k++)
			known = commands[k]->group && str_starts(commands[k]->name, family) && commands[k]->name[strlen(family)] == ' ';
		if (!known)
			offer(q, family, "the same commands, as in Podman");
	}
	offer(q, "help", "show the commands, or the options of one");
}

/* first: NULL, or the first word of a command of two ("policy"). */
static void offer_commands(const struct completing *q, const char *first)
{
	size_t n = first ? strlen(first) : 0;

	for (size_t i = 0; commands[i]; i++) {
		const char *name = commands[i]->name, *blank = strchr(name, ' ');
		char word[32];

		if (!commands[i]->group || (first && !(blank && strncmp(name, first, n) == 0 && name[n] == ' ')))
			continue;
		if (!first && blank && command_of(name, (size_t)(blank - name)))
			continue;	/* "report bundle": `report` is one itself */
		if (!first && blank && i && strncmp(commands[i - 1]->name, name, (size_t)(blank - name) + 1) == 0)
			continue;	/* offered with the row before */
		snprintf(word, sizeof(word), "%.*s", !first && blank ? (int)(blank - name) : 31, first ? blank + 1 : name);
		offer(q, word, !first && blank ? commands[i]->group : commands[i]->brief);
	}
	if (first)
		offer_members(q, first);
	else
		offer_families(q);
}

/* at: how many operands stand in front. "CONTAINER COMMAND [ARG...]": the last word counts on if it ends in "...". */
static void offer_operand(const struct completing *q, const char *operands, size_t at)
{
	const char *word = operands;
	size_t len;

	for (; word; at--) {
		word += strspn(word, "[ ");
		len = strcspn(word, " ");
		if (at == 0 || (len > 3 && strncmp(word + len - 3, "...", 3) == 0)) {
			offer_alternatives(q, word, strcspn(word, " .]"));
			return;
		}
		word = word[len] ? word + len : NULL;
	}
}

/* The row of the option that takes its value from the word behind `word`, or NULL. */
static const struct opt *wants_next(const struct opt *const tables[], const char *word)
{
	if (!tables)
		return NULL;
	if (word[1] == '-') {
		const struct opt *o = strchr(word, '=') ? NULL : opt_find(tables, word + 2);

		return o && o->value ? o : NULL;
	}
	for (const char *c = word + 1; *c; c++)
		for (const struct opt *const *t = tables; *t; t++)
			for (const struct opt *o = *t; o->kind != OPT_KIND_END; o++)
				if (o->letter == *c && o->value)
					return c[1] ? NULL : o;
	return NULL;
}

/* Where the last word stands, after all before it. */
struct place {
	const struct opt *const *tables;
	const struct command *cmd;
	const char *first;		/* "policy" was read, its second word was not */
	const struct command *whole;	/* ... and that alone is a command too ("report") */
	const struct opt *value_of;
	size_t operands;
	bool help, ended, lost;		/* lost: behind a word that is no command */
};

static void pass_name(struct place *p, const char *word)
{
	size_t n = p->first ? strlen(p->first) : 0;
	const char *with;

	if (!p->first && !p->help && strcmp(word, "help") == 0) {
		p->help = true;
		p->tables = NULL;
		return;
	}
	for (size_t i = 0; commands[i] && !p->cmd; i++) {
		const char *name = commands[i]->name, *blank = strchr(name, ' ');

		if (p->first ? strncmp(name, p->first, n) == 0 && name[n] == ' ' && strcmp(name + n + 1, word) == 0
			     : strcmp(name, word) == 0)
			p->cmd = commands[i];
		else if (!p->first && blank && strlen(word) == (size_t)(blank - name) && str_starts(name, word)) {
			p->first = word;
			p->whole = command_of(word, strlen(word));
			p->tables = p->whole ? p->whole->tables : NULL;
			return;
		}
	}
	if (!p->cmd && p->whole) {
		p->cmd = p->whole;
		p->operands = 1;
	}
	if (!p->cmd && p->first)
		p->cmd = alias_find((const char *const[]){ p->first, word }, 2, &with);
	if (!p->cmd && !p->first && alias_is_family(word)) {
		p->first = word;
		p->tables = NULL;
		return;
	}
	p->tables = p->cmd ? p->cmd->tables : NULL;
	p->lost = !p->cmd;
}

static void pass(struct place *p, const char *word)
{
	if (p->value_of) {
		p->value_of = NULL;
	} else if (!p->ended && word[0] == '-' && word[1]) {
		p->ended = strcmp(word, "--") == 0;
		p->value_of = wants_next(p->tables, word);
	} else if (!p->cmd) {
		pass_name(p, word);
	} else {
		p->operands++;
		p->ended |= p->cmd->mode == OPT_STOP;
	}
}

void complete_words(struct context *c, const char *const word[], size_t n, FILE *out)
{
	struct completing q = { .c = c, .lead = "", .out = out, .typed = n ? word[n - 1] : "" };
	struct place p = { .tables = global_tables };
	const char *eq = strchr(q.typed, '=');

	for (size_t i = 0; i + 1 < n; i++)
		pass(&p, word[i]);
	if (p.lost)
		return;
	if (p.value_of) {
		offer_value(&q, p.value_of);
	} else if (!p.ended && q.typed[0] == '-' && eq) {
		auto_free char *name = strndup(q.typed, (size_t)(eq - q.typed));
		const struct opt *o = name ? wants_next(p.tables, name) : NULL;

		q.lead = q.typed;
		q.lead_len = (int)(eq + 1 - q.typed);
		q.typed = eq + 1;
		if (o)
			offer_value(&q, o);
	} else if (!p.ended && q.typed[0] == '-') {
		offer_options(&q, p.tables);
	} else if (!p.cmd) {
		offer_commands(&q, p.first);
		if (p.whole && p.whole->operands && !p.help)
			offer_operand(&q, p.whole->operands, 0);
	} else if (p.cmd->operands && !p.help) {
		offer_operand(&q, p.cmd->operands, p.operands);
	}
}
