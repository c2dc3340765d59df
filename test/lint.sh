#!/bin/bash
# SPDX-License-Identifier: MIT
#
# lint.sh - layering, shell scripts, clang-tidy where it is installed.
#
# Layers, lowest first; a file includes its own layer and lower ones only.
# lib/types.h is everybody's. Tools see include/ and their own headers.

set -u
cd "$(dirname "$0")/.." || exit 2
layers=(os lib mm prof abi kapi)
bad=0

level()
{
	local i
	for i in "${!layers[@]}"; do
		[ "${layers[i]}" = "$1" ] && echo "$i" && return
	done
	echo -1
}

for f in preload/*/*.[ch]; do
	own=$(level "$(basename "$(dirname "$f")")")
	while read -r inc; do
		if [ "$(level "$inc")" -gt "$own" ]; then
			echo "$f: includes the higher layer $inc/"
			bad=1
		fi
	done < <(grep -v lib/types.h "$f" |
		sed -n 's|^#include "\([a-z]*\)/.*|\1|p')
done
if grep -n '#include "\(os\|lib\|mm\|prof\|abi\|kapi\)/' tools/*.[ch]; then
	echo "tools include the library's inside"
	bad=1
fi
grep -nE '(^|[^.])\bsyscall\(' preload/{lib,mm,prof,abi}/*.c && bad=1

if command -v shellcheck >/dev/null; then
	mapfile -t scripts < <(git ls-files '*.sh' .ci)
	shellcheck "${scripts[@]}" || bad=1
fi
if [ "${1:-}" = --tidy ] && command -v clang-tidy >/dev/null; then
	clang-tidy --quiet preload/*/*.c -- -std=c17 -D_GNU_SOURCE \
		-Iinclude -Ipreload || bad=1
fi
exit $bad
