/* SPDX-License-Identifier: MIT */
/*
 * check.c - does a report say what the program did?
 *
 *	check DIR [exact|sampled|storm|none] <LINES
 *
 * LINES are a program's output (programs/p.h); others are passed over:
 *	pid PID N	the N-th report of process PID, from 0, is meant
 *	expect NAME START STOP KEY=VALUE...
 *		the sums over all stacks with a frame in [START, STOP) of the
 *		main program. KEY~P=VALUE: within P per cent; KEY+N=VALUE: up
 *		to N more. Keys are the fields of struct kvr_sum, and live, in
 *		blocks.
 *
 * Besides, each report named is checked in itself: sections, frames, hashes,
 * the sums against each other (not after a `storm`: signal handlers that
 * allocate may interrupt a count) and, if `exact`, against the counters of the
 * fast paths. With `none` there must be no trace of stacks, and what the
 * lines expect is of no interest. Prints "ok ..." and "FAIL ..." lines; status
 * 1 if any FAIL.
 */
#include <dirent.h>

#include "kvr_file.h"

static int failed;
static int exact, storm, none;

static void verdict(int ok, const struct kvr_file *f, const char *what,
		    unsigned long long have, unsigned long long want)
{
	if (ok)
		return;
	printf("FAIL %s: %s is %llu, expected %llu\n", f->head->comm, what,
	       have, want);
	failed = 1;
}

static void same(const struct kvr_file *f, const char *what,
		 unsigned long long have, unsigned long long want)
{
	verdict(have == want, f, what, have, want);
}

static void near(const struct kvr_file *f, const char *what,
		 unsigned long long have, unsigned long long want,
		 unsigned long long by)
{
	unsigned long long d = have > want ? have - want : want - have;

	verdict(d <= by, f, what, have, want);
}

/* a report in itself */

static void check_stacks(const struct kvr_file *f)
{
	uint64_t used = 0;

	for (size_t i = 1; i < f->nr_stacks; i++) {
		const struct kvr_stack *s = &f->stack[i];

		if (!s->nr_frames)
			continue;
		used++;
		if (s->first_frame + (size_t)s->nr_frames > f->nr_frames)
			kvr_die(f, "a stack's frames lie outside");
		if (!s->hash)
			kvr_die(f, "a stack without hash");
		for (unsigned int k = 0; k < s->nr_frames; k++) {
			uint64_t fr = f->frame[s->first_frame + k];
			uint32_t m = KVR_FRAME_MODULE(fr);

			if (m < KVR_FRAME_ANY &&
			    (m >= f->nr_modules || !f->module[m].end))
				kvr_die(f, "a frame of no module");
			if (m < KVR_FRAME_ANY &&
			    f->module[m].bias + KVR_FRAME_OFFSET(fr) >=
				    f->module[m].end)
				kvr_die(f, "a frame beyond its module");
			/* below a signal's frame it may be any code's */
			if (!k && m < KVR_FRAME_ANY &&
			    strstr(f->module[m].path, "libkvmalloc"))
				kvr_die(f, "a stack starts in the library");
		}
	}
	same(f, "number of stacks", used, f->stats->stacks);
	/* a child that did nothing after its fork has no sections */
	if (f->nr_stacks)
		same(f, "stack 1's flags", f->stack[1].flags, KVR_STACK_LOST);
}

static int by_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void check_distinct(const struct kvr_file *f)
{
	uint64_t *hash = calloc(f->nr_stacks + 1, sizeof(*hash));
	size_t n = 0;

	for (size_t i = 1; i < f->nr_stacks; i++)
		if (f->stack[i].nr_frames)
			hash[n++] = f->stack[i].hash;
	qsort(hash, n, sizeof(*hash), by_hash);
	for (size_t i = 1; i < n; i++)
		if (hash[i] == hash[i - 1])
			kvr_die(f, "a stack is there twice");
	free(hash);
}

static uint64_t fast_path_allocs(const struct kvr_file *f)
{
	const uint64_t *c = f->stats->counter;
	uint64_t n = c[KV_vmalloc_size] + c[KV_vmalloc_refused] +
		     c[KV_vmalloc_policy] + c[KV_vmalloc_resize] +
		     c[KV_fallback_nomem] +
		     c[KV_fallback_frag] + c[KV_fallback_slab] +
		     c[KV_fallback_aligned];

	for (size_t t = 0; t < f->nr_threads; t++)
		for (int k = 0; k < KVR_MAX_CLASSES; k++)
			n += f->thread[t].alloc[k];
	return n;
}

/*
 * Four standard deviations of @bytes estimated by one sample an @interval; and
 * blocks older than the recording, which are counted when they are freed.
 */
