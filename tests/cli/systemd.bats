# SPDX-License-Identifier: Apache-2.0
# --systemd: what systemd as the first process asks for is asked for, and the policy decides. A systemd that boots: tests/vm/t/60-systemd.sh.
load lib

setup_file() {
	make_place
	{ sed 's|^Require=enforcing|Require=if-enabled|' "$BATS_TEST_DIRNAME/../../policy/profiles/systemd.policy"
		printf '[Image]\nAllowRootfs=/var/lib/machines\n'; } | policy init
}
teardown() { remove_all; }

# A root whose init, by all the names that podman knows, tells what it was given.
new_init_root() { # NAME
	new_root "$1"
	mkdir -p "$root"/sbin "$root"/usr/sbin "$root"/usr/local/sbin "$root"/lib/systemd "$root"/run/there
	printf '#!/bin/sh\necho "uuid=$container_uuid"\nmount | grep -c "^tmpfs on /\\(run\\|run/lock\\|tmp\\|var/log/journal\\) "\n' >"$root/sbin/init"
	chmod 755 "$root/sbin/init"
	for name in usr/sbin/init usr/local/sbin/init lib/systemd/systemd; do cp "$root/sbin/init" "$root/$name"; done
}

@test "an init gets it, anything else does not, and the request can say so" {
	new_init_root i
	told() { # WANTED [OPTIONS] -- COMMAND
		local wanted=$1 options=()
		shift
		while [ "$1" != -- ]; do options+=("$1"); shift; done
		try_secctr run --rm --policy init "${options[@]}" --rootfs "$root" "${@:2}"
		same "$status" 0 "status ($err)"
		like "$(paste -sd ' ' <<<"$out")" "$wanted"
	}
	for name in /sbin/init /usr/sbin/init /usr/local/sbin/init /lib/systemd/systemd; do
		row "$name"; told '^uuid=[0-9a-f]{32} 4$' -- "$name"
	done
	row "another name"; cp "$root/sbin/init" "$root/bin/tell"
	told '^uuid= 4$' -- /bin/tell
	row "always"; told '^uuid=[0-9a-f]{32} 4$' --systemd always -- /bin/tell
	row "false"; told '^uuid= 4$' --systemd false -- /sbin/init
	row "both"; refused_run 125 '--systemd always and --init exclude' --policy init --systemd always --init --rootfs "$root" /sbin/init
	row "no such word"; refused_run -n 125 'true, false or always' --systemd maybe --rootfs "$root" /sbin/init
	rows_done
}

@test "signal, uuid, memory and control groups are as podman's" {
	local id
	new_init_root i
	secctr run -d --name s --policy init --systemd always --rootfs "$root" sleep 100
	id=$(secctr inspect s | jq -r '.[0].Id')
	same "$(secctr inspect s | jq -c '.[0].Config | [.StopSignal, .SystemdMode]')" '[37,true]'
	same "$(secctr inspect s | jq -r '.[0].Config.Env[]' | grep ^container)" "container=secctr
container_uuid=${id:0:32}"
	row "copied up"; same "$(secctr exec s ls /run)" "$(printf 'lock\nthere')"
	row "sizes of the policy"; same "$(secctr exec s df -k /run /run/lock /tmp /var/log/journal | awk 'NR > 1 { print $2 }' | paste -sd ' ')" "65536 8192 262144 65536"
	row "its own groups can be made"
	if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
		secctr exec s mkdir /sys/fs/cgroup/x
	else
		secctr exec s mkdir /sys/fs/cgroup/systemd/x
		row "and no way out of them"
		same "$(secctr exec s sh -c 'ls /sys/fs/cgroup/systemd/release_agent 2>&1; ls -d /sys/fs/cgroup/*')" \
			"$(printf 'ls: /sys/fs/cgroup/systemd/release_agent: No such file or directory\n/sys/fs/cgroup/systemd')"
	fi
	secctr stop -t 0 s >/dev/null
	secctr rm s >/dev/null
	same "$(find /sys/fs/cgroup -name "$id")" "" "groups that are left"
	row "the request's own word"
	secctr run -d --name t --policy init --systemd always --stop-signal INT -e container_uuid=x --shm-size-systemd 1m --rootfs "$root" sleep 100
	same "$(secctr inspect t | jq -r '.[0].Config.StopSignal, (.[0].Config.Env[] | select(startswith("container_uuid")))' | paste -sd ' ')" "2 container_uuid=x"
	same "$(secctr exec t df -k /run /tmp | awk 'NR > 1 { print $2 }' | paste -sd ' ')" "1024 1024"
	row "size N"; refused_run 125 'TemporaryFileSystemMax=' --policy init --systemd always --shm-size-systemd 262145k --rootfs "$root" true
	row "a mount of one's own stays"
	secctr run -d --name u --policy init --systemd always --tmpfs /tmp:size=2m --rootfs "$root" sleep 100
	same "$(secctr exec u df -k /tmp | awk 'NR > 1 { print $2 }')" 2048
	rows_done
}

@test "the policy decides about control groups" {
	new_init_root i
	row "default"; refused_run 125 '/sys/fs/cgroup may not be writable, and systemd needs it: --policy systemd.*ProtectControlGroups=' --rootfs "$root" /sbin/init
	row "without"; like "$(secctr run --rm --systemd false --rootfs "$root" /sbin/init | head -n 1)" '^uuid=$'
	row "the host's groups"
	sed 's|^\[Process\]|&\nAllowHostNamespaces=cgroup|' /etc/secctr/policy.d/init.policy | policy host
	refused_run 125 '--systemd with --cgroupns host' --policy host --cgroupns host --rootfs "$root" /sbin/init
	rows_done
}

@test "a file system in memory begins with what the image has there, as podman's" {
	new_init_root i
	echo text >"$root/run/there/f"
	row "default";
	try_secctr run --rm --tmpfs /run --rootfs "$root" cat /run/there/f; same "$out" text "($err)"
	row "said"; try_secctr run --rm --tmpfs /run:size=1m,tmpcopyup --rootfs "$root" cat /run/there/f; same "$out" text "($err)"
	row "not"; try_secctr run --rm --tmpfs /run:notmpcopyup --rootfs "$root" ls /run; same "$out" "" "($err)"
	row "--mount"; try_secctr run --rm --mount type=tmpfs,target=/run --rootfs "$root" cat /run/there/f; same "$out" text "($err)"
	row "--mount, not"; try_secctr run --rm --mount type=tmpfs,target=/run,notmpcopyup --rootfs "$root" ls /run; same "$out" "" "($err)"
	row "not enough room"
	head -c 65536 /dev/zero >"$root/run/there/g"
	refused_run 125 'tmpcopyup on /run: the root file system has more there' --tmpfs /run:size=64k --rootfs "$root" true
	rows_done
}
