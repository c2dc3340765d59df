/* SPDX-License-Identifier: MIT */
/*
 * test_vmalloc_stress.c - many areas, many operations, many threads, and the
 * loops of the kernel's own vmalloc test module that apply here (one test
 * each, same shape, fewer rounds). Every test ends with the validator.
 */
#include "vmalloc_test.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

/* the kernel's suite */

enum { LOOPS = 10000, NR_PAGES = 4 };

/* With 32-bit offsets from the base no address needs to be kept whole. */
static void write_and_free(char *p)
{
	*p = 0x5a;
	put(p);
}

START_TEST(test_fix_size_alloc)
{
	for (int i = 0; i < LOOPS; i++)
		write_and_free(must_get(NR_PAGES * PAGE_SIZE));
}
END_TEST

START_TEST(test_full_fit_alloc)
{
	enum { JUNK = 2 * 8192 }; /* fls(CPUs) * 8192 pairs */
	static char *keep[JUNK], *junk[JUNK];

	for (int i = 0; i < JUNK; i++) {
		keep[i] = must_get(PAGE_SIZE);
		junk[i] = must_get(PAGE_SIZE);
	}
	for (int i = 0; i < JUNK; i++)
		put(junk[i]);
	vmalloc_purge(0);
	for (int i = 0; i < LOOPS; i++)
		write_and_free(must_get(PAGE_SIZE));
	for (int i = 0; i < JUNK; i++)
		put(keep[i]);
}
END_TEST

START_TEST(test_long_busy_list_alloc)
{
	enum { LIVE = 15000 };
	static char *live[LIVE];

	for (int i = 0; i < LIVE; i++)
		live[i] = must_get(PAGE_SIZE);
	for (int i = 0; i < LOOPS; i++) {
		char *p = must_get(100 * PAGE_SIZE), *q = must_get(PAGE_SIZE);

		write_and_free(p);
		write_and_free(q);
	}
	for (int i = 0; i < LIVE; i++)
		put(live[i]);
}
END_TEST

START_TEST(test_random_size_alloc)
{
	u64 seed = 1;

	for (int i = 0; i < LOOPS; i++)
		write_and_free(
			must_get((next_random(&seed) % 100 + 1) * PAGE_SIZE));
}
END_TEST

static void aligned(size_t size, size_t align)
{
	char *p = vmalloc_area(GFP_KERNEL | __GFP_ZERO, size, align, NULL);

	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq((size_t)p & (align - 1), 0);
	ck_assert_int_eq(*p, 0);
	write_and_free(p);
}

START_TEST(test_fix_align_alloc)
{
	for (int i = 0; i < LOOPS; i++)
		aligned(5 * PAGE_SIZE, 32 * KIB);
}
END_TEST

START_TEST(test_random_size_align_alloc)
{
	u64 seed = 2;

	for (int i = 0; i < LOOPS; i++)
		aligned((next_random(&seed) % 10 + 1) * PAGE_SIZE,
			(size_t)1 << (20 + next_random(&seed) % 3));
}
END_TEST

/* Expected to fail somewhere: no address space has that alignment. */
START_TEST(test_align_shift_alloc)
{
	int served = 0;

	for (int shift = 0; shift < 64; shift++) {
		char *p = vmalloc_area(GFP_KERNEL, PAGE_SIZE,
				       (size_t)1 << shift, NULL);

		served += p != NULL;
		if (p)
			write_and_free(p);
	}
	ck_assert_int_gt(served, 30);
	ck_assert_int_lt(served, 64);
}
END_TEST

START_TEST(test_no_block_alloc)
{
	u64 seed = 3;

	for (int i = 0; i < LOOPS; i++) {
		gfp_t gfp = i & 1 ? GFP_ATOMIC : GFP_NOWAIT;
		char *p = vmalloc_area(
			gfp, (next_random(&seed) % 100 + 1) * PAGE_SIZE, 0,
			NULL);

		ck_assert_ptr_nonnull(p);
		write_and_free(p);
	}
}
END_TEST

/* many areas: more than the system allows mappings */

enum { MANY = 60000, MANY_SIZE = 132 << 10 };

