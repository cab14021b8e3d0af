# SPDX-License-Identifier: Apache-2.0
# As a service manager starts things: without a login UID. The owner that the policy names answers for it, or nobody starts.
load lib

setup_file() { make_place; }
teardown() { remove_all; }

as_unit() { bash -c 'echo 4294967295 >/proc/self/loginuid && exec "$@"' - "$BIN/secctr" --root "$STORE" --runroot "$RUN" "$@"; }
export -f as_unit
export BIN
unit_policy() { # NAME OWNER
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Who]\nUnitOwner=%s\n[SELinux]\nRequire=if-enabled\n' "$2" | policy "$1"
}
no() { refused 125 "$1" bash -c 'as_unit "$@"' - run "${@:2}" --rootfs "$BUSY" true; }

@test "without an owner a start is refused, and the refusal recorded" {
	no 'login UID'
	row "policy without owner"; no 'login UID' --policy default
	rows_done
}

@test "with an owner the container is the owner's, in a session of its own, and stays so" {
	unit_policy owned ann
	audit_mark
	try bash -c 'as_unit "$@"' - run --rm --policy owned --rootfs "$BUSY" cat /proc/self/loginuid
	same "$out" 1000; same "$status" 0
	try bash -c 'as_unit "$@"' - run --rm --name u --policy owned --rootfs "$BUSY" cat /proc/self/sessionid
	ses=$out
	like "$ses" '^[0-9]+$'; unlike "$ses" '^4294967295$'
	row "record"; audit_has "VIRT_CONTROL .*auid=1000 ses=$ses .*op=start .*vm=\"u\" .*own-ses=$ses from-ses=4294967295" || bad "no record"
	row "LOGIN record"; audit_has "type=LOGIN .*old-auid=4294967295 auid=1000 .* ses=$ses " || bad "no record of the kernel"
	for id in 0 1001 4294967295; do
		row "change to $id"; try bash -c 'as_unit "$@"' - run --rm --policy owned --rootfs "$BUSY" probe loginuid $id
		same "$out" "loginuid: EPERM"
	done
	row "children too"
	try bash -c 'as_unit "$@"' - run --rm --policy owned --rootfs "$BUSY" sh -c '(setsid cat /proc/self/loginuid &) ; sleep 0.3'
	same "$out" 1000
	row "the live init, from outside"
	bash -c 'as_unit "$@"' - run -d --name live --policy owned --rootfs "$BUSY" sleep 100 >/dev/null 2>&1
	same "$(cat "/proc/$(secctr inspect live | jq '.[0].State.Pid')/loginuid")" 1000
	rows_done
}

@test "the caller's own login goes before the owner" {
	unit_policy bobs bob
	try_secctr run --rm --policy bobs --rootfs "$BUSY" cat /proc/self/loginuid
	[ "$out" = 1000 ]
}

@test "owners that answer for nothing" {
	for owner in root nobody-here 999 0 4294967295; do
		row $owner
		unit_policy o "$owner"
		no 'UnitOwner=?|owner|account|o.policy:4' --policy o
	done
	rows_done
}
