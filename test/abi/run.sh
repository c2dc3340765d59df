#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh [--soak] [--only=PATTERN] [LIB] - run the ABI tests under LIB.
#
# LIB is the library to preload, build/libkvmalloc.so if not given; '' or '-'
# stands for none, the C library's own malloc. Other allocators are welcome:
# cases that are promises of kvmalloc alone (misuse, the list of exports) are
# left out for them. PATTERN is a shell pattern for names of cases.
#
# Builds the programs, runs the rows of cases.txt (which says what the columns
# mean), prints "ok NAME", "FAIL NAME: why" or "skip NAME: why" for each, and
# "abi: N passed, N failed, N skipped" at the end. Exit status: 0 no failure,
# 1 some, 2 could not run. Output of a case is kept in build/abi/log/.

set -u
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 2
cd "$top" || exit 2
src=test/abi
out=$top/build/abi
log=$out/log
passed=0 failed=0 skipped=0

die()
{
	echo "run.sh: $*" >&2
	exit 2
}

soak='' only='*' lib=build/libkvmalloc.so
while [ $# -gt 0 ]; do
	case $1 in
	--soak)
		soak=1
		;;
	--only=*)
		only=${1#--only=}
		;;
	--*)
		die "unknown option $1; expected [--soak] [--only=PATTERN] [LIB]"
		;;
	*)
		lib=$1
		;;
	esac
	shift
done
case $lib in
-)
	lib=
	;;
esac
if [ -n "$lib" ]; then
	[ -r "$lib" ] || die "cannot read the library '$lib'"
	lib=$(realpath "$lib")
fi
case ${lib##*/} in
libkvmalloc*)
	ours=1
	;;
*)
	ours=
	;;
esac

# report ok|FAIL|skip NAME [WHY]
report()
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

# The last line of a case's stderr, or a default.
last_words()
{
	local line

	line=$(tail -n 1 "$1" | tr -d '\0' | cut -c 1-200)
	echo "${line:-$2}"
}

# Did it die as announced? judge_death NAME STATUS KINDS
# Exactly one line starts with "kvmalloc: ", it is the first, it names the
# kind and the pointer that is the last line of stdout; others are indented.
judge_death()
{
	local err=$log/$1.err pointer kinds line

	if [ "$2" -ne $((128 + 6)) ]; then
		report FAIL "$1" "status $2, expected death by SIGABRT (134)"
		return
	fi
	line=$(head -n 1 "$err")
	if ! [[ $line == "kvmalloc: "* ]]; then
		report FAIL "$1" "no message, stderr starts with '$line'"
		return
	fi
	if sed 1d "$err" | grep -q '^[^[:space:]]'; then
		report FAIL "$1" "more than one message"
		return
	fi
	kinds=$(tr '_/' ' |' <<<"$3")
	if ! grep -Eq "$kinds" <<<"$line"; then
		report FAIL "$1" "message does not say '$kinds': $line"
		return
	fi
	pointer=$(tail -n 1 "$log/$1.out")
	pointer=${pointer#0x}
	if ! grep -Eqi "(^|[^0-9a-f])(0x)?0*$pointer([^0-9a-f]|\$)" <<<"$line"
	then
		report FAIL "$1" "message does not say 0x$pointer: $line"
		return
	fi
	report ok "$1"
}

judge_exit()
{
	local err=$log/$1.err

	case $2 in
	0)
		if grep -q '^kvmalloc: ' "$err"; then
			report FAIL "$1" "unexpected: $(last_words "$err" -)"
		else
			report ok "$1"
		fi
		;;
	77)
		report skip "$1" "$(last_words "$err" "exit status 77")"
		;;
	*)
		report FAIL "$1" "status $2, $(last_words "$err" "no message")"
		;;
	esac
}

# run_case NAME COMMAND FLAGS
run_case()
{
	local name=$1 command=$2 flag limit=20 kinds='' segv='' status

	for flag in $3; do
		case $flag in
		time=*)
			limit=${flag#time=}
			;;
		known=*)
			[ -n "$ours" ] || continue
			report skip "$name" "known to fail: ${flag#known=}"
			return
			;;
		soak)
			[ -n "$soak" ] || return
			;;
		kvmalloc)
			[ -n "$ours" ] || return
			;;
		die=*)
			kinds=${flag#die=}
			[ -n "$ours" ] || return
			;;
		segv)
			segv=1
			[ -n "$ours" ] || return
			;;
		*)
			die "cases.txt: $name: unknown flag '$flag'"
			;;
		esac
	done
	if [ ! -x "$out/${command%% *}" ]; then
		report skip "$name" "not built: ${command%% *}"
		return
	fi

	# The braces catch what the shell says about a death by signal.
	# shellcheck disable=SC2086
	{
		timeout -k 2 "$limit" env ${lib:+LD_PRELOAD="$lib"} \
			"$out"/$command </dev/null \
			>"$log/$name.out" 2>"$log/$name.err"
		status=$?
	} 2>/dev/null

	if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
		report FAIL "$name" "killed after $limit s"
	elif [ -n "$segv" ] && [ "$status" -eq $((128 + 11)) ]; then
		report ok "$name"
	elif [ -n "$segv" ]; then
		report FAIL "$name" "status $status, expected SIGSEGV (139)"
	elif [ -n "$kinds" ]; then
		judge_death "$name" "$status" "$kinds"
	else
		judge_exit "$name" "$status"
	fi
}

