#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 10-identity.sh - whose login UID and which session processes of containers have, and that a command, its container and
# its records agree.
# shellcheck disable=SC2016 # expanded by the guest
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$(dirname "$0")/../containers.sh"

who='echo $(cat /proc/self/loginuid) $(cat /proc/self/sessionid)'

prepare_host
mark=$(audit_mark)

read -r auid ses caller < <(as alice "echo \$(sudo secctr run --rm --name a $image sh -c '$who') \$(cat /proc/self/sessionid)")
is "the container has the login UID of who typed sudo secctr run" "$auid" $alice
nok "a session is set" test "$ses" = $unset_id
nok "and is not the caller's" test "$ses" = "$caller"
ok "the LOGIN record joins the two" test -n "$(audit_since "$mark" -m LOGIN --session "$ses" | grep "old-ses=$caller ses=$ses res=1")"
start=$(audit_since "$mark" -m VIRT_CONTROL -vm a | grep op=start)
is "the start record says both" "$(field own-ses <<<"$start") $(field from-ses <<<"$start")" "$ses $caller"

read -r auid second < <(as alice "sudo secctr run --rm $image sh -c '$who'")
nok "each container has its own" test "$ses" = "$second"

as alice "sudo secctr run -d --name long --policy shop $image sh -c 'sleep 1000 & wait'" >"$T_TMP/id" 2>"$T_TMP/err"
ok "run prints the event id of the start record" grep -qE '^secctr: started long \[audit [0-9]+\.[0-9]+:[0-9]+\]$' "$T_TMP/err"
event=$(sed -E 's/.*:([0-9]+)\]/\1/' "$T_TMP/err")
is "which ausearch finds" "$(as_root "ausearch --input-logs -a $event -m VIRT_CONTROL | grep -c 'op=start .*vm=\"long\"'")" 1
pids=$(as_root 'ps -eo pid,label --no-headers | awk "/secctr_container_t/ { print \$1 }"')
is "the first process and its children have her login UID" \
	"$(as_root "for p in $(paste -sd' ' <<<"$pids"); do cat /proc/\$p/loginuid; echo; done | sort -u")" $alice
is "inspect says so" "$(as alice sudo secctr inspect long | grep -c '"LoginUid": *1001')" 1

read -r auid ses < <(as bob "sudo secctr exec long sh -c '$who'")
is "exec carries the person who typed it" "$auid" $bob
nok "in a session of its own" test "$ses" = "$second"
ok "its record is bob's" test -n "$(audit_since "$mark" -m VIRT_CONTROL -vm long | grep "auid=$bob .*op=exec .*own-ses=$ses ")"
nok "a login UID that is set cannot be changed from inside" as bob "sudo secctr exec long sh -c 'echo $alice >/proc/self/loginuid'"
nok "nor unset" as bob "sudo secctr exec long sh -c 'echo $unset_id >/proc/self/loginuid'"
nok "nor by the first process's own file" as bob "sudo secctr exec long sh -c 'echo $bob >/proc/1/loginuid'"

refused "without a login UID nothing starts" "login UID" as_root \
	"systemd-run --quiet --wait --pipe secctr run --rm --name nobody $image true 2>&1"
ok "and the refusal is recorded" test -n "$(audit_since "$mark" -m VIRT_CONTROL -vm nobody | grep "auid=$unset_id .*op=start .*res=failed")"
refused "nor is a command run" "login UID" as_root "systemd-run --quiet --wait --pipe secctr exec long true 2>&1"

ok "alice stops it" as alice sudo secctr rm -f -t 0 long
is "no secctr program ran into a denial" "$(own_denials "$mark")" ""
ok "nothing is left" nothing_left
