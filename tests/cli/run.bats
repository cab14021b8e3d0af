# SPDX-License-Identifier: Apache-2.0
# secctr run: what it starts, with which options, and how it ends.
load lib

setup_file() { make_place; }
teardown() { remove_all; }

in_busy() { try_secctr run --rm --rootfs "$BUSY" "$@"; } # COMMAND...
with() { try_secctr run --rm --rootfs "$@"; } # OPTION... DIR COMMAND...

@test "exit statuses of the command are those of run" {
	for code in 0 1 2 42 124 125 126 127 128 137 254 255; do
		row "$code"
		in_busy sh -c "exit $code"
		same "$status" "$code" status
		same "$err" "" stderr
	done
	rows_done
}

@test "a command that a signal ended gives 128 and its number" {
	for sig in 1 2 6 9 10 11 15 34; do
		row "$sig"
		# A process with a PID of its own beneath init, whose death init passes on; init itself ignores most of its own.
		in_busy sh -c "sh -c 'kill -$sig \$\$'; exit \$?"
		same "$status" $((128 + sig)) status
	done
	row "init itself"
	start --name victim "$BUSY" sleep 100
	secctr kill -s 9 victim
	wait_state victim exited || bad "still running"
	same "$(secctr inspect victim | jq '.[0].State.ExitCode')" 137
	rows_done
}

@test "125, 126 and 127: not started, cannot be executed, not found" {
	row "not found"; refused_run 127 'nosuch' --rootfs "$BUSY" nosuch
	row "not found by path"; refused_run 127 '/bin/nosuch' --rootfs "$BUSY" /bin/nosuch
	row "a directory"; refused_run 126 '/etc' --rootfs "$BUSY" /etc
	row "not executable"; refused_run 126 '/etc/passwd' --rootfs "$BUSY" /etc/passwd
	row "no root"; refused_run 125 'root file system /var/lib/machines/none' --rootfs /var/lib/machines/none true
	row "host's root"; refused_run 125 "the host's own root is refused" --rootfs / true
	row "root is a file"; refused_run 125 'passwd' --rootfs "$BUSY/etc/passwd" true
	row "no image"; refused_run 125 'image nosuch' nosuch true
	row "no command"; refused_run 125 'argv|command' --rootfs "$BUSY"
	row "empty command"; refused_run 125 'no command' --rootfs "$BUSY" ''
	row "unknown option"; refused_run -n 125 'unknown option --naem; did you mean --name' --naem x
	row "no operand"; refused_run -n 125 'usage: secctr run'
	rows_done
}

@test "standard streams are passed on whole, input only with -i" {
	row "both streams"
	in_busy sh -c 'echo to-out; echo to-err >&2'
	same "$out" to-out; same "$err" to-err
	row "-i"
	same "$(head -c 300000 /dev/zero | secctr run --rm -i --rootfs "$BUSY" sh -c 'cat | wc -c')" 300000
	row "without -i"
	same "$(echo lost | secctr run --rm --rootfs "$BUSY" cat)" ""
	row "one megabyte"
	same "$(secctr run --rm --rootfs "$BUSY" sh -c 'head -c 1000000 /dev/zero' | wc -c)" 1000000
	row "a reader that goes away"
	same "$(secctr run --rm --rootfs "$BUSY" sh -c 'yes | head -n 100000; exit 7' | head -n 1)" y
	rows_done
}

@test "-d prints the id, the start's event, and returns at once" {
	audit_mark
	try_secctr run -d --name bg --rootfs "$BUSY" sleep 100
	[ "$status" -eq 0 ] && [[ $out =~ ^[0-9a-f]{64}$ ]]
	[[ $err =~ ^secctr:\ started\ bg\ \[audit\ ([0-9.]+:[0-9]+)\]$ ]]
	event=${BASH_REMATCH[1]}
	audit_has "VIRT_CONTROL msg=audit\\($event\\): .* auid=1000 .*op=start .*vm=\"bg\""
	[ "$(secctr ps --format json | jq -r '.[0].Id')" = "$out" ]
}

@test "--rm leaves nothing, however it ended" {
	before=$(traces)
	row "normal end"; in_busy true; no_new_traces "$before"
	row "failed command"; in_busy false; no_new_traces "$before"
	row "detached and stopped"
	secctr run -d --rm --name gone --rootfs "$BUSY" sleep 100 >/dev/null 2>&1
	secctr stop -t 0 gone >/dev/null
	no_new_traces "$before"
	row "the name is free when run returns"
	for _ in 1 2 3 4 5 6 7 8; do
		try_secctr run --rm --name again --rootfs "$BUSY" true
		same "$status" 0 "status ($err)"
	done
	rows_done
}

