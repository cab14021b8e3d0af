# SPDX-License-Identifier: Apache-2.0
# secctr logs: what a container wrote, whole, and harmless on a terminal.
load lib

setup_file() { make_place; }
teardown() { remove_all; }

logged() { # NAME COMMAND...: ran and ended
	try_secctr run --name "$1" --rootfs "$BUSY" "${@:2}"
}

@test "both streams, in order, each to its own" {
	logged l sh -c 'echo one; echo two >&2; echo three'
	same "$(secctr logs l 2>/dev/null)" $'one\nthree'
	same "$(secctr logs l 2>&1 >/dev/null)" two
	rows_done
}

@test "--tail, --timestamps, --since, --until" {
	logged t sh -c 'for i in 1 2 3 4 5; do echo line $i; done'
	row "2"; same "$(secctr logs --tail 2 t)" $'line 4\nline 5'
	row "0"; same "$(secctr logs --tail 0 t)" ""
	row "more than there are"; same "$(secctr logs --tail 99 t | wc -l)" 5
	row "bad"; refused -n 125 'tail' "$BIN/secctr" --root "$STORE" --runroot "$RUN" logs --tail x t
	row "times"; like "$(secctr logs -t --tail 1 t)" '^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|\+00:00) line 5$'
	row "since"; same "$(secctr logs --since 2999 t)" ""
	row "until"; same "$(secctr logs --until 1999 t)" ""
	row "all of both"; same "$(secctr logs --since 2000 --until 2999 t | wc -l)" 5
	rows_done
}

@test "-f goes on until the container has ended, and gives each line once" {
	start --name f "$BUSY" sh -c 'i=0; while [ $i -lt 8 ]; do echo tick $i; i=$((i+1)); sleep 0.1; done'
	LIMIT=10 try_secctr logs -f f
	[ "$status" -eq 0 ]
	[ "$(uniq <<<"$out" | wc -l)" -eq 8 ]
	[ "$(tail -n 1 <<<"$out")" = "tick 7" ]
	[ "$(wc -l <<<"$out")" -eq 8 ]
}

@test "bytes come back as they were written" {
	logged b sh -c "printf 'a\\tb\\001\\377\\n\\n  x\\n'"
	row "bytes"
	same "$(secctr logs b | md5sum)" "$(printf 'a\tb\001\377\n\n  x\n' | md5sum)"
	row "no newline at the end"; logged n sh -c 'printf part'; same "$(secctr logs n)" part
	row "a line of 100000"; logged long sh -c 'head -c 100000 /dev/zero | tr "\0" x; echo'
	same "$(secctr logs long | wc -c)" 100001
	row "20000 lines"; logged many sh -c 'seq 20000'; same "$(secctr logs many | md5sum)" "$(seq 20000 | md5sum)"
	rows_done
}

@test "a line cannot look like another time or stream" {
	logged forged sh -c 'echo "2000-01-01T00:00:00.000000000Z stderr F forged"'
	same "$(secctr logs forged 2>/dev/null)" "2000-01-01T00:00:00.000000000Z stderr F forged"
	same "$(secctr logs forged 2>&1 >/dev/null)" ""
	rows_done
}

@test "a terminal gets no escapes, unless --raw" {
	logged esc sh -c "printf '\\033]0;title\\007\\033[31mred\\r\\302\\2331m\\342\\200\\256x\\n'"
	on_terminal() { script -qec "'$BIN/secctr' --root '$STORE' --runroot '$RUN' logs $* esc" /dev/null </dev/null | tr -d '\r'; }
	row "safe"; shown=$(on_terminal); unlike "$shown" $'\033'; like "$shown" 'x1b'; unlike "$shown" $'\xe2\x80\xae'
	row "raw"; like "$(on_terminal --raw)" $'\033'
	rows_done
}

@test "rotation: the size is bounded, the newest lines are there" {
	try_secctr run --name rot --log-opt max-size=64k --rootfs "$BUSY" sh -c 'seq 100000'
	[ "$status" -eq 0 ]
	[ "$(du -bc "$STORE"/containers/*/ctr.log* | tail -n 1 | cut -f1)" -le $((4 * 65536)) ]
	[ "$(secctr logs --tail 1 rot)" = 100000 ]
}

@test "--log-driver none keeps nothing, and logs says so" {
	try_secctr run --name none --log-driver none --rootfs "$BUSY" echo shown
	[ "$out" = shown ]
	refused 125 'none keeps no log: .*--log-driver none' "$BIN/secctr" --root "$STORE" --runroot "$RUN" logs none
}
