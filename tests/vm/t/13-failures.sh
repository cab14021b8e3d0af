#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 13-failures.sh - no record, no run; and what was started is ended. Each row: no container, one line on stderr, nothing
# left, a record where audit works.
# shellcheck disable=SC2016 # expanded by the guest
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$(dirname "$0")/../containers.sh"

says() {
	echo "$1"
	[[ $1 == "secctr: "*"$2"* ]]
}

# row NAME TEXT BREAK MEND: BREAK, a start, MEND, all in one login: while audit is broken, none need succeed. The start is
# refused with one line that has TEXT.
row() {
	local name=$1 text=$2 break=$3 mend=$4 recorded=${5:-no} status lines mark
	mark=$(audit_mark)
	as_root "$break
		timeout 60 secctr run --rm --name broken $image true >/tmp/out 2>/tmp/err
		echo \$? >/tmp/status
		$mend" >/dev/null 2>&1 || true
	status=$(as_root cat /tmp/status)
	lines=$(as_root cat /tmp/err)
	is "$name: refused" "$status" 125
	is "$name: one line" "$(wc -l <<<"$lines")" 1
	ok "$name: it says why: $text" says "$lines" "$text"
	is "$name: nothing on standard output" "$(as_root cat /tmp/out)" ""
	if [ "$recorded" = recorded ]; then
		is "$name: one record of the refusal" \
			"$(audit_since "$mark" -m VIRT_CONTROL -vm broken | grep -c 'op=start .*res=failed')" 1
	fi
	ok "$name: nothing is left" nothing_left
}

prepare_host
row "auditd is stopped" "no audit daemon is registered" 'systemctl kill -s TERM auditd; for i in $(seq 50); do pidof auditd >/dev/null || break; sleep 0.1; done; auditctl -e 1' 'systemctl start auditd'
row "auditd hangs" "is stopped by a signal" 'kill -STOP $(pidof auditd)' 'kill -CONT $(pidof auditd)'
row "audit is off" "audit is off (enabled=0)" 'auditctl -e 0' 'auditctl -e 1'
row "rate limit" "rate limit is 1 a second" 'auditctl -r 1' 'auditctl -r 0'
row "without CAP_AUDIT_WRITE" "CAP_AUDIT_WRITE" 'secctr() { capsh --drop=cap_audit_write -- -c "secctr $*"; }; timeout() { shift; "$@"; }' 'unset -f secctr timeout'
# A small backlog is no failure as long as nothing is lost: each record was read back.
mark=$(audit_mark)
lost=$(lost_records)
as_root "auditctl -b 4; secctr run --rm --name small $image true; echo \$? >/tmp/status; auditctl -b 8192" >/dev/null
is "a backlog of 4: it runs" "$(as_root cat /tmp/status)" 0
is "because its record is in the log" "$(audit_since "$mark" -m VIRT_CONTROL -vm small | grep -c 'op=start .*res=success')" 1
is "and none was lost meanwhile" "$(lost_records)" "$lost"

as_root 'auditctl -a never,task' >/dev/null
refused "a rule that hides login UIDs is noticed" "never,task" as_root 'secctr audit rules 2>&1 >/dev/null'
as_root 'auditctl -d never,task' >/dev/null

policy bad <<-'END'
	[Policy]
	Nonsense=yes
END
mark=$(audit_mark)
refused "a policy that cannot be read is refused with file and line" "bad.policy:2" as alice sudo secctr run --rm --name broken --policy bad $image true
is "and recorded" "$(audit_since "$mark" -m VIRT_CONTROL -vm broken | grep -c 'op=start .*res=failed')" 1
as_root rm /etc/secctr/policy.d/bad.policy
mark=$(audit_mark)
refused "a limit beyond the policy's is refused with file and line" "shop.policy:" as alice sudo secctr run --rm --name broken -m 1g --policy shop $image true
refused "a directory outside is refused with file and line" "shop.policy:" as alice sudo secctr run --rm --name broken -v /srv:/srv --policy shop $image true
refused "who may not is refused with file and line" "shop.policy:" as bob sudo secctr run --rm --name broken --policy shop $image true
is "and each is recorded" "$(audit_since "$mark" -m VIRT_CONTROL -vm broken | grep -c 'op=start .*res=failed')" 3
ok "after all that, a container runs" as alice sudo secctr run --rm $image true
ok "nothing is left" nothing_left

