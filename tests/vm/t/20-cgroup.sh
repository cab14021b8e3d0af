#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 20-cgroup.sh - limits on cgroup v2 with its controllers, and scopes of the real systemd: the unit tests that the
# build host has to skip.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

bins=${O:-$(cd "$(dirname "$0")/../../.." && pwd)/build}/tests/launcher/runtime

# put_test NAME: the program and the one library that the guest lacks.
put_test() {
	"$T_VM" put "$bins/test_$1" "/root/test_$1"
	"$T_VM" put "$(ldd "$bins/test_$1" | awk '/libcmocka/ { print $3 }')" /root/libcmocka.so.0
	as_root chmod 755 "/root/test_$1"
}

# ran NAME TEST...: all tests of the program passed, and those named were not skipped.
ran() {
	local name=$1 test
	shift
	as_root "LD_LIBRARY_PATH=/root /root/test_$name 2>&1" >"$T_TMP/out" || { cat "$T_TMP/out"; return 1; }
	for test in "$@"; do
		grep -qF "[       OK ] $test" "$T_TMP/out" || { echo "$test did not run"; cat "$T_TMP/out"; return 1; }
	done
}

nothing_left() {
	local left
	sleep 1
	left=$(as_root 'find /sys/fs/cgroup -name "secctr-*" ! -name "*.slice"; systemctl list-units --all --plain --no-legend "secctr-*.scope"')
	echo "$left"
	[ -z "$left" ]
}

if [ -x "$bins/test_cgroup" ] && [ -x "$bins/test_scope" ]; then
	put_test cgroup
	put_test scope
	ok "limits hold on cgroup v2" ran cgroup v2_limits_hold v2_without_limits v2_frozen_parent v2_scope_layout
	ok "scopes of systemd carry the limits" ran scope real_scope stopped_scope dead_process
	ok "no group and no scope is left" nothing_left
else
	skip "control groups and scopes" "no unit tests in $bins; make unit"
fi
