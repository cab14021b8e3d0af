# SPDX-License-Identifier: Apache-2.0
# The page of `secctr report --format html` in a real browser: read, filtered, with hostile text in it.
load lib

browser() { "$SECCTR_SOURCE/tests/cli/browser" "$@"; }
visible() { grep -o '<tr class="e[^>]*>' "$1" | grep -v ' hidden=' ; }
# NAME TYPE STAMP SES BODY: a record that secctr sent
ours() {
	printf "type=%s msg=audit(%s): pid=50 uid=0 auid=%s ses=%s subj=unconfined_u:unconfined_r:secctr_t:s0 msg='%s exe=\"/usr/bin/secctr\" hostname=? addr=? terminal=? res=success'\n" "$@"
}
call() { # STAMP AUID SES COMM EXIT ARGUMENT: a command and its argument, as the kernel writes it
	local success=yes
	[ "$5" -ge 0 ] || success=no
	printf 'type=SYSCALL msg=audit(%s): arch=c000003e syscall=59 success='$success' exit=%s ppid=50 pid=51 auid=%s uid=0 tty=(none) ses=%s comm="%s" exe="/bin/busybox" subj=system_u:system_r:secctr_container_t:s0:c1,c2 key="secctr-exec"\n' "$1" "$5" "$2" "$3" "$4"
	printf 'type=EXECVE msg=audit(%s): argc=2 a0="%s" a1=%s\n' "$1" "$4" "$6"
}
hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n' | tr a-f A-F; }

web=8a1f3c52-0d7e-4b9a-9c1d-2e3f4a5b6c7d db=11111111-0d7e-4b9a-9c1d-2e3f4a5b6c7d
make_log() {
	local evil='</script><script>document.documentElement.setAttribute("data-run","1")</script><img src=x onerror="document.title=1">'
	ours VIRT_CONTROL 1000.300:12 1000 31 "virt=container op=start reason=cli vm=\"web\" uuid=$web vm-pid=51 init-pid=51 own-ses=31 from-ses=3"
	ours VIRT_CONTROL 1000.400:13 1001 32 "virt=container op=start reason=cli vm=$(hex "$evil") uuid=$db vm-pid=61 init-pid=61 own-ses=32 from-ses=4"
	call 1001.000:14 1000 31 sh 0 "$(hex 'echo hello')"
	call 1002.000:15 1001 32 cat -13 "$(hex "$evil")"
	call 1003.000:16 1001 32 x 0 "$(hex $'\u202e\u2028<!--\e[2J')"
	printf "type=USER_CMD msg=audit(1004.0:17): pid=51 uid=0 auid=1000 ses=31 subj=u:r:x_t:s0 msg='cmd=%s res=success'\n" "$(hex "$evil")"
	ours VIRT_CONTROL 1005.000:18 1000 31 "virt=container op=stop reason=exited vm=\"web\" uuid=$web vm-pid=51 exit=0 sig=0"
}

setup_file() {
	make_log >"$BATS_FILE_TMPDIR/log"
	secctr report --format html -i "$BATS_FILE_TMPDIR/log" -o "$BATS_FILE_TMPDIR/page.html"
}
setup() {
	command -v chromium >/dev/null || skip "chromium is not installed"
	page=$BATS_FILE_TMPDIR/page.html
}

@test "page: a browser shows all of it, and nothing of the log runs, is loaded or is refused" {
	browser dom "$page" >"$BATS_TEST_TMPDIR/dom" 2>"$BATS_TEST_TMPDIR/console"
	row "console"; same "$(cat "$BATS_TEST_TMPDIR/console")" ""
	row "document"; like "$(head -n 1 "$BATS_TEST_TMPDIR/dom")" '^<!DOCTYPE html>'
	row "nothing ran"; same "$(grep -c '<html lang="en"><head>' "$BATS_TEST_TMPDIR/dom")" 1
	row "no element of the log's"; same "$(grep -ci '<img' "$BATS_TEST_TMPDIR/dom")" 0
	row "one script"; same "$(grep -o '<script' "$BATS_TEST_TMPDIR/dom" | wc -l)" 1
	row "it is text"; like "$(cat "$BATS_TEST_TMPDIR/dom")" '&lt;/script&gt;&lt;script&gt;document.documentElement'
	row "our script ran: filters are there"; like "$(cat "$BATS_TEST_TMPDIR/dom")" '<form id="filters" aria-label'
	row "all events are shown"; same "$(visible "$BATS_TEST_TMPDIR/dom" | wc -l)" "$(grep -c '<tr class="e' "$page")"
	row "count"; like "$(cat "$BATS_TEST_TMPDIR/dom")" '<output id="count" aria-live="polite">7 events<'
	row "no control or reordering character"; same "$(tr -d '\n\t' <"$BATS_TEST_TMPDIR/dom" | grep -cP '[\x00-\x1f\x7f]|\xe2\x80[\xa8-\xae]')" 0
	rows_done
}

