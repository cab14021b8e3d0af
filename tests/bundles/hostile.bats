# SPDX-License-Identifier: Apache-2.0
# Hostile bundles: root file systems and documents that lead elsewhere. What is outside stays as it was, byte for byte, and what
# was asked for is there or nothing is. Each test names the class (docs/engines.md has the list).
load ../cli/lib
load ../cli/oci

setup_file() {
	make_place
	make_engine
}
setup() {
	CANARY=$BATS_TEST_TMPDIR/canary
	mkdir -p "$CANARY"
	for name in ptmx null console keys x; do echo "$name" >"$CANARY/$name"; done
	before=$(sums) mounts=$(cut -d' ' -f3- /proc/self/mountinfo)
}
teardown() { delete_all; }

sums() { (cd "$CANARY" && find . -printf '%p %y %m %s\n' | sort && find . -type f -exec sha256sum {} + | sort); }
# Whatever came of it: nothing outside has changed, and nothing is mounted there.
outside_is_same() {
	same "$(sums)" "$before" "the canary"
	same "$(cut -d' ' -f3- /proc/self/mountinfo)" "$mounts" "mounts of the host"
}
runs() { # WANTED-OUTPUT: the bundle runs and says so
	try_rt run --bundle "$B" h1
	same "$status" 0 "status ($err)"
	same "$out" "$1" output
}

@test "/dev of the root file system is a link to a directory of the host (CVE-2026-41579, CVE-2026-47766)" {
	bundle dev ".process.args=$(args sh -c 'ls /dev | tr "\n" " "; test -c /dev/null && echo ok') | del(.mounts[] | select(.destination | startswith(\"/dev\")))"
	rm -rf "$B/rootfs/dev"
	ln -s "$CANARY" "$B/rootfs/dev"
	try_rt run --bundle "$B" h1
	outside_is_same
	[ "$status" -ne 0 ] || like "$out" 'ok'
	rows_done
}

@test "a masked path, with /dev/null of the root file system leading elsewhere (CVE-2025-31133)" {
	for what in link file fifo; do
		row "$what"
		bundle null ".process.args=$(args sh -c 'test -s /proc/keys && cat /proc/keys; grep -c canary /proc/self/mountinfo') | del(.mounts[] | select(.destination | startswith(\"/dev\")))"
		rm -f "$B/rootfs/dev/null"
		case $what in
		link) ln -s "$CANARY/keys" "$B/rootfs/dev/null" ;;
		file) echo evil >"$B/rootfs/dev/null" ;;
		fifo) mkfifo "$B/rootfs/dev/null" ;;
		esac
		LIMIT=5 try_rt run --bundle "$B" h1
		same "$out" 0 "what the container sees"
		outside_is_same
	done
	rows_done
}

