#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 16-volumes.sh - named volumes, user name spaces and files handed in and out, with SELinux enforcing.
# shellcheck disable=SC2016 # expanded by the guest
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$(dirname "$0")/../containers.sh"

shared=secctr_shared_file_t:s0
run() { # [OPTION...] -- COMMAND: a container of its own, with categories of its own
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	as_root secctr run --rm --policy volumes "${options[@]}" $image "$@"
}
labels_in() { as_root "find '$1' -exec stat -c %C {} + | cut -d: -f3- | sort -u"; } # DIR: types and levels
data=/var/lib/secctr/volumes/data/_data

prepare_host
policy volumes <<-'END'
	[Policy]
	Description=Volumes and user name spaces
	[Process]
	AllowHostIDs=500000-599999
	AllowContainerNamespaces=user pid ipc
	AllowNamespacePaths=user
	[Filesystem]
	ReadOnlyRoot=no
	BindPaths=/srv /etc
	AllowVolumes=*
	AllowMountOptions=chown
	[Network]
	AllowModes=container
	[Image]
	AllowImageMounts=*
	[SELinux]
	Require=enforcing
END
mark=$(audit_mark)

# --- what one container leaves in a volume the next can read and change
ok "A writes into a volume" run -v data:/mnt -- sh -c 'echo a >/mnt/f; mkdir /mnt/d; echo b >/mnt/d/g; ln -s f /mnt/l; mkfifo /mnt/p'
is "all of it is everybody's" "$(labels_in $data)" $shared
is "B reads it" "$(run -v data:/mnt -- cat /mnt/f /mnt/l /mnt/d/g)" $'a\na\nb'
ok "and changes it" run -v data:/mnt -- sh -c 'echo c >>/mnt/f; rm /mnt/p; mv /mnt/d/g /mnt/d/h; cp /bin/busybox /mnt/'
is "a program in it is the first of a container, and sees that" "$(run -v data:/mnt -- /mnt/busybox sh -c 'cat /mnt/f; ls /mnt/d')" $'a\nc\nh'
ok "a container with private files" as_root "secctr run -d --name a --policy volumes -v data:/mnt $image sh -c 'echo secret >/root/own; echo open >/mnt/own; exec sleep 1000' 2>/dev/null"
own=/proc/$(as_root "secctr inspect a" | sed -nE 's/.*"Pid": *([0-9]+).*/\1/p' | head -n 1)/root/root/own
as_root "until test -s $data/own; do sleep 0.1; done"
is "what it writes elsewhere has its categories" "$(as_root stat -c %C "$own" | grep -cE ':secctr_container_file_t:s0:c[0-9]+,c[0-9]+$')" 1
ok "what it writes there is open" run -v data:/mnt -- grep -q open /mnt/own

# --- :Z and :z
refused "a volume that another running container uses is not made private" "is used by" run -v data:/mnt:Z -- true
as_root 'secctr rm -f -t 0 a' >/dev/null
ok "Z makes it one container's" as_root "secctr run -d --name z --policy volumes -v data:/mnt:Z $image sh -c 'echo mine >/mnt/mine; exec sleep 1000' 2>/dev/null"
is "with its categories, all of it" "$(labels_in $data | grep -cE '^secctr_container_file_t:s0:c[0-9]+,c[0-9]+$')" 1
refused "another is told so" "option z or Z" run -v data:/mnt -- true
as_root 'secctr rm -f -t 0 z' >/dev/null
is "z opens it again" "$(run -v data:/mnt:z -- cat /mnt/mine)" mine
is "all of it" "$(labels_in $data)" $shared
as_root 'mkdir -p /srv/z; echo 1 >/srv/z/1'
ok "a directory of the host with z" run -v /srv/z:/mnt:z -- sh -c 'echo 2 >/mnt/2'
is "is shared likewise" "$(run -v /srv/z:/mnt:z -- cat /mnt/1 /mnt/2)" $'1\n2'
ok "restorecon leaves a volume alone" as_root "restorecon -RF /var/lib/secctr"
is "as it was" "$(labels_in $data)" $shared

ok "a directory of the host with Z" run -v /srv/z:/mnt:Z -- sh -c 'echo 3 >/mnt/3'
nok "is the one's alone" run -v /srv/z:/mnt -- cat /mnt/3

# --- filled from the image, and without a name
is "an empty volume gets what the image has there" "$(run -v etc:/etc:ro -- cat /etc/passwd | cut -d: -f1 | head -n 1)" root
is "labelled as all in volumes" "$(labels_in /var/lib/secctr/volumes/etc/_data)" $shared
ok "one without a name" run -v /mnt -- sh -c 'echo x >/mnt/f && cat /mnt/f'
is "goes with its container" "$(as_root secctr volume ls -q | tr '\n' ' ')" "data etc "

