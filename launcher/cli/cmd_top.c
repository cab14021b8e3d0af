/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_top.c - secctr top: the processes of a container, by the descriptors of podman-top(1). */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "launcher/cli/authorize.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/accounts.h"
#include "launcher/cli/latest.h"
#include "launcher/cli/output.h"
#include "launcher/cli/processes.h"
#include "launcher/plan/caps.h"

struct top_request {
	bool latest;
};

static const struct opt top_opts[] = {
	{ .letter = 'l', .name = "latest", .kind = OPT_FLAG, .offset = OPT_INTO(struct top_request, latest),
	  .help = "the container that was made last" },
	OPT_END
};
static const struct opt *const top_tables[] = { top_opts, NULL };

struct row {
	const struct process *p;
	const struct accounts *inside;
	uint64_t uptime;		/* clock ticks since boot */
	struct str *to;
	struct err *e;
};

static int add_number(struct row *r, int64_t n)
{
	return str_addf(r->to, r->e, "%lld", (long long)n);
}

static int add_user(struct row *r, uint32_t uid)
{
	const char *name = accounts_user(r->inside, uid);

	return name ? str_add(r->to, name, r->e) : add_number(r, uid);
}

static int add_group(struct row *r, uint32_t gid)
{
	const char *name = accounts_group(r->inside, gid);

	return name ? str_add(r->to, name, r->e) : add_number(r, gid);
}

static int64_t to_nsec(uint64_t ticks)
{
	long hz = sysconf(_SC_CLK_TCK);

	return (int64_t)(ticks * (1000000000 / (uint64_t)(hz > 0 ? hz : 100)));
}

static uint64_t elapsed(const struct row *r)
{
	return r->uptime > r->p->started ? r->uptime - r->p->started : 0;
}

static int put_args(struct row *r) { return str_add(r->to, r->p->args, r->e); }
static int put_comm(struct row *r) { return str_add(r->to, r->p->name, r->e); }
static int put_pid(struct row *r) { return add_number(r, r->p->pid); }
static int put_ppid(struct row *r) { return add_number(r, r->p->ppid); }
static int put_pgid(struct row *r) { return add_number(r, r->p->pgid); }
static int put_hpid(struct row *r) { return add_number(r, r->p->host_pid); }
static int put_user(struct row *r) { return add_user(r, r->p->euid); }
static int put_ruser(struct row *r) { return add_user(r, r->p->uid); }
static int put_group(struct row *r) { return add_group(r, r->p->egid); }
static int put_rgroup(struct row *r) { return add_group(r, r->p->gid); }
static int put_label(struct row *r) { return str_add(r->to, r->p->label, r->e); }
static int put_seccomp(struct row *r) { return str_add(r->to, r->p->seccomp, r->e); }
static int put_nice(struct row *r) { return add_number(r, r->p->nice); }
static int put_rss(struct row *r) { return add_number(r, (int64_t)r->p->rss); }
static int put_vsz(struct row *r) { return add_number(r, (int64_t)r->p->vsize); }
static int put_state(struct row *r) { return str_addf(r->to, r->e, "%c", r->p->state); }

static int put_groups(struct row *r)
{
	for (size_t i = 0; i < r->p->groups.len; i++)
		if ((i && str_add(r->to, ",", r->e)) || add_group(r, (uint32_t)strtoul(r->p->groups.item[i], NULL, 10)))
			return -1;
	return 0;
}

/* Accounts of the host, as its administrator knows them. */
static int put_huser(struct row *r)
{
	const struct passwd *account = getpwuid(r->p->euid);

	return account ? str_add(r->to, account->pw_name, r->e) : add_number(r, r->p->euid);
}

static int put_hgroup(struct row *r)
{
	const struct group *group = getgrgid(r->p->egid);

	return group ? str_add(r->to, group->gr_name, r->e) : add_number(r, r->p->egid);
}

static int put_caps(struct row *r, size_t which)
{
	uint64_t bits = r->p->caps[which] ? strtoull(r->p->caps[which], NULL, 16) : 0;
	bool any = false;

	if (!bits)
		return str_add(r->to, "none", r->e);
	if ((bits & CAPS_ALL) == CAPS_ALL)
		return str_add(r->to, "full", r->e);
	for (int i = 0; i < CAPS_COUNT; i++)
		if (bits >> i & 1) {
			if ((any && str_add(r->to, ",", r->e)) || str_add(r->to, caps_name(i) + strlen("CAP_"), r->e))
				return -1;
			any = true;
		}
	return 0;
}

