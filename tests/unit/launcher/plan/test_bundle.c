/* SPDX-License-Identifier: Apache-2.0 */
/* test_bundle.c - config.json: what each property becomes, what is refused by which name, what is ignored, and the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "launcher/base/json.h"
#include "launcher/plan/bundle.h"
#include "launcher/plan/idmap.h"
#include "launcher/plan/recursive.h"

/* The smallest document that is taken; `more` are members of the parts. */
#define DOCUMENT(top, process, linux_)								\
	"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},"				\
	"\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{\"uid\":0,\"gid\":0}" process "}," \
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}]" linux_ "}" top "}"

#define NAMESPACES(list)									\
	"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"]},"	\
	"\"linux\":{\"namespaces\":[" list "]}}"
#define MOUNT(type, options)									\
	DOCUMENT(",\"mounts\":[{\"destination\":\"/m\",\"source\":\"s\",\"type\":" type ",\"options\":[" options "]}]", "", "")

#define MAP "{\"containerID\":0,\"hostID\":5,\"size\":1}"
#define MAPPED(type, uids, gids)								\
	DOCUMENT(",\"mounts\":[{\"destination\":\"/m\",\"source\":\"s\",\"type\":\"" type "\",\"uidMappings\":[" uids "],\"gidMappings\":[" gids "]}]", "", "")

#define S(text) text, sizeof(text) - 1

static int read_text(const char *text, struct bundle *b, struct err *e)
{
	return bundle_read(text, strlen(text), "config.json", b, e);
}

static void the_smallest(void **state)
{
	auto_bundle struct bundle b = { 0 };
	struct err e = { 0 };

	(void)state;
	if (read_text(DOCUMENT("", "", ""), &b, &e))
		fail_msg("%s", e.text);
	assert_int_equal(b.plan->origin, PLAN_OCI);
	assert_string_equal(b.plan->root.path, "rootfs");
	assert_int_equal(b.plan->ns[PLAN_NS_PID].mode, PLAN_NS_NEW);
	/* What is not listed is the host's: the policy sees it. */
	assert_int_equal(b.plan->ns[PLAN_NS_NET].mode, PLAN_NS_HOST);
	assert_int_equal(b.plan->root.readonly, 0);
	assert_int_equal(b.plan->process.no_new_privs, 0);
	/* The devices that every container has are in a /dev of ours. */
	assert_int_equal(b.plan->mounts.len, 1);
	assert_int_equal(PLAN_MOUNT(b.plan, 0)->kind, PLAN_MOUNT_DEV);
	assert_int_equal(b.plan->ignored.len, 0);
}

