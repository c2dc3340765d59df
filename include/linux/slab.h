/* SPDX-License-Identifier: MIT */
/*
 * slab.h - kmalloc(), kvmalloc() and caches of equal objects.
 *
 * kmalloc: 13 sizes from 8 bytes to 8 KiB served by slab caches, above that
 * blocks of 2^order pages, to 4 MiB. Memory of a power-of-two size is aligned
 * to it. kmalloc(0) is ZERO_SIZE_PTR, which may be freed and not used.
 * kvmalloc: kmalloc without much effort, then vmalloc; kvfree() takes both.
 */
#ifndef KV_LINUX_SLAB_H
#define KV_LINUX_SLAB_H

#include <kvmalloc/slab_flags.h>
#include <linux/gfp_types.h>
#include <linux/string.h> /* kmemdup() and its kin */
#include <linux/types.h>
#ifndef KV_KAPI_INSIDE
#include <linux/bug.h>
#include <linux/cache.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#endif

struct kmem_cache;
struct slab_sheaf;
typedef struct kv_buckets kmem_buckets;

/* What kmem_cache_create() may be told; zero is the default for all. */
struct kmem_cache_args {
	unsigned int align;
	unsigned int useroffset, usersize;
	unsigned int freeptr_offset;
	bool use_freeptr_offset;
	void (*ctor)(void *);
	unsigned int sheaf_capacity;
};

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

void *kmalloc(size_t size, gfp_t flags);
void *kzalloc(size_t size, gfp_t flags);
void *kmalloc_node(size_t size, gfp_t flags, int node);
void *kzalloc_node(size_t size, gfp_t flags, int node);
void *kmalloc_array(size_t n, size_t size, gfp_t flags);
void *kcalloc(size_t n, size_t size, gfp_t flags);
void *kmalloc_array_node(size_t n, size_t size, gfp_t flags, int node);
void *kcalloc_node(size_t n, size_t size, gfp_t flags, int node);
void *kmalloc_nolock(size_t size, gfp_t flags, int node);
/* As the first two, on behalf of @caller. */
void *__kmalloc_node_track_caller(size_t size, gfp_t flags, int node,
				  unsigned long caller);

/* Moves only to grow; @size 0 frees and returns ZERO_SIZE_PTR. */
void *krealloc(const void *p, size_t size, gfp_t flags);
void *krealloc_array(void *p, size_t n, size_t size, gfp_t flags);
void *krealloc_node_align(const void *p, size_t size, unsigned long align,
			  gfp_t flags, int node);
void kfree(const void *p);
void kfree_nolock(const void *p);
void kfree_sensitive(const void *p);
size_t ksize(const void *p);
size_t kmalloc_size_roundup(size_t size);

void *kvmalloc(size_t size, gfp_t flags);
void *kvzalloc(size_t size, gfp_t flags);
void *kvmalloc_node(size_t size, gfp_t flags, int node);
void *kvzalloc_node(size_t size, gfp_t flags, int node);
void *kvmalloc_node_align(size_t size, unsigned long align, gfp_t flags,
			  int node);
void *kvmalloc_array(size_t n, size_t size, gfp_t flags);
void *kvcalloc(size_t n, size_t size, gfp_t flags);
void *kvmalloc_array_node(size_t n, size_t size, gfp_t flags, int node);
void *kvcalloc_node(size_t n, size_t size, gfp_t flags, int node);
void *kvmemdup(const void *src, size_t len, gfp_t gfp);
void *kvrealloc_node_align(const void *p, size_t size, unsigned long align,
			   gfp_t flags, int node);
/* The forms of 5.15 to 6.11, and of 6.12 on. */
void *kvrealloc_kv4(const void *p, size_t oldsize, size_t newsize,
		    gfp_t flags);
void *kvrealloc_kv3(const void *p, size_t size, gfp_t flags);
void kvfree(const void *p);
void kvfree_sensitive(const void *p, size_t len);

/* caches */
struct kmem_cache *__kmem_cache_create_args(const char *name,
					    unsigned int object_size,
					    struct kmem_cache_args *args,
					    slab_flags_t flags);
struct kmem_cache *kmem_cache_create_kv5(const char *name, unsigned int size,
					 unsigned int align,
					 slab_flags_t flags,
					 void (*ctor)(void *));
struct kmem_cache *kmem_cache_create_usercopy(const char *name,
					      unsigned int size,
					      unsigned int align,
					      slab_flags_t flags,
					      unsigned int useroffset,
					      unsigned int usersize,
					      void (*ctor)(void *));
void kmem_cache_destroy(struct kmem_cache *s);
int kmem_cache_shrink(struct kmem_cache *s);
unsigned int kmem_cache_size(struct kmem_cache *s);
bool slab_is_available(void);

