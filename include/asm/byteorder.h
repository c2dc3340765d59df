/* SPDX-License-Identifier: MIT */
/* byteorder.h - from the CPU's order of bytes to another and back. */
#ifndef KV_ASM_BYTEORDER_H
#define KV_ASM_BYTEORDER_H

/* The name is one of the system's, too: what libc includes stays. */
#if __has_include_next(<asm/byteorder.h>)
#include_next <asm/byteorder.h>
#endif

#include <linux/types.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define __le_kv(bits, x)	((u##bits)(x))
#define __be_kv(bits, x)	__builtin_bswap##bits((u##bits)(x))
#else
#define __le_kv(bits, x)	__builtin_bswap##bits((u##bits)(x))
#define __be_kv(bits, x)	((u##bits)(x))
#endif

#define swab16(x)	__builtin_bswap16((u16)(x))
#define swab32(x)	__builtin_bswap32((u32)(x))
#define swab64(x)	__builtin_bswap64((u64)(x))

#define cpu_to_le16(x)	__le_kv(16, x)
#define cpu_to_le32(x)	__le_kv(32, x)
#define cpu_to_le64(x)	__le_kv(64, x)
#define le16_to_cpu(x)	__le_kv(16, x)
#define le32_to_cpu(x)	__le_kv(32, x)
#define le64_to_cpu(x)	__le_kv(64, x)
#define cpu_to_be16(x)	__be_kv(16, x)
#define cpu_to_be32(x)	__be_kv(32, x)
#define cpu_to_be64(x)	__be_kv(64, x)
#define be16_to_cpu(x)	__be_kv(16, x)
#define be32_to_cpu(x)	__be_kv(32, x)
#define be64_to_cpu(x)	__be_kv(64, x)

/* le32_to_cpup(p), cpu_to_le32p(p), le32_to_cpus(p) and so on. */
#define __BYTEORDER_KV(order, bits)                                       \
	static inline u##bits order##bits##_to_cpup(const u##bits *p)     \
	{                                                                 \
		return order##bits##_to_cpu(*p);                          \
	}                                                                 \
	static inline u##bits cpu_to_##order##bits##p(const u##bits *p)   \
	{                                                                 \
		return cpu_to_##order##bits(*p);                          \
	}                                                                 \
	static inline void order##bits##_to_cpus(u##bits *p)              \
	{                                                                 \
		*p = order##bits##_to_cpu(*p);                            \
	}                                                                 \
	static inline void cpu_to_##order##bits##s(u##bits *p)            \
	{                                                                 \
		*p = cpu_to_##order##bits(*p);                            \
	}                                                                 \
	static inline void order##bits##_add_cpu(u##bits *p, u##bits val) \
	{                                                                 \
		*p = cpu_to_##order##bits(                                \
			(u##bits)(order##bits##_to_cpu(*p) + val));       \
	}
__BYTEORDER_KV(le, 16)
__BYTEORDER_KV(le, 32)
__BYTEORDER_KV(le, 64)
__BYTEORDER_KV(be, 16)
__BYTEORDER_KV(be, 32)
__BYTEORDER_KV(be, 64)
#undef __BYTEORDER_KV

#endif
