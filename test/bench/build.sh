#!/bin/bash
# SPDX-License-Identifier: MIT
#
# build.sh - builds the workloads into build/bench/, or the directory given.
#
# One program a source file, all built alike. -fno-builtin-malloc and its kin
# keep the compiler from removing or merging what is to be measured. CC, CFLAGS
# and LDFLAGS are honoured; what is newer than its source stays.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../../build/bench}
read -ra more <<<"${CFLAGS:-} ${LDFLAGS:-}"
flags=(-std=c17 -D_GNU_SOURCE -O2 -g -pthread
	-Wall -Wextra -Wpedantic -Wshadow -Wundef -Wvla -Wcast-qual
	-Wwrite-strings -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes
	-fno-builtin-malloc -fno-builtin-calloc -fno-builtin-realloc
	-fno-builtin-free -fno-builtin-aligned_alloc -fno-builtin-strdup)

# The programs that start or drive others are static where that is possible: the
# allocator under test is for their children, and a small parent does not show
# in the peak RSS, which Linux inherits over exec.
starters=" measure startup load "

compile()
{
	"${CC:-cc}" "${flags[@]}" "$@" "${more[@]}"
}

mkdir -p "$out"
for source in "$here"/*.c; do
	name=$(basename "$source" .c)
	program=$out/$name
	[ "$program" -nt "$source" ] && [ "$program" -nt "$here/bench.h" ] &&
		continue
	[[ $starters == *" $name "* ]] &&
		compile -static -o "$program" "$source" 2>/dev/null && continue
	compile -o "$program" "$source"
done
