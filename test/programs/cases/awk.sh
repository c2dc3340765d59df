# SPDX-License-Identifier: MIT
# awk: arrays, fields, substitutions and pipes in each awk there is
# needs: awk

numbers 100000 >data
cat >work.awk <<'EOF'
{
	sum[$2] += $1
	list[$3] = list[$3] " " NR % 10
	line = $0
	n += gsub(/[0-9]+/, "<&>", line)
	$2 = toupper($2)
	length($0 line) > longest && longest = length($0 line)
}
END {
	for (key in sum)
		printf "%s %d\n", key, sum[key] | "sort | md5sum"
	close("sort | md5sum")
	for (key in list)
		print key, length(list[key]) | "sort"
	close("sort")
	print n, longest
	print split(list["p"], parts), parts[3]
	for (i = 0; i < 3000; i++)
		text = text sprintf("%c", i % 26 + 65)
	print length(text), index(text, "ZAB"), substr(text, 2990)
}
EOF
for awk in gawk mawk original-awk; do
	type -P "$awk" >/dev/null || continue
	"$awk" -f work.awk data
done
