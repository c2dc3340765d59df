/* SPDX-License-Identifier: MIT */
/* slub_layout.c - see slub_layout.h. */
#include "mm/slub_layout.h"

static bool freeptr_must_leave(const struct kmem_cache *s,
			       const struct cache_args *args)
{
	bool keeps_content = s->ctor || (s->flags & SLAB_TYPESAFE_BY_RCU);

	if (keeps_content && !args->use_freeptr_offset)
		return true;
	if (s->flags & SLAB_POISON)
		return true;
	return (s->flags & SLAB_RED_ZONE) &&
	       (s->object_size < sizeof(void *) || keeps_asked(s));
}

static void place_freeptr(struct kmem_cache *s, const struct cache_args *args,
			  u32 *size)
{
	if (freeptr_must_leave(s, args)) {
		s->offset = *size;
		*size += (u32)sizeof(void *);
	} else if (args->use_freeptr_offset) {
		s->offset = args->freeptr_offset;
	} else {
		s->offset = ALIGN_DOWN(s->object_size / 2, (u32)sizeof(void *));
	}
}

void slub_layout(struct kmem_cache *s, const struct cache_args *args)
{
	u32 word = (u32)sizeof(void *);
	u32 size = ALIGN_UP(s->object_size, word);
	bool content = !s->ctor && !(s->flags & SLAB_TYPESAFE_BY_RCU);

	if ((s->flags & SLAB_POISON) && content)
		s->flags |= SLAB_OBJECT_POISON;
	if ((s->flags & SLAB_RED_ZONE) && size == s->object_size)
		size += word;
	s->inuse = size;
	place_freeptr(s, args, &size);
	if (s->flags & SLAB_STORE_USER)
		size += NR_TRACKS * (u32)sizeof(struct track);
	if (keeps_asked(s))
		size += (u32)sizeof(u32);
	s->red_left_pad = 0;
	if (s->flags & SLAB_RED_ZONE) {
		s->red_left_pad = ALIGN_UP(word, s->align);
		size += word + s->red_left_pad;
	}
	s->size = ALIGN_UP(size, s->align);
}
