# SPDX-License-Identifier: Apache-2.0
# The commands about local images: names, removal, archives, looking at them; many at once, and killed.
load lib

setup_file() {
	make_place
	export DEFAULT=$SECCTR_WORK/default.tar IMAGE=localhost/secctr/default:latest
}
setup() { secctr load -q -i "$DEFAULT" >/dev/null; }
teardown() {
	remove_all
	secctr rmi -af >/dev/null 2>&1 || true
}

id_of() { secctr image inspect "$1" | jq -r '.[0].Digest'; }
# What lies in the store of images, and nothing half-made.
whole() {
	local name layer
	same "$(ls -A "$STORE/tmp")" "" "half-made things"
	same "$(find "$STORE/images" -name '.*' -type f)" "" "half-written files"
	for name in $(secctr images -q --no-trunc); do
		for layer in $(secctr image inspect "$name" | jq -r '.[0].RootFS.Layers[]'); do
			[ -d "$STORE/layers/${layer#*:}" ] || bad "$name lacks layer $layer"
		done
		secctr save "$name" >/dev/null || bad "$name cannot be saved"
	done
	jq -r '.[]' "$STORE/images/refs.json" | while read -r name; do
		[ -f "$STORE/images/${name#*:}.json" ] || echo "a name leads to nothing: $name"
	done >"$PLACE/dangling"
	same "$(cat "$PLACE/dangling")" ""
}
image_with() { # NAME [CHANGE]: another image, with a layer of its own
	mkdir -p "$PLACE/tree/bin"
	cp "$BUSY/bin/busybox" "$PLACE/tree/bin/"
	ln -sf busybox "$PLACE/tree/bin/sh"
	echo "$1" >"$PLACE/tree/name"
	tar -C "$PLACE/tree" -cf - . | secctr import -q -c "${2:-CMD [\"sh\"]}" - "$1"
}

@test "the labels of an image are its containers', and the request's go first" {
	image_with labelled 'CMD ["sh"]' >/dev/null; secctr untag labelled
	tar -C "$PLACE/tree" -cf - . | secctr import -q -c 'LABEL tier=web' -c 'LABEL owner=ann' - labelled >/dev/null
	secctr create --name plain labelled true >/dev/null
	printf 'owner=file\n' >"$PLACE/labels"
	secctr create --name own --label-file "$PLACE/labels" -l tier=db -l new labelled true >/dev/null
	row "inspect"; same "$(secctr inspect plain | jq -c '.[0].Config.Labels')" '{"owner":"ann","tier":"web"}'
	row "the request's"; same "$(secctr inspect own | jq -c '.[0].Config.Labels')" '{"new":"","owner":"file","tier":"db"}'
	row "form"; same "$(secctr ps -a -f name=plain --format '{{.Labels}}|{{.Label "tier"}}')" 'map[owner:ann tier:web]|web'
	row "filter"; same "$(secctr ps -a -f label=tier=web --format '{{.Names}}')" plain
	same "$(secctr ps -a -f label=owner --format '{{.Names}}' | sort | tr '\n' ' ')" "own plain "
	row "kept when the image has no name any more"; secctr untag labelled; same "$(secctr ps -a -q -f label=tier=web | wc -l)" 1
	secctr rm -a >/dev/null; secctr image prune -f >/dev/null
	rows_done
}

