#!/bin/sh
# SPDX-License-Identifier: MIT
# options.sh - puts the table of the library's options, as the built command
# prints it, between the two marks of a manual page, and prints the page.
#
#   tools/man/options.sh build/kvmalloc <tools/man/kvmalloc.1 >page
#
# The page in the repository holds the block already (so that it can be read
# without a build); test/tools/run.sh fails when the two differ.
set -e

[ $# -eq 1 ] || { echo "usage: options.sh KVMALLOC <page" >&2; exit 2; }

block=$(mktemp)
trap 'rm -f "$block"' EXIT
"$1" help options --man >"$block"
sed -e '/^\.\\" options: begin/r '"$block" \
    -e '/^\.\\" options: begin/,/^\.\\" options: end/{
	/^\.\\" options: /!d
}'
