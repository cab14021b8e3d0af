#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# completion.sh - the shells' completion, in the real shells: completion.sh BUILDDIR.
#
# bash gets real key presses on a terminal of script(1), and the rows of the table by its function; fish completes by its
# own `complete -C`; zsh runs the function with its helpers replaced by printers. A shell that is not installed is left out.
set -eu
cd "$(dirname "$0")/../.."
build=$(cd "${1:-build}" && pwd)
PATH=$build/bin:$PATH
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0
say() {
	echo "completion.sh: $*" >&2
	bad=1
}

# LINE|CANDIDATES, all of them and in their order; NAME... in the place of the rest: at least these.
cat >"$tmp/rows" <<'END'
secctr ru|run
secctr run --na|--name
secctr resta|restart
secctr container pr|prune
secctr container cl|cleanup
secctr run --restart |
secctr policy |list show check explain
secctr help aud|audit
secctr audit |status rules
secctr repo|report
secctr report b|bundle
secctr report c|containers container compliance
secctr report --con|--container
secctr report timeline --al|--all
secctr report verify --c|--ca
secctr report bundle --cer|--cert
secctr do|doctor
secctr completion |bash zsh fish
secctr run --network |none host private
secctr run -d --log-driver k|k8s-file
secctr ps -a --for|--format
secctr --runr|--runroot
secctr --root /tmp im|images import image
secctr container ex|exists exec export
secctr container inspect --la|--latest
secctr umount --f|--force
secctr container mount --no|--no-trunc
secctr image l|ls list load
secctr volume pr|prune
secctr save --format o|oci-archive oci-dir
secctr run image --na|
secctr ps -- --fo|
secctr help policy |list show check explain
secctr help run |
secctr nosuch |
END

secctr completion bash >"$tmp/secctr.bash"
in_bash() { # LINE: what the function offers
	bash --norc -c '
		. "$1"
		COMP_LINE=$2 COMP_POINT=${#2}
		# As readline splits: at blanks, and at = and : with these as words.
		read -ra COMP_WORDS <<<"$(sed -E "s/([=:]+)/ \1 /g" <<<"$2")"
		[[ $2 != *[\ =:] ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_secctr
		echo "${COMPREPLY[*]}"' bash "$tmp/secctr.bash" "$1"
}
while IFS='|' read -r line want; do
	is=$(in_bash "$line")
	[ "$is" = "$want" ] || say "bash: '$line' gives '$is', not '$want'"
done <"$tmp/rows"
# What stands in front of = stays on the line.
is=$(in_bash "secctr run --network=p")
[ "$is" = private ] || say "bash: --network=p gives '$is'"
touch "$tmp/an archive.tar"
is=$(in_bash "secctr load --input=$tmp/an")
[ "$is" = "$tmp/an archive.tar" ] || say "bash: --input gives '$is'"

# The key itself.
cat >"$tmp/rc" <<END
PS1='> '
. $tmp/secctr.bash
bind 'set bell-style none'
END
# Not before bash has made the terminal its own: a TAB that comes earlier is no key.
keys() {
	sleep 0.7
	printf 'secctr compl\tba\t >%s/typed\r' "$tmp"
	sleep 0.7
	printf 'exit\r'
	sleep 0.2
}
keys | TERM=dumb script -qec "bash --noprofile --rcfile $tmp/rc -i" /dev/null >"$tmp/screen" 2>&1 || :
cmp -s "$tmp/typed" "$tmp/secctr.bash" || say "bash: the keys 'secctr compl TAB ba TAB' did not run 'secctr completion bash': $(tail -n 3 "$tmp/screen")"

if command -v fish >/dev/null; then
	secctr completion fish >"$tmp/secctr.fish"
	while IFS='|' read -r line want; do
		is=$(HOME=$tmp fish --no-config -c "source $tmp/secctr.fish; complete -C '$line'" | cut -f1 | sort | tr '\n' ' ')
		# shellcheck disable=SC2086
		want=$([ -z "$want" ] || printf '%s\n' $want | sort | tr '\n' ' ')
		[ "$is" = "$want${want:+ }" ] || [ "$is" = "$want" ] || say "fish: '$line' gives '$is', not '$want'"
	done <"$tmp/rows"
fi
if command -v zsh >/dev/null; then
	secctr completion zsh >"$tmp/_secctr"
	while IFS='|' read -r line want; do
		is=$(zsh -f -c '
			compdef() { : }
			_describe() { print -r -- ${(P)4%%:*} }
			_files() { print -r -- files }
			. $1
			words=(${=2})
			[[ $2 != *\  ]] || words+=("")
			CURRENT=$#words
			_secctr' zsh "$tmp/_secctr" "$line")
		[ "$is" = "$want" ] || say "zsh: '$line' gives '$is', not '$want'"
	done <"$tmp/rows"
fi
exit $bad
