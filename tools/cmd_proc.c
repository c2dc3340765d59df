/* SPDX-License-Identifier: MIT */
/*
 * cmd_proc.c - `kvmalloc proc`: the machine of a process as the kernel would
 * print it (proc.h), so that existing tools and eyes can read it.
 */
#include <string.h>

#include "cmd.h"
#include "find.h"
#include "proc.h"
#include "proc_code.h"
#include "profile.h"

static const struct cmd_option options[] = {
	SYMBOL_CMD_OPTIONS,
	{ 0 },
};

/* those that name code */
static const struct code_table {
	const char *name;
	bool (*print)(const struct model *m, const struct where *w);
} code_tables[] = {
	{ "vmallocinfo", code_vmallocinfo },
	{ "allocinfo", code_allocinfo },
	{ "page_owner", code_page_owner },
};

static const struct code_table *find_table(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(code_tables); i++)
		if (!strcmp(code_tables[i].name, name))
			return &code_tables[i];
	return NULL;
}

static bool print_code(const struct code_table *table, struct snapshot *s,
		       const struct profile_options *o)
{
	struct profile profile;
	struct where w;
	struct model m;
	int found;
	bool ok;

	found = profile_open(&profile, s, o);
	if (found < 0)
		return false;
	model_build(&m, s, 0);
	where_open(&w, s, found ? &profile : NULL, &o->symbols);
	ok = table->print(&m, &w);
	where_close(&w);
	if (found)
		profile_close(&profile);
	return ok;
}

static bool print_table(const char *name, struct snapshot *s,
			const struct profile_options *o)
{
	const struct code_table *table = find_table(name);
	const struct kvr_machine machine = { s->stats, s->class, s->cache,
					     s->zone };

	return table ? print_code(table, s, o) :
		       proc_text(stdout, &machine, name);
}

static int run(int argc, char **argv)
{
	static const char tables[] =
		"slabinfo, buddyinfo, pagetypeinfo, zoneinfo, meminfo, "
		"vmallocinfo, allocinfo or page_owner";
	struct profile_options o = { .symbols.progress = true };
	const char *table;
	struct cmd_parser parser;
	struct snapshot s;
	int status, key;
	bool ok;

	cmd_parser_init(&parser, &cmd_proc);
	while ((key = cmd_next(&parser, &cmd_proc, argc, argv, &status)) != -1)
		if (profile_option(&o, key, optarg) < 0)
			return STATUS_USAGE;
	if (status >= 0)
		return status;
	if (argc - optind != 2)
		return usage_error("expected a FILE or PID and a table: %s",
				   tables);
	table = argv[optind + 1];
	if (!find_table(table) && !proc_text(NULL, NULL, table))
		return usage_error("'%s': expected %s", table, tables);
	if (!find_target(&s, argv[optind]))
		return STATUS_FAIL;
	ok = print_table(table, &s, &o);
	snapshot_free(&s);
	return ok ? STATUS_OK : STATUS_FAIL;
}

const struct command cmd_proc = {
	.name = "proc",
	.args = "FILE|PID TABLE",
	.help = "the kernel's own tables of a process, in their exact format",
	.text = "The tables have the names and formats of files in /proc of a "
		"Linux 7.0 system: slabinfo, buddyinfo, pagetypeinfo, zoneinfo, "
		"meminfo, vmallocinfo, allocinfo, page_owner. The last two "
		"need call stacks.",
	.options = options,
	.run = run,
};
