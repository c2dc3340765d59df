/* SPDX-License-Identifier: MIT */
/*
 * msg_queue.c - creating a message queue as System V IPC does: the queue's
 * structure, whose size nobody bounds, comes from kvmalloc() and is freed
 * after a grace period, since readers look queues up without a lock.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct msg {
	struct list_head list;
	size_t size;
	char text[];
};

struct msg_queue {
	struct rcu_head rcu;
	spinlock_t lock;
	struct list_head messages;
	unsigned long bytes;
	unsigned int nr_slots;
	u64 slots[];		/* large queues have many */
};

static struct msg_queue *newque(unsigned int nr_slots)
{
	struct msg_queue *msq;

	msq = kvzalloc(struct_size(msq, slots, nr_slots), GFP_KERNEL_ACCOUNT);
	if (!msq)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&msq->lock);
	INIT_LIST_HEAD(&msq->messages);
	msq->nr_slots = nr_slots;
	return msq;
}

static int send(struct msg_queue *msq, const char *text)
{
	size_t size = strlen(text) + 1;
	struct msg *msg = kmalloc(struct_size(msg, text, size), GFP_KERNEL);

	if (!msg)
		return -ENOMEM;
	msg->size = size;
	memcpy(msg->text, text, size);
	spin_lock(&msq->lock);
	list_add_tail(&msg->list, &msq->messages);
	msq->bytes += size;
	spin_unlock(&msq->lock);
	return 0;
}

static void freeque(struct msg_queue *msq)
{
	struct msg *msg, *next;

	list_for_each_entry_safe(msg, next, &msq->messages, list)
		kfree(msg);
	kvfree_rcu(msq, rcu);
}

static int __init msg_queue_init(void)
{
	static const unsigned int sizes[] = { 4, 1000, 100000, 2000000 };
	struct msg_queue *msq;
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		msq = newque(sizes[i]);
		if (IS_ERR(msq))
			return (int)PTR_ERR(msq);
		err = send(msq, "hello");
		if (!err)
			err = send(msq, "world");
		pr_info("queue of %u slots: %s, %lu bytes in messages\n",
			sizes[i], is_vmalloc_addr(msq) ? "vmalloc" : "kmalloc",
			msq->bytes);
		freeque(msq);
		if (err)
			return err;
	}
	return 0;
}

static void __exit msg_queue_exit(void)
{
	kvfree_rcu_barrier();
}

module_init(msg_queue_init);
module_exit(msg_queue_exit);
MODULE_LICENSE("Dual MIT/GPL");
