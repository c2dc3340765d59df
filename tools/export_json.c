/* SPDX-License-Identifier: MIT */
/*
 * export_json.c - everything a report knows, as JSON, schema
 * "kvmalloc-report/1". Its members are described in kvmalloc-export(1).
 *
 * The promise to readers: members are only ever added. Sizes are bytes, times
 * nanoseconds, all of them integers; times of day are since 1970, others
 * since the start of the process. Call stacks are in export_json_stacks.c.
 */
#include <stdlib.h>
#include <string.h>

#include "export_json.h"
#include "report.h"

static const char *const route_names[NR_ROUTES] = {
	[ROUTE_SLAB] = "slab",
	[ROUTE_PAGES] = "contiguous",
	[ROUTE_VMALLOC] = "vmalloc",
};

uint64_t since_start(const struct subject *x, uint64_t monotonic_ns)
{
	return minus(monotonic_ns, x->s.head.start_monotonic_ns);
}

static void put_process(struct json *j, const struct subject *x)
{
	static const char *const states[] = {
		[LIFE_RUNNING] = "running",
		[LIFE_EXITED] = "exited",
		[LIFE_ENDED] = "ended",
		[LIFE_EXECED] = "execed",
	};
	const struct kvr_header *h = &x->s.head;
	const char *arg = h->cmdline, *end = arg + x->s.cmdline_len;
	char *command = subject_command(x);

	json_open(j, "process", '{');
	json_i64(j, "pid", h->pid);
	json_i64(j, "ppid", h->ppid);
	json_text(j, "comm", h->comm);
	json_text(j, "exe", h->exe);
	json_text(j, "command", command);
	json_open(j, "arguments", '[');
	for (; arg < end; arg += strnlen(arg, (size_t)(end - arg)) + 1) {
		char *text = xasprintf("%.*s", (int)(end - arg), arg);

		json_text(j, NULL, text);
		free(text);
	}
	json_close(j, ']');
	json_bool(j, "arguments_cut", h->cut);
	json_text(j, "options", h->options);
	json_text(j, "state", states[x->life]);
	json_bool(j, "forked", h->forked);
	json_u64(j, "forks", h->forks);
	json_u64(j, "start_realtime_ns", h->start_realtime_ns);
	json_u64(j, "duration_ns", x->m.duration_ns);
	json_bool(j, "duration_is_minimum", !x->m.duration_known);
	json_text(j, "report_file", x->s.path);
	json_u64(j, "report_file_bytes", x->s.file_size);
	json_close(j, '}');
	free(command);
}

static void put_machine(struct json *j, const struct kvr_stats *st)
{
	json_open(j, "machine", '{');
	json_u64(j, "page_size", st->page_size);
	json_u64(j, "total_bytes", st->total_pages * st->page_size);
	json_u64(j, "cpus", st->nr_cpus);
	if (st->kernel)
		json_format(j, "kernel", "%llu.%llu",
			    (unsigned long long)(st->kernel / 100),
			    (unsigned long long)(st->kernel % 100));
	else
		json_text(j, "kernel", NULL);
	json_text(j, "policy", st->policy);
	json_u64(j, "vmalloc_total_bytes", st->vmalloc_total);
	json_format(j, "linear_base", "0x%llx",
		    (unsigned long long)st->linear_base);
	json_format(j, "vmalloc_base", "0x%llx",
		    (unsigned long long)st->vmalloc_base);
	json_close(j, '}');
}

static void put_sums(struct json *j, const struct sums *n)
{
	json_u64(j, "requests", n->calls);
	json_u64(j, "frees", n->freed);
	json_u64(j, "asked_bytes", n->asked);
	json_u64(j, "served_bytes", n->served);
	json_u64(j, "kernel_bytes", n->kernel);
	json_u64(j, "live_blocks", n->live);
	json_u64(j, "live_bytes", n->live_bytes);
	json_u64(j, "live_kernel_bytes", n->live_kernel);
}

