#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 14-host.sh - audit rules loaded at boot, scopes and limits of systemd, and a container that outlives its login.
# shellcheck disable=SC2016 # expanded by the guest
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$(dirname "$0")/../containers.sh"

prepare_host
mark=$(audit_mark)
lost=$(lost_records)	# by 13-failures.sh, on purpose

# --- static rules, loaded by augenrules at boot
ok "audit is ready" as_root 'secctr audit status'
ok "all rules are loaded, none behind another's" as_root 'secctr audit rules'
is "as each row says" "$(as_root 'secctr audit rules 2>/dev/null' | awk 'NR > 1 { print $1 }' | sort -u)" yes
ok "exec events of containers carry the key" as alice sudo secctr run --rm --name keyed $image true
is "as the record shows" "$(audit_since "$mark" -k secctr-exec -m SYSCALL | grep -c 'comm="true".*key="secctr-exec"')" 1
is "a change of the policies is recorded" "$(as_root 'touch /etc/secctr/policy.d/shop.policy'; audit_since "$mark" -k secctr-policy -m SYSCALL | grep -c 'comm="touch"')" 1
as_root 'auditctl -A always,exit -F arch=b64 -S execve -k site-first'
refused "a rule of the site in front of ours is noticed" "in front of" as_root 'secctr audit status 2>&1; secctr audit rules 2>&1; false'
as_root 'auditctl -d always,exit -F arch=b64 -S execve -k site-first'
is "no state of ours is written by anything else" "$(audit_since "$mark" -k secctr-state -m SYSCALL | grep -vc 'exe="/usr/sbin/auditctl"' || true)" 0

# --- scope and limits
as alice sudo secctr run -d --name limited --policy shop -m 64m --cpus 0.5 --pids-limit 20 $image sleep 1000 >"$T_TMP/id" 2>/dev/null
id=$(cat "$T_TMP/id")
scope=secctr-$id.scope
group=$(as_root "secctr inspect limited | sed -nE 's/.*\"CgroupPath\": *\"([^\"]*)\".*/\\1/p'")
in_scope() {
	[[ $group == "/secctr.slice/$scope/"* ]]
}
is "systemd has a scope for it" "$(as_root systemctl is-active "$scope")" active
ok "its group is in the scope" in_scope
is "the first process is in it" "$(as_root "cat /proc/\$(secctr inspect limited | sed -nE 's/.*\"Pid\": *([0-9]+).*/\\1/p' | head -n 1)/cgroup")" "0::$group"
is "memory" "$(as_root cat "/sys/fs/cgroup$group/memory.max")" $((64 << 20))
is "processors" "$(as_root cat "/sys/fs/cgroup$group/cpu.max" | awk '{ print $1 / $2 }')" 0.5
is "tasks" "$(as_root cat "/sys/fs/cgroup$group/pids.max")" 20
ok "a container that takes more memory is ended" as_root "secctr run --name eater --policy default -m 16m $image sh -c 'x=y; while :; do x=\$x\$x; done'; test \$? -eq 137"
is "and says so" "$(as_root "secctr inspect eater | grep -c '\"OOMKilled\": *true'")" 1
as_root secctr rm eater >/dev/null

# --- it outlives its login
ok "alice has logged out" as_root 'for i in $(seq 100); do loginctl list-sessions --no-legend | grep -qw alice || exit 0; sleep 0.2; done; loginctl list-sessions; exit 1'
is "the container, its monitor and the guard run on" \
	"$(as_root 'ps -eo label,comm --no-headers' | sed -nE 's/^[^ ]*:secctr_([a-z]+)_t:[^ ]* */\1 /p' | sort | paste -sd,)" \
	"container sleep,monitor secctr-guard,monitor secctr-monitor"
ok "alice stops it in another login" as alice sudo secctr stop -t 0 limited
is "the scope is gone" "$(as_root "systemctl list-units --all --plain --no-legend '$scope'")" ""
nok "the group is gone" as_root test -e "/sys/fs/cgroup/secctr.slice/$scope"
ok "alice removes it" as alice sudo secctr rm limited
is "no record was lost" "$(lost_records)" "$lost"
is "no secctr program ran into a denial" "$(own_denials "$mark")" ""
ok "nothing is left" nothing_left
