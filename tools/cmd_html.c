/* SPDX-License-Identifier: MIT */
/*
 * cmd_html.c - `kvmalloc html`: the report as a page for a browser.
 */
#include "page.h"
#include "save.h"

static const struct cmd_option options[] = {
	{ "value", KEY_VALUE, "V",
	  "what the flame graph and the table of stacks show first: live, "
	  "leaks, peak (default), total, count, waste, fallback or "
	  "pinned" },
	SUBJECT_CMD_OPTIONS,
	{ 0 },
};

static int make_page(const char *target, const struct subject_options *o)
{
	struct subject x;
	struct save out;
	bool ok;

	if (!subject_load(&x, target, o))
		return STATUS_FAIL;
	ok = save_open(&out, o->output, o->force, true);
	if (ok) {
		page_html(out.f, &x, o->value);
		ok = save_close(&out, true);
	}
	subject_free(&x);
	return ok ? STATUS_OK : STATUS_FAIL;
}

static int run(int argc, char **argv)
{
	struct subject_options o = SUBJECT_OPTIONS_INIT;
	struct cmd_parser parser;
	int key, status;

	cmd_parser_init(&parser, &cmd_html);
	while ((key = cmd_next(&parser, &cmd_html, argc, argv, &status)) != -1)
		if (subject_option(&o, key, optarg) < 0)
			return STATUS_USAGE;
	if (status >= 0)
		return status;
	return make_page(argv[optind], &o);
}

const struct command cmd_html = {
	.name = "html",
	.args = "[FILE|PID]",
	.help = "the report as one page for a browser",
	.text = CMD_NEWEST,
	.options = options,
	.one = "FILE or PID",
	.run = run,
};