static void put_totals(struct json *j, const struct subject *x)
{
	const struct kvr_stats *st = x->s.stats;
	uint64_t page = st->page_size;
	int r;

	json_open(j, "totals", '{');
	put_sums(j, &x->m.total);
	json_u64(j, "failed", model_counter(&x->m, KV_alloc_failed));
	json_u64(j, "fallbacks", x->m.fallbacks);
	json_u64(j, "threads", x->m.nr_threads);
	json_close(j, '}');
	json_open(j, "routes", '[');
	for (r = 0; r < NR_ROUTES; r++) {
		json_open(j, NULL, '{');
		json_text(j, "name", route_names[r]);
		put_sums(j, &x->m.route[r]);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_open(j, "memory", '{');
	json_u64(j, "slab_bytes", st->slab_pages * page);
	json_u64(j, "contiguous_bytes", st->large_pages * page);
	json_u64(j, "vmalloc_bytes", st->vmalloc_pages * page);
	json_u64(j, "vmalloc_areas", st->vmalloc_areas);
	json_u64(j, "lazy_bytes", st->lazy_pages * page);
	json_open(j, "huge_pages", '{');
	json_text(j, "state", huge_word(st)->name);
	json_u64(j, "asked_bytes", st->huge_asked);
	json_u64(j, "backed_bytes", st->huge_backed);
	json_close(j, '}');
	json_u64(j, "own_bytes", st->meta_bytes);
	json_u64(j, "held_bytes", st->held_bytes);
	json_u64(j, "peak_held_bytes", st->peak_held_bytes);
	json_u64(j, "peak_pages_bytes", st->peak_pages * page);
	json_u64(j, "peak_ns", since_start(x, st->peak_monotonic_ns));
	json_close(j, '}');
}

/* a finding that is being read: lines of the sentence are joined */
struct finding {
	char *sentence; /* NULL: none yet */
	bool details;	/* the sentence is written, what is below it goes on */
};

static void start_details(struct json *j, struct finding *f)
{
	if (f->details)
		return;
	json_text(j, "text", f->sentence);
	json_open(j, "details", '[');
	f->details = true;
}

static void end_finding(struct json *j, struct finding *f)
{
	if (!f->sentence)
		return;
	start_details(j, f);
	json_close(j, ']');
	json_close(j, '}');
	free(f->sentence);
	memset(f, 0, sizeof(*f));
}

/* sentences as the text report has them, "  1. ...": what belongs to one
   follows at INDENT, and what stands below it is deeper */
static void put_finding_line(struct json *j, struct finding *f, char *line)
{
	enum { INDENT = 5 };
	size_t indent = strspn(line, " ");
	char *dot = line + indent + strspn(line + indent, "0123456789");
	char *more;

	if (dot > line + indent && indent < INDENT && !strncmp(dot, ". ", 2)) {
		end_finding(j, f);
		json_open(j, NULL, '{');
		f->sentence = xasprintf("%s", dot + 2);
	} else if (f->sentence && !f->details && indent == INDENT) {
		more = xasprintf("%s %s", f->sentence, line + indent);
		free(f->sentence);
		f->sentence = more;
	} else if (f->sentence && indent >= INDENT) {
		start_details(j, f);
		json_text(j, NULL, line + INDENT);
	}
}

static void put_findings(struct json *j, const struct subject *x)
{
	struct report_options opts = REPORT_OPTIONS_INIT;
	struct report r = {
		.m = &x->m,
		.life = x->life,
		.opts = &opts,
		.profile = x->st->nr_rows ? &x->profile : NULL,
	};
	struct finding finding = { NULL, false };
	char *text = NULL, *line;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	struct out out;

	json_open(j, "findings", '[');
	if (f) {
		out_init(&out, f, COLOR_NEVER);
		r.out = &out;
		report_findings(&r);
		fclose(f);
		for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
			put_finding_line(j, &finding, line);
		end_finding(j, &finding);
	}
	json_close(j, ']');
	free(text);
}

static void put_classes(struct json *j, const struct subject *x)
{
	const struct kvr_stats *st = x->s.stats;
	uint64_t i;

	json_open(j, "classes", '[');
	for (i = 0; i < st->nr_classes; i++) {
		const struct kvr_class *k = &x->s.class[i];

		if (!k->route)
			continue;
		json_open(j, NULL, '{');
		json_text(j, "name", k->name);
		json_u64(j, "size", k->size);
		json_u64(j, "kernel_size", k->kernel_size);
		json_text(
			j, "route",
			route_names[k->route == KVR_ROUTE_SLAB ? ROUTE_SLAB :
								 ROUTE_PAGES]);
		json_u64(j, "order", k->order);
		json_u64(j, "objects_per_slab", k->objs_per_slab);
		json_u64(j, "sheaf_capacity", k->sheaf_capacity);
		put_sums(j, &x->m.class[i]);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_open(j, "vmalloc_sizes", '[');
	for (i = 0; i < KVR_MAX_SIZE_LOG2; i++) {
		if (!st->vmalloc_size_log2[i])
			continue;
		json_open(j, NULL, '{');
		json_u64(j, "up_to_bytes", 1ull << i);
		json_u64(j, "requests", st->vmalloc_size_log2[i]);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_caches(struct json *j, const struct snapshot *s)
{
	uint64_t i;

	json_open(j, "caches", '[');
	for (i = 0; i < s->stats->nr_caches; i++) {
		const struct kvr_cache *k = &s->cache[i];

		if (!k->name[0])
			continue;
		json_open(j, NULL, '{');
		json_text(j, "name", k->name);
		json_u64(j, "object_size", k->object_size);
		json_u64(j, "size", k->size);
		json_u64(j, "align", k->align);
		json_u64(j, "order", k->order);
		json_u64(j, "min_order", k->min_order);
		json_u64(j, "objects_per_slab", k->objs_per_slab);
		json_u64(j, "sheaf_capacity", k->sheaf_capacity);
		json_u64(j, "slabs", k->nr_slabs);
		json_u64(j, "peak_slabs", k->peak_slabs);
		json_u64(j, "partial_slabs", k->nr_partial);
		json_u64(j, "objects", k->nr_objs);
		json_u64(j, "free_objects", k->nr_free);
		json_u64(j, "barn_full", k->barn_full);
		json_u64(j, "barn_empty", k->barn_empty);
		json_u64(j, "slab_allocs", k->slab_alloc);
		json_u64(j, "slab_frees", k->slab_free);
		json_u64(j, "order_fallbacks", k->order_fallback);
		json_u64(j, "bytes", (k->nr_slabs << k->order) * s->stats->page_size);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static const char *const migratetypes[KVR_MAX_MIGRATETYPES] = {
	"unmovable", "movable", "reclaimable", "highatomic", "isolate",
};

static void put_indexes(struct json *j, const struct kvr_zone *z)
{
	uint64_t free[KVR_MAX_ORDERS];
	int o;

	zone_free_area(z, free);
	json_open(j, "extfrag_index", '[');
	for (o = 0; o < KVR_MAX_ORDERS; o++)
		json_i64(j, NULL, extfrag_index(free, o));
	json_close(j, ']');
	json_open(j, "unusable_index", '[');
	for (o = 0; o < KVR_MAX_ORDERS; o++)
		json_i64(j, NULL, unusable_index(free, o));
	json_close(j, ']');
}

static void put_free(struct json *j, const struct kvr_zone *z)
{
	uint64_t free[KVR_MAX_MIGRATETYPES][KVR_MAX_ORDERS];
	int t, o;

	zone_free_blocks(z, free);
	json_open(j, "free_blocks", '{');
	for (t = 0; t < KVR_MAX_MIGRATETYPES; t++) {
		json_open(j, migratetypes[t], '[');
		for (o = 0; o < KVR_MAX_ORDERS; o++)
			json_u64(j, NULL, free[t][o]);
		json_close(j, ']');
	}
	json_close(j, '}');
	json_open(j, "pageblocks", '{');
	for (t = 0; t < KVR_MAX_MIGRATETYPES; t++)
		json_u64(j, migratetypes[t], z->pageblocks[t]);
	json_close(j, '}');
}

static void put_pcp(struct json *j, const struct kvr_zone *z, uint64_t nr)
{
	uint64_t i;

	json_open(j, "per_cpu_pages", '[');
	for (i = 0; i < nr; i++) {
		json_open(j, NULL, '{');
		json_u64(j, "count", z->pcp[i].count);
		json_u64(j, "high", z->pcp[i].high);
		json_u64(j, "batch", z->pcp[i].batch);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_zones(struct json *j, const struct snapshot *s)
{
	uint64_t i;
	int k;

	json_open(j, "zones", '[');
	for (i = 0; i < s->stats->nr_zones; i++) {
		const struct kvr_zone *z = &s->zone[i];

		if (!zone_is_used(z))
			continue;
		json_open(j, NULL, '{');
		json_text(j, "name", z->name);
		json_u64(j, "node", z->node);
		json_u64(j, "start_pfn", z->start_pfn);
		json_u64(j, "spanned_pages", z->spanned);
		json_u64(j, "present_pages", z->present);
		json_u64(j, "managed_pages", z->managed);
		json_u64(j, "free_pages", z->nr_free);
		json_u64(j, "untouched_pages", z->deferred);
		json_u64(j, "dirty_free_pages", z->dirty_free);
		json_u64(j, "boost_pages", z->boost);
		json_u64(j, "min_pages", z->min);
		json_u64(j, "low_pages", z->low);
		json_u64(j, "high_pages", z->high);
		json_u64(j, "promo_pages", z->promo);
		json_u64(j, "free_highatomic_pages", z->nr_free_highatomic);
		json_u64(j, "reserved_highatomic_pages",
			 z->nr_reserved_highatomic);
		json_open(j, "protection_pages", '[');
		for (k = 0; k < KVR_MAX_ZONES; k++)
			json_u64(j, NULL, z->protection[k]);
		json_close(j, ']');
		put_free(j, z);
		put_indexes(j, z);
		put_pcp(j, z, s->stats->nr_cpus);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_counters(struct json *j, const struct model *m)
{
	static const struct {
		const char *name, *unit, *help;
	} info[KV_NR_COUNTERS] = {
#define X(name, unit, help) { #name, #unit, help },
		KV_COUNTERS(X)
#undef X
	};
	int i;

	json_open(j, "fallback_reasons", '[');
	for (i = 0; i < NR_FALLBACKS; i++) {
		json_open(j, NULL, '{');
		json_text(j, "reason", fallback_reasons[i].text);
		json_u64(j, "requests",
			 model_counter(m, fallback_reasons[i].counter));
		json_close(j, '}');
	}
	json_close(j, ']');
	json_open(j, "counters", '[');
	for (i = 0; i < KV_NR_COUNTERS; i++) {
		json_open(j, NULL, '{');
		json_text(j, "name", info[i].name);
		json_u64(j, "value", model_counter(m, (enum kv_counter)i));
		json_text(j, "unit", info[i].unit);
		json_text(j, "help", info[i].help);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_threads(struct json *j, const struct subject *x)
{
	size_t i, c;

	json_open(j, "threads", '[');
	for (i = 0; i < x->s.nr_threads; i++) {
		const struct kvr_thread *t = &x->s.thread[i];
		uint64_t calls = 0, freed = 0, asked = 0;

		if (!t->tid)
			continue;
		for (c = 0; c < KVR_MAX_CLASSES; c++) {
			calls += t->alloc[c];
			freed += t->free[c];
			asked += t->asked[c];
		}
		json_open(j, NULL, '{');
		json_i64(j, "tid", t->tid);
		json_text(j, "comm", t->comm);
		json_u64(j, "earlier_threads", minus(t->nr_owners, 1));
		json_u64(j, "start_ns", since_start(x, t->start_monotonic_ns));
		json_u64(j, "requests", calls);
		json_u64(j, "frees", freed);
		json_u64(j, "asked_bytes", asked);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_moment(struct json *j, const struct subject *x,
		       const struct kvr_moment *k)
{
	uint64_t page = x->s.stats->page_size;

	json_open(j, NULL, '{');
	json_u64(j, "ns", since_start(x, k->monotonic_ns));
	json_u64(j, "held_bytes", k->held_bytes);
	json_u64(j, "slab_bytes", k->slab_pages * page);
	json_u64(j, "contiguous_bytes", k->large_pages * page);
	json_u64(j, "vmalloc_bytes", k->vmalloc_pages * page);
	json_u64(j, "dirty_free_bytes", k->dirty_free_pages * page);
	json_u64(j, "lazy_bytes", k->lazy_pages * page);
	json_u64(j, "requests", k->requests);
	json_u64(j, "fallbacks", k->fallbacks);
	json_u64(j, "failed", k->failed);
	json_close(j, '}');
}

static void put_timeline(struct json *j, const struct subject *x)
{
	size_t i;

	json_open(j, "timeline", '[');
	for (i = 0; i < x->s.nr_moments; i++)
		put_moment(j, x, &x->s.moment[i]);
	json_close(j, ']');
}

/*
 * The processes of the run that this one belongs to: its ancestors and all
 * their descendants, as far as their files lie beside this one.
 */
static bool *relatives(const struct tree *t, pid_t pid)
{
	bool *kin = xcalloc(t->nr, sizeof(*kin));
	pid_t root = pid;
	bool more = true;
	size_t i, k;

	/* at most one step for each process: ids may be used again */
	for (k = 0; more && k < t->nr; k++) {
		more = false;
		for (i = 0; i < t->nr && !more; i++) {
			const struct member *up = tree_main(t, root);

			if (up && up->ppid == t->member[i].pid &&
			    up->ppid != root) {
				root = up->ppid;
				more = true;
			}
		}
	}
	for (more = true; more;) {
		more = false;
		for (i = 0; i < t->nr; i++) {
			if (kin[i])
				continue;
			kin[i] = t->member[i].pid == root;
			for (k = 0; k < t->nr && !kin[i]; k++)
				kin[i] = kin[k] &&
					 t->member[k].pid == t->member[i].ppid;
			more = more || kin[i];
		}
	}
	return kin;
}

static void put_member(struct json *j, const struct subject *x,
		       const struct member *k)
{
	const char *name = strrchr(k->path, '/');

	json_open(j, NULL, '{');
	json_i64(j, "pid", k->pid);
	json_i64(j, "ppid", k->ppid);
	json_text(j, "comm", k->comm);
	json_bool(j, "forked", k->forked);
	json_text(j, "state", life_name(k->life));
	json_text(j, "report_file", name ? name + 1 : k->path);
	/* before this one's start: negative */
	json_i64(j, "start_ns",
		 (int64_t)(k->start_ns - x->s.head.start_monotonic_ns));
	put_sums(j, &k->total);
	json_u64(j, "peak_held_bytes", k->peak);
	json_close(j, '}');
}

static void put_processes(struct json *j, const struct subject *x)
{
	const char *slash = strrchr(x->s.path, '/');
	char *dir = xasprintf("%.*s", slash ? (int)(slash - x->s.path) : 1,
			      slash ? x->s.path : ".");
	struct tree t;
	bool *kin;
	size_t i;

	json_open(j, "processes", '[');
	/* a file of /proc/PID/map_files has no neighbours */
	if (strncmp(dir, "/proc/", 6) &&
	    tree_collect(&t, *dir ? dir : "/", 0, x->s.head.run_id)) {
		kin = relatives(&t, x->s.head.pid);
		for (i = 0; i < t.nr; i++)
			if (kin[i])
				put_member(j, x, &t.member[i]);
		free(kin);
		tree_free(&t);
	}
	json_close(j, ']');
	free(dir);
}

static void put_report(FILE *f, const struct subject *x, size_t room)
{
	struct json j = { .f = f, .deep = 2 };

	json_open(&j, NULL, '{');
	json_text(&j, "schema", "kvmalloc-report/1");
	json_text(&j, "generator", "kvmalloc " KV_VERSION);
	put_process(&j, x);
	put_machine(&j, x->s.stats);
	put_totals(&j, x);
	put_findings(&j, x);
	put_classes(&j, x);
	put_caches(&j, &x->s);
	put_zones(&j, &x->s);
	put_counters(&j, &x->m);
	put_threads(&j, x);
	put_processes(&j, x);
	put_timeline(&j, x);
	json_stacks(&j, x, room);
	json_close(&j, '}');
}

void export_json(FILE *f, const struct subject *x, enum stack_value v)
{
	(void)v;
	put_report(f, x, 0);
}

void export_json_brief(FILE *f, const struct subject *x, size_t room)
{
	put_report(f, x, room);
}
