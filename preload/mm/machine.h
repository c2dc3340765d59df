/* SPDX-License-Identifier: MIT */
/*
 * machine.h - the machine: linear map, struct page, zones.
 *
 * Idea: one reserved range of address space stands for physical memory, so
 * that "physically contiguous" means adjacent there:
 *	pfn = (address - linear_base) >> PAGE_SHIFT
 * Four arrays indexed by pfn lie in a second reservation, so that only what
 * describes used frames is ever touched:
 *	memmap[]     struct page, 32 bytes a frame
 *	class_map[]  one byte: size class of the object or block at that frame
 *	             (0 = none), all that free() needs on its fast path;
 *	             readable for every frame of the machine from the start
 *	freemap[]    a bit an object: free slots of slabs with > 64 objects
 *	pageblocks[] one a 2 MiB: migrate type, which frames may be resident
 * Everything else is reserved without access and committed in steps, in each
 * zone from its start upwards, as the page allocator brings frames online
 * (the kernel: deferred struct page initialisation). So what lies below a
 * committed frame may be a hole: see frame_is_committed() and
 * next_committed_frame(). A zero struct page is PAGE_OFFLINE.
 * Page size: the machine's page is 4 KiB whatever the host's is; only calls
 * to os/ round to the host's.
 */
#ifndef KV_MACHINE_H
#define KV_MACHINE_H

#include "kvmalloc/gfp.h"
#include "kvmalloc/kvr.h"
#include "lib/spinlock.h"
#include "lib/types.h"

enum {
	PAGE_SHIFT = 12,
	MAX_PAGE_ORDER = 10,
	NR_PAGE_ORDERS = MAX_PAGE_ORDER + 1,
	PAGE_ALLOC_COSTLY_ORDER = 3,
	PAGEBLOCK_ORDER = 9,
	MAX_NR_CPUS = KVR_MAX_CPUS,
#ifdef KV_KAPI
	FREEMAP_WORDS = 8, /* of 64 bits, a frame: 8-byte objects */
#else
	FREEMAP_WORDS = 4, /* 16-byte objects */
#endif
};
#define PAGE_SIZE	((size_t)1 << PAGE_SHIFT)
#define MAX_BLOCK_PAGES (1ul << MAX_PAGE_ORDER)
#define PAGEBLOCK_PAGES (1ul << PAGEBLOCK_ORDER)
#define NO_PFN		0u /* frame 0 is never used: 0 ends pfn lists */

enum page_type {
	PAGE_OFFLINE, /* not initialised yet, or not there */
	PAGE_BUDDY,   /* head of a free block, on a free list */
	PAGE_PCP,     /* on a per-CPU list */
	PAGE_SLAB,    /* head of a slab */
	PAGE_LARGE,   /* head of a contiguous block handed to a program */
	PAGE_USED,    /* head of a block of alloc_pages()' callers */
	PAGE_TAIL,    /* in a SLAB or compound USED block, not its head */
};

enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_PCPTYPES, /* number of ordinary types */
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES,
	MIGRATE_ISOLATE,
	MIGRATE_TYPES,
};

/* 32 bytes. Only the head page of a block carries the fields below `type`. */
struct page {
	union {
		struct {
			u8 type;      /* enum page_type */
			u8 order;     /* of the block: buddy, pcp, slab, used */
			u8 zone;      /* index of its zone */
			u8 flags;     /* PG_* */
			u32 refcount; /* PAGE_USED: users; else 0 (a
					 "frozen" page) */
		};
		u64 word; /* the five, to be set at once */
	};
	u32 next, prev; /* pfn links of the list the block is on */
	union {
		struct {	   /* PAGE_BUDDY, PAGE_PCP */
			u32 dirty; /* frames of it that may be resident */
			u8 mt;	   /* list it is on */
		} buddy;
		struct {	     /* PAGE_SLAB */
			u16 cache;   /* index of its kmem_cache */
			u16 inuse;   /* objects handed out */
			u16 objects; /* slots */
			u16 hint;    /* freemap word to look at first */
			u64 map;     /* free slots when objects <= 64 */
		} slab;
		struct {	      /* PAGE_LARGE, PAGE_USED */
			u32 nr_pages; /* of the run, <= 1 << order */
			u32 class;    /* owner's: size class */
			u64 private;  /* owner's; neither is cleared */
		} run;
		u32 head; /* PAGE_TAIL: pfn of the head */
	};
#ifdef KV_KAPI
	/* the owner's, by the names of linux/mm_types.h */
	struct {
		void *next, *prev;
	} lru;
	void *mapping;
	unsigned long index, private;
	void *virtual; /* where a HighMem page is mapped, or NULL */
	unsigned long owner_flags;
#endif
};
#ifdef KV_KAPI
static_assert(sizeof(struct page) == 88, "as linux/mm_types.h has it");
#else
static_assert(sizeof(struct page) == 32, "memmap stays dense");
#endif

