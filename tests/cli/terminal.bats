# SPDX-License-Identifier: Apache-2.0
# Terminals as a person sees them: secctr in a terminal of tmux, whose screen is the truth.
load lib
load ../screen

setup_file() {
	make_place
	# What a person has in front of them: a shell with job control, whose prompt tells the last status.
	cat >"$PLACE/rc" <<-END
		s() { "$BIN/secctr" --root "$STORE" --runroot "$RUN" "\$@"; }
		PS1='[\$?] HOST> '
		unset HISTFILE
	END
	export SCREEN_SOCKET=$PLACE/tmux SHELL_COMMAND="bash --noprofile --rcfile $PLACE/rc -i"
	# The server is a process of this session, with its login UID.
	screen_open "$SHELL_COMMAND"
}
teardown_file() {
	remove_all
	screen_close
}
teardown() { remove_all; }

shows() { screen_has "$@" || bad "not on the screen"; } # REGEX
hides() { ! screen_text | grep -E -- "$1" || bad "the screen shows '$1'"; } # REGEX
# For each row the prompt of a new shell, whose terminal is in order.
fresh() {
	screen_again "$SHELL_COMMAND"
	shows 'HOST> $'
}
modes() { stty -a -F "$(screen_tty)"; }
# What stty(1) says before and after is the same, byte for byte.
same_modes() { same "$(modes)" "$1" "stty -a"; }

@test "run -it: a terminal of the container's own, and the modes as they were" {
	fresh
	before=$(modes)
	line "s run --rm -it --rootfs $BUSY sh"
	shows '/ # $'
	row "raw"; like "$(modes)" '-icanon' ; like "$(modes)" '-isig'
	row "its own devpts"; line 'tty'; shows '^/dev/pts/0$'
	row "size"; line 'stty size'; shows '^30 100$'
	row "console"; line 'echo by console >/dev/console'; shows '^by console$'
	row "controlling"; line 'echo by tty >/dev/tty'; shows '^by tty$'
	row "TERM"; line 'echo term=$TERM'; shows '^term=xterm$'
	row "no job control message"; hides "can't access tty"
	line 'exit 7'; shows '\[7\] HOST> $'
	row "after"; same_modes "$before"
	rows_done
}

@test "Ctrl-C and Ctrl-Z go to the container's terminal; without -t they are the client's" {
	row "-it Ctrl-C"; fresh
	line "s run --rm -it --rootfs $BUSY sh"; shows '/ # $'
	line 'trap "echo caught" INT'; line 'sleep 100'; sleep 0.3; keys C-c; shows 'caught'
	row "-it Ctrl-Z is the inner shell's"; line 'sleep 50'; sleep 0.3; keys C-z; shows 'Stopped'; hides 'HOST> $'
	line 'exit 3'; line 'exit 3'; shows '\[3\] HOST> $'
	row "plain Ctrl-C"; fresh
	line "s run --rm --rootfs $BUSY sh -c 'trap \"echo got it; exit 9\" INT; echo ready; while :; do sleep 0.1; done'"
	shows '^ready'; keys C-c; shows 'got it'; shows '\[9\] HOST> $'
	row "plain Ctrl-Z and fg"; fresh
	line "s run --rm --rootfs $BUSY sh -c 'echo ready; i=0; while [ \$i -lt 20 ]; do sleep 0.1; i=\$((i+1)); done; echo done'"
	shows '^ready'; keys C-z; shows 'Stopped'; shows '\[148\] HOST> $'
	line fg; shows '^done$'; shows '\[0\] HOST> $'
	rows_done
}

@test "resize: the inner terminal follows" {
	fresh
	line "s run --rm -it --rootfs $BUSY sh"; shows '/ # $'
	screen_size 77 22
	sleep 0.3; line 'stty size'; shows '^22 77$'
	row "the program is told"; line "sh -c 'trap \"stty size\" WINCH; while :; do sleep 0.1; done'"; sleep 0.5
	screen_size 66 21; shows '^21 66$'; keys C-c; line true
	line 'exit'; shows '\[0\] HOST> $'
	screen_size 100 30
	rows_done
}

