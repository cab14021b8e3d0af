# SPDX-License-Identifier: Apache-2.0
# Podman's command lines: the whole table of tests/vm/podman, answered by secctr here, and held to what Podman answered.
#
# Rows that ask about SELinux, systemd or files of control groups of version 2 are marked in tests/vm/podman/vm-only: they are run in the
# test machine alone (tests/vm/t/40-podman.sh). Where this host has what such a row needs it is still left out.
load lib

setup_file() {
	make_place
	export TABLE=$SECCTR_SOURCE/tests/vm/podman
	# No SELinux, and the weight that control groups of version 1 end at.
	sed -e "s|^BindPaths=.*|BindPaths=$PLACE/lines|" -e 's/^Require=.*/Require=if-enabled/' -e 's/^IOWeight=.*/IOWeight=200/' "$TABLE/wide.policy" | policy wide
	secctr load -q -i "$SECCTR_WORK/default.tar" >/dev/null
	secctr tag secctr/default wide
	mkdir "$PLACE/bin" "$PLACE/lines"
	# The rows call secctr by its name.
	printf '#!/bin/sh\nexec %s --root %s --runroot %s "$@"\n' "$BIN/secctr" "$STORE" "$RUN" >"$PLACE/bin/secctr"
	chmod 755 "$PLACE/bin/secctr" "$PLACE" "$PLACE/lines"
	# As root without another login, which the record has.
	echo 0 >/proc/self/loginuid
	SECONDS=0
	LC_ALL=C.UTF-8 PATH="$PLACE/bin:$PATH" bash "$TABLE/side" secctr "$PLACE/lines" <"$TABLE/lines" >"$PLACE/answers"

}
teardown_file() { remove_all; }

answers() { # JOB [VARIABLE=VALUE...]
	local options=() i
	for i in "${@:2}"; do options+=(-v "$i"); done
	(cd "$SECCTR_SOURCE" && awk -v job="$1" -v lines="$TABLE/lines" -v podman="$TABLE/answers.podman" -v secctr="$TABLE/answers.secctr" \
		"${options[@]}" -f "$TABLE/answers.awk")
}

@test "each line of the table is answered as Podman answers it, or as the page says it differs" {
	for scene in $(answers scenes); do
		row "$scene"
		found=$(answers check S="$scene" got="$PLACE/answers" without="$TABLE/vm-only") || bad "$found"
	done
	rows_done
}

@test "the rows were run, all of them" {
	row "as many as the table has"
	same "$(grep -c '^# ' "$PLACE/answers")" "$(grep -cE '^(same|status|differs|refused)\b.* ;; ' "$TABLE/lines")"
	row "few are left to the test machine"
	[ "$(grep -cvE '^(#|\[|$)' "$TABLE/vm-only")" -le 20 ] || bad "too many"
	row "nothing is left"; same "$(secctr ps -aq)" ""; same "$(ls -A "$PLACE/lines")" ""
	rows_done
}
