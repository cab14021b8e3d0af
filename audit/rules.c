/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c - reading a rule file, asking the kernel for its state and rules, and comparing the two. */
#include "audit/rules.h"

#include <errno.h>
#include <libaudit.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/events.h"
#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "launcher/base/str.h"

enum { FILE_MAX = 262144, REPLIES_MAX = 3 * AUDIT_LOADED_MAX };

/* What a loaded rule is compared by. */
struct loaded {
	uint32_t list, action;
	bool suppresses;
	char key[AUDIT_MAX_KEY_LEN + 1];
};

static void rows_free(struct audit_rule_row *row, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(row[i].text);
		free(row[i].key);
	}
	free(row);
}

void audit_rules_done(struct audit_rules_status *s)
{
	rows_free(s->row, s->rows);
	*s = (struct audit_rules_status){ 0 };
}

/* "-k KEY" or "-F key=KEY"; NULL if the rule has none. */
static char *key_of(const char *text)
{
	const char *at = strstr(text, " -k ");
	size_t front = 4;

	if (!at) {
		at = strstr(text, " -F key=");
		front = 8;
	}
	if (!at)
		return NULL;
	at += front;
	return strndup(at, strcspn(at, " \t"));
}

static int add_row(struct audit_rule_row **rows, size_t *n, const char *file, const char *text, unsigned line,
		   struct err *e)
{
	struct audit_rule_row *more;

	if (*n == AUDIT_RULES_MAX || strlen(text) > AUDIT_RULE_TEXT_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s:%u: more than %d rules, or a rule longer than %d bytes", file, line,
			       AUDIT_RULES_MAX, AUDIT_RULE_TEXT_MAX);
	more = reallocarray(*rows, *n + 1, sizeof(*more));
	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "%s", file);
	*rows = more;
	more[*n] = (struct audit_rule_row){ .text = strdup(text), .key = key_of(text), .line = line };
	++*n;
	if (!more[*n - 1].text)
		return err_set(e, ERR_SYSTEM, ENOMEM, "%s", file);
	if (!more[*n - 1].key)
		return err_set(e, ERR_INPUT, 0, "%s:%u: a rule of secctr needs a key", file, line);
	return 0;
}

static int read_text(const char *file, struct str *ret, struct err *e)
{
	auto_close int dir = -1;
	auto_free char *parent = NULL;
	const char *name = strrchr(file, '/');

	if (!name || name == file)
		return err_set(e, ERR_USAGE, 0, "%s: give the rule file by its whole path", file);
	parent = strndup(file, (size_t)(name - file));
	if (!parent)
		return err_set(e, ERR_SYSTEM, ENOMEM, "%s", file);
	dir = path_open_trusted_dir(parent, true, e);
	if (dir < 0)
		return -1;
	return io_read_file_at(dir, name + 1, FILE_MAX, ret, e);
}

int audit_rules_read(const char *rules_file, struct audit_rule_row **ret, size_t *ret_n, struct err *e)
{
	auto_str struct str text = { 0 };
	struct audit_rule_row *rows = NULL;
	char *at;
	unsigned number = 1;
	size_t n = 0;

	if (read_text(rules_file, &text, e))
		return -1;
	for (at = text.text; at && *at; number++) {
		char *next = strchr(at, '\n');

		if (next)
			*next = '\0';
		if ((str_starts(at, "-a ") || str_starts(at, "-A ") || str_starts(at, "-w ")) &&
		    add_row(&rows, &n, rules_file, at, number, e)) {
			rows_free(rows, n);
			return -1;
		}
		at = next ? next + 1 : NULL;
	}
	*ret = rows;
	*ret_n = n;
	return 0;
}

/* Types that secctr writes, and those without which a report lacks who and what. */
static bool needs_type(uint32_t type)
{
	static const uint16_t others[] = { AUDIT_LOGIN, AUDIT_SYSCALL, AUDIT_EXECVE, AUDIT_AVC, AUDIT_SECCOMP, AUDIT_CONFIG_CHANGE,
					   AUDIT_USER_LOGIN };

	for (size_t i = 0; i < AUDIT_EVENT_COUNT; i++)
		if (audit_event_rows[i].type == type)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (others[i] == type)
			return true;
	return false;
}

/*
 * May the rule keep such a record from the log? Lists "exclude" and "user,never" do that. One that names another type of record does not,
 * nor does one about a domain, as the one that keeps containers of other runtimes from writing records (secctr-doctor(1)).
 */
