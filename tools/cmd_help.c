/* SPDX-License-Identifier: MIT */
/*
 * cmd_help.c - `kvmalloc help`: everything it prints comes from the tables
 * that drive the parsing, so help cannot be out of date.
 *
 * Two outputs are for programs: `help options --man` is the block of options
 * in kvmalloc(1), `help --words` what the shell completion offers.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "kvmalloc/kvr.h"
#include "table.h"

enum { KEY_MAN = KEY_LONG + 1, KEY_WORDS, KEY_VERSION };

static const struct cmd_option options[] = {
	{ "man", KEY_MAN, NULL, "with 'options': as source of a manual page" },
	{ "words", KEY_WORDS, NULL,
	  "only the words: commands, or the options of COMMAND" },
	{ "version", KEY_VERSION, NULL, "the version of this program" },
	{ 0 },
};

void help_summary(FILE *f)
{
	size_t i;

	fputs("usage: kvmalloc [--no-pager] COMMAND [OPTIONS] [ARGUMENTS]\n"
	      "       kvmalloc FILE|PID             (short for report)\n\n"
	      "Runs a program under the kernel's memory allocation rules and "
	      "reports on it.\n\n",
	      f);
	for (i = 0; commands[i]; i++)
		fprintf(f, "  %-8s %s\n", commands[i]->name, commands[i]->help);
	fputs("\nkvmalloc help COMMAND     more about one command\n"
	      "kvmalloc help options     the options of the KVMALLOC variable "
	      "and of 'run'\n"
	      "kvmalloc --version\n",
	      f);
}

static void print_wrapped(const char *first, const char *words)
{
	static const char indent[] = "                          ";
	struct out out;
	char *start;

	out_init(&out, stdout, COLOR_NEVER);
	/* a long name has a line of its own */
	if (text_width(first) > sizeof(indent) - 2) {
		puts(first);
		first = "";
	}
	start = xasprintf("%-*s", (int)sizeof(indent) - 1, first);
	out_wrap(&out, start, indent, words);
	free(start);
}

static void print_option(const struct cmd_option *o)
{
	char *first;

	if (o->key < KEY_LONG)
		first = xasprintf("  -%c, --%s%s%s", o->key, o->name,
				  o->arg ? " " : "", o->arg ? o->arg : "");
	else
		first = xasprintf("      --%s%s%s", o->name, o->arg ? "=" : "",
				  o->arg ? o->arg : "");
	print_wrapped(first, o->help);
	free(first);
}

/* name, how the value is written, and around it what shows it may be left */
static char *option_synopsis(enum kv_option id, const char *prefix)
{
	bool needed = opt_needs_value(id);

	return xasprintf("%s%s%s=%s%s", prefix, opt_info[id].name,
			 needed ? "" : "[", opt_placeholder(id),
			 needed ? "" : "]");
}

static void print_library_options(const char *prefix)
{
	int i;

	for (i = 0; i < KV_NR_OPTIONS; i++) {
		enum kv_option id = (enum kv_option)i;
		char *first = option_synopsis(id, prefix);
		const char *def = opt_info[id].def;
		char *text = xasprintf("%s%s%s%s", opt_info[id].help,
				       *def ? " (default " : "", def,
				       *def ? ")" : "");

		print_wrapped(first, text);
		free(text);
		free(first);
	}
}

void help_command(const struct command *cmd)
{
	const struct cmd_option *o;

	printf("usage: kvmalloc %s [OPTIONS] %s\n\n%s\n\n", cmd->name,
	       cmd->args, cmd->help);
	if (cmd->text) {
		struct out out;

		out_init(&out, stdout, COLOR_NEVER);
		out_wrap(&out, "", "", cmd->text);
		putchar('\n');
	}
	for (o = cmd->options; o->name; o++)
		print_option(o);
	if (cmd->pages)
		printf("      --no-pager          long output on a terminal as it "
		       "is\n");
	printf("  -h, --help              this text\n");
	if (cmd->takes_library) {
		printf("\nOptions of the library:\n");
		print_library_options("      --");
	}
}

static void help_options(void)
{
	printf("Options of the library, in the environment variable KVMALLOC "
	       "(separated by\nblanks or commas), or as long options of "
	       "'kvmalloc run':\n\n");
	print_library_options("  ");
	printf("\nSIZE is a number of bytes, or with K, M, G or T a power of "
	       "1024.\n");
}

/* '-' is a hyphen in roff, a leading '.' a request */
static void print_roff(const char *text)
{
	for (; *text; text++) {
		if (*text == '-' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
}

static void man_options(void)
{
	int i;

	for (i = 0; i < KV_NR_OPTIONS; i++) {
		enum kv_option id = (enum kv_option)i;
		bool needed = opt_needs_value(id);

		printf(".TP\n\\fB");
		print_roff(opt_info[id].name);
		printf("\\fR%s=\\fI", needed ? "" : "[");
		print_roff(opt_placeholder(id));
		printf("\\fR%s\n", needed ? "" : "]");
		print_roff(opt_info[id].help);
		if (*opt_info[id].def) {
			printf(" (default ");
			print_roff(opt_info[id].def);
			putchar(')');
		}
		printf(".\n");
		if (opt_info[id].type == OPT_SIZE ||
		    opt_info[id].type == OPT_UINT) {
			printf("Accepted: ");
			print_roff(opt_form(id));
			printf(".\n");
		}
	}
}

static void print_words(const struct command *cmd)
{
	const struct cmd_option *o;
	size_t i;

	for (i = 0; !cmd && commands[i]; i++)
		puts(commands[i]->name);
	if (!cmd)
		return;
	for (o = cmd->options; o->name; o++) {
		printf("--%s%s\n", o->name, o->arg ? "=" : "");
		if (o->key < KEY_LONG)
			printf("-%c\n", o->key);
	}
	if (cmd->pages)
		puts("--no-pager");
	puts("--help");
	for (i = 0; cmd->takes_library && i < KV_NR_OPTIONS; i++)
		printf("--%s%s\n", opt_info[i].name,
		       opt_needs_value((enum kv_option)i) ? "=" : "");
}

static int help_topic(const char *topic, bool man, bool words)
{
	const struct command *cmd = topic ? command_find(topic) : NULL;
	bool is_options = topic && !strcmp(topic, "options");

	if (topic && !cmd && !is_options)
		return usage_error("'%s': expected a command or 'options'",
				   topic);
	if (man && !is_options)
		return usage_error("--man goes with 'options'");
	if (words)
		print_words(cmd);
	else if (man)
		man_options();
	else if (is_options)
		help_options();
	else if (cmd)
		help_command(cmd);
	else
		help_summary(stdout);
	return STATUS_OK;
}

static int run(int argc, char **argv)
{
	bool man = false, words = false;
	struct cmd_parser parser;
	int key, status;

	cmd_parser_init(&parser, &cmd_help);
	while ((key = cmd_next(&parser, &cmd_help, argc, argv, &status)) !=
	       -1) {
		if (key == KEY_MAN)
			man = true;
		else if (key == KEY_WORDS)
			words = true;
		else if (key == KEY_VERSION) {
			printf("kvmalloc %s (report format %d)\n", KV_VERSION,
			       KVR_VERSION);
			return STATUS_OK;
		}
	}
	if (status >= 0)
		return status;
	return help_topic(argv[optind], man, words);
}

const struct command cmd_help = {
	.name = "help",
	.args = "[COMMAND|options]",
	.help = "this list, one command, or the library's options",
	.options = options,
	.pages = true,
	.one = "topic",
	.run = run,
};
