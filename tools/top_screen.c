/* SPDX-License-Identifier: MIT */
/*
 * top_screen.c - `kvmalloc top` on a terminal, by ncurses. See top.h.
 *
 * Theory: one loop waits for a key, a signal or the next reading, whichever
 * comes first. Signals are blocked except while it waits, so none is missed
 * and none finds ncurses at work. The terminal is put back by one function
 * that runs however the program ends: after the loop, from exit(), and before
 * a signal that ends us is raised again.
 *
 * Text is drawn through wide characters where the locale has them; elsewhere
 * what is not ASCII is drawn as '?'.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#include <ncurses.h>

#include "top.h"
#include "util.h"

enum { ESCAPE_MS = 50, MIN_LINES = 3, RED = 1 };

static volatile sig_atomic_t end_signal;

static struct {
	SCREEN *screen;
	bool active, color, utf8;
	sigset_t waiting; /* signals blocked while we wait: the caller's */
} term;

static void on_signal(int sig)
{
	end_signal = sig;
}

static void restore(void)
{
	if (!term.active)
		return;
	term.active = false;
	endwin();
}

static void catch_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction sa = { .sa_handler = on_signal }, old;
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		/* what is ignored stays so: nohup */
		if (!sigaction(ends[i], NULL, &old) &&
		    old.sa_handler == SIG_IGN)
			continue;
		sigaction(ends[i], &sa, NULL);
		sigaddset(&set, ends[i]);
	}
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, &term.waiting);
}

static bool wants_color(void)
{
	const char *no_color = getenv("NO_COLOR");

	return has_colors() && !(no_color && *no_color);
}

static bool start(void)
{
	const char *name = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		complain("standard input and output must be a terminal; "
			 "without one: --once or --batch");
		return false;
	}
	term.screen = newterm(NULL, stdout, stdin);
	if (!term.screen) {
		complain("no terminal of type '%s' is known; without one: "
			 "--once or --batch",
			 name && *name ? name : "");
		return false;
	}
	term.active = true;
	atexit(restore);
	term.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	term.color = wants_color();
	if (term.color) {
		start_color();
		use_default_colors();
		init_pair(RED, COLOR_RED, -1);
	}
	catch_signals();
	return true;
}

/* ---- drawing ---------------------------------------------------------- */

static attr_t attribute(enum ink ink)
{
	switch (ink) {
	case INK_TITLE:
		return A_BOLD;
	case INK_NOTE:
		return A_DIM;
	case INK_ALERT:
		return A_BOLD | (term.color ? (attr_t)COLOR_PAIR(RED) : 0);
	case INK_PLAIN:
		break;
	}
	return A_NORMAL;
}

/* bytes and columns of the character at s */
static size_t next_char(const char *s, int *columns)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n = mbrtowc(&c, s, strlen(s), &state);

	*columns = 1;
	if (n == (size_t)-1 || n == (size_t)-2 || !n)
		return 1;
	*columns = wcwidth(c) < 0 ? 1 : wcwidth(c);
	return n;
}

/* as much as fits; reverse: the whole line is */
static void draw_line(int y, attr_t attr, const char *text)
{
	int x = 0, columns;
	size_t n;

	attrset(attr);
	move(y, 0);
	while (*text) {
		n = next_char(text, &columns);
		if (x + columns > COLS)
			break;
		if (!term.utf8 && (unsigned char)*text >= 0x80) {
			/* one for each character of what was UTF-8 */
			if (((unsigned char)*text & 0xc0) != 0x80) {
				addch('?');
				x++;
			}
			text++;
			continue;
		}
		addnstr(text, (int)n);
		x += columns;
		text += n;
	}
	for (; (attr & A_REVERSE) && x < COLS; x++)
		addch(' ');
	attrset(A_NORMAL);
	if (x < COLS)
		clrtoeol();
}

static void draw_title(const struct top *t)
{
	time_t now = time(NULL);
	char *title = top_title(t);
	char right[64];
	struct tm tm;
	int pad;

	if (!localtime_r(&now, &tm))
		memset(&tm, 0, sizeof(tm));
	snprintf(right, sizeof(right), "%s  %.3gs  %02d:%02d:%02d",
		 t->paused ? "  PAUSED" : "", (double)t->delay_ms / 1000,
		 tm.tm_hour, tm.tm_min, tm.tm_sec);
	pad = COLS - (int)strlen(right);
	if (pad > 0)
		text_cut(title, (size_t)pad);
	pad -= (int)text_width(title);
	title = xrealloc(title,
			 strlen(title) + sizeof(right) +
				 (size_t)(pad > 0 ? pad : 0) + 1,
			 1);
	sprintf(title + strlen(title), "%*s%s", pad > 0 ? pad : 0, "", right);
	draw_line(0, A_REVERSE, title);
	free(title);
}

/* how many lines of the body fit below title and head, above the keys */
static size_t body_room(const struct page *p)
{
	int room = LINES - 2 - (int)p->nr_head;

	return room > 1 ? (size_t)room : 1;
}

