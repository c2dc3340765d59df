/* SPDX-License-Identifier: MIT */
/*
 * kvmalloc.c - front end: finds the command in the table of cmd.h, runs it,
 * and makes sure that what it printed arrived.
 *
 * `kvmalloc --no-pager COMMAND` is as `kvmalloc COMMAND --no-pager`;
 * `kvmalloc FILE` and `kvmalloc PID` are short for `kvmalloc report ...`.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "pager.h"
#include "table.h"

static int run_command(const struct command *cmd, int argc, char **argv)
{
	char *name = xasprintf("kvmalloc %s", cmd->name);
	struct out out;
	int status;

	/* getopt starts its messages with argv[0] */
	argv[0] = name;
	complain_as(cmd->name);
	if (cmd->pages)
		pager_begin();
	status = cmd->run(argc, argv);
	out_init(&out, stdout, COLOR_NEVER);
	if ((!out_flush(&out, "standard output") || !pager_end()) &&
	    status == STATUS_OK)
		status = STATUS_FAIL;
	/* some file systems report a full disk only now */
	if (fclose(stdout) && errno != EBADF && status == STATUS_OK) {
		complain("standard output: %s", strerror(errno));
		status = STATUS_FAIL;
	}
	free(name);
	return status;
}

static bool names_a_report(const char *word)
{
	return word[strspn(word, "0123456789")] == '\0' || !access(word, F_OK);
}

int main(int argc, char **argv)
{
	static char help[] = "help", version[] = "--version";
	char *help_argv[] = { help, NULL };
	char *version_argv[] = { help, version, NULL };
	const struct command *cmd;

	if (argc > 1 && !strcmp(argv[1], "--no-pager")) {
		pager_off();
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	if (argc < 2) {
		help_summary(stderr);
		return STATUS_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return run_command(&cmd_help, 1, help_argv);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return run_command(&cmd_help, 2, version_argv);
	cmd = command_find(argv[1]);
	if (cmd)
		return run_command(cmd, argc - 1, argv + 1);
	if (*argv[1] && argv[1][0] != '-' && names_a_report(argv[1]))
		return run_command(&cmd_report, argc, argv);
	return usage_error("'%s' is no command, report file or process",
			   argv[1]);
}
