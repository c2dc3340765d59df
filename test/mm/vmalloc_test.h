/* SPDX-License-Identifier: MIT */
/* vmalloc_test.h - what the tests of the vmalloc layer share. */
#ifndef VMALLOC_TEST_H
#define VMALLOC_TEST_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "mm/page_alloc.h"
#include "mm/stats.h"
#include "mm/vmap.h"
#include "os/os.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/* Then address space is not what it was: terabytes of it are in use. */
enum { UNDER_SANITIZER = 1 };

/* Traps are expected, and areas that a test leaves behind as well. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);
const char *__asan_default_options(void)
{
	return "handle_segv=0:allow_user_segv_handler=1:detect_leaks=0";
}
const char *__tsan_default_options(void)
{
	return "handle_segv=0:allow_user_segv_handler=1";
}
#else
enum { UNDER_SANITIZER = 0 };
#endif

static inline void boot_machine(size_t mem, int kernel, bool overcommit)
{
	struct machine_config cfg = {
		.mem = mem,
		.cpus = 2,
		.kernel = kernel,
		.overcommit = overcommit,
	};

	ck_assert_int_eq(machine_boot(&cfg), 0);
	ck_assert_int_eq(vmalloc_boot(), 0);
}

static inline void boot_default(void)
{
	boot_machine(4 * GIB, 0, true);
}

static inline void boot_kernel(void)
{
	boot_machine(4 * GIB, 700, true);
}

/* A machine of 256 MiB that refuses what it does not have. */
static inline void boot_strict(void)
{
	boot_machine(256 * MIB, 0, false);
}

static inline void shutdown_machine(void)
{
	ck_assert_uint_eq(vmalloc_validate(), 0);
	vmalloc_shutdown();
	machine_shutdown();
}

static inline char *get(size_t size)
{
	return vmalloc_area(GFP_KERNEL, size, 0, NULL);
}

/* An area that must be there. */
static inline char *must_get(size_t size)
{
	char *p = get(size);

	ck_assert_ptr_nonnull(p);
	return p;
}

static inline void put(void *p)
{
	ck_assert_int_eq(vfree_area(p), 0);
}

static inline void *resize(void *p, size_t size)
{
	return vrealloc_area(p, size, GFP_KERNEL, NULL);
}

static inline u64 counted(enum kv_counter c)
{
	return stats.counter[c];
}

/* The first word of each page says which page of what it is. */
static inline void mark(char *p, size_t from, size_t to, u64 tag)
{
	for (size_t at = ALIGN_UP(from, PAGE_SIZE); at < to; at += PAGE_SIZE)
		*(u64 *)(void *)(p + at) = tag ^ at;
}

static inline bool marked(const char *p, size_t from, size_t to, u64 tag)
{
	for (size_t at = ALIGN_UP(from, PAGE_SIZE); at < to; at += PAGE_SIZE)
		if (*(const u64 *)(const void *)(p + at) != (tag ^ at))
			return false;
	return true;
}

static inline bool is_zero(const char *p, size_t size)
{
	return !*p && !memcmp(p, p + 1, size - 1);
}

static inline size_t resident(char *p, size_t size)
{
	size_t nr = size / os_page_size(), found = 0;
	u8 *vec = malloc(nr);

	ck_assert_int_eq(os_mincore(p, size, vec), 0);
	for (size_t i = 0; i < nr; i++)
		found += vec[i] & 1;
	free(vec);
	return found * os_page_size();
}

/* A small generator of its own, so that runs repeat. */
static inline u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline int run_suite(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
