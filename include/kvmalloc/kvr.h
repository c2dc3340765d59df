/* SPDX-License-Identifier: MIT */
/*
 * kvr.h - the report file, kvmalloc.<comm>.<pid>.kvr: one a process.
 *
 * The library maps the file shared and counts straight into it, so it can be
 * read while the program runs and is complete after any end of the program.
 * It holds statistics only, never the heap's own metadata: a forked child
 * that still has its parent's file mapped can't harm the parent.
 *
 * Layout: struct kvr_header in the first page; its section table names
 * everything else. A section is an array of entries of one size; a reader
 * takes entry_size from the table (a newer library may have larger entries,
 * fields are only ever appended) and ignores section ids it does not know.
 * Sections with the same id follow one another as one array (thread slots are
 * added in chunks). All integers little-endian, 8-byte aligned.
 *
 *	STATS		sums and gauges of the process; how many classes,
 *			caches and zones there are
 *	CLASSES CACHES ZONES	one entry each, by number
 *	LAYOUT		where the process keeps its tables
 *	THREADS		fast-path counters, by thread slot
 *	TIMELINE	memory over time
 *	MODULES		objects with code, whose addresses appear below
 *	AREAS		of the vmalloc region: in use, or freed lazily
 * and with call stacks:
 *	STACKS FRAMES	each distinct stack once
 *	STACK_STATS	sums by stack and thread slot
 *	PINS		what objects of a stack keep from going back
 *	BLOCKS		contiguous blocks that are in use
 * A file has what its process came to: only STATS, CLASSES, CACHES and ZONES
 * are always there. Unused entries are zero. Since version 2.
 *
 * A reader must expect a live file: counters move between two loads, strings
 * may be cut; and a hostile one: check every offset against the file's size.
 */
#ifndef KVMALLOC_KVR_H
#define KVMALLOC_KVR_H

#include <stdint.h>

#include "kvmalloc/counters.h"

#define KVR_MAGIC "KVMRPT\r\n" /* 8 bytes; \r\n shows text-mode damage */
enum {
	KVR_VERSION = 2,	/* raised when a reader would misunderstand */
	KVR_PAGE = 4096,	/* granularity of section offsets */
	KVR_MAX_SECTIONS = 64,
	KVR_MAX_CLASSES = 160,
	KVR_MAX_CACHES = 160,
	KVR_MAX_ZONES = 5,	/* of a node */
	KVR_MAX_NODES = 8,
	KVR_MAX_ZONE_ROWS = KVR_MAX_NODES * KVR_MAX_ZONES,
	KVR_MAX_ORDERS = 11,
	KVR_MAX_MIGRATETYPES = 5,
	KVR_MAX_CPUS = 128,
	KVR_NAME = 32,
	KVR_MAX_SIZE_LOG2 = 48,
	KVR_MAX_COUNTERS = 128,	/* room for later ones */
};

enum kvr_section_id {
	KVR_SEC_STATS = 1,	/* one struct kvr_stats */
	KVR_SEC_THREADS = 2,	/* struct kvr_thread, several chunks */
	KVR_SEC_MODULES = 3,	/* struct kvr_module */
	KVR_SEC_FRAMES = 4,	/* uint64_t: KVR_FRAME_* */
	KVR_SEC_STACKS = 5,	/* struct kvr_stack; its index is the stack's id,
				   entry 0 is unused */
	KVR_SEC_STACK_STATS = 6,	/* struct kvr_stack_stat */
	KVR_SEC_TIMELINE = 7,	/* struct kvr_moment */
	KVR_SEC_CLASSES = 8,	/* struct kvr_class, by number of the class */
	KVR_SEC_CACHES = 9,	/* struct kvr_cache */
	KVR_SEC_ZONES = 10,	/* struct kvr_zone */
	KVR_SEC_AREAS = 11,	/* struct kvr_area: of the vmalloc region */
	KVR_SEC_BLOCKS = 12,	/* struct kvr_area: contiguous blocks, with
				   call stacks only */
	KVR_SEC_LAYOUT = 13,	/* one struct kvr_layout */
	KVR_SEC_PINS = 14,	/* struct kvr_pin, two halves */
};

struct kvr_section {
	uint32_t id;		/* enum kvr_section_id; 0 = unused */
	uint32_t entry_size;	/* bytes */
	uint64_t offset;	/* in the file, multiple of KVR_PAGE */
	uint64_t nr_entries;
};

