# SPDX-License-Identifier: Apache-2.0
# How secctr shows things and finds commands: --format, ps, inspect, top, stats, info, aliases, help and refusals by name.
load lib

setup_file() { make_place; }
teardown() { remove_all; }

no() { refused -n 125 "$1" "$BIN/secctr" --root "$STORE" --runroot "$RUN" "${@:2}"; }
three() { # first, second (ended with 3), third
	start --name first --label env=prod --label tier=a "$BUSY" sleep 1000
	try_secctr run --name second --label env=test --rootfs "$BUSY" sh -c 'exit 3'
	start --name third "$BUSY" sleep 1001
}
names() { secctr ps --format '{{.Names}}' "$@" | tr '\n' ' '; }

@test "ps: templates with Podman's fields, tables of them, errors that name the fields" {
	three
	row "fields"; like "$(secctr ps -f name=first --format '{{.ID}}|{{.Names}}|{{.State}}|{{.Status}}|{{.Command}}|{{.RunningFor}}|{{.Label "env"}}|{{index .Labels "tier"}}')" \
		'^[0-9a-f]{12}\|first\|running\|Up .*\|sleep 1000\|.* ago\|prod\|a$'
	row "whole ids"; like "$(secctr ps --no-trunc -f name=first --format '{{.ID}}')" '^[0-9a-f]{64}$'
	row "table"; like "$(secctr ps --format 'table {{.ID}}\t{{.Names}}' | head -n 1)" '^CONTAINER ID  NAMES$'
	row "table, no heading"; unlike "$(secctr ps --noheading --format 'table {{.ID}}\t{{.Names}}')" 'NAMES'
	row "json of a row"; same "$(secctr ps -f name=first --format '{{json .Labels}}' | jq -c .)" '{"env":"prod","tier":"a"}'
	row "json by template is json"; same "$(secctr ps -a --format '{{ json . }}' | jq length)" 3
	row "if and range"; same "$(secctr ps -a --sort names --format '{{if eq .State "exited"}}{{.Names}} {{range $k, $v := .Labels}}{{$k}}={{$v}}{{end}}{{end}}' | grep .)" 'second env=test'
	row "newline"; same "$(secctr ps -f name=third --format '{{.Names}}\n{{.State}}' | wc -l)" 2
	row "names in json is a list"; same "$(secctr ps -f name=third --format json | jq -r '.[0].Names[0], .[0].Command[1]' | tr '\n' ' ')" 'third 1001 '
	row "json of several is one text"; same "$(secctr ps -a --format json)" "$(secctr ps -a --format json | jq --indent 4 .)"
	row "json of none"; same "$(secctr ps -a -f name=nosuch --format json)" '[]'
	row "a field that is not there, and no row"; same "$(secctr ps -f name=nosuch --format '{{.Nosuch}}')" ''
	row "unknown field"; no 'no field .Nosuch; there are: ID ' ps --format '{{.Nosuch}}'
	row "unknown function"; no 'no function "printf"' ps --format '{{printf "x"}}'
	row "no template"; no 'table, json, or a template' ps --format yaml
	row "too long"; no 'more than 16384 bytes' ps --format "{{.ID}}$(printf '%016384d' 0)"
	rows_done
}