@test "--name: a second one is refused and the first one goes on" {
	start --name one "$BUSY" sleep 100
	refused_run 125 'name one|one' --name one --rootfs "$BUSY" true
	same "$(secctr inspect one | jq -r '.[0].State.Status')" running
	secctr rm -f -t 0 one
	row "free again"; try_secctr run --name one --rootfs "$BUSY" true; same "$status" 0
	rows_done
}

@test "-e: values, inheritance, and no leak of the caller's environment" {
	export SECCTR_CANARY=leaked LD_PRELOAD_X=1 FROM_CALLER=here
	in_busy env
	row "only the container's own"
	same "$(sort <<<"$out" | sed 's/=.*//' | tr '\n' ' ')" "HOME HOSTNAME PATH container " names
	unlike "$out" leaked
	row "KEY=VALUE"; with -e A=1 -e 'B=two words' -e C= "$BUSY" sh -c 'echo "$A|$B|$C|${C+set}"'; same "$out" '1|two words||set'
	row "last one wins"; with -e A=1 -e A=2 "$BUSY" sh -c 'echo $A'; same "$out" 2
	row "by name"; with -e FROM_CALLER "$BUSY" sh -c 'echo $FROM_CALLER'; same "$out" here
	row "by name, not set"; with -e NOT_SET_HERE "$BUSY" sh -c 'echo ${NOT_SET_HERE+set}'; same "$out" ""
	row "newline in a value"; with -e $'A=1\n2' "$BUSY" sh -c 'echo "$A"'; same "$out" $'1\n2'
	row "no key"; refused_run 125 '=' -e =x --rootfs "$BUSY" true
	rows_done
}

@test "-u: whole numbers within 32 bits and names of the container's files" {
	row "name"; with -u app "$BUSY" id; same "$out" "uid=700(app) gid=700(app) groups=701(extra)"
	row "number"; with -u 5 "$BUSY" id; same "$out" "uid=5 gid=0(root)"
	row "number and group"; with -u 5:6 "$BUSY" id; same "$out" "uid=5 gid=6"
	row "name and group name"; with -u app:extra "$BUSY" id -g; same "$out" 701
	row "largest"; with -u 4294967294:4294967294 "$BUSY" id -u; same "$out" 4294967294
	for user in 4294967295 4294967296 18446744073709551616 -1 ' 1' '1 ' 0x0 +1 1: :1: 1:-1 1:4294967296 1:2:3 '' : nosuch 1:nosuch \
		$'1\n0' root/../x; do
		row "'$user'"
		refused_run 125 'user' -u "$user" --rootfs "$BUSY" true
	done
	rows_done
}

@test "-u: the container's account files are data, not a way to the host" {
	local shadow="$PLACE/canary"
	echo 'evil:x:0:0::/:/bin/sh' >"$shadow"
	new_root users
	row "a numeric name is no name"
	echo '4294967296:x:0:0::/:/bin/sh' >"$root/etc/passwd"
	refused_run 125 user -u 4294967296 --rootfs "$root" true
	row "link to the host"
	rm "$root/etc/passwd"; ln -s "$shadow" "$root/etc/passwd"
	refused_run 125 user -u evil --rootfs "$root" true
	row "link loop"
	ln -sf passwd "$root/etc/passwd"
	refused_run 125 user -u app --rootfs "$root" true
	row "fifo"
	rm "$root/etc/passwd"; mkfifo "$root/etc/passwd"
	LIMIT=5 refused_run 125 'user.*regular file' -u app --rootfs "$root" true
	row "sparse gigabyte"
	rm "$root/etc/passwd"; truncate -s 1G "$root/etc/passwd"
	LIMIT=5 refused_run 125 user -u app --rootfs "$root" true
	row "/etc is a link to the host's"
	rm -rf "$root/etc"; ln -s "$PLACE" "$root/etc"; cp "$shadow" "$PLACE/passwd"
	refused_run 125 user -u evil --rootfs "$root" true
	rows_done
}

