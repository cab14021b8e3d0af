# SPDX-License-Identifier: Apache-2.0
# Podman with secctr-runtime, and the same commands with crun beside it: the same results.
load lib
load oci

setup_file() {
	command -v podman conmon crun >/dev/null || skip "podman, conmon or crun is not installed"
	make_place
	make_engine
	export BIN CONTAINERS_CONF=$PLACE/containers.conf IMAGE=localhost/secctr/default
	# As docs/engines.md has it.
	cat >"$CONTAINERS_CONF" <<-END
		[containers]
		default_capabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"]
		default_ulimits = ["nofile=1024:20000", "nproc=32768:32768"]
		log_driver = "k8s-file"
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		runtime_supports_json = ["secctr-runtime", "crun"]
	END
	# crun refuses a host with both versions of control groups; this mount name space is the tests' own.
	umount /sys/fs/cgroup/unified 2>/dev/null || true
	with secctr load -q -i "$SECCTR_WORK/default.tar" >/dev/null
}
teardown() {
	with secctr pod rm -af -t 0 >/dev/null 2>&1 || true
	with crun pod rm -af -t 0 >/dev/null 2>&1 || true
	[ ! -e "$PLACE/forward" ] || cat "$PLACE/forward" >/proc/sys/net/ipv4/ip_forward
	ip link delete secctr-test0 2>/dev/null || true
	with secctr rm -af -t 0 >/dev/null 2>&1 || true
	with crun rm -af -t 0 >/dev/null 2>&1 || true
}

with() { # secctr or crun, ARGUMENTS of podman
	local runtime=/usr/bin/crun
	[ "$1" != secctr ] || runtime=$BIN/secctr-runtime
	podman --root "$PLACE/root${STORAGE+-$STORAGE}" --runroot "$PLACE/run-podman${STORAGE+-$STORAGE}" --tmpdir "$PLACE/tmp" --storage-driver "${STORAGE-vfs}" \
		--runtime "$runtime" "${@:2}" 3>&-
}
# Standard output and status with one of them, in $got. Names, ids and times are the same or not looked at.
answer() {
	local status=0
	got=$(with "$@" 2>"$BATS_TEST_TMPDIR/err-$1" </dev/null) || status=$?
	got="$got [$status]"
}
same_with_crun() { # ARGUMENTS of podman
	local crun
	row "$*"
	answer crun "$@"
	crun=$got
	answer secctr "$@"
	same "$got" "$crun" "answer ($(head -c 300 "$BATS_TEST_TMPDIR/err-secctr"))"
}

@test "run: statuses, users, limits, files" {
	local run=(run --rm --network none)
	same_with_crun "${run[@]}" "$IMAGE" id
	same_with_crun "${run[@]}" "$IMAGE" sh -c 'exit 9'
	same_with_crun "${run[@]}" "$IMAGE" sh -c 'sh -c "kill -9 \$\$"'
	same_with_crun "${run[@]}" "$IMAGE" no-such
	same_with_crun "${run[@]}" "$IMAGE" /etc
	same_with_crun "${run[@]}" -w /none "$IMAGE" true
	same_with_crun "${run[@]}" -u 700:701 --group-add 33 "$IMAGE" sh -c 'id; grep -E "^Cap(Inh|Prm|Eff|Bnd|Amb)" /proc/self/status; echo again >/dev/stdout'
	same_with_crun "${run[@]}" --cap-drop all --security-opt no-new-privileges "$IMAGE" grep -E '^(Cap|NoNewPrivs)' /proc/self/status
	same_with_crun "${run[@]}" --hostname h1 --env A=b --workdir /tmp "$IMAGE" sh -c 'hostname; echo $A; umask; pwd'
	same_with_crun "${run[@]}" --read-only --read-only-tmpfs=false --tmpfs /t:size=1m,mode=700,notmpcopyup "$IMAGE" sh -c 'touch /x; stat -c %a /t; df /t | tail -n 1'
	same_with_crun "${run[@]}" --tmpfs /etc "$IMAGE" sh -c 'ls -ln /etc | tr -s " " | cut -d" " -f1,3-4,9-; echo x >/etc/new && cat /etc/new'
	same_with_crun "${run[@]}" --tmpfs /none:size=1m "$IMAGE" sh -c 'stat -c "%a %u %g" /none; df /none | tail -n 1'
	same_with_crun "${run[@]}" --read-only "$IMAGE" sh -c 'touch /x; touch /tmp/x /run/x /var/tmp/x && stat -c "%a %u %g" /tmp /var/tmp; ls -A /run'
	mkdir -p "$PLACE/b/slave"
	same_with_crun "${run[@]}" -v "$PLACE/b/slave:/b:rslave" "$IMAGE" sh -c 'ls /b; grep -c " /b " /proc/mounts'
	same_with_crun "${run[@]}" -v "$PLACE/b:/b:ro" "$IMAGE" sh -c 'touch /b/x; grep " /b " /proc/mounts | grep -o "ro,"'
	same_with_crun "${run[@]}" --oom-score-adj 100 "$IMAGE" cat /proc/self/oom_score_adj
	same_with_crun "${run[@]}" --sysctl net.ipv4.ping_group_range='0 0' "$IMAGE" cat /proc/sys/net/ipv4/ping_group_range
	same_with_crun "${run[@]}" -m 64m "$IMAGE" sh -c 'cat /proc/self/cgroup | grep -c memory:/libpod_parent/libpod-'
	same_with_crun "${run[@]}" "$IMAGE" sh -c 'ls /dev; grep -c . /proc/keys; touch /proc/sys/kernel/x 2>&1'
	rows_done
}

