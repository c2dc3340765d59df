/* SPDX-License-Identifier: MIT */
/*
 * object_store.c - equal objects from a slab cache whose constructor prepares
 * them once: they are returned in constructed state, so taking one again
 * costs no set-up.
 */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct session {
	struct list_head list;	/* constructed: empty */
	spinlock_t lock;	/* constructed: unlocked */
	u32 id;
	u8 key[32];
};

static struct kmem_cache *session_cache;
static unsigned int constructed;
static LIST_HEAD(sessions);

static void session_ctor(void *p)
{
	struct session *s = p;

	INIT_LIST_HEAD(&s->list);
	spin_lock_init(&s->lock);
	constructed++;
}

static int open_session(u32 id)
{
	struct session *s = kmem_cache_alloc(session_cache, GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	s->id = id;
	list_add_tail(&s->list, &sessions);
	return 0;
}

static void close_session(struct session *s)
{
	list_del_init(&s->list);	/* as the constructor left it */
	kmem_cache_free(session_cache, s);
}

static void close_all(void)
{
	struct session *s, *next;

	list_for_each_entry_safe(s, next, &sessions, list)
		close_session(s);
}

static int __init object_store_init(void)
{
	int err = 0;

	session_cache = kmem_cache_create("session",
					  sizeof(struct session), 0,
					  SLAB_HWCACHE_ALIGN,
					  session_ctor);
	if (!session_cache)
		return -ENOMEM;
	constructed = 0;
	for (int round = 0; round < 10 && !err; round++) {
		for (u32 id = 0; id < 50 && !err; id++)
			err = open_session(id);
		close_all();
	}
	if (err) {
		kmem_cache_destroy(session_cache);
		return err;
	}
	pr_info("500 sessions opened, constructed %s\n",
		constructed < 200 ? "less than 200 times" : "too often");
	return 0;
}

static void __exit object_store_exit(void)
{
	kmem_cache_destroy(session_cache);
}

module_init(object_store_init);
module_exit(object_store_exit);
MODULE_LICENSE("Dual MIT/GPL");
