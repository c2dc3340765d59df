/* SPDX-License-Identifier: MIT */
/*
 * vmap.h - what the files of the vmalloc layer share.
 *
 *	vmalloc.c	the interface: make, free, look up
 *	vmap_free.c	free address ranges, spare objects
 *	vmap_frames.c	the machine's frames an area is charged for
 *	vmap_lazy.c	lazily freed areas: cache, budget, purge
 *	vmap_resize.c	growing, shrinking, moving
 *	vmap_steal.c	areas made of cached areas' pages
 *	vmap_huge.c	transparent huge pages
 *	vmap_check.c	the validator
 *
 * Theory: the region is cut into ranges without gap or overlap. Each range
 * is a struct vmap_area, in one of two trees ordered by address: free ranges,
 * and areas. An area's range is
 *
 *	start         start + size                          end
 *	  | pages, mapped  | room to grow into, then a guard  |
 *
 * where all behind `size` has no access, so the first byte of it faults.
 * Invariants (vmalloc_validate() counts the broken ones):
 *   V1  the ranges of both trees cover the region, each byte once
 *   V2  no two free ranges touch; each node of the free tree knows the
 *       largest range at and below it
 *   V3  grain-aligned: start, size, end; size <= end - start, and smaller if
 *       the area is guarded
 *   V4  lazy areas with resident pages are on the lru list, or if they have
 *       hardly any (VA_SPARSE) on the sparse list, others on the idle list;
 *       the areas flagged VA_CACHED are in the tree of sparse ones, or in that
 *       of all others
 *   V5  the frames of an area's chain add up to `charged`: no fewer than its
 *       pages unless the machine overcommits, none if it is clean or its
 *       owner accounts for them
 *   V6  the sums below are those of the areas; no object is lost
 *
 * Locks: vmap_space.lock guards all of it. System calls and the page
 * allocator are called without it: an area is then in a state (making,
 * purging, moving) that says that one thread has it, and on no list but that
 * thread's own.
 */
#ifndef KV_VMAP_H
#define KV_VMAP_H

#include "lib/list.h"
#include "lib/rbtree.h"
#include "mm/stats.h"
#include "mm/vmalloc.h"

enum {
	VMAP_MAX_GUARDED = 16384, /* each guard costs a mapping or two, of
				     which a process has 65530 */
	VMAP_MAX_CUTS = 12,
	VMAP_SPARES = 2,   /* objects an operation may need */
	VMAP_HISTORY = 16, /* purged sizes remembered */
};
#define VMAP_HUGE_SIZE ((size_t)2 << 20)

enum va_state {
	VA_FREE,     /* in the free tree */
	VA_BUSY,     /* the program has it */
	VA_LAZY,     /* freed; the range is not given to others yet */
	VA_MAKING,   /* one thread makes it */
	VA_PURGING,  /* one thread gives it back to the system */
	VA_MOVING,   /* one thread changes its size */
	VA_TRIMMING, /* as VA_PURGING, but of its tail */
	VA_SPARE,    /* in the pool */
};

enum va_flags {
	VA_CLEAN = 1 << 0,    /* no page resident, no frame charged */
	VA_CACHED = 1 << 1,   /* lazy, may be taken again */
	VA_UNMAPPED = 1 << 2, /* lazy, turned to bare reservation already */
	VA_HOLE = 1 << 3,     /* the range may be unmapped: never use again */
	VA_HUGE = 1 << 4,     /* huge pages asked for */
	VA_NOHUGE = 1 << 5,   /* asked against: they were slow */
	VA_OWNED = 1 << 6,    /* maps frames that `owner` accounts for */
	VA_SPARSE = 1 << 7,   /* not busy: hardly any page is resident */
};

/* What the program does with its areas. */
enum vmap_use {
	VMAP_USE_UNKNOWN,
	VMAP_USE_FILLS,
	VMAP_USE_LEAVES, /* pages untouched */
};

