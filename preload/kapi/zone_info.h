/* SPDX-License-Identifier: MIT */
/*
 * zone_info.h - zones as numbers: from inside files, which know the core's
 * struct zone, to outside files, which know the kernel's.
 */
#ifndef KV_KAPI_ZONE_INFO_H
#define KV_KAPI_ZONE_INFO_H

#include <stdbool.h>

enum { ZONE_INFO_TYPES = 5, ZONE_INFO_MARKS = 4 };

struct zone_info {
	const char *name;
	unsigned long start_pfn, spanned, present, managed;	/* constant */
	unsigned long watermark[ZONE_INFO_MARKS];
	unsigned long reserve[ZONE_INFO_TYPES];
	unsigned long free, boost;	/* now */
};

/* The zone @index = node * ZONE_INFO_TYPES + type; false: there is none. */
bool zone_info(unsigned int index, struct zone_info *info);

#endif
