/* SPDX-License-Identifier: MIT */
/* slub_check.c - see slub_check.h; order of checks and texts: the kernel's. */
#include "mm/slub_check.h"

#include <string.h>

#include "mm/slub_report.h"

/* First byte of [@p, @p + @n) that is not @value, or NULL. */
static u8 *first_other(u8 *p, u8 value, size_t n)
{
	if (likely(n && *p == value && !memcmp(p, p + 1, n - 1)))
		return NULL;
	for (; n; p++, n--)
		if (*p != value)
			return p;
	return NULL;
}

static u8 *behind_last_other(u8 *end, u8 value)
{
	while (end[-1] == value)
		end--;
	return end;
}

static void restore(const struct kmem_cache *s, const char *what, u8 value,
		    u8 *from, u8 *to)
{
	slab_fix(s, "Restoring %s 0x%016lx-0x%016lx=0x%x", what,
		 (unsigned long)from, (unsigned long)to - 1, value);
	memset(from, value, (size_t)(to - from));
}

static bool check_bytes(const struct kmem_cache *s, const struct page *slab,
			const char *what, u8 *p, u8 value, size_t n)
{
	u8 *fault = first_other(p, value, n), *end;

	if (likely(!fault))
		return true;
	end = behind_last_other(p + n, value);
	slab_bug(s,
		 "[%s overwritten] 0x%016lx-0x%016lx @offset=%zu. First byte "
		 "0x%x instead of 0x%x",
		 what, (unsigned long)fault, (unsigned long)end - 1,
		 (size_t)fault - (size_t)page_address(slab), *fault, value);
	restore(s, what, value, fault, end);
	return false;
}

static bool check_red_zones(const struct kmem_cache *s, const struct page *slab,
			    u8 *p, u8 state)
{
	bool ok = check_bytes(s, slab, "Left Redzone", p - s->red_left_pad,
			      state, s->red_left_pad);

	ok &= check_bytes(s, slab, "Right Redzone", p + s->object_size, state,
			  s->inuse - s->object_size);
	if (keeps_asked(s) && state == RED_ACTIVE) {
		u32 asked = asked_size(s, p);

		if (asked < s->object_size)
			ok &= check_bytes(s, slab, "kmalloc Redzone", p + asked,
					  state, s->object_size - asked);
	}
	return ok;
}

static bool check_poison(const struct kmem_cache *s, const struct page *slab,
			 u8 *p, u8 state)
{
	u32 padding = padding_start(s), last = s->object_size - 1;
	bool ok = true;

	if (state == RED_INACTIVE && (s->flags & SLAB_OBJECT_POISON)) {
		ok = check_bytes(s, slab, "Poison", p, POISON_FREE, last);
		ok &= check_bytes(s, slab, "End Poison", p + last, POISON_END,
				  1);
	}
	if (padding < slot_end(s))
		ok &= check_bytes(s, slab, "Object padding", p + padding,
				  POISON_INUSE, slot_end(s) - padding);
	return ok;
}

static bool link_is_valid(const struct kmem_cache *s, const struct page *slab,
			  const void *link)
{
	return !link || object_number(s, slab, link) >= 0;
}

bool check_object(const struct kmem_cache *s, const struct page *slab, u8 *p,
		  u8 state)
{
	bool ok = true;

	if (s->flags & SLAB_RED_ZONE)
		ok = check_red_zones(s, slab, p, state);
	else if ((s->flags & SLAB_POISON) && s->object_size < s->inuse)
		ok = check_bytes(s, slab, "Alignment padding",
				 p + s->object_size, POISON_INUSE,
				 s->inuse - s->object_size);
	if (s->flags & SLAB_POISON)
		ok &= check_poison(s, slab, p, state);
	if (!ok)
		print_trailer(s, slab, p);
	/* One inside an object in use is not there. */
	if ((freeptr_outside(s) || state != RED_ACTIVE) &&
	    !link_is_valid(s, slab, *freepointer(s, p))) {
		object_err(s, slab, p, "Freepointer corrupt");
		*freepointer(s, p) = NULL;
		ok = false;
	}
	return ok;
}

void init_object(const struct kmem_cache *s, u8 *p, u8 state)
{
	u32 filled = s->object_size;

	if (s->flags & SLAB_RED_ZONE) {
		memset(p - s->red_left_pad, state, s->red_left_pad);
		if (state == RED_ACTIVE)
			filled = asked_size(s, p);
	}
	if (s->flags & SLAB_OBJECT_POISON && filled) {
		memset(p, POISON_FREE, filled - 1);
		p[filled - 1] = POISON_END;
	}
	if (s->flags & SLAB_RED_ZONE)
		memset(p + filled, state, s->inuse - filled);
}

