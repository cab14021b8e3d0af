# SPDX-License-Identifier: Apache-2.0
# 16 commands of all kinds at a time on the same few names leave a consistent state. tests/bench/stress runs it for longer.
load lib

setup_file() { make_place; }
teardown() { remove_all; }

# The records of the containers that have not as many ends as starts.
not_paired() {
	local uuid
	for uuid in $(audit_since | grep -E '^type=VIRT_CONTROL .* op=(start|stop) ' | grep -oE 'uuid=[0-9a-f-]+' | sort -u); do
		[ "$(audit_since | grep -cE "op=start .*$uuid.*res=success'")" = "$(audit_since | grep -cE "op=stop .*$uuid.*res=success'")" ] ||
			audit_since | grep -F "$uuid" | grep -E '^type=VIRT_(CONTROL|CREATE|DESTROY)' | cut -c1-330
	done
}

@test "16 commands in parallel for 8 seconds" {
	mkdir -p "$PLACE/w"
	work=$PLACE/w root=$BUSY run_secctr="$BIN/secctr --root $PLACE/w/lib --runroot $PLACE/w/run"
	# shellcheck source=../bench/stress.sh
	. "$SECCTR_SOURCE/tests/bench/stress.sh"
	secctr ps -a >/dev/null
	before=$(stress_traces)
	audit_mark
	stress_run 8 16 "$work/stress"
	row "all kinds were done"; for cmd in run create start stop kill rm; do
		grep -hq "^$cmd done" "$work"/stress.* || bad "no $cmd succeeded"
	done
	row "consistent"; stress_check "$before" || bad "not consistent"
	row "each start has its end"
	same "$(audit_since | grep -cE "^type=VIRT_CONTROL .* op=start .*res=success'")" \
		"$(audit_since | grep -cE "^type=VIRT_CONTROL .* op=stop .*res=success'")" "records of ends, for starts"
	[ "$BAD" -eq 0 ] || not_paired
	rows_done
}
