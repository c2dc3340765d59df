#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh - all tests: `make check`.   run.sh unit BINARY... - those alone.
#
# Each part prints its own lines and ends with a count; the counts are summed
# in the last line, "N passed, N failed, N skipped". Exit status 1 if any
# failed or a part broke off without a count.

set -u
cd "$(dirname "$0")/.." || exit 2
passed=0 failed=0 skipped=0

add()
{
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# Suites, as many at a time as there are CPUs; judged in their order.
units()
{
	local b log=build/log/unit
	rm -rf "$log" && mkdir -p "$log"
	# shellcheck disable=SC2016 # for the other shell
	printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" \
		bash -c '"$1" >"$0/${1//\//.}" 2>&1' "$log"
	for b; do
		judge "$b" "$log/${b//\//.}"
	done
}

# judge SUITE OUTPUT. Check's summary: "97%: Checks: 32, Failures: 1, Errors: 0"
judge()
{
	local out sum
	out=$(cat "$2")
	sum=$(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2 \3/p' <<<"$out")
	if [ -z "$sum" ]; then
		printf '%s\nFAIL %s: broke off\n' "$out" "${1##*/}"
		add 0 1 0
		return
	fi
	while read -r checks failures errors; do
		add $((checks - failures - errors)) $((failures + errors)) 0
		if [ $((failures + errors)) -gt 0 ]; then
			printf '%s\n' "$out"
			echo "FAIL ${1##*/}: $((failures + errors)) of $checks"
		else
			echo "ok ${1##*/}: $checks"
		fi
	done <<<"$sum"
}

# A part whose last line is "name: N passed, N failed, N skipped".
part()
{
	local name=$1 log=build/log/$1.log sum
	shift
	echo "== $name"
	"$@" 2>&1 | tee "$log"
	sum=$(tail -n 1 "$log" |
		sed -n 's/^[a-z-]*: \([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p')
	if [ -z "$sum" ]; then
		echo "FAIL $name: broke off"
		add 0 1 0
	else
		# shellcheck disable=SC2086
		add $sum
	fi
}

# One thing that must succeed.
must()
{
	local name=$1 log=build/log/$1.log
	shift
	if "$@" >"$log" 2>&1; then
		echo "ok $name"
		add 1 0 0
	else
		tail -n 40 "$log"
		echo "FAIL $name"
		add 0 1 0
	fi
}

finish()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}

mkdir -p build/log
if [ "${1:-}" = unit ]; then
	shift
	units "$@"
	finish
fi

make=${MAKE:-make}
echo "== build"
must build-gcc "$make" -j2 all CI=1
must build-clang "$make" -j2 all CI=1 CC=clang BUILD=build/clang
must build-unit "$make" -j2 unit-tests CI=1
must build-unit-asan "$make" -j2 unit-tests VARIANT=asan CI=1
must build-kapi "$make" -j2 kapi-tests CI=1
must build-kapi-asan "$make" -j2 kapi-tests KAPI_VARIANT=kapi-asan CI=1
must build-kapi-tsan "$make" -j2 kapi-tests KAPI_VARIANT=kapi-tsan CI=1
must readme test/readme.sh --check
echo "== unit"
suites=()
for t in test/lib/test_*.c test/mm/test_*.c; do
	t=${t#test/}
	suites+=("build/unit/${t%.c}")
done
# The longest ones say no more under the sanitizer; `make check-asan` has all.
for t in test/lib/test_*.c test/mm/test_*.c; do
	t=${t#test/}
	case $t in
	*_stress.c | *test_kvmalloc.c | *test_page_alloc.c | *test_purge.c | \
		*test_sheaf.c) ;;
	*) suites+=("build/asan/${t%.c}") ;;
	esac
done
units "${suites[@]}"
part abi test/abi/run.sh
part kernel test/kernel.sh
part kapi test/kapi/run.sh build/kapi
part kapi-asan test/kapi/run.sh build/kapi-asan
part kapi-tsan test/kapi/run.sh build/kapi-tsan
part tools test/tools/run.sh
part top test/tools/top.sh
part formats test/tools/formats.sh
[ ! -x test/prof/run.sh ] || part prof test/prof/run.sh
part trace test/trace/run.sh
part programs test/programs/run.sh --quick
finish