void *kmem_cache_alloc(struct kmem_cache *s, gfp_t flags);
void *kmem_cache_zalloc(struct kmem_cache *s, gfp_t flags);
void *kmem_cache_alloc_node(struct kmem_cache *s, gfp_t flags, int node);
void kmem_cache_free(struct kmem_cache *s, void *obj);

/* All @n objects or none: returns @n or 0. */
int kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t flags, size_t n,
			  void **p);
/* @s NULL: objects of kmalloc(), any sizes. */
void kmem_cache_free_bulk(struct kmem_cache *s, size_t n, void **p);

/* A sheaf with at least @n objects, for calls that must not fail later. */
struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *s, gfp_t gfp,
					    unsigned int n);
int kmem_cache_refill_sheaf(struct kmem_cache *s, gfp_t gfp,
			    struct slab_sheaf **sheafp, unsigned int n);
void kmem_cache_return_sheaf(struct kmem_cache *s, gfp_t gfp,
			     struct slab_sheaf *sheaf);
void *kmem_cache_alloc_from_sheaf(struct kmem_cache *s, gfp_t gfp,
				  struct slab_sheaf *sheaf);
unsigned int kmem_cache_sheaf_size(struct slab_sheaf *sheaf);

/*
 * A set of caches "@name-8" .. "@name-8k" that share no slab with kmalloc();
 * the window of usercopy as far as each size has it. NULL: no caches left.
 * Never destroyed. In place of one, NULL stands for kmalloc()'s own.
 */
kmem_buckets *kmem_buckets_create(const char *name, slab_flags_t flags,
				  unsigned int useroffset,
				  unsigned int usersize, void (*ctor)(void *));
/* As kmalloc() and kvmalloc(); @caller 0: who calls this. */
void *kv_buckets_alloc(const kmem_buckets *b, size_t size, gfp_t flags,
		       int node, unsigned long caller);
void *kv_buckets_valloc(const kmem_buckets *b, size_t size, gfp_t flags,
			int node, unsigned long caller);

/*
 * Attribute @attr of /sys/kernel/slab/<cache>/: its text, as snprintf()
 * would return it; -EINVAL: no such attribute. And what is written there: "0"
 * clears a counter.
 */
ssize_t kv_slab_read(const struct kmem_cache *s, const char *attr, char *buf,
		     size_t size);
int kv_slab_write(struct kmem_cache *s, const char *attr, const char *value);
/* The cache that /proc/slabinfo or sysfs lists as @name; NULL: none. */
struct kmem_cache *kv_slab_find(const char *name);
/*
 * Text of /proc/<name>: slabinfo, buddyinfo, pagetypeinfo, zoneinfo,
 * vmallocinfo or meminfo; as snprintf() would return it. -ENOENT: another.
 */
