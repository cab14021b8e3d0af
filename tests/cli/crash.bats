# SPDX-License-Identifier: Apache-2.0
# Killed or failing at any point, a start leaves no process without a record, and what is left the next command takes away.
load lib

setup_file() { make_place; }
teardown() { remove_all; }

state() { secctr inspect "$1" | jq -r ".[0].State.$2"; }
processes_of() { # ID: of a container, by its groups
	find /sys/fs/cgroup -path "*/secctr/$1/*" -name cgroup.procs -exec cat {} + -o -path "*/secctr/$1/cgroup.procs" -exec cat {} + 2>/dev/null | sort -u
}
gone() { # PID, within a second
	for _ in {1..40}; do
		[ -d "/proc/$1" ] || return 0
		! grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null || return 0
		sleep 0.05
	done
	return 1
}

# After a crash: no process in a group of ours but those of containers that the store knows and whose start is in the log;
# then nothing at all once all containers are removed. BEFORE is traces() from before.
all_accounted_for() { # BEFORE
	local id dir
	for dir in $(comm -13 <(echo "$1") <(traces) | grep '^/sys/fs/cgroup/'); do
		id=${dir##*/}
		[ -n "$(cat "$dir/cgroup.procs" 2>/dev/null)" ] || continue
		[ -d "$STORE/containers/$id" ] || { sleep 0.5; [ -z "$(cat "$dir/cgroup.procs" 2>/dev/null)" ] || bad "processes of $id, which the store does not know"; }
	done
	remove_all
	no_new_traces "$1"
}

@test "monitor killed: the container ends, the next command says so and records it" {
	for more in '' --rm; do
		row "monitor $more"
		before=$(traces)
		# shellcheck disable=SC2086
		start --name m $more "$BUSY" sh -c 'sleep 1000 & sleep 1000'
		id=$(secctr ps -q --no-trunc)
		init=$(state m Pid)
		kill -9 "$(state m MonitorPid)"
		audit_mark
		# The kernel ends it (PR_SET_PDEATHSIG), no command is needed for that.
		gone "$init" || bad "the container goes on"
		secctr ps >/dev/null
		same "$(processes_of "$id")" "" processes
		audit_has 'op=stop reason=monitor-died vm="m"' || bad "no record"
		if [ -z "$more" ]; then
			same "$(state m Status)" exited; same "$(state m Reason)" monitor-died; same "$(state m ExitCode)" 255
		fi
		secctr rm -i m >/dev/null
		no_new_traces "$before"
	done
	rows_done
}

@test "monitor and init killed together" {
	before=$(traces)
	start --name both "$BUSY" sh -c 'sleep 1000 & sleep 1000'
	kill -9 "$(state both Pid)" "$(state both MonitorPid)" 2>/dev/null || true
	row "seen"; same "$(state both Status)" exited
	secctr rm both >/dev/null
	no_new_traces "$before"
	rows_done
}

@test "the foreground's own process killed: the container is still watched" {
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" run --name fg --rootfs "$BUSY" sh -c 'sleep 0.6; exit 9' >/dev/null 2>&1 &
	wait_state fg running
	kill -9 $!
	wait_state fg exited
	[ "$(state fg ExitCode)" -eq 9 ]
}

@test "a start killed after so many milliseconds, by itself or with its supervisor" {
	before=$(traces)
	for ms in 1 2 3 4 5 6 7 8 10 12 14 16 18 20 23 26 30 40; do
		for who in starter all; do
			row "$who after $ms ms"
			audit_mark
			"$BIN/secctr" --root "$STORE" --runroot "$RUN" run --name "k$ms" --rootfs "$BUSY" sleep 1000 >/dev/null 2>&1 &
			starter=$!
			sleep "0.0$(printf %02d "$ms")"
			kill -9 $starter 2>/dev/null
			if [ $who = all ]; then
				# Whatever of ours runs now: in this file nothing else does. It may have ended by itself meanwhile.
				find /proc -maxdepth 2 -name exe -lname "$BIN/*" -printf '%h\n' 2>/dev/null | sed 's|/proc/||' | xargs -r kill -9 2>/dev/null || true
			fi
			wait $starter 2>/dev/null || true
			all_accounted_for "$before"
			# A process that ran under the name has its record.
			if secctr inspect "k$ms" >/dev/null 2>&1; then bad "still there"; fi
		done
	done
	rows_done
}

# Runs a start under strace, with a fault in the Nth CALL of each of its processes.
faulty() { # INJECTION
	LIMIT=20 try strace -f -qq -o /dev/null -e "trace=${1%%:*}" -e "inject=$1" \
		"$BIN/secctr" --root "$STORE" --runroot "$RUN" run --rm --name "faulty" --rootfs "$BUSY" true
}

@test "SIGKILL in the Nth of a kind of system call" {
	secctr run --rm --rootfs "$BUSY" true
	before=$(traces)
	for call in clone clone3 mkdirat symlinkat renameat mount fsopen move_mount pivot_root sendto recvfrom write execve setsid socketpair unlinkat ftruncate fsync; do
		for n in 1 2 4; do
			row "$call $n"
			audit_mark
			faulty "$call:signal=KILL:when=$n"
			all_accounted_for "$before"
		done
	done
	rows_done
}

# The monitor's calls about exit.json and its records, a word each, in their order.
end_calls() { # OPTIONS
	strace -f -qq -s 400 -o "$PLACE/end" -e trace=fsync,rename,renameat,renameat2,sendto,sendmsg \
		"$BIN/secctr" --root "$STORE" --runroot "$RUN" run "$@" --name ends --rootfs "$BUSY" true || bad "status $?"
	pid=$(awk '/op=stop/ { print $1; exit }' "$PLACE/end")
	awk -v pid="$pid" '$1 == pid && /fsync\(/ { print "fsync" } $1 == pid && /rename.*"exit.json"/ { print "rename" }
		$1 == pid && /op=stop/ { print "stop" }' "$PLACE/end" | paste -sd ' '
}

# After a power cut nobody reads in the audit log of an end that the store does not know.
@test "the exit record is on disk before the stop record is sent" {
	row "kept"
	like "$(end_calls)" '^fsync rename fsync stop( |$)'
	secctr rm ends >/dev/null
	row "--rm"
	same "$(end_calls --rm)" "fsync rename fsync stop"
	rows_done
}

@test "an error in the Nth of a kind of system call" {
	secctr run --rm --rootfs "$BUSY" true
	before=$(traces)
	for call in openat openat2 mkdirat symlinkat renameat mount fsopen fsconfig fsmount move_mount mount_setattr pivot_root umount2 \
		clone sendto recvfrom poll socket bind setsid prctl seccomp capset fchown newfstatat memfd_create pipe2 flock \
		pidfd_open setxattr keyctl getrandom sethostname; do
		for n in 1 3; do
			row "$call $n"
			audit_mark
			faulty "$call:error=EIO:when=$n"
			if [ "$status" -ne 0 ]; then
				like "$status" '^(125|126|127)$'
				[ "$(wc -l <"$BATS_TEST_TMPDIR/err")" -ge 1 ] || bad "fails without a word"
			elif ! secctr ps -aq >/dev/null; then
				bad "the store does not work any more"
			fi
			all_accounted_for "$before"
		done
	done
	row "the name's owner cannot be read: the name stays, and counts as free"
	faulty readlinkat:error=EIO:when=3
	remove_all
	try_secctr run --rm --name faulty --rootfs "$BUSY" true
	same "$status" 0 "status ($err)"
	no_new_traces "$before"
	rows_done
}

@test "20 starts at once: each with its own session; of one name exactly one wins" {
	before=$(traces)
	row "distinct"
	for i in {1..20}; do start --name "p$i" "$BUSY" sleep 1000 & done
	wait
	same "$(secctr ps -q | wc -l)" 20
	same "$(secctr ps --format json | jq -r '.[].AuditSession' | sort -u | wc -l)" 20 sessions
	remove_all
	row "one name"
	rm -f "$PLACE"/won.*
	for i in {1..20}; do
		(secctr run -d --name shared --rootfs "$BUSY" sleep 1000 >/dev/null 2>"$PLACE/lost.$i" && : >"$PLACE/won.$i") &
	done
	wait
	same "$(find "$PLACE" -name 'won.*' | wc -l)" 1 winners
	same "$(secctr ps -q | wc -l)" 1 running
	same "$(cat "$PLACE"/lost.* | grep -v started | grep -c shared)" 19 "refusals that name it"
	remove_all
	no_new_traces "$before"
	rows_done
}

@test "stop, rm and exec that meet leave nothing" {
	before=$(traces)
	for i in 1 2 3 4 5; do
		row "round $i"
		start --name meet "$BUSY" sleep 1000
		for cmd in 'stop -t 0 meet' 'rm -f -t 0 meet' 'exec meet sleep 0.2' 'kill meet' 'rm -f -t 0 meet' 'ps -a'; do
			# shellcheck disable=SC2086
			secctr $cmd >/dev/null 2>&1 &
		done
		wait
		secctr rm -f -t 0 meet >/dev/null 2>&1
		no_new_traces "$before"
	done
	rows_done
}
