#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh [LIB] - traces: what programs did whose calls are known, and what
# becomes of a trace when something befalls the process.
#
# LIB is build/libkvmalloc.so if not given; the command is looked for beside
# it. Prints "ok NAME", "FAIL NAME: why" or "skip NAME: why", and in the end
# "trace: N passed, N failed, N skipped".

set -u
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 2
cd "$top" || exit 2
lib=$(realpath "${1:-build/libkvmalloc.so}") || exit 2
tool=$(dirname "$lib")/kvmalloc
work=$(mktemp -d) || exit 2
trap 'cd /; umount -l "$work/small" 2>/dev/null; rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0
unset KVMALLOC KVMALLOC_LIB LD_PRELOAD
export LC_ALL=C

ok()
{
	echo "ok $1"
	passed=$((passed + 1))
}

fail()
{
	echo "FAIL $1: $2"
	failed=$((failed + 1))
	return 1
}

skip()
{
	echo "skip $1: $2"
	skipped=$((skipped + 1))
}

build()
{
	local p flags=(-std=c17 -D_GNU_SOURCE -O1 -g -fno-builtin -pthread
		-Wall -Wextra -Wno-unused-result)

	for p in test/trace/{calls,trade}.c test/abi/life/{raw_fork,vfork_exec} \
		test/abi/life/{handler_malloc,fork_threads,spawn,first} \
		test/abi/life/exit_threads; do
		"${CC:-cc}" "${flags[@]}" -Itest/abi -o \
			"$work/$(basename "$p" .c)" "${p%.c}.c" || exit 2
	done
	"${CC:-cc}" "${flags[@]}" -o "$work/replay" test/bench/replay.c || exit 2
}

# traced NAME OPTIONS PROGRAM ARGS...: in an empty directory $work/traces
traced()
{
	local name=$1 options=$2
	shift 2
	rm -rf "$work/traces" && mkdir "$work/traces"
	(cd "$work/traces" && timeout -k 2 60 env LD_PRELOAD="$lib" \
		KVMALLOC="trace=$work/traces $options" "$work/$1" "${@:2}") \
		>"$work/out" 2>"$work/err"
}

