# SPDX-License-Identifier: MIT
# text-tools: grep, sed, diff, patch, bc and xargs -P
# needs: grep sed diff patch xargs find bc

numbers 100000 >data
grep -c 'word[0-9]*7 ' data
grep -E -o '(1|2)+[0-9]*9' data | sort | uniq -c | sort -rn | first 3
grep -P '^(\d)\d*\1 (?=w)' data | md5sum
grep -c -F -w -f <(cut -d' ' -f2 data | sort -u | first 500) data
sed -E 's/([0-9]+) (word)/\2-\1/;/9$/d;1000~1000{G;G}' data >changed
sed -n 'H;${x;s/\n/,/g;p}' data | md5sum
head -n 20000 data >one
sed '100~97d;50~1000s/$/ more/' one >two
diff -u --label a --label b one two >out/patch || :
(diff -y -W 60 --suppress-common-lines one two || :) | md5sum
patch -s one out/patch
cmp one two && echo "same file"
mkdir tree
for i in {1..300}; do
	echo "$i" >"tree/f$i"
done
find tree -name 'f*7' -size -2 -printf '%f %s\n' | sort | tail -n 2
find tree -type f -print0 | xargs -0 -P 4 -n 5 md5sum | sort | md5sum
echo 'scale=300; 4*a(1); 2^2000; for (i = 0; i < 3; i++) sqrt(i + 2)' | bc -l
