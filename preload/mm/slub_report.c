/* SPDX-License-Identifier: MIT */
/*
 * slub_report.c - see slub_report.h.
 *
 * Text is gathered in one buffer, so that a block is one or few writes.
 * Locks: out.lock, inside the cache's lock.
 */
#include "mm/slub_report.h"

#include <stdarg.h>
#include <string.h>

#include "lib/bug.h"
#include "lib/print.h"
#include "lib/symbol.h"
#include "mm/slub_debug.h"
#include "mm/stats.h"
#include "os/os.h"

static SPARSE_BSS struct {
	struct spinlock lock;
	bool panic;
	unsigned long reports;
	size_t len;
	char buf[4096];
} out;

enum { LINE = 256 };

static const char line_of_equals[] = "========================================="
				     "====================================";
static const char line_of_dashes[] = "-----------------------------------------"
				     "------------------------------------";

static void flush(void)
{
	os_write(2, out.buf, out.len);
	out.len = 0;
}

static void vput(const char *fmt, va_list ap)
{
	size_t n;

	if (out.len > sizeof(out.buf) - LINE)
		flush();
	n = kv_vsnprintf(out.buf + out.len, LINE, fmt, ap);
	out.len += n < LINE ? n : LINE - 1;
}

static void __attribute__((format(printf, 1, 2))) put(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vput(fmt, ap);
	va_end(ap);
}

static void begin(void)
{
	spin_lock(&out.lock);
}

static void end(void)
{
	flush();
	spin_unlock(&out.lock);
}

static void count_report(void)
{
	__atomic_fetch_add(&out.reports, 1, __ATOMIC_RELAXED);
	count_event(KV_slab_errors);
}

unsigned long slub_debug_errors(void)
{
	return __atomic_load_n(&out.reports, __ATOMIC_RELAXED);
}

void slub_debug_set_panic(bool panic)
{
	out.panic = panic;
}

void report_end(void)
{
	if (out.panic)
		bug("panic_on_warn is set");
}

void slub_report_fork_child(void)
{
	spin_lock_init(&out.lock);
	out.len = 0;
}

/* parts; lock held */

static void put_bug(const struct kmem_cache *s, const char *fmt, va_list ap)
{
	put("%s\nBUG %s (Not tainted): ", line_of_equals, s->name);
	vput(fmt, ap);
	put("\n%s\n\n", line_of_dashes);
}

static void put_slab(const struct kmem_cache *s, const struct page *slab)
{
	put("Slab 0x%016lx objects=%u used=%u fp=0x%016lx "
	    "flags=0x%x(slab%s|zone=%u)\n",
	    (unsigned long)slab, slab->slab.objects, slab->slab.inuse,
	    cache_is_debug(s) ? (unsigned long)chain_head(s, slab) : 0,
	    slab->flags, slab->flags & PG_PARTIAL ? "|partial" : "",
	    slab->zone);
}

static void put_object(const struct kmem_cache *s, const struct page *slab,
		       const void *p)
{
	put("Object 0x%016lx @offset=%zu fp=0x%016lx\n\n", (unsigned long)p,
	    (size_t)p - (size_t)page_address(slab),
	    (unsigned long)*freepointer(s, p));
}

static void put_symbol(const void *addr)
{
	char name[128];

	kv_symbol(name, sizeof(name), addr);
	put("%s", name);
}

static void put_frames(const void *const *frames, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		put(" ");
		put_symbol(frames[i]);
		put("\n");
	}
}

static void put_track(const struct track *t, const char *what)
{
	const void *const *frames;
	unsigned int n;

	if (!t->when)
		return;
	put("%s in ", what);
	put_symbol(t->caller);
	put(" age=%lu cpu=%d pid=%d\n", (unsigned long)(track_now() - t->when),
	    t->cpu, t->pid);
	frames = track_stack(t->stack, &n);
	put_frames(frames, n);
}

static void put_tracks(const struct kmem_cache *s, const void *p)
{
	if (!(s->flags & SLAB_STORE_USER))
		return;
	put_track(track_of(s, p, TRACK_ALLOC), "Allocated");
	put_track(track_of(s, p, TRACK_FREE), "Freed");
}

