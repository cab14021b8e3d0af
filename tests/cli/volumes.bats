# SPDX-License-Identifier: Apache-2.0
# secctr volume, and run with named volumes: what is made, shared, refused and recorded.
load lib

setup_file() {
	make_place
	policy volumes <<-END
		[Image]
		AllowRootfs=/var/lib/machines
		[Filesystem]
		AllowVolumes=data* other @anonymous
		ReadOnlyRoot=no
		[SELinux]
		Require=if-enabled
	END
	printf '[Filesystem]\nAllowVolumes=*\n' | policy all
	printf '[SELinux]\nRequire=if-enabled\n[Filesystem]\nAllowVolumes=data* @anonymous\n' | policy images
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Filesystem]\nAllowVolumes=data*\n[SELinux]\nRequire=if-enabled\n' | policy named
}
teardown() { remove_all; secctr volume rm -af >/dev/null 2>&1 || :; }

with() { try_secctr run --rm --policy volumes --rootfs "$@"; } # OPTION... DIR COMMAND...
no() { refused_run 125 "$1" --policy volumes "${@:2}" --rootfs "$BUSY" true; }

@test "volume: create, ls, inspect, exists, rm, prune, and their records" {
	row "create"; audit_mark; try_secctr volume create --label a=b one; same "$status $out" "0 one"
	audit_has 'type=VIRT_CREATE .*op=volume-create .*path="one".*res=success' || bad "no record"
	row "again"; audit_mark; try_secctr volume create one; same "$status" 125; like "$err" 'volume with name one already exists'
	same "$(audit_wait 1)" 1 refusals
	row "ignore"; try_secctr volume create --ignore one; same "$status $out" "0 one"
	row "without a name"; try_secctr volume create; like "$out" '^[0-9a-f]{64}$'
	row "ls"; try_secctr volume ls --filter name=one; same "$out" $'DRIVER  VOLUME NAME\nlocal   one'
	row "ls -q, label"; try_secctr volume ls -q --filter label=a=b; same "$out" one
	row "ls, until"; try_secctr volume ls -q --filter until=1h; same "$out" ""
	try_secctr volume ls -q --filter until=now; like "$out" one
	try_secctr volume ls -q --filter until=x; same "$status" 125; like "$err" '--filter until=x: until'
	row "prune, until"; try_secctr volume prune -f --filter until=1h; same "$status $out" "0 "
	row "ls, no label"; try_secctr volume ls -q --filter label=a=c; same "$out" ""
	row "inspect"; same "$(secctr volume inspect one | jq -r '.[0] | "\(.Name) \(.Driver) \(.Labels.a) \(.Mountpoint)"')" "one local b $STORE/volumes/one/_data"
	row "template"; same "$(secctr volume inspect one --format '{{.Name}} {{.Scope}}')" "one local"
	row "exists"; try_secctr volume exists one; same "$status" 0; try_secctr volume exists none; same "$status" 1
	row "rm of none"; audit_mark; try_secctr volume rm none; same "$status" 1; like "$err" 'no volume with name "none" found'
	same "$(audit_wait 1)" 1 refusals
	row "rm"; audit_mark; try_secctr volume rm one; same "$status $out" "0 one"
	audit_has 'type=VIRT_DESTROY .*op=volume-remove .*path="one".*res=success' || bad "no record"
	row "prune"; secctr volume create two >/dev/null; try_secctr volume prune -f; like "$out" two
	same "$(secctr volume ls -q)" ""
	row "refused"; for c in mount unmount; do try_secctr volume $c x; same "$status" 125; like "$err" Mountpoint; done
	try_secctr volume create -o type=tmpfs x; same "$status" 125; like "$err" 'opt is not in secctr'
	try_secctr volume create -d nfs x; same "$status" 125; like "$err" 'local is the only one'
	rows_done
}

@test "volume: hostile names, and the limit of labels" {
	local labels=() name
	for name in '' . .. ../x a/b /etc -x 'a b' $'a\nb' "x' auid=0" "$(printf '%065d' 1)"; do
		row "$name"
		try_secctr volume create -- "$name"; same "$status" 125
		try_secctr volume rm -- "$name"; same "$status" 1
	done
	row "64 letters"; try_secctr volume create "$(printf '%064d' 1)"; same "$status" 0
	for i in {1..64}; do labels+=(-l "k$i=v"); done
	row "64 labels"; try_secctr volume create "${labels[@]}" many; same "$status" 0
	row "65 labels"; try_secctr volume create "${labels[@]}" -l k65=v more; same "$status" 125; like "$err" 'more than 64 labels'
	rows_done
}

