# SPDX-License-Identifier: Apache-2.0
# cp, diff, export: files of containers from outside, and containers that change them while we look.
load lib

setup_file() {
	make_place
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n[Filesystem]\nReadOnlyRoot=no\n' | policy own
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n[Who]\nAllowLogin=any\nAllowExec=root\n' | policy closed
	secctr load -q -i "$SECCTR_WORK/default.tar" >/dev/null
}
setup() { cd "$BATS_TEST_TMPDIR" || return 1; }
teardown() { remove_all; }

no() { refused "$1" "$2" "$BIN/secctr" --root "$STORE" --runroot "$RUN" "${@:3}"; }
unseen() { refused -n "$1" "$2" "$BIN/secctr" --root "$STORE" --runroot "$RUN" "${@:3}"; }
# NAME SCRIPT: of the image, writable
writable() { secctr run -d --name "$1" --policy own --read-only=false secctr/default sh -c "$2
touch /ready; sleep 1000" >/dev/null 2>&1 && ready "$1"; }
ready() {
	for _ in {1..100}; do
		! secctr exec "$1" test -e /ready 2>/dev/null || return 0
		sleep 0.05
	done
	return 1
}
cp_ok() { try_secctr cp "$@"; same "$status:$err" "0:" "cp $*"; }

@test "cp: the rules of source and destination, both ways" {
	writable c 'mkdir -p /d/sub; echo one >/d/f; echo two >/d/sub/g; ln -s f /d/link; ln -s /d /way'
	mkdir h have
	echo host >h/file
	mkdir h/deep; echo deep >h/deep/x
	row "file to a new name"; cp_ok c:/d/f new; same "$(cat new)" one
	row "file over a file"; cp_ok c:/d/sub/g new; same "$(cat new)" two
	row "file into a directory"; cp_ok c:/d/f have; same "$(cat have/f)" one
	row "file into a directory that is missing"; no 125 'no such directory' cp c:/d/f missing/
	row "no parent"; no 125 'nowhere' cp c:/d/f nowhere/x
	row "directory to a new name"; cp_ok c:/d new-dir; same "$(cat new-dir/sub/g)" two; same "$(readlink new-dir/link)" f
	row "directory into a directory"; cp_ok c:/d have; same "$(cat have/d/f)" one
	row "its content"; cp_ok c:/d/. have; same "$(cat have/sub/g)" two
	row "again, over what is there"; cp_ok c:/d/. have; same "$(cat have/sub/g)" two
	row "directory over a file"; no 125 'is no directory \(--overwrite\)' cp c:/d new
	row "file over a directory"; mkdir -p have2/f; no 125 'is a directory \(--overwrite\)' cp c:/d/f have2
	row "with --overwrite"; cp_ok --overwrite c:/d/f have2; same "$(cat have2/f)" one
	row "through a link of the container"; cp_ok c:/way/f linked; same "$(cat linked)" one
	row "a path without a slash"; cp_ok c:d/f relative; same "$(cat relative)" one
	row "in: file"; cp_ok h/file c:/tmp; same "$(secctr exec c cat /tmp/file)" host
	row "in: directory"; cp_ok h c:/in; same "$(secctr exec c cat /in/deep/x)" deep
	row "in: content"; cp_ok h/. c:/in2; same "$(secctr exec c cat /in2/file)" host
	row "in: no parent"; no 125 'nowhere' cp h/file c:/nowhere/x
	row "both of the host"; unseen 125 'of a container' cp h x
	row "no such container"; unseen 125 'nosuch' cp nosuch:/x y
	row "not there"; no 125 '/nosuch' cp c:/nosuch y
	row "standard output"; same "$(secctr cp c:/d - | tar tf - | tr '\n' ' ')" "d/ d/f d/link d/sub/ d/sub/g "
	row "standard output, a file"; same "$(secctr cp c:/d/f - | tar xOf - f)" one
	row "same container"; cp_ok c:/d c:/copy; same "$(secctr exec c cat /copy/sub/g)" two
	row "into itself"; cp_ok c:/d c:/d/sub; same "$(secctr exec c cat /d/sub/d/f)" one
	writable c2 true
	row "two containers"; cp_ok c:/d c2:/there; same "$(secctr exec c2 cat /there/sub/g)" two
	row "container cp"; try_secctr container cp c:/d/f viafamily; same "$(cat viafamily)" one
	secctr stop -t 0 c >/dev/null
	row "stopped, out"; cp_ok c:/in/file out; same "$(cat out)" host
	row "stopped, in"; cp_ok h/file c:/late; cp_ok c:/late late; same "$(cat late)" host
	secctr create --name made --policy own --read-only=false secctr/default sleep 1000 >/dev/null
	row "created"; cp_ok h/file made:/file; secctr start made >/dev/null; same "$(secctr exec made cat /file)" host
	same "$(findmnt -n -t overlay | grep -c "$STORE" || true)" 0 "mounts on the host"
	rows_done
}

@test "cp -: a tar archive on standard input" {
	tar_in() { # FILE ARGUMENTS of cp
		status=0
		timeout 30 "$BIN/secctr" --root "$STORE" --runroot "$RUN" cp "${@:2}" <"$1" >out 2>err || status=$?
		err=$(cat err)
	}
	fine() { tar_in "$@"; same "$status:$err:$(cat out)" "0::" "cp $*"; }
	bad_in() { # REGEX FILE ARGUMENTS: one line, one record, nothing left and nothing changed
		local before is
		before=$(traces) is=$(secctr exec c find / -xdev -newer /ready 2>/dev/null | sort)
		audit_mark
		tar_in "${@:2}"
		same "$status" 125; like "$err" "$1"; same "$(wc -l <err)" 1 "lines ($err)"; same "$(cat out)" ""
		same "$(audit_wait 1)" 1 records
		no_new_traces "$before"
		same "$(ls -A "$STORE/tmp")" ""
		same "$(secctr exec c find / -xdev -newer /ready 2>/dev/null | sort)" "$is" files
	}
	writable c 'mkdir -p /d/have; echo old >/d/f; ln -s /etc /d/etc; ln -s f /d/way; chmod 700 /d'
	mkdir -p t/sub; echo one >t/f; echo two >t/sub/g; ln -s f t/link; ln t/f t/hard; chmod 4755 t/sub/g; chown 33:44 t/f
	tar -C t -cf plain.tar . ; gzip -k plain.tar; tar -C t -cf rel.tar sub link f
	row "into a directory"; audit_mark; fine plain.tar - c:/d
	same "$(secctr exec c cat /d/f /d/sub/g /d/hard | tr '\n' ' ')" "one two one "; same "$(secctr exec c readlink /d/link)" f
	audit_has 'op=cp reason=cli vm="c" .*way=in path="-" dir="/d"' || bad "no record"
	row "the directory itself is as it was"; same "$(secctr exec c stat -c %a /d)" 700
	row "owner and mode"; same "$(secctr exec c stat -c '%u:%g %a' /d/f /d/sub/g | tr '\n' ' ')" "0:0 644 0:0 755 "
	row "owners kept"; fine plain.tar --archive=false - c:/d; same "$(secctr exec c stat -c %u:%g /d/f)" 33:44
	row "gzip"; secctr exec c rm -r /d/sub; fine plain.tar.gz - c:/d; same "$(secctr exec c cat /d/sub/g)" two
	row "from a pipe"; tar -C t -c . | secctr cp - c:/d/have; same "$(secctr exec c cat /d/have/sub/g)" two
	row "and back"; secctr cp c:/d/have - | secctr cp - c:/tmp; same "$(secctr exec c cat /tmp/have/sub/g)" two
	row "/dev/stdin"; fine rel.tar /dev/stdin c:/tmp; same "$(secctr exec c cat /tmp/f)" one
	row "over a link below it: the link is replaced"; mkdir w; echo new >w/way; tar -C w -cf way.tar way
	fine way.tar - c:/d; same "$(secctr exec c cat /d/f /d/way | tr '\n' ' ')" "one new "
	row "through a link below it"; mkdir -p e/etc; echo evil >e/etc/passwd; tar -C e -cf etc.tar etc/passwd
	bad_in 'etc.*--overwrite' etc.tar - c:/d
	row "no directory"; bad_in 'is no directory' plain.tar - c:/d/f
	row "not there"; bad_in 'nosuch' plain.tar - c:/nosuch
	row "nothing"; bad_in 'standard input: no tar archive' /dev/null - c:/d
	row "no tar"; echo text >text; bad_in 'standard input: .*Unrecognized archive' text - c:/d
	row "cut"; head -c 700 plain.tar >cut; bad_in 'standard input: .*[Tt]runcated' cut - c:/d
	row "a second archive behind it"; { head -c 10240 plain.tar; cat rel.tar; } >two.tar; bad_in 'behind the end' two.tar - c:/d
	row "hostile names"
	for name in ../escaped a/../../escaped /etc/passwd 'd/.wh.f' 'd/.wh..wh..opq'; do
		row "$name"
		python3 -c 'import sys, tarfile, io
t = tarfile.open("evil.tar", "w"); m = tarfile.TarInfo(sys.argv[1]); m.size = 4; t.addfile(m, io.BytesIO(b"evil"))' "$name"
		bad_in 'standard input: .*(in the path|absolute path|image layers)' evil.tar - c:/d
	done
	row "through a link of its own"
	python3 -c 'import tarfile, io
t = tarfile.open("evil.tar", "w"); m = tarfile.TarInfo("x"); m.type = tarfile.SYMTYPE; m.linkname = "/etc"; t.addfile(m)
m = tarfile.TarInfo("x/passwd"); m.size = 4; t.addfile(m, io.BytesIO(b"evil"))'
	bad_in 'standard input: .*symbolic link' evil.tar - c:/d
	row "a hard link to what is outside"
	python3 -c 'import tarfile
t = tarfile.open("evil.tar", "w"); m = tarfile.TarInfo("x"); m.type = tarfile.LNKTYPE; m.linkname = "/etc/passwd"; t.addfile(m)'
	bad_in 'standard input: .*absolute path' evil.tar - c:/d
	row "a device"; mkdir dev; mknod dev/null c 1 3; tar -C dev -cf dev.tar null; bad_in 'standard input: .*device node' dev.tar - c:/d
	row "300 directories deep"
	python3 -c 'import tarfile
t = tarfile.open("evil.tar", "w"); t.addfile(tarfile.TarInfo("/".join(["d"] * 300)))'
	bad_in 'standard input: .*deeper than 256' evil.tar - c:/d
	row "a file of 33 GiB that is a hole"
	truncate -s 33G hole; tar --sparse -cf hole.tar hole; bad_in 'standard input: .*(larger|more) than 34359738368 bytes' hole.tar - c:/d
	row "who may not is told before a byte is read"
	secctr run -d --name shut --policy closed secctr/default sleep 1000 >/dev/null 2>&1
	mkfifo never; exec 7<>never
	status=0; timeout 10 "$BIN/secctr" --root "$STORE" --runroot "$RUN" cp - shut:/tmp <never >out 2>err || status=$?
	same "$status" 125; like "$(cat err)" 'AllowExec='
	row "one who writes for ever holds nothing up"
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" cp - c:/d <never >out 2>err & cp=$!
	sleep 0.5
	LIMIT=5 try_secctr stop -t 0 c; same "$status" 0
	kill "$cp"; wait "$cp" || true
	exec 7>&-
	row "one that does not run"; fine rel.tar - c:/d; secctr cp c:/d/sub/g got; same "$(cat got)" two
	row "what was killed is taken away by the next"; [ -n "$(ls -A "$STORE/tmp")" ] && bad "left: $(ls "$STORE/tmp")"
	rows_done
}

@test "cp: both ways between two containers at once does not stand still" {
	writable a1 'mkdir /d; for i in 1 2 3 4 5 6 7 8; do echo $i >/d/$i; done'
	writable a2 'mkdir /d; for i in 1 2 3 4 5 6 7 8; do echo $i >/d/$i; done'
	# Not by luck: who comes first has one lock and waits for the other's, which is held here, and the second comes meanwhile.
	first=$(printf '%s\n' "$(secctr inspect a1 | jq -r '.[0].Id')" "$(secctr inspect a2 | jq -r '.[0].Id')" | sort | head -n 1)
	second=$(secctr inspect a1 a2 | jq -r '.[].Id' | grep -v "$first")
	exec 8<>"$STORE/containers/$second/lock"; flock 8
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" cp a1:/d a2:/from1 8>&- & one=$!
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" cp a2:/d a1:/from2 8>&- & two=$!
	# Who waits for a lock has the file open.
	at() { find /proc/$one/fd /proc/$two/fd -lname "$STORE/containers/$1/lock" 2>/dev/null | wc -l; }
	for _ in {1..100}; do [ "$(at "$first"):$(at "$second")" != 2:1 ] || break; sleep 0.05; done
	row "both are at the first lock, and who has it at the second"
	same "$(at "$first"):$(at "$second")" 2:1
	exec 8>&-
	for pid in $one $two; do
		for _ in {1..100}; do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
		! kill -0 "$pid" 2>/dev/null || { bad "$pid stands still"; kill "$pid"; }
		wait "$pid" || bad "status $?"
	done
	same "$(secctr exec a2 ls /from1 | wc -l):$(secctr exec a1 ls /from2 | wc -l)" 8:8
	rows_done
}

@test "cp: owners, modes, what a container may not write, records, who may" {
	writable c 'echo x >/f; chmod 6755 /f; chown 5:6 /f'
	echo y >h; chown 7:8 h
	row "out"; cp_ok c:/f f; same "$(stat -c %u:%g:%a f)" 0:0:755
	row "in: the container's user"; cp_ok h c:/h; same "$(secctr exec c stat -c %u:%g /h)" "$(secctr inspect c | jq -r '"\(.[0].Plan.process.user.uid):\(.[0].Plan.process.user.gid)"')"
	row "in: -a=false"; cp_ok --archive=false h c:/h2; same "$(secctr exec c stat -c %u:%g /h2)" 7:8
	row "read-only"; secctr run -d --name ro secctr/default sleep 1000 >/dev/null 2>&1; no 125 'read-only' cp h ro:/h
	row "its tmpfs"; cp_ok h ro:/tmp/h; same "$(secctr exec ro cat /tmp/h)" y
	row "stopped and read-only"; secctr stop -t 0 ro >/dev/null; no 125 'read-only' cp h ro:/h
	row "records"
	audit_mark
	cp_ok c:/f f
	audit_has 'VIRT_CONTROL .*op=cp reason=cli vm="c" uuid=[0-9a-f-]+ way=out path="f" dir="/f" .*res=success' || bad "none"
	row "who may"
	secctr run -d --name closed --policy closed secctr/default sleep 1000 >/dev/null 2>&1
	no 125 'AllowExec=' cp closed:/etc/passwd x
	no 125 'AllowExec=' cp h closed:/tmp/x
	no 125 'AllowExec=' export closed
	rows_done
}

@test "cp: links, devices, FIFOs and names that lead out" {
	echo secret >/var/lib/machines/secret
	writable c 'mkdir /d; ln -s /var/lib/machines/secret /d/abs; ln -s ../../../../../../var/lib/machines /d/up; mkfifo /d/fifo; echo f >/d/file; ln -s /proc/self/root /d/magic; ln /d/file /d/hard; mkfifo /pipe'
	row "a link to the host's file"; no 125 'd/abs: No such file' cp c:/d/abs got
	row "a path of .."; no 125 'secret' cp c:/../../../../var/lib/machines/secret got
	row "a magic link"; no 125 'magic' cp c:/d/magic/etc got
	row "a FIFO"; LIMIT=10 no 125 'not opened' cp c:/pipe got
	row "a device"; no 125 'not opened' cp c:/dev/zero got
	row "proc"; no 125 'file system of the kernel' cp c:/proc got
	row "the tree"
	LIMIT=20 try_secctr cp c:/d got
	same "$status" 0; like "$err" 'warning: 1 devices, FIFOs and sockets were left out'
	same "$(readlink got/abs)" /var/lib/machines/secret; [ ! -e got/fifo ] || bad "a FIFO"
	same "$(cat got/hard)" f
	row "a destination that is a link of the container's"
	# What was copied before has links; a second copy must not write through them.
	mkdir -p trap target; ln -s "$PWD/target" trap/sub; ln -s "$PWD/target/file" trap/f
	secctr exec c sh -c 'mkdir -p /t/sub; echo evil >/t/sub/x; echo evil >/t/f'
	no 125 'is no directory' cp c:/t/. trap
	same "$(ls target)" "" "written through"
	rm trap/sub; cp_ok c:/t/. trap
	same "$(ls target)" "" "written through"; same "$(cat trap/f)" evil
	row "in: a link in the container"
	secctr exec c sh -c 'mkdir /in; ln -s /var/lib/machines /in/h; ln -s /var/lib/machines/secret /in/s'
	mkdir -p h/h; echo evil >h/s; echo evil >h/h/x
	no 125 'is no directory' cp h/. c:/in
	rm -r h/h; cp_ok h/. c:/in
	same "$(cat /var/lib/machines/secret)" secret; [ ! -e /var/lib/machines/x ] || bad "written on the host"
	rm -f /var/lib/machines/secret
	rows_done
}

@test "cp: a container that swaps what is copied, in a loop" {
	mkdir -p outside; echo secret >outside/secret; echo host >in
	writable c "mkdir /d /d/real; echo fine >/d/real/secret; ln -s $PWD/outside /d/link; mkfifo /d/fifo; echo fine >/d/plain; mkdir /w
		while :; do mv /d/real /d/x; mv /d/link /d/real; mv /d/real /d/link; mv /d/x /d/real; mv /d/plain /d/y; mv /d/fifo /d/plain; mv /d/plain /d/fifo; mv /d/y /d/plain
			rm -rf /w/t; mkdir /w/t; rm -rf /w/t; ln -s $PWD/outside /w/t; done &"
	for _ in {1..40}; do
		LIMIT=10 try_secctr cp c:/d got
		[ "$status" != 124 ] || bad "hung"
		LIMIT=10 try_secctr cp c:/d/real/secret one
		[ "$status" != 124 ] || bad "hung"
		LIMIT=10 try_secctr cp c:/d/plain two
		[ "$status" != 124 ] || bad "hung"
		LIMIT=10 try_secctr cp in c:/w/t/in
		! grep -rqs --exclude-dir=outside secret got one two || bad "a file of the host came back"
		rm -rf got one two
	done
	same "$(ls outside)" secret "written on the host"
	same "$(cat outside/secret)" secret
	rows_done
}

@test "export: the tree as an archive, and back" {
	writable c 'mkdir -p /d/sub; echo one >/d/f; ln /d/f /d/hard; ln -s f /d/link; mkfifo /d/fifo; echo lost >/dev/shm/inatmpfs; n=$(printf "%0120d" 7); mkdir /$n; echo long >/$n/$n'
	upper=$STORE/containers/$(secctr inspect c | jq -r '.[0].Id')/upper
	chown 12345:54321 "$upper/d/f"; chmod 4755 "$upper/d/f"
	setfattr -n user.note -v kept "$upper/d/sub" 2>/dev/null || true
	audit_mark
	row "to a file"; try_secctr export -o a.tar c; same "$status:$err" "0:"; same "$(stat -c %a a.tar)" 600
	audit_has 'VIRT_CONTROL .*op=export reason=cli vm="c" uuid=[0-9a-f-]+ path="a.tar" .*res=success' || bad "no record"
	row "to standard output, the same"; secctr export c >b.tar; cmp a.tar b.tar || bad "differs"
	row "names"; tar tf a.tar >names; grep -qx 'bin/busybox' names || bad "no bin/busybox"
	same "$(grep -c inatmpfs names || true)" 0 "what is mounted"
	same "$(sort names | uniq -d)" "" "twice"
	row "entries"; like "$(tar tvf a.tar --numeric-owner d/f)" '^-rwsr-xr-x 12345/54321 +4 '
	like "$(tar tvf a.tar d/hard)" 'link to d/f'; like "$(tar tvf a.tar d/link)" '-> f'; like "$(tar tvf a.tar d/fifo)" '^p'
	n=$(printf '%0120d' 7)
	row "long names"; same "$(tar xOf a.tar "$n/$n")" long
	row "attributes"; mkdir x; tar -C x --xattrs --xattrs-include='user.*' -xf a.tar d/sub; [ -z "$(getfattr --only-values -n user.note "$upper/d/sub" 2>/dev/null)" ] || same "$(getfattr --only-values -n user.note x/d/sub)" kept
	row "there already"; no 125 'is there already' export -o a.tar c
	row "stopped"; secctr exec c rm /d/fifo; secctr stop -t 0 c >/dev/null; secctr export c >c.tar; same "$(tar xOf c.tar d/f)" one
	row "and back"; secctr import -q - again <c.tar >/dev/null; same "$(secctr run --rm again cat /d/hard)" one
	row "--rootfs"; start --name r "$BUSY" sleep 1000; secctr export r | tar tf - | grep -qx bin/busybox || bad "no bin/busybox"
	row "no such container"; unseen 125 'nosuch' export nosuch
	rows_done
}

@test "export: a container that makes its export long does not hold up its own end" {
	secctr run -d --name big --policy own --read-only=false --restart always secctr/default sh -c 'truncate -s 20G /big; touch /ready; sleep 1000' >/dev/null 2>&1
	ready big
	mkfifo never
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" export big >never &
	exec 7<never
	head -c 100000 <&7 >/dev/null
	row "stop"; LIMIT=20 try_secctr stop -t 0 big; same "$status:$err" "0:"
	row "rm"; LIMIT=20 try_secctr rm big; same "$status:$err" "0:"
	exec 7<&-
	wait
	rows_done
}

@test "diff of two: containers and images" {
	writable a 'mkdir /new /both; echo a >/new/f; echo 1 >/both/x; echo same >/both/y; rm -f /bin/vi; touch -d @1000 /both/y /both'
	writable b 'mkdir /both; echo 22 >/both/x; echo same >/both/y; mkdir -p /old/deep; touch /old/deep/f; touch -d @1000 /both/y /both'
	touch_ready() { secctr exec "$1" touch -d @1000 /ready; }
	touch_ready a; touch_ready b
	row "a against b"; try_secctr diff a b; same "$status:$err" "0:"
	like "$out" $'(^|\n)C /bin\nD /bin/vi\nC /both\nC /both/x\nA /new\nA /new/f\nD /old$'
	row "the other way"; like "$(secctr diff b a)" $'A /bin/vi\n.*D /new\n.*A /old\nA /old/deep\nA /old/deep/f$'
	row "against its image"; secctr diff --format json a secctr/default >j
	jq -e '(.added | index("/new/f")) and (.deleted | index("/bin/vi")) and (.changed | index("/bin"))' j >/dev/null || bad "$(cat j)"
	row "an image against itself"; try_secctr diff secctr/default secctr/default; same "$status:$out:$err" "0::"
	row "a container against itself"; same "$(secctr diff a a)" ""
	row "created"; secctr create --name made secctr/default true >/dev/null; same "$(secctr diff made secctr/default)" ""
	row "none"; unseen 125 'no container and no image nosuch' diff a nosuch
	row "three"; unseen 125 'usage' diff a b c
	row "--latest and a name"; unseen 125 'exclude each other' diff -l a
	row "--rootfs"; start --name r "$BUSY" sleep 1000; no 125 'no layers to compare' diff a r
	rows_done
}

@test "diff: what is changed, added and deleted" {
	writable c 'mkdir /new; echo a >/new/f; echo x >>/etc/passwd; rm -f /bin/vi; rm -rf /var; mkdir -p /var/only'
	row "lines"; try_secctr diff c; same "$status:$err" "0:"
	like "$out" $'(^|\n)C /etc\nC /etc/passwd(\n|$)'; like "$out" $'(^|\n)A /new\nA /new/f\n'; like "$out" $'(^|\n)A /ready'
	unlike "$out" '/proc|/sys|/dev'
	row "json"; secctr diff --format json c >j; jq -e '(.added | index("/new/f")) and (.changed | index("/etc/passwd"))' j >/dev/null || bad "$(cat j)"
	row "deleted"; like "$out" $'(^|\n)D /bin/vi'
	row "-l"; same "$(secctr diff -l)" "$out"
	row "--format"; unseen 125 'json only' diff --format table c
	row "a name that is a control sequence"; secctr exec c sh -c 'touch "$(printf "/\033[2Jx")"'; unlike "$(secctr diff c)" $'\033'
	row "stopped"; secctr stop -t 0 c >/dev/null; like "$(secctr diff c)" 'A /new/f'
	row "image"; try_secctr diff secctr/default; same "$status" 0; like "$out" '(^|\n)A /bin'
	row "created"; secctr create --name made secctr/default true >/dev/null; same "$(secctr diff made)" ""
	row "--rootfs"; start --name r "$BUSY" sleep 1000; no 125 'nothing to compare' diff r
	row "neither"; unseen 125 'no container and no image' diff nosuch
	rows_done
}
