/* SPDX-License-Identifier: Apache-2.0 */
/* refused.c - see refused.h. docs/podman.md gives the reasons at length. */
#include "launcher/cli/refused.h"

#include <string.h>

#define NO_KEYS "encrypted layers are not read"
#define NO_SIGNATURES "signatures are not looked at yet: the policy's [Image] Require=digest names what may run"
#define NO_REGISTRY "not in this version: `secctr pull` fetches, `secctr save` makes an archive"
#define NO_PODS "there are no pods: systemd units start containers that belong together"
#define NO_NETWORKS "a container's network is none, private, the host's, another container's or that of a path (--network), as its policy says"
static const char no_secrets[] = "`secctr run --secret` copies a file of the host in";
static const char no_kube[] = "there is no Kubernetes YAML: write `secctr run` lines, or units that do";
#define NO_HEALTH "there are no health checks: let systemd or the service itself watch"
static const char no_mounts[] = "`secctr create` and `secctr mount` of a container show an image's files, `secctr volume inspect` where a volume is";
#define NO_REMOTE "there is no remote service: use ssh"
#define NO_CGROUPS "the control group is always the container's own, with its limits from options and policy"
#define NO_REALTIME "there are no realtime budgets: --cpus, --cpu-shares"
#define NO_ARCH "an image that is imported is for this machine"
#define AS_LOADED "layers are written as they were loaded, so that digests stay the same"
static const char no_builds[] = "images are not built here: build elsewhere, `podman save`, and `secctr load` the archive";

static const char no_init[] = "the processes of a container are made and recorded in one step: `secctr create`, and `secctr start`";

/* A row for one word stands for what is behind it, too. */
static const struct {
	const char *words, *why;
} commands_of_podman[] = {
	{ "build", no_builds }, { "commit", no_builds }, { "farm", no_builds }, { "image build", no_builds },
	{ "push", NO_REGISTRY }, { "search", NO_REGISTRY }, { "login", NO_REGISTRY }, { "logout", NO_REGISTRY },
	{ "image push", NO_REGISTRY }, { "image search", NO_REGISTRY }, { "manifest", NO_REGISTRY },
	{ "image sign", "images are known by their digests: the policy's [Image] says which may run" },
	{ "image trust", "the policy's [Image] says which images may run" },
	{ "machine", "secctr runs on Linux itself, in no virtual machine" },
	{ "system service", "no socket: behind one nobody could say who asks. Use ssh and sudo" },
	{ "system connection", "there is no remote service: use ssh" },
	{ "system reset", "remove containers with `secctr rm -af`, images by name" },
	{ "system migrate", "there is nothing to migrate" }, { "system renumber", "there are no locks to renumber" },
	{ "play", no_kube }, { "kube", no_kube }, { "generate kube", no_kube },
	{ "generate spec", "`secctr inspect` shows the plan (Plan)" },
	{ "quadlet", "not in this version: write a unit that runs `secctr run`" },
	{ "auto-update", "not in this version: load the new image and start the unit again" },
	{ "pod", NO_PODS }, { "network", NO_NETWORKS }, { "secret", no_secrets }, { "healthcheck", NO_HEALTH },
	{ "events", "the audit log is the record: `secctr report`, or ausearch -m VIRT_CONTROL" },
	{ "unshare", "there are no rootless containers" },
	{ "image mount", no_mounts }, { "image unmount", no_mounts }, { "image umount", no_mounts }, { "volume mount", no_mounts },
	{ "volume unmount", no_mounts },
	{ "init", no_init }, { "container init", no_init }, { "container commit", no_builds },
	{ "image diff", "`secctr diff IMAGE` shows what its last layer changed" },
	{ "image scp", "`secctr save` on one host, scp, and `secctr load` on the other" },
	{ "volume export", "not in this version: mount it in a container, and `secctr cp` its files out" },
	{ "volume import", "not in this version: mount it in a container, and `secctr cp` the files in" },
	{ "volume reload", "there are no drivers but the local one" },
	{ "system df", "`secctr info` says how much is kept, `secctr ps -as` and `secctr images` of what" },
	{ "system prune", "`secctr container prune`, `secctr image prune` and `secctr volume prune`, each by name" },
	{ "container checkpoint", "a frozen copy would go on without a person behind it" },
	{ "container restore", "a frozen copy would go on without a person behind it" },
	{ "container clone", "run it again with the options of the first" },
	{ "container runlabel", "an image's label is not obeyed as a command line" },
	{ "compose", no_kube },
};

