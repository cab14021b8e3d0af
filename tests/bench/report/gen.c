/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen.c - an audit log of any size, always the same for the same numbers.
 *
 *	gen [-b BYTES] [-c CONTAINERS] [-n NODES] [-r] [-h] [-s SEED] > audit.log
 *
 * People log in by ssh, become root, start containers, run commands in them; programs open, connect, are denied; some write
 * records in secctr's name. Shares of events: exec 45, open 23, connect 8, login 6, AVC 5, secctr's own 5, sudo 4, units 3,
 * seccomp 1 per cent; 2 in 100 events have another in their middle. Enriched as auditd writes it, unless -r (raw). -n: lines of
 * that many hosts, with node=. -h: hostile lines between (cut, garbled, ESC, NUL, a megabyte, the same number twice, forged).
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { USERS = 40, LIVE = 250, NODES_MAX = 64, EVENT_MAX = 1 << 16 };

struct box {
	uint32_t number, ses, user, pid;
	unsigned c1, c2, execs;
	bool on;
};
struct host {
	char front[64];
	uint64_t ms;
	uint32_t serial, ses, pid;
	struct box box[LIVE];
	uint32_t user_ses[USERS];
};

static uint64_t state, written, want = 200u << 20;
static uint32_t containers, containers_max = 250;
static bool raw, hostile;
static struct host hosts[NODES_MAX];
static unsigned nodes = 1;
static char out[EVENT_MAX], late[EVENT_MAX];
static size_t out_n, late_n;

static uint32_t rnd(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 11) % n);
}

static void __attribute__((format(printf, 1, 2))) put(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	out_n += (size_t)vsnprintf(out + out_n, sizeof(out) - out_n, fmt, ap);
	va_end(ap);
}

static void flush(void)
{
	written += out_n;
	if (fwrite(out, 1, out_n, stdout) != out_n)
		exit(1);
	out_n = 0;
}

static void begin(struct host *h, const char *type)
{
	put("%stype=%s msg=audit(%" PRIu64 ".%03u:%" PRIu32 "): ", h->front, type, h->ms / 1000, (unsigned)(h->ms % 1000), h->serial);
}

static void next(struct host *h)
{
	h->ms += rnd(40);
	h->serial++;
}

static void names(uint32_t user, const char *more)
{
	if (!raw)
		put("\x1d%sUID=\"root\" AUID=\"user%u\"", more, user);
	put("\n");
}

static const char *subj(const struct box *b)
{
	static char text[96];

	if (!b)
		return "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023";
	snprintf(text, sizeof(text), "system_u:system_r:secctr_container_t:s0:c%u,c%u", b->c1, b->c2);
	return text;
}

static const char *uuid(uint32_t n)
{
	static char text[40];

	snprintf(text, sizeof(text), "%08x-%04x-4%03x-8%03x-%012x", n * 2654435761u, n & 0xffff, n & 0xfff, n >> 4 & 0xfff, n);
	return text;
}

static void ours(struct host *h, const char *type, uint32_t user, uint32_t ses, const char *body, const char *res)
{
	next(h);
	begin(h, type);
	put("pid=%u uid=0 auid=%u ses=%u subj=unconfined_u:unconfined_r:secctr_t:s0-s0:c0.c1023 msg='%s exe=\"/usr/bin/secctr\" "
	    "hostname=? addr=? terminal=? res=%s'", h->pid, 1000 + user, ses, body, res);
	names(user, "");
	flush();
}

static void proctitle(struct host *h, const char *text)
{
	begin(h, "PROCTITLE");
	put("proctitle=");
	for (; *text; text++)
		put("%02X", (unsigned char)*text);
	put("\n");
}

/* Half of an event is kept and comes behind the next one. */
static void maybe_late(size_t from)
{
	if (rnd(100) >= 2 || late_n)
		return;
	late_n = out_n - from;
	memcpy(late, out + from, late_n);
	out_n = from;
}

static void end_late(void)
{
	if (!late_n)
		return;
	memcpy(out + out_n, late, late_n);
	out_n += late_n;
	late_n = 0;
}

