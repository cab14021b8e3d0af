#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# layers.sh - no source file includes a header that its module may not know (layers.txt).
#
# layers.sh --self-test shows that a forbidden include is found.
set -eu
cd "$(dirname "$0")/../.."

# Prints "FILE:LINE: MODULE must not include HEADER" for each; fails if there is one.
check() {
	awk '
	FNR == NR {
		if ($1 ~ /^#/ || !NF) next
		known[$1] = 1
		for (i = 2; i <= NF; i++) may[$1, $i] = 1
		next
	}
	function module_of(path,   m, best) {
		best = ""
		for (m in known)
			if (index(path, m "/") == 1 && length(m) > length(best)) best = m
		return best
	}
	/^#include "/ {
		header = $2
		gsub(/"/, "", header)
		if (index(header, "/") == 0) {
			print FILENAME ":" FNR ": include by the path from the top: " header
			bad = 1
			next
		}
		from = module_of(FILENAME)
		to = module_of(header)
		if (from == to || to == "" || (from, to) in may || (from, header) in may) next
		print FILENAME ":" FNR ": " from " must not include " header
		bad = 1
	}
	END { exit bad }
	' tests/lint/layers.txt "$@"
}

if [ "${1-}" = --self-test ]; then
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	mkdir -p "$dir/launcher/image" "$dir/tests/lint"
	cp tests/lint/layers.txt "$dir/tests/lint"
	echo '#include "policy/policy.h"' >"$dir/launcher/image/x.c"
	cd "$dir"
	if check launcher/image/x.c >/dev/null; then
		echo "layers.sh: a forbidden include was not found" >&2
		exit 1
	fi
	exit 0
fi
mapfile -t files < <(find launcher policy audit selinux -name '*.[ch]' | sort)
check "${files[@]}"
