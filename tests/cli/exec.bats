# SPDX-License-Identifier: Apache-2.0
# secctr exec: a process of the person who typed it, with no more than the container has.
load lib

setup_file() {
	make_place
	start --name web "$BUSY" sleep 1000
}
teardown_file() { remove_all; }

web() { try_secctr exec web "$@"; } # COMMAND...
with() { try_secctr exec "$@"; }
no() { refused "$1" "$2" "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec "${@:3}"; }

@test "exit statuses, streams, input" {
	for code in 0 1 42 125 126 127 255; do
		row "$code"; web sh -c "exit $code"; same "$status" "$code"; same "$err" ""
	done
	row "signal"; web sh -c 'kill -9 $$'; same "$status" 137
	row "streams"; web sh -c 'echo a; echo b >&2'; same "$out" a; same "$err" b
	row "-i"; same "$(head -c 200000 /dev/zero | secctr exec -i web sh -c 'cat | wc -c')" 200000
	row "without -i"; same "$(echo lost | secctr exec web cat)" ""
	row "a child left behind does not keep it"; LIMIT=5 web sh -c 'sleep 60 & echo done'; same "$out" done; same "$status" 0
	row "one that writes for ever does not keep it"; LIMIT=10 web sh -c 'yes & exit 3'; same "$status" 3
	row "-i: a command that says more than it hears"
	same "$(head -c 200000 /dev/zero | timeout -k 1 20 "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec -i web hexdump -v | wc -l)" 12501
	row "-i: a command that does not listen"; same "$(yes | timeout -k 1 20 "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec -i web sh -c 'sleep 1; echo end')" end
	row "a megabyte"; same "$(secctr exec web sh -c 'head -c 1000000 /dev/zero' | wc -c)" 1000000
	rows_done
}

@test "-e, -u, -w" {
	row "-e"; with -e A='x y' web sh -c 'echo "$A"'; same "$out" 'x y'
	row "nothing of the caller"; SECCTR_CANARY=leaked web env; unlike "$out" leaked
	row "-w"; with -w /usr web pwd; same "$out" /usr
	row "-u"; with -u 5:6 web id; like "$out" '^uid=5 gid=6'
	row "-u drops capabilities"; with -u 5 web grep CapEff /proc/self/status; like "$out" '0000000000000000'
	for user in 4294967295 4294967296 -1 ' 1' 0x0 1:x '' 1:2:3; do
		row "-u '$user'"; no 125 'user' -u "$user" web true
	done
	row "-w missing"; no 127 '/none' -w /none web true
	row "-w relative"; no 125 'working directory' -w x web true
	rows_done
}

@test "refusals" {
	row "no such container"; no 125 'nosuch' nosuch true
	row "no such command"; no 127 nosuch web nosuch
	row "not executable"; no 126 /etc/passwd web /etc/passwd
	row "a directory"; no 126 /etc web /etc
	row "ended"
	try_secctr run --name ended --rootfs "$BUSY" true
	no 125 'ended is not running' ended true
	row "no command"; refused -n 125 'usage: secctr exec' "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec web
	rows_done
}

@test "a root other than the container's user is not given" {
	start --name user -u 5 "$BUSY" sleep 1000
	row "as the container"; with user id -u; same "$out" 5
	row "another"; with -u 7 user id -u; same "$out" 7
	row "root"; no 125 'user 0.*runs as user 5' -u 0 user true
	row "group 0 where the container has it"; with -u 7:0 user id -g; same "$out" 0
	start --name group -u 5:6 "$BUSY" sleep 1000
	row "group 0"; no 125 'user 7: group 0.*process.user' -u 7 group true
	row "group 0, named"; no 125 'user 5:0: group 0' -u 5:0 group true
	row "another group"; with -u 7:8 group id; like "$out" '^uid=7 gid=8'
	rows_done
}

@test "-u: what User=, AllowUser= and AllowGroups= bound for run they bound for exec" {
	for keys in 'User=5:6' 'User=5:6\nAllowUser=5 9' 'User=5:6\nAllowGroups=6'; do
		row "$keys"
		printf "[Image]\nAllowRootfs=/var/lib/machines\n[Process]\n$keys\n[SELinux]\nRequire=if-enabled\n" | policy ids
		start --policy ids --name ids "$BUSY" sleep 1000
		with ids id; like "$out" '^uid=5 gid=6'
		no 125 'process.user.*(User|AllowUser|AllowGroups)= at /etc/secctr/policy.d/ids.policy:4?5?' -u 7:8 ids true
		secctr rm -f -t 0 ids >/dev/null
	done
	rows_done
}

