#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# man.sh - the manual and the program say the same: man.sh BUILDDIR.
#
# Each command of the table has a page, or a section in its family's (secctr-policy.1: "## check"). The synopsis is the usage
# line of --help, and the options are those of --help with letter, name and value word: none missing, none invented. Each
# record of audit/events.h is in secctr-audit.7 with its fields. scdoc takes every page. Where a section says that the options are those
# of secctr-run(1), they are. docs/podman.md has a word about each option of the commands that Podman has too.
#
# man.sh --self-test BUILDDIR shows that an option, a record and a command without its words are found.
set -eu
cd "$(dirname "$0")/../.."

pages=docs/man
bad=0
say() {
	echo "man.sh: $*" >&2
	bad=1
}
# Marks of scdoc off: * for bold, _ around words, a backslash in front.
plain() { sed -E 's/\*//g; s/(^|[^A-Za-z0-9\\])_/\1/g; s/_($|[^A-Za-z0-9_])/\1/g; s/\\//g; s/\+\+$//' "$@"; }
# "-e, --env KEY=VALUE" for each option that --help shows.
shown_options() {
	secctr "$@" --help | sed -nE 's/^ +((-., )?--[a-z].*)$/\1/p' | sed -E 's/ {2,}.*//' | sort
}
# The same from a page, or from its section "## $2". Sections below "# SUBCOMMANDS" are not the command's own.
written_options() {
	awk -v section="${2-}" '/^# /{ on = section == "" && $0 != "# SUBCOMMANDS" } /^## /{ if (section != "") on = $0 == "## " section } on' "$1" |
		grep -E '^\*--?[a-zA-Z]' | plain | sort
}

check_command() { # WORDS of the command
	local page=$pages/secctr-$1.1.scd usage written
	[ -f "$page" ] || { say "secctr $*: no page $page"; return; }
	if [ $# -gt 1 ] && ! grep -qx "## $2" "$page"; then
		say "$page: no section \"## $2\""
		return
	fi
	usage=$(secctr "$@" --help | sed -nE '1s/^Usage: (.*[^ ]) *$/\1/p')
	plain "$page" | grep -qxF -- "$usage" || say "$page: the synopsis is not \"$usage\""
	written=$(written_options "$page" "${2-}")
	case $* in
	"policy explain") written=$(printf '%s\n' "$written" "$(shown_options run)" | sort) ;;
	create) written=$(printf '%s\n' "$written" "$(shown_options run | grep -vE -- '^(-d, --detach$|--detach-keys|--sig-proxy|--preserve-fds)')" | sort) ;;
	esac
	diff <(shown_options "$@") <(echo "$written" | grep .) >"$tmp/diff" ||
		say "$page${2:+, section $2}: options that differ (< program, > page):"$'\n'"$(grep '^[<>]' "$tmp/diff")"
	# What the help of all commands shows is in secctr.1.
	grep -qE "secctr-$1\(1\)" "$pages/secctr.1.scd" || say "$pages/secctr.1.scd does not name secctr-$1(1)"
}

check_records() {
	local page=$pages/secctr-audit.7.scd type head word fields field entry names
	# X(EV_CREATE, 2504, OP, "create", "path", ...)
	sed -nE 's/^\tX\(EV_[A-Z_]+,[[:space:]]*([0-9]+),[[:space:]]*([A-Z]+),[[:space:]]*("[^"]*"|NULL),?[[:space:]]*(.*)\).*/\1|\2|\3|\4/p' \
		audit/events.h | tr -d '"' >"$tmp/events"
	[ "$(wc -l <"$tmp/events")" -eq "$(grep -cE '^	X\(EV_' audit/events.h)" ] || say "audit/events.h has rows of another form"
	while IFS='|' read -r type head word fields; do
		case $head in
		RES) entry="resrc=$word" ;;
		OP | HOST) entry="op=${word/NULL/WORD res=failed}" ;;
		*) entry='' ;;
		esac
		names=$(record_type "$type")
		# The record's own paragraph: from its heading to the next.
		plain "$page" | awk -v head="$names${entry:+ $entry}" '$0 == head { on = 1; print; next } on && /^[^\t]/ && NF { exit } on' >"$tmp/entry"
		[ -s "$tmp/entry" ] || { say "$page: no record \"$names${entry:+ $entry}\""; continue; }
		for field in ${fields//,/ }; do
			grep -qE "(^|[^a-z-])$field($|[^a-z-])" "$tmp/entry" || say "$page: \"$names $entry\" does not name its field $field"
		done
	done <"$tmp/events"
}
# The name of a record type, as libaudit's header has it.
record_type() {
	cat /usr/include/linux/audit.h /usr/include/libaudit.h |
		sed -nE "s/^#define[[:space:]]+AUDIT_([A-Z_]+)[[:space:]]+$1([^0-9].*)?$/\1/p" | grep -vE "^(FIRST|LAST)_" | head -n 1
}

