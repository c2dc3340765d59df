/* SPDX-License-Identifier: MIT */
/*
 * What the C library allocates inside comes from the same heap: strings,
 * lines, streams and directories are freed or reallocated by the program.
 */
#include <dirent.h>
#include <glob.h>
#include <malloc.h>
#include <regex.h>
#include "../t.h"

static void check_string(char *s)
{
	CHECK(s && malloc_usable_size(s) >= strlen(s) + 1);
	s = t_good(realloc(s, 5000));
	memset(s, 'x', 5000);
	free(s);
}

static void check_streams(void)
{
	char text[] = "one\nsecond line\n";
	char *line = NULL, *buf = NULL;
	size_t n = 0;
	FILE *f = fmemopen(text, sizeof(text) - 1, "r");

	CHECK(f && getline(&line, &n, f) == 4);
	check_string(line);
	line = t_good(malloc(1));
	n = 1;
	CHECK(getline(&line, &n, f) == 12 && n >= 13);
	check_string(line);
	fclose(f);
	f = open_memstream(&buf, &n);
	CHECK(f && fprintf(f, "%5000d", 1) == 5000 && fclose(f) == 0);
	check_string(buf);
}

int main(void)
{
	struct dirent **names;
	regex_t re;
	glob_t gl;
	char *s;
	int n;

	check_string(strdup("abc"));
	check_string(strndup("abcdef", 3));
	CHECK(asprintf(&s, "%d %s", 1, "x") == 3);
	check_string(s);
	check_string(realpath("/", NULL));
	check_string(getcwd(NULL, 0));
	check_streams();
	n = scandir("/", &names, NULL, alphasort);
	CHECK(n > 2);
	while (n-- > 0)
		free(names[n]);
	free(names);
	CHECK(glob("/*", 0, NULL, &gl) == 0);
	globfree(&gl);
	CHECK(regcomp(&re, "(a|b)*c{2,30}", REG_EXTENDED) == 0);
	CHECK(regexec(&re, "abcc", 0, NULL, 0) == 0);
	regfree(&re);
	return 0;
}
