# SPDX-License-Identifier: Apache-2.0
# What a container cannot do, tried from inside, and what a hostile root file system cannot make of a start.
load lib

setup_file() { make_place; }
teardown() { remove_all; }

probe() { try_secctr run --rm --rootfs "$BUSY" probe "$@"; }
# Every line of $out but those named says that the kernel refused.
all_refused() { # [NAME]... that may
	local line name
	[ -n "$out" ] || bad "the probe said nothing ($err)"
	while IFS= read -r line; do
		name=${line%%:*}
		[[ " $* " != *" $name "* ]] || continue
		like "$line" ': (EPERM|ENOSYS|EACCES|EAFNOSUPPORT|EROFS|ENOENT|killed by 31)$'
	done <<<"$out"
}

@test "the login UID and session are the person's, and cannot be changed" {
	row "set"; try_secctr run --rm --rootfs "$BUSY" cat /proc/self/loginuid; same "$out" 1000
	for id in 0 1001 4294967295; do
		row "change to $id"; probe loginuid $id; same "$out" "loginuid: EPERM"
	done
	row "an own session"; try_secctr run --rm --rootfs "$BUSY" cat /proc/self/sessionid
	unlike " $out " " $(cat /proc/self/sessionid) "
	row "with CAP_AUDIT_CONTROL refused, still not with every other"
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Process]\nCapabilityBoundingSet=CAP_SYS_ADMIN CAP_DAC_OVERRIDE CAP_SETUID CAP_SYS_PTRACE\n[SELinux]\nRequire=if-enabled\n' |
		policy many
	try_secctr run --rm --policy many --rootfs "$BUSY" probe loginuid 0; same "$out" "loginuid: EPERM" "$err"
	rows_done
}

@test "no audit record from inside" {
	audit_mark
	row "filter"; probe audit-message; like "$out" '^audit-message: (EPERM|EAFNOSUPPORT|EPROTONOSUPPORT|killed by 31)$'
	row "without the filter, for want of the capability"
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Process]\nSystemCallFilter=none\n[SELinux]\nRequire=if-enabled\n' | policy nofilter
	try_secctr run --rm --policy nofilter --rootfs "$BUSY" probe audit-message
	like "$out" '^audit-message: (EPERM|ECONNREFUSED)$'
	sleep 0.2
	same "$(audit_since | grep -c "op=start res=success'")" 0 "forged records"
	rows_done
}

@test "no signal is ignored or blocked inside because the caller's was" {
	signals() { grep -E '^Sig(Blk|Ign)' <<<"$out" | tr -d '\t\n'; }
	# Python: no shell can ignore 32 and 33, the C library's own.
	caller=(python3 -c 'import ctypes, os, signal, sys
for s in list(range(1, 9)) + list(range(10, 19)) + list(range(20, 65)):
	ctypes.CDLL(None).syscall(13, s, ctypes.byref((ctypes.c_ulong * 4)(1)), None, 8)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, 34})
os.execv(sys.argv[1], sys.argv[1:])' "$BIN/secctr" --root "$STORE" --runroot "$RUN")
	row "run"; try "${caller[@]}" run --rm --rootfs "$BUSY" cat /proc/self/status
	same "$(signals)" SigBlk:0000000000000000SigIgn:0000000000000000
	start --name s "$BUSY" sleep 100
	row "exec"; try "${caller[@]}" exec s cat /proc/self/status
	same "$(signals)" SigBlk:0000000000000000SigIgn:0000000000000000
	rows_done
}

