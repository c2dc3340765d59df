/* SPDX-License-Identifier: MIT */
/* input.h - files to read that may be anything: FIFOs, directories, cut. */
#ifndef TOOLS_INPUT_H
#define TOOLS_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* a regular file, to read: descriptor, or -1 and *why says what is wrong */
int open_regular(const char *path, const char **why);

/* up to n bytes at off; how many there were, -1 on error */
ssize_t read_at(int fd, void *buf, size_t n, uint64_t off);

#endif
