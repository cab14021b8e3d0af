# SPDX-License-Identifier: Apache-2.0
# oci.bash - words for tests of secctr-runtime: bundles, its command line, an engine around it. Needs lib.bash.
# shellcheck shell=bash

# Call from setup_file(), behind make_place.
make_engine() {
	export STORE=$PLACE/oci RUN=$PLACE/oci/run RTLOG=$PLACE/log
	mkdir -p "$PLACE/b"
	engine_policy </dev/null
}
# The shipped policy for engines, with this file's own directory in the place of the engines', and further lines from
# standard input.
engine_policy() {
	{
		sed -e "s|^AllowRootfs=.*|AllowRootfs=$PLACE|; s|^BindPaths=.*|BindPaths=$PLACE|; s|^Require=enforcing|Require=if-enabled|" \
			/usr/share/secctr/policy.d/oci-engine.policy
		cat
	} | policy oci-engine
}

rt() { "$BIN/secctr-runtime" --root "$STORE" --log "$RTLOG" --log-format json "$@"; }
try_rt() { try "$BIN/secctr-runtime" --root "$STORE" --log "$RTLOG" --log-format json "$@"; }
refused_rt() { # [-n] STATUS REGEX ARGUMENTS: refused() of lib.bash; and the log has the same text
	local n=()
	[ "$1" != -n ] || { n=(-n) && shift; }
	rm -f "$RTLOG"
	refused "${n[@]}" "$1" "$2" "$BIN/secctr-runtime" --root "$STORE" --log "$RTLOG" --log-format json "${@:3}"
	same "$(jq -r 'select(.level == "error").msg' "$RTLOG")" "${err#secctr-runtime: }" "--log"
}

bundle() { # NAME [FILTER of jq for config.json]: its directory in $B
	B=$PLACE/b/$1
	rm -rf "$B"
	mkdir -p "$B"
	cp -a "$BUSY" "$B/rootfs"
	rt spec --bundle "$B"
	jq "${2:-.}" "$B/config.json" >"$B/new" && mv "$B/new" "$B/config.json"
}
args() { jq -cn '$ARGS.positional' --args -- "$@"; } # WORDS: as JSON

# Runs `create` under a small engine that reaps: engine NAME [OPTIONS of create]... ID; its directory in $E
engine() {
	E=$PLACE/e-$1
	rm -rf "$E"
	mkdir -p "$E"
	[ -z "${TTY-}" ] || { touch "$E/tty" && mkfifo "$E/in"; }
	"$SECCTR_SOURCE/tests/cli/engine" "$E" "$BIN/secctr-runtime" --root "$STORE" --log "$RTLOG" --log-format json create \
		"${@:2}" </dev/null >"$E/stdout" 2>"$E/stderr" 3>&- &
	wait_file "$E/made" && [ "$(cat "$E/made")" = 0 ]
}
wait_file() { # FILE, within five seconds
	for _ in {1..100}; do
		[ ! -e "$1" ] || return 0
		sleep 0.05
	done
	return 1
}
state_of() { rt state "$1" | jq -r .status; }
delete_all() {
	local id
	for id in $(rt list -q 2>/dev/null); do rt delete --force "$id" 2>/dev/null; done
	return 0
}
