/* SPDX-License-Identifier: MIT */
/* container_of.h - from a member to the structure around it. */
#ifndef KV_LINUX_CONTAINER_OF_H
#define KV_LINUX_CONTAINER_OF_H

#include <stddef.h>

#ifndef container_of
#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))
#endif
#define container_of_const(ptr, type, member) container_of(ptr, type, member)

#endif
