# SPDX-License-Identifier: Apache-2.0
# create, start, restart, wait, pause, rename, update, prune: the life of a container beyond run.
load lib

setup_file() { make_place; }
teardown() { remove_all; }

no() { refused "$1" "$2" "$BIN/secctr" --root "$STORE" --runroot "$RUN" "${@:3}"; }
unseen() { refused -n "$1" "$2" "$BIN/secctr" --root "$STORE" --runroot "$RUN" "${@:3}"; }
state() { secctr inspect "$1" | jq -r ".[0].State.$2"; }
create() { secctr create --rootfs "$@" >/dev/null; } # [OPTIONS] DIR COMMAND...
as_bob() { (echo 1001 >/proc/self/loginuid && "$BIN/secctr" --root "$STORE" --runroot "$RUN" "$@"); }
own_policy() { # WHO-LINES
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n[Filesystem]\nReadOnlyRoot=no\n%b' "$1" | policy own
}

@test "create: reserved, decided, recorded, and nothing runs" {
	before=$(traces)
	audit_mark
	try_secctr create --name c --label k=v --rootfs "$BUSY" sleep 1000
	row "id"; like "$out" '^[0-9a-f]{64}$'; same "$err" ""
	row "state"; same "$(state c Status)" created; same "$(state c Pid)" 0
	row "listed with -a only"; same "$(secctr ps -q)" ""; like "$(secctr ps -a --noheading)" ' Created '
	row "no process, group or mount"
	like "$(comm -13 <(echo "$before") <(traces) | grep -vE "^$STORE/|^$RUN/")" '^$'
	row "record"; audit_has 'VIRT_CREATE .*op=create reason=cli vm="c"' || bad "none"
	row "no start record"; unlike "$(audit_since)" 'op=start'
	row "the name is taken"; no 125 'the name c is in use' create --name c --rootfs "$BUSY" true
	row "kill"; no 125 'c is not running' kill c
	row "exec"; no 125 'c is not running' exec c true
	row "stop is fine"; try_secctr stop c; same "$status" 0
	row "refused by the policy"; no 125 'capBounding.*CAP_SYS_ADMIN' create --cap-add sys_admin --name x --rootfs "$BUSY" true
	row "no -d"; unseen 125 'unknown option' create -d --rootfs "$BUSY" true
	row "rm"; try_secctr rm c; no_new_traces "$before"
	rows_done
}

@test "start: decides again, keeps the writable layer, is recorded with who typed it" {
	own_policy '[Who]\nAllowLogin=any\n'
	secctr load -q -i "$SECCTR_WORK/default.tar" >/dev/null
	before=$(traces)
	secctr create --name s --policy own --read-only=false secctr/default sh -c 'echo run >>/runs; cat /proc/self/loginuid; exit $(wc -l </runs)' >/dev/null
	row "first"; audit_mark; try_secctr start -a s; same "$status" 1; same "$out" 1000
	audit_has 'VIRT_CONTROL .*op=decide reason=cli vm="s" .*policy=sha256' || bad "no decision"
	audit_has 'auid=1000 .*op=start .*vm="s"' || bad "no start record"
	audit_has 'op=stop reason=exited vm="s" .*exit=1' || bad "no stop record"
	row "ended"; same "$(state s Status)" exited; same "$(state s ExitCode)" 1
	row "second, by another person"; audit_mark
	out=$(as_bob start -a s) && status=0 || status=$?
	same "$status" 2; same "$out" 1001
	audit_has 'auid=1001 .*op=start .*vm="s"' || bad "no start record of bob"
	row "login UIDs of inspect"
	same "$(secctr inspect s | jq '.[0].Audit.LoginUid')" 1001
	same "$(secctr inspect s | jq '.[0].Audit.CreatorLoginUid')" 1000
	row "in the background prints the name"; try_secctr start s; same "$out" s; like "$err" 'started s \[audit [0-9.]+:[0-9]+\]'
	wait_state s exited; same "$(state s ExitCode)" 3
	row "plan is the last run's"; same "$(secctr inspect s | jq '.[0].PlanError')" null
	row "a policy that has become narrower"
	own_policy '[Who]\nAllowLogin=bob\n'
	no 125 'own.policy:[0-9]+' start s
	same "$(as_bob inspect s | jq '.[0].State.ExitCode')" 3
	row "the pair and the layer go with rm"
	try_secctr rm s; same "$status" 125 "rm by who may not"
	as_bob rm s >/dev/null; no_new_traces "$before"
	rows_done
}

