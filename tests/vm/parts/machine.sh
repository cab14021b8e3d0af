# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# machine.sh - one running machine: start, load, save, ssh, stop.
#
# A machine lives in a directory: pid, port, console.log, qemu.log (what qemu and its monitor print), monitor (a FIFO that
# takes monitor commands), control (the ssh connection root's commands share).

MACHINE_MEMORY=${SECCTR_TEST_MEMORY:-2048}
MACHINE_CPUS=2
# Nothing that goes wrong in a script keeps a machine alive for longer than this, in seconds.
MACHINE_LIFETIME=${SECCTR_TEST_LIFETIME:-7200}
# The directory of the machine this process started and has not handed over: stopped when it fails.
VM_STARTED=

machine_accel() {
	if [ "${SECCTR_TEST_KVM:-0}" = 1 ]; then
		printf '%s\n' -accel kvm -cpu host
	else
		printf '%s\n' -accel tcg,thread=multi -cpu max
	fi
}

# What a saved state depends on besides its disk.
machine_id() {
	machine_accel
	printf '%s\n' "$MACHINE_MEMORY" "$MACHINE_CPUS"
	qemu-system-x86_64 --version
}

# machine_start DIR IMAGE DISK [QEMU OPTION...]: starts qemu in the background, its files in DIR.
machine_start() {
	local dir=$1 image=$2 disk=$3 accel
	shift 3
	mapfile -t accel < <(machine_accel)
	rm -f "$dir/monitor"
	mkfifo -m 0600 "$dir/monitor"
	without_lock setsid timeout -k 5 "$MACHINE_LIFETIME" qemu-system-x86_64 "${accel[@]}" \
		-smp "$MACHINE_CPUS" -m "$MACHINE_MEMORY" \
		-nodefaults -no-user-config -display none -no-reboot -name "secctr-test-$VM_NAME" \
		-chardev stdio,id=monitor,signal=off -mon chardev=monitor,mode=control -serial "file:$dir/console.log" -pidfile "$dir/pid" \
		-drive "file=$disk,if=virtio,format=qcow2" -device virtio-rng-pci \
		-netdev 'user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:0-10.0.2.15:22' \
		-device virtio-net-pci,netdev=net0,romfile= \
		-kernel "$image/vmlinuz" -initrd "$image/initrd" -append "$(machine_cmdline)" \
		"$@" <>"$dir/monitor" >"$dir/qemu.log" 2>&1 &
	machine_wait_pid "$dir"
	machine_find_port "$dir"
}

# The modules left out are those udev would load for hardware no test uses; each costs an emulated CPU a while.
machine_cmdline() {
	printf '%s ' modprobe.blacklist=kvm,kvm_amd,kvm_intel,ata_piix,ata_generic,powernow_k8,drm,efi_pstore,evdev,button \
		console=ttyS0 root=/dev/vda rw net.ifnames=0 security=selinux selinux=1 enforcing=1 \
		audit=1 audit_backlog_limit=8192 panic=-1 loglevel=4 systemd.show_status=1
}

machine_alive() {
	local pid
	pid=$(cat "$1/pid" 2>/dev/null) || return 1
	# A pid file outlives a reboot of the host: the number alone proves nothing.
	[ -n "$pid" ] && tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -- "$1/pid"
}

machine_wait_pid() {
	local dir=$1 i
	for ((i = 0; i < 100; i++)); do
		! machine_alive "$dir" || return 0
		sleep 0.1
	done
	die "qemu did not start: $(tail -n 5 "$dir/qemu.log")"
}

# machine_qmp DIR COMMAND [JSON ARGUMENTS]: the answer arrives in qemu.log.
machine_qmp() {
	local dir=$1 command=$2 arguments=${3:-{\}}
	machine_alive "$dir" || die "qemu is gone: $(tail -n 5 "$dir/qemu.log")"
	printf '{"execute":"%s","arguments":%s}\n' "$command" "$arguments" >"$dir/monitor"
}

# The port is the kernel's choice (hostfwd port 0), so machines never collide; qemu says which it was.
machine_find_port() {
	local dir=$1 i
	machine_qmp "$dir" qmp_capabilities
	machine_qmp "$dir" human-monitor-command '{"command-line":"info usernet"}'
	for ((i = 0; i < 300; i++)); do
		sed -n 's/.*HOST_FORWARD\] *[0-9]* *127\.0\.0\.1 *\([0-9]*\).*/\1/p' "$dir/qemu.log" >"$dir/port"
		[ ! -s "$dir/port" ] || return 0
		sleep 0.1
	done
	die "qemu does not name its port: $(tail -n 5 "$dir/qemu.log")"
}