const char *refused_command(const char *const words[], size_t n, size_t *ret_used)
{
	for (size_t i = 0; i < sizeof(commands_of_podman) / sizeof(*commands_of_podman); i++) {
		const char *known = commands_of_podman[i].words, *blank = strchr(known, ' ');
		size_t first = blank ? (size_t)(blank - known) : strlen(known);

		if (strlen(words[0]) == first && memcmp(words[0], known, first) == 0 &&
		    (!blank || (n > 1 && strcmp(words[1], blank + 1) == 0))) {
			*ret_used = blank ? 2 : 1;
			return commands_of_podman[i].why;
		}
	}
	return NULL;
}

#define NOT(name, why) OPT_NOT(name, why)
#define NOT_LETTER(letter, name, why) OPT_NOT_LETTER(letter, name, why)

static const char of_run[] =
	NOT("privileged", "it turns everything off at once; ask for what is needed, a policy can give each thing")
	NOT("chrootdirs", "it writes into what a container takes for its own accounts")
	NOT("hostuser", "accounts of the host are not copied into containers")
	NOT("passwd-entry", "it writes into what a container takes for its own accounts")
	NOT("group-entry", "it writes into what a container takes for its own accounts")
	NOT("disable-content-trust", "it does nothing in podman") NOT("seccomp-policy", "an image does not choose its own confinement")
	NOT("decryption-key", NO_KEYS) NOT("signature-policy", NO_SIGNATURES)
	NOT_LETTER("p", "publish", NO_NETWORKS) NOT_LETTER("P", "publish-all", NO_NETWORKS) NOT("expose", NO_NETWORKS) NOT("ip", NO_NETWORKS)
	NOT("ip6", NO_NETWORKS) NOT("mac-address", NO_NETWORKS) NOT("network-alias", NO_NETWORKS) NOT("dns", NO_NETWORKS)
	NOT("dns-option", NO_NETWORKS) NOT("dns-search", NO_NETWORKS) NOT("add-host", "give the image or a bound file the /etc/hosts it needs")
	NOT("no-hosts", "secctr writes no /etc/hosts") NOT("no-hostname", "secctr writes no /etc/hostname")
	NOT("hosts-file", "give the image or a bound file the /etc/hosts it needs")
	NOT("pod", NO_PODS) NOT("pod-id-file", NO_PODS) NOT("infra-name", NO_PODS) NOT("requires", "order units in systemd")
	NOT("health-cmd", NO_HEALTH) NOT("health-interval", NO_HEALTH) NOT("health-retries", NO_HEALTH) NOT("health-timeout", NO_HEALTH)
	NOT("health-start-period", NO_HEALTH) NOT("health-on-failure", NO_HEALTH) NOT("health-startup-cmd", NO_HEALTH)
	NOT("no-healthcheck", "there are no health checks to turn off") NOT("rmi", "remove images by name")
	NOT("conmon-pidfile", "secctr's monitor is found by `secctr inspect` (State.MonitorPid)")
	NOT("rdt-class", "use the policy's resource keys")
	NOT("gpus", "devices are named one by one, as the policy allows") NOT("module", "secctr reads no containers.conf")
	NOT("http-proxy", "variables of the host are passed on by name only: --env NAME")
	NOT("env-merge", "the shell that asks puts variables together: --env")
	NOT("cgroup-parent", NO_CGROUPS) NOT("cgroup-conf", NO_CGROUPS)
	NOT("cpu-rt-period", NO_REALTIME) NOT("cpu-rt-runtime", NO_REALTIME)
	NOT("personality", "a container sees the host's kernel as it is") NOT("init-ctr", NO_PODS)
	NOT("read-only-tmpfs", "the policy's TemporaryFileSystem= and --tmpfs say what is writable memory");