@test "-w: inside the container only" {
	row "there"; with -w /usr/bin "$BUSY" pwd; same "$out" /usr/bin
	row "dots stay inside"; refused_run 125 'working directory must be absolute' -w /usr/../tmp --rootfs "$BUSY" pwd
	row "missing, status as podman's"; refused_run 126 '/none' -w /none --rootfs "$BUSY" pwd
	row "relative"; refused_run 125 'working directory must be absolute' -w tmp --rootfs "$BUSY" pwd
	row "a file"; refused_run 126 'passwd' -w /etc/passwd --rootfs "$BUSY" pwd
	rows_done
}

@test "--entrypoint, --hostname, labels" {
	row "word"; with --entrypoint echo "$BUSY" a b; same "$out" "a b"
	row "array"; try_secctr run --rm --entrypoint '["sh","-c"]' --rootfs "$BUSY" 'echo $0-x'; same "$out" "sh-x"
	row "no array"; refused_run 125 'entrypoint' --entrypoint '["sh",1]' --rootfs "$BUSY" true
	row "broken array"; refused_run 125 'entrypoint' --entrypoint '["sh"' --rootfs "$BUSY" true
	row "hostname"; with --hostname web.example "$BUSY" hostname; same "$out" web.example
	row "hostname by default"; in_busy hostname; like "$out" '^[0-9a-f]{12}$'
	row "HOSTNAME"; with --hostname web.example "$BUSY" sh -c 'echo $HOSTNAME'; same "$out" web.example
	row "HOSTNAME by default"; in_busy sh -c 'test "$HOSTNAME" = "$(hostname)" && echo same'; same "$out" same
	row "HOSTNAME of one's own"; with -e HOSTNAME=x "$BUSY" sh -c 'echo $HOSTNAME'; same "$out" x
	row "HOSTNAME left out"; with --unsetenv HOSTNAME "$BUSY" env; unlike "$out" 'HOSTNAME'
	for name in '' 'a b' 'a/b' "$(printf '%065d' 0)" $'a\nb' -x; do
		row "hostname '$name'"; refused_run 125 'hostname' --hostname="$name" --rootfs "$BUSY" true
	done
	row "labels"
	start --name l --label a=1 -l b "$BUSY" sleep 100
	same "$(secctr ps -q --filter label=a=1 | wc -l)" 1; same "$(secctr ps -q --filter label=a=2 | wc -l)" 0
	rows_done
}

@test "--read-only: the default of the policy, and not to be turned off under it" {
	row "default"; in_busy sh -c 'echo x >/x'; same "$status" 1; like "$err" 'Read-only'
	row "true"; with --read-only "$BUSY" sh -c 'echo x >/x'; same "$status" 1
	row "false"; refused_run 125 'root.readonly.*ReadOnlyRoot=' --read-only=false --rootfs "$BUSY" true
	row "policy allows"
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Filesystem]\nReadOnlyRoot=no\n[SELinux]\nRequire=if-enabled\n' | policy writable
	new_root rw
	try_secctr run --rm --policy writable --rootfs "$root" sh -c 'echo kept >/kept'
	same "$status" 0; same "$(cat "$root/kept")" kept
	row "and a request narrows it"
	try_secctr run --rm --policy writable --read-only --rootfs "$root" sh -c 'echo x >/x'; same "$status" 1
	rows_done
}

@test "capabilities: none, and only what the policy bounds" {
	caps() { sed -n 's/^Cap\(Prm\|Eff\|Bnd\|Inh\|Amb\):\t/\1=/p' <<<"$out" | sort | tr '\n' ' '; }
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Process]\nCapabilityBoundingSet=CAP_CHOWN\nAllowCapabilities=CAP_KILL\n[SELinux]\nRequire=if-enabled\n' |
		policy caps
	none=0000000000000000
	row "default"; in_busy cat /proc/self/status
	same "$(caps)" "Amb=$none Bnd=$none Eff=$none Inh=$none Prm=$none "
	row "policy's"; with --policy caps "$BUSY" cat /proc/self/status
	same "$(caps)" "Amb=$none Bnd=0000000000000001 Eff=0000000000000001 Inh=$none Prm=0000000000000001 "
	row "added"; with --policy caps --cap-add kill "$BUSY" cat /proc/self/status
	same "$(caps)" "Amb=$none Bnd=0000000000000021 Eff=0000000000000021 Inh=$none Prm=0000000000000021 "
	row "dropped"; with --policy caps --cap-drop all "$BUSY" cat /proc/self/status
	same "$(caps)" "Amb=$none Bnd=$none Eff=$none Inh=$none Prm=$none "
	row "drop one, add one"; with --policy caps --cap-drop CAP_CHOWN --cap-add CAP_KILL "$BUSY" cat /proc/self/status
	same "$(caps)" "Amb=$none Bnd=0000000000000020 Eff=0000000000000020 Inh=$none Prm=0000000000000020 "
	row "beyond"; refused_run 125 'cap.*CAP_NET_ADMIN|CAP_NET_ADMIN' --policy caps --cap-add net_admin --rootfs "$BUSY" true
	row "beyond default"; refused_run 125 'CAP_CHOWN' --cap-add chown --rootfs "$BUSY" true
	row "all"; refused_run 125 'cap' --cap-add all --rootfs "$BUSY" true
	row "audit_write"; refused_run 125 'CAP_AUDIT_WRITE' --cap-add audit_write --rootfs "$BUSY" true
	row "unknown"; refused_run 125 'CAP_NOSUCH' --cap-add nosuch --rootfs "$BUSY" true
	rows_done
}

