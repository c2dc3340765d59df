/* SPDX-License-Identifier: MIT */
/*
 * vmallocinfo.c - the text of /proc/vmallocinfo.
 *
 * One line an area in use, by address, then those that are lazily freed.
 * Addresses are hashed as the kernel's "%p" does: the same one always prints
 * the same, differences say nothing. Each line is made from a copy taken
 * under the lock, and printed without it.
 */
#include "kapi/vm.h"

#include "kapi/report.h"
#include "kapi/symbol.h"
#include "lib/print.h"

struct row {
	const char *start;
	size_t size; /* with the guard */
	bool lazy, vpages;
	enum vm_kind kind;
	unsigned long flags;
	const void *caller;
	unsigned int nr_pages;
	unsigned int on_node[MAX_NUMNODES];
	u64 phys;
};

static void copy_row(struct row *row, const struct vmap_area *va)
{
	const struct vm_area *area = va->owner;

	*row = (struct row){
		.start = va->start,
		.size = (size_t)(va->end - va->start),
		.lazy = va->state != VA_BUSY,
		.caller = va->caller,
	};
	if (row->lazy || !(va->flags & VA_OWNED))
		return;
	row->size = area->vm.size;
	row->kind = area->kind;
	row->flags = area->vm.flags;
	row->nr_pages = area->vm.nr_pages;
	row->phys = area->vm.phys_addr;
	row->vpages = area->vm.nr_pages && is_vmalloc_addr(area->vm.pages);
	for (unsigned int i = 0; i < row->nr_pages; i++)
		row->on_node[page_to_nid(area->vm.pages[i])]++;
}

/* The first area at or above @from; lock held. */
static struct rb_node *first_from(const char *from)
{
	struct rb_node *n = vmap_space.areas.node, *best = NULL;

	while (n) {
		bool above = rb_entry(n, struct vmap_area, node)->start >= from;

		best = above ? n : best;
		n = n->child[above ? RB_LEFT : RB_RIGHT];
	}
	return best;
}

/* The next area at or above @from, lazily freed or not. */
static bool next_row(const char *from, bool lazy, struct row *row)
{
	struct thread_cache *t = kapi_enter();
	bool found = false;

	if (!t)
		return false;
	spin_lock(&vmap_space.lock);
	for (struct rb_node *n = first_from(from); n && !found;
	     n = rb_next(n)) {
		struct vmap_area *va = rb_entry(n, struct vmap_area, node);

		if (va->state != (lazy ? VA_LAZY : VA_BUSY))
			continue;
		copy_row(row, va);
		found = true;
	}
	spin_unlock(&vmap_space.lock);
	kapi_leave(t);
	return found;
}

static u64 hash(const void *p)
{
	static u64 key;

	if (!key)
		key = ((u64)(size_t)machine.linear_base << 7) | 1;
	return (((u64)(size_t)p ^ key) * 0x9e3779b97f4a7c15ull) >> 32;
}

struct text {
	char s[320];
	size_t len;
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	t->len += kv_vsnprintf(t->s + t->len, sizeof(t->s) - t->len, fmt, ap);
	va_end(ap);
	t->len = min_ul(t->len, sizeof(t->s) - 1);
}

static void add_flags(struct text *t, const struct row *row)
{
	static const struct {
		unsigned long flag;
		const char *text;
	} words[] = {
		{ VM_IOREMAP, " ioremap" },
		{ VM_SPARSE, " sparse" },
		{ VM_ALLOC, " vmalloc" },
		{ VM_MAP, " vmap" },
		{ VM_USERMAP, " user" },
		{ VM_DMA_COHERENT, " dma-coherent" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (row->flags & words[i].flag)
			add(t, "%s", words[i].text);
	if (row->vpages)
		add(t, " vpages");
	for (unsigned int nid = 0; nid < MAX_NUMNODES; nid++)
		if (row->on_node[nid])
			add(t, " N%u=%u", nid, row->on_node[nid]);
}

static void print_row(struct text *t, const struct row *row)
{
	char caller[128];

	t->len = 0;
	add(t, "0x%016lx-0x%016lx %7lu", (unsigned long)hash(row->start),
	    (unsigned long)hash(row->start + row->size), row->size);
	if (row->lazy) {
		add(t, " unpurged vm_area");
	} else if (row->kind == VM_KIND_RAM) {
		add(t, " vm_map_ram");
	} else {
		if (row->caller) {
			kapi_symbol(caller, sizeof(caller), row->caller, true);
			add(t, " %s", caller);
		}
		if (row->nr_pages)
			add(t, " pages=%u", row->nr_pages);
		if (row->phys)
			add(t, " phys=0x%016lx", (unsigned long)row->phys);
		add_flags(t, row);
	}
	add(t, "\n");
}

void kapi_vmallocinfo(void (*line)(const char *text, size_t len, void *arg),
		      void *arg)
{
	struct text t;
	struct row row;

	for (int lazy = 0; lazy < 2; lazy++)
		for (const char *at = NULL; next_row(at, lazy, &row);
		     at = row.start + 1) {
			print_row(&t, &row);
			line(t.s, t.len, arg);
		}
}