machine_ssh_options() {
	local dir=$1 user=$2
	printf '%s\n' -F /dev/null -o BatchMode=yes -o LogLevel=ERROR -o ConnectTimeout=20 -o IdentitiesOnly=yes \
		-o HostKeyAlias=secctr-vm -o "UserKnownHostsFile=$dir/keys/known_hosts" -o CheckHostIP=no \
		-o StrictHostKeyChecking=yes -o "IdentityFile=$dir/keys/$user" -o "Port=$(cat "$dir/port")" \
		-o "User=$user"
}

# machine_ssh DIR USER [CMD...]: one CMD is shell text, several are the words of one command and stay so.
machine_ssh() {
	local dir=$1 user=$2 options
	shift 2
	mapfile -t options < <(machine_ssh_options "$dir" "$user")
	# Root's commands are the plumbing of tests and share a connection (and so a session); a person's login is real.
	[ "$user" != root ] || [ ! -S "$dir/control" ] || options+=(-o "ControlPath=$dir/control")
	if [ $# -gt 1 ]; then
		set -- "$(printf '%q ' "$@")"
	fi
	# shellcheck disable=SC2029 # the words are meant to be expanded here
	ssh "${options[@]}" 127.0.0.1 "$@"
}

# A connection made before the state is loaded is lost in the load and tried again only seconds later.
machine_wait_resume() {
	local dir=$1 i
	for ((i = 0; i < 1200; i++)); do
		! grep -q '"event": "RESUME"' "$dir/qemu.log" || return 0
		machine_alive "$dir" || break
		# It was saved paused, and is loaded so; until then this does nothing.
		machine_qmp "$dir" cont
		sleep 0.1
	done
	die "the saved machine did not load: $(tail -n 5 "$dir/qemu.log")"
}

machine_share_root() {
	local dir=$1 options
	mapfile -t options < <(machine_ssh_options "$dir" root)
	ssh "${options[@]}" -o "ControlPath=$dir/control" -o ControlMaster=yes -fN 127.0.0.1 \
		>/dev/null 2>"$dir/ssh.log" </dev/null || die "no shared login of root: $(cat "$dir/ssh.log")"
}

machine_wait_ssh() {
	local dir=$1 limit=$((SECONDS + $2))
	until machine_ssh "$dir" root true </dev/null 2>"$dir/ssh.log"; do
		machine_alive "$dir" || die "the guest stopped: $(tail -n 5 "$dir/qemu.log" "$dir/console.log")"
		((SECONDS < limit)) || die "no ssh after $2 s: $(tail -n 5 "$dir/ssh.log" "$dir/console.log")"
		sleep 0.5
	done
}

# A loaded machine's clock stands where it was saved.
machine_set_clock() {
	local dir=$1
	machine_ssh "$dir" root "date -s @$(date +%s.%N) >/dev/null" </dev/null
}

# Saves the running machine to the file STATE and ends it. Paused first: while two emulated processors run, the log of changed
# pages can miss one, and what is loaded later dies of it (seen: init killed by SIGSEGV on each load of one image).
machine_save() {
	local dir=$1 state=$2 i
	machine_qmp "$dir" stop
	machine_qmp "$dir" migrate-set-parameters '{"max-bandwidth":10000000000}'
	machine_qmp "$dir" migrate "{\"uri\":\"exec:cat >'$state'\"}"
	for ((i = 0; i < 600; i++)); do
		machine_qmp "$dir" query-migrate
		sleep 0.2
		! grep -q '"status": "failed"' "$dir/qemu.log" || break
		if grep -q '"status": "completed"' "$dir/qemu.log"; then
			machine_down "$dir"
			return 0
		fi
	done
	die "the machine was not saved: $(tail -n 5 "$dir/qemu.log")"
}

machine_up() {
	local image=$1 dir=$2
	if machine_alive "$dir"; then
		die "$VM_NAME is up already (vm down stops it, SECCTR_TEST_NAME names another)"
	fi
	rm -rf "$dir"
	mkdir -p "$dir"
	chmod 0700 "$dir"
	cp -a "$image/keys" "$dir/keys"
	qemu-img create -q -f qcow2 -b "$image/boot.qcow2" -F qcow2 "$dir/disk.qcow2"
	VM_STARTED=$dir
	machine_start "$dir" "$image" "$dir/disk.qcow2" -incoming "exec:cat '$image/state'"
	machine_wait_resume "$dir"
	machine_wait_ssh "$dir" 120
	machine_share_root "$dir"
	machine_set_clock "$dir"
	VM_STARTED=
}

# Its disk is an overlay that nobody needs again, so the machine is not asked, it is stopped.
machine_down() {
	local dir=$1 pid i
	machine_alive "$dir" || return 0
	pid=$(cat "$dir/pid")
	kill "$pid" 2>/dev/null || return 0
	for ((i = 0; i < 50; i++)); do
		machine_alive "$dir" || return 0
		sleep 0.1
	done
	kill -KILL "$pid" 2>/dev/null || true
}

machine_abandon() {
	[ -z "$VM_STARTED" ] || machine_down "$VM_STARTED"
}
