/* SPDX-License-Identifier: MIT */
/*
 * reported.c [wait|fork|spoil|threads] - asks for memory in all ways that a
 * report shows, from functions named for it; reports.sh looks at what became
 * of that.
 *
 *	wait	prints addresses and sleeps until standard input ends
 *	fork	the child frees some of its parent's, and loses its own
 *	spoil	writes behind a live object, which nobody frees
 *	threads	the same by several threads at once, all freed
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static struct kmem_cache *msgs;
static void *msg[10], *area, *block;

static noinline void make_msgs(void)
{
	for (int i = 0; i < 10; i++)
		msg[i] = kmem_cache_alloc(msgs, GFP_KERNEL);
}

static noinline void make_area(void)
{
	area = vmalloc(300000);
}

static noinline void make_block(void)
{
	block = kmalloc(100000, GFP_KERNEL);
}

static noinline void make_and_free(void)
{
	for (int i = 0; i < 100; i++)
		kfree(kmalloc(64, GFP_KERNEL_ACCOUNT));
	vfree(vmalloc(20000));
	kvfree(kvmalloc(6 << 20, GFP_KERNEL));
	kvfree(kvmalloc(40000, GFP_KERNEL));
}

static noinline void *map_pages(void)
{
	static struct page *pages[4];

	for (int i = 0; i < 4; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	return vmap(pages, 4, VM_MAP, PAGE_KERNEL);
}

static noinline void child_keeps(void)
{
	msg[0] = kmem_cache_alloc(msgs, GFP_KERNEL);
}

static int child(void)
{
	for (int i = 0; i < 10; i++)
		kmem_cache_free(msgs, msg[i]);
	vfree(area);
	kfree(block);
	child_keeps();
	return 0;
}

static void *work(void *arg)
{
	for (int i = 0; i < 100; i++) {
		void *p = kmem_cache_alloc(msgs, GFP_KERNEL);

		make_and_free();
		kmem_cache_free(msgs, p);
	}
	return arg;
}

static void by_threads(void)
{
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, work, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
}

static int unwinder_is_loaded(void)
{
	char line[512];
	FILE *f = fopen("/proc/self/maps", "r");
	int found = 0;

	while (f && fgets(line, sizeof(line), f))
		found |= strstr(line, "libunwind") != NULL;
	if (f)
		fclose(f);
	return found;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	int status = 0;
	void *mapped;

	msgs = kmem_cache_create("msgs", 200, 0, SLAB_NO_MERGE, NULL);
	make_msgs();
	make_area();
	make_block();
	make_and_free();
	mapped = map_pages();
	printf("%p %p %p %p unwinder=%d\n", msg[9], area, block, mapped,
	       unwinder_is_loaded());
	fflush(stdout);
	if (!strcmp(how, "wait"))
		return getchar() == EOF ? 0 : 1;
	if (!strcmp(how, "threads"))
		by_threads();
	if (!strcmp(how, "spoil"))
		((char *)msg[5])[200] = 1;
	if (!strcmp(how, "fork")) {
		if (fork() == 0)
			return child();
		wait(&status);
	}
	return status;
}
