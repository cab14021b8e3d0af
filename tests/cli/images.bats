# SPDX-License-Identifier: Apache-2.0
# secctr load, images, and run of an image.
load lib

setup_file() {
	make_place
	secctr load -q -i "$SECCTR_WORK/default.tar" >"$PLACE/loaded"
	export IMAGE=localhost/secctr/default
}
teardown() { remove_all; }

no_load() { refused 125 "$1" "$BIN/secctr" --root "$STORE" --runroot "$RUN" load "${@:2}"; }

@test "load names what it loaded, and records it" {
	row "printed"; same "$(cat "$PLACE/loaded")" "Loaded image: localhost/secctr/default:latest"
	row "again is the same"
	audit_mark
	try_secctr load -i "$SECCTR_WORK/default.tar"; same "$status" 0
	audit_has "type=VIRT_INTEGRITY_CHECK .*digest=sha256:[0-9a-f]{64}" || audit_has "op=.*load.*digest=sha256:[0-9a-f]{64}" || bad "no record"
	row "from standard input"; same "$(secctr load <"$SECCTR_WORK/default.tar")" "Loaded image: localhost/secctr/default:latest"
	row "a layout directory"
	mkdir -p "$PLACE/layout"; tar -C "$PLACE/layout" -xf "$SECCTR_WORK/default.tar"
	same "$(secctr load -i "$PLACE/layout" -t example.com/other:1)" "Loaded image: example.com/other:1"
	row "nothing half-made"; same "$(ls -A "$STORE/tmp")" ""
	rows_done
}

@test "images lists them" {
	row "table"; like "$(secctr images --noheading | head -n 1)" 'secctr/default +latest +[0-9a-f]{12}|other'
	row "json"; secctr images --format json | jq -e '.[] | select(.Names | index("localhost/secctr/default:latest"))' >/dev/null || bad "not there"
	row "quiet"; like "$(secctr images -q)" '^[0-9a-f]{12}$'
	row "inspect"; secctr inspect -t image "$IMAGE" | jq -e '.[0].RootFS.Layers[0] | test("^sha256:")' >/dev/null ||
		bad "$(secctr inspect -t image "$IMAGE" | jq -c '.[0] | keys')"
	rows_done
}

@test "an image runs: its own command, a given one, by every kind of name" {
	digest=$(secctr images --no-trunc --format json | jq -r '.[0].Digest')
	for ref in "$IMAGE" "$IMAGE:latest" secctr/default "$digest" "${digest:7:12}" "${digest:7:3}" "${digest:0:10}" "$IMAGE@$digest"; do
		row "$ref"; try_secctr run --rm "$ref" echo yes; same "$out" yes; same "$err" ""
	done
	row "its own command"; same "$(echo 'echo from-sh' | secctr run --rm -i "$IMAGE")" from-sh
	row "the root is read-only"; try_secctr run --rm "$IMAGE" touch /x; same "$status" 1; like "$err" 'Read-only'
	row "standard places are writable"; try_secctr run --rm "$IMAGE" touch /tmp/x; same "$status" 0
	row "record names image and digest"
	audit_mark; secctr run --rm --name im "$IMAGE" true
	audit_has "VIRT_CREATE .*vm=\"im\" .*path=\"$IMAGE:latest\" digest=$digest" || audit_has "vm=\"im\" .*digest=sha256:" || bad "no record"
	rows_done
}

@test "containers of one image do not see each other's writes" {
	printf '[Filesystem]\nReadOnlyRoot=no\n[SELinux]\nRequire=if-enabled\n' | policy rw
	try_secctr run --rm --policy rw "$IMAGE" sh -c 'echo mine >/etc/hostname; cat /etc/hostname'
	same "$out" mine
	try_secctr run --rm --policy rw "$IMAGE" cat /etc/hostname
	same "$out" ""
	rows_done
}

