# SPDX-License-Identifier: MIT
# imagemagick: pictures drawn, blurred, turned and resized in OpenMP threads
# needs: convert identify

convert --version | grep -q ImageMagick || skip "this convert is another one"
export OMP_NUM_THREADS=4
convert -size 600x400 gradient:red-blue -depth 8 one.ppm
convert one.ppm -fill yellow -draw 'circle 200,200 250,250' -blur 0x6 \
	-rotate 17 -resize 300x200! -depth 8 out/two.ppm
convert out/two.ppm one.ppm -resize 400x300! -append -quantize RGB \
	-colors 60 -depth 8 +dither out/three.ppm
convert out/three.ppm -define png:exclude-chunks=date,time -strip out/four.png
convert one.ppm -motion-blur 0x12+45 -edge 2 -negate -depth 8 out/five.ppm
identify -format '%w %h %k\n' out/*.ppm out/four.png
