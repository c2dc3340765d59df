/* SPDX-License-Identifier: MIT */
/*
 * cmd_report.c - `kvmalloc report`: the text report of one process, of its
 * file or while it runs; or of several together.
 */
#include <sys/stat.h>

#include "cmd.h"
#include "report.h"

static const struct cmd_option options[] = {
	REPORT_CMD_OPTIONS,
	{ 0 },
};

static int show(const char *target, const struct report_options *opts)
{
	struct report r = { 0 };
	struct profile profile;
	struct snapshot s;
	struct model m;
	struct out out;
	int stacks;

	if (!find_target(&s, target))
		return STATUS_FAIL;
	stacks = profile_open(&profile, &s, &opts->profile);
	if (stacks < 0) {
		snapshot_free(&s);
		return STATUS_FAIL;
	}
	out_init(&out, stdout, opts->color);
	r.out = &out;
	r.opts = opts;
	r.life = life_beside_others(&s.head, s.path);
	r.m = &m;
	r.profile = stacks ? &profile : NULL;
	model_build(&m, &s, r.life == LIFE_RUNNING ? monotonic_ns() : 0);
	report_print(&r);
	profile_close(&profile);
	snapshot_free(&s);
	return STATUS_OK;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return path && !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int show_tree(char **paths, const struct report_options *opts)
{
	struct tree t;
	struct out out;
	bool any = tree_collect_paths(&t, paths), ok = any;

	if (t.nr_bad)
		complain("%s%s", t.bad, t.nr_bad > 1 ? ", and others" : "");
	else if (!any)
		complain("%s: no report file (*.kvr) there", *paths);
	if (!paths[1] && is_directory(*paths))
		tree_explain_missing(&t);
	out_init(&out, stdout, opts->color);
	if (any && t.nr == 1)
		ok = show(t.member->path, opts) == STATUS_OK && !t.nr_bad;
	else if (any)
		ok = report_tree(&t, &out, opts) && !t.nr_bad;
	if (any && t.nr_other)
		fprintf(out.f, "\n %s of other runs left out: name the files to "
			"see them\n",
			fmt_things(t.nr_other, "report file", "report files")
				.s);
	tree_free(&t);
	return ok ? STATUS_OK : STATUS_FAIL;
}

static int run(int argc, char **argv)
{
	struct report_options opts = REPORT_OPTIONS_INIT;
	struct cmd_parser parser;
	int key, status;

	cmd_parser_init(&parser, &cmd_report);
	while ((key = cmd_next(&parser, &cmd_report, argc, argv, &status)) !=
	       -1)
		if (report_option(&opts, key, optarg) < 0)
			return STATUS_USAGE;
	if (status >= 0)
		return status;
	if (argc - optind > 1 || is_directory(argv[optind]))
		return show_tree(argv + optind, &opts);
	return show(argv[optind], &opts);
}

const struct command cmd_report = {
	.name = "report",
	.args = "[FILE|PID|DIR]...",
	.help = "the text report of a process, living or ended",
	.text = CMD_NEWEST " Several files, or those of the newest run in DIR: "
		"their processes together.",
	.options = options,
	.pages = true,
	.run = run,
};
