# SPDX-License-Identifier: Apache-2.0
# secctr run --userns container:NAME and ns:PATH: who may join a user name space, what is shared then, and what is not.
load lib

setup_file() {
	make_place
	secctr load -q -i "$SECCTR_WORK/default.tar" >/dev/null
	give_subids
}
teardown_file() { take_subids; }
setup() {
	wide='[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n[Network]\nAllowModes=host container path\n[Filesystem]\nReadOnlyRoot=no\nAllowVolumes=*\n'
	wide+='[Process]\nAllowHostNamespaces=pid ipc\nAllowContainerNamespaces=user pid ipc uts\nAllowNamespacePaths=user ipc\nCapabilityBoundingSet=CAP_NET_ADMIN CAP_SYS_PTRACE CAP_KILL CAP_SYS_ADMIN\n'
	printf '%bAllowHostIDs=500000-599999\n' "$wide" | policy wide
	printf '%b' "$wide" | policy join
	printf '%bAllowHostIDs=300000-599999\n' "$wide" | policy paths
}
teardown() {
	umount "$PLACE"/ns-* 2>/dev/null || true
	remove_all
}

map() { echo 'set -- $(cat /proc/self/uid_map); echo "$@"'; }
joins() { prints join "$@"; } # WANTED OPTIONS... -- COMMAND

@test "another container's: its ids, its name spaces, and a mount name space of its own" {
	start --policy wide --userns auto --name a "$BUSY" sleep 100
	row "name space"; joins "$(ns_of a user)" --userns container:a -- readlink /proc/self/ns/user
	row "ids"; joins '0 300000 65536' --userns container:a -- sh -c "$(map)"
	row "user"; joins 7:8 --userns container:a --user 7:8 -- sh -c 'echo $(id -u):$(id -g)'
	row "files"; joins '0 0 0 0' --userns container:a -- sh -c 'set -- $(stat -c %u / /dev /dev/null /dev/pts); echo "$@"'
	row "its own processes"; joins 1 --userns container:a -- sh -c 'echo $$'
	row "login uid of who typed it"; start --policy join --userns container:a --name b "$BUSY" sleep 100
	same "$(cat "/proc/$(pid_of b)/loginuid")" 1000
	row "uid on the host"; same "$(awk '/^Uid:/ { print $2 }' "/proc/$(pid_of b)/status")" 300000
	row "what its policy gives it"; same "$(awk '/^Cap(Eff|Prm|Bnd)/ { print $2 }' "/proc/$(pid_of b)/status" | sort -u)" 0000000000281020
	row "no new privileges"; same "$(awk '/^NoNewPrivs/ { print $2 }' "/proc/$(pid_of b)/status")" 1
	row "other name spaces"; for kind in mnt pid net ipc uts cgroup; do unlike "$(ns_of b $kind)" "^$(ns_of a $kind | sed 's/[][]/./g')$"; done
	row "exec"; same "$(secctr exec --user 9 b id -u)" 9
	row "exec, terminal"; try script -qec "$BIN/secctr --root $STORE --runroot $RUN exec -t b stat -c %u /dev/pts/0" /dev/null
	same "$status $(tr -d '\r' <<<"$out")" "0 0"
	row "terminal"; try script -qec "$BIN/secctr --root $STORE --runroot $RUN run --rm -t --policy join --userns container:a --user 7 --rootfs $BUSY stat -c %u /dev/pts/0 /dev/console" /dev/null
	same "$(tr -d '\r' <<<"$out")" $'7\n7'
	row "image"; try_secctr run --rm --policy join --userns container:a secctr/default sh -c 'echo x >/new; stat -c %u:%g /new /bin'; same "$out" $'0:0\n0:0' "owners ($err)"
	row "volume"; try_secctr run --rm --policy join --userns container:a -v data:/mnt --rootfs "$BUSY" sh -c 'echo x >/mnt/f; stat -c %u /mnt/f'; same "$out" 0 "owner ($err)"
	same "$(stat -c %u "$STORE/volumes/data/_data/f")" 0 "owner on the disk"
	row "inspect"; same "$(secctr inspect b | jq -r '.[0].HostConfig.UsernsMode')" "container:$(secctr inspect a | jq -r '.[0].Id')"
	row "who joined is joined"; joins "$(ns_of a user)" --userns container:b -- readlink /proc/self/ns/user
	secctr rm -f -t 0 a b >/dev/null; secctr volume rm data >/dev/null
	rows_done
}

