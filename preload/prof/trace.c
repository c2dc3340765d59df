/* SPDX-License-Identifier: MIT */
/*
 * trace.c - see trace.h; the format is kvmalloc/kvt.h.
 *
 * A thread's window stays at its place; when the chunk is full the next one
 * is mapped over it. So no more of the file is mapped, and counts as memory,
 * than is being written.
 *
 * A child that a raw clone() made shares these mappings with its parent and
 * runs no fork handler. What tells it apart is a page that is wiped in
 * children: without its mark nothing is written.
 *
 * Lock: trace.lock guards the file and the list of chunks.
 */
#include "prof/trace.h"

#include <errno.h>
#include <string.h>

#include "lib/bug.h"
#include "lib/print.h"
#include "lib/spinlock.h"
#include "os/os.h"
#include "prof/file.h"
#include "prof/memory.h"
#include "prof/prof.h"

enum { LONGEST = 64 }; /* bytes of an event, at most */

struct trace_stream {
	char *window; /* KVT_CHUNK bytes, of the file if epoch is now's */
	u32 used;
	u32 index;
	u32 epoch;  /* of trace.epoch, else there is no chunk */
	bool known; /* who writes was said in this chunk or before */
	u64 number; /* of the last event */
	u64 block;  /* named last */
};

bool trace_on;

static SPARSE_BSS struct {
	u64 number __attribute__((aligned(64))); /* taken last */
	struct spinlock lock __attribute__((aligned(64)));
	u32 epoch; /* raised in each child of fork; never 0 */
	bool open; /* there is a file */
	bool follow; /* children of fork have one, too */
	bool told; /* the one warning was given */
	u64 max;
	u64 run;
	size_t header_size;
	struct kvt_header *header; /* mapped from the file if open */
	char *mark;		   /* 1, but not in who is not ours */
	char options[sizeof(((struct kvt_header *)0)->options)];
	struct prof_file file;
} trace __attribute__((aligned(64)));

/* the file */

static void stop(void)
{
	trace_on = calls_on = false;
}

static void complain(const char *what, const char *lost, int err)
{
	if (!__atomic_exchange_n(&trace.told, true, __ATOMIC_RELAXED))
		warn("trace: %s %s failed (error %d%s)%s", what,
		     trace.file.path, -err, kv_error_words(-err), lost);
}

static void describe(struct kvt_header *h, bool forked)
{
	memcpy(h->magic, KVT_MAGIC, sizeof(h->magic));
	h->version = KVT_VERSION;
	h->header_size = (u32)trace.header_size;
	h->chunk_size = KVT_CHUNK;
	h->state = KVT_RUNNING;
	h->pid = os_getpid();
	h->ppid = os_getppid();
	h->forked = forked;
	h->start_realtime_ns = os_realtime_ns();
	h->start_monotonic_ns = os_monotonic_ns();
	h->starttime = file_starttime();
	h->run_id = trace.run;
	os_comm(h->comm);
	os_readlink("/proc/self/exe", h->exe, sizeof(h->exe) - 1);
	h->cut = file_cmdline(h->cmdline, sizeof(h->cmdline));
	memcpy(h->options, trace.options, sizeof(h->options));
}

/* In a directory, or under a name if that is none. */
static int create(void)
{
	char comm[16];
	int fd;

	os_comm(comm);
	fd = file_create(&trace.file, comm, ".kvt");
	return fd == -ENOTDIR || fd == -ENOENT ?
		       file_create_named(&trace.file) :
		       fd;
}

/* Lock held. */
static int make_file(bool forked)
{
	int fd = create(), err;

	if (fd < 0)
		return fd;
	err = (int)file_extend(&trace.file, fd, trace.header_size);
	if (err >= 0)
		err = os_map_file(trace.header, trace.header_size, fd, 0);
	os_close(fd);
	if (err) {
		os_unlink(trace.file.path);
		return err;
	}
	describe(trace.header, forked);
	trace.open = true;
	return 0;
}

static void *pages(size_t size)
{
	void *p = os_reserve(size, os_page_size());

	return p && os_commit(p, size) == 0 ? p : NULL;
}

