# SPDX-License-Identifier: Apache-2.0
# review: the host's own files out of reach of what an image names; starts and removals that meet; starts that are killed.
load lib

# Linked statically: would run inside, if it could be reached.
HOST=${BUSYBOX:-/bin/busybox}

setup_file() { make_place; }
teardown() { remove_all; }

# Stands for the dynamic linker of our program inside an image: keeps a hold of what is executed, then runs a shell.
hostile_linker() {
	cat >"$BATS_TEST_TMPDIR/ld.c" <<-'END'
		#define CALL(n, a, b, c) ({ long r; __asm__ volatile("syscall" : "=a"(r) : "a"((long)(n)), "D"((long)(a)), \
			"S"((long)(b)), "d"((long)(c)) : "rcx", "r11", "memory"); r; })
		void _start(void)
		{
			char *volatile argv[4];	/* filled by instructions: nobody relocates a linker's data */

			argv[0] = "sh";
			argv[1] = "-c";
			argv[2] = "sleep 1; (: >>/proc/self/fd/3) 2>/dev/null && echo WRITABLE || echo kept";
			argv[3] = 0;
			if (CALL(2, "/proc/self/exe", 010000000, 0) == 3)
				CALL(59, "/bin/sh", argv, 0);
			CALL(60, 42, 0, 0);
		}
	END
	mkdir -p "$root/lib64"
	${CC:-cc} -O1 -nostdlib -static-pie -fPIE -fno-stack-protector -o "$root/lib64/ld-linux-x86-64.so.2" \
		"$BATS_TEST_TMPDIR/ld.c"
}

@test "a command below /proc/self/fd does not lead to the host" {
	start --name web "$BUSY" sleep 100
	for n in $(seq 3 20); do
		for up in ../../.. ../../../../../../../..; do
			row "run $n $up"; try_secctr run --rm --rootfs "$BUSY" "/proc/self/fd/$n/$up$HOST" true
			[ "$status" -ne 0 ] || bad "ran a program of the host"
			row "exec $n $up"; try_secctr exec web "/proc/self/fd/$n/$up$HOST" true
			[ "$status" -ne 0 ] || bad "ran a program of the host"
		done
		row "directory $n"; try_secctr run --rm -w "/proc/self/fd/$n" --rootfs "$BUSY" true
		[ "$status" -ne 0 ] || bad "started in a directory of the host"
	done
	rows_done
}

@test "an image that executes /proc/self/exe cannot write to our program" {
	[ "$(uname -m)" = x86_64 ] || skip "the stand-in for a dynamic linker is for x86_64"
	new_root grip
	hostile_linker
	printf '#!/proc/self/exe\n' >"$root/bin/script"
	chmod 0755 "$root/bin/script"
	before=$(sha256sum "$BIN/secctr" "$BIN/secctr-exec")
	start --name grip "$root" sleep 100
	for what in /proc/self/exe /bin/script; do
		# The file is secctr-exec, which no dynamic linker gets hold of.
		row "run $what"; try_secctr run --rm --rootfs "$root" "$what"
		same "$status" 125; same "$out" ""
		row "exec $what"; try_secctr exec grip "$what"
		like "$status" '^12[57]$'; same "$out" ""
	done
	row "our programs"; same "$(sha256sum "$BIN/secctr" "$BIN/secctr-exec")" "$before"
	rows_done
}

# Held at the gate: the record of the command is late. All the while a process inside, of the same user, looks at it.
@test "a command that joins cannot be looked at by its equals inside before it runs" {
	start --name look "$BUSY" sh -c 'while :; do for p in /proc/[0-9]*; do
		[ $p = /proc/1 ] || [ ! -e $p/stat ] || echo "$(cut -d" " -f2 $p/stat) $(readlink $p/exe || echo hidden)"; done; sleep 0.05; done'
	LIMIT=30 try strace -f -qq -o /dev/null -e trace=sendmsg,sendto -e inject=sendmsg,sendto:delay_enter=400000 \
		"$BIN/secctr" --root "$STORE" --runroot "$RUN" exec look true
	same "$status" 0 "status ($err)"
	seen=$(secctr logs look)
	row "it was seen"; like "$seen" '\(exe\) |\(secctr-exec\) '
	row "its file was not"; same "$(grep -E '^\((exe|[0-9]*|secctr-exec)\) ' <<<"$seen" | sort | uniq | grep -v ' hidden$')" ""
	rows_done
}

@test "mounts below a read-only root directory are read-only" {
	new_root below
	mkdir "$root/data"
	mount -t tmpfs -o mode=1777 data "$root/data"
	try_secctr run --rm --rootfs "$root" sh -c 'echo x >/data/file'
	umount "$root/data"
	like "$err" 'Read-only file system'
	[ "$status" -ne 0 ]
}

@test "rm does not take a container away that is being started" {
	while :; do secctr rm -a >/dev/null 2>&1 || true; done 3>&- &
	loop=$!
	for i in {1..20}; do
		row "$i"
		try_secctr run -d --name "c$i" --rootfs "$BUSY" sleep 100
		same "$status" 0 "status ($err)"
	done
	kill "$loop"
	wait "$loop" || true
	same "$(secctr ps -q | wc -l)" 20 "running containers"
	rows_done
}