static void draw_page(const struct top *t, const struct page *p)
{
	const struct view *v = &t->view[t->shown];
	size_t body = body_room(p), i;
	int y = 1;

	for (i = 0; i < p->nr_head && y < LINES - 1; i++, y++)
		draw_line(y, attribute(p->line[i].ink), p->line[i].text);
	for (i = 0; i < body && y < LINES - 1; i++, y++) {
		size_t n = p->nr_head + v->top + i;
		attr_t attr;

		if (n >= p->nr) {
			draw_line(y, A_NORMAL, "");
			continue;
		}
		attr = attribute(p->line[n].ink);
		if (p->choose && p->line[n].id && v->top + i == v->at)
			attr = A_REVERSE;
		draw_line(y, attr, p->line[n].text);
	}
}

static void make_page(struct top *t, struct page *p)
{
	page_free(p);
	p->width = COLS;
	p->height = LINES;
	p->utf8 = term.utf8;
	top_page(t, p);
}

static void draw(struct top *t, struct page *p)
{
	struct view *v;
	char *keys;
	size_t top;

	make_page(t, p);
	v = &t->view[t->shown];
	top = v->top;
	top_settle(t, p, body_room(p));
	/* what is in sight may be made with more care */
	if (v->top != top)
		make_page(t, p);
	erase();
	draw_title(t);
	draw_page(t, p);
	if (LINES >= MIN_LINES) {
		keys = top_keys_line(t);
		draw_line(LINES - 1, t->prompt || t->notice[0] ? A_BOLD : A_DIM,
			  keys);
		free(keys);
	}
	refresh();
}

/* ---- keys ------------------------------------------------------------- */

static int translate(int key)
{
	static const struct {
		int curses, ours;
	} keys[] = {
		{ KEY_UP, TOP_UP },	    { KEY_DOWN, TOP_DOWN },
		{ KEY_LEFT, TOP_LEFT },	    { KEY_RIGHT, TOP_RIGHT },
		{ KEY_PPAGE, TOP_PAGE_UP }, { KEY_NPAGE, TOP_PAGE_DOWN },
		{ KEY_HOME, TOP_HOME },	    { KEY_END, TOP_END },
		{ KEY_BTAB, TOP_BACK_TAB }, { KEY_ENTER, TOP_ENTER },
		{ '\r', TOP_ENTER },	    { KEY_BACKSPACE, TOP_BACKSPACE },
		{ 0x7f, TOP_BACKSPACE },    { '\b', TOP_BACKSPACE },
		{ KEY_F(1), TOP_HELP },	    { KEY_F(6), TOP_SORT },
		{ KEY_F(10), TOP_QUIT },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].curses == key)
			return keys[i].ours;
	return key;
}

/* everything that has been typed; false: there was nothing */
static bool take_keys(struct top *t, struct page *p)
{
	bool any = false;
	int key;

	while (!t->quit && (key = getch()) != ERR) {
		any = true;
		if (key == KEY_RESIZE)
			continue;
		top_press(t, translate(key), p, body_room(p));
		if (t->shown == VIEW_stacks && !t->stacks)
			stack_view_tick(t);
		make_page(t, p);
		top_settle(t, p, body_room(p));
	}
	return any;
}

/* until a key, a signal, or `until`; false: the terminal is gone */
static bool wait_until(uint64_t until)
{
	uint64_t ns = minus(until, monotonic_ns());
	struct timespec ts = { (time_t)(ns / 1000000000u),
			       (long)(ns % 1000000000u) };
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

	if (ppoll(&fd, 1, &ts, &term.waiting) < 0)
		return errno == EINTR;
	return !(fd.revents & (POLLHUP | POLLERR | POLLNVAL));
}

static void tick(struct top *t)
{
	if (t->paused)
		return;
	watch_tick(&t->watch);
	if (t->shown == VIEW_stacks || t->shown == VIEW_STACK)
		stack_view_tick(t);
}

static void loop(struct top *t, uint64_t frames)
{
	uint64_t next = monotonic_ns() + t->delay_ms * 1000000u, frame = 1;
	uint64_t delay = t->delay_ms;
	struct page page = { 0 };
	bool alive = true;

	draw(t, &page);
	while (alive && !t->quit && !end_signal) {
		alive = wait_until(next);
		if (take_keys(t, &page) && t->delay_ms != delay) {
			delay = t->delay_ms;
			next = monotonic_ns() + delay * 1000000u;
		}
		if (monotonic_ns() >= next) {
			if (frames && frame++ == frames)
				break;
			tick(t);
			/* after a stop we don't catch up */
			next = monotonic_ns() + delay * 1000000u;
		}
		if (!t->quit && !end_signal)
			draw(t, &page);
	}
	page_free(&page);
}

int screen_run(struct top *t, uint64_t frames)
{
	if (!start())
		return STATUS_FAIL;
	loop(t, frames);
	restore();
	delscreen(term.screen);
	if (end_signal) {
		signal(end_signal, SIG_DFL);
		sigprocmask(SIG_SETMASK, &term.waiting, NULL);
		raise(end_signal);
	}
	return STATUS_OK;
}
