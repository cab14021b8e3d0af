# SPDX-License-Identifier: Apache-2.0
# policy check, show, explain, list; which policy decides; the site policy; observing.
load lib

setup_file() { make_place; }
teardown() {
	remove_all
	rm -f /etc/secctr/policy.d/*.policy /etc/secctr/site.policy
	chmod 0755 /etc/secctr/policy.d /etc/secctr
}

base='[Image]
AllowRootfs=/var/lib/machines
[SELinux]
Require=if-enabled'

@test "check: shipped ones are good, and each mistake is told with file and line" {
	for p in default web database systemd batch oci-engine; do
		row $p; try_secctr policy check $p; same "$status" 0; like "$out" "/usr/share/secctr/policy.d/$p.policy: ok, sha256:"
	done
	bad_file() { # ROW LINE REGEX TEXT
		row "$1"
		printf "$4" | policy broken
		try_secctr policy check broken
		same "$status" 1 status; same "$out" ""
		like "$err" "^secctr: /etc/secctr/policy.d/broken.policy:$2: .*$3"
	}
	bad_file "unknown key" 2 Nosuch '[Policy]\nNosuch=1\n'
	bad_file "unknown section" 1 Nosuch '[Nosuch]\n'
	bad_file "key before section" 1 . 'Mode=enforce\n'
	bad_file "twice" 3 . '[Policy]\nMode=enforce\nMode=observe\n'
	bad_file "bad value" 2 Mode '[Policy]\nMode=maybe\n'
	bad_file "no equals" 2 . '[Policy]\nMode\n'
	bad_file "relative path" 2 BindPaths '[Filesystem]\nBindPaths=srv\n'
	bad_file "dots" 2 BindPaths '[Filesystem]\nBindPaths=/srv/../etc\n'
	bad_file "audit capability" 2 CAP_AUDIT_WRITE '[Process]\nCapabilityBoundingSet=CAP_AUDIT_WRITE\n'
	bad_file "control character" 2 . '[Policy]\nDescription=a\033b\n'
	bad_file "not UTF-8" 2 . '[Policy]\nDescription=\377\n'
	bad_file "reordering" 2 . '[Policy]\nDescription=a\342\200\256b\n'
	row "missing"; try_secctr policy check nosuch; same "$status" 1; like "$err" nosuch
	row "by path"; printf '%s\n' "$base" >"$PLACE/p.policy"; try_secctr policy check /usr/share/secctr/policy.d/web.policy; same "$status" 0
	rows_done
}

@test "a file or directory that others can write is refused" {
	row "file"; printf '%s\n' "$base" | policy loose; chmod 0666 /etc/secctr/policy.d/loose.policy
	refused_run 125 'loose.policy.*writ' --policy loose --rootfs "$BUSY" true
	row "owner"; chmod 0644 /etc/secctr/policy.d/loose.policy; chown 1000 /etc/secctr/policy.d/loose.policy
	refused_run 125 'loose.policy' --policy loose --rootfs "$BUSY" true
	row "directory"; chown 0 /etc/secctr/policy.d/loose.policy; chmod 0777 /etc/secctr/policy.d
	refused_run 125 '/etc/secctr/policy.d' --policy loose --rootfs "$BUSY" true
	row "link"; chmod 0755 /etc/secctr/policy.d; mv /etc/secctr/policy.d/loose.policy "$PLACE/real.policy"
	ln -s "$PLACE/real.policy" /etc/secctr/policy.d/loose.policy
	refused_run 125 'loose.policy' --policy loose --rootfs "$BUSY" true
	row "fifo does not hang"; rm /etc/secctr/policy.d/loose.policy; mkfifo /etc/secctr/policy.d/loose.policy
	LIMIT=5 refused_run 125 'loose.policy' --policy loose --rootfs "$BUSY" true
	rows_done
}

@test "names of policies are names" {
	for name in ../default /etc/secctr/policy.d/default default.policy '' $'a\nb' "$(printf '%0300d' 0)" 'a b'; do
		row "'${name:0:20}'"; refused_run 125 'policy' --policy "$name" --rootfs "$BUSY" true
	done
	row "missing"; refused_run 125 'nosuch' --policy nosuch --rootfs "$BUSY" true
	rows_done
}

@test "which one decides: --policy, the best match, default; /etc before /usr/share" {
	which() { secctr policy explain --json "$@" --rootfs "$BUSY" true | jq -r .Policy; }
	row "default"; same "$(which)" default
	printf '[Match]\nName=web-*\n%s\n' "$base" | policy pattern
	row "pattern"; same "$(which --name web-1)" pattern
	printf '[Match]\nName=web-1\n%s\n' "$base" | policy exact
	row "exact goes first"; same "$(which --name web-1)" exact
	row "named goes before"; same "$(which --name web-1 --policy pattern)" pattern
	printf '[Match]\nName=web-1\n%s\n' "$base" | policy exact2
	row "two equal ones"; refused_run 125 'exact' --name web-1 --rootfs "$BUSY" true
	row "/etc first"; printf '[Policy]\nDescription=own\n%s\n' "$base" | policy default
	like "$(secctr policy list --format json | jq -r '.[] | select(.Name == "default") | .File')" '^/etc/'
	row "a bad file that nobody asked for is not passed over"; printf 'x\n' | policy zbad
	refused_run 125 'zbad.policy:1' --name free --rootfs "$BUSY" true
	rows_done
}

@test "show and list in both forms" {
	row "show"; like "$(secctr policy show default)" 'AllowRootfs=.*/var/lib/machines'
	row "show json"; secctr policy show --format json default | jq -e . >/dev/null || bad "no JSON"
	row "list json"; same "$(secctr policy list --format json | jq length)" 6
	row "digest is the file's"
	same "$(secctr policy list --format json | jq -r '.[] | select(.Name == "web").Digest')" \
		"sha256:$(sha256sum </usr/share/secctr/policy.d/web.policy | cut -d' ' -f1)"
	row "digest in the record is of the bytes that were enforced"
	audit_mark; secctr run --rm --rootfs "$BUSY" true
	audit_has "VIRT_CREATE .*policy=sha256:$(sha256sum </usr/share/secctr/policy.d/default.policy | cut -d' ' -f1)" || bad "another digest"
	rows_done
}

