/* SPDX-License-Identifier: MIT */
/*
 * save.h - files that a command makes: complete or not there at all.
 *
 * The bytes go to a temporary file beside the wanted one, which gets its name
 * when all of them are on their way to the disk. An existing file is kept
 * unless it may be replaced. What is no regular file (a pipe, /dev/null) is
 * written to as it is.
 */
#ifndef TOOLS_SAVE_H
#define TOOLS_SAVE_H

#include <stdbool.h>
#include <stdio.h>

struct save {
	FILE *f;    /* write here */
	char *path; /* wanted name; NULL = standard output */
	char *temp; /* name until then; NULL = written in place */
	bool force;
};

/*
 * path NULL or "-": standard output, unless that is a terminal and `opaque`
 * says that nobody can read the format there. False: a message was printed.
 */
bool save_open(struct save *s, const char *path, bool force, bool opaque);

/* ok: what was to be written is complete; else it is thrown away */
bool save_close(struct save *s, bool ok);

/*
 * A stream whose bytes arrive at `to` compressed, as of gzip(1). fclose()
 * ends the compressed data and leaves `to` open; both report errors.
 */
FILE *gzip_stream(FILE *to);

#endif
