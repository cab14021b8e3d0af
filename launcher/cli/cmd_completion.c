/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_completion.c - secctr completion: the shells' scripts; and __complete, which they call.
 *
 * A script does what is its shell's: it hands over the words and shows the candidates (completion.h).
 */
#include <stdio.h>
#include <string.h>

#include "launcher/cli/commands.h"
#include "launcher/cli/completion.h"

/*
 * bash splits words at = and : too, and replaces only what stands behind the last of them: the words are put together
 * again where no blank was between them, and the front part is taken off the candidates.
 */
static const char bash[] =
	"# bash completion for secctr; made by `secctr completion bash`\n"
	"_secctr() {\n"
	"	local line=$COMP_LINE word before i candidate front last=''\n"
	"	local -a words=()\n"
	"	for ((i = 0; i <= COMP_CWORD; i++)); do\n"
	"		word=${COMP_WORDS[i]}\n"
	"		before=${line%%\"$word\"*}\n"
	"		if ((${#words[@]})) && [[ -z $before && ($word == [=:]* || $last == *[=:]) ]]; then\n"
	"			words[-1]+=$word\n"
	"		else\n"
	"			words+=(\"$word\")\n"
	"		fi\n"
	"		line=${line#\"$before$word\"} last=$word\n"
	"	done\n"
	"	word=${words[-1]} front=''\n"
	"	[[ $word != *[=:]* ]] || front=${word%\"${word##*[=:]}\"}\n"
	"	COMPREPLY=()\n"
	"	while IFS=$'\\t' read -r candidate _; do\n"
	"		case $candidate in\n"
	"		:file | :dir)\n"
	"			compopt -o filenames 2>/dev/null\n"
	"			while IFS= read -r candidate; do COMPREPLY+=(\"$candidate\"); done < <(\n"
	"				if [[ $candidate == :dir ]]; then compgen -d -- \"${word#\"$front\"}\"\n"
	"				else compgen -f -- \"${word#\"$front\"}\"; fi)\n"
	"			;;\n"
	"		*) COMPREPLY+=(\"${candidate#\"$front\"}\") ;;\n"
	"		esac\n"
	"	done < <(command secctr __complete -- \"${words[@]:1}\" 2>/dev/null)\n"
	"}\n"
	"complete -F _secctr secctr\n";

static const char zsh[] =
	"#compdef secctr\n"
	"# zsh completion for secctr; made by `secctr completion zsh`\n"
	"_secctr() {\n"
	"	local line name\n"
	"	local -a found\n"
	"	for line in \"${(@f)$(command secctr __complete -- \"${(@Q)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
	"		name=${line%%$'\\t'*}\n"
	"		case $name in\n"
	"		:file) _files ;;\n"
	"		:dir) _files -/ ;;\n"
	"		?*) found+=(\"${name//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
	"		esac\n"
	"	done\n"
	"	_describe -t values secctr found\n"
	"}\n"
	"if [ \"$funcstack[1]\" = _secctr ]; then _secctr \"$@\"; else compdef _secctr secctr; fi\n";

static const char fish[] =
	"# fish completion for secctr; made by `secctr completion fish`\n"
	"function __secctr_complete\n"
	"	set -l words (commandline -opc)\n"
	"	set -l typed (commandline -ct)\n"
	"	for line in (command secctr __complete -- $words[2..-1] \"$typed\" 2>/dev/null)\n"
	"		switch $line\n"
	"		case :file\n"
	"			__fish_complete_path \"$typed\"\n"
	"		case :dir\n"
	"			__fish_complete_directories \"$typed\" ''\n"
	"		case '*'\n"
	"			printf '%s\\n' $line\n"
	"		end\n"
	"	end\n"
	"end\n"
	"complete -c secctr -f -a '(__secctr_complete)'\n";

static int cmd_completion_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	static const struct {
		const char *shell, *script;
	} scripts[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

	(void)c;
	(void)request;
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
		if (strcmp(operands->item[0], scripts[i].shell) == 0) {
			fputs(scripts[i].script, stdout);
			return fflush(stdout) ? err_set(e, ERR_SYSTEM, errno, "standard output") : 0;
		}
	return err_set(e, ERR_USAGE, 0, "completion %.32s: bash, zsh or fish", operands->item[0]);
}

static int cmd_complete_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	(void)request;
	(void)e;
	complete_words(c, operands->item, operands->len, stdout);
	return fflush(stdout) ? 1 : 0;
}

const struct command cmd_completion = {
	.name = "completion", .operands = "bash|zsh|fish", .group = "Shell",
	.brief = "print a script that makes the shell complete secctr's command lines",
	.mode = OPT_MIXED, .min_operands = 1, .max_operands = 1, .run = cmd_completion_main,
};
const struct command cmd_complete = {
	.name = "__complete", .operands = "[WORD...]", .brief = "print what could stand in the place of the last word",
	.mode = OPT_STOP, .max_operands = SIZE_MAX, .run = cmd_complete_main,
};
