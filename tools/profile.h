/* SPDX-License-Identifier: MIT */
/*
 * profile.h - the call stacks of one report file, with names, as the options
 * of a command want them.
 */
#ifndef TOOLS_PROFILE_H
#define TOOLS_PROFILE_H

#include "sites.h"

struct profile_options {
	const char *focus, *ignore; /* regular expressions, or NULL */
	const char *thread;	    /* name or id, or NULL */
	struct symbols_options symbols;
};

enum {
	KEY_PROFILE_FOCUS = 0x180,
	KEY_PROFILE_IGNORE,
	KEY_PROFILE_THREAD,
	KEY_PROFILE_SYSROOT,
	KEY_PROFILE_DEBUG_DIR,
	KEY_PROFILE_OFF
};

/* the same for every command that shows names of code */
#define SYMBOL_CMD_OPTIONS                                     \
	{ "sysroot", KEY_PROFILE_SYSROOT, "DIR",               \
	  "look for the program and its libraries below DIR" }, \
		{ "debug-dir", KEY_PROFILE_DEBUG_DIR, "DIR",   \
		  "look for debug files in DIR as well" },     \
	{                                                      \
		"no-symbols", KEY_PROFILE_OFF, NULL,           \
			"code as object and offset only"       \
	}

/* and of call stacks */
#define PROFILE_CMD_OPTIONS                                             \
	{ "focus", KEY_PROFILE_FOCUS, "RE",                             \
	  "only stacks with a function, file or object that matches" }, \
		{ "ignore", KEY_PROFILE_IGNORE, "RE",                   \
		  "only stacks without such" },                         \
		{ "thread", KEY_PROFILE_THREAD, "NAME|TID",             \
		  "only what these threads did" },                      \
		SYMBOL_CMD_OPTIONS

/* 1: one of those; 0: another; -1: a wrong value, a message was printed */
int profile_option(struct profile_options *o, int key, const char *arg);

struct profile {
	struct stacks stacks;
	struct symbols *symbols;
	bool *chosen; /* [stack id], NULL = all */
};

/* 1: open; 0: the file has no stacks; -1: a message has been printed */
int profile_open(struct profile *p, struct snapshot *s,
		 const struct profile_options *o);
void profile_close(struct profile *p);

/* how far the stacks can be trusted: exact or not, what is missing */
char *profile_describe(const struct profile *p, const struct snapshot *s);

/* were any recorded? */
bool has_stacks(const struct snapshot *s);

#endif
