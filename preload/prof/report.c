/* SPDX-License-Identifier: MIT */
/*
 * report.c - see report.h; the format is kvmalloc/kvr.h.
 *
 * No descriptor is kept: a daemon that closes all of them, and opens its own
 * under our number, would get our data into its file. To grow, the file is
 * opened again by its absolute path and must be the same one.
 * Space is allocated before it is mapped (a full disk is an error here, not a
 * SIGBUS later).
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
#include "prof/memory.h"

enum { FIRST_SLOTS = 8, PATH_SIZE = 768, NAME_TRIES = 100 };

static SPARSE_BSS union {
	struct kvr_header h;
	char page[KVR_PAGE];
} header __attribute__((aligned(KVR_PAGE)));

static struct {
	struct spinlock lock;
	bool open;
	u32 told;		/* the one warning was given */
	char dir[PATH_SIZE];
	char path[PATH_SIZE];
	u64 dev, inode;
	u64 size;		/* of the file */
	u64 next_slot;		/* file offset of the next free thread slot */
	u32 slots_left, slots_made;
} report;

/* Once, children of fork included: then it is known that something lacks. */
static void complain(const char *what, const char *lost, int err)
{
	if (!__atomic_exchange_n(&report.told, 1, __ATOMIC_RELAXED))
		warn("%s %s failed (error %d)%s", what, report.path, -err,
		     lost);
}

/* the file */

static int open_again(void)
{
	u64 dev, inode;
	int fd = os_open(report.path, OS_UPDATE);

	if (fd < 0)
		return fd;
	if (os_identify(fd, &dev, &inode) || dev != report.dev ||
	    inode != report.inode) {
		os_close(fd);
		return -ESTALE;
	}
	return fd;
}

/* Appends @size bytes; file offset or -errno. RLIMIT_FSIZE would kill us. */
static long extend(int fd, u64 size)
{
	u64 offset = report.size;
	int err;

	if (offset + size > os_limit(OS_LIMIT_FSIZE))
		return -EFBIG;
	err = os_fallocate(fd, offset, size);
	if (err)
		return err;
	report.size += size;
	return (long)offset;
}

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

static void copy_file(const char *path, char *buf, size_t size, bool *cut)
{
	int fd = os_open(path, OS_READ);
	long n = 0;

	memset(buf, 0, size);
	if (fd < 0)
		return;
	n = os_read(fd, buf, size);
	os_close(fd);
	*cut = n == (long)size;
	buf[size - 1] = 0;
}

/* Field 22 of /proc/self/stat; the second may hold blanks and brackets. */
static u64 start_time(void)
{
	char buf[512];
	const char *p;
	bool cut;
	u64 v = 0;

	copy_file("/proc/self/stat", buf, sizeof(buf), &cut);
	p = strrchr(buf, ')');
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	for (p = p ? p + 1 : ""; *p >= '0' && *p <= '9'; p++)
		v = v * 10 + (u64)(*p - '0');
	return v;
}

static void describe(const char *options, bool forked)
{
	struct kvr_header *h = &header.h;
	u64 run = h->run_id; /* a forked child's is its parent's */
	bool cut = false;

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
	h->starttime = start_time();
	os_comm(h->comm);
	os_readlink("/proc/self/exe", h->exe, sizeof(h->exe) - 1);
	copy_file("/proc/self/cmdline", h->cmdline, sizeof(h->cmdline), &cut);
	h->cut = cut;
	if (options)
		strncpy(h->options, options, sizeof(h->options) - 1);
}

static void absolute_dir(const char *dir)
{
	size_t len;

	report.dir[0] = 0;
	if (dir[0] != '/' && os_getcwd(report.dir, sizeof(report.dir)))
		report.dir[0] = 0;
	len = strlen(report.dir);
	if (strcmp(dir, "."))
		kv_snprintf(report.dir + len, sizeof(report.dir) - len, "%s%s",
			    len ? "/" : "", dir);
}

static char safe(char c)
{
	bool ok = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		  (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '+';

	return ok ? c : '_';
}

/* Names that exist are earlier programs of this pid (exec): never touched. */
static int create(void)
{
	char comm[16];
	int fd = -EEXIST;

	for (size_t i = 0; i < sizeof(comm); i++)
		comm[i] = header.h.comm[i] ? safe(header.h.comm[i]) : 0;
	for (int i = 0; i < NAME_TRIES && fd == -EEXIST; i++) {
		size_t n = kv_snprintf(report.path, sizeof(report.path),
				       "%s/kvmalloc.%s.%d", report.dir, comm,
				       header.h.pid);

		if (i && n < sizeof(report.path))
			n += kv_snprintf(report.path + n,
					 sizeof(report.path) - n, ".%d", i);
		if (n + 5 > sizeof(report.path))
			return -ENAMETOOLONG;
		memcpy(report.path + n, ".kvr", 5);
		fd = os_open(report.path, OS_CREATE);
	}
	return fd;
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

	report.size = 0;
	report.slots_left = report.slots_made = 0;
	err = os_identify(fd, &report.dev, &report.inode);
	if (err)
		return (int)err;
	err = extend(fd, sizeof(header));
	if (err < 0)
		return (int)err;
	at_stats = extend(fd, size);
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
	fd = create();
	if (fd < 0) {
		complain("no report: creating", "", fd);
		return;
	}
	err = fill(fd);
	os_close(fd);
	if (err) {
		complain("no report: writing", "", err);
		os_unlink(report.path);
		/* Some of it may be mapped already: back to private memory. */
		os_map_private(&stats_pages, sizeof(stats_pages));
		os_map_private(&header, sizeof(header));
		return;
	}
	report.open = true;
}

void report_open(const char *dir, const char *options, u64 run)
{
	absolute_dir(dir);
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
	at = extend(fd, (u64)n * sizeof(struct kvr_thread));
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
	fd = open_again();
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
	int fd = open_again(), err;
	long at;

	if (fd < 0)
		return fd;
	at = header.h.nr_sections < KVR_MAX_SECTIONS ? extend(fd, size) :
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
	spin_lock_init(&report.lock);
	memcpy(text, header.h.options, sizeof(text));
	report.open = false;
	/* The parent's header must not be written: leave its mapping first. */
	os_map_private(&header, sizeof(header));
	header.h.run_id = run;
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
	return report.open ? report.path : NULL;
}