static const char of_exec[] =
	NOT("privileged", "a command gets what the container's plan has, not more")
	NOT("cidfile", "name the container: its id is in the file");
static const char of_ps[] = NOT_LETTER("p", "pod", NO_PODS) NOT("storage", "it is --external");
static const char of_top[] = NOT("e", "options of ps(1) would be run inside; name descriptors, as user,pid,args");
static const char of_cleanup[] =
	NOT("exec", "what a command leaves goes with it") NOT("rmi", "remove images by name");
static const char of_update[] = NOT("cpu-rt-period", NO_REALTIME) NOT("cpu-rt-runtime", NO_REALTIME);
static const char of_import[] = NOT("arch", NO_ARCH) NOT("os", NO_ARCH) NOT("variant", NO_ARCH);
static const char of_images[] = NOT("history", "images keep no former names: `secctr report` has the records of them");
static const char of_pull[] =
	NOT_LETTER("a", "all-tags", "name the tags that you want") NOT("disable-content-trust", "it does nothing in podman")
	NOT("decryption-key", NO_KEYS) NOT("signature-policy", NO_SIGNATURES);
static const char of_rmi[] = NOT("no-prune", "an image has no parents here: its layers go when no image has them");
static const char of_save[] =
	NOT("compress", AS_LOADED) NOT("uncompressed", AS_LOADED) NOT("signature-policy", NO_REGISTRY);
static const char of_external[] = NOT("external", "there are no containers of other programs in the store");
static const char of_tree[] = NOT("whatrequires", "`secctr images` and `image tree` of each show which have a layer");
static const char of_volume_rm[] = NOT_LETTER("t", "time", "stop the container first: `secctr stop -t`");
static const char of_secctr[] =
	NOT("cgroup-manager", "systemd makes the control groups where it runs") NOT("conmon", "secctr-monitor is what watches")
	NOT_LETTER("c", "connection", NO_REMOTE) NOT("identity", NO_REMOTE) NOT_LETTER("r", "remote", NO_REMOTE) NOT("ssh", NO_REMOTE)
	NOT("url", NO_REMOTE) NOT("events-backend", "the audit log is the record: `secctr report`")
	NOT("hooks-dir", "no program of the host runs for a container") NOT("log-level", "secctr says what failed and why, and no more")
	NOT("syslog", "the audit log is the record: `secctr report`") NOT("namespace", "--root DIR keeps containers apart")
	NOT("network-cmd-path", NO_NETWORKS) NOT("network-config-dir", NO_NETWORKS) NOT("noout", "redirect: >/dev/null")
	NOT("runtime", "secctr makes containers itself") NOT("runtime-flag", "secctr makes containers itself")
	NOT("storage-driver", "layers are directories below --root, joined by overlay")
	NOT("storage-opt", "layers are directories below --root, joined by overlay") NOT("tmpdir", "--runroot DIR")
	NOT("volumepath", "volumes lie below --root") NOT("module", "secctr reads no containers.conf");

void refused_options(const char *command, struct opt ret[2])
{
	static const struct {
		const char *command, *all;
	} tables[] = {
		{ "", of_secctr }, { "run", of_run }, { "create", of_run }, { "policy explain", of_run }, { "exec", of_exec }, { "ps", of_ps },
		{ "top", of_top }, { "container cleanup", of_cleanup }, { "update", of_update }, { "import", of_import }, { "images", of_images },
		{ "pull", of_pull }, { "rmi", of_rmi }, { "save", of_save }, { "container exists", of_external }, { "image prune", of_external },
		{ "image exists", of_external }, { "image tree", of_tree }, { "volume rm", of_volume_rm },
	};

	ret[0] = ret[1] = (struct opt)OPT_END;
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		if (strcmp(tables[i].command, command) == 0)
			ret[0] = (struct opt){ .kind = OPT_REFUSED_ALL, .help = tables[i].all };
}
