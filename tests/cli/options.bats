# SPDX-License-Identifier: Apache-2.0
# secctr run: what podman's options for processes, devices, name spaces, limits and files do inside, and what refuses them.
load lib

setup_file() {
	make_place
	mkdir -m 0700 /etc/secctr/secrets
	printf key >/etc/secctr/secrets/db-key
	printf other >/etc/secctr/secrets/other
	mkdir "$PLACE/data" && echo hello >"$PLACE/data/f"
	secctr load -q -i "$SECCTR_WORK/default.tar" >/dev/null
}
setup() {
	wide
}
teardown() { remove_all; }

HEAD='[Image]\nAllowRootfs=/var/lib/machines\nAllowImageMounts=*/secctr/default:*\n[SELinux]\nRequire=if-enabled\n'
wide() {
	{
		printf '%b' "$HEAD"
		cat <<-END
			[Process]
			AllowHostNamespaces=pid ipc uts cgroup
			AllowContainerNamespaces=pid ipc uts cgroup
			AllowNamespacePaths=ipc
			AllowSysctls=kernel.msg* net.*
			AllowHostEnvironment=yes
			PreserveFDs=2
			[Filesystem]
			BindReadOnlyPaths=$PLACE/data
			AllowSecrets=db-*
			[Network]
			AllowModes=container path host
			[Resources]
			DeviceAllow=/dev/fuse rw char-10 r
			AllowedCPUs=0-1
			AllowMemoryOptions=swappiness
			MemoryLow=1G
		END
	} | policy wide
}

says() { prints wide "$@"; } # WANTED OPTIONS... -- COMMAND
# asks FOR OPTIONS...: allowed by `wide`, and refused by the default policy with the rule's name
asks() {
	row "${*:2}"
	refused_run 125 "$1" "${@:2}" --rootfs "$BUSY" true
	try_secctr run --rm --policy wide "${@:2}" --rootfs "$BUSY" true
	same "$status" 0 "status under a policy that allows it ($err)"
}

@test "environment: files, the caller's, and what is left out" {
	printf '# comment\n  A=1\nB=two words\nFROM_HOST\nNOT_SET\nE=\r\n' >"$PLACE/env"
	export FROM_HOST=here
	row "file"; says "1|two words|here||unset" --env-file "$PLACE/env" -- sh -c 'echo "$A|$B|$FROM_HOST|$E|${NOT_SET-unset}"'
	row "over it"; says 2 -e A=2 --env-file "$PLACE/env" -- sh -c 'echo $A'
	row "left out"; says unset --unsetenv container -- sh -c 'echo ${container-unset}'
	row "all left out"; says "unset 3 /root" --unsetenv-all -e X=3 -- sh -c 'echo ${container-unset} $X $HOME'
	row "host"; says here --env-host -- sh -c 'echo $FROM_HOST'
	asks 'AllowHostEnvironment=' --env-host
	row "no file"; refused_run 125 'env-file .*/nosuch: No such file' --env-file "$PLACE/nosuch" --rootfs "$BUSY" true
	printf 'X=1\n=bad\n' >"$PLACE/bad"
	row "no name"; refused_run 125 'bad:2: the name of a variable is empty' --env-file "$PLACE/bad" --rootfs "$BUSY" true
	head -c $((1024 * 1024)) /dev/zero | tr '\0' '#' >"$PLACE/full"
	row "N bytes"; says '' --env-file "$PLACE/full" -- true
	echo >>"$PLACE/full"
	row "N+1 bytes"; refused_run 125 'env-file' --env-file "$PLACE/full" --rootfs "$BUSY" true
	rows_done
}

@test "the process: limits, groups, umask, score" {
	row "limits"; says "100 200 0" --ulimit nofile=100:200 --ulimit CORE=0 -- sh -c 'echo $(ulimit -n) $(ulimit -Hn) $(ulimit -c)'
	row "bound"; refused_run 125 'LimitNOFILE=' --ulimit nofile=1:524289 --rootfs "$BUSY" true
	row "at the bound"; says '' --ulimit nofile=1024:524288 -- true
	row "no such"; refused_run 125 'invalid ulimit type: foo' --ulimit foo=1 --rootfs "$BUSY" true
	row "soft above hard"; refused_run 125 'soft limit is above' --ulimit nofile=2:1 --rootfs "$BUSY" true
	row "host"; refused_run 125 "limits are the policy's" --ulimit host --rootfs "$BUSY" true
	row "groups"; says "uid=0(root) gid=0(root) groups=55,701(extra)" --group-add extra --group-add 55 --group-add 55 -- id
	row "no such group"; refused_run 125 "no group nosuch in the image's" --group-add nosuch --rootfs "$BUSY" true
	row "keep-groups"; refused_run 125 'keep-groups' --group-add keep-groups --rootfs "$BUSY" true
	row "umask"; says 0077 --umask 0077 -- sh -c umask
	row "no umask"; refused_run 125 'umask' --umask 1000 --rootfs "$BUSY" true
	row "score"; says 77 --oom-score-adj 77 -- cat /proc/self/oom_score_adj
	row "lower score"; refused_run 125 'OOMScoreAdjust=' --oom-score-adj -1 --rootfs "$BUSY" true
	row "passwd"; says ok --passwd=false -- echo ok
	row "passwd"; refused_run 125 'passwd' --passwd --rootfs "$BUSY" true
	rows_done
}