@test "ps: filters are Podman's: one of a key's values, all keys, every label" {
	three
	row "name is a pattern"; same "$(names -a -f 'name=^f.*t$')" 'first '
	row "names are alternatives"; same "$(names -a -f name=first -f name=second)" 'first second '
	row "keys must all fit"; same "$(names -a -f name=first -f name=second -f status=exited)" 'second '
	row "label"; same "$(names -a -f label=env)" 'first second '
	row "label with value"; same "$(names -a -f label=env=prod)" 'first '
	row "labels must all fit"; same "$(names -a -f label=env -f label=tier)" 'first '
	row "label!"; same "$(names -a -f 'label!=env')" 'third '
	row "label! with value"; same "$(names -a -f 'label!=env=prod')" 'second third '
	row "status implies all"; same "$(names -f status=exited)" 'second '
	row "stopped is exited"; same "$(names -f status=stopped)" 'second '
	row "exited"; same "$(names -a -f exited=3)" 'second '; same "$(names -a -f exited=0)" ''
	row "since"; same "$(names -a -f since=first)" 'second third '
	row "before"; same "$(names -a -f before=third)" 'first second '
	row "until"; same "$(names -a -f until=1h)" ''; same "$(names -a -f until=0s)" 'first second third '
	row "id"; same "$(names -a -f id="$(secctr ps -q -f name=third)")" 'third '
	row "command"; same "$(names -a -f command=sleep)" 'first third '
	row "policy"; same "$(names -a -f policy=default)" 'first second third '; same "$(names -a -f policy=web)" ''
	row "login"; same "$(names -a -f login=1000)" 'first second third '; same "$(names -a -f login=ann)" 'first second third '; same "$(names -a -f login=bob)" ''
	row "ancestor"; same "$(names -a -f ancestor="$BUSY")" 'first second third '; same "$(names -a -f ancestor=nosuch)" ''
	row "volume"; same "$(names -a -f volume=/nosuch)" ''
	row "unknown key"; no 'no such filter; there are ancestor, before' ps -f nosuch=1
	row "Podman's only"; no 'filter pod: not in secctr' ps -f pod=x
	row "no value"; no 'label=VALUE' ps -f label
	row "bad pattern"; no 'name=' ps -f 'name=['
	row "bad status"; no 'no such status; there are' ps -f status=nosuch
	row "bad code"; no 'from 0 to 255' ps -f exited=256
	row "no such container"; no 'nosuch' ps -f since=nosuch
	row "no such login"; no 'no such account' ps -f login=nosuch
	row "64 filters"; try_secctr ps $(printf -- '-f label=env %.0s' $(seq 64)); same "$status" 0
	row "65 filters"; no 'more than 64 filters' ps $(printf -- '-f label=env %.0s' $(seq 65))
	rows_done
}

@test "ps: what stands in the plan is shown without it, up to a bound, and the same beyond it" {
	mkdir -p "$PLACE/bound"
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[SELinux]\nRequire=if-enabled\n[Filesystem]\nBindPaths=%s/bound\n' "$PLACE" | policy bound
	shown() { secctr ps -f name="$1" --format json | jq -c '.[0] | [.Command, .Mounts, .ImageID]'; }
	said() { secctr inspect "$1" | jq -c '.[0] | [.Config.Cmd, [.Mounts[].Destination], .Image]'; }
	# sh, -c, what it runs, and /mnt are 27 bytes with their NULs; the word has one too.
	for n in 996 997; do
		row "$n"
		start --name "n$n" --policy bound -v "$PLACE/bound:/mnt" "$BUSY" sh -c "exec sleep 1000" "$(printf "%0${n}d" 0)"
		like "$(shown "n$n")" '"/mnt"'; same "$(shown "n$n")" "$(said "n$n")"
		rm "$STORE/containers/$(secctr ps -q --no-trunc -f name="n$n")/plan.json"
	done
	row "without the plan"; like "$(shown n996)" '^\[\["sh","-c",.*\],\["/mnt"\],""\]$'
	row "beyond it without the plan"; like "$(shown n997)" '^\[\["sh -c exec .*"\],\[\],""\]$'
	rows_done
}

