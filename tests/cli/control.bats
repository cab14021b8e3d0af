# SPDX-License-Identifier: Apache-2.0
# ps, stop, kill, rm, inspect: what is there, and how it goes.
load lib

setup_file() { make_place; }
teardown() { remove_all; }

no() { refused "$1" "$2" "$BIN/secctr" --root "$STORE" --runroot "$RUN" "${@:3}"; }

@test "ps: running ones, all with -a, filters, forms" {
	start --name up --label k=v "$BUSY" sleep 1000
	try_secctr run --name down --rootfs "$BUSY" sh -c 'exit 3'
	row "running"; same "$(secctr ps --format json | jq -r '.[].Names[0]')" up
	row "all"; same "$(secctr ps -a --format json | jq -r '.[].Names[0]' | sort | tr '\n' ' ')" "down up "
	row "table"; like "$(secctr ps -a --noheading)" 'Exited \(3\)'
	row "heading"; like "$(secctr ps | head -n 1)" '^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES +POLICY +LOGIN'
	row "quiet"; like "$(secctr ps -q)" '^[0-9a-f]{12}$'
	row "whole ids"; like "$(secctr ps -q --no-trunc)" '^[0-9a-f]{64}$'
	row "login"; same "$(secctr ps --format json | jq '.[0].LoginUid')" 1000
	row "filter name"; same "$(secctr ps -aq -f name=dow | wc -l)" 1
	row "filter status"; same "$(secctr ps -q -f status=exited | wc -l)" 1
	row "filter policy"; same "$(secctr ps -aq -f policy=default | wc -l)" 2
	row "filter label"; same "$(secctr ps -q -f label=k | wc -l)" 1
	row "unknown filter"; refused -n 125 'filter nosuch' "$BIN/secctr" --root "$STORE" --runroot "$RUN" ps -f nosuch=1
	row "unknown format"; refused -n 125 'format' "$BIN/secctr" --root "$STORE" --runroot "$RUN" ps --format yaml
	row "empty store is an empty array"; same "$("$BIN/secctr" --root "$PLACE/e" --runroot "$PLACE/er" ps --format json | jq length)" 0
	rows_done
}

@test "inspect: every documented field, for running and ended ones" {
	start --name i -e A=1 --label k=v "$BUSY" sleep 1000
	row "running"
	secctr inspect i | jq -e '.[0] | .Name == "i" and .State.Running and .State.Pid > 0 and .Audit.LoginUid == 1000
		and (.Audit.StartEvent | test("^[0-9.]+:[0-9]+$")) and .Plan.process.argv == ["sleep", "1000"]
		and (.Plan.process.env | index("A=1")) and (.PlanDigest | test("^sha256:[0-9a-f]{64}$"))' >/dev/null || bad "fields"
	row "pid is the init"
	pid=$(secctr inspect i | jq '.[0].State.Pid')
	same "$(tr '\0' ' ' </proc/"$pid"/cmdline)" "sleep 1000 "
	row "login UID of the live process"; same "$(cat /proc/"$pid"/loginuid)" 1000
	row "session of the live process"; same "$(cat /proc/"$pid"/sessionid)" "$(secctr inspect i | jq '.[0].Audit.Session')"
	row "ended"
	secctr stop -t 0 i
	secctr inspect i | jq -e '.[0] | .State.Status == "exited" and .State.ExitCode == 137 and .State.Pid == 0
		and (.Audit.StopEvent | test("^[0-9.]+:[0-9]+$"))' >/dev/null || bad "fields"
	row "by id and by its front part"
	id=$(secctr inspect i | jq -r '.[0].Id')
	same "$(secctr inspect "$id" | jq -r '.[0].Name')" i
	same "$(secctr inspect "${id:0:12}" | jq -r '.[0].Name')" i
	row "none"; refused -n 125 'no container and no image nosuch' "$BIN/secctr" --root "$STORE" --runroot "$RUN" inspect nosuch
	row "type"; refused -n 125 'nosuch' "$BIN/secctr" --root "$STORE" --runroot "$RUN" inspect -t container nosuch
	row "form"; refused -n 125 'format' "$BIN/secctr" --root "$STORE" --runroot "$RUN" inspect -f yaml i
	rows_done
}