enum {
	PG_PARTIAL = 1 << 0,	/* slab: on its cache's partial list */
	PG_ZERO = 1 << 1,	/* block handed out is known to read as zero */
	PG_PFMEMALLOC = 1 << 2, /* came from the reserves */
	PG_MOVABLE = 1 << 3,	/* used block that was asked for as movable */
	PG_COMPOUND = 1 << 4,	/* its tails are PAGE_TAIL; see page_ref.h */
	PG_HUGE = 1 << 5,	/* just taken: huge_touch() is to follow */
};

enum zone_type {
	ZONE_DMA,
	ZONE_DMA32, /* in the 64-bit layout only */
	ZONE_NORMAL,
	ZONE_HIGHMEM, /* in the 32-bit layout only */
	ZONE_MOVABLE, /* for names and reserves only: never populated */
	MAX_NR_ZONES,
};
static_assert((int)MAX_NR_ZONES <= (int)KVR_MAX_ZONES, "zones fit the file");

/* Which zones there are, and where they end: see zone_layout.c. */
enum zone_layout { ZONES_64BIT, ZONES_32BIT, NR_ZONE_LAYOUTS };

/* Zone limits of x86, in frames; the highest zone ends with the machine. */
#define ZONE_DMA_END	  (16ul << (20 - PAGE_SHIFT))
#define ZONE_NORMAL32_END (896ul << (20 - PAGE_SHIFT))
#define ZONE_DMA32_END	  (4096ul << (20 - PAGE_SHIFT))

enum {
	MAX_NUMNODES = KVR_MAX_NODES,
	MAX_ZONES = MAX_NUMNODES * MAX_NR_ZONES, /* of all nodes */
};
#define NUMA_NO_NODE (-1) /* the node of the CPU that asks */

/* The frames of a zone of a node. */
struct zone_span {
	unsigned long start_pfn, end_pfn; /* multiples of the largest block */
	const char *name;		  /* of the zone */
	u8 zone;			  /* index: node * MAX_NR_ZONES + type */
	u8 node;
	u8 type; /* enum zone_type */
};

/* What the page allocator knows of 2 MiB of frames. */
struct pageblock {
	u64 dirty[PAGEBLOCK_PAGES / 64]; /* free frames that may be
					    resident; stale for others */
	u8 mt;				 /* enum migratetype */
	u8 huge;			 /* enum pageblock_huge */
};

struct machine_config {
	u64 mem;	   /* bytes; rounded down to 4 MiB, at least 4 MiB */
	unsigned int cpus; /* 1..MAX_NR_CPUS */
	int kernel;	   /* 0 default preset, 412, 418, 612, 700 */
	bool overcommit;
	enum zone_layout zones;
	unsigned int nodes; /* 1..MAX_NUMNODES; fewer if mem is small */
	bool shared; /* frames are pages of a file, to be mapped elsewhere too */
	bool unseen; /* nobody will look at rows of zones and classes */
};

struct machine {
	char *linear_base;
	unsigned long nr_pages;	     /* frames, frame 0 included */
	unsigned long nr_pages_boot; /* what they were */
	u8 *class_map;
	struct page *memmap;
	u64 *freemap;
	struct pageblock *pageblocks;
	/* constant after boot; spans of no frames are left out */
	unsigned int last_span, nr_nodes;
	unsigned int nr_zones;		  /* zones of all nodes, empty or not */
	unsigned int host_nodes;	  /* real ones, 0 = don't care */
	struct zone_span span[MAX_ZONES]; /* all frames, ascending */
	/* changed under commit_lock */
	unsigned long commit_end[MAX_ZONES]; /* of a zone's usable frames */
	unsigned long side_end[MAX_ZONES];   /* the same for the arrays */
	unsigned long nr_committed;		/* frames, all zones */
	struct spinlock commit_lock;
	struct machine_config cfg;
	int fd; /* shared: frame n is its page n; else -1 */
	bool booted;
};
extern HIDDEN struct machine machine;