static const struct {
	const char *name, *text, *says;
	enum err_reason reason;
} refusals[] = {
	{ "no JSON", "{", "config.json", ERR_INPUT },
	{ "an array", "[]", "not an object", ERR_INPUT },
	{ "a key twice", "{\"ociVersion\":\"1.0.0\",\"ociVersion\":\"1.0.0\"}", "", ERR_INPUT },
	{ "no version", "{\"root\":{\"path\":\"r\"}}", "ociVersion: is missing", ERR_INPUT },
	{ "version 2", "{\"ociVersion\":\"2.0.0\"}", "ociVersion: 2.0.0: this program knows version 1", ERR_INPUT },
	{ "version of two", "{\"ociVersion\":\"1.0\"}", "ociVersion: 1.0 is not", ERR_INPUT },
	{ "version of a number", "{\"ociVersion\":1}", "ociVersion: not a string", ERR_INPUT },
	{ "type: uid", DOCUMENT("", ",\"oomScoreAdj\":\"1\"", ""), "process.oomScoreAdj: not a whole number", ERR_INPUT },
	{ "type: negative id", "{\"ociVersion\":\"1.0.0\",\"process\":{\"user\":{\"uid\":-1}}}", "process.user.uid: not a whole number of 0 or more", ERR_INPUT },
	{ "uid of 32 bits", "{\"ociVersion\":\"1.0.0\",\"process\":{\"user\":{\"uid\":4294967295}}}", "process.user.uid: 4294967295 is not within", ERR_INPUT },
	{ "gid beyond", DOCUMENT("", ",\"x\":0", ",\"uidMappings\":[{\"containerID\":0}]"), "linux.uidMappings[0]: needs", ERR_INPUT },
	{ "type: list of a string", DOCUMENT("", ",\"env\":\"A=B\"", ""), "process.env: not a list of strings", ERR_INPUT },
	{ "type: a number in a list", DOCUMENT("", ",\"env\":[1]", ""), "process.env: not a list of strings", ERR_INPUT },
	{ "type in a list", DOCUMENT(",\"mounts\":[{\"destination\":1}]", "", ""), "mounts[0].destination: not a string", ERR_INPUT },
	{ "type: map", DOCUMENT(",\"annotations\":{\"a\":1}", "", ""), "annotations: not an object of strings", ERR_INPUT },
	{ "annotation key", DOCUMENT(",\"annotations\":{\"a=b\":\"\"}", "", ""), "annotations: the key", ERR_INPUT },
	{ "hook without a path", DOCUMENT(",\"hooks\":{\"prestart\":[{}]}", "", ""), "hooks.prestart[0].path: (none) is not", ERR_INPUT },
	{ "hook of a relative path", DOCUMENT(",\"hooks\":{\"poststop\":[{\"path\":\"x\"}]}", "", ""), "hooks.poststop[0].path: x is not", ERR_INPUT },
	{ "hook without time", DOCUMENT(",\"hooks\":{\"poststart\":[{\"path\":\"/x\",\"timeout\":0}]}", "", ""), "hooks.poststart[0].timeout: 0 is not", ERR_INPUT },
	{ "hook of too much time", DOCUMENT(",\"hooks\":{\"poststart\":[{\"path\":\"/x\",\"timeout\":601}]}", "", ""), "hooks.poststart[0].timeout: 601 is not", ERR_INPUT },
	{ "scheduler", DOCUMENT("", ",\"scheduler\":{\"policy\":\"SCHED_EXT\"}", ""), "process.scheduler.policy: SCHED_EXT cannot", ERR_INPUT },
	{ "scheduler: real time without priority", DOCUMENT("", ",\"scheduler\":{\"policy\":\"SCHED_FIFO\"}", ""), "process.scheduler.priority: 0: is 1 to 99", ERR_INPUT },
	{ "scheduler: real time beyond", DOCUMENT("", ",\"scheduler\":{\"policy\":\"SCHED_RR\",\"priority\":100}", ""), "process.scheduler.priority: 100: is", ERR_INPUT },
	{ "scheduler: times of others", DOCUMENT("", ",\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"priority\":1,\"runtime\":5}", ""), "process.scheduler.runtime: is of SCHED_DEADLINE", ERR_INPUT },
	{ "scheduler: nice of others", DOCUMENT("", ",\"scheduler\":{\"policy\":\"SCHED_IDLE\",\"nice\":5}", ""), "process.scheduler.nice: is of SCHED_OTHER", ERR_INPUT },
	{ "affinity", DOCUMENT("", ",\"execCPUAffinity\":{\"initial\":\"0-\"}", ""), "process.execCPUAffinity.initial", ERR_INPUT },
	{ "affinity beyond", DOCUMENT("", ",\"execCPUAffinity\":{\"final\":\"8192\"}", ""), "process.execCPUAffinity.final", ERR_INPUT },
	{ "offsets without a name space", DOCUMENT("", "", ",\"timeOffsets\":{\"boottime\":{\"secs\":1}}"), "linux.timeOffsets: needs a time name space", ERR_INPUT },
	{ "offsets of a name space by path", NAMESPACES("{\"type\":\"time\",\"path\":\"/x\"}],\"timeOffsets\":{\"boottime\":{\"secs\":1}},\"maskedPaths\":["), "linux.timeOffsets: needs a time name space", ERR_INPUT },
	{ "offset of another clock", NAMESPACES("{\"type\":\"time\"}],\"timeOffsets\":{\"realtime\":{\"secs\":1}},\"maskedPaths\":["), "linux.timeOffsets.realtime: there are", ERR_INPUT },
	{ "offset: nanoseconds", NAMESPACES("{\"type\":\"time\"}],\"timeOffsets\":{\"boottime\":{\"nanosecs\":1000000000}},\"maskedPaths\":["), "linux.timeOffsets.boottime.nanosecs: 1000000000 is not", ERR_INPUT },
	{ "memory policy", DOCUMENT("", "", ",\"memoryPolicy\":{\"mode\":\"MPOL_X\"}"), "linux.memoryPolicy.mode: MPOL_X is none", ERR_INPUT },
	{ "memory policy: flag", DOCUMENT("", "", ",\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_X\"]}"), "linux.memoryPolicy.flags[0]: MPOL_F_X is none", ERR_INPUT },
	{ "memory policy: nodes", DOCUMENT("", "", ",\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\",\"nodes\":\"0\"}"), "linux.memoryPolicy.nodes: MPOL_LOCAL has none", ERR_INPUT },
	{ "interface", DOCUMENT("", "", ",\"resources\":{\"network\":{\"priorities\":[{\"name\":\"a b\",\"priority\":1}]}}"), "linux.resources.network.priorities[0].name", ERR_INPUT },
	{ "interface of 16", DOCUMENT("", "", ",\"resources\":{\"network\":{\"priorities\":[{\"name\":\"0123456789abcdef\",\"priority\":1}]}}"), "linux.resources.network.priorities[0].name", ERR_INPUT },
	{ "priority beyond", DOCUMENT("", "", ",\"resources\":{\"network\":{\"priorities\":[{\"name\":\"eth0\",\"priority\":4294967296}]}}"), "linux.resources.network.priorities[0].priority", ERR_INPUT },
	{ "class beyond", DOCUMENT("", "", ",\"resources\":{\"network\":{\"classID\":4294967296}}"), "linux.resources.network.classID: 4294967296 is not", ERR_INPUT },
	{ "rdma of nothing", DOCUMENT("", "", ",\"resources\":{\"rdma\":{\"mlx\":{}}}"), "linux.resources.rdma.mlx: needs hcaHandles", ERR_INPUT },
	{ "rdma beyond", DOCUMENT("", "", ",\"resources\":{\"rdma\":{\"mlx\":{\"hcaObjects\":4294967296}}}"), "linux.resources.rdma.mlx.hcaObjects: is not", ERR_INPUT },
	{ "rdma: a name of two words", DOCUMENT("", "", ",\"resources\":{\"rdma\":{\"a b\":{\"hcaObjects\":1}}}"), "linux.resources.rdma.a b: no device", ERR_INPUT },
	{ "scheduler: priority", DOCUMENT("", ",\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"priority\":1}", ""), "process.scheduler.priority: 1: is 1 to 99", ERR_INPUT },
	{ "scheduler: flags", DOCUMENT("", ",\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"flags\":[\"x\"]}", ""), "process.scheduler.flags[0]: x cannot", ERR_INPUT },
	{ "scheduler: in front", DOCUMENT("", ",\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"nice\":-21}", ""), "process.scheduler.nice: -21 is not", ERR_INPUT },
	{ "ioPriority", DOCUMENT("", ",\"ioPriority\":{\"class\":\"IOPRIO_CLASS_NONE\"}", ""), "process.ioPriority.class: IOPRIO_CLASS_NONE cannot", ERR_INPUT },
	{ "ioPriority: level", DOCUMENT("", ",\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":8}", ""), "process.ioPriority.priority: 8", ERR_INPUT },
	{ "inheritable", DOCUMENT("", ",\"capabilities\":{\"inheritable\":[\"CAP_KILL\"]}", ""), "capabilities.inheritable: has more than ambient", ERR_INPUT },
	{ "permitted", DOCUMENT("", ",\"capabilities\":{\"permitted\":[\"CAP_KILL\"]}", ""), "capabilities.permitted: differs", ERR_INPUT },
	{ "rlimit twice", DOCUMENT("", ",\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":0},{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":0}]", ""),
	  "process.rlimits[1].type: RLIMIT_CORE appears twice", ERR_INPUT },
	{ "rlimit without hard", DOCUMENT("", ",\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0}]", ""), "process.rlimits[0]: needs soft and hard", ERR_INPUT },
	{ "unified: the group itself", DOCUMENT("", "", ",\"resources\":{\"unified\":{\"cgroup.procs\":\"1\"}}"), "linux.resources.unified: cgroup.procs: is no file", ERR_INPUT },
	{ "unified: a path", DOCUMENT("", "", ",\"resources\":{\"unified\":{\"memory.x/../y\":\"1\"}}"), "linux.resources.unified: memory.x/../y: is no file", ERR_INPUT },
	{ "unified: bounded", DOCUMENT("", "", ",\"resources\":{\"unified\":{\"memory.max\":\"1\"}}"), "linux.resources.unified: memory.max: has a property", ERR_INPUT },
	{ "unified: lines", DOCUMENT("", "", ",\"resources\":{\"unified\":{\"memory.high\":\"1\\n2\"}}"), "linux.resources.unified: memory.high: more than one line", ERR_INPUT },
	{ "idle", DOCUMENT("", "", ",\"resources\":{\"cpu\":{\"idle\":2}}"), "linux.resources.cpu.idle: 2 is not", ERR_INPUT },
	{ "huge pages", DOCUMENT("", "", ",\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"2MB/../x\",\"limit\":1}]}"), "linux.resources.hugepageLimits[0].pageSize:", ERR_INPUT },
	{ "huge pages without a limit", DOCUMENT("", "", ",\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"2MB\"}]}"), "linux.resources.hugepageLimits[0].limit:", ERR_INPUT },
	{ "weight of a device", DOCUMENT("", "", ",\"resources\":{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":9}]}}"), "blockIO.weightDevice[0].weight: 9", ERR_INPUT },
	{ "rate of no device", DOCUMENT("", "", ",\"resources\":{\"blockIO\":{\"throttleReadIOPSDevice\":[{\"major\":8,\"rate\":9}]}}"), "blockIO.throttleReadIOPSDevice[0]: needs major", ERR_INPUT },
	{ "kernel memory", DOCUMENT("", "", ",\"resources\":{\"memory\":{\"kernel\":1}}"), "linux.resources.memory.kernel:", ERR_INPUT },
	{ "oom killer", DOCUMENT("", "", ",\"resources\":{\"memory\":{\"disableOOMKiller\":true}}"), "memory.disableOOMKiller: needs a limit", ERR_INPUT },
	{ "swap below limit", DOCUMENT("", "", ",\"resources\":{\"memory\":{\"limit\":2000000,\"swap\":1000000}}"), "memory.swap: is memory and swap", ERR_INPUT },
	{ "period", DOCUMENT("", "", ",\"resources\":{\"cpu\":{\"period\":999}}"), "linux.resources.cpu.period: 999", ERR_INPUT },
	{ "intelRdt", DOCUMENT("", "", ",\"intelRdt\":{\"closID\":\"x\"}"), "linux.intelRdt: cannot", ERR_INPUT },
	{ "netDevices: a network of one's own", DOCUMENT("", "", ",\"netDevices\":{\"eth0\":{\"name\":\"x\"}}"), "linux.netDevices: needs a network name space", ERR_INPUT },
	{ "netDevices: 16 bytes", DOCUMENT("", "", ",\"netDevices\":{\"eth0\":{\"name\":\"0123456789abcdef\"}}"), "linux.netDevices.eth0: not an object with a name", ERR_INPUT },
	{ "netDevices: a path", DOCUMENT("", "", ",\"netDevices\":{\"a/b\":{}}"), "linux.netDevices.a/b: not an object with a name", ERR_INPUT },
	{ "netDevices: no object", DOCUMENT("", "", ",\"netDevices\":{\"eth0\":1}"), "linux.netDevices.eth0: not an object", ERR_INPUT },
	{ "netDevices: one name", DOCUMENT("", "", ",\"netDevices\":{\"a\":{\"name\":\"c\"},\"b\":{\"name\":\"c\"}}"), "there are two that are called c inside", ERR_INPUT },
	{ "netDevices: lo", DOCUMENT("", "", ",\"netDevices\":{\"lo\":{}}"), "there are two that are called lo inside", ERR_INPUT },
	{ "netDevices: 17", DOCUMENT("", "", ",\"netDevices\":{\"a\":{},\"b\":{},\"c\":{},\"d\":{},\"e\":{},\"f\":{},\"g\":{},\"h\":{},\"i\":{},\"j\":{},\"k\":{},\"l\":{},"
	  "\"m\":{},\"n\":{},\"o\":{},\"p\":{},\"q\":{}}"), "linux.netDevices: not an object of at most 16 devices", ERR_INPUT },
	{ "name space twice", NAMESPACES("{\"type\":\"pid\"},{\"type\":\"pid\"}"), "linux.namespaces[1].type: pid appears twice", ERR_INPUT },
	{ "name space unknown", NAMESPACES("{\"type\":\"pidd\"}"), "linux.namespaces[0].type: pidd is no name space", ERR_INPUT },
	{ "name space path", NAMESPACES("{\"type\":\"pid\",\"path\":\"/a/../b\"}"), "linux.namespaces[0].path:", ERR_INPUT },
	{ "cgroups: dots", DOCUMENT("", "", ",\"cgroupsPath\":\"/a/../../x\""), "linux.cgroupsPath: /a/../../x", ERR_INPUT },
	{ "cgroups: dots at once", DOCUMENT("", "", ",\"cgroupsPath\":\"../x\""), "linux.cgroupsPath: ../x", ERR_INPUT },
	{ "cgroups: the top", DOCUMENT("", "", ",\"cgroupsPath\":\"/\""), "linux.cgroupsPath: /", ERR_INPUT },
	{ "scope: two parts", DOCUMENT("", "", ",\"cgroupsPath\":\"system.slice:x\""), "linux.cgroupsPath: system.slice:x: for systemd's driver it is SLICE:PREFIX:NAME", ERR_INPUT },
	{ "scope: four parts", DOCUMENT("", "", ",\"cgroupsPath\":\"system.slice:x:y:z\""), "it is SLICE:PREFIX:NAME", ERR_INPUT },
	{ "scope: no name", DOCUMENT("", "", ",\"cgroupsPath\":\"system.slice:x:\""), "it is SLICE:PREFIX:NAME", ERR_INPUT },
	{ "scope: a slice", DOCUMENT("", "", ",\"cgroupsPath\":\"system.slice:x:y.slice\""), "not in a slice of its own", ERR_INPUT },
	{ "scope: no slice", DOCUMENT("", "", ",\"cgroupsPath\":\"system:x:y\""), "linux.cgroupsPath: system is not the name of a slice", ERR_INPUT },
	{ "scope: another path", DOCUMENT("", "", ",\"cgroupsPath\":\"a.slice:../b:y\""), "linux.cgroupsPath: control group", ERR_INPUT },
	{ "cgroups: a newline", DOCUMENT("", "", ",\"cgroupsPath\":\"/a/b\\nc\""), "linux.cgroupsPath: control group", ERR_INPUT },
	{ "deny a part", DOCUMENT("", "", ",\"resources\":{\"devices\":[{\"allow\":false,\"type\":\"c\",\"access\":\"w\"}]}"), "linux.resources.devices[0]: denies a part", ERR_INPUT },
	{ "deny all after others", DOCUMENT("", "", ",\"resources\":{\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":200},{\"allow\":false}]}"), "linux.resources.devices[1]: denies all after", ERR_INPUT },
	{ "access", DOCUMENT("", "", ",\"resources\":{\"devices\":[{\"allow\":true,\"type\":\"c\",\"access\":\"rr\"}]}"), "linux.resources.devices[0]: not a type", ERR_INPUT },
	{ "fifo", DOCUMENT("", "", ",\"devices\":[{\"type\":\"p\",\"path\":\"/dev/x\"}]"), "linux.devices[0].type: p", ERR_INPUT },
	{ "device without a rule", DOCUMENT("", "", ",\"devices\":[{\"type\":\"c\",\"path\":\"/dev/fuse\",\"major\":10,\"minor\":229}]"), "linux.devices: no rule", ERR_INPUT },
	{ "propagation unknown", DOCUMENT("", "", ",\"rootfsPropagation\":\"bogus\""), "linux.rootfsPropagation: bogus: there are", ERR_INPUT },
	{ "personality", DOCUMENT("", "", ",\"personality\":{\"domain\":\"BSD\"}"), "linux.personality.domain: BSD", ERR_INPUT },
	{ "personality flags", DOCUMENT("", "", ",\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"x\"]}"), "linux.personality.flags:", ERR_INPUT },
	{ "masked path", DOCUMENT("", "", ",\"maskedPaths\":[\"proc/keys\"]"), "linux.maskedPaths[0]: proc/keys", ERR_INPUT },
	{ "mount option", MOUNT("\"tmpfs\"", "\"sync\""), "mounts[0].options: sync on /m cannot", ERR_INPUT },
	{ "recursive option", MOUNT("\"bind\"", "\"rsync\""), "mounts[0].options: rsync on /m cannot", ERR_INPUT },
	{ "tmpcopyup of a bind", MOUNT("\"bind\"", "\"tmpcopyup\""), "mounts[0].options: tmpcopyup on /m: is for a tmpfs", ERR_INPUT },
	{ "tmpcopyup of /dev", DOCUMENT(",\"mounts\":[{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"options\":[\"tmpcopyup\"]}]", "", ""),
	  "tmpcopyup on /dev: is for a tmpfs, and nothing of the root", ERR_INPUT },
	{ "shared tmpfs", MOUNT("\"tmpfs\"", "\"rshared\""), "mounts[0].options: rshared on /m: is for a bind", ERR_INPUT },
	{ "idmap of a tmpfs", MOUNT("\"tmpfs\"", "\"idmap\""), "mounts[0].options: idmap on /m: is for a bind", ERR_INPUT },
	{ "idmap without maps", MOUNT("\"bind\"", "\"ridmap\""), "mounts[0].options: idmap on /m: neither the mount nor the container", ERR_INPUT },
	{ "data of a bind", MOUNT("\"bind\"", "\"size=1\""), "mounts[0].options: size=1 on /m cannot", ERR_INPUT },
	{ "size of nothing", MOUNT("\"tmpfs\"", "\"size=0\""), "mounts[0].options: size=0: not a size", ERR_INPUT },
	{ "mode", MOUNT("\"tmpfs\"", "\"mode=9\""), "mounts[0].options: mode=9: not a number", ERR_INPUT },
	{ "mount type", MOUNT("\"ext4\"", "\"ro\""), "mounts[0].type: ext4 on /m", ERR_INPUT },
	{ "bind without a source", DOCUMENT(",\"mounts\":[{\"destination\":\"/m\",\"type\":\"bind\"}]", "", ""), "mounts[0].source: is missing", ERR_INPUT },
	{ "destination", DOCUMENT(",\"mounts\":[{\"destination\":\"/m/../x\",\"type\":\"tmpfs\"}]", "", ""), "mounts[0].destination: /m/../x", ERR_INPUT },
	{ "idmap of a mount", DOCUMENT(",\"mounts\":[{\"destination\":\"/m\",\"type\":\"tmpfs\",\"uidMappings\":[{}]}]", "", ""), "mounts[0].uidMappings[0]: needs containerID", ERR_INPUT },
	{ "a map of a tmpfs", MAPPED("tmpfs", MAP, MAP), "mounts[0].uidMappings: are for a bind", ERR_INPUT },
	{ "one map", MAPPED("bind", MAP, ""), "mounts[0]: uidMappings and gidMappings go together", ERR_INPUT },
	{ "a map of nothing", MAPPED("bind", "{\"containerID\":0,\"hostID\":5,\"size\":0}", MAP), "mounts[0]: uidMappings: 0:5:0: ids are", ERR_INPUT },
	{ "a map with an id twice", MAPPED("bind", MAP "," MAP, MAP), "mounts[0]: uidMappings: 0:5:1 has ids of another range", ERR_INPUT },
	{ "seccomp action", DOCUMENT("", "", ",\"seccomp\":{\"defaultAction\":\"ALLOW\"}"), "linux.seccomp.defaultAction: ALLOW is no action", ERR_INPUT },
	{ "seccomp notify", DOCUMENT("", "", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"x\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}"),
	  "linux.seccomp.listenerPath: is needed with SCMP_ACT_NOTIFY", ERR_INPUT },
	{ "seccomp trace", DOCUMENT("", "", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_TRACE\"}"), "linux.seccomp.defaultAction: SCMP_ACT_TRACE cannot", ERR_INPUT },
	{ "seccomp notify of all", DOCUMENT("", "", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"/x\"}"), "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot", ERR_INPUT },
	{ "seccomp notify of sendmsg", DOCUMENT("", "", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/x\",\"syscalls\":[{\"names\":[\"x\",\"sendmsg\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}"),
	  "linux.seccomp.syscalls[0].names: sendmsg, which", ERR_INPUT },
	{ "seccomp listener elsewhere", DOCUMENT("", "", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/x/../y\"}"), "linux.seccomp.listenerPath: /x/../y is not absolute and", ERR_INPUT },
	{ "seccomp listener", DOCUMENT("", "", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/x\"}"), "linux.seccomp.listenerPath: no rule has SCMP_ACT_NOTIFY", ERR_INPUT },
	{ "seccomp flag", DOCUMENT("", "", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_ALL\"]}"), "linux.seccomp.flags[1]: SECCOMP_FILTER_FLAG_ALL is none", ERR_INPUT },
	{ "seccomp flag of a listener", DOCUMENT("", "", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]}"), "linux.seccomp.flags: SECCOMP_FILTER_FLAG_WAIT", ERR_INPUT },
	{ "seccomp errno of a kill", DOCUMENT("", "", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"x\"],\"action\":\"SCMP_ACT_KILL\",\"errnoRet\":1}]}"),
	  "linux.seccomp.syscalls[0].errnoRet: only", ERR_INPUT },
	{ "Windows", DOCUMENT(",\"windows\":{\"layerFolders\":[\"x\"]}", "", ""), "windows: is for Windows", ERR_INPUT },
	{ "virtual machine", DOCUMENT(",\"vm\":{\"kernel\":{}}", "", ""), "vm: virtual machines", ERR_INPUT },
	{ "host name", DOCUMENT(",\"hostname\":\"a b\"", "", ""), "hostname: a b: letters", ERR_INPUT },
};

