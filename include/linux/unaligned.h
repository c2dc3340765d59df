/* SPDX-License-Identifier: MIT */
/* unaligned.h - integers at any address, in an order of bytes of one's choice. */
#ifndef KV_LINUX_UNALIGNED_H
#define KV_LINUX_UNALIGNED_H

#include <asm/byteorder.h>
#include <linux/kernel.h>

#define get_unaligned(ptr)                                                \
	__extension__({                                                   \
		const struct {                                            \
			__typeof__(*(ptr)) v;                             \
		} __attribute__((packed)) *at_ = (__typeof__(at_))(ptr);  \
		at_->v;                                                   \
	})
#define put_unaligned(val, ptr)                                           \
	do {                                                              \
		struct {                                                  \
			__typeof__(*(ptr)) v;                             \
		} __attribute__((packed)) *at_ = (__typeof__(at_))(ptr);  \
		at_->v = (val);                                           \
	} while (0)

/* get_unaligned_le32() and so on, for each size and order. */
#define __UNALIGNED_KV(order, bits)                                       \
	static inline u##bits get_unaligned_##order##bits(const void *p)  \
	{                                                                 \
		u##bits v;                                                \
		__builtin_memcpy(&v, p, sizeof(v));                       \
		return order##bits##_to_cpu(v);                           \
	}                                                                 \
	static inline void put_unaligned_##order##bits(u##bits val, void *p) \
	{                                                                 \
		u##bits v = cpu_to_##order##bits(val);                    \
		__builtin_memcpy(p, &v, sizeof(v));                       \
	}
__UNALIGNED_KV(le, 16)
__UNALIGNED_KV(le, 32)
__UNALIGNED_KV(le, 64)
__UNALIGNED_KV(be, 16)
__UNALIGNED_KV(be, 32)
__UNALIGNED_KV(be, 64)
#undef __UNALIGNED_KV

#endif