/*
 * Reserves the maps for @cfg (smaller ones by trial if address space is
 * limited: machine.cfg.mem then tells what was got) and sets up the zones
 * (calls page_alloc_boot()). 0 or -ENOMEM. Once a process; tests call
 * machine_shutdown() between.
 */
int machine_boot(const struct machine_config *cfg);
void machine_shutdown(void);

/*
 * Makes the frames of @zone (an index) below @end usable, and their entries in
 * the arrays; more than was asked, in steps. 0 or -ENOMEM.
 */
int machine_commit(unsigned int zone, unsigned long end);

/* Makes the frames of @zone from @end on bare reservation again. */
void machine_uncommit(unsigned int zone, unsigned long end);

/* Gives the address space of frames from @end on back; none is in use. */
void machine_truncate(unsigned long end);

/*
 * Drops the contents of @nr frames from @pfn on: they read as zero and take
 * no memory until touched. 0 or -errno.
 */
int machine_discard(unsigned long pfn, unsigned long nr);

/*
 * zone_layout.c: divides the machine's frames among nodes and zones, by
 * machine.cfg; sets what of struct machine tells about them.
 */
void zone_layout_init(void);
bool zone_exists(enum zone_layout layout, enum zone_type type);
const char *zone_type_name(enum zone_type type);

/* The span that @pfn lies in; the last one for what is beyond the machine. */
static inline const struct zone_span *pfn_span(unsigned long pfn)
{
	const struct zone_span *s = &machine.span[machine.last_span];

	while (unlikely(pfn < s->start_pfn))
		s--;
	return s;
}

/* Index of the zone that @pfn lies in; of node 0 it is an enum zone_type. */
static inline unsigned int pfn_zone(unsigned long pfn)
{
	return pfn_span(pfn)->zone;
}

static inline int pfn_to_nid(unsigned long pfn)
{
	return pfn_span(pfn)->node;
}

/* May pfn_to_page(@pfn) and the frame be touched? Any @pfn is allowed. */
static inline bool frame_is_committed(unsigned long pfn)
{
	return pfn < __atomic_load_n(&machine.commit_end[pfn_zone(pfn)],
				     __ATOMIC_RELAXED);
}

/* The lowest committed frame >= @pfn; machine.nr_pages if there is none. */
static inline unsigned long next_committed_frame(unsigned long pfn)
{
	while (pfn < machine.nr_pages && !frame_is_committed(pfn))
		pfn = pfn_span(pfn)->end_pfn;
	return pfn < machine.nr_pages ? pfn : machine.nr_pages;
}

static inline bool virt_is_linear(const void *p)
{
	return (size_t)((const char *)p - machine.linear_base) >> PAGE_SHIFT <
	       machine.nr_pages;
}

static inline unsigned long virt_to_pfn(const void *p)
{
	return (size_t)((const char *)p - machine.linear_base) >> PAGE_SHIFT;
}

static inline void *pfn_to_virt(unsigned long pfn)
{
	return machine.linear_base + (pfn << PAGE_SHIFT);
}

/* What page->word is with no flags and no users. */
static inline u64 page_word(enum page_type type, unsigned int order,
			    unsigned int zone)
{
	union {
		u8 byte[8];
		u64 word;
	} w = { .byte = { (u8)type, (u8)order, (u8)zone } };

	return w.word;
}

static inline struct pageblock *pfn_to_pageblock(unsigned long pfn)
{
	return &machine.pageblocks[pfn >> PAGEBLOCK_ORDER];
}

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return &machine.memmap[pfn];
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	return (unsigned long)(page - machine.memmap);
}

static inline void *page_address(const struct page *page)
{
	return pfn_to_virt(page_to_pfn(page));
}

/* The node and the zone of a page, whatever it is used for. */
static inline int page_to_nid(const struct page *page)
{
	return pfn_to_nid(page_to_pfn(page));
}

static inline const char *page_zone_name(const struct page *page)
{
	return pfn_span(page_to_pfn(page))->name;
}

/* Has it no linear address that kernel code may use? */
static inline bool page_is_highmem(const struct page *page)
{
	return pfn_span(page_to_pfn(page))->type == ZONE_HIGHMEM;
}

static inline struct page *virt_to_page(const void *p)
{
	return pfn_to_page(virt_to_pfn(p));
}

/* Smallest order whose block holds @size bytes; 0 for 0. */
static inline unsigned int get_order(size_t size)
{
	return size <= PAGE_SIZE ? 0 : fls_ul((size - 1) >> PAGE_SHIFT);
}

#endif
