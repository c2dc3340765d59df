/* SPDX-License-Identifier: MIT */
/* test_workqueue.c - work that other threads do, now or later. */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kvkernel.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <dirent.h>

#include "child.h"

struct job {
	struct work_struct work;
	int number, cpu;
	atomic_t *sum;
	struct completion *begun, *go;
};

/* By their names: a sanitizer may have threads, too. */
static int nr_workers(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	int n = 0;

	while ((e = readdir(d))) {
		char path[300], name[32] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
			 e->d_name);
		f = fopen(path, "r");
		n += f && fgets(name, sizeof(name), f) &&
		     !strncmp(name, "kworker/", 8);
		if (f)
			fclose(f);
	}
	closedir(d);
	return n;
}

static void add(struct work_struct *work)
{
	struct job *j = container_of(work, struct job, work);

	ck_assert_ptr_eq(current_work(), work);
	j->cpu = raw_smp_processor_id();
	if (j->begun)
		complete(j->begun);
	if (j->go)
		wait_for_completion(j->go);
	if (j->sum)
		atomic_add(j->number, j->sum);
}

static void add_and_free(struct work_struct *work)
{
	add(work);
	kfree(container_of(work, struct job, work));
}

START_TEST(test_runs_elsewhere)
{
	static struct job j = { .work = __WORK_INITIALIZER(j.work, add) };
	atomic_t sum = ATOMIC_INIT(0);

	ck_assert(!work_pending(&j.work));
	ck_assert_ptr_null(current_work());
	ck_assert(!flush_work(&j.work));
	j.number = 5;
	j.sum = &sum;
	ck_assert(schedule_work(&j.work));
	flush_work(&j.work);
	ck_assert_int_eq(atomic_read(&sum), 5);
	ck_assert(!work_pending(&j.work));
}
END_TEST

START_TEST(test_pending_is_queued_once)
{
	DECLARE_COMPLETION(begun);
	DECLARE_COMPLETION(go);
	atomic_t sum = ATOMIC_INIT(0);
	struct workqueue_struct *wq = alloc_ordered_workqueue("one", 0);
	struct job first = { .begun = &begun, .go = &go };
	struct job second = { .number = 1, .sum = &sum };

	INIT_WORK(&first.work, add);
	INIT_WORK(&second.work, add);
	ck_assert(queue_work(wq, &first.work));
	wait_for_completion(&begun);
	ck_assert_uint_eq(work_busy(&first.work), WORK_BUSY_RUNNING);
	ck_assert(queue_work(wq, &second.work));
	ck_assert(!queue_work(wq, &second.work));
	ck_assert_uint_eq(work_busy(&second.work), WORK_BUSY_PENDING);
	complete(&go);
	flush_workqueue(wq);
	ck_assert_int_eq(atomic_read(&sum), 1);
	destroy_workqueue(wq);
}
END_TEST

/* The same work queued while it runs runs again, not twice at a time. */
START_TEST(test_not_reentrant)
{
	DECLARE_COMPLETION(begun);
	DECLARE_COMPLETION(go);
	atomic_t sum = ATOMIC_INIT(0);
	struct job j = { .number = 1, .sum = &sum, .begun = &begun, .go = &go };

	INIT_WORK(&j.work, add);
	schedule_work(&j.work);
	wait_for_completion(&begun);
	ck_assert(schedule_work(&j.work));
	msleep(20);
	ck_assert(!completion_done(&begun));
	ck_assert_uint_eq(work_busy(&j.work),
			  WORK_BUSY_PENDING | WORK_BUSY_RUNNING);
	complete_all(&go);
	flush_work(&j.work);
	ck_assert_int_eq(atomic_read(&sum), 2);
}
END_TEST

/* One waits for another of the same queue: there is a second thread. */
START_TEST(test_workers_may_wait)
{
	DECLARE_COMPLETION(go);
	struct job waits = { .go = &go }, wakes = { .begun = &go };

	INIT_WORK(&waits.work, add);
	INIT_WORK(&wakes.work, add);
	schedule_work(&waits.work);
	schedule_work(&wakes.work);
	flush_scheduled_work();
	ck_assert_uint_eq(work_busy(&waits.work), 0);
}
END_TEST

START_TEST(test_ordered)
{
	struct workqueue_struct *wq = alloc_ordered_workqueue("%s-%d", 0,
							      "ordered", 1);
	atomic_t sum = ATOMIC_INIT(0);
	unsigned long before = kv_nr_allocated();
	int i;

	for (i = 0; i < 1000; i++) {
		struct job *j = kzalloc(sizeof(*j), GFP_KERNEL);

		INIT_WORK(&j->work, add_and_free);
		j->sum = &sum;
		j->number = i;
		queue_work(wq, &j->work);
	}
	drain_workqueue(wq);
	ck_assert_int_eq(atomic_read(&sum), 999 * 1000 / 2);
	/* what the worker keeps for reuse is none of it */
	ck_assert_uint_eq(kv_nr_allocated(), before);
	destroy_workqueue(wq);
}
END_TEST

START_TEST(test_on_cpu)
{
	struct workqueue_struct *wq = alloc_workqueue("cpu", 0, 0);
	struct job j = { .cpu = -1 };

	INIT_WORK(&j.work, add);
	for (int cpu = 0; cpu < (int)nr_cpu_ids; cpu++) {
		queue_work_on(cpu, wq, &j.work);
		flush_work(&j.work);
		ck_assert_int_eq(j.cpu, cpu);
	}
	destroy_workqueue(wq);
}
END_TEST