# --- user name spaces
is "ids, files, queues and a volume of its own" "$(run --uidmap 0:500000:1000 -v data:/mnt -- sh -c 'set -- $(cat /proc/self/uid_map)
	echo x >/root/f && echo x >/dev/shm/f && ls /dev/mqueue && echo ids >/mnt/ids && echo "$@" $(id -u) $(stat -c %u /root/f /mnt/ids)
	cut -d: -f3 /proc/self/attr/current')" $'0 500000 1000 0 0 0\nsecctr_container_t'
is "what others read, whatever their ids" "$(run --uidmap 0:501000:1000 -v data:/mnt -- cat /mnt/ids)$(run -v data:/mnt -- cat /mnt/ids)" idsids
as_root 'echo x >/root/mark'
ok "one that stays" as_root "secctr run -d --name ns --policy volumes --uidmap 0:500000:1000 $image sleep 1000 2>/dev/null"
is "a command in it" "$(as_root secctr exec -u 7 ns id -u)" 7
is "with a terminal" "$(as_root "script -qec 'secctr exec -t ns tty' /dev/null </dev/null" | tr -d '\r\0')" /dev/pts/0
ok "cp into it, running" as_root 'secctr cp /root/mark ns:/root/ && secctr exec ns stat /root/mark'
ok "and out" as_root 'secctr cp ns:/root/mark /root/mark2 && secctr export ns | tar tv --numeric-owner | grep -q "0/0 .*root/mark$"'
# --- one that is joined: ids and name spaces are shared, files and processes are not
join() { run --userns container:ns "$@"; } # [OPTION...] -- COMMAND
ns=/proc/$(as_root "secctr inspect ns" | sed -nE 's/.*"Pid": *([0-9]+).*/\1/p' | head -n 1)/ns/user
is "its ids, and files, queues and a volume of its own" "$(join -v data:/mnt -- sh -c 'set -- $(cat /proc/self/uid_map)
	echo x >/root/f && echo x >/dev/shm/f && ls /dev/mqueue && cat /mnt/ids && echo "$@" $(id -u) $(stat -c %u /root/f /mnt/ids)
	cut -d: -f3 /proc/self/attr/current')" $'ids\n0 500000 1000 0 0 0\nsecctr_container_t'
is "the name space" "$(join -- readlink /proc/self/ns/user)" "$(as_root readlink "$ns")"
is "its network, queues and processes" "$(join --network container:ns --ipc container:ns --pid container:ns -- sh -c 'readlink /proc/self/ns/net; test $$ != 1 && echo shared')" "$(as_root readlink "${ns%user}net")"$'\nshared'
is "its network with ids of one's own" "$(run --uidmap 0:502000:1000 --network container:ns -- sh -c 'readlink /proc/self/ns/net
	set -- $(cat /proc/self/uid_map); echo $2 $(ls -d /sys/kernel)')" "$(as_root readlink "${ns%user}net")"$'\n502000 /sys/kernel'
is "an image that is mounted" "$(run --uidmap 0:502000:1000 --mount type=image,source=$image,target=/mnt -- sh -c 'stat -c %u:%g /mnt /mnt/etc/passwd
	head -c 4 /mnt/etc/passwd; touch /mnt/x 2>/dev/null || echo : no')" $'0:0\n0:0\nroot: no'
nok "but its processes are another's" join --pid container:ns -- cat /proc/1/environ
nok "whom it does not end" join --pid container:ns -- kill -9 1
ok "it runs still" as_root secctr exec ns true
ok "one that stays" as_root "secctr run -d --name second --policy volumes --userns container:ns $image sleep 1000 2>/dev/null"
is "with categories of its own" "$(as_root "secctr inspect ns second" | grep -o 's0:c[0-9,c]*' | sort -u | wc -l)" 2
is "a command in it" "$(as_root secctr exec -u 7 second id -u)" 7
is "of whom the login is" "$(as_root 'cat /proc/$(secctr inspect second | sed -nE "s/.*\"Pid\": *([0-9]+).*/\1/p" | head -n 1)/loginuid')" "$(as_root cat /proc/self/loginuid)"
ok "by path" as_root "touch /run/userns && mount --bind $ns /run/userns"
is "the same" "$(run --userns ns:/run/userns -- readlink /proc/self/ns/user)" "$(as_root readlink "$ns")"
as_root 'umount /run/userns; rm /run/userns; secctr rm -f -t 0 second' >/dev/null

