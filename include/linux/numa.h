/* SPDX-License-Identifier: MIT */
/* numa.h - how many nodes a machine can have. */
#ifndef KV_LINUX_NUMA_H
#define KV_LINUX_NUMA_H

#include <linux/types.h>

#define NODES_SHIFT	6
#define MAX_NUMNODES	(1 << NODES_SHIFT)

#endif
