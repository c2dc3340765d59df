/* SPDX-License-Identifier: MIT */
/*
 * test_slub_debug.c - watched caches: the equivalents of the kernel's own
 * tests (slub_kunit with its exact numbers of reports, 4.19's resiliency
 * test), and the checks at each allocation and free.
 */
#include <stdio.h>

#include "mm/slub_test.h"
#include "mm/slub_track.h"

enum {
	FZPU = SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON |
	       SLAB_STORE_USER,
};

/* Two places in the program, as callers. */
static const char here[2];

static struct kmem_cache *s;
static unsigned char *p;

static void *get(size_t asked)
{
	void *obj = slub_debug_alloc(s, GFP_KERNEL, asked, &here[0]);

	ck_assert_ptr_nonnull(obj);
	return obj;
}

static void put(void *obj)
{
	slub_debug_free(s, obj, &here[0]);
}

static void make(u32 size, slab_flags_t flags)
{
	s = make_watched(size, flags);
	p = get(0);
}

static unsigned long validate(void)
{
	return slub_validate_cache(s);
}

/* slub_kunit */

START_TEST(test_clobber_zone)
{
	make(64, SLAB_RED_ZONE);
	p[64] = 0x12;
	ck_assert_uint_eq(validate(), 2);
	ASSERT_SAID(said(), "Right Redzone overwritten");
	ck_assert_uint_eq(validate(), 0);
	put(p);
	ck_assert_uint_eq(validate(), 0);
}
END_TEST

START_TEST(test_next_pointer)
{
	unsigned char *link;
	void *kept;

	make(64, SLAB_POISON);
	put(p);
	kept = *slub_debug_freepointer(s, p);
	link = (unsigned char *)slub_debug_freepointer(s, p);
	*link = (unsigned char)~*link;
	ck_assert_uint_eq(validate(), 3);
	ASSERT_SAID(said(), "Freechain corrupt");
	/* repaired: the objects behind are found again */
	*slub_debug_freepointer(s, p) = kept;
	ck_assert_uint_eq(validate(), 2);
	ASSERT_SAID(said(), "Object count adjusted");
	ck_assert_uint_eq(validate(), 0);
	ck_assert_uint_eq(slab_validate(), 0);
}
END_TEST

static void clobber_freed(slab_flags_t flags, size_t at, const char *what)
{
	make(64, flags);
	put(p);
	p[at] = 0xab;
	ck_assert_uint_eq(validate(), 2);
	ASSERT_SAID(said(), what);
	ck_assert_uint_eq(validate(), 0);
}

START_TEST(test_first_word)
{
	clobber_freed(SLAB_POISON, 0, "[Poison overwritten]");
}
END_TEST

START_TEST(test_clobber_50th_byte)
{
	clobber_freed(SLAB_POISON, 50, "[Poison overwritten]");
}
END_TEST

START_TEST(test_clobber_last_byte)
{
	clobber_freed(SLAB_POISON, 63, "[End Poison overwritten]");
}
END_TEST

START_TEST(test_clobber_redzone_free)
{
	clobber_freed(SLAB_RED_ZONE, 64, "[Right Redzone overwritten]");
}
END_TEST

START_TEST(test_kmalloc_redzone_access)
{
	s = make_watched(32, SLAB_KMALLOC | SLAB_STORE_USER | SLAB_RED_ZONE);
	p = get(18);
	p[18] = p[19] = 0xab;
	ck_assert_uint_eq(validate(), 2);
	ASSERT_SAID(said(), "[kmalloc Redzone overwritten]");
	ck_assert_uint_eq(validate(), 0);
}
END_TEST

START_TEST(test_krealloc_redzone_zeroing)
{
	s = make_watched(64, SLAB_KMALLOC | SLAB_STORE_USER | SLAB_RED_ZONE);
	p = slub_debug_alloc(s, GFP_KERNEL | __GFP_ZERO, 48, NULL);
	slub_debug_resize(s, p, 40, true);
	ck_assert(all_bytes(p, 40, 0));
	ck_assert(all_bytes(p + 40, 24, 0xcc));
	slub_debug_resize(s, p, 56, true);
	ck_assert(all_bytes(p, 56, 0));
	ck_assert(all_bytes(p + 56, 8, 0xcc));
	ck_assert_uint_eq(slub_debug_size(s, p), 56);
	ck_assert_uint_eq(validate(), 0);
}
END_TEST

