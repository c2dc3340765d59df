/* SPDX-License-Identifier: MIT */
/*
 * fuzz_trace.c - damaged trace files against their reader.
 *
 *   fuzz_trace ROUNDS     a fixed number of rounds from fixed seeds
 *
 * Built with the sanitizers. Checked besides is what trace.h promises: numbers
 * rise, threads are counted in order, a block's number is its own, and sums
 * are those of the events that were delivered.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd.h"
#include "fuzz.h"
#include "synth_trace.h"
#include "trace.h"

/* Where there is something: the header, a chunk's head, its events. */
static size_t place(size_t size)
{
	size_t chunk = KVT_HEADER + rnd() % 3 * KVT_CHUNK;
	size_t at = rnd() % 4 == 0 ? rnd() % 128 :
		    rnd() % 3 == 0 ? chunk + rnd() % sizeof(struct kvt_chunk) :
				     chunk + rnd() % 300;

	return at < size ? at : rnd() % size;
}

static void damage(unsigned char *image, size_t *size)
{
	static const unsigned char bytes[] = { 0,    1,	   0x7f, 0x80,
					       0xff, 0x3f, 0xf8, 0xf9 };
	unsigned int changes = 1 + (unsigned int)(rnd() % 5);

	while (changes--) {
		size_t at = place(*size), n = rnd() % 12;

		switch (rnd() % 6) {
		case 0:
			image[at] ^= (unsigned char)(1u << rnd() % 8);
			break;
		case 1:
			image[at] = bytes[rnd() % sizeof(bytes)];
			break;
		case 2:
			for (; n && at < *size; n--)
				image[at++] = (unsigned char)(rnd() | 0x80);
			break;
		case 3:
			for (; n && at < *size; n--)
				image[at++] = (unsigned char)rnd();
			break;
		default:
			if (rnd() % 8 == 0)
				*size = 1 + rnd() % *size;
			return;
		}
	}
}

static void die(uint64_t seed, const char *what)
{
	fprintf(stderr, "fuzz_trace: seed %llu: %s\n", (unsigned long long)seed,
		what);
	abort();
}

static void check_event(const struct trace *t, const struct trace_event *e,
			uint64_t last, uint64_t seed)
{
	if (e->number <= last)
		die(seed, "numbers do not rise");
	if (!e->thread || e->thread > t->nr_threads)
		die(seed, "a thread that was not counted");
	if (e->block > t->nr_blocks)
		die(seed, "a block that was not counted");
	if (!e->failed && (e->call < KVT_MALLOC || e->call > KVT_MOVED))
		die(seed, "a call that is none");
	if (t->live_blocks > t->peak_blocks)
		die(seed, "sums of what is live");
	if (t->live_blocks != t->live.nr)
		die(seed, "blocks that are live were not counted");
}

static bool one(const char *name, uint64_t seed)
{
	char command[] = "trace", text[] = "--text", path[64];
	char *text_argv[] = { command, text, path, NULL };
	char *sums_argv[] = { command, path, NULL };
	struct trace_event e;
	struct trace t;
	unsigned char *image;
	uint64_t last = 0;
	size_t size;
	bool ok;
	int fd;

	fuzz_state = seed * 0x9e3779b97f4a7c15ull + 1;
	image = synth_trace(name, &size);
	damage(image, &size);
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, image, size) != (ssize_t)size)
		die(seed, "cannot make a file in memory");
	free(image);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ok = trace_open(&t, path);
	if (!ok && !t.why[0])
		die(seed, "neither read nor refused");
	if (ok) {
		while (trace_next(&t, &e)) {
			check_event(&t, &e, last, seed);
			last = e.number;
		}
		if (t.events > size)
			die(seed, "more events than bytes");
		if (t.damaged && !t.why[0])
			die(seed, "damaged, but not why");
		trace_close(&t);
	}
	optind = 0;
	cmd_trace.run(3, text_argv);
	optind = 0;
	cmd_trace.run(2, sums_argv);
	close(fd);
	return ok;
}

int main(int argc, char **argv)
{
	uint64_t rounds, i, nr_read = 0, nr = 0;

	if (argc != 2 || parse_u64(argv[1], &rounds)) {
		fprintf(stderr, "usage: fuzz_trace ROUNDS\n");
		return 2;
	}
	if (!freopen("/dev/null", "w", stdout))
		return 2;
	while (synth_traces[nr])
		nr++;
	for (i = 0; i < rounds; i++)
		nr_read += one(synth_traces[i % nr], i);
	fprintf(stderr, "%llu files: %llu read, %llu refused\n",
		(unsigned long long)rounds, (unsigned long long)nr_read,
		(unsigned long long)(rounds - nr_read));
	return nr_read < rounds / 10 || nr_read == rounds;
}
