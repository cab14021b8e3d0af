/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_job.c - what a monitor reads: its job, and frames from whoever connects.
 *
 * The first byte chooses. A job that is taken keeps its bounds and is written and read again the same. A packet becomes a
 * frame of its own length or none, and no descriptor comes with it.
 */
#include <fcntl.h>
#include <sys/socket.h>

#include "launcher/base/ids.h"
#include "launcher/base/json.h"
#include "launcher/monitor/frames.h"
#include "launcher/monitor/job.h"
#include "tests/fuzz/fuzz.h"

static void in_bounds(const struct monitor_job *j)
{
	struct err e;

	DEMAND(id_is_valid(j->id) && name_check("name", j->name, &e) == 0);
	DEMAND(j->pid > 0 && j->auid >= 0 && j->auid < UINT32_MAX && j->ses >= 0 && j->ses <= UINT32_MAX);
	DEMAND(j->stop_signal > 0 && j->stop_signal <= 64 && j->stop_timeout >= 0);
	DEMAND(!j->log || (j->log_max_size >= MONITOR_LOG_SIZE_MIN && j->log_max_files >= 1));
	DEMAND(!j->remove || j->cleanup[0] == '/');
	for (size_t i = 0; i < j->cgroup_dirs.len; i++) {
		DEMAND(str_starts(j->cgroup_dirs.item[i], "/sys/fs/cgroup/"));
		DEMAND(!strstr(j->cgroup_dirs.item[i], "/../") && !str_ends(j->cgroup_dirs.item[i], "/.."));
	}
}

static char *text_of(const struct monitor_job *j)
{
	auto_json json_t *doc = NULL;
	char *text = NULL;
	struct err e;

	DEMAND(fields_to_json(monitor_job_fields, j, &doc, &e) == 0 && json_canonical(doc, &text, &e) == 0);
	return text;
}

static void job(const uint8_t *bytes, size_t n)
{
	struct monitor_job j, again;
	struct err e = { 0 };

	monitor_job_init(&j);
	monitor_job_init(&again);
	if (monitor_job_parse((const char *)bytes, n, &j, &e)) {
		fuzz_refused(&e);
	} else {
		auto_free char *text = text_of(&j), *text2 = NULL;

		in_bounds(&j);
		DEMAND(monitor_job_parse(text, strlen(text), &again, &e) == 0);
		text2 = text_of(&again);
		DEMAND(strcmp(text, text2) == 0);
	}
	monitor_job_done(&j);
	monitor_job_done(&again);
}

static void send_with_descriptor(int to, const uint8_t *bytes, size_t n)
{
	char room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { (void *)bytes, n };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &to, sizeof(to));
	DEMAND(sendmsg(to, &m, 0) == (ssize_t)n);
}

static void frame(const uint8_t *bytes, size_t n)
{
	size_t room = n % 3 ? FRAME_DATA_MAX : n / 2, len = room;
	auto_free char *data = malloc(room + 1);
	int pair[2], before = dup(0), after, rc;
	enum frame_type type = 0;

	DEMAND(data && before >= 0 && close(before) == 0);
	DEMAND(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	send_with_descriptor(pair[0], bytes, n);
	rc = frame_recv(pair[1], &type, data, &len, 0);
	if (!n)
		DEMAND(rc == 0);	/* as the end of file */
	else if (n - 1 > room)
		DEMAND(rc == -1);
	else
		DEMAND(rc == 1 && type == bytes[0] && len == n - 1 && memcmp(data, bytes + 1, len) == 0);
	close(pair[0]);
	close(pair[1]);
	after = dup(0);
	DEMAND(after == before && close(after) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (!n)
		return 0;
	if (bytes[0] % 2)
		job(bytes + 1, n - 1);
	else
		frame(bytes + 1, n - 1);
	return 0;
}