void trace_open(const char *where, u64 max, const char *options, u64 run,
		bool follow)
{
	int err = -ENOMEM;

	trace.max = max;
	trace.follow = follow;
	trace.run = run;
	trace.epoch = 1;
	if (options)
		strncpy(trace.options, options, sizeof(trace.options) - 1);
	trace.header_size = max_ul(KVT_HEADER, os_page_size());
	trace.header = pages(trace.header_size);
	trace.mark = pages(os_page_size());
	file_dir(&trace.file, where);
	if (trace.header && trace.mark) {
		os_wipe_on_fork(trace.mark, os_page_size());
		*trace.mark = 1;
		err = make_file(false);
	}
	if (err)
		complain("creating", "", err);
	trace_on = calls_on = !err;
}

/* The event of @number is the first that is not in the file. */
static COLD void end(u64 number, enum kvt_why why, int err)
{
	struct kvt_header *h = trace.header;

	if (trace.open && (!h->end_number || number < h->end_number))
		h->end_number = number;
	if (trace.open && !h->why) {
		h->why = why;
		h->error = (u32)-err;
	}
	stop();
	if (why == KVT_NO_ROOM)
		complain(trace.open ? "adding to" : "creating",
			 ", what follows is not in it", err);
	else if (!__atomic_exchange_n(&trace.told, true, __ATOMIC_RELAXED))
		warn("trace: %s is as long as trace_max= allows, what follows "
		     "is not in it",
		     trace.file.path);
}

/* chunks; lock held */

static int map_chunk(struct trace_stream *s)
{
	int fd = file_reopen(&trace.file), err;
	long at;

	if (fd < 0)
		return fd;
	at = file_extend(&trace.file, fd, KVT_CHUNK);
	err = at < 0 ? (int)at : os_map_file(s->window, KVT_CHUNK, fd, (u64)at);
	os_close(fd);
	return err;
}

static int next_chunk(struct thread_cache *t, struct trace_stream *s)
{
	struct kvt_chunk *c;
	int err = trace.open ? 0 : make_file(true);

	if (!err && !s->window)
		s->window = os_reserve(KVT_CHUNK,
				       max_ul(os_page_size(), KVT_CHUNK));
	if (!err)
		err = s->window ? map_chunk(s) : -ENOMEM;
	if (err)
		return err;
	if (s->epoch != trace.epoch) {
		s->epoch = trace.epoch;
		s->index = 0;
		s->number = 0;
		s->known = false;
	}
	c = (struct kvt_chunk *)(void *)s->window;
	c->index = s->index++;
	c->number = s->number;
	c->time_ns = os_coarse_ns();
	c->used = s->used = sizeof(*c);
	s->block = 0;
	__atomic_store_n(&c->stream, t->slot + 1, __ATOMIC_RELEASE);
	return 0;
}

static bool is_full(void)
{
	return trace.file.size + KVT_CHUNK > trace.max;
}

/*
 * Room for an event, before its number is taken: if there is none the trace
 * ends with the numbers that are taken already, for those have theirs.
 */
static COLD bool make_room(struct thread_cache *t)
{
	u64 number;
	int err = -ENOMEM;

	if (!t->trace)
		t->trace = prof_memory(sizeof(*t->trace));
	spin_lock(&trace.lock);
	number = __atomic_load_n(&trace.number, __ATOMIC_ACQUIRE) + 1;
	if (trace.open && is_full())
		end(number, KVT_TRACE_MAX, 0);
	else if (t->trace)
		err = next_chunk(t, t->trace);
	if (err && trace_on)
		end(number, KVT_NO_ROOM, err);
	spin_unlock(&trace.lock);
	return !err;
}

/* events */

static char *put(char *to, u64 v)
{
	for (; v >= 0x80; v >>= 7)
		*to++ = (char)(v | 0x80);
	*to++ = (char)v;
	return to;
}

static char *put_block(char *to, struct trace_stream *s, const void *p)
{
	u64 block = (u64)(size_t)p / KVT_GRAIN;
	long step = (long)(block - s->block);

	s->block = block;
	return put(to, (u64)step << 1 ^ (u64)(step >> 63));
}

static char *put_call(struct trace_stream *s, enum kvt_call call, u64 number)
{
	char *to = s->window + s->used;
	u64 step = number - s->number - 1;

	s->number = number;
	if (step < KVT_FAR) {
		*to++ = (char)(call | step << KVT_CALL_BITS);
		return to;
	}
	*to++ = (char)(call | KVT_FAR << KVT_CALL_BITS);
	return put(to, step - KVT_FAR);
}

