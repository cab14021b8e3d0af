# SPDX-License-Identifier: Apache-2.0
# secctr report bundle, verify, keygen and secctr doctor, under a real audit daemon.
load lib
load tsa

setup_file() {
	make_place
	export EV=$STORE/evidence
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" report keygen >/dev/null
	for _ in 1 2 3; do
		"$BIN/secctr" --root "$STORE" --runroot "$RUN" report bundle -i "$AUDIT_LOG" >/dev/null
	done
}
setup() { cd "$BATS_TEST_TMPDIR" || return; }

bundle() { try_secctr report bundle -i "$AUDIT_LOG" "$@"; }
verify() { try_secctr report verify "$@"; }
numbered() { echo "$EV"/secctr-evidence-*-00000"$1".tar; }

@test "keygen: a pair with the modes it must have, and never over one that is there" {
	row "private"; same "$(stat -c '%a %u' "$EV/key.pem")" "600 0"
	row "directory"; same "$(stat -c '%a' "$EV")" 700
	row "is Ed25519"; like "$(openssl pkey -in "$EV/key.pem" -noout -text)" 'ED25519'
	row "the public half is of it"; same "$(openssl pkey -in "$EV/key.pem" -pubout)" "$(cat "$EV/key.pub.pem")"
	sum=$(sha256sum "$EV/key.pem")
	row "again"; try_secctr report keygen; same "$status" 125; like "$err" 'is there already'
	same "$(sha256sum "$EV/key.pem")" "$sum"
	row "elsewhere"; try_secctr report keygen --key "$PWD/k"; same "$status" 0; same "$(stat -c %a k k.pub | tr '\n' ' ')" "600 644 "
	row "half there"; rm k; try_secctr report keygen --key "$PWD/k"; same "$status" 125; same "$(ls)" "$(printf 'err\nk.pub\nout')"
	rows_done
}

@test "bundles follow each other: all lines, each once, and the head of each in the log before the next" {
	for i in 1 2 3; do
		tar xf "$(numbered $i)"
		head=$(sha256sum <secctr-evidence-00000$i/manifest.json | cut -d' ' -f1)
		row "record of $i"; like "$(grep "type=USYS_CONFIG.*op=evidence-bundle.*sequence=$i " "$AUDIT_LOG")" "hash=sha256:$head .*res=success"
	done
	cat secctr-evidence-00000?/audit.log >lines
	row "the lines are the log's"; same "$(head -c "$(stat -c %s lines)" "$AUDIT_LOG" | cmp - lines && echo same)" same
	row "the record of 1 is in 2"; same "$(grep -c 'op=evidence-bundle.*sequence=1 ' secctr-evidence-000002/audit.log)" 1
	row "previous"; same "$(jq -r .previous secctr-evidence-000003/manifest.json)" "$(sha256sum <secctr-evidence-000002/manifest.json | cut -d' ' -f1)"
	row "follows"; same "$(jq -r '.follows, .range' secctr-evidence-000002/manifest.json | tr '\n' ' ')" 'true continuous '
	row "all are good"; verify "$(numbered 1)" "$(numbered 2)" "$(numbered 3)"; same "$status" 0
	row "in any order"; verify "$(numbered 3)" "$(numbered 1)" "$(numbered 2)"; same "$status" 0
	row "openssl agrees"; same "$(cd secctr-evidence-000002 && openssl pkeyutl -verify -rawin -pubin -inkey "$EV/key.pub.pem" -in manifest.json -sigfile manifest.sig)" \
		'Signature Verified Successfully'
	row "the manual's own check agrees"
	sed -n '/^import hashlib/,/^print/p' "$BATS_TEST_DIRNAME/../../docs/man/secctr-evidence.7.scd" >check.py
	same "$(cd secctr-evidence-000002 && python3 ../check.py)" good
	row "rules as auditctl"; same "$(cat secctr-evidence-000003/host/audit-rules.txt)" "$(auditctl -l | grep -v '^No rules')"
	row "policies"; same "$(ls secctr-evidence-000003/policy/policy.d)" "$(cd /etc/secctr/policy.d && ls)"
	row "doctor"; same "$(jq -r '.Checks[] | select(.Id == "audit-on") | .State' secctr-evidence-000003/host/doctor.json)" good
	rows_done
}