@test "a container's life: create, start, exec, pause, stop, logs, rm" {
	for runtime in crun secctr; do
		row "$runtime"
		with "$runtime" create --name life --network none "$IMAGE" sh -c 'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.1; done' >/dev/null
		with "$runtime" start life >/dev/null
		same "$(with "$runtime" exec life sh -c 'id -u; exit 0')" 0 exec
		status=0
		with "$runtime" exec life sh -c 'exit 5' 2>/dev/null || status=$?
		same "$status" 5 "status of exec"
		status=0
		with "$runtime" exec life no-such 2>/dev/null || status=$?
		same "$status" 127 "status of exec without a command"
		same "$(echo typed | with "$runtime" exec -i life cat)" typed "exec -i"
		same "$(with "$runtime" exec -u 700:700 -e A=b -w /tmp life sh -c 'id -u; pwd; echo $A' | tr '\n' ' ')" '700 /tmp b ' "exec -u -e -w"
		with "$runtime" pause life >/dev/null
		same "$(with "$runtime" inspect -f '{{.State.Status}}' life)" paused
		with "$runtime" unpause life >/dev/null
		with "$runtime" stop -t 5 life >/dev/null
		same "$(with "$runtime" inspect -f '{{.State.ExitCode}}' life)" 3 "status after stop"
		same "$(with "$runtime" logs life | tr '\n' ' ')" 'up bye ' logs
		with "$runtime" rm life >/dev/null
	done
	rows_done
}

@test "a terminal, of run and of exec" {
	for runtime in crun secctr; do
		row "$runtime"
		same "$(SHELL=/bin/bash script -qec "$(declare -f with); with $runtime run --rm -t --network none $IMAGE sh -c 'test -t 0 && test -t 1 && tty'" /dev/null </dev/null | grep -o '/dev/pts/[0-9]*')" /dev/pts/0 "run -t"
	done
	rows_done
}

@test "a pod shares its name spaces" {
	with secctr pod create --name p1 --network none >/dev/null
	[ "$(with secctr run --rm --pod p1 "$IMAGE" hostname)" = p1 ]
	for runtime in crun secctr; do
		row "$runtime"
		with "$runtime" pod create --name "p-$runtime" --network none --share ipc,net,uts,pid >/dev/null
		# Its first process is the pod's, and what one makes for System V messages another sees.
		same "$(with "$runtime" run --rm --pod "p-$runtime" "$IMAGE" sh -c 'hostname; cat /proc/1/comm; ls /proc | grep -c "^[0-9]*$"' | tr '\n' ' ')" \
			"p-$runtime catatonit 4 " "name spaces"
		with "$runtime" pod stop -t 1 "p-$runtime" >/dev/null
		same "$(with "$runtime" pod inspect -f '{{.State}}' "p-$runtime")" Exited "state"
		with "$runtime" pod start "p-$runtime" >/dev/null
		same "$(with "$runtime" pod inspect -f '{{.State}}' "p-$runtime")" Running "state"
		with "$runtime" pod rm -t 0 -f "p-$runtime" >/dev/null
	done
	rows_done
}

