/* SPDX-License-Identifier: MIT */
/*
 * top_view.c - the views of `kvmalloc top`: one table says how each is made,
 * sorted and filtered. See top.h.
 */
#include <stdlib.h>
#include <string.h>

#include "top.h"
#include "util.h"

static void make_help(struct top *t, struct page *p)
{
	(void)t;
	page_of_help(p);
}

static const struct view_kind {
	void (*make)(struct top *t, struct page *p);
	const char *const *keys;
	bool filter;
	bool of_process; /* has the head of a process */
} kinds[NR_VIEWS] = {
	[VIEW_LIST] = { page_of_list, list_keys, true, false },
	[VIEW_overview] = { page_of_overview, NULL, false, true },
	[VIEW_classes] = { page_of_classes, class_keys, true, true },
	[VIEW_memory] = { page_of_memory, cache_keys, true, true },
	[VIEW_stacks] = { page_of_stacks, stack_keys, false, true },
	[VIEW_counters] = { page_of_counters, counter_keys, true, true },
	[VIEW_threads] = { page_of_threads, thread_keys, true, true },
	[VIEW_STACK] = { page_of_stack, NULL, false, true },
	[VIEW_HELP] = { make_help, NULL, false, false },
	[VIEW_SORT] = { page_of_sort, NULL, false, false },
};

const char *const *view_keys(enum view_id id)
{
	return kinds[id].keys;
}

bool view_can_filter(enum view_id id)
{
	return kinds[id].filter;
}

void top_page(struct top *t, struct page *p)
{
	const struct view_kind *kind = &kinds[t->shown];

	if (kind->of_process) {
		page_head_of_process(t, p);
		page_end_head(p);
	}
	kind->make(t, p);
}

void top_close(struct top *t)
{
	stack_view_free(t->stacks);
	t->stacks = NULL;
	if (t->open)
		t->open->shown = false;
	t->open = NULL;
	t->shown = VIEW_LIST;
}

void top_open(struct top *t, struct proc *p)
{
	int i;

	top_close(t);
	t->open = p;
	p->shown = true;
	proc_load_timeline(p);
	t->shown = VIEW_overview;
	for (i = VIEW_overview; i < NR_VIEWS; i++) {
		t->view[i].at = t->view[i].top = 0;
		t->view[i].picked = false;
		t->view[i].filter[0] = '\0';
	}
}

/* what the list or tab is about; help and menu speak of the one below */
static enum view_id subject(const struct top *t)
{
	return t->shown == VIEW_HELP || t->shown == VIEW_SORT ? t->back :
								t->shown;
}

char *top_title(const struct top *t)
{
	enum view_id id = subject(t);
	const struct view *v = &t->view[id];
	size_t ended = 0, i;
	char *what, *title;

	for (i = 0; i < t->watch.nr; i++)
		ended += t->watch.proc[i]->life != LIFE_RUNNING;
	if (t->open)
		what = xasprintf("%s %d", t->open->now->s.head.comm,
				 (int)t->open->pid);
	else
		what = xasprintf(
			"%s, %zu running",
			fmt_things(t->watch.nr, "process", "processes").s,
			t->watch.nr - ended);
	title = xasprintf("kvmalloc top - %s%s%s%s%s%s", what,
			  view_keys(id) ? "   by " : "",
			  view_keys(id) ? view_keys(id)[v->sort] : "",
			  v->reverse ? ", reversed" : "",
			  v->filter[0] ? "   filter " : "", v->filter);
	free(what);
	return title;
}

void page_of_sort(struct top *t, struct page *p)
{
	const char *const *keys = view_keys(t->back);
	size_t i;

	page_line(p, INK_TITLE, 0, "SORT BY   (Enter: take, q: leave)");
	page_end_head(p);
	p->choose = true;
	for (i = 0; keys[i]; i++)
		page_line(p, INK_PLAIN, i + 1, "  %s%s", keys[i],
			  i == t->view[t->back].sort ? "   (now)" : "");
}

void page_of_help(struct page *p)
{
	static const char *const text[] = {
		"Up Down j k    choose a row, or scroll",
		"PgUp PgDn      a screen; Home, End: first, last",
		"Enter          open the process, or the whole stack",
		"Tab 1..6       tabs of a process; Left, Right, Shift-Tab too",
		"q Esc          back; in the list: quit",
		"Q F10          quit",
		"s F6           choose what to sort by;  < > the key before, "
		"after",
		"r              reverse the order",
		"/              filter by name (Enter keeps, Esc clears)",
		"d              seconds between two readings",
		"space          pause; go on",
		"h ? F1         this help",
		"",
		"req/s  requests a second   B/s   bytes asked for a second",
		"held   bytes in use, thread caches included",
		"peak   most that was held  pages memory backed by pages",
		"waste  part of the served bytes nobody asked for",
		"kern   the same, by the kernel's own size table",
		"fallb  requests that fell back to vmalloc",
		"thr    threads, ended ones included",
		"",
		"Rates are of the last interval; before the second reading, "
		"and after the end,",
		"averages of the whole run. Nothing is written to a process "
		"or its file.",
	};
	size_t i;

	page_line(p, INK_TITLE, 0, "KEYS AND COLUMNS");
	page_end_head(p);
	for (i = 0; i < ARRAY_SIZE(text); i++)
		page_line(p, INK_PLAIN, 0, "%s%s", *text[i] ? " " : "",
			  text[i]);
}

char *top_keys_line(const struct top *t)
{
	if (t->prompt == PROMPT_FILTER)
		return xasprintf("filter: %s_", t->input);
	if (t->prompt == PROMPT_DELAY)
		return xasprintf("seconds between readings: %s_", t->input);
	if (t->notice[0])
		return xasprintf("%s", t->notice);
	if (t->shown == VIEW_HELP || t->shown == VIEW_STACK)
		return xasprintf("q:back  arrows:scroll");
	if (t->shown == VIEW_SORT)
		return xasprintf("Enter:take  q:leave");
	if (t->shown == VIEW_LIST)
		return xasprintf("Enter:open  s:sort  r:reverse  /:filter  "
				 "d:delay  space:pause  h:help  q:quit");
	return xasprintf("Tab,1-6:tabs  %s%ss:sort  r:reverse  "
			 "space:pause  h:help  q:%s",
			 t->shown == VIEW_stacks ? "Enter:stack  " : "",
			 view_can_filter(t->shown) ? "/:filter  " : "",
			 t->direct ? "quit" : "back");
}

uint64_t parse_delay(const char *text)
{
	double seconds;
	char *end;

	if (!*text || text[strspn(text, "0123456789.")])
		return 0;
	seconds = strtod(text, &end);
	if (*end || seconds * 1000 > MAX_DELAY_MS ||
	    seconds * 1000 < MIN_DELAY_MS)
		return 0;
	return (uint64_t)(seconds * 1000 + 0.5);
}
