/* SPDX-License-Identifier: Apache-2.0 */
/* image_changes.c - see image_changes.h. */
#include "launcher/cli/image_changes.h"

#include <string.h>

#include "launcher/base/json.h"
#include "launcher/cli/run_request.h"

typedef int change_fn(void *to, const char *value, struct err *e);

static int set_text(void *to, const char *value, struct err *e)
{
	free(*(char **)to);
	*(char **)to = NULL;
	return str_copy(value, to, e);
}

static int set_dir(void *to, const char *value, struct err *e)
{
	return value[0] == '/' ? set_text(to, value, e) : err_set(e, ERR_INPUT, 0, "must be an absolute path");
}

static int set_signal(void *to, const char *value, struct err *e)
{
	int ignored;

	return signal_number(value, &ignored, e) ? -1 : set_text(to, value, e);
}

static int add_array(struct strv *v, const char *text, struct err *e)
{
	auto_json json_t *j = NULL;
	json_t *word;
	size_t i;

	if (json_read(text, strlen(text), "array", &j, e))
		return -1;
	json_array_foreach(j, i, word)
		if (!json_is_string(word))
			return err_set(e, ERR_INPUT, 0, "element %zu is not a string", i);
		else if (strv_add(v, json_string_value(word), e))
			return -1;
	return 0;
}

/* An array of words; else a line for the shell, as in a Dockerfile. */
static int set_command(void *to, const char *value, struct err *e)
{
	struct strv *v = to;

	strv_done(v);
	if (value[0] == '[')
		return add_array(v, value, e);
	return strv_add(v, "/bin/sh", e) || strv_add(v, "-c", e) || strv_add(v, value, e) ? -1 : 0;
}

static int set_pair(void *to, const char *value, struct err *e)
{
	auto_free char *text = NULL;
	char *eq;

	if (str_copy(value, &text, e))
		return -1;
	eq = strchr(text, '=');
	if (!eq)
		eq = strchr(text, ' ');
	if (!eq || eq == text)
		return err_set(e, ERR_INPUT, 0, "must be KEY=VALUE");
	*eq = '=';
	return strv_set_env(to, text, e);
}

static int add_volume(void *to, const char *value, struct err *e)
{
	if (value[0] == '[')
		return add_array(to, value, e);
	return value[0] == '/' ? strv_add(to, value, e) : err_set(e, ERR_INPUT, 0, "must be an absolute path");
}

/* PORT[/tcp|udp|sctp] */
static int add_port(void *to, const char *value, struct err *e)
{
	static const char *const protocols[] = { "tcp", "udp", "sctp" };
	auto_free char *text = NULL;
	const char *protocol = "tcp";
	uint64_t port;
	char *slash;

	if (str_copy(value, &text, e))
		return -1;
	slash = strchr(text, '/');
	if (slash) {
		*slash = '\0';
		protocol = slash + 1;
	}
	if (str_to_u64(text, 1, 65535, "port", &port, e))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		if (strcmp(protocol, protocols[i]) == 0) {
			auto_free char *whole = NULL;

			return str_print(&whole, e, "%llu/%s", (unsigned long long)port, protocol) || strv_add(to, whole, e) ? -1 : 0;
		}
	return err_set(e, ERR_INPUT, 0, "protocol %.16s: tcp, udp or sctp", protocol);
}

static const struct {
	const char *word;
	size_t offset;
	change_fn *apply;
} changes[] = {
	{ "CMD", offsetof(struct image, cmd), set_command },
	{ "ENTRYPOINT", offsetof(struct image, entrypoint), set_command },
	{ "ENV", offsetof(struct image, env), set_pair },
	{ "EXPOSE", offsetof(struct image, exposed_ports), add_port },
	{ "LABEL", offsetof(struct image, labels), set_pair },
	{ "STOPSIGNAL", offsetof(struct image, stop_signal), set_signal },
	{ "USER", offsetof(struct image, user), set_text },
	{ "VOLUME", offsetof(struct image, volumes), add_volume },
	{ "WORKDIR", offsetof(struct image, working_dir), set_dir },
};

int image_change(struct image *i, const char *text, struct err *e)
{
	size_t n = strcspn(text, " =");
	const char *value = text + n;

	value += *value == '=' ? 1 : strspn(value, " ");
	if (!str_is_utf8(text, strlen(text)))
		return err_set(e, ERR_INPUT, 0, "--change: not UTF-8");
	for (size_t k = 0; k < ARRAY_LEN(changes); k++) {
		if (strlen(changes[k].word) != n || strncasecmp(text, changes[k].word, n) != 0)
			continue;
		if (!*value)
			return err_set(e, ERR_INPUT, 0, "--change %.64s: needs a value", text);
		return changes[k].apply((char *)i + changes[k].offset, value, e) ? err_context(e, "--change %.64s", text) : 0;
	}
	return err_set(e, ERR_INPUT, 0, "--change %.64s: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME or WORKDIR",
		       text);
}
