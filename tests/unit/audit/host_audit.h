/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_audit.h - an audit daemon of the test's own on a host where none runs, and the audit state put
 * back afterwards. A host with a daemon is left alone: host_audit_start() says so and the test skips.
 *
 * One test at a time may do this: a lock file, $SECCTR_AUDIT_LOCK or /run/lock/secctr-audit-test.lock.
 */
#ifndef SECCTR_TESTS_HOST_AUDIT_H
#define SECCTR_TESTS_HOST_AUDIT_H

#include <errno.h>
#include <fcntl.h>
#include <libaudit.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct host_audit {
	char dir[64], log[96], plugins[96], conf[96];
	int lock, fd;
	pid_t daemon;
	struct audit_status before;
};

static inline bool host_audit_status(int fd, struct audit_status *ret)
{
	struct audit_reply rep;

	if (audit_request_status(fd) < 0)
		return false;
	for (int i = 0; i < 200; i++) {
		if (audit_get_reply(fd, &rep, GET_REPLY_NONBLOCKING, 0) > 0 && rep.type == AUDIT_GET) {
			*ret = *rep.status;
			return true;
		}
		usleep(10000);
	}
	return false;
}

static inline bool host_audit_config(struct host_audit *h)
{
	FILE *f;

	snprintf(h->dir, sizeof(h->dir), "/tmp/secctr-auditd-XXXXXX");
	if (!mkdtemp(h->dir))
		return false;
	snprintf(h->log, sizeof(h->log), "%s/audit.log", h->dir);
	snprintf(h->conf, sizeof(h->conf), "%s/auditd.conf", h->dir);
	snprintf(h->plugins, sizeof(h->plugins), "%s/plugins.d", h->dir);
	f = fopen(h->conf, "w");
	if (mkdir(h->plugins, 0750) || !f)
		return false;
	fprintf(f, "local_events = yes\nwrite_logs = yes\nlog_file = %s\nlog_format = ENRICHED\nflush = NONE\n"
		"max_log_file = 8\nnum_logs = 2\nmax_log_file_action = IGNORE\nspace_left = 2\n"
		"space_left_action = IGNORE\nadmin_space_left = 1\nadmin_space_left_action = IGNORE\n"
		"disk_full_action = IGNORE\ndisk_error_action = IGNORE\nplugin_dir = %s\n", h->log, h->plugins);
	return fchmod(fileno(f), 0640) == 0 && fclose(f) == 0;
}

static inline bool host_audit_daemon(struct host_audit *h)
{
	struct audit_status s;

	h->daemon = fork();
	if (h->daemon == 0) {
		int null = open("/dev/null", O_RDWR);

		/* A test that crashes leaves no daemon behind. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(null, 1);
		dup2(null, 2);
		execl("/sbin/auditd", "auditd", "-n", "-s", "enable", "-c", h->dir, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 100; i++) {
		if (host_audit_status(h->fd, &s) && s.pid == (uint32_t)h->daemon && s.enabled)
			return true;
		usleep(50000);
	}
	return false;
}

static inline void host_audit_stop_daemon(struct host_audit *h, int sig)
{
	if (h->daemon > 0) {
		kill(h->daemon, sig);
		kill(h->daemon, SIGCONT);
		waitpid(h->daemon, NULL, 0);
	}
	h->daemon = 0;
}

static inline void host_audit_end(struct host_audit *h)
{
	host_audit_stop_daemon(h, SIGTERM);
	if (h->fd >= 0) {
		audit_set_rate_limit(h->fd, h->before.rate_limit);
		audit_set_backlog_limit(h->fd, h->before.backlog_limit);
		audit_set_enabled(h->fd, h->before.enabled);
		if (!h->before.lost)
			audit_reset_lost(h->fd);
		close(h->fd);
	}
	unlink(h->log);
	unlink(h->conf);
	rmdir(h->plugins);
	rmdir(h->dir);
	if (h->lock >= 0)
		close(h->lock);
}

/* NULL, or why it cannot be done here. */
static inline const char *host_audit_start(struct host_audit *h)
{
	const char *lock = getenv("SECCTR_AUDIT_LOCK");

	*h = (struct host_audit){ .lock = -1, .fd = -1 };
	if (geteuid() != 0)
		return "needs root";
	if (access("/sbin/auditd", X_OK))
		return "auditd is not installed";
	h->lock = open(lock ? lock : "/run/lock/secctr-audit-test.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (h->lock < 0 || flock(h->lock, LOCK_EX))
		return "no lock file";
	h->fd = audit_open();
	if (h->fd < 0 || !host_audit_status(h->fd, &h->before)) {
		close(h->lock);
		return "audit cannot be asked here (another PID or user namespace, or a kernel without)";
	}
	if (h->before.pid || h->before.enabled == 2 || h->before.rate_limit) {
		close(h->fd);
		close(h->lock);
		return "this host's own audit daemon runs; its state is left alone";
	}
	audit_set_backlog_limit(h->fd, 8192);
	if (host_audit_config(h) && host_audit_daemon(h))
		return NULL;
	host_audit_end(h);
	return "auditd could not be started";
}

#endif
