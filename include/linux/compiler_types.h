/* SPDX-License-Identifier: MIT */
/* compiler_types.h - see compiler.h. */
#ifndef KV_LINUX_COMPILER_TYPES_H
#define KV_LINUX_COMPILER_TYPES_H

#include <linux/compiler.h>

#endif