# Words of a list file, without comments.
list()
{
	sed 's/#.*//;/^[[:space:]]*$/d' "$1"
}

# Empty output means the check passed; else it is the reason.
check_exports()
{
	local have want missing extra groups group n all

	have=$(nm -D --defined-only "$lib" | sed 's/.* //;s/@.*//' |
		grep -v '^kvmalloc_' | LC_ALL=C sort -u)
	want=$(list $src/exports.txt)
	missing=$(awk 'NF == 1' <<<"$want" | LC_ALL=C sort |
		comm -13 <(echo "$have") -)
	extra=$(awk '{ print $NF }' <<<"$want" | LC_ALL=C sort |
		comm -23 <(echo "$have") -)
	[ -z "$missing" ] || echo "missing: $missing"
	[ -z "$extra" ] || echo "not in exports.txt: $extra"
	groups=$(awk 'NF == 2 { print $1 }' <<<"$want" | sort -u)
	for group in $groups; do
		all=$(awk -v g="$group" 'NF == 2 && $1 == g { print $2 }' \
			<<<"$want")
		n=$(grep -Fxc "$all" <<<"$have")
		[ "$n" -eq 0 ] || [ "$n" -eq "$(wc -l <<<"$all")" ] ||
			echo "only $n of the group $group"
	done
}

check_imports()
{
	local extra

	extra=$(nm -D --undefined-only "$lib" | awk '$1 == "U" { print $2 }' |
		sed 's/@.*//' | LC_ALL=C sort -u |
		comm -23 - <(list $src/imports.txt | LC_ALL=C sort))
	[ -z "$extra" ] || echo "not in imports.txt: $extra"
}

check_needed()
{
	readelf -dW "$lib" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		grep -Ev '^(libc\.so\.6|ld-linux.*)$' | sed 's/^/needs /'
}

check_tls()
{
	local size

	size=$(readelf -lW "$lib" | awk '$1 == "TLS" { print $6 }')
	[ $((${size:-0})) -le 72 ] || echo "$((size)) bytes, at most 72"
	nm -D --undefined-only "$lib" | grep -o '__tls_get_addr'
}

# Never unloaded, bound at start, no writable or executable surprise.
check_elf()
{
	local dyn

	dyn=$(readelf -dW "$lib")
	grep -q NODELETE <<<"$dyn" || echo "not linked with -z nodelete"
	grep -q 'NOW' <<<"$dyn" || echo "not linked with -z now"
	! grep -q TEXTREL <<<"$dyn" || echo "has text relocations"
	! readelf -lW "$lib" | grep 'GNU_STACK.*E' || echo "executable stack"
}

# What every process runs lies in one window of 64 KiB; if it grows beyond,
# preload/abi/layout.ld should say what part is rare.
check_layout()
{
	local start near

	start=$(readelf -lW "$lib" | awk '/LOAD.* R E / { print $3 }')
	near=$(readelf -SW "$lib" | sed 's/^ *\[ *//' |
		awk '$2 == ".text.large" { print "0x" $4 }')
	[ $((start % 65536)) -eq 0 ] || echo "code starts at $start"
	readelf -p .comment "$lib" | grep -q GCC || return # clang's is larger
	[ $((near - start)) -le 65536 ] ||
		echo "$((near - start)) bytes of code that every process runs"
}

# imports.txt must keep its own promise.
check_musl_has()
{
	local libc=$1

	list $src/imports.txt | LC_ALL=C sort |
		comm -23 - <(nm -D --defined-only "$libc" | sed 's/.* //' |
			LC_ALL=C sort -u) | sed 's/^/musl lacks /'
}

# check NAME FUNCTION [ARGUMENT]
check()
{
	local why

	# shellcheck disable=SC2053
	[[ $1 == $only ]] || return
	why=$("$2" "${3:-}" 2>&1 | paste -sd ' ')
	if [ -z "$why" ]; then
		report ok "$1"
	else
		report FAIL "$1" "$why"
	fi
}

check_library()
{
	local musl

	check exports check_exports
	check imports check_imports
	check needed check_needed
	check tls check_tls
	check elf check_elf
	check layout check_layout
	for musl in /lib/ld-musl-*.so.1; do
		[ ! -e "$musl" ] || check imports-musl check_musl_has "$musl"
	done
}

ulimit -c 0
mkdir -p "$log" || exit 2
env -u MAKEFLAGS make -s -j2 -f $src/build.mk OUT="$out" ||
	die "the tests do not build"
[ -z "$ours" ] || check_library

while IFS='|' read -r name command flags <&3; do
	read -r name <<<"$name"
	read -r command <<<"$command"
	# shellcheck disable=SC2053
	[[ $name == $only ]] || continue
	run_case "$name" "$command" "$flags"
done 3< <(list $src/cases.txt)

echo "abi: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
