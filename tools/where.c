/* SPDX-License-Identifier: MIT */
/* where.c - code at an address. See where.h. */
#include "where.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void where_open(struct where *w, const struct snapshot *s,
		const struct profile *p, const struct symbols_options *o)
{
	memset(w, 0, sizeof(*w));
	w->stacks = p ? &p->stacks : &w->objects;
	w->symbols = p ? p->symbols : NULL;
	if (p)
		return;
	w->objects.from = s;
	w->objects.nr_rows = 1;
	w->objects.module = s->module;
	w->objects.nr_modules = s->nr_modules;
	w->symbols = symbols_new(&w->objects, o);
}

void where_close(struct where *w)
{
	if (w->stacks == &w->objects)
		symbols_free(w->symbols);
}

/* objects loaded later may have the addresses of others: the last counts */
uint64_t where_frame(const struct where *w, uint64_t address)
{
	size_t i;

	for (i = w->stacks->nr_modules; i-- > 0;) {
		const struct kvr_module *m = &w->stacks->module[i];

		if (address >= m->start && address < m->end &&
		    i < KVR_FRAME_NONE)
			return (uint64_t)i << 48 |
			       KVR_FRAME_OFFSET(address - m->bias);
	}
	return (uint64_t)KVR_FRAME_NONE << 48 | KVR_FRAME_OFFSET(address);
}

void one_word(char *text)
{
	for (; *text; text++)
		if (*text == ' ' || *text == '\t')
			*text = '_';
}

char *where_kernel(const struct where *w, uint64_t frame)
{
	uint32_t m = KVR_FRAME_MODULE(frame);
	bool main = m >= w->stacks->nr_modules ||
		    w->stacks->module[m].flags & KVR_MODULE_MAIN;
	struct symbol s[32];
	size_t nr = symbols_at(w->symbols, frame, s, ARRAY_SIZE(s));
	const struct symbol *f = &s[nr - 1];
	char *name, *text;

	if (!f->function || !f->start || f->offset < f->start) {
		if (*f->module)
			return xasprintf("%s+0x%llx", f->module,
					 (unsigned long long)f->offset);
		return xasprintf("0x%016llx", (unsigned long long)f->offset);
	}
	name = xasprintf("%s", f->function);
	one_word(name);
	text = xasprintf("%s+0x%llx/0x%llx%s%s%s", name,
			 (unsigned long long)(f->offset - f->start),
			 (unsigned long long)f->size, main ? "" : " [",
			 main ? "" : f->module, main ? "" : "]");
	free(name);
	return text;
}

char *where_text(const struct where *w, uint64_t frame)
{
	struct symbol s[32];
	char buf[512];

	symbols_at(w->symbols, frame, s, ARRAY_SIZE(s));
	symbol_format(&s[0], buf, sizeof(buf));
	return xasprintf("%s", buf);
}