static void call(struct host *h, const struct box *b, uint32_t user, uint32_t ses, unsigned nr, const char *name, long exit_value,
		 const char *comm, const char *exe, const char *key, unsigned items)
{
	char more[96];
	uint32_t pid = h->pid + 1 + rnd(20000);

	begin(h, "SYSCALL");
	put("arch=c000003e syscall=%u success=%s exit=%ld a0=%x a1=%x a2=7ffd3c a3=8 items=%u ppid=%u pid=%u auid=%u uid=0 gid=0 euid=0 "
	    "suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=%u comm=\"%s\" exe=\"%s\" subj=%s key=\"%s\"", nr,
	    exit_value < 0 ? "no" : "yes", exit_value, rnd(1u << 30), rnd(1u << 30), items, b ? b->pid : h->pid, pid, 1000 + user, ses,
	    comm, exe, subj(b), key);
	snprintf(more, sizeof(more), "ARCH=x86_64 SYSCALL=%s ", name);
	if (!raw)
		put("\x1d%sAUID=\"user%u\" UID=\"root\" GID=\"root\" EUID=\"root\" SUID=\"root\" FSUID=\"root\" EGID=\"root\" "
		    "SGID=\"root\" FSGID=\"root\"", more, user);
	put("\n");
}

static void path(struct host *h, unsigned item, const char *name, const char *type)
{
	begin(h, "PATH");
	put("item=%u name=\"%s\" inode=%u dev=fe:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 obj=system_u:object_r:secctr_ro_file_t:s0 "
	    "nametype=%s cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0", item, name, 1000 + rnd(100000), type);
	if (!raw)
		put("\x1dOUID=\"root\" OGID=\"root\"");
	put("\n");
}

static struct box *some_box(struct host *h)
{
	for (int i = 0; i < 8; i++) {
		struct box *b = &h->box[rnd(LIVE)];

		if (b->on)
			return b;
	}
	return NULL;
}

static void do_exec(struct host *h)
{
	struct box *b = rnd(3) ? some_box(h) : NULL;
	uint32_t user = b ? b->user : rnd(USERS);
	size_t from;

	next(h);
	call(h, b, user, b ? b->ses : h->user_ses[user], 59, "execve", 0, "sh", "/usr/bin/dash", b ? "secctr-exec" : "exec", 2);
	begin(h, "EXECVE");
	if (rnd(10))
		put("argc=3 a0=\"sh\" a1=\"-c\" a2=\"step%u\"\n", rnd(100));
	else
		put("argc=3 a0=\"sh\" a1=\"-c\" a2=6563686F20%08X\n", 0x31323334u);
	begin(h, "CWD");
	put("cwd=\"/srv/app\"\n");
	path(h, 0, "/usr/bin/dash", "NORMAL");
	from = out_n;
	path(h, 1, "/lib64/ld-linux-x86-64.so.2", "NORMAL");
	proctitle(h, "sh -c step");
	maybe_late(from);
	flush();
}

static void do_open(struct host *h)
{
	struct box *b = rnd(2) ? some_box(h) : NULL;
	uint32_t user = b ? b->user : rnd(USERS);
	char name[64];
	long value = rnd(10) ? 3 : rnd(2) ? -13 : -1;
	size_t from;

	next(h);
	call(h, b, user, b ? b->ses : h->user_ses[user], 257, "openat", value, "cat", "/usr/bin/cat", "access", 1);
	begin(h, "CWD");
	put("cwd=\"/\"\n");
	snprintf(name, sizeof(name), "/etc/file%u.conf", rnd(500));
	from = out_n;
	path(h, 0, name, "NORMAL");
	proctitle(h, "cat /etc/file");
	maybe_late(from);
	flush();
}

static void do_connect(struct host *h)
{
	struct box *b = some_box(h);
	uint32_t user = b ? b->user : rnd(USERS);

	next(h);
	call(h, b, user, b ? b->ses : h->user_ses[user], 42, "connect", 0, "curl", "/usr/bin/curl", "net", 0);
	begin(h, "SOCKADDR");
	put("saddr=020001BB%08X0000000000000000", rnd(1u << 30));
	put("%s\n", raw ? "" : "\x1dSADDR={ saddr_fam=inet laddr=10.0.0.1 lport=443 }");
	proctitle(h, "curl https://example.org");
	flush();
}

