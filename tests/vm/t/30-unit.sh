#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 30-unit.sh - docs/unit.md as a test: a container that a plain systemd unit starts has the owner's login UID.
# shellcheck disable=SC2016 # expanded by the guest
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$(dirname "$0")/../containers.sh"

# unit NAME POLICY: a plain unit around `secctr run`.
unit() {
	cat >"$T_TMP/$1.service" <<-END
		[Unit]
		Description=Container $1
		[Service]
		Type=simple
		ExecStart=/usr/bin/secctr run --rm --name $1 --policy $2 $image sh -c 'echo up; trap "exit 0" TERM; while :; do sleep 1; done'
	END
	"$T_VM" put "$T_TMP/$1.service" "/etc/systemd/system/$1.service"
	as_root systemctl daemon-reload
}

# Waits until the unit's container runs; prints the pid of its first process.
container_pid() {
	as_root "for i in \$(seq 50); do
			p=\$(secctr inspect $1 2>/dev/null | sed -nE 's/.*\"Pid\": *([0-9]+).*/\\1/p' | head -n 1)
			[ \"\${p:-0}\" -eq 0 ] || { echo \$p; exit 0; }
			sleep 0.2
		done
		systemctl status $1; exit 1"
}

gone() {
	as_root "for i in \$(seq 50); do secctr ps -aq --filter name=$1 | grep -q . || exit 0; sleep 0.2; done; exit 1"
}

prepare_host
as_root 'id -u webops >/dev/null 2>&1 || useradd -u 1500 -M -s /usr/sbin/nologin webops'
policy svc <<-'END'
	[Policy]
	Description=A service that systemd starts
	[Who]
	UnitOwner=webops
	AllowStop=any
	[SELinux]
	Require=enforcing
END
policy svc-nobody <<-'END'
	[Policy]
	Description=A service that nobody answers for
END
mark=$(audit_mark)

unit svc svc
ok "systemd starts the unit" as alice sudo systemctl start svc
pid=$(container_pid svc)
is "the container has the owner's login UID" "$(as_root cat "/proc/$pid/loginuid")" 1500
ses=$(as_root cat "/proc/$pid/sessionid")
nok "and a session" test "$ses" = $unset_id
is "the unit's own process has none" "$(as_root 'cat /proc/$(systemctl show -P MainPID svc)/loginuid')" $unset_id
is "it runs in the container's domain" "$(as_root "ps -o label --no-headers -p $pid" | cut -d: -f3)" secctr_container_t
log=$T_TMP/log
audit_since "$mark" -m VIRT_CONTROL -vm svc >"$log"
ok "the start record is stamped with it" grep -qE "auid=1500 ses=$ses .*op=start reason=unit vm=\"svc\" .*res=success" "$log"
audit_since "$mark" -m LOGIN --session "$ses" >"$log"
ok "the kernel recorded that it was unset before" grep -qE "old-auid=$unset_id auid=1500 .*ses=$ses res=1" "$log"
refused "it cannot change it" "Operation not permitted" as_root "nsenter -t $pid -p -m sh -c 'true' 2>&1; echo 0 >/proc/$pid/loginuid"
nok "nor can a command in it become someone else" as alice "sudo secctr exec svc sh -c 'echo $bob >/proc/self/loginuid'"
is "a command of alice in it is hers" "$(as alice "sudo secctr exec svc cat /proc/self/loginuid")" $alice
is "its output goes to the journal" "$(as_root 'journalctl -q -u svc -o cat | grep -c "^up$"')" 1
audit_since "$mark" --session "$ses" -m SYSCALL >"$log"
is "every process in it is the owner's" "$(grep secctr_container_t "$log" | grep -oE ' auid=[0-9]+' | sort -u)" " auid=1500"

ok "systemctl stop ends it" as alice sudo systemctl stop svc
ok "the container is removed" gone svc
is "the unit did not fail" "$(as_root 'systemctl show -P Result svc')" success
audit_since "$mark" -m VIRT_CONTROL -vm svc >"$log"
ok "the stop is recorded" grep -qE 'op=stop reason=[a-z]+ vm="svc"' "$log"

unit svc-nobody svc-nobody
as alice sudo systemctl start svc-nobody
sleep 1
is "without an owner the unit fails" "$(as_root 'for i in $(seq 50); do systemctl is-failed -q svc-nobody && break; sleep 0.2; done; systemctl show -P ExecMainStatus svc-nobody')" 125
is "with one line that says what is missing" "$(as_root 'journalctl -q -u svc-nobody -o cat | grep -c "^secctr: .*UnitOwner="')" 1
audit_since "$mark" -m VIRT_CONTROL -vm svc-nobody >"$log"
ok "and a record" grep -qE "auid=$unset_id .*op=start reason=[a-z-]+ vm=\"svc-nobody\" .*res=failed" "$log"

as_root 'systemctl reset-failed; rm -f /etc/systemd/system/svc*.service; systemctl daemon-reload'
is "no secctr program ran into a denial" "$(own_denials "$mark")" ""
ok "nothing is left" nothing_left