START_TEST(test_leak_destroy)
{
	unsigned long before = slub_debug_errors();
	char line[64];
	void *obj;

	s = make_watched(64, SLAB_NO_MERGE);
	ck_assert_uint_eq(slab_alloc_batch(s, GFP_KERNEL, &obj, 1), 1);
	ck_assert_uint_eq(cache_destroy(s), 1);
	ck_assert_uint_eq(slub_debug_errors() - before, 2);
	snprintf(line, sizeof(line), "Object 0x%016lx @offset=0",
		 (unsigned long)obj);
	ASSERT_SAID(said(), "Objects remaining on __kmem_cache_shutdown()");
	ASSERT_SAID(report_text, line);
}
END_TEST

/* 4.19's resiliency_test(), each with all checks */

static const struct clobber {
	u32 size;
	unsigned int at;
	unsigned char byte;
	bool freed;
	unsigned int reports;
	const char *what;
} clobbers[] = {
	{ 16, 16, 0x12, false, 2, "[Right Redzone overwritten]" },
	/* behind the red zone lies the free pointer */
	{ 32, 40, 0x34, false, 1, "Freepointer corrupt" },
	{ 64, 64 + 7, 0x56, false, 2, "[Right Redzone overwritten]" },
	{ 128, 0, 0x78, true, 2, "[Poison overwritten]" },
	{ 256, 50, 0x9a, true, 2, "[Poison overwritten]" },
	{ 512, 512, 0xab, true, 2, "[Right Redzone overwritten]" },
};

START_TEST(test_resiliency)
{
	const struct clobber *c = &clobbers[_i];

	make(c->size, FZPU);
	if (c->freed)
		put(p);
	p[c->at] = c->byte;
	ck_assert_uint_eq(validate(), c->reports);
	ASSERT_SAID(said(), c->what);
	ck_assert_uint_eq(validate(), 0);
}
END_TEST

/* what is found at once, by the call itself */

static unsigned long reports_of_free(void *obj)
{
	unsigned long before = slub_debug_errors();

	put(obj);
	return slub_debug_errors() - before;
}

START_TEST(test_overflow_is_found_at_free)
{
	make(64, FZPU);
	p[64] = 1;
	ck_assert_uint_eq(reports_of_free(p), 3);
	said();
	ASSERT_SAID(report_text, "BUG watched (Not tainted): [Right Redzone");
	ASSERT_SAID(report_text, "First byte 0x1 instead of 0xcc");
	ASSERT_SAID(report_text, "FIX watched: Restoring Right Redzone");
	ASSERT_SAID(report_text, "not freed");
	ASSERT_SAID(report_text, "Allocated in ");
	ASSERT_SAID(report_text, "Call Trace:");
	/* leaked */
	ck_assert_ptr_ne(get(0), p);
	ck_assert_uint_eq(cache_nr_inuse(s), 2);
}
END_TEST

START_TEST(test_underflow_is_found_at_free)
{
	make(64, FZPU);
	p[-1] = 1;
	ck_assert_uint_eq(reports_of_free(p), 3);
	ASSERT_SAID(said(), "[Left Redzone overwritten]");
}
END_TEST

START_TEST(test_padding_is_watched)
{
	make(64, FZPU);
	p[s->size - s->red_left_pad - 1] = 1;
	ck_assert_uint_eq(reports_of_free(p), 3);
	ASSERT_SAID(said(), "[Object padding overwritten]");
}
END_TEST

START_TEST(test_alignment_padding_is_watched)
{
	make(60, SLAB_CONSISTENCY_CHECKS | SLAB_POISON);
	p[62] = 1;
	ck_assert_uint_eq(reports_of_free(p), 3);
	ASSERT_SAID(said(), "[Alignment padding overwritten]");
}
END_TEST

START_TEST(test_slab_padding_is_watched)
{
	struct page *slab;

	make(96, FZPU);
	slab = virt_to_page(p);
	((char *)page_address(slab))[(PAGE_SIZE << slab->order) - 1] = 1;
	ck_assert_uint_eq(validate(), 2);
	ASSERT_SAID(said(), "Padding overwritten. 0x");
	ck_assert_uint_eq(validate(), 0);
}
END_TEST

START_TEST(test_double_free)
{
	void *other;

	make(64, FZPU);
	other = get(0);
	put(p);
	put(other);
	ck_assert_uint_eq(reports_of_free(p), 2);
	ASSERT_SAID(said(), "Object already free");
	ASSERT_SAID(report_text, "Freed in ");
	ck_assert_uint_eq(validate(), 0);
}
END_TEST