static int put_capinh(struct row *r) { return put_caps(r, 0); }
static int put_capprm(struct row *r) { return put_caps(r, 1); }
static int put_capeff(struct row *r) { return put_caps(r, 2); }
static int put_capbnd(struct row *r) { return put_caps(r, 3); }
static int put_capamb(struct row *r) { return put_caps(r, 4); }

static int put_etime(struct row *r)
{
	char text[48];

	output_duration(to_nsec(elapsed(r)), text, sizeof(text));
	return str_add(r->to, text, r->e);
}

static int put_time(struct row *r)
{
	char text[48];

	output_duration(to_nsec(r->p->ticks), text, sizeof(text));
	return str_add(r->to, text, r->e);
}

static int put_pcpu(struct row *r)
{
	return str_addf(r->to, r->e, "%.3f", elapsed(r) ? 100.0 * (double)r->p->ticks / (double)elapsed(r) : 0.0);
}

static int put_stime(struct row *r)
{
	char text[48];

	output_time(((int64_t)time(NULL) * 1000000) - to_nsec(elapsed(r)) / 1000, text, sizeof(text));
	return str_add(r->to, text, r->e);
}

/* Majors 136 to 143 are Unix98 terminals (Documentation/admin-guide/devices.txt). */
static int put_tty(struct row *r)
{
	unsigned major_number = major((dev_t)r->p->tty), minor_number = minor((dev_t)r->p->tty);

	if (!r->p->tty)
		return str_add(r->to, "?", r->e);
	if (major_number >= 136 && major_number <= 143)
		return str_addf(r->to, r->e, "pts/%u", (major_number - 136) * 256 + minor_number);
	return str_addf(r->to, r->e, "%u:%u", major_number, minor_number);
}

static const struct descriptor {
	const char *name, *aix, *head;
	int (*put)(struct row *r);
} descriptors[] = {
	{ "args", "%a", "COMMAND", put_args }, { "capamb", NULL, "AMBIENT CAPS", put_capamb },
	{ "capbnd", NULL, "BOUNDING CAPS", put_capbnd }, { "capeff", NULL, "EFFECTIVE CAPS", put_capeff },
	{ "capinh", NULL, "INHERITED CAPS", put_capinh }, { "capprm", NULL, "PERMITTED CAPS", put_capprm },
	{ "comm", "%c", "COMMAND", put_comm }, { "etime", "%t", "ELAPSED", put_etime }, { "group", "%G", "GROUP", put_group },
	{ "groups", NULL, "GROUPS", put_groups }, { "hgroup", NULL, "HGROUP", put_hgroup }, { "hpid", NULL, "HPID", put_hpid },
	{ "huser", NULL, "HUSER", put_huser }, { "label", NULL, "LABEL", put_label }, { "nice", "%n", "NI", put_nice },
	{ "pcpu", "%C", "%CPU", put_pcpu }, { "pgid", "%r", "PGID", put_pgid }, { "pid", "%p", "PID", put_pid },
	{ "ppid", "%P", "PPID", put_ppid }, { "rgroup", "%g", "RGROUP", put_rgroup }, { "rss", NULL, "RSS", put_rss },
	{ "ruser", "%u", "RUSER", put_ruser }, { "seccomp", NULL, "SECCOMP", put_seccomp }, { "state", NULL, "STATE", put_state },
	{ "stime", NULL, "STIME", put_stime }, { "time", "%x", "TIME", put_time }, { "tty", "%y", "TTY", put_tty },
	{ "user", "%U", "USER", put_user }, { "vsz", "%z", "VSZ", put_vsz },
};
static const char usual[] = "user,pid,ppid,pcpu,etime,tty,time,args";

static int no_descriptor(const char *word, size_t n, struct err *e)
{
	char known[300] = "";

	if (*word == '-')
		return err_set(e, ERR_USAGE, 0, "top %.*s: options of ps(1) would be run inside, which secctr does not do; "
						"name descriptors, as user,pid,args", (int)n, word);
	for (size_t i = 0; i < ARRAY_LEN(descriptors); i++) {
		size_t used = strlen(known);

		snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "", descriptors[i].name);
	}
	return err_set(e, ERR_USAGE, 0, "top: no descriptor %.*s; there are %s", (int)(n < 60 ? n : 60), word, known);
}