static void do_avc(struct host *h)
{
	struct box *b = some_box(h);
	uint32_t user = b ? b->user : rnd(USERS);

	next(h);
	begin(h, "AVC");
	put("avc:  denied  { read } for  pid=%u comm=\"cat\" name=\"shadow\" dev=\"vda1\" ino=%u scontext=%s "
	    "tcontext=system_u:object_r:shadow_t:s0 tclass=file permissive=0\n", h->pid, rnd(100000), subj(b));
	call(h, b, user, b ? b->ses : h->user_ses[user], 257, "openat", -13, "cat", "/usr/bin/cat", "access", 0);
	proctitle(h, "cat /etc/shadow");
	flush();
}

static void do_seccomp(struct host *h)
{
	struct box *b = some_box(h);

	if (!b)
		return;
	next(h);
	begin(h, "SECCOMP");
	put("auid=%u uid=0 gid=0 ses=%u subj=%s pid=%u comm=\"mount\" exe=\"/bin/mount\" sig=0 arch=c000003e syscall=165 compat=0 "
	    "ip=0x7f code=0x50000", 1000 + b->user, b->ses, subj(b), h->pid);
	names(b->user, "ARCH=x86_64 SYSCALL=mount ");
	flush();
}

static void pam(struct host *h, const char *type, uint32_t user, uint32_t ses, const char *op)
{
	next(h);
	begin(h, type);
	put("pid=%u uid=0 auid=%u ses=%u subj=system_u:system_r:sshd_t:s0-s0:c0.c1023 msg='op=%s acct=\"user%u\" exe=\"/usr/sbin/sshd\" "
	    "hostname=10.0.%u.%u addr=10.0.%u.%u terminal=ssh res=success'", h->pid, 1000 + user, ses, op, user, user, user % 7, user,
	    user % 7);
	names(user, "");
	flush();
}

static void do_login(struct host *h)
{
	uint32_t user = rnd(USERS), old = h->user_ses[user];

	if (old)
		pam(h, "USER_END", user, old, "PAM:session_close");
	h->pid += 3;
	h->user_ses[user] = ++h->ses;
	next(h);
	begin(h, "LOGIN");
	put("pid=%u uid=0 subj=system_u:system_r:sshd_t:s0-s0:c0.c1023 old-auid=4294967295 auid=%u tty=(none) old-ses=4294967295 ses=%u "
	    "res=1", h->pid, 1000 + user, h->ses);
	if (!raw)
		put("\x1dUID=\"root\" OLD-AUID=\"unset\" AUID=\"user%u\"", user);
	put("\n");
	begin(h, "SYSCALL");
	put("arch=c000003e syscall=1 success=yes exit=4 a0=3 a1=7ffd a2=4 a3=0 items=0 ppid=1 pid=%u auid=%u uid=0 gid=0 euid=0 suid=0 fsuid=0 "
	    "egid=0 sgid=0 fsgid=0 tty=(none) ses=%u comm=\"sshd\" exe=\"/usr/sbin/sshd\" subj=system_u:system_r:sshd_t:s0-s0:c0.c1023 "
	    "key=(null)", h->pid, 1000 + user, h->ses);
	if (!raw)
		put("\x1d" "ARCH=x86_64 SYSCALL=write AUID=\"user%u\" UID=\"root\"", user);
	put("\n");
	proctitle(h, "sshd: user [priv]");
	flush();
	pam(h, "USER_START", user, h->ses, "PAM:session_open");
	pam(h, "USER_LOGIN", user, h->ses, "login");
}

static void do_sudo(struct host *h)
{
	uint32_t user = rnd(USERS);

	if (!h->user_ses[user])
		return;
	next(h);
	begin(h, "USER_CMD");
	put("pid=%u uid=%u auid=%u ses=%u subj=unconfined_u:unconfined_r:unconfined_t:s0 msg='cwd=\"/root\" cmd=73797374656D63746C20737461747573 "
	    "exe=\"/usr/bin/sudo\" terminal=pts/0 res=success'", h->pid, 1000 + user, 1000 + user, h->user_ses[user]);
	names(user, "");
	flush();
}

