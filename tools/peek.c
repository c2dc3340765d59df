/* SPDX-License-Identifier: MIT */
/*
 * peek.c - see peek.h. How the tables are to be read: kvmalloc/kvr.h.
 */
#include "peek.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "util.h"

enum {
	MAX_BLOCK = 1024, /* pages of a block */
	MAX_SLAB_ORDER = 10,
	MAX_OBJECTS = 1 << 15, /* of a slab */
	MAX_THREADS = 1 << 16, /* looked at */
	MAX_SHEAVES = 1 << 12, /* of a cache that nobody has */
	MAX_SHEAF = 1 << 12,   /* objects in one */
	TAGS_MASK = 63,
};

struct reader {
	pid_t pid;
	const struct kvr_layout *l;
	uint64_t page; /* bytes */
	int err;
};

static bool get(struct reader *r, uint64_t address, void *to, size_t n)
{
	struct iovec local = { to, n };
	struct iovec remote = { (void *)(uintptr_t)address, n };
	ssize_t got;

	memset(to, 0, n);
	if (address > UINT64_MAX - n)
		return false;
	got = process_vm_readv(r->pid, &local, 1, &remote, 1, 0);
	if (got == (ssize_t)n)
		return true;
	r->err = got < 0 ? errno : EFAULT;
	memset(to, 0, n);
	return false;
}

static bool get_u64(struct reader *r, uint64_t address, uint64_t *v)
{
	return get(r, address, v, sizeof(*v));
}

/* an entry of memmap */
struct entry {
	unsigned char byte[256];
};

static bool get_page(struct reader *r, uint64_t pfn, struct entry *e)
{
	size_t n = r->l->page_bytes;

	return pfn < r->l->nr_pages &&
	       get(r, r->l->memmap + pfn * n, e->byte, n);
}

static uint64_t field(const struct reader *r, const struct entry *e,
		      uint32_t offset, size_t n)
{
	uint64_t v = 0;

	if (offset <= r->l->page_bytes && n <= r->l->page_bytes - offset)
		memcpy(&v, e->byte + offset, n);
	return v;
}

static uint32_t type_of(const struct reader *r, const struct entry *e)
{
	return (uint32_t)field(r, e, r->l->page_type, 1);
}

static uint32_t order_of(const struct reader *r, const struct entry *e)
{
	return (uint32_t)field(r, e, r->l->page_order, 1);
}

static bool sane(const struct kvr_layout *l, const struct kvr_stats *st)
{
	return l && l->version == 1 && l->page_bytes &&
	       l->page_bytes <= sizeof(struct entry) && st->page_size &&
	       l->nr_pages <= UINT64_MAX / st->page_size &&
	       l->freemap_words <= 64 && l->pageblock_pages &&
	       l->stack_bits < 32;
}

bool peek_is_linear(const struct snapshot *s, uint64_t address)
{
	const struct kvr_layout *l = s->layout;

	return sane(l, s->stats) && address >= l->linear_base &&
	       (address - l->linear_base) / s->stats->page_size < l->nr_pages;
}

/* ---- slabs ------------------------------------------------------------ */

/* the slab that a frame lies in: its first frame's entry, and which it is */
static bool find_slab(struct reader *r, uint64_t pfn, struct entry *head,
		      uint64_t *head_pfn)
{
	struct entry e;

	if (!get_page(r, pfn, &e))
		return false;
	*head_pfn = pfn;
	*head = e;
	if (type_of(r, &e) == r->l->type_tail) {
		*head_pfn = field(r, &e, r->l->page_head, 4);
		if (*head_pfn > pfn || !get_page(r, *head_pfn, head))
			return false;
	}
	return type_of(r, head) == r->l->type_slab &&
	       order_of(r, head) <= MAX_SLAB_ORDER &&
	       pfn - *head_pfn < 1ull << order_of(r, head);
}

static bool slot_is_free(struct reader *r, const struct entry *head,
			 uint64_t pfn, uint32_t i, uint32_t objects)
{
	uint64_t word;

	if (objects <= 64)
		word = field(r, head, r->l->slab_map, 8);
	else if (!get_u64(r,
			  r->l->freemap +
				  (pfn * r->l->freemap_words + i / 64) * 8,
			  &word))
		return false;
	return word >> i % 64 & 1;
}

