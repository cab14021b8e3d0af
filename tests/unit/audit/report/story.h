/* SPDX-License-Identifier: Apache-2.0 */
/* story.h - one honest log under SELinux, what goes on beside it, and asking a report about logs. */
#ifndef SECCTR_TESTS_REPORT_STORY_H
#define SECCTR_TESTS_REPORT_STORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/report/gather.h"
#include "audit/report/report.h"

#define U1 "8a1f3c52-0d7e-4b9a-9c1d-2e3f4a5b6c7d"
#define U2 "11111111-0d7e-4b9a-9c1d-2e3f4a5b6c7d"
#define CTX "system_u:system_r:secctr_container_t:s0:c61,c133"
#define LAUNCHER " subj=unconfined_u:unconfined_r:secctr_t:s0"
#define TRAILER " exe=\"/usr/bin/secctr\" hostname=? addr=? terminal=? res=success'\x1dUID=\"root\" AUID=\"alice\""
#define OURS(type, stamp, ses, subj, body) "type=" type " msg=audit(" stamp "): pid=50 uid=0 auid=1000 ses=" ses subj \
	" msg='" body TRAILER "\n"
#define SELINUX_STORY \
	"type=LOGIN msg=audit(1000.100:10): pid=50 uid=0" LAUNCHER " old-auid=1000 auid=1000 tty=pts0 old-ses=3 ses=31 " \
		"res=1\x1dUID=\"root\" OLD-AUID=\"alice\" AUID=\"alice\"\n" \
	OURS("VIRT_MACHINE_ID", "1000.200:11", "31", LAUNCHER, "virt=container vm=\"web\" uuid=" U1 " vm-ctx=" CTX \
	     " img-ctx=system_u:object_r:secctr_container_file_t:s0:c61,c133 model=selinux") \
	OURS("VIRT_CONTROL", "1000.300:12", "31", LAUNCHER, "virt=container op=start reason=cli vm=\"web\" uuid=" U1 \
	     " vm-pid=51 init-pid=51 pid-ns=4026 own-ses=31 policy=sha256:0") \
	"type=SYSCALL msg=audit(1001.000:13): arch=c000003e syscall=59 success=yes exit=0 a0=1 items=2 ppid=50 pid=51 " \
		"auid=1000 uid=0 tty=(none) ses=31 comm=\"sh\" exe=\"/bin/busybox\" subj=" CTX " key=\"secctr-exec\"\x1d" \
		"ARCH=x86_64 SYSCALL=execve AUID=\"alice\"\n" \
	"type=EXECVE msg=audit(1001.000:13): argc=3 a0=\"sh\" a1=\"-c\" a2=6964203E1B5B326D\n" \
	OURS("VIRT_CONTROL", "1002.000:14", "40", LAUNCHER, "virt=container op=exec reason=cli vm=\"web\" uuid=" U1 \
	     " vm-pid=60 init-pid=51 own-ses=40") \
	"type=SYSCALL msg=audit(1002.100:15): arch=c000003e syscall=59 success=yes exit=0 ppid=50 pid=60 auid=1001 uid=0 " \
		"tty=(none) ses=40 comm=\"id\" exe=\"/bin/busybox\" subj=" CTX " key=\"secctr-exec\"\x1d" \
		"SYSCALL=execve AUID=\"bob\"\n" \
	"type=AVC msg=audit(1003.000:16): avc:  denied  { read } for  pid=51 comm=\"cat\" name=\"shadow\" " \
		"scontext=" CTX " tcontext=system_u:object_r:shadow_t:s0 tclass=file permissive=0\n" \
	"type=SECCOMP msg=audit(1003.500:17): auid=1000 uid=0 gid=0 ses=31 subj=" CTX " pid=51 comm=\"sh\" exe=\"/bin/sh\" " \
		"sig=0 arch=c000003e syscall=165 compat=0 ip=0x1 code=0x50000\x1dSYSCALL=mount\n" \
	OURS("VIRT_CONTROL", "1004.000:18", "31", LAUNCHER, "virt=container op=stop reason=exited vm=\"web\" uuid=" U1 \
	     " vm-pid=51 exit=0 sig=0")
#define OTHERS \
	"type=SYSCALL msg=audit(1001.500:90): arch=c000003e syscall=59 success=yes pid=70 auid=1000 ses=3 comm=\"other\" " \
		"subj=unconfined_u:unconfined_r:unconfined_t:s0\n" \
	"type=AVC msg=audit(1001.600:91): avc:  denied  { read } for  pid=71 comm=\"neighbour\" " \
		"scontext=system_u:system_r:secctr_container_t:s0:c1,c2 tcontext=x:y:z tclass=file\n"

static char *out_text;
static size_t out_len;

/* Any request over these bytes. */
static inline int run_bytes(const void *log, size_t n, const struct report_request *q, struct report_summary *sum, struct err *e)
{
	int fd = memfd_create("log", MFD_CLOEXEC), r;
	struct report_input in = { &fd, 1 };
	FILE *out;

	free(out_text);
	out_text = NULL;
	assert_true(fd >= 0 && write(fd, log, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
	out = open_memstream(&out_text, &out_len);
	r = report_run(q, &in, out, sum, e);
	fclose(out);
	close(fd);
	return r;
}

static inline int run(const char *log, const char *container, uint32_t ses, enum report_format format,
	       struct report_summary *sum, struct err *e)
{
	struct report_request q = { .view = container ? REPORT_CONTAINER : REPORT_SESSION, .subject = container, .session = ses,
				    .format = format };

	return run_bytes(log, strlen(log), &q, sum, e);
}

static inline int view(const char *log, enum report_view view, const char *subject, struct report_summary *sum, struct err *e)
{
	struct report_request q = { .view = view, .subject = subject, .session = REPORT_NO_SESSION };

	return run_bytes(log, strlen(log), &q, sum, e);
}

static inline void has(const char *text)
{
	if (!strstr(out_text, text))
		fail_msg("not there: %s\nin:\n%s", text, out_text);
}

static inline void has_not(const char *text)
{
	if (strstr(out_text, text))
		fail_msg("there: %s\nin:\n%s", text, out_text);
}

#endif
