/* SPDX-License-Identifier: MIT */
/*
 * mkkvt.c - writes a made-up trace:   mkkvt NAME FILE, or mkkvt list
 */
#include <stdio.h>
#include <string.h>

#include "synth_trace.h"

int main(int argc, char **argv)
{
	unsigned char *image;
	size_t size, i;
	FILE *file;

	if (argc == 2 && !strcmp(argv[1], "list")) {
		for (i = 0; synth_traces[i]; i++)
			puts(synth_traces[i]);
		return 0;
	}
	image = argc == 3 ? synth_trace(argv[1], &size) : NULL;
	if (!image) {
		fprintf(stderr, "usage: mkkvt NAME FILE|list\n");
		return 2;
	}
	file = fopen(argv[2], "w");
	if (!file || fwrite(image, 1, size, file) != size || fclose(file)) {
		perror(argv[2]);
		return 1;
	}
	return 0;
}
