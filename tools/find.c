/* SPDX-License-Identifier: MIT */
/*
 * find.c - from a process to its report file, and back. See find.h.
 *
 * Theory: a live process has its file mapped, so /proc/PID/maps names it
 * wherever it is. A forked child may still map its parent's file as well: the
 * right one says the process's own id (in its own pid namespace). A process
 * that has ended is found by the number in the file's name.
 *
 * A file whose state is RUNNING belongs to a live process only if the pid
 * lives, started at the same clock tick (else the pid was used again) and
 * still maps the file (else it has become another program by exec).
 */
#include "find.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

static const char suffix[] = ".kvr";

unsigned long long process_starttime(pid_t pid)
{
	unsigned long long start = 0;
	char path[64], buf[1024];
	size_t n;
	char *p;
	FILE *f;
	int i;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[n] = '\0';
	/* the name may hold anything: fields count from its last bracket */
	p = strrchr(buf, ')');
	for (i = 2; p && i < 22; i++)
		p = strchr(p + 1, ' ');
	if (p)
		start = strtoull(p, NULL, 10);
	return start;
}

static bool has_suffix(const char *name)
{
	size_t n = strlen(name), m = sizeof(suffix) - 1;

	return n > m && !strcmp(name + n - m, suffix);
}

/*
 * Calls fn for each report file that pid maps, with a path to open it by,
 * until fn returns true. -1: maps could not be read; else what fn said last.
 */
static int for_each_mapped(pid_t pid, bool (*fn)(const char *, void *),
			   void *data)
{
	static const char gone[] = " (deleted)";
	char line[PATH_MAX + 128], path[PATH_MAX + 256];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (!found && fgets(line, sizeof(line), f)) {
		char *name = strchr(line, '/');
		size_t n;

		if (!name)
			continue;
		line[strcspn(line, "\n")] = '\0';
		n = strlen(name);
		if (n > sizeof(gone) &&
		    !strcmp(name + n - (sizeof(gone) - 1), gone)) {
			name[n - (sizeof(gone) - 1)] = '\0';
			if (!has_suffix(name))
				continue;
			line[strcspn(line, " ")] = '\0';
			snprintf(path, sizeof(path), "/proc/%d/map_files/%s",
				 (int)pid, line);
		} else {
			if (!has_suffix(name))
				continue;
			snprintf(path, sizeof(path), "%s", name);
			/* the process may see another root directory */
			if (access(path, R_OK))
				snprintf(path, sizeof(path), "/proc/%d/root%s",
					 (int)pid, name);
		}
		found = fn(path, data);
	}
	fclose(f);
	return found;
}

struct same_start {
	uint64_t start_monotonic_ns;
};

static bool has_same_start(const char *path, void *data)
{
	const struct same_start *want = data;
	struct snapshot s;

	return snapshot_load_header(&s, path) &&
	       s.head.start_monotonic_ns == want->start_monotonic_ns;
}

enum life life_of(const struct kvr_header *head, const char *path)
{
	struct same_start want = { head->start_monotonic_ns };
	unsigned long long start;
	struct stat st;

	if (head->state == KVR_EXITED)
		return LIFE_EXITED;
	start = process_starttime(head->pid);
	if (!start || (head->starttime && start != head->starttime))
		return LIFE_ENDED;
	/* a copy of the file has the same start as the mapped original */
	if (!for_each_mapped(head->pid, has_same_start, &want) &&
	    !stat(path, &st))
		return LIFE_EXECED;
	return LIFE_RUNNING;
}

/* Is this other file of a program that the same process ran later? */
struct successor {
	const struct kvr_header *head;
	char number[32]; /* what its name has, to open few */
	bool found;
};

static void look_for_successor(const char *path, void *data)
{
	struct successor *q = data;
	struct snapshot s;

	q->found = q->found ||
		   (strstr(path, q->number) && snapshot_load_header(&s, path) &&
		    s.head.pid == q->head->pid &&
		    s.head.run_id == q->head->run_id &&
		    s.head.start_monotonic_ns > q->head->start_monotonic_ns);
}

enum life life_beside_others(const struct kvr_header *head, const char *path)
{
	struct successor q = { .head = head };
	enum life life = life_of(head, path);
	const char *slash = strrchr(path, '/');
	char *dir;

	if (life != LIFE_ENDED)
		return life;
	snprintf(q.number, sizeof(q.number), ".%d.", head->pid);
	dir = xasprintf("%.*s", slash ? (int)(slash + 1 - path) : 1,
			slash ? path : ".");
	for_each_report(dir, look_for_successor, &q);
	free(dir);
	return q.found ? LIFE_EXECED : life;
}

const char *life_name(enum life life)
{
	static const char *const names[] = {
		[LIFE_RUNNING] = "running",
		[LIFE_EXITED] = "exited",
		[LIFE_ENDED] = "killed or _exit",
		[LIFE_EXECED] = "exec'ed",
	};

	return names[life];
}

