# SPDX-License-Identifier: Apache-2.0
# secctr run --userns: ids of the container's own; what they reach, and what refuses them.
load lib

setup_file() {
	make_place
	mkdir "$PLACE/data" && echo hello >"$PLACE/data/f" && chmod 0600 "$PLACE/data/f"
	secctr load -q -i "$SECCTR_WORK/default.tar" >/dev/null
	give_subids
}
teardown_file() { take_subids; }
setup() {
	{
		printf '[Image]\nAllowRootfs=/var/lib/machines\nAllowImageMounts=*/secctr/default:*\n[SELinux]\nRequire=if-enabled\n'
		printf '[Process]\nAllowHostIDs=500000-599999\nAllowHostNamespaces=pid ipc\nCapabilityBoundingSet=CAP_NET_ADMIN CAP_SETUID CAP_DAC_OVERRIDE\n'
		printf '[Filesystem]\nReadOnlyRoot=no\nBindReadOnlyPaths=%s\n[Network]\nAllowModes=host\n' "$PLACE/data"
	} | policy wide
}
teardown() { remove_all; }

inside() { prints wide "$@"; } # WANTED OPTIONS... -- COMMAND

@test "auto: ids from the ledger, its own root, name spaces and files" {
	row "maps"; inside '0 300000 65536' --userns auto -- sh -c 'set -- $(cat /proc/self/uid_map); echo "$@"'
	row "gid map"; inside '0 300000 1000' --userns auto:size=1000 -- sh -c 'set -- $(cat /proc/self/gid_map); echo "$@"'
	row "setgroups"; inside allow --userns auto -- cat /proc/self/setgroups
	row "root"; inside '0:0' --userns auto -- sh -c 'stat -c %u:%g / | head -n 1'
	row "files"; inside '0 0 0 0' --userns auto -- sh -c 'set -- $(stat -c %u / /dev /dev/null /dev/pts); echo "$@"'
	row "user"; inside '7:8' --userns auto --user 7:8 -- sh -c 'echo $(id -u):$(id -g)'
	row "null"; inside '' --userns auto -- sh -c 'echo x >/dev/null'
	row "shm"; inside '' --userns auto -- sh -c 'echo x >/dev/shm/f'
	row "stdout"; inside x --userns auto --user 7 -- sh -c 'echo x >/dev/stdout'
	row "host network"; inside /sys/kernel --userns auto --network host -- ls -d /sys/kernel
	row "terminal"; try script -qec "$BIN/secctr --root $STORE --runroot $RUN run --rm -t --policy wide --userns auto --user 7 --rootfs $BUSY stat -c %u /dev/pts/0 /dev/console" /dev/null
	same "$(tr -d '\r' <<<"$out")" $'7\n7'
	rows_done
}

@test "the overlay of an image is seen through the maps, and keeps ids of inside on the disk" {
	try_secctr run --name img --policy wide --userns auto secctr/default sh -c 'echo a >/new && stat -c %u:%g /new /bin'
	same "$status" 0 "status ($err)"
	same "$out" $'0:0\n0:0' "owners"
	rows_done
}

@test "an image that is mounted: its files by the ids of inside, read-only" {
	image=type=image,source=secctr/default,target=/mnt
	row "auto"; inside $'0:0\n0:0' --userns auto --mount $image -- stat -c %u:%g /mnt /mnt/bin
	row "a map"; inside $'0:0' --uidmap 0:500000:1000 --mount $image -- stat -c %u:%g /mnt/etc/passwd
	row "content"; inside 0 --userns auto --mount $image -- sh -c 'cmp /mnt/bin/busybox /mnt/bin/busybox; echo $?'
	row "not written"; inside 1 --userns auto --mount $image -- sh -c 'touch /mnt/x 2>/dev/null; echo $?'
	row "flags"; inside ro,nosuid,nodev --userns auto --mount $image -- sh -c 'awk "\$2 == \"/mnt\" { print \$4 }" /proc/mounts | cut -d, -f1-3'
	row "twice, and a root of an image"; try_secctr run --rm --policy wide --userns auto --mount $image --mount type=image,source=secctr/default,target=/srv secctr/default sh -c 'stat -c %u /mnt/bin /srv/bin /bin; echo x >/new; cat /new'
	same "$status $out" $'0 0\n0\n0\nx' "output ($err)"
	row "what is joined"; start --policy wide --userns auto --name a "$BUSY" sleep 100
	sed 's/^\[Filesystem\]/AllowContainerNamespaces=user\n&/' /etc/secctr/policy.d/wide.policy | policy joins
	prints joins 0 --userns container:a --mount $image -- stat -c %u /mnt/bin
	row "writable"; refused_run 125 'would be writable' --policy wide --userns auto --mount $image,rw=true --rootfs "$BUSY" true
	row "policy"; refused_run 125 'AllowImageMounts=' --userns auto --mount $image --rootfs "$BUSY" true
	row "the image stays"; try_secctr image exists secctr/default; same "$status" 0
	rows_done
}

