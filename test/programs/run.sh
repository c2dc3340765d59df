#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh - real programs, run without and with the library, must agree.
#
# Idea: an allocator is right when nobody can tell that it is there. Each
# case does real work twice, in a directory of the same name, once plain and
# once under LD_PRELOAD. Compared byte by byte: exit status, stdout, stderr
# and every file the case left in out/. A case masks what is unstable by
# itself (times, pids, random keys); --self runs it twice without the library,
# which is how to find out.
#
# Format: cases/NAME.sh, a bash script; the fields in its header are
#	# NAME: what the work is
#	# needs: programs that must be installed, else the case is skipped
#	# quick: yes		it belongs to the --quick subset
#	# timeout: seconds	default 60, for each of the two runs
# lib.sh starts the script and says what it may use. It must exit with 0;
# 77 means that it cannot run here, its last line on stdout tells why.
#
# Invariants: the whole script, not only the program it is about, runs under
# the library. No process and no file outlives a run: what is found alive
# with our directory as its work directory, or our mark in its environment,
# is killed and the case fails. The environment is empty but for what
# start_case() sets, programs come from the system's own directories, so a
# result does not depend on who runs it. KVMALLOC, where set, is handed to
# the preloaded run: the whole suite can be run with any option.

set -u
shopt -s nullglob

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
default_lib=build/libkvmalloc.so
default_timeout=60
exit_skip=77

usage()
{
	cat <<END
usage: run.sh [--quick] [--keep] [--self] [LIB] [NAME...]
       run.sh --list

Runs real programs without and with LD_PRELOAD=LIB and compares what they
print, return and write. LIB is a path (it has a '/' or ends in .so) and
defaults to $default_lib; NAME is a case, default: all.

  -q, --quick  only the cases that tell most in the shortest time
  -k, --keep   keep the directory with the last case's results, and name it
  -s, --self   run twice without the library: is the case itself stable?
  -l, --list   the cases and what they do
Exit status: 0 all agree, 1 some do not, 2 wrong usage.
END
}

die()
{
	echo "run.sh: $*" >&2
	exit 2
}

# field FILE NAME: the value of a field in a case's header.
field()
{
	sed -n "s/^# $2: *//p;/^[^#]/q" "$1"
}

# missing PROGRAM...: the first that is not installed; fails if all are.
missing()
{
	local program

	for program; do
		if ! type -P "$program" >/dev/null; then
			echo "$program"
			return 0
		fi
	done
	return 1
}

# alive: the processes of the case at hand, however far they have gone.
alive()
{
	{
		find /proc -maxdepth 2 -path '/proc/[0-9]*/cwd' \
			-lname "$tmp/work*" -printf '%h\n'
		grep -lsz "^PROGRAMS_TMP=$tmp$" /proc/[0-9]*/environ
	} 2>/dev/null | cut -d/ -f3 | sort -u
}

# gone TENTHS: waits until no process of the case is left.
gone()
{
	local i

	for ((i = 0; i < $1; i++)); do
		[ -z "$(alive)" ] && return 0
		sleep 0.1
	done
	[ -z "$(alive)" ]
}

# Kills what is left of a case and prints the names of what it was.
sweep()
{
	local pid

	gone "$1" && return
	for pid in $(alive); do
		cat "/proc/$pid/comm" 2>/dev/null
	done | sort | uniq -c | awk '{ print $2 ($1 > 1 ? " x " $1 : "") }' |
		paste -sd, | sed 's/,/, /g'
	# TERM first: servers then remove their shared memory.
	for pid in $(alive); do
		kill -TERM "$pid" 2>/dev/null
	done
	gone 20 && return
	for pid in $(alive); do
		kill -KILL "$pid" 2>/dev/null
	done
	gone 20
}

clean_up()
{
	[ -n "${tmp-}" ] || return
	sweep 0 >/dev/null
	[ -n "$keep" ] || rm -rf "$tmp"
}

