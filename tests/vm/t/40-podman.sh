#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 40-podman.sh - a table of Podman's command lines, answered by secctr with SELinux enforcing, and held to what Podman answers.
#
# All rows are held to the record of Podman's answers; two scenes, others each hour, are also asked of the podman here, so that
# the record cannot lie. SECCTR_PODMAN_SCENES names other scenes, or "all"; SECCTR_PODMAN_ONLY names the scenes that are run at all.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../podman/lib.sh
. "$(dirname "$0")/../podman/lib.sh"

mapfile -t scenes < <(podman_lines scenes)
[ -z "${SECCTR_PODMAN_ONLY-}" ] || read -ra scenes <<<"$SECCTR_PODMAN_ONLY"
hour=$(($(date +%s) / 3600))
half=$((${#scenes[@]} / 2))
[ "$half" -gt 0 ] || half=1
live=${SECCTR_PODMAN_SCENES:-"${scenes[hour % half]} ${scenes[(half + hour % half) % ${#scenes[@]}]}"}
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