static void refuses(void **state)
{
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		auto_bundle struct bundle b = { 0 };
		struct err e = { 0 };

		if (read_text(refusals[i].text, &b, &e) == 0) {
			print_error("%s: was taken\n", refusals[i].name);
			bad++;
		} else if (!strstr(e.text, refusals[i].says) || e.reason != refusals[i].reason) {
			print_error("%s: \"%s\" is not like \"%s\"\n", refusals[i].name, e.text, refusals[i].says);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

/* Each property without a function is refused by its own path, where it says anything. */
static void every_refused_one_by_name(void **state)
{
	(void)state;
	for (const struct bundle_property *p = bundle_properties; p->path; p++) {
		auto_str struct str text = { 0 };
		auto_bundle struct bundle b = { 0 };
		struct err e = { 0 };
		size_t depth = 0;

		if (p->becomes)
			continue;
		assert_non_null(p->hint);
		assert_int_equal(str_add(&text, "{", &e), 0);
		for (const char *at = p->path; *at; depth++) {
			size_t n = strcspn(at, ".[");
			bool list = strncmp(at + n, "[].", 3) == 0;

			assert_int_equal(str_addf(&text, &e, "\"%.*s\":%s", (int)n, at, at[n] ? list ? "[{" : "{" : "7"), 0);
			at += n + (list ? 3 : at[n] == '.');
		}
		/* Closed from the inside; a list has one brace more. */
		for (const char *at = p->path + strlen(p->path); at > p->path; at--)
			if (*at == '.')
				assert_int_equal(str_add(&text, at[-1] == ']' ? "}]" : "}", &e), 0);
		assert_int_equal(str_add(&text, "}", &e), 0);
		if (read_text(text.text, &b, &e) == 0)
			fail_msg("%s: was taken", p->path);
		if (!strstr(e.text, p->hint))
			fail_msg("%s: %s", p->path, e.text);
	}
}

/* What asks for nothing is no request: Go writes such for what is not set. */
static void nothing_is_no_request(void **state)
{
	auto_bundle struct bundle b = { 0 };
	struct err e = { 0 };

	(void)state;
	if (read_text(DOCUMENT(",\"hooks\":{},\"windows\":null,\"mounts\":null", ",\"scheduler\":null,\"rlimits\":null",
			       ",\"intelRdt\":{},\"resources\":{\"unified\":{},\"hugepageLimits\":[],\"rdma\":{},\"memory\":{\"checkBeforeUpdate\":false}}"), &b, &e))
		fail_msg("%s", e.text);
}

static void unknown_ones_are_told(void **state)
{
	auto_bundle struct bundle b = { 0 };
	struct err e = { 0 };

	(void)state;
	if (read_text(DOCUMENT(",\"future\":{\"a\":1},\"mounts\":[{\"destination\":\"/m\",\"type\":\"tmpfs\",\"new\":1}]",
			       ",\"capabilities\":{\"bounding\":[\"CAP_NO_SUCH\",\"CAP_KILL\"]}", ",\"odd\":[]"), &b, &e))
		fail_msg("%s", e.text);
	assert_int_equal(b.plan->ignored.len, 4);
	assert_true(strv_has(&b.plan->ignored, "future"));
	assert_true(strv_has(&b.plan->ignored, "mounts[0].new"));
	assert_true(strv_has(&b.plan->ignored, "linux.odd"));
	assert_true(strv_has(&b.plan->ignored, "process.capabilities.bounding[0]"));
	assert_int_equal(b.plan->process.cap_bound.len, 1);
}

static void takes_what_it_says(void **state)
{
	auto_bundle struct bundle b = { 0 };
	struct err e = { 0 };
	const struct plan *p;

	(void)state;
	if (read_text(DOCUMENT(",\"hostname\":\"h\",\"domainname\":\"d.example\",\"annotations\":{\"a\":\"b\"},"
			       "\"mounts\":[{\"destination\":\"/b\",\"source\":\"x\",\"options\":[\"rbind\",\"ro\",\"noexec\",\"rslave\",\"noatime\"]},"
			       "{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"nosuid\",\"size=1m\",\"mode=750\",\"uid=3\",\"gid=4\"]}]",
			       ",\"terminal\":true,\"consoleSize\":{\"height\":40,\"width\":100},\"noNewPrivileges\":true,\"oomScoreAdj\":-5,"
			       "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":1,\"hard\":18446744073709551615}],"
			       "\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"effective\":[\"CAP_KILL\"],\"permitted\":[\"CAP_KILL\"],\"inheritable\":[\"CAP_KILL\"],\"ambient\":[\"CAP_KILL\"]}",
			       ",\"cgroupsPath\":\"/k8s.io/x\",\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"},"
			       "\"devices\":[{\"type\":\"c\",\"path\":\"/dev/fuse\",\"major\":10,\"minor\":229,\"fileMode\":8630,\"uid\":1,\"gid\":2}],"
			       "\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rw\"},"
			       "{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"b\",\"major\":8,\"access\":\"r\"}],"
			       "\"memory\":{\"limit\":1048576,\"swap\":2097152,\"reservation\":4096,\"swappiness\":10},"
			       "\"cpu\":{\"burst\":5,\"idle\":1,\"shares\":1024,\"quota\":50000,\"period\":100000,\"cpus\":\"0-1\",\"mems\":\"0\"},\"pids\":{\"limit\":7},\"blockIO\":{\"weight\":500,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":1000}],"
			       "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":1,\"rate\":7}]},\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}],"
			       "\"unified\":{\"memory.high\":\"1000\"}},"
			       "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"architectures\":[\"SCMP_ARCH_X86_64\"],"
			       "\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":1,\"value\":18446744073709551615,\"op\":\"SCMP_CMP_EQ\"}]}]}"), &b, &e))
		fail_msg("%s", e.text);
	p = b.plan;
	assert_int_equal(b.rows, 40);
	assert_int_equal(b.columns, 100);
	assert_string_equal(p->hostname, "h");
	assert_string_equal(p->domainname, "d.example");
	assert_string_equal(p->annotations.item[0], "a=b");
	assert_true(p->process.terminal && p->process.no_new_privs == 1 && p->process.oom_score_adj == -5);
	assert_true(FIELD_AT(&p->process.limits, struct plan_limit, 0)->hard == UINT64_MAX);
	assert_string_equal(p->process.cap_ambient.item[0], "CAP_KILL");
	assert_int_equal(p->mounts.len, 3);
	assert_int_equal(PLAN_MOUNT(p, 0)->kind, PLAN_MOUNT_BIND);
	assert_true(PLAN_MOUNT(p, 0)->recursive && PLAN_MOUNT(p, 0)->readonly && PLAN_MOUNT(p, 0)->noexec && PLAN_MOUNT(p, 0)->dev &&
		    PLAN_MOUNT(p, 0)->suid && PLAN_MOUNT(p, 0)->propagation == PLAN_RSLAVE && PLAN_MOUNT(p, 0)->atime == PLAN_NOATIME);
	assert_true(!PLAN_MOUNT(p, 1)->suid && PLAN_MOUNT(p, 1)->size == 1 << 20 && PLAN_MOUNT(p, 1)->mode == 0750 &&
		    PLAN_MOUNT(p, 1)->uid == 3 && PLAN_MOUNT(p, 1)->gid == 4);
	assert_string_equal(p->resources.cgroup_parent, "/k8s.io");
	assert_string_equal(p->resources.cgroup_name, "x");
	assert_string_equal(p->sysctls.item[0], "net.ipv4.ip_forward=1");
	assert_int_equal(p->devices.len, 2);
	assert_string_equal(PLAN_DEVICE(p, 0)->access, "rw");
	assert_true(PLAN_DEVICE(p, 0)->mode == 0666 && PLAN_DEVICE(p, 0)->uid == 1 && PLAN_DEVICE(p, 0)->gid == 2);
	assert_true(!PLAN_DEVICE(p, 1)->path && PLAN_DEVICE(p, 1)->major == 8 && PLAN_DEVICE(p, 1)->minor == -1);
	assert_true(p->resources.memory_max == 1 << 20 && p->resources.memory_swap == 2 << 20 && p->resources.memory_low == 4096 &&
		    p->resources.swappiness == 10 && p->resources.tasks_max == 7);
	assert_true(p->resources.cpu_weight == 100 && p->resources.cpu_quota == 500000 && p->resources.cpu_period == 100000 &&
		    p->resources.io_weight == 100);
	assert_true(p->resources.cpu_burst == 5 && p->resources.cpu_idle == 1 && PLAN_HUGEPAGES(&p->resources, 0)->limit == 4 << 20);
	assert_string_equal(PLAN_IO(&p->resources, 0)->path, "/dev/block/8:0");
	assert_true(PLAN_IO(&p->resources, 0)->value == 200 && PLAN_IO(&p->resources, 1)->what == PLAN_IO_WIOPS && PLAN_IO(&p->resources, 1)->value == 7);
	assert_string_equal(p->resources.unified.item[0], "memory.high=1000");
	assert_string_equal(p->seccomp.default_action, "errno");
	assert_int_equal(p->seccomp.default_errno, 38);
	assert_string_equal(p->seccomp.architectures.item[0], "x86_64");
	assert_true(FIELD_AT(&FIELD_AT(&p->seccomp.rules, struct plan_seccomp_rule, 0)->args, struct plan_seccomp_arg, 0)->value == UINT64_MAX);
}