static bool suppresses(const struct audit_rule_data *r)
{
	uint32_t list = r->flags & AUDIT_FILTER_MASK;

	if (list != AUDIT_FILTER_EXCLUDE && !(list == AUDIT_FILTER_USER && r->action == AUDIT_NEVER))
		return false;
	for (uint32_t i = 0; i < r->field_count && i < AUDIT_MAX_FIELDS; i++) {
		if (r->fields[i] == AUDIT_SUBJ_TYPE)
			return false;
		if (r->fields[i] == AUDIT_MSGTYPE && r->fieldflags[i] == AUDIT_EQUAL && !needs_type(r->values[i]))
			return false;
	}
	return true;
}

/* String fields lie behind one another in buf, in the order of their fields; values[] holds the lengths. */
static void take_rule(const struct audit_rule_data *r, struct loaded *ret)
{
	size_t at = 0;

	*ret = (struct loaded){ .list = r->flags & AUDIT_FILTER_MASK, .action = r->action, .suppresses = suppresses(r) };
	for (uint32_t i = 0; i < r->field_count && i < AUDIT_MAX_FIELDS; i++) {
		uint32_t f = r->fields[i] & ~(uint32_t)AUDIT_OPERATORS;
		bool text = (f >= AUDIT_SUBJ_USER && f <= AUDIT_OBJ_LEV_HIGH) || f == AUDIT_WATCH || f == AUDIT_DIR ||
			    f == AUDIT_FILTERKEY || f == AUDIT_EXE;

		if (f == AUDIT_FILTERKEY && r->values[i] <= AUDIT_MAX_KEY_LEN && at + r->values[i] <= r->buflen)
			memcpy(ret->key, r->buf + at, r->values[i]);
		if (text)
			at += r->values[i];
	}
}

struct answers {
	struct audit_rules_status *s;
	struct loaded *loaded;
	size_t n;
	struct str *text;		/* not NULL: the rules go there, and not to `loaded` */
	int failed;
	struct err *why;
	bool has_status, has_features, has_rules;
};

static void take_answer(struct answers *a, struct audit_reply *rep)
{
	if (rep->type == AUDIT_GET) {
		a->s->enabled = rep->status->enabled;
		a->s->failure = rep->status->failure;
		a->s->rate_limit = rep->status->rate_limit;
		a->s->backlog_limit = rep->status->backlog_limit;
		a->s->backlog = rep->status->backlog;
		a->s->lost = rep->status->lost;
		a->s->auditd = (pid_t)rep->status->pid;
		a->has_status = true;
	} else if (rep->type == AUDIT_GET_FEATURE) {
		a->s->loginuid_immutable = rep->features->features &
			AUDIT_FEATURE_TO_MASK(AUDIT_FEATURE_LOGINUID_IMMUTABLE);
		a->has_features = true;
	} else if (rep->type == AUDIT_LIST_RULES && a->text) {
		a->failed = a->failed || audit_rule_text(rep->ruledata, a->text, a->why);
	} else if (rep->type == AUDIT_LIST_RULES && a->n < AUDIT_LOADED_MAX) {
		take_rule(rep->ruledata, &a->loaded[a->n++]);
	} else if (rep->type == NLMSG_DONE) {
		a->has_rules = true;
	}
}

static int no_answer(int why, struct err *e)
{
	if (why == EPERM)
		return err_set(e, ERR_AUDIT, 0, "only a process with CAP_AUDIT_CONTROL in the first PID namespace may "
			       "ask for the audit state; run as root");
	return err_set(e, ERR_AUDIT, why, "asking the kernel for the audit state");
}

/* One question, and all its answers. libaudit's reply waits at most a few tenths of a second itself. */
static int ask(int fd, uint16_t request, const bool *answered, struct answers *a, struct err *e)
{
	struct audit_reply rep;
	unsigned silent = 0;
	/* Not audit_request_status(): it brings half of libaudit into the program, and with it libcap-ng. */
	const struct nlmsghdr head = { .nlmsg_len = sizeof(head), .nlmsg_type = request, .nlmsg_flags = NLM_F_REQUEST };
	int r;

	if (send(fd, &head, sizeof(head), MSG_NOSIGNAL) < 0)
		return no_answer(errno, e);
	for (unsigned i = 0; i < REPLIES_MAX && !*answered; i++) {
		r = audit_get_reply(fd, &rep, GET_REPLY_NONBLOCKING, 0);
		if (r > 0 && rep.type == NLMSG_ERROR && rep.error->error)
			return no_answer(-rep.error->error, e);
		if (r > 0) {
			take_answer(a, &rep);
			continue;
		}
		if (++silent > 200)
			return no_answer(ETIMEDOUT, e);
		(void)usleep(10000);
	}
	return *answered ? 0 : no_answer(EOVERFLOW, e);
}

