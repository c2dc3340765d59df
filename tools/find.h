/* SPDX-License-Identifier: MIT */
/*
 * find.h - which file is meant by FILE, PID or nothing, and what became of
 * the process that wrote it.
 */
#ifndef TOOLS_FIND_H
#define TOOLS_FIND_H

#include <stdbool.h>
#include <sys/types.h>

#include "read.h"

enum life {
	LIFE_RUNNING,
	LIFE_EXITED, /* through its exit handlers */
	LIFE_ENDED,  /* killed, crashed, or _exit: no handler ran */
	LIFE_EXECED, /* the process became another program */
};

/* as far as this machine can tell now */
enum life life_of(const struct kvr_header *head, const char *path);
/* the same, and whether another file in its directory is of a program that the
   process became later */
enum life life_beside_others(const struct kvr_header *head, const char *path);
const char *life_name(enum life life);

/*
 * Loads what arg means: a file, a process, or (NULL) the newest report file
 * of the current directory. False: a message has been printed.
 */
bool find_target(struct snapshot *s, const char *arg);

/* the report file that a process maps and writes: a path to open it by */
bool find_mapped(pid_t pid, char path[PATH_MAX]);

/* calls fn with the path of every *.kvr in dir, in order of their names */
bool for_each_report(const char *dir, void (*fn)(const char *path, void *data),
		     void *data);

/* only digits: a process, unless a file is called so */
bool is_pid(const char *arg);

/* field 22 of /proc/<pid>/stat; 0 = no such process */
unsigned long long process_starttime(pid_t pid);

#endif