static uint64_t chance(uint64_t bytes, uint64_t interval)
{
	uint64_t low = 0, high = 1ull << 31;

	while (low < high) {
		uint64_t x = (low + high) / 2;

		if (x * x < 16 * bytes * interval)
			low = x + 1;
		else
			high = x;
	}
	return low + (interval ? 32768 : 0);
}

static void check_sums(const struct kvr_file *f)
{
	const struct kvr_stats *s = f->stats;
	struct kvr_sum all = { 0 };
	uint64_t threads = 0, off;

	for (size_t i = 0; i < f->nr_stats; i++) {
		const struct kvr_stack_stat *e = &f->stat[i];

		if (!e->stack)
			continue;
		if (e->stack >= f->nr_stacks || e->slot >= f->nr_threads)
			kvr_die(f, "an entry of no stack or thread");
		threads += e->stack == 1;
		kvr_add(&all, f, e);
	}
	/* who was killed may have been in the middle of counting */
	near(f, "sum of lifetimes", all.lifetimes, all.frees,
	     f->head->state == KVR_EXITED ? 0 : threads);
	off = chance(s->live_bytes, s->sample_interval);
	near(f, "live bytes", kvr_live_bytes(&all), s->live_bytes,
	     f->head->state == KVR_EXITED ? off :
	     off + threads * (16384 + (s->peak_live_bytes >> 10)));
	/* killed between the sum's new peak and the entry's: the block lacks */
	off = chance(s->peak_live_bytes, s->sample_interval);
	near(f, "live at the peak", all.peak_bytes, s->peak_live_bytes,
	     threads > 1 ? off + threads * (32768 + (s->peak_live_bytes >> 8)) :
	     f->head->state == KVR_EXITED ? off : off + 8192);
	/* the unwinder's own, one or two a thread, and signals in between;
	   what a thread without entries did, whose counts may lack too */
	if (exact)
		near(f, "recorded requests", all.allocs + s->stacks_before,
		     fast_path_allocs(f), 4 * threads + s->stacks_lost);
}

static void check_timeline(const struct kvr_file *f)
{
	const struct kvr_moment *m = f->moment;
	size_t i;

	for (i = 1; i < f->nr_moments && m[i].monotonic_ns; i++)
		if (m[i].monotonic_ns < m[i - 1].monotonic_ns ||
		    m[i].requests < m[i - 1].requests)
			kvr_die(f, "the time line goes back");
	if (f->head->state == KVR_EXITED &&
	    (!f->nr_moments || !m[0].monotonic_ns))
		kvr_die(f, "the time line is empty");
}

static void check_file(const struct kvr_file *f)
{
	int was = failed;

	failed = 0;
	if (none) {
		same(f, "mode", f->stats->stack_mode, KVR_STACKS_OFF);
		same(f, "entries of stacks",
		     f->nr_stacks + f->nr_stats + f->nr_frames, 0);
		check_timeline(f);
		failed |= was;
		return;
	}
	check_stacks(f);
	check_distinct(f);
	if (!storm)
		check_sums(f);
	check_timeline(f);
	if (!failed)
		printf("ok %s %d: consistent\n", f->head->comm, f->head->pid);
	failed |= was;
}

/* expectations */

static int goes_through(const struct kvr_file *f, uint32_t id, uint64_t start,
			uint64_t stop)
{
	const struct kvr_stack *s = &f->stack[id];

	for (unsigned int k = 0; k < s->nr_frames; k++) {
		uint64_t fr = f->frame[s->first_frame + k];
		uint32_t m = KVR_FRAME_MODULE(fr);

		if (m < KVR_FRAME_ANY &&
		    f->module[m].flags & KVR_MODULE_MAIN &&
		    KVR_FRAME_OFFSET(fr) > start && KVR_FRAME_OFFSET(fr) <= stop)
			return 1;
	}
	return 0;
}

/* Complete: it begins where the program does. */
static void count_stack(const struct kvr_file *f, const struct kvr_stack *s,
			struct kvr_sum *sum)
{
	uint64_t last = f->frame[s->first_frame + s->nr_frames - 1u];
	uint32_t m = KVR_FRAME_MODULE(last);

	sum->stacks++;
	sum->frames += s->nr_frames;
	sum->truncated += s->flags & KVR_STACK_TRUNCATED;
	sum->complete += m < KVR_FRAME_ANY &&
			 f->module[m].flags & KVR_MODULE_MAIN;
}

