# SPDX-License-Identifier: Apache-2.0
# secctr run -v SOURCE:TARGET:U and --mount ...,U=true: whose the files become, and what stays as it is.
load lib

setup_file() {
	make_place
	secctr load -q -i "$SECCTR_WORK/default.tar" >/dev/null
	give_subids
}
teardown_file() { take_subids; }
setup() {
	export OWN=$PLACE/own
	rm -rf "$OWN"
	mkdir -p "$OWN/d/e"
	touch "$OWN/f" "$OWN/d/e/g" "$PLACE/out"
	chmod 6755 "$OWN/f"
	ln -s "$PLACE/out" "$OWN/link"
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n[Process]\nAllowUser=any\nAllowHostIDs=500000-599999\n%s\n' \
		"[Filesystem]
		ReadOnlyRoot=no
		AllowVolumes=data etc
		BindPaths=$PLACE /etc /usr /home /var
		AllowMountOptions=chown idmap" | sed 's/^\t*//' | policy owners
	sed 's/^AllowMountOptions=.*/AllowMountOptions=idmap/' /etc/secctr/policy.d/owners.policy | policy others
	sed "s|^BindPaths=.*|BindReadOnlyPaths=$PLACE|" /etc/secctr/policy.d/owners.policy | policy readers
}
teardown() { remove_all; }

owners() { (cd "$OWN" && find . -printf '%U:%G\n' | sort | uniq -c | awk '{ print $2 "*" $1 }'); }
with() { try_secctr run --rm --policy owners "$@"; }
untouched() {
	same "$(owners)" '0:0*6' "owners"
	same "$(stat -c %u:%g "$PLACE/out")" 0:0 "owner of what a link leads to"
}

@test "all of the source becomes the user's, as the container sees it" {
	row "as the host's"; with --user 7:8 -v "$OWN:/mnt:U" --rootfs "$BUSY" sh -c 'echo x >/mnt/d/e/new; stat -c %u:%g /mnt /mnt/f'; same "$out" $'7:8\n7:8' "inside ($err)"
	same "$(owners)" '7:8*7'
	row "no set-user-ID with it"; same "$(stat -c %a "$OWN/f")" 755
	row "not through a link"; same "$(stat -c %u "$PLACE/out")" 0
	row "a range of the ledger"; with --userns auto --user 7:8 -v "$OWN:/mnt:U" --rootfs "$BUSY" stat -c %u:%g /mnt /mnt/d/e/g; same "$out" $'7:8\n7:8' "inside ($err)"
	same "$(owners)" '300007:300008*7'
	row "idmapped"; with --userns auto --user 9 -v "$OWN:/mnt:U,idmap" --rootfs "$BUSY" stat -c %u /mnt; same "$out" 9 "inside ($err)"
	same "$(owners)" '9:0*7'
	row "--mount"; with --user 10 --mount "type=bind,source=$OWN,target=/mnt,U=true" --rootfs "$BUSY" true; same "$(owners)" '10:0*7'
	row "chown"; with --user 11 --mount "type=bind,source=$OWN,target=/mnt,chown" --rootfs "$BUSY" true; same "$(owners)" '11:0*7'
	row "false"; with --user 12 --mount "type=bind,source=$OWN,target=/mnt,U=false" --rootfs "$BUSY" true; same "$(owners)" '11:0*7'
	row "neither"; refused_run 125 'U=x: true or false' --policy owners --mount "type=bind,source=$OWN,target=/mnt,U=x" --rootfs "$BUSY" true
	row "read-only"; with --user 13 -v "$OWN:/mnt:ro,U" --rootfs "$BUSY" touch /mnt/f; like "$err" 'Read-only'; same "$(owners)" '13:0*7'
	row "one file"; with --user 14 -v "$OWN/f:/mnt/x:U" --rootfs "$BUSY" stat -c %u /mnt/x; same "$out" 14 "inside ($err)"; same "$(stat -c %u "$OWN/d")" 13
	row "each start"; secctr create --name again --policy owners --user 15 -v "$OWN:/mnt:U" --rootfs "$BUSY" true >/dev/null 2>&1
	same "$(stat -c %u "$OWN/d")" 13; secctr start -a again; same "$(owners)" '15:0*7'; chown 0 "$OWN/d"; secctr start -a again; same "$(owners)" '15:0*7'
	row "not --volumes-from"; with --user 16 --volumes-from again --rootfs "$BUSY" true; same "$status" 0 "status ($err)"; same "$(owners)" '15:0*7'
	row "inspect"; same "$(secctr inspect again | jq -c '.[0].Mounts[0].Options | index("U") != null')" true
	row "through a link of root's"; ln -s "$OWN" "$PLACE/way"; with --user 17 -v "$PLACE/way/d:/mnt:U" --rootfs "$BUSY" true; same "$(stat -c %u "$OWN/d/e/g" "$OWN/f" | xargs)" "17 15"; rm "$PLACE/way"
	rows_done
}