START_TEST(test_interior_pointer)
{
	make(64, FZPU);
	ck_assert_uint_eq(reports_of_free(p + 8), 2);
	ASSERT_SAID(said(), "Invalid object pointer 0x");
	ck_assert_uint_eq(reports_of_free(p), 0);
}
END_TEST

START_TEST(test_wrong_cache)
{
	struct kmem_cache *right;

	make(64, FZPU);
	right = s;
	s = make_watched(64, FZPU);
	ck_assert_uint_eq(reports_of_free(p), 2);
	ASSERT_SAID(said(), "not freed");
	s = right;
	ck_assert_uint_eq(reports_of_free(p), 0);
}
END_TEST

START_TEST(test_pointer_that_is_in_no_slab)
{
	struct page *page;

	make(64, FZPU);
	page = alloc_pages(GFP_KERNEL, 0);
	ck_assert_uint_eq(reports_of_free(page_address(page)), 2);
	ASSERT_SAID(said(), "outside of slab");
	free_pages_block(page, 0);
}
END_TEST

START_TEST(test_write_after_free_is_found_at_alloc)
{
	unsigned char *next;
	unsigned long before;

	make(64, FZPU);
	put(p);
	p[10] = 0;
	before = slub_debug_errors();
	next = get(0);
	/* the poison, its repair, and the slab that is out of use */
	ck_assert_uint_eq(slub_debug_errors() - before, 3);
	ASSERT_SAID(said(), "[Poison overwritten]");
	ASSERT_SAID(report_text, "Marking all objects used");
	ck_assert_ptr_ne(virt_to_page(next), virt_to_page(p));
	ck_assert_uint_eq(slab_validate(), 0);
}
END_TEST

START_TEST(test_broken_link_is_found_without_checks)
{
	make(64, SLAB_POISON);
	put(p);
	*slub_debug_freepointer(s, p) = &s;
	ck_assert_ptr_eq(get(0), p);
	ASSERT_SAID(said(), "Isolate corrupted freechain");
	ck_assert_ptr_ne(virt_to_page(get(0)), virt_to_page(p));
	ck_assert_uint_eq(slab_validate(), 0);
}
END_TEST

START_TEST(test_link_to_a_live_object_is_not_followed)
{
	unsigned char *live;

	make(64, SLAB_POISON | SLAB_CONSISTENCY_CHECKS);
	live = get(0);
	memset(live, 1, 64);
	put(p);
	*slub_debug_freepointer(s, p) = live;
	ck_assert_uint_eq(validate(), 3);
	ASSERT_SAID(said(), "Freechain corrupt");
	ck_assert_ptr_eq(get(0), p);
	ck_assert_ptr_ne(get(0), live);
}
END_TEST

START_TEST(test_cycle)
{
	make(64, SLAB_POISON);
	put(p);
	*slub_debug_freepointer(s, p) = p;
	ck_assert_uint_eq(validate(), 2);
	ASSERT_SAID(said(), "Freelist cycle detected");
	ASSERT_SAID(report_text, "Freelist cleared");
	ck_assert_uint_eq(slab_validate(), 0);
	ck_assert_uint_eq(validate(), 0);
}
END_TEST

START_TEST(test_counter_is_checked)
{
	make(64, FZPU);
	virt_to_page(p)->slab.inuse++;
	ck_assert_uint_eq(validate(), 2);
	ASSERT_SAID(said(),
		    "Wrong object count. Counter is 2 but counted were 1");
	ck_assert_uint_eq(virt_to_page(p)->slab.inuse, 1);
}
END_TEST

START_TEST(test_without_checks_a_double_free_is_fatal)
{
	restore_stderr();
	make(64, SLAB_RED_ZONE);
	put(p);
	put(p);
}
END_TEST

START_TEST(test_panic_on_warn_aborts)
{
	restore_stderr();
	slub_debug_set_panic(true);
	make(64, FZPU);
	p[64] = 1;
	put(p);
}
END_TEST

/* bytes */

START_TEST(test_bytes_of_a_live_object)
{
	s = make_watched(64, FZPU | SLAB_KMALLOC);
	p = get(40);
	ck_assert(all_bytes(p - s->red_left_pad, s->red_left_pad, 0xcc));
	ck_assert(all_bytes(p, 39, 0x6b));
	ck_assert_uint_eq(p[39], 0xa5);
	ck_assert(all_bytes(p + 40, 24 + 8, 0xcc));
	ck_assert_uint_eq(p[s->size - s->red_left_pad - 1], 0x5a);
}
END_TEST

