# SPDX-License-Identifier: MIT
# rsync: a tree copied, changed, synchronised with checksums and deletion
# needs: rsync

mkdir -p from/{a,b}/{1..10}
numbers 40000 >data
split -a 3 -n l/200 data from/a/1/part.
cp data from/b/3/whole
ln -s whole from/b/3/link
find from -exec touch -h -d @1000000000 {} +
rsync -aH --stats from/ to/ | grep -E '^Number of|^Total file size'
diff -r from to && echo "same tree"
sed -i '500d;9000s/$/ more/' from/b/3/whole
rm from/a/1/part.aa?
rsync -ai --checksum --delete --no-whole-file from/ to/
diff -r from to && echo "same tree"
