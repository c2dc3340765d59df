/* SPDX-License-Identifier: MIT */
/*
 * rcupdate.h - read-copy-update.
 *
 * Readers mark themselves in a word of their own; a grace period ends when each
 * reader that was inside has left. There is no thread of the library: callbacks
 * run from later call_rcu(), synchronize_rcu(), rcu_barrier(), under memory
 * pressure, and at exit.
 */
#ifndef KV_LINUX_RCUPDATE_H
#define KV_LINUX_RCUPDATE_H

#include <linux/atomic.h>
#include <linux/container_of.h>
#include <linux/preempt.h>
#include <linux/types.h>

typedef void (*rcu_callback_t)(struct rcu_head *head);

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

void rcu_read_lock(void);
void rcu_read_unlock(void);
int rcu_read_lock_held(void);
void call_rcu(struct rcu_head *head, rcu_callback_t func);
void synchronize_rcu(void);
void rcu_barrier(void);
/* @ptr goes by kvfree() after a grace period; @head lies in it. */
void kv_free_rcu(struct rcu_head *head, void *ptr);
void kv_free_rcu_mightsleep(void *ptr);
/* Waits for what kfree_rcu() was given before. */
void kvfree_rcu_barrier(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define call_rcu_hurry(head, func)	call_rcu(head, func)
#define synchronize_rcu_expedited()	synchronize_rcu()
#define rcu_read_lock_bh()	do { local_bh_disable(); rcu_read_lock(); } while (0)
#define rcu_read_unlock_bh()	do { rcu_read_unlock(); local_bh_enable(); } while (0)
#define rcu_read_lock_sched()	do { preempt_disable(); rcu_read_lock(); } while (0)
#define rcu_read_unlock_sched()	do { rcu_read_unlock(); preempt_enable(); } while (0)
#define rcu_dereference(p)	__atomic_load_n(&(p), __ATOMIC_CONSUME)
#define rcu_dereference_check(p, c) rcu_dereference(p)
#define rcu_dereference_protected(p, c) (p)
#define rcu_dereference_raw(p)	rcu_dereference(p)
#define rcu_access_pointer(p)	READ_ONCE(p)
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELEASE)
#define rcu_replace_pointer(p, v, c) \
	__atomic_exchange_n(&(p), v, __ATOMIC_ACQ_REL)
#define RCU_INITIALIZER(v)	(v)
#define RCU_INIT_POINTER(p, v)	WRITE_ONCE(p, v)

/* Two arguments: an rcu_head in the object. One: none, and it may sleep. */
#define __kfree_rcu2_kv(ptr, member)                         \
	do {                                                 \
		__typeof__(ptr) rcu_ = (ptr);                \
		if (rcu_)                                    \
			kv_free_rcu(&rcu_->member, rcu_);    \
	} while (0)
#define __kfree_rcu1_kv(ptr)		kv_free_rcu_mightsleep(ptr)
#define __kfree_rcu_n_kv(a, b, name, ...) name
#define kvfree_rcu(...)                                                \
	__kfree_rcu_n_kv(__VA_ARGS__, __kfree_rcu2_kv, __kfree_rcu1_kv, ) \
	(__VA_ARGS__)
#define kfree_rcu(ptr, member)		__kfree_rcu2_kv(ptr, member)
#define kfree_rcu_mightsleep(ptr)	kv_free_rcu_mightsleep(ptr)
#define kvfree_rcu_mightsleep(ptr)	kv_free_rcu_mightsleep(ptr)

#endif
