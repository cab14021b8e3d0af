/* SPDX-License-Identifier: Apache-2.0 */
/* view.c - the views as a table: which events each shows, and why. */
#include "audit/report/page.h"

#include <string.h>

static bool is_text(struct span raw, const char *want)
{
	auto_str struct str bytes = { 0 };
	struct err ignored;

	return raw.len && span_decode(raw, &bytes, &ignored) == 0 && bytes.len == strlen(want) &&
	       memcmp(bytes.text, want, bytes.len) == 0;
}

/* The record says that it is about this container, whoever sent it. */
static bool claims(const struct facts *x, const struct verdict *v, const char *container)
{
	return v->ours == OURS_CONTAINER && (span_is(x->body.uuid, container) || is_text(x->body.vm, container));
}

static bool about(const struct facts *x, const struct verdict *v, const char *container)
{
	return (v->container && v->container->wanted) || (v->session_of && v->session_of->wanted) || claims(x, v, container);
}

bool view_is_person(struct report *p, const char *login, const struct facts *x)
{
	text_id name;

	if (!x->known || x->auid == FACTS_UNSET)
		return false;
	if (x->auid == p->subject_uid)
		return true;
	name = names_find(&p->names, p->world, x->auid);
	return name && strcmp(world_string(p->world, name), login) == 0;
}

static bool is_login(const struct facts *x, const struct verdict *v)
{
	if (x->login)
		return true;
	if (!x->user || v->ours != OURS_NOT)
		return false;
	switch (x->user->type) {
	case TYPE_USER_LOGIN: case TYPE_USER_LOGOUT: case TYPE_USER_START: case TYPE_USER_END: case TYPE_USER_AUTH:
		return true;
	default:
		return false;
	}
}

static bool is_ours(const struct verdict *v)
{
	return v->ours != OURS_NOT && v->trust != JOIN_FORGED;
}

static bool in_container(const struct facts *x, const struct verdict *v)
{
	return v->container || (x->subj.len && span_starts(context_type(x->subj), "secctr_container"));
}

#define SHOWS(name) static bool name(struct report *p, const struct gathered *ev, const struct facts *x, const struct verdict *v, \
				     const char **note)
#define UNUSED_ARGS (void)p, (void)ev, (void)x, (void)v, (void)note

SHOWS(shows_container)
{
	UNUSED_ARGS;
	return about(x, v, p->q->subject);
}

SHOWS(shows_user)
{
	UNUSED_ARGS;
	return view_is_person(p, p->q->subject, x) && (v->ours != OURS_NOT || in_container(x, v) || is_login(x, v));
}

SHOWS(shows_session)
{
	UNUSED_ARGS;
	return (x->known && x->ses == p->q->session) || (x->login && x->old_ses == p->q->session);
}

SHOWS(shows_denied)
{
	UNUSED_ARGS;
	return x->denial != DENIAL_NONE && (p->q->all || in_container(x, v) || v->ours != OURS_NOT);
}

SHOWS(shows_exec)
{
	UNUSED_ARGS;
	if (x->execve || (x->call && x->failed && x->key.len && span_is(x->key, "\"secctr-exec\"")))
		return v->container && v->by != BY_RECORD && !join_launcher(x);
	return is_ours(v) && x->user->type == TYPE_USER_CMD;
}

SHOWS(shows_timeline)
{
	UNUSED_ARGS;
	return p->q->all || v->ours != OURS_NOT || in_container(x, v) || is_login(x, v);
}

SHOWS(shows_unattributed)
{
	UNUSED_ARGS;
	if (!v->container && v->ours == OURS_NOT && in_container(x, v)) {
		*note = "the label of no container that the log tells of";
		return true;
	}
	if (!x->known || x->auid != FACTS_UNSET || (!in_container(x, v) && v->ours == OURS_NOT))
		return false;
	*note = "no login UID";
	return true;
}

/* Programs that let a person in, by PAM; pam_loginuid(8) sets the login UID there. */
static bool is_entry_point(struct span exe)
{
	static const char *const names[] = { "sshd", "sshd-session", "login", "systemd", "systemd-executor", "crond", "cron", "atd",
					     "gdm-session-worker", "lightdm", "sddm-helper", "xdm", "secctr", "vsftpd", "cockpit-session" };
	const char *slash = exe.len ? memrchr(exe.at, '/', exe.len) : NULL;

	if (!slash)
		return false;
	exe = (struct span){ slash + 1, (size_t)(exe.at + exe.len - slash - 1) };
	if (exe.len && exe.at[exe.len - 1] == '"')
		exe.len--;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (span_is(exe, names[i]))
			return true;
	return false;
}

