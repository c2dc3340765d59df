/* SPDX-License-Identifier: MIT */
/* types.h - short integer names, and the kernel's types that hold nothing. */
#ifndef KV_LINUX_TYPES_H
#define KV_LINUX_TYPES_H

/* The name is one of the system's, too: what libc includes stays. */
#if __has_include_next(<linux/types.h>)
#include_next <linux/types.h>
#endif

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifndef KV_KAPI_INSIDE
#include <linux/compiler.h>
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef unsigned int gfp_t;
typedef unsigned int slab_flags_t;
typedef u64 phys_addr_t;
typedef u64 dma_addr_t;
typedef u64 resource_size_t;
typedef u64 sector_t;
typedef unsigned short umode_t;
typedef struct {
	unsigned long pgprot;
} pgprot_t;

typedef struct {
	int counter;
} atomic_t;
typedef struct {
	s64 counter;
} atomic64_t;
typedef atomic64_t atomic_long_t;

#ifndef KV_KAPI_INSIDE
struct list_head {
	struct list_head *next, *prev;
};
#endif
struct hlist_node {
	struct hlist_node *next, **pprev;
};
struct hlist_head {
	struct hlist_node *first;
};

/* What call_rcu() and kfree_rcu() need in an object. */
struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};
#define callback_head rcu_head

#define NUMA_NO_NODE	(-1)

#endif
