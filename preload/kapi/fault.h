/* SPDX-License-Identifier: MIT */
/*
 * fault.h - fault injection, for inside files; linux/fault-inject.h has what
 * programs use. The attributes failslab and fail_page_alloc and the task's
 * fail-nth decide, in the kernel's order.
 */
#ifndef KV_KAPI_FAULT_H
#define KV_KAPI_FAULT_H

#include "kapi/kapi.h"

/* Is the request of an object of @s to fail? Asked before any work. */
bool kapi_should_fail_slab(const struct kmem_cache *s, gfp_t gfp);

#endif
