/* SPDX-License-Identifier: MIT */
/*
 * cmd_leaks.c - `kvmalloc leaks`: what is still held, by call stack, the most
 * bytes first. Nothing is judged: memory that a program keeps on purpose
 * until its end stands here like memory it has lost.
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"

enum { KEY_LEAK_SORT = KEY_LONG + 1, KEY_LEAK_BY, KEY_LEAK_COLOR };

static const struct cmd_option options[] = {
	{ "rows", 'n', "N", "at most N stacks; 0 = all (default 10)" },
	{ "sort", KEY_LEAK_SORT, "KEY", "bytes (default) or blocks" },
	{ "by", KEY_LEAK_BY, "WHAT",
	  "stack (default: each by itself) or site (those that go one way "
	  "together)" },
	PROFILE_CMD_OPTIONS,
	{ "color", KEY_LEAK_COLOR, "WHEN", "auto, always or never" },
	{ 0 },
};

struct leaks {
	uint64_t rows;
	enum stack_value value;
	enum site_by by;
	enum color_when color;
	struct profile_options profile;
};

static void print_site(struct out *out, const struct profile *p,
		       const struct site *s, size_t number,
		       const struct sites *all, enum stack_value v)
{
	char *each = size_each(&s->sum);
	char *head = xasprintf(
		"%zu. %s in %s (%s); %s of %s bytes", number,
		fmt_bytes(s->sum.live_bytes).s,
		fmt_things(s->sum.live_blocks, "block", "blocks").s,
		fmt_percent(stack_value(&s->sum, v), all->weight).s,
		fmt_things(s->sum.allocs, "request", "requests").s, each);

	report_stack(out, p->symbols, s, head);
	free(head);
	free(each);
}

static void print_rest(struct out *out, const struct sites *sites, size_t shown)
{
	struct stack_row rest = sites->total;
	size_t nr = sites->nr_stacks, i;

	/* stacks that hold nothing are counted there as well */
	for (i = nr = 0; i < sites->nr; i++)
		if (i >= shown)
			nr += sites->site[i].nr_stacks;
	for (i = 0; i < shown; i++) {
		const struct stack_row *r = &sites->site[i].sum;

		rest.live_bytes = minus(rest.live_bytes, r->live_bytes);
		rest.live_blocks = minus(rest.live_blocks, r->live_blocks);
	}
	if (!rest.live_blocks)
		return;
	fprintf(out->f, "\n  .. %s in %s of other stacks",
		fmt_bytes(rest.live_bytes).s,
		fmt_things(rest.live_blocks, "block", "blocks").s);
	if (nr)
		fprintf(out->f, ", all of them with -n 0");
	fputc('\n', out->f);
}

static void print_head(struct out *out, const struct snapshot *s,
		       const struct model *m, const struct profile *p,
		       const struct sites *sites, enum life life)
{
	char *command = text_command(s->head.cmdline, s->cmdline_len);
	char *trust = profile_describe(p, s), *text;

	text = xasprintf("%s, pid %d, %s:", *command ? command : s->head.comm,
			 s->head.pid, life_name(life));
	out_wrap(out, " ", " ", text);
	free(text);
	text = xasprintf(
		"%s in %s %s, of %s at the peak; of these with a call stack: "
		"%s in %s",
		fmt_bytes(m->total.live_bytes).s,
		fmt_things(m->total.live, "block", "blocks").s,
		life == LIFE_RUNNING ? "held now" : "still held at the end",
		fmt_bytes(s->stats->peak_held_bytes).s,
		fmt_bytes(sites->total.live_bytes).s,
		fmt_things(sites->total.live_blocks, "block", "blocks").s);
	out_wrap(out, " ", " ", text);
	free(text);
	out_wrap(out, " call stacks: ", " ", trust);
	free(trust);
	free(command);
}

static void print(struct snapshot *s, const struct profile *p,
		  const struct leaks *l)
{
	struct site_options o = {
		.by = l->by,
		.weight = site_value,
		.arg = (int)l->value,
		.rows = l->rows,
		.chosen = p->chosen,
	};
	enum life life = life_beside_others(&s->head, s->path);
	const char *trouble;
	struct sites sites;
	struct model m;
	struct out out;
	size_t i, shown;

	out_init(&out, stdout, l->color);
	model_build(&m, s, 0);
	sites_build(&sites, &p->stacks, p->symbols, &o);
	shown = l->rows && l->rows < sites.nr ? (size_t)l->rows : sites.nr;
	print_head(&out, s, &m, p, &sites, life);
	for (i = 0; i < shown; i++)
		print_site(&out, p, &sites.site[i], i + 1, &sites, l->value);
	print_rest(&out, &sites, shown);
	trouble = symbols_trouble(p->symbols);
	if (trouble) {
		fputc('\n', out.f);
		out_wrap(&out, " without names: ", " ", trouble);
	}
	sites_free(&sites);
}

static int leaks(const char *target, const struct leaks *l)
{
	struct profile p;
	struct snapshot s;
	int stacks;

	if (!find_target(&s, target))
		return STATUS_FAIL;
	stacks = profile_open(&p, &s, &l->profile);
	if (!stacks)
		complain("%s: no call stacks were recorded; 'kvmalloc run "
			 "--stacks' does, 'kvmalloc report' shows what is held "
			 "by size",
			 s.path);
	if (stacks > 0)
		print(&s, &p, l);
	profile_close(&p);
	snapshot_free(&s);
	return stacks > 0 ? STATUS_OK : STATUS_FAIL;
}

static int option(struct leaks *l, int key, const char *arg)
{
	switch (key) {
	case 'n':
		return cmd_number("-n", arg, &l->rows);
	case KEY_LEAK_SORT:
		l->value = strcmp(arg, "blocks") ? STACK_VALUE_live :
						   STACK_VALUE_leaks;
		if (!strcmp(arg, "blocks") || !strcmp(arg, "bytes"))
			return 0;
		usage_error("--sort=%s: expected bytes or blocks", arg);
		return -1;
	case KEY_LEAK_BY:
		l->by = strcmp(arg, "site") ? SITE_BY_STACK : SITE_BY_SITE;
		if (!strcmp(arg, "site") || !strcmp(arg, "stack"))
			return 0;
		usage_error("--by=%s: expected stack or site", arg);
		return -1;
	case KEY_LEAK_COLOR:
		if (!color_parse(arg, &l->color))
			return 0;
		usage_error("--color=%s: expected auto, always or never", arg);
		return -1;
	}
	return profile_option(&l->profile, key, arg) > 0 ? 0 : -1;
}

static int run(int argc, char **argv)
{
	struct leaks l = {
		.rows = 10,
		.value = STACK_VALUE_live,
		.by = SITE_BY_STACK,
		.profile.symbols.progress = true,
	};
	struct cmd_parser parser;
	int key, status;

	cmd_parser_init(&parser, &cmd_leaks);
	while ((key = cmd_next(&parser, &cmd_leaks, argc, argv, &status)) != -1)
		if (option(&l, key, optarg))
			return STATUS_USAGE;
	if (status >= 0)
		return status;
	return leaks(argv[optind], &l);
}

const struct command cmd_leaks = {
	.name = "leaks",
	.args = "[FILE|PID]",
	.help = "what is still held, by call stack",
	.text = "Of a living process: what it holds now. " CMD_NEWEST,
	.options = options,
	.pages = true,
	.one = "FILE or PID",
	.run = run,
};
