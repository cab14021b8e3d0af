# SPDX-License-Identifier: Apache-2.0
# Whatever is missing or broken: no container, one line that names it, nothing left, and a record where audit works.
load lib

setup_file() {
	make_place
	secctr load -q -i "$SECCTR_WORK/default.tar" >/dev/null
}
setup() { audit_normal; }
teardown() {
	audit_normal
	remove_all
	umount "$PLACE/small" "$PLACE/log" "$PLACE/ro" 2>/dev/null || true
}

audit_normal() {
	kill -CONT "$SECCTR_AUDITD" 2>/dev/null || true
	auditctl -D -r 0 -b 8192 -e 1 >/dev/null 2>&1 || { auditctl -r 0; auditctl -b 8192; auditctl -e 1; } >/dev/null 2>&1
}
# no [-n] REGEX [OPTION]...: a start under the default policy
no() {
	local n=()
	if [ "$1" = -n ]; then
		n=(-n)
		shift
	fi
	refused_run "${n[@]}" 125 "$1" "${@:2}" --rootfs "$BUSY" true
}
with_policy() { # NAME TEXT
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n%b' "$2" | policy "$1"
}
secctr_as() { echo "$BIN/secctr" --root "$STORE" --runroot "$RUN"; }

@test "audit off" {
	auditctl -e 0 >/dev/null
	no -n 'audit'
	row "exec"
	audit_normal; start --name up "$BUSY" sleep 100; auditctl -e 0 >/dev/null
	# shellcheck disable=SC2046
	refused -n 125 'audit' $(secctr_as) exec up true
	row "status says so"; try_secctr audit status; same "$status" 1; like "$out" '^ready: no: .*audit'
	row "a policy may do without"
	with_policy loose '[Audit]\nRequire=no\nOnFailure=start=continue running=continue\n'
	try_secctr run --rm --policy loose --rootfs "$BUSY" echo ran; same "$out" ran; like "$err" 'warning: no audit record of this start'
	row "exec too, and says so"
	start --policy loose --name free "$BUSY" sleep 100
	try_secctr exec free echo ran; same "$out" ran; like "$err" 'warning: no audit record of this command: .*audit'
	row "what less runs after is done, and says so"
	try_secctr stop -t 0 up; same "$status" 0; like "$err" 'no audit record'
	rows_done
}

@test "auditd hung" {
	kill -STOP "$SECCTR_AUDITD"
	LIMIT=10 no -n 'audit'
	kill -CONT "$SECCTR_AUDITD"
	row "and goes on"; sleep 0.2; try_secctr run --rm --rootfs "$BUSY" true; same "$status" 0 "status ($err)"
	rows_done
}

@test "rate limit, backlog" {
	row "rate limit"
	auditctl -r 1 >/dev/null
	no -n 'audit|rate|record'
	auditctl -r 0 >/dev/null
	row "backlog of 1"
	auditctl -b 1 >/dev/null
	# Enough for what is written here or not: but never a container without its records.
	audit_mark
	before=$(traces)
	LIMIT=20 try_secctr run --rm --name bl --rootfs "$BUSY" true
	if [ "$status" -eq 0 ]; then
		audit_has 'op=start .*vm="bl" .*res=success' || bad "started without a record"
	else
		same "$status" 125; like "$err" 'audit|record|backlog'
	fi
	no_new_traces "$before"
	rows_done
}

@test "missing capabilities of the caller" {
	for cap in audit_write audit_read audit_control sys_admin setpcap; do
		row $cap
		before=$(traces)
		try setpriv --bounding-set "-$cap" --inh-caps "-$cap" -- "$BIN/secctr" --root "$STORE" --runroot "$RUN" \
			run --rm --name caps --rootfs "$BUSY" true
		if [ "$cap" = audit_control ] || [ "$cap" = setpcap ]; then
			# Without it audit can still be read back (audit_read); then an own session is not to be had.
			[ "$status" -eq 0 ] || { same "$status" 125; same "$(wc -l <"$BATS_TEST_TMPDIR/err")" 1 lines; }
		else
			same "$status" 125 "status ($err)"
			same "$(wc -l <"$BATS_TEST_TMPDIR/err")" 1 "lines on stderr ($err)"
		fi
		no_new_traces "$before"
	done
	rows_done
}

