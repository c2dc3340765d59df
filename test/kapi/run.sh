#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh [DIR] - tests of the kernel's interface; DIR has what `make
# kapi-tests` built. Last line: "kapi: N passed, N failed, N skipped".
#
# A library built with a sanitizer (DIR ends in -asan, -tsan) gets the suites
# and the examples; all else would say no more than without.

set -u
cd "$(dirname "$0")/../.." || exit 2
dir=$(realpath "${1:-build/kapi}")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0 skipped=0
# some tests fault on purpose
export ASAN_OPTIONS=handle_segv=0
export TSAN_OPTIONS="handle_segv=0 die_after_fork=0"

ok()
{
	echo "ok $1"
	passed=$((passed + 1))
}

bad()
{
	echo "FAIL $1"
	[ ! -s "$tmp/out" ] || tail -n 20 "$tmp/out"
	failed=$((failed + 1))
}

# try NAME COMMAND...
try()
{
	local name=$1
	shift
	if "$@" >"$tmp/out" 2>&1; then ok "$name"; else bad "$name"; fi
}

suite()
{
	local name=${1##*/} sum checks failures errors
	timeout 300 "$1" >"$tmp/out" 2>&1
	sum=$(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2 \3/p' "$tmp/out")
	if [ -z "$sum" ]; then
		bad "$name: broke off"
		return
	fi
	while read -r checks failures errors; do
		passed=$((passed + checks - failures - errors))
		failed=$((failed + failures + errors))
		if [ $((failures + errors)) -gt 0 ]; then
			grep -E ':[FE]:' "$tmp/out" | head -n 20
			echo "FAIL $name: $((failures + errors)) of $checks"
		else
			echo "ok $name: $checks"
		fi
	done <<<"$sum"
}

# example NAME OPTIONS: what it prints is in NAME.txt beside its source.
example()
{
	local exe=$dir/example_$1 golden=test/examples/$1.txt
	if KVMALLOC=$2 timeout 60 "$exe" >"$tmp/out" 2>&1 &&
		diff "$golden" "$tmp/out" >"$tmp/diff"; then
		ok "example $1"
	else
		cat "$tmp/diff" >>"$tmp/out"
		bad "example $1"
	fi
	KVMALLOC=$2 try "example $1 --fail-nth" timeout 300 "$exe" --fail-nth
}

# The answers of a kernel, but for the lines that are there to be read, and
# those that the file of differences explains.
answers()
{
	grep -v '^~' "$1" | sed 's/^KV| //' >"$tmp/want"
	grep -v '^~' "$2" >"$tmp/have"
	diff "$tmp/want" "$tmp/have" | sed -n 's/^> //p' |
		grep -vxFf <(grep -v '^#' test/kapi/differences.txt) >"$tmp/out"
	[ ! -s "$tmp/out" ]
}

questions()
{
	local cc=$1 exe=$tmp/questions-$1 version
	if ! $cc -O2 -std=gnu17 -Wall -Wextra -Iinclude \
		test/oracle/questions.c -o "$exe" -L"$dir" \
		-Wl,-rpath,"$dir" -lkvkernel >"$tmp/out" 2>&1; then
		bad "questions built by $cc"
		return
	fi
	if ! KVMALLOC="mem=512M cpus=2" timeout 120 "$exe" \
		>"$tmp/answers" 2>"$tmp/out"; then
		bad "questions run ($cc)"
		return
	fi
	for version in 6.1 6.12; do
		if answers test/oracle/answers-linux-$version.txt "$tmp/answers"
		then ok "answers of Linux $version ($cc)"
		else bad "answers of Linux $version ($cc)"; fi
	done
}

# Each header by itself, in C and in C++.
headers()
{
	local h flags="-Wall -Wextra -Werror -Iinclude -fsyntax-only"
	for h in include/linux/*.h include/linux/*/*.h include/asm/*.h; do
		h=${h#include/}
		echo "#include <$h>" >"$tmp/one.c"
		cp "$tmp/one.c" "$tmp/one.cc"
		# shellcheck disable=SC2086
		if gcc -std=gnu17 $flags "$tmp/one.c" >"$tmp/out" 2>&1 &&
			g++ -std=gnu++17 $flags "$tmp/one.cc" >"$tmp/out" 2>&1
		then passed=$((passed + 1)); else bad "header $h"; fi
		echo "#include <$h>" >>"$tmp/all.c"
	done
	cp "$tmp/all.c" "$tmp/all.cc"
	# shellcheck disable=SC2086
	try "all headers, clang" clang -std=gnu17 $flags "$tmp/all.c"
	# shellcheck disable=SC2086
	try "all headers, clang++" clang++ -std=gnu++17 $flags "$tmp/all.cc"
}

# What the archive exports is what the shared library exports.
exports()
{
	nm -D --defined-only "$dir/libkvkernel.so" | awk '{print $3}' |
		sort >"$tmp/so"
	nm -g --defined-only "$dir/libkvkernel.a" 2>/dev/null |
		awk 'NF == 3 {print $3}' | sort >"$tmp/a"
	diff "$tmp/so" "$tmp/a"
}

static_link()
{
	gcc -O1 -std=gnu17 -Iinclude test/examples/msg_queue.c \
		test/examples/main.c "$dir/libkvkernel.a" -pthread \
		-o "$tmp/static" && timeout 300 "$tmp/static" --fail-nth
}

for t in "$dir"/test_*; do
	[ -f "$t" ] && [ -x "$t" ] && suite "$t"
done
for e in test/examples/*.txt; do
	e=${e##*/} e=${e%.txt}
	case $e in
	highmem_copy) example "$e" "mem=1G cpus=2 zones=32bit" ;;
	*) example "$e" "mem=256M cpus=2" ;;
	esac
done
case $dir in
*san) ;;
*)
	questions gcc
	questions clang
	headers
	try "the archive exports what the library does" exports
	try "a program linked with the archive" static_link
	# shellcheck source=test/kapi/reports.sh
	. test/kapi/reports.sh
	;;
esac
echo "kapi: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
