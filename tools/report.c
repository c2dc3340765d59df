/* SPDX-License-Identifier: MIT */
/*
 * report.c - head, totals and routes of the text report. See report.h.
 *
 * Three sizes stand side by side everywhere: asked (what the program wanted),
 * served (what it got here), and the kernel's table (what the newest kernel's
 * kmalloc would have taken for the same requests).
 */
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "util.h"

static const char *const sort_names[] = {
#define X(name) #name,
	SORT_KEYS(X)
#undef X
};

static int sort_parse(const char *word, enum sort_key *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sort_names); i++) {
		if (!strcmp(word, sort_names[i])) {
			*key = (enum sort_key)(SORT_none + 1 + i);
			return 0;
		}
	}
	return -1;
}

int report_option(struct report_options *opts, int key, const char *arg)
{
	switch (key) {
	case 'v':
		opts->verbose = true;
		return 1;
	case 'n':
		return cmd_number("-n", arg, &opts->rows) ? -1 : 1;
	case KEY_SORT:
		if (!sort_parse(arg, &opts->sort))
			return 1;
		usage_error("--sort=%s: expected one of %s", arg, sort_words());
		return -1;
	case KEY_BY:
		opts->by = !strcmp(arg, "stack") ? SITE_BY_STACK : SITE_BY_SITE;
		if (!strcmp(arg, "stack") || !strcmp(arg, "site"))
			return 1;
		usage_error("--by=%s: expected site or stack", arg);
		return -1;
	case KEY_FULL:
		opts->full = true;
		return 1;
	case KEY_COLOR:
		if (!color_parse(arg, &opts->color))
			return 1;
		usage_error("--color=%s: expected auto, always or never", arg);
		return -1;
	}
	return profile_option(&opts->profile, key, arg);
}

const char *sort_words(void)
{
#define X(name) "|" #name
	static const char words[] = SORT_KEYS(X);
#undef X

	return words + 1;
}

/* "exit 0", "SIGSEGV, core dumped", or the state of the file */
static char *ending(const struct report *r)
{
	int status;

	if (!r->end)
		return xasprintf("%s", life_name(r->life));
	status = r->end->wait_status;
	if (WIFSIGNALED(status)) {
		const char *name = sigabbrev_np(WTERMSIG(status));

		if (!name)
			return xasprintf("signal %d", WTERMSIG(status));
		return xasprintf("SIG%s%s", name,
				 WCOREDUMP(status) ? ", core dumped" : "");
	}
	return xasprintf("exit %d", WEXITSTATUS(status));
}

/*
 * "kvmalloc: COMMAND" in at most `room` columns. When that is too narrow the
 * program loses its directory first, then the arguments their end.
 */
static char *head_title(const struct snapshot *s, size_t room)
{
	char *command = text_command(s->head.cmdline, s->cmdline_len);
	const char *more = s->head.cut ? " .." : "";
	const char *start = *command ? command : s->head.comm;
	char *title = xasprintf("kvmalloc: %s%s", start, more);

	if (text_width(title) > room && *start == '/') {
		const char *end = start + strcspn(start, " ");

		while (end > start && end[-1] != '/')
			end--;
		free(title);
		title = xasprintf("kvmalloc: %s%s", end, more);
	}
	text_cut(title, room);
	free(command);
	return title;
}

static void print_head(const struct report *r)
{
	const struct snapshot *s = r->m->s;
	char *state = ending(r);
	uint64_t ns = r->end ? r->end->wall_ns : r->m->duration_ns;
	const char *about = r->end || r->m->duration_known ? "" : "over ";
	/* one that never asked for memory has no counters */
	uint64_t nr_threads = r->m->nr_threads ? r->m->nr_threads : 1;
	char *facts = xasprintf("pid %d   %s   %s%s   %s", s->head.pid, state,
				about, fmt_seconds(ns).s,
				fmt_things(nr_threads, "thread", "threads").s);
	size_t line = (size_t)r->out->width;
	size_t room = minus(line - 3, text_width(facts));
	char *title = head_title(s, room);
	int i;

	out_ink(r->out, INK_TITLE, "%s", title);
	fprintf(r->out->f, "%*s%s\n",
		(int)minus(line, text_width(title) + text_width(facts)),
		"", facts);
	for (i = 0; i < r->out->width; i++)
		fputc('-', r->out->f);
	fputc('\n', r->out->f);
	free(title);
	free(facts);
	free(state);
}