@test "maps that were asked for" {
	row "uidmap"; inside '0 500000 1000' --uidmap 0:500000:1000 -- sh -c 'set -- $(cat /proc/self/uid_map); echo "$@"'
	row "gid of uid"; inside '0 500000 1000' --uidmap 0:500000:1000 -- sh -c 'set -- $(cat /proc/self/gid_map); echo "$@"'
	row "both"; inside '0 501000 10' --userns private --uidmap 0:500000:10 --gidmap 0:501000:10 -- sh -c 'set -- $(cat /proc/self/gid_map); echo "$@"'
	row "host root"; refused_run 125 'uids 0 to 0 of the host may not be mapped \(AllowHostIDs=' --policy wide --uidmap 0:0:1 --rootfs "$BUSY" true
	row "one too many"; refused_run 125 'AllowHostIDs=' --policy wide --uidmap 0:599990:11 --rootfs "$BUSY" true
	row "default policy"; refused_run 125 'AllowHostIDs=' --uidmap 0:500000:1000 --rootfs "$BUSY" true
	row "no root"; refused_run 125 'id 0 of the container is in no range' --policy wide --uidmap 1:500000:10 --rootfs "$BUSY" true
	row "tty group"; refused_run 125 'group 5, of terminals' --policy wide --uidmap 0:500000:5 --rootfs "$BUSY" true
	row "user"; refused_run 125 'user 10:0: not in the container' --policy wide --user 10 --uidmap 0:500000:10 --rootfs "$BUSY" true
	row "no map"; refused_run 125 'say which ids' --userns private --rootfs "$BUSY" true
	row "keep-id"; refused_run 125 'keep-id: for containers without root' --userns keep-id --rootfs "$BUSY" true
	row "keep-id, options"; refused_run 125 'keep-id:uid=1,gid=1: for containers without root' --userns keep-id:uid=1,gid=1 --rootfs "$BUSY" true
	row "nomap"; refused_run 125 'nomap: for containers without root' --userns nomap --rootfs "$BUSY" true
	row "no word"; refused_run 125 'host, auto.*container:NAME or ns:PATH' --userns bogus --rootfs "$BUSY" true
	row "two ways"; refused_run 125 'together with --uidmap' --userns auto --uidmap 0:500000:1000 --rootfs "$BUSY" true
	row "signs of later versions"; refused_run 125 'id: "\+0" is not a whole number' --uidmap +0:@500000:1 --rootfs "$BUSY" true
	row "pid host"; refused_run 125 'pid name space must be its own too' --policy wide --userns auto --pid host --rootfs "$BUSY" true
	row "auto option"; refused_run 125 'auto:foo=1: size=N, uidmapping=' --userns auto:foo=1 --rootfs "$BUSY" true
	row "auto, nothing"; refused_run 125 'size=N, uidmapping=' --userns auto: --rootfs "$BUSY" true
	row "auto, too large"; refused_run 125 'size' --userns auto:size=4294967296 --rootfs "$BUSY" true
	row "auto, user"; refused_run 125 'user 1000:0: not in the container' --policy wide --user 1000 --userns auto:size=1000 --rootfs "$BUSY" true
	row "auto, last user"; inside 999 --user 999 --userns auto:size=1000 -- id -u
	row "auto, size 0"; inside '0 300000 65536' --userns auto:size=0 -- sh -c 'set -- $(cat /proc/self/uid_map); echo "$@"'
	row "auto with named ids"; inside '0 300000 5 7 300005 3 5 500005 2' --userns auto:size=10,uidmapping=5:500005:2 -- sh -c 'set -- $(cat /proc/self/uid_map); echo "$@"'
	row "gids likewise"; inside '0 300000 10 2000 500100 10' --userns auto:gidmapping=2000:500100:10,size=10,uidmapping=5:500005:2 -- sh -c 'set -- $(cat /proc/self/gid_map); echo "$@"'
	row "all named"; inside '0 500000 10' --userns auto:size=10,uidmapping=0:500000:10,gidmapping=0:500000:10 -- sh -c 'set -- $(cat /proc/self/gid_map); echo "$@"'
	row "named, policy"; refused_run 125 'uids 1 to 1 of the host may not be mapped' --policy wide --userns auto:uidmapping=0:1:1 --rootfs "$BUSY" true
	row "named twice"; refused_run 125 'ids of another range' --userns auto:uidmapping=0:500000:2,uidmapping=1:500005:1 --rootfs "$BUSY" true
	row "subuidname"; refused_run 125 'AllowHostIDs=' --policy wide --subuidname containers --rootfs "$BUSY" true
	rows_done
}