@test "its other name spaces, if they belong to it" {
	start --policy wide --userns auto --network host --name h "$BUSY" sleep 100
	start --policy wide --userns auto:size=1000 --name a "$BUSY" sleep 100
	start --policy wide --name plain "$BUSY" sleep 100
	row "all"; joins "$(ns_of a net) $(ns_of a ipc) $(ns_of a uts) $(ns_of a pid)" --userns container:a --network container:a --ipc container:a --uts container:a --pid container:a \
		-- sh -c 'cd /proc/self/ns; echo $(readlink net) $(readlink ipc) $(readlink uts) $(readlink pid)'
	row "sees its processes"; joins 1 --userns container:a --pid container:a -- sh -c 'ps | grep -c "[s]leep 100"'
	row "sysfs shows its network"; joins lo --userns container:a --network container:a -- ls /sys/class/net
	row "host network"; joins "$(readlink /proc/self/ns/net)" --userns container:a --network host -- readlink /proc/self/ns/net
	row "its network is the host's"; refused_run 125 'network name space of [0-9a-f]+ does not belong to the user name space' --policy join --userns container:h --network container:h --rootfs "$BUSY" true
	row "another container's"; refused_run 125 'the pid name space must be its own too, or be joined with it' --policy join --userns container:a --pid container:plain --rootfs "$BUSY" true
	row "another's network"; refused_run 125 'network name space is not joined together' --policy join --userns container:a --network container:plain --rootfs "$BUSY" true
	row "host processes"; refused_run 125 'the pid name space must be its own too' --policy join --userns container:a --pid host --rootfs "$BUSY" true
	row "its network, with the host's ids"; joins "$(ns_of a net)" --network container:a -- readlink /proc/self/ns/net
	row "the host's is the host's"; joins "$(readlink /proc/self/ns/user)" --userns container:plain -- readlink /proc/self/ns/user
	rows_done
}

@test "its network with ids of one's own: entered and seen, and not changed" {
	start --policy wide --userns auto:size=1000 --name a "$BUSY" sleep 100
	start --policy wide --name plain "$BUSY" sleep 100
	ours() { joins "$1" --userns auto:size=1000 "${@:2}"; }
	for of in a plain; do
		row "$of"; ours "$(ns_of $of net)" --network container:$of -- readlink /proc/self/ns/net
		row "$of, ids"; ours '0 301000 1000' --network container:$of -- sh -c "$(map)"
		row "$of, sysfs shows it"; ours lo --network container:$of -- ls /sys/class/net
		row "$of, sysfs cannot be written"; ours 1 --network container:$of -- sh -c 'echo 1400 2>/dev/null >/sys/class/net/lo/mtu; echo $?'
		row "$of, no say in it"; try_secctr run --rm --policy join --userns auto:size=1000 --network container:$of --cap-add NET_ADMIN --rootfs "$BUSY" ip link set lo down
		like "$err" 'not permitted'
	done
	row "its other name spaces are its own"; start --policy join --userns auto:size=1000 --network container:plain --name b "$BUSY" sleep 100
	for kind in user mnt pid ipc uts cgroup; do unlike "$(ns_of b $kind)" "^$(ns_of plain $kind | sed 's/[][]/./g')$"; done
	row "exec"; same "$(secctr exec b sh -c 'id -u; readlink /proc/self/ns/net')" $'0\n'"$(ns_of plain net)"
	row "a terminal"; try script -qec "$BIN/secctr --root $STORE --runroot $RUN run --rm -t --policy join --userns auto:size=10 --network container:a --rootfs $BUSY cat /proc/self/uid_map" /dev/null
	like "$out" '^ +0 +302000 +10'
	row "start again"; secctr stop -t 0 b >/dev/null; secctr start b >/dev/null 2>&1; same "$(ns_of b net)" "$(ns_of plain net)"
	row "we are where we were"; same "$(readlink "/proc/$(secctr inspect b | jq -r '.[0].State.ConmonPid')/ns/net")" "$(readlink /proc/self/ns/net)"
	row "sysctls of it"; refused_run 125 "another container's" --policy join --userns auto:size=10 --network container:a --sysctl net.ipv4.ip_forward=1 --rootfs "$BUSY" true
	row "by path"; touch "$PLACE/ns-net"; mount --bind "/proc/$(pid_of a)/ns/net" "$PLACE/ns-net"
	ours "$(ns_of a net)" --network "ns:$PLACE/ns-net" -- readlink /proc/self/ns/net
	row "policy"; refused_run 125 'network: container is not an allowed mode' --userns auto:size=10 --network container:a --rootfs "$BUSY" true
	row "nobody who may not exec"; secctr pause plain >/dev/null; refused_run 125 'paused' --policy join --userns auto:size=10 --network container:plain --rootfs "$BUSY" true
	secctr unpause plain >/dev/null
	rows_done
}