static void do_unit(struct host *h)
{
	next(h);
	begin(h, rnd(2) ? "SERVICE_START" : "SERVICE_STOP");
	put("pid=1 uid=0 auid=4294967295 ses=4294967295 subj=system_u:system_r:init_t:s0 msg='unit=timer%u comm=\"systemd\" "
	    "exe=\"/usr/lib/systemd/systemd\" hostname=? addr=? terminal=? res=success'", rnd(30));
	if (!raw)
		put("\x1dUID=\"root\" AUID=\"unset\"");
	put("\n");
	flush();
}

static void forged(struct host *h, const struct box *b)
{
	uint32_t user = rnd(USERS);

	next(h);
	begin(h, "VIRT_CONTROL");
	put("pid=%u uid=0 auid=%u ses=%u subj=unconfined_u:unconfined_r:unconfined_t:s0 msg='virt=container op=stop reason=exited "
	    "vm=\"box%u\" uuid=%s vm-pid=1 exit=0 sig=0 exe=\"/usr/bin/secctr\" hostname=? addr=? terminal=? res=success'", h->pid,
	    1000 + user, h->user_ses[user], b->number, uuid(b->number));
	names(user, "");
	flush();
}

static void stop(struct host *h, struct box *b)
{
	char body[512];

	snprintf(body, sizeof(body), "virt=container op=stop reason=exited vm=\"box%u\" uuid=%s vm-pid=%u exit=%u sig=0", b->number,
		 uuid(b->number), b->pid, b->number % 3);
	ours(h, "VIRT_CONTROL", b->user, b->ses, body, "success");
	b->on = false;
}

static void start(struct host *h, struct box *b)
{
	uint32_t user = rnd(USERS), from = h->user_ses[user];
	char body[768], head[160];

	if (!from || containers >= containers_max)
		return;
	*b = (struct box){ .number = containers++, .user = user, .ses = ++h->ses, .pid = h->pid += 2, .on = true };
	b->c1 = b->number % 500;
	b->c2 = 500 + b->number / 500 % 500;
	snprintf(head, sizeof(head), "vm=\"box%u\" uuid=%s", b->number, uuid(b->number));
	snprintf(body, sizeof(body), "virt=container op=create reason=cli %s path=\"registry.example.com/app%u:1\" digest=sha256:%064x "
		 "policy=sha256:%064x plan=sha256:%064x", head, b->number % 20, b->number % 20, b->number % 5, b->number);
	ours(h, "VIRT_CREATE", user, from, body, "success");
	next(h);
	begin(h, "LOGIN");
	put("pid=%u uid=0 subj=unconfined_u:unconfined_r:secctr_t:s0-s0:c0.c1023 old-auid=%u auid=%u tty=pts0 old-ses=%u ses=%u res=1", b->pid,
	    1000 + user, 1000 + user, from, b->ses);
	names(user, "");
	flush();
	snprintf(body, sizeof(body), "virt=container %s vm-ctx=%s img-ctx=system_u:object_r:secctr_container_file_t:s0:c%u,c%u model=selinux",
		 head, subj(b), b->c1, b->c2);
	ours(h, "VIRT_MACHINE_ID", user, b->ses, body, "success");
	snprintf(body, sizeof(body), "virt=container resrc=disk reason=start %s old-disk=? new-disk=\"/srv/data%u\" dir=\"/data\" mode=rw", head,
		 b->number % 9);
	ours(h, "VIRT_RESOURCE", user, b->ses, body, "success");
	snprintf(body, sizeof(body), "virt=container op=start reason=cli %s vm-pid=%u init-pid=%u pid-ns=4026532180 own-ses=%u from-ses=%u "
		 "policy=sha256:%064x plan=sha256:%064x", head, b->pid - 1, b->pid, b->ses, from, b->number % 5, b->number);
	ours(h, "VIRT_CONTROL", user, b->ses, body, "success");
}