/* the tag of a slab's object; 0: none */
static uint64_t slab_tag(struct reader *r, uint64_t pfn, uint32_t i)
{
	uint64_t root, page, array, tag;
	const struct kvr_layout *l = r->l;

	if (!l->block_tags || !get_u64(r, l->block_tags, &root) || !root ||
	    !get_u64(r, root + pfn / l->pageblock_pages * 8, &page) || !page ||
	    !get_u64(r, page + pfn % l->pageblock_pages * 8, &array) ||
	    !array ||
	    !get_u64(r, (array & ~(uint64_t)TAGS_MASK) + i * 8ull, &tag))
		return 0;
	return tag;
}

/* is it among the objects of the sheaf at @at, which nobody pops from? */
static bool in_sheaf(struct reader *r, uint64_t at, uint64_t object)
{
	static uint64_t objs[MAX_SHEAF];
	uint32_t nr, i;

	if (!get(r, at + r->l->sheaf_nr, &nr, sizeof(nr)) || nr > MAX_SHEAF ||
	    !get(r, at + r->l->sheaf_objs, objs, nr * sizeof(*objs)))
		return false;
	for (i = 0; i < nr; i++)
		if (objs[i] == object)
			return true;
	return false;
}

/* in the sheaf that a thread uses: its objects end at @top */
static bool thread_keeps(struct reader *r, uint64_t thread, uint32_t class,
			 uint64_t object)
{
	uint64_t at, word, other;
	int i;

	if (!get_u64(r, thread + r->l->thread_top + class * 8ull, &at))
		return false;
	for (i = 0; i < MAX_SHEAF && at >= 8; i++, at -= 8) {
		if (!get_u64(r, at, &word))
			return false;
		if (word == object)
			return true;
		if (!word)
			break;
	}
	return get_u64(r, at - r->l->sheaf_bottom + r->l->sheaf_other,
		       &other) &&
	       other && in_sheaf(r, other, object);
}

/* is it in a sheaf of a thread, or in a full one that nobody has? */
static bool is_cached(struct reader *r, uint32_t cache, uint32_t class,
		      uint64_t object)
{
	uint64_t at;
	int i;

	if (get_u64(r, r->l->threads, &at))
		for (i = 0; at && i < MAX_THREADS; i++) {
			if (thread_keeps(r, at, class, object))
				return true;
			if (!get_u64(r, at + r->l->thread_next, &at))
				break;
		}
	if (!get_u64(r,
		     r->l->caches + (uint64_t)cache * r->l->cache_bytes +
			     r->l->cache_full,
		     &at))
		return false;
	for (i = 0; at && i < MAX_SHEAVES; i++) {
		if (in_sheaf(r, at, object))
			return true;
		if (!get_u64(r, at + r->l->sheaf_other, &at))
			break;
	}
	return false;
}

/* ---- tags ------------------------------------------------------------- */

static void set_tag(struct peek *p, struct reader *r, uint64_t tag)
{
	uint64_t number = tag & ((1ull << r->l->stack_bits) - 1), at;
	uint32_t index;

	if (!tag || !r->l->stack_bits)
		return;
	p->recorded = true;
	p->age_ns =
		(uint32_t)(monotonic_ns() / 1000000 - (tag >> 32)) * 1000000ull;
	if (get_u64(r, r->l->stack_index, &at) && at &&
	    get(r, at + number * 4, &index, sizeof(index)))
		p->stack = index;
}

/* ---- all -------------------------------------------------------------- */

static void look_at_slab(struct peek *p, struct reader *r,
			 const struct snapshot *s, const struct entry *head,
			 uint64_t address)
{
	uint64_t start = r->l->linear_base + p->head_pfn * r->page, tag;
	uint64_t cache = field(r, head, r->l->slab_cache, 2);

	p->objects = (uint32_t)field(r, head, r->l->slab_objects, 2);
	p->inuse = (uint32_t)field(r, head, r->l->slab_inuse, 2);
	p->order = order_of(r, head);
	if (cache >= KVR_MAX_CACHES || !s->cache[cache].name[0] ||
	    !s->cache[cache].size || !p->objects || p->objects > MAX_OBJECTS)
		return;
	p->cache = &s->cache[cache];
	p->size = p->cache->size;
	p->index = (uint32_t)((address - start) / p->size);
	p->start = start + p->index * p->size;
	if (p->index >= p->objects) {
		p->what = PEEK_SLAB_END;
		return;
	}
	p->what = PEEK_OBJECT;
	if (slot_is_free(r, head, p->head_pfn, p->index, p->objects)) {
		p->use = USE_FREE;
		return;
	}
	tag = slab_tag(r, p->head_pfn, p->index);
	set_tag(p, r, tag);
	p->use = !tag && p->cache->class < KVR_MAX_CLASSES &&
				 is_cached(r, (uint32_t)cache, p->cache->class,
					   p->start) ?
			 USE_CACHED :
			 USE_LIVE;
}

