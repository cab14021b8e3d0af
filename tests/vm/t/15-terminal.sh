#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 15-terminal.sh - alice at a terminal over ssh: run -it, size, keys, detach, attach, exec, with SELinux enforcing, and the
# login UID of each.
# shellcheck disable=SC2016 # expanded by the guest
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$(dirname "$0")/../containers.sh"
SCREEN_SOCKET=$T_TMP/tmux
# shellcheck source-path=SCRIPTDIR source=../../screen.bash
. "$repo/tests/screen.bash"

end() {
	screen_close
	t_end
}
trap end EXIT

# sees NAME REGEX: on the screen within a time that fits an emulated machine.
sees() {
	ok "$1" screen_has "$2" 30
}

command -v tmux >/dev/null || { skip "terminals" "tmux is not installed"; exit 0; }
prepare_host
mark=$(audit_mark)
screen_open "$T_VM ssh alice"
sees "alice is logged in" '\$ $'
line 'PS1="[\$?] HOST> "; before=$(stty -g); clear'
sees "she has a prompt" '^\[0\] HOST> $'

line "sudo secctr run --rm -it --name term --policy shop $image sh"
sees "a shell in a container" '^/ # $'
line 'tty; stty size'
sees "its terminal is one of its own devpts" '^/dev/pts/0'
sees "of the size of hers" '^30 100'
line 'echo to console >/dev/console; echo to tty >/dev/tty'
sees "it may write to its console" '^to console'
sees "and to its controlling terminal" '^to tty'
line 'echo uid=$(cat /proc/self/loginuid)'
sees "the login UID is hers" "^uid=$alice"
line 'cat /proc/self/attr/current; echo'
sees "its label" ':secctr_container_t:s0:c'
screen_size 77 22
sleep 2
line 'stty size'
sees "it follows a resize" '^22 77'
line 'sleep 1000'
sleep 2
keys C-c
line 'echo status=$?'
sees "Ctrl-C ends what runs in it" '^status=130'
keys C-p C-q
sees "she detaches" 'detached from term'
line 'test "$(stty -g)" = "$before" && echo as "before"'
sees "her terminal is as before" '^as before'
line 'sudo secctr attach term'
sleep 2
line 'echo back "again"'
sees "she attaches" '^back again'
line 'exit 7'
sees "its status" '^\[7\] HOST> $'

ok "another container" as alice sudo secctr run -d --name web --policy shop $image sleep 1000
line 'clear; sudo secctr exec -it web sh'
sees "exec with a terminal" '^/ # $'
line 'tty; sleep 1000'
sees "of the container's own devpts" '^/dev/pts/0'
sleep 2
keys C-c
line 'exit 6'
sees "its end" '^\[6\] HOST> $'
ok "bob runs a command in the background" as bob sudo secctr exec -d web sh -c 'exit 5'
screen_close
ok "alice removes it" as alice sudo secctr rm -f -t 0 web

log=$T_TMP/log
has() {
	grep -qE -- "$1" "$log" || { echo "none of $(wc -l <"$log") lines is like: $1"; return 1; }
}
audit_since "$mark" -m VIRT_CONTROL >"$log"
ok "recorded: attached" has "auid=$alice .* op=attach reason=cli vm=\"term\" .*res=success"
ok "recorded: the end of her exec" has "auid=$alice .* op=exec-end reason=exited vm=\"web\" .*exit=6 "
ok "recorded: the end of bob's" has "auid=$bob .* op=exec-end reason=exited vm=\"web\" .*exit=5 "
is "our own programs ran into no denial" "$(own_denials "$mark")" ""
is "the containers neither" "$(audit_since "$mark" -m AVC | grep -E 'scontext=[^ ]*:secctr_container' || true)" ""
ok "nothing is left" nothing_left
