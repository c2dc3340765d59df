/* SPDX-License-Identifier: MIT */
/*
 * run.h - one `kvmalloc run`, shared by its two halves: cmd_run.c prepares
 * and runs, run_report.c reports and tidies up.
 */
#ifndef TOOLS_RUN_H
#define TOOLS_RUN_H

#include "opt.h"
#include "report.h"

struct run {
	struct opt_set set; /* of the library */
	struct report_options report;
	const char *report_file;
	bool no_report, no_stacks, quiet;
	bool temporary;	    /* dir is ours to remove */
	char dir[PATH_MAX]; /* of the report files */
	char library[PATH_MAX];
	char program[PATH_MAX];
	char **argv;
	pid_t pid;
	uint64_t start_ns;
	uint64_t id; /* the same in all files of the run */
	struct run_end end;
};

/*
 * The report of what lies in r->dir, to f (closed here), or standard error if
 * it is NULL. Then a temporary directory is removed. False: it could not be
 * written where it was wanted; a message has been printed.
 */
bool run_report(const struct run *r, FILE *f);

/* t: what is in it, NULL = nothing */
void run_leave_dir(const struct run *r, const struct tree *t);

#endif
