# SPDX-License-Identifier: Apache-2.0
# secctr-runtime: the life of an engine's container, its records, refusals by name, exec, terminals.
load lib
load oci

setup_file() {
	make_place
	make_engine
}
teardown() { delete_all; }

@test "create, start, kill, delete: states, pid file, and each step in the audit log" {
	bundle life ".process.args=$(args sh -c 'trap "exit 4" TERM; echo up; while :; do sleep 0.1; done') | .annotations={\"a.b\":\"c d\"}"
	audit_mark
	engine life --bundle "$B" c1
	[ "$(state_of c1)" = created ]
	pid=$(cat "$E/pid")
	[ "$(rt state c1 | jq .pid)" = "$pid" ]
	[ "$(readlink "/proc/$pid/exe")" = "$BIN/secctr-runtime" ] # at its gate: nothing of the bundle runs
	[ ! -s "$E/stdout" ]
	[ "$(cat "/proc/$pid/loginuid")" = 1000 ]
	audit_has 'VIRT_CREATE .*op=create reason=oci vm="c1"'
	audit_has 'VIRT_MACHINE_ID .*vm="c1"'
	audit_has 'VIRT_RESOURCE .*resrc=caps .*vm="c1"'
	! audit_since | grep -q 'op=start'
	rt start c1
	[ "$(state_of c1)" = running ]
	audit_has "VIRT_CONTROL .*op=start reason=oci vm=\"c1\" .*init-pid=$pid .*exe=\"/usr/bin/secctr-runtime\".*res=success"
	rt state c1 | json '.ociVersion == "1.3.0" and .bundle == $b and .annotations["a.b"] == "c d"' --arg b "$B"
	for _ in $(seq 40); do [ ! -s "$E/stdout" ] || break; sleep 0.05; done
	[ "$(cat "$E/stdout")" = up ]
	rt kill c1 TERM
	wait_file "$E/ended"
	[ "$(cat "$E/ended")" = 4 ]
	[ "$(state_of c1)" = stopped ]
	[ "$(rt state c1 | jq .pid)" = 0 ]
	audit_has 'op=kill reason=kill vm="c1" .*sig=15'
	# Where the kernel tells how it ended, though another reaped it (Linux 6.15).
	audit_has 'op=stop reason=exited vm="c1" .*exit=(4|255) sig=0'
	rt delete c1
	audit_has 'VIRT_DESTROY .*op=destroy reason=oci vm="c1"'
	! rt state c1 2>/dev/null
	# The session of its processes is one of its own, and another than ours.
	own=$(audit_since | grep -oE 'own-ses=[0-9]+' | head -n 1) from=$(audit_since | grep -oE 'from-ses=[0-9]+' | head -n 1)
	[ "${own#own-}" != "${from#from-}" ]
	# Created before started, started before stopped, stopped before removed.
	order=$(audit_since | grep -oE 'op=(create|start|kill|stop|destroy) ' | tr -d '\n')
	[ "$order" = "op=create op=start op=kill op=stop op=destroy " ]
}

