/* SPDX-License-Identifier: MIT */
/* topology.h - which node a CPU belongs to. */
#ifndef KV_LINUX_TOPOLOGY_H
#define KV_LINUX_TOPOLOGY_H

#include <linux/nodemask.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
int kv_numa_node_id(void);
int kv_node_distance(int from, int to);
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#ifndef KV_KAPI_INSIDE
#define numa_node_id()	kv_numa_node_id()
#define numa_mem_id()	kv_numa_node_id()
#define node_distance(from, to) kv_node_distance(from, to)
#endif

#endif