static int nr_mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	int c, n = 0;

	ck_assert_ptr_nonnull(f);
	while ((c = fgetc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

START_TEST(test_many_areas)
{
	static char *p[MANY];
	u64 seed = 4;
	int before = nr_mappings();

	for (int i = 0; i < MANY; i++) {
		p[i] = must_get(MANY_SIZE);
		*p[i] = (char)i;
	}
	ck_assert_uint_eq(vmalloc_validate(), 0);
	ck_assert_uint_eq(vmap_space.nr_guarded, VMAP_MAX_GUARDED);
	ck_assert_int_lt(nr_mappings(), before + 2 * VMAP_MAX_GUARDED + 100);
	/* every second one goes: the worst that can be done to mappings */
	for (int i = 0; i < MANY; i += 2)
		put(p[i]);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	ck_assert_int_lt(nr_mappings(), 65530);
	for (int i = 0; i < MANY; i += 2)
		*(p[i] = must_get(MANY_SIZE)) = (char)i;
	ck_assert_uint_eq(vmalloc_validate(), 0);
	for (int i = 0; i < MANY; i++) {
		int j = (int)(next_random(&seed) % MANY);
		char *q = p[i];

		p[i] = p[j];
		p[j] = q;
	}
	for (int i = 0; i < MANY; i++)
		put(p[i]);
	vmalloc_purge(0);
	vmalloc_purge(0);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	ck_assert_ptr_null(rb_first(&vmap_space.areas));
	ck_assert_int_lt(nr_mappings(), before + 20);
}
END_TEST

/*
 * A process that has used up its mappings by itself: requests that the cache
 * can't serve fail, frees do not, and all is well when mappings are there.
 */
START_TEST(test_no_mapping_left)
{
	enum { NR = 65600 };
	static char *p[100];
	char *hog = os_reserve(2 * NR * PAGE_SIZE, PAGE_SIZE);
	int made = 0;

	for (int i = 0; i < 100; i++)
		*(p[i] = must_get(MIB)) = 1;
	while (made < NR &&
	       !os_commit(hog + (size_t)made * 2 * PAGE_SIZE, PAGE_SIZE))
		made++;
	if (made == NR) /* this system has a higher limit */
		return;
	for (int i = 0; i < 100; i++)
		put(p[i]);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	for (int i = 0; i < 100; i++) {
		p[i] = get(MIB);
		if (p[i])
			*p[i] = 1;
	}
	ck_assert_uint_eq(vmalloc_validate(), 0);
	ck_assert_int_eq(os_release(hog, 2 * NR * PAGE_SIZE), 0);
	for (int i = 0; i < 100; i++)
		if (p[i])
			put(p[i]);
	for (int i = 0; i < 100; i++)
		*(p[i] = must_get(MIB)) = 1;
	for (int i = 0; i < 100; i++)
		put(p[i]);
	vmalloc_purge(0);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	ck_assert_ptr_null(rb_first(&vmap_space.areas));
}
END_TEST

/* random operations */

enum { SLOTS = 64, STEPS = 120000 };

struct slot {
	char *p;
	size_t size; /* asked */
	u64 tag;
};

static size_t random_size(u64 *seed)
{
	u64 r = next_random(seed);

	switch (r % 16) {
	case 0:
		return next_random(seed) % (4 * MIB) + 1;
	case 1:
	case 2:
		return next_random(seed) % (512 * KIB) + 1;
	default:
		return next_random(seed) % (32 * KIB) + 1;
	}
}

/* Marks only the first pages and the last one: enough, and cheap. */
static void mark_slot(struct slot *s)
{
	size_t edge = min_ul(s->size, 4 * PAGE_SIZE);

	mark(s->p, 0, edge, s->tag);
	s->p[s->size - 1] = (char)s->tag;
}

static bool slot_is_marked(const struct slot *s, size_t size)
{
	size_t edge = min_ul(min_ul(s->size, size), 4 * PAGE_SIZE);

	return marked(s->p, 0, edge - edge % PAGE_SIZE, s->tag);
}

static void slot_alloc(struct slot *s, u64 *seed)
{
	u64 r = next_random(seed);
	gfp_t gfp = r & 1 ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL;
	size_t align = r & 6 ? 0 : (size_t)1 << (12 + (r >> 8) % 12);

	s->size = random_size(seed);
	s->tag = next_random(seed) << 12;
	s->p = vmalloc_area(gfp, s->size, align, NULL);
	if (!s->p)
		return;
	ck_assert_uint_ge(vmalloc_usable(s->p), s->size);
	if (gfp & __GFP_ZERO)
		ck_assert(is_zero(s->p, min_ul(s->size, 64 * KIB)) &&
			  s->p[s->size - 1] == 0);
	mark_slot(s);
}

static void slot_resize(struct slot *s, u64 *seed)
{
	size_t size = random_size(seed);
	char *q = resize(s->p, size);

	if (!q)
		return;
	s->p = q;
	ck_assert(slot_is_marked(s, size));
	s->size = size;
	mark_slot(s);
}

static void slot_free(struct slot *s)
{
	ck_assert(slot_is_marked(s, s->size));
	ck_assert_int_eq(s->p[s->size - 1], (char)s->tag);
	put(s->p);
	s->p = NULL;
}

static void random_step(struct slot *s, u64 *seed)
{
	if (!s->p)
		slot_alloc(s, seed);
	else if (next_random(seed) % 3)
		slot_free(s);
	else
		slot_resize(s, seed);
}

static void random_steps(int steps, u64 seed)
{
	static struct slot slots[SLOTS];

	for (int i = 0; i < steps; i++) {
		u64 r = next_random(&seed);

		random_step(&slots[r % SLOTS], &seed);
		if (r >> 40 == 0)
			vmalloc_purge(0);
		if (i % 512 == 0)
			ck_assert_uint_eq(vmalloc_validate(), 0);
	}
	for (int i = 0; i < SLOTS; i++)
		if (slots[i].p)
			slot_free(&slots[i]);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	vmalloc_purge(0);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	ck_assert_ptr_null(rb_first(&vmap_space.areas));
}

START_TEST(test_random_operations)
{
	random_steps(STEPS, (u64)_i + 1);
}
END_TEST

/* threads */

enum { THREADS = 4, SHARED = 32, THREAD_STEPS = 20000 };

/* Areas handed from thread to thread: whoever takes one out owns it. */
static struct slot *shared[SHARED];
static int running;

static void *thread(void *arg)
{
	static struct slot all[THREADS][SLOTS];
	struct slot *slots = all[(size_t)arg];
	u64 seed = (size_t)arg + 10;

	for (int i = 0; i < SLOTS; i++)
		slots[i].p = NULL;
	for (int i = 0; i < THREAD_STEPS; i++) {
		u64 r = next_random(&seed);
		struct slot *mine = &slots[r % SLOTS], *other;

		random_step(mine, &seed);
		if (!mine->p || (r >> 16) % 4)
			continue;
		/* swap contents with what another thread left there */
		other = malloc(sizeof(*other));
		*other = *mine;
		other = __atomic_exchange_n(&shared[(r >> 20) % SHARED], other,
					    __ATOMIC_ACQ_REL);
		mine->p = NULL;
		if (other)
			*mine = *other;
		free(other);
	}
	for (int i = 0; i < SLOTS; i++)
		if (slots[i].p)
			slot_free(&slots[i]);
	__atomic_sub_fetch(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

START_TEST(test_threads)
{
	pthread_t id[THREADS];

	running = THREADS;
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&id[i], NULL, thread, (void *)i), 0);
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE)) {
		ck_assert_uint_eq(vmalloc_validate(), 0);
		vmalloc_purge(MIB);
		os_yield();
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(id[i], NULL);
	for (int i = 0; i < SHARED; i++) {
		if (shared[i])
			slot_free(shared[i]);
		free(shared[i]);
		shared[i] = NULL;
	}
	vmalloc_purge(0);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	ck_assert_ptr_null(rb_first(&vmap_space.areas));
	ck_assert_uint_eq(counted(KV_vmap_area_free),
			  counted(KV_vmap_area_alloc) +
				  counted(KV_vmap_area_reuse));
}
END_TEST

static void add_stress(Suite *s, const char *name, void (*boot)(void))
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, boot, shutdown_machine);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, test_fix_size_alloc);
	tcase_add_test(t, test_full_fit_alloc);
	tcase_add_test(t, test_long_busy_list_alloc);
	tcase_add_test(t, test_random_size_alloc);
	tcase_add_test(t, test_fix_align_alloc);
	tcase_add_test(t, test_random_size_align_alloc);
	tcase_add_test(t, test_align_shift_alloc);
	tcase_add_test(t, test_no_block_alloc);
	tcase_add_loop_test(t, test_random_operations, 0, 2);
	tcase_add_test(t, test_threads);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("vmalloc stress");
	TCase *t = tcase_create("many");

	add_stress(s, "default", boot_default);
	add_stress(s, "strict", boot_strict);
	add_stress(s, "kernel", boot_kernel);
	tcase_add_checked_fixture(t, boot_default, shutdown_machine);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, test_many_areas);
	tcase_add_test(t, test_no_mapping_left);
	suite_add_tcase(s, t);
	return run_suite(s);
}