enum kvr_state {
	KVR_RUNNING = 1,	/* or killed: see whether pid still lives */
	KVR_EXITED = 2,		/* ran through exit handlers */
};

struct kvr_header {		/* one page */
	char magic[8];
	uint32_t version;
	uint32_t header_size;	/* sizeof(struct kvr_header) of the writer */
	uint32_t state;		/* enum kvr_state */
	uint32_t nr_sections;	/* grows; an entry is complete before this */
	int32_t pid, ppid;
	uint64_t start_realtime_ns;	/* since 1970 */
	uint64_t start_monotonic_ns;	/* CLOCK_MONOTONIC */
	uint64_t end_monotonic_ns;	/* 0 until state is KVR_EXITED */
	uint32_t forked;	/* 1: began as a forked child, no exec since */
	uint32_t cut;		/* 1: cmdline did not fit */
	uint64_t starttime;	/* field 22 of /proc/<pid>/stat, tells a reused
				   pid from ours; 0 unknown */
	uint64_t run_id;	/* the same for all processes of one run; 0:
				   nobody gave it one */
	uint64_t forks;		/* its children of fork that were to have a
				   file of their own */
	uint64_t reserved[6];
	char comm[16];
	char exe[512];
	char cmdline[1024];	/* arguments separated by NUL */
	char options[512];	/* KVMALLOC= as given */
	struct kvr_section section[KVR_MAX_SECTIONS];
};

enum kvr_stack_mode { KVR_STACKS_OFF, KVR_STACKS_EXACT, KVR_STACKS_SAMPLED };

enum kvr_route {
	KVR_ROUTE_SLAB = 1,	/* object of a slab cache */
	KVR_ROUTE_PAGES = 2,	/* contiguous pages */
};

struct kvr_class {		/* a size class; index 0 is unused */
	char name[KVR_NAME];	/* kmalloc-96, pages-5 */
	uint64_t size;		/* bytes an object takes */
	uint64_t kernel_size;	/* bytes the kernel's newest table would take
				   for any size of this class */
	uint32_t route;		/* enum kvr_route; 0 = not used (yet), skip it */
	uint32_t order;		/* of its slab or block */
	uint32_t objs_per_slab;
	uint32_t sheaf_capacity;
	uint64_t inherited;	/* objects live at the fork this process began
				   with; see kvr_stats.inherited_vmalloc */
};

struct kvr_cache {		/* a slab cache, as a row of slabinfo; oldest
				   first */
	char name[KVR_NAME];	/* "": entry not used, skip it */
	uint32_t object_size;	/* bytes asked at creation */
	uint32_t size;		/* bytes a slot takes */
	uint32_t align;
	uint32_t order, min_order;
	uint32_t objs_per_slab;
	uint32_t sheaf_capacity;
	uint32_t class;		/* size class served, 0 = internal cache */
	uint64_t nr_slabs;
	uint64_t nr_objs;	/* slots in all slabs */
	uint64_t nr_partial;	/* slabs on the partial list */
	uint64_t nr_free;	/* free slots in those */
	uint64_t peak_slabs;
	uint64_t slab_alloc, slab_free, order_fallback;
	uint64_t barn_full, barn_empty;	/* sheaves in the barn now */
};

struct kvr_pcp {
	uint32_t count, high, batch, high_min, high_max, reserved;
};

struct kvr_zone {
	char name[16];		/* DMA, DMA32, Normal, ... ; "" = unused */
	uint64_t start_pfn, spanned, present, managed;	/* pages */
	uint64_t boost, min, low, high, promo;		/* watermarks, pages */
	uint64_t protection[KVR_MAX_ZONES];		/* lowmem_reserve */
	uint64_t nr_free;	/* pages, per-CPU lists not included */
	uint64_t nr_free_highatomic, nr_reserved_highatomic;
	uint64_t deferred;	/* free pages never initialised: part of
				   nr_free, not of free[][] */
	uint64_t dirty_free;	/* free pages still backed by memory */
	uint64_t free[KVR_MAX_MIGRATETYPES][KVR_MAX_ORDERS]; /* blocks */
	uint64_t pageblocks[KVR_MAX_MIGRATETYPES]; /* initialised ones */
	struct kvr_pcp pcp[KVR_MAX_CPUS];
	uint64_t node;
	uint64_t slab_pages;	/* in slabs and contiguous blocks; counted if
				   the machine has several nodes */
};