@test "a policy that wants a digest or a name" {
	digest=$(secctr images --no-trunc --format json | jq -r '.[0].Digest')
	printf '[Image]\nRequire=digest\n[SELinux]\nRequire=if-enabled\n' | policy pinned
	row "tag"; refused_run 125 'Require=' --policy pinned "$IMAGE" true
	row "digest"; try_secctr run --rm --policy pinned "$IMAGE@$digest" true; same "$status" 0
	row "directory"; refused_run 125 'Require=|AllowRootfs=' --policy pinned --rootfs "$BUSY" true
	row "[Match] picks by image"
	printf '[Match]\nImage=localhost/secctr/*\n[Process]\nUser=5:5\n[SELinux]\nRequire=if-enabled\n' | policy matched
	try_secctr run --rm "$IMAGE" id -u; same "$out" 5
	row "under another of its names it is not matched"
	secctr load -q -t aaa.example/other:1 <"$SECCTR_WORK/default.tar" >/dev/null
	try_secctr run --rm aaa.example/other:1 id -u; same "$out" 0
	try_secctr run --rm "$IMAGE" id -u; same "$out" 5
	row "a bare digest matches no name"; try_secctr run --rm "$digest" id -u; same "$out" 0
	rm /etc/secctr/policy.d/matched.policy
	rows_done
}

@test "archives that are none are refused and leave nothing" {
	head -c 4096 /dev/urandom >"$PLACE/noise"
	: >"$PLACE/empty"
	head -c 700000 "$SECCTR_WORK/default.tar" >"$PLACE/cut"
	row "noise"; no_load 'noise' -i "$PLACE/noise"
	row "empty"; no_load 'empty' -i "$PLACE/empty"
	row "cut off"; no_load 'cut' -i "$PLACE/cut"
	row "missing"; no_load 'none' -i "$PLACE/none"
	row "empty directory"; mkdir -p "$PLACE/nolayout"; no_load 'nolayout' -i "$PLACE/nolayout"
	row "a byte of a layer changed"
	rm -rf "$PLACE/flip"; mkdir "$PLACE/flip"; tar -C "$PLACE/flip" -xf "$SECCTR_WORK/default.tar"
	blob=$(find "$PLACE/flip/blobs" -type f -size +100k)
	printf 'x' | dd of="$blob" bs=1 seek=5000 conv=notrunc status=none
	STORE=$PLACE/other no_load 'flip: sha256:[0-9a-f]{64}: (Damaged|.*digest)' -i "$PLACE/flip"
	same "$(STORE=$PLACE/other; secctr images -q)" ""
	row "bad name"; no_load 'UPPER|reference' -i "$SECCTR_WORK/default.tar" -t 'UPPER CASE'
	same "$(ls -A "$STORE/tmp")" "" "half-made things"
	rows_done
}

@test "references that no image can have" {
	long=$(printf '%0300d' 0)
	for ref in '' ' ' ../x 'a b' $'a\nb' "x'y" "$long" sha256:zz @ : localhost/x:y:z /abs 'x@sha256:12' -- ; do
		row "'${ref:0:20}'"
		refused_run 125 '.' -e A=1 -- "$ref" true
	done
	rows_done
}

# The image with another configuration, digests and sizes right again, as example.com/made:1.
remake() { # JQ FILTER
	local dir=$PLACE/made manifest config
	rm -rf "$dir"
	mkdir "$dir"
	tar -C "$dir" -xf "$SECCTR_WORK/default.tar"
	blob() { echo "$dir/blobs/sha256/$(jq -r "$1.digest" "$2" | cut -d: -f2)"; }
	put() { # FILE: as a blob; prints its descriptor's two fields
		local digest
		digest=$(sha256sum <"$1" | cut -d' ' -f1)
		mv "$1" "$dir/blobs/sha256/$digest"
		echo "{\"digest\": \"sha256:$digest\", \"size\": $(stat -c %s "$dir/blobs/sha256/$digest")}"
	}
	manifest=$(blob '.manifests[0]' "$dir/index.json")
	config=$(blob .config "$manifest")
	jq -c "$1" "$config" >"$dir/config"
	jq -c --argjson to "$(put "$dir/config")" '.config += $to' "$manifest" >"$dir/manifest"
	jq -c --argjson to "$(put "$dir/manifest")" '.manifests[0] += $to' "$dir/index.json" >"$dir/index"
	mv "$dir/index" "$dir/index.json"
}