@test "tag and untag: names, records, refusals" {
	id=$(id_of "$IMAGE")
	row "two names"
	audit_mark
	try_secctr tag "$IMAGE" tools quay.io/a/tools:2
	same "$status:$out:$err" "0::"
	audit_has "type=VIRT_CONTROL .*op=image-tag reason=cli path=\"localhost/tools:latest\" digest=$id .*res=success" || bad "no record"
	audit_has "op=image-tag reason=cli path=\"quay.io/a/tools:2\"" || bad "no second record"
	same "$(secctr images -q --no-trunc)" "$id" "one image"
	same "$(secctr images --noheading | wc -l)" 3 lines
	row "a name moves, its image is left without one"
	new=$(image_with other)
	try_secctr tag other tools
	same "$(id_of tools)" "$new"
	try_secctr untag other; same "$status" 0
	like "$(secctr images --noheading)" "<none> +<none> +${new:7:12}"
	row "untag of one of them"
	audit_mark
	try_secctr untag "$IMAGE" quay.io/a/tools:2; same "$status" 0
	audit_has "op=image-untag reason=cli path=\"quay.io/a/tools:2\" digest=$id" || bad "no record"
	row "a name that it has not"; refused 125 'has no name' "$BIN/secctr" --root "$STORE" --runroot "$RUN" untag "$IMAGE" nosuch
	row "an image that is not there"; refused 125 'no image nosuch' "$BIN/secctr" --root "$STORE" --runroot "$RUN" tag nosuch x
	row "a bad name gives none"
	refused 125 'UPPER' "$BIN/secctr" --root "$STORE" --runroot "$RUN" tag "$IMAGE" fine UPPER
	try_secctr image exists fine; same "$status" 1
	row "a digest"; refused 125 'with a digest' "$BIN/secctr" --root "$STORE" --runroot "$RUN" tag "$IMAGE" "x@$id"
	row "too few"; refused -n 125 usage "$BIN/secctr" --root "$STORE" --runroot "$RUN" tag "$IMAGE"
	whole
	rows_done
}

