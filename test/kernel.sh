#!/bin/bash
# SPDX-License-Identifier: MIT
#
# kernel.sh - a program under kernel= shows what real kernels showed.
#
# test/oracle/ holds /proc files read on Linux 6.1 and 6.12 (512 MiB, 2 CPUs).
# Under KVMALLOC="kernel cpus=2" the kmalloc rows of slabinfo must have the same
# names, sizes, objects and pages a slab; and a machine too small for its
# program must give NULL and ENOMEM, and the memory back after free.

set -u
cd "$(dirname "$0")/.." || exit 2
lib=$PWD/build/libkvmalloc.so
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

check()
{
	local name=$1
	shift
	if "$@" >"$tmp/out" 2>&1; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "FAIL $name"
		sed 's/^/     /' "$tmp/out"
		failed=$((failed + 1))
	fi
}

# All but the counts, which depend on what ran.
rows()
{
	grep -E '^(dma-)?kmalloc-' "$1" |
		awk '{ print $1, $4, $5, $6, $8, $9, $10, $11 }' | sort
}

slabinfo_like()
{
	KVMALLOC="kernel cpus=2 report=$tmp" LD_PRELOAD=$lib /bin/ls / || return
	build/kvmalloc proc "$tmp"/*.kvr slabinfo >"$tmp/ours" || return
	rm -f "$tmp"/*.kvr
	rows "test/oracle/proc-linux-$1.txt" >"$tmp/theirs"
	rows "$tmp/ours" | diff "$tmp/theirs" - && [ -s "$tmp/theirs" ]
}

exhausts()
{
	KVMALLOC=mem=64M,overcommit=0 LD_PRELOAD=$lib "$tmp/exhaust" "$1"
}

dies()
{
	local out
	out=$(KVMALLOC=mem=64M,overcommit=0,oom=$1 LD_PRELOAD=$lib \
		"$tmp/exhaust" 5000 2>&1)
	[ $? -eq "$2" ] && [[ $out == *"out of memory"*"oom=$1"* ]]
}

for v in 6.1 6.12; do
	check "slabinfo-linux-$v" slabinfo_like $v
done
${CC:-gcc} -O1 -fno-builtin -o "$tmp/exhaust" test/exhaust.c || exit 2
for n in 16 100 5000 20000 300000 3000000 10000000; do
	check "exhaust-$n" exhausts $n
done
check oom-panic dies panic 134
check oom-kill dies kill 137

echo "kernel: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
