/* SPDX-License-Identifier: MIT */
/*
 * sched/mm.h - scopes in which each request of the thread is weaker: without
 * __GFP_IO, without __GFP_FS, or from the reserves.
 */
#ifndef KV_LINUX_SCHED_MM_H
#define KV_LINUX_SCHED_MM_H

#include <linux/gfp.h>
#include <linux/types.h>

#define PF_MEMALLOC		0x00000800u
#define PF_MEMALLOC_NOFS	0x00040000u
#define PF_MEMALLOC_NOIO	0x00080000u

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Each returns what its restore needs. */
unsigned int memalloc_noio_save(void);
void memalloc_noio_restore(unsigned int flags);
unsigned int memalloc_nofs_save(void);
void memalloc_nofs_restore(unsigned int flags);
unsigned int memalloc_noreclaim_save(void);
void memalloc_noreclaim_restore(unsigned int flags);
/* @gfp as those scopes leave it. */
gfp_t current_gfp_context(gfp_t gfp);
/* The check of each request, by itself. */
void might_alloc(gfp_t gfp);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