@test "ps: order, --last, --latest, --size, --ns, --watch, what excludes what" {
	three
	row "in the order of making"; same "$(names -a)" 'first second third '
	row "by name"; same "$(names -a --sort names)" 'first second third '
	row "by status"; same "$(names -a --sort status)" 'second first third '
	row "by command"; same "$(names -a --sort command)" 'second first third '
	row "bad order"; no '--sort nosuch: command, created' ps --sort nosuch
	row "last"; same "$(names -n 2)" 'second third '
	row "latest"; same "$(names -l)" 'third '
	row "size"; like "$(secctr ps -s | head -n 1)" 'SIZE *$'; like "$(secctr ps -s --format '{{.Size}}' | head -n 1)" '^0 B \(virtual '
	row "ns"; like "$(secctr ps --ns | head -n 1)" '^CONTAINER ID +NAMES +PID +CGROUPNS +IPC +MNT +NET +PIDNS +USERNS +UTS'
	pid=$(secctr inspect -f '{{.State.Pid}}' first)
	same "$(secctr ps -f name=first --format '{{.Namespaces.MNT}}')" "$(readlink "/proc/$pid/ns/mnt" | tr -dc 0-9)"
	row "watch"; LIMIT=2 try_secctr ps -w 1 --format '{{.Names}}'; same "$status" 124; [ "$(grep -c first <<<"$out")" -ge 2 ] || bad "$out"
	row "accepted, as Podman has them"; try_secctr ps --sync --external -a; same "$status" 0
	row "last and latest"; no 'exclude' ps -l -n 1
	row "quiet and size"; no 'exclude' ps -q -s
	row "watch and latest"; no 'exclude' ps -w 1 -l
	row "pods"; no 'pod is not in secctr: there are no pods' ps --pod
	rows_done
}

@test "inspect: Podman's members, templates, --latest, --size" {
	start --name i --hostname box -e A=1 --label k=v -u 700:700 -w /tmp --stop-signal USR1 "$BUSY" sleep 1000
	f() { secctr inspect -f "$1" "${2-i}"; }
	row "State"; same "$(f '{{.State.Status}} {{.State.Running}} {{.State.Paused}} {{.State.ExitCode}}')" 'running true false 0'
	row "Config"; same "$(f '{{.Config.Hostname}} {{.Config.User}} {{.Config.WorkingDir}} {{join .Config.Cmd " "}} {{.Config.StopSignal}} {{index .Config.Labels "k"}}')" 'box 700:700 /tmp sleep 1000 10 v'
	row "Env"; like "$(f '{{range .Config.Env}}{{println .}}{{end}}')" '(^|
)A=1(
|$)'
	row "json Env"; f '{{json .Config.Env}}' | jq -e 'index("A=1")' >/dev/null || bad "no A=1"
	row "HostConfig"; same "$(f '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.Privileged}} {{.HostConfig.NetworkMode}} {{len .HostConfig.CapAdd}}')" 'true false none 0'
	row "SecurityOpt"; like "$(f '{{.HostConfig.SecurityOpt}}')" 'no-new-privileges'
	row "Id by either name"; same "$(f '{{.ID}}')" "$(f '{{.Id}}')"
	row "Name"; same "$(f '{{.Name}} {{.OCIRuntime}} {{len .Mounts}}')" 'i secctr 0'
	row "ours"; same "$(f '{{.Policy}} {{.Audit.LoginUid}}')" 'default 1000'
	row "size"; same "$(secctr inspect -s i | jq '.[0].SizeRw')" 0
	row "latest"; same "$(secctr inspect -l -f '{{.Name}}')" i
	row "latest and a name"; no 'exclude' inspect -l i
	row "nothing named"; no 'name a container' inspect
	row "two"; start --name j "$BUSY" sleep 1000; same "$(secctr inspect -f '{{.Name}}' i j | tr '\n' ' ')" 'i j '
	row "unknown field"; no 'no field .Nosuch; there are: Id Created' inspect -f '{{.Nosuch}}' i
	row "two documents"; same "$(secctr inspect i j | jq length)" 2
	rows_done
}

