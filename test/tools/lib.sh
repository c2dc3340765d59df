# SPDX-License-Identifier: MIT
#
# lib.sh NAME [KVMALLOC] - what the scripts beside it share, by "source": the
# command under test ($kvmalloc; default: build/kvmalloc), a temporary
# directory to work in ($work, the current one), and what a test prints: a
# line "ok NAME", "FAIL NAME" with reasons, or "skip NAME (WHY)", and in the
# end by finish() "NAME: N passed, N failed, N skipped".
# UPDATE=1: golden() writes its files instead of comparing.
#
# shellcheck shell=bash

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
suite=$1
kvmalloc=$(realpath "${2:-$root/build/kvmalloc}")
library=$(dirname "$kvmalloc")/libkvmalloc.so
golden=$here/golden
CC=${CC:-gcc}
# shellcheck disable=SC2034 # for who builds
flags=(-std=c17 -D_GNU_SOURCE -O1 -g -Wall -Wextra
	-I"$root/include" -I"$root/tools")
nr_ok=0 nr_fail=0 nr_skip=0
unset KVMALLOC KVMALLOC_LIB LD_PRELOAD

[ -x "$kvmalloc" ] || {
	echo "$suite.sh: no command at $kvmalloc: build it first" >&2
	exit 2
}
work=$(mktemp -d) && cd "$work" || exit 2
trap 'cd /; rm -rf "$work"' EXIT

ok()
{
	echo "ok   $1"
	nr_ok=$((nr_ok + 1))
}

fail()
{
	echo "FAIL $1"
	shift
	[ $# -eq 0 ] || printf '     %s\n' "$@"
	nr_fail=$((nr_fail + 1))
}

skip()
{
	echo "skip $1 ($2)"
	nr_skip=$((nr_skip + 1))
}

# have COMMAND NAME: or the tests called NAME are skipped
have()
{
	command -v "$1" >/dev/null && return
	skip "$2" "$1 is not installed"
	return 1
}

# is NAME EXPECTED ACTUAL
is()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		fail "$1" "expected: $2" "     got: $3"
	fi
}

# has NAME PATTERN FILE: an extended regular expression
has()
{
	if grep -Eq -- "$2" "$3"; then
		ok "$1"
	else
		fail "$1" "no line like: $2" "in:" "$(head -n 20 "$3")"
	fi
}

# succeeds NAME COMMAND...
succeeds()
{
	local name=$1
	shift
	if "$@" >out 2>&1; then
		ok "$name"
	else
		fail "$name" "$(head -n 5 out)"
	fi
}

# fails NAME STATUS PATTERN COMMAND...: nothing on stdout, message on stderr
fails()
{
	local name=$1 status=$2 pattern=$3
	shift 3
	"$@" >out 2>err </dev/null
	local got=$?
	if [ $got -ne "$status" ]; then
		fail "$name" "exit status $got, expected $status" "$(cat err)"
	elif [ -s out ]; then
		fail "$name" "it printed to standard output: $(head -n 1 out)"
	else
		has "$name" "$pattern" err
	fi
}

# golden NAME COMMAND...: standard output as in golden/NAME.txt. Sizes in
# the file follow the format, which grows: they are not compared.
golden()
{
	local name=$1
	shift
	"$@" >raw 2>err
	local status=$?
	sed -E 's/[0-9.]+ [KM]iB of report file/N KiB of report file/' raw >out
	if [ "${UPDATE:-}" ]; then
		cp out "$golden/$name.txt"
	fi
	if [ $status -ne 0 ] || [ -s err ]; then
		fail "golden $name" "exit status $status" "$(head -n 3 err)"
	elif diff -u "$golden/$name.txt" out >changes; then
		ok "golden $name"
	else
		fail "golden $name" "$(head -n 20 changes)"
	fi
}

# start_reported PROGRAM OPTIONS WORD ARGS...: ./PROGRAM under the library, with
# a report in PROGRAM.dir, until it has printed WORD; pid is its
start_reported()
{
	local program=$1 options=$2 word=$3
	shift 3
	rm -rf "$program.dir" && mkdir "$program.dir"
	: >"$program.out"
	# blanks of the options are its own
	LD_PRELOAD=$library KVMALLOC="report=$PWD/$program.dir $options" \
		"./$program" "$@" >"$program.out" &
	pid=$!
	for _ in $(seq 200); do
		grep -q "$word" "$program.out" && break
		sleep 0.05
	done
}

stop_reported()
{
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
}

finish()
{
	echo "$suite: $nr_ok passed, $nr_fail failed, $nr_skip skipped"
	[ "$nr_fail" -eq 0 ]
	exit
}
