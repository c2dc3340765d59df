/* SPDX-License-Identifier: MIT */
/*
 * top.h - `kvmalloc top`, in four parts that know little of each other:
 *
 *   top_watch.c    which processes there are, what their files say, how fast
 *                  it changes
 *   top_page.c     a page: lines of text, the first of them fixed, perhaps
 *                  rows to choose from; columns and numbers of fixed width
 *   top_list.c, top_process.c, top_tables.c, top_stacks.c
 *                  turn processes into pages
 *   top_view.c     the table of views: keys to sort by, help, titles
 *   top_keys.c     what a key does to struct top
 *   top_screen.c   shows pages on a terminal; the only one that has ncurses
 *
 * cmd_top.c shows the same pages as plain text (--once, --batch).
 */
#ifndef TOOLS_TOP_H
#define TOOLS_TOP_H

#include "find.h"
#include "model.h"
#include "stacks.h"
#include "table.h"

/* ---- processes (top_watch.c) */

struct reading { /* a file, loaded once */
	struct snapshot s;
	struct model m;
	uint64_t ns; /* CLOCK_MONOTONIC, when */
};

struct history { /* oldest first */
	struct kvr_moment *moment;
	size_t nr;
	bool has_timeline; /* the file's own is in it */
};

struct proc {
	uint64_t id; /* never used for another */
	pid_t pid;   /* as we see it */
	char *path;
	unsigned long long starttime; /* of pid */
	uint64_t inode, device;
	enum life life;
	bool mapped; /* found by its memory map */
	bool shown;  /* is looked at, and must stay */
	bool gone;   /* its file can't be read any more: see why */
	char why[128];
	struct reading *now;
	struct reading *before; /* NULL: none, rates are averages */
	struct history history;
};

enum watch_kind {
	WATCH_ALL, /* every process that maps a report file */
	WATCH_DIR, /* every report file of a directory */
	WATCH_ONE, /* only what watch_add() added */
};

struct watch {
	enum watch_kind kind;
	const char *dir;
	struct proc **proc;
	size_t nr;
	uint64_t next_id, ticks;
	struct seen *seen; /* processes of /proc, in order of their ids */
	size_t nr_seen;
};

/* looks for new processes and reads all that live */
void watch_tick(struct watch *w);
/* pid 0: the one that the file names. NULL: unreadable, why says why */
struct proc *watch_add(struct watch *w, const char *path, pid_t pid,
		       char why[256]);
/* reads the file's own time line into the history, once */
void proc_load_timeline(struct proc *p);
void watch_free(struct watch *w);

/* the model before the last reading; all zero when rates are averages */
const struct model *model_before(const struct proc *p);
/* ticks a second of a counter, never negative */
double proc_rate(const struct proc *p, uint64_t now, uint64_t before);

/* ---- pages (top_page.c) */

struct line {
	char *text;
	enum ink ink;
	uint64_t id; /* of a row that can be chosen, else 0 */
};

struct page {
	int width, height; /* of what shows it; height 0 = no limit */
	bool utf8;	   /* may hold more than ASCII */
	bool choose;	   /* rows can be chosen */
	struct line *line;
	size_t nr, room;
	size_t nr_head; /* lines that stay when the others scroll */
};

