/* SPDX-License-Identifier: Apache-2.0 */
/* request_devices.c - --device and --device-cgroup-rule. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "launcher/base/path.h"
#include "launcher/cli/request_parts.h"

static bool is_access(const char *text)
{
	size_t n = strlen(text);

	return n >= 1 && n <= 3 && strspn(text, "rwm") == n && (n < 2 || text[0] != text[1]) &&
	       (n < 3 || (text[2] != text[0] && text[2] != text[1]));
}

static int add_node(struct plan *p, const char *option, const char *path, const char *target, const char *access,
		    struct err *e)
{
	struct plan_device *d;
	struct stat st;

	if (stat(path, &st))
		return err_set(e, ERR_SYSTEM, errno, "%.128s", path);
	if (S_ISDIR(st.st_mode))
		return err_set(e, ERR_INPUT, 0, "--device %.128s: is a directory; name each device", option);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(e, ERR_INPUT, 0, "--device %.128s: not a device", option);
	for (const char *const *own = (const char *const[]){ "/dev/pts", "/dev/shm", "/dev/mqueue", NULL }; *own; own++)
		if (path_has_prefix(target, *own))
			return err_set(e, ERR_INPUT, 0, "--device %.128s: %s is a file system of its own", option, *own);
	d = plan_device_add(p, e);
	if (!d)
		return -1;
	d->major = major(st.st_rdev);
	d->minor = minor(st.st_rdev);
	return str_copy(S_ISCHR(st.st_mode) ? "c" : "b", &d->type, e) || str_copy(path, &d->path, e) ||
	       str_copy(target, &d->target, e) || str_copy(access, &d->access, e) ? -1 : 0;
}

/* HOST[:TARGET][:ACCESS]; the second of two is an access if it could be one, as in podman. */
static int add_device(struct plan *p, const char *text, struct err *e)
{
	auto_free char *copy = NULL, *path = NULL;
	char *part[3] = { NULL }, *rest, *word;
	size_t n = 0;
	const char *target, *access = "rwm";

	if (str_copy(text, &copy, e))
		return -1;
	for (rest = copy; (word = strsep(&rest, ":")); n++)
		if (n < ARRAY_LEN(part))
			part[n] = word;
	if (n > ARRAY_LEN(part) || *part[0] != '/')
		return err_set(e, ERR_INPUT, 0, "--device %.128s: not HOST[:TARGET][:rwm]", text);
	target = part[0];
	if (n == 2 && is_access(part[1]))
		access = part[1];
	else if (n >= 2 && *part[1] == '/')
		target = part[1];
	else if (n >= 2)
		return err_set(e, ERR_INPUT, 0, "--device %.128s: invalid device mode %.16s: of r, w and m, each once", text, part[1]);
	if (n == 3)
		access = part[2];
	if (!is_access(access))
		return err_set(e, ERR_INPUT, 0, "--device %.128s: invalid device mode %.16s: of r, w and m, each once", text, access);
	path = realpath(part[0], NULL);
	if (!path)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "--device %.128s", part[0]);
	return add_node(p, text, path, target, access, e);
}

static int add_rule(struct plan *p, const char *type, int64_t major_, int64_t minor_, const char *access, struct err *e)
{
	struct plan_device *d = plan_device_add(p, e);

	if (!d)
		return -1;
	d->major = major_;
	d->minor = minor_;
	return str_copy(type, &d->type, e) || str_copy(access, &d->access, e) ? -1 : 0;
}

static int rule_number(const char *text, int64_t *ret)
{
	struct err ignored;
	uint64_t n;

	*ret = -1;
	if (strcmp(text, "*") == 0)
		return 0;
	if (str_to_u64(text, 0, UINT32_MAX, "number", &n, &ignored))
		return -1;
	*ret = (int64_t)n;
	return 0;
}

/* "c 1:3 rwm" */
static int read_rule(struct plan *p, const char *text, struct err *e)
{
	auto_free char *copy = NULL;
	char *rest, *type, *first, *second, *access;
	int64_t major_, minor_;

	if (str_copy(text, &copy, e))
		return -1;
	rest = copy;
	type = strsep(&rest, " ");
	first = strsep(&rest, ":");
	second = strsep(&rest, " ");
	access = rest;
	if (!access || strlen(type) != 1 || !strchr("abc", *type) || rule_number(first, &major_) ||
	    rule_number(second, &minor_) || !is_access(access))
		return err_set(e, ERR_INPUT, 0, "--device-cgroup-rule %.64s: not \"TYPE MAJOR:MINOR ACCESS\", such as \"c 10:200 rw\"",
			       text);
	if (*type != 'a')
		return add_rule(p, type, major_, minor_, access, e);
	return add_rule(p, "c", major_, minor_, access, e) || add_rule(p, "b", major_, minor_, access, e) ? -1 : 0;
}

int request_devices(struct building *b, struct err *e)
{
	for (size_t i = 0; i < b->r->devices.len; i++)
		if (add_device(b->p, b->r->devices.item[i], e))
			return -1;
	for (size_t i = 0; i < b->r->device_rules.len; i++)
		if (read_rule(b->p, b->r->device_rules.item[i], e))
			return -1;
	return 0;
}