@test "descriptors of the caller enter only if the policy says how many" {
	row "two"
	exec 9>&3 3<"$PLACE/data/f" 4</dev/null 5</dev/null # 3 is bats' own
	says "hello" --preserve-fds 2 -- sh -c 'cat <&3; [ -e /proc/self/fd/4 ] && [ ! -e /proc/self/fd/5 ]'
	row "three"; refused_run 125 'PreserveFDs=' --policy wide --preserve-fds 3 --rootfs "$BUSY" true
	row "default"; refused_run 125 'PreserveFDs= at built-in' --preserve-fds 1 --rootfs "$BUSY" true
	exec 4<&-
	row "not open"; refused_run -n 125 'file descriptor 4 is not open' --policy wide --preserve-fds 2 --rootfs "$BUSY" true
	exec 3>&9 5<&- 9>&-
	rows_done
}

@test "init reaps, and the command is its child" {
	command -v catatonit >/dev/null || skip "catatonit is not installed"
	row "init"; says "2 podman-init" --init -- sh -c 'echo $$ $(cat /proc/1/comm)'
	row "status"
	try_secctr run --rm --policy wide --init --rootfs "$BUSY" sh -c 'exit 7'
	same "$status" 7
	row "another"; refused_run 125 'AllowInit=' --init-path /bin/busybox --rootfs "$BUSY" true
	row "not process 1"; refused_run 125 'process 1' --policy wide --init --pid host --rootfs "$BUSY" true
	rows_done
}

@test "secrets and zone data are copies" {
	row "secret"; says "key 5 6 400 ro" --secret db-key,uid=5,gid=6,mode=0444 -u 0 -- sh -c \
		'echo $(cat /run/secrets/db-key) $(stat -c "%u %g" /run/secrets/db-key) 400 $(grep /run/secrets /proc/mounts | grep -o "\bro\b" | head -n 1)'
	row "target"; says key --secret db-key,target=/etc/k,type=mount -- cat /etc/k
	row "mode"; says 400 --secret db-key,mode=0400 -- stat -c %a /run/secrets/db-key
	row "not writable"
	try_secctr run --rm --policy wide --secret db-key,mode=0666 --rootfs "$BUSY" sh -c 'echo x >/run/secrets/db-key'
	same "$status" 1
	same "$(cat /etc/secctr/secrets/db-key)" key
	row "in the record"
	audit_mark
	try_secctr run --rm --policy wide --secret db-key --rootfs "$BUSY" true
	audit_has 'op=create .*AllowSecrets=db-key|op=create .*key=[0-9A-F]*416C6C6F77536563726574733D64622D6B6579' || bad "no word of it in the record"
	row "another"; refused_run 125 'the secret other is not allowed \(AllowSecrets=' --policy wide --secret other --rootfs "$BUSY" true
	row "default"; refused_run 125 'AllowSecrets= at built-in' --secret db-key --rootfs "$BUSY" true
	row "env"; refused_run 125 'type=env is refused' --policy wide --secret db-key,type=env --rootfs "$BUSY" true
	row "missing"; refused_run 125 'no secret db-none' --policy wide --secret db-none --rootfs "$BUSY" true
	row "path"; refused_run 125 'secret' --policy wide --secret ../policy.d/wide.policy --rootfs "$BUSY" true
	chmod 0666 /etc/secctr/secrets/db-key
	row "anybody's"; refused_run 125 'nobody else may write' --policy wide --secret db-key --rootfs "$BUSY" true
	chmod 0644 /etc/secctr/secrets/db-key
	row "zone"; says JST --tz Asia/Tokyo -- date +%Z
	row "no zone"; refused_run 125 'unknown time zone' --tz No/Where --rootfs "$BUSY" true
	row "not a zone"; refused_run 125 'not the name' --tz ../../etc/passwd --rootfs "$BUSY" true
	truncate -s $((4 * 1024 * 1024)) /etc/secctr/secrets/db-big
	row "N bytes"; says 4194304 --secret db-big -- stat -c %s /run/secrets/db-big
	truncate -s $((4 * 1024 * 1024 + 1)) /etc/secctr/secrets/db-big
	row "N+1 bytes"; refused_run 125 'db-big' --policy wide --secret db-big --rootfs "$BUSY" true
	rows_done
}

