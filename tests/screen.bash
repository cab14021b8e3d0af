# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# screen.bash - a terminal of tmux as a person's, whose screen is the truth; for tests in bats and on the VM.
#
# SCREEN_SOCKET names the server; screen_open starts it with COMMAND in a terminal of 100 columns and 30 rows.

screen() { env -u TMUX tmux -S "$SCREEN_SOCKET" -f /dev/null "$@"; }
screen_open() { # COMMAND
	screen new-session -d -s main -x 100 -y 30 "$1"
	screen set-option -g window-size manual
}
screen_close() { screen kill-server 2>/dev/null || true; }
# Another terminal's worth of lines in the place of the first, with COMMAND in it.
screen_again() { # COMMAND
	screen respawn-pane -k -t main "$1"
	screen clear-history -t main
}
screen_text() { screen capture-pane -p -J -t main; }
screen_has() { # REGEX [SECONDS]: a line of the screen is like it within so long, 5 by default
	local _
	for _ in $(seq $((${2:-5} * 20))); do
		! screen_text | grep -qE -- "$1" || return 0
		sleep 0.05
	done
	echo "the screen has no line like '$1':"
	screen_text | grep . || true
	return 1
}
keys() { screen send-keys -t main "$@"; } # KEY... in the words of tmux(1)
line() { # TEXT and Enter
	screen send-keys -t main -l "$1"
	screen send-keys -t main Enter
}
screen_size() { screen resize-window -t main -x "$1" -y "$2"; } # COLUMNS ROWS
screen_tty() { screen display-message -p -t main '#{pane_tty}'; }