@test "verify: a bundle that is missing, doubled, or of another chain" {
	row "the middle"; verify "$(numbered 1)" "$(numbered 3)"; same "$status" 1; like "$out" 'bundle 2 is missing'
	row "the first is not said to be there"; verify "$(numbered 2)" "$(numbered 3)"; same "$status" 0; like "$out" 'before 2 was not given'
	head=$(sha256sum <<<"")
	row "the last"; verify --head "${head%% *}" "$(numbered 1)" "$(numbered 2)"; same "$status" 1; like "$out" 'later ones are missing'
	tar xf "$(numbered 2)"
	row "its own head"; verify --head "sha256:$(sha256sum <secctr-evidence-000002/manifest.json | cut -d' ' -f1)" "$(numbered 1)" "$(numbered 2)"; same "$status" 0
	row "twice"; cp "$(numbered 2)" copy.tar; verify "$(numbered 2)" copy.tar; same "$status" 1; like "$out" 'bundle 2 is there twice'
	cp -a "$EV/last.json" kept.json
	bundle --previous "$(numbered 1)" -o other.tar
	cp -a kept.json "$EV/last.json"
	row "another second"; same "$status" 0; verify "$(numbered 1)" other.tar "$(numbered 3)"; same "$status" 1; like "$out" 'does not follow bundle 2: it names another head'
	rows_done
}

@test "verify: what was changed, and where" {
	tar xf "$(numbered 2)"
	lines=$(wc -l <secctr-evidence-000002/audit.log)
	event=$(sed -n 's/.*msg=audit(\([0-9.:]*\)).*/\1/; 2p' secctr-evidence-000002/audit.log)
	again() { # made as somebody makes it who has no key
		tar --format=ustar --owner=root:0 --group=root:0 --mode=0600 --mtime=@"$(jq .created_sec secctr-evidence-000002/manifest.json)" -b 2 \
			-cf again.tar --no-recursion $(tar tf "$(numbered 2)")
		verify again.tar
	}
	row "the archive of GNU tar is another one, unless the number of blocks happens to be even"
	again; same "$status" "$(cmp -s again.tar "$(numbered 2)" && echo 0 || echo 1)"
	at=$(grep -abo 'type=' "$(numbered 2)" | sed -n '2s/:.*//p')
	cp "$(numbered 2)" b.tar
	printf T | dd of=b.tar bs=1 seek="$at" conv=notrunc status=none
	row "a byte of a line"; verify b.tar; same "$status" 1; like "$out" "audit.log: line 2: the line was changed \[event $event\]"
	verify --format json b.tar
	row "json"; same "$(jq -r '.good, .bundles[0].good' <<<"$out" | tr '\n' ' ')" 'false false '
	same "$(jq -r '[.bundles[0].findings[] | select(.line == 2)][0] | .member, .event' <<<"$out" | tr '\n' ' ')" "audit.log $event "
	cp "$(numbered 2)" b.tar
	printf x >>b.tar
	row "a byte behind the end"; verify b.tar; same "$status" 1; like "$out" 'behind'
	row "no bundle"; head -c 4096 /dev/zero >zeros; verify zeros; same "$status" 1; like "$out" 'not a bundle that can be read'
	row "empty"; : >empty; verify empty; same "$status" 1
	row "not there"; verify nosuch; same "$status" 125
	row "a FIFO"; mkfifo fifo; verify fifo; same "$status" 125; like "$err" 'regular file'
	row "lines counted"; verify "$(numbered 2)"; like "$out" "$lines lines: good"
	rows_done
}

@test "verify: whose signature is believed is the verifier's choice" {
	openssl genpkey -algorithm ed25519 -out mine 2>/dev/null
	openssl pkey -in mine -pubout -out mine.pub
	row "another key"; verify --key mine.pub "$(numbered 1)"; same "$status" 1; like "$out" 'signed by key'
	row "any"; verify --any-key "$(numbered 1)"; same "$status" 0; like "$out" 'nobody vouches'
	row "two at once"; verify --any-key --key mine.pub "$(numbered 1)"; same "$status" 125
	row "no key"; verify --key zeros "$(numbered 1)"; same "$status" 125
	row "not a key"; head -c 100 /dev/urandom >junk; verify --key junk "$(numbered 1)"; same "$status" 125; like "$err" 'not a public key'
	row "a CA for a bare key"; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca 2>/dev/null
	verify --ca ca.pem "$(numbered 1)"; same "$status" 1; like "$out" 'bare key'
	rows_done
}

