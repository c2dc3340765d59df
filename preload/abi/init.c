/* SPDX-License-Identifier: MIT */
/* init.c - see init.h. */
#include "abi/init.h"

#include <string.h>
#include <sys/auxv.h>

#include "abi/debug.h"
#include "abi/fork.h"
#include "abi/options.h"
#include "abi/thread.h"
#include "lib/bug.h"
#include "mm/huge.h"
#include "mm/kmalloc.h"
#include "mm/kvmalloc.h"
#include "mm/page_alloc.h"
#include "mm/sheaf.h"
#include "mm/stats.h"
#include "mm/vmalloc.h"
#include "os/os.h"
#include "prof/prof.h"
#include "prof/report.h"
#include "prof/trace.h"

enum state { COLD_START, STARTING, READY, FAILED };

static u32 state;
static _Thread_local bool starting;	/* in this thread */
static const char *first_brk;
static bool asked;

const char *init_brk(void)
{
	return first_brk;
}

bool init_asked(void)
{
	return asked;
}

u64 init_seed(void)
{
	return options[KV_OPT_seed].number;
}

/* glibc's start of the stack: argc, argv, NULL, envp; musl has none. */
extern void *__libc_stack_end __attribute__((weak));
extern char **environ;

static char **find_environ(void)
{
	char **p;

	if (environ || !&__libc_stack_end || !__libc_stack_end)
		return environ;
	p = (char **)__libc_stack_end;
	return p + *(long *)(void *)p + 2;
}