/* What is wrong with the change of a login UID; NULL: nothing. */
static const char *odd_login(const struct facts *x, const struct verdict *v)
{
	if (x->failed)
		return "login UID was not given away";
	/* secctr draws a session for a container: before that, and without a change of the person. */
	if (v->session_of && v->by == BY_SESSION && x->old_auid == x->auid)
		return NULL;
	if (x->old_auid != FACTS_UNSET && x->old_auid != x->auid)
		return "login UID changed after login";
	if (v->by >= BY_LABEL)
		return "login UID set inside a container";
	if (x->old_auid == FACTS_UNSET && x->exe.len && !is_entry_point(x->exe))
		return "login UID set by a program that lets nobody in";
	return NULL;
}

SHOWS(shows_spoof)
{
	uint32_t claimed;

	UNUSED_ARGS;
	if (v->ours != OURS_NOT && v->trust == JOIN_FORGED)
		*note = "not sent by secctr";
	else if (x->login)
		*note = odd_login(x, v);
	else if (x->user && v->ours == OURS_NOT && v->container)
		*note = "audit record sent from inside a container";
	else if (x->user && v->ours == OURS_NOT && x->known && span_to_u32(x->body.auid, &claimed) && claimed != x->auid)
		*note = "its words name another login UID than the kernel";
	return *note;
}

SHOWS(shows_gaps)
{
	UNUSED_ARGS;
	if (!ev->n)
		return false;
	if (line_kind(ev->rec[0].type) == KIND_DAEMON)
		return true;
	for (size_t i = 0; i < ev->n; i++)
		switch (ev->rec[i].type) {
		case TYPE_CONFIG_CHANGE: case TYPE_FEATURE_CHANGE: case TYPE_TIME_INJOFFSET: case TYPE_TIME_ADJNTPVAL:
		case TYPE_MAC_POLICY_LOAD: case TYPE_MAC_STATUS: case TYPE_USYS_CONFIG: case TYPE_SYSTEM_BOOT:
		case TYPE_SYSTEM_SHUTDOWN:
			return true;
		default:
			break;
		}
	return false;
}

SHOWS(shows_why)
{
	const struct session *s;

	UNUSED_ARGS;
	if (stamp_compare(&ev->stamp, &p->why) != 0)
		return false;
	p->why_by = v->by;
	p->why_container = v->container ? (uint32_t)(v->container - p->world->container) + 1 : 0;
	s = v->session ? world_login(p->world, v->session) : NULL;
	s = s ? s : v->session;
	p->why_has_session = s;
	if (s)
		p->why_session = *s;
	return true;
}

const struct view views[REPORT_VIEW_COUNT] = {
	[REPORT_CONTAINERS]	= { .end = view_containers },
	[REPORT_CONTAINER]	= { .needs_subject = true, .shows = shows_container, .end = view_sessions },
	[REPORT_USER]		= { .with_container = true, .needs_subject = true, .shows = shows_user },
	[REPORT_SESSION]	= { .needs_subject = true, .shows = shows_session },
	[REPORT_IMAGE]		= { .end = view_images },
	[REPORT_POLICY]		= { .end = view_policies },
	[REPORT_DENIED]		= { .with_container = true, .shows = shows_denied },
	[REPORT_EXEC]		= { .with_container = true, .shows = shows_exec },
	[REPORT_TIMELINE]	= { .with_container = true, .shows = shows_timeline },
	[REPORT_UNATTRIBUTED]	= { .with_container = true, .shows = shows_unattributed },
	[REPORT_SPOOF]		= { .with_container = true, .shows = shows_spoof },
	[REPORT_GAPS]		= { .shows = shows_gaps },
	[REPORT_COMPLIANCE]	= { .end = view_compliance },
	[REPORT_OVERVIEW]	= { .end = page_write },
	[REPORT_WHY]		= { .with_container = true, .needs_subject = true, .shows = shows_why, .end = view_why },
};
