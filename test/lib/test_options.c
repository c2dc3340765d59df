/* SPDX-License-Identifier: MIT */
/*
 * test_options.c - the parser of the KVMALLOC variable. What holds for a
 * type is tried on every option of that type in the table.
 */
#include "abi/options.h"

#include <stdio.h>
#include <string.h>

#include "lib/bug.h"
#include "suite.h"

static const struct row {
	const char *name, *type, *def;
	unsigned long long min, max;
	const char *values;
} rows[] = {
#define X(name, type, def, min, max, values, help) \
	{ #name, #type, def, min, max, values },
	KV_OPTIONS(X)
#undef X
};
static_assert(ARRAY_SIZE(rows) == KV_NR_OPTIONS, "one row an option");

static char text[1024];

static bool is_type(const struct row *row, const char *type)
{
	return !strcmp(row->type, type);
}

static bool is_number(const struct row *row)
{
	return is_type(row, "SIZE") || is_type(row, "UINT");
}

static bool is_path(const struct row *row)
{
	return is_type(row, "OPTPATH") || is_type(row, "OPTFILE");
}

static bool has_words(const struct row *row)
{
	return is_type(row, "ENUM") || is_type(row, "OPTENUM");
}

static bool is_blocks(const struct row *row)
{
	return is_type(row, "OPTBLOCKS");
}

static const struct option_value *parse(const struct row *row,
					const char *value)
{
	snprintf(text, sizeof(text), "%s%s", row->name, value);
	ck_assert_msg(options_parse(text) == 0, "'%s' refused: %s", text,
		      last_bug.text);
	return &options[row - rows];
}

static const struct option_value *parse_number(const struct row *row,
					       unsigned long long v)
{
	char value[32];

	snprintf(value, sizeof(value), "=%llu", v);
	return parse(row, value);
}

/* Refused, named in the message with what was given, left at the default. */
static void assert_refused(const struct row *row, const char *value)
{
	struct option_value def;

	options_parse("");
	def = options[row - rows];
	snprintf(text, sizeof(text), "%s%s", row->name, value);
	last_bug.text[0] = 0;
	ck_assert_msg(options_parse(text) == 1, "'%s' accepted", text);
	ck_assert_msg(strstr(last_bug.text, text), "'%s' is not in: %s", text,
		      last_bug.text);
	ck_assert_msg(options[row - rows].set == def.set &&
			      options[row - rows].number == def.number,
		      "'%s' changed the option", text);
}

static void assert_refused_number(const struct row *row, unsigned long long v)
{
	char value[32];

	snprintf(value, sizeof(value), "=%llu", v);
	assert_refused(row, value);
}

/* The word with index @i into @word; false: there is none. */
static bool nth_word(const struct row *row, int i, char word[64])
{
	const char *w = row->values;

	while (i--) {
		w = strchr(w, '|');
		if (!w)
			return false;
		w++;
	}
	snprintf(word, 64, "=%.*s", (int)strcspn(w, "|"), w);
	return true;
}

/* _i below: index of rows[] */

START_TEST(test_default_does_not_count_as_set)
{
	options_parse(NULL);
	ck_assert(!options[_i].set);
}
END_TEST

START_TEST(test_default_is_what_its_text_says)
{
	const struct row *row = &rows[_i];
	struct option_value def;
	char value[64];

	options_parse(NULL);
	def = options[_i];
	snprintf(value, sizeof(value), "=%s", row->def);
	ck_assert_uint_eq(def.number,
			  row->def[0] ? parse(row, value)->number : 0);
	ck_assert_str_eq(def.text, "");
}
END_TEST

START_TEST(test_given_option_is_set)
{
	const struct row *row = &rows[_i];
	char word[64] = "=x";

	if (has_words(row))
		ck_assert(nth_word(row, 0, word));
	if (is_type(row, "BOOL"))
		snprintf(word, sizeof(word), "=1");
	if (is_blocks(row))
		snprintf(word, sizeof(word), "=%s", row->values);
	if (is_type(row, "NUMBERS"))
		snprintf(word, sizeof(word), "=1,10,0,-1");
	if (is_number(row))
		ck_assert(parse_number(row, row->min)->set);
	else
		ck_assert(parse(row, word)->set);
}
END_TEST

START_TEST(test_number_at_its_limits)
{
	const struct row *row = &rows[_i];

	if (!is_number(row))
		return;
	ck_assert_uint_eq(parse_number(row, row->min)->number, row->min);
	ck_assert_uint_eq(parse_number(row, row->max)->number, row->max);
}
END_TEST

START_TEST(test_number_beyond_its_limits)
{
	const struct row *row = &rows[_i];

	if (!is_number(row))
		return;
	if (row->min)
		assert_refused_number(row, row->min - 1);
	if (row->max != ~0ull)
		assert_refused_number(row, row->max + 1);
}
END_TEST

START_TEST(test_range_is_in_the_message)
{
	const struct row *row = &rows[_i];
	char range[64];

	if (!is_number(row))
		return;
	snprintf(range, sizeof(range), "from %llu to %llu", row->min, row->max);
	assert_refused(row, "=x");
	ck_assert_msg(strstr(last_bug.text, range), "%s", last_bug.text);
}
END_TEST

START_TEST(test_number_that_is_none)
{
	static const char *const bad[] = {
		"",	 "=",	"=x",  "=-1", "=+1",
		"=0x10", "=1.", "=1x", "==1", "=99999999999999999999",
	};
	const struct row *row = &rows[_i];

	if (!is_number(row))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(row, bad[i]);
}
END_TEST

START_TEST(test_size_suffixes)
{
	static const char units[] = "kmgt";
	const struct row *row = &rows[_i];

	if (!is_type(row, "SIZE"))
		return;
	for (unsigned int u = 0; u < strlen(units); u++) {
		unsigned long long unit = 1024ull << 10 * u;
		char small[32], large[32];

		if (row->max < unit || row->min > 1000 * unit)
			continue;
		snprintf(small, sizeof(small), "=%llu%c",
			 DIV_ROUND_UP(row->min, unit), units[u]);
		snprintf(large, sizeof(large), "=%llu%c",
			 DIV_ROUND_UP(row->min, unit), units[u] - 32);
		ck_assert_uint_eq(parse(row, small)->number,
				  ALIGN_UP(row->min, unit));
		ck_assert_uint_eq(parse(row, large)->number,
				  ALIGN_UP(row->min, unit));
	}
}
END_TEST

START_TEST(test_size_with_a_bad_suffix)
{
	static const char *const bad[] = { "=64Q", "=64MB", "=64M1", "=64KiB",
					   "=M" };
	const struct row *row = &rows[_i];

	if (!is_type(row, "SIZE"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(row, bad[i]);
}
END_TEST

/* 2^64 and more must not wrap into the range. */
START_TEST(test_size_that_overflows)
{
	const struct row *row = &rows[_i];

	if (!is_type(row, "SIZE"))
		return;
	assert_refused(row, "=18446744073709551616");
	assert_refused(row, "=18014398509481985K"); /* 2^54 + 1 */
	assert_refused(row, "=16777217T");	    /* 2^24 + 1 */
}
END_TEST

START_TEST(test_count_takes_no_suffix)
{
	if (is_type(&rows[_i], "UINT"))
		assert_refused(&rows[_i], "=1K");
}
END_TEST

START_TEST(test_each_word_is_its_index)
{
	const struct row *row = &rows[_i];
	char word[64];

	if (!has_words(row))
		return;
	for (int i = 0; nth_word(row, i, word); i++)
		ck_assert_uint_eq(parse(row, word)->number, (unsigned int)i);
}
END_TEST

START_TEST(test_words_are_whole)
{
	const struct row *row = &rows[_i];
	char word[64];

	if (!has_words(row))
		return;
	ck_assert(nth_word(row, 0, word));
	word[strlen(word) - 1]--; /* another last letter */
	assert_refused(row, word);
	ck_assert(nth_word(row, 0, word));
	word[strlen(word) - 1] = 0; /* without it */
	assert_refused(row, word);
	ck_assert(nth_word(row, 0, word));
	strcat(word, "x");
	assert_refused(row, word);
}
END_TEST

START_TEST(test_words_are_in_the_message)
{
	const struct row *row = &rows[_i];

	if (!has_words(row))
		return;
	assert_refused(row, "=nonsense");
	ck_assert_msg(strstr(last_bug.text, row->values), "%s", last_bug.text);
}
END_TEST

START_TEST(test_word_must_be_given)
{
	const struct row *row = &rows[_i];

	if (has_words(row))
		assert_refused(row, "=");
	if (is_type(row, "ENUM"))
		assert_refused(row, "");
}
END_TEST

START_TEST(test_optional_word_defaults_to_the_last)
{
	const struct row *row = &rows[_i];
	char word[64];
	int i = 0;

	if (!is_type(row, "OPTENUM"))
		return;
	while (nth_word(row, i, word))
		i++;
	ck_assert(parse(row, "")->set);
	ck_assert_uint_eq(options[_i].number, (unsigned int)i - 1);
}
END_TEST

START_TEST(test_bool)
{
	const struct row *row = &rows[_i];

	if (!is_type(row, "BOOL"))
		return;
	ck_assert_uint_eq(parse(row, "=0")->number, 0);
	ck_assert_uint_eq(parse(row, "=1")->number, 1);
	ck_assert_uint_eq(parse(row, "")->number, 1);
}
END_TEST

START_TEST(test_bool_that_is_none)
{
	static const char *const bad[] = { "=", "=2", "=yes", "=01x", "=-0" };
	const struct row *row = &rows[_i];

	if (!is_type(row, "BOOL"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(row, bad[i]);
	ck_assert_ptr_nonnull(strstr(last_bug.text, "expected 0 or 1"));
}
END_TEST

START_TEST(test_path)
{
	const struct row *row = &rows[_i];

	if (!is_path(row))
		return;
	ck_assert_str_eq(parse(row, "=/some/dir")->text, "/some/dir");
	ck_assert_str_eq(parse(row, "=a=b")->text, "a=b");
}
END_TEST

START_TEST(test_path_defaults_to_here)
{
	if (is_path(&rows[_i]))
		ck_assert_str_eq(parse(&rows[_i], "")->text, ".");
}
END_TEST

START_TEST(test_path_must_not_be_empty)
{
	if (is_path(&rows[_i]))
		assert_refused(&rows[_i], "=");
}
END_TEST

START_TEST(test_path_as_long_as_fits)
{
	const struct row *row = &rows[_i];
	char value[OPTION_TEXT + 2] = "=";

	if (!is_path(row))
		return;
	memset(value + 1, 'p', OPTION_TEXT - 1);
	ck_assert_str_eq(parse(row, value)->text, value + 1);
}
END_TEST

/* The message is cut at its end, so assert_refused() can't look for it all. */
START_TEST(test_path_too_long)
{
	char value[OPTION_TEXT + 2] = "=";

	if (!is_path(&rows[_i]))
		return;
	memset(value + 1, 'p', OPTION_TEXT);
	snprintf(text, sizeof(text), "%s%s", rows[_i].name, value);
	ck_assert_uint_eq(options_parse(text), 1);
	ck_assert(!options[_i].set);
	ck_assert_ptr_nonnull(strstr(last_bug.text, rows[_i].name));
}
END_TEST

START_TEST(test_numbers)
{
	static const char *const bad[] = { "=", "", "=1,2,3", "=1,2,3,4,5",
					   "=1,2,3-,4" };
	const struct row *row = &rows[_i];

	if (!is_type(row, "NUMBERS"))
		return;
	ck_assert_str_eq(parse(row, "=1,10,0,-1")->text, "1,10,0,-1");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(row, bad[i]);
}
END_TEST

START_TEST(test_blocks)
{
	static const char *const good[] = {
		"=FZ", "=fz", "=", "=-", "=,dentry", "=FZ,kmalloc-64,kmalloc-1*",
		"=FZ,a;P,b;-", "=;P",
	};
	const struct row *row = &rows[_i];

	if (!is_blocks(row))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ck_assert_str_eq(parse(row, good[i])->text, good[i] + 1);
	ck_assert_str_eq(parse(row, "")->text, "");
}
END_TEST

START_TEST(test_blocks_that_are_none)
{
	static const char *const bad[] = { "=X", "=FZ,a;Q,b", "=FZ=", "=1" };

	if (!is_blocks(&rows[_i]))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(&rows[_i], bad[i]);
}
END_TEST

START_TEST(test_blocks_too_long)
{
	char value[OPTION_TEXT + 2] = "=,";

	if (!is_blocks(&rows[_i]))
		return;
	memset(value + 2, 'c', OPTION_TEXT - 2);
	ck_assert_str_eq(parse(&rows[_i], value)->text, value + 1);
	memset(value + 2, 'c', OPTION_TEXT - 1);
	snprintf(text, sizeof(text), "%s%s", rows[_i].name, value);
	ck_assert_uint_eq(options_parse(text), 1);
	ck_assert(!options[_i].set);
}
END_TEST

START_TEST(test_name_must_be_whole)
{
	const struct row *row = &rows[_i];

	snprintf(text, sizeof(text), "%sx=1", row->name);
	ck_assert_uint_eq(options_parse(text), 1);
	ck_assert_ptr_nonnull(strstr(last_bug.text, "unknown"));
	snprintf(text, sizeof(text), "%.*s=1", (int)strlen(row->name) - 1,
		 row->name);
	ck_assert_uint_eq(options_parse(text), 1);
	ck_assert_ptr_nonnull(strstr(last_bug.text, "unknown"));
}
END_TEST

/* whole texts */

static u64 number_of(enum kv_option o)
{
	return options[o].number;
}

START_TEST(test_nothing_given)
{
	ck_assert_uint_eq(options_parse(NULL), 0);
	ck_assert_uint_eq(options_parse(""), 0);
	ck_assert_uint_eq(options_parse("  ,, , "), 0);
}
END_TEST

START_TEST(test_unknown_option_is_named)
{
	ck_assert_uint_eq(options_parse("nosuch=5"), 1);
	ck_assert_ptr_nonnull(strstr(last_bug.text, "unknown"));
	ck_assert_ptr_nonnull(strstr(last_bug.text, "'nosuch=5'"));
}
END_TEST

START_TEST(test_separators)
{
	static const char *const texts[] = {
		"cpus=3 mem=8M overcommit=0",
		"cpus=3,mem=8M,overcommit=0",
		"  cpus=3 ,  mem=8M,,overcommit=0 ",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		ck_assert_uint_eq(options_parse(texts[i]), 0);
		ck_assert_uint_eq(number_of(KV_OPT_cpus), 3);
		ck_assert_uint_eq(number_of(KV_OPT_mem), 8 << 20);
		ck_assert_uint_eq(number_of(KV_OPT_overcommit), 0);
	}
}
END_TEST

/* A comma in its value is the kernel's; what is an option all the same is. */
START_TEST(test_blocks_end_at_the_next_option)
{
	static const char *const texts[] = {
		"slub_debug=FZ,kmalloc-64,a* cpus=3 slab_nomerge",
		"cpus=3,slub_debug=FZ,kmalloc-64,a*,slab_nomerge",
		"slub_debug=FZ,kmalloc-64,a*,cpus=3,slab_nomerge",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		ck_assert_uint_eq(options_parse(texts[i]), 0);
		ck_assert_str_eq(options[KV_OPT_slub_debug].text,
				 "FZ,kmalloc-64,a*");
		ck_assert_uint_eq(number_of(KV_OPT_cpus), 3);
		ck_assert_uint_eq(number_of(KV_OPT_slab_nomerge), 1);
	}
}
END_TEST

START_TEST(test_last_one_counts)
{
	ck_assert_uint_eq(options_parse("cpus=3 cpus=5"), 0);
	ck_assert_uint_eq(number_of(KV_OPT_cpus), 5);
}
END_TEST

START_TEST(test_each_bad_option_counts)
{
	ck_assert_uint_eq(options_parse("cpus=x nosuch mem=8M seed=-1"), 3);
}
END_TEST

START_TEST(test_good_options_beside_bad_ones_hold)
{
	options_parse("cpus=x,mem=8M,nosuch");
	ck_assert_uint_eq(number_of(KV_OPT_mem), 8 << 20);
	ck_assert(!options[KV_OPT_cpus].set);
}
END_TEST

START_TEST(test_bad_value_does_not_undo_a_good_one)
{
	ck_assert_uint_eq(options_parse("cpus=3 cpus=x"), 1);
	ck_assert_uint_eq(number_of(KV_OPT_cpus), 3);
}
END_TEST

START_TEST(test_parsing_starts_from_the_defaults)
{
	options_parse("cpus=3 policy=vmalloc");
	options_parse("");
	ck_assert(!options[KV_OPT_cpus].set);
	ck_assert_uint_eq(number_of(KV_OPT_policy), 0);
}
END_TEST

/* Numbers after commas belong to the value: one option, not three. */
START_TEST(test_numbers_after_commas_go_on)
{
	ck_assert_uint_eq(options_parse("cpus=1,10,0,-1"), 1);
	ck_assert_ptr_nonnull(strstr(last_bug.text, "'cpus=1,10,0,-1'"));
}
END_TEST

START_TEST(test_numbers_go_on_up_to_the_next_name)
{
	ck_assert_uint_eq(options_parse("cpus=1,10,mem=8M"), 1);
	ck_assert_ptr_nonnull(strstr(last_bug.text, "'cpus=1,10'"));
	ck_assert_uint_eq(number_of(KV_OPT_mem), 8 << 20);
}
END_TEST

START_TEST(test_path_goes_on_after_a_comma)
{
	ck_assert_uint_eq(options_parse("report=/dir,1"), 0);
	ck_assert_str_eq(options[KV_OPT_report].text, "/dir,1");
}
END_TEST

START_TEST(test_option_without_value_does_not_go_on)
{
	ck_assert_uint_eq(options_parse("report,10"), 1);
	ck_assert_ptr_nonnull(strstr(last_bug.text, "unknown"));
	ck_assert_ptr_nonnull(strstr(last_bug.text, "'10'"));
	ck_assert_str_eq(options[KV_OPT_report].text, ".");
}
END_TEST

START_TEST(test_space_ends_a_value)
{
	ck_assert_uint_eq(options_parse("cpus=1 10"), 1);
	ck_assert_ptr_nonnull(strstr(last_bug.text, "'10'"));
	ck_assert_uint_eq(number_of(KV_OPT_cpus), 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("options");
	TCase *t;

	t = add_tcase(s, "types", NULL, NULL, 10);
	ADD_LOOP_TESTS(
		t, KV_NR_OPTIONS, test_default_does_not_count_as_set,
		test_default_is_what_its_text_says, test_given_option_is_set,
		test_number_at_its_limits, test_number_beyond_its_limits,
		test_range_is_in_the_message, test_number_that_is_none,
		test_size_suffixes, test_size_with_a_bad_suffix,
		test_size_that_overflows, test_count_takes_no_suffix,
		test_each_word_is_its_index, test_words_are_whole,
		test_words_are_in_the_message, test_word_must_be_given,
		test_optional_word_defaults_to_the_last, test_bool,
		test_bool_that_is_none, test_path, test_path_defaults_to_here,
		test_path_must_not_be_empty, test_path_as_long_as_fits,
		test_path_too_long, test_blocks, test_blocks_that_are_none,
		test_blocks_too_long, test_numbers,
		test_name_must_be_whole);

	t = add_tcase(s, "texts", NULL, NULL, 10);
	ADD_TESTS(t, test_nothing_given, test_unknown_option_is_named,
		  test_separators, test_blocks_end_at_the_next_option,
		  test_last_one_counts,
		  test_each_bad_option_counts,
		  test_good_options_beside_bad_ones_hold,
		  test_bad_value_does_not_undo_a_good_one,
		  test_parsing_starts_from_the_defaults,
		  test_numbers_after_commas_go_on,
		  test_numbers_go_on_up_to_the_next_name,
		  test_path_goes_on_after_a_comma,
		  test_option_without_value_does_not_go_on,
		  test_space_ends_a_value);
	return run_suite(s);
}