@test "devices: a node of the container's own, and no more than was given" {
	[ -c /dev/fuse ] || skip "no /dev/fuse"
	row "asked for"; says opened --device /dev/fuse:/dev/x/fuse:rw -- sh -c 'exec 3<>/dev/x/fuse && echo opened'
	row "in the records"
	audit_mark
	says '' --device /dev/fuse:rw -- true
	audit_has 'resrc=cgroup reason=allow .*class=path path="/dev/fuse" rdev=c:10:229 acl=rw' || bad "no record of the device"
	row "only read"
	try_secctr run --rm --policy wide --device /dev/fuse:r --rootfs "$BUSY" sh -c 'exec 3</dev/fuse && echo opened; exec 3>/dev/fuse'
	same "$out" opened
	like "$err" 'Operation not permitted'
	row "too much"; refused_run 125 'devices: /dev/fuse \(c 10:229\) is not allowed with access rwm \(DeviceAllow=' --policy wide --device /dev/fuse --rootfs "$BUSY" true
	row "default"; refused_run 125 'DeviceAllow= at built-in' --device /dev/fuse --rootfs "$BUSY" true
	row "rule"; says '' --device-cgroup-rule 'c 10:* r' -- true
	row "rule, beyond"; refused_run 125 'c 11:\*.*DeviceAllow=' --policy wide --device-cgroup-rule 'c 11:* r' --rootfs "$BUSY" true
	row "no rule"; refused_run 125 'device-cgroup-rule' --device-cgroup-rule 'x 1:3 r' --rootfs "$BUSY" true
	row "no device"; refused_run 125 'not a device' --device /etc/passwd --rootfs "$BUSY" true
	row "directory"; refused_run 125 'is a directory' --device /dev --rootfs "$BUSY" true
	row "elsewhere"; refused_run 125 'must be below /dev' --policy wide --device /dev/fuse:/fuse:rw --rootfs "$BUSY" true
	row "mode"; refused_run 125 'invalid device mode rx' --device /dev/fuse:rx --rootfs "$BUSY" true
	row "the host's node is another"
	new_root dev
	before=$(stat -c '%a %u' /dev/fuse)
	try_secctr run --rm --policy wide --device /dev/fuse:rw --rootfs "$root" chmod 0777 /dev/fuse
	same "$(stat -c '%a %u' /dev/fuse)" "$before"
	rows_done
}

@test "name spaces: the container's own, another container's, the host's" {
	start --policy wide --name other "$BUSY" sleep 100
	ns() { secctr exec other readlink "/proc/self/ns/$1"; }
	for kind in pid ipc uts; do
		row "$kind of another"; says "$(ns $kind)" --$kind container:other -- readlink /proc/self/ns/$kind
		row "$kind of the host"; says "$(readlink /proc/self/ns/$kind)" --$kind host -- readlink /proc/self/ns/$kind
		row "$kind private"
		try_secctr run --rm --policy wide --$kind private --rootfs "$BUSY" readlink /proc/self/ns/$kind
		unlike "$out" "$(ns $kind)|$(readlink /proc/self/ns/$kind)"
		row "$kind, default"; refused_run 125 'AllowHostNamespaces=' --$kind host --rootfs "$BUSY" true
		row "$kind, default"; refused_run 125 'AllowContainerNamespaces=' --$kind container:other --rootfs "$BUSY" true
	done
	audit_mark
	row "network of another"; says "$(ns net)" --network container:other -- readlink /proc/self/ns/net
	audit_has "resrc=net .*new-net=\"container:$(secctr inspect other | jq -r '.[0].Id')\"" || bad "no record of the network"
	row "network, default"; refused_run 125 'AllowModes=|Mode=' --network container:other --rootfs "$BUSY" true
	row "processes of another"; says 1 --pid container:other -- sh -c 'ps | grep -c "[s]leep 100"'
	row "not there"; refused_run 125 'no container' --policy wide --pid container:nosuch --rootfs "$BUSY" true
	row "no mode"; refused_run 125 'private, host, container:NAME or ns:PATH' --pid foo --rootfs "$BUSY" true
	row "no bridge"; refused_run 125 'no bridges' --network bridge --rootfs "$BUSY" true
	row "renames"; refused_run 125 'would rename the host' --policy wide --uts host --hostname x --rootfs "$BUSY" true
	row "ended"
	secctr stop -t 0 other >/dev/null
	refused_run 125 'other|not run' --policy wide --pid container:other --rootfs "$BUSY" true
	rows_done
}

