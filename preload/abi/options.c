/* SPDX-License-Identifier: MIT */
/*
 * options.c - see options.h. Separators are spaces and commas; a piece after
 * a comma that has no '=' and starts like a number goes on with the value
 * before it ("failslab=1,10,0,-1"), as on a kernel command line. The value of
 * an OPTBLOCKS goes on up to a space or the next option.
 */
#include "abi/options.h"

#include <string.h>

#include "lib/bug.h"

struct option_value options[KV_NR_OPTIONS];
/* Apart: few options have one, and few processes options. */
static SPARSE_BSS char texts[KV_NR_OPTIONS][OPTION_TEXT];
static char no_text[1];

enum type { SIZE, UINT, ENUM, OPTENUM, BOOL, OPTPATH, OPTFILE, OPTBLOCKS, NUMBERS };

static const struct option {
	const char *name;
	enum type type;
	const char *def;
	u64 min, max;
	const char *values;
} table[] = {
#define X(name, type, def, min, max, values, help) \
	{ #name, type, def, min, max, values },
	KV_OPTIONS(X)
#undef X
};

/* Number with an optional size suffix; false if there is anything else. */
static bool parse_number(const char *s, size_t len, bool suffix, u64 *out)
{
	static const char units[] = "kmgt";
	u64 v = 0;
	size_t i = 0;

	for (; i < len && s[i] >= '0' && s[i] <= '9'; i++) {
		u64 digit = (u64)(s[i] - '0');

		if (v > (~0ull - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	if (i == 0)
		return false;
	if (suffix && i + 1 == len) {
		const char *u = strchr(units, s[i] | 0x20);
		unsigned int shift = u ? 10 * (unsigned int)(u - units + 1) : 0;

		if (!u || !*u || v > ~0ull >> shift)
			return false;
		v <<= shift;
		i++;
	}
	*out = v;
	return i == len;
}

/*
 * Index of the word in "a|b|c", or -1; with len 0 the last one. Defaults come
 * here in every process: strcspn() would make 200 KiB of libc resident that
 * few others use, its code and its tables.
 */
static long parse_word(const char *words, const char *s, size_t len)
{
	long i = 0;

	for (const char *w = words;; i++) {
		size_t n = 0;

		while (w[n] && w[n] != '|')
			n++;
		if (len ? n == len && !memcmp(w, s, n) : !w[n])
			return i;
		if (!w[n])
			return -1;
		w += n + 1;
	}
}

/* Do blocks at @s begin with nothing but @letters, of either case? */
static bool blocks_ok(const char *letters, const char *s, size_t len)
{
	bool names = false;

	for (size_t i = 0; i < len; i++) {
		char upper = s[i] >= 'a' && s[i] <= 'z' ? (char)(s[i] - 32) :
							  s[i];

		if (s[i] == ';' || s[i] == ',')
			names = s[i] == ',';
		else if (!names && !strchr(letters, upper))
			return false;
	}
	return true;
}

/* As many numbers as @names has, each with or without a sign. */
static bool numbers_ok(const char *names, const char *s, size_t len)
{
	bool digit = false;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == ',') {
			names = strchr(names, ',');
			if (!names || !digit)
				return false;
			names++;
			digit = false;
		} else if (s[i] >= '0' && s[i] <= '9') {
			digit = true;
		} else if (s[i] != '-' || digit) {
			return false;
		}
	}
	return digit && !strchr(names, ',');
}

static bool keep_text(const struct option *o, struct option_value *v,
		      const char *s, size_t len)
{
	char *text = texts[o - table];

	memcpy(text, s, len);
	text[len] = 0;
	v->text = text;
	return true;
}

static bool parse_value(const struct option *o, struct option_value *v,
			const char *s, size_t len, bool has_value)
{
	long word;

	switch (o->type) {
	case SIZE:
	case UINT:
		return parse_number(s, len, o->type == SIZE, &v->number) &&
		       v->number >= o->min && v->number <= o->max;
	case BOOL:
		v->number = 1;
		return !has_value || (parse_number(s, len, false, &v->number) &&
				      v->number <= 1);
	case ENUM:
	case OPTENUM:
		if (!len && (has_value || o->type == ENUM))
			return false;
		word = parse_word(o->values, s, len);
		v->number = (u64)word;
		return word >= 0;
	case OPTPATH:
	case OPTFILE:
		if (len >= OPTION_TEXT || (has_value && !len))
			return false;
		return keep_text(o, v, has_value ? s : ".",
				 has_value ? len : 1);
	case OPTBLOCKS:
		return len < OPTION_TEXT && blocks_ok(o->values, s, len) &&
		       keep_text(o, v, s, len);
	case NUMBERS:
		return len < OPTION_TEXT && numbers_ok(o->values, s, len) &&
		       keep_text(o, v, s, len);
	}
	return false;
}

static const char *accepted(const struct option *o)
{
	switch (o->type) {
	case SIZE:
		return "a size like 512M";
	case UINT:
		return "a number";
	case BOOL:
		return "0 or 1";
	case OPTPATH:
		return "a directory";
	case OPTFILE:
		return "a directory or a file's name";
	case OPTBLOCKS:
		return "letters of FZPUTAO or -, then caches: FZ,kmalloc-64,kmalloc-1*;P";
	default:
		return o->values;
	}
}

static const struct option *find(const char *s, size_t len)
{
	for (size_t i = 0; i < KV_NR_OPTIONS; i++)
		if (strlen(table[i].name) == len &&
		    !memcmp(table[i].name, s, len))
			return &table[i];
	return NULL;
}

/* One "name", "name=" or "name=value"; false if it is no good. */
static bool parse_one(const char *s, size_t len)
{
	size_t name = strcspn(s, "=, ");
	bool has_value = name < len && s[name] == '=';
	const char *value = s + name + has_value;

	const struct option *o = find(s, name);
	struct option_value v = { .set = true, .text = no_text };

	if (!o) {
		warn("unknown KVMALLOC option '%.*s' (kvmalloc help options lists all)",
		     (int)len, s);
		return false;
	}
	if (parse_value(o, &v, value, len - (size_t)(value - s), has_value)) {
		options[o - table] = v;
		return true;
	}
	if (o->type == SIZE || o->type == UINT)
		warn("bad value in KVMALLOC option '%.*s': expected %s from %llu to %llu",
		     (int)len, s, accepted(o), (unsigned long long)o->min,
		     (unsigned long long)o->max);
	else
		warn("bad value in KVMALLOC option '%.*s': expected %s",
		     (int)len, s, accepted(o));
	return false;
}

/* The same for an OPTBLOCKS. */
static size_t blocks_length(const char *s)
{
	size_t len = strcspn(s, ", ");

	while (s[len] == ',') {
		const char *next = s + len + 1;
		size_t n = strcspn(next, ", "), name = strcspn(next, "=,; ");

		if (next[name] == '=' || find(next, name))
			break;
		len += 1 + n;
	}
	return len;
}

/* Length of the option at @s, numbers after commas included. */
static size_t option_length(const char *s)
{
	size_t len = strcspn(s, ", "), name = strcspn(s, "=, ");
	const struct option *o = find(s, name);

	if (o && o->type == OPTBLOCKS && s[name] == '=')
		return blocks_length(s);
	while (s[len] == ',') {
		const char *next = s + len + 1;
		size_t n = strcspn(next, ", ");

		if (!memchr(s, '=', len) || memchr(next, '=', n) ||
		    !(*next == '-' || (*next >= '0' && *next <= '9')))
			break;
		len += 1 + n;
	}
	return len;
}

static void set_defaults(void)
{
	for (size_t i = 0; i < KV_NR_OPTIONS; i++) {
		const char *def = table[i].def;

		options[i] = (struct option_value){ .text = no_text };
		if (*def)
			parse_value(&table[i], &options[i], def, strlen(def),
				    true);
	}
}

unsigned int options_parse(const char *text)
{
	unsigned int bad = 0;

	set_defaults();
	for (const char *s = text ? text : ""; *s;) {
		size_t len = option_length(s);

		if (len)
			bad += !parse_one(s, len);
		s += len;
		s += strspn(s, ", ");
	}
	return bad;
}