@test "what the states do not allow is refused" {
	bundle wrong ".process.args=$(args sleep 100)"
	engine wrong --bundle "$B" w1
	row "start twice"
	rt start w1
	before=$(traces)
	audit_mark
	try_rt start w1
	like "$err" 'w1 is running, not created'
	same "$status" 125
	same "$(audit_wait 1)" 1 refusals
	row "delete of what runs"
	try_rt delete w1
	like "$err" 'w1 is running, not stopped'
	row "create of what is there"
	refused_rt 125 'w1' create --bundle "$B" w1
	row "pause, and what a paused one takes"
	rt pause w1
	same "$(state_of w1)" paused
	try_rt exec w1 true
	like "$err" 'container not running: w1 is paused'
	rt resume w1
	same "$(state_of w1)" running
	row "one that is not there"
	for word in start state "kill" delete ps pause; do
		try_rt $word nobody
		like "$err" 'container does not exist: nobody'
		same "$status" 125
	done
	try_rt delete --force nobody
	same "$status" 0
	row "a front part of our own id is no id of an engine"
	front=$(basename "$STORE"/containers/*)
	try_rt state "${front:0:8}"
	like "$err" 'does not exist'
	row "kill and delete of what has ended"
	rt kill w1 KILL
	wait_file "$E/ended"
	same "$(cat "$E/ended")" -9
	try_rt kill w1
	like "$err" 'container not running: w1 is stopped'
	rt delete w1
	row "delete of what was created only"
	engine wrong --bundle "$B" w2
	rt delete w2
	wait_file "$E/ended"
	same "$(rt list -q)" ""
	rows_done
}

@test "ids: what cannot reach a path or a record; one of 64 digits is the record's uuid" {
	bundle ids ".process.args=$(args true)"
	for id in .. . a/b -x 'a b' "x' auid=0" $'a\nb' "$(printf 'a%.0s' {1..65})" ''; do
		row "$id"
		refused_rt 125 'container id|usage|unknown option|is empty' create --bundle "$B" "$id" 2>/dev/null ||
			refused_rt -n 125 'usage|unknown option' create --bundle "$B" "$id"
	done
	BAD=0
	hex=$(printf 'ab%.0s' {1..32})
	audit_mark
	rt run --bundle "$B" "$hex"
	audit_has 'op=start .*vm="abababababab" uuid=abababab-abab-4bab-abab-abababababab'
}

@test "run: status, streams, descriptors; a leaked directory does not go in" {
	bundle run ".process.args=$(args sh -c 'cat; echo err >&2; ls /proc/self/fd | tr "\n" " "; exit 7')"
	status=0
	echo typed | "$BIN/secctr-runtime" --root "$STORE" run --bundle "$B" r1 9</ >"$BATS_TEST_TMPDIR/o" 2>"$BATS_TEST_TMPDIR/e" || status=$?
	[ "$status" = 7 ]
	[ "$(cat "$BATS_TEST_TMPDIR/o")" = $'typed\n0 1 2 3 ' ] # 3 is the directory that ls reads
	[ "$(cat "$BATS_TEST_TMPDIR/e")" = err ]
	[ -z "$(rt list -q)" ]
	# Descriptors that are handed in: as many as the policy says.
	bundle run ".process.args=$(args cat /proc/self/fd/3)"
	refused_rt 125 'process.preserveFds: 1 descriptors .*PreserveFDs=' run --preserve-fds 1 --bundle "$B" r1
	engine_policy <<-END
		[Process]
		PreserveFDs=1
	END
	echo handed >"$BATS_TEST_TMPDIR/f"
	[ "$(rt run --preserve-fds 1 --bundle "$B" r1 3<"$BATS_TEST_TMPDIR/f")" = handed ]
	engine_policy </dev/null
	[ "$BAD" = 0 ]
}

@test "a refusal names the property, is in --log, is recorded once and leaves nothing" {
	while IFS='|' read -r name filter says; do
		row "$name"
		bundle refused "$filter"
		refused_rt '12[5-7]' "$says" create --bundle "$B" x1
	done <<-'END'
		classID|.linux.resources.network={"classID":1}|config.json: linux.resources.network.classID: cannot be applied
		hooks|.hooks={"poststart":[{"path":"/bin/true"}]}|config.json: hooks: cannot be applied
		unified|.linux.resources.unified={"memory.max":"1"}|config.json: linux.resources.unified: cannot be applied
		option|.mounts[0].options+=["bogus"]|config.json: mounts\[0\].options: bogus on /proc cannot be applied
		version|.ociVersion="2.0.0"|config.json: ociVersion: 2.0.0
		label|.process.selinuxLabel="system_u:system_r:container_t:s0:c1,c2"|process.selinuxLabel.*SELinux is off
		AppArmor|.process.apparmorProfile="x"|process.apparmor: AppArmor is not used
		root|.root.path="/"|root.path: the host's own root is refused
		no root|.root.path="none"|config.json: root.path: .*No such file
		elsewhere|.root.path="/etc"|root.path: /etc is not below an allowed directory .AllowRootfs= at /etc/secctr/policy.d/oci-engine.policy:[0-9]+
		a link|.mounts+=[{"destination":"/m","type":"bind","source":"/etc","options":["rbind"]}]|mounts: /etc is not below a path allowed for writing
		capability|.process.capabilities.bounding=["CAP_SYS_ADMIN"]|process.capBounding: CAP_SYS_ADMIN is not in the bounding set
		never|.process.capabilities.bounding=["CAP_AUDIT_WRITE"]|CAP_AUDIT_WRITE is never given to a container
		host network|del(.linux.namespaces[1])|network: host is not an allowed mode
		host processes|del(.linux.namespaces[0])|ns: the pid name space must be its own
		no mounts|del(.linux.namespaces[4])|ns: the mount name space is always its own
		sysctl|.linux.sysctl={"vm.swappiness":"1"}|sysctls: vm.swappiness is no setting
		cgroup|.linux.cgroupsPath="/elsewhere/x"|resources.cgroupParent: /elsewhere is not an allowed cgroup parent
		device|.linux.resources.devices+=[{"allow":true,"type":"b","access":"rwm"}]|devices: .*DeviceAllow=
		command|.process.args=["no-such"]|no-such: cannot be executed: No such file
		cwd|.process.cwd="/none"|working directory /none
		terminal|.process.terminal=true|config.json: process.terminal: needs --console-socket
	END
	row "no bundle"
	refused_rt 125 'bundle .*/none: No such file|bundle /none: No such' create --bundle /none x1
	row "no config.json"
	mkdir -p "$PLACE/b/empty"
	refused_rt 125 'config.json' create --bundle "$PLACE/b/empty" x1
	row "systemd's driver"
	refused_rt -n 125 'cgroup_manager=cgroupfs' --systemd-cgroup create --bundle "$B" x1
	row "--no-pivot"
	refused_rt 125 '--no-pivot: without pivot_root' create --no-pivot --bundle "$B" x1
	row "a command of others"
	refused_rt -n 125 'checkpoint is not in this version' checkpoint x1
	rows_done
}

@test "unknown properties are ignored, and told in --log and in the plan" {
	bundle odd ".process.args=$(args true) | .future={\"x\":1} | .linux.odd=true"
	rm -f "$RTLOG"
	engine odd --bundle "$B" o1
	jq -r 'select(.level == "warning").msg' "$RTLOG" | grep -qx 'config.json: future: ignored: no such property or value is known'
	grep -q '"ignored":\["linux.odd"\|"ignored":\["future"' "$STORE"/containers/*/plan.json
}

@test "nothing without a record: audit off, nothing is made" {
	bundle off ".process.args=$(args true)"
	auditctl -e 0 >/dev/null
	before=$(traces)
	try_rt run --bundle "$B" o1
	auditctl -e 1 >/dev/null
	like "$err" 'audit is off'
	same "$status" 125
	no_new_traces "$before"
	row "start"
	engine off --bundle "$B" o2
	auditctl -e 0 >/dev/null
	try_rt start o2
	auditctl -e 1 >/dev/null
	like "$err" 'audit is off'
	same "$(state_of o2)" created
	rows_done
}

@test "without a login the policy's owner answers for the engine; without an owner nothing starts" {
	bundle owner ".process.args=$(args cat /proc/self/loginuid)"
	without_login() { try bash -c 'echo 4294967295 >/proc/self/loginuid && exec "$@"' x "$BIN/secctr-runtime" --root "$STORE" "$@"; }
	audit_mark
	without_login run --bundle "$B" o1
	like "$status" 125
	like "$err" 'UnitOwner='
	same "$(audit_wait 1)" 1 refusals
	engine_policy <<-END
		[Who]
		UnitOwner=bob
	END
	audit_mark
	without_login run --bundle "$B" o1
	same "$out" 1001 "login UID ($err)"
	audit_has 'op=create reason=oci vm="o1"'
	row "an exec of it, a pause"
	bundle owner ".process.args=$(args sleep 100)"
	engine owner --bundle "$B" o2
	rt start o2
	without_login exec o2 cat /proc/self/loginuid
	same "$out" 1001 "login UID of exec ($err)"
	without_login pause o2
	same "$status" 0 "pause ($err)"
	without_login delete --force o2
	same "$status" 0 "delete ($err)"
	engine_policy </dev/null
	rows_done
}

@test "the container ends with its monitor, and the next command records it" {
	bundle dead ".process.args=$(args sleep 100)"
	engine dead --bundle "$B" d1
	rt start d1
	audit_mark
	monitor=$(jq .monitor_pid "$STORE"/containers/*/state.json 2>/dev/null || jq .monitorPid "$STORE"/containers/*/state.json)
	kill -9 "$monitor"
	wait_file "$E/ended"
	[ "$(cat "$E/ended")" = -9 ]
	[ "$(state_of d1)" = stopped ]
	audit_has 'op=stop reason=monitor-died vm="d1"'
	rt delete d1
}

@test "limits are in the group that the engine names; a name that is taken is left alone" {
	bundle cg ".process.args=$(args sleep 100) | .linux.cgroupsPath=\"/libpod_parent/libpod-t1\" | .linux.resources.pids={\"limit\":33}"
	engine cg --bundle "$B" g1
	rt start g1
	group=$(find /sys/fs/cgroup -maxdepth 4 -type d -path '*/libpod_parent/libpod-t1' -exec test -e {}/pids.max \; -print | head -n 1)
	[ "$(cat "$group/pids.max")" = 33 ]
	grep -qx "$(cat "$E/pid")" "$group/cgroup.procs"
	# Another container with the same path: refused, and the first one lives.
	refused_rt 125 'libpod-t1: mkdir' create --bundle "$B" g2
	[ "$(state_of g1)" = running ]
	rt delete --force g1
	[ ! -e "$group" ]
	[ "$BAD" = 0 ]
}

@test "exec: process.json, status, records of start and end; no more than the policy gives" {
	bundle ex ".process.args=$(args sleep 100)"
	engine ex --bundle "$B" e1
	rt start e1
	audit_mark
	process() { jq -n --argjson a "$(args "$@")" '{cwd:"/",args:$a,env:["PATH=/bin"],user:{uid:0,gid:0},noNewPrivileges:true}' >"$BATS_TEST_TMPDIR/p.json"; }
	process sh -c 'cat /proc/self/loginuid; exit 5'
	try_rt exec --process "$BATS_TEST_TMPDIR/p.json" --pid-file "$BATS_TEST_TMPDIR/pid" e1
	same "$status" 5
	same "$out" 1000 "login UID"
	audit_has "op=exec reason=oci vm=\"e1\" .*init-pid=$(cat "$BATS_TEST_TMPDIR/pid") "
	audit_has 'op=exec-end reason=exited vm="e1" .*exit=(5|255) '
	audit_has 'USER_CMD .*vm="e1"'
	row "words"
	try_rt exec e1 sh -c 'kill -9 $$'
	same "$status" 137
	row "detached"
	process sleep 50
	try_rt exec --detach --process "$BATS_TEST_TMPDIR/p.json" e1
	same "$status" 0
	same "$(rt ps e1 | grep -c sleep)" 2 "processes"
	while IFS='|' read -r name filter says; do
		row "$name"
		process true
		jq "$filter" "$BATS_TEST_TMPDIR/p.json" >"$BATS_TEST_TMPDIR/q.json"
		audit_mark
		try_rt exec --process "$BATS_TEST_TMPDIR/q.json" e1
		like "$err" "$says"
		like "$status" '^12[5-7]$'
		same "$(audit_wait 1)" 1 refusals
	done <<-'END'
		capability|.capabilities={"bounding":["CAP_SYS_ADMIN"]}|CAP_SYS_ADMIN is not in the bounding set
		AppArmor|.apparmorProfile="x"|AppArmor is not used
		scheduler|.scheduler={"policy":"SCHED_FIFO"}|process.json: process.scheduler: cannot be applied
		a terminal without a socket|.terminal=true|needs --console-socket
		no command|.args=[]|process.args: is missing
		command|.args=["no-such"]|no-such: cannot be executed
		uid as text|.user.uid="1"|process.user.uid: not a whole number
		uid of 33 bits|.user.uid=4294967296|process.user.uid: 4294967296 is not within
	END
	rt kill e1 KILL
	wait_file "$E/ended"
	row "not running"
	try_rt exec e1 true
	like "$err" 'container not running: e1 is stopped'
	rows_done
}

@test "a terminal goes out in one message, and has the size of the bundle" {
	bundle tty ".process.args=$(args sh -c 'stty size; tty; read -r x; echo got $x') | .process.terminal=true | .process.consoleSize={\"height\":41,\"width\":99}"
	TTY=1 engine tty --bundle "$B" t1
	rt start t1
	for _ in $(seq 60); do ! grep -q /dev/pts "$E/out" || break; sleep 0.05; done
	grep -q '^41 99' "$E/out"
	grep -q '^/dev/pts/0' "$E/out"
	echo word >"$E/in"
	wait_file "$E/ended"
	grep -q '^got word' "$E/out"
}

@test "features and spec say the truth" {
	rt features | json '.ociVersionMin == "1.0.0" and .ociVersionMax == "1.3.0" and .hooks == [] and .linux.cgroup.systemd == false and
		.linux.selinux.enabled == false and (.linux.capabilities | index("CAP_AUDIT_WRITE") == null) and
		.linux.seccomp.supportedFlags == ["SECCOMP_FILTER_FLAG_TSYNC"]'
	# What it names is taken, and what it does not name is refused.
	for option in $(rt features | jq -r '.mountOptions[]'); do
		row "$option"
		bundle opt ".process.args=$(args true) | .mounts+=[{\"destination\":\"/m\",\"type\":\"bind\",\"source\":\"$PLACE/b\",\"options\":[\"rbind\",\"$option\"]}]"
		try_rt run --bundle "$B" f1
		same "$status" 0 "$option ($err)"
	done
	row spec
	try_rt spec --bundle "$B"
	like "$err" 'File exists'
	rows_done
}
