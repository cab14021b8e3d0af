# SPDX-License-Identifier: Apache-2.0
# secctr report on a terminal: a pager, without privilege; width and colour.
load lib

setup_file() {
	local n
	for n in 1 2 3; do
		printf "type=VIRT_CONTROL msg=audit(100%d.000:%d): pid=50 uid=0 auid=1000 ses=3 subj=unconfined_u:unconfined_r:secctr_t:s0 msg='virt=container op=start reason=policy-denied vm=\"web\" uuid=8a1f3c52-0d7e-4b9a-9c1d-2e3f4a5b6c7d name=\"process.capBounding: CAP_NET_ADMIN\" policy=sha256:0123456789012345678901234567890123456789012345678901234567890123 exe=\"/usr/bin/secctr\" hostname=? addr=? terminal=? res=failed'\n" $n $n
	done >"$BATS_FILE_TMPDIR/log"
}
# COLUMNS [VARIABLE=VALUE...] -- ARGUMENTS of report: what stands on the screen
on_terminal() {
	local columns=$1 command=env
	shift
	while [ "$1" != -- ]; do
		command+=" $(printf %q "$1")"
		shift
	done
	shift
	script -qec "stty cols $columns rows 40; $command $BIN/secctr report $* -i $BATS_FILE_TMPDIR/log" /dev/null </dev/null | tr -d '\r'
}

@test "pager: who it is, and what it may" {
	row "SECCTR_PAGER is first"; like "$(on_terminal 200 SECCTR_PAGER='sed s/^/mine:/' PAGER='sed s/^/any:/' -- denied)" $'^mine:TIME'
	row "then PAGER"; like "$(on_terminal 200 PAGER='sed s/^/any:/' -- denied)" $'^any:TIME'
	row "none"; like "$(on_terminal 200 PAGER= -- denied)" $'^TIME'
	row "--no-pager"; like "$(on_terminal 200 PAGER='sed s/^/any:/' -- denied --no-pager)" $'^TIME'
	row "one that is not there"; same "$(on_terminal 200 PAGER=nosuchpager -- denied | grep -c policy-denied)" 3
	row "who leaves early is no failure"; like "$(on_terminal 200 PAGER='true' -- denied; echo "status $?")" 'status 0$'
	row "powerless"; same "$(on_terminal 200 PAGER='id -u; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status | tr -d "\t"; cat >/dev/null' -- denied | xargs)" \
		"65534 CapEff:0000000000000000 NoNewPrivs:1"
	row "less is told"; like "$(on_terminal 200 LESSSECURE=0 LESSOPEN='|x' PAGER='env; cat >/dev/null' -- denied | grep ^LESS | sort | xargs)" '^LESS=FRX LESSCHARSET=utf-8 LESSSECURE=1$'
	row "less has its own settings"; like "$(on_terminal 200 LESS=S PAGER='env; cat >/dev/null' -- denied)" $'\nLESS=S\n'
	row "a pipe has none"; like "$(PAGER='sed s/^/any:/' "$BIN/secctr" report denied -i "$BATS_FILE_TMPDIR/log")" $'^TIME'
	rows_done
}

@test "pager: width and colour of a terminal, and of none" {
	row "wrapped"; same "$(on_terminal 130 PAGER= NO_COLOR=1 -- denied | awk 'length > 130' | wc -l)" 0
	row "nothing is lost"; same "$(on_terminal 130 PAGER= NO_COLOR=1 -- denied | tr -d ' \n')" "$("$BIN/secctr" report denied -i "$BATS_FILE_TMPDIR/log" | tr -d ' \n')"
	row "colour"; like "$(on_terminal 200 PAGER= -- denied)" $'\e\\[31m'
	row "NO_COLOR"; unlike "$(on_terminal 200 PAGER= NO_COLOR=1 -- denied)" $'\e'
	row "into a pipe"; unlike "$("$BIN/secctr" report denied -i "$BATS_FILE_TMPDIR/log")" $'\e'
	row "into a file"; on_terminal 80 -- denied -o "$BATS_TEST_TMPDIR/file" >/dev/null; same "$(grep -c $'\e' "$BATS_TEST_TMPDIR/file")" 0
	row "table"; like "$(on_terminal 80 PAGER= -- containers)" 'too narrow for .*--format csv has all'
	rows_done
}