# --- the monitor is killed: SELinux clears PDEATHSIG in the transition, so its guard has to end the container
mark=$(audit_mark)
as alice sudo secctr run -d --name orphan --policy shop $image sh -c 'sleep 1000 & wait' >/dev/null 2>&1
monitor=$(as_root "secctr inspect orphan | sed -nE 's/.*\"MonitorPid\": *([0-9]+).*/\\1/p'")
as_root kill -KILL "$monitor"
is "its container ends at once, with no command of ours" "$(as_root 'for i in $(seq 20); do ps -eo label --no-headers | grep -q secctr_ || exit 0; sleep 0.1; done; ps -eo label,comm --no-headers | grep secctr_')" ""
ok "the next command sees that it ended" as_root 'secctr ps -a --filter name=orphan | grep -q "Exited (255)"'
ok "its end is recorded, with the reason" test -n "$(audit_since "$mark" -m VIRT_CONTROL -vm orphan | grep 'op=stop reason=monitor-died vm="orphan"')"
ok "it can be removed" as alice sudo secctr rm orphan
mark=$(audit_mark)
as alice sudo secctr run -d --name orphan --policy shop $image sh -c 'sleep 1000 & wait' >/dev/null 2>&1
as_root "kill -KILL \$(pgrep -x secctr-guard) \$(secctr inspect orphan | sed -nE 's/.*\"MonitorPid\": *([0-9]+).*/\\1/p')"
sleep 1
is "without a guard it lives on" "$(as_root 'ps -eo label,comm --no-headers | grep secctr_container_t | awk "{ print \$2 }" | sort | paste -sd,')" sh,sleep
ok "until the next command ends it" as_root 'secctr ps -a --filter name=orphan | grep -q "Exited (255)"'
is "no process of it is left" "$(as_root 'ps -eo label --no-headers | grep -c secctr_ || true')" 0
ok "and records it" test -n "$(audit_since "$mark" -m VIRT_CONTROL -vm orphan | grep 'op=stop reason=monitor-died vm="orphan"')"
ok "it can be removed" as alice sudo secctr rm orphan
ok "nothing is left" nothing_left

# --- the launcher is killed at moments of its start, in percent of the time that one takes here
mark=$(audit_mark)
as_root "from=\$(date +%s%N); secctr run --rm --name k0 $image true; took=\$((\$(date +%s%N) - from))
	for percent in 5 15 25 35 45 55 65 75 85 95 110 150; do
		secctr run -d --name k\$percent $image sleep 1000 >/dev/null 2>&1 & p=\$!
		sleep \$(awk -v t=\$took -v p=\$percent 'BEGIN { print t * p / 1e11 }')
		kill -KILL \$p 2>/dev/null; wait \$p 2>/dev/null
	done
	sleep 2; secctr ps -a; secctr rm -f -a -t 0" >/dev/null 2>&1
ok "a launcher killed at any moment leaves nothing that rm cannot remove" nothing_left
audit_since "$mark" -m VIRT_CONTROL | grep -oE 'op=start .*own-ses=[0-9]+' | sed 's/.*own-ses=//' | sort -u >"$T_TMP/recorded" || true
audit_since "$mark" -m SYSCALL -se secctr_container_t | grep -oE ' ses=[0-9]+ comm="sleep"' | grep -oE '[0-9]+' | sort -u >"$T_TMP/ran" || true
ok "some of them ran" test -s "$T_TMP/ran"
is "whatever ran had its start record" "$(comm -23 "$T_TMP/ran" "$T_TMP/recorded")" ""
is "no secctr program ran into a denial" "$(own_denials "$mark")" ""