@test "run -v NAME: made once, kept, shared, in the views and in the records" {
	row "made and written"; audit_mark; with -v data:/mnt "$BUSY" sh -c 'echo kept >/mnt/file'; same "$status" 0; same "$err" ""
	audit_has 'type=VIRT_CREATE .*op=volume-create .*path="data"' || bad "no record of the volume"
	audit_has 'type=VIRT_RESOURCE .*resrc=disk .*new-disk="'"$STORE"'/volumes/data/_data".*dir="/mnt" mode=rw' || bad "no record of the mount"
	row "kept"; with -v data:/mnt "$BUSY" cat /mnt/file; same "$out" kept
	row "--mount, ro"; with --mount type=volume,src=data,dst=/mnt,ro "$BUSY" sh -c 'cat /mnt/file; echo x >/mnt/x'
	same "$out" kept; like "$err" 'Read-only'
	row "nosuid, nodev"; with -v data:/mnt "$BUSY" grep ' /mnt ' /proc/self/mountinfo; like "$out" 'rw,nosuid,nodev'
	row "views"; start --policy volumes --name user -v data:/mnt:ro "$BUSY" sleep 100
	same "$(secctr inspect user | jq -r '.[0].Mounts[0] | "\(.Type) \(.Name) \(.Source) \(.Destination) \(.Driver) \(.RW)"')" \
		"volume data $STORE/volumes/data/_data /mnt local false"
	same "$(secctr ps --filter volume=data --format '{{.Names}} {{.Mounts}}')" "user /mnt"
	same "$(secctr volume ls -q --filter dangling=true)" ""
	same "$(secctr volume ls -q --filter dangling=false)" data
	row "volumes-from"; with --volumes-from user "$BUSY" cat /mnt/file; same "$out" kept
	row "rm, in use"; audit_mark; try_secctr volume rm data; same "$status" 2; like "$err" 'being used'
	same "$(audit_wait 1)" 1 refusals
	row "prune leaves it"; try_secctr volume prune -f; same "$out" ""; secctr volume exists data || bad gone
	row "start again"; secctr stop -t 0 user >/dev/null; try_secctr start user; same "$status" 0
	row "rm -f takes its users"; try_secctr volume rm -f data; same "$status $out" "0 data"; same "$(secctr ps -aq)" ""
	rows_done
}

@test "run -v NAME: the policy decides, and nothing is copied silently" {
	row "not allowed"; no 'mounts: the volume nope is not allowed \(AllowVolumes= at .*volumes.policy' -v nope:/mnt
	secctr volume exists nope && bad "it was made"
	row "default policy"; refused_run 125 'AllowVolumes= at .*/default.policy:' -v data:/mnt --rootfs "$BUSY" true
	row "the path of a volume"; no 'BindPaths=' -v "$STORE/volumes:/mnt"
	row "dev"; no 'AllowMountOptions=' -v data:/mnt:dev
	row "bad name"; no 'volume name' -v 'a b:/mnt'
	row "dots"; no 'volume source' -v '../x:/mnt'
	row "without a name"; refused_run 125 'a volume without a name on /mnt is not allowed .@anonymous' --policy named -v /mnt --rootfs "$BUSY" true
	row "nocopy"; with -v data2:/mnt -v data3:/etc:nocopy "$BUSY" ls /etc; same "$status $out" "0 "
	row "nocopy, --mount"; with --mount type=volume,src=data4,target=/etc,nocopy "$BUSY" ls /etc; same "$status $out" "0 "
	row "not empty any more"; with -v data2:/mnt "$BUSY" touch /mnt/f; with -v data2:/etc "$BUSY" ls /etc; same "$out" f
	rows_done
}

