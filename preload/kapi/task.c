/* SPDX-License-Identifier: MIT */
/* task.c - see task.h. */
#include "kapi/task.h"

#include "abi/options.h"
#include "kapi/context.h"
#include "kapi/fault.h"
#include "lib/bug.h"
#include "mm/page_alloc.h"
#include "mm/slub_debug.h"
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

bool kapi_interrupted(void)
{
	return kapi_in_interrupt();
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

static void __attribute__((constructor(102))) at_load(void)
{
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
