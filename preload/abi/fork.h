/* SPDX-License-Identifier: MIT */
/* fork.h - the child of fork can allocate at once; see gate.h for how. */
#ifndef KV_FORK_H
#define KV_FORK_H

/* Registers the handlers; once, at start-up. */
void fork_init(void);

#ifdef KV_KAPI
/*
 * What makes the child's frames its own, if set; nobody is inside the core
 * meanwhile. before() and parent() in the parent, child() first of all in the
 * child.
 */
struct fork_frames {
	void (*before)(void);
	void (*parent)(void);
	void (*child)(void);
};
extern const struct fork_frames *fork_frames;
#endif

#endif
