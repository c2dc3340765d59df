/* SPDX-License-Identifier: MIT */
/*
 * fork.c - fork handlers.
 *
 * Registered at the first allocation, before others' handlers as a rule, so
 * that ours runs last before the fork and first after it; what handlers
 * allocate in between goes through, since the gate lets the forking thread in.
 * vfork, posix_spawn and clone(CLONE_VM) run no handlers and need none: the
 * child shares memory and thread cache with its suspended parent.
 */
#include "abi/fork.h"

#include <pthread.h>

#include "abi/gate.h"
#include "abi/thread.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"
#include "prof/prof.h"
#include "prof/report.h"
#include "prof/trace.h"
#include "prof/watch.h"

#ifdef KV_KAPI
const struct fork_frames *fork_frames;
#define FRAMES(when)                         \
	do {                                 \
		if (fork_frames)             \
			fork_frames->when(); \
	} while (0)
#else
#define FRAMES(when) ((void)0)
#endif

static void prepare(void)
{
	struct thread_cache *t = thread_self();

	if (!t)
		return;
	gate_close(t);
	FRAMES(before);
}

static void parent(void)
{
	FRAMES(parent);
	if (kv_own)
		gate_open(kv_own);
}

/* Locks are free already unless the gate's deadline passed. */
static void child(void)
{
	struct thread_cache *t = kv_own;

	FRAMES(child);
	if (!t)
		return;
	thread_fork_child(t);
	page_alloc_fork_child();
	slab_fork_child();
	vmalloc_fork_child();
	report_fork_child(thread_list(), t);
	watch_fork_child();
	prof_fork_child(thread_list(), t);
	trace_fork_child(thread_list());
	thread_fast_paths(t);
	gate_open(t);
}

/*
 * glibc's pthread_atfork is a static stub around __register_atfork, which
 * musl lacks; musl exports the other. Both weak, the library loads on either.
 */
extern int __register_atfork(void (*before)(void), void (*in_parent)(void),
			     void (*in_child)(void), void *dso)
	__attribute__((weak));
#pragma weak pthread_atfork

void fork_init(void)
{
	if (&__register_atfork)
		__register_atfork(prepare, parent, child, NULL);
	else if (&pthread_atfork)
		pthread_atfork(prepare, parent, child);
}
