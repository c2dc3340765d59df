/* SPDX-License-Identifier: MIT */
/*
 * sample.c - see sample.h.
 *
 * Budget: FREE_EVENTS are recorded whatever they cost, which is all of a short
 * program, and little of any run's time. From then on each thread compares,
 * window by window, what recording took with the processor time it had; above
 * LIMIT of it the interval is raised, so far that TARGET should be left. Of
 * requests some are timed, to free what was recorded is taken for half as much.
 * (What none of this sees, caches that others' lines went out of, is as much
 * again.) The
 * first interval follows from the mean size of the requests, later ones are
 * doublings. It never shrinks: an idle hour does not undo what a busy minute
 * taught.
 *
 * All in integers: a request may come from anywhere.
 */
#include "prof/sample.h"

#include "mm/kmalloc.h"
#include "mm/stats.h"
#include "os/os.h"
#include "prof/blocks.h"

enum {
	FREE_EVENTS = 8192,
	WINDOW_EVENTS = 4096,	/* at most; the window is long enough then */
	WINDOW_NS = 1000000,	/* of recording, in a window */
	LIMIT = 2,		/* per cent */
	TARGET = 1,
	FIRST_COST = 250,	/* ns, a guess until one was timed */
	MAX_GEN = (1 << TAG_GEN_BITS) - 1,
	MAX_INTERVAL = 1 << 21,	/* above, recording takes next to nothing */
};

u32 sample_gen;

static struct {
	u64 interval[MAX_GEN + 1];	/* bytes, by number; [0] = 0 */
	bool automatic;
	u64 events;			/* all windows, all threads */
	struct spinlock lock;		/* for raising */
} sample;

void sample_start(u64 interval, bool exact)
{
	sample.automatic = !interval && !exact;
	sample.interval[1] = interval;
	sample_gen = interval && !exact;
	stats.stack_mode = sample_gen ? KVR_STACKS_SAMPLED : KVR_STACKS_EXACT;
	stats.sample_interval = sample.interval[sample_gen];
}

static u64 next_random(u64 *state)
{
	u64 x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return x * 0x2545f4914f6cdd1dull;
}

void sample_thread_init(struct sample_thread *s, u64 seed)
{
	s->random = (seed + 1) * 0x9e3779b97f4a7c15ull | 1;
	s->cost_ns = FIRST_COST;
	s->window_gen = sample_gen;
	s->window_ns = os_thread_ns();
	for (int i = 0; i < 8; i++)
		next_random(&s->random);
}

u64 sample_weight(unsigned int gen, u64 size)
{
	u64 interval = sample.interval[gen];

	return interval > size ? (interval + size / 2) / size : 1;
}

/* -ln(u) for a random u in (0, 1), 32 binary places. */
static u64 exponential(u64 *state)
{
	const u64 ln2 = 0xb17217f7; /* 32 places */
	u64 r = next_random(state) | 1, log = 0;
	int zeros = __builtin_clzll(r);

	/* log2 of the mantissa, bit by bit, by squaring */
	r <<= zeros;
	for (u64 bit = 1u << 31; bit > 1u << 10; bit >>= 1) {
		u128 square = (u128)r * r;

		if (square >> 127) {
			log |= bit;
			r = (u64)(square >> 64);
		} else {
			r = (u64)(square >> 63);
		}
	}
	return (u64)((u128)(((u64)zeros + 1) * (1ull << 32) - log) * ln2 >> 32);
}

/*
 * How many pass before one of probability 1/n: an exponential of mean
 * -1/ln(1 - 1/n) = n - 1/2 - 1/12n - 1/24n^2 ..., rounded down.
 */
static u32 draw(u64 *state, u64 n)
{
	u64 mean; /* 16 binary places */

	if (n <= 1)
		return 0;
	n = min_ul(n, UINT_MAX / 64);
	mean = (n << 16) - (1u << 15) - (65536 / 12) / n -
	       (65536 / 24) / (n * n);
	return (u32)((u128)exponential(state) * mean >> 48);
}

/* Lock held. Interval by which recording should take 1/@factor of now. */
static void raise_interval(u64 mean_size, u64 factor)
{
	u64 old = sample.interval[sample_gen], new = old;

	if (!old)
		new = 1ull << fls_ul(mean_size * factor - 1);
	for (; old && factor > 1; factor = (factor + 1) / 2)
		new *= 2;
	new = min_ul(new, MAX_INTERVAL);
	if (sample_gen == MAX_GEN || new == old)
		return;
	sample.interval[sample_gen + 1] = new;
	__atomic_store_n(&sample_gen, sample_gen + 1, __ATOMIC_RELEASE);
	stats.sample_interval = new;
	stats.stack_mode = KVR_STACKS_SAMPLED;
	if (!old)
		stats.exact_until_ns = os_monotonic_ns();
}

static u64 spent_ns(const struct sample_thread *s)
{
	return (s->events + s->frees / 2ul) * s->cost_ns;
}

static bool window_ends(const struct sample_thread *s)
{
	return s->events >= WINDOW_EVENTS ||
	       spent_ns(s) >= WINDOW_NS;
}

static COLD void end_window(struct sample_thread *s)
{
	u64 now = os_thread_ns(), spent = spent_ns(s);
	u64 passed = now - s->window_ns + 1;
	u64 all = __atomic_add_fetch(&sample.events, s->events,
				     __ATOMIC_RELAXED);

	gauge_add(&stats.stack_cost_ns, (long)spent);
	if (sample.automatic && all >= FREE_EVENTS &&
	    spent * 100 > passed * LIMIT && spin_trylock(&sample.lock)) {
		/* another thread may have seen the same and been faster */
		if (s->window_gen == sample_gen)
			raise_interval(s->bytes / s->events + 1,
				       spent * 100 / (passed * TARGET));
		spin_unlock(&sample.lock);
	}
	s->window_gen = sample_gen;
	s->window_ns = now;
	s->events = s->frees = 0;
	s->bytes = 0;
}

void sample_next(struct thread_cache *t, struct sample_thread *s,
		 unsigned int class, u64 size)
{
	u32 gen = __atomic_load_n(&sample_gen, __ATOMIC_ACQUIRE);

	s->events++;
	s->bytes += size;
	if (unlikely(window_ends(s)))
		end_window(s);
	if (likely(!gen) || !class)
		return;
	s->gen[class] = (u8)gen;
	t->skip[class] = draw(&s->random, sample_weight(gen, size));
}

void sample_close(const struct sample_thread *s)
{
	gauge_add(&stats.stack_cost_ns, (long)spent_ns(s));
}

/* A slow one, a new stack or a disturbance, counts for no more than some. */
void sample_cost(struct sample_thread *s, u64 ns)
{
	ns = min_ul(ns, 8ul * s->cost_ns);
	s->cost_ns = (u32)max_ul((s->cost_ns * 15ul + ns) / 16, 32);
}