@test "hostile text comes out of templates and JSON harmless, and JSON is the same" {
	evil=$'\033]0;x\007\xe2\x80\xae\xc2\x9b31m'
	start --name h --label "k=$evil" "$BUSY" sleep 1000
	for form in '{{.Label "k"}}' '{{.Labels}}' '{{json .Labels}}' '{{range $k, $v := .Labels}}{{println $v}}{{end}}' 'table {{.Names}}\t{{.Label "k"}}' json; do
		row "$form"
		text=$(secctr ps --format "$form")
		unlike "$text" $'\033'; unlike "$text" $'\xe2\x80\xae'; unlike "$text" $'\xc2\x9b'
	done
	row "the same"; same "$(secctr ps --format json | jq -r '.[0].Labels.k')" "$evil"
	row "inspect"; unlike "$(secctr inspect h)" $'\033|\xe2\x80\xae'; same "$(secctr inspect h | jq -r '.[0].Config.Labels.k')" "$evil"
	rows_done
}

@test "top: the processes inside by Podman's descriptors, and nothing is run there" {
	start --name t -u 700 "$BUSY" sh -c 'sleep 500 & sleep 501; true'
	sleep 0.3
	row "usual"; like "$(secctr top t | head -n 1)" '^USER +PID +PPID +%CPU +ELAPSED +TTY +TIME +COMMAND$'
	row "inside"; same "$(secctr top t pid,ppid,user | tail -n +2 | tr -s ' ' | sed 's/ *$//' | head -n 1)" '1 0 app'
	row "all of them"; same "$(secctr top t pid args | tail -n +2 | wc -l)" 3
	row "parents"; same "$(secctr top t ppid,args | awk '$2 == "sleep" && $3 == 500 { print $1 }')" 1
	row "host"; same "$(secctr top t hpid | sed -n 2p | tr -d ' ')" "$(secctr inspect -f '{{.State.Pid}}' t)"
	row "confinement"; same "$(secctr top t seccomp,capeff,state | sed -n 2p | tr -s ' ')" 'filter none S'
	row "AIX"; like "$(secctr top t %p %U | head -n 1)" '^PID +USER'
	row "latest"; like "$(secctr top -l pid | head -n 1)" 'PID'
	row "no descriptor"; no 'no descriptor nosuch; there are args, capamb' top t nosuch
	row "64 descriptors"; try_secctr top t $(printf 'pid %.0s' $(seq 64)); same "$status" 0
	row "65 descriptors"; no 'more than 64 descriptors' top t $(printf 'pid %.0s' $(seq 65))
	row "options of ps"; no 'would be run inside' top t -ef
	row "ended"; secctr stop -t 0 t; no 't is not running' top t
	row "none"; no 'nosuch' top nosuch
	rows_done
}

@test "top asks the policy, and its refusal is recorded" {
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Who]\nAllowInspect=bob\n[SELinux]\nRequire=if-enabled\n' | policy watched
	start --policy watched --name o "$BUSY" sleep 1000
	row "refused"; refused 125 'AllowInspect=' "$BIN/secctr" --root "$STORE" --runroot "$RUN" top o
	row "bob may"; (echo 1001 >/proc/self/loginuid; secctr top o >/dev/null) || bad "bob could not"
	rows_done
}

@test "stats: what containers use, once and again" {
	start --name s "$BUSY" sh -c 'i=0; while :; do i=$((i+1)); done'
	sleep 0.5
	row "heading"; like "$(secctr stats --no-stream | head -n 1)" '^ID +NAME +CPU % +MEM USAGE / LIMIT +MEM % +NET IO +BLOCK IO +PIDS +CPU TIME +AVG CPU %$'
	row "json"; same "$(secctr stats --no-stream --format json | jq -r '.[0].name')" s
	[ -z "$(secctr inspect -f '{{.State.CgroupPath}}' s | grep secctr)" ] ||
		{ row "it works"; [ "$(secctr stats --no-stream --format '{{.CPUNano}}' s)" -gt 0 ] || bad "no processor time"; }
	row "pids"; [ "$(secctr stats --no-stream --format '{{.PIDS}}' s)" -ge 0 ] || bad "no pids"
	row "stream"; LIMIT=3 try_secctr stats --no-reset -i 1 --format '{{.Name}} {{.CPUPerc}}' s; same "$status" 124; [ "$(grep -c '^s ' <<<"$out")" -ge 2 ] || bad "$out"
	row "a stream ends with its containers"; (sleep 1; secctr kill s >/dev/null) & LIMIT=10 try_secctr stats --no-reset -i 1 --format '{{.Name}}' s; same "$status" 0; wait
	row "all"; same "$(secctr stats -a --no-stream --format '{{.Name}} {{.CPUPerc}}')" 's 0.00%'
	row "ended"; no 's is not running' stats --no-stream s
	row "all and a name"; no 'exclude' stats -a s
	row "interval"; no 'whole number from 1' stats -i 0
	rows_done
}