@test "certificates: RSA, EC and Ed25519 keys with an X.509 certificate, of the CA that is trusted and of another" {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca 2>/dev/null
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca2.key -out ca2.pem -days 2 -subj /CN=other 2>/dev/null
	for kind in rsa:2048 ec ed25519; do
		args=(-newkey "$kind")
		[ $kind != ec ] || args+=(-pkeyopt ec_paramgen_curve:P-256)
		openssl req "${args[@]}" -nodes -keyout key.pem -out req.pem -subj "/O=Example/CN=host $kind" 2>/dev/null
		openssl x509 -req -in req.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -out cert.pem 2>/dev/null
		chmod 600 key.pem
		row "$kind"; bundle --key key.pem --cert cert.pem -o "$kind.tar"; same "$status" 0 "$err"
		verify --ca ca.pem "$kind.tar"; same "$status" 0 "$out"; like "$out" "signed by CN=host $kind,O=Example, key"
		verify --ca ca2.pem "$kind.tar"; same "$status" 1; like "$out" 'does not lead to the CA'
		openssl x509 -in cert.pem -pubkey -noout >pub.pem
		verify --key pub.pem "$kind.tar"; same "$status" 0 "$out"
	done
	openssl req -newkey rsa:1024 -nodes -keyout weak.pem -out /dev/null -subj /CN=x 2>/dev/null
	chmod 600 weak.pem
	row "a weak key"; bundle --key weak.pem -o weak.tar; same "$status" 125; like "$err" 'less than 2048 bits'
	row "another's certificate"; bundle --key ca2.key --cert cert.pem -o x.tar; same "$status" 125
	openssl x509 -req -in req.pem -CA ca.pem -CAkey ca.key -CAcreateserial -not_before 20200101000000Z -not_after 20200102000000Z -out old.pem 2>/dev/null ||
		faketime=1
	if [ -z "${faketime-}" ]; then
		row "expired"; bundle --key key.pem --cert old.pem -o old.tar; verify --ca ca.pem old.tar; same "$status" 1; like "$out" 'expired'
	fi
	rows_done
}

@test "time stamps: of an authority; checked without a network, by verify and by openssl" {
	make_tsa "$PWD"; start_tsa "$PWD"
	good=http://127.0.0.1:$TSA_HTTP/good
	kept=$(cat "$EV/last.json")
	row "good"; bundle --timestamp "$good" --tsa-ca ca.pem -o s.tar; same "$status" 0 "$err"; like "$out" 'time stamp 20..-..-..T..:..:..Z by CN=test good$'
	tar xf s.tar
	dir=$(tar tf s.tar | head -n 1 | cut -d/ -f1)
	head=$(sha256sum <"$dir/manifest.json" | cut -d' ' -f1)
	row "the digest leaves the host"; same "$(grep -c "POST /good application/timestamp-query 30.*0420$head" seen)" 1
	row "members"; same "$(tar tf s.tar | sed -n '1,5s/.*[/]//p' | tr '\n' ' ')" 'manifest.json manifest.sig signer.pem manifest.tsr manifest.tsr.sig '
	row "the manifest says where"; same "$(jq -r .timestamp_url "$dir/manifest.json")" "$good"
	kill "$TSA_PID"
	row "verify"; verify --tsa-ca ca.pem s.tar; same "$status" 0 "$out"; like "$out" $'stamped 20..-..-..T..:..:..Z by CN=test good\n'
	row "without a CA it says so"; verify s.tar; same "$status" 0 "$out"; like "$out" 'by CN=test good .nobody vouches for it: --tsa-ca FILE was not given'
	row "json"; verify --format json --tsa-ca ca.pem s.tar; same "$(jq -r '.bundles[0].timestamp | .trusted, .by' <<<"$out" | tr '\n' ' ')" 'true CN=test good '
	row "another CA"; verify --tsa-ca ca2.pem s.tar; same "$status" 1; like "$out" 'BAD: manifest.tsr: the time stamp does not hold: certificate verify error .Verify error:unable to get local issuer'
	row "no CA"; verify --tsa-ca seen s.tar; same "$status" 125; like "$err" 'not a certificate'
	row "a bundle without"; verify --tsa-ca ca.pem "$(numbered 1)"; same "$status" 0; like "$out" 'no time stamp'
	row "openssl agrees"
	cd "$dir"
	like "$(openssl ts -verify -data manifest.json -in manifest.tsr -CAfile ../ca.pem 2>&1)" 'Verification: OK'
	same "$(openssl pkeyutl -verify -rawin -pubin -inkey "$EV/key.pub.pem" -in manifest.tsr -sigfile manifest.tsr.sig)" 'Signature Verified Successfully'
	printf x >>manifest.json
	unlike "$(openssl ts -verify -data manifest.json -in manifest.tsr -CAfile ../ca.pem 2>&1)" 'Verification: OK'
	cd ..
	row "the next follows it"; bundle -o t.tar; same "$status" 0; verify s.tar t.tar; same "$status" 0
	row "its stamp is changed"; at=$(grep -abo 'test good' s.tar | head -n 1 | cut -d: -f1); cp s.tar b.tar
	printf G | dd of=b.tar bs=1 seek=$((at + 5)) conv=notrunc status=none; verify b.tar; same "$status" 1; like "$out" 'BAD: manifest.tsr'
	echo "$kept" >"$EV/last.json"
	rows_done
}

