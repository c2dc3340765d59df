#!/bin/bash
# SPDX-License-Identifier: MIT
#
# arm64.sh - the library built for aarch64 and run under qemu-user.
#
# Unit suites run in one process there (Check's forks and time limits do not
# work under qemu-user), so only those that expect no abort; programs of
# test/abi run with the cross-built library preloaded into the guest.

set -u
cd "$(dirname "$0")/.." || exit 2
cross=aarch64-linux-gnu
out=build/arm64
guest=(timeout 120 qemu-aarch64 -L "/usr/$cross"
	-E "LD_LIBRARY_PATH=/usr/lib/$cross")
suites=(lib/test_options lib/test_print lib/test_rbtree mm/test_charge
	mm/test_watermark)
programs=(calls/align_16 calls/align_all calls/calloc_zero calls/memalign
	calls/realloc_chain calls/usable_size calls/zero_size
	"content/ops 1 1 2000")
passed=0 failed=0

report()
{
	if [ "$1" -eq 0 ]; then
		echo "ok $2"
		passed=$((passed + 1))
	else
		echo "FAIL $2"
		failed=$((failed + 1))
	fi
}

"${MAKE:-make}" -j2 BUILD=$out CC=$cross-gcc $out/libkvmalloc.so >/dev/null
report $? build
for s in "${suites[@]}"; do
	"${MAKE:-make}" -j2 VARIANT=arm64 CC=$cross-gcc build/arm64/"$s" \
		>/dev/null &&
		CK_FORK=no "${guest[@]}" build/arm64/"$s" >/dev/null 2>&1
	report $? "$s"
done
for p in "${programs[@]}"; do
	read -ra words <<<"$p"
	mkdir -p "$out/abi/${words[0]%/*}"
	$cross-gcc -O1 -fno-builtin -D_GNU_SOURCE -pthread -Itest/abi \
		-o "$out/abi/${words[0]}" "test/abi/${words[0]}.c" -ldl &&
		"${guest[@]}" -E LD_PRELOAD="$PWD/$out/libkvmalloc.so" \
			"$out/abi/${words[0]}" "${words[@]:1}" >/dev/null
	report $? "$p"
done
echo "arm64: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