/* What was written up to @to is an event. */
static void done(struct trace_stream *s, const char *to)
{
	struct kvt_chunk *c = (struct kvt_chunk *)(void *)s->window;

	s->used = (u32)(to - s->window);
	__atomic_store_n(&c->used, s->used, __ATOMIC_RELEASE);
}

/* Says who writes this stream. */
static void put_owner(struct trace_stream *s)
{
	char *to = s->window + s->used;

	*to++ = (char)(KVT_OTHER | KVT_THREAD << KVT_CALL_BITS);
	done(s, put(to, (u64)os_gettid()));
	s->known = true;
}

/* The stream to write an event into; NULL: nothing is to be written. */
static struct trace_stream *stream(struct thread_cache *t)
{
	struct trace_stream *s = t->trace;

	if (unlikely(!trace_on || !*trace.mark))
		return NULL;
	if (unlikely(!s || s->epoch != trace.epoch ||
		     s->used + 2 * LONGEST > KVT_CHUNK)) {
		if (!make_room(t))
			return NULL;
		s = t->trace;
	}
	if (unlikely(!s->known))
		put_owner(s);
	return s;
}

static u64 next_number(void)
{
	return __atomic_add_fetch(&trace.number, 1, __ATOMIC_ACQ_REL);
}

u64 trace_number(struct thread_cache *t)
{
	return stream(t) ? next_number() : 0;
}

void trace_failed(struct thread_cache *t, u64 number, size_t size)
{
	struct trace_stream *s = t->trace;
	char *to;

	if (!number)
		return;
	to = s->window + s->used;
	*to++ = (char)(KVT_OTHER | KVT_FAILED << KVT_CALL_BITS);
	to = put(to, number - s->number - 1);
	s->number = number;
	done(s, put(to, size));
}

void trace_request(struct thread_cache *t, enum kvt_call call, const void *p,
		   size_t size, size_t align)
{
	u64 number = trace_number(t);
	struct trace_stream *s = t->trace;
	char *to;

	if (unlikely(!number))
		return;
	if (unlikely(!p)) {
		trace_failed(t, number, size);
		return;
	}
	to = put(put_call(s, call, number), size);
	if (call == KVT_ALIGNED)
		*to++ = (char)ilog2_ul(align);
	done(s, put_block(to, s, p));
}

void trace_free(struct thread_cache *t, const void *p)
{
	u64 number = trace_number(t);
	struct trace_stream *s = t->trace;

	if (likely(number))
		done(s, put_block(put_call(s, KVT_FREE, number), s, p));
}

void trace_resized(struct thread_cache *t, u64 number, const void *p,
		   const void *now, size_t size)
{
	struct trace_stream *s = t->trace;
	u64 then = number;
	char *to;

	if (unlikely(!number))
		return;
	to = put_call(s, p == now ? KVT_KEPT : KVT_MOVED, number);
	to = put_block(put(to, size), s, p);
	if (p != now) {
		then = next_number();
		to = put_block(to, s, now);
		to = put(to, then - number);
	}
	done(s, to);
	s->number = then;
}

void trace_missed(void)
{
	if (trace.open && *trace.mark)
		__atomic_fetch_add(&trace.header->untraced, 1,
				   __ATOMIC_RELAXED);
}

/* threads, fork, exit */

void trace_new_owner(struct thread_cache *t)
{
	t->trace->known = false;
}

/* What others' windows show is the parent's until something is mapped over
 * them: they are let go. */
void trace_fork_child(struct thread_cache *list)
{
	if (!trace_on)
		return;
	spin_lock_init(&trace.lock);
	prof_memory_fork_child();
	trace.number = 0;
	trace.epoch++;
	trace.open = false;
	for (; list; list = list->next)
		if (list->trace && list->trace->window)
			os_decommit(list->trace->window, KVT_CHUNK);
	if (trace.follow)
		*trace.mark = 1;
	else
		stop();
}

void trace_close(void)
{
	if (!trace.open || !*trace.mark)
		return;
	trace.header->end_monotonic_ns = os_monotonic_ns();
	__atomic_store_n(&trace.header->state, KVT_EXITED, __ATOMIC_RELEASE);
}
