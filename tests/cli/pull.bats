# SPDX-License-Identifier: Apache-2.0
# secctr pull: Debian's docker-registry on the loopback, and a registry that goes wrong in every way (tests/cli/registry).
load lib
load tsa

setup_file() {
	make_place
	export D=$PLACE/registry
	mkdir -p "$D/layout" "$D/none.d"
	tar -C "$D/layout" -xf "$SECCTR_WORK/default.tar"
	export TOP
	TOP=$(jq -r '.manifests[0].digest' "$D/layout/index.json")
	make_tsa "$D"
	tsa_certificate "$D" stranger tls-ca signs -days 2
	"$BATS_TEST_DIRNAME/registry" "$D" 3>&- &
	for _ in {1..100}; do
		[ ! -e "$D/ports" ] || break
		sleep 0.05
	done
	export HTTP HTTPS FOREIGN
	read -r HTTP HTTPS FOREIGN <"$D/ports"
	# Names of this file alone lead anywhere, whatever the host has.
	export CONTAINERS_REGISTRIES_CONF=$D/registries.conf HOME=$D XDG_RUNTIME_DIR=$D
	printf '[[registry]]\nlocation = "localhost:%s"\ninsecure = true\n' "$HTTP" "$FOREIGN" >"$CONTAINERS_REGISTRIES_CONF"
	# The real one: TLS, and users.
	htpasswd -Bbn ann secret >"$D/htpasswd"
	real 5000 "$D/real.yml" "auth:
  htpasswd: {realm: test, path: $D/htpasswd}"
}
real() { # WANTED PORT or above, CONFIGURATION, MORE of it: sets REAL
	for ((REAL = 20000 + RANDOM % 10000;; REAL++)); do
		printf 'version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s/real}}\nhttp:\n  addr: 127.0.0.1:%s\n  tls: {certificate: %s/tls.pem, key: %s/tls.key}\n%s\n' \
			"$D" $REAL "$D" "$D" "$3" >"$2"
		docker-registry serve "$2" >"$D/real.log" 2>&1 3>&- &
		echo $! >"$D/real.pid"
		for _ in {1..100}; do
			kill -0 "$(cat "$D/real.pid")" 2>/dev/null || break
			! (: <"/dev/tcp/127.0.0.1/$REAL") 2>/dev/null || break 2
			sleep 0.05
		done
	done
	export REAL
	mkdir -p "$D/certs"
	cp "$D/tls-ca.pem" "$D/certs/ca.crt"
	skopeo --insecure-policy copy -q --dest-cert-dir "$D/certs" --dest-creds ann:secret "oci-archive:$SECCTR_WORK/default.tar" "docker://localhost:$REAL/test/image:1"
}
teardown_file() { kill "$(cat "$D/real.pid")" 2>/dev/null || true; }
setup() { : >"$D/seen"; }
teardown() {
	remove_all
	secctr rmi -af >/dev/null 2>&1 || true
	secctr image prune -f >/dev/null 2>&1 || true
}

pull() { try_secctr pull --retry-delay 10ms "$@"; }
from() { pull -q "${@:2}" "localhost:$HTTP/$1/x:1"; } # WAY [OPTIONS]
good() { from "$@"; same "$status" 0 "status ($err)"; same "$out" "${TOP#sha256:}"; secctr rmi -af >/dev/null; }
not_kept() { same "$(ls "$STORE/layers" "$STORE/images" 2>/dev/null | grep -cE '^[0-9a-f]{64}(\.|$)')" 0 "what is kept"; same "$(ls -A "$STORE/tmp")" "" "tmp"; }
# A refusal is one record, or two where a digest was known.
bad_one() { # WAY REGEX [OPTIONS]
	secctr images -q >/dev/null
	refused 125 "$2" "$BIN/secctr" --root "$STORE" --runroot "$RUN" pull --retry-delay 10ms -q "${@:3}" "localhost:$HTTP/$1/x:1"
	not_kept
}
seen() { grep -c -E "$1" "$D/seen" || true; }