static void line(const struct report *r, const char *label, const char *text)
{
	char *first = xasprintf(" %-15s", label);

	out_wrap(r->out, first, "                ", text);
	free(first);
}

static void print_asked(const struct report *r)
{
	const struct sums *t = &r->m->total;
	uint64_t ns = r->end ? r->end->wall_ns : r->m->duration_ns;
	char *rate = xasprintf("%s", "");
	char *text;

	if (ns >= 1000000) {
		free(rate);
		rate = xasprintf(
			" (%s/s)",
			fmt_short((double)t->calls * 1e9 / (double)ns).s);
	}
	text = xasprintf(
		"%s in %s%s, %s freed again", fmt_bytes(t->asked).s,
		fmt_things(t->calls, "request", "requests").s, rate,
		fmt_percent(t->freed < t->calls ? t->freed : t->calls, t->calls)
			.s);
	line(r, "asked for", text);
	free(text);
	free(rate);
}

static void print_served(const struct report *r)
{
	const struct sums *t = &r->m->total;
	uint64_t waste = minus(t->served, t->asked);
	uint64_t kernel_waste = minus(t->kernel, t->asked);
	const struct sums *blocks = &r->m->route[ROUTE_PAGES];
	uint64_t behind = minus(blocks->served, blocks->asked);
	char *text, *where = NULL;

	/* a page behind what was asked for is memory once somebody writes */
	if (behind > waste / 4)
		where = xasprintf(", of it %s behind what is used of contiguous"
				  " pages: no memory until it is touched",
				  fmt_bytes(behind).s);
	text = xasprintf("%s, %s of what was asked; lost to rounding %s, %s%s",
			 fmt_bytes(t->served).s,
			 fmt_ratio(t->served, t->asked).s, fmt_bytes(waste).s,
			 fmt_percent(waste, t->served).s, where ? where : "");
	line(r, "served here", text);
	free(where);
	free(text);
	text = xasprintf("%s, %s of what was asked; lost to rounding %s, %s",
			 fmt_bytes(t->kernel).s,
			 fmt_ratio(t->kernel, t->asked).s,
			 fmt_bytes(kernel_waste).s,
			 fmt_percent(kernel_waste, t->kernel).s);
	line(r, "kernel's table", text);
	free(text);
}

static void print_peak(const struct report *r)
{
	const struct kvr_stats *st = r->m->s->stats;
	uint64_t start = r->m->s->head.start_monotonic_ns;
	char *when = xasprintf("%s", "");
	char *text;

	if (st->peak_monotonic_ns > start) {
		free(when);
		when = xasprintf(" after %s",
				 fmt_seconds(st->peak_monotonic_ns - start).s);
	}
	text = xasprintf(
		"%s held (live, or in a thread's cache)%s; %s of pages",
		fmt_bytes(st->peak_held_bytes).s, when,
		fmt_bytes(st->peak_pages * st->page_size).s);
	line(r, "peak", text);
	free(text);
	free(when);
}

static const char *at_end(enum life life)
{
	static const char *const names[] = {
		[LIFE_RUNNING] = "now",
		[LIFE_EXITED] = "at exit",
		[LIFE_ENDED] = "at the end",
		[LIFE_EXECED] = "at exec",
	};

	return names[life];
}

/* Not of a process that had nothing to do with them. */
static void print_huge(const struct report *r)
{
	const struct kvr_stats *st = r->m->s->stats;
	uint64_t linear = (st->slab_pages + st->large_pages) * st->page_size;
	const char *why = huge_word(st)->text;
	char *text;

	if (st->huge_state == KVR_HUGE_SMALL)
		return;
	if (!st->huge_asked)
		text = xasprintf("none%s%s", why ? ": " : "", why ? why : "");
	else
		text = xasprintf("%s of the linear map are backed by them, %s "
				 "asked for (it holds %s)%s%s",
				 fmt_bytes(st->huge_backed).s,
				 fmt_bytes(st->huge_asked).s,
				 fmt_bytes(linear).s, why ? "; " : "",
				 why ? why : "");
	line(r, "huge pages", text);
	free(text);
}