static void do_ours(struct host *h)
{
	struct box *b = &h->box[rnd(LIVE)];
	char body[512];
	uint32_t ses, user = rnd(USERS);

	if (!b->on) {
		start(h, b);
		return;
	}
	if (rnd(20) == 0) {
		forged(h, b);
	} else if (rnd(4) == 0 && containers < containers_max) {
		stop(h, b);
	} else if (h->user_ses[user]) {
		ses = ++h->ses;
		snprintf(body, sizeof(body), "virt=container op=exec reason=cli vm=\"box%u\" uuid=%s vm-pid=%u init-pid=%u own-ses=%u from-ses=%u",
			 b->number, uuid(b->number), b->pid, b->pid + 1, ses, h->user_ses[user]);
		ours(h, "VIRT_CONTROL", user, ses, body, "success");
		snprintf(body, sizeof(body), "cwd=\"/\" cmd=\"id\" vm=\"box%u\" uuid=%s", b->number, uuid(b->number));
		ours(h, "USER_CMD", user, ses, body, "success");
		b->execs++;
	}
}

static void do_hostile(struct host *h)
{
	static char big[(1 << 20) + 1];

	next(h);
	switch (rnd(9)) {
	case 0: put("%stype=SYSCALL msg=audit(%" PRIu64 ".1", h->front, h->ms / 1000); put("\n"); break;
	case 1: put("\x01\x02garbage\x1b[31m\xff\xfe\n"); break;
	case 2:
		begin(h, "USER_CMD");
		put("pid=1 uid=0 auid=1000 ses=3 msg='cwd=\"/\" cmd=1B5B33316D1B5D303B78070A res=success'\n");
		break;
	case 3:
		begin(h, "USER_AUTH");
		put("pid=1 uid=0 auid=1000 ses=3 msg='op=x acct=\"a\x1b[2Jb\" exe=\"/x\" res=failed'\n");
		break;
	case 4:
		begin(h, "USER_LOGIN");
		put("pid=1 uid=0 auid=1000 ses=3 msg='acct=\"a");
		out[out_n++] = '\0';
		put("b\" exe=\"/x\" res=failed'\n");
		break;
	case 5:
		flush();
		memset(big, 'A', sizeof(big) - 1);
		begin(h, "EXECVE");
		put("a0=\"");
		flush();
		written += fwrite(big, 1, sizeof(big) - 1, stdout);
		put("\"\n");
		break;
	case 6:
		h->serial--;
		begin(h, "USER_ACCT");
		put("pid=1 uid=0 auid=1000 ses=3 msg='op=twice res=success'\n");
		h->serial++;
		break;
	case 7:
		begin(h, "USER");
		put("pid=1 uid=0 auid=1000 ses=3 msg='type=SYSCALL ses=1 \" ' auid=0 \x1d" "AUID=\"root\"'\n");
		break;
	default:
		begin(h, "PATH");
		put("item=0 name=0A0D1B5B41C29B31 inode=1\n");
	}
	flush();
}

static void one(struct host *h)
{
	static const struct { unsigned below; void (*make)(struct host *); } shares[] = {
		{ 45, do_exec }, { 68, do_open }, { 76, do_connect }, { 82, do_login }, { 87, do_avc }, { 92, do_ours },
		{ 96, do_sudo }, { 99, do_unit }, { 100, do_seccomp },
	};
	unsigned pick = rnd(100), i = 0;
	bool waits = late_n;

	while (pick >= shares[i].below)
		i++;
	shares[i].make(h);
	if (waits) {
		end_late();
		flush();
	}
	if (hostile && rnd(200) == 0)
		do_hostile(h);
}

int main(int argc, char *argv[])
{
	int c;

	state = 88172645463325252u;
	while ((c = getopt(argc, argv, "b:c:n:s:rh")) != -1)
		switch (c) {
		case 'b': want = strtoull(optarg, NULL, 10); break;
		case 'c': containers_max = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'n': nodes = (unsigned)strtoul(optarg, NULL, 10); break;
		case 's': state += strtoull(optarg, NULL, 10) * 7919; break;
		case 'r': raw = true; break;
		case 'h': hostile = true; break;
		default: return 2;
		}
	if (nodes < 1 || nodes > NODES_MAX)
		return 2;
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	for (unsigned i = 0; i < nodes; i++) {
		hosts[i] = (struct host){ .ms = 1795439650000u + i * 77, .ses = 1, .pid = 1000 };
		if (nodes > 1)
			snprintf(hosts[i].front, sizeof(hosts[i].front), "node=host%u ", i);
	}
	while (written < want)
		one(&hosts[rnd(nodes)]);
	end_late();
	flush();
	return fflush(stdout) != 0;
}
