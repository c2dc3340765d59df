#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh [--full|--soak] [--only=PATTERN] [LIB] - call stacks in reports.
#
# Runs programs whose allocations are known under LIB (build/libkvmalloc.so)
# with `stacks`, and has check.c compare what they say with what the reports
# do. PATTERN is a shell pattern for names of cases. --full: 20 seeds
# for each sample, a million stacks; --soak: that, and an hour of storm.
# Prints "ok NAME", "FAIL NAME: why", "skip NAME: why", and in the end
# "prof: N passed, N failed, N skipped". Exit status: 0 no failure, 1 some, 2
# could not run. What a case printed is kept in build/prof/log/.

set -u
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 2
cd "$top" || exit 2
src=test/prof
out=$top/build/prof
log=$out/log
passed=0 failed=0 skipped=0
only='*' full='' soak='' lib=build/libkvmalloc.so

for arg; do
	case $arg in
	--full)
		full=1
		;;
	--soak)
		full=1
		soak=1
		;;
	--only=*)
		only=${arg#--only=}
		;;
	-*)
		echo "run.sh: unknown option $arg; expected [--full|--soak] [--only=PATTERN] [LIB]" >&2
		exit 2
		;;
	*)
		lib=$arg
		;;
	esac
done
if [ ! -r "$lib" ]; then
	echo "run.sh: cannot read the library '$lib'" >&2
	exit 2
fi
lib=$(realpath "$lib")

result()
{
	case $1 in
	ok)
		passed=$((passed + 1))
		;;
	FAIL)
		failed=$((failed + 1))
		;;
	skip)
		skipped=$((skipped + 1))
		;;
	esac
	echo "$1 $2${3:+: $3}"
}

