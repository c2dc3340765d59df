/* SPDX-License-Identifier: MIT */
/*
 * export_json.h - the two halves of the JSON report.
 */
#ifndef TOOLS_EXPORT_JSON_H
#define TOOLS_EXPORT_JSON_H

#include "export.h"
#include "json.h"

/* recording, values, modules, frames, stacks; room as of export_json_brief(),
   0 = all stacks with all members */
void json_stacks(struct json *j, const struct subject *x, size_t room);

/* 0 for what was before it */
uint64_t since_start(const struct subject *x, uint64_t monotonic_ns);

#endif