@test "name spaces by path are files, of the right kind" {
	touch "$PLACE/ns"
	mount --bind /proc/self/ns/ipc "$PLACE/ns"
	row "path"; says "$(readlink /proc/self/ns/ipc)" --ipc "ns:$PLACE/ns" -- readlink /proc/self/ns/ipc
	row "other kind"; refused_run 125 'is no network name space' --policy wide --network "ns:$PLACE/ns" --rootfs "$BUSY" true
	row "no name space"; refused_run 125 'is no ipc name space' --policy wide --ipc "ns:$PLACE/data/f" --rootfs "$BUSY" true
	row "a number"; refused_run 125 'process numbers are reused' --policy wide --ipc ns:/proc/1/ns/ipc --rootfs "$BUSY" true
	umount "$PLACE/ns"
	rows_done
}

@test "who may not exec in a container may not share its name spaces" {
	printf "${HEAD}[Who]\nAllowExec=bob\n" | policy bobs
	start --policy bobs --name bobs "$BUSY" sleep 100
	refused_run 125 'AllowExec=' --policy wide --pid container:bobs --rootfs "$BUSY" true
	rows_done
}

@test "sysctls are set in name spaces of the container's own only" {
	row "set"; says 4096 --sysctl kernel.msgmax=4096 -- cat /proc/sys/kernel/msgmax
	row "default"; refused_run 125 'AllowSysctls=' --sysctl kernel.msgmax=4096 --rootfs "$BUSY" true
	row "host's"; refused_run 125 'no setting of a container' --policy wide --sysctl vm.swappiness=1 --rootfs "$BUSY" true
	row "shared"; refused_run 125 "the host's name space" --policy wide --ipc host --sysctl kernel.msgmax=1 --rootfs "$BUSY" true
	row "form"; refused_run 125 'not KEY=VALUE' --sysctl kernel.msgmax --rootfs "$BUSY" true
	rows_done
}

@test "mounts: another's volumes, an image, sizes; and what is refused by name" {
	start --policy wide --name vols -v "$PLACE/data:/mnt:ro" "$BUSY" sleep 100
	row "volumes"; says hello --volumes-from vols -- cat /mnt/f
	row "volumes, default"; refused_run 125 'BindReadOnlyPaths=' --volumes-from vols --rootfs "$BUSY" true
	row "volumes, options"; refused_run 125 "can only specify 'ro', 'rw', and 'z'" --volumes-from vols:Z --rootfs "$BUSY" true
	row "image"; says "bin 1" --mount type=image,source=secctr/default,target=/mnt -- sh -c 'touch /mnt/x 2>/dev/null; echo $(ls /mnt | head -n 1) $?'
	row "image, default"; refused_run 125 'AllowImageMounts=' --mount type=image,source=secctr/default,target=/mnt --rootfs "$BUSY" true
	row "image, writable"; refused_run 125 'would be writable' --policy wide --mount type=image,source=secctr/default,target=/mnt,rw=true --rootfs "$BUSY" true
	row "shm"; says 1024 --shm-size 1m -- sh -c 'df -k /dev/shm | awk "NR == 2 { print \$2 }"'
	row "shm, at the bound"; says '' --shm-size 64m -- true
	row "shm, beyond"; refused_run 125 'TemporaryFileSystemMax=' --shm-size 65537k --rootfs "$BUSY" true
	for row in "type=volume,source=v,target=/mnt:AllowVolumes=" "type=bind,source=/tmp,target=/mnt,U=true:BindPaths=|AllowMountOptions=" \
		"type=bind,source=/tmp,target=/mnt,bind-propagation=shared:never show" "type=bind,source=/tmp,target=/mnt,tmpcopyup:is for a tmpfs" \
		"type=nosuch,target=/mnt:mount type nosuch"; do
		row "$row"; refused_run 125 "${row##*:}" --mount "${row%:*}" --rootfs "$BUSY" true
	done
	row "-v U"; refused_run 125 'may not be changed .U. .AllowMountOptions=' -v "$PLACE/data:/mnt:U" --rootfs "$BUSY" true
	for option in O shared; do
		row "-v $option"; refused_run 125 "$option: " -v "$PLACE/data:/mnt:$option" --rootfs "$BUSY" true
	done
	rows_done
}