@test "start: what runs is left alone; what cannot start says why" {
	start --name r "$BUSY" sleep 1000
	pid=$(state r Pid)
	row "running"; try_secctr start r; same "$status" 0; same "$out" r; same "$(state r Pid)" "$pid"
	row "running, attached"; no 125 'attach' start -a r
	row "none"; try_secctr start nosuch; same "$status" 125; like "$err" 'nosuch'
	row "several, one of them missing"
	create --name e1 "$BUSY" sleep 1000; create --name e2 "$BUSY" sleep 1000
	try_secctr start e1 nosuch e2; same "$status" 125; same "$out" $'e1\ne2'
	row "several attached"; unseen 125 'one container' start -a e1 e2
	row "no command"
	create --name nc "$BUSY" /nosuch
	no 127 'nosuch' start -a nc
	same "$(state nc Status)" created
	row "standard input"
	secctr create --name in -i --rootfs "$BUSY" cat >/dev/null
	same "$(echo hello | "$BIN/secctr" --root "$STORE" --runroot "$RUN" start -i in)" hello
	row "all"; try_secctr stop -a -t 0; try_secctr start --all --filter name=e; same "$(secctr ps --format json | jq -r '.[].Names[0]' | sort | tr '\n' ' ')" "e1 e2 "
	row "20 at once: one run"
	audit_mark; secctr stop -t 0 e1 >/dev/null
	for i in {1..20}; do "$BIN/secctr" --root "$STORE" --runroot "$RUN" start e1 >"$PLACE/at.$i" 2>&1 & done; wait
	same "$(grep -l '^e1$' "$PLACE"/at.* | wc -l)" 20 "successes"
	same "$(audit_since | grep -c 'op=start .*vm="e1"')" 1 "starts"
	rows_done
}

@test "restart: ends and starts; --running, --all, time" {
	start --name r "$BUSY" sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done'
	create --name c "$BUSY" sleep 1000
	sleep 0.3
	pid=$(state r Pid)
	row "running"; audit_mark; try_secctr restart r; same "$out" r; [ "$(state r Pid)" != "$pid" ] || bad "the same process"
	audit_has 'op=kill reason=restart vm="r" .*sig=15' || bad "no record of the signal"
	audit_has 'op=stop reason=exited vm="r" .*exit=5' || bad "no record of the end"
	audit_has 'op=start .*vm="r"' || bad "no record of the start"
	row "--running leaves the others"; try_secctr restart -t 0 --running; same "$(state c Status)" created
	row "one that does not run"; try_secctr restart c; same "$(state c Status)" running
	row "--all"; try_secctr restart -t 0 --all; same "$status" 0; same "$(secctr ps -q | wc -l)" 2
	row "--rm"; start --rm --name gone "$BUSY" sleep 1000; try_secctr restart gone; same "$status" 125; like "$err" '--rm'
	row "time"; unseen 125 'time' restart -t x r
	rows_done
}

