#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cil.sh - selinux/module/secctr.cil compiles with every module of Debian's policy, and its
# neverallow rules hold there. A second compile adds rules that break them and must fail once
# for each: a check that cannot fail proves nothing.
#
# semodule does not check neverallow rules on Debian (expand-check=0), secilc always does.
# The distribution's modules are converted to CIL once per version, below $SECCTR_TEST_CACHE.
set -eu
cd "$(dirname "$0")/../.."

package=selinux-policy-default
modules=/usr/share/selinux/default
pp=/usr/libexec/selinux/hll/pp
cil=selinux/module/secctr.cil
cache=${SECCTR_TEST_CACHE:-/var/cache/secctr-test}

fail() { echo "cil.sh: $*" >&2; exit 1; }

for need in "secilc:$(command -v secilc || :)" "$package:$modules/base.pp.bz2" "policycoreutils:$pp"; do
	[ -e "${need#*:}" ] || fail "needs the package ${need%%:*}"
done

# Names that the programs use must be the module's.
for type in $(sed -n 's/^#define LABEL_TYPE_[A-Z_]*[[:space:]]*"\(.*\)"$/\1/p' selinux/label.h) \
	    $(cat audit/rules/*.rules 2>/dev/null | sed -n 's/^-a.* subj_type=\([^ ]*\).*/\1/p'); do
	grep -q "^(type $type)" $cil || fail "$cil does not declare $type"
done
for perm in $(sed -n 's/^static const char \*const perms\[\] = { \(.*\) };$/\1/p' selinux/access.c | tr -d '",'); do
	grep -q "^(class secctr (.*\<$perm\>" $cil || fail "class secctr has no permission $perm"
done

mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] || cache=${O:-build}/cache
version=$(dpkg-query -W -f '${Version}' $package)
base=$cache/cil-$(echo "$version" | tr -c 'A-Za-z0-9.\n' _)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
if [ ! -d "$base" ]; then
	mkdir -p "$cache" "$tmp/cil"
	for m in "$modules"/*.pp.bz2; do
		name=$(basename "$m" .pp.bz2)
		bzip2 -dc "$m" | "$pp" > "$tmp/cil/$name.cil" || fail "$m does not convert to CIL"
	done
	# Another run may have been faster; its result is the same.
	cp -r "$tmp/cil" "$base.$$" && { mv -T "$base.$$" "$base" 2>/dev/null || rm -rf "$base.$$"; }
fi

# One line, one rule broken.
cat > "$tmp/violations.cil" <<'END'
(allow secctr_container_t etc_t (file (write)))
(allow secctr_container_t secctr_shared_file_t (file (relabelto)))
(allow secctr_container_t var_lib_t (dir (add_name)))
(allow secctr_container_net_t unconfined_t (process (ptrace)))
(allow secctr_container_t self (netlink_audit_socket (create nlmsg_relay)))
(allow secctr_container_init_t self (capability (sys_admin)))
(allow secctr_container_t secctr_ro_file_t (file (open)))
(allow secctr_container_t self (tcp_socket (create)))
(allow secctr_timestamp_t auditd_log_t (file (read)))
(allow secctr_report_t self (tcp_socket (connect)))
(allow secctr_t secctr_policy_t (file (write)))
(allow secctr_t security_t (security (load_policy)))
(allow secctr_t self (netlink_audit_socket (nlmsg_write)))
(allow secctr_t auditd_log_t (file (append)))
(allow secctr_monitor_t secctr_container_t (process (transition)))
(allow secctr_fetch_t self (capability (sys_admin)))
END
wanted=$(grep -c . "$tmp/violations.cil")

secilc -o "$tmp/policy" -f "$tmp/contexts" "$base"/*.cil $cil > "$tmp/good" 2>&1 &
good=$!
if secilc -o "$tmp/bad" -f "$tmp/bad.fc" "$base"/*.cil $cil "$tmp/violations.cil" > "$tmp/out" 2>&1; then
	fail "the policy compiles with rules that neverallow forbids"
fi
if ! wait $good; then
	cat "$tmp/good" >&2
	fail "$cil does not compile with $package $version"
fi

n=0
while IFS= read -r line; do
	n=$((n + 1))
	grep -q "violations.cil:$n\$" "$tmp/out" || fail "no neverallow rule forbids: $line"
done < "$tmp/violations.cil"

for path in /usr/bin/secctr /usr/libexec/secctr/secctr-monitor '/var/lib/secctr(/.*)?'; do
	grep -qF "$path	" "$tmp/contexts" || fail "no file context for $path"
done
echo "cil.sh: compiles with $package $version; $wanted of $wanted violations are refused"