@test "as many ranges as the kernel has, and no more" {
	ranges() { for i in $(seq 0 $(($1 - 1))); do echo "--uidmap=$i:$((i + ${2:-500000}))"; done; } # COUNT [FIRST]
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n[Process]\nAllowHostIDs=70000-599999\n' | policy many
	row "340"; try_secctr run --rm --policy many $(ranges 340 70000) --gidmap 0:500000:10 --rootfs "$BUSY" sh -c 'wc -l </proc/self/uid_map'
	same "$status $out" "0 340" "ranges ($err)"
	row "record"; audit_mark
	try_secctr run --rm --policy many $(ranges 340 70000) --gidmap 0:500000:10 --rootfs "$BUSY" true
	audit_has 'resrc=idmap .*uid-map=\? uid-map-len=[0-9]+ uid-map-hash=sha256:[0-9a-f]{64} gid-map=0:500000:10' || bad "no record"
	row "341"; refused_run 125 'more than 340 ranges' --policy many $(ranges 341 70000) --gidmap 0:500000:10 --rootfs "$BUSY" true
	row "bytes"; refused_run 125 '340 ranges of ids are 4310 bytes as the kernel reads them, more than 4095' --policy many $(ranges 340) --gidmap 0:500000:10 --rootfs "$BUSY" true
	rows_done
}

@test "two live containers share no id; a removed one gives its ids back; none left is said" {
	start --policy wide --userns auto --name a "$BUSY" sleep 100
	start --policy wide --userns auto --name b "$BUSY" sleep 100
	row "a"; same "$(secctr inspect a | jq -c '.[0].HostConfig.IDMappings.UidMap')" '["0:300000:65536"]'
	row "b"; same "$(secctr inspect b | jq -c '.[0].HostConfig.IDMappings.GidMap')" '["0:365536:65536"]'
	row "N+1"; refused_run 125 'no 6 sub-ids of containers are free' --policy wide --userns auto:size=6 --rootfs "$BUSY" true
	row "explain"; try_secctr policy explain --policy wide --userns auto:size=6 --rootfs "$BUSY" true
	same "$status" 1; like "$out" 'DENIED +ns.user .*no 6 sub-ids of containers are free'
	row "stopped keeps"; secctr stop -t 0 a >/dev/null
	refused_run 125 'are free' --policy wide --userns auto:size=6 --rootfs "$BUSY" true
	row "start again"; secctr start a >/dev/null 2>&1
	same "$(secctr exec a sh -c 'set -- $(cat /proc/self/uid_map); echo $2')" 300000
	row "given back"; secctr rm -f -t 0 a >/dev/null
	inside '0 300000 65536' --userns auto -- sh -c 'set -- $(cat /proc/self/uid_map); echo "$@"'
	rows_done
}

