# SPDX-License-Identifier: MIT
# ghostscript: a drawing and text to PPM, PNG and PDF and back
# needs: gs

cat >page.ps <<'END'
%!PS
/Helvetica findfont 14 scalefont setfont
1 1 3 {
	/page exch def
	0 1 400 {
		/i exch def
		gsave
		i 1.3 mul 20 add i page mul 5 mod 100 mul 50 add translate
		i rotate
		i 400 div 1 i 400 div sub 0.5 setrgbcolor
		0 0 moveto i 20 string cvs show
		newpath 0 0 i 13 mod 3 add 0 300 arc stroke
		grestore
	} for
	/dict 500 dict def
	1 1 500 { dict exch dup 20 string cvs put } for
	50 750 moveto (page ) show page 5 string cvs show
	showpage
} for
END
run_gs="gs -q -dSAFER -dBATCH -dNOPAUSE"
$run_gs -sDEVICE=ppmraw -r72 -sOutputFile=out/%d.ppm page.ps
$run_gs -sDEVICE=png16m -r50 -dNumRenderingThreads=2 -dBandHeight=40 \
	-sOutputFile=out/%d.png page.ps
# The PDF holds the date and a random id; its picture does not.
$run_gs -sDEVICE=pdfwrite -sOutputFile=page.pdf page.ps
$run_gs -sDEVICE=ppmraw -r40 -sOutputFile=out/pdf%d.ppm page.pdf
$run_gs -sDEVICE=txtwrite -sOutputFile=- page.pdf | md5sum
