# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034 # what is quoted is expanded by the guest; scripts use the variables
# containers.sh - what tests of containers share: the image, a policy with two directories, a probe, and the look
# for what was left behind. To be sourced after lib.sh.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
image=secctr/default
alice=1001 bob=1002 unset_id=4294967295

# A static program that tries from inside what a container must not do.
build_probe() {
	cc -static -O1 -w -o "$T_TMP/probe" "$repo/tests/cli/probe.c"
}

# policy NAME: from standard input, into /etc of the guest.
policy() {
	cat >"$T_TMP/$1.policy"
	"$T_VM" put "$T_TMP/$1.policy" "/etc/secctr/policy.d/$1.policy"
	as_root chmod 644 "/etc/secctr/policy.d/$1.policy"
}

# The host of all these tests: the default image, /srv/shop with two directories and the probe, the policy "shop".
prepare_host() {
	build_probe
	as_root 'secctr rm -f -a >/dev/null 2>&1
		rm -rf /srv/shop; mkdir -p /srv/shop/tools /srv/shop/web /srv/shop/db
		echo "card numbers" >/srv/shop/db/orders
		secctr load -q -i /usr/share/secctr/default.tar >/dev/null'
	"$T_VM" put "$T_TMP/probe" /srv/shop/tools/probe
	as_root chmod 755 /srv/shop/tools/probe
	policy shop <<-'END'
		[Policy]
		Description=The web shop
		[Who]
		AllowLogin=alice
		AllowExec=alice bob
		AllowStop=alice root
		AllowInspect=any
		[Filesystem]
		BindPaths=/srv/shop
		TemporaryFileSystem=/tmp:size=64M
		[Resources]
		MemoryMax=128M
		TasksMax=50
		[SELinux]
		Require=enforcing
	END
}

# What containers leave on a host: nothing.
nothing_left() {
	local left
	left=$(as_root 'for i in 1 2 3 4 5 6 7 8 9 10; do
			left=$(
				secctr ps -aq
				grep -E "secctr.*overlay|/secctr/" /proc/self/mountinfo
				find /sys/fs/cgroup -name "secctr-*.scope"
				systemctl list-units --all --plain --no-legend "secctr-*.scope"
				ps -eo label,pid,args --no-headers | grep -E "^[^ ]*:secctr_"
				find /var/lib/secctr/containers /var/lib/secctr/names -mindepth 1 -maxdepth 1
			)
			[ -n "$left" ] || exit 0
			sleep 0.5
		done
		echo "$left"')
	echo "$left"
	[ -z "$left" ]
}

# Denials that our own programs ran into: permissions that are missing, or something they should not do.
own_denials() {
	audit_since "$1" -m AVC,SELINUX_ERR,USER_SELINUX_ERR |
		grep -E 'scontext=[^ ]*:secctr_(t|monitor_t|fetch_t):|op=security_bounded_transition.*secctr' || true
}

# Some tests lose records, as they mean to: what counts is the difference.
lost_records() {
	as_root "auditctl -s | awk '\$1 == \"lost\" { print \$2 }'"
}

# field NAME: of the record on standard input, hex decoded where it is no quoted string.
field() {
	sed -nE "s/.*[ '(]$1=(\"[^\"]*\"|[^ ')]*).*/\1/p" | tr -d '"'
}
