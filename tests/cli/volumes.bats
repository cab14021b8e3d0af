# SPDX-License-Identifier: Apache-2.0
# secctr volume, and run with named volumes: what is made, shared, refused and recorded.
load lib

setup_file() {
	make_place
	policy volumes <<-END
		[Image]
		AllowRootfs=/var/lib/machines
		[Filesystem]
		AllowVolumes=data* other
		[SELinux]
		Require=if-enabled
	END
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
	for i in $(seq 64); do labels+=(-l "k$i=v"); done
	row "64 labels"; try_secctr volume create "${labels[@]}" many; same "$status" 0
	row "65 labels"; try_secctr volume create "${labels[@]}" -l k65=v more; same "$status" 125; like "$err" 'more than 64 labels'
	rows_done
}

@test "run -v NAME: made once, kept, shared, in the views and in the records" {
	row "made and written"; audit_mark; with -v data:/mnt "$BUSY" sh -c 'echo kept >/mnt/file'; same "$status" 0; same "$err" ""
	audit_has 'type=VIRT_CREATE .*op=volume-create .*path="data"' || bad "no record of the volume"
	audit_has 'type=VIRT_RESOURCE .*resrc=disk .*new-disk="data".*dir="/mnt" mode=rw' || bad "no record of the mount"
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
	row "default policy"; refused_run 125 'AllowVolumes= at built-in' -v data:/mnt --rootfs "$BUSY" true
	row "the path of a volume"; no 'BindPaths=' -v "$STORE/volumes:/mnt"
	row "dev"; no 'AllowMountOptions=' -v data:/mnt:dev
	row "bad name"; no 'volume name' -v 'a b:/mnt'
	row "dots"; no 'volume source' -v '../x:/mnt'
	row "anonymous"; no 'without a name' -v /mnt
	row "mount without a source"; no 'source= is needed' --mount type=volume,target=/mnt
	row "files of the image"; no 'give nocopy' -v data2:/bin
	secctr volume exists data2 && bad "it was made"
	row "nocopy"; with -v data2:/mnt -v data3:/etc:nocopy "$BUSY" ls /etc; same "$status $out" "0 "
	row "nocopy, --mount"; with --mount type=volume,src=data4,target=/etc,nocopy "$BUSY" ls /etc; same "$status $out" "0 "
	row "not empty any more"; with -v data2:/mnt "$BUSY" touch /mnt/f; with -v data2:/etc "$BUSY" ls /etc; same "$out" f
	new_root links; rm -rf "$root/mnt"; ln -s /etc "$root/mnt"; mkdir -p "$root/etc"; echo x >"$root/etc/f"
	row "files behind a link"; refused_run 125 'give nocopy' --policy volumes -v data5:/mnt --rootfs "$root" true
	rows_done
}

@test "eight at once make one; a kill leaves none or a whole one" {
	local i made=0 pids=()
	for i in $(seq 8); do
		secctr volume create both >"$BATS_TEST_TMPDIR/$i" 2>/dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do if wait "$i"; then made=$((made + 1)); fi; done
	row "creates"; same "$made" 1
	row "starts"; pids=()
	for i in $(seq 8); do
		secctr run --rm --policy volumes -v datax:/mnt --rootfs "$BUSY" touch "/mnt/$i" >/dev/null 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || bad "a start failed"; done
	same "$(ls "$STORE/volumes/datax/_data" | wc -l)" 8
	row "killed"
	for i in $(seq 30); do
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
