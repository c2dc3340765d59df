/* SPDX-License-Identifier: MIT */
/*
 * cmd_export.c - `kvmalloc export`: a report in the format of another tool.
 */
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "save.h"

static const struct cmd_option options[] = {
	{ "format", 'f', "FORMAT",
	  "json, pprof, folded, speedscope, massif, dhat, heaptrack or "
	  "prometheus; default: by the end of FILE's name" },
	SUBJECT_CMD_OPTIONS,
	{ "value", KEY_VALUE, "V",
	  "of what: live, leaks, peak (default), total, count, waste, "
	  "fallback or pinned; formats that hold several show this one first" },
	{ "list", KEY_LIST, NULL, "the formats" },
	{ 0 },
};

static const struct export_format {
	const char *name, *ends, *help;
	bool needs_stacks, gzip;
	export_writer write;
} formats[] = {
#define X(name, ends, stacks, gzip, help) \
	{ #name, ends, help, stacks, gzip, export_##name },
	EXPORT_FORMATS(X)
#undef X
};

#define X(name, ends, stacks, gzip, help) ", " #name
static const char format_words[] = EXPORT_FORMATS(X);
#undef X

static void list_formats(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		printf("%-11s %-17s %s\n", formats[i].name, formats[i].ends,
		       formats[i].help);
}

static const struct export_format *format_named(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	usage_error("-f %s: expected one of %s", name, format_words + 2);
	return NULL;
}

/* the longest end wins: .speedscope.json is not .json */
static const struct export_format *format_by_end(const char *file)
{
	const struct export_format *best = NULL;
	size_t n = file ? strlen(file) : 0, i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		size_t len = strlen(formats[i].ends);

		if (len < n && !strcmp(file + n - len, formats[i].ends) &&
		    (!best || len > strlen(best->ends)))
			best = &formats[i];
	}
	if (!best)
		usage_error("no format given: expected -f with one of %s",
			    format_words + 2);
	return best;
}

/* heaptrack_print takes a file without .gz for text; pprof looks into it */
static bool is_gzip(const struct export_format *format, const char *file)
{
	size_t n = file ? strlen(file) : 0;

	if (format->write != export_heaptrack || !file || !strcmp(file, "-"))
		return format->gzip;
	return n > 3 && !strcmp(file + n - 3, ".gz");
}

static bool write_format(const struct save *out, const struct subject *x,
			 const struct export_format *format, bool gzip,
			 enum stack_value v)
{
	FILE *f = gzip ? gzip_stream(out->f) : out->f;
	bool ok;

	format->write(f, x, v);
	ok = !ferror(f);
	if (gzip && fclose(f))
		ok = false;
	return ok;
}

static bool export_subject(const struct subject *x,
			   const struct export_format *format,
			   const struct subject_options *o)
{
	bool gzip = is_gzip(format, o->output);
	struct save out;

	if (format->needs_stacks && !subject_needs_stacks(x))
		return false;
	if (!save_open(&out, o->output, o->force, gzip))
		return false;
	return save_close(&out, write_format(&out, x, format, gzip, o->value));
}

static int export_target(const char *target, const struct export_format *format,
			 const struct subject_options *o)
{
	struct subject x;
	bool ok;

	if (!subject_load(&x, target, o))
		return STATUS_FAIL;
	ok = export_subject(&x, format, o);
	subject_free(&x);
	return ok ? STATUS_OK : STATUS_FAIL;
}

static int run(int argc, char **argv)
{
	struct subject_options o = SUBJECT_OPTIONS_INIT;
	const struct export_format *format = NULL;
	struct cmd_parser parser;
	int key, status;

	cmd_parser_init(&parser, &cmd_export);
	while ((key = cmd_next(&parser, &cmd_export, argc, argv, &status)) !=
	       -1) {
		if (key == KEY_LIST) {
			list_formats();
			return STATUS_OK;
		}
		if (key == 'f' && !(format = format_named(optarg)))
			return STATUS_USAGE;
		if (subject_option(&o, key, optarg) < 0)
			return STATUS_USAGE;
	}
	if (status >= 0)
		return status;
	if (!format && !(format = format_by_end(o.output)))
		return STATUS_USAGE;
	return export_target(argv[optind], format, &o);
}

const struct command cmd_export = {
	.name = "export",
	.args = "[FILE|PID]",
	.help = "a report in the format of another tool",
	.text = CMD_NEWEST,
	.options = options,
	.one = "FILE or PID",
	.run = run,
};
