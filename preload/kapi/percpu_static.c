/* SPDX-License-Identifier: MIT */
/*
 * percpu_static.c - variables of DEFINE_PER_CPU(), and the way from a per-CPU
 * pointer to a CPU's copy.
 *
 * Each program and shared object has a section of such variables, its
 * template, and hands it over when it is loaded: every CPU gets a copy at the
 * same offset from its page. Pointers of alloc_percpu() lie in the vmalloc
 * region, all others are looked up among the templates: there are as many as
 * loaded objects that use per-CPU variables.
 *
 * Locks: modules.lock for changes; readers look at `start` last written, first
 * erased.
 */
#include "kapi/percpu.h"

#include <string.h>

#include "kapi/context.h"
#include "kapi/report.h"
#include "lib/bug.h"
#include "os/os.h"

enum { MAX_MODULES = 256 };

struct module {
	const char *start; /* NULL: unused */
	size_t size;	   /* bytes of the template */
	size_t stride;	   /* from one CPU's copy to the next */
	char *copies;
};

static struct {
	struct spinlock lock;
	unsigned int nr; /* slots ever used */
	struct module slot[MAX_MODULES];
} modules;

static struct module *module_of(const char *p)
{
	unsigned int nr = __atomic_load_n(&modules.nr, __ATOMIC_ACQUIRE);

	for (unsigned int i = 0; i < nr; i++) {
		struct module *m = &modules.slot[i];
		const char *start =
			__atomic_load_n(&m->start, __ATOMIC_ACQUIRE);

		if (start && (size_t)(p - start) < m->size)
			return m;
	}
	return NULL;
}

/* Copies for each CPU, as aligned as the template is. */
static void make_copies(struct module *m, const char *start, size_t size)
{
	size_t page = max_ul(os_page_size(), PAGE_SIZE);
	size_t skip = (size_t)start & (page - 1);
	size_t bytes;

	m->stride = ALIGN_UP(skip + size, page);
	bytes = m->stride * kapi_nr_cpus();
	m->copies = os_reserve(bytes, page);
	if (!m->copies || os_commit(m->copies, bytes))
		bug("no memory for %zu bytes of per-CPU variables", bytes);
	m->copies += skip;
	for (unsigned int cpu = 0; cpu < kapi_nr_cpus(); cpu++)
		memcpy(m->copies + cpu * m->stride, start, size);
	m->size = size;
	__atomic_store_n(&m->start, start, __ATOMIC_RELEASE);
}

void kv_percpu_register(const char *start, const char *end)
{
	struct thread_cache *t = kapi_enter(); /* the machine has booted then */
	unsigned int i;

	spin_lock(&modules.lock);
	if (start < end && !module_of(start)) {
		for (i = 0; i < modules.nr && modules.slot[i].start; i++)
			;
		if (i == MAX_MODULES)
			bug("per-CPU variables in more than %d objects",
			    MAX_MODULES);
		make_copies(&modules.slot[i], start, (size_t)(end - start));
		if (i == modules.nr)
			__atomic_store_n(&modules.nr, i + 1, __ATOMIC_RELEASE);
	}
	spin_unlock(&modules.lock);
	if (t)
		kapi_leave(t);
}

void kv_percpu_unregister(const char *start)
{
	struct module *m;
	char *copies;

	spin_lock(&modules.lock);
	m = module_of(start);
	if (m) {
		__atomic_store_n(&m->start, NULL, __ATOMIC_RELEASE);
		copies = (char *)ALIGN_DOWN((size_t)m->copies, os_page_size());
		os_release(copies, m->stride * kapi_nr_cpus());
	}
	spin_unlock(&modules.lock);
}

void *kv_per_cpu_ptr(const volatile void *p, unsigned int cpu)
{
	const char *at = (const char *)(uintptr_t)p;
	const struct module *m;

	if (KAPI_WARN_ONCE(cpu >= kapi_nr_cpus(),
			   "per-CPU access for CPU %u of %u", cpu,
			   kapi_nr_cpus()))
		cpu = 0;
	if (is_vmalloc_addr(at))
		return percpu_unit_address(at, cpu);
	m = module_of(at);
	if (likely(m))
		return m->copies + cpu * m->stride + (at - m->start);
	KAPI_WARN_ONCE(true, "per-CPU access to %p, which is no per-CPU memory",
		       (const void *)at);
	return (void *)(uintptr_t)p;
}

void *kv_this_cpu_ptr(const volatile void *p)
{
	return kv_per_cpu_ptr(p, kapi_this_cpu());
}

int kv_smp_processor_id(void)
{
	return (int)kapi_this_cpu();
}

unsigned int kv_nr_cpu_ids(void)
{
	return kapi_nr_cpus();
}

/* The kernel's report if the thread may be moved to another CPU. */
int kv_smp_processor_id_checked(const char *what, const char *prefix)
{
	if (!kapi_task.preempt_count && !kapi_task.irqs_disabled &&
	    kapi_nr_cpus() > 1) {
		char comm[16];

		os_comm(comm);
		kapi_count_report();
		kapi_pr("BUG: using %s%s() in preemptible [%08x] code: %s/%d",
			prefix, what, kapi_task.preempt_count, comm,
			os_gettid());
		dump_stack();
	}
	return kv_smp_processor_id();
}

void kv_this_cpu_check(const char *op)
{
	kv_smp_processor_id_checked(op, "__this_cpu_");
}
