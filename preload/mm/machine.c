/* SPDX-License-Identifier: MIT */
/*
 * machine.c - reserving and committing the machine's maps.
 *
 * Idea: two reservations without access: the linear map (aligned to the
 * largest block, so that a block's address is aligned as its pfn is) and,
 * apart from it so that no overrun of a block reaches metadata, the arrays
 * that describe frames. Reserved space is not charged, not dumped, not locked
 * and not copied by fork; committing is the only thing that needs memory to
 * be promised, so it follows use: by an eighth of what is committed, at least
 * 4 MiB and at most 64 MiB a step.
 *
 * The arrays run ahead of the frames by whole SIDE_STEPs: they cost 65 bytes
 * a frame and one call instead of one for each 4 MiB. Only class_map[] is
 * committed whole (1/4096 of the machine): free() reads it for any address
 * of the linear map, its own or not.
 *
 * Address space may be limited: of what RLIMIT_AS leaves, the linear map
 * takes 5/8 and gives up what it has not used when an area needs it; where
 * a reservation fails nevertheless, half of it is tried, down to 4 MiB.
 *
 * Locks: commit_lock, inside zone->lock.
 */
#include "mm/machine.h"

#include <errno.h>

#include "lib/bug.h"
#include "mm/huge_linear.h"
#include "mm/page_alloc.h"
#include "os/os.h"

enum {
	COMMIT_MIN = (4 << 20) >> PAGE_SHIFT, /* frames a step */
	COMMIT_MAX = (64 << 20) >> PAGE_SHIFT,
	SIDE_STEP = (32 << 20) >> PAGE_SHIFT,
};
static_assert(COMMIT_MIN == 1 << MAX_PAGE_ORDER, "steps are largest blocks");

struct machine machine;

/* Bytes of the four arrays for @nr frames, each rounded to OS pages. */
struct side_sizes {
	size_t memmap, freemap, class_map, pageblocks, sum;
};

static struct side_sizes side_sizes(unsigned long nr)
{
	size_t os_page = os_page_size();
	struct side_sizes s = {
		.memmap = ALIGN_UP(nr * sizeof(struct page), os_page),
		.freemap = ALIGN_UP(nr * FREEMAP_WORDS * sizeof(u64), os_page),
		.class_map = ALIGN_UP(nr, os_page),
		.pageblocks = ALIGN_UP((nr >> PAGEBLOCK_ORDER) *
					       sizeof(struct pageblock),
				       os_page),
	};

	s.sum = s.memmap + s.freemap + s.class_map + s.pageblocks;
	return s;
}

/* Frames of a machine of @mem bytes. */
static unsigned long frames_of(u64 mem)
{
	u64 most = (u64)1 << (32 + PAGE_SHIFT); /* a pfn has 32 bits */

	if (mem > most)
		mem = most;
	return max_ul(ALIGN_DOWN(mem >> PAGE_SHIFT, MAX_BLOCK_PAGES),
		      MAX_BLOCK_PAGES);
}

/* What RLIMIT_AS allows the linear map to take. */
static u64 address_space_share(void)
{
	u64 limit = os_limit(OS_LIMIT_AS), used;

	if (limit == ~(u64)0)
		return limit;
	used = os_address_space_used();
	return limit > used ? (limit - used) / 8 * 5 : 0;
}

/*
 * A file of @bytes for the frames. It is sparse and has no name: what is
 * committed of it takes memory as private pages do, when it is touched.
 */
static int open_frames(const struct machine_config *cfg, size_t bytes)
{
	return cfg->shared ? os_memfd("kvmalloc-frames", bytes) : -1;
}