/* An update says only what changes. */
static void scopes(void **state)
{
	static const struct {
		const char *text, *parent, *name;
	} rows[] = {
#define SCOPE(path) DOCUMENT("", "", ",\"cgroupsPath\":\"" path "\"")
		{ SCOPE("machine.slice:libpod:0a"), "/machine.slice", "libpod-0a.scope" },
		{ SCOPE("kubepods-besteffort-pod1.slice:cri-containerd:x"), "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice",
		  "cri-containerd-x.scope" },
		{ SCOPE(":p:x"), "/system.slice", "p-x.scope" }, { SCOPE("-.slice::x"), "/", "x.scope" },
#undef SCOPE
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_bundle struct bundle b = { 0 };
		struct err e;

		if (read_text(rows[i].text, &b, &e))
			fail_msg("%s", e.text);
		assert_string_equal(b.plan->resources.cgroup_parent, rows[i].parent);
		assert_string_equal(b.plan->resources.cgroup_name, rows[i].name);
		assert_int_equal(b.plan->cgroup_manager, PLAN_CGROUP_SYSTEMD);
	}
}

static void resources_alone(void **state)
{
	auto_bundle struct bundle b = { 0 };
	struct err e = { 0 };
	bool check = false;

	(void)state;
	if (read_text(DOCUMENT("", "", ",\"resources\":{\"memory\":{\"limit\":1048576},\"pids\":{\"limit\":7},\"cpu\":{\"period\":50000,\"cpus\":\"0\"}}"), &b, &e))
		fail_msg("%s", e.text);
	if (bundle_read_resources(S("{\"memory\":{\"limit\":2097152,\"checkBeforeUpdate\":true},\"cpu\":{\"quota\":25000,\"cpus\":\"1\"},\"devices\":[]}"), "r.json", b.plan, &check, &e))
		fail_msg("%s", e.text);
	assert_true(check && b.plan->resources.memory_max == 2 << 20 && b.plan->resources.tasks_max == 7 && b.plan->resources.cpu_quota == 500000);
	assert_string_equal(b.plan->resources.cpus, "1");
	assert_int_equal(bundle_read_resources(S("{\"devices\":[{\"allow\":true}]}"), "r.json", b.plan, &check, &e), -1);
	assert_non_null(strstr(e.text, "r.json: linux.resources.devices: which devices"));
	assert_int_equal(bundle_read_resources(S("{\"rdma\":{\"x\":{}}}"), "r.json", b.plan, &check, &e), -1);
	assert_non_null(strstr(e.text, "r.json: linux.resources.rdma.x: needs"));
	assert_int_equal(bundle_read_resources(S("[]"), "r.json", b.plan, &check, &e), -1);
}