# consistent NAME LEAST: all traces there are, LEAST of them or more
consistent()
{
	local f n=0

	for f in "$work"/traces/*; do
		[ -e "$f" ] || continue
		if ! "$tool" trace "$f" >"$work/sums" 2>&1; then
			fail "$1" "$(basename "$f"): $(grep -E \
				'(inconsist|damaged|missing|kvmalloc trace: )' \
				"$work/sums" | tail -n +2 | head -n 1)"
			return 1
		fi
		n=$((n + 1))
	done
	[ "$n" -ge "$2" ] && return
	fail "$1" "$n traces, expected $2: $(head -n 1 "$work/err")"
	return 1
}

# case_ NAME STATUS TRACES OPTIONS PROGRAM ARGS...
case_()
{
	local name=$1 want=$2 least=$3 status
	shift 3
	traced "$name" "$@" 2>/dev/null
	status=$?
	if [ $status -ne "$want" ]; then
		fail "$name" "status $status, expected $want: $(tail -n 1 "$work/err")"
	elif [ -s "$work/err" ]; then
		fail "$name" "said: $(head -n 1 "$work/err")"
	else
		consistent "$name" "$least"
	fi
}

check()
{
	case_ "$@" && ok "$1"
}

# What calls.c says it did is what the trace says.
check_calls()
{
	case_ "$1" 0 1 "$2" calls || return
	"$tool" trace --text "$work"/traces/*.kvt | awk '
	# renumbers the blocks of the events between the marks
	function block(i) { $i = $i - base }
	$3 == "malloc" && $4 == 777001 { base = $6; on = 1; getline; next }
	$3 == "malloc" && $4 == 777002 { on = 0 }
	on {
		if ($3 == "free" || $3 == "realloc")
			block(4)
		else if ($3 != "failed")
			block(NF)
		sub(/^[0-9]+ [0-9]+ /, "")
		print
	}' >"$work/got"
	if cmp -s "$work/out" "$work/got"; then
		ok "$1"
	else
		fail "$1" "$(diff "$work/out" "$work/got" | head -n 3 | tr '\n' ' ')"
	fi
}

# Calls of other threads, each once.
check_trade()
{
	local name=$1 want got
	shift
	case_ "$name" 0 1 '' trade "$@" || return
	want=$(cat "$work/out")
	got=$("$tool" trace --text "$work"/traces/*.kvt | awk '
	function big(size) { return size >= 20000 && size < 30000 }
	$3 == "malloc" && big($4) { made++; mine[$6] = 1 }
	$3 == "realloc" && $4 in mine { resized++ }
	$3 == "free" && $4 in mine { freed++ }
	END { print made, resized, freed }')
	if [ "$want" = "$got" ]; then
		ok "$name"
	else
		fail "$name" "made, resized, freed: $want, the trace says $got"
	fi
}

# The replay of a trace computes the same under two allocators; and what is no
# trace is refused.
check_replay()
{
	local name=$1 want got
	shift
	case_ "$name" 0 1 trace_max=3M "$@" 2>/dev/null
	"$tool" trace --text "$work"/traces/*.kvt >"$work/events"
	if ! "$work/replay" pack "$work/packed" <"$work/events" >/dev/null; then
		fail "$name" "the trace cannot be packed"
		return
	fi
	want=$("$work/replay" "$work/packed" 2 2>&1)
	got=$(LD_PRELOAD=$lib "$work/replay" "$work/packed" 2 2>&1)
	if [ "${want#check }" != "$want" ] && [ "$want" = "$got" ]; then
		ok "$name"
	else
		fail "$name" "the C library: $want, here: $got"
	fi
}

check_replay_refuses()
{
	echo '1 1 malloc seven' | "$work/replay" pack "$work/packed" \
		>/dev/null 2>"$work/err"
	if [ $? -eq 64 ] && grep -q 'not an event' "$work/err"; then
		ok replay-refuses
	else
		fail replay-refuses "it took a line that is no event"
	fi
}

# ends NAME WARNING WHY OPTIONS PROGRAM ARGS...: one warning, the program goes
# on, and what is there is right.
ends()
{
	local name=$1 warning=$2 why=$3
	shift 3
	if ! traced "$name" "$@"; then
		fail "$name" "status $?: $(tail -n 1 "$work/err")"
	elif [ "$(grep -c "$warning" "$work/err")" -ne 1 ] ||
		[ "$(wc -l <"$work/err")" -ne 1 ]; then
		fail "$name" "expected one '$warning', got: $(head -n 2 "$work/err")"
	elif [ -z "$why" ] || { consistent "$name" 1 &&
		grep -q "ends early.*$why" "$work/sums"; }; then
		ok "$name"
	else
		fail "$name" "does not say that it ends early: $why"
	fi
}

check_kill()
{
	traced kill '' trade 4 1 kill 2>/dev/null
	if consistent kill 1; then
		if grep -q 'killed' "$work/sums"; then
			ok kill
		else
			fail kill "the summary does not say it"
		fi
	fi
}

# Of the trace of a child: what it inherited is known as such.
check_fork()
{
	check fork 0 4 '' trade 3 3 fork || return
	if grep -l 'inherited' <("$tool" trace "$work"/traces/*.kvt 2>/dev/null) ||
		for f in "$work"/traces/*; do
			"$tool" trace "$f"
		done | grep -q 'inherited  *[0-9]* blocks freed'; then
		ok fork-inherited
	else
		fail fork-inherited "no trace has inherited blocks"
	fi
}

check_full()
{
	mkdir -p "$work/small"
	if ! mount -t tmpfs -o size=400k kvmalloc "$work/small" 2>"$work/err"
	then
		skip full "$(tail -n 1 "$work/err")"
		return
	fi
	ends full 'adding to .* failed' '' "trace=$work/small" trade 4 8
	if "$tool" trace "$work"/small/*.kvt >"$work/sums" 2>&1 &&
		grep -q 'ends early.*could not grow' "$work/sums"; then
		ok full-readable
	else
		fail full-readable "$(grep -v '^ *$' "$work/sums" | tail -n 1)"
	fi
	umount -l "$work/small"
}

check_names()
{
	local n

	ends nowhere 'creating .* failed' '' "trace=/proc/nothing" calls
	ends with-stacks 'not with trace' '' "report=$work/traces stacks" calls
	rm -rf "$work/traces" && mkdir "$work/traces"
	(cd "$work/traces" && LD_PRELOAD=$lib KVMALLOC=trace=x.kvt sh -c \
		'cd /; /bin/true; /bin/true; exit 0')
	n=$(find "$work/traces" -name 'x.kvt*' | wc -l)
	if [ "$n" -ge 1 ] && [ -e "$work/traces/x.kvt" ]; then
		consistent name 1 && ok name
	else
		fail name "$n files, expected x.kvt and more"
	fi
}

build
check_calls calls ''
check_calls calls-kernel kernel
check_calls calls-random policy=random
check_calls calls-debug slub_debug
check_trade trade-1 1 5
check_trade trade-2 2 10
check_trade trade-8 8 10
check_trade trade-churn 4 30
check_replay replay calls
check_replay replay-threads trade 4 5
check_replay_refuses
check first 0 1 '' first calloc
check handler 0 1 '' handler_malloc
check raw-fork 0 10 '' raw_fork
check vfork 0 1 '' vfork_exec
check fork-threads 0 2 '' fork_threads
check exit-threads 0 2 '' exit_threads
check spawn 0 1 '' spawn
check_fork
check_kill
ends max 'trace_max=' trace_max trace_max=300K trade 4 8
check_full
check_names

echo "trace: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
