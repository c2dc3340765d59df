/* SPDX-License-Identifier: MIT */
/* test_spinlock.c - the lock: its states, exclusion, sleeping and waking. */
#include "lib/spinlock.h"

#include <pthread.h>

#include "os/os.h"
#include "suite.h"

enum { NR_THREADS = 4, ROUNDS = 100000 };

static struct spinlock lock;
static unsigned long count; /* guarded by lock; not atomic on purpose */
static u32 entered;

START_TEST(test_zero_is_free)
{
	ck_assert(!spin_is_locked(&lock));
}
END_TEST

START_TEST(test_lock_locks)
{
	spin_lock(&lock);
	ck_assert(spin_is_locked(&lock));
}
END_TEST

START_TEST(test_unlock_frees)
{
	spin_lock(&lock);
	spin_unlock(&lock);
	ck_assert(!spin_is_locked(&lock));
}
END_TEST

START_TEST(test_trylock_takes_a_free_lock)
{
	ck_assert(spin_trylock(&lock));
	ck_assert(spin_is_locked(&lock));
}
END_TEST

START_TEST(test_trylock_leaves_a_held_lock)
{
	spin_lock(&lock);
	ck_assert(!spin_trylock(&lock));
	ck_assert_uint_eq(lock.v, 1);
}
END_TEST

START_TEST(test_init_frees_whatever_the_state)
{
	for (u32 v = 0; v < 3; v++) {
		lock.v = v;
		spin_lock_init(&lock);
		ck_assert(spin_trylock(&lock));
	}
}
END_TEST

static void *add(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		spin_lock(&lock);
		count++;
		spin_unlock(&lock);
	}
	return NULL;
}

/* Half of the attempts do not wait. */
static void *try_add(void *arg)
{
	unsigned long *done = arg;

	for (int i = 0; i < ROUNDS; i++) {
		if (i % 2)
			spin_lock(&lock);
		else if (!spin_trylock(&lock))
			continue;
		count++;
		spin_unlock(&lock);
		++*done;
	}
	return NULL;
}

START_TEST(test_lock_excludes)
{
	pthread_t t[NR_THREADS];

	for (int i = 0; i < NR_THREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, add, NULL), 0);
	for (int i = 0; i < NR_THREADS; i++)
		pthread_join(t[i], NULL);
	ck_assert_uint_eq(count, (unsigned long)NR_THREADS * ROUNDS);
	ck_assert_uint_eq(lock.v, 0);
}
END_TEST

START_TEST(test_trylock_excludes)
{
	unsigned long done[NR_THREADS] = { 0 }, sum = 0;
	pthread_t t[NR_THREADS];

	for (int i = 0; i < NR_THREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, try_add, &done[i]),
				 0);
	for (int i = 0; i < NR_THREADS; i++) {
		pthread_join(t[i], NULL);
		sum += done[i];
	}
	ck_assert_uint_eq(count, sum);
	ck_assert_uint_ge(sum, (unsigned long)NR_THREADS * ROUNDS / 2);
}
END_TEST

static void *lock_once(void *arg)
{
	(void)arg;
	spin_lock(&lock);
	__atomic_fetch_add(&entered, 1, __ATOMIC_SEQ_CST);
	spin_unlock(&lock);
	return NULL;
}

static void wait_until_somebody_sleeps(void)
{
	while (__atomic_load_n(&lock.v, __ATOMIC_RELAXED) != 2)
		os_yield();
}

START_TEST(test_waiter_says_that_it_may_sleep)
{
	pthread_t t;

	spin_lock(&lock);
	ck_assert_int_eq(pthread_create(&t, NULL, lock_once, NULL), 0);
	wait_until_somebody_sleeps();
	ck_assert_uint_eq(entered, 0);
	spin_unlock(&lock);
	pthread_join(t, NULL);
	ck_assert_uint_eq(entered, 1);
}
END_TEST

/* All of them sleep: each unlock must pass the wake-up on. */
START_TEST(test_every_sleeper_is_woken)
{
	pthread_t t[NR_THREADS];

	spin_lock(&lock);
	for (int i = 0; i < NR_THREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, lock_once, NULL),
				 0);
	wait_until_somebody_sleeps();
	/* not needed for the result: lets the others fall asleep too */
	os_futex_wait_for(&entered, 0, 20000000);
	spin_unlock(&lock);
	for (int i = 0; i < NR_THREADS; i++)
		pthread_join(t[i], NULL);
	ck_assert_uint_eq(entered, NR_THREADS);
	ck_assert_uint_eq(lock.v, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("spinlock");
	TCase *t;

	t = add_tcase(s, "states", NULL, NULL, 10);
	ADD_TESTS(t, test_zero_is_free, test_lock_locks, test_unlock_frees,
		  test_trylock_takes_a_free_lock,
		  test_trylock_leaves_a_held_lock,
		  test_init_frees_whatever_the_state);

	t = add_tcase(s, "threads", NULL, NULL, 60);
	ADD_TESTS(t, test_lock_excludes, test_trylock_excludes,
		  test_waiter_says_that_it_may_sleep,
		  test_every_sleeper_is_woken);
	return run_suite(s);
}
