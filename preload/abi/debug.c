/* SPDX-License-Identifier: MIT */
/* debug.c - see debug.h. */
#include "abi/debug.h"

#include <string.h>

#include "abi/gate.h"
#include "abi/options.h"
#include "abi/thread.h"
#include "lib/bug.h"
#include "mm/kvmalloc.h"
#include "mm/slab_merge.h"
#include "mm/slub_debug.h"
#include "mm/slub_track.h"
#include "prof/prof.h"
#include "prof/unwind.h"

/* slub_debug=, or slab_debug= if that alone is set; NULL: neither. */
static const char *watched(void)
{
	return options[KV_OPT_slub_debug].set ?
		       options[KV_OPT_slub_debug].text :
	       options[KV_OPT_slab_debug].set ?
		       options[KV_OPT_slab_debug].text :
		       NULL;
}

void debug_boot(void)
{
	const char *wrong = slub_debug_setup(watched());

	if (wrong)
		warn("slub_debug: %s", wrong);
	if (options[KV_OPT_panic_on_warn].number)
		slub_debug_set_panic(true);
	slab_set_nomerge(options[KV_OPT_slab_nomerge].number);
	slab_set_limits(&(struct slab_limits){
		.min_order =
			(unsigned int)options[KV_OPT_slab_min_order].number,
		.max_order =
			(unsigned int)options[KV_OPT_slab_max_order].number,
		.min_objects =
			(unsigned int)options[KV_OPT_slab_min_objects].number,
	});
	kvmalloc_set_init(options[KV_OPT_init_on_alloc].number,
			  options[KV_OPT_init_on_free].number);
	slab_wipe_pages = options[KV_OPT_init_on_free].number;
}

bool debug_sees_each_call(void)
{
	return options[KV_OPT_init_on_alloc].number ||
	       options[KV_OPT_init_on_free].number;
}

/* Whoever unwinds must not come here again: it may allocate. */
static unsigned int capture_stack(const void **frames, unsigned int max)
{
	void *room[TRACK_FRAMES + UNWIND_OWN], **first = room;
	struct thread_cache *t = kv_own;
	unsigned int n;

	if (!prof_on || !t || t->unwinding)
		return 0;
	n = unwind(t, room, max < TRACK_FRAMES ? max : TRACK_FRAMES, &first);
	n = n < max ? n : max;
	memcpy(frames, first, n * sizeof(*frames));
	return n;
}

void debug_stacks_start(void)
{
	if (prof_on && slub_debug_active())
		slub_capture_stack = capture_stack;
}

/* A write behind a block that is never freed, or into one that is not handed
 * out again, would not be seen otherwise. */
void debug_at_exit(void)
{
	struct thread_cache *t = slub_debug_active() ? thread_self() : NULL;

	if (!t || !core_enter(t))
		return;
	for (unsigned int c = 1; c < nr_caches; c++)
		if (cache_is_live(&caches[c]))
			slub_validate_cache(&caches[c]);
	core_leave(t);
}