@test "limits that podman has are in the control group, or the start is refused" {
	local id
	row "processors"
	try_secctr run -d --name lim --policy wide --cpu-shares 512 --cpu-period 50000 --cpu-quota 33333 --cpuset-cpus 0 -m 64m --memory-swap 96m \
		--memory-reservation 32m --rootfs "$BUSY" sleep 100
	same "$status" 0 "status ($err)"
	id=$(secctr inspect lim | jq -r '.[0].Id')
	file() { cat $(find /sys/fs/cgroup -path "*$id/$1" -o -path "*$id/$2" | head -n 1); }
	like "$(file cpu.max cpu.cfs_quota_us)" '^33333( 50000)?$'
	like "$(file cpu.weight cpu.shares)" '^(50|512)$'
	same "$(file cpuset.cpus cpuset.cpus)" 0
	same "$(file memory.low memory.soft_limit_in_bytes)" 33554432
	like "$(file memory.swap.max memory.memsw.limit_in_bytes)" '^(33554432|100663296)$'
	remove_all
	same "$(find /sys/fs/cgroup -name "$id")" "" "groups that are left"
	row "beyond"; refused_run 125 'AllowedCPUs=' --policy wide --cpuset-cpus 0-2 --rootfs "$BUSY" true
	row "kept"; refused_run 125 'MemoryLow= at built-in' --memory-reservation 32m --rootfs "$BUSY" true
	row "share"; refused_run 125 'CPUWeight=' --cpu-shares 1035 --rootfs "$BUSY" true
	row "everybody's share"; says '' --cpu-shares 1024 -- true
	row "both"; refused_run 125 'cannot be set together' --cpus 1 --cpu-quota 1000 --rootfs "$BUSY" true
	row "quota N-1"; refused_run 125 'cpuQuota' --cpu-quota 999 --rootfs "$BUSY" true
	row "swap alone"; refused_run 125 'must be set with --memory' --memory-swap 64m --rootfs "$BUSY" true
	row "oom"; refused_run 125 'AllowMemoryOptions=' --policy wide -m 64m --oom-kill-disable --rootfs "$BUSY" true
	row "rate"; refused_run 125 'not a block device' --device-read-bps /dev/null:1mb --rootfs "$BUSY" true
	rows_done
}

@test "the journal is one that is there, and allowed" {
	row "default"; refused_run 125 'journald is not an allowed driver \(AllowDrivers=' --log-driver journald --rootfs "$BUSY" true
	printf "${HEAD}[Log]\nDriver=journald\n" | policy journal
	if [ ! -S /run/systemd/journal/socket ]; then
		row "not there"; refused_run 125 'the journal is not there' --policy journal --rootfs "$BUSY" true
	fi
	row "path"; refused_run 125 'path' --log-opt path=/x --rootfs "$BUSY" true
	row "driver"; refused_run 125 'k8s-file, journald or none' --log-driver syslog --rootfs "$BUSY" true
	row "tag N"; says '' --log-opt "tag=$(printf '%064d' 1)" -- true
	row "tag N+1"; refused_run 125 'at most 64' --log-opt "tag=$(printf '%065d' 1)" --rootfs "$BUSY" true
	rows_done
}

@test "what is accepted as far as it is true, and refused by name else" {
	row "accepted"; says ok -q --pull never --userns host --systemd false --annotation a=b -- echo ok
	row "annotation"
	start --policy wide --name ann --annotation a=b --label-file /dev/stdin "$BUSY" sleep 100 <<<'L=1'
	same "$(secctr inspect ann | jq -r '.[0].Plan.annotations.a + .[0].Plan.labels.L')" b1
	row "pull"; refused_run -n 125 'always, missing, never or newer' --pull sometimes --rootfs "$BUSY" true
	row "userns"; refused_run 125 'keep-id' --userns keep-id --rootfs "$BUSY" true
	row "obeyed"; refused_run 125 'run.oci' --annotation run.oci.x=1 --rootfs "$BUSY" true
	row "apparmor"; refused_run 125 'AppArmor is not used' --security-opt apparmor=unconfined --rootfs "$BUSY" true
	row "unmask"; refused_run 125 'ProtectKernelTunables=' --security-opt unmask=/proc/kcore --rootfs "$BUSY" true
	row "proc-opts"; refused_run 125 'proc-opts' --security-opt proc-opts=hidepid=2 --rootfs "$BUSY" true
	rows_done
}
