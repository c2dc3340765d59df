# SPDX-License-Identifier: MIT
# tar-xz: tar and xz -T2, zstd, gzip, bzip2: compress, extract, compare
# needs: tar xz gzip
# quick: yes

numbers 120000 >data
mkdir -p tree/{1..15} parts
split -a 3 -n l/150 data parts/part.
i=0
for part in parts/*; do
	i=$((i + 1))
	mv "$part" "tree/$((i % 15 + 1))"
done
find tree -type f | sort | first 4
tar --sort=name --mtime=@1000000000 --owner=0 --group=0 --numeric-owner \
	--mode=a+rX,u+w -cf tree.tar tree
xz -3 -T2 --block-size=1MiB -c tree.tar >out/tree.tar.xz
xz -t out/tree.tar.xz
mkdir copy
tar -C copy -xJf out/tree.tar.xz
diff -r tree copy/tree && echo "same tree"
tar -tvf out/tree.tar.xz | md5sum
gzip -9nc tree.tar >out/tree.tar.gz
gzip -dc out/tree.tar.gz | cmp - tree.tar
for tool in 'bzip2' 'zstd -q -T2' 'pigz -n -p 2' 'lz4 -q'; do
	type -P "${tool%% *}" >/dev/null || continue
	$tool -c <tree.tar >"out/${tool%% *}"
	$tool -dc <"out/${tool%% *}" | cmp - tree.tar
done
