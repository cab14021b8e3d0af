# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# base.sh - the base tree: Debian with its users, keys and settings, and nothing of the project.
#
# $VM_CACHE/base/KEY holds tree/ (the root directory) and keys/ (alice, bob, root and known_hosts).

BASE_SUITE=bookworm

base_key() {
	hash_of "$BASE_SUITE" "$(list "$VM_DIR/base-packages")" "$(file_hash "$VM_PARTS/base.sh")"
}

base_dir() {
	printf '%s\n' "$VM_CACHE/base/$(base_key)"
}

# The host's own Debian mirrors where it has some, so that a local mirror is honoured.
base_sources() {
	local found
	if [ -n "${SECCTR_TEST_MIRROR:-}" ]; then
		printf '%s\n' "$SECCTR_TEST_MIRROR"
		return
	fi
	# shellcheck disable=SC2016 # apt's own fields
	found=$(apt-get indextargets --format '$(ORIGIN) $(RELEASE) $(COMPONENT) $(REPO_URI)' 2>/dev/null |
		awk -v suite="$BASE_SUITE" '$1 == "Debian" && $3 == "main" && index($2, suite) == 1 &&
			$2 !~ /backports/ { print "deb " $4, $2, $3 }' | sort -u || true)
	if ! grep -q " $BASE_SUITE main" <<<"$found"; then
		found="deb http://deb.debian.org/debian $BASE_SUITE main
deb http://deb.debian.org/debian-security $BASE_SUITE-security main"
	fi
	printf '%s\n' "$found"
}

# Proxies set in the host's apt configuration; those of the environment reach apt by themselves.
base_apt_options() {
	local scheme proxy
	command -v apt-config >/dev/null || return 0
	for scheme in http https; do
		proxy=
		eval "$(apt-config shell proxy "Acquire::$scheme::Proxy")"
		[ -z "$proxy" ] || printf '%s\n' "--aptopt=Acquire::$scheme::Proxy \"$proxy\";"
	done
	if [ -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then
		printf '%s\n' --keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	fi
}

# A small initrd: the cloud kernel has ext4 built in and virtio-blk as a module. It is emulated, so size is time.
base_initrd_hook() {
	cat <<'EOF'
mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"
printf 'MODULES=list\nCOMPRESS=gzip\nRESUME=none\n' >"$1/etc/initramfs-tools/conf.d/vm"
printf 'virtio_pci\nvirtio_blk\n' >"$1/usr/share/initramfs-tools/modules.d/vm"
EOF
}

base_debootstrap() {
	local tree=$1 packages options=()
	packages=$(list "$VM_DIR/base-packages" | paste -sd,)
	mapfile -t options < <(base_apt_options)
	base_sources | mmdebstrap --quiet --mode=root --variant=minbase --format=directory --include="$packages" \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--essential-hook="$(base_initrd_hook)" \
		"${options[@]}" "$BASE_SUITE" "$tree" -
}

base_network() {
	local tree=$1
	echo secctr-vm >"$tree/etc/hostname"
	printf '127.0.0.1 localhost\n127.0.1.1 secctr-vm\n' >"$tree/etc/hosts"
	printf '/dev/vda / ext4 defaults 0 1\n' >"$tree/etc/fstab"
	printf '[Match]\nName=eth0\n[Network]\nAddress=10.0.2.15/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' \
		>"$tree/etc/systemd/network/10-vm.network"
}

# Timers would run in the middle of a test, all the more as the clock jumps when a saved machine is loaded.
base_units() {
	local tree=$1
	systemctl_in "$tree" enable auditd.service ssh.service systemd-networkd.service
	systemctl_in "$tree" disable containerd.service podman.service podman.socket podman-restart.service \
		podman-auto-update.service systemd-networkd-wait-online.service
	systemctl_in "$tree" mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
		e2scrub_reap.service fstrim.timer podman-auto-update.timer systemd-tmpfiles-clean.timer \
		getty@tty1.service serial-getty@ttyS0.service systemd-binfmt.service modprobe@drm.service \
		modprobe@efi_pstore.service
}

systemctl_in() {
	local tree=$1
	shift
	chroot "$tree" systemctl --quiet "$@" 2>/dev/null || die "base: systemctl $* failed"
}

base_settings() {
	local tree=$1
	sed -i 's/^SELINUX=.*/SELINUX=enforcing/' "$tree/etc/selinux/config"
	printf '%s\n' '-D' '-b 8192' '-f 1' '--backlog_wait_time 60000' >"$tree/etc/audit/rules.d/audit.rules"
	# Only classical key exchange: the hybrid default costs an emulated CPU most of a login.
	printf '%s\n' 'PermitRootLogin prohibit-password' 'PasswordAuthentication no' 'UseDNS no' 'MaxSessions 64' \
		'MaxStartups 64' 'KexAlgorithms curve25519-sha256' 'HostKey /etc/ssh/ssh_host_ed25519_key' \
		>"$tree/etc/ssh/sshd_config.d/vm.conf"
	# A set identity: with none, every boot would be a first boot, with its presets and questions.
	printf '5ecc7e57000000000000000000000001\n' >"$tree/etc/machine-id"
}

base_user() {
	local tree=$1 keys=$2 user=$3 uid=$4
	if [ "$user" != root ]; then
		chroot "$tree" useradd -m -u "$uid" -U -s /bin/bash "$user"
		printf '%s ALL=(ALL:ALL) NOPASSWD: ALL\n' "$user" >"$tree/etc/sudoers.d/$user"
		chmod 0440 "$tree/etc/sudoers.d/$user"
	fi
	ssh-keygen -q -t ed25519 -N '' -C "$user@secctr-vm" -f "$keys/$user"
	local home
	home=$(awk -F: -v user="$user" '$1 == user { print $6 }' "$tree/etc/passwd")
	install -d -m 0700 -o "$uid" -g "$uid" "$tree$home/.ssh"
	install -m 0600 -o "$uid" -g "$uid" "$keys/$user.pub" "$tree$home/.ssh/authorized_keys"
}

base_host_keys() {
	local tree=$1 keys=$2
	rm -f "$tree"/etc/ssh/ssh_host_*
	ssh-keygen -q -t ed25519 -N '' -C secctr-vm -f "$tree/etc/ssh/ssh_host_ed25519_key"
	printf 'secctr-vm %s\n' "$(cut -d' ' -f1,2 "$tree/etc/ssh/ssh_host_ed25519_key.pub")" >"$keys/known_hosts"
}

base_make() {
	local dir=$1
	mkdir -p "$dir/keys"
	chmod 0700 "$dir" "$dir/keys"
	base_debootstrap "$dir/tree"
	base_network "$dir/tree"
	base_settings "$dir/tree"
	base_units "$dir/tree"
	base_host_keys "$dir/tree" "$dir/keys"
	base_user "$dir/tree" "$dir/keys" root 0
	base_user "$dir/tree" "$dir/keys" alice 1001
	base_user "$dir/tree" "$dir/keys" bob 1002
}

# Makes the base tree where the cache has none; a half-made one is never left under its final name.
base_build() {
	local dir
	dir=$(base_dir)
	if [ -d "$dir" ]; then
		touch "$dir"
		return
	fi
	mkdir -p "$VM_CACHE/base"
	rm -rf --one-file-system "$VM_CACHE"/base/*.new
	prune "$VM_CACHE/base" 1
	say "making the base tree (about two minutes)"
	timed "base tree" base_make "$dir.new"
	mv "$dir.new" "$dir"
}
