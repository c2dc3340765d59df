/* SPDX-License-Identifier: MIT */
/*
 * slub_test.h - what the tests of watched caches share: a machine, caches by
 * their flags, and the text of reports.
 */
#ifndef KV_SLUB_TEST_H
#define KV_SLUB_TEST_H

#include <unistd.h>

#include "mm/slab_test.h"
#include "mm/slub_debug.h"

static int stderr_fd = -1, text_fd = -1;
static char report_text[1 << 16];

/* From here on fd 2 is a file. */
static inline void watch_stderr(void)
{
	char name[] = "/tmp/slub_test.XXXXXX";

	text_fd = mkstemp(name);
	ck_assert_int_ge(text_fd, 0);
	unlink(name);
	stderr_fd = dup(2);
	dup2(text_fd, 2);
}

/* What was written since, terminated; empties it. */
static inline const char *said(void)
{
	ssize_t n = pread(text_fd, report_text, sizeof(report_text) - 1, 0);

	report_text[n > 0 ? n : 0] = 0;
	ck_assert_int_eq(ftruncate(text_fd, 0), 0);
	lseek(text_fd, 0, SEEK_SET);
	return report_text;
}

static inline void restore_stderr(void)
{
	if (stderr_fd < 0)
		return;
	dup2(stderr_fd, 2);
	close(stderr_fd);
	close(text_fd);
	stderr_fd = text_fd = -1;
}

static inline void assert_said(const char *text, const char *what, bool yes)
{
	ck_assert_msg(!strstr(text, what) != yes, "'%s' is%s in:\n%s", what,
		      yes ? " not" : "", text);
}

#define ASSERT_SAID(text, what)	    assert_said(text, what, true)
#define ASSERT_NOT_SAID(text, what) assert_said(text, what, false)

static inline void slub_setup(void)
{
	boot_small();
	watch_stderr();
}

static inline void slub_teardown(void)
{
	restore_stderr();
	slub_debug_setup(NULL);
	slab_set_limits(&(struct slab_limits){ .max_order = SLAB_MAX_ORDER });
	slab_shutdown();
	machine_shutdown();
}

static inline struct kmem_cache *make_watched(u32 size, slab_flags_t flags)
{
	struct kmem_cache *s = cache_create(&(struct cache_args){
		.name = "watched",
		.object_size = size,
		.min_partial = 5,
		.flags = flags,
	});

	ck_assert_ptr_nonnull(s);
	return s;
}

#endif