struct columns {
	const struct descriptor *column[OUTPUT_COLUMNS_MAX];
	const char *head[OUTPUT_COLUMNS_MAX + 1];
	size_t n;
};

static bool is_word(const char *word, const char *text, size_t n)
{
	return word && strlen(word) == n && memcmp(word, text, n) == 0;
}

/* "user,pid" or "user pid"; each operand may be a list. */
static int add_columns(struct columns *c, const char *text, struct err *e)
{
	for (;; text++) {
		size_t n, i = 0;

		text += strspn(text, ", ");
		n = strcspn(text, ", ");
		if (!n)
			return 0;
		while (i < ARRAY_LEN(descriptors) && !is_word(descriptors[i].name, text, n) && !is_word(descriptors[i].aix, text, n))
			i++;
		if (i == ARRAY_LEN(descriptors))
			return no_descriptor(text, n, e);
		if (c->n == OUTPUT_COLUMNS_MAX)
			return err_set(e, ERR_LIMIT, 0, "top: more than %d descriptors", OUTPUT_COLUMNS_MAX);
		c->head[c->n] = descriptors[i].head;
		c->column[c->n++] = &descriptors[i];
		text += n;
		if (!*text)
			return 0;
	}
}

static int print_processes(const struct processes *p, const struct accounts *inside, const struct columns *c, struct err *e)
{
	struct output_table table = { .heads = c->head };
	struct timespec boot;
	long hz = sysconf(_SC_CLK_TCK);
	int status = 0;

	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	for (size_t i = 0; i < p->len && status == 0; i++)
		for (size_t k = 0; k < c->n && status == 0; k++) {
			auto_str struct str cell = { 0 }, safe = { 0 };
			struct row r = { .p = &p->item[i], .inside = inside, .to = &cell, .e = e };

			r.uptime = (uint64_t)boot.tv_sec * (uint64_t)hz + (uint64_t)boot.tv_nsec / (uint64_t)(1000000000 / hz);
			status = str_add(&cell, "", e) || c->column[k]->put(&r) || str_add(&safe, "", e) ||
				 str_add_safe(&safe, cell.text, cell.len, e) || strv_add(&table.cells, safe.text, e) ? -1 : 0;
		}
	if (status == 0)
		status = output_table(&table, false, e);
	output_table_done(&table);
	return status;
}

static int top(struct context *c, const struct look *l, const struct columns *columns, struct audit_writer *w, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	auto_processes struct processes p = { 0 };
	auto_accounts struct accounts inside = { 0 };

	/* Command lines may hold what only those may see who may inspect. */
	if (look_plan(l, &sealed, e) || authorize_op(c, sealed_plan(sealed), "inspect", w, e) ||
	    accounts_read(c, sealed_plan(sealed), &inside, e) || processes_read(c, l, &p, e))
		return -1;
	return print_processes(&p, &inside, columns, e);
}

static int cmd_top_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	bool latest = ((struct top_request *)request)->latest;
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	static const struct opt_list none = { 0 };
	auto_opt_list struct opt_list newest = { 0 };
	auto_free char *id = NULL;
	struct columns columns = { .n = 0 };
	char uuid[UUID_TEXT + 1];
	auto_look struct look l;
	int status;

	look_init(&l);
	if (!operands->len && !latest)
		return err_set(e, ERR_USAGE, 0, "name a container, or give --latest");
	for (size_t i = !latest; i < operands->len; i++)
		if (add_columns(&columns, operands->item[i], e))
			return -1;
	if ((!columns.n && add_columns(&columns, usual, e)) || (latest && latest_container(c, &none, &newest, &id, e)) ||
	    look_at(c, latest ? id : operands->item[0], &l, e))
		return -1;
	status = top(c, &l, &columns, &w, e);
	if (status && (e->reason == ERR_POLICY || e->reason == ERR_IDENTITY || e->reason == ERR_LABEL)) {
		id_uuid(l.state.id, uuid);
		authorize_refused(c, &w, "top", l.state.name, uuid, e);
	}
	audit_writer_close(&w);
	return status;
}

const struct command cmd_top = {
	.name = "top", .operands = "[CONTAINER] [FORMAT...]", .group = "Containers", .brief = "show the processes of a container",
	.mode = OPT_STOP, .tables = top_tables, .request_size = sizeof(struct top_request), .max_operands = SIZE_MAX,
	.run = cmd_top_main,
};