struct vmap_area {
	struct rb_node node; /* free tree or area tree, by address */
	char *start, *end;
	union {
		size_t size;	    /* area: bytes mapped */
		size_t subtree_max; /* free: largest range from here down */
		struct vmap_area *next_spare;
	};
	union {
		struct rb_node by_size; /* VA_CACHED: cache tree */
		void *owner;		/* VA_OWNED: kernel interface */
		size_t keep;		/* VA_TRIMMING: bytes that stay */
	};
	struct list_head lru; /* lazy: lru or idle list; purging: a batch */
	const void *caller;
	u32 cut[VMAP_MAX_CUTS]; /* pages before each end of a mapping that
				   does not merge with the next */
	u32 chain;		/* frames charged, first pfn */
	u32 charged;		/* pages in chain */
	u32 huge_trust;		/* VA_HUGE: huge pages known to be fast */
	u8 nr_cuts;
	u8 state;   /* enum va_state; with the lock */
	u8 flags;   /* enum va_flags; who has the area may change them */
	u8 guarded; /* a grain behind it has no access; constant */
};
static_assert(sizeof(struct vmap_area) == 160, "25 to a page");

struct vmap_space {
	struct spinlock lock;
	size_t grain;	      /* bytes: the larger of both page sizes */
	struct rb_root areas; /* by address */
	struct rb_root free;  /* by address, with subtree_max */
	struct rb_root cache; /* lazy areas by size, newest of a size first */
	struct rb_root cache_sparse; /* those on the sparse list */
	struct list_head lru;	     /* lazy, resident; newest first */
	struct list_head sparse;     /* lazy, hardly resident; newest first */
	struct list_head idle;	     /* lazy, clean; oldest first */
	struct vmap_area *spare;
	unsigned long nr_spare, nr_objects;
	unsigned long nr_busy, nr_guarded;
	unsigned long max_guarded; /* lowered when mappings run out */
	size_t busy_bytes;	   /* mapped, of busy areas */
	size_t busy_peak;	   /* most of those since busy_since */
	size_t busy_before;	   /* and in the second before */
	u64 busy_since;
	size_t lazy_bytes;   /* mapped, of areas on lru */
	size_t sparse_bytes; /* mapped, of areas on sparse */
	size_t idle_bytes;   /* address space of areas on idle */
	size_t free_bytes;   /* of the free tree */
	size_t boost;	     /* adaptive budget, 0: none */
	u64 boost_ns;	     /* when it was last needed or halved */
	struct {
		size_t size;
		u64 ns;
	} history[VMAP_HISTORY]; /* ring of purged areas */
	unsigned int history_next;
	struct vmap_habit {
		const char *last;   /* large area made last, maybe gone */
		enum vmap_use use;  /* of those before */
	} habit[2];		    /* 1: of zeroed areas */
	bool moves_refused;	    /* pages can't be stolen */
	unsigned int sparse_streak; /* areas found sparse, one after another */
};
extern struct vmap_space vmap_space;

static inline size_t vmap_grain_up(size_t size)
{
	return ALIGN_UP(size, vmap_space.grain);
}

/*
 * Without preset areas are cached and get room; with one they are not. The
 * kernel interface has frames mapped there, which leave when an area is freed.
 */
static inline bool vmap_kernel_rules(void)
{
#ifdef KV_KAPI
	return true;
#else
	return machine.cfg.kernel != 0;
#endif
}

static inline size_t vmap_guard(const struct vmap_area *va)
{
	return va->guarded ? vmap_space.grain : 0;
}

/* Largest size the area can have in its range. */
static inline size_t vmap_capacity(const struct vmap_area *va)
{
	return (size_t)(va->end - va->start) - vmap_guard(va);
}

/* Offset of a cut. */
static inline size_t vmap_cut(const struct vmap_area *va, unsigned int i)
{
	return (size_t)va->cut[i] << PAGE_SHIFT;
}

