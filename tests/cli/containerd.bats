# SPDX-License-Identifier: Apache-2.0
# containerd 1.6 and its runc.v2 shim with secctr-runtime: run, exec, kill, statistics, and a containerd that is restarted.
load lib
load oci

setup_file() {
	command -v containerd ctr containerd-shim-runc-v2 >/dev/null || skip "containerd is not installed"
	make_place
	make_engine
	export SOCKET=$PLACE/c/containerd.sock IMAGE=localhost/secctr/default:latest
	# The shim's sockets have their place by name; this mount name space is the tests' own.
	mkdir -p "$PLACE/c" "$PLACE/shim" /run/containerd
	mount --bind "$PLACE/shim" /run/containerd
	cat >"$PLACE/c/config.toml" <<-END
		version = 2
		root = "$PLACE/c/root"
		state = "$PLACE/c/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs"]
		[grpc]
		  address = "$SOCKET"
		[ttrpc]
		  address = "$PLACE/c/ttrpc.sock"
	END
	# As docs/engines.md has it.
	engine_policy <<-END
		[Resources]
		AllowCgroupParents=/default
		DeviceAllow=char-5 rwm char-10 rwm
	END
	daemon_start
	ct image import --snapshotter native "$SECCTR_WORK/default.tar" >/dev/null
}
teardown_file() {
	[ -z "${SOCKET-}" ] || daemon_stop
	umount /run/containerd 2>/dev/null || true
}
teardown() {
	local id
	for id in $(ct task ls -q 2>/dev/null); do ct task kill -s 9 "$id" 2>/dev/null || true; done
	sleep 0.2
	for id in $(ct container ls -q 2>/dev/null); do ct task rm -f "$id" 2>/dev/null || true; ct container rm "$id" 2>/dev/null || true; done
}

daemon_start() {
	containerd --config "$PLACE/c/config.toml" >>"$PLACE/c/log" 2>&1 3>&- &
	echo $! >"$PLACE/c/pid"
	for _ in {1..100}; do ! ct version >/dev/null 2>&1 || return 0; sleep 0.1; done
	return 1
}
daemon_stop() {
	kill "$(cat "$PLACE/c/pid")" 2>/dev/null || true
	for _ in {1..100}; do kill -0 "$(cat "$PLACE/c/pid")" 2>/dev/null || return 0; sleep 0.1; done
}
ct() { ctr --address "$SOCKET" "$@" 3>&-; }
try_ct() { # A function of these
	status=0
	out=$("$@" 2>"$BATS_TEST_TMPDIR/err" </dev/null) || status=$?
	err=$(cat "$BATS_TEST_TMPDIR/err")
}
# ctr's own set of capabilities has some that the policy does not give.
run_ct() { # OPTIONS... ID COMMAND...
	local drop=() cap
	for cap in AUDIT_WRITE MKNOD NET_RAW; do drop+=(--cap-drop "CAP_$cap"); done
	ct run --snapshotter native --runc-binary "$BIN/secctr-runtime" "${drop[@]}" "${@:1:$OPTIONS}" "$IMAGE" "${@:$OPTIONS+1}"
}

@test "run: output, status, and the records with the person behind it" {
	audit_mark
	OPTIONS=1
	try_ct run_ct --rm r1 sh -c 'id -u; exit 7'
	same "$status" 7 "status ($err)"
	same "$out" 0
	audit_has 'auid=1000 .*op=create reason=oci vm="r1"'
	audit_has 'op=start reason=oci vm="r1"'
	audit_has 'op=stop reason=exited vm="r1"'
	audit_has 'op=destroy reason=oci vm="r1"'
	row "what the policy refuses is said by ctr"
	try_ct ct run --rm --snapshotter native --runc-binary "$BIN/secctr-runtime" "$IMAGE" r2 true
	[ "$status" != 0 ] || bad "r2 ran"
	like "$err" 'OCI runtime create failed: process.cap(Bounding|Effective|Ambient)?.*CAP_'
	same "$(ct task ls -q)" ""
	rows_done
}

@test "a detached one: exec, statistics, pause, kill; containerd restarted in the middle" {
	OPTIONS=1
	run_ct -d d1 sh -c 'trap "exit 9" TERM; while :; do sleep 0.1; done'
	like "$(ct task ls | tail -n 1 | tr -s ' ')" '^d1 [0-9]+ RUNNING'
	same "$(ct task exec --exec-id e1 d1 sh -c 'echo in; id -u' | tr '\n' ' ')" 'in 0 '
	status=0 && ct task exec --exec-id e2 d1 sh -c 'exit 5' || status=$?
	same "$status" 5 "status of exec"
	audit_has 'op=exec reason=oci vm="d1"'
	ct task pause d1
	like "$(ct task ls | tail -n 1)" PAUSED
	ct task resume d1
	row restart
	daemon_stop
	audit_mark
	daemon_start
	like "$(ct task ls | tail -n 1 | tr -s ' ')" '^d1 [0-9]+ RUNNING'
	same "$(ct task exec --exec-id e3 d1 echo after)" after
	ct task kill -s TERM d1
	for _ in {1..60}; do ct task ls | grep -q STOPPED && break; sleep 0.1; done
	like "$(ct task ls | tail -n 1)" STOPPED
	audit_has 'op=kill .*vm="d1" .*sig=15'
	audit_has 'op=stop reason=exited vm="d1" .*exit=(9|255)'
	like "$(ct task rm d1 2>&1)" 'exit with non-zero exit code 9'
	ct container rm d1
	audit_has 'op=destroy reason=oci vm="d1"'
	same "$(find /sys/fs/cgroup -maxdepth 3 -path '*/default/d1')" "" "groups left"
	rows_done
}
