/* SPDX-License-Identifier: Apache-2.0 */
/* certs.c - see certs.h. */
#include "launcher/image/certs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/image/registry_job.h"

/* As Debian and Red Hat have them. None is no error: a registry may have its own. */
static int read_host_ca(struct str *ca, struct err *e)
{
	static const char *const usual[] = { "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt" };

	for (size_t i = 0; i < ARRAY_LEN(usual); i++) {
		auto_close int fd = open(usual[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);

		if (fd >= 0)
			return io_read_to_str(fd, REGISTRY_PEM_MAX, usual[i], ca, e);
	}
	return 0;
}

static int open_dir(const char *dir, const char *host, char **ret_path, int *ret, struct err *e)
{
	static const char *const usual[] = { "/etc/containers/certs.d", "/etc/docker/certs.d" };

	for (size_t i = 0; i < (dir ? 1 : ARRAY_LEN(usual)); i++) {
		auto_free char *path = NULL;

		if (dir ? str_copy(dir, &path, e) : str_print(&path, e, "%s/%s", usual[i], host))
			return -1;
		*ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (*ret >= 0) {
			*ret_path = take_ptr(&path);
			return 0;
		}
		if (dir || (errno != ENOENT && errno != ENOTDIR))
			return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", path);
	}
	return 0;
}

static int read_pem(int dir, const char *path, const char *name, size_t max, struct str *to, struct err *e)
{
	auto_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s/%.64s", path, name);
	/* One behind another: a line must not run on. */
	if (to->len && str_add(to, "\n", e) < 0)
		return -1;
	return to->len > max ? err_set(e, ERR_LIMIT, 0, "%.256s: more than %zu bytes", path, max) : io_read_to_str(fd, max - to->len, name, to, e);
}

static int read_pair(int dir, const char *path, const char *name, struct str *cert, struct str *key, struct err *e)
{
	auto_free char *other = NULL;

	if (cert->len)
		return err_set(e, ERR_INPUT, 0, "%.256s: more than one *.cert", path);
	if (str_print(&other, e, "%.*s.key", (int)(strlen(name) - strlen(".cert")), name) < 0)
		return -1;
	if (read_pem(dir, path, name, REGISTRY_PAIR_MAX, cert, e) < 0)
		return -1;
	return read_pem(dir, path, other, REGISTRY_PAIR_MAX, key, e) < 0 ? err_context(e, "%.64s has no key", name) : 0;
}

static int is_pem(const struct dirent *d)
{
	return d->d_name[0] != '.' && (str_ends(d->d_name, ".crt") || str_ends(d->d_name, ".cert"));
}

int certs_load(const char *dir, const char *host, struct str *ca, struct str *cert, struct str *key, struct err *e)
{
	auto_free char *path = NULL;
	auto_close int fd = -1;
	struct dirent **list = NULL;
	int n, rc = 0;

	if (read_host_ca(ca, e) < 0 || open_dir(dir, host, &path, &fd, e) < 0)
		return -1;
	if (fd < 0)
		return 0;
	n = scandirat(fd, ".", &list, is_pem, alphasort);
	if (n < 0)
		return err_set(e, ERR_SYSTEM, errno, "%.256s", path);
	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = str_ends(list[i]->d_name, ".crt") ? read_pem(fd, path, list[i]->d_name, REGISTRY_PEM_MAX, ca, e) :
								  read_pair(fd, path, list[i]->d_name, cert, key, e);
		free(list[i]);
	}
	free(list);
	return rc;
}
