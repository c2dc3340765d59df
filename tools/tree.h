/* SPDX-License-Identifier: MIT */
/*
 * tree.h - the report files that one run left behind: which is the main
 * process's, and a table of them all.
 */
#ifndef TOOLS_TREE_H
#define TOOLS_TREE_H

#include "find.h"
#include "model.h"
#include "table.h"

/* what the table shows of a process; its file is not kept in memory */
struct member {
	char *path;
	char comm[16];
	pid_t pid, ppid;
	bool forked;
	enum life life;
	uint64_t start_ns; /* monotonic */
	struct sums total;
	uint64_t peak; /* held bytes */
};

struct tree {
	struct member *member; /* in order of their start */
	size_t nr;
	size_t nr_bad; /* files that could not be read */
	char *bad;     /* the first of them and why; or NULL */
};

/* the files of dir written by processes that started after since_ns */
bool tree_collect(struct tree *t, const char *dir, uint64_t since_ns);

/* these files and those of these directories; true if there are any */
bool tree_collect_paths(struct tree *t, char **paths);
void tree_free(struct tree *t);

/* the last program that pid ran; NULL = it wrote no file */
const struct member *tree_main(const struct tree *t, pid_t pid);

/* the one with the largest peak; the tree is not empty */
const struct member *tree_largest(const struct tree *t);

/* how many of the processes still run */
size_t tree_nr_running(const struct tree *t);

/* at most `rows` processes (0 = all), largest peak first, and a sum */
void tree_print(const struct tree *t, struct out *o, uint64_t rows);

#endif
