/* SPDX-License-Identifier: MIT */
/* compiler_attributes.h - see compiler.h. */
#ifndef KV_LINUX_COMPILER_ATTRIBUTES_H
#define KV_LINUX_COMPILER_ATTRIBUTES_H

#include <linux/compiler.h>

#endif