@test "of several that remove one container, one does and records it" {
	for i in 1 2 3; do
		row "$i"
		start --name web "$BUSY" sleep 100
		audit_mark
		for _ in 1 2 3 4 5; do secctr rm -f -t 0 web >/dev/null 2>>"$BATS_TEST_TMPDIR/err$i" 3>&- & done
		wait
		same "$(cat "$BATS_TEST_TMPDIR/err$i")" "" stderr
		audit_has 'VIRT_DESTROY .*vm="web"' || bad "no record"
		same "$(audit_since | grep -c '^type=VIRT_DESTROY')" 1 records
		start --rm --name web "$BUSY" sleep 100
		try_secctr rm -f -t 0 web
		same "$status" 0 "status of rm -f for a container of run --rm ($err)"
	done
	rows_done
}

@test "a start killed at any moment leaves nothing that rm does not clear" {
	before=$(traces)
	for who in supervisor client both; do
		for ms in 004 008 012 016 020 026 034; do
			row "$who after $ms ms"
			"$BIN/secctr" --root "$STORE" --runroot "$RUN" run -d --name k --rootfs "$BUSY" sleep 777 >/dev/null 2>&1 3>&- &
			client=$!
			sleep "0.$ms"
			child=$(pgrep -P "$client" | head -1)
			case $who in
			supervisor) victims=$child ;;
			client) victims=$client ;;
			both) victims="$client $child" ;;
			esac
			[ -z "$victims" ] || kill -9 $victims 2>/dev/null || true
			wait "$client" 2>/dev/null || true
			try_secctr rm -af -t 0
			same "$status" 0 "status of rm ($err)"
			no_new_traces "$before"
		done
	done
	rows_done
}

@test "masks need the host's own null device" {
	for other in /dev/zero /etc/passwd; do
		row "$other"
		refused 125 '/dev/null of the host is not the null device' unshare --mount --propagation private sh -c \
			'mount --bind "$1" /dev/null && shift && exec "$@"' - $other \
			"$BIN/secctr" --root "$STORE" --runroot "$RUN" run --rootfs "$BUSY" true
	done
	rows_done
}

@test "nothing of the host is mounted: one root, and what the plan says" {
	for how in "--rootfs $BUSY" localhost/secctr/default; do
		row "$how"
		secctr load -q -i "$SECCTR_WORK/default.tar" >/dev/null
		# shellcheck disable=SC2086
		try_secctr run --rm $how cat /proc/self/mountinfo
		same "$(awk '{ print $5 }' <<<"$out" | grep -cx /)" 1 "mounts on / ($out $err)"
		same "$(awk '{ print $5 }' <<<"$out" | grep -vE '^/(proc|sys|dev|tmp|run|var/tmp)?(/|$)')" "" "mounts elsewhere"
		same "$(awk '$5 !~ "^/(proc|sys)/" && ($6 !~ /nosuid/ || ($6 !~ /nodev/ && $5 !~ "^/dev(/pts)?$")) { print $5, $6 }' <<<"$out")" "" "without nosuid, nodev"
	done
	rows_done
}

session_of() { cut -d' ' -f6 "/proc/$1/stat"; }

@test "a session of its own: of the container, and of each exec" {
	row "the init leads it"; try_secctr run --rm --rootfs "$BUSY" cut '-d ' -f6 /proc/1/stat; same "$out" 1
	start --name own "$BUSY" sleep 100
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" exec own sleep 100 3>&- &
	client=$!
	for _ in {1..40}; do
		inside=$(pgrep -P $client sleep) && break
		sleep 0.05
	done
	row "exec"
	unlike " $(session_of "$inside") " " ($(session_of $client)|$(session_of $$)|$(session_of "$(secctr inspect own | jq '.[0].State.Pid')")) "
	kill $client
	wait $client || true
	rows_done
}

@test "before its command is found, a process has no more than the command will: directories of root stay shut" {
	new_root shut
	mkdir -m 0700 "$root/shut"
	cp "$root/bin/busybox" "$root/shut/true"
	row "directory"; refused_run '12[67]' '/shut' -u 5 -w /shut --rootfs "$root" true
	row "command"; refused_run 126 '/shut/true' -u 5 --rootfs "$root" /shut/true
	start --name shut -u 5 "$root" sleep 100
	row "exec, directory"; refused '12[67]' '/shut' "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec -w /shut shut true
	row "exec, command"; refused 126 '/shut/true' "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec shut /shut/true
	row "a caller's inheritable capabilities end with the caller"
	try setpriv --inh-caps +chown,+kill "$BIN/secctr" --root "$STORE" --runroot "$RUN" run --rm --rootfs "$BUSY" grep CapInh /proc/self/status
	like "$out" '0000000000000000$'
	rows_done
}

@test "a container that forks without end is stopped and removed in time" {
	before=$(traces)
	start --name bomb --pids-limit 200 "$BUSY" sh -c 'trap "" TERM; f() { f & f & }; while :; do f; done 2>/dev/null'
	sleep 1
	row "exec into it ends, whatever comes of it"; LIMIT=10 try_secctr exec bomb true; unlike "$status" '^(124|137)$'
	row "rm"; LIMIT=15 try_secctr rm -f -t 1 bomb; same "$status" 0 "status ($err)"
	no_new_traces "$before"
	rows_done
}