@test "time stamps: what an authority must not answer; then there is no bundle" {
	make_tsa "$PWD"; start_tsa "$PWD"
	before=$(cat "$EV/last.json")
	at() { echo "http://127.0.0.1:$TSA_HTTP/$1"; }
	no() { # WHAT WHY OPTIONS
		row "$1"; bundle --timestamp "$(at "$1")" -o x.tar "${@:3}"; same "$status" 125; like "$err" "time stamp of http://127.*/$1: .*$2"
	}
	"$BIN/secctr" --root "$PLACE/slow" --runroot "$RUN" report keygen >/dev/null
	LIMIT=60 timeout 60 "$BIN/secctr" --root "$PLACE/slow" --runroot "$RUN" report bundle -i "$AUDIT_LOG" --timestamp "$(at drip)" -o y.tar >/dev/null 2>slow 3>&- &
	slow=$!
	mkdir left && cd left
	no nonce 'nonce mismatch'
	no digest 'message imprint mismatch'
	no expired 'certificate has expired' --tsa-ca ../ca.pem
	row "expired, whoever it is"; no expired 'certificate has expired'
	no other 'unable to get local issuer' --tsa-ca ../ca.pem
	no plain 'purpose'
	no weak 'is signed with SHA1'
	no reject 'gives no time stamp: rejected'
	no garbage 'not a time stamp'
	no behind 'something stands behind'
	no full 'not a time stamp'
	no big 'more than 65536 bytes'
	no stream 'more than 65536 bytes'
	no empty 'is empty'
	no cut 'transfer closed'
	no 404 'HTTP status 404'
	no 500 'HTTP status 500'
	no moved 'HTTP status 302.*not followed'
	same "$(grep -c '^GET' ../seen || true)" 0 "redirects followed"
	no type 'of type text/html'
	no good 'unacceptable policy|policy mismatch|gives no time stamp: rejected' --tsa-policy 1.2.3.9
	row "nobody there"; bundle --timestamp http://127.0.0.1:1/ -o x.tar; same "$status" 125; like "$err" 'Connection refused'
	row "no such host"; bundle --timestamp http://nosuch.invalid/ -o x.tar; same "$status" 125; like "$err" 'nosuch.invalid'
	row "no URL"; for url in ftp://127.0.0.1/ 127.0.0.1 http:///x http://u:p@127.0.0.1/ "http://127.0.0.1/ x" "http://127.0.0.1/$(printf %0513d 0)"; do
		bundle --timestamp "$url" -o x.tar; same "$status" 125; like "$err" '--timestamp: '
	done
	row "a URL of 512 bytes"; bundle --timestamp "http://127.0.0.1:1/$(printf %0493d 0)" -o x.tar; like "$err" 'Connection refused'
	row "policies"; bundle --timestamp "$(at good)" --tsa-policy anyPolicy -o x.tar; same "$status" 125; like "$err" 'not an object identifier'
	row "options alone"; bundle --tsa-ca ../ca.pem -o x.tar; same "$status" 125; like "$err" 'go with --timestamp'
	row "https of a CA that is not trusted"; bundle --timestamp "https://localhost:$TSA_HTTPS/good" -o x.tar; same "$status" 125; like "$err" 'certificate problem|package ca-certificates'
	row "https of another host's certificate"; bundle --timestamp "https://127.0.0.1:$TSA_HTTPS/good" --tsa-tls-ca ../tls-ca.pem -o x.tar; same "$status" 125; like "$err" 'no alternative certificate subject name'
	audit_mark
	row "hangs"; LIMIT=45; no hang 'no answer within 30 seconds'; LIMIT=30
	row "is in the log"; audit_has 'op=evidence-bundle .*reason=timed-out .*res=failed' || bad "no record"
	row "nothing is left"; same "$(ls -A)" ""
	row "and the chain stands where it stood"; same "$(cat "$EV/last.json")" "$before"
	wait $slow && bad "a byte now and then is an answer"
	row "drip"; like "$(cat ../slow)" 'no answer within 30 seconds'; same "$(ls -A ../y.tar 2>&1 | grep -c cannot)" 1
	rows_done
}