static void check_slab_padding(const struct kmem_cache *s,
			       const struct page *slab)
{
	size_t bytes = PAGE_SIZE << slab->order, rest = bytes % s->size;
	u8 *end = (u8 *)page_address(slab) + bytes, *fault, *last;

	if (!(s->flags & SLAB_POISON))
		return;
	fault = first_other(end - rest, POISON_INUSE, rest);
	if (likely(!fault))
		return;
	last = behind_last_other(end, POISON_INUSE);
	slab_bug(s, "Padding overwritten. 0x%016lx-0x%016lx @offset=%zu",
		 (unsigned long)fault, (unsigned long)last - 1,
		 (size_t)fault - (size_t)page_address(slab));
	print_section("Padding  ", end - rest, rest);
	restore(s, "slab padding", POISON_INUSE, fault, last);
	report_end();
}

static unsigned int most_objects(const struct kmem_cache *s,
				 const struct page *slab)
{
	return (unsigned int)((PAGE_SIZE << slab->order) / s->size);
}

bool check_slab(const struct kmem_cache *s, struct page *slab)
{
	unsigned int most = most_objects(s, slab);

	if (slab->slab.objects > most) {
		slab_err(s, slab, "objects %u > max %u", slab->slab.objects,
			 most);
		return false;
	}
	if (slab->slab.inuse > slab->slab.objects) {
		slab_err(s, slab, "inuse %u > max %u", slab->slab.inuse,
			 slab->slab.objects);
		return false;
	}
	check_slab_padding(s, slab);
	return true;
}

/* the chain of free objects */

/* No word said: does @p bear the marks of a free object? */
static bool looks_free(const struct kmem_cache *s, u8 *p)
{
	u32 last = s->object_size - 1;
	bool marked = false;

	if (s->flags & SLAB_RED_ZONE) {
		if (first_other(p - s->red_left_pad, RED_INACTIVE,
				s->red_left_pad))
			return false;
		marked = true;
	}
	if (s->flags & SLAB_OBJECT_POISON) {
		if (first_other(p, POISON_FREE, last) || p[last] != POISON_END)
			return false;
		marked = true;
	}
	return marked;
}

bool link_leads_to_free(const struct kmem_cache *s, const struct page *slab,
			void *link)
{
	long i = link ? object_number(s, slab, link) : -1;

	if (!link)
		return true;
	return i >= 0 && (object_is_free(slab, i) || looks_free(s, link));
}

/*
 * Objects that the chain reaches, or -1 if it is a circle. A link that leads
 * elsewhere ends the chain there.
 */
static int chain_length(const struct kmem_cache *s, const struct page *slab,
			bool *cut)
{
	u8 *p = chain_head(s, slab);
	int n = 0;

	for (; p; p = *freepointer(s, p)) {
		if (n++ == slab->slab.objects)
			return -1;
		if (!link_leads_to_free(s, slab, *freepointer(s, p))) {
			object_err(s, slab, p, "Freechain corrupt");
			*freepointer(s, p) = NULL;
			*cut = true;
		}
	}
	return n;
}

void mark_all_used(struct kmem_cache *s, struct page *slab)
{
	bool listed = slab->flags & PG_PARTIAL;

	if (listed)
		partial_del(s, slab,
			    (unsigned int)slab->slab.objects -
				    slab->slab.inuse);
	for (long i = 0; i < slab->slab.objects; i++)
		set_object_free(slab, i, false);
	set_chain_head(s, slab, NULL);
	slab->slab.inuse = slab->slab.objects;
}

/* The slab's @n free objects are those of the chain. */
static void adopt_chain(struct kmem_cache *s, struct page *slab, unsigned int n)
{
	u8 *head = chain_head(s, slab);

	mark_all_used(s, slab);
	set_chain_head(s, slab, head);
	for (u8 *p = head; p; p = *freepointer(s, p))
		set_object_free(slab, object_number(s, slab, p), true);
	slab->slab.inuse = (u16)(slab->slab.objects - n);
	if (n)
		partial_add(s, slab);
}

bool check_chain(struct kmem_cache *s, struct page *slab)
{
	unsigned int free = (unsigned int)slab->slab.objects - slab->slab.inuse;
	bool cut = false;
	int n = chain_length(s, slab, &cut);

	if (n < 0) {
		slab_err(s, slab, "Freelist cycle detected");
		mark_all_used(s, slab);
		slab_fix(s, "Freelist cleared");
		report_end();
		return false;
	}
	if ((unsigned int)n != free) {
		slab_err(
			s, slab,
			"Wrong object count. Counter is %u but counted were %u",
			slab->slab.inuse,
			(unsigned int)slab->slab.objects - (unsigned int)n);
		adopt_chain(s, slab, (unsigned int)n);
		slab_fix(s, "Object count adjusted");
	}
	if (cut || (unsigned int)n != free)
		report_end();
	return true;
}
