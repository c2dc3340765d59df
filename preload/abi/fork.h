/* SPDX-License-Identifier: MIT */
/* fork.h - the child of fork can allocate at once; see gate.h for how. */
#ifndef KV_FORK_H
#define KV_FORK_H

/* Registers the handlers; once, at start-up. */
void fork_init(void);

#endif