const char *init_getenv(const char *name)
{
	size_t len = strlen(name);
	char **env = find_environ();

	for (; env && *env; env++)
		if (!memcmp(*env, name, len) && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

static int kernel_option(void)
{
	static const int kernels[] = { 412, 418, 612, 700 };

#ifdef KV_KAPI
	if (!options[KV_OPT_kernel].set)
		return 612; /* a kernel's interface: one whose answers we have */
#endif
	return options[KV_OPT_kernel].set ?
		       kernels[options[KV_OPT_kernel].number] :
		       0;
}

static u64 default_mem(void)
{
	u64 ram = os_total_ram(), limit = os_cgroup_limit("");

	if (!ram)
		ram = 1ull << 30;
	return ram < limit ? ram : limit;
}

static const char *policy_name(u64 policy)
{
	static const char *const names[] = { "kvmalloc", "kmalloc", "vmalloc",
					     "ipc_alloc", "random" };

	return names[policy];
}

static void describe_machine(void)
{
	stats.page_size = PAGE_SIZE;
	stats.nr_cpus = machine.cfg.cpus;
	stats.kernel = (u64)machine.cfg.kernel;
	stats.vmalloc_total = vmalloc_region.size;
	stats.linear_base = (u64)machine.linear_base;
	stats.vmalloc_base = (u64)vmalloc_region.base;
	strncpy(stats.policy, policy_name(options[KV_OPT_policy].number),
		sizeof(stats.policy) - 1);
}

static bool boot(void)
{
	bool random = options[KV_OPT_policy].number == POLICY_RANDOM;
	struct machine_config cfg = {
		.mem = options[KV_OPT_mem].set ? options[KV_OPT_mem].number :
						 default_mem(),
		.cpus = options[KV_OPT_cpus].set ?
				(unsigned int)options[KV_OPT_cpus].number :
				(unsigned int)min_ul(os_nr_cpus(), MAX_NR_CPUS),
		.kernel = kernel_option(),
		.overcommit = options[KV_OPT_overcommit].number,
		.zones = (enum zone_layout)options[KV_OPT_zones].number,
		.nodes = (unsigned int)options[KV_OPT_nodes].number,
#ifdef KV_KAPI
		.shared = true,
#else
		.unseen = !asked,
#endif
	};

	huge_boot((enum huge_option)options[KV_OPT_huge].number);
	if (machine_boot(&cfg))
		return false;
	vmalloc_boot(); /* without a region, large requests fail */
	debug_boot();
	kmalloc_boot(cfg.kernel, !random && !debug_sees_each_call());
	if (cfg.unseen)
		kmalloc_young();
	kvmalloc_boot((enum kv_policy)options[KV_OPT_policy].number,
		      cfg.kernel);
	describe_machine();
#ifdef KV_KAPI
	if (sheaf_boot())
		return false;
	kmalloc_make_all();
	return true;
#else
	return sheaf_boot() == 0;
#endif
}

/* Memory that caches and dead threads hold. */
static unsigned long shrink_caches(gfp_t gfp)
{
	unsigned long pages = stats.slab_pages + stats.large_pages;

	(void)gfp;
	sheaf_drain(thread_self());
	thread_reap_all();
	barn_drain_all();
	for (unsigned int c = 1; c < nr_caches; c++)
		if (caches[c].size)
			cache_shrink(&caches[c]);
	return pages - min_ul(pages, stats.slab_pages + stats.large_pages);
}

static struct shrinker sheaf_shrinker = {
	.name = "sheaves, barns and empty slabs",
	.scan = shrink_caches,
};

unsigned long trim_all(void)
{
	unsigned long pages;

	shrink_caches(GFP_KERNEL);
	pages = vmalloc_purge(0);
	drain_all_pages();
	return pages + purge_free_pages(0);
}

/*
 * KVMALLOC_RUN=NUMBER:PID: what `kvmalloc run` calls the run, and its first
 * process; 0: nobody said so.
 */
struct run {
	u64 number, first;
};

static u64 digits(const char **p)
{
	u64 v = 0;

	for (; *p && **p >= '0' && **p <= '9'; ++*p)
		v = v * 10 + (u64)(**p - '0');
	return v;
}

static struct run this_run(void)
{
	const char *p = init_getenv("KVMALLOC_RUN");
	struct run run = { .number = digits(&p) };

	if (p && *p == ':') {
		p++;
		run.first = digits(&p);
	}
	return run;
}

static void write_nothing(void)
{
	options[KV_OPT_report].set = false;
	options[KV_OPT_trace].set = false;
	options[KV_OPT_stacks].number = 0;
}

/* Options that only the other of the two libraries has. */
static void warn_of_others(void)
{
#ifdef KV_KAPI
	if (options[KV_OPT_trace].set)
		warn("option trace: of libkvmalloc only, nothing is written");
#else
	if (options[KV_OPT_failslab].set)
		warn("option failslab: of libkvkernel only, nothing fails");
	if (options[KV_OPT_fail_page_alloc].set)
		warn("option fail_page_alloc: of libkvkernel only, "
		     "nothing fails");
#endif
}

static void start(void)
{
	bool secure = getauxval(AT_SECURE);
	const char *text = init_getenv("KVMALLOC");

	struct run run = this_run();
	bool follow;

	first_brk = os_brk();
	asked = text;
	options_parse(text);
	follow = options[KV_OPT_follow].number;
	if (secure || (!follow && run.first && run.first != (u64)os_getpid()))
		write_nothing();
	if (!boot()) {
		__atomic_store_n(&state, FAILED, __ATOMIC_RELEASE);
		return;
	}
	register_shrinker(&sheaf_shrinker);
	if (options[KV_OPT_report].set) {
#ifndef KV_KAPI
		if (machine.cfg.kernel)
			kmalloc_make_all();
#endif
		report_open(options[KV_OPT_report].text, text, run.number,
			    follow);
	}
#ifndef KV_KAPI
	if (options[KV_OPT_trace].set)
		trace_open(options[KV_OPT_trace].text,
			   options[KV_OPT_trace_max].number, text, run.number,
			   follow);
#endif
	warn_of_others();
	prof_wanted = options[KV_OPT_stacks].number && report_path() &&
		      !trace_on;
	__atomic_store_n(&state, READY, __ATOMIC_RELEASE);
	fork_init();
}

COLD bool init_once(void)
{
	u32 cold = COLD_START;

	if (likely(__atomic_load_n(&state, __ATOMIC_ACQUIRE) == READY))
		return true;
	if (starting)
		return false;
	if (__atomic_compare_exchange_n(&state, &cold, STARTING, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		starting = true;
		start();
		starting = false;
	}
	while (__atomic_load_n(&state, __ATOMIC_ACQUIRE) == STARTING)
		os_yield();
	return __atomic_load_n(&state, __ATOMIC_ACQUIRE) == READY;
}

void out_of_memory(size_t size)
{
	count_event(KV_alloc_failed);
	if (options[KV_OPT_oom].number == 1)
		bug("out of memory: %zu bytes asked, oom=panic", size);
	if (options[KV_OPT_oom].number == 2) {
		warn("out of memory: %zu bytes asked, oom=kill", size);
		os_kill_self();
	}
}
