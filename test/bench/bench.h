/* SPDX-License-Identifier: MIT */
/*
 * bench.h - what the workloads share: numbers, time, threads, stamped blocks.
 *
 * Theory: a workload is a fixed amount of work, so its wall time compares
 * allocators. It draws sizes and orders from a generator with a fixed seed, so
 * every allocator serves the same requests, and prints one `check` line that
 * depends on the work only: the harness compares it between allocators. Blocks
 * are stamped at both ends when they are allocated and checked when they are
 * freed, so an allocator that hands out overlapping memory is caught at the
 * price of two stores, which also stand for the program's use of the block.
 *
 * Output: `check HEX` once, and optionally `metric NAME VALUE`, where NAME is
 * `time` (seconds, replaces the wall time) or `idle_rss` (KiB).
 * Exit status: 0, or EXIT_WRONG when memory did not hold what was written.
 * BENCH_SCALE (per cent) shortens or lengthens every workload alike.
 */
#ifndef BENCH_H
#define BENCH_H

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KIB	    ((size_t)1 << 10)
#define MIB	    ((size_t)1 << 20)
#define PAGE	    ((size_t)4096)
#define CACHELINE   64
#define MAX_THREADS 64
#define NELEM(a)    (sizeof(a) / sizeof((a)[0]))

enum { EXIT_WRONG = 2, EXIT_USAGE = 64 };

/* Ends the run; nothing is flushed, since the heap may be broken. */
static inline _Noreturn void wrong(const char *what)
{
	static const char tag[] = "wrong: ";

	(void)!write(STDERR_FILENO, tag, sizeof(tag) - 1);
	(void)!write(STDERR_FILENO, what, strlen(what));
	(void)!write(STDERR_FILENO, "\n", 1);
	_exit(EXIT_WRONG);
}

static inline _Noreturn void usage(const char *arguments)
{
	fprintf(stderr, "expected arguments: %s\n", arguments);
	exit(EXIT_USAGE);
}

/* ---- time and scale ---- */

static inline double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static inline void sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/* @n repetitions at scale 100; never less than one. */
static inline size_t scaled(size_t n)
{
	const char *s = getenv("BENCH_SCALE");
	size_t percent = s ? strtoul(s, NULL, 10) : 100;

	n = n * percent / 100;
	return n ? n : 1;
}

/* ---- random numbers: splitmix64, and the two size laws in use ---- */

static inline uint64_t rnd(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* Uniform in [lo, hi]. */
static inline size_t rnd_between(uint64_t *state, size_t lo, size_t hi)
{
	return lo + (size_t)(rnd(state) >> 11) % (hi - lo + 1);
}

/* Each doubling of [2^lo, 2^hi) is equally likely: many small, few large. */
static inline size_t rnd_log(uint64_t *state, unsigned lo, unsigned hi)
{
	uint64_t r = rnd(state);
	size_t base = (size_t)1 << (lo + (unsigned)(r >> 33) % (hi - lo));

	return base | ((size_t)r & (base - 1));
}

/* ---- stamped blocks ---- */

#define MIN_BLOCK 8 /* both stamps fit */

struct block {
	char *mem;
	uint32_t size;
	uint32_t tag; /* differs between neighbours in time */
};

static inline void *must(void *p)
{
	if (!p)
		wrong("out of memory");
	return p;
}

static inline void stamp(char *mem, size_t size, uint32_t tag)
{
	uint32_t end = ~tag;

	memcpy(mem, &tag, sizeof(tag));
	memcpy(mem + size - sizeof(end), &end, sizeof(end));
}

static inline void check_stamp(const char *mem, size_t size, uint32_t tag)
{
	uint32_t head, end;

	memcpy(&head, mem, sizeof(head));
	memcpy(&end, mem + size - sizeof(end), sizeof(end));
	if (head != tag || end != ~tag)
		wrong("a live block was overwritten");
}

static inline void block_alloc(struct block *b, size_t size, uint32_t tag)
{
	b->mem = must(malloc(size));
	b->size = (uint32_t)size;
	b->tag = tag;
	stamp(b->mem, size, tag);
}

/* Frees @b if it is allocated; an empty block is one with no memory. */
static inline void block_free(struct block *b)
{
	if (!b->mem)
		return;
	check_stamp(b->mem, b->size, b->tag);
	free(b->mem);
	b->mem = NULL;
}

/* Makes all of a large block resident, a byte a page. */
static inline void touch_pages(char *mem, size_t size)
{
	volatile char *p = mem;

	for (size_t i = 0; i < size; i += PAGE)
		p[i] = (char)(p[i] + 1);
}

static inline void shuffle(uint32_t *index, size_t n, uint64_t *state)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = rnd_between(state, 0, i - 1);
		uint32_t t = index[i - 1];

		index[i - 1] = index[j];
		index[j] = t;
	}
}

