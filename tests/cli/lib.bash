# SPDX-License-Identifier: Apache-2.0
# lib.bash - what every file of tests here uses: secctr with a store of its own, tables of rows, the audit log, leftovers.
# shellcheck shell=bash

BIN=$SECCTR_WORK/bin
AUDIT_LOG=$SECCTR_WORK/auditd/audit.log
BUSY=/var/lib/machines/busy

# Call from setup_file(); PLACE is then this file's own directory.
make_place() {
	export PLACE=$BATS_FILE_TMPDIR
	export STORE=$PLACE/lib RUN=$PLACE/run
}

secctr() { "$BIN/secctr" --root "$STORE" --runroot "$RUN" "$@"; }
start() { secctr run -d --rootfs "$@" >/dev/null 2>&1; } # [OPTIONS] DIR COMMAND...
json() { jq -er "$@"; }

# Sub-ids of containers for as long as a file's tests run, whatever the host has: the last line of setup_file(), and teardown_file().
give_subids() { # FIRST:SIZE...
	printf 'containers:%s\n' "${@:-300000:131072}" >"$PLACE/subids"
	touch /etc/subuid /etc/subgid
	mount --bind "$PLACE/subids" /etc/subuid
	mount --bind "$PLACE/subids" /etc/subgid
}
take_subids() { umount /etc/subuid /etc/subgid; }

# Rows of a table go on after a failure; rows_done is the last line of their test.
ROW='' BAD=0
row() { ROW=$1; }
bad() {
	echo "row $ROW: $*"
	BAD=$((BAD + 1))
}
rows_done() { [ "$BAD" -eq 0 ]; }
same() { [ "$1" = "$2" ] || bad "${3:-value} is '$1', not '$2'"; } # IS WANTED [WHAT]
like() { [[ $1 =~ $2 ]] || bad "'$1' is not like '$2'"; }
unlike() { ! [[ $1 =~ $2 ]] || bad "'$1' is like '$2'"; }

# Runs a command with its status in $status, its output in $out and $err. Nothing waits for a terminal or for ever.
try() {
	status=0
	timeout -k 1 "${LIMIT:-30}" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || status=$?
	# The shell leaves out what is NUL, and says so.
	{ out=$(<"$BATS_TEST_TMPDIR/out") err=$(<"$BATS_TEST_TMPDIR/err"); } 2>/dev/null
}
try_secctr() { try "$BIN/secctr" --root "$STORE" --runroot "$RUN" "$@"; }

policy() { # NAME: from standard input
	cat >"/etc/secctr/policy.d/$1.policy"
}
# Directories below /var/lib/machines are what the default policy allows as root.
new_root() { # NAME: a copy of the busybox root; its path in $root
	root=/var/lib/machines/$1
	rm -rf "$root"
	cp -a "$BUSY" "$root"
}

audit_mark() { MARK=$(stat -L -c %s "$AUDIT_LOG"); }
audit_since() { tail -c "+$((MARK + 1))" "$AUDIT_LOG" | tr -d '\0'; }
# A monitor's record of an end that was no good one has exit=, a refusal has not.
refusals() { tail -c "+$((MARK + 1))" "$AUDIT_LOG" | grep -acP "^type=VIRT_CONTROL (?!.* exit=).* op=[a-z-]+ .* res=failed'" || true; }
# The daemon writes a moment after the kernel took a record.
audit_wait() { # COUNT of refusals
	for _ in {1..40}; do
		[ "$(refusals)" -lt "$1" ] || break
		sleep 0.05
	done
	refusals
}
audit_has() { # REGEX, within a moment
	for _ in {1..40}; do
		! tail -c "+$((MARK + 1))" "$AUDIT_LOG" | grep -aqE -- "$1" || return 0
		sleep 0.05
	done
	return 1
}

audit_has_rule() { # KEY=VALUE: the record of a decision to create has it, in words or in hex
	local hex
	hex=$(printf %s "$1" | od -An -v -tx1 | tr -d ' \n' | tr a-f A-F)
	audit_has "op=create .*$1|op=create .*key=[0-9A-F]*$hex"
}

# What a start makes on a host: a line for each (traces.c).
traces() { "$SECCTR_WORK/traces" "$BIN" "$STORE/containers" "$STORE/names" "$STORE/tmp" "$RUN/containers"; }
no_new_traces() { # BEFORE
	local new
	for _ in {1..40}; do
		new=$(comm -13 <(echo "$1") <(traces))
		[ -n "$new" ] || return 0
		sleep 0.05
	done
	bad "left behind: $new"
}

# refused [-n] STATUS REGEX COMMAND...: the status, one line like REGEX on stderr and none on stdout, nothing left, and one
# record of it; with -n none, where audit cannot work or nothing was asked for yet.
refused() {
	local records=1 want before got lines
	if [ "$1" = -n ]; then
		records=0
		shift
	fi
	want=$1 pattern=$2
	shift 2
	before=$(traces)
	audit_mark
	try "$@"
	like "$status" "^($want)$"
	like "$err" "$pattern"
	mapfile -t lines <"$BATS_TEST_TMPDIR/err"
	same ${#lines[@]} 1 "lines on stderr ($err)"
	same "$out" "" "standard output"
	no_new_traces "$before"
	got=$(audit_wait "$records")
	same "$got" "$records" "records of the refusal"
	[ "$got" = "$records" ] || audit_since | grep -a "^type=VIRT_" || true
}
refused_run() { # [-n] STATUS REGEX [ARGUMENTS of run]...
	local n=()
	if [ "$1" = -n ]; then
		n=(-n)
		shift
	fi
	refused "${n[@]}" "$1" "$2" "$BIN/secctr" --root "$STORE" --runroot "$RUN" run "${@:3}"
}

# POLICY WANTED [OPTIONS of run]... -- COMMAND...: what it prints in the root of busybox under the policy
prints() {
	local policy=$1 wanted=$2 options=()
	shift 2
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	try_secctr run --rm --policy "$policy" "${options[@]}" --rootfs "$BUSY" "$@"
	same "$status" 0 "status ($err)"
	same "$out" "$wanted" "output"
}

pid_of() { secctr inspect "$1" | jq -r '.[0].State.Pid'; }
ns_of() { readlink "/proc/$(pid_of "$1")/ns/$2"; } # NAME KIND
remove_all() { secctr rm -af -t 0 >/dev/null 2>&1 || true; }
wait_state() { # NAME STATE
	for _ in {1..100}; do
		[ "$(secctr inspect "$1" | jq -r '.[0].State.Status')" != "$2" ] || return 0
		sleep 0.05
	done
	return 1
}
