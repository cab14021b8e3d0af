#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 00-host.sh - the host itself: what every later test takes for granted about logins, labels and audit.
# shellcheck disable=SC2016 # most of what is quoted here is expanded by the guest
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

unset_id=4294967295

login_line() {
	as "$1" 'echo "$(id -u) $(cat /proc/self/loginuid) $(cat /proc/self/sessionid) $(id -Z)"'
}

system_settled() {
	local state
	state=$(as_root 'systemctl is-system-running || true')
	echo "$state"
	[ "$state" = running ] || [ "$state" = degraded ]
}

clock_is_ours() {
	local theirs ours
	ours=$(date +%s)
	theirs=$(as_root date +%s)
	echo "guest $theirs, host $ours"
	[ $((theirs - ours)) -ge -2 ] && [ $((theirs - ours)) -le 5 ]
}

# The login and the sudo are in the log, with alice's auid and her session's number.
login_is_recorded() {
	local ses=$1
	audit_since "$2" -m USER_START --session "$ses" >"$T_TMP/start"
	grep 'exe="/usr/sbin/sshd"' "$T_TMP/start" | grep -q 'auid=1001'
	grep 'exe="/usr/bin/sudo"' "$T_TMP/start" | grep -q 'auid=1001'
}

unit_identity() {
	as_root systemd-run --quiet --wait --pipe sh -c 'cat /proc/self/loginuid; echo; cat /proc/self/sessionid'
}

refusal_is_recorded() {
	local mark
	mark=$(audit_mark)
	! as_root runcon system_u:system_r:httpd_t:s0 cat /etc/shadow || return 1
	audit_since "$mark" -m AVC,SELINUX_ERR | grep -q httpd_t
}

ok "systemd has settled" system_settled
is "no unit failed" "$(as_root 'systemctl --failed --no-legend --plain')" ""
is "cgroup v2" "$(as_root stat -f -c %T /sys/fs/cgroup)" cgroup2fs
ok "the clock is right although the machine was loaded" clock_is_ours

is "SELinux enforces" "$(as_root getenforce)" Enforcing
is "and is configured so" "$(as_root "sestatus | awk -F: '/Mode from config file/ { print \$2 }' | tr -d ' '")" enforcing
is "with Debian's policy" "$(as_root "sestatus | awk -F: '/Loaded policy name/ { print \$2 }' | tr -d ' '")" default
ok "a refusal is enforced and recorded" refusal_is_recorded
is "nothing is unlabelled" "$(as_root 'find / -xdev -context "*:unlabeled_t:*" -o -xdev -context "*:file_t:*" | head')" ""

ok "auditd runs" as_root systemctl is-active auditd
is "audit is enabled" "$(as_root "auditctl -s | awk '\$1 == \"enabled\" { print \$2 }'")" 1
is "with room for a burst" "$(as_root "auditctl -s | awk '\$1 == \"backlog_limit\" { print \$2 }'")" 8192
is "and has lost nothing" "$(as_root "auditctl -s | awk '\$1 == \"lost\" { print \$2 }'")" 0

mark=$(audit_mark)
read -r uid auid ses context < <(login_line alice)
is "alice's uid" "$uid" 1001
is "alice's auid" "$auid" 1001
nok "alice has a session number" test "$ses" = "$unset_id"
is "alice's domain" "$context" unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023
read -r uid auid other context < <(login_line bob)
is "bob's uid and auid" "$uid $auid" "1002 1002"
read -r uid auid again context < <(login_line alice)
ok "every login has a session of its own" test "$ses" != "$other" -a "$ses" != "$again" -a "$other" != "$again"

read -r uid auid ses context < <(as alice sudo sh -c \
	'echo "$(id -u) $(cat /proc/self/loginuid) $(cat /proc/self/sessionid) $(id -Z)"')
is "sudo keeps the auid" "$uid $auid" "0 1001"
is "sudo keeps the domain" "$context" unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023
is "sudo keeps the session" "$(as alice 'test "$(cat /proc/self/sessionid)" = "$(sudo cat /proc/self/sessionid)" && echo same')" same
ok "the login and the sudo are recorded" login_is_recorded "$ses" "$mark"

is "a unit has no auid and no session" "$(unit_identity | paste -sd' ')" "$unset_id $unset_id"
ok "a person has a user manager" as alice systemctl --user is-active default.target
is "words stay words over ssh" "$(as bob printf '%s|' 'a b' '$c' "d'e")" "a b|\$c|d'e|"
