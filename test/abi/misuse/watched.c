/* SPDX-License-Identifier: MIT */
/*
 * watched.c CASE - under slub_debug= a mistake is reported in the kernel's
 * words, at the next call that can tell or at exit, and the program goes on.
 *
 * The program runs itself again with the option set, and reads what that one
 * says on stderr.
 */
#include <malloc.h>

#include "../t.h"

static void past_what_was_asked(void)
{
	char *p = t_hide(malloc(40));

	p[40] = 1;
	free(p);
}

static void past_the_class(void)
{
	char *p = t_hide(malloc(48));

	p[48] = 1;
	free(p);
}

static void before(void)
{
	char *p = t_hide(malloc(40));

	p[-1] = 1;
	free(p);
}

static void missing_nul(void)
{
	const char *word = "watched, all";
	char *copy = t_hide(malloc(strlen(word)));

	strcpy(copy, word);
	free(copy);
}

static void never_freed(void)
{
	char *p = t_hide(malloc(40));

	p[41] = 1;
}

static void past_a_smaller_size(void)
{
	char *p = t_hide(malloc(64));

	p = t_hide(realloc(p, 60));
	p[60] = 1;
	free(p);
}

static void use_after_free(void)
{
	char *p = t_hide(malloc(40));

	free(p);
	p[8] = 1;
	free(t_hide(malloc(40)));
}

static void write_after_free(void)
{
	char *p = t_hide(malloc(40));

	free(p);
	p[39] = 1; /* found at exit */
}

static void twice(void)
{
	char *p = t_hide(malloc(40)), *q = t_hide(malloc(40));

	free(p);
	free(q);
	free(p);
}

static void interior(void)
{
	char *p = t_hide(malloc(40));

	free(p + 16);
	free(p);
}

static void realloc_freed(void)
{
	char *p = t_hide(malloc(40));

	free(p);
	free(t_hide(realloc(p, 40)));
}

/* Everything that is allowed. */
static void nothing(void)
{
	for (size_t size = 1; size < 20000; size += 1 + size / 4) {
		char *p = t_hide(malloc(size));

		memset(p, 0xff, size);
		p = t_hide(realloc(p, size / 2 + 1));
		p = t_hide(realloc(p, size * 2));
		memset(p, 0xff, malloc_usable_size(p));
		free(p);
		p = t_hide(calloc(1, size));
		for (size_t i = 0; i < size; i++)
			CHECK(!p[i]);
		free(p);
		p = t_hide(aligned_alloc(256, size));
		CHECK((size_t)p % 256 == 0);
		memset(p, 0xff, size);
		free(p);
	}
}

static const struct planted {
	const char *name;
	void (*make)(void);
	const char *option;
	const char *said[4];	/* in this order; none: nothing at all */
} all[] = {
	{ "asked", past_what_was_asked, "slub_debug=FZPU",
	  { "BUG kmalloc-48 (Not tainted): [kmalloc Redzone overwritten] 0x",
	    "First byte 0x1 instead of 0xcc", "Allocated in watched+0x",
	    "FIX kmalloc-48: Object at 0x" } },
	{ "class", past_the_class, "slub_debug=FZ",
	  { "BUG kmalloc-48", "[Right Redzone overwritten]", "Redzone  ",
	    "Object   " } },
	{ "before", before, "slub_debug=FZ",
	  { "[Left Redzone overwritten]" } },
	{ "nul", missing_nul, "slub_debug",
	  { "BUG kmalloc-16 (Not tainted): [kmalloc Redzone overwritten]" } },
	{ "never-freed", never_freed, "slub_debug",
	  { "[kmalloc Redzone overwritten]", "Allocated in watched+0x" } },
	{ "smaller", past_a_smaller_size, "slub_debug",
	  { "[kmalloc Redzone overwritten]" } },
	{ "reused", use_after_free, "slub_debug",
	  { "[Poison overwritten]", "First byte 0x1 instead of 0x6b",
	    "Freed in watched+0x", "Marking all objects used" } },
	{ "late-write", write_after_free, "slub_debug",
	  { "First byte 0x1 instead of 0x6b" } },
	{ "twice", twice, "slub_debug=FU",
	  { "Object already free", "Allocated in watched+0x",
	    "Freed in watched+0x", "Call Trace:" } },
	{ "interior", interior, "slub_debug=F",
	  { "Invalid object pointer 0x" } },
	{ "realloc-freed", realloc_freed, "slub_debug",
	  { "Object already free" } },
	{ "other-cache", past_what_was_asked, "slub_debug=FZPU,kmalloc-64",
	  { NULL } },
	{ "glob", past_what_was_asked, "slub_debug=FZPU,kmalloc-4*",
	  { "[kmalloc Redzone overwritten]" } },
	{ "off", past_what_was_asked, "slub_debug=-", { NULL } },
	{ "nothing", nothing, "slub_debug", { NULL } },
	{ "nothing-kernel", nothing, "slab_debug=FZPU kernel", { NULL } },
};

static const struct planted *find(const char *name)
{
	for (size_t i = 0; i < T_NR(all); i++)
		if (!strcmp(all[i].name, name))
			return &all[i];
	t_end(1, "no such case: ", "%s", name);
}

static void judge(const struct planted *w, const char *text)
{
	const char *at = text;

	if (!w->said[0])
		CHECKF(!*text, "said: %s", text);
	for (size_t i = 0; i < T_NR(w->said) && w->said[i]; i++) {
		at = strstr(at, w->said[i]);
		CHECKF(at, "'%s' is not in: %s", w->said[i], text);
	}
}

static void run_again(const char *self, const struct planted *w)
{
	static char text[1 << 15];
	size_t n = 0;
	ssize_t got;
	int fd[2], status;
	pid_t pid;

	CHECK(pipe(fd) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		dup2(fd[1], 2);
		setenv("KVMALLOC", w->option, 1);
		execl(self, self, w->name, "child", (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	while (n < sizeof(text) - 1 &&
	       (got = read(fd[0], text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECKF(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	       "status %#x, said: %s", (unsigned int)status, text);
	judge(w, text);
}

int main(int argc, char **argv)
{
	const struct planted *w;

	CHECK(argc >= 2);
	w = find(argv[1]);
	if (argc > 2)
		w->make();
	else
		run_again(argv[0], w);
	return 0;
}