@test "info, version, port, container exists" {
	start --name e "$BUSY" sleep 1000
	row "version"; like "$(secctr version --format '{{.Client.Version}} {{.Version}}')" '^[0-9.]+ [0-9.]+$'; like "$(secctr version)" '^Version: +[0-9.]+'
	row "version json"; secctr version --format json | jq -e '.Client.OsArch' >/dev/null || bad "no JSON"
	row "info"; same "$(secctr info --format '{{.Store.ContainerStore.Running}} {{.Host.Security.SeccompEnabled}} {{.Host.Audit.Ready}}')" '1 true true'
	row "info text"; like "$(secctr info)" 'cgroupVersion: v[12]'
	row "info json"; secctr info -f json | jq -e '.policies.names | index("default")' >/dev/null || bad "no policy"
	row "exists"; try_secctr container exists e; same "$status" 0
	row "does not"; try_secctr container exists nosuch; same "$status" 1; same "$err$out" ''
	row "port"; try_secctr port e; same "$status" 0; same "$out" ''
	row "a port"; no 'is not published' port e 80
	row "policy list"; same "$(secctr policy list --format '{{.Name}}' | grep -c '^default$')" 1
	rows_done
}

@test "logs: several containers, names, relative times, --latest, over rotations" {
	try_secctr run --name a --rootfs "$BUSY" sh -c 'echo from a'
	try_secctr run --name b --rootfs "$BUSY" sh -c 'echo from b; echo more'
	row "names"; same "$(secctr logs -n a b)" $'a from a\nb from b\nb more'
	row "ids"; like "$(secctr logs a b | head -n 1)" '^[0-9a-f]{12} from a$'
	row "one has no front"; same "$(secctr logs -n a)" 'from a'
	row "color"; like "$(secctr logs --color -n a b)" $'\033\\[36ma\033\\[0m from a'
	row "no color in a pipe"; unlike "$(secctr logs -n a b)" $'\033'
	row "tail of each"; same "$(secctr logs --tail 1 -n a b)" $'a from a\nb more'
	row "tail all"; same "$(secctr logs --tail -1 b | wc -l)" 2
	row "latest"; same "$(secctr logs -l | head -n 1)" 'from b'
	row "since"; same "$(secctr logs --since 1h a)" 'from a'; same "$(secctr logs --since 0s a)" ''
	row "until"; same "$(secctr logs --until 1h a)" ''; same "$(secctr logs --until 0s a)" 'from a'
	row "bad time"; no 'is no time' logs --since yesterday a
	row "nothing named"; no 'name a container' logs
	row "256 containers"; same "$(secctr logs --tail 1 $(printf 'a %.0s' $(seq 256)) | wc -l)" 256
	row "257 containers"; no 'more than 256 containers' logs $(printf 'a %.0s' $(seq 257))
	row "followed over rotations"
	start --name r --log-opt max-size=64k "$BUSY" sh -c 'i=0; while [ $i -lt 6000 ]; do echo line $i; i=$((i+1)); [ $((i % 200)) -ne 0 ] || sleep 0.05; done'
	LIMIT=60 try_secctr logs -f r
	same "$status" 0
	same "$(tail -n 1 <<<"$out")" 'line 5999'
	same "$(sort <<<"$out" | uniq -d | wc -l)" 0 "lines that came twice"
	[ "$(wc -l <<<"$out")" -ge 5000 ] || bad "$(wc -l <<<"$out") lines"
	rows_done
}

