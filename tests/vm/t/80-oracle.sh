#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 80-oracle.sh - the audit log that the tests before left in the machine: secctr's reader and libauparse find the same events and fields in it,
# and `secctr report` in the machine tells as much as here.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

repo=$(cd "$(dirname "$0")/../../.." && pwd)
build=${O:-build}
test=$repo/$build/tests/audit/report/test_oracle log=$T_TMP/audit.log
ok "programs" make -s -C "$repo" "$build/tests/audit/report/test_oracle" "$build/bin/secctr" "$build/bin/secctr-report"
# Its last line may be half there.
as_root cat /var/log/audit/audit.log | sed '$d' >"$log"
ok "there is a log of some size" test "$(wc -l <"$log")" -gt 100
oracle() { (cd "$repo" && SECCTR_ORACLE_LOG=$log "$test"); }
ok "libauparse and secctr read the same" oracle
here=$("$repo/$build/bin/secctr" report timeline --all --format ndjson -i "$log" | wc -l)
there=$(as_root "head -c $(stat -c %s "$log") /var/log/audit/audit.log >/root/oracle.log; secctr report timeline --all --format ndjson -i /root/oracle.log | wc -l")
is "the report in the machine has as many events" "$there" "$here"
