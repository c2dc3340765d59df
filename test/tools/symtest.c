/* SPDX-License-Identifier: MIT */
/*
 * symtest.c - what tools/symbols.c says of addresses, for the tests.
 *
 *   symtest [-s SYSROOT] [-d DEBUG_DIR] [-b BUILD_ID] [-r ROUNDS] FILE ADDR...
 *
 * FILE is the module's path as a report would have it; "-" none, "+" the vdso.
 * ADDR: hexadecimal, as a return address. One line a symbol, innermost first;
 * the rest of a frame's symbols are marked by "<". -r: that many addresses,
 * one byte apart, from the first one: times, prints how many have names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbols.h"
#include "util.h"

static struct kvr_module module;
static struct stacks stacks = { .module = &module, .nr_modules = 1 };

static uint64_t frame_of(const char *file, const char *text)
{
	uint64_t addr = strtoull(text, NULL, 16);
	uint64_t m = strcmp(file, "-") ? 0 : KVR_FRAME_NONE;

	return m << 48 | KVR_FRAME_OFFSET(addr);
}

static void print(struct symbols *sy, uint64_t frame)
{
	struct symbol s[8];
	size_t nr = symbols_at(sy, frame, s, ARRAY_SIZE(s)), i;
	char line[256];

	for (i = 0; i < nr; i++) {
		symbol_format(&s[i], line, sizeof(line));
		printf("%s%s\n", i ? "< " : "", line);
	}
}

static void times(struct symbols *sy, uint64_t frame, unsigned int rounds)
{
	uint64_t start = monotonic_ns();
	unsigned int named = 0, i;
	struct symbol s;

	for (i = 0; i < rounds; i++) {
		symbols_at(sy, frame + i, &s, 1);
		named += s.function != NULL;
	}
	printf("%u of %u named\n", named, rounds);
	fprintf(stderr, "%llu ms\n",
		(unsigned long long)(monotonic_ns() - start) / 1000000);
}

static bool set_build_id(const char *hex)
{
	unsigned int byte;

	for (; *hex; hex += 2) {
		if (module.build_id_size == sizeof(module.build_id) ||
		    sscanf(hex, "%2x", &byte) != 1)
			return false;
		module.build_id[module.build_id_size++] = (uint8_t)byte;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct symbols_options opts = { 0 };
	unsigned int rounds = 0;
	struct symbols *sy;
	const char *file;
	int c;

	while ((c = getopt(argc, argv, "s:d:b:r:")) != -1) {
		if (c == 's')
			opts.sysroot = optarg;
		else if (c == 'd')
			opts.debug_dir = optarg;
		else if (c == 'r')
			rounds = (unsigned int)atoi(optarg);
		else if (c != 'b' || !set_build_id(optarg))
			return 2;
	}
	if (argc - optind < 2)
		return 2;
	file = argv[optind++];
	if (!strcmp(file, "+"))
		module.flags = KVR_MODULE_VDSO;
	else
		snprintf(module.path, sizeof(module.path), "%s", file);
	sy = symbols_new(&stacks, &opts);
	if (rounds)
		times(sy, frame_of(file, argv[optind]), rounds);
	else
		for (; optind < argc; optind++)
			print(sy, frame_of(file, argv[optind]));
	if (symbols_trouble(sy))
		printf("trouble: %s\n", symbols_trouble(sy));
	symbols_free(sy);
	return 0;
}
