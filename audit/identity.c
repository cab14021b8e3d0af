/* SPDX-License-Identifier: Apache-2.0 */
/* identity.c - reading and setting the login UID and session, and what logind knows of them. */
#include "audit/identity.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "audit/record.h"
#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/proc.h"
#include "launcher/base/str.h"

#define SESSIONS_DIR "/run/systemd/sessions"
enum { SESSION_FILE_MAX = 16384 };

const char *identity_logind_word(enum identity_logind l)
{
	return l == IDENTITY_LOGIND_MATCH ? "match" : l == IDENTITY_LOGIND_MISMATCH ? "mismatch" : "none";
}

const char *identity_source_word(enum identity_source s)
{
	return s == IDENTITY_OWNER ? "owner" : "caller";
}

/*
 * The two files, open: what is written is read back through the descriptor that it was written to.
 * thread-self: only a thread itself may write its login UID, and each thread has its own.
 */
struct files {
	int auid, ses;
};
#define FILES_CLOSED { -1, -1 }

static void files_close(struct files *f)
{
	close_fd_auto(&f->auid);
	close_fd_auto(&f->ses);
}

static int no_identity(struct err *e)
{
	e->reason = ERR_IDENTITY;
	return err_context(e, "this kernel shows no audit identity (audit=0, or built without)");
}

static int files_open(int procfd, int flags, struct files *ret, struct err *e)
{
	ret->auid = proc_open(procfd, "thread-self/loginuid", flags, e);
	ret->ses = ret->auid < 0 ? -1 : proc_open(procfd, "thread-self/sessionid", O_RDONLY, e);
	return ret->ses < 0 ? no_identity(e) : 0;
}

/* The kernel makes the text anew for each read at the file's begin. */
static int read_number(int fd, const char *name, uint32_t *ret, struct err *e)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	uint64_t v;

	if (n < 0)
		(void)err_set(e, ERR_SYSTEM, errno, "%s: read", name);
	text[n > 0 ? n : 0] = '\0';
	if (n < 0 || str_to_u64(text, 0, UINT32_MAX, name, &v, e))
		return no_identity(e);
	*ret = (uint32_t)v;
	return 0;
}

static int read_auid(const struct files *f, uint32_t *ret, struct err *e)
{
	return read_number(f->auid, "/proc/thread-self/loginuid", ret, e);
}

static int read_ses(const struct files *f, uint32_t *ret, struct err *e)
{
	return read_number(f->ses, "/proc/thread-self/sessionid", ret, e);
}

/*
 * The session of "/user.slice/user-UID.slice/session-ID.scope[/...]", where logind puts it and only there: what
 * is below a person's own user@UID.service that person may name as they like.
 */
static bool session_in(const char *path, char ret[IDENTITY_SESSION_MAX + 1])
{
	static const char front[] = "/user.slice/user-";
	const char *at = path + strlen(front);
	size_t n;

	if (strncmp(path, front, strlen(front)) != 0)
		return false;
	n = strspn(at, "0123456789");
	at += n;
	if (n == 0 || strncmp(at, ".slice/session-", 15) != 0)
		return false;
	at += 15;
	/* What logind makes: digits, or "c" and digits. It becomes a file name. */
	n = strspn(at, "0123456789c");
	if (n == 0 || n > IDENTITY_SESSION_MAX || strncmp(at + n, ".scope", 6) != 0 || !strchr("/\n", at[n + 6]))
		return false;
	memcpy(ret, at, n);
	ret[n] = '\0';
	return true;
}

/* The first line of /proc/PID/cgroup that systemd owns: "0::PATH" of cgroup v2, "N:name=systemd:PATH". */
static bool session_of(const char *cgroup, char ret[IDENTITY_SESSION_MAX + 1])
{
	for (const char *line = cgroup; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *path = line + strspn(line, "0123456789");

		if (strncmp(path, "::", 2) == 0)
			path += 2;
		else if (strncmp(path, ":name=systemd:", 14) == 0)
			path += 14;
		else
			continue;
		if (session_in(path, ret))
			return true;
	}
	return false;
}

static uint32_t number_or_unset(const char *text)
{
	struct err ignored;
	uint64_t v;

	return str_to_u64(text, 0, UINT32_MAX, "", &v, &ignored) ? IDENTITY_UNSET : (uint32_t)v;
}

/* logind escapes in C style what is not plain; a value with anything odd is of no use in a record. */
static void copy_plain(char *to, size_t room, const char *value)
{
	to[0] = '\0';
	if (strlen(value) >= room)
		return;
	for (const char *p = value; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("\"'\\=", *p))
			return;
	memcpy(to, value, strlen(value) + 1);
}

static void take_session_line(struct identity *id, const char *line)
{
	if (str_starts(line, "UID="))
		id->session_uid = number_or_unset(line + 4);
	else if (str_starts(line, "AUDIT="))
		id->session_ses = number_or_unset(line + 6);
	else if (str_starts(line, "REMOTE_HOST="))
		copy_plain(id->host, sizeof(id->host), line + 12);
	else if (str_starts(line, "TTY="))
		copy_plain(id->tty, sizeof(id->tty), line + (str_starts(line + 4, "/dev/") ? 9 : 4));
}

