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
	for _ in {1..40}; do [ ! -s "$E/stdout" ] || break; sleep 0.05; done
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

@test "run: signals go to the program; who kills it leaves the container, which is removed at its end all the same" {
	mkdir -p "$PLACE/out"
	bundle fg ".process.args=$(args sh -c 'trap "exit 9" TERM; echo ready >/out/ready; while :; do sleep 0.05; done') |
		.mounts+=[{destination:\"/out\",type:\"bind\",source:\"$PLACE/out\",options:[\"bind\",\"rw\"]}]"
	row "a signal"
	"$BIN/secctr-runtime" --root "$STORE" run --bundle "$B" f1 </dev/null >/dev/null 2>&1 3>&- &
	pid=$! status=0
	wait_file "$PLACE/out/ready"
	same "$(state_of f1)" running
	kill -TERM "$pid"
	wait "$pid" || status=$?
	same "$status" 9 "its status"
	same "$(rt list -q)" ""
	row "killed"
	audit_mark
	rm "$PLACE/out/ready"
	"$BIN/secctr-runtime" --root "$STORE" run --bundle "$B" f2 </dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	wait_file "$PLACE/out/ready"
	kill -9 "$pid"
	wait "$pid" || true
	same "$(state_of f2)" running "the container goes on"
	rt kill f2 TERM
	for _ in {1..100}; do [ -n "$(rt list -q)" ] || break; sleep 0.05; done
	same "$(rt list -q)" "" "left"
	same "$(audit_since | grep -c 'op=stop reason=exited vm="f2" .*exit=9 sig=0')" 1 "stop records"
	same "$(audit_since | grep -c 'op=destroy .*vm="f2"')" 1 "records of its removal"
	row "kept"
	bundle fk ".process.args=$(args sh -c 'exit 4')"
	try_rt run --keep --bundle "$B" f3
	same "$status" 4
	same "$(state_of f3)" stopped
	rt delete f3
	same "$(rt list -q)" ""
	rows_done
}

# What a container with this mount sees: see FILTER of jq for it, COMMAND in sh
see() {
	bundle mounts ".mounts+=[$1] | .process.args=$(args sh -c "$2")"
	try_rt run --bundle "$B" m1
}

@test "tmpcopyup: what the root file system has comes in, and nothing of the host" {
	local caps='["CAP_DAC_OVERRIDE"]'
	image() { # into the root file system of $B
		mkdir -p "$B/rootfs/t/d/e" && echo text >"$B/rootfs/t/d/f" && chown 700:701 "$B/rootfs/t/d/f" && chmod 4640 "$B/rootfs/t/d/f"
		chown 5:6 "$B/rootfs/t" && chmod 2750 "$B/rootfs/t"
		ln -s /etc/shadow "$B/rootfs/t/l" && mkfifo "$B/rootfs/t/p" && mknod "$B/rootfs/t/null" c 1 3
		touch -d 2001-02-03 "$B/rootfs/t/d/f" "$B/rootfs/t/d"
	}
	with_image() { # OPTIONS COMMAND
		bundle up ".mounts+=[{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"tmpcopyup\",$1]}] | .process.args=$(args sh -c "$2") |
			.process.capabilities={bounding:$caps,effective:$caps,permitted:$caps}"
		image
		try_rt run --bundle "$B" u1
	}
	with_image '"nosuid","nodev"' 'cd /t; stat -c "%n %a %u %g" . d/f; cat d/f; readlink l; ls; stat -c %y d/f d; echo new >d/f'
	same "$out" "$(printf '%s\n' '. 2750 5 6' 'd/f 4640 700 701' text /etc/shadow d l p '2001-02-03 00:00:00.000000000 +0000' '2001-02-03 00:00:00.000000000 +0000')" "copy ($err)"
	same "$(cat "$B/rootfs/t/d/f")" text "the root file system's own"
	row "what the mount says counts"
	with_image '"mode=700","uid=3","gid=4","ro"' 'stat -c "%a %u %g" /t; cat /t/d/f; touch /t/x 2>&1'
	like "$out" '^700 3 4
text
touch: /t/x: Read-only'
	row "more than its size"
	bundle up ".mounts+=[{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"tmpcopyup\",\"size=64k\"]}] | .process.args=$(args true)"
	mkdir "$B/rootfs/t" && head -c 65536 /dev/zero >"$B/rootfs/t/f"
	try_rt run --bundle "$B" u1
	same "$status" 0 "as much ($err)"
	echo >>"$B/rootfs/t/f"
	refused_rt 125 'tmpcopyup on /t: the root file system has more there' run --bundle "$B" u1
	row "deeper than the limit"
	rm "$B/rootfs/t/f" && mkdir -p "$B/rootfs/t/$(printf 'd/%.0s' {1..64})"
	try_rt run --bundle "$B" u1
	same "$status" 0 "64 deep ($err)"
	mkdir -p "$B/rootfs/t/$(printf 'd/%.0s' {1..65})"
	refused_rt 125 'tmpcopyup on /t: more than 64 directories deep' run --bundle "$B" u1
	row "a link in the place of the directory"
	rm -r "$B/rootfs/t" && mkdir "$B/rootfs/real" && ln -s /real "$B/rootfs/t" && echo in >"$B/rootfs/real/f"
	try_rt run --bundle "$B" u1
	same "$status" 0 "a link ($err)"
	row "mounts below are another's"
	bundle up ".mounts+=[{\"destination\":\"/t/m\",\"type\":\"bind\",\"source\":\"$PLACE/b\",\"options\":[\"rbind\"]},{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"tmpcopyup\"]}] | .process.args=$(args ls -R /t)"
	try_rt run --bundle "$B" u1
	same "$out" "/t:" "left out ($err)"
	rows_done
}

@test "mount options: recursive ones, propagation, ids of a bind" {
	src=$PLACE/b/src
	mkdir -p "$src/low" && mount -t tmpfs -o nosuid,nodev,noexec,noatime,ro low "$src/low"
	bind() { # OPTIONS, COMMAND
		local options
		options=$(printf '"%s",' $1)
		see "{\"destination\":\"/m\",\"type\":\"bind\",\"source\":\"$src\",\"options\":[${options%,}]}" "$2"
	}
	of() { echo "grep ' $1 ' /proc/self/mountinfo | cut -d' ' -f6"; }
	bind 'rbind rro rnosymfollow rnodiratime' "$(of /m); $(of /m/low)"
	like "$out" '^ro,nodiratime,.*nosymfollow
ro,.*nodiratime.*nosymfollow$'
	bind 'rbind rw rexec rrw rrelatime rdev rsuid' "$(of /m/low)"
	same "$out" rw,relatime "cleared below ($err)"
	bind 'rbind rrw rro' "$(of /m/low)"
	like "$out" '^ro,'
	bind 'bind rro' "$(of /m); $(of /m/low); echo"
	like "$out" '^ro,[a-z]*$'
	bind 'rbind nosymfollow nodiratime strictatime silent defaults async' "$(of /m)"
	like "$out" 'nodiratime,nosymfollow|nosymfollow'
	row propagation
	mount --make-shared "$src/low"
	bind 'rbind rslave' "grep -c ' /m/low .* master:' /proc/self/mountinfo"
	same "$out" 1 "slave ($err)"
	bind 'rbind private' "grep -c ' /m/low .* \(master\|shared\):' /proc/self/mountinfo"
	same "$out" 0 "private ($err)"
	bind 'rbind runbindable' "grep -c ' /m/low .* unbindable' /proc/self/mountinfo"
	same "$out" 1 "unbindable ($err)"
	bind 'rbind rshared' true
	like "$err" 'mounts: /m: what the container mounts there may not show on the host .shared. .AllowMountOptions='
	engine_policy <<-END
		[Filesystem]
		AllowMountOptions=shared idmap
	END
	bind 'rbind rshared' "grep -c ' /m/low .* shared:' /proc/self/mountinfo"
	same "$out" 1 "shared ($err)"
	for word in slave rshared unbindable; do
		bundle mounts ".linux.rootfsPropagation=\"$word\" | .process.args=$(args sh -c "grep -E '^[0-9]+ [0-9]+ [0-9:]+ [^ ]+ / ' /proc/self/mountinfo")"
		[ "$word" != slave ] || { mount --bind "$B" "$B" && mount --make-shared "$B"; }
		try_rt run --bundle "$B" m1
		[ "$word" != slave ] || umount "$B"
		like "$out" "$(case $word in slave) echo master: ;; rshared) echo shared: ;; *) echo unbindable ;; esac)"
	done
	row ids
	umount "$src/low" && echo x >"$src/f" && chown 10:20 "$src/f"
	map() { see "{\"destination\":\"/m\",\"type\":\"bind\",\"source\":\"$src\",\"options\":[\"rbind\"],\"uidMappings\":[{\"containerID\":$1,\"hostID\":$2,\"size\":5}],\"gidMappings\":[{\"containerID\":20,\"hostID\":2000,\"size\":1}]}" 'stat -c "%u %g" /m/f'; }
	map 10 1000
	same "$out" '1000 2000' "ids of a bind ($err)"
	map 11 1000
	same "$out" '65534 2000' "one that has no place ($err)"
	engine_policy </dev/null
	map 10 1000
	like "$err" "may not be those of the host's files there .idmap. .AllowMountOptions="
	rows_done
}

@test "a refusal names the property, is in --log, is recorded once and leaves nothing" {
	while IFS='|' read -r name filter says; do
		row "$name"
		bundle refused "$filter"
		refused_rt '12[5-7]' "$says" create --bundle "$B" x1
	done <<-'END'
		classID|.linux.resources.network={"classID":1}|resources.netClass: the host's class 1 is not among the allowed ones .AllowNetworkClasses= at
		priority of an interface|.linux.resources.network={"priorities":[{"name":"eth0","priority":1}]}|resources.netPriorities: eth0=1 is more than 0 .NetworkPriorityMax= at
		real time|.process.scheduler={"policy":"SCHED_FIFO","priority":1}|process.scheduler: fifo is not allowed .AllowScheduling= at
		nice|.process.scheduler={"policy":"SCHED_OTHER","nice":-1}|process.nice: nice is not allowed .AllowScheduling= at
		real-time input and output|.process.ioPriority={"class":"IOPRIO_CLASS_RT","priority":0}|process.ioClass: realtime-io is not allowed .AllowScheduling= at
		time for real-time tasks|.linux.resources.cpu.realtimeRuntime=1000|resources.cpuRtRuntime: real-time tasks .fifo, rr. are not allowed .AllowScheduling= at
		a listener|.linux.seccomp={"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/run/x","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}]}|seccomp.listener: /run/x may not be told of system calls .AllowSystemCallListeners= at
		a filter's flag|.linux.seccomp={"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_LOG"]}|seccomp.flags: the filter's flag log is not allowed .AllowSystemCallFlags= at
		clocks|.linux.timeOffsets={"boottime":{"secs":1}}|config.json: linux.timeOffsets: needs a time name space
		clocks of others|.linux.namespaces+=[{"type":"time","path":"/proc/1/ns/time"}]|ns: the time name space must be its own .AllowNamespacePaths= at
		network devices|.linux.netDevices={"eth0":{}}|netDevices: eth0: the host.s device may not be taken .NetDevices= at
		resctrl|.linux.intelRdt={"closID":"x"}|config.json: linux.intelRdt: cannot be applied
		memory nodes|.linux.memoryPolicy={"mode":"MPOL_BIND","nodes":"1023"}|linux.memoryPolicy: Invalid argument
		hooks|.hooks={"poststart":[{"path":"/bin/true"}]}|hooks: poststart: /usr/bin/true may not be run .AllowHooks= at
		a hook of the container|.hooks={"startContainer":[{"path":"/bin/true"}]}|hooks: startContainer: /bin/true may not be run .AllowHooks= at
		tmpcopyup|.mounts[1].options+=["tmpcopyup"]|tmpcopyup on /dev: is for a tmpfs, and nothing of the root file system
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
	bundle driver ".process.args=$(args true)"
	refused_rt 125 'cgroupManager: systemd is not the first process here' --systemd-cgroup create --bundle "$B" x1
	row "systemd's driver and a path"
	bundle driver ".process.args=$(args true) | .linux.cgroupsPath=\"/libpod_parent/x\""
	refused_rt 125 '--systemd-cgroup: linux.cgroupsPath of config.json is a path' --systemd-cgroup create --bundle "$B" x1
	refused_rt -n 125 '--systemd-cgroup: with --cgroup-manager cgroupfs' --systemd-cgroup --cgroup-manager cgroupfs create --bundle "$B" x1
	row "a scope without systemd's driver"
	bundle driver ".process.args=$(args true) | .linux.cgroupsPath=\"machine.slice:libpod:x\""
	refused_rt 125 'linux.cgroupsPath: SLICE:PREFIX:NAME is for systemd' create --bundle "$B" x1
	row "--no-pivot"
	refused_rt 125 '--no-pivot: without pivot_root' create --no-pivot --bundle "$B" x1
	row "a command of others"
	refused_rt -n 125 'checkpoint is not in this version' checkpoint x1
	rows_done
}

# Hooks of the host tell what they are and see in $HOOKED; the bundle's jq filter is $2 in front of them.
hook_bundle() { # NAME FILTER HOOKS as JSON
	bundle "$1" "$2 | .hooks=$3"
	rm -f "$HOOKED"
}
make_hooks() {
	HOOKED=$PLACE/hooked
	mkdir -p "$PLACE/hooks"
	cat >"$PLACE/hooks/tell" <<-END
		#!/bin/bash
		state=\$(cat)
		pid=\$(jq -r .pid <<<"\$state")
		{
			echo "\$1 \$(jq -r .status <<<"\$state") \$(jq -r .id <<<"\$state") \$A args=\$# fds=\$(ls /proc/self/fd | wc -l) pwd=\$PWD"
			echo "\$1 env=\$(env | grep -vE '^(PWD|SHLVL|_)=' | sort | tr '\n' ' ')umask=\$(umask) auid=\$(cat /proc/self/loginuid) \$(jq -r '.annotations.k' <<<"\$state")"
			[ "\$pid" = null ] || echo "\$1 same-mounts=\$([ \$(readlink /proc/\$pid/ns/mnt) = \$(readlink /proc/self/ns/mnt) ] && echo yes || echo no) exe=\$(basename "\$(readlink /proc/\$pid/exe)")"
		} >>$HOOKED
	END
	printf '#!/bin/sh\necho no such luck; echo >>%s "fail $1"; exit 3\n' "$HOOKED" >"$PLACE/hooks/fail"
	printf '#!/bin/sh\necho early; sleep 100 & sleep 100\n' >"$PLACE/hooks/slow"
	chmod 755 "$PLACE"/hooks/*
	engine_policy <<-END
		[Process]
		AllowHooks=$PLACE/hooks @container
	END
}
tell() { echo "[{\"path\":\"$PLACE/hooks/tell\",\"args\":[\"x\",\"$1\",\"b\"],\"env\":[\"PATH=/bin:/usr/bin\",\"A=v\"]}]"; }

@test "hooks: all six in the specification's order, with their state, arguments and environment and nothing else of ours" {
	make_hooks
	for when in prestart createRuntime createContainer poststart poststop; do all="${all-}\"$when\":$(tell $when),"; done
	hook_bundle hook ".process.args=$(args sh -c 'cat /from-hook; sleep 100') | .annotations={\"k\":\"note\"} | .root.readonly=false" \
		"{$all\"startContainer\":[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"cat >/from-hook; echo; id -u >>/from-hook; echo \$V >>/from-hook; grep -E '^(Seccomp|NoNewPrivs|CapEff):' /proc/self/status >>/from-hook; ls /proc/self/fd | tr '\\\\n' ' ' >>/from-hook\"],\"env\":[\"V=w\"]}]}"
	audit_mark
	engine hook --bundle "$B" h1 5</
	same "$(cut -d' ' -f1 "$HOOKED" | uniq | tr '\n' ' ')" 'prestart createRuntime createContainer ' "of create"
	same "$(grep -c 'creating h1 v args=2 fds=4 pwd=/$' "$HOOKED")" 3 "$(cat "$HOOKED")"
	same "$(grep -c 'env=A=v PATH=/bin:/usr/bin umask=0022 auid=1000 note$' "$HOOKED")" 3 "$(cat "$HOOKED")"
	same "$(grep -c 'Runtime same-mounts=no exe=secctr-runtime' "$HOOKED")" 1
	same "$(grep -c 'createContainer same-mounts=yes' "$HOOKED")" 1
	same "$(ls "$B/rootfs/from-hook" 2>&1 | grep -c 'No such')" 1 "startContainer waits for start"
	rt start h1
	same "$(grep -c 'poststart running h1' "$HOOKED")" 1
	wait_text() { for _ in {1..60}; do ! grep -q "$1" "$E/stdout" || break; sleep 0.05; done; }
	wait_text '^0 1 2'
	like "$(cat "$E/stdout")" '"status":"created","pid":[0-9]+.0
w
CapEff:.0000000000000000
NoNewPrivs:.1
Seccomp:.*
0 1 2 3 $'
	row "records"
	for when in prestart createRuntime createContainer startContainer poststart poststop; do audit_has "resrc=hook reason=$when vm=\"h1\" .*path="; done
	rt delete --force h1
	same "$(grep -c 'poststop stopped h1' "$HOOKED")" 1
	rows_done
}

@test "hooks that fail: nothing starts, what was begun is ended and told; the last ones go on" {
	make_hooks
	fail() { echo "[{\"path\":\"$PLACE/hooks/fail\",\"args\":[\"x\",\"1\"]},{\"path\":\"$PLACE/hooks/fail\",\"args\":[\"x\",\"2\"]}]"; }
	for when in prestart createRuntime createContainer; do
		row "$when"
		hook_bundle hf ".process.args=$(args true)" "{\"$when\":$(fail),\"poststop\":$(tell poststop)}"
		refused_rt 125 "hooks.$when.0.: $PLACE/hooks/fail: exit status 3: no such luck" create --bundle "$B" f1
		same "$(sed -E 's/ .*//' "$HOOKED" | uniq -c | tr -s ' \n' ' ')" ' 1 fail 2 poststop ' "what ran: $(cat "$HOOKED")"
	done
	row startContainer
	hook_bundle hf ".process.args=$(args echo ran)" "{\"startContainer\":[{\"path\":\"/bin/false\"}],\"poststop\":$(tell poststop)}"
	engine hf --bundle "$B" f2
	try_rt start f2
	like "$err" 'hooks.startContainer.0.: /bin/false: exit status 1'
	wait_file "$E/ended"
	same "$(cat "$E/stdout")" "" "the program"
	rt delete f2
	same "$(grep -c '^poststop stopped' "$HOOKED")" 1 poststop
	row poststart
	hook_bundle hf ".process.args=$(args sleep 100)" "{\"poststart\":$(fail)}"
	engine hf --bundle "$B" f3
	audit_mark
	try_rt start f3
	same "$status" 125
	like "$err" 'hooks.poststart.0.: .*exit status 3'
	wait_file "$E/ended"
	same "$(cat "$HOOKED")" "fail 1"
	audit_has 'op=poststart .*vm="f3" .*res=failed'
	rt delete f3
	row poststop
	hook_bundle hf ".process.args=$(args true)" "{\"poststop\":$(fail)}"
	engine hf --bundle "$B" f4
	audit_mark
	rm -f "$RTLOG"
	rt delete --force f4
	same "$(tr '\n' ' ' <"$HOOKED")" "fail 1 fail 2 "
	audit_has 'op=poststop .*vm="f4" .*res=failed'
	like "$(jq -r 'select(.level == "warning").msg' "$RTLOG")" 'hooks.poststop.0.: .*deleted all the same'
	row "its time"
	hook_bundle hf ".process.args=$(args true)" "{\"createRuntime\":[{\"path\":\"$PLACE/hooks/slow\",\"timeout\":1,\"env\":[\"PATH=/bin\"]}]}"
	SECONDS=0
	refused_rt 125 'hooks.createRuntime.0.: .*/slow: was killed after 1 seconds: early' create --bundle "$B" f5
	[ "$SECONDS" -lt 20 ]
	[ -z "$(pgrep -f '^sleep 100$')" ]
	row "who may change it"
	chmod 777 "$PLACE/hooks/tell"
	hook_bundle hf ".process.args=$(args true)" "{\"prestart\":$(tell p)}"
	refused_rt 125 'hooks.prestart: .*/tell: not a program that root alone can change' create --bundle "$B" f6
	chmod 755 "$PLACE/hooks/tell" && ln -s tell "$PLACE/hooks/link"
	hook_bundle hf ".process.args=$(args true)" "{\"prestart\":[{\"path\":\"$PLACE/hooks/link\"}]}"
	try_rt run --bundle "$B" f6
	same "$status" 0 "a link is followed before the policy looks ($err)"
	ln -sf /bin/true "$PLACE/hooks/link"
	refused_rt 125 'hooks: prestart: /usr/bin/true may not be run' create --bundle "$B" f6
	rm "$PLACE/hooks/link"
	engine_policy </dev/null
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

# What the first of these files has that is in one of the container's own groups
limit() { # ID FILE...
	local file group
	group=$(grep -oE 'secctr/[0-9a-f]{64}' "/proc/$(rt state "$1" | jq .pid)/cgroup" | head -n 1)
	for file in "${@:2}"; do
		file=$(find /sys/fs/cgroup -path "*/$group/$file" | head -n 1)
		[ -z "$file" ] || { cat "$file" && return; }
	done
	echo none
}

@test "update: options and documents, decided and recorded; what is not said stays" {
	bundle up ".process.args=$(args sleep 100) | .linux.resources.memory={\"limit\":67108864} | .linux.resources.pids={\"limit\":50} | .linux.resources.cpu={\"shares\":512}"
	engine up --bundle "$B" u1
	rt start u1
	audit_mark
	rt update --pids-limit 33 --memory 33554432 u1
	same "$(limit u1 pids.max)" 33
	same "$(limit u1 memory.max memory.limit_in_bytes)" 33554432
	audit_has 'op=update reason=oci vm="u1"'
	audit_has 'resrc=mem reason=update vm="u1" .*old-mem=65536 new-mem=32768'
	echo '{"pids":{"limit":44},"cpu":{"quota":50000,"period":100000,"shares":256}}' | rt update -r - u1
	same "$(limit u1 pids.max)" 44
	same "$(limit u1 memory.max memory.limit_in_bytes)" 33554432 "what was not said"
	like "$(limit u1 cpu.max cpu.cfs_quota_us)" '^50000'
	like "$(limit u1 cpu.weight cpu.shares)" '^(25|256)$'
	rt update --cpu-quota -1 u1
	like "$(limit u1 cpu.max cpu.cfs_quota_us)" '^(max|-1)'
	while IFS='|' read -r options says; do
		row "$options"
		# shellcheck disable=SC2086
		refused_rt -n 125 "$says" update $options u1
	done <<-'END'
		|update what\? Give one
		--memory abc|--memory.*abc
		--kernel-memory 1|--memory counts all
		-r - --memory 5m|--resources says it all: no --memory
		-r /none|--resources /none: No such file
	END
	row "more than the policy gives"
	refused_rt 125 'resources.tasksMax: 9999 .*TasksMax=' update --pids-limit 9999 u1
	refused_rt 125 'resources.cpuRtRuntime: real-time tasks .fifo, rr. are not allowed .AllowScheduling=' update --cpu-rt-runtime 1 u1
	row "below what is in use"
	echo '{"memory":{"limit":1048576,"checkBeforeUpdate":true}}' >"$BATS_TEST_TMPDIR/r.json"
	before=$(limit u1 memory.current memory.usage_in_bytes)
	[ "$before" -le 1048576 ] || refused_rt 125 'below the [0-9]+ in use .checkBeforeUpdate.' update -r "$BATS_TEST_TMPDIR/r.json" u1
	echo '{"devices":[{"allow":true}]}' >"$BATS_TEST_TMPDIR/r.json"
	refused_rt 125 'linux.resources.devices: which devices' update -r "$BATS_TEST_TMPDIR/r.json" u1
	echo '{"unified":{"memory.high":"1000000"}}' >"$BATS_TEST_TMPDIR/r.json"
	[ "$(limit u1 memory.max)" != none ] || refused_rt 125 'resources.unified: ' update -r "$BATS_TEST_TMPDIR/r.json" u1
	rt kill u1 KILL && wait_file "$E/ended"
	row "stopped"
	refused_rt 125 'container not running: u1 is stopped' update --pids-limit 5 u1
	rows_done
}

@test "resources: burst, idle, huge pages, unified, devices" {
	res() { # FILTER COMMAND-IN-GROUP
		bundle res ".process.args=$(args sleep 100) | .linux.resources+=$1"
		status=0 && engine res --bundle "$B" r1 || status=$?
		[ "$status" != 0 ] || rt start r1
	}
	res '{"cpu":{"quota":50000,"period":100000,"burst":20000}}'
	same "$(limit r1 cpu.max.burst cpu.cfs_burst_us)" 20000 burst
	rt delete --force r1
	res '{"cpu":{"idle":1}}'
	same "$(limit r1 cpu.idle)" 1 idle
	rt delete --force r1
	if [ -n "$(find /sys/fs/cgroup -maxdepth 2 -name 'hugetlb.2MB.*' -o -maxdepth 2 -path '*/unified/cgroup.controllers' -exec grep -l hugetlb {} +)" ]; then
		res '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}'
		same "$(limit r1 hugetlb.2MB.max hugetlb.2MB.limit_in_bytes)" 4194304 "huge pages"
		rt delete --force r1
	fi
	row "what is refused"
	while IFS='|' read -r resources says; do
		row "$resources"
		bundle res ".process.args=$(args true) | .linux.resources+=$resources"
		refused_rt 125 "$says" create --bundle "$B" r2
	done <<-'END'
		{"unified":{"memory.min":"1"}}|resources.unified: memory.min is not allowed .AllowUnified=
		{"unified":{"cgroup.freeze":"1"}}|linux.resources.unified: cgroup.freeze: is no file of a controller's limits
		{"unified":{"pids.max":"max"}}|linux.resources.unified: pids.max: has a property of its own
		{"hugepageLimits":[{"pageSize":"3MB","limit":1}]}|resources.hugepages: 
		{"blockIO":{"throttleReadBpsDevice":[{"major":250,"minor":250,"rate":1000}]}}|linux.resources.blockIO: /dev/block/250:250: No such file
		{"rdma":{"mlx4":{"hcaHandles":1}}}|resources.rdma: .*rdma
	END
	rows_done
}

@test "scheduler, priority of input and output, personality" {
	bundle sc ".process.args=$(args sh -c 'cut -d" " -f19,41 /proc/self/stat; uname -m') | .process.scheduler={\"policy\":\"SCHED_BATCH\",\"nice\":7} |
		.process.ioPriority={\"class\":\"IOPRIO_CLASS_IDLE\"} | .linux.personality={\"domain\":\"LINUX32\"}"
	case $(uname -m) in x86_64) small=i686 ;; *) small=.* ;; esac
	try_rt run --bundle "$B" s1
	like "$out" "^7 3
$small\$"
	bundle sc ".process.args=$(args sleep 100) | .process.ioPriority={\"class\":\"IOPRIO_CLASS_BE\",\"priority\":6}"
	engine sc --bundle "$B" s2
	rt start s2
	like "$(ionice -p "$(rt state s2 | jq .pid)")" 'best-effort: prio 6'
	rt delete --force s2
	[ "$BAD" = 0 ]
}

@test "a time name space: its clocks, of exec too, and joined by path; the host's as ever" {
	bundle time ".process.args=$(args sleep 100) | .linux.namespaces+=[{\"type\":\"time\"}] | .linux.timeOffsets={\"boottime\":{\"secs\":1000000,\"nanosecs\":5},\"monotonic\":{\"secs\":-3}}"
	engine time --bundle "$B" t1
	rt start t1
	pid=$(rt state t1 | jq .pid)
	[ "$(readlink "/proc/$pid/ns/time")" != "$(readlink /proc/self/ns/time)" ]
	like "$(cat "/proc/$pid/timens_offsets")" 'monotonic +-3 +0
boottime +1000000 +5$'
	host=$(cut -d. -f1 /proc/uptime)
	inside=$(rt exec t1 cut -d. -f1 /proc/uptime)
	[ "$((inside - host))" -ge 1000000 ] && [ "$((inside - host))" -lt 1000060 ]
	# Who watches it is not in it.
	for p in $(pgrep -f secctr-monitor); do
		ns=$(readlink "/proc/$p/ns/time") || continue	# it has ended
		same "$ns" "$(readlink /proc/self/ns/time)" "time name space of a monitor"
	done
	row "by path"
	engine_policy <<-END
		[Process]
		AllowNamespacePaths=time
	END
	bundle time2 ".process.args=$(args cut -d. -f1 /proc/uptime) | .linux.namespaces+=[{\"type\":\"time\",\"path\":\"/proc/$pid/ns/time\"}]"
	try_rt run --bundle "$B" t2
	[ "$((out - host))" -ge 1000000 ] || bad "uptime $out ($err)"
	bundle time2 ".process.args=$(args true) | .linux.namespaces+=[{\"type\":\"time\",\"path\":\"/proc/$pid/ns/uts\"}]"
	refused_rt 125 'is no time name space' create --bundle "$B" t3
	engine_policy </dev/null
	row "clocks before the kernel's own beginning"
	bundle time3 ".process.args=$(args true) | .linux.namespaces+=[{\"type\":\"time\"}] | .linux.timeOffsets={\"boottime\":{\"secs\":-9000000000}}"
	refused_rt 125 'linux.timeOffsets: boottime -9000000000 0: ' create --bundle "$B" t3
	rows_done
}

@test "scheduling that a policy allows; memory nodes; processors of an exec" {
	engine_policy <<-END
		[Process]
		AllowScheduling=nice fifo rr deadline realtime-io
		[Resources]
		AllowedCPUs=0-1
	END
	of() { # FILTER: policy, priority, nice of its process
		bundle sc ".process.args=$(args sh -c 'cut -d" " -f19,40,41 /proc/self/stat') | $1"
		try_rt run --bundle "$B" s1
	}
	of '.process.scheduler={"policy":"SCHED_OTHER","nice":-5}'
	same "$out" "-5 0 0" "nice ($err)"
	# Where the kernel shares real-time among groups the container's has none, unless somebody gave it.
	for policy in SCHED_FIFO SCHED_RR; do
		of ".process.scheduler={\"policy\":\"$policy\",\"priority\":7}"
		like "$out$err" '^0 7 [12]$|process.scheduler: (fifo|rr): Operation not permitted'
	done
	of '.process.scheduler={"policy":"SCHED_DEADLINE","runtime":1000000,"deadline":5000000,"period":10000000}'
	like "$out$err" ' 6$|process.scheduler: deadline: (Operation not permitted|Device or resource busy)|cannot fork|Resource temporarily'
	bundle sc ".process.args=$(args sleep 100) | .process.ioPriority={\"class\":\"IOPRIO_CLASS_RT\",\"priority\":3} | .linux.memoryPolicy={\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_STATIC_NODES\"]} | .process.execCPUAffinity={\"final\":\"0\"}"
	engine sc --bundle "$B" s2
	rt start s2
	pid=$(rt state s2 | jq .pid)
	like "$(ionice -p "$pid")" 'realtime: prio 3'
	like "$(head -n 1 "/proc/$pid/numa_maps")" ' bind=static:0 '
	[ "$(nproc)" = 1 ] || like "$(grep Cpus_allowed_list "/proc/$pid/status")" '0-1$'
	row "an exec"
	same "$(rt exec s2 grep Cpus_allowed_list /proc/self/status | tr -d '[:blank:]')" Cpus_allowed_list:0
	echo '{"args":["true"],"cwd":"/","user":{"uid":0,"gid":0},"noNewPrivileges":true,"execCPUAffinity":{"initial":"0-2"}}' >"$BATS_TEST_TMPDIR/p.json"
	refused_rt 125 'process.execCpusInitial: 0-2 is not within the policy.s .AllowedCPUs= at' exec --process "$BATS_TEST_TMPDIR/p.json" s2
	echo '{"args":["true"],"cwd":"/","user":{"uid":0,"gid":0},"noNewPrivileges":true,"scheduler":{"policy":"SCHED_DEADLINE","runtime":1000000,"deadline":5000000}}' >"$BATS_TEST_TMPDIR/p.json"
	refused_rt 125 'process.scheduler: SCHED_DEADLINE and SCHED_FLAG_RESET_ON_FORK cannot be applied to an exec' exec --process "$BATS_TEST_TMPDIR/p.json" s2
	engine_policy </dev/null
	rows_done
}

@test "network class, interface priority and real-time budget: where the controller is, else it is named" {
	engine_policy <<-END
		[Process]
		AllowScheduling=fifo
		[Resources]
		AllowNetworkClasses=1048577-1048580
		NetworkPriorityMax=5
	END
	bundle net ".process.args=$(args sleep 100) | .linux.resources.network={\"classID\":1048577,\"priorities\":[{\"name\":\"lo\",\"priority\":5}]}"
	before=$(traces)
	refused_rt 125 'resources.netClass: .*net_cls' create --bundle "$B" n1
	bundle net2 ".process.args=$(args sleep 100) | .linux.resources.network={\"classID\":1048581}"
	refused_rt 125 "the host's class 1048581 is not among" create --bundle "$B" n1
	bundle net2 ".process.args=$(args sleep 100) | .linux.resources.network={\"priorities\":[{\"name\":\"lo\",\"priority\":6}]}"
	refused_rt 125 'lo=6 is more than 5' create --bundle "$B" n1
	[ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] || mkdir -p /sys/fs/cgroup/net_cls
	if [ -d /sys/fs/cgroup/net_cls ] && mount -t cgroup -o net_cls,net_prio none /sys/fs/cgroup/net_cls; then
		bundle net ".process.args=$(args sleep 100) | .linux.resources.network={\"classID\":1048577,\"priorities\":[{\"name\":\"lo\",\"priority\":5}]}"
		engine net --bundle "$B" n1
		rt start n1
		same "$(limit n1 net_cls.classid)" 1048577
		like "$(limit n1 net_prio.ifpriomap)" 'lo 5'
		rt delete --force n1
		rmdir /sys/fs/cgroup/net_cls/secctr
		umount /sys/fs/cgroup/net_cls && rmdir /sys/fs/cgroup/net_cls
	fi
	row "real time"
	bundle rt ".process.args=$(args sleep 100) | .linux.resources.cpu={\"realtimeRuntime\":1000,\"realtimePeriod\":1000000}"
	if [ -e /sys/fs/cgroup/cpu/secctr/cpu.rt_runtime_us ] && echo 1000 >/sys/fs/cgroup/cpu/secctr/cpu.rt_runtime_us; then
		engine rt --bundle "$B" n2
		rt start n2
		same "$(limit n2 cpu.rt_runtime_us) $(limit n2 cpu.rt_period_us)" "1000 1000000"
		rt delete --force n2
		# The kernel counts a group that was removed until RCU has let go of it.
		for _ in {1..100}; do
			echo 0 2>/dev/null >/sys/fs/cgroup/cpu/secctr/cpu.rt_runtime_us && break
			sleep 0.05
		done
	fi
	refused_rt 125 'resources.cpuRtRuntime: ' create --bundle "$B" n2
	engine_policy </dev/null
	rows_done
}

# Listens on $A/socket and answers for mkdir: agent [COUNT of containers]; what it was told is in $A/told
agent() {
	A=$PLACE/agent
	rm -rf "$A" && mkdir "$A"
	${CC:-cc} -O1 -Wall -o "$A/agent" "$SECCTR_SOURCE/tests/cli/agent.c"
	"$A/agent" "$A/socket" "${1:-1}" >"$A/told" 2>&1 3>&- &
	AGENT=$!
	wait_file "$A/socket"
}
NOTIFY='{"defaultAction":"SCMP_ACT_ALLOW","listenerMetadata":"a \"b\"","flags":["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],"syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_NOTIFY"}]}'

@test "a seccomp listener: told whose it is, asked instead of the kernel, for exec too; its descriptors do not go in" {
	agent 2
	row "no listener without a word of the policy"
	bundle nt ".process.args=$(args true) | .linux.seccomp=$NOTIFY | .linux.seccomp.listenerPath=\"$A/socket\""
	refused_rt 125 "seccomp.listener: $A/socket may not be told" create --bundle "$B" l1
	engine_policy <<-END
		[Process]
		AllowSystemCallListeners=$PLACE/agent
	END
	bundle nt ".annotations={\"k\":\"v\"} | .process.args=$(args sh -c 'mkdir /tmp/x; echo $?; ls /proc/self/fd | tr "\n" " "; sleep 100') | .linux.seccomp=$NOTIFY | .linux.seccomp.listenerPath=\"$A/socket\""
	engine nt --bundle "$B" l1
	rt start l1
	pid=$(rt state l1 | jq .pid)
	for _ in $(seq 60); do ! grep -q '2 3' "$E/stdout" || break; sleep 0.05; done
	like "$(cat "$E/stdout" "$E/stderr")" '^1
0 1 2 3 mkdir: .*Invalid cross-device link'
	head -n 1 "$A/told" | json '.ociVersion == "1.3.0" and .fds == ["seccompFd"] and .pid == $p and .metadata == "a \"b\"" and .state.id == "l1" and .state.pid == $p and
		.state.status == "created" and .state.bundle == $b and .state.annotations.k == "v"' --argjson p "$pid" --arg b "$B" >/dev/null || bad "told: $(cat "$A/told")"
	row exec
	try_rt exec l1 mkdir /tmp/y
	same "$status" 1
	like "$err" 'Invalid cross-device link'
	grep '^{' "$A/told" | tail -n 1 | json '.state.status == "running" and .pid == .state.pid and .pid != $p' --argjson p "$pid" >/dev/null || bad "told: $(cat "$A/told")"
	audit_has 'AllowSystemCallListeners=|resrc=seccomp|op=start' || true
	rt delete --force l1
	wait "$AGENT" || bad "agent: $(cat "$A/told")"
	row "nobody listens"
	refused_rt 125 "linux.seccomp.listenerPath: $A/socket: Connection refused" create --bundle "$B" l2
	rm "$A/socket"
	refused_rt 125 "linux.seccomp.listenerPath: $A/socket: No such file" create --bundle "$B" l2
	touch "$A/socket"
	refused_rt 125 "linux.seccomp.listenerPath: $A/socket is no socket" create --bundle "$B" l2
	row "a link to another socket"
	agent
	mv "$A/socket" "$PLACE/elsewhere.sock" && ln -s "$PLACE/elsewhere.sock" "$A/socket"
	refused_rt 125 "linux.seccomp.listenerPath: $A/socket: Too many levels" create --bundle "$B" l2
	rm "$A/socket" && mv "$PLACE/elsewhere.sock" "$A/socket"
	row "a filter that keeps the listener from going out"
	bundle nt ".process.args=$(args true) | .linux.seccomp=$NOTIFY | .linux.seccomp.listenerPath=\"$A/socket\" | .linux.seccomp.syscalls+=[{\"names\":[\"sendmsg\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38}]"
	try_rt run --bundle "$B" l3
	same "$status" 125
	like "$err" 'linux.seccomp.listenerPath: handing the listener over: '
	kill "$AGENT" 2>/dev/null || true
	engine_policy </dev/null
	rows_done
}

@test "a network device of the host: moved, renamed and up, with its MTU and addresses; where the policy names it" {
	drop() { ip link del sct0 2>/dev/null || true; }
	drop
	ip link add sct0 type veth peer name sct1
	ip link set sct0 mtu 1400 address 02:00:00:00:00:17
	ip addr add 192.0.2.7/24 dev sct0
	ip addr add 198.51.100.9/32 dev sct0 valid_lft 100 preferred_lft 100 # not permanent: it stays behind
	engine_policy <<-END
		[Network]
		NetDevices=sct0 sct8
	END
	audit_mark
	bundle nd ".process.args=$(args sh -c 'busybox ip -o link show dev eth7; busybox ip -o addr show dev eth7') |
		.linux.netDevices={\"sct0\":{\"name\":\"eth7\"}}"
	try_rt run --bundle "$B" n1
	same "$status" 0 "$err"
	like "$out" 'eth7.*<[^>]*UP.* mtu 1400 .*02:00:00:00:00:17'
	like "$out" 'inet 192.0.2.7/24 '
	! grep -q '198.51.100.9' <<<"$out" || bad "an address that was not permanent is inside"
	audit_has 'resrc=net reason=device vm="n1" .*old-net="sct0" new-net="eth7"'
	! ip link show sct1 2>/dev/null || bad "the pair did not end with the container"
	row "one that is not there"
	bundle nd '.linux.netDevices={"sct8":{}}'
	refused_rt 125 'linux.netDevices: sct8: No such device' run --bundle "$B" n1
	row "the first stays where it was"
	ip link add sct0 type veth peer name sct1
	bundle nd '.linux.netDevices={"sct0":{},"sct8":{}}'
	refused_rt 125 'linux.netDevices: sct8: No such device' run --bundle "$B" n1
	ip link show sct0 >/dev/null || bad "it went though nothing started"
	drop
	engine_policy </dev/null
	rows_done
}

@test "events: one line of statistics; more until the end" {
	bundle ev ".process.args=$(args sleep 100) | .linux.resources.memory={\"limit\":67108864}"
	engine ev --bundle "$B" v1
	rt start v1
	rt events --stats v1 | json '.type == "stats" and .id == "v1" and .data.cpu.usage.total > 0 and .data.memory.usage.limit == 67108864 and
		.data.memory.usage.usage > 0 and .data.pids.current == 1 and (.data.memory.raw | length) > 5'
	rt events --interval 100ms v1 >"$BATS_TEST_TMPDIR/ev" &
	follower=$!
	sleep 1
	rt kill v1 KILL
	wait "$follower"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ev")" -ge 3 ]
	refused_rt -n 125 'container not running' events --stats v1
	refused_rt -n 125 '--interval' events --interval 0s v1
	[ "$BAD" = 0 ]
}

@test "exec: users, groups, capabilities, descriptors by option; the end is recorded though its watcher is killed" {
	bundle xo ".process.args=$(args sleep 100)"
	engine xo --bundle "$B" x1
	rt start x1
	same "$(rt exec -u 700:701 -g 33 -g 44 x1 id | tr -d '\n')" 'uid=700(app) gid=701(extra) groups=33,44' "user"
	same "$(rt exec --user 5 x1 sh -c 'id -u; id -g' | tr '\n' ' ')" '5 0 ' "user without group"
	same "$(rt exec --user 5 --cap CAP_KILL x1 grep -E '^Cap(Eff|Amb|Bnd)' /proc/self/status | tr -d '\t\n')" \
		'CapEff:0000000000000020CapBnd:0000000000000020CapAmb:0000000000000020' capability
	same "$(rt exec --no-new-privs --cwd /etc --env A=b x1 sh -c 'pwd; echo $A; grep NoNewPrivs /proc/self/status' | tr -d '\t' | tr '\n' ' ')" '/etc b NoNewPrivs:1 '
	while IFS='|' read -r options says; do
		row "$options"
		# shellcheck disable=SC2086
		try_rt exec $options x1 true 3>&-
		like "$err" "$says"
	done <<-'END'
		--user root|exec --user.*root
		--user 1:|exec --user
		--user 4294967295|exec --user
		--user -1|exec --user
		--cap CAP_SYS_ADMIN|CAP_SYS_ADMIN is not in the bounding set
		--cap CAP_X|exec --cap: CAP_X is no capability
		--process /x --user 1|--process says it all
		--preserve-fds 1|descriptor 3 is not open
	END
	row "descriptors"
	echo handed >"$BATS_TEST_TMPDIR/f"
	try_rt exec --preserve-fds 1 x1 cat /proc/self/fd/3 3<"$BATS_TEST_TMPDIR/f"
	like "$err" 'process.preserveFds: 1 descriptors .*PreserveFDs='
	engine_policy <<-END
		[Process]
		PreserveFDs=2
	END
	same "$("$BIN/secctr-runtime" --root "$STORE" exec --preserve-fds 2 x1 sh -c 'cat <&3; cat <&4; ls /proc/self/fd | tr "\n" " "' 3<"$BATS_TEST_TMPDIR/f" 4<"$BATS_TEST_TMPDIR/f" 5</)" $'handed\nhanded\n0 1 2 3 4 5 ' "two of three; 5 is the directory that ls reads"
	engine_policy </dev/null
	row "the first watcher is killed"
	audit_mark
	rt exec --detach --pid-file "$BATS_TEST_TMPDIR/p" x1 sleep 55
	watchers=$(pgrep -f "secctr-runtime.* exec --detach .* x1 sleep 55" | sort -n | tr '\n' ' ')
	same "$(wc -w <<<"$watchers")" 2 "watchers: $watchers"
	kill -9 "${watchers%% *}"
	sleep 0.2
	kill -9 "$(cat "$BATS_TEST_TMPDIR/p")"
	audit_has 'op=exec-end reason=(killed|exited) vm="x1" '
	same "$(audit_since | grep -c 'op=exec-end .*vm="x1"')" 1 "one record"
	rows_done
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
		scheduler|.scheduler={"policy":"SCHED_FIFO"}|process.json: process.scheduler.priority: 0: is 1 to 99
		real time|.scheduler={"policy":"SCHED_FIFO","priority":1}|process.scheduler: fifo is not allowed .AllowScheduling=
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
	for _ in {1..60}; do ! grep -q /dev/pts "$E/out" || break; sleep 0.05; done
	grep -q '^41 99' "$E/out"
	grep -q '^/dev/pts/0' "$E/out"
	echo word >"$E/in"
	wait_file "$E/ended"
	grep -q '^got word' "$E/out"
}

@test "features and spec say the truth" {
	rt features | json '.ociVersionMin == "1.0.0" and .ociVersionMax == "1.3.0" and (.hooks | length) == 6 and .linux.cgroup.systemd == true and
		.linux.selinux.enabled == true and (.linux.capabilities | index("CAP_AUDIT_WRITE") == null) and
		(.linux.seccomp.supportedFlags | length) == 4 and (.linux.namespaces | index("time")) != null and (.linux.seccomp.actions | index("SCMP_ACT_NOTIFY")) != null and
		.linux.netDevices.enabled and .linux.intelRdt.enabled == false'
	# What it names is taken, and what it does not name is refused.
	for option in $(rt features | jq -r '.mountOptions[]'); do
		row "$option"
		case $option in
		idmap | ridmap | shared | rshared | tmpcopyup) continue ;; # not with every mount and policy: tests of their own
		esac
		bundle opt ".process.args=$(args true) | .mounts+=[{\"destination\":\"/m\",\"type\":\"bind\",\"source\":\"$PLACE/b\",\"options\":[\"rbind\",\"$option\"]}]"
		try_rt run --bundle "$B" f1
		same "$status" 0 "$option ($err)"
	done
	row spec
	try_rt spec --bundle "$B"
	like "$err" 'File exists'
	rows_done
}
