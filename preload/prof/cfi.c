/* SPDX-License-Identifier: MIT */
/*
 * cfi.c - see cfi.h. The format: Linux Standard Base, "Exception Frames", and
 * DWARF 4, 6.4.
 *
 * .eh_frame_hdr has a table, sorted by address, of descriptions (FDE); each
 * points to what it has in common with others (CIE). Both have instructions
 * that, run up to an address, leave the rule for it. Whatever is not of the
 * form that compilers write today makes the rule CFI_HARD.
 */
#include "prof/cfi.h"

#include <string.h>

#include "prof/modules.h"

enum {
	REG_RBP = 6, /* numbers of DWARF on x86-64 */
	REG_RSP = 7,
	REG_RA = 16,
	MAX_SAVED = 8, /* of DW_CFA_remember_state */
	HDR_SIZE = 12, /* of .eh_frame_hdr before its table */
	PCREL_SDATA4 = 0x1b,
};

/* What is left to read; bad once it was too little. */
struct bytes {
	const u8 *p, *end;
	bool bad;
};

struct registers {
	u64 cfa_reg, cfa_offset;
	bool cfa_hard;
	long rbp, ra;	/* offsets from the CFA */
	bool rbp_saved, rbp_hard;
	bool ra_saved, ra_none;
};

struct program {
	u64 code_align;
	long data_align;
	u64 at, until;	/* addresses */
	unsigned int nr_saved;
	struct registers now, initial, saved[MAX_SAVED];
};

struct cie {
	struct bytes code;
	u64 code_align;
	long data_align;
	u8 encoding;	/* of addresses in the FDE */
	bool has_size;	/* of augmentation data */
};

static u64 get(struct bytes *b, size_t size)
{
	u64 v = 0;

	if ((size_t)(b->end - b->p) < size) {
		b->bad = true;
		return 0;
	}
	memcpy(&v, b->p, size);
	b->p += size;
	return v;
}

static void skip(struct bytes *b, u64 size)
{
	if ((u64)(b->end - b->p) < size)
		b->bad = true;
	else
		b->p += size;
}