@test "time stamps: https, a policy, another signer" {
	make_tsa "$PWD"; start_tsa "$PWD"
	kept=$(cat "$EV/last.json")
	row "https"; bundle --timestamp "https://localhost:$TSA_HTTPS/good" --tsa-tls-ca tls-ca.pem --tsa-ca ca.pem -o s.tar; same "$status" 0 "$err"
	verify --tsa-ca ca.pem s.tar; same "$status" 0 "$out"
	row "policy"; bundle --timestamp "http://localhost:$TSA_HTTP/good" --tsa-policy 1.2.3.5 -o p.tar; same "$status" 0 "$err"
	like "$out" 'its CA was not checked'
	tar xf p.tar; same "$(jq -r .timestamp_policy secctr-evidence-*/manifest.json)" 1.2.3.5; verify --tsa-ca ca.pem p.tar; same "$status" 0 "$out"
	openssl ecparam -name prime256v1 -genkey -noout -out ec.key; chmod 600 ec.key; openssl pkey -in ec.key -pubout -out ec.pub
	row "EC"; bundle --timestamp "http://localhost:$TSA_HTTP/good" --key ec.key -o e.tar; same "$status" 0 "$err"; verify --key ec.pub --tsa-ca ca.pem e.tar; same "$status" 0 "$out"
	row "another signer"; verify --tsa-ca ca.pem e.tar; same "$status" 1; like "$out" 'signed by key'
	echo "$kept" >"$EV/last.json"
	rows_done
}

@test "bundle: no record, no bundle; never half of one, never over another file" {
	before=$(cat "$EV/last.json")
	auditctl -e 0 >/dev/null
	bundle -o none.tar
	auditctl -e 1 >/dev/null
	row "audit off"; same "$status" 125; like "$err" 'no record, no bundle: audit is off'
	row "nothing is left"; same "$(ls -A)" "$(printf 'err\nout')"
	row "and the chain stands where it stood"; same "$(cat "$EV/last.json")" "$before"
	row "a file that is there"; echo keep >there.tar; bundle -o there.tar; same "$status" 125; like "$err" 'is there already'; same "$(cat there.tar)" keep
	row "force"; bundle --force -o there.tar; same "$status" 0 "$err"; verify there.tar; same "$status" 0
	row "a full disk"
	mkdir small && mount -t tmpfs -o size=64k small small
	bundle -o small/x.tar; same "$status" 125; same "$(ls -A small)" ""
	umount small
	row "no such directory"; bundle -o nosuch/x.tar; same "$status" 125; row ""; bundle -o nosuch/; same "$status" 125
	row "a pipe"; try_secctr report bundle -i - -o x.tar; same "$status" 125; like "$err" 'not of a pipe'
	row "a key that others can read"; cp "$EV/key.pem" k; chmod 644 k; bundle --key k -o x.tar; same "$status" 125; like "$err" 'mode 0600'
	row "certificate without key"; bundle --cert k -o x.tar; same "$status" 125
	row "refusals are recorded"; audit_mark; bundle --key k -o x.tar; audit_has 'op=evidence-bundle .*reason=wrong-state .*res=failed' || bad "no record"
	rows_done
}