@test "volumes and tmpfs" {
	row "volume"; with --user 7:8 -v data:/mnt:U --rootfs "$BUSY" sh -c 'echo x >/mnt/f; stat -c %u:%g /mnt /mnt/f'; same "$out" $'7:8\n7:8' "inside ($err)"
	row "by the ids of inside"; with --userns auto --user 9 -v data:/mnt:U --rootfs "$BUSY" stat -c %u /mnt/f; same "$out" 9 "inside ($err)"; same "$(stat -c %u "$STORE/volumes/data/_data/f")" 9 "owner on the disk"
	row "filled from the image"; with --user 9 -v etc:/etc:U secctr/default stat -c %u /etc/passwd; same "$out" 9 "inside ($err)"
	row "--mount"; with --user 10 --mount type=volume,source=data,target=/mnt,U=true --rootfs "$BUSY" stat -c %u /mnt/f; same "$out" 10 "inside ($err)"
	row "of one that runs as another user"; start --policy owners --user 20 --name other -v data:/mnt "$BUSY" sleep 100
	with --user 21 -v data:/mnt:U --rootfs "$BUSY" true; same "$status" 0 "status ($err)"
	like "$err" "^secctr: warning: volume data: U makes its files those of user 21:0, and $(secctr inspect other | jq -r '.[0].Id[:12]'), which runs as another user"
	row "at a start again"; secctr create --name again --policy owners --user 22 -v data:/mnt:U --rootfs "$BUSY" true >/dev/null 2>&1
	try_secctr start -a again; same "$status" 0 "status ($err)"; like "$err" 'warning: volume data: U makes its files those of user 22:0'
	row "without U"; with --user 21 -v data:/mnt --rootfs "$BUSY" true; unlike "$err" warning
	row "the same user"; with --user 20 -v data:/mnt:U --rootfs "$BUSY" true; unlike "$err" warning; like "$status" 0
	row "another volume"; with --user 21 -v etc:/mnt:U --rootfs "$BUSY" true; unlike "$err" warning
	row "one that stopped"; secctr stop -t 0 other >/dev/null; with --user 21 -v data:/mnt:U --rootfs "$BUSY" true; unlike "$err" warning
	secctr rm other again >/dev/null
	row "policy"; refused_run 125 'owners of the files there may not be changed .*AllowMountOptions=' --policy others -v data:/mnt:U --rootfs "$BUSY" true
	row "tmpfs"; with --user 7:8 --tmpfs /t:U --rootfs "$BUSY" stat -c %u:%g /t; same "$out" 7:8 "inside ($err)"
	row "tmpfs in a user name space"; with --userns auto --user 7:8 --mount type=tmpfs,target=/t,U=true --rootfs "$BUSY" stat -c %u:%g /t; same "$out" 7:8 "inside ($err)"
	row "nothing to change"; refused_run 125 'has no owners that could be changed' --policy owners --mount type=devpts,target=/dev/pts,U=true --rootfs "$BUSY" true
	secctr volume rm data etc >/dev/null
	rows_done
}

