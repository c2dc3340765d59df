/* SPDX-License-Identifier: MIT */
/* array_size.h - elements of an array. */
#ifndef KV_LINUX_ARRAY_SIZE_H
#define KV_LINUX_ARRAY_SIZE_H

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

#endif
