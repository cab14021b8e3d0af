#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 45-engine.sh - podman with secctr-runtime on a host with SELinux enforcing and systemd, and the same commands with crun beside it.
#
# Both sides run at once, alice's and bob's; a podman command takes seconds in this machine, so each is there once. What an engine may
# not ask for is asked of secctr-runtime itself, with bundles.
# shellcheck disable=SC2016 # what is quoted is expanded by the guest
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$(dirname "$0")/../containers.sh"

as_root mkdir -p /root/engine
for file in prepare side; do "$T_VM" put "$repo/tests/vm/engine/$file" "/root/engine/$file"; done
as_root 'bash /root/engine/prepare >/dev/null 2>&1; secctr load -q -i /usr/share/secctr/default.tar >/dev/null'
mark=$(audit_mark)

as alice sudo bash /root/engine/side secctr >"$T_TMP/secctr" 2>&1 </dev/null &
secctr_side=$!
as bob sudo bash /root/engine/side crun >"$T_TMP/crun" 2>&1 </dev/null &
crun_side=$!

# ---- while its container runs
as_root 'for i in $(seq 900); do [ -e /root/engine/live-secctr ] && exit 0; sleep 0.2; done; exit 1'
as_root 'secctr-runtime list --format json' >"$T_TMP/list"
id=$(jq -r '.[0].id' "$T_TMP/list") pid=$(jq -r '.[0].pid' "$T_TMP/list")
label=$(as_root "cat /proc/$pid/attr/current" | tr -d '\0')
level=${label##*secctr_container_net_t:}
is "it runs in a container's domain" "$(sed -E 's/c[0-9]+,c[0-9]+$/PAIR/' <<<"$label")" system_u:system_r:secctr_container_net_t:s0:PAIR
is "its processes are alice's" "$(as_root "cat /proc/$pid/loginuid")" "$alice"
scope=/machine.slice/libpod-$id.scope
is "it is in podman's scope" "$(as_root "cut -d: -f3- /proc/$pid/cgroup")" "$scope/payload"
is "which systemd delegates" "$(as_root "systemctl show -p Delegate -p Slice -p ActiveState libpod-$id.scope" | sort | paste -sd' ')" \
	"ActiveState=active Delegate=yes Slice=machine.slice"
is "a daemon-reload leaves the limits alone" \
	"$(as_root "systemctl daemon-reload; cd /sys/fs/cgroup$scope/payload; cat memory.max pids.max cpu.max" | paste -sd' ')" "67108864 50 50000 100000"
is "the pair that podman chose is in the ledger" \
	"$(as_root "sed -nE 's/^$id ([0-9]+) ([0-9]+) 0 [0-9a-f-]{36}\$/s0:c\\1,c\\2/p' /var/lib/secctr/mcs")" "$level"
is "there is no second scope" "$(as_root "systemctl is-active secctr-$id.scope; true")" inactive

# ---- what may not be asked for
made() { # FILTER of jq: a bundle with it
	as_root "rm -rf /root/engine/b; mkdir -p /root/engine/b; cd /root/engine/b; secctr-runtime spec
		jq '.root.path = \"/var/lib/containers/storage/overlay\" | $1' config.json >new && mv new config.json
		secctr-runtime ${2-} create --bundle . ${3-t1}"
}
process='.process.selinuxLabel = "system_u:system_r:secctr_container_net_t:'
refused "its id once more" "container $id: exists" made "$process$level\"" '' "$id"
is "and it keeps its pair" "$(as_root "grep -c '^$id [0-9]* [0-9]* 0 ' /var/lib/secctr/mcs")" 1
as_root touch /root/engine/looked
refused "no label of the process, and one of its files" "none of the process: the engine asks for one that SELinux does not confine" \
	made '.linux.mountLabel = "system_u:object_r:secctr_container_file_t:s0:c1022,c1023"'
refused "a type" "selinux.type: unconfined_t is not an allowed type (AllowTypes= at /etc/secctr/policy.d/oci-engine.policy:" \
	made '.process.selinuxLabel = "system_u:system_r:unconfined_t:s0:c1,c2"'
refused "a level that reaches others" "selinux.level: the level s0:c0.c1023 was asked for" made "$process"'s0:c0.c1023"'
refused "files of another" "has not the level of the process" \
	made "$process"'s0:c1,c2" | .linux.mountLabel = "system_u:object_r:secctr_container_file_t:s0:c1,c3"'
refused "a type of files" "selinux.fileLabel: etc_t is not an allowed type of files (AllowFileTypes=" \
	made "$process"'s0:c1,c2" | .linux.mountLabel = "system_u:object_r:etc_t:s0:c1,c2"'
refused "a path of systemd's driver without it" "linux.cgroupsPath: SLICE:PREFIX:NAME is for systemd's driver" \
	made '.linux.cgroupsPath = "machine.slice:libpod:x"'
refused "systemd's driver with a path" "linux.cgroupsPath of config.json is a path" made '.linux.cgroupsPath = "/machine.slice/x"' --systemd-cgroup
refused "a slice that is not the engine's" "resources.cgroupParent: /system.slice is not an allowed cgroup parent" \
	made '.linux.cgroupsPath = ":libpod:x"' --systemd-cgroup
as_root 'secctr run -d --name ours secctr/default sleep 300 >/dev/null'
ours=$(as_root 'ps -o label --no-headers -p $(secctr inspect -f "{{.State.Pid}}" ours)' | cut -d: -f4-)
refused "the pair of a container of secctr" "is that of container" made "$process$ours\""
as_root 'secctr rm -f -t 0 ours >/dev/null'
refused "its pair afterwards" "was less than the retention time ago that of container" made "$process$ours\""
is "nothing of it is left" "$(as_root 'secctr-runtime list -q | grep -x t1; find /sys/fs/cgroup -name "secctr-*.scope"')" ""

# ---- both sides
ends=0
wait "$secctr_side" || ends=$?
wait "$crun_side" || ends=$?
is "both sides come to their end" "$ends" 0
while read -r name rest; do
	is "podman $name" "$rest" "$(sed -n "s/^$name //p" "$T_TMP/crun")"
done <"$T_TMP/secctr"
is "crun gave as many answers" "$(wc -l <"$T_TMP/crun")" "$(wc -l <"$T_TMP/secctr")"
is "the scope is gone" "$(as_root "systemctl is-active libpod-$id.scope; ls -d /sys/fs/cgroup$scope 2>/dev/null; true")" inactive
is "and the pair is kept for a while" "$(as_root "grep -cE '^$id [0-9]+ [0-9]+ [1-9][0-9]* ' /var/lib/secctr/mcs")" 1
nok "its state is gone" as_root secctr-runtime state "$id"

audit_since "$mark" -m VIRT_CREATE,VIRT_CONTROL,VIRT_MACHINE_ID,VIRT_DESTROY,USER_CMD >"$T_TMP/records"
record() { grep -E "vm=\"${id:0:12}\"" "$T_TMP/records" | grep -qE "$1"; }
ok "alice created it" record "type=VIRT_CREATE .* auid=$alice .*op=create reason=oci"
ok "under that label" record "type=VIRT_MACHINE_ID .* auid=$alice .*vm-ctx=$label img-ctx=system_u:object_r:secctr_container_file_t:$level"
ok "started it" record "auid=$alice .*op=start reason=oci"
ok "ran a command in it" record "auid=$alice .*op=exec"
ok "paused and resumed it" record "auid=$alice .*op=unpause"
ok "it ended" record "auid=$alice .*op=stop"
ok "and was removed" record "type=VIRT_DESTROY .* auid=$alice"
is "SELinux denied our programs nothing" "$(own_denials "$mark")" ""
is "and podman's containers nothing" "$(audit_since "$mark" -m AVC | grep -E "scontext=[^ ]*:secctr_container" || true)" ""
as_root 'bash /root/engine/prepare undo'