# start_case FILE SECONDS [VAR=VALUE...]: one run in $tmp/work.
start_case()
{
	local file=$1 seconds=$2

	shift 2
	# --foreground: a timeout ends the script only, sweep() names the rest.
	cd "$tmp/work" && exec timeout --foreground -s KILL "$seconds" \
		env -i PATH="$PATH" HOME="$PWD/home" TMPDIR="$PWD/tmp" \
		PROGRAMS_TMP="$tmp" LC_ALL=C.UTF-8 TZ=UTC TERM=dumb \
		SHELL=/bin/sh PYTHONDONTWRITEBYTECODE=1 "$@" \
		bash -Eeu -o pipefail "$here/lib.sh" "$file"
}

# run_once FILE RESULT [VAR=VALUE...]: fills $tmp/RESULT, sets $took.
run_once()
{
	local file=$1 result=$tmp/$2 limit left start end status

	shift 2
	limit=$(field "$file" timeout)
	limit=${limit:-$default_timeout}
	mkdir -p "$result" "$tmp/work/out" "$tmp/work/home" "$tmp/work/tmp"
	chmod 1777 "$tmp/work/tmp"
	start=${EPOCHREALTIME/[.,]/}
	{
		(start_case "$file" "$limit" "$@") \
			</dev/null >"$result/stdout" 2>"$result/stderr"
		status=$?
	} 2>/dev/null # bash's own word about a signal
	end=${EPOCHREALTIME/[.,]/}
	took=$(((end - start + 50000) / 100000))
	if ((status == 137 && end - start >= limit * 1000000)); then
		status="no end after $limit s"
	else
		status="exit status $status$(signal_name "$status")"
	fi
	left=$(sweep 10)
	[ -n "$left" ] && status+=", left running: $left"
	echo "$status" >"$result/status"
	mv "$tmp/work/out" "$result/out"
	# Kept work shows, for instance, a server's log.
	mv "$tmp/work" "$result/work"
}

signal_name()
{
	if (($1 > 128 && $1 <= 192)); then
		echo " (SIG$(kill -l $(($1 - 128))))"
	fi
}

# quote N FILE: line N of FILE, readable and not too long.
quote()
{
	local line

	# The marks tell an empty line from none.
	line=$(sed -n "${1}s/.*/'&'/p" "$2" | tr -c '[:print:]\n' '?' |
		cut -c1-100)
	echo "${line:-nothing}"
}

# differ_text LABEL FILE: says where FILE differs between the two results.
differ_text()
{
	local a=$tmp/plain/$2 b=$tmp/preloaded/$2 line

	cmp -s "$a" "$b" && return 1
	# diff counts from the line before where it would add ("a") some.
	line=$(diff -a "$a" "$b" |
		awk 'NR == 1 { print $0 + ($0 ~ /^[0-9]+a/) }')
	echo "$1 line $line: $(quote "$line" "$b"), not $(quote "$line" "$a")"
}

# differ_file NAME: the same for a produced file, text or not.
differ_file()
{
	local a=$tmp/plain/out/$1 b=$tmp/preloaded/out/$1

	if [ ! -e "$b" ]; then
		echo "out/$1: missing"
	elif [ ! -e "$a" ]; then
		echo "out/$1: not there without the library"
	elif grep -qI . "$a" && grep -qI . "$b"; then
		differ_text "out/$1" "out/$1"
	elif ! cmp -s "$a" "$b"; then
		cmp "$a" "$b" 2>&1 | sed "s#^.*\(differ\|EOF\)#out/$1: \1#"
	else
		return 1
	fi
}

# first_difference: prints it and succeeds, or fails where there is none.
first_difference()
{
	local name

	if ! cmp -s "$tmp/plain/status" "$tmp/preloaded/status"; then
		cat "$tmp/preloaded/status"
		return 0
	fi
	differ_text stdout stdout && return 0
	differ_text stderr stderr && return 0
	while IFS= read -r name; do
		differ_file "$name" && return 0
	done < <(cd "$tmp" && find plain/out preloaded/out -type f |
		sed 's|^[^/]*/out/||' | LC_ALL=C sort -u)
	return 1
}

# report_failure NAME WHAT RESULT: the line, then the end of RESULT's stderr.
report_failure()
{
	echo "FAIL $1: $2"
	tail -n 5 "$tmp/$3/stderr" | cut -c1-200 | sed 's/^/     | /'
	failed=$((failed + 1))
}

