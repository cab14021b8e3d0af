# SPDX-License-Identifier: Apache-2.0
# lib.sh - a host to measure on, the same for every program here. Sourced first thing by each of them.
#
# Gives, in a mount name space of its own, under login UID 1000, with audit on:
#	$work		a directory that goes away at the end
#	$secctr		the program (BIN=DIR, else build/bin)
#	$root		a root directory with busybox
#	$work/bundle	an OCI bundle for crun, equal to what secctr makes of the default policy
#	CRUN_CGROUPS=disabled	crun makes no control group (ours always does); else cgroupfs, without limits, as ours
#	READONLY=1	our programs lie on a read-only mount, as on image-based systems: no secctr-exec (runtime/handover.h)
#	cgroups		v2 only and without limits. A v1 or hybrid host costs one directory a hierarchy more, for
#			crun too; HOST_CGROUPS=1 measures that.
# Exits with 77 and a line "SKIP: why" where this cannot be had. What was changed is put back.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) top=$(cd "$here/../.." && pwd)
skip() { echo "SKIP: $*"; exit 77; }
[ "$(id -u)" = 0 ] || skip "needs root"

if [ -z "${BENCH_INSIDE:-}" ]; then
	# The kernel's audit state is the machine's: one at a time may change it, as in tests/cli/run. The lock ends with
	# the last process that was started here.
	exec 9>>"${SECCTR_AUDIT_LOCK:-/run/lock/secctr-audit-test.lock}" && flock 9 || skip "no lock file for the audit state"
	BENCH_INSIDE=1 exec unshare -m --propagation private "$(readlink -f "$0")" "$@"
fi
secctr=${BIN:-$top/build/bin}/secctr
for p in "$secctr" /bin/busybox; do [ -x "$p" ] || skip "no $p"; done
for p in auditctl auditd jq; do command -v $p >/dev/null || skip "no $p"; done

work=$(mktemp -d /tmp/secctr-bench.XXXXXX) bench_auditd=
bench_end() {
	[ -x "$secctr" ] && [ -d "$work/lib" ] && $run_secctr rm -fa -t 0 >/dev/null 2>&1
	if [ -n "$bench_auditd" ]; then
		kill "$bench_auditd"; wait "$bench_auditd" 2>/dev/null
		auditctl -e 0 >/dev/null; auditctl -b 64 >/dev/null
	fi
	rm -rf "$work"
}
trap bench_end EXIT
trap 'exit 130' INT TERM
if [ -n "${READONLY:-}" ]; then
	mount --bind "$(dirname "$secctr")" "$(dirname "$secctr")" && mount -o remount,bind,ro "$(dirname "$secctr")" || skip "no read-only mount"
fi
run_secctr="$secctr --root $work/lib --runroot $work/run"

# Everything below is in this name space alone.
mkdir -p /etc/secctr /usr/share/secctr/policy.d
mount -t tmpfs -o mode=0755 bench /etc/secctr
mkdir -m 0755 /etc/secctr/policy.d
mount --bind "$top/policy/profiles" /usr/share/secctr/policy.d
chmod 755 "$work"
root=$work/root
mkdir -p "$root"/{bin,dev,proc,sys,tmp}
cp /bin/busybox "$root/bin/busybox"
for p in true sh sleep; do ln -s busybox "$root/bin/$p"; done
# The default policy, but for the directory that the root lies in and for the one control group limit.
mkdir "$work/tmp"
sed "s|^AllowRootfs=.*|AllowRootfs=$work|" "$top/policy/profiles/default.policy" >/etc/secctr/policy.d/default.policy
printf '\n[Resources]\nTasksMax=infinity\n' >>/etc/secctr/policy.d/default.policy
chmod 644 /etc/secctr/policy.d/default.policy
if [ -z "${HOST_CGROUPS:-}" ] && [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ]; then
	umount -R -l /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup || skip "no cgroup v2"
fi
# systemd as PID 1 makes a scope per container; crun runs without any.
[ ! -d /run/systemd/system ] || mount -t tmpfs bench /run/systemd/system

if ! auditctl -s | grep -q '^pid [1-9]'; then
	mkdir -m 0700 "$work/audit"
	cat >"$work/audit/auditd.conf" <<-END
		log_file = $work/audit/audit.log
		log_format = RAW
		flush = NONE
		max_log_file = 50
		num_logs = 2
		max_log_file_action = ROTATE
		space_left = 75
		space_left_action = IGNORE
		admin_space_left = 50
		admin_space_left_action = IGNORE
		disk_full_action = IGNORE
		disk_error_action = IGNORE
	END
	chmod 640 "$work/audit/auditd.conf"
	auditd -n -c "$work/audit" >/dev/null 2>&1 & bench_auditd=$!
	for _ in $(seq 100); do auditctl -s | grep -q "^pid $bench_auditd" && break; sleep 0.05; done
fi
auditctl -b 8192 >/dev/null && auditctl -e 1 >/dev/null || skip "audit cannot be switched on"
[ "$(cat /proc/self/loginuid)" != 4294967295 ] || echo 1000 >/proc/self/loginuid

# What secctr made of it, as a bundle for crun: same root, name spaces, mounts, masks, limits, filter.
bench_bundle() {
	local names
	names=$(sed -n '/^#define DEFAULT_NAMES/,/^$/p' "$top/launcher/plan/syscalls.c" | grep -o '"[^"]*"' | tr -d '"\n' |
		jq -Rc 'split(" ") | map(select(. != "")) | unique')
	mkdir -p "$work/bundle"
	jq -n --slurpfile plan "$1" --argjson names "$names" '$plan[0] as $p | {
		ociVersion: "1.0.2", root: { path: $p.root.path, readonly: true }, hostname: $p.hostname,
		process: { args: ["/bin/true"], cwd: "/", env: $p.process.env, noNewPrivileges: true, user: { uid: 0, gid: 0 },
			capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
			rlimits: $p.process.rlimits | map(select(.type != "RLIMIT_NOFILE")), oomScoreAdj: 0 },
		mounts: [ $p.mounts[] | { destination: .target, type: (if .type == "dev" or .type == "cgroup" then "tmpfs" else .type end),
			source: .type, options: (["nosuid"] + (if .noexec then ["noexec"] else [] end) +
			(if .readonly then ["ro"] else [] end) + (if .type == "devpts" then ["newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]
			elif .size then ["size=\(.size)", "mode=\(if .mode == 1023 then "1777" else "755" end)"] else [] end)) } ],
		linux: { namespaces: [ "pid", "network", "ipc", "uts", "mount", "cgroup" | { type: . } ],
			maskedPaths: $p.root.maskedPaths, readonlyPaths: $p.root.readonlyPaths,
			seccomp: { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, architectures: ["SCMP_ARCH_X86_64"],
				syscalls: [ { names: $names, action: "SCMP_ACT_ALLOW" } ] } } }' >"$work/bundle/config.json"
}
# Also fills the cache of filters, as the second start on any host finds it.
bench_warm() {
	$run_secctr run --name warm --rootfs "$root" /bin/true || skip "secctr run failed"
	bench_bundle "$(echo "$work"/lib/containers/*/plan.json)"
	$run_secctr rm warm >/dev/null
}
run_crun="crun --root $work/crun --cgroup-manager=${CRUN_CGROUPS:-cgroupfs} run -b $work/bundle bench"
run_ours="$run_secctr run --rm --rootfs $root /bin/true"