/* 16 bytes in hex and as text. */
static void put_hex_line(const char *text, const u8 *p, size_t n)
{
	char hex[16 * 3 + 1], chars[17];

	for (size_t i = 0; i < 16; i++) {
		kv_snprintf(hex + i * 3, 4, i < n ? "%02x " : "   ",
			    i < n ? p[i] : 0u);
		if (i < n)
			chars[i] =
				p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '.';
	}
	chars[n] = 0;
	put("%s%016lx: %s %s\n", text, (unsigned long)p, hex, chars);
}

static void put_section(const char *text, const void *p, size_t size)
{
	const u8 *at = p;

	for (; size > 16; size -= 16, at += 16)
		put_hex_line(text, at, 16);
	if (size)
		put_hex_line(text, at, size);
}

static void put_trailer(const struct kmem_cache *s, const struct page *slab,
			const u8 *p)
{
	const u8 *base = page_address(slab);
	u32 padding = padding_start(s);

	put_tracks(s, p);
	put_slab(s, slab);
	put_object(s, slab, p);
	if (s->flags & SLAB_RED_ZONE)
		put_section("Redzone  ", p - s->red_left_pad, s->red_left_pad);
	else if (p > base + 16)
		put_section("Bytes b4 ", p - 16, 16);
	put_section("Object   ", p, min_ul(s->object_size, PAGE_SIZE));
	if (s->flags & SLAB_RED_ZONE)
		put_section("Redzone  ", p + s->object_size,
			    s->inuse - s->object_size);
	if (padding < slot_end(s))
		put_section("Padding  ", p + padding, slot_end(s) - padding);
}

/* whole blocks */

void slab_bug(const struct kmem_cache *s, const char *fmt, ...)
{
	va_list ap;

	count_report();
	begin();
	va_start(ap, fmt);
	put_bug(s, fmt, ap);
	va_end(ap);
	end();
}

void slab_fix(const struct kmem_cache *s, const char *fmt, ...)
{
	va_list ap;

	count_report();
	begin();
	put("FIX %s: ", s->name);
	va_start(ap, fmt);
	vput(fmt, ap);
	va_end(ap);
	put("\n");
	end();
}

void slab_err(const struct kmem_cache *s, const struct page *slab,
	      const char *fmt, ...)
{
	va_list ap;

	count_report();
	begin();
	va_start(ap, fmt);
	put_bug(s, fmt, ap);
	va_end(ap);
	put_slab(s, slab);
	end();
}

static void __attribute__((format(printf, 2, 3)))
put_bug_args(const struct kmem_cache *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_bug(s, fmt, ap);
	va_end(ap);
}

void object_err(const struct kmem_cache *s, const struct page *slab,
		const void *p, const char *reason)
{
	count_report();
	begin();
	put_bug_args(s, "%s", reason);
	if (object_number(s, slab, p) < 0) {
		put_slab(s, slab);
		put("Invalid pointer 0x%016lx\n", (unsigned long)p);
	} else {
		put_trailer(s, slab, p);
	}
	end();
}

void print_trailer(const struct kmem_cache *s, const struct page *slab,
		   const void *p)
{
	begin();
	put_trailer(s, slab, p);
	end();
}

void print_section(const char *text, const void *p, size_t size)
{
	begin();
	put_section(text, p, size);
	end();
}

void report_remaining(const struct kmem_cache *s, const struct page *slab,
		      const void *p)
{
	count_report();
	begin();
	put("Object 0x%016lx @offset=%zu\n", (unsigned long)p,
	    (size_t)p - (size_t)page_address(slab));
	put_tracks(s, p);
	end();
}

void report_trace(const struct kmem_cache *s, const struct page *slab,
		  const void *p, bool alloc)
{
	begin();
	put("TRACE %s %s 0x%016lx inuse=%u fp=0x%016lx\n", s->name,
	    alloc ? "alloc" : "free", (unsigned long)p, slab->slab.inuse,
	    (unsigned long)chain_head(s, slab));
	if (!alloc)
		put_section("Object   ", p, s->object_size);
	end();
}

void print_stack(const struct who *who)
{
	const void *const *frames;
	unsigned int n;

	if (!who->caller)
		return;
	frames = track_stack(who->stack, &n);
	begin();
	put("Call Trace:\n <TASK>\n");
	put_frames(n ? frames : &who->caller, n ? n : 1);
	put(" </TASK>\n");
	end();
}
