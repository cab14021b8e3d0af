/* SPDX-License-Identifier: Apache-2.0 */
/* label.c - security contexts: made, checked, applied, read back, verified. */
#include "selinux/label.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/proc.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static int check_words(const char *type, const char *level, struct err *e)
{
	size_t n = strlen(type);

	if (!n || n >= LABEL_TYPE_MAX || strchr(DIGITS ".", type[0]) ||
	    strspn(type, LETTERS DIGITS "_.") != n)
		return err_set(e, ERR_INPUT, 0, "SELinux type \"%.128s\": a letter or _, then letters, "
			       "digits, _ and ., at most %d", type, LABEL_TYPE_MAX - 1);
	if (!level)
		return 0;
	n = strlen(level);
	if (n >= LABEL_LEVEL_MAX || level[0] != 's' || strspn(level, "sc" DIGITS ".,:-") != n)
		return err_set(e, ERR_INPUT, 0, "SELinux level \"%.128s\": not of the form s0:c1,c2", level);
	return 0;
}

static int compose(const char *role, const char *type, const char *level, char *ret, struct err *e)
{
	if (check_words(type, level, e))
		return -1;
	/* Cannot be cut: the two limits leave room in LABEL_MAX. */
	snprintf(ret, LABEL_MAX, "system_u:%s:%s%s%s", role, type, level ? ":" : "", level ? level : "");
	return 0;
}

int label_process(const char *type, const char *level, char ret[static LABEL_MAX], struct err *e)
{
	return compose("system_r", type, level, ret, e);
}

int label_file(const char *type, const char *level, char ret[static LABEL_MAX], struct err *e)
{
	return compose("object_r", type, level, ret, e);
}

/* The text after the n-th colon, or NULL. */
static const char *after_colon(const char *context, unsigned n)
{
	while (n-- && context) {
		context = strchr(context, ':');
		if (context)
			context++;
	}
	return context;
}

int label_type(const char *context, char ret[static LABEL_TYPE_MAX], struct err *e)
{
	const char *type = after_colon(context, 2);
	size_t n = type ? strcspn(type, ":") : 0;

	if (!n || n >= LABEL_TYPE_MAX)
		return err_set(e, ERR_INPUT, 0, "\"%.200s\" is no SELinux context", context);
	memcpy(ret, type, n);
	ret[n] = '\0';
	return 0;
}

const char *label_level(const char *context)
{
	const char *level = after_colon(context, 3);

	return level ? level : "";
}

int label_check(const char *context, char *ret_canonical, struct err *e)
{
	auto_close int fs = selinuxfs_open(e);
	char answer[LABEL_MAX];

	if (fs < 0)
		return -1;
	if (strlen(context) >= LABEL_MAX)
		return err_set(e, ERR_INPUT, 0, "SELinux context over %d bytes", LABEL_MAX - 1);
	if (selinuxfs_ask(fs, "context", context, answer, sizeof(answer), e)) {
		if (e->sys == EINVAL)
			return err_set(e, ERR_LABEL, 0, "the loaded policy does not know the context %.300s "
				       "(secctr selinux install loads our types)", context);
		return err_context(e, "context %.128s", context);
	}
	if (ret_canonical)
		memcpy(ret_canonical, answer, strlen(answer) + 1);
	return 0;
}

/*
 * Through one descriptor, so what is read back is what was written. The kernel returns
 * its own spelling with a NUL at the end; nothing at all where no label is set.
 */
static int apply(int procfd, const char *name, const char *context, struct err *e)
{
	char path[32], back[LABEL_MAX];
	const char *text = context ? context : "\n";
	size_t n = strlen(text);
	auto_close int fd = -1;
	ssize_t got;

	if (n >= LABEL_MAX)
		return err_set(e, ERR_INPUT, 0, "SELinux context over %d bytes", LABEL_MAX - 1);
	snprintf(path, sizeof(path), "thread-self/attr/%s", name);
	fd = proc_open(procfd, path, O_RDWR | O_CLOEXEC, e);
	if (fd < 0)
		return -1;
	if (write(fd, text, n) != (ssize_t)n)
		return err_set(e, ERR_LABEL, errno, "write attr/%s: %.200s", name, context ? context : "(none)");
	got = pread(fd, back, sizeof(back) - 1, 0);
	if (got < 0)
		return err_set(e, ERR_LABEL, errno, "read back attr/%s", name);
	back[got] = '\0';
	back[strcspn(back, "\n")] = '\0';
	if (strcmp(back, context ? context : ""))
		return err_set(e, ERR_LABEL, 0, "attr/%s: asked for %.180s, the kernel holds %.180s", name,
			       context ? context : "(none)", back[0] ? back : "(none)");
	return 0;
}

int label_apply_exec(int procfd, const char *context, struct err *e)
{
	return apply(procfd, "exec", context, e);
}

int label_apply_keycreate(int procfd, const char *context, struct err *e)
{
	return apply(procfd, "keycreate", context, e);
}

/* Another LSM answers in the same files, so SELinux is looked for first. */
static int read_attr(int procfd, const char *path, char *ret, struct err *e)
{
	auto_close int fs = selinuxfs_open(e);
	char buf[LABEL_MAX + 1];

	if (fs < 0)
		return -1;
	if (proc_read(procfd, path, buf, sizeof(buf), e))
		return -1;
	if (strlen(buf) >= LABEL_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s: context over %d bytes", path, LABEL_MAX - 1);
	if (!buf[0])
		return err_set(e, ERR_LABEL, 0, "%s holds no context", path);
	memcpy(ret, buf, strlen(buf) + 1);
	return 0;
}

int label_verify_live(int procfd, pid_t pid, const char *context, struct err *e)
{
	char path[40], live[LABEL_MAX], wanted[LABEL_MAX];

	snprintf(path, sizeof(path), "%d/attr/current", (int)pid);
	if (read_attr(procfd, path, live, e))
		return -1;
	if (!strcmp(live, context))
		return 0;
	if (label_check(context, wanted, e))
		return -1;
	if (strcmp(live, wanted))
		return err_set(e, ERR_LABEL, 0, "process %d runs as %.180s instead of %.180s", (int)pid, live,
			       wanted);
	return 0;
}

int label_of_self(int procfd, char ret[static LABEL_MAX], struct err *e)
{
	return read_attr(procfd, "thread-self/attr/current", ret, e);
}

int label_of_caller(int procfd, char ret[static LABEL_MAX], struct err *e)
{
	return read_attr(procfd, "thread-self/attr/prev", ret, e);
}

int label_of_peer(int socket, char ret[static LABEL_MAX], struct err *e)
{
	auto_close int fs = selinuxfs_open(e);
	char buf[LABEL_MAX];
	socklen_t n = sizeof(buf) - 1;

	if (fs < 0)
		return -1;
	if (getsockopt(socket, SOL_SOCKET, SO_PEERSEC, buf, &n))
		return err_set(e, ERR_LABEL, errno, "SELinux context of the peer");
	buf[n] = '\0';
	if (!buf[0])
		return err_set(e, ERR_LABEL, 0, "the peer has no SELinux context");
	memcpy(ret, buf, strlen(buf) + 1);
	return 0;
}
