/* SPDX-License-Identifier: MIT */
/*
 * profile.c - loads and filters call stacks. See profile.h.
 */
#include "profile.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "util.h"

/*
 * An estimate of so many intervals has a standard deviation of its root: from
 * how many on two of them are no more than 5, 25 per cent.
 */
enum { SURE_5 = 40 * 40, SURE_25 = 8 * 8 };

/*
 * A directory by its whole path: libdwfl takes others for places beside each
 * object. 1, or -1 when there is none.
 */
static int directory(const char *option, const char *arg,
		     char real[PATH_MAX], const char **to)
{
	struct stat st;

	if (!realpath(arg, real) || stat(real, &st)) {
		usage_error("%s=%s: %s", option, arg, strerror(errno));
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		usage_error("%s=%s: expected a directory", option, arg);
		return -1;
	}
	*to = real;
	return 1;
}

int profile_option(struct profile_options *o, int key, const char *arg)
{
	static char sysroot[PATH_MAX], debug_dir[PATH_MAX];

	switch (key) {
	case KEY_PROFILE_FOCUS:
		o->focus = arg;
		return 1;
	case KEY_PROFILE_IGNORE:
		o->ignore = arg;
		return 1;
	case KEY_PROFILE_THREAD:
		o->thread = arg;
		return 1;
	case KEY_PROFILE_SYSROOT:
		return directory("--sysroot", arg, sysroot,
				 &o->symbols.sysroot);
	case KEY_PROFILE_DEBUG_DIR:
		return directory("--debug-dir", arg, debug_dir,
				 &o->symbols.debug_dir);
	case KEY_PROFILE_OFF:
		o->symbols.off = true;
		return 1;
	}
	return 0;
}

bool has_stacks(const struct snapshot *s)
{
	return s->stats->stack_mode || s->nr_stacks > 1;
}

/* the threads of that name or id; false: there are none */
static bool keep_threads(struct profile *p, const struct snapshot *s,
			 const char *name)
{
	bool *slots = xcalloc(s->nr_threads, sizeof(*slots));
	bool any = false;
	uint64_t tid;
	size_t i;

	if (parse_u64(name, &tid))
		tid = 0;
	for (i = 0; i < s->nr_threads; i++) {
		const struct kvr_thread *t = &s->thread[i];

		slots[i] = t->tid && (!strcmp(t->comm, name) ||
				      (tid && tid == (uint64_t)t->tid));
		any = any || slots[i];
	}
	if (any)
		stacks_of_slots(&p->stacks, s, slots);
	else
		complain("--thread=%s: no thread has this name or id; report "
			 "-v lists them",
			 name);
	free(slots);
	return any;
}

int profile_open(struct profile *p, struct snapshot *s,
		 const struct profile_options *o)
{
	bool filtered = o->focus || o->ignore || o->thread;

	memset(p, 0, sizeof(*p));
	if (!has_stacks(s)) {
		if (!filtered)
			return 0;
		complain("%s: has no call stacks to choose from; record them "
			 "with 'kvmalloc run --stacks'",
			 s->path);
		return -1;
	}
	if (!stacks_load(&p->stacks, s)) {
		complain("%s: %s", s->path, s->why);
		return -1;
	}
	p->symbols = symbols_new(&p->stacks, &o->symbols);
	if (o->thread && !keep_threads(p, s, o->thread)) {
		profile_close(p);
		return -1;
	}
	if (o->focus || o->ignore) {
		p->chosen = sites_choose(&p->stacks, p->symbols, o->focus,
					 o->ignore);
		if (!p->chosen) {
			profile_close(p);
			return -1;
		}
	}
	return 1;
}

void profile_close(struct profile *p)
{
	symbols_free(p->symbols);
	stacks_free(&p->stacks);
	free(p->chosen);
	memset(p, 0, sizeof(*p));
}

/* requests whose stacks had no place; a file that is full counts none apart */
static uint64_t lost_requests(const struct stacks *st, const struct snapshot *s)
{
	uint64_t nr = s->stats->stacks_lost;
	size_t i;

	for (i = 1; !nr && i < st->nr_rows; i++)
		if (st->row[i].flags & KVR_STACK_LOST)
			nr = st->row[i].allocs;
	return nr;
}

/* what is missing, each with the words to say so */
static void describe_missing(FILE *f, const struct stacks *st,
			     const struct snapshot *s)
{
	const struct kvr_stats *k = s->stats;
	uint64_t truncated = 0, lost = lost_requests(st, s);
	size_t i;

	for (i = 1; i < st->nr_rows; i++)
		truncated += (st->row[i].flags & KVR_STACK_TRUNCATED) != 0;
	if (truncated)
		fprintf(f, "; %s deeper than %s, their outer ends are missing",
			fmt_count(truncated).s,
			k->stack_depth ?
				fmt_things(k->stack_depth, "frame", "frames")
					.s :
				"was recorded");
	if (lost)
		fprintf(f, "; the file had no room for the stacks of %s",
			fmt_things(lost, "request", "requests").s);
	if (k->unwind_failed)
		fprintf(f, "; %s without a stack (unwinding failed)",
			fmt_things(k->unwind_failed, "request", "requests").s);
	if (k->stacks_before)
		fprintf(f, "; %s from before the recording %s none",
			fmt_things(k->stacks_before, "block", "blocks").s,
			k->stacks_before == 1 ? "has" : "have");
}

char *profile_describe(const struct profile *p, const struct snapshot *s)
{
	const struct kvr_stats *k = s->stats;
	size_t size = 0, nr = 0, i;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);

	for (i = 1; i < p->stacks.nr_rows; i++)
		nr += p->stacks.row[i].nr_frames != 0;
	if (!f)
		return xasprintf("?");
	fprintf(f, "%s; ", fmt_count(nr).s);
	if (k->stack_mode != KVR_STACKS_SAMPLED)
		fprintf(f, "exact: every request was %s",
			lost_requests(&p->stacks, s) ? "counted" : "recorded");
	else
		fprintf(f,
			"sampled: about one request in every %s, numbers by "
			"stack are estimates, 19 in 20 of them within 5 %% "
			"from %s on, 25 %% from %s on",
			fmt_bytes(k->sample_interval).s,
			fmt_bytes(k->sample_interval * SURE_5).s,
			fmt_bytes(k->sample_interval * SURE_25).s);
	if (k->stack_mode == KVR_STACKS_SAMPLED && k->exact_until_ns)
		fprintf(f, " (exact for the first %s)",
			fmt_seconds(k->exact_until_ns >
						    s->head.start_monotonic_ns ?
					    k->exact_until_ns -
						    s->head.start_monotonic_ns :
					    0)
				.s);
	describe_missing(f, &p->stacks, s);
	if (fclose(f))
		return xasprintf("?");
	return text;
}
