/* SPDX-License-Identifier: MIT */
/*
 * kapi.h - what the files of the kernel's interface share.
 *
 * The interface is declared in include/linux/, by the kernel's names. Two
 * kinds of source files implement it, since the core uses some of these names
 * for its own things (struct page, list_head, spin_lock):
 *
 *   inside    includes kapi.h and the core's headers. Of include/linux/ it
 *             may include what declares allocation functions (slab.h, gfp.h,
 *             vmalloc.h, percpu.h, highmem.h): with KV_KAPI_INSIDE these
 *             declare functions and include nothing but linux/types.h.
 *   outside   includes <linux/...> alone, as a user would.
 *
 * What is exported is what the headers in include/linux/ declare: they are
 * within `#pragma GCC visibility push(default)`; all else is hidden, and
 * local in libkvkernel.a.
 *
 * Contexts and injected faults are asked about in the core, where the kernel
 * asks: hooks.h has the questions.
 */
#ifndef KV_KAPI_H
#define KV_KAPI_H

#define KV_KAPI_INSIDE

#include "mm/sheaf.h"

/*
 * Enters the core on behalf of the calling thread: its cache, or NULL when
 * that can't be now (a signal handler interrupted the core): an atomic request
 * then fails, and what is freed is left for later. Waits for a fork to end.
 * Boots the machine at the first call; aborts if that fails.
 */
struct thread_cache *kapi_enter(void);
void kapi_leave(struct thread_cache *t);

/*
 * The same, and nobody else is inside until it is left: other threads' sheaves
 * may be touched. NULL: the thread was inside.
 */
struct thread_cache *kapi_enter_alone(void);
void kapi_leave_alone(struct thread_cache *t);

#endif