@test "bundle: of a service: its account stands behind it, where there is one" {
	kept=$(cat "$EV/last.json")
	# As systemd starts the timer's service: root, and nobody logged in.
	of_service() { # PASSWD FILE
		try unshare -m sh -c 'mount --bind "$1" /etc/passwd && echo 4294967295 >/proc/self/loginuid && shift && exec "$@"' - "$PWD/$1" \
			"$BIN/secctr" --root "$STORE" --runroot "$RUN" report bundle -i "$AUDIT_LOG" -o "$PWD/$2"
	}
	grep -v '^secctr-evidence:' /etc/passwd >without
	{ cat without; echo 'secctr-evidence:x:977:977::/:/usr/sbin/nologin'; } >with
	row "the account"; of_service with a.tar; same "$status" 0 "$err"
	record=$(grep 'op=evidence-bundle.*a\.tar' "$AUDIT_LOG")
	like "$record" 'uid=0 auid=977 ses=[0-9]+ .*res=success'; unlike "$record" 'ses=4294967295'
	ses=$(sed 's/.* ses=\([0-9]*\).*/\1/' <<<"$record")
	row "its session begins"; like "$(grep "type=LOGIN.* ses=$ses " "$AUDIT_LOG")" 'old-auid=4294967295 auid=977 .*res=1'
	try_secctr report timeline -i "$AUDIT_LOG"; line=$(grep 'evidence-bundle.*a\.tar' <<<"$out")
	row "the report believes it"; like "$line" " (secctr-evidence|977) +$ses  success"; unlike "$line" UNTRUSTED
	row "and sees nothing odd"; try_secctr report spoof -i "$AUDIT_LOG"; unlike "$out" " $ses +success|a\.tar"
	row "no account"; of_service without b.tar; same "$status" 0 "$err"
	like "$(grep 'op=evidence-bundle.*b\.tar' "$AUDIT_LOG")" 'auid=4294967295 ses=4294967295'
	try_secctr report timeline -i "$AUDIT_LOG"; like "$(grep 'evidence-bundle.*b\.tar' <<<"$out")" 'UNTRUSTED'
	row "root's numbers"; { cat without; echo 'secctr-evidence:x:0:0::/:/bin/sh'; } >roots
	of_service roots c.tar; same "$status" 125; like "$err" 'has the numbers of root'; same "$(ls c.tar 2>&1 | grep -c 'No such')" 1
	echo "$kept" >"$EV/last.json"
	rows_done
}

@test "bundle: killed at any moment there is a whole one or none" {
	for ms in 5 20 40 80 120 200 300 450 700; do
		rm -f x.tar
		"$BIN/secctr" --root "$STORE" --runroot "$RUN" report bundle -i "$AUDIT_LOG" -o x.tar >/dev/null 2>&1 &
		sleep "$(printf '0.%03d' $ms)"
		kill -KILL $! 2>/dev/null || true
		wait $! 2>/dev/null || true
		row "$ms ms"; same "$(ls -A | grep -vxE 'err|out|x.tar|[.]secctr.*' || true)" ""
		if [ -e x.tar ]; then verify x.tar; same "$status" 0; fi
	done
	row "and the next one is made"; rm -f x.tar; bundle -o x.tar; same "$status" 0 "$err"; verify x.tar; same "$status" 0
	rows_done
}

@test "bundle: of a time; a log that lost its place says so" {
	bundle --start 2000-01-01 --end 2000-01-02 -o then.tar
	row "nothing was then"; same "$status" 0 "$err"; like "$out" '^bundle .*0 lines'
	verify then.tar; same "$status" 0
	tar xf then.tar
	row "a time"; same "$(jq -r '.range, .lines' secctr-evidence-*/manifest.json | tr '\n' ' ')" 'period 0 '
	bundle -o next.tar
	row "the next goes on where the last continuous one ended"; same "$status" 0; verify then.tar next.tar; same "$status" 0
	tail -n 3 "$AUDIT_LOG" >new.log
	cp -a "$EV/last.json" kept.json
	tail -n +2 "$AUDIT_LOG" | head -n 3 >old.log
	try_secctr report bundle -i old.log -o gap.tar
	row "a log without its place"; same "$status" 0; like "$err" 'lines may be missing'
	verify next.tar gap.tar; same "$status" 1; like "$out" 'lines may be missing in front'
	rows_done
}