@test "who may: the policy of both, and the ids that it allows" {
	start --policy wide --userns auto --name a "$BUSY" sleep 100
	start --policy wide --uidmap 0:500000:1000 --name named "$BUSY" sleep 100
	start --policy wide --userns auto:size=100,uidmapping=2000:500005:1 --name part "$BUSY" sleep 100
	row "default"; refused_run 125 'may not be another container.s .AllowContainerNamespaces=' --userns container:a --rootfs "$BUSY" true
	row "named ids"; refused_run 125 'uids 500000 to 500999 of the host may not be mapped' --policy join --userns container:named --rootfs "$BUSY" true
	row "a part of them"; refused_run 125 'uids 500005 to 500005 of the host may not be mapped' --policy join --userns container:part --rootfs "$BUSY" true
	row "allowed"; try_secctr run --rm --policy wide --userns container:named --rootfs "$BUSY" sh -c "$(map)"; same "$out" '0 500000 1000' "ids ($err)"
	row "required"; printf '[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n[Process]\nRequireUserNamespace=yes\nAllowContainerNamespaces=user\n' | policy required
	try_secctr run --rm --policy required --userns container:a --rootfs "$BUSY" true; same "$status" 0 "status ($err)"
	start --policy wide --name plain "$BUSY" sleep 100
	refused_run 125 'a user name space is required' --policy required --userns container:plain --rootfs "$BUSY" true
	row "user"; refused_run 125 'user 1000:0: not in the container' --policy wide --user 1000 --userns container:named --rootfs "$BUSY" true
	row "a map of one's own"; refused_run 125 'together with --uidmap' --policy join --userns container:a --uidmap 0:500000:1 --rootfs "$BUSY" true
	row "not there"; refused_run 125 'no container' --policy join --userns container:nosuch --rootfs "$BUSY" true
	row "record"; audit_mark
	try_secctr run --rm --name rec --policy join --userns container:a --rootfs "$BUSY" true
	audit_has "resrc=idmap .*uid-map=0:300000:65536 gid-map=0:300000:65536 path=\"container:$(secctr inspect a | jq -r '.[0].Id')\"" || bad "no record of the ids"
	audit_has_rule AllowContainerNamespaces=user || bad "no word of it in the record of the decision"
	row "explain"; try_secctr policy explain --policy join --userns container:a --rootfs "$BUSY" true; same "$status" 0 "status ($out$err)"
	row "explain, ids"; try_secctr policy explain --policy join --userns container:named --rootfs "$BUSY" true; same "$status" 1; like "$out" 'DENIED +ns.user .*uids 500000 to 500999'
	row "paused"; secctr pause a >/dev/null
	refused_run 125 'paused' --policy join --userns container:a --rootfs "$BUSY" true
	secctr unpause a >/dev/null
	row "stopped"; secctr stop -t 0 a >/dev/null
	refused_run 125 'user name space: container a is not running' --policy join --userns container:a --rootfs "$BUSY" true
	row "explain, stopped"; try_secctr policy explain --policy join --userns container:a --rootfs "$BUSY" true; like "$err" 'container a is not running'
	rows_done
}

@test "who may not exec in it may not join it, and explain says so" {
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n[Who]\nAllowLogin=ann\nAllowExec=bob\n' | policy bobs
	start --policy bobs --userns auto --name bobs "$BUSY" sleep 100
	row "run"; refused_run 125 'user name space of [0-9a-f]+: .*AllowExec=' --policy join --userns container:bobs --rootfs "$BUSY" true
	row "explain"; try_secctr policy explain --policy join --userns container:bobs --rootfs "$BUSY" true; same "$status" 1; like "$out" 'DENIED +ns .*AllowExec='
	row "explain, network"; try_secctr policy explain --policy join --network container:bobs --rootfs "$BUSY" true; same "$status" 1; like "$out" 'DENIED +ns .*AllowExec='
	row "explain, json"; same "$(secctr policy explain --json --policy join --userns container:bobs --rootfs "$BUSY" true | jq -c '[.Allowed, [.Reasons[] | select(.Denied)][0].Field]')" '[false,"ns"]'
	rows_done
}

@test "the ids stay away from a third one until both are removed; ids of the ledger are not named by others" {
	start --policy wide --userns auto:size=131072 --name a "$BUSY" sleep 100
	start --policy join --userns container:a --name b "$BUSY" sleep 100
	row "first goes"; secctr rm -f -t 0 a >/dev/null
	refused_run 125 'are free' --policy wide --userns auto:size=6 --rootfs "$BUSY" true
	row "second runs"; same "$(secctr exec b id -u)" 0
	row "named by another"; sed -i 's/^AllowHostIDs=.*/AllowHostIDs=any/' /etc/secctr/policy.d/wide.policy
	refused_run 125 'container [0-9a-f]+ has some of them by --userns auto' --policy wide --uidmap 0:310000:10 --rootfs "$BUSY" true
	row "named with auto"; refused_run 125 'container [0-9a-f]+ has some of them by --userns auto' --policy wide --userns auto:size=10,gidmapping=0:310000:10 --rootfs "$BUSY" true
	row "its own restart"; secctr stop -t 0 b >/dev/null
	try_secctr start b; like "$err" 'user name space: container [0-9a-f]+: No such file'
	row "both gone"; secctr rm b >/dev/null
	try_secctr run --rm --policy wide --userns auto:size=131072 --rootfs "$BUSY" true; same "$status" 0 "status ($err)"
	rows_done
}