@test "forbidden system calls" {
	row "name spaces and mounts"; probe names; all_refused
	row "processes"; probe processes; all_refused setpriority; like "$out" 'setpriority: E(ACCES|PERM)'
	row "kernel"; probe kernel; all_refused
	row "sockets"; probe sockets; all_refused unix inet inet6 route
	for s in unix inet route; do like "$out" "(^|"$'\n'")$s: ok"; done
	row "nodes"; probe nodes; all_refused fifo; like "$out" 'fifo: ok'
	row "terminal"; probe terminal; all_refused
	# A kernel without the entry for 32-bit programs answers everybody by SIGSEGV (ia32_emulation=off).
	int80=31
	[ "$("$SECCTR_WORK/probe" other-calls | grep -c 'int80: killed by 11')" -eq 0 ] || int80=11
	row "other tables of calls"; probe other-calls; same "$out" "int80: killed by $int80"$'\nx32: killed by 31'
	row "the same for exec"
	start --name e "$BUSY" sleep 100
	try_secctr exec e probe names; all_refused
	try_secctr exec e probe sockets; all_refused unix inet inet6 route
	rows_done
}

@test "what is denied and matters is in the audit log, under the person" {
	audit_mark
	try_secctr run --rm --rootfs "$BUSY" probe other-calls
	audit_has 'type=SECCOMP .*auid=1000 .*comm="probe".* sig=31 ' || bad "killed without a record"
	try_secctr run --rm --rootfs "$BUSY" probe names
	audit_has 'type=SECCOMP .*auid=1000 .*comm="probe".* sig=0 ' || bad "denied without a record"
	rows_done
}

@test "TIOCSTI to the terminal of the caller" {
	shown=$(script -qec "'$BIN/secctr' --root '$STORE' --runroot '$RUN' run --rm -i --rootfs '$BUSY' probe terminal" /dev/null </dev/null)
	unlike "$shown" 'tiocsti(-high)?: ok'
	like "$shown" 'tiocsti: E'
	rows_done
}

@test "no capability, no new privilege, set-user-ID does nothing" {
	new_root suid
	chmod 4755 "$root/bin/busybox"
	row "set-user-ID"
	try_secctr run --rm -u 5 --rootfs "$root" sh -c 'id -u; grep -E "^(Cap|NoNewPrivs|Uid)" /proc/self/status'
	like "$out" '^5'; like "$out" $'Uid:\t5\t5\t5\t5'; like "$out" $'NoNewPrivs:\t1'
	unlike "$(grep ^Cap <<<"$out")" '[1-9a-f]$'
	row "nosuid, nodev everywhere"
	try_secctr run --rm --rootfs "$BUSY" sh -c "awk '\$6 !~ /nosuid/ { print \$5, \$6 }' /proc/self/mountinfo"
	same "$(grep -vE '^/(proc|sys)/' <<<"$out")" "" "mounts without nosuid"
	rows_done
}

@test "descriptors 0, 1 and 2 only; no directory, program or variable of the host" {
	exec 9</ 8</etc/shadow
	export LD_PRELOAD= SECCTR_CANARY=leaked
	row "descriptors"
	start --name fds "$BUSY" sleep 100
	pid=$(secctr inspect fds | jq '.[0].State.Pid')
	same "$(find /proc/"$pid"/fd -mindepth 1 -printf '%f ')" "0 1 2 "
	row "environment"; unlike "$(tr '\0' '\n' </proc/"$pid"/environ)" leaked
	row "root and working directory"; same "$(readlink /proc/"$pid"/cwd)" /
	row "of exec"; try_secctr exec fds sh -c 'sleep 1 & ls /proc/$!/fd; wait'; same "$(tr '\n' ' ' <<<"$out")" "0 1 2 "
	for n in 3 4 5 6 7 8 9 10 11 12 20 40 100; do
		row "cwd /proc/self/fd/$n"; refused_run '12[567]' 'working directory|cannot' -w "/proc/self/fd/$n" --rootfs "$BUSY" cat etc/shadow
	done
	new_root fdlink; ln -s /proc/self/fd/9 "$root/link"
	row "cwd is a link"; refused_run '12[567]' '.' -w /link --rootfs "$root" pwd
	for n in 3 5 7 8 9; do
		row "command /proc/self/fd/$n"; refused_run '12[67]' '.' --rootfs "$BUSY" "/proc/self/fd/$n/bin/sh" -c 'echo out'
	done
	rows_done
}

