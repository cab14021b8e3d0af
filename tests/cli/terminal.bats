# SPDX-License-Identifier: Apache-2.0
# Terminals as a person sees them: secctr in a terminal of tmux, whose screen is the truth.
load lib

setup_file() {
	make_place
	command -v tmux >/dev/null || skip "tmux is not installed"
	# What a person has in front of them: a shell with job control, whose prompt tells the last status.
	cat >"$PLACE/rc" <<-END
		s() { "$BIN/secctr" --root "$STORE" --runroot "$RUN" "\$@"; }
		PS1='[\$?] HOST> '
		unset HISTFILE
	END
	# The server is a process of this session, with its login UID.
	screen new-session -d -s main -x 100 -y 30 "bash --noprofile --rcfile $PLACE/rc -i"
	screen set-option -g window-size manual
}
teardown_file() {
	remove_all
	screen kill-server || true
}
teardown() { remove_all; }

screen() { env -u TMUX tmux -S "$PLACE/tmux" -f /dev/null "$@"; }
shown() { screen capture-pane -p -J -t main; }
shows() { # REGEX: somewhere on the screen, within five seconds
	for _ in $(seq 100); do
		! shown | grep -qE -- "$1" || return 0
		sleep 0.05
	done
	bad "the screen does not show '$1':"
	shown | grep . || true
	return 0
}
hides() { ! shown | grep -qE -- "$1" || bad "the screen shows '$1'"; } # REGEX
keys() { screen send-keys -t main "$@"; } # KEY...
line() { screen send-keys -t main -l "$1"; screen send-keys -t main Enter; } # TEXT
# A screen of its own for each row, with the prompt of a shell whose terminal is in order.
fresh() {
	screen respawn-pane -k -t main "bash --noprofile --rcfile $PLACE/rc -i"
	shows 'HOST> $'
	screen clear-history -t main
}
modes() { stty -a -F "$(screen display-message -p -t main '#{pane_tty}')"; }
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
	screen resize-window -t main -x 77 -y 22
	sleep 0.3; line 'stty size'; shows '^22 77$'
	row "the program is told"; line 'trap "stty size >/tmp/w" WINCH'; screen resize-window -t main -x 66 -y 21; sleep 0.5; line 'cat /tmp/w'
	shows '^21 66$'
	line 'exit'; shows '\[0\] HOST> $'
	screen resize-window -t main -x 100 -y 30
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
	sleep 0.5; line 'echo three'; shows '^three$'
	read -r -t 5 -u "${SECOND[0]}" heard || true; while [[ $heard != three* ]] && read -r -t 5 -u "${SECOND[0]}" heard; do :; done
	like "$heard" '^three'
	row "end"; line 'exit 5'; shows '\[5\] HOST> $'; same_modes "$before"
	wait "$SECOND_PID"; same "$?" 5 "status of the other client"
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
	row "detach"; fresh; line "s exec -it web sh -c 'echo here; sleep 1; echo >/tmp/went-on; exit 8'"; shows '^here'
	keys C-p C-q; shows 'the command goes on'; shows '\[0\] HOST> $'; same_modes "$before"
	audit_has 'op=exec-end .*exit=8 ' || bad "no end after detach"
	row "killed client: the terminal is hung up"; fresh; line "s exec -it web sh -c 'echo here; exec sleep 77'"; shows '^here'
	kill -9 "$(pgrep -n -f "$BIN/secctr .* exec -it web")"; audit_has 'op=exec-end reason=killed .*exit=129 sig=1 ' || bad "no end after a kill"
	rows_done
}
