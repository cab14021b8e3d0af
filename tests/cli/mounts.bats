# SPDX-License-Identifier: Apache-2.0
# secctr run: -v, --mount, --tmpfs: what is bound, how, and what the policy's bounds mean.
load lib

setup_file() {
	make_place
	export SRV=$PLACE/srv
	mkdir -p "$SRV/data/sub" "$SRV/database" "$SRV/ro" "$PLACE/outside"
	echo kept >"$SRV/data/file"
	echo secret >"$PLACE/outside/secret"
	echo secret >"$SRV/database/secret"
	ln -s "$PLACE/outside" "$SRV/data/out"
	ln -s data "$SRV/inner"
	policy mounts <<-END
		[Image]
		AllowRootfs=/var/lib/machines
		[Filesystem]
		BindPaths=$SRV/data
		BindReadOnlyPaths=$SRV/ro
		TemporaryFileSystemMax=8M
		[SELinux]
		Require=if-enabled
	END
}
teardown() { remove_all; }

with() { try_secctr run --rm --policy mounts --rootfs "$@"; } # OPTION... DIR COMMAND...
no() { refused_run 125 "$1" --policy mounts "${@:2}" --rootfs "$BUSY" true; }

@test "-v: a directory of the host, as asked for" {
	row "rw"; with -v "$SRV/data:/mnt" "$BUSY" sh -c 'cat /mnt/file; echo new >/mnt/written'
	same "$out" kept; same "$(cat "$SRV/data/written")" new
	row "ro"; with -v "$SRV/data:/mnt:ro" "$BUSY" sh -c 'echo x >/mnt/x'
	same "$status" 1; like "$err" 'Read-only'
	row "a file"; with -v "$SRV/data/file:/etc/passwd:ro" "$BUSY" cat /etc/passwd; same "$out" kept
	row "nosuid, nodev"; with -v "$SRV/data:/mnt" "$BUSY" grep ' /mnt ' /proc/self/mountinfo
	like "$out" 'rw,nosuid,nodev'
	row "noexec"; cp "$BUSY/bin/busybox" "$SRV/data/prog"
	with -v "$SRV/data:/mnt:noexec" "$BUSY" /mnt/prog true; same "$status" 126
	row "a link is followed on the host, and the target is what counts"; with -v "$SRV/inner:/mnt:ro" "$BUSY" cat /mnt/file; same "$out" kept
	row "two"; with -v "$SRV/data:/mnt:ro" -v "$SRV/data/sub:/run:ro" "$BUSY" ls /mnt; like "$out" file
	row "the record names it"
	audit_mark
	with -v "$SRV/data:/mnt:ro" "$BUSY" true
	audit_has "type=VIRT_RESOURCE .*resrc=disk .*new-disk=.*dir=\"/mnt\" mode=ro" || bad "no record of the mount"
	rows_done
}

@test "-v: not beyond the policy's paths, however they are written" {
	row "other directory"; no 'mounts.*BindPaths=' -v "$PLACE/outside:/mnt"
	row "read-only path, for writing"; no 'mounts.*Bind' -v "$SRV/ro:/mnt"
	row "dots"; no 'mounts.*BindPaths=' -v "$SRV/data/../database:/mnt"
	row "front part only"; no 'mounts.*BindPaths=' -v "$SRV/database:/mnt"
	row "through a link"; no 'mounts.*BindPaths=' -v "$SRV/data/out:/mnt"
	row "the parent"; no 'mounts.*BindPaths=' -v "$SRV:/mnt"
	row "the host's root"; no '.' -v /:/mnt
	row "/etc/shadow"; no 'BindPaths=' -v /etc/shadow:/mnt
	row "/proc"; no '.' -v /proc:/mnt
	row "the store"; no '.' -v "$STORE:/mnt"
	row "default policy has none"; refused_run 125 'mounts.*BindPaths=' -v "$SRV/data:/mnt" --rootfs "$BUSY" true
	row "missing source"; no 'volume source .*none' -v "$SRV/data/none:/mnt"
	row "named volume"; no 'AllowVolumes=' -v vol:/mnt
	row "no target"; no 'a volume without a name on' -v "$SRV/data"
	row "relative target"; no 'target' -v "$SRV/data:mnt"
	row "dots in the target"; no 'target|mount' -v "$SRV/data:/mnt/../etc"
	row "target is /"; no 'target|mount' -v "$SRV/data:/"
	row "over /proc"; no '/proc' -v "$SRV/data:/proc"
	row "below /proc"; no '/proc' -v "$SRV/data:/proc/self"
	row "over /sys"; no '/sys' -v "$SRV/data:/sys/fs"
	row "unknown option"; no 'unknown option nosuch' -v "$SRV/data:/mnt:nosuch"
	row "dev"; no 'AllowMountOptions=' -v "$SRV/data:/mnt:dev"
	row "suid"; no 'AllowMountOptions=' -v "$SRV/data:/mnt:suid"
	row "newline"; no '.' -v "$SRV/data"$'\n'":/mnt"
	row "long"; no '.' -v "$SRV/data/$(printf '%05000d' 0):/mnt"
	rows_done
}