@test "the launcher's own program stays as it is" {
	before=$(sha256sum "$BIN"/*)
	row "argv /proc/self/exe"; try_secctr run --rm --rootfs "$BUSY" /proc/self/exe --version
	unlike "$out" 'secctr version'
	row "overwrite while commands join"
	start --name w "$BUSY" probe overwrite
	for _ in 1 2 3 4 5 6 7 8 9 10; do secctr exec w true 2>/dev/null || true; secctr exec w /proc/self/exe 2>/dev/null || true; done
	same "$(sha256sum "$BIN"/*)" "$before"
	rows_done
}

@test "a joining process shows nothing of the host to those inside" {
	start --name spy "$BUSY" probe spy 6
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do SECCTR_CANARY=leaked secctr exec spy true; done
	same "$(secctr logs spy)" ""
	rows_done
}

@test "abstract sockets of the host" {
	"$SECCTR_WORK/probe" listen secctr-test-abstract &
	listener=$!
	sleep 0.2
	row "the listener is there"; same "$("$SECCTR_WORK/probe" abstract secctr-test-abstract)" "abstract: ok"
	probe abstract secctr-test-abstract
	kill $listener
	same "$out" "abstract: ECONNREFUSED"
	rows_done
}

@test "an own session keyring" {
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Process]\nSystemCallFilter=@container-default @keyring\n[SELinux]\nRequire=if-enabled\n' | policy keys
	host=$("$SECCTR_WORK/probe" keyring)
	try_secctr run --rm --policy keys --rootfs "$BUSY" probe keyring; a=$out
	try_secctr run --rm --policy keys --rootfs "$BUSY" probe keyring; b=$out
	like "$a" '^[0-9a-f]+$'
	unlike " $a " " ($host|ffffffffffffffff) "
	unlike " $a " " $b "
	rows_done
}

@test "masked and read-only paths" {
	for path in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts /proc/sched_debug /proc/latency_stats; do
		[ -e $path ] || continue
		row $path; try_secctr run --rm --rootfs "$BUSY" sh -c "cat $path | wc -c"; same "$out" 0
	done
	for path in /proc/acpi /proc/scsi /proc/asound /sys/firmware /sys/fs/selinux /sys/dev/block /sys/devices/virtual/powercap; do
		[ -d $path ] || continue
		row $path; try_secctr run --rm --rootfs "$BUSY" sh -c "ls -A $path | wc -l"; same "$out" 0
	done
	for path in /proc/sys/kernel/hostname /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/irq/default_smp_affinity \
		/sys/kernel/profiling; do
		[ -e $path ] || continue
		row "write $path"; probe write $path x; like "$out" '^write: E(ROFS|ACCES|PERM)$'
	done
	row "cgroup files"; try_secctr run --rm --rootfs "$BUSY" sh -c 'find /sys/fs/cgroup -type f -writable 2>/dev/null | while read f; do (echo 0 >$f) 2>/dev/null && echo $f; done'
	same "$out" ""
	row "mounting more"; try_secctr run --rm --rootfs "$BUSY" sh -c 'mount -t cgroup none /tmp || mount -t tmpfs none /tmp'; unlike "$status" '^0$'
	rows_done
}

# hostile NAME COMMAND...: changes $root, then a start that must not touch $CANARY.
hostile_root() {
	new_root hostile
	CANARY=$PLACE/canary
	rm -rf "$CANARY"; mkdir -p "$CANARY"; echo precious >"$CANARY/file"; echo precious >"$CANARY/ptmx"; mkfifo "$CANARY/null"
	before=$(cd "$CANARY" && find . -printf '%p %y %m %u %s %l\n' | sort; cat "$CANARY/file" "$CANARY/ptmx")
}
canary_is_whole() {
	same "$(cd "$CANARY" && find . -printf '%p %y %m %u %s %l\n' | sort; cat "$CANARY/file" "$CANARY/ptmx")" "$before" canary
}
start_hostile() { # starts or refuses, in time, with nothing of the canary mounted
	LIMIT=10 try_secctr run --rm "$@" --rootfs "$root" sh -c 'cat /proc/self/mountinfo; cat /proc/keys | wc -c'
	[ "$status" -ne 124 ] || bad "hangs"
	# The file system below the canary's directory would be in the fourth field.
	same "$(awk -v canary="${CANARY#/tmp}" 'index($4, canary)' <<<"$out")" "" "mounts of the canary"
	unlike "$out" precious
	canary_is_whole
}

@test "a hostile /dev, /proc, /sys, /tmp in the root file system" {
	for dir in dev proc sys tmp; do
		for target in absolute relative proc loop file fifo; do
			row "/$dir: $target"
			hostile_root
			rm -rf "${root:?}/$dir"
			case $target in
			absolute) ln -s "$CANARY" "$root/$dir" ;;
			relative) ln -s "../../../../../../../..$CANARY" "$root/$dir" ;;
			proc) ln -s /proc/self/root "$root/$dir" ;;
			loop) ln -s $dir "$root/$dir" ;;
			file) echo x >"$root/$dir" ;;
			fifo) mkfifo "$root/$dir" ;;
			esac
			start_hostile
		done
	done
	rows_done
}

@test "hidden paths are hidden where /sys and /proc are links too" {
	for dir in sys proc; do
		row $dir
		hostile_root
		rm -rf "${root:?}/$dir"; ln -s mnt "$root/$dir"
		LIMIT=10 try_secctr run --rm --rootfs "$root" sh -c 'cat /mnt/keys /mnt/timer_list /mnt/interrupts 2>/dev/null; ls -A /mnt/firmware /mnt/dev/block 2>/dev/null | grep -v :'
		same "$out" "" "what is seen"
	done
	rows_done
}

@test "hostile nodes below /dev" {
	for what in null ptmx pts shm mqueue console tty fd stdin; do
		for kind in link file fifo chr; do
			row "/dev/$what: $kind"
			hostile_root
			rm -rf "${root:?}/dev/$what"
			case $kind in
			link) ln -s "$CANARY/file" "$root/dev/$what" ;;
			file) echo x >"$root/dev/$what" ;;
			fifo) mkfifo "$root/dev/$what" ;;
			chr) mknod "$root/dev/$what" c 1 5 ;;
			esac
			start_hostile
			[ "$status" -ne 0 ] || same "$(tail -n 1 <<<"$out")" 0 "bytes of /proc/keys"
		done
	done
	rows_done
}

@test "hostile libraries, name service and configuration are data" {
	hostile_root
	mkdir -p "$root/lib/x86_64-linux-gnu" "$root/etc/secctr/policy.d"
	echo 'passwd: evil' >"$root/etc/nsswitch.conf"
	printf '[Policy]\nMode=observe\n' >"$root/etc/secctr/policy.d/default.policy"
	printf '[Policy]\nMode=observe\n' >"$root/../hostile.policy"
	echo /evil.so >"$root/etc/ld.so.preload"
	trace=$PLACE/trace
	strace -f -e trace=open,openat,openat2,execve -o "$trace" "$BIN/secctr" --root "$STORE" --runroot "$RUN" run --rm -u app \
		-e LD_PRELOAD=/evil.so -e LD_AUDIT=/evil.so -e GCONV_PATH=/evil --rootfs "$root" true
	row "nothing of it is opened"
	same "$(grep -v execve "$trace" | grep -cE 'evil|nsswitch|hostile/etc/secctr')" 0
	row "the policy is the host's"; refused_run 125 'ReadOnlyRoot=' --read-only=false --rootfs "$root" true
	rows_done
}
