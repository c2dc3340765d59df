/* SPDX-License-Identifier: MIT */
/*
 * zone_layout.c - which frames belong to which node and zone.
 *
 * Theory: the machine's frames are divided twice. Nodes get equal parts of
 * them, in the order of addresses; a zone is what of a node lies below one of
 * the limits that devices and the kernel's linear map had on x86:
 *	64-bit	DMA < 16 MiB <= DMA32 < 4 GiB <= Normal
 *	32-bit	DMA < 16 MiB <= Normal < 896 MiB <= HighMem
 * So node 0 has DMA and the low part of the next zone, and other nodes what
 * follows: most zones of most nodes are empty. Movable is in every layout and
 * always empty, since the kernel has it only if asked.
 *
 * All limits and parts are multiples of the largest block: a block never lies
 * in two zones.
 */
#include "mm/machine.h"

/* Where a zone ends; 0: there is no such zone. Rows ascend. */
static const unsigned long zone_end[NR_ZONE_LAYOUTS][MAX_NR_ZONES] = {
	[ZONES_64BIT] = {
		[ZONE_DMA] = ZONE_DMA_END,
		[ZONE_DMA32] = ZONE_DMA32_END,
		[ZONE_NORMAL] = ~0ul,
		[ZONE_MOVABLE] = ~0ul,
	},
	[ZONES_32BIT] = {
		[ZONE_DMA] = ZONE_DMA_END,
		[ZONE_NORMAL] = ZONE_NORMAL32_END,
		[ZONE_HIGHMEM] = ~0ul,
		[ZONE_MOVABLE] = ~0ul,
	},
};

static const char *const zone_names[MAX_NR_ZONES] = {
	[ZONE_DMA] = "DMA",	    [ZONE_DMA32] = "DMA32",
	[ZONE_NORMAL] = "Normal",   [ZONE_HIGHMEM] = "HighMem",
	[ZONE_MOVABLE] = "Movable",
};

bool zone_exists(enum zone_layout layout, enum zone_type type)
{
	return zone_end[layout][type];
}

const char *zone_type_name(enum zone_type type)
{
	return zone_names[type];
}

/* Adds the zones of @node, which has [@pfn, @end); returns the spans so far. */
static unsigned int add_node(unsigned int node, unsigned long pfn,
			     unsigned long end, unsigned int n)
{
	const unsigned long *limit = zone_end[machine.cfg.zones];

	for (unsigned int type = 0; type < MAX_NR_ZONES; type++) {
		unsigned long stop = min_ul(end, limit[type]);

		if (stop <= pfn)
			continue;
		machine.span[n++] = (struct zone_span){
			.start_pfn = pfn,
			.end_pfn = stop,
			.name = zone_names[type],
			.zone = (u8)(node * MAX_NR_ZONES + type),
			.node = (u8)node,
			.type = (u8)type,
		};
		pfn = stop;
	}
	return n;
}

void zone_layout_init(void)
{
	unsigned long blocks = machine.nr_pages / MAX_BLOCK_PAGES, part;
	unsigned int nodes = (unsigned int)clamp_ul(
		machine.cfg.nodes, 1, min_ul(MAX_NUMNODES, blocks));
	unsigned int n = 0;

	part = blocks / nodes * MAX_BLOCK_PAGES;
	for (unsigned int node = 0; node < nodes; node++)
		n = add_node(node, node * part,
			     node + 1 < nodes ? (node + 1) * part :
						machine.nr_pages,
			     n);
	machine.last_span = n - 1;
	machine.nr_nodes = nodes;
	machine.nr_zones = nodes * MAX_NR_ZONES;
	machine.cfg.nodes = nodes;
}
