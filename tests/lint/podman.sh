#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# podman.sh - docs/podman.md is complete and says what is so: podman.sh BUILDDIR.
#
# tests/vm/podman/options has all commands and options of Podman. Each is on the page once: an option that the program takes stands
# where the page says "the same" or "different"; one that it does not take where the page says it is refused, and then the
# program refuses it by name and says what to do instead. The same for commands. What the page says is taken is an option of the program's.
# The table of command lines (tests/vm/podman/lines) has an answer of Podman's for each row, and its reasons are on the page.
#
# podman.sh --self-test BUILDDIR shows that an option without its word, and one on the wrong side, are found.
set -eu
cd "$(dirname "$0")/../.."

page=docs/podman.md
table=tests/vm/podman
bad=0
say() {
	echo "podman.sh: $*" >&2
	bad=1
}

# A process for each question would take minutes: the page and each command's help are read once.
declare -A same_of different_of refused_of help_of
names='' same='' different='' refused='' gone='' before=''
words() { # TEXT: what stands between backquotes, with a blank on both sides of each
	local rest=$1 out=' '
	while [[ $rest == *\`*\`* ]]; do
		rest=${rest#*\`}
		out+="${rest%%\`*} "
		rest=${rest#*\`}
	done
	WORDS=$out
}
read_page() {
	local line head='' first second third fourth
	names='' same=' ' different=' ' refused=' ' gone='|' before=' '
	while IFS= read -r line; do
		[[ $line != '## '* ]] || head=${line#'## '}
		[[ $line == '| `'* ]] || continue
		IFS='|' read -r _ first second third fourth _ <<<"$line"
		words "$first"
		case $head in
		"secctr run: the same") same+=${WORDS# } ;;
		"secctr run: different") different+=${WORDS# } ;;
		"secctr run: refused for good" | "secctr run: not yet") refused+=${WORDS# } ;;
		"Options before the command") before+=${WORDS# } ;;
		"Commands that are not there") gone+=$(sed 's/`, `/|/g; s/.*`\(.*\)`.*/\1/' <<<"$first")'|' ;;
		"Other commands")
			first=${first//\`/} first=${first# } first=${first% }
			names+="$first"$'\n'
			words "$second"
			same_of[$first]=$WORDS
			words "$third"
			different_of[$first]=$WORDS
			words "$fourth"
			refused_of[$first]=$WORDS
			;;
		esac
	done <"$page"
}
# The options that a command's help shows, read at the first question; a text without any is a command that is not there.
help() { # COMMAND
	if [ -z "${help_of[x$1]-}" ]; then
		# shellcheck disable=SC2086
		help_of[x$1]=" $(secctr $1 --help 2>/dev/null | grep -oE -- '(Usage|--[a-z-]+)' | tr '\n' ' ') "
	fi
	HELP=${help_of[x$1]}
}
taken() { # COMMAND OPTION
	help "$1"
	[[ $HELP == *" $2 "* ]]
}
# The program refuses it by name, before anything is done, and the text goes on.
refuses() { # COMMAND OPTION
	local err
	# shellcheck disable=SC2086
	! err=$(secctr $1 $2 1 1 1 2>&1 </dev/null) && [[ $err =~ ^secctr:\ $2(:\ |\ is\ not\ in\ secctr:\ ). ]]
}
times() { # OPTION LIST: how often it is there
	local rest=$2 n=0
	while [[ $rest == *" $1 "* ]]; do
		rest=" ${rest#*" $1 "}"
		n=$((n + 1))
	done
	TIMES=$n
}

check_run() { # run|create OPTION
	local yes no
	times "$2" "$same$different"
	yes=$TIMES
	times "$2" "$refused"
	no=$TIMES
	[ $((yes + no)) -eq 1 ] || say "$page: $2 of podman $1 is there $((yes + no)) times, not once"
	if taken run "$2"; then
		[ "$yes" -eq 1 ] || say "$page: $2 is an option of secctr run, and the page says it is not"
	else
		[ "$no" -eq 1 ] || say "$page: $2 is no option of secctr run, and the page says it is"
		refuses "$1" "$2" || say "secctr $1 $2 is not refused by name"
	fi
}

check_other() { # COMMAND OPTION
	if taken "$1" "$2"; then
		[[ "${same_of[$1]-}${different_of[$1]-}" == *" $2 "* ]] || say "$page: $2 of podman $1 is taken, and the page does not say so"
		[[ "${refused_of[$1]-}" != *" $2 "* ]] || say "$page: $2 of podman $1 is taken, and the page says it is refused"
	else
		[[ "${refused_of[$1]-}" == *" $2 "* ]] || say "$page: $2 of podman $1 is not taken, and the page does not say so"
		refuses "$1" "$2" || say "secctr $1 $2 is not refused by name"
	fi
}

check_command() { # COMMAND: secctr has it, or says why not; a word stands for what is behind it
	local first=${1%% *} two err
	help "$1"
	[[ $HELP != *Usage* ]] || return 0
	two=$(cut -d' ' -f1-2 <<<"$1")
	[[ $gone == *"|$two|"* || $gone == *"|$first|"* ]] || say "$page: the command $1 is not there, and the page has no word about it"
	# shellcheck disable=SC2086
	err=$(secctr $1 2>&1 </dev/null) && say "secctr $1 works?"
	[[ $err =~ ^secctr:\ ($first|$two)\ is\ not\ in\ secctr:\ . ]] || say "secctr $1 is not refused by name: $err"
}

# What stands among the same is an option of the program.
check_page() {
	local option command
	for option in $same $different; do
		[[ $option != --* ]] || taken run "$option" || say "$page: $option is no option of secctr run"
	done
	while IFS= read -r command; do
		help "$command"
		[[ $HELP == *Usage* ]] || say "$page: secctr has no command $command"
		for option in ${same_of[$command]}; do
			[[ $option != --* ]] || taken "$command" "$option" || say "$page: $option is no option of secctr $command"
		done
	done <<<"${names%$'\n'}"
}

check() {
	local line command option
	read_page
	while IFS= read -r line; do
		command=${line%% --*} option=''
		[ "$command" = "$line" ] || option=--${line#*--} option=${option%% *}
		case $line in
		'#'*) ;;
		" --"*)
			option=${line# } option=${option%% *}
			if taken '' "$option"; then continue; fi
			refuses '' "$option" || say "secctr $option is not refused by name"
			[[ $before == *" $option "* ]] || say "$page: nothing about $option before a command"
			;;
		"run --"* | "create --"*) check_run "$command" "$option" ;;
		*" --"*) check_other "$command" "$option" ;;
		*) check_command "$command" ;;
		esac
	done <"$table/options"
	check_page
	awk -v job=lint -v lines=$table/lines -v podman=$table/answers.podman -v secctr=$table/answers.secctr -f $table/answers.awk >"$tmp/lines" ||
		say "$(cat "$tmp/lines")"
}

self_test() {
	sed -E '/^\| `--umask`/d; s/`--cap-drop`/`--cap-dorp`/; s/^\| `--pod`, /| `--pod`, `--tty`, /; s/`login`, //; /^\| `rmi` /s/`--no-prune`//' \
		docs/podman.md >"$tmp/page"
	page=$tmp/page
	check 2>"$tmp/found"
	for want in ': --umask of podman run is there 0 times' ': --cap-dorp is no option of secctr run' ': --tty of podman run is there 2 times' \
		': the command login is not there' ': --no-prune of podman rmi is not taken'; do
		grep -qF -- "$want" "$tmp/found" || { echo "podman.sh: not found: $want" >&2; return 1; }
	done
	[ "$bad" -eq 1 ]
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
test=check
if [ "${1-}" = --self-test ]; then
	test=self_test
	shift
fi
PATH=$(cd "${1:-build}" && pwd)/bin:$PATH
$test
[ "$test" = self_test ] || exit $bad