static void print_held(const struct report *r)
{
	const struct kvr_stats *st = r->m->s->stats;
	const struct sums *t = &r->m->total;
	uint64_t pages = r->m->pages * st->page_size;
	char *text;

	text = xasprintf("%s in %s %s (the kernel: %s)",
			 fmt_bytes(t->live_bytes).s,
			 fmt_things(t->live, "block", "blocks").s,
			 at_end(r->life), fmt_bytes(t->live_kernel).s);
	line(r, r->life == LIFE_RUNNING ? "held" : "still held", text);
	free(text);
	text = xasprintf("%s %s = live %s + in thread caches %s + free in "
			 "slabs %s; lazily freed %s",
			 fmt_bytes(pages).s, at_end(r->life),
			 fmt_bytes(t->live_bytes).s,
			 fmt_bytes(minus(st->held_bytes, t->live_bytes)).s,
			 fmt_bytes(minus(pages, st->held_bytes > t->live_bytes ?
							st->held_bytes :
							t->live_bytes))
				 .s,
			 fmt_bytes(st->lazy_pages * st->page_size).s);
	line(r, "pages", text);
	free(text);
	print_huge(r);
	if (r->end && r->end->max_rss) {
		text = xasprintf("%s at most, of the largest process",
				 fmt_bytes(r->end->max_rss).s);
		line(r, "resident", text);
		free(text);
	}
}

/* the variable without report=, which says nothing about the machine */
static char *machine_options(const char *options)
{
	char *text = xasprintf("%s", options);
	char *word = strstr(text, "report");

	if (word && (word == text || strchr(" ,", word[-1]))) {
		size_t len = strcspn(word, " ,");

		len += strspn(word + len, " ,");
		memmove(word, word + len, strlen(word + len) + 1);
	}
	return text;
}

static void print_machine(const struct report *r)
{
	const struct kvr_stats *st = r->m->s->stats;
	char *options = machine_options(r->m->s->head.options);
	char *text, *classes;

	if (st->kernel)
		classes = xasprintf("kernel %llu.%llu",
				    (unsigned long long)(st->kernel / 100),
				    (unsigned long long)(st->kernel % 100));
	else
		classes = xasprintf("finer than the kernel's");
	text = xasprintf("%s, %s, size classes %s, policy %s%s%s",
			 fmt_bytes(st->total_pages * st->page_size).s,
			 fmt_things(st->nr_cpus, "CPU", "CPUs").s, classes,
			 *st->policy ? st->policy : "kvmalloc",
			 *options ? "; KVMALLOC=" : "", options);
	line(r, "machine", text);
	free(text);
	free(classes);
	free(options);
}

static void print_stacks(const struct report *r)
{
	char *text;

	if (!r->profile)
		return;
	text = profile_describe(r->profile, r->m->s);
	line(r, "call stacks", text);
	free(text);
}

static void route_row(struct table *t, const char *name, const struct sums *n,
		      const struct sums *total)
{
	table_cell(t, "  %s", name);
	table_cell(t, "%s", fmt_count(n->calls).s);
	table_cell(t, "%s", fmt_percent(n->calls, total->calls).s);
	table_cell(t, "%s", fmt_bytes(n->asked).s);
	table_cell(t, "%s", fmt_bytes(n->served).s);
	table_cell(t, "%s",
		   fmt_percent(minus(n->served, n->asked), n->served).s);
	table_cell(t, "%s", fmt_bytes(n->kernel).s);
	table_cell(t, "%s", fmt_count(n->live).s);
	table_cell(t, "%s", fmt_bytes(n->live_bytes).s);
}

/* why requests ended in vmalloc; its bytes are counted together */
static void print_reasons(const struct report *r)
{
	static const struct reason other_reasons[] = {
		{ KV_vmalloc_size, "by size" },
		{ KV_vmalloc_refused, "refused by the kernel" },
		{ KV_vmalloc_policy, "by policy=" },
		{ KV_vmalloc_resize, "resized areas" },
		{ KV_fallback_aligned, "alignment above the largest block" },
		{ KV_vmalloc_direct, "called by its name" },
	};
	char *text = NULL;
	size_t size = 0, i;
	FILE *f = open_memstream(&text, &size);

	for (i = 0; f && i < ARRAY_SIZE(other_reasons); i++) {
		uint64_t n = model_counter(r->m, other_reasons[i].counter);

		if (n)
			fprintf(f, "; %s %s", other_reasons[i].text,
				fmt_count(n).s);
	}
	for (i = 0; f && i < NR_FALLBACKS; i++) {
		uint64_t n = model_counter(r->m, fallback_reasons[i].counter);

		if (n)
			fprintf(f, "; fallback, %s %s",
				fallback_reasons[i].text, fmt_count(n).s);
	}
	if (f && !fclose(f) && size)
		out_wrap(r->out, "   vmalloc: ", "            ", text + 2);
	free(text);
}

