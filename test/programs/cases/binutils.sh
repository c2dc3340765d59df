# SPDX-License-Identifier: MIT
# binutils: as, ld, nm, objdump, readelf, strip, objcopy on a large object
# needs: as ld nm objdump readelf strip objcopy gcc

c_source 300 >big.c
gcc -O1 -g -ffunction-sections -c big.c
nm -S --size-sort big.o | md5sum
objdump -dlr big.o | md5sum
readelf -aW big.o | md5sum
readelf --debug-dump=info big.o | md5sum
objdump -d big.o | grep -c call
gcc -Wl,--gc-sections,-Map=map big.o -o out/big
grep -c '^ \.text\.' map
strip -o out/stripped out/big
objcopy --only-keep-debug --compress-debug-sections out/big out/debug
addr2line -f -e out/big "$(nm out/big | awk '$3 == "main" { print $1 }')" |
	head -n 1
c++filt _ZNSt6vectorIiSaIiEE9push_backEOi