static int reserve_maps(const struct machine_config *cfg, unsigned long nr)
{
	size_t bytes = nr << PAGE_SHIFT;
	struct side_sizes s = side_sizes(nr);
	char *linear = os_reserve(bytes, MAX_BLOCK_PAGES << PAGE_SHIFT);
	char *side;

	if (!linear)
		return -ENOMEM;
	side = os_reserve(s.sum, os_page_size());
	if (!side)
		goto release_linear;
	huge_reserved(linear, bytes);
	machine.fd = open_frames(cfg, bytes);
	if (cfg->shared && machine.fd < 0)
		goto release_side;
	machine.nr_pages = nr;
	machine.nr_pages_boot = nr;
	machine.linear_base = linear;
	machine.memmap = (struct page *)(void *)side;
	machine.freemap = (u64 *)(void *)(side + s.memmap);
	machine.pageblocks =
		(struct pageblock *)(void *)(side + s.memmap + s.freemap);
	machine.class_map = (u8 *)side + s.memmap + s.freemap + s.pageblocks;
	if (os_commit(machine.class_map, s.class_map) == 0)
		return 0;
	if (cfg->shared)
		os_close(machine.fd);
release_side:
	os_release(side, s.sum);
release_linear:
	os_release(linear, bytes);
	return -ENOMEM;
}

static void release_maps(void)
{
	if (machine.cfg.shared)
		os_close(machine.fd);
	os_release(machine.linear_base, machine.nr_pages << PAGE_SHIFT);
	os_release(machine.memmap, side_sizes(machine.nr_pages).sum);
}

int machine_boot(const struct machine_config *cfg)
{
	u64 mem = cfg->mem, share = address_space_share();
	unsigned long nr;

	VM_BUG_ON(machine.booted);
	if (mem > share)
		mem = share;
	for (nr = frames_of(mem); reserve_maps(cfg, nr) < 0;) {
		if (nr == MAX_BLOCK_PAGES)
			return -ENOMEM;
		nr = frames_of((u64)nr << PAGE_SHIFT >> 1);
	}
	machine.cfg = *cfg;
	machine.cfg.mem = (u64)nr << PAGE_SHIFT;
	machine.cfg.cpus = (unsigned int)clamp_ul(cfg->cpus, 1, MAX_NR_CPUS);
	zone_layout_init();
	for (unsigned int i = 0; i <= machine.last_span; i++) {
		const struct zone_span *s = &machine.span[i];

		machine.commit_end[s->zone] = s->start_pfn;
		machine.side_end[s->zone] = s->start_pfn;
	}
	if (machine.nr_nodes > 1)
		machine.host_nodes = os_nr_nodes();
	if (page_alloc_boot() < 0) {
		release_maps();
		machine = (struct machine){ 0 };
		return -ENOMEM;
	}
	machine.booted = true;
	return 0;
}

void machine_shutdown(void)
{
	if (!machine.booted)
		return;
	page_alloc_shutdown();
	release_maps();
	machine = (struct machine){ 0 };
}

/* Commits @size bytes of an array for frames [@first, @end). */
static int commit_entries(void *array, unsigned long first, unsigned long end,
			  size_t bits)
{
	size_t os_page = os_page_size();
	size_t from = ALIGN_DOWN(first * bits / 8, os_page);
	size_t to = ALIGN_UP(DIV_ROUND_UP(end * bits, 8), os_page);

	return os_commit((char *)array + from, to - from);
}

static unsigned long zone_frames_end(unsigned int zone)
{
	const struct zone_span *s = machine.span;

	while (s->zone != zone)
		s++;
	return min_ul(machine.nr_pages, s->end_pfn);
}

static int commit_side(unsigned int zone, unsigned long end)
{
	unsigned long from = machine.side_end[zone];

	if (end <= from)
		return 0;
	end = min_ul(ALIGN_UP(end, (unsigned long)SIDE_STEP),
		     zone_frames_end(zone));
	if (commit_entries(machine.memmap, from, end, sizeof(struct page) * 8) <
		    0 ||
	    commit_entries(machine.freemap, from, end, FREEMAP_WORDS * 64) <
		    0 ||
	    commit_entries(machine.pageblocks, from >> PAGEBLOCK_ORDER,
			   end >> PAGEBLOCK_ORDER,
			   sizeof(struct pageblock) * 8) < 0)
		return -ENOMEM;
	machine.side_end[zone] = end;
	return 0;
}

