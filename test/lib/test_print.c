/* SPDX-License-Identifier: MIT */
/*
 * test_print.c - each conversion of print.c against libc's, and what only
 * print.c promises: truncation, formats it does not know.
 */
#include "lib/print.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"

static char got[256], want[256];

/* Both print the same text and return the same length. */
#define SAME(...)                                                          \
	do {                                                               \
		size_t ours_ = kv_snprintf(got, sizeof(got), __VA_ARGS__); \
		int libcs_ = snprintf(want, sizeof(want), __VA_ARGS__);    \
                                                                           \
		ck_assert_str_eq(got, want);                               \
		ck_assert_uint_eq(ours_, (size_t)libcs_);                  \
	} while (0)

/* For formats that the compiler would complain about. */
static const char *text(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kv_vsnprintf(got, sizeof(got), fmt, ap);
	va_end(ap);
	return got;
}

START_TEST(test_plain_text)
{
	ck_assert_str_eq(text("no conversion"), "no conversion");
}
END_TEST

START_TEST(test_empty_format)
{
	ck_assert_uint_eq(kv_snprintf(got, sizeof(got), "%s", ""), 0);
	ck_assert_str_eq(got, "");
}
END_TEST

START_TEST(test_percent)
{
	SAME("100%% of %d%%", 5);
}
END_TEST

START_TEST(test_char)
{
	SAME("<%c%c>", 'x', '%');
}
END_TEST

START_TEST(test_string)
{
	SAME("<%s|%s>", "left", "right");
}
END_TEST

START_TEST(test_string_width)
{
	SAME("<%8s|%-8s|%2s>", "abc", "abc", "abc");
}
END_TEST

START_TEST(test_string_precision)
{
	for (int n = 0; n < 6; n++)
		SAME("<%.*s|%6.*s>", n, "abcd", n, "abcd");
}
END_TEST

START_TEST(test_string_negative_precision_is_none)
{
	SAME("<%.*s>", -1, "abcd");
}
END_TEST

START_TEST(test_string_without_terminator)
{
	const char raw[3] = { 'a', 'b', 'c' };

	SAME("<%.*s>", 3, raw);
}
END_TEST

START_TEST(test_string_null)
{
	ck_assert_str_eq(text("<%s>", (char *)NULL), "<(null)>");
}
END_TEST

static const int ints[] = { 0, 1, -1, 9, 10, -10, 42, INT_MAX, INT_MIN };

/* _i: index of ints[] */
START_TEST(test_int)
{
	SAME("<%d|%i>", ints[_i], ints[_i]);
}
END_TEST

START_TEST(test_int_width)
{
	SAME("<%5d|%-5d|%05d>", ints[_i], ints[_i], ints[_i]);
	SAME("<%14d|%-14d|%014d>", ints[_i], ints[_i], ints[_i]);
}
END_TEST

START_TEST(test_unsigned)
{
	unsigned int u = (unsigned int)ints[_i];

	SAME("<%u|%12u|%-12u|%012u>", u, u, u, u);
}
END_TEST

START_TEST(test_hex)
{
	unsigned int u = (unsigned int)ints[_i];

	SAME("<%x|%10x|%-10x|%08x>", u, u, u, u);
}
END_TEST

static const long longs[] = { 0,       1,	 -1,	   INT_MAX,
			      INT_MIN, 1l << 32, LONG_MAX, LONG_MIN };

/* _i: index of longs[] */
START_TEST(test_long)
{
	SAME("<%ld|%24ld|%-24ld|%024ld>", longs[_i], longs[_i], longs[_i],
	     longs[_i]);
}
END_TEST

START_TEST(test_long_long)
{
	long long v = longs[_i];

	SAME("<%lld|%llu|%llx>", v, (unsigned long long)v,
	     (unsigned long long)v);
}
END_TEST

START_TEST(test_unsigned_long)
{
	unsigned long v = (unsigned long)longs[_i];

	SAME("<%lu|%lx|%016lx>", v, v, v);
}
END_TEST

START_TEST(test_size)
{
	size_t v = (size_t)longs[_i];

	SAME("<%zu|%zx|%zd>", v, v, (ptrdiff_t)longs[_i]);
}
END_TEST

START_TEST(test_pointer)
{
	SAME("<%p>", (void *)got);
}
END_TEST

START_TEST(test_pointer_width)
{
	SAME("<%20p|%-20p>", (void *)got, (void *)got);
}
END_TEST

START_TEST(test_pointer_null)
{
	ck_assert_str_eq(text("%p", NULL), "0x0");
}
END_TEST

/* ISO C: the 0 flag is ignored where there is a -. */
START_TEST(test_left_wins_over_zero)
{
	ck_assert_str_eq(text("<%-05d>", 42), "<42   >");
}
END_TEST

START_TEST(test_unknown_conversion_ends_the_text)
{
	ck_assert_str_eq(text("a%yb%d", 1), "a?");
}
END_TEST

START_TEST(test_lone_percent_at_the_end)
{
	ck_assert_str_eq(text("a%"), "a?");
}
END_TEST

/* _i: size of the buffer; "12345" fits from 6 on */
START_TEST(test_truncation)
{
	size_t size = (size_t)_i, n;

	memset(got, '#', sizeof(got));
	n = kv_snprintf(got, size, "%d", 12345);
	ck_assert_uint_eq(n, 5);
	ck_assert_int_eq(got[size], '#');
	if (size) {
		ck_assert_uint_eq(strlen(got), size > 5 ? 5 : size - 1);
		ck_assert_int_eq(strncmp(got, "12345", strlen(got)), 0);
	}
}
END_TEST

START_TEST(test_length_needs_no_buffer)
{
	ck_assert_uint_eq(kv_snprintf(NULL, 0, "%s-%d", "abc", 12), 6);
}
END_TEST

START_TEST(test_error_words)
{
	ck_assert_str_eq(kv_error_words(ENOSPC),
			 ": no space left on the device");
	ck_assert_str_eq(kv_error_words(EDQUOT), ": above the disk quota");
	ck_assert_str_eq(kv_error_words(EDOM), "");
	ck_assert_str_eq(kv_error_words(0), "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("print");
	TCase *t;

	t = add_tcase(s, "strings", NULL, NULL, 10);
	ADD_TESTS(t, test_plain_text, test_empty_format, test_percent,
		  test_char, test_string, test_string_width,
		  test_string_precision, test_string_negative_precision_is_none,
		  test_string_without_terminator, test_string_null);

	t = add_tcase(s, "numbers", NULL, NULL, 10);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(ints), test_int, test_int_width,
		       test_unsigned, test_hex);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(longs), test_long, test_long_long,
		       test_unsigned_long, test_size);
	ADD_TESTS(t, test_pointer, test_pointer_width, test_pointer_null,
		  test_left_wins_over_zero);

	t = add_tcase(s, "edges", NULL, NULL, 10);
	ADD_TESTS(t, test_unknown_conversion_ends_the_text,
		  test_lone_percent_at_the_end, test_length_needs_no_buffer);
	ADD_LOOP_TESTS(t, 9, test_truncation);
	ADD_TESTS(t, test_error_words);
	return run_suite(s);
}
