/* SPDX-License-Identifier: Apache-2.0 */
/* ps_rows.c - a container as a row of ps: Podman's members, then ours. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/json.h"
#include "launcher/base/proc.h"
#include "launcher/cli/json_of.h"
#include "launcher/cli/output.h"
#include "launcher/cli/ps.h"

enum { COMMAND_COLUMNS = 30 };

void ps_status(const struct look *l, char *buf, size_t n)
{
	const char *word = container_status_words[l->state.status];
	char ago[48];

	if (l->state.status == CONTAINER_RESTARTING) {
		output_ago(l->exit.finished, ago, sizeof(ago));
		snprintf(buf, n, "Restarting (%lld) %s ago", (long long)l->exit.exit_code, ago);
	} else if (l->ended && l->state.status == CONTAINER_EXITED) {
		output_ago(l->exit.finished, ago, sizeof(ago));
		snprintf(buf, n, "Exited (%lld) %s ago", (long long)l->exit.exit_code, ago);
	} else if (look_is_live(l)) {
		output_ago(l->state.started, ago, sizeof(ago));
		snprintf(buf, n, "Up %s%s", ago, l->state.status == CONTAINER_PAUSED ? " (Paused)" : "");
	} else {
		snprintf(buf, n, "%c%s", *word >= 'a' ? *word - 32 : '-', *word ? word + 1 : "");
	}
}

static void created_text(int64_t usec, char *buf, size_t n)
{
	char ago[48];

	output_ago(usec, ago, sizeof(ago));
	snprintf(buf, n, "%s ago", ago);
}

static json_t *mounts_of(const struct plan *p)
{
	json_t *list = json_array();

	for (size_t i = 0; p && list && i < p->mounts.len; i++)
		if (plan_mount_is_shown(PLAN_MOUNT(p, i)))
			(void)json_array_append_new(list, json_string(PLAN_MOUNT(p, i)->target));
	return list;
}

/* The state has these where they are short (container.h), else the plan. */
struct planned {
	json_t *command, *mounts;	/* new */
	const char *digest;		/* hex digits; "" where there is none */
};

static struct planned planned_of(struct ps_item *i, bool plans)
{
	const struct container_state *s = &i->look.state;
	const struct plan *p = plans && !s->argv.len ? ps_plan(i) : NULL;
	const char *digest = p ? p->root.image_digest : s->image_digest;

	return (struct planned){
		.command = s->argv.len ? json_of_list(&s->argv) : p ? json_of_list(&p->process.argv) :
			   json_pack("[s]", s->command ? s->command : ""),
		.mounts = s->argv.len ? json_of_list(&s->mounts) : mounts_of(p),
		.digest = digest && str_starts(digest, "sha256:") ? digest + strlen("sha256:") : "",
	};
}

/* "mnt:[4026532340]" as the number. */
static void namespace_text(int dir, const char *file, char *buf, size_t n)
{
	char link[64];
	ssize_t got = dir < 0 ? -1 : readlinkat(dir, file, link, sizeof(link) - 1);
	const char *open;

	link[got > 0 ? got : 0] = '\0';
	open = strchr(link, '[');
	snprintf(buf, n, "%.*s", open ? (int)strcspn(open + 1, "]") : 0, open ? open + 1 : "");
}

static int namespaces_of(struct context *c, const struct look *l, json_t **ret, struct err *e)
{
	static const struct {
		const char *key, *file;
	} rows[] = { { "Cgroup", "cgroup" }, { "IPC", "ipc" }, { "MNT", "mnt" }, { "NET", "net" }, { "PIDNS", "pid" },
		     { "User", "user" }, { "UTS", "uts" } };
	auto_json json_t *j = json_object();
	auto_close int dir = -1;
	char path[32], text[64];
	struct err ignored;

	snprintf(path, sizeof(path), "%lld/ns", (long long)l->state.pid);
	if (!l->ended && l->state.pid > 0)
		dir = proc_open(c->procfd, path, O_RDONLY | O_DIRECTORY, &ignored);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		namespace_text(dir, rows[i].file, text, sizeof(text));
		if (json_object_set_new(j, rows[i].key, json_string(text)))
			return err_set(e, ERR_SYSTEM, ENOMEM, "list");
	}
	*ret = take_ptr(&j);
	return 0;
}