/* The area's mapping ends at @offset, if it is not known to; never below. */
static inline void vmap_add_cut(struct vmap_area *va, size_t offset)
{
	if (!va->nr_cuts || vmap_cut(va, va->nr_cuts - 1u) != offset)
		va->cut[va->nr_cuts++] = (u32)(offset >> PAGE_SHIFT);
}

/*
 * An event of this layer's own counters. With the lock held there is no other
 * writer, and an atomic addition costs as much as half of a cached request.
 */
static inline void vmap_add(u64 *counter, u64 n)
{
	__atomic_store_n(counter,
			 __atomic_load_n(counter, __ATOMIC_RELAXED) + n,
			 __ATOMIC_RELAXED);
}

static inline void vmap_count(enum kv_counter c, u64 n)
{
	vmap_add(&stats.counter[c], n);
}

/* vmalloc.c */

/*
 * What a report is told of areas, if there is one: an area serves a request
 * of @asked bytes (told without the lock, before the program has it), was
 * freed, or its range goes (both with the lock held).
 */
enum vmap_note { VMAP_IS_BUSY, VMAP_IS_LAZY, VMAP_IS_GONE };
typedef void vmap_hook_fn(const struct vmap_area *va, enum vmap_note what,
			  size_t asked);
extern HIDDEN vmap_hook_fn *vmap_hook;

static inline void vmap_tell(const struct vmap_area *va, enum vmap_note what,
			     size_t asked)
{
	if (unlikely(vmap_hook))
		vmap_hook(va, what, asked);
}

struct vmap_request {
	gfp_t gfp;
	size_t size, align; /* whole grains; at least a grain */
	const void *caller;
	size_t asked;	     /* bytes to count; 0: the program did not ask */
	enum kv_counter why; /* to count with them; 0: nothing */
};
/* A busy area, or NULL. Without the lock. */
struct vmap_area *vmap_get(const struct vmap_request *rq);
/* The area whose range contains @p; lock held. */
struct vmap_area *vmap_find(const void *p);
/* How much of the address space behind an area goes with it. */
enum vmap_behind {
	VMAP_ROOM_GROWN, /* room for an area that has grown before */
	VMAP_ROOM,	 /* room as for new areas */
	VMAP_GUARD,	 /* a guard */
	VMAP_BARE,	 /* nothing: its mapping may join its neighbours' */
};

/*
 * Finds a range for an area (VA_MAKING) of @size bytes, or NULL. Nothing of it
 * is charged or mapped. @behind is a wish: without guard if there are too many
 * already. Takes the lock.
 */
struct vmap_area *vmap_place(gfp_t gfp, size_t size, size_t align,
			     enum vmap_behind behind);
/* An area becomes the program's, or stops to be; lock held. */
void vmap_set_busy(struct vmap_area *va);
void vmap_unset_busy(struct vmap_area *va, enum va_state state);
/* Tells the report of vmap_space's sums; lock held. */
void vmap_gauges(void);

/* vmap_free.c */

/*
 * Takes the lock with VMAP_SPARES objects in the pool, so that what follows
 * needs no memory. False (without the lock) if there is none.
 */
bool vmap_lock(gfp_t gfp);
/* The whole region becomes one free range. Needs the lock with spares. */
void vmap_free_init(char *start, char *end);
/*
 * Cuts a range out of the lowest free one that fits: @size bytes at @align,
 * @room bytes behind (guard included; 0: unguarded). In the area tree as
 * VA_MAKING; NULL if no range fits. Needs the lock with spares.
 */
struct vmap_area *vmap_carve(size_t size, size_t align, size_t room);
/*
 * On demand: reserves address space for one area of @size bytes at @align and
 * takes the lock, with spares, as vmap_carve() needs it. False: there is none.
 */
bool vmap_add_space(gfp_t gfp, size_t size, size_t align);
/* The area's range becomes free, the object too; lock held. */
void vmap_release(struct vmap_area *va);
/* Extends the range by @need to @like bytes of free space behind: 0 or what it
 * was extended by; lock held. */
