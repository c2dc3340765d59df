/* SPDX-License-Identifier: MIT */
/* stringify.h - text of a macro's value. */
#ifndef KV_LINUX_STRINGIFY_H
#define KV_LINUX_STRINGIFY_H

#define __stringify_1(...)	#__VA_ARGS__
#define __stringify(...)	__stringify_1(__VA_ARGS__)

#endif