void identity_cross_check(struct identity *id, const char *cgroup, int sessions_fd)
{
	auto_str struct str file = { 0 };
	struct err ignored;
	char *save, *line;

	id->logind = IDENTITY_LOGIND_NONE;
	id->session[0] = id->host[0] = id->tty[0] = '\0';
	id->session_uid = id->session_ses = IDENTITY_UNSET;
	if (!session_of(cgroup, id->session) || sessions_fd < 0)
		return;
	if (io_read_file_at(sessions_fd, id->session, SESSION_FILE_MAX, &file, &ignored) || !file.text)
		return;
	for (line = strtok_r(file.text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		take_session_line(id, line);
	if (id->session_uid != IDENTITY_UNSET)
		id->logind = id->session_uid == id->auid ? IDENTITY_LOGIND_MATCH : IDENTITY_LOGIND_MISMATCH;
}

int identity_read(int procfd, struct identity *ret, struct err *e)
{
	struct identity id = { .uid = getuid() };
	AUTO(files_close) struct files f = FILES_CLOSED;
	auto_close int sessions = -1;
	char cgroup[4096];
	struct err ignored;

	if (files_open(procfd, O_RDONLY, &f, e) || read_auid(&f, &id.auid, e) || read_ses(&f, &id.ses, e))
		return -1;
	sessions = open(SESSIONS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	/* Without them there is no logind whose groups would say anything. */
	if (sessions < 0 || proc_read(procfd, "thread-self/cgroup", cgroup, sizeof(cgroup), &ignored))
		cgroup[0] = '\0';
	identity_cross_check(&id, cgroup, sessions);
	*ret = id;
	return 0;
}

/* 0; 1 where the kernel forbids it (EPERM); -1. */
static int write_auid(const struct files *f, uint32_t auid, struct err *e)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", auid);

	/* The kernel checks the writer against the opener: both are this thread. */
	if (pwrite(f->auid, text, (size_t)n, 0) == n)
		return 0;
	if (errno == EPERM)
		return 1;
	return err_set(e, ERR_IDENTITY, errno, "setting the login UID to %u", auid);
}

/* What was written counts only as the kernel shows it. */
static int read_back(const struct files *f, uint32_t auid, uint32_t *ret_ses, struct err *e)
{
	uint32_t now, ses;

	if (read_auid(f, &now, e) || read_ses(f, &ses, e))
		return -1;
	if (now != auid)
		return err_set(e, ERR_IDENTITY, 0, "the login UID was set to %u but the kernel shows %u", auid, now);
	if (ses == IDENTITY_UNSET)
		return err_set(e, ERR_IDENTITY, 0, "the login UID is %u but the kernel gave no audit session", auid);
	if (ret_ses)
		*ret_ses = ses;
	return 0;
}

static int check_settable(uint32_t auid, struct err *e)
{
	if (auid == IDENTITY_UNSET)
		return err_set(e, ERR_IDENTITY, 0, "a container cannot run with an unset login UID");
	return 0;
}

static int set_from(const struct files *f, uint32_t was, uint32_t auid, uint32_t *ret_ses, struct err *e)
{
	int r = was == auid ? 0 : write_auid(f, auid, e);

	if (r > 0)
		return err_set(e, ERR_IDENTITY, 0, "the login UID is %u already and the kernel does not let it become "
			       "%u: it needs CAP_AUDIT_CONTROL and no loginuid-immutable feature (auditctl -s); start "
			       "from a login of that user, or from a unit, where it is unset", was, auid);
	return r ? -1 : read_back(f, auid, ret_ses, e);
}

int identity_set(int procfd, uint32_t auid, uint32_t *ret_ses, struct err *e)
{
	AUTO(files_close) struct files f = FILES_CLOSED;
	uint32_t was;

	if (check_settable(auid, e) || files_open(procfd, O_RDWR, &f, e) || read_auid(&f, &was, e))
		return -1;
	return set_from(&f, was, auid, ret_ses, e);
}

int identity_new_session(int procfd, uint32_t auid, uint32_t *ret_ses, bool *ret_own, struct err *e)
{
	AUTO(files_close) struct files f = FILES_CLOSED;
	uint32_t was, before, ses;

	if (check_settable(auid, e) || files_open(procfd, O_RDWR, &f, e) || read_auid(&f, &was, e) ||
	    read_ses(&f, &before, e))
		return -1;
	if (was != auid) {
		if (set_from(&f, was, auid, ret_ses, e))
			return -1;
		*ret_own = true;
		return 0;
	}
	if (write_auid(&f, auid, e) < 0 || read_back(&f, auid, &ses, e))
		return -1;
	*ret_ses = ses;
	*ret_own = ses != before;
	return 0;
}

static int live_number(int procfd, pid_t pid, const char *file, uint32_t want, struct err *e)
{
	char path[64], text[32];
	uint64_t is;

	(void)snprintf(path, sizeof(path), "%d/%s", (int)pid, file);
	if (proc_read(procfd, path, text, sizeof(text), e) || str_to_u64(text, 0, UINT32_MAX, file, &is, e)) {
		e->reason = ERR_IDENTITY;
		return err_context(e, "the started process");
	}
	if (is != want)
		return err_set(e, ERR_IDENTITY, 0, "the started process has %s %llu instead of %u: it was ended", file,
			       (unsigned long long)is, want);
	return 0;
}

int identity_check_live(int procfd, pid_t pid, uint32_t auid, uint32_t ses, struct err *e)
{
	return live_number(procfd, pid, "loginuid", auid, e) || live_number(procfd, pid, "sessionid", ses, e) ? -1 : 0;
}

void identity_origin(const struct identity *id, const char *exe, struct audit_origin *ret)
{
	struct in6_addr any;
	bool numeric = inet_pton(AF_INET, id->host, &any) == 1 || inet_pton(AF_INET6, id->host, &any) == 1;

	/* A name is not looked up: the answer would come from whoever runs the zone, and may not come. */
	*ret = (struct audit_origin){
		.exe = exe,
		.hostname = id->host[0] ? id->host : NULL,
		.addr = numeric ? id->host : NULL,
		.terminal = id->tty[0] ? id->tty : NULL,
	};
}
