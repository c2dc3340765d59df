/* SPDX-License-Identifier: MIT */
/*
 * pgtable.h - how a page may be accessed where it is mapped. The machine has
 * no page tables of its own: what a mapping here can be is writable or not.
 */
#ifndef KV_LINUX_PGTABLE_H
#define KV_LINUX_PGTABLE_H

#include <linux/types.h>

#define _PAGE_PRESENT	0x01ul
#define _PAGE_RW	0x02ul

#define pgprot_val(x)	((x).pgprot)
#ifdef __cplusplus
static inline pgprot_t __kv_pgprot(unsigned long v)
{
	pgprot_t p = { v };

	return p;
}
#define __pgprot(x)	__kv_pgprot(x)
#else
#define __pgprot(x)	((pgprot_t){ (x) })
#endif

#define PAGE_NONE		__pgprot(0)
#define PAGE_KERNEL		__pgprot(_PAGE_PRESENT | _PAGE_RW)
#define PAGE_KERNEL_RO		__pgprot(_PAGE_PRESENT)
#define PAGE_KERNEL_EXEC	PAGE_KERNEL
#define PAGE_KERNEL_NOCACHE	PAGE_KERNEL
#define PAGE_KERNEL_LARGE	PAGE_KERNEL

#define pgprot_noncached(p)	(p)
#define pgprot_writecombine(p)	(p)
#define pgprot_decrypted(p)	(p)

#endif
