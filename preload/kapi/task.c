/* SPDX-License-Identifier: MIT */
/* task.c - see task.h. */
#include "kapi/context.h"
#include "kapi/task.h"

#include <linux/rcupdate.h>

#include "abi/options.h"
#include "kapi/fault.h"
#include "kapi/symbol.h"
#include "lib/bug.h"
#include "lib/symbol.h"
#include "mm/page_alloc.h"
#include "mm/slub_debug.h"
#include "mm/slub_track.h"
#include "os/os.h"

int kapi_cpu(void)
{
	return (int)kapi_this_cpu();
}

int kapi_pid(void)
{
	return os_gettid();
}

void kapi_comm(char name[16])
{
	os_comm(name);
}

void kapi_write(const char *text, size_t n)
{
	os_write(2, text, n);
}

bool kapi_panic_on_warn(void)
{
	return options[KV_OPT_panic_on_warn].number;
}

unsigned long kapi_slab_reports(void)
{
	return slub_debug_errors();
}

unsigned int *kapi_rcu_nesting(void)
{
	return &kapi_task.rcu_nesting;
}

int *kapi_fail_nth(void)
{
	return &kapi_task.fail_nth;
}

bool kapi_should_fail_slab(const struct kmem_cache *s, gfp_t gfp)
{
	return kapi_fault_slab(s->object_size, s->flags & SLAB_FAILSLAB, gfp);
}

/* What the core asks before each block of pages. From inside, the interface
 * has looked at the context already. */
static bool may_alloc_pages(gfp_t gfp, unsigned int order)
{
	if (!kv_own || !kv_own->in_core)
		(void)kapi_may_alloc(gfp, "alloc_pages");
	return !kapi_fault_pages(gfp, order);
}

/*
 * The pages of an empty SLAB_TYPESAFE_BY_RCU slab wait for readers that may
 * still look at its objects; the page's owner fields are free to queue it.
 */
static void discard_now(struct rcu_head *head)
{
	struct page *slab = container_of((void *)head, struct page, lru);
	struct thread_cache *t = kapi_enter();

	if (!t) { /* a signal handler: another time */
		call_rcu(head, discard_now);
		return;
	}
	slab_discard_waiting(slab);
	kapi_leave(t);
}

static void discard_later(struct page *slab)
{
	static_assert(sizeof(slab->lru) >= sizeof(struct rcu_head),
		      "a page can wait");
	call_rcu((struct rcu_head *)(void *)&slab->lru, discard_now);
}

static void symbol_of(char *buf, size_t size, const void *addr)
{
	kapi_symbol(buf, size, addr, true);
}

static void __attribute__((constructor(102))) at_load(void)
{
	slab_discard_rcu = discard_later;
	slub_capture_stack = kapi_capture_stack;
	kv_symbol_name = symbol_of;
	kapi_fault_setup(options[KV_OPT_failslab].text,
			 options[KV_OPT_fail_page_alloc].text);
	alloc_pages_filter = may_alloc_pages;
}

static unsigned long (*pressure_fn)(void);

static unsigned long on_pressure(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM ? pressure_fn() : 0;
}

void kapi_on_pressure(unsigned long (*fn)(void))
{
	static struct shrinker s = { .name = "rcu", .scan = on_pressure };

	pressure_fn = fn;
	register_shrinker(&s);
}
