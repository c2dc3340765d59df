/* SPDX-License-Identifier: MIT */
/*
 * top_watch.c - the processes of `kvmalloc top`: found, read, and marked when
 * they end. See top.h.
 *
 * Theory: a process is found by its memory map, a file by its directory. Both
 * cost more than reading the numbers, and a look at a memory map makes its
 * owner wait if it changes the map just then: a process is looked at when it
 * is new (it may be about to exec), and now and then afterwards.
 *
 * What was read last stays: a process that ends, and a file that vanishes,
 * are marked and can still be looked at. Only the oldest of very many ended
 * ones are dropped.
 *
 * Nothing here writes to a report file or a process.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "top.h"
#include "util.h"

enum {
	NEW_TICKS = 3,	 /* a process counts as new for so long */
	LOOK_TICKS = 5,	 /* then its map is looked at so rarely */
	MAX_ENDED = 200, /* kept */
	MAX_HISTORY = 2048,
};

struct seen { /* a process of /proc */
	int pid;
	unsigned int age; /* ticks */
};

/* ---- history ---------------------------------------------------------- */

/* every second moment goes, of two the one with more held */
static void halve(struct history *h)
{
	size_t i;

	for (i = 0; i + 1 < h->nr; i += 2)
		h->moment[i / 2] = h->moment[i + (h->moment[i + 1].held_bytes >
						  h->moment[i].held_bytes)];
	h->nr = i / 2;
}

static void make_room(struct history *h)
{
	if (!h->moment)
		h->moment = xcalloc(MAX_HISTORY, sizeof(*h->moment));
}

static void history_add(struct history *h, const struct reading *r)
{
	const struct kvr_stats *st = r->s.stats;

	make_room(h);
	if (h->nr == MAX_HISTORY)
		halve(h);
	h->moment[h->nr++] = (struct kvr_moment){
		.monotonic_ns = r->ns,
		.held_bytes = st->held_bytes,
		.slab_pages = st->slab_pages,
		.large_pages = st->large_pages,
		.vmalloc_pages = st->vmalloc_pages,
		.requests = r->m.total.calls,
	};
}

/* moments before the first of ours come first */
static void prepend(struct history *h, const struct snapshot *s)
{
	uint64_t first = h->nr ? h->moment[0].monotonic_ns : UINT64_MAX;
	size_t nr = 0, skip;

	make_room(h);
	while (nr < s->nr_moments && s->moment[nr].monotonic_ns < first)
		nr++;
	while (h->nr > MAX_HISTORY / 2)
		halve(h);
	/* the newest that fit */
	skip = nr > MAX_HISTORY - h->nr ? nr - (MAX_HISTORY - h->nr) : 0;
	nr -= skip;
	memmove(h->moment + nr, h->moment, h->nr * sizeof(*h->moment));
	memcpy(h->moment, s->moment + skip, nr * sizeof(*h->moment));
	h->nr += nr;
}

void proc_load_timeline(struct proc *p)
{
	struct snapshot s;

	if (p->history.has_timeline || p->gone)
		return;
	p->history.has_timeline = true;
	if (!snapshot_load(&s, p->path))
		return;
	if (s.nr_moments)
		prepend(&p->history, &s);
	snapshot_free(&s);
}

/* ---- one process ------------------------------------------------------ */

static void reading_free(struct reading *r)
{
	if (r)
		snapshot_free(&r->s);
	free(r);
}

static void proc_free(struct proc *p)
{
	reading_free(p->now);
	reading_free(p->before);
	free(p->history.moment);
	free(p->path);
	free(p);
}

static struct reading *load(const char *path, bool running, char *why,
			    size_t why_size)
{
	struct reading *r = xcalloc(1, sizeof(*r));

	if (!snapshot_load_brief(&r->s, path)) {
		snprintf(why, why_size, "%.120s", r->s.why);
		free(r);
		return NULL;
	}
	r->ns = monotonic_ns();
	model_build(&r->m, &r->s, running ? r->ns : 0);
	return r;
}

static void ended(struct proc *p, enum life life)
{
	p->life = life;
	reading_free(p->before);
	p->before = NULL;
	if (p->now)
		model_build(&p->now->m, &p->now->s, 0);
	/* how long it ran, as far as we saw it */
	if (p->now && p->history.nr && !p->now->m.duration_known)
		p->now->m.duration_ns =
			minus(p->now->ns, p->now->s.head.start_monotonic_ns);
}

/* look: also where that costs more */
static enum life proc_life(const struct proc *p, bool look)
{
	const struct kvr_header *h = &p->now->s.head;
	unsigned long long start;
	char path[PATH_MAX];

	if (h->state == KVR_EXITED)
		return LIFE_EXITED;
	start = process_starttime(p->pid);
	if (!start || start != p->starttime)
		return LIFE_ENDED;
	if (!look || p->gone)
		return LIFE_RUNNING;
	if (!p->mapped)
		return life_of(h, p->path);
	return find_mapped(p->pid, path) && !strcmp(path, p->path) ?
		       LIFE_RUNNING :
		       LIFE_EXECED;
}

static bool same_process(const struct kvr_header *a, const struct kvr_header *b)
{
	return a->pid == b->pid &&
	       a->start_monotonic_ns == b->start_monotonic_ns;
}

static void proc_tick(struct proc *p, bool look)
{
	struct reading *r;
	enum life life;

	if (p->life != LIFE_RUNNING)
		return;
	r = load(p->path, true, p->why, sizeof(p->why));
	if (r && !same_process(&r->s.head, &p->now->s.head)) {
		snprintf(p->why, sizeof(p->why), "another process's by now");
		reading_free(r);
		r = NULL;
	}
	p->gone = !r;
	if (r) {
		reading_free(p->before);
		p->before = p->now;
		p->now = r;
		history_add(&p->history, r);
	}
	life = proc_life(p, look);
	if (life != LIFE_RUNNING)
		ended(p, life);
}

