/* SPDX-License-Identifier: MIT */
/*
 * nodemask.h - sets of nodes, and the machine's (option nodes=). All nodes are
 * online from the start, and all have memory.
 */
#ifndef KV_LINUX_NODEMASK_H
#define KV_LINUX_NODEMASK_H

#include <linux/numa.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
unsigned int kv_nr_nodes(void);
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

typedef struct nodemask {
	unsigned long bits[1];
} nodemask_t;

#define nr_node_ids	kv_nr_nodes()
#define nr_online_nodes	kv_nr_nodes()
#define num_online_nodes() ((int)kv_nr_nodes())
#define num_possible_nodes() ((int)kv_nr_nodes())
#define node_online(nid) ((nid) >= 0 && (unsigned int)(nid) < kv_nr_nodes())
#define node_possible(nid) node_online(nid)
#define first_online_node 0

#define for_each_online_node(nid) \
	for ((nid) = 0; (unsigned int)(nid) < kv_nr_nodes(); (nid)++)
#define for_each_node(nid) for_each_online_node(nid)

#define nodes_clear(mask)	((void)((mask).bits[0] = 0))
#define node_set(nid, mask)	((void)((mask).bits[0] |= 1ul << (nid)))
#define node_clear(nid, mask)	((void)((mask).bits[0] &= ~(1ul << (nid))))
#define node_isset(nid, mask)	(((mask).bits[0] >> (nid)) & 1)

#endif
