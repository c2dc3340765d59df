#!/bin/sh
# SPDX-License-Identifier: MIT
#
# readme.sh [--check] - puts the option table, as the built command prints it,
# into README.md; with --check only says whether it is there.
set -eu
cd "$(dirname "$0")/.."
new=$(mktemp)
trap 'rm -f "$new"' EXIT
{
	sed '/^<!-- options: begin/q' README.md
	echo '```'
	build/kvmalloc help options | sed '1,/^$/d'
	echo '```'
	sed -n '/^<!-- options: end/,$p' README.md
} >"$new"
if [ "${1:-}" = --check ]; then
	diff -u README.md "$new"
else
	cat "$new" >README.md
fi
