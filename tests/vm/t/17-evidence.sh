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
as_root systemd-sysusers
account=$(as_root id -u secctr-evidence)
ok "the unit makes the next bundle" as_root 'systemctl start secctr-evidence.service || { journalctl -u secctr-evidence --no-pager -n 20; ausearch -m AVC,SECCOMP -ts recent; false; }'
is "from secctr's own domain" "$(audit_since "$mark" -m USYS_CONFIG | grep -c 'subj=[^ ]*:secctr_t:.*op=evidence-bundle .*sequence=2 .*res=success')" 1
is "the service's own account is behind it" "$(audit_since "$mark" -m USYS_CONFIG | grep -c "auid=$account ses=[0-9]\{1,9\} .*op=evidence-bundle .*sequence=2 .*res=success")" 1
is "by a login of its own" "$(audit_since "$mark" -m LOGIN | grep -c "subj=[^ ]*:secctr_t:.* old-auid=4294967295 auid=$account .*old-ses=4294967295 .*res=1")" 1
is "and a report names it" "$(as_root 'secctr report timeline --no-pager' | grep -c 'secctr-evid[^ ]* .*evidence-bundle .*sequence=2')" 1
ok "both are good" as_root "secctr report verify $D/*.tar"
refused "one byte more is not" "behind" as_root "cp $D/*2.tar /root/x.tar; echo >>/root/x.tar; secctr report verify /root/x.tar"
is "all that the unit wants to read, it can" "$(as_root "tar xOf \$(ls $D/*2.tar) secctr-evidence-000002/host/not-read.txt" | grep -v site.policy)" ""
ok "the clock and the doctor are in it" as_root "tar xOf \$(ls $D/*2.tar) secctr-evidence-000002/host/clock.json secctr-evidence-000002/host/doctor.json | grep -c synchronised"
score=$(as_root 'systemd-analyze security --no-pager secctr-evidence.service | tail -n 1')
echo "# $score"
ok "exposure is at most 3" awk -v s="$(grep -oE '[0-9]+\.[0-9]' <<<"$score" | head -n 1)" 'BEGIN { exit !(s > 0 && s <= 3.0) }'
denied() { audit_since "$mark" -m AVC | grep -E 'comm="secctr'; }
is "SELinux stopped nothing" "$(denied)" ""

# --- time stamps, of an authority in the guest; by hand and by the unit, as secctr-evidence(7) has it
as_root 'mkdir -p /srv/tsa'
"$T_VM" put "$repo/tests/cli/tsa" /usr/local/bin/tsa
"$T_VM" put "$repo/tests/cli/tsa.bash" /srv/tsa/tsa.bash
ok "an authority" as_root 'chmod 755 /usr/local/bin/tsa && . /srv/tsa/tsa.bash && make_tsa /srv/tsa && cp /srv/tsa/ca.pem /srv/tsa/tls-ca.pem /etc/secctr/ &&
	systemd-run -q --unit=test-tsa /usr/local/bin/tsa /srv/tsa && for i in $(seq 50); do [ ! -e /srv/tsa/ports ] || break; sleep 0.2; done; test -e /srv/tsa/ports'
read -r http https < <(as_root cat /srv/tsa/ports)
ok "a stamped bundle" as alice sudo secctr report bundle --timestamp "http://127.0.0.1:$http/good" --tsa-ca /etc/secctr/ca.pem
ok "one over https" as alice sudo secctr report bundle --timestamp "https://localhost:$https/good" --tsa-ca /etc/secctr/ca.pem --tsa-tls-ca /etc/secctr/tls-ca.pem
refused "no stamp, no bundle" "nonce mismatch" as alice sudo secctr report bundle --timestamp "http://127.0.0.1:$http/nonce"
as_root "mkdir -p /run/systemd/system/secctr-evidence.service.d && printf '%s\\n' '[Service]' ExecStart= \
	'ExecStart=/usr/bin/secctr report bundle --timestamp http://127.0.0.1:$http/good --tsa-ca /etc/secctr/ca.pem' \
	'RestrictAddressFamilies=AF_INET AF_INET6' IPAddressDeny= >/run/systemd/system/secctr-evidence.service.d/stamp.conf && systemctl daemon-reload"
ok "the unit has its bundle stamped" as_root 'systemctl start secctr-evidence.service || { journalctl -u secctr-evidence --no-pager -n 20; ausearch -m AVC,SECCOMP -ts recent; false; }'
as_root 'rm -r /run/systemd/system/secctr-evidence.service.d; systemctl daemon-reload; systemctl stop test-tsa'
is "three stamps, each believed" "$(as_root "secctr report verify --tsa-ca /etc/secctr/ca.pem $D/*.tar" | grep -c 'stamped .* by CN=test good$')" 3
is "and all five are good" "$(as_root "secctr report verify --tsa-ca /etc/secctr/ca.pem $D/*.tar" | grep -c 'lines: good')" 5
for name in secctr-fetch secctr-report secctr-evidence secctr-timestamp; do
	is "there is an account $name" "$(as_root getent passwd $name | cut -d: -f7)" /usr/sbin/nologin
done
is "a log is read as one of them" "$(as_root 'secctr report timeline --follow --no-pager >/dev/null & sleep 3; ps -C secctr-report -o user:20=; kill %1')" secctr-report
is "the fetcher has a domain of its own" "$(as_root 'ls -Z /usr/libexec/secctr/secctr-timestamp')" "system_u:object_r:secctr_timestamp_exec_t:s0 /usr/libexec/secctr/secctr-timestamp"
is "who took evidence is in the story" "$(as_root 'secctr report timeline --no-pager' | grep -c 'evidence-bundle .*sequence=3')" 1
is "and an auditor finds it" "$(as_root 'secctr report compliance --no-pager' | grep -cE 'AU-9.3. .* seen$')" 1
is "SELinux stopped nothing of it" "$(denied)" ""

# --- the doctor, and what it tells to do
# look() asks it; the others tell what it said: each answer takes seconds here.
look() { seen=$(as_root 'secctr doctor --format json || true'); }
said() { python3 -c 'import json,sys
for c in json.load(sys.stdin)["Checks"]:
    if c["Id"] == sys.argv[1]: v = c[sys.argv[2]]; print(v if isinstance(v, str) else "\n".join(v))' "$1" "$2" <<<"$seen"; }
state() { said "$1" State; }
mend() { said "$1" Mend; }
what() { said "$1" What; }
as_root 'secctr doctor --all || true' | sed 's/^/# /'
look
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
# Together what can be wrong together; each of the last three alone.
break_and_mend() { # ID...
	local id commands
	for id; do
		[ -z "${breaks[$id]-}" ] || as_root "${breaks[$id]}" >/dev/null
	done
	look
	for id; do
		is "$id is found" "$(state "$id")" bad
		commands=$(mend "$id")
		ok "its commands work: ${commands//$'\n'/; }" as_root "$commands"
	done
	sleep 1
	look
	for id; do
		is "and mend $id" "$(state "$id")" good
	done
}
alone=(audit-on auditd-reads selinux-mode)
mapfile -t together < <(printf '%s\n' "${!breaks[@]}" | grep -vxF -f <(printf '%s\n' "${alone[@]}"))
break_and_mend loginuid-immutable log-retention disk-full node-name "${together[@]}"
for id in "${alone[@]}"; do
	break_and_mend "$id"
done
ok "records name the host" as_root 'tail -n 1 /var/log/audit/audit.log | grep -q "^node=$(hostname) "'
# As the tests behind this one expect it.
as_root 'cp -p /root/auditd.conf.kept /etc/audit/auditd.conf && kill "$(cat /run/auditd.pid)" && sleep 1 && systemctl start auditd'
as_root 'usermod -s /bin/bash www-data'
look
is "an account with a shell" "$(state service-accounts)" bad
ok "its command" as_root "$(mend service-accounts)"
look
is "mends it" "$(state service-accounts)" good
# Containers of another runtime: as a service starts one, and as the doctor wants it.
as_root "mkdir -p /etc/containers && printf '%s\\n' '[containers]' 'netns=\"none\"' 'label=false' 'log_driver=\"k8s-file\"' '[engine]' 'events_logger=\"none\"' \
	'runtime=\"crun\"' >/etc/containers/containers.conf; podman load -q -i /usr/share/secctr/default.tar >/dev/null"
ok "podman starts a container for a service" as_root 'systemd-run -q podman run --name foreign --cap-add AUDIT_WRITE localhost/secctr/default sleep 900
	for i in $(seq 60); do [ "$(podman inspect -f "{{.State.Status}}" foreign 2>/dev/null)" != running ] || exit 0; sleep 0.5; done; exit 1'
id=$(as_root "podman inspect -f '{{.Id}}' foreign")
look
is "which may write records" "$(what foreign-writers | grep -c "podman ${id:0:12} ")" 1
is "and has no login UID" "$(what foreign-unset | grep -c "podman ${id:0:12} ")" 1
ok "started from a login, without the capability" as_root 'podman rm -f -t 0 foreign >/dev/null; podman run -d --name foreign --cap-drop AUDIT_WRITE localhost/secctr/default sleep 900'
look
is "there is nothing to find" "$(state foreign-writers) $(state foreign-unset)" "good good"
as_root 'podman rm -f -t 0 foreign >/dev/null; rm /etc/containers/containers.conf'
as_root 'auditctl -a never,task'
look
is "never,task" "$(state rules-never)" bad
as_root 'auditctl -d never,task'
look
is "auditd still runs after its file was changed" "$(state auditd-reads)" good
is "SELinux stopped nothing of the doctor either" "$(denied)" ""