static u64 uleb(struct bytes *b)
{
	u64 v = 0, byte;
	unsigned int shift = 0;

	do {
		byte = get(b, 1);
		if (shift < 64)
			v |= (byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return v;
}

static long sleb(struct bytes *b)
{
	u64 v = 0, byte;
	unsigned int shift = 0;

	do {
		byte = get(b, 1);
		if (shift < 64)
			v |= (byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (shift < 64 && byte & 0x40)
		v |= ~0ull << shift;
	return (long)v;
}

static u32 u32_at(const u8 *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* A length, and as many bytes. */
static struct bytes entry_at(const u8 *p)
{
	u32 size = u32_at(p);

	return (struct bytes){
		.p = p + 4,
		.end = p + 4 + size,
		.bad = !size || size == UINT_MAX,
	};
}

/* finding */

/* Of the last entry not above @pc; its table holds distances from @hdr. */
static const u8 *search(const u8 *hdr, u32 nr, u64 pc)
{
	long wanted = (long)(pc - (u64)(size_t)hdr);
	u32 low = 0, high = nr;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if ((int)u32_at(hdr + HDR_SIZE + 8ul * middle) <= wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? hdr + (int)u32_at(hdr + HDR_SIZE + 8ul * low - 4) : NULL;
}

static const u8 *find_fde(u64 pc)
{
	static const u8 usual[4] = { 1, PCREL_SDATA4, 0x03, 0x3b };
	const struct module *mod;
	const u8 *hdr = NULL;
	u32 index;

	mod = module_of((const void *)(size_t)pc, &index);
	for (u32 i = 0; mod && i < mod->phnum; i++)
		if (mod->phdr[i].p_type == PT_GNU_EH_FRAME)
			hdr = (const u8 *)(size_t)(mod->m.bias +
						   mod->phdr[i].p_vaddr);
	if (!hdr || memcmp(hdr, usual, sizeof(usual)))
		return NULL;
	return search(hdr, u32_at(hdr + 8), pc);
}

/* Of a personality routine's address, to pass over it. */
static u64 size_of(u64 encoding)
{
	static const u8 sizes[16] = { [0] = 8,	[2] = 2,  [3] = 4,  [4] = 8,
				      [10] = 2, [11] = 4, [12] = 8 };

	return sizes[encoding & 0x0f];
}

static bool read_cie(const u8 *p, struct cie *cie)
{
	struct bytes b = entry_at(p);
	const char *how;
	u64 version, size, reg;

	get(&b, 4);
	version = get(&b, 1);
	how = (const char *)b.p;
	while (get(&b, 1))
		;
	cie->code_align = uleb(&b);
	cie->data_align = sleb(&b);
	reg = version == 1 ? get(&b, 1) : uleb(&b);
	if (b.bad || (version != 1 && version != 3) || reg != REG_RA)
		return false;
	cie->has_size = *how == 'z';
	size = cie->has_size ? uleb(&b) : 0;
	cie->code = b;
	skip(&cie->code, size);
	for (how += cie->has_size; *how; how++) {
		if (*how == 'R')
			cie->encoding = (u8)get(&b, 1);
		else if (*how == 'L')
			get(&b, 1);
		else if (*how == 'P' && size_of(*b.p))
			skip(&b, size_of(get(&b, 1)));
		else
			return false; /* a signal's frame, or unheard of */
	}
	return !b.bad && !cie->code.bad && cie->encoding == PCREL_SDATA4;
}

/* running */

static void save_at(struct registers *r, u64 reg, long offset)
{
	if (reg == REG_RBP) {
		r->rbp_saved = true;
		r->rbp_hard = false;
		r->rbp = offset;
	} else if (reg == REG_RA) {
		r->ra_saved = true;
		r->ra = offset;
	}
}

static void as_it_was(struct registers *r, u64 reg)
{
	if (reg == REG_RBP)
		r->rbp_saved = r->rbp_hard = false;
}

static void restore(struct program *p, u64 reg)
{
	if (reg == REG_RBP) {
		p->now.rbp = p->initial.rbp;
		p->now.rbp_saved = p->initial.rbp_saved;
		p->now.rbp_hard = p->initial.rbp_hard;
	} else if (reg == REG_RA) {
		p->now.ra = p->initial.ra;
		p->now.ra_saved = p->initial.ra_saved;
		p->now.ra_none = p->initial.ra_none;
	}
}

static void not_plain(struct registers *r, u64 reg)
{
	if (reg == REG_RBP)
		r->rbp_hard = true;
	else if (reg == REG_RA)
		r->ra_saved = false;
}

static void define_cfa(struct registers *r, u64 reg, u64 offset)
{
	r->cfa_reg = reg;
	r->cfa_offset = offset;
	r->cfa_hard = false;
}

static void undefine(struct registers *r, u64 reg)
{
	if (reg == REG_RA)
		r->ra_none = true;
	else
		not_plain(r, reg);
}

static bool push(struct program *p)
{
	if (p->nr_saved == MAX_SAVED)
		return false;
	p->saved[p->nr_saved++] = p->now;
	return true;
}

static bool pop(struct program *p)
{
	if (!p->nr_saved)
		return false;
	p->now = p->saved[--p->nr_saved];
	return true;
}

/* An instruction with its operand in the low bits, or one of those below. */
static bool run_one(struct program *p, struct bytes *b)
{
	u64 op = get(b, 1), low = op & 0x3f, reg;

	switch (op & 0xc0) {
	case 0x40: /* advance_loc */
		p->at += low * p->code_align;
		return true;
	case 0x80: /* offset */
		save_at(&p->now, low, (long)uleb(b) * p->data_align);
		return true;
	case 0xc0: /* restore */
		restore(p, low);
		return true;
	}
	switch (op) {
	case 0x00: /* nop */
		return true;
	case 0x02: /* advance_loc1, 2, 4 */
	case 0x03:
	case 0x04:
		p->at += get(b, 1ul << (op - 2)) * p->code_align;
		return true;
	case 0x05: /* offset_extended */
		reg = uleb(b);
		save_at(&p->now, reg, (long)uleb(b) * p->data_align);
		return true;
	case 0x06: /* restore_extended */
		restore(p, uleb(b));
		return true;
	case 0x07: /* undefined */
		undefine(&p->now, uleb(b));
		return true;
	case 0x08: /* same_value */
		as_it_was(&p->now, uleb(b));
		return true;
	case 0x09: /* register */
		not_plain(&p->now, uleb(b));
		uleb(b);
		return true;
	case 0x0a: /* remember_state */
		return push(p);
	case 0x0b: /* restore_state */
		return pop(p);
	case 0x0c: /* def_cfa */
		reg = uleb(b);
		define_cfa(&p->now, reg, uleb(b));
		return true;
	case 0x0d: /* def_cfa_register */
		p->now.cfa_reg = uleb(b);
		return true;
	case 0x0e: /* def_cfa_offset */
		p->now.cfa_offset = uleb(b);
		return true;
	case 0x0f: /* def_cfa_expression */
		p->now.cfa_hard = true;
		skip(b, uleb(b));
		return true;
	case 0x10: /* expression, val_expression */
	case 0x16:
		not_plain(&p->now, uleb(b));
		skip(b, uleb(b));
		return true;
	case 0x11: /* offset_extended_sf */
		reg = uleb(b);
		save_at(&p->now, reg, sleb(b) * p->data_align);
		return true;
	case 0x2e: /* GNU_args_size */
		uleb(b);
		return true;
	}
	return false;
}

static bool run(struct program *p, struct bytes b)
{
	while (b.p < b.end && p->at <= p->until)
		if (!run_one(p, &b) || b.bad)
			return false;
	return true;
}

static struct cfi_rule rule_from(const struct registers *r)
{
	const struct cfi_rule hard = { .kind = CFI_HARD };

	if (r->ra_none)
		return (struct cfi_rule){ .kind = CFI_END };
	if (r->cfa_hard || r->rbp_hard || !r->ra_saved || r->ra != -8 ||
	    (r->cfa_reg != REG_RSP && r->cfa_reg != REG_RBP) ||
	    r->cfa_offset > UINT_MAX || r->cfa_offset % 8)
		return hard;
	if (r->rbp_saved && (r->rbp >= 0 || r->rbp < INT_MIN || r->rbp % 8))
		return hard;
	return (struct cfi_rule){
		.kind = CFI_STEP,
		.by_rbp = r->cfa_reg == REG_RBP,
		.saves_rbp = r->rbp_saved,
		.cfa = (u32)r->cfa_offset,
		.rbp = r->rbp_saved ? (u32)-r->rbp : 0,
	};
}

/* The call is before the address it returns to, perhaps at a function's end. */
struct cfi_rule cfi_find(u64 ra)
{
	const struct cfi_rule hard = { .kind = CFI_HARD };
	const u8 *fde = find_fde(ra - 1), *field;
	struct program p = { .until = ra - 1 };
	struct cie cie = { 0 };
	struct bytes b;
	u64 start;

	if (!fde)
		return hard;
	b = entry_at(fde);
	if (b.bad || !read_cie(b.p - u32_at(b.p), &cie))
		return hard;
	get(&b, 4);
	field = b.p;
	start = (u64)(size_t)field + (u64)(long)(int)get(&b, 4);
	if (p.until < start || p.until - start >= get(&b, 4))
		return hard;
	if (cie.has_size)
		skip(&b, uleb(&b));
	p.code_align = cie.code_align;
	p.data_align = cie.data_align;
	if (b.bad || !run(&p, cie.code))
		return hard;
	p.initial = p.now;
	p.at = start;
	return run(&p, b) ? rule_from(&p.now) : hard;
}
