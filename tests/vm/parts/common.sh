# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # the other parts use what is named here
# common.sh - names, messages and prerequisites shared by every part of the test VM.

export PATH="$PATH:/usr/sbin:/sbin"

VM_PARTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
VM_DIR=$(dirname "$VM_PARTS")
VM_CACHE=${SECCTR_TEST_CACHE:-/var/cache/secctr-test}
VM_NAME=${SECCTR_TEST_NAME:-vm}
VM_RUN=$VM_CACHE/run/$VM_NAME
# The exit status by which automake, meson and bats-like runners know a skipped test.
VM_SKIP=77

say() {
	printf 'vm: %s\n' "$*" >&2
}

die() {
	say "$*"
	exit 1
}

skip_all() {
	printf 'SKIP: %s\n' "$*"
	exit "$VM_SKIP"
}

# Prints the list FILE without its comments and blank lines.
list() {
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"
}

# hash_of WORD...: a short key for a set of inputs; the words may be long.
hash_of() {
	printf '%s\0' "$@" | sha256sum | cut -c1-16
}

file_hash() {
	cat -- "$@" | sha256sum | cut -c1-64
}

# timed WHAT CMD...: runs CMD and says how long it took.
timed() {
	local what=$1 start=$SECONDS
	shift
	"$@"
	say "$what: $((SECONDS - start)) s"
}

# One build at a time in a cache: two runs that miss the same key wait for one another.
lock_cache() {
	mkdir -p "$VM_CACHE"
	exec {VM_LOCK}>"$VM_CACHE/lock"
	flock "$VM_LOCK"
}

unlock_cache() {
	exec {VM_LOCK}>&-
}

# Background processes must not inherit the lock, or it would live as long as they do.
without_lock() {
	if [ -n "${VM_LOCK:-}" ] && [ -e "/proc/self/fd/$VM_LOCK" ]; then
		"$@" {VM_LOCK}>&-
	else
		"$@"
	fi
}

# prune DIR KEEP: leaves the KEEP entries of DIR used last. What is in use by a machine stays open in it.
prune() {
	local old
	find "$1" -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn | tail -n "+$(($2 + 1))" | cut -d' ' -f2- |
		while read -r old; do rm -rf --one-file-system "$old"; done
}

need_tools() {
	local tool missing=()
	for tool in mmdebstrap setfiles mke2fs qemu-system-x86_64 qemu-img ssh ssh-keygen; do
		command -v "$tool" >/dev/null || missing+=("$tool")
	done
	[ ${#missing[@]} -eq 0 ] || skip_all "not installed: ${missing[*]} (see tests/vm/packages)"
}

# Being uid 0 is not enough: in most containers one of these rights is missing. Each is tried on a real file.
need_rights() {
	local dir
	mkdir -p "$VM_CACHE" 2>/dev/null || skip_all "cannot write to the cache directory $VM_CACHE"
	dir=$(mktemp -d "$VM_CACHE/probe.XXXXXX") || skip_all "cannot write to the cache directory $VM_CACHE"
	printf '/.* system_u:object_r:tmp_t:s0\n' >"$dir/file"
	try_right "$dir" "give files to other users" chown 1:50 "$dir/file"
	try_right "$dir" "make device nodes" mknod "$dir/null" c 1 3
	try_right "$dir" "label files (security.selinux) in $VM_CACHE" setfiles "$dir/file" "$dir/file"
	try_right "$dir" "mount" unshare -m mount -t tmpfs tmpfs "$dir"
	try_right "$dir" "run qemu" qemu-system-x86_64 --version
	rm -rf "$dir"
}

try_right() {
	local dir=$1 what=$2 why
	shift 2
	if ! why=$("$@" 2>&1); then
		rm -rf "$dir"
		skip_all "this machine may not $what: $(tail -n 1 <<<"$why")"
	fi
}

# Says SKIP and leaves with VM_SKIP where this machine cannot make or run the VM at all.
need_machine() {
	[ "$(uname -m)" = x86_64 ] || skip_all "the test VM is made for x86_64, this is $(uname -m)"
	[ "$(id -u)" = 0 ] || skip_all "the test VM is made and labelled as root, this is uid $(id -u)"
	need_tools
	need_rights
}
