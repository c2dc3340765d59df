/* SPDX-License-Identifier: MIT */
/*
 * export.h - the formats of other tools that a report can be written in.
 *
 * A writer gets a stream and a subject and writes; whether the bytes arrived
 * is looked after by the caller. A new format is a file export_NAME.c and a
 * line in EXPORT_FORMATS.
 */
#ifndef TOOLS_EXPORT_H
#define TOOLS_EXPORT_H

#include "subject.h"

/* clang-format off */
/* name, how its files end, needs stacks, gzip (heaptrack's: by the name's end,
   as its readers go by that), what it is for */
#define EXPORT_FORMATS(X)                                                   \
	X(json,       ".json",            false, false,                     \
	  "everything the report knows; documented, fields are only added") \
	X(pprof,      ".pb.gz",           true,  true,                      \
	  "profile.proto: go tool pprof, Pyroscope, Polar Signals")         \
	X(folded,     ".folded",          true,  false,                     \
	  "a line a stack: flamegraph.pl, inferno, speedscope")             \
	X(speedscope, ".speedscope.json", true,  false,                     \
	  "www.speedscope.app: all values in one file")                     \
	X(massif,     ".massif",          false, false,                     \
	  "massif.out of Valgrind: ms_print, massif-visualizer")            \
	X(dhat,       ".dhat.json",       true,  false,                     \
	  "DHAT of Valgrind: dh_view.html")                                 \
	X(heaptrack,  ".heaptrack.gz",    true,  true,                      \
	  "heaptrack_gui, heaptrack_print")                                 \
	X(prometheus, ".prom",            false, false,                     \
	  "metrics as text, for node_exporter's textfile collector")
/* clang-format on */

typedef void (*export_writer)(FILE *f, const struct subject *x,
			      enum stack_value v);

#define X(name, ends, stacks, gzip, help)                    \
	void export_##name(FILE *f, const struct subject *x, \
			   enum stack_value v);
EXPORT_FORMATS(X)
#undef X

/*
 * The JSON report for a page: stacks in the order of their weight until they
 * take about `room` bytes, what is zero in them left out.
 */
void export_json_brief(FILE *f, const struct subject *x, size_t room);

/* "function (file:line)", "function (in module)" or "module+offset" */
void put_line(FILE *f, const struct line *l);

/* address of a place in the process, at the call and not behind it */
uint64_t place_address(const struct subject *x, const struct place *p);

/* what the sums of lifetimes are taken to be, ms */
uint64_t lifetime_ms(const struct stack_row *r);

#endif
