#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 60-systemd.sh - systemd as the first process of a container, under SELinux: it boots to "running", serves a unit, shuts down
# cleanly, and every process in it has its person.
# shellcheck disable=SC2016 # expanded by the guest
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$(dirname "$0")/../containers.sh"

prepare_host
"$T_VM" put "$repo/tests/vm/systemd-image" /root/systemd-image
ok "an image of Debian with systemd" as_root 'bash /root/systemd-image'
mark=$(audit_mark)
# As systemd mounts it. Whoever mounts cgroup2 in the host's cgroup name space (engines of 45-engine.sh do) takes the flags away for all.
flags=nosuid,nodev,noexec,relatime,nsdelegate,memory_recursiveprot
as_root "mount -o remount,$flags /sys/fs/cgroup"

# Waits until systemd inside has started what it starts.
running() {
	as_root 'for i in $(seq 120); do
			s=$(secctr exec sys systemctl is-system-running 2>/dev/null) || true
			[ "$s" != running ] || exit 0
			[ "$s" != degraded ] || break
			sleep 1
		done
		echo "$s"; secctr exec sys systemctl --failed --no-pager; secctr exec sys journalctl -p err --no-pager | tail -n 20; exit 1'
}
payload() { as_root "secctr inspect sys | sed -nE 's/.*\"CgroupPath\": *\"([^\"]*)\".*/\\1/p'"; }

refused "the default policy gives it no control groups" "may not be writable, and systemd needs it: --policy systemd" \
	as alice sudo secctr run --rm debian:systemd
ok "alice starts it, as she would with podman" as alice sudo secctr run -d --name sys --policy systemd -m 256m debian:systemd
ok "systemd comes up: running, nothing failed" running
ok "and again in the middle of its life: exec has a place in its groups" as bob sudo secctr exec sys true
is "its unit has been served" "$(as alice sudo secctr exec sys cat /run/hello)" served
is "units have groups of their own" "$(as_root secctr exec sys cat /proc/1/cgroup)" 0::/init.scope
group=/sys/fs/cgroup$(payload)
is "the limit is above them" "$(as_root cat "$group/memory.max")" $((256 << 20))
nok "and cannot be lifted from inside" as_root secctr exec sys sh -c 'echo max >/sys/fs/cgroup/memory.max'
is "nor has it been" "$(as_root cat "$group/memory.max")" $((256 << 20))
is "what it may write has the container's label, the limit the host's" \
	"$(as_root "stat -c %C $group $group/cgroup.procs $group/init.scope $group/memory.max" | cut -d: -f3 | paste -sd ' ')" \
	"secctr_container_file_t secctr_container_file_t secctr_container_file_t cgroup_t"
is "container_uuid is its machine id" "$(as_root 'secctr exec sys cat /etc/machine-id')" "$(as_root 'secctr inspect sys | sed -nE "s/.*\"Id\": *\"([0-9a-f]{32}).*/\1/p"')"
is "every process in it is alice's" \
	"$(as_root 'for p in $(secctr top sys hpid | tail -n +2); do cat /proc/$p/loginuid; echo; done | sort -u')" $alice
is "and has the type for an init" "$(as_root 'for p in $(secctr top sys hpid | tail -n +2); do cat /proc/$p/attr/current; echo; done' | tr -d '\0' | cut -d: -f3 | sort -u)" secctr_container_init_t
ok "there are several" as_root 'test $(secctr top sys hpid | tail -n +2 | wc -l) -ge 4'
ok "its journal says so" as_root 'secctr exec sys journalctl -b --no-pager | grep -q "Startup finished"'
ok "pause and unpause" as_root 'secctr pause sys && secctr unpause sys && secctr exec sys true'

ok "alice stops it" as alice sudo secctr stop sys
is "it was not killed: systemd halted" "$(as_root 'secctr wait sys')" 0
ok "alice removes it" as alice sudo secctr rm sys
# A hierarchy that contains nothing: whoever may write its own group could lift the limits in it.
# With the source named, or mount(8) keeps the options that are there.
as_root 'mount -t cgroup2 -o remount,nosuid,nodev,noexec,relatime cgroup2 /sys/fs/cgroup'
refused "without nsdelegate it gets no control groups" "mounted without nsdelegate" as alice sudo secctr run --rm --policy systemd debian:systemd
as_root "mount -o remount,$flags /sys/fs/cgroup"

# --- nor does ours take them away
policy hosts <<-'END'
	[Process]
	AllowHostNamespaces=cgroup
	[SELinux]
	Require=enforcing
END
ok "a container with the host's control groups" as alice sudo secctr run --rm --policy hosts --cgroupns host $image grep -q memory /sys/fs/cgroup/cgroup.controllers
ok "leaves the hierarchy's options alone" as_root 'grep -q "cgroup2 .*nsdelegate,memory_recursiveprot" /proc/self/mountinfo'
is "no secctr program ran into a denial" "$(own_denials "$mark")" ""
ok "nothing is left" nothing_left