@test "policy: denied, broken, missing, of another's" {
	row "denied by file and line"
	with_policy tight '[Resources]\nTasksMax=5\n'
	no 'resources.tasksMax: .*TasksMax= at /etc/secctr/policy.d/tight.policy:6' --policy tight --pids-limit 6
	row "denied by a built-in"; no 'CAP_NET_RAW.*built-in' --cap-add net_raw
	row "broken"; with_policy broken 'Nosuch=1\n'; no '/etc/secctr/policy.d/broken.policy:5' --policy broken
	row "missing"; no 'absent' --policy absent
	row "SELinux required"; with_policy strict '[Audit]\nRequire=yes\n'; sed -i 's/if-enabled/enforcing/' /etc/secctr/policy.d/strict.policy
	[ -e /sys/fs/selinux/enforce ] || no 'SELinux|selinux' --policy strict
	rm -f /etc/secctr/policy.d/*.policy
	row "network"; no 'Mode=' --network host
	row "no policy at all"
	mkdir "$PLACE/aside"; mv /usr/share/secctr/policy.d/*.policy "$PLACE/aside/"
	no 'default'
	mv "$PLACE/aside/"*.policy /usr/share/secctr/policy.d/; rmdir "$PLACE/aside"
	rows_done
}

@test "missing image, command, directory" {
	row "image"; refused_run 125 'nosuch' nosuch:1 true
	row "command"; refused_run 127 'nosuch' --rootfs "$BUSY" nosuch
	row "command of an image"; refused_run 127 'nosuch' localhost/secctr/default nosuch
	row "interpreter"; new_root interp; printf '#!/nosuch\n' >"$root/bin/script"; chmod 755 "$root/bin/script"
	refused_run 127 'script' --rootfs "$root" script
	row "wrong format"; head -c 100 /dev/urandom >"$root/bin/noise"; chmod 755 "$root/bin/noise"; refused_run 126 'noise' --rootfs "$root" noise
	row "layer is gone"
	cp -a "$STORE" "$PLACE/torn"; rm -rf "$PLACE"/torn/layers/*
	STORE=$PLACE/torn refused_run 125 'layer|layers' localhost/secctr/default true
	row "image file is torn"
	: >"$(find "$PLACE/torn/images" -name '*.json' ! -name refs.json | head -n 1)"
	STORE=$PLACE/torn refused_run 125 '.' localhost/secctr/default true
	rows_done
}

@test "a program beside ours is missing or broken" {
	mkdir -p "$PLACE/alone"
	cp "$BIN/secctr" "$PLACE/alone/"
	row "the last step's, missing"; refused 125 'secctr-exec' "$PLACE/alone/secctr" --root "$STORE" --runroot "$RUN" run --rootfs "$BUSY" true
	row "not executable"; : >"$PLACE/alone/secctr-exec"; chmod 755 "$PLACE/alone/secctr-exec"
	cp "$BIN/secctr-monitor" "$PLACE/alone/"
	refused 125 'secctr-exec' "$PLACE/alone/secctr" --root "$STORE" --runroot "$RUN" run --rootfs "$BUSY" true
	cp "$BIN/secctr-exec" "$PLACE/alone/"
	rm "$PLACE/alone/secctr-monitor"
	# The monitor beside us says where the others are.
	row "missing"; refused 125 'libexec/secctr/secctr-exec' "$PLACE/alone/secctr" --root "$STORE" --runroot "$RUN" run --rootfs "$BUSY" true
	row "not executable"; : >"$PLACE/alone/secctr-monitor"; chmod 755 "$PLACE/alone/secctr-monitor"
	refused 125 'secctr-monitor' "$PLACE/alone/secctr" --root "$STORE" --runroot "$RUN" run --rootfs "$BUSY" true
	row "ends at once"; cp "$BUSY/bin/busybox" "$PLACE/alone/secctr-monitor"
	before=$(traces)
	try "$PLACE/alone/secctr" --root "$STORE" --runroot "$RUN" run --name dead --rootfs "$BUSY" sleep 100
	same "$status" 125
	remove_all
	no_new_traces "$before"
	rows_done
}

@test "the store: not writable, others', not a directory, full" {
	mkdir -p "$PLACE/ro" "$PLACE/small"
	mount -t tmpfs -o ro none "$PLACE/ro"
	row "read-only"; STORE=$PLACE/ro/lib RUN=$PLACE/ro/run no 'ro/lib|Read-only'
	umount "$PLACE/ro"
	row "writable by others"; mkdir -m 0777 "$PLACE/open"; STORE=$PLACE/open no 'open'
	row "another's"; mkdir -m 0700 "$PLACE/bob"; chown 1001 "$PLACE/bob"; STORE=$PLACE/bob no 'bob'
	row "a link"; ln -s "$STORE" "$PLACE/link"; STORE=$PLACE/link no 'link'
	row "a file"; : >"$PLACE/plain"; STORE=$PLACE/plain no 'plain'
	row "relative"; STORE=lib no 'lib'
	row "with dots"; STORE=$PLACE/../x no '.'
	row "long"; STORE=/$(printf '%05000d' 0) no '.'
	mount -t tmpfs -o size=64k,nr_inodes=40,mode=0755 none "$PLACE/small"
	"$BIN/secctr" --root "$PLACE/small/lib" --runroot "$PLACE/small/run" ps >/dev/null
	head -c 1000000 /dev/zero >"$PLACE/small/fill" 2>/dev/null || true
	row "full"; STORE=$PLACE/small/lib RUN=$PLACE/small/run no 'No space'
	rm "$PLACE/small/fill"
	for i in {1..40}; do : >"$PLACE/small/$i" || true; done 2>/dev/null
	row "no inodes"; STORE=$PLACE/small/lib RUN=$PLACE/small/run no 'No space'
	rm -f "$PLACE"/small/[0-9]*
	row "and then it works"; STORE=$PLACE/small/lib RUN=$PLACE/small/run; try_secctr run --rm --rootfs "$BUSY" true; same "$status" 0 "status ($err)"
	umount "$PLACE/small"
	rows_done
}

@test "a full disk under a running container ends neither it nor its record" {
	mkdir -p "$PLACE/log"
	mount -t tmpfs -o size=400k,mode=0755 none "$PLACE/log"
	STORE=$PLACE/log/lib
	audit_mark
	try_secctr run -d --name full --rootfs "$BUSY" sh -c 'seq 100000; exit 6'
	same "$status" 0
	for _ in {1..60}; do
		audit_since | grep -q 'op=stop .*vm="full"' && break
		sleep 0.1
	done
	audit_has 'op=stop .*vm="full"' || bad "no record of the end"
	no_process=$(find /proc -maxdepth 2 -name exe -lname "$BIN/*" 2>/dev/null || true)
	same "$no_process" ""
	row "with room again it is seen and can be removed"
	mount -o remount,size=4m "$PLACE/log"
	try_secctr ps -a --format json
	same "$status" 0 "status ($err)"; same "$(jq -r '.[0].State' <<<"$out")" exited
	try_secctr rm full; same "$status" 0
	umount "$PLACE/log"
	rows_done
}

@test "name taken; names and ids of 300 characters; newlines; dots" {
	long=$(printf '%0300d' 0)
	start --name taken "$BUSY" sleep 100
	row "taken"; no 'taken' --name taken
	row "an id as a name"; no 'name' --name "$(secctr ps -q --no-trunc)"
	for name in "$long" ../x . .. a/b $'a\nb' $'\t' "x' auid=0"; do
		row "name ${name:0:12}"; no '--name' --name "$name"
	done
	row "root path with dots"; no 'AllowRootfs=|root' --rootfs /var/lib/machines/busy/../../../../etc true
	row "root path, newline"; refused_run 125 'root file system' --rootfs $'/var/lib/machines/a\nb' true
	row "root path through a link"; ln -sfn / /var/lib/machines/slash; refused_run 125 "root" --rootfs /var/lib/machines/slash true
	row "root path outside"; mkdir -p "$PLACE/else"; refused_run 125 'AllowRootfs=' --rootfs "$PLACE/else" true
	row "front part of an allowed one"; mkdir -p /var/lib/machinesx 2>/dev/null; refused_run 125 'AllowRootfs=' --rootfs /var/lib/machinesx true; rmdir /var/lib/machinesx
	rows_done
}

@test "environment and arguments of 1 MiB and above" {
	big=$(head -c 120000 /dev/zero | tr '\0' x)
	many=()
	for i in {1..9}; do many+=(-e "V$i=$big"); done
	row "1 MiB of environment"
	before=$(traces)
	try_secctr run --rm "${many[@]}" --rootfs "$BUSY" sh -c 'echo ${#V9}'
	if [ "$status" -eq 0 ]; then same "$out" 120000; else same "$status" 125; same "$(wc -l <"$BATS_TEST_TMPDIR/err")" 1 lines; fi
	no_new_traces "$before"
	row "the caller's own"
	(for i in {1..9}; do export "C$i=$big"; done; secctr run --rm --rootfs "$BUSY" env) | grep -q ^C && bad "leaked"
	row "1 MiB for exec"
	start --name env "$BUSY" sleep 100
	try_secctr exec "${many[@]}" env sh -c 'echo ${#V9}'
	if [ "$status" -eq 0 ]; then same "$out" 120000; else like "$status" '^12[56]$'; same "$(wc -l <"$BATS_TEST_TMPDIR/err")" 1 lines; fi
	secctr rm -f -t 0 env >/dev/null
	row "one variable of what the kernel takes"
	most=$(head -c 131069 /dev/zero | tr '\0' x)
	try_secctr run --rm -e "A=$most" --rootfs "$BUSY" sh -c 'echo ${#A}'; same "$out" 131069 "$err"
	row "one byte more, which no command line can have"
	printf 'A=%sx\n' "$most" >"$PLACE/env"
	refused_run 125 'too long: 131072 bytes' --env-file "$PLACE/env" --rootfs "$BUSY" true
	row "a policy of 2 MiB"
	{ printf '[Image]\nAllowRootfs=/var/lib/machines\n'; yes '# padding' | head -c 2097152; } | policy big
	no '/etc/secctr/policy.d/big.policy' --policy big
	rm /etc/secctr/policy.d/big.policy
	row "an argument of 130000"
	try_secctr run --rm --rootfs "$BUSY" sh -c 'echo ${#1}' - "$big"; same "$out" 120000
	row "60000 arguments"
	# shellcheck disable=SC2046
	try_secctr run --rm --rootfs "$BUSY" sh -c 'echo $#' - $(seq 60000)
	if [ "$status" -eq 0 ]; then same "$out" 60000; else same "$status" 125; fi
	row "70000 arguments"
	# shellcheck disable=SC2046
	refused -n 125 'arguments|words|many' "$BIN/secctr" --root "$STORE" --runroot "$RUN" run --rootfs "$BUSY" true $(seq 70000)
	no_new_traces "$before"
	rows_done
}

# Last: the daemon does not come back in this file; the runner starts one for the next.
@test "no auditd: nobody stores what the kernel shows" {
	kill -TERM "$SECCTR_AUDITD"
	for _ in {1..40}; do
		[ "$(auditctl -s | awk '$1 == "pid" { print $2 }')" != 0 ] || break
		sleep 0.05
	done
	auditctl -e 1 >/dev/null
	no -n 'auditd'
	row "status"; try_secctr audit status; same "$status" 1; like "$out" 'auditd'
	rows_done
}
