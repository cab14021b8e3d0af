/* SPDX-License-Identifier: Apache-2.0 */
/* topics.c - see topics.h. The manual pages say the same at length. */
#include "launcher/cli/topics.h"

#include <string.h>

static const char policy[] =
	"Policies decide what a container gets. A request asks; a policy grants it, fills what the\n"
	"request leaves open, or refuses and names its rule. It never changes a request silently.\n"
	"\n"
	"Where they are:\n"
	"  /etc/secctr/policy.d/NAME.policy        yours; takes the place of a shipped one of that name\n"
	"  /usr/share/secctr/policy.d/NAME.policy  shipped: default, web, database, systemd, batch, ...\n"
	"  /etc/secctr/site.policy                 bounds all others, if it is there\n"
	"\n"
	"Which one answers: `secctr run --policy NAME`; else the one whose [Match] fits image and name\n"
	"best; else default, which is strict: no capability, no network, a read-only root.\n"
	"\n"
	"A policy that lets one group run one image with a writable directory and 512 MiB:\n"
	"\n"
	"  [Match]\n"
	"  Image=localhost/web/*\n"
	"  [Who]\n"
	"  AllowLogin=alice @webadmins\n"
	"  [Filesystem]\n"
	"  BindPaths=/srv/web\n"
	"  [Resources]\n"
	"  MemoryMax=512M\n"
	"\n"
	"Keys are systemd's where systemd has one; a login is the one that sudo does not change.\n"
	"\n"
	"Commands:\n"
	"  secctr policy list               the files that are in force\n"
	"  secctr policy show NAME          every setting with its file and line\n"
	"  secctr policy check FILE         what is wrong in a file, before it is in force\n"
	"  secctr policy explain OPTIONS    what `secctr run OPTIONS` would get, and by which rule\n"
	"\n"
	"A refusal names field, rule and place:\n"
	"  secctr: process.capBounding: CAP_NET_ADMIN is not in the bounding set\n"
	"          (CapabilityBoundingSet= at built-in)\n"
	"\n"
	"secctr.policy(5) has all keys, secctr-policy(1) the commands.\n";

static const char format[] =
	"--format and inspect -f take `json`, or a template: text with fields of the row in {{ }}.\n"
	"\n"
	"  {{.ID}} {{.Names}}\\n              fields; \\t and \\n are a tab and a newline\n"
	"  table {{.ID}}\\t{{.Status}}        a table with headings; \\t parts the columns\n"
	"  {{.State.Status}}                 a field of a field\n"
	"  {{json .}} {{json .Config.Env}}   JSON on one line\n"
	"  {{index .Labels \"KEY\"}}           by key or number; in ps also {{.Label \"KEY\"}}\n"
	"  {{range .Mounts}}{{.Destination}} {{end}}\n"
	"  {{if .State.Running}}up{{else}}down{{end}}   {{with .X}}..{{end}}\n"
	"  {{.Names | upper}}                functions: json index len upper lower title join split\n"
	"                                    truncate print println eq ne lt le gt ge and or not\n"
	"  {{- .X -}}                        without the blanks around\n"
	"\n"
	"A field that is not there is an error that names those there are. Values are shown with \\xNN\n"
	"for what a terminal would obey; JSON has \\uXXXX for it.\n";

static const struct {
	const char *word, *text;
} topics[] = { { "policy", policy }, { "format", format } };

const char *topic_text(const char *word)
{
	for (size_t i = 0; i < sizeof(topics) / sizeof(*topics); i++)
		if (strcmp(topics[i].word, word) == 0)
			return topics[i].text;
	return NULL;
}

const char *topic_name(size_t i)
{
	return i < sizeof(topics) / sizeof(*topics) ? topics[i].word : NULL;
}
