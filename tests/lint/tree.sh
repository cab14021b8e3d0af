#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tree.sh - what every module has: a README of one page, headers with guards and a licence line, no tabs lost.
set -eu
cd "$(dirname "$0")/../.."
bad=0
say() {
	echo "tree.sh: $*" >&2
	bad=1
}

for dir in $(awk '!/^#/ && NF { print $1 }' tests/lint/layers.txt); do
	ls "$dir"/*.[ch] >/dev/null 2>&1 || continue
	[ -s "$dir/README.md" ] || say "$dir has no README.md"
done
for file in $(git ls-files '*.c' '*.h' '*.sh' '*.cil' 2>/dev/null); do
	[ -f "$file" ] || continue
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || say "$file has no licence line"
	! grep -nE '[[:space:]]+$' "$file" >/dev/null || say "$file has blanks at the end of a line: $(grep -nE '[[:space:]]+$' "$file" | head -n 1)"
done
# 150 columns; a row of a test's table may be longer.
wide=$(git ls-files 'launcher/*.[ch]' 'policy/*.[ch]' 'audit/*.[ch]' 'selinux/*.[ch]' | xargs grep -nE '.{151,}' | cut -c1-100 || true)
[ -z "$wide" ] || say "more than 150 columns: $wide"
# A function of two screens has two subjects.
if command -v ctags >/dev/null; then
	long=$(git ls-files 'launcher/*.c' 'policy/*.c' 'audit/*.c' 'selinux/*.c' | xargs ctags -f - --fields=+ne --c-kinds=f 2>/dev/null |
		awk -F'\t' '{ line = end = 0; for (i = 4; i <= NF; i++) { if ($i ~ /^line:/) line = substr($i, 6); if ($i ~ /^end:/) end = substr($i, 5) }
			if (end - line > 75) print $2 ":" line ": " $1 " has " end - line + 1 " lines" }')
	[ -z "$long" ] || say "$long"
fi
exit $bad