/* The plain flags are what the policy looks at, so a recursive word sets them too. */
static void recursive_options(void **state)
{
	auto_bundle struct bundle b = { 0 };
	uint64_t set, clear;
	struct err e = { 0 };
	const struct plan_mount *m;

	(void)state;
	if (read_text(MOUNT("\"bind\"", "\"rbind\",\"ro\",\"rnosuid\",\"rnodev\",\"rsuid\",\"rrw\",\"rnoatime\",\"rshared\",\"nosymfollow\""), &b, &e))
		fail_msg("%s", e.text);
	m = PLAN_MOUNT(b.plan, 0);
	assert_true(!m->readonly && m->suid && !m->dev && m->nosymfollow && m->propagation == PLAN_RSHARED);
	recursive_bits(&m->recursive_options, &set, &clear);
	assert_true(set == (MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME));
	assert_true(clear == (MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY | MOUNT_ATTR__ATIME));
	bundle_done(&b);
	/* In whatever order: what is applied last counts. */
	if (read_text(MOUNT("\"bind\"", "\"rbind\",\"rrw\",\"rdev\",\"rsuid\",\"rexec\",\"ro\",\"nodev\",\"nosuid\",\"noexec\""), &b, &e))
		fail_msg("%s", e.text);
	m = PLAN_MOUNT(b.plan, 0);
	assert_true(!m->readonly && m->suid && m->dev && !m->noexec);
	bundle_done(&b);
	/* Nothing is below what is no bind. */
	if (read_text(MOUNT("\"tmpfs\"", "\"rro\",\"tmpcopyup\""), &b, &e))
		fail_msg("%s", e.text);
	m = PLAN_MOUNT(b.plan, 0);
	assert_true(m->readonly && m->copy_up && !m->recursive_options.len);
	bundle_done(&b);
	if (read_text(DOCUMENT("", "", ",\"rootfsPropagation\":\"rslave\""), &b, &e))
		fail_msg("%s", e.text);
	assert_int_equal(b.plan->root.propagation, PLAN_RSLAVE);
}

