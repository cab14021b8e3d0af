#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# engines.sh - docs/engines.md and secctr-runtime say the same: engines.sh BUILDDIR.
#
# The page's table of properties is launcher/plan/bundle_properties.c, row by row. secctr-runtime(8) has each command with its usage
# line and its options, and the global ones. engines.sh --table prints the table. --self-test BUILDDIR shows that a property and an option
# without their words are found.
set -eu
cd "$(dirname "$0")/../.."

page=docs/engines.md man=docs/man/secctr-runtime.8.scd
bad=0
say() {
	echo "engines.sh: $*" >&2
	bad=1
}
table() {
	sed -nE 's/^\t(TAKEN|MEMBER|PART|REFUSED)\("([^"]+)"(.*)$/\1 \2 \3/p' launcher/plan/bundle_properties.c | while read -r kind path rest; do
		case $kind in
		PART) continue ;;
		REFUSED) echo "| \`$path\` | refused |" ;;
		*) echo "| \`$path\` | $(sed -nE 's/^.*, "(([^"\\]|\\.)*)"\),$/\1/p' <<<"$rest") |" ;;
		esac
	done
}
plain() { sed -E 's/\*//g; s/(^|[^A-Za-z0-9\\])_/\1/g; s/_($|[^A-Za-z0-9_])/\1/g; s/\\//g; s/\+\+$//' "$@"; }
shown_options() { "$runtime" "$@" --help | sed -nE 's/^ +((-., )?--[a-z].*)$/\1/p' | sed -E 's/ {2,}.*//' | grep -v -- '--help$' | sort; }
section() { awk -v head="$1" '/^#/ { on = $0 == head } on' "$man"; }
written_options() { section "$1" | grep -E '^\*--?[a-zA-Z]' | plain | grep -v -- '--help$' | sort || true; }

check() {
	local command
	diff <(table) <(grep -E '^\| `[a-zA-Z]+[^`]*` \| ' "$page") >"$tmp/diff" ||
		say "$page: properties that differ (< program, > page): $(grep '^[<>]' "$tmp/diff" | head -n 5)"
	diff <(shown_options) <(written_options '# OPTIONS') >"$tmp/diff" || say "$man: global options that differ: $(grep '^[<>]' "$tmp/diff")"
	for command in $("$runtime" --help | sed -n '/^  [a-z]/s/^  \([a-z]*\) .*/\1/p'); do
		section "## $command" | plain | grep -qxF -- "$("$runtime" "$command" --help | sed -nE '1s/^Usage: (.*[^ ]) *$/\1/p')" ||
			say "$man: section \"## $command\" has not the usage line $("$runtime" "$command" --help | head -n 1)"
		diff <(shown_options "$command") <(written_options "## $command") >"$tmp/diff" ||
			say "$man, $command: options that differ (< program, > page): $(grep '^[<>]' "$tmp/diff")"
	done
	scdoc <"$man" >/dev/null 2>"$tmp/scdoc" || say "$man: scdoc: $(cat "$tmp/scdoc")"
}

self_test() {
	cp "$page" "$tmp/page" && cp "$man" "$tmp/man"
	page=$tmp/page man=$tmp/man
	sed -i '/`linux.netDevices`/d; s/^| `linux.intelRdt` | refused |/| `linux.intelRdt` | set |/' "$page"
	sed -i 's/^\*--console-socket\* /*--socket* /; s/^## kill$/## shoot/' "$man"
	check 2>"$tmp/found"
	for want in '< | `linux.netDevices` | netDevices: of' '> | `linux.intelRdt` | set |' '< --console-socket' '"## kill" has not'; do
		grep -qF -- "$want" "$tmp/found" || { echo "engines.sh: not found: $want" >&2; cat "$tmp/found" >&2; return 1; }
	done
	[ "$bad" -eq 1 ]
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
case ${1-} in
--table) table && exit ;;
--self-test)
	runtime=$(cd "${2:-build}" && pwd)/bin/secctr-runtime
	self_test
	;;
*)
	runtime=$(cd "${1:-build}" && pwd)/bin/secctr-runtime
	check
	exit $bad
	;;
esac