START_TEST(test_bytes_of_a_free_object)
{
	make(64, FZPU);
	put(p);
	ck_assert(all_bytes(p - s->red_left_pad, s->red_left_pad, 0xbb));
	ck_assert(all_bytes(p, 63, 0x6b));
	ck_assert_uint_eq(p[63], 0xa5);
	ck_assert(all_bytes(p + 64, 8, 0xbb));
}
END_TEST

START_TEST(test_zeroed_up_to_what_was_asked)
{
	s = make_watched(64, FZPU | SLAB_KMALLOC);
	p = slub_debug_alloc(s, GFP_KERNEL | __GFP_ZERO, 40, NULL);
	ck_assert(all_bytes(p, 40, 0));
	ck_assert(all_bytes(p + 40, 24, 0xcc));
}
END_TEST

static unsigned int constructed;

static void construct(void *obj)
{
	memset(obj, 0x41, 64);
	constructed++;
}

static void make_constructed(slab_flags_t flags)
{
	constructed = 0;
	s = cache_create(&(struct cache_args){ .name = "made",
					       .object_size = 64,
					       .flags = flags,
					       .ctor = construct });
	p = get(0);
}

START_TEST(test_constructed_objects_are_not_poisoned)
{
	make_constructed(FZPU);
	ck_assert_uint_eq(constructed, s->objects);
	ck_assert(all_bytes(p, 64, 0x41));
	put(p);
	ck_assert(all_bytes(p, 64, 0x41));
	ck_assert_ptr_eq(get(0), p);
	ck_assert(all_bytes(p, 64, 0x41));
	ck_assert_uint_eq(validate(), 0);
}
END_TEST

START_TEST(test_objects_of_rcu_caches_are_not_poisoned)
{
	make(64, FZPU | SLAB_TYPESAFE_BY_RCU);
	memset(p, 0x77, 64);
	put(p);
	ck_assert(all_bytes(p, 64, 0x77));
	ck_assert_uint_eq(validate(), 0);
}
END_TEST

/* many, in any order, with several slabs coming and going */
START_TEST(test_nothing_to_report_where_nothing_is_wrong)
{
	enum { N = 400 };
	static void *objs[N];
	u64 seed = 42 + (u64)_i;
	unsigned long before = slub_debug_errors();
	slab_flags_t sets[] = { FZPU,
				FZPU | SLAB_KMALLOC,
				SLAB_RED_ZONE,
				SLAB_POISON,
				SLAB_CONSISTENCY_CHECKS,
				SLAB_STORE_USER | SLAB_KMALLOC };

	s = make_watched(8u << _i, sets[_i % 6]);
	for (int i = 0; i < 20000; i++) {
		size_t k = next_random(&seed) % N;

		if (objs[k]) {
			memset(objs[k], 0xff, slub_debug_size(s, objs[k]));
			put(objs[k]);
			objs[k] = NULL;
		} else {
			objs[k] = get(1 + next_random(&seed) % (8u << _i));
		}
	}
	ck_assert_uint_eq(slab_validate(), 0);
	ck_assert_uint_eq(validate(), 0);
	for (int i = 0; i < N; i++)
		if (objs[i])
			put(objs[i]);
	ck_assert_uint_eq(cache_nr_inuse(s), 0);
	ck_assert_uint_eq(cache_destroy(s), 0);
	ck_assert_uint_eq(slub_debug_errors(), before);
	ck_assert_uint_eq(page_alloc_validate(), 0);
}
END_TEST

START_TEST(test_trace_prints_each_call)
{
	char line[64];

	make(64, SLAB_TRACE);
	snprintf(line, sizeof(line), "TRACE watched alloc 0x%016lx inuse=1",
		 (unsigned long)p);
	ASSERT_SAID(said(), line);
	put(p);
	ASSERT_SAID(said(), "TRACE watched free 0x");
}
END_TEST

/* alloc_traces */

START_TEST(test_traces_by_caller)
{
	static char text[4096];

	make(64, FZPU);
	get(0);
	slub_debug_alloc(s, GFP_KERNEL, 0, &here[1]);
	ck_assert_uint_eq(slub_debug_traces(s, true, text, sizeof(text)),
			  strlen(text));
	ck_assert_msg(!strncmp(text, "      2 ", 8), "%s", text);
	ASSERT_SAID(text, "\n      1 ");
	ASSERT_SAID(text, " age=");
	ASSERT_SAID(text, " pid=");
	ASSERT_SAID(text, " cpus=0\n");
}
END_TEST

