/* SPDX-License-Identifier: Apache-2.0 */
/* ps_filter.c - see ps_filter.h. Keys and their meanings are podman-ps(1)'s; policy and login are ours. */
#include "launcher/cli/ps_filter.h"

#include <pwd.h>
#include <regex.h>
#include <string.h>

#include "launcher/cli/when.h"
#include "launcher/store/images.h"

struct filter {
	const struct filter_kind *kind;
	const char *value;
	regex_t regex;
	bool has_regex;
	int64_t number;			/* a login UID, an exit code, a time in microseconds */
	struct strv names;		/* of an image: its digest and references */
};

struct filter_kind {
	const char *key;
	int (*read)(struct context *c, struct filter *f, struct err *e);	/* NULL: any text */
	bool (*match)(const struct filter *f, struct ps_item *i);
	bool each;			/* every one of this key must fit, not one of them */
};

struct ps_filters {
	struct filter item[PS_FILTERS_MAX];
	size_t len;
};

static int read_regex(struct context *c, struct filter *f, struct err *e)
{
	char why[128];
	int r = regcomp(&f->regex, f->value, REG_EXTENDED | REG_NOSUB);

	(void)c;
	if (r) {
		(void)regerror(r, &f->regex, why, sizeof(why));
		return err_set(e, ERR_USAGE, 0, "--filter %s=%.64s: %s", f->kind->key, f->value, why);
	}
	f->has_regex = true;
	return 0;
}

static bool matches_regex(const struct filter *f, const char *text)
{
	return text && regexec(&f->regex, text, 0, NULL, 0) == 0;
}

static bool match_name(const struct filter *f, struct ps_item *i)
{
	return matches_regex(f, i->look.state.name);
}

/* Hex digits are the front of an id; with anything else it is a pattern. */
static bool match_id(const struct filter *f, struct ps_item *i)
{
	const char *id = i->look.state.id;

	return f->value[strspn(f->value, "0123456789abcdef")] ? matches_regex(f, id) : str_starts(id, f->value);
}

static const char *plain_status(const char *word)
{
	return strcmp(word, "stopped") == 0 ? "exited" : strcmp(word, "configured") == 0 ? "created" : word;
}

static int read_status(struct context *c, struct filter *f, struct err *e)
{
	char known[160] = "";

	(void)c;
	for (int i = 1; container_status_words[i]; i++) {
		size_t n = strlen(known);

		if (strcmp(plain_status(f->value), container_status_words[i]) == 0)
			return 0;
		snprintf(known + n, sizeof(known) - n, "%s%s", n ? ", " : "", container_status_words[i]);
	}
	/* Podman's words for what no container here ever is. */
	for (const char *const *w = (const char *const[]){ "unknown", "initialized", "removing", NULL }; *w; w++)
		if (strcmp(f->value, *w) == 0)
			return 0;
	return err_set(e, ERR_USAGE, 0, "--filter status=%.32s: no such status; there are %s", f->value, known);
}

static bool match_status(const struct filter *f, struct ps_item *i)
{
	return strcmp(container_status_words[i->look.state.status], plain_status(f->value)) == 0;
}

static bool match_policy(const struct filter *f, struct ps_item *i)
{
	return i->look.state.policy && strcmp(i->look.state.policy, f->value) == 0;
}

static bool match_label(const struct filter *f, struct ps_item *i)
{
	const struct strv *labels = &i->look.state.labels;

	return strchr(f->value, '=') ? strv_has(labels, f->value) : strv_env(labels, f->value) != NULL;
}

static bool match_no_label(const struct filter *f, struct ps_item *i)
{
	return !match_label(f, i);
}

/* A name or a number; a name that only digits make is a number, as everywhere (userdb.h). */
static int read_login(struct context *c, struct filter *f, struct err *e)
{
	const struct passwd *account;
	struct err ignored;
	uint64_t n;

	(void)c;
	if (str_to_u64(f->value, 0, UINT32_MAX, "login", &n, &ignored) == 0) {
		f->number = (int64_t)n;
		return 0;
	}
	account = getpwnam(f->value);
	if (!account)
		return err_set(e, ERR_USAGE, 0, "--filter login=%.64s: no such account", f->value);
	f->number = account->pw_uid;
	return 0;
}