@test "without no_new_privs: filters all the same, and no capability that loading them took" {
	nonnp() { # EXTRA-LINES
		printf '[Image]\nAllowRootfs=/var/lib/machines\n[Process]\nNoNewPrivileges=no\n%s[SELinux]\nRequire=if-enabled\n' "$1" | policy nonnp
	}
	seen() { sed -nE 's/^(NoNewPrivs|Seccomp|CapPrm|CapEff|CapBnd|CapInh|CapAmb):\t0*([0-9a-f]+)$/\1=\2/p' <<<"$out" | sort | tr '\n' ' '; }
	nonnp ''
	for user in 0 1000; do
		row "uid $user"; with --policy nonnp -u $user "$BUSY" cat /proc/self/status
		same "$(seen)" "CapAmb=0 CapBnd=0 CapEff=0 CapInh=0 CapPrm=0 NoNewPrivs=0 Seccomp=2 "
		row "forbidden call, uid $user"; with --policy nonnp -u $user "$BUSY" unshare -U true; same "$status" 1
	done
	row "exec"; start --policy nonnp --name nn "$BUSY" sleep 100
	try_secctr exec nn cat /proc/self/status
	same "$(seen)" "CapAmb=0 CapBnd=0 CapEff=0 CapInh=0 CapPrm=0 NoNewPrivs=0 Seccomp=2 "
	secctr rm -f nn >/dev/null
	row "ambient ones stay"; nonnp $'CapabilityBoundingSet=CAP_KILL\nAmbientCapabilities=CAP_KILL\n'
	with --policy nonnp -u 1000 "$BUSY" cat /proc/self/status
	same "$(seen)" "CapAmb=20 CapBnd=20 CapEff=20 CapInh=20 CapPrm=20 NoNewPrivs=0 Seccomp=2 "
	rows_done
}

@test "--security-opt" {
	row "nnp stays"; with --security-opt no-new-privileges "$BUSY" grep NoNewPrivs /proc/self/status; same "$out" $'NoNewPrivs:\t1'
	row "nnp off"; refused_run 125 'NoNewPrivileges=' --security-opt no-new-privileges=false --rootfs "$BUSY" true
	row "seccomp off"; refused_run 125 'SystemCallFilter=' --security-opt seccomp=unconfined --rootfs "$BUSY" true
	row "seccomp wider"; refused_run 125 'SystemCallFilter=' --security-opt seccomp=@container-default,@mount --rootfs "$BUSY" true
	row "seccomp narrower"; with --security-opt seccomp=@container-default,~mkdir,~mkdirat "$BUSY" mkdir /tmp/x; same "$status" 1
	row "mask"; with --security-opt mask=/proc/uptime "$BUSY" cat /proc/uptime; same "$out" ""
	row "label level"; refused_run 125 'AllowLevels=' --security-opt label=level:s0 --rootfs "$BUSY" true
	row "label type"; refused_run 125 'selinux.type: spc_t' --security-opt label=type:spc_t --rootfs "$BUSY" true
	row "unknown"; refused_run 125 'security-opt nosuch' --security-opt nosuch --rootfs "$BUSY" true
	row "apparmor"; refused_run 125 'apparmor: AppArmor is not used' --security-opt apparmor=unconfined --rootfs "$BUSY" true
	rows_done
}