@test "stop: signal, then SIGKILL, each with its record" {
	start --name polite "$BUSY" sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done'
	start --name deaf "$BUSY" sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	sleep 0.3
	audit_mark
	row "polite"; try_secctr stop polite; same "$out" polite; same "$(secctr inspect polite | jq '.[0].State.ExitCode')" 5
	row "deaf"; try_secctr stop -t 1 deaf; same "$(secctr inspect deaf | jq '.[0].State.ExitCode')" 137
	row "records"
	audit_has 'op=kill reason=stop vm="polite" .*sig=15' || bad "no record of the signal"
	audit_has 'op=kill reason=stop vm="deaf" .*sig=9' || bad "no record of SIGKILL"
	audit_has 'op=stop .*vm="polite" .*exit=5' || bad "no record of the end"
	row "ended already is no error"; try_secctr stop polite; same "$status" 0
	row "all"
	start --name a1 "$BUSY" sleep 100; start --name a2 "$BUSY" sleep 100
	try_secctr stop -a -t 0; same "$(secctr ps -q)" ""
	rows_done
}

@test "kill: by name and number, to the init" {
	start --name k "$BUSY" sh -c 'trap "exit 11" USR1; trap "exit 12" HUP; while :; do sleep 0.1; done'
	sleep 0.3
	row "USR1"; try_secctr kill -s SIGUSR1 k; same "$status" 0; wait_state k exited; same "$(secctr inspect k | jq '.[0].State.ExitCode')" 11
	row "ended"; no 125 'k is not running' kill k
	start --name k2 "$BUSY" sh -c 'trap "exit 12" HUP; while :; do sleep 0.1; done'
	sleep 0.3
	row "1"; try_secctr kill -s 1 k2; wait_state k2 exited; same "$(secctr inspect k2 | jq '.[0].State.ExitCode')" 12
	for sig in 0 65 NOSUCH -1; do
		row "'$sig'"; refused -n 125 'signal' "$BIN/secctr" --root "$STORE" --runroot "$RUN" kill --signal="$sig" k2
	done
	rows_done
}

@test "rm: what has ended; a running one with -f only" {
	before=$(traces)
	start --name r "$BUSY" sleep 1000
	row "running"; no 2 'r is running' rm r
	row "force"; audit_mark; try_secctr rm -f -t 0 r; same "$out" r; no_new_traces "$before"
	audit_has 'VIRT_DESTROY .*vm="r"' || bad "no record"
	row "gone"; refused -n 1 'r' "$BIN/secctr" --root "$STORE" --runroot "$RUN" rm r
	row "ignored"; try_secctr rm -i r; same "$status" 0
	row "several, one of them missing"
	try_secctr run --name x1 --rootfs "$BUSY" true; try_secctr run --name x2 --rootfs "$BUSY" true
	try_secctr rm x1 nosuch x2
	same "$status" 1; same "$out" $'x1\nx2'; like "$err" nosuch; no_new_traces "$before"
	row "a running one and a missing one"; start --name x3 "$BUSY" sleep 1000
	try_secctr rm nosuch x3; same "$status" 2; secctr rm -f -t 0 x3 >/dev/null
	row "all and a name"; refused -n 125 'exclude' "$BIN/secctr" --root "$STORE" --runroot "$RUN" rm -a x1
	row "nothing named"; refused -n 125 'name a container' "$BIN/secctr" --root "$STORE" --runroot "$RUN" rm
	rows_done
}

@test "AllowStop= and AllowInspect= decide by login" {
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Who]\nAllowStop=bob\nAllowInspect=bob\n[SELinux]\nRequire=if-enabled\n' | policy own
	start --policy own --name o "$BUSY" sleep 1000
	row stop; no 125 'not allowed|AllowStop=' stop -t 0 o
	row kill; no 125 'not allowed|AllowStop=' kill o
	row rm; no 125 'not allowed|AllowStop=' rm -f o
	row logs; no 125 'not allowed|AllowInspect=' logs o
	row inspect; no 125 'not allowed|AllowInspect=' inspect o
	row "it goes on"; same "$(secctr ps --format json | jq -r '.[0].State')" running
	(echo 1001 >/proc/self/loginuid; secctr rm -f -t 0 o) || bad "bob could not"
	rows_done
}

@test "names that no container can have are refused everywhere, and touch nothing" {
	before=$(traces)
	long=$(printf '%0300d' 0)
	for name in .. . a/b -x '' $'a\nb' "$long" "$(printf '%065d' 0)" "a b" "x' auid=0" 'a"b' $'\033]0;x' $'\xff' ../../etc /etc; do
		row "run --name '${name:0:20}'"
		refused_run 125 '(name)' --name="$name" --rootfs "$BUSY" true
		for cmd in exec stop kill rm logs inspect; do
			row "$cmd '${name:0:20}'"
			if [ $cmd = exec ]; then try_secctr exec -- "$name" true; else try_secctr $cmd -- "$name"; fi
			same "$status" 125
			same "$(wc -l <"$BATS_TEST_TMPDIR/err")" 1 "lines on stderr ($err)"
			unlike "$err" $'\033'
		done
	done
	no_new_traces "$before"
	rows_done
}