static bool match_login(const struct filter *f, struct ps_item *i)
{
	return i->look.state.auid == f->number;
}

static int read_exited(struct context *c, struct filter *f, struct err *e)
{
	uint64_t n;

	(void)c;
	if (str_to_u64(f->value, 0, 255, "--filter exited", &n, e))
		return -1;
	f->number = (int64_t)n;
	return 0;
}

static bool match_exited(const struct filter *f, struct ps_item *i)
{
	return i->look.ended && i->look.exit.exit_code == f->number;
}

/* The creation of another container. */
static int read_container(struct context *c, struct filter *f, struct err *e)
{
	auto_look struct look l;

	look_init(&l);
	if (look_at(c, f->value, &l, e))
		return err_context(e, "--filter %s=%.64s", f->kind->key, f->value);
	f->number = l.state.created;
	return 0;
}

static int read_until(struct context *c, struct filter *f, struct err *e)
{
	(void)c;
	return when_read(f->value, "--filter until", &f->number, e);
}

static bool match_before(const struct filter *f, struct ps_item *i)
{
	return i->look.state.created < f->number;
}

static bool match_since(const struct filter *f, struct ps_item *i)
{
	return i->look.state.created > f->number;
}

/* Also what no image here has any more: containers keep the reference that they were started with. */
static int read_ancestor(struct context *c, struct filter *f, struct err *e)
{
	auto_image struct image image;
	struct err why = { 0 };

	image_init(&image);
	if (strv_add(&f->names, f->value, e))
		return -1;
	if (context_store(c, e))
		return -1;
	if (image_resolve(&c->store, f->value, &image, &why))
		return 0;
	for (size_t i = 0; i < image.refs.len; i++)
		if (strv_add(&f->names, image.refs.item[i], e))
			return -1;
	return strv_add(&f->names, image.digest, e);
}

static bool match_ancestor(const struct filter *f, struct ps_item *i)
{
	const struct plan *p;

	if (i->look.state.image && strv_has(&f->names, i->look.state.image))
		return true;
	p = f->names.len > 1 ? ps_plan(i) : NULL;
	return p && p->root.image_digest && strv_has(&f->names, p->root.image_digest);
}

/* A source on the host, a volume's name, or a target inside. */
static bool match_volume(const struct filter *f, struct ps_item *i)
{
	const struct plan *p = ps_plan(i);

	for (size_t k = 0; p && k < p->mounts.len; k++) {
		const struct plan_mount *m = PLAN_MOUNT(p, k);

		if ((m->kind == PLAN_MOUNT_BIND || m->kind == PLAN_MOUNT_VOLUME) && !m->standard &&
		    (strcmp(m->target, f->value) == 0 || (m->source && strcmp(m->source, f->value) == 0)))
			return true;
	}
	return false;
}

static bool match_command(const struct filter *f, struct ps_item *i)
{
	const char *command = i->look.state.command;
	size_t n = strlen(f->value);

	return command && strncmp(command, f->value, n) == 0 && (command[n] == '\0' || command[n] == ' ');
}

static int read_restart(struct context *c, struct filter *f, struct err *e)
{
	(void)c;
	f->number = PLAN_RESTART_NO;
	if (strcmp(f->value, "no") == 0 || strcmp(f->value, "none") == 0)
		return 0;
	for (int i = PLAN_RESTART_NO + 1; plan_restart_words[i]; i++)
		if (strcmp(plan_restart_words[i], f->value) == 0)
			f->number = i;
	if (f->number != PLAN_RESTART_NO)
		return 0;
	return err_set(e, ERR_USAGE, 0, "--filter restart-policy=%.32s: no, on-failure, always or unless-stopped", f->value);
}

static bool match_restart(const struct filter *f, struct ps_item *i)
{
	return i->look.state.restart == f->number;
}

static int read_boot(struct context *c, struct filter *f, struct err *e)
{
	(void)c;
	f->number = strcmp(f->value, "true") == 0;
	if (f->number || strcmp(f->value, "false") == 0)
		return 0;
	return err_set(e, ERR_USAGE, 0, "--filter should-start-on-boot=%.32s: true or false", f->value);
}