static unsigned long long value_of(const struct kvr_sum *s, const char *key)
{
	static const struct {
		const char *name;
		size_t at;
	} fields[] = {
#define F(name) { #name, offsetof(struct kvr_sum, name) }
		F(stacks),	     F(allocs),		 F(frees),
		F(asked),	     F(served),		 F(freed),
		F(fallbacks),	     F(kernel),		 F(inherited_blocks),
		F(inherited_bytes),  F(peak_bytes),	 F(peak_blocks),
		F(largest),	     F(frames),		 F(truncated),
		F(complete),
#undef F
	};

	if (!strcmp(key, "live"))
		return kvr_live_blocks(s);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcmp(key, fields[i].name))
			return *(const uint64_t *)(const void *)((const char *)s +
								 fields[i].at);
	printf("FAIL unknown key '%s'\n", key);
	exit(1);
}

static void expect(const struct kvr_file *f, char *line)
{
	struct kvr_sum sum = { 0 };
	unsigned char *seen = calloc(f->nr_stacks + 1, 1);
	char *name = strtok(line, " "), *word;
	uint64_t start = strtoul(strtok(NULL, " "), NULL, 16);
	uint64_t stop = strtoul(strtok(NULL, " "), NULL, 16);
	int was = failed;

	failed = 0;
	for (size_t i = 0; i < f->nr_stats; i++) {
		const struct kvr_stack_stat *e = &f->stat[i];

		if (!e->stack || !goes_through(f, e->stack, start, stop))
			continue;
		kvr_add(&sum, f, e);
		if (!seen[e->stack])
			count_stack(f, &f->stack[e->stack], &sum);
		seen[e->stack] = 1;
	}
	free(seen);
	while ((word = strtok(NULL, " \n"))) {
		char *eq = strchr(word, '='), *tilde = strchr(word, '~');
		char *plus = strchr(word, '+');
		unsigned long long want = strtoull(eq + 1, NULL, 10), by = 0;
		char what[128];

		*eq = 0;
		if (tilde) {
			*tilde = 0;
			by = want * strtoull(tilde + 1, NULL, 10) / 100;
		}
		if (plus) {
			/* so many more, or a part of them, and none less */
			*plus = 0;
			snprintf(what, sizeof(what), "%s of %s", word, name);
			verdict(value_of(&sum, word) >= want, f, what,
				value_of(&sum, word), want);
			by = strtoull(plus + 1, NULL, 10);
		}
		snprintf(what, sizeof(what), "%s of %s", word, name);
		near(f, what, value_of(&sum, word), want, by);
	}
	if (!failed)
		printf("ok %s: %s\n", f->head->comm, name);
	failed |= was;
}

/* which file */

static void find_report(char *path, size_t size, const char *dir, int pid,
			int nth)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int found = 0;

	*path = 0;
	/* an exec'ed program's name may differ: the start time tells */
	for (uint64_t after = 0; d && found <= nth; found++) {
		uint64_t least = UINT64_MAX;

		rewinddir(d);
		while ((e = readdir(d))) {
			struct kvr_header h = { 0 };
			char full[600];
			int fd;

			snprintf(full, sizeof(full), "%s/%s", dir, e->d_name);
			fd = open(full, O_RDONLY | O_CLOEXEC);
			if (fd < 0 || read(fd, &h, sizeof(h)) != sizeof(h) ||
			    h.pid != pid)
				h.start_monotonic_ns = 0;
			if (fd >= 0)
				close(fd);
			if (h.start_monotonic_ns > after &&
			    h.start_monotonic_ns < least) {
				least = h.start_monotonic_ns;
				snprintf(path, size, "%s", full);
			}
		}
		if (least == UINT64_MAX) {
			*path = 0;
			break;
		}
		after = least;
	}
	if (d)
		closedir(d);
}

int main(int argc, char **argv)
{
	struct kvr_file f = { 0 };
	char line[1024], path[600];
	int pid, nth, any = 0;

	if (argc < 2 || argc > 3)
		return 2;
	exact = argc == 3 && !strcmp(argv[2], "exact");
	storm = argc == 3 && !strcmp(argv[2], "storm");
	none = argc == 3 && !strcmp(argv[2], "none");
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "pid %d %d", &pid, &nth) == 2) {
			find_report(path, sizeof(path), argv[1], pid, nth);
			if (!*path) {
				printf("FAIL no report %d of process %d\n",
				       nth, pid);
				return 1;
			}
			kvr_load(&f, strdup(path));
			check_file(&f);
			any = 1;
		} else if (!strncmp(line, "expect ", 7)) {
			if (!any) {
				printf("FAIL no process was named\n");
				return 1;
			}
			if (!none)
				expect(&f, line + 7);
		}
	}
	if (!any) {
		printf("FAIL nothing was expected\n");
		return 1;
	}
	return failed;
}