static int ask_kernel(struct answers *a, struct err *e)
{
	auto_close int fd = audit_open();

	if (fd < 0)
		return err_set(e, ERR_AUDIT, errno, "this kernel has no audit: boot it with audit=1");
	return ask(fd, AUDIT_GET, &a->has_status, a, e) ||
	       ask(fd, AUDIT_GET_FEATURE, &a->has_features, a, e) ||
	       ask(fd, AUDIT_LIST_RULES, &a->has_rules, a, e) ? -1 : 0;
}

int audit_rules_text(struct str *ret, struct err *e)
{
	struct answers a = { .text = ret, .why = e };
	auto_close int fd = audit_open();

	if (fd < 0)
		return err_set(e, ERR_AUDIT, errno, "this kernel has no audit: boot it with audit=1");
	return ask(fd, AUDIT_LIST_RULES, &a.has_rules, &a, e) || a.failed ? -1 : 0;
}

/*
 * In order: the loaded rules with keys of ours, taken in their order, are the file's keys in the file's
 * order. A rule of a site may stand between them; one in front of the first takes events from it.
 */
static void compare(struct audit_rules_status *s, const struct loaded *loaded, size_t n)
{
	size_t next = 0;
	bool first = true;

	s->in_order = true;
	s->total = n;
	for (size_t i = 0; i < n; i++) {
		bool ours = false;

		s->never_task |= loaded[i].list == AUDIT_FILTER_TASK && loaded[i].action == AUDIT_NEVER;
		s->suppressing += loaded[i].suppresses;
		if (loaded[i].list != AUDIT_FILTER_EXIT)
			continue;
		for (size_t k = 0; k < s->rows; k++)
			if (strcmp(s->row[k].key, loaded[i].key) == 0) {
				s->row[k].loaded++;
				ours = true;
			}
		if (!ours) {
			s->foreign_before += first;
			continue;
		}
		first = false;
		if (next < s->rows && strcmp(s->row[next].key, loaded[i].key) == 0)
			next++;
		else
			s->in_order = false;
	}
	for (size_t k = 0; k < s->rows; k++)
		for (size_t i = 0; i < s->rows; i++)
			s->row[k].wanted += strcmp(s->row[k].key, s->row[i].key) == 0;
	for (size_t k = 0; k < s->rows; k++)
		s->missing += s->row[k].loaded < s->row[k].wanted;
}

int audit_rules_status(const char *rules_file, struct audit_rules_status *ret, struct err *e)
{
	struct audit_rules_status s = { 0 };
	auto_free struct loaded *loaded = calloc(AUDIT_LOADED_MAX, sizeof(*loaded));
	struct answers a = { .s = &s, .loaded = loaded };
	struct err why = { 0 };

	if (!loaded)
		return err_set(e, ERR_SYSTEM, ENOMEM, "audit rules");
	s.installed = audit_rules_read(rules_file ? rules_file : AUDIT_RULES_FILE, &s.row, &s.rows, &why) == 0;
	if (!s.installed && why.sys != ENOENT) {
		*e = why;
		return -1;
	}
	if (ask_kernel(&a, e)) {
		audit_rules_done(&s);
		return -1;
	}
	compare(&s, loaded, a.n);
	*ret = s;
	return 0;
}

bool audit_rules_ok(const struct audit_rules_status *s, const char **ret_why)
{
	const char *why = NULL;

	if (!s->enabled)
		why = "audit is off: auditctl -e 1";
	else if (!s->auditd)
		why = "no audit daemon: systemctl start auditd";
	else if (s->never_task)
		why = "a rule \"-a never,task\" takes login UID and session from all records: remove it";
	else if (!s->installed)
		why = "the shipped rules are not installed: " AUDIT_RULES_FILE;
	else if (s->missing)
		why = "rules of the shipped file are not loaded: augenrules --load";
	else if (!s->in_order)
		why = "the loaded rules are not in the shipped order: augenrules --load";
	else if (s->foreign_before)
		why = "other rules stand in front of secctr's and take events from them: number them higher";
	else if (!s->loginuid_immutable)
		why = "login UIDs can be changed by root: auditctl --loginuid-immutable";
	else if (s->backlog_limit && s->backlog_limit < 8192)
		why = "the backlog limit is below 8192: auditctl -b 8192";
	if (why)
		*ret_why = why;
	return !why;
}
