#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 11-story.sh - docs/story.md as a test: alice starts a container, bob runs commands in it, the container tries what it
# must not do, and the audit log tells who did what. SELinux enforcing, logins over ssh, sudo.
# shellcheck disable=SC2016 # expanded by the guest
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$(dirname "$0")/../containers.sh"

# bob_tries PROGRAM...: a command of bob in web.
bob_tries() {
	as bob sudo secctr exec web "$@"
}

has() {
	grep -qE -- "$1" "$2" || { echo "none of $(wc -l <"$2") lines is like: $1"; return 1; }
}
has_not() {
	! grep -E -- "$1" "$2"
}

prepare_host
mark=$(audit_mark)

ok "alice starts a database" as alice sudo secctr run -d --name db --policy shop -v /srv/shop/db:/data:Z $image sleep 1000
ok "alice starts a web server, with the database's directory by mistake" as alice sudo secctr run -d --name web \
	--policy shop -m 64m -v /srv/shop/web:/data:Z -v /srv/shop/tools:/tools:ro,exec,z -v /srv/shop/db:/other:ro \
	$image sh -c 'trap "exit 0" TERM; while :; do sleep 1; done'
is "bob runs id" "$(as bob sudo secctr exec web sh -c id)" "uid=0(root) gid=0(root)"
is "it cannot become alice" "$(bob_tries /tools/probe loginuid $alice)" "loginuid: EPERM"
is "it cannot write an audit record" "$(bob_tries /tools/probe audit-message)" "audit-message: EPERM"
nok "it cannot read the database's files" bob_tries cat /other/orders
nok "it cannot mount" bob_tries mount -t tmpfs none /tmp
refused "bob may not stop it: the policy says who" "shop.policy:" as bob sudo secctr stop web
ok "alice stops both" as alice sudo secctr stop -t 5 web db

# --- what ausearch knows
log=$T_TMP/log
audit_since "$mark" -m VIRT_CONTROL -vm web >"$log"
ok "alice started web, in a session of its own" has "auid=$alice .*:secctr_t:s0 msg='virt=container op=start reason=cli vm=\"web\" .*res=success" "$log"
ok "bob ran a command" has "auid=$bob .* op=exec .*vm=\"web\" .*res=success" "$log"
ok "bob was refused to stop it" has "auid=$bob .* op=stop reason=policy-denied .*vm=\"web\" .*res=failed" "$log"
ok "alice stopped it" has "auid=$alice .* op=kill reason=stop vm=\"web\" .*sig=15 " "$log"
ok "the monitor saw it end" has ":secctr_monitor_t:s0 msg='virt=container op=stop reason=exited vm=\"web\" .*exit=0" "$log"
start=$(grep 'op=start' "$log")
web_ses=$(field own-ses <<<"$start")
is "the session is stamped by the kernel too" "$(field ses <<<"$start")" "$web_ses"
nok "and is not that of alice's login" test "$web_ses" = "$(field from-ses <<<"$start")"
exec_ses=$(grep 'op=exec' "$log" | head -n 1 | field own-ses)

audit_since "$mark" --session "$web_ses" >"$log"
ok "the session shows where it came from" has "type=LOGIN .* old-auid=$alice auid=$alice .* ses=$web_ses res=1" "$log"
ok "the session shows the container's label" has 'type=VIRT_MACHINE_ID .*vm="web".*vm-ctx=system_u:system_r:secctr_container_t:s0:c[0-9]+,c[0-9]+ ' "$log"
ok "the session shows what ran in it" has 'type=EXECVE .* a0="sleep" a1="1"' "$log"
is "nobody else is in it" "$(grep -oE ' auid=[0-9]+' "$log" | sort -u)" " auid=$alice"
audit_since "$mark" --session "$exec_ses" >"$log"
ok "bob's session shows his command" has 'type=USER_CMD .*cwd="/" cmd=7368202D63206964 vm="web"' "$log"
is "and only bob" "$(grep -oE ' auid=[0-9]+' "$log" | sort -u)" " auid=$bob"

audit_since "$mark" -se secctr_container_t >"$log"
ok "the forged record is a denial, bob's" has "type=SECCOMP .*auid=$bob .*secctr_container_t.* exe=\"/tools/probe\" .*syscall=41 .*code=0x50000" "$log"
ok "the mount is a denial, bob's" has "type=SECCOMP .*auid=$bob .*secctr_container_t.* comm=\"mount\" .*syscall=165 .*code=0x50000" "$log"
ok "the other container's file is a denial, bob's" has "type=SYSCALL .*success=no exit=-13 .*auid=$bob .*comm=\"cat\" .*secctr_container_t" "$log"
ok "with both labels" has 'type=AVC .*denied  \{ search \} .*name="db" .*scontext=system_u:system_r:secctr_container_t:s0:c[0-9,c]+ tcontext=system_u:object_r:secctr_container_file_t:s0:c[0-9,c]+' "$log"
audit_since "$mark" -m LOGIN >"$log"
ok "the stolen identity is a failed LOGIN record" has "type=LOGIN .*secctr_container_t.*old-auid=$bob auid=$alice .*res=0" "$log"
audit_since "$mark" -m VIRT_CONTROL >"$log"
ok "no record speaks for secctr that is not its own" has_not 'subj=[^ ]*:secctr_container' "$log"
is "every process in a container has its person" \
	"$(audit_since "$mark" -se secctr_container_t -m SYSCALL | grep -oE ' auid=[0-9]+' | sort -u | paste -sd,)" " auid=$alice, auid=$bob"

# --- what the other tools make of it
as_root "auvirt --uuid $(field uuid <<<"$start") --all-events" >"$log"
ok "auvirt tells the start" has '^start +web' "$log"
ok "auvirt tells the denial" has '^avc +web .*denied.*cat' "$log"
ok "auvirt tells the stop" has '^stop +web' "$log"

# By uuid: another container may have had the name before.
as_root "secctr report --container $(field uuid <<<"$start")" >"$log"
ok "report: alice started it" has ' alice +[0-9]+ +success +start web ' "$log"
ok "report: bob ran id" has ' bob +[0-9]+ +success +command sh -c id ' "$log"
ok "report: bob's program tried to become alice" has " bob +[0-9]+ +failed +change of login UID $bob to $alice refused" "$log"
ok "report: bob's program tried to send a record" has ' bob +[0-9]+ +denied +seccomp: socket by probe' "$log"
ok "report: bob's program tried to read the database" has ' bob +[0-9]+ +denied +SELinux: \{ search \} dir db by cat .* path /other/orders' "$log"
ok "report: bob's program tried to mount" has ' bob +[0-9]+ +denied +seccomp: mount by mount' "$log"
ok "report: bob was refused" has ' bob +[0-9]+ +failed +stop web ' "$log"
ok "report: it was stopped" has ' alice +[0-9]+ +success +stop web reason=exited' "$log"
is "report: nobody without a name" "$(awk '/^20/ { print $3 }' "$log" | sort -u | paste -sd,)" "alice,bob"
ok "report: nothing of the database's own" has_not '(start|create) db ' "$log"

is "our own programs ran into no denial" "$(own_denials "$mark")" ""
is "no record was lost" "$(as_root "auditctl -s | awk '\$1 == \"lost\" { print \$2 }'")" 0
ok "alice removes both" as alice sudo secctr rm web db
ok "nothing is left" nothing_left
