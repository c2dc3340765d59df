/* SPDX-License-Identifier: MIT */
/* huge.c - see huge.h. */
#include "mm/huge.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "mm/stats.h"
#include "os/os.h"

#define TRUST	  ((size_t)32 << 20)
#define TRUST_ALL ((size_t)1 << 50)
#define SLOW_NS	  1000000u

static u8 option;  /* enum huge_option, constant after boot */
static u8 stopped; /* atomic, as the next */
static u8 host;
enum { HOST_UNKNOWN, HOST_NONE, HOST_BELOW };

void huge_boot(enum huge_option o)
{
	option = (u8)o;
	stopped = false;
	if (o == HUGE_OFF)
		huge_stop(KVR_HUGE_OFF);
}

bool huge_is_on(void)
{
	return !__atomic_load_n(&stopped, __ATOMIC_RELAXED);
}

bool huge_is_always(void)
{
	return option == HUGE_ALWAYS;
}

bool huge_ask(void *addr, size_t size)
{
	if (os_hugepage(addr, size, true)) {
		huge_stop(KVR_HUGE_NONE);
		return false;
	}
	stats.huge_state = KVR_HUGE_ON;
	return true;
}

/* Whether somebody else may have to find the memory first. */
static u8 find_host(void)
{
#if defined(__x86_64__)
	unsigned int a, b, c = 0, d;

	__get_cpuid(1, &a, &b, &c, &d);
	return c >> 31 ? HOST_BELOW : HOST_NONE;
#else
	return HOST_BELOW;
#endif
}

size_t huge_trust(void)
{
	u8 h = __atomic_load_n(&host, __ATOMIC_RELAXED);

	if (h == HOST_UNKNOWN) { /* asking costs microseconds below one */
		h = find_host();
		__atomic_store_n(&host, h, __ATOMIC_RELAXED);
	}
	return h == HOST_BELOW && !huge_is_always() ? TRUST : TRUST_ALL;
}

bool huge_try(void *fresh)
{
	u64 start = os_thread_cpu_ns();

	__atomic_fetch_or((u8 *)fresh, 0, __ATOMIC_RELAXED);
	if (huge_is_always() || os_thread_cpu_ns() - start <= SLOW_NS)
		return true;
	huge_stop(KVR_HUGE_SLOW);
	return false;
}

bool huge_is_one(void *addr)
{
	size_t page = os_page_size();
	size_t start = ALIGN_DOWN((size_t)addr, HUGE_SIZE);
	size_t last = start + HUGE_SIZE - page;
	u8 resident = 0;

	return os_mincore((char *)addr + (last - (size_t)addr), page,
			  &resident) == 0 &&
	       (resident & 1);
}

void huge_stop(enum kvr_huge why)
{
	__atomic_store_n(&stopped, true, __ATOMIC_RELAXED);
	stats.huge_state = why;
}
