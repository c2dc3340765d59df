#!/bin/bash
# SPDX-License-Identifier: MIT
#
# system.sh [LIB] - what only root can set up, and only for the whole machine:
# vm.overcommit_memory=2 for some seconds, a memory cgroup, /etc/ld.so.preload
# with a set-uid program (in a mount namespace of its own). Not part of `make
# check`: make check-system. What cannot be set up here is skipped by name.
# Last line: "system: N passed, N failed, N skipped".

set -u
cd "$(dirname "$0")/../.." || exit 2
lib=$(realpath "${1:-build/libkvmalloc.so}")
tmp=$(mktemp -d)
passed=0 failed=0 skipped=0
mode=$(cat /proc/sys/vm/overcommit_memory)
group=

clean_up()
{
	[ "$mode" = "$(cat /proc/sys/vm/overcommit_memory)" ] ||
		echo "$mode" >/proc/sys/vm/overcommit_memory
	[ -z "$group" ] || rmdir "$group"
	rm -rf "$tmp"
}
trap clean_up EXIT

# is NAME EXPECTED ACTUAL
is()
{
	if [ "$2" = "$3" ]; then
		echo "ok $1"
		passed=$((passed + 1))
	else
		printf 'FAIL %s\n     expected: %s\n          got: %s\n' "$@"
		failed=$((failed + 1))
	fi
}

skip()
{
	echo "skip $1: $2"
	skipped=$((skipped + 1))
}

preloaded()
{
	LD_PRELOAD=$lib timeout 60 "$@" 2>&1
}

# Every writable private page is charged when it is mapped, not when touched:
# a program must be charged for what it uses, not for what may come.
test_overcommit()
{
	local before after

	echo 2 2>/dev/null >/proc/sys/vm/overcommit_memory || {
		skip "overcommit_memory=2" "cannot be set"
		return
	}
	is "overcommit_memory=2: small, large, threads, fork" "200 314572800 8" \
		"$(preloaded python3 -c '
import os, threading
a = [bytearray(1 << 20) for i in range(200)]
b = bytearray(300 << 20)
done = []
ts = [threading.Thread(target=lambda: done.append(bytearray(1 << 16)))
      for i in range(8)]
[t.start() for t in ts]
[t.join() for t in ts]
if os.fork() == 0: os._exit(0)
os.wait()
print(len(a), len(b), len(done))')"
	is "overcommit_memory=2: what cannot be had is refused" refused \
		"$(preloaded python3 -c '
import os
try: bytearray(os.sysconf("SC_PHYS_PAGES") * 4096 * 8)
except MemoryError: print("refused")')"
	before=$(sed -n 's/^Committed_AS: *//p' /proc/meminfo)
	after=$(preloaded sed -n 's/^Committed_AS: *//p' /proc/meminfo)
	is "overcommit_memory=2: charged at most 64 MiB for nothing" 1 \
		$((${after% *} - ${before% *} < 65536))
	is "overcommit_memory=2: a report" 0 "$(KVMALLOC=report=$tmp/over \
		preloaded ls / >/dev/null; echo $?)"
	echo "$mode" >/proc/sys/vm/overcommit_memory
}

# in_group COMMAND...: in the cgroup from its first page on
in_group()
{
	# shellcheck disable=SC2016 # for that shell
	sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "$group" "$@"
}

make_group()
{
	local v1=/sys/fs/cgroup/memory v2=/sys/fs/cgroup

	if [ -e $v1/memory.limit_in_bytes ]; then
		mkdir $v1/kv-test.$$ 2>/dev/null || return 1
		group=$v1/kv-test.$$
		echo 200M >"$group/memory.limit_in_bytes"
	else
		mkdir $v2/kv-test.$$ 2>/dev/null || return 1
		group=$v2/kv-test.$$
		echo 200M 2>/dev/null >"$group/memory.max"
	fi
}

# Six times 94 MiB in 200 MiB, large and small: what is freed is used again
# or given back.
test_cgroup()
{
	make_group || {
		skip "memory cgroup" "none can be made or limited"
		return
	}
	is "memory cgroup of 200 MiB: 6 x 94 MiB, one after another" 6 \
		"$(in_group env LD_PRELOAD="$lib" python3 -c '
n = 0
for i in range(6):
    size = (94 << 20) if i % 2 else 1000
    a = [bytearray(size) for j in range((94 << 20) // size)]
    n += 1
    del a
print(n)' 2>&1)"
	is "memory cgroup: the machine is as large as the limit" "200 MiB" \
		"$(in_group env LD_PRELOAD="$lib" KVMALLOC="report=$tmp" \
			/bin/ls / >/dev/null
		build/kvmalloc report "$tmp"/*.ls.*.kvr 2>&1 |
			sed -n 's/^ machine  *\([0-9]*\)\.*0* \(MiB\),.*/\1 \2/p')"
}

# A set-uid program gets the library by /etc/ld.so.preload alone: it works, and
# nothing that the user's environment names is written.
test_setuid()
{
	local run

	cat >"$tmp/who.c" <<-'END'
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	#include <unistd.h>
	int main(void)
	{
		char line[512], *volatile p = malloc(100000);
		FILE *f = fopen("/proc/self/maps", "r");
		int has = 0;

		memset(p, 1, 100000);
		while (f && fgets(line, sizeof(line), f))
			has |= strstr(line, "libkvmalloc.so") != NULL;
		printf("euid %d, library %d\n", (int)geteuid(), has);
		free(p);
		return 0;
	}
	END
	"${CC:-cc}" -O1 -o "$tmp/who" "$tmp/who.c" || return
	chmod 4755 "$tmp/who" && chmod 755 "$tmp"
	mkdir -m 777 "$tmp/reports"
	cp -a /etc "$tmp/etc" && cp "$lib" "$tmp/libkvmalloc.so"
	echo "$tmp/libkvmalloc.so" >"$tmp/etc/ld.so.preload"
	# shellcheck disable=SC2016 # for that shell
	run=$(unshare -m sh -c 'mount --bind "$1/etc" /etc && cd / &&
		KVMALLOC="report=$1/reports stacks" exec setpriv --reuid=65534 \
		--regid=65534 --clear-groups "$1/who"' - "$tmp" 2>&1) || {
		skip "set-uid by /etc/ld.so.preload" "${run##*$'\n'}"
		return
	}
	is "set-uid by /etc/ld.so.preload: runs with the library" \
		"euid 0, library 1" "$run"
	is "set-uid: nothing was written for the environment's sake" "" \
		"$(find "$tmp/reports" -name '*.who.*')"
}

test_overcommit
test_cgroup
test_setuid
echo "system: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
