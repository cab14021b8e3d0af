# SPDX-License-Identifier: Apache-2.0
# stress.sh - many commands at once on the same few containers; for stress and tests/cli/stress.bats.
#
# Wants $run_secctr (the program with --root and --runroot), $work (its lib/ and run/ below) and $root (a root directory).
# shellcheck shell=bash

stress_names=(s1 s2 s3 s4 s5 s6)
# A line for each thing on the host that belongs to a container of this store, or could.
stress_traces() {
	{
		cut -d' ' -f3- /proc/self/mountinfo | grep -F "$work"
		find /sys/fs/cgroup -mindepth 1 -type d -regex '.*/[0-9a-f]*' -name '????????????????????????????????????????????????????????????????' 2>/dev/null
		find /proc -maxdepth 2 -name exe -lname "*/secctr-monitor" -printf '%h\n' 2>/dev/null
		find "$work/lib/containers" "$work/lib/names" "$work/lib/tmp" "$work/run/containers" -mindepth 1 -maxdepth 1 2>/dev/null
	} | sort -u
}

# One command, drawn at random.
stress_command() {
	local a=${stress_names[RANDOM % 6]} b=${stress_names[RANDOM % 6]}
	case $((RANDOM % 20)) in
	0 | 1) echo "run -d --name $a --rootfs $root /bin/sleep 1000" ;;
	2) echo "run -d --rm --name $a --rootfs $root /bin/sleep 0.3" ;;
	3) echo "run -d --restart always --name $a --rootfs $root /bin/sleep 0.2" ;;
	4 | 5) echo "create --name $a --rootfs $root /bin/sleep 1000" ;;
	6 | 7 | 8) echo "start $a" ;;
	9) echo "restart -t 0 $a" ;;
	10) echo "stop -t 0 $a" ;;
	11) echo "kill $a" ;;
	12) echo "pause $a" ;;
	14) echo "unpause $a" ;;
	15 | 13) echo "rename $a $b" ;;
	16) echo "rm -f -t 0 $a" ;;
	17) echo "run -d --replace --stop-timeout 0 --name $a --rootfs $root /bin/sleep 1000" ;;
	18) echo "exec $a /bin/true" ;;
	19) echo "ps -a" ;;
	esac
}

stress_worker() { # SECONDS FILE
	local end=$((SECONDS + $1)) words
	RANDOM=$((BASHPID + $1))
	while [ $SECONDS -lt "$end" ]; do
		words=$(stress_command)
		# shellcheck disable=SC2086
		if timeout -k 1 60 $run_secctr $words >/dev/null 2>>"$2.err"; then
			echo "${words%% *} done"
		else
			[ $? -ne 124 ] || echo "HANGS: $words" >>"$2.err"
			echo "${words%% *} refused"
		fi
	done >"$2"
}

stress_run() { # SECONDS WORKERS FILE
	local i pids=()
	for i in $(seq "$2"); do
		stress_worker "$1" "$3.$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
}

# ps and the store agree; each container that runs has one init and one monitor; once all are removed nothing is left.
stress_check() { # BEFORE; says what is wrong
	local bad=0 id name pid new
	sleep 2	# what was started with --rm and has just ended is being removed
	! grep -h HANGS "$work"/stress.*.err || bad=1
	! grep -hE 'internal|PlanError|monitor-died|locked by another' "$work"/stress.*.err || bad=1
	while IFS='|' read -r id name pid; do
		[ "$(readlink "$work/lib/names/$name")" = "$id" ] || { echo "the name $name is not that of $id"; bad=1; }
		[ "$pid" = 0 ] || [ -d "/proc/$pid" ] || { echo "$name is said to run as $pid, which is not there"; bad=1; }
	done < <($run_secctr ps -a --format json | jq -r '.[] | select(.State == "running" or .State == "paused" or .State == "created" or .State == "exited") | "\(.Id)|\(.Names[0])|\(if .State == "running" or .State == "paused" then .Pid else 0 end)"')
	[ "$($run_secctr ps -a --format json | jq length)" = "$(find "$work/lib/containers" -mindepth 1 -maxdepth 1 | wc -l)" ] || { echo "ps and the store differ"; bad=1; }
	for name in "${stress_names[@]}"; do
		# Not jq -e: it answers 0 for no input, which is a name that nobody has.
		new=$($run_secctr inspect "$name" 2>/dev/null | jq -c '.[] | select(.PlanError) | [.PlanError, .State.Status]')
		[ -z "$new" ] || { echo "$name has a plan that is not its own: $new"; bad=1; }
	done
	timeout 120 $run_secctr rm -af -t 0 >/dev/null || { echo "rm -af failed"; bad=1; }
	for _ in $(seq 60); do
		new=$(comm -13 <(echo "$1") <(stress_traces))
		[ -n "$new" ] || break
		sleep 0.1
	done
	[ -z "$new" ] || { echo "left behind: $new"; bad=1; }
	return $bad
}