build()
{
	local warn='-Wall -Wextra -Wpedantic -Wshadow -Wundef -Wvla' p name
	local how="-D_GNU_SOURCE -O1 -g -fno-builtin -pthread $warn"

	mkdir -p "$out" "$log"
	# shellcheck disable=SC2086
	"${CC:-cc}" -std=c17 $how -Iinclude -o "$out/check" $src/check.c ||
		return 1
	# shellcheck disable=SC2086
	"${CC:-cc}" -std=c17 $how -Iinclude -o "$out/compare" $src/compare.c ||
		return 1
	for p in "$src"/programs/*.c "$src"/pairs.c; do
		name=$(basename "$p" .c)
		case $name in
		lib_*)
			# shellcheck disable=SC2086
			"${CC:-cc}" -std=c17 $how -fPIC -shared \
				-o "$out/$name.so" "$p" || return 1
			;;
		*)
			# shellcheck disable=SC2016,SC2086
			"${CC:-cc}" -std=c17 $how -Wl,-rpath,'$ORIGIN' \
				-o "$out/$name" "$p" || return 1
			;;
		esac
	done
	if command -v "${CXX:-g++}" >/dev/null; then
		# shellcheck disable=SC2086
		"${CXX:-g++}" -std=c++17 $how -o "$out/throw" \
			$src/programs/throw.cc || return 1
	fi
	# a library that lacks what is asked of it
	mkdir -p "$out/other"
	echo 'int not_unw_backtrace;' | "${CC:-cc}" -shared -fPIC -x c - \
		-Wl,-soname,libunwind.so.8 -o "$out/other/libunwind.so.8"
}

# wanted NAME PROGRAM: is this case to be run?
wanted()
{
	# shellcheck disable=SC2053
	[[ $1 == $only ]] || return 1
	if [ ! -x "$out/$2" ]; then
		result skip "$1" "not built: $2"
		return 1
	fi
}

# run NAME OPTIONS PROGRAM ARGS...: status of the program; reports in $dir.
# Variables for its environment may be in $with, a limit of time in $limit,
# another directory for the reports in $place.
run()
{
	local name=$1 options=$2 program=$out/$3
	shift 3
	dir=${place:-$out/reports}
	[ -n "${place:-}" ] || rm -rf "$dir"
	mkdir -p "$dir"
	{
		# shellcheck disable=SC2086
		timeout -k 2 "${limit:-60}" env ${with:-} LD_PRELOAD="$lib" \
			KVMALLOC="report=$dir $options" "$program" "$@" \
			3<&- </dev/null >"$log/$name.out" 2>"$log/$name.err"
	} 2>/dev/null
}

# Is stderr what was expected: nothing, or the one line that matches?
silent()
{
	local said

	said=$(grep -v '^storm: ' "$log/$1.err")
	if [ -z "${2:-}" ]; then
		[ -z "$said" ] && return
		result FAIL "$1" "said: $(head -n 1 <<<"$said" | cut -c 1-150)"
		return 1
	fi
	[ "$(wc -l <<<"$said")" -eq 1 ] && grep -q "$2" <<<"$said" && return
	result FAIL "$1" "expected one line '$2', got: $(head -n 2 <<<"$said")"
	return 1
}

# How check.c judges: judge NAME MODE
judge()
{
	local said

	if said=$("$out/check" "$dir" "$2" <"$log/$1.out"); then
		result ok "$1"
	else
		echo "$said" >>"$log/$1.out"
		result FAIL "$1" "$(grep -m 1 '^FAIL' <<<"$said")"
	fi
}

# case_ NAME STATUS MODE OPTIONS PROGRAM ARGS...
case_()
{
	local name=$1 want=$2 mode=$3 options=$4 status
	shift 4
	wanted "$name" "$1" || return
	run "$name" "$options" "$@"
	status=$?
	if [ "$status" -eq 124 ] || [ "$status" -eq 137 ] &&
		[ "$want" != 137 ]; then
		result FAIL "$name" "killed after ${limit:-60} s"
	elif [ "$status" -ne "$want" ]; then
		result FAIL "$name" "status $status, expected $want: $(tail -n 1 "$log/$name.err")"
	elif silent "$name" "${says:-}"; then
		judge "$name" "$mode"
	fi
}

sums()
{
	local how seed

	case_ calls 0 exact 'stacks exact' calls
	case_ calls-kernel 0 exact 'stacks exact kernel' calls
	case_ calls-random 0 exact 'stacks exact policy=random' calls
	case_ calls-vmalloc 0 exact 'stacks exact policy=vmalloc' calls
	case_ calls-default 0 sampled 'stacks' calls
	case_ threads 0 exact 'stacks exact' threads
	case_ fork 0 exact 'stacks exact' fork
	case_ throw 0 exact 'stacks exact' throw
	case_ dl 0 exact 'stacks exact' dl
	case_ fds 0 exact 'stacks exact' fds
	case_ frames 0 exact 'stacks exact' frames
	case_ frames-cut 0 exact 'stacks exact depth=3' frames cut
	for how in exit _exit quick_exit; do
		case_ "ends-$how" 0 exact 'stacks exact' ends "$how"
	done
	case_ ends-abort 134 exact 'stacks exact' ends abort
	case_ ends-segv 139 exact 'stacks exact' ends segv
	case_ ends-kill 137 exact 'stacks exact' ends kill
	for how in deep ways small altstack tiny context jit jitbad end; do
		case_ "odd-$how" 0 exact 'stacks exact' odd "$how"
	done
	for seed in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		case_ "sample-$seed" 0 sampled "stacks sample=1K seed=$seed" \
			mix 400000 0 5
	done
	case_ sample-auto 0 sampled 'stacks' mix 400000 20000 15
	case_ handover 0 exact 'stacks exact' handover 8
	case_ handover-auto 0 sampled 'stacks' handover 12
	for seed in 1 2 3; do
		case_ "handover-$seed" 0 sampled \
			"stacks sample=4K seed=$seed" handover 12
	done
	case_ handover-kernel 0 sampled 'stacks sample=4K kernel' handover 8
}

# A file for 20000 stacks stays below 16 MB.
check_size()
{
	local size

	case_ many 0 exact 'stacks exact' many 20000
	wanted many-size many || return
	size=$(stat -c %s "$dir"/*.many.*.kvr)
	if [ "${size:-0}" -gt 0 ] && [ "$size" -le $((16 << 20)) ]; then
		result ok many-size "$size bytes"
	else
		result FAIL many-size "$size bytes"
	fi
}

# A file that may not grow: later stacks are lost, and that is said once.
check_lost()
{
	wanted lost many || return
	(ulimit -f 600 && run lost 'stacks exact' many 20000)
	local status=$?
	dir=$out/reports
	if [ "$status" -ne 0 ]; then
		result FAIL lost "status $status: $(tail -n 1 "$log/lost.err")"
	elif silent lost 'report: adding call stacks to .* failed'; then
		# the sums hold all the same
		grep '^pid' "$log/lost.out" >"$log/lost.pid"
		mv "$log/lost.pid" "$log/lost.out"
		judge lost exact
	fi
}

# Without a libunwind that works: one warning, a report without stacks.
check_absent()
{
	wanted absent calls || return
	with="LD_LIBRARY_PATH=$out/other" run absent 'stacks' calls
	local status=$?
	if [ "$status" -ne 0 ]; then
		result FAIL absent "status $status"
	elif silent absent 'no call stacks: libunwind.so.8 can.t be loaded'; then
		judge absent none
	fi
}

check_off()
{
	case_ off 0 none '' calls
	wanted no-report calls || return
	env LD_PRELOAD="$lib" KVMALLOC=stacks "$out/calls" \
		>"$log/no-report.out" 2>"$log/no-report.err"
	silent no-report 'option stacks: needs report' && result ok no-report
}

if ! build; then
	echo "run.sh: the programs do not build" >&2
	exit 2
fi
sums
check_size
check_lost
check_absent
check_off
# shellcheck source=test/prof/survive.sh
. $src/survive.sh
survival
# shellcheck source=test/prof/seeds.sh
. $src/seeds.sh
all_seeds "$([ -n "$full" ] && echo 20 || echo 3)"
[ -z "$full" ] || check_million
limit=40
case_ storm 0 storm 'stacks exact' storm 8
case_ storm-default 0 storm 'stacks' storm 5
if [ -n "$soak" ]; then
	limit=4000
	case_ storm-soak 0 storm 'stacks exact' storm 3600
fi

echo "prof: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
