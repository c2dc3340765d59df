/* SPDX-License-Identifier: MIT */
/*
 * test_page_stress.c - long random sequences of all operations, alone and in
 * four threads, with contents checked and the invariants proven on the way.
 *
 * Each piece of memory in hand carries its own number in its first and last
 * word of each page: two owners of one frame overwrite each other's. What
 * is said to be zero is looked at.
 */
#include <pthread.h>
#include <string.h>

#include "../suite.h"
#include "lib/cpu.h"
#include "mm/buddy.h"
#include "mm/states.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOW = 8 }; /* times fewer operations */
#else
enum { SLOW = 1 };
#endif

enum {
	NR_SLOTS = 600,
	NR_THREADS = 4,
	THREAD_OPS = 60000 / SLOW,
	VALIDATE_EVERY = 20000 / SLOW,
};

/* Something in hand. */
struct slot {
	enum { EMPTY, BLOCK, RUN, CHARGE } kind;
	struct page *page;
	unsigned int nr; /* pages */
	u32 chain;
	u64 tag;
};

struct worker {
	struct slot slot[NR_SLOTS];
	u64 seed, tags;
	unsigned int id, most_pages;
	unsigned long bad, grown, failed;
};
static struct worker worker[NR_THREADS];

static u64 rnd(struct worker *w)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return w->seed;
}

static u64 *word(const struct page *page, unsigned int i, bool last)
{
	char *p = (char *)page_address(page) + i * PAGE_SIZE;

	return (u64 *)(void *)(last ? p + PAGE_SIZE - sizeof(u64) : p);
}

static void sign(struct slot *s, unsigned int from)
{
	for (unsigned int i = from; i < s->nr; i++) {
		*word(s->page, i, false) = s->tag + i;
		*word(s->page, i, true) = ~(s->tag + i);
	}
}

static bool is_signed(const struct slot *s)
{
	for (unsigned int i = 0; i < s->nr; i++)
		if (*word(s->page, i, false) != s->tag + i ||
		    *word(s->page, i, true) != ~(s->tag + i))
			return false;
	return true;
}

static bool is_zero(const struct slot *s)
{
	for (unsigned int i = 0; i < s->nr; i++)
		if (*word(s->page, i, false) || *word(s->page, i, true))
			return false;
	return true;
}

static const gfp_t gfps[] = {
	GFP_KERNEL,
	GFP_KERNEL,
	GFP_KERNEL,
	GFP_NOWAIT,
	GFP_ATOMIC,
	GFP_KERNEL | __GFP_ZERO,
	GFP_KERNEL | __GFP_MOVABLE,
	GFP_KERNEL | __GFP_RECLAIMABLE,
	GFP_KERNEL | __GFP_DMA,
	GFP_KERNEL | __GFP_NORETRY,
	GFP_HIGHUSER,
};

/* Small sizes most of the time. */
static unsigned int random_nr(struct worker *w)
{
	return 1 + (unsigned int)(rnd(w) % (1u << rnd(w) % 11)) % w->most_pages;
}

static void fill(struct worker *w, struct slot *s)
{
	gfp_t gfp = gfps[rnd(w) % ARRAY_SIZE(gfps)] | __GFP_NOWARN;
	unsigned int nr = random_nr(w);

	if (rnd(w) % 16 == 0) {
		nr = (unsigned int)charge_frames(gfp, nr * 4, &s->chain);
		s->kind = nr ? CHARGE : EMPTY;
		return;
	}
	s->kind = rnd(w) % 2 ? RUN : BLOCK;
	if (s->kind == BLOCK)
		nr = 1u << get_order(nr * PAGE_SIZE);
	s->page = s->kind == RUN ? alloc_page_run(gfp, nr) :
				   alloc_pages(gfp, get_order(nr * PAGE_SIZE));
	if (!s->page) {
		s->kind = EMPTY;
		w->failed++;
		return;
	}
	s->nr = nr;
	w->bad += (s->page->flags & PG_ZERO) && !is_zero(s);
	w->bad += (gfp & __GFP_ZERO) && !(s->page->flags & PG_ZERO);
	s->tag = ++w->tags << 20 | (u64)w->id << 60;
	sign(s, 0);
}

static void empty(struct worker *w, struct slot *s)
{
	if (s->kind == CHARGE) {
		uncharge_frames(s->chain);
	} else {
		w->bad += !is_signed(s);
		if (s->kind == RUN)
			free_page_run(s->page, s->nr);
		else
			free_pages_block(s->page, get_order(s->nr * PAGE_SIZE));
	}
	s->kind = EMPTY;
}

static void resize(struct worker *w, struct slot *s)
{
	unsigned int nr = random_nr(w), old = s->nr;

	if (nr < old) {
		shrink_page_run(s->page, old, nr);
		s->nr = nr;
	} else if (nr > old && grow_page_run(s->page, old, nr)) {
		s->nr = nr;
		sign(s, old);
		w->grown++;
	}
	w->bad += !is_signed(s);
}

