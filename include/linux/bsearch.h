/* SPDX-License-Identifier: MIT */
/* bsearch.h - libc's. */
#ifndef KV_LINUX_BSEARCH_H
#define KV_LINUX_BSEARCH_H

#include <stdlib.h>

#endif