enum kvr_huge {
	KVR_HUGE_SMALL = 0,	/* the heap is not large enough yet */
	KVR_HUGE_ON = 1,
	KVR_HUGE_SLOW = 2,	/* no more: the host's memory was cold */
	KVR_HUGE_NONE = 3,	/* no more: the system has none to give */
	KVR_HUGE_SPLIT = 4,	/* no more: too many were given back in part */
	KVR_HUGE_OFF = 5,	/* never: huge=off */
};

struct kvr_stats {
	/* machine: set once */
	uint64_t page_size;		/* of the machine, bytes */
	uint64_t total_pages;		/* managed pages */
	uint64_t nr_cpus;
	uint64_t nr_classes, nr_caches, nr_zones;	/* entries in use of those
					   sections */
	uint64_t kernel;		/* preset: 0 default, 412, 418, 612, 700 */
	uint64_t vmalloc_total;		/* bytes of the vmalloc region */
	uint64_t linear_base, vmalloc_base;	/* addresses */
	char policy[16];
	/* gauges */
	uint64_t slab_pages;		/* pages in slabs now */
	uint64_t large_pages;		/* pages in contiguous blocks now */
	uint64_t vmalloc_pages;		/* pages in vmalloc areas now */
	uint64_t vmalloc_areas;
	uint64_t lazy_pages;		/* lazily freed, still backed */
	uint64_t meta_bytes;		/* the library's own tables, about */
	uint64_t peak_pages;		/* peak of the three sums */
	uint64_t held_bytes;		/* taken from slabs, blocks and areas by
					   threads: live, or in a sheaf */
	uint64_t peak_held_bytes;
	uint64_t peak_monotonic_ns;	/* when, to the next slow-path tick */
	uint64_t last_monotonic_ns;	/* last slow-path tick */
	/* call stacks; all 0 when none are recorded */
	uint64_t stack_mode;		/* enum kvr_stack_mode */
	uint64_t sample_interval;	/* bytes between samples, 0: exact */
	uint64_t stacks, stacks_lost;	/* distinct ones; requests whose stack
					   found no room */
	uint64_t unwind_failed;		/* requests without a stack */
	uint64_t peak_seq;		/* number of the present live peak */
	uint64_t live_bytes, peak_live_bytes;	/* served, of blocks made since
		recording began. Counted: of a sample, sums of stacks are
		estimates of it */
	uint64_t stack_depth;		/* most frames kept of a stack */
	uint64_t stack_start_ns;	/* monotonic, when recording began */
	uint64_t stacks_before;		/* blocks handed out before: they are
					   in no stack, neither are their frees */
	uint64_t exact_until_ns;	/* monotonic, when sampling began; 0: not
					   yet, or with the recording */
	uint64_t stack_cost_ns;		/* what recording took, estimated, all
					   threads together */
	uint64_t areas_lost;		/* areas and blocks that found no room
					   in their sections */
	uint64_t pin_round;	/* last round of kvr_pin that is complete, 0:
				   none yet */
	uint64_t pinned_bytes;	/* found in that round */
	uint64_t counter[KVR_MAX_COUNTERS];
	/* vmalloc requests by size: [log2 of bytes, rounded up] */
	uint64_t vmalloc_size_log2[KVR_MAX_SIZE_LOG2];
	/* A forked child's own counts start at 0; what it got from its parent:
	   live vmalloc bytes, and objects in kvr_class. Live = inherited +
	   allocated - freed. */
	uint64_t inherited_vmalloc;
	/* huge pages of the linear map */
	uint64_t huge_state;	/* enum kvr_huge */
	uint64_t huge_asked;	/* bytes, asked for now */
	uint64_t huge_backed;	/* bytes of those that were seen to be huge */
};

/* The parts of the statistics together, for who prints from them. */
struct kvr_machine {
	const struct kvr_stats *stats;
	const struct kvr_class *class;
	const struct kvr_cache *cache;
	const struct kvr_zone *zone;
};

/*
 * A thread's fast-path counters, one page each. A slot is used again by a
 * later thread when its owner is dead; counts go on, tid and comm change.
 */