@test "doctor: what it finds is so, and its commands mend it" {
	state() { jq -r --arg id "$1" '.Checks[] | select(.Id == $id) | .State' <<<"$out"; }
	look() { try_secctr doctor --format json; }
	look
	row "status"; same "$status" 1
	row "audit"; same "$(state audit-on) $(state auditd-reads) $(state backlog-limit) $(state lost) $(state rate-limit)" "good good good good good"
	row "no SELinux here"; same "$(state selinux-module)" "$([ -d /sys/fs/selinux/class ] && state selinux-module || echo not-here)"
	auditctl -r 7 >/dev/null; look
	row "rate"; same "$(state rate-limit)" bad
	bash -c "$(jq -r '.Checks[] | select(.Id == "rate-limit") | .Mend[]' <<<"$out")" >/dev/null; look
	row "mended"; same "$(state rate-limit)" good
	auditctl -b 64 >/dev/null; look
	row "backlog"; same "$(state backlog-limit)" bad
	bash -c "$(jq -r '.Checks[] | select(.Id == "backlog-limit") | .Mend[0]' <<<"$out")" >/dev/null; look
	row "mended"; same "$(state backlog-limit)" good
	auditctl -f 0 >/dev/null; look
	row "failure"; same "$(state failure-mode)" bad
	bash -c "$(jq -r '.Checks[] | select(.Id == "failure-mode") | .Mend[0]' <<<"$out")" >/dev/null; look
	row "mended"; same "$(state failure-mode)" good
	auditctl -a never,task >/dev/null; look
	row "never"; same "$(state rules-never)" bad
	auditctl -d never,task >/dev/null; look
	row "mended"; same "$(state rules-never)" good
	row "text, worst first"; try_secctr doctor; same "$status" 1
	like "$(grep -nE '^(high|medium|low) ' <<<"$out" | cut -d: -f2 | cut -d' ' -f1 | uniq | tr '\n' ' ')" '^(high )?(medium )?(low )?$'
	row "no colour in a pipe"; unlike "$out" $'\e'
	row "not root"; cp "$BIN/secctr" ./s; chmod 755 s .; try setpriv --reuid 65534 --regid 65534 --clear-groups ./s doctor; same "$status" 125; like "$err" 'needs root'
	rows_done
}

@test "doctor: containers of podman, and of crun by hand" {
	command -v podman conmon crun >/dev/null || skip "podman, conmon or crun is not installed"
	# crun refuses a host with both versions of control groups; this mount name space is the tests' own.
	umount /sys/fs/cgroup/unified 2>/dev/null || true
	export CONTAINERS_CONF=$PWD/containers.conf
	printf '%s\n' '[containers]' 'log_driver = "k8s-file"' 'default_ulimits = ["nofile=1024:20000", "nproc=32768:32768"]' \
		'[engine]' 'cgroup_manager = "cgroupfs"' 'events_logger = "file"' >"$CONTAINERS_CONF"
	podman() { command podman --root "$PWD/p" --runroot "$PWD/rr" --tmpdir "$PWD/t" --storage-driver vfs --runtime /usr/bin/crun "$@" 3>&- </dev/null; }
	look() { try_secctr doctor --format json; }
	what() { jq -r --arg id "foreign-$1" '.Checks[] | select(.Id == $id) | .State + ": " + .What' <<<"$out"; }
	look
	row "none"; like "$(what writers)" '^good'; like "$(what unset)" '^good'
	# AUDIT_WRITE is in Podman's own list; the login UID of who runs the tests is not set, or is ours here.
	id=$(podman run -d --network none --cap-add AUDIT_WRITE --rootfs "$BUSY" sleep 300)
	look
	row "podman"; like "$(what writers)" "^bad: containers that may write audit records: podman ${id:0:12} .1 process, sleep is [0-9]+.\$"
	if [ "$(cat /proc/self/loginuid)" = 4294967295 ]; then like "$(what unset)" "^bad: .*podman ${id:0:12} "; fi
	podman rm -f -t 0 "$id" >/dev/null
	id=$(sh -c 'echo 4242 >/proc/self/loginuid; exec "$@"' - bash -c "$(declare -f podman); podman run -d --network none --cap-drop AUDIT_WRITE --rootfs $BUSY sleep 300")
	look
	row "as the doctor wants it"; like "$(what writers)" '^good'; like "$(what unset)" '^good'
	podman rm -f -t 0 "$id" >/dev/null
	mkdir by-hand
	(cd by-hand && crun spec && jq --arg root "$BUSY" '.root.path = $root | .process.terminal = false | .process.args = ["sleep", "300"] | .process.rlimits = []' \
		config.json >new && mv new config.json)
	crun --root "$PWD/crun" --cgroup-manager cgroupfs run -d -b by-hand hand-made </dev/null >/dev/null 2>&1 3>&-
	look
	row "crun alone"; like "$(what writers)" '^bad: .*unknown hand-made .1 process, sleep is'
	crun --root "$PWD/crun" delete -f hand-made
	look
	row "gone"; like "$(what writers)" '^good'
	rows_done
}