@test "detach and attach: ctrl-p,ctrl-q, keys of one's own, none" {
	fresh; before=$(modes)
	row "detach"; audit_mark
	line "s run --name d -it --rootfs $BUSY sh"; shows '/ # $'
	line 'echo one'; shows '^one$'
	keys C-p C-q; shows 'detached from d'; shows '\[0\] HOST> $'; same_modes "$before"
	row "it goes on"; same "$(secctr inspect d | jq -r '.[0].State.Status')" running
	row "attach"; line "s attach d"; sleep 0.5; line 'echo two'; shows '^two$'
	row "recorded"; audit_has 'VIRT_CONTROL .* auid=1000 .*op=attach reason=cli vm="d" .*res=success' || bad "no record"
	row "ctrl-p alone goes through, late"; keys C-p; line 'x'; shows '^two$'
	row "two clients"; coproc SECOND { secctr attach --no-stdin d; }
	second=$SECOND_PID
	sleep 0.5; line 'echo three'; shows '^three$'
	read -r -t 5 -u "${SECOND[0]}" heard || true; while [[ $heard != three* ]] && read -r -t 5 -u "${SECOND[0]}" heard; do :; done
	like "$heard" '^three'
	row "end"; line 'exit 5'; shows '\[5\] HOST> $'; same_modes "$before"
	status=0; wait "$second" || status=$?
	same "$status" 5 "status of the other client"
	row "own keys"; fresh
	line "s run --name k -it --detach-keys 'ctrl-x,y' --rootfs $BUSY sh"; shows '/ # $'
	keys C-p C-q; line 'echo still'; shows 'still$'
	keys C-x y; shows 'detached from k'; same_modes "$before"
	row "none"; line "s attach --detach-keys '' k"; sleep 0.5; keys C-u; keys C-p C-q C-u; line 'echo in'; shows '^in$'
	line 'exit'; shows '\[0\] HOST> $'
	rows_done
}

@test "the terminal is put back whoever dies" {
	fresh; before=$(modes)
	client() { pgrep -n -f "$BIN/secctr .* run .*--name $1 "; }
	begin() { line "s run --name $1 -it --rootfs $BUSY sh"; shows '/ # $'; like "$(modes)" '-icanon'; }
	row "container killed"; begin a; secctr kill a; shows '\[137\] HOST> $'; same_modes "$before"
	row "monitor killed"; fresh; begin b; kill -9 "$(secctr inspect b | jq '.[0].State.MonitorPid')"; shows 'its monitor is gone'
	shows '\[125\] HOST> $'; same_modes "$before"
	row "stopped by secctr stop"; fresh; begin c; secctr stop -t 0 c >/dev/null; shows '\[137\] HOST> $'; same_modes "$before"
	for sig in TERM HUP INT QUIT USR1; do
		row "client gets $sig, --sig-proxy=false"; fresh
		line "s run --name s$sig --sig-proxy=false -it --rootfs $BUSY sh"; shows '/ # $'
		kill -s $sig "$(client s$sig)"; shows "\[$((128 + $(kill -l $sig)))\] HOST> $"; same_modes "$before"
		same "$(secctr inspect s$sig | jq -r '.[0].State.Status')" running
	done
	for sig in SEGV ABRT; do
		row "client gets $sig"; fresh; begin p$sig
		kill -s $sig "$(client p$sig)"; shows "\[$((128 + $(kill -l $sig)))\] HOST> $"; same_modes "$before"
	done
	row "signals are passed on"; fresh; begin pr
	line 'trap "echo usr1" USR1'; sleep 0.2; kill -USR1 "$(client pr)"; line ''; shows '^usr1'
	row "TSTP from outside, and fg"; kill -TSTP "$(client pr)"; shows 'Stopped'; shows '\[[0-9]+\] HOST> $'
	line "stty -a | grep -c -- ' icanon'"; shows '^1$'
	line fg; sleep 0.3; line 'echo back'; shows '^back'; like "$(modes)" '-icanon'
	line 'exit 4'; shows '\[4\] HOST> $'; same_modes "$before"
	rows_done
}

