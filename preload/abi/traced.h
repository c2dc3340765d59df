/* SPDX-License-Identifier: MIT */
/*
 * traced.h - the malloc family while every call is traced (prof/trace.h).
 *
 * The fast paths fail then, for every thread, so each call comes here, and is
 * served as it would have been without, all of it in the core. Whoever is
 * turned away there is served by the side arena, whose blocks no trace has.
 */
#ifndef KV_ABI_TRACED_H
#define KV_ABI_TRACED_H

#include "prof/trace.h"

/* allocate_slow() and what fast paths would have done. */
void *traced_request(size_t size, size_t align, bool zero, const void *caller);

/* free_slow() and what the fast path would have done. */
void traced_release(void *p, const void *caller);

/* realloc() of the live block @p, of @old bytes, to @size, not 0. */
void *traced_resize(void *p, size_t old, size_t size, const void *caller);

#endif