/* What --format json shows, in the order of Podman's members. */
static int row_json(struct context *c, struct ps_item *i, const struct ps_rows *to, json_t **ret, struct err *e)
{
	const struct look *l = &i->look;
	const struct container_state *s = &l->state;
	auto_json json_t *ns = NULL, *j = NULL;
	char status[96], created[64];
	struct planned p;
	json_t *size = i->size < 0 ? json_null() : json_pack("{s:I, s:I}", "rootFsSize", (json_int_t)i->root_size, "rwSize",
							     (json_int_t)i->size);

	ps_status(l, status, sizeof(status));
	created_text(s->created, created, sizeof(created));
	if (to->ns && namespaces_of(c, l, &ns, e)) {
		json_decref(size);
		return -1;
	}
	p = planned_of(i, to->plans);
	j = json_pack("{s:b, s:o, s:s, s:b, s:I, s:I, s:s, s:s, s:s, s:b, s:o, s:o, s:[s], s:o, s:[], s:I, s:s, s:s, s:[], s:I, s:o,"
		      " s:I, s:s, s:s, s:I, s:s?, s:s?, s:s?, s:I, s:I, s:s?}",
		      "AutoRemove", s->remove, "Command", p.command,
		      "CreatedAt", created, "Exited", l->ended, "ExitedAt", (json_int_t)(l->ended ? l->exit.finished / 1000000 : 0),
		      "ExitCode", (json_int_t)(l->ended ? l->exit.exit_code : 0), "Id", s->id, "Image", s->image ? s->image : "",
		      "ImageID", p.digest, "IsInfra", 0,
		      "Labels", json_of_map(&s->labels), "Mounts", p.mounts, "Names", s->name ? s->name : "",
		      "Namespaces", ns ? take_ptr(&ns) : json_object(), "Networks", "Pid", (json_int_t)(l->ended ? 0 : s->pid),
		      "Pod", "", "PodName", "", "Ports", "Restarts", (json_int_t)s->restarts, "Size", size,
		      "StartedAt", (json_int_t)(s->started / 1000000), "State", container_status_words[s->status], "Status", status,
		      "Created", (json_int_t)(s->created / 1000000), "Policy", s->policy, "PolicyDigest", s->policy_digest,
		      "Label", s->process_label, "LoginUid", (json_int_t)s->auid, "AuditSession", (json_int_t)s->ses,
		      "StartEvent", s->start_event);
	if (!j)
		return err_set(e, ERR_SYSTEM, ENOMEM, "list");
	*ret = take_ptr(&j);
	return 0;
}

/* The texts that a table and templates show in place of members above: for people. */
struct texts {
	char id[ID_HEX + 1], created[64], at[48], status[96], size[96];
	char *command;			/* malloc'ed */
};

static int make_texts(const struct ps_item *i, bool no_trunc, struct texts *t, struct err *e)
{
	const struct container_state *s = &i->look.state;
	const char *command = s->command ? s->command : "";
	char own[40], all[40];

	snprintf(t->id, sizeof(t->id), no_trunc ? "%s" : "%.12s", s->id);
	created_text(s->created, t->created, sizeof(t->created));
	output_time(s->created, t->at, sizeof(t->at));
	ps_status(&i->look, t->status, sizeof(t->status));
	t->size[0] = '\0';
	if (i->size >= 0) {
		output_size(i->size, own, sizeof(own));
		output_size(i->root_size, all, sizeof(all));
		snprintf(t->size, sizeof(t->size), "%s (virtual %s)", own, all);
	}
	t->command = strndup(command, no_trunc ? strlen(command) : str_front(command, COMMAND_COLUMNS));
	return t->command ? 0 : err_set(e, ERR_SYSTEM, ENOMEM, "list");
}

static int row_view(struct ps_item *i, const struct ps_rows *to, const json_t *row, json_t **ret, struct err *e)
{
	const struct container_state *s = &i->look.state;
	const char *digest = json_string_value(json_object_get(row, "ImageID"));
	auto_free char *mounts = NULL;
	struct texts t;
	char image[16];

	snprintf(image, sizeof(image), "%.12s", digest ? digest : "");
	if (json_of_joined(json_object_get(row, "Mounts"), ",", &mounts, e) || make_texts(i, to->no_trunc, &t, e))
		return -1;
	*ret = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "ID", t.id, "ImageID",
			 to->no_trunc && digest ? digest : image, "Command", t.command, "Created", t.created,
			 "CreatedAt", t.at, "CreatedHuman", t.created, "RunningFor", t.created, "Names", s->name ? s->name : "",
			 "Networks", "", "Ports", "", "Mounts", mounts, "Size", t.size, "Login", (json_int_t)s->auid);
	free(t.command);
	return *ret ? 0 : err_set(e, ERR_SYSTEM, ENOMEM, "list");
}

/* {{.Cgroup}} beside {{.Namespaces.Cgroup}}, as Podman has both. */
static int add_namespaces(json_t *view, const json_t *row, struct err *e)
{
	const char *key;
	json_t *value;

	json_object_foreach(json_object_get(row, "Namespaces"), key, value)
		if (json_object_set(view, key, value))
			return err_set(e, ERR_SYSTEM, ENOMEM, "list");
	return 0;
}

int ps_rows_add(struct context *c, struct ps_item *i, struct ps_rows *to, struct err *e)
{
	auto_json json_t *row = NULL, *view = NULL;

	if (row_json(c, i, to, &row, e) ||
	    (!to->json_only && (row_view(i, to, row, &view, e) || (to->ns && add_namespaces(view, row, e)))))
		return -1;
	return output_next(to->to, row, view, e);
}

int ps_cells_add(const struct ps_item *i, bool no_trunc, struct output_table *to, struct err *e)
{
	const struct container_state *s = &i->look.state;
	struct texts t;
	char login[24];
	int r;

	if (make_texts(i, no_trunc, &t, e))
		return -1;
	snprintf(login, sizeof(login), "%lld", (long long)s->auid);
	r = output_row(to, e, t.id, s->image, t.command, t.created, t.status, "", s->name, s->policy, login, t.size);
	free(t.command);
	return r;
}
