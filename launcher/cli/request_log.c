/* SPDX-License-Identifier: Apache-2.0 */
/* request_log.c - where the output is kept. */
#include <string.h>

#include "launcher/cli/request_parts.h"

enum { TAG_MAX = 64 };

static int set_driver(struct plan_monitor *m, const char *text, struct err *e)
{
	static const struct {
		const char *word;
		int driver;
	} words[] = {
		{ "k8s-file", PLAN_LOG_FILE }, { "file", PLAN_LOG_FILE }, { "json-file", PLAN_LOG_FILE },
		{ "journald", PLAN_LOG_JOURNAL }, { "none", PLAN_LOG_NONE },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].word, text) == 0) {
			m->log_driver = words[i].driver;
			return 0;
		}
	return err_set(e, ERR_INPUT, 0, "--log-driver %.32s: k8s-file, journald or none", text);
}

/* One line of a field, and no more: it stands in every entry. */
static int set_tag(struct plan_monitor *m, const char *tag, struct err *e)
{
	if (strchr(tag, '{'))
		return err_set(e, ERR_INPUT, 0, "--log-opt tag=%.64s: templates are not supported by this version", tag);
	if (!*tag || strlen(tag) > TAG_MAX || !str_is_utf8(tag, strlen(tag)) || strpbrk(tag, "\n\r"))
		return err_set(e, ERR_INPUT, 0, "--log-opt tag: one line of text, at most %d bytes", TAG_MAX);
	free_ptr_auto(&m->log_tag);	/* as podman: the last one counts */
	m->log_tag = NULL;
	return str_copy(tag, &m->log_tag, e);
}

static int set_option(struct plan_monitor *m, const char *text, struct err *e)
{
	if (str_starts(text, "max-size="))
		return str_to_size(text + 9, "--log-opt max-size", &m->log_max_size, e);
	if (str_starts(text, "tag="))
		return set_tag(m, text + 4, e);
	if (str_starts(text, "path="))
		return err_set(e, ERR_INPUT, 0, "--log-opt path: a container's log stays in its own directory; `secctr logs` reads it");
	return err_set(e, ERR_INPUT, 0, "--log-opt %.64s: max-size=SIZE or tag=TEXT", text);
}

int request_log(struct building *b, struct err *e)
{
	struct plan_monitor *m = &b->p->monitor;

	if (b->r->log_driver && set_driver(m, b->r->log_driver, e))
		return -1;
	for (size_t i = 0; i < b->r->log_opts.len; i++)
		if (set_option(m, b->r->log_opts.item[i], e))
			return -1;
	return 0;
}