@test "the image's files are copied into an empty volume: with owners, by descriptor, once, and anew after a kill" {
	new_root src; mkdir -p "$root/data/sub"; echo one >"$root/data/f"; echo two >"$root/data/sub/g"; chown 7:8 "$root/data/f"; chown 0:8 "$root/data"; chmod 0775 "$root/data"
	chmod 4755 "$root/data/sub/g"; ln -s /etc/passwd "$root/data/l"; mkfifo "$root/data/p"; mknod "$root/data/n" c 1 3
	row "copied"; with -v data1:/data "$root" sh -c 'cat /data/f /data/sub/g; stat -c %u:%g:%a /data /data/f /data/sub/g; readlink /data/l'
	same "$out" $'one\ntwo\n0:8:775\n7:8:644\n0:0:755\n/etc/passwd'; like "$err" '2 devices, FIFOs and sockets of the image were left out'
	row "once"; with -v data1:/data "$root" rm /data/f; with -v data1:/data "$root" ls /data; same "$out" $'l\nsub'
	row "emptied, copied again"; with -v data1:/data "$root" sh -c 'rm -rf /data/*'; with -v data1:/data "$root" cat /data/f; same "$out" one
	row "nocopy"; with -v data2:/data:nocopy "$root" ls /data; same "$out" ""
	row "copy is the default's word"; with -v data2:/data:copy "$root" cat /data/f; same "$out" one
	row "no such directory"; with -v data3:/none "$root" ls /none; same "$status $out" "0 "
	row "a file there"; with -v data3:/data/f "$root" true; unlike "$status" '^0$'
	new_root links; rm -rf "$root/mnt"; ln -s /../../../../etc "$root/mnt"; mkdir -p "$root/etc"; echo x >"$root/etc/inner"; ln -s / "$root/host"; ln -s loop "$root/loop"
	row "a link leads into the image alone"; with -v data4:/mnt "$root" ls /mnt; same "$status" 0
	same "$(ls "$STORE/volumes/data4/_data")" $'group\ninner\npasswd'
	row "the image's own top"; with -v data5:/host "$root" true; [ ! -e "$STORE/volumes/data5/_data/var/lib/secctr" ] || bad "of the host"
	row "a loop"; with -v data6:/loop "$root" true; same "$(ls -A "$STORE/volumes/data6/_data")" ""
	row "killed half-way"; new_root src2; mkdir -p "$root/data"; echo one >"$root/data/a"; echo two >"$root/data/b"
	secctr volume create data7 >/dev/null; touch "$STORE/volumes/data7/filling"; echo half >"$STORE/volumes/data7/_data/a"; echo other >"$STORE/volumes/data7/_data/c"
	with -v data7:/data "$root" sh -c 'cat /data/*'; same "$out" $'one\ntwo\nother'
	[ ! -e "$STORE/volumes/data7/filling" ] || bad "the mark is left"
	row "eight at once"; local i pids=()
	for i in {1..8}; do secctr run --rm --policy volumes -v data8:/data --rootfs "$root" cat /data/a /data/b >"$BATS_TEST_TMPDIR/$i" 2>/dev/null & pids+=($!); done
	for i in "${pids[@]}"; do wait "$i" || bad "a start failed"; done
	same "$(cat "$BATS_TEST_TMPDIR"/[1-8] | sort | uniq -c | tr -s ' ')" $' 8 one\n 8 two'
	rows_done
}

@test "volumes without a name: made, kept, and gone with the last container that has them" {
	local name
	names() { secctr volume ls -q; }
	row "run --rm"; audit_mark; with -v /mnt "$BUSY" sh -c 'echo x >/mnt/f; cat /mnt/f'; same "$out" x; same "$(names)" ""
	audit_has 'type=VIRT_CREATE .*op=volume-create' || bad "no record of it"
	audit_has 'type=VIRT_DESTROY .*op=volume-remove' || bad "no record of its end"
	row "--mount"; with --mount type=volume,target=/mnt "$BUSY" touch /mnt/f; same "$status $(names)" "0 "
	row "-d --rm"; secctr run -d --rm --policy volumes -v /mnt --name gone --rootfs "$BUSY" true >/dev/null 2>&1
	for _ in {1..100}; do [ -n "$(secctr ps -aq)$(names)" ] || break; sleep 0.05; done; same "$(names)" ""
	row "rm leaves it"; start --policy volumes --name a -v /mnt "$BUSY" sh -c 'echo kept >>/mnt/f; sleep 100'; name=$(names); like "$name" '^[0-9a-f]{64}$'
	same "$(secctr inspect a | jq -r '.[0].Mounts[0] | "\(.Type) \(.Name) \(.Destination)"')" "volume $name /mnt"
	same "$(secctr volume inspect "$name" | jq -r '.[0].Anonymous')" true
	secctr rm -f -t 0 a >/dev/null; same "$(names)" "$name"; secctr volume rm "$name" >/dev/null
	row "start again has the same"; start --policy volumes --name a -v /mnt "$BUSY" sh -c 'echo kept >>/mnt/f; sleep 100'; secctr stop -t 0 a >/dev/null; secctr start a >/dev/null 2>&1
	for _ in {1..100}; do [ "$(secctr exec a grep -c kept /mnt/f)" != 2 ] || break; sleep 0.05; done; same "$(secctr exec a grep -c kept /mnt/f)" 2
	row "rm -v, another has it"; start --policy volumes --name b --volumes-from a "$BUSY" sleep 100; secctr rm -v -f -t 0 a >/dev/null; same "$(secctr exec b grep -c kept /mnt/f)" 2
	row "rm -v of the last"; secctr rm -v -f -t 0 b >/dev/null; same "$(names)" ""
	row "a volume with a name stays"; secctr volume create data9 >/dev/null; start --policy volumes --name c -v data9:/mnt -v /other "$BUSY" sleep 100; secctr rm -v -f -t 0 c >/dev/null; same "$(names)" data9
	row "a start that fails"; with -v /mnt "$BUSY" /no/such; same "$status" 127; same "$(names)" data9
	row "a name that is taken"; start --policy volumes --name d "$BUSY" sleep 100; try_secctr run --rm --policy volumes --name d -v /mnt --rootfs "$BUSY" true; same "$status $(names)" "125 data9"
	row "not absolute"; no 'must be absolute' -v mnt
	rows_done
}

