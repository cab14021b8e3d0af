# SPDX-License-Identifier: Apache-2.0
# Paths of the root file system that are swapped, between what they should be and a link to the host, while containers start. Whether a
# start goes well depends on the moment and is not looked at; what is outside of the root file system stays as it was.
load ../cli/lib
load ../cli/oci

setup_file() {
	make_place
	make_engine
	${CC:-cc} -O2 -Wall -o "$PLACE/swap" "$SECCTR_SOURCE/tests/bundles/swap.c"
}
teardown() {
	[ -z "${SWAP-}" ] || kill "$SWAP" 2>/dev/null || true
	delete_all
}

STARTS=200

@test "mount targets, masked and read-only paths, devices and the working directory swapped during $STARTS starts (CVE-2021-30465)" {
	local write='for d in . /t /n/x /k/dir /dev; do echo x >$d/escaped; done; mkdir made; echo x >/k/keys' started failed
	canary=$BATS_TEST_TMPDIR/canary
	mkdir -p "$canary/x" "$canary/dir" "$PLACE/b/src" && echo secret >"$canary/keys" && echo y >"$canary/x/y"
	sums() { (cd "$canary" && find . -printf '%p %y %m %U %s %T@\n' | sort && find . -type f -exec sha256sum {} + | sort); }
	bundle race ".root.readonly=false | .process.cwd=\"/w\" | .process.args=$(args sh -c "$write 2>/dev/null; exit 0") |
		.mounts+=[{\"destination\":\"/t\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"tmpcopyup\"]},
			{\"destination\":\"/n/x/new\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"},
			{\"destination\":\"/n/file\",\"type\":\"bind\",\"source\":\"$PLACE/b/race/config.json\",\"options\":[\"bind\",\"ro\"]}] |
		.linux.maskedPaths+=[\"/k/keys\",\"/k/dir\"] | .linux.readonlyPaths+=[\"/n\"]"
	out=../../../../../../../../../../../..$canary
	for name in w t n k dev; do
		mkdir -p "$B/rootfs/$name" && ln -s "$out" "$B/rootfs/$name.link"
	done
	mkdir -p "$B/rootfs/n/x" "$B/rootfs/k/dir" && echo >"$B/rootfs/k/keys"
	before=$(sums) mounts=$(cut -d' ' -f3- /proc/self/mountinfo)
	"$PLACE/swap" "$B"/rootfs/w{,.link} "$B"/rootfs/t{,.link} "$B"/rootfs/n{,.link} "$B"/rootfs/k{,.link} "$B"/rootfs/dev{,.link} 3>&- &
	SWAP=$!
	# shellcheck disable=SC2016
	seq "$STARTS" | xargs -P 4 -I% sh -c '"$0" --root "$1" run --bundle "$2" "r%" </dev/null >>"$3" 2>&1 && echo ok || echo failed' \
		"$BIN/secctr-runtime" "$STORE" "$B" "$BATS_TEST_TMPDIR/said" >"$BATS_TEST_TMPDIR/ends"
	kill -0 "$SWAP" # it swapped all the time
	kill "$SWAP" && wait "$SWAP" || true
	started=$(grep -c ok "$BATS_TEST_TMPDIR/ends") failed=$(grep -c failed "$BATS_TEST_TMPDIR/ends") || true
	echo "$started started, $failed did not: $(sort "$BATS_TEST_TMPDIR/said" | uniq -c | sort -rn | head -n 5)"
	same "$((started + failed))" "$STARTS" starts
	[ "$started" -gt 0 ] || bad "no start went well: nothing was shown"
	same "$(sums)" "$before" "the canary"
	same "$(cut -d' ' -f3- /proc/self/mountinfo)" "$mounts" "mounts of the host"
	rows_done
}
