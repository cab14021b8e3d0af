# SPDX-License-Identifier: Apache-2.0
# What a start may cost, as counts (never times), and who removes a --rm container.
load lib

setup_file() { make_place; }
teardown() { remove_all; }

# With control groups of version 2 alone, whatever the host has: each hierarchy of version 1 costs calls of its own.
on_v2() {
	# shellcheck disable=SC2016 # the inner shell's
	unshare --mount --propagation private sh -c '[ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] ||
		{ umount -R -l /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup; } && exec "$@"' sh "$@"
}

# The goal is 500, and 493 were reached (tests/bench/README.md). A few more here: longer paths, and who is faster varies.
@test "system calls of a foreground start, all processes" {
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Resources]\nTasksMax=infinity\n[SELinux]\nRequire=if-enabled\n' | policy cost
	secctr run --rm --policy cost --rootfs "$BUSY" true	# the filters are compiled and kept
	on_v2 strace -f -qq -o "$PLACE/trace" "$BIN/secctr" --root "$STORE" --runroot "$RUN" run --rm --policy cost \
		--rootfs "$BUSY" true
	row "calls"
	n=$(grep -cvE 'resumed>|\+\+\+|---' "$PLACE/trace")
	[ "$n" -le 515 ] || bad "$n"
	# secctr, secctr-exec, the monitor, the command: no cleanup command, and secctr not once more.
	row "programs"
	same "$(grep -cE 'execve(at)?\(.*(= 0$|unfinished)' "$PLACE/trace")" 4
	rows_done
}

destroyed() { audit_since | grep -cE '^type=VIRT_DESTROY .*op=destroy reason=cleanup' || true; }
gone() { # NAME, within 8 s
	for _ in {1..160}; do
		secctr inspect "$1" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	return 1
}

@test "--rm: removed once, with one record, whoever does it" {
	before=$(traces)
	row "the foreground start"
	audit_mark
	secctr run --rm --name one --rootfs "$BUSY" true || bad "status $?"
	! secctr inspect one >/dev/null 2>&1 || bad "still there"
	audit_has 'type=VIRT_DESTROY' && same "$(destroyed)" 1
	no_new_traces "$before"

	row "detached: the monitor"
	audit_mark
	secctr run -d --rm --name two --rootfs "$BUSY" sleep 0.3 >/dev/null
	gone two || bad "still there"
	audit_has 'type=VIRT_DESTROY' && same "$(destroyed)" 1
	no_new_traces "$before"

	row "the starter was killed: the monitor"
	audit_mark
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" run --rm --name three --rootfs "$BUSY" sleep 1 &
	starter=$!
	wait_state three running
	kill -KILL $starter
	wait $starter || true
	gone three || bad "still there"
	audit_has 'type=VIRT_DESTROY' && same "$(destroyed)" 1
	no_new_traces "$before"

	row "the starter was stopped: the monitor, after five seconds"
	audit_mark
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" run --rm --name four --rootfs "$BUSY" sleep 1 &
	starter=$!
	wait_state four running
	kill -STOP $starter
	gone four || bad "still there"
	kill -CONT $starter
	wait $starter || bad "status $?"
	audit_has 'type=VIRT_DESTROY' && same "$(destroyed)" 1
	no_new_traces "$before"
	rows_done
}