@test "explain says what run would do, and starts nothing" {
	before=$(traces)
	row "allowed"; try_secctr policy explain --rootfs "$BUSY" true; same "$status" 0; like "$out" '^policy default .*: allowed'
	row "refused"; try_secctr policy explain --cap-add chown --rootfs "$BUSY" true; same "$status" 1; like "$out" 'DENIED.*CAP_CHOWN'
	row "json"; try_secctr policy explain --json --cap-add chown --rootfs "$BUSY" true
	jq -e '.Allowed == false and ([.Reasons[] | select(.Denied)] | length) == 1 and .Plan.process.argv == ["true"]' <<<"$out" >/dev/null || bad "fields"
	row "all reasons, not the first"
	same "$(secctr policy explain --json --cap-add chown --network host --read-only=false --rootfs "$BUSY" true | jq '[.Reasons[] | select(.Denied)] | length')" 3
	no_new_traces "$before"
	rows_done
}

@test "AllowLogin= is about logins, not UIDs" {
	printf '[Who]\nAllowLogin=bob @ops\n%s\n' "$base" | policy bobs
	row "ann"; refused_run 125 'AllowLogin=.*bobs.policy:2|AllowLogin=' --policy bobs --rootfs "$BUSY" true
	row "bob"; same "$(echo 1001 >/proc/self/loginuid; secctr run --rm --policy bobs --rootfs "$BUSY" cat /proc/self/loginuid)" 1001
	printf '[Who]\nAllowLogin=@ops\n%s\n' "$base" | policy group
	row "by group"; same "$(echo 1001 >/proc/self/loginuid; secctr run --rm --policy group --rootfs "$BUSY" echo yes)" yes
	printf '[Who]\nAllowLogin=nosuch-account\n%s\n' "$base" | policy unknown
	row "an account that is not there lets nobody in"; refused_run 125 'AllowLogin=|nosuch-account' --policy unknown --rootfs "$BUSY" true
	rows_done
}

@test "the site policy bounds every other" {
	printf '[Process]\nAllowCapabilities=CAP_CHOWN CAP_KILL\n%s\n' "$base" | policy wide
	try_secctr run --rm --policy wide --cap-add chown --rootfs "$BUSY" true; [ "$status" -eq 0 ]
	printf '[Process]\nAllowCapabilities=CAP_KILL\n[Resources]\nTasksMax=10\n' >/etc/secctr/site.policy
	row "narrower"; refused_run 125 'CAP_CHOWN.*/etc/secctr/site.policy:2' --policy wide --cap-add chown --rootfs "$BUSY" true
	row "within"; try_secctr run --rm --policy wide --cap-add kill --pids-limit 10 --rootfs "$BUSY" true; same "$status" 0 "status ($err)"
	row "limit is applied"; refused_run 125 'TasksMax=.*site.policy:4' --policy wide --pids-limit 11 --rootfs "$BUSY" true
	row "its mistake stops everything"; printf 'x\n' >/etc/secctr/site.policy
	refused_run 125 'site.policy:1' --rootfs "$BUSY" true
	row "who"; printf '[Who]\nAllowLogin=bob\n' >/etc/secctr/site.policy
	refused_run 125 'AllowLogin=' --rootfs "$BUSY" true
	rows_done
}

@test "Mode=observe runs, prints and records what enforce would refuse" {
	printf '[Policy]\nMode=observe\n%s\n' "$base" | policy look
	audit_mark
	row "runs"; try_secctr run --rm --policy look --read-only=false --rootfs "$BUSY" echo ran
	same "$out" ran; same "$status" 0; like "$err" 'observe: root.readonly: .*ReadOnlyRoot='
	row "recorded"; audit_has 'VIRT_CREATE .*mode=observe' || bad "no record"
	row "never who"
	printf '[Policy]\nMode=observe\n[Who]\nAllowLogin=bob\n%s\n' "$base" | policy look
	refused_run 125 'AllowLogin=' --policy look --rootfs "$BUSY" true
	row "never the site's"
	printf '[Policy]\nMode=observe\n%s\n' "$base" | policy look
	printf '[Filesystem]\nReadOnlyRoot=yes\n' >/etc/secctr/site.policy
	refused_run 125 'site.policy' --policy look --read-only=false --rootfs "$BUSY" true
	row "never capabilities that are never given"; rm /etc/secctr/site.policy
	refused_run 125 'CAP_AUDIT_WRITE' --policy look --cap-add audit_write --rootfs "$BUSY" true
	rows_done
}