@test "into a frozen container nobody is sent; stop and rm end it all the same" {
	start --name cold "$BUSY" sleep 1000
	dir=$(find /sys/fs/cgroup -path "*/secctr/$(secctr inspect cold | jq -r '.[0].Id')/freezer.state" -o -path "*/secctr/$(secctr inspect cold | jq -r '.[0].Id')/cgroup.freeze" | head -n 1)
	[ -n "$dir" ] || skip "no freezer on this host"
	frozen() { if [[ $dir == */freezer.state ]]; then echo FROZEN >"$dir"; else echo 1 >"$dir"; fi; }
	frozen
	row "exec"; LIMIT=10 no 125 'is frozen' cold true
	row "stop"; LIMIT=10 try_secctr stop -t 0 cold; same "$status" 0 "status ($err)"; wait_state cold exited || bad "still there"
	secctr rm cold
	start --name cold "$BUSY" sleep 1000
	dir=$(find /sys/fs/cgroup -path "*/secctr/$(secctr inspect cold | jq -r '.[0].Id')/${dir##*/}" | head -n 1)
	before=$(find /sys/fs/cgroup -path '*/secctr/*' -name cgroup.procs | wc -l)
	frozen
	row "rm"; LIMIT=10 try_secctr rm -f -t 0 cold; same "$status" 0 "status ($err)"
	[ "$(find /sys/fs/cgroup -path '*/secctr/*' -name cgroup.procs | wc -l)" -lt "$before" ] || bad "its groups are left"
	rows_done
}

@test "the process is the caller's: login UID, own session, its own record" {
	start --name who "$BUSY" sleep 1000
	audit_mark
	as() { (echo "$1" >/proc/self/loginuid && shift && exec "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec "$@"); }
	row "bob"; same "$(as 1001 who cat /proc/self/loginuid)" 1001
	row "ann"; same "$(as 1000 who cat /proc/self/loginuid)" 1000
	row "a session of its own"
	ses=$(as 1001 who cat /proc/self/sessionid)
	unlike " $(secctr inspect who | jq '.[0].Audit.Session') " " $ses "
	row "record"
	audit_has "VIRT_CONTROL .* auid=1001 ses=$ses .*op=exec .*vm=\"who\" .*own-ses=$ses " || bad "no record with the session"
	row "command line"
	as 1001 who echo 'two words' >/dev/null
	audit_has "USER_CMD .* auid=1001 .*cmd=" || bad "no command line"
	row "unset login UID"
	unset_id() { (echo 4294967295 >/proc/self/loginuid && exec "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec who true); }
	no_login=$(unset_id 2>&1) && bad "exec without a login UID"
	like "$no_login" 'login UID'
	rows_done
}

@test "AllowExec= decides by login, not by the UID" {
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Who]\nAllowLogin=ann\nAllowExec=bob @ops\nAllowStop=ann\n[SELinux]\nRequire=if-enabled\n' |
		policy who
	start --policy who --name closed "$BUSY" sleep 1000
	row "ann may not"; no 125 'AllowExec=|not allowed' closed true
	row "bob may"
	same "$(echo 1001 >/proc/self/loginuid; secctr exec closed echo yes)" yes
	rows_done
}

@test "the process is in all of the container's name spaces, filters and groups" {
	for n in mnt pid net ipc uts cgroup; do
		row $n
		web readlink /proc/self/ns/$n
		same "$out" "$(secctr exec web readlink /proc/1/ns/$n)"
	done
	row "confined"
	web cat /proc/self/status
	like "$out" $'NoNewPrivs:\t1'; like "$out" $'Seccomp:\t2'; like "$out" $'CapBnd:\t0000000000000000'; like "$out" $'CapInh:\t0000000000000000'
	row "descriptors"; web sh -c 'sleep 1 & ls /proc/$!/fd; wait'; same "$(tr '\n' ' ' <<<"$out")" "0 1 2 "
	row "cgroup"
	secctr exec web sleep 3 &
	sleep 0.5
	path=$(secctr inspect web | jq -r '.[0].State.CgroupPath')
	[ "$(find /sys/fs/cgroup -path "*$path/cgroup.procs" -exec cat {} + | sort -u | wc -l)" -ge 2 ] || bad "the command is not in the group"
	kill %1; wait
	rows_done
}

# Who enters shares memory with us up to its exec, where nobody inside can see it.
@test "with the host's processes in sight, who enters has memory of its own" {
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Process]\nAllowHostNamespaces=pid\n[SELinux]\nRequire=if-enabled\n' | policy sight
	start --policy sight --pid host --name seen "$BUSY" sleep 1000
	shared() { # NAME: how often
		strace -f -qq -e trace=vfork,clone,clone3 -o "$PLACE/trace" "$BIN/secctr" --root "$STORE" --runroot "$RUN" exec "$1" true || bad "status $?"
		grep -c 'vfork(\|CLONE_VFORK' "$PLACE/trace" || true
	}
	row "not in sight"; same "$(shared web)" 1
	row "in sight"; same "$(shared seen)" 0
	rows_done
}
