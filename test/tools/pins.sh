# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# pins.sh - tests of who pins mostly empty slabs. Part of run.sh, which has
# the functions and variables used here.
: "${here:?}" "${kvmalloc:?}" "${library:?}"

# pinned FILE FUNCTION: bytes and blocks, of the stacks with that function
pinned()
{
	"$kvmalloc" export -f json "$1" | python3 -c '
import json, sys
r, nr = json.load(sys.stdin), [0, 0]
for s in r["stacks"]:
    names = [r["frames"][p].get("function") for p in s["frames"]]
    if sys.argv[1] in names:
        nr[0] += s["pinned_bytes"]
        nr[1] += s["pinned_blocks"]
print(*nr)' "$2"
}

# within NAME LOW HIGH GOT
within()
{
	if [ "$4" -ge "$2" ] && [ "$4" -le "$3" ]; then
		ok "$1"
	else
		fail "$1" "expected: $2 to $3" "     got: $4"
	fi
}

test_pins()
{
	local pid bytes blocks

	"$kvmalloc" report --sort=pinned later.kvr >out
	has "pins: a table" "CALL SITES by bytes free in mostly empty slabs" out
	has "pins: who pins" "^ +12.0 MiB +100.0 % .* sqlite3\\+0x7777" out
	is "pins: of a stack that is not there, or another round, nothing" 0 \
		"$(grep -c ' 99.0 MiB' out)"
	has "pins: a finding" \
		"12.0 MiB of slab memory are free but cannot go back: 4 100 bl" out
	if [ ! -e "$library" ] ||
		! command -v python3 >/dev/null; then
		skip "pins: of a program" "no libkvmalloc.so or no python3"
		return
	fi
	"$CC" -O1 -g "$here/pins.c" -o pins
	"$kvmalloc" run -o pins1 --exact ./pins >out 2>&1
	has "pins: the site that keeps the last objects" \
		"^ +3.[0-9] MiB +256  keeper \\(pins.c:[0-9]+\\) < main" out
	read -r bytes blocks <<<"$(pinned pins1/*.kvr keeper)"
	# 1000 slabs of 16, one block each; some are in a thread's cache
	within "pins: all of these blocks" 950 1000 "$blocks"
	is "pins: each all of its slab but itself" $((blocks * 15 * 256)) "$bytes"
	is "pins: who freed its blocks pins nothing" "0 0" \
		"$(pinned pins1/*.kvr passing)"
	"$kvmalloc" run -q -o pins2 --sample=2K ./pins 2>/dev/null
	read -r bytes blocks <<<"$(pinned pins2/*.kvr keeper)"
	within "pins: sampled blocks stand for others" 500 1500 "$blocks"
	within "pins: and hold slabs" 300000 3840000 "$bytes"
	mkdir pins3
	KVMALLOC="stacks exact report=pins3" LD_PRELOAD="$library" ./pins wait >ready.pins &
	pid=$!
	until [ -s ready.pins ]; do sleep 0.05; done
	read -r bytes blocks <<<"$(pinned pins3/*.kvr keeper)"
	within "pins: of a living process" 950 1000 "$blocks"
	kill -9 $pid
	wait $pid 2>/dev/null
	is "pins: after kill -9" "$bytes $blocks" \
		"$(pinned pins3/*.kvr keeper)"
	mkdir pins4
	KVMALLOC="stacks exact report=pins4" LD_PRELOAD="$library" ./pins fork >child.pins
	read -r bytes blocks <<<"$(pinned \
		"pins4/kvmalloc.pins.$(tail -n 1 child.pins).kvr" keeper)"
	within "pins: of a forked child" 950 1000 "$blocks"
}