# docs/podman.md has a word about each option of the commands that Podman has too.
check_podman() {
	local command option
	for command in run start exec ps logs top stats port info version wait stop restart kill pause unpause update rm inspect \
		"container prune" cp diff export mount unmount load images rmi save import history "image inspect" "image prune" \
		"volume create" "volume inspect" "volume ls" "volume prune" "volume rm"; do
		while read -r option; do
			if [ "$command" = run ]; then
				grep -qE -- "^\\|[^|]*\`$option\`" docs/podman.md
			else
				grep -E "^\\| \`$command\` " docs/podman.md | grep -qE -- "\`$option\`|\`$option [a-z]"
			fi || say "docs/podman.md: nothing about $option of secctr $command"
			# shellcheck disable=SC2086
		done < <(shown_options $command | grep -oE -- '--[a-z-]+')
	done
}

check() {
	local page line
	for page in "$pages"/*.scd; do
		scdoc <"$page" >/dev/null 2>"$tmp/scdoc" || say "$page: scdoc: $(cat "$tmp/scdoc")"
	done
	diff <(secctr --help | sed -nE 's/^ +((-., )?--[a-z].*)$/\1/p' | sed -E 's/ {2,}.*//' | sort) \
		<(written_options "$pages/secctr.1.scd") >"$tmp/diff" ||
		say "$pages/secctr.1.scd: global options that differ: $(grep '^[<>]' "$tmp/diff")"
	while read -r line; do
		# shellcheck disable=SC2086
		check_command $line
	done < <(secctr --help | sed -n '/^[A-Z][A-Za-z]*:$/,/^$/p' | sed '/^Options:/,$d' | sed -nE 's/^  ([a-z]+( [a-z]+)?)  +.*/\1/p')
	for page in "$pages"/secctr-*.1.scd; do
		line=${page##*/secctr-}
		secctr --help | grep -qE "^  ${line%.1.scd}( |\$)" || say "$page: no such command"
	done
	check_records
	check_podman
}

self_test() {
	cp "$pages"/*.scd "$tmp/"
	pages=$tmp
	sed -i 's/^\*--rm\*$/*--remove*/' "$tmp/secctr-run.1.scd"
	sed -i 's/_img-ctx_/_image_/; s/op=kill$/op=shoot/' "$tmp/secctr-audit.7.scd"
	sed -i 's/^## check$/## test/' "$tmp/secctr-policy.1.scd"
	rm "$tmp/secctr-kill.1.scd"
	printf 'secctr-nosuch(1)\n\n# NAME\n\nx\n\n  y\n' >"$tmp/secctr-nosuch.1.scd"
	check 2>"$tmp/found"
	for want in '< --rm' '> --remove' 'field img-ctx' 'no record "VIRT_CONTROL op=kill"' 'no section "## check"' \
		'secctr kill: no page' 'nosuch.1.scd: no such command' 'nosuch.1.scd: scdoc:'; do
		grep -qF -- "$want" "$tmp/found" || { echo "man.sh: not found: $want" >&2; return 1; }
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
