#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# faults.sh - no installed program can be made to fail by its environment; the programs for tests can (base/fault.h).
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build}
dest=$(mktemp -d)
trap 'rm -rf "$dest"' EXIT
make -s install DESTDIR="$dest" O="$build" >/dev/null
make -s test-bin O="$build"

bad=0
mapfile -t programs < <(find "$dest" -type f -perm /111)
[ "${#programs[@]}" -ge 3 ] || { echo "faults.sh: only ${#programs[@]} programs were installed" >&2; bad=1; }
for program in "${programs[@]}"; do
	if grep -qa -e SECCTR_FAULT -e 'made to fail' "$program"; then
		echo "faults.sh: ${program#"$dest"} was built with SECCTR_FAULTS" >&2
		bad=1
	fi
done
grep -qa SECCTR_FAULT "$build/test-bin/secctr" || { echo "faults.sh: $build/test-bin/secctr was built without SECCTR_FAULTS" >&2; bad=1; }
exit $bad