/* A list of n times `item` with its number in place of '#', between `before` and `after`. */
static int read_many(const char *before, const char *item, size_t n, const char *after, struct err *e)
{
	auto_str struct str text = { 0 };
	auto_bundle struct bundle b = { 0 };

	assert_int_equal(str_add(&text, before, e), 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(str_add(&text, i ? "," : "", e), 0);
		for (const char *at = item; *at; at++)
			assert_int_equal(*at == '#' ? str_addf(&text, e, "%zu", i) : str_addf(&text, e, "%c", *at), 0);
	}
	assert_int_equal(str_add(&text, after, e), 0);
	return bundle_read(text.text, text.len, "config.json", &b, e);
}

#define FRONT "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{\"uid\":0,\"gid\":0"
static const struct {
	const char *name, *before, *item, *after;
	size_t max;
} limits[] = {
	{ "groups", FRONT ",\"additionalGids\":[", "#", "]}}}", BUNDLE_GROUPS_MAX },
	{ "annotations", FRONT "}},\"annotations\":{", "\"a#\":\"\"", "}}", BUNDLE_ANNOTATIONS_MAX },
	{ "sysctls", FRONT "}},\"linux\":{\"sysctl\":{", "\"kernel.a#\":\"\"", "}}}", PLAN_LIMITS_MAX },
	{ "rlimits", FRONT "},\"rlimits\":[", "{\"type\":\"RLIMIT_#\",\"soft\":0,\"hard\":0}", "]}}", PLAN_LIMITS_MAX },
	/* One is ours: /dev. */
	{ "mounts", FRONT "}},\"mounts\":[", "{\"destination\":\"/m#\",\"type\":\"tmpfs\"}", "]}", PLAN_MOUNTS_MAX - 1 },
	{ "masked paths", FRONT "}},\"linux\":{\"maskedPaths\":[", "\"/m#\"", "]}}", PLAN_MASKS_MAX },
	{ "read-only paths", FRONT "}},\"linux\":{\"readonlyPaths\":[", "\"/m#\"", "]}}", PLAN_MASKS_MAX },
	{ "maps", FRONT "}},\"linux\":{\"uidMappings\":[", "{\"containerID\":#,\"hostID\":9,\"size\":1}", "]}}", PLAN_IDMAPS_MAX },
	{ "rdma devices", FRONT "}},\"linux\":{\"resources\":{\"rdma\":{", "\"d#\":{\"hcaHandles\":4294967295}", "}}}}", PLAN_LIMITS_MAX },
	{ "interfaces", FRONT "}},\"linux\":{\"resources\":{\"network\":{\"priorities\":[", "{\"name\":\"0123456789abc#\",\"priority\":4294967295}", "]}}}}", PLAN_LIMITS_MAX },
	{ "hooks", FRONT "}},\"hooks\":{\"prestart\":[", "{\"path\":\"/h#\",\"timeout\":600}", "]}}", PLAN_HOOKS_MAX },
	{ "words of a hook", FRONT "}},\"hooks\":{\"createRuntime\":[{\"path\":\"/h\",\"env\":[", "\"A#=\"", "]}]}}", PLAN_HOOK_WORDS_MAX },
	{ "maps of a mount", FRONT "}},\"mounts\":[{\"destination\":\"/m\",\"type\":\"bind\",\"source\":\"s\",\"gidMappings\":[" MAP "],\"uidMappings\":[",
	  "{\"containerID\":#,\"hostID\":#,\"size\":1}", "]}]}", PLAN_IDMAPS_MAX },
	{ "devices", FRONT "}},\"linux\":{\"resources\":{\"devices\":[", "{\"allow\":true,\"type\":\"b\",\"major\":#,\"access\":\"r\"}", "]}}}", PLAN_DEVICES_MAX },
	{ "rules", FRONT "}},\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[", "{\"names\":[\"n#\"],\"action\":\"SCMP_ACT_LOG\"}", "]}}}", BUNDLE_RULES_MAX },
	{ "names", FRONT "}},\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"action\":\"SCMP_ACT_LOG\",\"names\":[", "\"n#\"", "]}]}}}", BUNDLE_RULES_MAX },
	{ "environment", FRONT "},\"env\":[", "\"a#=\"", "]}}", PLAN_ENV_MAX },
};