@test "storage: overlay" {
	local -x STORAGE=overlay
	mkdir -p "$PLACE/upper"
	# An overlay on an overlay cannot be: a file system of its own, in the mount name space of the tests.
	mount -t tmpfs -o size=256m overlay "$PLACE/upper"
	ln -sfn "$PLACE/upper" "$PLACE/root-overlay"
	with secctr load -q -i "$SECCTR_WORK/default.tar" >/dev/null
	same_with_crun run --rm --network none "$IMAGE" sh -c 'grep -c "^overlay / overlay " /proc/mounts; echo x >/etc/new && cat /etc/new; rm /bin/busybox.none 2>&1; stat -c "%a %u" /'
	same_with_crun run --rm --network none --read-only "$IMAGE" sh -c 'touch /etc/new'
	same "$(with secctr ps -aq)" "" left
	umount -l "$PLACE/upper"
	rows_done
}

@test "a network with a bridge" {
	[ -x /usr/lib/cni/bridge ] || skip "containernetworking-plugins is not installed"
	# The plugin sets it, and teardown() back.
	cat /proc/sys/net/ipv4/ip_forward >"$PLACE/forward"
	# The plugin's notes stay in this mount name space; no packet filter is touched.
	mkdir -p /var/lib/cni "$PLACE/net" && mount -t tmpfs cni /var/lib/cni
	cat >"$PLACE/net/secctr.conflist" <<-'END'
		{ "cniVersion": "0.4.0", "name": "secctr-test", "plugins": [ { "type": "bridge", "bridge": "secctr-test0", "isGateway": true,
		  "ipam": { "type": "host-local", "ranges": [[ { "subnet": "10.253.77.0/24", "gateway": "10.253.77.1" } ]] } } ] }
	END
	printf '[network]\nnetwork_config_dir = "%s"\n' "$PLACE/net" >>"$CONTAINERS_CONF"
	same_with_crun run --rm --network secctr-test --ip 10.253.77.9 "$IMAGE" sh -c 'ip -4 addr show eth0 | grep -o "inet [0-9./]*"; ip route; nc -w 2 10.253.77.1 9 2>&1 | grep -o "Connection refused"; grep -c : /proc/net/dev'
	with secctr run -d --name n1 --network secctr-test --ip 10.253.77.10 "$IMAGE" sh -c 'while :; do echo hello | nc -l -p 8000; done' >/dev/null
	same "$(with secctr run --rm --network secctr-test "$IMAGE" nc -w 2 10.253.77.10 8000)" hello "to another container"
	same "$(with secctr run --rm --network container:n1 "$IMAGE" ip -4 addr show eth0 | grep -o 'inet [0-9.]*')" "inet 10.253.77.10" "another's network"
	with secctr rm -f -t 0 n1 >/dev/null
	umount /var/lib/cni
	rows_done
}

@test "what the policy or this version refuses is said by podman itself, and leaves no container" {
	while IFS='~' read -r options says; do
		row "$options"
		# shellcheck disable=SC2086
		status=0 && with secctr run --rm --network none $options "$IMAGE" true >/dev/null 2>"$BATS_TEST_TMPDIR/err" || status=$?
		same "$status" 126
		like "$(cat "$BATS_TEST_TMPDIR/err")" "$says"
	done <<-'END'
		--cap-add SYS_ADMIN~CAP_SYS_ADMIN is not in the bounding set .CapabilityBoundingSet= at
		-v /etc:/m~/etc is not below a path allowed for writing .BindPaths= at
		--cpu-rt-runtime 1000~resources.cpuRtRuntime: real-time tasks .fifo, rr. are not allowed .AllowScheduling= at
	END
	same "$(ls -A /run/secctr-runtime/containers 2>/dev/null)" "" "left"
	row "the network of the host"
	status=0 && with secctr run --rm --network host "$IMAGE" true 2>"$BATS_TEST_TMPDIR/err" || status=$?
	like "$(cat "$BATS_TEST_TMPDIR/err")" 'network: host is not an allowed mode'
	rows_done
}

@test "each container is recorded with the person behind it" {
	audit_mark
	id=$(with secctr run -d --network none "$IMAGE" true)
	with secctr wait "$id" >/dev/null
	audit_has "auid=1000 .*op=create reason=oci vm=\"${id:0:12}\" uuid=${id:0:8}-"
	audit_has "op=start reason=oci vm=\"${id:0:12}\""
	audit_has "op=stop reason=exited vm=\"${id:0:12}\" .*exit=(0|255)"
	with secctr rm "$id" >/dev/null
	audit_has "op=destroy reason=oci vm=\"${id:0:12}\""
}
