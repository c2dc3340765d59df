/* SPDX-License-Identifier: MIT */
/*
 * report.c - see report.h; the format is kvmalloc/kvr.h.
 *
 * Lock: report.lock guards the header's section table and the slots.
 */
#include "prof/report.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "lib/bug.h"
#include "lib/print.h"
#include "mm/stats.h"
#include "os/os.h"
#include "prof/file.h"
#include "prof/memory.h"

enum { FIRST_SLOTS = 8 };

static SPARSE_BSS union {
	struct kvr_header h;
	char page[KVR_PAGE];
} header __attribute__((aligned(KVR_PAGE)));

static struct {
	struct spinlock lock;
	bool open, follow;
	u32 told;		/* the one warning was given */
	struct prof_file file;
	u64 next_slot;		/* file offset of the next free thread slot */
	u32 slots_left, slots_made;
} report;

/* Once, children of fork included: then it is known that something lacks. */
static void complain(const char *what, const char *lost, int err)
{
	if (!__atomic_exchange_n(&report.told, 1, __ATOMIC_RELAXED))
		warn("%s %s failed (error %d%s)%s", what, report.file.path,
		     -err, kv_error_words(-err), lost);
}

/* the file */

/* Contents of @addr go to the file, then the file takes its place. */
static int replace(int fd, void *addr, size_t size, u64 offset)
{
	int err = os_pwrite(fd, addr, size, offset);

	return err ? err : os_map_file(addr, size, fd, offset);
}

static void add_section(u32 id, u32 entry_size, u64 offset, u64 nr)
{
	struct kvr_header *h = &header.h;

	h->section[h->nr_sections] = (struct kvr_section){
		.id = id,
		.entry_size = entry_size,
		.offset = offset,
		.nr_entries = nr,
	};
	__atomic_store_n(&h->nr_sections, h->nr_sections + 1,
			 __ATOMIC_RELEASE);
}

/* what ran */

static void describe(const char *options, bool forked)
{
	struct kvr_header *h = &header.h;
	u64 run = h->run_id; /* a forked child's is its parent's */

	memset(h, 0, sizeof(*h));
	h->run_id = run;
	memcpy(h->magic, KVR_MAGIC, sizeof(h->magic));
	h->version = KVR_VERSION;
	h->header_size = sizeof(*h);
	h->state = KVR_RUNNING;
	h->pid = os_getpid();
	h->ppid = os_getppid();
	h->forked = forked;
	h->start_realtime_ns = os_realtime_ns();
	h->start_monotonic_ns = os_monotonic_ns();
	h->starttime = file_starttime();
	os_comm(h->comm);
	os_readlink("/proc/self/exe", h->exe, sizeof(h->exe) - 1);
	h->cut = file_cmdline(h->cmdline, sizeof(h->cmdline));
	if (options)
		strncpy(h->options, options, sizeof(h->options) - 1);
}

/* Bytes of stats_pages that are in use, whole pages. */
static size_t stats_size(void)
{
	return min_ul(ALIGN_UP(offsetof(struct stats_pages, zone) +
				       stats.nr_zones * sizeof(struct kvr_zone),
			       max_ul(os_page_size(), KVR_PAGE)),
		      sizeof(stats_pages));
}

/* What is counted into, part after part as it lies in memory. */
static void add_stats(u64 offset, size_t size)
{
#define X(name, type, id, nr)                                                 \
	add_section(id, sizeof(type),                                         \
		    offset + offsetof(struct stats_pages, name),              \
		    min_ul(nr, (size - offsetof(struct stats_pages, name)) /  \
				       sizeof(type)));
	STATS_PARTS(X)
#undef X
}

static int fill(int fd)
{
	size_t size = stats_size();
	long at_stats, err;

	report.slots_left = report.slots_made = 0;
	err = file_extend(&report.file, fd, sizeof(header));
	if (err < 0)
		return (int)err;
	at_stats = file_extend(&report.file, fd, size);
	if (at_stats < 0)
		return (int)at_stats;
	err = replace(fd, &stats_pages, size, (u64)at_stats);
	if (err)
		return (int)err;
	add_stats((u64)at_stats, size);
	return replace(fd, &header, sizeof(header), 0);
}

static void create_and_fill(const char *options, bool forked)
{
	int fd, err;

	describe(options, forked);
	fd = file_create(&report.file, header.h.comm, ".kvr");
	if (fd < 0) {
		complain("no report: creating", "", fd);
		return;
	}
	err = fill(fd);
	os_close(fd);
	if (err) {
		complain("no report: writing", "", err);
		os_unlink(report.file.path);
		/* Some of it may be mapped already: back to private memory. */
		os_map_private(&stats_pages, sizeof(stats_pages));
		os_map_private(&header, sizeof(header));
		return;
	}
	report.open = true;
}

void report_open(const char *dir, const char *options, u64 run, bool follow)
{
	report.follow = follow;
	file_dir(&report.file, dir);
	header.h.run_id = run;
	create_and_fill(options, false);
}

/* thread slots */

