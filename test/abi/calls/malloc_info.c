/* SPDX-License-Identifier: MIT */
/*
 * malloc_info(0, f) writes one XML element <malloc ...> in which tags nest,
 * into any stream, also one that itself allocates while written to; other
 * options are EINVAL (glibc returns the code, its manual page -1).
 */
#include <malloc.h>
#include "../t.h"

#define DEPTH 32

/* Check that tags nest; a stack of where their names start. */
static void check_nesting(const char *s)
{
	const char *open[DEPTH];
	size_t depth = 0, len;
	int tags = 0;

	for (s = strchr(s, '<'); s; s = strchr(s, '<')) {
		const char *end = strchr(++s, '>');

		CHECKF(end, "tag without end");
		if (*s == '/') {
			len = (size_t)(end - ++s);
			CHECK(depth > 0);
			depth--;
			CHECKF(!strncmp(open[depth], s, len), "%.20s", s);
		} else if (*s != '?' && *s != '!' && end[-1] != '/') {
			CHECK(depth < DEPTH && (depth || !tags));
			open[depth++] = s;
		}
		tags++;
		s = end;
	}
	CHECKF(depth == 0 && tags >= 2, "%zu tags left open", depth);
}

int main(void)
{
	void *p = t_good(malloc(100));
	char *text = NULL, *start;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int ret;

	CHECK(f && malloc_info(0, f) == 0);
	CHECK(fclose(f) == 0);
	start = strstr(text, "<malloc");
	CHECKF(start, "no <malloc> element in %zu bytes", len);
	CHECK(strstr(text, "</malloc>"));
	check_nesting(text);
	free(text);

	text = NULL;
	f = open_memstream(&text, &len);
	CHECK(f);
	errno = 0;
	ret = malloc_info(1, f);
	CHECKF(ret == EINVAL || (ret == -1 && errno == EINVAL), "%d", ret);
	CHECK(fclose(f) == 0 && len == 0);
	free(text);
	free(p);
	return 0;
}