@test "a pull: what is printed, what is recorded, and again in one round trip" {
	audit_mark
	pull "localhost:$HTTP/ok/x:1"
	row "status"; same "$status" 0; same "$out" "${TOP#sha256:}"
	row "lines"; like "$err" "^Trying to pull localhost:$HTTP/ok/x:1\.\.\.
Copying blob sha256:[0-9a-f]{64}
Copying blob sha256:[0-9a-f]{64}
Writing manifest to image destination$"
	row "record"; audit_has "^type=VIRT_INTEGRITY_CHECK .*op=image-pull .*path=\"localhost:$HTTP/ok/x:1\" digest=$TOP registry=localhost:$HTTP .*res=success" || bad "no record"
	row "it runs"; same "$(secctr run --rm "localhost:$HTTP/ok/x:1" echo yes)" yes
	row "nothing half-made"; same "$(ls -A "$STORE/tmp" "$STORE/partial" | grep -v :)" ""
	row "again"; : >"$D/seen"; pull -q "localhost:$HTTP/ok/x:1"; same "$out" "${TOP#sha256:}"; same "$(grep -c ^http "$D/seen")" 1 "requests"
	row "another name for it"; : >"$D/seen"; pull -q "localhost:$HTTP/ok2/x:2"; same "$out" "${TOP#sha256:}"; same "$(grep -c ^http "$D/seen")" 1 "requests"
	row "of an index"; : >"$D/seen"; pull -q "localhost:$HTTP/platforms/x:2"; same "$out" "${TOP#sha256:}"; same "$(grep -c ^http "$D/seen")" 1 "requests"
	row "docker://, several"; pull -q "docker://localhost:$HTTP/ok/x:1" "localhost:$HTTP/ok2/x:2"; same "$out" "${TOP#sha256:}
${TOP#sha256:}"
	row "image pull"; try_secctr image pull -q "localhost:$HTTP/ok/x:1"; same "$status" 0
	row "same bytes as they were sent"; secctr save -q --format oci-dir -o "$PLACE/saved" "localhost:$HTTP/ok/x:1"
	same "$(jq -r '.manifests[0].digest' "$PLACE/saved/index.json")" "$TOP"
	rows_done
}

@test "by digest" {
	row "manifest"; pull -q "localhost:$HTTP/ok/x@$TOP"; same "$out" "${TOP#sha256:}"
	row "found so"; same "$(secctr run --rm "localhost:$HTTP/ok/x@$TOP" echo yes)" yes
	secctr rmi -af >/dev/null
	row "another than was asked for"; refused 125 "what the registry sent has the digest" "$BIN/secctr" --root "$STORE" --runroot "$RUN" pull -q "localhost:$HTTP/other/x@$TOP"
	not_kept
	row "both tag and digest"; pull -q "localhost:$HTTP/ok/x:1@$TOP"; same "$out" "${TOP#sha256:}"
	rows_done
}

@test "platforms" {
	row "ours of an index"; good platforms
	row "none for us"; bad_one elsewhere 'no image found in image index for architecture'
	row "another: of an index"; bad_one platforms 'is for linux/.*, what was asked for is linux/s390x|blob unknown' --platform linux/s390x
	row "another: a single one"; bad_one ok 'is for linux/.*, what was asked for is linux/s390x' --arch s390x
	row "the same by name"; good ok --platform "linux/$(uname -m)"
	row "bad"; bad_one ok -n 2>/dev/null; BAD=0
	row "not a platform"; refused 125 'not OS/ARCH' "$BIN/secctr" --root "$STORE" --runroot "$RUN" pull --platform linux "localhost:$HTTP/ok/x:1"
	row "both ways"; refused 125 'one of the two' "$BIN/secctr" --root "$STORE" --runroot "$RUN" pull --platform linux/amd64 --os linux "localhost:$HTTP/ok/x:1"
	rows_done
}

@test "what a server may not send" {
	row "schema 1"; bad_one schema1 'schema 1'
	row "a page"; bad_one html 'text/html: neither an image manifest nor an index'
	row "layers from elsewhere"; bad_one urls 'urls: blobs from elsewhere are refused'
	row "two documents in one"; bad_one both 'manifests: does not belong'
	row "a digest that is a path"; bad_one badname 'not sha256:'
	row "a changed blob"; bad_one wrong 'what the registry sent has the digest'
	row "a blob that is longer"; bad_one longer 'sends more than the [0-9]+ bytes that the manifest says'
	row "one that is shorter"; bad_one short 'the registry sent [0-9]+ bytes, the manifest says' --retry 1
	row "another tree"; bad_one othertree 'diff ID|neither|damaged|Unrecognized|layer'
	row "the wrong range"; bad_one range 'another range than was asked for'
	row "nothing asked elsewhere"; same "$(seen ^foreign)" 0
	rows_done
}

@test "limits, each at N and N+1" {
	for n in 4194304 4194305; do row "manifest of $n"; [ $n = 4194304 ] && { from manifest-$n; same "$status" 0 "status ($err)"; secctr rmi -af >/dev/null; } || bad_one manifest-$n 'more than 4194304 bytes'; done
	for n in 65536 65537; do row "headers of $n"; [ $n = 65536 ] && good headers-$n || bad_one headers-$n 'more than 65536 bytes of headers'; done
	row "layers 127"; bad_one layers-127 '127 layers but 1 diff IDs'
	row "layers 128"; bad_one layers-128 '128 layers, at most 127'
	row "redirections 10"; good hops-10
	row "redirections 11"; bad_one hops-11 'more than 10 redirections'
	row "location of 8192"; good location-8192
	row "location of 8193"; bad_one location-8193 'Location: more than 8192 bytes'
	row "an index"; good nested-1
	row "an index within one"; bad_one nested-2 'an index within an index'
	for n in 16377 16378; do
		echo $n >"$D/token-length"
		row "token of $n"; [ $n = 16377 ] && good token-long || bad_one token-long 'token: more than 16377 bytes'
	done
	rows_done
}

@test "connections that break, and pulls that are interrupted" {
	row "goes on where it broke"; good torn --retry 1
	same "$(seen 'torn/x/blobs.*bytes=')" 3 "requests of a range"
	row "a server without ranges"; good norange --retry 1
	row "one that is busy"; good busy --retry 1
	row "no try"; bad_one never 'HTTP status 500' --retry 0
	row "tries"; : >"$D/seen"; bad_one never 'HTTP status 500' --retry 2
	[ "$(seen never/x/blobs)" -ge 3 ] || bad "$(seen never/x/blobs) requests"
	row "interrupted"; rm -f "$D/stopped"
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" pull -q "localhost:$HTTP/stop/x:1" >/dev/null 2>&1 3>&- &
	pid=$!
	for _ in {1..100}; do [ ! -e "$D/stopped" ] || break; sleep 0.05; done
	for _ in {1..100}; do [ "$(find "$STORE/partial" -size +300k | wc -l)" = 0 ] || break; sleep 0.05; done
	kill $pid; wait $pid 2>/dev/null || true
	not_left=$(pgrep -P $pid || true); same "$not_left" "" "children"
	row "no image of it"; same "$(secctr images -q)" ""
	row "the next one goes on"; : >"$D/seen"; good ok
	same "$(seen 'ok/x/blobs.* bytes=[0-9]+- ')" 1 "requests of a range"
	row "a partial file that is damaged"
	mkdir -p "$STORE/partial"; big=$(jq -r '.layers[0].digest' "$D/layout/blobs/sha256/${TOP#sha256:}")
	head -c 1000 /dev/urandom >"$STORE/partial/${big#sha256:}"; good ok
	row "one that is too long"; head -c 9000000 /dev/zero >"$STORE/partial/${big#sha256:}"; good ok
	row "prune takes them"; : >"$STORE/partial/${big#sha256:}"; secctr image prune -f >/dev/null; same "$(ls "$STORE/partial")" ""
	row "two at once"
	for i in 1 2 3 4; do secctr pull -q "localhost:$HTTP/ok/x:$i" >"$PLACE/two.$i" 2>&1 & done; wait
	same "$(sort -u "$PLACE"/two.[1-4])" "${TOP#sha256:}"
	rows_done
}

@test "credentials stay at home" {
	A=(--creds ann:secret)
	basic="Basic $(printf ann:secret | base64)"
	row "basic"; good basic "${A[@]}"
	row "basic, nobody"; bad_one basic 'unauthorized: authentication required'
	row "basic, the wrong word"; bad_one basic 'access denied' --creds ann:wrong
	row "token"; good token "${A[@]}"; same "$(seen "auth/token.*$basic")" 1 "requests of a token"
	row "token, nobody"; good token
	row "token, the wrong word"; bad_one token 'requesting a token.*access denied: incorrect username' --creds ann:wrong
	row "a token that ends a header"; bad_one token-line 'other than printable ASCII'
	row "no way we know"; bad_one negotiate 'unauthorized|access denied' "${A[@]}"
	row "a realm elsewhere without TLS"; : >"$D/seen"; bad_one token-foreign 'neither https nor the registry' "${A[@]}"; same "$(seen ^foreign)" 0
	row "sent away"; : >"$D/seen"; good away "${A[@]}"; [ "$(seen ^foreign)" -gt 0 ] || bad "not followed"
	same "$(seen '^foreign.* (Basic|Bearer)')" 0 "credentials elsewhere"
	row "sent away with our own name in front of an @"; : >"$D/seen"; bad_one away-user 'redirection to no http' "${A[@]}"; same "$(seen '^foreign')" 0
	row "to a file"; bad_one away-file 'redirection to no http|[Pp]rotocol' "${A[@]}"
	row "not in the log"; same "$(grep -c secret "$AUDIT_LOG")" 0
	row "--creds"; bad_one ok 'not USER:PASSWORD' --creds ann
	rows_done
}

@test "auth.json, as Podman and Docker write it" {
	auth=$(printf ann:secret | base64)
	as() { printf '{"auths":{"%s":{"auth":"%s"}}}' "$1" "${2:-$auth}" >"$D/auth.json"; }
	row "--authfile"; as "localhost:$HTTP"; good basic --authfile "$D/auth.json"
	row "by name space"; as "localhost:$HTTP/basic"; good basic --authfile "$D/auth.json"
	row "by repository"; as "localhost:$HTTP/basic/x"; good basic --authfile "$D/auth.json"
	row "another name space"; as "localhost:$HTTP/bas"; bad_one basic 'authentication required' --authfile "$D/auth.json"
	row "another host"; as "localhost:$HTTPS"; bad_one basic 'authentication required' --authfile "$D/auth.json"
	row "Docker's key"; as "https://localhost:$HTTP/v1/"; good basic --authfile "$D/auth.json"
	row "no base64"; as "localhost:$HTTP" '!'; bad_one basic 'auth: not base64' --authfile "$D/auth.json"
	row "a helper"; printf '{"credHelpers":{"localhost:%s":"x"}}' "$HTTP" >"$D/auth.json"; bad_one basic 'not run' --authfile "$D/auth.json"
	row "not there"; bad_one basic 'No such file' --authfile "$D/nosuch"
	as "localhost:$HTTP"
	row "by variable"; REGISTRY_AUTH_FILE=$D/auth.json good basic
	row "where podman login puts it"; mkdir -p "$D/containers"; cp "$D/auth.json" "$D/containers/"; good basic; rm -r "$D/containers"
	row "where docker login puts it"; mkdir -p "$D/.docker"; cp "$D/auth.json" "$D/.docker/config.json"; good basic; rm -r "$D/.docker"
	rows_done
}

@test "registries.conf" {
	conf() { printf "$@" >"$D/own.conf"; export CONTAINERS_REGISTRIES_CONF=$D/own.conf; }
	insecure="[[registry]]\nlocation='localhost:$HTTP'\ninsecure=true\n"
	row "without TLS is refused"; conf ''; bad_one ok 'speaks no TLS'
	row "but for --tls-verify=false"; good ok --tls-verify=false
	row "--tls-verify counts more"; conf "$insecure"; bad_one ok 'speaks no TLS' --tls-verify=true
	row "blocked"; conf "[[registry]]\nlocation='localhost:$HTTP'\nblocked=true\n"; bad_one ok "is blocked in $D/own.conf:1"
	row "a mirror"; conf "[[registry]]\nprefix='example.com/far'\n[[registry.mirror]]\nlocation='localhost:$HTTP/ok'\ninsecure=true\n"
	pull -q example.com/far/x:1; same "$out" "${TOP#sha256:}"; like "$(secctr images)" 'example.com/far/x'; secctr rmi -af >/dev/null
	row "a mirror that has it not"; conf "[[registry]]\nprefix='example.com/far'\nlocation='localhost:$HTTP/ok'\ninsecure=true\n[[registry.mirror]]\nlocation='localhost:$FOREIGN/no/ne'\ninsecure=true\n"
	pull -q example.com/far/x:1; same "$status" 0 "status ($err)"; secctr rmi -af >/dev/null
	row "an alias"; conf "[aliases]\n'short'='localhost:$HTTP/ok/x'\n$insecure"; pull -q short:1; same "$out" "${TOP#sha256:}"; secctr rmi -af >/dev/null
	row "a registry to search"; conf "unqualified-search-registries=['localhost:$HTTP']\n$insecure"; pull -q ok/x:1; same "$out" "${TOP#sha256:}"; secctr rmi -af >/dev/null
	short() { refused 125 "$1" "$BIN/secctr" --root "$STORE" --runroot "$RUN" pull short; }
	row "two"; conf "unqualified-search-registries=['a.example','b.example']\n"; short 'could be in 2 registries'
	row "none"; conf ''; short 'did not resolve to an alias and no unqualified-search registries'
	row "misspelt"; conf "[[registry]]\nlocation='localhost:$HTTP'\nblokced=true\n"; bad_one ok 'own.conf:3: registry.blokced: no such key'
	row "written by others"; conf "$insecure"; chmod 666 "$D/own.conf"; bad_one ok "must be root's"; chmod 644 "$D/own.conf"
	rows_done
}

@test "run --pull" {
	R=localhost:$HTTP/ok/x:1
	run_it() { try_secctr run --rm -q "$@" "$R" echo yes; }
	row "never"; refused_run 125 'no image' --pull never "$R" true
	row "missing"; run_it --pull missing; same "$out" yes "output ($err)"
	row "missing, and it is there"; : >"$D/seen"; run_it --pull missing; same "$out" yes; same "$(seen .)" 0 "requests"
	row "newer"; run_it --pull newer; same "$out" yes; [ "$(seen .)" -gt 0 ] || bad "not asked"
	row "always"; : >"$D/seen"; run_it --pull always; same "$out" yes; [ "$(seen .)" -gt 0 ] || bad "not asked"
	secctr rmi -af >/dev/null
	row "by default"; run_it; same "$out" yes "output ($err)"
	secctr tag "$R" "localhost:$HTTP/gone-1/x/y:1"
	row "newer, and there is none"; try_secctr run --rm -q --pull newer --retry 0 "localhost:$HTTP/gone-1/x/y:1" echo yes; same "$out" yes "output ($err)"
	row "always, and there is none"; refused_run 125 'HTTP status 404' -q --pull always "localhost:$HTTP/gone-1/x/y:1" true
	row "create"; try_secctr create -q --name made --pull always "$R" true; same "$status" 0 "status ($err)"
	row "a word"; refused_run -n 125 'always, missing, never or newer' --pull sometimes "$R" true
	rows_done
}

@test "TLS, and Debian's docker-registry" {
	one() { pull -q "$@" "localhost:$REAL/test/image:1"; } # OPTIONS
	no_one() { refused 125 "$1" "$BIN/secctr" --root "$STORE" --runroot "$RUN" pull -q --retry-delay 10ms "${@:2}" "localhost:$REAL/test/image:1"; not_kept; }
	C=(--cert-dir "$D/certs") A=(--creds ann:secret)
	row "good"; one "${C[@]}" "${A[@]}"; same "$status" 0 "status ($err)"; same "$out" "${TOP#sha256:}"; secctr rmi -af >/dev/null
	row "an authority nobody knows"; no_one 'certificate' "${A[@]}"
	row "whatever certificate"; one --tls-verify=false "${A[@]}"; same "$status" 0 "status ($err)"; secctr rmi -af >/dev/null
	row "nobody"; no_one 'unauthorized: authentication required' "${C[@]}"
	row "another host's certificate"; refused 125 'certificate|SAN|match' "$BIN/secctr" --root "$STORE" --runroot "$RUN" pull -q "${C[@]}" "${A[@]}" "127.0.0.1:$REAL/test/image:1"
	row "not there"; refused 125 'not there: manifest unknown \(HTTP status 404\)' "$BIN/secctr" --root "$STORE" --runroot "$RUN" pull -q "${C[@]}" "${A[@]}" "localhost:$REAL/test/image:2"
	row "certs.d"; mkdir -p "/etc/containers/certs.d/localhost:$REAL"; cp "$D/certs/ca.crt" "/etc/containers/certs.d/localhost:$REAL/"
	one "${A[@]}"; same "$status" 0 "status ($err)"; secctr rmi -af >/dev/null
	rm -r "/etc/containers/certs.d/localhost:$REAL"
	row "from https to http"; refused 125 'from https to http is refused' "$BIN/secctr" --root "$STORE" --runroot "$RUN" pull -q "${C[@]}" "${A[@]}" "localhost:$HTTPS/away/x:1"
	same "$(seen ^foreign)" 0 "requests elsewhere"
	row "a token over https"; pull -q "${C[@]}" "${A[@]}" "localhost:$HTTPS/token/x:1"; same "$status" 0 "status ($err)"; secctr rmi -af >/dev/null
	row "a registry that is not there"; refused 125 'Connection refused' "$BIN/secctr" --root "$STORE" --runroot "$RUN" pull -q --retry 0 localhost:1/x
	rows_done
}

@test "the process that speaks to registries has nothing" {
	rm -f "$D/stopped"
	"$BIN/secctr" --root "$STORE" --runroot "$RUN" pull -q "localhost:$HTTP/stop/x:1" >/dev/null 2>&1 3>&- &
	pid=$!
	for _ in {1..100}; do [ ! -e "$D/stopped" ] || break; sleep 0.05; done
	sleep 0.3
	child=$(pgrep -P $pid secctr-regi)
	s=$(cat "/proc/$child/status")
	row "ids"; unlike "$s" $'Uid:\t0'; unlike "$s" $'Gid:\t0'; like "$s" $'Groups:\t *\n'
	row "capabilities"; like "$s" $'CapEff:\t0000000000000000'; like "$s" $'CapPrm:\t0000000000000000'
	row "seccomp"; like "$s" $'Seccomp:\t2'; like "$s" $'NoNewPrivs:\t1'
	row "environment"; same "$(tr '\0' ' ' <"/proc/$child/environ")" "LC_ALL=C.UTF-8 "
	kill $pid; wait $pid 2>/dev/null || true
	rows_done
}