/* As podman: always, and unless-stopped where nobody stopped it. */
static bool match_boot(const struct filter *f, struct ps_item *i)
{
	auto_close int dir = i->look.state.restart == PLAN_RESTART_UNLESS_STOPPED ? ps_dir(i) : -1;
	bool yes = i->look.state.restart == PLAN_RESTART_ALWAYS || (dir >= 0 && !container_is_stopped(dir));

	return yes == (f->number != 0);
}

static const struct filter_kind kinds[] = {
	{ "ancestor", read_ancestor, match_ancestor, false }, { "before", read_container, match_before, false },
	{ "command", NULL, match_command, false }, { "exited", read_exited, match_exited, false },
	{ "id", read_regex, match_id, false }, { "label", NULL, match_label, true }, { "label!", NULL, match_no_label, true },
	{ "login", read_login, match_login, false }, { "name", read_regex, match_name, false },
	{ "policy", NULL, match_policy, false }, { "restart-policy", read_restart, match_restart, false },
	{ "should-start-on-boot", read_boot, match_boot, false }, { "since", read_container, match_since, false },
	{ "status", read_status, match_status, false }, { "until", read_until, match_before, false },
	{ "volume", NULL, match_volume, false },
};

static int no_such_filter(const char *text, size_t n, struct err *e)
{
	static const struct {
		const char *key, *why;
	} podmans[] = {
		{ "pod", "there are no pods" }, { "network", "a container's network is its policy's; see inspect" },
		{ "health", "there are no health checks" },
	};
	char known[256] = "";

	for (size_t i = 0; i < ARRAY_LEN(podmans); i++)
		if (strlen(podmans[i].key) == n && memcmp(podmans[i].key, text, n) == 0)
			return err_set(e, ERR_USAGE, 0, "--filter %s: not in secctr: %s", podmans[i].key, podmans[i].why);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		size_t used = strlen(known);

		snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "", kinds[i].key);
	}
	return err_set(e, ERR_USAGE, 0, "--filter %.64s: no such filter; there are %s", text, known);
}

static int read_one(struct context *c, struct filter *f, const char *text, struct err *e)
{
	const char *eq = strchr(text, '=');
	size_t n = eq ? (size_t)(eq - text) : strlen(text);

	for (size_t i = 0; i < ARRAY_LEN(kinds) && !f->kind; i++)
		if (strlen(kinds[i].key) == n && memcmp(kinds[i].key, text, n) == 0)
			f->kind = &kinds[i];
	if (!f->kind)
		return no_such_filter(text, n, e);
	if (!eq)
		return err_set(e, ERR_USAGE, 0, "--filter %.64s: needs a value, %s=VALUE", text, f->kind->key);
	f->value = eq + 1;
	return f->kind->read ? f->kind->read(c, f, e) : 0;
}

int ps_filters_read(struct context *c, const struct opt_list *text, struct ps_filters **ret, struct err *e)
{
	AUTO(ps_filters_free_auto) struct ps_filters *f = calloc(1, sizeof(*f));

	if (!f)
		return err_set(e, ERR_SYSTEM, ENOMEM, "filters");
	if (text->len > PS_FILTERS_MAX)
		return err_set(e, ERR_LIMIT, 0, "more than %d filters", PS_FILTERS_MAX);
	for (size_t i = 0; i < text->len; i++)
		if (read_one(c, &f->item[f->len++], text->item[i], e))
			return -1;
	*ret = take_ptr(&f);
	return 0;
}

void ps_filters_free(struct ps_filters *f)
{
	for (size_t i = 0; f && i < f->len; i++) {
		if (f->item[i].has_regex)
			regfree(&f->item[i].regex);
		strv_done(&f->item[i].names);
	}
	free(f);
}

bool ps_filters_by_status(const struct ps_filters *f)
{
	for (size_t i = 0; i < f->len; i++)
		if (f->item[i].kind->match == match_status)
			return true;
	return false;
}

bool ps_filters_match(const struct ps_filters *f, struct ps_item *i)
{
	for (size_t k = 0; k < f->len; k++) {
		const struct filter_kind *kind = f->item[k].kind;
		bool fits = false;

		for (size_t n = 0; n < f->len && !fits; n++)
			fits = f->item[n].kind == kind && (!kind->each || n == k) && kind->match(&f->item[n], i);
		if (!fits)
			return false;
	}
	return true;
}
