/* SPDX-License-Identifier: MIT */
/*
 * cmd.h - the commands of kvmalloc and how each describes itself.
 *
 * One description drives a command's parsing, its help, and the words of the
 * shell completion. A new command is a file cmd_NAME.c that defines
 * cmd_NAME, and one word in COMMANDS below.
 */
#ifndef TOOLS_CMD_H
#define TOOLS_CMD_H

#include <getopt.h>
#include <stdbool.h>

#include "opt.h"
#include "util.h"

/* the Makefile says which */
#ifndef KV_VERSION
#define KV_VERSION "unknown"
#endif

/* in the order of the help text */
#define COMMANDS(X) \
	X(run) X(report) X(top) X(leaks) X(diff) X(check) X(flame) X(html) \
	X(export) X(trace) X(proc) X(whatis) X(ls) X(doctor) X(help)

struct cmd_option {
	const char *name; /* long option; NULL ends a table */
	int key;	  /* what getopt returns: a letter is the short
			     option as well, above KEY_LONG there is none */
	const char *arg;  /* name of the value, NULL = takes none */
	const char *help;
};

enum {
	KEY_HELP = 'h', /* --help, of every command */
	KEY_LONG = 0x100,
	KEY_NO_PAGER = 0x1ff, /* of commands that page */
	KEY_LIBRARY = 0x200, /* + enum kv_option: see takes_library */
};

struct command {
	const char *name;
	const char *args; /* after the options, as in a synopsis */
	const char *help; /* one line */
	const char *text; /* more, for help NAME */
	const struct cmd_option *options;
	bool takes_library; /* every option of options.h is one here too */
	bool pages;	    /* long output goes through a pager; --no-pager
			       is an option */
	bool stops_early;   /* options end at the first other argument */
	const char *one;    /* takes one of these at most, NULL = any number */
	int (*run)(int argc, char **argv); /* argv[0] is the command */
};

/* how a subject is chosen when none is given */
#define CMD_NEWEST \
	"Without FILE or PID: the newest report file (*.kvr) in the current " \
	"directory."

#define X(name) extern const struct command cmd_##name;
COMMANDS(X)
#undef X

extern const struct command *const commands[]; /* NULL at the end */
const struct command *command_find(const char *name);

/* what getopt_long() needs, made from a command's description */
struct cmd_parser {
	struct option longs[KV_NR_OPTIONS + 25];
	char shorts[64];
};

void cmd_parser_init(struct cmd_parser *p, const struct command *cmd);

/*
 * The next option's key, -1 at the end. --help, a wrong option and a second
 * argument where one is taken are answered here: then *status is the exit
 * status and -1 is returned; *status is -1 as long as the command should go on.
 */
int cmd_next(struct cmd_parser *p, const struct command *cmd, int argc,
	     char **argv, int *status);

/* the number of an option such as -n; complains and returns -1 */
int cmd_number(const char *option, const char *text, uint64_t *value);

/* help of one command on stdout */
void help_command(const struct command *cmd);
/* the list of commands */
void help_summary(FILE *f);

#endif