@test "what is refused changes nothing" {
	row "policy"; refused_run 125 '/mnt: the owners of the files there may not be changed .U. .AllowMountOptions=' --policy others --user 7 -v "$OWN:/mnt:U" --rootfs "$BUSY" true; untouched
	row "default"; refused_run 125 'AllowMountOptions=|BindPaths=' --user 7 -v "$OWN:/mnt:U" --rootfs "$BUSY" true; untouched
	row "read-only alone"; refused_run 125 'not below a path allowed for writing, and its owners are to be changed' --policy readers --user 7 -v "$OWN:/mnt:U,ro" --rootfs "$BUSY" true; untouched
	for dir in /etc /etc/default /usr /home /var/lib; do
		row "$dir"; before=$(stat -c %u:%g "$dir")
		refused_run 125 "chown $dir: .*system directory" --policy owners --user 7 -v "$dir:/mnt:U" --rootfs "$BUSY" true
		same "$(stat -c %u:%g "$dir")" "$before" "owner"
	done
	row "/"; refused_run 125 'BindPaths=' --policy owners --user 7 -v /:/mnt:U --rootfs "$BUSY" true
	for dir in "$STORE" "$STORE/layers" "$STORE/volumes" "$RUN" "$RUN/containers"; do
		row "the store's own $dir"; mkdir -p "$dir"; refused_run 125 "chown $dir: .*(is|in) the system directory $PLACE/" --policy owners --user 7 -v "$dir:/mnt:U" --rootfs "$BUSY" true
		same "$(stat -c %u "$dir")" 0 "owner"
	done
	row "above the store"; refused_run 125 "chown $PLACE/(lib|run): this is the system directory" --policy owners --user 7 -v "$PLACE:/mnt:U" --rootfs "$BUSY" true
	row "explain, the store"; try_secctr policy explain --policy owners --user 7 -v "$STORE:/mnt:U" --rootfs "$BUSY" true; same "$status" 1; like "$out" 'DENIED +mounts .*system directory'
	row "a link to one"; ln -s /etc "$PLACE/way"; refused_run 125 'chown /etc: .*system directory' --policy owners --user 7 -v "$PLACE/way:/mnt:U" --rootfs "$BUSY" true; rm "$PLACE/way"
	row "a bind mount of one"; mount --bind /etc "$OWN/d"; refused_run 125 'system directory /etc' --policy owners --user 7 -v "$OWN/d:/mnt:U" --rootfs "$BUSY" true
	row "explain"; try_secctr policy explain --policy owners --user 7 -v "$OWN/d:/mnt:U" --rootfs "$BUSY" true; same "$status" 1; like "$out" 'DENIED +mounts .*system directory /etc'
	row "a mount in it"; refused_run 125 'crosses a mount' --policy owners --user 7 -v "$OWN:/mnt:U" --rootfs "$BUSY" true
	umount "$OWN/d"; untouched
	row "explain, allowed"; try_secctr policy explain --policy owners --user 7 -v "$OWN:/mnt:U" --rootfs "$BUSY" true; same "$status" 0 "status ($out$err)"; untouched
	row "another name"; ln "$OWN/d/e/g" "$PLACE/g"; refused_run 125 'g: the file has 2 links' --policy owners --user 7 -v "$OWN:/mnt:U" --rootfs "$BUSY" true; untouched; rm "$PLACE/g"
	row "a device"; mknod "$OWN/d/n" c 1 3; refused_run 125 'n: a device node' --policy owners --user 7 -v "$OWN:/mnt:U" --rootfs "$BUSY" true; rm "$OWN/d/n"; untouched
	row "a user outside"; refused_run 125 'user 100:0: not in the container' --policy owners --userns auto:size=100 --user 100 -v "$OWN:/mnt:U" --rootfs "$BUSY" true; untouched
	rows_done
}

@test "it is in the records: what the policy allowed, and whose the files are" {
	audit_mark
	with --user 7:8 --userns auto -v "$OWN:/mnt:U" --rootfs "$BUSY" true
	row "mount"; audit_has "resrc=disk .*new-disk=\"$OWN\" .*ouid=300007 ogid=300008" || bad "no record of it"
	row "decision"; audit_has_rule AllowMountOptions=chown || bad "no word of it"
	rows_done
}
