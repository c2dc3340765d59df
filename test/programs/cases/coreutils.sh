# SPDX-License-Identifier: MIT
# coreutils: sort (also parallel, with temporary files), uniq, ls -lR, du, ...
# needs: sort uniq md5sum ls du join comm split factor
# quick: yes

numbers 200000 >data
sort data | md5sum
sort -k2,2 -k1,1n --parallel=4 -S 3M data | md5sum
sort -n -u -S 64M --parallel=2 data | tail -n 3
cut -d' ' -f2 data | sort | uniq -c | sort -rn | first 5
sha256sum data
tac data | tr a-z A-Z | od -A d -t x1 | cksum

mkdir -p tree/{a,b,c}/{1..20}
for dir in tree/*/*; do
	split -a 3 -n 4 <(head -c 20000 data) "$dir/part." 2>/dev/null ||
		head -c 5000 data >"$dir/part"
done
split -n l/40 -a 3 data tree/c/7/lines.
find tree -exec touch -d @1000000000 {} +
ls -lR tree
ls -U tree/c/7 | wc -l
du -ab --time --time-style=+%s tree | sort -k3
cp -a tree copy
find copy -exec touch -d @1000000000 {} +
diff <(cd tree && ls -lR) <(cd copy && ls -lR) && echo "same copy"
cat tree/c/7/lines.* | cmp - data && echo "same data"
rm -r copy

sort -k2,2 data >left
numbers 50000 | sort -k2,2 -u >right
join -1 2 -2 2 left right | md5sum
comm -12 <(sort left) <(sort right) | wc -l
shuf --random-source=data data | md5sum
numfmt --field=1 --to=iec <data | tail -n 2
factor 1234567891011121314151617181920 987654321987654321
expr 99999999999999999999 \* 99999999999999999999
seq 1 0.5 20000 | paste - - - - | fmt -w 60 | pr -2 -h title -D date |
	md5sum
date -d @1700000000 -u
stat -c '%s %n' data
sort -R --random-source=data data | first 1