@test "--network" {
	row "none by default"; in_busy ls /sys/class/net; same "$out" lo
	row "none"; with --network none "$BUSY" ls /sys/class/net; same "$out" lo
	row "loopback is up"; in_busy sh -c 'ip addr show lo 2>/dev/null || ifconfig lo'; like "$out" '127.0.0.1'
	row "host"; refused_run 125 'network.*Mode=' --network host --rootfs "$BUSY" true
	row "private"; refused_run 125 'network.*Mode=' --network private --rootfs "$BUSY" true
	row "unknown"; refused_run 125 'network bridge' --network bridge --rootfs "$BUSY" true
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Network]\nMode=private\nAllowModes=host\n[SELinux]\nRequire=if-enabled\n' | policy net
	row "private allowed"; try_secctr run --rm --policy net --rootfs "$BUSY" readlink /proc/self/ns/net
	same "$status" 0; unlike "$out" "$(readlink /proc/self/ns/net | tr -d '[]')"
	row "host allowed"; try_secctr run --rm --policy net --network host --rootfs "$BUSY" readlink /proc/self/ns/net
	same "$out" "$(readlink /proc/self/ns/net)"
	rows_done
}

@test "own name spaces" {
	in_busy sh -c 'for n in mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done'
	same "$(wc -l <<<"$out")" 6
	for n in mnt pid net ipc uts cgroup; do
		row $n
		unlike "$out" "$(readlink /proc/self/ns/$n | tr -d '[]')"
	done
	row "init is PID 1"; in_busy sh -c 'echo $$'; same "$out" 1
	rows_done
}

@test "stop signal and time-out of the container" {
	row "its own signal"
	start --name s --stop-signal USR1 "$BUSY" sh -c 'trap "exit 33" USR1; trap "" TERM; while :; do sleep 0.1; done'
	sleep 0.3
	secctr stop -t 5 s >/dev/null
	same "$(secctr inspect s | jq '.[0].State.ExitCode')" 33
	for sig in 0 65 NOSUCH -1 SIGTERM1; do
		row "'$sig'"; refused_run 125 'signal' --stop-signal="$sig" --rootfs "$BUSY" true
	done
	for t in -1 x '' 86401; do
		row "timeout '$t'"; refused_run 125 'stop-timeout' --stop-timeout="$t" --rootfs "$BUSY" true
	done
	rows_done
}

@test "signals to a foreground run reach the container" {
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" run --name fg --rootfs "$BUSY" \
		sh -c 'trap "exit 21" TERM; echo ready; while :; do sleep 0.1; done' >"$PLACE/fg" &
	pid=$!
	for _ in {1..100}; do
		grep -q ready "$PLACE/fg" && break
		sleep 0.05
	done
	kill -TERM $pid
	wait $pid || status=$?
	[ "$status" -eq 21 ]
}

# The command waits in vfork() meanwhile. PID 1 of a container ignores a signal that it has no handler for: it is neither ended
# nor left without its command.
@test "a signal that comes while the container is made is the container's" {
	strace -f -q -o /dev/null -e trace=clone3 -e inject=clone3:delay_enter=2s "$BIN/secctr" --root "$STORE" --runroot "$RUN" run --rm \
		--rootfs "$BUSY" sh -c 'echo up; sleep 0.5; echo done' >"$PLACE/early" 2>&1 &
	pid=$! command=
	for _ in {1..100}; do
		command=$(pgrep -P "$pid" secctr) && [ "$(pgrep -c -P "$command")" = 1 ] && break
		sleep 0.05
	done
	kill -TERM "$command"
	wait "$pid"
	[ "$(<"$PLACE/early")" = up$'\n'done ]
}

@test "bad option values name the option" {
	r() { row "$*"; refused_run 125 "$1" "${@:2}" --rootfs "$BUSY" true; }
	u() { row "$*"; refused_run -n 125 "$1" "${@:2}" --rootfs "$BUSY" true; }
	u memory -m 12q; u memory -m ''; u memory --memory=-2; u memory -m 99999999999999999999
	u cpus --cpus x; u cpus --cpus=-1; u cpus --cpus 1.1234567
	u pids --pids-limit x; u pids --pids-limit=-2; u pids --pids-limit 99999999999
	r log-driver --log-driver syslog
	r log-opt --log-opt path=/x; r log-opt --log-opt max-size=x
	rows_done
}
