/* SPDX-License-Identifier: MIT */
/*
 * slub_layout.h - what a slot is made of (the kernel's rules):
 *
 *	left red zone	red_left_pad bytes: a word, up to the alignment
 *	object		what the caller gets
 *	right red zone	to the word's end, at least a word
 *	free pointer	here, or inside the object where that does no harm
 *	tracks		who allocated, who freed
 *	asked		bytes asked of kmalloc
 *	padding		a word with red zones, and up to the alignment
 *
 * Each part is there only if a flag wants it; slot sizes equal the kernel's.
 * Differs from the kernel: the bitmap beside the memory map says which objects
 * are free (slub.c); the chain of free pointers is kept, followed and checked
 * in debug caches, but nothing depends on it.
 */
#ifndef KV_SLUB_LAYOUT_H
#define KV_SLUB_LAYOUT_H

#include "mm/slub.h"

enum {
	RED_INACTIVE = 0xbb, /* around a free object */
	RED_ACTIVE = 0xcc,   /* around one in use */
	POISON_INUSE = 0x5a, /* padding, and objects never used */
	POISON_FREE = 0x6b,  /* a free object */
	POISON_END = 0xa5,   /* its last byte */
};

enum track_item { TRACK_ALLOC, TRACK_FREE, NR_TRACKS };

struct track {
	const void *caller; /* NULL: none */
	u32 stack;	    /* of slub_track.c, 0: none */
	int cpu, pid;
	u64 when; /* jiffies: ms */
};

/* Sets @s' alignment-dependent geometry: size, inuse, offset, red_left_pad,
 * SLAB_OBJECT_POISON. From object_size, align, flags, ctor and @args. */
void slub_layout(struct kmem_cache *s, const struct cache_args *args);

/* Is the free pointer behind the object? */
static inline bool freeptr_outside(const struct kmem_cache *s)
{
	return s->offset >= s->inuse;
}

/* Bytes from an object to its metadata other than the free pointer. */
static inline u32 info_end(const struct kmem_cache *s)
{
	return freeptr_outside(s) ? s->inuse + (u32)sizeof(void *) : s->inuse;
}

/* Are sizes asked stored? */
static inline bool keeps_asked(const struct kmem_cache *s)
{
	return (s->flags & (SLAB_KMALLOC | SLAB_STORE_USER)) ==
	       (SLAB_KMALLOC | SLAB_STORE_USER);
}

/* Bytes from an object to its padding. */
static inline u32 padding_start(const struct kmem_cache *s)
{
	u32 off = info_end(s);

	if (s->flags & SLAB_STORE_USER)
		off += NR_TRACKS * (u32)sizeof(struct track);
	return keeps_asked(s) ? off + (u32)sizeof(u32) : off;
}

/* Bytes from an object to the end of its slot. */
static inline u32 slot_end(const struct kmem_cache *s)
{
	return s->size - s->red_left_pad;
}

static inline u8 *object_at(const struct kmem_cache *s, const struct page *slab,
			    unsigned int i)
{
	return (u8 *)page_address(slab) + (size_t)i * s->size + s->red_left_pad;
}

/* Index of the object that starts at @p, or -1. */
static inline long object_number(const struct kmem_cache *s,
				 const struct page *slab, const void *p)
{
	size_t offset =
		(size_t)p - s->red_left_pad - (size_t)page_address(slab);
	size_t i = offset / s->size;

	return i * s->size == offset && i < slab->slab.objects ? (long)i : -1;
}

static inline bool object_is_free(const struct page *slab, long i)
{
	return slab_map(slab)[i / 64] >> i % 64 & 1;
}

static inline void set_object_free(const struct page *slab, long i, bool free)
{
	u64 *word = slab_map(slab) + i / 64, bit = 1ull << i % 64;

	*word = free ? *word | bit : *word & ~bit;
}

static inline void **freepointer(const struct kmem_cache *s, const void *p)
{
	return (void **)((size_t)p + s->offset);
}

static inline struct track *track_of(const struct kmem_cache *s, const void *p,
				     enum track_item which)
{
	return (struct track *)((size_t)p + info_end(s)) + which;
}

static inline u32 *asked_of(const struct kmem_cache *s, const void *p)
{
	return (u32 *)(void *)(track_of(s, p, NR_TRACKS));
}

/*
 * A debug slab keeps the head of its chain of free objects where others keep
 * a hint: index + 1, 0 = none.
 */
static inline void *chain_head(const struct kmem_cache *s,
			       const struct page *slab)
{
	return slab->slab.hint ? object_at(s, slab, slab->slab.hint - 1u) :
				 NULL;
}

static inline void set_chain_head(const struct kmem_cache *s, struct page *slab,
				  const void *p)
{
	slab->slab.hint = p ? (u16)(object_number(s, slab, p) + 1) : 0;
}

/* Set up by new_slab(), but its objects are not made yet. */
static inline bool slab_is_raw(const struct page *slab)
{
	return !slab->slab.hint && !slab->slab.inuse;
}

/* Bytes of @p that its user asked for. What is stored may be overwritten. */
static inline u32 asked_size(const struct kmem_cache *s, const void *p)
{
	u32 asked = keeps_asked(s) ? *asked_of(s, p) : s->object_size;

	return asked < s->object_size ? asked : s->object_size;
}

#endif
