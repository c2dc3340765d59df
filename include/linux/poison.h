/* SPDX-License-Identifier: MIT */
/* poison.h - what lists and freed objects are filled with. */
#ifndef KV_LINUX_POISON_H
#define KV_LINUX_POISON_H

#define LIST_POISON1		((void *)0xdead000000000100)
#define LIST_POISON2		((void *)0xdead000000000122)
#define POISON_INUSE		0x5a
#define POISON_FREE		0x6b
#define POISON_END		0xa5
#define SLUB_RED_INACTIVE	0xbb
#define SLUB_RED_ACTIVE		0xcc
#define PAGE_POISON		0xaa

#endif