struct kvr_thread {
	uint64_t alloc[KVR_MAX_CLASSES];	/* objects, by class */
	uint64_t asked[KVR_MAX_CLASSES];	/* bytes, by class */
	uint64_t free[KVR_MAX_CLASSES];		/* objects, by class */
	int32_t tid;				/* 0 = slot never used */
	uint32_t nr_owners;			/* threads that had this slot */
	char comm[16];
	uint64_t start_monotonic_ns;		/* of the present owner */
	uint64_t resized;	/* realloc by the fast path: kept the address.
				   KV_realloc_calls, _inplace: these come on top */
	uint64_t reserved[27];
};

/* An object file mapped for execution while stacks were recorded. */
struct kvr_module {
	uint64_t start, end;		/* addresses of its mapping */
	uint64_t bias;			/* address - bias = ELF virtual address */
	uint64_t loaded_ns, unloaded_ns;	/* monotonic; 0: at start, still */
	uint32_t build_id_size;		/* bytes used below, 0 = none */
	uint8_t build_id[32];
	uint32_t flags;			/* KVR_MODULE_* */
	char path[368];
};
enum { KVR_MODULE_MAIN = 1, KVR_MODULE_VDSO = 2 };

/*
 * A frame: module index (16 bits, from the top) and offset from its bias (48
 * bits). Index 0xffff: no module, the rest is an address (JIT code, or code
 * that was unmapped); 0xfffe: the same, and all such places count as this
 * frame, the address is of one of them. Addresses are those returned to: the
 * call is before.
 */
#define KVR_FRAME_MODULE(f) ((uint32_t)((f) >> 48))
#define KVR_FRAME_OFFSET(f) ((f) & 0xffffffffffffull)
#define KVR_FRAME_NONE 0xffffu
#define KVR_FRAME_ANY 0xfffeu

struct kvr_stack {		/* a distinct call stack, leaf first */
	uint64_t hash;		/* of (build id, offset) pairs: the same stack
				   has the same one in every run */
	uint32_t first_frame;	/* index into the frames */
	uint16_t nr_frames;
	uint16_t flags;		/* KVR_STACK_* */
};
enum {
	KVR_STACK_TRUNCATED = 1,	/* deeper than was recorded */
	KVR_STACK_LOST = 2,	/* stands for all that found no room */
};

enum { KVR_LIFETIMES = 12 };	/* upper bounds 1ms, 4ms, .. 4^10 ms; rest */

/*
 * What a thread slot did by one stack; a stack's totals are the sum over
 * slots. Under sampling all counts are already weighted. stack 0: unused.
 * Blocks live now: inherited_blocks + allocs - frees.
 */
struct kvr_stack_stat {
	uint32_t stack;		/* id */
	uint32_t slot;		/* thread slot */
	uint64_t allocs, frees;		/* frees: of blocks this stack made, in
					   whatever stack they were freed */
	uint64_t asked, served;		/* bytes, of allocs */
	uint64_t freed;			/* served bytes, of frees */
	uint64_t fallbacks;		/* allocs that fell back to vmalloc */
	uint64_t peak_seq;		/* see at_peak_* */
	uint64_t at_peak_bytes, at_peak_blocks;	/* live (served) when the whole
		process was at its peak number peak_seq; if that is older than
		kvr_stats.peak_seq nothing has changed since: what is live now
		was live at the peak. May be "negative": add up all slots. */
	uint64_t kernel_served;		/* by the kernel's table, of allocs */
	uint32_t lifetimes[KVR_LIFETIMES];	/* of frees */
	uint64_t inherited_blocks, inherited_bytes;	/* live at the fork this
		process began with; 0 in others */
	uint64_t largest;		/* bytes asked at once, by one alloc */
};

/*
 * What a stack's live objects pin: the free bytes of slabs less than a quarter
 * in use, those of a slab in equal parts to its recorded live objects. Found
 * by rounds, now and then and at exit: round r is in the first half of the
 * section if r is even, else in the second, in no order; it is complete when
 * kvr_stats.pin_round is r. A half has room for so many stacks; the others'
 * bytes are only in kvr_stats.pinned_bytes.
 */
struct kvr_pin {
	uint64_t bytes;
	uint32_t objects;	/* that pin them */
	uint32_t stack;		/* index; 0: unused */
};

/*
 * An area of the vmalloc region, or (with call stacks) a contiguous block. The
 * entries are in no order and never move; an unused one has start 0, which is
 * written last when one is made and first when it goes.
 */
