# SPDX-License-Identifier: Apache-2.0
# mount, unmount: the files of containers on the host; one overlay of each at a time, whatever happens to the mounts.
load lib

setup_file() {
	make_place
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n[Filesystem]\nReadOnlyRoot=no\n' | policy own
	printf '[SELinux]\nRequire=if-enabled\n[Who]\nAllowLogin=any\nAllowExec=root\n' | policy closed
	printf '[SELinux]\nRequire=if-enabled\n[Audit]\nRequire=no\nOnFailure=start=continue running=continue\n' | policy loose
	secctr load -q -i "$SECCTR_WORK/default.tar" >/dev/null
	give_subids
}
teardown_file() { take_subids; }
setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	HELD=''
}
teardown() {
	cd /
	[ -z "$HELD" ] || kill "$HELD" 2>/dev/null || true
	secctr umount -af >/dev/null 2>&1 || true
	remove_all
	auditctl -e 1 >/dev/null 2>&1 || true
}

as() { echo "$BIN/secctr" --root "$STORE" --runroot "$RUN"; }
# A refusal: nothing is made, one record.
no() { refused "$1" "$2" $(as) "${@:3}"; }
unseen() { refused -n "$1" "$2" $(as) "${@:3}"; }
made() { secctr create --name "$1" --policy own --read-only=false "${@:2}" secctr/default sleep 1000 >/dev/null; } # NAME [OPTIONS]
running() { secctr run -d --name "$1" --policy own --read-only=false "${@:2}" secctr/default sleep 1000 >/dev/null 2>&1; }
mounted() { # NAME: its path in $at
	try_secctr mount "$1"
	same "$status:$err" "0:" "mount $1"
	at=$out
}
unmounted() { try_secctr umount "$@"; same "$status:$err" "0:" "umount $*"; }
# Mounts of containers in this mount name space; of the test's own store, as there is no other.
mounts() { grep -c " $RUN/mounts/" /proc/self/mountinfo || true; }
overlays() { grep -c " - overlay .*upperdir=" /proc/self/mountinfo || true; }
hold() { # DIR: a process works in it
	(cd "$1" && exec sleep 1000) &
	HELD=$!
	for _ in {1..100}; do
		[ "$(readlink "/proc/$HELD/cwd")" != "$1" ] || return 0
		sleep 0.02
	done
	return 1
}
let_go() {
	kill "$HELD"
	wait "$HELD" 2>/dev/null || true
	HELD=''
}

@test "mount: a path to the files, read and written; a list; and nothing is left" {
	made c
	row "nothing yet"; try_secctr mount; same "$status:$out:$err" "0::"; same "$(secctr mount --format json)" "[]"
	row "created"; audit_mark; mounted c; id=$(secctr inspect -f '{{.Id}}' c); same "$at" "$RUN/mounts/$id"
	audit_has "VIRT_CONTROL .*op=mount reason=cli vm=\"c\" uuid=[0-9a-f-]+ path=\"$at\" .*res=success" || bad "no record"
	row "the image's files"; like "$(cat "$at/etc/passwd")" '^root:'
	row "only root comes there"; same "$(stat -c '%u %a' "$RUN/mounts")" "0 700"; same "$(stat -c '%u %a' "$RUN")" "0 700"
	row "flags"; like "$(findmnt -n -o OPTIONS -M "$at" | tr ',' ' ')" '^rw nosuid nodev noexec '
	row "again: the same, without a second mount"; audit_mark; mounted c; same "$out" "$RUN/mounts/$id"; same "$(mounts)" 1
	row "list"; same "$(secctr mount)" "${id:0:12}  $at"; same "$(secctr mount --no-trunc)" "$id  $at"
	same "$(secctr mount --format json | jq -c .)" "[{\"id\":\"$id\",\"Names\":[\"c\"],\"mountpoint\":\"$at\"}]"
	row "by the family's name"; same "$(secctr container mount c)" "$at"
	row "written"; echo from-host >"$at/tmp/new"; rm "$at/etc/group"
	row "unmount"; audit_mark; unmounted c; same "$out" c; same "$(mounts)" 0; [ ! -e "$at/etc" ] || bad "still there"
	audit_has "VIRT_CONTROL .*op=unmount reason=cli vm=\"c\" uuid=[0-9a-f-]+ path=\"$at\" .*res=success" || bad "no record"
	row "again: nothing to do, as podman"; audit_mark; unmounted c; same "$out" c; same "$(audit_since | grep -c op=unmount || true)" 0 records
	row "what was written is the container's"; secctr start c >/dev/null; same "$(secctr exec c cat /tmp/new)" from-host
	secctr exec c test ! -e /etc/group || bad "it is there"
	row "running, read and written both ways"; mounted c; secctr exec c sh -c 'echo inside >/tmp/other'; same "$(cat "$at/tmp/other")" inside
	echo two >"$at/tmp/new"; same "$(secctr exec c cat /tmp/new)" two
	row "what is mounted in it is not there"; same "$(ls "$at/proc" "$at/dev" | grep -cE 'self|null' || true)" 0
	row "diff and cp see it"; like "$(secctr diff c)" 'A /tmp/other'; same "$(secctr cp c:/tmp/new -  | tar xO)" two
	row "stop leaves it to who mounted it, as podman"; secctr stop -t 0 c >/dev/null; same "$(cat "$at/tmp/new")" two; same "$(mounts)" 1
	row "unmount --all"; made c2; mounted c2; try_secctr umount --all; same "$status:$(wc -l <<<"$out")" "0:2"; same "$(mounts)" 0
	row "mount --all, --latest"; try_secctr mount -a; same "$status:$(wc -l <<<"$out")" "0:2"; same "$(mounts)" 2
	try_secctr umount -l; same "$out" "$(secctr inspect -f '{{.Id}}' c2)"; same "$(mounts)" 1
	row "container umount"; same "$(secctr container umount c)" c; same "$(secctr container unmount c)" c
	row "no such container"; unseen 125 nosuch mount nosuch; unseen 125 nosuch umount nosuch
	row "others are mounted all the same"; try_secctr mount nosuch c; same "$status:$out" "125:$RUN/mounts/$(secctr inspect -f '{{.Id}}' c)"; unmounted c
	row "words"; unseen 125 'name a container' umount; unseen 125 'exclude each other' umount -a c; unseen 125 'exclude each other' mount -a c
	unseen 125 'json only' mount --format table
	row "an image, a volume"; unseen 125 'secctr create' image mount secctr/default
	row "nothing is left"; secctr rm c c2 >/dev/null; same "$(ls -A "$RUN/mounts")" ""
	rows_done
}

