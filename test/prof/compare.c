/* SPDX-License-Identifier: MIT */
/*
 * compare.c - is a sample as good as it says?
 *
 *	compare EXACT SAMPLED...
 *
 * All are reports of the same program, the first of all requests. Of each
 * other one is compared: bytes and blocks asked for in all, bytes live in the
 * end and at the peak, and by stack what is served by those that have 5 per
 * cent or more of all. A quantity for which the sample is to have SAMPLES or
 * more, bytes by interval, must be right by 5 per cent; others are not judged,
 * but counted. The peak is what the report says it was, which is counted, and
 * what stacks had then, which is sampled. Prints the worst of each, and "FAIL
 * ..." lines; status 1 if any.
 */
#include "kvr_file.h"

enum { SAMPLES = 4000, PER_CENT = 5 };

struct stack {
	uint64_t hash;
	struct kvr_sum sum;
};

struct sums {
	struct kvr_sum all;
	struct stack *stack;
	size_t nr;
	uint64_t peak;
};

static int failed, judged, left_out;

static int by_hash(const void *a, const void *b)
{
	const struct stack *x = a, *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static struct sums read_sums(struct kvr_file *f, const char *path)
{
	struct sums s = { 0 };

	kvr_load(f, path);
	s.nr = f->nr_stacks;
	s.peak = f->stats->peak_live_bytes;
	s.stack = calloc(s.nr + 1, sizeof(*s.stack));
	for (size_t i = 0; i < s.nr; i++)
		s.stack[i].hash = f->stack[i].hash;
	for (size_t i = 0; i < f->nr_stats; i++) {
		const struct kvr_stack_stat *e = &f->stat[i];

		if (!e->stack || e->stack >= s.nr)
			continue;
		kvr_add(&s.all, f, e);
		kvr_add(&s.stack[e->stack].sum, f, e);
	}
	qsort(s.stack, s.nr, sizeof(*s.stack), by_hash);
	return s;
}

static double judge(const struct kvr_file *f, const char *what, uint64_t id,
		    double have, double want, double samples)
{
	double off = want > 0 ? 100 * (have / want - 1) : 0;

	if (samples < SAMPLES) {
		left_out++;
		return 0;
	}
	judged++;
	off = off < 0 ? -off : off;
	if (off <= PER_CENT)
		return off;
	printf("FAIL %s: %s %llx is %.0f, not %.0f: %.1f%% off\n", f->path,
	       what, (unsigned long long)id, have, want, off);
	failed = 1;
	return off;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static double stacks(const struct kvr_file *f, const struct sums *exact,
		     const struct sums *s, double interval)
{
	double worst = 0;

	for (size_t i = 0; i < exact->nr; i++) {
		const struct stack *e = &exact->stack[i], *found;
		double served = (double)e->sum.served;

		if (!e->hash || served * 20 < (double)exact->all.served)
			continue;
		found = bsearch(e, s->stack, s->nr, sizeof(*e), by_hash);
		worst = larger(worst,
			       judge(f, "served by stack", e->hash,
				     found ? (double)found->sum.served : 0,
				     served, served / interval));
	}
	return worst;
}

int main(int argc, char **argv)
{
	double worst[6] = { 0 };
	struct kvr_file f;
	struct sums exact;

	if (argc < 3)
		return 2;
	exact = read_sums(&f, argv[1]);
	if (f.stats->sample_interval)
		kvr_die(&f, "is a sample");
	for (int i = 2; i < argc; i++) {
		struct sums s = read_sums(&f, argv[i]);
		double interval = (double)f.stats->sample_interval;
		double all = (double)exact.all.served, samples, want;

		if (!f.stats->sample_interval)
			kvr_die(&f, "is no sample");
		samples = all / interval;
		worst[0] = larger(worst[0],
				  judge(&f, "served", 0, (double)s.all.served,
					all, samples));
		worst[1] = larger(worst[1],
				  judge(&f, "asked", 0, (double)s.all.asked,
					(double)exact.all.asked, samples));
		want = (double)kvr_live_bytes(&exact.all);
		worst[2] = larger(worst[2],
				  judge(&f, "live", 0,
					(double)kvr_live_bytes(&s.all), want,
					want / interval));
		want = (double)exact.peak;
		worst[3] = larger(worst[3],
				  judge(&f, "the peak", 0, (double)s.peak, want,
					want / interval));
		worst[5] = larger(worst[5],
				  judge(&f, "live at the peak", 0,
					(double)s.all.peak_bytes, want,
					want / interval));
		worst[4] = larger(worst[4], stacks(&f, &exact, &s, interval));
		free(s.stack);
	}
	printf("%s%d samples of %.0f MB: worst %.1f%% of bytes served, %.1f%% asked, %.1f%% live, %.1f%% at the peak, %.1f%% by stacks then, %.1f%% by stack; %d judged, %d too small\n",
	       failed ? "FAIL " : "", argc - 2,
	       (double)exact.all.served / 1e6, worst[0], worst[1], worst[2],
	       worst[3], worst[5], worst[4], judged, left_out);
	return failed || !judged;
}
