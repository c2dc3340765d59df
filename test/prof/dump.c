/* SPDX-License-Identifier: MIT */
/* dump.c - what a report file says of call stacks, as text, for a look. */
#include <inttypes.h>
#include <unistd.h>

#include "kvr_file.h"

static void print_stack(const struct kvr_file *f, uint32_t id)
{
	const struct kvr_stack *s = &f->stack[id];

	for (unsigned int i = 0; i < s->nr_frames; i++) {
		uint64_t fr = f->frame[s->first_frame + i];
		uint32_t m = KVR_FRAME_MODULE(fr);
		const char *path = m == KVR_FRAME_NONE ? "?" :
							 f->module[m].path;
		const char *base = strrchr(path, '/');

		printf("    %s+0x%" PRIx64 "\n", base ? base + 1 : path,
		       KVR_FRAME_OFFSET(fr));
	}
}

int main(int argc, char **argv)
{
	struct kvr_sum all = { 0 };
	struct kvr_file f;
	unsigned long show = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (argc < 2)
		return 2;
	kvr_load(&f, argv[1]);
	for (size_t i = 0; i < f.nr_stats; i++)
		if (f.stat[i].stack)
			kvr_add(&all, &f, &f.stat[i]);
	printf("mode %" PRIu64 " interval %" PRIu64 " stacks %" PRIu64
	       " lost %" PRIu64 " failed %" PRIu64 " before %" PRIu64
	       " cost %" PRIu64 " ns, file %zu\n",
	       f.stats->stack_mode, f.stats->sample_interval, f.stats->stacks,
	       f.stats->stacks_lost, f.stats->unwind_failed,
	       f.stats->stacks_before, f.stats->stack_cost_ns, f.size);
	printf("allocs %" PRIu64 " frees %" PRIu64 " asked %" PRIu64
	       " served %" PRIu64 " live %" PRIu64 " / %" PRIu64
	       " peak %" PRIu64 " / %" PRIu64 "\n",
	       all.allocs, all.frees, all.asked, all.served,
	       kvr_live_bytes(&all), f.stats->live_bytes, all.peak_bytes,
	       f.stats->peak_live_bytes);
	for (size_t i = 0; i < f.nr_stats && show; i++) {
		const struct kvr_stack_stat *e = &f.stat[i];

		if (!e->stack || !e->allocs)
			continue;
		show--;
		printf("stack %u slot %u allocs %" PRIu64 " frees %" PRIu64
		       " asked %" PRIu64 " hash %016" PRIx64 "\n",
		       e->stack, e->slot, e->allocs, e->frees, e->asked,
		       f.stack[e->stack].hash);
		print_stack(&f, e->stack);
	}
	return 0;
}
