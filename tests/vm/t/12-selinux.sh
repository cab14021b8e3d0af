#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 12-selinux.sh - docs/selinux.md as a test: domains, category pairs, who may ask, what is refused.
# shellcheck disable=SC2016 # expanded by the guest
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$(dirname "$0")/../containers.sh"

label_of() { # COMM: user:role:type:level of processes of that name
	as_root "ps -eo label,comm --no-headers | awk '\$2 == \"$1\" { print \$1 }'"
}
inspect() { # NAME FIELD
	as_root "secctr inspect $1" | sed -nE "s/.*\"$2\": *(\"[^\"]*\"|[^,]*),?$/\1/p" | head -n 1 | tr -d '"'
}
volume() { # HOST-PATH OPTIONS: a start of alice with it
	as alice sudo secctr run --rm --name vol --policy anything -v "$1:/data:$2" $image true
}

prepare_host
policy anything <<-'END'
	[Policy]
	Description=Allows any directory, so that SELinux rules are what refuses
	[Filesystem]
	BindPaths=/srv /etc /home /root /var /usr /boot /tmp
	TemporaryFileSystem=/tmp:size=1M
END
mark=$(audit_mark)

# --- domains and levels. The third in the foreground: its launcher is to be seen too.
as alice "sudo secctr run -d --name one --policy anything $image sleep 1000; sudo secctr run -d --name two --policy anything $image sleep 1000" >/dev/null 2>&1
as alice "sudo sh -c 'secctr run --rm --name brief $image sleep 1000 </dev/null >/dev/null 2>&1 &'; sleep 3"
is "the launcher runs in a domain of its own" "$(label_of secctr | head -n 1)" unconfined_u:unconfined_r:secctr_t:s0
is "so does the monitor" "$(label_of secctr-monitor | sort -u)" unconfined_u:unconfined_r:secctr_monitor_t:s0
mapfile -t labels < <(label_of sleep | grep secctr_ | sort)
is "three containers run" "${#labels[@]}" 3
is "each in secctr_container_t with a pair of categories" \
	"$(printf '%s\n' "${labels[@]}" | grep -cE '^system_u:system_r:secctr_container_t:s0:c[0-9]+,c[0-9]+$')" 3
is "of its own" "$(printf '%s\n' "${labels[@]}" | sort -u | wc -l)" 3
is "the live process has the label that inspect shows" \
	"$(as_root "ps -o label --no-headers -p $(inspect one Pid)")" "$(inspect one ProcessLabel)"
is "as its own kernel interface says" "$(as alice sudo secctr exec one cat /proc/1/attr/current | tr -d '\0')" "$(inspect one ProcessLabel)"
is "a command in it has the same" "$(as alice sudo secctr exec one cat /proc/self/attr/current | tr -d '\0')" "$(inspect one ProcessLabel)"
nok "the two pairs differ" test "$(inspect one Level)" = "$(inspect two Level)"
ok "a command in it makes a file" as alice sudo secctr exec one touch /tmp/x
is "files that it makes carry its pair" "$(as_root stat -c %C "/proc/$(inspect one Pid)/root/tmp/x")" \
	"system_u:object_r:secctr_container_file_t:$(inspect one Level)"
ok "status agrees" as_root secctr selinux status
is "and counts the pairs" "$(as_root secctr selinux status | sed -nE 's/^category pairs: ([0-9]+) in use.*/\1/p')" 3
as alice sudo secctr stop -t 0 brief >/dev/null

refused "secctr does not change the policy that confines it, and says what does" "semodule -i" as alice sudo secctr selinux install

# --- volumes
as_root 'mkdir -p /srv/vol/a /srv/vol/b; echo x >/srv/vol/a/f; ln -sfn /etc /srv/vol/etc; ln -f /etc/shadow /srv/vol/b/shadow'
before=$(as_root 'ls -Zd /etc /etc/shadow /srv/vol/b /srv/vol')
ok ":z shares a directory among containers" volume /srv/vol/a z
is "it is labelled for all" "$(as_root 'stat -c %C /srv/vol/a/f')" system_u:object_r:secctr_shared_file_t:s0
refused ":Z refuses /etc" "/etc" volume /etc Z
refused ":Z refuses a symlink to /etc" "/etc" volume /srv/vol/etc Z
refused ":Z refuses a hard link to /etc/shadow" "/shadow" volume /srv/vol/b Z
refused ":Z refuses what holds a system directory" "/var" volume /var Z
refused ":z refuses /usr" "/usr" volume /usr z
is "no label has changed" "$(as_root 'ls -Zd /etc /etc/shadow /srv/vol/b /srv/vol')" "$before"
is "each refusal is recorded" "$(audit_since "$mark" -m VIRT_CONTROL -vm vol | grep -c 'op=start .*res=failed')" 5

# --- who may ask: unconfined_t may not, for a moment, start containers
"$T_VM" put "$(dirname "$0")/../st_denied.cil" /root/st_denied.cil
ok "a site's module with another domain" as_root 'semodule -i /root/st_denied.cil 2>&1'
from_denied() {
	as_root "runcon -r unconfined_r -t st_denied_t -l s0 /bin/sh -c '$*' 2>&1"
}
refused "a domain without the permission may not start" "permission run" from_denied "secctr run --rm --name st $image true"
refused "nor run a command" "permission exec" from_denied "secctr exec one true"
refused "nor stop" "permission stop" from_denied "secctr stop two"
audit_since "$mark" -m USER_AVC >"$T_TMP/log"
for perm in run exec stop; do
	ok "USER_AVC names $perm" grep -qE "denied +\{ $perm \} .*scontext=[^ ]*:st_denied_t:.* tclass=secctr" "$T_TMP/log"
done
is "the containers still run" "$(as_root 'secctr ps --format json' | grep -oE '"(one|two)"' | sort -u | wc -l)" 2
as_root 'semodule -r st_denied 2>/dev/null'

# --- enforcing is required
as_root setenforce 0
refused "Require=enforcing refuses a permissive host" "shop.policy:" as alice sudo secctr run --rm --name perm --policy shop $image true
ok "Require=if-enabled runs on it" as alice sudo secctr run --rm --name permissive $image true
as_root setenforce 1
ok "and the record says permissive" test -n "$(audit_since "$mark" -m VIRT_CREATE | grep 'vm="permissive" .*selinux=permissive')"
ok "enforcing again, it runs" as alice sudo secctr run --rm --name perm --policy shop $image true

policy sysctls <<-'END'
	[Process]
	AllowSysctls=net.ipv4.ip_default_ttl kernel.msgmax fs.mqueue.msg_max
	[SELinux]
	Require=enforcing
END
is "sysctls of its own name spaces" "$(as_root "secctr run --rm --policy sysctls --sysctl net.ipv4.ip_default_ttl=65 --sysctl kernel.msgmax=4096 \
	--sysctl fs.mqueue.msg_max=20 $image cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max")" $'65\n4096\n20'
as_root 'secctr rm -f -t 0 one two; rm -rf /srv/vol /etc/secctr/policy.d/anything.policy /etc/secctr/policy.d/sysctls.policy' >/dev/null
# The look at the hard link is one, and stays in the log: somebody tried.
is "no secctr program ran into another denial" "$(own_denials "$mark" | grep -v 'tcontext=[^ ]*:shadow_t:')" ""
ok "nothing is left" nothing_left