@test "exec -it: its own terminal, detach, end, each recorded; the person's login UID" {
	start --name web "$BUSY" sleep 1000
	fresh; before=$(modes); audit_mark
	line "s exec -it web sh"; shows '/ # $'
	row "terminal"; line 'tty; stty size'; shows '^/dev/pts/0$'; shows '^30 100$'
	row "job control"; hides "can't access tty"; line 'sleep 100'; sleep 0.2; keys C-c; line 'echo $?'; shows '^130$'
	row "login UID"; line 'cat /proc/self/loginuid; echo'; shows '^1000'
	row "status"; line 'exit 6'; shows '\[6\] HOST> $'; same_modes "$before"
	row "start"; audit_has 'op=exec reason=cli vm="web" .*exec-id=[0-9a-f]{64} ' || bad "no start"
	row "end"; audit_has 'auid=1000 .*op=exec-end reason=exited vm="web" .*exit=6 sig=0 own-ses=[0-9]+ exec-id=[0-9a-f]{64} ' || bad "no end"
	row "detach"; fresh; line "s exec -it web sh -c 'echo here; sleep 4; exit 8'"; shows '^here'
	keys C-p C-q; shows 'the command goes on'; shows '\[0\] HOST> $'; same_modes "$before"
	sleep 3; audit_has 'op=exec-end .*exit=8 ' || bad "no end after detach"
	row "killed client: the terminal is hung up"; fresh; line "s exec -it web sh -c 'echo here; exec sleep 77'"; shows '^here'
	kill -9 "$(pgrep -o -f "$BIN/secctr .* exec -it web .*exec sleep 77")"; audit_has 'op=exec-end reason=killed .*exit=129 sig=1 ' || bad "no end after a kill"
	rows_done
}

@test "what is no terminal: a warning, end of input, streams" {
	row "warning"
	try_secctr run --rm -it --rootfs "$BUSY" true
	like "$err" '^secctr: warning: The input device is not a TTY. The --tty and --interactive flags might not work properly$'; same "$status" 0
	row "no warning without -i"; try_secctr run --rm -t --rootfs "$BUSY" sh -c 'tty; echo e >&2'
	same "$err" ""; same "$out" $'/dev/pts/0\r\ne\r'
	row "piped input ends, an open line first"
	same "$(printf 'a\nb' | secctr run --rm -it --rootfs "$BUSY" sh -c 'while read x; do echo "<$x>"; done; echo "<end $x>"' 2>/dev/null | grep -oE '<[^>]*>' | paste -sd' ')" "<a> <end b>"
	row "detach keys in a pipe are data"
	same "$(printf 'a\020\021b\n' | secctr run --rm -i --rootfs "$BUSY" od -An -c | tr -s ' ')" ' a 020 021 b \n'
	row "exec -t"; start --name web "$BUSY" sleep 1000
	try_secctr exec -t web sh -c 'tty; stty size; exit 9'; like "$out" '^/dev/pts/0'; same "$status" 9
	row "-dt, logs"; start --name dt -t "$BUSY" sh -c 'echo to log; tty'; wait_state dt exited
	same "$(secctr logs dt | tr -d '\r')" $'to log\n/dev/pts/0'
	row "a user's own terminal"; try_secctr run --rm -t -u 700:700 --rootfs "$BUSY" sh -c 'stat -c "%u %g %a" $(tty); echo x >$(tty)'
	same "$out" $'700 5 620\r\nx\r'
	row "three megabytes"; same "$(secctr run --rm -t --rootfs "$BUSY" sh -c 'stty -opost; head -c 3000000 /dev/zero' | wc -c)" 3000000
	rows_done
}

