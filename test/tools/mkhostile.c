/* SPDX-License-Identifier: MIT */
/*
 * mkhostile.c - a report file with call stacks whose names are out to break
 * what is made of them: markup, quotes, separators of other formats. The
 * functions are this program's own, so symbols are looked up as always.
 *
 *   mkhostile FILE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "synth.h"

/* a function of that name, and in at_##id how far from there it is */
#define HOSTILE(id, name)                                                \
	__asm__(".pushsection .text\n\t.balign 16\n\"" name "\":\n"      \
		"\t.type \"" name "\", @function\n\tnop\n\tnop\n\tret\n" \
		"\t.size \"" name "\", 3\n\t.popsection\n"               \
		"\t.pushsection .rodata\n\t.balign 4\n"                  \
		"at_" #id ":\t.long \"" name "\" - .\n\t.popsection");   \
	extern const int at_##id[]

HOSTILE(script, "</script><script>window.hacked=1</script>");
HOSTILE(image, "<img src=x onerror=window.hacked=2>");
HOSTILE(cdata, "]]><script>window.hacked=3</script>&amp;'");
HOSTILE(semicolon, "operator;(int) 7");
HOSTILE(quote, "it's `${1}` %s%n {{x}}");
HOSTILE(utf8, "caf\303\251::\342\200\250line\342\202\254");

extern const char __ehdr_start[]; /* of the ELF header: virtual address 0 */

/* as a return address: one byte into the function */
static uint64_t own(const int *at)
{
	return (uint64_t)((const char *)at + *at - __ehdr_start) + 1;
}

static uint64_t of_main(int (*f)(int, char **))
{
	return (uint64_t)f - (uint64_t)__ehdr_start + 1;
}

static void set_command(struct synth *s)
{
	static const char args[] = "evil\0</script><script>alert(1)</script>\0"
				   "\"quoted\"\\\0\n# HELP x\0";

	memcpy(s->head.cmdline, args, sizeof(args));
	strcpy(s->head.comm, "a\"b\\c</script>");
	strcpy(s->thread[0].comm, "<b>t</b>;\"");
}

static void add_time(struct synth *s)
{
	size_t i;

	s->nr_moments = 8;
	for (i = 0; i < s->nr_moments; i++) {
		struct kvr_moment *m = &s->moment[i];

		m->monotonic_ns = s->head.start_monotonic_ns + i * 90000000;
		m->held_bytes = (i < 6 ? i : 11 - i) * 5000000;
		m->slab_pages = m->held_bytes / 5000;
		m->large_pages = i * 40;
		m->vmalloc_pages = i > 3 ? 1100 : 0;
		m->requests = i * 150000;
		m->fallbacks = i / 2;
		m->failed = i > 6;
	}
}

int main(int argc, char **argv)
{
	static struct synth s;
	struct synth_use u = { 1000, 100, 112, 128, 100, 900, 5 };
	uint64_t up = of_main(main);
	unsigned char *image;
	size_t size;
	FILE *f;

	if (argc != 2 || !synth_make(&s, "stacks")) {
		fprintf(stderr, "usage: mkhostile FILE\n");
		return 2;
	}
	set_command(&s);
	add_time(&s);
	s.module[0].build_id_size = 0;
	memset(s.module[0].path, 0, sizeof(s.module[0].path));
	if (readlink("/proc/self/exe", s.module[0].path,
		     sizeof(s.module[0].path) - 1) < 0)
		return 1;
	const uint64_t stacks[][4] = {
		{ own(at_script), own(at_image), own(at_cdata), up },
		{ own(at_semicolon), own(at_quote), own(at_cdata), up },
		{ own(at_utf8), own(at_image), own(at_quote), up },
	};

	for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
		uint32_t id = synth_stack(&s, stacks[i], 4);

		u.allocs += i * 500;
		synth_use(&s, id, 0, &u);
		s.stat[s.nr_stats - 1].fallbacks = i;
		if (i == 1)
			s.stack[id].flags = KVR_STACK_TRUNCATED;
		if (i == 2) {
			id = synth_stack(&s, NULL, 0);
			s.stack[id].flags = KVR_STACK_LOST;
			synth_use(&s, id, 0, &u);
		}
	}
	s.stats.stacks = s.nr_stacks - 1;
	image = synth_image(&s, &size);
	f = fopen(argv[1], "wb");
	if (!f || fwrite(image, 1, size, f) != size || fclose(f)) {
		perror(argv[1]);
		return 1;
	}
	free(image);
	return 0;
}