@test "the volumes that an image asks for: without a name, in memory, or none" {
	secctr import -q -c 'VOLUME /data' -c 'VOLUME /srv/x/' - made:1 < <(tar -C "$BUSY" -c .) >/dev/null
	mounts() { try_secctr run --rm --policy images "$@"; }
	row "default"; mounts made:1 sh -c 'grep -cE " (/data|/srv/x) " /proc/self/mountinfo; echo x >/data/f'; same "$status $out" "0 2"; same "$(secctr volume ls -q)" ""
	row "tmpfs"; mounts --image-volume tmpfs made:1 sh -c 'grep -c " /data .* tmpfs " /proc/self/mountinfo'; same "$out" 1
	row "ignore"; mounts --image-volume ignore made:1 sh -c '! grep " /data " /proc/self/mountinfo'; same "$status" 0
	row "other"; refused_run 125 'bind, tmpfs or ignore' --policy images --image-volume x made:1 true
	row "one that was asked for is in its place"; mounts -v data1:/data made:1 touch /data/f; secctr volume exists data1 || bad "not that one"
	row "one below it stays on top"; mounts -v data1:/data/below made:1 ls /data/below; same "$out" f
	row "default policy"; try_secctr run --rm made:1 true; same "$status" 0
	printf '[SELinux]\nRequire=if-enabled\n' | policy strict
	row "a policy that says nothing"; refused_run 125 'AllowVolumes= at built-in.*|--image-volume=tmpfs or ignore' --policy strict made:1 true
	row "the same, without"; try_secctr run --rm --policy strict --image-volume ignore made:1 true; same "$status" 0
	rows_done
}

@test "volume create and rm: some policy must have the name and let the login in" {
	rm /etc/secctr/policy.d/all.policy
	row "create"; audit_mark; try_secctr volume create one; same "$status" 125; like "$err" 'volume-create: the volume one is not allowed'
	same "$(audit_wait 1)" 1 refusals
	row "without a name"; try_secctr volume create; same "$status" 125
	row "allowed"; try_secctr volume create data1; same "$status" 0
	printf '[Filesystem]\nAllowVolumes=mine\n[Who]\nAllowLogin=root\nAllowStop=any\n' | policy roots
	row "not this login"; try_secctr volume create mine; same "$status" 125; like "$err" 'is not among AllowLogin='
	printf '[Filesystem]\nAllowVolumes=mine\n[Who]\nAllowStop=root\n' | policy roots
	secctr volume create mine >/dev/null
	row "rm, not this login"; try_secctr volume rm mine; same "$status" 125; like "$err" 'is not among AllowStop='; secctr volume exists mine || bad "it is gone"
	row "rm -a"; try_secctr volume rm -a; same "$status $out" "125 data1"
	rm /etc/secctr/policy.d/roots.policy
	row "rm of one that no policy names"; try_secctr volume rm mine; same "$status" 0
	printf '[Filesystem]\nAllowVolumes=data1\n' >/etc/secctr/site.policy
	row "site"; try_secctr volume create data2; same "$status" 125; like "$err" 'site.policy'
	rm /etc/secctr/site.policy
	printf '[Filesystem]\nAllowVolumes=*\n' | policy all
	rows_done
}

@test "eight at once make one; a kill leaves none or a whole one" {
	local i made=0 pids=()
	for i in {1..8}; do
		secctr volume create both >"$BATS_TEST_TMPDIR/$i" 2>/dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do if wait "$i"; then made=$((made + 1)); fi; done
	row "creates"; same "$made" 1
	row "starts"; pids=()
	for i in {1..8}; do
		secctr run --rm --policy volumes -v datax:/mnt --rootfs "$BUSY" touch "/mnt/$i" >/dev/null 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || bad "a start failed"; done
	same "$(ls "$STORE/volumes/datax/_data" | wc -l)" 8
	row "killed"
	for i in {1..30}; do
		"$BIN/secctr" --root "$STORE" --runroot "$RUN" volume create "k$i" >/dev/null 2>&1 &
		sleep "0.00$((RANDOM % 10))"
		kill -9 $! 2>/dev/null || :
		wait $! 2>/dev/null || :
	done
	for i in $(secctr volume ls -q); do secctr volume inspect "$i" >/dev/null || bad "$i is torn"; done
	secctr volume create last >/dev/null
	same "$(ls "$STORE/tmp")" "" "what kills left in tmp"
	rows_done
}
