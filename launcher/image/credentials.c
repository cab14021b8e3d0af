/* SPDX-License-Identifier: Apache-2.0 */
/* credentials.c - see credentials.h. */
#include "launcher/image/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/base64.h"
#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"

#define HUB "docker.io"
#define HUB_KEY "https://index.docker.io/v1/"

/* "http://HOST/v1/" of old files is HOST; a path counts only where there is no scheme. *ret_n: of the part that counts. */
static const char *key_part(const char *key, size_t *ret_n)
{
	const char *at = str_starts(key, "https://") ? key + 8 : str_starts(key, "http://") ? key + 7 : key;

	*ret_n = at == key ? strlen(at) : strcspn(at, "/");
	return at;
}

static bool is_key(const char *key, const char *wanted, size_t n)
{
	size_t len;
	const char *part = key_part(key, &len);

	return len == n && strncmp(part, wanted, n) == 0;
}

static json_t *find_key(json_t *auths, const char *wanted, size_t n)
{
	const char *key;
	json_t *value;

	json_object_foreach(auths, key, value)
		if (is_key(key, wanted, n))
			return value;
	return NULL;
}

/* From the whole name to the host, one component less each time. */
static json_t *find_entry(json_t *auths, const char *host, const char *repository, struct err *e)
{
	auto_free char *whole = NULL;

	if (str_print(&whole, e, "%s/%s", host, repository) < 0)
		return NULL;
	for (char *end = whole + strlen(whole); end; end = strrchr(whole, '/')) {
		json_t *found;

		*end = '\0';
		found = find_key(auths, whole, strlen(whole));
		if (found)
			return found;
	}
	return strcmp(host, HUB) == 0 ? json_object_get(auths, HUB_KEY) : NULL;
}

static int split(char *both, char **user, char **password, struct err *e)
{
	char *colon = strchr(both, ':');

	if (!colon || colon == both)
		return -1;
	*colon = '\0';
	if (str_copy(both, user, e) < 0)
		return -1;
	return str_copy(colon + 1, password, e);
}

int credentials_split(const char *text, char **user, char **password, struct err *e)
{
	auto_free char *both = NULL;

	err_set(e, ERR_USAGE, 0, "credentials: not USER:PASSWORD");
	return str_copy(text, &both, e) < 0 ? -1 : split(both, user, password, e);
}

static int read_entry(const json_t *entry, const char *what, char **user, char **password, struct err *e)
{
	const char *auth = json_string_value(json_object_get(entry, "auth"));
	const char *name = json_string_value(json_object_get(entry, "username")), *secret = json_string_value(json_object_get(entry, "password"));
	const char *identity = json_string_value(json_object_get(entry, "identitytoken"));
	auto_free char *both = NULL;
	size_t n = 0;
	int rc;

	if (identity && *identity)
		return err_set(e, ERR_INPUT, 0, "%s: an identity token, which is not sent: log in with a user name and a password", what);
	if (auth && *auth) {
		if (base64_decode(auth, &both, &n, e) < 0)
			return err_context(e, "%s: auth", what);
		err_set(e, ERR_INPUT, 0, "%s: auth: not USER:PASSWORD", what);
		rc = strlen(both) == n ? split(both, user, password, e) : -1;
		explicit_bzero(both, n);
		return rc;
	}
	if (!name || !secret)
		return 0;
	return str_copy(name, user, e) < 0 || str_copy(secret, password, e) < 0 ? -1 : 0;
}

int credentials_read(const char *text, size_t len, const char *file, const char *host, const char *repository, char **user, char **password,
		     struct err *e)
{
	const char *store;
	auto_free char *what = NULL;
	auto_json json_t *j = NULL;
	json_t *entry;

	if (str_print(&what, e, "%s: %s", file, host) < 0 || json_read(text, len, file, &j, e) < 0)
		return -1;
	if (find_key(json_object_get(j, "credHelpers"), host, strlen(host)))
		return err_set(e, ERR_INPUT, 0, "%s: credHelpers: programs that keep credentials are not run; use --creds or --authfile", what);
	entry = find_entry(json_object_get(j, "auths"), host, repository, e);
	store = json_string_value(json_object_get(j, "credsStore"));
	if (entry && !json_object_size(entry) && store && *store)
		return err_set(e, ERR_INPUT, 0, "%s: credsStore: programs that keep credentials are not run; use --creds or --authfile", what);
	return entry ? read_entry(entry, what, user, password, e) : 0;
}

/* A file that is not there says nothing, unless it was asked for. */
static int read_file(const char *path, bool asked, const char *host, const char *repository, char **user, char **password, struct err *e)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	auto_str struct str text = { 0 };
	struct stat st;
	int rc;

	if (fd < 0)
		return !asked && (errno == ENOENT || errno == ENOTDIR) ? 0 : err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", path);
	if (fstat(fd, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "%.256s", path);
	if (io_read_regular(fd, &st, CREDENTIALS_FILE_MAX, path, &text, e) < 0)
		return -1;
	if (!text.len)
		return 0;
	rc = credentials_read(text.text, text.len, path, host, repository, user, password, e);
	explicit_bzero(text.text, text.len);
	return rc;
}

int credentials_find(const char *authfile, const char *host, const char *repository, char **user, char **password, struct err *e)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *config = getenv("XDG_CONFIG_HOME"), *docker = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
	auto_free char *first = NULL, *second = NULL, *third = NULL;

	if (authfile)
		return read_file(authfile, true, host, repository, user, password, e);
	if (!home)
		home = "/root";
	if (runtime && *runtime ? str_print(&first, e, "%s/containers/auth.json", runtime) : str_print(&first, e, "/run/containers/%u/auth.json", geteuid()))
		return -1;
	if (config && *config ? str_print(&second, e, "%s/containers/auth.json", config) : str_print(&second, e, "%s/.config/containers/auth.json", home))
		return -1;
	if (docker && *docker ? str_print(&third, e, "%s/config.json", docker) : str_print(&third, e, "%s/.docker/config.json", home))
		return -1;
	const char *const list[] = { first, second, third };
	for (size_t i = 0; i < ARRAY_LEN(list) && !*user; i++)
		if (read_file(list[i], false, host, repository, user, password, e) < 0)
			return -1;
	return 0;
}