size_t vmap_extend(struct vmap_area *va, size_t need, size_t like);
/* Takes the room behind areas back; bytes got; lock held. */
size_t vmap_trim_rooms(void);
/* Room worth having behind @size bytes; lock held. */
size_t vmap_room(size_t size, bool grown);
bool vmap_free_exact(const struct rb_node *n);

/* vmap_frames.c */

/*
 * Charges @nr more pages to the area. False if the machine has no more and
 * does not overcommit. Without the lock.
 */
bool vmap_charge(struct vmap_area *va, gfp_t gfp, size_t nr);
/*
 * Gives frames back until @keep are charged; some more may stay when the
 * machine is full. Without the lock.
 */
void vmap_uncharge(struct vmap_area *va, size_t keep);
/* Pages that one link of a chain stands for. */
unsigned long vmap_link_pages(u32 pfn);

/* vmap_lazy.c */

enum vmap_fit {
	VMAP_FIT,      /* as it is */
	VMAP_FIT_GROW, /* smaller, with room behind */
	VMAP_FIT_TRIM, /* larger by more than an eighth */
};

/* Takes a cached area out of the cache (state VA_MAKING); lock held. */
struct vmap_area *vmap_cache_take(size_t size, size_t align,
				  enum vmap_fit *fit);
/* Notes that no cached area did for @size: the budget adapts; lock held. */
void vmap_cache_missed(size_t size);
/*
 * A freed area: cached if the budget allows; what must go is put on @batch
 * for vmap_purge_batch(). Lock held.
 */
void vmap_lazy_add(struct vmap_area *va, struct list_head *batch);
/*
 * Gives the memory of the batch back to the system and, but for kernel rules,
 * frees its ranges; sparse areas are kept. Pages given back. Without the lock.
 */
unsigned long vmap_purge_batch(struct list_head *batch);
/*
 * Takes the cached area (VA_PURGING) whose pages are best used for @size bytes,
 * at least @least; or NULL. It comes back by vmap_cache_return(). Lock held.
 */
struct vmap_area *vmap_cache_donor(size_t size, size_t least);
void vmap_cache_return(struct vmap_area *va);
/* A donor that is sparse goes to the sparse ones: false. Without the lock. */
bool vmap_has_pages(struct vmap_area *donor);
/* The tree a cached area is in. */
static inline struct rb_root *vmap_cache_of(const struct vmap_area *va)
{
	return va->flags & VA_SPARSE ? &vmap_space.cache_sparse :
				       &vmap_space.cache;
}
bool vmap_cache_ordered(const struct rb_node *a, const struct rb_node *b);

/* vmap_resize.c */

/* In place; false with the area as it was. States MAKING or MOVING. */
bool vmap_grow(struct vmap_area *va, size_t size, gfp_t gfp);
bool vmap_shrink(struct vmap_area *va, size_t size);
/* A range without pages that are worth anything, in whatever mapping, goes. */
void vmap_purge_range(struct vmap_area *va);

/* vmap_steal.c */

/*
 * [@from, @size) of the area is reserved space: from @from on it gets pages of
 * cached areas. Returns up to where. Contents are undefined. Without the lock.
 */
size_t vmap_steal(struct vmap_area *va, size_t from, size_t size, gfp_t gfp);

/* vmap_huge.c */

/* How the program will use a new area of @size bytes: as the one before.
 * Without the lock. */
enum vmap_use vmap_use(size_t size, gfp_t gfp);
/* A new area is the program's now; lock held. */
void vmap_huge_made(const struct vmap_area *va, gfp_t gfp);
/* @size, or a bit more that makes the last huge page whole. */
size_t vmap_huge_size(size_t size, enum vmap_use use);
/*
 * Pages [@from, size) of the area are new: asks for huge pages if that pays,
 * keeps the mapping in one piece. Without the lock.
 */
void vmap_huge(struct vmap_area *va, size_t from, gfp_t gfp, enum vmap_use use);

#endif
