/* SPDX-License-Identifier: MIT */
/*
 * slub_option.c - the value of slub_debug=: which caches are watched, and how.
 *
 *	value = block [; block]...
 *	block = letters [, cache]...
 *
 * Letters F Z P U T A O as in the table below, '-' for none; no letters mean
 * FZPU. A cache may end in '*'. A block that names caches is for them; one
 * that does not is for all that no other block names. The last block that
 * fits counts.
 *
 * The text is kept as given and read again for each cache created: that is
 * rare, and needs no memory.
 */
#include <string.h>

#include "lib/print.h"
#include "mm/slub_debug.h"

static const struct letter {
	char letter;
	slab_flags_t flags;
} letters[] = {
	{ 'F', SLAB_CONSISTENCY_CHECKS },
	{ 'Z', SLAB_RED_ZONE },
	{ 'P', SLAB_POISON },
	{ 'U', SLAB_STORE_USER },
	{ 'T', SLAB_TRACE },
	{ 'A', SLAB_FAILSLAB },
	{ 'O', 0 }, /* no_growth */
	{ '-', 0 },
};

static const slab_flags_t default_flags =
	SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER;

static struct {
	char text[SLUB_DEBUG_MAX];
	slab_flags_t all; /* of blocks without a list */
	bool no_growth;
	bool set; /* something is to be watched */
} option;

struct block {
	slab_flags_t flags;
	bool no_growth;
	const char *list; /* what follows the first comma, or NULL */
	size_t list_len;
};

static const struct letter *find_letter(char c)
{
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (letters[i].letter == (c & ~0x20) || letters[i].letter == c)
			return &letters[i];
	return NULL;
}

/* Reads the block at @s; the next one's start, or NULL if it is the last. */
static const char *next_block(const char *s, struct block *b)
{
	size_t len = strcspn(s, ";"), n = strcspn(s, ",;");

	*b = (struct block){ .flags = n ? 0 : default_flags };
	for (size_t i = 0; i < n; i++) {
		b->flags |= find_letter(s[i])->flags;
		b->no_growth |= (s[i] & ~0x20) == 'O';
	}
	if (n < len) {
		b->list = s + n + 1;
		b->list_len = len - n - 1;
	}
	return s[len] ? s + len + 1 : NULL;
}

static bool name_fits(const char *pattern, size_t len, const char *name)
{
	if (len && pattern[len - 1] == '*')
		return !strncmp(pattern, name, len - 1);
	return strlen(name) == len && !memcmp(pattern, name, len);
}

static bool is_listed(const struct block *b, const char *name)
{
	for (size_t at = 0; at < b->list_len;) {
		size_t n = strcspn(b->list + at, ",;");

		if (n && name_fits(b->list + at, n, name))
			return true;
		at += n + 1;
	}
	return false;
}

slab_flags_t slub_debug_flags(slab_flags_t flags, const char *name)
{
	slab_flags_t added = option.all;
	struct block b;

	if (likely(!option.set) || (flags & SLAB_NO_USER_FLAGS))
		return flags;
	for (const char *s = option.text; s;) {
		s = next_block(s, &b);
		if (b.list && is_listed(&b, name))
			added = b.flags;
	}
	if (flags & SLAB_NOLEAKTRACE)
		added &= ~(slab_flags_t)SLAB_STORE_USER;
	return flags | added;
}

bool slub_debug_no_growth(void)
{
	return option.no_growth;
}

bool slub_debug_active(void)
{
	return option.set;
}

/* NULL, or the first thing wrong with @value. */
static const char *wrong_with(const char *value)
{
	static char why[64];

	if (strlen(value) >= sizeof(option.text))
		return "it is too long";
	for (const char *s = value; *s;) {
		size_t n = strcspn(s, ",;");

		for (size_t i = 0; i < n; i++) {
			if (find_letter(s[i]))
				continue;
			kv_snprintf(
				why, sizeof(why),
				"unknown letter '%c', expected FZPUTAO or -",
				s[i]);
			return why;
		}
		s += strcspn(s, ";");
		s += *s == ';';
	}
	return NULL;
}

const char *slub_debug_setup(const char *value)
{
	const char *wrong = value ? wrong_with(value) : NULL;
	struct block b;

	if (wrong)
		return wrong;
	memset(&option, 0, sizeof(option));
	if (!value)
		return NULL;
	memcpy(option.text, value, strlen(value) + 1);
	for (const char *s = option.text; s;) {
		s = next_block(s, &b);
		option.set |= b.flags != 0;
		option.no_growth |= b.no_growth;
		if (!b.list)
			option.all = b.flags;
	}
	return NULL;
}
