/* SPDX-License-Identifier: MIT */
/*
 * run_report.c - the end of `kvmalloc run`: the report of the process tree,
 * or why there is none, and the directory's end. See run.h.
 *
 * The report goes to standard error, which is the program's as well: it is
 * written through a buffered copy of the descriptor, in one piece.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload.h"

static void explain_missing(const struct run *r)
{
	char *why = preload_obstacle(r->program);

	if (why)
		complain("%s wrote no report: %s", r->argv[0], why);
	else if (WIFSIGNALED(r->end.wait_status))
		complain("%s wrote no report: it ended before the library "
			 "could start one",
			 r->argv[0]);
	else
		complain("%s wrote no report: it did not load the library, or "
			 "the library could not write into %s (see its "
			 "messages above)",
			 r->argv[0], r->dir);
	free(why);
}

/* what to type next; to be freed */
static char *next_command(const struct run *r, const struct tree *t,
			  const struct member *k)
{
	const struct member *largest = tree_largest(t);
	char *command, *text;
	size_t size = 0, i;
	char *args = NULL;
	FILE *f;

	if (!r->temporary)
		return xasprintf("kvmalloc report %s%s",
				 largest == k ? "-v " : "", largest->path);
	f = open_memstream(&args, &size);
	for (i = 0; f && r->argv[i]; i++) {
		fputs(r->argv[i], f);
		fputc('\0', f);
	}
	if (!f || fclose(f))
		return xasprintf("kvmalloc run -o DIR -- PROGRAM");
	command = text_command(args, size);
	text_cut(command, 60);
	text = xasprintf("kvmalloc run -o DIR -- %s", command);
	free(command);
	free(args);
	return text;
}

static void print_main(const struct run *r, const struct tree *t,
		       const struct member *k, struct out *out)
{
	struct report report = { 0 };
	struct profile profile;
	struct snapshot s;
	struct model m;
	char *next;

	if (!snapshot_load(&s, k->path)) {
		complain("%s: %s", k->path, s.why);
		return;
	}
	next = next_command(r, t, k);
	model_build(&m, &s, 0);
	if (profile_open(&profile, &s, &r->report.profile) > 0)
		report.profile = &profile;
	report.out = out;
	report.m = &m;
	report.life = k->life;
	report.opts = &r->report;
	report.end = &r->end;
	report.tree = t;
	report.next = next;
	report_print(&report);
	profile_close(&profile);
	snapshot_free(&s);
	free(next);
}

static void print_reports(const struct run *r, const struct tree *t,
			  struct out *out)
{
	const struct member *k = tree_main(t, r->pid);

	if (k)
		print_main(r, t, k, out);
	else if (t->nr)
		tree_print(t, out, r->report.verbose ? 0 : r->report.rows);
	if (!r->temporary)
		fprintf(out->f, " %zu report %s in %s\n", t->nr,
			t->nr == 1 ? "file" : "files", r->dir);
	if (r->set.given[KV_OPT_trace])
		fprintf(out->f, " trace: %s\n", r->set.value[KV_OPT_trace]);
}

static void remove_file(const char *path, void *data)
{
	(void)data;
	unlink(path);
}

void run_leave_dir(const struct run *r, const struct tree *t)
{
	size_t running = t ? tree_nr_running(t) : 0;

	if (!r->temporary)
		return;
	if (running) {
		complain("%zu of its processes still run%s: their report "
			 "files stay in %s",
			 running, running == 1 ? "s" : "", r->dir);
		return;
	}
	for_each_report(r->dir, remove_file, NULL);
	if (rmdir(r->dir))
		complain("%s: cannot remove: %s", r->dir, strerror(errno));
}

bool run_report(const struct run *r, FILE *f)
{
	bool own = !f;
	struct out out;
	struct tree t;
	bool ok = true;
	int fd;

	if (!tree_collect(&t, r->dir, r->temporary ? 0 : r->start_ns,
			  r->id))
		return false;
	if (t.nr_bad)
		complain("%s%s", t.bad, t.nr_bad > 1 ? ", and others" : "");
	else if (!tree_main(&t, r->pid))
		explain_missing(r);
	else
		tree_explain_missing(&t);
	if (own && !r->quiet) {
		/* stderr has no buffer; a copy of it may have one */
		fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
		f = fd >= 0 ? fdopen(fd, "w") : NULL;
	}
	if (f && !r->quiet && t.nr) {
		out_init(&out, f, r->report.color);
		if (own)
			fputc('\n', f);
		print_reports(r, &t, &out);
		ok = out_flush(&out, own ? "standard error" : r->report_file);
	}
	if (f && fclose(f) && ok && !own) {
		complain("%s: %s", r->report_file, strerror(errno));
		ok = false;
	}
	run_leave_dir(r, &t);
	tree_free(&t);
	return ok || own;
}
