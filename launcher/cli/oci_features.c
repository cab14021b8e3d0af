/* SPDX-License-Identifier: Apache-2.0 */
/* oci_features.c - secctr-runtime features (features.md of the specification) and spec, a config.json to begin with. */
#include <fcntl.h>
#include <string.h>

#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/cli/oci.h"
#include "launcher/cli/output.h"
#include "launcher/plan/caps.h"
#include "launcher/plan/recursive.h"

static json_t *words(const char *const *list)
{
	json_t *array = json_array();

	for (; *list; list++)
		json_array_append_new(array, json_string(*list));
	return array;
}

#define WORDS(...) words((const char *const[]){ __VA_ARGS__, NULL })

static json_t *capabilities(void)
{
	json_t *array = json_array();

	/* Those that no container is given are not known to it. */
	for (int bit = 0; bit < CAPS_COUNT; bit++)
		if (!(caps_never >> bit & 1))
			json_array_append_new(array, json_string(caps_name(bit)));
	return array;
}

static json_t *seccomp_flags(void)
{
	return WORDS("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
}

static json_t *seccomp(void)
{
	return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o}", "enabled", 1,
			 "actions", WORDS("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS",
					  "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRAP"),
			 "operators", WORDS("SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT",
					    "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE"),
			 "archs", WORDS("SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64"),
			 "knownFlags", seccomp_flags(), "supportedFlags", seccomp_flags());
}

static json_t *linux_part(void)
{
	return json_pack("{s:o, s:o, s:{s:b, s:b, s:b, s:b, s:b}, s:o, s:{s:b}, s:{s:b}, s:{s:b}, s:{s:o, s:o}, s:{s:{s:b}}, s:{s:b}}",
			 "namespaces", WORDS("cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"),
			 "capabilities", capabilities(),
			 "cgroup", "v1", 1, "v2", 1, "systemd", 1, "systemdUser", 0, "rdma", 1,
			 "seccomp", seccomp(),
			 "apparmor", "enabled", 0, "selinux", "enabled", 1, "intelRdt", "enabled", 0,
			 "memoryPolicy",
			 "modes", WORDS("MPOL_BIND", "MPOL_DEFAULT", "MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED", "MPOL_PREFERRED_MANY",
					"MPOL_WEIGHTED_INTERLEAVE"),
			 "flags", WORDS("MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"),
			 "mountExtensions", "idmap", "enabled", 1,
			 "netDevices", "enabled", 1);
}

static json_t *mount_options(void)
{
	json_t *array = WORDS("async", "atime", "bind", "defaults", "dev", "diratime", "exec", "idmap", "loud", "noatime", "nodev", "nodiratime",
			      "noexec", "noiversion", "nolazytime", "nomand", "norelatime", "nostrictatime", "nosuid", "nosymfollow",
			      "private", "rbind", "relatime", "ridmap", "ro", "rprivate", "rshared", "rslave", "runbindable", "rw", "shared",
			      "silent", "slave", "strictatime", "suid", "symfollow", "tmpcopyup", "unbindable");

	for (size_t i = 0; recursive_word(i); i++)
		json_array_append_new(array, json_string(recursive_word(i)));
	return array;
}

/* No annotation changes anything. */
static int features_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_json json_t *doc = NULL, *linux_ = linux_part();

	(void)c;
	(void)request;
	(void)operands;
	doc = json_pack("{s:s, s:s, s:o, s:o, s:O, s:{s:s}}", "ociVersionMin", OCI_VERSION_MIN, "ociVersionMax", OCI_VERSION,
			"hooks", WORDS("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"),
			"mountOptions", mount_options(),
			"linux", linux_, "annotations", "io.secctr.runtime.version", SECCTR_VERSION);
	return doc ? output_json(doc, e) : err_set(e, ERR_SYSTEM, ENOMEM, "features");
}

