#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 90-immutable.sh - a host whose login UIDs cannot be changed (auditctl --loginuid-immutable, as STIG hosts have it): the
# caller's session is kept, and the report still tells. Last, because only a boot undoes it.
# shellcheck disable=SC2016 # expanded by the guest
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$(dirname "$0")/../containers.sh"

prepare_host
as_root 'auditctl --loginuid-immutable'
mark=$(audit_mark)
read -r auid ses caller < <(as alice "echo \$(sudo secctr run --name fixed --policy shop $image sh -c 'echo \$(cat /proc/self/loginuid) \$(cat /proc/self/sessionid); cat /etc/shadow /proc/kcore >/dev/null 2>&1; mount -t tmpfs none /tmp 2>/dev/null' 2>/dev/null) \$(cat /proc/self/sessionid)")
is "the container runs with her login UID" "$auid" $alice
is "and her session" "$ses" "$caller"
start=$(audit_since "$mark" -m VIRT_CONTROL -vm fixed | grep 'op=start .*res=success')
is "the record says that it is not its own" "$(field own-ses <<<"$start")" "$(field from-ses <<<"$start")"
as_root "secctr report --container $(field uuid <<<"$start")" >"$T_TMP/report"
ok "report: alice started it" grep -qE ' alice +[0-9]+ +success +start fixed ' "$T_TMP/report"
ok "report: what it ran" grep -qE ' alice +[0-9]+ +success +exec mount -t tmpfs none /tmp' "$T_TMP/report"
ok "report: what it was denied" grep -qE ' alice +[0-9]+ +denied +seccomp: mount' "$T_TMP/report"
is "report: nothing else of her session" "$(grep -v '^#' "$T_TMP/report" | grep -cE 'sshd|USER_(START|ACCT)|CRED_' || true)" 0
ok "audit status knows" as_root 'secctr audit status 2>&1 | grep -q "login UIDs immutable: yes"'

as_root 'id -u webops >/dev/null 2>&1 || useradd -u 1500 -M -s /usr/sbin/nologin webops'
policy svc <<-'END'
	[Policy]
	Description=A service
	[Who]
	UnitOwner=webops
END
is "an unset login UID can still be set" "$(as_root "systemd-run --quiet --wait --pipe secctr run --rm --policy svc $image cat /proc/self/loginuid" 2>/dev/null)" 1500
is "an exec keeps who typed it" "$(as alice "sudo secctr run -d --name held --policy shop $image sleep 100 >/dev/null 2>&1"; as bob sudo secctr exec held cat /proc/self/loginuid)" $bob
as_root 'secctr rm -f -t 0 held fixed' >/dev/null
is "no secctr program ran into a denial" "$(own_denials "$mark")" ""
ok "nothing is left" nothing_left
