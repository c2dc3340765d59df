# SPDX-License-Identifier: MIT
# groff: a long manual page with tables to text, PostScript and by man
# needs: groff man

{
	printf '.TH BIG 7 2001-01-01 test big\n.SH NAME\nbig \\- a page\n'
	for i in {1..120}; do
		printf '.SH "SECTION %d"\nA \\fBbold\\fP word, %s\n' "$i" \
			"$(seq -s ' and ' "$i")"
		printf '.TS\nallbox;\nc r l.\n%d\t%d\ttext\nx\ty\tz\n.TE\n' \
			"$i" $((i * i))
		printf '.TP\n.I term%d\n.nf\nas it\n is\n.fi\n' "$i"
	done
} >big.7
SOURCE_DATE_EPOCH=1000000000 groff -t -man -Tps big.7 >out/big.ps
groff -t -man -Tutf8 -rLL=72n big.7 >out/big.txt
MANWIDTH=70 man -l big.7 | md5sum
printf '.PS\nbox "pic"; arrow; circle "x"\n.PE\n.EQ\nx sup 2 over y\n.EN\n' |
	groff -p -e -Tascii -P-c