static const char example[] =
"{\n"
"    \"ociVersion\": \"1.0.0\",\n"
"    \"process\": {\n"
"        \"user\": { \"uid\": 0, \"gid\": 0 },\n"
"        \"args\": [ \"sh\" ],\n"
"        \"env\": [ \"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\", \"TERM=xterm\" ],\n"
"        \"cwd\": \"/\",\n"
"        \"capabilities\": { \"bounding\": [], \"effective\": [], \"permitted\": [] },\n"
"        \"noNewPrivileges\": true\n"
"    },\n"
"    \"root\": { \"path\": \"rootfs\", \"readonly\": true },\n"
"    \"hostname\": \"secctr\",\n"
"    \"mounts\": [\n"
"        { \"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\", \"options\": [ \"nosuid\", \"noexec\", \"nodev\" ] },\n"
"        { \"destination\": \"/dev\", \"type\": \"tmpfs\", \"source\": \"tmpfs\", \"options\": [ \"nosuid\", \"noexec\",\n"
"            \"strictatime\", \"mode=755\", \"size=65536k\" ] },\n"
"        { \"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"devpts\", \"options\": [ \"nosuid\",\n"
"            \"noexec\", \"newinstance\", \"ptmxmode=0666\", \"mode=0620\", \"gid=5\" ] },\n"
"        { \"destination\": \"/dev/shm\", \"type\": \"tmpfs\", \"source\": \"shm\", \"options\": [ \"nosuid\", \"noexec\",\n"
"            \"nodev\", \"mode=1777\", \"size=65536k\" ] },\n"
"        { \"destination\": \"/dev/mqueue\", \"type\": \"mqueue\", \"source\": \"mqueue\", \"options\": [ \"nosuid\",\n"
"            \"noexec\", \"nodev\" ] },\n"
"        { \"destination\": \"/sys\", \"type\": \"sysfs\", \"source\": \"sysfs\", \"options\": [ \"nosuid\", \"noexec\",\n"
"            \"nodev\", \"ro\" ] },\n"
"        { \"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\", \"options\": [ \"nosuid\",\n"
"            \"noexec\", \"nodev\", \"ro\" ] }\n"
"    ],\n"
"    \"linux\": {\n"
"        \"namespaces\": [ { \"type\": \"pid\" }, { \"type\": \"network\" }, { \"type\": \"ipc\" }, { \"type\": \"uts\" },\n"
"            { \"type\": \"mount\" }, { \"type\": \"cgroup\" } ],\n"
"        \"resources\": { \"devices\": [ { \"allow\": false, \"access\": \"rwm\" } ] },\n"
"        \"maskedPaths\": [ \"/proc/acpi\", \"/proc/asound\", \"/proc/kcore\", \"/proc/keys\", \"/proc/latency_stats\",\n"
"            \"/proc/timer_list\", \"/proc/timer_stats\", \"/proc/sched_debug\", \"/proc/scsi\", \"/proc/interrupts\",\n"
"            \"/sys/firmware\", \"/sys/fs/selinux\", \"/sys/dev/block\", \"/sys/devices/virtual/powercap\" ],\n"
"        \"readonlyPaths\": [ \"/proc/bus\", \"/proc/fs\", \"/proc/irq\", \"/proc/sys\", \"/proc/sysrq-trigger\" ]\n"
"    }\n"
"}\n";

struct spec_request {
	const char *bundle;
};
static const struct opt spec_opts[] = {
	{ .letter = 'b', .name = "bundle", .kind = OPT_TEXT, .offset = OPT_INTO(struct spec_request, bundle), .value = "DIR",
	  .help = "where config.json is made (default: the working directory)", .complete = "dir" },
	{ .name = "rootless", .kind = OPT_REFUSED, .help = "this version runs as root only" },
	OPT_END
};
static const struct opt *const spec_tables[] = { spec_opts, NULL };

static int spec_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct spec_request *r = request;
	auto_free char *path = NULL;
	auto_close int fd = -1;

	(void)c;
	(void)operands;
	if (str_print(&path, e, "%s/config.json", r->bundle ? r->bundle : "."))
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_set(e, errno == EEXIST ? ERR_EXISTS : ERR_SYSTEM, errno, "%.256s", path);
	return io_write_all(fd, example, sizeof(example) - 1, path, e);
}

/* No group: they need no store. */
const struct command oci_cmd_features = {
	.name = "features", .operands = "", .brief = "what this runtime can do, as the specification has it",
	.mode = OPT_MIXED, .request_size = 0, .max_operands = 0, .run = features_main,
};
const struct command oci_cmd_spec = {
	.name = "spec", .operands = "", .brief = "write a config.json to begin with",
	.mode = OPT_MIXED, .tables = spec_tables, .request_size = sizeof(struct spec_request), .max_operands = 0, .run = spec_main,
};