@test "page: the address says what is filtered" {
	browser dom "$page#who=bob" >"$BATS_TEST_TMPDIR/dom" 2>"$BATS_TEST_TMPDIR/console"
	row "console"; same "$(cat "$BATS_TEST_TMPDIR/console")" ""
	row "only bob's"; same "$(visible "$BATS_TEST_TMPDIR/dom" | grep -o 'data-w="[0-9]*"' | sort | uniq -c | xargs)" '3 data-w=1001'
	row "web is gone"; like "$(grep -o "<section class=\"box\" id=\"c-$web\"[^>]*>" "$BATS_TEST_TMPDIR/dom")" ' hidden=""'
	row "his is there"; unlike "$(grep -o "<section class=\"box\" id=\"c-$db\"[^>]*>" "$BATS_TEST_TMPDIR/dom")" ' hidden='
	browser dom "$page#container=web&who=1000" >"$BATS_TEST_TMPDIR/dom" 2>"$BATS_TEST_TMPDIR/console"
	row "web"; same "$(visible "$BATS_TEST_TMPDIR/dom" | grep -o 'data-c="[^"]*"' | sort | uniq -c | xargs)" "5 data-c=c-$web"	# the forged one in two lists
	browser dom "$page#show=findings" >"$BATS_TEST_TMPDIR/dom" 2>"$BATS_TEST_TMPDIR/console"
	row "findings"; same "$(visible "$BATS_TEST_TMPDIR/dom" | grep -vc 'class="e[^"]* f"')" 0
	browser dom "$page#show=denied&text=CAT" >"$BATS_TEST_TMPDIR/dom" 2>"$BATS_TEST_TMPDIR/console"
	row "words"; same "$(visible "$BATS_TEST_TMPDIR/dom" | wc -l)" 1
	browser dom "$page#who=<script>&text=%3Cimg%20src=x%3E" >"$BATS_TEST_TMPDIR/dom" 2>"$BATS_TEST_TMPDIR/console"
	row "hostile address"; same "$(cat "$BATS_TEST_TMPDIR/console"; grep -ci '<img' "$BATS_TEST_TMPDIR/dom")" 0
	rows_done
}

@test "page: it needs no script to be read, and its policy refuses another" {
	grep -v '^<script>' "$page" | sed '/^(function/,/^}());/d' >"$BATS_TEST_TMPDIR/plain.html"
	row "all events, without its script"; same "$(visible "$BATS_TEST_TMPDIR/plain.html" | wc -l)" "$(grep -c '<tr class="e' "$page")"
	sed 's|</main>|<script>document.title = 1</script><img src="file:///etc/hostname"></main>|' "$page" >"$BATS_TEST_TMPDIR/evil.html"
	browser dom "$BATS_TEST_TMPDIR/evil.html" >"$BATS_TEST_TMPDIR/dom" 2>"$BATS_TEST_TMPDIR/console"
	row "policy"; same "$(grep -c 'Content Security Policy' "$BATS_TEST_TMPDIR/console")" 2
	row "did not run"; like "$(cat "$BATS_TEST_TMPDIR/dom")" '<title>Container audit report'
	rows_done
}

@test "page: a file that its owner alone reads, and none is left behind" {
	row "mode"; same "$(stat -c %a "$page")" 600
	try "$BIN/secctr" report --format html -i "$BATS_FILE_TMPDIR/log" -o "$page"
	row "there already"; same "$status" 125; like "$err" 'is there already'
	try "$BIN/secctr" report container nosuch --format html -i "$BATS_FILE_TMPDIR/log" -o "$BATS_TEST_TMPDIR/new.html"
	row "none"; same "$status" 125; like "$err" 'nothing of container nosuch'; same "$([ -e "$BATS_TEST_TMPDIR/new.html" ] && echo there)" ""
	row "text into a file"; secctr report containers -i "$BATS_FILE_TMPDIR/log" -o "$BATS_TEST_TMPDIR/text"
	like "$(head -n 1 "$BATS_TEST_TMPDIR/text")" '^NAME '
	rows_done
}