static const struct model *no_model(void)
{
	static struct kvr_stats stats;
	static struct snapshot snapshot = { .stats = &stats };
	static const struct model model = { .s = &snapshot };

	return &model;
}

const struct model *model_before(const struct proc *p)
{
	return p->before ? &p->before->m : no_model();
}

double proc_rate(const struct proc *p, uint64_t now, uint64_t before)
{
	uint64_t ns = p->before ? minus(p->now->ns, p->before->ns) :
				  p->now->m.duration_ns;

	return ns ? (double)minus(now, before) * 1e9 / (double)ns : 0;
}

/* ---- all of them ------------------------------------------------------ */

static struct proc *find_path(const struct watch *w, const char *path,
			      const struct stat *st)
{
	size_t i;

	for (i = 0; i < w->nr; i++) {
		struct proc *p = w->proc[i];

		if (p->inode == st->st_ino && p->device == st->st_dev &&
		    !strcmp(p->path, path))
			return p;
	}
	return NULL;
}

struct proc *watch_add(struct watch *w, const char *path, pid_t pid,
		       char why[256])
{
	struct reading *r = load(path, true, why, 256);
	struct stat st;
	struct proc *p;

	if (!r)
		return NULL;
	if (stat(path, &st))
		memset(&st, 0, sizeof(st));
	p = xcalloc(1, sizeof(*p));
	p->id = ++w->next_id;
	p->path = xasprintf("%s", path);
	p->inode = st.st_ino;
	p->device = st.st_dev;
	p->mapped = pid != 0;
	p->pid = pid ? pid : r->s.head.pid;
	p->starttime = process_starttime(p->pid);
	p->now = r;
	p->life = p->mapped ? LIFE_RUNNING : life_of(&r->s.head, path);
	if (p->life == LIFE_RUNNING)
		history_add(&p->history, r);
	else
		ended(p, p->life);
	w->proc = xrealloc(w->proc, w->nr + 1, sizeof(struct proc *));
	w->proc[w->nr++] = p;
	return p;
}

static void look_at_file(const char *path, void *data)
{
	struct watch *w = data;
	struct stat st;
	char why[256];

	/* one that is unreadable may become readable: it may just start */
	if (!stat(path, &st) && !find_path(w, path, &st))
		watch_add(w, path, 0, why);
}

static void look_at_process(struct watch *w, pid_t pid)
{
	char path[PATH_MAX], why[256];
	struct stat st;

	if (find_mapped(pid, path) && !stat(path, &st) &&
	    !find_path(w, path, &st))
		watch_add(w, path, pid, why);
}

static int compare_pids(const void *a, const void *b)
{
	return ((const struct seen *)a)->pid - ((const struct seen *)b)->pid;
}

static struct seen *list_processes(size_t *nr)
{
	struct seen *seen = NULL;
	size_t room = 0;
	struct dirent *d;
	DIR *dp = opendir("/proc");

	*nr = 0;
	while (dp && (d = readdir(dp))) {
		int pid = atoi(d->d_name);

		if (pid <= 0)
			continue;
		if (*nr == room) {
			room = room ? 2 * room : 256;
			seen = xrealloc(seen, room, sizeof(*seen));
		}
		seen[(*nr)++] = (struct seen){ .pid = pid };
	}
	if (dp)
		closedir(dp);
	if (*nr)
		qsort(seen, *nr, sizeof(*seen), compare_pids);
	return seen;
}

static void look_for_processes(struct watch *w)
{
	size_t nr, i;
	struct seen *seen = list_processes(&nr);

	for (i = 0; i < nr; i++) {
		const struct seen *old = NULL;

		if (w->nr_seen)
			old = bsearch(&seen[i], w->seen, w->nr_seen,
				      sizeof(*seen), compare_pids);
		seen[i].age = old ? old->age + 1 : 0;
		if (seen[i].age < NEW_TICKS ||
		    (w->ticks + (unsigned int)seen[i].pid) % LOOK_TICKS == 0)
			look_at_process(w, seen[i].pid);
	}
	free(w->seen);
	w->seen = seen;
	w->nr_seen = nr;
}

static void drop_old(struct watch *w)
{
	size_t nr = 0, kept = 0, i;

	for (i = 0; i < w->nr; i++)
		nr += w->proc[i]->life != LIFE_RUNNING;
	for (i = 0; i < w->nr; i++) {
		struct proc *p = w->proc[i];

		if (nr > MAX_ENDED && p->life != LIFE_RUNNING && !p->shown) {
			proc_free(p);
			nr--;
		} else {
			w->proc[kept++] = p;
		}
	}
	w->nr = kept;
}

void watch_tick(struct watch *w)
{
	size_t i;

	for (i = 0; i < w->nr; i++)
		proc_tick(w->proc[i],
			  (w->ticks + w->proc[i]->id) % LOOK_TICKS == 0);
	if (w->kind == WATCH_ALL)
		look_for_processes(w);
	/* a directory that has vanished brings nothing new */
	if (w->kind == WATCH_DIR && !access(w->dir, R_OK | X_OK))
		for_each_report(w->dir, look_at_file, w);
	if (w->kind == WATCH_ALL)
		drop_old(w);
	w->ticks++;
}

void watch_free(struct watch *w)
{
	size_t i;

	for (i = 0; i < w->nr; i++)
		proc_free(w->proc[i]);
	free(w->proc);
	free(w->seen);
}
