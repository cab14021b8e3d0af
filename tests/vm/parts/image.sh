# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# image.sh - the second layer: base tree + installed programs + policy module, labelled, booted once and saved.
#
# $VM_CACHE/image/KEY holds root.ext4 (the labelled file system), boot.qcow2 (what the boot changed in it), state
# (memory and devices of the booted machine), vmlinuz, initrd and keys/. All are read-only afterwards: each
# machine that loads the state writes to an overlay of its own.

image_install_hash() {
	[ -z "$1" ] || tar -C "$1" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - . | sha256sum
}

image_module_hash() {
	[ -z "$1" ] || printf '%s %s\n' "$(basename "$1")" "$(file_hash "$1")"
}

image_key() {
	hash_of "$(base_key)" "$(image_install_hash "$1")" "$(image_module_hash "$2")" "$(machine_id)" \
		"$(file_hash "$VM_PARTS/image.sh" "$VM_PARTS/machine.sh")"
}

# Copies the base tree to TREE. /usr and /boot are hard links: nothing below writes into a file there, it only
# replaces files (tar unlinks before it extracts), and a label is the same in every tree or set again by image_label.
image_copy_base() {
	local tree=$1 base part
	base=$(base_dir)/tree
	mkdir -p "$tree"
	for part in "$base"/* "$base"/.[!.]*; do
		case ${part##*/} in
		usr | boot) cp -a --link "$part" "$tree/" ;;
		'.[!.]*') ;;
		*) cp -a --reflink=auto "$part" "$tree/" ;;
		esac
	done
	chmod 0755 "$tree"
}

# What `make install DESTDIR=X` made, as a tar stream, owned by root whoever ran it.
image_pack() {
	tar -C "$1" --owner=0 --group=0 --numeric-owner --xattrs --xattrs-include=security.capability -cf - .
}

# The command that unpacks such a stream over the root directory $1, which keeps its own directories and links.
image_unpack_command() {
	printf '%s ' tar -C "'$1'" --xattrs --xattrs-include=security.capability --keep-directory-symlink \
		--no-overwrite-dir -xpf -
}

image_install() {
	local tree=$1 dest=$2
	image_pack "$dest" | eval "$(image_unpack_command "$tree")"
}

# Installs the module in the tree's policy store with the neverallow rules checked, which Debian's default leaves
# out (expand-check=0 in semanage.conf). The changed store is cached by the module's text.
image_module() {
	local tree=$1 module=$2 cached
	cached=$VM_CACHE/module/$(hash_of "$(base_key)" "$(image_module_hash "$module")").tar
	if [ ! -e "$cached" ]; then
		mkdir -p "$VM_CACHE/module"
		timed "policy module" image_semodule "$tree" "$module"
		tar -C "$tree" -cf "$cached.new" etc/selinux var/lib/selinux
		mv "$cached.new" "$cached"
		prune "$VM_CACHE/module" 8
	else
		rm -rf "$tree/var/lib/selinux"
		tar -C "$tree" -xpf "$cached"
	fi
}

image_semodule() {
	local tree=$1 module=$2 conf=$1/etc/selinux/semanage.conf name
	name=$(basename "$module")
	cp "$conf" "$conf.orig"
	sed -i 's/^expand-check=.*/expand-check=1/' "$conf"
	cp "$module" "$tree/root/$name"
	chroot "$tree" semodule -N -i "/root/$name" || die "policy module $module: semodule refused it"
	rm "$tree/root/$name"
	mv "$conf.orig" "$conf"
}

image_label() {
	local tree=$1
	setfiles -T0 -r "$tree" "$tree/etc/selinux/default/contexts/files/file_contexts" "$tree"
}

# The file system is sparse: its size is room for tests, not disk used.
image_filesystem() {
	local tree=$1 image=$2
	mke2fs -q -t ext4 -L root -E lazy_itable_init=1,lazy_journal_init=1 -d "$tree" "$image" 4G >/dev/null
	chmod 0444 "$image"
}

image_kernel() {
	local tree=$1 dir=$2
	cp "$tree"/boot/vmlinuz-* "$dir/vmlinuz"
	cp "$tree"/boot/initrd.img-* "$dir/initrd"
}

# One login and one sudo before the machine is saved: what they read from the disk is then in its memory.
image_settle() {
	local dir=$1
	machine_ssh "$dir" root 'systemctl is-system-running --wait; true' >/dev/null </dev/null
	machine_ssh "$dir" alice sudo true </dev/null || die "no login in the guest, see $dir/console.log"
	# mke2fs makes lost+found itself, after the labels.
	machine_ssh "$dir" root 'restorecon /lost+found; sync' </dev/null
}

# Boots the image to a settled system and saves the machine.
image_boot() {
	local dir=$1
	qemu-img create -q -f qcow2 -b "root.ext4" -F raw "$dir/boot.qcow2"
	machine_start "$dir" "$dir" "$dir/boot.qcow2"
	machine_wait_ssh "$dir" 300
	image_settle "$dir"
	machine_save "$dir" "$dir/state"
	chmod 0444 "$dir/boot.qcow2" "$dir/state"
}

image_make() {
	local dir=$1 install=$2 module=$3 tree=$1/tree
	mkdir -p "$dir"
	chmod 0700 "$dir"
	cp -a "$(base_dir)/keys" "$dir/keys"
	timed "copy of the base tree" image_copy_base "$tree"
	[ -z "$install" ] || image_install "$tree" "$install"
	[ -z "$module" ] || image_module "$tree" "$module"
	timed "labels" image_label "$tree"
	timed "file system" image_filesystem "$tree" "$dir/root.ext4"
	image_kernel "$tree" "$dir"
	rm -rf "$tree"
	timed "boot and save" image_boot "$dir"
}

# Prints the directory of the image for INSTALL and MODULE (either may be empty), which it makes if need be.
image_build() {
	local install=$1 module=$2 dir
	lock_cache
	base_build
	dir=$VM_CACHE/image/$(image_key "$install" "$module")
	if [ ! -d "$dir" ]; then
		mkdir -p "$VM_CACHE/image"
		rm -rf --one-file-system "$VM_CACHE"/image/*.new
		VM_STARTED=$dir.new
		timed "image" image_make "$dir.new" "$install" "$module" >&2
		# shellcheck disable=SC2034 # machine_abandon reads it
		VM_STARTED=
		mv "$dir.new" "$dir"
	fi
	touch "$dir"
	prune "$VM_CACHE/image" 4
	unlock_cache
	printf '%s\n' "$dir"
}