@test "--latest: the container that was made last, wherever Podman has it" {
	row "there is none"
	for words in stop kill rm pause unpause restart start wait "container cleanup"; do
		# shellcheck disable=SC2086
		refused -n 125 'there is no container' "$BIN/secctr" --root "$STORE" --runroot "$RUN" $words -l
	done
	no 125 'there is no container' exec -l true
	no 125 'there is no container' attach -l
	start --name first "$BUSY" sleep 1000
	secctr create --name last --rootfs "$BUSY" sh -c 'trap "exit 4" TERM; echo out; while :; do sleep 0.1; done' >/dev/null
	id=$(secctr ps -lq --no-trunc)
	row "start"; try_secctr start -l; same "$status:$out" "0:$id"; wait_state last running
	row "exec"; try_secctr exec -l echo a b; same "$status:$out" "0:a b"
	row "exec, options behind it are the command's"; try_secctr exec --latest sh -c 'exit 3'; same "$status" 3
	row "pause"; try_secctr pause -l; same "$out" "$id"; wait_state last paused
	row "unpause"; try_secctr unpause -l; same "$out" "$id"; wait_state last running
	row "restart"; pid=$(secctr inspect last | jq '.[0].State.Pid'); try_secctr restart -l; same "$out" "$id"
	[ "$(secctr inspect last | jq '.[0].State.Pid')" != "$pid" ] || bad "the same process"
	row "stop"; sleep 0.3; try_secctr stop --latest; same "$status:$out" "0:$id"
	row "wait"; try_secctr wait -l; same "$status:$out" "0:4"
	row "start attached, and kill"
	(sleep 1; secctr kill -l >/dev/null) &
	try_secctr start -l -a; like "$status:$out" '^137:out'; wait
	row "attach"; no 125 'last is not running' attach -l
	row "cleanup"; try_secctr container cleanup -l; same "$status:$out" "0:$id"
	row "rm"; try_secctr rm -l; same "$status:$out" "0:$id"; same "$(secctr ps -a --format '{{.Names}}')" first
	row "what excludes what"
	no_run() { refused -n 125 "$1" "$BIN/secctr" --root "$STORE" --runroot "$RUN" "${@:2}"; }
	no_run 'exclude each other' stop -l first; no_run 'exclude each other' rm -la; no_run 'exclude each other' wait -l first
	no_run 'exclude each other' pause -l -f name=first; no_run 'exclude each other' attach -l first; no_run 'one container' start -la first
	no_run 'usage: ' exec -l; no_run 'usage: .*--latest' exec first; no_run 'name a container' attach; no_run 'name a container' wait
	same "$(secctr ps -q | wc -l)" 1
	rows_done
}

@test "hostile text does not reach a terminal from ps, inspect or errors" {
	for text in $'\033]0;x\007' $'a\rb' $'\xe2\x80\xaex' $'\xc2\x9b31m' $'\xff\xfe'; do
		row "$(printf %q "$text")"
		start --name h --label "k=$text" "$BUSY" sleep 1000 "$text" || continue
		unlike "$(secctr ps)" "$text"
		unlike "$(secctr ps --no-trunc)" "$text"
		remove_all
		try_secctr run --rootfs "$BUSY" "$text"
		unlike "$err" "$text"
		remove_all
	done
	rows_done
}

@test "global options" {
	row "help"; try_secctr --help; same "$status" 0; like "$out" 'Usage: secctr'
	row "no command"; try_secctr; same "$status" 125
	row "unknown"; refused -n 125 'unknown command rnu; did you mean run' "$BIN/secctr" rnu
	row "sub-command"; refused -n 125 'no such sub-command' "$BIN/secctr" policy nosuch
	row "version"; try "$BIN/secctr" --version; like "$out" '^secctr version [0-9]+\.[0-9]+\.[0-9]+$'
	for cmd in run exec ps logs top stats port 'container exists' stop kill rm inspect load images info version 'policy list' 'policy show' 'policy check' 'policy explain' \
		report why 'audit status' 'audit rules' 'selinux status' 'selinux install'; do
		row "$cmd --help"
		# shellcheck disable=SC2086
		try "$BIN/secctr" $cmd --help; same "$status" 0; like "$out" "Usage: secctr $cmd"
	done
	row "closed standard streams"
	(exec <&- >&- 2>&-; secctr run --rm --rootfs "$BUSY" true) || bad "status $?"
	row "another user"; try setpriv --reuid 65534 --clear-groups "$BIN/secctr" ps; same "$status" 125; like "$err" 'needs root'
	rows_done
}