bool is_pid(const char *arg)
{
	return *arg && !arg[strspn(arg, "0123456789")] && access(arg, F_OK);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool for_each_report(const char *dir, void (*fn)(const char *path, void *data),
		     void *data)
{
	char **name = NULL;
	size_t nr = 0, room = 0, i;
	struct dirent *d;
	DIR *dp = opendir(dir);

	if (!dp) {
		complain("%s: %s", dir, strerror(errno));
		return false;
	}
	while ((d = readdir(dp))) {
		if (!has_suffix(d->d_name))
			continue;
		if (nr == room) {
			room = room ? 2 * room : 32;
			name = xrealloc(name, room, sizeof(*name));
		}
		name[nr++] = strcmp(dir, ".") ?
				     xasprintf("%s/%s", dir, d->d_name) :
				     xasprintf("%s", d->d_name);
	}
	closedir(dp);
	if (nr)
		qsort(name, nr, sizeof(*name), compare_names);
	for (i = 0; i < nr; i++) {
		fn(name[i], data);
		free(name[i]);
	}
	free(name);
	return true;
}

/* the file that started last; pid 0 = of any process */
struct search {
	pid_t pid;
	pid_t ns_pid; /* the pid inside its own namespace */
	uint64_t start;
	char path[PATH_MAX];
	char bad[PATH_MAX]; /* a file that would have been it */
	char why[256];
};

static void consider(const char *path, void *data)
{
	struct search *q = data;
	struct snapshot s;

	if (!snapshot_load_header(&s, path)) {
		snprintf(q->bad, sizeof(q->bad), "%s", path);
		snprintf(q->why, sizeof(q->why), "%s", s.why);
		return;
	}
	if (q->pid && s.head.pid != q->pid && s.head.pid != q->ns_pid)
		return;
	if (q->path[0] && s.head.start_realtime_ns < q->start)
		return;
	q->start = s.head.start_realtime_ns;
	snprintf(q->path, sizeof(q->path), "%s", path);
}

static bool consider_mapped(const char *path, void *data)
{
	consider(path, data);
	return false;
}

/* the last number of the NSpid line: what the process calls itself */
static pid_t namespace_pid(pid_t pid)
{
	char path[64], line[256];
	pid_t inner = pid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return pid;
	while (fgets(line, sizeof(line), f)) {
		char *last = strrchr(line, '\t');

		if (!strncmp(line, "NSpid:", 6) && last)
			inner = (pid_t)strtol(last, NULL, 10);
	}
	fclose(f);
	return inner;
}

static bool is_mapped(const char *path, void *data)
{
	(void)path;
	(void)data;
	return true;
}

bool find_mapped(pid_t pid, char path[PATH_MAX])
{
	struct search q = { .pid = pid };

	if (for_each_mapped(pid, is_mapped, NULL) <= 0)
		return false;
	q.ns_pid = namespace_pid(pid);
	for_each_mapped(pid, consider_mapped, &q);
	snprintf(path, PATH_MAX, "%s", q.path);
	return q.path[0];
}

static bool find_pid(const char *arg, struct search *q)
{
	char path[64], comm[32] = "";
	uint64_t pid;
	int mapped;
	FILE *f;

	if (parse_u64(arg, &pid) || !pid || pid > INT_MAX) {
		complain("%s: not a process id, and no such file", arg);
		return false;
	}
	q->pid = (pid_t)pid;
	q->ns_pid = namespace_pid(q->pid);
	mapped = for_each_mapped(q->pid, consider_mapped, q);
	if (!q->path[0])
		for_each_report(".", consider, q);
	if (q->path[0])
		return true;
	if (!process_starttime(q->pid)) {
		complain("no process %s, and no report file of it in this "
			 "directory",
			 arg);
		return false;
	}
	snprintf(path, sizeof(path), "/proc/%s/comm", arg);
	f = fopen(path, "re");
	if (!f || !fgets(comm, sizeof(comm), f))
		snprintf(comm, sizeof(comm), "?");
	if (f)
		fclose(f);
	comm[strcspn(comm, "\n")] = '\0';
	text_clean(comm, sizeof(comm));
	if (mapped < 0)
		complain("process %s (%s): may not read its memory map, and "
			 "no report file of it in this directory",
			 arg, comm);
	else
		complain("process %s (%s) writes no report: start it with "
			 "'kvmalloc run', or with KVMALLOC=report and "
			 "LD_PRELOAD",
			 arg, comm);
	return false;
}

static bool find_newest(struct search *q)
{
	if (!for_each_report(".", consider, q))
		return false;
	if (q->path[0])
		return true;
	if (q->bad[0])
		complain("%s: %s", q->bad, q->why);
	else
		complain("no report file (*%s) in this directory; name a FILE "
			 "or PID, or make one: kvmalloc run -o . -- PROGRAM",
			 suffix);
	return false;
}

bool find_target(struct snapshot *s, const char *arg)
{
	struct search q = { 0 };

	if (arg && !is_pid(arg))
		snprintf(q.path, sizeof(q.path), "%s", arg);
	else if (arg ? !find_pid(arg, &q) : !find_newest(&q))
		return false;
	if (snapshot_load(s, q.path))
		return true;
	complain("%s: %s", q.path, s->why);
	return false;
}