skip()
{
	echo "skip $1: $2"
	skipped=$((skipped + 1))
}

tenths()
{
	echo "$(($1 / 10)).$(($1 % 10))s"
}

# run_case FILE: both runs and the verdict.
run_case()
{
	local file=$1 name program status difference plain
	local -a with=()

	name=$(basename "$file" .sh)
	# shellcheck disable=SC2046 # a list of words
	if program=$(missing $(field "$file" needs)); then
		skip "$name" "$program is not installed"
		return
	fi
	run_once "$file" plain
	plain=$took
	status=$(<"$tmp/plain/status")
	if [ "$status" = "exit status $exit_skip" ]; then
		skip "$name" "$(tail -n 1 "$tmp/plain/stdout")"
		return
	elif [ "$status" != "exit status 0" ]; then
		report_failure "$name" "without the library: $status" plain
		return
	fi
	if [ -z "$self" ]; then
		with=(LD_PRELOAD="$copy" ${KVMALLOC+KVMALLOC="$KVMALLOC"})
	fi
	run_once "$file" preloaded "${with[@]}"
	if difference=$(first_difference); then
		report_failure "$name" "$difference" preloaded
		return
	fi
	echo "ok $name (plain $(tenths "$plain")," \
		"${self:-preloaded} $(tenths "$took"))"
	passed=$((passed + 1))
}

list()
{
	local file name

	for file in "$here"/cases/*.sh; do
		name=$(basename "$file" .sh)
		printf '%-14s %s\n' "$name" "$(field "$file" "$name")"
	done
}

# take_library: a private copy, which other users may read and which a
# build at the same time cannot replace, in $copy.
take_library()
{
	[ -f "$lib" ] || die "$lib: no such library; build it with 'make'," \
		"or name another one"
	mkdir "$tmp/lib"
	copy=$tmp/lib/$(basename "$lib")
	install -m 755 "$lib" "$copy"
	LD_PRELOAD=$copy cat /proc/self/maps 2>&1 |
		grep -qF " $copy" || die "$lib: cannot be preloaded:" \
		"$(LD_PRELOAD=$copy cat /dev/null 2>&1 | head -n 1)"
}

lib=
keep=
self=
quick=
names=()
for arg; do
	case $arg in
	-q | --quick) quick=yes ;;
	-k | --keep) keep=yes ;;
	-s | --self) self=again ;;
	-l | --list)
		list
		exit
		;;
	-h | --help)
		usage
		exit
		;;
	-*) die "unknown option '$arg', see run.sh --help" ;;
	*/* | *.so | *.so.*)
		[ -z "$lib" ] || die "one LIB, not '$lib' and '$arg'"
		lib=$arg
		;;
	*)
		[ -f "$here/cases/$arg.sh" ] ||
			die "no case '$arg'; run.sh --list names them all"
		names+=("$arg")
		;;
	esac
done
lib=${lib:-$root/$default_lib}

# The system's programs only; Debian keeps PostgreSQL's apart, each version
# by itself, and has wrappers of the same names in /usr/bin.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
for dir in /usr/lib/postgresql/*/bin; do
	PATH=$dir:$PATH
done
ulimit -c 0
umask 022

tmp=$(mktemp -d "${TMPDIR:-/tmp}/programs.XXXXXX") || exit 2
# Absolute, as the processes see it in their work directory.
tmp=$(cd "$tmp" && pwd -P)
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
chmod 755 "$tmp"
[ -n "$self" ] || take_library

passed=0
failed=0
skipped=0
for file in "$here"/cases/*.sh; do
	name=$(basename "$file" .sh)
	if ((${#names[@]})); then
		[[ " ${names[*]} " == *" $name "* ]] || continue
	elif [ -n "$quick" ]; then
		[ "$(field "$file" quick)" = yes ] || continue
	fi
	rm -rf "$tmp/plain" "$tmp/preloaded"
	run_case "$file"
done
[ -z "$keep" ] || echo "kept: $tmp"
echo "programs: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
