#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 40-podman.sh - a table of Podman's command lines, answered by secctr with SELinux enforcing, and held to what Podman answers.
#
# secctr is held to the record of Podman's answers, and one scene is asked of the podman here too. A container takes more than a
# second in this machine, so only some scenes are run; SECCTR_PODMAN_ONLY names others, or "all" (eight minutes), and
# SECCTR_PODMAN_SCENES those that podman is asked.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../podman/lib.sh
. "$(dirname "$0")/../podman/lib.sh"

mapfile -t scenes < <(podman_lines scenes)
only=${SECCTR_PODMAN_ONLY:-words list images volumes}
[ "$only" = all ] || read -ra scenes <<<"$only"
live=${SECCTR_PODMAN_SCENES:-list}
[ "$live" != all ] || live="${scenes[*]}"

podman_prepare
podman_sides "$live" "${scenes[*]}"
"$T_VM" get "$P_GUEST/podman.out" "$T_TMP/podman"
"$T_VM" get "$P_GUEST/secctr.out" "$T_TMP/secctr"

for scene in "${scenes[@]}"; do
	ok "secctr answers as the record says: $scene" podman_lines check S="$scene" got="$T_TMP/secctr"
done
for scene in $live; do
	ok "podman answers as its record: $scene" podman_lines same S="$scene" got="$T_TMP/podman"
done
is "nothing of either is left" "$(as_root 'podman ps -aq; secctr ps -aq; ls -A /srv/lines')" ""
as_root 'rm -f /etc/secctr/policy.d/wide.policy; rm -rf /srv/lines; secctr rmi localhost/wide >/dev/null'
