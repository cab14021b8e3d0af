# SPDX-License-Identifier: Apache-2.0
# steps: each step of a start made to fail, before it does anything and after it did all (launcher/base/fault.h).
load lib

# The programs for tests instead: BIN is also where traces() looks for processes of ours.
BIN=$SECCTR_WORK/faulty

setup_file() { make_place; }
teardown() { remove_all; }

names() { "$BIN/step-names" | sed -n "s/^$1 //p"; } # WHERE
run_one() { refused_run 125 "$1" --name "fault" --rootfs "$BUSY" sh -c 'echo ran'; }
exec_one() { refused 125 "$1" "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec web sh -c 'echo ran'; }

# Whichever it is: 125, no container, no mount, no group, no process, one line that names the step, one record of the refusal.
each_fails() { # WHERE COMMAND STEP-WITHOUT-AFTER [LAST-STEP]
	local step when
	[ "$(names "$1" | wc -l)" -ge 8 ] || bad "only $(names "$1" | wc -l) steps of $1"
	while read -r step; do
		for when in before after; do
			[ "$when $step" != "after $3" ] || continue
			row "$when $1 $step"
			export SECCTR_FAULT="$when $1 $step"
			"$2" "^secctr: .*made to fail $when $1 $step"
			unset SECCTR_FAULT
			# Whether or not its start was recorded: so is its end.
			same "$(audit_since | grep -cE "^type=VIRT_CONTROL .* op=start .*res=success'")" \
				"$(audit_since | grep -cE "^type=VIRT_CONTROL .* op=stop ")" "records of starts, for ends"
		done
	done < <(names "$1" | sed "/^${4:-none at all}\$/q")
}

@test "each stage of the supervisor" {
	each_fails supervisor run_one monitor
	rows_done
}

@test "no record of the start, no start" {
	export SECCTR_FAULT="in records start"
	run_one '^secctr: .*made to fail in records start'
	unset SECCTR_FAULT
	rows_done
}

@test "each step of a container's init" {
	each_fails init run_one exec
	rows_done
}

@test "each step of exec; the container goes on" {
	start --name web "$BUSY" sleep 1000
	# The rest is secctr-exec's, which has no such faults: our programs on a read-only mount need none.
	each_fails exec exec_one visible visible
	mount --bind "$BIN" "$BIN" && mount -o remount,bind,ro "$BIN"
	each_fails exec exec_one exec
	umount "$BIN"
	row "then it works"; try_secctr exec web echo again; same "$out" again
	row "nothing of them is inside"; same "$(secctr exec web ps | grep -c 'sh -c')" 0
	rows_done
}

@test "after all of them the next start works, and no name or id is lost" {
	export SECCTR_FAULT="after supervisor state"
	try_secctr run --rm --name fault --rootfs "$BUSY" true
	same "$status" 125
	unset SECCTR_FAULT
	try_secctr run --rm --name fault --rootfs "$BUSY" echo ran
	same "$status" 0 "status ($err)"; same "$out" ran
	rows_done
}
