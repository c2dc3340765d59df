/* SPDX-License-Identifier: MIT */
/*
 * exchange.c - what one thread allocates, another frees.
 *
 * Patterns:
 *   oneway    half of the threads only allocate and half only free, as in
 *             xmalloc-test: readers that parse and workers that consume, or a
 *             logger's queue. Memory must find its way back to the producers.
 *   symmetric every thread allocates batches for its neighbour and frees
 *             those of its other neighbour, as in a pipeline or an exchange
 *             of messages: nobody runs short, so nothing need be returned.
 * Batches travel as linked lists through rings with a thread at each end, so
 * that the exchange itself costs next to nothing.
 */
#include "bench.h"

#define BATCH	512
#define BATCHES 20000 /* a producer */

struct message {
	struct message *next;
	uint32_t size, tag;
};

struct net {
	int oneway;
	struct ring ring[MAX_THREADS][MAX_THREADS]; /* [from][to] */
};

static struct message *batch_make(struct worker *w)
{
	struct message *list = NULL;

	for (uint32_t i = 0; i < BATCH; i++) {
		size_t size = rnd_between(&w->seed, sizeof(*list), 256);
		struct message *m = must(malloc(size));

		*m = (struct message){ list, (uint32_t)size, ~(uint32_t)size };
		list = m;
	}
	return list;
}

static void batch_drop(struct worker *w, struct message *m)
{
	for (struct message *next; m; m = next) {
		if (m->tag != ~m->size)
			wrong("a message changed on its way");
		next = m->next;
		w->sum += m->size;
		free(m);
	}
}

/* Takes what waits for @w, if anything; returns the number of batches. */
static size_t receive(struct worker *w, struct net *net, unsigned first,
		      unsigned nr)
{
	size_t got = 0;

	for (unsigned from = first; from < first + nr; from++) {
		void *m = ring_take(&net->ring[from][w->id]);

		if (m) {
			batch_drop(w, m);
			got++;
		}
	}
	return got;
}

static void *produce(struct worker *w, struct net *net)
{
	size_t batches = scaled(BATCHES);

	for (size_t i = 0; i < batches; i++) {
		unsigned to = w->nr / 2 + (w->id + i) % (w->nr / 2);
		void *m = batch_make(w);

		while (!ring_put(&net->ring[w->id][to], m))
			sched_yield();
	}
	return NULL;
}

/* Producers send in turn, so each consumer gets as much as one sends. */
static void *consume(struct worker *w, struct net *net)
{
	size_t batches = 0, nr = w->nr / 2, i, p;

	for (p = 0; p < nr; p++)
		for (i = 0; i < scaled(BATCHES); i++)
			batches += nr + (p + i) % nr == w->id;
	while (batches) {
		size_t got = receive(w, net, 0, w->nr / 2);

		batches -= got;
		if (!got)
			sched_yield();
	}
	return NULL;
}

static void *exchange(struct worker *w, struct net *net)
{
	size_t batches = scaled(BATCHES), sent = 0, taken = 0;
	unsigned to = (w->id + 1) % w->nr, from = (w->id + w->nr - 1) % w->nr;
	void *m = NULL;

	while (sent < batches || taken < batches) {
		size_t before = sent + taken;

		if (!m && sent < batches)
			m = batch_make(w);
		if (m && ring_put(&net->ring[w->id][to], m)) {
			m = NULL;
			sent++;
		}
		taken += receive(w, net, from, 1);
		if (sent + taken == before)
			sched_yield();
	}
	return NULL;
}

static void *run(void *arg)
{
	struct worker *w = arg;
	struct net *net = w->arg;

	if (!net->oneway)
		return exchange(w, net);
	return w->id < w->nr / 2 ? produce(w, net) : consume(w, net);
}

int main(int argc, char **argv)
{
	static struct net net;
	struct worker w[MAX_THREADS];
	unsigned nr = thread_count(argc > 2 ? argv[2] : "2");

	net.oneway = argc > 1 && !strcmp(argv[1], "oneway");
	if ((!net.oneway && (argc < 2 || strcmp(argv[1], "symmetric"))) ||
	    nr % 2)
		usage("oneway|symmetric [EVEN-NUMBER-OF-THREADS]");
	return finish(run_workers(w, nr, 8, run, &net));
}