@test "there is one overlay: start, restart, cp and export share what is mounted" {
	made c
	mounted c
	echo host >"$at/tmp/f"
	row "started while it is mounted"; secctr start c >/dev/null; same "$(secctr exec c cat /tmp/f)" host
	row "the same files, both ways and at once"; secctr exec c sh -c 'echo inside >>/tmp/f; mkdir /tmp/d'; same "$(tr '\n' ' ' <"$at/tmp/f")" "host inside "
	echo again >"$at/tmp/d/g"; same "$(secctr exec c cat /tmp/d/g)" again
	same "$(stat -c %d:%i "$at/tmp/f")" "$(secctr exec c stat -c %d:%i /tmp/f)" "device and inode"
	row "the container's flags are its own"; like "$(secctr exec c sh -c 'grep " / / " /proc/self/mountinfo')" ' / / rw,nosuid,nodev,relatime'
	row "its programs run, not there"; secctr exec c /bin/true; try "$at/bin/busybox" true; same "$status" 126
	row "restart"; secctr restart -t 0 c >/dev/null; echo three >"$at/tmp/h"; same "$(secctr exec c cat /tmp/h)" three; same "$(mounts)" 1
	row "unmounted while it runs"; unmounted c; same "$(secctr exec c cat /tmp/h)" three
	row "mounted again, stopped"; mounted c; secctr stop -t 0 c >/dev/null
	# That it is not there is known to the overlay that is mounted: another one would not tell it.
	row "cp in"; [ ! -e "$at/tmp/x" ] || bad "there already"; echo four >x; secctr cp x c:/tmp/x; same "$(cat "$at/tmp/x")" four
	row "cp out, export"; same "$(secctr cp c:/tmp/h - | tar xO)" three; secctr export c | tar xO tmp/x | grep -q four || bad "export"
	row "started by its restart policy"
	secctr run -d --name again --policy own --read-only=false --restart always secctr/default sleep 1000 >/dev/null 2>&1
	mounted again; kill -9 "$(secctr inspect -f '{{.State.Pid}}' again)"
	for _ in {1..100}; do
		[ "$(secctr inspect -f '{{.State.Status}} {{.RestartCount}}' again)" != "running 1" ] || break
		sleep 0.05
	done
	same "$(secctr inspect -f '{{.State.Status}} {{.RestartCount}}' again)" "running 1"
	echo five >"$at/tmp/f"; same "$(secctr exec again cat /tmp/f)" five
	row "the kernel had nothing to say"; same "$(overlays)" 2
	rows_done
}

