/* SPDX-License-Identifier: MIT */
/*
 * dma_ring.c - a driver's receive ring: descriptors in one contiguous block
 * that a device with 24 address bits can reach, a page for each packet, and
 * an interrupt handler that may not sleep refilling it.
 */
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#define RING_SIZE 256

struct descriptor {
	u32 address;		/* bus address: below 16 MiB */
	u32 length;
};

struct ring {
	spinlock_t lock;
	struct descriptor *desc;
	struct page *page[RING_SIZE];
	unsigned int head, tail, dropped;
};

static bool refill(struct ring *r, unsigned int slot, gfp_t gfp)
{
	struct page *page = alloc_page(gfp | GFP_DMA);

	if (!page)
		return false;
	r->page[slot] = page;
	r->desc[slot].address = (u32)page_to_phys(page);
	r->desc[slot].length = 0;
	return true;
}

static void free_ring(struct ring *r)
{
	if (!r)
		return;
	for (unsigned int i = 0; i < RING_SIZE; i++)
		if (r->page[i])
			__free_page(r->page[i]);
	free_pages((unsigned long)r->desc,
		   get_order(RING_SIZE * sizeof(*r->desc)));
	kfree(r);
}

static struct ring *alloc_ring(void)
{
	unsigned int order = get_order(RING_SIZE * sizeof(struct descriptor));
	struct ring *r = kzalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return NULL;
	spin_lock_init(&r->lock);
	r->desc = (void *)__get_free_pages(GFP_KERNEL | GFP_DMA | __GFP_ZERO,
					   order);
	if (!r->desc)
		goto fail;
	for (unsigned int i = 0; i < RING_SIZE; i++)
		if (!refill(r, i, GFP_KERNEL))
			goto fail;
	return r;
fail:
	free_ring(r);
	return NULL;
}

/* A packet has come: it is taken, and its slot gets a new page or keeps it. */
static irqreturn_t receive(struct ring *r)
{
	unsigned int slot;
	struct page *full;

	spin_lock(&r->lock);
	slot = r->head++ % RING_SIZE;
	full = r->page[slot];
	if (refill(r, slot, GFP_ATOMIC | __GFP_NOWARN))
		__free_page(full);
	else
		r->dropped++;
	spin_unlock(&r->lock);
	return IRQ_HANDLED;
}

static int __init dma_ring_init(void)
{
	struct ring *r = alloc_ring();
	u32 highest = 0;

	if (!r)
		return -ENOMEM;
	for (int packet = 0; packet < 1000; packet++) {
		irq_enter();
		receive(r);
		irq_exit();
	}
	for (unsigned int i = 0; i < RING_SIZE; i++)
		highest = max(highest, r->desc[i].address);
	pr_info("1000 packets, %s; highest buffer %s 16 MiB\n",
		r->dropped ? "some dropped" : "none dropped",
		highest < 16u << 20 ? "below" : "above");
	free_ring(r);
	return 0;
}

static void __exit dma_ring_exit(void)
{
}

module_init(dma_ring_init);
module_exit(dma_ring_exit);
MODULE_LICENSE("Dual MIT/GPL");