/* does a run begin there? of libkvkernel's kmalloc(): used pages that have a
   class */
static bool is_run(struct reader *r, uint64_t pfn, const struct entry *e)
{
	uint32_t type = type_of(r, e);
	unsigned char class;

	if (type == r->l->type_run)
		return true;
	return type == r->l->type_used &&
	       get(r, r->l->class_map + pfn, &class, 1) && class;
}

/* the run that a frame lies in, as the library itself looks for it */
static bool find_run(struct reader *r, struct peek *p, struct entry *e)
{
	uint64_t back;

	for (back = 0; back < MAX_BLOCK && back <= p->pfn; back++) {
		if (!get_page(r, p->pfn - back, e))
			return false;
		if (!is_run(r, p->pfn - back, e))
			continue;
		p->head_pfn = p->pfn - back;
		return back < field(r, e, r->l->run_pages, 4);
	}
	return false;
}

static void look_at_run(struct peek *p, struct reader *r,
			const struct snapshot *s, const struct entry *e)
{
	uint64_t pages = field(r, e, r->l->run_pages, 4), next = 0;
	uint64_t class = field(r, e, r->l->run_class, 4);
	uint64_t tag = field(r, e, r->l->run_tag, 8);

	if (pages > MAX_BLOCK)
		return;
	p->what = PEEK_RUN;
	p->start = r->l->linear_base + p->head_pfn * r->page;
	p->size = pages * r->page;
	p->order = order_of(r, e);
	next = p->start;
	if (r->l->block_tags)
		set_tag(p, r, tag);
	p->use = !p->recorded && class < KVR_MAX_CLASSES &&
				 is_cached(r, (uint32_t) class,
					   (uint32_t) class, next) ?
			 USE_CACHED :
			 USE_LIVE;
	if (class < KVR_MAX_CACHES && s->cache[class].name[0])
		p->cache = &s->cache[class];
}

/* a free block, or pages of our own */
static void look_at_pages(struct peek *p, struct reader *r)
{
	struct entry e;
	uint64_t back;

	for (back = 0; back < MAX_BLOCK && back <= p->pfn; back++) {
		uint32_t type, order;

		if (!get_page(r, p->pfn - back, &e))
			return;
		type = type_of(r, &e);
		order = order_of(r, &e);
		if (order > MAX_SLAB_ORDER || back >> order)
			continue;
		if (type != r->l->type_buddy && type != r->l->type_pcp &&
		    type != r->l->type_used)
			continue;
		p->what =
			type == r->l->type_used ? PEEK_PAGES : PEEK_FREE_PAGES;
		p->head_pfn = p->pfn - back;
		p->start = r->l->linear_base + p->head_pfn * r->page;
		p->size = r->page << order;
		p->order = order;
		return;
	}
}

void peek_at(struct peek *p, pid_t pid, const struct snapshot *s,
	     uint64_t address)
{
	struct reader r = { pid, s->layout, s->stats->page_size, 0 };
	struct entry e;

	memset(p, 0, sizeof(*p));
	if (!peek_is_linear(s, address))
		return;
	p->pfn = (address - r.l->linear_base) / r.page;
	if (!get_page(&r, p->pfn, &e)) {
		/* memmap is there for frames that were used */
		p->what = r.err == EFAULT ? PEEK_NEVER : PEEK_UNKNOWN;
		p->err = r.err;
		return;
	}
	if (find_slab(&r, p->pfn, &e, &p->head_pfn))
		look_at_slab(p, &r, s, &e, address);
	else if (find_run(&r, p, &e))
		look_at_run(p, &r, s, &e);
	else
		look_at_pages(p, &r);
	if (p->what == PEEK_UNKNOWN)
		p->err = r.err;
}
