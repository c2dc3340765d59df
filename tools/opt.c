/* SPDX-License-Identifier: MIT */
/*
 * opt.c - checks values against include/kvmalloc/options.h. See opt.h.
 *
 * Theory: the same table that the library parses with, so a value accepted
 * here is accepted there. The tool is the strict side: it refuses to start
 * the program where the library would warn and go on.
 */
#include "opt.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static const char separators[] = " ,";

enum { PATH_BYTES = 255 }; /* as much as the library keeps of one */

const struct opt_info opt_info[KV_NR_OPTIONS] = {
#define X(name, type, def, min, max, values, help) \
	{ #name, OPT_##type, def, min, max, values, help },
	KV_OPTIONS(X)
#undef X
};

bool opt_needs_value(enum kv_option id)
{
	enum opt_type type = opt_info[id].type;

	return type == OPT_SIZE || type == OPT_UINT || type == OPT_ENUM;
}

/* 4194304 -> "4M": the largest unit that divides the number */
static void format_size(char *buf, size_t n, uint64_t v)
{
	static const char units[] = "KMGT";
	const char *unit = "";
	size_t i;
	char one[2] = "";

	for (i = 0; i < sizeof(units) - 1 && v && v % 1024 == 0; i++) {
		v /= 1024;
		one[0] = units[i];
		unit = one;
	}
	snprintf(buf, n, "%llu%s", (unsigned long long)v, unit);
}

const char *opt_form(enum kv_option id)
{
	static char text[256];
	const struct opt_info *o = &opt_info[id];
	char min[24], max[24];
	const char *p;
	size_t n = 0;

	switch (o->type) {
	case OPT_SIZE:
		format_size(min, sizeof(min), o->min);
		format_size(max, sizeof(max), o->max);
		snprintf(text, sizeof(text),
			 "a size from %s to %s: bytes, or "
			 "a number with K, M, G or T",
			 min, max);
		break;
	case OPT_UINT:
		snprintf(text, sizeof(text), "a number from %llu to %llu",
			 (unsigned long long)o->min,
			 (unsigned long long)o->max);
		break;
	case OPT_ENUM:
	case OPT_OPTENUM:
		n = (size_t)snprintf(text, sizeof(text), "one of ");
		for (p = o->values; *p && n + 3 < sizeof(text); p++) {
			text[n++] = *p == '|' ? ',' : *p;
			if (*p == '|')
				text[n++] = ' ';
		}
		text[n] = '\0';
		if (o->type == OPT_OPTENUM)
			snprintf(text + n, sizeof(text) - n, ", or no value");
		break;
	case OPT_BOOL:
		snprintf(text, sizeof(text), "0 or 1");
		break;
	case OPT_OPTPATH:
		snprintf(text, sizeof(text),
			 "a directory without blanks and "
			 "commas in its path, %d bytes at most, or no value",
			 PATH_BYTES);
		break;
	case OPT_OPTFILE:
		snprintf(text, sizeof(text),
			 "a directory or file without blanks and "
			 "commas in its path, %d bytes at most, or no value",
			 PATH_BYTES);
		break;
	case OPT_OPTBLOCKS:
		snprintf(text, sizeof(text),
			 "blocks of letters of %s and, after commas, names of "
			 "caches, separated by ';', like FZ,kmalloc-64;P, %d "
			 "bytes at most, or no value",
			 o->values, PATH_BYTES);
		break;
	case OPT_NUMBERS:
		snprintf(text, sizeof(text), "numbers %s", o->values);
		break;
	}
	return text;
}

const char *opt_placeholder(enum kv_option id)
{
	switch (opt_info[id].type) {
	case OPT_SIZE:
		return "SIZE";
	case OPT_UINT:
		return "N";
	case OPT_BOOL:
		return "0|1";
	case OPT_OPTPATH:
		return "DIR";
	case OPT_OPTFILE:
		return "FILE|DIR";
	case OPT_OPTBLOCKS:
		return "LETTERS[,CACHE...][;...]";
	case OPT_ENUM:
	case OPT_OPTENUM:
	case OPT_NUMBERS:
		break;
	}
	return opt_info[id].values;
}

/* As many numbers as names has, each with or without a sign. */
static bool numbers_ok(const char *names, const char *value)
{
	for (;;) {
		char *end;

		errno = 0;
		strtol(value, &end, 10);
		if (end == value || errno || *value == '+' || *value == ' ')
			return false;
		names = strchr(names, ',');
		if (!names)
			return !*end;
		if (*end != ',')
			return false;
		names++;
		value = end + 1;
	}
}

static bool size_ok(const struct opt_info *o, const char *value)
{
	static const char units[] = "KMGT";
	size_t digits = strspn(value, "0123456789");
	const char *unit = value + digits;
	char number[32];
	unsigned int shift = 0;
	uint64_t v;

	if (!digits || digits >= sizeof(number))
		return false;
	memcpy(number, value, digits);
	number[digits] = '\0';
	if (parse_u64(number, &v))
		return false;
	if (*unit) {
		const char *u = strchr(units, toupper((unsigned char)*unit));

		if (!u || unit[1])
			return false;
		shift = 10 * (unsigned int)(u - units + 1);
	}
	return v <= UINT64_MAX >> shift && v << shift >= o->min &&
	       v << shift <= o->max;
}

static bool word_ok(const struct opt_info *o, const char *value)
{
	size_t len = strlen(value);
	const char *p = o->values;

	for (;;) {
		size_t n = strcspn(p, "|");

		if (n == len && !strncmp(p, value, n))
			return true;
		if (!p[n])
			return false;
		p += n + 1;
	}
}

bool opt_plain(const char *path)
{
	const char *p;

	for (p = path; *p; p++)
		if (strchr(separators, *p) || iscntrl((unsigned char)*p))
			return false;
	return p > path && p - path <= PATH_BYTES;
}

static bool blocks_ok(const char *letters, const char *value)
{
	bool names = false;
	const char *p;

	for (p = value; *p; p++) {
		if (*p == ' ' || iscntrl((unsigned char)*p))
			return false;
		if (*p == ';' || *p == ',')
			names = *p == ',';
		else if (!names && !strchr(letters, toupper((unsigned char)*p)))
			return false;
	}
	return p - value <= PATH_BYTES;
}

static bool value_ok(enum kv_option id, const char *value)
{
	const struct opt_info *o = &opt_info[id];
	uint64_t v;

	if (!value)
		return !opt_needs_value(id);
	switch (o->type) {
	case OPT_SIZE:
		return size_ok(o, value);
	case OPT_UINT:
		return !parse_u64(value, &v) && v >= o->min && v <= o->max;
	case OPT_ENUM:
	case OPT_OPTENUM:
		return word_ok(o, value);
	case OPT_BOOL:
		return !strcmp(value, "0") || !strcmp(value, "1");
	case OPT_OPTPATH:
	case OPT_OPTFILE:
		return opt_plain(value);
	case OPT_OPTBLOCKS:
		return blocks_ok(o->values, value);
	case OPT_NUMBERS:
		return numbers_ok(o->values, value);
	}
	return false;
}

bool opt_assign(struct opt_set *set, enum kv_option id, const char *value,
		const char *label)
{
	if (!value_ok(id, value)) {
		complain("%s%s%s: expected %s", label, value ? "=" : "",
			 value ? value : "", opt_form(id));
		return false;
	}
	free(set->value[id]);
	set->value[id] = value ? xasprintf("%s", value) : NULL;
	set->given[id] = true;
	return true;
}

static bool parse_word(struct opt_set *set, char *word)
{
	char *value = strchr(word, '=');
	char *label;
	bool ok;
	int id;

	if (value)
		*value++ = '\0';
	for (id = 0; id < KV_NR_OPTIONS; id++) {
		if (strcmp(word, opt_info[id].name))
			continue;
		label = xasprintf("KVMALLOC: %s", word);
		ok = opt_assign(set, (enum kv_option)id, value, label);
		free(label);
		return ok;
	}
	complain("KVMALLOC: unknown option '%s'; 'kvmalloc help options' lists "
		 "all of them",
		 word);
	return false;
}

static const struct opt_info *find(const char *s, size_t len)
{
	int id;

	for (id = 0; id < KV_NR_OPTIONS; id++)
		if (strlen(opt_info[id].name) == len &&
		    !memcmp(opt_info[id].name, s, len))
			return &opt_info[id];
	return NULL;
}

/* bytes of the word at s, an OPT_OPTBLOCKS: to the next option or blank */
static size_t blocks_length(const char *s)
{
	size_t len = strcspn(s, separators);

	while (s[len] == ',') {
		const char *next = s + len + 1;
		size_t n = strcspn(next, "=,; ");

		if (next[n] == '=' || find(next, n))
			break;
		len += 1 + strcspn(next, separators);
	}
	return len;
}

/* bytes of the word at s, with the numbers after commas */
static size_t word_length(const char *s)
{
	size_t len = strcspn(s, separators);
	size_t name = strcspn(s, "=, ");
	const struct opt_info *o = find(s, name);

	if (o && o->type == OPT_OPTBLOCKS && s[name] == '=')
		return blocks_length(s);
	while (s[len] == ',') {
		const char *next = s + len + 1;
		size_t n = strcspn(next, separators);

		if (!memchr(s, '=', len) || memchr(next, '=', n) ||
		    !(*next == '-' || isdigit((unsigned char)*next)))
			break;
		len += 1 + n;
	}
	return len;
}

bool opt_parse(struct opt_set *set, const char *text)
{
	bool ok = true;

	for (text += strspn(text, separators); *text && ok;
	     text += strspn(text, separators)) {
		size_t len = word_length(text);
		char *word = xasprintf("%.*s", (int)len, text);

		ok = parse_word(set, word);
		free(word);
		text += len;
	}
	return ok;
}

char *opt_format(const struct opt_set *set)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	const char *gap = "";
	int id;

	if (!f)
		return xasprintf("%s", "");
	for (id = 0; id < KV_NR_OPTIONS; id++) {
		if (!set->given[id])
			continue;
		fprintf(f, "%s%s", gap, opt_info[id].name);
		if (set->value[id])
			fprintf(f, "=%s", set->value[id]);
		gap = " ";
	}
	fclose(f);
	return text;
}

void opt_free(struct opt_set *set)
{
	int id;

	for (id = 0; id < KV_NR_OPTIONS; id++)
		free(set->value[id]);
}