@test "ids that one named are given to nobody while it exists, and named by others if the policy allows" {
	sed 's/^AllowHostIDs=.*/AllowHostIDs=any/' /etc/secctr/policy.d/wide.policy | policy named
	start --policy named --uidmap 0:300000:1000 --gidmap 0:301000:1000 --name n "$BUSY" sleep 100
	row "N"; inside '0 302000 129072' --userns auto:size=129072 -- sh -c 'set -- $(cat /proc/self/uid_map); echo "$@"'
	row "N+1"; refused_run 125 'no 129073 sub-ids of containers are free' --policy wide --userns auto:size=129073 --rootfs "$BUSY" true
	row "named by another"; try_secctr run --rm --policy named --uidmap 0:300999:10 --rootfs "$BUSY" true; same "$status" 0 "status ($err)"
	row "stopped"; secctr stop -t 0 n >/dev/null
	refused_run 125 'no 129073 sub-ids' --policy wide --userns auto:size=129073 --rootfs "$BUSY" true
	row "started again"; secctr start n >/dev/null 2>&1; same "$(secctr exec n sh -c 'set -- $(cat /proc/self/uid_map); echo $2')" 300000
	row "who joins it keeps them"; sed 's/^\[Filesystem\]/AllowContainerNamespaces=user\n&/' /etc/secctr/policy.d/named.policy | policy joins
	start --policy joins --userns container:n --name j "$BUSY" sleep 100
	secctr rm -f -t 0 n >/dev/null
	refused_run 125 'no 129073 sub-ids' --policy wide --userns auto:size=129073 --rootfs "$BUSY" true
	row "given back"; secctr rm -f -t 0 j >/dev/null
	inside '0 300000 131072' --userns auto:size=131072 -- sh -c 'set -- $(cat /proc/self/uid_map); echo "$@"'
	row "parts of auto"; start --policy named --userns auto:size=10,uidmapping=0:300000:10,gidmapping=0:300000:10 --name p "$BUSY" sleep 100
	refused_run 125 'no 131063 sub-ids' --policy wide --userns auto:size=131063 --rootfs "$BUSY" true
	inside '0 300010 131062' --userns auto:size=131062 -- sh -c 'set -- $(cat /proc/self/uid_map); echo "$@"'
	row "a refused one keeps nothing"; refused_run 125 'BindReadOnlyPaths=|BindPaths=' --policy named --uidmap 0:310000:1000 -v /etc:/mnt --rootfs "$BUSY" true
	row "nor one whose name is taken"; before=$(cat "$STORE/idranges")
	refused_run 125 'the name p is in use by container' --policy wide --userns auto:size=10 --name p --rootfs "$BUSY" true
	same "$(cat "$STORE/idranges")" "$before"
	row "nothing is left"; secctr rm -f -t 0 p >/dev/null; same "$(cat "$STORE/idranges")" ""
	rows_done
}