@test "a target that the root file system makes a link stays inside" {
	local canary="$PLACE/canary"
	mkdir -p "$canary"
	for how in absolute relative proc; do
		row "$how"
		new_root targets
		rm -rf "$root/mnt"
		case $how in
		absolute) ln -s "$canary" "$root/mnt" ;;
		relative) ln -s "../../../../../../../../$canary" "$root/mnt" ;;
		proc) ln -s /proc/1/root/tmp "$root/mnt" ;;
		esac
		with -v "$SRV/data:/mnt:ro" "$root" true
		same "$(find "$canary" -mindepth 1 | wc -l)" 0 "entries in the canary"
		[ "$status" -eq 0 ] || same "$status" 125 status
	done
	rows_done
}

@test "--mount: keys and their refusals" {
	row "bind"; with --mount "type=bind,source=$SRV/data,target=/mnt,readonly" "$BUSY" cat /mnt/file; same "$out" kept
	row "bind by short names"; with --mount "type=bind,src=$SRV/data,dst=/mnt,ro=true" "$BUSY" sh -c 'echo x >/mnt/x'; same "$status" 1
	row "tmpfs"; with --mount type=tmpfs,target=/mnt,tmpfs-size=1m "$BUSY" grep ' /mnt ' /proc/self/mountinfo
	like "$out" 'nosuid,nodev,noexec'; like "$out" 'size=1024k'
	row "no type"; no 'type= and target= are needed' --mount target=/mnt
	row "no target"; no 'type= and target= are needed' --mount type=tmpfs
	row "no source"; no 'source= is needed' --mount type=bind,target=/mnt
	row "type"; no 'mount type nosuch' --mount type=nosuch,target=/mnt
	row "unknown key"; no 'unknown' --mount "type=bind,source=$SRV/data,target=/mnt,nosuch=1"
	row "beyond"; no 'BindPaths=' --mount "type=bind,source=$PLACE/outside,target=/mnt"
	row "relabel word"; no 'relabel' --mount "type=bind,source=$SRV/data,target=/mnt,relabel=all"
	rows_done
}

@test "--tmpfs: size and mode, bounded by the policy" {
	row "as asked"; with --tmpfs /mnt:size=1m,mode=700 "$BUSY" sh -c 'stat -c %a /mnt; grep " /mnt " /proc/self/mountinfo'
	like "$out" '^700'; like "$out" 'size=1024k'
	row "bounded in fact"; with --tmpfs /mnt:size=64k "$BUSY" sh -c 'head -c 1000000 /dev/zero >/mnt/x; wc -c </mnt/x'; like "$out" '^65536'
	row "at the bound"; with --tmpfs /mnt:size=8m "$BUSY" true; same "$status" 0
	row "above the bound"; no 'TemporaryFileSystemMax=' --tmpfs /mnt:size=8193k
	row "no size is not endless"; with --tmpfs /mnt "$BUSY" grep ' /mnt ' /proc/self/mountinfo; like "$out" 'size=(8192k|[0-9]+k)'
	row "mode"; no 'mode' --tmpfs /mnt:mode=999
	row "mode of five digits"; no 'mode' --tmpfs /mnt:mode=77777
	row "option"; no 'unknown option' --tmpfs /mnt:nosuch
	row "size"; no 'size' --tmpfs /mnt:size=-1
	row "over /proc"; no '/proc' --tmpfs /proc
	row "suid"; no 'AllowMountOptions=' --tmpfs /mnt:suid
	rows_done
}

@test "what a container mounts is its own: the host's table stays as it was" {
	before=$(cut -d' ' -f3- /proc/self/mountinfo)
	with -v "$SRV/data:/mnt" --tmpfs /run "$BUSY" true
	[ "$status" -eq 0 ]
	start --policy mounts -v "$SRV/data:/mnt" "$BUSY" sleep 100
	[ "$(cut -d' ' -f3- /proc/self/mountinfo)" = "$before" ]
}
