/* SPDX-License-Identifier: MIT */
/*
 * preload.h - the library: where it is, and whether a program will load it.
 */
#ifndef TOOLS_PRELOAD_H
#define TOOLS_PRELOAD_H

#include <limits.h>
#include <stdbool.h>

/*
 * The absolute path of libkvmalloc.so: $KVMALLOC_LIB, beside the running
 * command, or in ../lib of it. False: a message has been printed.
 */
bool preload_library(char path[PATH_MAX]);

/*
 * Finds a program the way execvp() does. 0 and its path, or an exit status
 * as of a shell (127 not found, 126 not executable) after a message.
 */
int preload_program(const char *name, char path[PATH_MAX]);

/*
 * Why LD_PRELOAD has no effect on this program: a text to be freed, or NULL
 * when nothing speaks against it.
 */
char *preload_obstacle(const char *path);

#endif
