/* SPDX-License-Identifier: MIT */
/*
 * slub_report.h - what is said about a slab that is not as it should be, in
 * the kernel's words and form.
 *
 * Each function writes one block of lines to fd 2 under a lock of its own,
 * without allocating. Those marked (counts) are a report each.
 */
#ifndef KV_SLUB_REPORT_H
#define KV_SLUB_REPORT_H

#include "mm/slub_track.h"

#define FORMAT(fmt, args) __attribute__((cold, format(printf, fmt, args)))

/* The line of =, "BUG <cache> (Not tainted): ...", the line of -. (counts) */
void slab_bug(const struct kmem_cache *s, const char *fmt, ...) FORMAT(2, 3);

/* "FIX <cache>: ..." (counts) */
void slab_fix(const struct kmem_cache *s, const char *fmt, ...) FORMAT(2, 3);

/* slab_bug() and all that is known of the slab. (counts) */
void slab_err(const struct kmem_cache *s, const struct page *slab,
	      const char *fmt, ...) FORMAT(3, 4);

/* slab_bug() and all that is known of the object. (counts) */
void object_err(const struct kmem_cache *s, const struct page *slab,
		const void *p, const char *reason) __attribute__((cold));

/* Who had the object; the slab; the object's and its surroundings' bytes. */
void print_trailer(const struct kmem_cache *s, const struct page *slab,
		   const void *p);

/* A live object of a cache that ends. (counts) */
void report_remaining(const struct kmem_cache *s, const struct page *slab,
		      const void *p);

/* TRACE line of an allocation or free. */
void report_trace(const struct kmem_cache *s, const struct page *slab,
		  const void *p, bool alloc);

/* "Bytes", 16 a line: TEXT ADDRESS: HEX TEXT. */
void print_section(const char *text, const void *p, size_t size);

/* The calls that led to a report, as far as they are known. */
void print_stack(const struct who *who);

/* What was reported is complete: with panic_on_warn the process ends. */
void report_end(void);

void slub_report_fork_child(void);

#endif