static void step(struct worker *w)
{
	struct slot *s = &w->slot[rnd(w) % NR_SLOTS];

	switch (rnd(w) % 4096) {
	case 0:
		purge_free_pages(rnd(w) % 2000);
		return;
	case 1:
		drain_all_pages();
		return;
	case 2:
		drain_local_pages();
		return;
	default:
		break;
	}
	if (s->kind == EMPTY)
		fill(w, s);
	else if (s->kind == RUN && rnd(w) % 2)
		resize(w, s);
	else
		empty(w, s);
}

static void empty_all(struct worker *w)
{
	for (int i = 0; i < NR_SLOTS; i++)
		if (w->slot[i].kind != EMPTY)
			empty(w, &w->slot[i]);
}

static void start(u64 mem, int kernel, unsigned int most_pages)
{
	machine_start(mem, kernel);
	memset(worker, 0, sizeof(worker));
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		worker[i].id = i;
		worker[i].seed = 0x9e3779b97f4a7c15u * (i + 1);
		worker[i].most_pages = most_pages;
	}
}

static void finish(void)
{
	drain_all_pages();
	ck_assert_uint_eq(nr_free_pages(), machine.nr_pages - 1);
	machine_stop();
}

/* machine, preset, largest piece, operations: from roomy to always full */
static const struct {
	u64 mem;
	int kernel;
	unsigned int most_pages;
	int ops;
} setups[] = {
	{ 1024 * MIB, 0, 1024, 200000 / SLOW },
	{ 64 * MIB, 0, 1024, 200000 / SLOW },
	{ 16 * MIB, 0, 64, 1200000 / SLOW },
	{ 256 * MIB, 700, 1024, 200000 / SLOW },
	{ 64 * MIB, 418, 256, 300000 / SLOW },
};

START_TEST(test_random_operations)
{
	struct worker *w = &worker[0];

	start(setups[_i].mem, setups[_i].kernel, setups[_i].most_pages);
	for (int i = 0; i < setups[_i].ops; i++) {
		step(w);
		kv_cpu = (u32)(i >> 10) % 2;
		if (i % VALIDATE_EVERY == 0)
			ck_assert_uint_eq(page_alloc_validate(), 0);
		ck_assert_uint_eq(w->bad, 0);
	}
	ck_assert_uint_gt(w->grown, 100);
	empty_all(w);
	ck_assert_uint_eq(w->bad, 0);
	kv_cpu = 0;
	finish();
}
END_TEST

static void *run(void *arg)
{
	struct worker *w = arg;

	kv_cpu = w->id % 2;
	for (int i = 0; i < THREAD_OPS; i++) {
		step(w);
		if (w->id == 0 && i % VALIDATE_EVERY == 0)
			page_alloc_sync_stats();
	}
	empty_all(w);
	return NULL;
}

START_TEST(test_four_threads)
{
	pthread_t thread[NR_THREADS];

	start(setups[_i].mem, setups[_i].kernel, setups[_i].most_pages);
	for (int i = 0; i < NR_THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&thread[i], NULL, run, &worker[i]), 0);
	for (int i = 0; i < NR_THREADS; i++) {
		pthread_join(thread[i], NULL);
		ck_assert_uint_eq(worker[i].bad, 0);
	}
	page_alloc_sync_stats();
	ck_assert_uint_eq(stats.counter[KV_pgalloc], stats.counter[KV_pgfree]);
	finish();
}
END_TEST

/* The validator may be called while others work: it takes the locks. */
static void *validate(void *arg)
{
	unsigned long *broken = arg;

	for (int i = 0; i < 20; i++)
		*broken += page_alloc_validate();
	return NULL;
}

START_TEST(test_invariants_hold_at_any_time)
{
	pthread_t thread[2], checker;
	unsigned long broken = 0;

	start(64 * MIB, 0, 64);
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, run, &worker[i]);
	pthread_create(&checker, NULL, validate, &broken);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	pthread_join(checker, NULL);
	ck_assert_uint_eq(broken, 0);
	finish();
}
END_TEST

#define CHURN_BLOCKS 2000

/* A block freed by another thread than it was taken by. */
static struct page *churn[CHURN_BLOCKS];

static void *churn_put(void *arg)
{
	(void)arg;
	kv_cpu = 1;
	for (int i = 0; i < CHURN_BLOCKS; i++)
		free_pages_block(churn[i], (unsigned int)i % 5);
	return NULL;
}

START_TEST(test_blocks_freed_by_another_thread)
{
	pthread_t thread;

	machine_start(256 * MIB, 0);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < CHURN_BLOCKS; i++) {
			churn[i] = alloc_pages(GFP_KERNEL, (unsigned int)i % 5);
			ck_assert_ptr_nonnull(churn[i]);
		}
		pthread_create(&thread, NULL, churn_put, NULL);
		pthread_join(thread, NULL);
		ck_assert_uint_eq(page_alloc_validate(), 0);
	}
	finish();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("page_stress");
	TCase *t = add_tcase(s, "stress", NULL, NULL, 600);

	ADD_LOOP_TESTS(t, ARRAY_SIZE(setups), test_random_operations,
		       test_four_threads);
	ADD_TESTS(t, test_invariants_hold_at_any_time,
		  test_blocks_freed_by_another_thread);
	return run_suite(s);
}