@test "a terminal, with /dev/console, /dev/pts and /dev/ptmx leading elsewhere (CVE-2025-52565)" {
	bundle console ".process.args=$(args sh -c 'tty') | .process.terminal=true"
	rm -rf "$B/rootfs/dev"/*
	ln -s "$CANARY/console" "$B/rootfs/dev/console"
	ln -s "$CANARY/ptmx" "$B/rootfs/dev/ptmx"
	ln -s "$CANARY" "$B/rootfs/dev/pts"
	TTY=1 engine console --bundle "$B" h1
	rt start h1
	wait_file "$E/ended"
	grep -q '^/dev/pts/0' "$E/out"
	outside_is_same
	row "without a devpts: refused, and nothing waits"
	jq 'del(.mounts[] | select(.destination == "/dev/pts"))' "$B/config.json" >"$B/n" && mv "$B/n" "$B/config.json"
	LIMIT=5 try_rt create --bundle "$B" --console-socket /none h2
	like "$err" 'process.terminal: a terminal needs a devpts'
	outside_is_same
	rows_done
}

@test "mount targets that are links out of the root (CVE-2021-30465, CVE-2024-45310)" {
	bundle target ".process.args=$(args true) | .mounts+=[{\"destination\":\"/m/new\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"},{\"destination\":\"/f/new\",\"type\":\"bind\",\"source\":\"$PLACE/b/target/config.json\",\"options\":[\"bind\",\"ro\"]}]"
	ln -s "$CANARY" "$B/rootfs/m"
	ln -s "../../../../../../../../../..$CANARY" "$B/rootfs/f"
	try_rt run --bundle "$B" h1
	outside_is_same
	rows_done
}

@test "the working directory and the program through a descriptor of the host (CVE-2024-21626)" {
	for fd in $(seq 0 40); do
		row "cwd $fd"
		bundle cwd ".process.args=$(args sh -c 'ls ptmx && pwd') | .process.cwd=\"/proc/self/fd/$fd\""
		try "$BIN/secctr-runtime" --root "$STORE" run --bundle "$B" h1 9</ 8<"$CANARY"
		[ "$status" -ne 0 ] || bad "started: $out"
	done
	row "cwd by a link of the root file system"
	bundle cwd ".process.args=$(args sh -c 'ls ptmx') | .process.cwd=\"/w\""
	ln -s /proc/self/fd/8 "$B/rootfs/w"
	try "$BIN/secctr-runtime" --root "$STORE" run --bundle "$B" h1 8<"$CANARY"
	[ "$status" -ne 0 ] || bad "started: $out"
	outside_is_same
	rows_done
}

@test "the runtime's own program as the command (CVE-2019-5736)" {
	sum=$(sha256sum "$BIN"/secctr-runtime "$BIN"/secctr-exec)
	bundle self ".process.args=$(args /proc/self/exe) | .process.capabilities.bounding=[\"CAP_DAC_OVERRIDE\"] | .process.capabilities.effective=[\"CAP_DAC_OVERRIDE\"] | .process.capabilities.permitted=[\"CAP_DAC_OVERRIDE\"]"
	LIMIT=10 try_rt run --bundle "$B" h1
	row script
	bundle self ".process.args=$(args /evil)"
	printf '#!/proc/self/exe\n' >"$B/rootfs/evil"
	chmod 755 "$B/rootfs/evil"
	LIMIT=10 try_rt run --bundle "$B" h1
	row "what a shell sees as its parent's program is not writable"
	same "$(sha256sum "$BIN"/secctr-runtime "$BIN"/secctr-exec)" "$sum" programs
	rows_done
}

@test "a /proc, or something on it, that is not the kernel's (CVE-2019-19921, CVE-2025-52881)" {
	while IFS='~' read -r name mount; do
		row "$name"
		bundle proc ".process.args=$(args true) | .mounts+=[$mount]"
		refused_rt 125 'nothing may be mounted on|two mounts on|tmpfs|belongs on' create --bundle "$B" h1
	done <<-END
		tmpfs on /proc/sys~{"destination":"/proc/sys","type":"tmpfs","source":"tmpfs"}
		bind on /proc/self~{"destination":"/proc/self","type":"bind","source":"$PLACE","options":["bind"]}
		tmpfs on /proc~{"destination":"/proc","type":"tmpfs","source":"tmpfs"}
		tmpfs on /sys/fs~{"destination":"/sys/fs","type":"tmpfs","source":"tmpfs"}
		proc elsewhere~{"destination":"/p","type":"proc","source":"proc"}
		sysfs elsewhere~{"destination":"/s","type":"sysfs","source":"sysfs"}
	END
	row "/proc of the root file system is a link"
	bundle proc ".process.args=$(args sh -c 'cat /proc/1/comm')"
	rm -rf "$B/rootfs/proc"
	ln -s "$CANARY" "$B/rootfs/proc"
	try_rt run --bundle "$B" h1
	outside_is_same
	rows_done
}

@test "settings of the kernel outside of the container's name spaces (CVE-2022-0811)" {
	was=$(cat /proc/sys/vm/swappiness)
	while read -r key; do
		row "$key"
		bundle sysctl ".process.args=$(args true) | .linux.sysctl={\"$key\":\"7\"}"
		refused_rt 125 'sysctls|linux.sysctl' create --bundle "$B" h1
	done <<-'END'
		vm.swappiness
		vm/swappiness
		kernel.shm_rmid_forced=1+vm.swappiness
		net.../vm.swappiness
		kernel.core_pattern
		net/../vm/swappiness
	END
	same "$(cat /proc/sys/vm/swappiness)" "$was"
	rows_done
}

@test "control groups outside of what the policy names (CVE-2023-25809)" {
	while read -r path; do
		row "$path"
		bundle group ".process.args=$(args true) | .linux.cgroupsPath=\"$path\""
		refused_rt 125 'cgroupsPath|cgroupParent' create --bundle "$B" h1
	done <<-'END'
		../../x
		/libpod_parent/../x
		/
		/x
		/libpod_parent_other/x
		/libpod_parent//x
	END
	row "the container's own view cannot be written"
	bundle group ".process.args=$(args sh -c 'mkdir /sys/fs/cgroup/x 2>/dev/null && echo made; echo end')"
	runs end
	rows_done
}

@test "ids as text, or beyond 32 bits (CVE-2024-40635, CVE-2026-30892)" {
	while read -r value; do
		row "$value"
		bundle ids ".process.args=$(args id) | .process.user.uid=$value"
		refused_rt 125 'process.user.uid|too big integer' create --bundle "$B" h1
	done <<-'END'
		4294967295
		4294967296
		18446744073709551615
		-1
		"1"
		1.5
		[0]
	END
	rows_done
}

@test "no inheritable capability, and only the standard streams (CVE-2022-27652, CVE-2016-9962)" {
	bundle caps ".process.args=$(args sh -c 'grep CapInh /proc/self/status; ls /proc/self/fd | grep -vc "^[0123]$"; true')"
	try "$BIN/secctr-runtime" --root "$STORE" run --bundle "$B" h1 5</etc 6</ 7<"$CANARY"
	like "$out" '0000000000000000'
	like "$out" '0$'
	row "asked for"
	bundle caps ".process.args=$(args true) | .process.capabilities.inheritable=[\"CAP_CHOWN\"]"
	refused_rt 125 'capabilities.inheritable: has more than ambient' create --bundle "$B" h1
	rows_done
}

@test "files beside the bundle and in it mean nothing to the policy" {
	bundle beside ".process.args=$(args true) | .process.capabilities.bounding=[\"CAP_SYS_ADMIN\"] | .annotations={\"io.secctr.policy\":\"none\",\"run.oci.keep_original_groups\":\"1\"}"
	for dir in "$B" "$B/rootfs" "$B/rootfs/etc"; do
		mkdir -p "$dir/secctr/policy.d"
		printf '[Process]\nCapabilityBoundingSet=CAP_SYS_ADMIN\n' | tee "$dir/secctr/policy.d/oci-engine.policy" "$dir/oci-engine.policy" >/dev/null
	done
	refused_rt 125 'CAP_SYS_ADMIN is not in the bounding set' create --bundle "$B" h1
	rows_done
}

@test "documents that two readers could read differently" {
	while IFS='~' read -r name text; do
		row "$name"
		bundle json
		printf '%b' "$text" >"$B/config.json"
		refused_rt 125 'config.json' create --bundle "$B" h1
	done <<-'END'
		a key twice~{"ociVersion":"1.0.0","ociVersion":"1.0.0"}
		something behind it~{"ociVersion":"1.0.0"} x
		a NUL~{"ociVersion":"1.0.0\\u0000"}
		no UTF-8~{"ociVersion":"\\xff"}
		a number too large~{"ociVersion":"1.0.0","process":{"oomScoreAdj":18446744073709551616}}
		nothing~
	END
	row deep
	bundle json
	{ printf '{"x":'; printf '[%.0s' {1..100000}; } >"$B/config.json"
	refused_rt 125 'config.json' create --bundle "$B" h1
	row long
	head -c 5000000 /dev/zero | tr '\0' ' ' >"$B/config.json"
	refused_rt 125 'config.json' create --bundle "$B" h1
	rows_done
}
