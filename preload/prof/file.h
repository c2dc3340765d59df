/* SPDX-License-Identifier: MIT */
/*
 * file.h - a file that the process writes about itself: named after it, made
 * once, and opened again by its absolute path whenever it has to grow.
 *
 * No descriptor is kept: a daemon that closes all of them, and opens its own
 * under our number, would get our data into its file. Space is allocated
 * before it is mapped (a full disk is an error here, not a SIGBUS later).
 * Callers serialise.
 */
#ifndef KV_PROF_FILE_H
#define KV_PROF_FILE_H

#include "lib/types.h"

enum { FILE_PATH_SIZE = 768 };

struct prof_file {
	char dir[FILE_PATH_SIZE]; /* absolute, unless that is unknown */
	char path[FILE_PATH_SIZE];
	u64 dev, inode;
	u64 size;
};

/* Where files are made: @dir, absolute from now on. */
void file_dir(struct prof_file *f, const char *dir);

/*
 * Makes kvmalloc.COMM.PID@suffix in the directory, empty; if there is one
 * already with a number more in its name, for that is an earlier program's of
 * this pid (exec). Descriptor or -errno.
 */
int file_create(struct prof_file *f, const char *comm, const char *suffix);

/* Makes the file of the name that was given as a directory's, or if there is
 * one already, that and the pid. */
int file_create_named(struct prof_file *f);

/* The same file again: descriptor or -errno. */
int file_reopen(const struct prof_file *f);

/* Appends @size bytes: file offset or -errno. RLIMIT_FSIZE would kill us. */
long file_extend(struct prof_file *f, int fd, u64 size);

/* The arguments of this process, separated by NUL: were they cut? */
bool file_cmdline(char *buf, size_t size);

/* Field 22 of /proc/self/stat: when it was started, in ticks; 0: unknown. */
u64 file_starttime(void);

#endif