START_TEST(test_traces_of_what_was_freed)
{
	static char text[4096];

	make(64, FZPU);
	slub_debug_traces(s, false, text, sizeof(text));
	ASSERT_SAID(text, "<not-available>");
	put(p);
	ck_assert_ptr_eq(get(0), p);
	slub_debug_traces(s, false, text, sizeof(text));
	ASSERT_NOT_SAID(text, "<not-available>");
}
END_TEST

START_TEST(test_traces_tell_the_waste)
{
	static char text[4096];

	s = make_watched(64, FZPU | SLAB_KMALLOC);
	get(40);
	get(40);
	slub_debug_traces(s, true, text, sizeof(text));
	ASSERT_SAID(text, " waste=48/24 ");
}
END_TEST

/* Who can unwind tells the calls that led here. */
static unsigned int captured;

static unsigned int capture(const void **frames, unsigned int max)
{
	ck_assert_uint_ge(max, 2);
	frames[0] = (const void *)(size_t)0x1234;
	frames[1] = (const void *)(size_t)(0x5678 + captured % 2);
	captured++;
	return 2;
}

START_TEST(test_stacks)
{
	static char text[4096];
	u32 first;

	captured = 0;
	slub_capture_stack = capture;
	make(64, FZPU);
	first = track_of(s, p, TRACK_ALLOC)->stack;
	ck_assert_uint_ne(track_of(s, get(0), TRACK_ALLOC)->stack, first);
	ck_assert_uint_eq(track_of(s, get(0), TRACK_ALLOC)->stack, first);
	slub_debug_traces(s, true, text, sizeof(text));
	ASSERT_SAID(text, "\n        0x1234\n        0x5678\n\n");
	ASSERT_SAID(text, "\n        0x1234\n        0x5679\n\n");
	p[64] = 1;
	put(p);
	ASSERT_SAID(said(), " pid=");
	ASSERT_SAID(report_text, "\n 0x1234\n 0x5678\nSlab 0x");
	ASSERT_SAID(report_text,
		    "Call Trace:\n <TASK>\n 0x1234\n 0x5679\n </TASK>\n");
	slub_capture_stack = NULL;
}
END_TEST

START_TEST(test_no_stacks_without_tracks)
{
	captured = 0;
	slub_capture_stack = capture;
	make(64, SLAB_RED_ZONE);
	put(p);
	ck_assert_uint_eq(captured, 0);
	slub_capture_stack = NULL;
}
END_TEST

START_TEST(test_no_traces)
{
	char text[16];

	s = make_watched(64, SLAB_RED_ZONE);
	get(0);
	ck_assert_uint_eq(slub_debug_traces(s, true, text, sizeof(text)), 8);
	ck_assert_str_eq(text, "No data\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slub debug");
	TCase *t = add_tcase(suite, "kunit", slub_setup, slub_teardown, 20);

	ADD_TESTS(t, test_clobber_zone, test_next_pointer, test_first_word,
		  test_clobber_50th_byte, test_clobber_last_byte,
		  test_clobber_redzone_free, test_kmalloc_redzone_access,
		  test_krealloc_redzone_zeroing, test_leak_destroy);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(clobbers), test_resiliency);

	t = add_tcase(suite, "calls", slub_setup, slub_teardown, 20);
	ADD_TESTS(t, test_overflow_is_found_at_free,
		  test_underflow_is_found_at_free, test_padding_is_watched,
		  test_alignment_padding_is_watched,
		  test_slab_padding_is_watched, test_double_free,
		  test_interior_pointer, test_wrong_cache,
		  test_pointer_that_is_in_no_slab,
		  test_write_after_free_is_found_at_alloc,
		  test_broken_link_is_found_without_checks,
		  test_link_to_a_live_object_is_not_followed, test_cycle,
		  test_counter_is_checked, test_trace_prints_each_call);
	ADD_ABORT_TESTS(t, test_without_checks_a_double_free_is_fatal,
			test_panic_on_warn_aborts);
	ADD_LOOP_TESTS(t, 11, test_nothing_to_report_where_nothing_is_wrong);

	t = add_tcase(suite, "bytes", slub_setup, slub_teardown, 20);
	ADD_TESTS(t, test_bytes_of_a_live_object, test_bytes_of_a_free_object,
		  test_zeroed_up_to_what_was_asked,
		  test_constructed_objects_are_not_poisoned,
		  test_objects_of_rcu_caches_are_not_poisoned);

	t = add_tcase(suite, "traces", slub_setup, slub_teardown, 20);
	ADD_TESTS(t, test_traces_by_caller, test_traces_of_what_was_freed,
		  test_traces_tell_the_waste, test_stacks,
		  test_no_stacks_without_tracks, test_no_traces);
	return run_suite(suite);
}