void page_line(struct page *p, enum ink ink, uint64_t id, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* the lines of a text, which is freed */
void page_text(struct page *p, enum ink ink, char *text);
/* the lines so far are the head */
void page_end_head(struct page *p);
void page_free(struct page *p);

struct column {
	const char *head;
	int width; /* 0: what the others leave, within limits */
	char align;
	int min_screen; /* hidden on narrower ones; 0 = always shown */
};

struct grid {
	struct page *page;
	const struct column *column;
	int nr, flex, next;
	char text[1024];
	size_t len;
	uint64_t id;
	enum ink ink;
};

/* the head becomes a line of the page */
void grid_start(struct grid *g, struct page *p, const struct column *column,
		int nr, const char *sorted);
void grid_row(struct grid *g, enum ink ink, uint64_t id);
void grid_cell(struct grid *g, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* five columns at most: 1.23M, 12.3k, 999 */
struct text short_count(double n);
struct text short_bytes(double n); /* powers of 1024 */
struct text short_percent(uint64_t part, uint64_t whole);

/* memory held and backed over time, until now or the end */
void graph_memory(struct page *p, const struct history *h, uint64_t page_size,
		  bool running, int rows);
/* requests a second over time */
void graph_requests(struct page *p, const struct history *h, int rows);

/* ---- rows of a table, sorted */

struct row {
	size_t index;
	double weight;	  /* the largest first */
	const char *name; /* or by this, if the key is a text */
};

void rows_sort(struct row *row, size_t nr, bool reverse);

/* ---- what is shown */

#define TOP_TABS(X) \
	X(overview) X(classes) X(memory) X(stacks) X(counters) X(threads)

enum view_id {
	VIEW_LIST,
#define X(name) VIEW_##name,
	TOP_TABS(X)
#undef X
		VIEW_STACK, /* one stack, whole */
	VIEW_HELP,
	VIEW_SORT, /* the menu of sort keys */
	NR_VIEWS,
	FIRST_TAB = VIEW_overview,
	NR_TABS = VIEW_threads - FIRST_TAB + 1,
};

struct view {
	size_t sort; /* index of the key */
	bool reverse;
	char filter[32];
	uint64_t chosen; /* id of the row, 0 = none yet */
	size_t at;	 /* the row's place in the page's body */
	bool picked;	 /* by the user: the row is followed where it goes */
	size_t top;	 /* first line of the body that is shown */
};

enum prompt {
	PROMPT_NONE,
	PROMPT_FILTER,
	PROMPT_DELAY,
};

struct top {
	struct watch watch;
	struct view view[NR_VIEWS];
	enum view_id shown;
	enum view_id back;	   /* from help and the menu */
	struct proc *open;	   /* the process of the tabs, or NULL */
	struct stack_view *stacks; /* of open; NULL: not loaded yet */
	uint64_t stack;		   /* of VIEW_STACK */
	bool direct;		   /* started with open: no way to the list */
	bool paused, quit;
	uint64_t delay_ms;
	enum prompt prompt;
	char input[32];
	char notice[160]; /* shown until the next key */
};

enum {
	MIN_DELAY_MS = 100,
	MAX_DELAY_MS = 3600 * 1000,
	DEFAULT_DELAY_MS = 1000,
};

/* what views can be sorted by, a NULL at the end; the first is usual */
extern const char *const list_keys[],
	*const class_keys[], *const cache_keys[],
				     *const stack_keys[],
					     *const counter_keys[],
						     *const thread_keys[];
/* NULL: can't be sorted */
const char *const *view_keys(enum view_id id);
bool view_can_filter(enum view_id id);
extern const char *const tab_names[NR_TABS];

/* the page of what is shown */
void top_page(struct top *t, struct page *p);
/* "12 processes, by held" */
char *top_title(const struct top *t);
void top_open(struct top *t, struct proc *p);
void top_close(struct top *t);

/* seconds, a fraction allowed, as milliseconds; 0 = wrong */
uint64_t parse_delay(const char *text);

void page_of_list(struct top *t, struct page *p);
const char *proc_state(const struct proc *p);

/* head of all tabs, then the first of them */
void page_head_of_process(struct top *t, struct page *p);
void page_of_overview(struct top *t, struct page *p);

void page_of_classes(struct top *t, struct page *p);
void page_of_memory(struct top *t, struct page *p);
void page_of_counters(struct top *t, struct page *p);
void page_of_threads(struct top *t, struct page *p);

void page_of_stacks(struct top *t, struct page *p);
void page_of_stack(struct top *t, struct page *p);
/* reads the stacks again when that is due */
void stack_view_tick(struct top *t);
void stack_view_free(struct stack_view *v);

/* ---- keys (top_keys.c) */

enum top_key { /* others are characters */
	       TOP_UP = 0x1000,
	       TOP_DOWN,
	       TOP_LEFT,
	       TOP_RIGHT,
	       TOP_PAGE_UP,
	       TOP_PAGE_DOWN,
	       TOP_HOME,
	       TOP_END,
	       TOP_BACK_TAB,
	       TOP_BACKSPACE,
	       TOP_HELP,
	       TOP_SORT,
	       TOP_QUIT,
	       TOP_ESCAPE = 27,
	       TOP_ENTER = '\n',
	       TOP_TAB = '\t',
};

/* body: lines of the body that fit; page: what is on the screen */
void top_press(struct top *t, int key, const struct page *page, size_t body);
/* puts the chosen row, and what is scrolled to, where the new page has it */
void top_settle(struct top *t, const struct page *page, size_t body);
/* what the keys do here, for the last line; with a prompt: that */
char *top_keys_line(const struct top *t);
void page_of_help(struct page *p);
void page_of_sort(struct top *t, struct page *p);

/* ---- the terminal (top_screen.c): until the user quits, or frames were
   shown (0 = no limit); the exit status */
int screen_run(struct top *t, uint64_t frames);

#endif