/*
 * The frames of an emulated node come from one of the host's, where it has
 * several and allows it; where they come from in fact is no promise.
 */
static void bind_frames(unsigned long pfn, size_t bytes)
{
	if (machine.host_nodes > 1)
		os_bind_node(pfn_to_virt(pfn), bytes,
			     (unsigned int)pfn_to_nid(pfn) %
				     machine.host_nodes);
}

static int map_frames(unsigned long pfn, unsigned long nr)
{
	void *addr = pfn_to_virt(pfn);
	size_t bytes = nr << PAGE_SHIFT;
	int err;

	/* HighMem that can be mapped elsewhere has no address here */
	if (machine.cfg.shared && pfn_span(pfn)->type == ZONE_HIGHMEM)
		return 0;
	err = machine.cfg.shared ? os_map_file(addr, bytes, machine.fd,
					       (u64)pfn << PAGE_SHIFT) :
				   os_commit(addr, bytes);
	if (!err)
		bind_frames(pfn, bytes);
	return err;
}

int machine_discard(unsigned long pfn, unsigned long nr)
{
	return machine.cfg.shared ?
		       os_punch(machine.fd, (u64)pfn << PAGE_SHIFT,
				(u64)nr << PAGE_SHIFT) :
		       os_discard(pfn_to_virt(pfn), nr << PAGE_SHIFT);
}

static int commit_frames(unsigned int zone, unsigned long end)
{
	unsigned long from = machine.commit_end[zone];

	if (commit_side(zone, end) < 0 || map_frames(from, end - from) < 0)
		return -ENOMEM;
	machine.nr_committed += end - from;
	__atomic_store_n(&machine.commit_end[zone], end, __ATOMIC_RELEASE);
	return 0;
}

void machine_uncommit(unsigned int zone, unsigned long end)
{
	unsigned long was;

	spin_lock(&machine.commit_lock);
	was = machine.commit_end[zone];
	if (was > end &&
	    (!machine.cfg.shared || machine_discard(end, was - end) == 0) &&
	    os_decommit(pfn_to_virt(end), (was - end) << PAGE_SHIFT) == 0) {
		machine.nr_committed -= was - end;
		__atomic_store_n(&machine.commit_end[zone], end,
				 __ATOMIC_RELEASE);
	}
	spin_unlock(&machine.commit_lock);
}

void machine_truncate(unsigned long end)
{
	spin_lock(&machine.commit_lock);
	os_release(pfn_to_virt(end), (machine.nr_pages - end) << PAGE_SHIFT);
	for (unsigned int zone = 0; zone < machine.nr_zones; zone++) {
		unsigned long was = machine.commit_end[zone];

		if (was <= end)
			continue;
		machine.nr_committed -= was - end;
		__atomic_store_n(&machine.commit_end[zone], end,
				 __ATOMIC_RELEASE);
	}
	__atomic_store_n(&machine.nr_pages, end, __ATOMIC_RELEASE);
	machine.cfg.mem = (u64)end << PAGE_SHIFT;
	spin_unlock(&machine.commit_lock);
}

int machine_commit(unsigned int zone, unsigned long end)
{
	unsigned long from, step, last = zone_frames_end(zone);
	int err = 0;

	VM_BUG_ON(end > last);
	spin_lock(&machine.commit_lock);
	from = machine.commit_end[zone];
	if (end > from) {
		step = clamp_ul(machine.nr_committed / 8, COMMIT_MIN,
				COMMIT_MAX);
		step = ALIGN_UP(max_ul(step, end - from), MAX_BLOCK_PAGES);
		err = commit_frames(zone, min_ul(from + step, last));
		if (err) /* a limit: only what is needed */
			err = commit_frames(zone, end);
	}
	spin_unlock(&machine.commit_lock);
	return err;
}
