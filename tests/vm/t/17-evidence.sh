#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 17-evidence.sh - bundles by hand and by the timer, on an enforcing host; the doctor, and the commands that it names.
# shellcheck disable=SC2016 # expanded by the guest
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$(dirname "$0")/../containers.sh"

prepare_host
mark=$(audit_mark)
D=/var/lib/secctr/evidence

# --- bundles, by a person and by the unit
ok "a key" as alice sudo secctr report keygen
is "that is root's alone" "$(as_root stat -c '%a %U' $D/key.pem)" "600 root"
ok "a bundle" as alice sudo secctr report bundle
is "its record says who made it" "$(audit_since "$mark" -m USYS_CONFIG | grep -c 'auid=1001 .*subj=[^ ]*:secctr_t:.*op=evidence-bundle .*sequence=1 .*res=success')" 1
ok "the units are clean" as_root 'systemd-analyze verify --man=no secctr-evidence.service secctr-evidence.timer 2>&1 | tee /dev/stderr | test $(wc -l) -eq 0'
is "the timer is not enabled" "$(as_root 'systemctl is-enabled secctr-evidence.timer || true')" disabled
ok "it can be" as_root systemctl enable --now secctr-evidence.timer
ok "and waits" as_root 'systemctl list-timers --all | grep secctr-evidence.timer'
as_root systemctl disable --now secctr-evidence.timer
ok "the unit makes the next bundle" as_root 'systemctl start secctr-evidence.service || { journalctl -u secctr-evidence --no-pager -n 20; ausearch -m AVC,SECCOMP -ts recent; false; }'
is "from secctr's own domain" "$(audit_since "$mark" -m USYS_CONFIG | grep -c 'subj=[^ ]*:secctr_t:.*op=evidence-bundle .*sequence=2 .*res=success')" 1
ok "both are good" as_root "secctr report verify $D/*.tar"
refused "one byte more is not" "behind" as_root "cp $D/*2.tar /root/x.tar; echo >>/root/x.tar; secctr report verify /root/x.tar"
is "all that the unit wants to read, it can" "$(as_root "tar xOf \$(ls $D/*2.tar) secctr-evidence-000002/host/not-read.txt" | grep -v site.policy)" ""
ok "the clock and the doctor are in it" as_root "tar xOf \$(ls $D/*2.tar) secctr-evidence-000002/host/clock.json secctr-evidence-000002/host/doctor.json | grep -c synchronised"
score=$(as_root 'systemd-analyze security --no-pager secctr-evidence.service | tail -n 1')
echo "# $score"
ok "exposure is at most 3" awk -v s="$(grep -oE '[0-9]+\.[0-9]' <<<"$score" | head -n 1)" 'BEGIN { exit !(s > 0 && s <= 3.0) }'
denied() { audit_since "$mark" -m AVC | grep -E 'comm="secctr'; }
is "SELinux stopped nothing" "$(denied)" ""

# --- the doctor, and what it tells to do
states() { as_root 'secctr doctor --format json || true' | tr -d '\n' | sed 's/}, *{/\n/g; s/  */ /g'; }
state() { states | sed -nE "s/.*\"Id\": \"$1\", \"State\": \"([a-z-]*)\".*/\1/p"; }
mend() { as_root "secctr doctor --format json || true" | python3 -c 'import json,sys
for c in json.load(sys.stdin)["Checks"]:
    if c["Id"] == sys.argv[1]: print("\n".join(c["Mend"]))' "$1"; }
as_root 'secctr doctor --all || true' | sed 's/^/# /'
is "SELinux and module" "$(state selinux-mode) $(state selinux-module)" "good good"
is "rules" "$(state rules-present) $(state rules-order) $(state rules-never)" "good good good"
is "all of /proc was seen" "$(state foreign-writers) $(state foreign-unset)" "good good"
# What is good on this host is broken first. (A package needs a mirror, which the machine has not; -e 2 is for 90-immutable.sh.)
declare -A breaks=(
	[audit-on]='auditctl -e 0' [auditd-reads]='kill -STOP $(cat /run/auditd.pid)' [backlog-limit]='auditctl -b 64' [failure-mode]='auditctl -f 0'
	[rate-limit]='auditctl -r 500' [log-format]="sed -i 's/^log_format.*/log_format = RAW/' /etc/audit/auditd.conf"
	[space-left]="sed -i 's/^space_left_action.*/space_left_action = IGNORE/' /etc/audit/auditd.conf"
	[log-written]="sed -i 's/^write_logs.*/write_logs = no/' /etc/audit/auditd.conf"
	[seccomp-log]='sysctl -w kernel.seccomp.actions_logged="kill_process kill_thread log"'
	[rules-present]='auditctl -d exit,never -F dir=/var/lib/secctr -F perm=wa -F exe=/usr/libexec/secctr/secctr-monitor -F key=secctr-state || auditctl -D'
	[selinux-mode]='setenforce 0'
)
as_root 'cp -p /etc/audit/auditd.conf /root/auditd.conf.kept'
for id in loginuid-immutable log-retention disk-full node-name "${!breaks[@]}"; do
	[ -z "${breaks[$id]-}" ] || as_root "${breaks[$id]}" >/dev/null
	is "$id is found" "$(state "$id")" bad
	commands=$(mend "$id")
	ok "its commands work: ${commands//$'\n'/; }" as_root "$commands"
	sleep 1
	is "and mend it" "$(state "$id")" good
done
ok "records name the host" as_root 'tail -n 1 /var/log/audit/audit.log | grep -q "^node=$(hostname) "'
# As the tests behind this one expect it.
as_root 'cp -p /root/auditd.conf.kept /etc/audit/auditd.conf && kill "$(cat /run/auditd.pid)" && sleep 1 && systemctl start auditd'
as_root 'usermod -s /bin/bash www-data'
is "an account with a shell" "$(state service-accounts)" bad
ok "its command" as_root "$(mend service-accounts)"
is "mends it" "$(state service-accounts)" good
as_root 'auditctl -a never,task'
is "never,task" "$(state rules-never)" bad
as_root 'auditctl -d never,task'
is "auditd still runs after its file was changed" "$(state auditd-reads)" good
is "SELinux stopped nothing of the doctor either" "$(denied)" ""
