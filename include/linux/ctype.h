/* SPDX-License-Identifier: MIT */
/* ctype.h - libc's. */
#ifndef KV_LINUX_CTYPE_H
#define KV_LINUX_CTYPE_H

#include <ctype.h>

#endif
