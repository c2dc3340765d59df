/* SPDX-License-Identifier: MIT */
/* sizes.h - sizes by name. */
#ifndef KV_LINUX_SIZES_H
#define KV_LINUX_SIZES_H

#define SZ_1       0x00000001ul
#define SZ_16      0x00000010ul
#define SZ_64      0x00000040ul
#define SZ_128     0x00000080ul
#define SZ_256     0x00000100ul
#define SZ_512     0x00000200ul
#define SZ_1K      0x00000400ul
#define SZ_2K      0x00000800ul
#define SZ_4K      0x00001000ul
#define SZ_8K      0x00002000ul
#define SZ_16K     0x00004000ul
#define SZ_32K     0x00008000ul
#define SZ_64K     0x00010000ul
#define SZ_128K    0x00020000ul
#define SZ_256K    0x00040000ul
#define SZ_512K    0x00080000ul
#define SZ_1M      0x00100000ul
#define SZ_2M      0x00200000ul
#define SZ_4M      0x00400000ul
#define SZ_8M      0x00800000ul
#define SZ_16M     0x01000000ul
#define SZ_32M     0x02000000ul
#define SZ_64M     0x04000000ul
#define SZ_128M    0x08000000ul
#define SZ_256M    0x10000000ul
#define SZ_512M    0x20000000ul
#define SZ_1G      0x40000000ul
#define SZ_2G      0x80000000ul
#define SZ_4G      0x100000000ul

#endif