static int more_slots(int fd)
{
	u32 n = report.slots_made ? report.slots_made : FIRST_SLOTS;
	long at;

	if (header.h.nr_sections == KVR_MAX_SECTIONS)
		return -ENOSPC;
	at = file_extend(&report.file, fd, (u64)n * sizeof(struct kvr_thread));
	if (at < 0)
		return (int)at;
	report.next_slot = (u64)at;
	report.slots_left = n;
	report.slots_made += n;
	add_section(KVR_SEC_THREADS, sizeof(struct kvr_thread), (u64)at, n);
	return 0;
}

void report_map_thread(struct thread_cache *t)
{
	int fd, err = 0;

	if (!report.open || t->mapped)
		return;
	spin_lock(&report.lock);
	fd = file_reopen(&report.file);
	if (fd < 0)
		err = fd;
	else if (!report.slots_left)
		err = more_slots(fd);
	if (!err)
		err = replace(fd, &t->stat, sizeof(t->stat), report.next_slot);
	if (!err) {
		t->mapped = true;
		t->report_slot = report.slots_made - report.slots_left;
		report.next_slot += sizeof(t->stat);
		report.slots_left--;
	}
	if (fd >= 0)
		os_close(fd);
	spin_unlock(&report.lock);
	if (err)
		complain("report: adding a thread to",
			 ", its counts and more are lost", err);
}

/* arrays that grow */

/* @size rounded up to what is whole pages, of both sizes, and whole entries. */
static size_t whole(const struct report_array *a, size_t size)
{
	size_t page = max_ul(os_page_size(), KVR_PAGE), unit = page;

	while (unit % a->entry_size)
		unit += page;
	return DIV_ROUND_UP(size, unit) * unit;
}

static int add_piece(struct report_array *a, size_t size)
{
	int fd = file_reopen(&report.file), err;
	long at;

	if (fd < 0)
		return fd;
	at = header.h.nr_sections < KVR_MAX_SECTIONS ? file_extend(&report.file, fd, size) :
						       -E2BIG;
	err = at < 0 ? (int)at :
		       os_map_file(a->base + a->size, size, fd, (u64)at);
	os_close(fd);
	if (err)
		return err;
	add_section(a->section, a->entry_size, (u64)at, size / a->entry_size);
	a->size += size;
	return 0;
}

/* By half, so that pieces stay few, and what is unused stays small. */
bool report_array_grow(struct report_array *a, size_t size)
{
	size_t most, step;
	int err = -ENOMEM;

	if (size <= a->size)
		return true;
	if (!a->base)
		a->most = prof_space(a->most);
	most = whole(a, a->most);
	if (!report.open || size > a->most || a->full)
		return false;
	step = max_ul(max_ul(a->first, a->size / 2), size - a->size);
	step = min_ul(whole(a, step), most - a->size);
	spin_lock(&report.lock);
	if (!a->base)
		a->base = os_reserve(most, os_page_size());
	if (a->base)
		err = add_piece(a, step);
	spin_unlock(&report.lock);
	a->full = err;
	if (err)
		complain("report: adding call stacks to",
			 ", further ones are lost", err);
	return !err;
}

void report_array_drop(struct report_array *a)
{
	if (a->base)
		os_release(a->base, whole(a, a->most));
	a->base = NULL;
	a->size = 0;
	a->full = false;
}

/* fork */

/*
 * The child's heap holds what the parent had: that becomes `inherited`, and
 * its own counts begin. Its threads' counters are still the parent's file:
 * they get fresh private pages, and a place in the child's own file.
 */
static void count_from_zero(struct thread_cache *list)
{
	for (const struct thread_cache *t = list; t; t = t->next)
		for (size_t c = 0; c < KVR_MAX_CLASSES; c++)
			stats_pages.class[c].inherited += t->stat.alloc[c] -
					      t->stat.free[c];
	stats.inherited_vmalloc += stats.counter[KV_vmalloc_served] -
				   stats.counter[KV_vmalloc_freed];
	memset(stats.counter, 0, sizeof(stats.counter));
	memset(stats.vmalloc_size_log2, 0, sizeof(stats.vmalloc_size_log2));
	for (struct thread_cache *t = list; t; t = t->next) {
		os_map_private(&t->stat, sizeof(t->stat));
		t->mapped = false;
	}
}

void report_fork_child(struct thread_cache *list, struct thread_cache *me)
{
	char text[sizeof(header.h.options)];
	u64 run = header.h.run_id;

	if (!report.open)
		return;
	if (report.follow)
		__atomic_fetch_add(&header.h.forks, 1, __ATOMIC_RELAXED);
	spin_lock_init(&report.lock);
	memcpy(text, header.h.options, sizeof(text));
	report.open = false;
	/* The parent's header must not be written: leave its mapping first. */
	os_map_private(&header, sizeof(header));
	header.h.run_id = run;
	if (report.follow)
		create_and_fill(text, true);
	if (!report.open)
		os_map_private(&stats_pages, sizeof(stats_pages));
	count_from_zero(list);
	me->stat.tid = os_gettid();
	me->stat.nr_owners = 1;
	report_map_thread(me);
}

void report_close(void)
{
	if (!report.open)
		return;
	header.h.end_monotonic_ns = os_monotonic_ns();
	__atomic_store_n(&header.h.state, KVR_EXITED, __ATOMIC_RELEASE);
}

BOOT const char *report_path(void)
{
	return report.open ? report.file.path : NULL;
}
