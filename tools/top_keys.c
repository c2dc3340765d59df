/* SPDX-License-Identifier: MIT */
/*
 * top_keys.c - what a key does, and where the chosen row is on the next page.
 * See top.h. Nothing here knows a terminal.
 *
 * Theory: what is chosen is an id, not a place: rows change places with every
 * reading. When the row is gone the place stays. Only the first row is a place:
 * nobody chose it, it is where everything starts.
 */
#include <stdlib.h>
#include <string.h>

#include "top.h"
#include "util.h"

static struct view *view_of(struct top *t)
{
	return &t->view[t->shown];
}

static void notice(struct top *t, const char *text)
{
	snprintf(t->notice, sizeof(t->notice), "%s", text);
}

/* ---- places on a page ------------------------------------------------- */

static size_t body_lines(const struct page *p)
{
	return p->nr - p->nr_head;
}

static uint64_t id_at(const struct page *p, size_t at)
{
	return p->line[p->nr_head + at].id;
}

/* the nearest row that can be chosen; `at` itself if there is none */
static size_t nearest_row(const struct page *p, size_t at)
{
	size_t nr = body_lines(p), d;

	if (at >= nr)
		at = nr ? nr - 1 : 0;
	for (d = 0; d < nr; d++) {
		if (at + d < nr && id_at(p, at + d))
			return at + d;
		if (at >= d && id_at(p, at - d))
			return at - d;
	}
	return at;
}

static void settle_row(struct view *v, const struct page *p, size_t body)
{
	size_t nr = body_lines(p), i;

	for (i = 0; v->picked && i < nr; i++)
		if (id_at(p, i) == v->chosen)
			break;
	v->at = nearest_row(p, v->picked && i < nr ? i : v->at);
	if (nr)
		v->chosen = id_at(p, v->at);
	if (v->at < v->top)
		v->top = v->at;
	if (v->at >= v->top + body)
		v->top = v->at - body + 1;
}

void top_settle(struct top *t, const struct page *p, size_t body)
{
	struct view *v = view_of(t);
	size_t nr = body_lines(p);

	if (!body)
		body = 1;
	if (p->choose)
		settle_row(v, p, body);
	if (v->top + body > nr)
		v->top = nr > body ? nr - body : 0;
}

/* by lines; the row, or the page, moves */
static void move(struct top *t, const struct page *p, long lines)
{
	struct view *v = view_of(t);
	size_t *where = p->choose ? &v->at : &v->top;
	size_t nr = body_lines(p);
	long to = (long)*where + lines;

	if (to >= (long)nr)
		to = (long)nr - 1;
	*where = to > 0 ? (size_t)to : 0;
	if (p->choose && nr) {
		v->at = nearest_row(p, v->at);
		v->chosen = id_at(p, v->at);
		v->picked = v->at > 0;
	}
}

/* ---- going places ----------------------------------------------------- */

static void open_chosen(struct top *t)
{
	struct view *v = view_of(t);
	size_t i;

	switch (t->shown) {
	case VIEW_LIST:
		for (i = 0; i < t->watch.nr; i++) {
			if (t->watch.proc[i]->id != v->chosen)
				continue;
			top_open(t, t->watch.proc[i]);
			return;
		}
		break;
	case VIEW_stacks:
		t->stack = v->chosen;
		t->view[VIEW_STACK].top = 0;
		if (t->stack)
			t->shown = VIEW_STACK;
		break;
	case VIEW_SORT:
		if (v->chosen) {
			t->view[t->back].sort = v->chosen - 1;
			t->view[t->back].top = t->view[t->back].at = 0;
			t->view[t->back].picked = false;
		}
		t->shown = t->back;
		break;
	default:
		break;
	}
}

static void go_back(struct top *t)
{
	if (t->shown == VIEW_HELP || t->shown == VIEW_SORT)
		t->shown = t->back;
	else if (t->shown == VIEW_STACK)
		t->shown = VIEW_stacks;
	else if (t->shown != VIEW_LIST && !t->direct)
		top_close(t);
	else
		t->quit = true;
}

static void go_to(struct top *t, enum view_id id)
{
	if (t->shown == VIEW_HELP || t->shown == VIEW_SORT)
		return;
	t->back = t->shown;
	t->view[id] = (struct view){ 0 };
	t->shown = id;
	if (id == VIEW_SORT)
		t->view[id].at = t->view[t->back].sort;
}

static void go_to_tab(struct top *t, int tab)
{
	if (t->open && t->shown != VIEW_HELP && t->shown != VIEW_SORT)
		t->shown =
			(enum view_id)(FIRST_TAB + (tab + NR_TABS) % NR_TABS);
}

