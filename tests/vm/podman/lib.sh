# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# lib.sh - Podman and secctr side by side: what the test and the recorder share. Wants T_VM, the path of tests/vm/vm.

P_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
P_GUEST=/root/lines

# podman_lines JOB [VARIABLE=VALUE...]: answers.awk on the table and the records.
podman_lines() {
	local job=$1 options=() i
	shift
	for i in "$@"; do options+=(-v "$i"); done
	(cd "$P_HERE/../../.." && awk -v job="$job" -v lines="$P_HERE/lines" -v podman="$P_HERE/answers.podman" \
		-v secctr="$P_HERE/answers.secctr" "${options[@]}" -f "$P_HERE/answers.awk")
}

# The table and its runner in the guest, the same image on both sides under two names, a policy that fits the second.
# Podman gets what it needs there: crun, no network (Debian leaves the plugins out), and no labels, as Debian's SELinux
# policy knows no containers; no journal of events, which nobody reads.
podman_prepare() {
	"$T_VM" ssh root "mkdir -p $P_GUEST /srv/lines /etc/containers"
	"$T_VM" put "$P_HERE/side" "$P_GUEST/side"
	"$T_VM" put "$P_HERE/lines" "$P_GUEST/lines"
	"$T_VM" put "$P_HERE/wide.policy" /etc/secctr/policy.d/wide.policy
	"$T_VM" ssh root "chmod 644 /etc/secctr/policy.d/wide.policy
		printf '%s\n' '[containers]' 'netns=\"none\"' 'label=false' 'log_driver=\"k8s-file\"' '[engine]' 'events_logger=\"none\"' \
			'runtime=\"crun\"' >/etc/containers/containers.conf
		secctr load -q -i /usr/share/secctr/default.tar >/dev/null && secctr tag secctr/default wide"
}

# podman_sides SCENES SCENES: runs podman's side for the first list and secctr's for the second at once; the answers are
# in $P_GUEST/podman.out and secctr.out. An empty list is none, "all" all.
podman_sides() {
	"$T_VM" ssh root "cd $P_GUEST && rm -f *.out
		sides() {
			case \$2 in
			'') return ;;
			all) set -- \$1 ;;
			esac
			if [ \$1 = podman ]; then
				# One thread and no collector: half the time on an emulated processor.
				export GOMAXPROCS=1 GOGC=off
				podman image exists localhost/wide || podman load -q -i /usr/share/secctr/default.tar >/dev/null &&
					podman tag localhost/secctr/default localhost/wide
			fi
			bash side \$1 /srv/lines \${2-} <lines >\$1.out
		}
		sides podman '$1' & sides secctr '$2'; wait"
}
