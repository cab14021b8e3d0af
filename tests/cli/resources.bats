# SPDX-License-Identifier: Apache-2.0
# secctr run: limits are in the control group, or the start is refused with the controller's name.
load lib

setup_file() { make_place; }
teardown() { remove_all; }

# The file of a limit in whichever hierarchy has its controller: limit_file CONTAINER V2-NAME V1-NAME
limit_file() {
	local path
	path=$(secctr inspect "$1" | jq -r '.[0].State.CgroupPath')
	find /sys/fs/cgroup -path "*$path/$2" -o -path "*$path/$3" 2>/dev/null | head -n 1
}

# limit OPTION VALUE CONTROLLER V2-NAME V1-NAME WANTED-V2 WANTED-V1: there and as asked, or refused
limit() {
	local file
	row "$1 $2"
	try_secctr run -d --name lim "$1" "$2" --rootfs "$BUSY" sleep 100
	if [ "$status" -ne 0 ]; then
		like "$err" "$3"
		echo "# $1: controller $3 is not there, refused: $err"
		remove_all
		refused_run 125 "$3" "$1" "$2" --rootfs "$BUSY" true
		return
	fi
	file=$(limit_file lim "$4" "$5")
	case $file in
	*/"$4") same "$(cat "$file")" "$6" "$file" ;;
	*/"$5") same "$(cat "$file")" "$7" "$file" ;;
	*) bad "no file of the limit" ;;
	esac
	remove_all
}

@test "limits are what was asked for" {
	limit -m 64m memory memory.max memory.limit_in_bytes 67108864 67108864
	limit --memory 100000k memory memory.max memory.limit_in_bytes 102400000 102400000
	limit --cpus 0.5 cpu cpu.max cpu.cfs_quota_us '50000 100000' 50000
	limit --pids-limit 33 pids pids.max pids.max 33 33
	rows_done
}

@test "the tasks limit of the policy holds without being asked for, and bounds a request" {
	row "default"
	start --name d "$BUSY" sleep 100
	same "$(cat "$(limit_file d pids.max pids.max)")" 512
	row "beyond"; refused_run 125 'TasksMax=' --pids-limit 513 --rootfs "$BUSY" true
	row "none"; refused_run 125 'TasksMax=' --pids-limit -1 --rootfs "$BUSY" true
	row "zero is none"; refused_run 125 'TasksMax=' --pids-limit 0 --rootfs "$BUSY" true
	row "memory beyond"
	printf '[Image]\nAllowRootfs=/var/lib/machines\n[Resources]\nMemoryMax=32M\n[SELinux]\nRequire=if-enabled\n' | policy small
	refused_run 125 'MemoryMax=' --policy small -m 33m --rootfs "$BUSY" true
	row "memory unlimited"; refused_run 125 'MemoryMax=' --policy small -m -1 --rootfs "$BUSY" true
	rows_done
}

@test "a limit works" {
	row "tasks"
	try_secctr run --rm --pids-limit 5 --rootfs "$BUSY" sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; echo never'
	like "$err" 'fork|Resource temporarily'
	row "memory"
	try_secctr run --rm -m 8m --rootfs "$BUSY" sh -c 'a=x; while :; do a=$a$a$a$a; done'
	[ "$status" -ne 0 ] || bad "8 MiB were no limit"
	rows_done
}

@test "a limit below what can be is an error and no smaller limit" {
	row "memory 1023k"; refused_run -n 125 'memory: 1023k is less than 1m' -m 1023k --rootfs "$BUSY" true
	row "processors 0.000001"; refused_run 125 'cpu' --cpus 0.000001 --rootfs "$BUSY" true
	rows_done
}

@test "no group is left after the end" {
	before=$(traces)
	try_secctr run --rm -m 64m --pids-limit 20 --rootfs "$BUSY" sh -c 'sleep 100 & exit 0'
	same "$status" 0
	no_new_traces "$before"
	rows_done
}