struct kvr_area {
	uint64_t start;		/* address */
	uint64_t size;		/* bytes served */
	uint64_t asked;		/* bytes; of the last request it served */
	uint64_t caller;	/* address returned to; 0 not known, and of
				   blocks, whose stack says it */
	uint64_t made_ns;	/* monotonic: of that request, or when freed */
	uint32_t stack;		/* index into the stacks; 0: not recorded */
	uint32_t flags;		/* KVR_AREA_* */
	int32_t tid;		/* who asked */
	uint32_t guard;		/* bytes without access behind it */
	uint32_t weight;	/* of a sample: blocks it stands for; else 1 */
	uint32_t order;		/* of a block */
};
enum {
	KVR_AREA_LAZY = 1,	/* freed, and not given back or reused yet */
	KVR_AREA_HUGE = 2,	/* huge pages were asked for */
	/* of libkvkernel; none of the last three: vmalloc() */
	KVR_AREA_NO_PAGES = 4,	/* its pages are others', or come and go */
	KVR_AREA_VMAP = 8,
	KVR_AREA_IOREMAP = 16,
	KVR_AREA_RAM = 32,	/* vm_map_ram() */
};

/*
 * Where the process keeps its tables, for who looks into it while it lives
 * (with process_vm_readv). Addresses are of the process; all may be stale, or
 * change while they are read. `version` says what the tables mean:
 * 1	A frame's entry in memmap has, at these offsets, its type and order
 *	(bytes), and by type: of a slab the index of its cache, objects handed
 *	out and slots (16 bits each) and, up to 64 slots, which are free (64
 *	bits; else freemap_words of freemap a frame, in a slab's order); of a
 *	run its pages and class (32 bits) and its tag (64); of a tail the frame
 *	of its head (32). class_map has the class of the object or run at a
 *	frame, or another number but 0 if a block there is watched, or 0. A tag: time in ms of CLOCK_MONOTONIC from bit 32 up, stack
 *	number in its lowest bits, 0: none; stack_index (32 bits each) leads
 *	from there to the index in the file. block_tags points to a pointer a
 *	pageblock, that to a word a frame: the array of its slab's tags, in its
 *	lowest 6 bits the number of the frame in the slab.
 *	Free objects that threads keep: a list of caches of threads, with, at
 *	this offset, a pointer by class to the last object's address in a
 *	sheaf; the others' are before it, down to a 0, the sheaf's bottom. Its
 *	`other` is a second sheaf or 0, which has its number (32 bits) and the
 *	objects' addresses; so have the full ones that nobody has, each leading
 *	to the next by its `other`.
 */
struct kvr_layout {
	uint64_t version;	/* 0: not described */
	uint64_t linear_base, nr_pages;
	uint64_t memmap, class_map, freemap;
	uint64_t block_tags;	/* address of the pointer; 0: no call stacks */
	uint64_t stack_index;	/* address of the pointer */
	uint64_t threads;	/* address of the pointer to the first */
	uint64_t caches;	/* of slab caches, by index */
	uint32_t page_bytes;	/* of an entry of memmap */
	uint32_t page_type, page_order, page_head;
	uint32_t slab_cache, slab_inuse, slab_objects, slab_map;
	uint32_t run_pages, run_class, run_tag;
	uint32_t type_slab, type_run, type_used, type_tail, type_buddy,
		type_pcp;
	uint32_t freemap_words;	/* of 64 bits, a frame */
	uint32_t pageblock_pages, stack_bits;
	uint32_t thread_next, thread_top;
	uint32_t sheaf_other, sheaf_nr, sheaf_bottom, sheaf_objs;
	uint32_t cache_bytes, cache_full;	/* full: first of the full
						   sheaves nobody has */
	uint32_t reserved;
};

struct kvr_moment {		/* memory over time; monotonic_ns 0: unused */
	uint64_t monotonic_ns;
	uint64_t held_bytes, slab_pages, large_pages, vmalloc_pages;
	uint64_t dirty_free_pages, lazy_pages;
	uint64_t requests, fallbacks, failed;	/* so far */
};

_Static_assert(sizeof(struct kvr_header) <= KVR_PAGE, "header is one page");
_Static_assert(sizeof(struct kvr_thread) == KVR_PAGE, "a slot is one page");
_Static_assert(KV_NR_COUNTERS <= (int)KVR_MAX_COUNTERS, "counters fit");

#endif