@test "an image's configuration is data: what is wrong with it is said, and nothing is left" {
	hostile() { # STATUS REGEX JQ-FILTER: of load, or else of run
		local before
		row "${3:0:60}"
		remake "$3"
		before=$(traces)
		try_secctr load -q -i "$PLACE/made" -t example.com/made:1
		[ "$status" -ne 0 ] || try_secctr run --rm example.com/made:1 true
		like "$status" "^($1)$"
		like "$err" "$2"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/err")" -le 1 ] || bad "lines on stderr: $err"
		unlike "$err" $'\033'
		no_new_traces "$before"
		same "$(ls -A "$STORE/tmp")" ""
	}
	hostile 0 '^$' '.config.Labels = {"io.containers.autoupdate": "registry", "run.oci.x\n": "\u001b]0;x\u0007"}'
	hostile 0 '^$' '.config.Labels = ([range(1024) | {key: "k\(.)", value: "v"}] | from_entries)'
	hostile 125 'labels, the image.s among them: 1025 entries' '.config.Labels = ([range(1025) | {key: "k\(.)", value: "v"}] | from_entries)'
	hostile 0 '^$' '.config.Labels = {k: ("x" * 65533)}'
	hostile 125 'labels, the image.s among them: 65537 bytes' '.config.Labels = {k: ("x" * 65534)}'
	hostile 125 'config.Labels.*key is empty' '.config.Labels = {"": "x"}'
	for dir in /../../../../tmp/canary rel / '' '/a\nb/..' /a//b; do hostile 125 'no plain path below' ".config.Volumes = {\"$dir\": {}}"; done
	hostile 0 '^$' '.config.Volumes = {"/data": {}}'
	hostile 125 'more than 512 mounts|AllowVolumes' '.config.Volumes = ([range(600) | {key: "/v\(.)", value: {}}] | from_entries)'
	hostile 0 '^$' '.config.Env = ["A=1\n2", "B=two words"]'
	hostile '125|126' '.' '.config.Env = ["A=" + ("x" * 1048576)]'
	hostile 0 '^$' '.config.Env = ["no-equals\u001b"]'
	hostile 125 '.' '.config.Env = ["=x"]'
	for dir in rel ../.. /../../etc '/a\nb' "$(printf '/%05000d' 0)"; do hostile '12[567]' 'working directory|cwd|WorkingDir' ".config.WorkingDir = \"$dir\""; done
	for user in 4294967296 -1 '0\n1' ' 0' 0x0 ../x "9$(printf '%0300d' 1)" 1:2:3; do hostile 125 'user' ".config.User = \"$user\""; done
	for signal in 9999 SIGNOSUCH '9\n' -1; do hostile 125 'signal' ".config.StopSignal = \"$signal\""; done
	hostile 125 '.' '.config.Entrypoint = "sh"'
	hostile 125 '.' '.config.Entrypoint = [1]'
	hostile 125 '.' '.config.Entrypoint = [range(70000) | "x"]'
	hostile 125 '.' '.config.Entrypoint = [""]'
	hostile 125 '.' '.config = "x"'
	hostile 125 '.' '.rootfs.diff_ids = []'
	hostile 125 '.' '.architecture = "nosuch"'
	[ ! -e /tmp/canary ] || bad "a volume was made on the host"
	rows_done
}

@test "archives by odd paths" {
	for path in "$PLACE/a"$'\n'"b" "/$(printf '%0300d' 0)" "/$(printf '%05000d' 0)" '' /proc/self/mem /dev/null "$PLACE/loop"; do
		row "${path:0:20}"
		ln -sfn loop "$PLACE/loop"
		no_load '.' -i "$path"
	done
	row "dots and links are the caller's own"
	ln -sfn "$SECCTR_WORK" "$PLACE/to"
	try_secctr load -q -i "$PLACE/../${PLACE##*/}/to/default.tar"; same "$status" 0 "status ($err)"
	rows_done
}