@test "files: volumes are by the ids of inside, binds by idmap, cp and export by those too" {
	mkdir -p "$PLACE/own"; echo h >"$PLACE/own/f"; chmod 0600 "$PLACE/own/f"
	{
		printf '[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n[Process]\nAllowHostIDs=500000-599999\n'
		printf '[Filesystem]\nReadOnlyRoot=no\nAllowVolumes=data etc\nBindPaths=%s\nAllowMountOptions=idmap\n' "$PLACE/own"
	} | policy files
	with() { try_secctr run --rm --policy files "$@"; }
	row "volume"; with --userns auto -v data:/mnt --rootfs "$BUSY" sh -c 'echo x >/mnt/f; chmod 0600 /mnt/f; stat -c %u:%g /mnt /mnt/f'; same "$out" $'0:0\n0:0'
	same "$(stat -c %u "$STORE/volumes/data/_data/f")" 0 "owner on the disk"
	row "another map"; with --uidmap 0:500000:1000 -v data:/mnt --rootfs "$BUSY" cat /mnt/f; same "$out" x
	row "no map"; with -v data:/mnt --rootfs "$BUSY" cat /mnt/f; same "$out" x
	row "filled from the image"; with --userns auto -v etc:/etc secctr/default stat -c %u:%g /etc /etc/passwd; same "$out" $'0:0\n0:0'
	same "$(stat -c %u "$STORE/volumes/etc/_data/passwd")" 0 "owner on the disk"
	row "bind"; with --uidmap 0:500000:1000 -v "$PLACE/own:/mnt" --rootfs "$BUSY" cat /mnt/f; like "$err" 'Permission denied'
	row "bind, idmap"; with --uidmap 0:500000:1000 -v "$PLACE/own:/mnt:idmap" --rootfs "$BUSY" sh -c 'cat /mnt/f; echo new >/mnt/g'; same "$out" h; same "$(stat -c %u "$PLACE/own/g")" 0
	row "idmap without a name space"; refused_run 125 'with a user name space of their own' --policy files -v "$PLACE/own:/mnt:idmap" --rootfs "$BUSY" true
	row "idmap, policy"; refused_run 125 'AllowMountOptions=' --policy wide --userns auto -v "$PLACE/data:/mnt:ro,idmap" --rootfs "$BUSY" true
	row "cp in"; secctr run -d --name d --policy files --uidmap 0:500000:1000 -v data:/mnt secctr/default sleep 100 >/dev/null 2>&1
	try_secctr cp "$PLACE/own/f" d:/root/in; same "$status" 0 "cp ($err)"; same "$(secctr exec d stat -c %u:%g /root/in)" 0:0
	row "cp into a volume"; try_secctr cp "$PLACE/own/f" d:/mnt/in; same "$status" 0 "cp ($err)"; same "$(stat -c %u "$STORE/volumes/data/_data/in")" 0
	row "cp out"; try_secctr cp d:/root/in "$PLACE/out"; same "$status $(stat -c %u "$PLACE/out")" "0 0"
	row "export"; same "$(secctr export d | tar tv --numeric-owner | grep root/in | tr -s ' ' | cut -d' ' -f2)" 0/0
	row "stopped"; secctr stop -t 0 d >/dev/null; try_secctr cp "$PLACE/own/f" d:/root/two; same "$(secctr export d | tar tv --numeric-owner | grep root/two | tr -s ' ' | cut -d' ' -f2)" 0/0
	secctr rm d >/dev/null; try_secctr volume rm data etc; same "$status" 0 "rm ($err)"
	rows_done
}

@test "nothing of the host is reached, the person stays the host's, and exec is inside too" {
	start --policy wide --userns auto --name c -v "$PLACE/data:/data:ro" "$BUSY" sleep 100
	pid=$(pid_of c)
	row "uid on the host"; same "$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")" 300000
	row "login uid on the host"; same "$(cat "/proc/$pid/loginuid")" 1000
	row "login uid inside"; same "$(secctr exec c cat /proc/self/loginuid)" 4294967295
	row "set it"; try_secctr exec c sh -c 'echo 0 >/proc/self/loginuid'
	unlike "$status" '^0$'
	row "after"; same "$(cat "/proc/$pid/loginuid")" 1000
	row "bind"; try_secctr exec c cat /data/f
	like "$err" 'Permission denied'
	row "its owner"; same "$(secctr exec c stat -c %u /data/f)" 65534
	row "exec"; same "$(secctr exec c id -u)" 0
	row "exec user"; same "$(secctr exec --user 9 c id -u)" 9
	row "exec, terminal"; try script -qec "$BIN/secctr --root $STORE --runroot $RUN exec -t c stat -c %u /dev/pts/0" /dev/null
	same "$status $(tr -d '\r' <<<"$out")" "0 0"
	row "exec outside the map"; try_secctr exec --user 65536 c id -u
	like "$err" 'not in the container'
	row "capability here"; inside '' --userns auto --cap-add NET_ADMIN -- ip link set lo down
	row "capability there"; try_secctr run --rm --policy wide --userns auto --network host --cap-add NET_ADMIN --rootfs "$BUSY" ip link set lo down
	like "$err" 'not permitted'
	row "record"; audit_mark
	try_secctr run --rm --name rec --policy wide --userns auto --rootfs "$BUSY" true
	audit_has 'resrc=idmap .*uid-map=0:365536:65536 gid-map=0:365536:65536' || bad "no record"
	row "report"; like "$(secctr report --container rec -i "$AUDIT_LOG" 2>&1)" "resource idmap.*0:365536:65536"
	rows_done
}
