/* SPDX-License-Identifier: MIT */
/*
 * synth_trace.h - trace files made up for tests, the same each time; without
 * the library's writer, by what kvmalloc/kvt.h says.
 */
#ifndef TEST_SYNTH_TRACE_H
#define TEST_SYNTH_TRACE_H

#include <stddef.h>

/* their names, NULL at the end */
extern const char *const synth_traces[];

/* the file of that name, to be freed, and its size; NULL: there is none */
unsigned char *synth_trace(const char *name, size_t *size);

#endif
