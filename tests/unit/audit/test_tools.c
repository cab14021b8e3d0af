/* SPDX-License-Identifier: Apache-2.0 */
/* What ausearch(8), aureport(8) and auvirt(8) make of our records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "audit/record.h"

#define UUID "8a1f3c52-0d7e-4b9a-9c1d-2e3f4a5b6c7d"
#define SUBJ "unconfined_u:unconfined_r:secctr_t:s0"
#define CTX "system_u:system_r:secctr_container_t:s0:c61,c133"

static char path[] = "/tmp/secctr-tools-XXXXXX";
static const struct audit_origin origin = { .exe = "/usr/bin/secctr", .terminal = "pts/0" };

static void log_line(FILE *f, const char *type, unsigned serial, struct audit_record *r, bool success)
{
	struct err e = { 0 };

	if (record_end(r, &origin, success, &e))
		fail_msg("%s", e.text);
	fprintf(f, "type=%s msg=audit(1795439650.%03u:%u): pid=50 uid=0 auid=1000 ses=31 subj=" SUBJ " msg='%s'\n", type,
		serial, serial, r->text);
}

static int write_log(void **state)
{
	static const char *const argv[] = { "sh", "-c", "echo it's", NULL };
	struct audit_record r;
	FILE *f = fdopen(mkstemp(path), "w");

	(void)state;
	if (!f)
		return -1;
	record_begin(&r, EV_LABEL, NULL, "web one", UUID);
	record_ctx(&r, "vm-ctx", CTX);
	record_ctx(&r, "img-ctx", "system_u:object_r:secctr_container_file_t:s0:c61,c133");
	record_word(&r, "model", "selinux");
	log_line(f, "VIRT_MACHINE_ID", 1, &r, true);
	record_begin(&r, EV_MOUNT, "start", "web one", UUID);
	record_str(&r, "old-disk", NULL);
	record_str(&r, "new-disk", "/srv/my data");
	record_str(&r, "dir", "/data");
	log_line(f, "VIRT_RESOURCE", 2, &r, true);
	record_begin(&r, EV_MEMORY, "start", "web one", UUID);
	record_u64(&r, "old-mem", 0);
	record_u64(&r, "new-mem", 65536);
	log_line(f, "VIRT_RESOURCE", 3, &r, true);
	record_begin(&r, EV_START, "cli", "web one", UUID);
	record_u64(&r, "vm-pid", 51);
	record_u64(&r, "init-pid", 51);
	record_u64(&r, "pid-ns", 4026531836);
	record_u64(&r, "own-ses", 31);
	record_u64(&r, "from-ses", 3);
	record_word(&r, "policy", "sha256:00");
	log_line(f, "VIRT_CONTROL", 4, &r, true);
	record_begin_command(&r, "/root", argv, "web one", UUID);
	log_line(f, "USER_CMD", 5, &r, true);
	record_begin_refusal(&r, "start", "policy-denied", "web one", UUID);
	record_str(&r, "name", "capability CAP_SYS_ADMIN");
	log_line(f, "VIRT_CONTROL", 6, &r, false);
	record_begin(&r, EV_IMAGE_LOAD, "cli", NULL, NULL);
	record_str(&r, "path", "docker.io/library/x y");
	record_word(&r, "digest", "sha256:11");
	log_line(f, "VIRT_CREATE", 7, &r, true);
	record_begin_avc(&r, false, "run", SUBJ, SUBJ, "secctr", false);
	log_line(f, "USER_AVC", 8, &r, false);
	record_begin(&r, EV_STOP, "exited", "web one", UUID);
	record_u64(&r, "vm-pid", 51);
	record_u64(&r, "exit", 0);
	record_u64(&r, "sig", 0);
	log_line(f, "VIRT_CONTROL", 9, &r, true);
	return fclose(f);
}

static int remove_log(void **state)
{
	(void)state;
	return unlink(path);
}

/* The tool's output, which must hold `has`, if `times` >= 0 so often. */
static void tool(const char *command, const char *has, int times)
{
	static char out[65536];
	char line[512];
	size_t n;
	FILE *p;
	int seen = 0;

	snprintf(line, sizeof(line), "%s %s 2>&1 </dev/null", command, path);
	p = popen(line, "r");
	assert_non_null(p);
	n = fread(out, 1, sizeof(out) - 1, p);
	out[n] = '\0';
	(void)pclose(p);
	for (const char *at = out; (at = strstr(at, has)); at += strlen(has))
		seen++;
	if (times >= 0 ? seen != times : !seen)
		fail_msg("%s: \"%s\" %d times, not %d, in:\n%s", line, has, seen, times, out);
}

static void ausearch_understands(void **state)
{
	(void)state;
	if (access("/sbin/ausearch", X_OK)) {
		print_message("skipped: ausearch is not installed\n");
		skip();
	}
	tool("/sbin/ausearch -vm 'web one' --input", "type=VIRT_", 6);
	tool("/sbin/ausearch -m VIRT_CONTROL -vm 'web one' -i --input", "op=start", 2);
	tool("/sbin/ausearch -m VIRT_CONTROL -vm 'web one' -i --input", "vm=web one", 3);
	tool("/sbin/ausearch -m VIRT_CONTROL -sv no -i --input", "name=capability CAP_SYS_ADMIN", 1);
	tool("/sbin/ausearch -uu " UUID " --input", "type=VIRT_", 6);
	tool("/sbin/ausearch -uu " UUID " --input", "type=USER_CMD", -1);
	tool("/sbin/ausearch --session 31 --input", "type=", 9);
	tool("/sbin/ausearch -se secctr_container_t --input", "type=VIRT_MACHINE_ID", 1);
	tool("/sbin/ausearch -se secctr_t --input", "type=VIRT_CONTROL", 3);
	tool("/sbin/ausearch -f '/srv/my data' -i --input", "new-disk=/srv/my data", 1);
	tool("/sbin/ausearch -m USER_CMD -i --input", "cmd=sh -c echo it's", 1);
	tool("/sbin/ausearch -m USER_AVC -i --input", "denied  { run }", 1);
	tool("/sbin/ausearch -m VIRT_CREATE -i --input", "path=docker.io/library/x y", 1);
	tool("/sbin/ausearch -x /usr/bin/secctr --input", "type=", -1);
	tool("/sbin/aureport --virt -i --input", "VIRT_CONTROL", -1);
}

static void auvirt_understands(void **state)
{
	(void)state;
	if (access("/usr/bin/auvirt", X_OK)) {
		print_message("skipped: auvirt is not installed (audit 4 dropped it)\n");
		skip();
	}
	tool("/usr/bin/auvirt --all-events --file", "start  web one", -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ausearch_understands),
		cmocka_unit_test(auvirt_understands),
	};

	return cmocka_run_group_tests(tests, write_log, remove_log);
}
