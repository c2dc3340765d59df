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
	uint64_t run; /* 0: not known */
	pid_t pid, ppid;
	bool forked;
	uint64_t forks; /* children of fork that were to write files */
	enum life life;
	uint64_t start_ns; /* monotonic */
	struct sums total;
	uint64_t peak; /* held bytes */
};

struct tree {
	struct member *member; /* in order of their start */
	size_t nr;
	size_t nr_bad; /* files that could not be read */
	size_t nr_other; /* of other runs in the same directory */
	char *bad;     /* the first of them and why; or NULL */
};

/*
 * The files of dir written by processes that started after since_ns, and not
 * in a run other than this one (0: any).
 */
bool tree_collect(struct tree *t, const char *dir, uint64_t since_ns,
		  uint64_t run);

/*
 * These files, and of these directories those of the newest run in each; true
 * if there are any.
 */
bool tree_collect_paths(struct tree *t, char **paths);
void tree_free(struct tree *t);

/* the last program that pid ran; NULL = it wrote no file */
const struct member *tree_main(const struct tree *t, pid_t pid);

/* the one with the largest peak; the tree is not empty */
const struct member *tree_largest(const struct tree *t);

/* a message when forked processes of this run, all of it, have no file */
void tree_explain_missing(const struct tree *t);

/* how many of the processes still run */
size_t tree_nr_running(const struct tree *t);

/* at most `rows` processes (0 = all) and a sum: as a tree if all fit, else the
   largest peaks first */
void tree_print(const struct tree *t, struct out *o, uint64_t rows);

#endif
