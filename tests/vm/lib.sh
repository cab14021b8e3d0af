# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# lib.sh - what a test script in t/ sources: logins, checks, and the closing count.
#
# A script is `. "$(dirname "$0")/../lib.sh"` and checks; the count is printed when it ends, and its exit status is 0
# when no check failed and the script came to its end, 1 otherwise. The machine is up before (tests/vm/run, vm up).

set -euo pipefail

T_VM=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/vm
T_PASSED=0 T_FAILED=0 T_SKIPPED=0
# Scratch space on the host side, removed at the end.
T_TMP=$(mktemp -d)

# as USER CMD...: a login of its own over ssh (own ses, auid of USER). One CMD is shell text, several are words.
as() {
	"$T_VM" ssh "$@"
}

# as_root CMD...: the plumbing of a test; all such commands share one login of root.
as_root() {
	"$T_VM" ssh root "$@"
}

# Runs CMD with errexit in force, which it is not in a condition, and keeps its output and status.
t_capture() {
	set +e
	T_OUTPUT=$(
		set -e
		"$@" 2>&1 </dev/null
	)
	T_STATUS=$?
	set -e
}

t_pass() {
	T_PASSED=$((T_PASSED + 1))
	printf 'ok %d - %s\n' "$((T_PASSED + T_FAILED + T_SKIPPED))" "$1"
}

t_fail() {
	T_FAILED=$((T_FAILED + 1))
	printf 'not ok %d - %s\n' "$((T_PASSED + T_FAILED + T_SKIPPED))" "$1"
	printf 'status %s, output:\n%s\n' "$T_STATUS" "$T_OUTPUT" | sed 's/^/# /'
}

# ok NAME CMD...: passes when CMD (a command or a function of the script) ends with 0.
ok() {
	local name=$1
	shift
	t_capture "$@"
	if [ "$T_STATUS" -eq 0 ]; then t_pass "$name"; else t_fail "$name"; fi
}

# nok NAME CMD...: passes when CMD ends with 1..125; 255 is ssh's own failure and 126, 127 mean CMD did not run, which
# must not look like a refusal.
nok() {
	local name=$1
	shift
	t_capture "$@"
	if [ "$T_STATUS" -ge 1 ] && [ "$T_STATUS" -le 125 ]; then t_pass "$name"; else t_fail "$name"; fi
}

# refused NAME TEXT CMD...: as nok, and CMD's output names TEXT (a fixed string).
refused() {
	local name=$1 text=$2
	shift 2
	t_capture "$@"
	if [ "$T_STATUS" -ge 1 ] && [ "$T_STATUS" -le 125 ] && grep -qF -- "$text" <<<"$T_OUTPUT"; then
		t_pass "$name"
	else
		t_fail "$name"
		printf '# expected a refusal that says: %s\n' "$text"
	fi
}

# is NAME GOT WANTED: passes when the two strings are equal.
is() {
	local name=$1
	T_STATUS=0 T_OUTPUT="got:    $2
wanted: $3"
	if [ "$2" = "$3" ]; then t_pass "$name"; else t_fail "$name"; fi
}

skip() {
	T_SKIPPED=$((T_SKIPPED + 1))
	printf 'ok %d - %s # SKIP %s\n' "$((T_PASSED + T_FAILED + T_SKIPPED))" "$1" "$2"
}

# Prints the guest's time, for audit_since.
audit_mark() {
	as_root date +%s.%3N
}

# Waits until auditd has written all that was sent before: a message of our own comes after it.
audit_flush() {
	# shellcheck disable=SC2016 # expanded by the guest
	as_root 'm=flush-$$-$RANDOM-$RANDOM
		auditctl -m $m >/dev/null
		for i in $(seq 100); do
			! grep -qs $m /var/log/audit/audit.log* || exit 0
			sleep 0.1
		done
		echo "auditd does not write" >&2
		exit 1'
}

# audit_since MARK [AUSEARCH OPTION...]: the raw records from MARK on, to the millisecond; none is no failure.
audit_since() {
	local mark=$1
	shift
	audit_flush
	if ! as_root ausearch --input-logs --raw "$@" >"$T_TMP/ausearch" 2>"$T_TMP/ausearch.err" &&
		! grep -qF '<no matches>' "$T_TMP/ausearch.err"; then
		cat "$T_TMP/ausearch.err" >&2
		return 1
	fi
	awk -v mark="$mark" 'match($0, /audit\([0-9.]+/) && substr($0, RSTART + 6, RLENGTH - 6) + 0 >= mark + 0' \
		"$T_TMP/ausearch"
}

t_end() {
	local status=$?
	rm -rf "$T_TMP"
	if [ "$status" -ne 0 ]; then
		T_STATUS=$status T_OUTPUT='the script ended before its end'
		t_fail "$(basename "$0") ran to its end"
	fi
	printf '1..%d\n' "$((T_PASSED + T_FAILED + T_SKIPPED))"
	printf '%d passed, %d failed, %d skipped\n' "$T_PASSED" "$T_FAILED" "$T_SKIPPED"
	[ "$T_FAILED" -eq 0 ] || exit 1
}

trap t_end EXIT
trap 'exit 130' INT TERM HUP