static atomic_t ticks = ATOMIC_INIT(0);

static void tick(struct work_struct *work)
{
	(void)work;
	atomic_inc(&ticks);
}
static DECLARE_DELAYED_WORK(ticking, tick);

START_TEST(test_delayed_waits)
{
	unsigned long begun = jiffies;

	atomic_set(&ticks, 0);
	ck_assert(schedule_delayed_work(&ticking, 5));
	ck_assert(delayed_work_pending(&ticking));
	ck_assert(!schedule_delayed_work(&ticking, 0));
	while (!atomic_read(&ticks))
		msleep(1);
	ck_assert_uint_ge(jiffies - begun, 5);
	ck_assert(!delayed_work_pending(&ticking));
}
END_TEST

START_TEST(test_delayed_flush_and_cancel)
{
	atomic_set(&ticks, 0);
	schedule_delayed_work(&ticking, 1000 * HZ);
	flush_delayed_work(&ticking);
	ck_assert_int_eq(atomic_read(&ticks), 1);
	schedule_delayed_work(&ticking, 1000 * HZ);
	ck_assert(cancel_delayed_work_sync(&ticking));
	ck_assert(!cancel_delayed_work_sync(&ticking));
	ck_assert_int_eq(atomic_read(&ticks), 1);
	ck_assert(!mod_delayed_work(system_wq, &ticking, 1000 * HZ));
	ck_assert(mod_delayed_work(system_wq, &ticking, 0));
	flush_delayed_work(&ticking);
	ck_assert_int_eq(atomic_read(&ticks), 2);
}
END_TEST

/* The sooner one is first, whenever it came. */
START_TEST(test_delayed_order)
{
	static DECLARE_DELAYED_WORK(sooner, tick);

	atomic_set(&ticks, 0);
	schedule_delayed_work(&ticking, 1000 * HZ);
	schedule_delayed_work(&sooner, 2);
	while (!atomic_read(&ticks))
		msleep(1);
	ck_assert(delayed_work_pending(&ticking));
	ck_assert(cancel_delayed_work(&ticking));
}
END_TEST

static void again(struct work_struct *work)
{
	atomic_inc(&ticks);
	schedule_work(work);
}

START_TEST(test_cancel_stops_what_queues_itself)
{
	static DECLARE_WORK(work, again);

	atomic_set(&ticks, 0);
	schedule_work(&work);
	while (atomic_read(&ticks) < 10)
		msleep(1);
	cancel_work_sync(&work);
	ck_assert_uint_eq(work_busy(&work), 0);
	ck_assert(schedule_work(&work));
	cancel_work_sync(&work);
}
END_TEST

START_TEST(test_queue_from_interrupt)
{
	unsigned long reports = kv_nr_reports();
	static DECLARE_WORK(work, tick);

	atomic_set(&ticks, 0);
	kv_enter_irq();
	schedule_work(&work);
	kv_exit_irq();
	flush_work(&work);
	ck_assert_int_eq(atomic_read(&ticks), 1);
	ck_assert_uint_eq(kv_nr_reports(), reports);
}
END_TEST

/* cases with a process of their own */

static void no_thread_before_work(void)
{
	struct workqueue_struct *wq = alloc_workqueue("idle", 0, 0);
	static DECLARE_WORK(work, tick);
	int before = nr_workers(), with;

	queue_work(wq, &work);
	flush_work(&work);
	with = nr_workers();
	destroy_workqueue(wq);
	fprintf(stderr, "workers: %d, then %d, then %d", before, with,
		nr_workers());
}

#ifndef __SANITIZE_ADDRESS__
static void in_child_of_fork(void)
{
	static DECLARE_WORK(work, tick);
	int status = 0;

	schedule_work(&work);
	flush_work(&work);
	schedule_delayed_work(&ticking, 2);
	if (fork() == 0) {
		schedule_work(&work);
		flush_work(&work);
		while (delayed_work_pending(&ticking))
			msleep(1);
		flush_delayed_work(&ticking);
		_exit(atomic_read(&ticks));
	}
	wait(&status);
	fprintf(stderr, "child: %d", WEXITSTATUS(status));
}
#endif

static void flush_in_interrupt(void)
{
	static DECLARE_WORK(work, tick);

	schedule_work(&work);
	preempt_disable();
	flush_work(&work);
	preempt_enable();
}

static const struct child_case cases[] = {
	{ "threads", no_thread_before_work, "workers: 0, then 1, then 0", 0,
	  NULL },
#ifndef __SANITIZE_ADDRESS__ /* whose locks threads hold at the fork */
	{ "fork", in_child_of_fork, "child: 3", 0, NULL },
#endif
	{ "atomic", flush_in_interrupt,
	  "sleeping function called from invalid context", 0, NULL },
};

static Suite *suite(void)
{
	Suite *s = suite_create("workqueue");
	TCase *t = tcase_create("workqueue");

	tcase_add_test(t, test_runs_elsewhere);
	tcase_add_test(t, test_pending_is_queued_once);
	tcase_add_test(t, test_not_reentrant);
	tcase_add_test(t, test_workers_may_wait);
	tcase_add_test(t, test_ordered);
	tcase_add_test(t, test_on_cpu);
	tcase_add_test(t, test_delayed_waits);
	tcase_add_test(t, test_delayed_flush_and_cancel);
	tcase_add_test(t, test_delayed_order);
	tcase_add_test(t, test_cancel_stops_what_queues_itself);
	tcase_add_test(t, test_queue_from_interrupt);
	child_add_cases(t);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