ssize_t kv_proc_read(const char *name, char *buf, size_t size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#ifndef KV_KAPI_INSIDE

#define ZERO_SIZE_PTR	((void *)16)
#define ZERO_OR_NULL_PTR(x) ((unsigned long)(x) <= (unsigned long)ZERO_SIZE_PTR)

#define KMALLOC_SHIFT_LOW	3
#define KMALLOC_SHIFT_HIGH	(PAGE_SHIFT + 1)
#define KMALLOC_SHIFT_MAX	(MAX_PAGE_ORDER + PAGE_SHIFT)
#define KMALLOC_MIN_SIZE	(1 << KMALLOC_SHIFT_LOW)
#define KMALLOC_MAX_CACHE_SIZE	(1UL << KMALLOC_SHIFT_HIGH)
#define KMALLOC_MAX_SIZE	(1UL << KMALLOC_SHIFT_MAX)
#define KMALLOC_MAX_ORDER	(KMALLOC_SHIFT_MAX - PAGE_SHIFT)
#define ARCH_KMALLOC_MINALIGN	8
#define ARCH_SLAB_MINALIGN	8

#define SLAB_MEM_SPREAD		((slab_flags_t)0) /* to 6.8; no effect */
#define SLAB_KASAN		((slab_flags_t)0)
#define SLAB_TEMPORARY		SLAB_RECLAIM_ACCOUNT
#define SLAB_DESTROY_BY_RCU	SLAB_TYPESAFE_BY_RCU /* to 4.12 */

/* clang-format off */
#define __kv_nth6(a, b, c, d, e, f, name, ...) name

/* (name, size, args, flags) since 6.12, or (name, size, align, flags, ctor) */
#define kmem_cache_create(...)                                              \
	__kv_nth6(__VA_ARGS__, kv_too_many, kmem_cache_create_kv5,          \
		  __kmem_cache_create_args, , , , )(__VA_ARGS__)
#define kvrealloc(...)                                                      \
	__kv_nth6(__VA_ARGS__, , , kvrealloc_kv4, kvrealloc_kv3, , , )      \
	(__VA_ARGS__)

/* The cache of a struct, named as it is. */
#define KMEM_CACHE(struct_, flags)                                          \
	kmem_cache_create_kv5(#struct_, sizeof(struct struct_),             \
			      __alignof__(struct struct_), (flags), NULL)
#define KMEM_CACHE_USERCOPY(struct_, flags, field)                          \
	kmem_cache_create_usercopy(                                         \
		#struct_, sizeof(struct struct_),                           \
		__alignof__(struct struct_), (flags),                       \
		__builtin_offsetof(struct struct_, field),                  \
		sizeof(((struct struct_ *)0)->field), NULL)
/* clang-format on */

#define __kmalloc(size, flags)	kmalloc(size, flags)
#define kzfree(p)		kfree_sensitive(p)
#define kfree_bulk(n, p)	kmem_cache_free_bulk(NULL, n, p)
#define kmem_cache_alloc_lru(s, lru, flags) kmem_cache_alloc(s, flags)
#define kmalloc_track_caller(size, flags)                     \
	__kmalloc_node_track_caller(size, flags, NUMA_NO_NODE, \
				    (unsigned long)__builtin_return_address(0))
#define kmalloc_node_track_caller(size, flags, node)          \
	__kmalloc_node_track_caller(size, flags, node,        \
				    (unsigned long)__builtin_return_address(0))

#define kmem_buckets_alloc(b, size, flags) \
	kv_buckets_alloc(b, size, flags, NUMA_NO_NODE, 0)
#define kmem_buckets_alloc_track_caller(b, size, flags)  \
	kv_buckets_alloc(b, size, flags, NUMA_NO_NODE,   \
			 (unsigned long)__builtin_return_address(0))
#define kmem_buckets_valloc(b, size, flags) \
	kv_buckets_valloc(b, size, flags, NUMA_NO_NODE, 0)

#ifndef __cplusplus
DEFINE_FREE(kfree, void *, if (!IS_ERR_OR_NULL(_T)) kfree(_T))
DEFINE_FREE(kfree_sensitive, void *, if (_T) kfree_sensitive(_T))
DEFINE_FREE(kvfree, void *, if (!IS_ERR_OR_NULL(_T)) kvfree(_T))
#endif

/* By type, since 7.0: the flags default to GFP_KERNEL. */
#define __kv_alloc_type(alloc, type, n, ...)                        \
	((__typeof__(type) *)alloc(size_mul(sizeof(type), n),       \
				   default_gfp(__VA_ARGS__)))
#define kmalloc_obj(type, ...)	__kv_alloc_type(kmalloc, type, 1, ##__VA_ARGS__)
#define kzalloc_obj(type, ...)	__kv_alloc_type(kzalloc, type, 1, ##__VA_ARGS__)
#define kvmalloc_obj(type, ...)	__kv_alloc_type(kvmalloc, type, 1, ##__VA_ARGS__)
#define kvzalloc_obj(type, ...)	__kv_alloc_type(kvzalloc, type, 1, ##__VA_ARGS__)
#define kmalloc_objs(type, n, ...) __kv_alloc_type(kmalloc, type, n, ##__VA_ARGS__)
#define kzalloc_objs(type, n, ...) __kv_alloc_type(kzalloc, type, n, ##__VA_ARGS__)
#define kvmalloc_objs(type, n, ...) __kv_alloc_type(kvmalloc, type, n, ##__VA_ARGS__)
#define kvzalloc_objs(type, n, ...) __kv_alloc_type(kvzalloc, type, n, ##__VA_ARGS__)
#define __kv_alloc_flex(alloc, type, member, n, ...)                        \
	((__typeof__(type) *)alloc(                                         \
		struct_size((__typeof__(type) *)NULL, member, n),           \
		default_gfp(__VA_ARGS__)))
#define kmalloc_flex(type, member, n, ...) \
	__kv_alloc_flex(kmalloc, type, member, n, ##__VA_ARGS__)
#define kzalloc_flex(type, member, n, ...) \
	__kv_alloc_flex(kzalloc, type, member, n, ##__VA_ARGS__)
#define kvmalloc_flex(type, member, n, ...) \
	__kv_alloc_flex(kvmalloc, type, member, n, ##__VA_ARGS__)
#define kvzalloc_flex(type, member, n, ...) \
	__kv_alloc_flex(kvzalloc, type, member, n, ##__VA_ARGS__)

#endif /* KV_KAPI_INSIDE */
#endif
