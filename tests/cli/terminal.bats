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
