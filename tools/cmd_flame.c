/* SPDX-License-Identifier: MIT */
/*
 * cmd_flame.c - `kvmalloc flame`: call stacks as a flame graph.
 */
#include "flame.h"
#include "save.h"

enum { KEY_INVERT = KEY_LIST + 1, KEY_TITLE };

static const struct cmd_option options[] = {
	{ "value", KEY_VALUE, "V",
	  "of what: live, leaks, peak (default), total, count, waste, "
	  "fallback or pinned" },
	{ "invert", KEY_INVERT, NULL,
	  "begin with the functions that allocate, callers above them" },
	{ "title", KEY_TITLE, "TEXT", "instead of the command line" },
	SUBJECT_CMD_OPTIONS,
	{ 0 },
};

static int draw(const char *target, const struct subject_options *o,
		const struct flame_options *flame)
{
	struct subject x;
	struct save out;
	bool ok;

	if (!subject_load(&x, target, o))
		return STATUS_FAIL;
	ok = subject_needs_stacks(&x) &&
	     save_open(&out, o->output, o->force, true);
	if (ok) {
		flame_svg(out.f, &x, flame);
		ok = save_close(&out, true);
	}
	subject_free(&x);
	return ok ? STATUS_OK : STATUS_FAIL;
}

static int run(int argc, char **argv)
{
	struct subject_options o = SUBJECT_OPTIONS_INIT;
	struct flame_options flame = { 0 };
	struct cmd_parser parser;
	int key, status;

	cmd_parser_init(&parser, &cmd_flame);
	while ((key = cmd_next(&parser, &cmd_flame, argc, argv, &status)) !=
	       -1) {
		if (key == KEY_INVERT)
			flame.invert = true;
		else if (key == KEY_TITLE)
			flame.title = optarg;
		else if (subject_option(&o, key, optarg) < 0)
			return STATUS_USAGE;
	}
	if (status >= 0)
		return status;
	flame.value = o.value;
	return draw(argv[optind], &o, &flame);
}

const struct command cmd_flame = {
	.name = "flame",
	.args = "[FILE|PID]",
	.help = "call stacks as a flame graph (SVG)",
	.text = CMD_NEWEST,
	.options = options,
	.one = "FILE or PID",
	.run = run,
};