@test "rmi: output, exit statuses, names and ids" {
	id=$(id_of "$IMAGE")
	secctr tag "$IMAGE" a b
	row "one name of three"; try_secctr rmi a; same "$status:$out" "0:Untagged: localhost/a:latest"
	row "by id with two"; refused 125 'more than one name' "$BIN/secctr" --root "$STORE" --runroot "$RUN" rmi "${id:7:12}"
	row "not there"; refused 1 'no image nosuch' "$BIN/secctr" --root "$STORE" --runroot "$RUN" rmi nosuch
	row "not there, ignored"; try_secctr rmi -i nosuch; same "$status:$err" "0:"
	row "not there, by force"; try_secctr rmi -f nosuch; same "$status:$err" "0:"
	row "no operand"; try_secctr rmi; same "$status" 125
	row "all and one"; try_secctr rmi -a "$IMAGE"; same "$status" 125
	row "the last names"
	audit_mark
	try_secctr rmi b "$IMAGE" nosuch
	same "$status" 1
	same "$out" "Untagged: localhost/b:latest
Untagged: $IMAGE
Deleted: ${id#*:}"
	audit_has "type=VIRT_DESTROY .*op=image-remove reason=cli path=\"$IMAGE\" digest=$id .*res=success" || bad "no record"
	same "$(find "$STORE/layers" "$STORE/blobs" -mindepth 1 -maxdepth 1 | wc -l)" 0 "layers left"
	row "by id, without a name"
	new=$(image_with other); secctr untag other
	try_secctr rmi "${new:7:3}"; same "$status:$out" "0:Deleted: ${new#*:}"
	row "by force with several names"
	secctr load -q -i "$DEFAULT" >/dev/null; secctr tag "$IMAGE" z
	try_secctr rmi -f "$id"; same "$status" 0; like "$out" "Untagged: localhost/z:latest.*Deleted: ${id#*:}"
	whole
	rows_done
}

@test "rmi: an image in use" {
	id=$(id_of "$IMAGE")
	secctr run -d --name user "$IMAGE" sleep 1000 >/dev/null 2>&1
	row "running"; refused 2 'used by container' "$BIN/secctr" --root "$STORE" --runroot "$RUN" rmi "$IMAGE"
	row "all"; refused 2 'used by container' "$BIN/secctr" --root "$STORE" --runroot "$RUN" rmi -a
	row "one of two names is no harm"; secctr tag "$IMAGE" second; try_secctr rmi second; same "$status" 0
	secctr stop -t 0 user >/dev/null
	row "ended"; refused 2 'used by container' "$BIN/secctr" --root "$STORE" --runroot "$RUN" rmi "$IMAGE"
	row "untagged it still runs"; secctr untag "$IMAGE"; try_secctr run --rm "$id" echo yes; same "$out" yes
	row "prune leaves it"; try_secctr image prune -af; same "$status:$out" "0:"
	row "in use and unknown is in use"; try_secctr rmi nosuch "$id"; same "$status" 2
	secctr rm user >/dev/null
	row "prune takes it"; try_secctr image prune -f; same "$status:$out" "0:${id#*:}"
	row "by force, running"
	secctr load -q -i "$DEFAULT" >/dev/null
	secctr run -d --name user "$IMAGE" sleep 1000 >/dev/null 2>&1
	audit_mark
	try_secctr rmi -f "$IMAGE"
	same "$status" 0; like "$out" "Deleted: ${id#*:}"
	same "$(secctr ps -aq)" "" containers
	audit_has 'op=destroy reason=cli vm="user"' || bad "no record of the container's end"
	whole
	rows_done
}

@test "save and load: the same image again, and skopeo reads it" {
	id=$(id_of "$IMAGE"); config=$(secctr image inspect "$IMAGE" | jq -r '.[0].ConfigDigest')
	image_with second >/dev/null
	for format in docker-archive oci-archive oci-dir; do
		row "$format"
		rm -rf "$PLACE/saved"
		audit_mark
		try_secctr save --format $format -o "$PLACE/saved" "$IMAGE"
		same "$status:$out:$err" "0::"
		audit_has "op=image-save reason=cli path=\"$IMAGE\" digest=$id .*res=success" || bad "no record"
		want=$id; [ $format != docker-archive ] || want=$config
		STORE=$PLACE/other-$format
		same "$(secctr load -q -i "$PLACE/saved")" "Loaded image: $IMAGE"
		same "$(id_of "$IMAGE")" "$want" digest
		same "$(secctr image inspect "$IMAGE" | jq -r '.[0].ConfigDigest')" "$config" configuration
		same "$(secctr run --rm "$IMAGE" echo ran)" ran
		secctr rm -af >/dev/null; STORE=$PLACE/lib
		row "$format read by skopeo"
		transport=$format; [ $format != oci-dir ] || transport=oci
		same "$(skopeo inspect --config "$transport:$PLACE/saved" | jq -r '.config.Cmd[0]')" sh
		rm -rf "$PLACE/copied"; skopeo copy -q "$transport:$PLACE/saved" "dir:$PLACE/copied" || bad "skopeo cannot copy it"
		[ $format = docker-archive ] || same "$(skopeo inspect "$transport:$PLACE/saved" | jq -r .Digest)" "$id" "skopeo's digest"
	done
	row "written by skopeo"
	skopeo copy -q "oci:$PLACE/saved" "docker-archive:$PLACE/theirs.tar:quay.io/a/theirs:1"
	same "$(secctr load -q -i "$PLACE/theirs.tar")" "Loaded image: quay.io/a/theirs:1"
	row "to a pipe, several images, other names"
	secctr save -m "$IMAGE" second | (STORE=$PLACE/piped; secctr load -q) >"$PLACE/loaded"
	same "$(sort "$PLACE/loaded")" "Loaded image: $IMAGE
Loaded image: localhost/second:latest"
	secctr save "$IMAGE" renamed:1 | (STORE=$PLACE/renamed; secctr load -q) >"$PLACE/loaded"
	same "$(sort "$PLACE/loaded")" "Loaded image: localhost/renamed:1
Loaded image: $IMAGE"
	row "by id, without a name"
	secctr save --format oci-archive "${id:7:12}" | (STORE=$PLACE/byid; secctr load -q) >"$PLACE/loaded"
	same "$(cat "$PLACE/loaded")" "Loaded image: $id"
	row "mode of the file"; rm -rf "$PLACE/saved"; secctr save -o "$PLACE/saved" "$IMAGE"; same "$(stat -c %a "$PLACE/saved")" 600
	whole
	rows_done
}

no_save() { refused 125 "$1" "$BIN/secctr" --root "$STORE" --runroot "$RUN" save "${@:2}"; }
@test "save: what is refused leaves nothing" {
	echo there >"$PLACE/full"; rm -rf "$PLACE/new"
	row "a file that is there"; no_save 'is there already' -o "$PLACE/full" "$IMAGE"; same "$(cat "$PLACE/full")" there
	row "unknown image"; no_save 'no image nosuch' -o "$PLACE/new" nosuch; [ ! -e "$PLACE/new" ] || bad "made a file"
	row "one of two unknown"; no_save 'no image nosuch' -m -o "$PLACE/new" "$IMAGE" nosuch; [ ! -e "$PLACE/new" ] || bad "made a file"
	row "unknown format"; no_save 'docker-archive, oci-archive' --format x "$IMAGE"
	row "a directory needs a name"; no_save 'needs --output' --format oci-dir "$IMAGE"
	row "a directory with something in it"; mkdir -p "$PLACE/layout"; : >"$PLACE/layout/oci-layout"
	no_save 'oci-layout: File exists' --format oci-dir -o "$PLACE/layout" "$IMAGE"
	row "no such place"; no_save 'No such file' -o /nonexistent/x "$IMAGE"
	row "a full disk"; no_save 'No space left' -o /dev/full "$IMAGE"
	row "a byte of the store changed"
	blob=$(find "$STORE/blobs" -type f | head -n 1)
	printf 'x' | dd of="$blob" bs=1 seek=5000 conv=notrunc status=none
	no_save 'was changed: its digest is' -o "$PLACE/new" "$IMAGE"; [ ! -e "$PLACE/new" ] || bad "left half an archive"
	no_save 'was changed: its digest is' --format oci-dir -o "$PLACE/newdir" "$IMAGE"; [ ! -e "$PLACE/newdir" ] || bad "left half a layout"
	rows_done
}

no_import() { refused 125 "$1" "$BIN/secctr" --root "$STORE" --runroot "$RUN" import "${@:2}"; }
@test "import: configuration, history, content, refusals" {
	mkdir -p "$PLACE/in/bin" "$PLACE/in/srv" "$PLACE/in/tmp"
	cp "$BUSY/bin/busybox" "$PLACE/in/bin/"; ln -sf busybox "$PLACE/in/bin/sh"
	for name in stat cat readlink; do ln -sf busybox "$PLACE/in/bin/$name"; done
	echo hello >"$PLACE/in/srv/$(printf 'odd\nname')"; chown 5:6 "$PLACE/in/srv/"*; chmod 0604 "$PLACE/in/srv/"*
	ln -f "$PLACE/in/srv/"odd* "$PLACE/in/srv/hard"
	tar -C "$PLACE/in" -czf "$PLACE/in.tgz" .
	row "from a file, compressed"
	audit_mark
	try_secctr import -c 'CMD ["cat", "/srv/hard"]' -c ENV=A=b -c 'LABEL who=me' -c 'EXPOSE 80' -c STOPSIGNAL=INT -c WORKDIR=/srv \
		-m 'first try' "$PLACE/in.tgz" imp:1
	same "$status:$err" "0:"; like "$out" '^sha256:[0-9a-f]{64}$'
	audit_has "type=VIRT_CREATE .*op=image-import reason=cli path=\"localhost/imp:1\" digest=$out .*res=success" || bad "no record"
	same "$(secctr run --rm imp:1)" hello
	same "$(secctr run --rm imp:1 stat -c '%u %g %a %h' /srv/hard)" "5 6 604 2"
	same "$(secctr image inspect imp:1 | jq -c '.[0].Config')" '{"ExposedPorts":{"80/tcp":{}},"Env":["A=b"],"Cmd":["cat","/srv/hard"],"WorkingDir":"/srv","Labels":{"who":"me"},"StopSignal":"INT"}'
	row "history"; like "$(secctr history --no-trunc imp:1)" 'secctr import .*/in.tgz +[0-9.]+ [kM]?B +first try'
	row "comes back by save and load"
	secctr save --format oci-archive imp:1 | (STORE=$PLACE/imported; secctr load -q >/dev/null; secctr run --rm imp:1) >"$PLACE/loaded"
	same "$(cat "$PLACE/loaded")" hello
	row "from standard input, no name"; try bash -c "gunzip <'$PLACE/in.tgz' | '$BIN/secctr' --root '$STORE' --runroot '$RUN' import -"
	same "$status" 0; like "$(secctr images --noheading)" "<none> +<none> +${out:7:12}"
	row "not a tar"; no_import 'Unrecognized archive' /etc/passwd
	row "a directory"; no_import 'a directory' "$PLACE/in"
	row "an address"; no_import 'only files' https://example.com/x.tar
	row "missing"; no_import 'No such file' "$PLACE/nosuch"
	row "a bad name"; no_import 'UPPER' "$PLACE/in.tgz" UPPER
	row "device node"; mknod "$PLACE/in/dev0" c 1 3; tar -C "$PLACE/in" -cf "$PLACE/dev.tar" .; no_import 'device node' "$PLACE/dev.tar"
	for change in FOO=1 CMD 'CMD ["a"' 'CMD [1]' 'EXPOSE 0' 'EXPOSE 65536' 'EXPOSE 80/x' 'ENV a' WORKDIR=x VOLUME=x STOPSIGNAL=NO 'ONBUILD RUN x'; do
		row "change $change"; no_import '[-]-change' -c "$change" "$PLACE/in.tgz"
	done
	whole
	rows_done
}

@test "images: filters, order, columns" {
	first=$(id_of "$IMAGE")
	new=$(image_with newer 'LABEL k=v')
	quiet() { secctr images -q --no-trunc "$@" | tr '\n' ' '; }
	row "newest first"; same "$(quiet)" "$new $first "
	row "by size"; same "$(secctr images --sort size --format json | jq -c '[.[].Size] == ([.[].Size] | sort)')" true
	row "by repository"; same "$(secctr images --sort repository --noheading | awk '{ print $1 }' | tr '\n' ' ')" "localhost/newer localhost/secctr/default "
	for filter in reference=newer reference='new*' reference=localhost/newer:latest label=k label=k=v "since=$IMAGE" "after=$IMAGE" "id=${new:7:5}" dangling=false; do
		row "$filter"; like "$(quiet -f "$filter")" "^$new "
	done
	for filter in reference='secctr/*' before=newer until=24h until=2020-01-01 until=1000000000 until=2020-01-01T00:00:00Z until=1h30m until=2020-01-01T05:13 label!=k label!=k=v; do
		row "$filter"; same "$(quiet -f "$filter")" "$first "
	done
	for filter in dangling=true label=k=w label=x "since=newer" reference=nosuch; do
		row "$filter"; same "$(quiet -f "$filter")" ""
	done
	row "two references"; same "$(quiet -f reference=newer -f reference=secctr/default)" "$new $first "
	row "two kinds"; same "$(quiet -f reference='*' -f label=k)" "$new "
	row "operand"; same "$(quiet newer)" "$new "
	row "digests"; like "$(secctr images --digests)" "DIGEST.*$first"
	row "json has Podman's names"
	secctr images --format json newer | jq -e '.[0] | .Id and .Names[0] == "localhost/newer:latest" and .Labels.k == "v" and (.Created > 0) and .Digest' >/dev/null ||
		bad "$(secctr images --format json newer)"
	row "template"; same "$(secctr images --format '{{.Repository}}:{{.Tag}} {{.ID}} {{.Digest}}' newer)" "localhost/newer:latest ${new:7:12} $new"
	row "a line for each name"; secctr tag newer also:2
	same "$(secctr images --format '{{.Repository}}:{{.Tag}}' --filter "id=${new:7:12}" | tr '\n' ' ')" "localhost/also:2 localhost/newer:latest "
	row "but one object"; same "$(secctr images --format json --filter "id=${new:7:12}" | jq length)" 1; secctr untag newer also:2
	row "whole id"; same "$(secctr images --no-trunc --format '{{.ID}}' newer)" "$new"
	row "template table"; like "$(secctr images --format 'table {{.Repository}} {{.CreatedSince}}' newer)" '^REPOSITORY CREATED.*localhost/newer .* ago'
	row "unknown field"; try_secctr images --format '{{.Nosuch}}'; same "$status" 125; like "$err" 'no field .Nosuch'
	row "unknown filter"; try_secctr images -f x=y; same "$status" 125; like "$err" 'KEY=VALUE with one of reference, dangling'
	row "filter without value"; try_secctr images -f dangling; same "$status" 125
	row "bad value"; try_secctr images -f dangling=maybe; same "$status" 125; like "$err" 'true or false'
	row "unknown image"; try_secctr images -f before=nosuch; same "$status" 125
	row "unknown order"; try_secctr images --sort x; same "$status" 125
	rows_done
}

@test "history, exists, inspect, tree" {
	id=$(id_of "$IMAGE")
	row "history"; like "$(secctr history "$IMAGE")" "^ID +CREATED +CREATED BY +SIZE +COMMENT.*${id:7:12} "
	row "history json"; secctr history --format json "$IMAGE" | jq -e '.[0] | .id and .created and .size > 0 and .createdBy == ""' >/dev/null || bad "json"
	row "history template"; like "$(secctr history --format '{{.ID}}|{{.CreatedBy}}|{{.Size}}' "$IMAGE")" "^${id:7:12}\|\|[0-9.]+ MB$"
	row "history exact"; like "$(secctr history --human=false "$IMAGE")" '1970-01-01T00:00:00.000000Z +[0-9]+'
	row "history ids"; same "$(secctr history -q --no-trunc "$IMAGE")" "$id"
	row "a history of its own, and what it must not do to a terminal"
	rm -rf "$PLACE/h"; secctr save --format oci-dir -o "$PLACE/h" "$IMAGE"
	layers=$(jq -r '.manifests[0].digest' "$PLACE/h/index.json")
	manifest=$PLACE/h/blobs/sha256/${layers#*:}
	old=$(jq -r .config.digest "$manifest")
	jq -c '. + {history: [{created_by: "lower \u001b[31mred\u202e", created: "2020-01-02T03:04:05Z"}, {created_by: "no layer of its own, but a long, long and longer command", empty_layer: true, comment: "\u009b2J"}]}' \
		"$PLACE/h/blobs/sha256/${old#*:}" >"$PLACE/config"
	new=$(sha256sum <"$PLACE/config" | cut -d' ' -f1)
	cp "$PLACE/config" "$PLACE/h/blobs/sha256/$new"
	jq -c --arg d "sha256:$new" --argjson n "$(wc -c <"$PLACE/config")" '.config.digest = $d | .config.size = $n' "$manifest" >"$PLACE/manifest"
	m=$(sha256sum <"$PLACE/manifest" | cut -d' ' -f1)
	cp "$PLACE/manifest" "$PLACE/h/blobs/sha256/$m"
	jq -c --arg d "sha256:$m" --argjson n "$(wc -c <"$PLACE/manifest")" '.manifests[0].digest = $d | .manifests[0].size = $n' "$PLACE/h/index.json" >"$PLACE/index"
	cp "$PLACE/index" "$PLACE/h/index.json"
	secctr load -q -t odd -i "$PLACE/h" >/dev/null
	text=$(secctr history odd)
	like "$text" 'no layer of its own, but a long, long and \.\.\. +0 B'
	like "$text" 'lower .x1b\[31mred.xe2.x80.xae'
	unlike "$text" $'\e|\u202e|\u009b'
	same "$(secctr history -q odd | tail -n 1)" "<missing>"
	row "exists"; try_secctr image exists "$IMAGE"; same "$status:$out:$err" "0::"
	row "exists not"; try_secctr image exists nosuch; same "$status:$out:$err" "1::"
	row "exists badly"; try_secctr image exists 'UPPER CASE'; same "$status" 125
	row "inspect of one that is not there shows the other"
	try_secctr image inspect nosuch "$IMAGE"; same "$status" 125; same "$(jq length <<<"$out")" 1; like "$err" 'no image nosuch'
	row "inspect -t image is the same"; same "$(secctr inspect -t image "$IMAGE")" "$(secctr image inspect "$IMAGE")"
	row "tree"; like "$(secctr image tree "$IMAGE")" "Image ID: ${id:7:12}.*└── ID: [0-9a-f]{12} Size: .* Top Layer of: .$IMAGE"
	rows_done
}

@test "prune asks, and filters" {
	secctr untag "$(image_with one)"; secctr untag "$(image_with two 'LABEL keep=no')"
	row "no"; try_secctr image prune; same "$status" 0; like "$out" 'WARNING! This command removes all dangling images'
	same "$(secctr images -q | wc -l)" 3 images
	row "by filter"; try_secctr image prune -f --filter label=keep; same "$(wc -l <<<"$out")" 1; same "$(secctr images -q | wc -l)" 2 images
	row "yes"; echo y | secctr image prune >/dev/null; same "$(secctr images -q | wc -l)" 1 images
	row "all"; try_secctr image prune -af; same "$(secctr images -q)" ""
	whole
	rows_done
}

# Each of sixteen does all of it again and again on the same few images.
worker() { # N
	local n=$1 i
	for i in 1 2 3; do
		secctr load -q -i "$DEFAULT" || echo "load failed" >&2
		secctr tag "$IMAGE" "t$n:$i"
		secctr run --rm --name "r$n" "t$n:$i" true
		secctr rmi "t$n:$i"
		[ $((n % 4)) -ne 0 ] || secctr rmi "$IMAGE"
		[ $((n % 5)) -ne 0 ] || secctr image prune -f
		[ $((n % 3)) -ne 0 ] || secctr save "$IMAGE"
	done
}
@test "sixteen at once leave a consistent store" {
	for n in {1..16}; do worker "$n" >"$PLACE/worker-$n.out" 2>"$PLACE/worker-$n.err" & done
	wait
	row "a load never fails"; same "$(cat "$PLACE"/worker-*.err | grep 'load failed')" ""
	# The image may be gone when it is asked for; nothing else may go wrong.
	row "failures"
	same "$(cat "$PLACE"/worker-*.err | grep '^secctr: ' | grep -vE 'no image|removed meanwhile|is used by container|more than one name' | head -n 3)" ""
	row "the store"; whole
	same "$(secctr ps -aq)" "" containers
	row "all of it goes"; try_secctr rmi -af; same "$status" 0
	same "$(find "$STORE/layers" "$STORE/blobs" "$STORE/tmp" -mindepth 1 -maxdepth 1 | wc -l)" 0 "layers left"
	secctr load -q -i "$DEFAULT" >/dev/null
	same "$(secctr run --rm "$IMAGE" echo yes)" yes
	rows_done
}

@test "killed anywhere, the next one finds its way" {
	for delay in 0.002 0.005 0.01 0.02 0.03 0.05 0.08; do
		for command in "load -q -i $DEFAULT" "rmi -f $IMAGE" "tag $IMAGE killed" "save -o $PLACE/half $IMAGE"; do
			row "$command after $delay"
			rm -f "$PLACE/half"
			secctr load -q -i "$DEFAULT" >/dev/null || bad "load"
			# shellcheck disable=SC2086
			timeout -s KILL "$delay" "$BIN/secctr" --root "$STORE" --runroot "$RUN" $command >/dev/null 2>&1 || true
			try_secctr images; same "$status" 0
			try_secctr image prune -f; same "$status" 0
			whole
		done
	done
	row "what a kill leaves goes with prune"
	mkdir "$STORE/layers/$(printf '%064d' 7)" "$STORE/tmp/dead"; : >"$STORE/blobs/$(printf '%064d-%064d' 7 8)"; : >"$STORE/images/.x.json.12"
	try_secctr image prune -f
	same "$status" 0; like "$err" 'removed 1 layer that killed commands had left'
	same "$(ls -A "$STORE/tmp")" ""
	[ ! -e "$STORE/layers/$(printf '%064d' 7)" ] && [ ! -e "$STORE/blobs/$(printf '%064d-%064d' 7 8)" ] || bad "left"
	whole
	rows_done
}