@test "in use: not taken away; --force leaves it to its users, and no second overlay is made" {
	made c
	mounted c
	row "somebody works in it"; hold "$at/tmp"; no 125 'is mounted, and in use: `fuser -vm .*mounts/' umount c; same "$(mounts)" 1
	row "rm"; no 2 'is mounted, and in use' rm c; secctr container exists c || bad "gone"
	row "container cleanup"; no 125 'is mounted, and in use' container cleanup c
	row "--force"; audit_mark; unmounted -f c; same "$(mounts)" 0; audit_has 'op=unmount .*vm="c" .*res=success' || bad "no record"
	row "its user keeps it, and nothing else is put on the same files"
	for command in "start c" "cp c:/etc/passwd x" "export -o x.tar c" "mount c"; do
		row "$command"
		# shellcheck disable=SC2086
		no 125 'its files are in use' $command
	done
	row "until it is gone"; let_go; secctr start c >/dev/null; secctr exec c true
	row "rm -f of one in use"; mounted c; hold "$at"; audit_mark; secctr rm -f -t 0 c >/dev/null; same "$(mounts)" 0; same "$(ls -A "$RUN/mounts")" ""
	audit_has 'op=unmount reason=cli vm="c" .*res=success' || bad "no record"; let_go
	row "another mount name space has it"
	made d
	unshare --mount --propagation private sh -c "$(as) mount d >/dev/null; touch ready; exec sleep 1000" &
	HELD=$!
	for _ in {1..100}; do [ ! -e ready ] || break; sleep 0.05; done
	same "$(secctr mount)" ""; no 125 'its files are in use' start d; no 125 'its files are in use' mount d
	unmounted d; no 125 'its files are in use' start d
	let_go; secctr start d >/dev/null; secctr exec d true
	rows_done
}

@test "rm, --rm, prune, cleanup, --replace: no mount stays behind" {
	row "rm of one that nobody uses"; made c; mounted c; audit_mark; same "$(secctr rm c)" c; same "$(mounts):$(ls -A "$RUN/mounts")" "0:"
	audit_has 'op=unmount reason=cli vm="c" .*res=success' || bad "no record"
	row "rm of one that runs: it stays mounted"; running c; mounted c; no 2 'is running' rm c; same "$(mounts)" 1; secctr rm -f -t 0 c >/dev/null; same "$(mounts)" 0
	row "prune"; made c; mounted c; secctr container prune -f >/dev/null; same "$(mounts):$(secctr ps -aq)" "0:"
	row "cleanup"; made c; mounted c; audit_mark; try_secctr container cleanup c; same "$status:$err" "0:"; same "$(mounts)" 0
	audit_has 'op=unmount reason=cleanup vm="c" .*res=success' || bad "no record"; secctr rm c >/dev/null
	row "--replace"; made c; mounted c; secctr create --replace --name c --policy own secctr/default true >/dev/null; same "$(mounts)" 0; secctr rm c >/dev/null
	row "--rm, in the background"; secctr run -d --rm --name c --policy own --read-only=false secctr/default sleep 1000 >/dev/null 2>&1
	mounted c; hold "$at"; secctr stop -t 0 c >/dev/null
	for _ in {1..100}; do [ "$(ls -A "$RUN/mounts")" ] || break; sleep 0.05; done
	same "$(mounts):$(ls -A "$RUN/mounts"):$(secctr ps -aq)" "0::"; let_go
	row "--rm, in front"
	secctr run --rm --name c --policy own --read-only=false secctr/default sh -c 'touch /ready; while [ ! -e /go ]; do sleep 0.05; done' >/dev/null 2>&1 &
	for _ in {1..100}; do ! secctr exec c test -e /ready 2>/dev/null || break; sleep 0.05; done
	mounted c; touch "$at/go"; wait $!
	same "$(mounts):$(ls -A "$RUN/mounts"):$(secctr ps -aq)" "0::"
	row "rmi -f"; secctr tag secctr/default other; made c; mounted c; secctr rmi -f other >/dev/null; same "$(mounts)" 1; secctr rm -f c >/dev/null
	rows_done
}