@test "-a, --detach-keys, refusals" {
	row "-a stdout"; try_secctr run --rm -a stdout --rootfs "$BUSY" sh -c 'echo o; echo e >&2'; same "$out" o; same "$err" ""
	row "-a STDERR"; try_secctr run --rm -a STDERR --rootfs "$BUSY" sh -c 'echo o; echo e >&2; exit 4'; same "$out" ""; same "$err" e; same "$status" 4
	row "-a stdin -a stdout"; same "$(echo in | secctr run --rm -a stdin -a stdout --rootfs "$BUSY" cat)" in
	row "bad stream"; refused_run 125 'attach nosuch: stdin, stdout or stderr' -a nosuch --rootfs "$BUSY" true
	row "-a and -d"; refused_run 125 'attach and --detach' -d -a stdout --rootfs "$BUSY" true
	row "bad key"; refused_run 125 'detach-keys: "ctrl-1"' -it --detach-keys ctrl-1 --rootfs "$BUSY" true
	row "attach: none"; refused 125 'nosuch' "$BIN/secctr" --root "$STORE" --runroot "$RUN" attach nosuch
	try_secctr run --name ended --rootfs "$BUSY" true
	row "attach: ended"; refused 125 'ended is not running' "$BIN/secctr" --root "$STORE" --runroot "$RUN" attach ended
	audit_has 'op=attach reason=wrong-state vm="ended" .*res=failed' || bad "no record of that refusal"
	row "attach: AllowExec="
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Who]\nAllowLogin=ann\nAllowExec=bob\nAllowStop=ann\n[SELinux]\nRequire=if-enabled\n' | policy who
	start --policy who --name closed "$BUSY" sh -c 'while :; do echo x; sleep 0.1; done'
	refused 125 'AllowExec=' "$BIN/secctr" --root "$STORE" --runroot "$RUN" attach closed
	row "bob may"; same "$(echo 1001 >/proc/self/loginuid; timeout -s KILL 2 "$BIN/secctr" --root "$STORE" --runroot "$RUN" attach closed 2>/dev/null | head -n 1)" x
	audit_has 'auid=1001 .*op=attach reason=cli vm="closed" .*res=success' || bad "no record of bob"
	row "exec --privileged"; refused 125 'privileged: no policy' "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec --privileged closed true
	row "exec --preserve-fds"; start --name o "$BUSY" sleep 1000
	refused 125 'preserve-fds: no descriptor' "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec --preserve-fds 1 o true
	row "-t without a devpts"; refused_run 125 'process.terminal: a terminal needs a devpts' -t --tmpfs /dev/pts --rootfs "$BUSY" true
	row "exec -t without a devpts"; start --name nopts --tmpfs /dev/pts "$BUSY" sleep 1000
	refused 125 'process.terminal' "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec -t nopts true
	rows_done
}

@test "attach: status, several clients, one that does not read" {
	start --name a "$BUSY" sh -c 'sleep 1; i=0; while [ $i -lt 30 ]; do echo line $i; i=$((i+1)); sleep 0.05; done; exit 11'
	for i in 1 2 3; do
		(set +e; secctr attach a >"$BATS_TEST_TMPDIR/c$i"; echo "status $?" >>"$BATS_TEST_TMPDIR/c$i") &
	done
	wait
	for i in 1 2 3; do
		row "client $i"; like "$(tail -n 1 "$BATS_TEST_TMPDIR/c$i")" '^status 11$'
		same "$(grep -c '^line' "$BATS_TEST_TMPDIR/c$i")" 30
	done
	row "a stopped client holds nothing up"
	start --name b "$BUSY" sh -c 'sleep 1; head -c 20000000 /dev/zero | tr "\0" x; echo; echo >/tmp/written; sleep 30'
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" attach b >/dev/null 2>&1 & pid=$!
	sleep 0.5; kill -STOP $pid
	for _ in {1..200}; do ! secctr exec b test -e /tmp/written || break; sleep 0.1; done
	secctr exec b test -e /tmp/written || bad "the container waits for it"
	kill -CONT $pid; status=0; wait $pid || status=$?
	same "$status" 125
	row "input"; start -i --name c "$BUSY" cat
	same "$(printf 'one\n' | secctr attach c)" one
	rows_done
}

