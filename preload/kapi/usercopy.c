/* SPDX-License-Identifier: MIT */
/*
 * usercopy.c - linux/uaccess.h: is what a copy touches one object?
 *
 * The checks of the kernel's hardened usercopy, in its order: the range must
 * not wrap, not be a ZERO_SIZE_PTR, lie on the stack wholly or not at all, not
 * touch the program's code; in a vmalloc area, a slab object's window, a
 * compound block it must not pass the end. What is none of these is the
 * program's own memory and passes.
 */
#include "kapi/kapi.h"

#include <linux/uaccess.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <elf.h>
#include <link.h>

#include "kapi/report.h"
#include "kapi/slab.h"
#include "kapi/vm.h"
#include "mm/page_ref.h"

static void refuse(bool to_user, const char *what, const char *detail,
		   size_t offset, size_t n) __attribute__((noreturn));
static void refuse(bool to_user, const char *what, const char *detail,
		   size_t offset, size_t n)
{
	kapi_pr("usercopy: Kernel memory %s attempt detected %s %s%s%s%s "
		"(offset %zu, size %zu)!",
		to_user ? "exposure" : "overwrite", to_user ? "from" : "to",
		what, detail ? " '" : "", detail ? detail : "",
		detail ? "'" : "", offset, n);
	kv_bug_at(__FILE__, __LINE__, __func__);
}

static bool overlaps(const char *p, size_t n, const char *start,
		     const char *end)
{
	return p < end && p + n > start;
}

struct range {
	const char *start, *end;
};

/* The calling thread's stack; empty if that can't be known. */
static struct range this_stack(void)
{
	static _Thread_local struct range stack;
	pthread_attr_t attr;
	void *base;
	size_t size;

	if (stack.end || pthread_getattr_np(pthread_self(), &attr))
		return stack;
	if (pthread_attr_getstack(&attr, &base, &size) == 0)
		stack = (struct range){ base, (char *)base + size };
	pthread_attr_destroy(&attr);
	return stack;
}

static void check_stack(const char *p, size_t n, bool to_user)
{
	struct range stack = this_stack();

	if (overlaps(p, n, stack.start, stack.end) &&
	    (p < stack.start || p + n > stack.end))
		refuse(to_user, "process stack", NULL, 0, n);
}

static int executable_segment(struct dl_phdr_info *info, size_t size,
			      void *arg)
{
	struct range *text = arg;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type == PT_LOAD && (ph->p_flags & PF_X))
			*text = (struct range){
				(char *)(info->dlpi_addr + ph->p_vaddr),
				(char *)(info->dlpi_addr + ph->p_vaddr +
					 ph->p_memsz),
			};
	}
	return 1; /* the program's own comes first */
}

static void check_text(const char *p, size_t n, bool to_user)
{
	static struct range text;

	if (!text.end)
		dl_iterate_phdr(executable_segment, &text);
	if (overlaps(p, n, text.start, text.end))
		refuse(to_user, "kernel text", NULL,
		       (size_t)(p - text.start), n);
}

static void check_area(const char *p, size_t n, bool to_user)
{
	const struct vm_area *area = vm_area_find(p);
	size_t offset, size;

	if (!area)
		refuse(to_user, "vmalloc", "no area", 0, n);
	size = area->nr_pages << PAGE_SHIFT;
	offset = (size_t)(p - (const char *)area->vm.addr);
	if (n > size || offset > size - n)
		refuse(to_user, "vmalloc", NULL, offset, n);
}

static void check_slab(const struct kmem_cache *s, const char *p, size_t n,
		       bool to_user)
{
	const struct page *slab = virt_to_page(p);
	u32 from = s->useroffset, size = s->usersize;
	size_t offset;

	if (slab->type == PAGE_TAIL)
		slab = pfn_to_page(slab->head);
	offset = (size_t)(p - (const char *)page_address(slab)) % s->size;
	if (offset < s->red_left_pad)
		refuse(to_user, "SLUB object in left red zone", s->name,
		       offset, n);
	offset -= s->red_left_pad;
	if (s->malloc_class) { /* kmalloc: all of an object */
		from = 0;
		size = s->object_size;
	}
	if (offset < from || n > size || offset - from > size - n)
		refuse(to_user, "SLUB object", s->name, offset, n);
}

static void check_linear(const char *p, size_t n, bool to_user)
{
	const struct kmem_cache *s = kapi_cache_at(p);
	const struct page *page = virt_to_page(p);
	size_t offset, size;

	if (s) {
		check_slab(s, p, n, to_user);
		return;
	}
	if (!pgref_is_compound(page)) /* may pass any page's end */
		return;
	page = pgref_head(page);
	size = PAGE_SIZE << pgref_order(page);
	offset = (size_t)(p - (const char *)page_address(page));
	if (n > size || offset > size - n)
		refuse(to_user, "page alloc", NULL, offset, n);
}

void kv_check_object_size(const void *ptr, unsigned long n, bool to_user)
{
	const char *p = ptr;

	if (!n)
		return;
	if ((size_t)p + n - 1 < (size_t)p)
		refuse(to_user, "wrapped address", NULL, 0, n);
	if (zero_or_null(p))
		refuse(to_user, "null address", NULL, (size_t)p, n);
	check_stack(p, n, to_user);
	check_text(p, n, to_user);
	if (is_vmalloc_addr(p))
		check_area(p, n, to_user);
	else if (virt_is_linear(p))
		check_linear(p, n, to_user);
}
