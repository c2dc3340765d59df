/* SPDX-License-Identifier: MIT */
/*
 * kmem_cache.c - caches of equal objects: made, merged, shrunk, ended.
 *
 * A lock of its own serialises that; a cache's slabs have the core's locks.
 * What can be merged is the core's rule (mm/slab_merge.h), what a slab looks
 * like too. A cache that ends with objects left is told, and leaked.
 */
#include "kapi/slab.h"

#include <errno.h>
#include <linux/rcupdate.h>
#include <string.h>

#include "abi/thread.h"
#include "kapi/context.h"
#include "kapi/profile.h"
#include "kapi/report.h"
#include "kapi/slab_stat.h"
#include "kapi/symbol.h"
#include "mm/page_alloc.h"
#include "mm/slab_merge.h"
#include "mm/slub_debug.h"

static struct spinlock caches_mutex;

void kapi_caches_lock(void)
{
	spin_lock(&caches_mutex);
}

void kapi_caches_unlock(void)
{
	spin_unlock(&caches_mutex);
}

static const slab_flags_t known_flags =
#define X(name, bit, help) | SLAB_##name
	0 SLAB_FLAGS(X);
#undef X

static bool name_is_taken(const char *name)
{
	for (unsigned int i = 1; i < nr_caches; i++)
		if (cache_is_live(&caches[i]) && !strcmp(caches[i].name, name))
			return true;
	return false;
}

static int check_args(const char *name, unsigned int size, slab_flags_t flags)
{
	if (!name || kapi_in_interrupt() || !size || size > KMALLOC_MAX_SIZE ||
	    (flags & ~known_flags))
		return -EINVAL;
	KAPI_WARN(name_is_taken(name), "kmem_cache of name '%s' already exists",
		  name);
	KAPI_WARN(strchr(name, ' '), "kmem_cache name '%s' has a space", name);
	return 0;
}

/* The creator's wish, and what sheaves there are room for. */
static u16 capacity_for(const struct cache_args *a, unsigned int asked)
{
	unsigned int capacity = sheaf_capacity_for(
		ALIGN_UP(a->object_size, a->align ? a->align : 8));
	enum { LARGEST = 60 };

	return (u16)clamp_ul(asked, capacity, LARGEST);
}

static struct kmem_cache *make(const char *name, unsigned int size,
			       const struct kmem_cache_args *args,
			       slab_flags_t flags)
{
	struct cache_args a = {
		.name = name,
		.object_size = size,
		.align = calculate_alignment(flags, args->align, size),
		.min_partial = (u16)min_partial_for(size),
		.max_full = 10,
		.flags = flags,
		.ctor = args->ctor,
		.useroffset = args->useroffset,
		.usersize = args->usersize,
		.use_freeptr_offset = args->use_freeptr_offset,
		.freeptr_offset = args->freeptr_offset,
	};
	struct kmem_cache *s = NULL;

	if (KAPI_WARN(a.usersize > size || a.useroffset > size - a.usersize,
		      NULL))
		a.usersize = a.useroffset = 0;
	a.sheaf_capacity = capacity_for(&a, args->sheaf_capacity);
	if (!args->sheaf_capacity)
		s = slab_merge(&a);
	if (s)
		return s;
	s = cache_create(&a);
	if (s) {
		kapi_profile_cache(s);
		slab_stat_begin(s);
	}
	return s;
}

static void failed(const char *name, slab_flags_t flags, int err)
{
	if (flags & SLAB_PANIC)
		panic("kmem_cache_create: Failed to create slab '%s'. "
		      "Error %d",
		      name, err);
	kapi_pr("kmem_cache_create(%s) failed with error %d", name, err);
	dump_stack();
}

static struct kmem_cache *create(const char *name, unsigned int size,
				 const struct kmem_cache_args *args,
				 slab_flags_t flags)
{
	struct thread_cache *t = kapi_enter();
	struct kmem_cache *s = NULL;
	int err;

	kapi_caches_lock();
	err = t ? check_args(name, size, flags) : -ENOMEM;
	if (!err) {
		s = make(name, size, args, flags);
		err = s ? 0 : -ENOMEM;
	}
	kapi_caches_unlock();
	if (t)
		kapi_leave(t);
	if (err)
		failed(name ? name : "(null)", flags, err);
	return s;
}

struct kmem_cache *__kmem_cache_create_args(const char *name,
					    unsigned int object_size,
					    struct kmem_cache_args *args,
					    slab_flags_t flags)
{
	static const struct kmem_cache_args none;

	return create(name, object_size, args ? args : &none, flags);
}

struct kmem_cache *kmem_cache_create_kv5(const char *name, unsigned int size,
					 unsigned int align, slab_flags_t flags,
					 void (*ctor)(void *))
{
	struct kmem_cache_args args = { .align = align, .ctor = ctor };

	return create(name, size, &args, flags);
}

struct kmem_cache *
kmem_cache_create_usercopy(const char *name, unsigned int size,
			   unsigned int align, slab_flags_t flags,
			   unsigned int useroffset, unsigned int usersize,
			   void (*ctor)(void *))
{
	struct kmem_cache_args args = { .align = align,
					.ctor = ctor,
					.useroffset = useroffset,
					.usersize = usersize };

	return create(name, size, &args, flags);
}

static void drop_sheaves(struct kmem_cache *s)
{
	for (struct thread_cache *t = thread_list(); t; t = t->next)
		sheaf_drop_cache(t, s);
}

/* What kfree_rcu() was given must be back, and slabs that wait be gone. */
static void wait_for_rcu(void)
{
	if (!kapi_in_atomic())
		rcu_barrier();
}

void kmem_cache_destroy(struct kmem_cache *s)
{
	bool typesafe;
	unsigned long left;
	char name[KVR_NAME], caller[128];
	struct thread_cache *t;

	if (!s)
		return;
	kapi_might_sleep("kmem_cache_destroy");
	wait_for_rcu();
	t = kapi_enter_alone();
	if (!t)
		return;
	typesafe = s->flags & SLAB_TYPESAFE_BY_RCU;
	memcpy(name, s->name, sizeof(name));
	kapi_caches_lock();
	if (s->refcount == 1)
		drop_sheaves(s);
	left = cache_destroy(s);
	kapi_caches_unlock();
	kapi_leave_alone(t);
	if (typesafe)
		wait_for_rcu();
	if (!left)
		return;
	kapi_symbol(caller, sizeof(caller), CALLER, true);
	kv_warn_at(__FILE__, __LINE__, __func__,
		   "kmem_cache_destroy %s: Slab cache still has objects when "
		   "called from %s",
		   name, caller);
}

/* 0: nothing is left of it. */
int kmem_cache_shrink(struct kmem_cache *s)
{
	struct thread_cache *t = kapi_enter_alone();
	int left;

	if (!t)
		return 1;
	drop_sheaves(s);
	barn_drain(s);
	cache_shrink(s);
	left = s->nr_slabs != 0;
	kapi_leave_alone(t);
	return left;
}

unsigned int kmem_cache_size(struct kmem_cache *s)
{
	return s->object_size;
}

bool slab_is_available(void)
{
	return machine.booted;
}