@test "stop, restart and rm of many: at once, each changed once, in the order of the operands" {
	deaf='trap "" TERM; while :; do sleep 0.1; done'
	names='' list=$'\n'
	for i in 6 3 5 1 4 2; do
		start --name m$i --stop-timeout 2 "$BUSY" sh -c "$deaf"
		names+=" m$i" list+="m$i"$'\n'
	done
	list=${list#?} list=${list%?}
	sleep 0.3
	counts() { # REGEX: records of it for each container
		for i in 1 2 3 4 5 6; do audit_since | grep -cE "$1 vm=\"m$i\"" || true; done | sort -u | tr '\n' ' '
	}
	row "stop by name"; audit_mark; SECONDS=0
	# shellcheck disable=SC2086
	try_secctr stop $names
	same "$status" 0; same "$out" "$list"; same "$err" ""
	[ "$SECONDS" -lt 8 ] || bad "$SECONDS seconds for six of two"
	audit_has 'vm="m2" .*exit=137' || bad "no record of the last end"
	row "records of each"; same "$(counts 'op=kill reason=stop')" "2 "; same "$(counts 'op=stop reason=[a-z]+')" "1 "
	row "restart --all"; audit_mark; try_secctr restart --all; same "$status" 0; same "$(secctr ps -q | wc -l)" 6
	audit_has 'op=start .*vm="m2"' || bad "no record of the last start"
	same "$(counts 'op=start reason=[a-z]+')" "1 "
	row "one that is not there, and one named twice"; audit_mark; SECONDS=0
	try_secctr rm -t 2 -f m1 m1 m2
	same "$status" 0; same "$out" $'m1\nm2'
	try_secctr stop -t 1 m3 nosuch m3 m4
	same "$status" 125; same "$out" $'m3\nm3\nm4'; same "$err" "secctr: no container with name or id nosuch"
	same "$(audit_since | grep -cE 'op=kill reason=stop vm="m3"')" 2 "signals to m3"
	row "rm of a running one among others"; try_secctr rm m3 m5 nosuch m4
	same "$status" 2; same "$out" $'m3\nm4'; like "$err" 'm5 is running.*'$'\n''.*nosuch'
	row "rm --all"; audit_mark; SECONDS=0
	try_secctr rm -fa -t 2; same "$status" 0; same "$(wc -l <<<"$out")" 2
	[ "$SECONDS" -lt 4 ] || bad "$SECONDS seconds for two of two"
	audit_has 'VIRT_DESTROY.* vm="m6"' || bad "no record of m6"
	rows_done
}

@test "start, kill, pause, unpause and prune of many: one that waits holds up no other" {
	for i in 1 2 3; do start --name m$i --restart always "$BUSY" sleep 1000; done
	status_of() { secctr inspect "$1" | jq -r '.[0].State.Status'; }
	# m1's lock is somebody else's: what is done to m2 and m3 is done meanwhile, and m1 when the lock is free.
	lock=$STORE/containers/$(secctr inspect m1 | jq -r '.[0].Id')/lock
	while_m1_waits() { # STATE OUTPUT COMMAND...
		local holder command state=$1 output=$2
		shift 2
		flock --no-fork "$lock" sleep 1000 &
		holder=$!
		for _ in {1..100}; do flock -n "$lock" true || break; sleep 0.02; done
		"$BIN/secctr" --root "$STORE" --runroot "$RUN" "$@" >"$BATS_TEST_TMPDIR/many" 2>"$BATS_TEST_TMPDIR/errors" &
		command=$!
		wait_state m3 "$state" || bad "m3 is $(status_of m3)"
		wait_state m2 "$state" || bad "m2 is $(status_of m2)"
		[ "$(status_of m1)" != "$state" ] || bad "m1 did not wait"
		same "$(cat "$BATS_TEST_TMPDIR/many")" "" "what is printed before m1's turn"
		kill "$holder"; wait "$holder" 2>/dev/null || true
		wait $command || bad "status $? ($(cat "$BATS_TEST_TMPDIR/errors"))"
		same "$(cat "$BATS_TEST_TMPDIR/many")" "$output"
		wait_state m1 "$state" || bad "m1 is $(status_of m1)"	# a kill does not wait for the end
	}
	audit_mark
	row "pause"; while_m1_waits paused $'m1\nm2\nm3' pause m1 m2 m3
	row "unpause"; while_m1_waits running $'m1\nm2\nm3' unpause m1 m2 m3
	row "kill"; while_m1_waits exited $'m1\nm2\nm3' kill m1 m2 m3
	row "start"; while_m1_waits running $'m1\nm2\nm3' start m1 m2 m3
	for word in pause unpause kill start; do
		row "records of $word"; same "$(audit_since | grep -cE " op=$word .*res=success")" 3
	done
	row "prune"; secctr kill -a >/dev/null
	for i in 1 2 3; do wait_state m$i exited || bad "m$i"; done
	flock --no-fork "$lock" sleep 1000 & holder=$!
	for _ in {1..100}; do flock -n "$lock" true || break; sleep 0.02; done
	secctr container prune -f >"$BATS_TEST_TMPDIR/many" & prune=$!
	for _ in {1..100}; do [ "$(secctr ps -aq | wc -l)" != 1 ] || break; sleep 0.05; done
	same "$(secctr ps -a --format '{{.Names}}')" m1; kill "$holder"; wait "$holder" 2>/dev/null || true; wait $prune
	same "$(wc -l <"$BATS_TEST_TMPDIR/many")" 3; same "$(secctr ps -aq)" ""
	rows_done
}

@test "a worker that is killed is told; what kills the command ends its workers, and the store tells the truth" {
	for i in 1 2; do start --name k$i "$BUSY" sh -c 'trap "" TERM; while :; do sleep 0.1; done'; done
	sleep 0.3
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" stop -t 60 k1 k2 >"$PLACE/out" 2>"$PLACE/err" & pid=$!
	for _ in {1..100}; do [ "$(pgrep -cP $pid)" -lt 2 ] || break; sleep 0.05; done
	mapfile -t workers < <(pgrep -P $pid)
	row "two workers"; same "${#workers[@]}" 2
	kill -KILL "${workers[0]}"
	secctr kill k2 >/dev/null
	wait $pid && status=0 || status=$?
	row "one killed"; same "$status" 125; same "$(cat "$PLACE/out")" k2
	like "$(cat "$PLACE/err")" 'k1: .*killed by signal 9'
	same "$(state k1 Status)" running
	row "the command killed"
	start --name k3 "$BUSY" sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" stop -t 60 k1 k3 >/dev/null 2>&1 & pid=$!
	for _ in {1..100}; do [ "$(pgrep -cP $pid)" -lt 2 ] || break; sleep 0.05; done
	mapfile -t workers < <(pgrep -P $pid)
	kill -KILL $pid
	wait $pid || true
	for _ in {1..100}; do [ -e "/proc/${workers[0]}" ] || [ -e "/proc/${workers[1]}" ] || break; sleep 0.05; done
	[ ! -e "/proc/${workers[0]}" ] && [ ! -e "/proc/${workers[1]}" ] || bad "workers go on"
	same "$(state k1 Status) $(state k3 Status)" "running running"
	row "and stop after it"; try_secctr stop -t 0 k1 k3; same "$status" 0; same "$out" $'k1\nk3'
	rows_done
}

@test "--restart: when, how often, and what ends it" {
	row "always, after success"; start --restart always --name a "$BUSY" sh -c 'sleep 0.2'
	for _ in {1..100}; do [ "$(secctr inspect a | jq '.[0].RestartCount')" -lt 2 ] || break; sleep 0.1; done
	[ "$(secctr inspect a | jq '.[0].RestartCount')" -ge 2 ] || bad "not restarted"
	row "stop ends it at once"
	audit_mark; try_secctr stop -t 0 a; same "$status" 0; sleep 1.2; same "$(state a Status)" exited
	row "start begins anew"; try_secctr start a; for _ in {1..50}; do [ "$(secctr inspect a | jq '.[0].RestartCount')" -lt 1 ] || break; sleep 0.1; done
	[ "$(secctr inspect a | jq '.[0].RestartCount')" -ge 1 ] || bad "not restarted after a start"
	row "kill ends it"; for _ in {1..50}; do try_secctr kill a; [ "$status" -ne 0 ] || break; done; sleep 1; same "$(state a Status)" exited
	row "on-failure:2"; audit_mark; start --restart on-failure:2 --name f "$BUSY" sh -c 'exit 4'
	for _ in {1..50}; do [ "$(state f Status)" != exited ] || break; sleep 0.1; done
	same "$(secctr inspect f | jq '.[0].RestartCount')" 2; same "$(state f ExitCode)" 4
	same "$(audit_since | grep -c 'auid=1000 .*op=start .*vm="f"')" 3 starts
	same "$(audit_since | grep -c 'op=decide .*vm="f"')" 2 decisions
	row "on-failure, after success"; start --restart on-failure --name g "$BUSY" true; wait_state g exited; sleep 0.4
	same "$(secctr inspect g | jq '.[0].RestartCount')" 0
	row "a signal that ends nothing does not count as stop"
	start --restart always --name h "$BUSY" sh -c 'trap "exit 3" HUP; sleep 0.1; while :; do sleep 0.1; done'
	sleep 0.4; try_secctr kill -s HUP h; for _ in {1..50}; do [ "$(secctr inspect h | jq '.[0].RestartCount')" -lt 1 ] || break; sleep 0.1; done
	same "$(secctr inspect h | jq '.[0].RestartCount')" 1
	row "policy that says no meanwhile"
	own_policy '[Who]\nAllowLogin=any\n'
	start --policy own --restart always --name p "$BUSY" sh -c 'sleep 0.5'
	own_policy '[Who]\nAllowLogin=bob\n'
	audit_mark
	sleep 1.5
	audit_has 'op=restart reason=policy-denied vm="p" .*res=failed' || bad "no refusal"
	own_policy '[Who]\nAllowLogin=any\n'
	remove_all
	for bad_one in on-failure:0 on-failure:x always:2 sometimes '' on-; do
		row "'$bad_one'"; refused_run 125 'restart' --restart="$bad_one" --rootfs "$BUSY" true
	done
	row "--rm"; refused_run 125 'exclude' --rm --restart always --rootfs "$BUSY" true
	rows_done
}

@test "--restart: a back-off ends by stop, rm -f, start and the monitor's SIGTERM; the store tells the truth" {
	before=$(traces)
	failing=(--restart always --name b "$BUSY" sh -c 'exit 1')
	waiting() { for _ in {1..100}; do [ "$(state b Status)" != restarting ] || [ "$(secctr inspect b | jq '.[0].RestartCount')" -lt 3 ] || return 0; sleep 0.05; done; bad "does not wait"; }
	row "listed"; start "${failing[@]}"; waiting; like "$(secctr ps -a --noheading)" 'Restarting \(1\)'
	row "rm"; audit_mark; try_secctr rm b; same "$status" 2; like "$err" 'restarting|running|being started'
	audit_has 'op=rm .*vm="b".*res=failed' || bad "no record of the refusal"
	row "stop"; try_secctr stop b; same "$status" 0; same "$(state b Status)" exited; secctr rm b >/dev/null; no_new_traces "$before"
	row "rm -f"; start "${failing[@]}"; waiting; try_secctr rm -f b; same "$status" 0; no_new_traces "$before"
	row "SIGTERM"; start "${failing[@]}"; waiting; kill "$(state b MonitorPid)"; wait_state b exited || bad "goes on"; sleep 1.5; same "$(state b Status)" exited
	row "start"; secctr start b >/dev/null 2>&1; waiting; pid=$(state b MonitorPid); secctr start b >/dev/null 2>&1
	! grep -qs '^State:.*[RSD] ' "/proc/$pid/status" || bad "the monitor of before is still there"
	row "monitor killed"; waiting; kill -9 "$(state b MonitorPid)"; wait_state b exited || bad "goes on"
	secctr rm -f b >/dev/null; no_new_traces "$before"
	rows_done
}

@test "wait: codes, conditions, those that go" {
	start --name w "$BUSY" sh -c 'sleep 0.7; exit 7'
	row "code"; try_secctr wait w; same "$out" 7
	row "ended already"; try_secctr wait w; same "$out" 7
	row "--rm"; start --rm --name x "$BUSY" sh -c 'sleep 0.7; exit 9'; try_secctr wait x; same "$out" 9
	row "running"; create --name c "$BUSY" sleep 1000
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" wait --condition running c >"$PLACE/waited" & waiter=$!
	sleep 0.2; [ -d /proc/$waiter ] || bad "did not wait"
	secctr start c >/dev/null 2>&1; wait $waiter || bad "status $?"; same "$(cat "$PLACE/waited")" 0
	row "no system call while it runs"
	strace -f -o "$PLACE/trace" "$BIN/secctr" --root "$STORE" --runroot "$RUN" wait c >/dev/null & waiter=$!
	sleep 0.7; n=$(wc -l <"$PLACE/trace"); sleep 0.7; same "$(wc -l <"$PLACE/trace")" "$n" calls
	row "a monitor that is killed"; kill -9 "$(state c MonitorPid)"; wait $waiter; same "$(state c Reason)" monitor-died
	row "several"; try_secctr wait w c; same "$out" $'7\n255'
	row "none"; try_secctr wait nosuch; same "$status" 125
	row "none, ignored"; try_secctr wait --ignore nosuch; same "$out" -1; same "$status" 0
	row "condition"; unseen 125 'condition nosuch' wait --condition nosuch w
	row "interval"; try_secctr wait -i 250ms w; same "$out" 7; unseen 125 'interval' wait -i x w
	rows_done
}

@test "pause and unpause: nothing runs; stop, kill and rm -f work, exec does not" {
	before=$(traces)
	ticks() { tail -n 1 "$STORE/containers/$(secctr inspect "$1" | jq -r '.[0].Id')/ctr.log"; }
	start --name p "$BUSY" sh -c 'i=0; while :; do i=$((i + 1)); echo $i; sleep 0.05; done'
	sleep 0.3
	row "pause"; audit_mark; try_secctr pause p; same "$out" p; same "$(state p Status)" paused
	audit_has 'VIRT_CONTROL .*op=pause reason=cli vm="p" .*res=success' || bad "no record"
	sleep 0.2; at=$(ticks p); sleep 0.5; same "$(ticks p)" "$at" "output"
	row "listed"; like "$(secctr ps --noheading)" '\(Paused\)'
	row "again"; no 125 'p is paused, not running' pause p
	row "exec"; no 125 'p is paused' exec p true
	row "start"; no 125 'p is paused' start p
	row "rm"; no 2 'p is paused' rm p
	row "unpause"; audit_mark; try_secctr unpause p; same "$out" p; same "$(state p Status)" running
	audit_has 'op=unpause reason=cli vm="p"' || bad "no record"
	sleep 0.4; [ "$(ticks p)" != "$at" ] || bad "does not go on"
	row "unpause again"; no 125 'p is running, not paused' unpause p
	row "stop"; secctr pause p >/dev/null; LIMIT=8 try_secctr stop -t 1 p; same "$status" 0; same "$(state p Status)" exited
	row "kill"; secctr start p >/dev/null 2>&1; secctr pause p >/dev/null; try_secctr kill p; wait_state p exited || bad "lives"
	row "rm -f"; secctr start p >/dev/null 2>&1; secctr pause p >/dev/null; LIMIT=8 try_secctr rm -f -t 1 p; same "$status" 0; no_new_traces "$before"
	row "all"; start --name a1 "$BUSY" sleep 1000; start --name a2 "$BUSY" sleep 1000
	try_secctr pause --all; same "$(secctr ps -q -f status=paused | wc -l)" 2
	try_secctr unpause --all; same "$(secctr ps -q -f status=paused | wc -l)" 0
	row "monitor killed while paused"; secctr pause a1 >/dev/null; kill -9 "$(state a1 MonitorPid)"; same "$(state a1 Status)" exited
	row "who"; own_policy '[Who]\nAllowStop=bob\n'; start --policy own --name o "$BUSY" sleep 1000; no 125 'AllowStop=' pause o; as_bob pause o >/dev/null || bad "bob could not"
	no 125 'AllowStop=' unpause o; no 125 'AllowStop=' restart o
	as_bob rm -f -t 0 o >/dev/null
	rows_done
}

@test "rename: the name moves, once; what runs goes on" {
	before=$(traces)
	start --name n1 "$BUSY" sleep 1000; create --name other "$BUSY" true
	row "moves"; audit_mark; try_secctr rename n1 n2; same "$status" 0; same "$out" ""
	same "$(secctr ps --format json | jq -r '.[0].Names[0]')" n2
	audit_has 'VIRT_CONTROL .*op=rename reason=cli vm="n1" .*new-vm=n2' || bad "no record"
	row "the old one is free"; try_secctr inspect n1; same "$status" 125; create --name n1 "$BUSY" true; try_secctr inspect n1; same "$status" 0
	row "taken"; no 125 'the name other is in use' rename n2 other; same "$(state n2 Status)" running
	row "its own"; no 125 'its own already' rename n2 n2
	for name in .. a/b '' "$(printf '%065d' 0)"; do row "'${name:0:10}'"; no 125 'container name' rename n2 "$name"; done
	row "started again under it"; secctr stop -t 0 n2 >/dev/null; audit_mark; secctr start n2 >/dev/null 2>&1; audit_has 'op=start .*vm="n2"' || bad "old name"
	row "20 at once: one name"
	for i in {1..20}; do secctr rename n2 "x$i" >/dev/null 2>&1 & done; wait
	same "$(find "$STORE/names" -mindepth 1 | wc -l)" 3 "names"
	row "rm"; remove_all; no_new_traces "$before"
	row "killed in between"
	for n in 1 2 3; do
		create --name k "$BUSY" true
		strace -f -qq -o /dev/null -e trace=renameat,symlinkat -e "inject=symlinkat,renameat:signal=KILL:when=$n" \
			"$BIN/secctr" --root "$STORE" --runroot "$RUN" rename k l >/dev/null 2>&1 || true
		secctr rm -af >/dev/null; no_new_traces "$before"
	done
	rows_done
}

@test "update: bounded by the policy, in force at once, and the next time" {
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n[Resources]\nMemoryMax=256M\nTasksMax=100\n' | policy own
	start --policy own --name u --memory 64m "$BUSY" sleep 1000
	id=$(secctr inspect u | jq -r '.[0].Id')
	limit() { cat /sys/fs/cgroup/{memory/,}secctr/"$id"/{memory.limit_in_bytes,memory.max} 2>/dev/null | head -n 1; }
	tasks() { cat /sys/fs/cgroup/{pids/,}secctr/"$id"/pids.max 2>/dev/null | head -n 1; }
	row "before"; same "$(limit)" 67108864; same "$(tasks)" 100
	row "more"; audit_mark; try_secctr update --memory 128m u; same "$status" 0; same "$out" u; same "$(limit)" 134217728
	audit_has 'VIRT_RESOURCE .*resrc=mem reason=update vm="u" .*old-mem=65536 new-mem=131072' || bad "no record of the limit"
	audit_has 'VIRT_CONTROL .*op=update reason=cli vm="u" .*plan=sha256' || bad "no record"
	row "less"; try_secctr update --memory 32m --pids-limit 50 u; same "$(limit)" 33554432; same "$(tasks)" 50
	row "beyond the policy"; no 125 'memoryMax.*MemoryMax= at .*own.policy:6' update --memory 512m u; same "$(limit)" 33554432
	row "unlimited is beyond it too"; no 125 'memoryMax' update --memory -1 u
	row "the next start"; secctr restart -t 0 u >/dev/null 2>&1; same "$(limit)" 33554432; same "$(tasks)" 50
	row "one that does not run"; secctr stop -t 0 u >/dev/null; try_secctr update --pids-limit 20 u; secctr start u >/dev/null 2>&1; same "$(tasks)" 20
	row "nothing"; unseen 125 'update what' update u
	row "none"; unseen 125 nosuch update --memory 32m nosuch
	row "who"
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n[Who]\nAllowLogin=bob\n' | policy own
	no 125 'AllowLogin=' update --memory 32m u; no 125 'AllowLogin=' rename u v
	as_bob rm -f -t 0 u >/dev/null || bad "bob could not"
	rows_done
}

@test "--cidfile, --pidfile, --replace, --timeout" {
	before=$(traces)
	row "cidfile"; try_secctr run -d --cidfile "$PLACE/cid" --name c --rootfs "$BUSY" sleep 1000; same "$(cat "$PLACE/cid")" "$out"
	row "there already"; refused_run 125 'cidfile.*exists' --cidfile "$PLACE/cid" --rootfs "$BUSY" true
	row "by it"; try_secctr pause --cidfile "$PLACE/cid"; same "$status" 0; try_secctr unpause --cidfile "$PLACE/cid"; try_secctr stop -t 0 --cidfile "$PLACE/cid"; same "$(state c Status)" exited
	try_secctr rm --cidfile "$PLACE/cid"; same "$status" 0
	row "a file without an id"; echo x >"$PLACE/nocid"; unseen 125 'does not hold' rm --cidfile "$PLACE/nocid"
	row "no file"; unseen 125 'cidfile' stop --cidfile "$PLACE/none"; try_secctr stop --ignore --cidfile "$PLACE/none"; same "$status" 0
	row "pidfile"; start --pidfile "$PLACE/pid" --name p "$BUSY" sleep 1000; same "$(cat "$PLACE/pid")" "$(state p Pid)"
	secctr restart -t 0 p >/dev/null 2>&1; same "$(cat "$PLACE/pid")" "$(state p Pid)"
	row "not over another file"; echo precious >"$PLACE/file"; refused_run 125 'pidfile.*holds no number' --pidfile "$PLACE/file" --rootfs "$BUSY" true; same "$(cat "$PLACE/file")" precious
	row "not over one digit too many"; printf 123456789012 >"$PLACE/n"; start --pidfile "$PLACE/n" --name n "$BUSY" true || bad "12"
	printf 1234567890123 >"$PLACE/n1"; refused_run 125 'pidfile' --pidfile "$PLACE/n1" --rootfs "$BUSY" true
	row "not through a link"; ln -s "$PLACE/file" "$PLACE/link"; refused_run 125 'pidfile' --pidfile "$PLACE/link" --rootfs "$BUSY" true
	row "not in a directory of others"; mkdir "$PLACE/open"; chmod 777 "$PLACE/open"; refused_run 125 'pidfile' --pidfile "$PLACE/open/x" --rootfs "$BUSY" true
	remove_all; no_new_traces "$before"
	row "replace"; start --name r "$BUSY" sh -c 'trap exit TERM; while :; do sleep 0.1; done'; old=$(state r Pid); sleep 0.3
	audit_mark; start --replace --name r "$BUSY" sleep 1000; [ "$(state r Pid)" != "$old" ] || bad "the same"
	audit_has 'VIRT_DESTROY .*reason=replace vm="r"' || bad "no record"
	row "replace what is not there"; start --replace --name r2 "$BUSY" sleep 1000; same "$(state r2 Status)" running
	row "replace without a name"; refused_run 125 'replace needs' --replace --rootfs "$BUSY" true
	row "a refused one replaces nothing"; refused_run 125 'CAP_SYS_ADMIN' --replace --name r --cap-add sys_admin --rootfs "$BUSY" true; same "$(state r Status)" running
	row "timeout"; audit_mark; try_secctr run --timeout 1 --name t --rootfs "$BUSY" sleep 1000; same "$status" 255; same "$(state t Reason)" timed-out
	audit_has 'op=stop reason=timed-out vm="t"' || bad "no record"
	row "in time"; try_secctr run --timeout 20 --rm --rootfs "$BUSY" sh -c 'exit 3'; same "$status" 3
	for bad_one in -1 x 31536001; do row "timeout $bad_one"; refused_run 125 'timeout' --timeout="$bad_one" --rootfs "$BUSY" true; done
	rows_done
}

@test "filters, prune, container cleanup, init" {
	start --name up --label k=v "$BUSY" sleep 1000
	start --restart always --name al "$BUSY" sleep 1000; start --restart unless-stopped --name us "$BUSY" sleep 1000
	create --name c1 --label k=v "$BUSY" true; create --name c2 "$BUSY" true
	try_secctr run --name ended --rootfs "$BUSY" sh -c 'exit 3'
	names() { secctr ps -a --format json "$@" | jq -r '.[].Names[0]' | sort | tr '\n' ' '; }
	row label; same "$(names -f label=k)" "c1 up "
	row label!; same "$(names -f label!=k -f status=created)" "c2 "
	row exited; same "$(names -f exited=3)" "ended "
	row restart-policy; same "$(names -f restart-policy=always)" "al "
	row "at boot"; same "$(names -f should-start-on-boot=true)" "al us "; secctr stop -t 0 us al >/dev/null; same "$(names -f should-start-on-boot=true)" "al "
	row "as podman-restart.service"; try_secctr start --all --filter restart-policy=always; same "$(state al Status)" running; same "$(state us Status)" exited
	row until; same "$(names -f until=1h)" ""
	row unknown; unseen 125 'nosuch' ps -f nosuch=1; unseen 125 'nosuch' rm -a --filter nosuch=1
	row "rm --filter"; try_secctr rm --filter label=k --filter status=created; same "$status" 0; same "$(names -f label=k)" "up "
	row "prune asks"; try_secctr container prune; same "$status" 0; like "$out" 'WARNING'; same "$(names -f status=created)" "c2 "
	row "prune"; before=$(secctr ps -q | wc -l); try_secctr container prune -f; same "$(wc -w <<<"$out")" 3; same "$(names)" "al up "
	row "cleanup"; try_secctr container cleanup up; same "$status" 125; like "$err" 'nothing to clean up'
	kill -9 "$(state up MonitorPid)"; try_secctr container cleanup --all --rm; same "$(names)" "al "
	row "init"; unseen 125 'made and recorded in one step' init up
	rows_done
}
