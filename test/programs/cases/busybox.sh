# SPDX-License-Identifier: MIT
# busybox: its shell, awk, sort, sed, dc and compressors
# needs: busybox

numbers 50000 >data
cat >script <<'END'
i=0
while [ $i -lt 3000 ]; do
	i=$((i + 1))
	x="$x$((i % 10))"
done
echo ${#x} | busybox md5sum
busybox sort -k2 data | busybox md5sum
busybox awk '{ s[$2] += $1 } END { for (k in s) n++; print n, s["word7"] }' data
busybox sed 's/word\([0-9]*\)/<\1>/g' data | busybox gzip -c | busybox zcat |
	busybox sha256sum
busybox grep -c 77 data
busybox bzip2 -c <data | busybox bunzip2 -c | busybox cmp - data
echo '2 k 2 v p 3 100 ^ p' | busybox dc
busybox find . -name data
END
busybox sh script