static void print_routes(const struct report *r)
{
	const struct model *m = r->m;
	struct table *t = table_new();

	fputc('\n', r->out->f);
	table_col(t, '<', "HOW IT WAS SERVED");
	table_col(t, '>', "calls");
	table_col(t, '>', "%");
	table_spare(t);
	table_col(t, '>', "asked");
	table_col(t, '>', "served");
	table_col(t, '>', "waste");
	table_col(t, '>', "kernel");
	table_col(t, '>', "live");
	table_spare(t);
	table_col(t, '>', "live bytes");
	route_row(t, "slab", &m->route[ROUTE_SLAB], &m->total);
	route_row(t, "contiguous pages", &m->route[ROUTE_PAGES], &m->total);
	route_row(t, "vmalloc", &m->route[ROUTE_VMALLOC], &m->total);
	table_print(t, r->out, 1);
	print_reasons(r);
	if (model_counter(m, KV_alloc_failed))
		out_ink(r->out, INK_ALERT, "   failed (NULL): %s\n",
			fmt_count(model_counter(m, KV_alloc_failed)).s);
}

static void print_cost(const struct report *r)
{
	const struct snapshot *s = r->m->s;
	char *text;

	fputc('\n', r->out->f);
	text = xasprintf(
		"about %s of own tables, %s of report file (%s)",
		fmt_bytes(s->stats->meta_bytes).s, fmt_bytes(s->file_size).s,
		fmt_things(r->m->nr_slots, "thread slot", "thread slots").s);
	line(r, "kvmalloc cost", text);
	free(text);
}

/* Of a program that starts others the one that was started says least. */
static void print_tree(const struct report *r)
{
	char *name;

	if (!r->tree || r->tree->nr < 2)
		return;
	tree_print(r->tree, r->out, r->opts->verbose ? 0 : r->opts->rows);
	report_tree_sites(r->tree, r->out, r->opts);
	name = xasprintf("THE FIRST PROCESS, %s, BY ITSELF",
			 r->m->s->head.comm);
	out_title(r->out, name, "");
	free(name);
}

/* two commands beside each other, or below each other */
static void print_next_two(const struct report *r, const char *path)
{
	char *text = xasprintf(" next:  kvmalloc report --full %s", path);
	size_t second = strlen("      kvmalloc leaks ") + text_width(path);
	bool fits = text_width(text) + second <= (size_t)r->out->width;

	fprintf(r->out->f, "%s%skvmalloc leaks %s\n", text,
		fits ? "      " : "\n        ", path);
	free(text);
}

static void print_next(const struct report *r)
{
	const char *path = r->m->s->path;

	fputc('\n', r->out->f);
	if (r->next)
		out_wrap(r->out, " next:  ", "        ", r->next);
	else if (r->profile && !r->opts->full && !r->opts->verbose)
		print_next_two(r, path);
	else if (r->opts->verbose)
		fprintf(r->out->f, " next:  kvmalloc proc %s slabinfo\n", path);
	else
		fprintf(r->out->f, " next:  kvmalloc report -v %s\n", path);
}

void report_print(const struct report *r)
{
	print_head(r);
	print_tree(r);
	if (r->m->total.calls) {
		print_asked(r);
		print_served(r);
	} else {
		line(r, "asked for", "nothing: no request came");
	}
	print_peak(r);
	print_held(r);
	print_machine(r);
	print_stacks(r);
	report_findings(r);
	print_routes(r);
	report_sites(r);
	report_classes(r);
	report_vmalloc_sizes(r);
	report_areas(r);
	report_caches(r);
	report_buddy(r);
	report_zones(r);
	report_threads(r);
	report_counters(r);
	print_cost(r);
	print_next(r);
}