@test "the kernel is asked what is mounted: umount(8), kill, what lies on top" {
	made c
	mounted c
	row "umount(8)"; umount "$at"; same "$(secctr mount)" ""; mounted c; same "$(secctr mount | wc -l)" 1
	row "umount -l with a file open"; exec 7<"$at/etc/passwd"; umount -l "$at"; same "$(secctr mount)" ""; no 125 'its files are in use' start c
	exec 7<&-; mounted c
	row "something was mounted on it"; mount -t tmpfs none "$at"; mounted c
	no 125 'has mounted something on it' start c; unmounted c; same "$(mounts)" 0
	row "a place that a kill left"; mkdir "$RUN/mounts/$(secctr inspect -f '{{.Id}}' c)" 2>/dev/null || true; same "$(secctr mount)" ""; mounted c; unmounted c
	row "a boot takes all along"; mounted c; umount "$at"; rm -r "$RUN/mounts"; same "$(secctr mount)" ""; unmounted c; secctr start c >/dev/null
	row "killed at any moment"
	secctr stop -t 0 c >/dev/null
	for i in {1..20}; do
		timeout -s KILL "0.0$((i % 10))$i" "$BIN/secctr" --root "$STORE" --runroot "$RUN" mount c >/dev/null 2>&1 || true
		timeout -s KILL "0.0$((i % 7))$i" "$BIN/secctr" --root "$STORE" --runroot "$RUN" umount c >/dev/null 2>&1 || true
		[ "$(mounts)" -le 1 ] || bad "$(mounts) mounts"
	done
	mounted c; like "$(cat "$at/etc/passwd")" '^root:'; same "$(mounts)" 1
	unmounted c; same "$(mounts)" 0; secctr start c >/dev/null; secctr exec c true
	rows_done
}

@test "who may: the policy, in the records; without a record nothing is mounted" {
	secctr create --name shut --policy closed secctr/default true >/dev/null
	made c
	row "AllowExec="; no 125 'mount: login UID .* is not among AllowExec=' mount shut; same "$(ls -A "$RUN/mounts" 2>/dev/null)" ""
	no 125 'unmount: login UID .* is not among AllowExec=' umount shut
	audit_has 'op=unmount reason=policy-denied vm="shut" .*res=failed' || bad "no record of the refusal"
	row "no login UID"; like "$(setpriv true; $(as) mount c >/dev/null; echo $?)" '^0$'; unmounted c
	row "audit off"; auditctl -e 0 >/dev/null; try_secctr mount c; same "$status:$out" "125:"; like "$err" 'audit'; same "$(mounts)" 0
	row "audit off, where a policy does without"
	auditctl -e 1 >/dev/null; secctr create --name free --policy loose secctr/default true >/dev/null 2>&1; auditctl -e 0 >/dev/null
	try_secctr mount free; same "$status" 0; like "$err" 'warning: no audit record'; same "$(mounts)" 1
	row "taken away all the same"; try_secctr umount free; same "$status" 0; like "$err" 'warning: no audit record'; same "$(mounts)" 0
	auditctl -e 1 >/dev/null
	row "the report shows them"; audit_mark; mounted c; unmounted c; audit_has 'op=unmount' || bad "no record"
	secctr report timeline -c c -i "$AUDIT_LOG" >told
	like "$(grep -c " mount c .*path=$at" told):$(grep -c " unmount c .*path=$at" told)" '^[1-9][0-9]*:[1-9]'; secctr report denied -i "$AUDIT_LOG" | grep -q 'mount.*AllowExec=' || bad "no refusal"
	rows_done
}

@test "a read-only root, --rootfs, a user namespace" {
	row "read-only: so is the mount"; secctr run -d --name ro --policy own --read-only secctr/default sleep 1000 >/dev/null 2>&1
	mounted ro; try touch "$at/x"; same "$status" 1; like "$err" 'Read-only'; secctr stop -t 0 ro >/dev/null; try touch "$at/x"; like "$err" 'Read-only'
	unmounted ro; mounted ro; try touch "$at/x"; like "$err" 'Read-only'
	row "and does not make the container's so"; made c; mounted c; unmounted c; secctr start c >/dev/null; secctr exec c touch /x
	row "--rootfs"; new_root mnt; secctr run -d --name r --policy own --read-only=false --rootfs "$root" sleep 1000 >/dev/null 2>&1
	mounted r; echo x >"$at/tmp/f"; same "$(cat "$root/tmp/f")" x; like "$(findmnt -n -o OPTIONS -M "$at" | tr ',' ' ')" '^rw nosuid nodev noexec '
	hold "$at"; no 125 'in use' umount r; unmounted -f r; secctr restart -t 0 r >/dev/null; let_go; secctr exec r true
	row "a user name space: not while it runs"; made u --userns auto; mounted u; same "$(stat -c %u "$at/etc/passwd")" 0; echo x >"$at/tmp/f"
	row "a start takes it away"; audit_mark; secctr start u >/dev/null; ! mountpoint -q "$at" || bad "still mounted"; audit_has 'op=unmount reason=start vm="u" .*res=success' || bad "no record"
	same "$(secctr exec u stat -c %u:%g /tmp/f)" 0:0
	no 125 'runs in a user name space of its own: it is mounted when it does not run' mount u
	row "CAP_SYS_ADMIN: what its root is, it says itself"
	printf '[SELinux]\nRequire=if-enabled\n[Process]\nCapabilityBoundingSet=CAP_SYS_ADMIN\n' | policy admin
	secctr run -d --name adm --policy admin --cap-add SYS_ADMIN secctr/default sleep 1000 >/dev/null 2>&1 || bad "no start"
	no 125 'runs with CAP_SYS_ADMIN: it is mounted when it does not run' mount adm; secctr stop -t 0 adm >/dev/null; mounted adm
	row "unless it is in use"; secctr stop -t 0 u >/dev/null; mounted u; hold "$at"; no 125 'is mounted, and in use' start u; let_go
	row "cp while it is mounted"; echo y >y; secctr cp y u:/tmp/y; same "$(stat -c %u "$at/tmp/y")" 0
	rows_done
}