static void has_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		struct err e = { 0 };

		if (read_many(limits[i].before, limits[i].item, limits[i].max, limits[i].after, &e))
			fail_msg("%s: %zu: %s", limits[i].name, limits[i].max, e.text);
		if (read_many(limits[i].before, limits[i].item, limits[i].max + 1, limits[i].after, &e) == 0)
			fail_msg("%s: %zu were taken", limits[i].name, limits[i].max + 1);
		if (e.reason != ERR_LIMIT)
			fail_msg("%s: %s", limits[i].name, e.text);
	}
}

/* Name spaces have one each, so their list is long only with mistakes in it. */
static void many_name_spaces(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(read_many(FRONT "}},\"linux\":{\"namespaces\":[", "{\"type\":\"pid\",\"n\":#}", BUNDLE_NAMESPACES_MAX + 1, "]}}", &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(read_many(FRONT "}},\"linux\":{\"namespaces\":[", "{\"type\":\"pid\",\"n\":#}", BUNDLE_NAMESPACES_MAX, "]}}", &e), -1);
	assert_int_equal(e.reason, ERR_INPUT);
}

/* What was refused by name once, with values at their limits. */
static void scheduling_and_clocks(void **state)
{
	auto_bundle struct bundle b = { 0 };
	struct err e = { 0 };
	const struct plan *p;

	(void)state;
	if (bundle_read(S("{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"scheduler\":{\"policy\":\"SCHED_DEADLINE\","
			  "\"runtime\":1,\"deadline\":2,\"period\":3,\"flags\":[\"SCHED_FLAG_RECLAIM\",\"SCHED_FLAG_RESET_ON_FORK\"]},\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":7},"
			  "\"execCPUAffinity\":{\"initial\":\"0-3,5\",\"final\":\"8191\"}},\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"time\"},{\"type\":\"network\"}],"
			  "\"netDevices\":{\"a\":{\"name\":\"0123456789abcde\"},\"b\":{},\"c\":{},\"d\":{},\"e\":{},\"f\":{},\"g\":{},\"h\":{},\"i\":{},\"j\":{},\"k\":{},\"l\":{},\"m\":{},"
			  "\"n\":{},\"o\":{},\"p\":{}},"
			  "\"timeOffsets\":{\"monotonic\":{\"secs\":-9,\"nanosecs\":999999999},\"boottime\":{\"secs\":9}},"
			  "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_STATIC_NODES\"]},\"resources\":{\"cpu\":{\"realtimeRuntime\":1,\"realtimePeriod\":2},"
			  "\"network\":{\"classID\":4294967295,\"priorities\":[{\"name\":\"0123456789abcde\",\"priority\":4294967295}]},\"rdma\":{\"m\":{\"hcaHandles\":1,\"hcaObjects\":4294967295}}},"
			  "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/run/s\",\"listenerMetadata\":\"m\",\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\",\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\","
			  "\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"],\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}}}"), "config.json", &b, &e))
		fail_msg("%s", e.text);
	p = b.plan;
	assert_true(p->process.scheduler == PLAN_SCHED_DEADLINE && p->process.sched_runtime == 1 && p->process.sched_deadline == 2 &&
		    p->process.sched_period == 3 && p->process.sched_flags == 3 && p->process.sched_priority == FIELD_NONE);
	assert_true(p->process.io_class == PLAN_IO_REALTIME && p->process.io_priority == 7);
	assert_string_equal(p->process.exec_cpus_initial, "0-3,5");
	assert_string_equal(p->process.exec_cpus_final, "8191");
	assert_int_equal(p->ns[PLAN_NS_TIME].mode, PLAN_NS_NEW);
	assert_int_equal(p->net_devices.len, PLAN_NET_DEVICES_MAX);
	assert_string_equal(strv_env(&p->net_devices, "a"), "0123456789abcde");
	assert_string_equal(strv_env(&p->net_devices, "b"), "b");
	assert_string_equal(strv_env(&p->time_offsets, "monotonic"), "-9 999999999");
	assert_string_equal(strv_env(&p->time_offsets, "boottime"), "9 0");
	assert_true(p->memory_policy.mode == PLAN_MEM_BIND && p->memory_policy.flags == 1 << 15);
	assert_true(p->resources.cpu_rt_runtime == 1 && p->resources.cpu_rt_period == 2 && p->resources.net_class == UINT32_MAX);
	assert_string_equal(p->resources.net_priorities.item[0], "0123456789abcde=4294967295");
	assert_string_equal(p->resources.rdma.item[0], "m=hca_handle=1 hca_object=4294967295");
	assert_string_equal(p->seccomp.listener, "/run/s");
	assert_string_equal(p->seccomp.metadata, "m");
	assert_true(p->seccomp.flags.len == 3 && !p->ignored.len);
}