@test "exec -d: goes on without us, and both ends are recorded" {
	start --name web "$BUSY" sleep 1000
	audit_mark
	LIMIT=5 try_secctr exec -d -e A=b web sh -c 'echo noise; sleep 0.5; echo $A >/tmp/made; exit 12'
	same "$status" 0; like "$out" '^[0-9a-f]{64}$'; same "$err" ""
	audit_has "op=exec reason=cli vm=\"web\" .*exec-id=$out .*res=success" || bad "no start"
	audit_has "auid=1000 .*op=exec-end reason=exited vm=\"web\" .*exit=12 sig=0 .*exec-id=$out " || bad "no end"
	same "$(secctr exec web cat /tmp/made)" b
	row "no such command"; refused 127 nosuch "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec -d web nosuch
	row "ends with the container"; try_secctr exec -dt web sleep 500; secctr rm -f -t 0 web >/dev/null
	audit_has "op=exec-end reason=killed vm=\"web\" .*exit=137 sig=9 .*exec-id=$out " || bad "no end"
	rows_done
}

@test "exec: --env-file, -e KEY, users by name" {
	start --name web "$BUSY" sleep 1000
	printf '# no\nA=1\n  B="x y"\nSECCTR_FROM_HERE\nSECCTR_NOT_HERE\n' >"$PLACE/env"
	row "--env-file"; SECCTR_FROM_HERE=here try_secctr exec --env-file "$PLACE/env" -e A=2 web sh -c 'echo "$A|$B|$SECCTR_FROM_HERE|${SECCTR_NOT_HERE-unset}"'
	same "$out" '2|"x y"|here|unset'
	row "-e KEY"; SECCTR_FROM_HERE=here try_secctr exec -e SECCTR_FROM_HERE web sh -c 'echo $SECCTR_FROM_HERE'; same "$out" here
	printf 'A B=1\n' >"$PLACE/bad"
	row "bad file"; refused 125 'env-file.*:1: ' "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec --env-file "$PLACE/bad" web true
	row "no file"; refused 125 'env-file.*No such file' "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec --env-file "$PLACE/none" web true
	row "by name"; try_secctr exec -u app web id; like "$out" '^uid=700(\(app\))? gid=700.*groups=.*701'
	row "home"; try_secctr exec -u app web sh -c 'echo $HOME'; same "$out" /tmp
	row "name and group"; try_secctr exec -u app:extra web id; like "$out" '^uid=700.* gid=701'
	row "no such name"; refused 125 'user.*nosuch' "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec -u nosuch web true
	row "root by name"; start --name user -u app "$BUSY" sleep 1000
	refused 125 'runs as user 700' "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec -u root user true
	rows_done
}

@test "a root whose /dev names lead elsewhere: nothing of the host is touched, and nothing hangs" {
	canary=$PLACE/canary
	echo untouched >"$canary"
	before=$(stat -c '%i %s %Y %Z %a %u' "$canary")
	spoil() { # KIND PATH
		rm -rf "$root$2"; mkdir -p "$(dirname "$root$2")"
		case $1 in
		link) ln -s "../../../../../../../../../..$canary" "$root$2" ;;
		absolute) ln -s "$canary" "$root$2" ;;
		fifo) mkfifo "$root$2" ;;
		esac
	}
	for kind in link absolute fifo; do
		for path in /dev/console /dev/ptmx /dev/pts /dev/pts/0 /dev/pts/ptmx /dev/tty /dev; do
			row "$kind $path"
			new_root hostile
			spoil $kind $path
			LIMIT=10 try_secctr run --rm -t --rootfs "$root" sh -c 'tty; echo c >/dev/console'
			unlike "$status" '^(124|137)$'
			[ "$status" -ne 0 ] || like "$out" '^/dev/pts/0'
			same "$(cat "$canary")" untouched; same "$(stat -c '%i %s %Y %Z %a %u' "$canary")" "$before"
			! grep -q "$canary" /proc/self/mountinfo || bad "the canary is mounted"
		done
	done
	rm -rf /var/lib/machines/hostile
	rows_done
}

@test "nothing is typed into the person's terminal from inside (TIOCSTI, TIOCLINUX)" {
	start --name web "$BUSY" sleep 1000
	for how in "run --rm --rootfs $BUSY" "run --rm -i --rootfs $BUSY" "run --rm -it --rootfs $BUSY" "exec -it web" "exec -i web"; do
		row "$how"; fresh
		line "s $how probe terminal"
		for what in tiocsti tiocsti-high tioclinux tiocsetd; do shows "^$what: E"; done
		shows '\[0\] HOST> $'
	done
	rows_done
}