static void next_tab(struct top *t, int step)
{
	int tab = t->shown == VIEW_STACK ? VIEW_stacks - FIRST_TAB :
					   (int)t->shown - FIRST_TAB;

	go_to_tab(t, tab + step);
}

/* ---- order, filter, delay --------------------------------------------- */

static void next_key(struct top *t, size_t step)
{
	const char *const *keys = view_keys(t->shown);
	size_t nr = 0;

	if (!keys)
		return;
	while (keys[nr])
		nr++;
	view_of(t)->sort = (view_of(t)->sort + nr + step) % nr;
}

static void start_prompt(struct top *t, enum prompt prompt)
{
	t->prompt = prompt;
	t->input[0] = '\0';
	if (prompt == PROMPT_FILTER)
		snprintf(t->input, sizeof(t->input), "%s", view_of(t)->filter);
}

static void set_filter(struct top *t)
{
	snprintf(view_of(t)->filter, sizeof(view_of(t)->filter), "%s",
		 t->input);
	view_of(t)->top = 0;
}

static void end_prompt(struct top *t)
{
	uint64_t ms = 0;

	if (t->prompt == PROMPT_DELAY && t->input[0]) {
		ms = parse_delay(t->input);
		if (ms)
			t->delay_ms = ms;
		else
			notice(t, "expected seconds from 0.1 to 3600");
	}
	t->prompt = PROMPT_NONE;
}

/* a filter has effect while it is typed */
static void type(struct top *t, int key)
{
	size_t n = strlen(t->input);

	if (key == TOP_ENTER) {
		end_prompt(t);
		return;
	}
	if (key == TOP_ESCAPE) {
		t->input[0] = '\0';
		if (t->prompt == PROMPT_FILTER)
			set_filter(t);
		t->prompt = PROMPT_NONE;
		return;
	}
	if (key == TOP_BACKSPACE && n)
		t->input[n - 1] = '\0';
	else if (key >= ' ' && key < 0x7f && n + 1 < sizeof(t->input))
		t->input[n] = (char)key, t->input[n + 1] = '\0';
	if (t->prompt == PROMPT_FILTER)
		set_filter(t);
}

/* keys that move; false: another */
static bool press_move(struct top *t, int key, const struct page *p,
		       size_t body)
{
	long step = body > 1 ? (long)body - 1 : 1;

	switch (key) {
	case TOP_UP:
	case 'k':
		move(t, p, -1);
		return true;
	case TOP_DOWN:
	case 'j':
		move(t, p, 1);
		return true;
	case TOP_PAGE_UP:
		move(t, p, -step);
		return true;
	case TOP_PAGE_DOWN:
		move(t, p, step);
		return true;
	case TOP_HOME:
	case 'g':
		move(t, p, -(long)p->nr);
		return true;
	case TOP_END:
	case 'G':
		move(t, p, (long)p->nr);
		return true;
	default:
		return false;
	}
}

/* keys that show something else; false: another */
static bool press_go(struct top *t, int key)
{
	switch (key) {
	case TOP_ENTER:
		open_chosen(t);
		return true;
	case TOP_TAB:
	case TOP_RIGHT:
		next_tab(t, 1);
		return true;
	case TOP_BACK_TAB:
	case TOP_LEFT:
		next_tab(t, -1);
		return true;
	case 'h':
	case '?':
	case TOP_HELP:
		go_to(t, VIEW_HELP);
		return true;
	case 'q':
	case TOP_ESCAPE:
		go_back(t);
		return true;
	case 'Q':
	case TOP_QUIT:
		t->quit = true;
		return true;
	default:
		if (key < '1' || key >= '1' + NR_TABS)
			return false;
		go_to_tab(t, key - '1');
		return true;
	}
}

void top_press(struct top *t, int key, const struct page *p, size_t body)
{
	t->notice[0] = '\0';
	if (t->prompt) {
		type(t, key);
		return;
	}
	if (press_move(t, key, p, body) || press_go(t, key))
		return;
	switch (key) {
	case 's':
	case TOP_SORT:
		if (view_keys(t->shown))
			go_to(t, VIEW_SORT);
		else if (t->shown != VIEW_SORT)
			notice(t, "there is nothing to sort here");
		break;
	case '<':
		next_key(t, (size_t)-1);
		break;
	case '>':
		next_key(t, 1);
		break;
	case 'r':
		view_of(t)->reverse = !view_of(t)->reverse;
		break;
	case ' ':
		t->paused = !t->paused;
		break;
	case 'd':
		start_prompt(t, PROMPT_DELAY);
		break;
	case '/':
		if (view_can_filter(t->shown))
			start_prompt(t, PROMPT_FILTER);
		else
			notice(t, "there is nothing to filter here");
		break;
	default:
		break;
	}
}