static void metadata_has_a_limit(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		auto_str struct str text = { 0 };
		auto_bundle struct bundle b = { 0 };
		struct err e = { 0 };

		assert_int_equal(str_addf(&text, &e, FRONT "}},\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/s\",\"listenerMetadata\":\"%0*d\","
					  "\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}}}", BUNDLE_METADATA_MAX + more, 0), 0);
		assert_int_equal(bundle_read(text.text, text.len, "config.json", &b, &e), more ? -1 : 0);
		assert_true(!more || e.reason == ERR_LIMIT);
	}
}

/* Of the specification's own words: what features says is what a document may have. */
static void rows_are_whole(void **state)
{
	(void)state;
	for (const struct bundle_property *p = bundle_properties; p->path; p++) {
		assert_true(!p->becomes == !!p->hint);
		assert_true(strlen(p->path) < 128);
		for (const struct bundle_property *other = bundle_properties; other < p; other++)
			assert_string_not_equal(other->path, p->path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_smallest), cmocka_unit_test(refuses), cmocka_unit_test(every_refused_one_by_name),
		cmocka_unit_test(nothing_is_no_request), cmocka_unit_test(unknown_ones_are_told), cmocka_unit_test(takes_what_it_says),
		cmocka_unit_test(resources_alone), cmocka_unit_test(scheduling_and_clocks), cmocka_unit_test(metadata_has_a_limit), cmocka_unit_test(scopes),
		cmocka_unit_test(recursive_options),
		cmocka_unit_test(has_limits), cmocka_unit_test(many_name_spaces), cmocka_unit_test(rows_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