/* ---- results ---- */

static inline void metric(const char *name, double value)
{
	printf("metric %s %.6f\n", name, value);
}

static inline int finish(uint64_t sum)
{
	printf("check %016" PRIx64 "\n", sum);
	return 0;
}

/* Resident KiB now, exact (statm is a per-CPU estimate); no allocation. */
static inline double resident_kib(void)
{
	char buf[1024], *rss;
	int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (n <= 0)
		wrong("cannot read /proc/self/smaps_rollup");
	close(fd);
	buf[n] = '\0';
	rss = strstr(buf, "Rss:");
	return rss ? strtod(rss + strlen("Rss:"), NULL) : 0;
}

/* ---- threads ---- */

/*
 * A line each: threads draw from their seeds all the time, and where these
 * shared a line the stack's random address would decide what is measured.
 */
struct worker {
	_Alignas(CACHELINE) pthread_t thread;
	unsigned id;   /* 0 .. nr - 1 */
	unsigned nr;   /* how many run together */
	uint64_t seed; /* own random sequence */
	uint64_t sum;  /* what the worker adds to the check line */
	void *arg;     /* the workload's own */
};

static inline unsigned thread_count(const char *s)
{
	unsigned long n = s ? strtoul(s, NULL, 10) : 1;

	if (n < 1 || n > MAX_THREADS)
		usage("a number of threads from 1 to 64");
	return (unsigned)n;
}

static inline void start_worker(struct worker *w, void *(*fn)(void *))
{
	if (pthread_create(&w->thread, NULL, fn, w))
		wrong("cannot create a thread");
}

/* Runs @nr workers with seeds derived from @seed; returns the sum of sums. */
static inline uint64_t run_workers(struct worker *w, unsigned nr, uint64_t seed,
				   void *(*fn)(void *), void *arg)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < nr; i++) {
		w[i] = (struct worker){ .id = i, .nr = nr, .arg = arg };
		w[i].seed = seed + i;
		start_worker(&w[i], fn);
	}
	for (unsigned i = 0; i < nr; i++) {
		pthread_join(w[i].thread, NULL);
		sum += w[i].sum;
	}
	return sum;
}

/* ---- a ring of pointers, one thread at each end ---- */

#define RING_SIZE 8 /* power of two: what may be in flight */

struct ring {
	_Alignas(CACHELINE) _Atomic size_t head; /* next to take */
	_Alignas(CACHELINE) _Atomic size_t tail; /* next to put */
	_Alignas(CACHELINE) void *slot[RING_SIZE];
};

static inline int ring_put(struct ring *r, void *p)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	/* pairs with the release in ring_take(): the slot is free again */
	if (tail - atomic_load_explicit(&r->head, memory_order_acquire) ==
	    RING_SIZE)
		return 0;
	r->slot[tail % RING_SIZE] = p;
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	return 1;
}

static inline void *ring_take(struct ring *r)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	void *p;

	/* pairs with the release in ring_put(): the slot is filled */
	if (atomic_load_explicit(&r->tail, memory_order_acquire) == head)
		return NULL;
	p = r->slot[head % RING_SIZE];
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
	return p;
}

#endif /* BENCH_H */