@test "commands by Podman's other names; help; misspelt ones; what is not there, with a hint" {
	start --name c --label x=y "$BUSY" sleep 1000
	row "container ls"; same "$(secctr container ls -q)" "$(secctr ps -q)"
	row "container list"; same "$(secctr container list -q)" "$(secctr ps -q)"
	row "container ps"; same "$(secctr container ps -q)" "$(secctr ps -q)"
	row "container inspect"; same "$(secctr container inspect -f '{{.Name}}' c)" c
	row "container inspect of an image"; no 'nosuch' container inspect nosuch
	row "container stop"; try_secctr container stop -t 0 c; same "$out" c
	row "container rm"; try_secctr container rm c; same "$out" c
	row "image ls"; try_secctr image ls; like "$out" '^REPOSITORY'
	row "system info"; try_secctr system info; same "$status" 0
	row "help of a family"; like "$("$BIN/secctr" help container)" 'ls +list containers: ps'
	row "help of a command"; same "$("$BIN/secctr" help exec)" "$("$BIN/secctr" exec --help)"
	row "help behind values and operands"; same "$("$BIN/secctr" images --format X some --help)" "$("$BIN/secctr" images --help)"
	row "help of an alias"; same "$("$BIN/secctr" container ls --help)" "$("$BIN/secctr" ps --help)"
	row "help of policies"; like "$("$BIN/secctr" help policy)" '/etc/secctr/policy.d'
	row "help of templates"; like "$("$BIN/secctr" help format)" '\{\{\.ID\}\}'
	row "misspelt"; no 'unknown command insepct; did you mean inspect' insepct
	row "misspelt, two words"; no 'policy chekc: no such sub-command; did you mean check' policy chekc
	row "misspelt, of a family"; no 'container stpo: no such sub-command; did you mean stop' container stpo
	row "misspelt option"; no 'unknown option --formta; did you mean --format' ps --formta x
	row "family alone"; no 'needs a sub-command; try `secctr help container' container
	row "two words"; no '^secctr: container checkpoint is not in secctr: .' container checkpoint x
	for c in init 'container init' 'image mount' 'image scp' 'volume export' 'system df' 'system prune'; do
		row "$c"
		# shellcheck disable=SC2086
		no "^secctr: $c is not in secctr: ." $c
	done
	for c in build machine 'machine init' 'system service' 'play kube' 'kube play' pod 'pod create' network secret login push events 'image unmount' 'container checkpoint'; do
		row "$c"
		# shellcheck disable=SC2086
		no "^secctr: ${c%% *}( ${c#* })? is not in secctr: ." $c
	done
	for o in --privileged --chrootdirs=x --hostuser=x --passwd-entry=x -p=80:80 --pod=x --health-cmd=x --gpus=all; do
		row "run $o"; no 'is not in secctr: .' run "$o" x
	done
	rows_done
}

@test "a table fits the terminal, and a pipe gets all of it" {
	start --name "a-name-that-is-as-long-as-names-of-containers-may-be-in-a-table" "$BUSY" sh -c "sleep 1000; true" with a command of many words
	on_terminal() { script -qec "stty cols $1; '$BIN/secctr' --root '$STORE' --runroot '$RUN' ps ${*:2}" /dev/null </dev/null | tr -d '\r'; }
	row "120 columns"; shown=$(on_terminal 120); same "$(awk '{ if (length > m) m = length } END { print (m <= 120) }' <<<"$shown")" 1; like "$shown" '\.\.\.'
	row "no-trunc"; like "$(on_terminal 120 --no-trunc)" 'a-name-that-is-as-long-as-names-of-containers-may-be-in-a-table'
	row "pipe"; like "$(secctr ps)" 'a-name-that-is-as-long-as-names-of-containers-may-be-in-a-table'
	rows_done
}
