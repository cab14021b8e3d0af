#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# install.sh - what `make install` puts there: nothing setuid, no file capability, hardened programs.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build}
dest=$(mktemp -d)
trap 'rm -rf "$dest"' EXIT
make -s install DESTDIR="$dest" O="$build" >/dev/null

bad=0
say() {
	echo "install.sh: $*" >&2
	bad=1
}
found=$(find "$dest" -perm /6000)
[ -z "$found" ] || say "setuid or setgid: $found"
found=$(getcap -r "$dest")
[ -z "$found" ] || say "file capability: $found"
found=$(find "$dest" -perm /022 ! -type l)
[ -z "$found" ] || say "group or others may write: $found"

for program in usr/bin/secctr usr/bin/secctr-runtime usr/libexec/secctr/secctr-monitor usr/libexec/secctr/secctr-fetch usr/libexec/secctr/secctr-exec \
	usr/libexec/secctr/secctr-report usr/libexec/secctr/secctr-evidence usr/libexec/secctr/secctr-timestamp usr/libexec/secctr/secctr-registry; do
	file=$dest/$program
	[ -x "$file" ] || { say "$program was not installed"; continue; }
	readelf -hW "$file" | grep -q 'Type:.*DYN' || say "$program is not position-independent"
	readelf -lW "$file" | grep -q GNU_RELRO || say "$program has no RELRO"
	readelf -lW "$file" | awk '$1 == "GNU_STACK" { print $7 }' | grep -q '^RW$' || say "$program has an executable stack"
	if readelf -lW "$file" | grep -q 'LOAD.*RWE'; then say "$program has a segment that is writable and executable"; fi
	readelf -dW "$file" | grep -qE 'BIND_NOW|NOW' || say "$program binds lazily"
	if readelf -dW "$file" | grep -qE 'RPATH|RUNPATH'; then say "$program has a RUNPATH"; fi
	# Debian's start files have no CET note, so the program has none; our own code has the landing pads.
	objdump -d --no-show-raw-insn "$file" 2>/dev/null | grep -q endbr64 || say "$program was built without -fcf-protection"
done
exit $bad