@test "what a hostile image can do to who walks there" {
	running c
	secctr exec c sh -c 'cd /tmp; ln -s /etc/passwd out; ln -s /proc/self/root up; mkdir d; ln -s ../../../../../../etc dots; cp /bin/busybox tool; chmod 4755 tool
		printf "#!/bin/sh\necho ran\n" >script; chmod 755 script; echo x >"$(printf "a\033[31mb\nc")"; mknod null c 1 3 2>/dev/null; ln -s / "d/ -rf"'
	mounted c
	row "its links lead where they say on the host: the manual page says so"; same "$(readlink "$at/tmp/out")" /etc/passwd
	row "nothing of it runs"; for f in tool script; do try "$at/tmp/$f"; same "$status" 126 "$f"; done
	row "no set-user-ID"; like "$(findmnt -n -o OPTIONS -M "$at")" nosuid
	row "no device"; mkdir -p dev; mknod "$at/tmp/zero" c 1 5; try dd if="$at/tmp/zero" of=/dev/null bs=1 count=1; same "$status" 1; like "$err" 'Permission denied'
	row "its root is a place of ours that it cannot move"; secctr exec c sh -c 'rm -rf /tmp/d' ; same "$(mounts)" 1
	row "a name is taken for no other container"; unseen 125 'is not allowed' mount ../c; unseen 125 'is not allowed' umount /etc
	row "what is mounted inside does not come out"
	secctr exec c sh -c 'mount -t tmpfs none /tmp 2>/dev/null' || true; like "$(ls "$at/tmp")" script
	row "a link in the place of its mount point"; id=$(secctr inspect -f '{{.Id}}' c); unmounted c; rmdir "$RUN/mounts/$id"; ln -s /etc "$RUN/mounts/$id"
	try_secctr mount c; same "$status:$out" "125:"; rm "$RUN/mounts/$id"
	rows_done
}

@test "16 at once" {
	made c
	for i in {1..8}; do made "n$i"; done
	row "of one container"
	for i in {1..16}; do (secctr mount c >"o$i" 2>"e$i" || echo failed >>"e$i") & done
	wait
	same "$(cat e* | wc -l)" 0 errors; same "$(sort -u o* | wc -l)" 1 paths; same "$(mounts)" 1
	row "unmounted"; for i in {1..16}; do (secctr umount c >/dev/null 2>"e$i" || echo failed >>"e$i") & done
	wait
	same "$(cat e*)" "" errors; same "$(mounts)" 0
	row "both at once, and starts and stops"
	audit_mark
	for i in {1..16}; do
		(secctr mount c >/dev/null 2>&1) &
		(secctr umount c >/dev/null 2>&1) &
		((i % 4)) || { (secctr start c >/dev/null 2>&1; secctr stop -t 0 c >/dev/null 2>&1) & }
	done
	wait
	[ "$(mounts)" -le 1 ] || bad "$(mounts) mounts"
	secctr umount c >/dev/null; same "$(mounts)" 0
	same "$(audit_since | grep -c 'op=mount .*res=success')" "$(audit_since | grep -c 'op=unmount .*res=success')" "records"
	row "of many"; for i in {1..8}; do (secctr mount "n$i" >/dev/null) & (secctr umount "n$i" >/dev/null 2>&1) & done
	wait
	secctr umount -a >/dev/null; same "$(mounts)" 0; secctr rm -a -f -t 0 >/dev/null; same "$(ls -A "$RUN/mounts")" ""
	rows_done
}
