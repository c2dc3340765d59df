/* SPDX-License-Identifier: MIT */
/*
 * ipc_alloc.c - the pattern that kvmalloc() replaced, beside it. Choosing by
 * size alone takes vmalloc for anything above a page, however much contiguous
 * memory there is; kvmalloc() takes it only when there is none.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

static void *ipc_alloc(int size)
{
	if (size > (int)PAGE_SIZE)
		return vmalloc((unsigned long)size);
	return kmalloc((size_t)size, GFP_KERNEL);
}

/* Must be told the size, or it would not know whom to call. */
static void ipc_free(void *ptr, int size)
{
	if (size > (int)PAGE_SIZE)
		vfree(ptr);
	else
		kfree(ptr);
}

static const char *kind(const void *p)
{
	return is_vmalloc_addr(p) ? "vmalloc" : "kmalloc";
}

static int __init ipc_alloc_init(void)
{
	for (int size = 1024; size <= 8 << 20; size *= 8) {
		void *old = ipc_alloc(size);
		void *now = kvmalloc((size_t)size, GFP_KERNEL);

		if (old && now)
			pr_info("%8d bytes: ipc_alloc %s, kvmalloc %s\n", size,
				kind(old), kind(now));
		ipc_free(old, size);
		kvfree(now);
		if (!old || !now)
			return -ENOMEM;
	}
	return 0;
}

static void __exit ipc_alloc_exit(void)
{
}

module_init(ipc_alloc_init);
module_exit(ipc_alloc_exit);
MODULE_LICENSE("Dual MIT/GPL");