@test "start again joins again, what is there by then" {
	start --policy wide --userns auto --name a "$BUSY" sleep 100
	start --policy join --userns container:a --name b "$BUSY" sleep 100
	secctr stop -t 0 a b >/dev/null
	row "not before"; try_secctr start b; like "$err" 'container a is not running'
	row "after"; secctr start a >/dev/null 2>&1; try_secctr start b; same "$status" 0 "status ($err)"
	same "$(ns_of b user)" "$(ns_of a user)"
	rows_done
}

@test "by path: a user name space, not the host's, of ids that the policy allows, and the one that was decided about" {
	start --policy wide --userns auto:size=1000 --name a "$BUSY" sleep 100
	start --policy wide --uidmap 0:500000:1000 --name other "$BUSY" sleep 100
	for kind in user ipc; do
		touch "$PLACE/ns-$kind" "$PLACE/ns-host-$kind"
		mount --bind "/proc/$(pid_of a)/ns/$kind" "$PLACE/ns-$kind"
		mount --bind "/proc/self/ns/$kind" "$PLACE/ns-host-$kind"
	done
	row "joined"; try_secctr run --rm --policy paths --userns "ns:$PLACE/ns-user" --rootfs "$BUSY" sh -c "readlink /proc/self/ns/user; $(map)"
	same "$out" "$(ns_of a user)"$'\n0 300000 1000' "name space ($err)"
	row "with another of it"; try_secctr run --rm --policy paths --userns "ns:$PLACE/ns-user" --ipc "ns:$PLACE/ns-ipc" --rootfs "$BUSY" readlink /proc/self/ns/ipc
	same "$out" "$(ns_of a ipc)" "name space ($err)"
	row "with one that is not"; refused_run 125 'ipc name space .* does not belong to the user name space' --policy paths --userns "ns:$PLACE/ns-user" --ipc "ns:$PLACE/ns-host-ipc" --rootfs "$BUSY" true
	row "record"; audit_mark
	try_secctr run --rm --policy paths --userns "ns:$PLACE/ns-user" --rootfs "$BUSY" true
	audit_has "resrc=idmap .*path=\"path:$PLACE/ns-user\"" || bad "no record"
	row "default"; refused_run 125 'may not be one that exists .AllowNamespacePaths=' --userns "ns:$PLACE/ns-user" --rootfs "$BUSY" true
	row "ids"; refused_run 125 'uids 300000 to 300999 of the host may not be mapped' --policy wide --userns "ns:$PLACE/ns-user" --rootfs "$BUSY" true
	row "the host's"; refused_run 125 'is the host.s user name space: --userns host' --policy paths --userns "ns:$PLACE/ns-host-user" --rootfs "$BUSY" true
	row "other kind"; refused_run 125 'is no user name space' --policy paths --userns "ns:$PLACE/ns-ipc" --rootfs "$BUSY" true
	row "no name space"; refused_run 125 'is no user name space' --policy paths --userns "ns:$PLACE/subids" --rootfs "$BUSY" true
	row "a number"; refused_run 125 'process numbers are reused' --policy paths --userns ns:/proc/1/ns/user --rootfs "$BUSY" true
	row "not there"; refused_run 125 'No such file' --policy paths --userns ns:/nosuch --rootfs "$BUSY" true
	row "nobody in it"; secctr rm -f -t 0 a >/dev/null
	try_secctr run --rm --policy paths --userns "ns:$PLACE/ns-user" --rootfs "$BUSY" sh -c "$(map)"; same "$out" '0 300000 1000' "ids ($err)"
	rows_done
}

@test "a root inside cannot put a name space of its choice in its place" {
	printf '%bSystemCallFilter=@container-default @namespaces\n' "$wide" | policy nests
	start --policy nests --userns auto --name a "$BUSY" unshare -U sleep 100
	for _ in {1..100}; do
		[ -n "$(cat "/proc/$(pid_of a)/uid_map")" ] || break
		sleep 0.05
	done
	row "it is in one"; same "$(cat "/proc/$(pid_of a)/uid_map")" ""
	row "join"; refused_run 125 'is none that the launcher made' --policy join --userns container:a --rootfs "$BUSY" true
	row "with its network"; refused_run 125 'is none that the launcher made' --policy join --userns container:a --network container:a --rootfs "$BUSY" true
	rows_done
}