# --- owners
as_root 'mkdir -p /srv/u/d; echo 1 >/srv/u/d/f; ln -s /etc/hostname /srv/u/link'
is "U with Z" "$(run --user 7:8 --uidmap 0:500000:1000 -v /srv/u:/mnt:U,Z -- sh -c 'echo 2 >/mnt/d/g; stat -c %u:%g /mnt /mnt/d/f | sort -u')" 7:8
is "on the host" "$(as_root 'find /srv/u -exec stat -c %u:%g {} + | sort -u; stat -c %u /etc/hostname')" $'500007:500008\n0'
is "U of what is labelled" "$(as_root secctr run --rm --policy volumes --user 9 -v /srv/u:/mnt:U,z $image stat -c %u /mnt/d/g)" 9
is "of a volume" "$(run --user 9 -v data:/mnt:U -- sh -c 'stat -c %u /mnt/f')" 9
as_root 'mkdir /srv/v'
nok "of what has no label for containers: their user's, and they may not look" run --user 9 -v /srv/v:/mnt:U -- ls /mnt
is "as was asked" "$(as_root stat -c %u /srv/v)" 9
refused "nor of the system's" "system directory" run --user 9 -v /srv/../etc:/mnt:U -- true
as_root 'chown -R 0:0 /var/lib/secctr/volumes/data/_data'

ok "stop, start, rm" as_root 'secctr stop -t 0 ns && secctr start ns 2>/dev/null && secctr rm -f -t 0 ns'

# --- files handed in and out
ok "a container at rest" as_root "secctr create --name files --policy volumes $image true 2>/dev/null"
for to in /srv/passwd /root/passwd /home/alice/passwd; do
	ok "cp to $to" as_root "secctr cp files:/etc/passwd $to && restorecon -n -v $to | (! grep .)"
done
ok "cp in" as_root 'secctr cp /root/passwd files:/root/ && secctr cp files:/root/passwd - | tar t | grep -qx passwd'
ok "export -o" as_root 'secctr export -o /root/files.tar files && tar tf /root/files.tar >/dev/null'
ok "save -o" as_root "secctr save -o /srv/image.tar $image && tar tf /srv/image.tar >/dev/null"
refused "cp to where the system's own files are" "SELinux" as_root secctr cp files:/etc/passwd /etc/secctr-test
refused "cp of a file that is no administrator's" "SELinux" as_root secctr cp /etc/hostname files:/root/

# --- mounted on the host
ok "a container that runs" as_root "secctr run -d --name mnt --policy volumes $image sh -c 'echo in >/root/in; exec sleep 1000' 2>/dev/null && secctr mount mnt"
at=/run/secctr/mounts/$(as_root "secctr inspect -f '{{.Id}}' mnt")
label=$(as_root "secctr inspect -f '{{.MountLabel}}' mnt")
is "the files have the container's own label" "$(as_root "until test -s $at/root/in; do sleep 0.1; done; stat -c %C $at $at/root/in $at/etc/passwd | sort -u")" "$label"
is "the place has not" "$(as_root "stat -c %C /run/secctr/mounts | cut -d: -f3")" secctr_runtime_t
is "nosuid, nodev, noexec" "$(as_root "findmnt -n -o OPTIONS -M $at | grep -cE '^rw,nosuid,nodev,noexec,'")" 1
ok "root writes" as_root "echo host >$at/root/host"
is "and the container reads" "$(as_root secctr exec mnt cat /root/host)" host
ok "restarted, it is the same" as_root "secctr restart -t 0 mnt && secctr exec mnt sh -c 'echo again >/root/again' && grep -q again $at/root/again"
ok "stopped, it is still there" as_root "secctr stop -t 0 mnt && grep -q again $at/root/again && secctr start mnt"
nok "another person does not come there" as alice "ls $at"
ok "unmount" as_root "secctr unmount mnt && ! mountpoint -q $at"
ok "mounted at rest" as_root "secctr stop -t 0 mnt && secctr mount mnt && secctr umount mnt"
is "with files open it goes with --force, and is not started before they are closed" "$(as_root "secctr mount mnt >/dev/null
	exec 7<$at/etc/passwd; secctr umount mnt 2>&1 | grep -c 'in use'; secctr umount -f mnt; secctr start mnt 2>&1 | grep -c 'files are in use'
	exec 7<&-; secctr start mnt 2>/dev/null; secctr exec mnt cat /root/again")" $'1\nmnt\n1\nmnt\nagain'
ok "rm" as_root "secctr mount mnt && secctr rm -f -t 0 mnt && ! test -e $at"
as_root 'secctr rm files; rm -f /srv/passwd /root/mark /root/mark2 /root/passwd /home/alice/passwd /root/files.tar /srv/image.tar' >/dev/null

ok "rm of the volumes" as_root secctr volume rm data etc
as_root 'rm -rf /srv/z /srv/u /srv/v /etc/secctr/policy.d/volumes.policy'
# The two refused copies are two denials, and the refused change of an owner is one; they stay in the log.
is "no secctr program ran into another denial" "$(own_denials "$mark" | grep -vE 'tcontext=[^ ]*:(etc_t|net_conf_t):|denied  \{ setattr \} .*name="v" ')" ""
ok "nothing is left" nothing_left
